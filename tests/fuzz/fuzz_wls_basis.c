/* Bases of every type with any parameters, their values and induced measures, and index
 * sets: finite numbers, distribution functions in [0, 1], quantiles in the support. */
#include "fuzz.h"

enum { MOST = 12 };

static const char *const TYPES[] = {"legendre", "chebyshev", "jacobi",    "hermite",
                                    "laguerre", "empirical", "fourier",   "haar",
                                    "bspline",  "piecewise", "something", ""};

static void walk_sets(fuzz_input *in, const distest_wls_basis *basis)
{
    static const char *const KINDS[] = {"tensor", "total_degree", "hyperbolic_cross",
                                        "qnorm", "none"};
    const distest_wls_basis *bases[3] = {basis, basis, basis};
    distest_context ctx = distest_context_default();
    distest_wls_set set = distest_wls_set_default();
    double degree[3], weights[3];
    int idx[3 * 400];
    size_t m = 0;
    const size_t d = (size_t)fuzz_int(in, 0, 3);
    fuzz_doubles(in, 3, degree), fuzz_doubles(in, 3, weights);
    for (int k = 0; k < 3; k++)
        if (degree[k] > 6) degree[k] = 6; /* larger sets are tested for their time */
    set.kind = KINDS[fuzz_int(in, 0, 4)], set.degree = degree;
    if (fuzz_int(in, 0, 1)) set.weights = weights;
    set.q = fuzz_double(in), set.max_order = (size_t)fuzz_int(in, 0, 3);
    if (distest_wls_index_count(&set, d, bases, &m, &ctx) != DISTEST_SUCCESS) {
        if (!ctx.message[0]) fuzz_broken("a failure has a message", &ctx);
        return;
    }
    if (m == 0 || m > 400) return;
    if (distest_wls_index_fill(&set, d, bases, m, idx, &ctx) != DISTEST_SUCCESS)
        fuzz_broken("a set that was counted can be filled in", &ctx);
    for (size_t i = 0; i < m * d; i++)
        if (idx[i] < 0 || (size_t)idx[i] >= distest_wls_basis_size(basis))
            fuzz_broken("indices lie within the basis", &ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {bytes, size, 1};
    distest_context ctx = distest_context_default();
    distest_wls_basis *b = NULL;
    double par[MOST], x[4], F[4], back[4], low, high;
    const char *type = TYPES[fuzz_int(&in, 0, 11)];
    const size_t npar = (size_t)fuzz_int(&in, 0, MOST);
    const double degree = fuzz_int(&in, 0, 8) ? fuzz_int(&in, 0, 12) : fuzz_double(&in);
    fuzz_doubles(&in, npar, par);
    fuzz_doubles(&in, 4, x);
    if (degree > 16) return 0;
    if (distest_wls_basis_alloc(type, degree, npar, par, &b, &ctx) != DISTEST_SUCCESS) {
        if (b || !ctx.message[0]) fuzz_broken("a failure has a message", &ctx);
        return 0;
    }
    const size_t count = distest_wls_basis_size(b),
                 index = count ? bytes[0] % count : 0;
    const int moderate = in.moderate;
    double *v = malloc(8 * count * sizeof *v);
    const int slope = strcmp(type, "haar") != 0;
    distest_wls_basis_support(b, &low, &high);
    if (distest_wls_basis_eval(b, 4, x, v, slope ? v + 4 * count : NULL, &ctx) ==
        DISTEST_SUCCESS)
        for (size_t i = 0; moderate && i < 4; i++)
            for (size_t j = 0; x[i] >= low && x[i] <= high && j < count; j++)
                if (isnan(v[i + 4 * j])) fuzz_broken("values are numbers", &ctx);
    if (distest_wls_induced_cdf(b, index, 4, x, F, &ctx) == DISTEST_SUCCESS)
        for (int i = 0; i < 4; i++) {
            if (moderate && !(F[i] >= 0 && F[i] <= 1))
                fuzz_broken("a distribution function lies in [0, 1]", &ctx);
            x[i] = F[i] >= 0 && F[i] <= 1 ? F[i] : 0.5;
        }
    else
        for (int i = 0; i < 4; i++) x[i] = 0.25 * i;
    if (distest_wls_induced_quantile(b, index, 4, x, back, &ctx) == DISTEST_SUCCESS)
        for (int i = 0; moderate && i < 4; i++)
            if (!(back[i] >= low && back[i] <= high))
                fuzz_broken("quantiles lie in the support", &ctx);
    walk_sets(&in, b);
    free(v);
    distest_wls_basis_free(b);
    return 0;
}
