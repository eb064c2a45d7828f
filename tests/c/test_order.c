/* test_order.c - sorting against counting, selection against sorting, monotone fits
 * against their conditions. */
#include "check.h"
#include "stream.h"

/* with the file itself, so as to start where it gives up on quicksort */
#include "../../src/core/order.c"

enum { MOST = 5000 };
static double x[MOST], y[MOST], z[MOST];

/* pattern 0: random; 1: few values; 2: increasing; 3: decreasing; 4: organ pipe */
static void fill(size_t n, int pattern)
{
    di_stream s = di_stream_open(4, n);
    for (size_t i = 0; i < n; i++) {
        const double u = di_stream_uniform(&s), t = (double)i;
        const double v[] = {u, floor(5 * u), t, -t, i < n / 2 ? t : (double)n - t};
        x[i] = v[pattern];
    }
}

static void sorting_orders_and_keeps_every_number(void)
{
    const size_t sizes[] = {0, 1, 2, 3, 24, 25, 100, MOST};
    for (size_t k = 0; k < 8; k++)
        for (int pattern = 0; pattern < 5; pattern++) {
            const size_t n = sizes[k];
            double before = 0, after = 0;
            fill(n, pattern);
            for (size_t i = 0; i < n; i++) before += x[i] * x[i];
            di_sort(n, x);
            for (size_t i = 0; i < n; i++) after += x[i] * x[i];
            for (size_t i = 1; i < n; i++) CHECK(x[i - 1] <= x[i]);
            CHECK_NEAR(after, before, 1e-12);
        }
}

/* Numbers laid out by McIlroy's adversary for medians of three: swapping the largest
 * into the middle makes plain quicksort quadratic. */
static void bad_orders_stay_fast(void)
{
    static double v[200000];
    const size_t n = sizeof v / sizeof *v;
    for (size_t i = 0; i < n; i++) v[i] = (double)i;
    for (size_t m = 3; m < n; m++) {
        const double t = v[m];
        v[m] = v[m / 2];
        v[m / 2] = t;
    }
    di_sort(n, v);
    for (size_t i = 0; i < n; i++) CHECK(v[i] == (double)i);
}

static void selection_is_what_sorting_gives(void)
{
    for (int pattern = 0; pattern < 5; pattern++)
        for (size_t n = 1; n < 400; n += 37)
            for (size_t k = 0; k < n; k += 1 + n / 7) {
                fill(n, pattern);
                memcpy(y, x, n * sizeof *x);
                memcpy(z, x, n * sizeof *x);
                di_sort(n, y);
                CHECK(di_select(n, x, k) == y[k]);
                CHECK(di_median(n, z) ==
                      y[(n - 1) / 2] + 0.5 * (y[n / 2] - y[(n - 1) / 2]));
            }
}

static void the_way_out_of_quicksort_sorts_too(void)
{
    for (int pattern = 0; pattern < 5; pattern++)
        for (size_t n = 25; n < 2000; n += 321) {
            fill(n, pattern);
            memcpy(y, x, n * sizeof *x);
            sort_within(n, x, 0);
            sort_within(n, y, 2);
            for (size_t i = 1; i < n; i++) CHECK(x[i - 1] <= x[i]);
            CHECK(memcmp(x, y, n * sizeof *x) == 0);
        }
}

static void check_order(size_t n)
{
    static size_t index[MOST];
    CHECK(di_order(NULL, n, x, index) == DISTEST_SUCCESS);
    for (size_t i = 1; i < n; i++)
        CHECK(x[index[i - 1]] < x[index[i]] ||
              (x[index[i - 1]] == x[index[i]] && index[i - 1] < index[i]));
}

static void orders_are_stable(void)
{
    const size_t sizes[] = {0, 1, 2, 100, 1999, 2000, MOST};
    const double odd[] = {0, -0.0, INFINITY, -INFINITY, -1e-310, 1e-310, -3, 1e300};
    for (size_t k = 0; k < 7; k++) {
        for (int pattern = 0; pattern < 5; pattern++) {
            fill(sizes[k], pattern);
            check_order(sizes[k]);
        }
        for (size_t i = 0; i < sizes[k]; i++) x[i] = odd[i * i % 8 * 5 % 8];
        check_order(sizes[k]); /* 0 and -0 are the same */
        for (size_t i = 0; i < sizes[k]; i++) x[i] = odd[i / 3 % 8];
        check_order(sizes[k]);
        for (size_t i = 0; i < sizes[k]; i++) x[i] = 7;
        check_order(sizes[k]);
    }
}

/* R: isoreg(c(1,0,4,3,3,5,4,2,0))$yf */
static void monotone_fits_are_those_of_r(void)
{
    const double v[] = {1, 0, 4, 3, 3, 5, 4, 2, 0};
    const double want[] = {0.5, 0.5, 3, 3, 3, 3, 3, 3, 3};
    double fit[9];
    size_t scratch[9];
    di_isotonic(9, v, NULL, fit, scratch);
    for (size_t i = 0; i < 9; i++) CHECK_NEAR(fit[i], want[i], 1e-15);
}

/* The projection is increasing, and the residuals of each level sum to 0 with its
 * partial sums from the left never negative: the conditions of Kuhn and Tucker. */
static void monotone_fits_meet_their_conditions(void)
{
    static double w[MOST], fit[MOST];
    static size_t scratch[MOST];
    di_stream s = di_stream_open(8, 1);
    for (size_t i = 0; i < MOST; i++) {
        y[i] = 1e-3 * (double)i + di_stream_normal(&s);
        w[i] = di_stream_below(&s, 4) ? di_stream_uniform(&s) : 0;
    }
    di_isotonic(MOST, y, w, fit, scratch);
    double partial = 0;
    for (size_t i = 0; i < MOST; i++) {
        partial += w[i] * (y[i] - fit[i]);
        CHECK(i == 0 || fit[i - 1] <= fit[i]);
        CHECK(partial > -1e-10);
        if (i + 1 == MOST || fit[i + 1] > fit[i]) {
            CHECK_NEAR(partial, 0, 1e-10);
            partial = 0;
        }
    }
    memcpy(z, y, sizeof z);
    di_isotonic(MOST, z, w, z, scratch); /* in place */
    CHECK(memcmp(z, fit, sizeof fit) == 0);
}

static int take_order(distest_context *ctx)
{
    static size_t index[MOST];
    const int status = di_order(ctx, 10, x, index);
    return status == DISTEST_SUCCESS ? di_order(ctx, MOST, x, index) : status;
}

static void memory_may_fail(void)
{
    CHECK(check_out_of_memory(take_order) == 3);
}

int main(void)
{
    RUN(sorting_orders_and_keeps_every_number);
    RUN(bad_orders_stay_fast);
    RUN(selection_is_what_sorting_gives);
    RUN(the_way_out_of_quicksort_sorts_too);
    RUN(orders_are_stable);
    RUN(monotone_fits_are_those_of_r);
    RUN(monotone_fits_meet_their_conditions);
    RUN(memory_may_fail);
    return check_report("order");
}
