/* test_surv_baseline.c - the distribution against 60-digit values (kernel.csv), its
 * limits against closed forms, its inverse against itself. */
#include "check.h"
#include "csv.h"

#include <distest/surv.h>

static csv_table kernel;

static double dist(int what, int flags, double x, const double par[4])
{
    double out = -1;
    CHECK(distest_surv_dist(what, flags, 1, &x, par, 0, par + 1, 0, par + 2, 0, par + 3,
                            0, &out, NULL) == DISTEST_SUCCESS);
    return out;
}

static void agrees_with_sixty_digits(void)
{
    csv_read(&kernel, "tests/reference/surv/kernel.csv");
    CHECK(kernel.rows == 177);
    for (int i = 0; i < kernel.rows; i++) {
        const char *const names[] = {"phi", "lambda", "gamma", "kappa"};
        double par[4];
        for (int j = 0; j < 4; j++) par[j] = csv_number(&kernel, i, names[j]);
        const double t = csv_number(&kernel, i, "t"), p = csv_number(&kernel, i, "p");
        CHECK_REL(dist(DISTEST_SURV_CUMHAZ, 0, t, par),
                  csv_number(&kernel, i, "cumhaz"), 1e-12);
        CHECK_NEAR(dist(DISTEST_SURV_HAZARD, DISTEST_SURV_LOG, t, par),
                   csv_number(&kernel, i, "log_hazard"), 1e-12);
        CHECK_NEAR(dist(DISTEST_SURV_DENSITY, DISTEST_SURV_LOG, t, par),
                   csv_number(&kernel, i, "log_density"), 1e-12);
        CHECK_REL(dist(DISTEST_SURV_CDF, 0, t, par), csv_number(&kernel, i, "cdf"),
                  1e-12);
        CHECK_REL(dist(DISTEST_SURV_QUANTILE, 0, p, par),
                  csv_number(&kernel, i, "quantile"), 1e-12);
    }
}

static void limits_are_the_named_distributions(void)
{
    const double t = 0.7, phi = 1.3, lambda = 0.6, gamma = 1.7;
    const double x = pow(phi * t, gamma);
    const double weibull[] = {phi, lambda, gamma, 1}, burr[] = {phi, lambda, gamma, 0};
    const double gompertz[] = {phi, lambda, 1, INFINITY},
                 pt[] = {phi, lambda, gamma, -1};
    const double linear[] = {phi, lambda, 1, 2};
    CHECK_REL(dist(DISTEST_SURV_CUMHAZ, 0, t, weibull), lambda * x, 1e-15);
    CHECK_REL(dist(DISTEST_SURV_CUMHAZ, 0, t, burr), lambda * log1p(x), 1e-15);
    CHECK_REL(dist(DISTEST_SURV_HAZARD, 0, t, gompertz), lambda * phi * exp(phi * t),
              1e-15);
    CHECK_REL(dist(DISTEST_SURV_CUMHAZ, 0, t, pt), lambda * x / (1 + x), 1e-15);
    CHECK_REL(dist(DISTEST_SURV_CUMHAZ, 0, t, linear),
              lambda * (phi * t + pow(phi * t, 2) / 6), 1e-15);
}

/* h ~ t^(gamma kappa - 1), by way of x^(kappa - 1) x / t */
static void the_hazard_has_its_limit_at_infinity(void)
{
    const double falls[] = {1.3, 0.6, 1.7, 0.5}, rises[] = {1.3, 0.6, 1.7, 0.6};
    const double level[] = {1.3, 0.6, 0.5, 2}, gompertz[] = {1.3, 0.6, 0.1, INFINITY};
    const double pt[] = {1.3, 0.6, 1.7, -1};
    CHECK(dist(DISTEST_SURV_HAZARD, 0, INFINITY, falls) == 0);
    CHECK(dist(DISTEST_SURV_HAZARD, 0, INFINITY, rises) == INFINITY);
    CHECK(dist(DISTEST_SURV_HAZARD, 0, INFINITY, gompertz) == INFINITY);
    CHECK(dist(DISTEST_SURV_HAZARD, 0, INFINITY, pt) == 0);
    /* gamma = 1/2, kappa = 2: lambda gamma phi / 3 */
    CHECK_REL(dist(DISTEST_SURV_HAZARD, 0, INFINITY, level), 0.6 * 0.5 * 1.3 / 3,
              1e-12);
}

/* kappa of 1e15 and the kernel of the limit are one */
static void large_kappa_goes_over_into_the_limit(void)
{
    const double far[] = {1.3, 0.6, 1.7, 1e15}, inf[] = {1.3, 0.6, 1.7, INFINITY};
    for (double t = 0.01; t < 3; t *= 1.5) {
        CHECK_REL(dist(DISTEST_SURV_CUMHAZ, 0, t, far),
                  dist(DISTEST_SURV_CUMHAZ, 0, t, inf), 1e-12);
        CHECK_REL(dist(DISTEST_SURV_HAZARD, 0, t, far),
                  dist(DISTEST_SURV_HAZARD, 0, t, inf), 1e-12);
    }
}

