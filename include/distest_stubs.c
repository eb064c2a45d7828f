/* Written by tools/gen-stubs.awk from the public headers; do not edit. */
/* Compile this in one source file of a package that has LinkingTo: distest, with
 * -DDISTEST_HIDDEN, and call distest_stubs_load() from R_init_<package>. All other
 * files include <distest.h> as any C program does. */
#include <distest.h>

#include <R_ext/Error.h>
#include <R_ext/Rdynload.h>

static struct {
    const char *(*distest_strerror)(int status);
    int (*distest_version)(void);
    distest_context (*distest_context_default)(void);
    distest_rng (*distest_rng_seed)(uint64_t seed);
    distest_rng (*distest_rng_from)(distest_uniform_fn uniform, void *state);
    double (*distest_rng_uniform)(distest_rng *rng);
    int (*distest_expfam_family_alloc)(distest_expfam_family **out, const char *name, const double *par, size_t npar, const size_t *ipar, size_t nipar, distest_context *ctx);
    int (*distest_expfam_family_nodes)(distest_expfam_family **out, size_t m, size_t p, const double *xi, const double *logw, int finite, distest_context *ctx);
    int (*distest_expfam_family_pairwise)(distest_expfam_family **out, size_t ncont, const double *beta_a, const double *beta_b, size_t ndisc, const size_t *levels, const double *scores, const double *prob, size_t p, const size_t *terms, distest_context *ctx);
    int (*distest_expfam_family_user)(distest_expfam_family **out, const distest_expfam_callbacks *callbacks, distest_context *ctx);
    void (*distest_expfam_family_free)(distest_expfam_family *family);
    void (*distest_expfam_sizes)(const distest_expfam_family *family, size_t *p, size_t *d, size_t *usual);
    int (*distest_expfam_stats)(const distest_expfam_family *family, const distest_sample *sample, double *xi, double *logbase, distest_context *ctx);
    int (*distest_expfam_psi)(const distest_expfam_family *family, const double *theta, double *psi, double *grad, double *hess, distest_context *ctx);
    int (*distest_expfam_cumulants)(const distest_expfam_family *family, const double *theta, double *s3, double *q4, distest_context *ctx);
    int (*distest_expfam_to_usual)(const distest_expfam_family *family, const double *theta, double *par, double *jacobian, distest_context *ctx);
    int (*distest_expfam_from_usual)(const distest_expfam_family *family, const double *par, double *theta, distest_context *ctx);
    int (*distest_expfam_divergence)(const distest_expfam_family *family, const double *theta1, const double *theta2, double *kl, distest_context *ctx);
    int (*distest_expfam_sample)(const distest_expfam_family *family, const double *theta, size_t n, distest_rng *rng, double *x, distest_context *ctx);
    distest_expfam_opts (*distest_expfam_opts_default)(void);
    int (*distest_expfam_fit_moments)(const distest_expfam_family *family, const distest_expfam_opts *opts, double n, const double *mean, const double *start, double *theta, distest_expfam_info *info, distest_context *ctx);
    int (*distest_expfam_fit_data)(const distest_expfam_family *family, const distest_expfam_opts *opts, const distest_sample *sample, const double *start, double *theta, double *mean, double *cov, distest_expfam_info *info, distest_context *ctx);
    int (*distest_expfam_fit_columns)(const distest_expfam_family *family, const distest_expfam_opts *opts, size_t rows, size_t columns, const double *x, double *theta, double *usual, double *loglik, double *n, int *code, int *boundary, distest_context *ctx);
    int (*distest_expfam_terms_data)(const distest_expfam_family *family, const double *theta, const distest_sample *sample, int sampling, distest_expfam_terms *out, double *leverage, double *spectrum, distest_context *ctx);
    int (*distest_expfam_terms_moments)(const distest_expfam_family *family, const double *theta, const double *cov, const double *third, distest_expfam_terms *out, double *spectrum, distest_context *ctx);
    int (*distest_expfam_contract)(size_t m, size_t p, const double *xi, const double *w, size_t n, const double *data, const double *weights, distest_expfam_terms *out, distest_context *ctx);
    distest_expfam_mc_opts (*distest_expfam_mc_opts_default)(void);
    int (*distest_expfam_fit_mc)(const distest_expfam_family *family, const distest_expfam_mc_opts *opts, const distest_sample *sample, const double *start, distest_rng *rng, double *theta, double *mean, double *cov, double *G, double *mixing, double *spectrum, distest_expfam_mc_info *info, distest_context *ctx);
    int (*distest_expfam_fit_draws)(size_t m, size_t p, size_t chains, const double *draws, const double *at, const distest_sample *sample, int sampling, double *theta, double *mean, double *cov, double *G, double *mixing, double *spectrum, double *reach, distest_expfam_mc_info *info, distest_context *ctx);
    int (*distest_expfam_fit_pseudo)(const distest_expfam_family *family, const distest_sample *sample, double *theta, distest_context *ctx);
    int (*distest_expfam_fit_nce)(size_t n, size_t p, const double *xi, const double *weights, size_t m, const double *noise, const double *noise_weights, double *theta, double *psi, distest_context *ctx);
    int (*distest_expfam_acc_alloc)(distest_expfam_acc **out, size_t p, int order, distest_context *ctx);
    void (*distest_expfam_acc_free)(distest_expfam_acc *acc);
    int (*distest_expfam_acc_add)(distest_expfam_acc *acc, const char *segment, uint64_t first, size_t n, const double *xi, const double *weights, const double *logbase, distest_context *ctx);
    int (*distest_expfam_acc_merge)(distest_expfam_acc *into, const distest_expfam_acc *from, distest_context *ctx);
    int (*distest_expfam_acc_get)(const distest_expfam_acc *acc, double *n, double *mean, double *cov, double *third, double *logbase, distest_context *ctx);
    size_t (*distest_expfam_acc_packed_size)(const distest_expfam_acc *acc);
    void (*distest_expfam_acc_pack)(const distest_expfam_acc *acc, unsigned char *bytes);
    int (*distest_expfam_acc_unpack)(distest_expfam_acc **out, size_t p, int order, size_t size, const unsigned char *bytes, distest_context *ctx);
    int (*distest_expfam_bootstrap)(const distest_expfam_family *family, const double *theta, const distest_sample *sample, int parametric, uint64_t first, size_t B, distest_rng *rng, double *thetas, double *kl, size_t *n_failed, distest_context *ctx);
    int (*distest_expfam_risk)(const distest_expfam_terms *terms, size_t p, double n, int truth, double *first, double *second, double *risk, distest_context *ctx);
    int (*distest_expfam_pn)(double r1, double c2, double n, double alpha, int *pass, double *alpha_hat, double *n_required, int *usable, distest_context *ctx);
    int (*distest_expfam_exists)(size_t m, size_t p, const double *xi, const double *mean, int *status, double *direction, int *face, distest_context *ctx);
    distest_kde_opts (*distest_kde_opts_default)(void);
    int (*distest_kde_eval)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, distest_context *ctx);
    int (*distest_kde_eval_bound)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *relerr, distest_context *ctx);
    int (*distest_kde_loo)(const distest_sample *sample, const distest_kde_opts *opts, double *logf, distest_context *ctx);
    int (*distest_kde_score)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *grad, distest_context *ctx);
    int (*distest_kde_curvature)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *grad, double *hess, distest_context *ctx);
    int (*distest_kde_stats)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *neff, double *neff2, double *entropy, double *maxp, size_t *nearest, distest_context *ctx);
    int (*distest_kde_phases)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, double *lid, double *edge, double *s_g, double *mu, double *mu_se, int *regime, distest_context *ctx);
    int (*distest_kde_interval)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, size_t boot, double level, distest_rng *rng, double *lower, double *upper, distest_context *ctx);
    int (*distest_kde_grid_loo)(const distest_sample *sample, const distest_kde_opts *opts, size_t nh, const double *h, double *loo, double *d1, double *d2, double *neff, distest_context *ctx);
    distest_kde_select (*distest_kde_select_default)(void);
    int (*distest_kde_bandwidth)(const distest_sample *sample, const distest_kde_select *select, distest_kde_selected *selected, double *H, distest_context *ctx);
    int (*distest_kde_reference)(const distest_sample *sample, int scaling, double *A, distest_context *ctx);
    int (*distest_kde_radius)(const distest_sample *sample, const distest_kde_opts *opts, size_t k, double *radius, double *next, distest_context *ctx);
    int (*distest_kde_sample)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, int shrink, distest_rng *rng, double *out, distest_context *ctx);
    int (*distest_kde_cdf)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *p, distest_context *ctx);
    int (*distest_kde_quantile)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *p, double *at, distest_context *ctx);
    int (*distest_kde_kernel)(const char *kernel, double nu, size_t d, double *log_norm, double *variance, distest_context *ctx);
    int (*distest_kde_thresholds)(size_t d, const double *lambda, const double *xi2, double log_n, int finite, distest_kde_theory *theory, distest_context *ctx);
    int (*distest_kde_kl_normal)(double n, size_t d, double h, double *kl, distest_context *ctx);
    int (*distest_kde_h_normal)(double n, size_t d, double *h, double *kl, distest_context *ctx);
    int (*distest_kde_dominance)(size_t m, size_t n, const double *logt, size_t k, double *mu, double *mu_se, double *neff, double *neff2, int *regime, distest_context *ctx);
    int (*distest_kde_transform)(size_t d, const double *lower, const double *upper, size_t m, const double *at, double *out, double *log_jacobian, distest_context *ctx);
    int (*distest_kde_responsibility)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, size_t *index, double *share, distest_context *ctx);
    int (*distest_kde_marginal)(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *which, double *out_x, double *out_H, distest_context *ctx);
    int (*distest_kde_conditional)(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, const double *at_rest, double *logf, double *mean, distest_context *ctx);
    int (*distest_kde_conditional_cdf)(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, const double *at_rest, double *p, distest_context *ctx);
    int (*distest_kde_conditional_sample)(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, distest_rng *rng, double *out, distest_context *ctx);
    int (*distest_kde_modes)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *start, double *modes, double *logf, size_t *cluster, size_t *n_modes, distest_context *ctx);
    int (*distest_kde_mesh)(const distest_sample *sample, const distest_kde_opts *opts, const size_t *count, const double *axes, double *logf, distest_context *ctx);
    int (*distest_kde_part_empty)(size_t m, size_t k, double *part);
    int (*distest_kde_part_add)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, double *part, distest_context *ctx);
    int (*distest_kde_part_merge)(size_t m, size_t k, const double *from, double *into);
    int (*distest_kde_part_finish)(const distest_kde_opts *opts, size_t d, size_t m, size_t k, const double *part, double *logf, double *neff, double *distance, distest_context *ctx);
    int (*distest_kde_mixed)(size_t n, size_t columns, const double *x, const int *type, const int *levels, const double *lambda, double *out_x, double *out_factor, double *out_constant, distest_context *ctx);
    size_t (*distest_kde_mixed_width)(size_t columns, const int *type, const int *levels);
    int (*distest_kde_mixed_sample)(size_t n, size_t columns, const double *x, const double *weights, const int *type, const int *levels, const double *lambda, const double *h, size_t m, distest_rng *rng, double *out, distest_context *ctx);
    int (*distest_kde_mixed_bandwidth)(size_t n, size_t columns, const double *x, const double *weights, const int *type, const int *levels, const distest_kde_select *select, double *lambda, double *h, distest_kde_selected *selected, distest_context *ctx);
    int (*distest_kde_alloc)(const distest_sample *sample, const distest_kde_opts *opts, distest_kde_prepared **prepared, distest_context *ctx);
    void (*distest_kde_free)(distest_kde_prepared *prepared);
    int (*distest_kde_prepared_eval)(const distest_kde_prepared *prepared, size_t m, const double *at, double *logf, distest_context *ctx);
    int (*distest_kde_prepared_score)(const distest_kde_prepared *prepared, size_t m, const double *at, double *logf, double *grad, distest_context *ctx);
    int (*distest_kde_prepared_stats)(const distest_kde_prepared *prepared, size_t m, const double *at, double *neff, double *neff2, double *entropy, double *maxp, size_t *nearest, distest_context *ctx);
    int (*distest_kde_prepared_interval)(const distest_kde_prepared *prepared, size_t m, const double *at, size_t k, size_t boot, double level, distest_rng *rng, double *lower, double *upper, distest_context *ctx);
    distest_rdd_rows (*distest_rdd_rows_default)(void);
    int (*distest_rdd_quantiles)(const distest_rdd_rows *rows, int type, int halfsample, size_t probs, const double *q, double *quantiles, size_t *count, distest_context *ctx);
    int (*distest_rdd_noise)(const distest_rdd_rows *rows, const int *include, size_t probs, const double *q, double *noise, distest_context *ctx);
    int (*distest_rdd_acc_alloc)(size_t units, int weighted, distest_rdd_acc **acc, distest_context *ctx);
    void (*distest_rdd_acc_free)(distest_rdd_acc *acc);
    int (*distest_rdd_acc_add)(distest_rdd_acc *acc, const distest_rdd_rows *rows, distest_context *ctx);
    int (*distest_rdd_acc_merge)(distest_rdd_acc *into, const distest_rdd_acc *from, distest_context *ctx);
    distest_rdd_rows (*distest_rdd_acc_rows)(const distest_rdd_acc *acc);
    int (*distest_rdd_acc_finish)(const distest_rdd_acc *acc, int type, int halfsample, size_t probs, const double *q, double *quantiles, size_t *count, distest_context *ctx);
    distest_rdd_units (*distest_rdd_units_default)(void);
    distest_rdd_opts (*distest_rdd_opts_default)(void);
    distest_rdd_result (*distest_rdd_result_default)(void);
    size_t (*distest_rdd_score_rows)(const distest_rdd_units *units, const distest_rdd_opts *opts);
    int (*distest_rdd_fit)(const distest_rdd_units *units, const distest_rdd_opts *opts, distest_rdd_result *result, distest_context *ctx);
    int (*distest_rdd_weights)(size_t n, const double *x, const double *weights, const distest_rdd_opts *opts, double *w_cl, double *w_bc, distest_context *ctx);
    int (*distest_rdd_curve)(const distest_rdd_units *units, const distest_rdd_opts *opts, size_t m, const double *h, double *tau_cl, double *tau_bc, distest_context *ctx);
    int (*distest_rdd_predict)(const distest_rdd_units *units, const distest_rdd_opts *opts, size_t m, const double *at, double *curve, distest_context *ctx);
    size_t (*distest_rdd_bins)(size_t units);
    int (*distest_rdd_plotdata)(const distest_rdd_units *units, double cutoff, const size_t bins[2], double *x, size_t *count, double *value, distest_context *ctx);
    distest_rdd_complier_curves (*distest_rdd_compliers_default)(void);
    int (*distest_rdd_compliers)(const distest_rdd_units *units, const distest_rdd_opts *opts, distest_rdd_complier_curves *curves, distest_context *ctx);
    int (*distest_rdd_anderson_rubin)(size_t probs, const double *jump, const double *se, const double *cov, const double first[2], double level, double *lower, double *upper, int *shape, distest_context *ctx);
    distest_rdd_bandwidth_opts (*distest_rdd_bandwidth_default)(void);
    distest_rdd_stages (*distest_rdd_stages_default)(void);
    int (*distest_rdd_bandwidth)(const distest_rdd_units *units, const distest_rdd_opts *opts, const distest_rdd_bandwidth_opts *bw, double *h, double *b, distest_rdd_stages *stages, distest_context *ctx);
    int (*distest_rdd_bands)(size_t probs, const double *tau, const double *vcov, double level, size_t draws, int studentized, distest_rng *rng, double *crit, double *lower, double *upper, double *process, distest_context *ctx);
    int (*distest_rdd_bands_scores)(size_t rows, size_t probs, const double *scores, const double *tau, const char *multiplier, const double *xi, double level, size_t draws, int studentized, distest_rng *rng, double *crit, double *lower, double *upper, double *process, distest_context *ctx);
    int (*distest_rdd_bands_part)(size_t rows, size_t probs, const double *scores, const double *vcov, const char *multiplier, const double *xi, size_t first, size_t draws, int studentized, distest_rng *rng, double *maxima, double *se, double *process, distest_context *ctx);
    int (*distest_rdd_bands_join)(size_t probs, const double *tau, const double *se, double level, size_t draws, const double *maxima, int studentized, double *crit, double *lower, double *upper, distest_context *ctx);
    int (*distest_rdd_test)(size_t probs, const double *q, const double *tau, const double *vcov, const double *process, size_t draws, double level, const char *test, const char *statistic, int studentized, const double range[2], double *value, double *p_value, double *critical, distest_context *ctx);
    int (*distest_rdd_project)(size_t n, const double *y, const double *w, double *fit, distest_context *ctx);
    int (*distest_rdd_rearrange)(size_t n, const double *y, const double *w, double *fit, distest_context *ctx);
    int (*distest_rdd_functional)(const char *name, double u, double v, size_t n, const double *q, const double *m, double *value, double *gradient, distest_context *ctx);
    int (*distest_rdd_bias)(size_t n, const double *x, const double *w, double cutoff, double smoothness_left, double smoothness_right, double *bias, distest_context *ctx);
    int (*distest_rdd_smoothness)(const distest_rdd_units *units, double cutoff, double *left, double *right, distest_context *ctx);
    int (*distest_rdd_honest_critical)(size_t n, const double *t, double level, double *cv, distest_context *ctx);
    int (*distest_rdd_honest_ratio)(size_t probs, const double *jump, const double *se, const double *cov, const double *bias, const double first[2], double first_bias, double level, double *lower, double *upper, int *shape, distest_context *ctx);
    int (*distest_rdd_density_test)(size_t n, const double *x, double cutoff, int p, const char *kernel, double h, double density[2], double *t, double *p_value, double binomial[5], distest_context *ctx);
    int (*distest_rdd_randtest)(const distest_rdd_units *units, double cutoff, double window, const char *statistic, size_t reps, distest_rng *rng, size_t n_side[2], double *value, double *p_value, distest_context *ctx);
    int (*distest_rdd_randtest_part)(const distest_rdd_units *units, double cutoff, double window, const char *statistic, size_t reps, size_t first, size_t draws, distest_rng *rng, size_t n_side[2], double *value, size_t *above, size_t *permutations, int *exact, distest_context *ctx);
    int (*distest_rdd_randtest_join)(size_t parts, const size_t *above, size_t permutations, int exact, double *p_value, distest_context *ctx);
    distest_surv_data (*distest_surv_data_default)(void);
    int (*distest_surv_data_check)(const distest_surv_data *data, size_t *bad_row, distest_context *ctx);
    int (*distest_surv_terms)(const distest_surv_data *data, const double *eta, int deriv, double *value, double *grad, double *hess, distest_context *ctx);
    int (*distest_surv_aliased)(const distest_surv_data *data, int *aliased, distest_context *ctx);
    int (*distest_surv_dist)(int what, int flags, size_t n, const double *x, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx);
    int (*distest_surv_rand)(size_t n, const double *u, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx);
    distest_surv_opts (*distest_surv_opts_default)(void);
    int (*distest_surv_fit)(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx);
    int (*distest_surv_frailty)(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, double *variance, double *effect, distest_surv_info *info, distest_context *ctx);
    int (*distest_surv_monotone)(const distest_surv_data *data, int *flags, distest_context *ctx);
    int (*distest_surv_sums_alloc)(distest_surv_sums **sums, distest_context *ctx);
    void (*distest_surv_sums_free)(distest_surv_sums *sums);
    void (*distest_surv_sums_reset)(distest_surv_sums *sums);
    int (*distest_surv_eval)(const distest_surv_data *data, const double *coef, int kernel, int deriv, const char *segment, size_t first, distest_surv_sums *sums, distest_context *ctx);
    int (*distest_surv_sums_add)(distest_surv_sums *into, const distest_surv_sums *from, distest_context *ctx);
    size_t (*distest_surv_sums_size)(const distest_surv_sums *sums);
    int (*distest_surv_sums_pack)(const distest_surv_sums *sums, unsigned char *bytes, distest_context *ctx);
    int (*distest_surv_sums_unpack)(size_t size, const unsigned char *bytes, distest_surv_sums **sums, distest_context *ctx);
    int (*distest_surv_sums_get)(const distest_surv_sums *sums, distest_surv_sums_info *info, double *score, double *hess, double *middle, distest_context *ctx);
    distest_surv_layout (*distest_surv_layout_default)(void);
    int (*distest_surv_fit_sums)(const distest_surv_layout *layout, distest_surv_eval_fn eval, void *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx);
    int (*distest_surv_predict)(const distest_surv_model *model, int type, size_t m, const double *const *x, const double *const *offset, size_t k, const double *at, int each_row, const double *entry, double level, double *est, double *se, double *lower, double *upper, distest_context *ctx);
    int (*distest_wls_basis_alloc)(const char *type, double degree, size_t npar, const double *par, distest_wls_basis **basis, distest_context *ctx);
    void (*distest_wls_basis_free)(distest_wls_basis *basis);
    size_t (*distest_wls_basis_size)(const distest_wls_basis *basis);
    size_t (*distest_wls_basis_level)(const distest_wls_basis *basis, size_t index);
    void (*distest_wls_basis_support)(const distest_wls_basis *basis, double *low, double *high);
    int (*distest_wls_basis_eval)(const distest_wls_basis *basis, size_t n, const double *x, double *value, double *deriv, distest_context *ctx);
    int (*distest_wls_induced_cdf)(const distest_wls_basis *basis, size_t index, size_t n, const double *x, double *out, distest_context *ctx);
    int (*distest_wls_induced_quantile)(const distest_wls_basis *basis, size_t index, size_t n, const double *u, double *out, distest_context *ctx);
    int (*distest_wls_induced_sample)(const distest_wls_basis *basis, size_t index, size_t n, distest_rng *rng, double *x, distest_context *ctx);
    distest_wls_set (*distest_wls_set_default)(void);
    int (*distest_wls_index_count)(const distest_wls_set *set, size_t d, const distest_wls_basis *const *bases, size_t *m, distest_context *ctx);
    int (*distest_wls_index_fill)(const distest_wls_set *set, size_t d, const distest_wls_basis *const *bases, size_t m, int *idx, distest_context *ctx);
    int (*distest_wls_margin)(size_t d, size_t m, const int *idx, const int *limit, size_t *count, int *cand, distest_context *ctx);
    int (*distest_wls_space_tensor)(size_t d, const distest_wls_basis *const *bases, size_t m, const int *idx, distest_wls_space **space, distest_context *ctx);
    int (*distest_wls_space_finite)(size_t N, size_t m, const double *F, const double *prob, double tol, distest_wls_space **space, distest_context *ctx);
    int (*distest_wls_space_chunks)(size_t N, size_t m, const double *prob, distest_wls_space **space, distest_context *ctx);
    int (*distest_wls_space_chunk)(distest_wls_space *space, size_t rows, size_t first, const double *F, distest_context *ctx);
    int (*distest_wls_space_ready)(distest_wls_space *space, double tol, distest_context *ctx);
    int (*distest_wls_space_reference)(size_t n, size_t m, const double *F, const double *w, double tol, distest_wls_space **space, distest_context *ctx);
    int (*distest_wls_orthonormalise)(const distest_wls_space *space, size_t n, double *F, distest_context *ctx);
    void (*distest_wls_space_free)(distest_wls_space *space);
    void (*distest_wls_space_size)(const distest_wls_space *space, size_t *m, size_t *d, size_t *N);
    int (*distest_wls_space_finite_parts)(const distest_wls_space *space, double *R, double *phi_t, distest_context *ctx);
    int (*distest_wls_features)(const distest_wls_space *space, size_t n, const double *x, int normalize, double *phi, double *logk, double *grad, distest_context *ctx);
    int (*distest_wls_outside)(const distest_wls_space *space, size_t n, const double *x, int *out, distest_context *ctx);
    int (*distest_wls_inclusion)(const distest_wls_space *space, double *out, distest_context *ctx);
    distest_wls_opts (*distest_wls_opts_default)(void);
    distest_rng (*distest_wls_rng)(distest_wls_key *key);
    int (*distest_wls_sample)(const distest_wls_space *space, const distest_wls_opts *opts, size_t n, distest_rng *rng, double *points, size_t *index, double *weights, distest_wls_diag *diag, distest_context *ctx);
    int (*distest_wls_draw)(const distest_wls_space *space, double alpha, size_t n, distest_rng *rng, double *points, size_t *index, distest_context *ctx);
    int (*distest_wls_stepper_alloc)(size_t m, size_t r, distest_rng *rng, distest_wls_stepper **stepper, distest_context *ctx);
    void (*distest_wls_stepper_free)(distest_wls_stepper *stepper);
    int (*distest_wls_stepper_want)(distest_wls_stepper *stepper, size_t *count, distest_context *ctx);
    int (*distest_wls_stepper_offer)(distest_wls_stepper *stepper, size_t count, const double *U, distest_context *ctx);
    size_t (*distest_wls_stepper_taken)(const distest_wls_stepper *stepper, size_t *proposal, size_t *copy);
    int (*distest_wls_tridiagonal)(const distest_wls_basis *basis, size_t m, distest_rng *rng, double *x, distest_context *ctx);
    int (*distest_wls_simulate)(const distest_wls_space *space, const distest_wls_opts *opts, size_t n, size_t nsim, distest_rng *rng, double *out, distest_context *ctx);
    int (*distest_wls_prune)(size_t n, size_t m, const double *A, const char *criterion, double delta, size_t n_min, size_t *kept, size_t *order, double *value, distest_context *ctx);
    int (*distest_wls_diagnose)(size_t n, size_t m, const double *A, distest_wls_diag *diag, distest_context *ctx);
    int (*distest_wls_fit)(size_t n, size_t m, size_t q, const double *Phi, const double *w, const double *Y, double tol, double *coef, distest_wls_diag *diag, double *leverage, double *fitted, distest_context *ctx);
    int (*distest_wls_loo)(size_t n, size_t m, size_t q, const double *w, const double *residual, const double *leverage, const double *Y, double trace, double *loo, double *corrected, double *q2, distest_context *ctx);
    int (*distest_wls_vcov)(size_t n, size_t m, size_t q, const double *Phi, const double *w, const double *residual, const char *type, double sigma, double *V, double *trace, distest_context *ctx);
    int (*distest_wls_predict)(const distest_wls_space *space, size_t q, const double *coef, const double *V, size_t n, const double *x, double *f, double *se, double *grad, distest_context *ctx);
    int (*distest_wls_hessian)(const distest_wls_space *space, size_t q, const double *coef, size_t n, const double *x, double *hessian, distest_context *ctx);
    int (*distest_wls_quadrature)(size_t n, size_t m, const double *Phi, const double *w, const double *e, double *out, distest_context *ctx);
    int (*distest_wls_integrals)(const distest_wls_space *space, double *e, distest_context *ctx);
    size_t (*distest_wls_accum_size)(size_t m, size_t q);
    int (*distest_wls_accum_add)(size_t m, size_t q, size_t n, const double *Phi, const double *w, const double *Y, double *acc, distest_context *ctx);
    int (*distest_wls_accum_merge)(size_t m, size_t q, const double *from, double *into, distest_context *ctx);
    int (*distest_wls_accum_solve)(size_t m, size_t q, const double *acc, double tol, double *coef, distest_wls_diag *diag, double *rss, double *rows, distest_context *ctx);
    int (*distest_wls_part_alloc)(size_t m, size_t q, distest_wls_part **part, distest_context *ctx);
    void (*distest_wls_part_free)(distest_wls_part *part);
    int (*distest_wls_part_add)(distest_wls_part *part, const char *segment, size_t first, size_t n, const double *Phi, const double *w, const double *Y, distest_context *ctx);
    int (*distest_wls_part_merge)(distest_wls_part *into, const distest_wls_part *from, distest_context *ctx);
    int (*distest_wls_part_solve)(const distest_wls_part *part, double tol, double *coef, distest_wls_diag *diag, double *rss, double *rows, distest_context *ctx);
    size_t (*distest_wls_part_size)(const distest_wls_part *part);
    void (*distest_wls_part_pack)(const distest_wls_part *part, unsigned char *bytes);
    int (*distest_wls_part_unpack)(size_t m, size_t q, size_t size, const unsigned char *bytes, distest_wls_part **part, distest_context *ctx);
    int (*distest_wls_moments)(const distest_wls_space *space, const double *coef, const double *V, double out[4], distest_context *ctx);
    int (*distest_wls_moments4)(const distest_wls_space *space, const double *coef, distest_rng *rng, double out[6], distest_context *ctx);
    int (*distest_wls_sobol)(const distest_wls_space *space, const double *coef, const double *V, size_t nsub, const int *subset, double *index, double *se, double *total, double *se_total, distest_context *ctx);
    int (*distest_wls_dgsm)(const distest_wls_space *space, const double *coef, const double *V, double *out, double *se, distest_context *ctx);
    int (*distest_wls_plan)(double K, size_t m, double delta, double eta, const char *bound, double *n, distest_context *ctx);
    int (*distest_wls_constant)(size_t n, size_t m, const char *method, double *c, distest_context *ctx);
    distest_wls_facts (*distest_wls_facts_default)(void);
    int (*distest_wls_certify)(const distest_wls_diag *diag, size_t n, size_t m, const distest_wls_opts *opts, const distest_wls_facts *facts, double eta, double conf, distest_wls_certificate *out, distest_context *ctx);
    int (*distest_wls_weights)(size_t n, size_t blocks, const double *density, double *w, distest_context *ctx);
    int (*distest_wls_missing)(size_t d, size_t m, const int *idx, size_t done_count, const int *done, const size_t *counts, size_t tau, size_t *need, distest_context *ctx);
} distest_callable;

