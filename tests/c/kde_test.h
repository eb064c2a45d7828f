/* kde_test.h - random points, and the estimate by its definition in long double. */
#ifndef KDE_TEST_H
#define KDE_TEST_H

#include "check.h"

#include <distest/kde.h>

enum { N = 150, M = 20, D_MOST = 40 };
static double X[N * D_MOST], Q[M * D_MOST], W_[N];

static CHECK_UNUSED double random_at(uint64_t *s)
{
    *s = *s * 6364136223846793005u + 1442695040888963407u;
    return (double)(*s >> 11) * 0x1p-53 - 0.5;
}

static CHECK_UNUSED void fill(size_t d, double offset, double spread)
{
    uint64_t s = 7 + d;
    for (size_t k = 0; k < d; k++) {
        for (size_t i = 0; i < N; i++) X[i + k * N] = offset + spread * random_at(&s);
        for (size_t j = 0; j < M; j++) Q[j + k * M] = offset + spread * random_at(&s);
    }
    for (size_t i = 0; i < N; i++) W_[i] = 0.6 + random_at(&s);
}

/* log f by the definition; skip: leave that point out */
static CHECK_UNUSED double direct(size_t d, const double *q, size_t ldq,
                                  const double *w, double h, size_t skip)
{
    long double M0 = -INFINITY, sum = 0, W0 = 0, a[N];
    for (size_t i = 0; i < N; i++) {
        long double D = 0, wi = w ? w[i] : 1;
        for (size_t k = 0; k < d; k++) {
            const long double t = ((long double)X[i + k * N] - q[k * ldq]) / h;
            D += t * t;
        }
        a[i] = i == skip ? -INFINITY : logl(wi) - D / 2;
        if (i != skip) W0 += wi;
        if (a[i] > M0) M0 = a[i];
    }
    for (size_t i = 0; i < N; i++) sum += expl(a[i] - M0);
    return (double)(M0 + logl(sum) - logl(W0) -
                    (long double)d * (logl(h) + 0.5L * logl(2 * acosl(-1))));
}

static CHECK_UNUSED distest_kde_opts gaussian(const double *h)
{
    distest_kde_opts o = distest_kde_opts_default();
    o.bandwidth = h;
    return o;
}

#endif
