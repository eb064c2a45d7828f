/* wls_space.c - spaces: tensor products over a set of multi-indices, and finite sets of
 * candidates; their features.
 *
 * A multi-index without its last factor is its parent: with the parent's column at
 * hand a feature is one product. Normalised features divide each univariate table by
 * its norm first, so that nothing over- or underflows where polynomials leave the range
 * of doubles; what still vanishes goes through logarithms. */
#include "wls.h"

#include <math.h>
#include <string.h>

/* ---- tensor spaces ------------------------------------------------------------------
 */

static int compare_rows(const int *a, const int *b, size_t d)
{
    for (size_t k = 0; k < d; k++)
        if (a[k] != b[k]) return a[k] < b[k] ? -1 : 1;
    return 0;
}

/* positions of the rows, sorted: heapsort, so that no library call with state is used
 */
static void sort_rows(const int *row, size_t d, size_t m, size_t *at)
{
    for (size_t i = 0; i < m; i++) at[i] = i;
    for (size_t start = m / 2 + 1, end = m; end > 1;) {
        if (start > 0)
            start--;
        else {
            const size_t t = at[--end];
            at[end] = at[0], at[0] = t;
            if (end == 1) break;
        }
        for (size_t r = start, c; (c = 2 * r + 1) < end; r = c) {
            if (c + 1 < end &&
                compare_rows(row + at[c] * d, row + at[c + 1] * d, d) < 0)
                c++;
            if (compare_rows(row + at[r] * d, row + at[c] * d, d) >= 0) break;
            const size_t t = at[r];
            at[r] = at[c], at[c] = t;
        }
    }
}

static ptrdiff_t find_row(const int *row, size_t d, size_t m, const size_t *at,
                          const int *key)
{
    size_t lo = 0, hi = m;
    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        const int c = compare_rows(row + at[mid] * d, key, d);
        if (c == 0) return (ptrdiff_t)at[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}

static int check_indices(size_t d, const distest_wls_basis *const *bases, size_t m,
                         const int *idx, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "indices", idx));
    if (m == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "indices", "`indices` has no rows."));
    for (size_t k = 0; k < d; k++)
        for (size_t j = 0; j < m; j++) {
            const int a = idx[j + k * m];
            if (a < 0 || (size_t)a >= bases[k]->size)
                DI_TRY(di_fail(ctx, DISTEST_EINVAL, "indices",
                               "`indices[%zu, %zu]` must lie between 0 and %zu, not "
                               "%d.",
                               j + 1, k + 1, bases[k]->size - 1, a));
        }
done:
    return status;
}

/* parents by search; a coordinate whose first function is no constant always counts */
static int set_parents(distest_wls_space *s, distest_context *ctx)
{
    const size_t d = s->d, m = s->m;
    size_t *at = NULL;
    int *key = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS, skip = 1;
    DI_TRY(DI_NEW(ctx, &pool, &at, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &key, d, 1));
    sort_rows(s->idx, d, m, at);
    for (size_t i = 1; i < m; i++)
        if (compare_rows(s->idx + at[i - 1] * d, s->idx + at[i] * d, d) == 0)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "indices",
                           "rows %zu and %zu of `indices` are equal.",
                           (at[i - 1] < at[i] ? at[i - 1] : at[i]) + 1,
                           (at[i - 1] < at[i] ? at[i] : at[i - 1]) + 1));
    for (size_t k = 0; k < d; k++) skip = skip && di_wls_constant_first(s->basis[k]);
    for (size_t j = 0; j < m; j++) {
        size_t last = d;
        memcpy(key, s->idx + j * d, d * sizeof(int));
        for (size_t k = 0; k < d; k++)
            if (key[k]) last = k;
        s->parent[j] = -1;
        if (!skip || last == d) continue;
        key[last] = 0;
        const ptrdiff_t p = find_row(s->idx, d, m, at, key);
        if (p >= 0 && (size_t)p < j) s->parent[j] = (int)p;
    }
