/* wls_fit.c - the fit by QR of A = diag(sqrt(w/n)) Phi, leave-one-out errors,
 * covariances, quadrature weights. */
#include "wls.h"

#include <math.h>
#include <string.h>

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

int distest_wls_diagnose(size_t n, size_t m, const double *A, distest_wls_diag *diag,
                         distest_context *ctx)
{
    distest_wls_diag own = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_shape(ctx, "points", n, m));
    if (n < m || m == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "points",
                       "at least %zu points are needed, not %zu.", m, n));
    DI_TRY(di_check_finite(ctx, "points", n * m, A));
    DI_TRY(di_wls_spectrum(ctx, n, m, A, &own));
    *diag = own;
done:
    di_blas_serial_leave();
    return status;
}

int di_wls_check_rank(distest_context *ctx, size_t m, const di_wls_ends *e)
{
    if (e->rank == m && e->high > 0) return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_ESING, "points",
                   "the design is rank deficient: numerical rank %zu of %zu, "
                   "lambda_min %.3g. Use other points, or more.",
                   e->rank, m, e->low);
}

/* A = diag(sqrt(w / n)) Phi factored, R and, where it is wanted or the condition number
 * leaves a doubt, its spectrum; ESING when singular */
static int factor(distest_context *ctx, const double *Phi, const double *w, double tol,
                  double from, double to, int wanted, di_wls_qr *f, double *R,
                  di_wls_ends *e)
{
    double rcond = 0, *scale = NULL;
    di_pool pool = {0};
    const size_t n = f->n, m = f->m;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &scale, n, 1));
    for (size_t i = 0; i < n; i++) scale[i] = sqrt(w[i] / (double)n);
    DI_TRY(di_wls_qr_load(ctx, "fit", from, f, Phi, scale));
    DI_TRY(di_wls_qr_factor(ctx, "fit", from, to, f));
    di_wls_qr_r(f, R);
    if (!wanted) DI_TRY(di_triangular_rcond(ctx, 'U', m, R, m, &rcond));
    if (!wanted && rcond > 1e-8 && rcond > 1e3 * (double)m * tol) goto done;
    DI_TRY(di_wls_triangle(ctx, m, R, tol, e));
    DI_TRY(di_wls_check_rank(ctx, m, e));
done:
    di_pool_free(&pool);
    return status;
}

enum { COLUMNS = 128 };

typedef struct {
    size_t q;
    const di_wls_qr *f;
    const double *w, *Y, *R;
    double *C, *coef; /* per thread: n x COLUMNS, then what di_wls_qr_qt wants */
    size_t per;
} solve_job;

/* columns of the right-hand side: Q'y, then R^-1 */
static int solve_columns(size_t block, int thread, void *data)
{
    const solve_job *j = data;
    const size_t c0 = block * COLUMNS, n = j->f->n, m = j->f->m;
    const size_t cols = j->q - c0 < COLUMNS ? j->q - c0 : COLUMNS;
    double *C = j->C + (size_t)thread * j->per;
    for (size_t c = 0; c < cols; c++)
        for (size_t i = 0; i < n; i++)
            C[i + c * n] = sqrt(j->w[i] / (double)n) * j->Y[i + (c0 + c) * n];
    const int status = di_wls_qr_qt(j->f, cols, C, C + n * cols);
    if (status != DISTEST_SUCCESS) return status;
    di_trsm('L', 'U', 'N', 'N', m, cols, 1, j->R, m, C, n);
    for (size_t c = 0; c < cols; c++)
        memcpy(j->coef + (c0 + c) * m, C + c * n, m * sizeof(double));
    return DISTEST_SUCCESS;
}

typedef struct {
    size_t n, m, q;
    const double *Phi, *coef;
    double *fitted;
} fitted_job;

