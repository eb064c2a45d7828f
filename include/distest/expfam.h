/**
 * @file expfam.h
 * Exponential families under misspecification: maximum likelihood, existence, the risk
 * of estimation to order n^-2 and the p-n criterion.
 *
 *     g(x; theta) = exp{theta' xi(x) - Psi(theta)} h(x)
 *
 * with statistics xi (p of them), log partition Psi and base density h. The data need
 * not come from the family. Source: Sheena, "MLE convergence speed to information
 * projection of exponential family" (arXiv 2105.08947).
 */
#ifndef DISTEST_EXPFAM_H
#define DISTEST_EXPFAM_H

#include <distest/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A family: immutable once made, may be shared by threads. */
typedef struct distest_expfam_family distest_expfam_family;

/**
 * A named family.
 *
 * name, then `par` (real) and `ipar` (whole) settings:
 * normal, lognormal, exponential, rayleigh, gamma, inverse_gaussian, gig, beta,
 * von_mises, poisson, bernoulli, geometric, com_poisson: none;
 * normal_known_mean (mean), normal_known_variance (variance), gamma_known_shape
 * (shape), weibull (shape), laplace (location), pareto (minimum), binomial (size),
 * negative_binomial (size): one `par`;
 * dirichlet (d), von_mises_fisher (d), categorical (levels; x is 1 ... levels): one
 * `ipar`;
 * polynomial (degree), trigonometric (order): one `ipar`, `par` is lower, upper;
 * spline: `par` is lower, upper, then increasing knots inside; cubic B-splines less the
 * first;
 * mvnormal: `ipar` is d, structure (0 full, 1 diagonal, 2 spherical); `par` empty or
 * the known mean; ggm: `ipar` is d, then the edges i < j as pairs, counted from 0;
 * ising: `ipar` is d (at most 22), coding (0: 0 and 1, 1: -1 and 1), then the edges as
 * pairs;
 * loglinear: `ipar` is d, the levels of each variable, then one cell for each
 * statistic: cell sum_k l_k prod_{j < k} levels_j, l_k = 0 ..., stands for the product
 * of the indicators of level l_k + 1 of the variables with l_k > 0. x is d columns of
 * levels from 1.
 *
 * @param out    the family, to be freed by distest_expfam_family_free()
 * @param name   as above
 * @param par    npar numbers; may be NULL when npar is 0
 * @param npar   how many
 * @param ipar   nipar sizes; may be NULL when nipar is 0
 * @param nipar  how many
 * @param ctx    message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_expfam_family_alloc(distest_expfam_family **out,
                                                       const char *name,
                                                       const double *par, size_t npar,
                                                       const size_t *ipar, size_t nipar,
                                                       distest_context *ctx);

/**
 * A family on a finite (or quadrature, or sampled) reference measure: data are the
 * statistics themselves (d = p).
 *
 * @param out    the family
 * @param m      nodes, at least 2
 * @param p      statistics
 * @param xi     m x p, column-major, copied
 * @param logw   m log weights, or NULL for 0
 * @param finite 1: the nodes are the whole support, so that existence of the maximum is
 *               decided on them exactly; 0: they are quadrature nodes
 * @param ctx    message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_expfam_family_nodes(distest_expfam_family **out,
                                                       size_t m, size_t p,
                                                       const double *xi,
                                                       const double *logw, int finite,
                                                       distest_context *ctx);

/**
 * A pairwise model of continuous and discrete variables: statistics z_i z_j over
 * independent bases, Beta(a, b) for a continuous variable on [0, 1], the given
 * probabilities for a discrete one, whose value z is the score of its level. Its log
 * partition is intractable: distest_expfam_fit_mc() fits it, distest_expfam_sample()
 * draws from it by Gibbs sampling (300 sweeps of burn-in, rows 10 sweeps apart).
 * Columns of data: the continuous variables, then the discrete ones as levels 1, 2, ...
 *
 * @param out    the family
 * @param ncont  continuous variables
 * @param beta_a ncont
 * @param beta_b ncont
 * @param ndisc  discrete variables
 * @param levels ndisc: how many levels each has, at least 2
 * @param scores one for each level of each variable, variable by variable
 * @param prob   base probabilities > 0, likewise; scaled to sum to 1 in a variable
 * @param p      statistics
 * @param terms  2 x p: pairs i <= j of variables, counted from 0; i = j stands for the
 *               variable alone
 * @param ctx    message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_expfam_family_pairwise(
    distest_expfam_family **out, size_t ncont, const double *beta_a,
    const double *beta_b, size_t ndisc, const size_t *levels, const double *scores,
    const double *prob, size_t p, const size_t *terms, distest_context *ctx);

/** Gives a family back; NULL is nothing. */
DISTEST_API void distest_expfam_family_free(distest_expfam_family *family);

