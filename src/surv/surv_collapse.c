/* surv_collapse.c - rows that are equal but for their weight become one.
 *
 * A row's key is all that the likelihood reads of it and that is not the same in all
 * rows. Every PIECE rows have a table of their own (linear probing), filled by one
 * thread, some BATCH rows at a time that stay in cache; the tables are then joined in
 * row order, so neither the order of the distinct rows nor a bit of their weights
 * depends on the threads. Equal hashes are not trusted: keys are compared.
 */
#include "surv.h"

#include <math.h>
#include <string.h>

enum { PIECE = 1 << 20, BATCH = 512, SAMPLE = 10000 };

/* Keys of rows start, start + step, ... */
typedef struct {
    const distest_surv_data *data;
    size_t width;    /* numbers in a key */
    const int *same; /* columns of the designs that are constant, one after the other */
    size_t start, step, rows;
    double *keys;   /* BATCH x width, row by row */
    uint64_t *hash; /* BATCH */
} hashing;

typedef struct {
    size_t count, room, slots; /* distinct keys, room for them; slots of the table */
    size_t width;
    int plain;               /* rows count 1, whatever their weight */
    double *keys;            /* room x width */
    double *weight, *square; /* room */
    uint64_t *hash;          /* room */
    uint32_t *table;         /* slots: number of a key + 1, or 0 */
} distinct_rows;

static size_t columns_of(const distest_surv_data *d)
{
    size_t columns = 0;
    for (int j = 0; j < PARAMETERS; j++) columns += d->par[j].p;
    return columns;
}

/* same: one flag a column of the designs */
static size_t width_of(const distest_surv_data *d, int *same)
{
    const void *const optional[] = {d->upper, d->entry, d->bhazard, d->cluster};
    size_t width = 2, at = 0;
    for (int k = 0; k < 4; k++) width += optional[k] ? 1 : 0;
    for (int j = 0; j < PARAMETERS; j++) {
        width += d->par[j].offset ? 1 : 0;
        for (size_t c = 0; c < d->par[j].p; c++, at++) {
            const double *x = d->par[j].x + c * d->par[j].ldx;
            size_t i = 0;
            while (i < d->n && x[i] == x[0]) i++;
            same[at] = i == d->n;
            width += i < d->n;
        }
    }
    return width;
}

static void put(const hashing *a, const double *x, size_t at)
{
    for (size_t i = 0; i < a->rows; i++)
        a->keys[i * a->width + at] = x[(a->start + i) * a->step] + 0.0; /* -0 is 0 */
}

static void put_ints(const hashing *a, const int *x, size_t at)
{
    for (size_t i = 0; i < a->rows; i++)
        a->keys[i * a->width + at] = x[(a->start + i) * a->step];
}

static uint64_t hash_of(size_t n, const double *key)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (size_t k = 0; k < n; k++) {
        uint64_t bits;
        memcpy(&bits, key + k, sizeof bits);
        h = (h ^ bits) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
    }
    return h;
}

static void hash_batch(const hashing *a)
{
    const distest_surv_data *d = a->data;
    size_t at = 0, column = 0;
    put_ints(a, d->type, at++);
    put(a, d->lower, at++);
    if (d->upper) put(a, d->upper, at++);
    if (d->entry) put(a, d->entry, at++);
    if (d->bhazard) put(a, d->bhazard, at++);
    if (d->cluster) put_ints(a, d->cluster, at++);
    for (int j = 0; j < PARAMETERS; j++) {
        const distest_surv_par *par = &d->par[j];
        if (par->offset) put(a, par->offset, at++);
        for (size_t c = 0; c < par->p; c++)
            if (!a->same[column++]) put(a, par->x + c * par->ldx, at++);
    }
    for (size_t i = 0; i < a->rows; i++) {
        double *key = a->keys + i * a->width; /* what is not read does not count */
        if (key[0] == DISTEST_SURV_LEFT) key[1] = 0;
        if (d->upper && key[0] < DISTEST_SURV_LEFT) key[2] = 0;
        a->hash[i] = hash_of(a->width, key);
    }
}

static int equal(size_t n, const double *a, const double *b)
{
    int same = 1;
    for (size_t k = 0; k < n; k++) same &= a[k] == b[k];
    return same;
}

/* The number of a key, a new one when it was not seen; there must be room. */
static size_t find(distinct_rows *t, const double *key, uint64_t hash)
{
    size_t slot = (size_t)hash & (t->slots - 1);
    for (; t->table[slot]; slot = (slot + 1) & (t->slots - 1)) {
        const size_t k = t->table[slot] - 1;
        if (equal(t->width, t->keys + k * t->width, key)) return k;
    }
    memcpy(t->keys + t->count * t->width, key, t->width * sizeof *key);
    t->hash[t->count] = hash;
    t->weight[t->count] = t->square[t->count] = 0;
    t->table[slot] = (uint32_t)++t->count;
    return t->count - 1;
}

