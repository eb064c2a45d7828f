/**
 * @file kde.h
 * Kernel density estimates, correct on the log scale in any dimension, with the
 * statistical regime that each value comes from. After G. Biroli and M. Mezard, "Kernel
 * Density Estimators in Large Dimensions", arXiv:2408.05807.
 *
 *     log f(x) = c_d - d log s - (1/2) log det H + LSE_i [ log w_i + g(D_i / s^2) ],
 *     D_i = (x - x_i)' H^-1 (x - x_i),  s = 1 / (standard deviation of the unit kernel)
 *
 * where LSE is log sum exp, K(u) = exp(c_d + g(|u|^2)) the kernel, and weights are
 * scaled to sum to 1. Points of weight 0 are ignored. Bandwidths are standard
 * deviations of the kernel per coordinate; for "student" its scale.
 *
 * All arrays are column-major and the caller's. Results have the same bits for any
 * number of threads. Outputs are untouched on failure, incomplete after
 * DISTEST_ECANCEL.
 */
#ifndef DISTEST_KDE_H
#define DISTEST_KDE_H

#include <distest/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What `bandwidth` holds: h; d standard deviations; the d x d variance matrix H. */
enum { DISTEST_KDE_SCALAR = 0, DISTEST_KDE_DIAG = 1, DISTEST_KDE_FULL = 2 };

/** Reference matrix A of a scalar bandwidth, H = h^2 A: identity; (tr S / d) times the
 *  identity; diag(S); the weighted sample covariance S (divisor 1 - sum w^2). */
enum {
    DISTEST_KDE_NONE = 0,
    DISTEST_KDE_ISO = 1,
    DISTEST_KDE_SD = 2,
    DISTEST_KDE_COV = 3
};

/** Leave-one-out drops all points equal to the one in question, or it alone. */
enum { DISTEST_KDE_EXCLUDE = 0, DISTEST_KDE_INCLUDE = 1 };

/** Regimes: mu < 1, 1 <= mu < 2, mu >= 2; UNKNOWN where too few distances are there. */
enum {
    DISTEST_KDE_EXTREME = 0,
    DISTEST_KDE_STABLE = 1,
    DISTEST_KDE_CLT = 2,
    DISTEST_KDE_UNKNOWN = -1
};

/** How sums are taken: by tiles of all points, or from a tree of boxes (up to ten
 *  dimensions) that stops when bounds on what is left are within `tol`. AUTO takes the
 *  tree where it is the faster one: `tol` > 0 and at most six dimensions. With `tol` >
 * 0 and the gaussian kernel it also takes sums over cells in one dimension and a look
 * in single precision from 128 dimensions on, where digits below `tol` may depend on
 * the order of the queries, though not on threads. */
enum { DISTEST_KDE_AUTO = 0, DISTEST_KDE_EXACT = 1, DISTEST_KDE_TREE = 2 };

/** What happens at a bound. */
enum { DISTEST_KDE_REFLECT = 0, DISTEST_KDE_TRANSFORM = 1 };

/** The estimate. Filled by distest_kde_opts_default(). */
typedef struct distest_kde_opts {
    size_t size;        /**< sizeof(distest_kde_opts) */
    const char *kernel; /**< "gaussian" (default), "uniform", "epanechnikov",
                             "biweight", "triweight", "exponential", "linear", "cosine"
                             or "student" */
    double nu;          /**< degrees of freedom of "student"; otherwise 0 (default) */
    int shape;          /**< DISTEST_KDE_SCALAR (default), _DIAG or _FULL */
    const double *bandwidth; /**< 1, d or d x d numbers, by `shape` */
    int scaling;          /**< of a scalar bandwidth: DISTEST_KDE_NONE (default) ... */
    const double *radius; /**< n local factors a_i > 0, H_i = a_i^2 H; NULL: 1 */
    const double *radius_next; /**< n factors that hold without a point within `reach`
                                    of i, for exact leave-one-out; NULL: `radius` */
    const double *reach;       /**< n distances in the metric, with `radius_next` */
    double tol;                /**< relative error of f allowed; 0 (default): exact */
    int ties;                  /**< DISTEST_KDE_EXCLUDE (default) or _INCLUDE */
    int method;                /**< DISTEST_KDE_AUTO (default), _EXACT or _TREE */
    const double *lower;       /**< d bounds of the density, -Inf where there is none;
                                    NULL: none at all. Gaussian kernel */
    const double *upper;       /**< likewise, Inf where there is none */
    int boundary;              /**< DISTEST_KDE_REFLECT (default): mass that would cross
                                    a bound is folded back, diagonal H;
                                    DISTEST_KDE_TRANSFORM: estimated in log(x - a),
                                    -log(b - x) or the logit, where h then lives */
    const double *log_factor;  /**< n: log of a factor on the kernel of each point, as
                                    distest_kde_mixed() gives it; NULL: none */
    double log_constant;       /**< added to every log density; 0 (default) */
} distest_kde_opts;

