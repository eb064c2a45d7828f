/* kde_em.c - the free diagonal or full bandwidth matrix of largest leave-one-out
 * likelihood, by the monotone iteration
 *
 *     H <- sum_i w_i sum_j p_ij (x_i - x_j)(x_i - x_j)'.
 *
 * In coordinates whitened by the present H, with c_j = sum_i w_i p_ij,
 *
 *     T = sum_i w_i z_i z_i' + sum_j c_j y_j y_j' - Q'(...) - its transpose,
 *
 * panel by panel: two products a panel and tile, nothing of size n x n. With reflecting
 * bounds (a diagonal H) the sum runs over the images of x_j, too: each is a centre, so
 * the iteration stays monotone. */
#include "kde.h"

#include <math.h>
#include <string.h>

typedef struct {
    double *z, *zz, *D, *a, *Q, *QZ, *c, *Y;
    size_t *row;
} scratch;

typedef struct {
    const di_kde_plan *p;
    size_t q;
    const size_t *which;
    const double *wq; /* 0 for rows left out */
    const di_kde_state *state;
    int ties;
    scratch *of;
    double *near; /* c_j of every point, or NULL */
} job;

/* second_k += sum_i e_i E (c - z)_k^2 over the images c of y_i; what is below 2^-70 of
 * the query's weight `by` is nothing */
static void image_squares(const di_kde_plan *p, size_t panel, const double *z,
                          const double *e, double by, double *second)
{
    const double *y = p->y + panel * PANEL * p->d;
    double slope, bend;
    for (size_t k = 0; k < p->d; k++)
        for (size_t i = 0; i < PANEL; i++) {
            if (!(e[i] > by * 0x1p-70)) continue;
            const double v = y[i + k * PANEL] - z[k * TILE];
            di_kde_reflect_moments(p, k, y[i + k * PANEL], z[k * TILE], &slope, &bend);
            second[k] += e[i] * ((v + slope) * (v + slope) + 1 + bend);
        }
}

/* the part of one panel: sum_j c_j y_j y_j' - Y'QZ - (Y'QZ)', lower triangle */
static int panel_part(size_t panel, int thread, void *data, double *out)
{
    const job *t = data;
    const di_kde_plan *p = t->p;
    const scratch *w = &t->of[thread];
    const size_t d = p->d;
    const double *y = p->y + panel * PANEL * d;
    memset(w->c, 0, PANEL * sizeof *w->c);
    memset(w->QZ, 0, PANEL * d * sizeof *w->QZ);
    memset(w->Y, 0, d * d * sizeof *w->Y);
    for (size_t j0 = 0; j0 < t->q; j0 += TILE) {
        const size_t rows = t->q - j0 < TILE ? t->q - j0 : TILE;
        memset(w->z, 0, TILE * d * sizeof *w->z);
        memset(w->Q, 0, PANEL * TILE * sizeof *w->Q);
        for (size_t j = 0; j < rows; j++) w->row[j] = p->row[t->which[j0 + j]];
        di_kde_whiten(p, rows, p->x, p->ldx, w->row, w->z, TILE);
        di_row_sqnorms(TILE, d, w->z, TILE, w->zz);
        di_kde_tile_distances(p, panel, w->z, w->zz, w->D);
        for (size_t j = 0; j < rows; j++) {
            const di_kde_state *s = &t->state[j0 + j];
            double *e = w->Q + j * PANEL;
            const double by = t->wq[j0 + j] / s->S0;
            if (!(by > 0) || !(s->S0 > 0)) continue;
            di_kde_terms(p, panel, w->D + j * PANEL, w->z + j, t->which[j0 + j],
                         t->ties, w->a);
            di_kde_shares(w->a, s->M, e);
            for (size_t i = 0; i < PANEL; i++) w->c[i] += e[i] *= by;
            if (p->low) image_squares(p, panel, w->z + j, e, by, w->Y);
        }
        if (p->low) continue;
        di_gemm('N', 'N', PANEL, d, TILE, 1, w->Q, PANEL, w->z, TILE, 1, w->QZ, PANEL);
    }
    if (t->near) memcpy(t->near + panel * PANEL, w->c, PANEL * sizeof *w->c);
    if (p->low) {
        memset(out, 0, d * d * sizeof *out);
        for (size_t k = 0; k < d; k++) out[k * (d + 1)] = w->Y[k];
        return DISTEST_SUCCESS;
    }
    /* Y'(c Y / 2 - QZ), then plus its transpose */
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < PANEL; i++)
            w->QZ[i + k * PANEL] =
                0.5 * w->c[i] * y[i + k * PANEL] - w->QZ[i + k * PANEL];
    di_gemm('T', 'N', d, d, PANEL, 1, y, PANEL, w->QZ, PANEL, 0, w->Y, d);
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < d; i++)
            out[i + k * d] = w->Y[i + k * d] + w->Y[k + i * d];
    return DISTEST_SUCCESS;
}

