/* test_expfam_vector.c - Dirichlet laws on the simplex, von Mises and von Mises-Fisher
 * laws on circle and sphere, against densities and product rules written here. */
#include "expfam_test.h"

/* Dirichlet(a) in three dimensions: x1 = u, x2 = (1 - u) v, x3 = (1 - u)(1 - v) */
static law_points simplex(const double *a, double *logf)
{
    enum { K = 30, SIDE = 2 * K + 1 };
    static double x[3 * SIDE * SIDE], prob[SIDE * SIDE];
    const double half = acos(-1) / 2, h = 3.4 / K;
    const double norm =
        lgamma(a[0] + a[1] + a[2]) - lgamma(a[0]) - lgamma(a[1]) - lgamma(a[2]);
    double lo[SIDE], hi[SIDE], w[SIDE], sum = 0;
    for (int k = 0; k < SIDE; k++) {
        const double s = half * sinh(h * (k - K));
        lo[k] = 1 / (1 + exp(-2 * s));
        hi[k] = 1 / (1 + exp(2 * s));
        w[k] = h * half * cosh(h * (k - K)) * 2 * lo[k] * hi[k];
    }
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            const int at = i * SIDE + j;
            const double y[3] = {lo[i], hi[i] * lo[j], hi[i] * hi[j]};
            logf[at] = norm;
            for (int k = 0; k < 3; k++) {
                x[at + k * SIDE * SIDE] = y[k];
                logf[at] += (a[k] - 1) * log(y[k]);
            }
            prob[at] = w[i] * w[j] * hi[i] * exp(logf[at]);
            sum += prob[at];
        }
    CHECK_NEAR(sum, 1, 1e-12);
    return (law_points){SIDE * SIDE, 3, 0, x, prob};
}

static void dirichlet_agrees_with_its_density(void)
{
    static double logf[LAW_POINTS];
    const size_t three = 3;
    const double alpha[3][3] = {{1.5, 2, 3}, {0.9, 4, 1.2}, {6, 5, 9}};
    const double rows[15] = {0.2, 0.5,  0.3, 0.1, 0.45, 0.3, 0.2, 0.4,
                             0.6, 0.25, 0.5, 0.3, 0.3,  0.3, 0.3},
                 w[5] = {1, 2, 1, 3, 1};
    for (int k = 0; k < 3; k++) {
        distest_expfam_family *f = named("dirichlet", NULL, 0, &three, 1);
        const law_points q = simplex(alpha[k], logf);
        const distest_sample data = {5, 3, rows, w};
        double eta[3], theta[3];
        CHECK(distest_expfam_from_usual(f, alpha[k], theta, NULL) == DISTEST_SUCCESS);
        law_density(f, theta, &q, logf, 1e-11);
        law_moments(f, theta, &q, eta, 1e-10);
        law_differences(f, theta, 1e-5, 1e-7);
        law_fit(f, theta, &q, eta, 1e-8);
        law_usual(f, alpha[k], theta, 1e-8);
        law_terms(f, theta, &q, NULL, 1e-8);
        law_terms(f, theta, &q, &data, 1e-7);
        distest_expfam_family_free(f);
    }
}