/** The defaults above. `bandwidth` is NULL and must be set. */
DISTEST_API distest_kde_opts distest_kde_opts_default(void);

/**
 * Log density at m points.
 *
 * The distances come from a product of matrices where d > 16 and the kernel is
 * gaussian; every term whose distance could be off by more than 1e-11 in the exponent,
 * and that counts, is computed again by differences: the error is at most about 1e-11 +
 * 8 2^-53 |log f| at any scale and offset of the data.
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate
 * @param m       number of points; 0 does nothing
 * @param at      m x d
 * @param logf    out: m log densities; -Inf where no kernel reaches
 * @param ctx     may be NULL
 * @return SUCCESS, EINVAL, ESING (`bandwidth` or `scaling`), ENOMEM or ECANCEL
 *
 * Time: m n d multiplications, m n exponentials. Memory: copies of both sets of points.
 */
DISTEST_API DISTEST_STATUS distest_kde_eval(const distest_sample *sample,
                                            const distest_kde_opts *opts, size_t m,
                                            const double *at, double *logf,
                                            distest_context *ctx);

/**
 * As distest_kde_eval(), with a bound of the relative error of f from what was left out
 * and from the rounding of distances.
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate
 * @param m       number of points; 0 does nothing
 * @param at      m x d
 * @param logf    out: m log densities; -Inf where no kernel reaches
 * @param relerr  out: m bounds, at most `tol` plus what rounding costs; or NULL
 * @param ctx     may be NULL
 * @return as distest_kde_eval()
 */
DISTEST_API DISTEST_STATUS distest_kde_eval_bound(const distest_sample *sample,
                                                  const distest_kde_opts *opts,
                                                  size_t m, const double *at,
                                                  double *logf, double *relerr,
                                                  distest_context *ctx);

/**
 * Leave-one-out log densities at the data, without refits:
 *
 *     log f_-i(x_i) = const + LSE_{j not in G(i)} [...] - log(1 - sum_{j in G(i)} w_j)
 *
 * with G(i) the points equal to x_i (`ties`).
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate; `method` is not read
 * @param logf    out: n; -Inf where nothing is left; NaN for a point of weight 0 that
 *                equals another
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), with n for m in the cost
 */
DISTEST_API DISTEST_STATUS distest_kde_loo(const distest_sample *sample,
                                           const distest_kde_opts *opts, double *logf,
                                           distest_context *ctx);

/**
 * Log density and its gradient, (2/s^2) sum_i p_i g'(D_i/s^2) H^-1 (x - x_i) with p_i
 * the share of x_i in f(x).
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate
 * @param m       number of points; 0 does nothing
 * @param at      m x d
 * @param logf    out: m log densities, or NULL
 * @param grad    out: m x d; NaN rows where the density is 0
 * @param ctx     may be NULL
 * @return as distest_kde_eval()
 *
 * Time: twice that of distest_kde_eval() plus 2 m n d.
 */
DISTEST_API DISTEST_STATUS distest_kde_score(const distest_sample *sample,
                                             const distest_kde_opts *opts, size_t m,
                                             const double *at, double *logf,
                                             double *grad, distest_context *ctx);

/**
 * Gradient and Hessian of the log density, gaussian kernel,
 * sum p v v' - (sum p / a^2) H^-1 - s s', v_i = H^-1 (x_i - x) / a_i^2, s = sum p v.
 * Reflecting bounds are those of the sum over images. -Inf where it overflows.
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate
 * @param m       number of points; 0 does nothing
 * @param at      m x d
 * @param logf    out: m log densities, or NULL
 * @param grad    out: m x d, or NULL
 * @param hess    out: d x d x m; as grad NaN where the density is 0
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`kernel`) for other kernels
 *
 * Time: m n d^2.
 */
DISTEST_API DISTEST_STATUS distest_kde_curvature(const distest_sample *sample,
                                                 const distest_kde_opts *opts, size_t m,
                                                 const double *at, double *logf,
                                                 double *grad, double *hess,
                                                 distest_context *ctx);

/**
 * How many points carry the value: with p_i the shares, neff = 1 / sum p^2; neff2 =
 * (sum p^2)^2 / sum p^4, that of the variance; entropy -sum p log p; the largest p.
 * NaN (neff 0 for compact kernels and outside the bounds) where nothing reaches.
 *
 * @param sample   the points x_i and weights
 * @param opts     the estimate
 * @param m        number of points; 0 does nothing. Not read with `at` NULL
 * @param at       m x d, or NULL: the data, leave-one-out (m is then n)
 * @param neff     out: m effective numbers of points, or NULL
 * @param neff2    out: m, those of the variance, or NULL
 * @param entropy  out: m, in nats, or NULL
 * @param maxp     out: m largest shares, or NULL
 * @param nearest  out: m indices from 0 of the points with the largest share, SIZE_MAX
 *                 where nothing reaches; or NULL
 * @param ctx      may be NULL
 * @return as distest_kde_eval()
 */
