/* expfam_user.c - families of the caller's own: statistics, and a log partition or a
 * sampler, as functions.
 *
 * Third and fourth cumulants are derivatives of the caller's Hessian. In the statistics
 * whitened at theta, u = L^-1 xi with G = LL', one step h along an axis is a divergence
 * of h^2 / 2 whatever the units; central differences at four steps are extrapolated to
 * errors of order h^8. */
#include "expfam_chains.h"

#include <string.h>

enum { STEPS = 4, TRIES = 20, MOST = 32, DRAWS = 4096 };
static const double FIRST = 0.06; /* the longest step */

/* ---- statistics: the whole block, and row by row where one lies outside */
static int user_rows(const distest_expfam_family *f, size_t n, const double *x,
                     size_t ld, double *xi, size_t ldxi, double *base)
{
    const distest_expfam_callbacks *u = &f->user;
    for (size_t i = 0; base && i < n; i++) base[i] = 0;
    if (u->stats(n, x, ld, xi, ldxi, u->data) != 0) return 0;
    for (size_t a = 0; a < f->p; a++)
        for (size_t i = 0; i < n; i++)
            if (!isfinite(xi[i + a * ldxi])) return 0;
    if (u->logbase && base) {
        if (u->logbase(n, x, ld, base, u->data) != 0) return 0;
        for (size_t i = 0; i < n; i++)
            if (!isfinite(base[i])) return 0;
    }
    return 1;
}

static int user_stats(const distest_expfam_family *f, const double *x, size_t ld,
                      double *xi, double *base)
{
    return user_rows(f, 1, x, ld, xi, 1, base);
}

static double user_psi(const distest_expfam_family *f, const double *theta,
                       double *grad, double *hess)
{
    double psi = NAN;
    if (f->user.psi(theta, &psi, grad, hess, f->user.data) != 0) return NAN;
    return psi;
}

static const di_expfam_row closed = {.name = "user",
                                     .way = EXPFAM_TENSOR,
                                     .stats = user_stats,
                                     .rows = user_rows,
                                     .psi = user_psi},
                           drawn = {.name = "user",
                                    .way = EXPFAM_CHAINS,
                                    .stats = user_stats,
                                    .rows = user_rows};

int distest_expfam_family_user(distest_expfam_family **out,
                               const distest_expfam_callbacks *callbacks,
                               distest_context *ctx)
{
    const distest_expfam_callbacks *c = callbacks;
    distest_expfam_family *f = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(di_check_pointer(ctx, "callbacks", c));
    if (c->p < 1 || c->d < 1 || !c->stats || (!c->psi && !c->sample))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "callbacks",
                       "`callbacks` must have p and d of at least 1 (they are %zu and "
                       "%zu), `stats`, and `psi` or `sample`.",
                       c->p, c->d));
    DI_TRY(di_expfam_new_family(&f, c->psi ? &closed : &drawn, ctx));
    f->p = c->p;
    f->d = c->d;
    f->user = *c;
    f->user.size = sizeof f->user;
    *out = f;
done:
    return status;
}

/* ---- cumulants */
typedef struct {
    const distest_expfam_family *f;
    const double *theta, *L;
    size_t p;
    double *t, *plus, *minus, *centre; /* p; p x p whitened Hessians */
} differences;

/* L^-1 G L^-T at theta + h (u_c + u_d), u the columns of L^-T; d = p: u_c alone */
static int hessian_at(const differences *q, double h, size_t c, size_t d, double *W)
{
    const size_t p = q->p;
    for (size_t a = 0; a < p; a++) q->t[a] = a == c ? h : 0;
    if (d < p) q->t[d] += h;
    di_trsv('L', 'T', 'N', p, q->L, p, q->t);
    for (size_t a = 0; a < p; a++) q->t[a] += q->theta[a];
    if (!isfinite(user_psi(q->f, q->t, NULL, W))) return 0;
    for (size_t k = 0; k < p * p; k++)
        if (!isfinite(W[k])) return 0;
    di_trsm('L', 'L', 'N', 'N', p, p, 1, q->L, p, W, p);
    di_trsm('R', 'L', 'T', 'N', p, p, 1, q->L, p, W, p);
    return 1;
}

