/* kde_pass.c - the points past the queries, once.
 *
 * A tile of TILE queries belongs to one thread; panels of PANEL points pass it in
 * order, so the bits do not depend on threads, and as both are padded to their full
 * size they do not depend on where a query stands either. Per query the state
 *
 *     M = max a_i,  S0 = sum exp(a_i - M),  ...,  the K nearest points
 *
 * is kept on the scale of M and rescaled when a panel brings a larger one: that is all
 * that evaluation, leave-one-out, likelihoods and diagnosis need. */
#include "kde.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "../kde/kde_tile_kernel.h"
#include "isa.h"

static const double UNIT = 0x1p-53;
static const double DROP = 37; /* exp(-37) is 2^-53 */
static const double ETA = 1e-11;

void di_kde_tile_distances(const di_kde_plan *p, size_t panel, const double *z,
                           const double *zz, double *D)
{
    const size_t d = p->d;
    const double *y = p->y + panel * PANEL * d, *yy = p->yy + panel * PANEL;
    if (p->direct) {
        for (size_t j = 0; j < TILE; j++)
            DI_PICK(from_differences)(d, y, z + j, TILE, D + j * PANEL);
        return;
    }
    di_gemm('N', 'T', PANEL, TILE, d, 1, y, PANEL, z, TILE, 0, D, PANEL);
    for (size_t j = 0; j < TILE; j++) DI_PICK(from_products)(yy, zz[j], D + j * PANEL);
}

/* u in a becomes log w + g(u) */
static void profile_terms(const di_kde_plan *p, const double *logw, double *a)
{
    switch (p->kernel) {
    case KERNEL_GAUSSIAN:
        for (size_t i = 0; i < PANEL; i++) a[i] = logw[i] - 0.5 * a[i];
        break;
    case KERNEL_STUDENT:
        DI_PICK(student_terms)(p->nu, 0.5 * (p->nu + (double)p->d), logw, a);
        break;
    case KERNEL_EXPONENTIAL:
        DI_PICK(exponential_terms)(logw, a);
        break;
    default:
        for (size_t i = 0; i < PANEL; i++)
            a[i] = logw[i] + di_kde_profile(p->kernel, p->nu, p->d, a[i]);
    }
}

double di_kde_term(const di_kde_plan *p, size_t i, double D, int left_out)
{
    const int next = left_out && p->reach2 && D <= p->reach2[i];
    const double a2 = !p->a2 ? 1 : next ? p->a2next[i] : p->a2[i];
    return (next ? p->logwnext[i] : p->logw[i]) +
           di_kde_profile(p->kernel, p->nu, p->d, (D * a2 * p->inv) * p->inv);
}

/* points of the panel that query leaves out */
static size_t left_out(const di_kde_plan *p, size_t panel, size_t query, int ties,
                       size_t *first)
{
    const size_t g = p->group_of[query], i0 = panel * PANEL;
    size_t a = p->group_start[g], b = p->group_start[g + 1];
    while (a < b && p->group_list[a] < i0) a++;
    size_t count = 0;
    *first = a;
    while (a + count < b && p->group_list[a + count] < i0 + PANEL) count++;
    (void)ties;
    return count;
}

double di_kde_terms(const di_kde_plan *p, size_t panel, const double *D,
                    const double *z, size_t query, int ties, double *a)
{
    const size_t i0 = panel * PANEL;
    const int loo = query != SIZE_MAX;
    if (p->kernel == KERNEL_GAUSSIAN && !p->a2) {
        DI_PICK(gaussian_terms)(D, p->logw + i0, p->inv, a);
    } else {
        DI_PICK(scaled)(D, p->inv, p->a2 ? p->a2 + i0 : NULL, a);
        profile_terms(p, p->logw + i0, a);
        if (loo && p->reach2)
            for (size_t i = i0; i < i0 + PANEL; i++)
                if (D[i - i0] <= p->reach2[i])
                    a[i - i0] = di_kde_term(p, i, D[i - i0], 1);
    }
    if (p->low) di_kde_reflect(p, panel, z, a);
    if (loo && !ties && query >= i0 && query < i0 + PANEL) a[query - i0] = -INFINITY;
    if (loo && ties) {
        size_t first;
        const size_t count = left_out(p, panel, query, ties, &first);
        for (size_t c = 0; c < count; c++) a[p->group_list[first + c] - i0] = -INFINITY;
    }
    return DI_PICK(largest)(a);
}

