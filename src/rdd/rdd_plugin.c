/* rdd_plugin.c - the plug-in bandwidth without regularisation.
 *
 * With one-sided constants of the kernel kappa_p, nu_p, the density f^ at the cutoff,
 * and, per side and quantile, the coefficient beta of u^(p+1) and the residual variance
 * s2 of a fit of order p + 1,
 *
 *     h = { <nu_p (s2_+ + s2_-) / f^> /
 *           (2 (p+1) n <(kappa_p beta_+ - (-1)^(p+1) kappa_p beta_-)^2>) }^(1/(2p+3)):
 *
 * h_0 from least squares over each side, s2 = RSS / (n_s - p - 2); then h from the fits
 * with K(u / h_0), s2 = sum K e^2 / sum K. f^ = sum K(u_i / c_n) / (n c_n),
 * c_n = 1.06 sd(x) n^(-1/5). Unit weights multiply K. Both are at most the range. */
#include "rdd_bandwidth.h"
#include "rdd_local.h"

#include <math.h>
#include <string.h>

void di_rdd_constants(const di_rdd_kernel *kernel, int p, double *bias,
                      double *variance)
{
    const size_t k = (size_t)p + 1;
    double G[RDD_TERMS * RDD_TERMS], e[RDD_TERMS] = {1};
    *bias = *variance = 0;
    for (int i = 0; i <= p; i++)
        for (int j = 0; j <= p; j++)
            G[(size_t)i + (size_t)j * k] = di_rdd_kernel_moment(kernel, i + j, 1);
    if (di_cholesky('L', k, G, k, NULL) != DISTEST_SUCCESS) {
        *bias = *variance = NAN;
        return;
    }
    di_cholesky_solve('L', k, 1, G, k, e, k);
    for (int i = 0; i <= p; i++) {
        *bias += e[i] * di_rdd_kernel_moment(kernel, p + 1 + i, 1);
        for (int j = 0; j <= p; j++)
            *variance += e[i] * e[j] * di_rdd_kernel_moment(kernel, i + j, 2);
    }
}

/* A fit of one side and what it gives for columns j0 ... */
typedef struct {
    const di_rdd_prep *prep;
    int side, global;
    size_t j0, m, terms;
    di_rdd_local f;
    double pick[RDD_TERMS];
    double *k, *r; /* m; m x terms */
    double *beta;  /* columns: coefficient of u^(p+1) */
    double *s2;
} pass;

static int fit_column(size_t block, int thread, void *data)
{
    const pass *a = data;
    const size_t j = a->j0 + block, *row = a->prep->row[a->side];
    const double *column = a->prep->column[j];
    const double scale = ldexp(1, -a->prep->common);
    double c[RDD_TERMS] = {0}, rss = 0, sum = 0, value = 0;
    (void)thread;
    for (size_t i = 0; i < a->m; i++)
        for (size_t t = 0; t < a->terms; t++)
            c[t] += a->k[i] * a->r[i + t * a->m] * (scale * column[row[i]]);
    for (size_t i = 0; i < a->m; i++) {
        double e = scale * column[row[i]];
        for (size_t t = 0; t < a->terms; t++) e -= a->r[i + t * a->m] * c[t];
        rss += a->k[i] * e * e;
        sum += a->k[i];
    }
    for (size_t t = 0; t < a->terms; t++) value += a->pick[t] * c[t];
    a->beta[j] = value / pow(a->f.h, (double)a->terms - 1);
    const double n = (double)a->m, free = n - (double)a->terms;
    a->s2[j] = rss / sum * (a->global ? n / free : 1);
    return DISTEST_SUCCESS;
}

/* Columns j0 ... j1 - 1 on one side at bandwidth h; global: least squares */
static int fit_side(pass *a, const di_rdd_kernel *kernel, double h, size_t j0,
                    size_t j1, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const double *u = a->prep->u[a->side], *o = a->prep->o[a->side];
    const int order = a->prep->opts->p + 1;
    a->m = a->prep->used[a->side], a->terms = (size_t)order + 1, a->j0 = j0;
    if (a->global && a->m <= a->terms)
        DI_TRY(
            di_fail(ctx, DISTEST_ESING, "h",
                    "%zu units on the %s are too few for a fit of order %d; give `h`.",
                    a->m, a->side ? "right" : "left", order));
    DI_TRY(di_rdd_local_build(ctx, kernel, a->side, a->m, u, o, order, h, "h", &a->f));
    di_rdd_local_pick(&a->f, order, a->pick);
    di_rdd_local_rows(&a->f, kernel, a->m, u, o, 0, a->k, a->r, a->m);
    DI_TRY(di_for_blocks(ctx, "bandwidth", 0, 1, j1 - j0, fit_column, a));
done:
    return status;
}