/* first (order 1) or second derivative along the direction into W (p x p); 0 where the
 * steps leave the parameter space */
static int along(const differences *q, int order, size_t c, size_t d, double first,
                 double *W)
{
    /* weights of the differences at h, h/2, h/4, h/8: h^2, h^4 and h^6 cancel */
    static const double weight[STEPS] = {-1.0 / 2835, 84.0 / 2835, -1344.0 / 2835,
                                         4096.0 / 2835};
    const size_t p2 = q->p * q->p;
    double h = first;
    memset(W, 0, p2 * sizeof *W);
    for (int k = 0; k < STEPS; k++, h *= 0.5) {
        if (!hessian_at(q, h, c, d, q->plus) || !hessian_at(q, -h, c, d, q->minus))
            return 0;
        for (size_t i = 0; i < p2; i++)
            W[i] +=
                weight[k] *
                (order == 1 ? (q->plus[i] - q->minus[i]) / (2 * h)
                            : (q->plus[i] - 2 * q->centre[i] + q->minus[i]) / (h * h));
    }
    return 1;
}

/* S and Q of the whitened statistics; scratch D: p x p for each direction */
static int whitened(const differences *q, double h, double *S, double *Q, double *D)
{
    const size_t p = q->p, p2 = p * p;
    for (size_t c = 0; c < p; c++) {
        if (!along(q, 1, c, p, h, S + c * p2)) return 0;
        if (Q && !along(q, 2, c, p, h, D + c * p2)) return 0;
    }
    for (size_t c = 0; Q && c < p; c++)
        for (size_t d = 0; d <= c; d++) {
            double *to = Q + p2 * (d + p * c), *other = Q + p2 * (c + p * d);
            if (d == c) {
                memcpy(to, D + c * p2, p2 * sizeof *to);
                continue;
            }
            /* the mixed derivative: the second along u_c + u_d less those along both */
            if (!along(q, 2, c, d, 0.5 * h, to)) return 0;
            for (size_t i = 0; i < p2; i++)
                to[i] = 0.5 * (to[i] - D[i + c * p2] - D[i + d * p2]);
            memcpy(other, to, p2 * sizeof *to);
        }
    return 1;
}

DISTEST_STATUS di_expfam_user_few(const distest_expfam_family *f, distest_context *ctx)
{
    if (f->user.size && f->p > MOST)
        return di_fail(ctx, DISTEST_EINVAL, "family",
                       "Cumulants of a family of the caller's are for at most %d "
                       "statistics, not %zu.",
                       MOST, f->p);
    return DISTEST_SUCCESS;
}

DISTEST_STATUS di_expfam_user_cumulants(const distest_expfam_family *f,
                                        const double *theta, double *S, double *Q,
                                        distest_context *ctx)
{
    const size_t p = f->p, p2 = p * p;
    di_pool pool = {NULL};
    differences q = {.f = f, .theta = theta, .p = p};
    double *L = NULL, *Lt = NULL, *S0 = NULL, *T = NULL, *D = NULL, h = FIRST;
    int status = DISTEST_SUCCESS, tries = 0;
    DI_TRY(di_expfam_user_few(f, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &L, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &Lt, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &S0, p2, p));
    DI_TRY(DI_NEW(ctx, &pool, &T, p2, Q ? p2 : p));
    DI_TRY(DI_NEW(ctx, &pool, &D, p2, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.t, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.plus, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.minus, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.centre, p, p));
    if (!isfinite(user_psi(f, theta, NULL, L)) ||
        di_cholesky('L', p, L, p, NULL) != DISTEST_SUCCESS)
        DI_TRY(di_fail(ctx, DISTEST_ESING, "theta",
                       "The Hessian of the log partition is not positive definite."));
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a < p; a++) Lt[b + a * p] = a >= b ? L[a + b * p] : 0;
    q.L = L;
    for (size_t k = 0; k < p2; k++) q.centre[k] = k % (p + 1) == 0; /* L^-1 G L^-T */
    while (!whitened(&q, h, S0, Q, D)) {
        h *= 0.5;
        if (++tries == TRIES)
            DI_TRY(
                di_fail(ctx, DISTEST_EDOM, "theta",
                        "`theta` is too near the boundary of the parameter space for "
                        "the derivatives of its log partition."));
    }
    di_expfam_rotate(p, 3, S0, Lt, T);
    if (S) memcpy(S, S0, p2 * p * sizeof *S);
    if (Q) di_expfam_rotate(p, 4, Q, Lt, T);
