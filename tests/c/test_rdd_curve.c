/* Many bandwidths at once against one fit each; weights and their identities; the
 * curve away from the cutoff. */
#include "rdd_fixture.h"

enum { GRID = 7 };
static const double BANDWIDTHS[GRID] = {.3, .9, .45, .5, .71, .33, 1.2};

static void curve_agrees_with_fits(const distest_rdd_units *u, distest_rdd_opts *o,
                                   double rho_left, double rho_right)
{
    static double cl[GRID * QUANTILES], bc[GRID * QUANTILES];
    const double one[2] = {1, 1}, ratio[2] = {rho_left, rho_right};
    double h[2], b[2], fit[2][QUANTILES];
    o->method = "pointwise";
    o->h = one, o->b = ratio;
    CHECK(distest_rdd_curve(u, o, GRID, BANDWIDTHS, cl, bc, NULL) == DISTEST_SUCCESS);
    for (size_t k = 0; k < GRID; k++) {
        distest_rdd_result r = distest_rdd_result_default();
        distest_rdd_opts each = *o;
        for (size_t s = 0; s < 2; s++) h[s] = BANDWIDTHS[k], b[s] = h[s] * ratio[s];
        each.h = h, each.b = b, each.vce = "hc0";
        r.tau_cl = fit[0], r.tau_bc = fit[1];
        CHECK(distest_rdd_fit(u, &each, &r, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < QUANTILES; j++) {
            CHECK_NEAR(cl[k + j * GRID], fit[0][j], o->deriv ? 1e-11 : 1e-12);
            CHECK_NEAR(bc[k + j * GRID], fit[1][j], 1e-11);
        }
    }
}

static void many_bandwidths_are_many_fits(void)
{
    static const char *const kernels[] = {"triangular", "epanechnikov", "uniform"};
    distest_rdd_units u = fixture_units();
    for (size_t k = 0; k < 3; k++) {
        distest_rdd_opts o = distest_rdd_opts_default();
        o.kernel = kernels[k];
        u.weights = NULL;
        curve_agrees_with_fits(&u, &o, 1, 1);
        curve_agrees_with_fits(&u, &o, 1.5, 1.2);
        u.weights = UNIT_WEIGHTS;
        o.donut[0] = .03, o.donut[1] = .05;
        curve_agrees_with_fits(&u, &o, 1.5, 1.2);
        o.p = 2, o.q = 3, o.deriv = 1;
        o.donut[0] = o.donut[1] = 0;
        curve_agrees_with_fits(&u, &o, 1.5, 1.7);
    }
}

static void curve_does_not_depend_on_threads(void)
{
    static double cl[2][GRID * QUANTILES], bc[2][GRID * QUANTILES];
    const distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    for (int k = 0; k < 2; k++) {
        distest_context ctx = distest_context_default();
        ctx.threads = k + 1;
        CHECK(distest_rdd_curve(&u, &o, GRID, BANDWIDTHS, cl[k], bc[k], &ctx) ==
              DISTEST_SUCCESS);
    }
    CHECK(memcmp(cl[0], cl[1], sizeof cl[0]) == 0);
    CHECK(memcmp(bc[0], bc[1], sizeof bc[0]) == 0);
    CHECK(distest_rdd_curve(&u, &o, 0, NULL, NULL, NULL, NULL) == DISTEST_SUCCESS);
}

/* sum w u^k on one side */
static double moment(const distest_rdd_units *u, const double *w, int side, int k)
{
    double sum = 0;
    for (size_t i = 0; i < u->n; i++)
        if ((u->x[i] >= 0) == side) sum += w[i] * pow(u->x[i], k);
    return sum;
}

static void weights_reproduce_polynomials(void)
{
    static double cl[UNITS], bc[UNITS], weights[UNITS];
    const distest_rdd_units u = fixture_units();
    const double h[2] = {.6, .5}, b[2] = {.8, .9};
    for (int p = 0; p < 3; p++)
        for (int weighted = 0; weighted < 2; weighted++) {
            distest_rdd_opts o = distest_rdd_opts_default();
            o.p = p, o.q = p + 1, o.h = h, o.b = b;
            for (size_t i = 0; i < UNITS; i++)
                weights[i] = weighted ? 1 + (double)i : 1;
            CHECK(distest_rdd_weights(UNITS, u.x, weights, &o, cl, bc, NULL) ==
                  DISTEST_SUCCESS);
            for (int s = 0; s < 2; s++) {
                for (int k = 0; k <= p; k++)
                    CHECK_NEAR(moment(&u, cl, s, k), k == 0, 1e-12);
                for (int k = 0; k <= p + 1; k++)
                    CHECK_NEAR(moment(&u, bc, s, k), k == 0, 1e-12);
                CHECK(fabs(moment(&u, cl, s, p + 1)) > 1e-4);
            }
        }
}

/* b = h, q = p + 1: the weights of the fit of order q */
static void equal_bandwidths_are_a_fit_of_the_next_order(void)
{
    static double bc[UNITS], next[UNITS];
    const distest_rdd_units u = fixture_units();
    const double h[2] = {.6, .5};
    distest_rdd_opts o = distest_rdd_opts_default();
    o.h = h;
    CHECK(distest_rdd_weights(UNITS, u.x, NULL, &o, NULL, bc, NULL) == DISTEST_SUCCESS);
    o.p = 2, o.q = 3;
    CHECK(distest_rdd_weights(UNITS, u.x, NULL, &o, next, NULL, NULL) ==
          DISTEST_SUCCESS);
    for (size_t i = 0; i < UNITS; i++) CHECK_NEAR(bc[i], next[i], 1e-12);
}

/* the r-th derivative of a polynomial of degree p */
static void slopes_are_those_of_polynomials(void)
{
    static double w[UNITS];
    const distest_rdd_units u = fixture_units();
    const double h[2] = {.6, .5};
    distest_rdd_opts o = distest_rdd_opts_default();
    o.p = 3, o.q = 4, o.h = h, o.method = "pointwise";
    for (o.deriv = 1; o.deriv <= 3; o.deriv++) {
        CHECK(distest_rdd_weights(UNITS, u.x, NULL, &o, w, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (int s = 0; s < 2; s++)
            for (int k = 0; k <= 3; k++)
                CHECK_NEAR(moment(&u, w, s, k), k == o.deriv ? tgamma(k + 1) : 0, 1e-8);
    }
}

/* outcomes that are lines in x come back at every x; with a step at the cutoff */
static void prediction_reproduces_lines(void)
{
    static double y[UNITS * 2];
    const double at[5] = {-.49, -.1, 0, .2, .5}, h[2] = {.5, .5}, q[2] = {.25, .75};
    double curve[10];
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_context ctx = distest_context_default();
    for (size_t i = 0; i < UNITS; i++) {
        y[i] = 1 + 2 * u.x[i] + 2 * (u.x[i] >= 0);
        y[i + UNITS] = 5 - u.x[i];
    }
    u.quantiles = y, u.probs = 2, u.q = q, o.h = h;
    CHECK(distest_rdd_predict(&u, &o, 5, at, curve, &ctx) == DISTEST_SUCCESS);
    for (size_t i = 0; i < 5; i++) {
        CHECK_NEAR(curve[i], 1 + 2 * at[i] + 2 * (at[i] >= 0), 1e-13);
        CHECK_NEAR(curve[i + 5], 5 - at[i], 1e-13);
    }
    /* columns the wrong way round are projected on their mean */
    u.quantiles = y + UNITS, u.probs = 1;
    for (size_t i = 0; i < UNITS; i++) y[i] = 6;
    u.quantiles = y, u.probs = 2;
    CHECK(distest_rdd_predict(&u, &o, 5, at, curve, &ctx) == DISTEST_SUCCESS);
    for (size_t i = 0; i < 5; i++) CHECK_NEAR(curve[i], (6 + 5 - at[i]) / 2, 1e-13);
    const double far = .51;
    CHECK_FAILS(distest_rdd_predict(&u, &o, 1, &far, curve, &ctx), DISTEST_EINVAL, &ctx,
                "at");
}

static void bad_input_is_named(void)
{
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_context ctx = distest_context_default();
    double out[QUANTILES] = {7}, h = .5;
    const double bad = -1, tiny = 1e-3;
    CHECK_FAILS(distest_rdd_curve(&u, &o, 1, &bad, out, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "h");
    CHECK_FAILS(distest_rdd_curve(&u, &o, 1, &tiny, out, NULL, &ctx), DISTEST_ESING,
                &ctx, "h");
    u.treatment = UNIT_TREATMENT;
    CHECK_FAILS(distest_rdd_curve(&u, &o, 1, &h, out, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "treatment");
    u.treatment = NULL, u.covariates = 2, u.z = UNIT_Z;
    CHECK_FAILS(distest_rdd_curve(&u, &o, 1, &h, out, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "covariates");
    u.covariates = 0, o.bandwidths = QUANTILES;
    CHECK_FAILS(distest_rdd_curve(&u, &o, 1, &h, out, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "h");
    CHECK_FAILS(distest_rdd_weights(UNITS, u.x, NULL, NULL, out, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "opts");
    CHECK(out[0] == 7);
}

static int run_all(distest_context *ctx)
{
    static double cl[GRID * QUANTILES], bc[GRID * QUANTILES], w[UNITS];
    const distest_rdd_units u = fixture_units();
    const double h[2] = {.5, .5}, at[2] = {-.1, .1};
    distest_rdd_opts o = distest_rdd_opts_default();
    o.h = h;
    int status = distest_rdd_curve(&u, &o, GRID, BANDWIDTHS, cl, bc, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_rdd_weights(UNITS, u.x, NULL, &o, w, NULL, ctx);
    if (status == DISTEST_SUCCESS) status = distest_rdd_predict(&u, &o, 2, at, cl, ctx);
    return status;
}

static void memory_may_run_out(void)
{
    CHECK(check_out_of_memory(run_all) > 20);
}

static void may_be_cancelled(void)
{
    CHECK(check_cancel(run_all) > 5);
}

int main(void)
{
    RUN(many_bandwidths_are_many_fits);
    RUN(curve_does_not_depend_on_threads);
    RUN(weights_reproduce_polynomials);
    RUN(equal_bandwidths_are_a_fit_of_the_next_order);
    RUN(slopes_are_those_of_polynomials);
    RUN(prediction_reproduces_lines);
    RUN(bad_input_is_named);
    RUN(memory_may_run_out);
    RUN(may_be_cancelled);
    return check_report("test_rdd_curve");
}
