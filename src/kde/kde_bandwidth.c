/* kde_bandwidth.c - which bandwidth: reference rules, criteria over all pairs, and the
 * way to the likelihood searches of kde_lcv.c and kde_em.c. */
#include "kde.h"

#include "optim.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

static const char *const methods[] = {"lcv",       "nn",   "scott", "silverman",
                                      "kl_normal", "lscv", "pi",    "sj"};
enum { LCV, NN, SCOTT, SILVERMAN, KL_NORMAL, LSCV, PLUGIN, SJ };

distest_kde_select distest_kde_select_default(void)
{
    return (distest_kde_select){.size = sizeof(distest_kde_select),
                                .method = "lcv",
                                .scaling = DISTEST_KDE_COV,
                                .kernel = "gaussian",
                                .points = 5000,
                                .maxit = 200,
                                .ratio = 1.189207115002721, /* 2^(1/4) */
                                .reltol = 1e-9,
                                .floor = 1e-8};
}

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

static int by_pairs(distest_context *ctx, const distest_sample *sample, int method,
                    const distest_kde_select *select, distest_kde_selected *out)
{
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
    if (method != LSCV && select->scaling == DISTEST_KDE_NONE) {
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
    if (method == SJ) {
        DI_TRY(sheather_jones(&q, &out->h));
        out->h *= unit;
    } else if (method == PLUGIN) {
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

static int nearest_rule(distest_context *ctx, const distest_sample *sample,
                        const distest_kde_select *select, distest_kde_selected *out)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    distest_kde_opts opts = distest_kde_opts_default();
    const double one = 1;
    int status;
    double sum = 0;
    opts.scaling = select->scaling;
    opts.bandwidth = &one;
    DI_TRY(di_kde_plan_make(ctx, sample, &opts, &plan));
    di_kde_pass pass = {.plan = &plan, .m = plan.n, .k = 1, .ties = 1};
    DI_TRY(DI_NEW(ctx, &pool, &pass.state, plan.n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &pass.near, plan.n, 1));
    DI_TRY(di_kde_run(ctx, "neighbours", 0, 1, &pass));
    for (size_t i = 0; i < plan.n; i++) sum += plan.w[i] * pass.near[i].D;
    if (!isfinite(sum))
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "x",
                    "`x` needs at least two distinct points to choose a bandwidth."));
    out->h = sqrt(sum / (double)sample->d);
    out->ties = plan.tied;
    out->converged = 1;
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

static int check_select(distest_context *ctx, const distest_sample *sample,
                        const distest_kde_select *s, size_t *method)
{
    int status, kernel;
    const size_t d = sample->d;
    DI_TRY(di_check_choice(ctx, "method", s->method, 8, methods, method));
    DI_TRY(di_kde_kernel_check(ctx, s->kernel, s->nu, &kernel));
    if (s->scaling < DISTEST_KDE_NONE || s->scaling > DISTEST_KDE_COV)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "scaling",
                       "`scaling` must be 0 to 3, not %d.", s->scaling));
    if (s->shape != DISTEST_KDE_SCALAR && *method != LCV)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "shape",
                       "`shape` diag and full need method \"lcv\", not \"%s\".",
                       s->method));
    if (s->shape != DISTEST_KDE_SCALAR && (kernel != KERNEL_GAUSSIAN || s->radius))
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "shape",
                    "`shape` diag and full need the gaussian kernel without radius."));
    if (*method == LSCV && d > 10)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "method",
                       "`method` \"lscv\" is for at most 10 dimensions, not %zu; use "
                       "\"lcv\".",
                       d));
    if (*method == SJ && (d > 1 || sample->weights))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "method",
                       "`method` \"sj\" is for one dimension without weights; use "
                       "\"lcv\"."));
    const int rule = *method == SCOTT || *method == SILVERMAN || *method == KL_NORMAL ||
                     (*method == PLUGIN && d > 1);
    if (rule && s->scaling == DISTEST_KDE_NONE)
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "scaling",
                    "`scaling` must not be none with method \"%s\", which takes data "
                    "of unit variance.",
                    s->method));
    if (!(s->trim >= 0 && s->trim < 0.5))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "trim",
                       "`trim` must be at least 0 and below 0.5, not %g.", s->trim));
    if (!(s->ratio > 1.001 && s->ratio < 16))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "ratio",
                       "`ratio` must lie between 1.001 and 16, not %g.", s->ratio));
    if (s->radius) DI_TRY(di_check_positive(ctx, "radius", sample->n, s->radius));
    if (s->radius_next) {
        DI_TRY(di_check_positive(ctx, "radius_next", sample->n, s->radius_next));
        DI_TRY(di_check_nonnegative(ctx, "reach", sample->n, s->reach));
    }
    if (s->metric) DI_TRY(di_check_finite(ctx, "metric", d * d, s->metric));
    status = DISTEST_SUCCESS;
