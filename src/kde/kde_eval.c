/* kde_eval.c - log densities, leave-one-out, and how many points carry them: all read
 * off the state of one pass. */
#include "kde.h"

#include <math.h>

int di_kde_plan_of(distest_context *ctx, const distest_sample *sample,
                   const distest_kde_opts *opts, di_kde_plan *plan)
{
    int status;
    DI_TRY(di_kde_check(ctx, sample, opts));
    di_blas_serial_enter();
    status = di_kde_plan_make(ctx, sample, opts, plan);
    di_blas_serial_leave();
done:
    return status;
}

static int pass_over(distest_context *ctx, const di_kde_plan *plan, const char *stage,
                     size_t m, const double *at, di_pool *pool, di_kde_pass *pass,
                     const double **logj)
{
    int status;
    *logj = NULL;
    if (at) DI_TRY(di_kde_queries(ctx, plan, pool, m, &at, logj));
    pass->plan = plan;
    pass->ties = plan->ties;
    pass->at = at;
    pass->m = at ? m : plan->n;
    DI_TRY(DI_NEW(ctx, pool, &pass->state, pass->m, 1));
    if (pass->k) DI_TRY(DI_NEW(ctx, pool, &pass->near, pass->m, pass->k));
    di_blas_serial_enter();
    status = di_kde_run(ctx, stage, 0, 1, pass);
    di_blas_serial_leave();
done:
    return status;
}

int di_kde_states(distest_context *ctx, const di_kde_plan *plan, const char *stage,
                  size_t m, const double *at, int want, size_t k, di_pool *pool,
                  di_kde_pass *pass, const double **logj)
{
    *pass = (di_kde_pass){.want = want, .k = k};
    return pass_over(ctx, plan, stage, m, at, pool, pass, logj);
}

int di_kde_nearest(distest_context *ctx, const di_kde_plan *plan, size_t m,
                   const double *at, size_t k, int by, di_pool *pool, di_kde_pass *pass,
                   const double **logj)
{
    *pass = (di_kde_pass){.k = k, .by = by};
    return pass_over(ctx, plan, "neighbours", m, at, pool, pass, logj);
}

int di_kde_eval_with(distest_context *ctx, const di_kde_plan *plan, size_t m,
                     const double *at, double *logf, double *relerr)
{
    di_pool pool = {0};
    di_kde_pass pass;
    const double *logj;
    int status;
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "at", at));
    DI_TRY(di_check_pointer(ctx, "logf", logf));
    if (di_kde_line_wanted(plan))
        return di_kde_line_eval(ctx, plan, m, at, logf, relerr);
    if (di_kde_tree_wanted(plan))
        return di_kde_tree_eval(ctx, plan, m, at, logf, relerr);
    DI_TRY(di_kde_states(ctx, plan, "density", m, at, 0, 0, &pool, &pass, &logj));
    for (size_t j = 0; j < m; j++) {
        logf[j] = di_kde_value(plan, &pass.state[j]) + (logj ? logj[j] : 0);
        if (!relerr) continue;
        /* left out; distances; exponentials and their sum; the final logarithm */
        const double size = isfinite(logf[j]) ? fabs(logf[j]) : 0;
        relerr[j] = plan->tol + expm1(2 * pass.state[j].eta) +
                    0x1p-52 * (8 + log((double)plan->n)) +
                    expm1(fmin(8 * 0x1p-53 * size, 1));
    }
done:
    di_pool_free(&pool);
    return status;
}

int distest_kde_eval(const distest_sample *sample, const distest_kde_opts *opts,
                     size_t m, const double *at, double *logf, distest_context *ctx)
{
    return distest_kde_eval_bound(sample, opts, m, at, logf, NULL, ctx);
}

int distest_kde_eval_bound(const distest_sample *sample, const distest_kde_opts *opts,
                           size_t m, const double *at, double *logf, double *relerr,
                           distest_context *ctx)
{
    di_kde_plan plan = {0};
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_kde_check(ctx, sample, opts));
    di_blas_serial_enter();
    status = di_kde_plan_for_queries(ctx, sample, opts, &plan);
    di_blas_serial_leave();
    DI_TRY(status);
    DI_TRY(di_kde_eval_with(ctx, &plan, m, at, logf, relerr));
done:
    di_kde_plan_free(&plan);
    return status;
}

