/* rdd_size.c - how often tests reject when they should not, and intervals hold what
 * they should, in percent over many drawn data sets (fixed seeds):
 *
 *     rdd_size          100 runs, as CSV lines: rate, target range, yes or no
 *     rdd_size 2000     all of them with that many runs, with Monte Carlo errors
 *
 * The randomisation test (units, and clusters of unequal size), the density test,
 * honest intervals with the largest curvature allowed, sharp and fuzzy, x on a grid
 * too, and intervals of functionals on average distributions. */
#include "rdd_sim.h"

typedef struct {
    const char *name;
    double low, high; /* what the rate should be in, percent */
    double hits, runs;
} rate;

enum { MOST_RATES = 64 };
static rate RATES[MOST_RATES];
static int rates_used;

static rate *rate_new(const char *name, double low, double high)
{
    RATES[rates_used] = (rate){name, low, high, 0, 0};
    return &RATES[rates_used++];
}

static void count(rate *r, int hit)
{
#pragma omp atomic
    r->hits += hit;
#pragma omp atomic
    r->runs += 1;
}

static distest_context quiet(void)
{
    distest_context ctx = distest_context_default();
    ctx.threads = 1;
    return ctx;
}

/* ---- randomisation test -----------------------------------------------------------
 */

static rate *randtest_rate[4];

static void one_randtest(int run)
{
    enum { N = 36 };
    static const char *names[3] = {"sup", "w2", "mean"};
    distest_context ctx = quiet();
    distest_rdd_units u = distest_rdd_units_default();
    distest_rng rng = distest_rng_seed((uint64_t)run);
    di_stream s = di_stream_open(31, (uint64_t)run);
    double x[N], Y[N * DECILES], p;
    int code[N];
    size_t groups = 0;
    for (size_t i = 0; i < N; groups++) { /* clusters of 1, 2 or 3 units, on one side */
        const size_t size = 1 + di_stream_below(&s, 3);
        const double side = di_stream_uniform(&s) < 0.4 ? 1 : -1;
        const double shift = di_stream_normal(&s);
        for (size_t e = i + size; i < e && i < N; i++) {
            code[i] = (int)groups;
            x[i] = side * di_stream_uniform(&s);
            const double spread = di_stream_exponential(&s), own = di_stream_normal(&s);
            for (size_t j = 0; j < DECILES; j++)
                Y[i + j * N] = shift + own + spread * di_norm_quantile(SIM_Q[j]);
        }
    }
    u.n = N, u.probs = DECILES, u.q = SIM_Q, u.x = x, u.quantiles = Y;
    u.cluster = code, u.clusters = groups;
    int above = 0;
    for (size_t i = 0; i < N; i++) above += x[i] >= 0;
    if (above > 0 && above < N) { /* all but one in some thousands */
        sim_need(distest_rdd_randtest(&u, 0, 1, "sup", 199, &rng, NULL, NULL, &p, &ctx),
                 &ctx);
        count(randtest_rate[3], p <= 0.05);
    }
    u.cluster = NULL; /* now independent units */
    for (size_t i = 0; i < N; i++) {
        const double level = di_stream_normal(&s), spread = di_stream_exponential(&s);
        x[i] = di_stream_uniform(&s) - 0.6;
        for (size_t j = 0; j < DECILES; j++)
            Y[i + j * N] = level + spread * di_norm_quantile(SIM_Q[j]);
    }
    for (int k = 0; k < 3; k++) {
        sim_need(
            distest_rdd_randtest(&u, 0, 1, names[k], 199, &rng, NULL, NULL, &p, &ctx),
            &ctx);
        count(randtest_rate[k], p <= 0.05);
    }
}

/* ---- density test -----------------------------------------------------------------
 */

static rate *density_rate[4];

static void one_density(int run)
{
    enum { MOST = 2000 };
    static const size_t sizes[3] = {300, 500, MOST};
    distest_context ctx = quiet();
    double x[MOST], p, tails[5];
    for (int k = 0; k < 3; k++) {
        di_stream s = di_stream_open(41 + (uint64_t)k, (uint64_t)run);
        for (size_t i = 0; i < sizes[k]; i++) x[i] = di_stream_normal(&s) - 0.3;
        sim_need(distest_rdd_density_test(sizes[k], x, 0, 2, "triangular", 0, NULL,
                                          NULL, &p, tails, &ctx),
                 &ctx);
        count(density_rate[k], p <= 0.05);
        if (k == 1) count(density_rate[3], tails[4] <= 0.05);
    }
}

/* ---- honest intervals -------------------------------------------------------------
 */

