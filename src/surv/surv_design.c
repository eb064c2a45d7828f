/* surv_design.c - working coordinates: columns centred where their parameter has an
 * intercept, and scaled; times divided by the geometric mean of the event times.
 *
 *     eta_j = X_j theta = theta~_0 + sum_c theta~_c (x_c - centre_c) / scale_c
 *
 * so theta_c = theta~_c / scale_c, and the intercept takes up the centres: theta =
 * M theta~ and V = M V~ M'. Newton's method does not see the change; its rounding does.
 * Phi acts on phi t, so a unit of time adds log(unit) to eta_1 ("time"). */
#include "linalg.h"
#include "surv.h"

#include <math.h>
#include <string.h>

double di_surv_time_of(const distest_surv_data *d, size_t i)
{
    switch (d->type[i]) {
    case DISTEST_SURV_LEFT:
        return 0.5 * d->upper[i];
    case DISTEST_SURV_INTERVAL:
        return 0.5 * (d->lower[i] + d->upper[i]);
    default:
        return d->lower[i];
    }
}

/* exp(mean log t) over the rows with an event; 1 where that is out of range */
static double event_unit(const distest_surv_data *d)
{
    double sum = 0, count = 0;
    for (size_t i = 0; i < d->n; i++) {
        const double w = d->weight ? d->weight[i] : 1;
        if (d->type[i] == DISTEST_SURV_RIGHT || w == 0) continue;
        sum += w * log(di_surv_time_of(d, i));
        count += w;
    }
    const double unit = exp(sum / count);
    return count > 0 && isfinite(unit) && unit > 0 ? unit : 1;
}

enum { FEW = 20000 };

typedef struct {
    const distest_surv_data *data;
    const di_surv_working *work;
    int j;
    size_t first;
} columns;

/* Mean and root mean square around it (or around 0 without an intercept) of column c.
 * A constant column is an intercept; scale is then its value. */
static int measure(size_t c, int thread, void *data)
{
    const columns *a = data;
    const size_t n = a->data->n;
    const double *x = a->data->par[a->j].x + c * a->data->par[a->j].ldx;
    double sum = 0, squares = 0, low = x[0], high = x[0];
    (void)thread;
    for (size_t i = 0; i < n; i++) {
        sum += x[i] - x[0];
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    const double mean = x[0] + sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    a->work->centre[a->first + c] = low == high ? 0 : mean;
    a->work->scale[a->first + c] = low == high ? x[0] : sqrt(squares / (double)n);
    return DISTEST_SUCCESS;
}

static void settle(const distest_surv_data *data, di_surv_working *work, int j,
                   size_t first)
{
    const size_t p = data->par[j].p;
    work->intercept[j] = p;
    for (size_t c = p; c > 0; c--)
        if (work->centre[first + c - 1] == 0 && work->scale[first + c - 1] != 0 &&
            data->par[j].x[(c - 1) * data->par[j].ldx] == work->scale[first + c - 1]) {
            const double *x = data->par[j].x + (c - 1) * data->par[j].ldx;
            int constant = 1;
            for (size_t i = 0; constant && i < data->n; i++) constant = x[i] == x[0];
            if (constant) work->intercept[j] = c - 1;
        }
    for (size_t c = 0; c < p; c++) {
        double *centre = &work->centre[first + c], *scale = &work->scale[first + c];
        if (work->intercept[j] == p) { /* no intercept to take the centre up */
            *scale = sqrt(*scale * *scale + *centre * *centre);
            *centre = 0;
        }
        if (*scale == 0) *scale = 1;
    }
}

int di_surv_working_make(const distest_surv_data *data, di_pool *pool,
                         di_surv_working *work, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    size_t first = 0;
    work->P = 0;
    for (int j = 0; j < PARAMETERS; j++) work->P += data->par[j].p;
    DI_TRY(DI_NEW(ctx, pool, &work->centre, work->P, 1));
    DI_TRY(DI_NEW(ctx, pool, &work->scale, work->P, 1));
    for (int j = 0; j < PARAMETERS; j++) {
        columns a = {data, work, j, first};
        for (size_t c = 0; data->n < FEW && c < data->par[j].p; c++)
            DI_TRY(measure(c, 0, &a)); /* waking threads would take longer */
        if (data->n >= FEW)
            DI_TRY(di_for_blocks(ctx, "design", 0, 1, data->par[j].p, measure, &a));
        settle(data, work, j, first);
        first += data->par[j].p;
    }
    /* phi t^gamma has no unit of time that could be taken out of phi alone */
    work->unit = data->phi_form == 0 ? event_unit(data) : data->time_scale;
done:
    return status;
}

di_surv_problem di_surv_problem_make(const distest_surv_data *data,
                                     const di_surv_working *work, size_t *passes,
                                     distest_context *ctx)
{
    di_surv_problem q = {.data = data,
                         .step = 1,
                         .unit = work->unit,
                         .kernel = data->kernel,
                         .P = work->P,
                         .ctx = ctx,
                         .stage = "fitting",
                         .passes = passes};
    size_t first = 0;
    for (int j = 0; j < PARAMETERS; j++) {
        const distest_surv_par *par = &data->par[j];
        q.par[j] = (di_surv_design){.p = par->p,
                                    .first = first,
                                    .x = par->x,
                                    .ldx = par->ldx,
                                    .offset = par->offset,
                                    .value = par->p ? 0 : par->value,
                                    .centre = work->centre + first,
                                    .scale = work->scale + first};
        first += par->p;
    }
    q.par[PHI].value += log(work->unit / data->time_scale);
    return q;
}

/* M = I / scale but for the rows of the intercepts */
static void apply(const distest_surv_data *data, const di_surv_working *work,
                  double *theta, size_t stride)
{
    size_t first = 0;
    for (int j = 0; j < PARAMETERS; j++) {
        const size_t p = data->par[j].p, at = work->intercept[j];
        double shift = 0;
        for (size_t c = 0; c < p; c++) {
            double *t = theta + (first + c) * stride;
            if (c != at) {
                *t /= work->scale[first + c];
                shift += *t * work->centre[first + c];
            }
        }
        if (at < p) {
            double *t = theta + (first + at) * stride;
            *t = (*t - shift) / work->scale[first + at];
        }
        first += p;
    }
}

void di_surv_to_user(const distest_surv_data *data, const di_surv_working *work,
                     double *theta)
{
    apply(data, work, theta, 1);
}

void di_surv_to_working(const distest_surv_data *data, const di_surv_working *work,
                        double *theta)
{
    size_t first = 0;
    for (int j = 0; j < PARAMETERS; j++) {
        const size_t p = data->par[j].p, at = work->intercept[j];
        double shift = 0;
        for (size_t c = 0; c < p; c++)
            if (c != at) {
                shift += theta[first + c] * work->centre[first + c];
                theta[first + c] *= work->scale[first + c];
            }
        if (at < p)
            theta[first + at] = theta[first + at] * work->scale[first + at] + shift;
        first += p;
    }
}

void di_surv_cov_to_user(const distest_surv_data *data, const di_surv_working *work,
                         double *V)
{
    const size_t P = work->P;
    for (size_t c = 0; c < P; c++) apply(data, work, V + c * P, 1);
    for (size_t r = 0; r < P; r++) apply(data, work, V + r, P);
    di_symmetrize('L', P, V, P);
}
