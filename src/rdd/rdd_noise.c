/* rdd_noise.c - how much of the spread between units is sampling within them.
 *
 * The variance of a sample quantile by Maritz and Jarrett: the order statistic number
 * (n + 1) q has weights W_k = I_{k/n}(a, b) - I_{(k-1)/n}(a, b), a = (n + 1) q,
 * b = (n + 1)(1 - q), and
 *
 *     v = sum W_k z_(k)^2 - (sum W_k z_(k))^2.
 *
 * With a or b small, W by the incomplete beta function; else by Gauss-Legendre's rule
 * with three nodes in each cell of width 1 / n, over REACH standard deviations around
 * q: the density is smooth on that scale (error below 1e-7 of W). Logarithms of the
 * nodes are shared by all q. */
#include "rdd_rows.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <string.h>

enum { NODES = 3, SHARED = 1 << 16 };

static const double NODE[NODES] = {-0.7745966692414834, 0, 0.7745966692414834};
static const double WEIGHT[NODES] = {5. / 18, 8. / 18, 5. / 18};
static const double REACH = 9, SMALL = 8; /* of a, b: below, exactly */

typedef struct {
    size_t n;             /* the rows the weights are for; 0: none */
    double *logt, *log1t; /* nodes: of all cells (n <= SHARED), or those of one q */
    double *e, *W;        /* width; width x probs */
    size_t *from, *to;    /* probs: cells with weight */
    di_rdd_sorter sorter;
} scratch;

typedef struct {
    const di_rdd_groups *g;
    const int *include;
    size_t probs, width; /* width: most cells with weight */
    const double *q;
    scratch *scratch;
} noise_job;

static double incomplete_beta(double a, double b, double x)
{
    gsl_sf_result r;
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    return gsl_sf_beta_inc_e(a, b, x, &r) == GSL_SUCCESS ? r.val
                                                         : (x < a / (a + b) ? 0 : 1);
}

/* W_k of cells from <= k < to (from 0), which add up to nearly 1 */
static void exact_weights(size_t n, double a, double b, size_t from, size_t to,
                          double *W)
{
    double before = incomplete_beta(a, b, (double)from / (double)n);
    for (size_t k = from; k < to; k++) {
        const double here = incomplete_beta(a, b, (double)(k + 1) / (double)n);
        W[k - from] = here - before;
        before = here;
    }
}

/* logarithms of t and 1 - t at the nodes of cells from <= k < to */
static void take_logs(scratch *s, size_t n, size_t from, size_t to)
{
    const size_t m = to - from;
    const double N = (double)n;
    for (size_t l = 0; l < NODES; l++) {
        double *t = s->logt + l * m, *u = s->log1t + l * m;
        for (size_t k = 0; k < m; k++) {
            t[k] = ((double)(from + k) + 0.5 + NODE[l] / 2) / N;
            u[k] = ((double)(n - from - k) - 0.5 - NODE[l] / 2) / N;
        }
        di_vlog(m, t, t);
        di_vlog(m, u, u);
    }
}

static void smooth_weights(scratch *s, size_t n, double a, double b, size_t from,
                           size_t to, double *W)
{
    const size_t m = to - from, stride = n <= SHARED ? n : m;
    const size_t skip = n <= SHARED ? from : 0;
    const double c = di_lgamma(a + b) - di_lgamma(a) - di_lgamma(b) - log((double)n);
    if (n > SHARED) take_logs(s, n, from, to);
    memset(W, 0, m * sizeof *W);
    for (size_t l = 0; l < NODES; l++) {
        const double *t = s->logt + l * stride + skip;
        const double *u = s->log1t + l * stride + skip;
        for (size_t k = 0; k < m; k++) s->e[k] = c + (a - 1) * t[k] + (b - 1) * u[k];
        di_vexp(m, s->e, s->e);
        for (size_t k = 0; k < m; k++) W[k] += WEIGHT[l] * s->e[k];
    }
}

/* cells on either side of n q that have weight */
static double reach_of(size_t n, double q)
{
    return REACH * sqrt(q * (1 - q) * (double)n) + REACH * REACH / 2;
}

/* The weights of all q for n rows. */
static void weights_for(const noise_job *j, scratch *s, size_t n)
{
    const double N = (double)n;
    if (n <= SHARED) take_logs(s, n, 0, n);
    for (size_t k = 0; k < j->probs; k++) {
        const double q = j->q[k], a = (N + 1) * q, b = (N + 1) * (1 - q);
        const double reach = reach_of(n, q);
        double *W = s->W + k * j->width;
        s->from[k] = N * q > reach ? (size_t)(N * q - reach) : 0;
        s->to[k] = N * q + reach + 1 < N ? (size_t)(N * q + reach + 1) : n;
        if (a < SMALL || b < SMALL)
            exact_weights(n, a, b, s->from[k], s->to[k], W);
        else
            smooth_weights(s, n, a, b, s->from[k], s->to[k], W);
    }
    s->n = n;
}

