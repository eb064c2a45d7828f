/* wls_moments.c - what a fitted function says under mu: its moments. */
#include "wls.h"

#include <math.h>

int di_wls_check_product(const distest_wls_space *s, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "space", s));
    if (s->N)
        return di_fail(
            ctx, DISTEST_EINVAL, "fit",
            "`fit` is on a finite space, whose measure is not a product: these moments "
            "need a tensor space.");
    double one = 0;
    for (size_t j = 0; j < s->m; j++) {
        double e = 1;
        for (size_t k = 0; k < s->d; k++) e *= s->basis[k]->e[s->idx[k + j * s->d]];
        one += e * e;
    }
    if (!(fabs(one - 1) < 1e-9))
        return di_fail(ctx, DISTEST_EINVAL, "fit",
                       "the constant is not in the space of `fit`; its indices are not "
                       "defined.");
done:
    return status;
}

double di_wls_se(size_t m, const double *V, const double *g)
{
    if (!V) return NAN;
    const double v = di_quadform(m, V, m, g);
    return sqrt(v > 0 || isnan(v) ? v : 0);
}

int distest_wls_moments(const distest_wls_space *space, const double *coef,
                        const double *V, double out[4], distest_context *ctx)
{
    double *e = NULL, *g = NULL, mean = 0, square = 0;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "space", space));
    if (!space->N) DI_TRY(di_wls_check_product(space, ctx));
    const size_t m = space->m;
    DI_TRY(DI_NEW(ctx, &pool, &e, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &g, m, 1));
    DI_TRY(distest_wls_integrals(space, e, ctx));
    for (size_t j = 0; j < m; j++) mean += coef[j] * e[j];
    for (size_t j = 0; j < m; j++) { /* |c - mean e|^2: no cancellation */
        const double r = coef[j] - mean * e[j];
        square += r * r, g[j] = 2 * r;
    }
    out[0] = mean, out[1] = square;
    out[2] = di_wls_se(m, V, e), out[3] = di_wls_se(m, V, g);
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

typedef struct {
    const distest_wls_space *s;
    const double *coef;
    double mean;
    size_t nodes, per;
    size_t *size; /* d rule sizes; NULL: random points */
    double **x, **w;
    uint64_t key;
    double *work;
} power_job;

/* sums of w r^2, r^3, r^4 and, for random points, of r^6, r^8 */
static int power_block(size_t block, int thread, void *data, double *out)
{
    const power_job *j = data;
    const distest_wls_space *s = j->s;
    const size_t i0 = block * WLS_BLOCK, d = s->d;
    const size_t rows = j->nodes - i0 < WLS_BLOCK ? j->nodes - i0 : WLS_BLOCK;
    double *work = j->work + (size_t)thread * j->per;
    double *phi = work + di_wls_features_work(s), *x = phi + s->m * WLS_BLOCK;
    double *f = x + d * WLS_BLOCK, *w = f + WLS_BLOCK;
    di_stream stream = di_stream_open(j->key, block);
    for (size_t i = 0; i < rows; i++) {
        size_t at = i0 + i;
        w[i] = j->size ? 1 : 1 / (double)j->nodes;
        for (size_t k = 0; k < d; k++) {
            if (!j->size) {
                x[i + k * WLS_BLOCK] = di_wls_draw_mu(s->basis[k], &stream);
                continue;
            }
            x[i + k * WLS_BLOCK] = j->x[k][at % j->size[k]];
            w[i] *= j->w[k][at % j->size[k]];
            at /= j->size[k];
        }
    }
    di_wls_features_block(s, rows, x, WLS_BLOCK, 0, phi, WLS_BLOCK, NULL, NULL, 0,
                          work);
    di_gemv('N', rows, s->m, 1, phi, WLS_BLOCK, j->coef, 0, f);
    for (size_t p = 0; p < 5; p++) out[p] = 0;
    for (size_t i = 0; i < rows; i++) {
        const double r = f[i] - j->mean, r2 = r * r;
        out[0] += w[i] * r2, out[1] += w[i] * r2 * r, out[2] += w[i] * r2 * r2;
        out[3] += w[i] * r2 * r2 * r2, out[4] += w[i] * r2 * r2 * r2 * r2;
    }
    return DISTEST_SUCCESS;
}

int distest_wls_moments4(const distest_wls_space *space, const double *coef,
                         distest_rng *rng, double out[6], distest_context *ctx)
{
    double first[4], sum[5], nodes = 1;
    size_t *size = NULL;
    power_job job = {.s = space, .coef = coef};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    di_gsl_enter();
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(di_wls_check_product(space, ctx));
    job.key = di_rng_key(rng);
    DI_TRY(distest_wls_moments(space, coef, NULL, first, ctx));
    const size_t d = space->d;
    DI_TRY(DI_NEW(ctx, &pool, &size, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &job.x, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &job.w, d, 1));
    for (size_t k = 0; k < d; k++) {
        size[k] = di_wls_gauss_size(space->basis[k], 4);
        nodes *= (double)size[k];
    }
    job.mean = first[0];
    job.nodes = (size_t)1 << 20;
    if (nodes <= 0x1p20) {
        job.nodes = (size_t)nodes, job.size = size;
        for (size_t k = 0; k < d; k++) {
            DI_TRY(DI_NEW(ctx, &pool, &job.x[k], size[k], 1));
            DI_TRY(DI_NEW(ctx, &pool, &job.w[k], size[k], 1));
            DI_TRY(di_wls_gauss(ctx, space->basis[k], 4, job.x[k], job.w[k]));
        }
    }
    job.per = di_wls_features_work(space) + (space->m + d + 2) * WLS_BLOCK;
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx), job.per));
    DI_TRY(di_sum_blocks(ctx, "moments", 0, 1, (job.nodes + WLS_BLOCK - 1) / WLS_BLOCK,
                         5, power_block, &job, sum));
    const double N = (double)job.nodes;
    out[0] = first[0], out[1] = first[1], out[2] = sum[1], out[3] = sum[2];
    out[4] = job.size ? 0 : sqrt(fmax(sum[3] - sum[1] * sum[1], 0) / N);
    out[5] = job.size ? 0 : sqrt(fmax(sum[4] - sum[2] * sum[2], 0) / N);
done:
    di_gsl_leave();
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
