/* kde_criteria.c - bandwidths from double sums over all pairs: least-squares
 * cross-validation (26), plug-in (27), Sheather and Jones (28). */
#include "kde.h"

#include "optim.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

typedef struct {
    distest_context *ctx;
    const di_kde_plan *p;
    const di_kde_bins *bins; /* NULL: all pairs */
    double ne, a, b, tdb, sda;
    int status;
} pairs;

static double pair_total(pairs *q, double g, double c0, double c1, double c2, double c3,
                         int self)
{
    double total = 0;
    const double c[4] = {c0, c1, c2, c3};
    if (q->bins) return di_kde_bin_pairs(q->bins, g, c, self);
    if (q->status == DISTEST_SUCCESS)
        q->status = di_kde_pairs(q->ctx, q->p, g, c, self, &total);
    return total;
}

/* U(h) (26) in the metric */
static double lscv(double t, void *data)
{
    pairs *q = data;
    const double h = exp(t), d = (double)q->p->d;
    const double phi = pow(2 * PI * h * h, -0.5 * d);
    return pair_total(q, sqrt(2) * h, 1, 0, 0, 0, 1) * phi * pow(2, -0.5 * d) -
           2 * pair_total(q, h, 1, 0, 0, 0, 0) * phi;
}

/* Two stages (27), on data scaled by the metric, in logarithms: the constants leave the
 * range of numbers in high dimension. S6 and S4 are the pair sums of psi_6 and psi_4
 * without phi(0) g^-6 and g^-4. *fell_back: a stage took the normal value. */
static double plug_in(pairs *q, int *fell_back)
{
    const double d = (double)q->p->d, n = q->ne, half2 = 0.5 * d * log(2);
    const double log_g6 = (log(32 / (n * (d + 6))) + half2) / (d + 8);
    const double S6 = pair_total(q, exp(log_g6), -d * (d + 2) * (d + 4),
                                 3 * (d + 2) * (d + 4), -3 * (d + 4), 1, 1);
    const double log_g4 = (S6 < 0 ? log(-2 * d * (d + 2) / (n * S6)) + (d + 6) * log_g6
                                  : log(16 / (n * (d + 4))) + half2) /
                          (d + 6);
    const double S4 = pair_total(q, exp(log_g4), d * (d + 2), -2 * (d + 2), 1, 0, 1);
    *fell_back = !(S6 < 0 && S4 > 0);
    return exp((S4 > 0 ? log(d / (n * S4)) - half2 + (d + 4) * log_g4
                       : log(4 / (n * (d + 2)))) /
               (d + 4));
}

/* SD(h) and TD(h) of Sheather and Jones (28), diagonal terms included */
static double sj_s(pairs *q, double h)
{
    const double n = q->ne;
    return n / (n - 1) * pair_total(q, h, 3, -6, 1, 0, 1) / sqrt(2 * PI) / pow(h, 5);
}

static double sj_t(pairs *q, double h)
{
    const double n = q->ne;
    return -n / (n - 1) * pair_total(q, h, -15, 45, -15, 1, 1) / sqrt(2 * PI) /
           pow(h, 7);
}

static double sj_equation(double t, void *data)
{
    pairs *q = data;
    const double h = exp(t);
    const double alpha = 1.357 * pow(q->sda / q->tdb, 1.0 / 7) * pow(h, 5.0 / 7);
    return t + 0.2 * log(2 * sqrt(PI) * q->ne * sj_s(q, alpha));
}

/* R's quantile of type 7 of sorted x */
static double quantile7(size_t n, const double *x, double p)
{
    const double at = p * (double)(n - 1);
    const size_t i = (size_t)at;
    return i + 1 < n ? x[i] + (at - (double)i) * (x[i + 1] - x[i]) : x[n - 1];
}

