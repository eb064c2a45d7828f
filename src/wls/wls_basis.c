/* wls_basis.c - univariate orthonormal families, as a table: making them.
 *
 * Polynomials by b_{k+1} p_{k+1} = (t - a_k) p_k - b_k p_{k-1} with positive b, so that
 * leading coefficients are positive. Values are in wls_table.c, splines in
 * wls_spline.c. */
#include "wls.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

typedef struct {
    const char *name;
    wls_kind kind;
    size_t npar; /* 0: breaks or nodes */
    const char *par_name[4];
    double par[4];
    double ja, jb; /* of the classical weight, where fixed */
} family;

static const family FAMILY[] = {
    {"legendre", WLS_POLYNOMIAL, 2, {"min", "max"}, {-1, 1}, 0, 0},
    {"chebyshev", WLS_POLYNOMIAL, 2, {"min", "max"}, {-1, 1}, -0.5, -0.5},
    {"jacobi",
     WLS_POLYNOMIAL,
     4,
     {"shape1", "shape2", "min", "max"},
     {1, 1, 0, 1},
     0,
     0},
    {"hermite", WLS_POLYNOMIAL, 2, {"mean", "sd"}, {0, 1}, 0, 0},
    {"laguerre", WLS_POLYNOMIAL, 2, {"shape", "rate"}, {1, 1}, 0, 0},
    {"empirical", WLS_EMPIRICAL, 0, {"nodes"}, {0}, 0, 0},
    {"fourier", WLS_FOURIER, 2, {"min", "max"}, {0, 1}, 0, 0},
    {"haar", WLS_HAAR, 2, {"min", "max"}, {0, 1}, 0, 0},
    {"piecewise", WLS_PIECEWISE, 0, {"breaks"}, {0, 1}, 0, 0},
    {"bspline", WLS_BSPLINE, 0, {"breaks"}, {0, 1}, 0, 0},
};
enum { FAMILIES = sizeof FAMILY / sizeof *FAMILY, MAX_DEGREE = 1000000 };

int di_wls_constant_first(const distest_wls_basis *b)
{
    return b->kind != WLS_PIECEWISE && b->kind != WLS_BSPLINE;
}

/* ---- making one -------------------------------------------------------------------
 */

/* a_0 ... a_{n-1} and b_1 ... b_n of the classical families */
static void recurrence(const distest_wls_basis *basis, size_t n, double *a, double *b)
{
    const double al = basis->ja, be = basis->jb, s = al + be;
    b[0] = 0;
    for (size_t i = 0; i <= n; i++) {
        const double k = (double)i;
        switch (basis->family) {
        case ROW_HERMITE:
            if (i < n) a[i] = 0;
            b[i] = sqrt(k);
            break;
        case ROW_LAGUERRE:
            if (i < n) a[i] = 2 * k + al + 1;
            b[i] = sqrt(k * (k + al));
            break;
        default: /* jacobi and its special cases, also on cells */
            if (i < n)
                a[i] = al == be ? 0
                       : i == 0 ? (be - al) / (s + 2)
                                : (be - al) * s / ((2 * k + s) * (2 * k + s + 2));
            if (i == 1)
                b[i] = sqrt(4 * (1 + al) * (1 + be) / ((2 + s) * (2 + s) * (3 + s)));
            else if (i > 1)
                b[i] = sqrt(
                    4 * k * (k + al) * (k + be) * (k + s) /
                    ((2 * k + s) * (2 * k + s) * (2 * k + s + 1) * (2 * k + s - 1)));
        }
    }
}

static int check_parameters(const family *f, size_t npar, const double *par, double *p,
                            distest_context *ctx)
{
    if (npar > f->npar)
        return di_fail(ctx, DISTEST_EINVAL, f->par_name[0],
                       "a %s basis has %zu parameters, not %zu.", f->name, f->npar,
                       npar);
    for (size_t k = 0; k < f->npar; k++) {
        p[k] = k < npar ? par[k] : f->par[k];
        if (!isfinite(p[k]))
            return di_fail(ctx, DISTEST_EINVAL, f->par_name[k],
                           "`%s` must be a finite number, not %g.", f->par_name[k],
                           p[k]);
        const int bounds = f->par_name[k][0] == 'm'; /* min, max, mean */
        if (!bounds && p[k] <= 0)
            return di_fail(ctx, DISTEST_EINVAL, f->par_name[k],
                           "`%s` must be a positive number, not %g.", f->par_name[k],
                           p[k]);
    }
    const size_t last = f->npar - 1;
    if (strcmp(f->par_name[last], "max") == 0 && p[last] <= p[last - 1])
        return di_fail(ctx, DISTEST_EINVAL, "max",
                       "`max` must be above `min`: %g is not above %g.", p[last],
                       p[last - 1]);
    return DISTEST_SUCCESS;
}

