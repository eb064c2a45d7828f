/* surv_check.c - are rows and model fit for use? */
#include "linalg.h"
#include "surv.h"

#include <math.h>

static const char *const NAMES[PARAMETERS] = {"phi", "lambda", "gamma", "kappa"};

distest_surv_data distest_surv_data_default(void)
{
    return (distest_surv_data){.size = sizeof(distest_surv_data), .time_scale = 1};
}

/* what a limit kernel holds of kappa is not read */
static int last_parameter(const distest_surv_data *data)
{
    return data->kernel == DISTEST_SURV_KERNEL_FINITE ? KAPPA : GAMMA;
}

static int check_design(const distest_surv_data *data, int j, distest_context *ctx)
{
    const distest_surv_par *par = &data->par[j];
    if (par->p && !par->x)
        return di_fail(ctx, DISTEST_EINVAL, NAMES[j], "The design of `%s` is NULL.",
                       NAMES[j]);
    if (par->p && par->ldx < data->n)
        return di_fail(ctx, DISTEST_EINVAL, NAMES[j],
                       "The leading dimension of `%s` is %zu for %zu rows.", NAMES[j],
                       par->ldx, data->n);
    if (par->p == 0 && !isfinite(par->value))
        return di_fail(ctx, DISTEST_EINVAL, NAMES[j], "`%s` is held at %g.", NAMES[j],
                       par->value);
    return DISTEST_SUCCESS;
}

/* The first number that is not finite */
static int blame_design(const distest_surv_data *data, int j, distest_context *ctx)
{
    const distest_surv_par *par = &data->par[j];
    for (size_t c = 0; c < par->p; c++)
        for (size_t i = 0; i < data->n; i++)
            if (!isfinite(par->x[i + c * par->ldx]))
                return di_fail(ctx, DISTEST_EINVAL, NAMES[j],
                               "`%s` has %g in column %zu at row %zu.", NAMES[j],
                               par->x[i + c * par->ldx], c + 1, i + 1);
    for (size_t i = 0; par->offset && i < data->n; i++)
        if (!isfinite(par->offset[i]))
            return di_fail(ctx, DISTEST_EINVAL, NAMES[j],
                           "The offset of `%s` is %g at row %zu.", NAMES[j],
                           par->offset[i], i + 1);
    return DISTEST_SUCCESS;
}

/* What is wrong with the times of a row, or NULL; `argument` is the array to blame. */
static const char *fault(const distest_surv_data *d, size_t i, const char **argument)
{
    const int type = d->type[i];
    const double entry = d->entry ? d->entry[i] : 0;
    const double l = type == DISTEST_SURV_LEFT ? 0 : d->lower[i];
    const double u = type >= DISTEST_SURV_LEFT ? d->upper[i] : l;
    *argument = "type";
    if (type < DISTEST_SURV_RIGHT || type > DISTEST_SURV_INTERVAL)
        return "is not a kind of censoring";
    *argument = "entry";
    if (!(entry >= 0 && isfinite(entry))) return "enters before time 0";
    *argument = "lower";
    if (!(l >= 0 && isfinite(l))) return "has a time that is negative or not finite";
    if (type == DISTEST_SURV_EVENT && l == 0) return "has an event at time 0";
    *argument = "upper";
    if (type >= DISTEST_SURV_LEFT && !(u > 0 && isfinite(u)))
        return "has an upper bound that is not positive and finite";
    if (type == DISTEST_SURV_INTERVAL && !(l < u)) return "has an empty interval";
    *argument = "entry";
    if (entry > 0 && entry >= u) return "enters after its time";
    return NULL;
}

static int blame_rows(const distest_surv_data *d, size_t *bad_row, distest_context *ctx)
{
    for (size_t i = 0; i < d->n; i++) {
        const char *argument, *what = fault(d, i, &argument);
        if (what) {
            if (bad_row) *bad_row = i;
            return di_fail(ctx, DISTEST_EDOM, argument, "Row %zu %s.", i + 1, what);
        }
        if (d->bhazard && !(d->bhazard[i] >= 0 && isfinite(d->bhazard[i]))) {
            if (bad_row) *bad_row = i;
            return di_fail(ctx, DISTEST_EDOM, "bhazard",
                           "`bhazard` must not be negative, but is %g at row %zu.",
                           d->bhazard[i], i + 1);
        }
        if (d->bhazard && d->bhazard[i] > 0 && d->type[i] >= DISTEST_SURV_LEFT) {
            if (bad_row) *bad_row = i;
            return di_fail(ctx, DISTEST_EDOM, "bhazard",
                           "`bhazard` is for exact events, but row %zu is left- or "
                           "interval-censored.",
                           i + 1);
        }
        if (d->cluster && d->cluster[i] < 0)
            return di_fail(ctx, DISTEST_EINVAL, "cluster",
                           "`cluster` must count from 0, but is %d at row %zu.",
                           d->cluster[i], i + 1);
    }
    return DISTEST_SUCCESS;
}

