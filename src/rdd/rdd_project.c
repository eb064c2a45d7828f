/* rdd_project.c - from an estimated curve to a quantile function: the nearest
 * increasing function, and the rearrangement.
 *
 * A weighted sum of quantile functions with weights of both signs need not increase.
 * The local Frechet regression of Van Dijcke (arXiv 2504.03992) is its projection,
 *
 *     min_{u_1 <= ... <= u_Q} sum_j om_j (m(q_j) - u_j)^2,
 *
 * weighted isotonic regression by pool adjacent violators; a curve that increases is
 * returned bit for bit. The rearrangement sorts the values: where cells of the grid
 * differ, the value whose cumulated weight reaches the middle of the cell. */
#include "rdd.h"

#include <string.h>

/* om_j = (q_{j+1} - q_{j-1}) / 2, the whole step at both ends */
void di_rdd_cells(size_t probs, const double *q, double *om)
{
    if (probs == 1) om[0] = 1;
    if (probs < 2) return;
    for (size_t j = 1; j + 1 < probs; j++) om[j] = (q[j + 1] - q[j - 1]) / 2;
    om[0] = q[1] - q[0];
    om[probs - 1] = q[probs - 1] - q[probs - 2];
}

static int check_curve(size_t n, const double *y, const double *w, const double *fit,
                       distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_finite(ctx, "y", n, y));
    if (w) DI_TRY(di_check_positive(ctx, "w", n, w));
    if (n) DI_TRY(di_check_pointer(ctx, "fit", fit));
done:
    return status;
}

int distest_rdd_project(size_t n, const double *y, const double *w, double *fit,
                        distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    size_t *scratch = NULL;
    di_begin(ctx);
    DI_TRY(check_curve(n, y, w, fit, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, n, 1));
    di_isotonic(n, y, w, fit, scratch);
done:
    di_pool_free(&pool);
    return status;
}

/* Entry j is y_(k), k = min{k: C_k >= sum_{i<j} om_i + om_j / 2 - 1e-12 sum om}, with
 * C_k the weights cumulated in the order of y. */
int distest_rdd_rearrange(size_t n, const double *y, const double *w, double *fit,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    size_t *index = NULL, k = 0;
    double *sorted = NULL, total = 0, before = 0, reached;
    di_begin(ctx);
    DI_TRY(check_curve(n, y, w, fit, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &index, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &sorted, n, 1));
    DI_TRY(di_order(ctx, n, y, index));
    for (size_t j = 0; j < n; j++) total += w ? w[j] : 1;
    reached = n && w ? w[index[0]] : 1;
    for (size_t j = 0; j < n; j++) {
        const double cell = w ? w[j] : 1, middle = before + cell / 2;
        while (k + 1 < n && reached < middle - 1e-12 * total) {
            k++;
            reached += w ? w[index[k]] : 1;
        }
        sorted[j] = y[index[k]];
        before += cell;
    }
    if (n) memcpy(fit, sorted, n * sizeof *fit);
done:
    di_pool_free(&pool);
    return status;
}
