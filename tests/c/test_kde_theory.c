/* Thresholds, the exact risk for normal data, selectors. */
#include "kde_test.h"

/* of src/kde/kde.h */
double di_kde_expected_logz(double n, size_t d, double h, double Q);

/* elogz.csv and kl_normal_at.csv, 11 and 10 digits */
static void exact_risk_is_that_of_the_tables(void)
{
    double kl;
    CHECK_NEAR(di_kde_expected_logz(3000, 16, 0.75, 16), -5.566409245122504, 1e-10);
    CHECK_NEAR(di_kde_expected_logz(3000, 16, 0.4, 16), -23.21885438528415, 1e-10);
    CHECK(distest_kde_kl_normal(1000, 3, 0.45, &kl, NULL) == 0);
    CHECK_REL(kl, 0.04299999945018307, 1e-8);
    CHECK(distest_kde_kl_normal(1000, 20, 0.85, &kl, NULL) == 0);
    CHECK_REL(kl, 1.8322428720413697, 1e-10);
}

static void best_bandwidths_are_those_of_the_tables(void)
{
    /* normal_reference.csv */
    static const double row[][4] = {{1000, 1, 0.289347722878, 0.00470878120716},
                                    {1000, 10, 0.705172, 0.5248},
                                    {1e5, 100, 1.052052, 15.116}};
    for (int i = 0; i < 3; i++) {
        double h, kl;
        CHECK(distest_kde_h_normal(row[i][0], (size_t)row[i][1], &h, &kl, NULL) == 0);
        CHECK_REL(h, row[i][2], 2e-6);
        CHECK_REL(kl, row[i][3], i ? 1e-4 : 1e-8);
    }
}

/* log(1+s)/2 - s/(2 (1+s)^2) = alpha, h_opt <= h_G < h_CLT */
static void thresholds_solve_their_equation(void)
{
    static const double alphas[] = {0.01, 0.1, 0.5, 1, 2};
    double lambda[20];
    for (int k = 0; k < 20; k++) lambda[k] = 1;
    for (int i = 0; i < 5; i++) {
        distest_kde_theory t;
        CHECK(distest_kde_thresholds(20, lambda, NULL, 20 * alphas[i], 0, &t, NULL) ==
              0);
        const double s = t.s_g;
        CHECK_REL(log1p(s) / 2 - s / (2 * (1 + s) * (1 + s)), alphas[i], 1e-13);
        CHECK(t.h_opt <= t.h_g && t.h_g < t.h_clt);
        CHECK_REL(t.h_clt, sqrt(2) * t.h_g, 1e-15);
        CHECK_REL(t.mu_opt, 1 - 1 / ((1 + s) * (1 + s)), 1e-13);
    }
}

/* an optimum of L, between its bounds, at which the derivatives agree with differences
 */
static void likelihood_search_ends_at_a_maximum(void)
{
    for (size_t d = 1; d <= 20; d += 9) {
        distest_kde_select c = distest_kde_select_default();
        distest_kde_selected r;
        distest_kde_opts o = distest_kde_opts_default();
        double L[3], d1[3], d2[3], neff[3];
        fill(d, 0, 2);
        const distest_sample s = {N, d, X, W_};
        c.scaling = DISTEST_KDE_NONE;
        CHECK(distest_kde_bandwidth(&s, &c, &r, NULL, NULL) == 0);
        CHECK(r.converged && r.h >= r.lower && r.h <= r.upper);
        const double h[3] = {r.h * exp(-1e-4), r.h, r.h * exp(1e-4)};
        CHECK(distest_kde_grid_loo(&s, &o, 3, h, L, d1, d2, neff, NULL) == 0);
        CHECK(fabs(d1[1]) < 1e-8 && d2[1] < 0);
        CHECK_NEAR((d1[2] - d1[0]) / 2e-4, d2[1], 1e-6);
        CHECK_NEAR(L[1], r.objective, 1e-12);
        CHECK(neff[1] >= 1 && neff[1] <= N);
        double mean = 0, W = 0;
        for (size_t i = 0; i < N; i++) {
            mean += W_[i] * direct(d, X + i, N, W_, r.h, i);
            W += W_[i];
        }
        CHECK_NEAR(L[1], mean / W, 1e-11);
    }
}

static void trimming_leaves_the_lowest_out(void)
{
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected all, some;
    fill(3, 0, 2);
    for (size_t k = 0; k < 3; k++) X[k * N] = 40; /* far from all others */
    const distest_sample s = {N, 3, X, NULL};
    c.scaling = DISTEST_KDE_NONE;
    CHECK(distest_kde_bandwidth(&s, &c, &all, NULL, NULL) == 0);
    c.trim = 0.01;
    CHECK(distest_kde_bandwidth(&s, &c, &some, NULL, NULL) == 0);
    CHECK(all.isolated == 1);
    CHECK(some.h < 0.7 * all.h && some.objective > all.objective);
}

static void bad_settings_are_named(void)
{
    distest_context ctx = distest_context_default();
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r;
    fill(3, 0, 2);
    const distest_sample s = {N, 3, X, NULL};
    c.method = "sj";
    CHECK_FAILS(distest_kde_bandwidth(&s, &c, &r, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "method");
    c = distest_kde_select_default();
    c.trim = 0.7;
    CHECK_FAILS(distest_kde_bandwidth(&s, &c, &r, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "trim");
    c = distest_kde_select_default();
    c.method = "nn";
    c.shape = DISTEST_KDE_FULL;
    CHECK_FAILS(distest_kde_bandwidth(&s, &c, &r, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "shape");
    c = distest_kde_select_default();
    c.method = "scott";
    c.scaling = DISTEST_KDE_NONE;
    CHECK_FAILS(distest_kde_bandwidth(&s, &c, &r, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "scaling");
    double kl;
    CHECK_FAILS(distest_kde_kl_normal(1, 3, 0.5, &kl, &ctx), DISTEST_EINVAL, &ctx, "n");
    CHECK_FAILS(distest_kde_kl_normal(10, 0, 0.5, &kl, &ctx), DISTEST_EINVAL, &ctx,
                "d");
}

int main(void)
{
    RUN(exact_risk_is_that_of_the_tables);
    RUN(best_bandwidths_are_those_of_the_tables);
    RUN(thresholds_solve_their_equation);
    RUN(likelihood_search_ends_at_a_maximum);
    RUN(trimming_leaves_the_lowest_out);
    RUN(bad_settings_are_named);
    return check_report("kde_theory");
}