/** Sizes: p statistics, d columns of x, `usual` parameters (0: none are defined). Any
 *  pointer may be NULL. */
DISTEST_API void distest_expfam_sizes(const distest_expfam_family *family, size_t *p,
                                      size_t *d, size_t *usual);

/**
 * Statistics of data.
 *
 * @param family   the family
 * @param sample   the points, n x d; weights are not used
 * @param xi       out: n x p, column-major
 * @param logbase  out: n log base densities, or NULL
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _EDOM (first row outside the support, and how many)
 */
DISTEST_API DISTEST_STATUS distest_expfam_stats(const distest_expfam_family *family,
                                                const distest_sample *sample,
                                                double *xi, double *logbase,
                                                distest_context *ctx);

/**
 * Log partition Psi, its gradient (the mean of the statistics) and Hessian (their
 * covariance).
 *
 * @param family the family
 * @param theta  p natural parameters
 * @param psi    out: one number
 * @param grad   out: p, or NULL
 * @param hess   out: p x p, or NULL
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EDOM (theta outside its space), _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_expfam_psi(const distest_expfam_family *family,
                                              const double *theta, double *psi,
                                              double *grad, double *hess,
                                              distest_context *ctx);

/** Third (p^3) and fourth (p^4) cumulants of the statistics at theta; p <= 32. Either
 *  may be NULL. EINVAL for larger p, EDOM for theta outside its space. */
DISTEST_API DISTEST_STATUS distest_expfam_cumulants(const distest_expfam_family *family,
                                                    const double *theta, double *s3,
                                                    double *q4, distest_context *ctx);

/** Natural to usual parameters (mean and variance of the normal, shape and rate of the
 *  gamma, ...), with the Jacobian (usual x p, by extrapolated differences, or NULL).
 *  EINVAL where a family has no usual parameters. */
DISTEST_API DISTEST_STATUS distest_expfam_to_usual(const distest_expfam_family *family,
                                                   const double *theta, double *par,
                                                   double *jacobian,
                                                   distest_context *ctx);
/** The way back. EDOM when the parameters are outside their space. */
DISTEST_API DISTEST_STATUS
distest_expfam_from_usual(const distest_expfam_family *family, const double *par,
                          double *theta, distest_context *ctx);

/** Kullback-Leibler divergence D[g(theta1) || g(theta2)] in nats. */
DISTEST_API DISTEST_STATUS
distest_expfam_divergence(const distest_expfam_family *family, const double *theta1,
                          const double *theta2, double *kl, distest_context *ctx);

/** n draws, n x d, column-major, from the member theta. One key is taken from rng. */
DISTEST_API DISTEST_STATUS distest_expfam_sample(const distest_expfam_family *family,
                                                 const double *theta, size_t n,
                                                 distest_rng *rng, double *x,
                                                 distest_context *ctx);

