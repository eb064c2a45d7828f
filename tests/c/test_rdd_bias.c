/* test_rdd_bias.c - honest inference: the worst case of the bias against its definition
 * and the function that attains it, critical values, the rule of thumb, sets of ratios.
 */
#include "rdd_fixture.h"

static double w_cl[UNITS], w_bc[UNITS], tau[QUANTILES], se[QUANTILES];

/* the fit of the fixture "honest" */
static void fit_honest(const distest_rdd_units *u, int threads)
{
    distest_context ctx = distest_context_default();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    const double h[2] = {0.5, 0.5};
    o.vce = "nn", o.h = h, o.method = "pointwise";
    r.w_cl = w_cl, r.w_bc = w_bc, r.tau_cl = tau, r.se_cl = se;
    ctx.threads = threads;
    CHECK(distest_rdd_fit(u, &o, &r, &ctx) == DISTEST_SUCCESS);
}

static void agrees_with_the_reference(void)
{
    distest_rdd_units u = fixture_units();
    double bias, cv, t, left[QUANTILES], right[QUANTILES], two[2][QUANTILES];
    distest_context ctx = distest_context_default();
    fixture_read("tests/reference/rdd/expected.txt");
    fit_honest(&u, 2);
    memcpy(two[0], tau, sizeof tau), memcpy(two[1], se, sizeof se);
    fit_honest(&u, 1);
    CHECK(memcmp(two[0], tau, sizeof tau) == 0 && memcmp(two[1], se, sizeof se) == 0);
    CHECK(distest_rdd_bias(UNITS, u.x, w_cl, 0, 0.8, 0.8, &bias, NULL) ==
          DISTEST_SUCCESS);
    CHECK_REL(bias, fixture("honest/max_bias")[0], 1e-11);
    for (int j = 0; j < QUANTILES; j++) {
        CHECK_REL(tau[j], fixture("honest/tau")[j], 1e-11);
        CHECK_REL(se[j], fixture("honest/se")[j], 1e-11);
        t = bias / se[j];
        CHECK(distest_rdd_honest_critical(1, &t, 0.95, &cv, NULL) == DISTEST_SUCCESS);
        CHECK_REL(cv * se[j], fixture("honest/half_length")[j], 1e-11);
    }
    CHECK(distest_rdd_bias(UNITS, u.x, w_bc, 0, 0.8, 0.8, &t, NULL) == DISTEST_SUCCESS);
    CHECK(t != bias);
    ctx.threads = 2;
    CHECK(distest_rdd_smoothness(&u, 0, two[0], two[1], &ctx) == DISTEST_SUCCESS);
    ctx.threads = 1;
    CHECK(distest_rdd_smoothness(&u, 0, left, right, &ctx) == DISTEST_SUCCESS);
    CHECK(memcmp(two[0], left, sizeof left) == 0);
    CHECK(memcmp(two[1], right, sizeof right) == 0);
    for (int j = 0; j < QUANTILES; j++)
        CHECK_REL(fmax(left[j], right[j]), fixture("honest/smoothness_rot")[j], 1e-9);
}

/* m(u) = int int S'' ...: the least favourable m has m'' = M sign S(a); its bias
 * int m'' S is the bound. Built on a fine grid it comes close, and never beyond. */
static void the_bound_is_attained(void)
{
    enum { GRID = 20000 };
    static double second[GRID + 1];
    const distest_rdd_units u = fixture_units();
    fit_honest(&u, 1);
    for (int side = 0; side < 2; side++) {
        const double M[2] = {side ? 0 : 1.5, side ? 1.5 : 0};
        const double step = 1.0 / GRID;
        double bound, miss = 0;
        CHECK(distest_rdd_bias(UNITS, u.x, w_bc, 0, M[0], M[1], &bound, NULL) ==
              DISTEST_SUCCESS);
        for (int k = 0; k <= GRID; k++) {
            double S = 0;
            for (int i = 0; i < UNITS; i++)
                if ((u.x[i] >= 0) == side && fabs(u.x[i]) > k * step)
                    S += w_bc[i] * (fabs(u.x[i]) - k * step);
            second[k] = S > 0 ? 1.5 : -1.5;
        }
        for (int i = 0; i < UNITS; i++) {
            if ((u.x[i] >= 0) != side || w_bc[i] == 0) continue;
            double slope = 0, m = 0; /* m(0) = m'(0) = 0 */
            for (int k = 0; k * step < fabs(u.x[i]); k++) {
                m += slope * step + second[k] * step * step / 2;
                slope += second[k] * step;
            }
            miss += w_bc[i] * m;
        }
        CHECK(fabs(miss - bound) < 2e-3 * bound);
    }
}

