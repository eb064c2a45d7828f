/* surv_dist.c - density, cdf, quantile, hazard and cumulative hazard of the
 * distribution, phi_form "time". */
#include "surv.h"

#include <math.h>

typedef struct {
    double eta[PARAMETERS];
    int kernel;
} parameters;

/* 0 where a parameter is outside its space */
static int read(double phi, double lambda, double gamma, double kappa, parameters *p)
{
    if (!(phi > 0 && lambda > 0 && gamma > 0 && kappa >= -1)) return 0;
    if (!isfinite(phi) || !isfinite(lambda) || !isfinite(gamma)) return 0;
    *p = (parameters){{log(phi), log(lambda), log(gamma), 0},
                      DISTEST_SURV_KERNEL_FINITE};
    if (kappa == INFINITY)
        p->kernel = DISTEST_SURV_KERNEL_INF;
    else if (kappa == -1)
        p->kernel = DISTEST_SURV_KERNEL_M1;
    else
        p->eta[KAPPA] = log1p(kappa);
    return 1;
}

static double cumhaz(const parameters *p, double t)
{
    double H, g[PARAMETERS], h[PAIRS];
    if (t == INFINITY)
        return exp(p->eta[LAMBDA]) * di_surv_total(p->kernel, p->eta[KAPPA]);
    di_surv_cumhaz(0, p->kernel, t, p->eta, 0, &H, g, h);
    return H;
}

/* log h(t); at t = 0 its limit: log(lambda gamma phi^gamma) + (gamma - 1) log t */
static double loghaz(const parameters *p, double t)
{
    double v, g[PARAMETERS], h[PAIRS];
    const double gamma = exp(p->eta[GAMMA]);
    if (t < 0) return -INFINITY;
    if (t == 0) {
        if (gamma != 1) return gamma > 1 ? -INFINITY : INFINITY;
        return p->eta[LAMBDA] + p->eta[PHI];
    }
    if (t == INFINITY) {
        const double power = di_surv_tail(p->kernel, p->eta);
        if (power != 0) return power > 0 ? INFINITY : -INFINITY;
        t = 1e300;
    }
    di_surv_loghaz(0, p->kernel, t, p->eta, 0, &v, g, h);
    return v;
}

static double cdf(double H, int flags)
{
    if (flags & DISTEST_SURV_UPPER) return flags & DISTEST_SURV_LOG ? -H : exp(-H);
    if (flags & DISTEST_SURV_LOG) return H > 0 ? di_log1mexp(H) : -INFINITY;
    return -expm1(-H);
}

/* the cumulative hazard at the quantile: -log of the upper tail; NaN outside [0, 1] */
static double cumhaz_of(double p, int flags)
{
    if (flags & DISTEST_SURV_LOG) {
        if (!(p <= 0)) return NAN;
        return flags & DISTEST_SURV_UPPER ? -p : (p == 0 ? INFINITY : -di_log1mexp(-p));
    }
    if (!(p >= 0 && p <= 1)) return NAN;
    return flags & DISTEST_SURV_UPPER ? -log(p) : -log1p(-p);
}

static double quantile(const parameters *p, double h0)
{
    if (isnan(h0)) return NAN;
    if (h0 <= 0) return 0;
    const double x =
        di_surv_inverse(p->kernel, p->eta[KAPPA], h0 * exp(-p->eta[LAMBDA]));
    return exp(log(x) * exp(-p->eta[GAMMA]) - p->eta[PHI]);
}

static double one(int what, int flags, double x, const parameters *p)
{
    const int logs = flags & DISTEST_SURV_LOG;
    if (isnan(x)) return x;
    switch (what) {
    case DISTEST_SURV_CDF:
        return cdf(cumhaz(p, x), flags);
    case DISTEST_SURV_QUANTILE:
        return quantile(p, cumhaz_of(x, flags));
    case DISTEST_SURV_CUMHAZ:
        return logs ? log(cumhaz(p, x)) : cumhaz(p, x);
    case DISTEST_SURV_HAZARD:
        return logs ? loghaz(p, x) : exp(loghaz(p, x));
    default:
        break;
    }
    const double H = cumhaz(p, x); /* h may be Inf where S is 0: the density is 0 */
    const double v = H == INFINITY || x == INFINITY ? -INFINITY : loghaz(p, x) - H;
    return logs ? v : exp(v);
}

int distest_surv_dist(int what, int flags, size_t n, const double *x, const double *phi,
                      size_t inc_phi, const double *lambda, size_t inc_lambda,
                      const double *gamma, size_t inc_gamma, const double *kappa,
                      size_t inc_kappa, double *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    if (n == 0) return DISTEST_SUCCESS;
    if (what < DISTEST_SURV_DENSITY || what > DISTEST_SURV_CUMHAZ)
        return di_fail(ctx, DISTEST_EINVAL, "what", "`what` is %d.", what);
    if (flags & ~(DISTEST_SURV_LOG | DISTEST_SURV_UPPER))
        return di_fail(ctx, DISTEST_EINVAL, "flags", "`flags` is %d.", flags);
    DI_TRY(di_check_pointer(ctx, "x", x));
    DI_TRY(di_check_pointer(ctx, "phi", phi));
    DI_TRY(di_check_pointer(ctx, "lambda", lambda));
    DI_TRY(di_check_pointer(ctx, "gamma", gamma));
    DI_TRY(di_check_pointer(ctx, "kappa", kappa));
    DI_TRY(di_check_pointer(ctx, "out", out));
    for (size_t i = 0; i < n; i++) {
        parameters p;
        const int ok = read(phi[i * inc_phi], lambda[i * inc_lambda],
                            gamma[i * inc_gamma], kappa[i * inc_kappa], &p);
        out[i] = ok ? one(what, flags, x[i], &p) : NAN;
    }
done:
    return status;
}

int distest_surv_rand(size_t n, const double *u, const double *phi, size_t inc_phi,
                      const double *lambda, size_t inc_lambda, const double *gamma,
                      size_t inc_gamma, const double *kappa, size_t inc_kappa,
                      double *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_positive(ctx, "u", n, u));
    DI_TRY(distest_surv_dist(DISTEST_SURV_QUANTILE, DISTEST_SURV_UPPER, n, u, phi,
                             inc_phi, lambda, inc_lambda, gamma, inc_gamma, kappa,
                             inc_kappa, out, ctx));
done:
    return status;
}
