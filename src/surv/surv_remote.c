/* surv_remote.c - fits from sums: the search of surv_search.c with a function from
 * coefficients to sums in the place of rows.
 *
 * The search's problems have fewer coefficients than the model: null models have
 * intercepts alone, a limit has no kappa. The model's coefficients are then those that
 * mean the same, and of score and Hessian the part of the problem's own is taken. */
#include "surv.h"

#include <math.h>
#include <string.h>

distest_surv_layout distest_surv_layout_default(void)
{
    return (distest_surv_layout){
        .size = sizeof(distest_surv_layout), .p = {1, 1, 1, 1}, .time_scale = 1};
}

/* Number of the model's coefficient c of parameter j of the problem. A single column
 * may be a null model's intercept. */
static size_t number_of(const di_surv_problem *q, int j, size_t c)
{
    const di_surv_remote *r = q->remote;
    const int null = q->par[j].p < r->layout->p[j];
    return r->first[j] + (null ? r->layout->intercept[j] : c);
}

static int evaluate(di_surv_problem *q, const double *theta, int deriv)
{
    int status = DISTEST_SUCCESS;
    di_surv_remote *r = q->remote;
    memset(r->coef, 0, r->P * sizeof *r->coef);
    for (int j = 0; j < PARAMETERS; j++) {
        const di_surv_design *par = &q->par[j];
        for (size_t c = 0; c < par->p; c++)
            r->coef[number_of(q, j, c)] = theta[par->first + c];
        if (r->layout->intercept[j] < r->layout->p[j])
            r->coef[r->first[j] + r->layout->intercept[j]] += par->value - r->base[j];
    }
    if (q->passes) ++*q->passes;
    DI_TRY(di_progress(q->ctx, 0, q->stage));
    distest_surv_sums_reset(r->sums);
    DI_TRY(r->eval(r->coef, q->kernel, deriv, r->sums, r->data));
    DI_TRY(di_surv_sums_total(r->sums, r->P, r->total, q->ctx));
    r->total[DI_SURV_LOGLIK] += r->total[DI_SURV_EXACT] * log(q->unit);
    r->facts[DI_SURV_GAMMA] = r->total[DI_SURV_GAMMA];
done:
    return status;
}

/* The problem's part of a lower triangle of the model's. */
static void take_matrix(const di_surv_problem *q, const double *in, double *out)
{
    const size_t P = q->remote->P, s = q->P;
    for (int j = 0; j < PARAMETERS; j++)
        for (int m = 0; m < PARAMETERS; m++)
            for (size_t c = 0; c < q->par[j].p; c++)
                for (size_t d = 0; d < q->par[m].p; d++) {
                    const size_t a = number_of(q, j, c), b = number_of(q, m, d);
                    const size_t row = a > b ? a : b, col = a > b ? b : a;
                    out[q->par[j].first + c + (q->par[m].first + d) * s] =
                        in[row + col * P - col * (col + 1) / 2];
                }
}

int di_surv_remote_pass(di_surv_problem *q, const double *theta, int deriv,
                        double *loglik, double *score, double *hess)
{
    int status = DISTEST_SUCCESS;
    const di_surv_remote *r = q->remote;
    const double *at = r->total + DI_SURV_FACTS;
    DI_TRY(evaluate(q, theta, deriv));
    *loglik = r->total[DI_SURV_LOGLIK];
    for (int j = 0; deriv > 0 && j < PARAMETERS; j++)
        for (size_t c = 0; c < q->par[j].p; c++)
            score[q->par[j].first + c] = at[number_of(q, j, c)];
    if (deriv > 1) take_matrix(q, at + r->P, hess);
done:
    return status;
}

int di_surv_remote_middle(di_surv_problem *q, const double *theta, double *middle)
{
    int status = DISTEST_SUCCESS;
    const size_t P = q->remote->P;
    DI_TRY(evaluate(q, theta, 3));
    q->remote->facts[DI_SURV_CLUSTERS] = q->remote->total[DI_SURV_CLUSTERS];
    take_matrix(q, q->remote->total + DI_SURV_FACTS + P + P * (P + 1) / 2, middle);
done:
    return status;
}

int di_surv_remote_leaving(di_surv_problem *q, const double *theta, double *slope)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(evaluate(q, theta, 2));
    *slope = q->remote->total[DI_SURV_LEAVING];
done:
    return status;
}

static int check_layout(const distest_surv_layout *l, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    size_t P = 0;
    DI_TRY(di_check_pointer(ctx, "layout", l));
    DI_TRY(di_check_finite(ctx, "value", PARAMETERS, l->value));
    DI_TRY(di_check_positive(ctx, "time_scale", 1, &l->time_scale));
    if (l->phi_form != 0 && l->phi_form != 1)
        return di_fail(ctx, DISTEST_EINVAL, "phi_form", "`phi_form` must be 0 or 1.");
    if (l->kernel < DISTEST_SURV_KERNEL_FINITE || l->kernel > DISTEST_SURV_KERNEL_M1)
        return di_fail(ctx, DISTEST_EINVAL, "kernel", "`kernel` is %d.", l->kernel);
    for (int j = 0; j < PARAMETERS; j++) {
        P += l->p[j];
        if (l->intercept[j] > l->p[j])
            return di_fail(ctx, DISTEST_EINVAL, "intercept",
                           "`intercept` is column %zu of %zu.", l->intercept[j],
                           l->p[j]);
    }
    if (P == 0)
        return di_fail(ctx, DISTEST_EINVAL, "layout", "There are no coefficients.");
    if (l->kernel != DISTEST_SURV_KERNEL_FINITE && l->p[KAPPA] > 0)
        return di_fail(ctx, DISTEST_EINVAL, "layout",
                       "A limit of kappa leaves it no coefficients.");
done:
    return status;
}

