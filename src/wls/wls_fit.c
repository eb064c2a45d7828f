/* wls_fit.c - the fit by QR of A = diag(sqrt(w/n)) Phi, its spectrum, leave-one-out
 * errors, covariances, quadrature weights, and triangles that merge. G = A'A is never
 * formed: its eigenvalues are the squared singular values of A. */
#include "wls.h"

#include <math.h>
#include <string.h>

/* from the singular values s of sqrt(n) A */
static void set_diag(size_t m, const double *s, double n, distest_wls_diag *diag)
{
    const double low = s[m - 1] * s[m - 1] / n, high = s[0] * s[0] / n;
    diag->trace = 0;
    for (size_t j = 0; j < m; j++) diag->trace += n / (s[j] * s[j]);
    diag->lambda_min = low, diag->lambda_max = high;
    diag->cond = low > 0 ? high / low : INFINITY;
    diag->delta = fmax(1 - low, high - 1);
}

/* Both ends of the spectrum of an upper triangle R: Golub-Kahan by the SVD. */
static int triangle_spectrum(distest_context *ctx, size_t m, double *R, size_t ldr,
                             double *s)
{
    for (size_t j = 0; j < m; j++)
        for (size_t i = j + 1; i < m; i++) R[i + j * ldr] = 0;
    return di_svd(ctx, m, m, R, ldr, s, NULL, 1, NULL, 1);
}

int di_wls_spectrum(distest_context *ctx, size_t n, size_t m, double *A,
                    distest_wls_diag *diag)
{
    double *tau = NULL, *s = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &tau, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &s, m, 1));
    DI_TRY(di_qr(ctx, n, m, A, n, tau, NULL));
    DI_TRY(triangle_spectrum(ctx, m, A, n, s));
    set_diag(m, s, (double)n, diag);
done:
    di_pool_free(&pool);
    return status;
}

static int check_rows(size_t n, size_t m, const double *Phi, const double *w,
                      distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_shape(ctx, "features", n, m));
    if (m == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "features", "no basis functions."));
    if (n < m)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "y",
                       "`y` has %zu usable values; a space of dimension %zu needs at "
                       "least %zu.",
                       n, m, m));
    DI_TRY(di_check_finite(ctx, "features", n * m, Phi));
    DI_TRY(di_check_positive(ctx, "weights", n, w));
done:
    return status;
}

static void scaled_rows(size_t n, size_t m, const double *Phi, const double *w,
                        double share, double *A)
{
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < n; i++)
            A[i + j * n] = sqrt(w[i] * share) * Phi[i + j * n];
}

int distest_wls_diagnose(size_t n, size_t m, const double *A, distest_wls_diag *diag,
                         distest_context *ctx)
{
    double *copy = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    if (n < m || m == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "points",
                       "at least %zu points are needed, not %zu.", m, n));
    DI_TRY(di_check_finite(ctx, "points", n * m, A));
    DI_TRY(DI_NEW(ctx, &pool, &copy, n, m));
    memcpy(copy, A, n * m * sizeof(double));
    memset(diag, 0, sizeof *diag);
    DI_TRY(di_wls_spectrum(ctx, n, m, copy, diag));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

static int too_singular(distest_context *ctx, size_t m, const double *s, double tol)
{
    size_t rank = 0;
    while (rank < m && s[rank] >= tol * s[0]) rank++;
    if (rank == m && s[0] > 0) return DISTEST_SUCCESS;
    return di_fail(
        ctx, DISTEST_ESING, "points",
        "the design is rank deficient: numerical rank %zu of %zu, lambda_min "
        "%.3g. Use other points, or more.",
        rank, m, s[m - 1] * s[m - 1]);
}

/* QR of A in place, its singular values in s (m x m scratch T); fails when singular */
static int factor(distest_context *ctx, size_t n, size_t m, double *A, double *tau,
                  double *T, double *s, double tol)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_qr(ctx, n, m, A, n, tau, NULL));
    for (size_t j = 0; j < m; j++) memcpy(T + j * m, A + j * n, m * sizeof(double));
    DI_TRY(triangle_spectrum(ctx, m, T, m, s));
    DI_TRY(too_singular(ctx, m, s, tol));
done:
    return status;
}

enum { COLUMNS = 32 };

typedef struct {
    size_t n, m, q;
    const double *A, *tau, *w, *Y;
    double *C, *coef;
} solve_job;

