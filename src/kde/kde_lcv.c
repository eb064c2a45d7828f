/* kde_lcv.c - the scalar bandwidth of largest leave-one-out likelihood.
 *
 *     dL/dt = -d + h^-2 sum_i w_i <D>_i,   t = log h,
 *     d2L/dt2 = -2 h^-2 sum_i w_i <D>_i + h^-4 sum_i w_i (<D^2>_i - <D>_i^2)
 *
 * <.>_i the mean under the shares of f_-i(x_i). One pass keeps the K nearest distances
 * of every row; where what lies beyond them is certainly below 1e-12 of the sum, L
 * comes from the lists alone, otherwise from another pass. */
#include "kde.h"

#include "optim.h"

#include <math.h>

enum { LIST = 64, GRID_MOST = 400 };

typedef struct {
    distest_context *ctx;
    di_kde_plan *plan;
    size_t q, *which;       /* rows looked at */
    double *wq, *norm;      /* their weights, summing to 1; log(1 - sum w_G) */
    di_kde_near *near;      /* LIST x q; NULL: always pass */
    di_kde_state *state;    /* q */
    double *value, *sorted; /* q: log f_-i */
    double *d1, *d2;        /* q: <D>, <D^2> */
    int want;               /* KDE_STATS: S2, too */
    double trim;
    int ties;
    double rest; /* largest certified share beyond the lists */
    size_t passes;
} search;

/* log f_-i, <D>_i, <D^2>_i of row j from its list */
static void from_list(search *s, size_t j)
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

static int near_enough(const search *s)
{
    return s->rest < 1e-12;
}

/* L and derivatives at h. exact: pass over all points when the lists do not suffice. */
static int loo_at(search *s, double h, int exact, double out[3])
{
    int status = DISTEST_SUCCESS;
    di_kde_plan *p = s->plan;
    di_kde_plan_rescale(p, h);
    s->rest = s->near ? 0 : INFINITY;
    for (size_t j = 0; j < s->q && s->near; j++) from_list(s, j);
    if (exact && !near_enough(s)) {
        const di_kde_pass pass = {.plan = p,
                                  .m = s->q,
                                  .which = s->which,
                                  .ties = s->ties,
                                  .want = KDE_MOMENTS | s->want,
                                  .state = s->state};
        DI_TRY(di_kde_run(s->ctx, "bandwidth", 0.5, 0.9, &pass));
        s->passes++;
    }
    for (size_t j = 0; j < s->q; j++) {
        const di_kde_state *q = &s->state[j];
        s->value[j] = s->sorted[j] = di_kde_value(p, q) - s->norm[j];
        s->d1[j] = q->S0 > 0 ? q->SD / q->S0 : 0;
        s->d2[j] = q->S0 > 0 ? q->SDD / q->S0 : 0;
    }
    const size_t drop = (size_t)(s->trim * (double)s->q);
    double limit = -INFINITY, W = 0, L = 0, m1 = 0, var = 0;
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
    out[1] = -(double)p->d + i2 * m1 / W;
    out[2] = -2 * i2 * m1 / W + i2 * i2 * var / W;
done:
    return status;
}

/* Rows i_k = floor((k + 1/2) n / q), what is left of them by weight. */
static int choose_rows(search *s, di_pool *pool, size_t points)
{
    const di_kde_plan *p = s->plan;
    int status;
    s->q = points && points < p->n ? points : p->n;
    DI_TRY(DI_NEW(s->ctx, pool, &s->which, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->wq, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->norm, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->state, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->value, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->sorted, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->d1, s->q, 1));
    DI_TRY(DI_NEW(s->ctx, pool, &s->d2, s->q, 1));
    double sum = 0;
    for (size_t k = 0; k < s->q; k++) {
        s->which[k] = s->q == p->n
                          ? k
                          : (size_t)(((double)k + 0.5) * (double)p->n / (double)s->q);
        sum += s->wq[k] = p->w[s->which[k]];
        s->norm[k] = di_kde_loo_norm(p, s->which[k], s->ties);
    }
    for (size_t k = 0; k < s->q; k++) s->wq[k] /= sum;
done:
    return status;
}

