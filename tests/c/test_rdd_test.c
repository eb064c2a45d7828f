/* test_rdd_test.c - tests on the curve: by hand, ties, ranges, points without noise. */
#include "rdd_fixture.h"

enum { Q = 4, B = 19 };
static const double q[Q] = {0.2, 0.4, 0.5, 0.9}, tau[Q] = {0.5, -1.5, 2, 0.25};
/* cells 0.2 0.15 0.25 0.4 */
static double V[Q * Q], Z[B * Q];

static void fill(void)
{
    static double L[Q * Q] = {1,    0,   0,   0, 0.5, 2,   0, 0,
                              -0.3, 0.4, 1.5, 0, 0.2, 0.1, 0, 0.5};
    for (int j = 0; j < Q; j++)
        for (int k = 0; k < Q; k++) {
            V[j + k * Q] = 0;
            for (int r = 0; r < Q; r++) V[j + k * Q] += L[r + j * Q] * L[r + k * Q];
        }
    for (int b = 0; b < B; b++)
        for (int j = 0; j < Q; j++) Z[b + j * B] = 1.7 * sin(3.1 * b + 1.9 * j * j + 1);
}

/* straight from the definitions, for the points from `from` to `to` - 1 */
static double by_hand(const double *f, size_t stride, int from, int to, int centred,
                      int sign, int cvm, int studentized)
{
    static const double cells[Q] = {0.2, 0.15, 0.25, 0.4};
    double total = 0, mean = 0, T = 0;
    for (int j = from; j < to; j++) total += cells[j];
    for (int j = from; centred && j < to; j++)
        mean += cells[j] / total * f[(size_t)j * stride];
    for (int j = from; j < to; j++) {
        double s2 = 0;
        for (int k = from; k < to; k++)
            for (int l = from; l < to; l++) {
                const double a = (k == j) - (centred ? cells[k] / total : 0);
                const double c = (l == j) - (centred ? cells[l] / total : 0);
                s2 += a * V[k + l * Q] * c;
            }
        const double d = f[(size_t)j * stride] - mean, s = studentized ? sqrt(s2) : 1;
        if (cvm)
            T += cells[j] / total * d * d;
        else
            T = fmax(T, sign ? sign * d / s : fabs(d) / s);
    }
    return T;
}

