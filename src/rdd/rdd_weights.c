/* rdd_weights.c - the weights of the curves by themselves, and the order-p curve away
 * from the cutoff. */
#include "rdd_fit.h"

#include <math.h>
#include <string.h>

int distest_rdd_weights(size_t n, const double *x, const double *weights,
                        const distest_rdd_opts *opts, double *w_cl, double *w_bc,
                        distest_context *ctx)
{
    int status = DISTEST_SUCCESS, none = 0;
    di_pool pool = {0};
    distest_rdd_units units = distest_rdd_units_default();
    di_rdd_prep prep;
    di_rdd_job job;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "opts", opts));
    distest_rdd_opts plain = *opts; /* the outcome is x: weights know none */
    plain.method = "pointwise";
    plain.vce = "hc0";
    units.n = n;
    units.probs = 1;
    units.x = units.quantiles = x;
    units.weights = weights;
    DI_TRY(di_check_finite(ctx, "x", n, x));
    DI_TRY(di_rdd_prepare(ctx, &pool, &units, &plain, &prep));
    DI_TRY(di_rdd_job_open(ctx, &pool, &prep, 2, &job, &none));
    di_rdd_write_weights(&job, w_cl, w_bc);
done:
    di_pool_free(&pool);
    di_blas_serial_leave();
    return status;
}

static int check_points(distest_context *ctx, const di_rdd_job *job, size_t m,
                        const double *at)
{
    const double c = job->prep->opts->cutoff;
    for (size_t i = 0; i < m; i++)
        for (size_t d = 0; d < job->designs; d++) {
            const int s = at[i] >= c ? RDD_PLUS : RDD_MINUS;
            const double h = job->design[d].h[s].h;
            if (!(fabs(at[i] - c) <= h))
                return di_fail(
                    ctx, DISTEST_EINVAL, "at",
                    "`at` must lie within h = %g of the cutoff %g, not be %g "
                    "at entry %zu.",
                    h, c, at[i], i + 1);
        }
    return DISTEST_SUCCESS;
}

/* r(z)'beta of all columns at one point, in units of 2^common */
static void curve_at(const di_rdd_job *job, double u, double *curve)
{
    const di_rdd_prep *p = job->prep;
    const int s = u >= 0 ? RDD_PLUS : RDD_MINUS;
    const size_t t = (size_t)job->p + 1;
    const double one = 1;
    double k, r[RDD_TERMS];
    for (size_t n = 0; n < job->designs; n++) {
        const di_rdd_design *d = &job->design[n];
        di_rdd_local_rows(&d->h[s], p->kernel, 1, &u, &one, 1, &k, r, 1);
        for (size_t j = 0; j < d->count && d->first + j < p->units->probs; j++) {
            double m = 0;
            for (size_t i = 0; i < t; i++) m += r[i] * d->beta[s][i + j * t];
            curve[d->first + j] = ldexp(m, p->exponent[d->first + j] - p->common);
        }
    }
}

int distest_rdd_predict(const distest_rdd_units *units, const distest_rdd_opts *opts,
                        size_t m, const double *at, double *curve, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_prep prep;
    di_rdd_job job;
    int *dropped;
    double *om, *row, *scratch, squares = 0;
    size_t moved = 0;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_rdd_prepare(ctx, &pool, units, opts, &prep));
    DI_TRY(di_check_finite(ctx, "at", m, at));
    DI_TRY(di_check_pointer(ctx, "curve", curve));
    const size_t probs = units->probs;
    DI_TRY(DI_NEW(ctx, &pool, &dropped, units->covariates, 1));
    DI_TRY(DI_NEW(ctx, &pool, &om, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &row, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, probs, 1));
    DI_TRY(di_rdd_job_open(ctx, &pool, &prep, 1, &job, dropped));
    DI_TRY(check_points(ctx, &job, m, at));
    if (units->q) di_rdd_cells(probs, units->q, om);
    for (size_t i = 0; i < m; i++) {
        if (i % RDD_CHUNK == 0)
            DI_TRY(di_progress(ctx, di_fraction(0.4, 1, i, m), "curves"));
        curve_at(&job, at[i] - opts->cutoff, row);
        DI_TRY(di_rdd_apply_method(ctx, prep.method, probs, om, row, scratch, &moved,
                                   &squares));
        for (size_t j = 0; j < probs; j++)
            curve[i + j * m] = ldexp(row[j], prep.common);
    }
done:
    di_pool_free(&pool);
    di_blas_serial_leave();
    return status;
}
