/* test_rdd_inference.c - from a fit to bands, tests and functionals, against reference
 * values; the limit of the critical value. */
#include "rdd_fixture.h"

enum { Q = QUANTILES, B = 39 };
static double xi[UNITS * B], scores[UNITS * Q], process[B * Q];
static double m_minus[Q], m_plus[Q], tau[Q], se[Q], V[Q * Q], Vm[Q * Q], Vp[Q * Q];

/* the fit of the fixture "bootstrap" */
static void fit(void)
{
    const distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    const double h[2] = {0.5, 0.5};
    static double first[3][Q * Q], psi[UNITS * Q];
    distest_context ctx = distest_context_default();
    if (fixture_rows) return;
    fixture_read("tests/reference/rdd/expected.txt");
    fixture_table("tests/reference/rdd/xi.csv", 0, UNITS, B, xi);
    o.h = h;
    r.m_minus = m_minus, r.m_plus = m_plus, r.tau = tau, r.se_bc = se;
    r.vcov_bc = V, r.vcov_minus = Vm, r.vcov_plus = Vp, r.scores = scores;
    ctx.threads = 1;
    CHECK(distest_rdd_fit(&u, &o, &r, &ctx) == DISTEST_SUCCESS);
    memcpy(first[0], V, sizeof V), memcpy(first[1], Vm, sizeof V);
    memcpy(first[2], Vp, sizeof V), memcpy(psi, scores, sizeof psi);
    ctx.threads = 2;
    CHECK(distest_rdd_fit(&u, &o, &r, &ctx) == DISTEST_SUCCESS);
    CHECK(memcmp(first[0], V, sizeof V) == 0 && memcmp(first[1], Vm, sizeof V) == 0);
    CHECK(memcmp(first[2], Vp, sizeof V) == 0 && memcmp(psi, scores, sizeof psi) == 0);
    CHECK(r.score_rows == UNITS && r.scale == 0);
}

/* the band of the first B draws for 1 thread and for 2, the same bits; it stays in
 * crit, lower, upper and process */
static void band_of_xi(const double *psi, const double *t, int studentized,
                       double *crit, double *lower, double *upper)
{
    static double first[B * Q];
    double band[2 * Q + 1];
    distest_context ctx = distest_context_default();
    for (ctx.threads = 1; ctx.threads < 3; ctx.threads++) {
        CHECK(distest_rdd_bands_scores(UNITS, Q, psi, t, NULL, xi, 0.95, B, studentized,
                                       NULL, crit, lower, upper, process,
                                       &ctx) == DISTEST_SUCCESS);
        if (ctx.threads == 2) break;
        memcpy(first, process, sizeof first);
        memcpy(band, lower, Q * sizeof *band);
        memcpy(band + Q, upper, Q * sizeof *band);
        band[2 * Q] = *crit;
    }
    CHECK(memcmp(first, process, sizeof first) == 0 && band[2 * Q] == *crit);
    CHECK(memcmp(band, lower, Q * sizeof *band) == 0);
    CHECK(memcmp(band + Q, upper, Q * sizeof *band) == 0);
}

static void compare(const char *name, const double *got, double tol)
{
    const double *want = fixture(name);
    for (size_t j = 0; j < fixture_length(name); j++) CHECK_REL(got[j], want[j], tol);
}

