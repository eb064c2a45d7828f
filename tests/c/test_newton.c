/* test_newton.c - optima known in closed form, saddles, bounds, points that are not
 * finite, failures of the function. */
#include "check.h"
#include "optim.h"

/* Rosenbrock: minimum 0 at (1, 1), Hessian indefinite on the way from (-1.2, 1) */
static int rosenbrock(const double *x, int deriv, double *f, double *g, double *H,
                      void *data)
{
    const double a = x[0], b = x[1], c = b - a * a;
    (void)data;
    *f = 100 * c * c + (1 - a) * (1 - a);
    if (deriv < 1) return DISTEST_SUCCESS;
    g[0] = -400 * a * c - 2 * (1 - a);
    g[1] = 200 * c;
    if (deriv < 2) return DISTEST_SUCCESS;
    H[0] = 1200 * a * a - 400 * b + 2;
    H[1] = H[2] = -400 * a;
    H[3] = 200;
    return DISTEST_SUCCESS;
}

static void finds_the_minimum_of_rosenbrock(void)
{
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    double x[2] = {-1.2, 1}, g[2], H[4];
    CHECK(di_newton(NULL, 2, x, g, H, rosenbrock, NULL, &opts, &r) == DISTEST_SUCCESS);
    CHECK(r.converged && r.iterations < 40);
    CHECK_NEAR(x[0], 1, 1e-12);
    CHECK_NEAR(x[1], 1, 1e-12);
    CHECK(fabs(g[0]) < 1e-9 && H[3] == 200);
    CHECK_NEAR(r.f, 0, 1e-20);
}

/* x^4/4 - x^2/2 + y^2/2: a saddle at 0 with no gradient at all, minima at (+-1, 0) */
static int saddle(const double *x, int deriv, double *f, double *g, double *H,
                  void *data)
{
    (void)data, (void)deriv;
    *f = 0.25 * pow(x[0], 4) - 0.5 * x[0] * x[0] + 0.5 * x[1] * x[1];
    g[0] = pow(x[0], 3) - x[0];
    g[1] = x[1];
    H[0] = 3 * x[0] * x[0] - 1;
    H[1] = H[2] = 0;
    H[3] = 1;
    return DISTEST_SUCCESS;
}

static void leaves_a_saddle_without_gradient(void)
{
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    double x[2] = {0, 0};
    CHECK(di_newton(NULL, 2, x, NULL, NULL, saddle, NULL, &opts, &r) ==
          DISTEST_SUCCESS);
    CHECK(r.converged);
    CHECK_NEAR(fabs(x[0]), 1, 1e-12);
    CHECK_NEAR(r.f, -0.25, 1e-15);
}

/* sum of (x_i - i)^2 c_i / 2 with very unlike c_i: bounds cut off x_0 and x_2 */
static int bowl(const double *x, int deriv, double *f, double *g, double *H, void *data)
{
    (void)data, (void)deriv;
    *f = 0;
    memset(H, 0, 9 * sizeof *H);
    for (size_t i = 0; i < 3; i++) {
        const double c = pow(10, 3 * (double)i - 3), u = x[i] - (double)i;
        *f += 0.5 * c * u * u;
        g[i] = c * u;
        H[4 * i] = c;
    }
    return DISTEST_SUCCESS;
}

static void keeps_to_bounds(void)
{
    const double lower[] = {0.5, -9, -9}, upper[] = {9, 9, 1.5};
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    double x[3] = {4, 4, 4};
    opts.lower = lower;
    opts.upper = upper;
    CHECK(di_newton(NULL, 3, x, NULL, NULL, bowl, NULL, &opts, &r) == DISTEST_SUCCESS);
    CHECK(r.converged);
    CHECK(x[0] == 0.5 && x[2] == 1.5);
    CHECK_NEAR(x[1], 1, 1e-12);
    /* at a bound, but the way down leads inward */
    double y[3] = {9, 0.5, -9};
    CHECK(di_newton(NULL, 3, y, NULL, NULL, bowl, NULL, &opts, &r) == DISTEST_SUCCESS);
    CHECK(r.converged && y[0] == 0.5 && y[2] == 1.5);
    CHECK_NEAR(y[1], 1, 1e-12);
    /* and gently: the gradient is 1e-3 at the upper, -1e-3 at the lower bound */
    const double low[] = {-1, -1, -1}, high[] = {1, 2, 3};
    double z[3] = {1, 1, 2}, t[3] = {-1, 1, 2};
    opts.lower = low;
    opts.upper = high;
    CHECK(di_newton(NULL, 3, z, NULL, NULL, bowl, NULL, &opts, &r) == DISTEST_SUCCESS);
    CHECK_NEAR(z[0], 0, 1e-12);
    CHECK(di_newton(NULL, 3, t, NULL, NULL, bowl, NULL, &opts, &r) == DISTEST_SUCCESS);
    CHECK_NEAR(t[0], 0, 1e-12);
}

