/* surv_rows.h - what surv_rows.c hands to its kernels. */
#ifndef DI_SURV_ROWS_H
#define DI_SURV_ROWS_H

#include <stddef.h>

/* Per row: eta_1; eta_2 + eta_3; exp(eta_3); exp(eta_2); k = eta_4, a = exp(k) and
 * kappa = a - 1; log t; the weight with which H counts (negative: subtracted; 0 with
 * event 0: the row is idle) and that of log h. */
typedef struct {
    const double *eta1, *shift, *gamma, *lambda, *k, *a, *kappa, *logt, *sign, *event;
    size_t stride; /* of the columns of grad and hess */
} di_surv_vectors;

#endif
