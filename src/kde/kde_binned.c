/* kde_binned.c - sums over all pairs in one dimension from counts on a fine grid: each
 * point is shared between the two cells around it, and what is left of the pairs is the
 * correlation of the counts at each distance, by Fourier transform. */
#include "kde.h"

#include <gsl/gsl_fft_halfcomplex.h>
#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <string.h>

enum { CELLS = 1 << 18 }; /* errors fall with the square of the width of a cell */

static int transform(distest_context *ctx, double *x, int back)
{
    di_gsl_enter();
    const int code = back ? gsl_fft_halfcomplex_radix2_inverse(x, 1, 2 * CELLS)
                          : gsl_fft_real_radix2_transform(x, 1, 2 * CELLS);
    di_gsl_leave();
    return di_gsl_status(ctx, code, "a Fourier transform");
}

int di_kde_bin(distest_context *ctx, di_pool *pool, const di_kde_plan *p,
               di_kde_bins *bins)
{
    double low = INFINITY, high = -INFINITY, *f, *g;
    int status;
    *bins = (di_kde_bins){.cells = CELLS};
    DI_TRY(DI_NEW(ctx, pool, &f, 2 * CELLS, 1));
    DI_TRY(DI_NEW(ctx, pool, &g, 2 * CELLS, 1));
    DI_TRY(DI_NEW(ctx, pool, &bins->work, CELLS, 1));
    DI_TRY(DI_NEW(ctx, pool, &bins->square, CELLS, 1));
    memset(f, 0, 2 * CELLS * sizeof *f);
    memset(g, 0, 2 * CELLS * sizeof *g);
    for (size_t i = 0; i < p->n; i++) {
        low = fmin(low, p->y[i]); /* d = 1: panels follow each other */
        high = fmax(high, p->y[i]);
    }
    bins->width = (high - low) / (CELLS - 2);
    for (size_t i = 0; i < p->n; i++) {
        const double at = (p->y[i] - low) / bins->width, w = p->w[i];
        const size_t cell = (size_t)at;
        const double part = at - (double)cell;
        f[cell] += w * (1 - part);
        f[cell + 1] += w * part;
        g[cell] += w / (1 - w) * (1 - part);
        g[cell + 1] += w / (1 - w) * part;
        bins->self2 += w * w / (1 - w);
    }
    DI_TRY(transform(ctx, f, 0));
    DI_TRY(transform(ctx, g, 0));
    /* f f* and f g*, in the order of GSL's half-complex numbers */
    const size_t N = 2 * CELLS;
    g[0] *= f[0];
    f[0] *= f[0];
    g[CELLS] *= f[CELLS];
    f[CELLS] *= f[CELLS];
    for (size_t k = 1; k < CELLS; k++) {
        const double a = f[k], b = f[N - k], c = g[k], d = g[N - k];
        f[k] = a * a + b * b;
        f[N - k] = 0;
        g[k] = a * c + b * d;
        g[N - k] = 0; /* the odd part: distances of either sign are added */
    }
    DI_TRY(transform(ctx, f, 1));
    DI_TRY(transform(ctx, g, 1));
    bins->both = f;
    bins->other = g;
done:
    return status;
}

double di_kde_bin_pairs(const di_kde_bins *bins, double g, const double c[4], int self)
{
    const double *A = self ? bins->both : bins->other, step = bins->width / g;
    const size_t n = (size_t)fmin((double)bins->cells, ceil(38 / step) + 1);
    double *e = bins->work, *r = bins->square, sum = 0;
    for (size_t k = 0; k < n; k++) {
        const double t = (double)k * step;
        r[k] = t * t;
        e[k] = -0.5 * r[k];
    }
    di_vexp(n, e, e);
    for (size_t k = n; k-- > 0;) {
        const double poly = ((c[3] * r[k] + c[2]) * r[k] + c[1]) * r[k] + c[0];
        sum += (k ? 2 : 1) * A[k] * poly * e[k];
    }
    return self ? sum : sum - bins->self2 * c[0];
}
