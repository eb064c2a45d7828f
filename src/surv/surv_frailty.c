/* surv_frailty.c - shared gamma frailty: the coefficients and the variance together,
 * from the fit with independent members on. */
#include "surv_frailty.h"
#include "linalg.h"
#include "optim.h"

#include <math.h>
#include <string.h>

typedef struct {
    const distest_surv_data *data;
    const distest_surv_opts *opts;
    distest_context *ctx;
    di_pool *pool;
    di_surv_shared a; /* clusters and their rows */
    size_t passes;
    double *trial, *H, *independent, *ignored; /* P + 1; (P + 1)^2; P; P^2 */
    double *coef, *V, *robust, *small;         /* the best; scratch of (P + 1)^2 */
    double *middle, *product; /* (P + 1)^2; NULL without robust errors */
    double v, v_se;
    distest_surv_info *info;
} frailty;

/* Rows in the order of their clusters. */
static int sort_rows(frailty *f)
{
    int status = DISTEST_SUCCESS;
    const distest_surv_data *d = f->data;
    size_t *start = NULL, *row = NULL, *next = NULL;
    for (size_t i = 0; i < d->n; i++)
        if ((size_t)d->cluster[i] >= f->a.clusters)
            f->a.clusters = (size_t)d->cluster[i] + 1;
    DI_TRY(DI_NEW(f->ctx, f->pool, &start, f->a.clusters + 1, 1));
    DI_TRY(DI_NEW(f->ctx, f->pool, &next, f->a.clusters + 1, 1));
    DI_TRY(DI_NEW(f->ctx, f->pool, &row, d->n, 1));
    memset(start, 0, (f->a.clusters + 1) * sizeof *start);
    for (size_t i = 0; i < d->n; i++) start[d->cluster[i] + 1]++;
    for (size_t c = 0; c < f->a.clusters; c++) start[c + 1] += start[c];
    memcpy(next, start, (f->a.clusters + 1) * sizeof *next);
    for (size_t i = 0; i < d->n; i++) row[next[d->cluster[i]]++] = i;
    f->a.start = start;
    f->a.row = row;
done:
    return status;
}

/* V of theta and the standard error of v, from the Hessian in f->H. 0: none. */
static int invert(const frailty *f, size_t P, int held, double *scale)
{
    const size_t ld = P + 1, n = held ? P : ld;
    for (size_t j = 0; j < n; j++) {
        if (!(f->H[j + j * ld] > 0)) return 0;
        scale[j] = 1 / sqrt(f->H[j + j * ld]);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) f->H[i + j * ld] *= scale[i] * scale[j];
    if (di_cholesky('L', n, f->H, ld, NULL) != DISTEST_SUCCESS) return 0;
    if (di_cholesky_inverse('L', n, f->H, ld) != DISTEST_SUCCESS) return 0;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) f->H[i + j * ld] *= scale[i] * scale[j];
    return 1;
}

/* `from`, a covariance of (theta, v), in the user's coordinates without v; NaN where
 * nothing could be inverted and where a limit has no coefficient. */
static void report(const frailty *f, const distest_surv_data *model,
                   const di_surv_working *work, const double *from, int ok, double *to)
{
    const size_t P = work->P, all = f->a.P, ld = P + 1;
    for (size_t k = 0; k < all * all; k++) to[k] = NAN;
    for (size_t j = 0; j < P; j++)
        for (size_t i = 0; i < P; i++)
            f->small[i + j * P] = ok ? from[i + j * ld] : NAN;
    di_surv_cov_to_user(model, work, f->small);
    for (size_t j = 0; j < P; j++)
        for (size_t i = 0; i < P; i++) to[i + j * all] = f->small[i + j * P];
}

/* V M V over V in f->H, M the sum of squared scores of the clusters */
static int sandwich(frailty *f, di_surv_shared *a, int held)
{
    const size_t ld = a->P + 1, n = held ? a->P : ld;
    const int status = di_surv_shared_middle(f->trial, a, f->middle);
    if (status != DISTEST_SUCCESS) return status;
    di_gemm('N', 'N', n, n, n, 1, f->H, ld, f->middle, ld, 0, f->product, ld);
    di_gemm('N', 'N', n, n, n, 1, f->product, ld, f->H, ld, 0, f->middle, ld);
    return DISTEST_SUCCESS;
}

