/* kde_tree_kernel.h - one leaf of kde_tree.c against one query, once per instruction
 * set (isa.h). y: LEAF x d; all loops over LEAF points. */

/* D_i, then a_i = log w_i - D_i inv^2 / 2; returns the largest */
static DI_TARGET double DI_NAME(leaf_terms)(size_t d, const double *y, const double *z,
                                            const double *logw, double inv, double *a)
{
    double s[LEAF] = {0};
    for (size_t k = 0; k < d; k++) {
        const double *c = y + k * LEAF, q = z[k];
#pragma omp simd
        for (size_t i = 0; i < LEAF; i++) {
            const double t = (c[i] - q) * inv;
            s[i] = DI_FMA(t, t, s[i]);
        }
    }
    double m[8];
    for (size_t l = 0; l < 8; l++) m[l] = -INFINITY;
    for (size_t i = 0; i < LEAF; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            a[i + l] = DI_FMA(-0.5, s[i + l], logw[i + l]);
            m[l] = DI_IF(a[i + l] > m[l], a[i + l], m[l]);
        }
    }
    for (size_t l = 1; l < 8; l++) m[0] = m[l] > m[0] ? m[l] : m[0];
    return m[0];
}

static DI_TARGET double DI_NAME(leaf_sum)(const double *a, double M)
{
    double s[8] = {0};
    for (size_t i = 0; i < LEAF; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) s[l] += vec_exp(a[i + l] - M);
    }
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}
