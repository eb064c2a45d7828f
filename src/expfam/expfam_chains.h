/* expfam_chains.h - draws: what the files of Monte Carlo maximum likelihood share. */
#ifndef DI_EXPFAM_CHAINS_H
#define DI_EXPFAM_CHAINS_H

#include "expfam.h"

/* expfam_pairwise.c: Markov chains, each with a stream of its own */
enum { EXPFAM_CHAIN_COUNT = 8 };
typedef struct {
    di_stream stream;
    double *z, *y;   /* values with a 1 at the end; logits, or levels from 1 */
    distest_rng rng; /* for the caller's sampler */
} di_expfam_chain;
DISTEST_STATUS di_expfam_chains_open(const distest_expfam_family *f, uint64_t key,
                                     di_expfam_chain *chains, di_pool *pool,
                                     distest_context *ctx);
DISTEST_STATUS di_expfam_chains_run(const distest_expfam_family *f, const double *theta,
                                    di_expfam_chain *chains, size_t burn, size_t each,
                                    size_t thin, int levels, double from, double to,
                                    double *z, distest_context *ctx);
/* expfam_user.c: draws, and statistics of draws in place of chains_run(), which knows
 */
DISTEST_STATUS di_expfam_user_sample(const distest_expfam_family *f,
                                     const double *theta, size_t n, distest_rng *rng,
                                     double *x, distest_context *ctx);
DISTEST_STATUS di_expfam_user_chains(const distest_expfam_family *f,
                                     const double *theta, di_expfam_chain *chains,
                                     size_t each, double from, double to, double *z,
                                     distest_context *ctx);
DISTEST_STATUS di_expfam_sample_chains(const distest_expfam_family *f,
                                       const double *theta, size_t n, uint64_t key,
                                       double *x, distest_context *ctx);

/* expfam_cloud.c: m draws in `groups` chains of equal length, one after the other; z is
 * m x (variables) with terms 2 x p, or m x p statistics with terms NULL. rows(): some
 * of their statistics less `centre` (NULL: 0), out has leading dimension ld. */
typedef struct {
    size_t m, p, groups;
    const double *z;
    const size_t *terms;
} di_expfam_cloud;
/* of chains of the family's, m draws z with chain_columns() numbers each */
size_t di_expfam_chain_columns(const distest_expfam_family *f);
di_expfam_cloud di_expfam_chain_cloud(const distest_expfam_family *f, size_t m,
                                      const double *z);
void di_expfam_cloud_rows(const di_expfam_cloud *c, size_t i0, size_t rows,
                          const double *centre, double *out, size_t ld);
/* delta with the weighted mean at `target`; prob: m weights, summing to 1; gap: mean
 * less target, G: covariance, value: log mean exp(delta'(xi - target)), share: of
 * effective draws. ok: 0 where that share falls below 0.35 or target is outside. */
DISTEST_STATUS di_expfam_cloud_climb(const di_expfam_cloud *c, const double *target,
                                     double *delta, double *prob, double *gap,
                                     double *G, double *value, double *share, int *ok,
                                     distest_context *ctx);
/* from batch means: divergence that Monte Carlo adds, effective draws on average and
 * for the worst whitened statistic, largest split-Rhat, largest distance of the mean
 * from the target in standard errors; mcse of theta, rhat, ess: p each or NULL */
typedef struct {
    double kl, ess, least, rhat, gap;
} di_expfam_mixing;
DISTEST_STATUS di_expfam_cloud_mixing(const di_expfam_cloud *c, const double *target,
                                      const double *G, di_expfam_mixing *out,
                                      double *mcse, double *rhat, double *ess,
                                      distest_context *ctx);
/* expfam_chains.c: sums from weighted draws about eta, unbiased over chains; sd: of
 * trace, T1, T2, T3 */
DISTEST_STATUS di_expfam_contract_chains(const di_expfam_cloud *c, const double *prob,
                                         const double *eta, const di_expfam_frame *r,
                                         di_expfam_sums *out, double *tilt,
                                         double sd[4], distest_context *ctx);
/* expfam_rounds.c: Monte Carlo maximum likelihood between two sets of draws. advance():
 * theta moves to the maximum or, `reach` of the way there, as far as draws carry */
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
} di_expfam_rounds;
DISTEST_STATUS di_expfam_half_trace(size_t p, const double *G, const double *V,
                                    double *r1, distest_context *ctx);
DISTEST_STATUS di_expfam_advance(di_expfam_rounds *q, double *reach, double *share,
                                 distest_context *ctx);
DISTEST_STATUS di_expfam_chain_terms(di_expfam_rounds *q, const distest_sample *s,
                                     const double *xi, int sampling, double *spectrum,
                                     distest_expfam_mc_info *info,
                                     distest_context *ctx);
/* expfam_bridge.c */
DISTEST_STATUS di_expfam_bridge(di_expfam_rounds *q, size_t each, double *psi,
                                double *se, distest_context *ctx);

#endif
