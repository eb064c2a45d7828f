/**
 * @file rdd.h
 * Regression discontinuity designs with distributions as outcomes.
 *
 * Unit i has a running variable x_i, individuals with a distribution, and its quantile
 * function Q_i on a grid q_1 < ... < q_Q. Units with x_i >= cutoff are treated ("plus",
 * side 1), the others are not ("minus", side 0); u_i = x_i - cutoff. The estimand is
 * the local average quantile treatment effect (Van Dijcke, arXiv 2504.03992),
 *
 *     tau(q) = m_+(q) - m_-(q),    m_pm(q) = lim E[Q_i(q) | x_i = x], x -> cutoff +-.
 *
 * Every curve is a weighted sum of quantile functions, m_pm(q) = sum_i w_i Q_i(q), with
 * the weights of a local polynomial fit of order p (conventional, "cl") or corrected
 * for its bias by a fit of order q (Calonico, Cattaneo, Titiunik 2014; "bc").
 *
 * Matrices are column-major. An output pointer may be NULL when the result is not
 * wanted, unless said otherwise. Codes of units and clusters count from 0.
 */
#ifndef DISTEST_RDD_H
#define DISTEST_RDD_H

#include <distest/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Individuals. Made by distest_rdd_rows_default(); owns nothing. Either one value and
 * the code of its unit per row (`y`, `unit`), or one array per unit (`list`).
 */
typedef struct distest_rdd_rows {
    size_t size;
    size_t rows;           /**< not read with `list` */
    size_t units;          /**< number of units, those without rows included */
    const double *y;       /**< rows values */
    const int *unit;       /**< rows codes, first_unit ... first_unit + units - 1 */
    const double *weights; /**< rows weights >= 0, or NULL; rows of weight 0 count as
                                absent */
    int first_unit;        /**< code of the first unit; 0 */
    const double *const *list;         /**< units arrays of values, or NULL */
    const double *const *list_weights; /**< units arrays of weights, or NULL */
    const size_t *length;              /**< units lengths of the arrays */
} distest_rdd_rows;

/** No rows. */
DISTEST_API distest_rdd_rows distest_rdd_rows_default(void);

/**
 * One quantile function per unit, on a grid. With draws z_(1) <= ... <= z_(n) the types
 * are those of Hyndman and Fan (1996), 3 excepted; type 7, j + g = 1 + (n - 1) q, is
 * (1 - g) z_(j) + g z_(j+1). With weights w_k, S_k = w_(1) + ... + w_(k), W = S_n:
 *
 *     type 1     z_(k), k = min{k: S_k >= q W}
 *     type 5, 7  linear interpolation of (pi_k, z_(k)), constant outside,
 *                pi_k = (S_k - w_k / 2) / W    and    (S_k - w_k) / (W - w_k).
 *
 * Rows of equal value stand in the order of the rows: this matters to types 5 and 7
 * when their weights differ, and to nothing else.
 *
 * `halfsample` removes the bias of order 1/n of units with 4 to 500 rows (type 7, no
 * weights): (n Q - m Q_m) / (n - m), m = floor(n / 2), Q_m the mean quantile of all
 * subsets of size m.
 *
 * @param rows        the individuals
 * @param type        1, 2, 4, 5, 6, 7, 8, 9; with weights 1, 5, 7
 * @param halfsample  1: remove the bias of small units
 * @param probs       length of q
 * @param q           grid, increasing in (0, 1)
 * @param quantiles   out: units x probs; NaN for units without rows
 * @param count       out: units, rows of positive weight in each
 * @param ctx         threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("y", "unit", "weights", "type", "halfsample", "q"),
 * _ENOMEM, _ECANCEL
 *
 * Time: rows log(rows per unit). Memory: one copy of the rows (with weights two), none
 * with `list` but for the longest unit per thread. Same bits for any number of threads
 * and (ties of different weights apart) any order of the rows.
 */
DISTEST_API DISTEST_STATUS distest_rdd_quantiles(const distest_rdd_rows *rows, int type,
                                                 int halfsample, size_t probs,
                                                 const double *q, double *quantiles,
                                                 size_t *count, distest_context *ctx);