static int fitted_rows(size_t block, int thread, void *data)
{
    const fitted_job *j = data;
    const size_t i0 = block * WLS_BLOCK;
    const size_t rows = j->n - i0 < WLS_BLOCK ? j->n - i0 : WLS_BLOCK;
    (void)thread;
    di_gemm('N', 'N', rows, j->q, j->m, 1, j->Phi + i0, j->n, j->coef, j->m, 0,
            j->fitted + i0, j->n);
    return DISTEST_SUCCESS;
}

/* |row of Q|^2, at most 1 */
static void row_lengths(size_t n, size_t m, const double *Q, double *h)
{
    for (size_t i = 0; i < n; i++) h[i] = 0;
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < n; i++) h[i] += Q[i + j * n] * Q[i + j * n];
    for (size_t i = 0; i < n; i++) h[i] = h[i] > 1 ? 1 : h[i];
}

int distest_wls_fit(size_t n, size_t m, size_t q, const double *Phi, const double *w,
                    const double *Y, double tol, double *coef, distest_wls_diag *diag,
                    double *leverage, double *fitted, distest_context *ctx)
{
    const size_t wide = q < COLUMNS ? q : COLUMNS,
                 blocks = (n + WLS_BLOCK - 1) / WLS_BLOCK;
    double *R = NULL, *own = NULL, *Q = NULL;
    di_wls_qr f;
    di_wls_ends e = {0};
    solve_job job = {.q = q, .f = &f, .w = w, .Y = Y};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_rows(n, m, Phi, w, ctx));
    DI_TRY(di_check_finite(ctx, "y", n * q, Y));
    DI_TRY(di_check_nonnegative(ctx, "tol", 1, &tol));
    DI_TRY(di_wls_qr_alloc(ctx, &pool, n, m, &f));
    DI_TRY(DI_NEW(ctx, &pool, &R, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &own, m, q));
    job.per = (n + (f.blocks > 1 ? f.high : 0)) * wide;
    DI_TRY(DI_NEW(ctx, &pool, &job.C, (size_t)di_threads(ctx), job.per));
    if (leverage) DI_TRY(DI_NEW(ctx, &pool, &Q, n, m));
    DI_TRY(factor(ctx, Phi, w, tol, 0, 0.5, diag != NULL, &f, R, &e));
    job.R = R, job.coef = own;
    DI_TRY(di_for_blocks(ctx, "fit", 0.5, 0.7, (q + COLUMNS - 1) / COLUMNS,
                         solve_columns, &job));
    if (leverage) DI_TRY(di_wls_qr_q(ctx, "fit", 0.7, 0.9, &f, Q));
    fitted_job values = {n, m, q, Phi, own, fitted};
    if (fitted) DI_TRY(di_for_blocks(ctx, "fit", 0.9, 1, blocks, fitted_rows, &values));
    if (leverage) row_lengths(n, m, Q, leverage);
    memcpy(coef, own, m * q * sizeof(double));
    if (diag) {
        memset(diag, 0, sizeof *diag);
        di_wls_set_diag(&e, 1, diag);
    }
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

typedef struct {
    size_t n, m;
    int which;
    double sigma;
    const double *w, *residual, *R, *Q, *h;
    double *work, *V; /* per thread: n x m, n */
    size_t per;
} vcov_job;

