/* wls_sample.c - designs: independent, stratified, determinantal and volume-sampled
 * points, drawn again until the spectrum of G is good enough.
 *
 * A design is made of units: the copies of the DPP, and the other points in groups of
 * GROUP. Unit u of design g of a try has a stream of its own, so that units may be
 * drawn on any thread. */
#include "wls.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { GROUP = 256 };
typedef enum {
    MC,
    IID_OPTIMAL,
    STRATIFIED,
    DPP,
    VOLUME,
    VOLUME_REPEATED,
    DPP_REPEATED,
    BOOSTED
} method;
typedef enum { OPTIMAL, MU, MIXTURE } reference;

distest_wls_opts distest_wls_opts_default(void)
{
    return (distest_wls_opts){sizeof(distest_wls_opts),
                              "dpp_repeated",
                              "optimal",
                              0.5,
                              1,
                              INFINITY,
                              "gram",
                              1000,
                              1};
}

typedef struct {
    const distest_wls_space *s;
    method how;
    reference ref;
    double alpha, delta;
    int lambda, replace;                         /* criterion "lambda_min" */
    size_t n, total, copies, designs, max_tries; /* total: points before pruning */
    size_t groups, units;
    uint64_t key, stream;
    double *x;     /* designs x (total x d) */
    size_t *index; /* designs x total */
    int *tau;      /* designs x m, stratified */
    double *work, *proposals;
    size_t work_size;
} plan;

static int read_opts(const distest_wls_opts *opts, plan *p, distest_context *ctx)
{
    static const char *const METHODS[] = {
        "mc",     "iid_optimal",     "stratified",   "dpp",
        "volume", "volume_repeated", "dpp_repeated", "boosted"};
    static const char *const REFERENCES[] = {"optimal", "mu", "mixture"};
    static const char *const CRITERIA[] = {"gram", "lambda_min"};
    size_t how = 0, ref = 0, criterion = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_choice(ctx, "method", opts->method, 8, METHODS, &how));
    DI_TRY(di_check_choice(ctx, "reference", opts->reference, 3, REFERENCES, &ref));
    DI_TRY(di_check_choice(ctx, "criterion", opts->criterion, 2, CRITERIA, &criterion));
    if (!(opts->alpha >= 0 && opts->alpha <= 1))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "alpha",
                       "`alpha` must lie between 0 and 1, not %g.", opts->alpha));
    if (!(opts->delta > 0) ||
        (criterion == 1 && isfinite(opts->delta) && opts->delta > 1))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "delta",
                       "`delta` must be positive%s, not %g.",
                       criterion ? " and at most 1" : "", opts->delta));
    if (opts->resample < 1)
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "resample", "`resample` must be at least 1."));
    if (opts->max_tries < 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "max_tries",
                       "`max_tries` must be at least 1."));
    p->how = (method)how, p->ref = (reference)ref, p->alpha = opts->alpha;
    if (ref == MIXTURE && opts->alpha == 0) p->ref = OPTIMAL;
    if (ref == MIXTURE && opts->alpha == 1) p->ref = MU;
    p->delta = opts->delta, p->lambda = criterion == 1, p->designs = opts->resample;
    p->max_tries = opts->max_tries, p->replace = opts->replace;
done:
    return status;
}

static int check_size(plan *p, size_t n, distest_context *ctx)
{
    const size_t m = p->s->m, N = p->s->N;
    p->n = p->total = n;
    if (n < m || (p->how == DPP && n != m))
        return di_fail(ctx, DISTEST_EINVAL, "n",
                       "`n` must be %s %zu, the dimension of "
                       "the space, not %zu.",
                       p->how == DPP ? "(for \"dpp\")" : "at least", m, n);
    if (!p->replace) {
        if (!N || (p->how != VOLUME && p->how != DPP))
            return di_fail(ctx, DISTEST_EINVAL, "replace",
                           "sampling without replacement is for finite spaces and "
                           "method \"volume\" or \"dpp\".");
        for (size_t i = 1; i < N; i++)
            if (fabs(p->s->prob[i] - p->s->prob[0]) > 1e-12 * p->s->prob[0])
                return di_fail(ctx, DISTEST_EINVAL, "replace",
                               "sampling without replacement needs equal `prob`.");
        if (n > N)
            return di_fail(ctx, DISTEST_EINVAL, "n",
                           "`n` must be at most %zu, the number of candidates, without "
                           "replacement, not %zu.",
                           N, n);
    }
    switch (p->how) {
    case DPP:
    case VOLUME:
        p->copies = 1;
        break;
    case VOLUME_REPEATED:
        p->copies = n / (2 * m) ? n / (2 * m) : 1;
        break;
    case DPP_REPEATED:
        p->copies = n / m;
        break;
    case BOOSTED:
        p->copies = (n + m - 1) / m + 1 > 3 ? (n + m - 1) / m + 1 : 3;
        p->total = p->copies * m;
        break;
    default:
        p->copies = 0;
    }
    const size_t rest = p->total - p->copies * m;
    p->groups = p->replace ? (rest + GROUP - 1) / GROUP : 0;
    p->units = p->copies + p->groups;
    return DISTEST_SUCCESS;
}