/**
 * Mean sampling variance of the quantiles of units (Maritz and Jarrett 1978): with
 * W_k = I_{k/n}(a, b) - I_{(k-1)/n}(a, b), a = (n+1) q, b = (n+1)(1-q),
 *
 *     v_i(q) = sum_k W_k z_(k)^2 - (sum_k W_k z_(k))^2,
 *
 * averaged over the units with include[i] != 0 that have rows. Row weights are not used
 * but for the rows they remove.
 *
 * @param rows     the individuals
 * @param include  units flags, or NULL for all
 * @param probs    length of q
 * @param q        grid in (0, 1)
 * @param noise    out: probs means of v_i; not NULL
 * @param ctx      threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 *
 * Time: as distest_rdd_quantiles(), and probs sqrt(n_i) exponentials a unit.
 */
DISTEST_API DISTEST_STATUS distest_rdd_noise(const distest_rdd_rows *rows,
                                             const int *include, size_t probs,
                                             const double *q, double *noise,
                                             distest_context *ctx);

/** Collects rows chunk by chunk. */
typedef struct distest_rdd_acc distest_rdd_acc;

/**
 * An empty collection.
 *
 * @param units     number of units
 * @param weighted  1: rows come with weights
 * @param acc       out: to be given to distest_rdd_acc_free()
 * @param ctx       message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_acc_alloc(size_t units, int weighted,
                                                 distest_rdd_acc **acc,
                                                 distest_context *ctx);

/** Gives everything back; NULL is nothing. */
DISTEST_API void distest_rdd_acc_free(distest_rdd_acc *acc);

/**
 * Adds rows, in any order and any number of chunks. `acc` is unchanged on failure.
 *
 * @param acc   the collection
 * @param rows  with as many units, and weights if the collection is weighted
 * @param ctx   progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_acc_add(distest_rdd_acc *acc,
                                               const distest_rdd_rows *rows,
                                               distest_context *ctx);

/**
 * Adds the rows of another collection.
 *
 * @param into  the collection that grows; unchanged on failure
 * @param from  another one of the same units and kind
 * @param ctx   message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_acc_merge(distest_rdd_acc *into,
                                                 const distest_rdd_acc *from,
                                                 distest_context *ctx);

/**
 * The rows collected so far, as a list of units; valid until the collection changes.
 *
 * @param acc  the collection
 * @return a view that owns nothing
 */
DISTEST_API distest_rdd_rows distest_rdd_acc_rows(const distest_rdd_acc *acc);

/**
 * distest_rdd_quantiles() of the rows collected so far: the same bits, whatever the
 * chunks and, ties of different weights apart, their order.
 *
 * @param acc         the collection
 * @param type        as in distest_rdd_quantiles(), as all that follows
 * @param halfsample  1: remove the bias of small units
 * @param probs       length of q
 * @param q           grid, increasing in (0, 1)
 * @param quantiles   out: units x probs
 * @param count       out: units
 * @param ctx         threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_acc_finish(const distest_rdd_acc *acc, int type,
                                                  int halfsample, size_t probs,
                                                  const double *q, double *quantiles,
                                                  size_t *count, distest_context *ctx);

/** Units. Made by distest_rdd_units_default(); owns nothing. */
typedef struct distest_rdd_units {
    size_t size;
    size_t n, probs;
    const double *q;         /**< probs, increasing in (0, 1); NULL with method
                                  "pointwise": columns are then any outcomes */
    const double *quantiles; /**< n x probs */
    const double *x;         /**< n values of the running variable */
    const double *treatment; /**< n, share treated (fuzzy designs), or NULL */
    const double *weights;   /**< n weights >= 0 of units, or NULL: 1 */
    const int *cluster;      /**< n codes, 0 ... clusters - 1, or NULL */
    size_t clusters;         /**< number of codes */
    size_t covariates;       /**< columns of z; 0 */
    const double *z;         /**< n x covariates, or NULL */
} distest_rdd_units;

/** No units. */
DISTEST_API distest_rdd_units distest_rdd_units_default(void);

/** Settings of a fit. Made by distest_rdd_opts_default(). */
typedef struct distest_rdd_opts {
    size_t size;
    double cutoff;      /**< 0 */
    int p, q, deriv;    /**< order 1, order of the bias fit 2, derivative 0 */
    const char *kernel; /**< "triangular" (default), "epanechnikov", "uniform" */
    const char
        *method;        /**< "frechet" (default): curves are projected on increasing
                             functions; "rearranged": sorted; "pointwise": as they are */
    const char *vce;    /**< "nn", "hc0", "hc1", "hc2", "hc3" (default), "cr1", "cr3" */
    size_t nnmatch;     /**< neighbours of "nn"; 3 */
    int joint_clusters; /**< 1 (default): clusters that straddle the cutoff keep their
                             covariance; 0: the sides are independent */
    int linear_fuzzy;  /**< 0 (default): ratio of bias-corrected jumps; 1: linearised */
    int conventional;  /**< 0 (default): the reported curves, covariances and scores are
                            bias-corrected; 1: conventional */
    double donut[2];   /**< units with -donut[0] < u < donut[1] are left out; 0, 0 */
    size_t bandwidths; /**< rows of h and b: 1 (default) or probs, one per column */
    const double *h, *b; /**< bandwidths x 2 (left, right), positive; b NULL: b = h */
    const double *h_treatment,
        *b_treatment; /**< 2 each, or NULL: as h, b; must be given
                           when bandwidths differ by column */
} distest_rdd_opts;

