/* order.c - sorting, order statistics, monotone projection. Numbers must not be NaN. */
#include "core.h"

#include <stdint.h>
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

static double middle(double a, double b, double c)
{
    const double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : (c > high ? high : c);
}

/* the median of three, or of three medians of three */
static double choose_pivot(size_t n, const double *x)
{
    const size_t h = n / 2, q = n / 8;
    if (n < 128) return middle(x[0], x[h], x[n - 1]);
    return middle(middle(x[0], x[q], x[2 * q]), middle(x[h - q], x[h], x[h + q]),
                  middle(x[n - 1 - 2 * q], x[n - 1 - q], x[n - 1]));
}

/* Lomuto's partition, without a branch on the data: how many are < pivot, those first.
 */
static size_t put_smaller_first(size_t n, double *x, double pivot)
{
    size_t cut = 0;
    for (size_t i = 0; i < n; i++) {
        const double v = x[i];
        x[i] = x[cut];
        x[cut] = v;
        cut += v < pivot;
    }
    return cut;
}

static size_t put_equal_first(size_t n, double *x, double pivot)
{
    size_t cut = 0;
    for (size_t i = 0; i < n; i++) {
        const double v = x[i];
        x[i] = x[cut];
        x[cut] = v;
        cut += v <= pivot;
    }
    return cut;
}

/* x[0 .. *first - 1] < pivot, equal to it up to *last - 1, the rest larger or, unless
 * few are smaller, larger or equal (with *last = *first: nothing is known to be equal).
 * Both parts are shorter than n, as the pivot is one of x. */
static void partition(size_t n, double *x, size_t *first, size_t *last)
{
    const double pivot = choose_pivot(n, x);
    *last = *first = put_smaller_first(n, x, pivot);
    if (*first < n / 8) *last += put_equal_first(n - *first, x + *first, pivot);
}

static size_t allowed_depth(size_t n)
{
    size_t depth = 4;
    for (; n; n /= 2) depth += 2;
    return depth;
}

/* the shorter part by recursion: depth stays logarithmic */
static void sort_within(size_t n, double *x, size_t depth)
{
    while (n > SHORT) {
        size_t first, last;
        if (depth-- == 0) {
            heap_sort(n, x);
            return;
        }
        partition(n, x, &first, &last);
        if (first < n - last) {
            sort_within(first, x, depth);
            x += last;
            n -= last;
        } else {
            sort_within(n - last, x + last, depth);
            n = first;
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
        size_t first, last;
        if (depth-- == 0) {
            heap_sort(n, x);
            return *wanted;
        }
        partition(n, x, &first, &last);
        if (k < first) {
            n = first;
        } else if (k < last) {
            return *wanted;
        } else {
            x += last;
            n -= last;
            k -= last;
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
static void order_by_merging(size_t n, const double *x, size_t *index, size_t *scratch)
{
    size_t *from = index, *to = scratch;
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
}

/* Long vectors: by the bits, DIGIT of them at a time from the last; stable. The bits of
 * doubles order like integers once the sign is flipped, and all bits of negative ones;
 * x + 0 makes -0 the same as 0. */
enum { DIGIT = 11, DIGITS = 6, BUCKETS = 1 << DIGIT, LONG = 2000 };

typedef struct {
    uint64_t key;
    size_t index;
} keyed;

static uint64_t ordered_bits(double v)
{
    uint64_t u;
    v += 0;
    memcpy(&u, &v, sizeof u);
    return u ^ (-(u >> 63) | (uint64_t)1 << 63);
}

static void order_by_digits(size_t n, const double *x, size_t *index, keyed *from,
                            keyed *to, size_t *count)
{
    memset(count, 0, DIGITS * BUCKETS * sizeof *count);
    for (size_t i = 0; i < n; i++) {
        const uint64_t key = ordered_bits(x[i]);
        from[i] = (keyed){key, i};
        for (size_t d = 0; d < DIGITS; d++)
            count[d * BUCKETS + (key >> d * DIGIT) % BUCKETS]++;
    }
    for (size_t d = 0; d < DIGITS; d++) {
        size_t *start = count + d * BUCKETS, before = 0;
        if (start[(from[0].key >> d * DIGIT) % BUCKETS] == n)
            continue; /* all the same */
        for (size_t b = 0; b < BUCKETS; b++) {
            const size_t here = start[b];
            start[b] = before;
            before += here;
        }
        for (size_t i = 0; i < n; i++)
            to[start[(from[i].key >> d * DIGIT) % BUCKETS]++] = from[i];
        keyed *t = from;
        from = to;
        to = t;
    }
    for (size_t i = 0; i < n; i++) index[i] = from[i].index;
}

int di_order(distest_context *ctx, size_t n, const double *x, size_t *index)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    keyed *pairs = NULL;
    size_t *scratch = NULL;
    DI_TRY(DI_NEW(ctx, &pool, &scratch, n < LONG ? n : DIGITS * BUCKETS, 1));
    if (n < LONG) {
        order_by_merging(n, x, index, scratch);
    } else {
        DI_TRY(DI_NEW(ctx, &pool, &pairs, n, 2));
        order_by_digits(n, x, index, pairs, pairs + n, scratch);
    }
done:
    di_pool_free(&pool);
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
