/* expfam_series.c - sums outward from the mode: generalised inverse Gaussian (trapezoid
 * rule in log x), Conway-Maxwell-Poisson. */
#include "expfam.h"

enum { MOST_NODES = 10000000 };
static const double DROP = 60; /* log weights this far below the largest are left out */

/* ---- generalised inverse Gaussian: log x, x, 1/x; trapezoid in log x */
static int gig_stats(const distest_expfam_family *f, const double *x, size_t ld,
                     double *xi, double *base)
{
    (void)f, (void)ld;
    if (!(x[0] > 0)) return 0;
    xi[0] = log(x[0]);
    xi[1] = x[0];
    xi[2] = 1 / x[0];
    *base = -xi[0];
    return 1;
}

static int gig_nodes(const distest_expfam_family *f, const double *th, di_pool *pool,
                     di_expfam_nodes *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const double a = -th[1], c = -th[2], l = th[0];
    (void)f;
    out->m = 0;
    /* chi = 0: the gamma law, psi = 0: the inverse gamma */
    if (!(a >= 0 && c >= 0 && (a > 0 || l < 0) && (c > 0 || l > 0) &&
          isfinite(a + c + l)))
        return DISTEST_SUCCESS;
    const double r = sqrt(l * l + 4 * a * c);
    const double y = l > 0 ? (l + r) / (2 * a) : 2 * c / (r - l); /* the mode of e^u */
    const double u0 = log(y), top = l * u0 - a * y - c / y,
                 sd = 1 / sqrt(a * y + c / y);
    const double h = fmin(sd / 1.6, 0.25);
    size_t left = 0, right = 0;
    while (left < MOST_NODES) {
        const double u = u0 - h * (double)++left;
        if (top - (l * u - a * exp(u) - c * exp(-u)) > DROP) break;
    }
    while (right < MOST_NODES) {
        const double u = u0 + h * (double)++right;
        if (top - (l * u - a * exp(u) - c * exp(-u)) > DROP) break;
    }
    const size_t m = left + right + 1;
    if (m > MOST_NODES)
        return di_fail(ctx, DISTEST_ECONV, "theta",
                       "The density has too heavy a tail.");
    DI_TRY(DI_NEW(ctx, pool, &out->xi, m, 3));
    DI_TRY(DI_NEW(ctx, pool, &out->logw, m, 1));
    DI_TRY(DI_NEW(ctx, pool, &out->x, m, 1));
    out->m = m;
    out->p = 3;
    for (size_t i = 0; i < m; i++) {
        const double u = u0 + h * ((double)i - (double)left);
        out->xi[i] = u;
        out->x[i] = out->xi[i + m] = exp(u);
        out->xi[i + 2 * m] = exp(-u);
        out->logw[i] = log(h);
    }
done:
    return status;
}

/* the inverse Gaussian is a member */
static void gig_start(const distest_expfam_family *f, const double *mean, double *th)
{
    const double gap = mean[2] - 1 / mean[1];
    (void)f;
    th[0] = -0.5;
    th[1] = -0.5 / (gap * mean[1] * mean[1]);
    th[2] = -0.5 / gap;
}

/* The family is not steep at the gamma (chi = 0) and inverse gamma laws (psi = 0): the
 * maximum lies there when the data's mean of 1/x, or of x, is at least that law's. */
static int gig_mle(const distest_expfam_family *f, const double *mean, double *th,
                   distest_context *ctx)
{
    double g[2];
    (void)f;
    if (!(mean[2] * mean[1] - 1 > 1e-13))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations are equal.");
    /* with a = shape, b = rate the mean of 1/x is b / (a - 1) */
    int status = di_expfam_gamma_solve(log(mean[1]) - mean[0], mean[1], g, ctx);
    if (status != DISTEST_SUCCESS) return status;
    if (g[0] > 1 && mean[2] * (g[0] - 1) >= -g[1]) {
        th[0] = g[0];
        th[1] = g[1];
        th[2] = 0;
        return DISTEST_SUCCESS;
    }
    status = di_expfam_gamma_solve(log(mean[2]) + mean[0], mean[2], g, ctx);
    if (status != DISTEST_SUCCESS) return status;
    if (g[0] > 1 && mean[1] * (g[0] - 1) >= -g[1]) {
        th[0] = -g[0];
        th[1] = 0;
        th[2] = g[1];
        return DISTEST_SUCCESS;
    }
    return -1;
}

static void gig_usual(const distest_expfam_family *f, const double *th, double *par)
{
    (void)f;
    par[0] = th[0];
    par[1] = -2 * th[2];
    par[2] = -2 * th[1];
}

