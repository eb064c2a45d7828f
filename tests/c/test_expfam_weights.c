/* test_expfam_weights.c - weights of both meanings, terms from raw arrays, settings of
 * fits, and the bootstrap where memory runs out. */
#include "expfam_test.h"

static const double X[8] = {0.3, 1.9, -0.4, 2.2, 0.7, -1.3, 1.1, 0.2},
                    W[8] = {2, 1, 0, 3, 0.5, 1.5, 1, 4};

/* Sampling weights: scaled to the number of positive ones; the covariance is that of
 * w_i (xi_i - mean). */
static void sampling_weights_are_influences(void)
{
    distest_expfam_family *f = named("normal", NULL, 0, NULL, 0);
    const distest_sample s = {8, 1, X, W};
    distest_expfam_opts o = distest_expfam_opts_default();
    distest_expfam_info info;
    distest_expfam_terms t;
    double theta[2], mean[2], cov[4], m[2] = {0, 0}, V[4] = {0}, total = 0;
    o.sampling = 1;
    CHECK(distest_expfam_fit_data(f, &o, &s, NULL, theta, mean, cov, &info, NULL) ==
          DISTEST_SUCCESS);
    for (int i = 0; i < 8; i++) total += W[i];
    for (int i = 0; i < 8; i++) {
        m[0] += W[i] * X[i] / total;
        m[1] += W[i] * X[i] * X[i] / total;
    }
    for (int i = 0; i < 8; i++) {
        const double w = W[i] * 7 / total, u[2] = {X[i] - m[0], X[i] * X[i] - m[1]};
        for (int k = 0; k < 4; k++) V[k] += w * w * u[k % 2] * u[k / 2] / 6;
    }
    const double var = m[1] - m[0] * m[0];
    CHECK(info.n == 7);
    for (int k = 0; k < 2; k++) CHECK_NEAR(mean[k], m[k], 1e-14);
    for (int k = 0; k < 4; k++) CHECK_NEAR(cov[k], V[k], 1e-13);
    CHECK_NEAR(theta[0], m[0] / var, 1e-12);
    CHECK_NEAR(theta[1], -0.5 / var, 1e-12);
    CHECK_NEAR(info.loglik, -3.5 * (1 + log(2 * acos(-1) * var)), 1e-12);
    CHECK(distest_expfam_terms_data(f, theta, &s, 1, &t, NULL, NULL, NULL) == 0);
    /* G of (x, x^2) for N(mu, v) and its inverse */
    const double G[3] = {var, 2 * m[0] * var, 2 * var * var + 4 * m[0] * m[0] * var},
                 det = G[0] * G[2] - G[1] * G[1];
    CHECK_NEAR(t.trace, (G[2] * V[0] - 2 * G[1] * V[1] + G[0] * V[3]) / det, 1e-11);
    CHECK(isnan(t.t1) && isnan(t.t2) && isnan(t.t3));
    distest_expfam_family_free(f);
}

static void frequencies_repeat_rows_in_many_dimensions(void)
{
    const size_t ipar[2] = {3, 0};
    static double once[3 * 40], twice[3 * 80], w[40];
    size_t n = 0;
    for (int i = 0; i < 40; i++) {
        w[i] = i % 3;
        for (int k = 0; k < 3; k++) once[i + 40 * k] = sin(7.0 * i * (k + 1)) + k;
        n += (size_t)(i % 3);
    }
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0, to = 0; i < 40; i++)
            for (size_t r = 0; r < i % 3; r++, to++)
                twice[to + k * n] = once[i + 40 * k];
    const distest_sample a = {40, 3, once, w}, b = {n, 3, twice, NULL};
    distest_expfam_family *f = named("mvnormal", NULL, 0, ipar, 2);
    double th[9], ph[9], mean[9], nean[9], cov[81], dov[81];
    CHECK(distest_expfam_fit_data(f, NULL, &a, NULL, th, mean, cov, NULL, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &b, NULL, ph, nean, dov, NULL, NULL) == 0);
    for (int k = 0; k < 9; k++) {
        CHECK_NEAR(th[k], ph[k], 1e-12);
        CHECK_NEAR(mean[k], nean[k], 1e-13);
    }
    for (int k = 0; k < 81; k++) CHECK_NEAR(cov[k], dov[k], 1e-12);
    distest_expfam_family_free(f);
}

