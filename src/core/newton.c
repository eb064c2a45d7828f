/* newton.c - trust-region Newton with exact Hessian, to be minimised.
 *
 * In the metric s_i = sqrt(abs(H_ii)) the model at x is
 *
 *     m(d) = g's^-1 d + d' S^-1 H S^-1 d / 2,     |d| <= radius,  x_new = x + S^-1 d,
 *
 * whose exact minimum comes from the eigenvalues of the scaled Hessian,
 * d = -sum_i q_i c_i / (l_i + shift), shift >= max(0, -l_min) so that |d| = radius.
 * With an indefinite Hessian and no gradient along q_min (the hard case) a multiple of
 * q_min is added. Bounds: a variable at its bound with the gradient pointing outward is
 * held; steps are cut at the bounds. */
#include "linalg.h"
#include "optim.h"

#include <math.h>
#include <string.h>

/* Where differences of f are rounding: the gradient decides. */
static const double NOISE = 1e-11, GAIN = 1e-13;

typedef struct {
    size_t p, nf;               /* variables; those free */
    double *x, *g, *H, f;       /* here */
    double *tx, *tg, *tH, tf;   /* the trial */
    double *scale;              /* p */
    size_t *free;               /* nf of p */
    double *A, *Q, *lambda, *c; /* scaled Hessian of the free, its decomposition */
    double *d;                  /* step in the free, scaled */
    double *work;
    int *iwork;
    const double *lower, *upper;
} search;

di_newton_opts di_newton_opts_default(void)
{
    return (di_newton_opts){
        .max_iter = 100, .tol = 1e-10, .radius = 1, .max_radius = 100, .polish = 1};
}

static int all_finite(size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) return 0;
    return 1;
}

static int held(const search *s, size_t i)
{
    return (s->lower && s->x[i] <= s->lower[i] && s->g[i] > 0) ||
           (s->upper && s->x[i] >= s->upper[i] && s->g[i] < 0);
}

/* Scaled model of the free variables and its eigenvalues. ECONV: no decomposition. */
static int decompose(search *s)
{
    const size_t p = s->p;
    s->nf = 0;
    for (size_t i = 0; i < p; i++) {
        const double h = sqrt(fabs(s->H[i + i * p]));
        s->scale[i] = h > 0 ? h : 1;
        if (!held(s, i)) s->free[s->nf++] = i;
    }
    const size_t nf = s->nf;
    if (nf == 0) return DISTEST_SUCCESS;
    for (size_t b = 0; b < nf; b++)
        for (size_t a = 0; a < nf; a++) {
            const size_t i = s->free[a], j = s->free[b];
            s->A[a + b * nf] = s->H[i + j * p] / s->scale[i] / s->scale[j];
        }
    const int status =
        di_eigen_sym_in(nf, s->A, nf, s->lambda, s->Q, nf, s->work, s->iwork);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t k = 0; k < nf; k++) {
        s->c[k] = 0;
        for (size_t a = 0; a < nf; a++)
            s->c[k] += s->Q[a + k * nf] * s->g[s->free[a]] / s->scale[s->free[a]];
    }
    return DISTEST_SUCCESS;
}

/* Newton decrement^2 / 2 = g'H^-1 g / 2; Inf unless positive definite */
static double decrement(const search *s)
{
    double sum = 0;
    if (s->nf && !(s->lambda[0] > 0)) return INFINITY;
    for (size_t k = 0; k < s->nf; k++) sum += s->c[k] * s->c[k] / s->lambda[k];
    return 0.5 * sum;
}

static double length_at(const search *s, double shift)
{
    double sum = 0;
    for (size_t k = 0; k < s->nf; k++) {
        const double t = s->c[k] / (s->lambda[k] + shift);
        sum += t * t;
    }
    return sqrt(sum);
}