/** Settings of a fit, from distest_expfam_opts_default(). */
typedef struct distest_expfam_opts {
    size_t size;
    size_t max_iter; /**< 100 Newton steps */
    double tol;      /**< 1e-12: n decrement / 2, the divergence left in units of 1/n */
    double ridge;    /**< 0: penalty (n / 2) ridge |theta|^2 */
    int sampling;    /**< 0: weights are frequencies, n their sum; 1: sampling weights,
                          n the number of positive ones */
} distest_expfam_opts;
/** The defaults above. */
DISTEST_API distest_expfam_opts distest_expfam_opts_default(void);

/** What a fit says besides theta. */
typedef struct distest_expfam_info {
    size_t size;
    size_t iterations;
    double n;         /**< observations that count */
    double psi;       /**< Psi(theta) */
    double loglik;    /**< with the base density, for data; without, for moments */
    double decrement; /**< Newton decrement / 2 at the end */
    int boundary;     /**< 1: the maximum is on a boundary that belongs to the parameter
                           space (COM-Poisson with nu = 0, GIG with chi or psi 0) */
} distest_expfam_info;

/**
 * Maximum likelihood from the mean of the statistics.
 *
 * @param family the family
 * @param opts   settings, NULL for the defaults
 * @param n      number of observations behind the mean
 * @param mean   p means of the statistics
 * @param start  p starting values, or NULL
 * @param theta  out: p
 * @param info   out, may be NULL
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMLE (no maximum; the message says why), _ESING,
 *         _ECONV, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_expfam_fit_moments(
    const distest_expfam_family *family, const distest_expfam_opts *opts, double n,
    const double *mean, const double *start, double *theta, distest_expfam_info *info,
    distest_context *ctx);

/**
 * Maximum likelihood from data; where digits matter (data far from 0, nearly equal)
 * more accurate than by way of the moments.
 *
 * @param family the family
 * @param opts   settings, NULL for the defaults
 * @param sample n x d points and weights (NULL: 1 each)
 * @param start  p starting values, or NULL
 * @param theta  out: p
 * @param mean   out: p means of the statistics, or NULL
 * @param cov    out: p x p covariances, divisor n - 1 (NaN when n <= 1), or NULL
 * @param info   out, may be NULL
 * @param ctx    may be NULL
 * @return as distest_expfam_fit_moments, and _EDOM for data outside the support
 */
DISTEST_API DISTEST_STATUS distest_expfam_fit_data(
    const distest_expfam_family *family, const distest_expfam_opts *opts,
    const distest_sample *sample, const double *start, double *theta, double *mean,
    double *cov, distest_expfam_info *info, distest_context *ctx);

/**
 * Maximum likelihood of many samples of a family on the line, one a column, each as by
 * distest_expfam_fit_data(). A column without a fit does not stop the others.
 *
 * @param family   a family with observations of one number
 * @param opts     settings, NULL for the defaults
 * @param rows     most observations of a sample
 * @param columns  samples
 * @param x        rows x columns; NaN: not there, so that samples may differ in size
 * @param theta    out: p x columns, NaN without a fit
 * @param usual    out: usual parameters x columns, or NULL
 * @param loglik   out: one a column, or NULL
 * @param n        out: observations of a column, or NULL
 * @param code     out: per column DISTEST_SUCCESS or why there is no fit: _ENOMLE,
 *                 _EDOM, _ECONV, _ESING
 * @param boundary out: per column 1 when the maximum is on a boundary that belongs to
 *                 the parameter space, else 0; or NULL
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 *
 * Columns go to the threads in blocks of 16; memory is a column a thread.
 */
DISTEST_API DISTEST_STATUS distest_expfam_fit_columns(
    const distest_expfam_family *family, const distest_expfam_opts *opts, size_t rows,
    size_t columns, const double *x, double *theta, double *usual, double *loglik,
    double *n, int *code, int *boundary, distest_context *ctx);

/** The invariants of the expansion: traces and contractions of cumulants. */
typedef struct distest_expfam_terms {
    double trace;              /**< tr(G^-1 V) */
    double t1, t2, t3;         /**< S K; S S A A; Q A A */
    double rho13, rho23, rho4; /**< of the model alone */
    double se_r1;              /**< standard error of trace / 2; NaN without data */
} distest_expfam_terms;

