/* surv_fit.c - maximum likelihood: all rows in memory. */
#include "linalg.h"
#include "surv.h"

#include <math.h>
#include <string.h>

/* Above MANY rows the starts are sorted out on every step-th row, some SOME of them. */
enum { MANY = 200000, SOME = 100000 };

distest_surv_opts distest_surv_opts_default(void)
{
    return (distest_surv_opts){.size = sizeof(distest_surv_opts),
                               .max_iter = 100,
                               .n_start = DISTEST_SURV_STARTS_AUTO,
                               .tol = 1e-10,
                               .collapse = -1};
}

static int check(const distest_surv_data *data, const distest_surv_opts *opts,
                 const double *coef, const double *vcov, const distest_surv_info *info,
                 distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_surv_check_shape(data, ctx));
    DI_TRY(di_check_pointer(ctx, "opts", opts));
    DI_TRY(di_check_pointer(ctx, "coef", coef));
    DI_TRY(di_check_pointer(ctx, "vcov", vcov));
    DI_TRY(di_check_pointer(ctx, "info", info));
    DI_TRY(di_check_positive(ctx, "tol", 1, &opts->tol));
    if (opts->n_start == 0 && !opts->start)
        return di_fail(ctx, DISTEST_EINVAL, "start",
                       "With `n_start` 0 there must be a `start`.");
done:
    return status;
}

/* What can be said of distinct rows as well as of all, and is cheaper there. */
static int check_rows(const distest_surv_data *rows, const distest_surv_data *all,
                      distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    size_t events = 0;
    status = di_surv_check_numbers(rows, NULL, ctx);
    if ((status == DISTEST_EINVAL || status == DISTEST_EDOM) && rows->n < all->n)
        status = di_surv_check_numbers(all, NULL, ctx); /* which of them all? */
    DI_TRY(status);
    for (size_t i = 0; i < rows->n; i++)
        events += rows->type[i] != DISTEST_SURV_RIGHT &&
                  (!rows->weight || rows->weight[i] > 0);
    if (events == 0)
        return di_fail(
            ctx, DISTEST_ENOMLE, "type",
            "There are no events: the likelihood rises as the hazard falls to "
            "0.");
done:
    return status;
}

/* A smaller problem's optimum as a start: kappa on its boundary comes back a bit. */
static void start_again(di_surv_search *f)
{
    const size_t P = f->q.P;
    memcpy(f->trial, f->theta, P * sizeof *f->trial);
    for (size_t i = 0; i < P; i++)
        if (!isfinite(f->trial[i])) f->trial[i] = f->trial[i] > 0 ? 5.5 : -5.5;
}

static int every_double(size_t n, size_t step, const double **x, di_pool *pool,
                        distest_context *ctx)
{
    double *out = NULL;
    if (!*x) return DISTEST_SUCCESS;
    const int status = DI_NEW(ctx, pool, &out, n, 1);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t i = 0; i < n; i++) out[i] = (*x)[i * step];
    *x = out;
    return DISTEST_SUCCESS;
}

static int every_int(size_t n, size_t step, const int **x, di_pool *pool,
                     distest_context *ctx)
{
    int *out = NULL;
    if (!*x) return DISTEST_SUCCESS;
    const int status = DI_NEW(ctx, pool, &out, n, 1);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t i = 0; i < n; i++) out[i] = (*x)[i * step];
    *x = out;
    return DISTEST_SUCCESS;
}

/* Rows 0, step, ... of q side by side: many passes go over them. */
static int close_up(di_surv_problem *q, size_t step, distest_surv_data *few,
                    di_pool *pool)
{
    int status = DISTEST_SUCCESS;
    distest_context *ctx = q->ctx;
    const size_t n = (q->data->n + step - 1) / step;
    *few = *q->data;
    few->n = n;
    DI_TRY(every_int(n, step, &few->type, pool, ctx));
    DI_TRY(every_int(n, step, &few->cluster, pool, ctx));
    const double **const columns[] = {&few->lower, &few->upper, &few->entry,
                                      &few->weight, &few->bhazard};
    for (size_t k = 0; k < 5; k++) DI_TRY(every_double(n, step, columns[k], pool, ctx));
    for (int j = 0; j < PARAMETERS; j++) {
        distest_surv_par *par = &few->par[j];
        DI_TRY(every_double(n, step, &par->offset, pool, ctx));
        if (par->p) {
            double *x = NULL;
            DI_TRY(DI_NEW(ctx, pool, &x, n, par->p));
            for (size_t c = 0; c < par->p; c++)
                for (size_t i = 0; i < n; i++)
                    x[i + c * n] = par->x[i * step + c * par->ldx];
            par->x = x;
            par->ldx = n;
        }
        q->par[j].x = par->x;
        q->par[j].ldx = par->ldx;
        q->par[j].offset = par->offset;
    }
    q->data = few;
done:
    return status;
}

