/* rdd_sort.c - sorting the rows of a unit.
 *
 * The bits of a double, its sign bit flipped, and all bits of a negative one, order
 * like integers. Short units are sorted by comparison. Longer ones by the leading bits
 * of (key - least key): two or three passes of 11 bits leave the keys in order up to
 * those bits, and a last pass of insertion moves each a little; were it to move far
 * (values that agree in all leading bits), comparison takes over. */
#include "rdd_rows.h"

#include <string.h>

enum {
    DIGIT = 11,
    BUCKETS = 1 << DIGIT,
    MOST_DIGITS = 3,
    SHORT = 192,  /* comparison up to here */
    MEDIUM = 6000 /* two digits up to here */
};

static const size_t MOVES_PER_ROW = 16;

static uint64_t key_of(double v)
{
    uint64_t u;
    v += 0; /* -0 is 0 */
    memcpy(&u, &v, sizeof u);
    return u ^ (-(u >> 63) | (uint64_t)1 << 63);
}

static double value_of(uint64_t key)
{
    double v;
    const uint64_t u = key >> 63 ? key ^ (uint64_t)1 << 63 : ~key;
    memcpy(&v, &u, sizeof v);
    return v;
}

int di_rdd_sorter_open(distest_context *ctx, di_pool *pool, const di_rdd_groups *g,
                       di_rdd_sorter *s)
{
    int status = DISTEST_SUCCESS;
    const int weighted = g->w != NULL;
    memset(s, 0, sizeof *s);
    for (int k = 0; k < 2; k++) {
        DI_TRY(DI_NEW(ctx, pool, &s->key[k], g->longest, 1));
        if (weighted) DI_TRY(DI_NEW(ctx, pool, &s->w[k], g->longest, 1));
    }
    DI_TRY(DI_NEW(ctx, pool, &s->z, g->longest, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->count, MOST_DIGITS, BUCKETS));
    if (!g->moved) goto done;
    DI_TRY(DI_NEW(ctx, pool, &s->block_y, g->largest, 1));
    if (weighted) DI_TRY(DI_NEW(ctx, pool, &s->block_w, g->largest, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->next, g->most_units, 1));
done:
    return status;
}

void di_rdd_sorter_block(di_rdd_sorter *s, const di_rdd_groups *g, size_t block)
{
    const size_t first = g->first[block], units = g->first[block + 1] - first;
    size_t at = 0;
    if (!g->moved) return;
    for (size_t k = 0; k < units; k++) {
        const size_t unit = g->order[first + k];
        s->next[k] = at;
        g->y[unit] = s->block_y + at;
        if (g->w) g->w[unit] = s->block_w + at;
        at += g->length[unit];
    }
    for (size_t i = g->start[block]; i < g->start[block + 1]; i++) {
        const size_t to = s->next[g->place[i]]++;
        s->block_y[to] = g->my[i];
        if (g->w) s->block_w[to] = g->mw[i];
    }
}

typedef struct {
    uint64_t least, most;
} key_range;

/* rows of positive weight: keys, their range, and weights; how many */
static size_t load(di_rdd_sorter *s, size_t n, const double *y, const double *w,
                   key_range *r)
{
    size_t m = 0;
    key_range ends = {UINT64_MAX, 0};
    for (size_t i = 0; i < n; i++) {
        const uint64_t k = key_of(y[i]);
        s->key[0][m] = k;
        if (w) s->w[0][m] = w[i];
        if (w && !(w[i] > 0)) continue;
        ends.least = k < ends.least ? k : ends.least;
        ends.most = k > ends.most ? k : ends.most;
        m++;
    }
    *r = ends;
    return m;
}

static unsigned leading_bits(uint64_t x)
{
    unsigned bits = 0;
    for (unsigned step = 32; step; step /= 2)
        if (x >> step) {
            x >>= step;
            bits += step;
        }
    return x ? bits + 1 : 0;
}

/* One stable pass by DIGIT bits from `shift` on, from key[from] to the other. */
static void move_by_digit(di_rdd_sorter *s, size_t n, int from, uint64_t least,
                          unsigned shift, uint32_t *start)
{
    const uint64_t *key = s->key[from];
    uint64_t *to = s->key[1 - from];
    const double *w = s->w[from];
    double *wto = s->w[1 - from];
    for (size_t i = 0; i < n; i++) {
        const size_t at = start[(key[i] - least) >> shift & (BUCKETS - 1)]++;
        to[at] = key[i];
        if (w) wto[at] = w[i];
    }
}

/* The same as the last pass without weights: it leaves the values, in s->z. */
static void values_by_digit(const di_rdd_sorter *s, size_t n, int from, uint64_t least,
                            unsigned shift, uint32_t *start)
{
    const uint64_t *key = s->key[from];
    for (size_t i = 0; i < n; i++) {
        const uint64_t k = key[i];
        s->z[start[(k - least) >> shift & (BUCKETS - 1)]++] = value_of(k);
    }
}

