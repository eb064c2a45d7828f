/* expfam_cloud.c - draws from one member of a family, weighted to stand for another.
 *
 * With draws xi_m from theta_k, Psi(theta_k + d) - Psi(theta_k) is about
 *
 *     log (1/M) sum_m exp(d'xi_m),
 *
 * a log partition on nodes: its maximum likelihood is found by Newton as on any other
 * nodes, as far as the weights leave enough effective draws. Draws of a pairwise model
 * are kept as values of its variables; their statistics are products, made again block
 * by block where they are needed. */
#include "expfam_chains.h"

#include <string.h>

enum { ROWS = 1024, STEPS = 60, BATCHES = 32 };
static const double LEAST = 0.35; /* effective share of the draws */

size_t di_expfam_chain_columns(const distest_expfam_family *f)
{
    return f->pairs ? f->d : f->p;
}

di_expfam_cloud di_expfam_chain_cloud(const distest_expfam_family *f, size_t m,
                                      const double *z)
{
    return (di_expfam_cloud){m, f->p, EXPFAM_CHAIN_COUNT, z,
                             f->pairs ? f->pairs->terms : NULL};
}

void di_expfam_cloud_rows(const di_expfam_cloud *c, size_t i0, size_t rows,
                          const double *centre, double *out, size_t ld)
{
    for (size_t a = 0; a < c->p; a++) {
        double *to = out + a * ld;
        const double shift = centre ? centre[a] : 0;
        const double *x = c->z + i0 + (c->terms ? c->terms[2 * a] : a) * c->m;
        if (!c->terms || c->terms[2 * a] == c->terms[2 * a + 1]) {
            for (size_t i = 0; i < rows; i++) to[i] = x[i] - shift;
            continue;
        }
        const double *y = c->z + i0 + c->terms[2 * a + 1] * c->m;
        for (size_t i = 0; i < rows; i++) to[i] = x[i] * y[i] - shift;
    }
}

typedef struct {
    const di_expfam_cloud *c;
    const double *centre, *delta;
    double *prob, *scratch; /* m; threads x ROWS p */
    size_t batch;
} work;

static size_t rows_of(const work *q, size_t block)
{
    const size_t left = q->c->m - block * ROWS;
    return left < ROWS ? left : ROWS;
}

/* prob = delta'(xi - centre) */
static int exponents(size_t block, int thread, void *data)
{
    const work *q = data;
    const size_t rows = rows_of(q, block), p = q->c->p;
    double *X = q->scratch + (size_t)thread * ROWS * p, *to = q->prob + block * ROWS;
    di_expfam_cloud_rows(q->c, block * ROWS, rows, q->centre, X, ROWS);
    for (size_t i = 0; i < rows; i++) to[i] = 0;
    for (size_t a = 0; a < p; a++)
        for (size_t i = 0; i < rows; i++) to[i] += q->delta[a] * X[i + a * ROWS];
    return DISTEST_SUCCESS;
}

/* sums of prob (xi - centre) and prob (xi - centre)(xi - centre)' */
static int moments(size_t block, int thread, void *data, double *out)
{
    const work *q = data;
    const size_t rows = rows_of(q, block), p = q->c->p;
    double *X = q->scratch + (size_t)thread * ROWS * p;
    const double *w = q->prob + block * ROWS;
    di_expfam_cloud_rows(q->c, block * ROWS, rows, q->centre, X, ROWS);
    for (size_t a = 0; a < p; a++) {
        double *x = X + a * ROWS;
        out[a] = di_dot(rows, w, x);
        for (size_t i = 0; i < rows; i++) x[i] *= sqrt(w[i]);
    }
    di_syrk('L', 'T', p, rows, 1, X, ROWS, 0, out + p, p);
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a < b; a++) out[p + a + b * p] = 0;
    return DISTEST_SUCCESS;
}

/* weights at delta; log mean exp(delta'(xi - centre)) and the effective share */
static int weigh(work *q, const double *delta, double *value, double *share,
                 distest_context *ctx)
{
    const size_t m = q->c->m;
    double top = -INFINITY, sum = 0, square = 0;
    q->delta = delta;
    const int status = di_for_blocks(ctx, "importance weights", 0.5, 0.5,
                                     (m + ROWS - 1) / ROWS, exponents, q);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t i = 0; i < m; i++) top = fmax(top, q->prob[i]);
    for (size_t i = 0; i < m; i++) q->prob[i] -= top;
    di_vexp(m, q->prob, q->prob);
    for (size_t i = 0; i < m; i++) {
        sum += q->prob[i];
        square += q->prob[i] * q->prob[i];
    }
    for (size_t i = 0; i < m; i++) q->prob[i] /= sum;
    *value = top + log(sum / (double)m);
    *share = sum * sum / square / (double)m;
    return DISTEST_SUCCESS;
}

