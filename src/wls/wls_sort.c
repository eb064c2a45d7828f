/* wls_sort.c - multi-indices in lexicographic order; equal ones keep their order. */
#include "wls.h"

#include <string.h>

int di_wls_compare_rows(const int *a, const int *b, size_t d)
{
    for (size_t k = 0; k < d; k++)
        if (a[k] != b[k]) return a[k] < b[k] ? -1 : 1;
    return 0;
}

/* merges from the bottom up, so that no library call with state is used */
void di_wls_sort_rows(const int *row, size_t d, size_t n, size_t *at, size_t *other)
{
    for (size_t step = 1; step < n; step *= 2) {
        for (size_t i = 0; i < n; i += 2 * step) {
            size_t a = i, b = i + step < n ? i + step : n, to = i;
            const size_t a1 = b, b1 = i + 2 * step < n ? i + 2 * step : n;
            while (to < b1) {
                const int left =
                    b >= b1 || (a < a1 && di_wls_compare_rows(row + at[b] * d,
                                                              row + at[a] * d, d) >= 0);
                other[to++] = left ? at[a++] : at[b++];
            }
        }
        memcpy(at, other, n * sizeof *at);
    }
}

ptrdiff_t di_wls_find_row(const int *row, size_t d, size_t m, const size_t *at,
                          const int *key)
{
    size_t lo = 0, hi = m;
    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        const int c = di_wls_compare_rows(row + at[mid] * d, key, d);
        if (c == 0) return (ptrdiff_t)at[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}
