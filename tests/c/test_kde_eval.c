/* Kernel estimates against their definition, term by term in long double. */
#include "kde_test.h"

static void agrees_with_definition(void)
{
    static const size_t dims[] = {1, 3, 16, 17, 40};
    static const double hs[] = {1e-5, 1e-2, 0.3, 1, 30, 1e4};
    static const double offsets[] = {0, 1e8};
    for (int a = 0; a < 5; a++)
        for (int b = 0; b < 6; b++)
            for (int c = 0; c < 2; c++) {
                const size_t d = dims[a];
                double f[M], bound[M], loo[N];
                fill(d, offsets[c], 2);
                const distest_sample s = {N, d, X, W_};
                distest_kde_opts o = distest_kde_opts_default();
                o.bandwidth = &hs[b];
                CHECK(distest_kde_eval_bound(&s, &o, M, Q, f, bound, NULL) == 0);
                for (size_t j = 0; j < M; j++) {
                    const double want = direct(d, Q + j, M, W_, hs[b], N);
                    CHECK(fabs(f[j] - want) <= 1e-11 + 8 * 0x1p-53 * fabs(want));
                    CHECK(fabs(f[j] - want) <= bound[j]);
                }
                CHECK(distest_kde_loo(&s, &o, loo, NULL) == 0);
                for (size_t i = 0; i < N; i += 7)
                    CHECK_NEAR(loo[i], direct(d, X + i, N, W_, hs[b], i), 1e-11);
            }
}

/* every term underflows, and log f = -(d/2) log(2 pi h^2) - d / (2 h^2) */
static void survives_high_dimension(void)
{
    static double zeros[1000], ones[1000];
    const double h = 0.1;
    const distest_sample s = {1, 1000, zeros, NULL};
    distest_kde_opts o = distest_kde_opts_default();
    double f;
    o.bandwidth = &h;
    for (size_t k = 0; k < 1000; k++) ones[k] = 1;
    CHECK(distest_kde_eval(&s, &o, 1, ones, &f, NULL) == 0);
    CHECK_NEAR(f, -500 * log(2 * acos(-1) * 0.01) - 50000, 1e-13);
}

static void extreme_bandwidths_give_no_nan(void)
{
    fill(2, 0, 2);
    const distest_sample s = {N, 2, X, NULL};
    for (int k = 0; k < 2; k++) {
        const double h = k ? 1e300 : 1e-300;
        double f[M], at0, neff;
        distest_kde_opts o = distest_kde_opts_default();
        o.bandwidth = &h;
        CHECK(distest_kde_eval(&s, &o, M, Q, f, NULL) == 0);
        for (size_t j = 0; j < M; j++)
            CHECK(k ? fabs(f[j] + 2 * log(1e300) + log(2 * acos(-1))) < 1e-9
                    : f[j] == -INFINITY);
        const double x0[2] = {X[0], X[N]};
        CHECK(distest_kde_eval(&s, &o, 1, x0, &at0, NULL) == 0);
        CHECK(isfinite(at0));
        CHECK(distest_kde_stats(&s, &o, 1, Q, &neff, NULL, NULL, NULL, NULL, NULL) ==
              0);
        CHECK(k ? fabs(neff - N) < 1e-9 : isnan(neff));
    }
}

static void gradient_and_hessian_agree_with_differences(void)
{
    const double h = 0.5, e = 1e-5;
    const size_t d = 3;
    fill(d, 0, 2);
    const distest_sample s = {N, d, X, W_};
    distest_kde_opts o = distest_kde_opts_default();
    o.bandwidth = &h;
    double g[3], H[9], g2[3], g1[3], f, a, b;
    const double x[3] = {0.1, -0.2, 0.3};
    CHECK(distest_kde_curvature(&s, &o, 1, x, &f, g, H, NULL) == 0);
    for (size_t k = 0; k < d; k++) {
        double up[3] = {x[0], x[1], x[2]}, down[3] = {x[0], x[1], x[2]};
        up[k] += e;
        down[k] -= e;
        CHECK(distest_kde_score(&s, &o, 1, up, &a, g2, NULL) == 0);
        CHECK(distest_kde_score(&s, &o, 1, down, &b, g1, NULL) == 0);
        CHECK_NEAR(g[k], (a - b) / (2 * e), 1e-8);
        for (size_t i = 0; i < d; i++)
            CHECK_NEAR(H[i + k * d], (g2[i] - g1[i]) / (2 * e), 1e-8);
    }
}

