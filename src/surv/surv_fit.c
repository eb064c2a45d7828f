/* surv_fit.c - maximum likelihood: starts, climbs, and what is reported of the best. */
#include "linalg.h"
#include "surv.h"

#include <math.h>
#include <string.h>

/* Above MANY rows the starts are sorted out on every step-th row, some SOME of them. */
enum { MANY = 200000, SOME = 100000 };
static const double GAMMA_HUGE = 9.2; /* log gamma at an event: beyond any hazard */

distest_surv_opts distest_surv_opts_default(void)
{
    return (distest_surv_opts){
        .size = sizeof(distest_surv_opts), .max_iter = 100, .n_start = 3, .tol = 1e-10};
}

typedef struct {
    const distest_surv_data *data;
    const distest_surv_opts *opts;
    distest_context *ctx;
    di_surv_working work;
    di_surv_problem q; /* all rows */
    size_t passes;
    double *theta, *H; /* the best so far; P, P x P */
    di_surv_summit top;
    double *trial, *trial_H;
    double *starts; /* DISTEST_SURV_MOST_STARTS x P */
    distest_surv_info *info;
} fitting;

static int check(const distest_surv_data *data, const distest_surv_opts *opts,
                 const double *coef, const double *vcov, const distest_surv_info *info,
                 distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    size_t events = 0;
    DI_TRY(distest_surv_data_check(data, NULL, ctx));
    DI_TRY(di_check_pointer(ctx, "opts", opts));
    DI_TRY(di_check_pointer(ctx, "coef", coef));
    DI_TRY(di_check_pointer(ctx, "vcov", vcov));
    DI_TRY(di_check_pointer(ctx, "info", info));
    DI_TRY(di_check_positive(ctx, "tol", 1, &opts->tol));
    if (opts->n_start == 0 && !opts->start)
        return di_fail(ctx, DISTEST_EINVAL, "start",
                       "With `n_start` 0 there must be a `start`.");
    for (size_t i = 0; i < data->n; i++)
        events += data->type[i] != DISTEST_SURV_RIGHT &&
                  (!data->weight || data->weight[i] > 0);
    if (events == 0)
        return di_fail(
            ctx, DISTEST_ENOMLE, "type",
            "There are no events: the likelihood rises as the hazard falls to "
            "0.");
done:
    return status;
}

static int better(const di_surv_summit *a, const di_surv_summit *b)
{
    if (a->converged != b->converged) return a->converged;
    return a->loglik > b->loglik;
}

/* Climbs from f->trial and keeps the result when it is the best. */
static int climb_from(fitting *f, const di_surv_problem *q, double kappa, int first)
{
    di_surv_summit top;
    const size_t P = f->q.P, k = f->info->starts;
    int status = di_surv_climb(q, &f->work, f->opts, f->trial, f->trial_H, &top);
    if (status == DISTEST_ECONV)
        top = (di_surv_summit){.loglik = -INFINITY, .q = *q};
    else if (status != DISTEST_SUCCESS)
        return status;
    if (k < DISTEST_SURV_MOST_STARTS) {
        f->info->start_kappa[k] = kappa;
        f->info->start_loglik[k] = top.loglik;
        f->info->starts++;
    }
    if (first || better(&top, &f->top)) {
        f->top = top;
        memcpy(f->theta, f->trial, P * sizeof *f->theta);
        memcpy(f->H, f->trial_H, P * P * sizeof *f->H);
    }
    return DISTEST_SUCCESS;
}

static int climb_all(fitting *f, di_surv_problem *q)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->q.P;
    double kappa[DISTEST_SURV_MOST_STARTS];
    size_t found = 0, most = f->opts->n_start;
    if (most >= DISTEST_SURV_MOST_STARTS) most = DISTEST_SURV_MOST_STARTS - 1;
    if (most > 0) DI_TRY(di_surv_starts(q, &f->work, most, kappa, f->starts, &found));
    for (size_t i = 0; i < found; i++) {
        memcpy(f->trial, f->starts + i * P, P * sizeof *f->trial);
        DI_TRY(climb_from(f, q, kappa[i], i == 0));
    }
    if (f->opts->start) {
        memcpy(f->trial, f->opts->start, P * sizeof *f->trial);
        di_surv_to_working(f->data, &f->work, f->trial);
        DI_TRY(climb_from(f, q, NAN, found == 0));
    }
