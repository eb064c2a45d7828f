/* kde_modes.c - the maxima that the data climb to.
 *
 * Mean shift, x <- sum_i p_i x_i / a_i^2 / sum_i p_i / a_i^2, raises f with every step;
 * where the Hessian is negative definite a Newton step that raises it, too, takes its
 * place and doubles the digits. All steps are measured in units of H. */
#include "kde.h"

#include <math.h>
#include <string.h>

static const double NEAR = 1e-3;  /* maxima closer than that are one */
static const double DONE = 1e-12; /* last step */
enum { MOST_STEPS = 2000 };

typedef struct {
    di_kde_one *one;
    double *x, *next, *g, *H, *step;
} scratch;

typedef struct {
    const di_kde_plan *p;
    size_t m;
    const double *start;
    double *end, *logf; /* m x d, m */
    scratch *of;
} job;

/* log f at x, up to its constant, and the shares in w */
static double at_point(const di_kde_plan *p, const double *x, di_kde_one *w)
{
    return di_kde_shares_of(p, x, 1, SIZE_MAX, w);
}

/* whitened step of mean shift into w->step, of Newton over it where that is a way up;
 * returns its length in units of H; *down: is the Hessian negative definite? */
static double find_step(const di_kde_plan *p, scratch *w, int *down)
{
    const size_t d = p->d;
    const double *share = w->one->p, *z = w->one->z, inv2 = p->inv * p->inv;
    double mass = 0;
    memset(w->g, 0, d * sizeof *w->g);
    memset(w->H, 0, d * d * sizeof *w->H);
    for (size_t i = 0; i < p->n; i++) {
        const double a2 = p->a2 ? p->a2[i] : 1, e = share[i] * a2;
        if (!(e > 1e-20)) continue;
        const double *y = p->y + i / PANEL * PANEL * d + i % PANEL;
        mass += e;
        for (size_t k = 0; k < d; k++) w->step[k] = y[k * PANEL] - z[k * TILE];
        for (size_t k = 0; k < d; k++) {
            const double t = e * a2 * inv2 * w->step[k];
            w->g[k] += e * w->step[k];
            for (size_t l = k; l < d; l++) w->H[l + k * d] += t * w->step[l];
        }
    }
    /* minus the Hessian over inv^2, and the gradient over inv^2 */
    for (size_t k = 0; k < d; k++)
        for (size_t l = k; l < d; l++)
            w->H[l + k * d] =
                (l == k) * mass - w->H[l + k * d] + w->g[l] * w->g[k] * inv2;
    for (size_t k = 0; k < d; k++) w->step[k] = w->g[k] / mass;
    *down = di_cholesky('L', d, w->H, d, NULL) == DISTEST_SUCCESS;
    double newton = 0, shift = 0;
    if (*down) {
        di_cholesky_solve('L', d, 1, w->H, d, w->g, d);
        for (size_t k = 0; k < d; k++) newton += w->g[k] * w->g[k] * inv2;
    }
    for (size_t k = 0; k < d; k++) shift += w->step[k] * w->step[k] * inv2;
    *down = *down && newton < 1; /* farther than that the quadratic is no guide */
    return sqrt(*down ? newton : shift);
}

/* next = x + L v */
static void move(const di_kde_plan *p, const double *x, const double *v, double *next)
{
    for (size_t k = 0; k < p->d; k++) {
        double sum = 0;
        if (p->L)
            for (size_t c = 0; c <= k; c++) sum += p->L[k + c * p->d] * v[c];
        else
            sum = p->scale[k] * v[k];
        next[k] = x[k] + sum;
    }
}

static int climb(size_t j, int thread, void *data)
{
    const job *t = data;
    const di_kde_plan *p = t->p;
    scratch *w = &t->of[thread];
    int down = 0, kicks = 0;
    for (size_t k = 0; k < p->d; k++) w->x[k] = t->start[j + k * t->m];
    double f = at_point(p, w->x, w->one);
    for (int it = 0; it < MOST_STEPS; it++) {
        double length = find_step(p, w, &down);
        double *v = down ? w->g : w->step, higher = f;
        move(p, w->x, v, w->next);
        higher = at_point(p, w->next, w->one);
        if (down && higher < f - 1e-13 * fabs(f)) { /* Newton led down */
            move(p, w->x, w->step, w->next);
            higher = at_point(p, w->next, w->one);
            length = 1;
        }
        memcpy(w->x, w->next, p->d * sizeof *w->x);
        f = higher;
        if (length > (down ? 1e-9 : DONE)) continue;
        if (down || kicks++ >= 3) break;
        /* a saddle: aside, and on */
        memset(w->step, 0, p->d * sizeof *w->step);
        w->step[(size_t)kicks % p->d] = 0.01 / p->inv;
        move(p, w->x, w->step, w->next);
        memcpy(w->x, w->next, p->d * sizeof *w->x);
        f = at_point(p, w->x, w->one);
    }
    for (size_t k = 0; k < p->d; k++) t->end[j + k * t->m] = w->x[k];
    t->logf[j] = f + p->c;
    return DISTEST_SUCCESS;
}

