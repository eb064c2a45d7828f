/* kde_reference.c - weights that sum to 1, and the matrix A that a scalar bandwidth
 * multiplies. */
#include "kde.h"

#include <math.h>
#include <string.h>

double di_kde_effective_n(const distest_sample *sample)
{
    if (!sample->weights) return (double)sample->n;
    double s = 0, s2 = 0, most = 0;
    for (size_t i = 0; i < sample->n; i++) most = fmax(most, sample->weights[i]);
    for (size_t i = 0; i < sample->n; i++) {
        const double w = sample->weights[i] / most;
        s += w;
        s2 += w * w;
    }
    return s * s / s2;
}

/* weights that sum to 1, scaled by the largest first: neither overflows nor vanishes */
void di_kde_scale_weights(const distest_sample *sample, double *w)
{
    double most = 0, sum = 0;
    for (size_t i = 0; i < sample->n; i++) {
        w[i] = sample->weights ? sample->weights[i] : 1;
        most = fmax(most, w[i]);
    }
    for (size_t i = 0; i < sample->n; i++) sum += w[i] /= most;
    for (size_t i = 0; i < sample->n; i++) w[i] /= sum;
}

int di_kde_metric(distest_context *ctx, const distest_sample *sample, int scaling,
                  const double *w, double *A)
{
    const size_t n = sample->n, d = sample->d;
    di_pool pool = {0};
    double *mean = NULL, *z = NULL;
    int status;
    memset(A, 0, d * d * sizeof *A);
    for (size_t k = 0; k < d; k++) A[k + k * d] = 1;
    if (scaling == DISTEST_KDE_NONE) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &mean, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &z, n, d));
    double w2 = 0;
    for (size_t i = 0; i < n; i++) w2 += w[i] * w[i];
    for (size_t k = 0; k < d; k++) {
        double m = 0, more = 0;
        for (size_t i = 0; i < n; i++) m += w[i] * sample->x[i + k * n];
        for (size_t i = 0; i < n; i++) more += w[i] * (sample->x[i + k * n] - m);
        mean[k] = m + more;
        for (size_t i = 0; i < n; i++)
            z[i + k * n] = (sample->x[i + k * n] - mean[k]) * sqrt(w[i] / (1 - w2));
    }
    if (!(w2 < 1 - 1e-15))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                       "`x` needs at least two distinct points for a scaling."));
    if (scaling == DISTEST_KDE_COV) {
        di_syrk('L', 'T', d, n, 1, z, n, 0, A, d);
        di_symmetrize('L', d, A, d);
    } else {
        double trace = 0;
        for (size_t k = 0; k < d; k++) {
            A[k + k * d] = di_dot(n, z + k * n, z + k * n);
            trace += A[k + k * d];
        }
        if (scaling == DISTEST_KDE_ISO)
            for (size_t k = 0; k < d; k++) A[k + k * d] = trace / (double)d;
    }
    for (size_t k = 0; k < d; k++) {
        double far = 0; /* a constant column may have a variance of rounding */
        for (size_t i = 0; i < n; i++)
            if (w[i] > 0) far = fmax(far, fabs(sample->x[i + k * n] - mean[k]));
        if (far <= 4e-16 * fabs(mean[k]) && scaling != DISTEST_KDE_ISO)
            DI_TRY(
                di_fail(ctx, DISTEST_ESING, "scaling",
                        "`scaling` needs columns that vary, but column %zu of `x` is "
                        "constant; leave it out or use another scaling.",
                        k + 1));
    }
    if (!(A[0] > 0))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                       "`x` needs at least two distinct points."));
done:
    di_pool_free(&pool);
    return status;
}

int distest_kde_reference(const distest_sample *sample, int scaling, double *A,
                          distest_context *ctx)
{
    int status;
    di_pool pool = {0};
    double *w = NULL, *work = NULL;
    di_begin(ctx);
    DI_TRY(di_check_sample(ctx, sample));
    DI_TRY(di_check_pointer(ctx, "A", A));
    if (scaling < DISTEST_KDE_NONE || scaling > DISTEST_KDE_COV)
        return di_fail(ctx, DISTEST_EINVAL, "scaling",
                       "`scaling` must be 0 to 3, not %d.", scaling);
    const size_t d = sample->d;
    DI_TRY(DI_NEW(ctx, &pool, &w, sample->n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &work, d, d));
    di_kde_scale_weights(sample, w);
    di_blas_serial_enter();
    status = di_kde_metric(ctx, sample, scaling, w, work);
    di_blas_serial_leave();
    DI_TRY(status);
    memcpy(A, work, d * d * sizeof *A);
done:
    di_pool_free(&pool);
    return status;
}
