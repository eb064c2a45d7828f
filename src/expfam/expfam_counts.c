/* expfam_counts.c - one parameter: counts, and the normal with known variance. */
#include "expfam.h"

static const double LOG2PI = 1.8378770664093454836;

enum { POISSON, BINOMIAL, NEGBIN, KNOWN_VARIANCE };

static int whole(double x)
{
    return fabs(x - nearbyint(x)) <= 1e-8;
}

static int positive_setting(distest_expfam_family *f, distest_context *ctx)
{
    return di_check_positive(ctx, "par", f->npar, f->par);
}

static int whole_setting(distest_expfam_family *f, distest_context *ctx)
{
    if (!(f->par[0] >= 1 && whole(f->par[0])))
        return di_fail(ctx, DISTEST_EINVAL, "par",
                       "The size must be a whole number of at least 1, not %g.",
                       f->par[0]);
    return DISTEST_SUCCESS;
}

/* ---- one parameter, counts, and the normal with known variance */
static double discrete_psi(const distest_expfam_family *f, const double *th, double *g,
                           double *H)
{
    const double t = th[0], r = f->npar ? f->par[0] : 1;
    double value, mean, var;
    switch (f->row->variant) {
    case POISSON:
        value = mean = var = exp(t);
        break;
    case BINOMIAL:
        value = r * di_log1pexp(t);
        mean = r / (1 + exp(-t));
        var = mean / (1 + exp(t));
        break;
    case NEGBIN:
        if (!(t < 0)) return INFINITY;
        value = -r * di_log1mexp(-t);
        mean = r / expm1(-t);
        var = mean / -expm1(t);
        break;
    default:
        value = 0.5 * r * t * t;
        mean = r * t;
        var = r;
    }
    if (g) g[0] = mean;
    if (H) H[0] = var;
    return value;
}

static void discrete_cumulants(const distest_expfam_family *f, const double *th,
                               double *S, double *Q)
{
    const double t = th[0], r = f->npar ? f->par[0] : 1;
    double k3 = 0, k4 = 0;
    if (f->row->variant == POISSON) k3 = k4 = exp(t);
    if (f->row->variant == BINOMIAL) {
        const double p = 1 / (1 + exp(-t)), q = 1 / (1 + exp(t));
        k3 = r * p * q * (q - p);
        k4 = r * p * q * (1 - 6 * p * q);
    }
    if (f->row->variant == NEGBIN) { /* q = e^t, odds with p = 1 - q */
        const double q = exp(t), p = -expm1(t);
        k3 = r * q * (1 + q) / (p * p * p);
        k4 = r * q * (1 + 4 * q + q * q) / (p * p * p * p);
    }
    if (S) S[0] = k3;
    if (Q) Q[0] = k4;
}

static int discrete_mle(const distest_expfam_family *f, const double *mean, double *th,
                        distest_context *ctx)
{
    const double m = mean[0], r = f->npar ? f->par[0] : 1;
    const int kind = f->row->variant;
    if (kind == KNOWN_VARIANCE) {
        th[0] = m / r;
        return DISTEST_SUCCESS;
    }
    if (!(m > 0))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations equal 0.");
    if (kind == BINOMIAL && !(m < r))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations equal %g, the size.", r);
    th[0] = kind == POISSON    ? log(m)
            : kind == BINOMIAL ? log(m / (r - m))
                               : -log1p(r / m);
    return DISTEST_SUCCESS;
}