typedef struct {
    double *z;         /* TILE x d */
    double *zz;        /* TILE */
    double *D;         /* PANEL x TILE */
    double *a;         /* PANEL */
    double *v;         /* d */
    size_t *row;       /* TILE */
    di_kde_near *heap; /* NEAR_MOST */
    float *zf, *G;     /* TILE x d, PANEL x TILE: with a screen */
} scratch;

typedef struct {
    const di_kde_pass *pass;
    scratch *of;
    double logn;
    di_kde_screen *screen; /* or NULL */
} job;

/* raw coordinates of query j */
static const double *raw(const di_kde_pass *s, size_t j, size_t *ld)
{
    *ld = s->at ? s->m : s->plan->ldx;
    if (s->at) return s->at + j;
    return s->plan->x + s->plan->row[s->which ? s->which[j] : j];
}

static size_t query_of(const di_kde_pass *s, size_t j)
{
    return s->at ? SIZE_MAX : s->which ? s->which[j] : j;
}

/* Terms that count, from distances by differences of the coordinates as given. What
 * stays, at most n exp(-depth) of the sum, is wrong by expm1(2 eta): together below
 * 2^-40, a tenth of ETA. */
double di_kde_correct(const di_kde_plan *p, size_t panel, const double *q, size_t ld,
                      const double *z, int loo, double M, double eta, double *D,
                      double *a, double *v)
{
    const size_t i0 = panel * PANEL;
    const int compact = di_kde_compact(p->kernel);
    const double wrong = log(expm1(fmin(2 * eta, 700))) + 40 * log(2);
    const double depth = log((double)p->n) + fmin(DROP, fmax(wrong, 0)) + 4 * eta;
    const double limit = fmax(M, DI_PICK(largest)(a)) - depth;
    double images[PANEL];
    if (p->low) {
        memset(images, 0, sizeof images);
        di_kde_reflect(p, panel, z, images);
    }
    for (size_t i = 0; i < PANEL; i += 8) {
        if (!compact && !DI_PICK(any_above)(a + i, limit)) continue;
        for (size_t l = i; l < i + 8; l++) {
            if (!(a[l] > limit) && !(compact && a[l] > -INFINITY)) continue;
            D[l] = di_kde_distance(p, i0 + l, q, ld, v);
            a[l] = di_kde_term(p, i0 + l, D[l], loo) + (p->low ? images[l] : 0);
        }
    }
    return DI_PICK(largest)(a);
}

/* the loops of the kernel, for passes of their own */
void di_kde_shares(const double *a, double M, double *e)
{
    DI_PICK(shares)(a, M, e);
}

void di_kde_differences(size_t d, const double *y, const double *z, size_t ldz,
                        double *D)
{
    DI_PICK(from_differences)(d, y, z, ldz, D);
}

void di_kde_add_differences(size_t d, const double *y, const double *z, size_t ldz,
                            const double *e, double *out)
{
    DI_PICK(add_differences)(d, y, z, ldz, e, out);
}

double di_kde_eta(const di_kde_plan *p, double norm, double M, double logn)
{
    const double R = (norm + p->ymax) * p->inv * sqrt(p->a2max);
    if (!p->direct) return 0.5 * ((double)p->d + 6) * UNIT * R * R;
    const double u = 2 * fabs(isfinite(M) ? M : 0) + 2 * (logn + DROP) + 6;
    return 3 * UNIT * R * sqrt(u);
}

static void rescale(di_kde_state *q, double M)
{
    const double r = exp(q->M - M), r2 = r * r;
    q->S0 *= r;
    if (q->S0 > 0) q->SA = q->SA * r + (q->M - M) * q->S0;
    q->S2 *= r2;
    q->S4 *= r2 * r2;
    q->SD *= r;
    q->SDD *= r;
    q->M = M;
}

