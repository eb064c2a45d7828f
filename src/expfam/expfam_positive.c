/* expfam_positive.c - gamma and inverse Gaussian. */
#include "expfam.h"

#include <string.h>

static const double LOG2PI = 1.8378770664093454836;

/* ---- gamma: log x, x */
static double gamma_psi(const distest_expfam_family *f, const double *th, double *g,
                        double *H)
{
    const double a = th[0], b = -th[1];
    (void)f;
    if (!(a > 0 && b > 0)) return INFINITY;
    if (g) {
        g[0] = di_digamma(a) - log(b);
        g[1] = a / b;
    }
    if (H) {
        H[0] = di_trigamma(a);
        H[1] = H[2] = 1 / b;
        H[3] = a / (b * b);
    }
    return di_lgamma(a) - a * log(b);
}

/* symmetric tensors of two variables: v[j] has j indices equal to the second */
static void fill2(const double v3[4], const double v4[5], double *S, double *Q)
{
    if (S)
        for (int i = 0; i < 8; i++) S[i] = v3[(i & 1) + (i >> 1 & 1) + (i >> 2)];
    if (Q)
        for (int i = 0; i < 16; i++)
            Q[i] = v4[(i & 1) + (i >> 1 & 1) + (i >> 2 & 1) + (i >> 3)];
}

static void gamma_cumulants(const distest_expfam_family *f, const double *th, double *S,
                            double *Q)
{
    const double a = th[0], b = -th[1];
    const double v3[4] = {di_expfam_tetragamma(a), 0, 1 / (b * b), 2 * a / (b * b * b)};
    const double v4[5] = {di_expfam_pentagamma(a), 0, 0, 2 / (b * b * b),
                          6 * a / (b * b * b * b)};
    (void)f;
    fill2(v3, v4, S, Q);
}

/* log a - digamma(a) and its derivative, without cancellation for large a */
static double log_less_digamma(double a, double *derivative)
{
    if (a < 100) {
        *derivative = 1 / a - di_trigamma(a);
        return log(a) - di_digamma(a);
    }
    const double y = 1 / (a * a);
    *derivative = -y * (0.5 + (1 / a) * (1.0 / 6 - y * (1.0 / 30 - y / 42)));
    return 0.5 / a + y * (1.0 / 12 - y * (1.0 / 120 - y / 252));
}

int di_expfam_gamma_solve(double s, double mean, double *th, distest_context *ctx)
{
    if (!(s > 0) || !(mean > 0))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations are equal, so the shape "
                       "runs to infinity.");
    double a = (3 - s + sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s);
    for (int i = 0; i < 50; i++) { /* Newton for 1/a: monotone and fast */
        double d;
        const double v = log_less_digamma(a, &d),
                     next = 1 / (1 / a + (v - s) / (a * a * d));
        const double change = fabs(next - a);
        a = next > 0 ? next : 0.5 * a;
        if (change <= 1e-15 * a) break;
    }
    th[0] = a;
    th[1] = -a / mean;
    return DISTEST_SUCCESS;
}

static int gamma_mle(const distest_expfam_family *f, const double *mean, double *th,
                     distest_context *ctx)
{
    (void)f;
    return di_expfam_gamma_solve(mean[1] > 0 ? log(mean[1]) - mean[0] : -1, mean[1], th,
                                 ctx);
}

static double weight(const distest_sample *s, size_t i)
{
    return s->weights ? s->weights[i] : 1;
}

static double mean_of(const distest_sample *s, double *total)
{
    double sum = 0, n = 0, shift = s->x[0];
    for (size_t i = 0; i < s->n; i++) {
        sum += weight(s, i) * (s->x[i] - shift);
        n += weight(s, i);
    }
    *total = n;
    return shift + sum / n;
}

