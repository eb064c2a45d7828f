/* test_surv_climb.c - optima on the boundary of the parameter space: slopes of the
 * likelihood written out, its fall where kappa leaves the boundary, closed forms. */
#include "check.h"

#include <distest.h>

enum { N = 120, MOST = 3 };
static double time_[N], ones[N];
static int type[N];

/* Times at the quantiles (i - 1/2) / N of a cumulative hazard, by its inverse; those
 * above `end` are censored there. */
static void make(double (*inverse)(double), double end)
{
    for (int i = 0; i < N; i++) {
        const double t = inverse(-log1p(-(i + 0.5) / N));
        type[i] = t < end ? DISTEST_SURV_EVENT : DISTEST_SURV_RIGHT;
        time_[i] = t < end ? t : end;
        ones[i] = 1;
    }
}

static distest_surv_data model(int phi, int lambda, int gamma)
{
    const distest_surv_par free = {.p = 1, .x = ones, .ldx = N};
    distest_surv_data d = distest_surv_data_default();
    d.n = N;
    d.type = type;
    d.lower = time_;
    if (phi) d.par[0] = free;
    if (lambda) d.par[1] = free;
    if (gamma) d.par[2] = free;
    d.par[3] = free;
    return d;
}

/* kappa = Inf, lambda = 1: H = exp(x) - 1, h = gamma x e^x / t */
static double steep(const double *par)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        const double x = exp(exp(par[1]) * (par[0] + log(time_[i])));
        sum -= expm1(x);
        if (type[i]) sum += par[1] + log(x) + x - log(time_[i]);
    }
    return sum;
}

/* kappa = -1: H = lambda y / (1 + y), h = lambda gamma y / (t (1 + y)^2) */
static double cured(const double *par)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        const double y = exp(exp(par[2]) * (par[0] + log(time_[i]))), l = exp(par[1]);
        sum -= l * y / (1 + y);
        if (type[i]) sum += par[1] + par[2] + log(y) - log(time_[i]) - 2 * log(1 + y);
    }
    return sum;
}

/* the general form at kappa; par: log phi, log lambda, log gamma */
static double general(const double *par, double kappa)
{
    const double a = kappa + 1;
    double sum = 0;
    for (int i = 0; i < N; i++) {
        const double x = exp(exp(par[2]) * (par[0] + log(time_[i])));
        sum -= exp(par[1]) * a / kappa * (pow(1 + x / a, kappa) - 1);
        if (type[i])
            sum +=
                par[1] + par[2] + log(x) - log(time_[i]) + (kappa - 1) * log(1 + x / a);
    }
    return sum;
}

/* Is `at` a maximum of f: slopes 0, curved down along each axis? */
static void check_top(double (*f)(const double *), int n, const double *at)
{
    for (int k = 0; k < n; k++) {
        double high[MOST], low[MOST];
        memcpy(high, at, sizeof high);
        memcpy(low, at, sizeof low);
        high[k] += 1e-4;
        low[k] -= 1e-4;
        CHECK_NEAR((f(high) - f(low)) / 2e-4, 0, 1e-4);
        CHECK(f(high) < f(at) && f(low) < f(at));
    }
}

static int fit(const distest_surv_data *d, double *coef, distest_surv_info *info)
{
    const distest_surv_opts opts = distest_surv_opts_default();
    double vcov[16];
    const int status = distest_surv_fit(d, &opts, coef, vcov, NULL, info, NULL);
    return status;
}

/* H = exp(e^t - 1) - 1 rises faster than any kappa allows */
static double fast(double H)
{
    return log1p(log1p(H));
}

