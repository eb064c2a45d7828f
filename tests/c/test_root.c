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

int main(void)
{
    RUN(brent_finds_roots);
    RUN(newton_finds_roots);
    RUN(bad_brackets_and_nan_are_statuses);
    RUN(brent_finds_minima);
    return check_report("root");
}
