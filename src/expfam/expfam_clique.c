/* expfam_clique.c - Ising models on sparse graphs by elimination: log partition, means,
 * covariances and draws.
 *
 * Summing out leaves the law of each variable given its separator; the model is the
 * product of these. Means are had from the root down. A column of the covariance is the
 * derivative of all means with respect to one coefficient: it changes the laws on the
 * way from the statistic's clique up to the root, and the marginals everywhere. */
#include "expfam_graph.h"

#include <string.h>

static const double FEW = 1e5; /* operations */

void di_expfam_clique_linear(const di_expfam_graph *g, size_t i, const double *u,
                             double *out)
{
    double w[EXPFAM_MOST_WIDTH + 1] = {0};
    for (size_t e = g->first[i]; e < g->first[i + 1]; e++)
        w[g->bit[g->list[e]]] += u[g->list[e]];
    out[0] = w[0];
    for (size_t k = 1; g->sign && k <= g->count[i]; k++) out[0] -= w[k];
    for (size_t k = 1; k <= g->count[i]; k++) {
        const size_t half = (size_t)1 << (k - 1);
        const double step = g->sign ? 2 * w[k] : w[k];
        for (size_t n = 0; n < half; n++) out[n + half] = out[n] + step;
    }
}

void di_expfam_clique_weigh(const di_expfam_graph *g, size_t i, const double *table,
                            size_t stride, double *out, double *q)
{
    const size_t size = (size_t)1 << g->count[i];
    double all = 0;
    for (size_t n = 0; n < size; n++) {
        q[n] = table[(2 * n + 1) * stride] - (g->sign ? table[2 * n * stride] : 0);
        all += q[n];
    }
    for (size_t e = g->first[i]; e < g->first[i + 1]; e++) {
        const size_t a = g->list[e], bit = g->bit[a] ? (size_t)1 << (g->bit[a] - 1) : 0;
        double some = 0;
        for (size_t n0 = bit; bit && n0 < size; n0 += 2 * bit)
            for (size_t n = n0; n < n0 + bit; n++) some += q[n];
        out[a] = !bit ? all : g->sign ? 2 * some - all : some;
    }
}

double di_expfam_clique_laws(const di_expfam_graph *g, const double *theta,
                             double *cond, double *message, double *lin)
{
    const double low = g->sign ? -1 : 0;
    double psi = 0;
    for (size_t i = 0; i < g->d; i++) {
        const size_t size = (size_t)1 << g->count[i];
        double *t = cond + 2 * g->at[i], *m = message + g->at[i];
        di_expfam_clique_linear(g, i, theta, lin);
        for (size_t n = 0; n < size; n++) {
            t[2 * n] = low * lin[n];
            t[2 * n + 1] = lin[n];
        }
        for (size_t k = g->child[i]; k < g->d; k = g->next[k])
            for (size_t c = 0; c < 2 * size; c++)
                t[c] += message[g->at[k] + di_expfam_part(g, k, c)];
        for (size_t n = 0; n < size; n++) {
            const double a = t[2 * n], b = t[2 * n + 1], e = exp(-fabs(b - a)),
                         large = 1 / (1 + e), small = e / (1 + e);
            m[n] = fmax(a, b) + log1p(e);
            t[2 * n] = a > b ? large : small;
            t[2 * n + 1] = a > b ? small : large;
        }
        if (g->parent[i] == g->d) psi += m[0];
    }
    return psi;
}

/* out: the table of the parent's clique summed down to the separator of i */
static void to_separator(const di_expfam_graph *g, size_t i, const double *table,
                         double *out)
{
    const size_t up = g->parent[i];
    memset(out, 0, ((size_t)1 << g->count[i]) * sizeof *out);
    for (size_t c = 0; c < (size_t)2 << g->count[up]; c++)
        out[di_expfam_part(g, i, c)] += table[2 * g->at[up] + c];
}

static void marginals(const di_expfam_graph *g, const double *cond, double *marg,
                      double *sep)
{
    for (size_t i = g->d; i-- > 0;) {
        const double *t = cond + 2 * g->at[i];
        double *to = marg + 2 * g->at[i];
        if (g->parent[i] == g->d)
            sep[0] = 1;
        else
            to_separator(g, i, marg, sep);
        for (size_t c = 0; c < (size_t)2 << g->count[i]; c++) to[c] = t[c] * sep[c / 2];
    }
}

