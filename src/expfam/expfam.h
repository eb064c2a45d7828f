/* expfam.h - what the files of the family share. */
#ifndef DI_EXPFAM_H
#define DI_EXPFAM_H

#include "core.h"
#include "linalg.h"
#include "logsum.h"
#include "optim.h"
#include "stream.h"
#include <distest/expfam.h>

/* States of discrete variables: cell numbers with the first variable fastest. Statistic
 * a is a product over the variables in which the cell code[a] is not at level 0: of
 * indicators of its level there, or (sign) of values -1 and 1. */
typedef struct {
    size_t d, *levels, *code;      /* d; p */
    size_t *first, *where, *level; /* factors of statistic a: first[a] ... */
    int sign, binary;              /* binary: two levels each */
} di_expfam_states;

/* Nodes: statistics (m x p) and log weights of a discrete measure. */
typedef struct {
    size_t m, p;
    double *xi, *logw;
    double *x;                      /* m coordinates on the line, or NULL */
    const di_expfam_states *states; /* xi is NULL, or NULL */
} di_expfam_nodes;

/* How third and fourth cumulants are had: full tensors, sums over nodes, quadratic
 * forms of a Gaussian, elimination on a sparse graph, draws of Markov chains. */
typedef enum {
    EXPFAM_TENSOR,
    EXPFAM_NODES,
    EXPFAM_GAUSS,
    EXPFAM_GRAPH,
    EXPFAM_CHAINS
} di_expfam_way;

typedef struct di_expfam_graph di_expfam_graph; /* expfam_graph.h */

typedef struct di_expfam_row {
    const char *name;
    di_expfam_way way;
    size_t npar, nipar; /* settings wanted; SIZE_MAX: setup checks */
    size_t p, usual;    /* 0: setup decides */
    /* checks settings, sets p, d, usual and fixed nodes */
    int (*setup)(distest_expfam_family *f, distest_context *ctx);
    /* xi (p) and log base of one point with stride ld; 0 when outside the support */
    int (*stats)(const distest_expfam_family *f, const double *x, size_t ld, double *xi,
                 double *logbase);
    /* the same for n rows at once, xi with leading dimension ldxi; 0 when some row is
     * outside, or NULL */
    int (*rows)(const distest_expfam_family *f, size_t n, const double *x, size_t ld,
                double *xi, size_t ldxi, double *base);
    /* Psi, not finite outside its space; grad and hess may be NULL; see
     * di_expfam_closed_psi() */
    double (*psi)(const distest_expfam_family *f, const double *theta, double *grad,
                  double *hess);
    void (*cumulants)(const distest_expfam_family *f, const double *theta, double *S,
                      double *Q);
    /* cumulants as sums of powers of p + 1 vectors, weights w3 and w4, or radial, g;
     * see expfam_structured.c; returns how many vectors, 0 for radial */
    size_t (*structure)(const distest_expfam_family *f, const double *theta, double *w3,
                        double *w4, double *g);
    /* from the mean of xi: SUCCESS or ENOMLE with the message; NULL or -1: Newton */
    int (*mle)(const distest_expfam_family *f, const double *mean, double *theta,
               distest_context *ctx);
    /* the same from data, n points and weights (NULL: 1), keeping digits; or NULL */
    int (*mle_data)(const distest_expfam_family *f, const distest_sample *s,
                    const double *mean, double *theta, distest_context *ctx);
    /* a start for Newton; NULL: 0 */
    void (*start)(const distest_expfam_family *f, const double *mean, double *theta);
    /* nodes that suffice at theta; NULL: the fixed ones */
    int (*nodes)(const distest_expfam_family *f, const double *theta, di_pool *pool,
                 di_expfam_nodes *out, distest_context *ctx);
    void (*to_usual)(const distest_expfam_family *f, const double *theta, double *par);
    /* 0 outside their space, -1: no memory */
    int (*from_usual)(const distest_expfam_family *f, const double *par, double *theta);
    int continuous; /* on the line, drawn by a table */
    int variant;    /* for rows that share functions */
    void (*draw)(const distest_expfam_family *f, const double *theta, di_stream *s,
                 double *x, size_t ld);
} di_expfam_row;

