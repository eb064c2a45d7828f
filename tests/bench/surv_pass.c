/* surv_pass.c - one pass (log-likelihood, score, Hessian) over n rows against the limit
 * L: a loop of exp, exp, log1p, expm1 over n doubles on the same threads. Both are
 * timed in turn, the best of several rounds counts. CSV lines as `make bench` prints
 * them. */
#include "linalg.h"
#include "surv.h"

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

static double limit(size_t n, const double *x)
{
    double sum = 0;
    const double begun = seconds();
#pragma omp parallel for reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += exp(x[i]) + exp(-x[i]) + log1p(fabs(x[i])) + expm1(x[i]);
    const double took = seconds() - begun;
    return sum == 0 ? -1 : took;
}

static void run(size_t n, size_t p_phi, size_t p_gamma, const char *name)
{
    const size_t p = p_phi > p_gamma ? p_phi : p_gamma, P = p_phi + p_gamma + 1;
    double *x = malloc(n * p * sizeof *x), *t = malloc(n * sizeof *t);
    int *type = malloc(n * sizeof *type);
    double *theta = calloc(P, sizeof *theta), *g = malloc(P * sizeof *g);
    double *H = malloc(P * P * sizeof *H), loglik, ours = INFINITY, peer = INFINITY;
    srand(1);
    for (size_t i = 0; i < n; i++) {
        x[i] = 1;
        for (size_t c = 1; c < p; c++) x[i + c * n] = rand() / (double)RAND_MAX - 0.5;
        t[i] = 0.01 + rand() / (double)RAND_MAX;
        type[i] = rand() % 3 > 0;
    }
    distest_surv_data d = distest_surv_data_default();
    d.n = n;
    d.type = type;
    d.lower = t;
    d.par[0] = (distest_surv_par){.p = p_phi, .x = x, .ldx = n};
    d.par[2] = (distest_surv_par){.p = p_gamma, .x = x, .ldx = n};
    d.par[3] = (distest_surv_par){.p = 1, .x = x, .ldx = n};
    distest_context ctx = distest_context_default();
    di_pool pool = {0};
    di_surv_working work;
    di_blas_serial_enter();
    if (di_surv_working_make(&d, &pool, &work, &ctx) != DISTEST_SUCCESS) exit(1);
    di_surv_problem q = di_surv_problem_make(&d, &work, NULL, &ctx);
    theta[P - 1] = log(1.5);
    for (int round = 0; round < 7; round++) {
        peer = fmin(peer, limit(n, t));
        const double begun = seconds();
        if (di_surv_pass(&q, theta, 2, &loglik, g, H) != DISTEST_SUCCESS) exit(1);
        ours = fmin(ours, seconds() - begun);
    }
    di_blas_serial_leave();
    printf("surv,%s,%.4f,%.4f,%.2f,4.5,%s\n", name, ours, peer, ours / peer,
           ours / peer <= 4.5 ? "yes" : "no");
    di_pool_free(&pool);
    free(x), free(t), free(type), free(theta), free(g), free(H);
}

int main(void)
{
    run(1000000, 6, 3, "S4 pass n=1e6 P=10 / L");
    run(1000000, 5, 2, "S4 pass n=1e6 P=8 / L");
    return 0;
}
