/* wls_plan.c - how many points are enough, from matrix Chernoff bounds. */
#include "wls.h"

#include <math.h>

/* c(d) = d + (1-d) log(1-d), q(d) = (1+d) log(1+d) - d */
double di_wls_lower_rate(double d)
{
    return d >= 1 ? 1 : d + (1 - d) * log1p(-d);
}

double di_wls_upper_rate(double d)
{
    return (1 + d) * log1p(d) - d;
}

int distest_wls_plan(double K, size_t m, double delta, double eta, const char *bound,
                     double *n, distest_context *ctx)
{
    static const char *const BOUNDS[] = {"gram", "lambda_min"};
    const double M = (double)m;
    size_t which = 0;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_choice(ctx, "bound", bound, 2, BOUNDS, &which));
    if (m == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "m", "`m` must be at least 1."));
    DI_TRY(di_check_between(ctx, "eta", eta, 0, 1));
    DI_TRY(di_check_positive(ctx, "delta", 1, &delta));
    if (which == 1 && delta > 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "delta",
                       "`delta` must be at most 1 for \"lambda_min\", not %g.", delta));
    DI_TRY(di_check_positive(ctx, "K", 1, &K));
    *n = ceil(which ? K * log(M / eta) / di_wls_lower_rate(delta)
                    : K * log(2 * M / eta) / di_wls_upper_rate(delta));
    if (*n < M) *n = M;
done:
    return status;
}

typedef struct {
    double n, m;
} sizes;

static double bound_at(double d, void *data)
{
    const sizes *s = data;
    const double r = s->m / s->n;
    return 1 + r / ((1 - r) * (1 - r) * (1 - d) * (1 - d)) +
           s->m * s->m * exp(-(s->n - s->m) * di_wls_lower_rate(d) / s->m);
}

int distest_wls_constant(size_t n, size_t m, const char *method, double *c,
                         distest_context *ctx)
{
    static const char *const METHODS[] = {"dpp", "volume"};
    size_t which = 0;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_choice(ctx, "method", method, 2, METHODS, &which));
    if (m == 0 || n < m || (which == 0 && n != m))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "n", "`n` must be %s %zu, not %zu.",
                       which ? "at least" : "(for \"dpp\")", m, n));
    sizes s = {(double)n, (double)m};
    double best = 1 + s.m;
    for (int i = 0; n > m && i < 400;
         i++) { /* a grid, then the minimum about its best */
        const double d = (i + 0.5) / 400;
        const double low = fmax(d - 0.0025, 1e-12), high = fmin(d + 0.0025, 1 - 1e-12);
        double at = d;
        if (bound_at(d, &s) < best + 1 && bound_at(d, &s) <= bound_at(low, &s) + 1e-3 &&
            di_minimize(low, high, 1e-12, bound_at, &s, &at) == DISTEST_SUCCESS)
            best = fmin(best, bound_at(at, &s));
        best = fmin(best, bound_at(d, &s));
    }
    *c = best;
done:
    return status;
}
