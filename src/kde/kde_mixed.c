/* kde_mixed.c - numeric and categorical columns in one estimate.
 *
 * Half the squared distance between two one-hot codes scaled by s_u counts a mismatch
 * s_u^2, between two thermometer codes scaled by s_o it is |a - b| s_o^2 / 2. So with
 *
 *     s_u^2 = log((1 - l)(c - 1) / l),    s_o^2 = -2 log l
 *
 * exp(-D/2) is l / ((c - 1)(1 - l)) to the number of mismatches, and l^|a - b|: the
 * kernels of Aitchison and Aitken, and of Wang and van Ryzin, up to the constant 1 - l
 * and, for each datum, 1 / sum_a l^|a - b|. */
#include "kde.h"

#include "optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LOG_2PI = 1.83787706640934548356;

static int check_columns(distest_context *ctx, size_t n, size_t columns,
                         const double *x, const int *type, const int *levels)
{
    int status;
    if (columns == 0)
        return di_fail(ctx, DISTEST_EINVAL, "columns", "`columns` must be at least 1.");
    DI_TRY(di_check_pointer(ctx, "type", type));
    DI_TRY(di_check_pointer(ctx, "levels", levels));
    DI_TRY(di_check_finite(ctx, "x", n * columns, x));
    for (size_t k = 0; k < columns; k++) {
        if (type[k] < DISTEST_KDE_NUMERIC || type[k] > DISTEST_KDE_ORDERED)
            return di_fail(ctx, DISTEST_EINVAL, "type",
                           "`type` must be 0, 1 or 2, not %d, in column %zu.", type[k],
                           k + 1);
        if (type[k] == DISTEST_KDE_NUMERIC) continue;
        if (levels[k] < 2)
            return di_fail(ctx, DISTEST_EINVAL, "levels",
                           "`levels` must be at least 2, not %d, in column %zu.",
                           levels[k], k + 1);
        for (size_t i = 0; i < n; i++) {
            const double v = x[i + k * n];
            if (!(v >= 0 && v < levels[k] && v == floor(v)))
                return di_fail(ctx, DISTEST_EINVAL, "x",
                               "`x` must have levels 0 to %d in column %zu, not %g in "
                               "row %zu.",
                               levels[k] - 1, k + 1, v, i + 1);
        }
    }
done:
    return status;
}

static double most_lambda(int type, int levels)
{
    return type == DISTEST_KDE_ORDERED ? 1 : (double)(levels - 1) / levels;
}

static int check_lambda(distest_context *ctx, size_t columns, const int *type,
                        const int *levels, const double *lambda)
{
    for (size_t k = 0; k < columns; k++) {
        if (type[k] == DISTEST_KDE_NUMERIC) continue;
        const double most = most_lambda(type[k], levels[k]);
        if (!(lambda[k] > 0 && lambda[k] < most))
            return di_fail(
                ctx, DISTEST_EINVAL, "lambda",
                "`lambda` must lie between 0 and %g in column %zu, not be %g.", most,
                k + 1, lambda[k]);
    }
    return DISTEST_SUCCESS;
}

int di_kde_mixed_check(distest_context *ctx, size_t n, size_t columns, const double *x,
                       const int *type, const int *levels, const double *lambda)
{
    int status;
    DI_TRY(check_columns(ctx, n, columns, x, type, levels));
    DI_TRY(di_check_pointer(ctx, "lambda", lambda));
    DI_TRY(check_lambda(ctx, columns, type, levels, lambda));
done:
    return status;
}

size_t distest_kde_mixed_width(size_t columns, const int *type, const int *levels)
{
    size_t width = 0;
    for (size_t k = 0; k < columns; k++)
        width += type[k] == DISTEST_KDE_NUMERIC     ? 1
                 : type[k] == DISTEST_KDE_UNORDERED ? (size_t)levels[k]
                                                    : (size_t)levels[k] - 1;
    return width;
}

/* log sum_a l^|a - b| over the levels a */
static double ordered_norm(int levels, double lambda, double b)
{
    double sum = 0;
    for (int a = 0; a < levels; a++) sum += pow(lambda, fabs(a - b));
    return log(sum);
}

static void embed(size_t n, size_t columns, const double *x, const int *type,
                  const int *levels, const double *lambda, double *out, double *factor,
                  double *constant)
{
    double c = 0;
    for (size_t i = 0; i < n && factor; i++) factor[i] = 0;
    for (size_t k = 0; k < columns; k++, x += n) {
        if (type[k] == DISTEST_KDE_NUMERIC) {
            memcpy(out, x, n * sizeof *out);
            out += n;
            continue;
        }
        const int un = type[k] == DISTEST_KDE_UNORDERED, codes = levels[k] - !un;
        const double l = lambda[k];
        const double s =
            un ? sqrt(log((1 - l) * (levels[k] - 1) / l)) : sqrt(-2 * log(l));
        c += (un ? log1p(-l) : 0) + 0.5 * codes * LOG_2PI;
        for (int v = 0; v < codes; v++, out += n)
            for (size_t i = 0; i < n; i++) out[i] = (un ? x[i] == v : x[i] > v) ? s : 0;
        for (size_t i = 0; i < n && factor && !un; i++)
            factor[i] -= ordered_norm(levels[k], l, x[i]);
    }
    if (constant) *constant = c;
}

