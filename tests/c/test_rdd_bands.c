/* test_rdd_bands.c - the multiplier bootstrap: given multipliers, laws of the drawn
 * ones, the factor path against the path over scores, threads, failures. */
#include "rdd_fixture.h"

enum { R = 90, Q = 7 };
static double scores[R * Q], V[Q * Q], tau[Q], se[Q];

/* scores of rank 5: column 5 repeats column 1 times 1e6, column 6 is 0 */
static void fill(void)
{
    for (int i = 0; i < R; i++) {
        for (int j = 0; j < 5; j++)
            scores[i + j * R] = sin(1.3 * i * (j + 1) + j) + 0.6 * cos(0.7 * i);
        scores[i + 5 * R] = 1e6 * scores[i + R];
        scores[i + 6 * R] = 0;
    }
    for (int j = 0; j < Q; j++) {
        tau[j] = j - 2.5;
        for (int k = 0; k < Q; k++) {
            V[j + k * Q] = 0;
            for (int i = 0; i < R; i++)
                V[j + k * Q] += scores[i + j * R] * scores[i + k * R];
        }
        se[j] = sqrt(V[j + j * Q]);
    }
}

static double xi[R * 39], process[39 * Q];

static void given_multipliers_by_hand(void)
{
    double crit, lower[Q], upper[Q], most[39];
    for (int k = 0; k < R * 39; k++) xi[k] = sin(12.9898 * k) * 1.4;
    for (int studentized = 0; studentized < 2; studentized++) {
        CHECK(distest_rdd_bands_scores(R, Q, scores, tau, NULL, xi, 0.95, 39,
                                       studentized, NULL, &crit, lower, upper, process,
                                       NULL) == DISTEST_SUCCESS);
        for (int b = 0; b < 39; b++) {
            most[b] = 0;
            for (int j = 0; j < Q; j++) {
                double z = 0;
                for (int i = 0; i < R; i++) z += xi[i + b * R] * scores[i + j * R];
                CHECK_NEAR(process[b + j * 39], z, 1e-12);
                const double s = studentized ? se[j] : 1;
                if (s > 0 && fabs(z) / s > most[b]) most[b] = fabs(z) / s;
            }
        }
        int below = 0, equal = 0; /* number 38 of 39 */
        for (int b = 0; b < 39; b++) {
            below += most[b] < crit * (1 - 1e-12);
            equal += fabs(most[b] - crit) <= 1e-12 * crit;
        }
        CHECK(below == 37 && equal == 1);
        for (int j = 0; j < Q; j++) {
            const double half = crit * (studentized ? se[j] : 1);
            CHECK_NEAR(lower[j], tau[j] - half, 1e-12);
            CHECK_NEAR(upper[j], tau[j] + half, 1e-12);
        }
    }
}

/* more rows and draws than a block holds; draw b is the same however many there are */
static void blocks_fit_together(void)
{
    enum { N = 1500, B = 600, STEP = 97 };
    static double many[N * B], psi[N * 2], Z[B * 2], first[39 * 2];
    const double t[2] = {0, 0};
    const char *laws[3] = {"gaussian", "rademacher", "mammen"};
    for (int k = 0; k < N * B; k++) many[k] = sin(0.7 * k);
    for (int i = 0; i < 2 * N; i++) psi[i] = 1e-5 * cos(0.3 * i);
    CHECK(distest_rdd_bands_scores(N, 2, psi, t, NULL, many, 0.95, B, 1, NULL, NULL,
                                   NULL, NULL, Z, NULL) == DISTEST_SUCCESS);
    for (int b = 0; b < B; b += STEP)
        for (int j = 0; j < 2; j++) {
            double z = 0;
            for (int i = 0; i < N; i++) z += many[i + b * N] * psi[i + j * N];
            CHECK(fabs(Z[b + j * B] - z) < 1e-15);
        }
    for (int k = 0; k < 4; k++) {
        distest_rng rng = distest_rng_seed(4), again = rng;
        double crit = 0;
        const double small[4] = {4e-10, 1e-10, 1e-10, 9e-10};
        if (k < 3) {
            CHECK(distest_rdd_bands_scores(N, 2, psi, t, laws[k], NULL, 0.95, B, 1,
                                           &rng, &crit, NULL, NULL, Z,
                                           NULL) == DISTEST_SUCCESS);
            CHECK(distest_rdd_bands_scores(N, 2, psi, t, laws[k], NULL, 0.95, 39, 1,
                                           &again, NULL, NULL, NULL, first,
                                           NULL) == DISTEST_SUCCESS);
        } else {
            CHECK(distest_rdd_bands(2, t, small, 0.95, B, 1, &rng, &crit, NULL, NULL, Z,
                                    NULL) == DISTEST_SUCCESS);
            CHECK(distest_rdd_bands(2, t, small, 0.95, 39, 1, &again, NULL, NULL, NULL,
                                    first, NULL) == DISTEST_SUCCESS);
        }
        CHECK(crit > 1.8 && crit < 2.8);
        for (int b = 0; b < 39; b++)
            for (int j = 0; j < 2; j++)
                CHECK(fabs(Z[b + j * B] - first[b + j * 39]) < 1e-14);
        CHECK(Z[300] != Z[44] && Z[599] != Z[343]);
    }
}

