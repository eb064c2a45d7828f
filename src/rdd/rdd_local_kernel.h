/* rdd_local_kernel.h - the loops of rdd_local.c, once per instruction set (see isa.h).
 */

/* z = u / h, k = o c (1 - |z|^power) where that is positive; how many are */
static DI_TARGET size_t DI_NAME(weigh)(size_t m, int power, double c, const double *u,
                                       const double *o, double h, double *z, double *k)
{
    size_t count[8] = {0}, i = 0;
    if (power == 1) {
#pragma omp simd
        for (size_t r = 0; r < m; r++) {
            const double v = u[r] / h, t = 1 - fabs(v);
            z[r] = v;
            k[r] = DI_IF(t > 0, c * t * o[r], 0.0);
        }
    } else if (power == 2) {
#pragma omp simd
        for (size_t r = 0; r < m; r++) {
            const double v = u[r] / h, t = 1 - v * v;
            z[r] = v;
            k[r] = DI_IF(t > 0, c * t * o[r], 0.0);
        }
    } else {
#pragma omp simd
        for (size_t r = 0; r < m; r++) {
            const double v = u[r] / h;
            z[r] = v;
            k[r] = DI_IF(fabs(v) <= 1, c * o[r], 0.0);
        }
    }
    for (; i + 8 <= m; i += 8)
#pragma omp simd
        for (size_t l = 0; l < 8; l++) count[l] += k[i + l] > 0;
    for (; i < m; i++) count[0] += k[i] > 0;
    for (size_t l = 1; l < 8; l++) count[0] += count[l];
    return count[0];
}

/* r_j = (z^j - sum_{l<j} L_jl r_l) / L_jj, j = 0 ... t - 1; power: scratch of m */
static DI_TARGET void DI_NAME(rows)(size_t m, size_t t, const double *L,
                                    const double *z, double *power, double *r,
                                    size_t ld)
{
#pragma omp simd
    for (size_t i = 0; i < m; i++) power[i] = 1;
    for (size_t j = 0; j < t; j++) {
        const double d = 1 / L[j + j * t];
        double *rj = r + j * ld;
#pragma omp simd
        for (size_t i = 0; i < m; i++) rj[i] = power[i];
        for (size_t l = 0; l < j; l++) {
            const double a = -L[j + l * t], *rl = r + l * ld;
#pragma omp simd
            for (size_t i = 0; i < m; i++) rj[i] = DI_FMA(a, rl[i], rj[i]);
        }
#pragma omp simd
        for (size_t i = 0; i < m; i++) {
            rj[i] *= d;
            power[i] *= z[i];
        }
    }
}

/* z where k > 0, else 0 */
static DI_TARGET void DI_NAME(inside)(size_t m, const double *k, double *z)
{
#pragma omp simd
    for (size_t i = 0; i < m; i++) z[i] = DI_IF(k[i] > 0, z[i], 0.0);
}
