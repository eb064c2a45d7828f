/* rdd_residual_kernel.h - the loops of rdd_residual.c, once per instruction set (see
 * isa.h), in lanes of eight: n a multiple of 8, omega 0 past the units. */

/* v = scale times the entries `row` of x */
static DI_TARGET void DI_NAME(pick)(size_t n, const double *x, const size_t *row,
                                    double scale, double *v)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) v[i] = x[row[i]] * scale;
}

/* e = x - r beta, r n x k; psi = omega e */
static DI_TARGET void DI_NAME(residual)(size_t n, const double *x, size_t k,
                                        const double *r, size_t ld, const double *beta,
                                        const double *omega, double *e, double *psi)
{
    for (size_t i = 0; i < n; i += 8) {
        double t[8];
#pragma omp simd
        for (size_t l = 0; l < 8; l++) t[l] = x[i + l];
        for (size_t j = 0; j < k; j++) {
            const double b = beta[j], *rj = r + j * ld + i;
#pragma omp simd
            for (size_t l = 0; l < 8; l++) t[l] = DI_FMA(-b, rj[l], t[l]);
        }
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            e[i + l] = t[l];
            psi[i + l] = omega[i + l] * t[l];
        }
    }
}

/* sum of (w e)^2 */
static DI_TARGET double DI_NAME(squares)(size_t n, const double *w, const double *e)
{
    double s[8] = {0};
    for (size_t i = 0; i < n; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            const double t = w[i + l] * e[i + l];
            s[l] = DI_FMA(t, t, s[l]);
        }
    }
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}
