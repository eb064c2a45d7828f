/* wls_spline.c - functions made cell by cell: B-splines, orthonormalised by the
 * Cholesky factor of their Gram matrix, and Legendre polynomials on cells. */
#include "wls.h"

#include <math.h>
#include <string.h>

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

/* Derivatives of the B-splines of degree p from `low`, what degree p - 1 has on the
 * span: p (low_i / .. - low_{i+1} / ..) */
static void differences(const distest_wls_basis *b, size_t p, size_t span,
                        const double *low, double *out)
{
    for (size_t i = 0; i <= p; i++) {
        const size_t g = span - p + i; /* global number */
        const double up = i > 0 ? low[i - 1] / (knot(b, g + p) - knot(b, g)) : 0;
        const double down = i < p ? low[i] / (knot(b, g + p + 1) - knot(b, g + 1)) : 0;
        out[i] = (double)p * (up - down);
    }
}

/* The degree + 1 B-splines that are not 0 on `cell` (Cox and de Boor), with first and
 * second derivatives unless NULL */
static void bsplines(const distest_wls_basis *b, size_t cell, double x, double *N,
                     double *dN, double *ddN)
{
    const size_t p = b->degree, span = cell + p;
    double left[WLS_MAX_SPLINE + 2], right[WLS_MAX_SPLINE + 2];
    double slope[WLS_MAX_SPLINE + 1] = {0};
    N[0] = 1;
    for (size_t j = 1; j <= p; j++) {
        left[j] = x - knot(b, span + 1 - j);
        right[j] = knot(b, span + j) - x;
        if (j + 1 == p && ddN) differences(b, j, span, N, slope);
        if (j == p && dN) differences(b, p, span, N, dN);
        double saved = 0;
        for (size_t r = 0; r < j; r++) {
            const double temp = N[r] / (right[r + 1] + left[j - r]);
            N[r] = saved + right[r + 1] * temp;
            saved = left[j - r] * temp;
        }
        N[j] = saved;
    }
    if (p == 0 && dN) dN[0] = 0;
    if (ddN) differences(b, p, span, slope, ddN);
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
    bsplines(b, c, x, B, NULL, NULL);
    for (size_t i = c; i <= index; i++) {
        double s = i <= c + p ? B[i - c] : 0;
        const size_t from = i > p + c ? i - p : c;
        for (size_t l = from; l < i; l++) s -= b->L[i + l * n] * z[l % (p + 1)];
        z[i % (p + 1)] = s / b->L[i + i * n];
    }
    return z[index % (p + 1)];
}

int di_wls_make_spline(distest_context *ctx, distest_wls_basis *b, double *z)
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
                bsplines(b, c, b->x[c] + h * (1 + b->gx[g]) / 2, B, NULL, NULL);
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

void di_wls_piecewise_point(const distest_wls_basis *b, double x, size_t cols,
                            size_t ldv, double *value, double *deriv, double *curve)
{
    const size_t c = cell_of(b, x), size = b->degree + 1;
    const double fill = c == (size_t)-1 ? NAN : 0;
    for (size_t j = 0; j < cols; j++) {
        value[j * ldv] = fill;
        if (deriv) deriv[j * ldv] = fill;
        if (curve) curve[j * ldv] = fill;
    }
    if (c == (size_t)-1) return;
    const double h = b->x[c + 1] - b->x[c], t = (2 * x - b->x[c] - b->x[c + 1]) / h;
    const double scale = sqrt((b->high - b->low) / h);
    double pm = 0, p = 1, dm = 0, dp = 0, cm = 0, cp = 0;
    for (size_t k = 0; k < size && c * size + k < cols; k++) {
        if (k > 0) {
            const double next = ((t - b->a[k - 1]) * p - b->b[k - 1] * pm) / b->b[k];
            const double dnext =
                ((t - b->a[k - 1]) * dp + p - b->b[k - 1] * dm) / b->b[k];
            const double cnext =
                ((t - b->a[k - 1]) * cp + 2 * dp - b->b[k - 1] * cm) / b->b[k];
            pm = p, p = next, dm = dp, dp = dnext, cm = cp, cp = cnext;
        }
        value[(c * size + k) * ldv] = scale * p;
        if (deriv) deriv[(c * size + k) * ldv] = scale * dp * 2 / h;
        if (curve) curve[(c * size + k) * ldv] = scale * cp * 4 / (h * h);
    }
}

void di_wls_spline_point(const distest_wls_basis *b, double x, size_t cols, size_t ldv,
                         double *value, double *deriv, double *curve)
{
    const size_t c = cell_of(b, x), p = b->degree, n = b->size;
    double B[3][WLS_MAX_SPLINE + 1], *to[3] = {value, deriv, curve};
    for (int which = 0; which < 3; which++) {
        double *out = to[which];
        if (!out) continue;
        if (c == (size_t)-1) {
            for (size_t j = 0; j < cols; j++) out[j * ldv] = NAN;
            continue;
        }
        bsplines(b, c, x, B[0], B[1], curve ? B[2] : NULL);
        for (size_t i = 0; i < cols; i++) { /* L^-1 B in place, as in spline_solve */
            double s = i >= c && i <= c + p ? B[which][i - c] : 0;
            const size_t from = i > p + c ? i - p : c;
            for (size_t l = from; l < i; l++) s -= b->L[i + l * n] * out[l * ldv];
            out[i * ldv] = s / b->L[i + i * n];
        }
    }
}
