/* wls_index.c - sets of multi-indices, made by walking only prefixes that can be
 * completed: zeros complete every prefix, so the work is the answer times d. */
#include "wls.h"

#include <math.h>
#include <string.h>

typedef enum { TENSOR, TOTAL_DEGREE, HYPERBOLIC_CROSS, QNORM } kind;
enum { MOST = 50000000, MOST_INPUTS = 10000 };

typedef struct {
    kind rule;
    size_t d, max_order, count, m;
    const double *degree, *weights;
    double q;
    const distest_wls_basis *const *bases;
    int *alpha; /* d: the prefix */
    int *out;   /* m x d as rows, or NULL */
} walk;

distest_wls_set distest_wls_set_default(void)
{
    return (distest_wls_set){sizeof(distest_wls_set), "total_degree", NULL, NULL, 1, 0};
}

/* what coordinate k takes from the budget of the rule at local index j */
static double cost(const walk *s, size_t k, size_t j)
{
    const double l = (double)(s->bases ? distest_wls_basis_level(s->bases[k], j) : j);
    const double g = s->weights ? s->weights[k] : 1;
    switch (s->rule) {
    case TENSOR:
        return l <= s->degree[k] * (1 + 1e-9) ? 0 : INFINITY;
    case TOTAL_DEGREE:
        return g * l;
    case HYPERBOLIC_CROSS:
        return g * log1p(l);
    default:
        return l == 0 ? 0 : pow(g * l, s->q);
    }
}

/* coordinates k ... d - 1, largest local index first: decreasing lexicographic */
static int visit(walk *s, size_t k, double left, size_t order)
{
    if (k == s->d) {
        if (s->out) memcpy(s->out + s->count * s->d, s->alpha, s->d * sizeof(int));
        return ++s->count > MOST;
    }
    size_t top = 0;
    const size_t size = s->bases ? distest_wls_basis_size(s->bases[k]) : (size_t)MOST;
    if (order < s->max_order)
        while (top + 1 < size && cost(s, k, top + 1) <= left) top++;
    for (size_t j = top + 1; j-- > 0;) {
        s->alpha[k] = (int)j;
        if (visit(s, k + 1, left - cost(s, k, j), order + (j > 0))) return 1;
    }
    return 0;
}

static double budget(const walk *s)
{
    switch (s->rule) {
    case TENSOR:
        return 0;
    case TOTAL_DEGREE:
        return s->degree[0] * (1 + 1e-9);
    case HYPERBOLIC_CROSS:
        return log1p(s->degree[0]) * (1 + 1e-9) + 1e-12;
    default:
        return pow(s->degree[0], s->q) * (1 + 1e-9);
    }
}

static int check_set(const distest_wls_set *set, size_t d,
                     const distest_wls_basis *const *bases, walk *s,
                     distest_context *ctx)
{
    static const char *const RULES[] = {"tensor", "total_degree", "hyperbolic_cross",
                                        "qnorm"};
    size_t which = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "set", set));
    DI_TRY(di_check_choice(ctx, "index", set->kind, 4, RULES, &which));
    if (d == 0 || d > MOST_INPUTS) /* the walk is as deep as there are inputs */
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "d",
                       "`d` must lie between 1 and %d, not %zu.", MOST_INPUTS, d));
    DI_TRY(di_check_nonnegative(ctx, "degree", which == TENSOR ? d : 1, set->degree));
    if (set->weights) DI_TRY(di_check_positive(ctx, "weights", d, set->weights));
    if (which == QNORM) DI_TRY(di_check_positive(ctx, "q", 1, &set->q));
    *s = (walk){(kind)which,
                d,
                set->max_order ? set->max_order : d,
                0,
                0,
                set->degree,
                set->weights,
                set->q,
                bases,
                NULL,
                NULL};
    /* the boxes that cannot be stored are refused before anything is walked */
    if (which == TENSOR && s->max_order >= d) {
        double all = 1;
        for (size_t k = 0; k < d; k++) {
            const double most =
                bases ? (double)distest_wls_basis_size(bases[k]) : INFINITY;
            double mine = 1;
            while (mine < most && mine <= MOST && cost(s, k, (size_t)mine) == 0) mine++;
            all *= mine;
        }
        if (all > MOST)
            DI_TRY(di_fail(ctx, DISTEST_ENOMEM, "",
                           "%.3g functions would be needed; "
                           "at most 50 million can be held.",
                           all));
    }
done:
    return status;
}

static int count_all(walk *s, distest_context *ctx)
{
    if (visit(s, 0, budget(s), 0))
        return di_fail(ctx, DISTEST_ENOMEM, "",
                       "more than 50 million functions would be needed.");
    return DISTEST_SUCCESS;
}

int distest_wls_index_count(const distest_wls_set *set, size_t d,
                            const distest_wls_basis *const *bases, size_t *m,
                            distest_context *ctx)
{
    walk s;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(check_set(set, d, bases, &s, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &s.alpha, d, 1));
    DI_TRY(count_all(&s, ctx));
    *m = s.count;
done:
    di_pool_free(&pool);
    return status;
}

