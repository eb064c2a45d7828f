/* rdd_local.h - one local polynomial: one side, one bandwidth. */
#ifndef DI_RDD_LOCAL_H
#define DI_RDD_LOCAL_H

#include "rdd.h"

/* With z = u / h, k_i = o_i K(z_i), R(z) = (1, z, ..., z^order)', G = sum k R R' = L
 * L': the rows r_i = L^-1 R(z_i) satisfy sum k r r' = I, coefficients in them are beta
 * = sum k r D, and R'coefficients = r'beta. A linear functional of the fit is sum_i w_i
 * D_i with w_i = k_i r_i'pick. */
typedef struct di_rdd_local {
    int order;
    double h;
    size_t n; /* units with k > 0 */
    double L[RDD_TERMS * RDD_TERMS];
    double next[RDD_TERMS]; /* sum k R z^(order+1) */
} di_rdd_local;

/* rdd_local.c. u, o: the n units of the side. ESING names `argument`. */
DISTEST_STATUS di_rdd_local_build(distest_context *ctx, const di_rdd_kernel *kernel,
                                  int side, size_t n, const double *u, const double *o,
                                  int order, double h, const char *argument,
                                  di_rdd_local *f);
/* the same from the moments S_m = sum k z^m, m = 0 ... 2 order + 1; n is not set */
DISTEST_STATUS di_rdd_local_factor(distest_context *ctx, int side, int order, double h,
                                   const char *argument, const double *S,
                                   size_t distinct, di_rdd_local *f);
/* pick of the coefficient of z^coef: L^-1 e_coef */
void di_rdd_local_pick(const di_rdd_local *f, int coef, double *pick);
/* coefficient of z^coef: e_coef' G^-1 v */
double di_rdd_local_solve(const di_rdd_local *f, int coef, const double *v);
/* k (m) and r (m x (order + 1), leading dimension ld) for m units; where k is 0, r is
 * that of z = 0 (a number, whatever h) unless `outside` */
void di_rdd_local_rows(const di_rdd_local *f, const di_rdd_kernel *kernel, size_t m,
                       const double *u, const double *o, int outside, double *k,
                       double *r, size_t ld);

#endif