static void identities_of_effective_numbers(void)
{
    fill(5, 0, 2);
    const distest_sample s = {N, 5, X, NULL};
    const double h = 0.4, half = 0.4 / sqrt(2);
    distest_kde_opts o = distest_kde_opts_default();
    double n2[M], n1[M];
    o.bandwidth = &h;
    CHECK(distest_kde_stats(&s, &o, M, Q, NULL, n2, NULL, NULL, NULL, NULL) == 0);
    o.bandwidth = &half;
    CHECK(distest_kde_stats(&s, &o, M, Q, n1, NULL, NULL, NULL, NULL, NULL) == 0);
    for (size_t j = 0; j < M; j++) CHECK_REL(n2[j], n1[j], 1e-12);
}

static void tolerance_is_kept(void)
{
    fill(20, 0, 2);
    const distest_sample s = {N, 20, X, NULL};
    const double h = 0.2;
    distest_kde_opts o = distest_kde_opts_default();
    double exact[M], f[M], bound[M];
    o.bandwidth = &h;
    CHECK(distest_kde_eval(&s, &o, M, Q, exact, NULL) == 0);
    o.tol = 1e-3;
    CHECK(distest_kde_eval_bound(&s, &o, M, Q, f, bound, NULL) == 0);
    for (size_t j = 0; j < M; j++) {
        CHECK(fabs(expm1(f[j] - exact[j])) <= bound[j]);
        CHECK(bound[j] <= 1.001e-3);
    }
}

static void bits_do_not_depend_on_threads_or_order(void)
{
    fill(20, 0, 2);
    const distest_sample s = {N, 20, X, W_};
    const double h = 0.5;
    distest_kde_opts o = distest_kde_opts_default();
    double f[3][N], one;
    o.bandwidth = &h;
    for (int k = 0; k < 3; k++) {
        distest_context ctx = distest_context_default();
        ctx.threads = 1 << k;
        CHECK(distest_kde_loo(&s, &o, f[k], &ctx) == 0);
        CHECK(memcmp(f[0], f[k], sizeof f[0]) == 0);
    }
    CHECK(distest_kde_eval(&s, &o, M, Q, f[0], NULL) == 0);
    double q[20];
    for (size_t k = 0; k < 20; k++) q[k] = Q[7 + k * M];
    CHECK(distest_kde_eval(&s, &o, 1, q, &one, NULL) == 0);
    CHECK(one == f[0][7]);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    const double h = 0.5, minus = -1, H[4] = {1, 2, 2, 1}, skew[4] = {1, 0.5, 0.4, 1};
    double f[M] = {42};
    fill(2, 0, 2);
    distest_sample s = {N, 2, X, NULL};
    distest_kde_opts o = distest_kde_opts_default();
    o.bandwidth = &minus;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx,
                "bandwidth");
    o.bandwidth = H;
    o.shape = DISTEST_KDE_FULL;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_ESING, &ctx,
                "bandwidth");
    o.bandwidth = skew;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx,
                "bandwidth");
    o = distest_kde_opts_default();
    o.bandwidth = &h;
    o.kernel = "box";
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx,
                "kernel");
    o.kernel = "student";
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx, "nu");
    o.kernel = "gaussian";
    o.nu = 3;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx, "nu");
    o.nu = 0;
    for (size_t i = 0; i < N; i++) X[i + N] = 2 * X[i];
    o.scaling = DISTEST_KDE_COV;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_ESING, &ctx,
                "scaling");
    for (size_t i = 0; i < N; i++) X[i + N] = 3;
    o.scaling = DISTEST_KDE_SD;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_ESING, &ctx,
                "scaling");
    X[3] = NAN;
    CHECK_FAILS(distest_kde_loo(&s, &o, f, &ctx), DISTEST_EINVAL, &ctx, "x");
    CHECK(f[0] == 42);
    CHECK(distest_kde_eval(&s, &o, 0, NULL, NULL, &ctx) == DISTEST_SUCCESS);
}

