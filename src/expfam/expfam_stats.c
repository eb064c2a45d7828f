/* expfam_stats.c - statistics of data, block by block in parallel. A family may have a
 * vectorised form for many rows; the others go row by row. */
#include "expfam.h"

#include <stdio.h>

enum { BLOCK = 4096 };

size_t di_expfam_block_stats(const distest_expfam_family *f, size_t n, const double *x,
                             size_t i0, size_t rows, double *xi, size_t ld,
                             double *base, double *one, size_t *first)
{
    const di_expfam_row *row = f->row;
    size_t bad = 0;
    if (row->rows && row->rows(f, rows, x + i0, n, xi, ld, base)) return 0;
    for (size_t i = 0; i < rows; i++) { /* also to count what is outside */
        if (!row->stats(f, x + i0 + i, n, one, base + i) && bad++ == 0) *first = i0 + i;
        for (size_t a = 0; a < f->p; a++) xi[i + a * ld] = one[a];
    }
    return bad;
}

DISTEST_STATUS di_expfam_all_inside(distest_context *ctx, const distest_sample *s,
                                    size_t blocks, const size_t *bad,
                                    const size_t *first)
{
    size_t all = 0, row = 0;
    char more[40] = "";
    for (size_t k = blocks; k-- > 0;)
        if (bad[k]) {
            all += bad[k];
            row = first[k];
        }
    if (all == 0) return DISTEST_SUCCESS;
    if (all > 1) (void)snprintf(more, sizeof more, ", the first of %zu", all);
    return di_fail(ctx, DISTEST_EDOM, "x",
                   "`x` must lie in the support of the family; row %zu (%.6g) does "
                   "not%s.",
                   row + 1, s->x[row], more);
}

typedef struct {
    const distest_expfam_family *f;
    size_t n;
    const double *x;
    double *xi, *base, *scratch; /* xi NULL: only a look; threads x size */
    size_t size;
    size_t *bad, *first; /* per block */
} work;

static int one_block(size_t block, int thread, void *data)
{
    const work *q = data;
    const size_t n = q->n, p = q->f->p, i0 = block * BLOCK,
                 rows = n - i0 < BLOCK ? n - i0 : BLOCK;
    double *own = q->scratch + (size_t)thread * q->size, *one = own + BLOCK * (p + 1);
    double *xi = q->xi ? q->xi + i0 : own;
    double *base = q->base ? q->base + i0 : own + BLOCK * p;
    q->bad[block] = di_expfam_block_stats(
        q->f, n, q->x, i0, rows, xi, q->xi ? n : BLOCK, base, one, &q->first[block]);
    return DISTEST_SUCCESS;
}

static int run(const distest_expfam_family *f, const distest_sample *s, double *xi,
               double *base, distest_context *ctx)
{
    const size_t blocks = (s->n + BLOCK - 1) / BLOCK;
    work q = {f, s->n, s->x, xi, base, NULL, BLOCK * (f->p + 1) + f->p, NULL, NULL};
    di_pool pool = {NULL};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx), q.size));
    DI_TRY(DI_NEW(ctx, &pool, &q.bad, blocks, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.first, blocks, 1));
    DI_TRY(di_for_blocks(ctx, "statistics", 0, 0.1, blocks, one_block, &q));
    DI_TRY(di_expfam_all_inside(ctx, s, blocks, q.bad, q.first));
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