static void von_mises_agrees_with_its_density(void)
{
    enum { M = 2000 };
    static double x[M], prob[M], logf[M];
    const double usual[4][2] = {{0.4, 2.5}, {-2, 0.7}, {1.1, 0.01}, {3, 60}};
    for (int k = 0; k < 4; k++) {
        const double mu = usual[k][0], kappa = usual[k][1], pi = acos(-1);
        const law_points q = {M, 1, 0, x, prob};
        const double data[5] = {0.1, 1, 2.4, -0.6, 0.3};
        const distest_sample s = {5, 1, data, NULL};
        double sum = 0, theta[2], eta[2];
        for (int i = 0; i < M; i++) {
            x[i] = pi * (2 * i + 1 - M) / M;
            logf[i] = kappa * (cos(x[i] - mu) - 1);
            sum += exp(logf[i]) * 2 * pi / M;
        }
        for (int i = 0; i < M; i++) {
            logf[i] -= log(sum);
            prob[i] = exp(logf[i]) * 2 * pi / M;
        }
        distest_expfam_family *f = named("von_mises", NULL, 0, NULL, 0);
        const int before = check_failures;
        CHECK(distest_expfam_from_usual(f, usual[k], theta, NULL) == DISTEST_SUCCESS);
        law_density(f, theta, &q, logf, 1e-11);
        law_moments(f, theta, &q, eta, 1e-10);
        law_fit(f, theta, &q, eta, k == 3 ? 1e-6 : 1e-9);
        law_usual(f, usual[k], theta, 1e-6);
        law_draws(f, theta, &q, 90 + (uint64_t)k);
        law_terms(f, theta, &q, NULL, 1e-6);
        law_terms(f, theta, &q, &s, k == 3 ? 1e-5 : 1e-7);
        if (check_failures > before) printf("von_mises %d\n", k);
        distest_expfam_family_free(f);
    }
}

/* on the sphere of three dimensions the density is kappa exp(kappa t) / (4 pi sinh
 * kappa), t the cosine with the mean: uniform in t and the azimuth */
static law_points sphere(const double *mu, double kappa, double *logf)
{
    enum { AROUND = 8 };
    static double x[3 * LAW_POINTS], prob[LAW_POINTS];
    double t[LAW_POINTS], w[LAW_POINTS], a[3] = {0}, b[3], len = 0, dot;
    const size_t m = law_rule(-1, 1, 0, t, w), M = m * AROUND;
    const int least = fabs(mu[0]) < 0.6 ? 0 : 1; /* a, b, mu are an orthonormal base */
    a[least] = 1;
    dot = mu[least];
    for (int k = 0; k < 3; k++) len = hypot(len, a[k] -= dot * mu[k]);
    for (int k = 0; k < 3; k++) a[k] /= len;
    for (int k = 0; k < 3; k++)
        b[k] = mu[(k + 1) % 3] * a[(k + 2) % 3] - mu[(k + 2) % 3] * a[(k + 1) % 3];
    const double norm = kappa > 0
                            ? log(kappa / (2 * acos(-1) * -expm1(-2 * kappa))) - kappa
                            : -log(4 * acos(-1));
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < AROUND; j++) {
            const double phi = 2 * acos(-1) * ((double)j + 0.3) / AROUND;
            const double r = sqrt(fmax(0, (1 - t[i]) * (1 + t[i])));
            const size_t at = i * AROUND + j;
            for (size_t k = 0; k < 3; k++)
                x[at + k * M] = t[i] * mu[k] + r * (cos(phi) * a[k] + sin(phi) * b[k]);
            logf[at] = norm + kappa * t[i];
            prob[at] = w[i] * 2 * acos(-1) / AROUND * exp(logf[at]);
        }
    return (law_points){M, 3, 0, x, prob};
}

