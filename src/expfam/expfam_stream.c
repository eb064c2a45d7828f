/* expfam_stream.c - moments of the statistics of data in one pass: statistics are made
 * for a block of rows, summed about the mean of the block, and thrown away. Memory is
 * that of a block, whatever n; large tables are never written. */
#include "expfam.h"

enum { BLOCK = 4096 };

typedef struct {
    const distest_expfam_family *f;
    const distest_sample *s;
    int second;
    size_t ld;   /* rows of a block, no more than there are */
    size_t size; /* of the scratch of a thread: ld (p + 1) + p */
    double *scratch;
    size_t *bad, *first; /* per block: rows outside the support */
    di_expfam_merged *merged;
    double base;
} stream;

/* moments of the block, and the sum of its log base densities at the end */
static int one_block(size_t block, int thread, void *data, double *out)
{
    const stream *q = data;
    const size_t n = q->s->n, p = q->f->p, ld = q->ld, i0 = block * BLOCK,
                 m = n - i0 < BLOCK ? n - i0 : BLOCK;
    const double *w = q->s->weights ? q->s->weights + i0 : NULL;
    double *X = q->scratch + (size_t)thread * q->size, *base = X + ld * p;
    double *sum = out + di_expfam_block_size(p, q->second);

    q->bad[block] = di_expfam_block_stats(q->f, n, q->s->x, i0, m, X, ld, base,
                                          base + ld, &q->first[block]);
    *out = *sum = 0;
    if (q->bad[block]) return DISTEST_SUCCESS;
    if (w) /* rows that do not count may have no density */
        for (size_t i = 0; i < m; i++) base[i] = w[i] > 0 ? w[i] * base[i] : 0;
    *sum = di_sum(m, base);
    di_expfam_block_moments(p, m, X, ld, w, q->second, base, out);
    return DISTEST_SUCCESS;
}

static int take(size_t block, const double *out, void *data)
{
    stream *q = data;
    (void)block;
    q->base += out[di_expfam_block_size(q->f->p, q->second)];
    di_expfam_merge_block(q->merged, out);
    return DISTEST_SUCCESS;
}

static DISTEST_STATUS in_one_pass(const distest_expfam_family *f,
                                  const distest_sample *sample, double *total,
                                  double *mean, double *cov, double *base,
                                  distest_context *ctx)
{
    const size_t p = f->p, blocks = (sample->n + BLOCK - 1) / BLOCK;
    di_pool pool = {NULL};
    const size_t ld = sample->n < BLOCK ? sample->n : BLOCK;
    di_expfam_merged merged;
    stream q = {.f = f,
                .s = sample,
                .second = cov != NULL,
                .ld = ld,
                .size = ld * (p + 1) + p,
                .merged = &merged};
    int status = DISTEST_SUCCESS;

    if (sample->d != f->d)
        return di_fail(ctx, DISTEST_EINVAL, "x", "`x` must have %zu columns, not %zu.",
                       f->d, sample->d);
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx), q.size));
    DI_TRY(DI_NEW(ctx, &pool, &q.bad, blocks, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.first, blocks, 1));
    DI_TRY(di_expfam_merged_open(ctx, &pool, p, cov != NULL, &merged));
    DI_TRY(di_take_blocks(ctx, "statistics", 0, 0.3, blocks,
                          di_expfam_block_size(p, cov != NULL) + 1, one_block, &q, take,
                          &q));
    DI_TRY(di_expfam_all_inside(ctx, sample, blocks, q.bad, q.first));
    *total = merged.weight;
    *base = q.base;
    for (size_t a = 0; a < p; a++) mean[a] = merged.origin[a] + merged.by[a];
    for (size_t b = 0; cov && b < p; b++)
        for (size_t a = b; a < p; a++)
            cov[a + b * p] = cov[b + a * p] =
                merged.weight > 1 ? merged.product[a + b * p] / (merged.weight - 1)
                                  : NAN;
done:
    di_pool_free(&pool);
    return status;
}

/* On the states of discrete variables the data are a table of weights, and a transform
 * of it gives all moments. */
static DISTEST_STATUS from_states(const distest_expfam_family *f,
                                  const distest_sample *sample, double *total,
                                  double *mean, double *cov, distest_context *ctx)
{
    const size_t m = f->fixed.m, n = sample->n;
    di_pool pool = {NULL};
    double *table = NULL;
    size_t bad = 0, first = 0;
    int status = DISTEST_SUCCESS;
    if (sample->d != f->d)
        return di_fail(ctx, DISTEST_EINVAL, "x", "`x` must have %zu columns, not %zu.",
                       f->d, sample->d);
    DI_TRY(DI_NEW(ctx, &pool, &table, m, 1));
    for (size_t i = 0; i < m; i++) table[i] = 0;
    *total = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t cell = di_expfam_states_cell(f, sample->x + i, n);
        const double w = sample->weights ? sample->weights[i] : 1;
        if (cell == SIZE_MAX) {
            if (bad++ == 0) first = i;
            continue;
        }
        table[cell] += w;
        *total += w;
    }
    DI_TRY(di_expfam_all_inside(ctx, sample, 1, &bad, &first));
    for (size_t i = 0; i < m; i++) table[i] /= *total;
    DI_TRY(di_expfam_node_moments(&f->fixed, NULL, table, mean, cov, -1, ctx));
    for (size_t k = 0; cov && k < f->p * f->p; k++)
        cov[k] *= *total > 1 ? *total / (*total - 1) : NAN;
done:
    di_pool_free(&pool);
    return status;
}

/* Sampling weights: the covariance is that of w_i (xi_i - mean), which wants the mean.
 */
static DISTEST_STATUS from_table(const distest_expfam_family *f,
                                 const distest_sample *sample, distest_sample *s,
                                 double *total, double *mean, double *cov, double *base,
                                 di_pool *pool, distest_context *ctx)
{
    const size_t n = sample->n;
    di_pool own = {NULL};
    double *xi = NULL, *logbase = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &own, &xi, n, f->p));
    DI_TRY(DI_NEW(ctx, &own, &logbase, n, 1));
    DI_TRY(di_expfam_fill_stats(f, sample, xi, logbase, ctx));
    DI_TRY(di_expfam_data_moments(sample, 1, f->p, xi, s, total, mean, cov, pool, ctx));
    *base = 0;
    for (size_t i = 0; i < n; i++)
        if (s->weights[i] > 0) *base += s->weights[i] * logbase[i];
done:
    di_pool_free(&own);
    return status;
}

DISTEST_STATUS di_expfam_sample_moments(const distest_expfam_family *f,
                                        const distest_sample *sample, int sampling,
                                        distest_sample *s, double *total, double *mean,
                                        double *cov, double *base, di_pool *pool,
                                        distest_context *ctx)
{
    if (sampling && sample->weights)
        return from_table(f, sample, s, total, mean, cov, base, pool, ctx);
    *s = *sample;
    *base = 0;
    /* d m additions by a transform, n p^2 products of statistics */
    if (f->fixed.states &&
        (double)(f->d * f->fixed.m) < (double)sample->n * (double)f->p * (double)f->p)
        return from_states(f, sample, total, mean, cov, ctx);
    return in_one_pass(f, sample, total, mean, cov, base, ctx);
}
