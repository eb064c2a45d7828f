/* wls_qr.c - QR of A (n x m, n >= m) in pieces fixed by n and m, so that the bits do
 * not depend on the threads and a call can be cancelled between any two of them.
 *
 * Up to n = 8 m: panels of PANEL columns, the columns behind them updated in tiles.
 * Beyond: row blocks are factored side by side, their triangles stacked and factored
 * (TSQR); Q = diag(Q_1, Q_2, ...) Q_top. G = A'A is never formed: its eigenvalues are
 * the squared singular values of R, all of them up to SMALL, beyond that both ends by
 * Lanczos' iteration and the trace of the inverse by triangular solves. */
#include "wls.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { PANEL = 32, TILE = 256, SMALL = 400, STEPS = 600 };

/* ---- panels ---------------------------------------------------------------------- */

typedef struct {
    size_t rows, k, lda, cols, ldc;
    const double *panel, *tau;
    double *C;
    char t;
} update;

static int apply_panel(size_t block, int thread, void *data)
{
    const update *u = data;
    const size_t c0 = block * TILE, c = u->cols - c0 < TILE ? u->cols - c0 : TILE;
    (void)thread;
    return di_qr_apply(NULL, u->t, u->rows, c, u->k, u->panel, u->lda, u->tau,
                       u->C + c0 * u->ldc, u->ldc);
}

static int by_panels(distest_context *ctx, const char *stage, double from, double to,
                     size_t n, size_t m, double *A, double *tau)
{
    int status = DISTEST_SUCCESS;
    for (size_t k0 = 0; k0 < m; k0 += PANEL) {
        const size_t k = m - k0 < PANEL ? m - k0 : PANEL, behind = m - k0 - k;
        double *panel = A + k0 + k0 * n;
        const double at = di_fraction(from, to, k0, m);
        DI_TRY(di_progress(ctx, at, stage));
        DI_TRY(di_qr(ctx, n - k0, k, panel, n, tau + k0, NULL));
        update u = {n - k0, k, n, behind, n, panel, tau + k0, panel + k * n, 'T'};
        if (behind)
            DI_TRY(di_for_blocks(ctx, stage, at, di_fraction(from, to, k0 + k, m),
                                 (behind + TILE - 1) / TILE, apply_panel, &u));
    }
done:
    return status;
}

/* ---- row blocks ------------------------------------------------------------------ */

/* Row block b begins at n b / blocks: all have at least m rows. */
static size_t first_row(const di_wls_qr *f, size_t b)
{
    return f->n / f->blocks * b + (b < f->n % f->blocks ? b : f->n % f->blocks);
}

static int factor_rows(size_t b, int thread, void *data)
{
    const di_wls_qr *f = data;
    const size_t i0 = first_row(f, b), rows = first_row(f, b + 1) - i0, m = f->m;
    double *A = f->A + i0 * m, *top = f->top + b * m;
    (void)thread;
    const int status = di_qr(NULL, rows, m, A, rows, f->tau + b * m, NULL);
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++)
            top[i + j * f->high] = i <= j ? A[i + j * rows] : 0;
    return status;
}

int di_wls_qr_alloc(distest_context *ctx, di_pool *pool, size_t n, size_t m,
                    di_wls_qr *f)
{
    int status = DISTEST_SUCCESS;
    *f = (di_wls_qr){.n = n, .m = m, .blocks = 1};
    if (n >= 8 * m) { /* at least four times as high as wide, at most 64 of them */
        const size_t most = n / (4 * m > 256 ? 4 * m : 256);
        f->blocks = most < 2 ? 1 : most > 64 ? 64 : most;
    }
    f->high = f->blocks == 1 ? n : f->blocks * m;
    DI_TRY(DI_NEW(ctx, pool, &f->A, n, m));
    DI_TRY(DI_NEW(ctx, pool, &f->tau, f->blocks, m));
    f->top = f->A, f->top_tau = f->tau;
    if (f->blocks > 1) {
        DI_TRY(DI_NEW(ctx, pool, &f->top, f->high, m));
        DI_TRY(DI_NEW(ctx, pool, &f->top_tau, m, 1));
    }
done:
    return status;
}

