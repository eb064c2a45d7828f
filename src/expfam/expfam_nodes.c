/* expfam_nodes.c - families whose log partition is a sum over nodes: what they share,
 * and finite supports.
 *
 * Everything is computed about a centre (the mean of the data): Psi(theta) - theta'c
 * has no large terms to cancel, so shifts and scales of the statistics cost no digits.
 */
#include "expfam.h"

#include <string.h>

DISTEST_STATUS di_expfam_nodes_at(const distest_expfam_family *f, const double *theta,
                                  di_pool *pool, di_expfam_nodes *out,
                                  distest_context *ctx)
{
    *out = f->fixed;
    return f->row->nodes ? f->row->nodes(f, theta, pool, out, ctx) : DISTEST_SUCCESS;
}

/* rows of a block: what fits near the processor, the same for any machine */
static size_t block_rows(size_t p)
{
    const size_t rows = ((size_t)1 << 15) / (p + 1);
    return rows < 128 ? 128 : rows > 4096 ? 4096 : rows;
}

typedef struct {
    const di_expfam_nodes *nodes;
    const double *theta, *centre, *weights;
    double *prob;
    size_t rows;
    int second;
    double *scratch; /* threads x rows (p + 1) */
} pass;

distest_progress_fn di_expfam_hush(distest_context *ctx, double at)
{
    distest_progress_fn told = ctx ? ctx->progress : NULL;
    if (ctx && at < 0) ctx->progress = NULL;
    return told;
}

/* log w + theta'(xi - centre) of the nodes of a block */
static int exponents(size_t block, int thread, void *data)
{
    const pass *q = data;
    const size_t m = q->nodes->m, from = block * q->rows,
                 to = from + q->rows < m ? from + q->rows : m;
    (void)thread;
    for (size_t i = from; i < to; i++)
        q->prob[i] = q->nodes->logw ? q->nodes->logw[i] : 0;
    for (size_t a = 0; a < q->nodes->p; a++) {
        const double t = q->theta[a], c = q->centre ? q->centre[a] : 0;
        const double *col = q->nodes->xi + a * m;
        if (t != 0)
            for (size_t i = from; i < to; i++) q->prob[i] += t * (col[i] - c);
    }
    return DISTEST_SUCCESS;
}

/* the same for states, by one transform; returns theta'centre, which is still in it */
static double state_exponents(const di_expfam_nodes *nodes, const double *theta,
                              const double *centre, double *prob)
{
    double shift = 0;
    for (size_t i = 0; i < nodes->m; i++) prob[i] = nodes->logw ? nodes->logw[i] : 0;
    for (size_t a = 0; a < nodes->p; a++) {
        prob[nodes->states->code[a]] += theta[a];
        shift += centre ? theta[a] * centre[a] : 0;
    }
    di_expfam_states_values(nodes->states, nodes->m, prob);
    return shift;
}

DISTEST_STATUS di_expfam_node_prob(const di_expfam_nodes *nodes, const double *theta,
                                   const double *centre, double *prob, double *psi,
                                   double at, distest_context *ctx)
{
    const size_t m = nodes->m, rows = block_rows(nodes->p);
    const distest_progress_fn told = di_expfam_hush(ctx, at);
    double top = -INFINITY, sum = 0, shift = 0;
    int status = DISTEST_SUCCESS;
    *psi = NAN;
    if (nodes->states) {
        shift = state_exponents(nodes, theta, centre, prob);
    } else {
        pass q = {.nodes = nodes,
                  .theta = theta,
                  .centre = centre,
                  .prob = prob,
                  .rows = rows};
        DI_TRY(di_for_blocks(ctx, "log partition", at, at, (m + rows - 1) / rows,
                             exponents, &q));
    }
    for (size_t i = 0; i < m; i++) top = fmax(top, prob[i]);
    if (!isfinite(top)) goto done;
    for (size_t i = 0; i < m; i++) prob[i] -= top;
    di_vexp(m, prob, prob);
    for (size_t i = 0; i < m; i++) sum += prob[i];
    for (size_t i = 0; i < m; i++) prob[i] /= sum;
    *psi = top + log(sum) - shift;
done:
    if (ctx) ctx->progress = told;
    return status;
}

void di_expfam_node_rows(const di_expfam_nodes *nodes, size_t i0, size_t rows,
                         const double *centre, double *out, size_t ld)
{
    const di_expfam_states *s = nodes->states;
    for (size_t a = 0; a < nodes->p; a++)
        for (size_t i = 0; i < rows; i++)
            out[i + a * ld] = (s ? di_expfam_states_value(s, i0 + i, s->code[a])
                                 : nodes->xi[i0 + i + a * nodes->m]) -
                              (centre ? centre[a] : 0);
}

/* every moment of products from one transform, every covariance by looking up */
static DISTEST_STATUS state_moments(const di_expfam_nodes *nodes, const double *centre,
                                    const double *prob, double *grad, double *hess,
                                    distest_context *ctx)
{
    const di_expfam_states *s = nodes->states;
    const size_t p = nodes->p;
    di_pool pool = {NULL};
    double *moment = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &moment, nodes->m, 1));
    memcpy(moment, prob, nodes->m * sizeof *prob);
    di_expfam_states_moments(s, nodes->m, moment);
    for (size_t b = 0; hess && b < p; b++)
        for (size_t a = 0; a <= b; a++) {
            const size_t both = di_expfam_states_join(s, s->code[a], s->code[b]);
            hess[a + b * p] = hess[b + a * p] = (both == SIZE_MAX ? 0 : moment[both]) -
                                                moment[s->code[a]] * moment[s->code[b]];
        }
    for (size_t a = 0; a < p; a++)
        grad[a] = moment[s->code[a]] - (centre ? centre[a] : 0);