/* a pairwise model: nc continuous variables, nd discrete ones */
typedef struct {
    size_t nc, nd;
    double *a, *b;          /* nc: base Beta(a, b) */
    size_t *levels, *first; /* nd: how many, and where a variable's begin in */
    double *score, *logprob;
    size_t *terms;                /* 2 x p pairs i <= j; i = j: the variable alone */
    size_t *start, *other, *term; /* of variable i: entries start[i] ... */
} di_expfam_pairs;

struct distest_expfam_family {
    const di_expfam_row *row;
    di_expfam_pairs *pairs;        /* of a pairwise model, or NULL */
    distest_expfam_callbacks user; /* of a family of the caller's, else size 0 */
    size_t p, d, usual, npar, nipar;
    double *par;
    size_t *ipar;
    di_expfam_nodes fixed; /* m = 0: none */
    int finite;            /* the fixed nodes are the whole support */
    di_expfam_states states;
    di_expfam_graph *graph; /* of a sparse Ising model, or NULL */
    di_pool pool;
};

enum { EXPFAM_MOST_COLUMNS = 1024 }; /* of a Dirichlet or von Mises-Fisher law */

/* expfam_family.c: an empty family of a row */
DISTEST_STATUS di_expfam_new_family(distest_expfam_family **out,
                                    const di_expfam_row *row, distest_context *ctx);
/* row->psi, row->cumulants and row->from_usual, ENOMEM where memory ran out; EDOM for
 * usual parameters outside their space */
DISTEST_STATUS di_expfam_closed_psi(const distest_expfam_family *f, const double *theta,
                                    double *value, double *grad, double *hess,
                                    distest_context *ctx);
DISTEST_STATUS di_expfam_closed_cumulants(const distest_expfam_family *f,
                                          const double *theta, double *S, double *Q,
                                          distest_context *ctx);
DISTEST_STATUS di_expfam_natural(const distest_expfam_family *f, const double *par,
                                 double *theta, distest_context *ctx);

extern const di_expfam_row di_expfam_scale[], di_expfam_counts[], di_expfam_positive[],
    di_expfam_vector[], di_expfam_sphere[], di_expfam_gauss[], di_expfam_noded[],
    di_expfam_interval[], di_expfam_series[], di_expfam_cells[];

extern const di_expfam_row di_expfam_pairwise;

/* expfam_user.c: EINVAL for the caller's with too many statistics for cumulants;
 * cumulants, S or Q may be NULL */
DISTEST_STATUS di_expfam_user_few(const distest_expfam_family *f, distest_context *ctx);
DISTEST_STATUS di_expfam_user_cumulants(const distest_expfam_family *f,
                                        const double *theta, double *S, double *Q,
                                        distest_context *ctx);

/* expfam_merge.c: weight, mean and products of a block of m rows X (overwritten;
 * leading dimension ld) with weights w (NULL: 1) into `out`; root: m. Blocks are put
 * together in the order of the calls: the mean is origin + by, `product` holds the
 * lower triangle about it. Without `second` there are no products. */
typedef struct {
    size_t p;
    int second;
    double weight, *origin, *by, *product, *d;
} di_expfam_merged;
size_t di_expfam_block_size(size_t p, int second);
void di_expfam_block_moments(size_t p, size_t m, double *X, size_t ld, const double *w,
                             int second, double *root, double *out);
DISTEST_STATUS di_expfam_merged_open(distest_context *ctx, di_pool *pool, size_t p,
                                     int second, di_expfam_merged *r);
void di_expfam_merge_block(di_expfam_merged *r, const double *out);