done:
    di_pool_free(&pool);
    return status;
}

static int new_space(distest_wls_space **space, distest_context *ctx)
{
    const int status = di_alloc(ctx, (void **)space, 1, sizeof **space);
    if (status == DISTEST_SUCCESS) memset(*space, 0, sizeof **space);
    return status;
}

int distest_wls_space_tensor(size_t d, const distest_wls_basis *const *bases, size_t m,
                             const int *idx, distest_wls_space **space,
                             distest_context *ctx)
{
    distest_wls_space *s = NULL;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    if (d == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "d", "`d` must be at least 1."));
    DI_TRY(di_check_shape(ctx, "indices", m, d));
    DI_TRY(check_indices(d, bases, m, idx, ctx));
    DI_TRY(new_space(&s, ctx));
    s->m = m, s->d = d;
    DI_TRY(DI_NEW(ctx, &s->pool, &s->basis, d, 1));
    memset(s->basis, 0, d * sizeof *s->basis);
    DI_TRY(DI_NEW(ctx, &s->pool, &s->idx, d, m));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->cols, d, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->offset, d + 1, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->parent, m, 1));
    s->offset[0] = 0;
    for (size_t k = 0; k < d; k++) {
        DI_TRY(di_wls_basis_clone(ctx, bases[k], &s->basis[k]));
        s->cols[k] = 1;
        for (size_t j = 0; j < m; j++) {
            s->idx[k + j * d] = idx[j + k * m];
            if ((size_t)idx[j + k * m] >= s->cols[k])
                s->cols[k] = (size_t)idx[j + k * m] + 1;
        }
        s->offset[k + 1] = s->offset[k] + s->cols[k];
    }
    s->width = s->offset[d];
    DI_TRY(set_parents(s, ctx));
    *space = s;
    s = NULL;
done:
    distest_wls_space_free(s);
    return status;
}

void distest_wls_space_free(distest_wls_space *space)
{
    if (!space) return;
    for (size_t k = 0; space->basis && k < space->d; k++)
        distest_wls_basis_free(space->basis[k]);
    di_pool_free(&space->pool);
    di_free(space);
}

void distest_wls_space_size(const distest_wls_space *space, size_t *m, size_t *d,
                            size_t *N)
{
    *m = space->m;
    *d = space->d;
    *N = space->N;
}

/* ---- finite spaces
 * ------------------------------------------------------------------- */

static int set_alias(distest_wls_space *s, distest_context *ctx)
{
    size_t *scratch = NULL;
    double total = 0;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &s->pool, &s->leverage, s->N, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, s->N, 1));
    for (size_t i = 0; i < s->N; i++) {
        const double *f = s->phi + i * s->m;
        s->leverage[i] = s->prob[i] > 0 ? s->prob[i] * di_dot(s->m, f, f) : 0;
        total += s->leverage[i];
    }
    if (!(fabs(total - (double)s->m) <= 1e-8 * (double)s->m))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "features",
                       "the leverages sum to %.12g, not to %zu: `features` are too "
                       "close to dependent.",
                       total, s->m));
    for (int t = 0; t < 2; t++) {
        DI_TRY(DI_NEW(ctx, &s->pool, &s->alias_p[t], s->N, 1));
        DI_TRY(DI_NEW(ctx, &s->pool, &s->alias_i[t], s->N, 1));
        di_alias_build(s->N, t ? s->prob : s->leverage, s->alias_p[t], s->alias_i[t],
                       scratch);
    }
done:
    di_pool_free(&pool);
    return status;
}

enum { ROWS = 4096 };

typedef struct {
    size_t N, m;
    const double *F, *prob, *R;
    double *tri; /* one triangle of m x m per block */
    double *phi;
    double *scratch; /* per thread */
    size_t per;
    distest_context *ctx;
} qr_job;