static int gig_natural(const distest_expfam_family *f, const double *par, double *th)
{
    (void)f;
    th[0] = par[0];
    th[1] = -0.5 * par[2];
    th[2] = -0.5 * par[1];
    return par[1] > 0 && par[2] > 0 && isfinite(par[0] + par[1] + par[2]);
}

/* ---- Conway-Maxwell-Poisson: x, log x!; sums outward from the mode */
static int com_stats(const distest_expfam_family *f, const double *x, size_t ld,
                     double *xi, double *base)
{
    (void)f, (void)ld;
    *base = 0;
    if (!(x[0] >= 0) || fabs(x[0] - nearbyint(x[0])) > 1e-8) return 0;
    xi[0] = nearbyint(x[0]);
    xi[1] = di_lgamma(xi[0] + 1);
    return 1;
}

static int com_nodes(const distest_expfam_family *f, const double *th, di_pool *pool,
                     di_expfam_nodes *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const double nu = -th[1], l = th[0];
    (void)f;
    out->m = 0;
    if (!(nu > 0 || (nu == 0 && l < 0)) || !isfinite(nu + l)) return DISTEST_SUCCESS;
    const double mode = nu > 0 ? floor(exp(fmin(l / nu, 40))) : 0;
    if (mode > MOST_NODES)
        return di_fail(ctx, DISTEST_ECONV, "theta", "The mean is beyond 1e7.");
    const double top = l * mode - nu * di_lgamma(mode + 1);
    double lo = mode, hi = mode;
    while (lo > 0 && top - (l * lo - nu * di_lgamma(lo + 1)) < DROP) lo--;
    while (hi - lo < MOST_NODES && top - (l * hi - nu * di_lgamma(hi + 1)) < DROP) hi++;
    const size_t m = (size_t)(hi - lo) + 1;
    if (m >= MOST_NODES)
        return di_fail(ctx, DISTEST_ECONV, "theta",
                       "The normalising sum needs more than 1e7 terms.");
    DI_TRY(DI_NEW(ctx, pool, &out->xi, m, 2));
    DI_TRY(DI_NEW(ctx, pool, &out->logw, m, 1));
    DI_TRY(DI_NEW(ctx, pool, &out->x, m, 1));
    out->m = m;
    out->p = 2;
    for (size_t i = 0; i < m; i++) {
        out->x[i] = out->xi[i] = lo + (double)i;
        out->xi[i + m] = di_lgamma(lo + (double)i + 1);
        out->logw[i] = 0;
    }
done:
    return status;
}

/* The likelihood is largest at nu = 0, the geometric law, when mean(log x!) is at least
 * its mean there: the family is not steep. */
static int com_mle(const distest_expfam_family *f, const double *mean, double *th,
                   distest_context *ctx)
{
    const double m = mean[0], k = floor(m), q = m / (1 + m);
    const double least =
        di_lgamma(k + 1) + (m - k) * (k >= 0 ? log(k + 1) : 0); /* all in {k, k + 1} */
    (void)f;
    if (!(m > 0))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations equal 0.");
    if (!(mean[1] - least > 1e-12 * fmax(1, mean[1])))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations equal %g or %g.", k, k + 1);
    double geometric = 0, term = 1 - q, x = 0, logf = 0;
    while (term * (logf + 1) > 1e-18 && x < MOST_NODES) {
        x++;
        term *= q;
        logf += log(x);
        geometric += term * logf;
    }
    if (mean[1] < geometric) return -1;
    th[0] = log(q);
    th[1] = 0;
    return DISTEST_SUCCESS;
}

static void com_start(const distest_expfam_family *f, const double *mean, double *th)
{
    (void)f;
    th[0] = log(mean[0]);
    th[1] = -1;
}

static void com_usual(const distest_expfam_family *f, const double *th, double *par)
{
    (void)f;
    par[0] = exp(th[0]);
    par[1] = -th[1];
}

static int com_natural(const distest_expfam_family *f, const double *par, double *th)
{
    (void)f;
    th[0] = log(par[0]);
    th[1] = -par[1];
    return par[0] > 0 && isfinite(par[0]) &&
           ((par[1] > 0 && isfinite(par[1])) || (par[1] == 0 && par[0] < 1));
}

const di_expfam_row di_expfam_series[] = {
    {.name = "gig",
     .way = EXPFAM_NODES,
     .p = 3,
     .usual = 3,
     .stats = gig_stats,
     .nodes = gig_nodes,
     .start = gig_start,
     .mle = gig_mle,
     .to_usual = gig_usual,
     .from_usual = gig_natural,
     .continuous = 1},
    {.name = "com_poisson",
     .way = EXPFAM_NODES,
     .p = 2,
     .usual = 2,
     .stats = com_stats,
     .nodes = com_nodes,
     .mle = com_mle,
     .start = com_start,
     .to_usual = com_usual,
     .from_usual = com_natural},
    {.name = NULL},
};
