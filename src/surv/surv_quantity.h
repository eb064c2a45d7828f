/* surv_quantity.h - survival, hazard, quantile, ... of one subject. */
#ifndef DI_SURV_QUANTITY_H
#define DI_SURV_QUANTITY_H

#include "surv.h"

typedef struct {
    const distest_surv_model *model;
    double eta[PARAMETERS];
} di_surv_subject;

/* The quantity (DISTEST_SURV_PREDICT_...) at a time, probability or end `at`, given
 * survival to `entry`, and its gradient in eta; NaN where there is none. */
DISTEST_STATUS di_surv_quantity(int type, const di_surv_subject *s, double at,
                                double entry, double *est, double *g,
                                distest_context *ctx);
/* The same where a coefficient of -Inf leaves no hazard at all. */
double di_surv_quantity_never(int type, double at);

#endif
