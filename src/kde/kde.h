/* kde.h - what the files of the family share: the prepared estimate, and one pass of
 * the points past a tile of queries. */
#ifndef DI_KDE_H
#define DI_KDE_H

#include "core.h"
#include "linalg.h"

#include <distest/kde.h>

/* Queries a tile, points a panel (padded: fixed shapes, so that the bits do not depend
 * on where a query stands), points a chunk; nearest neighbours kept. */
enum { TILE = 64, PANEL = 512, NEAR_MOST = 65 };

/* Rows of a table: kernel.c. u = D / s^2. */
enum {
    KERNEL_GAUSSIAN,
    KERNEL_UNIFORM,
    KERNEL_EPANECHNIKOV,
    KERNEL_BIWEIGHT,
    KERNEL_TRIWEIGHT,
    KERNEL_EXPONENTIAL,
    KERNEL_LINEAR,
    KERNEL_COSINE,
    KERNEL_STUDENT
};
DISTEST_STATUS di_kde_kernel_check(distest_context *ctx, const char *kernel, double nu,
                                   int *which);
double di_kde_log_norm(int kernel, double nu, size_t d); /* c_d */
double di_kde_variance(int kernel, double nu, size_t d); /* sigma_K^2; student: 1 */
double di_kde_profile(int kernel, double nu, size_t d, double u); /* g(u) */
double di_kde_slope(int kernel, double nu, size_t d, double u);   /* g'(u) */
int di_kde_compact(int kernel);

/* The estimate made ready: points whitened by the metric (A for a scalar bandwidth, H
 * otherwise), centred, cut into panels. */
typedef struct {
    size_t n, d, panels; /* n: points of positive weight */
    size_t n_given;      /* of the caller's */
    const double *given; /* the caller's points */
    const double *x; /* they, or what DISTEST_KDE_TRANSFORM made of them; ldx rows */
    size_t ldx;
    int ties, method, weighted;
    int kernel;
    double nu;
    double c;   /* c_d - d log(s h) - (1/2) log det(metric) */
    double inv; /* 1 / (s h): D of the metric times inv^2 is u */
    double h;   /* scalar bandwidth, or 1 */
    double tol;
    double *centre; /* d */
    double *L;      /* d x d Cholesky factor of the metric; NULL: diagonal */
    double *scale;  /* d, when L is NULL */
    double *y;      /* panels of PANEL x d */
    double *yy;     /* squared norms */
    double *logw;   /* log w_i - d log a_i; -Inf in the padding */
    double *w;      /* weights that sum to 1 */
    double *a2;     /* 1 / a_i^2, or NULL */
    double *a2next, *logwnext, *reach2; /* without a point within reach, or NULL */
    double ymax, a2max;                 /* largest norm, largest 1 / a_i^2 */
    size_t *row;                        /* of the caller's, for point i */
    size_t *group_of, *group_start, *group_list; /* equal points, in order */
    size_t tied;                                 /* points that have a duplicate */
    int direct;                                  /* differences rather than products */
    int boundary, bounded;                       /* bounded: 1 + boundary, or 0 */
    double *lower, *upper;                       /* d, or NULL */
    double *low, *high; /* d, whitened; reflecting bounds only */
    double *logj;       /* n_given: log Jacobian of the transform, or NULL */
    di_pool pool;
} di_kde_plan;

DISTEST_STATUS di_kde_check(distest_context *ctx, const distest_sample *sample,
                            const distest_kde_opts *opts);
DISTEST_STATUS di_kde_plan_make(distest_context *ctx, const distest_sample *sample,
                                const distest_kde_opts *opts, di_kde_plan *plan);
/* without equal points found, which leave-one-out alone needs */
DISTEST_STATUS di_kde_plan_for_queries(distest_context *ctx,
                                       const distest_sample *sample,
                                       const distest_kde_opts *opts, di_kde_plan *plan);
void di_kde_plan_free(di_kde_plan *plan);
/* another scalar bandwidth in the same metric */
void di_kde_plan_rescale(di_kde_plan *plan, double h);
/* kde_bounds.c: bounds checked, copied into the plan, points transformed (*x) */
DISTEST_STATUS di_kde_bounds_check(distest_context *ctx, const distest_sample *sample,
                                   const distest_kde_opts *o, int kernel);
