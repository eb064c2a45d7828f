/* test_surv_search.c - which starts are followed, and that what is reported is the best
 * there is: against the likelihood on a fine grid, lambda in closed form. */
#include "check.h"

#include <distest.h>

enum { MOST = 60000 };
static double time_[MOST], design[2 * MOST];
static int type[MOST];

/* n times at the quantiles of a cumulative hazard, by its inverse; those above `end`
 * are censored there. The second column is 0, 1, 0, 1, ... */
static void make(int n, double (*inverse)(double), double end)
{
    for (int i = 0; i < n; i++) {
        const double t = inverse(-log1p(-(i + 0.5) / n));
        type[i] = t < end ? DISTEST_SURV_EVENT : DISTEST_SURV_RIGHT;
        time_[i] = t < end ? t : end;
        design[i] = 1;
        design[i + n] = i % 2;
    }
}

/* phi = 1, the rest from intercepts; columns of lambda as given */
static distest_surv_data proportional(int n, size_t columns)
{
    distest_surv_data d = distest_surv_data_default();
    d.n = (size_t)n;
    d.type = type;
    d.lower = time_;
    d.par[1] = (distest_surv_par){.p = columns, .x = design, .ldx = (size_t)n};
    d.par[2] = d.par[3] = (distest_surv_par){.p = 1, .x = design, .ldx = (size_t)n};
    return d;
}

static int fit(const distest_surv_data *d, const distest_surv_opts *opts, double *coef,
               distest_surv_info *info)
{
    double vcov[25];
    return distest_surv_fit(d, opts, coef, vcov, NULL, info, NULL);
}

/* max over lambda at phi = 1: with A = H / lambda, events log(events / sum A) - events
 * + sum of log(h / lambda) */
static double profile(int n, double g, double k)
{
    const double gamma = exp(g), a = exp(k), kappa = expm1(k);
    double events = 0, total = 0, logs = 0;
    for (int i = 0; i < n; i++) {
        const double logx = gamma * log(time_[i]), w = log1p(exp(logx - k));
        total += fabs(kappa) < 1e-12 ? a * w : a / kappa * expm1(kappa * w);
        if (!type[i]) continue;
        events++;
        logs += g + logx - log(time_[i]) + (kappa - 1) * w;
    }
    return events * log(events / total) - events + logs;
}

static double best_on_grid(int n, double g0, double g1, double k0, double k1)
{
    enum { STEPS = 120 };
    double best = -INFINITY;
    for (int i = 0; i <= STEPS; i++)
        for (int j = 0; j <= STEPS; j++)
            best = fmax(best, profile(n, g0 + (g1 - g0) * i / STEPS,
                                      k0 + (k1 - k0) * j / STEPS));
    return best;
}

static double weibull(double H)
{
    return pow(H, 1 / 1.3);
}

static void as_many_starts_as_asked_for(void)
{
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    double coef[4], again[4];
    make(80, weibull, 1.5);
    const distest_surv_data d = proportional(80, 2);
    CHECK(fit(&d, &opts, coef, &info) == DISTEST_SUCCESS);
    const double best = info.loglik;
    CHECK(info.converged && info.starts == 8);
    for (size_t i = 0; i < info.starts; i++) CHECK(info.start_loglik[i] < best + 1e-9);
    const double kappas[] = {1, 2, 5, 20, 0.5, 0, -0.5, -0.8};
    for (int k = 0; k < 8; k++) {
        int found = 0;
        for (size_t i = 0; i < info.starts; i++)
            found += fabs(info.start_kappa[i] - kappas[k]) < 1e-12;
        CHECK(found == 1);
    }
    opts.n_start = 2;
    CHECK(fit(&d, &opts, again, &info) == DISTEST_SUCCESS && info.starts == 2);
    CHECK_NEAR(info.loglik, best, 1e-8);
    /* a user's start comes on top, or alone */
    const double start[] = {5, -3, 2, 1};
    opts.start = start;
    CHECK(fit(&d, &opts, again, &info) == DISTEST_SUCCESS && info.starts == 3);
    CHECK(isnan(info.start_kappa[2]));
    CHECK_NEAR(info.loglik, best, 1e-8);
    opts.n_start = 0;
    opts.start = coef;
    CHECK(fit(&d, &opts, again, &info) == DISTEST_SUCCESS && info.starts == 1);
    CHECK(info.iterations < 3);
    CHECK_NEAR(info.loglik, best, 1e-10);
}

