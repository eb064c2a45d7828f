/* test_rdd_randtest.c - the permutation test: all assignments by hand, clusters,
 * weights, the law of drawn permutations, failures. */
#include "rdd_fixture.h"

enum { N = 9, Q = 3 };
static const double x[N] = {-0.9, -0.3, 0.2, 0.1, -0.2, 0.25, -0.1, 0.8, -0.25};
static const double q[Q] = {0.25, 0.5, 0.9}; /* cells 0.25 0.325 0.4 */
static double Y[N * Q];

static distest_rdd_units example(void)
{
    distest_rdd_units u = distest_rdd_units_default();
    for (int j = 0; j < Q; j++)
        for (int i = 0; i < N; i++)
            Y[i + j * N] =
                3 + j + 0.8 * sin(2.1 * i + j) + (x[i] >= 0) * (0.9 + 0.3 * j);
    u.n = N, u.probs = Q, u.q = q, u.quantiles = Y, u.x = x;
    return u;
}

/* the statistic for the side given by the bits of `above`, units in the window only */
static double by_hand(unsigned above, int kind, const double *o)
{
    static const double om[Q] = {0.25, 0.325, 0.4};
    double sup = 0, w2 = 0, mean = 0;
    for (int j = 0; j < Q; j++) {
        double sum[2] = {0, 0}, weight[2] = {0, 0};
        for (int i = 0; i < N; i++) {
            if (fabs(x[i]) > 0.3) continue;
            const int s = above >> i & 1;
            sum[s] += (o ? o[i] : 1) * Y[i + j * N], weight[s] += o ? o[i] : 1;
        }
        const double d = sum[1] / weight[1] - sum[0] / weight[0];
        sup = fmax(sup, fabs(d)), w2 += om[j] / 0.975 * d * d,
        mean += om[j] / 0.975 * d;
    }
    return kind == 0 ? sup : kind == 1 ? sqrt(w2) : fabs(mean);
}

static void all_assignments_by_hand(void)
{
    distest_rdd_units u = example();
    const char *names[3] = {"sup", "w2", "mean"};
    double o[N] = {1, 2, 0.5, 1, 3, 1, 1.5, 1, 1};
    unsigned inside = 0, observed = 0;
    for (int i = 0; i < N; i++) {
        if (fabs(x[i]) <= 0.3) inside |= 1u << i;
        if (fabs(x[i]) <= 0.3 && x[i] >= 0) observed |= 1u << i;
    }
    for (int k = 0; k < 6; k++) { /* 7 units, 3 above: 35 assignments */
        const double *w = k < 3 ? NULL : o;
        double T = 0, p = 0;
        size_t sides[2];
        distest_rng rng = distest_rng_seed(1);
        int all = 0, beyond = 0;
        const double want = by_hand(observed, k % 3, w);
        for (unsigned above = 0; above < 1u << N; above++) {
            if ((above & ~inside) || __builtin_popcount(above) != 3) continue;
            all++;
            beyond += by_hand(above, k % 3, w) >= want * (1 - 1e-12);
        }
        u.weights = w;
        CHECK(all == 35);
        CHECK(distest_rdd_randtest(&u, 0, 0.3, names[k % 3], 35, &rng, sides, &T, &p,
                                   NULL) == DISTEST_SUCCESS);
        CHECK(sides[0] == 4 && sides[1] == 3);
        CHECK_NEAR(T, want, 1e-13);
        CHECK_NEAR(p, (double)beyond / all, 1e-15);
        /* fewer permutations than assignments: drawn ones, near the exact p-value */
        rng = distest_rng_seed(4);
        double p2 = 0, mean = 0;
        for (int r = 0; r < 400; r++) {
            CHECK(distest_rdd_randtest(&u, 0, 0.3, names[k % 3], 34, &rng, NULL, NULL,
                                       &p2, NULL) == DISTEST_SUCCESS);
            mean += (p2 * 35 - 1) / 34 / 400;
        }
        CHECK(fabs(mean - p) < 4.5 * sqrt(p * (1 - p) / (400 * 34)) + 1e-12);
    }
}

/* clusters of two units each move together: as many assignments as of clusters, and
 * the same p as for cluster means of equal size */
