/**
 * @file surv.h
 * Flexible parametric survival regression: the adapted power generalised Weibull (APGW)
 * family of Burke, Jones and Noufaily (JRSS-C 69, 2020, 429-457; arXiv 1901.03212).
 *
 * With phi > 0 (time scale), lambda > 0 (hazard scale), gamma > 0 (power), kappa > -1
 * and a = kappa + 1,
 *
 *     x    = (phi t)^gamma          phi_form 0, "time"       (or phi t^gamma, 1,
 * "power") H(t) = lambda (a / kappa) [(1 + x / a)^kappa - 1] h(t) = lambda gamma (x /
 * t) (1 + x / a)^(kappa - 1) S(t) = exp(-H(t)).
 *
 * kappa = 1 is Weibull, 0 Burr XII (log-logistic with lambda = 1), Inf a Gompertz type;
 * kappa < 0 leaves a cured fraction exp(-lambda a / |kappa|). The limit kappa = -1 has
 * a kernel of its own, H = lambda y / (1 + y) with y = (phi t)^gamma or phi t^gamma.
 *
 * Each parameter has a linear predictor: log phi = eta_1, log lambda = eta_2,
 * log gamma = eta_3, log(kappa + 1) = eta_4, eta_j = X_j theta_j + offset_j.
 * Coefficients stand in this order, theta = (theta_1, theta_2, theta_3, theta_4), P of
 * them in all.
 *
 * Times are in the unit of the data, hazards per that unit. A positive coefficient of
 * phi means faster failure (the opposite sign of an accelerated failure time model on
 * log t); one of lambda is a log hazard ratio when the others do not vary.
 */
#ifndef DISTEST_SURV_H
#define DISTEST_SURV_H

#include <distest/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is known of a row: the event comes after `lower`; at `lower`; at or before
 *  `upper`; after `lower` and at or before `upper`. */
enum {
    DISTEST_SURV_RIGHT = 0,
    DISTEST_SURV_EVENT = 1,
    DISTEST_SURV_LEFT = 2,
    DISTEST_SURV_INTERVAL = 3
};

/** kappa finite (from eta_4), or one of its limits, Inf and -1. */
enum {
    DISTEST_SURV_KERNEL_FINITE = 0,
    DISTEST_SURV_KERNEL_INF = 1,
    DISTEST_SURV_KERNEL_M1 = 2
};

/** Where an estimate lies when it is not inside the parameter space. */
enum {
    DISTEST_SURV_INSIDE = 0,
    DISTEST_SURV_KAPPA_INF = 1, /**< kappa = Inf; its coefficient is Inf */
    DISTEST_SURV_KAPPA_M1 = 2,  /**< kappa = -1; phi and lambda mean y and H of above */
    DISTEST_SURV_PHI_ZERO = 3,  /**< Gompertz without ageing: the exponential */
    DISTEST_SURV_GAMMA_INF = 4  /**< unbounded: too few distinct events for gamma */
};

/** A parameter: p columns of a design, or, with p = 0, held at `value` on the link
 * scale (plus the offset). */
typedef struct distest_surv_par {
    size_t p;             /**< columns, 0 for a parameter that is held */
    const double *x;      /**< n x p, column-major */
    size_t ldx;           /**< leading dimension of x, at least n */
    const double *offset; /**< n, or NULL */
    double value;         /**< with p = 0 only, default 0 */
} distest_surv_par;

/** The rows and the model. Made by distest_surv_data_default(); owns nothing. */
typedef struct distest_surv_data {
    size_t size;
    size_t n;
    const int *type;       /**< n of the codes above */
    const double *lower;   /**< n; time of an event or of right censoring, or the left
                                end of an interval; not read for left-censored rows */
    const double *upper;   /**< n, or NULL without left- and interval-censored rows */
    const double *entry;   /**< n times from which on rows are observed, or NULL: 0 */
    const double *weight;  /**< n case weights, or NULL: 1 */
    const double *bhazard; /**< n background hazards at the events (excess hazard
                                models), per unit of time, or NULL: 0 */
    const int *cluster; /**< n numbers of clusters, from 0, or NULL: each row its own */
    distest_surv_par par[4]; /**< phi, lambda, gamma, kappa */
    int phi_form;            /**< 0 "time", 1 "power" */
    int kernel;        /**< DISTEST_SURV_KERNEL_...; with a limit par[3] is not read */
    double time_scale; /**< phi refers to times divided by it; default 1 */
} distest_surv_data;

