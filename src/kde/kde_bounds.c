/* kde_bounds.c - densities on part of the line, coordinate by coordinate.
 *
 * Reflection sums the kernel over the images of a point: with one bound a at 2a - y,
 * with two at y + 2kw and 2a - y + 2kw, w = b - a. Relative to the point itself an
 * image at distance D' has the share exp(-(D' - D)/2h^2), where, X = x - a and Y = y -
 * a,
 *
 *     (x - 2a + y)^2 - (x - y)^2 = 4 X Y,
 *     (x - y - 2kw)^2 - (x - y)^2 = 4kw (kw - (X - Y)),
 *     (x + y - 2a - 2kw)^2 - (x - y)^2 = 4 (X - kw)(Y - kw):
 *
 * nothing cancels. Where h > w the dual sum has the fewer terms,
 * sqrt(2 pi) h / w [1 + 2 sum_j exp(-(j pi h / w)^2 / 2) cos(j pi X / w) cos(j pi Y /
 * w)].
 *
 * Transformation estimates in u = log(x - a), -log(b - x) or the logit, all increasing,
 * and multiplies by du/dx. */
#include "kde.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "../kde/kde_reflect_kernel.h"
#include "isa.h"

static const double PI = 3.14159265358979323846;

static double below(const double *bound, size_t k)
{
    return bound ? bound[k] : -INFINITY;
}

static double above(const double *bound, size_t k)
{
    return bound ? bound[k] : INFINITY;
}

static int check_limits(distest_context *ctx, size_t d, const double *lower,
                        const double *upper)
{
    for (size_t k = 0; k < d; k++)
        if (!(below(lower, k) < above(upper, k)))
            return di_fail(ctx, DISTEST_EINVAL, "lower",
                           "`lower` must be below `upper`, but in column %zu it is %g "
                           "and `upper` %g.",
                           k + 1, below(lower, k), above(upper, k));
    return DISTEST_SUCCESS;
}

static int check_inside(distest_context *ctx, const char *argument, size_t d,
                        const double *lower, const double *upper, int open, size_t n,
                        const double *x)
{
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < n; i++) {
            const double v = x[i + k * n], a = below(lower, k), b = above(upper, k);
            if (v > a && v < b) continue;
            if (!open && (v == a || v == b)) continue;
            return di_fail(ctx, DISTEST_EINVAL, argument,
                           "`%s` must lie %s its bounds, but row %zu has %g in column "
                           "%zu, outside %g to %g.",
                           argument, open ? "strictly inside" : "within", i + 1, v,
                           k + 1, a, b);
        }
    return DISTEST_SUCCESS;
}

int di_kde_bounds_check(distest_context *ctx, const distest_sample *sample,
                        const distest_kde_opts *o, int kernel)
{
    if (!o->lower && !o->upper) return DISTEST_SUCCESS;
    int status = check_limits(ctx, sample->d, o->lower, o->upper);
    if (status != DISTEST_SUCCESS) return status;
    if (o->boundary != DISTEST_KDE_REFLECT && o->boundary != DISTEST_KDE_TRANSFORM)
        return di_fail(ctx, DISTEST_EINVAL, "boundary",
                       "`boundary` must be 0 or 1, not %d.", o->boundary);
    const int full = o->shape == DISTEST_KDE_FULL ||
                     (o->shape == DISTEST_KDE_SCALAR && o->scaling == DISTEST_KDE_COV);
    if (o->boundary == DISTEST_KDE_REFLECT &&
        (kernel != KERNEL_GAUSSIAN || full || o->radius))
        return di_fail(
            ctx, DISTEST_EINVAL, "boundary",
            "`boundary` \"reflect\" needs the gaussian kernel and a diagonal "
            "bandwidth, the same for all points; use \"transform\".");
    return check_inside(ctx, "x", sample->d, o->lower, o->upper,
                        o->boundary == DISTEST_KDE_TRANSFORM, sample->n, sample->x);
}

/* u of x, and the log of du/dx */
static double forward(double a, double b, double x, double *logj)
{
    const int la = isfinite(a), lb = isfinite(b);
    const double p = la ? log(x - a) : 0, q = lb ? log(b - x) : 0;
    *logj = la && lb ? log(b - a) - p - q : la ? -p : lb ? -q : 0;
    return la || lb ? p - q : x;
}

