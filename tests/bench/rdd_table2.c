/* rdd_table2.c - Table 2 of Van Dijcke (arXiv 2504.03992) again: acceptance in percent
 * of bands and tests at 95 %, beside the published figures.
 *
 *     rdd_table2              100 runs at n = 500, as CSV lines
 *     rdd_table2 2500         the whole table with that many runs
 *     rdd_table2 2500 imserd  with another bandwidth rule
 *
 * Ours: bias-corrected local linear (b = h: local quadratic), hc3, 5000 draws,
 * bandwidth rule "plugin" as in the paper unless another is given. Columns: the Frechet
 * and the pointwise estimator with studentized bands, and the Frechet one with constant
 * bands. Monte Carlo errors: sqrt(p (1 - p) / runs).
 *
 * With 2500 runs and "plugin" the studentized band covers 94.5 to 95.2 % in all six
 * cells (published: 92.6 to 94.4). */
#include "rdd_sim.h"

enum { ROWS = 8, SIZES = 3, VARIANTS = 3, DRAWS = 5000 };

static const struct {
    int design;
    const char *what;
    double delta;                /* of the nullity tests */
    double frechet[3], local[3]; /* published at n = 500, 1000, 2000 */
} TABLE[ROWS] = {{1, "coverage", 0, {92.56, 93.28, 94.20}, {92.12, 93.36, 94.40}},
                 {1, "homogeneity", 0, {92.64, 93.32, 94.20}, {92.52, 92.60, 93.64}},
                 {1, "nullity", 1.14, {9.36, 0.28, 0}, {10.12, 0.28, 0}},
                 {1, "nullity", 2.27, {0, 0, 0}, {0, 0, 0}},
                 {2, "coverage", 0, {93.20, 93.12, 94.36}, {92.60, 93.20, 94.00}},
                 {2, "homogeneity", 0, {2.40, 0, 0}, {13.40, 3.40, 0.72}},
                 {2, "nullity", 1.86, {66.96, 43.68, 16.12}, {69.24, 46.96, 18.24}},
                 {2, "nullity", 3.72, {12.92, 1.56, 0.04}, {14.76, 1.72, 0}}};

typedef struct {
    double V[DECILES * DECILES], tau[DECILES];
    double *process;
} estimate;

static void fit(const distest_rdd_units *u, const char *rule, const char *method,
                estimate *e, distest_context *ctx)
{
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    double h[2], b[2];
    o.method = method, bw.rule = rule;
    sim_need(distest_rdd_bandwidth(u, &o, &bw, h, b, NULL, ctx), ctx);
    o.h = h, o.b = b;
    r.tau = e->tau, r.vcov_bc = e->V;
    sim_need(distest_rdd_fit(u, &o, &r, ctx), ctx);
}

/* 1: the hypothesis is accepted */
static int accepts(const estimate *e, const char *test, double shift, int studentized,
                   distest_context *ctx)
{
    double tau[DECILES], T, c;
    for (int j = 0; j < DECILES; j++) tau[j] = e->tau[j] + shift;
    sim_need(distest_rdd_test(DECILES, SIM_Q, tau, e->V, e->process, DRAWS, 0.95, test,
                              "sup", studentized, NULL, &T, NULL, &c, ctx),
             ctx);
    return T <= c;
}

/* adds one run to hit[row][variant]; rows of that design */
static void one_run(int design, uint64_t run, size_t n, const char *rule, double *x,
                    double *Y, estimate *e, double hit[ROWS][VARIANTS])
{
    static const char *methods[VARIANTS] = {"frechet", "pointwise", "frechet"};
    distest_context ctx = distest_context_default();
    distest_rdd_units u = distest_rdd_units_default();
    ctx.threads = 1;
    sim_units(design, run, n, x, Y);
    u.n = n, u.probs = DECILES, u.q = SIM_Q, u.x = x, u.quantiles = Y;
    for (int v = 0; v < VARIANTS; v++) {
        distest_rng rng = distest_rng_seed(run);
        double crit, low[DECILES], high[DECILES];
        const int studentized = v < 2;
        fit(&u, rule, methods[v], e, &ctx);
        sim_need(distest_rdd_bands(DECILES, e->tau, e->V, 0.95, DRAWS, studentized,
                                   &rng, &crit, low, high, e->process, &ctx),
                 &ctx);
        int covered = 1;
        for (int j = 0; j < DECILES; j++) {
            const double truth = design == 1 ? 0 : SIM_TAU2[j];
            covered &= low[j] <= truth && truth <= high[j];
        }
        for (int r = 0; r < ROWS; r++) {
            int yes = covered;
            if (TABLE[r].design != design) continue;
            if (strcmp(TABLE[r].what, "coverage") != 0)
                yes = accepts(e, TABLE[r].what, TABLE[r].delta, studentized, &ctx);
#pragma omp atomic
            hit[r][v] += yes;
        }
    }
}

static void simulate(int runs, size_t n, const char *rule, double hit[ROWS][VARIANTS])
{
    memset(hit, 0, ROWS * VARIANTS * sizeof(double));
#pragma omp parallel
    {
        double *x = malloc(n * sizeof *x), *Y = malloc(n * DECILES * sizeof *Y);
        estimate e = {.process = malloc(DRAWS * DECILES * sizeof(double))};
        if (!x || !Y || !e.process) exit(1);
#pragma omp for schedule(dynamic)
        for (int run = 0; run < runs; run++)
            for (int design = 1; design <= 2; design++)
                one_run(design, (uint64_t)run, n, rule, x, Y, &e, hit);
        free(x), free(Y), free(e.process);
    }
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < VARIANTS; v++) hit[r][v] *= 100.0 / runs;
}

static void print_table(int runs, size_t k, size_t n, const char *rule,
                        double hit[ROWS][VARIANTS])
{
    printf(
        "n = %zu, %d runs, %s              published         ours (Monte Carlo error)\n"
        "                                   Frechet   local   Frechet       pointwise"
        "     Frechet, constant\n",
        n, runs, rule);
    for (int r = 0; r < ROWS; r++) {
        printf("DGP %d %-12s Delta = %4.2f   %6.2f   %6.2f ", TABLE[r].design,
               TABLE[r].what, TABLE[r].delta, TABLE[r].frechet[k], TABLE[r].local[k]);
        for (int v = 0; v < VARIANTS; v++) {
            const double p = hit[r][v];
            printf("  %6.2f (%.2f)", p, sqrt(p * (100 - p) / runs));
        }
        printf("\n");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const size_t sizes[SIZES] = {500, 1000, 2000};
    const int runs = argc > 1 ? atoi(argv[1]) : 100;
    const char *rule = argc > 2 ? argv[2] : "plugin";
    double hit[ROWS][VARIANTS];
    if (runs < 1) return 1;
    if (argc == 1) { /* 100 runs: within 2.5 Monte Carlo errors of 94 to 96 */
        simulate(runs, 500, rule, hit);
        for (int r = 0; r < ROWS; r += 4)
            printf(
                "rdd,coverage of the 95 %% band DGP %d n=500 (100 runs),%.1f,%.2f,%.3f,"
                "89.5,%s\n",
                TABLE[r].design, hit[r][0], TABLE[r].frechet[0],
                hit[r][0] / TABLE[r].frechet[0], hit[r][0] >= 89.5 ? "yes" : "no");
        return 0;
    }
    for (size_t k = 0; k < SIZES; k++) {
        simulate(runs, sizes[k], rule, hit);
        print_table(runs, k, sizes[k], rule, hit);
    }
    return 0;
}