/**
 * Terms of the risk at theta from the model's cumulants and the data's: formulas (8) to
 * (11) of the family's page, without forming fourth moments.
 *
 * @param family   the family
 * @param theta    p parameters, usually the maximum
 * @param sample   the data, at least 3 points; NULL: the model is taken for true, V = G
 * @param sampling as in distest_expfam_opts
 * @param out      the terms
 * @param leverage out: n values v_i' G^-1 v_i, or NULL
 * @param spectrum out: p eigenvalues of G^-1 V, increasing, or NULL
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _EDOM, _ESING (G singular), _ENOMEM, _ECANCEL
 *
 * Cost on m nodes: the cheaper of (m + n) p^3 + 2 p^4 and (n + m) m p multiplications.
 */
DISTEST_API DISTEST_STATUS distest_expfam_terms_data(
    const distest_expfam_family *family, const double *theta,
    const distest_sample *sample, int sampling, distest_expfam_terms *out,
    double *leverage, double *spectrum, distest_context *ctx);

/**
 * The same from moments of the data, as distest_expfam_acc_get() gives them: all but
 * the standard error.
 *
 * @param family   the family
 * @param theta    p parameters
 * @param cov      p x p covariance of the statistics
 * @param third    third cumulants of the statistics, entries a <= b <= c with c
 * slowest, or NULL: then T1 is NaN
 * @param out      the terms; se_r1 is NaN
 * @param spectrum out: p, or NULL
 * @param ctx      may be NULL
 * @return as distest_expfam_terms_data
 */
DISTEST_API DISTEST_STATUS distest_expfam_terms_moments(
    const distest_expfam_family *family, const double *theta, const double *cov,
    const double *third, distest_expfam_terms *out, double *spectrum,
    distest_context *ctx);

/**
 * The same from raw arrays: m model nodes with weights (scaled to sum 1), n rows of
 * data statistics.
 *
 * @param m        nodes
 * @param p        statistics
 * @param xi       m x p
 * @param w        m weights >= 0
 * @param n        rows of data; 0: the model is taken for true
 * @param data     n x p
 * @param weights  n frequencies, or NULL
 * @param out      the terms
 * @param ctx      may be NULL
 * @return as distest_expfam_terms_data
 */
DISTEST_API DISTEST_STATUS distest_expfam_contract(
    size_t m, size_t p, const double *xi, const double *w, size_t n, const double *data,
    const double *weights, distest_expfam_terms *out, distest_context *ctx);

/** Settings of distest_expfam_fit_mc(), from distest_expfam_mc_opts_default(). */
typedef struct distest_expfam_mc_opts {
    size_t size;
    double tol;        /**< 0.01: what Monte Carlo may add to the divergence, as a part
                            of what the sample costs, r1 / n */
    size_t max_sweeps; /**< 1e7: sweeps of the chains in a round, over all chains */
    int sampling;      /**< as in distest_expfam_opts */
} distest_expfam_mc_opts;
/** The defaults above. */
DISTEST_API distest_expfam_mc_opts distest_expfam_mc_opts_default(void);

/** What a Monte Carlo fit says besides theta. */
typedef struct distest_expfam_mc_info {
    size_t size;
    double n;           /**< observations that count */
    double psi, psi_se; /**< log partition by bridge sampling, and its standard error */
    double loglik;      /**< with respect to the base measure */
    size_t rounds;
    double sweeps;      /**< of the last round, over 8 chains */
    double m_eff;       /**< effective draws, p / (2 kl_mc) */
    double m_eff_least; /**< for the whitened statistic that mixes worst */
    double kl_mc;       /**< divergence that Monte Carlo adds */
    double rhat;        /**< largest split-Rhat; above 1.05 the chains disagree */
    double gap;    /**< largest distance of the last draws' mean from the data's, in its
                        standard errors */
    int converged; /**< 0: kl_mc is still above tol r1 / n */
    distest_expfam_terms terms; /**< of the risk, with the data's covariance */
    double terms_sd[4];         /**< Monte Carlo sd of trace, T1, T2, T3 */
} distest_expfam_mc_info;

