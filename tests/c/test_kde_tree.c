/* Trees and tolerances: what is left out is within what is certified. */
#include "kde_test.h"

enum { BIG = 3000 };
static double Y[BIG * 10], V[BIG];

static void fill_big(size_t d)
{
    uint64_t s = 3;
    for (size_t i = 0; i < BIG * d; i++) Y[i] = random_at(&s) + random_at(&s);
    for (size_t i = 0; i < BIG; i++) V[i] = 0.6 + random_at(&s);
    for (size_t j = 0; j < M * d; j++) Q[j] = 1.5 * random_at(&s);
}

static void bounds_hold(void)
{
    static const char *const kernels[] = {"gaussian", "epanechnikov", "exponential",
                                          "student"};
    static const double hs[] = {1e-3, 0.05, 0.5}, tols[] = {0, 1e-8, 1e-3, 0.1};
    for (size_t d = 1; d <= 10; d += 4)
        for (int k = 0; k < 4; k++)
            for (int l = 0; l < 3; l++)
                for (int t = 0; t < 4; t++) {
                    double exact[M], slack[M], f[M], bound[M];
                    fill_big(d);
                    const distest_sample s = {BIG, d, Y, V};
                    distest_kde_opts o = gaussian(&hs[l]);
                    o.kernel = kernels[k];
                    o.nu = k == 3 ? 3 : 0;
                    o.method = DISTEST_KDE_EXACT;
                    CHECK(distest_kde_eval_bound(&s, &o, M, Q, exact, slack, NULL) ==
                          0);
                    o.method = DISTEST_KDE_TREE;
                    o.tol = tols[t];
                    CHECK(distest_kde_eval_bound(&s, &o, M, Q, f, bound, NULL) == 0);
                    for (size_t j = 0; j < M; j++) {
                        if (exact[j] == -INFINITY) {
                            CHECK(f[j] == -INFINITY);
                            continue;
                        }
                        CHECK(fabs(expm1(f[j] - exact[j])) <= bound[j] + slack[j]);
                        /* where rounding is nothing, no more than was asked for */
                        CHECK(bound[j] <= tols[t] + (tols[t] > 1e-6 ? 0 : 1e-8));
                    }
                }
}

static void pruning_keeps_the_tolerance(void)
{
    fill(20, 0, 2);
    const distest_sample s = {N, 20, X, NULL};
    for (int k = 0; k < 3; k++) {
        const double h = 0.15 * (k + 1);
        double exact[M], f[M], bound[M];
        distest_kde_opts o = gaussian(&h);
        CHECK(distest_kde_eval(&s, &o, M, Q, exact, NULL) == 0);
        o.tol = 1e-3;
        CHECK(distest_kde_eval_bound(&s, &o, M, Q, f, bound, NULL) == 0);
        for (size_t j = 0; j < M; j++) {
            CHECK(fabs(expm1(f[j] - exact[j])) <= bound[j]);
            CHECK(bound[j] <= 1.001e-3);
        }
    }
}

/* one dimension, by cells: weights, an outlier, queries on and far from the data */
static void cells_keep_the_tolerance(void)
{
    static const double hs[] = {0.01, 0.05, 1}, tols[] = {1e-10, 1e-6, 1e-3, 0.1};
    for (int k = 0; k < 3; k++)
        for (int t = 0; t < 4; t++) {
            double exact[M], slack[M], f[M], bound[M];
            fill_big(1);
            Y[5] = 4;
            Q[0] = 4;
            Q[1] = -9;
            Q[2] = 3;
            Q[3] = 1e4;
            Q[4] = Y[9];
            const distest_sample s = {BIG, 1, Y, V};
            distest_kde_opts o = gaussian(&hs[k]);
            o.method = DISTEST_KDE_EXACT;
            CHECK(distest_kde_eval_bound(&s, &o, M, Q, exact, slack, NULL) == 0);
            o.method = DISTEST_KDE_AUTO;
            o.tol = tols[t];
            CHECK(distest_kde_eval_bound(&s, &o, M, Q, f, bound, NULL) == 0);
            for (size_t j = 0; j < M; j++) {
                CHECK(fabs(expm1(f[j] - exact[j])) <= bound[j] + slack[j]);
                CHECK(j == 3 || bound[j] <= tols[t] + 1e-9);
            }
        }
}

