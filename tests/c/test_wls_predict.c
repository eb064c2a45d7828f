/* test_wls_predict.c - predictions, their errors and gradients against the definition;
 * no n x m matrix is made. */
#include "wls_test.h"

#include <sys/resource.h>

static void values_errors_and_gradients(void)
{
    distest_wls_space *s = total_degree("hermite", 2, 3);
    enum { m = 10, n = 300, q = 2 }; /* more than one block */
    static double x[2 * n], P[n * m], c[m * q], V[m * m * q], f[n * q], se[n * q],
        g[n * 2 * q], up[n * q], down[n * q];
    for (int i = 0; i < 2 * n; i++) x[i] = 3 * sin(1.7 * i);
    for (int j = 0; j < m * q; j++) c[j] = cos(j) / (1 + j % m);
    for (int k = 0; k < q; k++)
        for (int i = 0; i < m; i++)
            for (int j = 0; j < m; j++)
                V[i + j * m + k * m * m] = (i == j) * (1.0 + i + k) + 0.1;
    CHECK(distest_wls_features(s, n, x, 0, P, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_predict(s, q, c, V, n, x, f, se, g, NULL) == DISTEST_SUCCESS);
    for (int k = 0; k < q; k++)
        for (int i = 0; i < n; i += 11) {
            double value = 0, v = 0;
            for (int j = 0; j < m; j++) {
                value += P[i + j * n] * c[j + k * m];
                for (int l = 0; l < m; l++)
                    v += P[i + j * n] * V[j + l * m + k * m * m] * P[i + l * n];
            }
            CHECK_NEAR(f[i + k * n], value, 1e-12);
            CHECK_REL(se[i + k * n], sqrt(v), 1e-12);
        }
    for (int side = 0; side < 2; side++) { /* slopes in the second coordinate */
        for (int i = 0; i < n; i++) x[i + n] += side ? -2e-6 : 1e-6;
        CHECK(distest_wls_predict(s, q, c, NULL, n, x, side ? down : up, NULL, NULL,
                                  NULL) == DISTEST_SUCCESS);
    }
    for (int k = 0; k < q; k++)
        for (int i = 0; i < n; i += 7)
            CHECK_NEAR(g[i + (1 + k * 2) * n], (up[i + k * n] - down[i + k * n]) / 2e-6,
                       1e-7);
    distest_wls_space_free(s);
}

/* Second derivatives against central differences of the gradient, which has its own
 * test; symmetric, for every family, with bases of two kinds in one space. */
static void hessians_are_slopes_of_gradients(void)
{
    const char *types[] = {"legendre", "hermite",   "laguerre", "jacobi",
                           "fourier",  "piecewise", "bspline",  "empirical"};
    const char *par[] = {"",
                         "",
                         "",
                         "",
                         "",
                         "{\"breaks\": [0, 0.4, 1]}",
                         "{\"breaks\": [0, 0.2, 0.6, 1]}",
                         "{\"nodes\": [0, 0.3, 0.5, 0.7, 1, 2], "
                         "\"prob\": [1, 1, 1, 1, 2, 1]}"};
    enum { n = 300, q = 2, most = 64 };
    static double x[2 * n], c[most * q], h[n * 4 * q], up[n * 2 * q], down[n * 2 * q],
        f[n * q];
    for (size_t b = 0; b < 8; b++) {
        distest_wls_basis *one = basis_of(types[b], par[b], 4);
        distest_wls_basis *two = basis_of("legendre", "", 2);
        const distest_wls_basis *bases[] = {one, two};
        const size_t size = distest_wls_basis_size(one), m = 3 * size;
        int idx[2 * most];
        distest_wls_space *s = NULL;
        for (size_t j = 0; j < m; j++)
            idx[j] = (int)(j / 3), idx[j + m] = (int)(j % 3);
        CHECK(m <= most &&
              distest_wls_space_tensor(2, bases, m, idx, &s, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < m * q; j++) c[j] = cos(1.0 + 3 * (double)j);
        for (int i = 0; i < n; i++) {
            x[i] = 0.01 + 0.98 * i / n; /* a step of 1e-5 off every break */
            if (fabs(x[i] - 0.2) < 1e-3 || fabs(x[i] - 0.4) < 1e-3 ||
                fabs(x[i] - 0.6) < 1e-3)
                x[i] += 2e-3;
            x[i + n] = sin(i);
        }
        CHECK(distest_wls_hessian(s, q, c, n, x, h, NULL) == DISTEST_SUCCESS);
        for (int l = 0; l < 2; l++) {
            const double step = 1e-5;
            for (int side = 0; side < 2; side++) {
                for (int i = 0; i < n; i++) x[i + l * n] += side ? -2 * step : step;
                CHECK(distest_wls_predict(s, q, c, NULL, n, x, f, NULL,
                                          side ? down : up, NULL) == DISTEST_SUCCESS);
            }
            for (int i = 0; i < n; i++) x[i + l * n] += step;
            for (int o = 0; o < q; o++)
                for (int i = 0; i < n; i++)
                    for (int k = 0; k < 2; k++) {
                        const int at = i + (k + 2 * o) * n;
                        const double slope = (up[at] - down[at]) / (2 * step);
                        const double v = h[i + (k + (l + 2 * o) * 2) * n];
                        CHECK_NEAR(v, slope, 1e-6 * (100 + fabs(slope)));
                        CHECK(v == h[i + (l + (k + 2 * o) * 2) * n]);
                    }
        }
        distest_wls_space_free(s);
        distest_wls_basis_free(one), distest_wls_basis_free(two);
    }
}

static long peak(void) /* kilobytes */
{
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? u.ru_maxrss : 0;
}

/* 1e5 points and 286 functions: their matrix would have 229 megabytes */
static void memory_does_not_grow_with_the_matrix(void)
{
    enum { n = 100000, m = 286 };
    distest_wls_space *s = total_degree("legendre", 3, 10);
    double *x = malloc(4 * n * sizeof *x), *f = x + 3 * n, c[m];
    distest_context ctx = distest_context_default();
    for (int i = 0; i < 4 * n; i++) x[i] = sin(i);
    for (int j = 0; j < m; j++) c[j] = 1.0 / (1 + j);
    ctx.threads = 2;
    const long before = peak();
    CHECK(distest_wls_predict(s, 1, c, NULL, n, x, f, NULL, NULL, &ctx) ==
          DISTEST_SUCCESS);
    CHECK(peak() - before < 60000);
    free(x);
    distest_wls_space_free(s);
}

static distest_wls_space *shared;
static int predict_once(distest_context *ctx)
{
    static double x[2 * 600], c[6] = {1, 2, 3, 4, 5, 6}, V[36], f[600], se[600],
                              g[1200];
    return distest_wls_predict(shared, 1, c, V, 600, x, f, se, g, ctx);
}

static int hessian_once(distest_context *ctx)
{
    static double x[2 * 600], c[6] = {1, 2, 3, 4, 5, 6}, h[4 * 600];
    return distest_wls_hessian(shared, 1, c, 600, x, h, ctx);
}

static void memory_and_cancelling(void)
{
    shared = total_degree("legendre", 2, 2);
    check_out_of_memory(predict_once);
    check_cancel(predict_once);
    check_out_of_memory(hessian_once);
    check_cancel(hessian_once);
    distest_wls_space_free(shared);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_space *s = total_degree("haar", 1, 1), *finite = NULL;
    const double F[3] = {1, 2, 3}, c[64] = {1};
    double x = NAN, f, g;
    CHECK(distest_wls_space_finite(3, 1, F, NULL, 1e-10, &finite, NULL) ==
          DISTEST_SUCCESS);
    CHECK_FAILS(distest_wls_predict(NULL, 1, c, NULL, 1, &x, &f, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "space");
    CHECK_FAILS(distest_wls_predict(s, 1, c, NULL, 1, &x, &f, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "newdata");
    x = 0.5;
    CHECK_FAILS(distest_wls_predict(s, 1, c, NULL, 1, &x, &f, NULL, &g, &ctx),
                DISTEST_EINVAL, &ctx, "type");
    CHECK_FAILS(distest_wls_hessian(s, 1, c, 1, &x, &f, &ctx), DISTEST_EINVAL, &ctx,
                "type");
    CHECK_FAILS(distest_wls_hessian(finite, 1, c, 1, &x, &f, &ctx), DISTEST_EINVAL,
                &ctx, "type");
    CHECK_FAILS(distest_wls_hessian(NULL, 1, c, 1, &x, &f, &ctx), DISTEST_EINVAL, &ctx,
                "space");
    x = 3;
    CHECK_FAILS(distest_wls_predict(finite, 1, c, NULL, 1, &x, &f, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "newdata");
    x = 1;
    CHECK_FAILS(distest_wls_predict(finite, 1, c, NULL, 1, &x, &f, NULL, &g, &ctx),
                DISTEST_EINVAL, &ctx, "type");
    CHECK(distest_wls_predict(finite, 1, c, NULL, 1, &x, &f, NULL, NULL, &ctx) ==
          DISTEST_SUCCESS);
    CHECK_NEAR(f, 2 / sqrt(14.0 / 3), 1e-14);
    distest_wls_space_free(s), distest_wls_space_free(finite);
}

int main(void)
{
    RUN(values_errors_and_gradients);
    RUN(hessians_are_slopes_of_gradients);
    RUN(memory_does_not_grow_with_the_matrix);
    RUN(memory_and_cancelling);
    RUN(bad_input_is_named);
    return check_report("wls_predict");
}