/* ---- drawing
 * ---------------------------------------------------------------------------- */

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
static size_t stratum(const plan *p, const int *tau, size_t i)
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
    plan *p = data;
    const distest_wls_space *s = p->s;
    const size_t g = task / p->units, u = task % p->units, m = s->m, n = p->total;
    di_stream stream = di_stream_open(p->key, p->stream + task);
    double *x = s->N ? NULL : p->x + g * n * s->d;
    size_t *index = s->N ? p->index + g * n : NULL;
    if (u < p->copies)
        return di_wls_dpp(
            s, &stream, s->N ? NULL : x + u * m, n, s->N ? index + u * m : NULL,
            p->work + (size_t)thread * p->work_size, p->proposals + task, team, thread);
    const size_t first = p->copies * m + (u - p->copies) * GROUP;
    for (size_t i = first; i < first + GROUP && i < n; i++) {
        double *at = s->N ? NULL : x + i;
        size_t *to = s->N ? index + i : NULL;
        if (i % 16 == 0 && di_wls_stop(team, thread)) return DISTEST_ECANCEL;
        if (p->how == STRATIFIED)
            draw_stratum(s, stratum(p, p->tau + g * m, i), &stream, at, n, to);
        else {
            const int optimal = p->how == BOOSTED || p->how == DPP_REPEATED;
            int mu = p->how == MC || (!optimal && p->ref == MU);
            if (!mu && !optimal && p->ref == MIXTURE)
                mu = di_stream_uniform(&stream) < p->alpha;
            if (mu)
                di_wls_draw_reference(s, &stream, at, n, to);
            else
                di_wls_draw_optimal(s, &stream, at, n, to);
        }
    }
    return DISTEST_SUCCESS;
}

/* n - m different candidates outside the DPP, uniformly */
static void draw_rest(const plan *p, size_t *index, di_stream *s)
{
    for (size_t i = p->s->m; i < p->n; i++) {
        for (int taken = 1; taken;) {
            index[i] = di_stream_below(s, p->s->N);
            taken = 0;
            for (size_t j = 0; j < i && !taken; j++) taken = index[j] == index[i];
        }
    }
}

/* volume samples are shuffled: their points are exchangeable */
static void shuffle(const plan *p, double *x, size_t *index, di_stream *s)
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

static int draw_designs(plan *p, distest_context *ctx)
{
    const size_t tasks = p->designs * p->units, m = p->s->m;
    int status = DISTEST_SUCCESS;
    for (size_t g = 0; p->how == STRATIFIED && g < p->designs; g++) {
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
        if (p->how != VOLUME && p->how != VOLUME_REPEATED) continue;
        size_t *index = p->s->N ? p->index + g * p->total : NULL;
        if (!p->replace) draw_rest(p, index, &s);
        shuffle(p, p->s->N ? NULL : p->x + g * p->total * p->s->d, index, &s);
    }
    p->stream += tasks + p->designs;
done:
    return status;
}

/* ---- weights and the matrix A
 * --------------------------------------------------------- */

/* From normalised features u (n x m) and log k: weights, and u scaled to rows
 * sqrt(w) phi = sqrt(w k) u. */
