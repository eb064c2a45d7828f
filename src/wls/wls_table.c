/* wls_table.c - values and derivatives of univariate families, Gauss rules.
 *
 * Polynomials by their recurrence, derivatives by differentiating it. In far tails the
 * recurrence runs with a power of two beside it: degrees of some thousands neither
 * overflow nor lose digits. */
#include "wls.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

double di_wls_logw(const distest_wls_basis *b, double t)
{
    switch (b->family) {
    case ROW_HERMITE:
        return b->lognorm - 0.5 * t * t;
    case ROW_LAGUERRE:
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
            di_wls_piecewise_point(b, x[i], cols, ldv, value + i,
                                   deriv ? deriv + i : NULL, NULL);
        break;
    case WLS_BSPLINE:
        for (size_t i = 0; i < n; i++)
            di_wls_spline_point(b, x[i], cols, ldv, value + i, deriv ? deriv + i : NULL,
                                NULL);
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
    int status = b->family == ROW_HERMITE ? di_gauss_hermite(ctx, n, x, w)
                 : b->family == ROW_LAGUERRE
                     ? di_gauss_laguerre(ctx, n, b->ja, x, w)
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