static int everything(distest_context *ctx)
{
    const double h = 0.5;
    double f[N], g[M * 18], H[D_MOST * D_MOST];
    const distest_sample s = {N, 18, X, W_};
    distest_kde_opts o = distest_kde_opts_default();
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r;
    int status;
    o.bandwidth = &h;
    o.scaling = DISTEST_KDE_SD;
    c.scaling = DISTEST_KDE_SD;
    c.shape = DISTEST_KDE_DIAG;
    c.maxit = 3;
    if ((status = distest_kde_loo(&s, &o, f, ctx))) return status;
    if ((status = distest_kde_score(&s, &o, M, Q, f, g, ctx))) return status;
    if ((status = distest_kde_phases(&s, &o, M, Q, 10, f, NULL, NULL, NULL, NULL, NULL,
                                     ctx)))
        return status;
    return distest_kde_bandwidth(&s, &c, &r, H, ctx);
}

static void gives_memory_back(void)
{
    fill(18, 0, 2);
    CHECK(check_out_of_memory(everything) > 20);
    CHECK(check_cancel(everything) > 3);
}

/* One point carries the value: Hess log f = -1/h^2 to the last digits, although the
 * squares it is the difference of are 1e16 times as large; and a place between two
 * points where both count, Hess = p (1 - p) (v1 - v2)^2 - 1/h^2. */
static void curvature_survives_dominance(void)
{
    const double x[2] = {0.3, 9}, h = 1.3e-8, near[2] = {0.3, 0.3 + 3e-8},
                 mid = 0.3 + 1.2e-8;
    distest_kde_opts o = gaussian(&h);
    const distest_sample far = {2, 1, x, NULL}, two = {2, 1, near, NULL};
    double H;
    for (int k = 1; k < 8; k++) {
        const double at = 0.3 + 0.37 * k;
        CHECK(distest_kde_curvature(&far, &o, 1, &at, NULL, NULL, &H, NULL) ==
              DISTEST_SUCCESS);
        CHECK_REL(H, -1 / (h * h), 1e-12);
    }
    CHECK(distest_kde_curvature(&two, &o, 1, &mid, NULL, NULL, &H, NULL) ==
          DISTEST_SUCCESS);
    const double a = (mid - near[0]) / h, b = (mid - near[1]) / h,
                 p = 1 / (1 + exp(0.5 * (a * a - b * b))),
                 want = (p * (1 - p) * (a - b) * (a - b) - 1) / (h * h);
    CHECK_REL(H, want, 1e-10);
}

/* at a datum that carries all: -1 / h^2, -Inf where a double cannot say it; 0 beside */
static void curvature_of_tiny_bandwidths_is_no_nan(void)
{
    static const double lot[] = {1e-150, 1e-160, 1e-170, 1e-300};
    fill(2, 0, 2);
    const distest_sample s = {N, 2, X, NULL};
    const double at[2] = {X[3], X[3 + N]};
    for (int k = 0; k < 8; k++) {
        const double h = lot[k / 2], sds[2] = {h, h};
        double f, g[2], H[4];
        distest_kde_opts o = distest_kde_opts_default();
        o.bandwidth = k % 2 ? sds : &h;
        o.shape = k % 2 ? DISTEST_KDE_DIAG : DISTEST_KDE_SCALAR;
        CHECK(distest_kde_curvature(&s, &o, 1, at, &f, g, H, NULL) == 0);
        CHECK(g[0] == 0 && g[1] == 0);
        CHECK(H[1] == 0 && H[2] == 0);
        if (k / 2)
            CHECK(H[0] == -INFINITY && H[3] == -INFINITY);
        else
            CHECK(fabs(H[0] + 1e300) < 1e286 && fabs(H[3] + 1e300) < 1e286);
    }
}

int main(void)
{
    RUN(agrees_with_definition);
    RUN(survives_high_dimension);
    RUN(extreme_bandwidths_give_no_nan);
    RUN(gradient_and_hessian_agree_with_differences);
    RUN(identities_of_effective_numbers);
    RUN(tolerance_is_kept);
    RUN(bits_do_not_depend_on_threads_or_order);
    RUN(bad_input_is_named);
    RUN(gives_memory_back);
    RUN(curvature_survives_dominance);
    RUN(curvature_of_tiny_bandwidths_is_no_nan);
    return check_report("kde_eval");
}
