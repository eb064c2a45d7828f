/* kde_sample.c - draws from the estimate. */
#include "kde.h"

#include "stream.h"

#include <math.h>
#include <string.h>

static const double HALF_PI = 1.57079632679489661923;

typedef struct {
    const di_kde_plan *p;
    size_t m;
    uint64_t key;
    const double *prob;
    const size_t *alias;
    double *out, *v; /* v: d a thread */
} draw_job;

/* int_0^r cos(pi u / 2) u^(d-1) du / the whole, the radius of the cosine kernel: by
 * rejection from u^(d-1), whose bound is cos <= 1 */
static double cosine_radius(di_stream *s, double d)
{
    for (;;) {
        /* Beta(d, 3) times a constant covers (1 - r)^... : cos(pi r/2) <= (pi/2)(1 - r)
         */
        const double r = di_stream_beta(s, d, 2);
        if (di_stream_uniform(s) * HALF_PI * (1 - r) <= cos(HALF_PI * r)) return r;
    }
}

/* noise of unit scale: d numbers with the kernel's law */
static void noise(const di_kde_plan *p, di_stream *s, double *v)
{
    const double d = (double)p->d;
    double norm2 = 0, r;
    for (size_t k = 0; k < p->d; k++) {
        v[k] = di_stream_normal(s);
        norm2 += v[k] * v[k];
    }
    switch (p->kernel) {
    case KERNEL_GAUSSIAN:
        return;
    case KERNEL_STUDENT:
        r = sqrt(norm2 / (di_stream_chisq(s, p->nu) / p->nu));
        break;
    case KERNEL_EXPONENTIAL:
        r = di_stream_gamma(s, d);
        break;
    case KERNEL_LINEAR:
        r = di_stream_beta(s, d, 2);
        break;
    case KERNEL_COSINE:
        r = cosine_radius(s, d);
        break;
    default:
        r = sqrt(di_stream_beta(s, 0.5 * d, p->kernel - KERNEL_UNIFORM + 1.0));
    }
    for (size_t k = 0; k < p->d; k++) v[k] *= r / sqrt(norm2);
}

enum { DRAWS = 256 };

static int draw_block(size_t block, int thread, void *data)
{
    const draw_job *t = data;
    const di_kde_plan *p = t->p;
    double *v = t->v + (size_t)thread * p->d;
    for (size_t j = block * DRAWS; j < t->m && j < (block + 1) * DRAWS; j++) {
        di_stream s = di_stream_open(t->key, j);
        const size_t i = di_alias_draw(p->n, t->prob, t->alias, di_stream_uniform(&s));
        const double by = 1 / p->inv / sqrt(p->a2 ? p->a2[i] : 1);
        noise(p, &s, v);
        for (size_t k = p->d; k-- > 0;) { /* L v from the last row up, in place */
            double sum = 0;
            if (p->L)
                for (size_t c = 0; c <= k; c++) sum += p->L[k + c * p->d] * v[c];
            else
                sum = p->scale[k] * v[k];
            const double u = p->x[p->row[i] + k * p->ldx] + by * sum;
            t->out[j + k * t->m] = p->bounded ? di_kde_bounds_back(p, k, u) : u;
        }
    }
    return DISTEST_SUCCESS;
}

/* symmetric root of S (power 1/2 or -1/2) */
static int root(distest_context *ctx, di_pool *pool, size_t d, const double *S,
                double power, double *out)
{
    double *A, *values, *V, *W;
    int status;
    DI_TRY(DI_NEW(ctx, pool, &A, d, d));
    DI_TRY(DI_NEW(ctx, pool, &V, d, d));
    DI_TRY(DI_NEW(ctx, pool, &W, d, d));
    DI_TRY(DI_NEW(ctx, pool, &values, d, 1));
    memcpy(A, S, d * d * sizeof *A);
    DI_TRY(di_eigen_sym(ctx, d, A, d, values, V, d));
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < d; i++)
            W[i + k * d] = V[i + k * d] * pow(fmax(values[k], 0), power);
    di_gemm('N', 'T', d, d, d, 1, W, d, V, d, 0, out, d);