/* many dimensions, in single precision first; wide bandwidths go without */
static void the_screen_keeps_the_tolerance(void)
{
    enum { D = 130, SOME = 700 };
    static double x[SOME * D], q[M * D];
    uint64_t seed = 9;
    for (size_t i = 0; i < SOME * D; i++) x[i] = random_at(&seed) + random_at(&seed);
    for (size_t i = 0; i < M * D; i++) q[i] = random_at(&seed) + random_at(&seed);
    for (size_t k = 0; k < D; k++) q[k * M] = x[k * SOME + 3];
    for (int l = 0; l < 5; l++)
        for (int t = 0; t < 3; t++) {
            const double h = 0.2 + 0.1 * l, tol = t == 0 ? 1e-7 : t == 1 ? 1e-4 : 1e-2;
            double exact[M], f[M], bound[M], back[M], turned[M * D];
            const distest_sample s = {SOME, D, x, V};
            distest_kde_opts o = gaussian(&h);
            CHECK(distest_kde_eval(&s, &o, M, q, exact, NULL) == 0);
            o.tol = tol;
            CHECK(distest_kde_eval_bound(&s, &o, M, q, f, bound, NULL) == 0);
            for (size_t j = 0; j < M; j++) {
                CHECK(fabs(expm1(f[j] - exact[j])) <= bound[j]);
                CHECK(bound[j] <= tol + 1e-9);
                for (size_t k = 0; k < D; k++) turned[M - 1 - j + k * M] = q[j + k * M];
            }
            /* a product of floats depends on the place of a column in the last bits,
             * so another order of queries is another value within the tolerance; other
             * threads are not */
            CHECK(distest_kde_eval(&s, &o, M, turned, back, NULL) == 0);
            for (size_t j = 0; j < M; j++)
                CHECK(fabs(expm1(back[M - 1 - j] - exact[j])) <= bound[j]);
            distest_context ctx = distest_context_default();
            ctx.threads = 3;
            CHECK(distest_kde_eval(&s, &o, M, q, back, &ctx) == 0);
            CHECK(memcmp(back, f, sizeof back) == 0);
        }
}

static void bits_do_not_depend_on_threads(void)
{
    const double h = 0.05;
    double f[3][M];
    fill_big(3);
    const distest_sample s = {BIG, 3, Y, V};
    distest_kde_opts o = gaussian(&h);
    o.tol = 1e-4;
    for (int k = 0; k < 3; k++) {
        distest_context ctx = distest_context_default();
        ctx.threads = 1 << k;
        CHECK(distest_kde_eval(&s, &o, M, Q, f[k], &ctx) == 0);
        CHECK(memcmp(f[0], f[k], sizeof f[0]) == 0);
    }
}

static void what_it_cannot_do_is_named(void)
{
    distest_context ctx = distest_context_default();
    const double h = 0.5;
    double f[M];
    fill(20, 0, 2);
    const distest_sample s = {N, 20, X, NULL};
    distest_kde_opts o = gaussian(&h);
    o.method = DISTEST_KDE_TREE;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx,
                "method");
    o.method = 5;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx,
                "method");
    o.method = DISTEST_KDE_AUTO;
    o.tol = -1;
    CHECK_FAILS(distest_kde_eval(&s, &o, M, Q, f, &ctx), DISTEST_EINVAL, &ctx, "tol");
}

/* many points in one place do not stop the tree from being made */
static void equal_points_are_no_obstacle(void)
{
    const double h = 0.5;
    double f, want = 0, z[2] = {0.3, -0.4};
    for (size_t i = 0; i < BIG; i++) Y[i] = i % 2 ? 1 : 0, Y[i + BIG] = 0;
    const distest_sample s = {BIG, 2, Y, NULL};
    distest_kde_opts o = gaussian(&h);
    o.method = DISTEST_KDE_TREE;
    CHECK(distest_kde_eval(&s, &o, 1, z, &f, NULL) == 0);
    want = 0.5 * (exp(-0.5 * (0.09 + 0.16) / 0.25) + exp(-0.5 * (0.49 + 0.16) / 0.25)) /
           (2 * acos(-1) * 0.25);
    CHECK_NEAR(f, log(want), 1e-13);
}

static int everything(distest_context *ctx)
{
    const double h = 0.05;
    double f[M];
    const distest_sample s = {BIG, 3, Y, NULL};
    distest_kde_opts o = gaussian(&h);
    o.tol = 1e-4;
    return distest_kde_eval(&s, &o, M, Q, f, ctx);
}

static void gives_memory_back(void)
{
    fill_big(3);
    CHECK(check_out_of_memory(everything) > 6);
    CHECK(check_cancel(everything) > 1);
}

int main(void)
{
    RUN(bounds_hold);
    RUN(pruning_keeps_the_tolerance);
    RUN(cells_keep_the_tolerance);
    RUN(the_screen_keeps_the_tolerance);
    RUN(bits_do_not_depend_on_threads);
    RUN(what_it_cannot_do_is_named);
    RUN(equal_points_are_no_obstacle);
    RUN(gives_memory_back);
    return check_report("kde_tree");
}