/* columns of the right-hand side: Q'y, then R^-1 */
static int solve_columns(size_t block, int thread, void *data)
{
    const solve_job *j = data;
    const size_t c0 = block * COLUMNS, n = j->n;
    const size_t cols = j->q - c0 < COLUMNS ? j->q - c0 : COLUMNS;
    double *C = j->C + (size_t)thread * n * COLUMNS;
    for (size_t c = 0; c < cols; c++)
        for (size_t i = 0; i < n; i++)
            C[i + c * n] = sqrt(j->w[i] / (double)n) * j->Y[i + (c0 + c) * n];
    const int status = di_qr_apply(NULL, 'T', n, cols, j->m, j->A, n, j->tau, C, n);
    if (status != DISTEST_SUCCESS) return status;
    di_trsm('L', 'U', 'N', 'N', j->m, cols, 1, j->A, n, C, n);
    for (size_t c = 0; c < cols; c++)
        memcpy(j->coef + (c0 + c) * j->m, C + c * n, j->m * sizeof(double));
    return DISTEST_SUCCESS;
}

int distest_wls_fit(size_t n, size_t m, size_t q, const double *Phi, const double *w,
                    const double *Y, double tol, double *coef, distest_wls_diag *diag,
                    double *leverage, double *fitted, distest_context *ctx)
{
    double *A = NULL, *tau = NULL, *T = NULL, *s = NULL, *C = NULL, *own = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_rows(n, m, Phi, w, ctx));
    DI_TRY(di_check_finite(ctx, "y", n * q, Y));
    DI_TRY(DI_NEW(ctx, &pool, &A, n, m));
    DI_TRY(DI_NEW(ctx, &pool, &tau, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &T, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &s, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &C, (size_t)di_threads(ctx) * n, COLUMNS));
    DI_TRY(DI_NEW(ctx, &pool, &own, m, q));
    scaled_rows(n, m, Phi, w, 1 / (double)n, A);
    DI_TRY(factor(ctx, n, m, A, tau, T, s, tol));
    solve_job job = {n, m, q, A, tau, w, Y, C, own};
    DI_TRY(di_for_blocks(ctx, "fit", 0.2, 1, (q + COLUMNS - 1) / COLUMNS, solve_columns,
                         &job));
    if (leverage) {
        DI_TRY(di_qr_q(ctx, n, m, m, A, n, tau));
        for (size_t i = 0; i < n; i++) {
            double h = 0;
            for (size_t j = 0; j < m; j++) h += A[i + j * n] * A[i + j * n];
            leverage[i] = h > 1 ? 1 : h;
        }
    }
    memcpy(coef, own, m * q * sizeof(double));
    if (diag) {
        memset(diag, 0, sizeof *diag);
        set_diag(m, s, 1, diag);
    }
    if (fitted) di_gemm('N', 'N', n, q, m, 1, Phi, n, coef, m, 0, fitted, n);
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_loo(size_t n, size_t m, size_t q, const double *w,
                    const double *residual, const double *leverage, const double *Y,
                    double trace, double *loo, double *corrected, double *q2,
                    distest_context *ctx)
{
    const double N = (double)n;
    int usable = n > m;
    di_begin(ctx);
    for (size_t i = 0; i < n; i++) usable = usable && !(leverage[i] > 1 - 1e-12);
    for (size_t c = 0; c < q; c++) {
        const double *r = residual + c * n, *y = Y + c * n;
        double e = 0, sw = 0, mean = 0, var = 0, top = 0;
        for (size_t i = 0; i < n; i++) {
            const double t = r[i] / (1 - leverage[i]);
            e += w[i] * t * t, sw += w[i], mean += w[i] * y[i];
        }
        mean /= sw;
        for (size_t i = 0; i < n; i++) {
            var += w[i] * (y[i] - mean) * (y[i] - mean);
            if (fabs(y[i]) > top) top = fabs(y[i]);
        }
        const int constant = !(var > 1e-28 * sw * top * top);
        loo[c] = usable ? e / N : NAN;
        corrected[c] = usable ? e / N * N / (N - (double)m) * (1 + trace / N) : NAN;
        q2[c] = usable && !constant ? 1 - e / var : NAN;
    }
    return DISTEST_SUCCESS;
}