/* eigenvalues of a symmetric matrix raised to the floor; how many were; ref = A^-1
 * metric is taken by the caller: here M is already in units of A */
static int raise_floor(distest_context *ctx, size_t d, double floor, double *M,
                       int *low, di_pool *pool)
{
    double *copy, *values, *V;
    int status;
    DI_TRY(DI_NEW(ctx, pool, &copy, d, d));
    DI_TRY(DI_NEW(ctx, pool, &values, d, 1));
    DI_TRY(DI_NEW(ctx, pool, &V, d, d));
    memcpy(copy, M, d * d * sizeof *copy);
    DI_TRY(di_eigen_sym(ctx, d, copy, d, values, V, d));
    if (values[0] >= floor) goto done;
    *low = 1;
    for (size_t k = 0; k < d; k++) {
        const double r = sqrt(fmax(values[k], floor));
        for (size_t i = 0; i < d; i++) V[i + k * d] *= r;
    }
    di_syrk('L', 'N', d, d, 1, V, d, 0, M, d);
    di_symmetrize('L', d, M, d);
done:
    return status;
}

/* H := L M L' or its diagonal */
static void unwhiten(const di_kde_plan *p, double *M)
{
    const size_t d = p->d;
    if (p->L) {
        di_trmm('L', 'L', 'N', 'N', d, d, 1, p->L, d, M, d);
        di_trmm('R', 'L', 'T', 'N', d, d, 1, p->L, d, M, d);
    } else {
        for (size_t k = 0; k < d; k++)
            for (size_t i = 0; i < d; i++) M[i + k * d] *= p->scale[i] * p->scale[k];
    }
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < k; i++)
            M[i + k * d] = M[k + i * d] = 0.5 * (M[i + k * d] + M[k + i * d]);
}

typedef struct {
    size_t *which, *row;
    double *wq, *wt, *norm, *value, *sorted, *next, *z, *zz;
    di_kde_state *state;
    scratch *of;
} work;

static int take(distest_context *ctx, di_pool *pool, size_t q, size_t d, int threads,
                work *w)
{
    int status;
    DI_TRY(DI_NEW(ctx, pool, &w->which, q, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->row, q, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->wq, q, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->wt, q, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->norm, q, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->value, q, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->sorted, q, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->state, q, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->z, q, d));
    DI_TRY(DI_NEW(ctx, pool, &w->next, d, d));
    DI_TRY(DI_NEW(ctx, pool, &w->of, (size_t)threads, 1));
    for (int i = 0; i < threads; i++) {
        scratch *s = &w->of[i];
        DI_TRY(DI_NEW(ctx, pool, &s->z, TILE, d));
        DI_TRY(DI_NEW(ctx, pool, &s->zz, TILE, 1));
        DI_TRY(DI_NEW(ctx, pool, &s->D, TILE, PANEL));
        DI_TRY(DI_NEW(ctx, pool, &s->Q, TILE, PANEL));
        DI_TRY(DI_NEW(ctx, pool, &s->QZ, PANEL, d));
        DI_TRY(DI_NEW(ctx, pool, &s->Y, d, d));
        DI_TRY(DI_NEW(ctx, pool, &s->a, PANEL, 1));
        DI_TRY(DI_NEW(ctx, pool, &s->c, PANEL, 1));
        DI_TRY(DI_NEW(ctx, pool, &s->row, TILE, 1));
    }
done:
    return status;
}