/** No rows, all parameters held at 0, finite kappa, time scale 1. */
DISTEST_API distest_surv_data distest_surv_data_default(void);

/**
 * Are rows and model fit for use?
 *
 * @param data     the rows and the model
 * @param bad_row  out, may be NULL: the first bad row from 0 when one is to blame
 * @param ctx      message; may be NULL
 * @return DISTEST_SUCCESS; _EINVAL (shapes, weights, designs that are not finite);
 * _EDOM (times outside the model: an event at 0, lower above upper, entry not before)
 */
DISTEST_API DISTEST_STATUS distest_surv_data_check(const distest_surv_data *data,
                                                   size_t *bad_row,
                                                   distest_context *ctx);

/**
 * Log-likelihood contributions and their derivatives in the linear predictors, row by
 * row.
 *
 * @param data   type, lower, upper, entry, bhazard, phi_form, kernel, time_scale are
 * read; the designs are not
 * @param eta    n x 4, column-major
 * @param deriv  0, 1 or 2
 * @param value  out: n
 * @param grad   out: n x 4; may be NULL with deriv = 0
 * @param hess   out: n x 10, columns 11 12 13 14 22 23 24 33 34 44; may be NULL with
 *               deriv < 2
 * @param ctx    threads, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _EDOM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_surv_terms(const distest_surv_data *data,
                                              const double *eta, int deriv,
                                              double *value, double *grad, double *hess,
                                              distest_context *ctx);

/**
 * Which columns of the designs depend on the columns before them (of the same
 * parameter)?
 *
 * @param data     the rows and the model
 * @param aliased  out: P flags; filled after _ESING, too
 * @param ctx      threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS when the model is identified; _ESING when it is not: aliased
 *   columns, or phi and lambda that cannot be told apart (kappa = 1, one gamma; no
 * flags); _EINVAL, _EDOM, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_surv_aliased(const distest_surv_data *data,
                                                int *aliased, distest_context *ctx);

/** Functions of the distribution; quantile: the argument is a probability. */
enum {
    DISTEST_SURV_DENSITY = 0,
    DISTEST_SURV_CDF = 1,
    DISTEST_SURV_QUANTILE = 2,
    DISTEST_SURV_HAZARD = 3,
    DISTEST_SURV_CUMHAZ = 4
};
/** Flags, to be added: results (for a quantile: the argument) as logarithms; upper
 * tail. */
enum { DISTEST_SURV_LOG = 1, DISTEST_SURV_UPPER = 2 };

