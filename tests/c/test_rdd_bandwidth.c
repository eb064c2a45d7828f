/* test_rdd_bandwidth.c - bandwidth rules: reference values, constants, invariances,
 * degenerate data. */
#include "rdd_fixture.h"

#include "../../src/rdd/rdd_bandwidth.h"

static double h[2 * QUANTILES], b[2 * QUANTILES];

/* expected: one number (both sides), two (left, right), or one per quantile */
static void compare(const char *name, const char *what, const double *got, size_t k)
{
    char key[80];
    snprintf(key, sizeof key, "bandwidth/%s/%s", name, what);
    const double *want = fixture(key);
    const size_t n = fixture_length(key);
    for (size_t i = 0; i < k; i++)
        for (size_t side = 0; side < 2; side++)
            CHECK_REL(got[i + side * k], want[n == 2 ? side : n == 1 ? 0 : i], 1e-8);
}

static void agrees_with_the_reference(void)
{
    static const struct {
        const char *name, *rule, *kernel, *vce;
        int p, q, deriv, weights;
        double regul;
    } cases[] = {
        {"imserd_triangular", "imserd", "triangular", "nn", 1, 2, 0, 0, 1},
        {"imserd_epanechnikov", "imserd", "epanechnikov", "nn", 1, 2, 0, 0, 1},
        {"imserd_uniform", "imserd", "uniform", "nn", 1, 2, 0, 0, 1},
        {"imserd_hc3", "imserd", "triangular", "hc3", 1, 2, 0, 0, 1},
        {"icerrd_hc3", "icerrd", "triangular", "hc3", 1, 2, 0, 0, 1},
        {"imsetwo", "imsetwo", "triangular", "nn", 1, 2, 0, 0, 1},
        {"imsesum", "imsesum", "triangular", "nn", 1, 2, 0, 0, 1},
        {"imserd_unregularised", "imserd", "triangular", "nn", 1, 2, 0, 0, 0},
        {"imserd_kink_p=2", "imserd", "triangular", "nn", 2, 3, 1, 0, 1},
        {"mserd_pointwise", "mserd", "triangular", "nn", 1, 2, 0, 0, 1},
        {"imserd_unit_weights", "imserd", "triangular", "nn", 1, 2, 0, 1, 1},
        {"plugin_triangular", "plugin", "triangular", "nn", 1, 2, 0, 0, 1},
        {"plugin_epanechnikov", "plugin", "epanechnikov", "nn", 1, 2, 0, 0, 1},
        {"plugin_uniform", "plugin", "uniform", "nn", 1, 2, 0, 0, 1},
        {"plugin_pointwise", "plugin_pointwise", "triangular", "nn", 1, 2, 0, 0, 1}};
    fixture_read("tests/reference/rdd/expected.txt");
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        distest_rdd_units u = fixture_units();
        distest_rdd_opts o = distest_rdd_opts_default();
        distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
        distest_rdd_stages s = distest_rdd_stages_default();
        double d[2 * QUANTILES], two[4][2 * QUANTILES];
        const int plugin = strncmp(cases[c].rule, "plugin", 6) == 0;
        const int pointwise = cases[c].rule[0] == 'm' || strlen(cases[c].rule) > 8;
        const size_t k = pointwise ? QUANTILES : 1;
        if (cases[c].weights) u.weights = UNIT_WEIGHTS;
        o.p = cases[c].p, o.q = cases[c].q, o.deriv = cases[c].deriv;
        o.kernel = cases[c].kernel, o.vce = cases[c].vce, o.method = "pointwise";
        bw.rule = cases[c].rule, bw.scaleregul = cases[c].regul;
        double regul[2 * QUANTILES];
        distest_context ctx = distest_context_default();
        ctx.threads = 2;
        memset(two, 0, sizeof two);
        s.d = two[0], s.regul = two[1];
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, two[2], two[3], &s, &ctx) ==
              DISTEST_SUCCESS);
        const double c0 = s.c0, density = s.density;
        ctx.threads = 1;
        s.d = d, s.regul = regul;
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, &s, &ctx) == DISTEST_SUCCESS);
        CHECK(c0 == s.c0 && (plugin ? density == s.density : 1));
        CHECK(memcmp(two[1], regul, sizeof regul) == 0);
        CHECK(memcmp(two[2], h, 2 * k * sizeof *h) == 0);
        CHECK(memcmp(two[3], b, 2 * k * sizeof *b) == 0);
        compare(cases[c].name, "h", h, k);
        if (!plugin) compare(cases[c].name, "b", b, k);
        if (plugin && !pointwise) {
            compare(cases[c].name, "h0", d, 1);
            CHECK_REL(s.density,
                      fixture(strcmp(o.kernel, "triangular") == 0
                                  ? "bandwidth/plugin_triangular/f_hat"
                              : strcmp(o.kernel, "uniform") == 0
                                  ? "bandwidth/plugin_uniform/f_hat"
                                  : "bandwidth/plugin_epanechnikov/f_hat")[0],
                      1e-9);
        }
        CHECK(s.exact == 0 && s.c0 > 0);
        for (int j = 0; j < 2 * QUANTILES; j++) CHECK((regul[j] == 0) == plugin);
    }
}

