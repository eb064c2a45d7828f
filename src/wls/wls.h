/* wls.h - what the files of this family share. */
#ifndef DI_WLS_H
#define DI_WLS_H

#include "core.h"
#include "linalg.h"
#include "optim.h"
#include "stream.h"

#include <distest/wls.h>
#include <stdatomic.h>

enum { WLS_BLOCK = 256, WLS_MAX_SPLINE = 30 };

typedef enum {
    WLS_POLYNOMIAL,
    WLS_FOURIER,
    WLS_HAAR,
    WLS_PIECEWISE,
    WLS_BSPLINE,
    WLS_EMPIRICAL
} wls_kind;

/* the first rows of the table of types in wls_basis.c */
enum {
    ROW_LEGENDRE,
    ROW_CHEBYSHEV,
    ROW_JACOBI,
    ROW_HERMITE,
    ROW_LAGUERRE,
    ROW_EMPIRICAL,
    ROW_FOURIER,
    ROW_HAAR
};

/* wls_basis.c. One block of memory; the pointers point into `store`. */
struct distest_wls_basis {
    wls_kind kind;
    int family; /* row of the table of types */
    size_t bytes, degree, size, cells;
    double low, high;    /* the support */
    double shift, scale; /* t = (x - shift) scale, the standard variable */
    double ja, jb;       /* jacobi (1-t)^ja (1+t)^jb; laguerre t^ja */
    double lognorm;      /* log of the constant of the density w(t) */
    double *a, *b;       /* recurrence b_{k+1} p_{k+1} = (t - a_k) p_k - b_k p_{k-1} */
    double *x, *prob;    /* breaks (cells + 1), or nodes (cells) and probabilities */
    double *L;           /* bspline: size x size, Gram = L L' */
    double *cum;         /* empirical: nodes x size, bspline: cells + 1 x size */
    double *gx, *gw;     /* bspline: Gauss rule with degree + 1 nodes on (-1, 1) */
    double *e;           /* integrals of the functions */
    double store[];
};
int di_wls_constant_first(const distest_wls_basis *b);
DISTEST_STATUS di_wls_basis_clone(distest_context *ctx, const distest_wls_basis *b,
                                  distest_wls_basis **copy);
/* wls_spline.c: one point, the functions ldv apart; NaN outside. First and second
 * derivatives unless NULL, second ones with first ones only */
void di_wls_piecewise_point(const distest_wls_basis *b, double x, size_t cols,
                            size_t ldv, double *value, double *deriv, double *curve);
void di_wls_spline_point(const distest_wls_basis *b, double x, size_t cols, size_t ldv,
                         double *value, double *deriv, double *curve);
double di_wls_spline_value(const distest_wls_basis *b, size_t index, double x);
DISTEST_STATUS di_wls_make_spline(distest_context *ctx, distest_wls_basis *b,
                                  double *z); /* z: size scratch */

/* wls_sort.c: rows of d ints. at[0 ... n-1], given in any order, is sorted by the rows
 * it points to; other: n scratch. find: the position in `row` of a row like key, or -1
 */
int di_wls_compare_rows(const int *a, const int *b, size_t d);
void di_wls_sort_rows(const int *row, size_t d, size_t n, size_t *at, size_t *other);
ptrdiff_t di_wls_find_row(const int *row, size_t d, size_t m, const size_t *at,
                          const int *key);

/* wls_table.c. values (n x cols, leading dimension ldv, n <= WLS_BLOCK) of the first
 * cols functions; with exp2 they are value * 2^exp2[i] and never overflow; deriv may be
 * NULL */
void di_wls_table(const distest_wls_basis *b, size_t n, const double *x, size_t cols,
                  size_t ldv, double *value, double *deriv, int *exp2);
/* log |p_k(x)| of polynomials less log of the norm of all cols, and signs; in any tail
 */
void di_wls_log_values(const distest_wls_basis *b, double x, size_t cols,
                       double *log_of, double *sign);
double di_wls_logw(const distest_wls_basis *b, double t);
/* Gauss rule exact for products of four functions: *n nodes (at most
 * di_wls_gauss_size) with weights that sum to 1 */
size_t di_wls_gauss_size(const distest_wls_basis *b, size_t power);
DISTEST_STATUS di_wls_gauss(distest_context *ctx, const distest_wls_basis *b,
                            size_t power, double *x, double *w);

/* wls_induced.c */
double di_wls_cdf(const distest_wls_basis *b, size_t index, double x, double *density);
double di_wls_quantile(const distest_wls_basis *b, size_t index, double u);
double di_wls_draw(const distest_wls_basis *b, size_t index, di_stream *s);
double di_wls_draw_mu(const distest_wls_basis *b, di_stream *s);

