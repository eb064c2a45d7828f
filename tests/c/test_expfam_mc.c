/* test_expfam_mc.c - pairwise models against ones that can be summed: binary variables
 * against the Ising model, a continuous pair against quadrature. */
#include "check.h"
#include <distest/expfam.h>

enum { N = 400, D = 3 };
static double codes[N * D], bits[N * D];

/* three binary variables, every row drawn from a chain of preferences */
static void make_data(void)
{
    distest_rng rng = distest_rng_seed(11);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < D; k++) {
            const double p = 0.35 + (k > 0 ? 0.3 * bits[i + (k - 1) * N] : 0);
            bits[i + k * N] = distest_rng_uniform(&rng) < p;
            codes[i + k * N] = bits[i + k * N] + 1;
        }
}

static distest_expfam_family *binary(distest_context *ctx)
{
    const size_t levels[D] = {2, 2, 2},
                 terms[12] = {0, 0, 1, 1, 2, 2, 0, 1, 0, 2, 1, 2};
    const double scores[2 * D] = {0, 1, 0, 1, 0, 1}, prob[2 * D] = {1, 1, 1, 1, 1, 1};
    distest_expfam_family *f = NULL;
    const int status = distest_expfam_family_pairwise(&f, 0, NULL, NULL, D, levels,
                                                      scores, prob, 6, terms, ctx);
    CHECK(status == DISTEST_SUCCESS || status == DISTEST_ENOMEM);
    return f;
}

static distest_expfam_family *ising(void)
{
    const size_t set[8] = {D, 0, 0, 1, 0, 2, 1, 2};
    distest_expfam_family *f = NULL;
    CHECK(distest_expfam_family_alloc(&f, "ising", NULL, 0, set, 8, NULL) == 0);
    return f;
}

