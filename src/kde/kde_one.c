/* kde_one.c - the shares p_i of all points in f at one query, from differences: what
 * responsibilities, conditional densities and mean shift are made of. */
#include "kde.h"

#include <math.h>
#include <string.h>

int di_kde_one_new(distest_context *ctx, di_pool *pool, const di_kde_plan *p,
                   int threads, di_kde_one **of)
{
    int status;
    DI_TRY(DI_NEW(ctx, pool, of, (size_t)threads, 1));
    for (int t = 0; t < threads; t++) {
        di_kde_one *w = &(*of)[t];
        DI_TRY(DI_NEW(ctx, pool, &w->z, TILE, p->d));
        DI_TRY(DI_NEW(ctx, pool, &w->D, PANEL, 1));
        DI_TRY(DI_NEW(ctx, pool, &w->p, PANEL, p->panels));
        DI_TRY(DI_NEW(ctx, pool, &w->v, p->d, 1));
    }
done:
    return status;
}

double di_kde_shares_of(const di_kde_plan *p, const double *raw, size_t ld,
                        size_t query, di_kde_one *w)
{
    double M = -INFINITY, sum = 0;
    const double logn = log((double)p->n);
    for (size_t k = 0; k < p->d; k++) w->v[k] = raw[k * ld];
    memset(w->z, 0, TILE * p->d * sizeof *w->z);
    di_kde_whiten(p, 1, w->v, 1, NULL, w->z, TILE);
    double norm2 = 0;
    for (size_t k = 0; k < p->d; k++) norm2 += w->z[k * TILE] * w->z[k * TILE];
    for (size_t b = 0; b < p->panels; b++) {
        double *a = w->p + b * PANEL;
        di_kde_differences(p->d, p->y + b * PANEL * p->d, w->z, TILE, w->D);
        double most = di_kde_terms(p, b, w->D, w->z, query, p->ties, a);
        /* distances by differences of whitened points carry their offset's rounding */
        const double R = (sqrt(norm2) + p->ymax) * p->inv * sqrt(p->a2max);
        const double eta =
            3 * 0x1p-53 * R * sqrt(2 * fabs(isfinite(most) ? most : 0) + 2 * logn + 80);
        if (eta > 1e-11 && most > -INFINITY)
            most = di_kde_correct(p, b, raw, ld, w->z, query != SIZE_MAX, M, eta, w->D,
                                  a, w->v);
        M = fmax(M, most);
    }
    if (M == -INFINITY) {
        memset(w->p, 0, p->panels * PANEL * sizeof *w->p);
        return M;
    }
    for (size_t b = 0; b < p->panels; b++) {
        double *a = w->p + b * PANEL;
        di_kde_shares(a, M, a);
        for (size_t i = 0; i < PANEL; i++) sum += a[i];
    }
    for (size_t i = 0; i < p->panels * PANEL; i++) w->p[i] /= sum;
    return M + log(sum);
}

typedef struct {
    const di_kde_plan *p;
    di_kde_one *of;
    size_t m, k;
    const double *at, *logj;
    size_t *index;
    double *share;
} top_job;

static int top_one(size_t q, int thread, void *data)
{
    const top_job *t = data;
    const di_kde_plan *p = t->p;
    di_kde_one *w = &t->of[thread];
    const size_t row = t->at ? q : p->row[q];
    size_t *index = t->index + row * t->k, count = 0;
    double *share = t->share + row * t->k;
    if (t->at)
        (void)di_kde_shares_of(p, t->at + q, t->m, SIZE_MAX, w);
    else
        (void)di_kde_shares_of(p, p->x + row, p->ldx, q, w);
    for (size_t i = 0; i < p->n; i++) {
        const double s = w->p[i];
        if (!(s > 0) || (count == t->k && s <= share[count - 1])) continue;
        size_t c = count < t->k ? count++ : count - 1;
        for (; c > 0 && share[c - 1] < s; c--) {
            share[c] = share[c - 1];
            index[c] = index[c - 1];
        }
        share[c] = s;
        index[c] = p->row[i];
    }
    if (t->logj && t->logj[q] == -INFINITY) count = 0;
    for (size_t c = count; c < t->k; c++) {
        share[c] = 0;
        index[c] = SIZE_MAX;
    }
    return DISTEST_SUCCESS;
}

int distest_kde_responsibility(const distest_sample *sample,
                               const distest_kde_opts *opts, size_t m, const double *at,
                               size_t k, size_t *index, double *share,
                               distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    top_job t = {.p = &plan, .m = m, .k = k, .at = at, .index = index, .share = share};
    int status;
    di_begin(ctx);
    if (at && m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    if (k == 0 || k > sample->n)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "k", "`k` must be 1 to %zu, not %zu.",
                       sample->n, k));
    DI_TRY(di_check_pointer(ctx, "index", index));
    DI_TRY(di_check_pointer(ctx, "share", share));
    if (at) DI_TRY(di_kde_queries(ctx, &plan, &pool, m, &t.at, &t.logj));
    DI_TRY(di_kde_one_new(ctx, &pool, &plan, di_threads(ctx), &t.of));
    for (size_t i = 0; !at && i < sample->n * k; i++) {
        index[i] = SIZE_MAX;
        share[i] = 0;
    }
    di_blas_serial_enter();
    status = di_for_blocks(ctx, "shares", 0, 1, at ? m : plan.n, top_one, &t);
    di_blas_serial_leave();
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}
