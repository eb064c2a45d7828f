/* test_rdd_project.c - projection on increasing functions and rearrangement. */
#include "rdd_fixture.h"

static void agrees_with_the_reference(void)
{
    fixture_read("tests/reference/rdd/isotonic.txt");
    for (int k = 0; k < 5; k++) {
        char name[40];
        double fit[8];
        snprintf(name, sizeof name, "%d/y", k);
        const double *y = fixture(name);
        const size_t n = fixture_length(name);
        snprintf(name, sizeof name, "%d/w", k);
        const double *w = fixture(name);
        CHECK(distest_rdd_project(n, y, w, fit, NULL) == DISTEST_SUCCESS);
        snprintf(name, sizeof name, "%d/fit", k);
        for (size_t i = 0; i < n; i++) CHECK_REL(fit[i], fixture(name)[i], 1e-14);
        CHECK(distest_rdd_rearrange(n, y, NULL, fit, NULL) == DISTEST_SUCCESS);
        snprintf(name, sizeof name, "%d/rearranged", k);
        for (size_t i = 0; i < n; i++) CHECK(fit[i] == fixture(name)[i]);
    }
}

static void an_increasing_curve_comes_back_bit_for_bit(void)
{
    double y[50], w[50], fit[50];
    for (int i = 0; i < 50; i++) y[i] = exp(0.3 * i) / 3, w[i] = 1 + i % 3;
    y[7] = y[6];
    CHECK(distest_rdd_project(50, y, w, fit, NULL) == DISTEST_SUCCESS);
    CHECK(memcmp(y, fit, sizeof y) == 0);
    CHECK(distest_rdd_rearrange(50, y, w, fit, NULL) == DISTEST_SUCCESS);
    CHECK(memcmp(y, fit, sizeof y) == 0);
}

/* max min formula: fit_i = max_{a <= i} min_{b >= i} mean(a ... b) */
static void is_the_least_squares_fit(void)
{
    enum { n = 30 };
    double y[n], w[n], fit[n];
    for (int i = 0; i < n; i++)
        y[i] = sin(2.7 * i) + 0.05 * i, w[i] = 0.5 + (i * 7) % 5;
    CHECK(distest_rdd_project(n, y, w, fit, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < n; i++) {
        double high = -INFINITY;
        for (int a = 0; a <= i; a++) {
            double low = INFINITY, sum = 0, weight = 0;
            for (int b = a; b < n; b++) {
                sum += w[b] * y[b], weight += w[b];
                if (b >= i) low = fmin(low, sum / weight);
            }
            high = fmax(high, low);
        }
        CHECK_NEAR(fit[i], high, 1e-13);
    }
    memcpy(w, y, sizeof y); /* in place */
    CHECK(distest_rdd_project(n, w, NULL, w, NULL) == DISTEST_SUCCESS);
    for (int i = 1; i < n; i++) CHECK(w[i - 1] <= w[i]);
}

/* cells 1, 2, 3: sorted values 1 (weight 3), 2 (weight 1), 5 (weight 2); the middles of
 * the cells are 0.5, 2, 4.5 of 6, cumulated weights 3, 4, 6 */
static void rearranges_unequal_cells(void)
{
    const double y[3] = {2, 5, 1}, w[3] = {1, 2, 3};
    double fit[3];
    CHECK(distest_rdd_rearrange(3, y, w, fit, NULL) == DISTEST_SUCCESS);
    CHECK(fit[0] == 1 && fit[1] == 1 && fit[2] == 5);
}

static int run_both(distest_context *ctx)
{
    const double y[3] = {2, 5, 1};
    double fit[3] = {7, 7, 7};
    const int status = distest_rdd_project(3, y, NULL, fit, ctx);
    if (status != DISTEST_SUCCESS) {
        CHECK(fit[0] == 7);
        return status;
    }
    return distest_rdd_rearrange(3, y, NULL, fit, ctx);
}

static void memory_and_bad_input(void)
{
    distest_context ctx = distest_context_default();
    const double y[2] = {1, NAN}, fine[2] = {2, 1}, zero[2] = {1, 0};
    double fit[2] = {7, 7};
    CHECK(check_out_of_memory(run_both) > 0);
    CHECK_FAILS(distest_rdd_project(2, y, NULL, fit, &ctx), DISTEST_EINVAL, &ctx, "y");
    CHECK_FAILS(distest_rdd_project(2, fine, zero, fit, &ctx), DISTEST_EINVAL, &ctx,
                "w");
    CHECK_FAILS(distest_rdd_rearrange(2, y, NULL, fit, &ctx), DISTEST_EINVAL, &ctx,
                "y");
    CHECK_FAILS(distest_rdd_rearrange(2, fine, zero, fit, &ctx), DISTEST_EINVAL, &ctx,
                "w");
    CHECK_FAILS(distest_rdd_project(2, fine, NULL, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "fit");
    CHECK(fit[0] == 7 && fit[1] == 7);
    CHECK(distest_rdd_project(0, NULL, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(distest_rdd_rearrange(0, NULL, NULL, NULL, NULL) == DISTEST_SUCCESS);
}

int main(void)
{
    RUN(agrees_with_the_reference);
    RUN(an_increasing_curve_comes_back_bit_for_bit);
    RUN(is_the_least_squares_fit);
    RUN(rearranges_unequal_cells);
    RUN(memory_and_bad_input);
    return check_report("test_rdd_project");
}
