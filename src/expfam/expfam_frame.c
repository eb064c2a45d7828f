/* expfam_frame.c - the frame in which the terms of the risk are sums: statistics
 * whitened by the model's covariance G and rotated until the covariance of the data is
 * diagonal. Terms do not change under linear maps, so every way of having cumulants
 * meets here. */
#include "expfam.h"

#include <string.h>

enum { ROWS = 512 };

/* B = diag(1 / scale) L^-T of G, which is destroyed: columns are whitened statistics */
static int whiten(di_expfam_frame *r, double *G, double *scale, distest_context *ctx)
{
    const size_t p = r->p;
    size_t bad = 0;
    for (size_t a = 0; a < p; a++) scale[a] = sqrt(G[a * (p + 1)]);
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a < p; a++) G[a + b * p] /= scale[a] * scale[b];
    if (di_cholesky('L', p, G, p, &bad) != DISTEST_SUCCESS)
        return di_fail(ctx, DISTEST_ESING, "theta",
                       "Statistic %zu is a linear combination of those before it.",
                       bad + 1);
    for (size_t i = 0; i < p * p; i++) r->B[i] = 0;
    for (size_t a = 0; a < p; a++) r->B[a * (p + 1)] = 1 / scale[a];
    di_trsm('R', 'L', 'T', 'N', p, p, 1, G, p, r->B, p);
    return DISTEST_SUCCESS;
}

void di_expfam_rotate(size_t p, int indices, double *T, const double *B,
                      double *scratch)
{
    size_t rest = 1;
    for (int k = 1; k < indices; k++) rest *= p;
    for (int k = 0; k < indices; k++) {
        di_gemm('T', 'N', rest, p, p, 1, T, p, B, p, 0, scratch, rest);
        memcpy(T, scratch, rest * p * sizeof *T);
    }
}

DISTEST_STATUS di_expfam_frame_moments(di_expfam_frame *r, double *G, const double *cov,
                                       const double *third, di_pool *pool,
                                       distest_context *ctx)
{
    const size_t p = r->p;
    double *W = NULL, *E = NULL, *scale = NULL, *scratch = NULL;
    int status = DISTEST_SUCCESS;
    r->moments = 1;
    DI_TRY(DI_NEW(ctx, pool, &W, p, p));
    DI_TRY(DI_NEW(ctx, pool, &E, p, p));
    DI_TRY(DI_NEW(ctx, pool, &scale, p, 1));
    DI_TRY(whiten(r, G, scale, ctx));
    di_gemm('N', 'N', p, p, p, 1, cov, p, r->B, p, 0, E, p);
    di_gemm('T', 'N', p, p, p, 1, r->B, p, E, p, 0, W, p);
    DI_TRY(di_eigen_sym(ctx, p, W, p, r->l, E, p));
    for (size_t a = 0; a < p; a++) r->l[a] = fmax(r->l[a], 0);
    memcpy(W, r->B, p * p * sizeof *W);
    di_gemm('N', 'N', p, p, p, 1, W, p, E, p, 0, r->B, p);
    if (!third) goto done;
    DI_TRY(DI_NEW(ctx, pool, &r->K, p, p * p));
    DI_TRY(DI_NEW(ctx, pool, &scratch, p, p * p));
    for (size_t c = 0, i = 0; c < p; c++) /* packed: a <= b <= c */
        for (size_t b = 0; b <= c; b++)
            for (size_t a = 0; a <= b; a++, i++) {
                const size_t at[6][3] = {{a, b, c}, {a, c, b}, {b, a, c},
                                         {b, c, a}, {c, a, b}, {c, b, a}};
                for (size_t k = 0; k < 6; k++)
                    r->K[at[k][0] + p * (at[k][1] + p * at[k][2])] = third[i];
            }
    di_expfam_rotate(p, 3, r->K, r->B, scratch);
done:
    return status;
}

/* V by a triangle or a square from the right, block of rows by block of rows, and the
 * products of the blocks' columns */
typedef struct {
    size_t n, p, rows; /* of a block: enough for its p x p products to be the smaller */
    double *V;
    const double *L, *E, *f; /* L^-T, or E; frequencies or NULL */
    double *scratch;         /* threads x rows p */
} rows_of_data;

static size_t rows_in(const rows_of_data *q, size_t block)
{
    const size_t left = q->n - block * q->rows;
    return left < q->rows ? left : q->rows;
}

static int whiten_block(size_t block, int thread, void *data, double *out)
{
    const rows_of_data *q = data;
    const size_t p = q->p, m = rows_in(q, block);
    double *v = q->V + block * q->rows, *w = q->scratch + (size_t)thread * q->rows * p;
    di_trsm('R', 'L', 'T', 'N', m, p, 1, q->L, p, v, q->n);
    memset(out, 0, p * p * sizeof *out);
    if (!q->f) {
        di_syrk('L', 'T', p, m, 1, v, q->n, 0, out, p);
        return DISTEST_SUCCESS;
    }
    for (size_t a = 0; a < p; a++)
        for (size_t i = 0; i < m; i++)
            w[i + a * q->rows] = sqrt(q->f[block * q->rows + i]) * v[i + a * q->n];
    di_syrk('L', 'T', p, m, 1, w, q->rows, 0, out, p);
    return DISTEST_SUCCESS;
}

