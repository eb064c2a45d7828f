/* rdd_neighbour_kernel.h - the loops of rdd_neighbour.c, once per instruction set (see
 * isa.h). */

/* v = scale times the entries `row` of x */
static DI_TARGET void DI_NAME(fetch)(size_t n, const double *x, const size_t *row,
                                     double scale, double *v)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) v[i] = x[row[i]] * scale;
}

/* e_i = factor_i sum over k columns of `at` of v[self_i] - v[at_i] */
static DI_TARGET void DI_NAME(differences)(size_t n, const double *v,
                                           const size_t *self, size_t k,
                                           const size_t *at, size_t ld,
                                           const double *factor, double *e)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) e[i] = 0;
    for (size_t l = 0; l < k; l++) {
        const size_t *a = at + l * ld;
#pragma omp simd
        for (size_t i = 0; i < n; i++) e[i] += v[self[i]] - v[a[i]];
    }
#pragma omp simd
    for (size_t i = 0; i < n; i++) e[i] *= factor[i];
}
