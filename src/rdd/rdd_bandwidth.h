/* rdd_bandwidth.h - what the bandwidth rules share. */
#ifndef DI_RDD_BANDWIDTH_H
#define DI_RDD_BANDWIDTH_H

#include "rdd.h"

enum { RDD_RD, RDD_TWO, RDD_SUM };
typedef struct di_rdd_rule {
    int kind;      /* RDD_RD ... */
    int pointwise; /* one bandwidth per quantile */
    int coverage;  /* coverage-optimal */
    int plugin;
} di_rdd_rule;

typedef struct di_rdd_search {
    di_rdd_prep prep;
    di_rdd_rule rule;
    size_t Q, k;                /* quantiles; bandwidths: 1 or Q */
    double *om;                 /* Q weights of quantiles */
    double c0;                  /* pilot bandwidth */
    double least[2];            /* what holds enough distinct x by side; 0: no matter */
    size_t distinct[2];         /* distinct x by side */
    double *V[2], *B[2], *R[2]; /* Q each: terms of the last stage */
    double *beta;               /* Q */
    double *gamma;              /* covariates x Q: slopes of the variance fit */
    double *scratch;            /* units */
    size_t *seen;               /* clusters */
    double density;             /* f^ of the plug-in rules */
    size_t *tiny; /* Q flags: bias and its standard error are below rounding */
    int exact;    /* a denominator was 0 */
} di_rdd_search;

/* sd of x, with n - 1 */
double di_rdd_deviation(const di_rdd_prep *prep);

/* rdd_plugin.c: h = b and the bandwidths h_0 of its first stage, k x 2 */
DISTEST_STATUS di_rdd_plugin(di_rdd_search *s, double *h, double *b, double *h0,
                             distest_context *ctx);
/* e0'Gam^-1 Lam_{p+1} and e0'Gam^-1 Psi Gam^-1 e0 of (28), on the right */
void di_rdd_constants(const di_rdd_kernel *kernel, int p, double *bias,
                      double *variance);

#endif
