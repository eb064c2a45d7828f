/* kde_score.c - gradient and Hessian of the log density: a second pass over the points,
 * now that the shares p_i = exp(a_i - LSE a) are known. Both are sums over differences
 * x_i - x; the Hessian's, a covariance, over differences from the point of the largest
 * share: so nothing cancels where one point dominates. */
#include "kde.h"

#include <math.h>
#include <string.h>

typedef struct {
    double *z, *zz, *D, *a, *e, *B, *C, *g, *r, *bends;
    size_t *row;
} scratch;

typedef struct {
    const di_kde_plan *p;
    size_t m;
    const double *at;
    const di_kde_state *state;
    const double *raw, *logj; /* queries as given; log Jacobians or NULL */
    double *grad, *hess;
    scratch *of;
} job;

/* e_i := p_i, then p_i q_i with q_i = -2 g'(u) / (s^2 a_i^2), so that gradient = sum
 * e_i (x_i - x) in whitened coordinates; false when nothing counts */
static int factors(const job *t, size_t panel, size_t j, const double *z, double norm,
                   double *D, const scratch *w)
{
    const di_kde_plan *p = t->p;
    const di_kde_state *q = &t->state[j];
    double *a = w->a, *e = w->e;
    const double eta = di_kde_eta(p, norm, q->M, log((double)p->n));
    if (di_kde_terms(p, panel, D, z, SIZE_MAX, 0, a) < q->M - 100 - 2 * eta) return 0;
    if (eta > 1e-11)
        di_kde_correct(p, panel, t->at + j, t->m, z, 0, q->M, eta, D, a, w->B);
    di_kde_shares(a, q->M, e);
    for (size_t i = 0; i < PANEL; i++) {
        if (!(e[i] > 0)) continue;
        const double a2 = p->a2 ? p->a2[panel * PANEL + i] : 1;
        const double u = (D[i] * a2 * p->inv) * p->inv;
        e[i] = e[i] / q->S0 * a2 * (-2 * di_kde_slope(p->kernel, p->nu, p->d, u));
    }
    return 1;
}

/* y_k - z_k, with reflecting bounds to the mean image of y */
static double reach(const di_kde_plan *p, size_t k, double y, double z)
{
    double slope, bend;
    if (!p->low) return y - z;
    di_kde_reflect_moments(p, k, y, z, &slope, &bend);
    return y - z + slope;
}

/* what the images of reflecting bounds add to sum_i e_i (y_i - z), and -sum_i e_i b_i
 * with b_i the second derivatives of the terms in units of h, -1 without bounds */
static void add_images(const di_kde_plan *p, size_t panel, const double *z,
                       const double *e, double *g, double *bends)
{
    const double *y = p->y + panel * PANEL * p->d;
    double slope, bend;
    for (size_t k = 0; k < p->d; k++)
        for (size_t i = 0; i < PANEL; i++) {
            if (!(e[i] > 0)) continue;
            if (p->low) {
                di_kde_reflect_moments(p, k, y[i + k * PANEL], z[k * TILE], &slope,
                                       &bend);
                g[k] += e[i] * slope;
                bends[k] -= e[i] * bend;
            } else {
                bends[k] += e[i];
            }
        }
}

/* r = v of the point of the largest share, v_i = (y_i - z) / a_i^2, in units of h */
static void largest_share(const di_kde_plan *p, size_t best, const double *z, double *r)
{
    const double *y = p->y + best / PANEL * PANEL * p->d + best % PANEL;
    const double a2 = p->a2 ? p->a2[best] : 1;
    for (size_t k = 0; k < p->d; k++)
        r[k] = a2 * reach(p, k, y[k * PANEL], z[k * TILE]) * p->inv;
}

/* C += sum_i p_i (v_i - r)(v_i - r)'; gaussian: e_i = p_i / a_i^2 */
static void add_outer(const di_kde_plan *p, size_t panel, const double *z,
                      const double *e, const double *r, double *B, double *C)
{
    const double *y = p->y + panel * PANEL * p->d;
    for (size_t k = 0; k < p->d; k++)
        for (size_t i = 0; i < PANEL; i++) {
            const double a2 = p->a2 ? p->a2[panel * PANEL + i] : 1;
            double v = 0;
            if (e[i] > 0) v = a2 * reach(p, k, y[i + k * PANEL], z[k * TILE]) * p->inv;
            B[i + k * PANEL] = e[i] > 0 ? sqrt(e[i] / a2) * (v - r[k]) : 0;
        }
    di_syrk('L', 'T', p->d, PANEL, 1, B, PANEL, 1, C, p->d);
}