static void many_rows_follow_three(void)
{
    enum { N = 6000 };
    const distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    double coef[4];
    make(N, weibull, 1.5);
    const distest_surv_data d = proportional(N, 1);
    CHECK(fit(&d, &opts, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.converged && info.starts == 3);
    CHECK_NEAR(info.loglik, profile(N, coef[1], coef[2]), 1e-11);
    CHECK(info.loglik >
          best_on_grid(N, coef[1] - 0.1, coef[1] + 0.1, coef[2] - 0.2, coef[2] + 0.2) -
              1e-9);
}

/* Starting values come from every fifth of 60000 rows, every fourth of which has an
 * event: the optimum is that of all rows. */
static void starts_from_a_sample_end_where_all_rows_say(void)
{
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    double coef[4];
    make(MOST, weibull, 1.5);
    for (int i = 0; i < MOST; i++)
        if (i % 4) type[i] = DISTEST_SURV_RIGHT;
    const distest_surv_data d = proportional(MOST, 1);
    opts.collapse = 0;
    CHECK(fit(&d, &opts, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.converged && info.starts == 3 && info.passes < 50);
    CHECK_NEAR(info.loglik, profile(MOST, coef[1], coef[2]), 1e-11);
    for (int side = -1; side <= 1; side += 2) {
        const double by = 1e-3 * side;
        CHECK(info.loglik > profile(MOST, coef[1] + by, coef[2]));
        CHECK(info.loglik > profile(MOST, coef[1], coef[2] + by));
    }
    CHECK_NEAR(profile(MOST, coef[1] + 1e-3, coef[2]) -
                   profile(MOST, coef[1] - 1e-3, coef[2]),
               0, 1e-4);
    CHECK_NEAR(profile(MOST, coef[1], coef[2] + 1e-3) -
                   profile(MOST, coef[1], coef[2] - 1e-3),
               0, 1e-4);
}

/* H = 1.2 y / (1 + y), y = (t / 1e-4)^2: the data speak of kappa where kappa + 1 is
 * t^gamma
 */
static double early(double H)
{
    const double u = H / 1.2;
    return u < 1 ? 1e-4 * sqrt(u / (1 - u)) : INFINITY;
}

static void tiny_times_have_their_kappa_near_minus_one(void)
{
    const distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    double coef[3];
    make(150, early, 1e-3);
    const distest_surv_data d = proportional(150, 1);
    CHECK(fit(&d, &opts, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.converged && info.boundary == DISTEST_SURV_INSIDE);
    CHECK(coef[2] < -10);
    CHECK_NEAR(info.loglik, profile(150, coef[1], coef[2]), 1e-9);
    CHECK(info.loglik > best_on_grid(150, -1, 3, -30, 3) - 1e-9);
    /* what the usual starts find is a Weibull */
    CHECK(info.loglik > best_on_grid(150, -1, 3, -2, 3) + 1);
}

/* No hazard before t = 1, a Weibull's after it: the limit of gamma -> Inf with gamma
 * kappa held. The likelihood rises along a ridge that bends. */
static double after_one(double H)
{
    return pow(1 + H / 0.05, 1 / 1.2);
}

static void a_ridge_is_climbed_beyond_max_iter(void)
{
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    double coef[3];
    make(150, after_one, 60);
    const distest_surv_data d = proportional(150, 1);
    CHECK(fit(&d, &opts, coef, &info) == DISTEST_SUCCESS);
    double ridge = -INFINITY; /* along gamma kappa = 1.2 and near it */
    for (double g = -1; g < 4; g += 0.02)
        for (double c = 0.8; c < 1.7; c += 0.01)
            ridge = fmax(ridge, profile(150, g, log1p(c / exp(g))));
    CHECK_NEAR(info.loglik, profile(150, coef[1], coef[2]), 1e-9);
    CHECK(info.loglik > ridge - 1e-5);
    /* with one start there is no going on */
    opts.n_start = 1;
    opts.max_iter = 2;
    CHECK(fit(&d, &opts, coef, &info) == DISTEST_SUCCESS);
    CHECK(!info.converged && info.loglik < ridge);
}

/* Three events at one time make a group's gamma run off. */
static void a_gamma_that_runs_off_is_named(void)
{
    const distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    double coef[5], vcov[25];
    const double times[] = {5, 5, 5, 1, 2, 3, 4, 6, 7, 8};
    for (int i = 0; i < 10; i++) {
        type[i] = DISTEST_SURV_EVENT;
        time_[i] = times[i];
        design[i] = 1;
        design[i + 10] = i >= 3;
    }
    distest_surv_data d = distest_surv_data_default();
    d.n = 10;
    d.type = type;
    d.lower = time_;
    d.par[0] = d.par[2] = (distest_surv_par){.p = 2, .x = design, .ldx = 10};
    d.par[3] = (distest_surv_par){.p = 1, .x = design, .ldx = 10};
    CHECK(distest_surv_fit(&d, &opts, coef, vcov, NULL, &info, NULL) ==
          DISTEST_SUCCESS);
    CHECK(!info.converged && info.boundary == DISTEST_SURV_GAMMA_INF);
}

/* Rows that all say the same leave no more than one number known. */
static void a_flat_likelihood_is_named(void)
{
    const distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    double coef[3], upper[40];
    for (int i = 0; i < 40; i++) {
        type[i] = DISTEST_SURV_INTERVAL;
        time_[i] = 1;
        upper[i] = 2;
        design[i] = 1;
    }
    distest_surv_data d = proportional(40, 1);
    d.upper = upper;
    CHECK(fit(&d, &opts, coef, &info) == DISTEST_SUCCESS);
    CHECK(info.flat && info.flat_coef <= 3);
}

int main(void)
{
    RUN(as_many_starts_as_asked_for);
    RUN(many_rows_follow_three);
    RUN(starts_from_a_sample_end_where_all_rows_say);
    RUN(tiny_times_have_their_kappa_near_minus_one);
    RUN(a_ridge_is_climbed_beyond_max_iter);
    RUN(a_gamma_that_runs_off_is_named);
    RUN(a_flat_likelihood_is_named);
    return check_report("surv_search");
}