static void binary_models_are_ising_models(void)
{
    distest_expfam_family *f = binary(NULL), *g = ising();
    const distest_sample s = {N, D, codes, NULL}, z = {N, D, bits, NULL};
    double th[6], exact[6], pl[6], mix[18], psi;
    distest_expfam_mc_info o;
    distest_expfam_info e;
    distest_expfam_terms t;
    distest_rng rng = distest_rng_seed(2);
    CHECK(distest_expfam_fit_mc(f, NULL, &s, NULL, &rng, th, NULL, NULL, NULL, mix,
                                NULL, &o, NULL) == 0);
    CHECK(distest_expfam_fit_data(g, NULL, &z, NULL, exact, NULL, NULL, &e, NULL) == 0);
    CHECK(distest_expfam_terms_data(g, exact, &z, 0, &t, NULL, NULL, NULL) == 0);
    for (int k = 0; k < 6; k++) CHECK(fabs(th[k] - exact[k]) < 4.5 * mix[k]);
    CHECK(o.converged && o.kl_mc <= 0.01 * 0.5 * o.terms.trace / N && o.rhat < 1.01);
    CHECK(fabs(o.terms.trace - t.trace) < 5 * o.terms_sd[0] + 0.002 * t.trace);
    CHECK(fabs(o.terms.t1 - t.t1) < 5 * o.terms_sd[1] + 0.02 * fabs(t.t1));
    CHECK(fabs(o.terms.t2 - t.t2) < 5 * o.terms_sd[2] + 0.02 * t.t2);
    CHECK(fabs(o.terms.t3 - t.t3) < 5 * o.terms_sd[3] + 0.02 * fabs(t.t3));
    CHECK_REL(o.terms.se_r1, t.se_r1, 0.05);
    /* at the Monte Carlo theta, with the uniform base a probability */
    CHECK(distest_expfam_psi(g, th, &psi, NULL, NULL, NULL) == 0);
    CHECK(fabs(o.psi - (psi - D * log(2))) < 5 * o.psi_se + 1e-4);
    CHECK(o.psi_se < 0.01);
    /* for three variables with all pairs the pseudo-likelihood is near, not equal */
    CHECK(distest_expfam_fit_pseudo(f, &s, pl, NULL) == 0);
    for (int k = 0; k < 6; k++) CHECK(fabs(pl[k] - exact[k]) < 0.05);
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

/* x, y with base Beta(2, 3), Beta(1.5, 1) and density exp(c x y): E xy by quadrature */
static void draws_of_a_continuous_pair_have_its_mean(void)
{
    enum { M = 40000, GRID = 2000 };
    const double a[2] = {2, 1.5}, b[2] = {3, 1}, theta = 4;
    const size_t terms[2] = {0, 1};
    static double x[2 * M];
    double sum = 0, total = 0, square = 0, mean = 0;
    distest_expfam_family *f = NULL;
    distest_rng rng = distest_rng_seed(3);
    CHECK(distest_expfam_family_pairwise(&f, 2, a, b, 0, NULL, NULL, NULL, 1, terms,
                                         NULL) == 0);
    CHECK(distest_expfam_sample(f, &theta, M, &rng, x, NULL) == 0);
    for (int i = 0; i < GRID; i++)
        for (int j = 0; j < GRID; j++) {
            const double u = (i + 0.5) / GRID, v = (j + 0.5) / GRID;
            const double w = u * (1 - u) * (1 - u) * sqrt(v) * exp(theta * u * v);
            total += w;
            sum += w * u * v;
            square += w * u * u * v * v;
        }
    for (int i = 0; i < M; i++) mean += x[i] * x[i + M] / M;
    const double sd = sqrt(square / total - sum * sum / (total * total));
    CHECK(fabs(mean - sum / total) < 4.5 * sd * sqrt(1.5 / M));
    distest_expfam_family_free(f);
}

/* Uniform noise against draws of exp(theta x) on (0, 1): theta and Psi come out. */
static void noise_and_data_are_told_apart(void)
{
    enum { M = 20000 };
    static double data[M], noise[M];
    const double theta = 2;
    double th, psi;
    distest_rng rng = distest_rng_seed(6);
    for (int i = 0; i < M; i++) {
        noise[i] = distest_rng_uniform(&rng);
        data[i] = log1p(distest_rng_uniform(&rng) * expm1(theta)) / theta;
    }
    CHECK(distest_expfam_fit_nce(M, 1, data, NULL, M, noise, NULL, &th, &psi, NULL) ==
          0);
    CHECK(fabs(th - theta) < 0.15);
    CHECK(fabs(psi - log(expm1(theta) / theta)) < 0.1);
    for (int i = 0; i < M; i++) data[i] = 2 + noise[i]; /* apart without error */
    distest_context ctx = distest_context_default();
    CHECK_FAILS(
        distest_expfam_fit_nce(M, 1, data, NULL, M, noise, NULL, &th, &psi, &ctx),
        DISTEST_ENOMLE, &ctx, "xi");
}

/* One round with draws of the caller's: exponential laws, from rate 1 to the data's. */
static void a_round_goes_to_the_maximum(void)
{
    enum { M = 8000 };
    static double draws[M], data[100];
    double at = 0, theta = 9, reach = 0;
    distest_expfam_mc_info o;
    distest_rng rng = distest_rng_seed(7);
    for (int i = 0; i < M; i++) draws[i] = -log(distest_rng_uniform(&rng));
    for (int i = 0; i < 100; i++) data[i] = -log((i + 0.5) / 100) / 1.1;
    double mean = 0;
    for (int i = 0; i < 100; i++) mean += data[i] / 100;
    const distest_sample s = {100, 1, data, NULL};
    CHECK(distest_expfam_fit_draws(M, 1, 8, draws, &at, &s, 0, &theta, NULL, NULL, NULL,
                                   NULL, NULL, &reach, &o, NULL) == 0);
    CHECK(reach == 1);
    CHECK(fabs(theta - (1 - 1 / mean)) < 0.05); /* relative to rate 1 */
    CHECK(o.converged && isnan(o.psi));
    for (int i = 0; i < 100; i++) data[i] *= 6; /* too far for one round */
    CHECK(distest_expfam_fit_draws(M, 1, 8, draws, &at, &s, 0, &theta, NULL, NULL, NULL,
                                   NULL, NULL, &reach, &o, NULL) == 0);
    CHECK(reach < 1 && reach > 0 && theta > 0 && !o.converged);
    for (int i = 0; i < M; i++) draws[i] = i / 1000; /* 8 chains that stand still */
    distest_context ctx = distest_context_default();
    for (int i = 0; i < 100; i++) data[i] = 3 + 0.01 * i;
    CHECK_FAILS(distest_expfam_fit_draws(M, 1, 8, draws, &at, &s, 0, &theta, NULL, NULL,
                                         NULL, NULL, NULL, &reach, &o, &ctx),
                DISTEST_ECONV, &ctx, "sampler");
    CHECK_FAILS(distest_expfam_fit_draws(M - 1, 1, 8, draws, &at, &s, 0, &theta, NULL,
                                         NULL, NULL, NULL, NULL, &reach, &o, &ctx),
                DISTEST_EINVAL, &ctx, "draws");
}

static void threads_do_not_change_bits(void)
{
    distest_expfam_family *f = binary(NULL);
    const distest_sample s = {N, D, codes, NULL};
    double th[2][6];
    distest_expfam_mc_info o[2];
    for (int k = 0; k < 2; k++) {
        distest_context ctx = distest_context_default();
        distest_rng rng = distest_rng_seed(2);
        ctx.threads = 1 + k;
        CHECK(distest_expfam_fit_mc(f, NULL, &s, NULL, &rng, th[k], NULL, NULL, NULL,
                                    NULL, NULL, o + k, &ctx) == 0);
    }
    CHECK(memcmp(th[0], th[1], sizeof th[0]) == 0);
    CHECK(o[0].terms.t2 == o[1].terms.t2 && o[0].psi == o[1].psi);
    distest_expfam_family_free(f);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = NULL;
    const double a[2] = {1, 1}, minus[2] = {1, -1}, out[2] = {0.5, 1.5};
    const size_t terms[2] = {0, 1}, back[2] = {1, 0}, far[2] = {0, 2},
                 twice[4] = {0, 1, 0, 1};
    CHECK_FAILS(distest_expfam_family_pairwise(&f, 2, a, minus, 0, NULL, NULL, NULL, 1,
                                               terms, &ctx),
                DISTEST_EINVAL, &ctx, "beta_b");
    CHECK_FAILS(
        distest_expfam_family_pairwise(&f, 2, a, a, 0, NULL, NULL, NULL, 1, back, &ctx),
        DISTEST_EINVAL, &ctx, "terms");
    CHECK_FAILS(
        distest_expfam_family_pairwise(&f, 2, a, a, 0, NULL, NULL, NULL, 1, far, &ctx),
        DISTEST_EINVAL, &ctx, "terms");
    CHECK_FAILS(distest_expfam_family_pairwise(&f, 2, a, a, 0, NULL, NULL, NULL, 2,
                                               twice, &ctx),
                DISTEST_EINVAL, &ctx, "terms");
    const size_t one = 1;
    CHECK_FAILS(
        distest_expfam_family_pairwise(&f, 1, a, a, 1, &one, a, a, 1, terms, &ctx),
        DISTEST_EINVAL, &ctx, "levels");
    CHECK(f == NULL);
    CHECK(distest_expfam_family_pairwise(&f, 2, a, a, 0, NULL, NULL, NULL, 1, terms,
                                         &ctx) == 0);
    const distest_sample s = {1, 2, out, NULL};
    double th = 5, psi = 6;
    distest_rng rng = distest_rng_seed(1);
    CHECK_FAILS(distest_expfam_fit_mc(f, NULL, &s, NULL, &rng, &th, NULL, NULL, NULL,
                                      NULL, NULL, NULL, &ctx),
                DISTEST_EDOM, &ctx, "x");
    CHECK_FAILS(distest_expfam_psi(f, &th, &psi, NULL, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "family");
    distest_expfam_mc_opts o = distest_expfam_mc_opts_default();
    o.tol = 0;
    CHECK_FAILS(distest_expfam_fit_mc(f, &o, &s, NULL, &rng, &th, NULL, NULL, NULL,
                                      NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "tol");
    CHECK(th == 5 && psi == 6);
    distest_expfam_family_free(f);
}

static int whole_run(distest_context *ctx)
{
    distest_expfam_family *f = NULL;
    const size_t levels = 2, terms[2] = {0, 1};
    const double a = 2, score[2] = {0, 1}, prob[2] = {1, 1};
    static double x[40], th;
    for (int i = 0; i < 20; i++) {
        x[i] = (i + 0.5) / 20;
        x[i + 20] = 1 + (i * 7 % 20 + i > 18);
    }
    const distest_sample s = {20, 2, x, NULL};
    distest_expfam_mc_opts o = distest_expfam_mc_opts_default();
    distest_rng rng = distest_rng_seed(1);
    o.tol = 0.5;
    int status = distest_expfam_family_pairwise(&f, 1, &a, &a, 1, &levels, score, prob,
                                                1, terms, ctx);
    if (status == 0)
        status = distest_expfam_fit_mc(f, &o, &s, NULL, &rng, &th, NULL, NULL, NULL,
                                       NULL, NULL, NULL, ctx);
    distest_expfam_family_free(f);
    return status;
}

static void memory_is_given_back(void)
{
    CHECK(check_out_of_memory(whole_run) > 40);
}

/* every 40th poll says stop */
static int polls, stop_at;
static int stop(double fraction, const char *stage, void *data)
{
    (void)data;
    CHECK(fraction >= 0 && fraction <= 1 && stage != NULL);
    return polls++ == stop_at;
}

static void cancelling_ends_the_chains(void)
{
    for (stop_at = 0;; stop_at += 40) {
        distest_context ctx = distest_context_default();
        const long live = check_live;
        polls = 0;
        ctx.threads = 1;
        ctx.progress = stop;
        const int status = whole_run(&ctx);
        CHECK(check_live == live);
        if (polls <= stop_at) {
            CHECK(status == DISTEST_SUCCESS);
            break;
        }
        CHECK(status == DISTEST_ECANCEL);
        if (status != DISTEST_ECANCEL) break;
    }
    CHECK(stop_at > 40);
}

int main(void)
{
    make_data();
    RUN(binary_models_are_ising_models);
    RUN(draws_of_a_continuous_pair_have_its_mean);
    RUN(noise_and_data_are_told_apart);
    RUN(a_round_goes_to_the_maximum);
    RUN(threads_do_not_change_bits);
    RUN(bad_input_is_named);
    RUN(memory_is_given_back);
    RUN(cancelling_ends_the_chains);
    return check_report("test_expfam_mc");
}
