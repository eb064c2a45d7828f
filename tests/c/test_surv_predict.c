/* test_surv_predict.c - predictions against the formulas written out, their errors
 * against differences of those in the four predictors. */
#include "check.h"

#include <distest.h>

/* The model's cumulative hazard and its slope as on paper; par: phi, lambda, gamma,
 * log(kappa + 1). kernel 0: any finite kappa but 0; 1: Inf; 2: -1. */
static int kernel, form;

static double x_of(const double *par, double t)
{
    return form == 0 ? pow(par[0] * t, par[2]) : par[0] * pow(t, par[2]);
}

static double hazard_sum(const double *par, double t)
{
    const double x = x_of(par, t), a = exp(par[3]), kappa = a - 1;
    if (kernel == 1) return par[1] * (exp(x) - 1);
    if (kernel == 2) return par[1] * x / (1 + x);
    return par[1] * a / kappa * (pow(1 + x / a, kappa) - 1);
}

static double hazard_at(const double *par, double t)
{
    const double x = x_of(par, t), a = exp(par[3]);
    const double outer = par[1] * par[2] * x / t;
    if (kernel == 1) return outer * exp(x);
    if (kernel == 2) return outer / ((1 + x) * (1 + x));
    return outer * pow(1 + x / a, a - 2);
}

/* t with H(t) = -log(1 - p), by halving; Inf when there is none below 1e12 */
static double time_of(const double *par, double p)
{
    double low = 0, high = 1e12;
    if (hazard_sum(par, high) < -log(1 - p)) return INFINITY;
    for (int i = 0; i < 400; i++) {
        const double mid = low == 0 ? high / 2 : sqrt(low * high);
        if (hazard_sum(par, mid) < -log(1 - p))
            low = mid;
        else
            high = mid;
        if (low == 0 && high < 1e-12) break;
    }
    return high;
}

/* the integral of S to tau, Simpson over u with t = tau u^3 (S has a root at 0) */
static double mean_to(const double *par, double tau)
{
    enum { STEPS = 4000 };
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        const double u = (double)i / STEPS, t = tau * u * u * u;
        const double weight = i == 0 || i == STEPS ? 1 : (i % 2 ? 4 : 2);
        sum += weight * exp(-hazard_sum(par, t)) * 3 * tau * u * u;
    }
    return sum / (3 * STEPS);
}

static const double ENTRY = 0.4;

static double expected(int what, const double *eta, double at)
{
    const double par[] = {exp(eta[0]), exp(eta[1]), exp(eta[2]), eta[3]};
    switch (what) {
    case DISTEST_SURV_PREDICT_SURVIVAL:
        return exp(hazard_sum(par, ENTRY) - hazard_sum(par, at));
    case DISTEST_SURV_PREDICT_CUMHAZ:
        return hazard_sum(par, at) - hazard_sum(par, ENTRY);
    case DISTEST_SURV_PREDICT_HAZARD:
        return hazard_at(par, at);
    case DISTEST_SURV_PREDICT_DENSITY:
        return hazard_at(par, at) * exp(-hazard_sum(par, at));
    case DISTEST_SURV_PREDICT_QUANTILE:
        return time_of(par, at);
    case DISTEST_SURV_PREDICT_RMST:
        return mean_to(par, at);
    case DISTEST_SURV_PREDICT_MEAN:
        return mean_to(par, 200);
    default:
        return exp(-hazard_sum(par, 1e200));
    }
}

/* sqrt(g' V g) with g from central differences of the formula */
static double expected_error(int what, const double *eta, double at, const double *V)
{
    double g[4], sum = 0;
    for (int j = 0; j < 4; j++) {
        double e[4];
        memcpy(e, eta, sizeof e);
        e[j] = eta[j] + 1e-5;
        const double up = expected(what, e, at);
        e[j] = eta[j] - 1e-5;
        g[j] = (up - expected(what, e, at)) / 2e-5;
    }
    for (int j = 0; j < 4; j++)
        for (int m = 0; m < 4; m++) sum += g[j] * g[m] * V[j + 4 * m];
    return sqrt(sum);
}

