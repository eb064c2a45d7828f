/* test_expfam_interval.c - log-densities on an interval: polynomials, trigonometric
 * ones, cubic splines against quadrature and closed forms; existence by counting
 * points; draws; bad input. */
#include "expfam_test.h"

static const double KNOTS[5] = {-1, 2, -0.4, 0.3, 1.1}; /* lower, upper, inside */

/* basis j of degree k on knots t, by the recursion itself; right-continuous */
static double spline_basis(const double *t, int j, int k, double x)
{
    if (k == 0) return t[j] <= x && x < t[j + 1];
    double v = 0;
    if (t[j + k] > t[j])
        v += (x - t[j]) / (t[j + k] - t[j]) * spline_basis(t, j, k - 1, x);
    if (t[j + k + 1] > t[j + 1])
        v += (t[j + k + 1] - x) / (t[j + k + 1] - t[j + 1]) *
             spline_basis(t, j + 1, k - 1, x);
    return v;
}

typedef struct {
    const char *name;
    size_t npar, order, p;
    double theta[6];
} model;
static const model models[] = {{"polynomial", 2, 1, 1, {0.8}},
                               {"polynomial", 2, 3, 3, {0.5, -1.2, 0.3}},
                               {"trigonometric", 2, 1, 2, {0.7, -0.4}},
                               {"trigonometric", 2, 2, 4, {0.7, -0.4, 0.3, 0.5}},
                               {"spline", 2, 0, 3, {1, -0.5, 0.8}},
                               {"spline", 5, 0, 6, {1, -0.5, 0.8, 0.2, -1, 0.6}}};
enum { MODELS = sizeof models / sizeof *models };

static distest_expfam_family *family_of(const model *m)
{
    return named(m->name, KNOTS, m->npar, &m->order, m->order > 0);
}

static void stats_of(const model *m, double x, double *xi)
{
    const double pi = acos(-1), u = (x - KNOTS[0]) / (KNOTS[1] - KNOTS[0]);
    double t[12];
    int n = 0;
    for (int i = 0; i < 4; i++) t[n++] = KNOTS[0];
    for (size_t i = 2; i < m->npar; i++) t[n++] = KNOTS[i];
    for (int i = 0; i < 4; i++) t[n++] = KNOTS[1];
    for (size_t k = 0; k < m->p; k++)
        xi[k] = m->name[0] == 'p' ? pow(x, (double)k + 1)
                : m->name[0] == 's'
                    ? (x < KNOTS[1] ? spline_basis(t, (int)k + 1, 3, x) : k + 1 == m->p)
                : k % 2 ? sin(2 * pi * (double)(k / 2 + 1) * u)
                        : cos(2 * pi * (double)(k / 2 + 1) * u);
}

/* the law: points in every piece, densities scaled to 1 by the quadrature itself */
static law_points law_of(const model *m, double *logf)
{
    static double x[LAW_POINTS], w[LAW_POINTS], prob[LAW_POINTS];
    law_points q = {0, 1, 0, x, prob};
    double xi[6], ends[5] = {KNOTS[0]};
    size_t pieces = 0;
    for (size_t i = 2; i < m->npar; i++) ends[++pieces] = KNOTS[i];
    ends[++pieces] = KNOTS[1];
    for (size_t i = 0; i < pieces; i++) q.m = law_rule(ends[i], ends[i + 1], q.m, x, w);
    for (size_t i = 0; i < q.m; i++) {
        stats_of(m, x[i], xi);
        logf[i] = 0;
        for (size_t k = 0; k < m->p; k++) logf[i] += m->theta[k] * xi[k];
    }
    const double psi = log(law_weigh(&q, w, logf));
    for (size_t i = 0; i < q.m; i++) logf[i] -= psi;
    return q;
}