int distest_kde_mixed(size_t n, size_t columns, const double *x, const int *type,
                      const int *levels, const double *lambda, double *out_x,
                      double *out_factor, double *out_constant, distest_context *ctx)
{
    int status;
    di_begin(ctx);
    DI_TRY(di_kde_mixed_check(ctx, n, columns, x, type, levels, lambda));
    DI_TRY(di_check_pointer(ctx, "out_x", out_x));
    embed(n, columns, x, type, levels, lambda, out_x, out_factor, out_constant);
done:
    return status;
}

/* The likelihood as a sum over pairs of exp(theta_k t_k - psi_k): each step puts the
 * expectations of t under the shares p_ij in, which is EM. */
typedef struct {
    distest_context *ctx;
    size_t n, columns, width, numeric;
    const double *x, *weights;
    const int *type, *levels;
    const distest_kde_select *select;
    double *lambda, *h, *sd; /* columns, columns, width */
    double *out, *factor;    /* n x width, n */
    double *mean2;           /* width: expected squared differences over sd^2 */
    double *near;            /* n: expected share of each datum */
    int *fixed;              /* columns: lambda is given */
} climb;

typedef struct {
    const climb *c;
    const double *near;
    size_t k;
    double distance; /* E |a - b| */
} ordered_job;

/* derivative in t = log l of E|a-b| t - sum_j c_j log sum_a l^|a - x_j| */
static double ordered_slope(double l, void *data)
{
    const ordered_job *o = data;
    const climb *c = o->c;
    const double *x = c->x + o->k * c->n;
    double sum = o->distance;
    for (int b = 0; b < c->levels[o->k]; b++) {
        double w = 0, S = 0, T = 0;
        for (size_t i = 0; i < c->n; i++)
            if (x[i] == b) w += o->near[i];
        for (int a = 0; a < c->levels[o->k]; a++) {
            const double q = pow(l, abs(a - b));
            S += q;
            T += abs(a - b) * q;
        }
        sum -= w * T / S;
    }
    return sum;
}

static int next_values(const climb *c)
{
    int status = DISTEST_SUCCESS;
    size_t at = 0;
    double sum = 0;
    for (size_t k = 0; k < c->columns; k++) {
        const int l = c->levels[k];
        if (c->type[k] == DISTEST_KDE_NUMERIC) {
            sum += c->mean2[at];
            if (c->select->shape == DISTEST_KDE_DIAG) c->h[k] *= sqrt(c->mean2[at]);
            at++;
            continue;
        }
        const int un = c->type[k] == DISTEST_KDE_UNORDERED, codes = un ? l : l - 1;
        const double s2 = un ? log((1 - c->lambda[k]) * (l - 1) / c->lambda[k])
                             : -2 * log(c->lambda[k]);
        double t = 0;
        for (int v = 0; v < codes; v++) t += c->mean2[at++];
        t /= un ? 2 * s2 : s2;
        if (c->fixed[k]) continue;
        const double most = most_lambda(c->type[k], l);
        if (un) {
            c->lambda[k] = t;
        } else {
            ordered_job o = {c, c->near, k, t};
            double root = 1 - 1e-6;
            if (ordered_slope(root, &o) < 0)
                DI_TRY(di_root(1e-12, 1 - 1e-6, 1e-15, ordered_slope, &o, &root));
            c->lambda[k] = root;
        }
        c->lambda[k] = fmin(fmax(c->lambda[k], 1e-6), most * (1 - 1e-6));
    }
    if (c->select->shape == DISTEST_KDE_SCALAR && c->numeric)
        for (size_t k = 0; k < c->columns; k++)
            if (c->type[k] == DISTEST_KDE_NUMERIC)
                c->h[k] *= sqrt(sum / (double)c->numeric);
done:
    return status;
}

