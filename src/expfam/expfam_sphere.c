/* expfam_sphere.c - von Mises and von Mises-Fisher. Radial laws: Psi = g(s), s =
 * |theta|^2 / 2, with Psi_ij = g1 d_ij + g2 t_i t_j and so on, g_{k+1} = (1/r) dg_k/dr.
 */
#include "expfam.h"

static int vmf_setup(distest_expfam_family *f, distest_context *ctx)
{
    const size_t d = f->ipar[0];
    if (d < 2 || d > EXPFAM_MOST_COLUMNS)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "The dimension must be from 2 to %d, not %zu.",
                       EXPFAM_MOST_COLUMNS, d);
    f->p = f->d = d;
    f->usual = d + 1;
    return DISTEST_SUCCESS;
}

/* g[k] = g_k for k = 1 ... 4; returns Psi. Near 0 by the series of A(r)/r in r^2. */
static double radial(size_t p, const double *th, double g[5])
{
    const double d = (double)p;
    double r = 0, k[4];
    for (size_t a = 0; a < p; a++) r = hypot(r, th[a]);
    const double psi = di_expfam_radial(p, r, k);
    if (r * r < 2e-4 * d) { /* where differences would cancel */
        const double c1 = 1 / d, c2 = -1 / (d * d * (d + 2)),
                     c3 = 2 / (d * d * d * (d + 2) * (d + 4)),
                     c4 = -(5 * d + 12) /
                          (d * d * d * d * (d + 2) * (d + 2) * (d + 4) * (d + 6)),
                     y = r * r;
        g[1] = c1 + y * (c2 + y * (c3 + y * c4));
        g[2] = 2 * c2 + y * (4 * c3 + y * 6 * c4);
        g[3] = 8 * c3 + y * 24 * c4;
        g[4] = 48 * c4;
        return psi;
    }
    const double A = 1 - k[0];
    g[1] = A / r;
    g[2] = (k[1] - g[1]) / (r * r);
    g[3] = (k[2] - 3 * g[2] * r) / (r * r * r);
    g[4] = (k[3] - 3 * g[2] - 6 * g[3] * r * r) / (r * r * r * r);
    return psi;
}

static double vmf_psi(const distest_expfam_family *f, const double *th, double *grad,
                      double *H)
{
    const size_t p = f->p;
    double g[5];
    const double psi = radial(p, th, g);
    for (size_t a = 0; a < p; a++) {
        if (grad) grad[a] = g[1] * th[a];
        for (size_t b = 0; H && b < p; b++)
            H[a + b * p] = (a == b ? g[1] : 0) + g[2] * th[a] * th[b];
    }
    return psi;
}

static void vmf_cumulants(const distest_expfam_family *f, const double *t, double *S,
                          double *Q)
{
    const size_t p = f->p;
    double g[5];
    (void)radial(p, t, g);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            for (size_t k = 0; k < p; k++) {
                const double dd = (i == j) * t[k] + (i == k) * t[j] + (j == k) * t[i];
                if (S) S[i + p * (j + p * k)] = g[2] * dd + g[3] * t[i] * t[j] * t[k];
                for (size_t l = 0; Q && l < p; l++) {
                    const double d2 =
                        (i == j) * (k == l) + (i == k) * (j == l) + (i == l) * (j == k);
                    const double d1 = dd * t[l] + (i == l) * t[j] * t[k] +
                                      (j == l) * t[i] * t[k] + (k == l) * t[i] * t[j];
                    Q[i + p * (j + p * (k + p * l))] =
                        g[2] * d2 + g[3] * d1 + g[4] * t[i] * t[j] * t[k] * t[l];
                }
            }
}

static size_t vmf_structure(const distest_expfam_family *f, const double *t, double *w3,
                            double *w4, double *g)
{
    (void)w3, (void)w4;
    (void)radial(f->p, t, g);
    return 0;
}

static int vmf_solve(size_t p, const double *mean, double c, double *th,
                     distest_context *ctx)
{
    double r = 0;
    for (size_t a = 0; a < p; a++) r = hypot(r, mean[a]);
    if (!(c > 0) || !(r <= 1))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations are equal, so the "
                       "concentration runs to infinity.");
    const double kappa = di_expfam_radial_inverse(p, c);
    if (!isfinite(kappa))
        return di_fail(ctx, DISTEST_ECONV, "mean", "No concentration was found.");
    for (size_t a = 0; a < p; a++) th[a] = r > 0 ? kappa * mean[a] / r : 0;
    return DISTEST_SUCCESS;
}

static int vmf_mle(const distest_expfam_family *f, const double *mean, double *th,
                   distest_context *ctx)
{
    double r = 0;
    for (size_t a = 0; a < f->p; a++) r = hypot(r, mean[a]);
    return vmf_solve(f->p, mean, 1 - r > 1e-15 ? 1 - r : 0, th, ctx);
}

