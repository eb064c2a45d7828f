/* rdd.h - what the files of this family share. */
#ifndef DI_RDD_H
#define DI_RDD_H

#include "core.h"
#include "linalg.h"
#include "stream.h"

#include <distest/rdd.h>

#include <math.h>

/* Orders of fits go to q + 2 in the bandwidth rules; p is at most 20, q 21. */
enum { RDD_MOST_P = 20, RDD_MOST_ORDER = 23, RDD_TERMS = RDD_MOST_ORDER + 1 };

enum { RDD_MINUS = 0, RDD_PLUS = 1 };

/* rdd_kernel.c. K(z) = c (1 - |z|^power) for |z| < 1, or c for |z| <= 1 (power 0). */
typedef struct di_rdd_kernel {
    const char *name;
    double c;
    int power;
} di_rdd_kernel;

DISTEST_STATUS di_rdd_kernel_find(distest_context *ctx, const char *name,
                                  const di_rdd_kernel **kernel);
double di_rdd_kernel_at(const di_rdd_kernel *kernel, double z);
/* is K(z) > 0? */
static inline int di_rdd_kernel_reaches(const di_rdd_kernel *kernel, double z)
{
    return fabs(z) < 1 || (kernel->power == 0 && fabs(z) <= 1);
}
/* int_0^1 z^j K(z)^power dz, power 1 or 2 */
double di_rdd_kernel_moment(const di_rdd_kernel *kernel, int j, int power);
/* rdd_project.c: om_j of (5), equal up to rounding on a uniform grid */
void di_rdd_cells(size_t probs, const double *q, double *om);

/* rdd_prepare.c: the units of a call, checked, split by side. Units with weight 0 and
 * in the donut are gone; those of a side stand in the order of the input. Columns are
 * the outcomes and, last, the treatment; each is used times 2^-exponent, which leaves
 * its largest entry in [1/2, 1). */
typedef struct di_rdd_prep {
    const distest_rdd_units *units;
    const distest_rdd_opts *opts;
    const di_rdd_kernel *kernel;
    int vce, method;       /* RDD_NN ..., RDD_FRECHET ... */
    size_t cols;           /* probs, and 1 with treatment */
    size_t all;            /* cols and the covariates */
    const double **column; /* all pointers to n numbers */
    int *exponent, *exact; /* all; exact: where exponents go that are no guess */
    int guessed;           /* exponents are; largest and common are not set */
    double *largest;       /* all, max |column| */
    int common;            /* largest exponent of the outcomes */
    size_t used[2];        /* units by side */
    size_t *row[2];        /* their numbers */
    double *u[2], *o[2];   /* distance to the cutoff, weight */
    double range[2];       /* max |u| */
    double tie;            /* distances closer than this are equal (nn) */
} di_rdd_prep;

enum { RDD_NN, RDD_HC0, RDD_HC1, RDD_HC2, RDD_HC3, RDD_CR1, RDD_CR3 };
enum { RDD_FRECHET, RDD_REARRANGED, RDD_POINTWISE };

/* Everything but h and b is checked; memory is the pool's. */
DISTEST_STATUS di_rdd_prepare(distest_context *ctx, di_pool *pool,
                              const distest_rdd_units *units,
                              const distest_rdd_opts *opts, di_rdd_prep *prep);
/* The same without a look at the columns: exponents are a guess by a few rows, until
 * di_rdd_pass_beta has seen them all. */
DISTEST_STATUS di_rdd_prepare_unseen(distest_context *ctx, di_pool *pool,
                                     const distest_rdd_units *units,
                                     const distest_rdd_opts *opts, di_rdd_prep *prep);
/* exponents and `common` from p->largest, which is NaN where a column is not finite */
DISTEST_STATUS di_rdd_prepare_scaled(distest_context *ctx, di_rdd_prep *p);

/* rdd_stage.c: on one side, the coefficient of u^coef (no factorial) in a fit of order
 * `order` with K(u / h), for every column of outcomes, h common (bandwidths = 1) or
 * one per column; its variance sum of squared scores by `vce` (summed by cluster
 * within the side); kappa = h^coef e_coef' G^-1 sum K R (u/h)^(order+1). Covariates
 * are taken out with the slopes `given`, or, when NULL, those of this side at this fit,
 * which go to `gamma`: all covariates x probs, 0 for dropped ones, in the scaled
 * outcomes. Outcomes are divided by 2^prep->common. ESING names `argument`. */
typedef struct di_rdd_stage {
    int side, order, coef;
    size_t bandwidths;
    const double *h;
    const char *argument;
    double *value;       /* out: probs */
    double *variance;    /* out: probs, or NULL */
    double *kappa;       /* out: bandwidths, or NULL */
    double *gamma;       /* out: covariates x probs, or NULL */
    const double *given; /* covariates x probs, or NULL; not read without covariates */
} di_rdd_stage;
DISTEST_STATUS di_rdd_stage_fit(distest_context *ctx, const di_rdd_prep *prep,
                                const di_rdd_stage *stage);

/* rdd_bands.c: which of the sorted maxima (from 0) is the critical value; are there
 * enough draws for the level? */
size_t di_rdd_rank(double level, size_t draws);
DISTEST_STATUS di_rdd_check_draws(distest_context *ctx, double level, size_t draws);

#endif
