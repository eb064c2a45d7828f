/* surv.h - what the files of surv share. Numbers in brackets are the equations of the
 * derivation: z = log x, k = log(kappa + 1), a = kappa + 1, u = z - k, w = log(1 +
 * x/a). */
#ifndef DI_SURV_H
#define DI_SURV_H

#include "core.h"

#include <distest/surv.h>

enum { PHI = 0, LAMBDA = 1, GAMMA = 2, KAPPA = 3, PARAMETERS = 4, PAIRS = 10 };

/* Symmetric pairs (i <= j) of the four parameters, in the order 11 12 13 14 22 ... 44.
 */
static const int DI_SURV_PAIR[PARAMETERS][PARAMETERS] = {
    {0, 1, 2, 3}, {1, 4, 5, 6}, {2, 5, 7, 8}, {3, 6, 8, 9}};

/* surv_baseline.c: A = H / lambda and B = log(h t / (lambda gamma)), with derivatives
 * in z and k (the k ones 0 for the limit kernels). */
typedef struct {
    double A, Az, Azz, Ak, Azk, Akk;
    double B, Bz, Bzz, Bk, Bzk, Bkk;
} di_surv_point;
void di_surv_baseline(int kernel, double z, double k, int deriv, di_surv_point *p);
/* E0 = expm1(y) / y and its first two derivatives */
void di_surv_e(double y, double *e0, double *e1, double *e2);
/* x with A(x) = h0 / lambda = y; Inf where A stays below */
double di_surv_inverse(int kernel, double k, double y);
/* A(Inf) = a / |kappa| for kappa < 0, else Inf */
double di_surv_total(int kernel, double k);
/* h(t) ~ t^this as t -> Inf: gamma kappa - 1 */
double di_surv_tail(int kernel, const double *eta);

/* surv_terms.c: a row. logt = log of the time on which phi acts. */
typedef struct {
    int type, phi_form, kernel;
    double lower, upper, entry, bhazard;
} di_surv_row;
/* value, gradient and Hessian in eta of one contribution; -Inf where it is impossible
 */
void di_surv_term(const di_surv_row *row, const double *eta, int deriv, double *value,
                  double *grad, double *hess);
/* H(t) and its derivatives in eta; t = 0 gives 0, t = Inf the total */
void di_surv_cumhaz(int phi_form, int kernel, double t, const double *eta, int deriv,
                    double *value, double *grad, double *hess);
/* log h(t) and its derivatives, 0 < t < Inf */
void di_surv_loghaz(int phi_form, int kernel, double t, const double *eta, int deriv,
                    double *value, double *grad, double *hess);

/* surv_pass.c: the likelihood over all rows, in working coordinates: column c of a
 * design is (x - centre) / scale; x = NULL with p = 1 is a column of ones. */
typedef struct {
    size_t p, first; /* columns, and where its coefficients begin */
    const double *x;
    size_t ldx;
    const double *offset;
    double value;                 /* added to every eta */
    const double *centre, *scale; /* p each; NULL: 0 and 1 */
} di_surv_design;

typedef struct di_surv_remote di_surv_remote;

/* What passes work in, kept from one to the next; one pass at a time. The owner frees
 * the pool. */
typedef struct {
    di_pool pool;
    void *of;    /* scratch of the threads */
    int threads; /* and what it has room for */
    size_t P, high;
} di_surv_desk;

typedef struct {
    const distest_surv_data *data;
    di_surv_remote *remote; /* NULL, or where sums come from instead of rows */
    const double *square;   /* NULL, or what stands for w^2 in the middle matrix */
    size_t step;            /* rows 0, step, 2 step, ... only */
    double unit;            /* times are divided by it */
    int kernel;
    size_t P; /* coefficients in all */
    di_surv_design par[PARAMETERS];
    distest_context *ctx;
    const char *stage;
    di_surv_desk *desk; /* NULL: each pass takes memory of its own */
    size_t *passes;     /* counted here */
    size_t phi_level;   /* coefficient whose fall says that phi goes to 0; P: none */
    double phi_low;     /* how far it may fall */
} di_surv_problem;

size_t di_surv_rows(const di_surv_problem *q);
/* loglik (times in the problem's unit), score (P, for deriv >= 1), hess (P x P, both
 * triangles, for deriv = 2) */
DISTEST_STATUS di_surv_pass(di_surv_problem *q, const double *theta, int deriv,
                            double *loglik, double *score, double *hess);
/* The same, block by block: `pass` and its scratch come from the pool; a block fills
 * loglik, score (P), Hessian (P x P, lower blocks). deriv 3: the middle matrix, each
 * row a cluster of its own, in the place of the Hessian. */
