/* rdd_rows.c - from rows to units: count, plan, move.
 *
 * One pass counts the rows of each unit and sees whether they already stand in the
 * order of units; then nothing is moved. Otherwise a second pass moves each row to the
 * block of its unit, some thousand rows of units of about one size, which are put by
 * unit when the block's turn comes, in cache. Each block is written from its beginning
 * to its end, and the line of memory that it comes to next is asked for early:
 * otherwise every few rows would wait for one. Each thread walks through a range of
 * rows of its own, with its own counts, so the place of a row is known without asking
 * others; the rows of a unit keep their order, whatever the ranges. */
#include "rdd_rows.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { PIECE = 1 << 18, LEAST_BLOCK = 1 << 14, MOST_BLOCKS = 512, MOST_RANGES = 64 };
enum { AHEAD = 16 }; /* values: two lines of memory */

typedef struct {
    uint32_t block;
    uint16_t place;
} destination;

typedef struct {
    const distest_rdd_rows *rows;
    const int *include;
    size_t ranges, per; /* rows of a range, a multiple of PIECE */
    size_t piece;       /* which piece of every range is at work */
    size_t *count;      /* units x ranges */
    int in_order[MOST_RANGES];
    size_t bad[MOST_RANGES]; /* first bad row of the range, or SIZE_MAX */
    destination *to;         /* units */
    size_t *next;            /* blocks x ranges: where the next row goes */
    di_rdd_groups *g;
} mover;

distest_rdd_rows distest_rdd_rows_default(void)
{
    return (distest_rdd_rows){.size = sizeof(distest_rdd_rows)};
}

static int bad_weight(double w)
{
    return !(w >= 0 && w <= 1.7976931348623157e308);
}

static void piece_of(const mover *a, size_t range, size_t *from, size_t *to)
{
    const size_t n = a->rows->rows;
    *from = range * a->per + a->piece * PIECE;
    *to = *from + PIECE;
    if (*to > (range + 1) * a->per) *to = (range + 1) * a->per;
    if (*to > n) *to = n;
    if (*from > *to) *from = *to;
}

static int count_piece(size_t range, int thread, void *data)
{
    mover *a = data;
    const distest_rdd_rows *r = a->rows;
    size_t *count = a->count + range * r->units, from, to;
    const int first = r->first_unit;
    double odd = 0;
    (void)thread;
    piece_of(a, range, &from, &to);
    if (a->bad[range] != SIZE_MAX || from == to) return DISTEST_SUCCESS;
    int before = from > 0 ? r->unit[from - 1] : first;
    for (size_t i = from; i < to; i++) {
        const size_t unit = (size_t)((long)r->unit[i] - first);
        if (unit >= r->units) {
            a->bad[range] = i;
            return DISTEST_SUCCESS;
        }
        a->in_order[range] &= r->unit[i] >= before;
        before = r->unit[i];
        odd += r->y[i] * 0; /* NaN from the first value that is not finite on */
        count[unit] += r->weights ? r->weights[i] > 0 : 1;
    }
    for (size_t i = from; r->weights && i < to; i++)
        if (bad_weight(r->weights[i])) odd = NAN;
    if (odd == 0) return DISTEST_SUCCESS;
    for (size_t i = from; a->bad[range] == SIZE_MAX && i < to; i++)
        if (!isfinite(r->y[i]) || (r->weights && bad_weight(r->weights[i])))
            a->bad[range] = i;
    return DISTEST_SUCCESS;
}

static int move_piece(size_t range, int thread, void *data)
{
    const mover *a = data;
    const distest_rdd_rows *r = a->rows;
    size_t *next = a->next + range * a->g->blocks, from, to;
    double *y = a->g->my, *w = a->g->mw;
    uint16_t *place = a->g->place;
    (void)thread;
    piece_of(a, range, &from, &to);
    for (size_t i = from; i < to; i++) {
        const size_t unit = (size_t)((long)r->unit[i] - r->first_unit);
        if (a->include && !a->include[unit]) continue;
        if (r->weights && !(r->weights[i] > 0)) continue;
        const destination d = a->to[unit];
        const size_t at = next[d.block]++;
        y[at] = r->y[i];
        place[at] = d.place;
        __builtin_prefetch(y + at + AHEAD, 1);
        __builtin_prefetch(place + at + 4 * AHEAD, 1);
        if (!w) continue;
        w[at] = r->weights[i];
        __builtin_prefetch(w + at + AHEAD, 1);
    }
    return DISTEST_SUCCESS;
}

