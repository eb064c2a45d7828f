/* kde_theory.c - the bandwidths between the regimes, and the exact Kullback-Leibler
 * risk for normal data. */
#include "kde.h"

#include "optim.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

typedef struct {
    size_t d;
    const double *lambda, *xi2;
    double log_n;
    int finite;
} spectrum;

/* zeta(s) = (1/d) log E exp(-s |x - y|^2 / 2) for normal data, and derivatives */
static void zeta(const spectrum *q, double s, double z[3])
{
    z[0] = z[1] = z[2] = 0;
    for (size_t j = 0; j < q->d; j++) {
        const double l = q->lambda[j], x = q->xi2 ? q->xi2[j] : l, r = 1 + s * l;
        z[0] += -0.5 * log1p(s * l) - 0.5 * s * x / r;
        z[1] += -0.5 * (l / r + x / (r * r));
        z[2] += 0.5 * l * l / (r * r) + l * x / (r * r * r);
    }
    for (int k = 0; k < 3; k++) z[k] /= (double)q->d;
}

/* v - log(1 + v) + ... without loss for small v: log(1+v) - v/(1+v) = v^2/2 - 2 v^3/3
 * .. */
static double entropy_part(double v)
{
    if (v > 0.02) return log1p(v) - v / (1 + v);
    double sum = 0, term = v;
    for (int k = 2; k < 14; k++) {
        term *= -v;
        sum += -term * (k - 1) / k;
    }
    return sum;
}

/* Psi(s) = s zeta' - zeta (16); with `finite` the left side of (21) over d */
static double psi(double t, double *derivative, void *data)
{
    const spectrum *q = data;
    const double s = exp(t), d = (double)q->d;
    double z[3], sum = 0;
    zeta(q, s, z);
    for (size_t j = 0; j < q->d; j++) {
        const double l = q->lambda[j], x = q->xi2 ? q->xi2[j] : l, r = 1 + s * l;
        sum += 0.5 * entropy_part(s * l) + 0.5 * s * s * l * x / (r * r);
    }
    double value = sum / d - q->log_n / d;
    *derivative = s * s * z[2];
    if (q->finite) {
        double z3 = 0; /* third derivative */
        for (size_t j = 0; j < q->d; j++) {
            const double l = q->lambda[j], x = q->xi2 ? q->xi2[j] : l, r = 1 + s * l;
            z3 += -l * l * l / (r * r * r) - 3 * l * l * x / (r * r * r * r);
        }
        z3 /= d;
        value += 0.5 * log(2 * PI * s * s * d * z[2]) / d;
        *derivative += (1 + 0.5 * s * z3 / z[2]) / d;
    }
    return value;
}

int distest_kde_thresholds(size_t d, const double *lambda, const double *xi2,
                           double log_n, int finite, distest_kde_theory *theory,
                           distest_context *ctx)
{
    int status;
    spectrum q = {d, lambda, xi2, log_n, finite};
    double low = -40, high = 40, t, slope, z[3];
    di_begin(ctx);
    if (d == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "d", "`d` must be at least 1, not 0."));
    DI_TRY(di_check_positive(ctx, "spectrum", d, lambda));
    if (xi2) DI_TRY(di_check_nonnegative(ctx, "x", d, xi2));
    if (!(log_n > 0 && isfinite(log_n)))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "n", "`n` must be more than 1, not %g.",
                       exp(log_n)));
    DI_TRY(di_check_pointer(ctx, "theory", theory));
    double scale = 0;
    for (size_t j = 0; j < d; j++) scale = fmax(scale, lambda[j]);
    low -= log(scale);
    high -= log(scale);
    while (psi(high, &slope, &q) < 0 && high < 700) high += 20;
    /* the prefactor of (21) is not monotone far to the left of its root */
    if (finite)
        for (low = high; low > -700 && psi(low, &slope, &q) > 0;) low -= 0.5;
    DI_TRY(di_root_newton(low, high, 1e-15, psi, &q, &t));
    const double s = exp(t);
    zeta(&q, s, z);
    double logdet = 0, extra = 0;
    for (size_t j = 0; j < d; j++) {
        logdet += log(lambda[j]);
        extra += xi2 ? 0.5 - 0.5 * xi2[j] / lambda[j] : 0;
    }
    const double r2 = -2 * z[1], alpha = log_n / (double)d;
    *theory = (distest_kde_theory){
        .alpha = alpha,
        .s_g = s,
        .h_g = 1 / sqrt(s),
        .h_clt = sqrt(2 / s),
        .r_min = sqrt(r2),
        .h_opt = sqrt(r2),
        .kl_per_dim =
            alpha + 0.5 * log(r2) - 0.5 * logdet / (double)d + extra / (double)d,
        .lid_per_dim = s * r2,
        .mu_opt = s * r2,
    };