/* The measure of a family with parameters p: support, standard variable, density. */
static void set_measure(distest_wls_basis *b, const double *p)
{
    const double *ends = b->family == ROW_JACOBI ? p + 2 : p;
    const double log2 = M_LN2;
    switch (b->family) {
    case ROW_HERMITE:
        b->low = -INFINITY, b->high = INFINITY;
        b->shift = p[0], b->scale = 1 / p[1];
        b->lognorm = -0.5 * log(2 * M_PI);
        return;
    case ROW_LAGUERRE:
        b->low = 0, b->high = INFINITY;
        b->shift = 0, b->scale = p[1];
        b->ja = p[0] - 1;
        b->lognorm = -di_lgamma(p[0]);
        return;
    case ROW_FOURIER:
    case ROW_HAAR:
        b->low = p[0], b->high = p[1];
        b->shift = p[0], b->scale = 1 / (p[1] - p[0]);
        return;
    default:
        b->low = ends[0], b->high = ends[1];
        b->shift = 0.5 * ends[0] + 0.5 * ends[1], b->scale = 2 / (ends[1] - ends[0]);
        b->ja = b->family == ROW_JACOBI ? p[1] - 1 : FAMILY[b->family].ja;
        b->jb = b->family == ROW_JACOBI ? p[0] - 1 : FAMILY[b->family].jb;
        b->lognorm = di_lgamma(b->ja + b->jb + 2) - di_lgamma(b->ja + 1) -
                     di_lgamma(b->jb + 1) - (b->ja + b->jb + 1) * log2;
    }
}
/* Stieltjes' procedure with full reorthogonalisation: columns of Q are sqrt(prob) p_k
 * at the nodes (N x size). */
static int make_empirical(distest_wls_basis *b, double *Q, double *v,
                          distest_context *ctx)
{
    const size_t N = b->cells;
    for (size_t i = 0; i < N; i++) Q[i] = sqrt(b->prob[i]);
    for (size_t k = 0; k < b->size; k++) {
        const double *q = Q + k * N;
        double a = 0, r = 0;
        for (size_t i = 0; i < N; i++) {
            const double t = (b->x[i] - b->shift) * b->scale;
            a += t * q[i] * q[i];
            v[i] = t * q[i];
        }
        b->a[k] = a;
        for (int twice = 0; twice < 2; twice++)
            for (size_t j = 0; j <= k; j++) {
                const double dot = di_dot(N, Q + j * N, v);
                for (size_t i = 0; i < N; i++) v[i] -= dot * Q[i + j * N];
            }
        r = sqrt(di_dot(N, v, v));
        b->b[k + 1] = r;
        if (k + 1 == b->size) break;
        if (!(r > 1e-13))
            return di_fail(ctx, DISTEST_EINVAL, "degree",
                           "`degree` must be below the number of distinct nodes, "
                           "numerically %zu.",
                           k + 1);
        for (size_t i = 0; i < N; i++) Q[i + (k + 1) * N] = v[i] / r;
    }
    for (size_t k = 0; k < b->size; k++) {
        double s = 0;
        for (size_t i = 0; i < N; i++)
            b->cum[i + k * N] = s += Q[i + k * N] * Q[i + k * N];
        for (size_t i = 0; i < N; i++) b->cum[i + k * N] /= s;
    }
    return DISTEST_SUCCESS;
}