DISTEST_API DISTEST_STATUS distest_kde_stats(const distest_sample *sample,
                                             const distest_kde_opts *opts, size_t m,
                                             const double *at, double *neff,
                                             double *neff2, double *entropy,
                                             double *maxp, size_t *nearest,
                                             distest_context *ctx);

/**
 * Tail index of the terms of f(x) and the regime, from the k nearest squared distances
 * D_(1) <= ... <= D_(k) in the metric A (H when the bandwidth is not scalar):
 *
 *     LID = 2 (k-2) / sum_{j<k} log(D_(k)/D_(j)),
 *     t1 = exp( (1/k) sum_j [log D_(j) - (2/LID) digamma(j)] ),
 *     s_G = LID / t1,  h_G = s_G^-1/2,  h_CLT = sqrt(2) h_G,  mu = h^2 s_G (gaussian)
 *
 * "extreme" mu < 1: a few points carry the value; "stable" 1 <= mu < 2: the mean is
 * right, fluctuations are skewed; "clt" mu >= 2. Distances of 0 are left out; numbers
 * are NaN with fewer than 4 others or with only 2 or 3 distinct ones. With local
 * factors D stands for D_i / a_i^2. With unequal weights mu is Hill's estimate from the
 * k largest log terms l_i = log w_i + log K_i of points at a distance, (k-2) /
 * sum_{j<k} (l_(j) - l_(k)). For compact kernels mu is Inf and the regime goes by the
 * points in reach: "extreme" below 3, "clt" from 30 on.
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate
 * @param m       number of points; 0 does nothing. Not read with `at` NULL
 * @param at      m x d, or NULL: the data, leave-one-out (m is then n)
 * @param k       nearest points to look at, 4 to 64; where there are fewer, those
 * @param lid     out: m local intrinsic dimensions, or NULL
 * @param edge    out: m values of t1, a squared distance; or NULL
 * @param s_g     out: m, or NULL
 * @param mu      out: m tail indices, or NULL
 * @param mu_se   out: m standard errors of mu, or NULL
 * @param regime  out: m of DISTEST_KDE_EXTREME ..., or NULL
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`k`)
 */
DISTEST_API DISTEST_STATUS distest_kde_phases(const distest_sample *sample,
                                              const distest_kde_opts *opts, size_t m,
                                              const double *at, size_t k, double *lid,
                                              double *edge, double *s_g, double *mu,
                                              double *mu_se, int *regime,
                                              distest_context *ctx);

/**
 * Interval for E log f(x) that holds in every regime: the k nearest distances are
 * redrawn as a Poisson process of the fitted intensity, the rest as a normal bulk.
 * Equal weights, no radius or reflection, gaussian, exponential or student kernel.
 *
 * @param sample  the points x_i, of equal weights
 * @param opts    the estimate
 * @param m       number of points; 0 does nothing. Not read with `at` NULL
 * @param at      m x d, or NULL: the data, leave-one-out (m is then n)
 * @param k       nearest points that are redrawn, 4 to 64
 * @param boot    replicates, at least 20 (500 is usual)
 * @param level   coverage in (0, 1)
 * @param rng     one key is drawn
 * @param lower   out: m log densities; NaN where distest_kde_phases() has no mu
 * @param upper   out: m, likewise
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`k`, `level`, `boot`; `interval` for
 *         other estimates)
 */
DISTEST_API DISTEST_STATUS distest_kde_interval(const distest_sample *sample,
                                                const distest_kde_opts *opts, size_t m,
                                                const double *at, size_t k, size_t boot,
                                                double level, distest_rng *rng,
                                                double *lower, double *upper,
                                                distest_context *ctx);

/**
 * Mean leave-one-out log density L and its first two derivatives in log h, at several
 * scalar bandwidths. Derivatives: gaussian kernel without radius and reflection.
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate; `bandwidth` and `shape` are not used
 * @param nh      number of bandwidths
 * @param h       nh bandwidths > 0
 * @param loo     out: nh values of L
 * @param d1      out: nh, dL / d log h; or NULL
 * @param d2      out: nh, the second derivative; or NULL
 * @param neff    out: nh medians over the points of how many carry a value; or NULL
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`h`; `kernel` for derivatives of others)
 */
DISTEST_API DISTEST_STATUS distest_kde_grid_loo(const distest_sample *sample,
                                                const distest_kde_opts *opts, size_t nh,
                                                const double *h, double *loo,
                                                double *d1, double *d2, double *neff,
                                                distest_context *ctx);