done:
    return status;
}

/* --- (23): E log Z for |x|^2 = Q, by a Mellin-Barnes integral over a vertical line ---
 */

enum { NODES_MOST = 128, Q_MOST = 200 };

typedef struct {
    double d, Q, s, t;
} line;

/* derivative of the exponent at real p: its root is the saddle */
static double saddle(const line *l, double p)
{
    const double r = 1 + p * l->s;
    return l->t + l->s * (-0.5 * l->d / r - 0.5 * l->Q / (r * r)) - 1 / p + 1 / (1 - p);
}

/* log Gamma(x + i y) for x > 0: eight steps of the recurrence, then Stirling's series,
 * whose next term is below 1e-16 there */
static void log_gamma(double x, double y, double *re, double *im)
{
    double pr = 1, pi = 0;
    for (int k = 0; k < 8; k++) {
        const double t = pr * (x + k) - pi * y;
        pi = pr * y + pi * (x + k);
        pr = t;
    }
    x += 8;
    /* the argument of the product by itself is known up to full turns only, which the
     * cosine that it goes into does not see */
    const double lr = 0.5 * log(x * x + y * y), li = atan2(y, x);
    const double n2 = x * x + y * y, ur = x / n2, ui = -y / n2; /* 1 / z */
    const double vr = ur * ur - ui * ui, vi = 2 * ur * ui;      /* 1 / z^2 */
    static const double c[] = {1.0 / 12,    -1.0 / 360,      1.0 / 1260,
                               -1.0 / 1680, 1.0 / 1188,      -691.0 / 360360,
                               1.0 / 156,   -3617.0 / 122400};
    double sr = c[7], si = 0;
    for (int k = 6; k >= 0; k--) {
        const double t = sr * vr - si * vi + c[k];
        si = sr * vi + si * vr;
        sr = t;
    }
    *re = (x - 0.5) * lr - y * li - x + 0.91893853320467274178 + sr * ur - si * ui -
          0.5 * log(pr * pr + pi * pi);
    *im = (x - 0.5) * li + y * lr - y + sr * ui + si * ur - atan2(pi, pr);
}

/* log of Gamma(1 - p) / p exp(p t) (1 + ps)^(-d/2) exp(-Q ps / (2 (1 + ps))) */
static void exponent(const line *l, double c, double y, double *re, double *im)
{
    double gr, gi;
    log_gamma(1 - c, -y, &gr, &gi);
    const double a = 1 + c * l->s, b = y * l->s, r2 = a * a + b * b;
    *re = gr - 0.5 * log(c * c + y * y) + c * l->t - 0.25 * l->d * log(r2) -
          0.5 * l->Q * (1 - a / r2);
    *im = gi - atan2(y, c) + y * l->t - 0.5 * l->d * atan2(b, a) - 0.5 * l->Q * b / r2;
}

