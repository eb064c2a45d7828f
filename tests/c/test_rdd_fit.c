/* test_rdd_fit.c - fits against exact arithmetic and reference values. */
#include "rdd_output.h"

static void check_fit(const design *d)
{
    static output one, two;
    const distest_rdd_units u = units_of(d);
    const distest_rdd_opts o = opts_of(d);
    distest_context ctx = distest_context_default();
    const char *const curve[2][2] = {{"m_minus_cl", "m_plus_cl"},
                                     {"m_minus_bc", "m_plus_bc"}};
    /* the slope's reference is off by 1.2e-12, which rational arithmetic shows:
     * m_minus_bc of column 1 is 0.22956789873613473; another BLAS rounds by as much */
    const double tol = d->deriv ? 1e-11 : 1e-12;
    want(&one);
    want(&two);
    ctx.threads = 1;
    CHECK(distest_rdd_fit(&u, &o, &one.r, &ctx) == DISTEST_SUCCESS);
    for (int e = 0; e < 2; e++) {
        for (int s = 0; s < 2; s++)
            near_all(curve[e][s], d->name, QUANTILES, one.m[e][s], tol);
        near_all(e ? "tau_bc" : "tau_cl", d->name, QUANTILES, one.jump[e], 1e-11);
        near_all(e ? "se_bc" : "se_cl", d->name, QUANTILES, one.jump_se[e], 1e-11);
    }
    for (size_t s = 0; s < 2; s++) {
        char name[160];
        snprintf(name, sizeof name, "fit/%s/n_h", d->name);
        CHECK(one.r.n_h[s] == (size_t)fixture(name)[s]);
        snprintf(name, sizeof name, "fit/%s/n_b", d->name);
        CHECK(one.r.n_b[s] == (size_t)fixture(name)[s]);
    }
    ctx.threads = 2;
    CHECK(distest_rdd_fit(&u, &o, &two.r, &ctx) == DISTEST_SUCCESS);
    one.r = two.r = distest_rdd_result_default();
    CHECK(memcmp(&one, &two, sizeof one) == 0);
}

static void sharp_fits_are_the_reference(void)
{
    static const char *const kernels[] = {"triangular", "epanechnikov", "uniform"};
    static const char *const rules[] = {"nn", "hc0", "hc1", "hc2", "hc3"};
    char name[80];
    for (size_t k = 0; k < 3; k++)
        for (size_t v = 0; v < 5; v++) {
            design d = SHARP;
            snprintf(name, sizeof name, "sharp_%s_%s", kernels[k], rules[v]);
            d.name = name, d.kernel = kernels[k], d.vce = rules[v];
            check_fit(&d);
        }
}

static void orders_and_bandwidths_are_the_reference(void)
{
    static const design all[] = {
        {"sharp_two-sided_h>b_right",
         "triangular",
         "nn",
         {.42, .55},
         {.61, .5},
         1,
         2,
         0,
         0,
         0,
         0,
         0,
         0,
         {0, 0}},
        {"sharp_rho=1",
         "triangular",
         "hc3",
         {.5, .5},
         {.5, .5},
         1,
         2,
         0,
         0,
         0,
         0,
         0,
         0,
         {0, 0}},
        {"sharp_p=2",
         "triangular",
         "hc2",
         {.6, .6},
         {.8, .8},
         2,
         3,
         0,
         0,
         0,
         0,
         0,
         0,
         {0, 0}},
        {"sharp_p=0",
         "triangular",
         "hc1",
         {.4, .4},
         {.6, .6},
         0,
         1,
         0,
         0,
         0,
         0,
         0,
         0,
         {0, 0}},
        {"kink_deriv=1",
         "triangular",
         "nn",
         {.7, .7},
         {.9, .9},
         2,
         3,
         1,
         0,
         0,
         0,
         0,
         0,
         {0, 0}},
    };
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) check_fit(&all[k]);
}

static void weights_clusters_and_donut_are_the_reference(void)
{
    static const struct {
        const char *name, *vce;
        int weighted, clusters, separate;
        double donut[2];
    } all[] = {
        {"unit_weights", "hc3", 1, 0, 0, {0, 0}},
        {"cluster_by_side_cr1", "cr1", 0, 1, 1, {0, 0}},
        {"cluster_joint_cr1", "cr1", 0, 1, 0, {0, 0}},
        {"cluster_by_side_cr3", "cr3", 0, 1, 1, {0, 0}},
        {"cluster_joint_cr3", "cr3", 0, 1, 0, {0, 0}},
        {"donut", "nn", 0, 0, 0, {.03, .05}},
    };
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        design d = SHARP;
        d.name = all[k].name, d.vce = all[k].vce, d.weighted = all[k].weighted;
        d.clusters = all[k].clusters, d.separate = all[k].separate;
        memcpy(d.donut, all[k].donut, sizeof d.donut);
        check_fit(&d);
    }
}