static void models_agree_with_quadrature(void)
{
    static double logf[LAW_POINTS], xi[LAW_POINTS * 6];
    for (int k = 0; k < MODELS; k++) {
        const model *m = models + k;
        const int before = check_failures;
        distest_expfam_family *f = family_of(m);
        const law_points q = law_of(m, logf);
        const distest_sample s = {q.m, 1, q.x, NULL};
        double eta[6], want[6];
        size_t p, d, usual;
        distest_expfam_sizes(f, &p, &d, &usual);
        CHECK(p == m->p && d == 1 && usual == 0);
        CHECK(distest_expfam_stats(f, &s, xi, NULL, NULL) == DISTEST_SUCCESS);
        for (size_t i = 0; i < q.m; i++) {
            stats_of(m, q.x[i], want);
            for (size_t a = 0; a < p; a++) CHECK_NEAR(xi[i + a * q.m], want[a], 1e-13);
        }
        law_density(f, m->theta, &q, logf, 1e-11);
        law_moments(f, m->theta, &q, eta, 1e-10);
        law_differences(f, m->theta, 1e-5, 1e-7);
        law_fit(f, m->theta, &q, eta, 1e-7);
        law_draws(f, m->theta, &q, 21 + (uint64_t)k);
        if (check_failures > before) printf("%s, %d\n", m->name, k);
        distest_expfam_family_free(f);
    }
}

static void terms_are_sums_over_the_law(void)
{
    static double logf[LAW_POINTS];
    const double x[12] = {-0.9, -0.6, -0.5, -0.1, 0, 0.2, 0.5, 0.9, 1.2, 1.4, 1.9, 2},
                 w[12] = {1, 2, 1, 1, 3, 1, 0, 2, 1, 1, 2, 1};
    for (int k = 0; k < MODELS; k++) {
        distest_expfam_family *f = family_of(models + k);
        const law_points q = law_of(models + k, logf);
        const distest_sample plain = {12, 1, x, NULL}, weighted = {12, 1, x, w};
        const int before = check_failures;
        law_terms(f, models[k].theta, &q, NULL, 1e-8);
        law_terms(f, models[k].theta, &q, &plain, 1e-8);
        law_terms(f, models[k].theta, &q, &weighted, 1e-8);
        if (check_failures > before) printf("%s, %d\n", models[k].name, k);
        distest_expfam_family_free(f);
    }
}

/* exp(t x) on (a, b): log of its integral; exp(k cos) on a circle: log I_0(k) by its
 * series; 0: the uniform law */
static void closed_forms_of_the_log_partition(void)
{
    const double t[] = {1e-3, 0.8, -3, 40, -700};
    const size_t one = 1, seven = 7;
    double psi, g[7], H[49];
    distest_expfam_family *f = named("polynomial", KNOTS, 2, &one, 1);
    for (int k = 0; k < 5; k++) { /* on (-1, 2) */
        const double s = fabs(t[k]), end = t[k] > 0 ? 2 : -1;
        CHECK(distest_expfam_psi(f, t + k, &psi, g, H, NULL) == DISTEST_SUCCESS);
        CHECK_NEAR(psi, t[k] * end + log(-expm1(-3 * s) / s), 1e-12);
        const double gap = 1 / s - 3 / expm1(3 * s); /* from that end */
        CHECK_NEAR(g[0], t[k] > 0 ? 2 - gap : -1 + gap, 1e-11);
    }
    distest_expfam_family_free(f);
    f = named("trigonometric", KNOTS, 2, &one, 1);
    for (double kappa = 0.5; kappa < 40; kappa *= 4) {
        const double theta[2] = {kappa * cos(1), kappa * sin(1)};
        double bessel = 1, term = 1;
        for (int j = 1; j < 200; j++) bessel += term *= kappa * kappa / (4.0 * j * j);
        CHECK(distest_expfam_psi(f, theta, &psi, NULL, NULL, NULL) == DISTEST_SUCCESS);
        CHECK_NEAR(psi, log(3 * bessel), 1e-12);
    }
    distest_expfam_family_free(f);
    f = named("polynomial", KNOTS, 2, &seven, 1);
    const double zero[7] = {0};
    CHECK(distest_expfam_psi(f, zero, &psi, g, H, NULL) == DISTEST_SUCCESS);
    CHECK_REL(psi, log(3), 1e-14);
    for (int a = 0; a < 7; a++) {
        const int j = a + 2;
        CHECK_REL(g[a], (pow(2, j) - pow(-1, j)) / (3 * j), 1e-13);
    }
    distest_expfam_family_free(f);
}

