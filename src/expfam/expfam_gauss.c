/* expfam_gauss.c - normal, lognormal, multivariate normal, Gaussian graphical models.
 *
 * Statistics are x_i, then x_i^2, then x_i x_j for the pairs of the model. Written in
 * z = x - mean each is g'z + z'Az + constant, and joint cumulants of such forms are
 * traces and quadratic forms in the covariance C. Pairs of a family are stored in
 * `ipar` after setup() as d, structure, pairs. */
#include "expfam_gauss.h"

static const double LOG2PI = 1.8378770664093454836;

size_t di_expfam_gauss_linear(const distest_expfam_family *f)
{
    return f->npar > 0 ? 0 : f->d; /* no known mean */
}

size_t di_expfam_gauss_structure(const distest_expfam_family *f)
{
    return f->row->variant == GRAPH ? (size_t)GRAPH : f->nipar ? f->ipar[1] : FULL;
}

/* quadratic statistic q (from 0) is the pair i <= j */
void di_expfam_gauss_pair(const distest_expfam_family *f, size_t q, size_t *i,
                          size_t *j)
{
    if (q < f->d) {
        *i = *j = q;
        return;
    }
    q -= f->d;
    if (di_expfam_gauss_structure(f) == GRAPH) {
        *i = f->ipar[1 + 2 * q];
        *j = f->ipar[2 + 2 * q];
        return;
    }
    for (*i = 0; q >= f->d - 1 - *i; (*i)++) q -= f->d - 1 - *i;
    *j = *i + 1 + q;
}

size_t di_expfam_gauss_quadratic(const distest_expfam_family *f)
{
    const size_t d = f->d;
    switch (di_expfam_gauss_structure(f)) {
    case DIAGONAL:
        return d;
    case SPHERICAL:
        return 1;
    case GRAPH:
        return d + (f->nipar - 1) / 2;
    default:
        return d * (d + 1) / 2;
    }
}

static int gauss_setup(distest_expfam_family *f, distest_context *ctx)
{
    if (f->nipar == 0) { /* normal, lognormal */
        if (f->npar > 0)
            return di_fail(ctx, DISTEST_EINVAL, "par",
                           "A known mean needs the dimension and the structure.");
        f->d = 1;
        f->p = f->usual = 2;
        return DISTEST_SUCCESS;
    }
    const size_t d = f->d = f->ipar[0];
    if (d < 1 || d > 200)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "The dimension must be from 1 to 200, not %zu.", d);
    if (f->row->variant == GRAPH) {
        if ((f->nipar - 1) % 2)
            return di_fail(ctx, DISTEST_EINVAL, "ipar", "Edges are pairs of numbers.");
        for (size_t e = 1; e + 1 < f->nipar; e += 2) {
            int again = 0;
            for (size_t k = 1; k < e; k += 2)
                again |= f->ipar[k] == f->ipar[e] && f->ipar[k + 1] == f->ipar[e + 1];
            if (f->ipar[e] >= f->ipar[e + 1] || f->ipar[e + 1] >= d || again)
                return di_fail(ctx, DISTEST_EINVAL, "ipar",
                               "Edge %zu joins %zu and %zu; edges are different pairs "
                               "i < j of the %zu variables.",
                               e / 2 + 1, f->ipar[e] + 1, f->ipar[e + 1] + 1, d);
        }
    } else if (f->nipar < 2 || f->ipar[1] > SPHERICAL) {
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "The structure must be 0, 1 or 2: full, diagonal, spherical.");
    }
    if (f->npar != 0 && f->npar != d)
        return di_fail(ctx, DISTEST_EINVAL, "par",
                       "The known mean must have %zu entries, not %zu.", d, f->npar);
    f->p = di_expfam_gauss_linear(f) + di_expfam_gauss_quadratic(f);
    f->usual = d + d * d; /* mean and covariance */
    return di_check_finite(ctx, "par", f->npar, f->par);
}

static int gauss_stats(const distest_expfam_family *f, const double *x, size_t ld,
                       double *xi, double *base)
{
    const size_t l = di_expfam_gauss_linear(f), q = di_expfam_gauss_quadratic(f);
    const int logarithm = f->nipar == 0 && f->row->variant == 1;
    *base = 0;
    if (f->nipar == 0) {
        if (logarithm && !(x[0] > 0)) return 0;
        xi[0] = logarithm ? log(x[0]) : x[0];
        xi[1] = xi[0] * xi[0];
        if (logarithm) *base = -xi[0];
        return 1;
    }
    for (size_t i = 0; i < l; i++) xi[i] = x[i * ld];
    for (size_t a = 0; a < q; a++) {
        size_t i, j;
        if (di_expfam_gauss_structure(f) == SPHERICAL) {
            xi[l] = 0;
            for (size_t k = 0; k < f->d; k++) {
                const double z = x[k * ld] - (l ? 0 : f->par[k]);
                xi[l] += z * z;
            }
            break;
        }
        di_expfam_gauss_pair(f, a, &i, &j);
        xi[l + a] =
            (x[i * ld] - (l ? 0 : f->par[i])) * (x[j * ld] - (l ? 0 : f->par[j]));
    }
    return 1;
}