/* V = R^-1 Q'D Q R^-T of one output */
static int vcov_output(size_t k, int thread, void *data)
{
    const vcov_job *j = data;
    const size_t n = j->n, m = j->m;
    const double N = (double)n, df = N - (double)m, *r = j->residual + k * n;
    double *A = j->work + (size_t)thread * j->per, *D = A + n * m,
           *V = j->V + k * m * m;
    double rss = 0, wrss = 0;
    for (size_t i = 0; i < n; i++) rss += r[i] * r[i], wrss += j->w[i] * r[i] * r[i];
    const double s2 = isnan(j->sigma) ? (df > 0 ? rss / df : NAN) : j->sigma * j->sigma;
    for (size_t i = 0; i < n; i++) {
        const double loo = df > 0 ? r[i] / (1 - j->h[i]) : NAN;
        D[i] = sqrt(j->which == 0   ? j->w[i] / N * s2
                    : j->which == 1 ? j->w[i] / N * loo * loo
                                    : (df > 0 ? wrss / df / N : NAN));
    }
    for (size_t c = 0; c < m; c++)
        for (size_t i = 0; i < n; i++) A[i + c * n] = D[i] * j->Q[i + c * n];
    di_syrk('L', 'T', m, n, 1, A, n, 0, V, m);
    di_symmetrize('L', m, V, m);
    di_trsm('L', 'U', 'N', 'N', m, m, 1, j->R, m, V, m);
    di_trsm('R', 'U', 'T', 'N', m, m, 1, j->R, m, V, m);
    for (size_t c = 0; c < m; c++)
        for (size_t i = 0; i < c; i++)
            V[i + c * m] = V[c + i * m] = (V[i + c * m] + V[c + i * m]) / 2;
    return DISTEST_SUCCESS;
}

int distest_wls_vcov(size_t n, size_t m, size_t q, const double *Phi, const double *w,
                     const double *residual, const char *type, double sigma, double *V,
                     double *trace, distest_context *ctx)
{
    static const char *const TYPES[] = {"noise", "HC3", "lm"};
    double *R = NULL, *Q = NULL, *h = NULL, *own = NULL;
    di_wls_qr f;
    di_wls_ends e = {0};
    di_pool pool = {0};
    size_t which = 0;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_choice(ctx, "type", type, 3, TYPES, &which));
    DI_TRY(check_rows(n, m, Phi, w, ctx));
    DI_TRY(di_check_finite(ctx, "residual", n * q, residual));
    if (!isnan(sigma)) DI_TRY(di_check_nonnegative(ctx, "sigma", 1, &sigma));
    vcov_job job = {n,    m,    (int)which, sigma, w, residual,
                    NULL, NULL, NULL,       NULL,  V, n * m + n};
    DI_TRY(di_wls_qr_alloc(ctx, &pool, n, m, &f));
    DI_TRY(DI_NEW(ctx, &pool, &R, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &Q, n, m));
    DI_TRY(DI_NEW(ctx, &pool, &h, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx), job.per));
    DI_TRY(DI_NEW(ctx, &pool, &own, m * m, q));
    DI_TRY(factor(ctx, Phi, w, 1e-15, 0, 0.5, trace != NULL, &f, R, &e));
    DI_TRY(di_wls_qr_q(ctx, "fit", 0.5, 0.7, &f, Q));
    row_lengths(n, m, Q, h);
    job.R = R, job.Q = Q, job.h = h, job.V = own;
    DI_TRY(di_for_blocks(ctx, "fit", 0.7, 1, q, vcov_output, &job));
    memcpy(V, own, m * m * q * sizeof(double));
    if (trace) *trace = e.trace;
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_quadrature(size_t n, size_t m, const double *Phi, const double *w,
                           const double *e, double *out, distest_context *ctx)
{
    double *R = NULL, *z = NULL, *Q = NULL;
    di_wls_qr f;
    di_wls_ends ends;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_rows(n, m, Phi, w, ctx));
    DI_TRY(di_check_finite(ctx, "e", m, e));
    DI_TRY(di_wls_qr_alloc(ctx, &pool, n, m, &f));
    DI_TRY(DI_NEW(ctx, &pool, &R, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &z, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &Q, n, m));
    DI_TRY(factor(ctx, Phi, w, 1e-12, 0, 0.7, 0, &f, R, &ends));
    memcpy(z, e, m * sizeof(double));
    di_trsv('U', 'T', 'N', m, R, m, z); /* q = diag(sqrt(w/n)) Q R^-T e */
    DI_TRY(di_wls_qr_q(ctx, "fit", 0.7, 1, &f, Q));
    di_gemv('N', n, m, 1, Q, n, z, 0, out);
    for (size_t i = 0; i < n; i++) out[i] *= sqrt(w[i] / (double)n);
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