/** How a bandwidth is chosen. Filled by distest_kde_select_default(). */
typedef struct distest_kde_select {
    size_t size;        /**< sizeof(distest_kde_select) */
    const char *method; /**< "lcv" (default): most likely leave-one-out; "nn", "scott",
                             "silverman", "kl_normal", "lscv", "pi", "sj" */
    int scaling;        /**< DISTEST_KDE_COV (default) ... */
    int shape;          /**< of lcv: SCALAR (default), DIAG or FULL */
    int ties;           /**< DISTEST_KDE_EXCLUDE (default) or _INCLUDE */
    const char *kernel; /**< of lcv: "gaussian" (default) ... */
    double nu;          /**< of "student" */
    const double
        *radius; /**< n local factors a_i, or NULL; lcv then chooses c of c a_i */
    const double *radius_next, *reach; /**< as in distest_kde_opts, or NULL */
    const double *metric;              /**< with radius only: d x d, instead of A */
    size_t points; /**< rows that lcv looks at, 5000; all points are centres */
    size_t maxit;  /**< 200 */
    double ratio;  /**< of the grid of h, 2^(1/4) */
    double reltol; /**< 1e-9: EM ends when L gains less, relative */
    double floor;  /**< 1e-8: least eigenvalue of A^-1/2 H A^-1/2 */
    double trim;   /**< share of rows with the lowest values left out of L, 0 */
    const double *lower, *upper; /**< bounds as in distest_kde_opts, or NULL; reflecting
                                    ones not with shape FULL */
    int boundary;                /**< DISTEST_KDE_REFLECT (default) or _TRANSFORM */
} distest_kde_select;

/** The defaults above. */
DISTEST_API distest_kde_select distest_kde_select_default(void);

/** What came of it. */
typedef struct distest_kde_selected {
    double h;            /**< the bandwidth; NaN when the shape is not scalar */
    double objective;    /**< L, or lscv's criterion; NaN for rules */
    double lower, upper; /**< of lcv: bounds of every stationary h */
    size_t iterations, queries, ties; /**< ties: points that have a duplicate */
    int converged, floored; /**< floored: a limit of H or a fall-back was met */
    size_t isolated;        /**< of lcv: rows with five times the median distance to the
                                 nearest other point; where they are many, see `trim` */
} distest_kde_selected;

/**
 * Chooses a bandwidth. lcv maximises L(H) = sum_i w_i log f_-i(x_i); its stationary
 * points are h^2 = (1/d) sum_i w_i sum_j p_ij D_ij; the free diagonal or full H is
 * found by the monotone iteration H <- sum_i w_i sum_j p_ij (x_i - x_j)(x_i - x_j)'.
 *
 * @param sample    the points x_i and weights
 * @param select    how; not NULL, see distest_kde_select_default()
 * @param selected  out: what came of it
 * @param H         out: d x d, the variance matrix, or NULL
 * @param ctx       may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ENOMEM, _ECANCEL; _ECONV, with `selected`
 *         filled with the best found, when L is unbounded
 */
DISTEST_API DISTEST_STATUS distest_kde_bandwidth(const distest_sample *sample,
                                                 const distest_kde_select *select,
                                                 distest_kde_selected *selected,
                                                 double *H, distest_context *ctx);

/**
 * The reference matrix A of a scaling.
 *
 * @param sample   the points x_i and weights
 * @param scaling  DISTEST_KDE_NONE ...
 * @param A        out: d x d
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING (`scaling`: a column is constant), _ENOMEM.
 *         Columns that depend on one another are found where A is factored
 */
DISTEST_API DISTEST_STATUS distest_kde_reference(const distest_sample *sample,
                                                 int scaling, double *A,
                                                 distest_context *ctx);

/**
 * Distances R_k(i) from each point to its k-th nearest other one that is not equal to
 * it, in the metric A of a scalar bandwidth, or H. Points of weight 0 have 1.
 *
 * @param sample  the points x_i and weights
 * @param opts    for the metric: `radius`, `ties` and a scalar `bandwidth` are not used
 * @param k       1 to 64
 * @param radius  out: n
 * @param next    out: n, R_k+1(i), or NULL
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`k`) when a point has fewer than k + 1
 *         others that differ from it
 */
DISTEST_API DISTEST_STATUS distest_kde_radius(const distest_sample *sample,
                                              const distest_kde_opts *opts, size_t k,
                                              double *radius, double *next,
                                              distest_context *ctx);

/**
 * Draws from the estimate: a point by weight, plus kernel noise.
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate
 * @param m       number of draws; 0 does nothing
 * @param shrink  1: rescaled to the sample's own mean and covariance; not with bounds
 *                or a student kernel with nu <= 2
 * @param rng     one key is drawn
 * @param out     out: m x d
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`shrink`)
 */
DISTEST_API DISTEST_STATUS distest_kde_sample(const distest_sample *sample,
                                              const distest_kde_opts *opts, size_t m,
                                              int shrink, distest_rng *rng, double *out,
                                              distest_context *ctx);

/**
 * Distribution function in one dimension, any kernel.
 *
 * @param sample  the points x_i and weights, d = 1
 * @param opts    the estimate
 * @param m       number of points; 0 does nothing
 * @param at      m points
 * @param p       out: m probabilities
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`x`) for d > 1
 */
DISTEST_API DISTEST_STATUS distest_kde_cdf(const distest_sample *sample,
                                           const distest_kde_opts *opts, size_t m,
                                           const double *at, double *p,
                                           distest_context *ctx);

