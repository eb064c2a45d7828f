/**
 * @file wls.h
 * Weighted least squares from few well-chosen points: orthonormal bases, tensor and
 * finite spaces, optimal, determinantal and volume sampling, the fit and what is
 * provable about it.
 *
 * mu is a probability measure, phi_1 ... phi_m an orthonormal basis of the space V in
 * L2(mu), k(x) = |phi(x)|^2 its inverse Christoffel function, nu = (k/m) mu the optimal
 * measure. From points x_i with weights w_i the fit minimises
 * sum_i w_i (y_i - phi(x_i)'c)^2; G = (1/n) sum_i w_i phi(x_i) phi(x_i)' has mean I,
 * and its smallest eigenvalue decides how far the fit is from the best element of V.
 *
 * Sources: Nouy and Michel, arXiv 2312.14057; Haberstich, Nouy and Perrin, arXiv
 * 1912.07075. Matrices are column-major; indices of basis functions, points and
 * multi-indices count from 0.
 */
#ifndef DISTEST_WLS_H
#define DISTEST_WLS_H

#include <distest/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- univariate orthonormal families ------------------------------------------ */

/** A univariate orthonormal family with its measure. Made once, read by many threads.
 */
typedef struct distest_wls_basis distest_wls_basis;

/**
 * Makes a basis.
 *
 * @param type    see the table
 * @param degree  highest degree (haar: number of levels), at least 0
 * @param npar    how many parameters `par` holds; 0 takes the defaults
 * @param par     parameters in the order of the table
 * @param basis   out: to be given to distest_wls_basis_free()
 * @param ctx     message; may be NULL
 *
 *     type        measure                    par (defaults)                functions
 *     legendre    uniform                    min, max (-1, 1)              degree + 1
 *     chebyshev   arcsine                    min, max (-1, 1)              degree + 1
 *     jacobi      beta on (min, max)         shape1, shape2, min, max      degree + 1
 *                                            (1, 1, 0, 1)
 *     hermite     normal                     mean, sd (0, 1)               degree + 1
 *     laguerre    gamma                      shape, rate (1, 1)            degree + 1
 *     empirical   points with probabilities  N nodes, then N probabilities degree + 1
 *     fourier     uniform                    min, max (0, 1)               2 degree + 1
 *     haar        uniform                    min, max (0, 1)               2^degree
 *     piecewise   uniform                    breaks (0, 1)      cells * (degree + 1)
 *     bspline     uniform                    breaks (0, 1)      cells + degree
 *
 * @return DISTEST_SUCCESS, _EINVAL (argument "type", "degree" or the parameter's name)
 *         or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_wls_basis_alloc(const char *type, double degree,
                                                   size_t npar, const double *par,
                                                   distest_wls_basis **basis,
                                                   distest_context *ctx);

/** Gives a basis back; NULL is nothing. */
DISTEST_API void distest_wls_basis_free(distest_wls_basis *basis);

/** The number of functions. */
DISTEST_API size_t distest_wls_basis_size(const distest_wls_basis *basis);

/** The level of function `index` (from 0), what index sets count by: its degree, the
 *  frequency, the resolution. */
DISTEST_API size_t distest_wls_basis_level(const distest_wls_basis *basis,
                                           size_t index);

/** The interval that carries the measure; infinite ends for hermite and laguerre. */
DISTEST_API void distest_wls_basis_support(const distest_wls_basis *basis, double *low,
                                           double *high);

/**
 * Values of all functions and of their derivatives with respect to x.
 *
 * Beyond the support polynomials go on as polynomials and Fourier functions are
 * periodic; haar, piecewise and bspline give NaN. At a break piecewise functions take
 * the right derivative (the left one at the end); haar has none.
 *
 * @param basis  the basis
 * @param n      number of points
 * @param x      n points, finite
 * @param value  out: n x size
 * @param deriv  out: n x size, or NULL
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("x", or "deriv" for haar), _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_wls_basis_eval(const distest_wls_basis *basis,
                                                  size_t n, const double *x,
                                                  double *value, double *deriv,
                                                  distest_context *ctx);

/**
 * Distribution function of the induced measure p_index^2 dmu,
 *
 *     F(x) = integral up to x of p_index^2 dmu,
 *
 * in closed form, O(index) operations, absolute error about 1e-16 (10 + index).
 *
 * @param basis  the basis
 * @param index  which function, below distest_wls_basis_size()
 * @param n      number of points
 * @param x      n points; infinite ones allowed
 * @param out    out: n probabilities
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("index", "x") or _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_wls_induced_cdf(const distest_wls_basis *basis,
                                                   size_t index, size_t n,
                                                   const double *x, double *out,
                                                   distest_context *ctx);

/**
 * Quantiles of the induced measure: F(out) = u to 1e-13 or to 4 units in the last place
 * of out; safeguarded Newton steps inside a bracket that holds all but 1e-16 of the
 * measure.
 *
 * @param basis  the basis
 * @param index  which function, below distest_wls_basis_size()
 * @param n      number of probabilities
 * @param u      n probabilities in [0, 1]
 * @param out    out: n points
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("index", "u") or _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_wls_induced_quantile(const distest_wls_basis *basis,
                                                        size_t index, size_t n,
                                                        const double *u, double *out,
                                                        distest_context *ctx);

/**
 * Random points of the induced measure: exact rejection for legendre, chebyshev and
 * fourier (acceptance 1/2), inversion for the others.
 *
 * @param basis  the basis
 * @param index  which function
 * @param n      number of points
 * @param rng    one key is drawn
 * @param x      out: n points
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("index") or _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_wls_induced_sample(const distest_wls_basis *basis,
                                                      size_t index, size_t n,
                                                      distest_rng *rng, double *x,
                                                      distest_context *ctx);

/* ---- index sets ------------------------------------------------------------------ */

