/* surv_climb.c - from a start to an optimum, inside or on the boundary.
 *
 * When kappa runs off (beyond exp(6) - 1 or below exp(-6) - 1, with the score pushing
 * on) the kernel of the limit is fitted from where the search stands. It is the
 * estimate when the likelihood does not rise on leaving it and is no lower than where
 * the search was; otherwise the search goes on. A Gompertz hazard that does not rise
 * has phi -> 0 with lambda phi fixed: the exponential. */
#include "optim.h"
#include "surv.h"

#include <math.h>
#include <string.h>

enum { TO_KAPPA_INF = 1, TO_KAPPA_M1, TO_PHI_ZERO };
static const double FAR = 6;         /* |log(kappa + 1)| where a limit is tried */
static const double NO_LOWER = 1e-8; /* loss of log-likelihood that is rounding */
/* The steps' metric grows with the rows: a coefficient of a unit column that moves by
 * STRIDE moves some STRIDE sqrt(rows) there. With few rows the search stays cautious,
 * as there may be other optima near. */
static const double STRIDE = 0.1;
enum { FEW_ROWS = 5000 };
static const double LOG_TINY = -13.8155105579642741; /* log 1e-6: phi max(t) */

void di_surv_gather(const di_surv_problem *q, const di_surv_problem *full,
                    const double *theta, double *small)
{
    for (int j = 0; j < PARAMETERS; j++)
        for (size_t c = 0; c < q->par[j].p; c++)
            small[q->par[j].first + c] = theta[full->par[j].first + c];
}

void di_surv_scatter(const di_surv_problem *q, const di_surv_problem *full,
                     const double *small, double *theta)
{
    for (int j = 0; j < PARAMETERS; j++)
        for (size_t c = 0; c < q->par[j].p; c++)
            theta[full->par[j].first + c] = small[q->par[j].first + c];
}

/* g is the gradient of -loglik: negative where the likelihood rises */
static int runs_off(size_t iter, const double *theta, double f, const double *g,
                    const double *H, void *data)
{
    const di_surv_problem *q = data;
    const di_surv_design *kappa = &q->par[KAPPA];
    (void)iter, (void)f, (void)H;
    if (q->kernel == DISTEST_SURV_KERNEL_FINITE && kappa->p == 1) {
        const double k = theta[kappa->first], slope = g[kappa->first];
        if (k > FAR && slope < 0) return TO_KAPPA_INF;
        if (k < -FAR && slope > 0) return TO_KAPPA_M1;
    }
    if (q->phi_level < q->P && theta[q->phi_level] < q->phi_low) return TO_PHI_ZERO;
    return 0;
}

/* Holds parameter j at a link value. */
static void hold(di_surv_problem *q, int j, double value)
{
    q->par[j].p = 0;
    q->par[j].value = value;
    q->P = 0;
    for (int m = 0; m < PARAMETERS; m++) {
        q->par[m].first = q->P;
        q->P += q->par[m].p;
    }
}

double di_surv_radius(const di_surv_problem *q)
{
    if (q->remote || di_surv_rows(q) <= FEW_ROWS) return 1;
    return STRIDE * sqrt((double)di_surv_rows(q));
}

static int ascend(di_surv_problem *q, const distest_surv_opts *opts, int may_stop,
                  double *theta, double *H, di_surv_summit *top, int *stopped)
{
    int status = DISTEST_SUCCESS;
    di_newton_opts newton = di_newton_opts_default();
    di_newton_result r;
    newton.max_iter = opts->max_iter;
    newton.tol = opts->tol;
    newton.radius = di_surv_radius(q);
    newton.max_radius = fmax(newton.max_radius, 10 * newton.radius);
    if (may_stop) newton.stop = runs_off;
    DI_TRY(di_newton(q->ctx, q->P, theta, NULL, H, di_surv_objective, q, &newton, &r));
    top->converged = r.converged;
    top->loglik = -r.f;
    top->iterations += r.iterations;
    top->decrement = r.decrement;
    top->min_eigen = r.min_eigen;
    top->q = *q;
    *stopped = r.stopped;
done:
    return status;
}