static int gamma_data(const distest_expfam_family *f, const distest_sample *s,
                      const double *mean_xi, double *th, distest_context *ctx)
{
    double n, sum = 0;
    const double rough = log(mean_xi[1]) - mean_xi[0];
    (void)f;
    if (rough > 1e-3 * fmax(1, fabs(mean_xi[0]))) /* hardly anything cancels */
        return di_expfam_gamma_solve(rough, mean_xi[1], th, ctx);
    const double mean = mean_of(s, &n);
    for (size_t i = 0; i < s->n; i++)
        sum -= weight(s, i) * log1p((s->x[i] - mean) / mean);
    const double gap = sum / n;
    return di_expfam_gamma_solve(gap > 1e-30 ? gap : -1, mean, th, ctx);
}

static int positive1(const double *x)
{
    return x[0] > 0;
}

static int gamma_stats(const distest_expfam_family *f, const double *x, size_t ld,
                       double *xi, double *base)
{
    (void)f, (void)ld;
    if (!positive1(x)) return 0;
    xi[0] = log(x[0]);
    xi[1] = x[0];
    *base = -xi[0];
    return 1;
}

static int gamma_rows(const distest_expfam_family *f, size_t n, const double *x,
                      size_t ld, double *xi, size_t ldxi, double *base)
{
    int good = 1;
    (void)f, (void)ld;
    for (size_t i = 0; i < n; i++) good &= x[i] > 0;
    if (!good) return 0;
    di_vlog(n, x, xi);
    memcpy(xi + ldxi, x, n * sizeof *x);
    for (size_t i = 0; i < n; i++) base[i] = -xi[i];
    return 1;
}

static int ig_rows(const distest_expfam_family *f, size_t n, const double *x, size_t ld,
                   double *xi, size_t ldxi, double *base)
{
    int good = 1;
    (void)f, (void)ld;
    for (size_t i = 0; i < n; i++) good &= x[i] > 0;
    if (!good) return 0;
    di_vlog(n, x, base);
    memcpy(xi, x, n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        xi[i + ldxi] = 1 / x[i];
        base[i] = -0.5 * (LOG2PI + 3 * base[i]);
    }
    return 1;
}

static void gamma_usual(const distest_expfam_family *f, const double *th, double *par)
{
    (void)f;
    par[0] = th[0];
    par[1] = -th[1];
}

static int gamma_natural(const distest_expfam_family *f, const double *par, double *th)
{
    (void)f;
    th[0] = par[0];
    th[1] = -par[1];
    return par[0] > 0 && par[1] > 0 && isfinite(par[0] + par[1]);
}

static void gamma_draw(const distest_expfam_family *f, const double *th, di_stream *s,
                       double *x, size_t ld)
{
    (void)f, (void)ld;
    x[0] = di_stream_gamma(s, th[0]) / -th[1];
}

/* ---- inverse Gaussian: x, 1/x */
static double ig_psi(const distest_expfam_family *f, const double *th, double *g,
                     double *H)
{
    const double a = -th[0], b = -th[1];
    (void)f;
    if (!(a > 0 && b > 0)) return INFINITY;
    const double r = sqrt(a * b);
    if (g) {
        g[0] = r / a;
        g[1] = r / b + 0.5 / b;
    }
    if (H) {
        H[0] = 0.5 * r / (a * a);
        H[1] = H[2] = -0.5 / r;
        H[3] = 0.5 * r / (b * b) + 0.5 / (b * b);
    }
    return -2 * r - 0.5 * log(2 * b);
}

static void ig_cumulants(const distest_expfam_family *f, const double *th, double *S,
                         double *Q)
{
    /* derivatives of -2 sqrt(a b) - log(2 b) / 2 in a = -theta1, b = -theta2 */
    static const double half[5] = {1, 0.5, -0.25, 0.375, -0.9375};
    const double a = -th[0], b = -th[1];
    double v3[4], v4[5];
    (void)f;
    for (int j = 0; j <= 3; j++)
        v3[j] = 2 * half[3 - j] * half[j] * pow(a, 0.5 - (3 - j)) * pow(b, 0.5 - j);
    v3[3] += 1 / (b * b * b);
    for (int j = 0; j <= 4; j++)
        v4[j] = -2 * half[4 - j] * half[j] * pow(a, 0.5 - (4 - j)) * pow(b, 0.5 - j);
    v4[4] += 3 / (b * b * b * b);
    fill2(v3, v4, S, Q);
}

