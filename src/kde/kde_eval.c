/* kde_eval.c - log densities, leave-one-out, and how many points carry them: all read
 * off the state of one pass. */
#include "kde.h"

#include <math.h>

/* Queries `at`, or leave-one-out at the points when NULL (m is then the plan's n). */
static int states(distest_context *ctx, const distest_sample *sample,
                  const distest_kde_opts *opts, size_t m, const double *at, int want,
                  di_kde_plan *plan, di_pool *pool, di_kde_pass *pass)
{
    int status;
    DI_TRY(di_kde_check(ctx, sample, opts));
    if (at) DI_TRY(di_check_finite(ctx, "at", m * sample->d, at));
    DI_TRY(di_kde_plan_make(ctx, sample, opts, plan));
    *pass = (di_kde_pass){.plan = plan,
                          .at = at,
                          .want = want,
                          .ties = opts->ties == DISTEST_KDE_EXCLUDE};
    pass->m = at ? m : plan->n;
    DI_TRY(DI_NEW(ctx, pool, &pass->state, pass->m, 1));
    di_blas_serial_enter();
    status = di_kde_run(ctx, at ? "density" : "leave-one-out", 0, 1, pass);
    di_blas_serial_leave();
done:
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
    di_pool pool = {0};
    di_kde_pass pass;
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "at", at));
    DI_TRY(di_check_pointer(ctx, "logf", logf));
    DI_TRY(states(ctx, sample, opts, m, at, 0, &plan, &pool, &pass));
    for (size_t j = 0; j < m; j++) {
        logf[j] = di_kde_value(&plan, &pass.state[j]);
        if (!relerr) continue;
        /* left out; distances; exponentials and their sum; the final logarithm */
        const double size = isfinite(logf[j]) ? fabs(logf[j]) : 0;
        relerr[j] = opts->tol + expm1(2 * pass.state[j].eta) +
                    0x1p-52 * (8 + log((double)plan.n)) +
                    expm1(fmin(8 * 0x1p-53 * size, 1));
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

/* Points of weight 0 are queries like any other; NaN where one equals a datum. */
static int weightless(distest_context *ctx, const distest_sample *sample,
                      const di_kde_plan *plan, di_pool *pool, double *logf)
{
    const size_t n = sample->n, d = sample->d, m = n - plan->n;
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
        for (j = 0; j < m; j++) at[j + k * m] = sample->x[row[j] + k * n];
    pass.at = at;
    di_blas_serial_enter();
    status = di_kde_run(ctx, "leave-one-out", 1, 1, &pass);
    di_blas_serial_leave();
    DI_TRY(status);
    for (j = 0; j < m; j++)
        logf[row[j]] = pass.near[j].D > 0 ? di_kde_value(plan, &pass.state[j]) : NAN;
done:
    return status;
}

int distest_kde_loo(const distest_sample *sample, const distest_kde_opts *opts,
                    double *logf, distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    di_kde_pass pass;
    int status;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "logf", logf));
    DI_TRY(states(ctx, sample, opts, 0, NULL, 0, &plan, &pool, &pass));
    if (plan.n < sample->n) DI_TRY(weightless(ctx, sample, &plan, &pool, logf));
    for (size_t i = 0; i < plan.n; i++) {
        const double value = di_kde_value(&plan, &pass.state[i]);
        logf[plan.row[i]] =
            value == -INFINITY ? value : value - di_kde_loo_norm(&plan, i, pass.ties);
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

int distest_kde_stats(const distest_sample *sample, const distest_kde_opts *opts,
                      size_t m, const double *at, double *neff, double *neff2,
                      double *entropy, double *maxp, size_t *nearest,
                      distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    di_kde_pass pass;
    int status;
    di_begin(ctx);
    if (at && m == 0) return DISTEST_SUCCESS;
    DI_TRY(states(ctx, sample, opts, m, at, KDE_STATS, &plan, &pool, &pass));
    const size_t rows = at ? m : sample->n;
    for (size_t j = 0; j < rows; j++) {
        if (neff) neff[j] = NAN;
        if (neff2) neff2[j] = NAN;
        if (entropy) entropy[j] = NAN;
        if (maxp) maxp[j] = NAN;
        if (nearest) nearest[j] = SIZE_MAX;
    }
    for (size_t q = 0; q < pass.m; q++) {
        const di_kde_state *s = &pass.state[q];
        const size_t j = at ? q : plan.row[q];
        if (!(s->S0 > 0)) {
            if (neff && di_kde_compact(plan.kernel)) neff[j] = 0;
            continue;
        }
        if (neff) neff[j] = s->S0 * s->S0 / s->S2;
        if (neff2) neff2[j] = s->S2 * s->S2 / s->S4;
        if (entropy) entropy[j] = fmax(0, log(s->S0) - s->SA / s->S0);
        if (maxp) maxp[j] = 1 / s->S0;
        if (nearest) nearest[j] = plan.row[s->best];
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}
