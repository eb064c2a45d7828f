/* expfam_mc.c - Monte Carlo maximum likelihood (Geyer and Thompson 1992) with an end
 * that is tied to the problem.
 *
 * Draws from theta_k give the likelihood near theta_k; its maximum, or as far on the
 * way there as the weights of the draws allow, is theta_{k+1}. Monte Carlo adds to the
 * divergence of the fit about kl_mc = tr(G^-1 Cov(eta_MC)) / 2 = p / (2 M_eff). The
 * number of draws grows until that is a small part (`tol`) of the divergence r1 / n
 * which sampling the data costs anyway.
 *
 * Psi comes by bridge sampling (Meng and Wong 1996) along t theta, t from 1 to 0, where
 * the base measure is a probability and Psi is 0. */
#include "expfam.h"

#include <string.h>

enum { ROUNDS = 60, FIRST = 8000, BURN = 200, AGAIN = 50, TERMS = 1 << 18 };
static const size_t MOST_VALUES = (size_t)1 << 24; /* of draws that are kept */

distest_expfam_mc_opts distest_expfam_mc_opts_default(void)
{
    return (distest_expfam_mc_opts){sizeof(distest_expfam_mc_opts), 0.01, 10000000, 0};
}

typedef struct {
    const distest_expfam_family *f;
    size_t p, n;
    double N; /* observations that count */
    const double *mean, *cov;
    di_expfam_chain chains[EXPFAM_CHAIN_COUNT];
    double *theta, *delta, *gap, *G, *target, *prob;
    di_expfam_cloud cloud;
    di_expfam_mixing mixing;
    double r1;
} problem;

/* tr(G^-1 V) / 2 */
static int half_trace(size_t p, const double *G, const double *V, double *r1,
                      distest_context *ctx)
{
    di_pool pool = {NULL};
    double *L = NULL, *W = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &L, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &W, p, p));
    memcpy(L, G, p * p * sizeof *L);
    memcpy(W, V, p * p * sizeof *W);
    if (di_cholesky('L', p, L, p, NULL) != DISTEST_SUCCESS)
        DI_TRY(di_fail(ctx, DISTEST_ESING, "x",
                       "The statistics are linearly dependent in the draws."));
    di_cholesky_solve('L', p, p, L, p, W, p);
    *r1 = 0;
    for (size_t a = 0; a < p; a++) *r1 += 0.5 * W[a * (p + 1)];
done:
    di_pool_free(&pool);
    return status;
}

static void cloud_mean(const di_expfam_cloud *c, double *scratch, double *mean)
{
    enum { ROWS = 512 };
    for (size_t a = 0; a < c->p; a++) mean[a] = 0;
    for (size_t i = 0; i < c->m; i += ROWS) {
        const size_t rows = c->m - i < ROWS ? c->m - i : ROWS;
        di_expfam_cloud_rows(c, i, rows, NULL, scratch, ROWS);
        for (size_t a = 0; a < c->p; a++)
            mean[a] += di_sum(rows, scratch + a * ROWS) / (double)c->m;
    }
}

/* theta moves to the maximum, or as far on the way as the draws carry; *gamma: the
 * share of the way, 1 at the maximum */
static int advance(problem *q, double *gamma, double *share, distest_context *ctx)
{
    static const double way[] = {1, 0.9, 0.7, 0.5, 0.35, 0.2, 0.1, 0.05, 0.02, 0.01};
    const size_t p = q->p;
    di_pool pool = {NULL};
    double *eta = NULL, *scratch = NULL, value;
    int status = DISTEST_SUCCESS, ok = 0;
    DI_TRY(DI_NEW(ctx, &pool, &eta, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, 512, p));
    cloud_mean(&q->cloud, scratch, eta);
    for (size_t k = 0; k < sizeof way / sizeof *way && !ok; k++) {
        for (size_t a = 0; a < p; a++)
            q->target[a] = way[k] * q->mean[a] + (1 - way[k]) * eta[a];
        DI_TRY(di_expfam_cloud_climb(&q->cloud, q->target, q->delta, q->prob, q->gap,
                                     q->G, &value, share, &ok, ctx));
        *gamma = way[k];
    }
    if (!ok)
        DI_TRY(
            di_fail(ctx, DISTEST_ENOMLE, "x",
                    "The mean of the statistics is far outside of what the sampler "
                    "reaches: the maximum does not exist, or the sampler is wrong."));
    for (size_t a = 0; a < p; a++) q->theta[a] += q->delta[a];
done:
    di_pool_free(&pool);
    return status;
}