/* mean, variance and the support of drawn multipliers: scores = identity */
static void laws_of_multipliers(void)
{
    enum { rows = 1500, draws = 39 };
    static double eye[rows], Z[draws];
    const char *laws[3] = {"gaussian", "rademacher", "mammen"};
    const double root = sqrt(5);
    for (int k = 0; k < 3; k++) {
        double sum = 0, square = 0, cube = 0, zero = 0;
        distest_rng rng = distest_rng_seed(5);
        /* row 1400 alone: the second block of rows; a new key each time */
        for (int r = 0; r < 60; r++) {
            memset(eye, 0, sizeof eye);
            eye[1400 - 20 * r] = 1;
            CHECK(distest_rdd_bands_scores(rows, 1, eye, &zero, laws[k], NULL, 0.9,
                                           draws, 1, &rng, NULL, NULL, NULL, Z,
                                           NULL) == DISTEST_SUCCESS);
            for (int b = 0; b < draws; b++) {
                sum += Z[b], square += Z[b] * Z[b], cube += Z[b] * Z[b] * Z[b];
                if (k == 1) CHECK(Z[b] == 1 || Z[b] == -1);
                if (k == 2)
                    CHECK(fabs(Z[b] - (1 - root) / 2) < 1e-15 ||
                          fabs(Z[b] - (1 + root) / 2) < 1e-15);
            }
        }
        const double n = 60 * draws;
        CHECK(fabs(sum / n) < 4 / sqrt(n));
        CHECK(fabs(square / n - 1) < 4 * 1.5 / sqrt(n));
        if (k == 2)
            CHECK(fabs(cube / n - 1) < 4 * 2.5 / sqrt(n)); /* Mammen: E xi^3 = 1 */
    }
}

/* B = 20000: the same law, so critical values within Monte Carlo error (about 0.012)
 * for the gaussian paths; and the covariance of the process is V */
static void paths_agree(void)
{
    enum { B = 20000 };
    static double Z[B * Q];
    double c[4];
    distest_rng rng = distest_rng_seed(11);
    CHECK(distest_rdd_bands(Q, tau, V, 0.95, B, 1, &rng, &c[0], NULL, NULL, Z, NULL) ==
          DISTEST_SUCCESS);
    for (int j = 0; j < Q; j++)
        for (int k = 0; k < Q; k++) {
            double v = 0;
            for (int b = 0; b < B; b++) v += Z[b + j * B] * Z[b + k * B] / B;
            CHECK(fabs(v - V[j + k * Q]) <= 5 * sqrt(2.0 / B) * se[j] * se[k]);
        }
    for (int b = 0; b < B; b += 100) {
        CHECK(Z[b + 6 * B] == 0);
        CHECK_REL(Z[b + 5 * B], 1e6 * Z[b + B], 1e-6);
    }
    const char *laws[3] = {"gaussian", "rademacher", "mammen"};
    for (int k = 0; k < 3; k++)
        CHECK(distest_rdd_bands_scores(R, Q, scores, tau, laws[k], NULL, 0.95, B, 1,
                                       &rng, &c[k + 1], NULL, NULL, NULL,
                                       NULL) == DISTEST_SUCCESS);
    CHECK(fabs(c[1] - c[0]) < 0.05);
    CHECK(fabs(c[2] - c[0]) < 0.1 && fabs(c[3] - c[0]) < 0.1);
    CHECK(c[0] > 2.3 && c[0] < 2.6); /* five nearly independent maxima */
}

