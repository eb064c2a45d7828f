/* expfam_graph.c - in which order the variables of a sparse graph are summed out, and
 * the tree of cliques which that makes.
 *
 * Summing out a variable joins all its neighbours; the one that adds the fewest edges
 * goes first. With w neighbours at most (the width), sums over 2^d states become sums
 * over d tables of 2^(w + 1). */
#include "expfam_graph.h"

#include <string.h>

enum { MOST_VARIABLES = 4096, MOST_STATES = 1 << 23 };
#define W EXPFAM_MOST_WIDTH

/* edges that summing out v would add; its neighbours in near, their number in *n (more
 * than W: not listed further) */
static size_t fill_in(size_t d, const unsigned char *joined, size_t v, size_t *near,
                      size_t *n)
{
    size_t fill = 0;
    *n = 0;
    for (size_t k = 0; k < d; k++)
        if (joined[v * d + k] && (*n)++ < W) near[*n - 1] = k;
    if (*n > W) return SIZE_MAX;
    for (size_t a = 0; a < *n; a++)
        for (size_t b = 0; b < a; b++) fill += !joined[near[a] * d + near[b]];
    return fill;
}

/* var, and in sep the neighbours by name; *wide: where no variable has W or fewer */
static int eliminate(di_expfam_graph *g, size_t edges, const size_t *pairs, int *wide,
                     distest_context *ctx)
{
    const size_t d = g->d;
    di_pool pool = {NULL};
    unsigned char *joined = NULL, *gone = NULL;
    size_t near[W], n = 0;
    int status = DISTEST_SUCCESS;
    *wide = 0;
    DI_TRY(DI_NEW(ctx, &pool, &joined, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &gone, d, 1));
    memset(joined, 0, d * d);
    memset(gone, 0, d);
    for (size_t e = 0; e < edges; e++)
        joined[pairs[2 * e] * d + pairs[2 * e + 1]] =
            joined[pairs[2 * e + 1] * d + pairs[2 * e]] = 1;
    for (size_t i = 0; i < d; i++) {
        size_t best = d, least = SIZE_MAX;
        for (size_t v = 0; v < d && least > 0; v++) {
            if (gone[v]) continue;
            const size_t fill = fill_in(d, joined, v, near, &n);
            if (fill >= least) continue;
            least = fill;
            best = v;
        }
        *wide = best == d;
        if (*wide) break;
        (void)fill_in(d, joined, best, near, &n);
        g->var[i] = best;
        g->count[i] = n;
        gone[best] = 1;
        for (size_t a = 0; a < n; a++) {
            g->sep[i * W + a] = near[a];
            joined[near[a] * d + best] = 0;
            for (size_t b = 0; b < a; b++)
                joined[near[a] * d + near[b]] = joined[near[b] * d + near[a]] = 1;
        }
    }
done:
    di_pool_free(&pool);
    return status;
}

/* separators by position, the tree, where tables begin; returns the states of all
 * cliques */
static double plant(di_expfam_graph *g, const size_t *position)
{
    const size_t d = g->d;
    double states = 0;
    g->cells = g->width = 0;
    for (size_t i = 0; i < d; i++) g->child[i] = g->next[i] = d;
    for (size_t i = 0; i < d; i++) {
        size_t *sep = g->sep + i * W;
        const size_t n = g->count[i];
        for (size_t a = 0; a < n; a++) { /* sorted by insertion */
            const size_t k = position[sep[a]];
            size_t b = a;
            for (; b > 0 && sep[b - 1] > k; b--) sep[b] = sep[b - 1];
            sep[b] = k;
        }
        g->at[i] = g->cells;
        states += (double)((size_t)2 << n);
        if (states > MOST_STATES) return states;
        g->cells += (size_t)1 << n;
        g->width = n > g->width ? n : g->width;
        g->parent[i] = n ? sep[0] : d;
        if (!n) continue;
        g->next[i] = g->child[sep[0]];
        g->child[sep[0]] = i;
    }
    for (size_t i = d; i-- > 0;)
        g->root[i] = g->parent[i] == d ? i : g->root[g->parent[i]];
    return states;
}

/* For each clique, which bits of its parent's are its separator: tables over the low 9
 * bits of a state and over the rest, to be joined by "or". */