/** Which multi-indices make a tensor space. With levels l_k and weights g_k:
 *  tensor l_k <= degree_k; total_degree sum g_k l_k <= degree; hyperbolic_cross
 *  prod (l_k + 1)^g_k <= degree + 1; qnorm (sum (g_k l_k)^q)^(1/q) <= degree. */
typedef struct distest_wls_set {
    size_t size;           /**< sizeof(distest_wls_set) */
    const char *kind;      /**< "total_degree" */
    const double *degree;  /**< d numbers for "tensor", else one */
    const double *weights; /**< d positive numbers; NULL: all 1 */
    double q;              /**< 1: exponent of "qnorm" */
    size_t max_order;      /**< 0: no limit on the number of non-zero entries */
} distest_wls_set;

/** "total_degree" with `degree` NULL, which must be set. */
DISTEST_API distest_wls_set distest_wls_set_default(void);

/**
 * Counts the multi-indices of a set. Time proportional to the answer times d.
 *
 * @param set    the rule
 * @param d      number of coordinates
 * @param bases  d bases, or NULL: local index is level, without limit
 * @param m      out: how many
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("index" for an unknown kind, "degree", "weights",
 *         "q", "d"), _ENOMEM above 50 million
 */
DISTEST_API DISTEST_STATUS distest_wls_index_count(
    const distest_wls_set *set, size_t d, const distest_wls_basis *const *bases,
    size_t *m, distest_context *ctx);

/**
 * Fills in the multi-indices, ordered by sum, then lexicographically decreasing:
 * (0,0), (1,0), (0,1), (2,0), (1,1), (0,2).
 *
 * @param set    the rule
 * @param d      number of coordinates
 * @param bases  d bases, or NULL
 * @param m      what distest_wls_index_count() said
 * @param idx    out: m x d local indices
 * @param ctx    may be NULL
 * @return as distest_wls_index_count(), and _EINVAL "m" when m is another number
 */
DISTEST_API DISTEST_STATUS distest_wls_index_fill(const distest_wls_set *set, size_t d,
                                                  const distest_wls_basis *const *bases,
                                                  size_t m, int *idx,
                                                  distest_context *ctx);

/**
 * The reduced margin of a set: indices outside it whose every backward neighbour is
 * inside.
 *
 * @param d      number of coordinates
 * @param m      number of indices
 * @param idx    m x d
 * @param limit  d largest local indices allowed, or NULL
 * @param count  out: how many
 * @param cand   out: count x d, in the canonical order; m d rows are always enough.
 *               NULL: only count. Leading dimension is `count`
 * @param ctx    may be NULL
 */
DISTEST_API DISTEST_STATUS distest_wls_margin(size_t d, size_t m, const int *idx,
                                              const int *limit, size_t *count,
                                              int *cand, distest_context *ctx);

/* ---- spaces ------------------------------------------------------------------------
 */

/** A space with its measure: tensor products, or a finite set of candidates. */
typedef struct distest_wls_space distest_wls_space;

/**
 * The span of phi_alpha(x) = prod_k p_alpha_k(x_k), alpha among the rows of idx.
 *
 * @param d      number of coordinates
 * @param bases  d bases; copied
 * @param m      number of functions
 * @param idx    m x d local indices, no row twice
 * @param space  out: to be given to distest_wls_space_free()
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("indices", "d") or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_wls_space_tensor(
    size_t d, const distest_wls_basis *const *bases, size_t m, const int *idx,
    distest_wls_space **space, distest_context *ctx);

/**
 * A finite space: N candidates with probabilities p, the features orthonormalised by
 * QR, diag(sqrt p) F = Q R, phi_i' = F_i R^-1, R with positive diagonal.
 *
 * @param N      number of candidates
 * @param m      number of features
 * @param F      N x m
 * @param prob   N numbers >= 0 with positive sum, or NULL for equal ones; scaled
 * @param tol    1e-10: a diagonal entry of R below tol times the largest means
 *               dependent columns
 * @param space  out
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("features": not finite, N < m, dependent columns;
 *         "prob", "tol") or _ENOMEM
 *
 * Time O(N m^2) by QR of row blocks merged in a fixed tree; draws do not depend on N.
 */
DISTEST_API DISTEST_STATUS distest_wls_space_finite(size_t N, size_t m, const double *F,
                                                    const double *prob, double tol,
                                                    distest_wls_space **space,
                                                    distest_context *ctx);