done:
    return status;
}

/* A smaller problem's optimum as a start: kappa on its boundary comes back a bit. */
static void start_again(fitting *f)
{
    const size_t P = f->q.P;
    memcpy(f->trial, f->theta, P * sizeof *f->trial);
    for (size_t i = 0; i < P; i++)
        if (!isfinite(f->trial[i])) f->trial[i] = f->trial[i] > 0 ? 5.5 : -5.5;
}

static int search(fitting *f)
{
    int status = DISTEST_SUCCESS;
    const size_t n = f->data->n;
    if (n <= MANY) return climb_all(f, &f->q);
    di_surv_problem some = f->q;
    some.step = (n + SOME - 1) / SOME;
    some.passes = NULL;
    DI_TRY(climb_all(f, &some));
    start_again(f);
    const size_t known = f->info->starts;
    DI_TRY(climb_from(f, &f->q, NAN, 1));
    f->info->starts = known;
done:
    return status;
}

static int gamma_runs_off(const fitting *f)
{
    double eta[PARAMETERS];
    for (size_t i = 0; i < f->data->n; i++) {
        if (f->data->type[i] == DISTEST_SURV_RIGHT) continue;
        di_surv_eta(&f->q, f->theta, i, eta);
        if (eta[GAMMA] > GAMMA_HUGE) return 1;
    }
    return 0;
}

/* V = H^-1, both small, through unit diagonal; 0 when H is not positive definite */
static int invert(size_t P, double *H, double *scale)
{
    for (size_t i = 0; i < P; i++) {
        if (!(H[i + i * P] > 0)) return 0;
        scale[i] = 1 / sqrt(H[i + i * P]);
    }
    for (size_t j = 0; j < P; j++)
        for (size_t i = 0; i < P; i++) H[i + j * P] *= scale[i] * scale[j];
    if (di_cholesky('L', P, H, P, NULL) != DISTEST_SUCCESS) return 0;
    if (di_cholesky_inverse('L', P, H, P) != DISTEST_SUCCESS) return 0;
    for (size_t j = 0; j < P; j++)
        for (size_t i = 0; i < P; i++) H[i + j * P] *= scale[i] * scale[j];
    return 1;
}

/* A small matrix (of top.q) into a P x P one of the user's coordinates; NaN where a
 * coefficient is on its boundary. */
static void spread(const fitting *f, const double *small, double *out)
{
    const size_t P = f->q.P, s = f->top.q.P;
    const di_surv_problem *q = &f->top.q;
    memset(out, 0, P * P * sizeof *out);
    for (int j = 0; j < PARAMETERS; j++)
        for (int m = 0; m < PARAMETERS; m++)
            for (size_t c = 0; c < q->par[j].p; c++)
                for (size_t d = 0; d < q->par[m].p; d++)
                    out[f->q.par[j].first + c + (f->q.par[m].first + d) * P] =
                        small[q->par[j].first + c + (q->par[m].first + d) * s];
    di_surv_cov_to_user(f->data, &f->work, out);
    for (int j = 0; j < PARAMETERS; j++)
        for (size_t c = q->par[j].p; c < f->q.par[j].p; c++)
            for (size_t i = 0; i < P; i++) {
                const size_t k = f->q.par[j].first + c;
                out[k + i * P] = out[i + k * P] = NAN;
            }
}

/* V and V M V from f->H, into scratch of three P x P. */
static int covariances(fitting *f, double *vcov, double *robust, double *scratch)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->q.P, s = f->top.q.P;
    double *small = scratch, *M = scratch + P * P, *VM = scratch + 2 * P * P;
    if (!invert(s, f->H, scratch)) {
        f->info->flat = 1;
        for (size_t i = 0; i < P * P; i++) vcov[i] = NAN;
        for (size_t i = 0; robust && i < P * P; i++) robust[i] = NAN;
        return DISTEST_SUCCESS;
    }
    spread(f, f->H, vcov);
    if (!robust) return DISTEST_SUCCESS;
    di_surv_gather(&f->top.q, &f->q, f->theta, f->trial);
    DI_TRY(di_surv_middle(&f->top.q, f->trial, f->info->clusters, M));
    di_gemm('N', 'N', s, s, s, 1, f->H, s, M, s, 0, VM, s);
    di_gemm('N', 'N', s, s, s, 1, VM, s, f->H, s, 0, small, s);
    di_symmetrize('L', s, small, s);
    spread(f, small, robust);
