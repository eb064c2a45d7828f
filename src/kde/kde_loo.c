/* kde_loo.c - leave-one-out likelihoods of scalar bandwidths, with derivatives in
 * t = log h:
 *
 *     dL/dt = -d + h^-2 sum_i w_i <D>_i,
 *     d2L/dt2 = -2 h^-2 sum_i w_i <D>_i + h^-4 sum_i w_i (<D^2>_i - <D>_i^2)
 *
 * <.>_i the mean under the shares of f_-i(x_i). A pass over all points gives them at
 * one h. There are two ways to other h for much less work: lists of the nearest points,
 * where what lies beyond them is certainly below 1e-12 of the sum; and near the h_0 of
 * the last pass, with x = D / (2 h_0^2) and e = h_0^2 / h^2 - 1, the expansion
 *
 *     sum_j w_j exp(-(1 + e) x_j)
 *         = exp(-e c) sum_k (-e)^k / k! sum_j w_j exp(-x_j) (x_j - c)^k
 *
 * with sums up to k = 8 from that pass, where the remainder is certainly small. */
#include "kde_loo.h"

#include <math.h>

enum { LIST = DI_KDE_LIST, LAST = DI_KDE_TAYLOR - 1 };

/* log f_-i, <D>_i, <D^2>_i of row j from its list */
static void from_list(di_kde_search *s, size_t j)
{
    const di_kde_plan *p = s->plan;
    const di_kde_near *near = s->near + j * LIST;
    double M = -INFINITY, S0 = 0, S2 = 0, SD = 0, SDD = 0;
    for (size_t c = 0; c < LIST && near[c].i != SIZE_MAX; c++)
        M = fmax(M, p->logw[near[c].i] - 0.5 * (near[c].D * p->inv) * p->inv);
    for (size_t c = 0; c < LIST && near[c].i != SIZE_MAX && M > -INFINITY; c++) {
        const double D = near[c].D,
                     e = exp(p->logw[near[c].i] - 0.5 * (D * p->inv) * p->inv - M);
        S0 += e;
        S2 += e * e;
        SD += e * D;
        SDD += e * D * D;
    }
    s->state[j] = (di_kde_state){.M = M, .S0 = S0, .S2 = S2, .SD = SD, .SDD = SDD};
    if (near[LIST - 1].i == SIZE_MAX || !(S0 > 0)) return;
    /* all that is left, as if at the last distance, weights summing to at most 1 */
    const double last = -0.5 * (near[LIST - 1].D * p->inv) * p->inv;
    s->rest = fmax(s->rest, exp(fmin(last - M, 0)) / S0);
}

int di_kde_lists_suffice(const di_kde_search *s)
{
    return s->rest < 1e-12;
}

/* Row j at e from the expansion; adds its remainders, weighted. */
static void expand(di_kde_search *s, size_t j, double e, double *value_rest,
                   double *slope_rest)
{
    const di_kde_plan *p = s->plan;
    const di_kde_taylor *t = &s->taylor[j];
    const double half = 0.5 / (s->h0 * s->h0);
    double Q[3] = {0}, term = 1;
    for (int k = 0; k <= LAST; k++) {
        Q[0] += term * t->sum[k];
        if (k < LAST) Q[1] += term * t->sum[k + 1];
        if (k + 2 <= LAST) Q[2] += term * t->sum[k + 2];
        if (k < LAST) term *= -e / (k + 1);
    }
    const double mean = Q[1] / Q[0], var = fmax(0, Q[2] / Q[0] - mean * mean);
    s->value[j] = t->M - e * t->centre + log(Q[0]);
    s->d1[j] = (t->centre + mean) / half;
    s->d2[j] = s->d1[j] * s->d1[j] + var / (half * half);
    /* exp(-e (x - c)) at either end of x */
    const double R = sqrt(p->yy[s->which[j]]) + p->ymax;
    const double most = half * R * R * p->a2max, least = p->a2 ? 0 : half * s->first[j];
    const double end = fmax(-e * (most - t->centre), -e * (least - t->centre));
    const double last = fabs(term) * t->sum[LAST] * exp(fmin(fmax(end, 0), 700)) / Q[0];
    *value_rest += s->wq[j] * last;
    *slope_rest += s->wq[j] * last * LAST / fmax(fabs(e), 1e-300);
}

/* log f_-i and <D>, <D^2> of all rows at h from the last pass; false: too far from it
 */
static int from_expansion(di_kde_search *s, double h)
{
    const double e = (s->h0 / h) * (s->h0 / h) - 1;
    double value_rest = 0, slope_rest = 0;
    if (!s->taylor || !(s->h0 > 0) || fabs(e) > 0.2) return 0;
    for (size_t j = 0; j < s->q; j++) {
        if (!(s->taylor[j].sum[0] > 0)) return 0;
        expand(s, j, e, &value_rest, &slope_rest);
        s->value[j] += s->plan->c - s->norm[j];
        if (!(value_rest < 1e-12 && slope_rest < 1e-10 * (double)s->plan->d)) return 0;
    }
    return 1;
}

static void from_states(di_kde_search *s)
{
    for (size_t j = 0; j < s->q; j++) {
        const di_kde_state *q = &s->state[j];
        s->value[j] = di_kde_value(s->plan, q) - s->norm[j];
        s->d1[j] = q->S0 > 0 ? q->SD / q->S0 : 0;
        s->d2[j] = q->S0 > 0 ? q->SDD / q->S0 : 0;
    }
}

