/* wls_induced.c - the measures p_n^2 dmu: distribution functions in closed form, their
 * inverses, and random points.
 *
 * With w the density of the standard variable t, F_n = F_{n-1} + w times a quadratic
 * form in p_n, p_{n-1} (Christoffel-Darboux and the differential relations of each
 * family). sqrt(w) p_k is carried instead of p_k, with a power of two beside it, so
 * that neither p_k overflows nor w underflows in the tails. */
#include "wls.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

/* F_0: the distribution function of mu in t */
static double measure_cdf(const distest_wls_basis *b, double t)
{
    if (b->family == ROW_HERMITE) return di_norm_cdf(t);
    if (b->family == ROW_LAGUERRE)
        return b->ja == 0 ? -expm1(-t) : gsl_cdf_gamma_P(t, b->ja + 1, 1);
    if (b->ja == 0 && b->jb == 0) return (1 + t) / 2;
    if (b->family == ROW_CHEBYSHEV) return 0.5 + asin(t) / M_PI;
    return t < 0 ? gsl_cdf_beta_P((1 + t) / 2, b->jb + 1, b->ja + 1)
                 : gsl_cdf_beta_Q((1 - t) / 2, b->ja + 1, b->jb + 1);
}

/* F_n - F_{n-1}, from p = sqrt(w) p_n and q = sqrt(w) p_{n-1} */
static double cdf_step(const distest_wls_basis *b, size_t index, double t, double p,
                       double q)
{
    const double n = (double)index, bn = b->b[index];
    if (b->family == ROW_HERMITE) return -p * q / bn;
    if (b->family == ROW_LAGUERRE)
        return -(p * p + q * q + (2 * n + b->ja) / bn * p * q);
    const double s = b->ja + b->jb, gap = b->jb - b->ja;
    if (index == 1) {
        const double q1 = -1 / ((s + 3) * bn * bn);
        const double q0 = (gap * q1 + 2 * b->a[0] / (bn * bn)) / (s + 2);
        return q * q * (1 - t * t) * (q0 + q1 * t);
    }
    const double T = 2 * n + s, e = gap * s / T;
    return (t + e / T) * (p * p / (T + 1) + q * q / (T - 1)) -
           (T * T - e * e) / (T * (T * T - 1) * bn) * p * q;
}

/* Next to 0 and for shape < 1 the steps of laguerre cancel against a density without
 * bound: there p_n^2 exp(-t), replaced by a parabola, is integrated against t^al. */
static double near_zero(const distest_wls_basis *b, size_t n, double t)
{
    double g[3];
    for (int i = 0; i < 3; i++) {
        const double s = t * i / 2;
        double q = 0, p = 1;
        for (size_t k = 1; k <= n; k++) {
            const double next = ((s - b->a[k - 1]) * p - b->b[k - 1] * q) / b->b[k];
            q = p, p = next;
        }
        g[i] = p * p * exp(-s);
    }
    const double c1 = -3 * g[0] + 4 * g[1] - g[2], c2 = 2 * g[0] - 4 * g[1] + 2 * g[2];
    const double al = b->ja;
    return exp(b->lognorm + (al + 1) * log(t)) *
           (g[0] / (al + 1) + c1 / (al + 2) + c2 / (al + 3));
}

/* density (of t) p_n^2 w, unless NULL */
static double polynomial_cdf(const distest_wls_basis *b, size_t n, double t,
                             double *density)
{
    const double half = di_wls_logw(b, t) / 2;
    if (half < -7e8) { /* so small that no polynomial brings it back; t may be huge */
        if (density) *density = 0;
        return measure_cdf(b, t);
    }
    int e = half < -200 ? (int)floor(half / M_LN2) : 0;
    double q = 0, p = exp(half - e * M_LN2), F = measure_cdf(b, t);
    for (size_t k = 1; k <= n; k++) {
        const double next = ((t - b->a[k - 1]) * p - b->b[k - 1] * q) / b->b[k];
        q = p, p = next;
        const double step = cdf_step(b, k, t, p, q);
        F += e ? ldexp(step, 2 * e) : step;
        if (fabs(p) > 0x1p300 || (e < 0 && fabs(p) > 1)) {
            const int shift = e < -300 || e >= 0 ? 300 : -e;
            p = ldexp(p, -shift), q = ldexp(q, -shift), e += shift;
        }
    }
    if (density) *density = ldexp(p * p, 2 * e);
    if (b->family == ROW_LAGUERRE && b->ja < 0 && t * (double)(n + 1) < 1e-4)
        return near_zero(b, n, t);
    return F < 0 ? 0 : F > 1 ? 1 : F;
}

