/* kde_pass.c - log densities against the product of matrices they contain, and against
 * themselves with fewer demands. CSV lines as `make bench` prints them: ours, peer or
 * limit, ours / limit, the most it should be. Both are timed in turn, best of rounds.
 */
#include "linalg.h"

#include <distest/kde.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#endif

static double seconds(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double uniform_at(uint64_t *s)
{
    *s = *s * 6364136223846793005u + 1442695040888963407u;
    return (double)(*s >> 11) * 0x1p-53;
}

/* the same product, n x m in tiles, on the same threads */
static double limit(size_t n, size_t m, size_t d, const double *x, const double *y)
{
    enum { TILE_ = 512 };
    const size_t blocks = (m + TILE_ - 1) / TILE_;
    const double begun = seconds();
    di_blas_serial_enter();
#pragma omp parallel
    {
        double *C = malloc(n * TILE_ * sizeof *C);
#pragma omp for schedule(dynamic)
        for (size_t b = 0; b < blocks; b++) {
            const size_t j0 = b * TILE_, c = m - j0 < TILE_ ? m - j0 : TILE_;
            di_gemm('N', 'T', n, c, d, 1, x, n, y + j0, m, 0, C, n);
        }
        free(C);
    }
    di_blas_serial_leave();
    return seconds() - begun;
}

static void line(const char *name, double ours, double peer, double target)
{
    printf("kde,%s,%.4f,%.4f,%.3f,%g,%s\n", name, ours, peer, ours / peer, target,
           ours / peer <= target ? "yes" : "no");
    fflush(stdout);
}

typedef struct {
    size_t n, m, d;
    double *x, *y, *f;
} points;

static points make(size_t n, size_t m, size_t d)
{
    points p = {n,
                m,
                d,
                malloc(n * d * sizeof(double)),
                malloc(m * d * sizeof(double)),
                malloc((n > m ? n : m) * sizeof(double))};
    uint64_t s = 1;
    for (size_t i = 0; i < n * d; i++) p.x[i] = uniform_at(&s) + uniform_at(&s) - 1;
    for (size_t i = 0; i < m * d; i++) p.y[i] = uniform_at(&s) + uniform_at(&s) - 1;
    return p;
}

static double evaluate(const points *p, double h, double tol, int threads)
{
    distest_context ctx = distest_context_default();
    distest_kde_opts o = distest_kde_opts_default();
    const distest_sample s = {p->n, p->d, p->x, NULL};
    ctx.threads = threads;
    o.bandwidth = &h;
    o.tol = tol;
    const double begun = seconds();
    if (distest_kde_eval(&s, &o, p->m, p->y, p->f, &ctx)) exit(1);
    return seconds() - begun;
}

static double leave_one_out(const points *p, double h)
{
    distest_kde_opts o = distest_kde_opts_default();
    const distest_sample s = {p->n, p->d, p->x, NULL};
    o.bandwidth = &h;
    const double begun = seconds();
    if (distest_kde_loo(&s, &o, p->f, NULL)) exit(1);
    return seconds() - begun;
}

static void drop(points *p)
{
    free(p->x), free(p->y), free(p->f);
}

static void against_dgemm(size_t n, size_t d, double tol, const char *name,
                          double target)
{
    points p = make(n, n, d);
    double ours = INFINITY, peer = INFINITY;
    for (int round = 0; round < 3; round++) {
        peer = fmin(peer, limit(n, n, d, p.x, p.y));
        ours = fmin(ours, evaluate(&p, 0.3, tol, 0));
    }
    line(name, ours, peer, target);
    drop(&p);
}

static void searches(void)
{
    points p = make(10000, 1, 32);
    const distest_sample s = {p.n, p.d, p.x, NULL};
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r;
    double ours = INFINITY, one = INFINITY;
    c.points = 0;
    c.scaling = DISTEST_KDE_NONE;
    for (int round = 0; round < 3; round++) {
        const double begun = seconds();
        if (distest_kde_bandwidth(&s, &c, &r, NULL, NULL)) exit(1);
        ours = fmin(ours, seconds() - begun);
        one = fmin(one, leave_one_out(&p, r.h));
    }
    line("scalar lcv n=1e4 d=32 / one leave-one-out pass", ours, one, 1.6);
    drop(&p);
}

static void intervals(void)
{
    points p = make(20000, 1000, 64);
    const distest_sample s = {p.n, p.d, p.x, NULL};
    distest_kde_opts o = distest_kde_opts_default();
    double ours = INFINITY, one = INFINITY, h = 0.3;
    double *low = malloc(2000 * sizeof *low);
    o.bandwidth = &h;
    for (int round = 0; round < 3; round++) {
        distest_rng rng = distest_rng_seed(1);
        const double begun = seconds();
        if (distest_kde_interval(&s, &o, p.m, p.y, 20, 500, 0.9, &rng, low, low + 1000,
                                 NULL))
            exit(1);
        ours = fmin(ours, seconds() - begun);
        one = fmin(one, evaluate(&p, h, 0, 0));
    }
    line("interval m=1000 n=2e4 d=64 B=500 / log density", ours, one, 2);
    free(low);
    drop(&p);
}

static void threads(void)
{
    points p = make(20000, 20000, 64);
    double one = INFINITY, two = INFINITY;
    for (int round = 0; round < 3; round++) {
        one = fmin(one, evaluate(&p, 0.3, 0, 1));
        two = fmin(two, evaluate(&p, 0.3, 0, 2));
    }
    line("2 threads / 1 n=m=2e4 d=64", two, one, 1 / 1.8);
    drop(&p);
}

int main(void)
{
    against_dgemm(20000, 64, 0, "log density n=m=2e4 d=64 / dgemm", 1.7);
    against_dgemm(20000, 256, 0, "log density n=m=2e4 d=256 / dgemm", 1.25);
    against_dgemm(20000, 256, 1e-6, "log density n=m=2e4 d=256 tol 1e-6 / dgemm", 0.7);
    searches();
    intervals();
    threads();
    return 0;
}
