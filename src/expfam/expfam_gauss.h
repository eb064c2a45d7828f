/* expfam_gauss.h - Gaussian models: their statistics, and their estimation. */
#ifndef DI_EXPFAM_GAUSS_H
#define DI_EXPFAM_GAUSS_H

#include "expfam.h"

enum { FULL, DIAGONAL, SPHERICAL, GRAPH };

/* expfam_gauss.c: how many statistics are linear and quadratic; quadratic statistic q
 * (from 0) is the pair i <= j */
size_t di_expfam_gauss_linear(const distest_expfam_family *f);
size_t di_expfam_gauss_structure(const distest_expfam_family *f);
void di_expfam_gauss_pair(const distest_expfam_family *f, size_t q, size_t *i,
                          size_t *j);
size_t di_expfam_gauss_quadratic(const distest_expfam_family *f);

/* expfam_gauss_mle.c: entries of the table of families */
int di_expfam_gauss_mle(const distest_expfam_family *f, const double *mean, double *th,
                        distest_context *ctx);
int di_expfam_gauss_data(const distest_expfam_family *f, const distest_sample *s,
                         const double *mean_xi, double *th, distest_context *ctx);
void di_expfam_graph_start(const distest_expfam_family *f, const double *mean,
                           double *th);
int di_expfam_gauss_natural(const distest_expfam_family *f, const double *par,
                            double *th);

#endif
