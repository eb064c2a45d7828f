/* kde_conditional.c - marginal and conditional estimates (gaussian kernel).
 *
 * With H cut into the given coordinates x and the rest y,
 *
 *     f(y | x) = sum_i p_i(x) N(y; y_i + B (x - x_i), S),  B = H_yx H_xx^-1,
 *     S = H_yy - B H_xy,  p_i(x) the shares in the marginal density of x. */
#include "kde.h"

#include "stream.h"

#include <math.h>
#include <string.h>

/* H in the units of the data: the metric times h^2 */
static void bandwidth_matrix(const di_kde_plan *p, double *H)
{
    const size_t d = p->d;
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < d; i++) {
            double sum = i == k && !p->L ? p->scale[i] * p->scale[i] : 0;
            for (size_t c = 0; p->L && c <= (i < k ? i : k); c++)
                sum += p->L[i + c * d] * p->L[k + c * d];
            H[i + k * d] = p->h * p->h * sum;
        }
}

static int check_which(distest_context *ctx, const char *argument, size_t d, size_t q,
                       const size_t *which, size_t most)
{
    if (q == 0 || q > most)
        return di_fail(ctx, DISTEST_EINVAL, argument,
                       "`%s` must name 1 to %zu columns, not %zu.", argument, most, q);
    for (size_t k = 0; k < q; k++) {
        if (which[k] >= d)
            return di_fail(ctx, DISTEST_EINVAL, argument,
                           "`%s` must be columns 1 to %zu, not %zu.", argument, d,
                           which[k] + 1);
        for (size_t l = 0; l < k; l++)
            if (which[l] == which[k])
                return di_fail(ctx, DISTEST_EINVAL, argument,
                               "`%s` has column %zu twice.", argument, which[k] + 1);
    }
    return DISTEST_SUCCESS;
}