static const double V[] = {0.04,   0.01,  -0.004, 0.002, 0.01,  0.09,  0.005, -0.01,
                           -0.004, 0.005, 0.02,   0.003, 0.002, -0.01, 0.003, 0.05};

/* Limits on the scale of the documentation: log(-log) for probabilities, log(r / (tau -
 * r)) for restricted means, log for the rest. */
static void check_limits(int what, double est, double se, double at, double low,
                         double high)
{
    const double z = 1.6448536269514722; /* level 0.9 */
    if (what == DISTEST_SURV_PREDICT_SURVIVAL || what == DISTEST_SURV_PREDICT_CURE) {
        const double centre = log(-log(est)), by = z * se / (est * -log(est));
        CHECK_REL(low, exp(-exp(centre + by)), 1e-12);
        CHECK_REL(high, exp(-exp(centre - by)), 1e-12);
    } else if (what == DISTEST_SURV_PREDICT_RMST) {
        const double centre = log(est / (at - est)),
                     by = z * se * at / (est * (at - est));
        CHECK_REL(low, at / (1 + exp(by - centre)), 1e-12);
        CHECK_REL(high, at / (1 + exp(-by - centre)), 1e-12);
    } else {
        CHECK_REL(low, exp(log(est) - z * se / est), 1e-12);
        CHECK_REL(high, exp(log(est) + z * se / est), 1e-12);
    }
}

static void check_model(int kernel_, int form_, const double *eta, const int *kinds,
                        int count)
{
    const double x[] = {1};
    const double *const designs[] = {x, x, x, x};
    const distest_surv_model model = {
        sizeof model, {1, 1, 1, 1}, {0}, form_, kernel_, 1, eta, V};
    const double entry[] = {ENTRY};
    kernel = kernel_;
    form = form_;
    for (int k = 0; k < count; k++) {
        const int what = kinds[k];
        const double at[] = {what == DISTEST_SURV_PREDICT_QUANTILE ? 0.35 : 2.5};
        const int late = what <= DISTEST_SURV_PREDICT_CUMHAZ;
        double est, se, low, high;
        CHECK(distest_surv_predict(&model, what, 1, designs, NULL, 1, at, 0,
                                   late ? entry : NULL, 0.9, &est, &se, &low, &high,
                                   NULL) == DISTEST_SUCCESS);
        CHECK_REL(est, expected(what, eta, at[0]), 1e-8);
        CHECK_REL(se, expected_error(what, eta, at[0], V), 1e-5);
        check_limits(what, est, se, at[0], low, high);
    }
}

static void every_quantity_has_its_formula_and_error(void)
{
    const double steep[] = {-1, -0.3, 0.2, 0.9}, slow[] = {-0.4, 0.1, 0.3, 0.25};
    const double cured[] = {-0.2, -0.1, 0.3, -0.6};
    const int all[] = {0, 1, 2, 3, 4, 5, 6}, no_mean[] = {0, 1, 2, 3, 4, 5, 7};
    for (int f = 0; f < 2; f++) {
        check_model(0, f, steep, all, 7);
        check_model(0, f, slow, all, 6);
        check_model(0, f, cured, no_mean, 7);
    }
}

