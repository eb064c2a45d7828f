/* test_rdd_functional.c - functionals of quantile functions: closed forms, gradients
 * against differences, reference values, the limits of their definition. */
#include "rdd_fixture.h"

enum { n = 40 };
static const char *const NAMES[] = {"mean", "variance", "sd",    "quantile",
                                    "gini", "theil",    "mld",   "ratio",
                                    "iqr",  "median",   "lorenz"};
enum { KINDS = sizeof NAMES / sizeof NAMES[0] };

static double at(const char *name, double u, double v, size_t k, const double *q,
                 const double *m)
{
    double value = 7;
    CHECK(distest_rdd_functional(name, u, v, k, q, m, &value, NULL, NULL) ==
          DISTEST_SUCCESS);
    return value;
}

/* an uneven grid, a curve that increases */
static void example(double *q, double *m)
{
    for (int j = 0; j < n; j++) {
        q[j] = (j + 0.7) / (n + 1) + 0.004 * sin(j);
        m[j] = exp(1.2 * q[j] + 0.4 * q[j] * q[j]) - 0.5;
    }
}

static void gradients_agree_with_differences(void)
{
    double q[n], m[n], g[n], near[n];
    example(q, m);
    for (int k = 0; k < KINDS; k++) {
        CHECK(distest_rdd_functional(NAMES[k], 0.37, 0.21, n, q, m, NULL, g, NULL) ==
              DISTEST_SUCCESS);
        for (int j = 0; j < n; j++) {
            const double h = 1e-5 * m[j];
            memcpy(near, m, sizeof m);
            near[j] = m[j] + h;
            const double up = at(NAMES[k], 0.37, 0.21, n, q, near);
            near[j] = m[j] - h;
            CHECK_NEAR(g[j], (up - at(NAMES[k], 0.37, 0.21, n, q, near)) / (2 * h),
                       2e-10);
        }
    }
}

/* the uniform distribution on (0, 1) at N midpoints: mean 1/2, variance 1/12, Gini 1/3,
 * L(u) = u^2, Theil log 2 - 1/2, mean log deviation 1 - log 2; errors of order 1/N^2 */
static void uniform_distribution(void)
{
    enum { N = 2000 };
    static double q[N];
    for (int j = 0; j < N; j++) q[j] = (j + 0.5) / N;
    CHECK_NEAR(at("mean", 0, 0, N, q, q), 0.5, 1e-13);
    CHECK_NEAR(at("variance", 0, 0, N, q, q), 1.0 / 12, 1e-7);
    CHECK_NEAR(at("sd", 0, 0, N, q, q), sqrt(1.0 / 12), 1e-7);
    CHECK_NEAR(at("gini", 0, 0, N, q, q), 1.0 / 3, 1e-6);
    CHECK_NEAR(at("lorenz", 0.4, 0, N, q, q), 0.16, 1e-6);
    CHECK_NEAR(at("lorenz", 0.40013, 0, N, q, q), 0.40013 * 0.40013, 1e-6);
    CHECK_NEAR(at("theil", 0, 0, N, q, q), log(2) - 0.5, 1e-6);
    CHECK_NEAR(at("mld", 0, 0, N, q, q), 1 - log(2), 3e-4); /* log at 0 */
    CHECK_NEAR(at("quantile", 0.3333, 0, N, q, q), 0.3333, 1e-13);
    CHECK_NEAR(at("median", 0, 0, N, q, q), 0.5, 1e-13);
    CHECK_NEAR(at("iqr", 0, 0, N, q, q), 0.5, 1e-13);
    CHECK_NEAR(at("ratio", 0.9, 0.1, N, q, q), 9, 1e-12);
}

/* by hand: q = .1 .4 .5 has cells .3 .2 .1, weights 1/2 1/3 1/6 */
static void uneven_cells(void)
{
    const double q[3] = {0.1, 0.4, 0.5}, m[3] = {1, 2, 4};
    CHECK_NEAR(at("mean", 0, 0, 3, q, m), 11.0 / 6, 1e-15);
    /* mid = 1/4, 2/3, 11/12 */
    CHECK_NEAR(at("gini", 0, 0, 3, q, m),
               (0.5 * -0.5 + 2.0 / 3 * (1.0 / 3) + 4.0 / 6 * (5.0 / 6)) / (11.0 / 6),
               1e-14);
    CHECK_NEAR(at("lorenz", 0.7, 0, 3, q, m), (0.5 + 2 * 0.2) / (11.0 / 6), 1e-14);
    CHECK_NEAR(at("quantile", 0.3, 0, 3, q, m), 1 + 2.0 / 3, 1e-14);
    CHECK(at("quantile", 0.05, 0, 3, q, m) == 1);
    CHECK(at("quantile", 0.9, 0, 3, q, m) == 4);
    CHECK(at("quantile", 0.5, 0, 3, q, m) == 4);
    CHECK(at("mean", 0, 0, 1, q, m) == 1);
    CHECK_NEAR(at("mean", 0, 0, 2, q, m), 1.5, 1e-15);
    CHECK_NEAR(at("variance", 0, 0, 2, q, m), 0.25, 1e-15);
}

