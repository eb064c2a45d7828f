/* expfam_fit.c - maximum likelihood: closed forms where there are any, else Newton on
 * the convex Psi(theta) - theta'mean. On finite supports existence is decided by linear
 * programming: no step count or size stands in for that answer. */
#include "expfam.h"

#include <string.h>

enum {
    MOST_LP = 300000, /* points of a support on which existence is always decided */
    MOST_LP_CELLS = 1 << 25 /* and numbers, where they would have to be made */
};

distest_expfam_opts distest_expfam_opts_default(void)
{
    return (distest_expfam_opts){sizeof(distest_expfam_opts), 100, 1e-12, 0, 0};
}

/* A Newton iteration that has converged where no direction has lost its variance is the
 * proof that the maximum exists; where one has, linear programming decides. */
static int well_inside(const distest_expfam_family *f, const double *theta,
                       double least, int *inside, distest_context *ctx)
{
    const size_t p = f->p;
    di_pool pool = {NULL};
    double *G0 = NULL, *G = NULL, *zero = NULL, *l = NULL, psi;
    int status = DISTEST_SUCCESS;
    *inside = 0;
    DI_TRY(DI_NEW(ctx, &pool, &G0, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &G, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &zero, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &l, p, 1));
    for (size_t a = 0; a < p; a++) zero[a] = 0;
    DI_TRY(distest_expfam_psi(f, zero, &psi, NULL, G0, ctx));
    DI_TRY(distest_expfam_psi(f, theta, &psi, NULL, G, ctx));
    if (di_cholesky('L', p, G0, p, NULL) != DISTEST_SUCCESS) goto done;
    di_trsm('L', 'L', 'N', 'N', p, p, 1, G0, p, G, p);
    di_trsm('R', 'L', 'T', 'N', p, p, 1, G0, p, G, p);
    DI_TRY(di_eigen_sym(ctx, p, G, p, l, NULL, p));
    *inside = l[0] > least;
done:
    di_pool_free(&pool);
    return status;
}

static int decide_existence(const distest_expfam_family *f, const double *mean,
                            distest_context *ctx)
{
    const size_t m = f->fixed.m, p = f->p;
    di_pool pool = {NULL};
    double *xi = f->fixed.xi;
    int where = 0, status = DISTEST_SUCCESS;
    if (f->fixed.states) {
        DI_TRY(DI_NEW(ctx, &pool, &xi, m, p));
        di_expfam_node_rows(&f->fixed, 0, m, NULL, xi, m);
    }
    DI_TRY(distest_expfam_exists(m, p, xi, mean, &where, NULL, NULL, ctx));
    if (where == DISTEST_EXPFAM_FACE)
        status = di_fail(ctx, DISTEST_ENOMLE, "mean",
                         "No maximum exists: the mean of the statistics lies on the "
                         "boundary of the convex hull of the support.");
    if (where == DISTEST_EXPFAM_OUTSIDE)
        status = di_fail(ctx, DISTEST_ENOMLE, "mean",
                         "No maximum exists: the mean of the statistics lies outside "
                         "the convex hull of the support. Enlarge or move the "
                         "reference measure.");
done:
    di_pool_free(&pool);
    return status;
}

/* Exact rules for data on which only Newton remains: beta and Dirichlet need unequal
 * rows; a log-polynomial of degree p distinct points that count more than p / 2, an end
 * of the interval counting 1/2; a trigonometric one of order r more than r. */
static int decide_by_rule(const distest_expfam_family *f, const distest_sample *s,
                          distest_context *ctx)
{
    const char *name = f->row->name;
    const int polynomial = strcmp(name, "polynomial") == 0,
              trigonometric = strcmp(name, "trigonometric") == 0;
    const int unequal = strcmp(name, "beta") == 0 || strcmp(name, "dirichlet") == 0;
    di_pool pool = {NULL};
    double *x = NULL, count = 0;
    size_t n = 0;
    int status = DISTEST_SUCCESS, same = 1;
    if (!(polynomial || trigonometric || unequal)) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &x, s->n, 1));
    for (size_t i = 0; i < s->n; i++) {
        if (s->weights && !(s->weights[i] > 0)) continue;
        if (trigonometric && s->x[i] == f->par[1])
            x[n++] = f->par[0]; /* one point */
        else
            x[n++] = s->x[i];
        for (size_t k = 0; k < s->d; k++)
            same = same && s->x[i + k * s->n] == s->x[k * s->n];
    }
    di_sort(n, x);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || x[i] != x[i - 1])
            count += polynomial && (x[i] == f->par[0] || x[i] == f->par[1]) ? 0.5 : 1;
    if ((unequal && same) || (polynomial && !(count > 0.5 * (double)f->p)) ||
        (trigonometric && !(count > 0.5 * (double)f->p)))
        DI_TRY(di_fail(ctx, DISTEST_ENOMLE, "mean",
                       unequal ? "No maximum exists: all observations are equal."
                               : "No maximum exists: there are too few distinct points "
                                 "for %zu statistics.",
                       f->p));