done:
    return status;
}

/* x* := mean + S_w^1/2 (S_w + H_sd)^-1/2 (x* - mean) (34) */
static int shrink_draws(distest_context *ctx, di_pool *pool, const di_kde_plan *p,
                        size_t m, double *out)
{
    const size_t d = p->d;
    double *S, *T, *R1, *R2, *F, *z, mean_a2 = 0;
    int status;
    DI_TRY(DI_NEW(ctx, pool, &S, d, d));
    DI_TRY(DI_NEW(ctx, pool, &T, d, d));
    DI_TRY(DI_NEW(ctx, pool, &R1, d, d));
    DI_TRY(DI_NEW(ctx, pool, &R2, d, d));
    DI_TRY(DI_NEW(ctx, pool, &F, d, d));
    DI_TRY(DI_NEW(ctx, pool, &z, m > p->n ? m : p->n, d));
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < p->n; i++)
            z[i + k * p->n] =
                sqrt(p->w[i]) * (p->x[p->row[i] + k * p->ldx] - p->centre[k]);
    di_syrk('L', 'T', d, p->n, 1, z, p->n, 0, S, d);
    di_symmetrize('L', d, S, d);
    for (size_t i = 0; i < p->n; i++) mean_a2 += p->w[i] / (p->a2 ? p->a2[i] : 1);
    /* variance of the kernel per coordinate: 1 in units of H, nu / (nu - 2) for student
     */
    const double var = p->kernel == KERNEL_STUDENT ? p->nu / (p->nu - 2) : 1;
    memcpy(T, S, d * d * sizeof *T);
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < d; i++) {
            double sum = 0;
            if (p->L)
                for (size_t c = 0; c <= (i < k ? i : k); c++)
                    sum += p->L[i + c * d] * p->L[k + c * d];
            else
                sum = i == k ? p->scale[k] * p->scale[k] : 0;
            T[i + k * d] += var * p->h * p->h * mean_a2 * sum;
        }
    DI_TRY(root(ctx, pool, d, S, 0.5, R1));
    DI_TRY(root(ctx, pool, d, T, -0.5, R2));
    di_gemm('N', 'N', d, d, d, 1, R1, d, R2, d, 0, F, d);
    for (size_t k = 0; k < d; k++)
        for (size_t j = 0; j < m; j++) z[j + k * m] = out[j + k * m] - p->centre[k];
    di_gemm('N', 'T', m, d, d, 1, z, m, F, d, 0, out, m);
    for (size_t k = 0; k < d; k++)
        for (size_t j = 0; j < m; j++) out[j + k * m] += p->centre[k];
done:
    return status;
}

int distest_kde_sample(const distest_sample *sample, const distest_kde_opts *opts,
                       size_t m, int shrink, distest_rng *rng, double *out,
                       distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    double *prob, *v;
    size_t *alias, *scratch;
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(di_kde_check(ctx, sample, opts));
    DI_TRY(di_kde_plan_make(ctx, sample, opts, &plan));
    if (shrink && plan.kernel == KERNEL_STUDENT && plan.nu <= 2)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "shrink",
                       "`shrink` needs a kernel with a variance, nu > 2, not %g.",
                       plan.nu));
    if (shrink && plan.bounded)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "shrink",
                       "`shrink` is not for estimates with bounds."));
    DI_TRY(DI_NEW(ctx, &pool, &prob, plan.n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &alias, plan.n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, plan.n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &v, plan.d, (size_t)di_threads(ctx)));
    di_alias_build(plan.n, plan.w, prob, alias, scratch);
    draw_job t = {&plan, m, di_rng_key(rng), prob, alias, out, v};
    DI_TRY(di_for_blocks(ctx, "draws", 0, 1, (m + DRAWS - 1) / DRAWS, draw_block, &t));
    if (shrink) {
        di_blas_serial_enter();
        status = shrink_draws(ctx, &pool, &plan, m, out);
        di_blas_serial_leave();
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}