static void constants_are_exact(void)
{
    const char *kernels[3] = {"triangular", "epanechnikov", "uniform"};
    fixture_read("tests/reference/rdd/exact.txt");
    for (int k = 0; k < 3; k++) {
        const di_rdd_kernel *K = NULL;
        CHECK(di_rdd_kernel_find(NULL, kernels[k], &K) == DISTEST_SUCCESS);
        for (int p = 0; p <= 3; p++) {
            char name[80];
            double bias, variance;
            di_rdd_constants(K, p, &bias, &variance);
            snprintf(name, sizeof name, "kernel/%s/%d/bias", kernels[k], p);
            CHECK_REL(bias, fixture(name)[0], 1e-11);
            snprintf(name, sizeof name, "kernel/%s/%d/var", kernels[k], p);
            CHECK_REL(variance, fixture(name)[0], 1e-11);
        }
        di_rdd_constants(K, 20, &h[0], &h[1]); /* beyond what doubles can factor */
        CHECK(isnan(h[0]) || isfinite(h[0]));
    }
}

/* the pointwise rule of a column is the pooled rule of that column alone */
static void one_column_at_a_time(void)
{
    distest_rdd_units u = fixture_units();
    const distest_rdd_opts base = distest_rdd_opts_default();
    const char *pooled[7] = {"imserd",  "imsetwo", "imsesum", "icerrd",
                             "icertwo", "icersum", "plugin"};
    const char *alone[7] = {"mserd",  "msetwo", "msesum",          "cerrd",
                            "certwo", "cersum", "plugin_pointwise"};
    distest_rdd_opts o = base;
    o.method = "pointwise", o.vce = "nn";
    for (int r = 0; r < 7; r++) {
        distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
        double h1[2], b1[2];
        u = fixture_units();
        bw.rule = alone[r];
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, NULL, NULL) == DISTEST_SUCCESS);
        bw.rule = pooled[r];
        for (size_t j = 0; j < QUANTILES; j += 9) {
            distest_rdd_units one = u;
            one.probs = 1, one.q = NULL, one.quantiles = u.quantiles + j * UNITS;
            CHECK(distest_rdd_bandwidth(&one, &o, &bw, h1, b1, NULL, NULL) ==
                  DISTEST_SUCCESS);
            for (size_t side = 0; side < 2; side++) {
                CHECK_REL(h[j + side * QUANTILES], h1[side], 1e-12);
                CHECK_REL(b[j + side * QUANTILES], b1[side], 1e-12);
            }
        }
    }
}

static void scale_with_x_and_are_free_of_y(void)
{
    distest_rdd_units u = fixture_units();
    static double x[UNITS], y[UNITS * QUANTILES];
    distest_rdd_opts o = distest_rdd_opts_default();
    const char *rules[3] = {"imserd", "msetwo", "plugin"};
    for (int i = 0; i < UNITS; i++) x[i] = 1000 * u.x[i] + 1e6;
    for (int i = 0; i < UNITS * QUANTILES; i++) y[i] = ldexp(u.quantiles[i], -700);
    for (int r = 0; r < 3; r++) {
        distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
        double h2[2 * QUANTILES], b2[2 * QUANTILES];
        const size_t k = r == 1 ? QUANTILES : 1;
        u = fixture_units();
        o.cutoff = 0, bw.rule = rules[r];
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, NULL, NULL) == DISTEST_SUCCESS);
        u.quantiles = y;
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h2, b2, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(memcmp(h, h2, 2 * k * sizeof *h) == 0);
        CHECK(memcmp(b, b2, 2 * k * sizeof *b) == 0);
        u.x = x, o.cutoff = 1e6;
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h2, b2, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (size_t i = 0; i < 2 * k; i++) {
            CHECK_REL(h2[i], 1000 * h[i], 1e-8);
            CHECK_REL(b2[i], 1000 * b[i], 1e-8);
        }
    }
}

/* numbers as weights: one quantile alone; "variance": cells over V of the h stage */
static void weights_of_quantiles(void)
{
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    distest_rdd_stages s = distest_rdd_stages_default();
    double w[QUANTILES] = {0}, h1[2], variance[2 * QUANTILES];
    w[3] = 7;
    bw.rule = "mserd";
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, NULL, NULL) == DISTEST_SUCCESS);
    bw.rule = "imserd", bw.imse_weights = w;
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h1, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK_REL(h1[0], h[3], 1e-12);
    bw.imse_weights = NULL, bw.variance_weights = 1, s.variance = variance;
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h1, NULL, &s, NULL) == DISTEST_SUCCESS);
    for (int j = 0; j < QUANTILES; j++)
        w[j] = 1 / (variance[j] + variance[j + QUANTILES]);
    bw.imse_weights = w, bw.variance_weights = 0;
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK_REL(h1[0], h[0], 1e-11);
}