/* columns at once, of the multivariate models with a product for each statistic */
static int gauss_rows(const distest_expfam_family *f, size_t n, const double *x,
                      size_t ld, double *xi, size_t ldxi, double *base)
{
    const size_t l = di_expfam_gauss_linear(f), q = di_expfam_gauss_quadratic(f);
    if (f->nipar == 0 || di_expfam_gauss_structure(f) == SPHERICAL)
        return 0; /* row by row */
    for (size_t i = 0; i < n; i++) base[i] = 0;
    for (size_t k = 0; k < l; k++)
        for (size_t i = 0; i < n; i++) xi[i + k * ldxi] = x[i + k * ld];
    for (size_t a = 0; a < q; a++) {
        size_t r, s;
        di_expfam_gauss_pair(f, a, &r, &s);
        const double mr = l ? 0 : f->par[r], ms = l ? 0 : f->par[s];
        const double *u = x + r * ld, *v = x + s * ld;
        double *to = xi + (l + a) * ldxi;
        for (size_t i = 0; i < n; i++) to[i] = (u[i] - mr) * (v[i] - ms);
    }
    return 1;
}

/* the inverse covariance O from theta */
static void concentration(const distest_expfam_family *f, const double *th, double *O)
{
    const size_t d = f->d, l = di_expfam_gauss_linear(f),
                 q = di_expfam_gauss_quadratic(f);
    for (size_t i = 0; i < d * d; i++) O[i] = 0;
    for (size_t a = 0; a < q; a++) {
        size_t i, j;
        if (di_expfam_gauss_structure(f) == SPHERICAL) {
            for (size_t k = 0; k < d; k++) O[k * (d + 1)] = -2 * th[l];
            break;
        }
        di_expfam_gauss_pair(f, a, &i, &j);
        O[i + j * d] = O[j + i * d] = i == j ? -2 * th[l + a] : -th[l + a];
    }
}

/* mean and covariance; NaN in mean[0] when O is not positive definite */
void di_expfam_gauss_moments(const distest_expfam_family *f, const double *th,
                             double *mean, double *C)
{
    const size_t d = f->d;
    concentration(f, th, C);
    if (di_cholesky('L', d, C, d, NULL) != DISTEST_SUCCESS) {
        mean[0] = NAN;
        return;
    }
    for (size_t i = 0; i < d; i++) mean[i] = f->npar > 0 ? f->par[i] : th[i];
    if (f->npar == 0) di_cholesky_solve('L', d, 1, C, d, mean, d);
    if (di_cholesky_inverse('L', d, C, d) != DISTEST_SUCCESS) mean[0] = NAN;
}

void di_expfam_gauss_forms(const distest_expfam_family *f, const double *mean,
                           double *g, double *A)
{
    const size_t d = f->d, l = di_expfam_gauss_linear(f),
                 q = di_expfam_gauss_quadratic(f);
    for (size_t i = 0; i < f->p * d; i++) g[i] = 0;
    for (size_t i = 0; i < f->p * d * d; i++) A[i] = 0;
    for (size_t i = 0; i < l; i++) g[i + i * d] = 1;
    for (size_t a = 0; a < q; a++) {
        double *M = A + (l + a) * d * d, *v = g + (l + a) * d;
        size_t i, j;
        if (di_expfam_gauss_structure(f) == SPHERICAL) {
            for (size_t k = 0; k < d; k++) M[k * (d + 1)] = 1;
        } else {
            di_expfam_gauss_pair(f, a, &i, &j);
            M[i + j * d] += 0.5;
            M[j + i * d] += 0.5;
        }
        if (l)
            for (size_t r = 0; r < d; r++)
                for (size_t c = 0; c < d; c++) v[r] += 2 * M[r + c * d] * mean[c];
    }
}