static void clusters_move_as_a_whole(void)
{
    enum { G = 8 };
    double z[2 * G], y[2 * G], cx[G], cy[G], p1, p2, T1, T2;
    int code[2 * G];
    distest_rdd_units u = distest_rdd_units_default(), means = u;
    distest_rng rng = distest_rng_seed(2);
    for (int g = 0; g < G; g++) {
        cx[g] = g < 4 ? -0.1 * (g + 1) : 0.1 * (g - 3);
        cy[g] = sin(5.0 * g) + 0.5 * (g >= 4);
        for (int k = 0; k < 2; k++) {
            z[g + k * G] = cx[g], code[g + k * G] = 9 - g;
            y[g + k * G] = cy[g] + (k ? 0.3 : -0.3);
        }
    }
    u.n = 2 * G, u.probs = 1, u.x = z, u.quantiles = y, u.cluster = code,
    u.clusters = 10;
    means.n = G, means.probs = 1, means.x = cx, means.quantiles = cy;
    CHECK(distest_rdd_randtest(&u, 0, 1, "sup", 70, &rng, NULL, &T1, &p1, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_rdd_randtest(&means, 0, 1, "sup", 70, &rng, NULL, &T2, &p2, NULL) ==
          DISTEST_SUCCESS);
    CHECK_NEAR(T1, T2, 1e-14);
    CHECK(p1 == p2 && fabs(p1 * 70 - rint(p1 * 70)) < 1e-9);
    distest_context ctx = distest_context_default();
    z[0] = 0.05; /* its partner stays below */
    CHECK_FAILS(distest_rdd_randtest(&u, 0, 1, "sup", 70, &rng, NULL, &T1, &p1, &ctx),
                DISTEST_EINVAL, &ctx, "cluster");
    code[1] = 10;
    CHECK_FAILS(distest_rdd_randtest(&u, 0, 1, "sup", 70, &rng, NULL, &T1, &p1, &ctx),
                DISTEST_EINVAL, &ctx, "cluster");
}

static void extremes(void)
{
    distest_rdd_units u = example();
    distest_rng rng = distest_rng_seed(2);
    double p = 7, T = 7, y[N * Q];
    for (int i = 0; i < N * Q; i++) y[i] = 1e9; /* nothing differs */
    u.quantiles = y;
    CHECK(distest_rdd_randtest(&u, 0, 0.3, "w2", 1000, &rng, NULL, &T, &p, NULL) ==
          DISTEST_SUCCESS);
    CHECK(T == 0 && p == 1);
    for (int i = 0; i < N * Q; i++) y[i] = x[i % N] >= 0 ? 1e200 : -1e200;
    CHECK(distest_rdd_randtest(&u, 0, 0.3, "w2", 1000, &rng, NULL, &T, &p, NULL) ==
          DISTEST_SUCCESS);
    CHECK_REL(T, 2e200, 1e-14); /* the observed assignment alone is so extreme */
    CHECK_NEAR(p, 1.0 / 35, 1e-15);
    static const char *names[3] = {"sup", "w2", "mean"};
    unsigned observed = 0;
    for (int i = 0; i < N; i++) observed |= (unsigned)(x[i] >= 0 && x[i] <= 0.3) << i;
    for (int k = 0; k < 3; k++) { /* outcomes of any scale */
        u = example();
        const double want = by_hand(observed, k, NULL);
        for (int i = 0; i < N * Q; i++) y[i] = ldexp(Y[i], -600);
        u.quantiles = y;
        CHECK(distest_rdd_randtest(&u, 0, 0.3, names[k], 99, &rng, NULL, &T, &p,
                                   NULL) == DISTEST_SUCCESS);
        CHECK_REL(T, ldexp(want, -600), 1e-12);
    }
    for (int i = 0; i < N * Q; i++) y[i] = x[i % N] >= 0 ? 1 : -1;
    double o[N] = {1, 1, 1, 1, 0, 1, 1, 1, 1};
    size_t sides[2];
    u.weights = o;
    CHECK(distest_rdd_randtest(&u, 0, 0.3, "mean", 1000, &rng, sides, &T, &p, NULL) ==
          DISTEST_SUCCESS);
    CHECK(sides[0] == 3 && sides[1] == 3 && fabs(p - 2.0 / 20) < 1e-15);
}

static void threads_change_nothing(void)
{
    const distest_rdd_units u = fixture_units();
    distest_context one = distest_context_default(), four = distest_context_default();
    distest_rng r1 = distest_rng_seed(7), r4 = distest_rng_seed(7);
    double p1, p4, T1, T4;
    one.threads = 1, four.threads = 4;
    CHECK(distest_rdd_randtest(&u, 0, 0.3, "sup", 3000, &r1, NULL, &T1, &p1, &one) ==
          DISTEST_SUCCESS);
    CHECK(distest_rdd_randtest(&u, 0, 0.3, "sup", 3000, &r4, NULL, &T4, &p4, &four) ==
          DISTEST_SUCCESS);
    CHECK(p1 == p4 && T1 == T4 && p1 > 0 && p1 <= 1);
}

/* parts cut anywhere, in any order, and past the end: the counts of one call */
static void parts_join_to_the_whole(void)
{
    static const size_t cuts[][5] = {{0, 1, 255, 700, 3000}, {0, 256, 512, 3001, 5000}};
    const distest_rdd_units all = fixture_units(), few = example();
    for (int exact = 0; exact < 2; exact++)
        for (int k = 0; k < 2; k++) {
            const distest_rdd_units *u = exact ? &few : &all;
            /* at 0.3 there is no jump: half of the permutations reach the statistic */
            const double window = exact ? 0.3 : 0.2, cutoff = exact ? 0 : 0.3;
            distest_rng rng = distest_rng_seed(7);
            size_t above[4], permutations, n[2], sides[2];
            double T, p, part_T, joined;
            int is_exact;
            CHECK(distest_rdd_randtest(u, cutoff, window, "w2", 3000, &rng, n, &T, &p,
                                       NULL) == DISTEST_SUCCESS);
            for (int i = 3; i >= 0; i--) {
                rng = distest_rng_seed(7);
                CHECK(distest_rdd_randtest_part(
                          u, cutoff, window, "w2", 3000, cuts[k][i],
                          cuts[k][i + 1] - cuts[k][i], &rng, sides, &part_T, &above[i],
                          &permutations, &is_exact, NULL) == DISTEST_SUCCESS);
                CHECK(part_T == T && sides[0] == n[0] && sides[1] == n[1]);
                CHECK(is_exact == exact && (permutations == 3000) == !exact);
            }
            CHECK(distest_rdd_randtest_join(4, above, permutations, exact, &joined,
                                            NULL) == DISTEST_SUCCESS);
            CHECK(joined == p && (exact ? p > 0 : p > 0.4 && p < 0.6));
        }
}

static int run_one(distest_context *ctx)
{
    const distest_rdd_units u = fixture_units();
    distest_rng rng = distest_rng_seed(7);
    double p = 7;
    const int status =
        distest_rdd_randtest(&u, 0, 0.1, "sup", 600, &rng, NULL, NULL, &p, ctx);
    CHECK(status == DISTEST_SUCCESS || p == 7);
    return status;
}

static void failures(void)
{
    distest_context ctx = distest_context_default();
    distest_rdd_units u = example();
    distest_rng rng = distest_rng_seed(2);
    double p = 7, bad[N * Q];
    CHECK(check_out_of_memory(run_one) > 6);
    CHECK(check_cancel(run_one) > 3);
#define BAD(u, c, w, s, reps, rng, arg)                                                \
    CHECK_FAILS(distest_rdd_randtest(u, c, w, s, reps, rng, NULL, NULL, &p, &ctx),     \
                DISTEST_EINVAL, &ctx, arg)
    BAD(NULL, 0, 0.3, "sup", 9, &rng, "units");
    BAD(&u, 0, 0.3, "max", 9, &rng, "statistic");
    BAD(&u, 0, 0.3, "sup", 0, &rng, "reps");
    BAD(&u, 0, 0.3, "sup", 9, NULL, "rng");
    BAD(&u, 0, 0, "sup", 9, &rng, "window");
    BAD(&u, 0, INFINITY, "sup", 9, &rng, "window");
    BAD(&u, 0, 0.05, "sup", 9, &rng, "window");
    BAD(&u, 5, 0.3, "sup", 9, &rng, "window");
    BAD(&u, NAN, 0.3, "sup", 9, &rng, "cutoff");
    memcpy(bad, Y, sizeof Y);
    bad[4] = NAN;
    u.quantiles = bad;
    BAD(&u, 0, 0.3, "sup", 9, &rng, "quantiles");
    u.quantiles = Y, u.x = NULL;
    BAD(&u, 0, 0.3, "sup", 9, &rng, "x");
    bad[4] = -1;
    u.x = x, u.weights = bad;
    BAD(&u, 0, 0.3, "sup", 9, &rng, "weights");
    const double down[Q] = {0.5, 0.4, 0.6};
    u.weights = NULL, u.q = down;
    BAD(&u, 0, 0.3, "sup", 9, &rng, "q");
    u.q = q, u.probs = 0;
    BAD(&u, 0, 0.3, "sup", 9, &rng, "quantiles");
    const size_t above[] = {3, 2};
    CHECK_FAILS(distest_rdd_randtest_join(1, NULL, 9, 0, &p, &ctx), DISTEST_EINVAL,
                &ctx, "above");
    CHECK_FAILS(distest_rdd_randtest_join(2, above, 4, 0, &p, &ctx), DISTEST_EINVAL,
                &ctx, "above");
    CHECK_FAILS(distest_rdd_randtest_join(0, NULL, 0, 0, &p, &ctx), DISTEST_EINVAL,
                &ctx, "above");
    CHECK(p == 7);
    /* 5 of 9: all assignments, or with the one seen */
    CHECK(distest_rdd_randtest_join(2, above, 9, 1, &p, NULL) == DISTEST_SUCCESS);
    CHECK(p == 5.0 / 9);
    CHECK(distest_rdd_randtest_join(2, above, 9, 0, &p, NULL) == DISTEST_SUCCESS);
    CHECK(p == 0.6);
}

int main(void)
{
    RUN(all_assignments_by_hand);
    RUN(clusters_move_as_a_whole);
    RUN(extremes);
    RUN(threads_change_nothing);
    RUN(parts_join_to_the_whole);
    RUN(failures);
    return check_report("test_rdd_randtest");
}
