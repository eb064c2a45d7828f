/* rdd_acc.c - rows that come in chunks. Each unit has a buffer that doubles; nothing is
 * approximated, and the rows of a unit are sorted at the end: neither the chunks nor
 * their order leave a trace (but that rows of one value and different weights stand in
 * the order in which they came). */
#include "rdd_rows.h"

#include <math.h>
#include <string.h>

struct distest_rdd_acc {
    size_t units;
    int weighted;
    double **y, **w;       /* units buffers */
    size_t *length, *room; /* rows in them, rows they hold */
    size_t *fresh;         /* rows of the chunk at work */
    di_pool pool;          /* the arrays above, not the buffers */
};

enum { LEAST_ROOM = 4 };

int distest_rdd_acc_alloc(size_t units, int weighted, distest_rdd_acc **acc,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    void *block = NULL;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "acc", acc));
    DI_TRY(di_alloc(ctx, &block, 1, sizeof(distest_rdd_acc)));
    distest_rdd_acc *a = block;
    memset(a, 0, sizeof *a);
    a->weighted = weighted != 0;
    DI_TRY(DI_NEW(ctx, &a->pool, &a->y, units, 1));
    DI_TRY(DI_NEW(ctx, &a->pool, &a->w, units, 1));
    DI_TRY(DI_NEW(ctx, &a->pool, &a->length, units, 1));
    DI_TRY(DI_NEW(ctx, &a->pool, &a->room, units, 1));
    DI_TRY(DI_NEW(ctx, &a->pool, &a->fresh, units, 1));
    for (size_t u = 0; u < units; u++) {
        a->y[u] = a->w[u] = NULL;
        a->length[u] = a->room[u] = 0;
    }
    a->units = units;
    *acc = a;
    block = NULL;
done:
    if (status != DISTEST_SUCCESS) distest_rdd_acc_free(block);
    return status;
}

void distest_rdd_acc_free(distest_rdd_acc *acc)
{
    if (!acc) return;
    for (size_t u = 0; u < acc->units; u++) {
        di_free(acc->y[u]);
        di_free(acc->w[u]);
    }
    di_pool_free(&acc->pool);
    di_free(acc);
}

static int grow(distest_context *ctx, double **buffer, size_t length, size_t room)
{
    void *larger = NULL;
    const int status = di_alloc(ctx, &larger, room, sizeof(double));
    if (status != DISTEST_SUCCESS) return status;
    if (length) memcpy(larger, *buffer, length * sizeof(double));
    di_free(*buffer);
    *buffer = larger;
    return DISTEST_SUCCESS;
}

/* Room for acc->fresh[u] more rows of every unit; what is there stays. */
static int make_room(distest_context *ctx, distest_rdd_acc *acc)
{
    int status = DISTEST_SUCCESS;
    for (size_t u = 0; u < acc->units; u++) {
        const size_t need = acc->length[u] + acc->fresh[u];
        size_t room = acc->room[u];
        if (need <= room) continue;
        room = room ? 2 * room : LEAST_ROOM;
        if (room < need) room = need;
        DI_TRY(grow(ctx, &acc->y[u], acc->length[u], room));
        if (acc->weighted) DI_TRY(grow(ctx, &acc->w[u], acc->length[u], room));
        acc->room[u] = room;
    }
done:
    return status;
}

static void append(distest_rdd_acc *acc, size_t unit, size_t n, const double *y,
                   const double *w)
{
    if (n == 0) return;
    memcpy(acc->y[unit] + acc->length[unit], y, n * sizeof *y);
    if (w) memcpy(acc->w[unit] + acc->length[unit], w, n * sizeof *w);
    acc->length[unit] += n;
}

static int check_kind(distest_context *ctx, const distest_rdd_acc *acc, size_t units,
                      int weighted)
{
    if (units != acc->units)
        return di_fail(ctx, DISTEST_EINVAL, "units",
                       "`units` must be %zu as in the collection, not %zu.", acc->units,
                       units);
    if (weighted != acc->weighted)
        return di_fail(ctx, DISTEST_EINVAL, "weights",
                       acc->weighted ? "The collection is weighted, but `weights` is "
                                       "NULL."
                                     : "The collection has no `weights`.");
    return DISTEST_SUCCESS;
}

int distest_rdd_acc_add(distest_rdd_acc *acc, const distest_rdd_rows *rows,
                        distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_groups g;
    di_rdd_sorter sorter;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "acc", acc));
    DI_TRY(di_check_pointer(ctx, "rows", rows));
    DI_TRY(check_kind(ctx, acc, rows->units,
                      rows->list ? rows->list_weights != NULL : rows->weights != NULL));
    DI_TRY(di_rdd_groups_open(ctx, &pool, rows, NULL, 1, &g));
    DI_TRY(di_rdd_sorter_open(ctx, &pool, &g, &sorter));
    memcpy(acc->fresh, g.length, acc->units * sizeof *acc->fresh);
    DI_TRY(make_room(ctx, acc));
    for (size_t b = 0; b < g.blocks; b++) {
        di_rdd_sorter_block(&sorter, &g, b);
        for (size_t k = g.first[b]; k < g.first[b + 1]; k++) {
            const size_t u = g.order[k];
            append(acc, u, g.length[u], g.y[u], g.w ? g.w[u] : NULL);
        }
    }
done:
    di_pool_free(&pool);
    return status;
}

int distest_rdd_acc_merge(distest_rdd_acc *into, const distest_rdd_acc *from,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "into", into));
    DI_TRY(di_check_pointer(ctx, "from", from));
    DI_TRY(check_kind(ctx, into, from->units, from->weighted));
    memcpy(into->fresh, from->length, into->units * sizeof *into->fresh);
    DI_TRY(make_room(ctx, into));
    for (size_t u = 0; u < into->units; u++)
        append(into, u, into->fresh[u], from->y[u], into->weighted ? from->w[u] : NULL);
done:
    return status;
}

distest_rdd_rows distest_rdd_acc_rows(const distest_rdd_acc *acc)
{
    distest_rdd_rows rows = distest_rdd_rows_default();
    if (!acc) return rows;
    rows.units = acc->units;
    rows.list = (const double *const *)acc->y;
    if (acc->weighted) rows.list_weights = (const double *const *)acc->w;
    rows.length = acc->length;
    return rows;
}

int distest_rdd_acc_finish(const distest_rdd_acc *acc, int type, int halfsample,
                           size_t probs, const double *q, double *quantiles,
                           size_t *count, distest_context *ctx)
{
    di_begin(ctx);
    const int status = di_check_pointer(ctx, "acc", acc);
    if (status != DISTEST_SUCCESS) return status;
    const distest_rdd_rows rows = distest_rdd_acc_rows(acc);
    return distest_rdd_quantiles(&rows, type, halfsample, probs, q, quantiles, count,
                                 ctx);
}