static int run_pieces(distest_context *ctx, mover *a, double from, double to,
                      di_block_fn fn)
{
    const size_t pieces = (a->per + PIECE - 1) / PIECE;
    int status = DISTEST_SUCCESS;
    for (a->piece = 0; status == DISTEST_SUCCESS && a->piece < pieces; a->piece++)
        status = di_for_blocks(ctx, "rows", di_fraction(from, to, a->piece, pieces),
                               di_fraction(from, to, a->piece + 1, pieces), a->ranges,
                               fn, a);
    return status;
}

static int row_fails(distest_context *ctx, const distest_rdd_rows *r, size_t i)
{
    if ((size_t)((long)r->unit[i] - r->first_unit) >= r->units)
        return di_fail(ctx, DISTEST_EINVAL, "unit",
                       "`unit` must be %d, ..., %ld, not %d at row %zu.", r->first_unit,
                       (long)r->first_unit + (long)r->units - 1, r->unit[i], i + 1);
    if (!isfinite(r->y[i]))
        return di_fail(ctx, DISTEST_EINVAL, "y",
                       "`y` must be finite, not %g at row %zu.", r->y[i], i + 1);
    return di_fail(ctx, DISTEST_EINVAL, "weights",
                   "`weights` must be non-negative and finite, not %g at row %zu.",
                   r->weights[i], i + 1);
}

static int new_groups(distest_context *ctx, di_pool *pool, const distest_rdd_rows *rows,
                      int weighted, di_rdd_groups *g)
{
    int status = DISTEST_SUCCESS;
    g->units = rows->units;
    DI_TRY(DI_NEW(ctx, pool, &g->y, g->units, 1));
    if (weighted) DI_TRY(DI_NEW(ctx, pool, &g->w, g->units, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->length, g->units, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->count, g->units, 1));
done:
    return status;
}

/* Rows that stand in the order of units: views. */
static void group_in_place(const distest_rdd_rows *r, di_rdd_groups *g)
{
    size_t i = 0;
    for (size_t u = 0; u < g->units; u++) {
        const size_t begin = i;
        if (g->count[u] > 0 || r->weights)
            while (i < r->rows && (size_t)((long)r->unit[i] - r->first_unit) == u) i++;
        g->y[u] = r->y + begin;
        if (g->w) g->w[u] = r->weights + begin;
        g->length[u] = i - begin;
    }
}

/* The longest first, cut into at most MOST_BLOCKS runs of LEAST_BLOCK rows or more (an
 * empty unit counts as a row). */
static int plan(distest_context *ctx, di_pool *pool, di_rdd_groups *g)
{
    int status = DISTEST_SUCCESS;
    di_pool local = {0};
    double *size;
    size_t rows = 0, least = g->units;
    DI_TRY(DI_NEW(ctx, &local, &size, g->units, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->order, g->units, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->first, g->units + 1, 1));
    for (size_t u = 0; u < g->units; u++) {
        size[u] = -(double)g->count[u];
        if (g->length[u] > g->longest) g->longest = g->length[u];
        least += g->length[u];
    }
    DI_TRY(di_order(ctx, g->units, size, g->order));
    least = least / MOST_BLOCKS + 1;
    if (least < LEAST_BLOCK) least = LEAST_BLOCK;
    for (size_t k = 0; k < g->units; k++) {
        if (k == 0 || rows >= least || k - g->first[g->blocks - 1] > UINT16_MAX) {
            g->first[g->blocks++] = k;
            rows = 0;
        }
        rows += g->length[g->order[k]] + 1;
    }
    g->first[g->blocks] = g->units;
done:
    di_pool_free(&local);
    return status;
}

