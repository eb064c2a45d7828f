/* wls_draw.c - the points of designs and their weights.
 *
 * A design is made of units: the copies of the DPP, and the other points in groups of
 * WLS_GROUP. Unit u of design g of a try has a stream of its own, so that units may be
 * drawn on any thread. */
#include "wls.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void draw_stratum(const distest_wls_space *s, size_t j, di_stream *stream,
                         double *x, size_t ldx, size_t *index)
{
    if (!s->N) {
        for (size_t k = 0; k < s->d; k++)
            x[k * ldx] = di_wls_draw(s->basis[k], (size_t)s->idx[k + j * s->d], stream);
        return;
    }
    const double u = di_stream_uniform(stream);
    double sum = 0;
    size_t last = 0;
    for (size_t i = 0; i < s->N; i++) {
        const double f = s->phi[j + i * s->m], p = s->prob[i] * f * f;
        if (p > 0) last = i;
        sum += p;
        if (sum > u && p > 0) break;
    }
    *index = last;
}

/* which component point i of a stratified design belongs to: rounds through all, then
 * the components that were drawn once more */
static size_t stratum(const di_wls_plan *p, const int *tau, size_t i)
{
    const size_t m = p->s->m, rounds = p->n / m;
    if (i < rounds * m) return i % m;
    size_t extra = i - rounds * m;
    for (size_t j = 0; j < m; j++)
        if ((size_t)tau[j] > rounds && extra-- == 0) return j;
    return 0;
}

static int draw_unit(size_t task, int thread, di_wls_team *team, void *data)
{
    di_wls_plan *p = data;
    const distest_wls_space *s = p->s;
    const size_t g = task / p->units, u = task % p->units, m = s->m, n = p->total;
    di_stream stream = di_stream_open(p->key, p->stream + task);
    double *x = s->N ? NULL : p->x + g * n * s->d;
    size_t *index = s->N ? p->index + g * n : NULL;
    if (u < p->copies)
        return di_wls_dpp(
            s, &stream, s->N ? NULL : x + u * m, n, s->N ? index + u * m : NULL,
            p->work + (size_t)thread * p->work_size, p->proposals + task, team, thread);
    const size_t first = p->copies * m + (u - p->copies) * WLS_GROUP;
    for (size_t i = first; i < first + WLS_GROUP && i < n; i++) {
        double *at = s->N ? NULL : x + i;
        size_t *to = s->N ? index + i : NULL;
        if (i % 16 == 0 && di_wls_stop(team, thread)) return DISTEST_ECANCEL;
        if (p->how == WLS_STRATIFIED)
            draw_stratum(s, stratum(p, p->tau + g * m, i), &stream, at, n, to);
        else {
            const int optimal = p->how == WLS_BOOSTED || p->how == WLS_DPP_REPEATED;
            int mu = p->how == WLS_MC || (!optimal && p->ref == WLS_MU);
            if (!mu && !optimal && p->ref == WLS_MIXTURE)
                mu = di_stream_uniform(&stream) < p->alpha;
            if (mu)
                di_wls_draw_reference(s, &stream, at, n, to);
            else
                di_wls_draw_optimal(s, &stream, at, n, to);
        }
    }
    return DISTEST_SUCCESS;
}

/* n - m different candidates outside the DPP, uniformly: those taken are marked in a
 * table of open addressing, so that the time does not depend on N */
static void draw_rest(const di_wls_plan *p, size_t *index, di_stream *s)
{
    size_t *slot = p->slots;
    memset(slot, 0, p->slot_count * sizeof *slot);
    for (size_t i = 0; i < p->n; i++) {
        for (;;) {
            if (i >= p->s->m) index[i] = di_stream_below(s, p->s->N);
            size_t at = index[i] * 0x9e3779b97f4a7c15u % p->slot_count;
            while (slot[at] && slot[at] != index[i] + 1) at = (at + 1) % p->slot_count;
            if (slot[at]) continue; /* drawn before */
            slot[at] = index[i] + 1;
            break;
        }
    }
}

/* volume samples are shuffled: their points are exchangeable */
static void shuffle(const di_wls_plan *p, double *x, size_t *index, di_stream *s)
{
    const size_t n = p->total, d = p->s->N ? 0 : p->s->d;
    for (size_t i = n; i > 1; i--) {
        const size_t j = di_stream_below(s, i);
        if (index) {
            const size_t t = index[i - 1];
            index[i - 1] = index[j], index[j] = t;
        }
        for (size_t k = 0; k < d; k++) {
            const double t = x[i - 1 + k * n];
            x[i - 1 + k * n] = x[j + k * n], x[j + k * n] = t;
        }
    }
}

