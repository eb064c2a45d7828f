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

typedef struct {
    const distest_surv_data *data;
    size_t step; /* rows 0, step, 2 step, ... only */
    double unit; /* times are divided by it */
    int kernel;
    size_t P; /* coefficients in all */
    di_surv_design par[PARAMETERS];
    distest_context *ctx;
    const char *stage;
    size_t *passes;   /* counted here */
    size_t phi_level; /* coefficient whose fall says that phi goes to 0; P: none */
    double phi_low;   /* how far it may fall */
} di_surv_problem;

size_t di_surv_rows(const di_surv_problem *q);
/* loglik (times in the problem's unit), score (P, for deriv >= 1), hess (P x P, both
 * triangles, for deriv = 2) */
DISTEST_STATUS di_surv_pass(di_surv_problem *q, const double *theta, int deriv,
                            double *loglik, double *score, double *hess);
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
/* coefficients of q (fewer) from and to those of `full` */
void di_surv_gather(const di_surv_problem *q, const di_surv_problem *full,
                    const double *theta, double *small);
void di_surv_scatter(const di_surv_problem *q, const di_surv_problem *full,
                     const double *small, double *theta);

/* surv_alias.c: ESING when columns of a design depend on the ones before; names them.
 */
DISTEST_STATUS di_surv_alias(const distest_surv_data *data, const di_surv_working *work,
                             int *aliased, distest_context *ctx);

#endif
