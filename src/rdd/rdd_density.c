/* rdd_density.c - is the density of the running variable continuous at the cutoff?
 *
 * On each side a local polynomial of order k = p + 1 of the empirical distribution
 * function F_i = (number of x below x_i, ties counted up) / (n - 1) on u, weights
 * K(u / h); its slope is the density f. With delta_k of the kernel,
 *
 *     Var f = delta_k f / (n h),   T = (f_+ - f_-) / sqrt(V_+ + V_-),
 *
 * normal for large n. And, without any smoothing, exact binomial tests of probability
 * 1/2 for the sides of the 10, 20, ..., 50 nearest units. They stand alone where a
 * fifth of the units of a side or more share their x with another. */
#include "rdd.h"

#include <math.h>
#include <string.h>

enum { MOST = 9 }; /* order k of the polynomial */

/* delta_k = e_1' A^-1 B A^-1 e_1 with A_ij = int z^i z^j K and
 *
 *     B_ij = int int min(s, t) s^i t^j K(s) K(t) ds dt
 *          = int_0^1 t^j K(t) [ int_0^t s^(i+1) K(s) ds + t int_t^1 s^i K(s) ds ] dt
 *
 * on [0, 1]^2. With K = c (1 - z^power) the bracket is a sum of powers of t. */

/* int_0^1 t^(j + m) K(t) dt */
static double power_integral(const di_rdd_kernel *K, int j, double m)
{
    const double a = j + m + 1;
    return K->c * (K->power ? 1 / a - 1 / (a + K->power) : 1 / a);
}

static double double_integral(const di_rdd_kernel *K, int i, int j)
{
    const double c = K->c, w = K->power;
    /* int_0^t s^(i+1) K = c (t^(i+2) / (i+2) - t^(i+2+w) / (i+2+w)) */
    double B = c * power_integral(K, j, i + 2) / (i + 2);
    if (K->power) B -= c * power_integral(K, j, i + 2 + w) / (i + 2 + w);
    /* t int_t^1 s^i K = c t ((1 - t^(i+1)) / (i+1) - (1 - t^(i+1+w)) / (i+1+w)) */
    B += c * (power_integral(K, j, 1) - power_integral(K, j, i + 2)) / (i + 1);
    if (K->power)
        B -= c * (power_integral(K, j, 1) - power_integral(K, j, i + 2 + w)) /
             (i + 1 + w);
    return B;
}

static double slope_constant(const di_rdd_kernel *K, int order)
{
    const size_t k = (size_t)order + 1;
    double A[(MOST + 1) * (MOST + 1)], e[MOST + 1] = {0}, delta = 0;
    for (int i = 0; i <= order; i++)
        for (int j = 0; j <= order; j++)
            A[(size_t)i + (size_t)j * k] = di_rdd_kernel_moment(K, i + j, 1);
    e[1] = 1;
    if (di_cholesky('L', k, A, k, NULL) != DISTEST_SUCCESS) return NAN;
    di_cholesky_solve('L', k, 1, A, k, e, k);
    for (int i = 0; i <= order; i++)
        for (int j = 0; j <= order; j++)
            delta += e[i] * e[j] * double_integral(K, i, j);
    return delta;
}

/* The slope at 0 on one side, index: increasing x. Fits in z = u / h. */
static int side_slope(size_t n, const double *x, const size_t *index, double cutoff,
                      const di_rdd_kernel *K, double h, int order, int right,
                      double *slope, distest_context *ctx)
{
    const size_t k = (size_t)order + 1;
    double G[(MOST + 1) * (MOST + 1)] = {0}, g[MOST + 1] = {0};
    size_t distinct = 0;
    double last = NAN, rcond = 0;
    for (size_t r = 0; r < n;) {
        size_t end = r + 1;
        while (end < n && x[index[end]] == x[index[r]]) end++;
        const double u = x[index[r]] - cutoff, z = u / h;
        const double F = ((double)end - 1) / ((double)n - 1);
        const double w = di_rdd_kernel_at(K, z) * (double)(end - r);
        r = end;
        if ((u >= 0) != right || w <= 0) continue;
        if (z != last) distinct++;
        last = z;
        double R[MOST + 1] = {1};
        for (size_t i = 1; i < k; i++) R[i] = R[i - 1] * z;
        for (size_t j = 0; j < k; j++) {
            g[j] += w * R[j] * F;
            for (size_t i = j; i < k; i++) G[i + j * k] += w * R[i] * R[j];
        }
    }
    int fine = distinct >= k && di_cholesky('L', k, G, k, NULL) == DISTEST_SUCCESS;
    if (fine) {
        const int status = di_triangular_rcond(ctx, 'L', k, G, k, &rcond);
        if (status != DISTEST_SUCCESS) return status;
        fine = rcond * rcond >= 1e-12;
    }
    if (!fine)
        return di_fail(ctx, DISTEST_ESING, "h",
                       "a polynomial of order %d needs %zu distinct x within %g on the "
                       "%s of the cutoff; there are %zu: increase `h` or lower `p`.",
                       order, k, h, right ? "right" : "left", distinct);
    di_cholesky_solve('L', k, 1, G, k, g, k);
    *slope = g[1] / h;
    return DISTEST_SUCCESS;
}