/**
 * Monte Carlo maximum likelihood of a pairwise model, with the terms of its risk. Eight
 * chains, each with a stream of its own: the same bits for any number of threads.
 *
 * @param family   from distest_expfam_family_pairwise()
 * @param opts     settings, NULL for the defaults
 * @param sample   at least 3 points, and weights (NULL: 1 each)
 * @param start    p starting values; NULL: from the pseudo-likelihood
 * @param rng      one key is taken
 * @param theta    out: p
 * @param mean     out: p means of the statistics, or NULL
 * @param cov      out: p x p covariances of the statistics in the data, or NULL
 * @param G        out: p x p covariances in the model, or NULL
 * @param mixing   out: p x 3, or NULL: Monte Carlo standard errors of theta, split-Rhat
 *                 and effective draws of the whitened statistics
 * @param spectrum out: p eigenvalues of G^-1 V, or NULL
 * @param info     out, may be NULL
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _EDOM, _ESING, _ENOMLE, _ECONV (a chain is stuck),
 *         _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_expfam_fit_mc(
    const distest_expfam_family *family, const distest_expfam_mc_opts *opts,
    const distest_sample *sample, const double *start, distest_rng *rng, double *theta,
    double *mean, double *cov, double *G, double *mixing, double *spectrum,
    distest_expfam_mc_info *info, distest_context *ctx);

/**
 * One round of Monte Carlo maximum likelihood with draws of the caller's: from the
 * member `at` they came from to the maximum, or as far towards it as 35 % of the draws
 * remain effective.
 *
 * @param m        draws, the same number from each chain, chain by chain
 * @param p        statistics
 * @param chains   how many
 * @param draws    m x p statistics of the draws
 * @param at       p: where they were drawn
 * @param sample   n x p statistics of the data, and weights
 * @param sampling as in distest_expfam_opts
 * @param theta    out: p
 * @param mean     out: p, or NULL
 * @param cov      out: p x p, or NULL
 * @param G        out: p x p, or NULL
 * @param mixing   out: p x 3 as in distest_expfam_fit_mc(), or NULL; untouched, as
 *                 `spectrum` and most of `info`, when reach is below 1
 * @param spectrum out: p, or NULL
 * @param reach    out: 1 at the maximum, below 1 on the way; or NULL
 * @param info     out, or NULL: psi and loglik are NaN; `converged` when the weights
 * are even enough for this to be the last round
 * @param ctx      may be NULL
 * @return as distest_expfam_fit_mc()
 */
DISTEST_API DISTEST_STATUS distest_expfam_fit_draws(
    size_t m, size_t p, size_t chains, const double *draws, const double *at,
    const distest_sample *sample, int sampling, double *theta, double *mean,
    double *cov, double *G, double *mixing, double *spectrum, double *reach,
    distest_expfam_mc_info *info, distest_context *ctx);

/** Maximum of the pseudo-likelihood of a pairwise model: consistent, fast, and the
 *  start of distest_expfam_fit_mc(). theta: p. EINVAL for other families, EDOM. */
DISTEST_API DISTEST_STATUS distest_expfam_fit_pseudo(
    const distest_expfam_family *family, const distest_sample *sample, double *theta,
    distest_context *ctx);

