/* test_expfam_user.c - families by the caller's functions against built-in ones that
 * are the same, and against formulas. */
#include "check.h"

#include <distest/expfam.h>
#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

/* ---- the normal law, statistics x and x^2, Lebesgue measure */
static int square_stats(size_t n, const double *x, size_t ldx, double *xi, size_t ldxi,
                        void *data)
{
    (void)ldx;
    if (data) ++*(long *)data;
    for (size_t i = 0; i < n; i++) {
        xi[i] = x[i];
        xi[i + ldxi] = x[i] * x[i];
    }
    return 0;
}

static int normal_psi(const double *t, double *psi, double *grad, double *hess,
                      void *data)
{
    (void)data;
    if (!(t[1] < 0)) return 1;
    const double mean = -0.5 * t[0] / t[1], v = -0.5 / t[1];
    *psi = -0.25 * t[0] * t[0] / t[1] + 0.5 * log(-PI / t[1]);
    if (grad) grad[0] = mean, grad[1] = mean * mean + v;
    if (hess) {
        hess[0] = v;
        hess[1] = hess[2] = 2 * mean * v;
        hess[3] = 4 * mean * mean * v + 2 * v * v;
    }
    return 0;
}

/* ---- the same statistics on N(0, 1), by draws only */
static int normal_draws(const double *t, size_t n, distest_rng *rng, double *x,
                        size_t ldx, void *data)
{
    const double v = 1 / (1 - 2 * t[1]);
    (void)ldx, (void)data;
    if (!(v > 0)) return 7;
    for (size_t i = 0; i < n; i++) {
        const double r = sqrt(-2 * log(distest_rng_uniform(rng)));
        x[i] = t[0] * v + sqrt(v) * r * cos(2 * PI * distest_rng_uniform(rng));
    }
    return 0;
}

static int stuck_draws(const double *t, size_t n, distest_rng *rng, double *x,
                       size_t ldx, void *data)
{
    (void)t, (void)rng, (void)ldx, (void)data;
    for (size_t i = 0; i < n; i++) x[i] = 1;
    return 0;
}

static int positive_only(size_t n, const double *x, size_t ldx, double *out, void *data)
{
    (void)ldx, (void)data;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] > 0)) return 1;
        out[i] = -log(x[i]);
    }
    return 0;
}

static const distest_expfam_callbacks normal = {
    .size = sizeof normal, .p = 2, .d = 1, .stats = square_stats, .psi = normal_psi};
static const distest_expfam_callbacks sampled = {.size = sizeof sampled,
                                                 .p = 2,
                                                 .d = 1,
                                                 .stats = square_stats,
                                                 .sample = normal_draws};

enum { N = 60 };
static double x[N];

static distest_sample data(void)
{
    for (size_t i = 0; i < N; i++)
        x[i] = 0.4 + 0.8 * sin((double)(i * i + 1)) + 0.3 * cos(7.0 * (double)i);
    return (distest_sample){.n = N, .d = 1, .x = x};
}

