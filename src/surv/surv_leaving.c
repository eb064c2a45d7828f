/* surv_leaving.c - is a limit of kappa a maximum? The derivative of the log-likelihood
 * when kappa leaves it.
 *
 * Upper limit, rho = 1 / (kappa + 1) at 0:
 *
 *     dB/drho = -(x^2 / 2 + 2 x),   dH/drho = lambda [expm1(x) - e^x (x^2 / 2 + x)]
 *
 * Lower limit, eps = kappa + 1 at 0, in the parameters of the kernel kappa = -1:
 *
 *     dB/deps = log(1 + y) - 1,     dH/deps = -lambda log(1 + y) / (1 + y) */
#include "surv.h"

#include <math.h>

typedef struct {
    const di_surv_problem *q;
    const double *theta;
    size_t rows;
} walk;

static double log_x(int phi_form, double t, const double *eta)
{
    const double g = exp(eta[GAMMA]), logt = log(t);
    return phi_form == 0 ? g * (eta[PHI] + logt) : eta[PHI] + g * logt;
}

static double d_cumhaz(const di_surv_row *r, double t, const double *eta)
{
    if (!(t > 0)) return 0;
    const double z = log_x(r->phi_form, t, eta), lambda = exp(eta[LAMBDA]);
    if (r->kernel == DISTEST_SURV_KERNEL_M1)
        return -lambda * di_log1pexp(z) / (1 + exp(z));
    const double x = exp(z);
    return lambda * (expm1(x) - exp(x) * (0.5 * x * x + x));
}

static double d_loghaz(const di_surv_row *r, double t, const double *eta)
{
    const double z = log_x(r->phi_form, t, eta);
    if (r->kernel == DISTEST_SURV_KERNEL_M1) return di_log1pexp(z) - 1;
    const double x = exp(z);
    return -(0.5 * x * x + 2 * x);
}

static double d_event(const di_surv_row *r, double t, const double *eta)
{
    if (!(r->bhazard > 0)) return d_loghaz(r, t, eta);
    double v, g[PARAMETERS], h[PAIRS];
    di_surv_loghaz(r->phi_form, r->kernel, t, eta, 0, &v, g, h);
    return d_loghaz(r, t, eta) / (1 + exp(log(r->bhazard) - v));
}

static double d_term(const di_surv_row *r, const double *eta)
{
    const double entered = d_cumhaz(r, r->entry, eta);
    if (r->type == DISTEST_SURV_RIGHT) return entered - d_cumhaz(r, r->lower, eta);
    if (r->type == DISTEST_SURV_EVENT)
        return entered - d_cumhaz(r, r->lower, eta) + d_event(r, r->lower, eta);
    const double l = fmax(r->type == DISTEST_SURV_LEFT ? 0 : r->lower, r->entry);
    const double dl = d_cumhaz(r, l, eta), du = d_cumhaz(r, r->upper, eta);
    double low, high, g[PARAMETERS], h[PAIRS];
    di_surv_cumhaz(r->phi_form, r->kernel, l, eta, 0, &low, g, h);
    di_surv_cumhaz(r->phi_form, r->kernel, r->upper, eta, 0, &high, g, h);
    const double D = high - low;
    return entered - dl + (D > 700 ? 0 : (du - dl) / expm1(D));
}

double di_surv_leaving_row(const di_surv_problem *q, const double *theta, size_t row)
{
    const double w = q->data->weight ? q->data->weight[row] : 1;
    const di_surv_row r = di_surv_row_of(q, row);
    double eta[PARAMETERS];
    if (w == 0) return 0;
    di_surv_eta(q, theta, row, eta);
    return w * d_term(&r, eta);
}

enum { UNIT = 4096 };

static int summand(size_t block, int thread, void *data, double *out)
{
    const walk *a = data;
    const size_t start = block * UNIT;
    const size_t end = a->rows - start < UNIT ? a->rows : start + UNIT;
    (void)thread;
    *out = 0;
    for (size_t i = start; i < end; i++)
        *out += di_surv_leaving_row(a->q, a->theta, i * a->q->step);
    return DISTEST_SUCCESS;
}

int di_surv_leaving(di_surv_problem *q, const double *theta, double *slope)
{
    if (q->remote) return di_surv_remote_leaving(q, theta, slope);
    walk a = {.q = q, .theta = theta, .rows = di_surv_rows(q)};
    const size_t blocks = (a.rows + UNIT - 1) / UNIT;
    return di_sum_blocks(q->ctx, q->stage, 0, 1, blocks, 1, summand, &a, slope);
}