/* E[Q | x] has curvature +-M_Q, P(T = 1 | x) of -+M_T, opposite on the two sides, so
 * that both biases add up; a first stage that jumps by `jump`; the effect on compliers
 * is EFFECT. With jump = 1 the design is sharp. */
static const double M_Q = 3, M_T = 0.5, EFFECT = 0.7;
enum { HONEST = 6, H_CASES = 3 };
static rate *honest_rate[HONEST];

/* conventional weights, standard errors and covariance of both jumps */
static void fit_honest(const distest_rdd_units *u, double h, double *out,
                       double first[2], double *w, distest_context *ctx)
{
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    const double hh[2] = {h, h};
    o.vce = "nn", o.method = "pointwise", o.conventional = 1, o.h = hh;
    r.jump_cl = out, r.jump_se_cl = out + 1, r.jump_treatment = out + 2, r.w_cl = w;
    sim_need(distest_rdd_fit(u, &o, &r, ctx), ctx);
    first[0] = r.first_stage[0], first[1] = r.first_stage[1];
}

static void one_honest(int run)
{
    enum { N = 400 };
    static const double jumps[H_CASES] = {0.6, 0.6, 0.15};
    for (int k = 0; k < H_CASES; k++) {
        distest_context ctx = quiet();
        distest_rdd_units u = distest_rdd_units_default();
        di_stream s = di_stream_open(51 + (uint64_t)k, (uint64_t)run);
        double x[N], T[N], Y[N], w[N], fit[3], first[2], bias, bias_T, low, high, cv;
        int shape;
        for (size_t i = 0; i < N; i++) {
            x[i] = 2 * di_stream_uniform(&s) - 1;
            if (k == 1) x[i] = (floor(10 * x[i]) + 0.5) / 10; /* 20 distinct values */
            const double up = x[i] >= 0 ? 1 : -1, curve = up * x[i] * x[i] / 2;
            const double P = 0.2 + jumps[k] * (x[i] >= 0) - M_T * curve + 0.05 * x[i];
            T[i] = di_stream_uniform(&s) < P;
            Y[i] = 1 + x[i] + (M_Q + EFFECT * M_T) * curve + EFFECT * T[i] +
                   0.5 * di_stream_normal(&s);
        }
        u.n = N, u.probs = 1, u.x = x, u.quantiles = Y, u.treatment = T;
        fit_honest(&u, 0.5, fit, first, w, &ctx);
        sim_need(distest_rdd_bias(N, x, w, 0, M_Q, M_Q, &bias, &ctx), &ctx);
        sim_need(distest_rdd_bias(N, x, w, 0, M_T, M_T, &bias_T, &ctx), &ctx);
        sim_need(distest_rdd_honest_ratio(1, fit, fit + 1, fit + 2, &bias, first,
                                          bias_T, 0.95, &low, &high, &shape, &ctx),
                 &ctx);
        count(honest_rate[k], low <= EFFECT && EFFECT <= high);
        if (k == 2) count(honest_rate[3], shape == DISTEST_RDD_LINE);
        /* the reduced form: jump = EFFECT jumps[k], curvature M_Q */
        double t = bias / fit[1];
        sim_need(distest_rdd_honest_critical(1, &t, 0.95, &cv, &ctx), &ctx);
        if (k < 2)
            count(honest_rate[4 + k], fabs(fit[0] - EFFECT * jumps[k]) <= cv * fit[1]);
    }
}

/* ---- functionals ------------------------------------------------------------------
 */

enum { GRID = 200, FUNCTIONALS = 14, UNITS = 500, DRAWS = 100 };
static const struct {
    const char *name, *kind;
    double u, v;
} WHAT[FUNCTIONALS] = {{"mean", "mean", 0, 0},
                       {"variance", "variance", 0, 0},
                       {"sd", "sd", 0, 0},
                       {"gini", "gini", 0, 0},
                       {"theil", "theil", 0, 0},
                       {"mld", "mld", 0, 0},
                       {"p90_p10", "ratio", 0.9, 0.1},
                       {"p90_p50", "ratio", 0.9, 0.5},
                       {"p50_p10", "ratio", 0.5, 0.1},
                       {"iqr", "iqr", 0, 0},
                       {"median", "median", 0, 0},
                       {"lorenz_0.1", "lorenz", 0.1, 0},
                       {"lorenz_0.4", "lorenz", 0.4, 0},
                       {"lorenz_0.9", "lorenz", 0.9, 0}};
static rate *null_rate[FUNCTIONALS], *power_rate[FUNCTIONALS], *gini_rate[2];
static double grid[GRID], gini_truth[2];

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct {
    double *x, *Y, *scores, *m[2], *g[2], *draws;
} room;

