/* check.c - checks of numbers that every family makes. */
#include "core.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int di_check_pointer(distest_context *ctx, const char *argument, const void *p)
{
    if (p) return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_EINVAL, argument, "`%s` must not be NULL.", argument);
}

static int entry_fails(distest_context *ctx, const char *argument, size_t i, double x,
                       const char *wanted)
{
    return di_fail(ctx, DISTEST_EINVAL, argument,
                   "`%s` must be %s, not %g at entry %zu.", argument, wanted, x, i + 1);
}

int di_check_finite(distest_context *ctx, const char *argument, size_t n,
                    const double *x)
{
    if (n && !x) return di_check_pointer(ctx, argument, x);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return entry_fails(ctx, argument, i, x[i], "finite");
    return DISTEST_SUCCESS;
}

int di_check_positive(distest_context *ctx, const char *argument, size_t n,
                      const double *x)
{
    if (n && !x) return di_check_pointer(ctx, argument, x);
    for (size_t i = 0; i < n; i++)
        if (!(isfinite(x[i]) && x[i] > 0))
            return entry_fails(ctx, argument, i, x[i], "positive and finite");
    return DISTEST_SUCCESS;
}

int di_check_nonnegative(distest_context *ctx, const char *argument, size_t n,
                         const double *x)
{
    if (n && !x) return di_check_pointer(ctx, argument, x);
    for (size_t i = 0; i < n; i++)
        if (!(isfinite(x[i]) && x[i] >= 0))
            return entry_fails(ctx, argument, i, x[i], "non-negative and finite");
    return DISTEST_SUCCESS;
}

int di_check_increasing(distest_context *ctx, const char *argument, size_t n,
                        const double *x)
{
    const int status = di_check_finite(ctx, argument, n, x);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t i = 1; i < n; i++)
        if (!(x[i - 1] < x[i]))
            return di_fail(ctx, DISTEST_EINVAL, argument,
                           "`%s` must increase, but entry %zu is %g after %g.",
                           argument, i + 1, x[i], x[i - 1]);
    return DISTEST_SUCCESS;
}

int di_check_between(distest_context *ctx, const char *argument, double x, double low,
                     double high)
{
    if (low < x && x < high) return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_EINVAL, argument,
                   "`%s` must lie between %g and %g, not be %g.", argument, low, high,
                   x);
}

int di_check_weights(distest_context *ctx, const char *argument, size_t n,
                     const double *w)
{
    if (!w) return DISTEST_SUCCESS;
    const int status = di_check_nonnegative(ctx, argument, n, w);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t i = 0; i < n; i++)
        if (w[i] > 0) return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_EINVAL, argument, "`%s` must not all be 0.", argument);
}

/* what BLAS can count, and what can be addressed */
int di_check_shape(distest_context *ctx, const char *argument, size_t rows, size_t cols)
{
    const size_t most = SIZE_MAX / sizeof(double);
    if (rows <= INT_MAX && cols <= INT_MAX && (cols == 0 || rows <= most / cols))
        return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_EINVAL, argument,
                   "`%s` must have at most %d rows and columns, not be %zu x %zu.",
                   argument, INT_MAX, rows, cols);
}

int di_check_sample(distest_context *ctx, const distest_sample *sample)
{
    int status = di_check_pointer(ctx, "sample", sample);
    if (status != DISTEST_SUCCESS) return status;
    const size_t n = sample->n, d = sample->d;
    if (n == 0 || d == 0)
        return di_fail(ctx, DISTEST_EINVAL, "x",
                       "`x` must have rows and columns, not be %zu x %zu.", n, d);
    status = di_check_shape(ctx, "x", n, d);
    if (status != DISTEST_SUCCESS) return status;
    if (!sample->x) return di_check_pointer(ctx, "x", NULL);
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < n; i++)
            if (!isfinite(sample->x[i + k * n]))
                return di_fail(ctx, DISTEST_EINVAL, "x",
                               "`x` must be finite, not %g at x[%zu, %zu].",
                               sample->x[i + k * n], i + 1, k + 1);
    return di_check_weights(ctx, "weights", n, sample->weights);
}

int di_check_choice(distest_context *ctx, const char *argument, const char *value,
                    size_t n, const char *const *choices, size_t *which)
{
    for (size_t i = 0; value && i < n; i++)
        if (strcmp(value, choices[i]) == 0) {
            *which = i;
            return DISTEST_SUCCESS;
        }
    char list[400] = "";
    size_t used = 0;
    for (size_t i = 0; i < n && used + 2 < sizeof list; i++) {
        const int more =
            snprintf(list + used, sizeof list - used, "%s\"%s\"",
                     i == 0 ? "" : (i + 1 < n ? ", " : " or "), choices[i]);
        used += more > 0 ? (size_t)more : 0;
    }
    return di_fail(ctx, DISTEST_EINVAL, argument, "`%s` must be %s, not \"%s\".",
                   argument, list, value ? value : "NULL");
}