/* Bounds (25) in h: means over rows of the least and of the mean distance; the lower
 * one without the rows that trimming may leave out. */
static void bounds(search *s, double *low, double *high)
{
    const di_kde_plan *p = s->plan;
    const size_t drop = (size_t)(s->trim * (double)s->q);
    double a = 0, b = 0, mean2 = 0, limit = INFINITY;
    for (size_t i = 0; i < p->n; i++) mean2 += p->w[i] * p->yy[i];
    for (size_t j = 0; j < s->q; j++) s->sorted[j] = s->near[j * LIST].D;
    if (drop) limit = di_select(s->q, s->sorted, s->q - drop);
    for (size_t j = 0; j < s->q; j++) {
        /* sum_l w_l D_jl = |y_j|^2 + sum w |y|^2, as the centre is the mean; equal
         * points add 0 */
        const size_t i = s->which[j];
        if (s->near[j * LIST].D < limit) a += s->wq[j] * s->near[j * LIST].D;
        b += s->wq[j] * (p->yy[i] + mean2) / exp(s->norm[j]);
    }
    *low = sqrt(a / (double)p->d);
    *high = sqrt(b / (double)p->d);
}

/* The same for c of local bandwidths c a_i: <D / a^2> for c -> 0 and for large c */
static int local_bounds(search *s, double *low, double *high)
{
    int status;
    double at[3];
    const double d = (double)s->plan->d;
    double c = 0.05 / sqrt(d); /* a_i is some neighbour's distance */
    DI_TRY(loo_at(s, c, 1, at));
    *low = c * sqrt((at[1] + d) / d);
    c = fmax(1e3 * *low, 10);
    DI_TRY(loo_at(s, c, 1, at));
    *high = fmin(c * sqrt((at[1] + d) / d), 64 * *low);
    if (!(*low < *high)) *high = 2 * *low;
done:
    return status;
}

static int climb(search *s, double low, double high, double ratio, size_t maxit,
                 distest_kde_selected *out)
{
    int status = DISTEST_SUCCESS;
    size_t nh = (size_t)ceil(log(high / low) / log(ratio)) + 1, best = 0;
    nh = nh < 2 ? 2 : nh > GRID_MOST ? GRID_MOST : nh;
    const double step = log(high / low) / (double)(nh - 1);
    double top = -INFINITY, at[3];
    for (size_t k = 0; k < nh; k++) {
        /* the lists fall short by less than log(1 + rest): skip what cannot win */
        const double h = low * exp(step * (double)k);
        DI_TRY(loo_at(s, h, 0, at));
        if (!near_enough(s)) {
            if (s->near && at[0] + log1p(s->rest) < top) continue;
            DI_TRY(loo_at(s, h, 1, at));
        }
        if (at[0] > top) {
            top = at[0];
            best = k;
        }
        DI_TRY(di_progress(s->ctx, 0.5 + 0.4 * (double)k / (double)nh, "bandwidth"));
    }
    double a = log(low) + step * ((double)best - 1), b = a + 2 * step, t = a + step;
    a = fmax(a, log(low) - 1e-9);
    b = fmin(b, log(high) + 1e-9);
    for (out->iterations = 1; out->iterations <= maxit; out->iterations++) {
        DI_TRY(loo_at(s, exp(t), 1, at));
        if (at[1] > 0)
            a = t;
        else
            b = t;
        double next = at[2] < 0 ? t - at[1] / at[2] : 0.5 * (a + b);
        if (!(next > a && next < b)) next = 0.5 * (a + b);
        const double moved = fabs(next - t);
        t = next;
        if (moved < 1e-10) {
            out->converged = 1;
            break;
        }
    }
    DI_TRY(loo_at(s, exp(t), 1, at));
    out->h = exp(t);
    out->objective = at[0];
done:
    return status;
}

typedef struct {
    search *s;
    int status;
} brent_data;