static void counts_to_starts(uint32_t *count)
{
    uint32_t before = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
        const uint32_t here = count[b];
        count[b] = before;
        before += here;
    }
}

/* Passes over the leading bits; which buffer holds the result. Without weights it is in
 * s->z. */
static int sort_leading(di_rdd_sorter *s, size_t n, key_range r, int weighted)
{
    const unsigned digits = n <= MEDIUM ? 2 : 3;
    const unsigned bits = leading_bits(r.most - r.least), used = digits * DIGIT;
    const unsigned shift = bits > used ? bits - used : 0;
    int from = 0;
    memset(s->count, 0, digits * BUCKETS * sizeof *s->count);
    for (size_t i = 0; i < n; i++) {
        const uint64_t k = (s->key[0][i] - r.least) >> shift;
        for (unsigned d = 0; d < digits; d++)
            s->count[d * BUCKETS + (k >> d * DIGIT & (BUCKETS - 1))]++;
    }
    for (unsigned d = 0; d < digits; d++) {
        uint32_t *count = s->count + d * BUCKETS;
        counts_to_starts(count);
        if (d == digits - 1 && !weighted)
            values_by_digit(s, n, from, r.least, shift + d * DIGIT, count);
        else
            move_by_digit(s, n, from, r.least, shift + d * DIGIT, count);
        from = 1 - from;
    }
    return from;
}

/* Ends with 1, or gives up with 0 (the values are then still a permutation). */
static int insert_values(size_t n, double *z, size_t moves)
{
    for (size_t i = 1; i < n; i++) {
        const double v = z[i];
        size_t j = i;
        for (; j > 0 && z[j - 1] > v; j--) z[j] = z[j - 1];
        z[j] = v;
        if (i - j > moves) return 0;
        moves -= i - j;
    }
    return 1;
}

/* stable */
static int insert_pairs(size_t n, uint64_t *key, double *w, size_t moves)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t k = key[i];
        const double v = w[i];
        size_t j = i;
        for (; j > 0 && key[j - 1] > k; j--) {
            key[j] = key[j - 1];
            w[j] = w[j - 1];
        }
        key[j] = k;
        w[j] = v;
        if (i - j > moves) return 0;
        moves -= i - j;
    }
    return 1;
}

/* merges of runs of 1, 2, 4, ..., stable; which buffer holds the result */
static int merge_pairs(di_rdd_sorter *s, size_t n, int from)
{
    for (size_t width = 1; width < n; width *= 2) {
        const uint64_t *key = s->key[from];
        const double *w = s->w[from];
        for (size_t start = 0; start < n; start += 2 * width) {
            const size_t middle = start + width < n ? start + width : n;
            const size_t end = middle + width < n ? middle + width : n;
            size_t a = start, b = middle;
            for (size_t k = start; k < end; k++) {
                const int left = a < middle && (b >= end || key[a] <= key[b]);
                const size_t i = left ? a++ : b++;
                s->key[1 - from][k] = key[i];
                s->w[1 - from][k] = w[i];
            }
        }
        from = 1 - from;
    }
    return from;
}

/* without weights: into s->z */
static void sort_values(di_rdd_sorter *s, size_t n, const double *y)
{
    key_range r;
    if (n <= SHORT || n > UINT32_MAX) {
        for (size_t i = 0; i < n; i++) s->z[i] = y[i] + 0; /* -0 is 0 */
        di_sort(n, s->z);
        return;
    }
    (void)load(s, n, y, NULL, &r);
    (void)sort_leading(s, n, r, 0);
    if (!insert_values(n, s->z, MOVES_PER_ROW * n)) di_sort(n, s->z);
}

di_rdd_unit di_rdd_sorter_unit(di_rdd_sorter *s, const di_rdd_groups *g, size_t unit)
{
    const double *w = g->w ? g->w[unit] : NULL;
    key_range r;
    if (!w) {
        sort_values(s, g->length[unit], g->y[unit]);
        return (di_rdd_unit){unit, g->length[unit], s->z, NULL};
    }
    const size_t n = load(s, g->length[unit], g->y[unit], w, &r);
    const int by_bits = n > SHORT && n <= UINT32_MAX;
    const size_t moves = by_bits ? MOVES_PER_ROW * n : SHORT * SHORT;
    int at = by_bits ? sort_leading(s, n, r, 1) : 0, done = 0;
    if (by_bits || n <= 32) done = insert_pairs(n, s->key[at], s->w[at], moves);
    if (!done) at = merge_pairs(s, n, at);
    for (size_t i = 0; i < n; i++) s->z[i] = value_of(s->key[at][i]);
    return (di_rdd_unit){unit, n, s->z, s->w[at]};
}