static void covariates_are_the_reference(void)
{
    static output got;
    design d = SHARP;
    distest_context ctx = distest_context_default();
    d.name = "covariates", d.vce = "hc3", d.covariates = 1;
    check_fit(&d);
    const distest_rdd_units u = units_of(&d);
    const distest_rdd_opts o = opts_of(&d);
    want(&got);
    CHECK(distest_rdd_fit(&u, &o, &got.r, &ctx) == DISTEST_SUCCESS);
    const double *gamma = fixture("fit/covariates/gamma"); /* row by row */
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < QUANTILES; j++)
            CHECK_REL(got.gamma[k + 2 * j], gamma[j + k * QUANTILES], 1e-11);
}

static void fuzzy_fits_are_the_reference(void)
{
    static output got;
    static const char *const names[] = {"fuzzy_nn", "fuzzy_covariates_hc3"};
    for (int k = 0; k < 2; k++)
        for (int linear = 0; linear < 2; linear++) {
            design d = SHARP;
            d.name = names[k], d.vce = k ? "hc3" : "nn";
            d.treatment = 1, d.covariates = k;
            check_fit(&d);
            const distest_rdd_units u = units_of(&d);
            distest_rdd_opts o = opts_of(&d);
            o.linear_fuzzy = linear;
            want(&got);
            CHECK(distest_rdd_fit(&u, &o, &got.r, NULL) == DISTEST_SUCCESS);
            near_all("first_stage_cl", d.name, 1, got.r.first_stage, 1e-11);
            near_all("first_stage_se_cl", d.name, 1, got.r.first_stage + 1, 1e-11);
            near_all("first_stage_bc", d.name, 1, got.r.first_stage + 2, 1e-11);
            near_all("first_stage_se_bc", d.name, 1, got.r.first_stage + 3, 1e-11);
            near_all("late_cl", d.name, QUANTILES, got.tau[0], 1e-11);
            near_all("late_se_cl", d.name, QUANTILES, got.se[0], 1e-10);
            near_all(linear ? "late_linear" : "late_ratio", d.name, QUANTILES,
                     got.tau[1], 1e-11);
            near_all(linear ? "late_se_linear" : "late_se_ratio", d.name, QUANTILES,
                     got.se[1], 1e-10);
        }
}

/* 16 units, rational arithmetic */
static void exact_arithmetic(void)
{
    static const char *const kernels[] = {"triangular", "epanechnikov", "uniform"};
    static const char *const pairs[] = {"9o10/9o10", "7o10/19o20"};
    static const char *const what[] = {"m_minus_cl", "m_plus_cl", "m_minus_bc",
                                       "m_plus_bc",  "tau_cl",    "tau_bc",
                                       "se_cl",      "se_bc"};
    const double h[2][2] = {{.9, .9}, {.7, .7}}, b[2][2] = {{.9, .9}, {.95, .95}};
    fixture_read("tests/reference/rdd/exact.txt");
    for (size_t k = 0; k < 6; k++) {
        double got[8];
        distest_rdd_units u = distest_rdd_units_default();
        distest_rdd_opts o = distest_rdd_opts_default();
        distest_rdd_result r = distest_rdd_result_default();
        u.n = 16, u.probs = 1;
        u.x = fixture("tiny/x"), u.quantiles = fixture("tiny/y");
        o.vce = "nn", o.method = "pointwise", o.kernel = kernels[k / 2];
        o.h = h[k % 2], o.b = b[k % 2];
        r.m_minus_cl = got, r.m_plus_cl = got + 1, r.m_minus_bc = got + 2;
        r.m_plus_bc = got + 3, r.tau_cl = got + 4, r.tau_bc = got + 5;
        r.se_cl = got + 6, r.se_bc = got + 7;
        CHECK(distest_rdd_fit(&u, &o, &r, NULL) == DISTEST_SUCCESS);
        for (size_t i = 0; i < 8; i++) {
            char name[120];
            snprintf(name, sizeof name, "tiny/%s/%s/%s", kernels[k / 2], pairs[k % 2],
                     what[i]);
            CHECK_REL(got[i], fixture(name)[0], 1e-12);
        }
    }
}

/* --- how results change with the data --- */

int main(void)
{
    fixture_read("tests/reference/rdd/expected.txt");
    RUN(sharp_fits_are_the_reference);
    RUN(orders_and_bandwidths_are_the_reference);
    RUN(weights_clusters_and_donut_are_the_reference);
    RUN(covariates_are_the_reference);
    RUN(fuzzy_fits_are_the_reference);
    RUN(exact_arithmetic);
    return check_report("test_rdd_fit");
}