int di_wls_qr_load(distest_context *ctx, const char *stage, double at,
                   const di_wls_qr *f, const double *A, const double *scale)
{
    int status = DISTEST_SUCCESS;
    for (size_t b = 0; b < f->blocks; b++) {
        const size_t i0 = first_row(f, b), rows = first_row(f, b + 1) - i0;
        double *to = f->A + i0 * f->m;
        for (size_t j = 0; j < f->m; j++) {
            const double *from = A + i0 + j * f->n;
            if (j % 64 == 63) DI_TRY(di_progress(ctx, at, stage));
            if (scale)
                for (size_t i = 0; i < rows; i++)
                    to[i + j * rows] = scale[i0 + i] * from[i];
            else
                memcpy(to + j * rows, from, rows * sizeof(double));
        }
    }
done:
    return status;
}

int di_wls_qr_factor(distest_context *ctx, const char *stage, double from, double to,
                     di_wls_qr *f)
{
    const double half = from + 0.7 * (to - from);
    int status = DISTEST_SUCCESS;
    if (f->blocks == 1)
        return by_panels(ctx, stage, from, to, f->n, f->m, f->A, f->tau);
    DI_TRY(di_for_blocks(ctx, stage, from, half, f->blocks, factor_rows, f));
    DI_TRY(by_panels(ctx, stage, half, to, f->high, f->m, f->top, f->top_tau));
done:
    return status;
}

/* C (n x cols) := the first m rows of Q'C; work: blocks m x cols when there are several
 * blocks. In parallel regions. */
int di_wls_qr_qt(const di_wls_qr *f, size_t cols, double *C, double *work)
{
    const size_t n = f->n, m = f->m;
    if (f->blocks == 1)
        return di_qr_apply(NULL, 'T', n, cols, m, f->A, n, f->tau, C, n);
    for (size_t b = 0; b < f->blocks; b++) {
        const size_t i0 = first_row(f, b), rows = first_row(f, b + 1) - i0;
        const int status = di_qr_apply(NULL, 'T', rows, cols, m, f->A + i0 * m, rows,
                                       f->tau + b * m, C + i0, n);
        if (status != DISTEST_SUCCESS) return status;
        for (size_t c = 0; c < cols; c++)
            memcpy(work + b * m + c * f->high, C + i0 + c * n, m * sizeof(double));
    }
    const int status = di_qr_apply(NULL, 'T', f->high, cols, m, f->top, f->high,
                                   f->top_tau, work, f->high);
    for (size_t c = 0; c < cols; c++)
        memcpy(C + c * n, work + c * f->high, m * sizeof(double));
    return status;
}

void di_wls_qr_r(const di_wls_qr *f, double *R)
{
    for (size_t j = 0; j < f->m; j++) {
        memcpy(R + j * f->m, f->top + j * f->high, (j + 1) * sizeof(double));
        memset(R + j * f->m + j + 1, 0, (f->m - j - 1) * sizeof(double));
    }
}

typedef struct {
    const di_wls_qr *f;
    double *Q;
} q_job;

/* columns of Q: reflectors on columns of the unit matrix, from the last panel on */
static int q_columns(size_t block, int thread, void *data)
{
    const q_job *j = data;
    const di_wls_qr *f = j->f;
    const size_t c0 = block * TILE, cols = f->m - c0 < TILE ? f->m - c0 : TILE;
    const size_t high = f->high;
    double *Q = j->Q + c0 * high;
    (void)thread;
    memset(Q, 0, high * cols * sizeof(double));
    for (size_t c = 0; c < cols; c++) Q[c0 + c + c * high] = 1;
    /* reflectors beyond the last of these columns leave them alone */
    return di_qr_apply(NULL, 'N', high, cols, c0 + cols, f->top, high, f->top_tau, Q,
                       high);
}

/* Q_b times its part of Q_top, into rows of Q */
static int q_rows(size_t b, int thread, void *data)
{
    const q_job *j = data;
    const di_wls_qr *f = j->f;
    const size_t i0 = first_row(f, b), rows = first_row(f, b + 1) - i0, m = f->m;
    double *own = f->A + i0 * m;
    (void)thread;
    const int status = di_qr_q(NULL, rows, m, m, own, rows, f->tau + b * m);
    if (status == DISTEST_SUCCESS)
        di_gemm('N', 'N', rows, m, m, 1, own, rows, f->top + b * m, f->high, 0,
                j->Q + i0, f->n);
    return status;
}