/* the sums of the expansion: M rises to most, the centre falls with it */
static void add_taylor(const job *t, di_kde_taylor *y, const double *a, const double *D,
                       double M)
{
    const di_kde_plan *p = t->pass->plan;
    const double half = 0.5 * p->inv * p->inv;
    double sum[DI_KDE_TAYLOR] = {0};
    const double centre = -M - t->logn + t->pass->spread;
    if (y->M < M) {
        const double by = y->centre - centre, r = exp(y->M - M);
        for (int k = DI_KDE_TAYLOR - 1; k >= 0 && y->sum[0] > 0; k--) {
            /* (x - centre)^k = (x - old + by)^k, by Horner's rule for k at once */
            double v = y->sum[0], binomial = 1;
            for (int l = 1; l <= k; l++) {
                binomial *= (double)(k - l + 1) / l;
                v = v * by + binomial * y->sum[l];
            }
            y->sum[k] = v * r;
        }
        y->M = M;
        y->centre = centre;
    }
    DI_PICK(sum_taylor)(a, D, M, half, y->centre, sum);
    for (int k = 0; k < DI_KDE_TAYLOR; k++) y->sum[k] += sum[k];
}

/* D_i / a_i^2 */
static void local_distances(const di_kde_plan *p, size_t panel, int loo, double *D)
{
    for (size_t i = 0; i < PANEL; i++) {
        const size_t at = panel * PANEL + i;
        const int next = loo && p->reach2 && D[i] <= p->reach2[at];
        D[i] *= next ? p->a2next[at] : p->a2[at];
    }
}

static void add_panel(const job *t, size_t panel, size_t j, const scratch *w, double *D)
{
    const di_kde_pass *s = t->pass;
    const di_kde_plan *p = s->plan;
    di_kde_state *q = &s->state[j];
    const double *z = w->z + j % TILE;
    double *a = w->a, most = di_kde_terms(p, panel, D, z, query_of(s, j), s->ties, a);
    if (most == -INFINITY) return;
    const double drop = p->tol > 0 ? t->logn - log(p->tol) : t->logn + DROP;
    const double eta = di_kde_eta(p, sqrt(w->zz[j % TILE]), fmax(most, q->M), t->logn);
    q->eta = fmax(q->eta, fmin(eta, ETA));
    if (most < q->M - drop - 2 * eta) return;
    if (eta > ETA) {
        size_t ld;
        const double *at = raw(s, j, &ld);
        most = di_kde_correct(p, panel, at, ld, z, !s->at, q->M, eta, D, a, w->v);
    }
    if (most == -INFINITY) return;
    if (most > q->M) {
        rescale(q, most);
        if (s->want & KDE_STATS)
            for (size_t i = 0; i < PANEL; i++)
                if (a[i] == most) {
                    q->best = panel * PANEL + i;
                    break;
                }
    }
    double sum[4] = {0};
    if (s->want & KDE_STATS) {
        DI_PICK(sum_stats)(a, q->M, sum);
        q->S0 += sum[0];
        q->S2 += sum[1];
        q->S4 += sum[2];
        q->SA += sum[3];
    }
    if (s->want & KDE_TAYLOR) {
        if (p->a2) local_distances(p, panel, !s->at, D);
        add_taylor(t, &s->taylor[j], a, D, q->M);
    }
    if (s->want & KDE_MOMENTS) {
        if (p->a2) local_distances(p, panel, !s->at, D);
        DI_PICK(sum_moments)(a, D, q->M, sum);
        if (!(s->want & KDE_STATS)) q->S0 += sum[0];
        q->SD += sum[1];
        q->SDD += sum[2];
    }
    if (!s->want) q->S0 += DI_PICK(sum)(a, q->M);
}

/* what the nearest are nearest by; in w->a where it is not the distance itself */
static const double *near_key(const di_kde_pass *s, size_t panel, size_t j,
                              const scratch *w, const double *D)
{
    if (s->by == KDE_BY_DISTANCE) return D;
    if (s->by == KDE_BY_LOCAL) {
        memcpy(w->a, D, PANEL * sizeof *w->a);
        if (s->plan->a2) local_distances(s->plan, panel, !s->at, w->a);
    } else {
        (void)di_kde_terms(s->plan, panel, D, w->z + j % TILE, query_of(s, j), s->ties,
                           w->a);
        for (size_t i = 0; i < PANEL; i++) w->a[i] = -w->a[i];
    }
    return w->a;
}

