/* surv_start.c - starting values that do not fail.
 *
 * The exponential in closed form, events / time at risk; the Weibull (or the model at
 * the kappa given) without covariates; then, when kappa is estimated, the same with
 * kappa held along 1, 2, 5, 20 and 1, 0.5, 0, -0.5, -0.8, each from its neighbour. The
 * best go on to the full model with covariates at 0.
 *
 * With phi held, x = (phi t)^gamma may be tiny: then all these are one Weibull, and the
 * data speak of kappa where kappa + 1 is about x. The walk down goes on to there. */
#include "optim.h"
#include "surv.h"

#include <math.h>
#include <string.h>

static const double UPWARD[] = {2, 5, 20}, DOWNWARD[] = {0.5, 0, -0.5, -0.8};
enum { UPS = 3, DOWNS = 4, DEEPS = 3, CANDIDATES = 1 + UPS + DOWNS + DEEPS };
static const double TINY_X = -3; /* log x of a usual time below which it walks deeper */
static const double LEAST_X = -20; /* kappa + 1 must stay above rounding */

/* A null model: theta holds the intercepts of phi, lambda, gamma as far as estimated.
 */
typedef struct {
    double kappa, loglik;
    double level[PARAMETERS]; /* link values of the four */
} candidate;

static double mean_offset(const di_surv_problem *q, int j)
{
    const size_t rows = di_surv_rows(q);
    double sum = 0;
    if (q->remote)
        return q->remote->facts[DI_SURV_OFFSET + j] / q->remote->facts[DI_SURV_WEIGHT];
    if (!q->par[j].offset) return 0;
    for (size_t i = 0; i < rows; i++) sum += q->par[j].offset[i * q->step];
    return sum / (double)rows;
}

/* log(events / time at risk) in the unit of the problem */
static double log_rate(const di_surv_problem *q)
{
    const size_t rows = di_surv_rows(q);
    double events = 0, risk = 0;
    if (q->remote)
        return log(q->remote->facts[DI_SURV_EVENTS] /
                   (q->remote->facts[DI_SURV_RISK] / q->unit));
    for (size_t i = 0; i < rows; i++) {
        const size_t row = i * q->step;
        const di_surv_row r = di_surv_row_of(q, row);
        const double w = q->data->weight ? q->data->weight[row] : 1;
        const double t = r.type == DISTEST_SURV_LEFT       ? 0.5 * r.upper
                         : r.type == DISTEST_SURV_INTERVAL ? 0.5 * (r.lower + r.upper)
                                                           : r.lower;
        events += r.type == DISTEST_SURV_RIGHT ? 0 : w;
        risk += w * (t - r.entry);
    }
    return log(fmax(events, 0.5) / risk);
}

/* The null problem: intercepts alone, `held` ones at the level of the candidate. */
static di_surv_problem null_problem(const di_surv_problem *q, const int *free,
                                    const candidate *c)
{
    di_surv_problem null = *q;
    null.P = 0;
    null.stage = "starting values";
    for (int j = 0; j < PARAMETERS; j++) {
        di_surv_design *par = &null.par[j];
        *par = (di_surv_design){.offset = q->par[j].offset, .first = null.P};
        par->value = q->par[j].value;
        if (free[j])
            par->p = 1;
        else if (q->par[j].p)
            par->value += c->level[j];
        null.P += par->p;
    }
    return null;
}

/* Fits the null model from c->level and puts the result there. */
static int fit_null(const di_surv_problem *q, const int *free, candidate *c)
{
    int status = DISTEST_SUCCESS;
    double theta[PARAMETERS];
    size_t used = 0;
    di_surv_problem null = null_problem(q, free, c);
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    opts.max_iter = 40;
    opts.tol = 1e-6;
    opts.polish = 0;
    opts.radius = di_surv_radius(&null);
    opts.max_radius = fmax(opts.max_radius, 10 * opts.radius);
    for (int j = 0; j < PARAMETERS; j++)
        if (free[j]) theta[used++] = c->level[j];
    DI_TRY(di_newton(q->ctx, null.P, theta, NULL, NULL, di_surv_objective, &null, &opts,
                     &r));
    used = 0;
    for (int j = 0; j < PARAMETERS; j++)
        if (free[j]) c->level[j] = theta[used++];
    c->loglik = -r.f;
done:
    return status;
}

/* fit_null, but a start from which nothing can be computed only loses its place */
static int try_null(const di_surv_problem *q, const int *free, candidate *c)
{
    const int status = fit_null(q, free, c);
    if (status != DISTEST_ECONV) return status;
    c->loglik = -INFINITY;
    return DISTEST_SUCCESS;
}

/* The exponential. With phi and lambda both estimated lambda stays at 1 first: for
 * kappa = 1 they cannot be told apart. */