/**
 * The inverse of distest_kde_cdf().
 *
 * @param sample  the points x_i and weights, d = 1
 * @param opts    the estimate
 * @param m       number of probabilities; 0 does nothing
 * @param p       m probabilities in (0, 1)
 * @param at      out: m points
 * @param ctx     may be NULL
 * @return as distest_kde_cdf(), and _EINVAL (`p`), _ECONV
 */
DISTEST_API DISTEST_STATUS distest_kde_quantile(const distest_sample *sample,
                                                const distest_kde_opts *opts, size_t m,
                                                const double *p, double *at,
                                                distest_context *ctx);

/**
 * c_d and the variance per coordinate of a kernel at unit scale.
 *
 * @param kernel    a name as in distest_kde_opts
 * @param nu        degrees of freedom > 0 of "student"; 0 for the others
 * @param d         dimension, at least 1
 * @param log_norm  out: c_d
 * @param variance  out: the variance; 1 for "student"
 * @param ctx       may be NULL
 * @return DISTEST_SUCCESS or _EINVAL (`kernel`, `nu`, `d`)
 */
DISTEST_API DISTEST_STATUS distest_kde_kernel(const char *kernel, double nu, size_t d,
                                              double *log_norm, double *variance,
                                              distest_context *ctx);

/** The bandwidths between the regimes, at log n. */
typedef struct distest_kde_theory {
    double alpha;           /**< log n / d */
    double s_g, h_g, h_clt; /**< mu = 1 at h_g, mu = 2 at h_clt = sqrt(2) h_g */
    double r_min;           /**< typical distance to the nearest point / sqrt d */
    double h_opt;           /**< best for Kullback-Leibler: r_min */
    double kl_per_dim;      /**< what it loses there, nats per dimension */
    double lid_per_dim;     /**< local intrinsic dimension / d, at the nearest point */
    double mu_opt;          /**< tail index at h_opt; at most 1 */
} distest_kde_theory;

/**
 * Thresholds for normal data whose covariance has eigenvalues lambda in the metric A.
 *
 * @param d       dimension, at least 1
 * @param lambda  d numbers > 0
 * @param xi2     d squared coordinates of the point in the eigenbasis, or NULL: the
 *                typical point, xi2 = lambda
 * @param log_n   log of the number of points, > 0
 * @param finite  1: saddle point with prefactor; 0: the limit of large d
 * @param theory  out: the thresholds
 * @param ctx     may be NULL
 * @return DISTEST_SUCCESS, _EINVAL (`d`, `spectrum` for lambda, `x` for xi2, `n`) or
 *         _ECONV
 */
DISTEST_API DISTEST_STATUS distest_kde_thresholds(size_t d, const double *lambda,
                                                  const double *xi2, double log_n,
                                                  int finite,
                                                  distest_kde_theory *theory,
                                                  distest_context *ctx);

/**
 * Exact Kullback-Leibler divergence, in nats, of standard normal data in d dimensions
 * from the gaussian estimate with bandwidth h from n points.
 *
 * @param n    number of points, more than 1
 * @param d    dimension, 1 to 100000
 * @param h    bandwidth, > 0
 * @param kl   out: the divergence
 * @param ctx  may be NULL
 * @return DISTEST_SUCCESS, _EINVAL (`n`, `d`, `h`), _ENOMEM or _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_kde_kl_normal(double n, size_t d, double h,
                                                 double *kl, distest_context *ctx);

/**
 * The bandwidth that minimises distest_kde_kl_normal(), and its divergence.
 *
 * @param n    number of points, more than 1
 * @param d    dimension, 1 to 100000
 * @param h    out: the bandwidth
 * @param kl   out: its divergence, or NULL
 * @param ctx  may be NULL
 * @return as distest_kde_kl_normal(), and _ECONV
 */
DISTEST_API DISTEST_STATUS distest_kde_h_normal(double n, size_t d, double *h,
                                                double *kl, distest_context *ctx);

/**
 * The same diagnosis for any sums of exponentials: rows of log terms.
 *
 * @param m       sums
 * @param n       terms of each
 * @param logt    m x n log terms; -Inf is a term of 0
 * @param k       largest terms that Hill's estimate takes, 4 to n
 * @param mu      out: m tail indices, NaN where fewer than k terms count; or NULL
 * @param mu_se   out: m standard errors mu / sqrt(k - 3), or NULL
 * @param neff    out: m as in distest_kde_stats(), or NULL
 * @param neff2   out: m likewise, or NULL
 * @param regime  out: m of DISTEST_KDE_EXTREME ..., or NULL
 * @param ctx     may be NULL
 * @return DISTEST_SUCCESS, _EINVAL (`k`, `log_terms`) or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_kde_dominance(size_t m, size_t n, const double *logt,
                                                 size_t k, double *mu, double *mu_se,
                                                 double *neff, double *neff2,
                                                 int *regime, distest_context *ctx);

/**
 * The points in the coordinates of DISTEST_KDE_TRANSFORM: log(x - a), -log(b - x), the
 * logit, or x itself where there is no bound.
 *
 * @param d             dimension
 * @param lower         d bounds a, -Inf where there is none; or NULL: none at all
 * @param upper         d bounds b, Inf where there is none; or NULL
 * @param m             number of points; 0 does nothing
 * @param at            m x d, strictly inside the bounds
 * @param out           out: m x d
 * @param log_jacobian  out: m sums of log du/dx, or NULL
 * @param ctx           may be NULL
 * @return DISTEST_SUCCESS or _EINVAL (`at`; `lower` when it is not below `upper`)
 */