DISTEST_STATUS di_kde_bounds_make(distest_context *ctx, const distest_sample *sample,
                                  const distest_kde_opts *o, di_kde_plan *p,
                                  const double **x);
void di_kde_bounds_whiten(di_kde_plan *p);
/* queries checked, moved to where the plan's points live; *logj: to be added to log f,
 * -Inf outside the bounds; NULL when there are none */
DISTEST_STATUS di_kde_queries(distest_context *ctx, const di_kde_plan *p, di_pool *pool,
                              size_t m, const double **at, const double **logj);
/* a_i += log(1 + images of point i / itself) for a query z (stride TILE) */
void di_kde_reflect(const di_kde_plan *p, size_t panel, const double *z, double *a);
/* what images do to the first two derivatives by z of the term of a point y */
void di_kde_reflect_moments(const di_kde_plan *p, size_t k, double y, double z,
                            double *slope, double *bend);
/* from gradient and Hessian (or NULL) in u to those in x, for query j of m, raw */
void di_kde_bounds_chain(const di_kde_plan *p, const double *raw, size_t m, double *g,
                         double *H);
double di_kde_bounds_back(const di_kde_plan *p, size_t k, double u); /* x of u; folds */

/* kde_reference.c, kde_groups.c */
void di_kde_scale_weights(const distest_sample *sample, double *w); /* sum 1 */
DISTEST_STATUS di_kde_metric(distest_context *ctx, const distest_sample *sample,
                             int scaling, const double *w, double *A);
DISTEST_STATUS di_kde_groups(distest_context *ctx, di_kde_plan *p);

/* whitens a raw row; back: grad := L^-T grad */
void di_kde_whiten(const di_kde_plan *plan, size_t rows, const double *x, size_t ldx,
                   const size_t *row, double *z, size_t ldz);
void di_kde_unwhiten_gradient(const di_kde_plan *plan, double *v);
/* squared distance of point i from raw q (stride ldq), by differences; v: d scratch */
double di_kde_distance(const di_kde_plan *plan, size_t i, const double *q, size_t ldq,
                       double *v);

/* the term a_i at distance D; left_out: of a datum that is left out */
double di_kde_term(const di_kde_plan *plan, size_t i, double D, int left_out);

/* What is kept of a query. Terms a_i = log w_i + g; M the largest. */
typedef struct {
    double M, S0, S2, S4, SA, SD, SDD; /* sums of e, e^2, e^4, e (a-M), e D, e D^2 */
    double eta;                        /* bound of the error of an exponent */
    size_t best;
} di_kde_state;

typedef struct {
    double D; /* what it is near by: see `by` of a pass */
    size_t i;
} di_kde_near;

/* the nearest by D, by D / a_i^2, or those of the largest terms, D = -a_i */
enum { KDE_BY_DISTANCE, KDE_BY_LOCAL, KDE_BY_TERM };

enum {
    KDE_STATS = 1,   /* S2, S4, SA, best */
    KDE_MOMENTS = 2, /* SD, SDD */
    KDE_TAYLOR = 4   /* sums of the expansion in 1 / h^2 (kde_loo.c) */
};

/* sum_j exp(a_j - M) (x_j - centre)^k, x = D inv^2 / 2 */
enum { DI_KDE_TAYLOR = 9 };
typedef struct {
    double M, centre, sum[DI_KDE_TAYLOR];
} di_kde_taylor;

/* m queries: rows of `at` (m x d), or, at NULL, points `which` (NULL: 0 ... m - 1) of
 * the plan, each without itself and its ties. */
typedef struct {
    const di_kde_plan *plan;
    size_t m;
    const double *at;
    const size_t *which;
    int want;
    size_t k;              /* neighbours to keep; 0: none */
    int by;                /* KDE_BY_DISTANCE ... */
    di_kde_state *state;   /* m */
    di_kde_near *near;     /* k x m, sorted; D = Inf where there are fewer. Or NULL */
    int ties;              /* leave-one-out drops ties */
    di_kde_taylor *taylor; /* m, or NULL */
    double spread;         /* of x above its least, roughly: where the centres are */
} di_kde_pass;

