/* kde_part.c - densities from points in pieces. Per query
 *
 *     M = max a_i,  sums over e = exp(a_i - M) of e, e^2, e D, e D^2,  W = sum w_i,
 *     the k smallest D
 *
 * with a_i = log w_i - ... on the scale of the weights as given; two states merge by
 * rescaling to the larger M. */
#include "kde.h"

#include <math.h>
#include <string.h>

enum { M_, S0, S2, SD, SDD, W, NEAR };

int distest_kde_part_empty(size_t m, size_t k, double *part)
{
    if (!part || k > 64) return DISTEST_EINVAL;
    for (size_t j = 0; j < m; j++) {
        part[j] = -INFINITY;
        for (size_t c = S0; c < NEAR; c++) part[j + c * m] = 0;
        for (size_t c = 0; c < k; c++) part[j + (NEAR + c) * m] = INFINITY;
    }
    return DISTEST_SUCCESS;
}

/* state j of `into`, a part of m queries, with another of m2 */
static void merge_one(size_t k, const double *from, size_t m2, double *into, size_t m)
{
    const double a = into[M_ * m], b = from[M_ * m2], top = fmax(a, b);
    const double ra = a == top ? 1 : exp(a - top), rb = b == top ? 1 : exp(b - top);
    double near[64];
    size_t i = 0, j = 0;
    into[M_ * m] = top;
    into[W * m] += from[W * m2];
    into[S2 * m] = ra * ra * into[S2 * m] + rb * rb * from[S2 * m2];
    for (size_t c = S0; c <= SDD; c++)
        if (c != S2) into[c * m] = ra * into[c * m] + rb * from[c * m2];
    for (size_t c = 0; c < k; c++) {
        const double x = into[(NEAR + i) * m], y = from[(NEAR + j) * m2];
        near[c] = x <= y ? x : y;
        *(x <= y ? &i : &j) += 1;
    }
    for (size_t c = 0; c < k; c++) into[(NEAR + c) * m] = near[c];
}

int distest_kde_part_merge(size_t m, size_t k, const double *from, double *into)
{
    if (!from || !into || k > 64) return DISTEST_EINVAL;
    for (size_t j = 0; j < m; j++)
        if (from[j + W * m] > 0) merge_one(k, from + j, m, into + j, m);
    return DISTEST_SUCCESS;
}

int distest_kde_part_add(const distest_sample *sample, const distest_kde_opts *opts,
                         size_t m, const double *at, size_t k, double *part,
                         distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    di_kde_pass pass;
    const double *logj;
    double total = 0, *one;
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "at", at));
    DI_TRY(di_check_pointer(ctx, "part", part));
    if (k > 64)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "k", "`k` must be 0 to 64, not %zu.", k));
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    if (opts->shape == DISTEST_KDE_SCALAR && opts->scaling != DISTEST_KDE_NONE)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "scaling",
                       "`scaling` must be none: pieces have different covariances."));
    if (plan.bounded)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "boundary",
                       "`boundary` is not for densities in pieces."));
    DI_TRY(di_kde_states(ctx, &plan, "piece", m, at, KDE_STATS | KDE_MOMENTS, k, &pool,
                         &pass, &logj));
    DI_TRY(DI_NEW(ctx, &pool, &one, DISTEST_KDE_PART(k), 1));
    for (size_t i = 0; i < sample->n; i++)
        total += sample->weights ? sample->weights[i] : 1;
    for (size_t j = 0; j < m; j++) {
        const di_kde_state *s = &pass.state[j];
        one[M_] = s->M + log(total);
        one[S0] = s->S0;
        one[S2] = s->S2;
        one[SD] = s->SD;
        one[SDD] = s->SDD;
        one[W] = total;
        for (size_t c = 0; c < k; c++) one[NEAR + c] = pass.near[j * k + c].D;
        merge_one(k, one, 1, part + j, m);
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

int distest_kde_part_finish(const distest_kde_opts *opts, size_t d, size_t m, size_t k,
                            const double *part, double *logf, double *neff,
                            double *distance, distest_context *ctx)
{
    int status;
    di_kde_plan plan = {0};
    double *zero;
    di_pool pool = {0};
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "part", part));
    for (size_t j = 0; j < m; j++)
        if (!(part[j + W * m] > 0))
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "part",
                           "`part` has no points yet, at query %zu.", j + 1));
    /* the constant is that of any estimate with this bandwidth */
    DI_TRY(DI_NEW(ctx, &pool, &zero, d, 1));
    memset(zero, 0, d * sizeof *zero);
    const distest_sample origin = {1, d, zero, NULL};
    DI_TRY(di_kde_plan_of(ctx, &origin, opts, &plan));
    for (size_t j = 0; j < m; j++) {
        const double S = part[j + S0 * m];
        if (logf)
            logf[j] =
                S > 0 ? plan.c + part[j] + log(S) - log(part[j + W * m]) : -INFINITY;
        if (neff) neff[j] = S > 0 ? S * S / part[j + S2 * m] : NAN;
        for (size_t c = 0; c < k && distance; c++)
            distance[c + j * k] = part[j + (NEAR + c) * m];
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}