/* one point: |N(0, 1)|, whose quantile is known */
static void one_point_is_the_normal_quantile(void)
{
    double v = 4, t = 1, crit, lower, upper;
    distest_rng rng = distest_rng_seed(3);
    CHECK(distest_rdd_bands(1, &t, &v, 0.9, 200000, 1, &rng, &crit, &lower, &upper,
                            NULL, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(crit, 1.644853626951472, 0.01);
    CHECK_NEAR(upper - lower, 4 * crit, 1e-14);
    rng = distest_rng_seed(3);
    CHECK(distest_rdd_bands(1, &t, &v, 0.9, 200000, 0, &rng, &lower, NULL, NULL, NULL,
                            NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(lower, 2 * crit, 1e-14);
}

static void threads_change_nothing(void)
{
    enum { B = 3000, N = 2500 };
    static double big[N * Q], Z1[B * Q], Z4[B * Q];
    distest_context one = distest_context_default(), four = distest_context_default();
    double c1, c4;
    one.threads = 1, four.threads = 4;
    for (int i = 0; i < N * Q; i++) big[i] = sin(0.37 * i);
    for (int path = 0; path < 4; path++) {
        distest_rng r1 = distest_rng_seed(9), r4 = distest_rng_seed(9);
        const char *laws[4] = {"gaussian", "rademacher", "mammen", NULL};
        if (laws[path]) {
            CHECK(distest_rdd_bands_scores(N, Q, big, tau, laws[path], NULL, 0.95, B, 1,
                                           &r1, &c1, NULL, NULL, Z1,
                                           &one) == DISTEST_SUCCESS);
            CHECK(distest_rdd_bands_scores(N, Q, big, tau, laws[path], NULL, 0.95, B, 1,
                                           &r4, &c4, NULL, NULL, Z4,
                                           &four) == DISTEST_SUCCESS);
        } else {
            CHECK(distest_rdd_bands(Q, tau, V, 0.95, B, 1, &r1, &c1, NULL, NULL, Z1,
                                    &one) == DISTEST_SUCCESS);
            CHECK(distest_rdd_bands(Q, tau, V, 0.95, B, 1, &r4, &c4, NULL, NULL, Z4,
                                    &four) == DISTEST_SUCCESS);
        }
        CHECK(c1 == c4 && memcmp(Z1, Z4, sizeof Z1) == 0);
        /* without the process: the same maxima */
        r4 = distest_rng_seed(9);
        if (!laws[path]) {
            CHECK(distest_rdd_bands(Q, tau, V, 0.95, B, 1, &r4, &c4, NULL, NULL, NULL,
                                    &four) == DISTEST_SUCCESS);
            CHECK_NEAR(c4, c1, 1e-14);
        }
    }
}

static void no_noise_no_band(void)
{
    double zero[Q * Q] = {0}, crit = 7, lower[Q], upper[Q], none[100 * Q];
    distest_rng rng = distest_rng_seed(1);
    for (int studentized = 0; studentized < 2; studentized++) {
        CHECK(distest_rdd_bands(Q, tau, zero, 0.95, 100, studentized, &rng, &crit,
                                lower, upper, NULL, NULL) == DISTEST_SUCCESS);
        CHECK(isnan(crit));
        memset(none, 1, sizeof none);
        CHECK(distest_rdd_bands(Q, tau, zero, 0.95, 100, studentized, &rng, NULL, NULL,
                                NULL, none, NULL) == DISTEST_SUCCESS);
        for (int k = 0; k < 100 * Q; k++) CHECK(none[k] == 0);
        for (int j = 0; j < Q; j++) CHECK(lower[j] == tau[j] && upper[j] == tau[j]);
        CHECK(distest_rdd_bands_scores(3, Q, zero, tau, "mammen", NULL, 0.95, 100,
                                       studentized, &rng, &crit, lower, upper, NULL,
                                       NULL) == DISTEST_SUCCESS);
        CHECK(isnan(crit) && lower[0] == tau[0]);
    }
}

/* scales of 1e-200 and 1e200 side by side */
static void columns_of_any_scale(void)
{
    double s[4], z[2 * 100], t[2] = {0, 0}, crit;
    const double V2[4] = {1e-240, 0.5e0, 0.5e0, 1e240};
    distest_rng rng = distest_rng_seed(2);
    s[0] = 1e-200, s[1] = -2e-200, s[2] = 1e200, s[3] = 1e200;
    CHECK(distest_rdd_bands_scores(2, 2, s, t, "rademacher", NULL, 0.9, 100, 1, &rng,
                                   &crit, NULL, NULL, z, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(crit, sqrt(2.0),
               1e-14); /* |2| / sqrt 2 beats 3 / sqrt 5 and 1 / sqrt 5 */
    CHECK(distest_rdd_bands(2, t, V2, 0.9, 100, 1, &rng, &crit, NULL, NULL, z, NULL) ==
          DISTEST_SUCCESS);
    for (int b = 0; b < 100; b++) {
        CHECK(fabs(z[b]) < 5e-120 && fabs(z[b]) > 1e-124);
        CHECK(fabs(z[b + 100]) < 5e120 && fabs(z[b + 100]) > 1e116);
    }
}

/* parts of any length, computed in any order, have the bits of one call */
static void parts_join_to_the_whole(void)
{
    enum { B = 1000, PARTS = 3 };
    static const size_t from[PARTS + 1] = {0, 256, 768, B};
    static double Z[B * Q], part[B * Q], most[B], given[R * B];
    const char *laws[5] = {"gaussian", "rademacher", "mammen", "given", NULL};
    for (int k = 0; k < R * B; k++) given[k] = sin(12.9898 * k) * 1.4;
    for (int path = 0; path < 10; path++) {
        const char *law = laws[path / 2];
        const int studentized = path % 2;
        const double *x = path / 2 == 3 ? given : NULL;
        distest_rng rng = distest_rng_seed(4);
        double c[2], low[2][Q], high[2][Q], spread[Q];
        if (law)
            CHECK(distest_rdd_bands_scores(R, Q, scores, tau, law, x, 0.95, B,
                                           studentized, &rng, &c[0], low[0], high[0], Z,
                                           NULL) == DISTEST_SUCCESS);
        else
            CHECK(distest_rdd_bands(Q, tau, V, 0.95, B, studentized, &rng, &c[0],
                                    low[0], high[0], Z, NULL) == DISTEST_SUCCESS);
        for (int k = PARTS; k-- > 0;) {
            const size_t n = from[k + 1] - from[k];
            rng = distest_rng_seed(4);
            CHECK(distest_rdd_bands_part(R, Q, law ? scores : NULL, V, law,
                                         x ? x + R * from[k] : NULL, from[k], n,
                                         studentized, &rng, most + from[k], spread,
                                         part, NULL) == DISTEST_SUCCESS);
            for (size_t j = 0; j < Q; j++)
                CHECK(memcmp(part + j * n, Z + from[k] + j * B, n * sizeof *Z) == 0);
        }
        CHECK(distest_rdd_bands_join(Q, tau, spread, 0.95, B, most, studentized, &c[1],
                                     low[1], high[1], NULL) == DISTEST_SUCCESS);
        CHECK(c[0] == c[1] && memcmp(low[0], low[1], sizeof low[0]) == 0 &&
              memcmp(high[0], high[1], sizeof high[0]) == 0);
    }
}

static int run_part(distest_context *ctx)
{
    double maxima[600] = {7};
    distest_rng rng = distest_rng_seed(1);
    const int status = distest_rdd_bands_part(0, Q, NULL, V, NULL, NULL, 256, 600, 1,
                                              &rng, maxima, NULL, NULL, ctx);
    CHECK(status == DISTEST_SUCCESS || maxima[0] == 7);
    return status;
}

static int run_join(distest_context *ctx)
{
    double crit = 7, maxima[39] = {0};
    const int status =
        distest_rdd_bands_join(Q, tau, se, 0.95, 39, maxima, 1, &crit, NULL, NULL, ctx);
    CHECK(status == DISTEST_SUCCESS || crit == 7);
    return status;
}

static int run_vcov(distest_context *ctx)
{
    double crit = 7;
    distest_rng rng = distest_rng_seed(1);
    const int status =
        distest_rdd_bands(Q, tau, V, 0.95, 600, 1, &rng, &crit, NULL, NULL, NULL, ctx);
    CHECK(status == DISTEST_SUCCESS || crit == 7);
    return status;
}

static int run_scores(distest_context *ctx)
{
    double crit = 7;
    distest_rng rng = distest_rng_seed(1);
    const int status =
        distest_rdd_bands_scores(R, Q, scores, tau, "gaussian", NULL, 0.95, 600, 1,
                                 &rng, &crit, NULL, NULL, NULL, ctx);
    CHECK(status == DISTEST_SUCCESS || crit == 7);
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(run_vcov) > 3);
    CHECK(check_out_of_memory(run_scores) > 2);
    CHECK(check_out_of_memory(run_part) > 3);
    CHECK(check_out_of_memory(run_join) > 1);
    CHECK(check_cancel(run_vcov) >= 3);
    CHECK(check_cancel(run_scores) >= 3);
    CHECK(check_cancel(run_part) >= 3);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(1);
    double crit = 7, bad[Q * Q], nan_tau[Q];
    memcpy(nan_tau, tau, sizeof tau);
    nan_tau[2] = NAN;
#define VCOV(q, t, v, level, B, r, arg)                                                \
    CHECK_FAILS(                                                                       \
        distest_rdd_bands(q, t, v, level, B, 1, r, &crit, NULL, NULL, NULL, &ctx),     \
        DISTEST_EINVAL, &ctx, arg)
    VCOV(0, tau, V, 0.95, 100, &rng, "probs");
    VCOV(Q, nan_tau, V, 0.95, 100, &rng, "tau");
    VCOV(Q, tau, NULL, 0.95, 100, &rng, "vcov");
    VCOV(Q, tau, V, 1, 100, &rng, "level");
    VCOV(Q, tau, V, 0, 100, &rng, "level");
    VCOV(Q, tau, V, 0.95, 18, &rng, "draws");
    CHECK(strstr(ctx.message, "19") != NULL);
    VCOV(Q, tau, V, 0.95, 100, NULL, "rng");
    memcpy(bad, V, sizeof V);
    bad[0] = -1;
    VCOV(Q, tau, bad, 0.95, 100, &rng, "vcov");
    memcpy(bad, V, sizeof V);
    bad[Q] = 2 * se[0] * se[1];
    VCOV(Q, tau, bad, 0.95, 100, &rng, "vcov");
    bad[Q] = INFINITY;
    VCOV(Q, tau, bad, 0.95, 100, &rng, "vcov");
    CHECK(distest_rdd_bands(Q, tau, V, 0.95, 19, 1, &rng, NULL, NULL, NULL, NULL,
                            NULL) == DISTEST_SUCCESS);
#define SCORES(n, s, m, x, B, r, arg)                                                  \
    CHECK_FAILS(distest_rdd_bands_scores(n, Q, s, tau, m, x, 0.95, B, 1, r, &crit,     \
                                         NULL, NULL, NULL, &ctx),                      \
                DISTEST_EINVAL, &ctx, arg)
    SCORES(R, NULL, "mammen", NULL, 100, &rng, "scores");
    SCORES(R, scores, "webb", NULL, 100, &rng, "multiplier");
    SCORES(R, scores, NULL, NULL, 100, &rng, "multiplier");
    SCORES(R, scores, "mammen", NULL, 100, NULL, "rng");
    xi[5] = NAN;
    SCORES(R, scores, NULL, xi, 39, NULL, "xi");
    SCORES(R, scores, "mammen", NULL, 3, &rng, "draws");
#define PART(q, s, v, first, B, r, arg)                                                \
    CHECK_FAILS(distest_rdd_bands_part(R, q, s, v, "mammen", NULL, first, B, 1, r,     \
                                       NULL, NULL, NULL, &ctx),                        \
                DISTEST_EINVAL, &ctx, arg)
    PART(0, scores, V, 0, 39, &rng, "probs");
    PART(Q, NULL, NULL, 0, 39, &rng, "vcov");
    PART(Q, scores, V, 100, 39, &rng, "first");
    PART(Q, scores, V, 0, 0, &rng, "draws");
    PART(Q, scores, V, 0, 39, NULL, "rng");
    CHECK_FAILS(
        distest_rdd_bands_join(Q, tau, NULL, 0.95, 39, xi, 1, &crit, NULL, NULL, &ctx),
        DISTEST_EINVAL, &ctx, "se");
    CHECK_FAILS(
        distest_rdd_bands_join(Q, tau, se, 0.95, 39, xi, 1, &crit, NULL, NULL, &ctx),
        DISTEST_EINVAL, &ctx, "maxima");
    CHECK(crit == 7);
}

int main(void)
{
    fill();
    RUN(given_multipliers_by_hand);
    RUN(blocks_fit_together);
    RUN(laws_of_multipliers);
    RUN(paths_agree);
    RUN(one_point_is_the_normal_quantile);
    RUN(threads_change_nothing);
    RUN(no_noise_no_band);
    RUN(columns_of_any_scale);
    RUN(parts_join_to_the_whole);
    RUN(memory_and_cancelling);
    RUN(bad_input_is_named);
    return check_report("test_rdd_bands");
}