/**
 * Noise-contrastive estimation: logistic regression of data against draws from the
 * reference measure. Consistent, less efficient than maximum likelihood.
 *
 * @param n             rows of data
 * @param p             statistics
 * @param xi            n x p statistics of the data
 * @param weights       n, or NULL
 * @param m             draws
 * @param noise         m x p statistics of the draws
 * @param noise_weights m, or NULL
 * @param theta         out: p
 * @param psi           out: log partition with respect to the draws' measure
 * @param ctx           may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ENOMLE, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_expfam_fit_nce(size_t n, size_t p, const double *xi,
                                                  const double *weights, size_t m,
                                                  const double *noise,
                                                  const double *noise_weights,
                                                  double *theta, double *psi,
                                                  distest_context *ctx);

/** Sums of statistics that merge: n, mean, second and third central sums of blocks of
 *  4096 rows. The bits depend on which rows are there alone, not on the order in which
 *  they came or who summed them. */
typedef struct distest_expfam_acc distest_expfam_acc;

/**
 * An empty accumulator.
 *
 * @param out   to be freed by distest_expfam_acc_free()
 * @param p     statistics
 * @param order 1: means, 2: covariances too, 3: third cumulants too (p <= 200)
 * @param ctx   may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_expfam_acc_alloc(distest_expfam_acc **out, size_t p,
                                                    int order, distest_context *ctx);
/** Gives an accumulator back; NULL is nothing. */
DISTEST_API void distest_expfam_acc_free(distest_expfam_acc *acc);

/**
 * Adds rows.
 *
 * @param acc     the accumulator; untouched on failure
 * @param segment name of the file or site the rows are of; NULL: they are a segment of
 *                their own
 * @param first   number of the first row in its segment, from 0; a multiple of 4096
 * @param n       rows
 * @param xi      n x p statistics
 * @param weights n frequencies, or NULL for 1
 * @param logbase n log base densities, or NULL for 0
 * @param ctx     may be NULL
 * @return DISTEST_SUCCESS, _EINVAL (also for rows that are there already), _ENOMEM,
 *         _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_expfam_acc_add(distest_expfam_acc *acc,
                                                  const char *segment, uint64_t first,
                                                  size_t n, const double *xi,
                                                  const double *weights,
                                                  const double *logbase,
                                                  distest_context *ctx);

/** Adds what another one holds. EINVAL when sizes differ or rows overlap. */
DISTEST_API DISTEST_STATUS distest_expfam_acc_merge(distest_expfam_acc *into,
                                                    const distest_expfam_acc *from,
                                                    distest_context *ctx);

/** What was summed; outputs may be NULL. n: sum of weights; mean: p; cov: p x p,
 * divisor n - 1; third: p (p + 1) (p + 2) / 6 entries a <= b <= c, c slowest, unbiased;
 * logbase: sum of log base densities. EINVAL when empty or when the order was not kept.
 */
DISTEST_API DISTEST_STATUS distest_expfam_acc_get(const distest_expfam_acc *acc,
                                                  double *n, double *mean, double *cov,
                                                  double *third, double *logbase,
                                                  distest_context *ctx);

/** The bytes distest_expfam_acc_pack() writes; 0 for NULL. */
DISTEST_API size_t distest_expfam_acc_packed_size(const distest_expfam_acc *acc);
/**
 * An accumulator as bytes: little-endian, versioned, for files and workers.
 *
 * @param acc   the accumulator
 * @param bytes out: as many as distest_expfam_acc_packed_size() says; nothing is done
 *              when one of both is NULL
 */
DISTEST_API void distest_expfam_acc_pack(const distest_expfam_acc *acc,
                                         unsigned char *bytes);
