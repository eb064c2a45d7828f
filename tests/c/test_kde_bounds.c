/* Bounds: integrals, images one by one, transforms, gradients. */
#include "kde_test.h"

static double phi(double u, double h)
{
    return exp(-0.5 * u * u / (h * h)) / (h * sqrt(2 * acos(-1)));
}

enum { STEPS = 4000 };

/* int_a^b exp(log f), Simpson */
static double mass(const distest_kde_opts *o, double a, double b)
{
    static double x[STEPS + 1], f[STEPS + 1];
    const distest_sample s = {N, 1, X, W_};
    double sum = 0;
    for (size_t k = 0; k <= STEPS; k++) x[k] = a + (b - a) * (double)k / STEPS;
    CHECK(distest_kde_eval(&s, o, STEPS + 1, x, f, NULL) == DISTEST_SUCCESS);
    for (size_t k = 0; k <= STEPS; k++)
        sum += (k == 0 || k == STEPS ? 1 : k % 2 ? 4 : 2) * exp(f[k]);
    return sum * (b - a) / (3 * STEPS);
}

static void reflected_mass_is_one(void)
{
    const double a = -1, b = 1, lot[] = {0.01, 0.3, 1.9, 2.1, 50};
    fill(1, 0, 2);
    for (int k = 0; k < 5; k++) {
        distest_kde_opts o = gaussian(&lot[k]);
        o.lower = &a;
        o.upper = &b;
        CHECK_NEAR(mass(&o, a, b), 1, 1e-9);
    }
    distest_kde_opts o = gaussian(&lot[1]);
    o.lower = &a;
    CHECK_NEAR(mass(&o, a, 5), 1, 1e-9);
    o.lower = NULL;
    o.upper = &b;
    CHECK_NEAR(mass(&o, -5, b), 1, 1e-9);
}