/** The defaults above; h is NULL. */
DISTEST_API distest_rdd_opts distest_rdd_opts_default(void);

/**
 * What a fit gives. Made by distest_rdd_result_default(); the arrays are the caller's,
 * NULL where not wanted. Covariances and scores are those of the reported estimate
 * where no "cl" or "bc" is said. In a fuzzy design tau, se and vcov_cl, vcov_bc are
 * those of the effect on compliers; the curves and jump_ those of the outcome.
 */
typedef struct distest_rdd_result {
    size_t size;
    double *m_minus, *m_plus, *tau;  /**< probs, reported, after `method` */
    double *m_minus_cl, *m_plus_cl;  /**< probs, before `method` */
    double *m_minus_bc, *m_plus_bc;  /**< probs, before `method` */
    double *tau_cl, *se_cl;          /**< probs */
    double *tau_bc, *se_bc;          /**< probs */
    double *se_minus, *se_plus;      /**< probs, of the reported curves */
    double *jump_cl, *jump_bc;       /**< probs, m_plus - m_minus before `method` */
    double *jump_se_cl, *jump_se_bc; /**< probs */
    double *jump_treatment;          /**< probs, covariance of the reported jump with
                                          the first stage (fuzzy only) */
    double *vcov_cl, *vcov_bc;       /**< probs x probs, of tau */
    double *vcov_minus, *vcov_plus;  /**< probs x probs, of the curves */
    double *vcov_cross;              /**< probs x probs, Cov(m_minus(q_j), m_plus(q_k)):
                                          not 0 only with clusters on both sides */
    double *w_cl, *w_bc;             /**< n, 0 outside the bandwidths; with one common
                                          bandwidth only */
    double *scores;    /**< score_rows x probs, of tau: psi of (17), signed */
    size_t score_rows; /**< out: n, or clusters, or 2 clusters (left, then right) with
                            joint_clusters = 0; see distest_rdd_score_rows() */
    double *scores_minus, *scores_plus; /**< score_rows x probs, of the curves, so that
                                             without treatment tau's are plus - minus */
    double
        *residual_ms; /**< probs, mean squared residual of the units in the bandwidth */
    double *gamma;    /**< covariates x (probs, then treatment), 0 for dropped ones */
    int *dropped;     /**< covariates flags: collinear, left out */
    double first_stage[4]; /**< jump of the treatment: cl, its se, bc, its se */
    size_t n_side[2];      /**< units used (donut and weights 0 left out) by side */
    size_t n_h[2], n_b[2]; /**< units of positive weight by side (first bandwidth) */
    size_t n_clusters;   /**< clusters among the units of positive weight; 0 without */
    size_t moved;        /**< grid points that `method` moved, of 2 probs */
    double projection;   /**< root mean square of these moves, weighted by cells */
    size_t leverage_one; /**< units (clusters) left without adjustment: leverage 1 */
    int scale; /**< covariances and scores are those of quantiles times 2^-scale: 0
                    unless outcomes are beyond 1e-100 ... 1e100, whose squares are not
                    numbers */
} distest_rdd_result;

/** Nothing wanted. */
DISTEST_API distest_rdd_result distest_rdd_result_default(void);

/**
 * Rows of the scores of a fit: n, clusters, or 2 clusters.
 *
 * @param units  the units
 * @param opts   settings
 * @return that number; 0 when units or opts is NULL
 */
DISTEST_API size_t distest_rdd_score_rows(const distest_rdd_units *units,
                                          const distest_rdd_opts *opts);

