/* r.h - the glue between R and the library, on one page. With init.c the only files
 * that include R's headers.
 *
 * A routine has three steps and no mathematics: R to C (views of R's arrays; results
 * are allocated here, before the library holds memory), the one call, C to R (the
 * value, or what went wrong, by r_end). Nothing jumps over the library: interrupts and
 * errors of the user's functions become a cancelled call and go on in r_end. */
#ifndef R_GLUE_H
#define R_GLUE_H

#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>
#include <distest.h>

/* r_call.c: a call, from r_begin() to r_end(), which is always reached. */
typedef struct {
    distest_context ctx;
    SEXP progress;   /* function(fraction, stage), or R_NilValue */
    SEXP jump;       /* where R was going when it was stopped */
    int jumping;     /* is it? */
    double asked;    /* seconds when R was last asked */
    double fraction; /* what it was told */
} r_run;
void r_begin(r_run *run, SEXP threads, SEXP progress); /* threads: a number or NULL */
/* R code called by the library. NULL: R wants to jump, so end the call at once with
 * DISTEST_ECANCEL. The value is not protected. */
SEXP r_eval(r_run *run, SEXP call);
/* `value` after DISTEST_SUCCESS, otherwise list(status, argument, message) of class
 * "distest_failure", which result_of() in R/result.R raises. Does not return when R was
 * stopped on its way elsewhere. */
SEXP r_end(r_run *run, int status, SEXP value);

const double *r_doubles(SEXP x);               /* NULL for R's NULL */
const int *r_ints(SEXP x);                     /* of integers or logicals */
size_t r_size(SEXP x);                         /* a whole number */
const char *r_string(SEXP x);                  /* the first string; NULL for R's NULL */
distest_sample r_sample(SEXP x, SEXP weights); /* a matrix, and a vector or NULL */
SEXP r_element(SEXP list, const char *name);   /* R_NilValue when there is none */
SEXP r_matrix(size_t rows, size_t cols);       /* numeric, not protected */
SEXP r_vector(size_t n);

/* r_rng.c: R's generator; draws stand between r_rng_enter() and r_rng_leave(). */
distest_rng r_rng_enter(void);
void r_rng_leave(void);

/* r_core.c */
SEXP r_core_threads(SEXP threads);
SEXP r_core_version(void);
SEXP r_core_hash(SEXP bytes);

/* r_kde.c, r_kde_more.c */
distest_kde_opts r_kde_opts(SEXP spec); /* what kde_spec() of R/kde.R holds */
size_t r_kde_rows(SEXP at, SEXP x);     /* of `at`, or of x at NULL */
SEXP r_kde_eval(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP threads, SEXP progress);
SEXP r_kde_score(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP hessian, SEXP threads,
                 SEXP progress);
SEXP r_kde_stats(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP threads, SEXP progress);
SEXP r_kde_phases(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP k, SEXP threads,
                  SEXP progress);
SEXP r_kde_interval(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP k, SEXP boot,
                    SEXP level, SEXP threads, SEXP progress);
SEXP r_kde_grid(SEXP x, SEXP weights, SEXP spec, SEXP h, SEXP threads, SEXP progress);
SEXP r_kde_bandwidth(SEXP x, SEXP weights, SEXP set, SEXP threads, SEXP progress);
SEXP r_kde_reference(SEXP x, SEXP weights, SEXP scaling);
SEXP r_kde_radius(SEXP x, SEXP weights, SEXP spec, SEXP k, SEXP threads, SEXP progress);
SEXP r_kde_sample(SEXP x, SEXP weights, SEXP spec, SEXP n, SEXP shrink, SEXP threads,
                  SEXP progress);
SEXP r_kde_distribution(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP inverse,
                        SEXP threads);
SEXP r_kde_thresholds(SEXP spectrum, SEXP xi2, SEXP log_n, SEXP finite);
SEXP r_kde_normal(SEXP n, SEXP d, SEXP h, SEXP threads, SEXP progress);
SEXP r_kde_dominance(SEXP terms, SEXP k);
/* r_expfam_acc.c */
SEXP r_expfam_acc_add(SEXP order, SEXP segment, SEXP first, SEXP x, SEXP weights,
                      SEXP logbase, SEXP threads, SEXP progress);