static void von_mises_fisher_agrees_with_its_density(void)
{
    static double logf[LAW_POINTS], y[3 * LAW_DRAWS];
    const size_t three = 3;
    const double mu[3] = {0.6, 0, -0.8}, kappa[5] = {2, 0.015, 0, 30, 600};
    for (int k = 0; k < 5; k++) {
        const double usual[4] = {mu[0], mu[1], mu[2], kappa[k]};
        const law_points q = sphere(mu, kappa[k], logf);
        distest_expfam_family *f = named("von_mises_fisher", NULL, 0, &three, 1);
        double theta[3], eta[3], back[4], sum = 0, H[9], psi;
        distest_rng rng = distest_rng_seed(95 + (uint64_t)k);
        const int before = check_failures;
        for (size_t i = 0; i < q.m; i++) sum += q.prob[i];
        CHECK_NEAR(sum, 1, 1e-12);
        CHECK(distest_expfam_from_usual(f, usual, theta, NULL) == DISTEST_SUCCESS);
        for (int a = 0; a < 3; a++) CHECK_NEAR(theta[a], kappa[k] * mu[a], 1e-15);
        CHECK(distest_expfam_to_usual(f, theta, back, NULL, NULL) == DISTEST_SUCCESS);
        CHECK_NEAR(back[3], kappa[k], 1e-14);
        for (int a = 0; a < 3; a++)
            CHECK_NEAR(back[a], kappa[k] > 0 ? mu[a] : a == 0, 1e-14);
        law_density(f, theta, &q, logf, 1e-11);
        law_moments(f, theta, &q, eta, k == 4 ? 1e-8 : 1e-10);
        if (k < 4) law_differences(f, theta, 1e-5, 1e-7);
        if (k != 2) law_fit(f, theta, &q, eta, k == 4 ? 1e-4 : 1e-7);
        law_terms(f, theta, &q, NULL, k == 4 ? 1e-5 : 1e-7);
        CHECK(distest_expfam_psi(f, theta, &psi, NULL, H, NULL) == 0);
        CHECK(distest_expfam_sample(f, theta, LAW_DRAWS, &rng, y, NULL) == 0);
        for (size_t a = 0; a < 3; a++) {
            double mean = 0;
            for (size_t i = 0; i < LAW_DRAWS; i++)
                mean += y[i + a * LAW_DRAWS] / LAW_DRAWS;
            CHECK(fabs(mean - eta[a]) < 4.5 * sqrt(H[a * 4] / LAW_DRAWS));
        }
        if (check_failures > before) printf("von_mises_fisher %d\n", k);
        distest_expfam_family_free(f);
    }
}

static void balanced_directions_are_uniform(void)
{
    const size_t three = 3;
    const double x[12] = {1, -1, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0};
    const distest_sample s = {4, 3, x, NULL};
    distest_expfam_family *f = named("von_mises_fisher", NULL, 0, &three, 1);
    double theta[3], zero[3] = {0, 0, 0};
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, NULL) ==
          DISTEST_SUCCESS);
    CHECK(theta[0] == 0 && theta[1] == 0 && theta[2] == 0);
    CHECK(distest_expfam_fit_moments(f, NULL, 4, zero, NULL, theta, NULL, NULL) ==
          DISTEST_SUCCESS);
    CHECK(theta[0] == 0);
    distest_expfam_family_free(f);
}