/**
 * A finite space whose features come in chunks and are not held: two passes over all
 * rows, distest_wls_space_chunk() for each chunk and distest_wls_space_ready() after
 * each pass. Memory O(m^2 + N). Designs are then made by distest_wls_draw() and a
 * stepper, with features from distest_wls_orthonormalise().
 *
 * @param N      number of candidates
 * @param m      number of features
 * @param prob   N numbers >= 0 with positive sum, or NULL for equal ones; scaled
 * @param space  out: of no use before both passes
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("features", "prob") or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_wls_space_chunks(size_t N, size_t m,
                                                    const double *prob,
                                                    distest_wls_space **space,
                                                    distest_context *ctx);
/** Rows first ... first + rows - 1, in order and without gaps; F rows x m. EINVAL
 *  ("first", "features", or "space" when it waits for none). */
DISTEST_API DISTEST_STATUS distest_wls_space_chunk(distest_wls_space *space,
                                                   size_t rows, size_t first,
                                                   const double *F,
                                                   distest_context *ctx);
/** Ends a pass. EINVAL ("space": rows are missing; "features": dependent columns). */
DISTEST_API DISTEST_STATUS distest_wls_space_ready(distest_wls_space *space, double tol,
                                                   distest_context *ctx);
/** Both passes at once over n reference points with features F (n x m) and weights w
 *  (NULL: equal): features of the user on a cloud that stands for mu. */
DISTEST_API DISTEST_STATUS distest_wls_space_reference(size_t n, size_t m,
                                                       const double *F, const double *w,
                                                       double tol,
                                                       distest_wls_space **space,
                                                       distest_context *ctx);
/** F R^-1 in place, for n rows of features of any points: orthonormal features. EINVAL
 *  ("space": of tensor products; "features"). */
DISTEST_API DISTEST_STATUS distest_wls_orthonormalise(const distest_wls_space *space,
                                                      size_t n, double *F,
                                                      distest_context *ctx);

/** Gives a space back; NULL is nothing. */
DISTEST_API void distest_wls_space_free(distest_wls_space *space);

/** Number of functions, of coordinates (0 when finite), of candidates (0 when not). */
DISTEST_API void distest_wls_space_size(const distest_wls_space *space, size_t *m,
                                        size_t *d, size_t *N);

/** The m x m factor R of a finite space and its m x N transposed orthonormal features;
 *  either may be NULL. EINVAL ("space") for tensor spaces. */
DISTEST_API DISTEST_STATUS distest_wls_space_finite_parts(
    const distest_wls_space *space, double *R, double *phi_t, distest_context *ctx);

/**
 * The basis at points.
 *
 * @param space      the space
 * @param n          number of points
 * @param x          n x d points; for a finite space n row numbers from 0
 * @param normalize  1: phi(x) / |phi(x)|, which neither over- nor underflows
 * @param phi        out: n x m, or NULL
 * @param logk       out: n, log |phi(x)|^2 without overflow; or NULL
 * @param grad       out: n x m x d derivatives of phi (not normalised); or NULL
 * @param ctx        may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("x", "grad"), _ENOMEM or _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_wls_features(const distest_wls_space *space,
                                                size_t n, const double *x,
                                                int normalize, double *phi,
                                                double *logk, double *grad,
                                                distest_context *ctx);

/** Which of n points (n x d) lie outside the support: 0 inside, else 1 + the first
 *  coordinate that is outside. */
DISTEST_API DISTEST_STATUS distest_wls_outside(const distest_wls_space *space, size_t n,
                                               const double *x, int *out,
                                               distest_context *ctx);

/** Inclusion probabilities p_i k(i) of the projection DPP on a finite space; N. */
DISTEST_API DISTEST_STATUS distest_wls_inclusion(const distest_wls_space *space,
                                                 double *out, distest_context *ctx);

/* ---- sampling -------------------------------------------------------------------- */

/** How a design is drawn. */
typedef struct distest_wls_opts {
    size_t size;           /**< sizeof(distest_wls_opts) */
    const char *method;    /**< "dpp_repeated"; also "mc", "iid_optimal", "stratified",
                                "dpp" (n = m), "volume", "volume_repeated", "boosted" */
    const char *reference; /**< "optimal"; also "mu", "mixture": the measure nu of
                                iid_optimal and of the free points of volume */
    double alpha;          /**< 0.5: share of mu in the mixture */
    size_t resample;       /**< 1: designs per try, of which the best is kept */
    double delta;          /**< Inf: none. Redraw until the criterion is at most this */
    const char *criterion; /**< "gram": |G - I|; "lambda_min": 1 - lambda_min */
    size_t max_tries;      /**< 1000: ECONV when delta was not reached */
    int replace;           /**< 1. 0: finite spaces with equal probabilities, method
                                volume: n different candidates */
} distest_wls_opts;

/** The defaults above. */
DISTEST_API distest_wls_opts distest_wls_opts_default(void);