/* scaled rows of a block, QR: its triangle (m x m, zero-filled) */
static int block_triangle(size_t block, int thread, void *data)
{
    const qr_job *j = data;
    const size_t m = j->m, i0 = block * ROWS,
                 rows = j->N - i0 < ROWS ? j->N - i0 : ROWS;
    double *A = j->scratch + (size_t)thread * j->per, *tau = A + (ROWS + m) * m;
    double *tri = j->tri + block * m * m;
    const size_t high = rows < m ? m : rows; /* short blocks get rows of zeros */
    for (size_t c = 0; c < m; c++)
        for (size_t i = 0; i < high; i++)
            A[i + c * high] =
                i < rows ? sqrt(j->prob[i0 + i]) * j->F[i0 + i + c * j->N] : 0;
    const int status = di_qr(NULL, high, m, A, high, tau, NULL);
    for (size_t c = 0; c < m; c++)
        for (size_t i = 0; i < m; i++) tri[i + c * m] = i <= c ? A[i + c * high] : 0;
    return status;
}

/* phi' = F R^-1, transposed, block by block */
static int block_features(size_t block, int thread, void *data)
{
    const qr_job *j = data;
    const size_t m = j->m, i0 = block * ROWS,
                 rows = j->N - i0 < ROWS ? j->N - i0 : ROWS;
    double *A = j->scratch + (size_t)thread * j->per;
    for (size_t c = 0; c < m; c++)
        for (size_t i = 0; i < rows; i++) A[c + i * m] = j->F[i0 + i + c * j->N];
    di_trsm('L', 'U', 'T', 'N', m, rows, 1, j->R, m, A, m);
    memcpy(j->phi + i0 * m, A, rows * m * sizeof(double));
    return DISTEST_SUCCESS;
}

/* triangles merged pairwise, blocks 2i and 2i + 1: a tree given by the numbers alone */
static int merge_triangles(size_t m, size_t blocks, double *tri, double *A, double *tau)
{
    for (size_t step = 1; step < blocks; step *= 2)
        for (size_t b = 0; b + step < blocks; b += 2 * step) {
            double *one = tri + b * m * m, *two = tri + (b + step) * m * m;
            for (size_t c = 0; c < m; c++) {
                memcpy(A + c * 2 * m, one + c * m, m * sizeof(double));
                memcpy(A + c * 2 * m + m, two + c * m, m * sizeof(double));
            }
            const int status = di_qr(NULL, 2 * m, m, A, 2 * m, tau, NULL);
            if (status != DISTEST_SUCCESS) return status;
            for (size_t c = 0; c < m; c++)
                for (size_t i = 0; i <= c; i++) one[i + c * m] = A[i + c * 2 * m];
        }
    for (size_t i = 0; i < m; i++) /* positive diagonal */
        if (tri[i + i * m] < 0)
            for (size_t c = i; c < m; c++) tri[i + c * m] = -tri[i + c * m];
    return DISTEST_SUCCESS;
}

static int check_finite_space(size_t N, size_t m, const double *F, const double *prob,
                              distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_shape(ctx, "features", N, m));
    if (m == 0 || N < m)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "features",
                       "`features` needs at least as many rows as columns, and a "
                       "column: it is %zu x %zu.",
                       N, m));
    for (size_t j = 0; F && j < m; j++)
        for (size_t i = 0; i < N; i++)
            if (!isfinite(F[i + j * N]))
                DI_TRY(di_fail(ctx, DISTEST_EINVAL, "features",
                               "`features[%zu, %zu]` is not a finite number.", i + 1,
                               j + 1));
    DI_TRY(di_check_weights(ctx, "prob", N, prob));
done:
    return status;
}