static int sheather_jones(pairs *q, double *h)
{
    di_pool pool = {0};
    const size_t n = q->p->n;
    double *x = NULL, t = 0, mean = 0, var = 0;
    int status;
    DI_TRY(DI_NEW(q->ctx, &pool, &x, n, 1));
    memcpy(x, q->p->y, n * sizeof *x); /* scaled by the metric */
    di_sort(n, x);
    for (size_t i = 0; i < n; i++) mean += (x[i] - x[n / 2]) / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double r = x[i] - x[n / 2] - mean;
        var += r * r / (double)(n - 1);
    }
    const double iqr = (quantile7(n, x, 0.75) - quantile7(n, x, 0.25)) / 1.349;
    const double scale = iqr > 0 ? fmin(sqrt(var), iqr) : sqrt(var);
    q->a = 1.24 * scale * pow((double)n, -1.0 / 7);
    q->b = 1.23 * scale * pow((double)n, -1.0 / 9);
    q->sda = sj_s(q, q->a);
    q->tdb = sj_t(q, q->b);
    DI_TRY(q->status);
    if (!(q->tdb > 0))
        DI_TRY(di_fail(
            q->ctx, DISTEST_ECONV, "x",
            "`x` is too sparse for the Sheather-Jones rule; use method \"lcv\"."));
    double low = log(1.144 * scale) - 0.2 * log((double)n), high = low;
    low -= log(10);
    for (int k = 0; k < 30 && sj_equation(low, q) > 0; k++) low -= 1;
    for (int k = 0; k < 30 && sj_equation(high, q) < 0; k++) high += 1;
    DI_TRY(q->status);
    status = di_root(low, high, 1e-13, sj_equation, q, &t);
    DI_TRY(q->status); /* what stopped a sum, not what the root made of it */
    DI_TRY(status);
    *h = exp(t);
done:
    di_pool_free(&pool);
    return status;
}

enum { PAIRS_MOST = 20000 }; /* more points than that are binned, in one dimension */

int di_kde_by_pairs(distest_context *ctx, const distest_sample *sample,
                    const distest_kde_select *select, distest_kde_selected *out)
{
    const int lscv_asked = strcmp(select->method, "lscv") == 0;
    di_kde_plan plan = {0};
    distest_kde_opts opts = distest_kde_opts_default();
    const double one = 1;
    int status, fell_back = 0;
    double t = 0;
    di_pool pool = {0};
    di_kde_bins bins;
    opts.scaling = select->scaling;
    opts.bandwidth = &one;
    DI_TRY(di_kde_plan_make(ctx, sample, &opts, &plan));
    pairs q = {.ctx = ctx, .p = &plan, .ne = di_kde_effective_n(sample)};
    out->ties = plan.tied;
    out->converged = 1;
    const double d = (double)sample->d;
    double spread = 0; /* of the data in the metric: with scaling none not 1 */
    for (size_t i = 0; i < plan.n; i++) spread += plan.w[i] * plan.yy[i];
    spread = sqrt(spread / d);
    if (!(spread > 0))
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "x",
                    "`x` needs at least two distinct points to choose a bandwidth."));
    double unit = 1;
    if (!lscv_asked && select->scaling == DISTEST_KDE_NONE) {
        /* d = 1: in units of the standard deviation */
        di_kde_plan_free(&plan);
        opts.scaling = DISTEST_KDE_SD;
        DI_TRY(di_kde_plan_make(ctx, sample, &opts, &plan));
        unit = plan.scale[0];
    }
    if (sample->d == 1 && plan.n > PAIRS_MOST) {
        DI_TRY(di_kde_bin(ctx, &pool, &plan, &bins));
        q.bins = &bins;
    }
    if (strcmp(select->method, "sj") == 0) {
        DI_TRY(sheather_jones(&q, &out->h));
        out->h *= unit;
    } else if (!lscv_asked) {
        out->h = unit * plug_in(&q, &fell_back);
        DI_TRY(q.status);
        out->floored = fell_back;
    } else {
        const double start = log(spread) + log(4 / ((d + 2) * q.ne)) / (d + 4);
        double best = INFINITY, at = start;
        for (int k = -16; k <= 6; k++) {
            const double u = lscv(start + 0.2 * k, &q);
            if (u < best) {
                best = u;
                at = start + 0.2 * k;
            }
        }
        DI_TRY(q.status);
        status = di_minimize(at - 0.2, at + 0.2, 1e-9, lscv, &q, &t);
        DI_TRY(q.status);
        DI_TRY(status);
        out->h = exp(t);
        out->objective = lscv(t, &q);
        DI_TRY(q.status);
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}