/* nu / f^, kappa and how they meet */
typedef struct {
    double kappa, nu, n;
} constants;

static double best(const di_rdd_search *s, const constants *c, size_t j0, size_t j1)
{
    const int p = s->prep.opts->p;
    const double sign = p % 2 == 0 ? -1 : 1; /* (-1)^(p+1) */
    double V = 0, D = 0;
    for (size_t j = j0; j < j1; j++) {
        const double om = s->k == 1 ? s->om[j] : 1;
        const double B = c->kappa * (s->B[1][j] - sign * s->B[0][j]);
        V += om * c->nu * (s->V[0][j] + s->V[1][j]) / s->density;
        D += om * B * B;
    }
    return pow(V / (2 * (p + 1) * c->n * D), 1.0 / (2 * p + 3));
}

static double find_density(const di_rdd_search *s)
{
    double sum = 0, total = 0;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < s->prep.used[side]; i++) {
            const double o = s->prep.o[side][i];
            sum += o * di_rdd_kernel_at(s->prep.kernel, s->prep.u[side][i] / s->c0);
            total += o;
        }
    return sum / (total * s->c0);
}

/* bias terms at rounding level for all columns of a group: an exact polynomial */
static int is_exact(const di_rdd_search *s, size_t j0, size_t j1)
{
    for (int side = 0; side < 2; side++) {
        const double whole = pow(s->prep.range[side], s->prep.opts->p + 1);
        for (size_t j = j0; j < j1; j++)
            if (!(fabs(s->B[side][j]) * whole <=
                  1e-11 * ldexp(s->prep.largest[j], -s->prep.common)))
                return 0;
    }
    return 1;
}

static int run_stage(di_rdd_search *s, const constants *c, pass *a,
                     const di_rdd_kernel *kernel, const double *at, double *h,
                     distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const double range = fmax(s->prep.range[0], s->prep.range[1]);
    for (size_t i = 0; i < s->k; i++) {
        const size_t j0 = s->k == 1 ? 0 : i, j1 = s->k == 1 ? s->Q : i + 1;
        for (int side = 0; side < 2; side++) {
            a->side = side, a->beta = s->B[side], a->s2 = s->V[side];
            DI_TRY(fit_side(a, kernel, at ? at[i] : s->prep.range[side], j0, j1, ctx));
        }
        double best_h = is_exact(s, j0, j1) ? INFINITY : best(s, c, j0, j1);
        if (!(best_h > 0 && best_h < INFINITY)) s->exact = 1, best_h = range;
        h[i] = h[i + s->k] = fmin(best_h, range);
    }
done:
    return status;
}

int di_rdd_plugin(di_rdd_search *s, double *h, double *b, double *h0,
                  distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    const di_rdd_prep *prep = &s->prep;
    const di_rdd_kernel *whole = NULL;
    const size_t n = prep->used[0] + prep->used[1];
    const size_t most = prep->used[0] > prep->used[1] ? prep->used[0] : prep->used[1];
    constants c = {.n = (double)n};
    pass a = {.prep = prep};
    if (prep->opts->deriv > 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "rule",
                       "the plug-in rules are for `deriv` = 0, not %d.",
                       prep->opts->deriv));
    for (size_t j = 0; j < s->Q; j++) s->om[j] = 1;
    if (prep->units->q) di_rdd_cells(s->Q, prep->units->q, s->om);
    memset(s->R[0], 0, s->Q * sizeof(double));
    memset(s->R[1], 0, s->Q * sizeof(double));
    di_rdd_constants(prep->kernel, prep->opts->p, &c.kappa, &c.nu);
    if (isnan(c.nu))
        DI_TRY(
            di_fail(ctx, DISTEST_ESING, "p",
                    "the constants of order %d are beyond double precision; lower `p` "
                    "or give `h`.",
                    prep->opts->p));
    DI_TRY(di_rdd_kernel_find(ctx, "uniform", &whole));
    DI_TRY(DI_NEW(ctx, &pool, &a.k, most, 1));
    DI_TRY(DI_NEW(ctx, &pool, &a.r, most, (size_t)prep->opts->p + 2));
    s->c0 = 1.06 * di_rdd_deviation(prep) * pow((double)n, -0.2);
    s->density = find_density(s);
    if (!(s->density > 0))
        DI_TRY(di_fail(ctx, DISTEST_ESING, "h",
                       "no unit is within %g of the cutoff, where the density would be "
                       "estimated; give `h`.",
                       s->c0));
    a.global = 1;
    DI_TRY(run_stage(s, &c, &a, whole, NULL, h0, ctx));
    a.global = 0;
    DI_TRY(run_stage(s, &c, &a, prep->kernel, h0, h, ctx));
    memcpy(b, h, 2 * s->k * sizeof *h);
done:
    di_pool_free(&pool);
    return status;
}