/* h = [V / (B^2 + Rg)]^(1/5) from the terms handed out */
static void stages_explain_the_bandwidth(void)
{
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    distest_rdd_stages s = distest_rdd_stages_default();
    double B[2 * QUANTILES], V[2 * QUANTILES], R[2 * QUANTILES], d[2], top = 0, low = 0;
    s.bias = B, s.variance = V, s.regul = R, s.d = d;
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, &s, NULL) == DISTEST_SUCCESS);
    for (int j = 0; j < QUANTILES; j++) {
        const double gap = B[j + QUANTILES] - B[j];
        top += V[j] + V[j + QUANTILES];
        low += gap * gap + R[j] + R[j + QUANTILES];
    }
    CHECK_REL(h[0], pow(top / low, 0.2), 1e-12);
    CHECK(h[0] == h[1] && b[0] == b[1] && d[0] == d[1] && s.distinct[0] == 137);
}

/* N = units, or clusters, or those of both sides: h_cer / h_mse = N^(-1/20) */
static void coverage_rules_shrink(void)
{
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    double h2[2], b2[2], N[3] = {UNITS, 30, 0};
    int seen[2][30] = {{0}};
    for (int i = 0; i < UNITS; i++) seen[u.x[i] >= 0][unit_cluster[i]] = 1;
    for (int g = 0; g < 30; g++) N[2] += seen[0][g] + seen[1][g];
    CHECK(N[2] > 40);
    for (int k = 0; k < 3; k++) {
        if (k) u.cluster = unit_cluster, u.clusters = 30, o.vce = "cr3";
        o.joint_clusters = k < 2;
        bw.rule = "imsetwo";
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, NULL, NULL) == DISTEST_SUCCESS);
        bw.rule = "icertwo";
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h2, b2, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (int side = 0; side < 2; side++) {
            CHECK_REL(h2[side], h[side] * pow(N[k], -0.05), 1e-14);
            CHECK(b2[side] == b[side]);
        }
    }
}

static void mass_points_raise_the_pilot(void)
{
    distest_rdd_units u = fixture_units();
    static double x[UNITS];
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    distest_rdd_stages s = distest_rdd_stages_default();
    double c0[4];
    for (int i = 0; i < UNITS; i++) x[i] = (floor(16 * u.x[i]) + 0.5) / 16;
    u.x = x;
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, &s, NULL) == DISTEST_SUCCESS);
    c0[0] = s.c0;
    CHECK(s.distinct[0] >= 10 && s.distinct[0] <= 16 && s.distinct[1] <= 16);
    CHECK(c0[0] >= 9.5 / 16); /* the tenth distinct x of a side */
    bw.masspoints = 0;
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, &s, NULL) == DISTEST_SUCCESS);
    c0[1] = s.c0;
    CHECK(c0[1] < c0[0]);
    bw.bwcheck = 12;
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, &s, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(s.c0, 11.5 / 16 + 1e-8, 1e-12);
    bw.bwcheck = 0, bw.masspoints = 1, u.x = unit_table + UNITS; /* no mass points */
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, &s, NULL) == DISTEST_SUCCESS);
    c0[2] = s.c0;
    bw.masspoints = 0;
    CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, &s, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(s.c0, c0[2], 1e-3);
}

static void an_exact_polynomial_takes_the_range(void)
{
    distest_rdd_units u = fixture_units();
    static double y[UNITS * 2];
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    const char *rules[4] = {"imserd", "imsetwo", "mserd", "plugin"};
    double range[2] = {0, 0};
    for (int i = 0; i < UNITS; i++) {
        y[i] = 2 + 3 * u.x[i];
        y[i + UNITS] = 5;
        range[u.x[i] >= 0] = fmax(range[u.x[i] >= 0], fabs(u.x[i]));
    }
    u.probs = 2, u.q = NULL, u.quantiles = y, o.method = "pointwise";
    for (int r = 0; r < 4; r++) {
        distest_rdd_stages s = distest_rdd_stages_default();
        bw.rule = rules[r];
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, &s, NULL) == DISTEST_SUCCESS);
        CHECK(s.exact == 1);
        const double both = fmax(range[0], range[1]);
        const size_t k = r == 2 ? 2 : 1;
        for (size_t i = 0; i < 2 * k; i++)
            CHECK_REL(h[i], r == 1 ? range[i] : both, 1e-14);
    }
}

