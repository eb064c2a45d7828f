/* surv_quantity.c - what a model says of one subject: survival, hazard, quantile,
 * restricted mean, ..., each with its gradient in the four linear predictors. */
#include "surv_quantity.h"
#include "optim.h"

#include <math.h>
#include <string.h>

static double cumhaz(const di_surv_subject *s, double t, double *g)
{
    double H, h[PAIRS];
    di_surv_cumhaz(s->model->phi_form, s->model->kernel, t / s->model->time_scale,
                   s->eta, 1, &H, g, h);
    return H;
}

/* per unit of the data's time; t = 0 and t = Inf by their limits */
static double loghaz(const di_surv_subject *s, double t, double *g)
{
    double v, h[PAIRS];
    const double gamma = exp(s->eta[GAMMA]);
    memset(g, 0, PARAMETERS * sizeof *g);
    if (t == 0 && gamma != 1) return gamma > 1 ? -INFINITY : INFINITY;
    if (t == INFINITY) {
        const double power = di_surv_tail(s->model->kernel, s->eta);
        if (power != 0) return power > 0 ? INFINITY : -INFINITY;
        t = 1e300 * fmin(1, s->model->time_scale);
    }
    /* for gamma = 1 the hazard is continuous at 0 */
    const double at = t == 0 ? 1e-300 : t / s->model->time_scale;
    di_surv_loghaz(s->model->phi_form, s->model->kernel, at, s->eta, 1, &v, g, h);
    return v - log(s->model->time_scale);
}

static double time_at(const di_surv_subject *s, double h0)
{
    const double x =
        di_surv_inverse(s->model->kernel, s->eta[KAPPA], h0 * exp(-s->eta[LAMBDA]));
    const double per = exp(-s->eta[GAMMA]);
    const double logt = s->model->phi_form == 0 ? log(x) * per - s->eta[PHI]
                                                : (log(x) - s->eta[PHI]) * per;
    return exp(logt) * s->model->time_scale;
}

/* -log S(Inf), Inf without a cured fraction; gradient of the log of it */
static double log_cure(const di_surv_subject *s, double *g)
{
    const int kernel = s->model->kernel;
    const double total = di_surv_total(kernel, s->eta[KAPPA]);
    memset(g, 0, PARAMETERS * sizeof *g);
    g[LAMBDA] = 1;
    if (kernel == DISTEST_SURV_KERNEL_FINITE && isfinite(total)) g[KAPPA] = 1 + total;
    return exp(s->eta[LAMBDA]) * total;
}

/* H(t), t = Inf included */
static double cumhaz_to(const di_surv_subject *s, double t, double *g)
{
    if (t < INFINITY) return cumhaz(s, t, g);
    const double H = log_cure(s, g);
    for (int j = 0; j < PARAMETERS; j++) g[j] = isfinite(H) ? g[j] * H : 0;
    return H;
}

static double cure(const di_surv_subject *s, double *g)
{
    const double theta = log_cure(s, g), value = exp(-theta);
    for (int j = 0; j < PARAMETERS; j++) g[j] *= isfinite(theta) ? -value * theta : 0;
    return value;
}

static double survival(const di_surv_subject *s, double t, double entry, double *g)
{
    double before[PARAMETERS];
    if (t == INFINITY && entry == 0) return cure(s, g);
    const double H0 = cumhaz(s, entry, before), H = cumhaz_to(s, t, g);
    const double value = exp(-(H - H0));
    for (int j = 0; j < PARAMETERS; j++)
        g[j] = value > 0 ? -value * (g[j] - before[j]) : 0;
    return value;
}

static double hazard(const di_surv_subject *s, double t, double *g)
{
    const double value = exp(loghaz(s, t, g));
    for (int j = 0; j < PARAMETERS; j++) g[j] *= isfinite(value) ? value : 0;
    return value;
}

static double density(const di_surv_subject *s, double t, double *g)
{
    double dH[PARAMETERS];
    const double H = cumhaz(s, t, dH);
    const double value = exp(loghaz(s, t, g) - H);
    for (int j = 0; j < PARAMETERS; j++)
        g[j] = value > 0 && isfinite(value) ? value * (g[j] - dH[j]) : 0;
    return value > 0 ? value : 0;
}

/* dt = -dH(t) / h(t) */
static double quantile(const di_surv_subject *s, double p, double *g)
{
    double dB[PARAMETERS];
    memset(g, 0, PARAMETERS * sizeof *g);
    if (p == 0) return 0;
    const double t = time_at(s, -log1p(-p));
    if (!isfinite(t)) {
        for (int j = 0; j < PARAMETERS; j++) g[j] = NAN;
        return INFINITY;
    }
    (void)cumhaz(s, t, g);
    const double h = exp(loghaz(s, t, dB));
    for (int j = 0; j < PARAMETERS; j++) g[j] = -g[j] / h;
    return t;
}

