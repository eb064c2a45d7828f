/* test_wls_fit.c - the fit: interpolation, parts that merge, memory, bad input. */
#include "wls_test.h"

enum { n = 12, m = 3 };
static double phi[n * m], w[n], y[n];

static void fill(void)
{
    for (int i = 0; i < n; i++) {
        const double x = -1 + 2.0 * i / (n - 1);
        phi[i] = 1, phi[i + n] = sqrt(3) * x,
        phi[i + 2 * n] = sqrt(5) * (3 * x * x - 1) / 2;
        w[i] = 1 + 0.1 * i, y[i] = 2 * phi[i] - phi[i + n] + 0.5 * phi[i + 2 * n];
    }
}

static void functions_of_the_space_are_reproduced(void)
{
    double c[m], h[n], f[n], trace = 0;
    distest_wls_diag d;
    CHECK(distest_wls_fit(n, m, 1, phi, w, y, 1e-12, c, &d, h, f, NULL) ==
          DISTEST_SUCCESS);
    CHECK_NEAR(c[0], 2, 1e-14);
    CHECK_NEAR(c[1], -1, 1e-14);
    CHECK_NEAR(c[2], 0.5, 1e-14);
    for (int i = 0; i < n; i++) {
        trace += h[i];
        CHECK_NEAR(f[i], y[i], 1e-14);
    }
    CHECK_NEAR(trace, m, 1e-13);
    CHECK(d.lambda_min > 0 && d.lambda_max >= d.lambda_min);
}

static void parts_merge_to_the_fit(void)
{
    double noisy[n], c[m], parts[2][1 + (m + 1) * (m + 1)] = {{0}}, c2[m], rss, rows;
    double left[6 * m], right[6 * m];
    distest_wls_diag d;
    CHECK(distest_wls_accum_size(m, 1) == 1 + (m + 1) * (m + 1));
    for (int i = 0; i < n; i++) {
        noisy[i] = y[i] + 0.1 * sin(7 * i);
        for (int j = 0; j < m; j++)
            (i < 6 ? left : right)[i % 6 + 6 * j] = phi[i + j * n];
    }
    CHECK(distest_wls_fit(n, m, 1, phi, w, noisy, 1e-12, c, NULL, NULL, NULL, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_accum_add(m, 1, 6, left, w, noisy, parts[0], NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_accum_add(m, 1, 6, right, w + 6, noisy + 6, parts[1], NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_accum_merge(m, 1, parts[1], parts[0], NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_accum_solve(m, 1, parts[0], 1e-12, c2, &d, &rss, &rows, NULL) ==
          DISTEST_SUCCESS);
    CHECK(rows == n);
    for (int j = 0; j < m; j++) CHECK_NEAR(c2[j], c[j], 1e-13);
}

static int fit_once(distest_context *ctx)
{
    double c[m], h[n];
    return distest_wls_fit(n, m, 1, phi, w, y, 1e-12, c, NULL, h, NULL, ctx);
}

static void memory_and_cancelling(void)
{
    check_out_of_memory(fit_once);
    check_cancel(fit_once);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    double c[m] = {7, 7, 7}, bad[n * m];
    memcpy(bad, w, sizeof w);
    bad[3] = 0;
    CHECK_FAILS(distest_wls_fit(n, m, 1, phi, bad, y, 1e-12, c, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "weights");
    memcpy(bad, y, sizeof y);
    bad[5] = NAN;
    CHECK_FAILS(distest_wls_fit(n, m, 1, phi, w, bad, 1e-12, c, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "y");
    CHECK_FAILS(distest_wls_fit(2, m, 1, phi, w, y, 1e-12, c, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "y");
    for (int i = 0; i < n * m; i++) bad[i] = 1;
    CHECK_FAILS(distest_wls_fit(n, m, 1, bad, w, y, 1e-12, c, NULL, NULL, NULL, &ctx),
                DISTEST_ESING, &ctx, "points");
    CHECK(c[0] == 7 && c[1] == 7 && c[2] == 7);
}

int main(void)
{
    fill();
    RUN(functions_of_the_space_are_reproduced);
    RUN(parts_merge_to_the_fit);
    RUN(memory_and_cancelling);
    RUN(bad_input_is_named);
    return check_report("wls_fit");
}