/* difference of functional k over its standard error, and the estimate and error */
static double statistic(const room *r, int k, double *difference, double *se,
                        distest_context *ctx)
{
    double value[2], s2 = 0;
    for (int side = 0; side < 2; side++)
        sim_need(distest_rdd_functional(WHAT[k].kind, WHAT[k].u, WHAT[k].v, GRID, grid,
                                        r->m[side], &value[side], r->g[side], ctx),
                 ctx);
    for (size_t i = 0; i < UNITS; i++) {
        const double *g = r->g[r->x[i] >= 0];
        double s = 0;
        for (size_t j = 0; j < GRID; j++) s += g[j] * r->scores[i + j * UNITS];
        s2 += s * s;
    }
    *difference = value[1] - value[0], *se = sqrt(s2);
    return *difference / *se;
}

static void fit_grid(const room *r, distest_context *ctx)
{
    distest_rdd_units u = distest_rdd_units_default();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result f = distest_rdd_result_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    double h[2], b[2];
    u.n = UNITS, u.probs = GRID, u.q = grid, u.x = r->x, u.quantiles = r->Y;
    sim_need(distest_rdd_bandwidth(&u, &o, &bw, h, b, NULL, ctx), ctx);
    o.h = h, o.b = b;
    f.m_minus = r->m[0], f.m_plus = r->m[1], f.scores = r->scores;
    sim_need(distest_rdd_fit(&u, &o, &f, ctx), ctx);
}

/* type 7 quantiles at the grid of n sorted draws, into row i */
static void to_grid(const room *r, size_t i, size_t n)
{
    qsort(r->draws, n, sizeof(double), by_size);
    for (size_t j = 0; j < GRID; j++) {
        const double at = (double)(n - 1) * grid[j];
        const size_t low = (size_t)at;
        r->Y[i + j * UNITS] =
            r->draws[low] + (at - (double)low) * (r->draws[low + 1] - r->draws[low]);
    }
}

/* log-normal units; changes 1: the sd of logarithms goes from .3 to .9 */
static void one_functionals(int run, const room *r)
{
    distest_context ctx = quiet();
    for (int changes = 0; changes < 2; changes++) {
        di_stream s = di_stream_open(61 + (uint64_t)changes, (uint64_t)run);
        for (size_t i = 0; i < UNITS; i++) {
            r->x[i] = 2 * di_stream_uniform(&s) - 1;
            const double mu = 0.4 * r->x[i] + 0.1 * di_stream_normal(&s);
            const double sd =
                (changes && r->x[i] >= 0 ? 0.9 : 0.3) * exp(0.1 * di_stream_normal(&s));
            for (size_t k = 0; k < DRAWS; k++)
                r->draws[k] = exp(mu + sd * di_stream_normal(&s));
            to_grid(r, i, DRAWS);
        }
        fit_grid(r, &ctx);
        for (int k = 0; k < FUNCTIONALS; k++) {
            double d, se;
            const int rejects =
                fabs(statistic(r, k, &d, &se, &ctx)) > 1.959963984540054;
            count(changes ? power_rate[k] : null_rate[k], rejects);
        }
    }
}

/* the two designs of the table: does the interval hold the change of the Gini index? */
static void one_gini(int run, const room *r)
{
    enum { EACH = 500 };
    distest_context ctx = quiet();
    for (int design = 1; design <= 2; design++) {
        di_stream s = di_stream_open(71 + (uint64_t)design, (uint64_t)run);
        double d, se;
        for (size_t i = 0; i < UNITS; i++) {
            const double x = r->x[i] = 2 * di_stream_uniform(&s) - 1;
            double mu, a;
            if (design == 1) {
                mu = 5 + 5 * x + di_stream_normal(&s);
                a = fabs(1 + x + di_stream_normal(&s));
            } else {
                mu = -5 + 10 * di_stream_uniform(&s) + 2 * x;
                a = 2 / (0.5 + di_stream_uniform(&s) + 0.5 * (x >= 0));
            }
            di_stream_normals(&s, EACH, r->draws);
            for (size_t k = 0; k < EACH; k++)
                r->draws[k] = design == 1
                                  ? mu + a * r->draws[k]
                                  : mu + r->draws[k] + a * di_stream_exponential(&s);
            to_grid(r, i, EACH);
        }
        fit_grid(r, &ctx);
        (void)statistic(r, 3, &d, &se, &ctx);
        count(gini_rate[design - 1],
              fabs(d - gini_truth[design - 1]) <= 1.959963984540054 * se);
    }
}