enum { DI_SURV_UNIT = 65536 };
DISTEST_STATUS di_surv_pass_open(di_surv_problem *q, const double *theta, int deriv,
                                 di_pool *pool, void **pass);
int di_surv_pass_block(size_t block, int thread, void *pass, double *out);
/* -loglik and its derivatives for di_newton; data is a di_surv_problem */
int di_surv_objective(const double *theta, int deriv, double *f, double *g, double *H,
                      void *data);
/* sum over the clusters of s_c s_c' (P x P), s_c the score of a cluster */
DISTEST_STATUS di_surv_middle(di_surv_problem *q, const double *theta, size_t clusters,
                              double *middle);
/* For a limit kernel: the derivative of the log-likelihood when kappa leaves the limit
 * (in 1 / (kappa + 1), in kappa + 1); the limit is a maximum when it is not positive.
 */
DISTEST_STATUS di_surv_leaving(di_surv_problem *q, const double *theta, double *slope);
/* a row's share of it */
double di_surv_leaving_row(const di_surv_problem *q, const double *theta, size_t row);
/* eta of row `row` of the data */
void di_surv_eta(const di_surv_problem *q, const double *theta, size_t row,
                 double *eta);
di_surv_row di_surv_row_of(const di_surv_problem *q, size_t row);

/* surv_rows.c: weighted contributions of rows r0 ... r0 + rows - 1 of the pass at the
 * linear predictors eta (rows x 4), with derivatives (4 and 10 columns, for deriv >= 1
 * and 2); columns are `stride` apart. work: DI_SURV_WORK columns. */
enum { DI_SURV_WORK = 11 };
void di_surv_many(const di_surv_problem *q, size_t r0, size_t rows, size_t stride,
                  int deriv, const double *eta, double *work, double *value,
                  double *grad, double *hess);

/* surv_design.c: working coordinates and back. */
typedef struct {
    size_t P;
    double unit;                  /* of time: exp(mean log t) of the events */
    double *centre, *scale;       /* P */
    size_t intercept[PARAMETERS]; /* its column, or p when there is none */
} di_surv_working;
/* takes its memory from the pool */
DISTEST_STATUS di_surv_working_make(const distest_surv_data *data, di_pool *pool,
                                    di_surv_working *work, distest_context *ctx);
di_surv_problem di_surv_problem_make(const distest_surv_data *data,
                                     const di_surv_working *work, size_t *passes,
                                     distest_context *ctx);
/* in place: coefficients, and a covariance matrix (P x P) */
void di_surv_to_user(const distest_surv_data *data, const di_surv_working *work,
                     double *theta);
void di_surv_to_working(const distest_surv_data *data, const di_surv_working *work,
                        double *theta);
void di_surv_cov_to_user(const distest_surv_data *data, const di_surv_working *work,
                         double *V);

/* surv_start.c: starting values. `kappa` (given the room of DISTEST_SURV_MOST_STARTS)
 * and theta (most x P, working coordinates) of the best `most` null models; *found. */
DISTEST_STATUS di_surv_starts(di_surv_problem *q, const di_surv_working *work,
                              size_t most, double *kappa, double *theta, size_t *found);

/* surv_climb.c: from one start to an optimum inside or on the boundary. */
typedef struct {
    int converged, boundary;
    size_t iterations;
    double loglik, decrement, min_eigen;
    di_surv_problem q; /* the problem that the optimum belongs to: that of the start, or
                          one with fewer coefficients on the boundary */
} di_surv_summit;
/* theta: P, start and result (+-Inf for kappa on its boundary). H: the Hessian of
 * -loglik in the coefficients of top->q, room for P x P. ECONV: nothing can be computed
 * at the start. */
DISTEST_STATUS di_surv_climb(const di_surv_problem *q, const di_surv_working *work,
                             const distest_surv_opts *opts, double *theta, double *H,
                             di_surv_summit *top);
/* radius of the first Newton step, in the metric of newton.c */
double di_surv_radius(const di_surv_problem *q);
/* coefficients of q (fewer) from and to those of `full` */
void di_surv_gather(const di_surv_problem *q, const di_surv_problem *full,
                    const double *theta, double *small);
void di_surv_scatter(const di_surv_problem *q, const di_surv_problem *full,
                     const double *small, double *theta);