/* terms from arrays are those of nodes, which law_terms() sums by hand */
static void raw_arrays_are_nodes(void)
{
    double x[12] = {0, 1, 2, 4, 7, 3, 1, -1, 0.5, 2, 0, 1}, prob[6], logw[6];
    const double w[6] = {1, 2, 0.5, 1, 3, 2}, zero[2] = {0, 0};
    const double data[10] = {1, 2, 0, 4, 3, 1, 0.5, 1.5, 2, 0},
                 freq[5] = {1, 2, 1, 1, 2};
    const law_points q = {6, 2, 1, x, prob};
    const distest_sample s = {5, 2, data, freq};
    distest_expfam_family *f = NULL;
    distest_expfam_terms a, b;
    for (int i = 0; i < 6; i++) {
        prob[i] = w[i] / 9.5;
        logw[i] = log(w[i]);
    }
    CHECK(distest_expfam_family_nodes(&f, 6, 2, x, logw, 0, NULL) == 0);
    law_terms(f, zero, &q, &s, 1e-11);
    law_terms(f, zero, &q, NULL, 1e-11);
    CHECK(distest_expfam_terms_data(f, zero, &s, 0, &a, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_contract(6, 2, x, w, 5, data, freq, &b, NULL) == 0);
    CHECK_NEAR(b.trace, a.trace, 1e-12);
    CHECK_NEAR(b.t1, a.t1, 1e-12);
    CHECK_NEAR(b.t2, a.t2, 1e-12);
    CHECK_NEAR(b.t3, a.t3, 1e-12);
    CHECK_NEAR(b.se_r1, a.se_r1, 1e-12);
    CHECK(distest_expfam_contract(6, 2, x, w, 0, NULL, NULL, &b, NULL) == 0);
    CHECK(distest_expfam_terms_data(f, zero, NULL, 0, &a, NULL, NULL, NULL) == 0);
    CHECK_NEAR(b.rho4, a.rho4, 1e-12);
    CHECK_NEAR(b.trace, 2, 1e-12);
    distest_context ctx = distest_context_default();
    const double minus[6] = {1, 1, -1, 1, 1, 1}, none[6] = {0};
    CHECK_FAILS(distest_expfam_contract(6, 2, x, minus, 0, NULL, NULL, &b, &ctx),
                DISTEST_EINVAL, &ctx, "w");
    CHECK_FAILS(distest_expfam_contract(6, 2, x, none, 0, NULL, NULL, &b, &ctx),
                DISTEST_EINVAL, &ctx, "w");
    CHECK_FAILS(distest_expfam_contract(6, 2, x, w, 2, data, NULL, &b, &ctx),
                DISTEST_EINVAL, &ctx, "sample");
    /* the second statistic is twice the first */
    for (int i = 0; i < 6; i++) x[i + 6] = 2 * x[i];
    CHECK_FAILS(distest_expfam_contract(6, 2, x, w, 0, NULL, NULL, &b, &ctx),
                DISTEST_ESING, &ctx, "theta");
    distest_expfam_family_free(f);
}

static void settings_and_sizes_are_checked(void)
{
    distest_expfam_family *f = named("beta", NULL, 0, NULL, 0);
    const double x[4] = {0.2, 0.9, 0.4, 0.5}, minus[4] = {1, -1, 1, 1}, none[4] = {0},
                 nan[2] = {NAN, 0};
    const distest_sample s = {4, 1, x, NULL}, w0 = {4, 1, x, none},
                         wm = {4, 1, x, minus}, two = {2, 1, x, NULL},
                         wide = {2, 2, x, NULL}, empty = {0, 1, x, NULL};
    const double mean[2] = {-0.9, -0.8};
    double theta[2] = {7, 8};
    distest_context ctx = distest_context_default();
    distest_expfam_terms t;
    const struct {
        size_t max_iter;
        double tol, ridge;
        int want;
        const char *blame;
    } set[] = {{0, 1e-12, 0, DISTEST_EINVAL, "opts"},
               {100, 0, 0, DISTEST_EINVAL, "opts"},
               {100, NAN, 0, DISTEST_EINVAL, "opts"},
               {100, 1e-12, -1, DISTEST_EINVAL, "ridge"},
               {100, 1e-12, INFINITY, DISTEST_EINVAL, "ridge"},
               {1, 1e-12, 0, DISTEST_ECONV, "mean"}};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        distest_expfam_opts o = distest_expfam_opts_default();
        o.max_iter = set[k].max_iter;
        o.tol = set[k].tol;
        o.ridge = set[k].ridge;
        CHECK_FAILS(
            distest_expfam_fit_data(f, &o, &s, NULL, theta, NULL, NULL, NULL, &ctx),
            set[k].want, &ctx, set[k].blame);
        CHECK_FAILS(distest_expfam_fit_moments(f, &o, 4, mean, NULL, theta, NULL, &ctx),
                    set[k].want, &ctx, set[k].blame);
    }
#define FIT(sample, start)                                                             \
    distest_expfam_fit_data(f, NULL, sample, start, theta, NULL, NULL, NULL, &ctx)
    CHECK_FAILS(FIT(&w0, NULL), DISTEST_EINVAL, &ctx, "weights");
    CHECK_FAILS(FIT(&wm, NULL), DISTEST_EINVAL, &ctx, "weights");
    CHECK_FAILS(FIT(&wide, NULL), DISTEST_EINVAL, &ctx, "x");
    CHECK_FAILS(FIT(&empty, NULL), DISTEST_EINVAL, &ctx, "x");
    CHECK_FAILS(FIT(NULL, NULL), DISTEST_EINVAL, &ctx, "sample");
    CHECK_FAILS(FIT(&s, nan), DISTEST_EINVAL, &ctx, "start");
    CHECK_FAILS(distest_expfam_fit_moments(f, NULL, 0, mean, NULL, theta, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "n");
    CHECK_FAILS(distest_expfam_fit_moments(f, NULL, 4, nan, NULL, theta, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "mean");
    CHECK_FAILS(distest_expfam_fit_moments(f, NULL, 4, mean, nan, theta, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "start");
    CHECK(theta[0] == 7 && theta[1] == 8);
    const double good[2] = {2, 2}, third[4] = {0, 0, NAN, 0}, cov[4] = {1, 0, 0, NAN};
    CHECK_FAILS(distest_expfam_terms_data(f, good, &two, 0, &t, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "sample");
    CHECK_FAILS(distest_expfam_terms_moments(f, good, cov, NULL, &t, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "cov");
    const double unit[4] = {1, 0, 0, 1};
    CHECK_FAILS(distest_expfam_terms_moments(f, good, unit, third, &t, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "third");
    CHECK_FAILS(distest_expfam_terms_data(f, nan, &s, 0, &t, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "theta");
    /* one observation with sampling weights has no covariance: NaN, and a fit */
    distest_expfam_family *g = named("exponential", NULL, 0, NULL, 0);
    const distest_sample one = {1, 1, x, NULL};
    double v = 0;
    CHECK(distest_expfam_fit_data(g, NULL, &one, NULL, theta, NULL, &v, NULL, &ctx) ==
          0);
    CHECK(isnan(v) && theta[0] == -5);
    distest_expfam_family_free(g);
    distest_expfam_family_free(f);
}

/* collinear or constant statistics; a start from which nothing can be reached */
static void dependent_statistics_are_named(void)
{
    double x[12] = {0, 1, 2, 4, 7, 3, 1, 3, 5, 9, 15, 7}; /* 1 + 2 x */
    const double mean[2] = {3, 7};
    for (int constant = 0; constant < 2; constant++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = NULL;
        double theta[2] = {7};
        for (int i = 0; i < 6 && constant; i++) x[i + 6] = 7;
        CHECK(distest_expfam_family_nodes(&f, 6, 2, x, NULL, 0, NULL) == 0);
        CHECK_FAILS(
            distest_expfam_fit_moments(f, NULL, 5, mean, NULL, theta, NULL, &ctx),
            DISTEST_ESING, &ctx, "mean");
        CHECK(theta[0] == 7 && strstr(ctx.message, "Statistic 2") != NULL);
        distest_expfam_family_free(f);
    }
}

static void risks_and_criteria_check_their_numbers(void)
{
    distest_context ctx = distest_context_default();
    const distest_expfam_terms t = {
        .trace = 3, .t1 = 6, .t2 = 16, .t3 = 24, .rho13 = 2, .rho23 = 3, .rho4 = 1};
    double first, second, risk, hat, n;
    int pass, usable;
    CHECK(distest_expfam_risk(&t, 2, 10, DISTEST_EXPFAM_DATA, &first, &second, &risk,
                              NULL) == 0);
    CHECK_NEAR(first, 0.15, 1e-15);
    CHECK_NEAR(second, (1 + 2 - 1) / 100.0, 1e-15);
    CHECK(distest_expfam_risk(&t, 2, 10, DISTEST_EXPFAM_PLUGIN, NULL, &second, &risk,
                              NULL) == 0);
    CHECK_NEAR(second, (-2 + 6 - 3) / 100.0, 1e-15);
    CHECK(distest_expfam_risk(&t, 2, 10, DISTEST_EXPFAM_MODEL, NULL, NULL, &risk,
                              NULL) == 0);
    CHECK_NEAR(risk, 0.1 + (18 + 30 - 9) / 2400.0, 1e-15);
    const double bad[3] = {0, -1, INFINITY};
    for (int k = 0; k < 3; k++)
        CHECK_FAILS(distest_expfam_risk(&t, 2, bad[k], 0, NULL, NULL, &risk, &ctx),
                    DISTEST_EINVAL, &ctx, "n");
    CHECK_FAILS(distest_expfam_risk(NULL, 2, 10, 0, NULL, NULL, &risk, &ctx),
                DISTEST_EINVAL, &ctx, "terms");
    CHECK(distest_expfam_risk(&t, 2, 10, 0, NULL, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_pn(1, 37.5, 60, 0.05, NULL, NULL, NULL, NULL, NULL) == 0);
    /* r1 / m + c2 / m^2 = 8 alpha^2 = 0.02: m = (1 + sqrt(1 + 0.08 c2)) / 0.04 */
    CHECK(distest_expfam_pn(1, 37.5, 60, 0.05, &pass, &hat, &n, &usable, NULL) == 0);
    CHECK(pass == 0 && n == 75 && usable == 1);
    CHECK_NEAR(hat, sqrt((1 / 60.0 + 37.5 / 3600) / 8), 1e-15);
    CHECK(distest_expfam_pn(1, -20, 10, 0.05, &pass, &hat, &n, &usable, NULL) == 0);
    CHECK(pass == 1 && hat == 0 && n == 50 && usable == 0);
    CHECK_FAILS(distest_expfam_pn(NAN, 1, 10, 0.05, &pass, &hat, &n, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "r1");
    CHECK_FAILS(distest_expfam_pn(1, INFINITY, 10, 0.05, &pass, &hat, &n, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "r1");
    CHECK_FAILS(distest_expfam_pn(1, 1, 10, 0, &pass, &hat, &n, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "alpha");
    CHECK_FAILS(distest_expfam_pn(1, 1, INFINITY, 0.1, &pass, &hat, &n, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "n");
}

static void existence_checks_its_input(void)
{
    const double x[3] = {0, 1, 4}, nan[3] = {0, NAN, 1}, mean = 2;
    distest_context ctx = distest_context_default();
    int status = 9;
    CHECK_FAILS(distest_expfam_exists(3, 1, x, &mean, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "status");
    CHECK_FAILS(distest_expfam_exists(3, 1, nan, &mean, &status, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "xi");
    CHECK_FAILS(distest_expfam_exists(3, 1, x, nan + 1, &status, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "mean");
    CHECK_FAILS(distest_expfam_exists(0, 1, x, &mean, &status, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "xi");
    CHECK(status == 9);
    /* a statistic that is constant: inside its one-point hull, or outside of it */
    const double same[3] = {2, 2, 2}, off = 3;
    CHECK(distest_expfam_exists(3, 1, same, &mean, &status, NULL, NULL, &ctx) == 0);
    CHECK(status == DISTEST_EXPFAM_INTERIOR);
    CHECK(distest_expfam_exists(3, 1, same, &off, &status, NULL, NULL, &ctx) == 0);
    CHECK(status == DISTEST_EXPFAM_OUTSIDE);
}

/* Statistics x, 1 - 3 x and 7 of points on a line: where the mean lies is read off x,
 * unless it is not on the line at all. */
static void existence_of_dependent_statistics(void)
{
    const double x[5] = {0, 1, 4, 2, 3};
    double xi[15];
    for (int i = 0; i < 5; i++) {
        xi[i] = x[i];
        xi[i + 5] = 1 - 3 * x[i];
        xi[i + 10] = 7;
    }
    const struct {
        double mean[3];
        int want;
    } set[] = {{{2.3, -5.9, 7}, DISTEST_EXPFAM_INTERIOR},
               {{0.01, 0.97, 7}, DISTEST_EXPFAM_INTERIOR},
               {{4, -11, 7}, DISTEST_EXPFAM_FACE},
               {{0, 1, 7}, DISTEST_EXPFAM_FACE},
               {{4.5, -12.5, 7}, DISTEST_EXPFAM_OUTSIDE},
               {{2, -5, 7.5}, DISTEST_EXPFAM_OUTSIDE},
               {{2, -4, 7}, DISTEST_EXPFAM_OUTSIDE}};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++)
        for (size_t p = 2; p <= 3; p++) {
            int status = 9, face[5];
            if (p == 2 && k == 5) continue; /* told by the third */
            CHECK(distest_expfam_exists(5, p, xi, set[k].mean, &status, NULL, face,
                                        NULL) == DISTEST_SUCCESS);
            CHECK(status == set[k].want);
            for (int i = 0; i < 5 && status == DISTEST_EXPFAM_FACE; i++)
                CHECK(face[i] == (x[i] == set[k].mean[0]));
        }
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = NULL;
    double theta[3];
    CHECK(distest_expfam_family_nodes(&f, 5, 3, xi, NULL, 1, NULL) == 0);
    CHECK_FAILS(
        distest_expfam_fit_moments(f, NULL, 5, set[0].mean, NULL, theta, NULL, &ctx),
        DISTEST_ESING, &ctx, "mean");
    CHECK_FAILS(
        distest_expfam_fit_moments(f, NULL, 5, set[4].mean, NULL, theta, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    distest_expfam_family_free(f);
}

static int existence(distest_context *ctx)
{
    const double x[8] = {0, 1, 0.2, 1.1, 0, 0.3, 1, 1.2}, mean[2] = {0.5, 0.6};
    double direction[2];
    int where, face[4];
    return distest_expfam_exists(4, 2, x, mean, &where, direction, face, ctx);
}

static int arrays(distest_context *ctx)
{
    const double x[12] = {0, 1, 2, 4, 7, 3, 1, -1, 0.5, 2, 0, 1},
                 w[6] = {1, 2, 0.5, 1, 3, 2};
    distest_expfam_terms t;
    return distest_expfam_contract(6, 2, x, w, 6, x, w, &t, ctx);
}

/* both bootstraps, of a law with a closed form and of one on nodes, with weights */
static int bootstraps(distest_context *ctx)
{
    const double w[8] = {2, 1, 0, 3, 1, 2, 1, 4}, y[8] = {2, 1, 5, 0, 3, 2, 4, 1};
    const distest_sample s = {8, 1, y, w};
    const char *name[] = {"poisson", "com_poisson"};
    const double theta[2][2] = {{0.7, 0}, {0.9, -1.1}};
    int status = DISTEST_SUCCESS;
    for (int k = 0; k < 4 && status == DISTEST_SUCCESS; k++) {
        distest_expfam_family *f = NULL;
        distest_rng rng = distest_rng_seed(4);
        double th[6], kl[3];
        size_t failed;
        status = distest_expfam_family_alloc(&f, name[k % 2], NULL, 0, NULL, 0, ctx);
        if (status == 0)
            status = distest_expfam_bootstrap(f, theta[k % 2], &s, k > 1, 0, 3, &rng,
                                              th, kl, &failed, ctx);
        distest_expfam_family_free(f);
    }
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(existence) > 20);
    CHECK(check_cancel(existence) > 2);
    CHECK(check_out_of_memory(arrays) > 10);
    CHECK(check_out_of_memory(bootstraps) > 40);
    CHECK(check_cancel(bootstraps) > 8);
}

/* With one row all resamples are that row: every replicate is the fit itself, at
 * divergence 0; and the parts of B are the parts of one run. */
static void bootstraps_check_their_input(void)
{
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = named("exponential", NULL, 0, NULL, 0);
    const double x = 0.5, theta = -2, nan = NAN;
    const distest_sample s = {1, 1, &x, NULL};
    distest_rng rng = distest_rng_seed(1);
    double th[3], kl[3];
    size_t failed = 9;
    CHECK(distest_expfam_bootstrap(f, &theta, &s, 0, 0, 3, &rng, th, kl, &failed,
                                   NULL) == DISTEST_SUCCESS);
    for (int b = 0; b < 3; b++) CHECK(th[b] == -2 && kl[b] == 0);
    CHECK(failed == 0);
    CHECK_FAILS(
        distest_expfam_bootstrap(f, &theta, &s, 0, 0, 3, NULL, th, kl, NULL, &ctx),
        DISTEST_EINVAL, &ctx, "rng");
    CHECK_FAILS(
        distest_expfam_bootstrap(f, &nan, &s, 0, 0, 3, &rng, th, kl, NULL, &ctx),
        DISTEST_EINVAL, &ctx, "theta");
    CHECK_FAILS(
        distest_expfam_bootstrap(f, &theta, NULL, 0, 0, 3, &rng, th, kl, NULL, &ctx),
        DISTEST_EINVAL, &ctx, "sample");
    const double out = 1;
    CHECK_FAILS(
        distest_expfam_bootstrap(f, &out, &s, 1, 0, 3, &rng, th, kl, NULL, &ctx),
        DISTEST_EDOM, &ctx, "theta");
    const double beta[2] = {1, 1};
    const size_t terms[2] = {0, 1};
    const distest_sample pair = {1, 2, beta, NULL};
    distest_expfam_family *g = NULL;
    CHECK(distest_expfam_family_pairwise(&g, 2, beta, beta, 0, NULL, NULL, NULL, 1,
                                         terms, NULL) == 0);
    CHECK_FAILS(
        distest_expfam_bootstrap(g, &theta, &pair, 0, 0, 3, &rng, th, kl, NULL, &ctx),
        DISTEST_EINVAL, &ctx, "family");
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

int main(void)
{
    RUN(sampling_weights_are_influences);
    RUN(frequencies_repeat_rows_in_many_dimensions);
    RUN(raw_arrays_are_nodes);
    RUN(settings_and_sizes_are_checked);
    RUN(dependent_statistics_are_named);
    RUN(risks_and_criteria_check_their_numbers);
    RUN(existence_checks_its_input);
    RUN(existence_of_dependent_statistics);
    RUN(bootstraps_check_their_input);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_weights");
}
