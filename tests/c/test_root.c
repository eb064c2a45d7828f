/* test_root.c - roots and minima known in closed form, awkward functions, bad brackets.
 */
#include "check.h"
#include "optim.h"

static int calls;

static double cubic(double x, void *data)
{
    (void)data;
    calls++;
    return x * x * x - 2;
}

static double flat(double x, void *data) /* a root of order nine */
{
    (void)data;
    return pow(x - 1, 9);
}

static double jump(double x, void *data)
{
    (void)data;
    return x < 0.3 ? -1 : 1;
}

static double hole(double x, void *data)
{
    (void)data;
    return x > 0.4 && x < 0.6 ? NAN : x - 0.5;
}

static void brent_finds_roots(void)
{
    double x = 0;
    calls = 0;
    CHECK(di_root(0, 5, 1e-15, cubic, NULL, &x) == DISTEST_SUCCESS);
    CHECK_REL(x, cbrt(2), 1e-15);
    CHECK(calls < 20);
    CHECK(di_root(5, 0, 1e-15, cubic, NULL, &x) == DISTEST_SUCCESS);
    CHECK_REL(x, cbrt(2), 1e-15);
    CHECK(di_root(0, 5, 1e-10, flat, NULL, &x) == DISTEST_SUCCESS);
    CHECK_NEAR(x, 1, 1e-2); /* within rounding of the function */
    CHECK(di_root(-1, 1, 1e-12, jump, NULL, &x) == DISTEST_SUCCESS);
    CHECK_NEAR(x, 0.3, 1e-11);
}

static double cubic_slope(double x, double *slope, void *data)
{
    *slope = 3 * x * x;
    return cubic(x, data);
}

static double no_slope(double x, double *slope, void *data)
{
    (void)data;
    *slope = 0;
    return x - 0.1;
}

static void newton_finds_roots(void)
{
    double x = 0;
    calls = 0;
    CHECK(di_root_newton(-3, 50, 1e-15, cubic_slope, NULL, &x) == DISTEST_SUCCESS);
    CHECK_REL(x, cbrt(2), 1e-15);
    CHECK(calls < 30);
    CHECK(di_root_newton(-1, 1, 1e-12, no_slope, NULL, &x) == DISTEST_SUCCESS);
    CHECK_NEAR(x, 0.1, 1e-11);
}

static void bad_brackets_and_nan_are_statuses(void)
{
    double x = 42;
    CHECK(di_root(2, 5, 1e-9, cubic, NULL, &x) == DISTEST_EINVAL);
    CHECK(di_root_newton(2, 5, 1e-9, cubic_slope, NULL, &x) == DISTEST_EINVAL);
    CHECK(di_root(0, 1, 1e-9, hole, NULL, &x) == DISTEST_ECONV);
    CHECK(di_minimize(5, 0, 1e-9, cubic, NULL, &x) == DISTEST_EINVAL);
    CHECK(x == 42);
}

static double valley(double x, void *data)
{
    (void)data;
    return x * x * x * x / 4 - 2 * x;
}

static void brent_finds_minima(void)
{
    double x = 0;
    CHECK(di_minimize(-1, 9, 1e-10, valley, NULL, &x) == DISTEST_SUCCESS);
    CHECK_NEAR(x, cbrt(2), 1e-7);
    CHECK(di_minimize(2, 9, 1e-10, valley, NULL, &x) == DISTEST_SUCCESS);
    CHECK_NEAR(x, 2, 1e-6); /* at the end of the interval */
}

static double exponential(double x, void *data)
{
    (void)data;
    calls++;
    return exp(x) - 1e6;
}

static double fixed_point(double x, void *data)
{
    (void)data;
    calls++;
    return cos(x) - x;
}

static double step_like(double x, void *data)
{
    (void)data;
    calls++;
    return atan(x - 3);
}

static double omega(double x, void *data)
{
    (void)data;
    calls++;
    return log(x) + x;
}

/* R's uniroot(), tol = 1e-12, calls so many times: no more than that */
static void brent_is_as_fast_as_uniroot(void)
{
    static const struct {
        di_scalar_fn f;
        double low, high, root;
        int calls;
    } of[] = {
        {cubic, 0, 5, 1.2599210498948732, 14},
        {exponential, 0, 30, 13.815510557964274, 16},
        {fixed_point, 0, 1, 0.73908513321516064, 9},
        {step_like, -50, 60, 3, 12},
        {omega, 1e-8, 10, 0.56714329040978387, 13},
    };
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        double x = 0;
        calls = 0;
        CHECK(di_root(of[k].low, of[k].high, 1e-12, of[k].f, NULL, &x) ==
              DISTEST_SUCCESS);
        CHECK_NEAR(x, of[k].root, 1e-12);
        CHECK(calls <= of[k].calls);
    }
}

static double bell(double x, void *data)
{
    (void)data;
    calls++;
    return -exp(-(x - 0.3) * (x - 0.3));
}

static double quartic(double x, void *data)
{
    calls++;
    return valley(x, data);
}

static double barrier(double x, void *data)
{
    (void)data;
    calls++;
    return x - log(x);
}

static double kink(double x, void *data)
{
    (void)data;
    calls++;
    return fabs(x - 1.7);
}

/* likewise R's optimize(), tol = 1e-8 */
static void minima_take_no_more_calls_than_optimize(void)
{
    static const struct {
        di_scalar_fn f;
        double low, high, minimum;
        int calls;
    } of[] = {
        {quartic, -1, 9, 1.2599210498948732, 14},
        {bell, -2, 3, 0.3, 12},
        {barrier, 0.01, 20, 1, 19},
        {kink, 0, 5, 1.7, 28},
    };
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        double x = 0;
        calls = 0;
        CHECK(di_minimize(of[k].low, of[k].high, 1e-8, of[k].f, NULL, &x) ==
              DISTEST_SUCCESS);
        CHECK_NEAR(x, of[k].minimum, 4e-8);
        CHECK(calls <= of[k].calls);
    }
}

static double omega_slope(double x, double *slope, void *data)
{
    *slope = 1 + 1 / x;
    return omega(x, data);
}

static double exponential_slope(double x, double *slope, void *data)
{
    *slope = exp(x);
    return exponential(x, data);
}

/* quadratic convergence from the middle of a fair bracket; a loose tolerance saves
 * calls and still holds */
static void newton_converges_quadratically(void)
{
    double x = 0;
    calls = 0;
    CHECK(di_root_newton(0.1, 1, 1e-14, omega_slope, NULL, &x) == DISTEST_SUCCESS);
    CHECK_REL(x, 0.56714329040978387, 4e-16);
    CHECK(calls <= 7);
    calls = 0;
    CHECK(di_root_newton(10, 15, 1e-3, exponential_slope, NULL, &x) == DISTEST_SUCCESS);
    CHECK_NEAR(x, 13.815510557964274, 1e-5);
    CHECK(calls <= 8);
    calls = 0; /* an end that is a root already */
    CHECK(di_root_newton(-1, 0.1, 1e-3, no_slope, NULL, &x) == DISTEST_SUCCESS);
    CHECK(x == 0.1);
}

int main(void)
{
    RUN(brent_finds_roots);
    RUN(newton_finds_roots);
    RUN(bad_brackets_and_nan_are_statuses);
    RUN(brent_finds_minima);
    RUN(brent_is_as_fast_as_uniroot);
    RUN(minima_take_no_more_calls_than_optimize);
    RUN(newton_converges_quadratically);
    return check_report("root");
}
