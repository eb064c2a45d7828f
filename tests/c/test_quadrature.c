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

/* Nodes and weights of larger rules, by mpmath with 50 digits. */
static void rules_keep_their_small_weights(void)
{
    static const struct {
        int rule; /* 0 Hermite, 1 Laguerre, 2 Jacobi */
        size_t n;
        double alpha, beta;
        size_t i;
        double x, w;
    } want[] = {
        {0, 40, 0, 0, 0, -11.453377841548730346, 1.4618398738694167063e-29},
        {0, 40, 0, 0, 7, -6.4594233775837675286, 1.989118526027762696e-10},
        {0, 40, 0, 0, 20, 0.24683289602272434974, 0.19105900966199047879},
        {1, 30, 0.5, 0, 0, 0.080255488080658718389, 0.047362774078689397554},
        {1, 30, 0.5, 0, 15, 21.851303284623580006, 4.9855761605564651287e-9},
        {1, 30, 0.5, 0, 29, 105.10374285525345902, 3.9398048746295536899e-44},
        {1, 20, 500, 0, 0, 359.42266965746071843, 9.4788237082095508002e-12},
        {1, 20, 500, 0, 10, 521.57999319104953066, 0.18071182168164391623},
        {1, 20, 500, 0, 19, 706.62595730445218038, 1.4994434663090754748e-15},
        {2, 24, 2.5, -0.5, 0, -0.99809894421381873305, 0.12527737866969623828},
        {2, 24, 2.5, -0.5, 12, -0.028553333715633619144, 0.017107074529810060322},
        {2, 24, 2.5, -0.5, 23, 0.97454696778353388105, 2.8424597320488229109e-7},
        {2, 16, -0.5, -0.5, 0, -0.99518472667219688624, 0.0625},
        {2, 16, -0.5, -0.5, 15, 0.99518472667219688624, 0.0625},
        {2, 16, 0.25, -0.25, 0, -0.99261825657684338634, 0.041364381879535666242},
        {2, 16, 0.25, -0.25, 8, 0.071314675014512743609, 0.082463501063409786844},
        {2, 16, 0.25, -0.25, 15, 0.98583419805831943907, 0.0041338619793587625343},
    };
    double x[400], w[400];
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        const size_t n = want[k].n, i = want[k].i;
        const int status =
            want[k].rule == 0 ? di_gauss_hermite(NULL, n, x, w)
            : want[k].rule == 1
                ? di_gauss_laguerre(NULL, n, want[k].alpha, x, w)
                : di_gauss_jacobi(NULL, n, want[k].alpha, want[k].beta, x, w);
        CHECK(status == DISTEST_SUCCESS);
        CHECK_REL(x[i], want[k].x, 1e-13);
        CHECK_REL(w[i], want[k].w, 2e-12);
    }
    /* far out the weights underflow, and nothing else happens */
    CHECK(di_gauss_hermite(NULL, 400, x, w) == DISTEST_SUCCESS);
    CHECK(w[0] == 0 && w[399] == 0);
    CHECK_REL(power_mean(400, x, w, 0), 1, 1e-13);
    CHECK_REL(power_mean(400, x, w, 2), 1, 1e-13);
    CHECK_REL(power_mean(400, x, w, 8), 105, 1e-13);
}

static void rules_of_one_node_and_of_none(void)
{
    double x = 42, w = 42;
    CHECK(di_gauss_hermite(NULL, 0, &x, &w) == DISTEST_SUCCESS);
    CHECK(di_gauss_laguerre(NULL, 0, 1, &x, &w) == DISTEST_SUCCESS);
    CHECK(di_gauss_jacobi(NULL, 0, 1, 1, &x, &w) == DISTEST_SUCCESS);
    CHECK(di_gauss_legendre(NULL, 0, 0, 1, &x, &w) == DISTEST_SUCCESS);
    CHECK(x == 42 && w == 42);
    CHECK(di_gauss_hermite(NULL, 1, &x, &w) == DISTEST_SUCCESS);
    CHECK(x == 0 && w == 1);
    CHECK(di_gauss_laguerre(NULL, 1, 2.5, &x, &w) == DISTEST_SUCCESS);
    CHECK(x == 3.5 && w == 1);
    CHECK(di_gauss_jacobi(NULL, 1, 2, 1, &x, &w) == DISTEST_SUCCESS);
    CHECK(x == -0.2 && w == 1);
    CHECK(di_gauss_legendre(NULL, 1, 1, 4, &x, &w) == DISTEST_SUCCESS);
    CHECK(x == 2.5 && w == 3);
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
    const double back[] = {0.1, 1e-3, 1e-6};
    double reversed[4];
    CHECK(di_integrate(NULL, 1, 0, 3, back, 0, 1e-11, 4, many, NULL, reversed, error) ==
          DISTEST_SUCCESS);
    for (size_t j = 0; j < 4; j++) CHECK_REL(reversed[j], -value[j], 1e-11);
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
    RUN(rules_keep_their_small_weights);
    RUN(rules_of_one_node_and_of_none);
    RUN(adaptive_integrals_of_several_functions);
    RUN(an_integral_that_does_not_exist_is_said);
    RUN(memory_may_fail);
    return check_report("quadrature");
}