static void scales_exactly(void)
{
    double q[n], m[n], large[n], g[n], h[n];
    example(q, m);
    for (int e = -900; e <= 900; e += 1800)
        for (int k = 0; k < KINDS; k++) {
            const int degree = k == 1 ? 2 : k >= 4 && k <= 7 ? 0 : k == 10 ? 0 : 1;
            double a = 0, b = 0;
            for (int j = 0; j < n; j++) large[j] = ldexp(m[j], e);
            CHECK(distest_rdd_functional(NAMES[k], 0.4, 0.2, n, q, m, &a, g, NULL) ==
                  DISTEST_SUCCESS);
            CHECK(distest_rdd_functional(NAMES[k], 0.4, 0.2, n, q, large, &b, h,
                                         NULL) == DISTEST_SUCCESS);
            CHECK(b == ldexp(a, degree * e));
            CHECK(h[3] == ldexp(g[3], (degree - 1) * e));
        }
}

static void not_defined_is_nan(void)
{
    const double q[3] = {0.25, 0.5, 0.75}, zero[3] = {0, 1, 2}, low[3] = {-4, 1, 2};
    const double nought[3] = {-1, 0, 1};
    double value = 7, g[3] = {7, 7, 7};
    CHECK(isnan(at("theil", 0, 0, 3, q, zero)));
    CHECK(isnan(at("mld", 0, 0, 3, q, zero)));
    CHECK(isnan(at("ratio", 0.75, 0.25, 3, q, zero)));
    CHECK(isnan(at("ratio", 0.75, 0.25, 3, q, low)));
    CHECK(isnan(at("gini", 0, 0, 3, q, low)));
    CHECK(isnan(at("gini", 0, 0, 3, q, nought)));
    CHECK(isnan(at("lorenz", 0.5, 0, 3, q, low)));
    CHECK_NEAR(at("gini", 0, 0, 3, q, zero), 4.0 / 9, 1e-15);
    CHECK_NEAR(at("ratio", 0.5, 0.75, 3, q, low), 0.5, 1e-15);
    CHECK(distest_rdd_functional("mld", 0, 0, 3, q, low, &value, g, NULL) ==
          DISTEST_SUCCESS);
    CHECK(isnan(value) && isnan(g[0]) && isnan(g[2]));
    /* the sd of a constant has no gradient but 0 */
    const double flat[3] = {5, 5, 5};
    CHECK(distest_rdd_functional("sd", 0, 0, 3, q, flat, &value, g, NULL) ==
          DISTEST_SUCCESS);
    CHECK(value == 0 && g[0] == 0 && g[1] == 0 && g[2] == 0);
}

static int run_one(distest_context *ctx)
{
    const double q[2] = {0.3, 0.6}, m[2] = {1, 2};
    double value = 7, g[2];
    const int status = distest_rdd_functional("gini", 0, 0, 2, q, m, &value, g, ctx);
    CHECK(status == DISTEST_SUCCESS || value == 7);
    return status;
}

static void memory_and_bad_input(void)
{
    distest_context ctx = distest_context_default();
    const double q[2] = {0.3, 0.6}, m[2] = {1, 2}, bad[2] = {0.6, 0.3};
    const double one[2] = {0.5, 1}, inf[2] = {1, INFINITY};
    double value = 7;
    CHECK(check_out_of_memory(run_one) > 0);
#define BAD(name, u, v, k, q, m, arg)                                                  \
    CHECK_FAILS(distest_rdd_functional(name, u, v, k, q, m, &value, NULL, &ctx),       \
                DISTEST_EINVAL, &ctx, arg)
    BAD("geni", 0, 0, 2, q, m, "name");
    BAD(NULL, 0, 0, 2, q, m, "name");
    BAD("mean", 0, 0, 2, bad, m, "q");
    BAD("mean", 0, 0, 2, one, m, "q");
    BAD("mean", 0, 0, 0, q, m, "q");
    BAD("mean", 0, 0, 2, q, inf, "m");
    BAD("lorenz", 0, 0, 2, q, m, "u");
    BAD("quantile", 1, 0, 2, q, m, "u");
    BAD("ratio", 0.9, NAN, 2, q, m, "v");
    CHECK(strstr(ctx.message, "v") && value == 7);
}

int main(void)
{
    RUN(gradients_agree_with_differences);
    RUN(uniform_distribution);
    RUN(uneven_cells);
    RUN(scales_exactly);
    RUN(not_defined_is_nan);
    RUN(memory_and_bad_input);
    return check_report("test_rdd_functional");
}
