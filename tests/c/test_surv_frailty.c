/* test_surv_frailty.c - shared gamma frailty: slopes of the likelihood written out are
 * 0 at the optimum; independence as an estimate; limits of kappa; failures. */
#include "check.h"

#include <distest.h>

enum { GROUPS = 30, EACH = 4, ROWS = GROUPS * EACH };
static int type[ROWS], group[ROWS];
static double time_[ROWS], entry[ROWS], design[2 * ROWS];

/* Weyl sequences for uniforms; `spread` of the groups' factors */
static void make(double spread)
{
    double u = 0.5, v = 0.25;
    for (int i = 0; i < ROWS; i++) {
        u = fmod(u + 0.6180339887498949, 1);
        v = fmod(v + 0.7548776662466927, 1);
        group[i] = (i * 7) % GROUPS;
        const double z = exp(spread * ((group[i] % 3) - 1));
        design[i] = 1;
        design[i + ROWS] = v - 0.5;
        const double t = pow(-log(u) / z * exp(-0.8 * design[i + ROWS]), 1 / 1.3);
        entry[i] = i % 5 ? 0 : 0.1 * t;
        type[i] = t < 3 ? DISTEST_SURV_EVENT : DISTEST_SURV_RIGHT;
        time_[i] = t < 3 ? t : 3;
    }
}

/* Weibull, covariates in lambda, gamma ~ 1 */
static distest_surv_data weibull(void)
{
    distest_surv_data d = distest_surv_data_default();
    d.n = ROWS;
    d.type = type;
    d.lower = time_;
    d.entry = entry;
    d.cluster = group;
    d.par[1] = (distest_surv_par){.p = 2, .x = design, .ldx = ROWS};
    d.par[2] = (distest_surv_par){.p = 1, .x = design, .ldx = ROWS};
    d.par[3].value = log(2);
    return d;
}

/* The likelihood as it stands in the books; par: intercept, slope, log gamma, v. */
static double loglik(const double *par)
{
    double H[GROUPS] = {0}, H0[GROUPS] = {0}, d[GROUPS] = {0}, sum = 0;
    const double g = exp(par[2]), v = par[3];
    for (int i = 0; i < ROWS; i++) {
        const double rate = exp(par[0] + par[1] * design[i + ROWS]);
        H[group[i]] += rate * pow(time_[i], g);
        H0[group[i]] += rate * pow(entry[i], g);
        if (type[i] != DISTEST_SURV_EVENT) continue;
        sum += log(rate * g * pow(time_[i], g - 1));
        d[group[i]] += 1;
    }
    for (int c = 0; c < GROUPS; c++) {
        sum += -(1 / v + d[c]) * log(1 + v * H[c]) + log(1 + v * H0[c]) / v;
        for (int j = 1; j < d[c]; j++) sum += log(1 + v * j);
    }
    return sum;
}

typedef struct {
    double coef[8], vcov[64], v[2], effect[GROUPS];
    distest_surv_info info;
} result;

static int fit(const distest_surv_data *d, result *r, distest_context *ctx)
{
    const distest_surv_opts opts = distest_surv_opts_default();
    return distest_surv_frailty(d, &opts, r->coef, r->vcov, r->v, r->effect, &r->info,
                                ctx);
}

static void the_likelihood_written_out_is_flat(void)
{
    const distest_surv_data d = weibull();
    result r;
    CHECK(fit(&d, &r, NULL) == DISTEST_SUCCESS);
    CHECK(r.info.converged && r.info.df == 4 && r.v[0] > 0.1 && r.v[1] > 0);
    const double at[] = {r.coef[0], r.coef[1], r.coef[2], r.v[0]};
    const double se[] = {sqrt(r.vcov[0]), sqrt(r.vcov[4]), sqrt(r.vcov[8]), r.v[1]};
    CHECK_REL(r.info.loglik, loglik(at), 1e-12);
    double I[16], slope[4];
    for (int k = 0; k < 4; k++) {
        double high[4], low[4];
        const double h = 1e-4 * se[k];
        memcpy(high, at, sizeof high);
        memcpy(low, at, sizeof low);
        high[k] += h;
        low[k] -= h;
        slope[k] = (loglik(high) - loglik(low)) / (2 * h);
        CHECK(fabs(slope[k]) * se[k] < 1e-5);
    }
    for (int j = 0; j < 4; j++)
        for (int k = 0; k < 4; k++) {
            double f[4];
            for (int s = 0; s < 4; s++) {
                double x[4];
                memcpy(x, at, sizeof x);
                x[j] += (s & 1 ? -0.01 : 0.01) * se[j];
                x[k] += (s & 2 ? -0.01 : 0.01) * se[k];
                f[s] = loglik(x);
            }
            I[j + 4 * k] = -(f[0] - f[1] - f[2] + f[3]) / (4e-4 * se[j] * se[k]);
        }
    /* I V = 1 in the rows of theta against the column of a coefficient, but for v's own
     * covariances, which are not given: the Schur complement of v instead */
    for (int j = 0; j < 3; j++)
        for (int k = 0; k < 3; k++) {
            double one = 0;
            for (int m = 0; m < 3; m++)
                one +=
                    (I[j + 4 * m] - I[j + 12] * I[m + 12] / I[15]) * r.vcov[m + 3 * k];
            const double unit = sqrt(I[j + 4 * j] * r.vcov[k + 3 * k]);
            CHECK(fabs(one - (j == k)) < 2e-4 * (1 + unit));
        }
    for (int c = 0; c < GROUPS; c++) CHECK(r.effect[c] > 0);
    double mean = 0;
    for (int c = 0; c < GROUPS; c++) mean += r.effect[c] / GROUPS;
    CHECK_NEAR(mean, 1, 0.1);
}