static void a_log_partition_gives_the_built_in_fit(void)
{
    distest_expfam_family *f = NULL, *g = NULL;
    double a[2], b[2];
    const double start[2] = {0, -1};
    distest_expfam_info fit = {.size = sizeof fit}, same = fit;
    const distest_sample s = data();
    CHECK(distest_expfam_family_user(&f, &normal, NULL) == 0);
    CHECK(distest_expfam_family_alloc(&g, "normal", NULL, 0, NULL, 0, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &s, start, a, NULL, NULL, &fit, NULL) == 0);
    CHECK(distest_expfam_fit_data(g, NULL, &s, NULL, b, NULL, NULL, &same, NULL) == 0);
    CHECK_NEAR(a[0], b[0], 1e-11);
    CHECK_NEAR(a[1], b[1], 1e-11);
    CHECK_NEAR(fit.loglik, same.loglik, 1e-11);
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static void cumulants_and_terms_are_those_of_the_normal_law(void)
{
    distest_expfam_family *f = NULL, *g = NULL;
    double theta[2], S[8], Q[16], S0[8], Q0[16];
    distest_expfam_terms t, t0;
    const distest_sample s = data();
    CHECK(distest_expfam_family_user(&f, &normal, NULL) == 0);
    CHECK(distest_expfam_family_alloc(&g, "normal", NULL, 0, NULL, 0, NULL) == 0);
    CHECK(distest_expfam_fit_data(g, NULL, &s, NULL, theta, NULL, NULL, NULL, NULL) ==
          0);
    CHECK(distest_expfam_cumulants(f, theta, S, Q, NULL) == 0);
    CHECK(distest_expfam_cumulants(g, theta, S0, Q0, NULL) == 0);
    for (int k = 0; k < 8; k++) CHECK_NEAR(S[k], S0[k], 1e-8);
    for (int k = 0; k < 16; k++) CHECK_NEAR(Q[k], Q0[k], 1e-7);
    CHECK(distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_terms_data(g, theta, &s, 0, &t0, NULL, NULL, NULL) == 0);
    CHECK_NEAR(t.trace, t0.trace, 1e-11);
    CHECK_NEAR(t.t1, t0.t1, 1e-8);
    CHECK_NEAR(t.t2, t0.t2, 1e-8);
    CHECK_NEAR(t.t3, t0.t3, 1e-7);
    CHECK_NEAR(t.rho4, t0.rho4, 1e-7);
    CHECK_NEAR(t.se_r1, t0.se_r1, 1e-8);
    /* near the boundary steps grow shorter: the same law, six units of scale away */
    const double far[2] = {2e-6 * 3, -1e-6};
    CHECK(distest_expfam_cumulants(f, far, S, NULL, NULL) == 0);
    CHECK(distest_expfam_cumulants(g, far, S0, NULL, NULL) == 0);
    for (int k = 0; k < 8; k++) CHECK_NEAR(S[k], S0[k], S0[k] == 0 ? 1e-3 : 1e-7);
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static void base_densities_and_supports_are_kept(void)
{
    distest_expfam_callbacks c = normal;
    distest_expfam_family *f = NULL;
    distest_context ctx = distest_context_default();
    long calls = 0;
    double good[] = {1, 2, 4}, bad[] = {1, 2, -4}, theta[2], xi[6], base[3];
    const double start[2] = {0, -1};
    distest_sample s = {.n = 3, .d = 1, .x = good};
    distest_expfam_info with = {.size = sizeof with}, without = with;
    CHECK(distest_expfam_family_user(&f, &c, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &s, start, theta, NULL, NULL, &without,
                                  NULL) == 0);
    distest_expfam_family_free(f);
    c.logbase = positive_only;
    c.data = &calls;
    c.psi = normal_psi;
    CHECK(distest_expfam_family_user(&f, &c, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &s, start, theta, NULL, NULL, &with, NULL) ==
          0);
    CHECK(calls > 0);
    CHECK_NEAR(with.loglik, without.loglik - log(8), 1e-12);
    CHECK(distest_expfam_stats(f, &s, xi, base, NULL) == 0);
    CHECK_NEAR(base[2], -log(4), 1e-15);
    s.x = bad;
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &s, start, theta, NULL, NULL, NULL, &ctx),
        DISTEST_EDOM, &ctx, "x");
    CHECK(strstr(ctx.message, "row 3") != NULL);
    distest_expfam_family_free(f);
}