/* d in the eigenbasis with |d| = radius, or the Newton step when that is shorter */
static void solve_subproblem(search *s, double radius)
{
    const size_t nf = s->nf;
    const double l0 = s->lambda[0];
    const double tiny = 1e-12 * fmax(1, fabs(s->lambda[nf - 1]));
    double shift = 0, extra = 0;
    if (!(l0 > 0 && length_at(s, 0) <= radius)) {
        double low = l0 > 0 ? 0 : -l0 + tiny, high = low + tiny;
        if (length_at(s, low) <= radius) { /* the hard case */
            const double have = length_at(s, low);
            shift = low;
            extra = sqrt(fmax(0, radius * radius - have * have));
        } else {
            while (length_at(s, high) > radius) high = low + 4 * (high - low);
            for (int it = 0; it < 200 && high - low > 1e-14 * high; it++) {
                const double mid = 0.5 * (low + high);
                if (length_at(s, mid) > radius)
                    low = mid;
                else
                    high = mid;
            }
            shift = high;
        }
    }
    memset(s->d, 0, nf * sizeof *s->d);
    for (size_t k = 0; k < nf; k++) {
        double t = -s->c[k] / (s->lambda[k] + shift);
        if (k == 0) t += s->c[0] > 0 ? -extra : extra;
        for (size_t a = 0; a < nf; a++) s->d[a] += t * s->Q[a + k * nf];
    }
}

/* tx = x + step, cut at the bounds; returns the gain -g'p - p'Hp/2 that the model
 * promises for what is left of the step p. */
static double take_step(search *s)
{
    const size_t p = s->p;
    double gain = 0;
    memcpy(s->tx, s->x, p * sizeof *s->x);
    for (size_t a = 0; a < s->nf; a++) {
        const size_t i = s->free[a];
        s->tx[i] += s->d[a] / s->scale[i];
        if (s->lower && s->tx[i] < s->lower[i]) s->tx[i] = s->lower[i];
        if (s->upper && s->tx[i] > s->upper[i]) s->tx[i] = s->upper[i];
    }
    for (size_t i = 0; i < p; i++) {
        const double pi = s->tx[i] - s->x[i];
        double hp = 0;
        if (pi == 0) continue;
        for (size_t j = 0; j < p; j++) hp += s->H[j + i * p] * (s->tx[j] - s->x[j]);
        gain -= pi * (s->g[i] + 0.5 * hp);
    }
    return gain;
}

/* |g| of the free variables in the metric of here */
static double gradient_size(const search *s, const double *g)
{
    double sum = 0;
    for (size_t a = 0; a < s->nf; a++) {
        const double t = g[s->free[a]] / s->scale[s->free[a]];
        sum += t * t;
    }
    return sqrt(sum);
}

static void accept_trial(search *s)
{
    memcpy(s->x, s->tx, s->p * sizeof *s->x);
    memcpy(s->g, s->tg, s->p * sizeof *s->g);
    memcpy(s->H, s->tH, s->p * s->p * sizeof *s->H);
    s->f = s->tf;
}

static int trial_finite(const search *s)
{
    return isfinite(s->tf) && all_finite(s->p, s->tg) && all_finite(s->p * s->p, s->tH);
}

/* actual over promised gain; at the level of rounding in f a smaller gradient is 1 */
static double gain_ratio(const search *s, double promised)
{
    const double noise = NOISE * (1 + fabs(s->f));
    if (!trial_finite(s)) return -1;
    if (promised < noise && fabs(s->tf - s->f) < noise)
        return gradient_size(s, s->tg) <= gradient_size(s, s->g) ? 1 : 0;
    return promised > 0 ? (s->f - s->tf) / promised : -1;
}

/* One more full Newton step from the converged point: the error, quadratic in the
 * decrement, drops to rounding. */