/* At a limit kappa is not estimated: its column of V does not count. */
static void limits_of_kappa_have_theirs(void)
{
    const double eta[] = {-0.5, 0.2, 0.1, 0}, x[] = {1};
    const double *const designs[] = {x, x, x, x};
    double known[16];
    const int kinds[2][7] = {{0, 1, 2, 3, 4, 5, 6}, {0, 1, 2, 3, 4, 5, 7}};
    memcpy(known, V, sizeof known);
    for (int j = 0; j < 4; j++) known[3 + 4 * j] = known[j + 12] = 0;
    for (int k = 1; k <= 2; k++) {
        const distest_surv_model model = {
            sizeof model, {1, 1, 1, 1}, {0}, 0, k, 1, eta, V};
        kernel = k;
        form = 0;
        for (int i = 0; i < 7; i++) {
            const int what = kinds[k - 1][i];
            const double at[] = {what == DISTEST_SURV_PREDICT_QUANTILE ? 0.35 : 2.5};
            double est, se;
            const double entry[] = {ENTRY};
            CHECK(distest_surv_predict(&model, what, 1, designs, NULL, 1, at, 0,
                                       i < 2 ? entry : NULL, 0.9, &est, &se, NULL, NULL,
                                       NULL) == DISTEST_SUCCESS);
            CHECK_REL(est, expected(what, eta, at[0]), 1e-8);
            CHECK_REL(se, expected_error(what, eta, at[0], known), 1e-5);
        }
    }
}

