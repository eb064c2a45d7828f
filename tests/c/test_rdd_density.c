/* test_rdd_density.c - the density test: constants of the kernels, reference values,
 * exact binomial tests, degenerate data. */
#include "rdd_fixture.h"

static void agrees_with_the_reference(void)
{
    const distest_rdd_units u = fixture_units();
    double f[2], t, p, tails[5];
    CHECK(distest_rdd_density_test(UNITS, u.x, 0, 2, "triangular", 0.6, f, &t, &p,
                                   tails, NULL) == DISTEST_SUCCESS);
    CHECK_REL(f[0], 0.6777796142520962, 1e-11);
    CHECK_REL(f[1], 0.7106086300749227, 1e-11);
    CHECK_REL(t, 0.0892723835045308, 1e-10);
    CHECK_NEAR(p, erfc(t / sqrt(2)), 1e-14);
    CHECK(distest_rdd_density_test(UNITS, u.x, 0, 2, "triangular", 0, f, &t, &p, NULL,
                                   NULL) == DISTEST_SUCCESS);
    CHECK_REL(f[0], 1.063108112172034, 1e-11);
    CHECK_REL(f[1], 0.782184462944182, 1e-11);
    CHECK_REL(t, -0.514743528468311, 1e-10);
}

/* T (n h V-less) gives delta back: delta_k = n h (f_+ - f_-)^2 / (T^2 (f_+ + f_-)) */
static void constants_are_exact(void)
{
    const distest_rdd_units u = fixture_units();
    const char *kernels[3] = {"triangular", "epanechnikov", "uniform"};
    fixture_read("tests/reference/rdd/exact.txt");
    for (int k = 0; k < 3; k++)
        for (int p = 0; p <= 2; p++) {
            char name[80];
            double f[2], t;
            CHECK(distest_rdd_density_test(UNITS, u.x, 0, p, kernels[k], 0.6, f, &t,
                                           NULL, NULL, NULL) == DISTEST_SUCCESS);
            snprintf(name, sizeof name, "kernel/%s/%d/density_var", kernels[k], p + 1);
            CHECK_REL(UNITS * 0.6 * (f[1] - f[0]) * (f[1] - f[0]) /
                          (t * t * (f[0] + f[1])),
                      fixture(name)[0], 1e-10);
        }
}

/* x on an even grid: F is linear, both slopes are the density */
static void a_uniform_density_is_found(void)
{
    enum { n = 401 };
    double x[n], f[2], t, p;
    for (int i = 0; i < n; i++)
        x[i] = 3 + (i - 200) / 50.0; /* density n / (n-1) 1 / 8 */
    for (int order = 0; order < 4; order++) {
        CHECK(distest_rdd_density_test(n, x, 3, order, "epanechnikov", 1.5, f, &t, &p,
                                       NULL, NULL) == DISTEST_SUCCESS);
        CHECK_REL(f[0], 0.125, 1e-11);
        CHECK_REL(f[1], 0.125, 1e-11);
        CHECK(fabs(t) < 1e-9 && p > 1 - 1e-9);
    }
    /* bandwidths are capped at the range of each side */
    double g[2];
    CHECK(distest_rdd_density_test(n, x, 6, 1, "uniform", 50, g, &t, NULL, NULL,
                                   NULL) == DISTEST_SUCCESS);
    CHECK_REL(g[1], 0.125, 1e-11);
}

/* 10 nearest: 2 of 10 on the right, P = 2 (1 + 10 + 45) / 1024; 20: 7; others none */
static void binomial_tests_are_exact(void)
{
    double x[24], p[5];
    for (int i = 0; i < 24; i++) x[i] = -(i + 1.0);
    x[1] = 2, x[5] = 6;                         /* 2 of the first 10 */
    for (int i = 12; i < 17; i++) x[i] = i + 1; /* 7 of the first 20 */
    CHECK(distest_rdd_density_test(24, x, 0, 2, "triangular", 0, NULL, NULL, NULL, p,
                                   NULL) == DISTEST_SUCCESS);
    CHECK_REL(p[0], 2 * 56.0 / 1024, 1e-12);
    double tail = 0, c = 1;
    for (int i = 0; i <= 7; i++) tail += c, c = c * (20 - i) / (i + 1);
    CHECK_REL(p[1], 2 * tail / 1048576, 1e-12);
    CHECK(isnan(p[2]) && isnan(p[3]) && isnan(p[4]));
    for (int i = 0; i < 20; i++) x[i] = i % 2 ? i + 1 : -i - 1; /* half and half */
    CHECK(distest_rdd_density_test(24, x, 0, 2, "triangular", 0, NULL, NULL, NULL, p,
                                   NULL) == DISTEST_SUCCESS);
    CHECK(p[0] == 1 && p[1] == 1);
    for (int i = 0; i < 10; i++) x[i] = i < 5 ? -i - 1 : i - 5; /* one at the cutoff */
    CHECK(distest_rdd_density_test(10, x, 0, 2, "triangular", 0, NULL, NULL, NULL, p,
                                   NULL) == DISTEST_SUCCESS);
    CHECK(p[0] == 1);
}

