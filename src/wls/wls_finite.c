/* wls_finite.c - finite spaces: candidates whose features are orthonormalised by QR of
 * row blocks, merged in a fixed tree, or chunk by chunk without holding them; inclusion
 * probabilities and tables to draw from. */
#include "wls.h"

#include <math.h>
#include <string.h>

/* leverages, unless they are there, and the tables to draw from */
static int set_alias(distest_wls_space *s, distest_context *ctx)
{
    size_t *scratch = NULL;
    double total = 0;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &scratch, s->N, 1));
    if (!s->leverage) {
        DI_TRY(DI_NEW(ctx, &s->pool, &s->leverage, s->N, 1));
        for (size_t i = 0; i < s->N; i++) {
            const double *f = s->phi + i * s->m;
            s->leverage[i] = s->prob[i] > 0 ? s->prob[i] * di_dot(s->m, f, f) : 0;
        }
    }
    for (size_t i = 0; i < s->N; i++) total += s->leverage[i];
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
    for (size_t i1 = 0; i1 < rows; i1 += 32) /* tiles: neither side leaves the cache */
        for (size_t c = 0; c < m; c++)
            for (size_t i = i1; i < i1 + 32 && i < rows; i++)
                A[c + i * m] = j->F[i0 + i + c * j->N];
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

/* positive diagonal; EINVAL where a column depends on those before it, relative to its
 * own length */
static int check_triangle(distest_wls_space *s, double tol, distest_context *ctx)
{
    const size_t m = s->m;
    for (size_t j = 0; j < m; j++) {
        const double sign = s->R[j + j * m] < 0 ? -1 : 1;
        double len = 0;
        for (size_t c = j; c < m; c++) s->R[j + c * m] *= sign;
        for (size_t i = 0; i <= j; i++) len += s->R[i + j * m] * s->R[i + j * m];
        if (!(s->R[j + j * m] > tol * sqrt(len)))
            return di_fail(ctx, DISTEST_EINVAL, "features",
                           "column %zu of `features` depends on the columns before it "
                           "(on rows of positive probability).",
                           j + 1);
    }
    return DISTEST_SUCCESS;
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
    DI_TRY(di_wls_space_new(ctx, &s));
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
    DI_TRY(check_triangle(s, tol, ctx));
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
                      const double *prob, const double *leverage, const double *e,
                      distest_wls_space **space, distest_context *ctx)
{
    distest_wls_space *s = NULL;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_wls_space_new(ctx, &s));
    /* never written to: spaces are read only once made */
    s->N = N, s->m = m;
    s->R = (double *)(uintptr_t)R, s->phi = (double *)(uintptr_t)phi_t;
    s->prob = (double *)(uintptr_t)prob;
    s->leverage = (double *)(uintptr_t)leverage, s->e = (double *)(uintptr_t)e;
    DI_TRY(set_alias(s, ctx));
    *space = s;
    s = NULL;
done:
    distest_wls_space_free(s);
    return status;
}

/* ---- features that come in chunks and are not held --------------------------------
 */

int di_wls_check_held(const distest_wls_space *s, distest_context *ctx)
{
    if (!s->N || s->phi) return DISTEST_SUCCESS;
    return di_fail(
        ctx, DISTEST_EINVAL, "space",
        "`space` was made of chunks and does not hold its features: evaluate "
        "them and use distest_wls_orthonormalise() and a stepper.");
}

int distest_wls_space_chunks(size_t N, size_t m, const double *prob,
                             distest_wls_space **space, distest_context *ctx)
{
    distest_wls_space *s = NULL;
    double total = 0;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(check_finite_space(N, m, NULL, prob, ctx));
    DI_TRY(di_wls_space_new(ctx, &s));
    s->N = N, s->m = m, s->pass = 1;
    DI_TRY(DI_NEW(ctx, &s->pool, &s->prob, N, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->leverage, N, 1));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->R, m, m));
    DI_TRY(DI_NEW(ctx, &s->pool, &s->e, m, 1));
    memset(s->R, 0, m * m * sizeof(double));
    memset(s->e, 0, m * sizeof(double));
    for (size_t i = 0; i < N; i++) total += prob ? prob[i] : 1;
    for (size_t i = 0; i < N; i++) s->prob[i] = (prob ? prob[i] : 1) / total;
    *space = s;
    s = NULL;
done:
    distest_wls_space_free(s);
    return status;
}

/* the triangle over scaled rows: QR of both */
static int absorb_rows(distest_wls_space *s, size_t rows, const double *F,
                       distest_context *ctx)
{
    const size_t m = s->m, high = rows + m;
    double *A = NULL, *tau = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &A, high, m));
    DI_TRY(DI_NEW(ctx, &pool, &tau, m, 1));
    for (size_t c = 0; c < m; c++) {
        memcpy(A + c * high, s->R + c * m, m * sizeof(double));
        for (size_t i = 0; i < rows; i++)
            A[m + i + c * high] = sqrt(s->prob[s->seen + i]) * F[i + c * rows];
    }
    DI_TRY(di_qr(ctx, high, m, A, high, tau, NULL));
    for (size_t c = 0; c < m; c++)
        for (size_t i = 0; i <= c; i++) s->R[i + c * m] = A[i + c * high];
