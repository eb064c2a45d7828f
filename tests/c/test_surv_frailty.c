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

/* The likelihood as it stands in the books, of all clusters (-1) or one of them; par:
 * intercept, slope, log gamma, v. */
static double loglik_of(int only, const double *par)
{
    double H[GROUPS] = {0}, H0[GROUPS] = {0}, d[GROUPS] = {0}, sum = 0;
    const double g = exp(par[2]), v = par[3];
    for (int i = 0; i < ROWS; i++) {
        if (only >= 0 && group[i] != only) continue;
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

static double loglik(const double *par)
{
    return loglik_of(-1, par);
}

typedef struct {
    double coef[8], vcov[64], robust[64], v[2], effect[GROUPS];
    distest_surv_info info;
} result;

static int fit(const distest_surv_data *d, result *r, distest_context *ctx)
{
    const distest_surv_opts opts = distest_surv_opts_default();
    return distest_surv_frailty(d, &opts, r->coef, r->vcov, r->robust, r->v, r->effect,
                                &r->info, ctx);
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

/* A (4 x 4, positive definite) into its inverse, by elimination. */
static void invert(double *A)
{
    for (int k = 0; k < 4; k++) {
        const double pivot = A[k + 4 * k];
        A[k + 4 * k] = 1;
        for (int j = 0; j < 4; j++) A[k + 4 * j] /= pivot;
        for (int i = 0; i < 4; i++) {
            if (i == k) continue;
            const double f = A[i + 4 * k];
            A[i + 4 * k] = 0;
            for (int j = 0; j < 4; j++) A[i + 4 * j] -= f * A[k + 4 * j];
        }
    }
}

/* V M V from differences of the likelihood written out */
static void robust_errors_square_the_scores_of_clusters(void)
{
    const distest_surv_data d = weibull();
    result r;
    CHECK(fit(&d, &r, NULL) == DISTEST_SUCCESS);
    const double at[] = {r.coef[0], r.coef[1], r.coef[2], r.v[0]};
    double V[16], M[16] = {0}, h[4];
    for (int k = 0; k < 4; k++) h[k] = 0.002 * fmax(fabs(at[k]), 0.5);
    for (int j = 0; j < 4; j++)
        for (int k = 0; k < 4; k++) {
            double f[4];
            for (int s = 0; s < 4; s++) {
                double x[4];
                memcpy(x, at, sizeof x);
                x[j] += (s & 1 ? -1 : 1) * h[j];
                x[k] += (s & 2 ? -1 : 1) * h[k];
                f[s] = loglik(x);
            }
            V[j + 4 * k] = -(f[0] - f[1] - f[2] + f[3]) / (4 * h[j] * h[k]);
        }
    invert(V);
    for (int c = 0; c < GROUPS; c++) {
        double s[4];
        for (int k = 0; k < 4; k++) {
            double high[4], low[4];
            memcpy(high, at, sizeof high);
            memcpy(low, at, sizeof low);
            high[k] += 1e-5;
            low[k] -= 1e-5;
            s[k] = (loglik_of(c, high) - loglik_of(c, low)) / 2e-5;
        }
        for (int k = 0; k < 16; k++) M[k] += s[k % 4] * s[k / 4];
    }
    double R[16] = {0};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            for (int k = 0; k < 4; k++)
                for (int m = 0; m < 4; m++)
                    R[i + 4 * j] += V[i + 4 * k] * M[k + 4 * m] * V[m + 4 * j];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            CHECK(fabs(r.robust[i + 3 * j] - R[i + 4 * j]) <
                  1e-3 * sqrt(R[5 * i] * R[5 * j]));
    CHECK_REL(r.v[1], sqrt(R[15]), 1e-3);
}

/* A row of weight w is w rows. */
static void weights_are_members(void)
{
    enum { ALL = 2 * ROWS };
    static int type2[ALL], group2[ALL];
    static double time2[ALL], entry2[ALL], design2[2 * ALL], w[ROWS];
    distest_surv_data d = weibull(), e = weibull();
    result one, all;
    size_t n = 0;
    for (int i = 0; i < ROWS; i++) {
        w[i] = 1 + (i % 3 == 0) - (i % 7 == 5);
        for (int k = 0; k < w[i]; k++, n++) {
            type2[n] = type[i];
            group2[n] = group[i];
            time2[n] = time_[i];
            entry2[n] = entry[i];
            design2[n] = 1;
            design2[n + ALL] = design[i + ROWS];
        }
    }
    d.weight = w;
    e.n = n;
    e.type = type2;
    e.cluster = group2;
    e.lower = time2;
    e.entry = entry2;
    e.par[1] = (distest_surv_par){.p = 2, .x = design2, .ldx = ALL};
    e.par[2] = (distest_surv_par){.p = 1, .x = design2, .ldx = ALL};
    CHECK(fit(&d, &one, NULL) == DISTEST_SUCCESS);
    CHECK(fit(&e, &all, NULL) == DISTEST_SUCCESS);
    CHECK(one.info.weight == (double)n && one.info.events == all.info.events);
    CHECK_NEAR(one.info.loglik, all.info.loglik, 1e-9);
    CHECK_REL(one.v[0], all.v[0], 1e-7);
    CHECK_REL(one.v[1], all.v[1], 1e-6);
    for (int k = 0; k < 3; k++)
        CHECK(fabs(one.coef[k] - all.coef[k]) < 1e-7 * sqrt(all.vcov[4 * k]));
    for (int k = 0; k < 9; k++) {
        const double unit = sqrt(all.vcov[k % 3 * 4] * all.vcov[k / 3 * 4]);
        CHECK(fabs(one.vcov[k] - all.vcov[k]) < 1e-6 * unit);
        CHECK(fabs(one.robust[k] - all.robust[k]) < 1e-6 * unit);
    }
    for (int c = 0; c < GROUPS; c++) CHECK_REL(one.effect[c], all.effect[c], 1e-7);
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
    for (int i = 0; i < ROWS; i++) w[i] = 1.5;
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
    RUN(robust_errors_square_the_scores_of_clusters);
    RUN(weights_are_members);
    RUN(threads_do_not_show);
    RUN(independence_may_be_the_estimate);
    RUN(kappa_may_be_estimated_too);
    RUN(what_cannot_be_is_named);
    RUN(memory_may_fail_and_polls_may_cancel);
    return check_report("surv_frailty");
}