/* Keeps what a climb over `model` found; its coefficients may lack kappa's. */
static int keep(frailty *f, const distest_surv_data *model, di_surv_shared *a,
                const di_surv_working *work, const di_newton_result *r, int boundary)
{
    int status = DISTEST_SUCCESS;
    const size_t P = work->P, all = f->a.P, ld = P + 1;
    const double v = f->trial[P];
    distest_surv_info *info = f->info;
    info->loglik = -r->f - info->events * log(work->unit);
    info->converged = r->converged;
    info->kernel = model->kernel;
    info->boundary = boundary;
    info->iterations = r->iterations;
    info->decrement = r->decrement;
    info->min_eigen = r->min_eigen;
    info->flat = r->min_eigen < 1e-10;
    f->v = v;
    const int ok = invert(f, P, !(v > 0), f->small);
    f->v_se = ok && v > 0 ? sqrt(f->H[P + P * ld]) : NAN;
    report(f, model, work, f->H, ok, f->V);
    if (f->robust) {
        if (ok) DI_TRY(sandwich(f, a, !(v > 0)));
        if (ok && v > 0) f->v_se = sqrt(f->middle[P + P * ld]);
        report(f, model, work, f->middle, ok, f->robust);
    }
    di_surv_to_user(model, work, f->trial);
    memcpy(f->coef, f->trial, P * sizeof *f->coef);
    for (size_t i = P; i < all; i++)
        f->coef[i] = model->kernel == DISTEST_SURV_KERNEL_INF ? INFINITY : -INFINITY;
done:
    return status;
}

/* From the coefficients of the independent fit of `model`, in f->independent. */
static int climb(frailty *f, const distest_surv_data *model, int boundary)
{
    static const double FROM[] = {0.1, 1};
    int status = DISTEST_SUCCESS;
    di_surv_working work;
    di_newton_opts newton = di_newton_opts_default();
    double *lower = NULL;
    di_surv_shared a = f->a;
    DI_TRY(di_surv_working_make(model, f->pool, &work, f->ctx));
    a.q = di_surv_problem_make(model, &work, &f->passes, f->ctx);
    a.P = work.P;
    DI_TRY(DI_NEW(f->ctx, f->pool, &lower, a.P + 1, 1));
    for (size_t i = 0; i < a.P; i++) lower[i] = -INFINITY;
    lower[a.P] = 0;
    newton.lower = lower;
    newton.max_iter = f->opts->max_iter;
    newton.tol = f->opts->tol;
    for (int k = 0; k < 2; k++) {
        di_newton_result r;
        memcpy(f->trial, f->independent, a.P * sizeof *f->trial);
        di_surv_to_working(model, &work, f->trial);
        f->trial[a.P] = FROM[k];
        status = di_newton(f->ctx, a.P + 1, f->trial, NULL, f->H,
                           di_surv_shared_objective, &a, &newton, &r);
        if (status == DISTEST_ECONV) continue; /* no value at this start */
        if (status != DISTEST_SUCCESS) goto done;
        const double loglik = -r.f - f->info->events * log(work.unit);
        const int better = r.converged != f->info->converged
                               ? r.converged
                               : loglik > f->info->loglik + 1e-9;
        if (better) DI_TRY(keep(f, model, &a, &work, &r, boundary));
    }
    status = DISTEST_SUCCESS;
done:
    return status;
}

/* The independent fit of `model`, then the climb. */
static int try_model(frailty *f, distest_surv_data *model, int limit)
{
    int status = DISTEST_SUCCESS;
    distest_surv_info info = {.size = sizeof info};
    status = distest_surv_fit(model, f->opts, f->independent, f->ignored, NULL, &info,
                              f->ctx);
    if (status != DISTEST_SUCCESS) return status;
    if (info.boundary == DISTEST_SURV_KAPPA_INF ||
        info.boundary == DISTEST_SURV_KAPPA_M1) {
        model->kernel = info.kernel;
        model->par[KAPPA] = (distest_surv_par){0};
        limit = info.boundary;
    }
    if (info.boundary == DISTEST_SURV_PHI_ZERO) /* a hazard that rises a little */
        for (size_t i = 0; i < f->a.P; i++)
            if (!isfinite(f->independent[i])) f->independent[i] = 0;
    f->passes += info.passes;
    return climb(f, model, limit);
}

static int check(const distest_surv_data *data, const distest_surv_opts *opts,
                 distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(distest_surv_data_check(data, NULL, ctx));
    DI_TRY(di_check_pointer(ctx, "opts", opts));
    DI_TRY(di_check_pointer(ctx, "cluster", data->cluster));
    for (size_t i = 0; i < data->n; i++) {
        if (data->type[i] > DISTEST_SURV_EVENT)
            return di_fail(ctx, DISTEST_EINVAL, "type",
                           "With frailty there must be exact events and right "
                           "censoring alone, but row %zu is otherwise.",
                           i + 1);
        if (data->weight && data->weight[i] != floor(data->weight[i]))
            return di_fail(ctx, DISTEST_EINVAL, "weight",
                           "With frailty weights count members and must be whole, but "
                           "row %zu has %g.",
                           i + 1, data->weight[i]);
        if (data->bhazard && data->bhazard[i] > 0)
            return di_fail(ctx, DISTEST_EINVAL, "bhazard",
                           "With frailty there can be no background hazard.");
    }
done:
    return status;
}

static int take_memory(frailty *f, int robust)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->a.P;
    DI_TRY(sort_rows(f));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->a.scratch, di_surv_shared_scratch(P),
                  (size_t)di_threads(f->ctx)));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->trial, P + 1, 1));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->H, P + 1, P + 1));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->small, P + 1, P + 1));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->independent, P, 1));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->ignored, P, P));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->coef, P, 1));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->V, P, P));
    if (!robust) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->robust, P, P));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->middle, P + 1, P + 1));
    DI_TRY(DI_NEW(f->ctx, f->pool, &f->product, P + 1, P + 1));
