/* kde_pairs.c - sums over all pairs of points: what the criteria of kde_criteria.c are
 * made of. */
#include "kde.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "../kde/kde_pairs_kernel.h"
#include "isa.h"

typedef struct {
    double *z, *zz, *D; /* TILE x d, TILE, PANEL x TILE */
} pair_scratch;

typedef struct {
    const di_kde_plan *p;
    double inv2;
    const double *c;
    int self;
    pair_scratch *of;
} pair_job;

static int pair_tile(size_t block, int thread, void *data, double *out)
{
    const pair_job *t = data;
    const di_kde_plan *p = t->p;
    const pair_scratch *w = &t->of[thread];
    const size_t j0 = block * TILE, rows = p->n - j0 < TILE ? p->n - j0 : TILE;
    memset(w->z, 0, TILE * p->d * sizeof *w->z);
    di_kde_whiten(p, rows, p->x, p->ldx, p->row + j0, w->z, TILE);
    di_row_sqnorms(TILE, p->d, w->z, TILE, w->zz);
    *out = 0;
    double each[TILE] = {0};
    for (size_t panel = 0; panel < p->panels; panel++) {
        di_kde_tile_distances(p, panel, w->z, w->zz, w->D);
        for (size_t j = 0; j < rows; j++)
            each[j] += DI_PICK(pair_sum)(w->D + j * PANEL, p->w + panel * PANEL,
                                         t->inv2, t->c);
    }
    for (size_t j = 0; j < rows; j++) {
        const double wj = p->w[j0 + j];
        *out += t->self ? wj * each[j] : wj * (each[j] - wj * t->c[0]) / (1 - wj);
    }
    return DISTEST_SUCCESS;
}

int di_kde_pairs(distest_context *ctx, const di_kde_plan *p, double g,
                 const double c[4], int self, double *total)
{
    const int threads = di_threads(ctx);
    di_pool pool = {0};
    pair_job t = {.p = p, .inv2 = 1 / (g * g), .c = c, .self = self};
    int status;
    DI_TRY(DI_NEW(ctx, &pool, &t.of, (size_t)threads, 1));
    for (int i = 0; i < threads; i++) {
        DI_TRY(DI_NEW(ctx, &pool, &t.of[i].z, TILE, p->d));
        DI_TRY(DI_NEW(ctx, &pool, &t.of[i].zz, TILE, 1));
        DI_TRY(DI_NEW(ctx, &pool, &t.of[i].D, TILE, PANEL));
    }
    DI_TRY(di_sum_blocks(ctx, "pairs", 0, 1, (p->n + TILE - 1) / TILE, 1, pair_tile, &t,
                         total));
done:
    di_pool_free(&pool);
    return status;
}
