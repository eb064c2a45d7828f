/* rdd_bands.c - the bootstrap by the factor of V against the direct loop over n scores:
 * for each draw n normals and one product of n x Q. Both on the same threads and with
 * the same generator, in turn; the best of several rounds counts. Also the path over
 * scores through dgemm, and with signs as multipliers. CSV lines as `make bench` prints
 * them: seconds, and how many times as long the loop takes. */
#include "rdd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* what a plain program does, its draws spread over the threads */
static double direct(size_t n, size_t Q, const double *psi, const double *se, size_t B,
                     double *most)
{
    const double begun = seconds();
#pragma omp parallel
    {
        double *xi = malloc(n * sizeof *xi);
#pragma omp for
        for (size_t b = 0; b < B; b++) {
            di_stream s = di_stream_open(1, b);
            if (!xi) continue;
            for (size_t i = 0; i < n; i++) xi[i] = di_stream_normal(&s);
            most[b] = 0;
            for (size_t j = 0; j < Q; j++) {
                double z = 0;
                for (size_t i = 0; i < n; i++) z += xi[i] * psi[i + j * n];
                most[b] = fmax(most[b], fabs(z) / se[j]);
            }
        }
        free(xi);
    }
    return seconds() - begun;
}

static void line(const char *what, size_t n, size_t Q, size_t B, double ours,
                 double peer, double target)
{
    printf("rdd,%s n=%zu Q=%zu B=%zu / loop over n,%.5f,%.5f,%.1f,%g,%s\n", what, n, Q,
           B, ours, peer, peer / ours, target, peer / ours >= target ? "yes" : "no");
}

static void run(size_t n, size_t Q, size_t B, double target)
{
    double *psi = malloc(n * Q * sizeof *psi), *V = calloc(Q * Q, sizeof *V);
    double *tau = calloc(Q, sizeof *tau), *se = malloc(Q * sizeof *se), crit = 0;
    double *most = malloc(B * sizeof *most);
    double best[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
    if (!psi || !V || !tau || !se || !most) exit(1);
    di_stream s = di_stream_open(7, 0);
    for (size_t i = 0; i < n; i++) { /* smooth in q, as scores are */
        const double a = di_stream_normal(&s), c = di_stream_normal(&s);
        for (size_t j = 0; j < Q; j++)
            psi[i + j * n] = a + c * (double)j / (double)Q + 0.2 * di_stream_normal(&s);
    }
    di_blas_serial_enter();
    di_syrk('U', 'T', Q, n, 1, psi, n, 0, V, Q);
    di_blas_serial_leave();
    di_symmetrize('U', Q, V, Q);
    for (size_t j = 0; j < Q; j++) se[j] = sqrt(V[j + j * Q]);
    for (int round = 0; round < 5; round++) {
        distest_rng rng = distest_rng_seed(1);
        double begun = seconds();
        if (distest_rdd_bands(Q, tau, V, 0.95, B, 1, &rng, &crit, NULL, NULL, NULL,
                              NULL))
            exit(1);
        best[0] = fmin(best[0], seconds() - begun);
        const char *laws[2] = {"gaussian", "rademacher"};
        for (int k = 0; k < 2; k++) {
            begun = seconds();
            if (distest_rdd_bands_scores(n, Q, psi, tau, laws[k], NULL, 0.95, B, 1,
                                         &rng, &crit, NULL, NULL, NULL, NULL))
                exit(1);
            best[k + 1] = fmin(best[k + 1], seconds() - begun);
        }
        if (round < 2) best[3] = fmin(best[3], direct(n, Q, psi, se, B, most));
    }
    line("bands by the factor of V", n, Q, B, best[0], best[3], target);
    line("bands by scores", n, Q, B, best[1], best[3], 1);
    line("bands by scores and signs", n, Q, B, best[2], best[3], 1);
    free(psi), free(V), free(tau), free(se), free(most);
}

int main(void)
{
    run(500, 99, 5000, 5);
    run(10000, 99, 1000, 100);
    return 0;
}
