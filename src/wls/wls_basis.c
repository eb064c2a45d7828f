/* wls_basis.c - univariate orthonormal families, as a table.
 *
 * Polynomials by b_{k+1} p_{k+1} = (t - a_k) p_k - b_k p_{k-1} with positive b, so that
 * leading coefficients are positive; derivatives by differentiating it. In far tails
 * the recurrence runs with a power of two beside it: degrees of some thousands neither
 * overflow nor lose digits. */
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

enum { LEGENDRE, CHEBYSHEV, JACOBI, HERMITE, LAGUERRE, EMPIRICAL, FOURIER, HAAR };
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
        case HERMITE:
            if (i < n) a[i] = 0;
            b[i] = sqrt(k);
            break;
        case LAGUERRE:
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
    const double *ends = b->family == JACOBI ? p + 2 : p;
    const double log2 = M_LN2;
    switch (b->family) {
    case HERMITE:
        b->low = -INFINITY, b->high = INFINITY;
        b->shift = p[0], b->scale = 1 / p[1];
        b->lognorm = -0.5 * log(2 * M_PI);
        return;
    case LAGUERRE:
        b->low = 0, b->high = INFINITY;
        b->shift = 0, b->scale = p[1];
        b->ja = p[0] - 1;
        b->lognorm = -di_lgamma(p[0]);
        return;
    case FOURIER:
    case HAAR:
        b->low = p[0], b->high = p[1];
        b->shift = p[0], b->scale = 1 / (p[1] - p[0]);
        return;
    default:
        b->low = ends[0], b->high = ends[1];
        b->shift = 0.5 * ends[0] + 0.5 * ends[1], b->scale = 2 / (ends[1] - ends[0]);
        b->ja = b->family == JACOBI ? p[1] - 1 : FAMILY[b->family].ja;
        b->jb = b->family == JACOBI ? p[0] - 1 : FAMILY[b->family].jb;
        b->lognorm = di_lgamma(b->ja + b->jb + 2) - di_lgamma(b->ja + 1) -
                     di_lgamma(b->jb + 1) - (b->ja + b->jb + 1) * log2;
    }
}

