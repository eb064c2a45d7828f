/* wls_hessian.c - second derivatives of predictions, in blocks of points.
 *
 * An entry (k, l) of the Hessian of phi_a takes the first derivative of the factors k
 * and l, or the second of factor k = l, and the values of all others. */
#include "wls.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

/* Second derivatives of the functions in `value`, with first ones in `deriv`; all
 * n x cols with leading dimension WLS_BLOCK. */
static void curvature(const distest_wls_basis *b, size_t n, const double *x,
                      size_t cols, double *value, double *deriv, double *curve)
{
    memset(curve, 0, cols * WLS_BLOCK * sizeof(double));
    di_wls_table(b, n, x, cols, WLS_BLOCK, value, deriv, NULL);
    switch (b->kind) {
    case WLS_FOURIER: /* - (2 pi k)^2 times the function */
        for (size_t j = 1; j < cols; j++) {
            const double w = 2 * M_PI * (double)((j + 1) / 2) * b->scale;
            for (size_t i = j * WLS_BLOCK; i < j * WLS_BLOCK + n; i++)
                curve[i] = -w * w * value[i];
        }
        break;
    case WLS_PIECEWISE:
        for (size_t i = 0; i < n; i++)
            di_wls_piecewise_point(b, x[i], cols, WLS_BLOCK, value + i, deriv + i,
                                   curve + i);
        break;
    case WLS_BSPLINE:
        for (size_t i = 0; i < n; i++)
            di_wls_spline_point(b, x[i], cols, WLS_BLOCK, value + i, deriv + i,
                                curve + i);
        break;
    default: /* the recurrence, differentiated twice */
        for (size_t k = 1; k < cols; k++) {
            const double *slope = deriv + (k - 1) * WLS_BLOCK;
            const double *c = curve + (k - 1) * WLS_BLOCK;
            const double *cm = k > 1 ? c - WLS_BLOCK : c;
            for (size_t i = 0; i < n; i++) {
                const double t = (x[i] - b->shift) * b->scale;
                curve[k * WLS_BLOCK + i] =
                    ((t - b->a[k - 1]) * c[i] + 2 * b->scale * slope[i] -
                     b->b[k - 1] * cm[i]) /
                    b->b[k];
            }
        }
    }
}

typedef struct {
    const distest_wls_space *s;
    size_t q, n, per;
    const double *coef, *x;
    double *out, *work;
} hessian_job;

/* to := the product over the factors of function j, differentiated in k and in l; 0:
 * it vanishes */
static int product(const distest_wls_space *s, size_t j, size_t k, size_t l, size_t n,
                   const double *table, double *to)
{
    const size_t layer = s->width * WLS_BLOCK;
    int started = 0;
    for (size_t f = 0; f < s->d; f++) {
        const size_t a = (size_t)s->idx[f + j * s->d];
        const size_t order = (size_t)(f == k) + (size_t)(f == l);
        if (a == 0 && di_wls_constant_first(s->basis[f])) {
            if (order) return 0;
            continue;
        }
        const double *t = table + order * layer + (s->offset[f] + a) * WLS_BLOCK;
        for (size_t i = 0; i < n; i++) to[i] = started ? to[i] * t[i] : t[i];
        started = 1;
    }
    return started;
}

static int hessian_block(size_t block, int thread, void *data)
{
    const hessian_job *job = data;
    const distest_wls_space *s = job->s;
    const size_t i0 = block * WLS_BLOCK, d = s->d, n = job->n;
    const size_t rows = n - i0 < WLS_BLOCK ? n - i0 : WLS_BLOCK;
    const size_t layer = s->width * WLS_BLOCK;
    double *table = job->work + (size_t)thread * job->per, *p = table + 3 * layer;
    for (size_t k = 0; k < d; k++) {
        double *t = table + s->offset[k] * WLS_BLOCK;
        curvature(s->basis[k], rows, job->x + i0 + k * n, s->cols[k], t, t + layer,
                  t + 2 * layer);
    }
    for (size_t k = 0; k < d; k++)
        for (size_t l = 0; l <= k; l++) {
            for (size_t c = 0; c < job->q; c++)
                memset(job->out + i0 + (k + (l + c * d) * d) * n, 0,
                       rows * sizeof(double));
            for (size_t j = 0; j < s->m; j++) {
                if (!product(s, j, k, l, rows, table, p)) continue;
                for (size_t c = 0; c < job->q; c++) {
                    double *to = job->out + i0 + (k + (l + c * d) * d) * n;
                    const double v = job->coef[j + c * s->m];
                    for (size_t i = 0; i < rows; i++) to[i] += v * p[i];
                }
            }
            for (size_t c = 0; c < job->q && l < k; c++)
                memcpy(job->out + i0 + (l + (k + c * d) * d) * n,
                       job->out + i0 + (k + (l + c * d) * d) * n,
                       rows * sizeof(double));
        }
    return DISTEST_SUCCESS;
}

int distest_wls_hessian(const distest_wls_space *space, size_t q, const double *coef,
                        size_t n, const double *x, double *hessian,
                        distest_context *ctx)
{
    hessian_job job = {space, q, n, 0, coef, x, hessian, NULL};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "space", space));
    if (space->N)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "type",
                       "predictions on finite sets have no derivative."));
    DI_TRY(di_check_finite(ctx, "newdata", n * space->d, x));
    for (size_t k = 0; k < space->d; k++)
        if (space->basis[k]->kind == WLS_HAAR)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "type",
                           "Haar functions have no derivative."));
    job.per = (3 * space->width + 1) * WLS_BLOCK;
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx), job.per));
    DI_TRY(di_for_blocks(ctx, "hessian", 0, 1, (n + WLS_BLOCK - 1) / WLS_BLOCK,
                         hessian_block, &job));
done:
    di_pool_free(&pool);
    return status;
}
