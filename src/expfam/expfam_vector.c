/* expfam_vector.c - beta and Dirichlet. Derivative k of Psi is f^(k)(theta_a) where all
 * indices are a, less f^(k)(sum theta), f = log gamma. */
#include "expfam.h"

/* ---- Dirichlet; beta is the one with two columns given by x */
static int dirichlet_setup(distest_expfam_family *f, distest_context *ctx)
{
    const size_t d = f->ipar[0];
    if (d < 2 || d > EXPFAM_MOST_COLUMNS)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "The dimension must be from 2 to %d, not %zu.",
                       EXPFAM_MOST_COLUMNS, d);
    f->p = f->d = f->usual = d;
    return DISTEST_SUCCESS;
}

static double dirichlet_psi(const distest_expfam_family *f, const double *th, double *g,
                            double *H)
{
    const size_t p = f->p;
    double sum = 0, value = 0;
    for (size_t a = 0; a < p; a++) {
        if (!(th[a] > 0)) return INFINITY;
        sum += th[a];
        value += di_lgamma(th[a]);
    }
    const double mean = g ? di_digamma(sum) : 0;
    for (size_t a = 0; g && a < p; a++) g[a] = di_digamma(th[a]) - mean;
    const double all = H ? di_trigamma(sum) : 0;
    for (size_t b = 0; H && b < p; b++) {
        for (size_t a = 0; a < p; a++) H[a + b * p] = -all;
        H[b * (p + 1)] += di_trigamma(th[b]);
    }
    return value - di_lgamma(sum);
}

static void dirichlet_cumulants(const distest_expfam_family *f, const double *th,
                                double *S, double *Q)
{
    const size_t p = f->p;
    double sum = 0;
    for (size_t a = 0; a < p; a++) sum += th[a];
    if (S) {
        for (size_t i = 0; i < p * p * p; i++) S[i] = -di_expfam_tetragamma(sum);
        for (size_t a = 0; a < p; a++)
            S[a * (1 + p + p * p)] += di_expfam_tetragamma(th[a]);
    }
    if (Q) {
        for (size_t i = 0; i < p * p * p * p; i++) Q[i] = -di_expfam_pentagamma(sum);
        for (size_t a = 0; a < p; a++)
            Q[a * (1 + p + p * p + p * p * p)] += di_expfam_pentagamma(th[a]);
    }
}

/* sum of third (fourth) powers of the axes and, negative, of the vector of ones */
static size_t dirichlet_structure(const distest_expfam_family *f, const double *th,
                                  double *w3, double *w4, double *g)
{
    const size_t p = f->p;
    double sum = 0;
    (void)g;
    for (size_t a = 0; a < p; a++) {
        sum += th[a];
        w3[a] = di_expfam_tetragamma(th[a]);
        w4[a] = di_expfam_pentagamma(th[a]);
    }
    w3[p] = -di_expfam_tetragamma(sum);
    w4[p] = -di_expfam_pentagamma(sum);
    return p + 1;
}

/* With m_k prop. to exp(mean log x_k), log sum exp(mean log x_k) is about
 * -(d - 1) / (2 s), s the sum of the parameters. */
static void dirichlet_start(const distest_expfam_family *f, const double *mean,
                            double *th)
{
    double z = 0;
    for (size_t a = 0; a < f->p; a++) z += exp(mean[a]);
    const double s = z < 1 ? -0.5 * ((double)f->p - 1) / log(z) : 1e8;
    for (size_t a = 0; a < f->p; a++) th[a] = s * exp(mean[a]) / z;
}

static int dirichlet_stats(const distest_expfam_family *f, const double *x, size_t ld,
                           double *xi, double *base)
{
    double sum = 0, b = 0;
    for (size_t a = 0; a < f->p; a++) {
        const double v = x[a * ld];
        if (!(v > 0)) return 0;
        sum += v;
        xi[a] = log(v);
        b -= xi[a];
    }
    *base = b;
    return fabs(sum - 1) <= 1e-6;
}

static void dirichlet_usual(const distest_expfam_family *f, const double *th,
                            double *par)
{
    for (size_t a = 0; a < f->p; a++) par[a] = th[a];
}

static int dirichlet_natural(const distest_expfam_family *f, const double *par,
                             double *th)
{
    for (size_t a = 0; a < f->p; a++) {
        if (!(par[a] > 0 && par[a] < INFINITY)) return 0;
        th[a] = par[a];
    }
    return 1;
}

static void dirichlet_draw(const distest_expfam_family *f, const double *th,
                           di_stream *s, double *x, size_t ld)
{
    double sum = 0;
    for (size_t a = 0; a < f->p; a++) sum += x[a * ld] = di_stream_gamma(s, th[a]);
    for (size_t a = 0; a < f->p; a++) x[a * ld] /= sum;
}

static int beta_stats(const distest_expfam_family *f, const double *x, size_t ld,
                      double *xi, double *base)
{
    (void)f, (void)ld;
    if (!(x[0] > 0 && x[0] < 1)) return 0;
    xi[0] = log(x[0]);
    xi[1] = log1p(-x[0]);
    *base = -xi[0] - xi[1];
    return 1;
}

static int beta_rows(const distest_expfam_family *f, size_t n, const double *x,
                     size_t ld, double *xi, size_t ldxi, double *base)
{
    int good = 1;
    (void)f, (void)ld;
    for (size_t i = 0; i < n; i++) {
        good &= x[i] > 0 && x[i] < 1;
        xi[i + ldxi] = -x[i];
    }
    if (!good) return 0;
    di_vlog(n, x, xi);
    di_vlog1p(n, xi + ldxi, xi + ldxi);
    for (size_t i = 0; i < n; i++) base[i] = -xi[i] - xi[i + ldxi];
    return 1;
}

static void beta_draw(const distest_expfam_family *f, const double *th, di_stream *s,
                      double *x, size_t ld)
{
    (void)f, (void)ld;
    x[0] = di_stream_beta(s, th[0], th[1]);
}

const di_expfam_row di_expfam_vector[] = {
    {.name = "beta",
     .way = EXPFAM_TENSOR,
     .p = 2,
     .usual = 2,
     .stats = beta_stats,
     .rows = beta_rows,
     .psi = dirichlet_psi,
     .cumulants = dirichlet_cumulants,
     .start = dirichlet_start,
     .to_usual = dirichlet_usual,
     .from_usual = dirichlet_natural,
     .draw = beta_draw},
    {.name = "dirichlet",
     .way = EXPFAM_TENSOR,
     .nipar = 1,
     .setup = dirichlet_setup,
     .stats = dirichlet_stats,
     .psi = dirichlet_psi,
     .cumulants = dirichlet_cumulants,
     .structure = dirichlet_structure,
     .start = dirichlet_start,
     .to_usual = dirichlet_usual,
     .from_usual = dirichlet_natural,
     .draw = dirichlet_draw},
    {.name = NULL},
};
