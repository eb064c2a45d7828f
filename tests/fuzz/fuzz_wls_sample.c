/* Designs on tensor and finite spaces with any options, then their certificate: points
 * in the support, positive weights, or a failure with a message. */
#include "fuzz.h"

enum { N = 8, M = 4, SIZE = 12 };

static const char *const METHODS[] = {"mc",      "iid_optimal",  "stratified",
                                      "dpp",     "volume",       "volume_repeated",
                                      "boosted", "dpp_repeated", "none"};
static const char *const REFERENCES[] = {"optimal", "mu", "mixture", "none"};

static distest_wls_opts options(fuzz_input *in)
{
    distest_wls_opts o = distest_wls_opts_default();
    o.method = METHODS[fuzz_int(in, 0, 8)];
    o.reference = REFERENCES[fuzz_int(in, 0, 3)];
    o.criterion = fuzz_int(in, 0, 1) ? "gram" : "lambda_min";
    o.alpha = fuzz_int(in, 0, 3) ? 0.5 : fuzz_double(in);
    o.delta = fuzz_int(in, 0, 3) ? INFINITY : fuzz_double(in);
    o.resample = (size_t)fuzz_int(in, 0, 3);
    o.max_tries = (size_t)fuzz_int(in, 0, 3);
    o.replace = fuzz_int(in, 0, 3) > 0;
    return o;
}

static distest_wls_space *tensor(fuzz_input *in, distest_context *ctx)
{
    static const char *const TYPES[] = {"legendre", "hermite", "laguerre",
                                        "fourier",  "haar",    "chebyshev"};
    distest_wls_basis *b = NULL;
    const distest_wls_basis *bases[2];
    distest_wls_space *s = NULL;
    int idx[2 * M];
    const size_t d = (size_t)fuzz_int(in, 1, 2), m = (size_t)fuzz_int(in, 0, M);
    if (distest_wls_basis_alloc(TYPES[fuzz_int(in, 0, 5)], 3, 0, NULL, &b, ctx) !=
        DISTEST_SUCCESS)
        return NULL;
    bases[0] = bases[1] = b;
    for (size_t i = 0; i < m * d; i++) idx[i] = fuzz_int(in, 0, 9) - 1;
    if (distest_wls_space_tensor(d, bases, m, idx, &s, ctx) != DISTEST_SUCCESS)
        s = NULL;
    distest_wls_basis_free(b);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {bytes, size, 1};
    distest_context ctx = distest_context_default();
    distest_wls_space *s = NULL;
    double F[N * M], prob[N], x[2 * SIZE], w[SIZE];
    size_t index[SIZE];
    ctx.threads = 1;
    const distest_wls_opts o = options(&in);
    const size_t n = (size_t)fuzz_int(&in, 0, SIZE);
    distest_rng rng = distest_rng_seed(fuzz_byte(&in));
    if (fuzz_int(&in, 0, 1)) {
        const size_t rows = (size_t)fuzz_int(&in, 0, N),
                     m = (size_t)fuzz_int(&in, 0, M);
        const int weighted = fuzz_int(&in, 0, 1);
        fuzz_doubles(&in, rows * m, F), fuzz_doubles(&in, rows, prob);
        if (distest_wls_space_finite(rows, m, F, weighted ? prob : NULL, 1e-10, &s,
                                     &ctx) != DISTEST_SUCCESS)
            s = NULL;
    } else {
        s = tensor(&in, &ctx);
    }
    if (!s) {
        if (!ctx.message[0]) fuzz_broken("a failure has a message", &ctx);
        return 0;
    }
    distest_wls_diag diag;
    size_t m, d, candidates;
    distest_wls_space_size(s, &m, &d, &candidates);
    const int status = distest_wls_sample(s, &o, n, &rng, x, index, w, &diag, &ctx);
    if (status != DISTEST_SUCCESS) {
        if (!ctx.message[0]) fuzz_broken("a failure has a message", &ctx);
    } else {
        distest_wls_facts f = distest_wls_facts_default();
        distest_wls_certificate c;
        for (size_t i = 0; i < n; i++) {
            if (!(w[i] > 0 && isfinite(w[i])))
                fuzz_broken("weights are positive", &ctx);
            if (candidates && index[i] >= candidates)
                fuzz_broken("candidates are rows", &ctx);
            for (size_t k = 0; k < d; k++)
                if (!isfinite(x[i + k * n])) fuzz_broken("points are finite", &ctx);
        }
        if (distest_wls_certify(&diag, n, m, &o, &f, 0.1, 0.9, &c, &ctx) ==
                DISTEST_SUCCESS &&
            (isnan(c.linf) || isnan(c.probability)))
            fuzz_broken("bounds are numbers", &ctx);
    }
    distest_wls_space_free(s);
    return 0;
}
