/* rdd_smooth.c - bounds on the second derivative by the rule of thumb: a quartic is
 * fitted to all units of a side, and the largest |m''| over the range of their x is
 * taken (Armstrong and Kolesar, Quantitative Economics 2020). m'' is a parabola: its
 * ends and, when inside, its vertex. An assumption made from data, not a fact. */
#include "rdd.h"

#include <math.h>

/* largest |2 c2 + 6 c3 u + 12 c4 u^2| for u from low to high */
static double largest_second(const double c[3], double low, double high)
{
    const double vertex = -c[1] / (4 * c[2]);
    const double at[3] = {low, high, vertex > low && vertex < high ? vertex : low};
    double most = 0;
    for (int i = 0; i < 3; i++)
        most = fmax(most, fabs(2 * c[0] + at[i] * (6 * c[1] + 12 * at[i] * c[2])));
    return most;
}

static int smooth_side(const di_rdd_prep *prep, int side, double *c[3], double *out,
                       distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < prep->used[side]; i++) {
        low = fmin(low, prep->u[side][i]);
        high = fmax(high, prep->u[side][i]);
    }
    for (int k = 0; k < 3; k++) {
        const di_rdd_stage fit = {.side = side,
                                  .order = 4,
                                  .coef = k + 2,
                                  .bandwidths = 1,
                                  .h = &prep->range[side],
                                  .argument = "smoothness",
                                  .value = c[k]};
        DI_TRY(di_rdd_stage_fit(ctx, prep, &fit));
    }
    for (size_t j = 0; j < prep->units->probs; j++) {
        const double at[3] = {c[0][j], c[1][j], c[2][j]};
        out[j] = ldexp(largest_second(at, low, high), prep->common);
    }
done:
    return status;
}

int distest_rdd_smoothness(const distest_rdd_units *units, double cutoff, double *left,
                           double *right, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_prep prep = {0};
    distest_rdd_opts opts = distest_rdd_opts_default();
    double *c[3] = {NULL}, *out[2] = {NULL};
    opts.cutoff = cutoff, opts.kernel = "uniform", opts.method = "pointwise";
    opts.vce = "hc0";
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_rdd_prepare(ctx, &pool, units, &opts, &prep));
    for (int k = 0; k < 3; k++) DI_TRY(DI_NEW(ctx, &pool, &c[k], units->probs, 1));
    for (int side = 0; side < 2; side++) {
        DI_TRY(DI_NEW(ctx, &pool, &out[side], units->probs, 1));
        DI_TRY(smooth_side(&prep, side, c, out[side], ctx));
    }
    for (size_t j = 0; j < units->probs; j++) {
        if (left) left[j] = out[0][j];
        if (right) right[j] = out[1][j];
    }
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
