/* rdd_beta.c - the first pass over the table: coefficients of every design.
 *
 * In the orthonormal rows r of a fit its coefficients are beta = sum k r D. The table
 * is read once, in tiles of rows and column by column; a unit outside the windows has
 * weight 0. Of a table not looked at before, the same pass finds the largest entries,
 * and whether all are finite: until then columns are scaled by a guess, which costs no
 * digit unless it is wrong by hundreds of powers of two. */
#include "rdd_design.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "../rdd/rdd_beta_kernel.h"
#include "isa.h"

enum { TILE = RDD_CHUNK, TILES = 8, BLOCK = TILE * TILES, LANES = 8 };

/* By thread. */
typedef struct {
    di_rdd_chunk chunk;
    double v[TILE];
    double *W;          /* TILE x terms of the sides with weight */
    double *sums;       /* LANES x terms of both sides x columns of a design */
    double *most, *bad; /* by column, all */
} scratch;

typedef struct {
    const di_rdd_job *job;
    size_t terms;   /* of both fits */
    size_t by_side; /* length of the coefficients of a side */
    scratch *scratch;
} pass_data;

static size_t width(const di_rdd_job *job, const di_rdd_design *d)
{
    return d->count + job->covariates;
}

/* how many of the increasing rows are below `row` */
static size_t rows_below(size_t n, const size_t *rows, size_t row)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (rows[mid] < row)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* W = k r over the m rows from r0 on, 0 for those of the other side; is some k > 0? */
static int tile_weights(const pass_data *a, const di_rdd_design *d, int side, size_t r0,
                        size_t m, scratch *w, double *W)
{
    const di_rdd_prep *p = a->job->prep;
    const size_t *row = p->row[side];
    const size_t low = rows_below(p->used[side], row, r0);
    const size_t here = rows_below(p->used[side] - low, row + low, r0 + m);
    const size_t t = (size_t)a->job->p + 1;
    di_rdd_chunk *c = &w->chunk;
    int live = 0;
    if (here == 0) return 0;
    c->side = side;
    c->m = here;
    memcpy(c->u, p->u[side] + low, here * sizeof(double));
    memcpy(c->o, p->o[side] + low, here * sizeof(double));
    di_rdd_chunk_pad(c);
    di_rdd_chunk_rows(a->job, d, c);
    for (size_t i = 0; i < here; i++)
        live |= c->kh[i] > 0 || (a->job->fits == 2 && c->kb[i] > 0);
    if (!live) return 0;
    memset(W, 0, a->terms * TILE * sizeof *W);
    for (size_t j = 0; j < a->terms; j++) {
        const double *k = j < t ? c->kh : c->kb, *r = c->r + j * RDD_CHUNK;
        for (size_t i = 0; i < here; i++) W[row[low + i] - r0 + j * TILE] = k[i] * r[i];
    }
    return 1;
}

/* The m values of a column from row r0 on, scaled and filled up with 0, to w->v. */
static void tile_values(const di_rdd_prep *p, size_t column, size_t r0, size_t m,
                        scratch *w)
{
    const double scale = ldexp(1, -p->exponent[column]);
    const double *from = p->column[column] + r0;
    const size_t whole = m - m % LANES;
    double most[LANES] = {0}, bad[LANES] = {0}, rest[LANES] = {0};
    DI_PICK(load)(whole, from, scale, w->v, most, bad);
    if (whole < m) {
        memcpy(rest, from + whole, (m - whole) * sizeof *rest);
        DI_PICK(load)(LANES, rest, scale, w->v + whole, most, bad);
    }
    for (size_t l = 0; l < LANES; l++) {
        if (most[l] > w->most[column]) w->most[column] = most[l];
        w->bad[column] += bad[l];
    }
}

/* Columns are far apart: the next one is asked for while this one is read. */
static void fetch(const di_rdd_prep *p, size_t column, size_t r0, size_t m)
{
#if defined(__GNUC__)
    const double *x = p->column[column] + r0;
    for (size_t i = 0; i < m; i += LANES) __builtin_prefetch(x + i);
#else
    (void)p, (void)column, (void)r0, (void)m;
#endif
}

/* sums += (k_h r_h, k_b r_b)'(D, Z) over a tile */
static void add_tile(const pass_data *a, const di_rdd_design *d, size_t r0, size_t m,
                     scratch *w)
{
    const di_rdd_job *job = a->job;
    const size_t sides = (size_t)(job->side_to - job->side_from);
    size_t first = SIZE_MAX, live = 0;
    for (int s = job->side_from; s < job->side_to; s++)
        if (tile_weights(a, d, s, r0, m, w, w->W + live * a->terms * TILE)) {
            if (live++ == 0) first = (size_t)(s - job->side_from);
        }
    if (live == 0 && !job->settle) return;
    for (size_t j = 0; j < width(job, d); j++) {
        const size_t at = j < d->count ? d->first + j : job->cols + j - d->count;
        double *sums = w->sums + j * sides * a->terms * LANES;
        if (j + 1 < d->count) fetch(job->prep, di_rdd_job_column(job, at + 1), r0, m);
        tile_values(job->prep, di_rdd_job_column(job, at), r0, m, w);
        if (live) DI_PICK(dots)
        ((m + LANES - 1) / LANES * LANES, w->v, live * a->terms, w->W, TILE,
         sums + first * a->terms * LANES);
    }
}