/* every stride-th draw of each chain, in place; weights sum to 1 again */
static void thin_out(di_expfam_cloud *c, double *z, size_t columns, double *prob,
                     size_t most)
{
    const size_t each = c->m / c->groups, stride = (c->m + most - 1) / most;
    const size_t left = each / stride, m = left * c->groups;
    double sum = 0;
    if (stride < 2) return;
    for (size_t k = 0; k < columns; k++)
        for (size_t g = 0; g < c->groups; g++)
            for (size_t i = 0; i < left; i++)
                z[k * m + g * left + i] = z[k * c->m + g * each + i * stride];
    for (size_t g = 0; g < c->groups; g++)
        for (size_t i = 0; i < left; i++)
            sum += prob[g * left + i] = prob[g * each + i * stride];
    for (size_t i = 0; i < m; i++) prob[i] /= sum;
    c->m = m;
}

/* ---- Psi */
/* r with sum over a of s(d a - r) = sum over b of s(r - d b), s logistic: the log of
 * the ratio of the normalising constants at the larger to that at the smaller t */
typedef struct {
    size_t m;
    const double *low, *high;
    double d;
} bridge;

static double imbalance(double r, void *data)
{
    const bridge *q = data;
    double sum = 0;
    for (size_t i = 0; i < q->m; i++)
        sum +=
            1 / (1 + exp(r - q->d * q->low[i])) - 1 / (1 + exp(q->d * q->high[i] - r));
    return sum;
}

static int bridge_ratio(size_t m, const double *low, const double *high, double d,
                        double *r)
{
    bridge q = {m, low, high, d};
    double a = INFINITY, b = -INFINITY;
    for (size_t i = 0; i < m; i++) {
        a = fmin(a, fmin(d * low[i], d * high[i]));
        b = fmax(b, fmax(d * low[i], d * high[i]));
    }
    return di_root(a - 1, b + 1, 1e-10, imbalance, &q, r);
}

static int measure_psi(problem *q, size_t each, double *psi, double *se,
                       distest_context *ctx)
{
    const size_t p = q->p, G = EXPFAM_CHAIN_COUNT, m = G * each, d = q->f->d;
    di_expfam_cloud c = {m, p, G, NULL, q->f->pairs->terms};
    di_pool pool = {NULL};
    double *z = NULL, *X = NULL, *high = NULL, *low = NULL, *t = NULL, at = 1;
    double part[EXPFAM_CHAIN_COUNT] = {0}, s = 0, ss = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &z, m, d));
    DI_TRY(DI_NEW(ctx, &pool, &X, 512, p));
    DI_TRY(DI_NEW(ctx, &pool, &high, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &low, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &t, p, 1));
    c.z = z;
    *psi = 0;
    for (double next = 1; at > 0;) { /* the first time at next = at = 1 */
        for (size_t a = 0; a < p; a++) t[a] = next * q->theta[a];
        DI_TRY(di_expfam_chains_run(q->f, t, q->chains, AGAIN, each, 1, 0, 0.85, 0.85,
                                    z, ctx));
        double mean = 0, square = 0;
        for (size_t i = 0; i < m; i += 512) {
            const size_t rows = m - i < 512 ? m - i : 512;
            di_expfam_cloud_rows(&c, i, rows, NULL, X, 512);
            for (size_t r = 0; r < rows; r++) {
                double v = 0;
                for (size_t a = 0; a < p; a++) v += q->theta[a] * X[r + a * 512];
                low[i + r] = v;
                mean += v / (double)m;
            }
        }
        for (size_t i = 0; i < m; i++)
            square += (low[i] - mean) * (low[i] - mean) / (double)m;
        if (next < at) {
            double ratio;
            DI_TRY(bridge_ratio(m, low, high, at - next, &ratio));
            *psi += ratio;
            for (size_t k = 0; k < G; k++) {
                DI_TRY(bridge_ratio(each, low + k * each, high + k * each, at - next,
                                    &ratio));
                part[k] += ratio;
            }
        }
        at = next;
        next = fmax(0, at - 1.2 / sqrt(square + 1e-12));
        double *swap = low;
        low = high;
        high = swap;
        if (at == 0) break;
    }
    for (size_t k = 0; k < G; k++) {
        s += part[k];
        ss += part[k] * part[k];
    }
    *se = sqrt(fmax(0, ss - s * s / (double)G) / (double)((G - 1) * G));