int distest_wls_space_finite(size_t N, size_t m, const double *F, const double *prob,
                             double tol, distest_wls_space **space,
                             distest_context *ctx)
{
    distest_wls_space *s = NULL;
    const size_t blocks = (N + ROWS - 1) / ROWS;
    double total = 0, *tau = NULL, *A = NULL;
    qr_job job = {N, m, F, NULL, NULL, NULL, NULL, NULL, (ROWS + m) * m + m, ctx};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "features", F));
    DI_TRY(check_finite_space(N, m, F, prob, ctx));
    DI_TRY(di_check_between(ctx, "tol", tol, 0, 1));
    DI_TRY(new_space(&s, ctx));
    s->N = N, s->m = m;
    DI_TRY(DI_NEW(ctx, &s->pool, &s->prob, N, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->phi, m, N));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->R, m, m));
    DI_TRY(DI_NEW(ctx, &pool, &job.tri, blocks * m, m));
    DI_TRY(DI_NEW(ctx, &pool, &A, 2 * m, m));
    DI_TRY(DI_NEW(ctx, &pool, &tau, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &job.scratch, (size_t)di_threads(ctx), job.per));
    for (size_t i = 0; i < N; i++) total += prob ? prob[i] : 1;
    for (size_t i = 0; i < N; i++) s->prob[i] = (prob ? prob[i] : 1) / total;
    job.prob = s->prob, job.phi = s->phi;
    DI_TRY(di_for_blocks(ctx, "features", 0, 0.6, blocks, block_triangle, &job));
    DI_TRY(merge_triangles(m, blocks, job.tri, A, tau));
    memcpy(s->R, job.tri, m * m * sizeof(double));
    double top = 0;
    for (size_t j = 0; j < m; j++) { /* relative to each column's own length */
        double len = 0;
        for (size_t i = 0; i <= j; i++) len += s->R[i + j * m] * s->R[i + j * m];
        if (len > top) top = len;
        if (!(s->R[j + j * m] > tol * sqrt(len)))
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "features",
                           "column %zu of `features` depends on the columns before it "
                           "(on rows of positive probability).",
                           j + 1));
    }
    job.R = s->R;
    DI_TRY(di_for_blocks(ctx, "features", 0.6, 1, blocks, block_features, &job));
    DI_TRY(set_alias(s, ctx));
    *space = s;
    s = NULL;
done:
    di_blas_serial_leave();
    distest_wls_space_free(s);
    di_pool_free(&pool);
    return status;
}

int di_wls_space_view(size_t N, size_t m, const double *R, const double *phi_t,
                      const double *prob, distest_wls_space **space,
                      distest_context *ctx)
{
    distest_wls_space *s = NULL;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(new_space(&s, ctx));
    /* never written to: spaces are read only once made */
    s->N = N, s->m = m;
    s->R = (double *)(uintptr_t)R, s->phi = (double *)(uintptr_t)phi_t;
    s->prob = (double *)(uintptr_t)prob;
    DI_TRY(set_alias(s, ctx));
    *space = s;
    s = NULL;
done:
    distest_wls_space_free(s);
    return status;
}

int distest_wls_space_finite_parts(const distest_wls_space *space, double *R,
                                   double *phi_t, distest_context *ctx)
{
    di_begin(ctx);
    if (!space || !space->N)
        return di_fail(ctx, DISTEST_EINVAL, "space", "`space` is not a finite space.");
    const size_t m = space->m;
    if (R) memcpy(R, space->R, m * m * sizeof(double));
    if (phi_t) memcpy(phi_t, space->phi, m * space->N * sizeof(double));
    return DISTEST_SUCCESS;
}

int distest_wls_inclusion(const distest_wls_space *space, double *out,
                          distest_context *ctx)
{
    di_begin(ctx);
    if (!space || !space->N)
        return di_fail(ctx, DISTEST_EINVAL, "space",
                       "inclusion probabilities belong to finite spaces; use the "
                       "Christoffel function for others.");
    memcpy(out, space->leverage, space->N * sizeof(double));
    return DISTEST_SUCCESS;
}

/* ---- features
 * -------------------------------------------------------------------------- */

