/* rdd_gamma.c - covariates share one slope on both sides (Calonico, Cattaneo, Farrell,
 * Titiunik 2019): with Z~ = Z - r beta_Z at h,
 *
 *     gamma = (sum k Z~ Z~')^-1 sum k Z~ D,
 *
 * and everything goes on with D - Z gamma. Sums run over blocks of units, added in a
 * fixed order. */
#include "rdd_design.h"

#include <math.h>
#include <string.h>

enum { CHUNKS_PER_BLOCK = 8, BLOCK = CHUNKS_PER_BLOCK * RDD_CHUNK };

static const double COLLINEAR = 1e-7, CONSTANT = 1e-13;

typedef struct {
    const di_rdd_job *job;
    int side;
    size_t terms;        /* of both fits */
    size_t columns;      /* of D and Z, most of a design */
    di_rdd_chunk *chunk; /* by thread */
    double *X;           /* by thread: RDD_CHUNK x columns */
} pass_data;

static size_t width(const pass_data *a, const di_rdd_design *d)
{
    return d->count + a->job->covariates;
}

/* D and Z of a design, side by side */
static void gather(const pass_data *a, const di_rdd_design *d, const di_rdd_chunk *c,
                   double *X)
{
    di_rdd_chunk_gather(a->job, c, d->first, d->count, X);
    di_rdd_chunk_gather(a->job, c, a->job->cols, a->job->covariates,
                        X + d->count * RDD_CHUNK);
}

/* out += (k Z~)' (D, Z~): covariates x (count + covariates). X is overwritten. */
static void add_products(const pass_data *a, const di_rdd_design *d, di_rdd_chunk *c,
                         double *X, double *kZ, double *out)
{
    const size_t z = a->job->covariates, t = (size_t)a->job->p + 1;
    double *Z = X + d->count * RDD_CHUNK;
    di_gemm('N', 'N', c->m, z, t, -1, c->r, RDD_CHUNK,
            d->beta[a->side] + d->count * a->terms, a->terms, 1, Z, RDD_CHUNK);
    for (size_t j = 0; j < z; j++)
        for (size_t i = 0; i < c->m; i++)
            kZ[i + j * RDD_CHUNK] = c->kh[i] * Z[i + j * RDD_CHUNK];
    di_gemm('T', 'N', z, width(a, d), c->m, 1, kZ, RDD_CHUNK, X, RDD_CHUNK, 1, out, z);
}

static int fill_block(size_t block, int thread, void *data, double *out)
{
    const pass_data *a = data;
    const di_rdd_job *job = a->job;
    const size_t listed = job->listed[a->side], z = job->covariates;
    const size_t from = block * BLOCK;
    const size_t to = listed - from < BLOCK ? listed : from + BLOCK;
    di_rdd_chunk *c = a->chunk + thread;
    double *X = a->X + (size_t)thread * RDD_CHUNK * (a->columns + z);
    double *kZ = X + a->columns * RDD_CHUNK;
    size_t len = 0;
    for (size_t d = 0; d < job->designs; d++) len += z * width(a, &job->design[d]);
    memset(out, 0, len * sizeof *out);
    for (size_t i0 = from; i0 < to; i0 += RDD_CHUNK) {
        double *into = out;
        di_rdd_chunk_open(job, a->side, i0, to - i0 < RDD_CHUNK ? to - i0 : RDD_CHUNK,
                          c);
        for (size_t n = 0; n < job->designs; n++) {
            const di_rdd_design *d = &job->design[n];
            di_rdd_chunk_rows(job, d, c);
            gather(a, d, c, X);
            add_products(a, d, c, X, kZ, into);
            into += z * width(a, d);
        }
    }
    return DISTEST_SUCCESS;
}

static size_t sum_length(const pass_data *a)
{
    size_t len = 0;
    for (size_t n = 0; n < a->job->designs; n++)
        len += a->job->covariates * width(a, &a->job->design[n]);
    return len;
}

/* The sums of one side into `total`. */
static int run_pass(distest_context *ctx, pass_data *a, int side, double *total)
{
    const size_t blocks = (a->job->listed[side] + BLOCK - 1) / BLOCK;
    a->side = side;
    return di_sum_blocks(ctx, "curves", 0.2, 0.4, blocks, sum_length(a), fill_block, a,
                         total);
}

