/* kde_pairs_kernel.h - the loop of kde_pairs.c over a panel, once per instruction set
 * (isa.h). */

/* sum_i w_i poly(rho) exp(-rho / 2) */
static DI_TARGET double DI_NAME(pair_sum)(const double *D, const double *w, double inv2,
                                          const double *c)
{
    double s[8] = {0};
    for (size_t i = 0; i < PANEL; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            const double r = D[i + l] * inv2;
            const double p = DI_FMA(DI_FMA(DI_FMA(c[3], r, c[2]), r, c[1]), r, c[0]);
            const double e = vec_exp(-0.5 * r);
            s[l] += DI_IF(e > 0, w[i + l] * p * e, 0.0);
        }
    }
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}
