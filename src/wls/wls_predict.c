/* wls_predict.c - predictions in blocks of points; no n x m matrix is made. */
#include "wls.h"

#include <math.h>

typedef struct {
    const distest_wls_space *s;
    size_t q, n, per;
    const double *coef, *V, *x;
    double *f, *se, *grad, *work;
} predict_job;

static int predict_block(size_t block, int thread, void *data)
{
    const predict_job *j = data;
    const distest_wls_space *s = j->s;
    const size_t i0 = block * WLS_BLOCK, m = s->m, n = j->n, d = s->d;
    const size_t rows = n - i0 < WLS_BLOCK ? n - i0 : WLS_BLOCK;
    double *work = j->work + (size_t)thread * j->per;
    double *phi = work + di_wls_features_work(s), *VP = phi + m * WLS_BLOCK;
    double *grad = VP + (j->se ? m * WLS_BLOCK : 0);
    di_wls_features_block(s, rows, j->x + i0, n, 0, phi, WLS_BLOCK, NULL,
                          j->grad ? grad : NULL, WLS_BLOCK, work);
    if (j->q == 1)
        di_gemv('N', rows, m, 1, phi, WLS_BLOCK, j->coef, 0, j->f + i0);
    else
        di_gemm('N', 'N', rows, j->q, m, 1, phi, WLS_BLOCK, j->coef, m, 0, j->f + i0,
                n);
    for (size_t c = 0; j->se && c < j->q; c++) {
        di_gemm('N', 'N', rows, m, m, 1, phi, WLS_BLOCK, j->V + c * m * m, m, 0, VP,
                WLS_BLOCK);
        for (size_t i = 0; i < rows; i++) {
            double v = 0;
            for (size_t l = 0; l < m; l++)
                v += phi[i + l * WLS_BLOCK] * VP[i + l * WLS_BLOCK];
            j->se[i0 + i + c * n] = sqrt(v > 0 || isnan(v) ? v : 0);
        }
    }
    for (size_t c = 0; j->grad && c < j->q; c++)
        for (size_t k = 0; k < d; k++)
            di_gemv('N', rows, m, 1, grad + k * m * WLS_BLOCK, WLS_BLOCK,
                    j->coef + c * m, 0, j->grad + i0 + (k + c * d) * n);
    return DISTEST_SUCCESS;
}

int distest_wls_predict(const distest_wls_space *space, size_t q, const double *coef,
                        const double *V, size_t n, const double *x, double *f,
                        double *se, double *grad, distest_context *ctx)
{
    predict_job job = {space, q, n, 0, coef, V, x, f, V ? se : NULL, grad, NULL};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(di_wls_check_held(space, ctx));
    DI_TRY(di_check_finite(ctx, "newdata", n * (space->N ? 1 : space->d), x));
    for (size_t i = 0; space->N && i < n; i++)
        if (x[i] < 0 || x[i] >= (double)space->N)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "newdata",
                           "`newdata[%zu]` must be a row number below %zu.", i + 1,
                           space->N));
    for (size_t k = 0; grad && k < space->d; k++)
        if (space->basis[k]->kind == WLS_HAAR)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "type",
                           "Haar functions have no derivative."));
    if (grad && space->N)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "type",
                       "predictions on finite sets have no derivative."));
    job.per =
        di_wls_features_work(space) +
        space->m * WLS_BLOCK * (1 + (size_t)(job.se != NULL) + (grad ? space->d : 0));
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx), job.per));
    DI_TRY(di_for_blocks(ctx, "predict", 0, 1, (n + WLS_BLOCK - 1) / WLS_BLOCK,
                         predict_block, &job));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
