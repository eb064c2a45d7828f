/* Fuzzy designs: compliers, weak first stages. */
#include "rdd_output.h"

#include "core.h" /* di_norm_quantile */

static output one;

static void compliers_are_the_reference(void)
{
    design d = SHARP;
    double m0[QUANTILES], m1[QUANTILES], raw0[QUANTILES], raw1[QUANTILES];
    double two[4][QUANTILES];
    d.treatment = 1;
    const distest_rdd_units u = units_of(&d);
    const distest_rdd_opts o = opts_of(&d);
    distest_rdd_complier_curves c = distest_rdd_compliers_default();
    distest_context ctx = distest_context_default();
    ctx.threads = 2;
    c.m0 = two[0], c.m1 = two[1], c.m0_raw = two[2], c.m1_raw = two[3];
    CHECK(distest_rdd_compliers(&u, &o, &c, &ctx) == DISTEST_SUCCESS);
    ctx.threads = 1;
    c.m0 = m0, c.m1 = m1, c.m0_raw = raw0, c.m1_raw = raw1;
    CHECK(distest_rdd_compliers(&u, &o, &c, &ctx) == DISTEST_SUCCESS);
    CHECK(memcmp(two[0], m0, sizeof m0) == 0 && memcmp(two[1], m1, sizeof m1) == 0);
    CHECK(memcmp(two[2], raw0, sizeof m0) == 0 && memcmp(two[3], raw1, sizeof m1) == 0);
    want(&one);
    CHECK(distest_rdd_fit(&u, &o, &one.r, NULL) == DISTEST_SUCCESS);
    for (size_t j = 0; j < QUANTILES; j++) {
        CHECK_REL(m0[j], fixture("compliers/m0")[j], 1e-11);
        CHECK_REL(m1[j], fixture("compliers/m1")[j], 1e-11);
        CHECK_REL(raw1[j] - raw0[j], one.tau[1][j], 1e-12); /* (13) */
    }
}

/* Var(m1 - m0) is that of the effect, by every rule; and with a bandwidth per column */
static void compliers_and_effect_have_one_covariance(void)
{
    static const char *const rules[] = {"nn", "hc3", "cr3"};
    static double V0[400], V1[400], V01[400], se0[20], se1[20], h[40], b[40];
    for (size_t k = 0; k < 4; k++)
        for (int conventional = 0; conventional < 2; conventional++) {
            design d = SHARP;
            d.treatment = 1, d.vce = rules[k % 3], d.clusters = k == 2;
            d.covariates = k == 1;
            const distest_rdd_units u = units_of(&d);
            distest_rdd_opts o = opts_of(&d);
            distest_rdd_complier_curves c = distest_rdd_compliers_default();
            o.conventional = conventional;
            if (k == 3) {
                for (size_t j = 0; j < 40; j++)
                    h[j] = .5 + .004 * (double)j, b[j] = .9 - .004 * (double)j;
                o.h = h, o.b = b, o.bandwidths = QUANTILES;
                o.h_treatment = d.h, o.b_treatment = d.b;
            }
            c.vcov0 = V0, c.vcov1 = V1, c.vcov01 = V01, c.se0 = se0, c.se1 = se1;
            CHECK(distest_rdd_compliers(&u, &o, &c, NULL) == DISTEST_SUCCESS);
            want(&one);
            one.r.w_cl = one.r.w_bc = NULL;
            CHECK(distest_rdd_fit(&u, &o, &one.r, NULL) == DISTEST_SUCCESS);
            const double *V = one.vcov[conventional ? 0 : 1];
            for (size_t j = 0; j < QUANTILES; j++) {
                CHECK_REL(se0[j], sqrt(V0[j * 21]), 1e-12);
                CHECK_REL(se1[j], sqrt(V1[j * 21]), 1e-12);
                for (size_t i = 0; i < QUANTILES; i++)
                    CHECK_NEAR(V1[i + j * 20] + V0[i + j * 20] - V01[i + j * 20] -
                                   V01[j + i * 20],
                               V[i + j * 20], 1e-12);
            }
        }
}

static void anderson_rubin_sets_are_the_reference(void)
{
    design d = SHARP;
    double lower[QUANTILES], upper[QUANTILES];
    int shape[QUANTILES];
    d.treatment = 1;
    const distest_rdd_units u = units_of(&d);
    const distest_rdd_opts o = opts_of(&d);
    want(&one);
    CHECK(distest_rdd_fit(&u, &o, &one.r, NULL) == DISTEST_SUCCESS);
    CHECK(distest_rdd_anderson_rubin(QUANTILES, one.jump[1], one.jump_se[1], one.cov,
                                     one.r.first_stage + 2, .95, lower, upper, shape,
                                     NULL) == DISTEST_SUCCESS);
    for (size_t j = 0; j < QUANTILES; j++) {
        CHECK(shape[j] == DISTEST_RDD_INTERVAL);
        CHECK_REL(lower[j], fixture("anderson_rubin/lower")[j], 1e-10);
        CHECK_REL(upper[j], fixture("anderson_rubin/upper")[j], 1e-10);
    }
}

/* t is in the set when (J - t dT)^2 <= z^2 Var(J - t dT) */
static int in_set(double J, double se, double cov, const double first[2], double t)
{
    const double z = 1.959963984540054, d = J - t * first[0];
    return d * d <= z * z * (se * se - 2 * t * cov + t * t * first[1] * first[1]);
}

