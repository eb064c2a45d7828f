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
    distest_surv_data (*distest_surv_data_default)(void);
    int (*distest_surv_data_check)(const distest_surv_data *data, size_t *bad_row, distest_context *ctx);
    int (*distest_surv_terms)(const distest_surv_data *data, const double *eta, int deriv, double *value, double *grad, double *hess, distest_context *ctx);
    int (*distest_surv_aliased)(const distest_surv_data *data, int *aliased, distest_context *ctx);
    int (*distest_surv_dist)( int what, int flags, size_t n, const double *x, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx);
    distest_surv_opts (*distest_surv_opts_default)(void);
    int (*distest_surv_fit)(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx);
    int (*distest_surv_predict)( const distest_surv_model *model, int type, size_t m, const double *const *x, const double *const *offset, size_t k, const double *at, int each_row, const double *entry, double level, double *est, double *se, double *lower, double *upper, distest_context *ctx);
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
    distest_callable.distest_surv_data_default =
        (distest_surv_data (*)(void))R_GetCCallable("distest", "distest_surv_data_default");
    distest_callable.distest_surv_data_check =
        (int (*)(const distest_surv_data *data, size_t *bad_row, distest_context *ctx))R_GetCCallable("distest", "distest_surv_data_check");
    distest_callable.distest_surv_terms =
        (int (*)(const distest_surv_data *data, const double *eta, int deriv, double *value, double *grad, double *hess, distest_context *ctx))R_GetCCallable("distest", "distest_surv_terms");
    distest_callable.distest_surv_aliased =
        (int (*)(const distest_surv_data *data, int *aliased, distest_context *ctx))R_GetCCallable("distest", "distest_surv_aliased");
    distest_callable.distest_surv_dist =
        (int (*)( int what, int flags, size_t n, const double *x, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx))R_GetCCallable("distest", "distest_surv_dist");
    distest_callable.distest_surv_opts_default =
        (distest_surv_opts (*)(void))R_GetCCallable("distest", "distest_surv_opts_default");
    distest_callable.distest_surv_fit =
        (int (*)(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx))R_GetCCallable("distest", "distest_surv_fit");
    distest_callable.distest_surv_predict =
        (int (*)( const distest_surv_model *model, int type, size_t m, const double *const *x, const double *const *offset, size_t k, const double *at, int each_row, const double *entry, double level, double *est, double *se, double *lower, double *upper, distest_context *ctx))R_GetCCallable("distest", "distest_surv_predict");
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

int distest_surv_dist( int what, int flags, size_t n, const double *x, const double *phi, size_t inc_phi, const double *lambda, size_t inc_lambda, const double *gamma, size_t inc_gamma, const double *kappa, size_t inc_kappa, double *out, distest_context *ctx)
{
    return distest_callable.distest_surv_dist(what, flags, n, x, phi, inc_phi, lambda, inc_lambda, gamma, inc_gamma, kappa, inc_kappa, out, ctx);
}

distest_surv_opts distest_surv_opts_default(void)
{
    return distest_callable.distest_surv_opts_default();
}

int distest_surv_fit(const distest_surv_data *data, const distest_surv_opts *opts, double *coef, double *vcov, double *robust, distest_surv_info *info, distest_context *ctx)
{
    return distest_callable.distest_surv_fit(data, opts, coef, vcov, robust, info, ctx);
}

int distest_surv_predict( const distest_surv_model *model, int type, size_t m, const double *const *x, const double *const *offset, size_t k, const double *at, int each_row, const double *entry, double level, double *est, double *se, double *lower, double *upper, distest_context *ctx)
{
    return distest_callable.distest_surv_predict(model, type, m, x, offset, k, at, each_row, entry, level, est, se, lower, upper, ctx);
}