/** The spectrum of G and how the design was got. */
typedef struct distest_wls_diag {
    double lambda_min, lambda_max, cond, delta; /**< of G; delta = |G - I| */
    double proposals; /**< of the DPP chain, all tries; 0 where there was none */
    double tries;     /**< designs looked at before one was taken */
    double trace;     /**< tr(G^-1) */
} distest_wls_diag;

/** A key that is given, not drawn. */
typedef struct distest_wls_key {
    uint64_t key;   /**< such as strtoull(seed_key, NULL, 16) of a design of R */
    unsigned drawn; /**< 0 at first: how many halves were drawn */
} distest_wls_key;

/**
 * A generator that gives a key: its numbers are (h + 1/2) / 2^32, h the upper and the
 * lower 32 bits of the key in turn, and a routine that draws one key draws this one.
 * With the element `seed_key` of a design of R's wls_sample(), the same space, n and
 * options, distest_wls_sample() gives the same points and weights to the last bit:
 *
 *     distest_wls_key key = {strtoull("0123456789abcdef", NULL, 16), 0};
 *     distest_rng rng = distest_wls_rng(&key);
 *     distest_wls_sample(space, &opts, n, &rng, points, NULL, weights, NULL, &ctx);
 *
 * One design only: the next one would get the same key, and be the same.
 *
 * @param key  not NULL, to be kept as long as the generator is in use
 */
DISTEST_API distest_rng distest_wls_rng(distest_wls_key *key);

/**
 * Draws a design. Same bits for any number of threads.
 *
 *     mc            n points of mu, w = 1
 *     iid_optimal   n points of nu, w = dmu/dnu
 *     stratified    floor(n/m) points of each phi_j^2 dmu, the rest of different j;
 *                   w = n / sum_j tau_j phi_j^2
 *     dpp           density det(Phi)^2 / m! with respect to mu^m; w = m / k
 *     volume        density prop. to det G(x) with respect to nu^n: a DPP, n - m points
 *                   of nu, shuffled; w = dmu/dnu. E c = c* for every f
 *     dpp_repeated  floor(n/m) DPPs, the rest from the optimal measure; w = m / k
 *     volume_repeated  max(1, floor(n / 2m)) volume samples; balance weights
 *     boosted       max(3, ceil(n/m) + 1) DPPs pruned to n by lambda_min; w = m / k
 *
 * @param space    the space
 * @param opts     NULL: the defaults
 * @param n        number of points
 * @param rng      one key is drawn; distest_wls_rng() gives one that is known
 * @param points   out: n x d; NULL for a finite space
 * @param index    out: n candidates from 0; NULL for a tensor space
 * @param weights  out: n
 * @param diag     out; may be NULL
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS; _EINVAL ("n", "method", "reference", "alpha", "resample",
 *         "delta", "criterion", "max_tries", "replace"); _ECONV (delta not reached);
 *         _ENOMEM, _ECANCEL
 *
 * Time of a DPP: m (log m + 0.58) proposals of O(m^2) each, whatever the measure or N;
 * in one dimension the polynomials up to a degree take O(m^2) in all.
 */
DISTEST_API DISTEST_STATUS distest_wls_sample(const distest_wls_space *space,
                                              const distest_wls_opts *opts, size_t n,
                                              distest_rng *rng, double *points,
                                              size_t *index, double *weights,
                                              distest_wls_diag *diag,
                                              distest_context *ctx);

/**
 * Independent points of alpha mu + (1 - alpha) nu, nu the optimal measure.
 *
 * @param space   the space; a finite one may be made of chunks
 * @param alpha   0: the optimal measure; 1: mu
 * @param n       number of points
 * @param rng     one key is drawn
 * @param points  out: n x d; NULL for a finite space
 * @param index   out: n candidates from 0; NULL for a tensor space
 * @param ctx     may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("alpha", "space") or _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_wls_draw(const distest_wls_space *space,
                                            double alpha, size_t n, distest_rng *rng,
                                            double *points, size_t *index,
                                            distest_context *ctx);

/** r projection DPPs of m points whose features the caller evaluates: user functions,
 *  candidates that are not held in memory. While distest_wls_stepper_want() says more
 *  than 0, draw so many points of the optimal measure (distest_wls_draw()), evaluate
 *  their features, offer them; distest_wls_stepper_taken() says which became points. */
typedef struct distest_wls_stepper distest_wls_stepper;

/** A stepper for r copies; one key is drawn. */
DISTEST_API DISTEST_STATUS distest_wls_stepper_alloc(size_t m, size_t r,
                                                     distest_rng *rng,
                                                     distest_wls_stepper **stepper,
                                                     distest_context *ctx);
/** Gives a stepper back; NULL is nothing. */
DISTEST_API void distest_wls_stepper_free(distest_wls_stepper *stepper);
/** How many proposals are wanted; 0 when all copies are complete. ECONV after 200 times
 *  as many as are needed on average: the features are not those of the space. */
DISTEST_API DISTEST_STATUS distest_wls_stepper_want(distest_wls_stepper *stepper,
                                                    size_t *count,
                                                    distest_context *ctx);
/** Offers the proposals wanted, with their orthonormal features U (count x m, of any
 *  length each). EINVAL ("count", "features"). */