typedef struct {
    const di_expfam_graph *g;
    const double *cond, *marg;
    double *hess, *scratch; /* threads x column_scratch() */
} columns;

static size_t column_scratch(const di_expfam_graph *g)
{
    return 5 * g->cells + 2 * ((size_t)1 << g->width) + g->d + g->p;
}

static double statistic(const di_expfam_graph *g, size_t bit, size_t c)
{
    const int x = (int)(c & 1), y = bit ? (int)(c >> bit & 1) : 1;
    return g->sign ? (x ? 1 : -1) * (y ? 1 : -1) : x && y;
}

/* Column a of the covariance, rows b with home[b] >= home[a]; cliques below that of a
 * are reached from the other side. */
static int one_column(size_t a, int thread, void *data)
{
    const columns *q = data;
    const di_expfam_graph *g = q->g;
    const size_t p = g->p, from = g->home[a];
    double *law = q->scratch + (size_t)thread * column_scratch(g),
           *marg = law + 2 * g->cells, *mean = marg + 2 * g->cells,
           *sep = mean + g->cells, *room = sep + ((size_t)1 << g->width),
           *changed = room + ((size_t)1 << g->width), *out = changed + g->d;
    for (size_t i = from; i < g->d; i++) changed[i] = 0;
    for (size_t i = from, child = g->d; i < g->d; child = i, i = g->parent[i]) {
        const double *t = q->cond + 2 * g->at[i];
        changed[i] = 1;
        for (size_t n = 0; n < (size_t)1 << g->count[i]; n++) {
            double v[2];
            for (size_t x = 0; x < 2; x++)
                v[x] = child == g->d
                           ? statistic(g, g->bit[a], 2 * n + x)
                           : mean[g->at[child] + di_expfam_part(g, child, 2 * n + x)];
            const double both = t[2 * n] * t[2 * n + 1] * (v[1] - v[0]);
            mean[g->at[i] + n] = t[2 * n] * v[0] + t[2 * n + 1] * v[1];
            law[2 * (g->at[i] + n)] = -both;
            law[2 * (g->at[i] + n) + 1] = both;
        }
    }
    for (size_t i = g->d; i-- > from;) {
        const double *t = q->cond + 2 * g->at[i], *m = q->marg + 2 * g->at[i];
        double *to = marg + 2 * g->at[i];
        if (g->root[i] != g->root[from]) continue;
        if (g->parent[i] == g->d)
            sep[0] = 0;
        else
            to_separator(g, i, marg, sep);
        for (size_t c = 0; c < (size_t)2 << g->count[i]; c++) to[c] = t[c] * sep[c / 2];
        for (size_t c = 0; changed[i] > 0 && c < (size_t)2 << g->count[i]; c++)
            to[c] += (m[c & ~(size_t)1] + m[c | 1]) * law[2 * g->at[i] + c];
        di_expfam_clique_weigh(g, i, to, 1, out, room);
        for (size_t e = g->first[i]; e < g->first[i + 1]; e++)
            q->hess[g->list[e] + a * p] = out[g->list[e]];
    }
    return DISTEST_SUCCESS;
}

static int covariance(const di_expfam_graph *g, const double *cond, const double *marg,
                      double *hess, distest_context *ctx)
{
    const size_t p = g->p;
    const int few = (double)p * (double)g->cells < FEW;
    columns q = {g, cond, marg, hess, NULL};
    di_pool pool = {NULL};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, few ? 1 : (size_t)di_threads(ctx),
                  column_scratch(g)));
    memset(hess, 0, p * p * sizeof *hess);
    for (size_t a = 0; few && a < p; a++) (void)one_column(a, 0, &q);
    if (!few) DI_TRY(di_for_blocks(ctx, "covariances", 0, 0, p, one_column, &q));
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++) {
            const size_t here = g->home[a], there = g->home[b];
            if (here < there || (here == there && a < b))
                hess[a + b * p] = hess[b + a * p];
        }
done:
    di_pool_free(&pool);
    return status;
}

