/* rdd_local.c - local polynomials at the cutoff, and the weights made of them.
 *
 * In the scaled variable z = u / h throughout: powers of u overflow or lose digits. The
 * moments S_m = sum k z^m, m = 0 ... 2 order + 1, are all that G_ab = S_{a+b} needs. G
 * is the matrix of one Cholesky factor L; fits are in the rows r = L^-1 R(z), which are
 * orthonormal, so that nothing is lost by solving afterwards. */
#include "rdd_local.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "../rdd/rdd_local_kernel.h"
#include "isa.h"

enum { CHUNK = 256, MOMENTS = 2 * RDD_TERMS };

static const double LEAST_RCOND = 1e-12;

/* k = o K(z), z = u / h, for m units; how many k are positive */
static size_t kernel_rows(const di_rdd_kernel *kernel, size_t m, const double *u,
                          const double *o, double h, double *z, double *k)
{
    return DI_PICK(weigh)(m, kernel->power, kernel->c, u, o, h, z, k);
}

/* S_0 ... S_{moments-1}, and the number of units with k > 0 */
static size_t sum_moments(const di_rdd_kernel *kernel, size_t n, const double *u,
                          const double *o, double h, size_t moments, double *S)
{
    double z[CHUNK], k[CHUNK];
    size_t positive = 0;
    memset(S, 0, moments * sizeof *S);
    for (size_t i0 = 0; i0 < n; i0 += CHUNK) {
        const size_t m = n - i0 < CHUNK ? n - i0 : CHUNK;
        const size_t here = kernel_rows(kernel, m, u + i0, o + i0, h, z, k);
        if (here == 0) continue;
        positive += here;
        for (size_t j = 0; j < moments; j++) {
            S[j] += di_sum(m, k);
            for (size_t i = 0; i < m; i++) k[i] *= z[i];
        }
    }
    return positive;
}

/* Distinct u with k > 0, counted up to `most`. */
static size_t count_distinct(const di_rdd_kernel *kernel, size_t n, const double *u,
                             double h, size_t most)
{
    double seen[RDD_TERMS + 1];
    size_t count = 0;
    for (size_t i = 0; i < n && count < most; i++) {
        size_t j = 0;
        if (!di_rdd_kernel_reaches(kernel, u[i] / h)) continue;
        while (j < count && seen[j] != u[i]) j++;
        if (j == count) seen[count++] = u[i];
    }
    return count;
}

static int too_few(distest_context *ctx, int side, size_t distinct, int order, double h,
                   const char *argument)
{
    const char *const name = side == RDD_MINUS ? "left" : "right";
    return di_fail(ctx, DISTEST_ESING, argument,
                   "On the %s of the cutoff %zu distinct value%s of x %s within `%s` = "
                   "%g, but a fit of order %d needs %d: increase `%s` or lower `%s`.",
                   name, distinct, distinct == 1 ? "" : "s",
                   distinct == 1 ? "lies" : "lie", argument, h, order, order + 1,
                   argument, argument[0] == 'b' ? "q" : "p");
}

/* 1 / (|G|_1 |G^-1|_1), from the factor */
static double reciprocal_condition(size_t t, const double *S, const double *L)
{
    double inverse[RDD_TERMS * RDD_TERMS], norm = 0, inverse_norm = 0;
    memcpy(inverse, L, t * t * sizeof *L);
    if (di_cholesky_inverse('L', t, inverse, t) != DISTEST_SUCCESS) return 0;
    for (size_t b = 0; b < t; b++) {
        double column = 0, inverse_column = 0;
        for (size_t a = 0; a < t; a++) {
            column += fabs(S[a + b]);
            inverse_column += fabs(inverse[a + b * t]);
        }
        if (column > norm) norm = column;
        if (inverse_column > inverse_norm) inverse_norm = inverse_column;
    }
    return 1 / (norm * inverse_norm);
}

int di_rdd_local_build(distest_context *ctx, const di_rdd_kernel *kernel, int side,
                       size_t n, const double *u, const double *o, int order, double h,
                       const char *argument, di_rdd_local *f)
{
    const size_t t = (size_t)order + 1;
    double S[MOMENTS];
    f->n = sum_moments(kernel, n, u, o, h, 2 * t, S);
    return di_rdd_local_factor(ctx, side, order, h, argument, S,
                               count_distinct(kernel, n, u, h, t), f);
}

int di_rdd_local_factor(distest_context *ctx, int side, int order, double h,
                        const char *argument, const double *S, size_t distinct,
                        di_rdd_local *f)
{
    const size_t t = (size_t)order + 1;
    f->order = order;
    f->h = h;
    if (distinct < t) return too_few(ctx, side, distinct, order, h, argument);
    for (size_t b = 0; b < t; b++) {
        f->next[b] = S[b + t];
        for (size_t a = 0; a < t; a++) f->L[a + b * t] = S[a + b];
    }
    const int factored = di_cholesky('L', t, f->L, t, NULL);
    const double rcond =
        factored == DISTEST_SUCCESS ? reciprocal_condition(t, S, f->L) : 0;
    if (!(rcond >= LEAST_RCOND))
        return di_fail(ctx, DISTEST_ESING, argument,
                       "The fit of order %d on the %s of the cutoff within `%s` = %g "
                       "has reciprocal condition %.2g: increase `%s` or lower `%s`.",
                       order, side == RDD_MINUS ? "left" : "right", argument, h, rcond,
                       argument, argument[0] == 'b' ? "q" : "p");
    return DISTEST_SUCCESS;
}

void di_rdd_local_pick(const di_rdd_local *f, int coef, double *pick)
{
    const size_t t = (size_t)f->order + 1;
    memset(pick, 0, t * sizeof *pick);
    pick[coef] = 1;
    di_trsv('L', 'N', 'N', t, f->L, t, pick);
}

double di_rdd_local_solve(const di_rdd_local *f, int coef, const double *v)
{
    const size_t t = (size_t)f->order + 1;
    double x[RDD_TERMS];
    memcpy(x, v, t * sizeof *x);
    di_trsv('L', 'N', 'N', t, f->L, t, x);
    di_trsv('L', 'T', 'N', t, f->L, t, x);
    return x[coef];
}

void di_rdd_local_rows(const di_rdd_local *f, const di_rdd_kernel *kernel, size_t m,
                       const double *u, const double *o, int outside, double *k,
                       double *r, size_t ld)
{
    const size_t t = (size_t)f->order + 1;
    double z[CHUNK], power[CHUNK];
    for (size_t i0 = 0; i0 < m; i0 += CHUNK) {
        const size_t rows = m - i0 < CHUNK ? m - i0 : CHUNK;
        (void)kernel_rows(kernel, rows, u + i0, o + i0, f->h, z, k + i0);
        if (!outside) DI_PICK(inside)(rows, k + i0, z);
        DI_PICK(rows)(rows, t, f->L, z, power, r + i0, ld);
    }
}