int di_wls_qr_q(distest_context *ctx, const char *stage, double from, double to,
                di_wls_qr *f, double *Q)
{
    int status = DISTEST_SUCCESS;
    double *top = NULL;
    di_pool pool = {0};
    q_job job = {f, Q};
    const size_t tiles = (f->m + TILE - 1) / TILE;
    if (f->blocks == 1)
        return di_for_blocks(ctx, stage, from, to, tiles, q_columns, &job);
    DI_TRY(DI_NEW(ctx, &pool, &top, f->high, f->m));
    job.Q = top;
    DI_TRY(di_for_blocks(ctx, stage, from, from, tiles, q_columns, &job));
    memcpy(f->top, top, f->high * f->m * sizeof(double));
    job.Q = Q;
    DI_TRY(di_for_blocks(ctx, stage, from, to, f->blocks, q_rows, &job));
done:
    di_pool_free(&pool);
    return status;
}

/* ---- the spectrum of a triangle -------------------------------------------------- */

/* v := R'R v, or its inverse */
static void operate(size_t m, const double *R, int inverse, double *v)
{
    if (inverse) {
        di_trsv('U', 'T', 'N', m, R, m, v);
        di_trsv('U', 'N', 'N', m, R, m, v);
    } else {
        di_trmm('L', 'U', 'N', 'N', m, 1, 1, R, m, v, m);
        di_trmm('L', 'U', 'T', 'N', m, 1, 1, R, m, v, m);
    }
}

/* The largest eigenvalue of the tridiagonal matrix and how far it is from one of the
 * operator: |residual|, or its square over the gap to the next. The matrix is taken
 * from behind, so that first components are last ones. */
static int top_of(distest_context *ctx, size_t n, const double *diag, const double *off,
                  double beta, double *work, double *top, double *error)
{
    double *d = work, *e = work + n, *last = work + 2 * n;
    for (size_t i = 0; i < n; i++) d[i] = diag[n - 1 - i];
    for (size_t i = 0; i + 1 < n; i++) e[i] = off[n - 2 - i];
    const int status = di_eigen_tridiag(ctx, n, d, e, last);
    if (status != DISTEST_SUCCESS) return status;
    const double residual = fabs(beta * last[n - 1]), gap = d[n - 1] - d[n - 2];
    *top = d[n - 1];
    *error = gap > residual ? residual * residual / gap : residual;
    return status;
}

/* Largest eigenvalue of R'R or of its inverse; ECONV when the steps do not suffice. */
static int lanczos(distest_context *ctx, size_t m, const double *R, int inverse,
                   double *top)
{
    const size_t most = m < STEPS ? m : STEPS;
    double *V = NULL, *diag = NULL, *off = NULL, *h = NULL, *work = NULL;
    double error = INFINITY, beta = 0;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &V, m, most + 1));
    DI_TRY(DI_NEW(ctx, &pool, &diag, most, 1));
    DI_TRY(DI_NEW(ctx, &pool, &off, most, 1));
    DI_TRY(DI_NEW(ctx, &pool, &h, most, 1));
    DI_TRY(DI_NEW(ctx, &pool, &work, 3, most));
    di_stream s = di_stream_open(0x776c73, (uint64_t)inverse);
    di_stream_normals(&s, m, V);
    beta = sqrt(di_dot(m, V, V));
    for (size_t i = 0; i < m; i++) V[i] /= beta;
    for (size_t k = 0; k < most; k++) {
        double *v = V + (k + 1) * m;
        memcpy(v, V + k * m, m * sizeof(double));
        operate(m, R, inverse, v);
        diag[k] = di_dot(m, v, V + k * m);
        for (int twice = 0; twice < 2; twice++) {
            di_gemv('T', m, k + 1, 1, V, m, v, 0, h);
            di_gemv('N', m, k + 1, -1, V, m, h, 1, v);
        }
        beta = sqrt(di_dot(m, v, v));
        off[k] = beta;
        if (beta > 0)
            for (size_t i = 0; i < m; i++) v[i] /= beta;
        DI_TRY(di_progress(ctx, 1, "spectrum"));
        if (k < 2 || (k % 10 != 9 && k + 1 < most && beta > 0)) continue;
        DI_TRY(top_of(ctx, k + 1, diag, off, beta, work, top, &error));
        if (error <= 1e-12 * *top || beta == 0) goto done;
    }
    status = error <= 1e-9 * *top ? DISTEST_SUCCESS : DISTEST_ECONV;
done:
    di_pool_free(&pool);
    return status;
}

typedef struct {
    size_t m;
    const double *R;
    double *work, *sum; /* m x PANEL per thread; one sum per block */
} inverse_job;