int di_wls_draw_designs(di_wls_plan *p, distest_context *ctx)
{
    const size_t tasks = p->designs * p->units, m = p->s->m;
    int status = DISTEST_SUCCESS;
    for (size_t g = 0; p->how == WLS_STRATIFIED && g < p->designs; g++) {
        di_stream s = di_stream_open(p->key, p->stream + tasks + g);
        const size_t rounds = p->n / m, extra = p->n % m;
        int *tau = p->tau + g * m;
        size_t need = extra;
        for (size_t j = 0; j < m; j++) { /* a random subset of size `extra` */
            const int one = di_stream_below(&s, m - j) < need;
            tau[j] = (int)rounds + one;
            need -= (size_t)one;
        }
    }
    DI_TRY(di_wls_run(ctx, "sampling", tasks, draw_unit, p));
    for (size_t g = 0; g < p->designs; g++) {
        di_stream s = di_stream_open(p->key, p->stream + tasks + g);
        if (p->how != WLS_VOLUME && p->how != WLS_VOLUME_REPEATED) continue;
        size_t *index = p->s->N ? p->index + g * p->total : NULL;
        if (index && !p->replace) draw_rest(p, index, &s);
        shuffle(p, p->s->N ? NULL : p->x + g * p->total * p->s->d, index, &s);
    }
    p->stream += tasks + p->designs;
done:
    return status;
}

/* ---- weights --------------------------------------------------------------------- */

/* From normalised features u (n x m) and log k: weights, and u scaled to rows
 * sqrt(w) phi = sqrt(w k) u. */
int di_wls_weigh(const di_wls_plan *p, const int *tau, const double *logk, double *u,
                 double *w, double *scale, distest_context *ctx)
{
    const size_t n = p->total, m = p->s->m;
    const double M = (double)m;
    int status = DISTEST_SUCCESS;
    for (size_t i = 0; i < n; i++) scale[i] = 0;
    for (size_t j = 0; p->how == WLS_STRATIFIED && j < m; j++)
        for (size_t i = 0; i < n; i++) scale[i] += tau[j] * u[i + j * n] * u[i + j * n];
    for (size_t i = 0; i < n; i++) {
        const double k = exp(logk[i]), inv = exp(-logk[i]);
        double wk = M; /* w k of the optimal weights */
        const int free_points = p->how == WLS_IID_OPTIMAL || p->how == WLS_VOLUME ||
                                p->how == WLS_VOLUME_REPEATED;
        if (p->how == WLS_MC || (p->how == WLS_VOLUME && !p->replace) ||
            (p->how == WLS_VOLUME && p->ref == WLS_MU) ||
            (p->how == WLS_IID_OPTIMAL && p->ref == WLS_MU))
            wk = k;
        else if (p->how == WLS_STRATIFIED)
            wk = (double)n / scale[i];
        else if (free_points && p->ref != WLS_OPTIMAL) {
            const double a =
                p->ref == WLS_MU ? 1 : p->alpha; /* nu = (a + (1-a) k/m) mu */
            const double share =
                p->how == WLS_VOLUME_REPEATED ? (double)p->copies * M / (double)n : 0;
            const double mine = share + (1 - share) * (1 - a); /* of k / m */
            wk = 1 / ((1 - share) * a * inv + mine / M);
        }
        w[i] = wk == k ? 1 : wk * inv;
        if (p->how == WLS_MC) w[i] = 1;
        if (!(w[i] > DBL_MIN)) w[i] = DBL_MIN;
        scale[i] = wk;
    }
    for (size_t j = 0; j < m; j++) {
        if (j % 64 == 63) DI_TRY(di_progress(ctx, 1, "features"));
        for (size_t i = 0; i < n; i++) u[i + j * n] *= sqrt(scale[i]);
    }
done:
    return status;
}

/* ---- independent points, for those who make designs of their own ----------------- */

typedef struct {
    const distest_wls_space *s;
    double alpha;
    size_t n;
    uint64_t key;
    double *points;
    size_t *index;
} draw_job;

static int draw_group(size_t block, int thread, void *data)
{
    const draw_job *j = data;
    const size_t i1 = (block + 1) * WLS_GROUP < j->n ? (block + 1) * WLS_GROUP : j->n;
    di_stream s = di_stream_open(j->key, block);
    (void)thread;
    for (size_t i = block * WLS_GROUP; i < i1; i++) {
        double *x = j->s->N ? NULL : j->points + i;
        size_t *to = j->s->N ? j->index + i : NULL;
        if (di_stream_uniform(&s) < j->alpha)
            di_wls_draw_reference(j->s, &s, x, j->n, to);
        else
            di_wls_draw_optimal(j->s, &s, x, j->n, to);
    }
    return DISTEST_SUCCESS;
}

int distest_wls_draw(const distest_wls_space *space, double alpha, size_t n,
                     distest_rng *rng, double *points, size_t *index,
                     distest_context *ctx)
{
    draw_job job = {space, alpha, n, 0, points, index};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_gsl_enter();
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    if (!(alpha >= 0 && alpha <= 1))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "alpha",
                       "`alpha` must lie between 0 and 1, not %g.", alpha));
    if (space->pass)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "space", "`space` waits for chunks."));
    DI_TRY(di_check_pointer(ctx, space->N ? "index" : "points",
                            space->N ? (const void *)index : (const void *)points));
    job.key = di_rng_key(rng);
    DI_TRY(di_for_blocks(ctx, "sampling", 0, 1, (n + WLS_GROUP - 1) / WLS_GROUP,
                         draw_group, &job));
done:
    di_gsl_leave();
    return status;
}
