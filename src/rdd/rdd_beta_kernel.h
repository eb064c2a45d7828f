/* rdd_beta_kernel.h - the loops of rdd_beta.c, once per instruction set (see isa.h). A
 * column is walked through in lanes of eight, n a multiple of 8; what is past the units
 * is 0. Sums go to fixed lanes, so that every set adds in one order. */

/* v = scale x; most: lanes of max |x|; bad: of sums that are 0, or NaN when some x is
 * not finite */
static DI_TARGET void DI_NAME(load)(size_t n, const double *x, double scale, double *v,
                                    double *most, double *bad)
{
    for (size_t i = 0; i < n; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            const double t = x[i + l], a = fabs(t);
            v[i + l] = t * scale;
            most[l] = DI_IF(a > most[l], a, most[l]);
            bad[l] = DI_FMA(a, 0, bad[l]);
        }
    }
}

/* sums += W'v for four columns of W, then for one */
DI_VEC(void)
DI_NAME(dots4)(size_t n, const double *v, const double *W, size_t ld, double *sums)
{
    const double *w0 = W, *w1 = W + ld, *w2 = W + 2 * ld, *w3 = W + 3 * ld;
    double s0[8], s1[8], s2[8], s3[8];
#pragma omp simd
    for (size_t l = 0; l < 8; l++) {
        s0[l] = sums[l], s1[l] = sums[8 + l];
        s2[l] = sums[16 + l], s3[l] = sums[24 + l];
    }
    for (size_t i = 0; i < n; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            const double t = v[i + l];
            s0[l] = DI_FMA(w0[i + l], t, s0[l]);
            s1[l] = DI_FMA(w1[i + l], t, s1[l]);
            s2[l] = DI_FMA(w2[i + l], t, s2[l]);
            s3[l] = DI_FMA(w3[i + l], t, s3[l]);
        }
    }
#pragma omp simd
    for (size_t l = 0; l < 8; l++) {
        sums[l] = s0[l], sums[8 + l] = s1[l];
        sums[16 + l] = s2[l], sums[24 + l] = s3[l];
    }
}

DI_VEC(void)
DI_NAME(dots1)(size_t n, const double *v, const double *w, double *sums)
{
    double s[8];
#pragma omp simd
    for (size_t l = 0; l < 8; l++) s[l] = sums[l];
    for (size_t i = 0; i < n; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) s[l] = DI_FMA(w[i + l], v[i + l], s[l]);
    }
#pragma omp simd
    for (size_t l = 0; l < 8; l++) sums[l] = s[l];
}

/* sums (8 lanes by column) += W'v for k columns of W */
static DI_TARGET void DI_NAME(dots)(size_t n, const double *v, size_t k,
                                    const double *W, size_t ld, double *sums)
{
    size_t j = 0;
    for (; j + 4 <= k; j += 4) DI_NAME(dots4)(n, v, W + j * ld, ld, sums + 8 * j);
    for (; j < k; j++) DI_NAME(dots1)(n, v, W + j * ld, sums + 8 * j);
}