static void draws_alone_give_the_fit_and_its_terms(void)
{
    distest_expfam_family *f = NULL, *g = NULL;
    double theta[2], usual[2], mean[2], y[4000], sum = 0;
    distest_rng rng = distest_rng_seed(5);
    distest_expfam_mc_info info = {.size = sizeof info};
    distest_expfam_terms exact;
    const distest_sample s = data();
    CHECK(distest_expfam_family_user(&f, &sampled, NULL) == 0);
    CHECK(distest_expfam_fit_mc(f, NULL, &s, NULL, &rng, theta, mean, NULL, NULL, NULL,
                                NULL, &info, NULL) == 0);
    CHECK(info.converged == 1 && info.rhat < 1.05);
    /* on Lebesgue measure theta_2 is less by 1/2 */
    const double v = 1 / (1 - 2 * theta[1]);
    double m2 = 0;
    for (size_t i = 0; i < N; i++) m2 += x[i] * x[i] / N;
    CHECK(fabs(theta[0] * v - mean[0]) < 5 * sqrt(2 * info.kl_mc * v));
    CHECK(fabs(v - (m2 - mean[0] * mean[0])) < 5 * sqrt(2 * info.kl_mc) * 2 * v);
    const double psi = 0.5 * theta[0] * theta[0] * v + 0.5 * log(v);
    CHECK(fabs(info.psi - psi) < 5 * info.psi_se && info.psi_se < 0.01);
    CHECK(distest_expfam_family_alloc(&g, "normal", NULL, 0, NULL, 0, NULL) == 0);
    CHECK(distest_expfam_fit_data(g, NULL, &s, NULL, usual, NULL, NULL, NULL, NULL) ==
          0);
    CHECK(distest_expfam_terms_data(g, usual, &s, 0, &exact, NULL, NULL, NULL) == 0);
    CHECK(fabs(info.terms.trace - exact.trace) < 5 * info.terms_sd[0]);
    CHECK(fabs(info.terms.t1 - exact.t1) < 5 * info.terms_sd[1]);
    CHECK(fabs(info.terms.t2 - exact.t2) < 5 * info.terms_sd[2]);
    CHECK(fabs(info.terms.t3 - exact.t3) < 5 * info.terms_sd[3]);
    CHECK(distest_expfam_sample(f, theta, 4000, &rng, y, NULL) == 0);
    for (int i = 0; i < 4000; i++) sum += y[i] / 4000;
    CHECK(fabs(sum - theta[0] * v) < 5 * sqrt(v / 4000));
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static void what_cannot_be_is_named(void)
{
    distest_expfam_family *f = NULL;
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(5);
    distest_expfam_callbacks c = normal;
    const distest_sample s = data();
    const double outside[2] = {0, 1};
    double theta[2] = {0, -1}, psi, S[8], y[3];
    CHECK_FAILS(distest_expfam_family_user(&f, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "callbacks");
    c.psi = NULL;
    CHECK_FAILS(distest_expfam_family_user(&f, &c, &ctx), DISTEST_EINVAL, &ctx,
                "callbacks");
    CHECK(distest_expfam_family_user(&f, &normal, NULL) == 0);
    CHECK_FAILS(distest_expfam_psi(f, outside, &psi, NULL, NULL, &ctx), DISTEST_EDOM,
                &ctx, "theta");
    CHECK_FAILS(distest_expfam_cumulants(f, outside, S, NULL, &ctx), DISTEST_EDOM, &ctx,
                "theta");
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_EDOM, &ctx, "start"); /* Psi is infinite at 0 */
    CHECK_FAILS(distest_expfam_sample(f, theta, 3, &rng, y, &ctx), DISTEST_EINVAL, &ctx,
                "family");
    CHECK_FAILS(distest_expfam_fit_mc(f, NULL, &s, NULL, &rng, theta, NULL, NULL, NULL,
                                      NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "family");
    distest_expfam_family_free(f);
    c.sample = stuck_draws;
    CHECK(distest_expfam_family_user(&f, &c, NULL) == 0);
    CHECK_FAILS(distest_expfam_fit_mc(f, NULL, &s, NULL, &rng, theta, NULL, NULL, NULL,
                                      NULL, NULL, NULL, &ctx),
                DISTEST_ECONV, &ctx, "family");
    CHECK(strstr(ctx.message, "Statistic 1") != NULL);
    CHECK_FAILS(distest_expfam_psi(f, outside, &psi, NULL, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "family");
    distest_expfam_family_free(f);
    c.sample = normal_draws;
    CHECK(distest_expfam_family_user(&f, &c, NULL) == 0);
    CHECK_FAILS(distest_expfam_sample(f, outside, 3, &rng, y, &ctx), DISTEST_EINVAL,
                &ctx, "family");
    CHECK(strstr(ctx.message, "returned 7") != NULL);
    distest_expfam_family_free(f);
    c = normal;
    c.p = 33;
    CHECK(distest_expfam_family_user(&f, &c, NULL) == 0);
    double many[33] = {0};
    CHECK_FAILS(distest_expfam_terms_data(f, many, NULL, 0, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "family");
    distest_expfam_family_free(f);
}

static int by_psi(distest_context *ctx)
{
    distest_expfam_family *f = NULL;
    const distest_sample s = data();
    const double start[2] = {0, -1};
    double theta[2];
    distest_expfam_terms t;
    int status = distest_expfam_family_user(&f, &normal, ctx);
    if (status == DISTEST_SUCCESS)
        status =
            distest_expfam_fit_data(f, NULL, &s, start, theta, NULL, NULL, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, ctx);
    distest_expfam_family_free(f);
    return status;
}

static int by_draws(distest_context *ctx)
{
    distest_expfam_family *f = NULL;
    const distest_sample s = data();
    double theta[2], y[5];
    distest_rng rng = distest_rng_seed(1);
    distest_expfam_mc_opts opts = distest_expfam_mc_opts_default();
    opts.tol = 1;
    int status = distest_expfam_family_user(&f, &sampled, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_fit_mc(f, &opts, &s, NULL, &rng, theta, NULL, NULL,
                                       NULL, NULL, NULL, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_sample(f, theta, 5, &rng, y, ctx);
    distest_expfam_family_free(f);
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(by_psi) > 30);
    CHECK(check_cancel(by_psi) > 3);
    CHECK(check_out_of_memory(by_draws) > 30);
    CHECK(check_cancel(by_draws) > 16);
}

int main(void)
{
    RUN(a_log_partition_gives_the_built_in_fit);
    RUN(cumulants_and_terms_are_those_of_the_normal_law);
    RUN(base_densities_and_supports_are_kept);
    RUN(draws_alone_give_the_fit_and_its_terms);
    RUN(what_cannot_be_is_named);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_user");
}