done:
    di_pool_free(&pool);
    return status;
}

/* Log-polynomials are fitted on (-1, 1) and moved back. */
static int solve_polynomial(const distest_expfam_family *f,
                            const distest_expfam_opts *o, double n,
                            const distest_sample *sample, const double *start,
                            double *theta, distest_expfam_info *info,
                            distest_context *ctx)
{
    const size_t p = f->p;
    const double c = 0.5 * (f->par[0] + f->par[1]), h = 0.5 * (f->par[1] - f->par[0]);
    distest_expfam_family unit;
    distest_sample z;
    di_pool pool = {NULL};
    double *phi = NULL, *mean = NULL, *xi = NULL, total = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &phi, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &mean, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &xi, sample->n, p));
    DI_TRY(di_expfam_unit_interval(f, sample, &unit, &z, &pool, ctx));
    DI_TRY(distest_expfam_stats(&unit, &z, xi, NULL, ctx));
    for (size_t i = 0; i < z.n; i++) total += z.weights ? z.weights[i] : 1;
    DI_TRY(di_expfam_column_moments(z.n, p, xi, z.weights, total, mean, NULL, ctx));
    for (size_t a = 0; a < p; a++) phi[a] = 0;
    if (start) di_expfam_move_polynomial(p, start, c, h, phi);
    DI_TRY(di_expfam_newton(&unit, o, n, mean, phi, &info->iterations, &info->decrement,
                            ctx));
    di_expfam_move_polynomial(p, phi, -c / h, 1 / h, theta);
done:
    di_pool_free(&pool);
    return status;
}

/* A point inside the parameter space for a fit with a penalty: the maximum without one
 * if that exists, else usual parameters of 1, else 0. */
static int inner_start(const distest_expfam_family *f, const double *mean,
                       double *theta, distest_context *ctx)
{
    di_pool pool = {NULL};
    double *one = NULL;
    int status = DISTEST_SUCCESS;
    if (f->row->mle && f->row->mle(f, mean, theta, NULL) == DISTEST_SUCCESS) goto done;
    DI_TRY(DI_NEW(ctx, &pool, &one, f->usual, 1));
    for (size_t a = 0; a < f->usual; a++) one[a] = 1;
    if (f->usual == 0 || di_expfam_natural(f, one, theta, NULL) != DISTEST_SUCCESS)
        for (size_t a = 0; a < f->p; a++) theta[a] = 0;
done:
    di_pool_free(&pool);
    return status;
}

static int solve(const distest_expfam_family *f, const distest_expfam_opts *o, double n,
                 const double *mean, const distest_sample *sample, const double *start,
                 double *theta, distest_expfam_info *info, distest_context *ctx)
{
    const size_t p = f->p;
    int status = -1;
    if (o->ridge <= 0 && sample && f->row->mle_data)
        status = f->row->mle_data(f, sample, mean, theta, ctx);
    else if (o->ridge <= 0 && f->row->mle)
        status = f->row->mle(f, mean, theta, ctx);
    if (status >= 0) return status;
    if (o->ridge <= 0 && sample) {
        status = decide_by_rule(f, sample, ctx);
        if (status != DISTEST_SUCCESS) return status;
    }
    if (o->ridge <= 0 && sample && di_expfam_is_polynomial(f))
        return solve_polynomial(f, o, n, sample, start, theta, info, ctx);
    for (size_t a = 0; a < p; a++) theta[a] = start ? start[a] : 0;
    if (!start && o->ridge > 0) {
        status = inner_start(f, mean, theta, ctx);
        if (status != DISTEST_SUCCESS) return status;
    } else if (!start && f->row->start) {
        f->row->start(f, mean, theta);
    }
    for (size_t a = 0; a < p; a++)
        if (!isfinite(theta[a]))
            return di_fail(ctx, DISTEST_ENOMLE, "mean",
                           "No maximum exists: statistic %zu does not vary.", a + 1);
    status = di_expfam_newton(f, o, n, mean, theta, &info->iterations, &info->decrement,
                              ctx);
    const size_t m = f->fixed.m;
    const int listed = f->fixed.states || f->graph;
    const int too_large =
        (f->graph && m == 0) || m > (listed ? MOST_LP_CELLS / p : MOST_LP);
    if (o->ridge > 0 || !f->finite || (too_large && !listed) ||
        status == DISTEST_ECANCEL || status == DISTEST_ENOMEM)
        return status;
    int inside = 0;
    if (status == DISTEST_SUCCESS) {
        /* where no maximum exists Newton ends with variances of its tolerance */
        status = well_inside(f, theta, too_large ? 1e-9 : 1e-5, &inside, ctx);
        if (status != DISTEST_SUCCESS || inside) return status;
    }
    if (too_large) /* never a finite answer where none is proved */
        return status != DISTEST_SUCCESS
                   ? status
                   : di_fail(ctx, DISTEST_ECONV, "mean",
                             "Newton came so near the boundary that the maximum may "
                             "not exist, and there are too many states for linear "
                             "programming to tell.");
    distest_context before;
    if (ctx) before = *ctx;
    const int exists = decide_existence(f, mean, ctx);
    if (exists == DISTEST_SUCCESS && ctx) *ctx = before; /* Newton's own message */
    return exists == DISTEST_SUCCESS ? status : exists;
}