static void threads_do_not_show(void)
{
    const distest_surv_data d = weibull();
    distest_context ctx = distest_context_default();
    result one, two;
    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    ctx.threads = 1;
    CHECK(fit(&d, &one, &ctx) == DISTEST_SUCCESS);
    ctx.threads = 3;
    CHECK(fit(&d, &two, &ctx) == DISTEST_SUCCESS);
    CHECK(memcmp(one.coef, two.coef, sizeof one.coef) == 0);
    CHECK(memcmp(one.v, two.v, sizeof one.v) == 0);
}

static void independence_may_be_the_estimate(void)
{
    distest_surv_data d = weibull();
    const distest_surv_opts opts = distest_surv_opts_default();
    int shuffled[ROWS];
    result r;
    double coef[3], vcov[9];
    distest_surv_info info;
    make(0);
    for (int i = 0; i < ROWS; i++) shuffled[i] = i % GROUPS; /* evenly spread times */
    d.cluster = shuffled;
    CHECK(fit(&d, &r, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_fit(&d, &opts, coef, vcov, NULL, &info, NULL) ==
          DISTEST_SUCCESS);
    CHECK(r.info.loglik >= info.loglik - 1e-9);
    if (r.v[0] == 0) {
        CHECK(isnan(r.v[1]));
        CHECK_NEAR(r.info.loglik, info.loglik, 1e-10);
        for (int k = 0; k < 3; k++) CHECK_NEAR(r.coef[k], coef[k], 1e-7);
        for (int k = 0; k < 9; k++) CHECK_NEAR(r.vcov[k], vcov[k], 1e-7);
        for (int c = 0; c < GROUPS; c++) CHECK(r.effect[c] == 1);
    }
    CHECK(r.v[0] == 0);
    make(1);
}

static void kappa_may_be_estimated_too(void)
{
    distest_surv_data d = weibull();
    result r, w;
    CHECK(fit(&d, &w, NULL) == DISTEST_SUCCESS);
    d.par[3] = (distest_surv_par){.p = 1, .x = design, .ldx = ROWS};
    CHECK(fit(&d, &r, NULL) == DISTEST_SUCCESS);
    CHECK(r.info.loglik >= w.info.loglik - 1e-9 && r.info.df == 5);
    d = weibull();
    d.kernel = DISTEST_SURV_KERNEL_M1;
    d.par[0] = (distest_surv_par){.p = 1, .x = design, .ldx = ROWS};
    CHECK(fit(&d, &r, NULL) == DISTEST_SUCCESS);
    CHECK(r.info.kernel == DISTEST_SURV_KERNEL_M1 && isfinite(r.info.loglik));
}

static void what_cannot_be_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_surv_data d = weibull();
    double w[ROWS];
    result r;
    d.cluster = NULL;
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_EINVAL, &ctx, "cluster");
    d = weibull();
    for (int i = 0; i < ROWS; i++) w[i] = 2;
    d.weight = w;
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_EINVAL, &ctx, "weight");
    d.weight = NULL;
    for (int i = 0; i < ROWS; i++) w[i] = type[i];
    d.bhazard = w;
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_EINVAL, &ctx, "bhazard");
    d = weibull();
    d.upper = time_;
    type[3] = DISTEST_SURV_LEFT;
    CHECK_FAILS(fit(&d, &r, &ctx), DISTEST_EINVAL, &ctx, "type");
    make(1);
}

static int small(distest_context *ctx)
{
    const distest_surv_data d = weibull();
    result r;
    return fit(&d, &r, ctx);
}

static void memory_may_fail_and_polls_may_cancel(void)
{
    CHECK(check_out_of_memory(small) > 50);
    CHECK(check_cancel(small) > 10);
}

int main(void)
{
    make(1);
    RUN(the_likelihood_written_out_is_flat);
    RUN(threads_do_not_show);
    RUN(independence_may_be_the_estimate);
    RUN(kappa_may_be_estimated_too);
    RUN(what_cannot_be_is_named);
    RUN(memory_may_fail_and_polls_may_cancel);
    return check_report("surv_frailty");
}