/* Twice the room (at least `least`), what is there kept. */
static int grow(distinct_rows *t, size_t least, di_pool *pool, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    distinct_rows g = *t;
    g.room = t->room ? 2 * t->room : least;
    for (g.slots = 1024; g.slots < 3 * g.room;) g.slots *= 2;
    DI_TRY(DI_NEW(ctx, pool, &g.keys, g.room, g.width));
    DI_TRY(DI_NEW(ctx, pool, &g.weight, g.room, 1));
    DI_TRY(DI_NEW(ctx, pool, &g.square, g.room, 1));
    DI_TRY(DI_NEW(ctx, pool, &g.hash, g.room, 1));
    DI_TRY(DI_NEW(ctx, pool, &g.table, g.slots, 1));
    memset(g.table, 0, g.slots * sizeof *g.table);
    if (t->count) {
        memcpy(g.keys, t->keys, t->count * t->width * sizeof *g.keys);
        memcpy(g.weight, t->weight, t->count * sizeof *g.weight);
        memcpy(g.square, t->square, t->count * sizeof *g.square);
        memcpy(g.hash, t->hash, t->count * sizeof *g.hash);
    }
    for (size_t k = 0; k < g.count; k++) {
        size_t slot = (size_t)g.hash[k] & (g.slots - 1);
        while (g.table[slot]) slot = (slot + 1) & (g.slots - 1);
        g.table[slot] = (uint32_t)(k + 1);
    }
    *t = g;
done:
    return status;
}

typedef struct {
    hashing of;
    size_t n, most; /* rows looked at; more distinct ones are too many */
    int plain;
    di_pool *pools;       /* one a piece */
    distinct_rows *piece; /* tables of the pieces */
    double *keys;         /* BATCH x width a thread */
    uint64_t *hash;       /* BATCH a thread */
} gathering;

static int gather_piece(size_t number, int thread, void *data)
{
    int status = DISTEST_SUCCESS;
    gathering *g = data;
    distinct_rows *t = &g->piece[number];
    const double *weight = g->of.data->weight;
    hashing a = g->of;
    const size_t end = g->n - number * PIECE < PIECE ? g->n : (number + 1) * PIECE;
    a.keys = g->keys + (size_t)thread * BATCH * a.width;
    a.hash = g->hash + (size_t)thread * BATCH;
    *t = (distinct_rows){.width = a.width, .plain = g->plain};
    for (a.start = number * PIECE; a.start < end; a.start += BATCH) {
        a.rows = end - a.start < BATCH ? end - a.start : BATCH;
        hash_batch(&a);
        if (t->room < t->count + BATCH) /* NULL: no message from a thread */
            DI_TRY(grow(t, 8192, &g->pools[number], NULL));
        for (size_t i = 0; i < a.rows; i++) {
            const double w = weight ? weight[(a.start + i) * a.step] : 1;
            if (w == 0) continue;
            const size_t k = find(t, a.keys + i * a.width, a.hash[i]);
            t->weight[k] += w;
            if (weight) t->square[k] += t->plain ? 1 : w * w;
        }
        if (t->count > g->most) break;
    }
    if (!weight && t->count) memcpy(t->square, t->weight, t->count * sizeof *t->square);
done:
    return status;
}

/* `from` into t, in its order */
static int join(distinct_rows *t, const distinct_rows *from, di_pool *pool,
                distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    for (size_t i = 0; i < from->count; i++) {
        if (t->count == t->room) DI_TRY(grow(t, from->room, pool, ctx));
        const size_t k = find(t, from->keys + i * from->width, from->hash[i]);
        t->weight[k] += from->weight[i];
        t->square[k] += from->square[i];
    }
done:
    return status;
}

/* All rows a->step apart into t; *enough is 0 when more than `most` are distinct. */
static int gather(const hashing *a, distinct_rows *t, size_t most, di_pool *pool,
                  int *enough, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    gathering g = {.of = *a, .most = most, .plain = t->plain};
    g.n = (a->data->n + a->step - 1) / a->step;
    const size_t pieces = (g.n + PIECE - 1) / PIECE, threads = (size_t)di_threads(ctx);
    di_pool scratch = {0};
    DI_TRY(DI_NEW(ctx, &scratch, &g.pools, pieces, 1));
    memset(g.pools, 0, pieces * sizeof *g.pools);
    DI_TRY(DI_NEW(ctx, &scratch, &g.piece, pieces, 1));
    DI_TRY(DI_NEW(ctx, &scratch, &g.keys, BATCH * a->width, threads));
    DI_TRY(DI_NEW(ctx, &scratch, &g.hash, BATCH, threads));
    status = di_for_blocks(ctx, "duplicates", 0, 1, pieces, gather_piece, &g);
    if (status == DISTEST_ENOMEM)
        status = di_fail(ctx, status, NULL, "Memory ran out for the distinct rows.");
    for (size_t k = 0; k < pieces && status == DISTEST_SUCCESS && t->count <= most;
         k++) {
        status = join(t, &g.piece[k], pool, ctx);
        di_pool_free(&g.pools[k]);
    }
    *enough = t->count <= most;
done:
    for (size_t k = 0; g.pools && k < pieces; k++) di_pool_free(&g.pools[k]);
    di_pool_free(&scratch);
    return status;
}

