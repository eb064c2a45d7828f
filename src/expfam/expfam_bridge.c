/* expfam_bridge.c - the log partition of a model that can only be sampled, by bridge
 * sampling (Meng and Wong 1996) along t theta, t from 1 down to 0, where the base
 * measure is a probability and Psi is 0. Steps are as long as two neighbours overlap;
 * the spread over chains gives the standard error. */
#include "expfam_chains.h"

enum { BURN = 100 };

/* r with sum over a of s(d a - r) = sum over b of s(r - d b), s logistic: the log of
 * the ratio of the normalising constants at the larger to that at the smaller t */
typedef struct {
    size_t m;
    const double *low, *high;
    double d;
} bridge;

static double imbalance(double r, void *data)
{
    const bridge *q = data;
    double sum = 0;
    for (size_t i = 0; i < q->m; i++)
        sum +=
            1 / (1 + exp(r - q->d * q->low[i])) - 1 / (1 + exp(q->d * q->high[i] - r));
    return sum;
}

static int bridge_ratio(size_t m, const double *low, const double *high, double d,
                        double *r)
{
    bridge q = {m, low, high, d};
    double a = INFINITY, b = -INFINITY;
    for (size_t i = 0; i < m; i++) {
        a = fmin(a, fmin(d * low[i], d * high[i]));
        b = fmax(b, fmax(d * low[i], d * high[i]));
    }
    return di_root(a - 1, b + 1, 1e-10, imbalance, &q, r);
}

/* 1/2 for equal distributions, 0 for disjoint ones */
static double overlap(size_t m, const double *low, double d, double r)
{
    double sum = 0;
    for (size_t i = 0; i < m; i++) sum += 1 / (1 + exp(r - d * low[i]));
    return sum / (double)m;
}

/* theta'xi of draws at t theta, and their standard deviation */
static int draw_at(di_expfam_rounds *q, double t, size_t each, double *z,
                   double *scratch, double *s, double *sd, distest_context *ctx)
{
    const size_t p = q->p, m = EXPFAM_CHAIN_COUNT * each;
    const di_expfam_cloud c = di_expfam_chain_cloud(q->f, m, z);
    double mean = 0, square = 0;
    for (size_t a = 0; a < p; a++) q->target[a] = t * q->theta[a];
    const int status = di_expfam_chains_run(q->f, q->target, q->chains, BURN, each, 1,
                                            0, 0.85, 0.85, z, ctx);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t i = 0; i < m; i += 512) {
        const size_t rows = m - i < 512 ? m - i : 512;
        di_expfam_cloud_rows(&c, i, rows, NULL, scratch, 512);
        for (size_t r = 0; r < rows; r++) {
            s[i + r] = 0;
            for (size_t a = 0; a < p; a++)
                s[i + r] += q->theta[a] * scratch[r + a * 512];
        }
    }
    for (size_t i = 0; i < m; i++) mean += s[i] / (double)m;
    for (size_t i = 0; i < m; i++) square += (s[i] - mean) * (s[i] - mean) / (double)m;
    *sd = sqrt(square);
    return DISTEST_SUCCESS;
}

DISTEST_STATUS di_expfam_bridge(di_expfam_rounds *q, size_t each, double *psi,
                                double *se, distest_context *ctx)
{
    const size_t G = EXPFAM_CHAIN_COUNT, m = G * each;
    di_pool pool = {NULL};
    double *z = NULL, *X = NULL, *high = NULL, *low = NULL, sd = 0, ratio = 0;
    double part[EXPFAM_CHAIN_COUNT] = {0}, s = 0, ss = 0, at = 1;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &z, m, di_expfam_chain_columns(q->f)));
    DI_TRY(DI_NEW(ctx, &pool, &X, 512, q->p));
    DI_TRY(DI_NEW(ctx, &pool, &high, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &low, m, 1));
    *psi = 0;
    DI_TRY(draw_at(q, 1, each, z, X, high, &sd, ctx));
    double step = 1 / (sd + 1e-6);
    for (int tries = 0; at > 0 && tries < 2000; tries++) {
        const double next = at - step < 0.3 * step ? 0 : at - step;
        DI_TRY(draw_at(q, next, each, z, X, low, &sd, ctx));
        DI_TRY(bridge_ratio(m, low, high, at - next, &ratio));
        if (overlap(m, low, at - next, ratio) < 0.25) {
            step = 0.5 * (at - next); /* too far for a bridge */
            continue;
        }
        *psi += ratio;
        for (size_t k = 0; k < G; k++) {
            DI_TRY(
                bridge_ratio(each, low + k * each, high + k * each, at - next, &ratio));
            part[k] += ratio;
        }
        at = next;
        step = fmin(1 / (sd + 1e-6), 2 * step);
        double *swap = low;
        low = high;
        high = swap;
    }
    for (size_t k = 0; k < G; k++) {
        s += part[k];
        ss += part[k] * part[k];
    }
    *se = sqrt(fmax(0, ss - s * s / (double)G) / (double)((G - 1) * G));
done:
    di_pool_free(&pool);
    return status;
}