/* the basis sums to 1, and its first element is what the others leave */
static void splines_sum_to_one(void)
{
    distest_expfam_family *f = named("spline", KNOTS, 5, NULL, 0);
    double x[7] = {-1, -0.4, 0.3, 1.1, 2, 0, -0.99}, xi[42];
    const distest_sample s = {7, 1, x, NULL};
    CHECK(distest_expfam_stats(f, &s, xi, NULL, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < 7; i++) {
        double sum = 0;
        for (int k = 0; k < 6; k++) {
            CHECK(xi[i + 7 * k] >= 0);
            sum += xi[i + 7 * k];
        }
        const double left = x[i] < -0.4 ? pow((-0.4 - x[i]) / 0.6, 3) : 0;
        CHECK_NEAR(sum, 1 - left, 1e-14);
    }
    CHECK(xi[4 + 7 * 5] == 1); /* the last at the end */
    distest_expfam_family_free(f);
}

/* A log-polynomial of degree p needs points that count more than p / 2, an end 1/2; a
 * trigonometric one of order r more than r, the ends being one point. */
static void too_few_points_have_no_maximum(void)
{
    const struct {
        const char *name;
        size_t order, n;
        double x[5];
        int exists;
    } set[] = {{"polynomial", 2, 3, {0, 0, 0}, 0},
               {"polynomial", 2, 3, {-1, 0, 0}, 1},
               {"polynomial", 2, 2, {-1, 2}, 0},
               {"polynomial", 4, 4, {0, 1, 0, 1}, 0},
               {"polynomial", 4, 4, {-1, 1, 1, 2}, 0},
               {"polynomial", 4, 4, {0, 1, 0, 2}, 1},
               {"polynomial", 4, 4, {-1, 1, 0, 2}, 1},
               {"trigonometric", 1, 3, {0, 0, 0}, 0},
               {"trigonometric", 1, 4, {-1, 2, -1, 2}, 0},
               {"trigonometric", 1, 4, {-1, 0.3, -1, 2}, 1},
               {"trigonometric", 2, 4, {-1, 0, 1, 2}, 1},
               {"trigonometric", 2, 3, {-1, 0, 2}, 0}};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = named(set[k].name, KNOTS, 2, &set[k].order, 1);
        double w[5] = {1, 1, 1, 1, 0}, theta[4] = {7};
        double x[5];
        memcpy(x, set[k].x, sizeof x);
        x[set[k].n] = 0.77; /* of weight 0: no observation */
        w[set[k].n] = 0;
        const distest_sample s = {set[k].n + 1, 1, x, w};
        if (set[k].exists) {
            CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL,
                                          &ctx) == DISTEST_SUCCESS);
        } else {
            CHECK_FAILS(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL,
                                                NULL, &ctx),
                        DISTEST_ENOMLE, &ctx, "mean");
            CHECK(theta[0] == 7 && strstr(ctx.message, "distinct points") != NULL);
        }
        distest_expfam_family_free(f);
    }
}

