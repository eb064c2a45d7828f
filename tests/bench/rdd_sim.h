/* rdd_sim.h - the two simulation designs of Van Dijcke (arXiv 2504.03992), X uniform on
 * (-1, 1), n units of n draws, outcome at the deciles by type 7:
 *
 *     1  Y_i = N(mu, sigma^2), mu ~ N(5 + 5 X, 1), sigma = |N(1 + X, 1)|; tau = 0
 *     2  N(mu, 1) + 2 Exp(rate), mu = U(-5, 5) + 2 X, rate = U(.5, 1.5) + .5 1(X >= 0)
 *
 * without the shift Delta 1(X >= 0), which adds Delta to every quantile on the right
 * and to nothing else. Exact: the order statistics that the deciles of n draws need
 * come from gamma spacings of uniform numbers, then through the quantile function of
 * Y_i. */
#ifndef RDD_SIM_H
#define RDD_SIM_H

#include "rdd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DECILES = 9 };
static const double SIM_Q[DECILES] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
/* the effect of design 2 at the deciles, by quadrature over the rate */
static const double SIM_TAU2[DECILES] = {-0.2336469874, -0.2969177213, -0.3644853257,
                                         -0.4456007384, -0.5498112944, -0.6906562665,
                                         -0.8904814880, -1.1951610521, -1.7445079885};

/* quantile of N(0, 1) + Exp(r): Newton from z, where
 * F(y) = Phi(y) - exp(r^2/2 - r y) Phi(y - r) and f = r (Phi(y) - F) */
static inline double sim_emg_quantile(double p, double r, double y)
{
    for (int k = 0; k < 60; k++) {
        const double tail = exp(0.5 * r * r - r * y + di_norm_logcdf(y - r));
        const double F = di_norm_cdf(y) - tail, f = r * tail;
        double step = f > 0 ? (F - p) / f : 0;
        step = step > 1 ? 1 : step < -1 ? -1 : step;
        y -= step;
        if (fabs(step) < 1e-9 * (1 + fabs(y))) break;
    }
    return y;
}

/* the type 7 deciles of n draws whose quantile function is that of `design` */
static inline void sim_unit(int design, double x, size_t n, di_stream *s, double *out,
                            size_t ld)
{
    const int right = x >= 0;
    double mu, a, U[2 * DECILES], y[2 * DECILES], sum = 0;
    size_t rank[2 * DECILES], last = 0, k = 0;
    if (design == 1) {
        mu = 5 + 5 * x + di_stream_normal(s);
        a = fabs(1 + x + di_stream_normal(s));
    } else {
        mu = -5 + 10 * di_stream_uniform(s) + 2 * x;
        a = (0.5 + di_stream_uniform(s) + 0.5 * right) / 2; /* 2 Exp(rate) */
    }
    for (size_t j = 0; j < DECILES; j++) {
        const size_t low = (size_t)floor(1 + (double)(n - 1) * SIM_Q[j] + 1e-9);
        for (size_t e = 0; e < 2; e++)
            if (k == 0 || low + e > rank[k - 1]) rank[k++] = low + e;
    }
    for (size_t i = 0; i < k; i++) {
        sum += di_stream_gamma(s, (double)(rank[i] - last));
        U[i] = sum, last = rank[i];
    }
    sum += di_stream_gamma(s, (double)(n + 1 - last));
    for (size_t i = 0; i < k; i++) {
        const double p = U[i] / sum, z = di_norm_quantile(p);
        y[i] =
            mu + (design == 1 ? a * z : sim_emg_quantile(p, a, i ? y[i - 1] - mu : z));
    }
    for (size_t j = 0, i = 0; j < DECILES; j++) {
        const double at = 1 + (double)(n - 1) * SIM_Q[j];
        const double low = floor(at + 1e-9), g = fmax(0, at - low);
        while (rank[i] < (size_t)low) i++;
        out[j * ld] = (1 - g) * y[i] + (g > 0 ? g * y[i + 1] : 0);
    }
}

/* run number `run` of the design: x (n) and Y (n x DECILES) */
static inline void sim_units(int design, uint64_t run, size_t n, double *x, double *Y)
{
    for (size_t i = 0; i < n; i++) {
        di_stream s = di_stream_open(1000 + (uint64_t)design, run * 1000003 + i);
        x[i] = 2 * di_stream_uniform(&s) - 1;
        sim_unit(design, x[i], n, &s, Y + i, n);
    }
}

static inline void sim_need(int status, const distest_context *ctx)
{
    if (status == DISTEST_SUCCESS) return;
    fprintf(stderr, "status %d: %s\n", status, ctx->message);
    exit(1);
}

#endif