/* wls_space.c */
struct distest_wls_space {
    size_t m, d, N;
    /* tensor */
    distest_wls_basis **basis; /* d */
    int *idx;                  /* d x m: one multi-index after the other */
    size_t *cols;              /* d: 1 + largest local index used */
    size_t *offset;            /* d + 1: where coordinate k's table begins */
    int *parent;               /* m: index without its last factor, or -1 */
    size_t width;              /* sum of cols */
    /* finite */
    double *R;   /* m x m, upper */
    double *phi; /* m x N, orthonormal features; NULL when made of chunks */
    /* while it is being made of chunks: 1 triangle, 2 leverages; rows seen */
    int pass;
    size_t seen;
    double *e;               /* m: integrals, where features are not held */
    double *prob, *leverage; /* N: p_i, p_i k(i) */
    double *alias_p[2];      /* alias tables: 0 leverage, 1 prob */
    size_t *alias_i[2];
    di_pool pool;
};
/* scratch of di_wls_features_block, doubles */
size_t di_wls_features_work(const distest_wls_space *s);
/* n <= WLS_BLOCK points, x with leading dimension ldx (row numbers for a finite space);
 * phi n x m with leading dimension ldp, or NULL */
void di_wls_features_block(const distest_wls_space *s, size_t n, const double *x,
                           size_t ldx, int normalize, double *phi, size_t ldp,
                           double *logk, double *grad, size_t ldg, double *work);
DISTEST_STATUS di_wls_space_new(distest_context *ctx, distest_wls_space **space);
/* a finite space that refers to R, phi_t (NULL: of chunks), prob and leverage, which
 * must outlive it; for the glue */
DISTEST_STATUS di_wls_space_view(size_t N, size_t m, const double *R,
                                 const double *phi_t, const double *prob,
                                 const double *leverage, const double *e,
                                 distest_wls_space **space, distest_context *ctx);
/* EINVAL for spaces made of chunks, whose features are not held */
DISTEST_STATUS di_wls_check_held(const distest_wls_space *s, distest_context *ctx);

/* wls_moments.c: EINVAL unless mu is a product and the constant in the space; the
 * standard error sqrt(g'Vg) (NaN without V) */
DISTEST_STATUS di_wls_check_product(const distest_wls_space *s, distest_context *ctx);
double di_wls_se(size_t m, const double *V, const double *g);

/* wls_parallel.c: tasks on threads; the calling thread polls progress while others
 * work. `stop` is to be asked now and then, it also polls on the calling thread. */
typedef struct di_wls_team {
    distest_context *ctx;
    const char *stage;
    size_t tasks;
    atomic_size_t next, done;
    atomic_int stopped;
    double last;
} di_wls_team;
typedef int (*di_wls_task_fn)(size_t task, int thread, di_wls_team *team, void *data);
DISTEST_STATUS di_wls_run(distest_context *ctx, const char *stage, size_t tasks,
                          di_wls_task_fn fn, void *data);
int di_wls_stop(di_wls_team *team, int thread); /* SUCCESS or ECANCEL */

/* wls_chain.c: the chain rule; proposals 0 ... B - 1 with unit features in the columns
 * of U (m x WLS_BLOCK) and uniform numbers in coin */
typedef struct {
    size_t m, j; /* functions, points so far */
    double *Q;   /* m x m: their orthonormalised features */
    double *U, *C, *res, *coin, *v, *c;
    size_t *alive, *took;
    di_wls_team *team; /* asked between chunks whether to stop; NULL: never */
    int thread;
} di_wls_chain;
size_t di_wls_chain_work(size_t m); /* doubles of scratch */
void di_wls_chain_begin(di_wls_chain *c, size_t m, double *work);
size_t di_wls_chain_batch(const di_wls_chain *c);  /* proposals wanted now */
double di_wls_chain_limit(size_t m);               /* more of them mean an error */
void di_wls_chain_unit(di_wls_chain *c, size_t B); /* scales the columns of U */
/* accepts some of B proposals: their numbers in `took`, in the order of acceptance */
size_t di_wls_chain_offer(di_wls_chain *c, size_t B);

/* wls_dpp.c: scratch for one chain, and one projection DPP of m points. Writes points
 * (m, leading dimension ldx) or row numbers; adds the proposals made. */
size_t di_wls_dpp_work(const distest_wls_space *s);
int di_wls_dpp(const distest_wls_space *s, di_stream *stream, double *x, size_t ldx,
               size_t *index, double *work, double *proposals, di_wls_team *team,
               int thread);
