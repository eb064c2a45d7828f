/* test_surv_fit.c - fits of the synthetic rows of mixed.csv against 34-digit optima
 * (coefficients.tsv), optimum conditions, equal bits, failures. */
#include "surv_rows.h"

static void set(distest_surv_par *par, const double *x, size_t p)
{
    *par = (distest_surv_par){.p = p, .x = x, .ldx = MOST};
}

/* all rows, phi ~ age + trt, gamma ~ trt, kappa ~ 1 */
static distest_surv_data rows(void)
{
    distest_surv_data d = distest_surv_data_default();
    d.n = (size_t)n;
    d.type = type;
    d.lower = lower;
    d.upper = upper;
    set(&d.par[0], age, 3);
    set(&d.par[2], design, 2);
    set(&d.par[3], design, 1);
    return d;
}

typedef struct {
    double coef[8], vcov[64], robust[64];
    distest_surv_info info;
} result;

static int fit(const distest_surv_data *d, result *r, distest_context *ctx)
{
    const distest_surv_opts opts = distest_surv_opts_default();
    return distest_surv_fit(d, &opts, r->coef, r->vcov, r->robust, &r->info, ctx);
}

/* survival::survreg(Surv(lower, upper, type = "interval2") ~ trt, dist = "weibull") on
 * the rows without entry is what R's tests compare with; here the optimum's own
 * conditions. */
static void the_score_is_zero_and_the_information_inverse(void)
{
    static double eta[4 * MOST], value[MOST], grad[4 * MOST], hess[10 * MOST];
    distest_surv_data d = rows();
    result r;
    d.entry = entry;
    d.weight = weight;
    d.par[0].offset = off;
    CHECK(fit(&d, &r, NULL) == DISTEST_SUCCESS);
    CHECK(r.info.converged && r.info.boundary == DISTEST_SURV_INSIDE && r.info.df == 6);
    for (int i = 0; i < n; i++) {
        eta[i] = r.coef[0] + r.coef[1] * age[i + MOST] + r.coef[2] * age[i + 2 * MOST] +
                 off[i];
        eta[i + n] = 0;
        eta[i + 2 * n] = r.coef[3] + r.coef[4] * design[i + MOST];
        eta[i + 3 * n] = r.coef[5];
    }
    CHECK(distest_surv_terms(&d, eta, 2, value, grad, hess, NULL) == DISTEST_SUCCESS);
    double loglik = 0, score[6] = {0}, info[36] = {0};
    const double *const columns[] = {age,    age + MOST,    age + 2 * MOST,
                                     design, design + MOST, design};
    const int par[] = {0, 0, 0, 2, 2, 3};
    const int pair[4][4] = {{0, 1, 2, 3}, {1, 4, 5, 6}, {2, 5, 7, 8}, {3, 6, 8, 9}};
    for (int i = 0; i < n; i++) {
        loglik += weight[i] * value[i];
        for (int a = 0; a < 6; a++) {
            score[a] += weight[i] * grad[i + par[a] * n] * columns[a][i];
            for (int b = 0; b < 6; b++)
                info[a + 6 * b] -= weight[i] * hess[i + pair[par[a]][par[b]] * n] *
                                   columns[a][i] * columns[b][i];
        }
    }
    CHECK_REL(r.info.loglik, loglik, 1e-12);
    for (int a = 0; a < 6; a++) { /* in units of the standard errors */
        CHECK(fabs(score[a]) * sqrt(r.vcov[a + 6 * a]) < 1e-7);
        for (int b = 0; b < 6; b++) {
            double one = 0;
            for (int k = 0; k < 6; k++) one += info[a + 6 * k] * r.vcov[k + 6 * b];
            const double unit = sqrt(info[a + 6 * a] * r.vcov[b + 6 * b]);
            CHECK(fabs(one - (a == b)) < 1e-8 * (1 + unit));
        }
    }
}

/* Case mix_ic_lt_w_off of fits.tsv: interval, left, right and exact rows, delayed
 * entry, weights, an offset, clusters. Its age is (age - 55) / 10. */
