/* test_wls_performance.c - how far designs are from the best approximation: medians of
 * |f - fhat|^2 / sigma_m^2 against those of another program
 * (tests/reference/wls/performance.csv), and their order. */
#include "wls_test.h"

enum { MOST_M = 45, MOST_N = 135, NODES = 80 };

typedef struct {
    const char *name;
    distest_wls_space *s;
    size_t m, d;
    double sigma, exact[MOST_M];
    double (*f)(const double *x, size_t n); /* at x[0], x[n], ... */
} target;

static double runge(const double *x, size_t n)
{
    (void)n;
    return 1 / (1 + 5 * x[0] * x[0]);
}

static double bump(const double *x, size_t n)
{
    (void)n;
    return exp(-(x[0] - 1) * (x[0] - 1) / 4);
}

static double plane(const double *x, size_t n)
{
    const double t = x[0] + x[n] / 2;
    return 1 / (1 + t * t / 2 + exp(x[0] * x[n]));
}

/* Fejer's rule for the uniform measure: midpoints in the angle, weights that sum to 1
 */
static void fejer(double x[NODES], double w[NODES])
{
    for (int i = 0; i < NODES; i++) {
        const double a = acos(-1) * (i + 0.5) / NODES;
        x[i] = cos(a), w[i] = 1.0 / NODES;
        for (int j = 1; j <= NODES / 2; j++)
            w[i] -= 2 * cos(2 * j * a) / (4.0 * j * j - 1) / NODES;
    }
}

/* c*_j = integral of f p_j over the line or the square */
static void project(target *t)
{
    double at[NODES], w[NODES];
    fejer(at, w);
    for (int i = 0; i < NODES; i++)
        for (int k = 0; k < (t->d == 2 ? NODES : 1); k++) {
            const double x[2] = {at[i], at[k]};
            const double y = w[i] * (t->d == 2 ? w[k] : 1) * t->f(x, 1);
            double p[MOST_M];
            CHECK(distest_wls_features(t->s, 1, x, 0, p, NULL, NULL, NULL) ==
                  DISTEST_SUCCESS);
            for (size_t j = 0; j < t->m; j++) t->exact[j] += y * p[j];
        }
}

/* sum c_k t^k / sqrt(k!) = C exp(t/3 - t^2/6), C = sqrt(2/3) e^(-1/6) */
static void expand(target *t)
{
    double before = 0, a = sqrt(2.0 / 3) * exp(-1.0 / 6), root = 1;
    for (size_t k = 0; k < t->m; k++) {
        t->exact[k] = a * root;
        const double next = (a - before) / (3 * (double)(k + 1));
        before = a, a = next, root *= sqrt((double)(k + 1));
    }
}

/* |f - fhat|^2 / sigma_m^2 of one design; pruned from n points to m at least */
static double ratio(const target *t, const char *method, size_t n, int prune,
                    distest_rng *rng)
{
    static double x[2 * MOST_N], w[MOST_N], p[MOST_N * MOST_M], A[MOST_N * MOST_M];
    double y[MOST_N], c[MOST_M], sum = 0;
    size_t kept = n, order[MOST_N];
    distest_wls_opts o = distest_wls_opts_default();
    o.method = method;
    distest_context one = distest_context_default();
    one.threads = 1;
    CHECK(distest_wls_sample(t->s, &o, n, rng, x, NULL, w, NULL, &one) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_features(t->s, n, x, 0, p, NULL, NULL, &one) == DISTEST_SUCCESS);
    for (size_t i = 0; i < n; i++) order[i] = i;
    if (prune) {
        for (size_t i = 0; i < n * t->m; i++) A[i] = sqrt(w[i % n]) * p[i];
        CHECK(distest_wls_prune(n, t->m, A, "gram", 0.9, t->m, &kept, order, NULL,
                                &one) == DISTEST_SUCCESS);
    }
    for (size_t j = 0; j < t->m; j++)
        for (size_t i = 0; i < kept; i++) A[i + j * kept] = p[order[i] + j * n];
    double v[MOST_N];
    for (size_t i = 0; i < kept; i++) y[i] = t->f(x + order[i], n), v[i] = w[order[i]];
    CHECK(distest_wls_fit(kept, t->m, 1, A, v, y, 0, c, NULL, NULL, NULL, &one) ==
          DISTEST_SUCCESS);
    for (size_t j = 0; j < t->m; j++)
        sum += (c[j] - t->exact[j]) * (c[j] - t->exact[j]);
    return 1 + sum / (t->sigma * t->sigma);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void medians_are_those_of_the_table(void)
{
    target all[] = {{.name = "1/(1+5x^2)", .sigma = 3.6834378e-3, .f = runge},
                    {.name = "exp", .sigma = 8.7504749e-4, .f = bump},
                    {.name = "f2d", .sigma = 3.5659355e-5, .f = plane}};
    all[0].s = total_degree("legendre", 1, 10), all[0].m = 11, all[0].d = 1;
    all[1].s = total_degree("hermite", 1, 10), all[1].m = 11, all[1].d = 1;
    all[2].s = total_degree("legendre", 2, 8), all[2].m = 45, all[2].d = 2;
    project(&all[0]), expand(&all[1]), project(&all[2]);
    FILE *f = open_table("performance.csv");
    char line[500];
    double before = 0;
    int seen = 0;
    while (f && fgets(line, sizeof line, f)) {
        enum { REPS = 2000 };
        static double r[REPS];
        char method[40] = "";
        double n = 0, reps = 0, want = 0;
        const target *t = all;
        while (strncmp(line, t->name, strlen(t->name)) != 0) t++;
        CHECK(sscanf(strchr(line, ','), ",%*f,%lf,%39[^,],%lf,%*f,%lf", &n, method,
                     &reps, &want) == 4);
        const int prune = strstr(method, " pruned") != NULL;
        /* the reference has 2000, 500 in two coordinates, 200 pruned ones */
        const int use = prune ? (n > 100 ? 60 : 400) : t->d == 2 ? 250 : REPS;
        if (prune) *strchr(method, ' ') = '\0';
        distest_rng rng = distest_rng_seed(5 + (uint64_t)seen++);
        for (int i = 0; i < use; i++) r[i] = ratio(t, method, (size_t)n, prune, &rng);
        qsort(r, (size_t)use, sizeof *r, by_size);
        const double median = (r[use / 2 - 1] + r[use / 2]) / 2;
        CHECK_REL(median, want, 0.15);
        /* independent points, then volume sampling, then repeated DPPs */
        if (!prune && n > (double)t->m && strcmp(method, "iid_optimal") != 0)
            CHECK(median < before);
        before = median;
    }
    if (f) fclose(f);
    CHECK(seen == 37);
    for (int i = 0; i < 3; i++) distest_wls_space_free(all[i].s);
}

int main(void)
{
    RUN(medians_are_those_of_the_table);
    return check_report("wls_performance");
}
