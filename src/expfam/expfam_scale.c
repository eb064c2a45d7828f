/* expfam_scale.c - families with one parameter and Psi = -k log(-theta) + c0 + c1
 * theta. */
#include "expfam.h"

enum { EXPONENTIAL, RAYLEIGH, GAMMA_SHAPE, WEIBULL, LAPLACE, PARETO, KNOWN_MEAN };

/* ---- Psi = -k log(-theta) + c0 + c1 theta */
typedef struct {
    double k, c0, c1;
} scale_law;

static scale_law law(const distest_expfam_family *f)
{
    switch (f->row->variant) {
    case RAYLEIGH:
        return (scale_law){1, -log(2.0), 0};
    case GAMMA_SHAPE:
        return (scale_law){f->par[0], 0, 0};
    case LAPLACE:
        return (scale_law){1, log(2.0), 0};
    case PARETO:
        return (scale_law){1, 0, log(f->par[0])};
    case KNOWN_MEAN:
        return (scale_law){0.5, 0.5 * log(acos(-1)), 0};
    default:
        return (scale_law){1, 0, 0};
    }
}

static double scale_psi(const distest_expfam_family *f, const double *th, double *g,
                        double *H)
{
    const scale_law l = law(f);
    if (!(th[0] < 0)) return INFINITY;
    if (g) g[0] = -l.k / th[0] + l.c1;
    if (H) H[0] = l.k / (th[0] * th[0]);
    return -l.k * log(-th[0]) + l.c0 + l.c1 * th[0];
}

static void scale_cumulants(const distest_expfam_family *f, const double *th, double *S,
                            double *Q)
{
    const double k = law(f).k, t = th[0];
    if (S) S[0] = -2 * k / (t * t * t);
    if (Q) Q[0] = 6 * k / (t * t * t * t);
}

static int scale_mle(const distest_expfam_family *f, const double *mean, double *th,
                     distest_context *ctx)
{
    const scale_law l = law(f);
    const double gap = mean[0] - l.c1;
    if (!(gap > 0))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations equal the end of the "
                       "support, so the scale runs to 0.");
    th[0] = -l.k / gap;
    return DISTEST_SUCCESS;
}

static int scale_stats(const distest_expfam_family *f, const double *x, size_t ld,
                       double *xi, double *base)
{
    const double v = x[0], a = f->npar ? f->par[0] : 0;
    (void)ld;
    switch (f->row->variant) {
    case EXPONENTIAL:
        xi[0] = v;
        *base = 0;
        return v >= 0;
    case RAYLEIGH:
        xi[0] = v * v;
        *base = log(v);
        return v >= 0;
    case GAMMA_SHAPE:
        xi[0] = v;
        *base = (a - 1) * log(v) - di_lgamma(a);
        return v > 0;
    case WEIBULL:
        xi[0] = pow(v, a);
        *base = log(a) + (a - 1) * log(v);
        return v >= 0;
    case LAPLACE:
        xi[0] = fabs(v - a);
        *base = 0;
        return 1;
    case PARETO:
        xi[0] = log(v);
        *base = -log(v);
        return v >= a;
    default:
        xi[0] = (v - a) * (v - a);
        *base = 0;
        return 1;
    }
}

static void scale_usual(const distest_expfam_family *f, const double *th, double *par)
{
    switch (f->row->variant) {
    case RAYLEIGH:
        par[0] = sqrt(-0.5 / th[0]);
        break;
    case WEIBULL:
        par[0] = pow(-th[0], -1 / f->par[0]);
        break;
    case LAPLACE:
        par[0] = -1 / th[0];
        break;
    case KNOWN_MEAN:
        par[0] = -0.5 / th[0];
        break;
    default:
        par[0] = -th[0];
    }
}

static int scale_natural(const distest_expfam_family *f, const double *par, double *th)
{
    if (!(par[0] > 0 && par[0] < INFINITY)) return 0;
    switch (f->row->variant) {
    case RAYLEIGH:
        th[0] = -0.5 / (par[0] * par[0]);
        break;
    case WEIBULL:
        th[0] = -pow(par[0], -f->par[0]);
        break;
    case LAPLACE:
        th[0] = -1 / par[0];
        break;
    case KNOWN_MEAN:
        th[0] = -0.5 / par[0];
        break;
    default:
        th[0] = -par[0];
    }
    return 1;
}

static void scale_draw(const distest_expfam_family *f, const double *th, di_stream *s,
                       double *x, size_t ld)
{
    const double a = f->npar ? f->par[0] : 0;
    (void)ld;
    switch (f->row->variant) {
    case EXPONENTIAL:
        x[0] = di_stream_exponential(s) / -th[0];
        break;
    case RAYLEIGH:
        x[0] = sqrt(di_stream_exponential(s) / -th[0]);
        break;
    case GAMMA_SHAPE:
        x[0] = di_stream_gamma(s, a) / -th[0];
        break;
    case WEIBULL:
        x[0] = pow(di_stream_exponential(s) / -th[0], 1 / a);
        break;
    case LAPLACE: {
        const double e = di_stream_exponential(s) / -th[0];
        x[0] = a + (di_stream_uniform(s) < 0.5 ? e : -e);
        break;
    }
    case PARETO:
        x[0] = a * exp(di_stream_exponential(s) / -th[0]);
        break;
    default:
        x[0] = a + di_stream_normal(s) * sqrt(-0.5 / th[0]);
    }
}

static int positive_setting(distest_expfam_family *f, distest_context *ctx)
{
    return di_check_positive(ctx, "par", f->npar, f->par);
}

static int finite_setting(distest_expfam_family *f, distest_context *ctx)
{
    return di_check_finite(ctx, "par", f->npar, f->par);
}

const di_expfam_row di_expfam_scale[] = {
#define SCALE(label, nset, set, kind)                                                  \
    {                                                                                  \
        .name = label, .way = EXPFAM_TENSOR, .npar = nset, .p = 1, .usual = 1,         \
        .setup = set, .stats = scale_stats, .psi = scale_psi,                          \
        .cumulants = scale_cumulants, .mle = scale_mle, .to_usual = scale_usual,       \
        .from_usual = scale_natural, .draw = scale_draw, .variant = kind               \
    }
    SCALE("exponential", 0, NULL, EXPONENTIAL),
    SCALE("rayleigh", 0, NULL, RAYLEIGH),
    SCALE("gamma_known_shape", 1, positive_setting, GAMMA_SHAPE),
    SCALE("weibull", 1, positive_setting, WEIBULL),
    SCALE("laplace", 1, finite_setting, LAPLACE),
    SCALE("pareto", 1, positive_setting, PARETO),
    SCALE("normal_known_mean", 1, finite_setting, KNOWN_MEAN),
    {.name = NULL},
};
