/* Rows to quantiles: reference values, definitions computed another way, chunks and
 * threads, bad input. */
#include "rdd_fixture.h"

enum { ROWS = 2728, LONG_UNITS = 120, GRID = 5 };
static int long_unit[ROWS];
static double long_x[LONG_UNITS], long_y[ROWS], long_w[ROWS];
static const double Q5[GRID] = {.1, .25, .5, .75, .9};

static void read_long(void)
{
    char line[200];
    FILE *f = fopen("tests/reference/rdd/long.csv", "r");
    CHECK(f != NULL);
    if (!f || !fgets(line, sizeof line, f)) return;
    for (size_t i = 0; i < ROWS; i++) {
        double x;
        CHECK(fscanf(f, "\"s%d\",%lf,%lf,%lf\n", &long_unit[i], &x, &long_y[i],
                     &long_w[i]) == 4);
        long_unit[i]--;
        long_x[long_unit[i]] = x;
    }
    fclose(f);
}

static distest_rdd_rows long_rows(int weighted)
{
    distest_rdd_rows r = distest_rdd_rows_default();
    r.rows = ROWS, r.units = LONG_UNITS, r.y = long_y, r.unit = long_unit;
    if (weighted) r.weights = long_w;
    return r;
}

static void types_are_the_reference(void)
{
    static const struct {
        const char *name;
        int type, weighted, half;
    } all[] = {{"type1", 1, 0, 0},  {"type2", 2, 0, 0},  {"type4", 4, 0, 0},
               {"type5", 5, 0, 0},  {"type6", 6, 0, 0},  {"type7", 7, 0, 0},
               {"type8", 8, 0, 0},  {"type9", 9, 0, 0},  {"wtype1", 1, 1, 0},
               {"wtype5", 5, 1, 0}, {"wtype7", 7, 1, 0}, {"halfsample", 7, 0, 1}};
    static double got[LONG_UNITS * GRID], two[LONG_UNITS * GRID];
    static size_t count[LONG_UNITS];
    distest_context ctx = distest_context_default();
    size_t compared = 0;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        const distest_rdd_rows r = long_rows(all[k].weighted);
        ctx.threads = 2;
        CHECK(distest_rdd_quantiles(&r, all[k].type, all[k].half, GRID, Q5, two, NULL,
                                    &ctx) == DISTEST_SUCCESS);
        ctx.threads = 1;
        CHECK(distest_rdd_quantiles(&r, all[k].type, all[k].half, GRID, Q5, got, count,
                                    &ctx) == DISTEST_SUCCESS);
        CHECK(memcmp(got, two, sizeof got) == 0);
        for (size_t u = 0; u < LONG_UNITS; u++) {
            char name[80];
            snprintf(name, sizeof name, "unit/s%03d/%s", (int)u + 1, all[k].name);
            if (fixture_length(name) == 0) continue;
            for (size_t j = 0; j < GRID; j++)
                CHECK_REL(got[u + j * LONG_UNITS], fixture(name)[j], 1e-12);
            snprintf(name, sizeof name, "unit/s%03d/n", (int)u + 1);
            CHECK(count[u] == (size_t)fixture(name)[0]);
            compared++;
        }
    }
    CHECK(compared == 6 * sizeof all / sizeof all[0]);
}

