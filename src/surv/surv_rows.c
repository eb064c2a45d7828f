/* surv_rows.c - contributions of many rows and their derivatives in the linear
 * predictors, in vectors.
 *
 * Events and right censored rows, with or without delayed entry, go through
 * surv_rows_kernel.h; what is left (interval censoring, background hazards, a kappa
 * that is Inf in some rows, predictors that are not finite) through surv_terms.c, row
 * by row. The choice depends on the row alone, so the bits do not depend on its
 * neighbours. */
#include "surv_rows.h"
#include "surv.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "../surv/surv_rows_kernel.h"
#include "isa.h"

/* as in surv_baseline.c: beyond, the limit kappa = Inf */
static const double K_INFINITE = 36.7;

enum {
    EXP_GAMMA,
    EXP_LAMBDA,
    EXP_KAPPA,
    EXPM1_KAPPA,
    SHIFT,
    TIME,
    SIGN,
    EVENT,
    WEIGHT
};

static int constant(const di_surv_design *par)
{
    return !par->offset && (par->p == 0 || (par->p == 1 && !par->x));
}

static void exponential(int is_constant, size_t rows, const double *eta, double *out)
{
    if (!is_constant) {
        di_vexp(rows, eta, out);
        return;
    }
    const double e = exp(eta[0]);
    for (size_t i = 0; i < rows; i++) out[i] = e;
}

static void kappa_of(int is_constant, size_t rows, const double *k, double *out)
{
    if (!is_constant) {
        di_vexpm1(rows, k, out);
        return;
    }
    const double kappa = expm1(k[0]);
    for (size_t i = 0; i < rows; i++) out[i] = kappa;
}

/* log of the times in `t`, in place; rows at time 0 become idle */
static void log_times(size_t rows, double *t, double *sign, double *event)
{
    for (size_t i = 0; i < rows; i++) {
        const int none = !(t[i] > 0);
        t[i] = none ? 1 : t[i];
        sign[i] = none ? 0 : sign[i];
        event[i] = none ? 0 : event[i];
    }
    di_vlog(rows, t, t);
}

/* Can a row go through the kernel? x * 0 is 0 for finite x only. */
static int in_vectors(const di_surv_problem *q, size_t row, const double *eta,
                      size_t stride)
{
    const distest_surv_data *d = q->data;
    const int type = d->type[row];
    const double k = q->kernel == DISTEST_SURV_KERNEL_FINITE ? eta[3 * stride] : 0;
    const double zero = 0 * eta[0] + 0 * eta[stride] + 0 * eta[2 * stride] + 0 * k;
    if (d->bhazard && type == DISTEST_SURV_EVENT && d->bhazard[row] > 0) return 0;
    return ((type == DISTEST_SURV_RIGHT) | (type == DISTEST_SURV_EVENT)) & (zero == 0) &
           (k <= K_INFINITE) & (0 * d->lower[row] == 0);
}

static void one_row(const di_surv_row *r, const double *eta, size_t stride, double w,
                    int deriv, double *value, double *grad, double *hess)
{
    double at[PARAMETERS], g[PARAMETERS], h[PAIRS], v;
    for (size_t j = 0; j < PARAMETERS; j++) at[j] = eta[j * stride];
    if (w == 0) { /* 0 times what may not be finite */
        *value = 0;
        for (size_t j = 0; deriv > 0 && j < PARAMETERS; j++) grad[j * stride] = 0;
        for (size_t j = 0; deriv > 1 && j < PAIRS; j++) hess[j * stride] = 0;
        return;
    }
    di_surv_term(r, at, deriv, &v, g, h);
    *value = w * v;
    for (size_t j = 0; deriv > 0 && j < PARAMETERS; j++) grad[j * stride] = w * g[j];
    for (size_t j = 0; deriv > 1 && j < PAIRS; j++) hess[j * stride] = w * h[j];
}