/* Fits the kernel of a limit of kappa; *taken says whether it is the estimate. */
static int try_limit(const di_surv_problem *q, const di_surv_working *work,
                     const distest_surv_opts *opts, int where, double *theta, double *H,
                     di_surv_summit *top, int *taken)
{
    int status = DISTEST_SUCCESS, stopped;
    di_pool pool = {0};
    double *small = NULL, slope;
    di_surv_problem limit = *q;
    di_surv_summit there = {.iterations = top->iterations};
    const double k = theta[q->par[KAPPA].first];
    *taken = 0;
    if (where == TO_KAPPA_M1 && (work->intercept[LAMBDA] >= q->par[LAMBDA].p ||
                                 work->intercept[PHI] >= q->par[PHI].p))
        return DISTEST_SUCCESS; /* lambda a / |kappa| and x / a cannot stay finite */
    limit.kernel =
        where == TO_KAPPA_INF ? DISTEST_SURV_KERNEL_INF : DISTEST_SURV_KERNEL_M1;
    hold(&limit, KAPPA, 0);
    limit.phi_level = limit.P;
    DI_TRY(DI_NEW(q->ctx, &pool, &small, limit.P, 1));
    di_surv_gather(&limit, q, theta, small);
    if (where == TO_KAPPA_M1) { /* to phi a^(-1/gamma), lambda a / |kappa| */
        const size_t at = work->intercept[PHI], g = work->intercept[GAMMA];
        const double gamma =
            exp(limit.par[GAMMA].value +
                (g < limit.par[GAMMA].p ? small[limit.par[GAMMA].first + g] : 0));
        small[limit.par[PHI].first + at] -= q->data->phi_form == 0 ? k / gamma : k;
        small[limit.par[LAMBDA].first + work->intercept[LAMBDA]] += k - log(-expm1(k));
    }
    status = ascend(&limit, opts, 0, small, H, &there, &stopped);
    if (status == DISTEST_ECONV)
        status = DISTEST_SUCCESS; /* no way from here */
    else if (status == DISTEST_SUCCESS && there.converged) {
        DI_TRY(di_surv_leaving(&limit, small, &slope));
        *taken = slope <= 0 && there.loglik >= top->loglik - NO_LOWER;
    }
    if (status == DISTEST_SUCCESS && *taken) {
        *top = there;
        top->boundary =
            where == TO_KAPPA_INF ? DISTEST_SURV_KAPPA_INF : DISTEST_SURV_KAPPA_M1;
        di_surv_scatter(&limit, q, small, theta);
        theta[q->par[KAPPA].first] = where == TO_KAPPA_INF ? INFINITY : -INFINITY;
    }
done:
    di_pool_free(&pool);
    return status;
}

/* gamma = kappa = 1 with the covariates where they stand; the other scale is 1. */
static int fit_exponential(const di_surv_problem *q, const distest_surv_opts *opts,
                           double *theta, double *H, di_surv_summit *top)
{
    int status = DISTEST_SUCCESS, stopped;
    di_pool pool = {0};
    double *small = NULL;
    di_surv_problem flat = *q;
    const int other = q->par[LAMBDA].p > q->par[PHI].p ? PHI : LAMBDA;
    flat.kernel = DISTEST_SURV_KERNEL_FINITE;
    hold(&flat, KAPPA, log(2));
    hold(&flat, other, other == PHI ? log(q->unit / q->data->time_scale) : 0);
    flat.phi_level = flat.P;
    DI_TRY(DI_NEW(q->ctx, &pool, &small, flat.P, 1));
    memset(small, 0, flat.P * sizeof *small);
    DI_TRY(ascend(&flat, opts, 0, small, H, top, &stopped));
    memset(theta, 0, q->P * sizeof *theta);
    di_surv_scatter(&flat, q, small, theta);
    top->boundary = DISTEST_SURV_PHI_ZERO;
done:
    di_pool_free(&pool);
    return status;
}