static void threads_change_nothing(void)
{
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    const char *rules[4] = {"imserd", "msetwo", "plugin", "plugin_pointwise"};
    u.z = UNIT_Z, u.covariates = 2;
    for (int r = 0; r < 4; r++) {
        distest_context one = distest_context_default(),
                        four = distest_context_default();
        double h4[2 * QUANTILES], b4[2 * QUANTILES];
        const size_t k = r % 2 ? QUANTILES : 1;
        one.threads = 1, four.threads = 4, bw.rule = rules[r];
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h, b, NULL, &one) == DISTEST_SUCCESS);
        CHECK(distest_rdd_bandwidth(&u, &o, &bw, h4, b4, NULL, &four) ==
              DISTEST_SUCCESS);
        CHECK(memcmp(h, h4, 2 * k * sizeof *h) == 0 &&
              memcmp(b, b4, 2 * k * sizeof *b) == 0);
    }
}

static const char *rule_to_run;
static int run_one(distest_context *ctx)
{
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    u.probs = 2, u.q = NULL, o.method = "pointwise";
    u.z = UNIT_Z, u.covariates = 2;
    bw.rule = rule_to_run;
    h[0] = 7;
    const int status = distest_rdd_bandwidth(&u, &o, &bw, h, b, NULL, ctx);
    CHECK(status == DISTEST_SUCCESS || h[0] == 7);
    return status;
}

static void memory_and_cancelling(void)
{
    const char *rules[2] = {"msesum", "plugin"};
    for (int r = 0; r < 2; r++) {
        rule_to_run = rules[r];
        CHECK(check_out_of_memory(run_one) > 10);
        CHECK(check_cancel(run_one) > 3);
    }
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    double w[QUANTILES] = {0};
    h[0] = 7;
#define BAD(status, arg)                                                               \
    CHECK_FAILS(distest_rdd_bandwidth(&u, &o, &bw, h, b, NULL, &ctx), status, &ctx, arg)
    CHECK_FAILS(distest_rdd_bandwidth(NULL, &o, &bw, h, b, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "units");
    CHECK_FAILS(distest_rdd_bandwidth(&u, &o, NULL, h, b, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "bw");
    bw.rule = "imse";
    BAD(DISTEST_EINVAL, "rule");
    CHECK(strstr(ctx.message, "icersum"));
    bw.rule = "imserd", bw.scaleregul = -1;
    BAD(DISTEST_EINVAL, "scaleregul");
    bw.scaleregul = 1, bw.imse_weights = w;
    BAD(DISTEST_EINVAL, "imse_weights");
    bw.imse_weights = NULL, bw.rule = "plugin", o.deriv = 1, o.method = "pointwise";
    BAD(DISTEST_EINVAL, "rule");
    o.deriv = 0, o.p = 19, o.q = 20;
    BAD(DISTEST_ESING, "p");
    o.p = 1, o.q = 2, bw.rule = "imserd", u.n = 19;
    u.x = unit_table + UNITS;
    static double few[19 * QUANTILES];
    for (int j = 0; j < QUANTILES; j++)
        for (int i = 0; i < 19; i++) few[i + 19 * j] = unit_table[i + (7 + j) * UNITS];
    u.quantiles = few;
    BAD(DISTEST_EINVAL, "h");
    u = fixture_units();
    static double x[UNITS]; /* three distinct x on the left */
    for (int i = 0; i < UNITS; i++) x[i] = u.x[i] < 0 ? -1 - (i % 3) : u.x[i];
    u.x = x;
    BAD(DISTEST_ESING, "h");
    bw.masspoints = 0;
    for (int i = 0; i < UNITS; i++) x[i] = i < 200 ? 1 : i - 220.5; /* most share one */
    BAD(DISTEST_ESING, "h");
    bw.rule = "plugin"; /* too few on the left; nobody near the cutoff */
    for (int i = 0; i < UNITS; i++) x[i] = i < 3 ? -1 - i : i + 1;
    BAD(DISTEST_ESING, "h");
    CHECK(strstr(ctx.message, "left"));
    for (int i = 0; i < UNITS; i++) x[i] = i % 2 ? 900 + i : -900 - i;
    BAD(DISTEST_ESING, "h");
    CHECK(strstr(ctx.message, "density"));
    CHECK(h[0] == 7);
}

int main(void)
{
    RUN(agrees_with_the_reference);
    RUN(constants_are_exact);
    RUN(one_column_at_a_time);
    RUN(scale_with_x_and_are_free_of_y);
    RUN(weights_of_quantiles);
    RUN(stages_explain_the_bandwidth);
    RUN(coverage_rules_shrink);
    RUN(mass_points_raise_the_pilot);
    RUN(an_exact_polynomial_takes_the_range);
    RUN(threads_change_nothing);
    RUN(memory_and_cancelling);
    RUN(bad_input_is_named);
    return check_report("test_rdd_bandwidth");
}
