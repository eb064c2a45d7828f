/* wls_part.c - triangles of rows that merge to the same bits, whoever computed which.
 *
 * A block of ROWS rows becomes the triangle of QR of [sqrt(w) Phi, sqrt(w) Y]; blocks
 * are joined along the fixed tree of part.h by QR of two triangles, one on the other.
 * Kept as the columns of the triangle one after the other, m + q of them. */
#include "part.h"
#include "wls.h"

#include <math.h>
#include <string.h>

enum { ROWS = 512, VERSION = 1 };

struct distest_wls_part {
    size_t m, q;
    di_part *part;
};

static size_t triangle(size_t p)
{
    return p * (p + 1) / 2;
}

static di_part_form form_of(size_t m, size_t q)
{
    return (di_part_form){"wls", VERSION, ROWS, (uint64_t)m, triangle(m + q)};
}

static void pack(size_t p, const double *A, size_t lda, double *out)
{
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i <= j; i++) *out++ = A[i + j * lda];
}

/* one triangle into rows 0 ... p - 1, zeros below its diagonal */
static void unpack(size_t p, const double *in, double *A, size_t lda)
{
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++) A[i + j * lda] = i <= j ? *in++ : 0;
}

typedef struct {
    size_t n, m, q, per;
    const double *Phi, *w, *Y;
    double *work; /* per thread: the rows of a block, then p */
} rows_job;

static int fill(size_t block, int thread, void *data, double *out)
{
    const rows_job *j = data;
    const size_t i0 = block * ROWS, rows = j->n - i0 < ROWS ? j->n - i0 : ROWS;
    const size_t p = j->m + j->q, high = rows < p ? p : rows;
    double *A = j->work + (size_t)thread * j->per, *tau = A + high * p;
    for (size_t c = 0; c < p; c++) {
        const double *from = c < j->m ? j->Phi + c * j->n : j->Y + (c - j->m) * j->n;
        for (size_t i = 0; i < high; i++)
            A[i + c * high] =
                i < rows ? sqrt(j->w ? j->w[i0 + i] : 1) * from[i0 + i] : 0;
    }
    const int status = di_qr(NULL, high, p, A, high, tau, NULL);
    if (status == DISTEST_SUCCESS) pack(p, A, high, out);
    return status;
}

typedef struct {
    size_t p;
    double *A, *tau; /* 2 p x p, p */
} join_work;

static int join(size_t len, double *left, const double *right, void *data)
{
    const join_work *j = data;
    const size_t p = j->p;
    (void)len;
    unpack(p, left, j->A, 2 * p);
    unpack(p, right, j->A + p, 2 * p);
    const int status = di_qr(NULL, 2 * p, p, j->A, 2 * p, j->tau, NULL);
    if (status == DISTEST_SUCCESS) pack(p, j->A, 2 * p, left);
    return status;
}

static int join_room(distest_context *ctx, di_pool *pool, size_t p, join_work *j)
{
    int status = DISTEST_SUCCESS;
    j->p = p;
    DI_TRY(DI_NEW(ctx, pool, &j->A, 2 * p, p));
    DI_TRY(DI_NEW(ctx, pool, &j->tau, p, 1));
done:
    return status;
}

static int wrap(distest_context *ctx, size_t m, size_t q, di_part *inner,
                distest_wls_part **part)
{
    const int status = di_alloc(ctx, (void **)part, 1, sizeof **part);
    if (status == DISTEST_SUCCESS)
        **part = (distest_wls_part){m, q, inner};
    else
        di_part_free(inner);
    return status;
}

int distest_wls_part_alloc(size_t m, size_t q, distest_wls_part **part,
                           distest_context *ctx)
{
    const di_part_form form = form_of(m, q);
    di_part *inner = NULL;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "part", part));
    DI_TRY(di_check_shape(ctx, "m", m + q, m));
    if (m == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "m", "`m` must be at least 1."));
    DI_TRY(di_part_new(ctx, &form, &inner));
    DI_TRY(wrap(ctx, m, q, inner, part));
done:
    return status;
}

void distest_wls_part_free(distest_wls_part *part)
{
    if (!part) return;
    di_part_free(part->part);
    di_free(part);
}

int distest_wls_part_add(distest_wls_part *part, const char *segment, size_t first,
                         size_t n, const double *Phi, const double *w, const double *Y,
                         distest_context *ctx)
{
    rows_job job = {.n = n, .Phi = Phi, .w = w, .Y = Y};
    join_work scratch = {0};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "part", part));
    const size_t m = part->m, q = part->q, p = m + q, high = p > ROWS ? p : ROWS;
    DI_TRY(di_check_finite(ctx, "features", n * m, Phi));
    if (w) DI_TRY(di_check_positive(ctx, "weights", n, w));
    DI_TRY(di_check_finite(ctx, "y", n * q, Y));
    job.m = m, job.q = q, job.per = (high + 1) * p;
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx), job.per));
    DI_TRY(join_room(ctx, &pool, p, &scratch));
    DI_TRY(di_part_add(ctx, "rows", 0, 1, part->part, segment, first, n, fill, &job,
                       join, &scratch));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_part_merge(distest_wls_part *into, const distest_wls_part *from,
                           distest_context *ctx)
{
    join_work scratch = {0};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "into", into));
    DI_TRY(di_check_pointer(ctx, "from", from));
    DI_TRY(join_room(ctx, &pool, into->m + into->q, &scratch));
    DI_TRY(di_part_merge(ctx, into->part, from->part, join, &scratch));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_part_solve(const distest_wls_part *part, double tol, double *coef,
                           distest_wls_diag *diag, double *rss, double *rows,
                           distest_context *ctx)
{
    double *acc = NULL, *total = NULL;
    join_work scratch = {0};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "part", part));
    const size_t p = part->m + part->q;
    DI_TRY(DI_NEW(ctx, &pool, &acc, distest_wls_accum_size(part->m, part->q), 1));
    DI_TRY(DI_NEW(ctx, &pool, &total, triangle(p), 1));
    DI_TRY(join_room(ctx, &pool, p, &scratch));
    DI_TRY(di_part_total(ctx, part->part, join, &scratch, total));
    acc[0] = (double)di_part_rows(part->part);
    unpack(p, total, acc + 1, p);
    DI_TRY(distest_wls_accum_solve(part->m, part->q, acc, tol, coef, diag, rss, rows,
                                   ctx));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

size_t distest_wls_part_size(const distest_wls_part *part)
{
    return part ? di_part_packed_size(part->part) : 0;
}

void distest_wls_part_pack(const distest_wls_part *part, unsigned char *bytes)
{
    if (part && bytes) di_part_pack(part->part, bytes);
}

int distest_wls_part_unpack(size_t m, size_t q, size_t size, const unsigned char *bytes,
                            distest_wls_part **part, distest_context *ctx)
{
    const di_part_form form = form_of(m, q);
    di_part *inner = NULL;
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "part", part));
    DI_TRY(di_check_pointer(ctx, "bytes", bytes));
    DI_TRY(di_part_unpack(ctx, "bytes", size, bytes, &form, &inner));
    DI_TRY(wrap(ctx, m, q, inner, part));
done:
    return status;
}
