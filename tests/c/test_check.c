/* test_check.c - every check lets good numbers through and names the first bad one. */
#include "check.h"
#include "core.h"

static distest_context ctx;

static void good_numbers_pass(void)
{
    const double x[] = {1, 2, 5};
    const double w[] = {0, 0, 1};
    const distest_sample sample = {3, 1, x, w}, plain = {1, 3, x, NULL};
    CHECK(di_check_finite(&ctx, "x", 3, x) == DISTEST_SUCCESS);
    CHECK(di_check_finite(&ctx, "x", 0, NULL) == DISTEST_SUCCESS);
    CHECK(di_check_positive(&ctx, "x", 3, x) == DISTEST_SUCCESS);
    CHECK(di_check_nonnegative(&ctx, "x", 3, w) == DISTEST_SUCCESS);
    CHECK(di_check_increasing(&ctx, "x", 3, x) == DISTEST_SUCCESS);
    CHECK(di_check_between(&ctx, "x", 0.5, 0, 1) == DISTEST_SUCCESS);
    CHECK(di_check_weights(&ctx, "weights", 3, w) == DISTEST_SUCCESS);
    CHECK(di_check_weights(&ctx, "weights", 3, NULL) == DISTEST_SUCCESS);
    CHECK(di_check_sample(&ctx, &sample) == DISTEST_SUCCESS);
    CHECK(di_check_sample(&ctx, &plain) == DISTEST_SUCCESS);
}

static void the_first_bad_entry_is_named(void)
{
    const double x[] = {1, 2, NAN, INFINITY}, y[] = {1, 0, 3}, z[] = {1, 1, 0, -1};
    CHECK_FAILS(di_check_finite(&ctx, "x", 4, x), DISTEST_EINVAL, &ctx, "x");
    CHECK(strstr(ctx.message, "entry 3") != NULL);
    CHECK_FAILS(di_check_positive(&ctx, "y", 3, y), DISTEST_EINVAL, &ctx, "y");
    CHECK(strstr(ctx.message, "entry 2") != NULL);
    CHECK_FAILS(di_check_nonnegative(&ctx, "z", 4, z), DISTEST_EINVAL, &ctx, "z");
    CHECK(strstr(ctx.message, "not -1 at entry 4") != NULL);
    CHECK_FAILS(di_check_increasing(&ctx, "z", 4, z), DISTEST_EINVAL, &ctx, "z");
    CHECK(strstr(ctx.message, "entry 2") != NULL);
    CHECK_FAILS(di_check_increasing(&ctx, "x", 4, x), DISTEST_EINVAL, &ctx, "x");
}

static void null_and_ranges_are_named(void)
{
    CHECK_FAILS(di_check_pointer(&ctx, "at", NULL), DISTEST_EINVAL, &ctx, "at");
    CHECK_FAILS(di_check_finite(&ctx, "at", 2, NULL), DISTEST_EINVAL, &ctx, "at");
    CHECK_FAILS(di_check_positive(&ctx, "at", 2, NULL), DISTEST_EINVAL, &ctx, "at");
    CHECK_FAILS(di_check_between(&ctx, "level", 1, 0, 1), DISTEST_EINVAL, &ctx,
                "level");
    CHECK_FAILS(di_check_between(&ctx, "level", NAN, 0, 1), DISTEST_EINVAL, &ctx,
                "level");
}

static void bad_samples_and_weights_are_named(void)
{
    const double x[] = {1, 2, 3, NAN}, zero[] = {0, 0}, minus[] = {1, -2};
    const distest_sample hole = {2, 2, x, NULL}, empty = {0, 2, x, NULL},
                         none = {2, 2, NULL, NULL}, flat = {2, 1, x, zero};
    const distest_sample tall = {(size_t)1 << 31, 1, x, NULL};
    CHECK_FAILS(di_check_sample(&ctx, NULL), DISTEST_EINVAL, &ctx, "sample");
    CHECK_FAILS(di_check_sample(&ctx, &tall), DISTEST_EINVAL, &ctx, "x");
    CHECK(strstr(ctx.message, "2147483648 x 1") != NULL);
    CHECK(di_check_shape(&ctx, "x", 0x7fffffff, 0x7fffffff) == DISTEST_EINVAL);
    CHECK(di_check_shape(&ctx, "x", 0x7fffffff, 3) == DISTEST_SUCCESS);
    CHECK_FAILS(di_check_sample(&ctx, &empty), DISTEST_EINVAL, &ctx, "x");
    CHECK_FAILS(di_check_sample(&ctx, &none), DISTEST_EINVAL, &ctx, "x");
    CHECK_FAILS(di_check_sample(&ctx, &hole), DISTEST_EINVAL, &ctx, "x");
    CHECK(strstr(ctx.message, "x[2, 2]") != NULL);
    CHECK_FAILS(di_check_sample(&ctx, &flat), DISTEST_EINVAL, &ctx, "weights");
    CHECK_FAILS(di_check_weights(&ctx, "weights", 2, minus), DISTEST_EINVAL, &ctx,
                "weights");
}

static void an_unknown_choice_lists_the_choices(void)
{
    const char *const choices[] = {"gaussian", "uniform", "linear"};
    size_t which = 9;
    CHECK(di_check_choice(&ctx, "kernel", "linear", 3, choices, &which) ==
          DISTEST_SUCCESS);
    CHECK(which == 2);
    CHECK_FAILS(di_check_choice(&ctx, "kernel", "gauss", 3, choices, &which),
                DISTEST_EINVAL, &ctx, "kernel");
    CHECK(strcmp(ctx.message,
                 "`kernel` must be \"gaussian\", \"uniform\" or \"linear\", "
                 "not \"gauss\".") == 0);
    CHECK_FAILS(di_check_choice(&ctx, "kernel", NULL, 3, choices, &which),
                DISTEST_EINVAL, &ctx, "kernel");
    CHECK(which == 2);
}

static void a_list_that_is_too_long_is_cut(void)
{
    const char *choices[100];
    size_t which;
    for (size_t i = 0; i < 100; i++) choices[i] = "a rather long name of a choice";
    CHECK_FAILS(di_check_choice(&ctx, "k", "x", 100, choices, &which), DISTEST_EINVAL,
                &ctx, "k");
}

int main(void)
{
    ctx = distest_context_default();
    RUN(good_numbers_pass);
    RUN(the_first_bad_entry_is_named);
    RUN(null_and_ranges_are_named);
    RUN(bad_samples_and_weights_are_named);
    RUN(an_unknown_choice_lists_the_choices);
    RUN(a_list_that_is_too_long_is_cut);
    return check_report("check");
}