done:
    di_pool_free(&pool);
    return status;
}

static int check_chunk(const distest_wls_space *s, size_t rows, size_t first,
                       const double *F, distest_context *ctx)
{
    if (!s || !s->pass)
        return di_fail(ctx, DISTEST_EINVAL, "space",
                       "`space` does not wait for chunks.");
    if (first != s->seen || rows > s->N - s->seen)
        return di_fail(ctx, DISTEST_EINVAL, "first",
                       "`first` must be %zu, and at most %zu rows are left; it is %zu, "
                       "with %zu rows.",
                       s->seen, s->N - s->seen, first, rows);
    for (size_t j = 0; j < s->m; j++)
        for (size_t i = 0; i < rows; i++)
            if (!isfinite(F[i + j * rows]))
                return di_fail(ctx, DISTEST_EINVAL, "features",
                               "`features[%zu, %zu]` is not a finite number.",
                               first + i + 1, j + 1);
    return DISTEST_SUCCESS;
}

int distest_wls_space_chunk(distest_wls_space *space, size_t rows, size_t first,
                            const double *F, distest_context *ctx)
{
    double *A = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    if (rows) DI_TRY(di_check_pointer(ctx, "features", F));
    DI_TRY(check_chunk(space, rows, first, F, ctx));
    const size_t m = space->m;
    if (space->pass == 1) {
        DI_TRY(absorb_rows(space, rows, F, ctx));
    } else {
        DI_TRY(DI_NEW(ctx, &pool, &A, rows, m));
        memcpy(A, F, rows * m * sizeof(double));
        di_trsm('R', 'U', 'N', 'N', rows, m, 1, space->R, m, A, rows);
        for (size_t i = 0; i < rows; i++) {
            double k = 0;
            for (size_t j = 0; j < m; j++) k += A[i + j * rows] * A[i + j * rows];
            space->leverage[first + i] = space->prob[first + i] * k;
            for (size_t j = 0; j < m; j++)
                space->e[j] += space->prob[first + i] * A[i + j * rows];
        }
    }
    space->seen += rows;
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_space_ready(distest_wls_space *space, double tol, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    if (!space || !space->pass || space->seen < space->N)
        return di_fail(ctx, DISTEST_EINVAL, "space", "`space` waits for %zu rows more.",
                       space && space->pass ? space->N - space->seen : 0);
    DI_TRY(di_check_between(ctx, "tol", tol, 0, 1));
    if (space->pass == 1) {
        DI_TRY(check_triangle(space, tol, ctx));
        space->pass = 2, space->seen = 0;
    } else {
        DI_TRY(set_alias(space, ctx));
        space->pass = 0;
    }
done:
    return status;
}

int distest_wls_space_reference(size_t n, size_t m, const double *F, const double *w,
                                double tol, distest_wls_space **space,
                                distest_context *ctx)
{
    distest_wls_space *s = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(distest_wls_space_chunks(n, m, w, &s, ctx));
    for (int pass = 0; pass < 2; pass++) {
        DI_TRY(distest_wls_space_chunk(s, n, 0, F, ctx));
        DI_TRY(distest_wls_space_ready(s, tol, ctx));
    }
    *space = s;
    s = NULL;
done:
    distest_wls_space_free(s);
    return status;
}

int distest_wls_orthonormalise(const distest_wls_space *space, size_t n, double *F,
                               distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "space", space));
    if (!space->N || space->pass == 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "space",
                       "`space` has no triangle: it is a tensor space, or waits for "
                       "chunks."));
    DI_TRY(di_check_finite(ctx, "features", n * space->m, F));
    if (n) di_trsm('R', 'U', 'N', 'N', n, space->m, 1, space->R, space->m, F, n);
done:
    di_blas_serial_leave();
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
    if (phi_t && di_wls_check_held(space, ctx) != DISTEST_SUCCESS)
        return DISTEST_EINVAL;
    if (phi_t) memcpy(phi_t, space->phi, m * space->N * sizeof(double));
    return DISTEST_SUCCESS;
}

int distest_wls_inclusion(const distest_wls_space *space, double *out,
                          distest_context *ctx)
{
    di_begin(ctx);
    if (!space || !space->N || space->pass)
        return di_fail(ctx, DISTEST_EINVAL, "space",
                       "inclusion probabilities belong to finite spaces; use the "
                       "Christoffel function for others.");
    memcpy(out, space->leverage, space->N * sizeof(double));
    return DISTEST_SUCCESS;
}