DISTEST_API DISTEST_STATUS distest_wls_stepper_offer(distest_wls_stepper *stepper,
                                                     size_t count, const double *U,
                                                     distest_context *ctx);
/** How many of the last offer became points; their numbers in the offer and the copies
 *  they belong to (room for m r of each; either may be NULL). */
DISTEST_API size_t distest_wls_stepper_taken(const distest_wls_stepper *stepper,
                                             size_t *proposal, size_t *copy);

/** The DPP of the polynomials up to degree m - 1 as eigenvalues of a random tridiagonal
 *  matrix (legendre, chebyshev, jacobi, hermite, laguerre); m points in random order.
 */
DISTEST_API DISTEST_STATUS distest_wls_tridiagonal(const distest_wls_basis *basis,
                                                   size_t m, distest_rng *rng,
                                                   double *x, distest_context *ctx);

/**
 * The criterion |G - I| or 1 - lambda_min of `nsim` designs of n points: what
 * planning by simulation counts. No evaluation of f is needed.
 */
DISTEST_API DISTEST_STATUS distest_wls_simulate(const distest_wls_space *space,
                                                const distest_wls_opts *opts, size_t n,
                                                size_t nsim, distest_rng *rng,
                                                double *out, distest_context *ctx);

/**
 * Greedy pruning: points are removed one by one, each time the one whose removal leaves
 * the smallest criterion, ties to the lowest index, until the next removal would pass
 * `delta` or `n_min` points are left. Weights stay, 1/n becomes 1/(points left).
 *
 * @param n          number of points
 * @param m          number of functions
 * @param A          n x m, rows sqrt(w_i) phi_i'
 * @param criterion  "gram" or "lambda_min"
 * @param delta      limit, > 0, Inf allowed
 * @param n_min      at least m
 * @param kept       out: how many are left
 * @param order      out: n; the points left in increasing order, then those removed in
 *                   the order of removal
 * @param value      out: n - n_min (may be NULL): the criterion after each removal
 * @param ctx        may be NULL
 * @return DISTEST_SUCCESS, _EINVAL, _ENOMEM, _ECANCEL, _ECONV (eigenvalues)
 *
 * Time O(n m) a step for all candidates by the secular equation, after O(n m^2 + m^3).
 */
DISTEST_API DISTEST_STATUS distest_wls_prune(size_t n, size_t m, const double *A,
                                             const char *criterion, double delta,
                                             size_t n_min, size_t *kept, size_t *order,
                                             double *value, distest_context *ctx);

/** The spectrum of G = A'A / n, rows of A sqrt(w_i) phi_i'. */
DISTEST_API DISTEST_STATUS distest_wls_diagnose(size_t n, size_t m, const double *A,
                                                distest_wls_diag *diag,
                                                distest_context *ctx);

/* ---- the fit ----------------------------------------------------------------------
 */

/**
 * Weighted least squares, by QR of diag(sqrt(w/n)) Phi for all outputs at once.
 *
 * @param n, m, q   points, functions, outputs
 * @param Phi       n x m
 * @param w         n positive weights
 * @param Y         n x q
 * @param tol       1e-12: singular below tol times the largest singular value
 * @param coef      out: m x q
 * @param diag      out: the spectrum of G; may be NULL
 * @param leverage  out: n, (w_i/n) phi_i'G^-1 phi_i; may be NULL
 * @param fitted    out: n x q; may be NULL
 * @param ctx       may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("weights", "y", "features"), _ESING, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_wls_fit(size_t n, size_t m, size_t q,
                                           const double *Phi, const double *w,
                                           const double *Y, double tol, double *coef,
                                           distest_wls_diag *diag, double *leverage,
                                           double *fitted, distest_context *ctx);

/**
 * Leave-one-out errors per output: loo = (1/n) sum w_i (r_i / (1 - h_i))^2, loo times
 * n/(n-m) (1 + tr(G^-1)/n), and Q2 = 1 - loo / weighted variance. NaN where n = m,
 * where some h_i > 1 - 1e-12, and Q2 for constant outputs.
 *
 * @param n, m, q    points, functions, outputs
 * @param w          n weights
 * @param residual   n x q
 * @param leverage   n
 * @param Y          n x q
 * @param trace      tr(G^-1)
 * @param loo, corrected, q2  out: q each
 * @param ctx        may be NULL
 */
DISTEST_API DISTEST_STATUS distest_wls_loo(size_t n, size_t m, size_t q,
                                           const double *w, const double *residual,
                                           const double *leverage, const double *Y,
                                           double trace, double *loo, double *corrected,
                                           double *q2, distest_context *ctx);

/**
 * Covariances of the coefficients of q outputs.
 *
 * "noise": s^2 n^-2 G^-1 (sum w_i^2 phi_i phi_i') G^-1; "HC3": (r_i/(1-h_i))^2 in place
 * of s^2; "lm": (sum w r^2/(n-m)) G^-1 / n, as lm(weights=) says.
 *
 * @param n, m, q   points, functions, outputs
 * @param Phi       n x m
 * @param w         n
 * @param residual  n x q
 * @param type      "noise", "HC3" or "lm"
 * @param sigma     noise level for "noise"; NaN: sqrt(sum r^2/(n-m)) of each output
 * @param V         out: m x m x q; NaN where n = m (except "noise" with sigma)
 * @param trace     out: tr(G^-1); may be NULL
 * @param ctx       may be NULL
 */