static size_t rows_looked_at(const di_kde_plan *p, size_t points)
{
    return points && points < p->n ? points : p->n;
}

/* rows floor((k + 1/2) n / q), their weights and log(1 - w_G) */
static void choose(const di_kde_plan *p, size_t q, int ties, work *w)
{
    double sum = 0;
    for (size_t k = 0; k < q; k++) {
        w->which[k] =
            q == p->n ? k : (size_t)(((double)k + 0.5) * (double)p->n / (double)q);
        w->row[k] = p->row[w->which[k]];
        sum += w->wq[k] = p->w[w->which[k]];
        w->norm[k] = di_kde_loo_norm(p, w->which[k], ties);
    }
    for (size_t k = 0; k < q; k++) w->wq[k] /= sum;
}

/* L at the present H, and the next H in whitened coordinates */
static int em_step(distest_context *ctx, const di_kde_plan *p, size_t q, double trim,
                   int ties, work *w, double *L, double *near)
{
    int status;
    const size_t d = p->d, drop = (size_t)(trim * (double)q);
    const di_kde_pass pass = {
        .plan = p, .m = q, .which = w->which, .ties = ties, .state = w->state};
    DI_TRY(di_kde_run(ctx, "bandwidth", 0.5, 0.75, &pass));
    for (size_t j = 0; j < q; j++)
        w->value[j] = w->sorted[j] = di_kde_value(p, &w->state[j]) - w->norm[j];
    double limit = -INFINITY, W = 0;
    if (drop) limit = di_select(q, w->sorted, drop - 1);
    *L = 0;
    for (size_t j = 0; j < q; j++) {
        w->wt[j] = drop && w->value[j] <= limit ? 0 : w->wq[j];
        W += w->wt[j];
        if (w->wt[j] > 0) *L += w->wt[j] * w->value[j];
    }
    *L /= W;
    for (size_t j = 0; j < q; j++) w->wt[j] /= W;
    job t = {p, q, w->which, w->wt, w->state, ties, w->of, near};
    DI_TRY(di_sum_blocks(ctx, "bandwidth", 0.75, 1, p->panels, d * d, panel_part, &t,
                         w->next));
    if (p->low) goto done; /* the sums are complete */
    di_kde_whiten(p, q, p->x, p->ldx, w->row, w->z, q);
    for (size_t k = 0; k < d; k++)
        for (size_t j = 0; j < q; j++) w->z[j + k * q] *= sqrt(w->wt[j]);
    di_syrk('L', 'T', d, q, 1, w->z, q, 1, w->next, d);
    di_symmetrize('L', d, w->next, d);
done:
    return status;
}

