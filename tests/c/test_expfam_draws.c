/* test_expfam_draws.c - fits by draws: a pairwise model of one binary variable, whose
 * maximum is a logit; rounds with the caller's draws; pseudo-likelihood and noise; bad
 * input, memory and cancelling of each. */
#include "expfam_test.h"

enum { N = 100, DRAWS = 4000 };

/* one variable with levels 1, 2 scored 0, 1 and equal chances; the statistic is it */
static distest_expfam_family *coin(void)
{
    const size_t levels = 2, terms[2] = {0, 0};
    const double score[2] = {0, 1}, prob[2] = {1, 1};
    distest_expfam_family *f = NULL;
    CHECK(distest_expfam_family_pairwise(&f, 0, NULL, NULL, 1, &levels, score, prob, 1,
                                         terms, NULL) == 0);
    return f;
}

/* 30 of 100 are 1. Draws of one variable are independent, so the sharper `tol` needs
 * some 10^5 of them: more than the terms keep. */
static void a_coin_has_its_logit(void)
{
    static double x[N];
    distest_expfam_family *f = coin();
    const distest_sample s = {N, 1, x, NULL};
    const double start = 0.2;
    for (int i = 0; i < N; i++) x[i] = i < 30 ? 2 : 1;
    for (int k = 0; k < 2; k++) {
        distest_rng rng = distest_rng_seed(5 + (uint64_t)k);
        distest_expfam_mc_opts o = distest_expfam_mc_opts_default();
        distest_expfam_mc_info info;
        double theta, mean, cov, G, mix[3], spectrum;
        if (k) o.tol = 2.5e-4;
        CHECK(distest_expfam_fit_mc(f, &o, &s, k ? &start : NULL, &rng, &theta, &mean,
                                    &cov, &G, mix, &spectrum, &info, NULL) == 0);
        const double want = log(0.3 / 0.7), V = 0.21 * N / (N - 1);
        CHECK(info.converged && info.n == N);
        CHECK(fabs(theta - want) < 4.5 * mix[0]);
        CHECK_REL(mix[0], 1 / sqrt(0.21 * info.sweeps), 0.2);
        CHECK_NEAR(mean, 0.3, 1e-14);
        CHECK_NEAR(cov, V, 1e-14);
        CHECK_REL(G, 0.21, 1e-6); /* the weighted draws have the mean 0.3 */
        CHECK_REL(spectrum, V / 0.21, 1e-5);
        CHECK_REL(info.terms.trace, V / 0.21, 1e-5);
        /* k3 = pq (q - p): T2 = 3 k3^2 V^2 / G^5, T3 = 3 k4 V^2 / G^4 */
        const double k3 = 0.21 * 0.4, k4 = 0.21 * (1 - 6 * 0.21);
        CHECK_NEAR(info.terms.t2, 3 * k3 * k3 * V * V / pow(0.21, 5), 0.05);
        CHECK_NEAR(info.terms.t3, 3 * k4 * V * V / pow(0.21, 4), 0.05);
        CHECK(fabs(info.psi - log(0.5 + 0.5 * exp(theta))) < 5 * info.psi_se + 1e-5);
        CHECK_NEAR(info.loglik, N * (0.3 * theta - info.psi), 1e-10);
        CHECK(k == 0 || info.sweeps > 1 << 18);
    }
    distest_expfam_family_free(f);
}

