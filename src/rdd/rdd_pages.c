/* rdd_pages.c - large pages for large arrays.
 *
 * The first touch of a page is a fault, and where faults are dear (virtual machines)
 * the faults of fifty megabytes in pages of 4 kB take longer than sorting what goes
 * there. Systems that give large pages on request have one fault for 512 of them. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "rdd.h"

#include <stdint.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#if defined(MADV_HUGEPAGE)

enum { PAGE = 4096, LEAST = 1 << 22 };

void di_rdd_large_pages(void *p, size_t bytes)
{
    const uintptr_t begin = (uintptr_t)p, end = begin + bytes;
    const uintptr_t from = (begin + PAGE - 1) / PAGE * PAGE, to = end / PAGE * PAGE;
    /* a refusal changes nothing */
    if (bytes >= LEAST) (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

#else

void di_rdd_large_pages(void *p, size_t bytes)
{
    (void)p, (void)bytes;
}

#endif