/* g(e^t) = E[1 - exp(-e^t exp(-s D / 2))] */
static double mellin(line l, double t, int nodes)
{
    double low = 1e-3, high = 1 - 1e-3;
    l.t = t;
    for (int k = 0; k < 40; k++) {
        const double c = 0.5 * (low + high);
        if (saddle(&l, c) < 0)
            low = c;
        else
            high = c;
    }
    const double c = 0.5 * (low + high), r = 1 + c * l.s;
    const double w = 1 / sqrt(l.s * l.s * (0.5 * l.d / (r * r) + l.Q / (r * r * r)) +
                              1 / (c * c) + 1 / ((1 - c) * (1 - c)));
    const double step = asinh(30 / w) / (nodes - 1);
    double re0, im0, sum = 0;
    exponent(&l, c, 0, &re0, &im0);
    for (int k = 0; k < nodes; k++) {
        double re, im;
        const double v = step * k;
        exponent(&l, c, w * sinh(v), &re, &im);
        const double part = exp(re - re0) * cos(im) * w * cosh(v) * step;
        sum += k ? part : 0.5 * part;
        if (k && re - re0 < -45) break;
    }
    return sum / PI * exp(re0);
}

typedef struct {
    double n, d, s;
    int nq, nodes;
    double dt;
    const double *Q, *w;
    double value[Q_MOST];
} risk;

static int expected_log(size_t block, int thread, void *data)
{
    risk *r = data;
    (void)thread;
    const line l = {r->d, r->Q[block], r->s, 0};
    const double n = r->n;
    const double m = -0.5 * r->d * log1p(r->s) - 0.5 * l.Q * r->s / (1 + r->s);
    const double from = -log(n) - m - 42;
    double to = -log(n) - m, g = 0;
    for (int k = 0; k < 2000; k++) {
        g = mellin(l, to, r->nodes);
        if (n * g > 50 || g > 0.9999) break;
        to += 1.5;
    }
    const double a = fmin(from, -42), b = fmax(to + 1, 4.5);
    const size_t steps = (size_t)((b - a) / r->dt) + 1;
    const double h = (b - a) / (double)steps;
    double sum = 0;
    int below = 0; /* from here down n g is nothing, and (1 - g)^n is 1 */
    for (size_t k = steps + 1; k-- > 0;) {
        const double t = a + h * (double)k;
        double phi = t > to ? 0 : 1;
        if (t > from && t <= to && !below) {
            g = fmin(fmax(mellin(l, t, r->nodes), 0), 1 - 1e-16);
            phi = exp(n * log1p(-g));
            below = n * g < 1e-16;
        }
        const double f = exp(-exp(fmin(t, 700))) - phi;
        sum += (k == 0 || k == steps ? 0.5 : 1) * f;
    }
    r->value[block] = sum * h;
    return DISTEST_SUCCESS;
}

/* E log Z for |x|^2 = Q by itself, for the tests */
double di_kde_expected_logz(double n, size_t d, double h, double Q)
{
    risk r = {
        .n = n, .d = (double)d, .s = 1 / (h * h), .nodes = 100, .dt = 0.2, .Q = &Q};
    (void)expected_log(0, 0, &r);
    return r.value[0];
}

/* KL(n, d, h); nq 0: as many nodes as full precision takes */
static int divergence(distest_context *ctx, double n, size_t d, double h, int nq,
                      double dt, int nodes, double *kl)
{
    int status;
    double Q[Q_MOST], w[Q_MOST], sum = 0, W = 0;
    const double dd = (double)d, H2 = 2 * PI;
    if (nq == 0) nq = d <= 3 ? 200 : d < 10 ? 100 : 24;
    DI_TRY(di_gauss_laguerre(ctx, (size_t)nq, 0.5 * dd - 1, Q, w));
    size_t keep = 0;
    for (int k = 0; k < nq; k++)
        if (w[k] > 1e-14) {
            Q[keep] = 2 * Q[k];
            w[keep++] = w[k];
        }
    risk r = {.n = n,
              .d = dd,
              .s = 1 / (h * h),
              .nq = (int)keep,
              .nodes = nodes,
              .dt = dt,
              .Q = Q,
              .w = w};
    status = di_for_blocks(ctx, "normal reference", 0, 1, keep, expected_log, &r);
    DI_TRY(status);
    for (size_t k = 0; k < keep; k++) {
        sum += w[k] * r.value[k];
        W += w[k];
    }
    *kl = -0.5 * dd * (log(H2) + 1) + log(n) + 0.5 * dd * log(H2 * h * h) - sum / W;
done:
    return status;
}