static int discrete_stats(const distest_expfam_family *f, const double *x, size_t ld,
                          double *xi, double *base)
{
    const double v = f->row->variant == KNOWN_VARIANCE ? x[0] : nearbyint(x[0]);
    const double r = f->npar ? f->par[0] : 1;
    (void)ld;
    xi[0] = v;
    switch (f->row->variant) {
    case POISSON:
        *base = v >= 0 ? -di_lgamma(v + 1) : 0;
        return v >= 0 && whole(x[0]);
    case BINOMIAL:
        if (!(v >= 0 && v <= r && whole(x[0]))) return 0;
        *base = di_lgamma(r + 1) - di_lgamma(v + 1) - di_lgamma(r - v + 1);
        return 1;
    case NEGBIN:
        if (!(v >= 0 && whole(x[0]))) return 0;
        *base = di_lgamma(v + r) - di_lgamma(v + 1) - di_lgamma(r);
        return 1;
    default:
        *base = -0.5 * (v * v / r + LOG2PI + log(r));
        return 1;
    }
}

static void discrete_usual(const distest_expfam_family *f, const double *th,
                           double *par)
{
    switch (f->row->variant) {
    case POISSON:
        par[0] = exp(th[0]);
        break;
    case BINOMIAL:
        par[0] = 1 / (1 + exp(-th[0]));
        break;
    case NEGBIN:
        par[0] = -expm1(th[0]);
        break;
    default:
        par[0] = th[0] * f->par[0];
    }
}

static int discrete_natural(const distest_expfam_family *f, const double *par,
                            double *th)
{
    const double v = par[0];
    const int kind = f->row->variant;
    if (kind == KNOWN_VARIANCE) {
        th[0] = v / f->par[0];
        return isfinite(v);
    }
    if (!(v > 0 && v < (kind == POISSON ? INFINITY : 1))) return 0;
    th[0] = kind == POISSON    ? log(v)
            : kind == BINOMIAL ? log(v) - log1p(-v)
                               : log1p(-v);
    return 1;
}

/* inversion from 0 in chunks of mean at most 20: exact, no tables */
static double draw_poisson(di_stream *s, double mean)
{
    double total = 0;
    while (mean > 0) {
        const double m = fmin(mean, 20);
        double u = di_stream_uniform(s), p = exp(-m);
        double k = 0;
        while (u > p && k < 500) {
            u -= p;
            k++;
            p *= m / k;
        }
        total += k;
        mean -= m;
    }
    return total;
}

static void discrete_draw(const distest_expfam_family *f, const double *th,
                          di_stream *s, double *x, size_t ld)
{
    double par[1];
    (void)ld;
    discrete_usual(f, th, par);
    switch (f->row->variant) {
    case POISSON:
        x[0] = draw_poisson(s, par[0]);
        break;
    case BINOMIAL:
        x[0] = 0;
        for (double i = 0; i < (f->npar ? f->par[0] : 1); i++)
            x[0] += di_stream_uniform(s) < par[0];
        break;
    case NEGBIN:
        x[0] = draw_poisson(s, di_stream_gamma(s, f->npar ? f->par[0] : 1) *
                                   (1 - par[0]) / par[0]);
        break;
    default:
        x[0] = par[0] + di_stream_normal(s) * sqrt(f->par[0]);
    }
}

const di_expfam_row di_expfam_counts[] = {
#define DISCRETE(label, nset, set, kind)                                               \
    {                                                                                  \
        .name = label, .way = EXPFAM_TENSOR, .npar = nset, .p = 1, .usual = 1,         \
        .setup = set, .stats = discrete_stats, .psi = discrete_psi,                    \
        .cumulants = discrete_cumulants, .mle = discrete_mle,                          \
        .to_usual = discrete_usual, .from_usual = discrete_natural,                    \
        .draw = discrete_draw, .variant = kind                                         \
    }
    DISCRETE("poisson", 0, NULL, POISSON),
    DISCRETE("bernoulli", 0, NULL, BINOMIAL),
    DISCRETE("binomial", 1, whole_setting, BINOMIAL),
    DISCRETE("geometric", 0, NULL, NEGBIN),
    DISCRETE("negative_binomial", 1, positive_setting, NEGBIN),
    DISCRETE("normal_known_variance", 1, positive_setting, KNOWN_VARIANCE),
    {.name = NULL},
};