/* Where the rows of each range and block go. */
static void plan_moves(const mover *a)
{
    di_rdd_groups *g = a->g;
    size_t at = 0;
    for (size_t b = 0; b < g->blocks; b++) {
        g->start[b] = at;
        if (g->first[b + 1] - g->first[b] > g->most_units)
            g->most_units = g->first[b + 1] - g->first[b];
        for (size_t k = g->first[b]; k < g->first[b + 1]; k++)
            a->to[g->order[k]] =
                (destination){(uint32_t)b, (uint16_t)(k - g->first[b])};
        for (size_t range = 0; range < a->ranges; range++) {
            size_t here = 0;
            for (size_t k = g->first[b]; k < g->first[b + 1]; k++)
                if (g->length[g->order[k]])
                    here += a->count[g->order[k] + range * g->units];
            a->next[b + range * g->blocks] = at;
            at += here;
        }
        if (at - g->start[b] > g->largest) g->largest = at - g->start[b];
    }
    g->start[g->blocks] = at;
}

static int move_rows(distest_context *ctx, di_pool *pool, mover *a, double from,
                     double to)
{
    di_rdd_groups *g = a->g;
    int status = DISTEST_SUCCESS;
    di_pool local = {0};
    size_t rows = 0;
    for (size_t u = 0; u < g->units; u++) rows += g->length[u];
    g->moved = 1;
    DI_TRY(DI_NEW(ctx, &local, &a->to, g->units, 1));
    DI_TRY(DI_NEW(ctx, &local, &a->next, g->blocks, a->ranges));
    DI_TRY(DI_NEW(ctx, pool, &g->start, g->blocks + 1, 1));
    /* room for what is asked for ahead */
    DI_TRY(DI_NEW(ctx, pool, &g->my, rows + AHEAD, 1));
    if (g->w) DI_TRY(DI_NEW(ctx, pool, &g->mw, rows + AHEAD, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->place, rows + 4 * AHEAD, 1));
    plan_moves(a);
    DI_TRY(run_pieces(ctx, a, from, to, move_piece));
done:
    di_pool_free(&local);
    return status;
}

static int group_rows(distest_context *ctx, di_pool *pool, mover *a, double to)
{
    const distest_rdd_rows *r = a->rows;
    di_rdd_groups *g = a->g;
    int status = DISTEST_SUCCESS, in_order = 1;
    DI_TRY(run_pieces(ctx, a, 0, to / 3, count_piece));
    for (size_t k = 0; k < a->ranges; k++) {
        if (a->bad[k] != SIZE_MAX) return row_fails(ctx, r, a->bad[k]);
        in_order &= a->in_order[k];
        for (size_t u = 0; u < g->units; u++)
            g->count[u] = (k ? g->count[u] : 0) + a->count[u + k * g->units];
    }
    if (in_order) group_in_place(r, g);
    for (size_t u = 0; !in_order && u < g->units; u++)
        g->length[u] = a->include && !a->include[u] ? 0 : g->count[u];
    DI_TRY(plan(ctx, pool, g));
    if (!in_order) DI_TRY(move_rows(ctx, pool, a, to / 3, to));
done:
    return status;
}

static int open_rows(distest_context *ctx, di_pool *pool, const distest_rdd_rows *r,
                     const int *include, double to, di_rdd_groups *g)
{
    int status = DISTEST_SUCCESS;
    di_pool local = {0};
    mover a = {.rows = r, .include = include, .g = g};
    const size_t threads = (size_t)di_threads(ctx);
    const size_t pieces = (r->rows + PIECE - 1) / PIECE;
    if (r->rows) {
        DI_TRY(di_check_pointer(ctx, "y", r->y));
        DI_TRY(di_check_pointer(ctx, "unit", r->unit));
    }
    a.ranges = threads < MOST_RANGES ? threads : MOST_RANGES;
    if (a.ranges > pieces) a.ranges = pieces ? pieces : 1;
    a.per = (pieces + a.ranges - 1) / a.ranges * PIECE;
    DI_TRY(new_groups(ctx, pool, r, r->weights != NULL, g));
    DI_TRY(DI_NEW(ctx, &local, &a.count, g->units, a.ranges));
    memset(a.count, 0, g->units * a.ranges * sizeof *a.count);
    for (size_t k = 0; k < a.ranges; k++) {
        a.in_order[k] = 1;
        a.bad[k] = SIZE_MAX;
    }
    DI_TRY(group_rows(ctx, pool, &a, to));
done:
    di_pool_free(&local);
    return status;
}

