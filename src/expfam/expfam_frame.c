/* expfam_frame.c - the frame in which the terms of the risk are sums: statistics
 * whitened by the model's covariance G and rotated until the covariance of the data is
 * diagonal. Terms do not change under linear maps, so every way of having cumulants
 * meets here. */
#include "expfam.h"

#include <string.h>

/* B = diag(1 / scale) L^-T of G, which is destroyed: columns are whitened statistics */
static int whiten(di_expfam_frame *r, double *G, double *scale, distest_context *ctx)
{
    const size_t p = r->p;
    size_t bad = 0;
    for (size_t a = 0; a < p; a++) scale[a] = sqrt(G[a * (p + 1)]);
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a < p; a++) G[a + b * p] /= scale[a] * scale[b];
    if (di_cholesky('L', p, G, p, &bad) != DISTEST_SUCCESS)
        return di_fail(ctx, DISTEST_ESING, "theta",
                       "Statistic %zu is a linear combination of those before it.",
                       bad + 1);
    for (size_t i = 0; i < p * p; i++) r->B[i] = 0;
    for (size_t a = 0; a < p; a++) r->B[a * (p + 1)] = 1 / scale[a];
    di_trsm('R', 'L', 'T', 'N', p, p, 1, G, p, r->B, p);
    return DISTEST_SUCCESS;
}

void di_expfam_rotate(size_t p, int indices, double *T, const double *B,
                      double *scratch)
{
    size_t rest = 1;
    for (int k = 1; k < indices; k++) rest *= p;
    for (int k = 0; k < indices; k++) {
        di_gemm('T', 'N', rest, p, p, 1, T, p, B, p, 0, scratch, rest);
        memcpy(T, scratch, rest * p * sizeof *T);
    }
}

DISTEST_STATUS di_expfam_frame_moments(di_expfam_frame *r, double *G, const double *cov,
                                       const double *third, di_pool *pool,
                                       distest_context *ctx)
{
    const size_t p = r->p;
    double *W = NULL, *E = NULL, *scale = NULL, *scratch = NULL;
    int status = DISTEST_SUCCESS;
    r->moments = 1;
    DI_TRY(DI_NEW(ctx, pool, &W, p, p));
    DI_TRY(DI_NEW(ctx, pool, &E, p, p));
    DI_TRY(DI_NEW(ctx, pool, &scale, p, 1));
    DI_TRY(whiten(r, G, scale, ctx));
    di_gemm('N', 'N', p, p, p, 1, cov, p, r->B, p, 0, E, p);
    di_gemm('T', 'N', p, p, p, 1, r->B, p, E, p, 0, W, p);
    DI_TRY(di_eigen_sym(ctx, p, W, p, r->l, E, p));
    for (size_t a = 0; a < p; a++) r->l[a] = fmax(r->l[a], 0);
    memcpy(W, r->B, p * p * sizeof *W);
    di_gemm('N', 'N', p, p, p, 1, W, p, E, p, 0, r->B, p);
    if (!third) goto done;
    DI_TRY(DI_NEW(ctx, pool, &r->K, p, p * p));
    DI_TRY(DI_NEW(ctx, pool, &scratch, p, p * p));
    for (size_t c = 0, i = 0; c < p; c++) /* packed: a <= b <= c */
        for (size_t b = 0; b <= c; b++)
            for (size_t a = 0; a <= b; a++, i++) {
                const size_t at[6][3] = {{a, b, c}, {a, c, b}, {b, a, c},
                                         {b, c, a}, {c, a, b}, {c, b, a}};
                for (size_t k = 0; k < 6; k++)
                    r->K[at[k][0] + p * (at[k][1] + p * at[k][2])] = third[i];
            }
    di_expfam_rotate(p, 3, r->K, r->B, scratch);
done:
    return status;
}

