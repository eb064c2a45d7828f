/* test_expfam_support.c - families that are sums over their support: categorical and
 * Ising models, given nodes, the generalised inverse Gaussian and the
 * Conway-Maxwell-Poisson law, against enumeration and quadrature; the laws at the ends
 * of the last two; what is not observed. */
#include "expfam_test.h"

/* ---- categorical: log(pi_j / pi_1), Psi = log(1 + sum e^theta) */
static void categorical_is_a_table(void)
{
    const size_t four = 4;
    const double pi[4] = {0.4, 0.1, 0.3, 0.2};
    double x[4] = {1, 2, 3, 4}, prob[4], logf[4], theta[3], back[4], eta[3], J[12];
    const law_points q = {4, 1, 1, x, prob};
    distest_expfam_family *f = named("categorical", NULL, 0, &four, 1);
    memcpy(prob, pi, sizeof pi);
    for (int i = 0; i < 4; i++) logf[i] = log(pi[i]);
    CHECK(distest_expfam_from_usual(f, pi, theta, NULL) == DISTEST_SUCCESS);
    for (int j = 0; j < 3; j++) CHECK_NEAR(theta[j], log(pi[j + 1] / pi[0]), 1e-15);
    CHECK(distest_expfam_to_usual(f, theta, back, J, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < 4; i++) { /* d pi_i / d theta_j = pi_i (1{i = j} - pi_j) */
        CHECK_NEAR(back[i], pi[i], 1e-15);
        for (int j = 0; j < 3; j++)
            CHECK_NEAR(J[i + 4 * j], pi[i] * ((i == j + 1) - pi[j + 1]), 1e-9);
    }
    law_density(f, theta, &q, logf, 1e-14);
    law_moments(f, theta, &q, eta, 1e-12);
    law_fit(f, theta, &q, eta, 1e-12);
    law_draws(f, theta, &q, 51);
    const double data[9] = {1, 1, 2, 3, 3, 4, 1, 2, 4},
                 w[9] = {1, 2, 1, 1, 1, 1, 0, 3, 1};
    const distest_sample plain = {9, 1, data, NULL}, weighted = {9, 1, data, w};
    law_terms(f, theta, &q, NULL, 1e-10);
    law_terms(f, theta, &q, &plain, 1e-10);
    law_terms(f, theta, &q, &weighted, 1e-10);
    distest_expfam_family_free(f);
}

static void categorical_names_what_is_missing(void)
{
    const size_t three = 3, sizes[] = {1, 5001};
    const double x[4] = {1, 3, 1, 3}, y[4] = {2, 3, 2, 3}, bad[4] = {1, 0, 2.5, 4},
                 pi[3] = {0.5, 0, 0.5};
    const distest_sample sx = {4, 1, x, NULL}, sy = {4, 1, y, NULL},
                         sb = {4, 1, bad, NULL};
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = named("categorical", NULL, 0, &three, 1), *g = NULL;
    double theta[2] = {7}, xi[8] = {7};
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &sx, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    CHECK(strstr(ctx.message, "level 2") != NULL);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &sy, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    CHECK(strstr(ctx.message, "level 1") != NULL);
    CHECK_FAILS(distest_expfam_stats(f, &sb, xi, NULL, &ctx), DISTEST_EDOM, &ctx, "x");
    CHECK(strstr(ctx.message, "row 2") && strstr(ctx.message, "first of 3"));
    CHECK_FAILS(distest_expfam_from_usual(f, pi, theta, &ctx), DISTEST_EDOM, &ctx,
                "par");
    CHECK(theta[0] == 7 && xi[0] == 7);
    for (int k = 0; k < 2; k++)
        CHECK_FAILS(
            distest_expfam_family_alloc(&g, "categorical", NULL, 0, sizes + k, 1, &ctx),
            DISTEST_EINVAL, &ctx, "ipar");
    distest_expfam_family_free(f);
}

/* ---- Ising: all states by hand, coded 0 and 1 or -1 and 1 */
static void ising_is_a_sum_over_states(void)
{
    for (size_t coding = 0; coding < 2; coding++) {
        const size_t ipar[8] = {3, coding, 0, 1, 1, 2, 0, 2}, nipar = coding ? 6 : 8;
        const size_t p = 3 + (nipar - 2) / 2;
        const double theta[6] = {0.3, -0.6, 0.2, 0.8, -0.5, 0.4};
        double x[24], prob[8], logf[8], eta[6], sum = 0;
        const law_points q = {8, 3, 1, x, prob};
        distest_expfam_family *f = named("ising", NULL, 0, ipar, nipar);
        for (size_t i = 0; i < 8; i++) {
            logf[i] = 0;
            for (size_t k = 0; k < 3; k++) {
                const double bit = (double)(i >> k & 1);
                x[i + 8 * k] = coding ? 2 * bit - 1 : bit;
                logf[i] += theta[k] * x[i + 8 * k];
            }
            for (size_t e = 3; e < p; e++)
                logf[i] +=
                    theta[e] * x[i + 8 * ipar[2 * e - 4]] * x[i + 8 * ipar[2 * e - 3]];
            sum += exp(logf[i]);
        }
        for (int i = 0; i < 8; i++) {
            logf[i] -= log(sum);
            prob[i] = exp(logf[i]);
        }
        law_density(f, theta, &q, logf, 1e-14);
        law_moments(f, theta, &q, eta, 1e-12);
        law_differences(f, theta, 1e-5, 1e-8);
        law_fit(f, theta, &q, eta, 1e-9);
        law_terms(f, theta, &q, NULL, 1e-9);
        static double y[3 * LAW_DRAWS]; /* frequencies of the eight states */
        distest_rng rng = distest_rng_seed(61);
        double count[8] = {0}, chi = 0;
        CHECK(distest_expfam_sample(f, theta, LAW_DRAWS, &rng, y, NULL) == 0);
        for (size_t i = 0; i < LAW_DRAWS; i++) {
            size_t state = 0;
            for (size_t k = 0; k < 3; k++)
                state |= (size_t)(y[i + k * LAW_DRAWS] == 1) << k;
            count[state]++;
        }
        for (int i = 0; i < 8; i++)
            chi += (count[i] - LAW_DRAWS * prob[i]) * (count[i] - LAW_DRAWS * prob[i]) /
                   (LAW_DRAWS * prob[i]);
        CHECK(chi < 29.9); /* 7 degrees of freedom, 1 in 10000 */
        const double off[6] = {1, 1, 1, coding ? 0 : -1, 1, 1};
        const distest_sample s = {2, 3, off, NULL};
        distest_context ctx = distest_context_default();
        double xi[12];
        CHECK_FAILS(distest_expfam_stats(f, &s, xi, NULL, &ctx), DISTEST_EDOM, &ctx,
                    "x");
        distest_expfam_family_free(f);
    }
    const struct {
        size_t nipar, ipar[4];
    } bad[] = {{1, {3}},          {3, {3, 0, 1}},    {2, {3, 2}}, {4, {3, 0, 1, 1}},
               {4, {3, 0, 0, 3}}, {4, {3, 0, 2, 1}}, {2, {0, 0}}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = NULL;
        CHECK_FAILS(distest_expfam_family_alloc(&f, "ising", NULL, 0, bad[k].ipar,
                                                bad[k].nipar, &ctx),
                    DISTEST_EINVAL, &ctx, "ipar");
    }
}

/* ---- given nodes */
static void nodes_are_as_given(void)
{
    double x[10] = {0, 1, 2, 4, 7, 1, -1, 0.5, 2, 0}, prob[5], logf[5], eta[2];
    const double logw[5] = {0, -1, 0.5, 1, -0.3}, theta[2] = {-0.4, 0.7};
    for (int weighted = 0; weighted < 2; weighted++) {
        const law_points q = {5, 2, 1, x, prob};
        distest_expfam_family *f = NULL;
        double sum = 0;
        CHECK(distest_expfam_family_nodes(&f, 5, 2, x, weighted ? logw : NULL, 1,
                                          NULL) == DISTEST_SUCCESS);
        for (int i = 0; i < 5; i++) {
            logf[i] = theta[0] * x[i] + theta[1] * x[i + 5];
            prob[i] = exp(logf[i] + (weighted ? logw[i] : 0));
            sum += prob[i];
        }
        for (int i = 0; i < 5; i++) {
            prob[i] /= sum;
            logf[i] -= log(sum); /* with respect to the weights */
        }
        law_density(f, theta, &q, logf, 1e-14);
        law_moments(f, theta, &q, eta, 1e-12);
        law_fit(f, theta, &q, eta, 1e-9);
        distest_expfam_family_free(f);
    }
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = NULL;
    const double nan[4] = {0, 1, NAN, 2}, inf[5] = {0, 0, INFINITY, 0, 0};
    CHECK_FAILS(distest_expfam_family_nodes(NULL, 5, 2, x, NULL, 1, &ctx),
                DISTEST_EINVAL, &ctx, "out");
    CHECK_FAILS(distest_expfam_family_nodes(&f, 1, 2, x, NULL, 1, &ctx), DISTEST_EINVAL,
                &ctx, "xi");
    CHECK_FAILS(distest_expfam_family_nodes(&f, 2, 2, nan, NULL, 1, &ctx),
                DISTEST_EINVAL, &ctx, "xi");
    CHECK_FAILS(distest_expfam_family_nodes(&f, 5, 2, x, inf, 1, &ctx), DISTEST_EINVAL,
                &ctx, "logw");
    CHECK(distest_expfam_family_nodes(&f, 5, 2, x, logw, 1, NULL) == 0);
    const double lost[2] = {INFINITY, 0}, far[2] = {1e308, 1e308}, point[2] = {1, NAN};
    const distest_sample s = {1, 2, point, NULL};
    double psi, t[2] = {7}, S[16];
    CHECK_FAILS(distest_expfam_psi(f, lost, &psi, NULL, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "theta");
    CHECK_FAILS(distest_expfam_psi(f, far, &psi, NULL, NULL, &ctx), DISTEST_EDOM, &ctx,
                "theta");
    CHECK_FAILS(distest_expfam_stats(f, &s, t, NULL, &ctx), DISTEST_EINVAL, &ctx, "x");
    const double faces[3][2] = {{7, 0}, {3, 2}, {9, 0}};
    for (int k = 0; k < 3; k++) { /* a vertex, and two outside */
        const int status =
            distest_expfam_fit_moments(f, NULL, 5, faces[k], NULL, t, NULL, &ctx);
        CHECK(status == DISTEST_ENOMLE);
        CHECK(strcmp(ctx.argument, "mean") == 0 && t[0] == 7);
    }
    distest_expfam_family_free(f);
    static double wide[40 * 33];
    for (size_t i = 0; i < 40 * 33; i++) wide[i] = sin((double)(i * i));
    CHECK(distest_expfam_family_nodes(&f, 40, 33, wide, NULL, 0, NULL) == 0);
    const double zero[33] = {0};
    CHECK_FAILS(distest_expfam_cumulants(f, zero, S, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "family");
    distest_expfam_family_free(f);
}

/* ---- generalised inverse Gaussian */
static law_points gig_law(const double *u, double *logf)
{
    static double x[LAW_POINTS], w[LAW_POINTS], prob[LAW_POINTS];
    law_points q = {0, 1, 0, x, prob};
    q.m = law_rule(0, INFINITY, 0, x, w);
    for (size_t i = 0; i < q.m; i++)
        logf[i] = (u[0] - 1) * log(x[i]) - 0.5 * (u[1] / x[i] + u[2] * x[i]);
    const double psi = log(law_weigh(&q, w, logf));
    for (size_t i = 0; i < q.m; i++) logf[i] -= psi;
    return q;
}

static void gig_agrees_with_quadrature(void)
{
    static double logf[LAW_POINTS];
    const double usual[4][3] = {
        {-0.7, 1, 2}, {0, 3, 0.5}, {1.5, 0.2, 3}, {-0.5, 2, 1.2}};
    for (int k = 0; k < 4; k++) {
        distest_expfam_family *f = named("gig", NULL, 0, NULL, 0);
        const law_points q = gig_law(usual[k], logf);
        double theta[3], eta[3];
        const int before = check_failures;
        CHECK(distest_expfam_from_usual(f, usual[k], theta, NULL) == DISTEST_SUCCESS);
        law_density(f, theta, &q, logf, 1e-10);
        law_moments(f, theta, &q, eta, 1e-9);
        law_differences(f, theta, 1e-5, 1e-6);
        law_fit(f, theta, &q, eta, 1e-6);
        law_usual(f, usual[k], theta, 1e-7);
        law_draws(f, theta, &q, 71 + (uint64_t)k);
        law_terms(f, theta, &q, NULL, 1e-6);
        if (check_failures > before) printf("gig %d\n", k);
        distest_expfam_family_free(f);
    }
}

/* chi = 0: gamma(lambda, psi / 2); psi = 0: inverse gamma; lambda = 1/2 and 3/2: Bessel
 * functions of half order are elementary */
static void gig_has_its_special_members(void)
{
    distest_expfam_family *f = named("gig", NULL, 0, NULL, 0);
    const double gamma[3] = {2.5, -1.4, 0}, inverse[3] = {-2.5, 0, -1.4};
    double psi, g[3];
    CHECK(distest_expfam_psi(f, gamma, &psi, g, NULL, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(psi, lgamma(2.5) - 2.5 * log(1.4), 1e-11);
    CHECK_NEAR(g[1], 2.5 / 1.4, 1e-11);
    CHECK(distest_expfam_psi(f, inverse, &psi, g, NULL, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(psi, lgamma(2.5) - 2.5 * log(1.4), 1e-11);
    CHECK_NEAR(g[2], 2.5 / 1.4, 1e-11);
    for (double chi = 0.01; chi < 200; chi *= 7) {
        const double c = 1.7, z = sqrt(chi * c), half[3] = {0.5, -c / 2, -chi / 2},
                     more[3] = {1.5, -c / 2, -chi / 2},
                     less[3] = {-0.5, -c / 2, -chi / 2};
        const double k = log(2 * sqrt(acos(-1) / (2 * z))) - z;
        CHECK(distest_expfam_psi(f, half, &psi, NULL, NULL, NULL) == 0);
        CHECK_NEAR(psi, k + 0.25 * log(chi / c), 1e-11);
        CHECK(distest_expfam_psi(f, less, &psi, NULL, NULL, NULL) == 0);
        CHECK_NEAR(psi, k - 0.25 * log(chi / c), 1e-11);
        CHECK(distest_expfam_psi(f, more, &psi, NULL, NULL, NULL) == 0);
        CHECK_NEAR(psi, k + log1p(1 / z) + 0.75 * log(chi / c), 1e-11);
    }
    const double out[6][3] = {{1, 0, -1}, {0, 0, -1},   {-1, -1, 0},
                              {0, -1, 0}, {1, 0.1, -1}, {1, -1, 0.1}};
    for (int k = 0; k < 6; k++) {
        distest_context ctx = distest_context_default();
        CHECK_FAILS(distest_expfam_psi(f, out[k], &psi, NULL, NULL, &ctx), DISTEST_EDOM,
                    &ctx, "theta");
    }
    const double bad[4][3] = {{1, 0, 1}, {1, 1, 0}, {NAN, 1, 1}, {1, -1, 1}};
    for (int k = 0; k < 4; k++) {
        distest_context ctx = distest_context_default();
        CHECK_FAILS(distest_expfam_from_usual(f, bad[k], g, &ctx), DISTEST_EDOM, &ctx,
                    "par");
    }
    distest_context ctx = distest_context_default();
    const double heavy[3] = {1e-7, -1e-300, 0}, x[2] = {1, 0};
    const distest_sample s = {2, 1, x, NULL};
    double xi[6];
    CHECK_FAILS(distest_expfam_psi(f, heavy, &psi, NULL, NULL, &ctx), DISTEST_ECONV,
                &ctx, "theta");
    CHECK_FAILS(distest_expfam_stats(f, &s, xi, NULL, &ctx), DISTEST_EDOM, &ctx, "x");
    distest_expfam_family_free(f);
}

/* The mean of 1/x above that of the gamma law fitted to the others: the maximum is that
 * law; the same for 1/x. Inside: neither. */
static void gig_ends_at_the_gamma_laws(void)
{
    distest_expfam_family *f = named("gig", NULL, 0, NULL, 0);
    distest_expfam_family *gamma = named("gamma", NULL, 0, NULL, 0);
    const double x[8] = {0.35, 3.1, 2.4, 1.9, 2.8, 3.5, 2.2, 2.9};
    double y[8], theta[3], g[2], m = 0;
    distest_expfam_info info;
    const distest_sample s = {8, 1, x, NULL}, z = {8, 1, y, NULL};
    for (int i = 0; i < 8; i++) y[i] = 1 / x[i];
    CHECK(distest_expfam_fit_data(gamma, NULL, &s, NULL, g, NULL, NULL, NULL, NULL) ==
          0);
    for (int i = 0; i < 8; i++) m += y[i] / 8;
    CHECK(m > -g[1] / (g[0] - 1)); /* so it is at the end */
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, &info, NULL) ==
          DISTEST_SUCCESS);
    CHECK(theta[2] == 0 && info.boundary == 1);
    CHECK_REL(theta[0], g[0], 1e-11);
    CHECK_REL(theta[1], g[1], 1e-11);
    CHECK(distest_expfam_fit_data(f, NULL, &z, NULL, theta, NULL, NULL, &info, NULL) ==
          DISTEST_SUCCESS);
    CHECK(theta[1] == 0 && info.boundary == 1);
    CHECK_REL(theta[0], -g[0], 1e-11);
    CHECK_REL(theta[2], g[1], 1e-11);
    const double skew[8] = {0.5, 3, 1.2, 0.8, 1.7, 2.6, 0.9, 6};
    const distest_sample inner = {8, 1, skew, NULL};
    CHECK(distest_expfam_fit_data(f, NULL, &inner, NULL, theta, NULL, NULL, &info,
                                  NULL) == DISTEST_SUCCESS);
    CHECK(info.boundary == 0 && theta[1] < 0 && theta[2] < 0);
    distest_expfam_family_free(f);
    distest_expfam_family_free(gamma);
}

/* ---- Conway-Maxwell-Poisson */
static void com_poisson_is_a_sum(void)
{
    static double logf[LAW_POINTS], x[LAW_POINTS], w[LAW_POINTS], prob[LAW_POINTS];
    const double usual[4][2] = {{4, 1.4}, {3, 1}, {0.7, 0.3}, {30, 2.5}};
    for (int k = 0; k < 4; k++) {
        distest_expfam_family *f = named("com_poisson", NULL, 0, NULL, 0);
        law_points q = {400, 1, 1, x, prob};
        double theta[2], eta[2];
        const int before = check_failures;
        for (size_t i = 0; i < q.m; i++) {
            x[i] = (double)i;
            w[i] = 1;
            logf[i] = x[i] * log(usual[k][0]) - usual[k][1] * lgamma(x[i] + 1);
        }
        const double psi = log(law_weigh(&q, w, logf));
        for (size_t i = 0; i < q.m; i++) logf[i] -= psi;
        if (k == 1) CHECK_NEAR(psi, 3, 1e-13); /* Poisson */
        CHECK(distest_expfam_from_usual(f, usual[k], theta, NULL) == DISTEST_SUCCESS);
        law_density(f, theta, &q, logf, 1e-11);
        law_moments(f, theta, &q, eta, 1e-10);
        law_differences(f, theta, 1e-5, 1e-6);
        law_fit(f, theta, &q, eta, 1e-7);
        law_usual(f, usual[k], theta, 1e-7);
        law_draws(f, theta, &q, 81 + (uint64_t)k);
        law_terms(f, theta, &q, NULL, 1e-6);
        if (check_failures > before) printf("com_poisson %d\n", k);
        distest_expfam_family_free(f);
    }
}

static void com_poisson_ends(void)
{
    distest_expfam_family *f = named("com_poisson", NULL, 0, NULL, 0);
    distest_context ctx = distest_context_default();
    double psi, g[2], theta[2] = {7};
    distest_expfam_info info;
    /* nu = 0: geometric; nu = 40: 0 or 1 */
    const double geometric[2] = {log(0.4), 0}, binary[2] = {0.5, -40};
    CHECK(distest_expfam_psi(f, geometric, &psi, g, NULL, NULL) == 0);
    CHECK_NEAR(psi, -log(0.6), 1e-13);
    CHECK_NEAR(g[0], 0.4 / 0.6, 1e-12);
    CHECK(distest_expfam_psi(f, binary, &psi, g, NULL, NULL) == 0);
    CHECK_NEAR(psi, log1p(exp(0.5)), 1e-12);
    const double out[3][2] = {{0, 0}, {1, 0}, {-1, 0.1}};
    for (int k = 0; k < 3; k++)
        CHECK_FAILS(distest_expfam_psi(f, out[k], &psi, NULL, NULL, &ctx), DISTEST_EDOM,
                    &ctx, "theta");
    const double far[2][2] = {{20, -1}, {-1e-9, 0}}; /* mean, and terms, above 1e7 */
    for (int k = 0; k < 2; k++)
        CHECK_FAILS(distest_expfam_psi(f, far[k], &psi, NULL, NULL, &ctx),
                    DISTEST_ECONV, &ctx, "theta");
    const double bad[5][2] = {{0, 1}, {1, -1}, {1, 0}, {INFINITY, 1}, {1, INFINITY}};
    for (int k = 0; k < 5; k++)
        CHECK_FAILS(distest_expfam_from_usual(f, bad[k], theta, &ctx), DISTEST_EDOM,
                    &ctx, "par");
    CHECK(theta[0] == 7);
    const double half[2] = {0.5, 0};
    CHECK(distest_expfam_from_usual(f, half, g, NULL) == 0 && g[0] == log(0.5));
    /* data: too spread out, all 0, two neighbours, one of them */
    const double wide[6] = {0, 0, 0, 0, 1, 11}, zero[3] = {0, 0, 0},
                 two[4] = {3, 4, 4, 3}, one[3] = {2, 2, 2};
    const distest_sample s = {6, 1, wide, NULL}, z = {3, 1, zero, NULL},
                         t = {4, 1, two, NULL}, o = {3, 1, one, NULL};
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, &info, &ctx) ==
          DISTEST_SUCCESS);
    CHECK(theta[1] == 0 && info.boundary == 1);
    CHECK_REL(theta[0], log(2.0 / 3), 1e-13);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &z, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    CHECK(strstr(ctx.message, "equal 0") != NULL);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &t, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    CHECK(strstr(ctx.message, "3 or 4") != NULL);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &o, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    distest_expfam_family_free(f);
}

static int every_family(distest_context *ctx)
{
    const size_t three = 3, ising[4] = {2, 0, 0, 1};
    const double counts[8] = {1, 2, 3, 1, 3, 2, 2, 1}, x[8] = {0, 1, 1, 0, 1, 0, 1, 0},
                 skew[8] = {0.5, 3, 1.2, 0.8, 1.7, 2.6, 0.9, 6};
    const struct {
        const char *name;
        const size_t *ipar;
        size_t nipar;
        distest_sample s;
    } set[] = {{"categorical", &three, 1, {8, 1, counts, NULL}},
               {"ising", ising, 4, {4, 2, x, NULL}},
               {"gig", NULL, 0, {8, 1, skew, NULL}},
               {"com_poisson", NULL, 0, {8, 1, counts, NULL}}};
    int status = DISTEST_SUCCESS;
    for (int k = 0; k < 4 && status == DISTEST_SUCCESS; k++) {
        distest_expfam_family *f = NULL;
        distest_rng rng = distest_rng_seed(3);
        distest_expfam_terms t;
        double theta[3], y[10], S[27], Q[81];
        const double counted[4] = {2, 1, 3, 2};
        distest_sample s = set[k].s;
        if (k == 1) s.weights = counted;
        status = distest_expfam_family_alloc(&f, set[k].name, NULL, 0, set[k].ipar,
                                             set[k].nipar, ctx);
        if (status == 0)
            status = distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL,
                                             ctx);
        if (status == 0) status = distest_expfam_sample(f, theta, 5, &rng, y, ctx);
        if (status == 0) status = distest_expfam_cumulants(f, theta, S, Q, ctx);
        if (status == 0)
            status = distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, ctx);
        distest_expfam_family_free(f);
    }
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(every_family) > 80);
    CHECK(check_cancel(every_family) > 20);
}

int main(void)
{
    RUN(categorical_is_a_table);
    RUN(categorical_names_what_is_missing);
    RUN(ising_is_a_sum_over_states);
    RUN(nodes_are_as_given);
    RUN(gig_agrees_with_quadrature);
    RUN(gig_has_its_special_members);
    RUN(gig_ends_at_the_gamma_laws);
    RUN(com_poisson_is_a_sum);
    RUN(com_poisson_ends);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_support");
}
