/* expfam_graph.h - an Ising model on a sparse graph as a tree of cliques. */
#ifndef DI_EXPFAM_GRAPH_H
#define DI_EXPFAM_GRAPH_H

#include "expfam.h"

/* Variables in the order in which they are summed out. Clique i: variable var[i] (bit 0
 * of a state of the clique), then those `count[i]` later ones it is still joined with
 * (its separator, by position), all of them in the clique `parent[i]` > i. Tables of
 * separators begin at at[i], of cliques at 2 at[i]. Statistic a is summed in clique
 * home[a]; it is the variable alone (bit[a] = 0) or its product with that bit. */
struct di_expfam_graph {
    size_t d, p, width, cells; /* cells: of all separators */
    int sign;
    size_t *var, *count, *at, *parent, *root, *child, *next; /* d is "none" */
    size_t *sep;                                             /* d x MOST_WIDTH */
    size_t *first, *list, *home, *bit;
    size_t *map_at;
    unsigned *map; /* see di_expfam_part() */
};

enum { EXPFAM_MOST_WIDTH = 18, EXPFAM_MAP = 512 };

/* the state of clique i's separator in state c of the parent's clique */
static inline size_t di_expfam_part(const di_expfam_graph *g, size_t i, size_t c)
{
    const unsigned *low = g->map + g->map_at[i];
    const size_t all = (size_t)2 << g->count[g->parent[i]];
    return low[c % EXPFAM_MAP] |
           low[(all < EXPFAM_MAP ? all : EXPFAM_MAP) + c / EXPFAM_MAP];
}

/* expfam_graph.c: NULL in *out where elimination would need tables too large */
DISTEST_STATUS di_expfam_graph_build(di_expfam_graph **out, size_t d, size_t edges,
                                     const size_t *pairs, int sign, di_pool *pool,
                                     distest_context *ctx);

/* expfam_clique.c */
/* u'xi in clique i is (value of its variable) x out[state of the separator] */
void di_expfam_clique_linear(const di_expfam_graph *g, size_t i, const double *u,
                             double *out);
/* out[a] = sum over states of (statistic a) x table[c x stride], a of clique i;
 * scratch: 2^count */
void di_expfam_clique_weigh(const di_expfam_graph *g, size_t i, const double *table,
                            size_t stride, double *out, double *scratch);
/* law of each variable given its separator (2 x cells) and Psi; message: cells, lin:
 * 2^width */
double di_expfam_clique_laws(const di_expfam_graph *g, const double *theta,
                             double *cond, double *message, double *lin);

#endif