int distest_kde_transform(size_t d, const double *lower, const double *upper, size_t m,
                          const double *at, double *out, double *log_jacobian,
                          distest_context *ctx)
{
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_finite(ctx, "at", m * d, at));
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(check_limits(ctx, d, lower, upper));
    DI_TRY(check_inside(ctx, "at", d, lower, upper, 1, m, at));
    for (size_t j = 0; j < m && log_jacobian; j++) log_jacobian[j] = 0;
    for (size_t k = 0; k < d; k++)
        for (size_t j = 0; j < m; j++) {
            double logj;
            out[j + k * m] =
                forward(below(lower, k), above(upper, k), at[j + k * m], &logj);
            if (log_jacobian) log_jacobian[j] += logj;
        }
done:
    return status;
}

int di_kde_bounds_make(distest_context *ctx, const distest_sample *sample,
                       const distest_kde_opts *o, di_kde_plan *p, const double **x)
{
    int status = DISTEST_SUCCESS, any = 0;
    const size_t n = sample->n, d = sample->d;
    for (size_t k = 0; k < d; k++)
        any = any || isfinite(below(o->lower, k)) || isfinite(above(o->upper, k));
    if (!any) return DISTEST_SUCCESS;
    p->boundary = o->boundary;
    p->bounded = 1 + o->boundary;
    DI_TRY(DI_NEW(ctx, &p->pool, &p->lower, d, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->upper, d, 1));
    for (size_t k = 0; k < d; k++) {
        p->lower[k] = below(o->lower, k);
        p->upper[k] = above(o->upper, k);
    }
    if (o->boundary == DISTEST_KDE_REFLECT) {
        DI_TRY(DI_NEW(ctx, &p->pool, &p->low, d, 1));
        DI_TRY(DI_NEW(ctx, &p->pool, &p->high, d, 1));
        return DISTEST_SUCCESS;
    }
    double *u;
    DI_TRY(DI_NEW(ctx, &p->pool, &u, n, d));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->logj, n, 1));
    memset(p->logj, 0, n * sizeof *p->logj);
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < n; i++) {
            double logj;
            u[i + k * n] =
                forward(p->lower[k], p->upper[k], sample->x[i + k * n], &logj);
            p->logj[i] += logj;
        }
    *x = u;
done:
    return status;
}

void di_kde_bounds_whiten(di_kde_plan *p)
{
    for (size_t k = 0; k < p->d && p->low; k++) {
        p->low[k] = (p->lower[k] - p->centre[k]) / p->scale[k];
        p->high[k] = (p->upper[k] - p->centre[k]) / p->scale[k];
    }
}

int di_kde_queries(distest_context *ctx, const di_kde_plan *p, di_pool *pool, size_t m,
                   const double **at, const double **logj)
{
    int status;
    const size_t d = p->d;
    double *u, *j;
    *logj = NULL;
    DI_TRY(di_check_finite(ctx, "at", m * d, *at));
    if (!p->bounded) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &u, m, d));
    DI_TRY(DI_NEW(ctx, pool, &j, m, 1));
    memset(j, 0, m * sizeof *j);
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < m; i++) {
            const double x = (*at)[i + k * m];
            double more = 0;
            u[i + k * m] = x;
            if (p->bounded == 1 + DISTEST_KDE_TRANSFORM) {
                if (x > p->lower[k] && x < p->upper[k])
                    u[i + k * m] = forward(p->lower[k], p->upper[k], x, &more);
                else
                    more = -INFINITY, u[i + k * m] = p->centre[k];
            } else if (x < p->lower[k] || x > p->upper[k]) {
                more = -INFINITY, u[i + k * m] = p->centre[k];
            }
            j[i] += more;
        }
    *at = u;
    *logj = j;
done:
    return status;
}

void di_kde_reflect(const di_kde_plan *p, size_t panel, const double *z, double *a)
{
    const double *y = p->y + panel * PANEL * p->d, s = 2 * p->inv * p->inv;
    for (size_t k = 0; k < p->d; k++) {
        const double lo = p->low[k], hi = p->high[k], x = z[k * TILE];
        const double *c = y + k * PANEL;
        if (isfinite(lo) && isfinite(hi)) {
            const double w = hi - lo, h = 1 / p->inv;
            if (h > w)
                DI_PICK(dual_images)(c, x, lo, w, h, a);
            else
                DI_PICK(many_images)(c, x, lo, w, s, (int)ceil(9 * h / w) + 1, a);
        } else if (isfinite(lo) || isfinite(hi)) {
            DI_PICK(one_image)(c, x, isfinite(lo) ? lo : hi, s, a);
        }
    }
}