static void anderson_rubin_sets_are_their_definition(void)
{
    static const double J[] = {1, -1, 1, .5, 0, 2, 3e200, 1},
                        se[] = {.2, .2, .3, 1, .5, .1, 1e200, .2},
                        cov[] = {.01, .01, -.02, .1, 0, .01, 1e198, 0};
    const double dT[][2] = {{1, .2}, {.3, .2}, {-.5, .1}, {0, .3}, {1, 0}, {.1, .2}};
    int seen[3] = {0};
    for (size_t k = 0; k < sizeof dT / sizeof dT[0]; k++) {
        double lower[8], upper[8];
        int shape[8];
        CHECK(distest_rdd_anderson_rubin(8, J, se, cov, dT[k], .95, lower, upper, shape,
                                         NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < 8; j++) {
            if (fabs(cov[j]) > se[j] * dT[k][1]) continue; /* no covariance */
            seen[shape[j]]++;
            const double unit = j == 6 ? 1e100 : 1;
            for (int i = -4000; i <= 4000; i++) {
                const double t = i * .0137 * (j == 6 ? 1e200 : 1);
                const int between = t >= lower[j] && t <= upper[j];
                const int in =
                    shape[j] == DISTEST_RDD_LINE ||
                    (shape[j] == DISTEST_RDD_COMPLEMENT ? !between : between);
                if (j != 6)
                    CHECK(in == in_set(J[j], se[j], cov[j], dT[k], t));
                else
                    CHECK(in == in_set(J[j] / unit, se[j] / unit, cov[j] / unit, dT[k],
                                       t / unit));
            }
        }
    }
    CHECK(seen[0] > 5 && seen[1] > 5 && seen[2] > 5);
}

/* z^2 V_TT = dT^2: a half line */
static void anderson_rubin_sets_may_be_half_lines(void)
{
    const double z = di_norm_quantile(.975), first[2] = {z, 1}, J = 1, se = .1, cov = 0;
    double lower, upper;
    int shape;
    CHECK(distest_rdd_anderson_rubin(1, &J, &se, &cov, first, .95, &lower, &upper,
                                     &shape, NULL) == DISTEST_SUCCESS);
    CHECK(shape == DISTEST_RDD_INTERVAL && upper == INFINITY);
    CHECK_REL(lower, (1 - z * z * .01) / (2 * z), 1e-13);
}

static void bad_input_is_named(void)
{
    double T[UNITS], out[QUANTILES] = {7}, zero[QUANTILES] = {0};
    const double none[2] = {0, 0};
    int shape[QUANTILES];
    design d = SHARP;
    distest_context ctx = distest_context_default();
    distest_rdd_units u = units_of(&d);
    distest_rdd_opts o = opts_of(&d);
    distest_rdd_complier_curves c = distest_rdd_compliers_default();
    c.m0_raw = out;
    CHECK_FAILS(distest_rdd_compliers(&u, &o, &c, &ctx), DISTEST_EINVAL, &ctx,
                "treatment");
    memcpy(T, UNIT_TREATMENT, sizeof T);
    u.treatment = T;
    T[5] = 1.5;
    CHECK_FAILS(distest_rdd_compliers(&u, &o, &c, &ctx), DISTEST_EINVAL, &ctx,
                "treatment");
    for (size_t i = 0; i < UNITS; i++) T[i] = .25; /* no first stage */
    CHECK_FAILS(distest_rdd_compliers(&u, &o, &c, &ctx), DISTEST_ESING, &ctx,
                "treatment");
    CHECK_FAILS(distest_rdd_compliers(&u, &o, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "curves");
    CHECK_FAILS(
        distest_rdd_anderson_rubin(1, zero, zero, zero, none, 1, out, out, shape, &ctx),
        DISTEST_EINVAL, &ctx, "level");
    out[1] = -1;
    CHECK_FAILS(
        distest_rdd_anderson_rubin(2, zero, out, zero, none, .9, out, out, shape, &ctx),
        DISTEST_EINVAL, &ctx, "se");
    CHECK_FAILS(distest_rdd_anderson_rubin(1, zero, zero, zero, none, .9, NULL, out,
                                           shape, &ctx),
                DISTEST_EINVAL, &ctx, "lower");
    CHECK(out[0] == 7);
}

static int run_all(distest_context *ctx)
{
    static double V[400], m0[20];
    design d = SHARP;
    d.treatment = 1;
    const distest_rdd_units u = units_of(&d);
    const distest_rdd_opts o = opts_of(&d);
    distest_rdd_complier_curves c = distest_rdd_compliers_default();
    c.vcov01 = V, c.m0 = m0;
    return distest_rdd_compliers(&u, &o, &c, ctx);
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
    fixture_read("tests/reference/rdd/expected.txt");
    RUN(compliers_are_the_reference);
    RUN(compliers_and_effect_have_one_covariance);
    RUN(anderson_rubin_sets_are_the_reference);
    RUN(anderson_rubin_sets_are_their_definition);
    RUN(anderson_rubin_sets_may_be_half_lines);
    RUN(bad_input_is_named);
    RUN(memory_may_run_out);
    RUN(may_be_cancelled);
    return check_report("test_rdd_fuzzy");
}