/* H = LL' of the scaled Hessian; step solves H step = -gap */
static int solve_step(size_t p, const double *gap, const double *G, double *L,
                      double *step)
{
    for (size_t b = 0; b < p; b++)
        for (size_t a = 0; a < p; a++)
            L[a + b * p] = G[a + b * p] / sqrt(G[a * (p + 1)] * G[b * (p + 1)]);
    if (di_cholesky('L', p, L, p, NULL) != DISTEST_SUCCESS) return 0;
    for (size_t a = 0; a < p; a++) {
        if (!(L[a * (p + 1)] > 1e-7)) return 0;
        step[a] = -gap[a] / sqrt(G[a * (p + 1)]);
    }
    di_cholesky_solve('L', p, 1, L, p, step, p);
    for (size_t a = 0; a < p; a++) step[a] /= sqrt(G[a * (p + 1)]);
    return 1;
}

DISTEST_STATUS di_expfam_cloud_climb(const di_expfam_cloud *c, const double *target,
                                     double *delta, double *prob, double *gap,
                                     double *G, double *value, double *share, int *ok,
                                     distest_context *ctx)
{
    const size_t p = c->p, blocks = (c->m + ROWS - 1) / ROWS;
    work q = {.c = c, .centre = target, .prob = prob};
    di_pool pool = {NULL};
    double *total = NULL, *step = NULL, *trial = NULL, *L = NULL, decrement = INFINITY;
    int status = DISTEST_SUCCESS;
    *ok = 0;
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx), ROWS * p));
    DI_TRY(DI_NEW(ctx, &pool, &total, p + p * p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &step, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &trial, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &L, p, p));
    memset(delta, 0, p * sizeof *delta);
    DI_TRY(weigh(&q, delta, value, share, ctx));
    for (int it = 0; it < STEPS; it++) {
        DI_TRY(di_sum_blocks(ctx, "importance weights", 0.5, 0.5, blocks, p + p * p,
                             moments, &q, total));
        for (size_t a = 0; a < p; a++) gap[a] = total[a];
        for (size_t b = 0; b < p; b++)
            for (size_t a = b; a < p; a++)
                G[a + b * p] = G[b + a * p] = total[p + a + b * p] - gap[a] * gap[b];
        if (decrement < 1e-14) {
            *ok = 1;
            break;
        }
        if (!solve_step(p, gap, G, L, step)) break; /* target outside the hull */
        decrement = -0.5 * di_dot(p, gap, step);
        double next = INFINITY, t = 1;
        for (int half = 0; half < 30; half++, t *= 0.5) {
            for (size_t a = 0; a < p; a++) trial[a] = delta[a] + t * step[a];
            DI_TRY(weigh(&q, trial, &next, share, ctx));
            if (next <= *value - 1e-4 * t * decrement || decrement < 1e-12) break;
        }
        for (size_t a = 0; a < p; a++) delta[a] = trial[a];
        *value = next;
        if (!(*share > LEAST)) break;
    }
done:
    di_pool_free(&pool);
    return status;
}

/* sums over one of BATCHES equal parts of a chain */
static int batch_sum(size_t block, int thread, void *data, double *out)
{
    const work *q = data;
    const di_expfam_cloud *c = q->c;
    const size_t each = c->m / c->groups, p = c->p;
    const size_t from = block / BATCHES * each + block % BATCHES * q->batch;
    double *X = q->scratch + (size_t)thread * ROWS * p;
    memset(out, 0, p * sizeof *out);
    for (size_t i = 0; i < q->batch; i += ROWS) {
        const size_t rows = q->batch - i < ROWS ? q->batch - i : ROWS;
        di_expfam_cloud_rows(c, from + i, rows, q->centre, X, ROWS);
        for (size_t a = 0; a < p; a++) out[a] += di_sum(rows, X + a * ROWS);
    }
    return DISTEST_SUCCESS;
}

typedef struct {
    work w;
    double *sums; /* batches x p */
    size_t count;
} batches;

static int batch_block(size_t block, int thread, void *data)
{
    batches *q = data;
    return batch_sum(block, thread, &q->w, q->sums + block * q->w.c->p);
}