/* Cell of x: breaks[c] <= x < breaks[c + 1], the last one closed; (size_t)-1 outside */
static size_t cell_of(const distest_wls_basis *b, double x)
{
    if (!(x >= b->low && x <= b->high)) return (size_t)-1;
    size_t lo = 0, hi = b->cells;
    while (hi - lo > 1) {
        const size_t mid = (lo + hi) / 2;
        if (b->x[mid] <= x)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static double knot(const distest_wls_basis *b, size_t i)
{
    return i <= b->degree              ? b->x[0]
           : i >= b->degree + b->cells ? b->x[b->cells]
                                       : b->x[i - b->degree];
}

/* The degree + 1 B-splines that are not 0 on `cell` (Cox and de Boor), with derivatives
 * unless NULL */
static void bsplines(const distest_wls_basis *b, size_t cell, double x, double *N,
                     double *dN)
{
    const size_t p = b->degree, span = cell + p;
    double left[WLS_MAX_SPLINE + 2], right[WLS_MAX_SPLINE + 2];
    N[0] = 1;
    for (size_t j = 1; j <= p; j++) {
        left[j] = x - knot(b, span + 1 - j);
        right[j] = knot(b, span + j) - x;
        if (j == p && dN) { /* N holds degree p - 1: N_i' = p (N_i/.. - N_{i+1}/..) */
            for (size_t i = 0; i <= p; i++) {
                const size_t g = span - p + i; /* global number */
                const double up = i > 0 ? N[i - 1] / (knot(b, g + p) - knot(b, g)) : 0;
                const double down =
                    i < p ? N[i] / (knot(b, g + p + 1) - knot(b, g + 1)) : 0;
                dN[i] = (double)p * (up - down);
            }
        }
        double saved = 0;
        for (size_t r = 0; r < j; r++) {
            const double temp = N[r] / (right[r + 1] + left[j - r]);
            N[r] = saved + right[r + 1] * temp;
            saved = left[j - r] * temp;
        }
        N[j] = saved;
    }
    if (p == 0 && dN) dN[0] = 0;
}

/* z = L^-1 B, B not 0 only at first ... first + degree */
static void spline_solve(const distest_wls_basis *b, size_t first, const double *B,
                         double *z)
{
    const size_t n = b->size, p = b->degree;
    for (size_t i = 0; i < first; i++) z[i] = 0;
    for (size_t i = first; i < n; i++) {
        double s = i <= first + p ? B[i - first] : 0;
        const size_t from = i > p + first ? i - p : first;
        for (size_t l = from; l < i; l++) s -= b->L[i + l * n] * z[l];
        z[i] = s / b->L[i + i * n];
    }
}

/* function `index` alone: spline_solve with the last degree + 1 entries kept */
double di_wls_spline_value(const distest_wls_basis *b, size_t index, double x)
{
    const size_t c = cell_of(b, x), p = b->degree, n = b->size;
    double B[WLS_MAX_SPLINE + 1], z[WLS_MAX_SPLINE + 1];
    if (c == (size_t)-1) return NAN;
    if (index < c) return 0;
    bsplines(b, c, x, B, NULL);
    for (size_t i = c; i <= index; i++) {
        double s = i <= c + p ? B[i - c] : 0;
        const size_t from = i > p + c ? i - p : c;
        for (size_t l = from; l < i; l++) s -= b->L[i + l * n] * z[l % (p + 1)];
        z[i % (p + 1)] = s / b->L[i + i * n];
    }
    return z[index % (p + 1)];
}

static int make_spline(distest_wls_basis *b, distest_context *ctx, double *z)
{
    const size_t n = b->size, p = b->degree;
    double B[WLS_MAX_SPLINE + 1];
    int status = DISTEST_SUCCESS;
    DI_TRY(di_gauss_legendre(ctx, p + 1, -1, 1, b->gx, b->gw));
    memset(b->L, 0, n * n * sizeof(double));
    for (int pass = 0; pass < 2; pass++) { /* Gram matrix; then cumulated squares */
        for (size_t c = 0; c < b->cells; c++) {
            const double h = b->x[c + 1] - b->x[c], P = h / (b->high - b->low);
            if (pass == 1)
                for (size_t i = 0; i < n; i++)
                    b->cum[c + 1 + i * (b->cells + 1)] = b->cum[c + i * (b->cells + 1)];
            for (size_t g = 0; g <= p; g++) {
                bsplines(b, c, b->x[c] + h * (1 + b->gx[g]) / 2, B, NULL);
                const double w = P * b->gw[g] / 2;
                if (pass == 0) {
                    for (size_t j = 0; j <= p; j++)
                        for (size_t i = j; i <= p; i++)
                            b->L[c + i + (c + j) * n] += w * B[i] * B[j];
                    continue;
                }
                spline_solve(b, c, B, z);
                for (size_t i = c; i < n; i++) {
                    b->cum[c + 1 + i * (b->cells + 1)] += w * z[i] * z[i];
                    b->e[i] += w * z[i];
                }
            }
        }
        if (pass == 0 && di_cholesky('L', n, b->L, n, NULL) != DISTEST_SUCCESS)
            return di_fail(
                ctx, DISTEST_EINVAL, "breaks",
                "the B-splines on these `breaks` are numerically dependent.");
    }
done:
    return status;
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
            DI_TRY(make_spline(b, ctx, v));
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

/* ---- values ------------------------------------------------------------------------
 */

double di_wls_logw(const distest_wls_basis *b, double t)
{
    switch (b->family) {
    case HERMITE:
        return b->lognorm - 0.5 * t * t;
    case LAGUERRE:
        return b->lognorm - t + (b->ja == 0 ? 0 : b->ja * log(t));
    default: {
        const double l = b->ja == 0 ? 0 : b->ja * log1p(-t);
        const double r = b->jb == 0 ? 0 : b->jb * log1p(t);
        return b->lognorm + l + r;
    }
    }
}

/* One point whose values leave the range of doubles: every p_k with its power of two,
 * then all on the largest. */
static int tail_values(const distest_wls_basis *b, double t, size_t cols, size_t ldv,
                       double *value)
{
    double pm = 0, p = 1;
    int e = 0, at = 0;
    value[0] = 1;
    for (size_t k = 1; k < cols; k++) {
        const double next = ((t - b->a[k - 1]) * p - b->b[k - 1] * pm) / b->b[k];
        pm = p, p = next;
        if (fabs(p) > 0x1p300) {
            p *= 0x1p-300, pm *= 0x1p-300, e += 300;
        }
        if (e > at) { /* values so far go down with the scale */
            for (size_t j = 0; j < k; j++)
                value[j * ldv] = ldexp(value[j * ldv], at - e);
            at = e;
        }
        value[k * ldv] = p;
    }
    return at;
}

static void polynomial_table(const distest_wls_basis *b, size_t n, const double *x,
                             size_t cols, size_t ldv, double *value, double *deriv,
                             int *exp2)
{
    double t[WLS_BLOCK];
    for (size_t i = 0; i < n; i++) {
        t[i] = (x[i] - b->shift) * b->scale;
        value[i] = 1;
        if (deriv) deriv[i] = 0;
    }
    for (size_t k = 1; k < cols; k++) {
        const double a = b->a[k - 1], c1 = 1 / b->b[k],
                     c2 = k > 1 ? b->b[k - 1] * c1 : 0;
        const double *p = value + (k - 1) * ldv, *pm = k > 1 ? p - ldv : p;
        double *next = value + k * ldv;
#pragma omp simd
        for (size_t i = 0; i < n; i++) next[i] = (t[i] - a) * c1 * p[i] - c2 * pm[i];
        if (!deriv) continue;
        const double *q = deriv + (k - 1) * ldv, *qm = k > 1 ? q - ldv : q;
        double *dnext = deriv + k * ldv;
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            dnext[i] = ((t[i] - a) * q[i] + p[i]) * c1 - c2 * qm[i];
    }
    if (deriv)
        for (size_t k = 0; k < cols; k++)
            for (size_t i = 0; i < n; i++) deriv[i + k * ldv] *= b->scale;
    if (!exp2) return;
    for (size_t i = 0; i < n; i++) {
        const double *end = value + i + (cols - 1) * ldv;
        const double before = cols > 1 ? end[-(ptrdiff_t)ldv] : 0;
        exp2[i] = 0;
        if (!(fabs(*end) < 0x1p300 && fabs(before) < 0x1p300))
            exp2[i] = tail_values(b, t[i], cols, ldv, value + i);
    }
}

static void fourier_table(const distest_wls_basis *b, size_t n, const double *x,
                          size_t cols, size_t ldv, double *value, double *deriv)
{
    double u[WLS_BLOCK], angle[WLS_BLOCK], c[WLS_BLOCK], s[WLS_BLOCK];
    for (size_t i = 0; i < n; i++) {
        u[i] = (x[i] - b->shift) * b->scale;
        value[i] = 1;
        if (deriv) deriv[i] = 0;
    }
    for (size_t j = 1; j < cols; j += 2) {
        const double k = (double)((j + 1) / 2), w = 2 * M_PI * k * b->scale;
        for (size_t i = 0; i < n; i++) angle[i] = 2 * (k * u[i] - rint(k * u[i]));
        di_vcospi(n, angle, c);
        di_vsinpi(n, angle, s);
        for (size_t i = 0; i < n; i++) value[i + j * ldv] = M_SQRT2 * c[i];
        if (j + 1 < cols)
            for (size_t i = 0; i < n; i++) value[i + (j + 1) * ldv] = M_SQRT2 * s[i];
        if (!deriv) continue;
        for (size_t i = 0; i < n; i++) deriv[i + j * ldv] = -w * M_SQRT2 * s[i];
        if (j + 1 < cols)
            for (size_t i = 0; i < n; i++)
                deriv[i + (j + 1) * ldv] = w * M_SQRT2 * c[i];
    }
}

static void haar_point(const distest_wls_basis *b, double x, size_t cols, size_t ldv,
                       double *value)
{
    const double u = (x - b->shift) * b->scale;
    const int inside = x >= b->low && x <= b->high;
    value[0] = inside ? 1 : NAN;
    for (size_t j = 1; j < cols; j++) value[j * ldv] = inside ? 0 : NAN;
    if (!inside) return;
    for (size_t first = 1; first < cols; first *= 2) { /* 2^l functions of level l */
        const double cells = (double)first;
        double i = floor(u * cells);
        if (i >= cells) i = cells - 1;
        const size_t j = first + (size_t)i;
        if (j < cols) value[j * ldv] = (u * cells - i < 0.5 ? 1 : -1) * sqrt(cells);
    }
}

static void piecewise_point(const distest_wls_basis *b, double x, size_t cols,
                            size_t ldv, double *value, double *deriv)
{
    const size_t c = cell_of(b, x), size = b->degree + 1;
    const double fill = c == (size_t)-1 ? NAN : 0;
    for (size_t j = 0; j < cols; j++) {
        value[j * ldv] = fill;
        if (deriv) deriv[j * ldv] = fill;
    }
    if (c == (size_t)-1) return;
    const double h = b->x[c + 1] - b->x[c], t = (2 * x - b->x[c] - b->x[c + 1]) / h;
    const double scale = sqrt((b->high - b->low) / h);
    double pm = 0, p = 1, dm = 0, dp = 0;
    for (size_t k = 0; k < size && c * size + k < cols; k++) {
        if (k > 0) {
            const double next = ((t - b->a[k - 1]) * p - b->b[k - 1] * pm) / b->b[k];
            const double dnext =
                ((t - b->a[k - 1]) * dp + p - b->b[k - 1] * dm) / b->b[k];
            pm = p, p = next, dm = dp, dp = dnext;
        }
        value[(c * size + k) * ldv] = scale * p;
        if (deriv) deriv[(c * size + k) * ldv] = scale * dp * 2 / h;
    }
}

static void spline_point(const distest_wls_basis *b, double x, size_t cols, size_t ldv,
                         double *value, double *deriv)
{
    const size_t c = cell_of(b, x), p = b->degree, n = b->size;
    double B[2][WLS_MAX_SPLINE + 1];
    for (int which = 0; which < (deriv ? 2 : 1); which++) {
        double *out = which ? deriv : value;
        if (c == (size_t)-1) {
            for (size_t j = 0; j < cols; j++) out[j * ldv] = NAN;
            continue;
        }
        bsplines(b, c, x, B[0], B[1]);
        for (size_t i = 0; i < cols; i++) { /* L^-1 B in place, as in spline_solve */
            double s = i >= c && i <= c + p ? B[which][i - c] : 0;
            const size_t from = i > p + c ? i - p : c;
            for (size_t l = from; l < i; l++) s -= b->L[i + l * n] * out[l * ldv];
            out[i * ldv] = s / b->L[i + i * n];
        }
    }
}

void di_wls_table(const distest_wls_basis *b, size_t n, const double *x, size_t cols,
                  size_t ldv, double *value, double *deriv, int *exp2)
{
    if (exp2) memset(exp2, 0, n * sizeof *exp2);
    switch (b->kind) {
    case WLS_POLYNOMIAL:
    case WLS_EMPIRICAL:
        polynomial_table(b, n, x, cols, ldv, value, deriv, exp2);
        break;
    case WLS_FOURIER:
        fourier_table(b, n, x, cols, ldv, value, deriv);
        break;
    case WLS_HAAR:
        for (size_t i = 0; i < n; i++) haar_point(b, x[i], cols, ldv, value + i);
        break;
    case WLS_PIECEWISE:
        for (size_t i = 0; i < n; i++)
            piecewise_point(b, x[i], cols, ldv, value + i, deriv ? deriv + i : NULL);
        break;
    case WLS_BSPLINE:
        for (size_t i = 0; i < n; i++)
            spline_point(b, x[i], cols, ldv, value + i, deriv ? deriv + i : NULL);
        break;
    }
}

typedef struct {
    const distest_wls_basis *b;
    size_t n;
    const double *x;
    double *value, *deriv;
} eval_job;

static int eval_block(size_t block, int thread, void *data)
{
    const eval_job *j = data;
    const size_t i0 = block * WLS_BLOCK;
    const size_t rows = j->n - i0 < WLS_BLOCK ? j->n - i0 : WLS_BLOCK;
    (void)thread;
    di_wls_table(j->b, rows, j->x + i0, j->b->size, j->n, j->value + i0,
                 j->deriv ? j->deriv + i0 : NULL, NULL);
    return DISTEST_SUCCESS;
}

int distest_wls_basis_eval(const distest_wls_basis *basis, size_t n, const double *x,
                           double *value, double *deriv, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "basis", basis));
    DI_TRY(di_check_finite(ctx, "x", n, x));
    if (deriv && basis->kind == WLS_HAAR)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "deriv",
                       "Haar functions have no derivative."));
    eval_job job = {basis, n, x, value, deriv};
    DI_TRY(di_for_blocks(ctx, "basis", 0, 1, (n + WLS_BLOCK - 1) / WLS_BLOCK,
                         eval_block, &job));