static void weigh(const plan *p, const int *tau, const double *logk, double *u,
                  double *w)
{
    const size_t n = p->total, m = p->s->m;
    const double M = (double)m;
    for (size_t i = 0; i < n; i++) {
        const double k = exp(logk[i]), inv = exp(-logk[i]);
        double wk = M; /* w k of the optimal weights */
        const int free_points =
            p->how == IID_OPTIMAL || p->how == VOLUME || p->how == VOLUME_REPEATED;
        if (p->how == MC || (p->how == VOLUME && p->ref == MU) ||
            (p->how == IID_OPTIMAL && p->ref == MU))
            wk = k;
        else if (p->how == STRATIFIED) {
            double sum = 0;
            for (size_t j = 0; j < m; j++) sum += tau[j] * u[i + j * n] * u[i + j * n];
            wk = (double)n / sum;
        } else if (free_points && p->ref != OPTIMAL) {
            const double a = p->ref == MU ? 1 : p->alpha; /* nu = (a + (1-a) k/m) mu */
            const double share =
                p->how == VOLUME_REPEATED ? (double)p->copies * M / (double)n : 0;
            const double mine = share + (1 - share) * (1 - a); /* of k / m */
            wk = 1 / ((1 - share) * a * inv + mine / M);
        }
        w[i] = wk == k ? 1 : wk * inv;
        if (p->how == MC) w[i] = 1;
        if (!(w[i] > DBL_MIN)) w[i] = DBL_MIN;
        for (size_t j = 0; j < m; j++) u[i + j * n] *= sqrt(wk);
    }
}

typedef struct {
    double *at, *u, *copy, *logk, *w; /* points (or row numbers), A, its copy */
    double value;
    distest_wls_diag diag;
} look;

static int examine(const plan *p, size_t g, look *l, distest_context *ctx)
{
    const distest_wls_space *s = p->s;
    const size_t n = p->total;
    int status = DISTEST_SUCCESS;
    distest_context quiet = ctx ? *ctx : distest_context_default();
    for (size_t i = 0; i < n * (s->N ? 1 : s->d); i++)
        l->at[i] = s->N ? (double)p->index[g * n + i] : p->x[g * n * s->d + i];
    DI_TRY(distest_wls_features(s, n, l->at, 1, l->u, l->logk, NULL, &quiet));
    weigh(p, p->tau ? p->tau + g * s->m : NULL, l->logk, l->u, l->w);
    memcpy(l->copy, l->u, n * s->m * sizeof(double));
    memset(&l->diag, 0, sizeof l->diag);
    DI_TRY(di_wls_spectrum(ctx, n, s->m, l->copy, &l->diag));
    l->value = p->lambda ? 1 - l->diag.lambda_min : l->diag.delta;
done:
    return status;
}

static int take_memory(plan *p, look *l, di_pool *pool, distest_context *ctx)
{
    const distest_wls_space *s = p->s;
    const size_t n = p->total, D = p->designs;
    int status = DISTEST_SUCCESS;
    p->work_size = p->copies ? di_wls_dpp_work(s) : 1;
    DI_TRY(di_check_shape(ctx, "n", n, s->m));
    DI_TRY(DI_NEW(ctx, pool, &p->work, (size_t)di_threads(ctx), p->work_size));
    DI_TRY(DI_NEW(ctx, pool, &p->x, D * n, s->N ? 1 : s->d));
    DI_TRY(DI_NEW(ctx, pool, &p->index, D, s->N ? n : 1));
    DI_TRY(DI_NEW(ctx, pool, &p->proposals, D, p->units + 1));
    if (p->how == STRATIFIED) DI_TRY(DI_NEW(ctx, pool, &p->tau, D, s->m));
    DI_TRY(DI_NEW(ctx, pool, &l->at, n, s->N ? 1 : s->d));
    DI_TRY(DI_NEW(ctx, pool, &l->u, n, s->m));
    DI_TRY(DI_NEW(ctx, pool, &l->copy, n, s->m));
    DI_TRY(DI_NEW(ctx, pool, &l->logk, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &l->w, n, 1));
    memset(p->proposals, 0, D * (p->units + 1) * sizeof(double));
done:
    return status;
}

static int chain_failed(distest_context *ctx)
{
    return di_fail(ctx, DISTEST_ECONV, "space",
                   "the features look linearly dependent or not orthonormal: the "
                   "determinantal chain found no further point.");
}