static void band_and_process_agree_with_the_reference(void)
{
    double crit, lower[Q], upper[Q];
    fit();
    compare("bootstrap/m_plus", m_plus, 1e-11);
    compare("bootstrap/m_minus", m_minus, 1e-11);
    compare("bootstrap/tau", tau, 1e-10);
    compare("bootstrap/se", se, 1e-10);
    band_of_xi(scores, tau, 1, &crit, lower, upper);
    for (int b = 0; b < 3; b++)
        for (int j = 0; j < Q; j++)
            CHECK_NEAR(process[b + j * B],
                       fixture("bootstrap/process_first3")[b * Q + j], 1e-12);
    CHECK_REL(crit, fixture("bootstrap/crit_studentized")[0], 1e-11);
    for (int j = 0; j < Q; j++) {
        CHECK_NEAR(lower[j], fixture("bootstrap/lower_studentized")[j], 1e-12);
        CHECK_NEAR(upper[j], fixture("bootstrap/upper_studentized")[j], 1e-12);
    }
    band_of_xi(scores, tau, 0, &crit, lower, upper);
    CHECK_REL(crit, fixture("bootstrap/crit_constant")[0], 1e-11);
    for (int j = 0; j < Q; j++) {
        CHECK_NEAR(lower[j], fixture("bootstrap/lower_constant")[j], 1e-12);
        CHECK_NEAR(upper[j], fixture("bootstrap/upper_constant")[j], 1e-12);
    }
}

static void tests_agree_with_the_reference(void)
{
    static const struct {
        const char *name, *test, *statistic;
        int studentized, narrow;
    } cases[] = {{"nullity_sup_studentized", "nullity", "sup", 1, 0},
                 {"dominance_ge_studentized", "ge", "sup", 1, 0},
                 {"dominance_le_studentized", "le", "sup", 1, 0},
                 {"nullity_sup_constant", "nullity", "sup", 0, 0},
                 {"dominance_ge_constant", "ge", "sup", 0, 0},
                 {"dominance_le_constant", "le", "sup", 0, 0},
                 {"nullity_cvm", "nullity", "cvm", 1, 0},
                 {"homogeneity_cvm", "homogeneity", "cvm", 1, 0},
                 {"homogeneity_sup_studentized", "homogeneity", "sup", 1, 0},
                 {"homogeneity_sup_constant", "homogeneity", "sup", 0, 0},
                 {"nullity_sup_studentized", "nullity", "sup", 1, 1},
                 {"homogeneity_sup_studentized", "homogeneity", "sup", 1, 1}};
    const double ranges[2][2] = {{0, 1}, {0.25, 0.75}};
    fit();
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        char name[80];
        double T, p, c;
        const char *in = cases[k].narrow ? "range_0.25_0.75" : "tests";
        CHECK(distest_rdd_test(Q, unit_q, tau, V, process, B, 0.95, cases[k].test,
                               cases[k].statistic, cases[k].studentized,
                               ranges[cases[k].narrow], &T, &p, &c,
                               NULL) == DISTEST_SUCCESS);
        snprintf(name, sizeof name, "bootstrap/%s/%s/statistic", in, cases[k].name);
        CHECK_NEAR(T, fixture(name)[0], 1e-10);
        snprintf(name, sizeof name, "bootstrap/%s/%s/p", in, cases[k].name);
        CHECK(p == fixture(name)[0]);
        snprintf(name, sizeof name, "bootstrap/%s/%s/crit", in, cases[k].name);
        CHECK_NEAR(c, fixture(name)[0], 1e-10);
    }
}

/* B = 10^6: standard error of the quantile about 0.002 */
static void critical_value_has_its_limit(void)
{
    distest_rng rng = distest_rng_seed(1);
    double crit;
    fit();
    CHECK(distest_rdd_bands(Q, tau, V, 0.95, 1000000, 1, &rng, &crit, NULL, NULL, NULL,
                            NULL) == DISTEST_SUCCESS);
    CHECK(fabs(crit - 2.2428) <= 0.005);
    rng = distest_rng_seed(1);
    CHECK(distest_rdd_bands_scores(UNITS, Q, scores, tau, "gaussian", NULL, 0.95, 20000,
                                   1, &rng, &crit, NULL, NULL, NULL,
                                   NULL) == DISTEST_SUCCESS);
    CHECK(fabs(crit - 2.2428) <= 0.05);
}

