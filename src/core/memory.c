/* memory.c - the one place that asks for memory.
 *
 * Blocks are aligned to 64 bytes, a cache line and the widest vector. The address that
 * malloc gave stands in the word before the block.
 *
 * The first touch of a page is a fault, and where faults are dear (virtual machines)
 * those of fifty megabytes in pages of 4 kB take longer than sorting what goes there.
 * Systems that give large pages on request have one fault for 512 of them. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "core.h"

#include <stdint.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { ALIGN = 64, PAGE = 4096, LARGE = 1 << 22 };

void di_large_pages(void *p, size_t size)
{
#if defined(MADV_HUGEPAGE)
    const uintptr_t begin = (uintptr_t)p, from = (begin + PAGE - 1) / PAGE * PAGE;
    const uintptr_t to = (begin + size) / PAGE * PAGE;
    /* a refusal changes nothing */
    if (size >= LARGE) (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
    (void)p, (void)size;
#endif
}

/* rows * cols * size bytes plus `extra`, or 0 when that overflows; never 0 otherwise */
static size_t bytes(size_t rows, size_t cols, size_t size, size_t extra)
{
    const size_t most = SIZE_MAX / 2 - extra;
    if (cols && rows > most / cols) return 0;
    const size_t count = rows && cols ? rows * cols : 1;
    return count > most / size ? 0 : count * size + extra;
}

static void *take(size_t total)
{
    char *base = total ? malloc(total) : NULL;
    if (!base) return NULL;
    di_large_pages(base, total);
    char *p = base + sizeof(void *);
    p += (ALIGN - (uintptr_t)p % ALIGN) % ALIGN;
    ((void **)(void *)p)[-1] = base;
    return p;
}

static int refuse(distest_context *ctx, size_t rows, size_t cols, size_t size)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    double amount = (double)rows * (double)cols * (double)size;
    size_t unit = 0;
    for (; amount >= 1000 && unit < 6; unit++) amount /= 1000;
    return di_fail(ctx, DISTEST_ENOMEM, NULL,
                   "Memory ran out: %.3g %s were asked for, %zu x %zu items of %zu "
                   "bytes.",
                   amount, units[unit], rows, cols, size);
}

int di_alloc(distest_context *ctx, void **p, size_t count, size_t size)
{
    *p = take(bytes(count, 1, size, ALIGN + sizeof(void *)));
    return *p ? DISTEST_SUCCESS : refuse(ctx, count, 1, size);
}

void di_free(void *p)
{
    if (p) free(((void **)p)[-1]);
}

/* Blocks of a pool hang on a list through a header of ALIGN bytes before the data. */
struct di_pool_block {
    struct di_pool_block *next;
};

int di_pool_alloc(distest_context *ctx, di_pool *pool, void **p, size_t rows,
                  size_t cols, size_t size)
{
    struct di_pool_block *block =
        take(bytes(rows, cols, size, 2 * ALIGN + sizeof(void *)));
    if (!block) return refuse(ctx, rows, cols, size);
    block->next = pool->last;
    pool->last = block;
    *p = (char *)block + ALIGN;
    return DISTEST_SUCCESS;
}

void di_pool_free(di_pool *pool)
{
    while (pool->last) {
        struct di_pool_block *block = pool->last;
        pool->last = block->next;
        di_free(block);
    }
}