int di_kde_lcv_free(distest_context *ctx, const distest_sample *sample,
                    const distest_kde_select *select, distest_kde_selected *out,
                    double *H)
{
    const size_t d = sample->d;
    const int diag = select->shape == DISTEST_KDE_DIAG;
    di_kde_plan plan = {0};
    di_pool pool = {0};
    work w = {0};
    double *A = NULL, *sd = NULL, *old = NULL, before = -INFINITY, L = -INFINITY;
    distest_kde_select first = *select;
    distest_kde_opts opts = distest_kde_opts_default();
    int status;
    first.shape = DISTEST_KDE_SCALAR;
    first.scaling = diag ? DISTEST_KDE_SD : DISTEST_KDE_COV;
    DI_TRY(di_kde_lcv_scalar(ctx, sample, &first, out));
    DI_TRY(DI_NEW(ctx, &pool, &A, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &old, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &sd, d, 1));
    DI_TRY(distest_kde_reference(sample, first.scaling, A, ctx));
    for (size_t k = 0; k < d * d; k++) H[k] = A[k] * out->h * out->h;
    opts.shape = select->shape;
    opts.lower = select->lower; /* reflecting ones: see distest_kde_bandwidth() */
    opts.upper = select->upper;
    opts.boundary = select->boundary;
    out->converged = 0;
    for (out->iterations = 0; out->iterations < select->maxit; out->iterations++) {
        for (size_t k = 0; k < d; k++) sd[k] = sqrt(H[k + k * d]);
        opts.bandwidth = diag ? sd : H;
        di_kde_plan_free(&plan);
        DI_TRY(di_kde_plan_make(ctx, sample, &opts, &plan));
        if (!w.which) {
            const size_t q = rows_looked_at(&plan, select->points);
            DI_TRY(take(ctx, &pool, q, d, di_threads(ctx), &w));
            choose(&plan, q, select->ties == DISTEST_KDE_EXCLUDE, &w);
        }
        DI_TRY(em_step(ctx, &plan, out->queries, select->trim,
                       select->ties == DISTEST_KDE_EXCLUDE, &w, &L, NULL));
        if (diag)
            for (size_t k = 0; k < d * d; k++)
                if (k % (d + 1)) w.next[k] = 0;
        memcpy(old, H, d * d * sizeof *old);
        int low = 0;
        if (diag) {
            unwhiten(&plan, w.next);
            for (size_t k = 0; k < d; k++)
                if (w.next[k + k * d] < select->floor * A[k + k * d]) {
                    w.next[k + k * d] = select->floor * A[k + k * d];
                    low = 1;
                }
        } else { /* in units of A: B^-1 H B^-T with A = B B' */
            double *B = old;
            unwhiten(&plan, w.next);
            memcpy(B, A, d * d * sizeof *B);
            DI_TRY(di_cholesky('L', d, B, d, NULL));
            di_trsm('L', 'L', 'N', 'N', d, d, 1, B, d, w.next, d);
            di_trsm('R', 'L', 'T', 'N', d, d, 1, B, d, w.next, d);
            di_pool inner = {0};
            status = raise_floor(ctx, d, select->floor, w.next, &low, &inner);
            di_pool_free(&inner);
            DI_TRY(status);
            di_trmm('L', 'L', 'N', 'N', d, d, 1, B, d, w.next, d);
            di_trmm('R', 'L', 'T', 'N', d, d, 1, B, d, w.next, d);
            di_symmetrize('L', d, w.next, d);
        }
        double moved = 0;
        for (size_t k = 0; k < d * d; k++) {
            const double by = sqrt(H[k % d * (d + 1)] * H[k / d * (d + 1)]);
            moved = fmax(moved, fabs(w.next[k] - H[k]) / by);
        }
        out->objective = L;
        out->floored = low;
        if (L - before <= select->reltol * fabs(L) && moved < 1e-6) {
            out->converged = 1;
            break;
        }
        before = L;
        memcpy(H, w.next, d * d * sizeof *H);
        DI_TRY(di_progress(ctx, 0.5, "bandwidth"));
    }
    out->h = NAN;
    status = DISTEST_SUCCESS;
done:
    di_kde_plan_free(&plan);
    di_pool_free(&pool);
    return status;
}

int di_kde_expected(distest_context *ctx, const distest_sample *sample,
                    const distest_kde_opts *opts, size_t points, double *L,
                    double *mean2, double *near)
{
    const size_t d = sample->d;
    di_kde_plan plan = {0};
    di_pool pool = {0};
    work w = {0};
    double *c;
    int status;
    DI_TRY(di_kde_plan_make(ctx, sample, opts, &plan));
    const size_t q = rows_looked_at(&plan, points);
    DI_TRY(take(ctx, &pool, q, d, di_threads(ctx), &w));
    choose(&plan, q, plan.ties, &w);
    DI_TRY(DI_NEW(ctx, &pool, &c, PANEL, plan.panels));
    DI_TRY(em_step(ctx, &plan, q, 0, plan.ties, &w, L, c));
    for (size_t k = 0; k < d; k++) mean2[k] = w.next[k * (d + 1)];
    for (size_t i = 0; i < sample->n; i++) near[i] = 0;
    for (size_t i = 0; i < plan.n; i++) near[plan.row[i]] = c[i];
done:
    di_kde_plan_free(&plan);
    di_pool_free(&pool);
    return status;
}