DISTEST_API DISTEST_STATUS distest_kde_transform(size_t d, const double *lower,
                                                 const double *upper, size_t m,
                                                 const double *at, double *out,
                                                 double *log_jacobian,
                                                 distest_context *ctx);

/**
 * The k points with the largest shares p_i of f(x).
 *
 * @param sample  the points x_i and weights
 * @param opts    the estimate
 * @param m       number of points; 0 does nothing. Not read with `at` NULL
 * @param at      m x d, or NULL: the data, leave-one-out (m is then n)
 * @param k       1 to n
 * @param index   out: k x m from 0, by falling share; SIZE_MAX where fewer points reach
 * @param share   out: k x m, in the same order; 0 where fewer points reach
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`k`)
 *
 * Time: m n d.
 */
DISTEST_API DISTEST_STATUS distest_kde_responsibility(
    const distest_sample *sample, const distest_kde_opts *opts, size_t m,
    const double *at, size_t k, size_t *index, double *share, distest_context *ctx);

/**
 * The estimate of some coordinates: their columns and their block of H. Gaussian and
 * student kernels.
 *
 * @param sample  the points x_i; their weights stay as they are
 * @param opts    the estimate
 * @param q       number of coordinates, 1 to d
 * @param which   q different indices from 0
 * @param out_x   out: n x q, columns of x
 * @param out_H   out: q x q, the bandwidth matrix to use with DISTEST_KDE_FULL
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`which`; `kernel` for other kernels)
 */
DISTEST_API DISTEST_STATUS distest_kde_marginal(const distest_sample *sample,
                                                const distest_kde_opts *opts, size_t q,
                                                const size_t *which, double *out_x,
                                                double *out_H, distest_context *ctx);

/**
 * Density of the other coordinates given q of them, gaussian kernel:
 *
 *     f(y | x) = sum_i p_i(x) N(y; y_i + B (x - x_i), H_yy - B H_xy)
 *
 * with B = H_yx H_xx^-1 and p_i(x) the shares in the marginal density of x.
 *
 * @param sample    the points x_i and weights
 * @param opts      the estimate, without bounds
 * @param q         coordinates that are given, 1 to d - 1
 * @param given     q different indices from 0
 * @param m         number of points; 0 does nothing
 * @param at_given  m x q, the coordinates x in the order of `given`
 * @param at_rest   m x (d - q), the others in their order; may be NULL with logf NULL
 * @param logf      out: m log densities, or NULL
 * @param mean      out: m x (d - q) means of y given x, or NULL
 * @param ctx       may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`given`, `at_given`, `at_rest`; `kernel`,
 *         `boundary` for other estimates)
 */
DISTEST_API DISTEST_STATUS distest_kde_conditional(const distest_sample *sample,
                                                   const distest_kde_opts *opts,
                                                   size_t q, const size_t *given,
                                                   size_t m, const double *at_given,
                                                   const double *at_rest, double *logf,
                                                   double *mean, distest_context *ctx);

/**
 * The distribution function of distest_kde_conditional() where one coordinate is left.
 *
 * @param sample    the points x_i and weights
 * @param opts      the estimate, without bounds
 * @param q         coordinates that are given, d - 1
 * @param given     q different indices from 0
 * @param m         number of points; 0 does nothing
 * @param at_given  m x q
 * @param at_rest   m values of the coordinate that is left
 * @param p         out: m probabilities
 * @param ctx       may be NULL
 * @return as distest_kde_conditional()
 */
DISTEST_API DISTEST_STATUS distest_kde_conditional_cdf(const distest_sample *sample,
                                                       const distest_kde_opts *opts,
                                                       size_t q, const size_t *given,
                                                       size_t m, const double *at_given,
                                                       const double *at_rest, double *p,
                                                       distest_context *ctx);

/**
 * One draw of the other coordinates for each row of at_given.
 *
 * @param sample    the points x_i and weights
 * @param opts      the estimate, without bounds
 * @param q         coordinates that are given, 1 to d - 1
 * @param given     q different indices from 0
 * @param m         number of draws; 0 does nothing
 * @param at_given  m x q
 * @param rng       one key is drawn
 * @param out       out: m x (d - q), the others in their order
 * @param ctx       may be NULL
 * @return as distest_kde_conditional()
 */
DISTEST_API DISTEST_STATUS distest_kde_conditional_sample(
    const distest_sample *sample, const distest_kde_opts *opts, size_t q,
    const size_t *given, size_t m, const double *at_given, distest_rng *rng,
    double *out, distest_context *ctx);