static int search(di_surv_search *f, di_pool *pool)
{
    int status = DISTEST_SUCCESS;
    const size_t n = f->data->n;
    if (n <= MANY) {
        DI_TRY(di_surv_search_all(f, &f->q));
        DI_TRY(di_surv_search_around(f, &f->q));
        return di_surv_search_further(f, &f->q);
    }
    di_surv_problem some = f->q;
    distest_surv_data few;
    DI_TRY(close_up(&some, (n + SOME - 1) / SOME, &few, pool));
    some.passes = NULL;
    DI_TRY(di_surv_search_all(f, &some));
    start_again(f);
    const size_t known = f->info->starts;
    DI_TRY(di_surv_search_from(f, &f->q, NAN, 1));
    f->info->starts = known;
done:
    return status;
}

static void count(const distest_surv_data *d, distest_surv_info *info)
{
    int most = -1;
    for (size_t i = 0; i < d->n; i++) {
        const double w = d->weight ? d->weight[i] : 1;
        info->weight += w;
        if (d->type[i] == DISTEST_SURV_EVENT) info->events += w;
        if (d->cluster && d->cluster[i] > most) most = d->cluster[i];
    }
    if (d->cluster) info->clusters = (size_t)most + 1;
}

/* Duplicate rows become one with their weight; the model then stands in *rows. */
static int without_duplicates(distest_surv_data *rows, const distest_surv_opts *opts,
                              di_pool *pool, double **square, distest_surv_info *info,
                              distest_context *ctx)
{
    distest_surv_data distinct;
    int made = 0;
    if (opts->collapse == 0) return DISTEST_SUCCESS;
    const int status =
        di_surv_collapse(rows, opts->collapse > 0, pool, &distinct, square, &made, ctx);
    if (status != DISTEST_SUCCESS || !made) return status;
    *rows = distinct;
    info->distinct = distinct.n;
    return DISTEST_SUCCESS;
}

static int check_columns(const di_surv_search *f, int *flags)
{
    size_t at = 0, column = 0;
    if (di_surv_monotone(f->data, flags)) {
        while (!flags[at]) at++;
        const int j = at < f->data->par[PHI].p ? PHI : LAMBDA;
        column = at - (j == PHI ? 0 : f->data->par[PHI].p) + 1;
        return di_fail(f->ctx, DISTEST_ENOMLE, j == PHI ? "phi" : "lambda",
                       "There are no events where column %zu of `%s` is 1: its "
                       "coefficient is best at -Inf. Leave those rows out, and it.",
                       column, j == PHI ? "phi" : "lambda");
    }
    return di_surv_alias(f->data, &f->work, flags, f->ctx);
}

static int fit_rows(di_surv_search *f, di_pool *pool, const double *square, int robust)
{
    int status = DISTEST_SUCCESS;
    int *flags = NULL;
    DI_TRY(di_surv_working_make(f->data, pool, &f->work, f->ctx));
    DI_TRY(DI_NEW(f->ctx, pool, &flags, f->work.P, 1));
    DI_TRY(check_columns(f, flags));
    DI_TRY(di_surv_search_memory(f, pool));
    f->q = di_surv_problem_make(f->data, &f->work, &f->passes, f->ctx);
    f->q.square = square;
    f->q.desk = &f->desk;
    DI_TRY(search(f, pool));
    DI_TRY(di_surv_search_end(f, robust));
done:
    return status;
}

int distest_surv_fit(const distest_surv_data *data, const distest_surv_opts *opts,
                     double *coef, double *vcov, double *robust,
                     distest_surv_info *info, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *square = NULL;
    distest_surv_info result = {.size = sizeof(distest_surv_info)};
    di_surv_search f = {.opts = opts, .ctx = ctx, .info = &result};
    DI_TRY(check(data, opts, coef, vcov, info, ctx));
    distest_surv_data model = *data;
    if (model.kernel != DISTEST_SURV_KERNEL_FINITE)
        model.par[KAPPA] = (distest_surv_par){0};
    const distest_surv_data all = model;
    DI_TRY(without_duplicates(&model, opts, &pool, &square, &result, ctx));
    DI_TRY(check_rows(&model, &all, ctx));
    result.clusters = all.n;
    count(&model, &result);
    f.data = &model;
    di_blas_serial_enter();
    status = fit_rows(&f, &pool, square, robust != NULL);
    di_blas_serial_leave();
    DI_TRY(status);
    memcpy(coef, f.theta, f.q.P * sizeof *coef);
    memcpy(vcov, f.V, f.q.P * f.q.P * sizeof *vcov);
    if (robust) memcpy(robust, f.robust, f.q.P * f.q.P * sizeof *robust);
    *info = result;
done:
    di_pool_free(&f.desk.pool);
    di_pool_free(&pool);
    return status;
}