/* Where the fall of phi is watched: Gompertz alone, and an intercept to fall. */
static void watch_phi(di_surv_problem *q, const di_surv_working *work)
{
    double most = q->remote ? q->remote->facts[DI_SURV_MAX] / q->unit : 0;
    const di_surv_design *phi = &q->par[PHI];
    q->phi_level = q->P;
    if (q->kernel != DISTEST_SURV_KERNEL_INF || q->par[GAMMA].p ||
        q->par[GAMMA].offset || q->par[GAMMA].value != 0 ||
        work->intercept[PHI] >= phi->p || q->par[LAMBDA].p == 0)
        return;
    for (size_t i = 0; !q->remote && i < q->data->n; i += q->step) {
        const di_surv_row r = di_surv_row_of(q, i);
        most = fmax(most, fmax(r.lower, r.upper));
    }
    q->phi_level = phi->first + work->intercept[PHI];
    q->phi_low = LOG_TINY - log(most) - phi->value;
}

/* A Gompertz hazard from where it rises: the exponential that was found, phi raised so
 * that phi max(t) is `most` and lambda phi as it was. Taken when it is higher. */
static int rise_again(const di_surv_problem *q, const di_surv_working *work,
                      const distest_surv_opts *opts, double most, double *theta,
                      double *H, di_surv_summit *top)
{
    int status = DISTEST_SUCCESS, stopped = 0;
    di_pool pool = {0};
    double *trial = NULL, *H2 = NULL;
    di_surv_problem up = *q;
    di_surv_summit there = {.iterations = top->iterations};
    const size_t l = q->par[LAMBDA].first + work->intercept[LAMBDA];
    if (work->intercept[LAMBDA] >= q->par[LAMBDA].p) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(q->ctx, &pool, &trial, q->P, 1));
    DI_TRY(DI_NEW(q->ctx, &pool, &H2, q->P, q->P));
    memcpy(trial, theta, q->P * sizeof *trial);
    const double by = q->phi_low - LOG_TINY + log(most) - trial[q->phi_level];
    trial[q->phi_level] += by;
    trial[l] -= by;
    status = ascend(&up, opts, 1, trial, H2, &there, &stopped);
    if (status == DISTEST_ECONV)
        status = DISTEST_SUCCESS;
    else if (status == DISTEST_SUCCESS && !stopped && there.converged &&
             there.loglik > top->loglik + NO_LOWER) {
        *top = there;
        top->boundary = DISTEST_SURV_INSIDE;
        memcpy(theta, trial, q->P * sizeof *theta);
        memcpy(H, H2, q->P * q->P * sizeof *H);
    }
done:
    di_pool_free(&pool);
    return status;
}

int di_surv_climb(const di_surv_problem *start, const di_surv_working *work,
                  const distest_surv_opts *opts, double *theta, double *H,
                  di_surv_summit *top)
{
    int status = DISTEST_SUCCESS, stopped = 0, taken = 0;
    di_surv_problem q = *start;
    const di_surv_design *kappa = &q.par[KAPPA];
    const int shifted =
        kappa->offset || (q.remote && q.remote->facts[DI_SURV_OFFSET + KAPPA] != 0);
    const int watched = kappa->p == 1 && work->intercept[KAPPA] == 0 && !shifted;
    *top = (di_surv_summit){.boundary = DISTEST_SURV_INSIDE};
    watch_phi(&q, work);
    DI_TRY(ascend(&q, opts, watched || q.phi_level < q.P, theta, H, top, &stopped));
    if (stopped == TO_PHI_ZERO) {
        DI_TRY(fit_exponential(&q, opts, theta, H, top));
        for (double most = 4; most > 0.1 && top->boundary; most /= 4)
            DI_TRY(rise_again(&q, work, opts, most, theta, H, top));
    } else if (stopped) {
        DI_TRY(try_limit(&q, work, opts, stopped, theta, H, top, &taken));
        if (!taken) DI_TRY(ascend(&q, opts, 0, theta, H, top, &stopped));
    }
done:
    return status;
}