static void closed_form(const di_surv_problem *q, const int *free, candidate *c)
{
    const double rate = log_rate(q);
    const double phi = q->par[PHI].value + mean_offset(q, PHI);
    const double lambda = q->par[LAMBDA].value + mean_offset(q, LAMBDA);
    if (free[PHI])
        c->level[PHI] = rate - lambda - phi;
    else if (free[LAMBDA])
        c->level[LAMBDA] = rate - phi - lambda;
    if (q->kernel == DISTEST_SURV_KERNEL_INF && free[PHI] && free[LAMBDA]) {
        c->level[PHI] = log(0.5) - phi; /* exp(1/2) - 1 = 0.65 */
        c->level[LAMBDA] = rate - lambda - log(0.65);
    }
    if (q->kernel == DISTEST_SURV_KERNEL_M1 && free[LAMBDA]) {
        c->level[PHI] = free[PHI] ? -phi : 0; /* half of it at the unit of time */
        c->level[LAMBDA] = rate - lambda + log(2);
    }
    if (free[GAMMA]) c->level[GAMMA] = -mean_offset(q, GAMMA);
}

static int by_loglik(const candidate *a, const candidate *b)
{
    if (a->loglik != b->loglik) return a->loglik > b->loglik;
    return fabs(log(a->kappa + 1)) < fabs(log(b->kappa + 1));
}

/* One walk away from `from` along values of kappa. */
static int follow(const di_surv_problem *q, const int *free, const candidate *from,
                  const double *kappa, size_t count, candidate *out)
{
    int status = DISTEST_SUCCESS;
    candidate c = *from;
    for (size_t i = 0; i < count; i++) {
        c.kappa = kappa[i];
        c.level[KAPPA] = log1p(kappa[i]) - mean_offset(q, KAPPA);
        DI_TRY(try_null(q, free, &c));
        out[i] = c;
        if (!isfinite(c.loglik)) c = *from;
    }
done:
    return status;
}

/* Values of kappa for a walk to where kappa + 1 is a usual x of the candidate (time 1
 * in the problem's unit); how many. */
static size_t deeper(const di_surv_problem *q, const int *free, const candidate *c,
                     double *kappa)
{
    const double gamma = exp(q->par[GAMMA].value + c->level[GAMMA]);
    const double phi = q->par[PHI].value + mean_offset(q, PHI);
    const double logx = fmax(q->data->phi_form == 0 ? gamma * phi : phi, LEAST_X);
    if (free[PHI] || !isfinite(c->loglik) || !(logx < TINY_X)) return 0;
    for (int i = 0; i < DEEPS; i++) kappa[i] = expm1(logx * (i + 1) / (DEEPS - 1));
    return DEEPS;
}

int di_surv_starts(di_surv_problem *q, const di_surv_working *work, size_t most,
                   double *kappa, double *theta, size_t *found)
{
    int status = DISTEST_SUCCESS, free[PARAMETERS], later[PARAMETERS];
    candidate all[CANDIDATES] = {{0}};
    size_t count = 1;
    for (int j = 0; j < PARAMETERS; j++) {
        free[j] = q->par[j].p > 0 && work->intercept[j] < q->par[j].p;
        later[j] = free[j];
    }
    const int walk = free[KAPPA] && q->kernel == DISTEST_SURV_KERNEL_FINITE;
    free[KAPPA] = later[KAPPA] = 0;
    closed_form(q, free, &all[0]);
    all[0].kappa = walk ? 1 : expm1(q->par[KAPPA].value);
    if (walk) all[0].level[KAPPA] = log(2) - mean_offset(q, KAPPA);
    if (q->kernel == DISTEST_SURV_KERNEL_FINITE && free[PHI]) free[LAMBDA] = 0;
    DI_TRY(try_null(q, free, &all[0]));
    if (walk) {
        double deep[DEEPS];
        const size_t more = deeper(q, free, &all[0], deep);
        DI_TRY(follow(q, free, &all[0], UPWARD, UPS, all + 1));
        DI_TRY(follow(q, free, &all[0], DOWNWARD, DOWNS, all + 1 + UPS));
        count = CANDIDATES - DEEPS + more;
        DI_TRY(follow(q, free, &all[UPS + DOWNS], deep, more, all + 1 + UPS + DOWNS));
    }
    for (size_t i = 1; i < count; i++) /* best first; insertion keeps ties in order */
        for (size_t k = i; k > 0 && by_loglik(&all[k], &all[k - 1]); k--) {
            const candidate t = all[k];
            all[k] = all[k - 1];
            all[k - 1] = t;
        }
    *found = count < most ? count : most;
    memset(theta, 0, *found * q->P * sizeof *theta);
    for (size_t i = 0; i < *found; i++) {
        kappa[i] = all[i].kappa;
        for (int j = 0; j < PARAMETERS; j++)
            if (q->par[j].p && work->intercept[j] < q->par[j].p &&
                (later[j] || (j == KAPPA && walk)))
                theta[i * q->P + q->par[j].first + work->intercept[j]] =
                    all[i].level[j];
    }
done:
    return status;
}
