/* rdd_fit.c - fits against reads of the table, the bandwidth curve against fits, rows
 * to quantiles against passes over the rows and against sorting them. Limits are timed
 * in the same run with the same threads, in turn; the best of several rounds counts.
 * CSV lines as `make bench` prints them. RDD_BENCH_ROWS sets the number of rows. */
#include "rdd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *take(size_t count, size_t size)
{
    void *p = malloc(count * size);
    if (!p) exit(1);
    return p;
}

/* one read of n numbers by all threads */
static double read_all(size_t n, const double *x)
{
    static volatile double sink;
    const double begun = seconds();
    double sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (size_t b = 0; b < n / 4096; b++) sum += di_sum(4096, x + b * 4096);
    sink = sum;
    (void)sink;
    return seconds() - begun;
}

/* one read of n codes */
static double read_codes(size_t n, const int *code)
{
    static volatile long sink;
    const double begun = seconds();
    long sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (size_t i = 0; i < n; i++) sum += code[i];
    sink = sum;
    (void)sink;
    return seconds() - begun;
}

/* ours at most `target` times the limit */
static void at_most(const char *what, double ours, double limit, double target)
{
    printf("rdd,%s,%.5f,%.5f,%.2f,%g,%s\n", what, ours, limit, ours / limit, target,
           ours <= target * limit ? "yes" : "no");
}

enum { Q = 99 };

static distest_rdd_units make_units(size_t n)
{
    double *x = take(n, sizeof *x), *y = take(n * Q, sizeof *y);
    double *q = take(Q, sizeof *q);
    int *cluster = take(n, sizeof *cluster);
    distest_rdd_units u = distest_rdd_units_default();
    di_stream s = di_stream_open(3, 0);
    for (size_t j = 0; j < Q; j++) q[j] = ((double)j + 1) / (Q + 1);
    for (size_t i = 0; i < n; i++) {
        const double level = di_stream_normal(&s), spread = di_stream_uniform(&s);
        x[i] = 2 * di_stream_uniform(&s) - 1;
        cluster[i] = (int)(i % (n / 10));
        for (size_t j = 0; j < Q; j++)
            y[i + j * n] = level + x[i] + spread * di_norm_quantile(q[j]);
    }
    u.n = n, u.probs = Q, u.q = q, u.quantiles = y, u.x = x;
    u.cluster = cluster, u.clusters = n / 10;
    return u;
}

typedef struct {
    double tau[Q], se[Q], V[Q * Q];
} results;

static double time_fit(const distest_rdd_units *units, const char *vce, int errors,
                       int threads, results *out)
{
    const double h[2] = {.4, .4}, b[2] = {.6, .6};
    distest_rdd_units u = *units;
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    distest_context ctx = distest_context_default();
    ctx.threads = threads;
    o.h = h, o.b = b, o.vce = vce;
    if (strcmp(vce, "cr3") != 0) u.cluster = NULL;
    r.tau = out->tau;
    if (errors) r.se_cl = r.se_bc = out->se, r.vcov_bc = out->V;
    const double begun = seconds();
    if (distest_rdd_fit(&u, &o, &r, &ctx) != DISTEST_SUCCESS) exit(1);
    return seconds() - begun;
}

static void bench_fit(size_t n, int rounds)
{
    const distest_rdd_units u = make_units(n);
    static const char *const rules[] = {"hc3", "hc3", "nn", "cr3"};
    static results out;
    double best[4], limit = INFINITY;
    for (int k = 0; k < 4; k++) best[k] = INFINITY;
    for (int round = 0; round < rounds; round++) {
        limit = fmin(limit, read_all(n * Q, u.quantiles));
        for (int k = 0; k < 4; k++)
            best[k] = fmin(best[k], time_fit(&u, rules[k], k > 0, 0, &out));
    }
    char what[120];
    static const double targets[] = {4, 12, 24, 24};
    for (int k = 0; k < 4; k++) {
        snprintf(what, sizeof what, "fit n=%zu Q=99 %s / read of the table", n,
                 k ? rules[k] : "without errors");
        at_most(what, best[k], limit, targets[k]);
    }
}

