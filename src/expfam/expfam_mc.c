/* expfam_mc.c - Monte Carlo maximum likelihood (Geyer and Thompson 1992) with an end
 * that is tied to the problem.
 *
 * Draws from theta_k give the likelihood near theta_k; its maximum, or as far on the
 * way there as the weights of the draws allow, is theta_{k+1}. Monte Carlo adds to the
 * divergence of the fit about kl_mc = tr(G^-1 Cov(eta_MC)) / 2 = p / (2 M_eff). The
 * number of draws grows until that is a small part (`tol`) of the divergence r1 / n
 * which sampling the data costs anyway.
 */
#include "expfam_chains.h"

#include <string.h>

enum { ROUNDS = 60, FIRST = 8000, BURN = 200, AGAIN = 50, TERMS = 1 << 18 };
static const size_t MOST_VALUES = (size_t)1 << 24; /* of draws that are kept */

distest_expfam_mc_opts distest_expfam_mc_opts_default(void)
{
    return (distest_expfam_mc_opts){sizeof(distest_expfam_mc_opts), 0.01, 10000000, 0};
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

static int check_mc(const distest_expfam_family *f, const distest_expfam_mc_opts *o,
                    distest_rng *rng, distest_context *ctx)
{
    if (!f->pairs && !f->user.sample)
        return di_fail(ctx, DISTEST_EINVAL, "family",
                       "Only pairwise models and families with the caller's sampler "
                       "are fitted by Monte Carlo.");
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
static int climb(di_expfam_rounds *q, const distest_expfam_mc_opts *o, double **z,
                 di_pool *pool, distest_expfam_mc_info *info, double *mix,
                 distest_context *ctx)
{
    const size_t d = di_expfam_chain_columns(q->f), most = MOST_VALUES / d, p = q->p;
    /* the caller's draws are all kept */
    const size_t limit = q->f->pairs || o->max_sweeps < most ? o->max_sweeps : most;
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
        DI_TRY(di_expfam_advance(q, &gamma, &share, ctx));
        if (round >= ROUNDS)
            DI_TRY(di_fail(
                ctx, DISTEST_ECONV, "x",
                "Monte Carlo maximum likelihood did not settle in %d rounds.", ROUNDS));
        if (gamma < 1) continue;
        DI_TRY(di_expfam_cloud_mixing(&q->cloud, q->mean, q->G, &q->mixing, mix,
                                      mix + p, mix + 2 * p, ctx));
        DI_TRY(di_expfam_half_trace(p, q->G, q->cov, &q->r1, ctx));
        const double aim = o->tol * q->r1 / q->N, short_of = q->mixing.kl / aim;
        info->converged = short_of <= 1 && share > 0.5;
        if (info->converged || (sweeps >= limit && share > 0.5)) break;
        sweeps = (size_t)fmin((double)limit,
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
    di_expfam_rounds q = {.f = family, .p = p};
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
    for (size_t a = 0; a < p; a++) q.theta[a] = start ? start[a] : 0;
    if (!start && family->pairs)
        DI_TRY(distest_expfam_fit_pseudo(family, &s, q.theta, ctx));
    di_blas_serial_enter();
    blas = 1;
    DI_TRY(di_expfam_chains_open(family, key, q.chains, &pool, ctx));
    q.cloud = di_expfam_chain_cloud(family, 0, NULL);
    DI_TRY(climb(&q, &o, &z, &draws, &out, mix, ctx));
    thin_out(&q.cloud, z, di_expfam_chain_columns(family), q.prob, TERMS);
    DI_TRY(di_expfam_chain_terms(&q, &s, xi, o.sampling, l, &out, ctx));
    const size_t each = (size_t)fmin(40000, fmax(4000, out.sweeps / 128));
    DI_TRY(di_expfam_bridge(&q, each, &out.psi, &out.psi_se, ctx));
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