static void bad_input_is_named(void)
{
    const size_t size[] = {1, 1025, 3};
    const char *name[] = {"dirichlet", "von_mises_fisher"};
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = NULL;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 2; i++)
            CHECK_FAILS(
                distest_expfam_family_alloc(&f, name[k], NULL, 0, size + i, 1, &ctx),
                DISTEST_EINVAL, &ctx, "ipar");
    const double off[2][6] = {{0.2, 0.3, 0.3, 0.3, 0.5, 0.40001},
                              {1, 0.6, 0, 0.80001, 0, 0}},
                 edge[6] = {0.2, 0, 0.3, 0.6, 0.5, 0.4};
    const double bad[2][4] = {{1, 0, 1}, {0.6, 0.7, 0, 1}}, minus[4] = {1, 0, 0, -1},
                 equal[2][6] = {{0.2, 0.2, 0.3, 0.3, 0.5, 0.5}, {1, 1, 0, 0, 0, 0}};
    for (int k = 0; k < 2; k++) {
        double xi[6], theta[3] = {7, 8, 9};
        const distest_sample s = {2, 3, off[k], NULL}, e = {2, 3, equal[k], NULL};
        f = named(name[k], NULL, 0, size + 2, 1);
        CHECK_FAILS(distest_expfam_stats(f, &s, xi, NULL, &ctx), DISTEST_EDOM, &ctx,
                    "x");
        CHECK(strstr(ctx.message, "row 2") != NULL);
        CHECK_FAILS(distest_expfam_from_usual(f, bad[k], theta, &ctx), DISTEST_EDOM,
                    &ctx, "par");
        CHECK_FAILS(
            distest_expfam_fit_data(f, NULL, &e, NULL, theta, NULL, NULL, NULL, &ctx),
            DISTEST_ENOMLE, &ctx, "mean");
        if (k == 1) {
            const double long_mean[3] = {0.8, 0.8, 0}, unit[3] = {0, 0, 1};
            CHECK_FAILS(distest_expfam_from_usual(f, minus, theta, &ctx), DISTEST_EDOM,
                        &ctx, "par");
            CHECK_FAILS(distest_expfam_fit_moments(f, NULL, 5, long_mean, NULL, theta,
                                                   NULL, &ctx),
                        DISTEST_ENOMLE, &ctx, "mean");
            CHECK_FAILS(
                distest_expfam_fit_moments(f, NULL, 5, unit, NULL, theta, NULL, &ctx),
                DISTEST_ENOMLE, &ctx, "mean");
        } else {
            const distest_sample z = {2, 3, edge, NULL};
            const double outside[3] = {1, -0.1, 1};
            double psi;
            CHECK_FAILS(distest_expfam_stats(f, &z, xi, NULL, &ctx), DISTEST_EDOM, &ctx,
                        "x");
            CHECK_FAILS(distest_expfam_psi(f, outside, &psi, NULL, NULL, &ctx),
                        DISTEST_EDOM, &ctx, "theta");
        }
        CHECK(theta[0] == 7);
        distest_expfam_family_free(f);
    }
    f = named("von_mises", NULL, 0, NULL, 0);
    const double low[2] = {0, -1}, nan[2] = {NAN, 1};
    double theta[2] = {7};
    CHECK_FAILS(distest_expfam_from_usual(f, low, theta, &ctx), DISTEST_EDOM, &ctx,
                "par");
    CHECK_FAILS(distest_expfam_from_usual(f, nan, theta, &ctx), DISTEST_EDOM, &ctx,
                "par");
    CHECK(theta[0] == 7);
    distest_expfam_family_free(f);
}

static int every_family(distest_context *ctx)
{
    const size_t three = 3;
    const char *name[] = {"dirichlet", "von_mises_fisher", "von_mises"};
    const double usual[3][4] = {{1, 2, 3}, {0.6, 0.8, 0, 3}, {1, 2}};
    int status = DISTEST_SUCCESS;
    for (int k = 0; k < 3 && status == DISTEST_SUCCESS; k++) {
        distest_expfam_family *f = NULL;
        distest_rng rng = distest_rng_seed(3);
        distest_expfam_terms t;
        double theta[3], x[60], par[4], J[12];
        const distest_sample s = {20, k < 2 ? 3 : 1, x, NULL};
        status = distest_expfam_family_alloc(&f, name[k], NULL, 0, &three, k < 2, ctx);
        if (status == 0) status = distest_expfam_from_usual(f, usual[k], theta, ctx);
        if (status == 0) status = distest_expfam_sample(f, theta, 20, &rng, x, ctx);
        if (status == 0)
            status = distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL,
                                             ctx);
        if (status == 0) status = distest_expfam_to_usual(f, theta, par, J, ctx);
        if (status == 0)
            status = distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, ctx);
        distest_expfam_family_free(f);
    }
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(every_family) > 50);
    CHECK(check_cancel(every_family) > 10);
}

int main(void)
{
    RUN(dirichlet_agrees_with_its_density);
    RUN(von_mises_agrees_with_its_density);
    RUN(von_mises_fisher_agrees_with_its_density);
    RUN(balanced_directions_are_uniform);
    RUN(bad_input_is_named);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_vector");
}
