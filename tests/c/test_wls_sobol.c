/* test_wls_sobol.c - moments and shares of functions known by hand: the short way of
 * orthonormal polynomials, the long way of functions on cells; errors by differences.
 */
#include "wls_test.h"

static const int SUBSETS[3 * 2] = {1, 0, 1, 0, 1, 1}; /* {1}, {2}, {1, 2} */

/* 3 + 2 p1(x) - p1(y) + 0.5 p1(x) p1(y) + p2(y) in legendre polynomials */
static void shares_of_a_polynomial(void)
{
    distest_wls_space *s = total_degree("legendre", 2, 2);
    const double c[6] = {3, 2, -1, 0, 0.5, 1}; /* 1 x y xx xy yy */
    double V[36] = {0}, S[3], se[3], T[2], seT[2], out[4];
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) V[i + 6 * j] = (i == j) * 0.01 * (i + 1) + 0.001;
    CHECK(distest_wls_sobol(s, c, V, 3, SUBSETS, S, se, T, seT, NULL) ==
          DISTEST_SUCCESS);
    const double var = 4 + 1 + 0.25 + 1;
    CHECK_NEAR(S[0], 4 / var, 1e-14);
    CHECK_NEAR(S[1], 2 / var, 1e-14);
    CHECK_NEAR(S[2], 0.25 / var, 1e-14);
    CHECK_NEAR(T[0], 4.25 / var, 1e-14);
    CHECK_NEAR(T[1], 2.25 / var, 1e-14);
    /* gradients by differences of the indices themselves */
    double g[5][6];
    for (int j = 0; j < 6; j++) {
        double two[2][5], dummy[3];
        for (int side = 0; side < 2; side++) {
            double d[6];
            memcpy(d, c, sizeof d);
            d[j] += side ? 1e-6 : -1e-6;
            CHECK(distest_wls_sobol(s, d, NULL, 3, SUBSETS, two[side], dummy,
                                    two[side] + 3, dummy, NULL) == DISTEST_SUCCESS);
            CHECK(isnan(dummy[0]));
        }
        for (int u = 0; u < 5; u++) g[u][j] = (two[1][u] - two[0][u]) / 2e-6;
    }
    for (int u = 0; u < 5; u++) {
        double v = 0;
        for (int i = 0; i < 6; i++)
            for (int j = 0; j < 6; j++) v += g[u][i] * V[i + 6 * j] * g[u][j];
        CHECK_REL(u < 3 ? se[u] : seT[u - 3], sqrt(v), 1e-7);
    }
    CHECK(distest_wls_moments(s, c, V, out, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(out[0], 3, 1e-14);
    CHECK_NEAR(out[1], var, 1e-13);
    CHECK_NEAR(out[2], sqrt(V[0]), 1e-14);
    distest_wls_space_free(s);
}

/* the same function written on cells: f = (1 + x)(2 - y) on breaks 0, 0.4, 1 */
static void shares_on_cells(void)
{
    distest_wls_basis *b = basis_of("piecewise", "{\"breaks\": [0, 0.4, 1], ", 1);
    const distest_wls_basis *bases[2] = {b, b};
    enum { m = 16, n = 64 };
    int idx[2 * m];
    distest_wls_space *s = NULL;
    double x[2 * n], P[n * m], w[n], y[n], c[m], S[3], se[3], T[2], seT[2], out[4];
    double D[2], seD[2];
    for (int j = 0; j < m; j++) idx[j] = j % 4, idx[j + m] = j / 4;
    CHECK(distest_wls_space_tensor(2, bases, m, idx, &s, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < n; i++) {
        x[i] = (i % 8 + 0.5) / 8, x[i + n] = (i / 8 + 0.5) / 8, w[i] = 1;
        y[i] = (1 + x[i]) * (2 - x[i + n]);
    }
    CHECK(distest_wls_features(s, n, x, 0, P, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_fit(n, m, 1, P, w, y, 1e-12, c, NULL, NULL, NULL, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_sobol(s, c, NULL, 3, SUBSETS, S, se, T, seT, NULL) ==
          DISTEST_SUCCESS);
    const double vx = 1.0 / 12, mean2 = 2.25, vy = 1.0 / 12;
    const double Vx = vx * mean2, Vy = vy * mean2, Vxy = vx * vy, var = Vx + Vy + Vxy;
    CHECK_NEAR(S[0], Vx / var, 1e-11);
    CHECK_NEAR(S[1], Vy / var, 1e-11);
    CHECK_NEAR(S[2], Vxy / var, 1e-11);
    CHECK_NEAR(T[0], (Vx + Vxy) / var, 1e-11);
    CHECK(distest_wls_moments(s, c, NULL, out, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(out[0], 2.25, 1e-12);
    CHECK_NEAR(out[1], var, 1e-12);
    CHECK(isnan(out[2]));
    CHECK(distest_wls_dgsm(s, c, NULL, D, seD, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(D[0], 7.0 / 3, 1e-11); /* E (2 - y)^2, E (1 + x)^2 */
    CHECK_NEAR(D[1], 7.0 / 3, 1e-11);
    distest_wls_space_free(s);
    distest_wls_basis_free(b);
}

/* x^3 y under the uniform law: third moment 0, fourth E x^12 E y^4 = 1/13 1/5; by a
 * Gauss rule, and in 12 dimensions by random points within their error */
static void higher_moments(void)
{
    double out[6];
    distest_rng rng = distest_rng_seed(4);
    distest_wls_space *s = total_degree("legendre", 2, 1);
    const double c[3] = {5, 1, 0};
    CHECK(distest_wls_moments4(s, c, &rng, out, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(out[0], 5, 1e-14);
    CHECK_NEAR(out[1], 1, 1e-13);
    CHECK_NEAR(out[2], 0, 1e-13);
    CHECK_NEAR(out[3], 9.0 / 5, 1e-12); /* E (sqrt3 x)^4 */
    CHECK(out[4] == 0 && out[5] == 0);
    distest_wls_space_free(s);
    s = total_degree("hermite", 14, 1);
    double many[15] = {0};
    many[1] = 3, many[2] = 4;
    CHECK(distest_wls_moments4(s, many, &rng, out, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(out[1], 25, 1e-12);
    CHECK(out[5] > 0 && fabs(out[3] - 3 * 625) < 6 * out[5]);
    CHECK(out[4] > 0 && fabs(out[2]) < 6 * out[4]);
    distest_wls_space_free(s);
}

static distest_wls_space *shared;
static int all_once(distest_context *ctx)
{
    const double c[6] = {3, 2, -1, 0, 0.5, 1};
    double V[36] = {0}, S[3], se[3], T[2], seT[2], out[4];
    V[7] = 1;
    int status = distest_wls_sobol(shared, c, V, 3, SUBSETS, S, se, T, seT, ctx);
    if (status == DISTEST_SUCCESS) status = distest_wls_dgsm(shared, c, V, T, seT, ctx);
    if (status == DISTEST_SUCCESS) status = distest_wls_moments(shared, c, V, out, ctx);
    return status;
}

static void memory_and_cancelling(void)
{
    shared = total_degree("legendre", 2, 2);
    check_out_of_memory(all_once);
    check_cancel(all_once);
    distest_wls_space_free(shared);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_basis *b = basis_of("legendre", "", 2);
    const distest_wls_basis *bases[1] = {b};
    const int idx[2] = {1, 2};
    const double F[3] = {1, 2, 3}, c[3] = {1, 1, NAN};
    distest_wls_space *odd = NULL, *finite = NULL,
                      *good = total_degree("legendre", 1, 2);
    double S[1], se[1], T[1], seT[1], out[4];
    const int subset[1] = {1};
    CHECK(distest_wls_space_tensor(1, bases, 2, idx, &odd, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_space_finite(3, 1, F, NULL, 1e-10, &finite, NULL) ==
          DISTEST_SUCCESS);
    CHECK_FAILS(distest_wls_sobol(odd, c, NULL, 1, subset, S, se, T, seT, &ctx),
                DISTEST_EINVAL, &ctx, "fit");
    CHECK_FAILS(distest_wls_moments(odd, c, NULL, out, &ctx), DISTEST_EINVAL, &ctx,
                "fit");
    CHECK_FAILS(distest_wls_dgsm(finite, c, NULL, S, se, &ctx), DISTEST_EINVAL, &ctx,
                "fit");
    CHECK_FAILS(distest_wls_sobol(good, c, NULL, 1, subset, S, se, T, seT, &ctx),
                DISTEST_EINVAL, &ctx, "coef");
    distest_wls_space_free(odd), distest_wls_space_free(finite);
    distest_wls_space_free(good);
    distest_wls_basis_free(b);
}

int main(void)
{
    RUN(shares_of_a_polynomial);
    RUN(shares_on_cells);
    RUN(higher_moments);
    RUN(memory_and_cancelling);
    RUN(bad_input_is_named);
    return check_report("wls_sobol");
}