/* Hess = inv^2 L^-T (C - diag(bends) - (g - r)(g - r)') L^-1 with g = sum p v in units
 * of h, and r as C was summed with; r := g - r. inv^2 is never formed: it may overflow
 * where what it multiplies is 0. */
static void finish_hessian(const di_kde_plan *p, const double *bends, const double *g,
                           double *r, double *C, double *out)
{
    const size_t d = p->d;
    for (size_t k = 0; k < d; k++) r[k] = g[k] - r[k];
    for (size_t k = 0; k < d; k++)
        for (size_t i = k; i < d; i++)
            out[i + k * d] = C[i + k * d] - r[i] * r[k] - (i == k ? bends[k] : 0);
    di_symmetrize('L', d, out, d);
    if (p->L) {
        di_trsm('L', 'L', 'T', 'N', d, d, 1, p->L, d, out, d);
        di_trsm('R', 'L', 'N', 'N', d, d, 1, p->L, d, out, d);
        for (size_t k = 0; k < d; k++) /* the same to the last bit on both sides */
            for (size_t i = 0; i < k; i++)
                out[i + k * d] = out[k + i * d] =
                    0.5 * (out[i + k * d] + out[k + i * d]);
    } else {
        for (size_t k = 0; k < d; k++)
            for (size_t i = 0; i < d; i++)
                out[i + k * d] = i > k ? (out[i + k * d] / p->scale[i]) / p->scale[k]
                                       : (out[i + k * d] / p->scale[k]) / p->scale[i];
    }
    for (size_t k = 0; k < d * d; k++) out[k] = (out[k] * p->inv) * p->inv;
}

static int score_tile(size_t block, int thread, void *data)
{
    const job *t = data;
    const di_kde_plan *p = t->p;
    const scratch *w = &t->of[thread];
    const size_t d = p->d, j0 = block * TILE,
                 rows = t->m - j0 < TILE ? t->m - j0 : TILE;
    memset(w->z, 0, TILE * d * sizeof *w->z);
    memset(w->g, 0, TILE * d * sizeof *w->g);
    memset(w->bends, 0, TILE * d * sizeof *w->bends);
    if (t->hess) memset(w->C, 0, TILE * d * d * sizeof *w->C);
    for (size_t j = 0; j < rows; j++) w->row[j] = j0 + j;
    di_kde_whiten(p, rows, t->at, t->m, w->row, w->z, TILE);
    di_row_sqnorms(TILE, d, w->z, TILE, w->zz);
    for (size_t panel = 0; panel < p->panels; panel++) {
        for (size_t j = 0; j < TILE; j++) /* by differences: they are what is summed */
            di_kde_differences(d, p->y + panel * PANEL * d, w->z + j, TILE,
                               w->D + j * PANEL);
        for (size_t j = 0; j < rows; j++) {
            if (!(t->state[j0 + j].S0 > 0)) continue;
            if (!factors(t, panel, j0 + j, w->z + j, sqrt(w->zz[j]), w->D + j * PANEL,
                         w))
                continue;
            if (p->low || t->hess)
                add_images(p, panel, w->z + j, w->e, w->g + j * d, w->bends + j * d);
            di_kde_add_differences(d, p->y + panel * PANEL * d, w->z + j, TILE, w->e,
                                   w->g + j * d);
            if (!t->hess) continue;
            largest_share(p, t->state[j0 + j].best, w->z + j, w->r);
            add_outer(p, panel, w->z + j, w->e, w->r, w->B, w->C + j * d * d);
        }
    }
    for (size_t j = 0; j < rows; j++) {
        double *g = w->g + j * d;
        const int none =
            !(t->state[j0 + j].S0 > 0) || (t->logj && t->logj[j0 + j] == -INFINITY);
        for (size_t k = 0; k < d; k++) g[k] = none ? NAN : g[k] * p->inv;
        if (t->hess) {
            double *H = t->hess + (j0 + j) * d * d;
            if (!none) largest_share(p, t->state[j0 + j].best, w->z + j, w->r);
            finish_hessian(p, w->bends + j * d, g, w->r, w->C + j * d * d, H);
            for (size_t k = 0; k < d * d && none; k++) H[k] = NAN;
        }
        for (size_t k = 0; k < d; k++) g[k] *= p->inv;
        if (!none) di_kde_unwhiten_gradient(p, g);
        if (!none && p->logj)
            di_kde_bounds_chain(p, t->raw + j0 + j, t->m, g,
                                t->hess ? t->hess + (j0 + j) * d * d : NULL);
        if (!t->grad) continue;
        for (size_t k = 0; k < d; k++) t->grad[j0 + j + k * t->m] = g[k];
    }
    return DISTEST_SUCCESS;
}