static int start_values(climb *c)
{
    const size_t n = c->n;
    const distest_sample all = {n, c->columns, c->x, c->weights};
    const double ne = di_kde_effective_n(&all), d = (double)c->numeric;
    double trace = 0;
    for (size_t k = 0; k < c->columns; k++) {
        const distest_sample one = {n, 1, c->x + k * n, c->weights};
        double S = 1;
        if (c->type[k] != DISTEST_KDE_NUMERIC) {
            if (isnan(c->lambda[k]))
                c->lambda[k] = 0.3 * most_lambda(c->type[k], c->levels[k]);
            c->h[k] = 1;
            continue;
        }
        c->lambda[k] = 0;
        const int status = distest_kde_reference(&one, DISTEST_KDE_SD, &S, c->ctx);
        if (status != DISTEST_SUCCESS) return status;
        c->h[k] = sqrt(S);
        trace += S / d;
    }
    const double by = pow(4 / ((d + 2) * ne), 1 / (d + 4));
    for (size_t k = 0; k < c->columns; k++)
        if (c->type[k] == DISTEST_KDE_NUMERIC)
            c->h[k] = by * (c->select->scaling >= DISTEST_KDE_SD ||
                                    c->select->shape == DISTEST_KDE_DIAG
                                ? c->h[k]
                                : sqrt(trace));
    return DISTEST_SUCCESS;
}

static int one_step(climb *c, double *L)
{
    double constant;
    size_t at = 0;
    embed(c->n, c->columns, c->x, c->type, c->levels, c->lambda, c->out, c->factor,
          &constant);
    for (size_t k = 0; k < c->columns; k++) {
        const int codes = c->type[k] == DISTEST_KDE_NUMERIC     ? 1
                          : c->type[k] == DISTEST_KDE_UNORDERED ? c->levels[k]
                                                                : c->levels[k] - 1;
        for (int v = 0; v < codes; v++)
            c->sd[at++] = c->type[k] == DISTEST_KDE_NUMERIC ? c->h[k] : 1;
    }
    const distest_sample s = {c->n, c->width, c->out, c->weights};
    distest_kde_opts o = distest_kde_opts_default();
    o.shape = DISTEST_KDE_DIAG;
    o.bandwidth = c->sd;
    o.ties = c->select->ties;
    o.log_factor = c->factor;
    o.log_constant = constant;
    return di_kde_expected(c->ctx, &s, &o, c->select->points, L, c->mean2, c->near);
}

int distest_kde_mixed_bandwidth(size_t n, size_t columns, const double *x,
                                const double *weights, const int *type,
                                const int *levels, const distest_kde_select *select,
                                double *lambda, double *h,
                                distest_kde_selected *selected, distest_context *ctx)
{
    di_pool pool = {0};
    climb c = {.ctx = ctx,
               .n = n,
               .columns = columns,
               .x = x,
               .weights = weights,
               .type = type,
               .levels = levels,
               .select = select};
    double L = -INFINITY, before = -INFINITY;
    distest_kde_selected out = {.h = NAN, .lower = NAN, .upper = NAN};
    int status;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "select", select));
    DI_TRY(check_columns(ctx, n, columns, x, type, levels));
    DI_TRY(di_check_weights(ctx, "weights", n, weights));
    DI_TRY(di_check_pointer(ctx, "lambda", lambda));
    DI_TRY(di_check_pointer(ctx, "h", h));
    if (select->scaling == DISTEST_KDE_COV || select->shape == DISTEST_KDE_FULL)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "scaling",
                       "`scaling` must be none, iso or sd with categorical columns."));
    c.width = distest_kde_mixed_width(columns, type, levels);
    for (size_t k = 0; k < columns; k++) c.numeric += type[k] == DISTEST_KDE_NUMERIC;
    DI_TRY(DI_NEW(ctx, &pool, &c.lambda, columns, 1));
    DI_TRY(DI_NEW(ctx, &pool, &c.h, columns, 1));
    DI_TRY(DI_NEW(ctx, &pool, &c.sd, c.width, 1));
    DI_TRY(DI_NEW(ctx, &pool, &c.out, n, c.width));
    DI_TRY(DI_NEW(ctx, &pool, &c.factor, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &c.mean2, c.width, 1));
    DI_TRY(DI_NEW(ctx, &pool, &c.near, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &c.fixed, columns, 1));
    memcpy(c.lambda, lambda, columns * sizeof *lambda);
    for (size_t k = 0; k < columns; k++) c.fixed[k] = !isnan(lambda[k]);
    DI_TRY(start_values(&c));
    DI_TRY(check_lambda(ctx, columns, type, levels, c.lambda));
    di_blas_serial_enter();
    for (out.iterations = 1; out.iterations <= select->maxit; out.iterations++) {
        status = one_step(&c, &L);
        if (status != DISTEST_SUCCESS) break;
        if (L - before <= select->reltol * fabs(L)) {
            out.converged = 1;
            break;
        }
        before = L;
        status = next_values(&c);
        if (status != DISTEST_SUCCESS) break;
    }
    di_blas_serial_leave();
    DI_TRY(status);
    out.objective = L;
    out.queries = select->points && select->points < n ? select->points : n;
    if (selected) *selected = out;
    memcpy(lambda, c.lambda, columns * sizeof *lambda);
    memcpy(h, c.h, columns * sizeof *h);
done:
    di_pool_free(&pool);
    return status;
}
