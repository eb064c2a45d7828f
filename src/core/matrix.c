/* matrix.c - column moments and distances between rows. */
#include "linalg.h"

/* Two passes: the mean of what the first mean leaves, so that data far from the origin
 * keep their digits. */
void di_column_means(size_t n, size_t d, const double *X, size_t ldx, const double *w,
                     double *mean)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) total += w ? w[i] : 1;
    for (size_t k = 0; k < d; k++) {
        const double *x = X + k * ldx;
        double s = 0, r = 0;
        for (size_t i = 0; i < n; i++) s += w ? w[i] * x[i] : x[i];
        const double m = s / total;
        for (size_t i = 0; i < n; i++) r += w ? w[i] * (x[i] - m) : x[i] - m;
        mean[k] = m + r / total;
    }
}

void di_centre(size_t n, size_t d, const double *X, size_t ldx, const double *centre,
               double *out, size_t ldo)
{
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < n; i++) out[i + k * ldo] = X[i + k * ldx] - centre[k];
}

void di_row_sqnorms(size_t n, size_t d, const double *X, size_t ldx, double *s)
{
    for (size_t i = 0; i < n; i++) s[i] = 0;
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < n; i++) s[i] += X[i + k * ldx] * X[i + k * ldx];
}

/* |x - y|^2 = |x|^2 + |y|^2 - 2 x'y */
void di_sqdist(size_t m, size_t n, size_t d, const double *X, size_t ldx,
               const double *xx, const double *Y, size_t ldy, const double *yy,
               double *D, size_t ldd)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < m; i++) D[i + j * ldd] = xx[i] + yy[j];
    di_gemm('N', 'T', m, n, d, -2, X, ldx, Y, ldy, 1, D, ldd);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < m; i++)
            D[i + j * ldd] = D[i + j * ldd] > 0 ? D[i + j * ldd] : 0;
}