/**
 * Density, cdf, quantile, hazard and cumulative hazard, phi_form "time". kappa may be
 * Inf or -1 (its kernel). A quantile beyond the cured fraction is Inf. NaN where a
 * parameter is outside its space; not a failure.
 *
 * @param what   DISTEST_SURV_DENSITY ...
 * @param flags  0 or a sum of DISTEST_SURV_LOG and DISTEST_SURV_UPPER
 * @param n      length of x and out
 * @param x      times or probabilities
 * @param phi    and lambda, gamma, kappa: arrays read at 0, inc, 2 inc, ...
 * @param inc_phi 0 for one value for all, 1 for one each; the others alike
 * @param lambda see phi
 * @param inc_lambda see inc_phi
 * @param gamma  see phi
 * @param inc_gamma see inc_phi
 * @param kappa  see phi
 * @param inc_kappa see inc_phi
 * @param out    n
 * @param ctx    message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_surv_dist(
    int what, int flags, size_t n, const double *x, const double *phi, size_t inc_phi,
    const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma,
    const double *kappa, size_t inc_kappa, double *out, distest_context *ctx);

/**
 * Draws: times whose survival probability is u, Inf for the cured.
 *
 * @param n      length of u and out
 * @param u      uniform on (0, 1)
 * @param phi    and the other parameters: as in distest_surv_dist()
 * @param inc_phi see there
 * @param lambda see there
 * @param inc_lambda see there
 * @param gamma  see there
 * @param inc_gamma see there
 * @param kappa  see there
 * @param inc_kappa see there
 * @param out    n
 * @param ctx    message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_surv_rand(size_t n, const double *u,
                                             const double *phi, size_t inc_phi,
                                             const double *lambda, size_t inc_lambda,
                                             const double *gamma, size_t inc_gamma,
                                             const double *kappa, size_t inc_kappa,
                                             double *out, distest_context *ctx);

#define DISTEST_SURV_STARTS_AUTO ((size_t)-1)

/** Settings of a fit, made by distest_surv_opts_default(). */
typedef struct distest_surv_opts {
    size_t size;
    size_t max_iter; /**< Newton steps a start may take; 100 */
    size_t n_start;  /**< how many of the starts in kappa are followed to the end; 0:
                          `start` alone; DISTEST_SURV_STARTS_AUTO (default): all up to
                          5000 rows (the highest goes on beyond max_iter when none that
                          arrived is as high), 3 beyond and from sums */
    double tol;      /**< Newton decrement^2 / 2 at convergence; 1e-10 */
    const double *start; /**< P coefficients to start from as well, or NULL */
    int collapse; /**< rows that are equal but for their weight are taken as one: 1, 0,
                       or -1 (default): when more than 10000 rows are given and less
                       than half of a sample of 10000 are distinct */
} distest_surv_opts;

/** The defaults above. */
DISTEST_API distest_surv_opts distest_surv_opts_default(void);

enum { DISTEST_SURV_MOST_STARTS = 12 };

/** How a fit went. */
typedef struct distest_surv_info {
    size_t size;
    double loglik;     /**< on the scale of the data's time */
    size_t df;         /**< estimated parameters, those on the boundary included */
    double weight;     /**< sum of the weights */
    double events;     /**< sum of the weights of exact events */
    size_t clusters;   /**< clusters, or rows without */
    int converged;     /**< 1, or 0: the best point found is not an optimum */
    int boundary;      /**< DISTEST_SURV_INSIDE, _KAPPA_INF, ... */
    int kernel;        /**< the kernel that the coefficients belong to */
    int flat;          /**< 1: the information is nearly singular, or a coefficient
                            times the spread of its column is beyond 15 */
    size_t flat_coef;  /**< the coefficient that has most to do with it; P: none */
    size_t iterations; /**< of the start that won */
    size_t passes;     /**< over the rows, all starts (those over a subsample apart) */
    double decrement;  /**< Newton decrement^2 / 2 at the end */
    double min_eigen;  /**< smallest eigenvalue of the scaled information */
    size_t starts;     /**< how many were followed */
    size_t distinct;   /**< rows left after collapsing, 0 without */
    double start_kappa[DISTEST_SURV_MOST_STARTS];
    double start_loglik[DISTEST_SURV_MOST_STARTS];
} distest_surv_info;

/**
 * Maximum likelihood. Starting values come from closed forms and null models and do not
 * fail; the optimum is found by trust-region Newton with exact second derivatives from
 * several regions of kappa. kappa = Inf and -1 are recognised as estimates.
 *
 * @param data    the rows and the model
 * @param opts    settings
 * @param coef    out: P coefficients; +-Inf for kappa on its boundary
 * @param vcov    out: P x P, inverse of the observed information; NaN where there is
 * none
 * @param robust  out, may be NULL: P x P, sandwich by cluster
 * @param info    out: how it went, its `size` set
 * @param ctx     threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS (also when info->converged is 0), _EINVAL, _EDOM, _ENOMLE (no
 *   events, or none where a column of 0 and 1 of phi or lambda is 1: see
 *   distest_surv_monotone()), _ESING (dependent columns), _ENOMEM, _ECANCEL
 *
 * Time: a pass is n (P^2 / 2 + some 100) operations; a fit takes 10 to 40. Memory: the
 * scratch of the threads, and with clusters P numbers each; nothing of length n.
 */
