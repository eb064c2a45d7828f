/* kde_mesh.c - the density on a mesh. With the gaussian kernel and diagonal H it is, in
 * two dimensions, K_1 diag(w) K_2' with K_k = phi((axis_k - x_k) / h_k): one product of
 * matrices, exact. Where it comes near underflow the log density is taken point by
 * point. */
#include "kde.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 128 }; /* of the mesh a block */
static const double TINY = 1e-250;

typedef struct {
    const di_kde_plan *p;
    const size_t *count;
    const double *axis[3]; /* whitened */
    size_t per;            /* blocks a slice of the third axis */
    double **K1, **K2;     /* one a thread */
    double *out;           /* linear */
} job;

/* K (rows x PANEL), or its transpose's columns: exp(-(axis - y)^2 inv^2 a2 / 2) */
static void factor_of(const di_kde_plan *p, size_t panel, size_t k, size_t rows,
                      const double *axis, const double *more, double *K, size_t ldk)
{
    const double *y = p->y + panel * PANEL * p->d + k * PANEL;
    for (size_t i = 0; i < PANEL; i++) {
        const double a2 = p->a2 ? p->a2[panel * PANEL + i] : 1;
        const double from = more ? more[i] : 0, by = -0.5 * p->inv * p->inv * a2;
        for (size_t g = 0; g < rows; g++) {
            const double t = axis[g] - y[i];
            K[g + i * ldk] = from + by * t * t;
        }
    }
    di_vexp(rows * PANEL, K, K);
}

static int mesh_block(size_t block, int thread, void *data)
{
    const job *t = data;
    const di_kde_plan *p = t->p;
    const size_t slice = block / t->per, c0 = block % t->per * COLUMNS,
                 G1 = t->count[0], G2 = t->count[1];
    const size_t cols = G2 - c0 < COLUMNS ? G2 - c0 : COLUMNS;
    double more[PANEL], *out = t->out + slice * G1 * G2 + c0 * G1;
    for (size_t b = 0; b < p->panels; b++) {
        memcpy(more, p->logw + b * PANEL, sizeof more);
        for (size_t i = 0; i < PANEL && p->d == 3; i++) {
            const double a2 = p->a2 ? p->a2[b * PANEL + i] : 1;
            const double u = t->axis[2][slice] - p->y[b * PANEL * p->d + 2 * PANEL + i];
            more[i] -= 0.5 * p->inv * p->inv * a2 * u * u;
        }
        factor_of(p, b, 0, G1, t->axis[0], NULL, t->K1[thread], G1);
        factor_of(p, b, 1, cols, t->axis[1] + c0, more, t->K2[thread], cols);
        di_gemm('N', 'T', G1, cols, PANEL, 1, t->K1[thread], G1, t->K2[thread], cols,
                b ? 1 : 0, out, G1);
    }
    return DISTEST_SUCCESS;
}

/* rows of the mesh as points: those of `which`, or all of them */
static void mesh_points(size_t d, const size_t *count, const double *axes, size_t m,
                        const size_t *which, double *at)
{
    for (size_t j = 0; j < m; j++) {
        size_t rest = which ? which[j] : j;
        const double *axis = axes;
        for (size_t k = 0; k < d; k++) {
            at[j + k * m] = axis[rest % count[k]];
            rest /= count[k];
            axis += count[k];
        }
    }
}

static int by_products(distest_context *ctx, di_pool *pool, const di_kde_plan *p,
                       const size_t *count, const double *axes, size_t m, double *out)
{
    const size_t threads = (size_t)di_threads(ctx);
    job t = {.p = p, .count = count, .out = out};
    const double *axis = axes;
    double *z;
    int status;
    t.per = (count[1] + COLUMNS - 1) / COLUMNS;
    DI_TRY(DI_NEW(ctx, pool, &z, count[0] + count[1] + (p->d > 2 ? count[2] : 0), 1));
    for (size_t k = 0; k < p->d; k++) {
        t.axis[k] = z;
        for (size_t g = 0; g < count[k]; g++)
            *z++ = (*axis++ - p->centre[k]) / p->scale[k];
    }
    DI_TRY(DI_NEW(ctx, pool, &t.K1, threads, 1));
    DI_TRY(DI_NEW(ctx, pool, &t.K2, threads, 1));
    for (size_t i = 0; i < threads; i++) {
        DI_TRY(DI_NEW(ctx, pool, &t.K1[i], count[0], PANEL));
        DI_TRY(DI_NEW(ctx, pool, &t.K2[i], COLUMNS, PANEL));
    }
    di_blas_serial_enter();
    status = di_for_blocks(ctx, "mesh", 0, 0.9, t.per * (p->d > 2 ? count[2] : 1),
                           mesh_block, &t);
    di_blas_serial_leave();
    DI_TRY(status);
    size_t faint = 0, *which;
    for (size_t j = 0; j < m; j++) faint += !(out[j] > TINY);
    DI_TRY(DI_NEW(ctx, pool, &which, faint, 1));
    faint = 0;
    for (size_t j = 0; j < m; j++) {
        if (!(out[j] > TINY)) which[faint++] = j;
        out[j] = p->c + log(out[j]);
    }
    if (!faint) goto done;
    double *at, *value;
    DI_TRY(DI_NEW(ctx, pool, &at, faint, p->d));
    DI_TRY(DI_NEW(ctx, pool, &value, faint, 1));
    mesh_points(p->d, count, axes, faint, which, at);
    DI_TRY(di_kde_eval_with(ctx, p, faint, at, value, NULL));
    for (size_t j = 0; j < faint; j++) out[which[j]] = value[j];
done:
    return status;
}

int distest_kde_mesh(const distest_sample *sample, const distest_kde_opts *opts,
                     const size_t *count, const double *axes, double *logf,
                     distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    double *work, *at;
    size_t m = 1, sum = 0;
    int status;
    di_begin(ctx);
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    if (plan.d > 3)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                       "`x` must have one to three columns for a mesh, not %zu.",
                       plan.d));
    DI_TRY(di_check_pointer(ctx, "count", count));
    for (size_t k = 0; k < plan.d; k++) {
        if (count[k] == 0) goto done;
        m *= count[k];
        sum += count[k];
    }
    DI_TRY(di_check_finite(ctx, "axes", sum, axes));
    DI_TRY(di_check_pointer(ctx, "logf", logf));
    DI_TRY(DI_NEW(ctx, &pool, &work, m, 1));
    if (plan.d > 1 && plan.kernel == KERNEL_GAUSSIAN && !plan.L && !plan.bounded) {
        DI_TRY(by_products(ctx, &pool, &plan, count, axes, m, work));
    } else {
        DI_TRY(DI_NEW(ctx, &pool, &at, m, plan.d));
        mesh_points(plan.d, count, axes, m, NULL, at);
        DI_TRY(di_kde_eval_with(ctx, &plan, m, at, work, NULL));
    }
    memcpy(logf, work, m * sizeof *logf);
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}
