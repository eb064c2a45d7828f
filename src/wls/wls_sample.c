/* wls_sample.c - designs: independent, stratified, determinantal and volume-sampled
 * points, drawn again until the spectrum of G is good enough. */
#include "wls.h"

#include <math.h>
#include <string.h>

static double half_of_key(void *state)
{
    distest_wls_key *k = state;
    const uint64_t half = k->drawn++ % 2 ? k->key & 0xffffffffu : k->key >> 32;
    return ((double)half + 0.5) / 4294967296.0;
}

distest_rng distest_wls_rng(distest_wls_key *key)
{
    return distest_rng_from(half_of_key, key);
}

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

int di_wls_read_opts(const distest_wls_opts *opts, di_wls_plan *p, distest_context *ctx)
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
    p->how = (di_wls_method)how, p->ref = (di_wls_measure)ref, p->alpha = opts->alpha;
    if (ref == WLS_MIXTURE && opts->alpha == 0) p->ref = WLS_OPTIMAL;
    if (ref == WLS_MIXTURE && opts->alpha == 1) p->ref = WLS_MU;
    p->delta = opts->delta, p->lambda = criterion == 1, p->designs = opts->resample;
    p->max_tries = opts->max_tries, p->replace = opts->replace;
done:
    return status;
}

static int check_size(di_wls_plan *p, size_t n, distest_context *ctx)
{
    const size_t m = p->s->m, N = p->s->N;
    p->n = p->total = n;
    if (n < m || (p->how == WLS_DPP && n != m))
        return di_fail(ctx, DISTEST_EINVAL, "n",
                       "`n` must be %s %zu, the dimension of "
                       "the space, not %zu.",
                       p->how == WLS_DPP ? "(for \"dpp\")" : "at least", m, n);
    if (!p->replace) {
        if (!N || (p->how != WLS_VOLUME && p->how != WLS_DPP))
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
    case WLS_DPP:
    case WLS_VOLUME:
        p->copies = 1;
        break;
    case WLS_VOLUME_REPEATED:
        p->copies = n / (2 * m) ? n / (2 * m) : 1;
        break;
    case WLS_DPP_REPEATED:
        p->copies = n / m;
        break;
    case WLS_BOOSTED:
        p->copies = (n + m - 1) / m + 1 > 3 ? (n + m - 1) / m + 1 : 3;
        p->total = p->copies * m;
        break;
    default:
        p->copies = 0;
    }
    const size_t rest = p->total - p->copies * m;
    p->groups = p->replace ? (rest + WLS_GROUP - 1) / WLS_GROUP : 0;
    p->units = p->copies + p->groups;
    return DISTEST_SUCCESS;
}

typedef struct {
    double *at, *u, *copy, *logk, *w; /* points (or row numbers), A, rows kept of it */
    double *scale;
    double value;
    distest_wls_diag diag;
} look;

static int examine(const di_wls_plan *p, size_t g, look *l, distest_context *ctx)
{
    const distest_wls_space *s = p->s;
    const size_t n = p->total;
    int status = DISTEST_SUCCESS;
    distest_context quiet = ctx ? *ctx : distest_context_default();
    for (size_t i = 0; i < n * (s->N ? 1 : s->d); i++)
        l->at[i] = s->N ? (double)p->index[g * n + i] : p->x[g * n * s->d + i];
    DI_TRY(distest_wls_features(s, n, l->at, 1, l->u, l->logk, NULL, &quiet));
    DI_TRY(di_wls_weigh(p, p->tau ? p->tau + g * s->m : NULL, l->logk, l->u, l->w,
                        l->scale, ctx));
    memset(&l->diag, 0, sizeof l->diag);
    DI_TRY(di_wls_spectrum(ctx, n, s->m, l->u, &l->diag));
    l->value = p->lambda ? 1 - l->diag.lambda_min : l->diag.delta;
done:
    return status;
}

static int take_memory(di_wls_plan *p, look *l, di_pool *pool, distest_context *ctx)
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
    if (p->how == WLS_STRATIFIED) DI_TRY(DI_NEW(ctx, pool, &p->tau, D, s->m));
    DI_TRY(DI_NEW(ctx, pool, &l->at, n, s->N ? 1 : s->d));
    DI_TRY(DI_NEW(ctx, pool, &l->u, n, s->m));
    if (n > p->n) DI_TRY(DI_NEW(ctx, pool, &l->copy, p->n, s->m));
    DI_TRY(DI_NEW(ctx, pool, &l->logk, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &l->w, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &l->scale, n, 1));
    p->slot_count = p->replace ? 1 : 4 * n + 1;
    DI_TRY(DI_NEW(ctx, pool, &p->slots, p->slot_count, 1));
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
static int search(di_wls_plan *p, look *l, size_t *taken, distest_context *ctx)
{
    double best_ever = INFINITY;
    int status = DISTEST_SUCCESS;
    for (size_t t = 1;; t++) {
        size_t best = 0;
        double least = INFINITY;
        status = di_wls_draw_designs(p, ctx);
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
                  size_t n, distest_rng *rng, di_wls_plan *p, distest_context *ctx)
{
    distest_wls_opts d = distest_wls_opts_default();
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    memset(p, 0, sizeof *p);
    p->s = space;
    DI_TRY(di_wls_check_held(space, ctx));
    if (space->pass)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "space", "`space` waits for chunks."));
    DI_TRY(di_wls_read_opts(opts ? opts : &d, p, ctx));
    DI_TRY(check_size(p, n, ctx));
    p->key = di_rng_key(rng);
done:
    return status;
}

int di_wls_sample_all(const distest_wls_space *space, const distest_wls_opts *opts,
                      size_t n, distest_rng *rng, double *points, size_t *index,
                      double *weights, double *scale, uint64_t *key,
                      distest_wls_diag *diag, distest_context *ctx)
{
    di_wls_plan p;
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
        if (scale) scale[i] = l.scale[order[i]];
        if (space->N) index[i] = p.index[taken * p.total + order[i]];
        for (size_t k = 0; k < space->d; k++)
            points[i + k * n] = p.x[(taken * space->d + k) * p.total + order[i]];
    }
    if (diag) *diag = l.diag;
    if (key) *key = p.key;
done:
    di_gsl_leave();
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_wls_sample(const distest_wls_space *space, const distest_wls_opts *opts,
                       size_t n, distest_rng *rng, double *points, size_t *index,
                       double *weights, distest_wls_diag *diag, distest_context *ctx)
{
    return di_wls_sample_all(space, opts, n, rng, points, index, weights, NULL, NULL,
                             diag, ctx);
}

int distest_wls_simulate(const distest_wls_space *space, const distest_wls_opts *opts,
                         size_t n, size_t nsim, distest_rng *rng, double *out,
                         distest_context *ctx)
{
    di_wls_plan p;
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
