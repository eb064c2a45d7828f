/* test_rdd_plotdata.c - bins against sums over all units, threads, failures. */
#include "rdd_fixture.h"

enum { LEFT = 4, RIGHT = 90, BINS = LEFT + RIGHT };
static const size_t bins[2] = {LEFT, RIGHT};

static void bins_by_hand(void)
{
    static double x[BINS], value[BINS * QUANTILES];
    size_t count[BINS], all = 0, empty = 0;
    distest_rdd_units u = fixture_units();
    u.weights = UNIT_WEIGHTS;
    const double cutoff = 0.05;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < u.n; i++) {
        low = fmin(low, u.x[i]);
        high = fmax(high, u.x[i]);
    }
    CHECK(distest_rdd_plotdata(&u, cutoff, bins, x, count, value, NULL) ==
          DISTEST_SUCCESS);
    for (size_t b = 0; b < BINS; b++) {
        const double width = b < LEFT ? (cutoff - low) / LEFT : (high - cutoff) / RIGHT;
        const double from =
            b < LEFT ? low + (double)b * width : cutoff + (double)(b - LEFT) * width;
        double w = 0, sx = 0, sy = 0;
        size_t n = 0;
        for (size_t i = 0; i < u.n; i++) {
            const int last = b + 1 == BINS && u.x[i] == high;
            if (u.x[i] < from || (u.x[i] >= from + width && !last)) continue;
            w += u.weights[i];
            sx += u.weights[i] * u.x[i];
            sy += u.weights[i] * u.quantiles[i + 3 * u.n];
            n++;
        }
        CHECK(count[b] == n);
        all += n, empty += n == 0;
        if (n == 0) {
            CHECK(isnan(x[b]) && isnan(value[b]));
            continue;
        }
        CHECK_NEAR(x[b], sx / w, 1e-12);
        CHECK_NEAR(value[b + 3 * BINS], sy / w, 1e-12);
    }
    CHECK(all == u.n && empty > 0);
}

static void scales_and_threads_do_not_matter(void)
{
    static double one[BINS * QUANTILES], two[BINS * QUANTILES], y[UNITS * QUANTILES];
    distest_rdd_units u = fixture_units();
    distest_context ctx = distest_context_default();
    ctx.threads = 1;
    CHECK(distest_rdd_plotdata(&u, 0, bins, NULL, NULL, one, &ctx) == DISTEST_SUCCESS);
    ctx.threads = 3;
    for (size_t i = 0; i < UNITS * QUANTILES; i++) y[i] = ldexp(u.quantiles[i], 1015);
    u.quantiles = y;
    CHECK(distest_rdd_plotdata(&u, 0, bins, NULL, NULL, two, &ctx) == DISTEST_SUCCESS);
    for (size_t k = 0; k < BINS * QUANTILES; k++)
        CHECK(isnan(one[k]) ? isnan(two[k]) : ldexp(two[k], -1015) == one[k]);
}

static void units_of_weight_0_are_left_out(void)
{
    static double w[UNITS];
    double x[BINS];
    size_t count[BINS], all = 0;
    distest_rdd_units u = fixture_units();
    for (size_t i = 0; i < u.n; i++) w[i] = i % 2 ? 1 : 0;
    u.weights = w;
    CHECK(distest_rdd_plotdata(&u, 0, bins, x, count, NULL, NULL) == DISTEST_SUCCESS);
    for (size_t b = 0; b < BINS; b++) {
        all += count[b];
        CHECK(isnan(x[b]) == (count[b] == 0));
    }
    CHECK(all == u.n / 2);
}

static void usual_numbers(void)
{
    CHECK(distest_rdd_bins(0) == 5 && distest_rdd_bins(35) == 5);
    CHECK(distest_rdd_bins(36) == 6 && distest_rdd_bins(399) == 19);
    CHECK(distest_rdd_bins(1600) == 40 && distest_rdd_bins(1000000) == 40);
}

static int run(distest_context *ctx)
{
    static double value[BINS * QUANTILES];
    const distest_rdd_units u = fixture_units();
    return distest_rdd_plotdata(&u, 0, bins, NULL, NULL, value, ctx);
}

static void failures(void)
{
    const size_t none[2] = {3, 0};
    distest_context ctx = distest_context_default();
    distest_rdd_units u = fixture_units();
    CHECK(check_out_of_memory(run) > 4);
    CHECK(check_cancel(run) >= 1);
    CHECK_FAILS(distest_rdd_plotdata(&u, 0, none, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "bins");
    CHECK_FAILS(distest_rdd_plotdata(&u, 0, NULL, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "bins");
    CHECK_FAILS(distest_rdd_plotdata(&u, 1e3, bins, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "cutoff");
    u.x = NULL;
    CHECK_FAILS(distest_rdd_plotdata(&u, 0, bins, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "x");
}

int main(void)
{
    fixture_read("tests/reference/rdd/expected.txt");
    RUN(bins_by_hand);
    RUN(scales_and_threads_do_not_matter);
    RUN(units_of_weight_0_are_left_out);
    RUN(usual_numbers);
    RUN(failures);
    return check_report("test_rdd_plotdata");
}