done:
    di_pool_free(&pool);
    return status;
}

/* ---- the terms of the risk from the last draws */
static int chain_terms(problem *q, const distest_sample *s, const double *xi,
                       int sampling, double *spectrum, distest_expfam_mc_info *info,
                       distest_context *ctx)
{
    const size_t p = q->p, n = s->n;
    di_expfam_frame r = {.p = p, .n = n};
    di_expfam_sums sums;
    di_pool pool = {NULL};
    double *G = NULL, *tilt = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &G, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &tilt, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &r.B, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &r.l, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &r.V, n, p));
    memcpy(G, q->G, p * p * sizeof *G);
    memcpy(r.V, xi, n * p * sizeof *r.V);
    DI_TRY(di_expfam_frame_make(&r, G, s->weights, sampling, &pool, ctx));
    DI_TRY(di_expfam_contract_chains(&q->cloud, q->prob, q->mean, &r, &sums, tilt,
                                     info->terms_sd, ctx));
    di_expfam_frame_finish(&r, &sums, tilt, sampling && s->weights, &info->terms, NULL,
                           spectrum);
done:
    di_pool_free(&pool);
    return status;
}

static int check_mc(const distest_expfam_family *f, const distest_expfam_mc_opts *o,
                    distest_rng *rng, distest_context *ctx)
{
    if (!f->pairs)
        return di_fail(ctx, DISTEST_EINVAL, "family",
                       "Only pairwise models have a sampler of their own.");
    if (!(o->tol > 0 && isfinite(o->tol)))
        return di_fail(ctx, DISTEST_EINVAL, "tol", "`tol` must be positive, not %g.",
                       o->tol);
    if (o->max_sweeps < FIRST)
        return di_fail(ctx, DISTEST_EINVAL, "max_sweeps",
                       "`max_sweeps` must be at least %d, not %zu.", FIRST,
                       o->max_sweeps);
    return di_check_pointer(ctx, "rng", rng);
}

/* rounds until Monte Carlo no longer matters */
static int climb(problem *q, const distest_expfam_mc_opts *o, double **z, di_pool *pool,
                 distest_expfam_mc_info *info, double *mix, distest_context *ctx)
{
    const size_t d = q->f->d, most = MOST_VALUES / d, p = q->p;
    size_t sweeps = FIRST, room = 0;
    int status = DISTEST_SUCCESS;
    for (size_t round = 0;; round++) {
        const size_t thin = (sweeps + most - 1) / most;
        const size_t each = sweeps / thin / EXPFAM_CHAIN_COUNT;
        double gamma = 0, share = 0;
        q->cloud.m = each * EXPFAM_CHAIN_COUNT;
        if (q->cloud.m > room) {
            di_pool_free(pool);
            room = q->cloud.m;
            DI_TRY(DI_NEW(ctx, pool, z, room, d));
            DI_TRY(DI_NEW(ctx, pool, &q->prob, room, 1));
        }
        q->cloud.z = *z;
        info->rounds = round + 1;
        info->sweeps = (double)(each * thin * EXPFAM_CHAIN_COUNT);
        const double from = fmin(0.4, 0.05 * (double)round);
        DI_TRY(di_expfam_chains_run(q->f, q->theta, q->chains, round ? AGAIN : BURN,
                                    each, thin, 0, from, 0.5, *z, ctx));
        DI_TRY(advance(q, &gamma, &share, ctx));
        if (round >= ROUNDS)
            DI_TRY(di_fail(
                ctx, DISTEST_ECONV, "x",
                "Monte Carlo maximum likelihood did not settle in %d rounds.", ROUNDS));
        if (gamma < 1) continue;
        DI_TRY(di_expfam_cloud_mixing(&q->cloud, q->mean, q->G, &q->mixing, mix,
                                      mix + p, mix + 2 * p, ctx));
        DI_TRY(half_trace(p, q->G, q->cov, &q->r1, ctx));
        const double aim = o->tol * q->r1 / q->N, short_of = q->mixing.kl / aim;
        info->converged = short_of <= 1 && share > 0.5;
        if (info->converged || (sweeps >= o->max_sweeps && share > 0.5)) break;
        sweeps = (size_t)fmin((double)o->max_sweeps,
                              (double)sweeps * fmin(20, fmax(1.3, 1.2 * short_of)));
    }
done:
    return status;
}