done:
    return status;
}

/* Bounds: reflecting ones change L alone; transforming ones the points, and L by the
 * mean of the log Jacobian. */
static int transformed(distest_context *ctx, di_pool *pool, distest_kde_select *s,
                       distest_sample *view, double *shift)
{
    int status;
    double *u, *logj, sum = 0;
    const size_t n = view->n, d = view->d;
    const double one = 1;
    distest_kde_opts o = distest_kde_opts_default();
    o.kernel = s->kernel;
    o.nu = s->nu;
    o.bandwidth = &one;
    o.scaling = s->scaling;
    o.lower = s->lower;
    o.upper = s->upper;
    o.boundary = s->boundary;
    DI_TRY(di_kde_check(ctx, view, &o));
    if (s->boundary == DISTEST_KDE_REFLECT && s->shape != DISTEST_KDE_SCALAR)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "boundary",
                       "`boundary` \"reflect\" has scalar bandwidths or given ones "
                       "only; use \"transform\"."));
    if (s->boundary == DISTEST_KDE_REFLECT) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &u, n, d));
    DI_TRY(DI_NEW(ctx, pool, &logj, n, 1));
    DI_TRY(distest_kde_transform(d, s->lower, s->upper, n, view->x, u, logj, ctx));
    *shift = 0;
    for (size_t i = 0; i < n; i++) {
        const double w = view->weights ? view->weights[i] : 1;
        *shift += w * logj[i];
        sum += w;
    }
    *shift /= sum;
    view->x = u;
    s->lower = s->upper = NULL;
done:
    return status;
}

int distest_kde_bandwidth(const distest_sample *sample,
                          const distest_kde_select *select,
                          distest_kde_selected *selected, double *H,
                          distest_context *ctx)
{
    distest_kde_selected out = {.h = NAN, .objective = NAN, .lower = NAN, .upper = NAN};
    di_pool pool = {0};
    double *A = NULL, shift = 0;
    size_t method = 0;
    int status;
    di_begin(ctx);
    DI_TRY(di_check_sample(ctx, sample));
    DI_TRY(di_check_pointer(ctx, "select", select));
    DI_TRY(di_check_pointer(ctx, "selected", selected));
    DI_TRY(check_select(ctx, sample, select, &method));
    const size_t d = sample->d;
    const double ne = di_kde_effective_n(sample), dd = (double)d;
    if (!(ne > 1 + 1e-12))
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "x",
                    "`x` needs at least two distinct points to choose a bandwidth."));
    distest_sample view = *sample;
    distest_kde_select choice = *select;
    if (select->lower || select->upper) {
        DI_TRY(transformed(ctx, &pool, &choice, &view, &shift));
        sample = &view;
        select = &choice;
    }
    DI_TRY(DI_NEW(ctx, &pool, &A, d, d));
    out.converged = 1;
    di_blas_serial_enter();
    switch (method) {
    case SCOTT:
        out.h = pow(ne, -1 / (dd + 4));
        break;
    case SILVERMAN:
        out.h = pow(4 / ((dd + 2) * ne), 1 / (dd + 4));
        break;
    case KL_NORMAL:
        status = distest_kde_h_normal(ne, d, &out.h, NULL, ctx);
        break;
    case NN:
        status = nearest_rule(ctx, sample, select, &out);
        break;
    case LCV:
        out.converged = 0;
        status = select->shape == DISTEST_KDE_SCALAR
                     ? di_kde_lcv_scalar(ctx, sample, select, &out)
                     : di_kde_lcv_free(ctx, sample, select, &out, A);
        break;
    default:
        status = by_pairs(ctx, sample, (int)method, select, &out);
    }
    di_blas_serial_leave();
    if (method == LCV) out.objective += shift; /* a likelihood has a Jacobian */
    if (status == DISTEST_ECONV) *selected = out;
    DI_TRY(status);
    if (select->metric) {
        for (size_t k = 0; k < d * d; k++) A[k] = select->metric[k] * out.h * out.h;
    } else if (select->shape == DISTEST_KDE_SCALAR && H) {
        DI_TRY(distest_kde_reference(sample, select->scaling, A, ctx));
        for (size_t k = 0; k < d * d; k++) A[k] *= out.h * out.h;
    }
    *selected = out;
    if (H) memcpy(H, A, d * d * sizeof *H);
done:
    di_pool_free(&pool);
    return status;
}