DISTEST_API DISTEST_STATUS distest_wls_vcov(size_t n, size_t m, size_t q,
                                            const double *Phi, const double *w,
                                            const double *residual, const char *type,
                                            double sigma, double *V, double *trace,
                                            distest_context *ctx);

/**
 * Predictions phi(x)'c, standard errors sqrt(phi'V phi), gradients. Works in blocks:
 * no n x m matrix is made.
 *
 * @param space  a tensor space, or finite with x row numbers
 * @param q      outputs
 * @param coef   m x q
 * @param V      m x m x q covariances, or NULL
 * @param n      points
 * @param x      n x d
 * @param f      out: n x q
 * @param se     out: n x q; NULL unless V is given
 * @param grad   out: n x d x q; or NULL
 * @param ctx    may be NULL
 */
DISTEST_API DISTEST_STATUS distest_wls_predict(const distest_wls_space *space, size_t q,
                                               const double *coef, const double *V,
                                               size_t n, const double *x, double *f,
                                               double *se, double *grad,
                                               distest_context *ctx);

/**
 * Second derivatives of phi(x)'c. Polynomials go on beyond the support, piecewise
 * functions and splines are NaN there; at a break they have the derivative from the
 * right.
 *
 * @param space    a tensor space; EINVAL ("type") for finite ones and haar
 * @param q        outputs
 * @param coef     m x q
 * @param n        points
 * @param x        n x d
 * @param hessian  out: n x d x d x q
 * @param ctx      may be NULL
 */
DISTEST_API DISTEST_STATUS distest_wls_hessian(const distest_wls_space *space, size_t q,
                                               const double *coef, size_t n,
                                               const double *x, double *hessian,
                                               distest_context *ctx);

/**
 * Quadrature weights q_i = (w_i/n) phi_i'G^-1 e for mu, exact on the space.
 *
 * @param n    points, at least m
 * @param m    functions
 * @param Phi  n x m
 * @param w    n positive weights
 * @param e    m integrals of the basis, see distest_wls_integrals()
 * @param out  out: n quadrature weights
 * @param ctx  may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("features", "weights", "e"; "y" when n < m),
 *         _ESING, _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_wls_quadrature(size_t n, size_t m, const double *Phi,
                                                  const double *w, const double *e,
                                                  double *out, distest_context *ctx);

/** The integrals of the basis functions: m. */
DISTEST_API DISTEST_STATUS distest_wls_integrals(const distest_wls_space *space,
                                                 double *e, distest_context *ctx);

/* ---- sums that merge ----------------------------------------------------------------
 */

/** The triangle [R, Q'Y; sum of squares] of rows seen so far, as plain doubles:
 *  distest_wls_accum_size(m, q) of them, zeros at the start. O((m+q)^2) memory. */
DISTEST_API size_t distest_wls_accum_size(size_t m, size_t q);
/** Adds n rows; w NULL: all 1. */
DISTEST_API DISTEST_STATUS distest_wls_accum_add(size_t m, size_t q, size_t n,
                                                 const double *Phi, const double *w,
                                                 const double *Y, double *acc,
                                                 distest_context *ctx);
/** Adds the rows of `from` to `into`. */
DISTEST_API DISTEST_STATUS distest_wls_accum_merge(size_t m, size_t q,
                                                   const double *from, double *into,
                                                   distest_context *ctx);
/**
 * The fit of the rows seen so far.
 *
 * @param m     functions
 * @param q     outputs
 * @param acc   the triangle of distest_wls_accum_add()
 * @param tol   1e-12: singular below tol times the largest singular value
 * @param coef  out: m x q
 * @param diag  out: the spectrum of G; or NULL
 * @param rss   out: q weighted residual sums of squares; or NULL
 * @param rows  out: the number of rows; or NULL
 * @param ctx   may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("y": fewer rows than functions), _ESING, _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_wls_accum_solve(size_t m, size_t q,
                                                   const double *acc, double tol,
                                                   double *coef, distest_wls_diag *diag,
                                                   double *rss, double *rows,
                                                   distest_context *ctx);

/** Rows seen so far, in blocks of 512 that are joined along a fixed tree: any split of
 *  the rows over processes, merged in any order, gives the same bits. */
typedef struct distest_wls_part distest_wls_part;

/** An empty part for m functions and q outputs. */
DISTEST_API DISTEST_STATUS distest_wls_part_alloc(size_t m, size_t q,
                                                  distest_wls_part **part,
                                                  distest_context *ctx);
