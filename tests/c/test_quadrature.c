/* test_quadrature.c - rules against moments, adaptive integrals against closed forms.
 */
#include "check.h"
#include "optim.h"

static double power_mean(size_t n, const double *x, const double *w, int k)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += w[i] * pow(x[i], k);
    return sum;
}

static void rules_have_their_moments(void)
{
    double x[12], w[12], factorial = 1, odd = 1;
    CHECK(di_gauss_legendre(NULL, 12, -1, 3, x, w) == DISTEST_SUCCESS);
    for (int k = 0; k < 24; k++)
        CHECK_REL(power_mean(12, x, w, k), (pow(3, k + 1) - pow(-1, k + 1)) / (k + 1),
                  1e-13);
    CHECK(di_gauss_hermite(NULL, 12, x, w) == DISTEST_SUCCESS);
    for (int k = 0; k < 24; k += 2) {
        CHECK_REL(power_mean(12, x, w, k), odd, 1e-12);
        odd *= k + 1;
    }
    CHECK(di_gauss_laguerre(NULL, 12, 0.5, x, w) == DISTEST_SUCCESS);
    for (int k = 0; k < 24; k++) { /* E G^k = (a + 1) (a + 2) ... (a + k) */
        CHECK_REL(power_mean(12, x, w, k), factorial, 1e-11);
        factorial *= 1.5 + k;
    }
    CHECK(di_gauss_jacobi(NULL, 12, 0, 0, x, w) == DISTEST_SUCCESS);
    for (int k = 0; k < 24; k += 2)
        CHECK_REL(power_mean(12, x, w, k), 1.0 / (k + 1), 1e-12);
    CHECK(di_gauss_jacobi(NULL, 12, 2, 1, x, w) == DISTEST_SUCCESS);
    CHECK_NEAR(power_mean(12, x, w, 1), -0.2, 1e-13); /* mean of 2 Beta(2, 3) - 1 */
    for (size_t i = 1; i < 12; i++) CHECK(x[i - 1] < x[i]);
}

static void many(double t, double *value, void *data)
{
    (void)data;
    value[0] = exp(t);
    value[1] = 1 / sqrt(t);          /* a pole at the end */
    value[2] = fabs(t - 0.123456);   /* a kink */
    value[3] = 1e-200 * cos(40 * t); /* tiny and oscillating */
}

static void adaptive_integrals_of_several_functions(void)
{
    double value[4], error[4];
    const double a = 0.123456, points[] = {1e-6, 1e-3, 0.1};
    CHECK(di_integrate(NULL, 0, 1, 3, points, 0, 1e-11, 4, many, NULL, value, error) ==
          DISTEST_SUCCESS);
    CHECK_REL(value[0], exp(1) - 1, 1e-11);
    CHECK_REL(value[1], 2, 1e-11);
    CHECK_REL(value[2], (a * a + (1 - a) * (1 - a)) / 2, 1e-11);
    CHECK_REL(value[3], 1e-200 * sin(40) / 40, 1e-11);
    for (size_t j = 0; j < 4; j++) CHECK(error[j] <= 1e-11 * fabs(value[j]));
}

static void divergent(double t, double *value, void *data)
{
    (void)data;
    value[0] = 1 / t;
}

static void an_integral_that_does_not_exist_is_said(void)
{
    distest_context ctx = distest_context_default();
    double value, error;
    CHECK_FAILS(
        di_integrate(&ctx, 0, 1, 0, NULL, 0, 1e-9, 1, divergent, NULL, &value, &error),
        DISTEST_ECONV, &ctx, "");
}

static int run(distest_context *ctx)
{
    double x[5], w[5], error;
    int status = di_gauss_legendre(ctx, 5, 0, 1, x, w);
    if (status == DISTEST_SUCCESS) status = di_gauss_hermite(ctx, 5, x, w);
    if (status == DISTEST_SUCCESS)
        status =
            di_integrate(ctx, 1, 2, 0, NULL, 0, 1e-9, 1, divergent, NULL, x, &error);
    return status;
}

static void memory_may_fail(void)
{
    CHECK(check_out_of_memory(run) >= 5);
}

int main(void)
{
    RUN(rules_have_their_moments);
    RUN(adaptive_integrals_of_several_functions);
    RUN(an_integral_that_does_not_exist_is_said);
    RUN(memory_may_fail);
    return check_report("quadrature");
}