static int open_pass(distest_context *ctx, di_pool *pool, const di_rdd_job *job,
                     pass_data *a)
{
    int status = DISTEST_SUCCESS;
    const size_t threads = (size_t)di_threads(ctx);
    memset(a, 0, sizeof *a);
    a->job = job;
    a->terms = (size_t)job->p + 1 + (job->fits == 2 ? (size_t)job->q + 1 : 0);
    for (size_t n = 0; n < job->designs; n++)
        if (width(a, &job->design[n]) > a->columns)
            a->columns = width(a, &job->design[n]);
    DI_TRY(DI_NEW(ctx, pool, &a->chunk, threads, 1));
    DI_TRY(
        DI_NEW(ctx, pool, &a->X, threads * (a->columns + job->covariates), RDD_CHUNK));
done:
    return status;
}

static void normalise(size_t n, double *x, double by)
{
    for (size_t i = 0; i < n; i++) x[i] = by > 0 ? x[i] / by : 0;
}

/* sqrt(k) Z~ of the first design, all units of all sides, columns of norm 1; columns
 * that are constant, or polynomials in x, become 0. Z is n x covariates. */
static void residual_columns(const pass_data *a, size_t n, double *Z)
{
    const di_rdd_job *job = a->job;
    const di_rdd_design *d = &job->design[0];
    const size_t z = job->covariates, t = (size_t)job->p + 1;
    di_rdd_chunk *c = a->chunk;
    for (size_t j = 0; j < z; j++) {
        double *column = Z + j * n, whole = 0, spread = 0, left = 0;
        size_t at = 0;
        for (int s = job->side_from; s < job->side_to; s++) {
            const double *beta = d->beta[s] + (d->count + j) * a->terms;
            for (size_t k = 0; k < t; k++) {
                whole += beta[k] * beta[k];
                if (k > 0) spread += beta[k] * beta[k];
            }
            for (size_t i0 = 0; i0 < job->listed[s]; i0 += RDD_CHUNK) {
                const size_t m =
                    job->listed[s] - i0 < RDD_CHUNK ? job->listed[s] - i0 : RDD_CHUNK;
                di_rdd_chunk_open(job, s, i0, m, c);
                di_rdd_chunk_rows(job, d, c);
                di_rdd_chunk_gather(job, c, job->cols + j, 1, column + at);
                for (size_t k = 0; k < t; k++)
                    for (size_t i = 0; i < m; i++)
                        column[at + i] -= beta[k] * c->r[i + k * RDD_CHUNK];
                for (size_t i = 0; i < m; i++) column[at + i] *= sqrt(c->kh[i]);
                at += m;
            }
        }
        left = di_dot(n, column, column);
        const int gone = left <= COLLINEAR * COLLINEAR * (spread + left) ||
                         left <= CONSTANT * CONSTANT * (whole + left);
        normalise(n, column, gone ? 0 : sqrt(left));
    }
}

/* Keeps a largest set of columns that do not depend on each other. */
static int drop_collinear(distest_context *ctx, di_rdd_job *job, const pass_data *a,
                          int *dropped)
{
    const size_t z = job->covariates;
    const size_t n = job->listed[0] + job->listed[1];
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *Z, *tau;
    size_t *pivot, kept = 0;
    if (z >= n)
        return di_fail(ctx, DISTEST_ESING, "covariates",
                       "There are %zu covariates for %zu units in the bandwidth.", z,
                       n);
    DI_TRY(DI_NEW(ctx, &pool, &Z, n, z));
    DI_TRY(DI_NEW(ctx, &pool, &tau, z, 1));
    DI_TRY(DI_NEW(ctx, &pool, &pivot, z, 1));
    residual_columns(a, n, Z);
    DI_TRY(di_qr(ctx, n, z, Z, n, tau, pivot));
    for (size_t j = 0; j < z; j++)
        dropped[pivot[j]] = !(fabs(Z[j + j * n]) > COLLINEAR);
    for (size_t j = 0; j < z; j++)
        if (!dropped[j]) job->covariate[kept++] = job->covariate[j];
    job->covariates = kept;
done:
    di_pool_free(&pool);
    return status;
}