static int is_used(const noise_job *j, size_t unit)
{
    return j->g->count[unit] > 0 && (!j->include || j->include[unit]);
}

/* sum W (z - mean)^2, the mean by W, too */
static double spread(size_t m, const double *W, const double *z)
{
    double mean = 0, all = 0, v = 0;
    for (size_t k = 0; k < m; k++) {
        mean += W[k] * (z[k] - z[0]);
        all += W[k];
    }
    mean = z[0] + mean / all;
    for (size_t k = 0; k < m; k++) v += W[k] * (z[k] - mean) * (z[k] - mean);
    return v / all;
}

static int add_units(size_t block, int thread, void *data, double *out)
{
    const noise_job *j = data;
    scratch *s = j->scratch + thread;
    memset(out, 0, j->probs * sizeof *out);
    di_rdd_sorter_block(&s->sorter, j->g, block);
    for (size_t i = j->g->first[block]; i < j->g->first[block + 1]; i++) {
        const size_t unit = j->g->order[i];
        if (!is_used(j, unit)) continue;
        const di_rdd_unit u = di_rdd_sorter_unit(&s->sorter, j->g, unit);
        if (s->n != u.n) weights_for(j, s, u.n);
        for (size_t k = 0; k < j->probs; k++)
            out[k] +=
                spread(s->to[k] - s->from[k], s->W + k * j->width, u.z + s->from[k]);
    }
    return DISTEST_SUCCESS;
}

static int open_scratch(distest_context *ctx, di_pool *pool, noise_job *j)
{
    const size_t threads = (size_t)di_threads(ctx), n = j->g->longest;
    const double widest = 2 * reach_of(n, 0.5) + 3;
    int status = DISTEST_SUCCESS;
    j->width = widest < (double)n ? (size_t)widest : n;
    const size_t logs = n < SHARED ? n : (j->width > SHARED ? j->width : SHARED);
    DI_TRY(DI_NEW(ctx, pool, &j->scratch, threads, 1));
    for (size_t k = 0; k < threads; k++) {
        scratch *s = &j->scratch[k];
        s->n = 0;
        DI_TRY(DI_NEW(ctx, pool, &s->logt, logs, NODES));
        DI_TRY(DI_NEW(ctx, pool, &s->log1t, logs, NODES));
        DI_TRY(DI_NEW(ctx, pool, &s->e, j->width, 1));
        DI_TRY(DI_NEW(ctx, pool, &s->W, j->width, j->probs));
        DI_TRY(DI_NEW(ctx, pool, &s->from, j->probs, 1));
        DI_TRY(DI_NEW(ctx, pool, &s->to, j->probs, 1));
        DI_TRY(di_rdd_sorter_open(ctx, pool, j->g, &s->sorter));
    }
done:
    return status;
}

int distest_rdd_noise(const distest_rdd_rows *rows, const int *include, size_t probs,
                      const double *q, double *noise, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_groups g;
    noise_job j = {.g = &g, .include = include, .probs = probs, .q = q};
    double *total;
    size_t used = 0;
    di_begin(ctx);
    di_gsl_enter();
    DI_TRY(di_check_finite(ctx, "q", probs, q));
    for (size_t k = 0; k < probs; k++) DI_TRY(di_check_between(ctx, "q", q[k], 0, 1));
    DI_TRY(di_check_pointer(ctx, "noise", noise));
    DI_TRY(di_rdd_groups_open(ctx, &pool, rows, include, 0.4, &g));
    DI_TRY(DI_NEW(ctx, &pool, &total, probs, 1));
    for (size_t u = 0; u < g.units; u++) used += (size_t)is_used(&j, u);
    if (used == 0) {
        status = di_fail(ctx, DISTEST_EINVAL, "include",
                         "No unit that is included has rows.");
        goto done;
    }
    DI_TRY(open_scratch(ctx, &pool, &j));
    DI_TRY(di_sum_blocks(ctx, "noise", 0.4, 1, g.blocks, probs, add_units, &j, total));
    for (size_t k = 0; k < probs; k++) noise[k] = total[k] / (double)used;
done:
    di_pool_free(&pool);
    di_gsl_leave();
    return status;
}
