/* expfam_columns.c - many small samples, one a column, each with its own fit. */
#include "expfam.h"

enum { COLUMNS = 16 }; /* fits of a block */

typedef struct {
    const distest_expfam_family *f;
    const distest_expfam_opts *opts;
    size_t rows, columns;
    const double *x;
    double *theta, *usual, *loglik, *n;
    int *code, *boundary;
    double *scratch; /* threads x rows */
} table;

/* the values of a column that are there, at most `rows` of them */
static size_t present(size_t rows, const double *x, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < rows; i++)
        if (!isnan(x[i])) out[n++] = x[i];
    return n;
}

/* 0 or why there is no fit; NaN for what is not known then */
static int fit_column(const table *q, size_t k, double *x)
{
    const size_t p = q->f->p, usual = q->f->usual;
    double *theta = q->theta + k * p;
    distest_expfam_info info = {.size = sizeof info};
    const size_t n = present(q->rows, q->x + k * q->rows, x);
    const distest_sample sample = {.n = n, .d = 1, .x = x};
    distest_context alone = distest_context_default();
    alone.threads = 1;
    int status = n == 0 ? DISTEST_ENOMLE
                        : distest_expfam_fit_data(q->f, q->opts, &sample, NULL, theta,
                                                  NULL, NULL, &info, &alone);
    if (status == DISTEST_SUCCESS && q->usual && usual)
        status =
            distest_expfam_to_usual(q->f, theta, q->usual + k * usual, NULL, &alone);
    const int good = status == DISTEST_SUCCESS;
    for (size_t a = 0; !good && a < p; a++) theta[a] = NAN;
    for (size_t a = 0; !good && q->usual && a < usual; a++)
        q->usual[a + k * usual] = NAN;
    if (q->n) q->n[k] = (double)n;
    if (q->loglik) q->loglik[k] = good ? info.loglik : NAN;
    if (q->boundary) q->boundary[k] = good && info.boundary;
    q->code[k] = status;
    return status == DISTEST_ENOMEM ? status : DISTEST_SUCCESS;
}

/* A fit allocates what it needs, a few hundred bytes that depend on its family. */
static int fit_block(size_t block, int thread, void *data)
{
    const table *q = data;
    const size_t from = block * COLUMNS,
                 to = from + COLUMNS < q->columns ? from + COLUMNS : q->columns;
    int status = DISTEST_SUCCESS;
    for (size_t k = from; k < to && status == DISTEST_SUCCESS; k++)
        status = fit_column(q, k, q->scratch + (size_t)thread * q->rows);
    return status;
}

int distest_expfam_fit_columns(const distest_expfam_family *family,
                               const distest_expfam_opts *opts, size_t rows,
                               size_t columns, const double *x, double *theta,
                               double *usual, double *loglik, double *n, int *code,
                               int *boundary, distest_context *ctx)
{
    const distest_expfam_opts o = opts ? *opts : distest_expfam_opts_default();
    table q = {family, &o,     rows, columns, x,        theta,
               usual,  loglik, n,    code,    boundary, NULL};
    di_pool pool = {NULL};
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    di_blas_serial_enter();
    if (family->d != 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "family",
                       "`family` must have observations of one number, not %zu.",
                       family->d));
    if (rows && columns) DI_TRY(di_check_pointer(ctx, "x", x));
    for (size_t i = 0; i < rows * columns; i++)
        if (isinf(x[i]))
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                           "`x` must be finite, but is %g at row %zu of column %zu.",
                           x[i], i % rows + 1, i / rows + 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx), rows));
    DI_TRY(di_for_blocks(ctx, "fits", 0, 1, (columns + COLUMNS - 1) / COLUMNS,
                         fit_block, &q));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
