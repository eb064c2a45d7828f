/* expfam_chains.c - third and fourth cumulants from several chains, contracted.
 *
 * A square of a sample moment is biased upwards by its variance, p^3 times over in
 * T2. With S_k the part of chain k, all pairs of different chains,
 *
 *     sum_{k != l} <S_k, S_l> G / (G - 1),   G chains,
 *
 * estimate |S|^2 without that bias. The jackknife over chains gives standard errors. */
#include "expfam_chains.h"

#include <string.h>

enum { ROWS = 512, SEGMENT = 2048, MOST = 64 };

typedef struct {
    const di_expfam_cloud *c;
    const double *prob, *eta, *B, *l;
    size_t from;
    double *S, *tilt, *one; /* groups x p^3, groups x p, groups x p */
    double *e2, *r2, *trace;
    double *scratch; /* threads x 3 ROWS p */
} problem;

/* S_c (a, b <= c) += sum_i w_i u_ic u_ia u_ib */
static void add_slices(size_t rows, size_t p, const double *U, const double *w,
                       double *buffer, double *S)
{
    for (size_t c = 0; c < p; c++) {
        const size_t k = c + 1;
        for (size_t a = 0; a < k; a++)
            for (size_t i = 0; i < rows; i++)
                buffer[i + a * ROWS] = w[i] * U[i + c * ROWS] * U[i + a * ROWS];
        di_gemm('T', 'N', k, k, rows, 1, buffer, ROWS, U, ROWS, 1, S + c * p * p, p);
    }
}

static int one_group(size_t group, int thread, void *data)
{
    const problem *q = data;
    const size_t p = q->c->p, each = q->c->m / q->c->groups;
    const size_t end = q->from + SEGMENT < each ? q->from + SEGMENT : each;
    double *X = q->scratch + (size_t)thread * 3 * ROWS * p, *U = X + ROWS * p,
           *buffer = U + ROWS * p;
    for (size_t i0 = q->from; i0 < end; i0 += ROWS) {
        const size_t rows = end - i0 < ROWS ? end - i0 : ROWS, at = group * each + i0;
        const double *w = q->prob + at;
        double form[ROWS] = {0}, unit[ROWS] = {0};
        di_expfam_cloud_rows(q->c, at, rows, q->eta, X, ROWS);
        di_gemm('N', 'N', rows, p, p, 1, X, ROWS, q->B, p, 0, U, ROWS);
        for (size_t a = 0; a < p; a++)
            for (size_t i = 0; i < rows; i++) {
                const double u = U[i + a * ROWS] * U[i + a * ROWS];
                unit[i] += u;
                form[i] += q->l[a] * u;
            }
        for (size_t i = 0; i < rows; i++) {
            q->e2[group] += w[i] * form[i] * form[i];
            q->r2[group] += w[i] * unit[i] * unit[i];
            q->trace[group] += w[i] * form[i];
        }
        for (size_t a = 0; a < p; a++)
            for (size_t i = 0; i < rows; i++) {
                q->tilt[a + group * p] += w[i] * form[i] * U[i + a * ROWS];
                q->one[a + group * p] += w[i] * unit[i] * U[i + a * ROWS];
            }
        add_slices(rows, p, U, w, buffer, q->S + group * p * p * p);
    }
    return DISTEST_SUCCESS;
}

/* K_c (a, b <= c) of the data */
static void data_slices(const di_expfam_frame *r, double *buffer, double *K)
{
    const size_t p = r->p, n = r->n;
    double *U = buffer, *w = buffer + ROWS * p, *scratch = w + ROWS;
    for (size_t i0 = 0; i0 < n; i0 += ROWS) {
        const size_t rows = n - i0 < ROWS ? n - i0 : ROWS;
        for (size_t i = 0; i < rows; i++) w[i] = r->k3 * (r->f ? r->f[i0 + i] : 1);
        for (size_t a = 0; a < p; a++)
            for (size_t i = 0; i < rows; i++) U[i + a * ROWS] = r->V[i0 + i + a * n];
        add_slices(rows, p, U, w, scratch, K);
    }
}

/* from the inner products of the chains' parts: |S|^2 without bias and, leaving out
 * chain j, the same again */
static double squared(size_t G, const double *gram, size_t without)
{
    const double g = (double)(without < G ? G - 1 : G);
    const double scale = (double)G / g;
    double sum = 0;
    for (size_t k = 0; k < G; k++)
        for (size_t l = 0; l < G; l++)
            if (k != without && l != without && (k != l || g == 1))
                sum += gram[k + l * MOST];
    return scale * scale * sum * (g == 1 ? 1 : g / (g - 1));
}

static double linear(size_t G, const double *part, size_t without)
{
    double sum = 0;
    for (size_t k = 0; k < G; k++)
        if (k != without) sum += part[k];
    return without < G ? sum * (double)G / (double)(G - 1) : sum;
}

static double jackknife(size_t G, double (*fn)(size_t, const double *, size_t),
                        const double *parts)
{
    double s = 0, ss = 0;
    for (size_t j = 0; j < G; j++) {
        const double v = fn(G, parts, j);
        s += v;
        ss += v * v;
    }
    return sqrt(fmax(0, ss - s * s / (double)G) * (double)(G - 1) / (double)G);
}

