/* r.h - the glue between R and the library, on one page. With init.c the only files
 * that include R's headers.
 *
 * A routine has three steps and no mathematics: R to C (views of R's arrays; results
 * are allocated here, before the library holds memory), the one call, C to R (the
 * value, or what went wrong, by r_end). Nothing jumps over the library: interrupts and
 * errors of the user's functions become a cancelled call. */
#ifndef R_GLUE_H
#define R_GLUE_H

#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>
#include <distest.h>

/* r_call.c: a call's context, its progress function (R's, or R_NilValue for none). */
typedef struct {
    distest_context ctx;
    SEXP progress; /* function(fraction, stage) that returns TRUE to go on */
    double asked;  /* seconds when R was last asked */
} r_run;
void r_begin(r_run *run, SEXP threads, SEXP progress); /* threads: a number or NULL */
/* `value` after DISTEST_SUCCESS, otherwise list(status, argument, message) of class
 * "distest_failure", which result_of() in R/result.R raises. */
SEXP r_end(const r_run *run, int status, SEXP value);

const double *r_doubles(SEXP x); /* NULL for R's NULL */
const int *r_ints(SEXP x);
distest_sample r_sample(SEXP x, SEXP weights); /* a matrix, and a vector or NULL */
SEXP r_element(SEXP list, const char *name);   /* R_NilValue when there is none */
SEXP r_matrix(size_t rows, size_t cols);       /* numeric, not protected */

/* r_rng.c: R's generator; draws stand between r_rng_enter() and r_rng_leave(). */
distest_rng r_rng_enter(void);
void r_rng_leave(void);

/* r_core.c */
SEXP r_core_threads(SEXP threads);
SEXP r_core_version(void);

/* r_surv.c */
SEXP r_surv_aliased(SEXP rows, SEXP par, SEXP set, SEXP threads);
SEXP r_surv_dist(SEXP what, SEXP flags, SEXP x, SEXP phi, SEXP lambda, SEXP gamma,
                 SEXP kappa);
SEXP r_surv_fit(SEXP rows, SEXP par, SEXP set, SEXP control, SEXP start, SEXP robust,
                SEXP threads, SEXP progress);
SEXP r_surv_predict(SEXP model, SEXP type, SEXP rows, SEXP x, SEXP offset, SEXP at,
                    SEXP entry, SEXP level, SEXP errors, SEXP threads, SEXP progress);
SEXP r_surv_terms(SEXP rows, SEXP set, SEXP eta, SEXP threads);

#endif