static double add_lanes(const double *s)
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static int fill_block(size_t block, int thread, void *data, double *out)
{
    const pass_data *a = data;
    const di_rdd_job *job = a->job;
    const size_t n = job->prep->units->n, from = block * BLOCK;
    const size_t to = n - from < BLOCK ? n : from + BLOCK;
    const size_t sides = (size_t)(job->side_to - job->side_from);
    scratch *w = a->scratch + thread;
    for (size_t k = 0; k < job->designs; k++) {
        const di_rdd_design *d = &job->design[k];
        const size_t columns = width(job, d);
        memset(w->sums, 0, columns * sides * a->terms * LANES * sizeof(double));
        for (size_t r0 = from; r0 < to; r0 += TILE)
            add_tile(a, d, r0, to - r0 < TILE ? to - r0 : TILE, w);
        for (size_t s = 0; s < sides; s++)
            for (size_t j = 0; j < columns; j++)
                for (size_t i = 0; i < a->terms; i++)
                    out[s * a->by_side + j * a->terms + i] =
                        add_lanes(w->sums + ((j * sides + s) * a->terms + i) * LANES);
        out += columns * a->terms;
    }
    return DISTEST_SUCCESS;
}

static int open_pass(distest_context *ctx, di_pool *pool, const di_rdd_job *job,
                     pass_data *a)
{
    const size_t threads = (size_t)di_threads(ctx), all = job->prep->all;
    size_t widest = 0;
    int status = DISTEST_SUCCESS;
    *a = (pass_data){.job = job};
    a->terms = (size_t)job->p + 1 + (job->fits == 2 ? (size_t)job->q + 1 : 0);
    for (size_t k = 0; k < job->designs; k++) {
        const size_t columns = width(job, &job->design[k]);
        a->by_side += columns * a->terms;
        if (columns > widest) widest = columns;
    }
    DI_TRY(DI_NEW(ctx, pool, &a->scratch, threads, 1));
    for (size_t k = 0; k < threads; k++) {
        scratch *w = a->scratch + k;
        DI_TRY(DI_NEW(ctx, pool, &w->W, 2 * a->terms, TILE));
        DI_TRY(DI_NEW(ctx, pool, &w->sums, 2 * a->terms * LANES, widest));
        DI_TRY(DI_NEW(ctx, pool, &w->most, all, 2));
        w->bad = w->most + all;
        memset(w->most, 0, 2 * all * sizeof(double));
    }
done:
    return status;
}

/* What the threads saw of the columns; `again` when a guess was too far off, else
 * coefficients come to the right scale. */
static int settle(distest_context *ctx, const pass_data *a, double *total, int *again)
{
    enum { FAR = 300 };
    const di_rdd_job *job = a->job;
    di_rdd_prep *p = job->settle;
    const size_t threads = (size_t)di_threads(ctx);
    const int *guess = p->exponent;
    int status = DISTEST_SUCCESS;
    for (size_t j = 0; j < p->all; j++) {
        p->largest[j] = 0;
        for (size_t k = 0; k < threads; k++) {
            const scratch *w = a->scratch + k;
            if (w->most[j] > p->largest[j]) p->largest[j] = w->most[j];
        }
        for (size_t k = 0; k < threads; k++) p->largest[j] += a->scratch[k].bad[j];
    }
    DI_TRY(di_rdd_prepare_scaled(ctx, p));
    *again = 0;
    for (size_t j = 0; j < p->all; j++)
        *again |= p->exponent[j] - guess[j] > FAR || guess[j] - p->exponent[j] > FAR;
    for (int s = job->side_from; s < job->side_to && !*again; s++)
        for (size_t k = 0; k < job->designs; k++) {
            const di_rdd_design *d = &job->design[k];
            for (size_t j = 0; j < width(job, d); j++) {
                const size_t column = di_rdd_job_column(
                    job, j < d->count ? d->first + j : job->cols + j - d->count);
                for (size_t i = 0; i < a->terms; i++, total++)
                    *total = ldexp(*total, guess[column] - p->exponent[column]);
            }
        }
done:
    return status;
}

int di_rdd_pass_beta(distest_context *ctx, di_pool *pool, di_rdd_job *job)
{
    int status = DISTEST_SUCCESS, again = 1;
    di_pool local = {0};
    pass_data a;
    double *total;
    const size_t blocks = (job->prep->units->n + BLOCK - 1) / BLOCK;
    const size_t sides = (size_t)(job->side_to - job->side_from);
    DI_TRY(open_pass(ctx, &local, job, &a));
    DI_TRY(DI_NEW(ctx, pool, &total, sides * a.by_side, 1));
    while (again) {
        again = 0;
        DI_TRY(di_sum_blocks(ctx, "curves", 0.2, 0.4, blocks, sides * a.by_side,
                             fill_block, &a, total));
        if (job->settle) DI_TRY(settle(ctx, &a, total, &again));
        job->settle = NULL;
    }
    for (int s = job->side_from; s < job->side_to; s++)
        for (size_t k = 0; k < job->designs; k++) {
            job->design[k].beta[s] = total;
            total += a.terms * width(job, &job->design[k]);
        }
done:
    di_pool_free(&local);
    return status;
}
