/* surv_frailty.h - clusters that share a gamma factor: between their likelihood
 * (surv_clusters.c) and its maximum (surv_frailty.c). */
#ifndef DISTEST_SURV_FRAILTY_H
#define DISTEST_SURV_FRAILTY_H

#include "surv.h"

typedef struct {
    di_surv_problem q; /* in working coordinates */
    size_t clusters, P;
    const size_t *start, *row; /* rows of cluster c: row[start[c]] ... */
    double *scratch;           /* di_surv_shared_scratch() a thread */
    const double *theta;
    double v;
    int deriv;
} di_surv_shared;

/* Events of a cluster (by weight), its cumulative hazard at the times and at the
 * entries. */
typedef struct {
    double d, H, H0;
} di_surv_cluster;

di_surv_cluster di_surv_cluster_of(const di_surv_shared *a, size_t c);

/* -loglik in (theta, v), for di_newton(); data: a di_surv_shared */
int di_surv_shared_objective(const double *x, int deriv, double *f, double *g,
                             double *H, void *data);

size_t di_surv_shared_scratch(size_t P);
/* sum over the clusters of s s', s the score in (theta, v): (P + 1) x (P + 1) */
int di_surv_shared_middle(const double *x, di_surv_shared *a, double *middle);

#endif