/* Two-sided p-value for k of m at probability 1/2: twice the smaller tail. */
static double binomial_p(size_t k, size_t m)
{
    const size_t low = k < m - k ? k : m - k;
    double tail = 0;
    for (size_t i = 0; i <= low; i++)
        tail += exp(di_lgamma((double)m + 1) - di_lgamma((double)i + 1) -
                    di_lgamma((double)(m - i) + 1) - (double)m * log(2));
    return fmin(1, 2 * tail);
}

/* NaN where there are fewer units */
static int binomial_tests(size_t n, const double *x, double cutoff, double *p,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *a = NULL;
    size_t *index = NULL, right = 0;
    DI_TRY(DI_NEW(ctx, &pool, &a, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &index, n, 1));
    for (size_t i = 0; i < n; i++) a[i] = fabs(x[i] - cutoff);
    DI_TRY(di_order(ctx, n, a, index));
    for (size_t k = 0; k < 5; k++) p[k] = NAN;
    for (size_t m = 1; m <= 50 && m <= n; m++) {
        right += x[index[m - 1]] >= cutoff;
        if (m % 10 == 0) p[m / 10 - 1] = binomial_p(right, m);
    }
done:
    di_pool_free(&pool);
    return status;
}

/* sd with n - 1 */
static double deviation(size_t n, const double *x)
{
    double mean = 0, ss = 0;
    di_column_means(n, 1, x, n, NULL, &mean);
    for (size_t i = 0; i < n; i++) ss += (x[i] - mean) * (x[i] - mean);
    return sqrt(ss / ((double)n - 1));
}

/* Is 1 - distinct / units at least 0.2 on a side? */
static int has_mass_points(size_t n, const double *x, const size_t *index,
                           double cutoff)
{
    size_t units[2] = {0, 0}, distinct[2] = {0, 0};
    for (size_t r = 0; r < n; r++) {
        const int right = x[index[r]] >= cutoff;
        units[right]++;
        distinct[right] += r == 0 || x[index[r]] != x[index[r - 1]];
    }
    for (int s = 0; s < 2; s++)
        if ((double)distinct[s] <= 0.8 * (double)units[s]) return 1;
    return 0;
}

/* both slopes at bandwidth h (0: the default), and T */
static int slopes(size_t n, const double *x, double cutoff, int order,
                  const di_rdd_kernel *K, double h, double f[2], double *t,
                  distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    size_t *index = NULL;
    double V = 0, delta;
    DI_TRY(DI_NEW(ctx, &pool, &index, n, 1));
    DI_TRY(di_order(ctx, n, x, index));
    if (has_mass_points(n, x, index, cutoff)) goto done;
    if (!(h > 0)) h = 2.5 * deviation(n, x) * pow((double)n, -0.2);
    delta = slope_constant(K, order);
    for (int right = 0; right < 2; right++) {
        const double range = right ? x[index[n - 1]] - cutoff : cutoff - x[index[0]];
        const double hs = h < range ? h : range;
        DI_TRY(side_slope(n, x, index, cutoff, K, hs, order, right, &f[right], ctx));
        V += delta * f[right] / ((double)n * hs);
    }
    *t = f[0] > 0 && f[1] > 0 ? (f[1] - f[0]) / sqrt(V) : NAN;
done:
    di_pool_free(&pool);
    return status;
}

static int check_density(size_t n, const double *x, double cutoff, int p, double h,
                         distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    double low = INFINITY, high = -INFINITY;
    DI_TRY(di_check_finite(ctx, "x", n, x));
    DI_TRY(di_check_finite(ctx, "cutoff", 1, &cutoff));
    for (size_t i = 0; i < n; i++) low = fmin(low, x[i]), high = fmax(high, x[i]);
    if (!(low < cutoff && cutoff <= high))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "cutoff",
                       "`cutoff` is %g; there must be units below and above it, and "
                       "their `x` run from %g to %g.",
                       cutoff, low, high));
    if (p < 0 || p >= MOST)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "p", "`p` must be 0 to %d, not %d.",
                       MOST - 1, p));
    DI_TRY(di_check_nonnegative(ctx, "h", 1, &h));
done:
    return status;
}

int distest_rdd_density_test(size_t n, const double *x, double cutoff, int p,
                             const char *kernel, double h, double density[2], double *t,
                             double *p_value, double binomial[5], distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const di_rdd_kernel *K = NULL;
    double f[2] = {NAN, NAN}, T = NAN, nearest[5];
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_density(n, x, cutoff, p, h, ctx));
    DI_TRY(di_rdd_kernel_find(ctx, kernel, &K));
    DI_TRY(binomial_tests(n, x, cutoff, nearest, ctx));
    if (density || t || p_value) DI_TRY(slopes(n, x, cutoff, p + 1, K, h, f, &T, ctx));
    if (density) memcpy(density, f, sizeof f);
    if (t) *t = T;
    if (p_value) *p_value = 2 * di_norm_cdf(-fabs(T));
    if (binomial) memcpy(binomial, nearest, sizeof nearest);
done:
    di_blas_serial_leave();
    return status;
}
