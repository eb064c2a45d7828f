/* rdd_halfsample.c - quantiles without their bias of order 1 / n.
 *
 * The mean of order statistic j over all subsets of size m is
 *
 *     E_j = sum_k z_(k) C(k-1, j-1) C(n-k, m-j) / C(n, m),
 *
 * and Q_m = (1 - g) E_j + g E_{j+1}, 1 + (m - 1) q = j + g, the mean of their type 7
 * quantile. With Q the quantile of the whole sample and m = floor(n / 2),
 * (n Q - m Q_m) / (n - m) has no term in 1 / n. It is linear in the sorted values. */
#include "rdd_rows.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* c_k += factor C(k-1, j-1) C(n-k, m-j) / C(n, m), k = 1 ... n */
static void add_order_statistic(size_t n, size_t m, size_t j, double factor,
                                const double *logfact, double *c)
{
    const double *l = logfact;
    const double all = l[n] - l[m] - l[n - m];
    for (size_t k = j; factor != 0 && k <= n - m + j; k++)
        c[k - 1] += factor * exp(l[k - 1] - l[j - 1] - l[k - j] + l[n - k] - l[m - j] -
                                 l[n - k - (m - j)] - all);
}

void di_rdd_halfsample(size_t n, size_t probs, const double *q, const double *logfact,
                       double *c)
{
    const size_t m = n / 2;
    const double whole = (double)n / (double)(n - m);
    const double half = -(double)m / (double)(n - m), fuzz = 4 * DBL_EPSILON;
    memset(c, 0, n * probs * sizeof *c);
    for (size_t k = 0; k < probs; k++) {
        double *ck = c + k * n;
        double at = 1 + (double)(n - 1) * q[k], j = floor(at + fuzz);
        double g = fabs(at - j) < fuzz ? 0 : at - j;
        size_t low = (size_t)j < n ? (size_t)j : n;
        ck[low - 1] += whole * (1 - g);
        if (g > 0) ck[low < n ? low : n - 1] += whole * g;
        at = 1 + (double)(m - 1) * q[k];
        j = floor(at + fuzz);
        g = fabs(at - j) < fuzz ? 0 : at - j;
        low = (size_t)j < m ? (size_t)j : m;
        add_order_statistic(n, m, low, half * (1 - g), logfact, ck);
        add_order_statistic(n, m, low < m ? low + 1 : m, half * g, logfact, ck);
    }
}
