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
    const double *x;     /* the caller's, ldx rows */
    size_t ldx;
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
    di_pool pool;
} di_kde_plan;

DISTEST_STATUS di_kde_check(distest_context *ctx, const distest_sample *sample,
                            const distest_kde_opts *opts);
DISTEST_STATUS di_kde_plan_make(distest_context *ctx, const distest_sample *sample,
                                const distest_kde_opts *opts, di_kde_plan *plan);
void di_kde_plan_free(di_kde_plan *plan);
/* another scalar bandwidth in the same metric */
void di_kde_plan_rescale(di_kde_plan *plan, double h);
/* whitens a raw row; back: grad := L^-T grad */
void di_kde_whiten(const di_kde_plan *plan, size_t rows, const double *x, size_t ldx,
                   const size_t *row, double *z, size_t ldz);
void di_kde_unwhiten_gradient(const di_kde_plan *plan, double *v);
/* squared distance of point i from raw q (stride ldq), by differences; v: d scratch */
double di_kde_distance(const di_kde_plan *plan, size_t i, const double *q, size_t ldq,
                       double *v);

/* What is kept of a query. Terms a_i = log w_i + g; M the largest. */
typedef struct {
    double M, S0, S2, S4, SA, SD, SDD; /* sums of e, e^2, e^4, e (a-M), e D, e D^2 */
    double eta;                        /* bound of the error of an exponent */
    size_t best;
} di_kde_state;

typedef struct {
    double D;
    size_t i;
} di_kde_near;

enum {
    KDE_STATS = 1,  /* S2, S4, SA, best */
    KDE_MOMENTS = 2 /* SD, SDD */
};

/* m queries: rows of `at` (m x d), or, at NULL, points `which` (NULL: 0 ... m - 1) of
 * the plan, each without itself and its ties. */
typedef struct {
    const di_kde_plan *plan;
    size_t m;
    const double *at;
    const size_t *which;
    int want;
    size_t k;            /* neighbours to keep; 0: none */
    di_kde_state *state; /* m */
    di_kde_near *near;   /* k x m, sorted; D = Inf where there are fewer. Or NULL */
    int ties;            /* leave-one-out drops ties */
} di_kde_pass;

DISTEST_STATUS di_kde_run(distest_context *ctx, const char *stage, double from,
                          double to, const di_kde_pass *pass);

/* One panel against one tile, for passes of their own: D (PANEL x TILE) of queries z
 * (TILE x d whitened, zz norms); then the terms of one column. */
void di_kde_tile_distances(const di_kde_plan *plan, size_t panel, const double *z,
                           const double *zz, double *D);
/* a_i of column D; returns the largest. exclude: group to leave out, or SIZE_MAX */
double di_kde_terms(const di_kde_plan *plan, size_t panel, const double *D,
                    size_t query, int ties, double *a);
/* Bound of the error of an exponent near M for a query of that norm; terms that count,
 * from distances of the raw query q by differences: returns the largest. v: d */
double di_kde_eta(const di_kde_plan *plan, double norm, double M, double logn);
double di_kde_correct(const di_kde_plan *plan, size_t panel, const double *q, size_t ld,
                      int loo, double M, double eta, double *D, double *a, double *v);

/* loops over a panel: e = exp(a - M); D = |y - z|^2; out_k += sum_i e_i (y_ik - z_k) */
void di_kde_shares(const double *a, double M, double *e);
void di_kde_differences(size_t d, const double *y, const double *z, size_t ldz,
                        double *D);
void di_kde_add_differences(size_t d, const double *y, const double *z, size_t ldz,
                            const double *e, double *out);

double di_kde_value(const di_kde_plan *plan, const di_kde_state *s); /* log f */
double di_kde_loo_norm(const di_kde_plan *plan, size_t i,
                       int ties); /* log(1 - sum w) */

/* sum_i w_i sum_j [...] over all pairs: w_j poly(rho) exp(-rho / 2), rho = D / g^2;
 * `self`: with i = j; otherwise weights w_j / (1 - w_i) */
DISTEST_STATUS di_kde_pairs(distest_context *ctx, const di_kde_plan *plan, double g,
                            const double c[4], int self, double *total);

/* lcv: kde_lcv.c and kde_em.c */
DISTEST_STATUS di_kde_lcv_scalar(distest_context *ctx, const distest_sample *sample,
                                 const distest_kde_select *select,
                                 distest_kde_selected *out);
DISTEST_STATUS di_kde_lcv_free(distest_context *ctx, const distest_sample *sample,
                               const distest_kde_select *select,
                               distest_kde_selected *out, double *H);
double di_kde_effective_n(const distest_sample *sample); /* 1 / sum w^2 */

#endif