static int ig_solve(double mean, double gap, double *th, distest_context *ctx)
{
    if (!(gap > 0) || !(mean > 0))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations are equal, so the shape "
                       "runs to infinity.");
    th[0] = -0.5 / (gap * mean * mean);
    th[1] = -0.5 / gap;
    return DISTEST_SUCCESS;
}

static int ig_mle(const distest_expfam_family *f, const double *mean, double *th,
                  distest_context *ctx)
{
    (void)f;
    return ig_solve(mean[0], mean[1] - 1 / mean[0], th, ctx);
}

static int ig_data(const distest_expfam_family *f, const distest_sample *s,
                   const double *mean_xi, double *th, distest_context *ctx)
{
    (void)mean_xi;
    double n, gap = 0;
    const double mean = mean_of(s, &n);
    (void)f;
    for (size_t i = 0; i < s->n; i++) {
        const double d = (s->x[i] - mean) / mean;
        gap += weight(s, i) * d * d / s->x[i];
    }
    return ig_solve(mean, gap / n > 1e-30 / mean ? gap / n : 0, th, ctx);
}

static int ig_stats(const distest_expfam_family *f, const double *x, size_t ld,
                    double *xi, double *base)
{
    (void)f, (void)ld;
    if (!positive1(x)) return 0;
    xi[0] = x[0];
    xi[1] = 1 / x[0];
    *base = -0.5 * (LOG2PI + 3 * log(x[0]));
    return 1;
}

static void ig_usual(const distest_expfam_family *f, const double *th, double *par)
{
    (void)f;
    par[0] = sqrt(th[1] / th[0]);
    par[1] = -2 * th[1];
}

static int ig_natural(const distest_expfam_family *f, const double *par, double *th)
{
    (void)f;
    if (!(par[0] > 0 && par[1] > 0 && isfinite(par[0] + par[1]))) return 0;
    th[0] = -0.5 * par[1] / (par[0] * par[0]);
    th[1] = -0.5 * par[1];
    return 1;
}

/* Michael, Schucany and Haas (1976) */
static void ig_draw(const distest_expfam_family *f, const double *th, di_stream *s,
                    double *x, size_t ld)
{
    double par[2];
    (void)ld;
    ig_usual(f, th, par);
    const double z = di_stream_normal(s), y = par[0] * z * z / par[1];
    const double r = 2 / (2 + y + sqrt(y * (4 + y)));
    x[0] = di_stream_uniform(s) * (1 + r) <= 1 ? par[0] * r : par[0] / r;
}

const di_expfam_row di_expfam_positive[] = {
    {.name = "gamma",
     .way = EXPFAM_TENSOR,
     .p = 2,
     .usual = 2,
     .stats = gamma_stats,
     .rows = gamma_rows,
     .psi = gamma_psi,
     .cumulants = gamma_cumulants,
     .mle = gamma_mle,
     .mle_data = gamma_data,
     .to_usual = gamma_usual,
     .from_usual = gamma_natural,
     .draw = gamma_draw},
    {.name = "inverse_gaussian",
     .way = EXPFAM_TENSOR,
     .p = 2,
     .usual = 2,
     .stats = ig_stats,
     .rows = ig_rows,
     .psi = ig_psi,
     .cumulants = ig_cumulants,
     .mle = ig_mle,
     .mle_data = ig_data,
     .to_usual = ig_usual,
     .from_usual = ig_natural,
     .draw = ig_draw},
    {.name = NULL},
};