/**
 * The design at given bandwidths: curves on both sides of the cutoff, the effect, their
 * standard errors and covariances.
 *
 * Residuals e_i(q) are those of `vce`: nearest neighbours, or the fits of order p (h)
 * for "cl" and q (b) for "bc" with the factors hc0 ... hc3; scores psi_i = +-w_i e_i,
 * added up by cluster (cr1: with a factor, cr3: each cluster's residuals from a fit
 * without it); V = sum psi psi'. Standard errors below 1e-12 of the largest outcome of
 * the column count as 0.
 *
 * @param units   the units
 * @param opts    settings; h must be given
 * @param result  out: its arrays and numbers; not NULL; untouched on failure
 * @param ctx     threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS; _EINVAL (argument named); _ESING: "h" or "b" (fewer than
 * p + 1 or q + 1 distinct x with weight on a side, or condition below 1e-12),
 * "treatment" (no first stage), "covariates" (more than units); _ENOMEM, _ECANCEL
 *
 * Time: two reads of the table for the curves, which is all when no error, covariance
 * or score is wanted; n probs (8 + nnmatch) operations for residuals, n probs^2 for
 * each covariance wanted. Memory: a few n, probs^2, blocks.
 */
DISTEST_API DISTEST_STATUS distest_rdd_fit(const distest_rdd_units *units,
                                           const distest_rdd_opts *opts,
                                           distest_rdd_result *result,
                                           distest_context *ctx);

/**
 * The weights of the curves: m_pm = sum of w_i Q_i over the side. For deriv = 0 they
 * satisfy on each side sum w = 1 and sum w u^k = 0, k = 1 ... p (w_bc: p + 1).
 *
 * @param n        number of units
 * @param x        n values of the running variable
 * @param weights  n unit weights, or NULL
 * @param opts     settings; one common bandwidth
 * @param w_cl     out: n, 0 outside
 * @param w_bc     out: n, 0 outside
 * @param ctx      message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_weights(size_t n, const double *x,
                                               const double *weights,
                                               const distest_rdd_opts *opts,
                                               double *w_cl, double *w_bc,
                                               distest_context *ctx);

/**
 * Effects at many bandwidths at once, from prefix sums over units sorted by distance;
 * b = h b[0] / h[0] of opts by side when both are given, else b = h. Before `method`;
 * no covariates, no treatment.
 *
 * @param units   the units
 * @param opts    settings
 * @param m       number of bandwidths
 * @param h       m bandwidths, for both sides
 * @param tau_cl  out: m x probs
 * @param tau_bc  out: m x probs
 * @param ctx     threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ENOMEM, _ECANCEL
 *
 * Time: n probs (q + 3) once, then log n + probs p a bandwidth.
 */
DISTEST_API DISTEST_STATUS distest_rdd_curve(const distest_rdd_units *units,
                                             const distest_rdd_opts *opts, size_t m,
                                             const double *h, double *tau_cl,
                                             double *tau_bc, distest_context *ctx);

/**
 * The local polynomial of order p at any points: R_p((x - cutoff) / h)' beta of the
 * side of x, after `method` at each point (deriv is not read).
 *
 * @param units  the units
 * @param opts   settings
 * @param m      number of points
 * @param at     m values of the running variable
 * @param curve  out: m x probs; not NULL
 * @param ctx    threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_predict(const distest_rdd_units *units,
                                               const distest_rdd_opts *opts, size_t m,
                                               const double *at, double *curve,
                                               distest_context *ctx);

/** The usual number of bins for a side with that many units: the root, 5 to 40. */
DISTEST_API size_t distest_rdd_bins(size_t units);

/**
 * Average quantile functions in bins of the running variable, to look at: on each side
 * bins of equal width between the cutoff and its farthest unit.
 *
 * @param units   the units; those of weight 0 are left out
 * @param cutoff  the cutoff
 * @param bins    number of bins left and right, positive
 * @param x       out: bins[0] + bins[1] weighted means of x, from left to right; NaN
 *                for a bin without units
 * @param count   out: bins[0] + bins[1], units in the bin
 * @param value   out: (bins[0] + bins[1]) x probs weighted means; NaN as above
 * @param ctx     threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_plotdata(const distest_rdd_units *units,
                                                double cutoff, const size_t bins[2],
                                                double *x, size_t *count, double *value,
                                                distest_context *ctx);

/** Complier distributions of a fuzzy design; arrays as in distest_rdd_result. Made by
 *  distest_rdd_compliers_default(). */
typedef struct distest_rdd_complier_curves {
    size_t size;
    double *m0_raw, *m1_raw; /**< probs, jumps of Q (1 - T) and Q T over that of T */
    double *m0, *m1;         /**< probs, projected on increasing functions */
    double *se0, *se1;       /**< probs, of the raw curves */
    double *vcov0, *vcov1,
        *vcov01; /**< probs x probs; vcov01 is Cov(m0(q_j), m1(q_k)) */
    int scale;   /**< as in distest_rdd_result */
} distest_rdd_complier_curves;

