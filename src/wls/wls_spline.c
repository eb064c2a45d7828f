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

void di_wls_piecewise_point(const distest_wls_basis *b, double x, size_t cols,
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

void di_wls_spline_point(const distest_wls_basis *b, double x, size_t cols, size_t ldv,
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