done:
    di_pool_free(&pool);
    return status;
}

/* ---- draws */
static int call_sampler(const distest_expfam_family *f, const double *theta, size_t n,
                        distest_rng *rng, double *x, size_t ldx, distest_context *ctx)
{
    const int said = f->user.sample(theta, n, rng, x, ldx, f->user.data);
    return said == 0
               ? DISTEST_SUCCESS
               : di_fail(ctx, DISTEST_EINVAL, "family",
                         "The sampler of the family failed: it returned %d.", said);
}

DISTEST_STATUS di_expfam_user_sample(const distest_expfam_family *f,
                                     const double *theta, size_t n, distest_rng *rng,
                                     double *x, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    if (!f->user.sample)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "family",
                       "The family was made without a sampler."));
    for (size_t i = 0; i < n; i += DRAWS) {
        DI_TRY(di_progress(ctx, (double)i / (double)n, "draws"));
        DI_TRY(
            call_sampler(f, theta, n - i < DRAWS ? n - i : DRAWS, rng, x + i, n, ctx));
    }
done:
    return status;
}

/* a chain on which a statistic never changes says nothing about it */
static int check_moving(size_t p, size_t m, size_t each, size_t chain, const double *z,
                        distest_context *ctx)
{
    for (size_t a = 0; a < p; a++) {
        size_t i = 1;
        while (i < each && z[i + a * m] == z[a * m]) i++;
        if (i == each)
            return di_fail(ctx, DISTEST_ECONV, "family",
                           "Statistic %zu has one value on all %zu draws of chain %zu: "
                           "the sampler does not move.",
                           a + 1, each, chain + 1);
    }
    return DISTEST_SUCCESS;
}

/* statistics of `each` draws of each chain, chain by chain */
DISTEST_STATUS di_expfam_user_chains(const distest_expfam_family *f,
                                     const double *theta, di_expfam_chain *chains,
                                     size_t each, double from, double to, double *z,
                                     distest_context *ctx)
{
    const size_t m = EXPFAM_CHAIN_COUNT * each,
                 rows = each < DRAWS ? each : (size_t)DRAWS;
    di_pool pool = {NULL};
    double *x = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &x, rows, f->d));
    for (size_t k = 0; k < EXPFAM_CHAIN_COUNT; k++) {
        for (size_t i = 0; i < each; i += rows) {
            const size_t here = each - i < rows ? each - i : rows;
            DI_TRY(di_progress(ctx, di_fraction(from, to, k * each + i, m), "draws"));
            DI_TRY(call_sampler(f, theta, here, &chains[k].rng, x, rows, ctx));
            if (!user_rows(f, here, x, rows, z + k * each + i, m, NULL))
                DI_TRY(di_fail(ctx, DISTEST_EDOM, "family",
                               "The sampler of the family left the support."));
        }
        DI_TRY(check_moving(f->p, m, each, k, z + k * each, ctx));
    }
done:
    di_pool_free(&pool);
    return status;
}
