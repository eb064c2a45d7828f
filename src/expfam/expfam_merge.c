/* expfam_merge.c - weighted means and products of rows, block by block. Each block is
 * summed about its own mean; blocks are put together in their order, so that neither
 * an offset of the data nor the number of threads costs digits. */
#include "expfam.h"

#include <string.h>

/* A block gives its weight, mean (p), what rounding took from the mean (p), and
 * products about it, lower triangle (p x p). */
size_t di_expfam_block_size(size_t p, int second)
{
    return 1 + 2 * p + (second ? p * p : 0);
}

/* sum of w_i x_i, or of x_i */
static double weighted(size_t m, const double *w, const double *x)
{
    return w ? di_dot(m, w, x) : di_sum(m, x);
}

void di_expfam_block_moments(size_t p, size_t m, double *X, size_t ld, const double *w,
                             int second, double *root, double *out)
{
    double *mean = out + 1, *rest = mean + p, *product = rest + p;
    memset(out, 0, di_expfam_block_size(p, second) * sizeof *out);
    const double total = w ? di_sum(m, w) : (double)m;
    if (!(total > 0)) return;
    out[0] = total;
    for (size_t i = 0; i < m; i++) root[i] = w ? sqrt(w[i]) : 1;
    for (size_t a = 0; a < p; a++) {
        double *x = X + a * ld;
        mean[a] = weighted(m, w, x) / total;
        for (size_t i = 0; i < m; i++) x[i] -= mean[a];
        rest[a] = weighted(m, w, x) / total;
        if (second)
            for (size_t i = 0; i < m; i++) x[i] = (x[i] - rest[a]) * root[i];
    }
    if (second && p > 4) {
        di_syrk('L', 'T', p, m, 1, X, ld, 0, product, p);
        return;
    }
    for (size_t b = 0; second && b < p; b++)
        for (size_t a = b; a < p; a++)
            product[a + b * p] = di_dot(m, X + a * ld, X + b * ld);
}

DISTEST_STATUS di_expfam_merged_open(distest_context *ctx, di_pool *pool, size_t p,
                                     int second, di_expfam_merged *r)
{
    int status = DISTEST_SUCCESS;
    *r = (di_expfam_merged){.p = p, .second = second};
    DI_TRY(DI_NEW(ctx, pool, &r->origin, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &r->by, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &r->d, p, 1));
    if (second) DI_TRY(DI_NEW(ctx, pool, &r->product, p, p));
done:
    return status;
}

/* Two sets of weights W and w, with means that differ by d, have together products
 * about the common mean of M + m + d d' W w / (W + w). Means are told from the first
 * one. */
void di_expfam_merge_block(di_expfam_merged *r, const double *out)
{
    const size_t p = r->p;
    const double w = out[0], *mean = out + 1, *rest = mean + p, *M = rest + p;
    if (!(w > 0)) return;
    if (r->weight == 0) { /* the first block */
        for (size_t a = 0; a < p; a++) r->origin[a] = mean[a], r->by[a] = 0;
        for (size_t k = 0; r->second && k < p * p; k++) r->product[k] = 0;
    }
    const double W = r->weight, all = W + w;
    for (size_t a = 0; a < p; a++) {
        r->d[a] = (mean[a] - r->origin[a]) + rest[a] - r->by[a];
        r->by[a] += r->d[a] * (w / all);
    }
    r->weight = all;
    for (size_t b = 0; r->second && b < p; b++)
        for (size_t a = b; a < p; a++)
            r->product[a + b * p] += M[a + b * p] + r->d[a] * r->d[b] * (W * (w / all));
}