int distest_kde_marginal(const distest_sample *sample, const distest_kde_opts *opts,
                         size_t q, const size_t *which, double *out_x, double *out_H,
                         distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    double *H;
    int status;
    di_begin(ctx);
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    DI_TRY(check_which(ctx, "which", sample->d, q, which, sample->d));
    if (plan.kernel != KERNEL_GAUSSIAN && plan.kernel != KERNEL_STUDENT)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "kernel",
                       "`kernel` must be \"gaussian\" or \"student\" for a marginal "
                       "density, not \"%s\".",
                       opts->kernel));
    DI_TRY(di_check_pointer(ctx, "out_x", out_x));
    DI_TRY(di_check_pointer(ctx, "out_H", out_H));
    DI_TRY(DI_NEW(ctx, &pool, &H, plan.d, plan.d));
    bandwidth_matrix(&plan, H);
    for (size_t k = 0; k < q; k++) {
        memcpy(out_x + k * sample->n, sample->x + which[k] * sample->n,
               sample->n * sizeof *out_x);
        for (size_t i = 0; i < q; i++)
            out_H[i + k * q] = H[which[i] + which[k] * plan.d];
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

/* The estimate cut in two. */
typedef struct {
    di_kde_plan joint, given; /* joint: only when densities are wanted */
    size_t n, q, r, m;
    double *x, *y;           /* n x q, n x r */
    double *B;               /* r x q */
    double *S;               /* r x r, then its Cholesky factor */
    const double *at, *rest; /* m x q, m x r */
    double *mean, *p, *draw;
    uint64_t key;
    di_kde_one *of;
    di_pool pool;
} cut;

static int cut_make(distest_context *ctx, const distest_sample *sample,
                    const distest_kde_opts *opts, size_t q, const size_t *given,
                    size_t m, const double *at, cut *c)
{
    const size_t n = sample->n, d = sample->d;
    double *H, *Hxx, *Hxy;
    size_t *rest;
    int status;
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &c->joint));
    DI_TRY(check_which(ctx, "given", d, q, given, d - 1));
    if (c->joint.kernel != KERNEL_GAUSSIAN)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "kernel",
                       "`kernel` must be \"gaussian\" for conditional densities, not "
                       "\"%s\".",
                       opts->kernel));
    if (c->joint.bounded)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "boundary",
                       "`boundary` is not for conditional densities."));
    DI_TRY(di_check_finite(ctx, "at_given", m * q, at));
    c->n = n;
    c->q = q;
    c->r = d - q;
    c->m = m;
    c->at = at;
    const size_t r = c->r;
    DI_TRY(DI_NEW(ctx, &c->pool, &H, d, d));
    DI_TRY(DI_NEW(ctx, &c->pool, &Hxx, q, q));
    DI_TRY(DI_NEW(ctx, &c->pool, &Hxy, q, r));
    DI_TRY(DI_NEW(ctx, &c->pool, &rest, r, 1));
    DI_TRY(DI_NEW(ctx, &c->pool, &c->x, n, q));
    DI_TRY(DI_NEW(ctx, &c->pool, &c->y, n, r));
    DI_TRY(DI_NEW(ctx, &c->pool, &c->B, r, q));
    DI_TRY(DI_NEW(ctx, &c->pool, &c->S, r, r));
    size_t left = 0;
    for (size_t k = 0; k < d; k++) {
        int is_given = 0;
        for (size_t l = 0; l < q; l++) is_given = is_given || given[l] == k;
        if (!is_given) rest[left++] = k;
    }
    bandwidth_matrix(&c->joint, H);
    for (size_t k = 0; k < q; k++) {
        memcpy(c->x + k * n, sample->x + given[k] * n, n * sizeof *c->x);
        for (size_t i = 0; i < q; i++) Hxx[i + k * q] = H[given[i] + given[k] * d];
    }
    for (size_t k = 0; k < r; k++) {
        memcpy(c->y + k * n, sample->x + rest[k] * n, n * sizeof *c->y);
        for (size_t i = 0; i < q; i++) Hxy[i + k * q] = H[given[i] + rest[k] * d];
        for (size_t i = 0; i < r; i++) c->S[i + k * r] = H[rest[i] + rest[k] * d];
    }
    /* the plan of x, before Hxx is factored */
    const distest_sample xs = {n, q, c->x, sample->weights};
    distest_kde_opts o = *opts;
    o.shape = DISTEST_KDE_FULL;
    o.bandwidth = Hxx;
    DI_TRY(di_kde_plan_of(ctx, &xs, &o, &c->given));
    /* B' = Hxx^-1 Hxy, S -= B Hxy */
    double *Bt;
    DI_TRY(DI_NEW(ctx, &c->pool, &Bt, q, r));
    memcpy(Bt, Hxy, q * r * sizeof *Bt);
    status = di_cholesky('L', q, Hxx, q, NULL);
    if (status == DISTEST_SUCCESS) di_cholesky_solve('L', q, r, Hxx, q, Bt, q);
    DI_TRY(status);
    di_gemm('T', 'N', r, r, q, -1, Hxy, q, Bt, q, 1, c->S, r);
    for (size_t k = 0; k < q; k++)
        for (size_t i = 0; i < r; i++) c->B[i + k * r] = Bt[k + i * q];
    DI_TRY(di_cholesky('L', r, c->S, r, NULL));
    DI_TRY(di_kde_one_new(ctx, &c->pool, &c->given, di_threads(ctx), &c->of));
done:
    return status;
}

static void cut_free(cut *c)
{
    di_kde_plan_free(&c->joint);
    di_kde_plan_free(&c->given);
    di_pool_free(&c->pool);
}

/* y_ik + (B (x - x_i))_k for point i (a row of the caller's) */
static double component(const cut *c, size_t j, size_t i, size_t k)
{
    double v = c->y[i + k * c->n];
    for (size_t l = 0; l < c->q; l++)
        v += c->B[k + l * c->r] * (c->at[j + l * c->m] - c->x[i + l * c->n]);
    return v;
}

