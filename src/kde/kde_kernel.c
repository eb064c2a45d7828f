/* kde_kernel.c - the radial kernels K(u) = exp(c_d + g(|u|^2)), a row each. */
#include "kde.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
static const double LOG_2 = 0.69314718055994530942;
static const double LOG_PI = 1.14472988584940017414;

static const char *const names[] = {"gaussian", "uniform",   "epanechnikov",
                                    "biweight", "triweight", "exponential",
                                    "linear",   "cosine",    "student"};

int di_kde_kernel_check(distest_context *ctx, const char *kernel, double nu, int *which)
{
    size_t k = 0;
    const int status = di_check_choice(ctx, "kernel", kernel, 9, names, &k);
    if (status != DISTEST_SUCCESS) return status;
    *which = (int)k;
    if (*which == KERNEL_STUDENT && !(nu > 0 && isfinite(nu)))
        return di_fail(ctx, DISTEST_EINVAL, "nu",
                       "`nu` must be a positive number for the student kernel, not %g.",
                       nu);
    if (*which != KERNEL_STUDENT && nu != 0)
        return di_fail(ctx, DISTEST_EINVAL, "nu",
                       "`nu` belongs to the student kernel, not to \"%s\".", kernel);
    return DISTEST_SUCCESS;
}

int di_kde_compact(int kernel)
{
    return kernel != KERNEL_GAUSSIAN && kernel != KERNEL_EXPONENTIAL &&
           kernel != KERNEL_STUDENT;
}

/* I_k = int_0^1 cos(pi r / 2) r^k dr; by parts from the top down it loses nothing:
 * the series converges fast and its terms fall from the first on for k >= 0 */
static double cosine_moment(double k)
{
    double term = 1, sum = 0;
    for (int j = 0; j < 40; j++) {
        sum += term / (k + 1 + 2 * j);
        term *= -(PI * PI / 4) / ((2 * j + 1) * (2 * j + 2));
    }
    return sum;
}

double di_kde_log_norm(int kernel, double nu, size_t dim)
{
    const double d = (double)dim, half = 0.5 * d;
    const double p = (double)(kernel - KERNEL_UNIFORM);
    switch (kernel) {
    case KERNEL_GAUSSIAN:
        return -half * (LOG_2 + LOG_PI);
    case KERNEL_EXPONENTIAL:
        return di_lgamma(half) - LOG_2 - half * LOG_PI - di_lgamma(d);
    case KERNEL_LINEAR:
        return di_lgamma(half) + log(d * (d + 1)) - LOG_2 - half * LOG_PI;
    case KERNEL_COSINE:
        return di_lgamma(half) - LOG_2 - half * LOG_PI - log(cosine_moment(d - 1));
    case KERNEL_STUDENT:
        return di_lgamma(0.5 * (nu + d)) - di_lgamma(0.5 * nu) -
               half * (log(nu) + LOG_PI);
    default:
        return di_lgamma(half + p + 1) - half * LOG_PI - di_lgamma(p + 1);
    }
}

double di_kde_variance(int kernel, double nu, size_t dim)
{
    const double d = (double)dim;
    (void)nu;
    switch (kernel) {
    case KERNEL_GAUSSIAN:
    case KERNEL_STUDENT:
        return 1;
    case KERNEL_EXPONENTIAL:
        return d + 1;
    case KERNEL_LINEAR:
        return (d + 1) / ((d + 2) * (d + 3));
    case KERNEL_COSINE:
        return cosine_moment(d + 1) / (d * cosine_moment(d - 1));
    default:
        return 1 / (d + 2 * (kernel - KERNEL_UNIFORM) + 2);
    }
}

double di_kde_profile(int kernel, double nu, size_t d, double u)
{
    switch (kernel) {
    case KERNEL_GAUSSIAN:
        return -0.5 * u;
    case KERNEL_UNIFORM:
        return u <= 1 ? 0 : -INFINITY; /* its support is closed */
    case KERNEL_EXPONENTIAL:
        return -sqrt(u);
    case KERNEL_LINEAR:
        return u < 1 ? log1p(-sqrt(u)) : -INFINITY;
    case KERNEL_COSINE:
        return u < 1 ? log(cos(0.5 * PI * sqrt(u))) : -INFINITY;
    case KERNEL_STUDENT:
        return -0.5 * (nu + (double)d) * log1p(u / nu);
    default:
        return u < 1 ? (kernel - KERNEL_UNIFORM) * log1p(-u) : -INFINITY;
    }
}

double di_kde_slope(int kernel, double nu, size_t d, double u)
{
    const double r = sqrt(u);
    switch (kernel) {
    case KERNEL_GAUSSIAN:
        return -0.5;
    case KERNEL_UNIFORM:
        return 0;
    case KERNEL_EXPONENTIAL:
        return r > 0 ? -0.5 / r : 0; /* a kink: mean of both sides */
    case KERNEL_LINEAR:
        return r > 0 && r < 1 ? -0.5 / (r * (1 - r)) : 0;
    case KERNEL_COSINE:
        return r > 0 && r < 1 ? -0.25 * PI * tan(0.5 * PI * r) / r : -PI * PI / 8;
    case KERNEL_STUDENT:
        return -0.5 * (nu + (double)d) / (nu + u);
    default:
        return u < 1 ? -(kernel - KERNEL_UNIFORM) / (1 - u) : 0;
    }
}

int distest_kde_kernel(const char *kernel, double nu, size_t d, double *log_norm,
                       double *variance, distest_context *ctx)
{
    int which;
    di_begin(ctx);
    const int status = di_kde_kernel_check(ctx, kernel, nu, &which);
    if (status != DISTEST_SUCCESS) return status;
    if (d == 0)
        return di_fail(ctx, DISTEST_EINVAL, "d", "`d` must be at least 1, not 0.");
    int missing = di_check_pointer(ctx, "log_norm", log_norm);
    if (!missing) missing = di_check_pointer(ctx, "variance", variance);
    if (missing) return missing;
    *log_norm = di_kde_log_norm(which, nu, d);
    *variance = di_kde_variance(which, nu, d);
    return DISTEST_SUCCESS;
}