/** Gives a part back; NULL is nothing. */
DISTEST_API void distest_wls_part_free(distest_wls_part *part);
/**
 * Adds rows.
 *
 * @param part     the part
 * @param segment  the name of the rows' file or site; NULL or "": the part's own
 * @param first    number of the first row in its segment, a multiple of 512
 * @param n        rows; only the last of a segment may end within a block
 * @param Phi      n x m
 * @param w        n positive weights; NULL: all 1
 * @param Y        n x q
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("first": no start of a block, or rows that are
 *         there; "features", "weights", "y"), _ENOMEM, _ECANCEL; the part is untouched
 *         on failure
 */
DISTEST_API DISTEST_STATUS distest_wls_part_add(distest_wls_part *part,
                                                const char *segment, size_t first,
                                                size_t n, const double *Phi,
                                                const double *w, const double *Y,
                                                distest_context *ctx);
/** into := into and from; EINVAL ("from") when they differ in kind or overlap. */
DISTEST_API DISTEST_STATUS distest_wls_part_merge(distest_wls_part *into,
                                                  const distest_wls_part *from,
                                                  distest_context *ctx);
/** As distest_wls_accum_solve(), of a part; diag, rss and rows may be NULL. _EINVAL
 *  ("part") for a part without rows, too. */
DISTEST_API DISTEST_STATUS distest_wls_part_solve(const distest_wls_part *part,
                                                  double tol, double *coef,
                                                  distest_wls_diag *diag, double *rss,
                                                  double *rows, distest_context *ctx);
/** The bytes distest_wls_part_pack() writes: little-endian, for files and workers; 0
 * for NULL. */
DISTEST_API size_t distest_wls_part_size(const distest_wls_part *part);
/**
 * A part as bytes.
 *
 * @param part   the part
 * @param bytes  out: as many as distest_wls_part_size() says; nothing is done when one
 *               of both is NULL
 */
DISTEST_API void distest_wls_part_pack(const distest_wls_part *part,
                                       unsigned char *bytes);
/** A part from bytes; EINVAL ("bytes") for anything but what distest_wls_part_pack()
 *  made of a part of m functions and q outputs. */
DISTEST_API DISTEST_STATUS distest_wls_part_unpack(size_t m, size_t q, size_t size,
                                                   const unsigned char *bytes,
                                                   distest_wls_part **part,
                                                   distest_context *ctx);

/* ---- what the fit says about the function --------------------------------------- */

/**
 * Mean and variance of phi'c under mu with delta-method standard errors.
 *
 * @param space  the space; one of tensor products must contain the constant
 * @param coef   m
 * @param V      m x m covariance of coef, or NULL
 * @param out    out: mean, variance, standard errors of both (NaN without V)
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("fit": the constant is missing) or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_wls_moments(const distest_wls_space *space,
                                               const double *coef, const double *V,
                                               double out[4], distest_context *ctx);

/**
 * Mean of phi'c and of its powers 2, 3, 4 about the mean under mu: exact tensor Gauss
 * rules when they have at most 2^20 nodes, else 2^20 random points, with standard
 * errors of the third and fourth.
 *
 * @param space  a tensor space that contains the constant
 * @param coef   m
 * @param rng    one key is drawn, whether it is needed or not
 * @param out    out: mean, variance, third and fourth, standard errors of the last two
 *               (0 when they are exact)
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("fit": a finite space, or one without the
 *         constant), _ENOMEM, _ECANCEL
 */
DISTEST_API DISTEST_STATUS distest_wls_moments4(const distest_wls_space *space,
                                                const double *coef, distest_rng *rng,
                                                double out[6], distest_context *ctx);

/**
 * Sobol indices of phi'c: for each subset u of coordinates the share of the variance
 * that belongs to u alone, and the total share of each coordinate.
 *
 * @param space    a tensor space that contains the constant
 * @param coef     m
 * @param V        m x m covariance, or NULL
 * @param nsub     number of subsets; every subset of a subset must be there too
 * @param subset   nsub x d zeros and ones
 * @param index    out: nsub
 * @param se       out: nsub, NaN without V
 * @param total    out: d
 * @param se_total out: d
 * @param ctx      may be NULL
 * @return _EINVAL "space" when the measure is no product or the constant is missing
 */
DISTEST_API DISTEST_STATUS distest_wls_sobol(const distest_wls_space *space,
                                             const double *coef, const double *V,
                                             size_t nsub, const int *subset,
                                             double *index, double *se, double *total,
                                             double *se_total, distest_context *ctx);

/** Derivative-based sensitivities: integrals of (d/dx_k phi'c)^2 dmu, and standard
 *  errors (NaN without V); d each. */
DISTEST_API DISTEST_STATUS distest_wls_dgsm(const distest_wls_space *space,
                                            const double *coef, const double *V,
                                            double *out, double *se,
                                            distest_context *ctx);

/* ---- planning -------------------------------------------------------------------- */

/** Smallest n with K_w log(m/eta)/c(delta) <= n ("lambda_min"), or
 *  K_w log(2m/eta)/q(delta) ("gram"), c(d) = d + (1-d) log(1-d),
 *  q(d) = (1+d) log(1+d) - d: with probability 1 - eta the criterion of n independent
 *  points is at most delta. */