static int polish(search *s, di_smooth_fn fn, void *data, di_newton_result *r)
{
    solve_subproblem(s, INFINITY);
    (void)take_step(s);
    const int status = fn(s->tx, 2, &s->tf, s->tg, s->tH, data);
    r->evaluations++;
    if (status != DISTEST_SUCCESS) return status;
    if (trial_finite(s) && s->tf <= s->f + NOISE * (1 + fabs(s->f)) &&
        gradient_size(s, s->tg) <= gradient_size(s, s->g))
        accept_trial(s);
    return DISTEST_SUCCESS;
}

static int iterate(distest_context *ctx, search *s, di_smooth_fn fn, void *data,
                   const di_newton_opts *opts, di_newton_result *r)
{
    int status = DISTEST_SUCCESS;
    double radius = opts->radius;
    int moved = 1;
    for (r->iterations = 0;; r->iterations++) {
        if (moved) DI_TRY(decompose(s));
        const double gain = decrement(s);
        r->decrement = gain;
        r->min_eigen = s->nf ? s->lambda[0] : INFINITY;
        if (gain <= opts->tol && gain <= GAIN * (1 + fabs(s->f))) {
            r->converged = 1;
            break;
        }
        if (r->iterations >= opts->max_iter || !(radius > 1e-14)) break;
        DI_TRY(
            di_progress(ctx, 1 - 1 / (1 + 0.2 * (double)r->iterations), "optimising"));
        solve_subproblem(s, radius);
        const double promised = take_step(s);
        DI_TRY(fn(s->tx, 2, &s->tf, s->tg, s->tH, data));
        r->evaluations++;
        const double ratio = gain_ratio(s, promised);
        moved = ratio > 0.1;
        if (moved) accept_trial(s);
        if (ratio > 0.75) radius = fmin(2 * radius, opts->max_radius);
        if (ratio < 0.25) radius *= 0.25;
        if (moved && opts->stop) {
            r->stopped = opts->stop(r->iterations + 1, s->x, s->f, s->g, s->H, data);
            if (r->stopped) break;
        }
    }
    if (r->converged && opts->polish && s->nf) DI_TRY(polish(s, fn, data, r));
done:
    return status;
}

static int take_memory(distest_context *ctx, di_pool *pool, search *s)
{
    const size_t p = s->p;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &s->g, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->H, p, p));
    DI_TRY(DI_NEW(ctx, pool, &s->tx, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->tg, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->tH, p, p));
    DI_TRY(DI_NEW(ctx, pool, &s->scale, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->free, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->A, p, p));
    DI_TRY(DI_NEW(ctx, pool, &s->Q, p, p));
    DI_TRY(DI_NEW(ctx, pool, &s->lambda, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->c, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->d, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->work, di_eigen_sym_work(p), 1));
    DI_TRY(DI_NEW(ctx, pool, &s->iwork, DI_EIGEN_IWORK, p));
done:
    return status;
}

int di_newton(distest_context *ctx, size_t p, double *x, double *g, double *H,
              di_smooth_fn fn, void *data, const di_newton_opts *opts,
              di_newton_result *result)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    search s = {.p = p, .x = x, .lower = opts->lower, .upper = opts->upper};
    *result = (di_newton_result){.decrement = INFINITY};
    DI_TRY(take_memory(ctx, &pool, &s));
    for (size_t i = 0; i < p; i++) {
        if (s.lower && x[i] < s.lower[i]) x[i] = s.lower[i];
        if (s.upper && x[i] > s.upper[i]) x[i] = s.upper[i];
    }
    DI_TRY(fn(x, 2, &s.f, s.g, s.H, data));
    result->evaluations = 1;
    if (!(isfinite(s.f) && all_finite(p, s.g) && all_finite(p * p, s.H))) {
        status = di_fail(ctx, DISTEST_ECONV, NULL,
                         "The function is not finite at the starting values.");
        goto done;
    }
    DI_TRY(iterate(ctx, &s, fn, data, opts, result));
    result->f = s.f;
    if (g) memcpy(g, s.g, p * sizeof *g);
    if (H) memcpy(H, s.H, p * p * sizeof *H);
done:
    di_pool_free(&pool);
    return status;
}