done:
    return status;
}

static void describe(fitting *f)
{
    const distest_surv_data *d = f->data;
    distest_surv_info *info = f->info;
    int most = -1;
    for (size_t i = 0; i < d->n; i++) {
        const double w = d->weight ? d->weight[i] : 1;
        info->weight += w;
        if (d->type[i] == DISTEST_SURV_EVENT) info->events += w;
        if (d->cluster && d->cluster[i] > most) most = d->cluster[i];
    }
    info->clusters = d->cluster ? (size_t)most + 1 : d->n;
    /* the density of an event is per unit of the data's time */
    const double change = info->events * log(f->work.unit);
    info->loglik = f->top.loglik - change;
    for (size_t k = 0; k < info->starts; k++) info->start_loglik[k] -= change;
    info->df = f->q.P;
    info->converged = f->top.converged;
    info->boundary = f->top.boundary;
    info->kernel = f->top.q.kernel;
    info->iterations = f->top.iterations;
    info->passes = f->passes;
    info->decrement = f->top.decrement;
    info->min_eigen = f->top.min_eigen;
    info->flat = f->top.min_eigen < 1e-10;
    if (!info->converged && gamma_runs_off(f)) info->boundary = DISTEST_SURV_GAMMA_INF;
}

static int take_memory(fitting *f, di_pool *pool, double **V, double **R, double **work)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->work.P;
    DI_TRY(DI_NEW(f->ctx, pool, &f->theta, P, 1));
    DI_TRY(DI_NEW(f->ctx, pool, &f->trial, P, 1));
    DI_TRY(DI_NEW(f->ctx, pool, &f->H, P, P));
    DI_TRY(DI_NEW(f->ctx, pool, &f->trial_H, P, P));
    DI_TRY(DI_NEW(f->ctx, pool, &f->starts, DISTEST_SURV_MOST_STARTS, P));
    DI_TRY(DI_NEW(f->ctx, pool, V, P, P));
    DI_TRY(DI_NEW(f->ctx, pool, R, P, P));
    DI_TRY(DI_NEW(f->ctx, pool, work, 3 * P, P));
done:
    return status;
}

int distest_surv_fit(const distest_surv_data *data, const distest_surv_opts *opts,
                     double *coef, double *vcov, double *robust,
                     distest_surv_info *info, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *V = NULL, *R = NULL, *scratch = NULL;
    int *aliased = NULL;
    distest_surv_info result = {.size = sizeof(distest_surv_info)};
    fitting f = {.opts = opts, .ctx = ctx, .info = &result};
    DI_TRY(check(data, opts, coef, vcov, info, ctx));
    distest_surv_data model = *data;
    if (model.kernel != DISTEST_SURV_KERNEL_FINITE)
        model.par[KAPPA] = (distest_surv_par){0};
    f.data = &model;

    di_blas_serial_enter();
    status = di_surv_working_make(&model, &pool, &f.work, ctx);
    if (status == DISTEST_SUCCESS) status = DI_NEW(ctx, &pool, &aliased, f.work.P, 1);
    if (status == DISTEST_SUCCESS)
        status = di_surv_alias(&model, &f.work, aliased, ctx);
    if (status == DISTEST_SUCCESS) status = take_memory(&f, &pool, &V, &R, &scratch);
    if (status == DISTEST_SUCCESS) {
        f.q = di_surv_problem_make(&model, &f.work, &f.passes, ctx);
        status = search(&f);
    }
    if (status == DISTEST_SUCCESS && !isfinite(f.top.loglik))
        status = di_fail(ctx, DISTEST_ECONV, NULL,
                         "The likelihood cannot be computed at any starting value.");
    if (status == DISTEST_SUCCESS) {
        describe(&f);
        status = covariances(&f, V, robust ? R : NULL, scratch);
    }
    di_blas_serial_leave();
    DI_TRY(status);
    di_surv_to_user(&model, &f.work, f.theta);
    memcpy(coef, f.theta, f.q.P * sizeof *coef);
    memcpy(vcov, V, f.q.P * f.q.P * sizeof *vcov);
    if (robust) memcpy(robust, R, f.q.P * f.q.P * sizeof *robust);
    *info = result;
done:
    di_pool_free(&pool);
    return status;
}
