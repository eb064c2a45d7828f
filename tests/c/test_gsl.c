/* test_gsl.c - GSL's handler is off inside a call and back afterwards. */
#include "check.h"
#include "core.h"

#include <distest/gsl.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_bessel.h>

static int handled;

static void count(const char *reason, const char *file, int line, int code)
{
    (void)reason, (void)file, (void)line, (void)code;
    handled++;
}

static void handler_is_off_inside_and_back_afterwards(void)
{
    gsl_sf_result r;
    gsl_set_error_handler(count);
    di_gsl_enter();
    di_gsl_enter(); /* a second call, inside or beside the first */
    CHECK(gsl_sf_bessel_K0_e(1e3, &r) == GSL_EUNDRFLW);
    di_gsl_leave();
    CHECK(gsl_sf_bessel_K0_e(1e3, &r) == GSL_EUNDRFLW);
    CHECK(handled == 0);
    di_gsl_leave();
    CHECK(gsl_sf_bessel_K0_e(1e3, &r) == GSL_EUNDRFLW);
    CHECK(handled > 0);
    gsl_set_error_handler(NULL);
}

static void statuses_are_translated(void)
{
    distest_context ctx = distest_context_default();
    CHECK(di_gsl_status(&ctx, GSL_SUCCESS, "x") == DISTEST_SUCCESS);
    CHECK(di_gsl_status(&ctx, GSL_EUNDRFLW, "x") == DISTEST_SUCCESS);
    CHECK_FAILS(di_gsl_status(&ctx, GSL_ENOMEM, "x"), DISTEST_ENOMEM, &ctx, "");
    CHECK_FAILS(di_gsl_status(&ctx, GSL_EDOM, "x"), DISTEST_EINVAL, &ctx, "");
    CHECK_FAILS(di_gsl_status(&ctx, GSL_EMAXITER, "x"), DISTEST_ECONV, &ctx, "");
}

static void a_gsl_generator_serves(void)
{
    gsl_rng *a = gsl_rng_alloc(gsl_rng_mt19937), *b = gsl_rng_alloc(gsl_rng_mt19937);
    distest_rng rng = distest_rng_gsl(a);
    for (int i = 0; i < 10; i++)
        CHECK(distest_rng_uniform(&rng) == gsl_rng_uniform_pos(b));
    gsl_rng_free(a);
    gsl_rng_free(b);
}

int main(void)
{
    RUN(handler_is_off_inside_and_back_afterwards);
    RUN(statuses_are_translated);
    RUN(a_gsl_generator_serves);
    return check_report("gsl");
}
