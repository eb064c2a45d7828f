/* block.c - parallel loops over fixed blocks, and sums along a fixed binary tree.
 *
 * What is computed depends on the blocks, never on who computes them: blocks are handed
 * out by an atomic counter, and sums are added in an order given by the block numbers
 * alone. The calling thread reports progress between its blocks; the others read a
 * flag. */
#include "core.h"

#include <stdatomic.h>
#include <string.h>

enum { STATUSES = 16 }; /* more than there are */

typedef struct {
    distest_context *ctx;
    const char *stage;
    double from, to;
    size_t blocks;
    di_block_fn fn;
    void *data;
    atomic_size_t next; /* the first block not handed out */
    atomic_int stop;
    /* lowest failing block * STATUSES + its status; SIZE_MAX while there is none */
    atomic_size_t failure;
    double told; /* the fraction last reported, by the calling thread */
} loop;

/* Blocks below a failing one were handed out before it, so each of them is finished:
 * the lowest failing block is the same for any number of threads. */
static void record_failure(loop *l, size_t block, int status)
{
    const size_t mine = block * STATUSES + (size_t)status;
    size_t lowest = atomic_load(&l->failure);
    while (mine < lowest && !atomic_compare_exchange_weak(&l->failure, &lowest, mine)) {
    }
    atomic_store(&l->stop, 1);
}

/* never falls as `done` rises, and ends at `to` to the bit */
double di_fraction(double from, double to, size_t done, size_t of)
{
    if (done >= of) return to;
    const double at = from + (to - from) * ((double)done / (double)of);
    return at < to ? at : to;
}

/* Returns ECANCEL when the caller's progress function said so. `me` numbers the threads
 * of this loop: one alone is 0, whatever its number in a parallel region of the caller.
 */
static int work(loop *l, int me)
{
    int cancelled = DISTEST_SUCCESS;
    while (!atomic_load_explicit(&l->stop, memory_order_relaxed)) {
        const size_t block = atomic_fetch_add(&l->next, 1);
        if (block >= l->blocks) break;
        const int status = l->fn(block, me, l->data);
        if (status != DISTEST_SUCCESS) record_failure(l, block, status);
        if (me != 0) continue;
        l->told = di_fraction(l->from, l->to, atomic_load(&l->next), l->blocks);
        cancelled = di_progress(l->ctx, l->told, l->stage);
        if (cancelled != DISTEST_SUCCESS) atomic_store(&l->stop, 1);
    }
    return cancelled;
}

int di_for_blocks(distest_context *ctx, const char *stage, double from, double to,
                  size_t blocks, di_block_fn fn, void *data)
{
    const int offered = di_threads(ctx);
    const int threads = (size_t)offered > blocks ? (int)(blocks ? blocks : 1) : offered;
    loop l = {.ctx = ctx,
              .stage = stage,
              .from = from,
              .to = to,
              .blocks = blocks,
              .fn = fn,
              .data = data,
              .told = from};
    atomic_init(&l.next, 0);
    atomic_init(&l.stop, 0);
    atomic_init(&l.failure, SIZE_MAX);
    int cancelled = di_progress(ctx, from, stage);
    if (cancelled != DISTEST_SUCCESS) return cancelled;
    if (threads == 1) {
        cancelled = work(&l, 0);
    } else {
#pragma omp parallel num_threads(threads)
        {
            const int mine = work(&l, di_thread());
            if (di_thread() == 0) cancelled = mine;
        }
    }
    const size_t failure = atomic_load(&l.failure);
    if (failure != SIZE_MAX) return (int)(failure % STATUSES);
    /* the others may have done the last blocks */
    if (cancelled == DISTEST_SUCCESS && l.told < to)
        cancelled = di_progress(ctx, to, stage);
    return cancelled;
}

/* Finished nodes (level, index) of the tree, leftmost first, each `len` numbers. Adding
 * block i joins it with its left neighbour as long as both are of one level: as many
 * times as i + 1 is divisible by 2. */
typedef struct {
    size_t len, depth;
    double *node;
} tree;

static int tree_push(size_t block, const double *x, void *data)
{
    tree *t = data;
    double *top = t->node + t->depth++ * t->len;
    memcpy(top, x, t->len * sizeof *x);
    for (size_t k = block + 1; k % 2 == 0; k /= 2) {
        const double *right = t->node + --t->depth * t->len;
        double *left = t->node + (t->depth - 1) * t->len;
        for (size_t j = 0; j < t->len; j++) left[j] += right[j];
    }
    return DISTEST_SUCCESS;
}

enum { WAVE = 64, MOST_LEVELS = 65 };

typedef struct {
    di_sum_fn fn;
    void *data;
    size_t first, len;
    double *out; /* WAVE x len */
} wave;

static int fill_one(size_t block, int thread, void *data)
{
    const wave *w = data;
    return w->fn(w->first + block, thread, w->data, w->out + block * w->len);
}

int di_take_blocks(distest_context *ctx, const char *stage, double from, double to,
                   size_t blocks, size_t len, di_sum_fn fn, void *data, di_take_fn take,
                   void *taker)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    wave w = {.fn = fn, .data = data, .len = len};
    DI_TRY(DI_NEW(ctx, &pool, &w.out, blocks < WAVE ? blocks : WAVE, len));
    for (w.first = 0; w.first < blocks; w.first += WAVE) {
        const size_t here = blocks - w.first < WAVE ? blocks - w.first : WAVE;
        DI_TRY(di_for_blocks(ctx, stage, di_fraction(from, to, w.first, blocks),
                             di_fraction(from, to, w.first + here, blocks), here,
                             fill_one, &w));
        for (size_t b = 0; b < here; b++)
            DI_TRY(take(w.first + b, w.out + b * len, taker));
    }
done:
    di_pool_free(&pool);
    return status;
}

int di_sum_blocks(distest_context *ctx, const char *stage, double from, double to,
                  size_t blocks, size_t len, di_sum_fn fn, void *data, double *total)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    tree t = {.len = len};
    size_t levels = 1;
    while (levels < MOST_LEVELS && blocks >> (levels - 1)) levels++;
    DI_TRY(DI_NEW(ctx, &pool, &t.node, levels + 1, len));
    DI_TRY(di_take_blocks(ctx, stage, from, to, blocks, len, fn, data, tree_push, &t));
    memset(total, 0, len * sizeof *total);
    for (size_t i = 0; i < t.depth; i++) /* what is left, from left to right */
        for (size_t j = 0; j < len; j++) total[j] += t.node[i * len + j];
done:
    di_pool_free(&pool);
    return status;
}
