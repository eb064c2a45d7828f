/* rdd_design.h - the machine behind rdd_fit.c and rdd_stage.c: designs (bandwidths and
 * the columns they serve), and two passes over the table. */
#ifndef DI_RDD_DESIGN_H
#define DI_RDD_DESIGN_H

#include "rdd_local.h"

enum { RDD_CHUNK = 256 };

/* Columns first ... first + count - 1 at one pair of bandwidths. Side by side: the fit
 * of order p at h, and (fits = 2) the one of order q at b. Weights are
 *
 *     w_cl = k_h r_h'pick_h,    w_bc = w_cl + k_b r_b'pick_b.
 *
 * beta: per side (t_h + t_b) x (count + covariates), t = order + 1: the coefficients in
 * r of D - Z gamma, and of Z. */
typedef struct di_rdd_design {
    size_t first, count;
    di_rdd_local h[2], b[2];
    double pick_h[2][RDD_TERMS], pick_b[2][RDD_TERMS];
    double kappa[2];     /* h^coef e_coef'G^-1 next, the bias constant */
    size_t effective[2]; /* units with k_h or k_b > 0 */
    size_t groups[2];    /* and clusters of such units */
    double *beta[2];
    double *gamma; /* covariates x count */
} di_rdd_design;

/* Tie blocks of x, on one side, and sums over the large ones (rdd_neighbour.c). */
typedef struct di_rdd_neighbours {
    size_t n;
    size_t *order;        /* order[r]: position of the r-th smallest x */
    size_t *rank;         /* its inverse */
    double *u;            /* sorted */
    size_t *first, *last; /* block of equal x around rank r: first <= r < last */
    size_t *large;        /* at r = first[r]: row of `sum`, or SIZE_MAX */
    double *sum;          /* large blocks x all columns, scaled */
    size_t larges;
} di_rdd_neighbours;

typedef struct di_rdd_job {
    const di_rdd_prep *prep;
    di_rdd_prep *settle;    /* prep, when its columns are still scaled by a guess */
    int side_from, side_to; /* sides side_from ... side_to - 1 */
    int fits;               /* 1: h alone; 2: h and b */
    int p, q;
    size_t cols;       /* columns served, without covariates */
    size_t covariates; /* kept */
    size_t *covariate; /* their columns in prep */
    const double
        *given; /* slopes: covariates x cols, scaled columns; NULL: estimated */
    size_t designs;
    di_rdd_design *design;
    size_t listed[2]; /* units with weight in some design */
    size_t *list[2]; /* their positions: by cluster, or sorted by x (nn), or as given */
    size_t groups;   /* clusters with listed units; 0 without clusters */
    size_t *group;   /* groups codes */
    size_t *start[2]; /* groups + 1: where they begin in list */
    di_rdd_neighbours near[2];
} di_rdd_job;

/* Up to RDD_CHUNK units of one side, and what is computed of them. Loops run in lanes
 * of eight, over `padded` units: those past m are at the cutoff, with weight 0. */
typedef struct di_rdd_chunk {
    int side;
    size_t m, padded;
    size_t at[RDD_CHUNK], row[RDD_CHUNK]; /* positions; rows of the table */
    double u[RDD_CHUNK], o[RDD_CHUNK];
    double kh[RDD_CHUNK], kb[RDD_CHUNK];
    double r[2 * RDD_TERMS * RDD_CHUNK]; /* r_h, then r_b */
    double w[2 * RDD_TERMS * RDD_CHUNK];
} di_rdd_chunk;

/* rdd_design.c: kernels and bandwidths of every design; h, b: designs x 2, on entry
 * design[d].first and count are set. coef: of u^coef; factorial: times coef!. */
DISTEST_STATUS di_rdd_design_build(distest_context *ctx, const di_rdd_job *job,
                                   const double *h, const double *b, int coef,
                                   int factorial, const char *name_h,
                                   const char *name_b);
/* which units take part, in the order they are walked through; clusters by side */
DISTEST_STATUS di_rdd_design_list(distest_context *ctx, di_pool *pool, di_rdd_job *job);
/* fills at, row, u, o of units i0 ... of the list */
void di_rdd_chunk_pad(di_rdd_chunk *c); /* once side, m, u, o are set */
void di_rdd_chunk_open(const di_rdd_job *job, int side, size_t i0, size_t m,
                       di_rdd_chunk *c);
/* kh, kb and r of a design */
void di_rdd_chunk_rows(const di_rdd_job *job, const di_rdd_design *d, di_rdd_chunk *c);
/* X (m x count, leading dimension RDD_CHUNK): scaled columns; job column j, or, from
 * job->cols on, the kept covariates */
void di_rdd_chunk_gather(const di_rdd_job *job, const di_rdd_chunk *c, size_t first,
                         size_t count, double *X);
/* Columns are far apart: the next one is asked for while this one is read. */
void di_rdd_chunk_fetch(const di_rdd_chunk *c, const double *column);
size_t di_rdd_job_column(const di_rdd_job *job, size_t j); /* its number in prep */

/* rdd_beta.c: beta of every design */
DISTEST_STATUS di_rdd_pass_beta(distest_context *ctx, di_pool *pool, di_rdd_job *job);
/* rdd_gamma.c: gamma of every design; beta becomes that of D - Z gamma */
DISTEST_STATUS di_rdd_pass_gamma(distest_context *ctx, di_pool *pool, di_rdd_job *job,
                                 int *dropped);

/* rdd_neighbour.c: the order of the units, before they are listed; sums over large
 * blocks, once the covariates to keep are known */
DISTEST_STATUS di_rdd_neighbours_build(distest_context *ctx, di_pool *pool,
                                       di_rdd_job *job, int side);
DISTEST_STATUS di_rdd_neighbours_sums(distest_context *ctx, di_pool *pool,
                                      di_rdd_job *job, int side);
/* residuals (16) of the chunk, RDD_CHUNK x count, as in di_rdd_chunk_gather */
void di_rdd_neighbours_residual(const di_rdd_job *job, const di_rdd_design *d,
                                const di_rdd_chunk *c, size_t first, size_t count,
                                double *E);

/* rdd_residual.c: w_cl (e = 0) or w_bc of unit i, after di_rdd_chunk_rows */
double di_rdd_chunk_weight(const di_rdd_job *job, const di_rdd_design *d,
                           const di_rdd_chunk *c, int e, size_t i);

/* rdd_score.c: sums of squares and products of scores, for estimate e = 0 (cl), 1 (bc)
 * and part minus, plus, both. With `full`, cols x cols matrices; else cols squares,
 * then cols products with the last column. */
enum { RDD_PART_MINUS, RDD_PART_PLUS, RDD_PART_BOTH, RDD_PART_CROSS, RDD_PARTS };
typedef struct di_rdd_scores {
    int full[2];                /* by estimate */
    int joint, cross;           /* clusters on both sides are one; CROSS is wanted */
    double *part[2][RDD_PARTS]; /* out; CROSS: minus x plus, full only */
    double *psi, *psi_minus,
        *psi_plus;         /* out, or NULL: scores of estimate `reported` */
    double *psi_treatment; /* out, or NULL: those of the last column */
    size_t score_rows;
    int reported;   /* 0 cl, 1 bc */
    int scale;      /* scores are divided by 2^scale */
    double *square; /* out, or NULL: cols, sum of e^2 over units with k_h > 0 */
    size_t counted; /* out: these units */
    size_t leverage_one;
} di_rdd_scores;
DISTEST_STATUS di_rdd_pass_scores(distest_context *ctx, di_rdd_job *job,
                                  di_rdd_scores *s);

#endif