/**
 * An accumulator from bytes. Nothing in them is trusted.
 *
 * @param out   to be freed by distest_expfam_acc_free()
 * @param p     statistics
 * @param order as in distest_expfam_acc_alloc()
 * @param size  how many bytes
 * @param bytes what distest_expfam_acc_pack() made
 * @param ctx   may be NULL
 * @return DISTEST_SUCCESS, _EINVAL (`bytes`: anything but what was packed for that p
 *         and order), _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_expfam_acc_unpack(distest_expfam_acc **out, size_t p,
                                                     int order, size_t size,
                                                     const unsigned char *bytes,
                                                     distest_context *ctx);

/**
 * Bootstrap of a fit: replicate b is a function of the key and first + b, so any split
 * of replicates gives the same numbers.
 *
 * @param family     the family, not a pairwise one
 * @param theta      p coefficients of the fit
 * @param sample     the data; weights are frequencies
 * @param parametric 0: rows are resampled, 1: drawn from the fit
 * @param first      number of the first replicate
 * @param B          how many
 * @param rng        one key is taken
 * @param thetas     out: p x B, NaN where no maximum exists; or NULL
 * @param kl         out: B divergences D[fit || refit], NaN likewise; or NULL
 * @param n_failed   out: replicates without a maximum; or NULL
 * @param ctx        may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _EDOM, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS
distest_expfam_bootstrap(const distest_expfam_family *family, const double *theta,
                         const distest_sample *sample, int parametric, uint64_t first,
                         size_t B, distest_rng *rng, double *thetas, double *kl,
                         size_t *n_failed, distest_context *ctx);

/** How the truth is thought of in distest_expfam_risk(). */
enum {
    DISTEST_EXPFAM_DATA = 0,   /**< bias-corrected: T1/6 + T2/8 - T3/24 */
    DISTEST_EXPFAM_PLUGIN = 1, /**< published: -T1/3 + 3 T2/8 - T3/8 */
    DISTEST_EXPFAM_MODEL = 2 /**< the model is true: (9 rho13 + 10 rho23 - 9 rho4)/24 */
};

/**
 * Estimation risk r1 / n + r2 / n^2, the mean of D[g(theta*) || g(theta^)].
 *
 * @param terms  from distest_expfam_terms_data()
 * @param p      number of parameters
 * @param n      observations, > 0
 * @param truth  one of the above
 * @param first  out: r1 / n, or NULL
 * @param second out: the second term, or NULL
 * @param risk   out: their sum, or NULL
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS or _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_expfam_risk(const distest_expfam_terms *terms,
                                               size_t p, double n, int truth,
                                               double *first, double *second,
                                               double *risk, distest_context *ctx);

/**
 * The p-n criterion: risk <= 8 alpha^2. Any output may be NULL.
 *
 * @param r1         coefficient of 1/n
 * @param c2         coefficient of 1/n^2
 * @param n          observations
 * @param alpha      in (0, 1/2); 0.05 is customary
 * @param pass       out: 1 when the criterion holds
 * @param alpha_hat  out: sqrt(risk / 8)
 * @param n_required out: the least n from which on it holds
 * @param usable     out: 0 when n_required rests on the first order alone
 * @param ctx        may be NULL
 * @return DISTEST_SUCCESS or _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_expfam_pn(double r1, double c2, double n,
                                             double alpha, int *pass, double *alpha_hat,
                                             double *n_required, int *usable,
                                             distest_context *ctx);

/** Where the mean of the statistics lies in the convex hull of the support. */
enum {
    DISTEST_EXPFAM_INTERIOR = 0, /**< the maximum exists */
    DISTEST_EXPFAM_FACE = 1,     /**< on a face: it does not, its limit lives there */
    DISTEST_EXPFAM_OUTSIDE = 2   /**< outside: data and support contradict each other */
};

/**
 * Does the maximum exist on a finite support? Solves
 * max sum s_m with (xi_m - mean)'d + s_m <= 0, 0 <= s_m <= 1 by an interior-point
 * method.
 *
 * @param m         points of the support
 * @param p         statistics
 * @param xi        m x p
 * @param mean      p
 * @param status    out: one of the above
 * @param direction out: p, the direction in which the likelihood rises for ever; 0 when
 *                  the maximum exists. May be NULL
 * @param face      out: m, 1 for points on the smallest face that holds the mean; may
 *                  be NULL
 * @param ctx       may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ECONV, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_expfam_exists(size_t m, size_t p, const double *xi,
                                                 const double *mean, int *status,
                                                 double *direction, int *face,
                                                 distest_context *ctx);

#ifdef __cplusplus
}
#endif
#endif
