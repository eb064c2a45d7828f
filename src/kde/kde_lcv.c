/* kde_lcv.c - the scalar bandwidth of largest leave-one-out likelihood: a grid between
 * the bounds (25), and Newton's method from its best point. With many rows a part of
 * them goes first; all rows then start so near the top that one pass mostly does. */
#include "kde_loo.h"

#include "optim.h"

#include <math.h>

enum { GRID_MOST = 400, MANY = 2048, PART = 192, PARTS = 48 };

/* Bounds (25) in h: means over rows of the least and of the mean distance; the lower
 * one without the rows that trimming may leave out. */
static void bounds(di_kde_search *s, double *low, double *high)
{
    const di_kde_plan *p = s->plan;
    const size_t drop = (size_t)(s->trim * (double)s->q);
    double a = 0, b = 0, mean2 = 0, limit = INFINITY;
    for (size_t i = 0; i < p->n; i++) mean2 += p->w[i] * p->yy[i];
    for (size_t j = 0; j < s->q; j++) s->sorted[j] = s->first[j];
    if (drop) limit = di_select(s->q, s->sorted, s->q - drop);
    for (size_t j = 0; j < s->q; j++) {
        /* sum_l w_l D_jl = |y_j|^2 + sum w |y|^2, as the centre is the mean; equal
         * points add 0 */
        const size_t i = s->which[j];
        if (s->first[j] < limit) a += s->wq[j] * s->first[j];
        b += s->wq[j] * (p->yy[i] + mean2) / exp(s->norm[j]);
    }
    *low = sqrt(a / (double)p->d);
    *high = sqrt(b / (double)p->d);
}

/* The same for c of local bandwidths c a_i: <D / a^2> for c -> 0 and for large c */
static int local_bounds(di_kde_search *s, double *low, double *high)
{
    int status;
    double at[3];
    const double d = (double)s->plan->d;
    double c = 0.05 / sqrt(d); /* a_i is some neighbour's distance */
    DI_TRY(di_kde_loo_at(s, c, 1, at));
    *low = c * sqrt((at[1] + d) / d);
    c = fmax(1e3 * *low, 10);
    DI_TRY(di_kde_loo_at(s, c, 1, at));
    *high = fmin(c * sqrt((at[1] + d) / d), 64 * *low);
    if (!(*low < *high)) *high = 2 * *low;
done:
    return status;
}

/* the top of L in [a, b], from t = log h; to `exactly` in t */
static int newton(di_kde_search *s, double a, double t, double b, double exactly,
                  size_t maxit, distest_kde_selected *out)
{
    int status = DISTEST_SUCCESS;
    double at[3];
    for (out->iterations = 1; out->iterations <= maxit; out->iterations++) {
        DI_TRY(di_kde_loo_at(s, exp(t), 1, at));
        if (at[1] > 0)
            a = t;
        else
            b = t;
        double next = at[2] < 0 ? t - at[1] / at[2] : 0.5 * (a + b);
        if (!(next > a && next < b)) next = 0.5 * (a + b);
        const double moved = fabs(next - t);
        t = next;
        if (moved < exactly) {
            out->converged = 1;
            break;
        }
    }
    DI_TRY(di_kde_loo_at(s, exp(t), 1, at));
    out->h = exp(t);
    out->objective = at[0];
done:
    return status;
}

static int climb(di_kde_search *s, double low, double high, double ratio,
                 double exactly, size_t maxit, distest_kde_selected *out)
{
    int status = DISTEST_SUCCESS;
    size_t nh = (size_t)ceil(log(high / low) / log(ratio)) + 1, best = 0;
    nh = nh < 2 ? 2 : nh > GRID_MOST ? GRID_MOST : nh;
    const double step = log(high / low) / (double)(nh - 1);
    double top = -INFINITY, at[3];
    for (size_t k = 0; k < nh; k++) {
        /* the lists fall short by less than log(1 + rest): skip what cannot win */
        const double h = low * exp(step * (double)k);
        DI_TRY(di_kde_loo_at(s, h, 0, at));
        if (!di_kde_lists_suffice(s)) {
            if (s->near && at[0] + log1p(s->rest) < top) continue;
            DI_TRY(di_kde_loo_at(s, h, 1, at));
        }
        if (at[0] > top) {
            top = at[0];
            best = k;
        }
        DI_TRY(di_progress(s->ctx, 0.5 + 0.4 * (double)k / (double)nh, "bandwidth"));
    }
    const double t = log(low) + step * (double)best;
    status = newton(s, fmax(t - step, log(low) - 1e-9), t,
                    fmin(t + step, log(high) + 1e-9), exactly, maxit, out);
done:
    return status;
}

typedef struct {
    di_kde_search *s;
    int status;
} brent_data;

static double minus_loo(double t, void *data)
{
    brent_data *b = data;
    double at[3];
    if (b->status == DISTEST_SUCCESS) b->status = di_kde_loo_at(b->s, exp(t), 1, at);
    if (b->status != DISTEST_SUCCESS) return 0;
    return at[0] > -INFINITY ? -at[0] : 1e300;
}