/** Nothing wanted. */
DISTEST_API distest_rdd_complier_curves distest_rdd_compliers_default(void);

/**
 * Mean quantile functions of the compliers without and with treatment,
 *
 *     m_1 = jump of E[Q T | x] / dT,    m_0 = -jump of E[Q (1 - T) | x] / dT,
 *
 * dT the jump of E[T | x]; m_1 - m_0 is the effect of distest_rdd_fit() before
 * `method`.
 *
 * @param units   the units, with treatment in [0, 1]
 * @param opts    settings of the fit; linear_fuzzy is not read
 * @param curves  out; not NULL, its arrays may be
 * @param ctx     threads, progress, message; may be NULL
 * @return as distest_rdd_fit()
 */
DISTEST_API DISTEST_STATUS distest_rdd_compliers(const distest_rdd_units *units,
                                                 const distest_rdd_opts *opts,
                                                 distest_rdd_complier_curves *curves,
                                                 distest_context *ctx);

/** Shapes of an Anderson-Rubin set. */
enum {
    DISTEST_RDD_INTERVAL = 0,   /**< [lower, upper] */
    DISTEST_RDD_COMPLEMENT = 1, /**< all but (lower, upper) */
    DISTEST_RDD_LINE = 2        /**< everything */
};

/**
 * Sets {t: (J - t dT)^2 <= z^2 Var(J - t dT)}, which hold their level with a weak first
 * stage.
 *
 * @param probs   number of effects
 * @param jump    probs jumps J of the outcome
 * @param se      probs, their standard errors
 * @param cov     probs covariances of J and dT
 * @param first   dT and its standard error
 * @param level   of the sets, 0 to 1
 * @param lower   out: probs; -Inf for the line; not NULL
 * @param upper   out: probs; Inf for the line; not NULL
 * @param shape   out: probs of DISTEST_RDD_INTERVAL ...; not NULL
 * @param ctx     message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_rdd_anderson_rubin(
    size_t probs, const double *jump, const double *se, const double *cov,
    const double first[2], double level, double *lower, double *upper, int *shape,
    distest_context *ctx);

/** Settings of distest_rdd_bandwidth(), made by distest_rdd_bandwidth_default(). */
typedef struct distest_rdd_bandwidth_opts {
    size_t size;
    const char *rule;  /**< "imserd" (default), "imsetwo", "imsesum", "mserd", "msetwo",
                            "msesum", the coverage-optimal "icerrd", "icertwo",
                            "icersum", "cerrd", "certwo", "cersum", "plugin",
                            "plugin_pointwise" */
    double scaleregul; /**< 1 */
    const double *imse_weights; /**< probs weights of quantiles, or NULL: cells */
    int variance_weights; /**< 1: cells over the variance of the h stage; 0 (default) */
    int masspoints;       /**< 1 (default): adjust for equal x; 0: do not */
    size_t bwcheck;       /**< distinct x that the pilot bandwidths hold on each side; 0
                               (default): 10 where masspoints finds a fifth of the units
                               of a side or more sharing their x, else no bound */
} distest_rdd_bandwidth_opts;

/** The defaults above. */
DISTEST_API distest_rdd_bandwidth_opts distest_rdd_bandwidth_default(void);

/** How bandwidths came about; arrays may be NULL. Made by
 *  distest_rdd_stages_default(). */
typedef struct distest_rdd_stages {
    size_t size;
    double c0;        /**< pilot bandwidth; c_n for the plug-in rules */
    double *d;        /**< k x 2, bandwidths of the bias stage; h_0 for plug-in rules */
    double *bias;     /**< probs x 2, B of the h stage, left and right */
    double *variance; /**< probs x 2, V of the h stage */
    double *regul;    /**< probs x 2, Rg of the h stage */
    double density;   /**< f^ at the cutoff (plug-in rules) */
    size_t distinct[2]; /**< distinct x by side */
    int exact;          /**< 1: a bias was 0 (up to rounding) and the range is used */
} distest_rdd_stages;

/** Nothing wanted. */
DISTEST_API distest_rdd_stages distest_rdd_stages_default(void);

