/* expfam_stats.c - statistics of data, block by block in parallel. A family may have a
 * vectorised form for many rows; the others go row by row. */
#include "expfam.h"

#include <stdio.h>

enum { BLOCK = 4096 };

typedef struct {
    const distest_expfam_family *f;
    size_t n;
    const double *x;
    double *xi, *base, *scratch; /* xi NULL: only a look; threads x BLOCK (p + 1) */
    size_t *bad, *first;         /* per block */
} work;

static int one_block(size_t block, int thread, void *data)
{
    const work *q = data;
    const di_expfam_row *row = q->f->row;
    const size_t n = q->n, p = q->f->p, i0 = block * BLOCK,
                 rows = n - i0 < BLOCK ? n - i0 : BLOCK;
    double *own = q->scratch + (size_t)thread * BLOCK * (p + 1);
    double *xi = q->xi ? q->xi + i0 : own, *base = own + BLOCK * p;
    const size_t ld = q->xi ? n : BLOCK;
    if (q->base) base = q->base + i0;
    q->bad[block] = 0;
    if (row->rows) {
        if (row->rows(q->f, rows, q->x + i0, n, xi, ld, base)) return DISTEST_SUCCESS;
    }
    for (size_t i = 0; i < rows; i++) { /* also to count what is outside */
        double one[64], *to = p <= 64 ? one : own;
        if (!row->stats(q->f, q->x + i0 + i, n, to, base + i) && q->bad[block]++ == 0)
            q->first[block] = i0 + i;
        if (q->xi)
            for (size_t a = 0; a < p; a++) xi[i + a * n] = to[a];
    }
    return DISTEST_SUCCESS;
}

static int run(const distest_expfam_family *f, const distest_sample *s, double *xi,
               double *base, distest_context *ctx)
{
    const size_t blocks = (s->n + BLOCK - 1) / BLOCK;
    work q = {f, s->n, s->x, xi, base, NULL, NULL, NULL};
    di_pool pool = {NULL};
    size_t bad = 0, first = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx) * BLOCK, f->p + 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.bad, blocks, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.first, blocks, 1));
    DI_TRY(di_for_blocks(ctx, "statistics", 0, 0.1, blocks, one_block, &q));
    for (size_t k = blocks; k-- > 0;)
        if (q.bad[k]) {
            bad += q.bad[k];
            first = q.first[k];
        }
    if (bad) {
        char more[40] = "";
        if (bad > 1) (void)snprintf(more, sizeof more, ", the first of %zu", bad);
        DI_TRY(di_fail(ctx, DISTEST_EDOM, "x",
                       "`x` must lie in the support of the family; row %zu (%.6g) does "
                       "not%s.",
                       first + 1, s->x[first], more));
    }
done:
    di_pool_free(&pool);
    return status;
}

DISTEST_STATUS di_expfam_fill_stats(const distest_expfam_family *f,
                                    const distest_sample *sample, double *xi,
                                    double *base, distest_context *ctx)
{
    if (sample->d != f->d)
        return di_fail(ctx, DISTEST_EINVAL, "x", "`x` must have %zu columns, not %zu.",
                       f->d, sample->d);
    return run(f, sample, xi, base, ctx);
}

int distest_expfam_stats(const distest_expfam_family *family,
                         const distest_sample *sample, double *xi, double *logbase,
                         distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_sample(ctx, sample));
    /* a look first: outputs stay untouched on failure */
    DI_TRY(di_expfam_fill_stats(family, sample, NULL, NULL, ctx));
    DI_TRY(di_expfam_fill_stats(family, sample, xi, logbase, ctx));
done:
    return status;
}