static void bench_curve(size_t n)
{
    const distest_rdd_units u = make_units(n);
    static double h[200], cl[200 * Q], bc[200 * Q];
    static results out;
    double ours = INFINITY, fit = INFINITY;
    const distest_rdd_opts o = distest_rdd_opts_default();
    for (int k = 0; k < 200; k++) h[k] = .1 + .004 * k;
    for (int round = 0; round < 9; round++) {
        fit = fmin(fit, time_fit(&u, "hc3", 1, 0, &out));
        const double begun = seconds();
        if (distest_rdd_curve(&u, &o, 200, h, cl, bc, NULL) != DISTEST_SUCCESS) exit(1);
        ours = fmin(ours, seconds() - begun);
    }
    char what[120];
    snprintf(what, sizeof what, "curve of 200 bandwidths n=%zu Q=99 / fit", n);
    at_most(what, ours, fit, 3);
}

/* what one vector takes: least significant digits first, 11 bits a pass */
static double radix_sort(size_t n, const double *y)
{
    uint64_t *a = take(n, sizeof *a), *b = take(n, sizeof *b);
    static size_t count[2048];
    const double begun = seconds();
    for (size_t i = 0; i < n; i++) {
        memcpy(&a[i], &y[i], sizeof a[i]);
        a[i] ^= -(a[i] >> 63) | (uint64_t)1 << 63;
    }
    for (unsigned d = 0; d < 66; d += 11) {
        memset(count, 0, sizeof count);
        for (size_t i = 0; i < n; i++) count[a[i] >> d & 2047]++;
        size_t before = 0;
        for (size_t k = 0; k < 2048; k++) {
            const size_t here = count[k];
            count[k] = before;
            before += here;
        }
        for (size_t i = 0; i < n; i++) b[count[a[i] >> d & 2047]++] = a[i];
        uint64_t *t = a;
        a = b;
        b = t;
    }
    const double took = seconds() - begun;
    free(a);
    free(b);
    return took;
}

static void bench_rows(size_t rows, size_t units, size_t probs, int sorted, int threads)
{
    double *y = take(rows, sizeof *y), *q = take(probs, sizeof *q);
    double *table = take(units * probs, sizeof *table);
    int *unit = take(rows, sizeof *unit);
    distest_rdd_rows r = distest_rdd_rows_default();
    distest_context ctx = distest_context_default();
    double ours = INFINITY, pass = INFINITY, sort = INFINITY;
    ctx.threads = threads;
#pragma omp parallel for
    for (size_t b = 0; b < (rows + 65535) / 65536; b++) {
        di_stream s = di_stream_open(5, b);
        for (size_t i = b * 65536; i < rows && i < (b + 1) * 65536; i++) {
            y[i] = di_stream_normal(&s);
            unit[i] = (int)(sorted ? i / ((rows + units - 1) / units)
                                   : di_stream_below(&s, units));
        }
    }
    for (size_t j = 0; j < probs; j++) q[j] = ((double)j + 1) / (double)(probs + 1);
    r.rows = rows, r.units = units, r.y = y, r.unit = unit;
    for (int round = 0; round < 5; round++) {
        pass = fmin(pass, read_all(rows, y) + read_codes(rows, unit));
        if (rows <= 10000000) sort = fmin(sort, radix_sort(rows, y));
        const double begun = seconds();
        if (distest_rdd_quantiles(&r, 7, 0, probs, q, table, NULL, &ctx) !=
            DISTEST_SUCCESS)
            exit(1);
        ours = fmin(ours, seconds() - begun);
    }
    char what[160], label[80];
    snprintf(label, sizeof label, "quantiles %zu rows %zu units%s threads=%d", rows,
             units, sorted ? " in order" : "", di_threads(&ctx));
    snprintf(what, sizeof what, "%s / 6 reads of values and codes", label);
    at_most(what, ours, 6 * pass, 4);
    if (rows <= 10000000) {
        snprintf(what, sizeof what, "%s / radix sort", label);
        at_most(what, ours, sort, 1.5);
    }
    free(y);
    free(q);
    free(table);
    free(unit);
}

int main(void)
{
    const char *wanted = getenv("RDD_BENCH_ROWS");
    const size_t rows = wanted ? (size_t)strtoul(wanted, NULL, 10) : 20000000;
    bench_rows(5000000, 1000, 20, 0, 0);
    bench_rows(5000000, 1000, 20, 0, 1);
    bench_rows(5000000, 1000, 20, 1, 1);
    bench_rows(rows, rows / 1000, Q, 0, 0);
    bench_fit(10000, 9);
    bench_curve(10000);
    bench_fit(1000000, 3);
    return 0;
}
