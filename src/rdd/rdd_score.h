/* rdd_score.h - between rdd_score.c, which adds scores up, and rdd_residual.c, which
 * computes those of a chunk. */
#ifndef DI_RDD_SCORE_H
#define DI_RDD_SCORE_H

#include "rdd_design.h"

enum { RDD_COUNT_UNITS, RDD_COUNT_LEVERAGE, RDD_COUNTS };

/* By thread. psi[e][side]: RDD_CHUNK x cols, of units or clusters. omega[e]: weights of
 * the raw residuals of the units of a task on one side. */
typedef struct di_rdd_scratch {
    di_rdd_chunk chunk;
    double *X; /* RDD_CHUNK x columns, with nn or covariates */
    double x[RDD_CHUNK], e[RDD_CHUNK], scored[RDD_CHUNK]; /* one column */
    double *omega[2];
    double *psi[2][2];
    double factor[RDD_CHUNK]; /* e = factor (raw residual) in the fit at h */
    double inside[RDD_CHUNK]; /* factor where k_h > 0, else 0 */
} di_rdd_scratch;

typedef struct di_rdd_pass {
    const di_rdd_job *job;
    di_rdd_scores *out;
    size_t blocks;       /* chunks of units, without clusters, and where they begin */
    const size_t *begin; /* twice the position in the list, and 1 on the right */
    int keep[2]; /* scores of the estimate are needed, not their squares alone */
    const size_t *first; /* with clusters: the first group of each task */
    size_t from;         /* the first task of this wave */
    size_t offset[2][RDD_PARTS], squares, length; /* of the sums */
    int cross; /* products with the last column are wanted */
    di_rdd_scratch *scratch;
} di_rdd_pass;

/* omega of the units in w->chunk; counts go to `out` */
void di_rdd_omega_units(const di_rdd_pass *a, const di_rdd_design *d, di_rdd_scratch *w,
                        double *out);
/* omega of all units of groups g0 ... g1 - 1 on a side */
void di_rdd_omega_clusters(const di_rdd_pass *a, const di_rdd_design *d, int side,
                           size_t g0, size_t g1, di_rdd_scratch *w, double *out);
/* psi of the columns of a design: row i of the chunk (omega from `at` on) is set, or
 * added to row local[i] */
void di_rdd_scores_chunk(const di_rdd_pass *a, const di_rdd_design *d,
                         di_rdd_scratch *w, size_t at, const size_t *local,
                         double *out);

#endif