static void quantiles_invert_the_cdf_in_both_tails(void)
{
    const double kappas[] = {-1, -0.6, -1e-9, 0, 1e-9, 0.5, 1, 7, INFINITY};
    for (int k = 0; k < 9; k++) {
        const double par[] = {0.3, 1.4, 0.8, kappas[k]};
        for (double p = 1e-12; p < 1; p *= 3) {
            const double t = dist(DISTEST_SURV_QUANTILE, 0, p, par);
            if (isfinite(t)) CHECK_REL(dist(DISTEST_SURV_CDF, 0, t, par), p, 1e-13);
            const double u = dist(DISTEST_SURV_QUANTILE, DISTEST_SURV_UPPER, p, par);
            if (isfinite(u))
                CHECK_REL(dist(DISTEST_SURV_CDF, DISTEST_SURV_UPPER, u, par), p, 1e-12);
            const double logs = DISTEST_SURV_UPPER | DISTEST_SURV_LOG;
            const double v = dist(DISTEST_SURV_QUANTILE, (int)logs, log(p), par);
            CHECK_REL(v, u, 1e-12);
        }
    }
}

static void edges_are_edges(void)
{
    const double par[] = {2, 0.5, 1.5, 0.5}, cured[] = {2, 0.5, 1.5, -0.5};
    const double flat[] = {2, 0.5, 1, 0.5}, steep[] = {2, 0.5, 0.5, 0.5};
    CHECK(dist(DISTEST_SURV_CDF, 0, 0, par) == 0 &&
          dist(DISTEST_SURV_CDF, 0, -1, par) == 0);
    CHECK(dist(DISTEST_SURV_CDF, 0, INFINITY, par) == 1);
    CHECK(dist(DISTEST_SURV_DENSITY, 0, -1, par) == 0);
    CHECK(dist(DISTEST_SURV_DENSITY, 0, INFINITY, par) == 0);
    CHECK_REL(dist(DISTEST_SURV_CDF, DISTEST_SURV_UPPER, INFINITY, cured), exp(-0.5),
              1e-15);
    CHECK(dist(DISTEST_SURV_QUANTILE, 0, 0, par) == 0);
    CHECK(dist(DISTEST_SURV_QUANTILE, 0, 1, par) == INFINITY);
    CHECK(dist(DISTEST_SURV_QUANTILE, 0, 0.5, cured) == INFINITY); /* cured: 61 % */
    CHECK(isnan(dist(DISTEST_SURV_QUANTILE, 0, 1.5, par)));
    CHECK(isnan(dist(DISTEST_SURV_QUANTILE, DISTEST_SURV_LOG, 0.5, par)));
    CHECK(dist(DISTEST_SURV_HAZARD, 0, 0, par) == 0);
    CHECK_REL(dist(DISTEST_SURV_HAZARD, 0, 0, flat), 1, 1e-15);
    CHECK(dist(DISTEST_SURV_HAZARD, 0, 0, steep) == INFINITY);
    CHECK(isnan(dist(DISTEST_SURV_CDF, 0, NAN, par)));
}

static void parameters_outside_their_space_give_nan(void)
{
    const double bad[][4] = {{0, 1, 1, 1},       {1, -1, 1, 1},  {1, 1, 0, 1},
                             {1, 1, 1, -2},      {NAN, 1, 1, 1}, {1, 1, 1, NAN},
                             {INFINITY, 1, 1, 1}};
    for (int i = 0; i < 7; i++) CHECK(isnan(dist(DISTEST_SURV_CDF, 0, 1, bad[i])));
}

static void bad_arguments_are_named(void)
{
    distest_context ctx = distest_context_default();
    const double x = 1;
    double out = 42;
    CHECK_FAILS(distest_surv_dist(9, 0, 1, &x, &x, 0, &x, 0, &x, 0, &x, 0, &out, &ctx),
                DISTEST_EINVAL, &ctx, "what");
    CHECK_FAILS(distest_surv_dist(0, 8, 1, &x, &x, 0, &x, 0, &x, 0, &x, 0, &out, &ctx),
                DISTEST_EINVAL, &ctx, "flags");
    CHECK_FAILS(
        distest_surv_dist(0, 0, 1, &x, NULL, 0, &x, 0, &x, 0, &x, 0, &out, &ctx),
        DISTEST_EINVAL, &ctx, "phi");
    CHECK(out == 42);
}

int main(void)
{
    RUN(agrees_with_sixty_digits);
    RUN(limits_are_the_named_distributions);
    RUN(the_hazard_has_its_limit_at_infinity);
    RUN(large_kappa_goes_over_into_the_limit);
    RUN(quantiles_invert_the_cdf_in_both_tails);
    RUN(edges_are_edges);
    RUN(parameters_outside_their_space_give_nan);
    RUN(bad_arguments_are_named);
    return check_report("surv_baseline");
}