/* expfam_nodes.c: nodes at theta (from the pool unless fixed), probabilities on them
 * (prob: m), Psi - theta'centre into `psi`, NaN where it is not finite; gradient less
 * the centre, Hessian (or NULL). `at`: the fraction progress stands at; below 0 there
 * is none. */
DISTEST_STATUS di_expfam_nodes_at(const distest_expfam_family *f, const double *theta,
                                  di_pool *pool, di_expfam_nodes *out,
                                  distest_context *ctx);
DISTEST_STATUS di_expfam_node_prob(const di_expfam_nodes *nodes, const double *theta,
                                   const double *centre, double *prob, double *psi,
                                   double at, distest_context *ctx);
DISTEST_STATUS di_expfam_node_moments(const di_expfam_nodes *nodes,
                                      const double *centre, const double *prob,
                                      double *grad, double *hess, double at,
                                      distest_context *ctx);
/* within something that tells its own progress (at < 0) a pass tells none: what
 * ctx->progress is to be again afterwards */
distest_progress_fn di_expfam_hush(distest_context *ctx, double at);
/* expfam_newton.c: theta from a start to the maximum, with the penalty of the options
 */
DISTEST_STATUS di_expfam_newton(const distest_expfam_family *f,
                                const distest_expfam_opts *o, double n,
                                const double *mean, double *theta, size_t *iterations,
                                double *decrement, distest_context *ctx);
/* statistics of nodes i0 ... less the centre (NULL: 0), out has leading dimension ld */
void di_expfam_node_rows(const di_expfam_nodes *nodes, size_t i0, size_t rows,
                         const double *centre, double *out, size_t ld);

/* expfam_states.c: transforms of a vector over the m states, in place. values(): from
 * coefficients of products to the function; moments(): from probabilities to means of
 * products. join(): the product of two, SIZE_MAX when it is 0. */
void di_expfam_states_values(const di_expfam_states *s, size_t m, double *v);
void di_expfam_states_moments(const di_expfam_states *s, size_t m, double *v);
size_t di_expfam_states_join(const di_expfam_states *s, size_t i, size_t j);
double di_expfam_states_value(const di_expfam_states *s, size_t state, size_t code);
/* the state of a row, SIZE_MAX outside the support */
size_t di_expfam_states_cell(const distest_expfam_family *f, const double *x,
                             size_t ld);
/* a state as data */
void di_expfam_states_row(const distest_expfam_family *f, size_t state, double *x,
                          size_t ld);

/* expfam_clique.c: a sparse Ising model; mle() is the hook of its row */
DISTEST_STATUS di_expfam_graph_psi(const distest_expfam_family *f, const double *theta,
                                   double *psi, double *grad, double *hess,
                                   distest_context *ctx);
DISTEST_STATUS di_expfam_graph_mle(const distest_expfam_family *f, const double *mean,
                                   double *theta, distest_context *ctx);
DISTEST_STATUS di_expfam_graph_sample(const distest_expfam_family *f,
                                      const double *theta, size_t n, uint64_t key,
                                      double *x, distest_context *ctx);
/* expfam_interval.c: cubic B-splines, knots in par + 2; `values` of all npar - 2 + 4 of
 * them at x */
void di_expfam_bspline(const distest_expfam_family *f, double x, double *values);

/* expfam_interval.c: the coefficients of sum theta_k x^k as a polynomial in u, x = c +
 * h u, without its constant; and the polynomial family on (-1, 1) with the data moved
 * there. Powers on (-1, 1) are far less dependent than on any other interval. */
void di_expfam_move_polynomial(size_t p, const double *theta, double c, double h,
                               double *out);
int di_expfam_is_polynomial(const distest_expfam_family *f);
DISTEST_STATUS di_expfam_unit_interval(const distest_expfam_family *f,
                                       const distest_sample *sample,
                                       distest_expfam_family *g, distest_sample *z,
                                       di_pool *pool, distest_context *ctx);

/* expfam_gauss.c: statistic a of z = x - mean is g'z + z'Az + constant */
void di_expfam_gauss_moments(const distest_expfam_family *f, const double *theta,
                             double *mean, double *C);
