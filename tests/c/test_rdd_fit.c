/* Fits against exact arithmetic and reference values, their identities and invariances,
 * bad input. */
#include "rdd_output.h"

enum { MOST = UNITS * QUANTILES };

static void near_all(const char *what, const char *fit, size_t n, const double *got,
                     double tol)
{
    char name[160];
    snprintf(name, sizeof name, "fit/%s/%s", fit, what);
    const double *expected = fixture(name);
    for (size_t j = 0; j < n; j++) CHECK_REL(got[j], expected[j], tol);
}

static void check_fit(const design *d)
{
    static output one, two;
    const distest_rdd_units u = units_of(d);
    const distest_rdd_opts o = opts_of(d);
    distest_context ctx = distest_context_default();
    const char *const curve[2][2] = {{"m_minus_cl", "m_plus_cl"},
                                     {"m_minus_bc", "m_plus_bc"}};
    /* the slope's reference is off by 1.2e-12, which rational arithmetic shows:
     * m_minus_bc of column 1 is 0.22956789873613473 */
    const double tol = d->deriv ? 2e-12 : 1e-12;
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

static output moved;

static void fit_columns(const distest_rdd_units *u, const distest_rdd_opts *o,
                        output *out)
{
    want(out);
    CHECK(distest_rdd_fit(u, o, &out->r, NULL) == DISTEST_SUCCESS);
}

/* y times any number, tiny and huge ones */
static void outcomes_have_no_unit(void)
{
    static const double factors[] = {0x1p-996, 1e-300, 1e-200, 1000, 1e300};
    static const char *const rules[] = {"nn", "hc3", "cr3"};
    static double y[MOST];
    static output base;
    for (size_t k = 0; k < 3; k++)
        for (size_t f = 0; f < 5; f++) {
            design d = SHARP;
            d.vce = rules[k], d.clusters = k == 2, d.covariates = k == 1;
            distest_rdd_units u = units_of(&d);
            distest_rdd_opts o = opts_of(&d);
            fit_columns(&u, &o, &base);
            for (size_t i = 0; i < MOST; i++) y[i] = u.quantiles[i] * factors[f];
            u.quantiles = y;
            fit_columns(&u, &o, &moved);
            for (size_t j = 0; j < QUANTILES; j++)
                for (int e = 0; e < 2; e++) {
                    CHECK_REL(moved.tau[e][j] / factors[f], base.tau[e][j], 1e-12);
                    CHECK_REL(moved.se[e][j] / factors[f], base.se[e][j], 1e-12);
                    CHECK_REL(moved.shown[e][j] / factors[f], base.shown[e][j], 1e-12);
                }
            /* covariances and scores in units of 2^scale */
            const double unit = ldexp(factors[f], -moved.r.scale);
            CHECK((moved.r.scale == 0) == (factors[f] == 1000));
            for (size_t i = 0; i < QUANTILES * QUANTILES; i++)
                CHECK_REL(moved.vcov[1][i] / (unit * unit), base.vcov[1][i], 1e-11);
            for (size_t i = 0; i < 30 * QUANTILES; i++)
                CHECK_NEAR(moved.scores[0][i] / unit, base.scores[0][i], 1e-13);
        }
}

/* x -> a x + c, h -> a h; far from 0 the digits of x are what is left */
static void running_variables_have_no_unit(void)
{
    static const struct {
        double a, c, tol;
    } all[] = {
        {1000, 1e6, 1e-8}, {-0x1p-40, 0, 1e-12}, {1, 1e9, 1e-6}, {1e-150, 0, 1e-12}};
    static const char *const rules[] = {"nn", "hc3"};
    static double x[UNITS];
    static output base;
    for (size_t k = 0; k < 8; k++) {
        design d = SHARP;
        d.vce = rules[k % 2];
        distest_rdd_units u = units_of(&d);
        distest_rdd_opts o = opts_of(&d);
        const double a = all[k / 2].a, c = all[k / 2].c, sign = a < 0 ? -1 : 1;
        fit_columns(&u, &o, &base);
        for (size_t i = 0; i < UNITS; i++) x[i] = a * u.x[i] + c;
        for (int s = 0; s < 2; s++) d.h[s] *= fabs(a), d.b[s] *= fabs(a);
        u.x = x, o.cutoff = c;
        fit_columns(&u, &o, &moved);
        for (size_t j = 0; j < QUANTILES; j++)
            for (int e = 0; e < 2; e++) {
                CHECK_REL(moved.tau[e][j], sign * base.tau[e][j], all[k / 2].tol);
                CHECK_REL(moved.se[e][j], base.se[e][j], all[k / 2].tol);
            }
    }
}

static void order_of_units_does_not_matter(void)
{
    static double x[UNITS], y[MOST], z[2 * UNITS], t[UNITS];
    static int cluster[UNITS];
    static output base;
    static const char *const rules[] = {"nn", "hc2", "cr1"};
    for (size_t k = 0; k < 3; k++) {
        design d = SHARP;
        d.vce = rules[k], d.clusters = k == 2, d.covariates = 1, d.treatment = 1;
        distest_rdd_units u = units_of(&d);
        const distest_rdd_opts o = opts_of(&d);
        fit_columns(&u, &o, &base);
        for (size_t i = 0; i < UNITS; i++) {
            const size_t to = i * 77 % UNITS; /* 77 and 240 have no common factor */
            x[to] = u.x[i], t[to] = u.treatment[i];
            cluster[to] = unit_cluster[i];
            for (size_t j = 0; j < QUANTILES; j++)
                y[to + j * UNITS] = u.quantiles[i + j * UNITS];
            for (size_t j = 0; j < 2; j++) z[to + j * UNITS] = u.z[i + j * UNITS];
        }
        u.x = x, u.quantiles = y, u.z = z, u.treatment = t;
        if (d.clusters) u.cluster = cluster;
        fit_columns(&u, &o, &moved);
        for (size_t j = 0; j < QUANTILES; j++)
            for (int e = 0; e < 2; e++) {
                CHECK_REL(moved.tau[e][j], base.tau[e][j], 1e-12);
                CHECK_REL(moved.se[e][j], base.se[e][j], 1e-12);
            }
    }
}

static void curves_are_projected_or_sorted(void)
{
    static double y[MOST];
    double fit[QUANTILES], om[QUANTILES];
    design d = SHARP;
    distest_rdd_units u = units_of(&d);
    distest_rdd_opts o = opts_of(&d);
    for (size_t j = 0; j < QUANTILES; j++) om[j] = 1;
    for (size_t i = 0; i < UNITS; i++) /* columns exchanged in pairs: they decrease */
        for (size_t j = 0; j < QUANTILES; j++)
            y[i + j * UNITS] = u.quantiles[i + (j ^ (i % 3 > 0)) * UNITS];
    u.quantiles = y;
    for (int k = 0; k < 3; k++) {
        o.method = k == 0 ? "frechet" : (k == 1 ? "rearranged" : "pointwise");
        fit_columns(&u, &o, &moved);
        double square = 0;
        size_t points = 0;
        for (int s = 0; s < 2; s++) {
            memcpy(fit, moved.m[1][s], sizeof fit);
            if (k == 0)
                CHECK(distest_rdd_project(QUANTILES, moved.m[1][s], om, fit, NULL) ==
                      DISTEST_SUCCESS);
            if (k == 1)
                CHECK(distest_rdd_rearrange(QUANTILES, moved.m[1][s], om, fit, NULL) ==
                      DISTEST_SUCCESS);
            for (size_t j = 0; j < QUANTILES; j++) {
                const double by = fit[j] - moved.m[1][s][j];
                CHECK_NEAR(moved.shown[s][j], fit[j], 1e-14);
                square += by * by;
                points += by != 0;
            }
        }
        CHECK(moved.r.moved == points);
        CHECK((points > 0) == (k < 2));
        CHECK_NEAR(moved.r.projection, sqrt(square / (2 * QUANTILES)), 1e-14);
        for (size_t j = 0; j < QUANTILES; j++)
            CHECK_NEAR(moved.shown[2][j], moved.shown[1][j] - moved.shown[0][j], 1e-14);
    }
}

/* the effect of the shown curves in a fuzzy design */
static void fuzzy_effects_follow_the_shown_curves(void)
{
    design d = SHARP;
    d.treatment = 1;
    const distest_rdd_units u = units_of(&d);
    distest_rdd_opts o = opts_of(&d);
    for (int conventional = 0; conventional < 2; conventional++) {
        o.conventional = conventional;
        fit_columns(&u, &o, &moved);
        for (size_t j = 0; j < QUANTILES; j++)
            CHECK_REL(moved.shown[2][j],
                      (moved.shown[1][j] - moved.shown[0][j]) /
                          moved.r.first_stage[conventional ? 0 : 2],
                      1e-12);
    }
}

static void collinear_covariates_are_left_out(void)
{
    static double z[5 * UNITS];
    static output base;
    design d = SHARP;
    d.vce = "hc3", d.covariates = 1;
    distest_rdd_units u = units_of(&d);
    const distest_rdd_opts o = opts_of(&d);
    fit_columns(&u, &o, &base);
    for (size_t i = 0; i < UNITS; i++) {
        z[i] = UNIT_Z[i];
        z[i + UNITS] = 1e6;            /* constant */
        z[i + 2 * UNITS] = 3 * u.x[i]; /* a line in x */
        z[i + 3 * UNITS] = UNIT_Z[i + UNITS];
    }
    int dropped[5] = {9, 9, 9, 9, 9};
    double gamma[4 * QUANTILES];
    u.covariates = 4, u.z = z;
    want(&moved);
    moved.r.dropped = dropped, moved.r.gamma = gamma;
    CHECK(distest_rdd_fit(&u, &o, &moved.r, NULL) == DISTEST_SUCCESS);
    CHECK(!dropped[0] && dropped[1] && dropped[2] && !dropped[3] && dropped[4] == 9);
    for (size_t j = 0; j < QUANTILES; j++) {
        CHECK_REL(moved.tau[1][j], base.tau[1][j], 1e-10);
        CHECK_REL(moved.se[1][j], base.se[1][j], 1e-10);
        CHECK_REL(gamma[4 * j], base.gamma[2 * j], 1e-10);
        CHECK(gamma[4 * j + 1] == 0 && gamma[4 * j + 2] == 0);
        CHECK_REL(gamma[4 * j + 3], base.gamma[2 * j + 1], 1e-10);
    }
    /* sums of others */
    for (size_t i = 0; i < UNITS; i++) {
        z[i + UNITS] = z[i] + z[i + 3 * UNITS];
        z[i + 2 * UNITS] = z[i] - 2 * z[i + 3 * UNITS];
    }
    want(&moved);
    moved.r.dropped = dropped, moved.r.gamma = gamma;
    CHECK(distest_rdd_fit(&u, &o, &moved.r, NULL) == DISTEST_SUCCESS);
    CHECK(dropped[0] + dropped[1] + dropped[2] + dropped[3] == 2);
    for (size_t j = 0; j < QUANTILES; j++)
        CHECK_REL(moved.tau[1][j], base.tau[1][j], 1e-9);
    /* nothing left: as without */
    for (size_t i = 0; i < UNITS; i++) z[i] = 5;
    u.covariates = 1;
    want(&moved);
    moved.r.dropped = dropped, moved.r.gamma = gamma;
    CHECK(distest_rdd_fit(&u, &o, &moved.r, NULL) == DISTEST_SUCCESS);
    CHECK(dropped[0] == 1 && gamma[0] == 0);
    near_all("tau_bc", "sharp_triangular_hc3", QUANTILES, moved.tau[1], 1e-11);
}

/* --- bad input --- */

static void bad_settings_are_named(void)
{
    design d = SHARP;
    const distest_rdd_units u = units_of(&d);
    const distest_rdd_opts good = opts_of(&d);
    distest_context ctx = distest_context_default();
    const double zero[2] = {0, .5}, nan[2] = {NAN, .5}, inf[2] = {.5, INFINITY};
    const double tiny[2] = {.5, 1e-4};
    double out[QUANTILES] = {7};
    distest_rdd_result r = distest_rdd_result_default();
    r.tau = out;
#define BAD(status, change, arg)                                                       \
    do {                                                                               \
        distest_rdd_opts o = good;                                                     \
        change;                                                                        \
        CHECK_FAILS(distest_rdd_fit(&u, &o, &r, &ctx), status, &ctx, arg);             \
        CHECK(out[0] == 7);                                                            \
    } while (0)
    BAD(DISTEST_EINVAL, o.h = NULL, "h");
    BAD(DISTEST_EINVAL, o.h = zero, "h");
    BAD(DISTEST_EINVAL, o.h = nan, "h");
    BAD(DISTEST_EINVAL, o.b = inf, "b");
    BAD(DISTEST_ESING, o.h = tiny, "h");
    CHECK(strstr(ctx.message, "right") && strstr(ctx.message, "increase `h`"));
    BAD(DISTEST_ESING, o.b = tiny, "b");
    CHECK(strstr(ctx.message, "lower `q`") != NULL);
    BAD(DISTEST_EINVAL, o.bandwidths = 3, "h");
    BAD(DISTEST_EINVAL, o.q = 1, "q");
    BAD(DISTEST_EINVAL, o.q = 22, "q");
    BAD(DISTEST_EINVAL, o.p = -1, "p");
    BAD(DISTEST_EINVAL, (o.p = 21, o.q = 22), "p");
    BAD(DISTEST_EINVAL, o.deriv = 2, "deriv");
    BAD(DISTEST_EINVAL, o.deriv = -1, "deriv");
    BAD(DISTEST_EINVAL, o.deriv = 1, "method");
    BAD(DISTEST_EINVAL, o.method = "best", "method");
    CHECK(strstr(ctx.message, "\"rearranged\"") != NULL);
    BAD(DISTEST_EINVAL, o.kernel = "gaussian", "kernel");
    BAD(DISTEST_EINVAL, o.vce = "hc4", "vce");
    BAD(DISTEST_EINVAL, o.kernel = NULL, "kernel");
    BAD(DISTEST_EINVAL, o.vce = "cr3", "cluster");
    BAD(DISTEST_EINVAL, o.nnmatch = 0, "nnmatch");
    BAD(DISTEST_EINVAL, o.cutoff = NAN, "cutoff");
    BAD(DISTEST_EINVAL, o.cutoff = 5, "cutoff");
    CHECK(strstr(ctx.message, "right") != NULL);
    BAD(DISTEST_EINVAL, o.cutoff = -5, "cutoff");
    BAD(DISTEST_EINVAL, o.donut[1] = 3, "donut");
    BAD(DISTEST_EINVAL, o.donut[0] = -1, "donut");
    BAD(DISTEST_EINVAL, o.h_treatment = zero, "h_treatment");
    BAD(DISTEST_EINVAL, o.b_treatment = zero, "b_treatment");
    BAD(DISTEST_ESING, (o.p = 9, o.q = 10), "h"); /* condition */
    CHECK(strstr(ctx.message, "condition") != NULL);
#undef BAD
    CHECK_FAILS(distest_rdd_fit(&u, NULL, &r, &ctx), DISTEST_EINVAL, &ctx, "opts");
    CHECK_FAILS(distest_rdd_fit(NULL, &good, &r, &ctx), DISTEST_EINVAL, &ctx, "units");
    CHECK_FAILS(distest_rdd_fit(&u, &good, NULL, &ctx), DISTEST_EINVAL, &ctx, "result");
    CHECK(distest_rdd_score_rows(NULL, &good) == 0);
}

static void bad_units_are_named(void)
{
    design d = SHARP;
    const distest_rdd_units good = units_of(&d);
    distest_rdd_opts o = opts_of(&d);
    distest_context ctx = distest_context_default();
    static double x[UNITS], y[MOST], w[UNITS], t[UNITS], z[300 * UNITS], q[QUANTILES];
    static int cluster[UNITS];
    double out[QUANTILES] = {7};
    distest_rdd_result r = distest_rdd_result_default();
    r.tau = out;
#define BAD(status, change, arg)                                                       \
    do {                                                                               \
        distest_rdd_units u = good;                                                    \
        memcpy(x, good.x, sizeof x), memcpy(y, good.quantiles, sizeof y);              \
        memcpy(q, good.q, sizeof q);                                                   \
        u.x = x, u.quantiles = y, u.q = q;                                             \
        for (size_t i = 0; i < UNITS; i++)                                             \
            w[i] = 1, t[i] = (double)(i % 2), cluster[i] = 0;                          \
        change;                                                                        \
        CHECK_FAILS(distest_rdd_fit(&u, &o, &r, &ctx), status, &ctx, arg);             \
        CHECK(out[0] == 7);                                                            \
    } while (0)
    BAD(DISTEST_EINVAL, x[3] = NAN, "x");
    BAD(DISTEST_EINVAL, x[3] = INFINITY, "x");
    BAD(DISTEST_EINVAL, (x[3] = -1.7e308, o.cutoff = 1.7e308), "x");
    o.cutoff = 0;
    BAD(DISTEST_EINVAL, y[UNITS + 4] = INFINITY, "quantiles");
    CHECK(strstr(ctx.message, "row 5, column 2") != NULL);
    BAD(DISTEST_EINVAL, y[MOST - 1] = NAN, "quantiles");
    BAD(DISTEST_EINVAL, (u.weights = w, w[9] = -1), "weights");
    BAD(DISTEST_EINVAL, (u.weights = w, memset(w, 0, sizeof w)), "weights");
    BAD(DISTEST_EINVAL, u.weights = w;
        for (size_t i = 0; i < UNITS; i++) w[i] = x[i] < 0, "weights");
    BAD(DISTEST_EINVAL, (u.treatment = t, t[7] = NAN), "treatment");
    BAD(DISTEST_ESING, u.treatment = t;
        for (size_t i = 0; i < UNITS; i++) t[i] = 1, "treatment");
    BAD(DISTEST_EINVAL, (u.covariates = 1, u.z = z, z[2] = NAN), "covariates");
    z[2] = 0;
    BAD(DISTEST_ESING, (u.covariates = 240, u.z = z), "covariates");
    BAD(DISTEST_EINVAL, (u.covariates = 1, u.z = NULL), "covariates");
    BAD(DISTEST_EINVAL, q[1] = q[0], "q");
    BAD(DISTEST_EINVAL, q[19] = 1, "q");
    BAD(DISTEST_EINVAL, q[0] = 0, "q");
    BAD(DISTEST_EINVAL, u.q = NULL, "q");
    BAD(DISTEST_EINVAL, u.n = 0, "quantiles");
    BAD(DISTEST_EINVAL, u.quantiles = NULL, "quantiles");
    BAD(DISTEST_EINVAL, (u.cluster = cluster, u.clusters = 1), "cluster");
    CHECK(strstr(ctx.message, "one cluster") != NULL);
    BAD(DISTEST_EINVAL, (u.cluster = cluster, u.clusters = 3, cluster[8] = 3),
        "cluster");
    BAD(DISTEST_EINVAL, (u.cluster = cluster, u.clusters = 3, cluster[8] = -1),
        "cluster");
#undef BAD
    const double h[2 * QUANTILES] = {.5};
    distest_rdd_units u = good;
    o.bandwidths = QUANTILES, o.h = o.b = h;
    CHECK_FAILS(distest_rdd_fit(&u, &o, &r, &ctx), DISTEST_EINVAL, &ctx, "h");
    static double all[2 * QUANTILES];
    for (size_t j = 0; j < 2 * QUANTILES; j++) all[j] = .5;
    o.h = o.b = all, u.treatment = UNIT_TREATMENT;
    CHECK_FAILS(distest_rdd_fit(&u, &o, &r, &ctx), DISTEST_EINVAL, &ctx, "h_treatment");
    r.w_cl = w, u.treatment = NULL;
    CHECK_FAILS(distest_rdd_fit(&u, &o, &r, &ctx), DISTEST_EINVAL, &ctx, "w_cl");
}

static int run_all(distest_context *ctx)
{
    static output out;
    static const char *const rules[] = {"nn", "hc3", "cr3"};
    int status = DISTEST_SUCCESS;
    for (size_t k = 0; k < 3 && status == DISTEST_SUCCESS; k++) {
        design d = SHARP;
        d.vce = rules[k], d.clusters = k == 2, d.covariates = k < 2, d.treatment = 1;
        const distest_rdd_units u = units_of(&d);
        const distest_rdd_opts o = opts_of(&d);
        want(&out);
        status = distest_rdd_fit(&u, &o, &out.r, ctx);
    }
    return status;
}

static void memory_may_run_out(void)
{
    CHECK(check_out_of_memory(run_all) > 100);
}

static void may_be_cancelled(void)
{
    CHECK(check_cancel(run_all) > 20);
}

int main(void)
{
    fixture_read("tests/reference/rdd/expected.txt");
    RUN(sharp_fits_are_the_reference);
    RUN(orders_and_bandwidths_are_the_reference);
    RUN(weights_clusters_and_donut_are_the_reference);
    RUN(covariates_are_the_reference);
    RUN(fuzzy_fits_are_the_reference);
    RUN(exact_arithmetic);
    RUN(outcomes_have_no_unit);
    RUN(running_variables_have_no_unit);
    RUN(order_of_units_does_not_matter);
    RUN(curves_are_projected_or_sorted);
    RUN(fuzzy_effects_follow_the_shown_curves);
    RUN(collinear_covariates_are_left_out);
    RUN(bad_settings_are_named);
    RUN(bad_units_are_named);
    RUN(memory_may_run_out);
    RUN(may_be_cancelled);
    return check_report("test_rdd_fit");
}