/* p_index^2 is piecewise polynomial: whole cells from the table, the rest by Gauss. */
static double spline_cdf(const distest_wls_basis *b, size_t index, double x,
                         double *density)
{
    size_t c = 0;
    while (c + 1 < b->cells && b->x[c + 1] <= x) c++;
    const double half = (x - b->x[c]) / 2, all = b->high - b->low;
    double F = b->cum[c + index * (b->cells + 1)];
    for (size_t g = 0; g <= b->degree; g++) {
        const double v = di_wls_spline_value(b, index, b->x[c] + half * (1 + b->gx[g]));
        F += half * b->gw[g] * v * v / all;
    }
    if (density) {
        const double v = di_wls_spline_value(b, index, x);
        *density = v * v / all;
    }
    return F < 0 ? 0 : F > 1 ? 1 : F;
}

static double fourier_cdf(size_t index, double u, double *density)
{
    const double k = (double)((index + 1) / 2), s = index % 2 ? 1 : -1;
    if (density)
        *density = index == 0 ? 1 : 1 + s * cos(4 * M_PI * (k * u - rint(k * u)));
    if (index == 0) return u;
    return u + s * sin(4 * M_PI * (k * u - rint(k * u))) / (4 * M_PI * k);
}

/* the support of function `index` of haar (in u) */
static void haar_support(size_t index, double *low, double *high)
{
    size_t first = 1;
    *low = 0, *high = 1;
    if (index == 0) return;
    while (2 * first <= index) first *= 2;
    *low = (double)(index - first) / (double)first;
    *high = (double)(index - first + 1) / (double)first;
}

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* the number of nodes at or below x */
static size_t nodes_below(const distest_wls_basis *b, double x)
{
    size_t lo = 0, hi = b->cells;
    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        if (b->x[mid] <= x)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* density of x with respect to Lebesgue's measure, unless NULL */
double di_wls_cdf(const distest_wls_basis *b, size_t index, double x, double *density)
{
    double low, high, F = 0;
    if (density) *density = 0;
    if (b->kind == WLS_EMPIRICAL) {
        const size_t k = nodes_below(b, x);
        return k == 0 ? 0 : b->cum[k - 1 + index * b->cells];
    }
    if (x <= b->low) return 0;
    if (x >= b->high) return 1;
    const double t = (x - b->shift) * b->scale;
    switch (b->kind) {
    case WLS_FOURIER:
        F = fourier_cdf(index, t, density);
        break;
    case WLS_HAAR:
        haar_support(index, &low, &high);
        if (density) *density = t >= low && t < high ? 1 / (high - low) : 0;
        F = clip((t - low) / (high - low), 0, 1);
        break;
    case WLS_PIECEWISE: {
        const size_t c = index / (b->degree + 1);
        const double h = b->x[c + 1] - b->x[c];
        if (x <= b->x[c]) return 0;
        if (x >= b->x[c + 1]) return 1;
        F = polynomial_cdf(b, index % (b->degree + 1),
                           (2 * x - b->x[c] - b->x[c + 1]) / h, density);
        if (density) *density *= 2 / h;
        return F;
    }
    case WLS_BSPLINE:
        return spline_cdf(b, index, x, density);
    default: /* x may round to an end, where the weight may be infinite */
        if (isfinite(b->high) && t >= 1) return 1;
        if (isfinite(b->low) && t <= (isfinite(b->high) ? -1 : 0)) return 0;
        F = polynomial_cdf(b, index, t, density);
    }
    if (density) *density *= b->scale;
    return clip(F, 0, 1);
}

/* ---- quantiles
 * ------------------------------------------------------------------------ */

/* An interval of x that holds all but about 1e-16 of the induced measure. */
static void bracket(const distest_wls_basis *b, size_t index, double *low, double *high)
{
    const double n = (double)index;
    *low = b->low, *high = b->high;
    if (b->family == ROW_HERMITE && b->kind == WLS_POLYNOMIAL) {
        const double reach = sqrt(4 * n + 2) + 14;
        *low = b->shift - reach / b->scale, *high = b->shift + reach / b->scale;
    } else if (b->family == ROW_LAGUERRE && b->kind == WLS_POLYNOMIAL) {
        const double reach = sqrt(4 * n + 2 * (b->ja + 1) + 2) + 16;
        *high = reach * reach / b->scale;
    } else if (b->kind == WLS_PIECEWISE) {
        const size_t c = index / (b->degree + 1);
        *low = b->x[c], *high = b->x[c + 1];
    } else if (b->kind == WLS_HAAR) {
        haar_support(index, low, high);
        *low = b->low + *low / b->scale;
        *high = fmin(b->low + *high / b->scale, b->high); /* rounding */
    }
}

double di_wls_quantile(const distest_wls_basis *b, size_t index, double u)
{
    double low, high, x, step = 0;
    if (b->kind == WLS_EMPIRICAL) {
        const double *cum = b->cum + index * b->cells;
        size_t lo = 0, hi = b->cells - 1;
        while (lo < hi) { /* the first node whose cumulated share reaches u */
            const size_t mid = (lo + hi) / 2;
            if (cum[mid] < u)
                lo = mid + 1;
            else
                hi = mid;
        }
        return b->x[lo];
    }
    bracket(b, index, &low, &high);
    if (u <= 0) return isfinite(b->low) ? low : -INFINITY;
    if (u >= 1) return isfinite(b->high) ? high : INFINITY;
    if (b->kind == WLS_HAAR || (index == 0 && b->kind == WLS_FOURIER))
        return low + u * (high - low);
    x = low + (high - low) * (b->family == ROW_LAGUERRE ? u * u * 0.5 : u);
    for (int it = 0; it < 400; it++) {
        double f;
        const double F = di_wls_cdf(b, index, x, &f), gap = F - u;
        if (gap > 0)
            high = x;
        else
            low = x;
        if (fabs(gap) <= 2e-16) return x;
        step = gap / f;
        double next = x - step;
        if (!(next > low && next < high)) next = low + (high - low) / 2;
        const double ulp = fabs(next) * 2.3e-16;
        if (fabs(next - x) <= 2 * ulp || high - low <= 2 * ulp) return next;
        if (it > 40 && it % 3 == 0) next = low + (high - low) / 2; /* slow: halve */
        x = next;
    }
    return x;
}

/* ---- random points ------------------------------------------------------------------
 */

/* p_n^2 / 2 <= 2 / (pi sqrt(1 - t^2)): from the arcsine law, half of the proposals. */
static double legendre_draw(const distest_wls_basis *b, size_t n, di_stream *s)
{
    for (;;) {
        const double angle = M_PI * di_stream_uniform(s), t = cos(angle);
        double q = 0, p = 1;
        for (size_t k = 1; k <= n; k++) {
            const double next = (t * p - b->b[k - 1] * q) / b->b[k];
            q = p, p = next;
        }
        if (di_stream_uniform(s) <= p * p * M_PI * sin(angle) / 4) return t;
    }
}

double di_wls_draw(const distest_wls_basis *b, size_t index, di_stream *s)
{
    switch (b->kind) {
    case WLS_FOURIER:
        for (;;) {
            const double u = di_stream_uniform(s);
            if (index == 0) return b->low + u / b->scale;
            const double k = (double)((index + 1) / 2), angle = 2 * M_PI * k * u;
            const double v = index % 2 ? cos(angle) : sin(angle);
            if (di_stream_uniform(s) <= v * v) return b->low + u / b->scale;
        }
    case WLS_PIECEWISE: {
        const size_t c = index / (b->degree + 1);
        const double t = legendre_draw(b, index % (b->degree + 1), s);
        return clip(b->x[c] + (b->x[c + 1] - b->x[c]) * (1 + t) / 2, b->x[c],
                    nextafter(b->x[c + 1], b->x[c]));
    }
    case WLS_POLYNOMIAL:
        if (b->family == ROW_LEGENDRE)
            return clip(b->shift + legendre_draw(b, index, s) / b->scale, b->low,
                        b->high);
        while (b->family == ROW_CHEBYSHEV) {
            const double angle = M_PI * di_stream_uniform(s);
            const double v = cos((double)index * angle);
            if (di_stream_uniform(s) <= v * v)
                return clip(b->shift + cos(angle) / b->scale, b->low, b->high);
        }
        return di_wls_quantile(b, index, di_stream_uniform(s));
    default:
        return di_wls_quantile(b, index, di_stream_uniform(s));
    }
}

double di_wls_draw_mu(const distest_wls_basis *b, di_stream *s)
{
    if (b->kind == WLS_PIECEWISE || b->kind == WLS_BSPLINE)
        return b->low + (b->high - b->low) * di_stream_uniform(s);
    if (b->kind == WLS_POLYNOMIAL && b->family == ROW_HERMITE)
        return b->shift + di_stream_normal(s) / b->scale;
    return di_wls_draw(b, 0, s);
}

/* ---- public
 * -------------------------------------------------------------------------- */

typedef struct {
    const distest_wls_basis *b;
    size_t index, n;
    const double *in;
    double *out;
    uint64_t key;
    int which; /* 0 cdf, 1 quantile, 2 sample */
} job;

enum { BLOCK = 64 };

static int compute(size_t block, int thread, void *data)
{
    const job *j = data;
    const size_t i1 = (block + 1) * BLOCK < j->n ? (block + 1) * BLOCK : j->n;
    di_stream s = di_stream_open(j->key, block);
    (void)thread;
    for (size_t i = block * BLOCK; i < i1; i++)
        j->out[i] = j->which == 0   ? di_wls_cdf(j->b, j->index, j->in[i], NULL)
                    : j->which == 1 ? di_wls_quantile(j->b, j->index, j->in[i])
                                    : di_wls_draw(j->b, j->index, &s);
    return DISTEST_SUCCESS;
}

static int induced(const distest_wls_basis *b, size_t index, size_t n, const double *in,
                   uint64_t key, int which, double *out, distest_context *ctx)
{
    job j = {b, index, n, in, out, key, which};
    int status = DISTEST_SUCCESS;
    if (index >= b->size)
        return di_fail(ctx, DISTEST_EINVAL, "index",
                       "`index` must be below the size of the basis: %zu is not below "
                       "%zu.",
                       index, b->size);
    di_gsl_enter();
    status = di_for_blocks(ctx, "induced", 0, 1, (n + BLOCK - 1) / BLOCK, compute, &j);
    di_gsl_leave();
    return status;
}

int distest_wls_induced_cdf(const distest_wls_basis *basis, size_t index, size_t n,
                            const double *x, double *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "basis", basis));
    if (n) DI_TRY(di_check_pointer(ctx, "x", x));
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            DI_TRY(
                di_fail(ctx, DISTEST_EINVAL, "x", "`x[%zu]` is not a number.", i + 1));
    DI_TRY(induced(basis, index, n, x, 0, 0, out, ctx));
done:
    return status;
}

int distest_wls_induced_quantile(const distest_wls_basis *basis, size_t index, size_t n,
                                 const double *u, double *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "basis", basis));
    DI_TRY(di_check_finite(ctx, "u", n, u));
    for (size_t i = 0; i < n; i++)
        if (u[i] < 0 || u[i] > 1)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "u",
                           "`u[%zu]` must lie between 0 and 1, not %g.", i + 1, u[i]));
    DI_TRY(induced(basis, index, n, u, 0, 1, out, ctx));
done:
    return status;
}

int distest_wls_induced_sample(const distest_wls_basis *basis, size_t index, size_t n,
                               distest_rng *rng, double *x, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "basis", basis));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(induced(basis, index, n, NULL, di_rng_key(rng), 2, x, ctx));
done:
    return status;
}