static void agrees_with_34_digits(void)
{
    distest_surv_data d = rows();
    result r;
    d.entry = entry;
    d.weight = weight;
    d.cluster = site;
    d.par[0].offset = off;
    CHECK(fit(&d, &r, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(r.info.loglik, -887.988895098565, 1e-11);
    CHECK(r.info.clusters == 12 && r.info.weight == 471 && r.info.events == 174);
}

static void same_bits_for_any_threads(void)
{
    distest_surv_data d = rows();
    result one, other;
    distest_context ctx = distest_context_default();
    memset(&one, 0, sizeof one);
    memset(&other, 0, sizeof other);
    ctx.threads = 1;
    CHECK(fit(&d, &one, &ctx) == DISTEST_SUCCESS);
    for (int threads = 2; threads <= 4; threads++) {
        ctx.threads = threads;
        CHECK(fit(&d, &other, &ctx) == DISTEST_SUCCESS);
        CHECK(memcmp(one.coef, other.coef, sizeof one.coef) == 0);
        CHECK(memcmp(one.vcov, other.vcov, sizeof one.vcov) == 0);
        CHECK(memcmp(one.robust, other.robust, sizeof one.robust) == 0);
    }
}

/* few rows, coefficients and starts: it is run some hundreds of times */
static int fit_exact_rows(distest_context *ctx)
{
    static int exact[MOST];
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_data d = rows();
    result r;
    for (int i = 0; i < n; i++) exact[i] = type[i] == 1;
    d.type = exact;
    d.n = 40;
    d.cluster = site;
    set(&d.par[0], age, 2);
    set(&d.par[2], design, 1);
    opts.n_start = 1;
    for (int i = 0; i < 40; i++)
        if (type[i] == 2) lower[i] = upper[i];
    return distest_surv_fit(&d, &opts, r.coef, r.vcov, r.robust, &r.info, ctx);
}

static void memory_may_fail_and_polls_may_cancel(void)
{
    CHECK(check_out_of_memory(fit_exact_rows) > 50);
    CHECK(check_cancel(fit_exact_rows) > 50);
    read_rows();
}

static void bad_input_is_named_and_outputs_untouched(void)
{
    distest_context ctx = distest_context_default();
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_data d = rows();
    static int none[MOST];
    result r;
    r.coef[0] = 42;
    d.type = none;
    for (int i = 0; i < n; i++) lower[i] = isnan(lower[i]) ? upper[i] : lower[i];
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_ENOMLE, &ctx, "type");
    read_rows();
    d = rows();
    set(&d.par[1], design, 1);
    d.par[3] = (distest_surv_par){.value = log(2)};
    set(&d.par[2], design, 1);
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_ESING, &ctx, "lambda");
    d = rows();
    static double twice[3 * MOST];
    for (int i = 0; i < n; i++) {
        twice[i] = 1;
        twice[i + MOST] = design[i + MOST];
        twice[i + 2 * MOST] = 3 - 2 * design[i + MOST];
    }
    set(&d.par[0], twice, 3);
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_ESING, &ctx, "phi");
    CHECK(strstr(ctx.message, "Column 3") != NULL);
    d = rows();
    d.n = 0;
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_EINVAL, &ctx, "data");
    d = rows();
    twice[MOST + 4] = INFINITY;
    set(&d.par[0], twice, 2);
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_EINVAL, &ctx, "phi");
    d = rows();
    d.par[0].ldx = 3;
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_EINVAL, &ctx, "phi");
    d = rows();
    d.upper = NULL;
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_EINVAL, &ctx, "upper");
    d = rows();
    opts.n_start = 0;
    CHECK_FAILS(distest_surv_fit(&d, &opts, r.coef, r.vcov, NULL, &r.info, &ctx),
                DISTEST_EINVAL, &ctx, "start");
    CHECK(r.coef[0] == 42);
}

int main(void)
{
    read_rows();
    CHECK(n == 240);
    RUN(the_score_is_zero_and_the_information_inverse);
    RUN(agrees_with_34_digits);
    RUN(same_bits_for_any_threads);
    RUN(memory_may_fail_and_polls_may_cancel);
    RUN(bad_input_is_named_and_outputs_untouched);
    return check_report("surv_fit");
}