size_t di_wls_features_work(const distest_wls_space *s)
{
    return s->N ? 1 : (2 * s->width + s->d + 2) * WLS_BLOCK + s->m;
}

static void products(const distest_wls_space *s, size_t n, const double *table,
                     double *phi, size_t ldp, int normalize)
{
    const size_t d = s->d;
    for (size_t j = 0; j < s->m; j++) {
        const int *a = s->idx + j * d;
        double *to = phi + j * ldp;
        size_t from = 0;
        const double *start = NULL;
        if (s->parent[j] >= 0 && !normalize) { /* all but the last factor are there */
            start = phi + (size_t)s->parent[j] * ldp;
            for (size_t k = 0; k < d; k++)
                if (a[k]) from = k;
            const double *t = table + (s->offset[from] + (size_t)a[from]) * WLS_BLOCK;
#pragma omp simd
            for (size_t i = 0; i < n; i++) to[i] = start[i] * t[i];
            continue;
        }
        for (size_t k = 0; k < d; k++) {
            if (!normalize && a[k] == 0 && di_wls_constant_first(s->basis[k])) continue;
            const double *t = table + (s->offset[k] + (size_t)a[k]) * WLS_BLOCK;
            if (!start)
                memcpy(to, t, n * sizeof(double));
            else
                for (size_t i = 0; i < n; i++) to[i] *= t[i];
            start = to;
        }
        if (!start)
            for (size_t i = 0; i < n; i++) to[i] = 1;
    }
}

/* A point whose products all vanished: through logarithms. */
static double by_logs(const distest_wls_space *s, const double *table, double *phi,
                      size_t ldp, double *scratch)
{
    double top = -INFINITY, sum = 0;
    for (size_t j = 0; j < s->m; j++) {
        double l = 0;
        for (size_t k = 0; k < s->d; k++)
            l += log(
                fabs(table[(s->offset[k] + (size_t)s->idx[k + j * s->d]) * WLS_BLOCK]));
        scratch[j] = l;
        if (l > top) top = l;
    }
    for (size_t j = 0; j < s->m; j++) {
        double sign = 1;
        for (size_t k = 0; k < s->d; k++)
            if (table[(s->offset[k] + (size_t)s->idx[k + j * s->d]) * WLS_BLOCK] < 0)
                sign = -sign;
        phi[j * ldp] = sign * exp(scratch[j] - top);
        sum += phi[j * ldp] * phi[j * ldp];
    }
    for (size_t j = 0; j < s->m; j++) phi[j * ldp] /= sqrt(sum);
    return log(sum) + 2 * top;
}

/* divides table k by its norm per point; adds log |.|^2 to logk. Products of tables
 * that stay below 2^200 in all need no such care (returns 0, nothing done). */
static int large(const distest_wls_space *s, size_t n, const double *table,
                 const int *exp2)
{
    for (size_t i = 0; i < n; i++) {
        double all = 1;
        for (size_t k = 0; k < s->d; k++) {
            const double *t = table + s->offset[k] * WLS_BLOCK + i;
            double top = 1;
            if (exp2[i + k * WLS_BLOCK]) return 1;
            for (size_t j = 0; j < s->cols[k]; j++)
                if (fabs(t[j * WLS_BLOCK]) > top) top = fabs(t[j * WLS_BLOCK]);
            all *= top;
        }
        if (!(all < 0x1p200)) return 1;
    }
    return 0;
}

static void normalize_table(const distest_wls_space *s, size_t k, size_t n,
                            double *table, const int *exp2, double *norm, double *logk)
{
    double *t = table + s->offset[k] * WLS_BLOCK;
    for (size_t i = 0; i < n; i++) norm[i] = 0;
    for (size_t j = 0; j < s->cols[k]; j++)
        for (size_t i = 0; i < n; i++)
            norm[i] += t[j * WLS_BLOCK + i] * t[j * WLS_BLOCK + i];
    for (size_t i = 0; i < n; i++) {
        logk[i] += log(norm[i]) + 2 * 0.69314718055994530942 * exp2[i];
        norm[i] = 1 / sqrt(norm[i]);
    }
    for (size_t j = 0; j < s->cols[k]; j++)
        for (size_t i = 0; i < n; i++) t[j * WLS_BLOCK + i] *= norm[i];
}