static void images_agree_one_by_one(void)
{
    const double a = -1.1, b = 1.05, w = b - a, lot[] = {0.4, 2, 2.2, 9};
    fill(1, 0, 2);
    const distest_sample s = {N, 1, X, NULL};
    for (int k = 0; k < 4; k++) {
        const double h = lot[k];
        distest_kde_opts o = gaussian(&lot[k]);
        double f[M], g[M];
        o.lower = &a;
        o.upper = &b;
        CHECK(distest_kde_score(&s, &o, M, Q, f, g, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < M; j++) {
            double sum = 0, slope = 0;
            for (size_t i = 0; i < N; i++)
                for (int l = -60; l <= 60; l++) {
                    const double u = Q[j] - X[i] - 2 * l * w,
                                 v = Q[j] + X[i] - 2 * a - 2 * l * w;
                    sum += (phi(u, h) + phi(v, h)) / N;
                    slope -= (u * phi(u, h) + v * phi(v, h)) / (h * h * N);
                }
            CHECK_NEAR(f[j], log(sum), 1e-12);
            CHECK_NEAR(g[j], slope / sum, 1e-10);
        }
    }
}

/* kernel over the images of y and its first two derivatives by x, in long double */
static void imaged(double x, double y, double a, double b, double h, long double t[3])
{
    const int two = isfinite(a) && isfinite(b), most = two ? 60 : 0;
    t[0] = t[1] = t[2] = 0;
    for (int l = -most; l <= most; l++)
        for (int fold = 0; fold < (isfinite(a) || isfinite(b) ? 2 : 1); fold++) {
            const double shift = two ? 2 * l * (b - a) : 0;
            const long double c = (fold ? 2 * (isfinite(a) ? a : b) - y : y) + shift;
            const long double u = (c - x) / h, e = expl(-u * u / 2);
            t[0] += e;
            t[1] += e * u / h;
            t[2] += e * (u * u - 1) / h / h;
        }
}

static void curvature_counts_the_images(void)
{
    const double a[3] = {-1.1, -1.1, -INFINITY}, b[3] = {1.05, INFINITY, INFINITY};
    const double sds[3][3] = {{0.3, 0.4, 0.5}, {2, 0.2, 0.3}, {4, 3, 1}};
    fill(3, 0, 2);
    const distest_sample s = {N, 3, X, W_};
    for (int v = 0; v < 3; v++) {
        double g[3 * M], H[9 * M];
        distest_kde_opts o = gaussian(sds[v]);
        o.shape = DISTEST_KDE_DIAG;
        o.lower = a;
        o.upper = b;
        CHECK(distest_kde_curvature(&s, &o, M, Q, NULL, g, H, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < M; j++) {
            long double f = 0, df[3] = {0}, ddf[3][3] = {{0}};
            for (size_t i = 0; i < N; i++) {
                long double t[3][3];
                for (size_t k = 0; k < 3; k++)
                    imaged(Q[j + k * M], X[i + k * N], a[k], b[k], sds[v][k], t[k]);
                f += W_[i] * t[0][0] * t[1][0] * t[2][0];
                for (size_t k = 0; k < 3; k++)
                    for (size_t l = 0; l < 3; l++) {
                        long double one = W_[i], both = W_[i];
                        for (size_t c = 0; c < 3; c++) {
                            one *= t[c][c == k];
                            both *= t[c][(c == k) + (c == l)];
                        }
                        df[k] += l == 0 ? one : 0;
                        ddf[k][l] += both;
                    }
            }
            for (size_t k = 0; k < 3; k++)
                for (size_t l = 0; l < 3; l++) {
                    const double want =
                        (double)(ddf[k][l] / f - df[k] / f * (df[l] / f));
                    CHECK_NEAR(H[k + 3 * l + 9 * j], want, 1e-10);
                }
            for (size_t k = 0; k < 3; k++)
                CHECK_NEAR(g[j + k * M], (double)(df[k] / f), 1e-10);
        }
    }
}

static void transforms_have_their_jacobian(void)
{
    const double h = 0.4, a[3] = {-2, -INFINITY, -2}, b[3] = {INFINITY, 2, 2};
    fill(3, 0, 2);
    const distest_sample s = {N, 3, X, W_};
    double u[3 * N], v[3 * M], lu[N], lv[M], f[M], plain[M], g[3 * M], H[9 * M];
    distest_kde_opts o = gaussian(&h);
    CHECK(distest_kde_transform(3, a, b, N, X, u, lu, NULL) == DISTEST_SUCCESS);
    CHECK(distest_kde_transform(3, a, b, M, Q, v, lv, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(u[0], log(X[0] + 2), 1e-15);
    CHECK_NEAR(u[N], -log(2 - X[N]), 1e-15);
    CHECK_NEAR(u[2 * N], log((X[2 * N] + 2) / (2 - X[2 * N])), 1e-15);
    CHECK_NEAR(lu[0],
               -log(X[0] + 2) - log(2 - X[N]) +
                   log(4 / (X[2 * N] + 2) / (2 - X[2 * N])),
               1e-14);
    const distest_sample t = {N, 3, u, W_};
    CHECK(distest_kde_eval(&t, &o, M, v, plain, NULL) == DISTEST_SUCCESS);
    o.lower = a;
    o.upper = b;
    o.boundary = DISTEST_KDE_TRANSFORM;
    CHECK(distest_kde_curvature(&s, &o, M, Q, f, g, H, NULL) == DISTEST_SUCCESS);
    for (size_t j = 0; j < M; j++) CHECK_NEAR(f[j], plain[j] + lv[j], 1e-12);
    const double e = 1e-5;
    for (size_t k = 0; k < 3; k++) {
        double up[3] = {Q[0], Q[M], Q[2 * M]}, down[3] = {Q[0], Q[M], Q[2 * M]}, f1, f0,
               g1[3], g0[3];
        up[k] += e;
        down[k] -= e;
        CHECK(distest_kde_score(&s, &o, 1, up, &f1, g1, NULL) == DISTEST_SUCCESS);
        CHECK(distest_kde_score(&s, &o, 1, down, &f0, g0, NULL) == DISTEST_SUCCESS);
        CHECK_NEAR(g[k * M], (f1 - f0) / (2 * e), 1e-8);
        for (size_t i = 0; i < 3; i++)
            CHECK_NEAR(H[i + 3 * k], (g1[i] - g0[i]) / (2 * e), 1e-8);
    }
}

static void nothing_lies_outside(void)
{
    const double h = 0.4, a = -1, b = 1, out[2] = {-1.5, 1.5};
    fill(1, 0, 2);
    const distest_sample s = {N, 1, X, NULL};
    for (int kind = 0; kind < 2; kind++) {
        distest_kde_opts o = gaussian(&h);
        double f[2], g[2], p[2], neff[2];
        o.lower = &a;
        o.upper = &b;
        o.boundary = kind;
        CHECK(distest_kde_score(&s, &o, 2, out, f, g, NULL) == DISTEST_SUCCESS);
        CHECK(f[0] == -INFINITY && f[1] == -INFINITY && isnan(g[0]) && isnan(g[1]));
        CHECK(distest_kde_cdf(&s, &o, 2, out, p, NULL) == DISTEST_SUCCESS);
        CHECK(p[0] == 0 && p[1] == 1);
        CHECK(distest_kde_stats(&s, &o, 2, out, neff, NULL, NULL, NULL, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(neff[0] == 0 && neff[1] == 0);
    }
}

/* F' = f, and the quantile is its inverse, with every kernel and with bounds */
static void distribution_functions_agree_with_densities(void)
{
    static const char *const kernels[] = {"gaussian", "uniform",   "epanechnikov",
                                          "biweight", "triweight", "exponential",
                                          "linear",   "cosine",    "student"};
    const double h = 0.6, a = -1.2, b = 1.3;
    fill(1, 0, 2);
    const distest_sample s = {N, 1, X, W_};
    for (int k = 0; k < 13; k++) {
        distest_kde_opts o = gaussian(&h);
        if (k < 9) o.kernel = kernels[k];
        if (k == 8) o.nu = 4;
        if (k == 9 || k == 11 || k == 12) o.lower = &a;
        if (k >= 10) o.upper = &b;
        if (k == 12) o.boundary = DISTEST_KDE_TRANSFORM;
        for (int j = 0; j < 5; j++) {
            const double x = -0.9 + 0.45 * j, two[2] = {x - 1e-5, x + 1e-5};
            double p[2], f, back;
            CHECK(distest_kde_cdf(&s, &o, 2, two, p, NULL) == DISTEST_SUCCESS);
            CHECK(distest_kde_eval(&s, &o, 1, &x, &f, NULL) == DISTEST_SUCCESS);
            CHECK_NEAR((p[1] - p[0]) / 2e-5, exp(f), k == 1 ? 2e-2 : 1e-5);
            CHECK(distest_kde_quantile(&s, &o, 1, p, &back, NULL) == DISTEST_SUCCESS);
            CHECK_NEAR(back, two[0], 1e-9);
        }
    }
}

static void selection_with_bounds_maximises_the_likelihood(void)
{
    const double a = -1;
    fill(1, 0, 2);
    const distest_sample s = {N, 1, X, NULL};
    for (int kind = 0; kind < 2; kind++) {
        distest_kde_select c = distest_kde_select_default();
        distest_kde_selected r;
        distest_kde_opts o = distest_kde_opts_default();
        double L[3];
        c.scaling = DISTEST_KDE_NONE;
        o.lower = c.lower = &a;
        o.boundary = c.boundary = kind;
        CHECK(distest_kde_bandwidth(&s, &c, &r, NULL, NULL) == DISTEST_SUCCESS);
        const double h[3] = {0.98 * r.h, r.h, 1.02 * r.h};
        CHECK(distest_kde_grid_loo(&s, &o, 3, h, L, NULL, NULL, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(L[1] > L[0] && L[1] > L[2]);
        CHECK_NEAR(L[1], r.objective, 1e-11);
    }
}

/* L of standard deviations, by leave-one-out */
static double mean_loo(const distest_sample *s, const distest_kde_opts *o)
{
    static double f[N];
    double sum = 0, W = 0;
    CHECK(distest_kde_loo(s, o, f, NULL) == DISTEST_SUCCESS);
    for (size_t i = 0; i < N; i++) {
        sum += W_[i] * f[i];
        W += W_[i];
    }
    return sum / W;
}

static void free_bandwidths_count_the_images(void)
{
    const double a[3] = {-1, -1, -INFINITY}, b[3] = {1, INFINITY, INFINITY};
    double before = -INFINITY, H[9], sd[3];
    fill(3, 0, 2);
    for (size_t i = 0; i < N; i++) {
        X[i + N] = fabs(X[i + N]) - 1; /* most at the bound */
        X[i + 2 * N] *= 5 * (X[i] + 1.1);
    }
    const distest_sample s = {N, 3, X, W_};
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r;
    distest_kde_opts o = gaussian(sd);
    c.shape = o.shape = DISTEST_KDE_DIAG;
    c.lower = o.lower = a;
    c.upper = o.upper = b;
    for (c.maxit = 1; c.maxit <= 6; c.maxit++) {
        const int status = distest_kde_bandwidth(&s, &c, &r, H, NULL);
        CHECK(status == DISTEST_SUCCESS || status == DISTEST_ECONV);
        CHECK(r.objective >= before - 1e-13);
        before = r.objective;
    }
    c.maxit = 5000;
    c.reltol = 1e-14;
    CHECK(distest_kde_bandwidth(&s, &c, &r, H, NULL) == DISTEST_SUCCESS);
    CHECK(r.objective > before);
    for (size_t k = 0; k < 3; k++) sd[k] = sqrt(H[4 * k]);
    CHECK_NEAR(mean_loo(&s, &o), r.objective, 1e-11);
    for (size_t k = 0; k < 3; k++) { /* a maximum in every direction */
        const double at = sd[k];
        for (int up = 0; up < 2; up++) {
            sd[k] = at * (up ? 1.01 : 0.99);
            CHECK(mean_loo(&s, &o) < r.objective);
        }
        sd[k] = at;
    }
    distest_context ctx = distest_context_default();
    c.shape = DISTEST_KDE_FULL;
    CHECK_FAILS(distest_kde_bandwidth(&s, &c, &r, H, &ctx), DISTEST_EINVAL, &ctx,
                "boundary");
}

static void bad_bounds_are_named(void)
{
    distest_context ctx = distest_context_default();
    const double h = 0.5, a[2] = {-1, -1}, b[2] = {1, -2}, in[2] = {-0.5, -2};
    double f[M] = {42};
    fill(2, 0, 2);
    const distest_sample s = {N, 2, X, NULL};
    distest_kde_opts o = gaussian(&h);
    o.lower = a;
    o.upper = b;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx, "lower");
    o.upper = NULL;
    o.lower = in;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx, "x");
    o.lower = a;
    o.scaling = DISTEST_KDE_COV;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx,
                "boundary");
    o.scaling = DISTEST_KDE_SD;
    o.kernel = "biweight";
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx,
                "boundary");
    o.kernel = "gaussian";
    o.boundary = 7;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx,
                "boundary");
    CHECK(f[0] == 42);
}

int main(void)
{
    RUN(reflected_mass_is_one);
    RUN(images_agree_one_by_one);
    RUN(curvature_counts_the_images);
    RUN(transforms_have_their_jacobian);
    RUN(nothing_lies_outside);
    RUN(distribution_functions_agree_with_densities);
    RUN(selection_with_bounds_maximises_the_likelihood);
    RUN(free_bandwidths_count_the_images);
    RUN(bad_bounds_are_named);
    return check_report("kde_bounds");
}