static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

/* Ends closer than NEAR are one: sorted by the first whitened coordinate, only ends in
 * a window of it are compared. parent[i]: the highest of i's group. */
static int group_ends(distest_context *ctx, di_pool *pool, const di_kde_plan *p,
                      size_t m, const double *end, const double *logf, size_t *parent)
{
    double *z;
    size_t *order;
    int status;
    DI_TRY(DI_NEW(ctx, pool, &z, m, p->d));
    DI_TRY(DI_NEW(ctx, pool, &order, m, 1));
    di_kde_whiten(p, m, end, m, NULL, z, m);
    for (size_t i = 0; i < m * p->d; i++) z[i] *= p->inv;
    for (size_t i = 0; i < m; i++) parent[i] = i;
    DI_TRY(di_order(ctx, m, z, order));
    for (size_t a = 0; a < m; a++)
        for (size_t b = a + 1; b < m && z[order[b]] - z[order[a]] < NEAR; b++) {
            size_t i = root_of(parent, order[a]), j = root_of(parent, order[b]);
            double far = 0;
            if (i == j) continue;
            for (size_t k = 0; k < p->d && far < NEAR * NEAR; k++) {
                const double t = z[order[a] + k * m] - z[order[b] + k * m];
                far += t * t;
            }
            if (!(far < NEAR * NEAR)) continue;
            if (logf[j] > logf[i] || (j < i && logf[j] == logf[i]))
                parent[i] = j;
            else
                parent[j] = i;
        }
done:
    return status;
}

int distest_kde_modes(const distest_sample *sample, const distest_kde_opts *opts,
                      size_t m, const double *start, double *modes, double *logf,
                      size_t *cluster, size_t *n_modes, distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    job t = {.p = &plan};
    size_t *parent, *order, *number;
    double *key;
    int status;
    di_begin(ctx);
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    if (plan.kernel != KERNEL_GAUSSIAN || plan.bounded)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, plan.bounded ? "boundary" : "kernel",
                       "`%s`: modes need the gaussian kernel without bounds.",
                       plan.bounded ? "boundary" : "kernel"));
    const size_t d = plan.d;
    if (start) DI_TRY(di_check_finite(ctx, "start", m * d, start));
    if (!start) m = sample->n;
    DI_TRY(di_check_pointer(ctx, "n_modes", n_modes));
    if (m > 0) {
        DI_TRY(di_check_pointer(ctx, "modes", modes));
        DI_TRY(di_check_pointer(ctx, "logf", logf));
        DI_TRY(di_check_pointer(ctx, "cluster", cluster));
    }
    if (m == 0) {
        *n_modes = 0;
        goto done;
    }
    t.m = m;
    t.start = start ? start : sample->x;
    DI_TRY(DI_NEW(ctx, &pool, &t.end, m, d));
    DI_TRY(DI_NEW(ctx, &pool, &t.logf, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &parent, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &order, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &number, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &key, m, 1));
    const int threads = di_threads(ctx);
    DI_TRY(DI_NEW(ctx, &pool, &t.of, (size_t)threads, 1));
    di_kde_one *one;
    DI_TRY(di_kde_one_new(ctx, &pool, &plan, threads, &one));
    for (int i = 0; i < threads; i++) {
        scratch *w = &t.of[i];
        w->one = &one[i];
        DI_TRY(DI_NEW(ctx, &pool, &w->x, d, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->next, d, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->g, d, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->step, d, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->H, d, d));
    }
    di_blas_serial_enter();
    status = di_for_blocks(ctx, "modes", 0, 0.95, m, climb, &t);
    if (status == DISTEST_SUCCESS)
        status = group_ends(ctx, &pool, &plan, m, t.end, t.logf, parent);
    di_blas_serial_leave();
    DI_TRY(status);
    for (size_t i = 0; i < m; i++) key[i] = -t.logf[i];
    DI_TRY(di_order(ctx, m, key, order));
    size_t count = 0;
    for (size_t a = 0; a < m; a++) {
        const size_t i = order[a];
        if (root_of(parent, i) != i) continue;
        for (size_t k = 0; k < d; k++) modes[count + k * m] = t.end[i + k * m];
        logf[count] = t.logf[i];
        number[i] = count++;
    }
    for (size_t i = 0; i < m; i++) cluster[i] = number[root_of(parent, i)];
    *n_modes = count;
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}
