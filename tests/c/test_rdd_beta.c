/* The pass over the table: columns whose first rows say nothing of their size, tiles
 * that end between lanes, entries that are not numbers. Expected curves are weighted
 * least squares in long double. */
#include "check.h"

#include <distest/rdd.h>

enum { N = 603, Q = 4, FIRST = 64 };
static double x[N], table[N * Q], q[Q] = {.2, .4, .6, .8};

static double uniform(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) / 16777216.0;
}

static distest_rdd_units draw(void)
{
    /* size of the first rows, and of the others */
    static const double size[Q][2] = {{1, 1}, {0, 1}, {1e-200, 1e300}, {1e280, 1e-5}};
    unsigned state = 7;
    distest_rdd_units u = distest_rdd_units_default();
    for (size_t i = 0; i < N; i++) {
        x[i] = 2 * uniform(&state) - 1;
        for (size_t j = 0; j < Q; j++)
            table[i + j * N] = size[j][i >= FIRST] * (1 + uniform(&state));
    }
    u.n = N, u.probs = Q, u.q = q, u.x = x, u.quantiles = table;
    return u;
}

/* the intercept of a line by weighted least squares, triangular weights */
static double line_at_cutoff(const double *y, double h, int right)
{
    long double s0 = 0, s1 = 0, s2 = 0, t0 = 0, t1 = 0;
    for (size_t i = 0; i < N; i++) {
        const long double k = 1 - fabsl((long double)x[i]) / h;
        if (k <= 0 || (x[i] >= 0) != right) continue;
        s0 += k, s1 += k * x[i], s2 += k * x[i] * x[i];
        t0 += k * y[i], t1 += k * x[i] * y[i];
    }
    return (double)((s2 * t0 - s1 * t1) / (s0 * s2 - s1 * s1));
}

static void sizes_of_columns_come_out_of_the_pass(void)
{
    const distest_rdd_units u = draw();
    for (int threads = 1; threads < 3; threads++)
        for (int narrow = 0; narrow < 2; narrow++) {
            const double h[2] = {narrow ? .3 : .9, narrow ? .2 : .7};
            double minus[Q], plus[Q], se[Q];
            distest_rdd_opts o = distest_rdd_opts_default();
            distest_rdd_result r = distest_rdd_result_default();
            distest_context ctx = distest_context_default();
            ctx.threads = threads;
            o.h = h, o.method = "pointwise";
            r.m_minus_cl = minus, r.m_plus_cl = plus, r.se_cl = se;
            CHECK(distest_rdd_fit(&u, &o, &r, &ctx) == DISTEST_SUCCESS);
            for (size_t j = 0; j < Q; j++) {
                CHECK_REL(minus[j], line_at_cutoff(table + j * N, h[0], 0), 1e-12);
                CHECK_REL(plus[j], line_at_cutoff(table + j * N, h[1], 1), 1e-12);
                CHECK(isfinite(se[j]) && se[j] > 0);
            }
        }
}

static void entries_that_are_no_numbers_are_seen(void)
{
    static const size_t rows[] = {0, 63, 64, 255, 256, 599, 600, N - 1};
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    static double t[N], z[N];
    const double h[2] = {.3, .3};
    double tau[Q] = {7};
    distest_rdd_units u = draw();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    distest_context ctx = distest_context_default();
    o.h = h;
    r.tau = tau;
    for (size_t i = 0; i < N; i++) t[i] = x[i] >= 0, z[i] = table[i] * x[i];
    u.treatment = t, u.z = z, u.covariates = 1;
    double *const columns[3] = {table + 2 * N, t, z};
    static const char *const names[3] = {"quantiles", "treatment", "covariates"};
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        for (int b = 0; b < 3; b++)
            for (int c = 0; c < 3; c++) {
                const double keep = columns[c][rows[k]];
                columns[c][rows[k]] = bad[b];
                CHECK_FAILS(distest_rdd_fit(&u, &o, &r, &ctx), DISTEST_EINVAL, &ctx,
                            names[c]);
                CHECK(tau[0] == 7);
                columns[c][rows[k]] = keep;
            }
    CHECK(distest_rdd_fit(&u, &o, &r, &ctx) == DISTEST_SUCCESS);
}

int main(void)
{
    RUN(sizes_of_columns_come_out_of_the_pass);
    RUN(entries_that_are_no_numbers_are_seen);
    return check_report("test_rdd_beta");
}