/* 1 - |mean| = mean |x - mu|^2 / 2 */
static int vmf_data(const distest_expfam_family *f, const distest_sample *s,
                    const double *mean_xi, double *th, distest_context *ctx)
{
    (void)mean_xi;
    double mean[EXPFAM_MOST_COLUMNS] = {0}, xi[EXPFAM_MOST_COLUMNS], base, n = 0, r = 0,
           c = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double w = s->weights ? s->weights[i] : 1;
        (void)f->row->stats(f, s->x + i, s->n, xi, &base);
        for (size_t a = 0; a < f->p; a++) mean[a] += w * xi[a];
        n += w;
    }
    for (size_t a = 0; a < f->p; a++) r = hypot(r, mean[a] /= n);
    for (size_t i = 0; i < s->n && r > 0; i++) {
        const double w = s->weights ? s->weights[i] : 1;
        (void)f->row->stats(f, s->x + i, s->n, xi, &base);
        for (size_t a = 0; a < f->p; a++)
            c += w * (xi[a] - mean[a] / r) * (xi[a] - mean[a] / r);
    }
    return vmf_solve(f->p, mean, r > 0 ? (c / n > 1e-28 ? 0.5 * c / n : 0) : 1, th,
                     ctx);
}

static int vmf_stats(const distest_expfam_family *f, const double *x, size_t ld,
                     double *xi, double *base)
{
    double r = 0;
    for (size_t a = 0; a < f->p; a++) r = hypot(r, xi[a] = x[a * ld]);
    *base = 0;
    return fabs(r - 1) <= 1e-6;
}

static void vmf_usual(const distest_expfam_family *f, const double *th, double *par)
{
    double r = 0;
    for (size_t a = 0; a < f->p; a++) r = hypot(r, th[a]);
    for (size_t a = 0; a < f->p; a++) par[a] = r > 0 ? th[a] / r : a == 0;
    par[f->p] = r;
}

static int vmf_natural(const distest_expfam_family *f, const double *par, double *th)
{
    double r = 0;
    for (size_t a = 0; a < f->p; a++) r = hypot(r, par[a]);
    for (size_t a = 0; a < f->p; a++) th[a] = par[f->p] * par[a] / r;
    return fabs(r - 1) <= 1e-6 && par[f->p] >= 0 && isfinite(par[f->p]);
}

/* Wood (1994): the cosine with the mean by rejection, the rest uniform */
static void vmf_draw(const distest_expfam_family *f, const double *th, di_stream *s,
                     double *x, size_t ld)
{
    const double e = (double)f->p - 1;
    double z[EXPFAM_MOST_COLUMNS], kappa = 0, dot = 0, len = 0;
    for (size_t a = 0; a < f->p; a++) kappa = hypot(kappa, th[a]);
    const double b = e / (2 * kappa + sqrt(4 * kappa * kappa + e * e));
    const double x0 = (1 - b) / (1 + b), c = kappa * x0 + e * log1p(-x0 * x0);
    double t = 0;
    for (;;) {
        const double v = di_stream_beta(s, 0.5 * e, 0.5 * e);
        t = (1 - (1 + b) * v) / (1 - (1 - b) * v);
        if (kappa * t + e * log1p(-x0 * t) - c >= log(di_stream_uniform(s))) break;
    }
    for (size_t a = 0; a < f->p; a++) z[a] = di_stream_normal(s);
    for (size_t a = 0; a < f->p; a++)
        dot += z[a] * (kappa > 0 ? th[a] / kappa : a == 0);
    for (size_t a = 0; a < f->p; a++) {
        z[a] -= dot * (kappa > 0 ? th[a] / kappa : a == 0);
        len = hypot(len, z[a]);
    }
    for (size_t a = 0; a < f->p; a++)
        x[a * ld] = t * (kappa > 0 ? th[a] / kappa : a == 0) +
                    sqrt(fmax(0, 1 - t * t)) * z[a] / len;
}

static int vm_stats(const distest_expfam_family *f, const double *x, size_t ld,
                    double *xi, double *base)
{
    (void)f, (void)ld;
    xi[0] = cos(x[0]);
    xi[1] = sin(x[0]);
    *base = 0;
    return 1;
}

static void vm_usual(const distest_expfam_family *f, const double *th, double *par)
{
    (void)f;
    par[0] = atan2(th[1], th[0]);
    par[1] = hypot(th[0], th[1]);
}

static int vm_natural(const distest_expfam_family *f, const double *par, double *th)
{
    (void)f;
    th[0] = par[1] * cos(par[0]);
    th[1] = par[1] * sin(par[0]);
    return par[1] >= 0 && isfinite(par[0] + par[1]);
}

static void vm_draw(const distest_expfam_family *f, const double *th, di_stream *s,
                    double *x, size_t ld)
{
    double xy[2];
    (void)ld;
    vmf_draw(f, th, s, xy, 1);
    x[0] = atan2(xy[1], xy[0]);
}

const di_expfam_row di_expfam_sphere[] = {
    {.name = "von_mises",
     .way = EXPFAM_TENSOR,
     .p = 2,
     .usual = 2,
     .stats = vm_stats,
     .psi = vmf_psi,
     .cumulants = vmf_cumulants,
     .mle = vmf_mle,
     .mle_data = vmf_data,
     .to_usual = vm_usual,
     .from_usual = vm_natural,
     .draw = vm_draw},
    {.name = "von_mises_fisher",
     .way = EXPFAM_TENSOR,
     .nipar = 1,
     .setup = vmf_setup,
     .stats = vmf_stats,
     .psi = vmf_psi,
     .cumulants = vmf_cumulants,
     .structure = vmf_structure,
     .mle = vmf_mle,
     .mle_data = vmf_data,
     .to_usual = vmf_usual,
     .from_usual = vmf_natural,
     .draw = vmf_draw},
    {.name = NULL},
};
