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
} distest_kde_opts;

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

/** As distest_kde_eval(), with a bound of the relative error of f from what was left
 * out and from the rounding of distances. @param relerr out: m bounds; at most `tol`
 * plus what rounding costs. */
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
 * with G(i) the points equal to x_i (`ties`). @param logf out: n; -Inf where nothing is
 * left; NaN for a point of weight 0 that equals another. Statuses and cost as
 * distest_kde_eval().
 */
DISTEST_API DISTEST_STATUS distest_kde_loo(const distest_sample *sample,
                                           const distest_kde_opts *opts, double *logf,
                                           distest_context *ctx);

/**
 * Log density and its gradient, (2/s^2) sum_i p_i g'(D_i/s^2) H^-1 (x - x_i) with p_i
 * the share of x_i in f(x). @param logf out: m, or NULL. @param grad out: m x d; NaN
 * rows where the density is 0. Time: twice that of distest_kde_eval() plus 2 m n d.
 */
DISTEST_API DISTEST_STATUS distest_kde_score(const distest_sample *sample,
                                             const distest_kde_opts *opts, size_t m,
                                             const double *at, double *logf,
                                             double *grad, distest_context *ctx);

/**
 * Gradient and Hessian of the log density, gaussian kernel,
 * sum p v v' - (sum p / a^2) H^-1 - s s', v_i = H^-1 (x_i - x) / a_i^2, s = sum p v.
 * @param logf out: m, or NULL. @param grad out: m x d, or NULL. @param hess out: d x d
 * x m. EINVAL (`kernel`) for other kernels. Time: m n d^2.
 */
DISTEST_API DISTEST_STATUS distest_kde_curvature(const distest_sample *sample,
                                                 const distest_kde_opts *opts, size_t m,
                                                 const double *at, double *logf,
                                                 double *grad, double *hess,
                                                 distest_context *ctx);

/**
 * How many points carry the value: with p_i the shares, neff = 1 / sum p^2; neff2 =
 * (sum p^2)^2 / sum p^4, that of the variance; entropy -sum p log p; the largest p.
 * @param at m x d, or NULL: the data, leave-one-out (m is then n). @param neff,neff2,
 * entropy,maxp,nearest out: m each, or NULL; NaN (neff 0 for compact kernels) where
 * nothing reaches; nearest: index from 0 of the point with the largest share.
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
 * right, fluctuations are skewed; "clt" mu >= 2.
 * @param at m x d, or NULL: the data, leave-one-out. @param k 4 to 64, less than n.
 * @param lid,edge,s_g,mu,mu_se out: m each or NULL; NaN with fewer than 4 distinct
 * distances. @param regime out: m, or NULL
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
 * Equal weights, no radius, gaussian, exponential or student kernel.
 * @param at m x d, or NULL: the data, leave-one-out. @param boot replicates (500 is
 * usual). @param level coverage in (0, 1). @param rng one key is drawn.
 * @param lower,upper out: m
 */
DISTEST_API DISTEST_STATUS distest_kde_interval(const distest_sample *sample,
                                                const distest_kde_opts *opts, size_t m,
                                                const double *at, size_t k, size_t boot,
                                                double level, distest_rng *rng,
                                                double *lower, double *upper,
                                                distest_context *ctx);

/** Mean leave-one-out log density L and its first two derivatives in log h, at nh
 *  bandwidths `h`, gaussian kernel, scalar shape; opts->bandwidth is not used.
 *  @param loo,d1,d2 out: nh each, d1 and d2 may be NULL. */
DISTEST_API DISTEST_STATUS distest_kde_grid_loo(const distest_sample *sample,
                                                const distest_kde_opts *opts, size_t nh,
                                                const double *h, double *loo,
                                                double *d1, double *d2,
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
    const double *radius; /**< n local factors, or NULL */
    size_t points;        /**< rows that lcv looks at, 5000; all points are centres */
    size_t maxit;         /**< 200 */
    double ratio;         /**< of the grid of h, 2^(1/4) */
    double reltol;        /**< 1e-9: EM ends when L gains less, relative */
    double floor;         /**< 1e-8: least eigenvalue of A^-1/2 H A^-1/2 */
    double trim;          /**< share of rows with the lowest values left out of L, 0 */
} distest_kde_select;

DISTEST_API distest_kde_select distest_kde_select_default(void);