DISTEST_STATUS di_kde_run(distest_context *ctx, const char *stage, double from,
                          double to, const di_kde_pass *pass);

/* kde_near.c: a panel of keys into the heap of a query; the heap in order into `out`,
 * by exact keys. q: raw coordinates, stride ld; v: d scratch */
void di_kde_near_panel(const di_kde_pass *s, size_t panel, size_t query,
                       const double *key, di_kde_near *heap, size_t *count);
void di_kde_near_finish(const di_kde_pass *s, const double *q, size_t ld, size_t count,
                        const di_kde_near *heap, double *v, di_kde_near *out);

/* kde_screen.c: single precision first; NULL where it cannot or would not help. zf: z
 * times inv; G: PANEL x TILE scratch */
typedef struct di_kde_screen di_kde_screen;
DISTEST_STATUS di_kde_screen_new(distest_context *ctx, di_pool *pool,
                                 const di_kde_pass *pass, di_kde_screen **of);
void di_kde_screen_panel(const di_kde_screen *s, const di_kde_plan *p, size_t panel,
                         size_t rows, const double *z, const double *zz,
                         const float *zf, float *G, di_kde_state *state);

/* One panel against one tile, for passes of their own: D (PANEL x TILE) of queries z
 * (TILE x d whitened, zz norms); then the terms of one column. */
void di_kde_tile_distances(const di_kde_plan *plan, size_t panel, const double *z,
                           const double *zz, double *D);
/* a_i of column D for the query z (stride TILE); returns the largest. query: point to
 * leave out, or SIZE_MAX */
double di_kde_terms(const di_kde_plan *plan, size_t panel, const double *D,
                    const double *z, size_t query, int ties, double *a);
/* Bound of the error of an exponent near M for a query of that norm; terms that count,
 * from distances of the raw query q by differences: returns the largest. v: d */
double di_kde_eta(const di_kde_plan *plan, double norm, double M, double logn);
double di_kde_correct(const di_kde_plan *plan, size_t panel, const double *q, size_t ld,
                      const double *z, int loo, double M, double eta, double *D,
                      double *a, double *v);

/* loops over a panel: e = exp(a - M); D = |y - z|^2; out_k += sum_i e_i (y_ik - z_k) */
void di_kde_shares(const double *a, double M, double *e);
void di_kde_differences(size_t d, const double *y, const double *z, size_t ldz,
                        double *D);
void di_kde_add_differences(size_t d, const double *y, const double *z, size_t ldz,
                            const double *e, double *out);

/* what the public functions and those of a prepared estimate do with a plan */
DISTEST_STATUS di_kde_plan_of(distest_context *ctx, const distest_sample *sample,
                              const distest_kde_opts *opts, di_kde_plan *plan);
DISTEST_STATUS di_kde_eval_with(distest_context *ctx, const di_kde_plan *plan, size_t m,
                                const double *at, double *logf, double *relerr);
DISTEST_STATUS di_kde_stats_with(distest_context *ctx, const di_kde_plan *plan,
                                 size_t m, const double *at, double *neff,
                                 double *neff2, double *entropy, double *maxp,
                                 size_t *nearest);
DISTEST_STATUS di_kde_score_with(distest_context *ctx, const di_kde_plan *plan,
                                 size_t m, const double *at, double *logf, double *grad,
                                 double *hess);
DISTEST_STATUS di_kde_interval_with(distest_context *ctx, const di_kde_plan *plan,
                                    size_t m, const double *at, size_t k, size_t boot,
                                    double level, distest_rng *rng, double *lower,
                                    double *upper);
/* the pass of queries `at`, or of the points leave-one-out at NULL; *logj as
 * di_kde_queries() gives it */
DISTEST_STATUS di_kde_states(distest_context *ctx, const di_kde_plan *plan,
                             const char *stage, size_t m, const double *at, int want,
                             size_t k, di_pool *pool, di_kde_pass *pass,
                             const double **logj);