static double minus_loo(double t, void *data)
{
    brent_data *b = data;
    double at[3];
    if (b->status == DISTEST_SUCCESS) b->status = loo_at(b->s, exp(t), 1, at);
    if (b->status != DISTEST_SUCCESS) return 0;
    return at[0] > -INFINITY ? -at[0] : 1e300;
}

/* Kernels without the derivatives above: the grid, then Brent around its best point. */
static int climb_plain(search *s, double low, double high, double ratio, size_t maxit,
                       distest_kde_selected *out)
{
    int status = DISTEST_SUCCESS;
    const double step = log(ratio);
    const size_t nh = (size_t)fmin(GRID_MOST, ceil(log(high / low) / step) + 1);
    double top = -INFINITY, at[3], t = log(low);
    (void)maxit;
    for (size_t k = 0; k < nh; k++) {
        DI_TRY(loo_at(s, low * exp(step * (double)k), 1, at));
        if (at[0] > top) {
            top = at[0];
            t = log(low) + step * (double)k;
        }
        DI_TRY(di_progress(s->ctx, 0.5 + 0.4 * (double)k / (double)nh, "bandwidth"));
    }
    brent_data b = {s, DISTEST_SUCCESS};
    DI_TRY(di_minimize(t - step, t + step, 1e-10, minus_loo, &b, &t));
    DI_TRY(b.status);
    DI_TRY(loo_at(s, exp(t), 1, at));
    out->h = exp(t);
    out->objective = at[0];
    out->converged = 1;
done:
    return status;
}