static void fits_from_rows_are_the_reference(void)
{
    static const struct {
        const char *name;
        int type, weighted, half;
    } all[] = {{"fit_type7", 7, 0, 0},
               {"fit_type1", 1, 0, 0},
               {"fit_weighted_type7", 7, 1, 0},
               {"fit_halfsample", 7, 0, 1}};
    static const char *const what[] = {"tau_cl", "tau_bc", "se_bc", "m_plus_frechet",
                                       "m_minus_frechet"};
    static double table[LONG_UNITS * GRID];
    double got[5][GRID], one[5][GRID];
    distest_context ctx = distest_context_default();
    const double h[2] = {.5, .5}, b[2] = {.7, .7};
    for (size_t k = 0; k < 4; k++) {
        const distest_rdd_rows r = long_rows(all[k].weighted);
        distest_rdd_units u = distest_rdd_units_default();
        distest_rdd_opts o = distest_rdd_opts_default();
        distest_rdd_result result = distest_rdd_result_default();
        CHECK(distest_rdd_quantiles(&r, all[k].type, all[k].half, GRID, Q5, table, NULL,
                                    NULL) == DISTEST_SUCCESS);
        u.n = LONG_UNITS, u.probs = GRID, u.q = Q5, u.quantiles = table, u.x = long_x;
        o.h = h, o.b = b;
        result.tau_cl = got[0], result.tau_bc = got[1], result.se_bc = got[2];
        result.m_plus = got[3], result.m_minus = got[4];
        for (ctx.threads = 1; ctx.threads < 3; ctx.threads++) {
            CHECK(distest_rdd_fit(&u, &o, &result, &ctx) == DISTEST_SUCCESS);
            if (ctx.threads == 1) memcpy(one, got, sizeof got);
        }
        CHECK(memcmp(one, got, sizeof got) == 0);
        for (size_t i = 0; i < 5; i++) {
            char name[80];
            snprintf(name, sizeof name, "%s/%s", all[k].name, what[i]);
            for (size_t j = 0; j < GRID; j++)
                CHECK_REL(got[i][j], fixture(name)[j], 1e-11);
        }
    }
}

