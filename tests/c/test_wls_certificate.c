/* test_wls_certificate.c - certificates against their formulas, plans and constants
 * against the reference table, balance weights, runs that are missing. */
#include "wls_test.h"

static distest_wls_certificate certify(const char *method, double low, size_t n,
                                       size_t m, double delta, size_t from)
{
    distest_wls_opts o = distest_wls_opts_default();
    distest_wls_facts f = distest_wls_facts_default();
    distest_wls_certificate out = {0};
    distest_wls_diag d = {.lambda_min = low};
    o.method = method;
    if (delta > 0) o.delta = delta;
    f.mean_weight = 0.8, f.pruned_from = from, f.simulated = 100, f.accepted = 40;
    CHECK(distest_wls_certify(&d, n, m, &o, &f, 0.1, 0.99, &out, NULL) ==
          DISTEST_SUCCESS);
    return out;
}

static void numbers_are_their_formulas(void)
{
    distest_wls_certificate c = certify("volume", 0.25, 40, 10, 0, 0);
    double C = 0;
    CHECK(distest_wls_constant(40, 10, "volume", &C, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(c.linf, 1 + sqrt(0.8 / 0.25), 1e-14);
    CHECK_NEAR(c.probability, sqrt(1 + 1 / (0.1 * 0.25)),
               1e-13); /* 4 > 0.25 / 0.0625 */
    CHECK_NEAR(c.expectation, C, 1e-13);
    CHECK(c.formula == DISTEST_WLS_VOLUME_MEAN && c.p_accept == 1 && c.K == 10);
    c = certify("iid_optimal", 0.5, 40, 10, 0, 0);
    CHECK_NEAR(c.probability, sqrt(1 + 0.25 / (0.1 * 0.25)), 1e-13);
    CHECK(isnan(c.expectation) && c.formula == DISTEST_WLS_NO_MEAN);
    c = certify("dpp", 0.01, 10, 10, 0, 0);
    CHECK(c.expectation == 11 && c.formula == DISTEST_WLS_DPP_MEAN);
    c = certify("stratified", 0.5, 45, 10, 0, 0);
    CHECK_NEAR(c.K, 45.0 / 4, 1e-14);
}

/* Clopper and Pearson for 40 of 100 at 99 %, one-sided: 0.284757..., from the beta
 * quantile by its defining sum */
static void acceptance_enters_as_one_over_p(void)
{
    distest_wls_certificate c = certify("dpp_repeated", 0.6, 40, 10, 0.5, 0);
    const double p = c.p_accept;
    double tail = 0; /* P(at least 40 of 100) at p is 1 - conf */
    for (int k = 40; k <= 100; k++)
        tail += exp(lgamma(101) - lgamma(k + 1) - lgamma(101 - k) + k * log(p) +
                    (100 - k) * log1p(-p));
    CHECK_NEAR(tail, 0.01, 1e-10);
    CHECK_NEAR(c.expectation, 1 + fmin(0.25 / 0.25, 1 / 0.5) / p, 1e-12);
    CHECK_NEAR(c.probability, sqrt(1 + fmin(0.25 / 0.036, 1 / 0.06) / p), 1e-12);
    CHECK(c.formula == DISTEST_WLS_CONDITIONED_MEAN);
    /* pruned from 60 to 40: only the second bound, times 60/40 */
    c = certify("dpp_repeated", 0.6, 40, 10, 0.5, 60);
    CHECK_NEAR(c.expectation, 1 + 1.5 / 0.5 / c.p_accept, 1e-12);
    CHECK_NEAR(c.probability, sqrt(1 + 1.5 / 0.06 / c.p_accept), 1e-12);
    CHECK(c.formula == DISTEST_WLS_PRUNED_MEAN);
    /* independent points have a bound of their own, sharper here */
    c = certify("iid_optimal", 0.6, 400, 10, 0.9, 0);
    const double rate = 1.9 * log(1.9) - 0.9;
    CHECK_NEAR(c.p_accept, 1 - 20 * exp(-400 * rate / 10), 1e-12);
}

static void unknown_laws_promise_no_mean(void)
{
    distest_wls_diag d = {.lambda_min = 0.5};
    distest_wls_facts f = distest_wls_facts_default();
    distest_wls_certificate out;
    CHECK(distest_wls_certify(&d, 30, 10, NULL, &f, 0.05, 0.99, &out, NULL) ==
          DISTEST_SUCCESS);
    CHECK_NEAR(out.probability, sqrt(1 + (10.0 / 30) / (0.05 * 0.25)), 1e-13);
    CHECK(isnan(out.expectation) && out.K == 10 && out.p_accept == 1);
}

static void balance_weights_and_missing_runs(void)
{
    const double density[6] = {1, 2, 3, 0.5, 0, 1};
    const int idx[6] = {0, 1, 2, 0, 0, 1}, done[8] = {2, 0, 2, 5, 1, 0, 1, 5};
    const size_t counts[4] = {1, 1, 1, 9};
    double w[3];
    size_t need[3];
    CHECK(distest_wls_weights(3, 2, density, w, NULL) == DISTEST_SUCCESS);
    CHECK(w[0] == 3 / 1.5 && w[1] == 1.5 && w[2] == 0.75);
    /* (0,0) once, (1,0) never, (2,1) twice */
    CHECK(distest_wls_missing(2, 3, idx, 4, done, counts, 2, need, NULL) ==
          DISTEST_SUCCESS);
    CHECK(need[0] == 1 && need[1] == 2 && need[2] == 0);
    CHECK(distest_wls_missing(2, 3, idx, 0, NULL, NULL, 3, need, NULL) ==
          DISTEST_SUCCESS);
    CHECK(need[0] == 3 && need[1] == 3 && need[2] == 3);
}

static int missing_once(distest_context *ctx)
{
    const int idx[2] = {0, 1}, done[2] = {1, 1};
    size_t need[2];
    return distest_wls_missing(1, 2, idx, 2, done, NULL, 2, need, ctx);
}

static void memory(void)
{
    check_out_of_memory(missing_once);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_diag d = {.lambda_min = 0.5};
    distest_wls_facts f = distest_wls_facts_default();
    distest_wls_certificate out;
    distest_wls_opts o = distest_wls_opts_default();
    double n, w[2];
    size_t need[1];
    CHECK_FAILS(distest_wls_certify(&d, 3, 4, NULL, &f, 0.1, 0.9, &out, &ctx),
                DISTEST_EINVAL, &ctx, "n");
    CHECK_FAILS(distest_wls_certify(&d, 4, 4, NULL, &f, 0, 0.9, &out, &ctx),
                DISTEST_EINVAL, &ctx, "eta");
    CHECK_FAILS(distest_wls_certify(&d, 4, 4, NULL, &f, 0.1, 1, &out, &ctx),
                DISTEST_EINVAL, &ctx, "conf");
    f.accepted = 1;
    CHECK_FAILS(distest_wls_certify(&d, 4, 4, NULL, &f, 0.1, 0.9, &out, &ctx),
                DISTEST_EINVAL, &ctx, "accepted");
    f.accepted = 0, f.sup_k = 0;
    CHECK_FAILS(distest_wls_certify(&d, 4, 4, NULL, &f, 0.1, 0.9, &out, &ctx),
                DISTEST_EINVAL, &ctx, "sup_k");
    f.sup_k = 9, f.mean_weight = 0;
    CHECK_FAILS(distest_wls_certify(&d, 4, 4, NULL, &f, 0.1, 0.9, &out, &ctx),
                DISTEST_EINVAL, &ctx, "mean_weight");
    f.mean_weight = 1, o.method = "x";
    CHECK_FAILS(distest_wls_certify(&d, 4, 4, &o, &f, 0.1, 0.9, &out, &ctx),
                DISTEST_EINVAL, &ctx, "method");
    CHECK_FAILS(distest_wls_plan(4, 4, 0.5, 0.1, "x", &n, &ctx), DISTEST_EINVAL, &ctx,
                "bound");
    CHECK_FAILS(distest_wls_plan(4, 4, 1.5, 0.1, "lambda_min", &n, &ctx),
                DISTEST_EINVAL, &ctx, "delta");
    CHECK_FAILS(distest_wls_plan(4, 0, 0.5, 0.1, "gram", &n, &ctx), DISTEST_EINVAL,
                &ctx, "m");
    CHECK_FAILS(distest_wls_constant(3, 4, "volume", &n, &ctx), DISTEST_EINVAL, &ctx,
                "n");
    CHECK_FAILS(distest_wls_weights(2, 1, (double[]){0, 1}, w, &ctx), DISTEST_EINVAL,
                &ctx, "density");
    CHECK_FAILS(distest_wls_weights(2, 1, (double[]){-1, 1}, w, &ctx), DISTEST_EINVAL,
                &ctx, "density");
    CHECK_FAILS(distest_wls_missing(0, 1, NULL, 0, NULL, NULL, 1, need, &ctx),
                DISTEST_EINVAL, &ctx, "d");
    CHECK_FAILS(distest_wls_missing(1, 1, NULL, 0, NULL, NULL, 1, need, &ctx),
                DISTEST_EINVAL, &ctx, "indices");
}

/* quick values of the specification */
static void plans_and_constants(void)
{
    double n = 0, c = 0;
    CHECK(distest_wls_plan(11, 11, 0.5, 0.01, "lambda_min", &n, NULL) ==
          DISTEST_SUCCESS);
    CHECK(n == 503);
    CHECK(distest_wls_plan(11, 11, 0.5, 0.01, "gram", &n, NULL) == DISTEST_SUCCESS);
    CHECK(n == 783);
    CHECK(distest_wls_constant(11, 11, "volume", &c, NULL) == DISTEST_SUCCESS);
    CHECK(c == 12);
}

int main(void)
{
    RUN(numbers_are_their_formulas);
    RUN(acceptance_enters_as_one_over_p);
    RUN(unknown_laws_promise_no_mean);
    RUN(balance_weights_and_missing_runs);
    RUN(plans_and_constants);
    RUN(memory);
    RUN(bad_input_is_named);
    return check_report("wls_certificate");
}