int di_kde_score_with(distest_context *ctx, const di_kde_plan *plan, size_t m,
                      const double *at, double *logf, double *grad, double *hess)
{
    di_pool pool = {0};
    const int threads = di_threads(ctx);
    job t = {.p = plan, .m = m, .raw = at, .grad = grad, .hess = hess};
    int status;
    if (m == 0) return DISTEST_SUCCESS;
    if (hess && plan->kernel != KERNEL_GAUSSIAN)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "kernel",
                       "`kernel` must be \"gaussian\" for second derivatives."));
    DI_TRY(di_check_pointer(ctx, "at", at));
    DI_TRY(di_kde_queries(ctx, plan, &pool, m, &at, &t.logj));
    t.at = at;
    const size_t d = plan->d;
    di_kde_state *state;
    DI_TRY(DI_NEW(ctx, &pool, &state, m, 1));
    t.state = state;
    DI_TRY(DI_NEW(ctx, &pool, &t.of, (size_t)threads, 1));
    for (int i = 0; i < threads; i++) {
        scratch *w = &t.of[i];
        DI_TRY(DI_NEW(ctx, &pool, &w->z, TILE, d));
        DI_TRY(DI_NEW(ctx, &pool, &w->g, TILE, d));
        DI_TRY(DI_NEW(ctx, &pool, &w->r, d, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->bends, TILE, d));
        DI_TRY(DI_NEW(ctx, &pool, &w->zz, TILE, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->D, TILE, PANEL));
        DI_TRY(DI_NEW(ctx, &pool, &w->a, PANEL, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->e, PANEL, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->row, TILE, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->B, hess ? PANEL : 1, d));
        DI_TRY(DI_NEW(ctx, &pool, &w->C, TILE, hess ? d * d : 0));
    }
    const di_kde_pass pass = {
        .plan = plan, .m = m, .at = at, .want = hess ? KDE_STATS : 0, .state = state};
    di_blas_serial_enter();
    status = di_kde_run(ctx, "density", 0, 0.4, &pass);
    if (status == DISTEST_SUCCESS)
        status = di_for_blocks(ctx, "derivatives", 0.4, 1, (m + TILE - 1) / TILE,
                               score_tile, &t);
    di_blas_serial_leave();
    DI_TRY(status);
    for (size_t j = 0; j < m && logf; j++)
        logf[j] = di_kde_value(plan, &state[j]) + (t.logj ? t.logj[j] : 0);
done:
    di_pool_free(&pool);
    return status;
}

static int run(const distest_sample *sample, const distest_kde_opts *opts, size_t m,
               const double *at, double *logf, double *grad, double *hess,
               distest_context *ctx)
{
    di_kde_plan plan = {0};
    int status;
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    DI_TRY(di_kde_score_with(ctx, &plan, m, at, logf, grad, hess));
done:
    di_kde_plan_free(&plan);
    return status;
}

int distest_kde_score(const distest_sample *sample, const distest_kde_opts *opts,
                      size_t m, const double *at, double *logf, double *grad,
                      distest_context *ctx)
{
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    const int status = di_check_pointer(ctx, "grad", grad);
    if (status != DISTEST_SUCCESS) return status;
    return run(sample, opts, m, at, logf, grad, NULL, ctx);
}

int distest_kde_curvature(const distest_sample *sample, const distest_kde_opts *opts,
                          size_t m, const double *at, double *logf, double *grad,
                          double *hess, distest_context *ctx)
{
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    const int status = di_check_pointer(ctx, "hess", hess);
    if (status != DISTEST_SUCCESS) return status;
    return run(sample, opts, m, at, logf, grad, hess, ctx);
}