static int run_tile(size_t block, int thread, void *data)
{
    const job *t = data;
    const di_kde_pass *s = t->pass;
    const di_kde_plan *p = s->plan;
    const scratch *w = &t->of[thread];
    const size_t j0 = block * TILE, rows = s->m - j0 < TILE ? s->m - j0 : TILE;
    size_t count[TILE] = {0};
    memset(w->z, 0, TILE * p->d * sizeof *w->z);
    for (size_t j = 0; j < rows; j++)
        w->row[j] = s->at ? j0 + j : p->row[query_of(s, j0 + j)];
    di_kde_whiten(p, rows, s->at ? s->at : p->x, s->at ? s->m : p->ldx, w->row, w->z,
                  TILE);
    di_row_sqnorms(TILE, p->d, w->z, TILE, w->zz);
    for (size_t j = 0; j < rows; j++) s->state[j0 + j] = (di_kde_state){.M = -INFINITY};
    for (size_t j = 0; j < rows && s->taylor; j++)
        s->taylor[j0 + j] = (di_kde_taylor){.M = -INFINITY};
    for (size_t i = 0; i < TILE * p->d && t->screen; i++)
        w->zf[i] = (float)(w->z[i] * p->inv);
    for (size_t panel = 0; panel < p->panels && t->screen; panel++)
        di_kde_screen_panel(t->screen, p, panel, rows, w->z, w->zz, w->zf, w->G,
                            s->state + j0);
    if (t->screen) return DISTEST_SUCCESS;
    for (size_t panel = 0; panel < p->panels; panel++) {
        di_kde_tile_distances(p, panel, w->z, w->zz, w->D);
        for (size_t j = 0; j < rows; j++) {
            if (s->k)
                di_kde_near_panel(s, panel, query_of(s, j0 + j),
                                  near_key(s, panel, j0 + j, w, w->D + j * PANEL),
                                  w->heap + j * s->k, &count[j]);
            add_panel(t, panel, j0 + j, w, w->D + j * PANEL);
        }
    }
    for (size_t j = 0; j < rows && s->k; j++) {
        size_t ld;
        const double *at = raw(s, j0 + j, &ld);
        di_kde_near_finish(s, at, ld, count[j], w->heap + j * s->k, w->v,
                           s->near + (j0 + j) * s->k);
    }
    return DISTEST_SUCCESS;
}

/* blocks a call of di_for_blocks: never more than some ms between polls */
int di_kde_run(distest_context *ctx, const char *stage, double from, double to,
               const di_kde_pass *pass)
{
    const di_kde_plan *p = pass->plan;
    const int threads = di_threads(ctx);
    di_pool pool = {0};
    job t = {.pass = pass, .logn = log((double)p->n)};
    int status;
    DI_TRY(DI_NEW(ctx, &pool, &t.of, (size_t)threads, 1));
    DI_TRY(di_kde_screen_new(ctx, &pool, pass, &t.screen));
    for (int i = 0; i < threads; i++) {
        scratch *w = &t.of[i];
        DI_TRY(DI_NEW(ctx, &pool, &w->z, TILE, p->d));
        DI_TRY(DI_NEW(ctx, &pool, &w->zz, TILE, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->D, TILE, PANEL));
        DI_TRY(DI_NEW(ctx, &pool, &w->a, PANEL, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->v, p->d, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->row, TILE, 1));
        DI_TRY(DI_NEW(ctx, &pool, &w->heap, TILE, pass->k));
        if (!t.screen) continue;
        DI_TRY(DI_NEW(ctx, &pool, &w->zf, TILE, p->d));
        DI_TRY(DI_NEW(ctx, &pool, &w->G, TILE, PANEL));
    }
    DI_TRY(
        di_for_blocks(ctx, stage, from, to, (pass->m + TILE - 1) / TILE, run_tile, &t));
done:
    di_pool_free(&pool);
    return status;
}

double di_kde_value(const di_kde_plan *p, const di_kde_state *s)
{
    return s->S0 > 0 ? p->c + s->M + log(s->S0) : -INFINITY;
}

double di_kde_loo_norm(const di_kde_plan *p, size_t i, int ties)
{
    double out = 0, rest = 0;
    const size_t g = p->group_of[i];
    if (!ties) {
        out = p->w[i];
    } else {
        for (size_t c = p->group_start[g]; c < p->group_start[g + 1]; c++)
            out += p->w[p->group_list[c]];
    }
    if (out < 0.5) return log1p(-out);
    for (size_t j = 0; j < p->n; j++) /* the rest by itself: 1 - out cancels */
        if (ties ? p->group_of[j] != g : j != i) rest += p->w[j];
    return log(rest);
}