/* two units a side at distance 1 and 2, w = 2, -1: S = t on (0, 1), 2 - t on (1, 2)
 * with sign -: S = -(2 - t) + 2 (1 - t) = -t, then -(2 - t); the bound is 1 */
static void small_cases_by_hand(void)
{
    const double x[4] = {-2, -1, 1, 2}, w[4] = {-1, 2, 2, -1};
    double bias;
    CHECK(distest_rdd_bias(4, x, w, 0, 1, 0, &bias, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(bias, 1, 1e-15);
    CHECK(distest_rdd_bias(4, x, w, 0, 2, 3, &bias, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(bias, 5, 1e-15);
    /* distances 1, 2, 4 with w = 1.75, 0, -0.75 ... and a change of sign inside a
     * piece: w at 1, 2, 3: a, b, c with a + b + c = 1, a + 2b + 3c = 0: (1, 1, -1) S =
     * -(3-t) on (2,3), -(3-t)+(2-t) = -1 on (1,2), -1 + (1-t) = -t on (0,1) */
    const double y[6] = {-3, -2, -1, 1, 2, 3}, v[6] = {-1, 1, 1, 1, 1, -1};
    CHECK(distest_rdd_bias(6, y, v, 0, 1, 0, &bias, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(bias, 0.5 + 1 + 0.5, 1e-15);
    /* (3.5, -4, 1.5): S = 1.5 (3-t); on (1,2) 1.5 (3-t) - 4 (2-t) = -3.5 + 2.5 t, zero
     * at 1.4; on (0,1) -t. 0.75 + (1.5 0.6 + 1 0.4) / 2 + 0.5 */
    const double z[6] = {1.5, -4, 3.5, 3.5, -4, 1.5};
    CHECK(distest_rdd_bias(6, y, z, 0, 0, 1, &bias, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(bias, 0.75 + (1.5 * 0.6 + 0.4) / 2 + 0.5, 1e-14);
}

/* a unit at the cutoff is one of the right side */
static void the_cutoff_is_on_the_right(void)
{
    const double x[5] = {-2, -1, 0, 1, 2}, w[5] = {-1, 2, 5.0 / 6, 1.0 / 3, -1.0 / 6};
    double left, right; /* S = -(2 - t) / 6, then (1 - t) / 3 - (2 - t) / 6 = -t / 6 */
    CHECK(distest_rdd_bias(5, x, w, 0, 1, 0, &left, NULL) == DISTEST_SUCCESS);
    CHECK(distest_rdd_bias(5, x, w, 0, 0, 1, &right, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(left, 1, 1e-15);
    CHECK_NEAR(right, 1.0 / 6, 1e-15);
}

static void critical_values(void)
{
    const double t[6] = {0, 0.1, 0.5, 2, 9.99, 500};
    double cv[6];
    CHECK(distest_rdd_honest_critical(6, t, 0.95, cv, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(cv[0], 1.959963984540054, 1e-14);
    for (int i = 1; i < 5; i++) { /* P(|N(t, 1)| <= cv) = 0.95 */
        const double P =
            (erfc(-(cv[i] - t[i]) / sqrt(2)) - erfc((cv[i] + t[i]) / sqrt(2))) / 2;
        CHECK_NEAR(P, 0.95, 1e-13);
        CHECK(cv[i] > cv[i - 1]);
    }
    CHECK_NEAR(cv[5], 500 + 1.644853626951472, 1e-12);
    CHECK(distest_rdd_honest_critical(1, t + 3, 0.5, cv, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR((erfc(-(cv[0] - 2) / sqrt(2)) - erfc((cv[0] + 2) / sqrt(2))) / 2, 0.5,
               1e-13);
}

static void anderson_rubin_sets(void)
{
    distest_rdd_units u = fixture_units();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    const double h[2] = {0.5, 0.5}, b[2] = {0.7, 0.7};
    double jump[QUANTILES], sd[QUANTILES], cov[QUANTILES], low[QUANTILES],
        high[QUANTILES];
    int shape[QUANTILES];
    u.treatment = UNIT_TREATMENT;
    o.vce = "nn", o.h = h, o.b = b, o.method = "pointwise";
    r.jump_bc = jump, r.jump_se_bc = sd, r.jump_treatment = cov;
    CHECK(distest_rdd_fit(&u, &o, &r, NULL) == DISTEST_SUCCESS);
    CHECK(distest_rdd_anderson_rubin(QUANTILES, jump, sd, cov, r.first_stage + 2, 0.95,
                                     low, high, shape, NULL) == DISTEST_SUCCESS);
    for (int j = 0; j < QUANTILES; j++) {
        CHECK(shape[j] == DISTEST_RDD_INTERVAL);
        CHECK_REL(low[j], fixture("anderson_rubin/lower")[j], 1e-9);
        CHECK_REL(high[j], fixture("anderson_rubin/upper")[j], 1e-9);
        /* without bias the honest set is the same */
        double l, s, none = 0;
        CHECK(distest_rdd_honest_ratio(1, jump + j, sd + j, cov + j, &none,
                                       r.first_stage + 2, 0, 0.95, &l, &s, shape + j,
                                       NULL) == DISTEST_SUCCESS);
        CHECK_REL(l, low[j], 1e-10);
        CHECK_REL(s, high[j], 1e-10);
    }
}

/* weak first stages: complements and the line; membership at a few t */
static void shapes_of_weak_sets(void)
{
    const double z = 1.959963984540054;
    const struct {
        double J, se, cov, first[2];
        int shape;
    } cases[5] = {{1, 0.1, 0, {0.5, 0.1}, DISTEST_RDD_INTERVAL},
                  {1, 0.1, 0.01, {0.1, 0.1}, DISTEST_RDD_COMPLEMENT},
                  {0.01, 0.1, 0, {0.1, 0.1}, DISTEST_RDD_LINE},
                  {-1, 0.1, 0.002, {0.5, 0.1}, DISTEST_RDD_INTERVAL},
                  {0, 0.1, 0, {-0.4, 0.1}, DISTEST_RDD_INTERVAL}};
    for (int k = 0; k < 5; k++) {
        double low, high;
        int shape;
        CHECK(distest_rdd_anderson_rubin(1, &cases[k].J, &cases[k].se, &cases[k].cov,
                                         cases[k].first, 0.95, &low, &high, &shape,
                                         NULL) == DISTEST_SUCCESS);
        CHECK(shape == cases[k].shape);
        for (double t = -40; t <= 40; t += 0.37) {
            const double e = cases[k].J - t * cases[k].first[0];
            const double v = cases[k].se * cases[k].se - 2 * t * cases[k].cov +
                             t * t * cases[k].first[1] * cases[k].first[1];
            const int inside = e * e <= z * z * v;
            CHECK(inside ==
                  (shape == DISTEST_RDD_LINE ||
                   (t >= low && t <= high) == (shape == DISTEST_RDD_INTERVAL)));
        }
    }
    /* A = 0: a half line; A = B = 0: the line */
    const double one = 1, zero = 0, se1 = 1, exact[2] = {1, 1 / z};
    double low, high, cov = 0;
    int shape;
    CHECK(distest_rdd_anderson_rubin(1, &zero, &zero, &zero, exact, 0.95, &low, &high,
                                     &shape, NULL) == DISTEST_SUCCESS);
    CHECK(shape == DISTEST_RDD_INTERVAL || shape == DISTEST_RDD_LINE);
    const double nil[2] = {0, 0};
    CHECK(distest_rdd_anderson_rubin(1, &one, &se1, &cov, nil, 0.95, &low, &high,
                                     &shape, NULL) == DISTEST_SUCCESS);
    CHECK(shape == DISTEST_RDD_LINE && isinf(low) && isinf(high));
}

/* at the ends the test is indifferent; inside it accepts, outside it rejects */
static void honest_sets_of_ratios(void)
{
    const double J = 0.8, sd = 0.15, cov = 0.004, bias = 0.1, first[2] = {0.5, 0.06};
    double low, high, cv, t[5];
    int shape;
    CHECK(distest_rdd_honest_ratio(1, &J, &sd, &cov, &bias, first, 0.05, 0.95, &low,
                                   &high, &shape, NULL) == DISTEST_SUCCESS);
    CHECK(shape == DISTEST_RDD_INTERVAL && low < 1.6 && high > 1.6);
    t[0] = low, t[1] = high, t[2] = 1.6, t[3] = low - 0.01, t[4] = high + 0.01;
    for (int k = 0; k < 5; k++) {
        const double s = sqrt(sd * sd - 2 * t[k] * cov + t[k] * t[k] * 0.06 * 0.06);
        const double ratio = (bias + fabs(t[k]) * 0.05) / s;
        CHECK(distest_rdd_honest_critical(1, &ratio, 0.95, &cv, NULL) ==
              DISTEST_SUCCESS);
        const double room = s * cv - fabs(J - 0.5 * t[k]);
        CHECK(k < 2 ? fabs(room) < 1e-12 : k == 2 ? room > 0 : room < 0);
    }
    /* the sign of both turned: the same; of one: the mirror image */
    const double minus[2] = {-0.5, 0.06}, mJ = -0.8, mcov = -0.004;
    double l, h;
    CHECK(distest_rdd_honest_ratio(1, &mJ, &sd, &cov, &bias, minus, 0.05, 0.95, &l, &h,
                                   &shape, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(l, low, 1e-12);
    CHECK_NEAR(h, high, 1e-12);
    CHECK(distest_rdd_honest_ratio(1, &mJ, &sd, &mcov, &bias, first, 0.05, 0.95, &l, &h,
                                   &shape, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(l, -high, 1e-12);
    CHECK_NEAR(h, -low, 1e-12);
    /* a first stage that a bias may have made: the line */
    CHECK(distest_rdd_honest_ratio(1, &J, &sd, &cov, &bias, first, 0.45, 0.95, &l, &h,
                                   &shape, NULL) == DISTEST_SUCCESS);
    CHECK(shape == DISTEST_RDD_LINE && isinf(l) && l < 0 && isinf(h) && h > 0);
    /* neither noise nor bias of the outcome at 0: a point */
    const double zero = 0, sure[2] = {0.5, 0};
    CHECK(distest_rdd_honest_ratio(1, &zero, &zero, &zero, &zero, sure, 0, 0.95, &l, &h,
                                   &shape, NULL) == DISTEST_SUCCESS);
    CHECK(fabs(l) < 1e-290 && fabs(h) < 1e-290);
    /* outcomes of any scale */
    const double large = ldexp(J, 900), lsd = ldexp(sd, 900), lcov = ldexp(cov, 900);
    const double lbias = ldexp(bias, 900);
    CHECK(distest_rdd_honest_ratio(1, &large, &lsd, &lcov, &lbias, first, 0.05, 0.95,
                                   &l, &h, &shape, NULL) == DISTEST_SUCCESS);
    CHECK_REL(l, ldexp(low, 900), 1e-13);
    CHECK_REL(h, ldexp(high, 900), 1e-13);
    /* no noise, but bias */
    CHECK(distest_rdd_honest_ratio(1, &J, &zero, &zero, &bias, sure, 0, 0.95, &l, &h,
                                   &shape, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(l, 1.4, 1e-12);
    CHECK_NEAR(h, 1.8, 1e-12);
}

/* a cubic: m'' = 2 + 6 u on (0, 1], 14 on the left end of [-2, -1] */
static void smoothness_of_polynomials(void)
{
    enum { n = 40 };
    double x[n], y[2 * n], left[2], right[2];
    distest_rdd_units u = distest_rdd_units_default();
    for (int i = 0; i < n; i++) {
        x[i] = i < n / 2 ? -2 + i / (n / 2 - 1.0) : (i - n / 2 + 1) / (n / 2.0);
        const double v = x[i];
        y[i] = 3 + v + v * v + v * v * v;
        y[i + n] = 1e150 * (v * v * (v * v - 1)); /* m'' = 12 v^2 - 2: vertex inside */
    }
    u.n = n, u.probs = 2, u.x = x, u.quantiles = y;
    CHECK(distest_rdd_smoothness(&u, 0, left, right, NULL) == DISTEST_SUCCESS);
    CHECK_REL(left[0], 10, 1e-8);
    CHECK_REL(right[0], 8, 1e-8);
    CHECK_REL(left[1], 46e150, 1e-8);
    CHECK_REL(right[1], 10e150, 1e-8);
    for (int i = 0; i < n; i++)
        y[i] = pow(x[i] - 0.5, 4) - x[i] * x[i]; /* 12 (u-.5)^2 - 2 */
    CHECK(distest_rdd_smoothness(&u, 0, left, right, NULL) == DISTEST_SUCCESS);
    CHECK_REL(right[0], 12 * 0.45 * 0.45 - 2 > 2 ? 12 * 0.45 * 0.45 - 2 : 2, 1e-8);
}

static int run_all(distest_context *ctx)
{
    const distest_rdd_units u = fixture_units();
    double bias = 7, left[QUANTILES];
    const int status = distest_rdd_bias(UNITS, u.x, w_cl, 0, 1, 1, &bias, ctx);
    CHECK(status == DISTEST_SUCCESS || bias == 7);
    return status ? status : distest_rdd_smoothness(&u, 0, left, NULL, ctx);
}

static void failures(void)
{
    distest_context ctx = distest_context_default();
    const distest_rdd_units u = fixture_units();
    double bias = 7, half[UNITS], low = 7, t = -1;
    int shape;
    const double one = 1, neg = -1, nan = NAN, first[2] = {1, 0.1}, bad[2] = {1, -0.1};
    fit_honest(&u, 1);
    CHECK(check_out_of_memory(run_all) > 4);
    CHECK(check_cancel(run_all) > 0);
    for (int i = 0; i < UNITS; i++) half[i] = w_cl[i] / 2;
#define BAD(x, w, c, ml, mr, arg)                                                      \
    CHECK_FAILS(distest_rdd_bias(UNITS, x, w, c, ml, mr, &bias, &ctx), DISTEST_EINVAL, \
                &ctx, arg)
    BAD(u.x, half, 0, 1, 1, "w");
    for (int i = 0; i < UNITS; i++)
        half[i] = u.x[i] < 0 ? w_cl[i] : i == 11 || u.x[i] < 0;
    BAD(u.x, half, 0, 1, 1, "w");
    BAD(u.x, NULL, 0, 1, 1, "w");
    BAD(NULL, w_cl, 0, 1, 1, "x");
    BAD(u.x, w_cl, NAN, 1, 1, "cutoff");
    BAD(u.x, w_cl, 0, -1, 1, "smoothness");
    BAD(u.x, w_cl, 0, 1, INFINITY, "smoothness");
    CHECK_FAILS(distest_rdd_bias(UNITS, u.x, w_cl, 0, 1, 1, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "bias");
    CHECK_FAILS(distest_rdd_honest_critical(1, &t, 0.95, &low, &ctx), DISTEST_EINVAL,
                &ctx, "t");
    CHECK_FAILS(distest_rdd_honest_critical(1, &one, 1, &low, &ctx), DISTEST_EINVAL,
                &ctx, "level");
    CHECK_FAILS(distest_rdd_honest_critical(1, &one, 0.9, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "cv");
#define RATIO(J, s, c, b, f, fb, l, arg)                                               \
    CHECK_FAILS(                                                                       \
        distest_rdd_honest_ratio(1, J, s, c, b, f, fb, l, &low, NULL, &shape, &ctx),   \
        DISTEST_EINVAL, &ctx, arg)
    RATIO(&nan, &one, &one, &one, first, 0, 0.9, "jump");
    RATIO(&one, &neg, &one, &one, first, 0, 0.9, "se");
    RATIO(&one, &one, &nan, &one, first, 0, 0.9, "cov");
    RATIO(&one, &one, &one, &neg, first, 0, 0.9, "bias");
    RATIO(&one, &one, &one, &one, bad, 0, 0.9, "first");
    RATIO(&one, &one, &one, &one, first, -1, 0.9, "first_bias");
    RATIO(&one, &one, &one, &one, first, 0, 0, "level");
    CHECK_FAILS(distest_rdd_anderson_rubin(1, &one, &one, &one, NULL, 0.9, &low, NULL,
                                           &shape, &ctx),
                DISTEST_EINVAL, &ctx, "first");
    CHECK(bias == 7 && low == 7);
    distest_rdd_units few = u;
    few.n = 12;
    CHECK_FAILS(distest_rdd_smoothness(&few, 0.3, half, NULL, &ctx), DISTEST_ESING,
                &ctx, "smoothness");
}

int main(void)
{
    RUN(agrees_with_the_reference);
    RUN(the_bound_is_attained);
    RUN(small_cases_by_hand);
    RUN(the_cutoff_is_on_the_right);
    RUN(critical_values);
    RUN(anderson_rubin_sets);
    RUN(shapes_of_weak_sets);
    RUN(honest_sets_of_ratios);
    RUN(smoothness_of_polynomials);
    RUN(failures);
    return check_report("test_rdd_bias");
}