/** What came of it. */
typedef struct distest_kde_selected {
    double h;            /**< the bandwidth; NaN when the shape is not scalar */
    double objective;    /**< L, or lscv's criterion; NaN for rules */
    double lower, upper; /**< of lcv: bounds of every stationary h */
    size_t iterations, queries, ties; /**< ties: points that have a duplicate */
    int converged, floored;
} distest_kde_selected;

/**
 * Chooses a bandwidth. lcv maximises L(H) = sum_i w_i log f_-i(x_i); its stationary
 * points are h^2 = (1/d) sum_i w_i sum_j p_ij D_ij; the free diagonal or full H is
 * found by the monotone iteration H <- sum_i w_i sum_j p_ij (x_i - x_j)(x_i - x_j)'.
 * @param H out: d x d, the variance matrix, or NULL.
 * @return SUCCESS, EINVAL, ESING, ENOMEM, ECANCEL; ECONV, with `selected` filled with
 * the best found, when L is unbounded
 */
DISTEST_API DISTEST_STATUS distest_kde_bandwidth(const distest_sample *sample,
                                                 const distest_kde_select *select,
                                                 distest_kde_selected *selected,
                                                 double *H, distest_context *ctx);

/** The reference matrix A of a scaling. @param A out: d x d. ESING (`scaling`) when it
 * is not positive definite. */
DISTEST_API DISTEST_STATUS distest_kde_reference(const distest_sample *sample,
                                                 int scaling, double *A,
                                                 distest_context *ctx);

/** Distances R_k(i) from each point to its k-th nearest other one that is not equal to
 *  it, in the metric A of a scalar bandwidth, or H. @param k 1 to 64. @param radius
 * out: n. @param next out: n, R_k+1(i), or NULL */
DISTEST_API DISTEST_STATUS distest_kde_radius(const distest_sample *sample,
                                              const distest_kde_opts *opts, size_t k,
                                              double *radius, double *next,
                                              distest_context *ctx);

/**
 * Draws from the estimate: a point by weight, plus kernel noise. @param shrink rescaled
 * to the sample's own mean and covariance? @param rng one key is drawn. @param out m x
 * d
 */
DISTEST_API DISTEST_STATUS distest_kde_sample(const distest_sample *sample,
                                              const distest_kde_opts *opts, size_t m,
                                              int shrink, distest_rng *rng, double *out,
                                              distest_context *ctx);

/** Distribution function in one dimension, gaussian kernel. @param p out: m */
DISTEST_API DISTEST_STATUS distest_kde_cdf(const distest_sample *sample,
                                           const distest_kde_opts *opts, size_t m,
                                           const double *at, double *p,
                                           distest_context *ctx);

/** Its inverse. @param p m probabilities in (0, 1). @param at out: m */
DISTEST_API DISTEST_STATUS distest_kde_quantile(const distest_sample *sample,
                                                const distest_kde_opts *opts, size_t m,
                                                const double *p, double *at,
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
 * @param lambda d numbers > 0. @param xi2 d squared coordinates of the point in the
 * eigenbasis, or NULL: the typical point, xi2 = lambda. @param log_n > 0. @param finite
 * saddle point with prefactor rather than the limit of large d? @param theory out
 */
DISTEST_API DISTEST_STATUS distest_kde_thresholds(size_t d, const double *lambda,
                                                  const double *xi2, double log_n,
                                                  int finite,
                                                  distest_kde_theory *theory,
                                                  distest_context *ctx);

/** Exact Kullback-Leibler divergence, in nats, of standard normal data in d dimensions
 *  from the gaussian estimate with bandwidth h from n points. @param kl out */
DISTEST_API DISTEST_STATUS distest_kde_kl_normal(double n, size_t d, double h,
                                                 double *kl, distest_context *ctx);

/** The bandwidth that minimises distest_kde_kl_normal(), and its divergence.
 *  @param h out. @param kl out, or NULL */
DISTEST_API DISTEST_STATUS distest_kde_h_normal(double n, size_t d, double *h,
                                                double *kl, distest_context *ctx);

/** The same diagnosis for any sums of exponentials: rows of log terms.
 *  @param logt m x n. @param k 4 or more. Outputs m each or NULL: mu and its error by
 *  Hill's estimate from the k largest terms, neff and neff2, regime. */
DISTEST_API DISTEST_STATUS distest_kde_dominance(size_t m, size_t n, const double *logt,
                                                 size_t k, double *mu, double *mu_se,
                                                 double *neff, double *neff2,
                                                 int *regime, distest_context *ctx);

#ifdef __cplusplus
}
#endif
#endif