static int check_points_of(const family *f, size_t *npar, const double **par,
                           size_t *cells, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    if (f->kind == WLS_EMPIRICAL) {
        if (*npar == 0 || *npar % 2)
            return di_fail(ctx, DISTEST_EINVAL, "nodes",
                           "`nodes` needs as many probabilities as points.");
        *cells = *npar / 2;
        DI_TRY(di_check_finite(ctx, "nodes", *cells, *par));
        DI_TRY(di_check_weights(ctx, "prob", *cells, *par + *cells));
    } else {
        if (*npar == 0) *par = f->par, *npar = 2;
        if (*npar < 2)
            return di_fail(ctx, DISTEST_EINVAL, "breaks",
                           "`breaks` must hold at least two numbers.");
        DI_TRY(di_check_increasing(ctx, "breaks", *npar, *par));
        *cells = *npar - 1;
    }
done:
    return status;
}

/* sorted distinct nodes of positive probability */
static int set_nodes(distest_wls_basis *b, const double *par, distest_context *ctx)
{
    const size_t N = b->cells;
    size_t *order = NULL, used = 0;
    di_pool pool = {0};
    double total = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &order, N, 1));
    DI_TRY(di_order(ctx, N, par, order));
    for (size_t i = 0; i < N; i++) total += par[N + i];
    for (size_t i = 0; i < N; i++) {
        const double x = par[order[i]], p = par[N + order[i]] / total;
        if (p == 0) continue;
        if (used && b->x[used - 1] == x)
            b->prob[used - 1] += p;
        else {
            b->x[used] = x;
            b->prob[used++] = p;
        }
    }
    b->cells = used;
    b->low = b->x[0], b->high = b->x[used - 1];
    b->shift = 0.5 * b->low + 0.5 * b->high;
    b->scale = b->high > b->low ? 2 / (b->high - b->low) : 1;
    if (b->degree >= used)
        status = di_fail(ctx, DISTEST_EINVAL, "degree",
                         "`degree` must be below the number of distinct nodes: %zu is "
                         "not below %zu.",
                         b->degree, used);
done:
    di_pool_free(&pool);
    return status;
}

static size_t count_functions(wls_kind kind, size_t degree, size_t cells)
{
    switch (kind) {
    case WLS_FOURIER:
        return 2 * degree + 1;
    case WLS_HAAR:
        return (size_t)1 << degree;
    case WLS_PIECEWISE:
        return cells * (degree + 1);
    case WLS_BSPLINE:
        return cells + degree;
    default:
        return degree + 1;
    }
}

static int check_degree(const family *f, double degree, distest_context *ctx)
{
    const double most = f->kind == WLS_HAAR      ? 24
                        : f->kind == WLS_BSPLINE ? WLS_MAX_SPLINE
                                                 : MAX_DEGREE;
    if (!(degree >= 0) || degree != floor(degree))
        return di_fail(ctx, DISTEST_EINVAL, "degree",
                       "`degree` must be a whole number, 0 or more, not %g.", degree);
    if (degree > most)
        return di_fail(ctx, DISTEST_EINVAL, "degree",
                       "`degree` of a %s basis must be at most %g, not %g.", f->name,
                       most, degree);
    return DISTEST_SUCCESS;
}