DISTEST_API DISTEST_STATUS distest_surv_fit(const distest_surv_data *data,
                                            const distest_surv_opts *opts, double *coef,
                                            double *vcov, double *robust,
                                            distest_surv_info *info,
                                            distest_context *ctx);

/**
 * Maximum likelihood with a shared gamma frailty: rows of a cluster share a factor of
 * their hazard, of mean 1 and variance v; all were alive at their entry. v = 0,
 * independence, may be the estimate. Coefficients hold for a factor of 1.
 *
 * @param data     rows and model; `cluster` must be there, events exact or
 * right-censored, no background hazard; a row of weight w (a whole number) is w members
 * @param opts     settings; start and collapse are not read
 * @param coef     out: P
 * @param vcov     out: P x P, v being estimated as well
 * @param robust   out, may be NULL: P x P, sandwich of the clusters' scores in the
 * coefficients and v
 * @param variance out: 2, v and its standard error (NaN for v = 0; robust with
 * `robust`)
 * @param effect   out, may be NULL: for each cluster the mean of its factor given the
 * data
 * @param info     out: df counts v
 * @param ctx      threads, progress, message; may be NULL
 * @return as distest_surv_fit()
 *
 * Time: a pass is n (P^2 + some 500) operations. Memory: n numbers of rows.
 */
DISTEST_API DISTEST_STATUS distest_surv_frailty(const distest_surv_data *data,
                                                const distest_surv_opts *opts,
                                                double *coef, double *vcov,
                                                double *robust, double *variance,
                                                double *effect, distest_surv_info *info,
                                                distest_context *ctx);

/**
 * Columns of 0 and 1 in the designs of phi and lambda whose rows have no event. Their
 * coefficients have their maximum at -Inf: the rows say nothing more. Fit without those
 * rows and columns.
 *
 * @param data  the rows and the model
 * @param flags out: P, 1 for such a column
 * @param ctx   message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _EDOM
 */
DISTEST_API DISTEST_STATUS distest_surv_monotone(const distest_surv_data *data,
                                                 int *flags, distest_context *ctx);

/** @name Sums: a fit without the rows in one place
 *
 * The likelihood needs the rows through sums alone. Sums of parts of the rows (chunks
 * of a stream, processes, sites that may not pool their rows) merge exactly; a fit
 * needs only a function from coefficients to sums. Rows are taken in blocks of 65536
 * whose sums are added along a fixed tree: rows of one named segment give the same bits
 * however they were cut at multiples of 65536, in whatever order they are merged.
 * @{ */

/** Log-likelihood, score, Hessian of some rows at given coefficients. */
typedef struct distest_surv_sums distest_surv_sums;

/** What sums say. */
typedef struct distest_surv_sums_info {
    size_t size;
    size_t P;        /**< coefficients */
    int deriv;       /**< 0 log-likelihood, 1 score, 2 Hessian, 3 middle matrix, too */
    double n;        /**< rows */
    double weight;   /**< sum of the weights */
    double exact;    /**< sum of the weights of exact events */
    double events;   /**< of all events */
    double loglik;   /**< on the scale of the data's time */
    double min_time; /**< smallest and largest time */
    double max_time;
} distest_surv_sums_info;

/** No sums. Free with distest_surv_sums_free(). */
DISTEST_API DISTEST_STATUS distest_surv_sums_alloc(distest_surv_sums **sums,
                                                   distest_context *ctx);