/**
 * Maxima of the density that mean shift leads to, x <- sum p_i x_i / a_i^2 / sum p_i /
 * a_i^2, ended by Newton steps; maxima closer than 1e-3 (in units of H) are one.
 * Gaussian kernel without bounds.
 *
 * @param sample   the points x_i and weights
 * @param opts     the estimate
 * @param m        number of starts; not read with `start` NULL
 * @param start    m x d, or NULL: the data (m is then n)
 * @param modes    out: m x d, the first *n_modes rows of it filled, by falling density
 * @param logf     out: m log densities of the modes, likewise
 * @param cluster  out: m, the mode, from 0, that each start leads to
 * @param n_modes  out: number of modes
 * @param ctx      may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`start`; `kernel`, `boundary` for other
 *         estimates)
 */
DISTEST_API DISTEST_STATUS distest_kde_modes(const distest_sample *sample,
                                             const distest_kde_opts *opts, size_t m,
                                             const double *start, double *modes,
                                             double *logf, size_t *cluster,
                                             size_t *n_modes, distest_context *ctx);

/**
 * Log density on a mesh of d = 1, 2 or 3 axes; for the gaussian kernel with diagonal H
 * by products of matrices, exactly.
 *
 * @param sample  the points x_i and weights, d at most 3
 * @param opts    the estimate
 * @param count   d numbers of points; a 0 among them does nothing
 * @param axes    the points of the axes, one after the other
 * @param logf    out: the product of count, the first axis fastest
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`x` for d > 3, `axes`)
 */
DISTEST_API DISTEST_STATUS distest_kde_mesh(const distest_sample *sample,
                                            const distest_kde_opts *opts,
                                            const size_t *count, const double *axes,
                                            double *logf, distest_context *ctx);

/** Doubles per query in a part that keeps k nearest distances: M, sums of e = exp(a -
 * M), e^2, e D, e D^2, the weight, k distances. */
#define DISTEST_KDE_PART(k) (6 + (size_t)(k))

/**
 * Densities from points in pieces (chunks, machines, files). A part is m x
 * DISTEST_KDE_PART(k) doubles, plain data. Begin with _empty, _add the pieces, _merge
 * parts of the same queries, _finish. The bandwidth must not depend on the piece:
 * scaling NONE, or shapes DIAG and FULL. Weights are taken as they are. `part` is
 * untouched on failure.
 */
DISTEST_API DISTEST_STATUS distest_kde_part_empty(size_t m, size_t k, double *part);
/**
 * Adds the points of a piece.
 *
 * @param sample  the points of the piece and their weights
 * @param opts    the estimate; without bounds
 * @param m       number of queries; 0 does nothing
 * @param at      m x d queries, the same for all pieces
 * @param k       nearest distances to keep, 0 to 64
 * @param part    in and out: m x DISTEST_KDE_PART(k)
 * @param ctx     may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`k`, `scaling`, `boundary`)
 */
DISTEST_API DISTEST_STATUS distest_kde_part_add(const distest_sample *sample,
                                                const distest_kde_opts *opts, size_t m,
                                                const double *at, size_t k,
                                                double *part, distest_context *ctx);
/** into := into with from */
DISTEST_API DISTEST_STATUS distest_kde_part_merge(size_t m, size_t k,
                                                  const double *from, double *into);
/**
 * What a part says.
 *
 * @param opts      the estimate, as for distest_kde_part_add()
 * @param d         dimension
 * @param m         number of queries; 0 does nothing
 * @param k         nearest distances in the part
 * @param part      m x DISTEST_KDE_PART(k)
 * @param logf      out: m log densities, -Inf where no kernel reaches; or NULL
 * @param neff      out: m as in distest_kde_stats(), NaN where nothing reaches; or NULL
 * @param distance  out: k x m squared distances in the metric, increasing, Inf where
 *                  there are fewer; or NULL
 * @param ctx       may be NULL
 * @return as distest_kde_eval(), and _EINVAL (`part`) for a query without points
 */
DISTEST_API DISTEST_STATUS distest_kde_part_finish(const distest_kde_opts *opts,
                                                   size_t d, size_t m, size_t k,
                                                   const double *part, double *logf,
                                                   double *neff, double *distance,
                                                   distest_context *ctx);

/** A column of mixed data. */
enum { DISTEST_KDE_NUMERIC = 0, DISTEST_KDE_UNORDERED = 1, DISTEST_KDE_ORDERED = 2 };