static int pass_at(di_kde_search *s, double h)
{
    int status;
    di_pool pool = {0};
    di_kde_plan *p = s->plan;
    di_kde_pass pass = {.plan = p,
                        .m = s->q,
                        .which = s->which,
                        .ties = s->ties,
                        .want = (s->taylor ? KDE_TAYLOR : KDE_MOMENTS) | s->want,
                        .taylor = s->taylor,
                        .spread = s->spread,
                        .state = s->state};
    if (!s->first_known) {
        pass.k = 1;
        DI_TRY(DI_NEW(s->ctx, &pool, &pass.near, s->q, 1));
    }
    DI_TRY(di_kde_run(s->ctx, "bandwidth", 0.5, 0.9, &pass));
    s->passes++;
    for (size_t j = 0; j < s->q && pass.k; j++) s->first[j] = pass.near[j].D;
    s->first_known = 1;
    s->h0 = h;
    if (!s->taylor) {
        from_states(s);
        goto done;
    }
    double value_rest = 0, slope_rest = 0, spread = 0;
    for (size_t j = 0; j < s->q; j++) {
        if (s->taylor[j].sum[0] > 0) {
            expand(s, j, 0, &value_rest, &slope_rest);
            spread += s->wq[j] * (s->d1[j] - s->first[j]);
        } else {
            s->value[j] = -INFINITY;
            s->d1[j] = s->d2[j] = 0;
        }
        s->value[j] += p->c - s->norm[j];
    }
    s->spread = 0.5 * spread / (h * h);
done:
    di_pool_free(&pool);
    return status;
}

/* L and its derivatives from what the rows have, `trim` of them left out */
static void add_rows(di_kde_search *s, double h, double out[3])
{
    const size_t drop = (size_t)(s->trim * (double)s->q);
    double limit = -INFINITY, W = 0, L = 0, m1 = 0, var = 0;
    for (size_t j = 0; j < s->q && drop; j++) s->sorted[j] = s->value[j];
    if (drop) limit = di_select(s->q, s->sorted, drop - 1);
    size_t dropped = 0;
    for (size_t j = 0; j < s->q; j++) {
        if (drop && s->value[j] <= limit && dropped < drop) {
            dropped++;
            continue;
        }
        W += s->wq[j];
        L += s->wq[j] * s->value[j];
        m1 += s->wq[j] * s->d1[j];
        var += s->wq[j] * fmax(0, s->d2[j] - s->d1[j] * s->d1[j]);
    }
    const double i2 = 1 / (h * h);
    out[0] = L / W;
    out[1] = -(double)s->plan->d + i2 * m1 / W;
    out[2] = -2 * i2 * m1 / W + i2 * i2 * var / W;
}

int di_kde_loo_at(di_kde_search *s, double h, int exact, double out[3])
{
    int status = DISTEST_SUCCESS;
    di_kde_plan_rescale(s->plan, h);
    s->rest = s->near ? 0 : INFINITY;
    for (size_t j = 0; j < s->q && s->near; j++) from_list(s, j);
    if (s->near) from_states(s);
    if (exact && !di_kde_lists_suffice(s) && !from_expansion(s, h))
        DI_TRY(pass_at(s, h));
    add_rows(s, h, out);
done:
    return status;
}

int di_kde_search_rows(di_kde_search *s, di_pool *pool, size_t points,
                       const size_t *which, size_t q)
{
    const di_kde_plan *p = s->plan;
    int status;
    s->q = which ? q : points && points < p->n ? points : p->n;
    DI_TRY(DI_NEW(s->ctx, pool, &s->which, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->wq, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->norm, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->first, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->state, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->value, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->sorted, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->d1, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->d2, s->q, 1));
    const int plain = p->kernel == KERNEL_GAUSSIAN && !p->low;
    if (plain && !s->want) DI_TRY(DI_NEW(s->ctx, pool, &s->taylor, s->q, 1));
    s->spread = 0.25 * (double)p->d;
    double sum = 0;
    for (size_t k = 0; k < s->q; k++) {
        s->which[k] = which ? which[k]
                      : s->q == p->n
                          ? k
                          : (size_t)(((double)k + 0.5) * (double)p->n / (double)s->q);
        sum += s->wq[k] = p->w[s->which[k]];
        s->norm[k] = di_kde_loo_norm(p, s->which[k], s->ties);
    }
    for (size_t k = 0; k < s->q; k++) s->wq[k] /= sum;
done:
    return status;
}

int di_kde_search_lists(di_kde_search *s, di_pool *pool)
{
    int status;
    di_kde_near *near;
    DI_TRY(DI_NEW(s->ctx, pool, &near, s->q, LIST));
    const di_kde_pass pass = {.plan = s->plan,
                              .m = s->q,
                              .which = s->which,
                              .k = LIST,
                              .near = near,
                              .state = s->state,
                              .ties = s->ties};
    DI_TRY(di_kde_run(s->ctx, "neighbours", 0, 0.5, &pass));
    for (size_t j = 0; j < s->q; j++) s->first[j] = near[j * LIST].D;
    s->first_known = 1;
    s->near = near;
done:
    return status;
}