static int bowl_inside(const double *x, int deriv, double *f, double *g, double *H,
                       void *data)
{
    if (x[0] < -1 || x[2] > 3) return DISTEST_EDOM;
    return bowl(x, deriv, f, g, H, data);
}

static void is_never_called_beyond_the_bounds(void)
{
    const double lower[] = {-1, -1, -1}, upper[] = {1, 2, 3};
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    double x[3] = {-50, 7, 8};
    opts.lower = lower;
    opts.upper = upper;
    CHECK(di_newton(NULL, 3, x, NULL, NULL, bowl_inside, NULL, &opts, &r) ==
          DISTEST_SUCCESS);
    CHECK(r.converged);
    CHECK_NEAR(x[0], 0, 1e-12);
    CHECK_NEAR(x[2], 2, 1e-12);
}

/* x - log x, not finite for x <= 0; minimum at 1 */
static int barrier(const double *x, int deriv, double *f, double *g, double *H,
                   void *data)
{
    (void)data, (void)deriv;
    *f = x[0] - log(x[0]);
    g[0] = 1 - 1 / x[0];
    H[0] = 1 / (x[0] * x[0]);
    return DISTEST_SUCCESS;
}

static void steps_to_points_that_are_not_finite_are_rejected(void)
{
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    double x[1] = {50};
    opts.radius = 100;
    CHECK(di_newton(NULL, 1, x, NULL, NULL, barrier, NULL, &opts, &r) ==
          DISTEST_SUCCESS);
    CHECK(r.converged);
    CHECK_NEAR(x[0], 1, 1e-12);
    distest_context ctx = distest_context_default();
    x[0] = -1;
    CHECK_FAILS(di_newton(&ctx, 1, x, NULL, NULL, barrier, NULL, &opts, &r),
                DISTEST_ECONV, &ctx, "");
}

/* no minimum: exp(-x) falls for ever */
static int slope(const double *x, int deriv, double *f, double *g, double *H,
                 void *data)
{
    (void)data, (void)deriv;
    *f = exp(-x[0]);
    g[0] = -*f;
    H[0] = *f;
    return DISTEST_SUCCESS;
}

static int stop_past_five(size_t iter, const double *x, double f, const double *g,
                          const double *H, void *data)
{
    (void)iter, (void)f, (void)g, (void)H, (void)data;
    return x[0] > 5 ? 42 : 0;
}

static void the_search_can_be_stopped_and_limited(void)
{
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    double x[1] = {0};
    opts.stop = stop_past_five;
    CHECK(di_newton(NULL, 1, x, NULL, NULL, slope, NULL, &opts, &r) == DISTEST_SUCCESS);
    CHECK(r.stopped == 42 && !r.converged && x[0] > 5);
    opts.stop = NULL;
    opts.max_iter = 2;
    x[0] = 0;
    CHECK(di_newton(NULL, 1, x, NULL, NULL, slope, NULL, &opts, &r) == DISTEST_SUCCESS);
    CHECK(!r.converged && r.iterations == 2);
}

static int broken(const double *x, int deriv, double *f, double *g, double *H,
                  void *data)
{
    if (x[0] < 0.9) return DISTEST_EDOM;
    return rosenbrock(x, deriv, f, g, H, data);
}

static void a_failure_of_the_function_ends_the_search(void)
{
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    double x[2] = {-1.2, 1};
    CHECK(di_newton(NULL, 2, x, NULL, NULL, broken, NULL, &opts, &r) == DISTEST_EDOM);
}

static int run_rosenbrock(distest_context *ctx)
{
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    double x[2] = {-1.2, 1};
    return di_newton(ctx, 2, x, NULL, NULL, rosenbrock, NULL, &opts, &r);
}

static void memory_may_fail_and_polls_may_cancel(void)
{
    CHECK(check_out_of_memory(run_rosenbrock) == 14);
    CHECK(check_cancel(run_rosenbrock) > 5);
}

static void nothing_to_vary_is_converged(void)
{
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result r;
    const double x0[3] = {0, 1, 2};
    double x[3] = {0, 1, 2};
    opts.lower = opts.upper = x0;
    CHECK(di_newton(NULL, 3, x, NULL, NULL, bowl, NULL, &opts, &r) == DISTEST_SUCCESS);
    CHECK(r.converged && r.f == 0);
}

int main(void)
{
    RUN(finds_the_minimum_of_rosenbrock);
    RUN(leaves_a_saddle_without_gradient);
    RUN(keeps_to_bounds);
    RUN(is_never_called_beyond_the_bounds);
    RUN(steps_to_points_that_are_not_finite_are_rejected);
    RUN(the_search_can_be_stopped_and_limited);
    RUN(a_failure_of_the_function_ends_the_search);
    RUN(memory_may_fail_and_polls_may_cancel);
    RUN(nothing_to_vary_is_converged);
    return check_report("newton");
}