static void gradients(const distest_wls_space *s, size_t n, const double *table,
                      const double *slope, double *grad, size_t ldg)
{
    const size_t d = s->d, m = s->m;
    for (size_t l = 0; l < d; l++)
        for (size_t j = 0; j < m; j++) {
            double *to = grad + (j + l * m) * ldg;
            for (size_t i = 0; i < n; i++) to[i] = 1;
            for (size_t k = 0; k < d; k++) {
                const size_t at =
                    (s->offset[k] + (size_t)s->idx[k + j * d]) * WLS_BLOCK;
                const double *t = (k == l ? slope : table) + at;
                for (size_t i = 0; i < n; i++) to[i] *= t[i];
            }
        }
}

static void finite_block(const distest_wls_space *s, size_t n, const double *x,
                         int normalize, double *phi, size_t ldp, double *logk)
{
    for (size_t i = 0; i < n; i++) {
        const double *f = s->phi + (size_t)x[i] * s->m;
        const double k = di_dot(s->m, f, f), scale = normalize ? 1 / sqrt(k) : 1;
        if (logk) logk[i] = log(k);
        if (phi)
            for (size_t j = 0; j < s->m; j++) phi[i + j * ldp] = scale * f[j];
    }
}

void di_wls_features_block(const distest_wls_space *s, size_t n, const double *x,
                           size_t ldx, int normalize, double *phi, size_t ldp,
                           double *logk, double *grad, size_t ldg, double *work)
{
    double *table = work, *slope = table + s->width * WLS_BLOCK;
    double *norm = slope + s->width * WLS_BLOCK, *lk = norm + WLS_BLOCK;
    double *scratch = lk + WLS_BLOCK;
    int *exp2 = (int *)(void *)(scratch + s->m), far = 0;
    if (s->N) {
        finite_block(s, n, x, normalize, phi, ldp, logk);
        return;
    }
    for (size_t i = 0; i < n; i++) lk[i] = 0;
    for (size_t k = 0; k < s->d; k++) {
        const size_t at = s->offset[k] * WLS_BLOCK;
        di_wls_table(s->basis[k], n, x + k * ldx, s->cols[k], WLS_BLOCK, table + at,
                     grad ? slope + at : NULL, normalize ? exp2 + k * WLS_BLOCK : NULL);
    }
    if (normalize) far = large(s, n, table, exp2);
    for (size_t k = 0; far && k < s->d; k++)
        normalize_table(s, k, n, table, exp2 + k * WLS_BLOCK, norm, lk);
    if (phi) products(s, n, table, phi, ldp, far);
    if (normalize && phi) {
        for (size_t i = 0; i < n; i++) norm[i] = 0;
        for (size_t j = 0; j < s->m; j++)
            for (size_t i = 0; i < n; i++)
                norm[i] += phi[i + j * ldp] * phi[i + j * ldp];
        for (size_t i = 0; i < n; i++) {
            if (norm[i] < 1e-280) {
                lk[i] += by_logs(s, table + i, phi + i, ldp, scratch);
                norm[i] = 1;
            } else {
                lk[i] += log(norm[i]);
                norm[i] = 1 / sqrt(norm[i]);
            }
        }
        for (size_t j = 0; j < s->m; j++)
            for (size_t i = 0; i < n; i++) phi[i + j * ldp] *= norm[i];
        if (logk) memcpy(logk, lk, n * sizeof(double));
    }
    if (grad) gradients(s, n, table, slope, grad, ldg);
}