void di_expfam_gauss_forms(const distest_expfam_family *f, const double *mean,
                           double *g, double *A);
/* draws of the models with a dimension */
DISTEST_STATUS di_expfam_gauss_sample(const distest_expfam_family *f,
                                      const double *theta, size_t n, uint64_t key,
                                      double *x, distest_context *ctx);

/* expfam_positive.c: shape and minus rate of the gamma law with log(mean) less mean
 * log equal to s; ENOMLE unless s > 0 */
DISTEST_STATUS di_expfam_gamma_solve(double s, double mean, double *th,
                                     distest_context *ctx);

/* expfam_special.c: derivatives of log gamma of order 3 and 4, x > 0 */
double di_expfam_tetragamma(double x);
double di_expfam_pentagamma(double x);
/* cumulants 1 ... 4 of t under exp(kappa t) (1 - t^2)^((d - 3)/2) on (-1, 1); k[0] is
 * 1 - mean; returns the log normaliser on the sphere */
double di_expfam_radial(size_t d, double kappa, double k[4]);
/* the kappa with 1 - mean of t equal to c */
double di_expfam_radial_inverse(size_t d, double c);

/* expfam_stats.c: without a look first; base may be NULL */
DISTEST_STATUS di_expfam_fill_stats(const distest_expfam_family *f,
                                    const distest_sample *sample, double *xi,
                                    double *base, distest_context *ctx);
/* the same for one block: rows i0 ... i0 + rows - 1 of n; `one`: p numbers of scratch.
 * Returns how many rows lie outside the support, `first` the first of them. */
size_t di_expfam_block_stats(const distest_expfam_family *f, size_t n, const double *x,
                             size_t i0, size_t rows, double *xi, size_t ld,
                             double *base, double *one, size_t *first);
/* EDOM when a block has rows outside */
DISTEST_STATUS di_expfam_all_inside(distest_context *ctx, const distest_sample *s,
                                    size_t blocks, const size_t *bad,
                                    const size_t *first);
/* expfam_stream.c: mean, covariance (or NULL) and the sum of log base densities of a
 * sample; s: with its weights as they count, total: observations */
DISTEST_STATUS di_expfam_sample_moments(const distest_expfam_family *f,
                                        const distest_sample *sample, int sampling,
                                        distest_sample *s, double *total, double *mean,
                                        double *cov, double *base, di_pool *pool,
                                        distest_context *ctx);
/* expfam_moments.c: weighted mean and covariance (or NULL) of the columns of xi; the
 * sample with its weights as they count, total: observations; ESING for collinear data
 */
DISTEST_STATUS di_expfam_column_moments(size_t n, size_t p, const double *xi,
                                        const double *w, double total, double *mean,
                                        double *cov, distest_context *ctx);
DISTEST_STATUS di_expfam_data_moments(const distest_sample *sample, int sampling,
                                      size_t p, const double *xi, distest_sample *s,
                                      double *total, double *mean, double *cov,
                                      di_pool *pool, distest_context *ctx);
DISTEST_STATUS di_expfam_check_rank(size_t p, const double *V, double n,
                                    distest_context *ctx);

/* expfam_frame.c: the data in whitened and rotated statistics. make(): V holds the n x
 * p statistics and G their covariance under the model, both destroyed. finish(): the
 * terms from the sums of a contraction. */
typedef struct {
    size_t p, n;     /* n = 0: the model is taken for true */
    double N, k3;    /* total frequency, factor of the third cumulant */
    const double *f; /* frequencies or NULL */
    double *V;       /* n x p: centred, whitened, rotated */
    double *B;       /* p x p: statistic -> whitened and rotated, from the right */
    double *l;       /* p eigenvalues of G^-1 V */
    double *K;       /* p^3: third cumulants of the data, when only moments are there */
    int moments;     /* 1: the data are given by their covariance (and K or NULL) */
} di_expfam_frame;