static void kappa_may_be_infinite(void)
{
    double coef[4];
    distest_surv_info info;
    make(fast, 1.2);
    const distest_surv_data d = model(1, 0, 1);
    CHECK(fit(&d, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.converged && info.boundary == DISTEST_SURV_KAPPA_INF && info.df == 3);
    CHECK(isinf(coef[2]) && coef[2] > 0);
    const double at[MOST] = {coef[0], coef[1]}, all[MOST] = {coef[0], 0, coef[1]};
    CHECK_NEAR(info.loglik, steep(at), 1e-9);
    check_top(steep, 2, at);
    CHECK(general(all, 1e3) < info.loglik && general(all, 40) < general(all, 1e3));
}

/* a plateau reached faster than kappa > -1 allows */
static double plateau(double H)
{
    const double u = H / 1.5; /* H = 1.5 (1 - exp(-t^2)) */
    return u < 1 ? sqrt(-log1p(-u)) : INFINITY;
}

static void kappa_may_be_minus_one(void)
{
    double coef[4];
    distest_surv_info info;
    make(plateau, 5);
    const distest_surv_data d = model(1, 1, 1);
    CHECK(fit(&d, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.converged && info.boundary == DISTEST_SURV_KAPPA_M1 && info.df == 4);
    CHECK(isinf(coef[3]) && coef[3] < 0);
    const double at[MOST] = {coef[0], coef[1], coef[2]};
    CHECK_NEAR(info.loglik, cured(at), 1e-9);
    check_top(cured, 3, at);
    for (double a = 1e-3; a < 0.1; a *= 10) { /* phi a^(1/gamma), lambda (1 - a) / a */
        const double off[MOST] = {coef[0] + log(a) / exp(coef[2]),
                                  coef[1] + log((1 - a) / a), coef[2]};
        CHECK(general(off, a - 1) < info.loglik);
    }
}

static double falling(double H)
{
    return H * H; /* a Weibull of shape 1/2 */
}

/* A Gompertz hazard cannot fall: events / time at risk is what is left of it. */
static void a_falling_hazard_is_an_exponential(void)
{
    double coef[4], events = 0, risk = 0;
    distest_surv_info info;
    make(falling, 6);
    for (int i = 0; i < N; i++) {
        events += type[i];
        risk += time_[i];
    }
    distest_surv_data d = model(1, 1, 0);
    d.kernel = DISTEST_SURV_KERNEL_INF;
    CHECK(fit(&d, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.boundary == DISTEST_SURV_PHI_ZERO && info.converged);
    CHECK_NEAR(info.loglik, events * log(events / risk) - events, 1e-8);
    CHECK_NEAR(coef[0] + coef[1], log(events / risk), 1e-8);
}

static double rising(double H)
{
    return log1p(H / 0.2) / 0.6; /* H = 0.2 (e^(0.6 t) - 1) */
}

/* lambda phi and phi of a Gompertz: the slope of the likelihood written out is 0 */
static void a_rising_hazard_is_a_gompertz(void)
{
    double coef[4], slope[2] = {0}, sum = 0;
    distest_surv_info info;
    make(rising, 4);
    distest_surv_data d = model(1, 1, 0);
    d.kernel = DISTEST_SURV_KERNEL_INF;
    CHECK(fit(&d, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.boundary == DISTEST_SURV_INSIDE && info.converged);
    const double phi = exp(coef[0]), lambda = exp(coef[1]);
    for (int i = 0; i < N; i++) {
        const double x = phi * time_[i];
        sum += type[i] * (coef[0] + coef[1] + x) - lambda * expm1(x);
        slope[0] += type[i] * (1 + x) - lambda * x * exp(x);
        slope[1] += type[i] - lambda * expm1(x);
    }
    CHECK_NEAR(info.loglik, sum, 1e-9);
    CHECK_NEAR(slope[0], 0, 1e-6);
    CHECK_NEAR(slope[1], 0, 1e-6);
    CHECK_NEAR(phi, 0.6, 0.1);
}

/* Without an intercept in lambda, kappa = -1 is no place to go to. */
static void a_held_lambda_has_no_limit_at_minus_one(void)
{
    double coef[4];
    distest_surv_info info;
    make(plateau, 5);
    const distest_surv_data d = model(1, 0, 1);
    CHECK(fit(&d, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.boundary != DISTEST_SURV_KAPPA_M1);
    CHECK(isfinite(info.loglik));
}

int main(void)
{
    RUN(kappa_may_be_infinite);
    RUN(kappa_may_be_minus_one);
    RUN(a_falling_hazard_is_an_exponential);
    RUN(a_rising_hazard_is_a_gompertz);
    RUN(a_held_lambda_has_no_limit_at_minus_one);
    return check_report("surv_climb");
}