/* What the rows are like, from sums at coefficients of 0. */
static int look_at_rows(di_surv_remote *r, distest_surv_info *info,
                        distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    memset(r->coef, 0, r->P * sizeof *r->coef);
    DI_TRY(r->eval(r->coef, r->layout->kernel, 0, r->sums, r->data));
    DI_TRY(di_surv_sums_total(r->sums, r->P, r->total, ctx));
    memcpy(r->facts, r->total, DI_SURV_FACTS * sizeof *r->facts);
    info->weight = r->facts[DI_SURV_WEIGHT];
    info->events = r->facts[DI_SURV_EXACT];
    if (!(r->facts[DI_SURV_EVENTS] > 0))
        return di_fail(ctx, DISTEST_ENOMLE, "data",
                       "There are no events: the likelihood rises as the hazard falls "
                       "to 0.");
done:
    return status;
}

/* The model without rows, for what asks for sizes alone. */
static distest_surv_data sizes_of(const distest_surv_layout *l)
{
    distest_surv_data d = distest_surv_data_default();
    for (int j = 0; j < PARAMETERS; j++)
        d.par[j] = (distest_surv_par){.p = l->p[j], .value = l->value[j]};
    d.phi_form = l->phi_form;
    d.kernel = l->kernel;
    d.time_scale = l->time_scale;
    return d;
}

static int take_memory(di_surv_remote *r, di_surv_working *work, di_pool *pool,
                       distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    for (int j = 0; j < PARAMETERS; j++) {
        r->first[j] = r->P;
        r->P += r->layout->p[j];
        work->intercept[j] = r->layout->intercept[j];
    }
    work->P = r->P;
    DI_TRY(DI_NEW(ctx, pool, &r->coef, r->P, 1));
    DI_TRY(DI_NEW(ctx, pool, &r->total, di_surv_sums_length(r->P), 1));
    DI_TRY(DI_NEW(ctx, pool, &work->centre, r->P, 1));
    DI_TRY(DI_NEW(ctx, pool, &work->scale, r->P, 1));
    for (size_t c = 0; c < r->P; c++) {
        work->centre[c] = 0;
        work->scale[c] = 1;
    }
done:
    return status;
}

int distest_surv_fit_sums(const distest_surv_layout *layout, distest_surv_eval_fn eval,
                          void *data, const distest_surv_opts *opts, double *coef,
                          double *vcov, double *robust, distest_surv_info *info,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    distest_surv_info result = {.size = sizeof result};
    di_surv_remote r = {.layout = layout, .eval = eval, .data = data};
    di_surv_search f = {.opts = opts, .ctx = ctx, .info = &result};
    di_begin(ctx);
    DI_TRY(check_layout(layout, ctx));
    DI_TRY(di_check_pointer(ctx, "opts", opts));
    DI_TRY(di_check_pointer(ctx, "coef", coef));
    DI_TRY(di_check_pointer(ctx, "vcov", vcov));
    DI_TRY(di_check_pointer(ctx, "info", info));
    DI_TRY(di_check_positive(ctx, "tol", 1, &opts->tol));
    if (!eval) return di_fail(ctx, DISTEST_EINVAL, "eval", "`eval` is NULL.");
    if (opts->n_start == 0 && !opts->start)
        return di_fail(ctx, DISTEST_EINVAL, "start",
                       "With `n_start` 0 there must be a `start`.");
    const distest_surv_data sizes = sizes_of(layout);
    DI_TRY(take_memory(&r, &f.work, &pool, ctx));
    DI_TRY(distest_surv_sums_alloc(&r.sums, ctx));
    DI_TRY(look_at_rows(&r, &result, ctx));
    f.data = &sizes;
    f.work.unit = layout->phi_form == 0
                      ? exp(r.facts[DI_SURV_LOG_TIME] / r.facts[DI_SURV_EVENTS])
                      : layout->time_scale;
    DI_TRY(di_surv_search_memory(&f, &pool));
    f.q = di_surv_problem_make(&sizes, &f.work, &f.passes, ctx);
    f.q.remote = &r;
    for (int j = 0; j < PARAMETERS; j++) r.base[j] = f.q.par[j].value;
    DI_TRY(di_surv_search_all(&f, &f.q));
    result.clusters = (size_t)r.facts[DI_SURV_N];
    DI_TRY(di_surv_search_end(&f, robust != NULL));
    if (robust) result.clusters = (size_t)r.facts[DI_SURV_CLUSTERS];
    memcpy(coef, f.theta, r.P * sizeof *coef);
    memcpy(vcov, f.V, r.P * r.P * sizeof *vcov);
    if (robust) memcpy(robust, f.robust, r.P * r.P * sizeof *robust);
    *info = result;
done:
    distest_surv_sums_free(r.sums);
    di_pool_free(&pool);
    return status;
}