/**
 * Numeric and categorical columns as points whose gaussian kernel estimate is the mixed
 * one: an unordered column of c levels becomes c columns sqrt(log((1 - l)(c - 1) / l))
 * [x = level], an ordered one c - 1 columns sqrt(-2 log l) [x > level]; l = 0 is not
 * allowed. Their bandwidths are 1. The kernels are Aitchison and Aitken's, 1 - l or
 * l / (c - 1), and l^|a - b| scaled to sum to 1 over a.
 *
 * @param n             rows
 * @param columns       number of them, at least 1
 * @param x             n x columns; levels are 0 ... c - 1
 * @param type          columns of DISTEST_KDE_NUMERIC ...
 * @param levels        columns: c, at least 2; not read for numeric ones
 * @param lambda        columns: l, above 0 and below (c - 1) / c (unordered) or 1
 *                      (ordered); not read for numeric ones
 * @param out_x         out: n x width, see distest_kde_mixed_width()
 * @param out_factor    out: n, for `log_factor`; or NULL
 * @param out_constant  out: for `log_constant`; or NULL
 * @param ctx           may be NULL
 * @return DISTEST_SUCCESS or _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_kde_mixed(size_t n, size_t columns, const double *x,
                                             const int *type, const int *levels,
                                             const double *lambda, double *out_x,
                                             double *out_factor, double *out_constant,
                                             distest_context *ctx);
/** Columns that distest_kde_mixed() makes. */
DISTEST_API size_t distest_kde_mixed_width(size_t columns, const int *type,
                                           const int *levels);

/**
 * Draws from the estimate of mixed data: a row by weight, normal noise on its numbers,
 * and for each of its levels one from the kernel around it.
 *
 * @param n        rows
 * @param columns  number of them, at least 1
 * @param x        n x columns, as for distest_kde_mixed()
 * @param weights  n, or NULL
 * @param type     columns of DISTEST_KDE_NUMERIC ...
 * @param levels   columns: c, at least 2; not read for numeric ones
 * @param lambda   columns: l as for distest_kde_mixed(); not read for numeric ones
 * @param h        columns: standard deviations > 0; not read for categorical ones
 * @param m        number of draws; 0 does nothing
 * @param rng      one key is drawn
 * @param out      out: m x columns, levels as in x
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM or _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_kde_mixed_sample(
    size_t n, size_t columns, const double *x, const double *weights, const int *type,
    const int *levels, const double *lambda, const double *h, size_t m,
    distest_rng *rng, double *out, distest_context *ctx);

/**
 * Bandwidths of numeric columns and lambda of categorical ones of largest leave-one-out
 * likelihood, by a monotone iteration.
 *
 * @param n         rows
 * @param columns   number of them, at least 1
 * @param x         n x columns, as for distest_kde_mixed()
 * @param weights   n, or NULL
 * @param type      columns of DISTEST_KDE_NUMERIC ...
 * @param levels    columns: levels, at least 2; 0 for numeric ones
 * @param select    `scaling` (not COV), `shape` (SCALAR or DIAG), ties, points, maxit,
 *                  reltol count
 * @param lambda    in: columns, kept as it is where it is not NaN; out: 0 for numeric
 *                  ones
 * @param h         out: columns, standard deviations; 1 for categorical ones
 * @param selected  out: objective, iterations, queries and converged (0 after maxit
 *                  steps, no failure); or NULL
 * @param ctx       may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ESING, _ECONV, _ENOMEM or _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_kde_mixed_bandwidth(
    size_t n, size_t columns, const double *x, const double *weights, const int *type,
    const int *levels, const distest_kde_select *select, double *lambda, double *h,
    distest_kde_selected *selected, distest_context *ctx);

/** An estimate kept ready for many calls. It points to the sample's arrays, which must
 *  stay as they are until distest_kde_free(). */
typedef struct distest_kde_prepared distest_kde_prepared;
/**
 * Makes an estimate ready.
 *
 * @param sample    the points x_i and weights
 * @param opts      the estimate; need not be kept
 * @param prepared  out: to be given to distest_kde_free()
 * @param ctx       may be NULL
 * @return as distest_kde_eval()
 */
DISTEST_API DISTEST_STATUS distest_kde_alloc(const distest_sample *sample,
                                             const distest_kde_opts *opts,
                                             distest_kde_prepared **prepared,
                                             distest_context *ctx);
/** NULL is nothing. */
DISTEST_API void distest_kde_free(distest_kde_prepared *prepared);
/** As distest_kde_eval(), to the same bits. */
DISTEST_API DISTEST_STATUS
distest_kde_prepared_eval(const distest_kde_prepared *prepared, size_t m,
                          const double *at, double *logf, distest_context *ctx);
/** As distest_kde_score(), to the same bits. */
DISTEST_API DISTEST_STATUS distest_kde_prepared_score(
    const distest_kde_prepared *prepared, size_t m, const double *at, double *logf,
    double *grad, distest_context *ctx);
/** As distest_kde_stats(), to the same bits. */
DISTEST_API DISTEST_STATUS distest_kde_prepared_stats(
    const distest_kde_prepared *prepared, size_t m, const double *at, double *neff,
    double *neff2, double *entropy, double *maxp, size_t *nearest,
    distest_context *ctx);
/** As distest_kde_interval(), to the same bits. */
DISTEST_API DISTEST_STATUS distest_kde_prepared_interval(
    const distest_kde_prepared *prepared, size_t m, const double *at, size_t k,
    size_t boot, double level, distest_rng *rng, double *lower, double *upper,
    distest_context *ctx);

#ifdef __cplusplus
}
#endif
#endif