SEXP r_expfam_acc_merge(SEXP parts, SEXP p, SEXP order);
SEXP r_expfam_acc_get(SEXP bytes, SEXP size, SEXP order);
SEXP r_expfam_terms_moments(SEXP family, SEXP theta, SEXP cov, SEXP third);
SEXP r_expfam_bootstrap(SEXP family, SEXP theta, SEXP x, SEXP weights, SEXP set,
                        SEXP threads, SEXP progress);
/* r_expfam_mc.c */
int r_expfam_family(SEXP list, distest_expfam_family **f, distest_context *ctx);
SEXP r_expfam_fit_mc(SEXP family, SEXP size, SEXP x, SEXP weights, SEXP set, SEXP start,
                     SEXP threads, SEXP progress);
SEXP r_expfam_fit_columns(SEXP family, SEXP p, SEXP usual, SEXP x, SEXP set,
                          SEXP threads, SEXP progress);
SEXP r_expfam_fit_draws(SEXP draws, SEXP chains, SEXP at, SEXP x, SEXP weights,
                        SEXP sampling, SEXP threads, SEXP progress);
SEXP r_expfam_fit_pseudo(SEXP family, SEXP size, SEXP x, SEXP weights, SEXP threads,
                         SEXP progress);
SEXP r_expfam_fit_nce(SEXP xi, SEXP weights, SEXP noise, SEXP noise_weights,
                      SEXP threads, SEXP progress);
SEXP r_kde_conditional(SEXP x, SEXP weights, SEXP spec, SEXP given, SEXP at_given,
                       SEXP at_rest, SEXP type, SEXP threads, SEXP progress);
SEXP r_kde_kernel(SEXP kernel, SEXP nu, SEXP d);
SEXP r_kde_marginal(SEXP x, SEXP weights, SEXP spec, SEXP which);
SEXP r_kde_mesh(SEXP x, SEXP weights, SEXP spec, SEXP count, SEXP axes, SEXP threads,
                SEXP progress);
SEXP r_kde_mixed(SEXP x, SEXP type, SEXP levels, SEXP lambda);
SEXP r_kde_mixed_bandwidth(SEXP x, SEXP weights, SEXP type, SEXP levels, SEXP lambda,
                           SEXP set, SEXP threads, SEXP progress);
SEXP r_kde_mixed_sample(SEXP x, SEXP weights, SEXP type, SEXP levels, SEXP lambda,
                        SEXP h, SEXP n, SEXP threads);
SEXP r_kde_modes(SEXP x, SEXP weights, SEXP spec, SEXP start, SEXP threads,
                 SEXP progress);
SEXP r_kde_part(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP k, SEXP threads,
                SEXP progress);
SEXP r_kde_part_finish(SEXP parts, SEXP spec, SEXP dims);
SEXP r_kde_responsibility(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP k,
                          SEXP threads, SEXP progress);
SEXP r_kde_transform(SEXP lower, SEXP upper, SEXP at);
/* r_expfam.c */
SEXP r_expfam_sizes(SEXP family);
SEXP r_expfam_stats(SEXP family, SEXP size, SEXP x);
SEXP r_expfam_psi(SEXP family, SEXP theta);
SEXP r_expfam_usual(SEXP family, SEXP theta, SEXP size);
SEXP r_expfam_natural(SEXP family, SEXP par, SEXP size);
SEXP r_expfam_fit(SEXP family, SEXP size, SEXP x, SEXP weights, SEXP set, SEXP start,
                  SEXP threads, SEXP progress);
SEXP r_expfam_fit_moments(SEXP family, SEXP n, SEXP mean, SEXP set, SEXP start,
                          SEXP threads, SEXP progress);
SEXP r_expfam_terms(SEXP family, SEXP theta, SEXP x, SEXP weights, SEXP sampling,
                    SEXP threads, SEXP progress);
SEXP r_expfam_divergence(SEXP family, SEXP theta1, SEXP theta2);
SEXP r_expfam_sample(SEXP family, SEXP theta, SEXP n, SEXP columns, SEXP progress);
SEXP r_expfam_exists(SEXP xi, SEXP mean, SEXP progress);
SEXP r_expfam_risk(SEXP terms, SEXP p, SEXP n, SEXP truth);
SEXP r_expfam_pn(SEXP r1, SEXP c2, SEXP n, SEXP alpha);