DISTEST_API DISTEST_STATUS distest_wls_plan(double K, size_t m, double delta,
                                            double eta, const char *bound, double *n,
                                            distest_context *ctx);

/** The constant C(n, m) of E|f - fhat|^2 <= C sigma_m^2: "dpp" 1 + m (n = m), "volume"
 *  min(1 + m, min_d 1 + (m/n) (1-m/n)^-2 (1-d)^-2 + m^2 exp(-(n-m) c(d)/m)). */
DISTEST_API DISTEST_STATUS distest_wls_constant(size_t n, size_t m, const char *method,
                                                double *c, distest_context *ctx);

/** What distest_wls_certify() must know beyond the options of the design. */
typedef struct distest_wls_facts {
    size_t size;        /**< sizeof(distest_wls_facts) */
    double mean_weight; /**< 1: mean of the weights */
    double sup_k;       /**< Inf: largest k(x), where mu has a share in the design */
    size_t candidates;  /**< 0: N of a finite space, for volume without replacement */
    size_t pruned_from; /**< 0: points before pruning ("boosted" prunes, too) */
    size_t simulated;   /**< 0: designs simulated for the probability of acceptance */
    size_t accepted;    /**< 0: those among them that met the criterion */
    double K; /**< 0: sup w k follows from the options; else what it is at most */
} distest_wls_facts;

/** The defaults above. */
DISTEST_API distest_wls_facts distest_wls_facts_default(void);

/** Where the bound of the mean comes from. */
enum {
    DISTEST_WLS_NO_MEAN = 0,
    DISTEST_WLS_DPP_MEAN,         /**< 1 + m */
    DISTEST_WLS_VOLUME_MEAN,      /**< C(n, m), or 1 + m for other measures than nu */
    DISTEST_WLS_CONDITIONED_MEAN, /**< 1 + kappa min(first (1-d)^-2, second (1-d)^-1) */
    DISTEST_WLS_PRUNED_MEAN       /**< 1 + kappa second (1-d)^-1 */
};

/** What is provable about a design, from distest_wls_certify(). sigma_m is the distance
 *  of f from the space in L2(mu), the infimum in v is over the space. */
typedef struct distest_wls_certificate {
    double linf;        /**< |f - fhat| <= linf inf_v |f - v|_inf, surely */
    double probability; /**< |f - fhat| <= probability sigma_m with probability
                             1 - eta */
    double expectation; /**< E|f - fhat|^2 <= expectation sigma_m^2; NaN: no bound */
    double p_accept;    /**< lower bound of the probability of acceptance; 1 if none */
    double K;           /**< sup w k */
    int formula;        /**< of the expectation */
} distest_wls_certificate;

/**
 * What is provable about a design: see the head of wls_certificate.c. The bounds in
 * probability and mean are for designs that do not depend on f.
 *
 * @param diag   the spectrum of G
 * @param n, m   points, functions
 * @param opts   how the design was drawn; NULL: unknown, taken as optimal points, no
 *               bound of the mean
 * @param facts  what else is known
 * @param eta    probability that the second bound may fail
 * @param conf   confidence of the simulated probability of acceptance
 * @param out    out: the numbers
 * @param ctx    may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("n", "eta", "conf", a fact's or an option's name)
 */
DISTEST_API DISTEST_STATUS distest_wls_certify(const distest_wls_diag *diag, size_t n,
                                               size_t m, const distest_wls_opts *opts,
                                               const distest_wls_facts *facts,
                                               double eta, double conf,
                                               distest_wls_certificate *out,
                                               distest_context *ctx);

/* ---- designs that grow ----------------------------------------------------------- */

/**
 * Balance weights w_i = n / sum_b density_b(x_i) of a union of blocks of points: the
 * density of a block is the sum of its points' densities with respect to mu, k(x) for a
 * DPP, tau phi_j(x)^2 for tau points of phi_j^2 dmu, r k(x)/m for r optimal points.
 *
 * @param n        points, over all blocks
 * @param blocks   number of blocks
 * @param density  n x blocks, at least 0
 * @param w        out: n
 * @param ctx      may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("density": negative, or all 0 at a point)
 */
DISTEST_API DISTEST_STATUS distest_wls_weights(size_t n, size_t blocks,
                                               const double *density, double *w,
                                               distest_context *ctx);

/**
 * How many runs each function of a space still needs to have tau of them, whatever
 * other spaces earlier runs were drawn for.
 *
 * @param d           coordinates
 * @param m           functions
 * @param idx         m x d
 * @param done_count  rows of done
 * @param done        done_count x d: the multi-indices runs were drawn for
 * @param counts      done_count numbers of runs; NULL: one for each row
 * @param tau         runs wanted per function
 * @param need        out: m
 * @param ctx         may be NULL
 * @return DISTEST_SUCCESS, _EINVAL ("d", "indices", "done") or _ENOMEM
 */
DISTEST_API DISTEST_STATUS distest_wls_missing(size_t d, size_t m, const int *idx,
                                               size_t done_count, const int *done,
                                               const size_t *counts, size_t tau,
                                               size_t *need, distest_context *ctx);

#ifdef __cplusplus
}
#endif
#endif