DISTEST_STATUS di_expfam_frame_make(di_expfam_frame *r, double *G,
                                    const double *weights, int sampling, di_pool *pool,
                                    distest_context *ctx);

/* Contractions in whitened statistics rotated so that the covariance of the data is
 * diagonal, l. Sums over sorted triples a <= b <= c are added by di_expfam_triple(). */
typedef struct {
    double t1, t2a, t2b, t3, rho13, rho23, rho4;
} di_expfam_sums;
void di_expfam_triple(di_expfam_sums *s, const double *l, size_t a, size_t b, size_t c,
                      double S, double K);
/* the sums of p slices; and from S_kk. in column k of diag: the tilt, t2a and rho13 */
void di_expfam_add_slices(size_t p, const di_expfam_sums *slices, di_expfam_sums *out);
void di_expfam_add_traces(size_t p, const double *diag, const double *l,
                          di_expfam_sums *out, double *tilt);
void di_expfam_frame_finish(const di_expfam_frame *r, const di_expfam_sums *s,
                            const double *tilt, int sampling, distest_expfam_terms *out,
                            double *leverage, double *spectrum);
/* K: the data's third cumulants, when only moments are there. rotate(): T (p^indices)
 * with B from the right on each index; scratch as large */
DISTEST_STATUS di_expfam_frame_moments(di_expfam_frame *r, double *G, const double *cov,
                                       const double *third, di_pool *pool,
                                       distest_context *ctx);
void di_expfam_rotate(size_t p, int indices, double *T, const double *B,
                      double *scratch);
/* expfam_structured.c: of families with a structure */
DISTEST_STATUS di_expfam_contract_structured(const distest_expfam_family *f,
                                             const double *theta,
                                             const di_expfam_frame *r,
                                             di_expfam_sums *s, double *tilt,
                                             distest_context *ctx);
/* expfam_contract.c: m nodes U (m x p) with probabilities w; the data in the frame.
 * tilt: p, S_abc W_ab. */
DISTEST_STATUS di_expfam_contract_nodes(distest_context *ctx, size_t m, size_t p,
                                        const double *U, const double *w,
                                        const di_expfam_frame *r, di_expfam_sums *out,
                                        double *tilt);
/* slices of the third cumulants alone: from nodes, or from the tensor S (p^3) */
DISTEST_STATUS di_expfam_contract_slices(distest_context *ctx, size_t m, size_t p,
                                         const double *U, const double *w,
                                         const double *S, const di_expfam_frame *r,
                                         di_expfam_sums *out);
/* expfam_joins.c: the same by transforms over states */
DISTEST_STATUS di_expfam_contract_states(distest_context *ctx,
                                         const di_expfam_nodes *nodes,
                                         const double *prob, const di_expfam_frame *r,
                                         di_expfam_sums *out, double *tilt);
/* expfam_jets.c: cumulants at theta, where the means are eta */
DISTEST_STATUS di_expfam_contract_graph(distest_context *ctx,
                                        const distest_expfam_family *f,
                                        const double *theta, const double *eta,
                                        const di_expfam_frame *r, di_expfam_sums *out,
                                        double *tilt);
DISTEST_STATUS di_expfam_graph_cumulants(const distest_expfam_family *f,
                                         const double *theta, const double *eta,
                                         double *s3, double *q4, distest_context *ctx);
/* expfam_quadratic.c: the same for statistics g'y + y'Ay of a standard normal y in d
 * dimensions; forms (d + d^2) x p, whitened and rotated. spans: the statistics span all
 * quadratic functions (and linear ones). y: the rows of data in these coordinates, n x
 * d, or NULL */
DISTEST_STATUS di_expfam_contract_gauss(distest_context *ctx, size_t d, size_t p,
                                        const double *forms, int spans, const double *y,
                                        const di_expfam_frame *r, di_expfam_sums *out,
                                        double *tilt);

#endif