/* r_rdd.c */
SEXP r_rdd_fit(SEXP view, SEXP set, SEXP want, SEXP threads, SEXP progress);
SEXP r_rdd_weights(SEXP x, SEXP weights, SEXP set);
SEXP r_rdd_whole(SEXP given, SEXP rows);
SEXP r_rdd_curve(SEXP view, SEXP set, SEXP h, SEXP threads, SEXP progress);
SEXP r_rdd_plotdata(SEXP view, SEXP cutoff, SEXP bins);
SEXP r_rdd_predict(SEXP view, SEXP set, SEXP at, SEXP threads, SEXP progress);
SEXP r_rdd_compliers(SEXP view, SEXP set, SEXP threads, SEXP progress);
SEXP r_rdd_sets(SEXP jump, SEXP level);
/* r_rdd_rows.c */
SEXP r_rdd_integer64(SEXP x);
SEXP r_rdd_falls(SEXP table);
SEXP r_rdd_first(SEXP code, SEXP units);
SEXP r_rdd_varies(SEXP code, SEXP first, SEXP value);
SEXP r_rdd_quantiles(SEXP rows, SEXP units, SEXP type, SEXP halfsample, SEXP probs,
                     SEXP threads, SEXP progress);
SEXP r_rdd_noise(SEXP rows, SEXP units, SEXP include, SEXP probs, SEXP threads,
                 SEXP progress);
/* r_rdd_infer.c */
SEXP r_rdd_bandwidth(SEXP view, SEXP set, SEXP rule, SEXP pointwise, SEXP threads,
                     SEXP progress);
SEXP r_rdd_bands(SEXP tau, SEXP vcov, SEXP draws, SEXP threads, SEXP progress);
SEXP r_rdd_bands_join(SEXP tau, SEXP se, SEXP maxima, SEXP level, SEXP studentized);
SEXP r_rdd_bands_part(SEXP vcov, SEXP draws, SEXP threads, SEXP progress);
SEXP r_rdd_test(SEXP probs, SEXP tau, SEXP vcov, SEXP process, SEXP test);
SEXP r_rdd_kept(SEXP v, SEXP keep);
SEXP r_rdd_monotone(SEXP y, SEXP weights, SEXP method);
SEXP r_rdd_functional(SEXP name, SEXP levels, SEXP probs, SEXP m);
SEXP r_rdd_bias(SEXP x, SEXP w, SEXP cutoff, SEXP smoothness);
SEXP r_rdd_smoothness(SEXP view, SEXP cutoff, SEXP threads);
SEXP r_rdd_honest_critical(SEXP t, SEXP level);
SEXP r_rdd_density_test(SEXP x, SEXP cutoff, SEXP p, SEXP kernel, SEXP h);
SEXP r_rdd_randtest(SEXP view, SEXP test, SEXP threads, SEXP progress);
SEXP r_rdd_randtest_join(SEXP above, SEXP permutations, SEXP exact);
/* r_surv.c */
SEXP r_surv_aliased(SEXP rows, SEXP par, SEXP set, SEXP threads);
SEXP r_surv_dist(SEXP what, SEXP flags, SEXP x, SEXP phi, SEXP lambda, SEXP gamma,
                 SEXP kappa);
SEXP r_surv_plain(SEXP rows);
SEXP r_surv_split(SEXP y);
SEXP r_surv_fit(SEXP rows, SEXP par, SEXP set, SEXP control, SEXP start, SEXP robust,
                SEXP threads, SEXP progress);
SEXP r_surv_fit_sums(SEXP layout, SEXP evaluate, SEXP control, SEXP start, SEXP robust,
                     SEXP progress);
SEXP r_surv_frailty(SEXP rows, SEXP par, SEXP set, SEXP control, SEXP robust,
                    SEXP threads, SEXP progress);
SEXP r_surv_merge(SEXP parts);
SEXP r_surv_monotone(SEXP rows, SEXP par, SEXP set);
SEXP r_surv_partial(SEXP rows, SEXP par, SEXP set, SEXP coef, SEXP what, SEXP segment,
                    SEXP first, SEXP threads, SEXP progress);
SEXP r_surv_predict(SEXP model, SEXP type, SEXP rows, SEXP x, SEXP offset, SEXP at,
                    SEXP entry, SEXP level, SEXP errors, SEXP threads, SEXP progress);
