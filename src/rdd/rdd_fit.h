/* rdd_fit.h - between rdd_fit.c and the files that make results of a job. */
#ifndef DI_RDD_FIT_H
#define DI_RDD_FIT_H

#include "rdd_design.h"

enum { DI_RDD_PLAIN = 332 }; /* 2^332 is about 1e100 */

/* rdd_fit.c: designs and first pass at the bandwidths of opts; fits: 1 (h) or 2 (b).
 * dropped: covariates. */
DISTEST_STATUS di_rdd_job_open(distest_context *ctx, di_pool *pool, di_rdd_prep *prep,
                               int fits, di_rdd_job *job, int *dropped);
/* list and first pass, once the designs are built */
DISTEST_STATUS di_rdd_job_curves(distest_context *ctx, di_pool *pool, di_rdd_job *job,
                                 int *dropped);
double di_rdd_job_curve(const di_rdd_job *job, const di_rdd_design *d, int side, int e,
                        size_t j);

/* Curves in scaled columns: column j is in units of 2^exponent[j]. */
typedef struct di_rdd_estimate {
    double *m[2][2];      /* [cl, bc][side]: cols */
    double *jump[2];      /* [cl, bc]: cols */
    double *effect[2];    /* [cl, bc]: probs; outcome over treatment in fuzzy designs */
    double *shown[2];     /* [side]: probs, the reported curve after `method`, in units
                             of 2^common */
    double *shown_effect; /* probs, in units of 2^exponent, as effect */
    double *om;           /* probs */
    double over[2];       /* psi_F = (psi_J - effect[slope_of] psi_T) / over */
    int slope_of[2];
    size_t moved;
    double projection;
} di_rdd_estimate;

/* rdd_result.c */
DISTEST_STATUS di_rdd_estimate_curves(distest_context *ctx, di_pool *pool,
                                      const di_rdd_job *job, di_rdd_estimate *a);
void di_rdd_estimate_write(const di_rdd_job *job, const di_rdd_estimate *a,
                           const di_rdd_scores *s, distest_rdd_result *r);
/* w of (6) and (7) on all units, first design */
void di_rdd_write_weights(const di_rdd_job *job, double *w_cl, double *w_bc);
/* moves a curve by `method` (in place): how many points, and sum om (change)^2 */
DISTEST_STATUS di_rdd_apply_method(distest_context *ctx, int method, size_t n,
                                   const double *om, double *curve, double *scratch,
                                   size_t *moved, double *squares);

#endif