int di_surv_check_shape(const distest_surv_data *data, distest_context *ctx)
{
    int status = DISTEST_SUCCESS, late = 0;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "data", data));
    if (data->n == 0) return di_fail(ctx, DISTEST_EINVAL, "data", "There are no rows.");
    DI_TRY(di_check_pointer(ctx, "type", data->type));
    DI_TRY(di_check_pointer(ctx, "lower", data->lower));
    for (size_t i = 0; i < data->n; i++) late |= data->type[i] >= DISTEST_SURV_LEFT;
    if (late) DI_TRY(di_check_pointer(ctx, "upper", data->upper));
    DI_TRY(di_check_positive(ctx, "time_scale", 1, &data->time_scale));
    if (data->phi_form != 0 && data->phi_form != 1)
        return di_fail(ctx, DISTEST_EINVAL, "phi_form", "`phi_form` must be 0 or 1.");
    if (data->kernel < DISTEST_SURV_KERNEL_FINITE ||
        data->kernel > DISTEST_SURV_KERNEL_M1)
        return di_fail(ctx, DISTEST_EINVAL, "kernel", "`kernel` is %d.", data->kernel);
    DI_TRY(di_check_weights(ctx, "weight", data->n, data->weight));
    for (int j = 0; j <= last_parameter(data); j++) DI_TRY(check_design(data, j, ctx));
done:
    return status;
}

enum { PART = 65536 };

/* x * 0 is 0 for finite x only; in lanes, which are then added */
static int all_finite(size_t n, const double *x)
{
    double zero[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++) zero[k] += x[i + k] * 0;
    for (; i < n; i++) zero[0] += x[i] * 0;
    return di_sum(8, zero) == 0;
}

static int look_at_part(size_t block, int thread, void *data)
{
    const distest_surv_data *d = data;
    const size_t from = block * PART, rows = d->n - from < PART ? d->n - from : PART;
    (void)thread;
    for (int j = 0; j <= last_parameter(d); j++) {
        const distest_surv_par *par = &d->par[j];
        if (par->offset && !all_finite(rows, par->offset + from)) return DISTEST_EINVAL;
        for (size_t c = 0; c < par->p; c++)
            if (!all_finite(rows, par->x + c * par->ldx + from)) return DISTEST_EINVAL;
    }
    for (size_t i = from; i < from + rows; i++) {
        const char *argument;
        if (fault(d, i, &argument)) return DISTEST_EDOM;
        const double b = d->bhazard ? d->bhazard[i] : 0;
        if (!(b >= 0 && isfinite(b)) || (b > 0 && d->type[i] >= DISTEST_SURV_LEFT))
            return DISTEST_EDOM;
        if (d->cluster && d->cluster[i] < 0) return DISTEST_EINVAL;
    }
    return DISTEST_SUCCESS;
}

int di_surv_check_numbers(const distest_surv_data *data, size_t *bad_row,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    distest_surv_data view = *data;
    status = di_for_blocks(ctx, "checks", 0, 1, (data->n + PART - 1) / PART,
                           look_at_part, &view);
    if (status != DISTEST_EINVAL && status != DISTEST_EDOM) return status;
    for (int j = 0; j <= last_parameter(data); j++) DI_TRY(blame_design(data, j, ctx));
    DI_TRY(blame_rows(data, bad_row, ctx));
done:
    return status;
}

int distest_surv_data_check(const distest_surv_data *data, size_t *bad_row,
                            distest_context *ctx)
{
    const int status = di_surv_check_shape(data, ctx);
    return status == DISTEST_SUCCESS ? di_surv_check_numbers(data, bad_row, ctx)
                                     : status;
}

typedef struct {
    const di_surv_problem *q;
    const double *eta;
    int deriv;
    double *value, *grad, *hess;
} terms;

enum { UNIT = 4096 };

static int some_terms(size_t block, int thread, void *data)
{
    const terms *t = data;
    const size_t n = t->q->data->n, start = block * UNIT;
    const size_t end = n - start < UNIT ? n : start + UNIT;
    (void)thread;
    for (size_t i = start; i < end; i++) {
        const di_surv_row row = di_surv_row_of(t->q, i);
        double eta[PARAMETERS], g[PARAMETERS], h[PAIRS];
        for (size_t j = 0; j < PARAMETERS; j++) eta[j] = t->eta[i + j * n];
        di_surv_term(&row, eta, t->deriv, &t->value[i], g, h);
        /* log h per unit of the data's time, not of the scaled one */
        if (row.type == DISTEST_SURV_EVENT) t->value[i] -= log(t->q->unit);
        for (size_t j = 0; t->deriv > 0 && j < PARAMETERS; j++)
            t->grad[i + j * n] = g[j];
        for (size_t j = 0; t->deriv > 1 && j < PAIRS; j++) t->hess[i + j * n] = h[j];
    }
    return DISTEST_SUCCESS;
}

int distest_surv_terms(const distest_surv_data *data, const double *eta, int deriv,
                       double *value, double *grad, double *hess, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "data", data));
    distest_surv_data rows = *data;
    for (int j = 0; j < PARAMETERS; j++) rows.par[j] = (distest_surv_par){0};
    DI_TRY(distest_surv_data_check(&rows, NULL, ctx));
    DI_TRY(di_check_pointer(ctx, "eta", eta));
    DI_TRY(di_check_pointer(ctx, "value", value));
    if (deriv > 0) DI_TRY(di_check_pointer(ctx, "grad", grad));
    if (deriv > 1) DI_TRY(di_check_pointer(ctx, "hess", hess));
    const di_surv_problem q = {
        .data = &rows, .step = 1, .unit = rows.time_scale, .kernel = rows.kernel};
    terms t = {&q, eta, deriv, value, grad, hess};
    DI_TRY(
        di_for_blocks(ctx, "terms", 0, 1, (rows.n + UNIT - 1) / UNIT, some_terms, &t));
done:
    return status;
}