/* With the share q_l of an image c_l in the kernel's sum T over the images of y,
 *
 *     h^2 T'/T = E c - x,   h^2 (log T)'' = Var c / h^2 - 1:
 *
 * *slope = E c - y and *bend, the second one; by the dual sum where h > w. */
void di_kde_reflect_moments(const di_kde_plan *p, size_t k, double y, double x,
                            double *slope, double *bend)
{
    const double lo = p->low[k], hi = p->high[k], s = 2 * p->inv * p->inv;
    *slope = 0;
    *bend = -1;
    if (!isfinite(lo) && !isfinite(hi)) return;
    if (!isfinite(lo) || !isfinite(hi)) {
        const double b = isfinite(lo) ? lo : hi, shift = -2 * (y - b);
        const double e = exp(-s * (x - b) * (y - b)), q = e / (1 + e);
        *slope = shift * q;
        *bend += shift * p->inv * (shift * p->inv) * q / (1 + e);
        return;
    }
    const double w = hi - lo, h = 1 / p->inv, X = x - lo, Y = y - lo;
    double sum = 1, first = 0, second = 0;
    if (h > w) {
        for (int j = 1; j <= 4; j++) {
            const double q = j * PI / w, e = 2 * exp(-0.5 * q * q * h * h) * cos(q * Y);
            sum += e * cos(q * X);
            first -= e * q * sin(q * X);
            second -= e * q * q * cos(q * X);
        }
        first /= sum;
        *slope = first * h * h - (y - x);
        *bend = (second / sum - first * first) * h * h;
        return;
    }
    const int most = (int)ceil(9 * h / w) + 1;
    for (int k2 = -most; k2 <= most; k2++) {
        const double kw = k2 * w, by = 2 * kw, fold = -2 * (Y - kw);
        const double shifted = k2 ? exp(-s * kw * (kw - (X - Y))) : 0;
        const double folded = exp(-s * (X - kw) * (Y - kw));
        sum += folded + shifted;
        first += by * shifted + fold * folded;
        second += by * by * shifted + fold * fold * folded;
    }
    *slope = first / sum;
    *bend += (second / sum - *slope * *slope) * p->inv * p->inv;
}

void di_kde_bounds_chain(const di_kde_plan *p, const double *raw, size_t m, double *g,
                         double *H)
{
    const size_t d = p->d;
    for (size_t k = 0; k < d; k++) {
        const double a = p->lower[k], b = p->upper[k], x = raw[k * m];
        const double ra = isfinite(a) ? 1 / (x - a) : 0,
                     rb = isfinite(b) ? 1 / (b - x) : 0;
        if (ra == 0 && rb == 0) continue;
        const double slope = ra + rb, bend = rb - ra; /* du/dx and d log(du/dx)/dx */
        if (H) {
            for (size_t i = 0; i < d; i++) {
                H[i + k * d] *= slope;
                H[k + i * d] *= slope;
            }
            H[k + k * d] += slope * bend * g[k] + ra * ra + rb * rb;
        }
        g[k] = slope * g[k] + bend;
    }
}

double di_kde_bounds_back(const di_kde_plan *p, size_t k, double u)
{
    const double a = p->lower[k], b = p->upper[k];
    const int la = isfinite(a), lb = isfinite(b);
    if (p->bounded == 1 + DISTEST_KDE_TRANSFORM) {
        if (la && lb)
            return u < 0 ? a + (b - a) / (1 + exp(-u)) : b - (b - a) / (1 + exp(u));
        return la ? a + exp(u) : lb ? b - exp(-u) : u;
    }
    if (la && lb) { /* folded: period 2 w */
        const double w = b - a, t = fmod(fabs(u - a), 2 * w);
        return t <= w ? a + t : a + (2 * w - t);
    }
    if (la) return u < a ? 2 * a - u : u;
    return lb && u > b ? 2 * b - u : u;
}