int di_expfam_graph_psi(const distest_expfam_family *f, const double *theta,
                        double *psi, double *grad, double *hess, distest_context *ctx)
{
    const di_expfam_graph *g = f->graph;
    di_pool pool = {NULL};
    double *cond = NULL, *message = NULL, *marg = NULL, *lin = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &cond, 2, g->cells));
    DI_TRY(DI_NEW(ctx, &pool, &message, g->cells, 1));
    DI_TRY(DI_NEW(ctx, &pool, &lin, (size_t)2 << g->width, 1));
    *psi = di_expfam_clique_laws(g, theta, cond, message, lin);
    if (!isfinite(*psi) || !(grad || hess)) goto done;
    DI_TRY(DI_NEW(ctx, &pool, &marg, 2, g->cells));
    marginals(g, cond, marg, lin);
    for (size_t i = 0; grad && i < g->d; i++)
        di_expfam_clique_weigh(g, i, marg + 2 * g->at[i], 1, grad, lin);
    if (hess) DI_TRY(covariance(g, cond, marg, hess, ctx));
done:
    di_pool_free(&pool);
    return status;
}

/* No maximum where two joined variables never show one of their four pairs of values,
 * or one variable only one; on a graph without cycles that is the whole rule, else
 * Newton has to tell: -1. */
int di_expfam_graph_mle(const distest_expfam_family *f, const double *mean,
                        double *theta, distest_context *ctx)
{
    const di_expfam_graph *g = f->graph;
    (void)theta;
    for (size_t k = 0; k < g->d; k++) {
        const double up = g->sign ? 0.5 * (1 + mean[k]) : mean[k];
        if (!(up > 1e-14 && 1 - up > 1e-14))
            return di_fail(ctx, DISTEST_ENOMLE, "mean",
                           "No maximum exists: variable %zu takes one value only.",
                           k + 1);
    }
    for (size_t a = g->d; a < g->p; a++) {
        const size_t i = f->ipar[2 + 2 * (a - g->d)], j = f->ipar[3 + 2 * (a - g->d)];
        const double u = g->sign ? 0.5 * (1 + mean[i]) : mean[i],
                     v = g->sign ? 0.5 * (1 + mean[j]) : mean[j],
                     both =
                         g->sign ? 0.25 * (1 + mean[i] + mean[j] + mean[a]) : mean[a];
        if (!(both > 1e-14 && u - both > 1e-14 && v - both > 1e-14 &&
              1 - u - v + both > 1e-14))
            return di_fail(ctx, DISTEST_ENOMLE, "mean",
                           "No maximum exists: variables %zu and %zu, which are "
                           "joined, never show one of their four pairs of values.",
                           i + 1, j + 1);
    }
    return -1;
}

/* from the root down, one uniform number per variable */
int di_expfam_graph_sample(const distest_expfam_family *f, const double *theta,
                           size_t n, uint64_t key, double *x, distest_context *ctx)
{
    const di_expfam_graph *g = f->graph;
    di_pool pool = {NULL};
    double *cond = NULL, *message = NULL, *lin = NULL;
    unsigned char *up = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &cond, 2, g->cells));
    DI_TRY(DI_NEW(ctx, &pool, &message, g->cells, 1));
    DI_TRY(DI_NEW(ctx, &pool, &lin, (size_t)1 << g->width, 1));
    DI_TRY(DI_NEW(ctx, &pool, &up, g->d, 1));
    (void)di_expfam_clique_laws(g, theta, cond, message, lin);
    for (size_t r = 0; r < n; r++) {
        di_stream s = di_stream_open(key, r);
        if (r % 4096 == 0) DI_TRY(di_progress(ctx, (double)r / (double)n, "draws"));
        for (size_t i = g->d; i-- > 0;) {
            size_t state = 0;
            for (size_t k = 0; k < g->count[i]; k++)
                state |= (size_t)up[g->sep[i * EXPFAM_MOST_WIDTH + k]] << k;
            up[i] = di_stream_uniform(&s) < cond[2 * (g->at[i] + state) + 1];
            x[r + g->var[i] * n] = up[i] ? 1 : g->sign ? -1 : 0;
        }
    }
done:
    di_pool_free(&pool);
    return status;
}
