/* The functions of rdd.h that take curves and weights: projection, rearrangement,
 * functionals, bands, tests, honest inference, the density and the randomisation test.
 */
#include "fuzz.h"

enum { MOST = 8, DRAWS = 20 };

/* functionals are NaN where they are not defined, so that numbers are not asked for */
static int functional(fuzz_input *in, size_t n, const double *q, const double *m,
                      double *out, distest_context *ctx)
{
    static const char *names[] = {"mean", "variance", "sd",     "quantile",
                                  "gini", "theil",    "mld",    "ratio",
                                  "iqr",  "median",   "lorenz", "x"};
    const char *name = names[fuzz_byte(in) % 12];
    const double u = fuzz_double(in), v = fuzz_double(in);
    in->moderate = 0;
    return distest_rdd_functional(name, u, v, n, q, m, out, out + 1, ctx);
}

static int bands(fuzz_input *in, size_t n, const double *tau, double *out,
                 distest_context *ctx)
{
    double V[MOST * MOST], L[MOST * MOST];
    distest_rng rng = distest_rng_seed(fuzz_byte(in));
    const double level = fuzz_double(in);
    const size_t draws = (size_t)fuzz_int(in, 0, DRAWS);
    fuzz_doubles(in, MOST * MOST, L);
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++) {
            V[j + k * n] = 0;
            for (size_t r = 0; r < n; r++)
                V[j + k * n] += L[r + j * MOST] * L[r + k * MOST];
        }
    in->moderate = 0; /* the critical value of no noise is NaN */
    return distest_rdd_bands(n, tau, V, level, draws, fuzz_byte(in) % 2, &rng, out,
                             out + 1, out + 1 + MOST, NULL, ctx);
}

static int test(fuzz_input *in, size_t n, const double *q, const double *tau,
                double *out, distest_context *ctx)
{
    static const char *tests[] = {"nullity", "homogeneity", "ge", "le", "equal", "x"};
    double V[MOST * MOST], Z[DRAWS * MOST], range[2];
    const char *name = tests[fuzz_byte(in) % 6];
    const char *statistic = fuzz_byte(in) % 2 ? "sup" : "cvm";
    const size_t draws = (size_t)fuzz_int(in, 0, DRAWS);
    fuzz_doubles(in, MOST * MOST, V);
    fuzz_doubles(in, DRAWS * MOST, Z);
    fuzz_doubles(in, 2, range);
    in->moderate = 0;
    return distest_rdd_test(n, q, tau, V, Z, draws, 0.75, name, statistic,
                            fuzz_byte(in) % 2, fuzz_byte(in) % 2 ? range : NULL, out,
                            out + 1, out + 2, ctx);
}

static int ratios(fuzz_input *in, size_t n, const double *J, double *out,
                  distest_context *ctx)
{
    double se[MOST], cov[MOST], bias[MOST], first[2];
    int shape[MOST];
    fuzz_doubles(in, MOST, se);
    fuzz_doubles(in, MOST, cov);
    fuzz_doubles(in, MOST, bias);
    fuzz_doubles(in, 2, first);
    const double level = fuzz_double(in);
    in->moderate = 0; /* infinite ends */
    if (fuzz_byte(in) % 2)
        return distest_rdd_anderson_rubin(n, J, se, cov, first, level, out, out + MOST,
                                          shape, ctx);
    return distest_rdd_honest_ratio(n, J, se, cov, bias, first, fuzz_double(in), level,
                                    out, out + MOST, shape, ctx);
}

static int units(fuzz_input *in, size_t n, const double *x, double *out,
                 distest_context *ctx)
{
    double y[2 * MOST], density[2], tails[5];
    int cluster[MOST];
    distest_rdd_units u = distest_rdd_units_default();
    distest_rng rng = distest_rng_seed(1);
    const double cutoff = fuzz_double(in), h = fuzz_double(in);
    in->moderate = 0; /* no p-value where a density is not positive */
    if (fuzz_byte(in) % 2)
        return distest_rdd_density_test(n, x, cutoff, fuzz_int(in, -1, 3), "triangular",
                                        h, density, out, out + 1, tails, ctx);
    fuzz_doubles(in, 2 * MOST, y);
    for (size_t i = 0; i < MOST; i++) cluster[i] = fuzz_int(in, -1, 4);
    u.n = n, u.probs = 2, u.x = x, u.quantiles = y;
    if (fuzz_byte(in) % 2) u.cluster = cluster, u.clusters = 4;
    return distest_rdd_randtest(&u, cutoff, h, "w2", (size_t)fuzz_int(in, 0, 30), &rng,
                                NULL, out, out + 1, ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {bytes, size, 1};
    const int what = fuzz_int(&in, 0, 7);
    const size_t n = (size_t)fuzz_int(&in, 0, MOST);
    double a[MOST], b[MOST], out[3 * MOST];
    distest_context ctx = distest_context_default();
    int status = DISTEST_SUCCESS;
    size_t wrote = 1;

    fuzz_doubles(&in, MOST, a);
    fuzz_doubles(&in, MOST, b);
    if (fuzz_byte(&in) % 2) /* a grid, as most functions want one */
        for (size_t j = 0; j < MOST; j++) a[j] = ((double)j + 0.5) / MOST;
    fuzz_mark(3 * MOST, out);
    switch (what) {
    case 0:
        status = distest_rdd_project(n, b, a, out, &ctx), wrote = n;
        break;
    case 1:
        status = distest_rdd_rearrange(n, b, a, out, &ctx), wrote = n;
        break;
    case 2:
        status = functional(&in, n, a, b, out, &ctx);
        break;
    case 3:
        status = bands(&in, n, b, out, &ctx);
        break;
    case 4:
        status = test(&in, n, a, b, out, &ctx);
        break;
    case 5:
        status = ratios(&in, n, b, out, &ctx);
        break;
    case 6:
        status = units(&in, n, b, out, &ctx);
        break;
    default:
        if (fuzz_byte(&in) % 2)
            status = distest_rdd_honest_critical(n, b, 0.9, out, &ctx), wrote = n;
        else
            status = distest_rdd_bias(n, b, a, fuzz_double(&in), 1, 2, out, &ctx);
    }
    fuzz_claims(status, &in, wrote, out, &ctx);
    return 0;
}