/** Gives sums back; NULL is nothing. */
DISTEST_API void distest_surv_sums_free(distest_surv_sums *sums);
/** No sums again. */
DISTEST_API void distest_surv_sums_reset(distest_surv_sums *sums);

/**
 * Adds the sums of some rows.
 *
 * @param data    rows and model; par[3].p counts also when `kernel` is a limit
 * @param coef    P coefficients. Those of kappa do not matter for a limit kernel
 * @param kernel  DISTEST_SURV_KERNEL_...; finite for a model whose own kernel is a
 * limit means kappa = 1
 * @param deriv   0, 1, 2 or 3; see distest_surv_sums_info
 * @param segment name of what the rows are part of, or NULL: nothing else
 * @param first   number of the first row in the segment, from 0, a multiple of 65536
 * @param sums    added to; on failure as before
 * @param ctx     threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL (also when the sums hold others of the same rows, or
 * of other coefficients), _EDOM, _ENOMEM, _ECANCEL
 *
 * With clusters and deriv 3 no cluster may be split over calls.
 */
DISTEST_API DISTEST_STATUS distest_surv_eval(const distest_surv_data *data,
                                             const double *coef, int kernel, int deriv,
                                             const char *segment, size_t first,
                                             distest_surv_sums *sums,
                                             distest_context *ctx);

/** into := into and from; EINVAL, naming `from`, when they are not of the same
 * coefficients or overlap. */
DISTEST_API DISTEST_STATUS distest_surv_sums_add(distest_surv_sums *into,
                                                 const distest_surv_sums *from,
                                                 distest_context *ctx);

/** The bytes distest_surv_sums_pack() writes; 0 without sums. */
DISTEST_API size_t distest_surv_sums_size(const distest_surv_sums *sums);
/**
 * Sums as bytes: little-endian, versioned, for files and workers.
 *
 * @param sums   the sums; without any nothing is written
 * @param bytes  out: as many as distest_surv_sums_size() says; not NULL
 * @param ctx    message; may be NULL
 * @return DISTEST_SUCCESS or _EINVAL
 */
DISTEST_API DISTEST_STATUS distest_surv_sums_pack(const distest_surv_sums *sums,
                                                  unsigned char *bytes,
                                                  distest_context *ctx);
/**
 * Sums from bytes. Nothing in them is trusted.
 *
 * @param size   how many bytes
 * @param bytes  what distest_surv_sums_pack() made
 * @param sums   out: to be given to distest_surv_sums_free()
 * @param ctx    message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL (`bytes`: anything but what was packed), _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_surv_sums_unpack(size_t size,
                                                    const unsigned char *bytes,
                                                    distest_surv_sums **sums,
                                                    distest_context *ctx);

/**
 * What the sums say.
 *
 * @param sums   not empty
 * @param info   out, its `size` set
 * @param score  out: P; NULL or deriv 0: nothing
 * @param hess   out: P x P, second derivatives of the log-likelihood; the same
 * @param middle out: P x P, sum of s s' over rows or clusters; the same
 * @param ctx    message; may be NULL
 */
DISTEST_API DISTEST_STATUS distest_surv_sums_get(const distest_surv_sums *sums,
                                                 distest_surv_sums_info *info,
                                                 double *score, double *hess,
                                                 double *middle, distest_context *ctx);

/** The model of a fit from sums. */
typedef struct distest_surv_layout {
    size_t size;
    size_t p[4];         /**< coefficients of each parameter */
    double value[4];     /**< link value of parameters that are held */
    size_t intercept[4]; /**< which of its columns is constant 1; p[j]: none */
    int phi_form, kernel;
    double time_scale;
} distest_surv_layout;

/** One coefficient each, all intercepts; finite kappa, time scale 1. */
DISTEST_API distest_surv_layout distest_surv_layout_default(void);

/** Adds to `sums`, which is empty, those of all rows at `coef`; see
 * distest_surv_eval(). A status that is not DISTEST_SUCCESS ends the fit with it. */
typedef int (*distest_surv_eval_fn)(const double *coef, int kernel, int deriv,
                                    distest_surv_sums *sums, void *data);