typedef struct {
    const distest_rdd_rows *rows;
    di_rdd_groups *g;
} list_data;

static int count_list(size_t unit, int thread, void *data)
{
    const list_data *a = data;
    const size_t n = a->rows->length[unit];
    const double *y = a->rows->list[unit];
    const double *w = a->g->w ? a->rows->list_weights[unit] : NULL;
    double odd = 0;
    size_t kept = 0;
    (void)thread;
    if (n && (!y || (a->g->w && !w))) return DISTEST_EINVAL;
    for (size_t i = 0; i < n; i++) odd += y[i] * 0;
    for (size_t i = 0; w && i < n; i++) {
        if (bad_weight(w[i])) return DISTEST_EINVAL;
        kept += w[i] > 0;
    }
    a->g->y[unit] = y;
    if (w) a->g->w[unit] = w;
    a->g->length[unit] = n;
    a->g->count[unit] = w ? kept : n;
    return odd == 0 ? DISTEST_SUCCESS : DISTEST_EINVAL;
}

static int list_fails(distest_context *ctx, const distest_rdd_rows *r)
{
    for (size_t u = 0; u < r->units; u++) {
        const double *y = r->list[u];
        const double *w = r->list_weights ? r->list_weights[u] : NULL;
        if (r->length[u] && (!y || (r->list_weights && !w)))
            return di_fail(ctx, DISTEST_EINVAL, y ? "weights" : "y",
                           "The rows of unit %zu are NULL.", u + 1);
        for (size_t i = 0; i < r->length[u]; i++) {
            if (!isfinite(y[i]))
                return di_fail(ctx, DISTEST_EINVAL, "y",
                               "`y` must be finite, not %g in entry %zu of unit %zu.",
                               y[i], i + 1, u + 1);
            if (w && bad_weight(w[i]))
                return di_fail(ctx, DISTEST_EINVAL, "weights",
                               "`weights` must be non-negative and finite, not %g in "
                               "entry %zu of unit %zu.",
                               w[i], i + 1, u + 1);
        }
    }
    return DISTEST_SUCCESS;
}

static int open_list(distest_context *ctx, di_pool *pool, const distest_rdd_rows *r,
                     double to, di_rdd_groups *g)
{
    int status = DISTEST_SUCCESS;
    list_data a = {r, g};
    if (r->units) DI_TRY(di_check_pointer(ctx, "length", r->length));
    DI_TRY(new_groups(ctx, pool, r, r->list_weights != NULL, g));
    status = di_for_blocks(ctx, "rows", 0, to, r->units, count_list, &a);
    if (status == DISTEST_EINVAL) status = list_fails(ctx, r);
    if (status == DISTEST_SUCCESS) status = plan(ctx, pool, g);
done:
    return status;
}

int di_rdd_groups_open(distest_context *ctx, di_pool *pool,
                       const distest_rdd_rows *rows, const int *include, double to,
                       di_rdd_groups *g)
{
    int status = di_check_pointer(ctx, "rows", rows);
    if (status != DISTEST_SUCCESS) return status;
    memset(g, 0, sizeof *g);
    if (rows->units > INT_MAX)
        return di_fail(ctx, DISTEST_EINVAL, "units",
                       "`units` must be at most %d, not %zu.", INT_MAX, rows->units);
    return rows->list ? open_list(ctx, pool, rows, to, g)
                      : open_rows(ctx, pool, rows, include, to, g);
}