static void all_in_vectors(const di_surv_problem *q, size_t rows, size_t stride,
                           int deriv, const double *eta, double *work, int entries,
                           const double *entry, double *value, double *grad,
                           double *hess)
{
    const double *eta2 = eta + stride, *eta3 = eta + 2 * stride, *k = eta + 3 * stride;
    const int kernel = q->kernel, form = q->data->phi_form;
    double *of[WEIGHT + 1];
    for (size_t j = 0; j <= WEIGHT; j++) of[j] = work + j * stride;
    exponential(constant(&q->par[GAMMA]), rows, eta3, of[EXP_GAMMA]);
    exponential(constant(&q->par[LAMBDA]), rows, eta2, of[EXP_LAMBDA]);
    if (kernel == DISTEST_SURV_KERNEL_FINITE) {
        exponential(constant(&q->par[KAPPA]), rows, k, of[EXP_KAPPA]);
        kappa_of(constant(&q->par[KAPPA]), rows, k, of[EXPM1_KAPPA]);
    }
    for (size_t i = 0; i < rows; i++) of[SHIFT][i] = eta2[i] + eta3[i];
    const di_surv_vectors v = {eta,      of[SHIFT],     of[EXP_GAMMA],   of[EXP_LAMBDA],
                               k,        of[EXP_KAPPA], of[EXPM1_KAPPA], of[TIME],
                               of[SIGN], of[EVENT],     stride};
    memset(value, 0, rows * sizeof *value);
    for (size_t j = 0; deriv > 0 && j < PARAMETERS; j++)
        memset(grad + j * stride, 0, rows * sizeof *grad);
    for (size_t j = 0; deriv > 1 && j < PAIRS; j++)
        memset(hess + j * stride, 0, rows * sizeof *hess);
    log_times(rows, of[TIME], of[SIGN], of[EVENT]);
    DI_PICK(rows_deriv)(rows, kernel, form, deriv, &v, value, grad, hess);
    if (!entries) return;
    for (size_t i = 0; i < rows; i++) {
        of[TIME][i] = entry[i];
        of[SIGN][i] = of[WEIGHT][i];
        of[EVENT][i] = 0;
    }
    log_times(rows, of[TIME], of[SIGN], of[EVENT]);
    DI_PICK(rows_deriv)(rows, kernel, form, deriv, &v, value, grad, hess);
}

void di_surv_many(const di_surv_problem *q, size_t r0, size_t rows, size_t stride,
                  int deriv, const double *eta, double *work, double *value,
                  double *grad, double *hess)
{
    const distest_surv_data *d = q->data;
    double *time = work + TIME * stride, *sign = work + SIGN * stride,
           *event = work + EVENT * stride, *weight = work + WEIGHT * stride,
           *entry = work + (WEIGHT + 1) * stride, *left = entry + stride;
    size_t vectors = 0;
    int entries = 0;
    const double per = 1 / q->unit;
    for (size_t i = 0; i < rows; i++) {
        const size_t row = (r0 + i) * q->step;
        const int fit = in_vectors(q, row, eta + i, stride);
        const double w = fit ? (d->weight ? d->weight[row] : 1) : 0;
        time[i] = fit ? d->lower[row] * per : 1;
        weight[i] = w;
        sign[i] = -w;
        event[i] = d->type[row] == DISTEST_SURV_EVENT ? w : 0;
        left[i] = !fit;
        vectors += (size_t)fit;
    }
    for (size_t i = 0; d->entry && i < rows; i++) {
        entry[i] = d->entry[(r0 + i) * q->step] * per;
        entries |= entry[i] > 0;
    }
    if (vectors)
        all_in_vectors(q, rows, stride, deriv, eta, work, entries, entry, value, grad,
                       hess);
    for (size_t i = 0; vectors < rows && i < rows; i++) {
        if (left[i] == 0) continue;
        const size_t row = (r0 + i) * q->step;
        const di_surv_row r = di_surv_row_of(q, row);
        one_row(&r, eta + i, stride, d->weight ? d->weight[row] : 1, deriv, value + i,
                grad + i, hess + i);
    }
}