/* Tries until the criterion is met; the design taken is number *taken, examined. */
static int search(plan *p, look *l, size_t *taken, distest_context *ctx)
{
    double best_ever = INFINITY;
    int status = DISTEST_SUCCESS;
    for (size_t t = 1;; t++) {
        size_t best = 0;
        double least = INFINITY;
        status = draw_designs(p, ctx);
        if (status == DISTEST_ECONV) return chain_failed(ctx);
        if (status != DISTEST_SUCCESS) return status;
        for (size_t g = 0; g < p->designs; g++) {
            DI_TRY(examine(p, g, l, ctx));
            if (l->value < least || g == 0) least = l->value, best = g;
        }
        if (best + 1 < p->designs) DI_TRY(examine(p, best, l, ctx));
        if (least < best_ever) best_ever = least;
        l->diag.tries = (double)t;
        *taken = best;
        if (!isfinite(p->delta) || least <= p->delta) break;
        if (t >= p->max_tries)
            return di_fail(ctx, DISTEST_ECONV, "delta",
                           "none of %zu designs reached `delta` = %g (best %.4g, "
                           "acceptance rate below %.2g); use more points.",
                           t * p->designs, p->delta, best_ever, 1 / (double)t);
    }
    for (size_t i = 0; i < p->designs * (p->units + 1); i++)
        l->diag.proposals += p->proposals[i];
done:
    return status;
}

static int set_up(const distest_wls_space *space, const distest_wls_opts *opts,
                  size_t n, distest_rng *rng, plan *p, distest_context *ctx)
{
    distest_wls_opts d = distest_wls_opts_default();
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    memset(p, 0, sizeof *p);
    p->s = space;
    DI_TRY(read_opts(opts ? opts : &d, p, ctx));
    DI_TRY(check_size(p, n, ctx));
    p->key = di_rng_key(rng);
done:
    return status;
}

int distest_wls_sample(const distest_wls_space *space, const distest_wls_opts *opts,
                       size_t n, distest_rng *rng, double *points, size_t *index,
                       double *weights, distest_wls_diag *diag, distest_context *ctx)
{
    plan p;
    look l = {0};
    size_t taken = 0, kept = n, *order = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    di_gsl_enter();
    DI_TRY(set_up(space, opts, n, rng, &p, ctx));
    DI_TRY(take_memory(&p, &l, &pool, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &order, p.total, 1));
    DI_TRY(search(&p, &l, &taken, ctx));
    for (size_t i = 0; i < p.total; i++) order[i] = i;
    if (p.total > n) {
        const distest_wls_diag before = l.diag;
        DI_TRY(distest_wls_prune(p.total, space->m, l.u, "lambda_min", INFINITY, n,
                                 &kept, order, NULL, ctx));
        for (size_t j = 0; j < space->m; j++)
            for (size_t i = 0; i < n; i++)
                l.copy[i + j * n] = l.u[order[i] + j * p.total];
        DI_TRY(di_wls_spectrum(ctx, n, space->m, l.copy, &l.diag));
        l.diag.tries = before.tries, l.diag.proposals = before.proposals;
    }
    for (size_t i = 0; i < n; i++) {
        weights[i] = l.w[order[i]];
        if (space->N) index[i] = p.index[taken * p.total + order[i]];
        for (size_t k = 0; k < space->d; k++)
            points[i + k * n] = p.x[(taken * space->d + k) * p.total + order[i]];
    }
    if (diag) *diag = l.diag;
done:
    di_gsl_leave();
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_simulate(const distest_wls_space *space, const distest_wls_opts *opts,
                         size_t n, size_t nsim, distest_rng *rng, double *out,
                         distest_context *ctx)
{
    plan p;
    look l = {0};
    double *values = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    di_gsl_enter();
    DI_TRY(set_up(space, opts, n, rng, &p, ctx));
    p.delta = INFINITY;
    DI_TRY(take_memory(&p, &l, &pool, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &values, nsim, 1));
    for (size_t i = 0; i < nsim; i++) {
        size_t taken = 0;
        DI_TRY(search(&p, &l, &taken, ctx));
        values[i] = p.lambda ? 1 - l.diag.lambda_min : l.diag.delta;
    }
    memcpy(out, values, nsim * sizeof(double));
done:
    di_gsl_leave();
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