/* Gini of the average of N(0, 1) + 2 Exp(rate + shift) over the rate, at 200 points */
static double gini_of_design_2(double shift)
{
    enum { RATES_AVERAGED = 400 };
    double m[GRID], gini = 0;
    for (size_t j = 0; j < GRID; j++) {
        m[j] = 0;
        for (int k = 0; k < RATES_AVERAGED; k++) {
            const double rate2 = 0.5 + (k + 0.5) / RATES_AVERAGED + shift;
            m[j] += sim_emg_quantile(grid[j], rate2 / 2, di_norm_quantile(grid[j])) /
                    RATES_AVERAGED;
        }
    }
    distest_context ctx = quiet();
    sim_need(distest_rdd_functional("gini", 0, 0, GRID, grid, m, &gini, NULL, &ctx),
             &ctx);
    return gini;
}

static room room_new(void)
{
    room r = {.x = malloc(UNITS * sizeof(double)),
              .Y = malloc(UNITS * GRID * sizeof(double)),
              .scores = malloc(UNITS * GRID * sizeof(double)),
              .draws = malloc(1000 * sizeof(double))};
    for (int k = 0; k < 2; k++) {
        r.m[k] = malloc(GRID * sizeof(double));
        r.g[k] = malloc(GRID * sizeof(double));
    }
    return r;
}

static void room_free(room *r)
{
    free(r->x), free(r->Y), free(r->scores), free(r->draws);
    for (int k = 0; k < 2; k++) free(r->m[k]), free(r->g[k]);
}

static void declare(void)
{
    static char names[2 * FUNCTIONALS][40];
    randtest_rate[0] = rate_new("randomisation test, sup", 3.5, 6.5);
    randtest_rate[1] = rate_new("randomisation test, w2", 3.5, 6.5);
    randtest_rate[2] = rate_new("randomisation test, mean", 3.5, 6.5);
    randtest_rate[3] = rate_new("randomisation test, clusters", 3.5, 6.5);
    density_rate[0] = rate_new("density test n = 300", 3, 9);
    density_rate[1] = rate_new("density test n = 500", 3, 7.5);
    density_rate[2] = rate_new("density test n = 2000", 3, 6.5);
    density_rate[3] = rate_new("binomial test of the 50 nearest", 2, 5.5);
    honest_rate[0] = rate_new("honest set covers, fuzzy", 93, 99);
    honest_rate[1] = rate_new("honest set covers, fuzzy, discrete x", 93, 99);
    honest_rate[2] = rate_new("honest set covers, weak first stage", 94, 100);
    honest_rate[3] = rate_new("  of which the whole line", 0, 100);
    honest_rate[4] = rate_new("honest interval covers, sharp", 93, 98);
    honest_rate[5] = rate_new("honest interval covers, sharp, discrete x", 93, 98);
    gini_rate[0] = rate_new("Gini difference covered, DGP 1", 91, 98);
    gini_rate[1] = rate_new("Gini difference covered, DGP 2", 91, 98);
    for (int k = 0; k < FUNCTIONALS; k++) {
        snprintf(names[k], 40, "no change: %s rejects", WHAT[k].name);
        null_rate[k] = rate_new(names[k], 3, 8);
    }
    for (int k = 0; k < FUNCTIONALS; k++) {
        const int moves = k != 10; /* the median of a log-normal law does not change */
        snprintf(names[k + FUNCTIONALS], 40, "sd .3 to .9: %s rejects", WHAT[k].name);
        power_rate[k] = rate_new(names[k + FUNCTIONALS], moves ? 99.9 : 0, 100);
    }
}

int main(int argc, char **argv)
{
    const int runs = argc > 1 ? atoi(argv[1]) : 100;
    for (size_t j = 0; j < GRID; j++) grid[j] = ((double)j + 0.5) / GRID;
    gini_truth[1] = gini_of_design_2(0.5) - gini_of_design_2(0);
    declare();
#pragma omp parallel
    {
        room r = room_new();
#pragma omp for schedule(dynamic)
        for (int run = 0; run < runs; run++) {
            one_randtest(run);
            one_density(run);
            one_honest(run);
            one_functionals(run, &r);
            one_gini(run, &r);
        }
        room_free(&r);
    }
    for (int k = 0; k < rates_used; k++) {
        const rate *r = &RATES[k];
        const double p = 100 * r->hits / r->runs, error = sqrt(p * (100 - p) / r->runs);
        const int fine = p >= r->low - 2.5 * error && p <= r->high + 2.5 * error;
        if (argc > 1)
            printf("%-44s %6.2f (%.2f)   %.1f to %.1f   %s\n", r->name, p, error,
                   r->low, r->high, fine ? "yes" : "no");
        else
            printf("rdd,%s (%d runs),%.2f,,,%.1f to %.1f,%s\n", r->name, runs, p,
                   r->low, r->high, fine ? "yes" : "no");
    }
    return 0;
}
