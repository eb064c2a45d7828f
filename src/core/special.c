/* special.c - functions the standard library or GSL lack, or have with a hidden global
 * (lgamma's signgam), or lose digits in the tails. */
#include "core.h"
#include "wichura.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

static const double SQRT1_2 = 0.70710678118654752440;
static const double HALF_LOG_2PI = 0.91893853320467274178;

static double ratio(const double *p, const double *q, double r)
{
    double num = p[7], den = q[7];
    for (int k = 6; k >= 0; k--) {
        num = num * r + p[k];
        den = den * r + q[k];
    }
    return num / den;
}

/* Wichura (1988), algorithm AS 241, PPND16: relative error about 1e-16. The quantile of
 * 1/2 + q, for |q| <= 0.425: */
static double near_median(double q)
{
    static const double a[] = {WICHURA_CENTRE_TOP};
    static const double b[] = {WICHURA_CENTRE_BOTTOM};
    return q * ratio(a, b, 0.180625 - q * q);
}

double di_norm_quantile(double p)
{
    static const double c[] = {WICHURA_TAIL_TOP};
    static const double d[] = {WICHURA_TAIL_BOTTOM};
    static const double e[] = {WICHURA_FAR_TOP};
    static const double f[] = {WICHURA_FAR_BOTTOM};
    if (!(p >= 0 && p <= 1)) return NAN;
    const double q = p - 0.5;
    if (fabs(q) <= 0.425) return near_median(q);
    const double tail = q < 0 ? p : 1 - p;
    if (tail == 0) return q < 0 ? -INFINITY : INFINITY;
    const double r = sqrt(-log(tail));
    const double z = r <= 5 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5);
    return q < 0 ? -z : z;
}

/* erfc(y) / 2 with y = -x / sqrt 2; far out an error of eps in y is one of 2 y^2 eps in
 * the tail, so what the product loses is made up for by the derivative there */
double di_norm_cdf(double x)
{
    static const double SQRT1_2_REST = -4.833646656726458e-17,
                        SQRT1_PI = 0.56418958354775628695;
    const double y = -x * SQRT1_2, half = 0.5 * erfc(y);
    if (!(y > 1 && half > 0)) return half;
    const double lost = fma(-x, SQRT1_2, -y) - x * SQRT1_2_REST;
    return half - lost * SQRT1_PI * exp(-y * y);
}

/* Below -37 erfc underflows: log phi(x) - log(-x) + log(1 - 1/x^2 + 3/x^4 - ...) */
double di_norm_logcdf(double x)
{
    if (x > 0) return log1p(-di_norm_cdf(-x));
    if (x > -37) return log(di_norm_cdf(x));
    const double u = 1 / (x * x);
    const double series = -u * (1 - 3 * u * (1 - 5 * u * (1 - 7 * u * (1 - 9 * u))));
    return -0.5 * x * x - HALF_LOG_2PI - log(-x) + log1p(series);
}

double di_lgamma(double x)
{
    gsl_sf_result r;
    if (!(x > 0)) return x == 0 ? INFINITY : NAN;
    if (!isfinite(x)) return x;
    if (x < 1e-100) return -log(x); /* Gamma(x) = 1 / x overflows below 1e-308 */
    return gsl_sf_lngamma_e(x, &r) == 0 ? r.val : INFINITY; /* cannot raise for x > 0 */
}

/* psi(x) = psi(x + 1) - 1/x up to 10, then log x - 1/(2x) - sum B_2k / (2k x^2k) */
double di_digamma(double x)
{
    double below = 0;
    if (!(x > 0)) return x == 0 ? -INFINITY : NAN;
    for (; x < 10; x++) below += 1 / x;
    const double u = 1 / (x * x);
    const double series =
        u *
        (1.0 / 12 -
         u * (1.0 / 120 -
              u * (1.0 / 252 -
                   u * (1.0 / 240 - u * (1.0 / 132 - u * (691.0 / 32760 - u / 12))))));
    return log(x) - 0.5 / x - series - below;
}

/* psi'(x) = psi'(x + 1) + 1/x^2 up to 10, then 1/x + 1/(2x^2) + sum B_2k / x^(2k+1) */
double di_trigamma(double x)
{
    double below = 0;
    if (!(x > 0)) return x == 0 ? INFINITY : NAN;
    for (; x < 10; x++) below += 1 / (x * x);
    const double u = 1 / (x * x);
    const double series =
        u *
        (1.0 / 6 -
         u * (1.0 / 30 -
              u * (1.0 / 42 -
                   u * (1.0 / 30 - u * (5.0 / 66 - u * (691.0 / 2730 - u * 7 / 6))))));
    return below + (1 + 0.5 / x + series) / x;
}

double di_log1mexp(double x)
{
    return x > 0.69314718055994530942 ? log1p(-exp(-x)) : log(-expm1(-x));
}

double di_log1pexp(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

double di_logaddexp(double a, double b)
{
    if (a == b) return a + 0.69314718055994530942; /* -Inf and -Inf too */
    return a > b ? a + log1p(exp(b - a)) : b + log1p(exp(a - b));
}

/* the square of the normal quantile of (1 + p) / 2, without rounding small p away */
double di_chisq_quantile1(double p)
{
    if (!(p >= 0)) return NAN;
    const double z = p <= 0.85 ? near_median(0.5 * p) : di_norm_quantile(0.5 * (1 - p));
    return z * z;
}
