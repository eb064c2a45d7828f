/* expfam_rounds.c - one round of Monte Carlo maximum likelihood, whoever made the
 * draws: from draws at theta_k towards the maximum, as far as their weights allow; how
 * much divergence Monte Carlo adds; the terms of the risk. */
#include "expfam_chains.h"

#include <string.h>

/* tr(G^-1 V) / 2 */
DISTEST_STATUS di_expfam_half_trace(size_t p, const double *G, const double *V,
                                    double *r1, distest_context *ctx)
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
DISTEST_STATUS di_expfam_advance(di_expfam_rounds *q, double *gamma, double *share,
                                 distest_context *ctx)
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

DISTEST_STATUS di_expfam_chain_terms(di_expfam_rounds *q, const distest_sample *s,
                                     const double *xi, int sampling, double *spectrum,
                                     distest_expfam_mc_info *info, distest_context *ctx)
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

int distest_expfam_fit_draws(size_t m, size_t p, size_t chains, const double *draws,
                             const double *at, const distest_sample *sample,
                             int sampling, double *theta, double *mean, double *cov,
                             double *G, double *mixing, double *spectrum, double *reach,
                             distest_expfam_mc_info *info, distest_context *ctx)
{
    di_expfam_rounds q = {.p = p};
    distest_expfam_mc_info out = {.size = sizeof out};
    di_pool pool = {NULL};
    double *mu = NULL, *V = NULL, *mix = NULL, *l = NULL, gamma = 0, share = 0;
    distest_sample s;
    int status = DISTEST_SUCCESS, blas = 0;

    di_begin(ctx);
    DI_TRY(di_check_sample(ctx, sample));
    DI_TRY(di_check_shape(ctx, "draws", m, p));
    if (chains < 1 || m < 1 || m % chains || p < 1 || sample->d != p)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "draws",
                       "There must be equally many draws from each of the %zu chains, "
                       "with as many statistics as the data.",
                       chains));
    DI_TRY(di_check_finite(ctx, "draws", m * p, draws));
    DI_TRY(di_check_finite(ctx, "at", p, at));
    DI_TRY(DI_NEW(ctx, &pool, &mu, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &V, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &mix, p, 3));
    DI_TRY(DI_NEW(ctx, &pool, &l, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.theta, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.delta, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.gap, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.target, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.G, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.prob, m, 1));
    DI_TRY(di_expfam_data_moments(sample, sampling, p, sample->x, &s, &q.N, mu, V,
                                  &pool, ctx));
    if (q.N < 3)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                       "At least 3 observations are needed, not %g.", q.N));
    DI_TRY(di_expfam_check_rank(p, V, q.N, ctx));
    q.n = sample->n;
    q.mean = mu;
    q.cov = V;
    q.cloud = (di_expfam_cloud){m, p, chains, draws, NULL};
    memcpy(q.theta, at, p * sizeof *at);
    di_blas_serial_enter();
    blas = 1;
    DI_TRY(di_expfam_advance(&q, &gamma, &share, ctx));
    if (gamma == 1) {
        DI_TRY(di_expfam_cloud_mixing(&q.cloud, q.mean, q.G, &q.mixing, mix, mix + p,
                                      mix + 2 * p, ctx));
        DI_TRY(di_expfam_chain_terms(&q, &s, s.x, sampling, l, &out, ctx));
    }
    out.n = q.N;
    out.psi = out.psi_se = out.loglik = NAN;
    out.rounds = 1;
    out.sweeps = (double)m;
    out.kl_mc = q.mixing.kl;
    out.m_eff = q.mixing.ess;
    out.m_eff_least = q.mixing.least;
    out.rhat = q.mixing.rhat;
    out.gap = q.mixing.gap;
    out.converged = gamma == 1 && share > 0.5;
    memcpy(theta, q.theta, p * sizeof *theta);
    if (mean) memcpy(mean, mu, p * sizeof *mean);
    if (cov) memcpy(cov, V, p * p * sizeof *cov);
    if (G) memcpy(G, q.G, p * p * sizeof *G);
    if (mixing && gamma == 1) memcpy(mixing, mix, 3 * p * sizeof *mixing);
    if (spectrum && gamma == 1) memcpy(spectrum, l, p * sizeof *spectrum);
    if (reach) *reach = gamma;
    if (info) *info = out;
done:
    if (blas) di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