static void mass_points_leave_the_binomial_tests(void)
{
    double x[60], f[2] = {7, 7}, t = 7, p = 7, tails[5];
    for (int i = 0; i < 60; i++) x[i] = floor(i / 2.0) - 14.5;
    CHECK(distest_rdd_density_test(60, x, 0, 2, "triangular", 0, f, &t, &p, tails,
                                   NULL) == DISTEST_SUCCESS);
    CHECK(isnan(f[0]) && isnan(f[1]) && isnan(t) && isnan(p) && tails[1] == 1);
    for (int i = 0; i < 60; i++) x[i] = i - 29.5 + (i == 7); /* one tie: no matter */
    CHECK(distest_rdd_density_test(60, x, 0, 2, "triangular", 0, f, &t, &p, tails,
                                   NULL) == DISTEST_SUCCESS);
    CHECK(fabs(f[0] - 1.0 / 59) < 5e-3 && p > 0.5);
}

/* F bends down towards the cutoff: a negative slope is no density */
static void a_negative_slope_is_no_density(void)
{
    double x[40], f[2], t, p;
    for (int i = 0; i < 20; i++) {
        x[i] = -1 + 0.02 * i;        /* far from the cutoff */
        x[20 + i] = 0.01 + 0.05 * i; /* evenly spread */
    }
    x[19] = -0.02, x[18] = -0.05;
    CHECK(distest_rdd_density_test(40, x, 0, 2, "uniform", 1, f, &t, &p, NULL, NULL) ==
          DISTEST_SUCCESS);
    CHECK(f[0] <= 0 && f[1] > 0 && isnan(t) && isnan(p));
}

static void scales_with_x(void)
{
    const distest_rdd_units u = fixture_units();
    double x[UNITS], f[2], g[2], t, s;
    for (int i = 0; i < UNITS; i++) x[i] = 1000 * u.x[i] + 4e6;
    CHECK(distest_rdd_density_test(UNITS, u.x, 0, 2, "triangular", 0, f, &t, NULL, NULL,
                                   NULL) == DISTEST_SUCCESS);
    CHECK(distest_rdd_density_test(UNITS, x, 4e6, 2, "triangular", 0, g, &s, NULL, NULL,
                                   NULL) == DISTEST_SUCCESS);
    CHECK_REL(1000 * g[0], f[0], 1e-8);
    CHECK_REL(s, t, 1e-7);
}

static int run_one(distest_context *ctx)
{
    const distest_rdd_units u = fixture_units();
    double t = 7, tails[5];
    const int status = distest_rdd_density_test(UNITS, u.x, 0, 2, "triangular", 0, NULL,
                                                &t, NULL, tails, ctx);
    CHECK(status == DISTEST_SUCCESS || t == 7);
    return status;
}

static void failures(void)
{
    distest_context ctx = distest_context_default();
    const distest_rdd_units u = fixture_units();
    double f[2] = {7, 7}, x[4] = {-1, -0.5, 0.5, NAN};
    CHECK(check_out_of_memory(run_one) > 2);
#define BAD(n, x, c, p, k, h, status, arg)                                             \
    CHECK_FAILS(distest_rdd_density_test(n, x, c, p, k, h, f, NULL, NULL, NULL, &ctx), \
                status, &ctx, arg)
    BAD(4, x, 0, 2, "triangular", 0, DISTEST_EINVAL, "x");
    BAD(0, NULL, 0, 2, "triangular", 0, DISTEST_EINVAL, "cutoff");
    BAD(UNITS, u.x, 5, 2, "triangular", 0, DISTEST_EINVAL, "cutoff");
    BAD(UNITS, u.x, -5, 2, "triangular", 0, DISTEST_EINVAL, "cutoff");
    BAD(UNITS, u.x, NAN, 2, "triangular", 0, DISTEST_EINVAL, "cutoff");
    BAD(UNITS, u.x, 0, -1, "triangular", 0, DISTEST_EINVAL, "p");
    BAD(UNITS, u.x, 0, 9, "triangular", 0, DISTEST_EINVAL, "p");
    BAD(UNITS, u.x, 0, 2, "gaussian", 0, DISTEST_EINVAL, "kernel");
    BAD(UNITS, u.x, 0, 2, "triangular", -1, DISTEST_EINVAL, "h");
    BAD(UNITS, u.x, 0, 2, "triangular", 0.005, DISTEST_ESING, "h");
    CHECK(strstr(ctx.message, "left") && f[0] == 7 && f[1] == 7);
}

int main(void)
{
    RUN(agrees_with_the_reference);
    RUN(constants_are_exact);
    RUN(a_uniform_density_is_found);
    RUN(binomial_tests_are_exact);
    RUN(mass_points_leave_the_binomial_tests);
    RUN(a_negative_slope_is_no_density);
    RUN(scales_with_x);
    RUN(failures);
    return check_report("test_rdd_density");
}