/* the pseudo-likelihood of one variable is its likelihood, weights or not */
static void one_variable_is_its_own_pseudo_likelihood(void)
{
    const double x[4] = {1, 2, 1, 2}, w[4] = {3, 1, 4, 2};
    const distest_sample s = {4, 1, x, w};
    distest_expfam_family *f = coin();
    distest_context ctx = distest_context_default();
    double theta = 7;
    CHECK(distest_expfam_fit_pseudo(f, &s, &theta, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(theta, log(3.0 / 7), 1e-6);
    CHECK_FAILS(distest_expfam_fit_pseudo(f, NULL, &theta, &ctx), DISTEST_EINVAL, &ctx,
                "sample");
    const double off[2] = {1, 3};
    const distest_sample bad = {2, 1, off, NULL};
    CHECK_FAILS(distest_expfam_fit_pseudo(f, &bad, &theta, &ctx), DISTEST_EDOM, &ctx,
                "x");
    distest_expfam_family *g = named("poisson", NULL, 0, NULL, 0);
    CHECK_FAILS(distest_expfam_fit_pseudo(g, &s, &theta, &ctx), DISTEST_EINVAL, &ctx,
                "family");
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static void monte_carlo_checks_its_input(void)
{
    const double x[4] = {1, 2, 1, 2}, same[4] = {2, 2, 2, 2}, nan = NAN;
    const distest_sample s = {4, 1, x, NULL}, two = {2, 1, x, NULL},
                         flat = {4, 1, same, NULL};
    distest_expfam_family *f = coin(), *g = named("poisson", NULL, 0, NULL, 0);
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(1);
    distest_expfam_mc_opts o = distest_expfam_mc_opts_default();
    double theta = 7;
#define MC(family, opts, sample, start, rng)                                           \
    distest_expfam_fit_mc(family, opts, sample, start, rng, &theta, NULL, NULL, NULL,  \
                          NULL, NULL, NULL, &ctx)
    CHECK_FAILS(MC(g, NULL, &s, NULL, &rng), DISTEST_EINVAL, &ctx, "family");
    CHECK_FAILS(MC(f, NULL, &s, NULL, NULL), DISTEST_EINVAL, &ctx, "rng");
    CHECK_FAILS(MC(f, NULL, NULL, NULL, &rng), DISTEST_EINVAL, &ctx, "sample");
    CHECK_FAILS(MC(f, NULL, &s, &nan, &rng), DISTEST_EINVAL, &ctx, "start");
    CHECK_FAILS(MC(f, NULL, &two, NULL, &rng), DISTEST_EINVAL, &ctx, "x");
    CHECK_FAILS(MC(f, NULL, &flat, NULL, &rng), DISTEST_ESING, &ctx, "x");
    o.max_sweeps = 10;
    CHECK_FAILS(MC(f, &o, &s, NULL, &rng), DISTEST_EINVAL, &ctx, "max_sweeps");
    o.max_sweeps = 8000;
    o.tol = INFINITY;
    CHECK_FAILS(MC(f, &o, &s, NULL, &rng), DISTEST_EINVAL, &ctx, "tol");
    CHECK(theta == 7);
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static double draws[2 * DRAWS];
static const double DATA[12] = {0.3, 1.1, -0.5, 0.8,  1.6, 0.2,
                                0.4, 0.9, 0.1,  -0.7, 1.3, 0.5};

static void make_draws(void)
{
    const double t = acos(-1);
    distest_rng rng = distest_rng_seed(8);
    for (int i = 0; i < DRAWS;
         i++) { /* two independent normal ones, by Box and Muller */
        const double r = sqrt(-2 * log(distest_rng_uniform(&rng))),
                     a = 2 * t * distest_rng_uniform(&rng);
        draws[i] = r * cos(a);
        draws[i + DRAWS] = r * sin(a);
    }
}

/* From the standard normal law theta is the mean of the data, and the covariance I;
 * sampling weights are scaled to the rows. */
static void a_round_of_normal_draws(void)
{
    const double zero[2] = {0, 0}, w[6] = {1, 2, 1, 1, 2, 1};
    for (int sampling = 0; sampling < 2; sampling++) {
        const distest_sample s = {6, 2, DATA, w};
        double theta[2], mean[2], cov[4], G[4], mix[6], spectrum[2], reach,
            m[2] = {0, 0}, V[4] = {0};
        const double n = sampling ? 6 : 8;
        distest_expfam_mc_info info;
        CHECK(distest_expfam_fit_draws(DRAWS, 2, 4, draws, zero, &s, sampling, theta,
                                       mean, cov, G, mix, spectrum, &reach, &info,
                                       NULL) == DISTEST_SUCCESS);
        for (int k = 0; k < 2; k++)
            for (int i = 0; i < 6; i++) m[k] += w[i] * DATA[i + 6 * k] / 8;
        for (int k = 0; k < 4; k++)
            for (int i = 0; i < 6; i++)
                V[k] += (sampling ? w[i] * w[i] * 36 / 64 : w[i]) *
                        (DATA[i + 6 * (k % 2)] - m[k % 2]) *
                        (DATA[i + 6 * (k / 2)] - m[k / 2]) / (n - 1);
        CHECK(reach == 1 && info.n == n && info.sweeps == DRAWS);
        for (int k = 0; k < 2; k++) {
            CHECK_NEAR(mean[k], m[k], 1e-14);
            CHECK(fabs(theta[k] - m[k]) < 4.5 * mix[k]);
            CHECK(mix[k] > 0.008 && mix[k] < 0.04);
        }
        for (int k = 0; k < 4; k++) {
            CHECK_NEAR(cov[k], V[k], 1e-13);
            CHECK(fabs(G[k] - (k % 3 == 0)) < 0.2);
        }
        CHECK(fabs(spectrum[0] + spectrum[1] - V[0] - V[3]) < 0.2 * (V[0] + V[3]));
        CHECK(isnan(info.terms.t1) == sampling);
    }
}

static void rounds_check_their_input(void)
{
    static double bad[2 * DRAWS];
    const double zero[2] = {0, 0}, nan[2] = {NAN, 0},
                 flat[12] = {1, 2, 3, 1, 0, 2, 4, 4, 4, 4, 4, 4};
    double line[12], far[12], theta[2] = {7, 7};
    for (int i = 0; i < 6; i++) {
        line[i] = DATA[i];
        line[i + 6] = 2 * DATA[i] - 1;
        far[i] = DATA[i] + 1e9;
        far[i + 6] = DATA[i + 6];
    }
    const distest_sample s = {6, 2, DATA, NULL}, two = {2, 2, DATA, NULL},
                         f = {6, 2, flat, NULL}, l = {6, 2, line, NULL},
                         one = {6, 1, DATA, NULL}, out = {6, 2, far, NULL};
    distest_context ctx = distest_context_default();
    memcpy(bad, draws, sizeof bad);
    bad[3] = INFINITY;
#define ROUND(chains, draws, at, sample)                                               \
    distest_expfam_fit_draws(DRAWS, 2, chains, draws, at, sample, 0, theta, NULL,      \
                             NULL, NULL, NULL, NULL, NULL, NULL, &ctx)
    CHECK_FAILS(ROUND(4, draws, zero, NULL), DISTEST_EINVAL, &ctx, "sample");
    CHECK_FAILS(ROUND(0, draws, zero, &s), DISTEST_EINVAL, &ctx, "draws");
    CHECK_FAILS(ROUND(3, draws, zero, &s), DISTEST_EINVAL, &ctx, "draws");
    CHECK_FAILS(ROUND(4, draws, zero, &one), DISTEST_EINVAL, &ctx, "draws");
    CHECK_FAILS(ROUND(4, bad, zero, &s), DISTEST_EINVAL, &ctx, "draws");
    CHECK_FAILS(ROUND(4, draws, nan, &s), DISTEST_EINVAL, &ctx, "at");
    CHECK_FAILS(ROUND(4, draws, zero, &two), DISTEST_EINVAL, &ctx, "x");
    CHECK_FAILS(ROUND(4, draws, zero, &f), DISTEST_ESING, &ctx, "x");
    CHECK(strstr(ctx.message, "constant") != NULL);
    CHECK_FAILS(ROUND(4, draws, zero, &l), DISTEST_ESING, &ctx, "x");
    CHECK(strstr(ctx.message, "combination") != NULL);
    CHECK_FAILS(ROUND(4, draws, zero, &out), DISTEST_ENOMLE, &ctx, "x");
    CHECK(theta[0] == 7 && theta[1] == 7);
}

/* two points of support, where the logistic regression is solved by hand: the odds of
 * data against noise at each point are the ratio of the weights */
static void noise_checks_its_input(void)
{
    const double xi[2] = {0, 1}, w[2] = {1, 3}, noise[2] = {0, 1}, v[2] = {2, 1},
                 minus[2] = {1, -1}, none[2] = {0, 0}, nan[2] = {0, NAN},
                 flat[2] = {1, 1};
    double theta = 7, psi = 8;
    distest_context ctx = distest_context_default();
    CHECK(distest_expfam_fit_nce(2, 1, xi, w, 2, noise, v, &theta, &psi, NULL) == 0);
    /* data 1/4, 3/4; noise 2/3, 1/3: exp(theta x - psi) is their ratio */
    CHECK_NEAR(psi, -log(3.0 / 8), 1e-6);
    CHECK_NEAR(theta, log((9.0 / 4) / (3.0 / 8)), 1e-6);
#define NCE(n, xi, w, m, noise, v)                                                     \
    distest_expfam_fit_nce(n, 1, xi, w, m, noise, v, &theta, &psi, &ctx)
    CHECK_FAILS(NCE(0, xi, NULL, 2, noise, NULL), DISTEST_EINVAL, &ctx, "xi");
    CHECK_FAILS(NCE(2, xi, NULL, 0, noise, NULL), DISTEST_EINVAL, &ctx, "xi");
    CHECK_FAILS(NCE(2, nan, NULL, 2, noise, NULL), DISTEST_EINVAL, &ctx, "xi");
    CHECK_FAILS(NCE(2, xi, NULL, 2, nan, NULL), DISTEST_EINVAL, &ctx, "noise");
    CHECK_FAILS(NCE(2, xi, minus, 2, noise, NULL), DISTEST_EINVAL, &ctx, "weights");
    CHECK_FAILS(NCE(2, xi, w, 2, noise, none), DISTEST_EINVAL, &ctx, "noise_weights");
    CHECK_FAILS(NCE(2, xi, w, 2, flat, NULL), DISTEST_ESING, &ctx, "noise");
}

static int round_of_draws(distest_context *ctx)
{
    const double zero[2] = {0, 0};
    const distest_sample s = {6, 2, DATA, NULL};
    double theta[2], mean[2], cov[4], G[4], mix[6], spectrum[2], reach;
    distest_expfam_mc_info info;
    return distest_expfam_fit_draws(400, 2, 2, draws, zero, &s, 0, theta, mean, cov, G,
                                    mix, spectrum, &reach, &info, ctx);
}

static int starts(distest_context *ctx)
{
    const double x[6] = {0.2, 0.7, 0.4, 1, 2, 2}, a = 2, score[2] = {0, 1},
                 prob[2] = {1, 1};
    const size_t levels = 2, terms[2] = {0, 1};
    const distest_sample s = {3, 2, x, NULL};
    distest_expfam_family *f = NULL;
    double theta[2], psi;
    int status = distest_expfam_family_pairwise(&f, 1, &a, &a, 1, &levels, score, prob,
                                                1, terms, ctx);
    if (status == 0) status = distest_expfam_fit_pseudo(f, &s, theta, ctx);
    if (status == 0)
        status =
            distest_expfam_fit_nce(6, 2, DATA, NULL, 40, draws, NULL, theta, &psi, ctx);
    distest_expfam_family_free(f);
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(round_of_draws) > 20);
    CHECK(check_cancel(round_of_draws) >= 2);
    CHECK(check_out_of_memory(starts) > 15);
    CHECK(check_cancel(starts) > 2);
}

int main(void)
{
    make_draws();
    RUN(a_coin_has_its_logit);
    RUN(one_variable_is_its_own_pseudo_likelihood);
    RUN(monte_carlo_checks_its_input);
    RUN(a_round_of_normal_draws);
    RUN(rounds_check_their_input);
    RUN(noise_checks_its_input);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_draws");
}
