/* test_rdd_invariant.c - what a fit must not depend on, what `method` and covariates do
 * to it, bad input, memory that runs out, cancelling. */
#include "rdd_output.h"

enum { MOST = UNITS * QUANTILES };

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
    return check_report("test_rdd_invariant");
}