/**
 * Maximum likelihood from sums: as distest_surv_fit(), each pass over the rows being a
 * call of `eval`. Covariates should be centred.
 *
 * @param layout  the model
 * @param eval    makes the sums
 * @param data    for eval
 * @param opts    settings; `collapse` is not read
 * @param coef    and the others: as in distest_surv_fit()
 * @param vcov    see there
 * @param robust  see there; asks for deriv 3 once
 * @param info    see there
 * @param ctx     progress, message; may be NULL
 */
DISTEST_API DISTEST_STATUS distest_surv_fit_sums(
    const distest_surv_layout *layout, distest_surv_eval_fn eval, void *data,
    const distest_surv_opts *opts, double *coef, double *vcov, double *robust,
    distest_surv_info *info, distest_context *ctx);
/** @} */

/** A fitted model, as predictions need it. */
typedef struct distest_surv_model {
    size_t size;
    size_t p[4];        /**< coefficients of each parameter */
    double value[4];    /**< link value of parameters that are held */
    int phi_form;       /**< as in distest_surv_data */
    int kernel;         /**< of the fit: info.kernel */
    double time_scale;  /**< as in distest_surv_data */
    const double *coef; /**< P */
    const double *vcov; /**< P x P; rows and columns that are NaN count as known; may be
                             NULL without standard errors */
} distest_surv_model;

/** What to predict. The argument in brackets is what `at` holds. */
enum {
    DISTEST_SURV_PREDICT_SURVIVAL = 0, /**< S(t) [times] */
    DISTEST_SURV_PREDICT_CUMHAZ = 1,   /**< H(t) - H(entry) [times] */
    DISTEST_SURV_PREDICT_HAZARD = 2,   /**< h(t) [times] */
    DISTEST_SURV_PREDICT_DENSITY = 3,  /**< f(t) [times] */
    DISTEST_SURV_PREDICT_QUANTILE = 4, /**< t with F(t) = p [probabilities] */
    DISTEST_SURV_PREDICT_RMST = 5,     /**< mean of min(T, tau) [tau] */
    DISTEST_SURV_PREDICT_MEAN = 6,     /**< E T, Inf where there is none [not read] */
    DISTEST_SURV_PREDICT_CURE = 7      /**< S(Inf) [not read] */
};

/**
 * Predictions for m rows at k values each, with standard errors and limits by the delta
 * method: on the scale log(-log) for probabilities, log for the others, log(r / (tau -
 * r)) for the restricted mean.
 *
 * @param model   the fit
 * @param type    DISTEST_SURV_PREDICT_...
 * @param m       rows
 * @param x       4 designs, m x p[j], column-major, leading dimension m; x[j] is not
 * read where p[j] is 0
 * @param offset  4 offsets of length m, each may be NULL; offset itself, too
 * @param k       values of `at` for each row; 1 for mean and cure
 * @param at      k values for all rows, or m x k, column-major, with each_row
 * @param each_row  0: the same values for all rows; 1: a row of values for each
 * @param entry   m times, or NULL: predictions given survival to then (survival,
 * cumhaz)
 * @param level   of the intervals, 0 to 1
 * @param est     out: m x k
 * @param se      out, may be NULL: standard errors on the scale of est, m x k
 * @param lower   out, may be NULL: m x k; NaN where there is no interval
 * @param upper   out, may be NULL: m x k
 * @param ctx     threads, progress, message; may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL
 *
 * Time: m P^2 for the covariances of the rows, then about 0.1 us a value; means by
 * adaptive quadrature to 1e-10.
 */
DISTEST_API DISTEST_STATUS distest_surv_predict(
    const distest_surv_model *model, int type, size_t m, const double *const *x,
    const double *const *offset, size_t k, const double *at, int each_row,
    const double *entry, double level, double *est, double *se, double *lower,
    double *upper, distest_context *ctx);

#ifdef __cplusplus
}
#endif
#endif