done:
    di_pool_free(&pool);
    return status;
}

static int sums(size_t block, int thread, void *data, double *out)
{
    const pass *q = data;
    const size_t m = q->nodes->m, p = q->nodes->p, from = block * q->rows,
                 rows = m - from < q->rows ? m - from : q->rows;
    double *X = q->scratch + (size_t)thread * q->rows * (p + 1);
    di_expfam_node_rows(q->nodes, from, rows, q->centre, X, q->rows);
    di_expfam_block_moments(p, rows, X, q->rows, q->weights + from, q->second,
                            X + p * q->rows, out);
    return DISTEST_SUCCESS;
}

static int take(size_t block, const double *out, void *data)
{
    (void)block;
    di_expfam_merge_block(data, out);
    return DISTEST_SUCCESS;
}

DISTEST_STATUS di_expfam_node_moments(const di_expfam_nodes *nodes,
                                      const double *centre, const double *prob,
                                      double *grad, double *hess, double at,
                                      distest_context *ctx)
{
    const size_t m = nodes->m, p = nodes->p, most = block_rows(p),
                 rows = m < most ? m : most;
    const distest_progress_fn told = di_expfam_hush(ctx, at);
    di_expfam_merged merged;
    di_pool pool = {NULL};
    int status = DISTEST_SUCCESS;
    if (nodes->states) {
        status = state_moments(nodes, centre, prob, grad, hess, ctx);
        goto done;
    }
    pass q = {.nodes = nodes,
              .centre = centre,
              .weights = prob,
              .rows = rows,
              .second = hess != NULL};
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx) * rows, p + 1));
    DI_TRY(di_expfam_merged_open(ctx, &pool, p, q.second, &merged));
    DI_TRY(di_take_blocks(ctx, "moments", at, at, (m + rows - 1) / rows,
                          di_expfam_block_size(p, q.second), sums, &q, take, &merged));
    for (size_t a = 0; a < p; a++) grad[a] = merged.origin[a] + merged.by[a];
    for (size_t b = 0; hess && b < p; b++)
        for (size_t a = b; a < p; a++)
            hess[a + b * p] = hess[b + a * p] =
                merged.product[a + b * p] / merged.weight;
done:
    if (ctx) ctx->progress = told;
    di_pool_free(&pool);
    return status;
}

/* ---- statistics given as data */
static int given_stats(const distest_expfam_family *f, const double *x, size_t ld,
                       double *xi, double *base)
{
    *base = 0;
    for (size_t a = 0; a < f->p; a++) {
        xi[a] = x[a * ld];
        if (!isfinite(xi[a])) return 0;
    }
    return 1;
}

/* ---- categorical */
static int categorical_setup(distest_expfam_family *f, distest_context *ctx)
{
    const size_t k = f->ipar[0];
    int status = DISTEST_SUCCESS;
    if (k < 2 || k > 5000)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "The number of levels must be from 2 to 5000, not %zu.", k);
    f->d = 1;
    f->p = k - 1;
    f->usual = k;
    f->finite = 1;
    f->fixed.m = k;
    f->fixed.p = f->p;
    DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.xi, k, k - 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.x, k, 1));
    for (size_t j = 0; j < k - 1; j++)
        for (size_t i = 0; i < k; i++) f->fixed.xi[i + j * k] = i == j + 1;
    for (size_t i = 0; i < k; i++) f->fixed.x[i] = (double)(i + 1);
done:
    return status;
}

static int categorical_stats(const distest_expfam_family *f, const double *x, size_t ld,
                             double *xi, double *base)
{
    (void)ld;
    *base = 0;
    for (size_t j = 0; j < f->p; j++) xi[j] = x[0] == (double)(j + 2);
    return x[0] >= 1 && x[0] <= (double)(f->p + 1) && x[0] == floor(x[0]);
}

static int categorical_mle(const distest_expfam_family *f, const double *mean,
                           double *th, distest_context *ctx)
{
    double first = 1;
    for (size_t j = 0; j < f->p; j++) first -= mean[j];
    for (size_t j = 0; j < f->p; j++)
        if (!(mean[j] > 0))
            return di_fail(ctx, DISTEST_ENOMLE, "mean",
                           "No maximum exists: level %zu was not observed.", j + 2);
    if (!(first > 1e-15))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: level 1 was not observed.");
    for (size_t j = 0; j < f->p; j++) th[j] = log(mean[j] / first);
    return DISTEST_SUCCESS;
}

static void categorical_usual(const distest_expfam_family *f, const double *th,
                              double *par)
{
    double top = 0, sum = 0;
    for (size_t j = 0; j < f->p; j++) top = fmax(top, th[j]);
    par[0] = exp(-top);
    for (size_t j = 0; j < f->p; j++) par[j + 1] = exp(th[j] - top);
    for (size_t j = 0; j <= f->p; j++) sum += par[j];
    for (size_t j = 0; j <= f->p; j++) par[j] /= sum;
}

static int categorical_natural(const distest_expfam_family *f, const double *par,
                               double *th)
{
    for (size_t j = 0; j <= f->p; j++)
        if (!(par[j] > 0 && par[j] < INFINITY)) return 0;
    for (size_t j = 0; j < f->p; j++) th[j] = log(par[j + 1] / par[0]);
    return 1;
}

const di_expfam_row di_expfam_noded[] = {
    {.name = "nodes",
     .way = EXPFAM_NODES,
     .npar = SIZE_MAX,
     .nipar = SIZE_MAX,
     .stats = given_stats},
    {.name = "categorical",
     .way = EXPFAM_NODES,
     .nipar = 1,
     .setup = categorical_setup,
     .stats = categorical_stats,
     .mle = categorical_mle,
     .to_usual = categorical_usual,
     .from_usual = categorical_natural},
    {.name = NULL},
};
