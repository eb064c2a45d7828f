/* wls_design.c - arithmetic of designs that grow: balance weights, runs that are
 * missing. The runs themselves are the caller's. */
#include "wls.h"

#include <math.h>
#include <string.h>

int distest_wls_weights(size_t n, size_t blocks, const double *density, double *w,
                        distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_nonnegative(ctx, "density", n * blocks, density));
    for (int write = 0; write < 2; write++)
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t b = 0; b < blocks; b++) sum += density[i + b * n];
            if (write)
                w[i] = (double)n / sum;
            else if (!(sum > 0))
                DI_TRY(di_fail(ctx, DISTEST_EINVAL, "density",
                               "no block can have drawn point %zu: its densities are "
                               "all 0.",
                               i + 1));
        }
done:
    return status;
}

/* both lists sorted, then walked side by side */
int distest_wls_missing(size_t d, size_t m, const int *idx, size_t done_count,
                        const int *done, const size_t *counts, size_t tau, size_t *need,
                        distest_context *ctx)
{
    int *row = NULL;
    size_t *at = NULL, *other = NULL;
    const size_t all = m + done_count;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    if (d == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "d", "`d` must be at least 1."));
    if (m) DI_TRY(di_check_pointer(ctx, "indices", idx));
    if (done_count) DI_TRY(di_check_pointer(ctx, "done", done));
    DI_TRY(DI_NEW(ctx, &pool, &row, all, d));
    DI_TRY(DI_NEW(ctx, &pool, &at, all, 1));
    DI_TRY(DI_NEW(ctx, &pool, &other, all, 1));
    for (size_t i = 0; i < all; i++) {
        at[i] = i;
        for (size_t k = 0; k < d; k++)
            row[i * d + k] = i < m ? idx[i + k * m] : done[i - m + k * done_count];
    }
    di_wls_sort_rows(row, d, all, at, other);
    for (size_t i0 = 0, i1; i0 < all; i0 = i1) { /* equal rows: one of idx, some done */
        size_t have = 0;
        for (i1 = i0; i1 < all &&
                      di_wls_compare_rows(row + at[i0] * d, row + at[i1] * d, d) == 0;
             i1++)
            if (at[i1] >= m) have += counts ? counts[at[i1] - m] : 1;
        for (size_t i = i0; i < i1; i++)
            if (at[i] < m) need[at[i]] = have < tau ? tau - have : 0;
    }
done:
    di_pool_free(&pool);
    return status;
}