/**
 * Bandwidths by plug-in rules: per side and quantile the variance and bias of a fit of
 * order p at pilot bandwidths, weighed over quantiles ("i...") or quantile by quantile.
 * In fuzzy designs those of the jump of the outcome. The rules "plugin..." have no
 * regularisation, give h = b, and use neither covariates nor clusters.
 *
 * @param units   the units
 * @param opts    settings of the fit; h and b are not read
 * @param bw      the rule
 * @param h       out: k x 2 (left, right), k = 1 for the rules over quantiles, else
 * probs
 * @param b       out: k x 2
 * @param stages  out, may be NULL
 * @param ctx     threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ENOMEM, _ECANCEL
 *
 * Time: three residual passes over the table.
 */
DISTEST_API DISTEST_STATUS distest_rdd_bandwidth(const distest_rdd_units *units,
                                                 const distest_rdd_opts *opts,
                                                 const distest_rdd_bandwidth_opts *bw,
                                                 double *h, double *b,
                                                 distest_rdd_stages *stages,
                                                 distest_context *ctx);

/**
 * Uniform band by Gaussian multipliers: draws Z ~ N(0, V), M = max_j |Z_j| / s_j with
 * s_j = se_j, or 1 ("constant"); c is the order statistic ceil(level (draws + 1)) of M,
 * and the band tau_j +- c s_j.
 *
 * @param probs        length of tau
 * @param tau          the estimates
 * @param vcov         probs x probs
 * @param level        of the band, 0 to 1
 * @param draws        at least 1 / (1 - level) - 1
 * @param studentized  1: s = se; 0: s = 1
 * @param rng          random numbers; one key is drawn
 * @param crit         out: c; NaN when every s_j is 0
 * @param lower        out: probs
 * @param upper        out: probs
 * @param process      out: draws x probs
 * @param ctx          threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 *
 * Time: probs^3, then draws rank(V) probs. The same numbers for any threads.
 */
DISTEST_API DISTEST_STATUS distest_rdd_bands(size_t probs, const double *tau,
                                             const double *vcov, double level,
                                             size_t draws, int studentized,
                                             distest_rng *rng, double *crit,
                                             double *lower, double *upper,
                                             double *process, distest_context *ctx);