int di_wls_has_tridiagonal(const distest_wls_space *s);
/* a point of the optimal measure, or of mu */
void di_wls_draw_optimal(const distest_wls_space *s, di_stream *stream, double *x,
                         size_t ldx, size_t *index);
void di_wls_draw_reference(const distest_wls_space *s, di_stream *stream, double *x,
                           size_t ldx, size_t *index);

/* wls_draw.c: what is to be drawn, and where */
enum { WLS_GROUP = 256 };
typedef enum {
    WLS_MC,
    WLS_IID_OPTIMAL,
    WLS_STRATIFIED,
    WLS_DPP,
    WLS_VOLUME,
    WLS_VOLUME_REPEATED,
    WLS_DPP_REPEATED,
    WLS_BOOSTED
} di_wls_method;
typedef enum { WLS_OPTIMAL, WLS_MU, WLS_MIXTURE } di_wls_measure;
typedef struct {
    const distest_wls_space *s;
    di_wls_method how;
    di_wls_measure ref;
    double alpha, delta;
    int lambda, replace;                         /* criterion "lambda_min" */
    size_t n, total, copies, designs, max_tries; /* total: points before pruning */
    size_t groups, units;
    uint64_t key, stream;
    double *x;     /* designs x (total x d) */
    size_t *index; /* designs x total */
    int *tau;      /* designs x m, stratified */
    double *work, *proposals;
    size_t work_size, slot_count;
    size_t *slots; /* without replacement: a table of the candidates taken */
} di_wls_plan;
DISTEST_STATUS di_wls_draw_designs(di_wls_plan *p, distest_context *ctx);
/* From normalised features u (n x m) and log k: weights w, scale = w k, and u scaled to
 * rows sqrt(w) phi = sqrt(w k) u. */
void di_wls_weigh(const di_wls_plan *p, const int *tau, const double *logk, double *u,
                  double *w, double *scale);
/* wls_sample.c: as distest_wls_sample(), with the scale and the key unless NULL */
DISTEST_STATUS di_wls_sample_all(const distest_wls_space *space,
                                 const distest_wls_opts *opts, size_t n,
                                 distest_rng *rng, double *points, size_t *index,
                                 double *weights, double *scale, uint64_t *key,
                                 distest_wls_diag *diag, distest_context *ctx);
/* which method and measure options name; EINVAL naming what is wrong */
DISTEST_STATUS di_wls_read_opts(const distest_wls_opts *opts, di_wls_plan *p,
                                distest_context *ctx);
/* wls_plan.c: c(d) and q(d) of the matrix Chernoff bounds */
double di_wls_lower_rate(double d);
double di_wls_upper_rate(double d);

/* wls_qr.c: A (n x m, n >= m) in storage of its own, to be filled entry by entry
 * before it is factored: row i begins at di_wls_qr_entry(), its columns are ld apart.
 */
typedef struct {
    size_t n, m, blocks, high; /* high: rows of `top` */
    double *A, *tau;           /* row blocks one after the other */
    double *top, *top_tau;     /* their triangles, factored; A, tau for one block */
} di_wls_qr;
DISTEST_STATUS di_wls_qr_alloc(distest_context *ctx, di_pool *pool, size_t n, size_t m,
                               di_wls_qr *f);
/* the rows of A (n x m), each times its scale unless NULL */
void di_wls_qr_load(const di_wls_qr *f, const double *A, const double *scale);
DISTEST_STATUS di_wls_qr_factor(distest_context *ctx, const char *stage, double from,
                                double to, di_wls_qr *f);
void di_wls_qr_r(const di_wls_qr *f, double *R); /* m x m, zeros below the diagonal */
DISTEST_STATUS di_wls_qr_qt(const di_wls_qr *f, size_t cols, double *C, double *work);
DISTEST_STATUS di_wls_qr_q(distest_context *ctx, const char *stage, double from,
                           double to, di_wls_qr *f,
                           double *Q); /* n x m; the factors are gone then */
/* both ends of the spectrum of R'R, the trace of its inverse, the numerical rank */
typedef struct {
    double low, high, trace;
    size_t rank;
} di_wls_ends;
DISTEST_STATUS di_wls_triangle(distest_context *ctx, size_t m, const double *R,
                               double tol, di_wls_ends *ends);
void di_wls_set_diag(const di_wls_ends *ends, double n, distest_wls_diag *diag);
DISTEST_STATUS di_wls_spectrum(distest_context *ctx, size_t n, size_t m,
                               const double *A, distest_wls_diag *diag);
/* wls_fit.c: ESING, saying how far, when the rank is below m */
DISTEST_STATUS di_wls_check_rank(distest_context *ctx, size_t m, const di_wls_ends *e);

#endif