int distest_wls_basis_alloc(const char *type, double degree, size_t npar,
                            const double *par, distest_wls_basis **basis,
                            distest_context *ctx)
{
    const char *names[FAMILIES];
    size_t which = 0, cells = 0;
    double p[4] = {0}, *Q = NULL, *v = NULL;
    distest_wls_basis *b = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "basis", basis));
    for (size_t i = 0; i < FAMILIES; i++) names[i] = FAMILY[i].name;
    DI_TRY(di_check_choice(ctx, "type", type, FAMILIES, names, &which));
    const family *f = &FAMILY[which];
    DI_TRY(check_degree(f, degree, ctx));
    if (npar) DI_TRY(di_check_pointer(ctx, "par", par));
    if (f->npar)
        DI_TRY(check_parameters(f, npar, par, p, ctx));
    else
        DI_TRY(check_points_of(f, &npar, &par, &cells, ctx));

    const size_t deg = (size_t)degree, size = count_functions(f->kind, deg, cells);
    const size_t wide = f->kind == WLS_EMPIRICAL || f->kind == WLS_BSPLINE;
    DI_TRY(di_check_shape(ctx, "degree", size, 1));
    const double want = 2.0 * (double)deg + 6 + 2 * (double)cells + (double)size +
                        (f->kind == WLS_BSPLINE ? (double)size * (double)size : 0) +
                        (wide ? (double)(cells + 1) * (double)size : 0) +
                        2 * (double)(deg + 1);
    if (want > 1e9)
        DI_TRY(di_fail(ctx, DISTEST_ENOMEM, "",
                       "a basis of %zu functions would take "
                       "%.3g GB.",
                       size, want * 8e-9));
    const size_t bytes = sizeof *b + (size_t)want * sizeof(double);
    DI_TRY(di_alloc(ctx, (void **)&b, bytes, 1));
    memset(b, 0, bytes);
    b->bytes = bytes, b->kind = f->kind, b->family = (int)which;
    b->degree = deg, b->size = size, b->cells = cells;
    b->a = b->store, b->b = b->a + deg + 1, b->x = b->b + deg + 2;
    b->prob = b->x + cells + 1, b->e = b->prob + cells, b->gx = b->e + size;
    b->gw = b->gx + deg + 1, b->cum = b->gw + deg + 1;
    b->L = b->cum + (wide ? (cells + 1) * size : 0);
    if (f->npar) {
        set_measure(b, p);
        if (b->kind == WLS_POLYNOMIAL) recurrence(b, deg + 1, b->a, b->b);
        b->e[0] = 1;
    } else if (f->kind == WLS_EMPIRICAL) {
        DI_TRY(set_nodes(b, par, ctx));
        DI_TRY(DI_NEW(ctx, &pool, &Q, b->cells, size));
        DI_TRY(DI_NEW(ctx, &pool, &v, b->cells, 1));
        DI_TRY(make_empirical(b, Q, v, ctx));
        b->e[0] = 1;
    } else {
        memcpy(b->x, par, (cells + 1) * sizeof(double));
        b->low = b->x[0], b->high = b->x[cells];
        b->lognorm = -M_LN2; /* of the uniform law on (-1, 1), for induced cells */
        if (f->kind == WLS_PIECEWISE) {
            recurrence(b, deg + 1, b->a, b->b);
            for (size_t c = 0; c < cells; c++)
                b->e[c * (deg + 1)] =
                    sqrt((b->x[c + 1] - b->x[c]) / (b->high - b->low));
        } else {
            DI_TRY(DI_NEW(ctx, &pool, &v, size, 1));
            DI_TRY(di_wls_make_spline(ctx, b, v));
        }
    }
    *basis = b;
    b = NULL;
done:
    di_free(b);
    di_pool_free(&pool);
    return status;
}

void distest_wls_basis_free(distest_wls_basis *basis)
{
    di_free(basis);
}

static double *moved(const distest_wls_basis *b, distest_wls_basis *c, const double *p)
{
    return c->store + (p - b->store);
}

int di_wls_basis_clone(distest_context *ctx, const distest_wls_basis *b,
                       distest_wls_basis **copy)
{
    distest_wls_basis *c = NULL;
    const int status = di_alloc(ctx, (void **)&c, b->bytes, 1);
    if (status != DISTEST_SUCCESS) return status;
    memcpy(c, b, b->bytes);
    c->a = moved(b, c, b->a), c->b = moved(b, c, b->b), c->x = moved(b, c, b->x);
    c->prob = moved(b, c, b->prob), c->e = moved(b, c, b->e), c->L = moved(b, c, b->L);
    c->gx = moved(b, c, b->gx), c->gw = moved(b, c, b->gw);
    c->cum = moved(b, c, b->cum);
    *copy = c;
    return DISTEST_SUCCESS;
}

size_t distest_wls_basis_size(const distest_wls_basis *basis)
{
    return basis->size;
}

size_t distest_wls_basis_level(const distest_wls_basis *basis, size_t index)
{
    size_t level = 0;
    switch (basis->kind) {
    case WLS_FOURIER:
        return (index + 1) / 2;
    case WLS_HAAR:
        while (index >> level) level++;
        return level;
    default:
        return index;
    }
}

void distest_wls_basis_support(const distest_wls_basis *basis, double *low,
                               double *high)
{
    *low = basis->low;
    *high = basis->high;
}