/* whitened batch means give the long-run variances, their halves split-Rhat */
static void spread(const batches *q, const double *L, double *Y, di_expfam_mixing *out,
                   double *mcse, double *rhat, double *ess)
{
    const di_expfam_cloud *c = q->w.c;
    const size_t p = c->p, J = q->count, half = BATCHES / 2;
    const double b = (double)q->w.batch, m = (double)c->m;
    double trace = 0;
    out->least = INFINITY;
    out->rhat = 0;
    di_trsm('R', 'L', 'T', 'N', J, p, 1, L, p, Y, J);
    for (size_t a = 0; a < p; a++) {
        const double *y = Y + a * J;
        double s = 0, h1 = 0, h2 = 0;
        for (size_t j = 0; j < J; j++) s += y[j] * y[j];
        const double lrv = b * s / (double)(J - 1);
        trace += lrv;
        for (size_t k = 0; k < J; k += half) {
            double mean = 0;
            for (size_t j = k; j < k + half; j++) mean += y[j] / (double)half;
            h1 += mean;
            h2 += mean * mean;
        }
        const double N = b * (double)half, K = (double)(J / half);
        const double r = sqrt((N - 1) / N + (h2 - h1 * h1 / K) / (K - 1));
        if (rhat) rhat[a] = r;
        if (ess) ess[a] = m / lrv;
        out->rhat = fmax(out->rhat, r);
        out->least = fmin(out->least, m / lrv);
    }
    out->kl = 0.5 * trace / m;
    out->ess = (double)p / (2 * out->kl);
    di_trsm('R', 'L', 'N', 'N', J, p, 1, L, p, Y, J);
    for (size_t a = 0; mcse && a < p; a++) {
        double s = 0;
        for (size_t j = 0; j < J; j++) s += Y[j + a * J] * Y[j + a * J];
        mcse[a] = sqrt(b * s / (double)(J - 1) / m);
    }
}

/* does some chain not move at all? */
static int stuck(size_t groups, const double *y)
{
    for (size_t g = 0; g < groups; g++) {
        size_t k = 1;
        while (k < BATCHES && y[g * BATCHES + k] == y[g * BATCHES]) k++;
        if (k == BATCHES) return 1;
    }
    return 0;
}

DISTEST_STATUS di_expfam_cloud_mixing(const di_expfam_cloud *c, const double *target,
                                      const double *G, di_expfam_mixing *out,
                                      double *mcse, double *rhat, double *ess,
                                      distest_context *ctx)
{
    const size_t p = c->p, J = c->groups * BATCHES;
    batches q = {.w = {.c = c, .centre = target}, .count = J};
    di_pool pool = {NULL};
    double *Y = NULL, *L = NULL;
    size_t bad = 0;
    int status = DISTEST_SUCCESS;
    q.w.batch = c->m / c->groups / BATCHES;
    if (q.w.batch < 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "m",
                       "Each of the %zu chains needs at least %d draws.", c->groups,
                       BATCHES));
    DI_TRY(DI_NEW(ctx, &pool, &q.w.scratch, (size_t)di_threads(ctx), ROWS * p));
    DI_TRY(DI_NEW(ctx, &pool, &q.sums, J, p));
    DI_TRY(DI_NEW(ctx, &pool, &Y, J, p));
    DI_TRY(DI_NEW(ctx, &pool, &L, p, p));
    memcpy(L, G, p * p * sizeof *L);
    if (di_cholesky('L', p, L, p, &bad) != DISTEST_SUCCESS)
        DI_TRY(di_fail(ctx, DISTEST_ESING, "x",
                       "Statistic %zu is constant in the draws or a linear combination "
                       "of those before it.",
                       bad + 1));
    DI_TRY(di_for_blocks(ctx, "mixing", 0.5, 0.5, J, batch_block, &q));
    out->gap = 0;
    for (size_t a = 0; a < p; a++) {
        double mean = 0, s = 0;
        for (size_t j = 0; j < J; j++) {
            Y[j + a * J] = q.sums[a + j * p] / (double)q.w.batch;
            mean += Y[j + a * J] / (double)J;
        }
        for (size_t j = 0; j < J; j++) {
            Y[j + a * J] -= mean;
            s += Y[j + a * J] * Y[j + a * J];
        }
        if (stuck(c->groups, Y + a * J))
            DI_TRY(di_fail(ctx, DISTEST_ECONV, "sampler",
                           "Statistic %zu does not move along the chains: the sampler "
                           "is stuck.",
                           a + 1));
        out->gap = fmax(out->gap, fabs(mean) / sqrt(s / (double)(J - 1) / (double)J));
    }
    spread(&q, L, Y, out, mcse, rhat, ess);
done:
    di_pool_free(&pool);
    return status;
}