static int column(const distinct_rows *t, size_t at, di_pool *pool, double **out,
                  distest_context *ctx)
{
    const int status = DI_NEW(ctx, pool, out, t->count, 1);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t k = 0; k < t->count; k++) (*out)[k] = t->keys[k * t->width + at];
    return DISTEST_SUCCESS;
}

static int whole_column(const distinct_rows *t, size_t at, di_pool *pool, int **out,
                        distest_context *ctx)
{
    const int status = DI_NEW(ctx, pool, out, t->count, 1);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t k = 0; k < t->count; k++) (*out)[k] = (int)t->keys[k * t->width + at];
    return DISTEST_SUCCESS;
}

/* Keys as rows again, in the order of hash_part(). */
static int rows_of(const distest_surv_data *d, const int *same, const distinct_rows *t,
                   di_pool *pool, distest_surv_data *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS, *ints = NULL;
    double *x = NULL;
    size_t at = 0, column_at = 0;
    *out = *d;
    out->n = t->count;
    out->weight = t->weight;
    DI_TRY(whole_column(t, at++, pool, &ints, ctx));
    out->type = ints;
    DI_TRY(column(t, at++, pool, &x, ctx));
    out->lower = x;
    const double **more[] = {&out->upper, &out->entry, &out->bhazard};
    for (int k = 0; k < 3; k++) {
        if (!*more[k]) continue;
        DI_TRY(column(t, at++, pool, &x, ctx));
        *more[k] = x;
    }
    if (d->cluster) {
        DI_TRY(whole_column(t, at++, pool, &ints, ctx));
        out->cluster = ints;
    }
    for (int j = 0; j < PARAMETERS; j++) {
        distest_surv_par *par = &out->par[j];
        if (par->offset) {
            DI_TRY(column(t, at++, pool, &x, ctx));
            par->offset = x;
        }
        if (par->p == 0) continue;
        DI_TRY(DI_NEW(ctx, pool, &x, t->count, par->p));
        for (size_t c = 0; c < par->p; c++) {
            const int constant = same[column_at++];
            const double value = par->x[c * par->ldx];
            for (size_t k = 0; k < t->count; k++)
                x[k + c * t->count] = constant ? value : t->keys[k * t->width + at];
            at += !constant;
        }
        par->x = x;
        par->ldx = t->count;
    }
done:
    return status;
}

/* May fewer than a quarter of n rows be distinct? What a sample has seen once and twice
 * bounds what it has not seen (Chao 1984). *most: twice that bound. */
static int promising(const distinct_rows *sample, size_t looked_at, size_t n,
                     size_t *most)
{
    double once = 0, twice = 0;
    for (size_t k = 0; k < sample->count; k++) {
        once += sample->square[k] == 1;
        twice += sample->square[k] == 2;
    }
    const double seen = (double)sample->count,
                 all = seen + once * (once - 1) / (2 * (twice + 1));
    *most = n / 2;
    if (2 * sample->count < looked_at) return 1;
    if (all < 0.25 * (double)n) *most = (size_t)(2 * all);
    return all < 0.25 * (double)n;
}

int di_surv_collapse(const distest_surv_data *data, int force, di_pool *pool,
                     distest_surv_data *distinct, double **square, int *made,
                     distest_context *ctx)
{
    int status = DISTEST_SUCCESS, enough = 1, *same = NULL;
    const size_t n = data->n;
    size_t most = n;
    hashing a = {.data = data, .step = 1};
    *made = 0;
    if ((!force && n <= SAMPLE) || n > UINT32_MAX / 4) return DISTEST_SUCCESS;
    di_pool scratch = {0};
    DI_TRY(DI_NEW(ctx, &scratch, &same, columns_of(data), 1));
    a.same = same;
    a.width = width_of(data, same);
    if (!force) {
        distinct_rows sample = {.width = a.width, .plain = 1};
        a.step = n / SAMPLE;
        DI_TRY(gather(&a, &sample, n, &scratch, &enough, ctx));
        if (!promising(&sample, (n + a.step - 1) / a.step, n, &most)) goto done;
        a.step = 1;
    }
    distinct_rows all = {.width = a.width};
    DI_TRY(gather(&a, &all, most, pool, &enough, ctx));
    if (!enough) goto done;
    DI_TRY(rows_of(data, same, &all, pool, distinct, ctx));
    *square = all.square;
    *made = 1;
done:
    di_pool_free(&scratch);
    return status;
}
