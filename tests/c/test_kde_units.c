/* test_kde_units.c - what a bandwidth must not depend on: the metric it is counted in,
 * the unit of length, the range of numbers in high dimension, the way bounds are given.
 */
#include "kde_test.h"

static distest_kde_selected select_by(const distest_sample *s, const char *method,
                                      int scaling, double *H)
{
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r = {.h = NAN};
    c.method = method;
    c.scaling = scaling;
    CHECK(distest_kde_bandwidth(s, &c, &r, H, NULL) == DISTEST_SUCCESS);
    CHECK(r.converged);
    return r;
}

/* all constants of (27) leave the range of numbers there, the bandwidth does not */
static void plug_in_survives_high_dimension(void)
{
    enum { D = 900, ROWS = 4 };
    static double x[ROWS * D];
    uint64_t seed = 4;
    for (int k = 0; k < ROWS * D; k++) x[k] = random_at(&seed);
    const distest_sample s = {ROWS, D, x, NULL};
    const double h = select_by(&s, "pi", DISTEST_KDE_SD, NULL).h, d = D, n = ROWS;
    /* no two points are near each other: only terms of a point with itself count,
     * log g6^(d+8) = log 32 + (d/2) log 2 - log(n (d+6)), and so on; sums over n^2 */
    const double g6 = (log(32 / (n * (d + 6))) + d / 2 * log(2)) / (d + 8);
    const double g4 = (log(2 * n / (n * (d + 4))) + (d + 6) * g6) / (d + 6);
    const double want =
        (log(d * n / (n * d * (d + 2))) - d / 2 * log(2)) / (d + 4) + g4;
    CHECK_REL(h, exp(want), 1e-6);
}

/* of one variable: h in units of the standard deviation times that deviation */
static void one_variable_has_one_bandwidth(void)
{
    static const char *const methods[] = {"nn", "lcv", "lscv", "pi", "sj"};
    for (int tied = 0; tied < 2;
         tied++) { /* half of the points one: so the quartiles */
        double mean = 0, var = 0;
        fill(1, 1, 3);
        for (size_t i = 0; i < N; i++) {
            X[i] *= 3 * fabs(X[i]);
            if (tied && i % 4) X[i] = 1.25;
        }
        for (size_t i = 0; i < N; i++) mean += X[i] / N;
        for (size_t i = 0; i < N; i++) var += (X[i] - mean) * (X[i] - mean) / (N - 1);
        const distest_sample s = {N, 1, X, NULL};
        for (int k = tied ? 3 : 0; k < 5; k++) {
            const double want = select_by(&s, methods[k], DISTEST_KDE_NONE, NULL).h;
            for (int a = 1; a < 4; a++)
                CHECK_REL(select_by(&s, methods[k], a, NULL).h * sqrt(var), want,
                          k == 2 ? 1e-7 : 1e-9);
        }
    }
}

/* a unit of length is no more than that */
static void scale_does_not_matter(void)
{
    static const char *const methods[] = {"nn", "lcv", "pi", "sj"};
    double h[4];
    fill(1, 0, 3);
    const distest_sample s = {N, 1, X, NULL};
    for (int k = 0; k < 4; k++)
        h[k] = select_by(&s, methods[k], DISTEST_KDE_NONE, NULL).h;
    for (int up_ = 0; up_ < 2; up_++) {
        const double by = up_ ? 0x1p200 : 0x1p-200;
        fill(1, 0, 3);
        for (size_t i = 0; i < N; i++) X[i] *= by;
        for (int k = 0; k < 4; k++)
            CHECK_REL(select_by(&s, methods[k], DISTEST_KDE_NONE, NULL).h / by, h[k],
                      1e-9);
    }
}

/* with bounds a transformed sample decides; only a likelihood has a Jacobian */
static void bounds_transform_the_sample(void)
{
    static const char *const methods[] = {"nn", "silverman", "lscv", "lcv", "sj"};
    const double a = -2;
    double u[N], logj[N], shift = 0;
    fill(1, 0, 3);
    const distest_sample s = {N, 1, X, NULL}, t = {N, 1, u, NULL};
    CHECK(distest_kde_transform(1, &a, NULL, N, X, u, logj, NULL) == 0);
    for (size_t i = 0; i < N; i++) shift += logj[i] / N;
    for (int k = 0; k < 5; k++) {
        distest_kde_select c = distest_kde_select_default();
        distest_kde_selected r;
        c.method = methods[k];
        c.scaling = DISTEST_KDE_SD;
        c.lower = &a;
        c.boundary = DISTEST_KDE_TRANSFORM;
        CHECK(distest_kde_bandwidth(&s, &c, &r, NULL, NULL) == 0);
        const distest_kde_selected want = select_by(&t, methods[k], 2, NULL);
        CHECK_REL(r.h, want.h, 1e-12);
        if (k == 2) CHECK_REL(r.objective, want.objective, 1e-12);
        if (k == 3) CHECK_NEAR(r.objective, want.objective + shift, 1e-12);
    }
}

int main(void)
{
    RUN(plug_in_survives_high_dimension);
    RUN(one_variable_has_one_bandwidth);
    RUN(scale_does_not_matter);
    RUN(bounds_transform_the_sample);
    return check_report("kde_units");
}