done:
    return status;
}

/* ---- Gauss rules
 * --------------------------------------------------------------------- */

size_t di_wls_gauss_size(const distest_wls_basis *b, size_t power)
{
    const size_t per = (power * b->degree) / 2 + 1;
    switch (b->kind) {
    case WLS_FOURIER:
        return power * b->degree + 1;
    case WLS_HAAR:
    case WLS_EMPIRICAL:
        return b->kind == WLS_HAAR ? b->size : b->cells;
    case WLS_PIECEWISE:
    case WLS_BSPLINE:
        return b->cells * per;
    default:
        return per;
    }
}

static int classical_gauss(distest_context *ctx, const distest_wls_basis *b, size_t n,
                           double *x, double *w)
{
    int status = b->family == HERMITE    ? di_gauss_hermite(ctx, n, x, w)
                 : b->family == LAGUERRE ? di_gauss_laguerre(ctx, n, b->ja, x, w)
                                         : di_gauss_jacobi(ctx, n, b->ja, b->jb, x, w);
    for (size_t i = 0; i < n && status == DISTEST_SUCCESS; i++)
        x[i] = x[i] / b->scale + b->shift;
    return status;
}

int di_wls_gauss(distest_context *ctx, const distest_wls_basis *b, size_t power,
                 double *x, double *w)
{
    const size_t n = di_wls_gauss_size(b, power), per = (power * b->degree) / 2 + 1;
    switch (b->kind) {
    case WLS_POLYNOMIAL:
        return classical_gauss(ctx, b, n, x, w);
    case WLS_EMPIRICAL:
        memcpy(x, b->x, n * sizeof(double));
        memcpy(w, b->prob, n * sizeof(double));
        return DISTEST_SUCCESS;
    case WLS_FOURIER:
    case WLS_HAAR:
        for (size_t i = 0; i < n; i++) {
            x[i] = b->low + (b->high - b->low) * ((double)i + 0.5) / (double)n;
            w[i] = 1 / (double)n;
        }
        return DISTEST_SUCCESS;
    default:
        for (size_t c = 0; c < b->cells; c++) {
            const int status = di_gauss_legendre(ctx, per, b->x[c], b->x[c + 1],
                                                 x + c * per, w + c * per);
            if (status != DISTEST_SUCCESS) return status;
            for (size_t g = 0; g < per; g++) w[c * per + g] /= b->high - b->low;
        }
        return DISTEST_SUCCESS;
    }
}