static double one(const distest_surv_model *model, int what, double at)
{
    const double x[] = {1};
    const double *const designs[] = {x, x, x, x};
    double est = 42, se = 42;
    CHECK(distest_surv_predict(model, what, 1, designs, NULL, 1, &at, 0, NULL, 0.9,
                               &est, &se, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(!(se < 0));
    return est;
}

static void ends_of_time_and_missing_means(void)
{
    const double burr[] = {0, 0, 0.4, 0}, heavy[] = {0, -1, 0.4, 0};
    const double cured[] = {0, 0, 0.4, -0.5}, never[] = {-INFINITY, 0, 0.4, 0.5};
    distest_surv_model model = {sizeof model, {1, 1, 1, 1}, {0}, 0, 0, 1, burr, NULL};
    CHECK(isfinite(one(&model, DISTEST_SURV_PREDICT_MEAN, 0)));
    CHECK(one(&model, DISTEST_SURV_PREDICT_SURVIVAL, INFINITY) == 0);
    CHECK(one(&model, DISTEST_SURV_PREDICT_HAZARD, 0) == 0);
    CHECK(one(&model, DISTEST_SURV_PREDICT_HAZARD, INFINITY) == 0);
    CHECK(one(&model, DISTEST_SURV_PREDICT_QUANTILE, 0) == 0);
    CHECK(one(&model, DISTEST_SURV_PREDICT_QUANTILE, 1) == INFINITY);
    model.coef = heavy; /* kappa = 0, lambda gamma = 0.55: no mean */
    CHECK(one(&model, DISTEST_SURV_PREDICT_MEAN, 0) == INFINITY);
    model.coef = cured;
    const double a = exp(-0.5), rest = exp(-a / (1 - a));
    CHECK_REL(one(&model, DISTEST_SURV_PREDICT_CURE, 0), rest, 1e-13);
    CHECK_REL(one(&model, DISTEST_SURV_PREDICT_SURVIVAL, INFINITY), rest, 1e-13);
    CHECK_REL(one(&model, DISTEST_SURV_PREDICT_CUMHAZ, INFINITY), -log(rest), 1e-13);
    CHECK(one(&model, DISTEST_SURV_PREDICT_MEAN, 0) == INFINITY);
    CHECK(one(&model, DISTEST_SURV_PREDICT_QUANTILE, 1 - rest / 2) == INFINITY);
    model.coef = never; /* no hazard at all */
    const double want[] = {1, 0, 0, 0, INFINITY, 0.5, INFINITY, 1};
    for (int what = 0; what < 8; what++) CHECK(one(&model, what, 0.5) == want[what]);
    CHECK(one(&model, DISTEST_SURV_PREDICT_QUANTILE, 0) == 0);
}

/* Rows have designs, offsets, times and entries of their own; units scale back. */
static void rows_keep_apart_and_units_go_back(void)
{
    enum { M = 150 };
    static double x[2 * M], off[M], at[M], entry[M], est[M], again[M];
    const double coef[] = {-1, 0.4, 0.2}, unit = 30;
    const double *const designs[] = {x, NULL, x, NULL};
    const double *const offsets[] = {off, NULL, NULL, NULL};
    distest_surv_model model = {
        sizeof model, {2, 0, 1, 0}, {0, 0.1, 0, 0.9}, 0, 0, unit, coef, NULL};
    distest_context ctx = distest_context_default();
    for (int i = 0; i < M; i++) {
        x[i] = 1;
        x[i + M] = (i % 7) - 3;
        off[i] = 0.01 * i;
        at[i] = 20 + i;
        entry[i] = i % 3;
    }
    ctx.threads = 2;
    CHECK(distest_surv_predict(&model, DISTEST_SURV_PREDICT_CUMHAZ, M, designs, offsets,
                               1, at, 1, entry, 0.9, est, NULL, NULL, NULL,
                               &ctx) == DISTEST_SUCCESS);
    kernel = form = 0;
    for (int i = 0; i < M; i++) {
        const double par[] = {exp(-1 + 0.4 * x[i + M] + off[i]), exp(0.1), exp(0.2),
                              0.9};
        const double H0 = entry[i] > 0 ? hazard_sum(par, entry[i] / unit) : 0;
        CHECK_REL(est[i], hazard_sum(par, at[i] / unit) - H0, 1e-12);
    }
    CHECK(distest_surv_predict(&model, DISTEST_SURV_PREDICT_HAZARD, M, designs, offsets,
                               1, at, 1, NULL, 0.9, est, NULL, NULL, NULL,
                               &ctx) == DISTEST_SUCCESS);
    ctx.threads = 1;
    CHECK(distest_surv_predict(&model, DISTEST_SURV_PREDICT_HAZARD, M, designs, offsets,
                               1, at, 1, NULL, 0.9, again, NULL, NULL, NULL,
                               &ctx) == DISTEST_SUCCESS);
    CHECK(memcmp(est, again, sizeof est) == 0);
    for (int i = 0; i < M; i++) {
        const double par[] = {exp(-1 + 0.4 * x[i + M] + off[i]), exp(0.1), exp(0.2),
                              0.9};
        CHECK_REL(est[i], hazard_at(par, at[i] / unit) / unit, 1e-12);
    }
}

/* Weibull: S(t) = exp(-(phi t)^gamma), so every quantity has a closed form. */
static void predictions_of_a_weibull_have_closed_forms(void)
{
    const double phi = 0.2, gamma = 1.5, coef[] = {log(phi), log(gamma)}, x[] = {1};
    const double *const designs[] = {x, NULL, x, NULL};
    const double vcov[] = {0.04, 0.01, 0.01, 0.09}, at[] = {0, 2, 9};
    distest_surv_model model = {sizeof model, {1, 0, 1, 0}, {0, 0, 0, log(2)}, 0, 0, 1,
                                coef,         vcov};
    double est[3], se[3], low[3], high[3];
    CHECK(distest_surv_predict(&model, DISTEST_SURV_PREDICT_SURVIVAL, 1, designs, NULL,
                               3, at, 0, NULL, 0.95, est, se, low, high,
                               NULL) == DISTEST_SUCCESS);
    CHECK(est[0] == 1 && se[0] == 0 && low[0] == 1 && high[0] == 1);
    for (int i = 1; i < 3; i++) {
        const double z = gamma * log(phi * at[i]), H = exp(z), S = exp(-H);
        /* dH = H (gamma, z) in (eta_1, eta_3) */
        const double v =
            H * H * (gamma * gamma * 0.04 + 2 * gamma * z * 0.01 + z * z * 0.09);
        CHECK_REL(est[i], S, 1e-14);
        CHECK_REL(se[i], S * sqrt(v), 1e-13);
        CHECK_REL(low[i], pow(S, exp(1.959963984540054 * sqrt(v) / H)), 1e-12);
    }
    const double p[] = {0.5};
    CHECK(distest_surv_predict(&model, DISTEST_SURV_PREDICT_QUANTILE, 1, designs, NULL,
                               1, p, 0, NULL, 0.95, est, se, low, high,
                               NULL) == DISTEST_SUCCESS);
    CHECK_REL(est[0], pow(log(2), 1 / gamma) / phi, 1e-14);
    CHECK(distest_surv_predict(&model, DISTEST_SURV_PREDICT_MEAN, 1, designs, NULL, 1,
                               NULL, 0, NULL, 0.95, est, se, low, high,
                               NULL) == DISTEST_SUCCESS);
    CHECK_REL(est[0], tgamma(1 + 1 / gamma) / phi, 1e-9);
    const double tau[] = {1e4};
    CHECK(distest_surv_predict(&model, DISTEST_SURV_PREDICT_RMST, 1, designs, NULL, 1,
                               tau, 0, NULL, 0.95, est + 1, se, low, high,
                               NULL) == DISTEST_SUCCESS);
    CHECK_REL(est[1], est[0], 1e-9);
    CHECK(distest_surv_predict(&model, DISTEST_SURV_PREDICT_CURE, 1, designs, NULL, 1,
                               NULL, 0, NULL, 0.95, est, se, low, high,
                               NULL) == DISTEST_SUCCESS);
    CHECK(est[0] == 0 && se[0] == 0);
}

static int predict(distest_context *ctx)
{
    const double coef[] = {-1, 0.2}, x[] = {1, 1}, at[] = {1, 2};
    const double *const designs[] = {x, NULL, x, NULL};
    const double vcov[] = {0.04, 0.01, 0.01, 0.09};
    const distest_surv_model model = {
        sizeof model, {1, 0, 1, 0}, {0, 0, 0, 0.3}, 0, 0, 1, coef, vcov};
    double est[4], se[4];
    int status =
        distest_surv_predict(&model, DISTEST_SURV_PREDICT_HAZARD, 2, designs, NULL, 2,
                             at, 0, NULL, 0.95, est, se, NULL, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status =
            distest_surv_predict(&model, DISTEST_SURV_PREDICT_RMST, 2, designs, NULL, 2,
                                 at, 0, NULL, 0.95, est, se, NULL, NULL, ctx);
    return status;
}

static void predictions_may_fail_and_be_cancelled(void)
{
    CHECK(check_out_of_memory(predict) > 5);
    CHECK(check_cancel(predict) > 2);
}

static void bad_predictions_are_named(void)
{
    distest_context ctx = distest_context_default();
    const double coef[] = {-1}, x[] = {1}, bad[] = {-1}, big[] = {2};
    const double *const designs[] = {x, NULL, NULL, NULL};
    distest_surv_model model = {sizeof model, {1, 0, 0, 0}, {0}, 0, 0, 1, coef, NULL};
    double est = 42;
    CHECK_FAILS(distest_surv_predict(&model, 0, 1, designs, NULL, 1, bad, 0, NULL, 0.95,
                                     &est, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "at");
    CHECK_FAILS(distest_surv_predict(&model, 4, 1, designs, NULL, 1, big, 0, NULL, 0.95,
                                     &est, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "at");
    CHECK_FAILS(distest_surv_predict(&model, 99, 1, designs, NULL, 1, x, 0, NULL, 0.95,
                                     &est, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "type");
    CHECK_FAILS(distest_surv_predict(&model, 0, 1, designs, NULL, 1, x, 0, NULL, 1.5,
                                     &est, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "level");
    CHECK_FAILS(distest_surv_predict(&model, 0, 1, NULL, NULL, 1, x, 0, NULL, 0.9, &est,
                                     NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "x");
    CHECK(est == 42);
}

int main(void)
{
    RUN(predictions_of_a_weibull_have_closed_forms);
    RUN(every_quantity_has_its_formula_and_error);
    RUN(limits_of_kappa_have_theirs);
    RUN(ends_of_time_and_missing_means);
    RUN(rows_keep_apart_and_units_go_back);
    RUN(predictions_may_fail_and_be_cancelled);
    RUN(bad_predictions_are_named);
    return check_report("surv_predict");
}