/* the name of a fixture to what the function wants */
static void parse(const char *name, char *kind, double *u, double *v)
{
    strcpy(kind, name);
    *u = *v = 0;
    if (sscanf(name, "lorenz_%lf", u) == 1) strcpy(kind, "lorenz");
    if (sscanf(name, "p%lf_p%lf", u, v) == 2)
        strcpy(kind, "ratio"), *u /= 100, *v /= 100;
}

static void functionals_agree_with_the_reference(void)
{
    static const char *names[14] = {"mean",       "variance",  "sd",      "gini",
                                    "theil",      "mld",       "p90_p10", "p90_p50",
                                    "p50_p10",    "iqr",       "median",  "lorenz_0.1",
                                    "lorenz_0.4", "lorenz_0.9"};
    fit();
    for (int k = 0; k < 14; k++) {
        char kind[40], key[80];
        double u, v, value[2], g[2][Q], s2[2] = {0, 0}, total = 0;
        parse(names[k], kind, &u, &v);
        CHECK(distest_rdd_functional(kind, u, v, Q, unit_q, m_minus, &value[0], g[0],
                                     NULL) == DISTEST_SUCCESS);
        CHECK(distest_rdd_functional(kind, u, v, Q, unit_q, m_plus, &value[1], g[1],
                                     NULL) == DISTEST_SUCCESS);
        for (int i = 0; i < UNITS; i++) { /* a score is of one side only */
            const int side = unit_table[i + UNITS] >= 0;
            double s = 0;
            for (int j = 0; j < Q; j++) s += g[side][j] * scores[i + j * UNITS];
            s2[side] += s * s, total += s * s;
        }
        const char *what[6] = {"minus",    "plus",    "difference",
                               "se_minus", "se_plus", "se"};
        const double got[6] = {value[0],    value[1],    value[1] - value[0],
                               sqrt(s2[0]), sqrt(s2[1]), sqrt(total)};
        for (int w = 0; w < 6; w++) {
            snprintf(key, sizeof key, "functional/%s/%s", names[k], what[w]);
            CHECK_NEAR(got[w], fixture(key)[0], 1e-10);
        }
        /* the same from the covariances of the curves */
        double q2[2] = {0, 0};
        for (int j = 0; j < Q; j++)
            for (int l = 0; l < Q; l++) {
                q2[0] += g[0][j] * Vm[j + l * Q] * g[0][l];
                q2[1] += g[1][j] * Vp[j + l * Q] * g[1][l];
            }
        CHECK_NEAR(q2[0], s2[0], 1e-11);
        CHECK_NEAR(q2[1], s2[1], 1e-11);
    }
}

static void fuzzy_process_agrees_with_the_reference(void)
{
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    const double h[2] = {0.5, 0.5}, b[2] = {0.7, 0.7};
    double late[Q], sd[Q], lower[Q], upper[Q], crit;
    static double psi[UNITS * Q];
    fit();
    u.treatment = UNIT_TREATMENT;
    o.h = h, o.b = b, o.vce = "nn", o.method = "pointwise";
    r.tau_bc = late, r.se_bc = sd, r.scores = psi;
    CHECK(distest_rdd_fit(&u, &o, &r, NULL) == DISTEST_SUCCESS);
    compare("bootstrap_fuzzy/late", late, 1e-10);
    compare("bootstrap_fuzzy/se", sd, 1e-10);
    band_of_xi(psi, late, 1, &crit, lower, upper);
    for (int d = 0; d < 3; d++)
        for (int j = 0; j < Q; j++)
            CHECK_NEAR(process[d + j * B],
                       fixture("bootstrap_fuzzy/process_first3")[d * Q + j], 1e-11);
    CHECK_REL(crit, fixture("bootstrap_fuzzy/crit_studentized")[0], 1e-10);
}

int main(void)
{
    RUN(band_and_process_agree_with_the_reference);
    RUN(tests_agree_with_the_reference);
    RUN(critical_value_has_its_limit);
    RUN(functionals_agree_with_the_reference);
    RUN(fuzzy_process_agrees_with_the_reference);
    return check_report("test_rdd_inference");
}