done:
    return status;
}

/* The mean of each cluster's factor given its data, (1 + v d) / (1 + v H). */
static void effects(frailty *f, double *effect)
{
    distest_surv_data model = *f->data;
    if (f->info->kernel != DISTEST_SURV_KERNEL_FINITE)
        model.par[KAPPA] = (distest_surv_par){0};
    di_surv_problem q = {
        .data = &model, .step = 1, .unit = model.time_scale, .kernel = f->info->kernel};
    for (int j = 0; j < PARAMETERS; j++) {
        const distest_surv_par *par = &model.par[j];
        q.par[j] = (di_surv_design){.p = par->p,
                                    .first = q.P,
                                    .x = par->x,
                                    .ldx = par->ldx,
                                    .offset = par->offset,
                                    .value = par->p ? 0 : par->value};
        q.P += par->p;
    }
    di_surv_shared a = f->a;
    a.q = q;
    a.theta = f->coef;
    for (size_t c = 0; c < a.clusters; c++) {
        const di_surv_cluster s = di_surv_cluster_of(&a, c);
        effect[c] = (1 + f->v * s.d) / (1 + f->v * s.H);
    }
}

static int fit_all(frailty *f)
{
    int status = DISTEST_SUCCESS;
    distest_surv_data model = *f->data;
    DI_TRY(try_model(f, &model, DISTEST_SURV_INSIDE));
    if (f->data->kernel != DISTEST_SURV_KERNEL_FINITE || f->data->par[KAPPA].p != 1)
        return DISTEST_SUCCESS;
    /* heterogeneity and kappa say similar things: other regions of kappa */
    model = *f->data;
    model.kernel = DISTEST_SURV_KERNEL_INF;
    model.par[KAPPA] = (distest_surv_par){0};
    DI_TRY(try_model(f, &model, DISTEST_SURV_KAPPA_INF));
    model = *f->data;
    model.par[KAPPA] = (distest_surv_par){.value = log(2)};
    distest_surv_info info = {.size = sizeof info};
    status = distest_surv_fit(&model, f->opts, f->independent, f->ignored, NULL, &info,
                              f->ctx);
    if (status == DISTEST_ESING) return DISTEST_SUCCESS; /* phi and lambda at 1 */
    if (status != DISTEST_SUCCESS) goto done;
    f->independent[f->a.P - 1] = log(2);
    model = *f->data;
    DI_TRY(climb(f, &model, DISTEST_SURV_INSIDE));
done:
    return status;
}

int distest_surv_frailty(const distest_surv_data *data, const distest_surv_opts *opts,
                         double *coef, double *vcov, double *robust, double *variance,
                         double *effect, distest_surv_info *info, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    distest_surv_info result = {.size = sizeof result, .loglik = -INFINITY};
    DI_TRY(check(data, opts, ctx));
    DI_TRY(di_check_pointer(ctx, "coef", coef));
    DI_TRY(di_check_pointer(ctx, "vcov", vcov));
    DI_TRY(di_check_pointer(ctx, "variance", variance));
    DI_TRY(di_check_pointer(ctx, "info", info));
    distest_surv_data rows = *data;
    rows.bhazard = NULL;
    distest_surv_opts plain = *opts;
    plain.start = NULL;
    if (plain.n_start == 0) plain.n_start = 3;
    frailty f = {
        .data = &rows, .opts = &plain, .ctx = ctx, .pool = &pool, .info = &result};
    if (rows.kernel != DISTEST_SURV_KERNEL_FINITE)
        rows.par[KAPPA] = (distest_surv_par){0};
    for (int j = 0; j < PARAMETERS; j++) f.a.P += rows.par[j].p;
    for (size_t i = 0; i < rows.n; i++) {
        const double w = rows.weight ? rows.weight[i] : 1;
        result.weight += w;
        result.events += rows.type[i] == DISTEST_SURV_EVENT ? w : 0;
    }
    DI_TRY(take_memory(&f, robust != NULL));
    DI_TRY(fit_all(&f));
    if (!isfinite(result.loglik)) {
        status = di_fail(ctx, DISTEST_ECONV, NULL,
                         "The likelihood cannot be computed at any starting value.");
        goto done;
    }
    result.clusters = f.a.clusters;
    result.df = f.a.P + 1;
    result.flat_coef = f.a.P;
    result.passes = f.passes;
    memcpy(coef, f.coef, f.a.P * sizeof *coef);
    memcpy(vcov, f.V, f.a.P * f.a.P * sizeof *vcov);
    if (robust) memcpy(robust, f.robust, f.a.P * f.a.P * sizeof *robust);
    variance[0] = f.v;
    variance[1] = f.v_se;
    if (effect) effects(&f, effect);
    *info = result;
done:
    di_pool_free(&pool);
    return status;
}