static int larger(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void every_test_by_hand(void)
{
    static const struct {
        const char *name;
        int centred, sign, cvm;
    } kinds[] = {{"nullity", 0, 0, 0},    {"homogeneity", 1, 0, 0},
                 {"ge", 0, -1, 0},        {"le", 0, 1, 0},
                 {"equal", 0, 0, 0},      {"nullity", 0, 0, 1},
                 {"homogeneity", 1, 0, 1}};
    const double ranges[2][2] = {{0, 1}, {0.4, 0.5}};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (int r = 0; r < 4; r++) {
            const int narrow = r / 2, from = narrow ? 1 : 0, to = narrow ? 3 : Q;
            double T, p, c, all[B];
            int above = 0;
            CHECK(distest_rdd_test(Q, q, tau, V, Z, B, 0.9, kinds[k].name,
                                   kinds[k].cvm ? "cvm" : "sup", r % 2, ranges[narrow],
                                   &T, &p, &c, NULL) == DISTEST_SUCCESS);
            const double want = by_hand(tau, 1, from, to, kinds[k].centred,
                                        kinds[k].sign, kinds[k].cvm, r % 2);
            CHECK_NEAR(T, want, 1e-14);
            for (int b = 0; b < B; b++) {
                all[b] = by_hand(Z + b, B, from, to, kinds[k].centred, kinds[k].sign,
                                 kinds[k].cvm, r % 2);
                above += all[b] >= want;
            }
            qsort(all, B, sizeof *all, larger);
            CHECK_NEAR(c, all[17], 1e-14); /* 0.9 (19 + 1) = 18 */
            CHECK_NEAR(p, (1.0 + above) / 20, 1e-15);
        }
}

static void no_range_is_the_whole_grid(void)
{
    double a, b, p;
    const double whole[2] = {0, 1};
    CHECK(distest_rdd_test(Q, q, tau, V, Z, B, 0.9, "homogeneity", "sup", 1, NULL, &a,
                           &p, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(distest_rdd_test(Q, q, tau, V, Z, B, 0.9, "homogeneity", "sup", 1, whole, &b,
                           NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(a == b && p >= 0.05 && p <= 1);
}

/* a positive effect is no evidence against tau >= 0, whatever the draws */
static void one_sided_tests_stop_at_zero(void)
{
    const double up[Q] = {1, 2, 3, 4};
    double T = 7, p = 7;
    CHECK(distest_rdd_test(Q, q, up, V, Z, B, 0.9, "ge", "sup", 1, NULL, &T, &p, NULL,
                           NULL) == DISTEST_SUCCESS);
    CHECK(T == 0 && p == 1);
    CHECK(distest_rdd_test(Q, q, up, V, Z, B, 0.9, "le", "sup", 1, NULL, &T, &p, NULL,
                           NULL) == DISTEST_SUCCESS);
    CHECK(T > 3 && p < 0.2);
}

static void points_without_noise(void)
{
    double W[Q * Q], T, p, c, t[Q];
    memcpy(W, V, sizeof V);
    memcpy(t, tau, sizeof tau);
    t[2] = 1e9; /* its variance is 0: left out */
    for (int j = 0; j < Q; j++) W[2 + j * Q] = W[j + 2 * Q] = 0;
    CHECK(distest_rdd_test(Q, q, t, W, Z, B, 0.9, "nullity", "sup", 1, NULL, &T, &p, &c,
                           NULL) == DISTEST_SUCCESS);
    CHECK(T < 10 && T > 0.5);
    memset(W, 0, sizeof W);
    T = p = c = 7;
    CHECK(distest_rdd_test(Q, q, t, W, Z, B, 0.9, "nullity", "sup", 1, NULL, &T, &p, &c,
                           NULL) == DISTEST_SUCCESS);
    CHECK(isnan(T) && isnan(p) && isnan(c));
    /* one grid point is homogeneous by itself, and rounding is no noise */
    const double at[2] = {0.45, 0.6};
    CHECK(distest_rdd_test(Q, q, tau, V, Z, B, 0.9, "homogeneity", "sup", 1, at, &T, &p,
                           &c, NULL) == DISTEST_SUCCESS);
    CHECK(isnan(T) && isnan(p));
    for (int k = 0; k < Q * Q; k++) W[k] = 0.1; /* a shift common to all points */
    CHECK(distest_rdd_test(Q, q, tau, W, Z, B, 0.9, "homogeneity", "sup", 1, NULL, &T,
                           &p, &c, NULL) == DISTEST_SUCCESS);
    CHECK(isnan(T) && isnan(p));
}

static int run_one(distest_context *ctx)
{
    double T = 7;
    const int status = distest_rdd_test(Q, q, tau, V, Z, B, 0.9, "nullity", "sup", 1,
                                        NULL, &T, NULL, NULL, ctx);
    CHECK(status == DISTEST_SUCCESS || T == 7);
    return status;
}

static void failures(void)
{
    distest_context ctx = distest_context_default();
    const double down[Q] = {0.2, 0.1, 0.5, 0.9}, out[2] = {0.6, 0.8},
                 turned[2] = {0.8, 0.2};
    double bad[B * Q], T = 7;
    memcpy(bad, Z, sizeof Z);
    bad[3] = NAN;
    CHECK(check_out_of_memory(run_one) > 3);
    CHECK(check_cancel(run_one) > 0);
#define BAD(n, grid, t, v, z, b, l, test, stat, range, arg)                            \
    CHECK_FAILS(distest_rdd_test(n, grid, t, v, z, b, l, test, stat, 1, range, &T,     \
                                 NULL, NULL, &ctx),                                    \
                DISTEST_EINVAL, &ctx, arg)
    BAD(Q, down, tau, V, Z, B, 0.9, "nullity", "sup", NULL, "q");
    BAD(0, q, tau, V, Z, B, 0.9, "nullity", "sup", NULL, "q");
    BAD(Q, q, bad, V, Z, B, 0.9, "nullity", "sup", NULL, "tau");
    BAD(Q, q, tau, bad, Z, B, 0.9, "nullity", "sup", NULL, "vcov");
    BAD(Q, q, tau, V, bad, B, 0.9, "nullity", "sup", NULL, "process");
    BAD(Q, q, tau, V, NULL, B, 0.9, "nullity", "sup", NULL, "process");
    BAD(Q, q, tau, V, Z, B, 0.95001, "nullity", "sup", NULL, "draws");
    BAD(Q, q, tau, V, Z, B, 2, "nullity", "sup", NULL, "level");
    BAD(Q, q, tau, V, Z, B, 0.9, "nulity", "sup", NULL, "test");
    BAD(Q, q, tau, V, Z, B, 0.9, "nullity", "ad", NULL, "statistic");
    BAD(Q, q, tau, V, Z, B, 0.9, "ge", "cvm", NULL, "statistic");
    BAD(Q, q, tau, V, Z, B, 0.9, "nullity", "sup", out, "range");
    BAD(Q, q, tau, V, Z, B, 0.9, "nullity", "sup", turned, "range");
    CHECK(T == 7);
}

int main(void)
{
    fill();
    RUN(every_test_by_hand);
    RUN(no_range_is_the_whole_grid);
    RUN(one_sided_tests_stop_at_zero);
    RUN(points_without_noise);
    RUN(failures);
    return check_report("test_rdd_test");
}
