/* order.c - sorting, order statistics, monotone projection. Numbers must not be NaN. */
#include "core.h"

#include <string.h>

enum { SHORT = 24 }; /* below, insertion is fastest */

static void swap(double *a, double *b)
{
    const double t = *a;
    *a = *b;
    *b = t;
}

static void insertion_sort(size_t n, double *x)
{
    for (size_t i = 1; i < n; i++) {
        const double v = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > v; j--) x[j] = x[j - 1];
        x[j] = v;
    }
}

static void sift_down(size_t n, double *x, size_t i)
{
    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && x[child + 1] > x[child]) child++;
        if (x[i] >= x[child]) return;
        swap(&x[i], &x[child]);
        i = child;
    }
}

/* n log n whatever the data: where quicksort has met a bad order */
static void heap_sort(size_t n, double *x)
{
    for (size_t i = n / 2; i > 0; i--) sift_down(n, x, i - 1);
    for (size_t end = n; end > 1; end--) {
        swap(&x[0], &x[end - 1]);
        sift_down(end - 1, x, 0);
    }
}

/* Hoare's partition around the median of three: x[0..cut-1] <= x[cut..n-1], and both
 * parts have something in them. n > 3 */
static size_t partition(size_t n, double *x)
{
    const size_t mid = n / 2;
    if (x[mid] < x[0]) swap(&x[mid], &x[0]);
    if (x[n - 1] < x[mid]) swap(&x[n - 1], &x[mid]);
    if (x[mid] < x[0]) swap(&x[mid], &x[0]);
    const double pivot = x[mid];
    size_t i = 0, j = n - 1;
    for (;;) {
        while (x[++i] < pivot) {
        }
        while (x[--j] > pivot) {
        }
        if (i >= j) return i;
        swap(&x[i], &x[j]);
    }
}

static size_t allowed_depth(size_t n)
{
    size_t depth = 4;
    for (; n; n /= 2) depth += 2;
    return depth;
}

static void sort_within(size_t n, double *x, size_t depth)
{
    while (n > SHORT) {
        if (depth-- == 0) {
            heap_sort(n, x);
            return;
        }
        const size_t cut = partition(n, x);
        if (cut <
            n - cut) { /* the shorter part by recursion: depth stays logarithmic */
            sort_within(cut, x, depth);
            x += cut;
            n -= cut;
        } else {
            sort_within(n - cut, x + cut, depth);
            n = cut;
        }
    }
    insertion_sort(n, x);
}

void di_sort(size_t n, double *x)
{
    sort_within(n, x, allowed_depth(n));
}

double di_select(size_t n, double *x, size_t k)
{
    size_t depth = allowed_depth(n);
    const double *wanted = x + k;
    while (n > SHORT) {
        if (depth-- == 0) {
            heap_sort(n, x);
            return *wanted;
        }
        const size_t cut = partition(n, x);
        if (k < cut) {
            n = cut;
        } else {
            x += cut;
            n -= cut;
            k -= cut;
        }
    }
    insertion_sort(n, x);
    return *wanted;
}

double di_median(size_t n, double *x)
{
    const double upper = di_select(n, x, n / 2);
    if (n % 2) return upper;
    double lower = x[0]; /* what is left of the middle is no larger */
    for (size_t i = 1; i < n / 2; i++)
        if (x[i] > lower) lower = x[i];
    return lower + 0.5 * (upper - lower);
}

/* Merges of runs of 1, 2, 4, ...: stable. */
int di_order(distest_context *ctx, size_t n, const double *x, size_t *index)
{
    void *block = NULL;
    const int status = di_alloc(ctx, &block, n, sizeof *index);
    if (status != DISTEST_SUCCESS) return status;
    size_t *from = index, *to = block;
    for (size_t i = 0; i < n; i++) index[i] = i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            const size_t middle = start + width < n ? start + width : n;
            const size_t end = middle + width < n ? middle + width : n;
            size_t a = start, b = middle;
            for (size_t k = start; k < end; k++)
                to[k] = a < middle && (b >= end || x[from[a]] <= x[from[b]])
                            ? from[a++]
                            : from[b++];
        }
        size_t *t = from;
        from = to;
        to = t;
    }
    if (from != index) memcpy(index, from, n * sizeof *index);
    di_free(block);
    return status;
}

/* Blocks of equal fit, kept as the starts of the blocks so far. The mean of a block
 * stands in fit at its start, its weight at the next place; a block of one has the
 * weight of its point. */
void di_isotonic(size_t n, const double *y, const double *w, double *fit,
                 size_t *scratch)
{
    size_t blocks = 0;
    for (size_t i = 0; i < n; i++) {
        size_t start = i, length = 1;
        double mean = y[i], weight = w ? w[i] : 1;
        while (blocks > 0) {
            const size_t s = scratch[blocks - 1], len = start - s;
            const double ws = len > 1 ? fit[s + 1] : (w ? w[s] : 1);
            if (fit[s] <= mean) break;
            const double both = ws + weight;
            mean = both > 0 ? fit[s] + (mean - fit[s]) * (weight / both) : mean;
            weight = both;
            length += len;
            start = s;
            blocks--;
        }
        scratch[blocks++] = start;
        fit[start] = mean;
        if (length > 1) fit[start + 1] = weight;
    }
    for (size_t end = n; blocks > 0; blocks--) {
        const size_t s = scratch[blocks - 1];
        const double mean = fit[s];
        for (size_t i = s; i < end; i++) fit[i] = mean;
        end = s;
    }
}
