/* kde_cdf.c - the distribution function in one dimension and its inverse: a sum of the
 * kernels' own, F(t) = sum_i w_i G((t - x_i) / s_i). */
#include "kde.h"

#include "optim.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double PI = 3.14159265358979323846;

/* G(v) of the kernel at unit scale, and its density */
static double unit_cdf(const di_kde_plan *p, double v, double *density)
{
    const double r = fabs(v), side = v < 0 ? -0.5 : 0.5;
    *density = exp(di_kde_log_norm(p->kernel, p->nu, 1) +
                   di_kde_profile(p->kernel, p->nu, 1, v * v));
    if (di_kde_compact(p->kernel) && r >= 1) return v < 0 ? 0 : 1;
    switch (p->kernel) {
    case KERNEL_GAUSSIAN:
        return di_norm_cdf(v);
    case KERNEL_STUDENT:
        return gsl_cdf_tdist_P(v, p->nu);
    case KERNEL_EXPONENTIAL:
        return v < 0 ? 0.5 * exp(v) : 1 - 0.5 * exp(-v);
    case KERNEL_UNIFORM:
        return 0.5 + 0.5 * v;
    case KERNEL_EPANECHNIKOV:
        return 0.5 + side * r * (3 - r * r) / 2;
    case KERNEL_BIWEIGHT:
        return 0.5 + side * r * (15 - r * r * (10 - 3 * r * r)) / 8;
    case KERNEL_TRIWEIGHT:
        return 0.5 + side * r * (35 - r * r * (35 - r * r * (21 - 5 * r * r))) / 16;
    case KERNEL_LINEAR:
        return 0.5 + side * r * (2 - r);
    default:
        return 0.5 + side * sin(0.5 * PI * r);
    }
}

/* mass of the kernel of point i below t; with reflection, of its images in the bounds
 */
static double point_cdf(const di_kde_plan *p, size_t i, double t, double *density)
{
    const double a = p->a2 ? sqrt(p->a2[i]) : 1, s = p->inv * a / p->scale[0];
    const double y = p->x[p->row[i]];
    double F, f;
    if (!p->low) {
        F = unit_cdf(p, (t - y) * s, &f);
        *density += p->w[i] * f * s;
        return F;
    }
    const double lo = p->lower[0], hi = p->upper[0];
    const int la = isfinite(lo), lb = isfinite(hi);
    const double w = la && lb ? hi - lo : 0;
    const int most = w > 0 ? (int)fmin(1e4, ceil(9 / (s * w)) + 1) : 0;
    double sum = 0, slope = 0;
    for (int k = -most; k <= most; k++)
        for (int folded = 0; folded < 2; folded++) {
            const double image = (folded ? 2 * (la ? lo : hi) - y : y) + 2 * k * w;
            F = unit_cdf(p, (t - image) * s, &f);
            slope += f;
            sum += la ? F - di_norm_cdf((lo - image) * s) : F;
        }
    *density += p->w[i] * slope * s;
    return sum;
}

static double cdf_at(const di_kde_plan *p, double t, double *f)
{
    double F = 0;
    *f = 0;
    for (size_t i = 0; i < p->n; i++) F += p->w[i] * point_cdf(p, i, t, f);
    return fmin(fmax(F, 0), 1);
}

typedef struct {
    const di_kde_plan *p;
    const double *in, *logj;
    double *out;
    double low, high; /* of the data */
} cdf_job;

static int cdf_one(size_t j, int thread, void *data)
{
    const cdf_job *t = data;
    const di_kde_plan *p = t->p;
    double f;
    (void)thread;
    /* outside the bounds queries have been moved: 0 below, 1 above */
    if (t->logj && t->logj[j] == -INFINITY) return DISTEST_SUCCESS;
    t->out[j] = cdf_at(p, t->in[j], &f);
    return DISTEST_SUCCESS;
}

typedef struct {
    const di_kde_plan *p;
    double want;
} target;

static double excess(double x, double *slope, void *data)
{
    const target *t = data;
    return cdf_at(t->p, x, slope) - t->want;
}

static int quantile_one(size_t j, int thread, void *data)
{
    const cdf_job *t = data;
    const di_kde_plan *p = t->p;
    (void)thread;
    double widest = 0, slope, x;
    for (size_t i = 0; i < p->n; i++)
        widest = fmax(widest, p->scale[0] * p->h / sqrt(p->a2 ? p->a2[i] : 1));
    target g = {p, t->in[j]};
    double low = t->low, high = t->high, step = widest;
    while (excess(low, &slope, &g) > 0 && step < 1e300) low -= step, step *= 2;
    step = widest;
    while (excess(high, &slope, &g) < 0 && step < 1e300) high += step, step *= 2;
    if (p->low) {
        low = fmax(low, p->lower[0]);
        high = fmin(high, p->upper[0]);
    }
    const int status = di_root_newton(low, high, 0, excess, &g, &x);
    if (status == DISTEST_SUCCESS)
        t->out[j] = p->logj ? di_kde_bounds_back(p, 0, x) : x;
    return status;
}

static int one_dimension(const distest_sample *sample, const distest_kde_opts *opts,
                         size_t m, const double *in, double *out, int inverse,
                         distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    int status;
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    if (sample->d != 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                       "`x` must have one column for a distribution function, not %zu.",
                       sample->d));
    DI_TRY(di_check_pointer(ctx, inverse ? "at" : "p", out));
    cdf_job t = {&plan, in, NULL, out, INFINITY, -INFINITY};
    if (!inverse) DI_TRY(di_kde_queries(ctx, &plan, &pool, m, &t.in, &t.logj));
    if (plan.L) plan.scale[0] = plan.L[0];
    for (size_t i = 0; i < plan.n; i++) {
        t.low = fmin(t.low, plan.x[plan.row[i]]);
        t.high = fmax(t.high, plan.x[plan.row[i]]);
    }
    for (size_t j = 0; j < m && t.logj; j++)
        if (t.logj[j] == -INFINITY) out[j] = in[j] >= plan.upper[0];
    di_gsl_enter();
    status = di_for_blocks(ctx, "distribution", 0, 1, m,
                           inverse ? quantile_one : cdf_one, &t);
    di_gsl_leave();
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

int distest_kde_cdf(const distest_sample *sample, const distest_kde_opts *opts,
                    size_t m, const double *at, double *p, distest_context *ctx)
{
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    const int status = di_check_finite(ctx, "at", m, at);
    return status ? status : one_dimension(sample, opts, m, at, p, 0, ctx);
}

int distest_kde_quantile(const distest_sample *sample, const distest_kde_opts *opts,
                         size_t m, const double *p, double *at, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "p", p));
    for (size_t j = 0; j < m; j++) DI_TRY(di_check_between(ctx, "p", p[j], 0, 1));
    status = one_dimension(sample, opts, m, p, at, 1, ctx);
done:
    return status;
}
