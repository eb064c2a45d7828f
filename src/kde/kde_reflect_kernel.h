/* kde_reflect_kernel.h - the loops of kde_bounds.c, once per instruction set (isa.h):
 * a_i += log(images of y_i, relative to y_i) for the query x; s = 2 / h^2. */

static DI_TARGET void DI_NAME(one_image)(const double *y, double x, double bound,
                                         double s, double *a)
{
    const double X = x - bound;
#pragma omp simd
    for (size_t i = 0; i < PANEL; i++)
        a[i] += vec_log1p(
            vec_exp(DI_IF(X * (y[i] - bound) > 0, -s * X * (y[i] - bound), 0)));
}

static DI_TARGET void DI_NAME(many_images)(const double *y, double x, double low,
                                           double w, double s, int most, double *a)
{
    const double X = x - low;
    double sum[64];
    for (size_t i0 = 0; i0 < PANEL; i0 += 64) {
        for (size_t i = 0; i < 64; i++) sum[i] = 0;
        for (int k = -most; k <= most; k++) {
            const double kw = k * w;
#pragma omp simd
            for (size_t i = 0; i < 64; i++) {
                const double Y = y[i0 + i] - low;
                const double shifted = -s * kw * (kw - (X - Y));
                const double folded = -s * (X - kw) * (Y - kw);
                sum[i] += vec_exp(DI_IF(folded < 0, folded, 0));
                sum[i] += k ? vec_exp(DI_IF(shifted < 0, shifted, 0)) : 0;
            }
        }
#pragma omp simd
        for (size_t i = 0; i < 64; i++) a[i0 + i] += vec_log1p(sum[i]);
    }
}

/* the whole sum by its cosine series, less the term that is in a already */
static DI_TARGET void DI_NAME(dual_images)(const double *y, double x, double low,
                                           double w, double h, double *a)
{
    const double X = (x - low) / w, front = log(2.50662827463100050242 * h / w);
    double by[4];
    for (int j = 0; j < 4; j++) {
        const double q = (j + 1) * 3.14159265358979323846 * h / w;
        by[j] = 2 * exp(-0.5 * q * q) * cos((j + 1) * 3.14159265358979323846 * X);
    }
#pragma omp simd
    for (size_t i = 0; i < PANEL; i++) {
        const double Y = (y[i] - low) / w, t = (x - y[i]) / h;
        double sum = by[0] * vec_cospi(Y) + by[1] * vec_cospi(2 * Y);
        sum += by[2] * vec_cospi(3 * Y) + by[3] * vec_cospi(4 * Y);
        a[i] += front + vec_log1p(sum) + 0.5 * t * t;
    }
}
