/* Reads rows "unit x y" in any order, units 1, 2, ...; a treatment is given to units
 * with x >= 0. Prints its effect on the deciles of the average unit, with a band for
 * all of them at once, and the test of no effect. */
#include <distest.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_ROWS = 100000, MOST_UNITS = 1000, DECILES = 9, DRAWS = 4999 };

static int unit[MOST_ROWS];
static double y[MOST_ROWS], x[MOST_UNITS];

static size_t read_rows(size_t *units)
{
    size_t rows = 0;
    double at;
    *units = 0;
    while (rows < MOST_ROWS && scanf("%d %lf %lf", &unit[rows], &at, &y[rows]) == 3) {
        const size_t u = (size_t)unit[rows++];
        if (u < 1 || u > MOST_UNITS) return 0;
        x[u - 1] = at;
        if (u > *units) *units = u;
    }
    return rows;
}

int main(void)
{
    static double table[MOST_UNITS * DECILES], process[DRAWS * DECILES];
    double q[DECILES], tau[DECILES], se[DECILES], vcov[DECILES * DECILES];
    double h[2], b[2], crit, lower[DECILES], upper[DECILES], statistic, p_value;
    const double whole[2] = {0, 1};
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(1);
    distest_rdd_rows rows = distest_rdd_rows_default();
    distest_rdd_units units = distest_rdd_units_default();
    distest_rdd_opts opts = distest_rdd_opts_default();
    distest_rdd_bandwidth_opts rule = distest_rdd_bandwidth_default(); /* imserd */
    distest_rdd_result fit = distest_rdd_result_default();
    int failed, j;

    for (j = 0; j < DECILES; j++) q[j] = (j + 1) / 10.0;
    rows.rows = read_rows(&rows.units);
    rows.unit = unit, rows.y = y;
    rows.first_unit = 1;
    units.n = rows.units, units.x = x;
    units.probs = DECILES, units.q = q, units.quantiles = table;
    opts.h = h, opts.b = b;
    fit.tau = tau, fit.se_bc = se, fit.vcov_bc = vcov; /* what is wanted of a fit */

    failed = distest_rdd_quantiles(&rows, 7, 0, DECILES, q, table, NULL, &ctx) ||
             distest_rdd_bandwidth(&units, &opts, &rule, h, b, NULL, &ctx) ||
             distest_rdd_fit(&units, &opts, &fit, &ctx) ||
             distest_rdd_bands(DECILES, tau, vcov, 0.95, DRAWS, 1, &rng, &crit, lower,
                               upper, process, &ctx) ||
             distest_rdd_test(DECILES, q, tau, vcov, process, DRAWS, 0.95, "nullity",
                              "sup", 1, whole, &statistic, &p_value, NULL, &ctx);
    if (failed) {
        fprintf(stderr, "%s\n", ctx.message);
        return 1;
    }
    for (j = 0; j < DECILES; j++)
        printf("%.1f: %6.3f (%.3f)  [%6.3f, %6.3f]  %a %a\n", q[j], tau[j], se[j],
               lower[j], upper[j], tau[j], se[j]);
    printf("h = %.4f, b = %.4f, c = %.2f, no effect: p = %.4f\n", h[0], b[0], crit,
           p_value);
    return 0;
}