SEXP r_surv_sums(SEXP bytes);
SEXP r_surv_terms(SEXP rows, SEXP set, SEXP eta, SEXP threads);
/* what r_surv.c and r_surv_sums.c share: rows and model, settings, how a fit went */
distest_surv_data r_surv_data(SEXP rows, SEXP par, SEXP set);
distest_surv_opts r_surv_opts(SEXP control, SEXP start);
SEXP r_surv_info(const distest_surv_info *info);

/* r_wls_space.c, r_wls_sample.c, r_wls_fit.c */
SEXP r_wls_basis(SEXP basis);
SEXP r_wls_basis_eval(SEXP basis, SEXP x, SEXP deriv);
SEXP r_wls_certify(SEXP lambda_min, SEXP n, SEXP m, SEXP opts, SEXP facts, SEXP eta,
                   SEXP conf);
SEXP r_wls_chunk(SEXP handle, SEXP first, SEXP F);
SEXP r_wls_chunks(SEXP N, SEXP m, SEXP prob);
SEXP r_wls_draw(SEXP space, SEXP alpha, SEXP size, SEXP seed);
SEXP r_wls_finish(SEXP bytes, SEXP dims, SEXP tol);
SEXP r_wls_merge(SEXP parts, SEXP dims);
SEXP r_wls_missing(SEXP idx, SEXP done, SEXP tau);
SEXP r_wls_orthonormalise(SEXP space, SEXP F);
SEXP r_wls_part(SEXP Phi, SEXP w, SEXP Y, SEXP segment, SEXP first, SEXP threads);
SEXP r_wls_ready(SEXP handle, SEXP tol);
SEXP r_wls_stepper(SEXP m, SEXP r, SEXP seed);
SEXP r_wls_stepper_offer(SEXP handle, SEXP U);
SEXP r_wls_stepper_want(SEXP handle);
SEXP r_wls_weights(SEXP density);
SEXP r_wls_constant(SEXP n, SEXP m, SEXP method);
SEXP r_wls_dgsm(SEXP space, SEXP coef, SEXP V);
SEXP r_wls_diagnose(SEXP A);
SEXP r_wls_features(SEXP space, SEXP x, SEXP normalize, SEXP logk, SEXP deriv,
                    SEXP threads);
SEXP r_wls_finite(SEXP F, SEXP prob, SEXP tol, SEXP threads, SEXP progress);
SEXP r_wls_fit(SEXP Phi, SEXP w, SEXP Y, SEXP tol, SEXP threads, SEXP progress);
SEXP r_wls_hessian(SEXP space, SEXP coef, SEXP x, SEXP threads, SEXP progress);
SEXP r_wls_index(SEXP kind, SEXP d, SEXP degree, SEXP weights, SEXP q, SEXP max_order,
                 SEXP bases);
SEXP r_wls_induced(SEXP basis, SEXP which, SEXP index, SEXP x);
SEXP r_wls_integrals(SEXP space);
SEXP r_wls_loo(SEXP m, SEXP w, SEXP residual, SEXP leverage, SEXP Y, SEXP trace);
SEXP r_wls_margin(SEXP idx, SEXP limit);
SEXP r_wls_moments(SEXP space, SEXP coef, SEXP V, SEXP order, SEXP threads,
                   SEXP progress);
SEXP r_wls_outside(SEXP space, SEXP x);
SEXP r_wls_plan(SEXP K, SEXP m, SEXP delta, SEXP eta, SEXP bound);
SEXP r_wls_predict(SEXP space, SEXP coef, SEXP V, SEXP x, SEXP deriv, SEXP threads,
                   SEXP progress);
SEXP r_wls_prune(SEXP A, SEXP criterion, SEXP delta, SEXP n_min, SEXP threads,
                 SEXP progress);
SEXP r_wls_quadrature(SEXP Phi, SEXP w, SEXP e);
SEXP r_wls_sample(SEXP space, SEXP opts, SEXP size, SEXP threads, SEXP progress);
SEXP r_wls_simulate(SEXP space, SEXP opts, SEXP size, SEXP nsim, SEXP threads,
                    SEXP progress);
SEXP r_wls_sobol(SEXP space, SEXP coef, SEXP V, SEXP subset);
SEXP r_wls_vcov(SEXP Phi, SEXP w, SEXP residual, SEXP type, SEXP sigma);

#endif