/* the mean type 7 quantile of all 6 subsets of size 2 of 4 values */
static void halfsample_of_four_is_the_enumeration(void)
{
    const double z[4] = {1, 2.5, 7, 7.25};
    const int unit[4] = {0, 0, 0, 0};
    const double q[5] = {.05, .3, .5, .8, .99};
    double got[5], whole[5];
    distest_rdd_rows r = distest_rdd_rows_default();
    r.rows = 4, r.units = 1, r.y = z, r.unit = unit;
    CHECK(distest_rdd_quantiles(&r, 7, 1, 5, q, got, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(distest_rdd_quantiles(&r, 7, 0, 5, q, whole, NULL, NULL) == DISTEST_SUCCESS);
    for (size_t j = 0; j < 5; j++) {
        double mean = 0;
        for (int a = 0; a < 4; a++)
            for (int b = a + 1; b < 4; b++)
                mean += ((1 - q[j]) * z[a] + q[j] * z[b]) / 6;
        CHECK_REL(got[j], (4 * whole[j] - 2 * mean) / 2, 1e-13);
    }
}

/* pseudo-random numbers for the tests */
static uint64_t state = 1;
static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) / 9007199254740992.0;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { MANY = 60000 };
static double many[MANY], sorted[MANY];
static int many_unit[MANY];

/* whatever the values: long and short units, ties, signs, values that agree in all
 * leading bits, an outlier */
static void sorting_is_sorting(void)
{
    static const size_t sizes[] = {1, 2, 31, 192, 193, 1000, 6000, 6001, MANY};
    for (int kind = 0; kind < 6; kind++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            const size_t n = sizes[k];
            double q[9], got[9];
            distest_rdd_rows r = distest_rdd_rows_default();
            for (size_t i = 0; i < n; i++) {
                const double u = uniform();
                many[i] = kind == 0   ? u - 0.5
                          : kind == 1 ? floor(10 * u) - 5
                          : kind == 2 ? 1e9 + u * 1e-3
                          : kind == 3 ? (double)(n - i)
                          : kind == 4 ? exp(600 * (u - 0.5)) * (u < 0.3 ? -1 : 1)
                                      : (i == n / 2 ? -1e300 : 1e9 + u * 1e-3);
                many_unit[i] = 0;
            }
            memcpy(sorted, many, n * sizeof *many);
            qsort(sorted, n, sizeof *sorted, by_value);
            for (size_t j = 0; j < 9; j++) q[j] = ((double)j + 0.5) / 9;
            r.rows = n, r.units = 1, r.y = many, r.unit = many_unit;
            CHECK(distest_rdd_quantiles(&r, 1, 0, 9, q, got, NULL, NULL) ==
                  DISTEST_SUCCESS);
            for (size_t j = 0; j < 9; j++) {
                const size_t at = (size_t)ceil((double)n * q[j] * (1 - 1e-15));
                CHECK(got[j] == sorted[at > 0 ? at - 1 : 0]);
            }
        }
}

/* whole weights repeat rows: type 1 */
static void whole_weights_are_replication(void)
{
    enum { N = 400 };
    static double y[N], w[N], copies[5 * N];
    static int unit[5 * N];
    size_t m = 0;
    double q[19], a[19], b[19];
    distest_rdd_rows r = distest_rdd_rows_default();
    for (size_t i = 0; i < N; i++) {
        y[i] = floor(50 * uniform());
        w[i] = floor(5 * uniform());
        for (int k = 0; k < (int)w[i]; k++) copies[m++] = y[i];
    }
    for (size_t j = 0; j < 19; j++) q[j] = ((double)j + 1) / 20;
    r.rows = N, r.units = 1, r.y = y, r.unit = unit, r.weights = w;
    CHECK(distest_rdd_quantiles(&r, 1, 0, 19, q, a, NULL, NULL) == DISTEST_SUCCESS);
    r.rows = m, r.y = copies, r.weights = NULL;
    CHECK(distest_rdd_quantiles(&r, 1, 0, 19, q, b, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(memcmp(a, b, sizeof a) == 0);
}

/* equal weights are none, a factor changes nothing, rows of weight 0 neither */
static void weights_have_no_unit(void)
{
    enum { N = 300 };
    static double y[2 * N], w[2 * N];
    static int unit[2 * N];
    const int types[3] = {1, 5, 7};
    double q[9], plain[9], got[9];
    distest_rdd_rows r = distest_rdd_rows_default();
    for (size_t j = 0; j < 9; j++) q[j] = ((double)j + 1) / 10;
    for (size_t i = 0; i < 2 * N; i++) {
        y[i] = uniform();
        w[i] = i % 2 ? 0 : 4;
    }
    for (size_t k = 0; k < 3; k++) {
        r.rows = 2 * N, r.units = 1, r.y = y, r.unit = unit, r.weights = w;
        CHECK(distest_rdd_quantiles(&r, types[k], 0, 9, q, got, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (size_t i = 0; i < N; i++) sorted[i] = y[2 * i];
        r.rows = N, r.y = sorted, r.weights = NULL;
        CHECK(distest_rdd_quantiles(&r, types[k], 0, 9, q, plain, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (size_t j = 0; j < 9; j++) CHECK_REL(got[j], plain[j], 1e-13);
    }
}

enum { BIG_UNITS = 300, BIG_Q = 9 };
static double big_q[BIG_Q];

/* 60000 rows of 300 units of very different sizes; unit 7 has none */
static distest_rdd_rows big_rows(void)
{
    distest_rdd_rows r = distest_rdd_rows_default();
    state = 7;
    for (size_t i = 0; i < MANY; i++) {
        many_unit[i] = (int)(BIG_UNITS * uniform() * uniform());
        if (many_unit[i] == 7) many_unit[i] = 8;
        many[i] = uniform() + many_unit[i];
        sorted[i] = floor(4 * uniform()); /* weights */
    }
    for (size_t j = 0; j < BIG_Q; j++) big_q[j] = ((double)j + 1) / (BIG_Q + 1);
    r.rows = MANY, r.units = BIG_UNITS, r.y = many, r.unit = many_unit;
    return r;
}

static double table[4][BIG_UNITS * BIG_Q];

static void threads_and_order_leave_no_trace(void)
{
    for (int weighted = 0; weighted < 2; weighted++) {
        distest_rdd_rows r = big_rows();
        static double y2[MANY], w2[MANY];
        static int u2[MANY];
        size_t at = 0;
        if (weighted) r.weights = sorted;
        for (int k = 0; k < 2; k++) {
            distest_context ctx = distest_context_default();
            ctx.threads = k + 1;
            CHECK(distest_rdd_quantiles(&r, 7, 0, BIG_Q, big_q, table[k], NULL, &ctx) ==
                  DISTEST_SUCCESS);
        }
        for (int u = 0; u < BIG_UNITS; u++) /* in the order of units, and reversed */
            for (size_t i = MANY; i-- > 0;)
                if (many_unit[i] == u) {
                    y2[at] = many[i], w2[at] = sorted[i], u2[at++] = u + 1;
                }
        r.y = y2, r.unit = u2, r.first_unit = 1;
        if (weighted) r.weights = w2;
        CHECK(distest_rdd_quantiles(&r, 7, 0, BIG_Q, big_q, table[2], NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(isnan(table[0][7]));
        table[0][7] = table[1][7] = table[2][7] = 0;
        CHECK(memcmp(table[0], table[1], sizeof table[0]) == 0);
        CHECK(memcmp(table[0], table[2], sizeof table[0]) == 0);
    }
}

/* chunks of any size in any order, two collections merged, a list of arrays */
static void chunks_leave_no_trace(void)
{
    for (int weighted = 0; weighted < 2; weighted++) {
        distest_rdd_rows r = big_rows(), part;
        distest_rdd_acc *one, *two;
        size_t count[2][BIG_UNITS];
        if (weighted) r.weights = sorted;
        CHECK(distest_rdd_quantiles(&r, 5, 0, BIG_Q, big_q, table[0], count[0], NULL) ==
              DISTEST_SUCCESS);
        CHECK(distest_rdd_acc_alloc(BIG_UNITS, weighted, &one, NULL) ==
              DISTEST_SUCCESS);
        CHECK(distest_rdd_acc_alloc(BIG_UNITS, weighted, &two, NULL) ==
              DISTEST_SUCCESS);
        for (size_t end = MANY; end > 0;) {
            const size_t n = end > 7001 ? 7001 : end;
            part = r;
            part.rows = n, part.y = r.y + end - n, part.unit = r.unit + end - n;
            if (weighted) part.weights = r.weights + end - n;
            CHECK(distest_rdd_acc_add(end % 2 ? one : two, &part, NULL) ==
                  DISTEST_SUCCESS);
            end -= n;
        }
        CHECK(distest_rdd_acc_merge(one, two, NULL) == DISTEST_SUCCESS);
        distest_rdd_acc_free(two);
        CHECK(distest_rdd_acc_finish(one, 5, 0, BIG_Q, big_q, table[1], count[1],
                                     NULL) == DISTEST_SUCCESS);
        const distest_rdd_rows view = distest_rdd_acc_rows(one);
        CHECK(distest_rdd_quantiles(&view, 5, 0, BIG_Q, big_q, table[2], NULL, NULL) ==
              DISTEST_SUCCESS);
        for (size_t u = 0; u < BIG_UNITS; u++) CHECK(count[0][u] == count[1][u]);
        for (size_t k = 0; k < 3; k++)
            for (size_t i = 0; i < BIG_UNITS * BIG_Q; i++)
                if (isnan(table[k][i])) table[k][i] = -1;
        CHECK(memcmp(table[0], table[1], sizeof table[0]) == 0);
        CHECK(memcmp(table[0], table[2], sizeof table[0]) == 0);
        distest_rdd_acc_free(one);
    }
    distest_rdd_acc_free(NULL);
    CHECK(distest_rdd_acc_rows(NULL).units == 0);
}

/* P(Z_(j) <= k-th value) etc. for small n by brute force: W_k is the law of the order
 * statistic (n + 1) q of n uniforms falling in cell k; here with whole (n + 1) q */
static void noise_is_the_variance_of_order_statistics(void)
{
    enum { N = 9 };
    const int unit[N] = {0};
    const double y[N] = {3, 1, 4, 1.5, 9, 2, 6, 5, 3.5};
    const double q[2] = {.3, .5}; /* a = 3, b = 7; a = b = 5 */
    double got[2], z[N];
    distest_rdd_rows r = distest_rdd_rows_default();
    r.rows = N, r.units = 1, r.y = y, r.unit = unit;
    memcpy(z, y, sizeof z);
    qsort(z, N, sizeof *z, by_value);
    CHECK(distest_rdd_noise(&r, NULL, 2, q, got, NULL) == DISTEST_SUCCESS);
    for (int j = 0; j < 2; j++) {
        /* I_x(a, b), whole a, b: P(at least a of a + b - 1 uniforms below x) */
        const int a = j ? 5 : 3, trials = 9;
        double before = 0, mean = 0, square = 0;
        for (int k = 1; k <= N; k++) {
            const double x = k / (double)N;
            double I = 0, term = 1;
            for (int i = 0; i <= trials; i++) {
                term = tgamma(trials + 1) / tgamma(i + 1) / tgamma(trials - i + 1) *
                       pow(x, i) * pow(1 - x, trials - i);
                if (i >= a) I += term;
            }
            mean += (I - before) * z[k - 1];
            square += (I - before) * z[k - 1] * z[k - 1];
            before = I;
        }
        CHECK_REL(got[j], square - mean * mean, 1e-12);
    }
}

/* large n: q (1 - q) / n over the squared density, with values k / n of density 1 */
static void noise_of_large_units_is_the_asymptotic_variance(void)
{
    const double q[3] = {.1, .5, .95};
    static const size_t sizes[2] = {2000, 100000};
    static double y[100000];
    static int unit[100000];
    for (size_t k = 0; k < 2; k++) {
        double got[3];
        distest_rdd_rows r = distest_rdd_rows_default();
        for (size_t i = 0; i < sizes[k]; i++)
            y[i] = ((double)i + 0.5) / (double)sizes[k];
        r.rows = sizes[k], r.units = 1, r.y = y, r.unit = unit;
        CHECK(distest_rdd_noise(&r, NULL, 3, q, got, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < 3; j++) /* the variance of a beta law, and of a cell */
            CHECK_REL(got[j],
                      q[j] * (1 - q[j]) / ((double)sizes[k] + 2) +
                          1 / (12. * (double)sizes[k] * (double)sizes[k]),
                      2e-4);
    }
}

static void noise_averages_units_and_threads_agree(void)
{
    distest_rdd_rows r = big_rows();
    double all[BIG_Q], some[2][BIG_Q], mean[BIG_Q] = {0};
    int include[BIG_UNITS] = {0};
    const int chosen[3] = {0, 20, 250};
    for (int k = 0; k < 2; k++) {
        distest_context ctx = distest_context_default();
        ctx.threads = k + 1;
        CHECK(distest_rdd_noise(&r, NULL, BIG_Q, big_q, some[k], &ctx) ==
              DISTEST_SUCCESS);
    }
    CHECK(memcmp(some[0], some[1], sizeof some[0]) == 0);
    for (int k = 0; k < 3; k++) {
        memset(include, 0, sizeof include);
        include[chosen[k]] = 1;
        CHECK(distest_rdd_noise(&r, include, BIG_Q, big_q, all, NULL) ==
              DISTEST_SUCCESS);
        for (size_t j = 0; j < BIG_Q; j++) mean[j] += all[j] / 3;
    }
    for (int k = 0; k < 3; k++) include[chosen[k]] = 1;
    CHECK(distest_rdd_noise(&r, include, BIG_Q, big_q, all, NULL) == DISTEST_SUCCESS);
    for (size_t j = 0; j < BIG_Q; j++) CHECK_REL(all[j], mean[j], 1e-13);
    memset(include, 0, sizeof include);
    distest_context ctx = distest_context_default();
    CHECK_FAILS(distest_rdd_noise(&r, include, BIG_Q, big_q, all, &ctx), DISTEST_EINVAL,
                &ctx, "include");
}

static void bad_rows_are_named(void)
{
    double y[4] = {1, 2, 3, 4}, w[4] = {1, 1, 1, 1}, q[2] = {.2, .8},
           out[4] = {7, 7, 7, 7};
    int unit[4] = {0, 1, 0, 1};
    distest_context ctx = distest_context_default();
    distest_rdd_rows r = distest_rdd_rows_default();
    r.rows = 4, r.units = 2, r.y = y, r.unit = unit, r.weights = w;
#define BAD(what, arg)                                                                 \
    do {                                                                               \
        CHECK_FAILS(distest_rdd_quantiles(&r, 7, 0, 2, q, out, NULL, &ctx),            \
                    DISTEST_EINVAL, &ctx, arg);                                        \
        CHECK(strstr(ctx.message, what) != NULL);                                      \
        CHECK(out[0] == 7 && out[3] == 7);                                             \
    } while (0)
    y[2] = INFINITY;
    BAD("row 3", "y");
    y[2] = 3, w[1] = -1;
    BAD("row 2", "weights");
    w[1] = NAN;
    BAD("row 2", "weights");
    w[1] = 1, unit[3] = 2;
    BAD("not 2 at row 4", "unit");
    unit[3] = -1;
    BAD("row 4", "unit");
    unit[3] = 1, q[0] = .9;
    BAD("increase", "q");
    q[0] = 0;
    BAD("0", "q");
    q[0] = .2, r.y = NULL;
    BAD("NULL", "y");
    r.y = y;
    for (int type = -1; type < 11; type++)
        if (type != 1 && type != 5 && type != 7)
            CHECK_FAILS(distest_rdd_quantiles(&r, type, 0, 2, q, out, NULL, &ctx),
                        DISTEST_EINVAL, &ctx, "type");
    CHECK_FAILS(distest_rdd_quantiles(&r, 7, 1, 2, q, out, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "halfsample");
    CHECK_FAILS(distest_rdd_quantiles(NULL, 7, 1, 2, q, out, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "rows");
    r.units = (size_t)1 << 40;
    CHECK_FAILS(distest_rdd_quantiles(&r, 7, 0, 2, q, out, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "units");
    CHECK_FAILS(distest_rdd_noise(&r, NULL, 2, q, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "noise");
#undef BAD
}

static void bad_lists_are_named(void)
{
    double a[3] = {1, 2, NAN}, wa[3] = {1, 1, 1}, q = .5, out[2] = {7, 7};
    const double *list[2] = {a, a}, *weights[2] = {wa, wa};
    const size_t length[2] = {2, 3};
    distest_context ctx = distest_context_default();
    distest_rdd_rows r = distest_rdd_rows_default();
    r.units = 2, r.list = list, r.length = length;
    CHECK_FAILS(distest_rdd_quantiles(&r, 7, 0, 1, &q, out, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "y");
    CHECK(strstr(ctx.message, "entry 3 of unit 2") != NULL);
    a[2] = 5, wa[1] = -2, r.list_weights = weights;
    CHECK_FAILS(distest_rdd_quantiles(&r, 7, 0, 1, &q, out, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "weights");
    CHECK(strstr(ctx.message, "entry 2 of unit 1") != NULL);
    wa[1] = 1, list[1] = NULL;
    CHECK_FAILS(distest_rdd_quantiles(&r, 7, 0, 1, &q, out, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "y");
    list[1] = a, weights[1] = NULL;
    CHECK_FAILS(distest_rdd_quantiles(&r, 7, 0, 1, &q, out, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "weights");
    r.list_weights = NULL, r.length = NULL;
    CHECK_FAILS(distest_rdd_quantiles(&r, 7, 0, 1, &q, out, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "length");
    CHECK(out[0] == 7 && out[1] == 7);
}

static void bad_collections_are_named(void)
{
    double y[2] = {1, 2}, w[2] = {1, 1};
    int unit[2] = {0, 1};
    distest_context ctx = distest_context_default();
    distest_rdd_rows r = distest_rdd_rows_default();
    distest_rdd_acc *acc, *other;
    r.rows = 2, r.units = 2, r.y = y, r.unit = unit;
    CHECK(distest_rdd_acc_alloc(2, 1, &acc, NULL) == DISTEST_SUCCESS);
    CHECK(distest_rdd_acc_alloc(3, 1, &other, NULL) == DISTEST_SUCCESS);
    CHECK_FAILS(distest_rdd_acc_add(acc, &r, &ctx), DISTEST_EINVAL, &ctx, "weights");
    r.weights = w, r.units = 3;
    CHECK_FAILS(distest_rdd_acc_add(acc, &r, &ctx), DISTEST_EINVAL, &ctx, "units");
    r.units = 2, y[1] = NAN;
    CHECK_FAILS(distest_rdd_acc_add(acc, &r, &ctx), DISTEST_EINVAL, &ctx, "y");
    CHECK_FAILS(distest_rdd_acc_merge(acc, other, &ctx), DISTEST_EINVAL, &ctx, "units");
    CHECK_FAILS(distest_rdd_acc_merge(acc, NULL, &ctx), DISTEST_EINVAL, &ctx, "from");
    CHECK_FAILS(distest_rdd_acc_finish(NULL, 7, 0, 0, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "acc");
    CHECK_FAILS(distest_rdd_acc_alloc(1, 0, NULL, &ctx), DISTEST_EINVAL, &ctx, "acc");
    CHECK(distest_rdd_acc_rows(acc).length[0] == 0);
    distest_rdd_acc_free(acc);
    CHECK(distest_rdd_acc_alloc(2, 0, &acc, NULL) == DISTEST_SUCCESS);
    CHECK_FAILS(distest_rdd_acc_add(acc, &r, &ctx), DISTEST_EINVAL, &ctx, "weights");
    distest_rdd_acc_free(acc);
    distest_rdd_acc_free(other);
}

static int run_all(distest_context *ctx)
{
    const distest_rdd_rows r = long_rows(0), w = long_rows(1);
    static double got[LONG_UNITS * GRID];
    distest_rdd_acc *acc = NULL, *other = NULL;
    int status = distest_rdd_quantiles(&r, 7, 1, GRID, Q5, got, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_rdd_quantiles(&w, 5, 0, GRID, Q5, got, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_rdd_noise(&r, NULL, GRID, Q5, got, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_rdd_acc_alloc(LONG_UNITS, 1, &acc, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_rdd_acc_alloc(LONG_UNITS, 1, &other, ctx);
    if (status == DISTEST_SUCCESS) status = distest_rdd_acc_add(acc, &w, ctx);
    if (status == DISTEST_SUCCESS) status = distest_rdd_acc_merge(other, acc, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_rdd_acc_finish(other, 7, 0, GRID, Q5, got, NULL, ctx);
    distest_rdd_acc_free(acc);
    distest_rdd_acc_free(other);
    return status;
}

static void memory_may_run_out(void)
{
    CHECK(check_out_of_memory(run_all) > 50);
}

static void may_be_cancelled(void)
{
    CHECK(check_cancel(run_all) > 10);
}

int main(void)
{
    fixture_read("tests/reference/rdd/expected_long.txt");
    read_long();
    RUN(types_are_the_reference);
    RUN(fits_from_rows_are_the_reference);
    RUN(halfsample_of_four_is_the_enumeration);
    RUN(sorting_is_sorting);
    RUN(whole_weights_are_replication);
    RUN(weights_have_no_unit);
    RUN(threads_and_order_leave_no_trace);
    RUN(chunks_leave_no_trace);
    RUN(noise_is_the_variance_of_order_statistics);
    RUN(noise_of_large_units_is_the_asymptotic_variance);
    RUN(noise_averages_units_and_threads_agree);
    RUN(bad_rows_are_named);
    RUN(bad_lists_are_named);
    RUN(bad_collections_are_named);
    RUN(memory_may_run_out);
    RUN(may_be_cancelled);
    return check_report("test_rdd_quantile");
}