static int conditional_one(size_t j, int thread, void *data)
{
    const cut *c = data;
    di_kde_one *w = &c->of[thread];
    const di_kde_plan *p = &c->given;
    (void)di_kde_shares_of(p, c->at + j, c->m, SIZE_MAX, w);
    if (c->mean)
        for (size_t k = 0; k < c->r; k++) {
            double sum = 0;
            for (size_t i = 0; i < p->n; i++)
                if (w->p[i] > 0) sum += w->p[i] * component(c, j, p->row[i], k);
            c->mean[j + k * c->m] = sum;
        }
    if (c->p) {
        double F = 0;
        for (size_t i = 0; i < p->n; i++) {
            const double s = c->S[0] / (p->a2 ? sqrt(p->a2[i]) : 1);
            if (w->p[i] > 0)
                F += w->p[i] *
                     di_norm_cdf((c->rest[j] - component(c, j, p->row[i], 0)) / s);
        }
        c->p[j] = fmin(F, 1);
    }
    if (!c->draw) return DISTEST_SUCCESS;
    di_stream s = di_stream_open(c->key, j);
    double u = di_stream_uniform(&s);
    size_t i = 0;
    for (; i + 1 < p->n && (u -= w->p[i]) > 0; i++) {
    }
    while (i > 0 && !(w->p[i] > 0)) i--;
    const double by = p->a2 ? 1 / sqrt(p->a2[i]) : 1;
    for (size_t k = 0; k < c->r; k++)
        c->draw[j + k * c->m] = component(c, j, p->row[i], k);
    for (size_t l = 0; l < c->r; l++) {
        const double e = by * di_stream_normal(&s);
        for (size_t k = l; k < c->r; k++)
            c->draw[j + k * c->m] += c->S[k + l * c->r] * e;
    }
    return DISTEST_SUCCESS;
}

int distest_kde_conditional(const distest_sample *sample, const distest_kde_opts *opts,
                            size_t q, const size_t *given, size_t m,
                            const double *at_given, const double *at_rest, double *logf,
                            double *mean, distest_context *ctx)
{
    cut c = {0};
    double *all, *marginal, *joint;
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_sample(ctx, sample));
    DI_TRY(cut_make(ctx, sample, opts, q, given, m, at_given, &c));
    if (logf) {
        DI_TRY(di_check_finite(ctx, "at_rest", m * c.r, at_rest));
        DI_TRY(DI_NEW(ctx, &c.pool, &all, m, sample->d));
        DI_TRY(DI_NEW(ctx, &c.pool, &marginal, m, 1));
        DI_TRY(DI_NEW(ctx, &c.pool, &joint, m, 1));
        size_t l = 0;
        for (size_t k = 0; k < sample->d; k++) {
            const double *from = NULL;
            for (size_t i = 0; i < q; i++)
                if (given[i] == k) from = at_given + i * m;
            memcpy(all + k * m, from ? from : at_rest + m * l++, m * sizeof *all);
        }
        DI_TRY(di_kde_eval_with(ctx, &c.joint, m, all, joint, NULL));
        DI_TRY(di_kde_eval_with(ctx, &c.given, m, at_given, marginal, NULL));
        for (size_t j = 0; j < m; j++) joint[j] -= marginal[j];
    }
    c.mean = mean;
    if (mean) {
        di_blas_serial_enter();
        status = di_for_blocks(ctx, "means", 0, 1, m, conditional_one, &c);
        di_blas_serial_leave();
        DI_TRY(status);
    }
    if (logf) memcpy(logf, joint, m * sizeof *logf);
done:
    cut_free(&c);
    return status;
}

int distest_kde_conditional_cdf(const distest_sample *sample,
                                const distest_kde_opts *opts, size_t q,
                                const size_t *given, size_t m, const double *at_given,
                                const double *at_rest, double *p, distest_context *ctx)
{
    cut c = {0};
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_sample(ctx, sample));
    DI_TRY(cut_make(ctx, sample, opts, q, given, m, at_given, &c));
    if (c.r != 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "given",
                       "`given` must leave one column for a distribution function, not "
                       "%zu.",
                       c.r));
    DI_TRY(di_check_finite(ctx, "at_rest", m, at_rest));
    DI_TRY(di_check_pointer(ctx, "p", p));
    c.rest = at_rest;
    c.p = p;
    di_blas_serial_enter();
    status = di_for_blocks(ctx, "distribution", 0, 1, m, conditional_one, &c);
    di_blas_serial_leave();
done:
    cut_free(&c);
    return status;
}

int distest_kde_conditional_sample(const distest_sample *sample,
                                   const distest_kde_opts *opts, size_t q,
                                   const size_t *given, size_t m,
                                   const double *at_given, distest_rng *rng,
                                   double *out, distest_context *ctx)
{
    cut c = {0};
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_check_sample(ctx, sample));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(cut_make(ctx, sample, opts, q, given, m, at_given, &c));
    c.key = di_rng_key(rng);
    c.draw = out;
    di_blas_serial_enter();
    status = di_for_blocks(ctx, "draws", 0, 1, m, conditional_one, &c);
    di_blas_serial_leave();
done:
    cut_free(&c);
    return status;
}
