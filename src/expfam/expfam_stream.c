/* expfam_stream.c - moments of the statistics of data in one pass: statistics are made
 * for a block of rows, summed about the mean of the block, and thrown away. Memory is
 * that of a block, whatever n; large tables are never written. */
#include "expfam.h"

enum { BLOCK = 4096 };

/* What a block gives: weight W, the sum of log base densities, its mean, what
 * rounding took from it, and products about the mean, lower triangle. */
enum { WEIGHT, BASE, MEAN };

typedef struct {
    const distest_expfam_family *f;
    const distest_sample *s;
    int second;
    size_t ld;           /* rows of a block, no more than there are */
    double *scratch;     /* threads x ld (2 p + 1) */
    size_t *bad, *first; /* per block: rows outside the support */
} stream;

/* sum of w_i x_i in `to` as scratch, or of x_i */
static double weighted(size_t m, const double *w, const double *x, double *to)
{
    if (!w) return di_sum(m, x);
    for (size_t i = 0; i < m; i++) to[i] = w[i] * x[i];
    return di_sum(m, to);
}

static void add_products(size_t p, size_t m, const double *X, const double *Y,
                         size_t ld, double *out)
{
    if (p <= 4) {
        for (size_t b = 0; b < p; b++)
            for (size_t a = b; a < p; a++)
                out[a + b * p] = di_dot(m, X + a * ld, Y + b * ld);
    } else if (X == Y) {
        di_syrk('L', 'T', p, m, 1, X, ld, 0, out, p);
    } else {
        di_gemm('T', 'N', p, p, m, 1, X, ld, Y, ld, 0, out, p);
    }
}

static int one_block(size_t block, int thread, void *data, double *out)
{
    const stream *q = data;
    const size_t n = q->s->n, p = q->f->p, ld = q->ld, i0 = block * BLOCK,
                 m = n - i0 < BLOCK ? n - i0 : BLOCK;
    const double *w = q->s->weights ? q->s->weights + i0 : NULL;
    double *X = q->scratch + (size_t)thread * ld * (2 * p + 1), *base = X + ld * p;
    double *Y = base + ld, *mean = out + MEAN, *rest = mean + p;

    for (size_t k = 0; k < MEAN + 2 * p + (q->second ? p * p : 0); k++) out[k] = 0;
    q->bad[block] = di_expfam_block_stats(q->f, n, q->s->x, i0, m, X, ld, base, Y,
                                          &q->first[block]);
    if (q->bad[block]) return DISTEST_SUCCESS;
    out[WEIGHT] = w ? di_sum(m, w) : (double)m;
    if (!(out[WEIGHT] > 0)) return DISTEST_SUCCESS;
    if (w) /* rows that do not count may have no density */
        for (size_t i = 0; i < m; i++) base[i] = w[i] > 0 ? w[i] * base[i] : 0;
    out[BASE] = di_sum(m, base);
    for (size_t a = 0; a < p; a++) {
        double *x = X + a * ld;
        mean[a] = weighted(m, w, x, Y) / out[WEIGHT];
        for (size_t i = 0; i < m; i++) x[i] -= mean[a];
        rest[a] = weighted(m, w, x, Y) / out[WEIGHT];
        if (!q->second) continue;
        for (size_t i = 0; i < m; i++) x[i] -= rest[a];
    }
    if (!q->second) return DISTEST_SUCCESS;
    for (size_t a = 0; w && a < p; a++)
        for (size_t i = 0; i < m; i++) Y[i + a * ld] = w[i] * X[i + a * ld];
    add_products(p, m, X, w ? Y : X, ld, rest + p);
    return DISTEST_SUCCESS;
}

/* Two sets of weights W and w, with means that differ by d, have together products
 * about the common mean of M + m + d d' W w / (W + w). Means are told from the first
 * one. */
typedef struct {
    const stream *q;
    double weight, base;
    double *origin, *by, *product; /* mean: origin + by */
    double *d;
} merged;

static int take(size_t block, const double *out, void *data)
{
    merged *r = data;
    const size_t p = r->q->f->p;
    const double w = out[WEIGHT], *mean = out + MEAN, *rest = mean + p, *M = rest + p;
    (void)block;
    if (!(w > 0)) return DISTEST_SUCCESS;
    if (r->weight == 0) { /* the first block */
        for (size_t a = 0; a < p; a++) r->origin[a] = mean[a], r->by[a] = 0;
        for (size_t k = 0; k < p * p; k++) r->product[k] = 0;
    }
    const double W = r->weight, all = W + w;
    for (size_t a = 0; a < p; a++) {
        r->d[a] = (mean[a] - r->origin[a]) + rest[a] - r->by[a];
        r->by[a] += r->d[a] * (w / all);
    }
    r->weight = all;
    r->base += out[BASE];
    for (size_t b = 0; r->q->second && b < p; b++)
        for (size_t a = b; a < p; a++)
            r->product[a + b * p] += M[a + b * p] + r->d[a] * r->d[b] * (W * (w / all));
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
    stream q = {f, sample, cov != NULL, ld, NULL, NULL, NULL};
    merged r = {.q = &q};
    int status = DISTEST_SUCCESS;

    if (sample->d != f->d)
        return di_fail(ctx, DISTEST_EINVAL, "x", "`x` must have %zu columns, not %zu.",
                       f->d, sample->d);
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx) * ld, 2 * p + 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.bad, blocks, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.first, blocks, 1));
    DI_TRY(DI_NEW(ctx, &pool, &r.origin, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &r.by, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &r.d, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &r.product, p, p));
    DI_TRY(di_take_blocks(ctx, "statistics", 0, 0.3, blocks,
                          MEAN + 2 * p + (cov ? p * p : 0), one_block, &q, take, &r));
    DI_TRY(di_expfam_all_inside(ctx, sample, blocks, q.bad, q.first));
    *total = r.weight;
    *base = r.base;
    for (size_t a = 0; a < p; a++) mean[a] = r.origin[a] + r.by[a];
    for (size_t b = 0; cov && b < p; b++)
        for (size_t a = b; a < p; a++)
            cov[a + b * p] = cov[b + a * p] =
                r.weight > 1 ? r.product[a + b * p] / (r.weight - 1) : NAN;
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
    double *table = NULL, *scratch = NULL;
    size_t bad = 0, first = 0;
    int status = DISTEST_SUCCESS;
    if (sample->d != f->d)
        return di_fail(ctx, DISTEST_EINVAL, "x", "`x` must have %zu columns, not %zu.",
                       f->d, sample->d);
    DI_TRY(DI_NEW(ctx, &pool, &table, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, m, 1));
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
    di_expfam_node_moments(&f->fixed, NULL, table, mean, cov, scratch);
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