/* Points of weight 0 are queries like any other; NaN where one equals a datum. */
static int weightless(distest_context *ctx, const distest_sample *sample,
                      const di_kde_plan *plan, di_pool *pool, double *logf)
{
    const size_t n = plan->n_given, d = plan->d, m = n - plan->n;
    di_kde_pass pass = {.plan = plan, .m = m, .k = 1};
    double *at;
    size_t *row, j = 0;
    int status;
    DI_TRY(DI_NEW(ctx, pool, &at, m, d));
    DI_TRY(DI_NEW(ctx, pool, &row, m, 1));
    DI_TRY(DI_NEW(ctx, pool, &pass.state, m, 1));
    DI_TRY(DI_NEW(ctx, pool, &pass.near, m, 1));
    for (size_t i = 0; i < n; i++)
        if (!(sample->weights[i] > 0)) row[j++] = i;
    for (size_t k = 0; k < d; k++)
        for (j = 0; j < m; j++) at[j + k * m] = plan->x[row[j] + k * n];
    pass.at = at;
    di_blas_serial_enter();
    status = di_kde_run(ctx, "leave-one-out", 1, 1, &pass);
    di_blas_serial_leave();
    DI_TRY(status);
    for (j = 0; j < m; j++)
        logf[row[j]] = pass.near[j].D > 0 ? di_kde_value(plan, &pass.state[j]) +
                                                (plan->logj ? plan->logj[row[j]] : 0)
                                          : NAN;
done:
    return status;
}

int distest_kde_loo(const distest_sample *sample, const distest_kde_opts *opts,
                    double *logf, distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    di_kde_pass pass;
    const double *none;
    int status;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "logf", logf));
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    DI_TRY(
        di_kde_states(ctx, &plan, "leave-one-out", 0, NULL, 0, 0, &pool, &pass, &none));
    if (plan.n < sample->n) DI_TRY(weightless(ctx, sample, &plan, &pool, logf));
    for (size_t i = 0; i < plan.n; i++) {
        const double value = di_kde_value(&plan, &pass.state[i]) +
                             (plan.logj ? plan.logj[plan.row[i]] : 0);
        logf[plan.row[i]] =
            value == -INFINITY ? value : value - di_kde_loo_norm(&plan, i, pass.ties);
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

int di_kde_stats_with(distest_context *ctx, const di_kde_plan *plan, size_t m,
                      const double *at, double *neff, double *neff2, double *entropy,
                      double *maxp, size_t *nearest)
{
    di_pool pool = {0};
    di_kde_pass pass;
    const double *logj;
    int status;
    if (at && m == 0) return DISTEST_SUCCESS;
    DI_TRY(
        di_kde_states(ctx, plan, "shares", m, at, KDE_STATS, 0, &pool, &pass, &logj));
    const size_t rows = at ? m : plan->n_given;
    for (size_t j = 0; j < rows; j++) {
        if (neff) neff[j] = NAN;
        if (neff2) neff2[j] = NAN;
        if (entropy) entropy[j] = NAN;
        if (maxp) maxp[j] = NAN;
        if (nearest) nearest[j] = SIZE_MAX;
    }
    for (size_t q = 0; q < pass.m; q++) {
        const di_kde_state *s = &pass.state[q];
        const size_t j = at ? q : plan->row[q];
        if (!(s->S0 > 0) || (logj && logj[q] == -INFINITY)) {
            if (neff && (di_kde_compact(plan->kernel) || logj)) neff[j] = 0;
            continue;
        }
        if (neff) neff[j] = s->S0 * s->S0 / s->S2;
        if (neff2) neff2[j] = s->S2 * s->S2 / s->S4;
        if (entropy) entropy[j] = fmax(0, log(s->S0) - s->SA / s->S0);
        if (maxp) maxp[j] = 1 / s->S0;
        if (nearest) nearest[j] = plan->row[s->best];
    }
done:
    di_pool_free(&pool);
    return status;
}

int distest_kde_stats(const distest_sample *sample, const distest_kde_opts *opts,
                      size_t m, const double *at, double *neff, double *neff2,
                      double *entropy, double *maxp, size_t *nearest,
                      distest_context *ctx)
{
    di_kde_plan plan = {0};
    int status;
    di_begin(ctx);
    if (at && m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    DI_TRY(di_kde_stats_with(ctx, &plan, m, at, neff, neff2, entropy, maxp, nearest));
done:
    di_kde_plan_free(&plan);
    return status;
}
