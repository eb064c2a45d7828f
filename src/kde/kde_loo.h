/* kde_loo.h - leave-one-out likelihoods of scalar bandwidths at many values of h: what
 * kde_lcv.c searches with. */
#ifndef DI_KDE_LOO_H
#define DI_KDE_LOO_H

#include "kde.h"

enum { DI_KDE_LIST = 64 };

typedef struct {
    distest_context *ctx;
    di_kde_plan *plan;
    size_t q, *which;  /* rows looked at */
    double *wq, *norm; /* their weights, summing to 1; log(1 - sum w_G) */
    di_kde_near *near; /* LIST x q; NULL: always pass */
    double *first;     /* q: distance to the nearest point, once it is known */
    int first_known;
    di_kde_state *state;    /* q */
    di_kde_taylor *taylor;  /* q: sums to expand L around the h of the last pass; or
                               NULL */
    double h0;              /* of that pass; 0: none yet */
    double spread;          /* mean of <x> - min x, x = D / (2 h^2) */
    double *value, *sorted; /* q: log f_-i */
    double *d1, *d2;        /* q: <D>, <D^2> */
    int want;               /* KDE_STATS: S2, too */
    double trim;
    int ties;
    double rest; /* largest certified share beyond the lists */
    size_t passes;
} di_kde_search;

/* Room for the rows `which` of q (NULL: i_k = floor((k + 1/2) n / points)). */
DISTEST_STATUS di_kde_search_rows(di_kde_search *s, di_pool *pool, size_t points,
                                  const size_t *which, size_t q);
/* One pass that keeps the nearest of every row. */
DISTEST_STATUS di_kde_search_lists(di_kde_search *s, di_pool *pool);
/* L and its first two derivatives in log h. exact: pass over all points where neither
 * the lists nor the expansion suffice. */
DISTEST_STATUS di_kde_loo_at(di_kde_search *s, double h, int exact, double out[3]);
int di_kde_lists_suffice(const di_kde_search *s);

#endif