/* starts and the ridge: the gradient of the penalised likelihood is 0 */
static void starts_and_ridges(void)
{
    const double x[8] = {-0.8, -0.5, 0, 0.1, 0.6, 1, 1.3, 1.8};
    const distest_sample s = {8, 1, x, NULL};
    for (int k = 0; k < MODELS; k++) {
        distest_expfam_family *f = family_of(models + k);
        distest_expfam_opts o = distest_expfam_opts_default();
        double a[6], b[6], mean[6], g[6], psi;
        CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, a, NULL, NULL, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(distest_expfam_fit_data(f, NULL, &s, models[k].theta, b, NULL, NULL, NULL,
                                      NULL) == DISTEST_SUCCESS);
        for (size_t i = 0; i < models[k].p; i++) CHECK_NEAR(a[i], b[i], 1e-7);
        o.ridge = 0.1;
        CHECK(distest_expfam_fit_data(f, &o, &s, NULL, a, mean, NULL, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(distest_expfam_psi(f, a, &psi, g, NULL, NULL) == DISTEST_SUCCESS);
        for (size_t i = 0; i < models[k].p; i++)
            CHECK_NEAR(g[i] - mean[i] + 0.1 * a[i], 0, 1e-9);
        distest_expfam_family_free(f);
    }
}

static void bad_input_is_named(void)
{
    static double many[252];
    for (int i = 0; i < 252; i++) many[i] = i;
    many[0] = -1;
    many[1] = 1000;
    const double nan[2] = {0, NAN}, same[2] = {1, 1}, down[4] = {0, 1, 0.6, 0.3},
                 left[3] = {0, 1, 0}, right[3] = {0, 1, 1};
    const struct {
        const char *name;
        const double *par;
        size_t npar, nipar, order;
        const char *blame, *word;
    } set[] = {{"polynomial", KNOTS, 1, 1, 2, "par", "degree or order"},
               {"polynomial", KNOTS, 3, 1, 2, "par", "degree or order"},
               {"trigonometric", KNOTS, 2, 0, 2, "par", "degree or order"},
               {"spline", KNOTS, 1, 0, 2, "par", "knots"},
               {"spline", KNOTS, 5, 1, 2, "par", "knots"},
               {"polynomial", nan, 2, 1, 2, "par", ""},
               {"polynomial", same, 2, 1, 2, "par", "below"},
               {"polynomial", KNOTS, 2, 1, 0, "ipar", "1 to 100"},
               {"trigonometric", KNOTS, 2, 1, 101, "ipar", "1 to 100"},
               {"spline", down, 4, 0, 0, "par", ""},
               {"spline", left, 3, 0, 0, "par", "inside"},
               {"spline", right, 3, 0, 0, "par", "inside"},
               {"spline", many, 251, 0, 0, "par", "248"}};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = NULL;
        CHECK_FAILS(distest_expfam_family_alloc(&f, set[k].name, set[k].par,
                                                set[k].npar, &set[k].order,
                                                set[k].nipar, &ctx),
                    DISTEST_EINVAL, &ctx, set[k].blame);
        CHECK(f == NULL && strstr(ctx.message, set[k].word) != NULL);
    }
    for (int k = 0; k < MODELS; k++) {
        const double x[4] = {0, 2.1, -1.1, 1};
        const distest_sample s = {4, 1, x, NULL};
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = family_of(models + k);
        double xi[24] = {5}, par[6],
               huge[6] = {1e308, 1e308, 1e308, 1e308, 1e308, 1e308};
        CHECK_FAILS(distest_expfam_stats(f, &s, xi, NULL, &ctx), DISTEST_EDOM, &ctx,
                    "x");
        CHECK(strstr(ctx.message, "row 2") && strstr(ctx.message, "first of 2"));
        CHECK(xi[0] == 5);
        CHECK_FAILS(distest_expfam_to_usual(f, huge, par, NULL, &ctx), DISTEST_EINVAL,
                    &ctx, "family");
        CHECK_FAILS(distest_expfam_from_usual(f, par, huge, &ctx), DISTEST_EINVAL, &ctx,
                    "family");
        distest_expfam_family_free(f);
    }
    const size_t three = 3;
    const double huge[3] = {1e308, 1e308, 1e308};
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = named("polynomial", KNOTS, 2, &three, 1);
    double psi = 5;
    CHECK_FAILS(distest_expfam_psi(f, huge, &psi, NULL, NULL, &ctx), DISTEST_EDOM, &ctx,
                "theta");
    CHECK(psi == 5);
    distest_expfam_family_free(f);
}

static int every_model(distest_context *ctx)
{
    const double x[7] = {-0.7, -0.1, 0.3, 0.5, 1.3, 1.4, 1.9};
    const distest_sample s = {7, 1, x, NULL};
    int status = DISTEST_SUCCESS;
    for (int k = 0; k < MODELS && status == DISTEST_SUCCESS; k += 2) {
        distest_expfam_family *f = NULL;
        distest_rng rng = distest_rng_seed(3);
        distest_expfam_terms t;
        double theta[6], y[5];
        status =
            distest_expfam_family_alloc(&f, models[k].name, KNOTS, models[k].npar,
                                        &models[k].order, models[k].order > 0, ctx);
        if (status == 0)
            status = distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL,
                                             ctx);
        if (status == 0) status = distest_expfam_sample(f, theta, 5, &rng, y, ctx);
        if (status == 0)
            status = distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, ctx);
        distest_expfam_family_free(f);
    }
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(every_model) > 100);
    CHECK(check_cancel(every_model) > 20);
}

int main(void)
{
    RUN(models_agree_with_quadrature);
    RUN(terms_are_sums_over_the_law);
    RUN(closed_forms_of_the_log_partition);
    RUN(splines_sum_to_one);
    RUN(too_few_points_have_no_maximum);
    RUN(starts_and_ridges);
    RUN(bad_input_is_named);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_interval");
}