/* rows of `from` (decreasing lexicographic) to columns of idx by their sum, stable */
static int by_sum(distest_context *ctx, size_t d, size_t m, const int *from, int *idx)
{
    size_t *sum = NULL, *start = NULL, top = 0;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &sum, m, 1));
    for (size_t i = 0; i < m; i++) {
        sum[i] = 0;
        for (size_t k = 0; k < d; k++) sum[i] += (size_t)from[i * d + k];
        if (sum[i] > top) top = sum[i];
    }
    DI_TRY(DI_NEW(ctx, &pool, &start, top + 2, 1));
    memset(start, 0, (top + 2) * sizeof *start);
    for (size_t i = 0; i < m; i++) start[sum[i] + 1]++;
    for (size_t t = 0; t <= top; t++) start[t + 1] += start[t];
    for (size_t i = 0; i < m; i++) {
        const size_t to = start[sum[i]]++;
        for (size_t k = 0; k < d; k++) idx[to + k * m] = from[i * d + k];
    }
done:
    di_pool_free(&pool);
    return status;
}

int distest_wls_index_fill(const distest_wls_set *set, size_t d,
                           const distest_wls_basis *const *bases, size_t m, int *idx,
                           distest_context *ctx)
{
    walk s;
    int *rows = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(check_set(set, d, bases, &s, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &s.alpha, d, 1));
    DI_TRY(count_all(&s, ctx));
    if (s.count != m)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "m", "the set has %zu indices, not %zu.",
                       s.count, m));
    DI_TRY(DI_NEW(ctx, &pool, &rows, m, d));
    s.out = rows, s.count = 0;
    DI_TRY(count_all(&s, ctx));
    DI_TRY(by_sum(ctx, d, m, rows, idx));
done:
    di_pool_free(&pool);
    return status;
}

/* ---- the reduced margin ---------------------------------------------------------- */

typedef struct {
    size_t d, mask, *slot; /* open addressing: 1 + row, 0 empty */
    const int *row;        /* one multi-index after the other */
} table;

static size_t hash(size_t d, const int *a)
{
    uint64_t h = 1469598103934665603u;
    for (size_t k = 0; k < d; k++) {
        h ^= (uint64_t)(uint32_t)a[k];
        h *= 1099511628211u;
        h ^= h >> 29;
    }
    return (size_t)h;
}

/* the slot of `a`: where it is, or where it would go */
static size_t *find(const table *t, const int *a)
{
    size_t at = hash(t->d, a) & t->mask;
    while (t->slot[at] &&
           memcmp(t->row + (t->slot[at] - 1) * t->d, a, t->d * sizeof(int)) != 0)
        at = (at + 1) & t->mask;
    return t->slot + at;
}

static int make_table(distest_context *ctx, di_pool *pool, size_t d, size_t m,
                      const int *row, table *t)
{
    size_t size = 16;
    while (size < 4 * m) size *= 2;
    *t = (table){d, size - 1, NULL, row};
    const int status = DI_NEW(ctx, pool, &t->slot, size, 1);
    if (status == DISTEST_SUCCESS) memset(t->slot, 0, size * sizeof *t->slot);
    return status;
}

int distest_wls_margin(size_t d, size_t m, const int *idx, const int *limit,
                       size_t *count, int *cand, distest_context *ctx)
{
    int *row = NULL, *found = NULL, *sorted = NULL;
    size_t n = 0, *at = NULL, *other = NULL;
    table in, out;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(DI_NEW(ctx, &pool, &row, m, d));
    DI_TRY(DI_NEW(ctx, &pool, &found, m * d + 1, d));
    DI_TRY(DI_NEW(ctx, &pool, &sorted, cand ? m * d + 1 : 1, d));
    DI_TRY(DI_NEW(ctx, &pool, &at, cand ? m * d + 1 : 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &other, cand ? m * d + 1 : 1, 1));
    DI_TRY(make_table(ctx, &pool, d, m, row, &in));
    DI_TRY(make_table(ctx, &pool, d, m * d, found, &out));
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < d; k++) row[i * d + k] = idx[i + k * m];
        *find(&in, row + i * d) = i + 1;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < d; k++) {
            int *a = found + n * d; /* written here, kept if it passes */
            memcpy(a, row + i * d, d * sizeof(int));
            if (limit && a[k] >= limit[k]) continue;
            a[k]++;
            if (*find(&in, a) || *find(&out, a)) continue;
            int whole = 1;
            for (size_t l = 0; l < d && whole; l++) {
                if (a[l] == 0) continue;
                a[l]--;
                whole = *find(&in, a) != 0;
                a[l]++;
            }
            if (whole) *find(&out, a) = ++n;
        }
    if (cand && n) { /* decreasing lexicographic, then by sum */
        for (size_t i = 0; i < n; i++) at[i] = i;
        di_wls_sort_rows(found, d, n, at, other);
        for (size_t i = 0; i < n; i++)
            memcpy(sorted + i * d, found + at[n - 1 - i] * d, d * sizeof(int));
        DI_TRY(by_sum(ctx, d, n, sorted, cand));
    }
    *count = n;
done:
    di_pool_free(&pool);
    return status;
}
