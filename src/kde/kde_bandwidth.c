/* kde_bandwidth.c - which bandwidth: reference rules, and the way to the criteria over
 * all pairs of kde_criteria.c and the likelihood searches of kde_lcv.c and kde_em.c. */
#include "kde.h"

#include <math.h>
#include <string.h>

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
    if (s->metric && !s->radius)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "metric",
                       "`metric` goes with `radius`; without local factors `scaling` "
                       "chooses the metric."));
    if ((s->radius || s->radius_next || s->reach) && *method != LCV)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "radius",
                       "`radius` needs method \"lcv\", not \"%s\".", s->method));
    if ((s->radius_next || s->reach) && !(s->radius && s->radius_next && s->reach))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "radius_next",
                       "`radius_next` and `reach` go together, with `radius`."));
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
    o.scaling = s->shape == DISTEST_KDE_DIAG ? DISTEST_KDE_SD : s->scaling;
    o.lower = s->lower;
    o.upper = s->upper;
    o.boundary = s->boundary;
    DI_TRY(di_kde_check(ctx, view, &o));
    if (s->boundary == DISTEST_KDE_REFLECT && s->shape == DISTEST_KDE_FULL)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "boundary",
                       "`boundary` \"reflect\" needs a diagonal bandwidth; use "
                       "\"transform\"."));
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
        status = di_kde_by_pairs(ctx, sample, select, &out);
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