static int check_normal(distest_context *ctx, double n, size_t d)
{
    if (!(n > 1 && isfinite(n)))
        return di_fail(ctx, DISTEST_EINVAL, "n", "`n` must be more than 1, not %g.", n);
    if (d == 0 || d > 100000)
        return di_fail(ctx, DISTEST_EINVAL, "d", "`d` must be 1 to 100000, not %zu.",
                       d);
    return DISTEST_SUCCESS;
}

int distest_kde_kl_normal(double n, size_t d, double h, double *kl,
                          distest_context *ctx)
{
    int status;
    double value;
    di_begin(ctx);
    DI_TRY(check_normal(ctx, n, d));
    DI_TRY(di_check_positive(ctx, "h", 1, &h));
    DI_TRY(di_check_pointer(ctx, "kl", kl));
    DI_TRY(divergence(ctx, n, d, h, 0, 0.2, 100, &value));
    *kl = value;
done:
    return status;
}

typedef struct {
    distest_context *ctx;
    double n;
    size_t d;
    int status;
} search;

static double coarse(double t, void *data)
{
    search *q = data;
    double kl = 0;
    if (q->status == DISTEST_SUCCESS)
        q->status = divergence(q->ctx, q->n, q->d, exp(t), 12, 0.4, 64, &kl);
    return kl;
}

int distest_kde_h_normal(double n, size_t d, double *h, double *kl,
                         distest_context *ctx)
{
    int status;
    double t, at[7], value = 0;
    di_begin(ctx);
    DI_TRY(check_normal(ctx, n, d));
    DI_TRY(di_check_pointer(ctx, "h", h));
    search q = {ctx, n, d, DISTEST_SUCCESS};
    /* Silverman's rule undersmooths and r_min <= sqrt 2 */
    const double low = log(4 / (((double)d + 2) * n)) / ((double)d + 4) - 0.1;
    DI_TRY(
        di_minimize(low, fmax(low + 0.7, 0.4), d <= 3 ? 1e-4 : 1e-2, coarse, &q, &t));
    DI_TRY(q.status);
    const int nq = d <= 3 ? 128 : d < 10 ? 64 : 24;
    const double near = 1e-2, e = d <= 3 ? 6e-2 : 2e-2;
    for (int k = 0; k < 3; k++) /* first as near as the coarse rule goes */
        DI_TRY(divergence(ctx, n, d, exp(t + (k - 1) * near), nq, 0.4, 64, &at[k]));
    const double bend = (at[0] - 2 * at[1] + at[2]) / (near * near);
    if (bend > 0) t -= fmax(-0.1, fmin(0.1, 0.5 * (at[2] - at[0]) / near / bend));
    /* Newton on differences of seven points, or five, where rounding does not matter;
     * again where the start was far: few dimensions, where the curve is flat */
    const int wide = d <= 3 ? 3 : 2;
    double step = 1;
    for (int round = 0; round < 3 && fabs(step) > 1e-3; round++) {
        for (int k = 3 - wide; k <= 3 + wide; k++)
            DI_TRY(divergence(ctx, n, d, exp(t + (k - 3) * e), nq,
                              wide == 3 ? 0.25 : 0.35, wide == 3 ? 100 : 80, &at[k]));
        double d1 = (8 * (at[4] - at[2]) - (at[5] - at[1])) / (12 * e);
        double d2 =
            (16 * (at[2] + at[4]) - (at[1] + at[5]) - 30 * at[3]) / (12 * e * e);
        if (wide == 3) {
            d1 =
                (45 * (at[4] - at[2]) - 9 * (at[5] - at[1]) + at[6] - at[0]) / (60 * e);
            d2 = (270 * (at[2] + at[4]) - 27 * (at[1] + at[5]) + 2 * (at[0] + at[6]) -
                  490 * at[3]) /
                 (180 * e * e);
        }
        step = d2 > 0 ? fmax(-0.1, fmin(0.1, d1 / d2)) : 0;
        t -= step;
    }
    if (kl) DI_TRY(divergence(ctx, n, d, exp(t), 0, 0.2, 100, &value));
    *h = exp(t);
    if (kl) *kl = value;
done:
    return status;
}
