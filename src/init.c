/* init.c - every routine R calls, and every function other packages may call. */
#include "r/r.h"

#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>

#define ROUTINE(name, args)                                                            \
    {                                                                                  \
#name, (DL_FUNC)&r_##name, args                                                \
    }

/* clang-format off: a routine a line */
static const R_CallMethodDef routines[] = {
    ROUTINE(core_hash, 1),
    ROUTINE(core_threads, 1),
    ROUTINE(core_version, 0),
    ROUTINE(expfam_acc_add, 8),
    ROUTINE(expfam_acc_get, 3),
    ROUTINE(expfam_acc_merge, 3),
    ROUTINE(expfam_bootstrap, 7),
    ROUTINE(expfam_divergence, 3),
    ROUTINE(expfam_exists, 3),
    ROUTINE(expfam_fit, 8),
    ROUTINE(expfam_fit_columns, 7),
    ROUTINE(expfam_fit_draws, 8),
    ROUTINE(expfam_fit_mc, 8),
    ROUTINE(expfam_fit_moments, 7),
    ROUTINE(expfam_fit_nce, 6),
    ROUTINE(expfam_fit_pseudo, 6),
    ROUTINE(expfam_natural, 3),
    ROUTINE(expfam_pn, 4),
    ROUTINE(expfam_psi, 2),
    ROUTINE(expfam_risk, 4),
    ROUTINE(expfam_sample, 5),
    ROUTINE(expfam_sizes, 1),
    ROUTINE(expfam_stats, 3),
    ROUTINE(expfam_terms, 7),
    ROUTINE(expfam_terms_moments, 4),
    ROUTINE(expfam_usual, 3),
    ROUTINE(kde_bandwidth, 5),
    ROUTINE(kde_conditional, 9),
    ROUTINE(kde_distribution, 6),
    ROUTINE(kde_dominance, 2),
    ROUTINE(kde_eval, 6),
    ROUTINE(kde_grid, 6),
    ROUTINE(kde_interval, 9),
    ROUTINE(kde_kernel, 3),
    ROUTINE(kde_marginal, 4),
    ROUTINE(kde_mesh, 7),
    ROUTINE(kde_mixed, 4),
    ROUTINE(kde_mixed_bandwidth, 8),
    ROUTINE(kde_mixed_sample, 8),
    ROUTINE(kde_modes, 6),
    ROUTINE(kde_normal, 5),
    ROUTINE(kde_part, 7),
    ROUTINE(kde_part_finish, 3),
    ROUTINE(kde_phases, 7),
    ROUTINE(kde_radius, 6),
    ROUTINE(kde_reference, 3),
    ROUTINE(kde_responsibility, 7),
    ROUTINE(kde_sample, 7),
    ROUTINE(kde_score, 7),
    ROUTINE(kde_stats, 6),
    ROUTINE(kde_thresholds, 4),
    ROUTINE(kde_transform, 3),
    ROUTINE(rdd_bands, 5),
    ROUTINE(rdd_bands_join, 5),
    ROUTINE(rdd_bands_part, 4),
    ROUTINE(rdd_bandwidth, 6),
    ROUTINE(rdd_bias, 4),
    ROUTINE(rdd_compliers, 4),
    ROUTINE(rdd_curve, 5),
    ROUTINE(rdd_density_test, 5),
    ROUTINE(rdd_falls, 1),
    ROUTINE(rdd_first, 2),
    ROUTINE(rdd_fit, 5),
    ROUTINE(rdd_functional, 4),
    ROUTINE(rdd_honest_critical, 2),
    ROUTINE(rdd_integer64, 1),
    ROUTINE(rdd_kept, 2),
    ROUTINE(rdd_monotone, 3),
    ROUTINE(rdd_noise, 6),
    ROUTINE(rdd_plotdata, 3),
    ROUTINE(rdd_predict, 5),
    ROUTINE(rdd_quantiles, 7),
    ROUTINE(rdd_randtest, 4),
    ROUTINE(rdd_randtest_join, 3),
    ROUTINE(rdd_sets, 2),
    ROUTINE(rdd_smoothness, 3),
    ROUTINE(rdd_test, 5),
    ROUTINE(rdd_varies, 3),
    ROUTINE(rdd_weights, 3),
    ROUTINE(rdd_whole, 2),
    ROUTINE(surv_aliased, 4),
    ROUTINE(surv_dist, 7),
    ROUTINE(surv_fit, 8),
    ROUTINE(surv_fit_sums, 6),
    ROUTINE(surv_frailty, 7),
    ROUTINE(surv_merge, 1),
    ROUTINE(surv_monotone, 3),
    ROUTINE(surv_partial, 9),
    ROUTINE(surv_plain, 1),
    ROUTINE(surv_predict, 11),
    ROUTINE(surv_split, 1),
    ROUTINE(surv_sums, 1),
    ROUTINE(surv_terms, 4),
    ROUTINE(wls_basis, 1),
    ROUTINE(wls_basis_eval, 3),
    ROUTINE(wls_certify, 7),
    ROUTINE(wls_chunk, 3),
    ROUTINE(wls_chunks, 3),
    ROUTINE(wls_constant, 3),
    ROUTINE(wls_dgsm, 3),
    ROUTINE(wls_diagnose, 1),
    ROUTINE(wls_draw, 4),
    ROUTINE(wls_features, 6),
    ROUTINE(wls_finish, 3),
    ROUTINE(wls_finite, 5),
    ROUTINE(wls_fit, 6),
    ROUTINE(wls_hessian, 5),
    ROUTINE(wls_index, 7),
    ROUTINE(wls_induced, 4),
    ROUTINE(wls_integrals, 1),
    ROUTINE(wls_loo, 6),
    ROUTINE(wls_margin, 2),
    ROUTINE(wls_merge, 2),
    ROUTINE(wls_missing, 3),
    ROUTINE(wls_moments, 6),
    ROUTINE(wls_orthonormalise, 2),
    ROUTINE(wls_outside, 2),
    ROUTINE(wls_part, 6),
    ROUTINE(wls_plan, 5),
    ROUTINE(wls_predict, 7),
    ROUTINE(wls_prune, 6),
    ROUTINE(wls_quadrature, 3),
    ROUTINE(wls_ready, 2),
    ROUTINE(wls_sample, 5),
    ROUTINE(wls_simulate, 6),
    ROUTINE(wls_sobol, 4),
    ROUTINE(wls_stepper, 3),
    ROUTINE(wls_stepper_offer, 2),
    ROUTINE(wls_stepper_want, 1),
    ROUTINE(wls_vcov, 5),
    ROUTINE(wls_weights, 1),
    {NULL, NULL, 0},
};
/* clang-format on */

/* What other packages reach through distest_stubs.c. */
static const struct {
    const char *name;
    DL_FUNC function;
} callable[] = {
#include "callable.h"
};

void R_init_distest(DllInfo *dll);

void attribute_visible R_init_distest(DllInfo *dll)
{
    for (size_t i = 0; i < sizeof callable / sizeof *callable; i++)
        R_RegisterCCallable("distest", callable[i].name, callable[i].function);
    R_registerRoutines(dll, NULL, routines, NULL, NULL);
    R_useDynamicSymbols(dll, FALSE);
    R_forceSymbols(dll, TRUE);
}
