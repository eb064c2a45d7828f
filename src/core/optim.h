/* optim.h - smooth optimisation, roots, quadrature. All derivative-exact, all guarded:
 * a point where the function is not finite is a rejected step, never an answer. */
#ifndef DI_OPTIM_H
#define DI_OPTIM_H

#include "core.h"

/* newton.c: trust-region Newton for a smooth function of p variables, to be minimised,
 * with the exact Hessian in the metric sqrt(abs(diag H)); the subproblem is solved by
 * an eigenvalue decomposition, so that indefinite Hessians are no obstacle; simple
 * bounds by an active set.
 *
 * fn computes *f at x and, for deriv >= 1, g (p), for deriv = 2, H (p x p, both
 * triangles). It returns a status; a failure ends the search. *f not finite: rejected.
 */
typedef int (*di_smooth_fn)(const double *x, int deriv, double *f, double *g, double *H,
                            void *data);
typedef struct {
    size_t max_iter;     /* 100 */
    double tol;          /* 1e-10: decrement^2 / 2 */
    double radius;       /* 1: at the start, in the metric */
    double max_radius;   /* 100 */
    const double *lower; /* NULL: -Inf */
    const double *upper; /* NULL: Inf */
    int polish;          /* 1: one more full Newton step at the end */
    int (*stop)(size_t iter, const double *x, double f, const double *g,
                const double *H,
                void *data); /* NULL, or: non-zero ends the search at x, stopped = that
                                value; called after each accepted step */
} di_newton_opts;
typedef struct {
    int converged; /* positive definite Hessian (in the free variables) and both
                      conditions of convergence */
    int stopped;   /* what stop() said */
    size_t iterations, evaluations;
    double f, decrement; /* at x; Newton decrement^2 / 2 */
    double min_eigen;    /* smallest eigenvalue of the scaled Hessian at x */
} di_newton_result;
di_newton_opts di_newton_opts_default(void);
/* x: start and result; g (p) and H (p x p) at the result, may be NULL. SUCCESS also
 * when not converged: see result. ECONV when f(x) is not finite at the start. */
DISTEST_STATUS di_newton(distest_context *ctx, size_t p, double *x, double *g,
                         double *H, di_smooth_fn fn, void *data,
                         const di_newton_opts *opts, di_newton_result *result);

/* root.c: a function of one variable; `status` not 0 ends the search. */
typedef double (*di_scalar_fn)(double x, void *data);
typedef double (*di_scalar_deriv_fn)(double x, double *derivative, void *data);
/* f(low) f(high) <= 0, else EINVAL. Bisection, secant and inverse quadratic steps
 * (Brent); ends when the bracket is below tol + 4 eps |x|. */
DISTEST_STATUS di_root(double low, double high, double tol, di_scalar_fn f, void *data,
                       double *x);
/* Newton inside a bracket that shrinks; falls back to bisection. */
DISTEST_STATUS di_root_newton(double low, double high, double tol, di_scalar_deriv_fn f,
                              void *data, double *x);
/* Minimum of f in [low, high] by Brent; returns it through x. */
DISTEST_STATUS di_minimize(double low, double high, double tol, di_scalar_fn f,
                           void *data, double *x);

/* quadrature.c */
/* Gauss rules with n nodes (increasing) and weights; alpha, beta > -1. Nodes to some
 * eps times the largest, weights to 1e-12 or so of themselves, however small. */
DISTEST_STATUS di_gauss_legendre(distest_context *ctx, size_t n, double a, double b,
                                 double *x, double *w); /* int_a^b */
DISTEST_STATUS di_gauss_hermite(distest_context *ctx, size_t n, double *x,
                                double *w); /* E f(Z), Z standard normal: sum w = 1 */
DISTEST_STATUS di_gauss_laguerre(distest_context *ctx, size_t n, double alpha,
                                 double *x,
                                 double *w); /* E f(G), G gamma with shape alpha + 1 */
DISTEST_STATUS di_gauss_jacobi(distest_context *ctx, size_t n, double alpha,
                               double beta, double *x,
                               double *w); /* mean under density prop. to
                                (1 - x)^alpha (1 + x)^beta on (-1, 1) */
/* Adaptive Gauss-Kronrod (15 points) of a vector-valued function: `fn` gives len values
 * at x. points: k increasing break points (NULL: none) inside (a, b). Ends when every
 * component's error is below max(abs_tol, rel_tol |value|); ECONV when it cannot, with
 * the best values in place. */
typedef void (*di_integrand_fn)(double x, double *value, void *data);
DISTEST_STATUS di_integrate(distest_context *ctx, double a, double b, size_t k,
                            const double *points, double abs_tol, double rel_tol,
                            size_t len, di_integrand_fn fn, void *data, double *value,
                            double *error);

#endif
