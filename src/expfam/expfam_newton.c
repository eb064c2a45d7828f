/* expfam_newton.c - Newton's method on the convex Psi(theta) - theta'mean.
 *
 * It is invariant under linear maps of the statistics; the Hessian is scaled by its
 * diagonal before it is factored. */
#include "expfam.h"

static const double ARMIJO = 1e-4;

typedef struct {
    const distest_expfam_family *f;
    const double *mean;
    double *grad, *H, *L, *step, *trial, *scale;
    double *prob; /* on fixed nodes, at the point last asked for; or NULL */
    double at;    /* how far progress has come */
} problem;

/* Psi(t) - t'mean, its gradient and Hessian; NaN or Inf where Psi is not finite.
 * `same`: the point and `value` are those of the last call. */
static int objective(const problem *q, const double *t, int deriv, int same,
                     double *value, distest_context *ctx)
{
    const size_t p = q->f->p;
    int status = DISTEST_SUCCESS;
    di_pool pool = {NULL};
    if (q->f->row->way != EXPFAM_NODES) {
        status = di_expfam_closed_psi(q->f, t, value, deriv ? q->grad : NULL,
                                      deriv ? q->H : NULL, ctx);
        if (status != DISTEST_SUCCESS || !isfinite(*value)) return status;
        for (size_t a = 0; a < p; a++) {
            *value -= t[a] * q->mean[a];
            if (deriv) q->grad[a] -= q->mean[a];
        }
        return DISTEST_SUCCESS;
    }
    di_expfam_nodes nodes;
    double *prob = q->prob;
    same = same && prob;
    if (!same) *value = NAN;
    DI_TRY(di_expfam_nodes_at(q->f, t, &pool, &nodes, ctx));
    if (nodes.m == 0) goto done;
    if (!prob) DI_TRY(DI_NEW(ctx, &pool, &prob, nodes.m, 1));
    if (!same) DI_TRY(di_expfam_node_prob(&nodes, t, q->mean, prob, value, q->at, ctx));
    if (deriv && isfinite(*value))
        DI_TRY(
            di_expfam_node_moments(&nodes, q->mean, prob, q->grad, q->H, q->at, ctx));
done:
    di_pool_free(&pool);
    return status;
}

/* step = -H^-1 grad with H scaled to unit diagonal; ESING with the column */
static int newton_step(problem *q, size_t *bad)
{
    const size_t p = q->f->p;
    for (size_t a = 0; a < p; a++) {
        q->scale[a] = sqrt(q->H[a * (p + 1)]);
        if (!(q->scale[a] > 0)) {
            *bad = a;
            return DISTEST_ESING;
        }
    }
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a < p; a++)
            q->L[a + b * p] = q->H[a + b * p] / (q->scale[a] * q->scale[b]);
    if (di_cholesky('L', p, q->L, p, bad) != DISTEST_SUCCESS) return DISTEST_ESING;
    for (size_t a = 0; a < p; a++) {
        if (q->L[a * (p + 1)] < 1e-8) { /* 1e-16 of the variance is left */
            *bad = a;
            return DISTEST_ESING;
        }
        q->step[a] = -q->grad[a] / q->scale[a];
    }
    di_cholesky_solve('L', p, 1, q->L, p, q->step, p);
    for (size_t a = 0; a < p; a++) q->step[a] /= q->scale[a];
    return DISTEST_SUCCESS;
}

DISTEST_STATUS di_expfam_newton(const distest_expfam_family *f,
                                const distest_expfam_opts *o, double n,
                                const double *mean, double *theta, size_t *iterations,
                                double *decrement, distest_context *ctx)
{
    const size_t p = f->p;
    di_pool pool = {NULL};
    problem q = {.f = f, .mean = mean};
    double value = NAN, next = NAN, plain = NAN;
    size_t bad = 0;
    int status = DISTEST_SUCCESS, last = 0;
    DI_TRY(DI_NEW(ctx, &pool, &q.grad, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.H, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.L, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.step, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.trial, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.scale, p, 1));
    if (f->row->way == EXPFAM_NODES && !f->row->nodes)
        DI_TRY(DI_NEW(ctx, &pool, &q.prob, f->fixed.m, 1));
    for (size_t it = 0;; it++) {
        q.at = fmin(0.99, (double)it / 20);
        DI_TRY(di_progress(ctx, q.at, "maximum likelihood"));
        value = plain;
        DI_TRY(objective(&q, theta, 1, it > 0, &value, ctx));
        if (!isfinite(value))
            DI_TRY(di_fail(ctx, DISTEST_EDOM, "start",
                           "The log partition is not finite at the start."));
        for (size_t a = 0; o->ridge > 0 && a < p; a++) {
            value += 0.5 * o->ridge * theta[a] * theta[a];
            q.grad[a] += o->ridge * theta[a];
            q.H[a * (p + 1)] += o->ridge;
        }
        if (newton_step(&q, &bad) != DISTEST_SUCCESS)
            DI_TRY(di_fail(ctx, it == 0 ? DISTEST_ESING : DISTEST_ECONV, "mean",
                           it == 0
                               ? "Statistic %zu is constant or a linear combination "
                                 "of those before it."
                               : "Along the way statistic %zu became, to the digits "
                                 "of the machine, a linear combination of those "
                                 "before it: the statistics are too nearly "
                                 "dependent, or the maximum is very far away.",
                           bad + 1));
        const double slope = di_dot(p, q.grad, q.step);
        *decrement = -0.5 * slope;
        *iterations = it;
        double t = 1;
        for (int half = 0;; half++) { /* back to where Psi is finite and falls */
            for (size_t a = 0; a < p; a++) q.trial[a] = theta[a] + t * q.step[a];
            DI_TRY(objective(&q, q.trial, 0, 0, &next, ctx));
            plain = next;
            for (size_t a = 0; o->ridge > 0 && a < p; a++)
                next += 0.5 * o->ridge * q.trial[a] * q.trial[a];
            if (next <= value + ARMIJO * t * slope) break;
            if (*decrement < 1e-9 && isfinite(next)) break; /* below rounding */
            if (half == 60)
                DI_TRY(di_fail(ctx, DISTEST_ECONV, "mean",
                               "No step lowers the objective; the divergence left is "
                               "%.3g.",
                               *decrement));
            t *= 0.5;
        }
        for (size_t a = 0; a < p; a++) theta[a] = q.trial[a];
        if (last) break;
        last = n * *decrement < o->tol && t == 1; /* one further full step */
        if (it >= o->max_iter)
            DI_TRY(di_fail(ctx, DISTEST_ECONV, "mean",
                           "Newton did not converge in %zu steps; the divergence left "
                           "is %.3g. The maximum may not exist.",
                           o->max_iter, *decrement));
    }
done:
    di_pool_free(&pool);
    return status;
}
