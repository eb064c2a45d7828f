/* expfam_moments.c - means and covariances of statistics, with weights of both
 * meanings: frequencies repeat rows; sampling weights are scaled to sum to the number
 * of rows, and the covariance is that of the weighted influence w_i (xi_i - mean). */
#include "expfam.h"

/* weighted mean and covariance of the columns, about the first row and then the mean */
void di_expfam_column_moments(size_t n, size_t p, const double *xi, const double *w,
                              double total, double *mean, double *cov)
{
    for (size_t a = 0; a < p; a++) {
        const double *c = xi + a * n, shift = c[0];
        double s = 0, r = 0;
        for (size_t i = 0; i < n; i++) s += (w ? w[i] : 1) * (c[i] - shift);
        mean[a] = shift + s / total;
        for (size_t i = 0; i < n; i++) r += (w ? w[i] : 1) * (c[i] - mean[a]);
        mean[a] += r / total;
    }
    for (size_t a = 0; cov && a < p; a++)
        for (size_t b = 0; b <= a; b++) {
            double s = 0;
            for (size_t i = 0; i < n; i++)
                s += (w ? w[i] : 1) * (xi[i + a * n] - mean[a]) *
                     (xi[i + b * n] - mean[b]);
            cov[a + b * p] = cov[b + a * p] = total > 1 ? s / (total - 1) : NAN;
        }
}

DISTEST_STATUS di_expfam_data_moments(const distest_sample *sample, int sampling,
                                      size_t p, const double *xi, distest_sample *s,
                                      double *total, double *mean, double *cov,
                                      di_pool *pool, distest_context *ctx)
{
    const size_t n = sample->n;
    double rows = 0, *w = NULL;
    int status = DISTEST_SUCCESS;
    *s = *sample;
    *total = 0;
    for (size_t i = 0; i < n; i++) {
        *total += sample->weights ? sample->weights[i] : 1;
        rows += sample->weights ? sample->weights[i] > 0 : 1;
    }
    if (sampling && sample->weights) {
        DI_TRY(DI_NEW(ctx, pool, &w, n, 1));
        for (size_t i = 0; i < n; i++) w[i] = sample->weights[i] * rows / *total;
        s->weights = w;
        *total = rows;
    }
    di_expfam_column_moments(n, p, xi, s->weights, *total, mean, cov);
    if (w && cov)
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b < p; b++) {
                double e = 0;
                for (size_t i = 0; i < n; i++)
                    e += w[i] * w[i] * (xi[i + a * n] - mean[a]) *
                         (xi[i + b * n] - mean[b]);
                cov[a + b * p] = e / (rows - 1);
            }
done:
    return status;
}

DISTEST_STATUS di_expfam_check_rank(size_t p, const double *V, double n,
                                    distest_context *ctx)
{
    di_pool pool = {NULL};
    double *L = NULL;
    size_t bad = 0;
    int status = DISTEST_SUCCESS;
    if (!(n > (double)p)) return DISTEST_SUCCESS; /* singular whatever the statistics */
    DI_TRY(DI_NEW(ctx, &pool, &L, p, p));
    for (size_t a = 0; a < p; a++)
        if (!(V[a * (p + 1)] > 0))
            DI_TRY(di_fail(ctx, DISTEST_ESING, "x",
                           "Statistic %zu is constant in the data.", a + 1));
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a < p; a++)
            L[a + b * p] = V[a + b * p] / sqrt(V[a * (p + 1)] * V[b * (p + 1)]);
    int flat = di_cholesky('L', p, L, p, &bad) != DISTEST_SUCCESS;
    for (size_t a = 0; a < p && !flat; a++)
        if (!(L[a * (p + 1)] * L[a * (p + 1)] > 1e-13)) {
            flat = 1;
            bad = a;
        }
    if (flat)
        DI_TRY(di_fail(ctx, DISTEST_ESING, "x",
                       "Statistic %zu is a linear combination of those before it in "
                       "the data.",
                       bad + 1));
done:
    di_pool_free(&pool);
    return status;
}