static int rotate_block(size_t block, int thread, void *data)
{
    const rows_of_data *q = data;
    const size_t p = q->p, m = rows_in(q, block);
    double *v = q->V + block * q->rows, *w = q->scratch + (size_t)thread * q->rows * p;
    for (size_t a = 0; a < p; a++) memcpy(w + a * q->rows, v + a * q->n, m * sizeof *w);
    di_gemm('N', 'N', m, p, p, 1, w, q->rows, q->E, p, 0, v, q->n);
    return DISTEST_SUCCESS;
}

/* V (n x p statistics, destroyed), mean of the data or NULL, G (destroyed) */
DISTEST_STATUS di_expfam_frame_make(di_expfam_frame *r, double *G,
                                    const double *weights, int sampling, di_pool *pool,
                                    distest_context *ctx)
{
    const size_t p = r->p, n = r->n;
    const distest_progress_fn told = di_expfam_hush(ctx, -1);
    double *W = NULL, *E = NULL, *scale = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &W, p, p));
    DI_TRY(DI_NEW(ctx, pool, &E, p, p));
    DI_TRY(DI_NEW(ctx, pool, &scale, p, 1));
    DI_TRY(whiten(r, G, scale, ctx));
    if (n == 0) {
        for (size_t a = 0; a < p; a++) r->l[a] = 1;
        goto done;
    }
    double rows = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        total += weights ? weights[i] : 1;
        rows += weights ? weights[i] > 0 : 1;
    }
    for (size_t a = 0; a < p; a++) { /* centre, in units of the model's deviation */
        double *c = r->V + a * n, shift = c[0], s = 0, t = 0;
        for (size_t i = 0; i < n; i++) {
            c[i] = (c[i] - shift) / scale[a];
            s += (weights ? weights[i] : 1) * c[i];
        }
        for (size_t i = 0; i < n; i++) {
            c[i] -= s / total;
            t += (weights ? weights[i] : 1) * c[i];
        }
        for (size_t i = 0; i < n; i++) c[i] -= t / total;
    }
    r->N = sampling ? rows : total;
    if (sampling && weights)
        for (size_t a = 0; a < p; a++)
            for (size_t i = 0; i < n; i++) r->V[i + a * n] *= weights[i] * rows / total;
    r->f = sampling ? NULL : weights;
    rows_of_data q = {.n = n, .p = p, .V = r->V, .L = G, .E = E, .f = r->f};
    q.rows = 4 * p > ROWS ? 4 * p : (size_t)ROWS;
    const size_t blocks = (n + q.rows - 1) / q.rows;
    DI_TRY(DI_NEW(ctx, pool, &q.scratch, (size_t)di_threads(ctx) * q.rows, p));
    DI_TRY(di_sum_blocks(ctx, "whitening", 0, 0, blocks, p * p, whiten_block, &q, W));
    for (size_t k = 0; k < p * p; k++) W[k] /= r->N - 1;
    DI_TRY(di_eigen_sym(ctx, p, W, p, r->l, E, p));
    for (size_t a = 0; a < p; a++) r->l[a] = fmax(r->l[a], 0);
    DI_TRY(DI_NEW(ctx, pool, &W, p, p));
    memcpy(W, r->B, p * p * sizeof *W);
    di_gemm('N', 'N', p, p, p, 1, W, p, E, p, 0, r->B, p);
    DI_TRY(di_for_blocks(ctx, "whitening", 0, 0, blocks, rotate_block, &q));
    r->k3 = r->N / ((r->N - 1) * (r->N - 2));
    /* K uses frequencies f; under f = NULL each row counts once */
done:
    if (ctx) ctx->progress = told;
    return status;
}

void di_expfam_frame_finish(const di_expfam_frame *r, const di_expfam_sums *s,
                            const double *tilt, int sampling, distest_expfam_terms *out,
                            double *leverage, double *spectrum)
{
    const size_t p = r->p, n = r->n;
    double trace = 0, ss = 0;
    for (size_t a = 0; a < p; a++) trace += r->l[a];
    distest_expfam_terms t = {.trace = trace,
                              .t1 = s->t1,
                              .t2 = s->t2a + 2 * s->t2b,
                              .t3 = s->t3,
                              .rho13 = s->rho13,
                              .rho23 = s->rho23,
                              .rho4 = s->rho4,
                              .se_r1 = NAN};
    if (r->moments && !r->K) t.t1 = NAN;
    if (n == 0 && !r->moments) {
        t.t1 = t.rho23;
        t.t2 = t.rho13 + 2 * t.rho23;
        t.t3 = 3 * t.rho4;
    }
    for (size_t i0 = 0; i0 < n; i0 += ROWS) { /* influence of points on trace / 2 */
        const size_t m = n - i0 < ROWS ? n - i0 : ROWS;
        double q[ROWS] = {0}, lin[ROWS] = {0};
        for (size_t a = 0; a < p; a++) {
            const double *v = r->V + i0 + a * n;
            for (size_t i = 0; i < m; i++) {
                q[i] += v[i] * v[i];
                lin[i] += v[i] * tilt[a];
            }
        }
        for (size_t i = 0; i < m; i++) {
            const double inf = 0.5 * (q[i] - trace - lin[i]);
            ss += (r->f ? r->f[i0 + i] : 1) * inf * inf;
            if (leverage) leverage[i0 + i] = q[i];
        }
    }
    if (n) t.se_r1 = sqrt(ss / (r->N - 1) / r->N);
    if (sampling) t.t1 = t.t2 = t.t3 = NAN; /* no third cumulant of the population */
    for (size_t a = 0; spectrum && a < p; a++) spectrum[a] = r->l[a];
    *out = t;
}