int distest_expfam_fit_mc(const distest_expfam_family *family,
                          const distest_expfam_mc_opts *opts,
                          const distest_sample *sample, const double *start,
                          distest_rng *rng, double *theta, double *mean, double *cov,
                          double *G, double *mixing, double *spectrum,
                          distest_expfam_mc_info *info, distest_context *ctx)
{
    const distest_expfam_mc_opts o = opts ? *opts : distest_expfam_mc_opts_default();
    const size_t p = family->p;
    problem q = {.f = family, .p = p};
    distest_expfam_mc_info out = {.size = sizeof out};
    di_pool pool = {NULL}, draws = {NULL};
    double *xi = NULL, *m = NULL, *V = NULL, *mix = NULL, *z = NULL, *l = NULL;
    distest_sample s;
    int status = DISTEST_SUCCESS, blas = 0;

    di_begin(ctx);
    DI_TRY(check_mc(family, &o, rng, ctx));
    DI_TRY(di_check_sample(ctx, sample));
    if (start) DI_TRY(di_check_finite(ctx, "start", p, start));
    DI_TRY(DI_NEW(ctx, &pool, &xi, sample->n, p));
    DI_TRY(DI_NEW(ctx, &pool, &m, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &V, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &mix, p, 3));
    DI_TRY(DI_NEW(ctx, &pool, &l, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.theta, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.delta, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.gap, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.target, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.G, p, p));
    DI_TRY(distest_expfam_stats(family, sample, xi, NULL, ctx));
    DI_TRY(
        di_expfam_data_moments(sample, o.sampling, p, xi, &s, &q.N, m, V, &pool, ctx));
    if (q.N < 3)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                       "At least 3 observations are needed, not %g.", q.N));
    DI_TRY(di_expfam_check_rank(p, V, q.N, ctx));
    q.n = sample->n;
    q.mean = m;
    q.cov = V;
    const uint64_t key = di_rng_key(rng);
    if (start)
        memcpy(q.theta, start, p * sizeof *start);
    else
        DI_TRY(distest_expfam_fit_pseudo(family, &s, q.theta, ctx));
    di_blas_serial_enter();
    blas = 1;
    DI_TRY(di_expfam_chains_open(family, key, q.chains, &pool, ctx));
    q.cloud = (di_expfam_cloud){0, p, EXPFAM_CHAIN_COUNT, NULL, family->pairs->terms};
    DI_TRY(climb(&q, &o, &z, &draws, &out, mix, ctx));
    thin_out(&q.cloud, z, family->d, q.prob, TERMS);
    DI_TRY(chain_terms(&q, &s, xi, o.sampling, l, &out, ctx));
    const size_t each = (size_t)fmin(40000, fmax(2000, out.sweeps / 128));
    DI_TRY(measure_psi(&q, each, &out.psi, &out.psi_se, ctx));
    out.n = q.N;
    out.loglik = q.N * (di_dot(p, q.theta, m) - out.psi);
    out.kl_mc = q.mixing.kl;
    out.m_eff = q.mixing.ess;
    out.m_eff_least = q.mixing.least;
    out.rhat = q.mixing.rhat;
    out.gap = q.mixing.gap;
    memcpy(theta, q.theta, p * sizeof *theta);
    if (mean) memcpy(mean, m, p * sizeof *mean);
    if (cov) memcpy(cov, V, p * p * sizeof *cov);
    if (G) memcpy(G, q.G, p * p * sizeof *G);
    if (mixing) memcpy(mixing, mix, 3 * p * sizeof *mixing);
    if (spectrum) memcpy(spectrum, l, p * sizeof *spectrum);
    if (info) *info = out;
done:
    if (blas) di_blas_serial_leave();
    di_pool_free(&draws);
    di_pool_free(&pool);
    return status;
}