int di_kde_lcv_scalar(distest_context *ctx, const distest_sample *sample,
                      const distest_kde_select *select, distest_kde_selected *out)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    search s = {.ctx = ctx,
                .plan = &plan,
                .trim = select->trim,
                .ties = select->ties == DISTEST_KDE_EXCLUDE};
    int status;
    const double one = 1;
    distest_kde_opts opts = distest_kde_opts_default();
    opts.kernel = select->kernel;
    opts.nu = select->nu;
    opts.scaling = select->scaling;
    opts.bandwidth = &one;
    opts.radius = select->radius;
    opts.radius_next = select->radius_next;
    opts.reach = select->reach;
    if (select->metric) {
        opts.shape = DISTEST_KDE_FULL;
        opts.bandwidth = select->metric;
    }
    opts.lower = select->lower;
    opts.upper = select->upper;
    opts.boundary = select->boundary;
    DI_TRY(di_kde_plan_make(ctx, sample, &opts, &plan));
    out->ties = plan.tied;
    DI_TRY(choose_rows(&s, &pool, select->points));
    di_kde_near *near;
    DI_TRY(DI_NEW(ctx, &pool, &near, s.q, LIST));
    const di_kde_pass first = {.plan = &plan,
                               .m = s.q,
                               .which = s.which,
                               .k = LIST,
                               .near = near,
                               .state = s.state,
                               .ties = s.ties};
    DI_TRY(di_kde_run(ctx, "neighbours", 0, 0.5, &first));
    s.near = near;
    out->queries = s.q;
    int distinct = 0, alone = 0;
    double farthest = 0;
    for (size_t j = 0; j < s.q; j++) s.sorted[j] = near[j * LIST].D;
    const double isolated = 25 * di_median(s.q, s.sorted);
    for (size_t j = 0; j < s.q; j++) {
        const double D = near[j * LIST].D;
        out->isolated += isolated > 0 && D > isolated;
        distinct = distinct || isfinite(D);
        alone = alone || D > 0;
        if (isfinite(D)) farthest = fmax(farthest, D);
    }
    if (!distinct)
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "x",
                    "`x` needs at least two distinct points to choose a bandwidth."));
    if (!alone) {
        out->h = 0;
        out->objective = INFINITY;
        DI_TRY(di_fail(ctx, DISTEST_ECONV, "ties",
                       "`ties` are included and every point has a duplicate: the "
                       "likelihood grows without bound as the bandwidth goes to 0."));
    }
    if (plan.kernel == KERNEL_GAUSSIAN && plan.a2) {
        s.near = NULL;
        DI_TRY(local_bounds(&s, &out->lower, &out->upper));
        DI_TRY(climb(&s, out->lower, out->upper, fmax(select->ratio, sqrt(2)),
                     select->maxit, out));
    } else if (plan.kernel == KERNEL_GAUSSIAN && !plan.low) {
        bounds(&s, &out->lower, &out->upper);
        DI_TRY(climb(&s, out->lower, out->upper, select->ratio, select->maxit, out));
    } else {
        const int compact = di_kde_compact(plan.kernel);
        double low, high;
        bounds(&s, &low, &high);
        const double sigma = 1 / (plan.inv * plan.h);
        if (compact) low = sqrt(farthest) / sigma * (1 + 1e-9);
        if (high < 4 * low) high = 4 * low;
        s.near = NULL;
        out->lower = compact ? low : low / 4;
        out->upper = high;
        DI_TRY(
            climb_plain(&s, out->lower, out->upper, select->ratio, select->maxit, out));
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

int distest_kde_grid_loo(const distest_sample *sample, const distest_kde_opts *opts,
                         size_t nh, const double *h, double *loo, double *d1,
                         double *d2, double *neff, distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    search s = {.ctx = ctx, .plan = &plan, .want = neff ? KDE_STATS : 0};
    const double one = 1;
    double *keep = NULL;
    int status;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "opts", opts));
    distest_kde_opts o = *opts;
    o.bandwidth = &one;
    o.shape = DISTEST_KDE_SCALAR;
    DI_TRY(di_kde_check(ctx, sample, &o));
    DI_TRY(di_check_positive(ctx, "h", nh, h));
    DI_TRY(di_check_pointer(ctx, "loo", loo));
    s.ties = opts->ties == DISTEST_KDE_EXCLUDE;
    DI_TRY(di_kde_plan_make(ctx, sample, &o, &plan));
    const int plain = plan.kernel == KERNEL_GAUSSIAN && !plan.a2 && !plan.low;
    if ((d1 || d2) && !plain)
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "kernel",
                    "`kernel` must be \"gaussian\", without radius and reflection, for "
                    "derivatives."));
    DI_TRY(choose_rows(&s, &pool, 0));
    DI_TRY(DI_NEW(ctx, &pool, &keep, nh, 4));
    di_blas_serial_enter();
    if (plain) {
        status = DI_NEW(ctx, &pool, &s.near, s.q, LIST);
        const di_kde_pass first = {.plan = &plan,
                                   .m = s.q,
                                   .which = s.which,
                                   .k = LIST,
                                   .near = s.near,
                                   .state = s.state,
                                   .ties = s.ties};
        if (status == DISTEST_SUCCESS)
            status = di_kde_run(ctx, "neighbours", 0, 0.5, &first);
    }
    for (size_t k = 0; k < nh && status == DISTEST_SUCCESS; k++) {
        status = loo_at(&s, h[k], 1, keep + 4 * k);
        for (size_t j = 0; j < s.q && neff; j++)
            s.sorted[j] =
                s.state[j].S0 > 0 ? s.state[j].S0 * s.state[j].S0 / s.state[j].S2 : 0;
        if (neff) keep[4 * k + 3] = di_median(s.q, s.sorted);
        if (status == DISTEST_SUCCESS)
            status = di_progress(ctx, 0.5 + 0.5 * (double)k / (double)nh, "bandwidths");
    }
    di_blas_serial_leave();
    DI_TRY(status);
    for (size_t k = 0; k < nh; k++) {
        double mean = 0;
        for (size_t i = 0; i < plan.n && plan.logj; i++)
            mean += plan.w[i] * plan.logj[plan.row[i]];
        loo[k] = keep[4 * k] + mean;
        if (d1) d1[k] = keep[4 * k + 1];
        if (d2) d2[k] = keep[4 * k + 2];
        if (neff) neff[k] = keep[4 * k + 3];
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}