/* S(t) and its gradient, times dt/ds for the integral over s = log t of a mean */
static void integrand(double t, double *value, void *data)
{
    value[0] = survival(data, t, 0, value + 1);
}

static void integrand_on_log(double s, double *value, void *data)
{
    const double t = exp(s);
    integrand(t, value, data);
    for (int j = 0; j <= PARAMETERS; j++) value[j] *= t;
}

static int rmst(const di_surv_subject *s, double tau, double *est, double *g,
                distest_context *ctx)
{
    double value[1 + PARAMETERS], error[1 + PARAMETERS];
    const double points[] = {1e-3 * tau, 1e-2 * tau, 0.05 * tau, 0.2 * tau, 0.5 * tau};
    di_surv_subject copy = *s;
    memset(value, 0, sizeof value);
    if (tau > 0) {
        const int status = di_integrate(ctx, 0, tau, 5, points, 1e-14 * tau, 1e-10,
                                        1 + PARAMETERS, integrand, &copy, value, error);
        if (status != DISTEST_SUCCESS && status != DISTEST_ECONV) return status;
        if (status == DISTEST_ECONV && error[0] > 1e-8 * value[0]) return status;
    }
    *est = value[0];
    memcpy(g, value + 1, PARAMETERS * sizeof *g);
    return DISTEST_SUCCESS;
}

/* Finite for kappa > 0, and for kappa = 0 with lambda gamma > 1. Over s = log t, from
 * where t S(t) has no more to give to where it has nothing left. */
static int mean(const di_surv_subject *s, double *est, double *g, distest_context *ctx)
{
    double value[1 + PARAMETERS], error[1 + PARAMETERS], ignored[PARAMETERS];
    const double kappa = s->model->kernel == DISTEST_SURV_KERNEL_INF ? INFINITY
                         : s->model->kernel == DISTEST_SURV_KERNEL_M1
                             ? -1
                             : expm1(s->eta[KAPPA]);
    const double tail = exp(s->eta[LAMBDA] + s->eta[GAMMA]);
    for (int j = 0; j < PARAMETERS; j++) g[j] = NAN;
    *est = INFINITY;
    if (kappa < 0 || (kappa == 0 && tail <= 1)) return DISTEST_SUCCESS;
    const double centre = log(time_at(s, log(2)));
    double low = centre - 40, high = centre + 1, step = 1;
    for (; step < 1e4; high += step, step *= 1.5)
        if (high + log(survival(s, exp(high), 0, ignored)) < centre - 40) break;
    di_surv_subject copy = *s;
    const double points[] = {centre - 5, centre - 1, centre};
    const int status = di_integrate(ctx, low, high, 3, points, 0, 1e-10, 1 + PARAMETERS,
                                    integrand_on_log, &copy, value, error);
    if (status != DISTEST_SUCCESS && status != DISTEST_ECONV) return status;
    if (status == DISTEST_ECONV && error[0] > 1e-8 * value[0]) return status;
    *est = value[0];
    memcpy(g, value + 1, PARAMETERS * sizeof *g);
    return DISTEST_SUCCESS;
}

/* With a coefficient of -Inf there is no hazard at all. */
double di_surv_quantity_never(int type, double at)
{
    switch (type) {
    case DISTEST_SURV_PREDICT_SURVIVAL:
    case DISTEST_SURV_PREDICT_CURE:
        return 1;
    case DISTEST_SURV_PREDICT_QUANTILE:
        return at > 0 ? INFINITY : 0;
    case DISTEST_SURV_PREDICT_RMST:
        return at;
    case DISTEST_SURV_PREDICT_MEAN:
        return INFINITY;
    default:
        return 0;
    }
}

int di_surv_quantity(int type, const di_surv_subject *s, double at, double entry,
                     double *est, double *g, distest_context *ctx)
{
    double before[PARAMETERS];
    switch (type) {
    case DISTEST_SURV_PREDICT_SURVIVAL:
        *est = survival(s, at, entry, g);
        break;
    case DISTEST_SURV_PREDICT_CUMHAZ:
        *est = cumhaz_to(s, at, g) - cumhaz(s, entry, before);
        for (int j = 0; j < PARAMETERS; j++) g[j] -= before[j];
        break;
    case DISTEST_SURV_PREDICT_HAZARD:
        *est = hazard(s, at, g);
        break;
    case DISTEST_SURV_PREDICT_DENSITY:
        *est = density(s, at, g);
        break;
    case DISTEST_SURV_PREDICT_QUANTILE:
        *est = quantile(s, at, g);
        break;
    case DISTEST_SURV_PREDICT_RMST:
        return rmst(s, at, est, g, ctx);
    case DISTEST_SURV_PREDICT_MEAN:
        return mean(s, est, g, ctx);
    default:
        *est = cure(s, g);
        break;
    }
    return DISTEST_SUCCESS;
}