/**
 * The same from scores and multipliers: Z = xi' psi.
 *
 * @param rows         rows of scores
 * @param probs        columns of scores
 * @param scores       rows x probs
 * @param tau          the estimates
 * @param multiplier   "gaussian", "rademacher", "mammen"; not read with xi
 * @param xi           rows x draws, or NULL
 * @param level        of the band
 * @param draws        number of draws
 * @param studentized  1: s = se; 0: s = 1
 * @param rng          random numbers; may be NULL with xi
 * @param crit         out
 * @param lower        out: probs
 * @param upper        out: probs
 * @param process      out: draws x probs
 * @param ctx          threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_bands_scores(
    size_t rows, size_t probs, const double *scores, const double *tau,
    const char *multiplier, const double *xi, double level, size_t draws,
    int studentized, distest_rng *rng, double *crit, double *lower, double *upper,
    double *process, distest_context *ctx);

/**
 * A part of the draws, for work that is shared out: draws first ... first + draws - 1
 * of the key that rng gives. Parts under the same key (rng in the same state) have
 * together, in their order, the bits of one call with all draws.
 *
 * @param rows         rows of scores; not read without them
 * @param probs        columns
 * @param scores       rows x probs, or NULL: gaussian draws from vcov
 * @param vcov         probs x probs; not read with scores
 * @param multiplier   as above; not read with xi or without scores
 * @param xi           rows x draws, the multipliers of this part, or NULL
 * @param first        the first draw, from 0; a multiple of 256
 * @param draws        number of draws of the part
 * @param studentized  as above
 * @param rng          random numbers; may be NULL with xi
 * @param maxima       out: draws
 * @param se           out: probs standard errors, for distest_rdd_bands_join()
 * @param process      out: draws x probs
 * @param ctx          threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_bands_part(
    size_t rows, size_t probs, const double *scores, const double *vcov,
    const char *multiplier, const double *xi, size_t first, size_t draws,
    int studentized, distest_rng *rng, double *maxima, double *se, double *process,
    distest_context *ctx);

/**
 * The band from the maxima of all parts.
 *
 * @param probs        number of estimates
 * @param tau          probs estimates
 * @param se           probs, from any part
 * @param level        of the band
 * @param draws        number of maxima
 * @param maxima       the maxima, in any order
 * @param studentized  as for the parts
 * @param crit         out
 * @param lower        out: probs
 * @param upper        out: probs
 * @param ctx          threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_bands_join(size_t probs, const double *tau,
                                                  const double *se, double level,
                                                  size_t draws, const double *maxima,
                                                  int studentized, double *crit,
                                                  double *lower, double *upper,
                                                  distest_context *ctx);

/**
 * Tests on the whole curve from draws of the process.
 *
 * @param probs        length of tau
 * @param q            grid
 * @param tau          the estimates (minus tau0 for "equal")
 * @param vcov         probs x probs
 * @param process      draws x probs
 * @param draws        rows of process
 * @param level        of the critical value
 * @param test         "nullity", "homogeneity", "ge", "le", "equal"
 * @param statistic    "sup" or "cvm"
 * @param studentized  1: s = se; 0: s = 1
 * @param range        grid points within are used
 * @param value        out: the statistic; NaN when no point has s > 0
 * @param p_value      out
 * @param critical     out
 * @param ctx          message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_test(
    size_t probs, const double *q, const double *tau, const double *vcov,
    const double *process, size_t draws, double level, const char *test,
    const char *statistic, int studentized, const double range[2], double *value,
    double *p_value, double *critical, distest_context *ctx);

/**
 * The increasing function nearest to y, sum w (y - fit)^2 least: pool adjacent
 * violators. Increasing y comes back bit for bit.
 *
 * @param n    length
 * @param y    n values
 * @param w    n weights > 0, or NULL
 * @param fit  out: n; not NULL, may be y
 * @param ctx  message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_project(size_t n, const double *y,
                                               const double *w, double *fit,
                                               distest_context *ctx);

/**
 * y sorted in value; with cells w, the quantile function of the values y with weights w
 * at the middle of each cell.
 *
 * @param n    length
 * @param y    n values
 * @param w    n weights > 0, or NULL
 * @param fit  out: n; not NULL
 * @param ctx  message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_rearrange(size_t n, const double *y,
                                                 const double *w, double *fit,
                                                 distest_context *ctx);

/**
 * A functional of a quantile function and its gradient.
 *
 * @param name      "mean", "variance", "sd", "quantile", "gini", "theil", "mld",
 *                  "ratio", "iqr", "median", "lorenz"
 * @param u         level of "quantile" and "lorenz", upper level of "ratio"
 * @param v         lower level of "ratio"
 * @param n         length of the curve
 * @param q         grid
 * @param m         the curve
 * @param value     out: NaN where it is not defined (EDOM is not raised)
 * @param gradient  out: n
 * @param ctx       message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_functional(const char *name, double u, double v,
                                                  size_t n, const double *q,
                                                  const double *m, double *value,
                                                  double *gradient,
                                                  distest_context *ctx);

/**
 * Worst bias of sum w_i Q_i when second derivatives are at most M on each side,
 * M int |sum_{a_i > t} w_i (a_i - t)| dt with a = |u|, exactly.
 *
 * @param n                 number of units
 * @param x                 running variable
 * @param w                 weights, of sum 1 and sum w u = 0 on each side
 * @param cutoff            the cutoff
 * @param smoothness_left   M on the left
 * @param smoothness_right  M on the right
 * @param bias              out: the sum over sides; not NULL
 * @param ctx               message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_bias(size_t n, const double *x, const double *w,
                                            double cutoff, double smoothness_left,
                                            double smoothness_right, double *bias,
                                            distest_context *ctx);

/**
 * Bounds of the second derivative by the rule of thumb: the largest |second derivative|
 * of a quartic fitted to each side, over the range of its data.
 *
 * @param units  the units
 * @param cutoff the cutoff
 * @param left   out: probs
 * @param right  out: probs
 * @param ctx    threads, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_smoothness(const distest_rdd_units *units,
                                                  double cutoff, double *left,
                                                  double *right, distest_context *ctx);

/**
 * The quantile of level `level` of |N(t, 1)|: half lengths of intervals that allow for
 * a bias of t standard errors.
 *
 * @param n      length
 * @param t      n ratios of bias to standard error, >= 0
 * @param level  of the interval
 * @param cv     out: n; not NULL
 * @param ctx    message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_rdd_honest_critical(size_t n, const double *t,
                                                       double level, double *cv,
                                                       distest_context *ctx);

/**
 * Honest sets for a ratio of jumps, from tests of a jump 0 in Q - t T:
 *
 *     {t: |J - t dT| <= se_t cv(bias_t / se_t)},    bias_t = bias_J + |t| bias_T.
 *
 * Intervals around J / dT when the first stage is not 0 at this level,
 * |dT| > se_T cv(bias_T / se_T); else the line is given.
 *
 * @param probs       number of effects
 * @param jump        probs jumps J of the outcome, conventional
 * @param se          probs, their standard errors
 * @param cov         probs covariances of J and dT
 * @param bias        probs worst biases of J
 * @param first       dT and its standard error
 * @param first_bias  worst bias of dT
 * @param level       of the sets, 0 to 1
 * @param lower       out: probs; -Inf for the line
 * @param upper       out: probs; Inf for the line
 * @param shape       out: probs of DISTEST_RDD_INTERVAL, DISTEST_RDD_LINE
 * @param ctx         message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_rdd_honest_ratio(
    size_t probs, const double *jump, const double *se, const double *cov,
    const double *bias, const double first[2], double first_bias, double level,
    double *lower, double *upper, int *shape, distest_context *ctx);

/**
 * Is the density of x continuous at the cutoff? Local polynomials of order p + 1 of the
 * empirical distribution function, and binomial tests for the nearest units.
 *
 * @param n         number of units
 * @param x         running variable
 * @param cutoff    the cutoff
 * @param p         order, 2
 * @param kernel    as in distest_rdd_opts
 * @param h         bandwidth; 0: 2.5 sd(x) n^(-1/5)
 * @param density   out: left and right
 * @param t         out: statistic; NaN when a density is not positive, and, with the
 *                  densities, where a fifth of the units of a side share their x
 * @param p_value   out
 * @param binomial  out: p-values for the 10, 20, ..., 50 nearest units; NaN where there
 *                  are fewer
 * @param ctx       message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_rdd_density_test(size_t n, const double *x,
                                                    double cutoff, int p,
                                                    const char *kernel, double h,
                                                    double density[2], double *t,
                                                    double *p_value, double binomial[5],
                                                    distest_context *ctx);

/**
 * Randomisation test of no effect on any unit with |u| <= window: labels (of clusters,
 * each of which must lie on one side) are permuted, all ways when there are no more
 * than reps. With d the difference of the (weighted) mean quantile functions the
 * statistics are max |d_j|, sqrt(sum om d^2 / sum om) and |sum om d / sum om|.
 *
 * @param units      the units
 * @param cutoff     the cutoff
 * @param window     half width
 * @param statistic  "sup", "w2", "mean"
 * @param reps       permutations
 * @param rng        random numbers; one key is drawn
 * @param n_side     out: units in the window by side
 * @param value      out: the statistic
 * @param p_value    out
 * @param ctx        threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_randtest(const distest_rdd_units *units,
                                                double cutoff, double window,
                                                const char *statistic, size_t reps,
                                                distest_rng *rng, size_t n_side[2],
                                                double *value, double *p_value,
                                                distest_context *ctx);

/**
 * A part of the permutations, for work that is shared out: first ... first + draws - 1
 * of the key that rng gives, as far as there are so many. Parts under the same key (rng
 * in the same state) count together what one call counts.
 *
 * @param units         the units
 * @param cutoff        the cutoff
 * @param window        half width
 * @param statistic     "sup", "w2", "mean"
 * @param reps          permutations of all parts
 * @param first         the first of this part
 * @param draws         how many
 * @param rng           random numbers; one key is drawn
 * @param n_side        out: units in the window by side
 * @param value         out: the statistic
 * @param above         out: permutations of this part whose statistic is at least that
 * @param permutations  out: of all parts: reps, or all assignments
 * @param exact         out: 1 when these are all assignments
 * @param ctx           threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_rdd_randtest_part(
    const distest_rdd_units *units, double cutoff, double window, const char *statistic,
    size_t reps, size_t first, size_t draws, distest_rng *rng, size_t n_side[2],
    double *value, size_t *above, size_t *permutations, int *exact,
    distest_context *ctx);

/**
 * The p-value from the counts of all parts: their sum over the permutations when these
 * are all assignments, else (1 + sum) / (permutations + 1).
 *
 * @param parts         number of counts
 * @param above         the counts
 * @param permutations  of all parts
 * @param exact         1: all assignments
 * @param p_value       out
 * @param ctx           message; may be NULL
 * @return DISTEST_SUCCESS or _EINVAL ("above")
 */
DISTEST_API DISTEST_STATUS distest_rdd_randtest_join(size_t parts, const size_t *above,
                                                     size_t permutations, int exact,
                                                     double *p_value,
                                                     distest_context *ctx);

#ifdef __cplusplus
}
#endif
#endif