typedef struct {
    const distest_wls_space *s;
    size_t n, per;
    const double *x;
    int normalize;
    double *phi, *logk, *grad, *work;
} feature_job;

static int feature_block(size_t block, int thread, void *data)
{
    const feature_job *j = data;
    const size_t i0 = block * WLS_BLOCK;
    const size_t rows = j->n - i0 < WLS_BLOCK ? j->n - i0 : WLS_BLOCK;
    double *work = j->work + (size_t)thread * j->per;
    double *own = work + di_wls_features_work(j->s); /* m x rows, for logk alone */
    const int logs = j->logk != NULL;
    if (logs && !(j->normalize && j->phi))
        di_wls_features_block(j->s, rows, j->x + i0, j->n, 1, own, WLS_BLOCK,
                              j->logk + i0, NULL, 0, work);
    if (j->phi || j->grad)
        di_wls_features_block(j->s, rows, j->x + i0, j->n, j->normalize && j->phi,
                              j->phi ? j->phi + i0 : NULL, j->n,
                              logs && j->normalize ? j->logk + i0 : NULL,
                              j->grad && !j->normalize ? j->grad + i0 : NULL, j->n,
                              work);
    if (j->grad && j->normalize) /* derivatives are of phi itself */
        di_wls_features_block(j->s, rows, j->x + i0, j->n, 0, NULL, 0, NULL,
                              j->grad + i0, j->n, work);
    return DISTEST_SUCCESS;
}

static int check_candidates(const distest_wls_space *s, size_t n, const double *x,
                            distest_context *ctx)
{
    for (size_t i = 0; s->N && i < n; i++)
        if (x[i] < 0 || x[i] >= (double)s->N || x[i] != floor(x[i]))
            return di_fail(ctx, DISTEST_EINVAL, "x",
                           "`x[%zu]` must be a row number below %zu, not %g.", i + 1,
                           s->N, x[i]);
    return DISTEST_SUCCESS;
}

int distest_wls_features(const distest_wls_space *space, size_t n, const double *x,
                         int normalize, double *phi, double *logk, double *grad,
                         distest_context *ctx)
{
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(di_check_finite(ctx, "x", n * (space->N ? 1 : space->d), x));
    DI_TRY(check_candidates(space, n, x, ctx));
    for (size_t k = 0; grad && k < space->d; k++)
        if (space->basis[k]->kind == WLS_HAAR)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "grad",
                           "Haar functions have no derivative."));
    if (grad && space->N)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "grad",
                       "features on finite sets have no derivative."));
    feature_job job = {space, n, 0, x, normalize, phi, logk, grad, NULL};
    job.per = di_wls_features_work(space) +
              (logk && !(normalize && phi) ? WLS_BLOCK * space->m : 0);
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx), job.per));
    DI_TRY(di_for_blocks(ctx, "features", 0, 1, (n + WLS_BLOCK - 1) / WLS_BLOCK,
                         feature_block, &job));
done:
    di_pool_free(&pool);
    return status;
}

int distest_wls_outside(const distest_wls_space *space, size_t n, const double *x,
                        int *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(di_check_finite(ctx, "x", n * (space->N ? 1 : space->d), x));
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        for (size_t k = space->d; k-- > 0;) {
            const double v = x[i + k * n];
            if (v < space->basis[k]->low || v > space->basis[k]->high)
                out[i] = (int)k + 1;
        }
    }
done:
    return status;
}

int distest_wls_integrals(const distest_wls_space *space, double *e,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "space", space));
    for (size_t j = 0; j < space->m; j++) {
        e[j] = space->N ? 0 : 1;
        for (size_t k = 0; k < space->d; k++)
            e[j] *= space->basis[k]->e[space->idx[k + j * space->d]];
        for (size_t i = 0; i < space->N; i++)
            e[j] += space->prob[i] * space->phi[j + i * space->m];
    }
done:
    return status;
}