void distest_stubs_load(void);

void distest_stubs_load(void)
{
    const int v = ((int (*)(void))R_GetCCallable("distest", "distest_version"))();
    if (v / 10000 != DISTEST_VERSION_MAJOR || v < DISTEST_VERSION_NUMBER)
        Rf_error("built for distest %s, but %d.%d.%d is installed",
                 DISTEST_VERSION_STRING, v / 10000, v / 100 % 100, v % 100);
    distest_callable.distest_strerror =
        (const char *(*)(int status))R_GetCCallable("distest", "distest_strerror");
    distest_callable.distest_version =
        (int (*)(void))R_GetCCallable("distest", "distest_version");
    distest_callable.distest_context_default =
        (distest_context (*)(void))R_GetCCallable("distest", "distest_context_default");
    distest_callable.distest_rng_seed =
        (distest_rng (*)(uint64_t seed))R_GetCCallable("distest", "distest_rng_seed");
    distest_callable.distest_rng_from =
        (distest_rng (*)(distest_uniform_fn uniform, void *state))R_GetCCallable("distest", "distest_rng_from");
    distest_callable.distest_rng_uniform =
        (double (*)(distest_rng *rng))R_GetCCallable("distest", "distest_rng_uniform");
    distest_callable.distest_expfam_family_alloc =
        (int (*)(distest_expfam_family **out, const char *name, const double *par, size_t npar, const size_t *ipar, size_t nipar, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_family_alloc");
    distest_callable.distest_expfam_family_nodes =
        (int (*)(distest_expfam_family **out, size_t m, size_t p, const double *xi, const double *logw, int finite, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_family_nodes");
    distest_callable.distest_expfam_family_pairwise =
        (int (*)(distest_expfam_family **out, size_t ncont, const double *beta_a, const double *beta_b, size_t ndisc, const size_t *levels, const double *scores, const double *prob, size_t p, const size_t *terms, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_family_pairwise");
    distest_callable.distest_expfam_family_user =
        (int (*)(distest_expfam_family **out, const distest_expfam_callbacks *callbacks, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_family_user");
    distest_callable.distest_expfam_family_free =
        (void (*)(distest_expfam_family *family))R_GetCCallable("distest", "distest_expfam_family_free");
    distest_callable.distest_expfam_sizes =
        (void (*)(const distest_expfam_family *family, size_t *p, size_t *d, size_t *usual))R_GetCCallable("distest", "distest_expfam_sizes");
    distest_callable.distest_expfam_stats =
        (int (*)(const distest_expfam_family *family, const distest_sample *sample, double *xi, double *logbase, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_stats");
    distest_callable.distest_expfam_psi =
        (int (*)(const distest_expfam_family *family, const double *theta, double *psi, double *grad, double *hess, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_psi");
    distest_callable.distest_expfam_cumulants =
        (int (*)(const distest_expfam_family *family, const double *theta, double *s3, double *q4, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_cumulants");
    distest_callable.distest_expfam_to_usual =
        (int (*)(const distest_expfam_family *family, const double *theta, double *par, double *jacobian, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_to_usual");
    distest_callable.distest_expfam_from_usual =
        (int (*)(const distest_expfam_family *family, const double *par, double *theta, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_from_usual");
    distest_callable.distest_expfam_divergence =
        (int (*)(const distest_expfam_family *family, const double *theta1, const double *theta2, double *kl, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_divergence");
    distest_callable.distest_expfam_sample =
        (int (*)(const distest_expfam_family *family, const double *theta, size_t n, distest_rng *rng, double *x, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_sample");
    distest_callable.distest_expfam_opts_default =
        (distest_expfam_opts (*)(void))R_GetCCallable("distest", "distest_expfam_opts_default");
    distest_callable.distest_expfam_fit_moments =
        (int (*)(const distest_expfam_family *family, const distest_expfam_opts *opts, double n, const double *mean, const double *start, double *theta, distest_expfam_info *info, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_fit_moments");
    distest_callable.distest_expfam_fit_data =
        (int (*)(const distest_expfam_family *family, const distest_expfam_opts *opts, const distest_sample *sample, const double *start, double *theta, double *mean, double *cov, distest_expfam_info *info, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_fit_data");
    distest_callable.distest_expfam_fit_columns =
        (int (*)(const distest_expfam_family *family, const distest_expfam_opts *opts, size_t rows, size_t columns, const double *x, double *theta, double *usual, double *loglik, double *n, int *code, int *boundary, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_fit_columns");
    distest_callable.distest_expfam_terms_data =
        (int (*)(const distest_expfam_family *family, const double *theta, const distest_sample *sample, int sampling, distest_expfam_terms *out, double *leverage, double *spectrum, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_terms_data");
    distest_callable.distest_expfam_terms_moments =
        (int (*)(const distest_expfam_family *family, const double *theta, const double *cov, const double *third, distest_expfam_terms *out, double *spectrum, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_terms_moments");
    distest_callable.distest_expfam_contract =
        (int (*)(size_t m, size_t p, const double *xi, const double *w, size_t n, const double *data, const double *weights, distest_expfam_terms *out, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_contract");
    distest_callable.distest_expfam_mc_opts_default =
        (distest_expfam_mc_opts (*)(void))R_GetCCallable("distest", "distest_expfam_mc_opts_default");
    distest_callable.distest_expfam_fit_mc =
        (int (*)(const distest_expfam_family *family, const distest_expfam_mc_opts *opts, const distest_sample *sample, const double *start, distest_rng *rng, double *theta, double *mean, double *cov, double *G, double *mixing, double *spectrum, distest_expfam_mc_info *info, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_fit_mc");
    distest_callable.distest_expfam_fit_draws =
        (int (*)(size_t m, size_t p, size_t chains, const double *draws, const double *at, const distest_sample *sample, int sampling, double *theta, double *mean, double *cov, double *G, double *mixing, double *spectrum, double *reach, distest_expfam_mc_info *info, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_fit_draws");
    distest_callable.distest_expfam_fit_pseudo =
        (int (*)(const distest_expfam_family *family, const distest_sample *sample, double *theta, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_fit_pseudo");
    distest_callable.distest_expfam_fit_nce =
        (int (*)(size_t n, size_t p, const double *xi, const double *weights, size_t m, const double *noise, const double *noise_weights, double *theta, double *psi, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_fit_nce");
    distest_callable.distest_expfam_acc_alloc =
        (int (*)(distest_expfam_acc **out, size_t p, int order, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_acc_alloc");
    distest_callable.distest_expfam_acc_free =
        (void (*)(distest_expfam_acc *acc))R_GetCCallable("distest", "distest_expfam_acc_free");
    distest_callable.distest_expfam_acc_add =
        (int (*)(distest_expfam_acc *acc, const char *segment, uint64_t first, size_t n, const double *xi, const double *weights, const double *logbase, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_acc_add");
    distest_callable.distest_expfam_acc_merge =
        (int (*)(distest_expfam_acc *into, const distest_expfam_acc *from, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_acc_merge");
    distest_callable.distest_expfam_acc_get =
        (int (*)(const distest_expfam_acc *acc, double *n, double *mean, double *cov, double *third, double *logbase, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_acc_get");
    distest_callable.distest_expfam_acc_packed_size =
        (size_t (*)(const distest_expfam_acc *acc))R_GetCCallable("distest", "distest_expfam_acc_packed_size");
    distest_callable.distest_expfam_acc_pack =
        (void (*)(const distest_expfam_acc *acc, unsigned char *bytes))R_GetCCallable("distest", "distest_expfam_acc_pack");
    distest_callable.distest_expfam_acc_unpack =
        (int (*)(distest_expfam_acc **out, size_t p, int order, size_t size, const unsigned char *bytes, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_acc_unpack");
    distest_callable.distest_expfam_bootstrap =
        (int (*)(const distest_expfam_family *family, const double *theta, const distest_sample *sample, int parametric, uint64_t first, size_t B, distest_rng *rng, double *thetas, double *kl, size_t *n_failed, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_bootstrap");
    distest_callable.distest_expfam_risk =
        (int (*)(const distest_expfam_terms *terms, size_t p, double n, int truth, double *first, double *second, double *risk, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_risk");
    distest_callable.distest_expfam_pn =
        (int (*)(double r1, double c2, double n, double alpha, int *pass, double *alpha_hat, double *n_required, int *usable, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_pn");
    distest_callable.distest_expfam_exists =
        (int (*)(size_t m, size_t p, const double *xi, const double *mean, int *status, double *direction, int *face, distest_context *ctx))R_GetCCallable("distest", "distest_expfam_exists");
    distest_callable.distest_kde_opts_default =
        (distest_kde_opts (*)(void))R_GetCCallable("distest", "distest_kde_opts_default");
    distest_callable.distest_kde_eval =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, distest_context *ctx))R_GetCCallable("distest", "distest_kde_eval");
    distest_callable.distest_kde_eval_bound =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *relerr, distest_context *ctx))R_GetCCallable("distest", "distest_kde_eval_bound");
    distest_callable.distest_kde_loo =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, double *logf, distest_context *ctx))R_GetCCallable("distest", "distest_kde_loo");
    distest_callable.distest_kde_score =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *grad, distest_context *ctx))R_GetCCallable("distest", "distest_kde_score");
    distest_callable.distest_kde_curvature =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *grad, double *hess, distest_context *ctx))R_GetCCallable("distest", "distest_kde_curvature");
    distest_callable.distest_kde_stats =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *neff, double *neff2, double *entropy, double *maxp, size_t *nearest, distest_context *ctx))R_GetCCallable("distest", "distest_kde_stats");
    distest_callable.distest_kde_phases =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, double *lid, double *edge, double *s_g, double *mu, double *mu_se, int *regime, distest_context *ctx))R_GetCCallable("distest", "distest_kde_phases");
    distest_callable.distest_kde_interval =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, size_t boot, double level, distest_rng *rng, double *lower, double *upper, distest_context *ctx))R_GetCCallable("distest", "distest_kde_interval");
    distest_callable.distest_kde_grid_loo =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t nh, const double *h, double *loo, double *d1, double *d2, double *neff, distest_context *ctx))R_GetCCallable("distest", "distest_kde_grid_loo");
    distest_callable.distest_kde_select_default =
        (distest_kde_select (*)(void))R_GetCCallable("distest", "distest_kde_select_default");
    distest_callable.distest_kde_bandwidth =
        (int (*)(const distest_sample *sample, const distest_kde_select *select, distest_kde_selected *selected, double *H, distest_context *ctx))R_GetCCallable("distest", "distest_kde_bandwidth");
    distest_callable.distest_kde_reference =
        (int (*)(const distest_sample *sample, int scaling, double *A, distest_context *ctx))R_GetCCallable("distest", "distest_kde_reference");
    distest_callable.distest_kde_radius =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t k, double *radius, double *next, distest_context *ctx))R_GetCCallable("distest", "distest_kde_radius");
    distest_callable.distest_kde_sample =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, int shrink, distest_rng *rng, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_kde_sample");
    distest_callable.distest_kde_cdf =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *p, distest_context *ctx))R_GetCCallable("distest", "distest_kde_cdf");
    distest_callable.distest_kde_quantile =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *p, double *at, distest_context *ctx))R_GetCCallable("distest", "distest_kde_quantile");
    distest_callable.distest_kde_kernel =
        (int (*)(const char *kernel, double nu, size_t d, double *log_norm, double *variance, distest_context *ctx))R_GetCCallable("distest", "distest_kde_kernel");
    distest_callable.distest_kde_thresholds =
        (int (*)(size_t d, const double *lambda, const double *xi2, double log_n, int finite, distest_kde_theory *theory, distest_context *ctx))R_GetCCallable("distest", "distest_kde_thresholds");
    distest_callable.distest_kde_kl_normal =
        (int (*)(double n, size_t d, double h, double *kl, distest_context *ctx))R_GetCCallable("distest", "distest_kde_kl_normal");
    distest_callable.distest_kde_h_normal =
        (int (*)(double n, size_t d, double *h, double *kl, distest_context *ctx))R_GetCCallable("distest", "distest_kde_h_normal");
    distest_callable.distest_kde_dominance =
        (int (*)(size_t m, size_t n, const double *logt, size_t k, double *mu, double *mu_se, double *neff, double *neff2, int *regime, distest_context *ctx))R_GetCCallable("distest", "distest_kde_dominance");
    distest_callable.distest_kde_transform =
        (int (*)(size_t d, const double *lower, const double *upper, size_t m, const double *at, double *out, double *log_jacobian, distest_context *ctx))R_GetCCallable("distest", "distest_kde_transform");
    distest_callable.distest_kde_responsibility =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, size_t *index, double *share, distest_context *ctx))R_GetCCallable("distest", "distest_kde_responsibility");
    distest_callable.distest_kde_marginal =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *which, double *out_x, double *out_H, distest_context *ctx))R_GetCCallable("distest", "distest_kde_marginal");
    distest_callable.distest_kde_conditional =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, const double *at_rest, double *logf, double *mean, distest_context *ctx))R_GetCCallable("distest", "distest_kde_conditional");
    distest_callable.distest_kde_conditional_cdf =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, const double *at_rest, double *p, distest_context *ctx))R_GetCCallable("distest", "distest_kde_conditional_cdf");
    distest_callable.distest_kde_conditional_sample =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, distest_rng *rng, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_kde_conditional_sample");
    distest_callable.distest_kde_modes =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *start, double *modes, double *logf, size_t *cluster, size_t *n_modes, distest_context *ctx))R_GetCCallable("distest", "distest_kde_modes");
    distest_callable.distest_kde_mesh =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, const size_t *count, const double *axes, double *logf, distest_context *ctx))R_GetCCallable("distest", "distest_kde_mesh");
    distest_callable.distest_kde_part_empty =
        (int (*)(size_t m, size_t k, double *part))R_GetCCallable("distest", "distest_kde_part_empty");
    distest_callable.distest_kde_part_add =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, double *part, distest_context *ctx))R_GetCCallable("distest", "distest_kde_part_add");
    distest_callable.distest_kde_part_merge =
        (int (*)(size_t m, size_t k, const double *from, double *into))R_GetCCallable("distest", "distest_kde_part_merge");
    distest_callable.distest_kde_part_finish =
        (int (*)(const distest_kde_opts *opts, size_t d, size_t m, size_t k, const double *part, double *logf, double *neff, double *distance, distest_context *ctx))R_GetCCallable("distest", "distest_kde_part_finish");
    distest_callable.distest_kde_mixed =
        (int (*)(size_t n, size_t columns, const double *x, const int *type, const int *levels, const double *lambda, double *out_x, double *out_factor, double *out_constant, distest_context *ctx))R_GetCCallable("distest", "distest_kde_mixed");
    distest_callable.distest_kde_mixed_width =
        (size_t (*)(size_t columns, const int *type, const int *levels))R_GetCCallable("distest", "distest_kde_mixed_width");
    distest_callable.distest_kde_mixed_sample =
        (int (*)(size_t n, size_t columns, const double *x, const double *weights, const int *type, const int *levels, const double *lambda, const double *h, size_t m, distest_rng *rng, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_kde_mixed_sample");
    distest_callable.distest_kde_mixed_bandwidth =
        (int (*)(size_t n, size_t columns, const double *x, const double *weights, const int *type, const int *levels, const distest_kde_select *select, double *lambda, double *h, distest_kde_selected *selected, distest_context *ctx))R_GetCCallable("distest", "distest_kde_mixed_bandwidth");
    distest_callable.distest_kde_alloc =
        (int (*)(const distest_sample *sample, const distest_kde_opts *opts, distest_kde_prepared **prepared, distest_context *ctx))R_GetCCallable("distest", "distest_kde_alloc");
    distest_callable.distest_kde_free =
        (void (*)(distest_kde_prepared *prepared))R_GetCCallable("distest", "distest_kde_free");
    distest_callable.distest_kde_prepared_eval =
        (int (*)(const distest_kde_prepared *prepared, size_t m, const double *at, double *logf, distest_context *ctx))R_GetCCallable("distest", "distest_kde_prepared_eval");
    distest_callable.distest_kde_prepared_score =
        (int (*)(const distest_kde_prepared *prepared, size_t m, const double *at, double *logf, double *grad, distest_context *ctx))R_GetCCallable("distest", "distest_kde_prepared_score");
    distest_callable.distest_kde_prepared_stats =
        (int (*)(const distest_kde_prepared *prepared, size_t m, const double *at, double *neff, double *neff2, double *entropy, double *maxp, size_t *nearest, distest_context *ctx))R_GetCCallable("distest", "distest_kde_prepared_stats");
    distest_callable.distest_kde_prepared_interval =
        (int (*)(const distest_kde_prepared *prepared, size_t m, const double *at, size_t k, size_t boot, double level, distest_rng *rng, double *lower, double *upper, distest_context *ctx))R_GetCCallable("distest", "distest_kde_prepared_interval");
    distest_callable.distest_rdd_rows_default =
        (distest_rdd_rows (*)(void))R_GetCCallable("distest", "distest_rdd_rows_default");
    distest_callable.distest_rdd_quantiles =
        (int (*)(const distest_rdd_rows *rows, int type, int halfsample, size_t probs, const double *q, double *quantiles, size_t *count, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_quantiles");
    distest_callable.distest_rdd_noise =
        (int (*)(const distest_rdd_rows *rows, const int *include, size_t probs, const double *q, double *noise, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_noise");
    distest_callable.distest_rdd_acc_alloc =
        (int (*)(size_t units, int weighted, distest_rdd_acc **acc, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_acc_alloc");
    distest_callable.distest_rdd_acc_free =
        (void (*)(distest_rdd_acc *acc))R_GetCCallable("distest", "distest_rdd_acc_free");
    distest_callable.distest_rdd_acc_add =
        (int (*)(distest_rdd_acc *acc, const distest_rdd_rows *rows, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_acc_add");
    distest_callable.distest_rdd_acc_merge =
        (int (*)(distest_rdd_acc *into, const distest_rdd_acc *from, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_acc_merge");
    distest_callable.distest_rdd_acc_rows =
        (distest_rdd_rows (*)(const distest_rdd_acc *acc))R_GetCCallable("distest", "distest_rdd_acc_rows");
    distest_callable.distest_rdd_acc_finish =
        (int (*)(const distest_rdd_acc *acc, int type, int halfsample, size_t probs, const double *q, double *quantiles, size_t *count, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_acc_finish");
    distest_callable.distest_rdd_units_default =
        (distest_rdd_units (*)(void))R_GetCCallable("distest", "distest_rdd_units_default");
    distest_callable.distest_rdd_opts_default =
        (distest_rdd_opts (*)(void))R_GetCCallable("distest", "distest_rdd_opts_default");
    distest_callable.distest_rdd_result_default =
        (distest_rdd_result (*)(void))R_GetCCallable("distest", "distest_rdd_result_default");
    distest_callable.distest_rdd_score_rows =
        (size_t (*)(const distest_rdd_units *units, const distest_rdd_opts *opts))R_GetCCallable("distest", "distest_rdd_score_rows");
    distest_callable.distest_rdd_fit =
        (int (*)(const distest_rdd_units *units, const distest_rdd_opts *opts, distest_rdd_result *result, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_fit");
    distest_callable.distest_rdd_weights =
        (int (*)(size_t n, const double *x, const double *weights, const distest_rdd_opts *opts, double *w_cl, double *w_bc, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_weights");
    distest_callable.distest_rdd_curve =
        (int (*)(const distest_rdd_units *units, const distest_rdd_opts *opts, size_t m, const double *h, double *tau_cl, double *tau_bc, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_curve");
    distest_callable.distest_rdd_predict =
        (int (*)(const distest_rdd_units *units, const distest_rdd_opts *opts, size_t m, const double *at, double *curve, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_predict");
    distest_callable.distest_rdd_bins =
        (size_t (*)(size_t units))R_GetCCallable("distest", "distest_rdd_bins");
    distest_callable.distest_rdd_plotdata =
        (int (*)(const distest_rdd_units *units, double cutoff, const size_t bins[2], double *x, size_t *count, double *value, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_plotdata");
    distest_callable.distest_rdd_compliers_default =
        (distest_rdd_complier_curves (*)(void))R_GetCCallable("distest", "distest_rdd_compliers_default");
    distest_callable.distest_rdd_compliers =
        (int (*)(const distest_rdd_units *units, const distest_rdd_opts *opts, distest_rdd_complier_curves *curves, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_compliers");
    distest_callable.distest_rdd_anderson_rubin =
        (int (*)(size_t probs, const double *jump, const double *se, const double *cov, const double first[2], double level, double *lower, double *upper, int *shape, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_anderson_rubin");
    distest_callable.distest_rdd_bandwidth_default =
        (distest_rdd_bandwidth_opts (*)(void))R_GetCCallable("distest", "distest_rdd_bandwidth_default");
    distest_callable.distest_rdd_stages_default =
        (distest_rdd_stages (*)(void))R_GetCCallable("distest", "distest_rdd_stages_default");
    distest_callable.distest_rdd_bandwidth =
        (int (*)(const distest_rdd_units *units, const distest_rdd_opts *opts, const distest_rdd_bandwidth_opts *bw, double *h, double *b, distest_rdd_stages *stages, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_bandwidth");
    distest_callable.distest_rdd_bands =
        (int (*)(size_t probs, const double *tau, const double *vcov, double level, size_t draws, int studentized, distest_rng *rng, double *crit, double *lower, double *upper, double *process, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_bands");
    distest_callable.distest_rdd_bands_scores =
        (int (*)(size_t rows, size_t probs, const double *scores, const double *tau, const char *multiplier, const double *xi, double level, size_t draws, int studentized, distest_rng *rng, double *crit, double *lower, double *upper, double *process, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_bands_scores");
    distest_callable.distest_rdd_bands_part =
        (int (*)(size_t rows, size_t probs, const double *scores, const double *vcov, const char *multiplier, const double *xi, size_t first, size_t draws, int studentized, distest_rng *rng, double *maxima, double *se, double *process, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_bands_part");
    distest_callable.distest_rdd_bands_join =
        (int (*)(size_t probs, const double *tau, const double *se, double level, size_t draws, const double *maxima, int studentized, double *crit, double *lower, double *upper, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_bands_join");
    distest_callable.distest_rdd_test =
        (int (*)(size_t probs, const double *q, const double *tau, const double *vcov, const double *process, size_t draws, double level, const char *test, const char *statistic, int studentized, const double range[2], double *value, double *p_value, double *critical, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_test");
    distest_callable.distest_rdd_project =
        (int (*)(size_t n, const double *y, const double *w, double *fit, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_project");
    distest_callable.distest_rdd_rearrange =
        (int (*)(size_t n, const double *y, const double *w, double *fit, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_rearrange");
    distest_callable.distest_rdd_functional =
        (int (*)(const char *name, double u, double v, size_t n, const double *q, const double *m, double *value, double *gradient, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_functional");
    distest_callable.distest_rdd_bias =
        (int (*)(size_t n, const double *x, const double *w, double cutoff, double smoothness_left, double smoothness_right, double *bias, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_bias");
    distest_callable.distest_rdd_smoothness =
        (int (*)(const distest_rdd_units *units, double cutoff, double *left, double *right, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_smoothness");
    distest_callable.distest_rdd_honest_critical =
        (int (*)(size_t n, const double *t, double level, double *cv, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_honest_critical");
    distest_callable.distest_rdd_honest_ratio =
        (int (*)(size_t probs, const double *jump, const double *se, const double *cov, const double *bias, const double first[2], double first_bias, double level, double *lower, double *upper, int *shape, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_honest_ratio");
    distest_callable.distest_rdd_density_test =
        (int (*)(size_t n, const double *x, double cutoff, int p, const char *kernel, double h, double density[2], double *t, double *p_value, double binomial[5], distest_context *ctx))R_GetCCallable("distest", "distest_rdd_density_test");
    distest_callable.distest_rdd_randtest =
        (int (*)(const distest_rdd_units *units, double cutoff, double window, const char *statistic, size_t reps, distest_rng *rng, size_t n_side[2], double *value, double *p_value, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_randtest");
    distest_callable.distest_rdd_randtest_part =
        (int (*)(const distest_rdd_units *units, double cutoff, double window, const char *statistic, size_t reps, size_t first, size_t draws, distest_rng *rng, size_t n_side[2], double *value, size_t *above, size_t *permutations, int *exact, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_randtest_part");
    distest_callable.distest_rdd_randtest_join =
        (int (*)(size_t parts, const size_t *above, size_t permutations, int exact, double *p_value, distest_context *ctx))R_GetCCallable("distest", "distest_rdd_randtest_join");
    distest_callable.distest_surv_data_default =
        (distest_surv_data (*)(void))R_GetCCallable("distest", "distest_surv_data_default");
    distest_callable.distest_surv_data_check =
        (int (*)(const distest_surv_data *data, size_t *bad_row, distest_context *ctx))R_GetCCallable("distest", "distest_surv_data_check");
    distest_callable.distest_surv_terms =
        (int (*)(const distest_surv_data *data, const double *eta, int deriv, double *value, double *grad, double *hess, distest_context *ctx))R_GetCCallable("distest", "distest_surv_terms");
    distest_callable.distest_surv_aliased =
        (int (*)(const distest_surv_data *data, int *aliased, distest_context *ctx))R_GetCCallable("distest", "distest_surv_aliased");
    distest_callable.distest_surv_dist =
        (int (*)(int what, int flags, size_t n, const double *x, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_surv_dist");
    distest_callable.distest_surv_rand =
        (int (*)(size_t n, const double *u, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_surv_rand");
    distest_callable.distest_surv_opts_default =
        (distest_surv_opts (*)(void))R_GetCCallable("distest", "distest_surv_opts_default");
    distest_callable.distest_surv_fit =
        (int (*)(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx))R_GetCCallable("distest", "distest_surv_fit");
    distest_callable.distest_surv_frailty =
        (int (*)(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, double *variance, double *effect, distest_surv_info *info, distest_context *ctx))R_GetCCallable("distest", "distest_surv_frailty");
    distest_callable.distest_surv_monotone =
        (int (*)(const distest_surv_data *data, int *flags, distest_context *ctx))R_GetCCallable("distest", "distest_surv_monotone");
    distest_callable.distest_surv_sums_alloc =
        (int (*)(distest_surv_sums **sums, distest_context *ctx))R_GetCCallable("distest", "distest_surv_sums_alloc");
    distest_callable.distest_surv_sums_free =
        (void (*)(distest_surv_sums *sums))R_GetCCallable("distest", "distest_surv_sums_free");
    distest_callable.distest_surv_sums_reset =
        (void (*)(distest_surv_sums *sums))R_GetCCallable("distest", "distest_surv_sums_reset");
    distest_callable.distest_surv_eval =
        (int (*)(const distest_surv_data *data, const double *coef, int kernel, int deriv, const char *segment, size_t first, distest_surv_sums *sums, distest_context *ctx))R_GetCCallable("distest", "distest_surv_eval");
    distest_callable.distest_surv_sums_add =
        (int (*)(distest_surv_sums *into, const distest_surv_sums *from, distest_context *ctx))R_GetCCallable("distest", "distest_surv_sums_add");
    distest_callable.distest_surv_sums_size =
        (size_t (*)(const distest_surv_sums *sums))R_GetCCallable("distest", "distest_surv_sums_size");
    distest_callable.distest_surv_sums_pack =
        (int (*)(const distest_surv_sums *sums, unsigned char *bytes, distest_context *ctx))R_GetCCallable("distest", "distest_surv_sums_pack");
    distest_callable.distest_surv_sums_unpack =
        (int (*)(size_t size, const unsigned char *bytes, distest_surv_sums **sums, distest_context *ctx))R_GetCCallable("distest", "distest_surv_sums_unpack");
    distest_callable.distest_surv_sums_get =
        (int (*)(const distest_surv_sums *sums, distest_surv_sums_info *info, double *score, double *hess, double *middle, distest_context *ctx))R_GetCCallable("distest", "distest_surv_sums_get");
    distest_callable.distest_surv_layout_default =
        (distest_surv_layout (*)(void))R_GetCCallable("distest", "distest_surv_layout_default");
    distest_callable.distest_surv_fit_sums =
        (int (*)(const distest_surv_layout *layout, distest_surv_eval_fn eval, void *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx))R_GetCCallable("distest", "distest_surv_fit_sums");
    distest_callable.distest_surv_predict =
        (int (*)(const distest_surv_model *model, int type, size_t m, const double *const *x, const double *const *offset, size_t k, const double *at, int each_row, const double *entry, double level, double *est, double *se, double *lower, double *upper, distest_context *ctx))R_GetCCallable("distest", "distest_surv_predict");
    distest_callable.distest_wls_basis_alloc =
        (int (*)(const char *type, double degree, size_t npar, const double *par, distest_wls_basis **basis, distest_context *ctx))R_GetCCallable("distest", "distest_wls_basis_alloc");
    distest_callable.distest_wls_basis_free =
        (void (*)(distest_wls_basis *basis))R_GetCCallable("distest", "distest_wls_basis_free");
    distest_callable.distest_wls_basis_size =
        (size_t (*)(const distest_wls_basis *basis))R_GetCCallable("distest", "distest_wls_basis_size");
    distest_callable.distest_wls_basis_level =
        (size_t (*)(const distest_wls_basis *basis, size_t index))R_GetCCallable("distest", "distest_wls_basis_level");
    distest_callable.distest_wls_basis_support =
        (void (*)(const distest_wls_basis *basis, double *low, double *high))R_GetCCallable("distest", "distest_wls_basis_support");
    distest_callable.distest_wls_basis_eval =
        (int (*)(const distest_wls_basis *basis, size_t n, const double *x, double *value, double *deriv, distest_context *ctx))R_GetCCallable("distest", "distest_wls_basis_eval");
    distest_callable.distest_wls_induced_cdf =
        (int (*)(const distest_wls_basis *basis, size_t index, size_t n, const double *x, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_wls_induced_cdf");
    distest_callable.distest_wls_induced_quantile =
        (int (*)(const distest_wls_basis *basis, size_t index, size_t n, const double *u, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_wls_induced_quantile");
    distest_callable.distest_wls_induced_sample =
        (int (*)(const distest_wls_basis *basis, size_t index, size_t n, distest_rng *rng, double *x, distest_context *ctx))R_GetCCallable("distest", "distest_wls_induced_sample");
    distest_callable.distest_wls_set_default =
        (distest_wls_set (*)(void))R_GetCCallable("distest", "distest_wls_set_default");
    distest_callable.distest_wls_index_count =
        (int (*)(const distest_wls_set *set, size_t d, const distest_wls_basis *const *bases, size_t *m, distest_context *ctx))R_GetCCallable("distest", "distest_wls_index_count");
    distest_callable.distest_wls_index_fill =
        (int (*)(const distest_wls_set *set, size_t d, const distest_wls_basis *const *bases, size_t m, int *idx, distest_context *ctx))R_GetCCallable("distest", "distest_wls_index_fill");
    distest_callable.distest_wls_margin =
        (int (*)(size_t d, size_t m, const int *idx, const int *limit, size_t *count, int *cand, distest_context *ctx))R_GetCCallable("distest", "distest_wls_margin");
    distest_callable.distest_wls_space_tensor =
        (int (*)(size_t d, const distest_wls_basis *const *bases, size_t m, const int *idx, distest_wls_space **space, distest_context *ctx))R_GetCCallable("distest", "distest_wls_space_tensor");
    distest_callable.distest_wls_space_finite =
        (int (*)(size_t N, size_t m, const double *F, const double *prob, double tol, distest_wls_space **space, distest_context *ctx))R_GetCCallable("distest", "distest_wls_space_finite");
    distest_callable.distest_wls_space_chunks =
        (int (*)(size_t N, size_t m, const double *prob, distest_wls_space **space, distest_context *ctx))R_GetCCallable("distest", "distest_wls_space_chunks");
    distest_callable.distest_wls_space_chunk =
        (int (*)(distest_wls_space *space, size_t rows, size_t first, const double *F, distest_context *ctx))R_GetCCallable("distest", "distest_wls_space_chunk");
    distest_callable.distest_wls_space_ready =
        (int (*)(distest_wls_space *space, double tol, distest_context *ctx))R_GetCCallable("distest", "distest_wls_space_ready");
    distest_callable.distest_wls_space_reference =
        (int (*)(size_t n, size_t m, const double *F, const double *w, double tol, distest_wls_space **space, distest_context *ctx))R_GetCCallable("distest", "distest_wls_space_reference");
    distest_callable.distest_wls_orthonormalise =
        (int (*)(const distest_wls_space *space, size_t n, double *F, distest_context *ctx))R_GetCCallable("distest", "distest_wls_orthonormalise");
    distest_callable.distest_wls_space_free =
        (void (*)(distest_wls_space *space))R_GetCCallable("distest", "distest_wls_space_free");
    distest_callable.distest_wls_space_size =
        (void (*)(const distest_wls_space *space, size_t *m, size_t *d, size_t *N))R_GetCCallable("distest", "distest_wls_space_size");
    distest_callable.distest_wls_space_finite_parts =
        (int (*)(const distest_wls_space *space, double *R, double *phi_t, distest_context *ctx))R_GetCCallable("distest", "distest_wls_space_finite_parts");
    distest_callable.distest_wls_features =
        (int (*)(const distest_wls_space *space, size_t n, const double *x, int normalize, double *phi, double *logk, double *grad, distest_context *ctx))R_GetCCallable("distest", "distest_wls_features");
    distest_callable.distest_wls_outside =
        (int (*)(const distest_wls_space *space, size_t n, const double *x, int *out, distest_context *ctx))R_GetCCallable("distest", "distest_wls_outside");
    distest_callable.distest_wls_inclusion =
        (int (*)(const distest_wls_space *space, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_wls_inclusion");
    distest_callable.distest_wls_opts_default =
        (distest_wls_opts (*)(void))R_GetCCallable("distest", "distest_wls_opts_default");
    distest_callable.distest_wls_rng =
        (distest_rng (*)(distest_wls_key *key))R_GetCCallable("distest", "distest_wls_rng");
    distest_callable.distest_wls_sample =
        (int (*)(const distest_wls_space *space, const distest_wls_opts *opts, size_t n, distest_rng *rng, double *points, size_t *index, double *weights, distest_wls_diag *diag, distest_context *ctx))R_GetCCallable("distest", "distest_wls_sample");
    distest_callable.distest_wls_draw =
        (int (*)(const distest_wls_space *space, double alpha, size_t n, distest_rng *rng, double *points, size_t *index, distest_context *ctx))R_GetCCallable("distest", "distest_wls_draw");
    distest_callable.distest_wls_stepper_alloc =
        (int (*)(size_t m, size_t r, distest_rng *rng, distest_wls_stepper **stepper, distest_context *ctx))R_GetCCallable("distest", "distest_wls_stepper_alloc");
    distest_callable.distest_wls_stepper_free =
        (void (*)(distest_wls_stepper *stepper))R_GetCCallable("distest", "distest_wls_stepper_free");
    distest_callable.distest_wls_stepper_want =
        (int (*)(distest_wls_stepper *stepper, size_t *count, distest_context *ctx))R_GetCCallable("distest", "distest_wls_stepper_want");
    distest_callable.distest_wls_stepper_offer =
        (int (*)(distest_wls_stepper *stepper, size_t count, const double *U, distest_context *ctx))R_GetCCallable("distest", "distest_wls_stepper_offer");
    distest_callable.distest_wls_stepper_taken =
        (size_t (*)(const distest_wls_stepper *stepper, size_t *proposal, size_t *copy))R_GetCCallable("distest", "distest_wls_stepper_taken");
    distest_callable.distest_wls_tridiagonal =
        (int (*)(const distest_wls_basis *basis, size_t m, distest_rng *rng, double *x, distest_context *ctx))R_GetCCallable("distest", "distest_wls_tridiagonal");
    distest_callable.distest_wls_simulate =
        (int (*)(const distest_wls_space *space, const distest_wls_opts *opts, size_t n, size_t nsim, distest_rng *rng, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_wls_simulate");
    distest_callable.distest_wls_prune =
        (int (*)(size_t n, size_t m, const double *A, const char *criterion, double delta, size_t n_min, size_t *kept, size_t *order, double *value, distest_context *ctx))R_GetCCallable("distest", "distest_wls_prune");
    distest_callable.distest_wls_diagnose =
        (int (*)(size_t n, size_t m, const double *A, distest_wls_diag *diag, distest_context *ctx))R_GetCCallable("distest", "distest_wls_diagnose");
    distest_callable.distest_wls_fit =
        (int (*)(size_t n, size_t m, size_t q, const double *Phi, const double *w, const double *Y, double tol, double *coef, distest_wls_diag *diag, double *leverage, double *fitted, distest_context *ctx))R_GetCCallable("distest", "distest_wls_fit");
    distest_callable.distest_wls_loo =
        (int (*)(size_t n, size_t m, size_t q, const double *w, const double *residual, const double *leverage, const double *Y, double trace, double *loo, double *corrected, double *q2, distest_context *ctx))R_GetCCallable("distest", "distest_wls_loo");
    distest_callable.distest_wls_vcov =
        (int (*)(size_t n, size_t m, size_t q, const double *Phi, const double *w, const double *residual, const char *type, double sigma, double *V, double *trace, distest_context *ctx))R_GetCCallable("distest", "distest_wls_vcov");
    distest_callable.distest_wls_predict =
        (int (*)(const distest_wls_space *space, size_t q, const double *coef, const double *V, size_t n, const double *x, double *f, double *se, double *grad, distest_context *ctx))R_GetCCallable("distest", "distest_wls_predict");
    distest_callable.distest_wls_hessian =
        (int (*)(const distest_wls_space *space, size_t q, const double *coef, size_t n, const double *x, double *hessian, distest_context *ctx))R_GetCCallable("distest", "distest_wls_hessian");
    distest_callable.distest_wls_quadrature =
        (int (*)(size_t n, size_t m, const double *Phi, const double *w, const double *e, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_wls_quadrature");
    distest_callable.distest_wls_integrals =
        (int (*)(const distest_wls_space *space, double *e, distest_context *ctx))R_GetCCallable("distest", "distest_wls_integrals");
    distest_callable.distest_wls_accum_size =
        (size_t (*)(size_t m, size_t q))R_GetCCallable("distest", "distest_wls_accum_size");
    distest_callable.distest_wls_accum_add =
        (int (*)(size_t m, size_t q, size_t n, const double *Phi, const double *w, const double *Y, double *acc, distest_context *ctx))R_GetCCallable("distest", "distest_wls_accum_add");
    distest_callable.distest_wls_accum_merge =
        (int (*)(size_t m, size_t q, const double *from, double *into, distest_context *ctx))R_GetCCallable("distest", "distest_wls_accum_merge");
    distest_callable.distest_wls_accum_solve =
        (int (*)(size_t m, size_t q, const double *acc, double tol, double *coef, distest_wls_diag *diag, double *rss, double *rows, distest_context *ctx))R_GetCCallable("distest", "distest_wls_accum_solve");
    distest_callable.distest_wls_part_alloc =
        (int (*)(size_t m, size_t q, distest_wls_part **part, distest_context *ctx))R_GetCCallable("distest", "distest_wls_part_alloc");
    distest_callable.distest_wls_part_free =
        (void (*)(distest_wls_part *part))R_GetCCallable("distest", "distest_wls_part_free");
    distest_callable.distest_wls_part_add =
        (int (*)(distest_wls_part *part, const char *segment, size_t first, size_t n, const double *Phi, const double *w, const double *Y, distest_context *ctx))R_GetCCallable("distest", "distest_wls_part_add");
    distest_callable.distest_wls_part_merge =
        (int (*)(distest_wls_part *into, const distest_wls_part *from, distest_context *ctx))R_GetCCallable("distest", "distest_wls_part_merge");
    distest_callable.distest_wls_part_solve =
        (int (*)(const distest_wls_part *part, double tol, double *coef, distest_wls_diag *diag, double *rss, double *rows, distest_context *ctx))R_GetCCallable("distest", "distest_wls_part_solve");
    distest_callable.distest_wls_part_size =
        (size_t (*)(const distest_wls_part *part))R_GetCCallable("distest", "distest_wls_part_size");
    distest_callable.distest_wls_part_pack =
        (void (*)(const distest_wls_part *part, unsigned char *bytes))R_GetCCallable("distest", "distest_wls_part_pack");
    distest_callable.distest_wls_part_unpack =
        (int (*)(size_t m, size_t q, size_t size, const unsigned char *bytes, distest_wls_part **part, distest_context *ctx))R_GetCCallable("distest", "distest_wls_part_unpack");
    distest_callable.distest_wls_moments =
        (int (*)(const distest_wls_space *space, const double *coef, const double *V, double out[4], distest_context *ctx))R_GetCCallable("distest", "distest_wls_moments");
    distest_callable.distest_wls_moments4 =
        (int (*)(const distest_wls_space *space, const double *coef, distest_rng *rng, double out[6], distest_context *ctx))R_GetCCallable("distest", "distest_wls_moments4");
    distest_callable.distest_wls_sobol =
        (int (*)(const distest_wls_space *space, const double *coef, const double *V, size_t nsub, const int *subset, double *index, double *se, double *total, double *se_total, distest_context *ctx))R_GetCCallable("distest", "distest_wls_sobol");
    distest_callable.distest_wls_dgsm =
        (int (*)(const distest_wls_space *space, const double *coef, const double *V, double *out, double *se, distest_context *ctx))R_GetCCallable("distest", "distest_wls_dgsm");
    distest_callable.distest_wls_plan =
        (int (*)(double K, size_t m, double delta, double eta, const char *bound, double *n, distest_context *ctx))R_GetCCallable("distest", "distest_wls_plan");
    distest_callable.distest_wls_constant =
        (int (*)(size_t n, size_t m, const char *method, double *c, distest_context *ctx))R_GetCCallable("distest", "distest_wls_constant");
    distest_callable.distest_wls_facts_default =
        (distest_wls_facts (*)(void))R_GetCCallable("distest", "distest_wls_facts_default");
    distest_callable.distest_wls_certify =
        (int (*)(const distest_wls_diag *diag, size_t n, size_t m, const distest_wls_opts *opts, const distest_wls_facts *facts, double eta, double conf, distest_wls_certificate *out, distest_context *ctx))R_GetCCallable("distest", "distest_wls_certify");
    distest_callable.distest_wls_weights =
        (int (*)(size_t n, size_t blocks, const double *density, double *w, distest_context *ctx))R_GetCCallable("distest", "distest_wls_weights");
    distest_callable.distest_wls_missing =
        (int (*)(size_t d, size_t m, const int *idx, size_t done_count, const int *done, const size_t *counts, size_t tau, size_t *need, distest_context *ctx))R_GetCCallable("distest", "distest_wls_missing");
}

const char *distest_strerror(int status)
{
    return distest_callable.distest_strerror(status);
}

int distest_version(void)
{
    return distest_callable.distest_version();
}

distest_context distest_context_default(void)
{
    return distest_callable.distest_context_default();
}

distest_rng distest_rng_seed(uint64_t seed)
{
    return distest_callable.distest_rng_seed(seed);
}

distest_rng distest_rng_from(distest_uniform_fn uniform, void *state)
{
    return distest_callable.distest_rng_from(uniform, state);
}

double distest_rng_uniform(distest_rng *rng)
{
    return distest_callable.distest_rng_uniform(rng);
}

int distest_expfam_family_alloc(distest_expfam_family **out, const char *name, const double *par, size_t npar, const size_t *ipar, size_t nipar, distest_context *ctx)
{
    return distest_callable.distest_expfam_family_alloc(out, name, par, npar, ipar, nipar, ctx);
}

int distest_expfam_family_nodes(distest_expfam_family **out, size_t m, size_t p, const double *xi, const double *logw, int finite, distest_context *ctx)
{
    return distest_callable.distest_expfam_family_nodes(out, m, p, xi, logw, finite, ctx);
}

int distest_expfam_family_pairwise(distest_expfam_family **out, size_t ncont, const double *beta_a, const double *beta_b, size_t ndisc, const size_t *levels, const double *scores, const double *prob, size_t p, const size_t *terms, distest_context *ctx)
{
    return distest_callable.distest_expfam_family_pairwise(out, ncont, beta_a, beta_b, ndisc, levels, scores, prob, p, terms, ctx);
}

int distest_expfam_family_user(distest_expfam_family **out, const distest_expfam_callbacks *callbacks, distest_context *ctx)
{
    return distest_callable.distest_expfam_family_user(out, callbacks, ctx);
}

void distest_expfam_family_free(distest_expfam_family *family)
{
    distest_callable.distest_expfam_family_free(family);
}

void distest_expfam_sizes(const distest_expfam_family *family, size_t *p, size_t *d, size_t *usual)
{
    distest_callable.distest_expfam_sizes(family, p, d, usual);
}

int distest_expfam_stats(const distest_expfam_family *family, const distest_sample *sample, double *xi, double *logbase, distest_context *ctx)
{
    return distest_callable.distest_expfam_stats(family, sample, xi, logbase, ctx);
}

int distest_expfam_psi(const distest_expfam_family *family, const double *theta, double *psi, double *grad, double *hess, distest_context *ctx)
{
    return distest_callable.distest_expfam_psi(family, theta, psi, grad, hess, ctx);
}

int distest_expfam_cumulants(const distest_expfam_family *family, const double *theta, double *s3, double *q4, distest_context *ctx)
{
    return distest_callable.distest_expfam_cumulants(family, theta, s3, q4, ctx);
}

int distest_expfam_to_usual(const distest_expfam_family *family, const double *theta, double *par, double *jacobian, distest_context *ctx)
{
    return distest_callable.distest_expfam_to_usual(family, theta, par, jacobian, ctx);
}

int distest_expfam_from_usual(const distest_expfam_family *family, const double *par, double *theta, distest_context *ctx)
{
    return distest_callable.distest_expfam_from_usual(family, par, theta, ctx);
}

int distest_expfam_divergence(const distest_expfam_family *family, const double *theta1, const double *theta2, double *kl, distest_context *ctx)
{
    return distest_callable.distest_expfam_divergence(family, theta1, theta2, kl, ctx);
}

int distest_expfam_sample(const distest_expfam_family *family, const double *theta, size_t n, distest_rng *rng, double *x, distest_context *ctx)
{
    return distest_callable.distest_expfam_sample(family, theta, n, rng, x, ctx);
}

distest_expfam_opts distest_expfam_opts_default(void)
{
    return distest_callable.distest_expfam_opts_default();
}

int distest_expfam_fit_moments(const distest_expfam_family *family, const distest_expfam_opts *opts, double n, const double *mean, const double *start, double *theta, distest_expfam_info *info, distest_context *ctx)
{
    return distest_callable.distest_expfam_fit_moments(family, opts, n, mean, start, theta, info, ctx);
}

int distest_expfam_fit_data(const distest_expfam_family *family, const distest_expfam_opts *opts, const distest_sample *sample, const double *start, double *theta, double *mean, double *cov, distest_expfam_info *info, distest_context *ctx)
{
    return distest_callable.distest_expfam_fit_data(family, opts, sample, start, theta, mean, cov, info, ctx);
}

int distest_expfam_fit_columns(const distest_expfam_family *family, const distest_expfam_opts *opts, size_t rows, size_t columns, const double *x, double *theta, double *usual, double *loglik, double *n, int *code, int *boundary, distest_context *ctx)
{
    return distest_callable.distest_expfam_fit_columns(family, opts, rows, columns, x, theta, usual, loglik, n, code, boundary, ctx);
}

int distest_expfam_terms_data(const distest_expfam_family *family, const double *theta, const distest_sample *sample, int sampling, distest_expfam_terms *out, double *leverage, double *spectrum, distest_context *ctx)
{
    return distest_callable.distest_expfam_terms_data(family, theta, sample, sampling, out, leverage, spectrum, ctx);
}

int distest_expfam_terms_moments(const distest_expfam_family *family, const double *theta, const double *cov, const double *third, distest_expfam_terms *out, double *spectrum, distest_context *ctx)
{
    return distest_callable.distest_expfam_terms_moments(family, theta, cov, third, out, spectrum, ctx);
}

int distest_expfam_contract(size_t m, size_t p, const double *xi, const double *w, size_t n, const double *data, const double *weights, distest_expfam_terms *out, distest_context *ctx)
{
    return distest_callable.distest_expfam_contract(m, p, xi, w, n, data, weights, out, ctx);
}

distest_expfam_mc_opts distest_expfam_mc_opts_default(void)
{
    return distest_callable.distest_expfam_mc_opts_default();
}

int distest_expfam_fit_mc(const distest_expfam_family *family, const distest_expfam_mc_opts *opts, const distest_sample *sample, const double *start, distest_rng *rng, double *theta, double *mean, double *cov, double *G, double *mixing, double *spectrum, distest_expfam_mc_info *info, distest_context *ctx)
{
    return distest_callable.distest_expfam_fit_mc(family, opts, sample, start, rng, theta, mean, cov, G, mixing, spectrum, info, ctx);
}

int distest_expfam_fit_draws(size_t m, size_t p, size_t chains, const double *draws, const double *at, const distest_sample *sample, int sampling, double *theta, double *mean, double *cov, double *G, double *mixing, double *spectrum, double *reach, distest_expfam_mc_info *info, distest_context *ctx)
{
    return distest_callable.distest_expfam_fit_draws(m, p, chains, draws, at, sample, sampling, theta, mean, cov, G, mixing, spectrum, reach, info, ctx);
}

int distest_expfam_fit_pseudo(const distest_expfam_family *family, const distest_sample *sample, double *theta, distest_context *ctx)
{
    return distest_callable.distest_expfam_fit_pseudo(family, sample, theta, ctx);
}

int distest_expfam_fit_nce(size_t n, size_t p, const double *xi, const double *weights, size_t m, const double *noise, const double *noise_weights, double *theta, double *psi, distest_context *ctx)
{
    return distest_callable.distest_expfam_fit_nce(n, p, xi, weights, m, noise, noise_weights, theta, psi, ctx);
}

int distest_expfam_acc_alloc(distest_expfam_acc **out, size_t p, int order, distest_context *ctx)
{
    return distest_callable.distest_expfam_acc_alloc(out, p, order, ctx);
}

void distest_expfam_acc_free(distest_expfam_acc *acc)
{
    distest_callable.distest_expfam_acc_free(acc);
}

int distest_expfam_acc_add(distest_expfam_acc *acc, const char *segment, uint64_t first, size_t n, const double *xi, const double *weights, const double *logbase, distest_context *ctx)
{
    return distest_callable.distest_expfam_acc_add(acc, segment, first, n, xi, weights, logbase, ctx);
}

int distest_expfam_acc_merge(distest_expfam_acc *into, const distest_expfam_acc *from, distest_context *ctx)
{
    return distest_callable.distest_expfam_acc_merge(into, from, ctx);
}

int distest_expfam_acc_get(const distest_expfam_acc *acc, double *n, double *mean, double *cov, double *third, double *logbase, distest_context *ctx)
{
    return distest_callable.distest_expfam_acc_get(acc, n, mean, cov, third, logbase, ctx);
}

size_t distest_expfam_acc_packed_size(const distest_expfam_acc *acc)
{
    return distest_callable.distest_expfam_acc_packed_size(acc);
}

void distest_expfam_acc_pack(const distest_expfam_acc *acc, unsigned char *bytes)
{
    distest_callable.distest_expfam_acc_pack(acc, bytes);
}

int distest_expfam_acc_unpack(distest_expfam_acc **out, size_t p, int order, size_t size, const unsigned char *bytes, distest_context *ctx)
{
    return distest_callable.distest_expfam_acc_unpack(out, p, order, size, bytes, ctx);
}

int distest_expfam_bootstrap(const distest_expfam_family *family, const double *theta, const distest_sample *sample, int parametric, uint64_t first, size_t B, distest_rng *rng, double *thetas, double *kl, size_t *n_failed, distest_context *ctx)
{
    return distest_callable.distest_expfam_bootstrap(family, theta, sample, parametric, first, B, rng, thetas, kl, n_failed, ctx);
}

int distest_expfam_risk(const distest_expfam_terms *terms, size_t p, double n, int truth, double *first, double *second, double *risk, distest_context *ctx)
{
    return distest_callable.distest_expfam_risk(terms, p, n, truth, first, second, risk, ctx);
}

int distest_expfam_pn(double r1, double c2, double n, double alpha, int *pass, double *alpha_hat, double *n_required, int *usable, distest_context *ctx)
{
    return distest_callable.distest_expfam_pn(r1, c2, n, alpha, pass, alpha_hat, n_required, usable, ctx);
}

int distest_expfam_exists(size_t m, size_t p, const double *xi, const double *mean, int *status, double *direction, int *face, distest_context *ctx)
{
    return distest_callable.distest_expfam_exists(m, p, xi, mean, status, direction, face, ctx);
}

distest_kde_opts distest_kde_opts_default(void)
{
    return distest_callable.distest_kde_opts_default();
}

int distest_kde_eval(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, distest_context *ctx)
{
    return distest_callable.distest_kde_eval(sample, opts, m, at, logf, ctx);
}

int distest_kde_eval_bound(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *relerr, distest_context *ctx)
{
    return distest_callable.distest_kde_eval_bound(sample, opts, m, at, logf, relerr, ctx);
}

int distest_kde_loo(const distest_sample *sample, const distest_kde_opts *opts, double *logf, distest_context *ctx)
{
    return distest_callable.distest_kde_loo(sample, opts, logf, ctx);
}

int distest_kde_score(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *grad, distest_context *ctx)
{
    return distest_callable.distest_kde_score(sample, opts, m, at, logf, grad, ctx);
}

int distest_kde_curvature(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *logf, double *grad, double *hess, distest_context *ctx)
{
    return distest_callable.distest_kde_curvature(sample, opts, m, at, logf, grad, hess, ctx);
}

int distest_kde_stats(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *neff, double *neff2, double *entropy, double *maxp, size_t *nearest, distest_context *ctx)
{
    return distest_callable.distest_kde_stats(sample, opts, m, at, neff, neff2, entropy, maxp, nearest, ctx);
}

int distest_kde_phases(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, double *lid, double *edge, double *s_g, double *mu, double *mu_se, int *regime, distest_context *ctx)
{
    return distest_callable.distest_kde_phases(sample, opts, m, at, k, lid, edge, s_g, mu, mu_se, regime, ctx);
}

int distest_kde_interval(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, size_t boot, double level, distest_rng *rng, double *lower, double *upper, distest_context *ctx)
{
    return distest_callable.distest_kde_interval(sample, opts, m, at, k, boot, level, rng, lower, upper, ctx);
}

int distest_kde_grid_loo(const distest_sample *sample, const distest_kde_opts *opts, size_t nh, const double *h, double *loo, double *d1, double *d2, double *neff, distest_context *ctx)
{
    return distest_callable.distest_kde_grid_loo(sample, opts, nh, h, loo, d1, d2, neff, ctx);
}

distest_kde_select distest_kde_select_default(void)
{
    return distest_callable.distest_kde_select_default();
}

int distest_kde_bandwidth(const distest_sample *sample, const distest_kde_select *select, distest_kde_selected *selected, double *H, distest_context *ctx)
{
    return distest_callable.distest_kde_bandwidth(sample, select, selected, H, ctx);
}

int distest_kde_reference(const distest_sample *sample, int scaling, double *A, distest_context *ctx)
{
    return distest_callable.distest_kde_reference(sample, scaling, A, ctx);
}

int distest_kde_radius(const distest_sample *sample, const distest_kde_opts *opts, size_t k, double *radius, double *next, distest_context *ctx)
{
    return distest_callable.distest_kde_radius(sample, opts, k, radius, next, ctx);
}

int distest_kde_sample(const distest_sample *sample, const distest_kde_opts *opts, size_t m, int shrink, distest_rng *rng, double *out, distest_context *ctx)
{
    return distest_callable.distest_kde_sample(sample, opts, m, shrink, rng, out, ctx);
}

int distest_kde_cdf(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, double *p, distest_context *ctx)
{
    return distest_callable.distest_kde_cdf(sample, opts, m, at, p, ctx);
}

int distest_kde_quantile(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *p, double *at, distest_context *ctx)
{
    return distest_callable.distest_kde_quantile(sample, opts, m, p, at, ctx);
}

int distest_kde_kernel(const char *kernel, double nu, size_t d, double *log_norm, double *variance, distest_context *ctx)
{
    return distest_callable.distest_kde_kernel(kernel, nu, d, log_norm, variance, ctx);
}

int distest_kde_thresholds(size_t d, const double *lambda, const double *xi2, double log_n, int finite, distest_kde_theory *theory, distest_context *ctx)
{
    return distest_callable.distest_kde_thresholds(d, lambda, xi2, log_n, finite, theory, ctx);
}

int distest_kde_kl_normal(double n, size_t d, double h, double *kl, distest_context *ctx)
{
    return distest_callable.distest_kde_kl_normal(n, d, h, kl, ctx);
}

int distest_kde_h_normal(double n, size_t d, double *h, double *kl, distest_context *ctx)
{
    return distest_callable.distest_kde_h_normal(n, d, h, kl, ctx);
}

int distest_kde_dominance(size_t m, size_t n, const double *logt, size_t k, double *mu, double *mu_se, double *neff, double *neff2, int *regime, distest_context *ctx)
{
    return distest_callable.distest_kde_dominance(m, n, logt, k, mu, mu_se, neff, neff2, regime, ctx);
}

int distest_kde_transform(size_t d, const double *lower, const double *upper, size_t m, const double *at, double *out, double *log_jacobian, distest_context *ctx)
{
    return distest_callable.distest_kde_transform(d, lower, upper, m, at, out, log_jacobian, ctx);
}

int distest_kde_responsibility(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, size_t *index, double *share, distest_context *ctx)
{
    return distest_callable.distest_kde_responsibility(sample, opts, m, at, k, index, share, ctx);
}

int distest_kde_marginal(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *which, double *out_x, double *out_H, distest_context *ctx)
{
    return distest_callable.distest_kde_marginal(sample, opts, q, which, out_x, out_H, ctx);
}

int distest_kde_conditional(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, const double *at_rest, double *logf, double *mean, distest_context *ctx)
{
    return distest_callable.distest_kde_conditional(sample, opts, q, given, m, at_given, at_rest, logf, mean, ctx);
}

int distest_kde_conditional_cdf(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, const double *at_rest, double *p, distest_context *ctx)
{
    return distest_callable.distest_kde_conditional_cdf(sample, opts, q, given, m, at_given, at_rest, p, ctx);
}

int distest_kde_conditional_sample(const distest_sample *sample, const distest_kde_opts *opts, size_t q, const size_t *given, size_t m, const double *at_given, distest_rng *rng, double *out, distest_context *ctx)
{
    return distest_callable.distest_kde_conditional_sample(sample, opts, q, given, m, at_given, rng, out, ctx);
}

int distest_kde_modes(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *start, double *modes, double *logf, size_t *cluster, size_t *n_modes, distest_context *ctx)
{
    return distest_callable.distest_kde_modes(sample, opts, m, start, modes, logf, cluster, n_modes, ctx);
}

int distest_kde_mesh(const distest_sample *sample, const distest_kde_opts *opts, const size_t *count, const double *axes, double *logf, distest_context *ctx)
{
    return distest_callable.distest_kde_mesh(sample, opts, count, axes, logf, ctx);
}

int distest_kde_part_empty(size_t m, size_t k, double *part)
{
    return distest_callable.distest_kde_part_empty(m, k, part);
}

int distest_kde_part_add(const distest_sample *sample, const distest_kde_opts *opts, size_t m, const double *at, size_t k, double *part, distest_context *ctx)
{
    return distest_callable.distest_kde_part_add(sample, opts, m, at, k, part, ctx);
}

int distest_kde_part_merge(size_t m, size_t k, const double *from, double *into)
{
    return distest_callable.distest_kde_part_merge(m, k, from, into);
}

int distest_kde_part_finish(const distest_kde_opts *opts, size_t d, size_t m, size_t k, const double *part, double *logf, double *neff, double *distance, distest_context *ctx)
{
    return distest_callable.distest_kde_part_finish(opts, d, m, k, part, logf, neff, distance, ctx);
}

int distest_kde_mixed(size_t n, size_t columns, const double *x, const int *type, const int *levels, const double *lambda, double *out_x, double *out_factor, double *out_constant, distest_context *ctx)
{
    return distest_callable.distest_kde_mixed(n, columns, x, type, levels, lambda, out_x, out_factor, out_constant, ctx);
}

size_t distest_kde_mixed_width(size_t columns, const int *type, const int *levels)
{
    return distest_callable.distest_kde_mixed_width(columns, type, levels);
}

int distest_kde_mixed_sample(size_t n, size_t columns, const double *x, const double *weights, const int *type, const int *levels, const double *lambda, const double *h, size_t m, distest_rng *rng, double *out, distest_context *ctx)
{
    return distest_callable.distest_kde_mixed_sample(n, columns, x, weights, type, levels, lambda, h, m, rng, out, ctx);
}

int distest_kde_mixed_bandwidth(size_t n, size_t columns, const double *x, const double *weights, const int *type, const int *levels, const distest_kde_select *select, double *lambda, double *h, distest_kde_selected *selected, distest_context *ctx)
{
    return distest_callable.distest_kde_mixed_bandwidth(n, columns, x, weights, type, levels, select, lambda, h, selected, ctx);
}

int distest_kde_alloc(const distest_sample *sample, const distest_kde_opts *opts, distest_kde_prepared **prepared, distest_context *ctx)
{
    return distest_callable.distest_kde_alloc(sample, opts, prepared, ctx);
}

void distest_kde_free(distest_kde_prepared *prepared)
{
    distest_callable.distest_kde_free(prepared);
}

int distest_kde_prepared_eval(const distest_kde_prepared *prepared, size_t m, const double *at, double *logf, distest_context *ctx)
{
    return distest_callable.distest_kde_prepared_eval(prepared, m, at, logf, ctx);
}

int distest_kde_prepared_score(const distest_kde_prepared *prepared, size_t m, const double *at, double *logf, double *grad, distest_context *ctx)
{
    return distest_callable.distest_kde_prepared_score(prepared, m, at, logf, grad, ctx);
}

int distest_kde_prepared_stats(const distest_kde_prepared *prepared, size_t m, const double *at, double *neff, double *neff2, double *entropy, double *maxp, size_t *nearest, distest_context *ctx)
{
    return distest_callable.distest_kde_prepared_stats(prepared, m, at, neff, neff2, entropy, maxp, nearest, ctx);
}

int distest_kde_prepared_interval(const distest_kde_prepared *prepared, size_t m, const double *at, size_t k, size_t boot, double level, distest_rng *rng, double *lower, double *upper, distest_context *ctx)
{
    return distest_callable.distest_kde_prepared_interval(prepared, m, at, k, boot, level, rng, lower, upper, ctx);
}

distest_rdd_rows distest_rdd_rows_default(void)
{
    return distest_callable.distest_rdd_rows_default();
}

int distest_rdd_quantiles(const distest_rdd_rows *rows, int type, int halfsample, size_t probs, const double *q, double *quantiles, size_t *count, distest_context *ctx)
{
    return distest_callable.distest_rdd_quantiles(rows, type, halfsample, probs, q, quantiles, count, ctx);
}

int distest_rdd_noise(const distest_rdd_rows *rows, const int *include, size_t probs, const double *q, double *noise, distest_context *ctx)
{
    return distest_callable.distest_rdd_noise(rows, include, probs, q, noise, ctx);
}

int distest_rdd_acc_alloc(size_t units, int weighted, distest_rdd_acc **acc, distest_context *ctx)
{
    return distest_callable.distest_rdd_acc_alloc(units, weighted, acc, ctx);
}

void distest_rdd_acc_free(distest_rdd_acc *acc)
{
    distest_callable.distest_rdd_acc_free(acc);
}

int distest_rdd_acc_add(distest_rdd_acc *acc, const distest_rdd_rows *rows, distest_context *ctx)
{
    return distest_callable.distest_rdd_acc_add(acc, rows, ctx);
}

int distest_rdd_acc_merge(distest_rdd_acc *into, const distest_rdd_acc *from, distest_context *ctx)
{
    return distest_callable.distest_rdd_acc_merge(into, from, ctx);
}

distest_rdd_rows distest_rdd_acc_rows(const distest_rdd_acc *acc)
{
    return distest_callable.distest_rdd_acc_rows(acc);
}

int distest_rdd_acc_finish(const distest_rdd_acc *acc, int type, int halfsample, size_t probs, const double *q, double *quantiles, size_t *count, distest_context *ctx)
{
    return distest_callable.distest_rdd_acc_finish(acc, type, halfsample, probs, q, quantiles, count, ctx);
}

distest_rdd_units distest_rdd_units_default(void)
{
    return distest_callable.distest_rdd_units_default();
}

distest_rdd_opts distest_rdd_opts_default(void)
{
    return distest_callable.distest_rdd_opts_default();
}

distest_rdd_result distest_rdd_result_default(void)
{
    return distest_callable.distest_rdd_result_default();
}

size_t distest_rdd_score_rows(const distest_rdd_units *units, const distest_rdd_opts *opts)
{
    return distest_callable.distest_rdd_score_rows(units, opts);
}

int distest_rdd_fit(const distest_rdd_units *units, const distest_rdd_opts *opts, distest_rdd_result *result, distest_context *ctx)
{
    return distest_callable.distest_rdd_fit(units, opts, result, ctx);
}

int distest_rdd_weights(size_t n, const double *x, const double *weights, const distest_rdd_opts *opts, double *w_cl, double *w_bc, distest_context *ctx)
{
    return distest_callable.distest_rdd_weights(n, x, weights, opts, w_cl, w_bc, ctx);
}

int distest_rdd_curve(const distest_rdd_units *units, const distest_rdd_opts *opts, size_t m, const double *h, double *tau_cl, double *tau_bc, distest_context *ctx)
{
    return distest_callable.distest_rdd_curve(units, opts, m, h, tau_cl, tau_bc, ctx);
}

int distest_rdd_predict(const distest_rdd_units *units, const distest_rdd_opts *opts, size_t m, const double *at, double *curve, distest_context *ctx)
{
    return distest_callable.distest_rdd_predict(units, opts, m, at, curve, ctx);
}

size_t distest_rdd_bins(size_t units)
{
    return distest_callable.distest_rdd_bins(units);
}

int distest_rdd_plotdata(const distest_rdd_units *units, double cutoff, const size_t bins[2], double *x, size_t *count, double *value, distest_context *ctx)
{
    return distest_callable.distest_rdd_plotdata(units, cutoff, bins, x, count, value, ctx);
}

distest_rdd_complier_curves distest_rdd_compliers_default(void)
{
    return distest_callable.distest_rdd_compliers_default();
}

int distest_rdd_compliers(const distest_rdd_units *units, const distest_rdd_opts *opts, distest_rdd_complier_curves *curves, distest_context *ctx)
{
    return distest_callable.distest_rdd_compliers(units, opts, curves, ctx);
}

int distest_rdd_anderson_rubin(size_t probs, const double *jump, const double *se, const double *cov, const double first[2], double level, double *lower, double *upper, int *shape, distest_context *ctx)
{
    return distest_callable.distest_rdd_anderson_rubin(probs, jump, se, cov, first, level, lower, upper, shape, ctx);
}

distest_rdd_bandwidth_opts distest_rdd_bandwidth_default(void)
{
    return distest_callable.distest_rdd_bandwidth_default();
}

distest_rdd_stages distest_rdd_stages_default(void)
{
    return distest_callable.distest_rdd_stages_default();
}

int distest_rdd_bandwidth(const distest_rdd_units *units, const distest_rdd_opts *opts, const distest_rdd_bandwidth_opts *bw, double *h, double *b, distest_rdd_stages *stages, distest_context *ctx)
{
    return distest_callable.distest_rdd_bandwidth(units, opts, bw, h, b, stages, ctx);
}

int distest_rdd_bands(size_t probs, const double *tau, const double *vcov, double level, size_t draws, int studentized, distest_rng *rng, double *crit, double *lower, double *upper, double *process, distest_context *ctx)
{
    return distest_callable.distest_rdd_bands(probs, tau, vcov, level, draws, studentized, rng, crit, lower, upper, process, ctx);
}

int distest_rdd_bands_scores(size_t rows, size_t probs, const double *scores, const double *tau, const char *multiplier, const double *xi, double level, size_t draws, int studentized, distest_rng *rng, double *crit, double *lower, double *upper, double *process, distest_context *ctx)
{
    return distest_callable.distest_rdd_bands_scores(rows, probs, scores, tau, multiplier, xi, level, draws, studentized, rng, crit, lower, upper, process, ctx);
}

int distest_rdd_bands_part(size_t rows, size_t probs, const double *scores, const double *vcov, const char *multiplier, const double *xi, size_t first, size_t draws, int studentized, distest_rng *rng, double *maxima, double *se, double *process, distest_context *ctx)
{
    return distest_callable.distest_rdd_bands_part(rows, probs, scores, vcov, multiplier, xi, first, draws, studentized, rng, maxima, se, process, ctx);
}

int distest_rdd_bands_join(size_t probs, const double *tau, const double *se, double level, size_t draws, const double *maxima, int studentized, double *crit, double *lower, double *upper, distest_context *ctx)
{
    return distest_callable.distest_rdd_bands_join(probs, tau, se, level, draws, maxima, studentized, crit, lower, upper, ctx);
}

int distest_rdd_test(size_t probs, const double *q, const double *tau, const double *vcov, const double *process, size_t draws, double level, const char *test, const char *statistic, int studentized, const double range[2], double *value, double *p_value, double *critical, distest_context *ctx)
{
    return distest_callable.distest_rdd_test(probs, q, tau, vcov, process, draws, level, test, statistic, studentized, range, value, p_value, critical, ctx);
}

int distest_rdd_project(size_t n, const double *y, const double *w, double *fit, distest_context *ctx)
{
    return distest_callable.distest_rdd_project(n, y, w, fit, ctx);
}

int distest_rdd_rearrange(size_t n, const double *y, const double *w, double *fit, distest_context *ctx)
{
    return distest_callable.distest_rdd_rearrange(n, y, w, fit, ctx);
}

int distest_rdd_functional(const char *name, double u, double v, size_t n, const double *q, const double *m, double *value, double *gradient, distest_context *ctx)
{
    return distest_callable.distest_rdd_functional(name, u, v, n, q, m, value, gradient, ctx);
}

int distest_rdd_bias(size_t n, const double *x, const double *w, double cutoff, double smoothness_left, double smoothness_right, double *bias, distest_context *ctx)
{
    return distest_callable.distest_rdd_bias(n, x, w, cutoff, smoothness_left, smoothness_right, bias, ctx);
}

int distest_rdd_smoothness(const distest_rdd_units *units, double cutoff, double *left, double *right, distest_context *ctx)
{
    return distest_callable.distest_rdd_smoothness(units, cutoff, left, right, ctx);
}

int distest_rdd_honest_critical(size_t n, const double *t, double level, double *cv, distest_context *ctx)
{
    return distest_callable.distest_rdd_honest_critical(n, t, level, cv, ctx);
}

int distest_rdd_honest_ratio(size_t probs, const double *jump, const double *se, const double *cov, const double *bias, const double first[2], double first_bias, double level, double *lower, double *upper, int *shape, distest_context *ctx)
{
    return distest_callable.distest_rdd_honest_ratio(probs, jump, se, cov, bias, first, first_bias, level, lower, upper, shape, ctx);
}

int distest_rdd_density_test(size_t n, const double *x, double cutoff, int p, const char *kernel, double h, double density[2], double *t, double *p_value, double binomial[5], distest_context *ctx)
{
    return distest_callable.distest_rdd_density_test(n, x, cutoff, p, kernel, h, density, t, p_value, binomial, ctx);
}

int distest_rdd_randtest(const distest_rdd_units *units, double cutoff, double window, const char *statistic, size_t reps, distest_rng *rng, size_t n_side[2], double *value, double *p_value, distest_context *ctx)
{
    return distest_callable.distest_rdd_randtest(units, cutoff, window, statistic, reps, rng, n_side, value, p_value, ctx);
}

int distest_rdd_randtest_part(const distest_rdd_units *units, double cutoff, double window, const char *statistic, size_t reps, size_t first, size_t draws, distest_rng *rng, size_t n_side[2], double *value, size_t *above, size_t *permutations, int *exact, distest_context *ctx)
{
    return distest_callable.distest_rdd_randtest_part(units, cutoff, window, statistic, reps, first, draws, rng, n_side, value, above, permutations, exact, ctx);
}

int distest_rdd_randtest_join(size_t parts, const size_t *above, size_t permutations, int exact, double *p_value, distest_context *ctx)
{
    return distest_callable.distest_rdd_randtest_join(parts, above, permutations, exact, p_value, ctx);
}

distest_surv_data distest_surv_data_default(void)
{
    return distest_callable.distest_surv_data_default();
}

int distest_surv_data_check(const distest_surv_data *data, size_t *bad_row, distest_context *ctx)
{
    return distest_callable.distest_surv_data_check(data, bad_row, ctx);
}

int distest_surv_terms(const distest_surv_data *data, const double *eta, int deriv, double *value, double *grad, double *hess, distest_context *ctx)
{
    return distest_callable.distest_surv_terms(data, eta, deriv, value, grad, hess, ctx);
}

int distest_surv_aliased(const distest_surv_data *data, int *aliased, distest_context *ctx)
{
    return distest_callable.distest_surv_aliased(data, aliased, ctx);
}

int distest_surv_dist(int what, int flags, size_t n, const double *x, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx)
{
    return distest_callable.distest_surv_dist(what, flags, n, x, phi, inc_phi, lambda, inc_lambda, gamma, inc_gamma, kappa, inc_kappa, out, ctx);
}

int distest_surv_rand(size_t n, const double *u, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx)
{
    return distest_callable.distest_surv_rand(n, u, phi, inc_phi, lambda, inc_lambda, gamma, inc_gamma, kappa, inc_kappa, out, ctx);
}

distest_surv_opts distest_surv_opts_default(void)
{
    return distest_callable.distest_surv_opts_default();
}

int distest_surv_fit(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx)
{
    return distest_callable.distest_surv_fit(data, opts, coef, vcov, robust, info, ctx);
}

int distest_surv_frailty(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, double *variance, double *effect, distest_surv_info *info, distest_context *ctx)
{
    return distest_callable.distest_surv_frailty(data, opts, coef, vcov, robust, variance, effect, info, ctx);
}

int distest_surv_monotone(const distest_surv_data *data, int *flags, distest_context *ctx)
{
    return distest_callable.distest_surv_monotone(data, flags, ctx);
}

int distest_surv_sums_alloc(distest_surv_sums **sums, distest_context *ctx)
{
    return distest_callable.distest_surv_sums_alloc(sums, ctx);
}

void distest_surv_sums_free(distest_surv_sums *sums)
{
    distest_callable.distest_surv_sums_free(sums);
}

void distest_surv_sums_reset(distest_surv_sums *sums)
{
    distest_callable.distest_surv_sums_reset(sums);
}

int distest_surv_eval(const distest_surv_data *data, const double *coef, int kernel, int deriv, const char *segment, size_t first, distest_surv_sums *sums, distest_context *ctx)
{
    return distest_callable.distest_surv_eval(data, coef, kernel, deriv, segment, first, sums, ctx);
}

int distest_surv_sums_add(distest_surv_sums *into, const distest_surv_sums *from, distest_context *ctx)
{
    return distest_callable.distest_surv_sums_add(into, from, ctx);
}

size_t distest_surv_sums_size(const distest_surv_sums *sums)
{
    return distest_callable.distest_surv_sums_size(sums);
}

int distest_surv_sums_pack(const distest_surv_sums *sums, unsigned char *bytes, distest_context *ctx)
{
    return distest_callable.distest_surv_sums_pack(sums, bytes, ctx);
}

int distest_surv_sums_unpack(size_t size, const unsigned char *bytes, distest_surv_sums **sums, distest_context *ctx)
{
    return distest_callable.distest_surv_sums_unpack(size, bytes, sums, ctx);
}

int distest_surv_sums_get(const distest_surv_sums *sums, distest_surv_sums_info *info, double *score, double *hess, double *middle, distest_context *ctx)
{
    return distest_callable.distest_surv_sums_get(sums, info, score, hess, middle, ctx);
}

distest_surv_layout distest_surv_layout_default(void)
{
    return distest_callable.distest_surv_layout_default();
}

int distest_surv_fit_sums(const distest_surv_layout *layout, distest_surv_eval_fn eval, void *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx)
{
    return distest_callable.distest_surv_fit_sums(layout, eval, data, opts, coef, vcov, robust, info, ctx);
}

int distest_surv_predict(const distest_surv_model *model, int type, size_t m, const double *const *x, const double *const *offset, size_t k, const double *at, int each_row, const double *entry, double level, double *est, double *se, double *lower, double *upper, distest_context *ctx)
{
    return distest_callable.distest_surv_predict(model, type, m, x, offset, k, at, each_row, entry, level, est, se, lower, upper, ctx);
}

int distest_wls_basis_alloc(const char *type, double degree, size_t npar, const double *par, distest_wls_basis **basis, distest_context *ctx)
{
    return distest_callable.distest_wls_basis_alloc(type, degree, npar, par, basis, ctx);
}

void distest_wls_basis_free(distest_wls_basis *basis)
{
    distest_callable.distest_wls_basis_free(basis);
}

size_t distest_wls_basis_size(const distest_wls_basis *basis)
{
    return distest_callable.distest_wls_basis_size(basis);
}

size_t distest_wls_basis_level(const distest_wls_basis *basis, size_t index)
{
    return distest_callable.distest_wls_basis_level(basis, index);
}

void distest_wls_basis_support(const distest_wls_basis *basis, double *low, double *high)
{
    distest_callable.distest_wls_basis_support(basis, low, high);
}

int distest_wls_basis_eval(const distest_wls_basis *basis, size_t n, const double *x, double *value, double *deriv, distest_context *ctx)
{
    return distest_callable.distest_wls_basis_eval(basis, n, x, value, deriv, ctx);
}

int distest_wls_induced_cdf(const distest_wls_basis *basis, size_t index, size_t n, const double *x, double *out, distest_context *ctx)
{
    return distest_callable.distest_wls_induced_cdf(basis, index, n, x, out, ctx);
}

int distest_wls_induced_quantile(const distest_wls_basis *basis, size_t index, size_t n, const double *u, double *out, distest_context *ctx)
{
    return distest_callable.distest_wls_induced_quantile(basis, index, n, u, out, ctx);
}

int distest_wls_induced_sample(const distest_wls_basis *basis, size_t index, size_t n, distest_rng *rng, double *x, distest_context *ctx)
{
    return distest_callable.distest_wls_induced_sample(basis, index, n, rng, x, ctx);
}

distest_wls_set distest_wls_set_default(void)
{
    return distest_callable.distest_wls_set_default();
}

int distest_wls_index_count(const distest_wls_set *set, size_t d, const distest_wls_basis *const *bases, size_t *m, distest_context *ctx)
{
    return distest_callable.distest_wls_index_count(set, d, bases, m, ctx);
}

int distest_wls_index_fill(const distest_wls_set *set, size_t d, const distest_wls_basis *const *bases, size_t m, int *idx, distest_context *ctx)
{
    return distest_callable.distest_wls_index_fill(set, d, bases, m, idx, ctx);
}

int distest_wls_margin(size_t d, size_t m, const int *idx, const int *limit, size_t *count, int *cand, distest_context *ctx)
{
    return distest_callable.distest_wls_margin(d, m, idx, limit, count, cand, ctx);
}

int distest_wls_space_tensor(size_t d, const distest_wls_basis *const *bases, size_t m, const int *idx, distest_wls_space **space, distest_context *ctx)
{
    return distest_callable.distest_wls_space_tensor(d, bases, m, idx, space, ctx);
}

int distest_wls_space_finite(size_t N, size_t m, const double *F, const double *prob, double tol, distest_wls_space **space, distest_context *ctx)
{
    return distest_callable.distest_wls_space_finite(N, m, F, prob, tol, space, ctx);
}

int distest_wls_space_chunks(size_t N, size_t m, const double *prob, distest_wls_space **space, distest_context *ctx)
{
    return distest_callable.distest_wls_space_chunks(N, m, prob, space, ctx);
}

int distest_wls_space_chunk(distest_wls_space *space, size_t rows, size_t first, const double *F, distest_context *ctx)
{
    return distest_callable.distest_wls_space_chunk(space, rows, first, F, ctx);
}

int distest_wls_space_ready(distest_wls_space *space, double tol, distest_context *ctx)
{
    return distest_callable.distest_wls_space_ready(space, tol, ctx);
}

int distest_wls_space_reference(size_t n, size_t m, const double *F, const double *w, double tol, distest_wls_space **space, distest_context *ctx)
{
    return distest_callable.distest_wls_space_reference(n, m, F, w, tol, space, ctx);
}

int distest_wls_orthonormalise(const distest_wls_space *space, size_t n, double *F, distest_context *ctx)
{
    return distest_callable.distest_wls_orthonormalise(space, n, F, ctx);
}

void distest_wls_space_free(distest_wls_space *space)
{
    distest_callable.distest_wls_space_free(space);
}

void distest_wls_space_size(const distest_wls_space *space, size_t *m, size_t *d, size_t *N)
{
    distest_callable.distest_wls_space_size(space, m, d, N);
}

int distest_wls_space_finite_parts(const distest_wls_space *space, double *R, double *phi_t, distest_context *ctx)
{
    return distest_callable.distest_wls_space_finite_parts(space, R, phi_t, ctx);
}

int distest_wls_features(const distest_wls_space *space, size_t n, const double *x, int normalize, double *phi, double *logk, double *grad, distest_context *ctx)
{
    return distest_callable.distest_wls_features(space, n, x, normalize, phi, logk, grad, ctx);
}

int distest_wls_outside(const distest_wls_space *space, size_t n, const double *x, int *out, distest_context *ctx)
{
    return distest_callable.distest_wls_outside(space, n, x, out, ctx);
}

int distest_wls_inclusion(const distest_wls_space *space, double *out, distest_context *ctx)
{
    return distest_callable.distest_wls_inclusion(space, out, ctx);
}

distest_wls_opts distest_wls_opts_default(void)
{
    return distest_callable.distest_wls_opts_default();
}

distest_rng distest_wls_rng(distest_wls_key *key)
{
    return distest_callable.distest_wls_rng(key);
}

int distest_wls_sample(const distest_wls_space *space, const distest_wls_opts *opts, size_t n, distest_rng *rng, double *points, size_t *index, double *weights, distest_wls_diag *diag, distest_context *ctx)
{
    return distest_callable.distest_wls_sample(space, opts, n, rng, points, index, weights, diag, ctx);
}

int distest_wls_draw(const distest_wls_space *space, double alpha, size_t n, distest_rng *rng, double *points, size_t *index, distest_context *ctx)
{
    return distest_callable.distest_wls_draw(space, alpha, n, rng, points, index, ctx);
}

int distest_wls_stepper_alloc(size_t m, size_t r, distest_rng *rng, distest_wls_stepper **stepper, distest_context *ctx)
{
    return distest_callable.distest_wls_stepper_alloc(m, r, rng, stepper, ctx);
}

void distest_wls_stepper_free(distest_wls_stepper *stepper)
{
    distest_callable.distest_wls_stepper_free(stepper);
}

int distest_wls_stepper_want(distest_wls_stepper *stepper, size_t *count, distest_context *ctx)
{
    return distest_callable.distest_wls_stepper_want(stepper, count, ctx);
}

int distest_wls_stepper_offer(distest_wls_stepper *stepper, size_t count, const double *U, distest_context *ctx)
{
    return distest_callable.distest_wls_stepper_offer(stepper, count, U, ctx);
}

size_t distest_wls_stepper_taken(const distest_wls_stepper *stepper, size_t *proposal, size_t *copy)
{
    return distest_callable.distest_wls_stepper_taken(stepper, proposal, copy);
}

int distest_wls_tridiagonal(const distest_wls_basis *basis, size_t m, distest_rng *rng, double *x, distest_context *ctx)
{
    return distest_callable.distest_wls_tridiagonal(basis, m, rng, x, ctx);
}

int distest_wls_simulate(const distest_wls_space *space, const distest_wls_opts *opts, size_t n, size_t nsim, distest_rng *rng, double *out, distest_context *ctx)
{
    return distest_callable.distest_wls_simulate(space, opts, n, nsim, rng, out, ctx);
}

int distest_wls_prune(size_t n, size_t m, const double *A, const char *criterion, double delta, size_t n_min, size_t *kept, size_t *order, double *value, distest_context *ctx)
{
    return distest_callable.distest_wls_prune(n, m, A, criterion, delta, n_min, kept, order, value, ctx);
}

int distest_wls_diagnose(size_t n, size_t m, const double *A, distest_wls_diag *diag, distest_context *ctx)
{
    return distest_callable.distest_wls_diagnose(n, m, A, diag, ctx);
}

int distest_wls_fit(size_t n, size_t m, size_t q, const double *Phi, const double *w, const double *Y, double tol, double *coef, distest_wls_diag *diag, double *leverage, double *fitted, distest_context *ctx)
{
    return distest_callable.distest_wls_fit(n, m, q, Phi, w, Y, tol, coef, diag, leverage, fitted, ctx);
}

int distest_wls_loo(size_t n, size_t m, size_t q, const double *w, const double *residual, const double *leverage, const double *Y, double trace, double *loo, double *corrected, double *q2, distest_context *ctx)
{
    return distest_callable.distest_wls_loo(n, m, q, w, residual, leverage, Y, trace, loo, corrected, q2, ctx);
}

int distest_wls_vcov(size_t n, size_t m, size_t q, const double *Phi, const double *w, const double *residual, const char *type, double sigma, double *V, double *trace, distest_context *ctx)
{
    return distest_callable.distest_wls_vcov(n, m, q, Phi, w, residual, type, sigma, V, trace, ctx);
}

int distest_wls_predict(const distest_wls_space *space, size_t q, const double *coef, const double *V, size_t n, const double *x, double *f, double *se, double *grad, distest_context *ctx)
{
    return distest_callable.distest_wls_predict(space, q, coef, V, n, x, f, se, grad, ctx);
}

int distest_wls_hessian(const distest_wls_space *space, size_t q, const double *coef, size_t n, const double *x, double *hessian, distest_context *ctx)
{
    return distest_callable.distest_wls_hessian(space, q, coef, n, x, hessian, ctx);
}

int distest_wls_quadrature(size_t n, size_t m, const double *Phi, const double *w, const double *e, double *out, distest_context *ctx)
{
    return distest_callable.distest_wls_quadrature(n, m, Phi, w, e, out, ctx);
}

int distest_wls_integrals(const distest_wls_space *space, double *e, distest_context *ctx)
{
    return distest_callable.distest_wls_integrals(space, e, ctx);
}

size_t distest_wls_accum_size(size_t m, size_t q)
{
    return distest_callable.distest_wls_accum_size(m, q);
}

int distest_wls_accum_add(size_t m, size_t q, size_t n, const double *Phi, const double *w, const double *Y, double *acc, distest_context *ctx)
{
    return distest_callable.distest_wls_accum_add(m, q, n, Phi, w, Y, acc, ctx);
}

int distest_wls_accum_merge(size_t m, size_t q, const double *from, double *into, distest_context *ctx)
{
    return distest_callable.distest_wls_accum_merge(m, q, from, into, ctx);
}

int distest_wls_accum_solve(size_t m, size_t q, const double *acc, double tol, double *coef, distest_wls_diag *diag, double *rss, double *rows, distest_context *ctx)
{
    return distest_callable.distest_wls_accum_solve(m, q, acc, tol, coef, diag, rss, rows, ctx);
}

int distest_wls_part_alloc(size_t m, size_t q, distest_wls_part **part, distest_context *ctx)
{
    return distest_callable.distest_wls_part_alloc(m, q, part, ctx);
}

void distest_wls_part_free(distest_wls_part *part)
{
    distest_callable.distest_wls_part_free(part);
}

int distest_wls_part_add(distest_wls_part *part, const char *segment, size_t first, size_t n, const double *Phi, const double *w, const double *Y, distest_context *ctx)
{
    return distest_callable.distest_wls_part_add(part, segment, first, n, Phi, w, Y, ctx);
}

int distest_wls_part_merge(distest_wls_part *into, const distest_wls_part *from, distest_context *ctx)
{
    return distest_callable.distest_wls_part_merge(into, from, ctx);
}

int distest_wls_part_solve(const distest_wls_part *part, double tol, double *coef, distest_wls_diag *diag, double *rss, double *rows, distest_context *ctx)
{
    return distest_callable.distest_wls_part_solve(part, tol, coef, diag, rss, rows, ctx);
}

size_t distest_wls_part_size(const distest_wls_part *part)
{
    return distest_callable.distest_wls_part_size(part);
}

void distest_wls_part_pack(const distest_wls_part *part, unsigned char *bytes)
{
    distest_callable.distest_wls_part_pack(part, bytes);
}

int distest_wls_part_unpack(size_t m, size_t q, size_t size, const unsigned char *bytes, distest_wls_part **part, distest_context *ctx)
{
    return distest_callable.distest_wls_part_unpack(m, q, size, bytes, part, ctx);
}

int distest_wls_moments(const distest_wls_space *space, const double *coef, const double *V, double out[4], distest_context *ctx)
{
    return distest_callable.distest_wls_moments(space, coef, V, out, ctx);
}

int distest_wls_moments4(const distest_wls_space *space, const double *coef, distest_rng *rng, double out[6], distest_context *ctx)
{
    return distest_callable.distest_wls_moments4(space, coef, rng, out, ctx);
}

int distest_wls_sobol(const distest_wls_space *space, const double *coef, const double *V, size_t nsub, const int *subset, double *index, double *se, double *total, double *se_total, distest_context *ctx)
{
    return distest_callable.distest_wls_sobol(space, coef, V, nsub, subset, index, se, total, se_total, ctx);
}

int distest_wls_dgsm(const distest_wls_space *space, const double *coef, const double *V, double *out, double *se, distest_context *ctx)
{
    return distest_callable.distest_wls_dgsm(space, coef, V, out, se, ctx);
}

int distest_wls_plan(double K, size_t m, double delta, double eta, const char *bound, double *n, distest_context *ctx)
{
    return distest_callable.distest_wls_plan(K, m, delta, eta, bound, n, ctx);
}

int distest_wls_constant(size_t n, size_t m, const char *method, double *c, distest_context *ctx)
{
    return distest_callable.distest_wls_constant(n, m, method, c, ctx);
}

distest_wls_facts distest_wls_facts_default(void)
{
    return distest_callable.distest_wls_facts_default();
}

int distest_wls_certify(const distest_wls_diag *diag, size_t n, size_t m, const distest_wls_opts *opts, const distest_wls_facts *facts, double eta, double conf, distest_wls_certificate *out, distest_context *ctx)
{
    return distest_callable.distest_wls_certify(diag, n, m, opts, facts, eta, conf, out, ctx);
}

int distest_wls_weights(size_t n, size_t blocks, const double *density, double *w, distest_context *ctx)
{
    return distest_callable.distest_wls_weights(n, blocks, density, w, ctx);
}

int distest_wls_missing(size_t d, size_t m, const int *idx, size_t done_count, const int *done, const size_t *counts, size_t tau, size_t *need, distest_context *ctx)
{
    return distest_callable.distest_wls_missing(d, m, idx, done_count, done, counts, tau, need, ctx);
}
