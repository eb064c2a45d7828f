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
/* values (n x cols, leading dimension ldv, n <= WLS_BLOCK) of the first cols functions;
 * with exp2 they are value * 2^exp2[i] and never overflow; deriv may be NULL */
void di_wls_table(const distest_wls_basis *b, size_t n, const double *x, size_t cols,
                  size_t ldv, double *value, double *deriv, int *exp2);
double di_wls_spline_value(const distest_wls_basis *b, size_t index, double x);
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
    double *R;               /* m x m, upper */
    double *phi;             /* m x N, orthonormal features */
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
/* a finite space that refers to R and phi_t, which must outlive it; for the glue */
DISTEST_STATUS di_wls_space_view(size_t N, size_t m, const double *R,
                                 const double *phi_t, const double *prob,
                                 distest_wls_space **space, distest_context *ctx);

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

/* wls_fit.c: singular values (decreasing) of A / sqrt(n); A is destroyed */
DISTEST_STATUS di_wls_spectrum(distest_context *ctx, size_t n, size_t m, double *A,
                               distest_wls_diag *diag);

#endif