/* gamma from M = sum k Z~ Z~' and N = sum k Z~ D, scaled to a unit diagonal of M */
static int solve_gamma(distest_context *ctx, const di_rdd_design *d, size_t z,
                       double *NM, double *scale)
{
    double *N = NM, *M = NM + z * d->count;
    for (size_t k = 0; k < z; k++) scale[k] = 1 / sqrt(M[k + k * z]);
    for (size_t k = 0; k < z; k++)
        for (size_t l = 0; l < z; l++) M[l + k * z] *= scale[l] * scale[k];
    for (size_t j = 0; j < d->count; j++)
        for (size_t k = 0; k < z; k++) N[k + j * z] *= scale[k];
    if (di_cholesky('L', z, M, z, NULL) != DISTEST_SUCCESS)
        return di_fail(ctx, DISTEST_ESING, "covariates",
                       "The covariates are collinear within h = %g and %g.", d->h[0].h,
                       d->h[1].h);
    di_cholesky_solve('L', z, d->count, M, z, N, z);
    for (size_t j = 0; j < d->count; j++)
        for (size_t k = 0; k < z; k++) d->gamma[k + j * z] = N[k + j * z] * scale[k];
    return DISTEST_SUCCESS;
}

/* beta becomes that of D - Z gamma */
static void take_out(const pass_data *a, const di_rdd_design *d)
{
    const size_t z = a->job->covariates;
    for (int s = a->job->side_from; s < a->job->side_to; s++)
        di_gemm('N', 'N', a->terms, d->count, z, -1, d->beta[s] + d->count * a->terms,
                a->terms, d->gamma, z, 1, d->beta[s], a->terms);
}

static int use_given(distest_context *ctx, di_pool *pool, const di_rdd_job *job,
                     const pass_data *a)
{
    const size_t z = job->covariates;
    int status = DISTEST_SUCCESS;
    for (size_t n = 0; n < job->designs; n++) {
        di_rdd_design *d = &job->design[n];
        DI_TRY(DI_NEW(ctx, pool, &d->gamma, z, d->count));
        memcpy(d->gamma, job->given + d->first * z, z * d->count * sizeof *d->gamma);
        take_out(a, d);
    }
done:
    return status;
}

/* gamma of every design; beta becomes that of D - Z gamma */
static int sum_gamma(distest_context *ctx, di_pool *pool, di_rdd_job *job, pass_data *a)
{
    const size_t z = job->covariates;
    int status = DISTEST_SUCCESS;
    di_pool local = {0};
    double *total, *other, *scale;
    const size_t len = sum_length(a);
    DI_TRY(DI_NEW(ctx, &local, &total, len, 1));
    DI_TRY(DI_NEW(ctx, &local, &other, len, 1));
    DI_TRY(DI_NEW(ctx, &local, &scale, z, 1));
    memset(total, 0, len * sizeof *total);
    for (int s = job->side_from; s < job->side_to; s++) {
        DI_TRY(run_pass(ctx, a, s, other));
        for (size_t i = 0; i < len; i++) total[i] += other[i];
    }
    for (size_t n = 0; n < job->designs; n++) {
        di_rdd_design *d = &job->design[n];
        DI_TRY(DI_NEW(ctx, pool, &d->gamma, z, d->count));
        DI_TRY(solve_gamma(ctx, d, z, total, scale));
        total += z * width(a, d);
        take_out(a, d);
    }
done:
    di_pool_free(&local);
    return status;
}

int di_rdd_pass_gamma(distest_context *ctx, di_pool *pool, di_rdd_job *job,
                      int *dropped)
{
    int status = DISTEST_SUCCESS;
    di_pool local = {0};
    pass_data a;
    DI_TRY(open_pass(ctx, &local, job, &a));
    if (job->given) {
        DI_TRY(use_given(ctx, pool, job, &a));
        goto done;
    }
    const size_t before = job->covariates;
    DI_TRY(drop_collinear(ctx, job, &a, dropped));
    if (job->covariates < before) DI_TRY(di_rdd_pass_beta(ctx, pool, job));
    if (job->covariates > 0) DI_TRY(sum_gamma(ctx, pool, job, &a));
done:
    di_pool_free(&local);
    return status;
}