/* surv_search.c: climbs from all starts, and what is reported of the best. */
typedef struct {
    const distest_surv_data *data;
    const distest_surv_opts *opts;
    distest_context *ctx;
    di_surv_working work;
    di_surv_problem q; /* all rows */
    di_surv_desk desk;
    size_t passes;
    double *theta, *H; /* the best so far; P, P x P */
    di_surv_summit top;
    double *trial, *trial_H;
    double *open, open_loglik;  /* the highest of the climbs that did not arrive */
    double *starts;             /* DISTEST_SURV_MOST_STARTS x P */
    double *V, *robust, *small; /* results, P x P; scratch, 3 P x P */
    distest_surv_info *info;
    int around; /* climbs are not listed as starts */
} di_surv_search;
DISTEST_STATUS di_surv_search_memory(di_surv_search *f, di_pool *pool);
DISTEST_STATUS di_surv_search_all(di_surv_search *f, di_surv_problem *q);
/* from f->trial; keeps the result when it is the first or the best */
DISTEST_STATUS di_surv_search_from(di_surv_search *f, const di_surv_problem *q,
                                   double kappa, int first);
/* once more from around the best, where that is cheap and may help */
DISTEST_STATUS di_surv_search_around(di_surv_search *f, const di_surv_problem *q);
/* further from the highest that did not arrive, where that is cheap and may help */
DISTEST_STATUS di_surv_search_further(di_surv_search *f, const di_surv_problem *q);
/* info of the winner (but for what is counted over rows), V and, when wanted, robust;
 * theta in the user's coordinates. ECONV: no start could be computed. */
DISTEST_STATUS di_surv_search_end(di_surv_search *f, int robust);

/* surv_remote.c: a likelihood whose sums are made elsewhere. What sums say of the rows
 * besides the likelihood stands first in them. */
enum {
    DI_SURV_LOGLIK,
    DI_SURV_N,
    DI_SURV_WEIGHT,
    DI_SURV_EXACT,    /* sum of the weights of exact events */
    DI_SURV_EVENTS,   /* of all events */
    DI_SURV_LOG_TIME, /* sum of w log t over events */
    DI_SURV_RISK,     /* sum of w times at risk */
    DI_SURV_OFFSET,   /* sums of w offset, 4 */
    DI_SURV_MIN = DI_SURV_OFFSET + 4,
    DI_SURV_MAX,     /* of the times */
    DI_SURV_GAMMA,   /* largest eta_3 of an event */
    DI_SURV_LEAVING, /* slope at a limit of kappa */
    DI_SURV_CLUSTERS,
    DI_SURV_FACTS
};
struct di_surv_remote {
    const distest_surv_layout *layout;
    distest_surv_eval_fn eval;
    void *data;
    distest_surv_sums *sums;
    size_t P, first[PARAMETERS];
    double *coef, *total; /* P; room for the sums */
    double base[PARAMETERS];
    double facts[DI_SURV_FACTS];
};
DISTEST_STATUS di_surv_remote_pass(di_surv_problem *q, const double *theta, int deriv,
                                   double *loglik, double *score, double *hess);
DISTEST_STATUS di_surv_remote_middle(di_surv_problem *q, const double *theta,
                                     double *middle);
DISTEST_STATUS di_surv_remote_leaving(di_surv_problem *q, const double *theta,
                                      double *slope);
/* surv_sums.c: numbers in the sums of P coefficients; all of them, in order: facts,
 * score, Hessian and middle matrix (lower triangles by columns) */
size_t di_surv_sums_length(size_t P);
DISTEST_STATUS di_surv_sums_total(const distest_surv_sums *sums, size_t P,
                                  double *total, distest_context *ctx);
/* the time of an event or its interval's middle */
double di_surv_time_of(const distest_surv_data *d, size_t row);

/* surv_check.c: distest_surv_data_check() in two parts; the second looks at every
 * number
 */
DISTEST_STATUS di_surv_check_shape(const distest_surv_data *data, distest_context *ctx);
DISTEST_STATUS di_surv_check_numbers(const distest_surv_data *data, size_t *bad_row,
                                     distest_context *ctx);

/* surv_monotone.c: flags (P) of the columns of phi and lambda without events; any? */
int di_surv_monotone(const distest_surv_data *data, int *flags);

/* surv_collapse.c: rows that are equal but for their weight become one. *made is 0 when
 * a sample shows that this is not worth while (unless forced). square: sums of w^2. */
DISTEST_STATUS di_surv_collapse(const distest_surv_data *data, int force, di_pool *pool,
                                distest_surv_data *distinct, double **square, int *made,
                                distest_context *ctx);

/* surv_alias.c: ESING when columns of a design depend on the ones before; names them.
 */
DISTEST_STATUS di_surv_alias(const distest_surv_data *data, const di_surv_working *work,
                             int *aliased, distest_context *ctx);

#endif