/* sum of squares of columns of R^-1: those up to c only meet the leading triangle */
static int inverse_columns(size_t block, int thread, void *data)
{
    const inverse_job *j = data;
    const size_t m = j->m, c0 = block * PANEL, c1 = c0 + PANEL < m ? c0 + PANEL : m;
    double *X = j->work + (size_t)thread * m * PANEL;
    memset(X, 0, c1 * (c1 - c0) * sizeof(double));
    for (size_t c = c0; c < c1; c++) X[c + (c - c0) * c1] = 1;
    di_trsm('L', 'U', 'N', 'N', c1, c1 - c0, 1, j->R, m, X, c1);
    j->sum[block] = di_dot(c1 * (c1 - c0), X, X);
    return DISTEST_SUCCESS;
}

static int inverse_trace(distest_context *ctx, size_t m, const double *R, double *trace)
{
    const size_t blocks = (m + PANEL - 1) / PANEL;
    inverse_job job = {.m = m, .R = R};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx) * m, PANEL));
    DI_TRY(DI_NEW(ctx, &pool, &job.sum, blocks, 1));
    DI_TRY(di_for_blocks(ctx, "spectrum", 1, 1, blocks, inverse_columns, &job));
    *trace = di_sum(blocks, job.sum);
done:
    di_pool_free(&pool);
    return status;
}

static int by_svd(distest_context *ctx, size_t m, const double *R, double tol,
                  di_wls_ends *e)
{
    double *T = NULL, *s = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &T, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &s, m, 1));
    memcpy(T, R, m * m * sizeof(double));
    DI_TRY(di_svd(ctx, m, m, T, m, s, NULL, 1, NULL, 1));
    *e = (di_wls_ends){s[m - 1] * s[m - 1], s[0] * s[0], 0, 0};
    for (size_t j = 0; j < m; j++) e->trace += 1 / (s[j] * s[j]);
    while (e->rank < m && s[e->rank] > 0 && s[e->rank] >= tol * s[0]) e->rank++;
done:
    di_pool_free(&pool);
    return status;
}

int di_wls_triangle(distest_context *ctx, size_t m, const double *R, double tol,
                    di_wls_ends *e)
{
    double top = 0, inverse = 0, least = INFINITY, most = 0;
    int status = DISTEST_SUCCESS;
    for (size_t j = 0; j < m; j++) {
        const double r = fabs(R[j + j * m]);
        least = fmin(least, r), most = fmax(most, r);
    }
    /* a triangle this close to singular is left to the method that sees it all */
    if (m <= SMALL || !(least > 1e-10 * most)) return by_svd(ctx, m, R, tol, e);
    status = lanczos(ctx, m, R, 0, &top);
    if (status == DISTEST_SUCCESS) status = lanczos(ctx, m, R, 1, &inverse);
    if (status == DISTEST_ECONV) return by_svd(ctx, m, R, tol, e);
    if (status != DISTEST_SUCCESS) return status;
    *e = (di_wls_ends){1 / inverse, top, 0, m};
    if (!(e->low >= tol * tol * e->high)) return by_svd(ctx, m, R, tol, e);
    return inverse_trace(ctx, m, R, &e->trace);
}

void di_wls_set_diag(const di_wls_ends *e, double n, distest_wls_diag *diag)
{
    const double low = e->low / n, high = e->high / n;
    diag->trace = e->trace * n;
    diag->lambda_min = low, diag->lambda_max = high;
    diag->cond = low > 0 ? high / low : INFINITY;
    diag->delta = fmax(1 - low, high - 1);
}

/* The spectrum of A'A / n, A n x m. */
int di_wls_spectrum(distest_context *ctx, size_t n, size_t m, const double *A,
                    distest_wls_diag *diag)
{
    di_wls_qr f;
    di_wls_ends e;
    double *R = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(di_wls_qr_alloc(ctx, &pool, n, m, &f));
    DI_TRY(DI_NEW(ctx, &pool, &R, m, m));
    DI_TRY(di_wls_qr_load(ctx, "spectrum", 0, &f, A, NULL));
    DI_TRY(di_wls_qr_factor(ctx, "spectrum", 0, 1, &f));
    di_wls_qr_r(&f, R);
    DI_TRY(di_progress(ctx, 1, "spectrum"));
    DI_TRY(di_wls_triangle(ctx, m, R, 0, &e));
    di_wls_set_diag(&e, (double)n, diag);
done:
    di_pool_free(&pool);
    return status;
}