int distest_wls_vcov(size_t n, size_t m, const double *Phi, const double *w,
                     const double *residual, const char *type, double sigma, double *V,
                     double *trace, distest_context *ctx)
{
    static const char *const TYPES[] = {"noise", "HC3", "lm"};
    double *A = NULL, *tau = NULL, *T = NULL, *s = NULL, *R = NULL, *D = NULL;
    di_pool pool = {0};
    size_t which = 0;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_choice(ctx, "type", type, 3, TYPES, &which));
    DI_TRY(check_rows(n, m, Phi, w, ctx));
    DI_TRY(di_check_finite(ctx, "residual", n, residual));
    DI_TRY(DI_NEW(ctx, &pool, &A, n, m));
    DI_TRY(DI_NEW(ctx, &pool, &tau, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &T, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &s, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &R, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &D, n, 1));
    scaled_rows(n, m, Phi, w, 1 / (double)n, A);
    DI_TRY(factor(ctx, n, m, A, tau, T, s, 1e-15));
    for (size_t j = 0; j < m; j++) memcpy(R + j * m, A + j * n, m * sizeof(double));
    DI_TRY(di_qr_q(ctx, n, m, m, A, n, tau));
    const double N = (double)n, df = N - (double)m;
    double rss = 0, wrss = 0;
    for (size_t i = 0; i < n; i++) {
        rss += residual[i] * residual[i];
        wrss += w[i] * residual[i] * residual[i];
    }
    const double s2 = isnan(sigma) ? (df > 0 ? rss / df : NAN) : sigma * sigma;
    for (size_t i = 0; i < n; i++) { /* V = R^-1 Q'D Q R^-T */
        double h = 0;
        for (size_t j = 0; j < m; j++) h += A[i + j * n] * A[i + j * n];
        const double r = df > 0 ? residual[i] / (1 - h) : NAN;
        D[i] = which == 0   ? w[i] / N * s2
               : which == 1 ? w[i] / N * r * r
                            : (df > 0 ? wrss / df / N : NAN);
    }
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < n; i++) A[i + j * n] *= sqrt(D[i]);
    di_syrk('L', 'T', m, n, 1, A, n, 0, T, m);
    di_symmetrize('L', m, T, m);
    di_trsm('L', 'U', 'N', 'N', m, m, 1, R, m, T, m);
    di_trsm('R', 'U', 'T', 'N', m, m, 1, R, m, T, m);
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++) V[i + j * m] = (T[i + j * m] + T[j + i * m]) / 2;
    if (trace) {
        *trace = 0;
        for (size_t j = 0; j < m; j++) *trace += 1 / (s[j] * s[j]);
    }
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_quadrature(size_t n, size_t m, const double *Phi, const double *w,
                           const double *e, double *out, distest_context *ctx)
{
    double *A = NULL, *tau = NULL, *T = NULL, *s = NULL, *z = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_rows(n, m, Phi, w, ctx));
    DI_TRY(di_check_finite(ctx, "e", m, e));
    DI_TRY(DI_NEW(ctx, &pool, &A, n, m));
    DI_TRY(DI_NEW(ctx, &pool, &tau, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &T, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &s, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &z, m, 1));
    scaled_rows(n, m, Phi, w, 1 / (double)n, A);
    DI_TRY(factor(ctx, n, m, A, tau, T, s, 1e-12));
    memcpy(z, e, m * sizeof(double));
    di_trsv('U', 'T', 'N', m, A, n, z); /* q = diag(sqrt(w/n)) Q R^-T e */
    DI_TRY(di_qr_q(ctx, n, m, m, A, n, tau));
    di_gemv('N', n, m, 1, A, n, z, 0, out);
    for (size_t i = 0; i < n; i++) out[i] *= sqrt(w[i] / (double)n);
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

/* ---- predictions
 * ------------------------------------------------------------------------- */

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
    di_gemm('N', 'N', rows, j->q, m, 1, phi, WLS_BLOCK, j->coef, m, 0, j->f + i0, n);
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

/* ---- triangles that merge
 * -------------------------------------------------------------- */

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
    double *R = NULL, *s = NULL;
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
    DI_TRY(DI_NEW(ctx, &pool, &s, m, 1));
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++) R[i + j * m] = T[i + j * p] / sqrt(n);
    DI_TRY(triangle_spectrum(ctx, m, R, m, s));
    DI_TRY(too_singular(ctx, m, s, tol));
    for (size_t c = 0; c < q; c++) {
        memcpy(coef + c * m, T + (m + c) * p, m * sizeof(double));
        rss[c] = 0;
        for (size_t i = m; i < p; i++)
            rss[c] += T[i + (m + c) * p] * T[i + (m + c) * p];
    }
    di_trsm('L', 'U', 'N', 'N', m, q, 1, T, p, coef, m);
    memset(diag, 0, sizeof *diag);
    set_diag(m, s, 1, diag);
    *rows = n;
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
