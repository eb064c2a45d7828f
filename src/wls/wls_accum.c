/* wls_accum.c - triangles of QR that merge. */
#include "wls.h"

#include <math.h>
#include <string.h>

/* acc: the number of rows, then the (m + q) x (m + q) triangle of QR of
 * [sqrt(w) Phi, sqrt(w) Y], of which the part below row m is kept squared: only its
 * Gram matrix matters, so the triangle itself serves. */
size_t distest_wls_accum_size(size_t m, size_t q)
{
    return 1 + (m + q) * (m + q);
}

/* QR of the triangle over `rows` rows already in B below it */
static int absorb(distest_context *ctx, size_t p, size_t high, double *B, double *acc)
{
    double *tau = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &tau, p, 1));
    for (size_t j = 0; j < p; j++)
        memcpy(B + j * high, acc + 1 + j * p, p * sizeof(double));
    DI_TRY(di_qr(ctx, high, p, B, high, tau, NULL));
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++)
            acc[1 + i + j * p] = i <= j ? B[i + j * high] : 0;
done:
    di_pool_free(&pool);
    return status;
}

int distest_wls_accum_add(size_t m, size_t q, size_t n, const double *Phi,
                          const double *w, const double *Y, double *acc,
                          distest_context *ctx)
{
    const size_t p = m + q, high = n + p;
    double *B = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_finite(ctx, "features", n * m, Phi));
    if (w) DI_TRY(di_check_positive(ctx, "weights", n, w));
    DI_TRY(di_check_finite(ctx, "y", n * q, Y));
    DI_TRY(DI_NEW(ctx, &pool, &B, high, p));
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < n; i++)
            B[p + i + j * high] =
                sqrt(w ? w[i] : 1) * (j < m ? Phi[i + j * n] : Y[i + (j - m) * n]);
    DI_TRY(absorb(ctx, p, high, B, acc));
    acc[0] += (double)n;
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_accum_merge(size_t m, size_t q, const double *from, double *into,
                            distest_context *ctx)
{
    const size_t p = m + q, high = 2 * p;
    double *B = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(DI_NEW(ctx, &pool, &B, high, p));
    for (size_t j = 0; j < p; j++)
        memcpy(B + p + j * high, from + 1 + j * p, p * sizeof(double));
    DI_TRY(absorb(ctx, p, high, B, into));
    into[0] += from[0];
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_accum_solve(size_t m, size_t q, const double *acc, double tol,
                            double *coef, distest_wls_diag *diag, double *rss,
                            double *rows, distest_context *ctx)
{
    const size_t p = m + q;
    const double *T = acc + 1, n = acc[0];
    double *R = NULL;
    di_wls_ends e;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    if (n < (double)m)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "y",
                       "%g rows are not enough for %zu "
                       "coefficients.",
                       n, m));
    DI_TRY(DI_NEW(ctx, &pool, &R, m, m));
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++)
            R[i + j * m] = i <= j ? T[i + j * p] / sqrt(n) : 0;
    DI_TRY(di_wls_triangle(ctx, m, R, tol, &e));
    DI_TRY(di_wls_check_rank(ctx, m, &e));
    for (size_t c = 0; c < q; c++) {
        memcpy(coef + c * m, T + (m + c) * p, m * sizeof(double));
        if (!rss) continue;
        rss[c] = 0;
        for (size_t i = m; i < p; i++)
            rss[c] += T[i + (m + c) * p] * T[i + (m + c) * p];
    }
    di_trsm('L', 'U', 'N', 'N', m, q, 1, T, p, coef, m);
    if (diag) {
        memset(diag, 0, sizeof *diag);
        di_wls_set_diag(&e, 1, diag);
    }
    if (rows) *rows = n;
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