static int check_opts(const distest_expfam_opts *o, distest_context *ctx)
{
    if (o->max_iter < 1 || !(o->tol > 0))
        return di_fail(ctx, DISTEST_EINVAL, "opts",
                       "`max_iter` and `tol` must be positive.");
    if (!(o->ridge >= 0 && isfinite(o->ridge)))
        return di_fail(ctx, DISTEST_EINVAL, "ridge",
                       "`ridge` must be 0 or positive, not %g.", o->ridge);
    return DISTEST_SUCCESS;
}

static int on_boundary(const distest_expfam_family *f, const double *theta)
{
    return f->row->nodes && f->npar == 0 &&
           (theta[1] == 0 || (f->p == 3 && theta[2] == 0));
}

int distest_expfam_fit_moments(const distest_expfam_family *family,
                               const distest_expfam_opts *opts, double n,
                               const double *mean, const double *start, double *theta,
                               distest_expfam_info *info, distest_context *ctx)
{
    const distest_expfam_opts o = opts ? *opts : distest_expfam_opts_default();
    const size_t p = family->p;
    distest_expfam_info out = {.size = sizeof out, .n = n};
    di_pool pool = {NULL};
    double *t = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_opts(&o, ctx));
    if (!(n > 0 && isfinite(n)))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "n", "`n` must be positive, not %g.", n));
    DI_TRY(di_check_finite(ctx, "mean", p, mean));
    if (start) DI_TRY(di_check_finite(ctx, "start", p, start));
    DI_TRY(DI_NEW(ctx, &pool, &t, p, 1));
    DI_TRY(solve(family, &o, n, mean, NULL, start, t, &out, ctx));
    DI_TRY(distest_expfam_psi(family, t, &out.psi, NULL, NULL, ctx));
    out.loglik = n * (di_dot(p, t, mean) - out.psi);
    out.boundary = on_boundary(family, t);
    for (size_t a = 0; a < p; a++) theta[a] = t[a];
    if (info) *info = out;
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_expfam_fit_data(const distest_expfam_family *family,
                            const distest_expfam_opts *opts,
                            const distest_sample *sample, const double *start,
                            double *theta, double *mean, double *cov,
                            distest_expfam_info *info, distest_context *ctx)
{
    const distest_expfam_opts o = opts ? *opts : distest_expfam_opts_default();
    const size_t p = family->p;
    distest_expfam_info out = {.size = sizeof out};
    di_pool pool = {NULL};
    double *t = NULL, *m = NULL, *V = NULL;
    double total = 0, base = 0, loglik = 0;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_opts(&o, ctx));
    DI_TRY(di_check_sample(ctx, sample));
    if (start) DI_TRY(di_check_finite(ctx, "start", p, start));
    DI_TRY(DI_NEW(ctx, &pool, &t, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &m, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &V, p, p));
    distest_sample s;
    DI_TRY(di_expfam_sample_moments(family, sample, o.sampling, &s, &total, m,
                                    cov ? V : NULL, &base, &pool, ctx));
    out.n = total;
    DI_TRY(solve(family, &o, total, m, &s, start, t, &out, ctx));
    DI_TRY(distest_expfam_psi(family, t, &out.psi, NULL, NULL, ctx));
    if (family->row->way == EXPFAM_GAUSS && family->nipar == 0 && o.ridge <= 0) {
        /* -n (1 + log(2 pi v)) / 2: the natural form cancels far from the origin */
        loglik = -0.5 * total * (1 + log(2 * acos(-1) * (-0.5 / t[1])));
    } else {
        loglik = total * (di_dot(p, t, m) - out.psi);
    }
    out.loglik = loglik + base;
    out.boundary = on_boundary(family, t);
    for (size_t a = 0; a < p; a++) theta[a] = t[a];
    for (size_t a = 0; mean && a < p; a++) mean[a] = m[a];
    for (size_t a = 0; cov && a < p * p; a++) cov[a] = V[a];
    if (info) *info = out;
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