/* V (n x p statistics, destroyed), mean of the data or NULL, G (destroyed) */
DISTEST_STATUS di_expfam_frame_make(di_expfam_frame *r, double *G,
                                    const double *weights, int sampling, di_pool *pool,
                                    distest_context *ctx)
{
    const size_t p = r->p, n = r->n;
    double *W = NULL, *E = NULL, *scale = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &W, p, p));
    DI_TRY(DI_NEW(ctx, pool, &E, p, p));
    DI_TRY(DI_NEW(ctx, pool, &scale, p, 1));
    DI_TRY(whiten(r, G, scale, ctx));
    if (n == 0) {
        for (size_t a = 0; a < p; a++) r->l[a] = 1;
        return DISTEST_SUCCESS;
    }
    double rows = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        total += weights ? weights[i] : 1;
        rows += weights ? weights[i] > 0 : 1;
    }
    for (size_t a = 0; a < p; a++) { /* centre, in units of the model's deviation */
        double *c = r->V + a * n, shift = c[0], s = 0, t = 0;
        for (size_t i = 0; i < n; i++) {
            c[i] = (c[i] - shift) / scale[a];
            s += (weights ? weights[i] : 1) * c[i];
        }
        for (size_t i = 0; i < n; i++) {
            c[i] -= s / total;
            t += (weights ? weights[i] : 1) * c[i];
        }
        for (size_t i = 0; i < n; i++) c[i] -= t / total;
    }
    di_trsm('R', 'L', 'T', 'N', n, p, 1, G, p, r->V, n);
    r->N = sampling ? rows : total;
    if (sampling && weights)
        for (size_t a = 0; a < p; a++)
            for (size_t i = 0; i < n; i++) r->V[i + a * n] *= weights[i] * rows / total;
    r->f = sampling ? NULL : weights;
    for (size_t b = 0; b < p; b++)
        for (size_t a = b; a < p; a++) {
            double s = 0;
            if (r->f)
                for (size_t i = 0; i < n; i++)
                    s += r->f[i] * r->V[i + a * n] * r->V[i + b * n];
            W[a + b * p] = s / (r->N - 1);
        }
    if (!r->f) di_syrk('L', 'T', p, n, 1 / (r->N - 1), r->V, n, 0, W, p);
    DI_TRY(di_eigen_sym(ctx, p, W, p, r->l, E, p));
    for (size_t a = 0; a < p; a++) r->l[a] = fmax(r->l[a], 0);
    DI_TRY(DI_NEW(ctx, pool, &W, p, p));
    memcpy(W, r->B, p * p * sizeof *W);
    di_gemm('N', 'N', p, p, p, 1, W, p, E, p, 0, r->B, p);
    DI_TRY(DI_NEW(ctx, pool, &W, n, p));
    memcpy(W, r->V, n * p * sizeof *W);
    di_gemm('N', 'N', n, p, p, 1, W, n, E, p, 0, r->V, n);
    r->k3 = r->N / ((r->N - 1) * (r->N - 2));
    /* K uses frequencies f; under f = NULL each row counts once */
done:
    return status;
}

void di_expfam_frame_finish(const di_expfam_frame *r, const di_expfam_sums *s,
                            const double *tilt, int sampling, distest_expfam_terms *out,
                            double *leverage, double *spectrum)
{
    const size_t p = r->p, n = r->n;
    double trace = 0, ss = 0;
    for (size_t a = 0; a < p; a++) trace += r->l[a];
    distest_expfam_terms t = {.trace = trace,
                              .t1 = s->t1,
                              .t2 = s->t2a + 2 * s->t2b,
                              .t3 = s->t3,
                              .rho13 = s->rho13,
                              .rho23 = s->rho23,
                              .rho4 = s->rho4,
                              .se_r1 = NAN};
    if (r->moments && !r->K) t.t1 = NAN;
    if (n == 0 && !r->moments) {
        t.t1 = t.rho23;
        t.t2 = t.rho13 + 2 * t.rho23;
        t.t3 = 3 * t.rho4;
    }
    for (size_t i = 0; i < n; i++) { /* influence of a point on trace / 2 */
        double q = 0, lin = 0;
        for (size_t a = 0; a < p; a++) {
            q += r->V[i + a * n] * r->V[i + a * n];
            lin += r->V[i + a * n] * tilt[a];
        }
        const double inf = 0.5 * (q - trace - lin);
        ss += (r->f ? r->f[i] : 1) * inf * inf;
        if (leverage) leverage[i] = q;
    }
    if (n) t.se_r1 = sqrt(ss / (r->N - 1) / r->N);
    if (sampling) t.t1 = t.t2 = t.t3 = NAN; /* no third cumulant of the population */
    for (size_t a = 0; spectrum && a < p; a++) spectrum[a] = r->l[a];
    *out = t;
}