static int draw_maps(di_expfam_graph *g, di_pool *pool, distest_context *ctx)
{
    const size_t d = g->d;
    size_t total = 0;
    int status = DISTEST_SUCCESS;
    for (size_t i = 0; i < d; i++) {
        g->map_at[i] = total;
        if (g->parent[i] == d) continue;
        const size_t all = (size_t)2 << g->count[g->parent[i]];
        total += all < EXPFAM_MAP ? all + 1 : EXPFAM_MAP + all / EXPFAM_MAP;
    }
    DI_TRY(DI_NEW(ctx, pool, &g->map, total, 1));
    for (size_t i = 0; i < d; i++) {
        const size_t up = g->parent[i];
        if (up == d) continue;
        const size_t bits = g->count[up] + 1;
        unsigned *low = g->map + g->map_at[i], to[W + 1] = {0};
        for (size_t b = 0, k = 0; b < bits; b++) { /* both are sorted */
            const size_t who = b ? g->sep[up * W + b - 1] : up;
            if (k < g->count[i] && g->sep[i * W + k] == who) to[b] = 1u << k++;
        }
        const size_t few = bits < 9 ? bits : 9;
        unsigned *high = low + ((size_t)1 << few);
        low[0] = high[0] = 0;
        for (size_t b = 0; b < bits; b++) {
            unsigned *t = b < few ? low : high;
            const size_t half = (size_t)1 << (b < few ? b : b - few);
            for (size_t c = 0; c < half; c++) t[c + half] = t[c] | to[b];
        }
    }
done:
    return status;
}

/* each statistic in the clique of that of its variables which goes first */
static void settle(di_expfam_graph *g, size_t edges, const size_t *pairs,
                   const size_t *position)
{
    const size_t d = g->d;
    for (size_t v = 0; v < d; v++) {
        g->home[v] = position[v];
        g->bit[v] = 0;
    }
    for (size_t e = 0; e < edges; e++) {
        const size_t a = position[pairs[2 * e]], b = position[pairs[2 * e + 1]];
        const size_t i = a < b ? a : b, other = a < b ? b : a;
        size_t k = 0;
        while (g->sep[i * W + k] != other) k++;
        g->home[d + e] = i;
        g->bit[d + e] = k + 1;
    }
    for (size_t i = 0; i <= d; i++) g->first[i] = 0;
    for (size_t a = 0; a < g->p; a++) g->first[g->home[a] + 1]++;
    for (size_t i = 0; i < d; i++) g->first[i + 1] += g->first[i];
    for (size_t a = 0; a < g->p; a++) g->list[g->first[g->home[a]]++] = a;
    for (size_t i = d; i > 0; i--) g->first[i] = g->first[i - 1];
    g->first[0] = 0;
}

int di_expfam_graph_build(di_expfam_graph **out, size_t d, size_t edges,
                          const size_t *pairs, int sign, di_pool *pool,
                          distest_context *ctx)
{
    di_pool own = {NULL};
    di_expfam_graph *g = NULL;
    size_t *position = NULL;
    int status = DISTEST_SUCCESS, wide = 0;
    *out = NULL;
    if (d > MOST_VARIABLES) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &g, 1, 1));
    *g = (di_expfam_graph){.d = d, .p = d + edges, .sign = sign};
    DI_TRY(DI_NEW(ctx, &own, &position, d, 1));
    size_t **arrays[] = {&g->var,  &g->count, &g->at,   &g->parent,
                         &g->root, &g->child, &g->next, &g->map_at};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        DI_TRY(DI_NEW(ctx, pool, arrays[k], d, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->sep, d, W));
    DI_TRY(DI_NEW(ctx, pool, &g->first, d + 1, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->list, g->p, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->home, g->p, 1));
    DI_TRY(DI_NEW(ctx, pool, &g->bit, g->p, 1));
    DI_TRY(eliminate(g, edges, pairs, &wide, ctx));
    if (wide) goto done;
    for (size_t i = 0; i < d; i++) position[g->var[i]] = i;
    if (plant(g, position) > MOST_STATES) goto done;
    DI_TRY(draw_maps(g, pool, ctx));
    settle(g, edges, pairs, position);
    *out = g;
done:
    di_pool_free(&own);
    return status;
}
