/* wls_prune.c - greedy removal of points (Haberstich, Nouy and Perrin).
 *
 * With T = A'A = Q diag(lam) Q' and z = Q'a_i, removing row i leaves the eigenvalues of
 * diag(lam) - z z', the roots of sum_k z_k^2 / (lam_k - x) = 1: the smallest lies below
 * lam_1, the largest between the two largest. O(m) per candidate and iteration. */
#include "wls.h"

#include <math.h>
#include <string.h>

typedef struct {
    size_t m, left;
    int gram;
    const double *lam, *Z; /* Z: m x left, a column per candidate */
    double *value;
} job;

/* The root of g(x) = sum z_k^2/(lam_k - x) = 1 next below pole p, in (low, lam_p): g
 * rises to Inf there. The other poles' part is replaced by its tangent. */
static double root_below(const job *j, const double *z, size_t p, double low)
{
    const double pole = j->lam[p], zp = z[p] * z[p];
    double lo = low, hi = pole, x;
    if (!(hi > lo)) return lo;
    x = pole - zp > lo && pole - zp < hi ? pole - zp : lo + (hi - lo) / 2;
    if (x >= hi) x = lo + (hi - lo) / 2;
    for (int it = 0; it < 200; it++) {
        double r = 0, dr = 0;
        for (size_t k = 0; k < j->m; k++) {
            if (k == p) continue;
            const double t = z[k] / (j->lam[k] - x);
            r += t * z[k], dr += t * t;
        }
        const double gap = zp / (pole - x) + r - 1;
        if (gap > 0)
            hi = x;
        else
            lo = x;
        /* zp / (pole - y) = 1 - r - dr (y - x), with s = pole - y */
        const double c = 1 - r - dr * (pole - x); /* 1 - r - dr (pole - x) + dr s */
        const double root = sqrt(c * c + 4 * dr * zp);
        double s =
            dr > 0 ? (c >= 0 ? 2 * zp / (c + root) : (root - c) / (2 * dr)) : zp / c;
        double next = pole - s;
        if (!(next > lo && next < hi)) next = lo + (hi - lo) / 2;
        if (fabs(next - x) <= 4e-16 * fabs(pole) || hi - lo <= 4e-16 * fabs(pole))
            return next;
        x = next;
    }
    return x;
}

static int candidate(size_t block, int thread, void *data)
{
    job *j = data;
    const size_t i1 = (block + 1) * 64 < j->left ? (block + 1) * 64 : j->left;
    const double l = (double)(j->left - 1);
    (void)thread;
    for (size_t i = block * 64; i < i1; i++) {
        const double *z = j->Z + i * j->m;
        const double low = root_below(j, z, 0, 0) / l;
        double value = 1 - low;
        if (j->gram) {
            const double top =
                (j->m == 1 ? low * l : root_below(j, z, j->m - 1, j->lam[j->m - 2])) /
                l;
            if (top - 1 > value) value = top - 1;
        }
        j->value[i] = value;
    }
    return DISTEST_SUCCESS;
}

typedef struct {
    size_t m, left;
    double *B, *T, *work, *V, *lam, *Z, *value; /* B: m x n, columns the rows of A */
    size_t *id;
    job j;
} state;

/* criteria of all candidates */
static int look_ahead(state *s, size_t step, distest_context *ctx)
{
    const size_t m = s->m;
    int status = DISTEST_SUCCESS;
    if (step % 32 == 0) { /* afresh */
        di_syrk('L', 'N', m, s->left, 1, s->B, m, 0, s->T, m);
        di_symmetrize('L', m, s->T, m);
    }
    memcpy(s->work, s->T, m * m * sizeof(double));
    DI_TRY(di_eigen_sym(ctx, m, s->work, m, s->lam, s->V, m));
    di_gemm('T', 'N', m, s->left, m, 1, s->V, m, s->B, m, 0, s->Z, m);
    s->j.left = s->left;
    const size_t blocks = (s->left + 63) / 64;
    if (s->left * m > 50000)
        DI_TRY(di_for_blocks(ctx, "pruning", 0, 1, blocks, candidate, &s->j));
    else { /* less work than it is to wake the threads */
        DI_TRY(di_progress(ctx, 0, "pruning"));
        for (size_t b = 0; b < blocks; b++) (void)candidate(b, 0, &s->j);
    }
done:
    return status;
}

/* takes candidate `at` out of T, B and the list */
static void take_out(state *s, size_t at)
{
    const size_t m = s->m;
    const double *b = s->B + at * m;
    for (size_t c = 0; c < m; c++)
        for (size_t r = 0; r < m; r++) s->T[r + c * m] -= b[r] * b[c];
    memmove(s->B + at * m, s->B + (at + 1) * m,
            (s->left - at - 1) * m * sizeof(double));
    memmove(s->id + at, s->id + at + 1, (s->left - at - 1) * sizeof(size_t));
    s->left--;
}

int distest_wls_prune(size_t n, size_t m, const double *A, const char *criterion,
                      double delta, size_t n_min, size_t *kept, size_t *order,
                      double *value, distest_context *ctx)
{
    static const char *const CRITERIA[] = {"gram", "lambda_min"};
    state s = {.m = m, .left = n};
    size_t which = 0, step = 0, *removed = NULL;
    double *values = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    if (order != NULL) di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_choice(ctx, "criterion", criterion, 2, CRITERIA, &which));
    DI_TRY(di_check_shape(ctx, "sample", n, m));
    DI_TRY(di_check_finite(ctx, "sample", n * m, A));
    if (!(delta > 0))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "delta",
                       "`delta` must be positive, not %g.", delta));
    if (m == 0 || n_min < m || n_min > n)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "n_min",
                       "`n_min` must lie between %zu and %zu, not %zu.", m, n, n_min));
    DI_TRY(DI_NEW(ctx, &pool, &s.B, m, n));
    DI_TRY(DI_NEW(ctx, &pool, &s.T, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &s.work, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &s.V, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &s.lam, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &s.Z, m, n));
    DI_TRY(DI_NEW(ctx, &pool, &s.value, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &s.id, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &removed, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &values, n, 1));
    for (size_t i = 0; i < n; i++) {
        s.id[i] = i;
        for (size_t j = 0; j < m; j++) s.B[j + i * m] = A[i + j * n];
    }
    s.j = (job){m, n, which == 0, s.lam, s.Z, s.value};
    while (s.left > n_min) {
        DI_TRY(look_ahead(&s, step, ctx));
        size_t best = 0;
        for (size_t i = 1; i < s.left; i++)
            if (s.value[i] < s.value[best] - 1e-13) best = i;
        if (s.value[best] > delta) break;
        values[step] = s.value[best];
        removed[step++] = s.id[best];
        take_out(&s, best);
    }
    *kept = s.left;
    memcpy(order, s.id, s.left * sizeof(size_t));
    memcpy(order + s.left, removed, step * sizeof(size_t));
    if (value) memcpy(value, values, step * sizeof(double));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
