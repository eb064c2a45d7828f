/* distest_expfam_fit_data and distest_expfam_terms_data of any family on any data. */
#include "fuzz.h"

enum { ROWS = 8, P = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *names[] = {
        "normal",  "lognormal", "gamma",     "inverse_gaussian", "beta",       "gig",
        "poisson", "bernoulli", "geometric", "com_poisson",      "polynomial", "spline",
        "ising",   "mvnormal",  "dirichlet", "von_mises"};
    fuzz_input in = {bytes, size, 1};
    const char *name = names[fuzz_int(&in, 0, 15)];
    const size_t ipar[2] = {(size_t)fuzz_int(&in, 1, 3), (size_t)fuzz_int(&in, 0, 1)};
    const size_t n = (size_t)fuzz_int(&in, 0, ROWS), d = (size_t)fuzz_int(&in, 1, 3);
    double par[2], x[ROWS * 3], w[ROWS], theta[16], mean[16];
    distest_expfam_family *f = NULL;
    distest_expfam_terms terms;
    distest_context ctx = distest_context_default();
    size_t p = 0;

    ctx.threads = 1;
    fuzz_doubles(&in, 2, par);
    fuzz_doubles(&in, n * d, x);
    fuzz_doubles(&in, n, w);
    const size_t npar = (size_t)fuzz_int(&in, 0, 2),
                 nipar = (size_t)fuzz_int(&in, 0, 2);
    if (distest_expfam_family_alloc(&f, name, par, npar, ipar, nipar, &ctx) !=
        DISTEST_SUCCESS)
        return 0;
    distest_expfam_sizes(f, &p, NULL, NULL);
    if (p <= 16) {
        const distest_sample s = {n, d, x, fuzz_byte(&in) % 2 ? w : NULL};
        fuzz_mark(16, theta);
        fuzz_mark(16, mean);
        const int status =
            distest_expfam_fit_data(f, NULL, &s, NULL, theta, mean, NULL, NULL, &ctx);
        fuzz_claims(status, &in, p, theta, &ctx);
        fuzz_claims(status, &in, p, mean, &ctx);
        if (status == DISTEST_SUCCESS) {
            const int next =
                distest_expfam_terms_data(f, theta, &s, 0, &terms, NULL, NULL, &ctx);
            if (next != DISTEST_SUCCESS && !ctx.message[0]) __builtin_trap();
        }
    }
    distest_expfam_family_free(f);
    return 0;
}