typedef struct {
    double t1[MOST], t2[MOST * MOST], t2a[MOST * MOST], t2b[MOST * MOST],
        rho13[MOST * MOST], rho23[MOST * MOST];
} grams;

static void fill_grams(const problem *q, const double *K, grams *g)
{
    const size_t p = q->c->p, G = q->c->groups, p3 = p * p * p;
    for (size_t k = 0; k < G; k++)
        for (size_t l = 0; l <= k; l++) {
            double a = 0, b = 0;
            for (size_t c = 0; c < p; c++) {
                a += q->tilt[c + k * p] * q->tilt[c + l * p];
                b += q->one[c + k * p] * q->one[c + l * p];
            }
            g->t2a[k + l * MOST] = g->t2a[l + k * MOST] = a;
            g->rho13[k + l * MOST] = g->rho13[l + k * MOST] = b;
        }
    for (size_t c = 0; c < p; c++)
        for (size_t b = 0; b <= c; b++)
            for (size_t a = 0; a <= b; a++) {
                const double *S = q->S + a + p * (b + p * c);
                const double orders = a == b && b == c ? 1 : a == b || b == c ? 3 : 6;
                const double metric =
                    orders / 3 *
                    (q->l[a] * q->l[b] + q->l[a] * q->l[c] + q->l[b] * q->l[c]);
                for (size_t k = 0; k < G; k++) {
                    if (K) g->t1[k] += orders * S[k * p3] * K[a + p * (b + p * c)];
                    for (size_t l = 0; l <= k; l++) {
                        const double x = S[k * p3] * S[l * p3];
                        g->rho23[k + l * MOST] += orders * x;
                        g->t2b[k + l * MOST] += metric * x;
                    }
                }
            }
    for (size_t k = 0; k < G; k++)
        for (size_t l = 0; l <= k; l++) {
            g->rho23[l + k * MOST] = g->rho23[k + l * MOST];
            g->t2b[l + k * MOST] = g->t2b[k + l * MOST];
        }
    for (size_t i = 0; i < MOST * MOST; i++) g->t2[i] = g->t2a[i] + 2 * g->t2b[i];
}

DISTEST_STATUS di_expfam_contract_chains(const di_expfam_cloud *c, const double *prob,
                                         const double *eta, const di_expfam_frame *r,
                                         di_expfam_sums *out, double *tilt,
                                         double sd[4], distest_context *ctx)
{
    const size_t p = c->p, G = c->groups, each = c->m / G;
    problem q = {.c = c, .prob = prob, .eta = eta, .B = r->B, .l = r->l};
    di_pool pool = {NULL};
    grams *g = NULL;
    double *K = NULL, *buffer = NULL, trace = 0, square = 0;
    double e2[MOST] = {0}, r2[MOST] = {0}, form[MOST] = {0};
    int status = DISTEST_SUCCESS;
    if (G > MOST)
        return di_fail(ctx, DISTEST_EINVAL, "chains", "There are more than %d chains.",
                       MOST);
    DI_TRY(DI_NEW(ctx, &pool, &g, 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.S, G * p, p * p));
    DI_TRY(DI_NEW(ctx, &pool, &q.tilt, G, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.one, G, p));
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx), 3 * ROWS * p));
    memset(g, 0, sizeof *g);
    memset(q.S, 0, G * p * p * p * sizeof *q.S);
    memset(q.tilt, 0, G * p * sizeof *q.tilt);
    memset(q.one, 0, G * p * sizeof *q.one);
    q.e2 = e2;
    q.r2 = r2;
    q.trace = form;
    for (q.from = 0; q.from < each; q.from += SEGMENT)
        DI_TRY(di_for_blocks(ctx, "third cumulants", di_fraction(0.7, 1, q.from, each),
                             0.99, G, one_group, &q));
    if (r->n) {
        DI_TRY(DI_NEW(ctx, &pool, &K, p, p * p));
        DI_TRY(DI_NEW(ctx, &pool, &buffer, ROWS, 2 * p + 1));
        memset(K, 0, p * p * p * sizeof *K);
        data_slices(r, buffer, K);
    }
    fill_grams(&q, K, g);
    for (size_t a = 0; a < p; a++) {
        trace += r->l[a];
        square += r->l[a] * r->l[a];
        tilt[a] = 0;
        for (size_t k = 0; k < G; k++) tilt[a] += q.tilt[a + k * p];
    }
    memset(out, 0, sizeof *out);
    out->t1 = linear(G, g->t1, G);
    out->t2a = squared(G, g->t2a, G);
    out->t2b = squared(G, g->t2b, G);
    out->t3 = 3 * (linear(G, e2, G) - trace * trace - 2 * square);
    out->rho13 = squared(G, g->rho13, G);
    out->rho23 = squared(G, g->rho23, G);
    out->rho4 = linear(G, r2, G) - (double)p * (double)p - 2 * (double)p;
    sd[0] = G > 1 ? jackknife(G, linear, form) : NAN;
    sd[1] = G > 1 ? jackknife(G, linear, g->t1) : NAN;
    sd[2] = G > 2 ? jackknife(G, squared, g->t2) : NAN;
    sd[3] = G > 1 ? 3 * jackknife(G, linear, e2) : NAN;
done:
    di_pool_free(&pool);
    return status;
}