/* Kernels without the derivatives above: the grid, then Brent around its best point. */
static int climb_plain(di_kde_search *s, double low, double high, double ratio,
                       size_t maxit, distest_kde_selected *out)
{
    int status = DISTEST_SUCCESS;
    const double step = log(ratio);
    const size_t nh = (size_t)fmin(GRID_MOST, ceil(log(high / low) / step) + 1);
    double top = -INFINITY, at[3], t = log(low);
    (void)maxit;
    for (size_t k = 0; k < nh; k++) {
        DI_TRY(di_kde_loo_at(s, low * exp(step * (double)k), 1, at));
        if (at[0] > top) {
            top = at[0];
            t = log(low) + step * (double)k;
        }
        DI_TRY(di_progress(s->ctx, 0.5 + 0.4 * (double)k / (double)nh, "bandwidth"));
    }
    brent_data b = {s, DISTEST_SUCCESS};
    DI_TRY(di_minimize(t - step, t + step, 1e-10, minus_loo, &b, &t));
    DI_TRY(b.status);
    DI_TRY(di_kde_loo_at(s, exp(t), 1, at));
    out->h = exp(t);
    out->objective = at[0];
    out->converged = 1;
done:
    return status;
}

/* A bandwidth from one row in PARTS, or where they all have a copy, or one has nothing
 * near, from the scale of the data: Newton's method finds back. */
static int start_from_part(di_kde_search *all, const distest_kde_select *select,
                           double *h)
{
    int status;
    di_pool pool = {0};
    distest_kde_selected found = {0};
    size_t *which;
    double low, high;
    di_kde_search s = {
        .ctx = all->ctx, .plan = all->plan, .trim = all->trim, .ties = all->ties};
    const size_t q = all->q / PARTS > PART ? all->q / PARTS : PART;
    DI_TRY(DI_NEW(s.ctx, &pool, &which, q, 1));
    for (size_t k = 0; k < q; k++)
        which[k] = all->which[(2 * k + 1) * all->q / (2 * q)];
    DI_TRY(di_kde_search_rows(&s, &pool, 0, which, q));
    DI_TRY(di_kde_search_lists(&s, &pool));
    bounds(&s, &low, &high);
    if (!(low > 0 && isfinite(low) && low < high)) {
        double mean2 = 0;
        for (size_t i = 0; i < s.plan->n; i++) mean2 += s.plan->w[i] * s.plan->yy[i];
        *h = mean2 > 0 ? 0.5 * sqrt(mean2 / (double)s.plan->d) : 1;
    } else {
        DI_TRY(climb(&s, low, high, select->ratio, 1e-3, select->maxit, &found));
        *h = found.h;
    }
    all->spread = s.spread;
done:
    di_pool_free(&pool);
    return status;
}

/* What the distances to the nearest say; fails where there is no best bandwidth. */
static int look_at_nearest(di_kde_search *s, distest_kde_selected *out,
                           double *farthest)
{
    int status, distinct = 0, alone = 0;
    *farthest = 0;
    for (size_t j = 0; j < s->q; j++) s->sorted[j] = s->first[j];
    const double isolated = 25 * di_median(s->q, s->sorted);
    for (size_t j = 0; j < s->q; j++) {
        const double D = s->first[j];
        out->isolated += isolated > 0 && D > isolated;
        distinct = distinct || isfinite(D);
        alone = alone || D > 0;
        if (isfinite(D)) *farthest = fmax(*farthest, D);
    }
    if (!distinct)
        DI_TRY(
            di_fail(s->ctx, DISTEST_EINVAL, "x",
                    "`x` needs at least two distinct points to choose a bandwidth."));
    if (!alone) {
        out->h = 0;
        out->objective = INFINITY;
        DI_TRY(di_fail(s->ctx, DISTEST_ECONV, "ties",
                       "`ties` are included and every point has a duplicate: the "
                       "likelihood grows without bound as the bandwidth goes to 0."));
    }
    status = DISTEST_SUCCESS;
done:
    return status;
}

int di_kde_lcv_scalar(distest_context *ctx, const distest_sample *sample,
                      const distest_kde_select *select, distest_kde_selected *out)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    di_kde_search s = {.ctx = ctx,
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
    DI_TRY(di_kde_search_rows(&s, &pool, select->points, NULL, 0));
    out->queries = s.q;
    const int plain = plan.kernel == KERNEL_GAUSSIAN && !plan.low && !plan.a2;
    double start = 0;
    if (plain && s.q >= MANY) {
        double at[3];
        DI_TRY(start_from_part(&s, select, &start));
        DI_TRY(di_kde_loo_at(&s, start, 1, at));
    } else {
        DI_TRY(di_kde_search_lists(&s, &pool));
    }
    double farthest;
    DI_TRY(look_at_nearest(&s, out, &farthest));
    if (start > 0) {
        bounds(&s, &out->lower, &out->upper);
        DI_TRY(newton(&s, log(out->lower) - 1e-9, log(start), log(out->upper) + 1e-9,
                      1e-10, select->maxit, out));
    } else if (plain) {
        bounds(&s, &out->lower, &out->upper);
        DI_TRY(climb(&s, out->lower, out->upper, select->ratio, 1e-10, select->maxit,
                     out));
    } else if (plan.kernel == KERNEL_GAUSSIAN && plan.a2) {
        s.near = NULL;
        DI_TRY(local_bounds(&s, &out->lower, &out->upper));
        DI_TRY(climb(&s, out->lower, out->upper, fmax(select->ratio, sqrt(2)), 1e-10,
                     select->maxit, out));
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
    di_kde_search s = {.ctx = ctx, .plan = &plan, .want = neff ? KDE_STATS : 0};
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
    DI_TRY(di_kde_search_rows(&s, &pool, 0, NULL, 0));
    DI_TRY(DI_NEW(ctx, &pool, &keep, nh, 4));
    di_blas_serial_enter();
    if (plain) status = di_kde_search_lists(&s, &pool);
    for (size_t k = 0; k < nh && status == DISTEST_SUCCESS; k++) {
        status = di_kde_loo_at(&s, h[k], 1, keep + 4 * k);
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