/* Psi and derivatives; d is at most 200, arrays come from the pool. NaN: no memory */
static double gauss_psi(const distest_expfam_family *f, const double *th, double *grad,
                        double *H)
{
    const size_t d = f->d, l = di_expfam_gauss_linear(f), p = f->p;
    di_pool pool = {NULL};
    double *C = NULL, *mean = NULL, value = NAN, logdet = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(NULL, &pool, &C, d, d));
    DI_TRY(DI_NEW(NULL, &pool, &mean, d, 1));
    concentration(f, th, C);
    DI_TRY(di_cholesky('L', d, C, d, NULL));
    logdet = di_cholesky_logdet(d, C, d);
    for (size_t i = 0; i < d; i++) mean[i] = l ? th[i] : 0;
    if (l) di_cholesky_solve('L', d, 1, C, d, mean, d);
    value =
        0.5 * (l ? di_dot(d, mean, th) : 0) - 0.5 * logdet + 0.5 * (double)d * LOG2PI;
    DI_TRY(di_cholesky_inverse('L', d, C, d));
    for (size_t a = 0; a < p && (grad || H); a++) {
        size_t i = a, j = a;
        const int sphere = a >= l && di_expfam_gauss_structure(f) == SPHERICAL;
        if (a >= l && !sphere) di_expfam_gauss_pair(f, a - l, &i, &j);
        if (grad) {
            if (a < l) grad[a] = mean[a];
            if (a >= l && !sphere) grad[a] = C[i + j * d] + mean[i] * mean[j];
            if (sphere) {
                grad[a] = 0;
                for (size_t k = 0; k < d; k++)
                    grad[a] += C[k * (d + 1)] + mean[k] * mean[k];
            }
        }
        for (size_t b = 0; H && b <= a; b++) {
            size_t r = b, s = b;
            double h;
            if (b >= l && !sphere) di_expfam_gauss_pair(f, b - l, &r, &s);
            if (sphere) { /* C is v I */
                h = b < l ? 2 * C[0] * mean[b] : 2 * (double)d * C[0] * C[0];
                for (size_t k = 0; b >= l && k < d; k++)
                    h += 4 * C[0] * mean[k] * mean[k];
            } else if (a < l) {
                h = C[a + b * d];
            } else if (b < l) {
                h = C[b + i * d] * mean[j] + C[b + j * d] * mean[i];
            } else {
                h = C[i + r * d] * C[j + s * d] + C[i + s * d] * C[j + r * d] +
                    mean[i] * (mean[r] * C[j + s * d] + mean[s] * C[j + r * d]) +
                    mean[j] * (mean[r] * C[i + s * d] + mean[s] * C[i + r * d]);
            }
            H[a + b * p] = H[b + a * p] = h;
        }
    }
done:
    di_pool_free(&pool);
    if (status == DISTEST_ENOMEM) return NAN;
    return status == DISTEST_SUCCESS && !isnan(value) ? value : INFINITY;
}

static void gauss_usual(const distest_expfam_family *f, const double *th, double *par)
{
    const size_t d = f->d;
    if (f->nipar == 0) {
        par[1] = -0.5 / th[1];
        par[0] = th[0] * par[1];
        if (f->row->variant == 1) par[1] = sqrt(par[1]);
        return;
    }
    di_expfam_gauss_moments(f, th, par, par + d);
}

static void gauss_draw(const distest_expfam_family *f, const double *th, di_stream *s,
                       double *x, size_t ld)
{
    const double v = -0.5 / th[1], y = th[0] * v + sqrt(v) * di_stream_normal(s);
    (void)ld;
    x[0] = f->row->variant == 1 ? exp(y) : y;
}

int di_expfam_gauss_sample(const distest_expfam_family *f, const double *theta,
                           size_t n, uint64_t key, double *x, distest_context *ctx)
{
    const size_t d = f->d;
    di_pool pool = {NULL};
    double *mean = NULL, *C = NULL, *z = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &C, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &mean, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &z, d, 1));
    di_expfam_gauss_moments(f, theta, mean, C);
    if (isnan(mean[0]) || di_cholesky('L', d, C, d, NULL) != DISTEST_SUCCESS)
        DI_TRY(di_fail(ctx, DISTEST_ESING, "theta", "The covariance is singular."));
    for (size_t i = 0; i < n; i++) {
        di_stream s = di_stream_open(key, i);
        if (i % 4096 == 0) DI_TRY(di_progress(ctx, (double)i / (double)n, "draws"));
        for (size_t k = 0; k < d; k++) z[k] = di_stream_normal(&s);
        for (size_t k = 0; k < d; k++) {
            double v = mean[k];
            for (size_t j = 0; j <= k; j++) v += C[k + j * d] * z[j];
            x[i + k * n] = v;
        }
    }
done:
    di_pool_free(&pool);
    return status;
}

const di_expfam_row di_expfam_gauss[] = {
#define GAUSS(label, n, m, kind, closed, data, first, one)                             \
    {                                                                                  \
        .name = label, .way = EXPFAM_GAUSS, .npar = n, .nipar = m,                     \
        .setup = gauss_setup, .stats = gauss_stats, .rows = gauss_rows,                \
        .psi = gauss_psi, .mle = closed, .mle_data = data, .start = first,             \
        .to_usual = gauss_usual, .from_usual = di_expfam_gauss_natural, .draw = one,   \
        .variant = kind                                                                \
    }
    GAUSS("normal", 0, 0, FULL, di_expfam_gauss_mle, di_expfam_gauss_data, NULL,
          gauss_draw),
    GAUSS("lognormal", 0, 0, DIAGONAL, di_expfam_gauss_mle, di_expfam_gauss_data, NULL,
          gauss_draw),
    GAUSS("mvnormal", SIZE_MAX, SIZE_MAX, FULL, di_expfam_gauss_mle,
          di_expfam_gauss_data, NULL, NULL),
    GAUSS("ggm", SIZE_MAX, SIZE_MAX, GRAPH, NULL, NULL, di_expfam_graph_start, NULL),
    {.name = NULL},
};
