/* expfam_moments.c - means and covariances of statistics, with weights of both
 * meanings: frequencies repeat rows; sampling weights are scaled to sum to the number
 * of rows, and the covariance is that of the weighted influence w_i (xi_i - mean). */
#include "expfam.h"

enum { BLOCK = 4096, ROWS = 512 };

typedef struct {
    size_t n, p;
    const double *xi, *w;
    double total, *centre, *scratch; /* threads x 2 ROWS p */
    int second;
} sums;

/* weighted sums of x - centre, then of products, lower triangle */
static int one_block(size_t block, int thread, void *data, double *out)
{
    const sums *q = data;
    const size_t n = q->n, p = q->p, i0 = block * BLOCK,
                 rows = n - i0 < BLOCK ? n - i0 : BLOCK;
    double *X = q->scratch + (size_t)thread * 2 * ROWS * p, *Y = X + ROWS * p;
    const size_t len = p + (q->second ? p * p : 0);
    for (size_t a = 0; a < len; a++) out[a] = 0;
    for (size_t r = 0; r < rows; r += ROWS) {
        const size_t m = rows - r < ROWS ? rows - r : ROWS, from = i0 + r;
        for (size_t a = 0; a < p; a++) {
            const double *x = q->xi + from + a * n, c = q->centre[a];
            double *to = X + a * ROWS, *scaled = Y + a * ROWS;
            for (size_t i = 0; i < m; i++) to[i] = x[i] - c;
            if (q->w) {
                for (size_t i = 0; i < m; i++) scaled[i] = q->w[from + i] * to[i];
                out[a] += di_sum(m, scaled);
            } else {
                out[a] += di_sum(m, to);
            }
        }
        if (!q->second) continue;
        if (p <= 4) {
            for (size_t b = 0; b < p; b++)
                for (size_t a = b; a < p; a++)
                    out[p + a + b * p] +=
                        di_dot(m, X + a * ROWS, (q->w ? Y : X) + b * ROWS);
        } else if (q->w) {
            di_gemm('T', 'N', p, p, m, 1, X, ROWS, Y, ROWS, 1, out + p, p);
        } else {
            di_syrk('L', 'T', p, m, 1, X, ROWS, 1, out + p, p);
        }
    }
    return DISTEST_SUCCESS;
}

DISTEST_STATUS di_expfam_column_moments(size_t n, size_t p, const double *xi,
                                        const double *w, double total, double *mean,
                                        double *cov, distest_context *ctx)
{
    const size_t blocks = (n + BLOCK - 1) / BLOCK;
    di_pool pool = {NULL};
    sums q = {n, p, xi, w, total, mean, NULL, 0};
    double *sum = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx), 2 * ROWS * p));
    DI_TRY(DI_NEW(ctx, &pool, &sum, p + p * p, 1));
    /* about the first row, then about the mean so far, which takes what is left */
    for (size_t a = 0; a < p; a++) mean[a] = xi[a * n];
    DI_TRY(di_sum_blocks(ctx, "moments", 0.1, 0.2, blocks, p, one_block, &q, sum));
    for (size_t a = 0; a < p; a++) mean[a] += sum[a] / total;
    q.second = cov != NULL;
    DI_TRY(di_sum_blocks(ctx, "moments", 0.2, 0.3, blocks, p + (cov ? p * p : 0),
                         one_block, &q, sum));
    for (size_t a = 0; a < p; a++) mean[a] += sum[a] / total;
    for (size_t b = 0; cov && b < p; b++)
        for (size_t a = b; a < p; a++)
            cov[a + b * p] = cov[b + a * p] =
                total > 1 ? (sum[p + a + b * p] - sum[a] * sum[b] / total) / (total - 1)
                          : NAN;
done:
    di_pool_free(&pool);
    return status;
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
    DI_TRY(di_expfam_column_moments(n, p, xi, s->weights, *total, mean, cov, ctx));
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