/* likewise, for the k nearest by KDE_BY_DISTANCE ... */
DISTEST_STATUS di_kde_nearest(distest_context *ctx, const di_kde_plan *plan, size_t m,
                              const double *at, size_t k, int by, di_pool *pool,
                              di_kde_pass *pass, const double **logj);
/* kde_tree.c: log densities and bounds of their relative error */
DISTEST_STATUS di_kde_tree_eval(distest_context *ctx, const di_kde_plan *plan, size_t m,
                                const double *at, double *logf, double *relerr);
int di_kde_tree_wanted(const di_kde_plan *plan);
/* kde_line.c: the same for d = 1 */
DISTEST_STATUS di_kde_line_eval(distest_context *ctx, const di_kde_plan *plan, size_t m,
                                const double *at, double *logf, double *relerr);
int di_kde_line_wanted(const di_kde_plan *plan);
/* kde_one.c: shares of all points in f at one query, by differences. z: whitened, d.
 * raw: its coordinates as the plan's points have them. out: panels * PANEL terms or
 * shares. Returns M + log sum; -Inf when nothing reaches. */
typedef struct {
    double *z, *D, *p, *v;
    size_t room;
} di_kde_one;
DISTEST_STATUS di_kde_one_new(distest_context *ctx, di_pool *pool,
                              const di_kde_plan *plan, int threads, di_kde_one **of);
double di_kde_shares_of(const di_kde_plan *plan, const double *raw, size_t ld,
                        size_t query, di_kde_one *w);

double di_kde_value(const di_kde_plan *plan, const di_kde_state *s); /* log f */
double di_kde_loo_norm(const di_kde_plan *plan, size_t i,
                       int ties); /* log(1 - sum w) */

/* sum_i w_i sum_j [...] over all pairs: w_j poly(rho) exp(-rho / 2), rho = D / g^2;
 * `self`: with i = j; otherwise weights w_j / (1 - w_i) */
DISTEST_STATUS di_kde_pairs(distest_context *ctx, const di_kde_plan *plan, double g,
                            const double c[4], int self, double *total);

/* kde_binned.c: the same for d = 1 from counts on a fine grid */
typedef struct {
    size_t cells;
    double width;          /* of a cell, whitened */
    double *both, *other;  /* correlation of w with w, with w / (1 - w) */
    double *work, *square; /* cells each */
    double self2;          /* sum w_i^2 / (1 - w_i) */
} di_kde_bins;
DISTEST_STATUS di_kde_bin(distest_context *ctx, di_pool *pool, const di_kde_plan *plan,
                          di_kde_bins *bins);
double di_kde_bin_pairs(const di_kde_bins *bins, double g, const double c[4], int self);

/* mixed data and their lambda: kde_mixed.c */
DISTEST_STATUS di_kde_mixed_check(distest_context *ctx, size_t n, size_t columns,
                                  const double *x, const int *type, const int *levels,
                                  const double *lambda);

double di_kde_expected_logz(double n, size_t d, double h, double Q); /* kde_theory.c */

/* methods lscv, pi and sj: kde_criteria.c */
DISTEST_STATUS di_kde_by_pairs(distest_context *ctx, const distest_sample *sample,
                               const distest_kde_select *select,
                               distest_kde_selected *out);
/* lcv: kde_lcv.c and kde_em.c */
DISTEST_STATUS di_kde_lcv_scalar(distest_context *ctx, const distest_sample *sample,
                                 const distest_kde_select *select,
                                 distest_kde_selected *out);
DISTEST_STATUS di_kde_lcv_free(distest_context *ctx, const distest_sample *sample,
                               const distest_kde_select *select,
                               distest_kde_selected *out, double *H);
/* L of a diagonal bandwidth; expected squared differences of each coordinate under the
 * shares, over its variance; expected share of each point. kde_em.c */
DISTEST_STATUS di_kde_expected(distest_context *ctx, const distest_sample *sample,
                               const distest_kde_opts *opts, size_t points, double *L,
                               double *mean2, double *near);
double di_kde_effective_n(const distest_sample *sample); /* 1 / sum w^2 */

#endif
