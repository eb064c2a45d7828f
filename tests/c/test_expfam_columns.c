/* test_expfam_columns.c - many samples in one call: the same bits as one call each,
 * values that are not there, samples without a maximum, any number of threads. */
#include "check.h"

#include <distest/expfam.h>
#include <math.h>
#include <string.h>

enum { ROWS = 20, COLUMNS = 75 };

static double x[ROWS * COLUMNS];

/* beta-like numbers, no two columns the same; column k misses k % 5 of its values */
static void fill(void)
{
    for (size_t k = 0; k < COLUMNS; k++)
        for (size_t i = 0; i < ROWS; i++) {
            const double u = sin((double)(1 + i * 7 + k * 13)) * 0.48 + 0.5;
            x[i + k * ROWS] = i % 6 == 1 && i / 6 < k % 5 ? NAN : u;
        }
    for (size_t i = 0; i < ROWS; i++) {
        x[i + 30 * ROWS] = 0.25;          /* all equal */
        if (i == 3) x[i + 31 * ROWS] = 2; /* outside (0, 1) */
        x[i + 32 * ROWS] = NAN;           /* nothing there */
    }
}

static int is_nan(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i])) return 0;
    return 1;
}

static void one_call_is_many(const char *name, size_t p)
{
    distest_expfam_family *f = NULL;
    static double theta[2 * COLUMNS], usual[2 * COLUMNS], loglik[COLUMNS], n[COLUMNS];
    static int code[COLUMNS], boundary[COLUMNS];
    fill();
    CHECK(distest_expfam_family_alloc(&f, name, NULL, 0, NULL, 0, NULL) == 0);
    CHECK(distest_expfam_fit_columns(f, NULL, ROWS, COLUMNS, x, theta, usual, loglik, n,
                                     code, boundary, NULL) == 0);
    for (size_t k = 0; k < COLUMNS; k++) {
        double there[ROWS], th[2], u[2];
        size_t m = 0;
        distest_expfam_info info = {.size = sizeof info};
        for (size_t i = 0; i < ROWS; i++)
            if (!isnan(x[i + k * ROWS])) there[m++] = x[i + k * ROWS];
        CHECK(n[k] == (double)m && boundary[k] == 0);
        const distest_sample s = {m, 1, there, NULL};
        const int one =
            m ? distest_expfam_fit_data(f, NULL, &s, NULL, th, NULL, NULL, &info, NULL)
              : DISTEST_ENOMLE;
        CHECK(one == code[k]);
        if (one != DISTEST_SUCCESS) {
            CHECK(is_nan(theta + k * p, p) && is_nan(usual + k * p, p));
            CHECK(isnan(loglik[k]));
            continue;
        }
        CHECK(distest_expfam_to_usual(f, th, u, NULL, NULL) == 0);
        CHECK(memcmp(th, theta + k * p, p * sizeof *th) == 0);
        CHECK(memcmp(u, usual + k * p, p * sizeof *u) == 0);
        CHECK(loglik[k] == info.loglik);
    }
    CHECK(code[30] == DISTEST_ENOMLE && code[32] == DISTEST_ENOMLE && n[32] == 0);
    distest_expfam_family_free(f);
}

static void closed_forms_and_newton(void)
{
    one_call_is_many("gamma", 2);
    one_call_is_many("normal", 2);
    one_call_is_many("beta", 2);
}

static void values_outside_the_support_are_told_apart(void)
{
    distest_expfam_family *f = NULL;
    double theta[2 * COLUMNS];
    int code[COLUMNS];
    fill();
    CHECK(distest_expfam_family_alloc(&f, "beta", NULL, 0, NULL, 0, NULL) == 0);
    CHECK(distest_expfam_fit_columns(f, NULL, ROWS, COLUMNS, x, theta, NULL, NULL, NULL,
                                     code, NULL, NULL) == 0);
    CHECK(code[31] == DISTEST_EDOM && code[33] == DISTEST_SUCCESS);
    distest_expfam_family_free(f);
}

static void threads_do_not_change_bits(void)
{
    distest_expfam_family *f = NULL;
    static double theta[3][2 * COLUMNS];
    int code[COLUMNS];
    fill();
    CHECK(distest_expfam_family_alloc(&f, "beta", NULL, 0, NULL, 0, NULL) == 0);
    for (int k = 0; k < 3; k++) {
        distest_context ctx = distest_context_default();
        ctx.threads = 1 << k;
        CHECK(distest_expfam_fit_columns(f, NULL, ROWS, COLUMNS, x, theta[k], NULL,
                                         NULL, NULL, code, NULL, &ctx) == 0);
    }
    CHECK(memcmp(theta[0], theta[1], sizeof theta[0]) == 0);
    CHECK(memcmp(theta[0], theta[2], sizeof theta[0]) == 0);
    distest_expfam_family_free(f);
}

static void bad_input_is_named(void)
{
    distest_expfam_family *f = NULL;
    const size_t three = 3;
    double theta[2 * COLUMNS];
    int code[COLUMNS];
    distest_context ctx = distest_context_default();
    fill();
    CHECK(distest_expfam_family_alloc(&f, "gamma", NULL, 0, NULL, 0, NULL) == 0);
    x[2 * ROWS + 4] = INFINITY;
    CHECK_FAILS(distest_expfam_fit_columns(f, NULL, ROWS, COLUMNS, x, theta, NULL, NULL,
                                           NULL, code, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "x");
    CHECK(strstr(ctx.message, "row 5 of column 3") != NULL);
    CHECK_FAILS(distest_expfam_fit_columns(f, NULL, ROWS, COLUMNS, NULL, theta, NULL,
                                           NULL, NULL, code, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "x");
    distest_expfam_family_free(f);
    CHECK(distest_expfam_family_alloc(&f, "dirichlet", NULL, 0, &three, 1, NULL) == 0);
    CHECK_FAILS(distest_expfam_fit_columns(f, NULL, ROWS, COLUMNS, x, theta, NULL, NULL,
                                           NULL, code, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "family");
    distest_expfam_family_free(f);
}

static int whole_run(distest_context *ctx)
{
    distest_expfam_family *f = NULL;
    double theta[2 * 20], usual[2 * 20];
    int code[20];
    int status = distest_expfam_family_alloc(&f, "beta", NULL, 0, NULL, 0, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_fit_columns(f, NULL, ROWS, 20, x, theta, usual, NULL,
                                            NULL, code, NULL, ctx);
    distest_expfam_family_free(f);
    return status;
}

static void memory_and_cancelling(void)
{
    fill();
    CHECK(check_out_of_memory(whole_run) > 20);
    CHECK(check_cancel(whole_run) >= 2);
}

int main(void)
{
    RUN(closed_forms_and_newton);
    RUN(values_outside_the_support_are_told_apart);
    RUN(threads_do_not_change_bits);
    RUN(bad_input_is_named);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_columns");
}
