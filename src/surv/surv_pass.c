/* surv_pass.c - one pass over the rows: log-likelihood, score and Hessian together.
 *
 *     l = sum_i w_i l_i,   score_j = X_j' (w g_j),   Hessian_jm = X_j' diag(w h_jm) X_m
 *
 * with g, h the derivatives of l_i in the linear predictors. Rows are taken in blocks
 * of ROWS that stay in cache: designs are copied there in working coordinates, linear
 * predictors and cross products are BLAS products. UNIT rows make a summand; summands
 * are added along a fixed tree (block.c), so the bits do not depend on the threads. */
#include "linalg.h"
#include "surv.h"

#include <math.h>
#include <string.h>

enum { ROWS = 1024, UNIT = DI_SURV_UNIT };

enum { WANT_LOGLIK, WANT_SCORE, WANT_HESSIAN, WANT_MIDDLE };

/* What a thread works in. */
typedef struct {
    double *X;     /* high x P */
    double *W;     /* high x P: weighted columns */
    double *eta;   /* high x 4 */
    double *value; /* high */
    double *g;     /* high x 4 */
    double *h;     /* high x 10 */
    double *work;  /* high x DI_SURV_WORK */
} scratch;

typedef struct {
    di_surv_problem *q;
    const double *theta;
    int want;
    size_t rows, high; /* high: rows that scratch has room for, 1024 or all */
    scratch *of;       /* one a thread */
} pass;

size_t di_surv_rows(const di_surv_problem *q)
{
    return (q->data->n + q->step - 1) / q->step;
}

di_surv_row di_surv_row_of(const di_surv_problem *q, size_t row)
{
    const distest_surv_data *d = q->data;
    const int type = d->type[row];
    const double per = 1 / q->unit;
    return (di_surv_row){
        .type = type,
        .phi_form = d->phi_form,
        .kernel = q->kernel,
        .lower = type == DISTEST_SURV_LEFT ? 0 : d->lower[row] * per,
        .upper = type >= DISTEST_SURV_LEFT ? d->upper[row] * per : 0,
        .entry = d->entry ? d->entry[row] * per : 0,
        .bhazard = d->bhazard ? d->bhazard[row] * q->unit : 0,
    };
}

static double column_at(const di_surv_design *par, size_t c, size_t row)
{
    const double x = par->x ? par->x[row + c * par->ldx] : 1;
    return par->centre ? (x - par->centre[c]) / par->scale[c] : x;
}

void di_surv_eta(const di_surv_problem *q, const double *theta, size_t row, double *eta)
{
    for (int j = 0; j < PARAMETERS; j++) {
        const di_surv_design *par = &q->par[j];
        eta[j] = par->value + (par->offset ? par->offset[row] : 0);
        for (size_t c = 0; c < par->p; c++)
            eta[j] += theta[par->first + c] * column_at(par, c, row);
    }
}

/* Rows r0 ... r0 + rows - 1 of the pass into scratch: designs and linear predictors. */
static void load(const pass *a, size_t r0, size_t rows, scratch *s)
{
    const di_surv_problem *q = a->q;
    for (int j = 0; j < PARAMETERS; j++) {
        const di_surv_design *par = &q->par[j];
        double *eta = s->eta + (size_t)j * a->high;
        for (size_t i = 0; i < rows; i++) eta[i] = par->value;
        if (par->offset)
            for (size_t i = 0; i < rows; i++) eta[i] += par->offset[(r0 + i) * q->step];
        for (size_t c = 0; c < par->p; c++) {
            double *X = s->X + (par->first + c) * a->high;
            const double *x = par->x ? par->x + r0 * q->step + c * par->ldx : NULL;
            const double centre = par->centre ? par->centre[c] : 0;
            const double per = par->scale ? 1 / par->scale[c] : 1;
            if (!x) {
                for (size_t i = 0; i < rows; i++) X[i] = 1;
            } else if (q->step == 1) {
#pragma omp simd
                for (size_t i = 0; i < rows; i++) X[i] = (x[i] - centre) * per;
            } else {
                for (size_t i = 0; i < rows; i++)
                    X[i] = (x[i * q->step] - centre) * per;
            }
        }
        di_gemv('N', rows, par->p, 1, s->X + par->first * a->high, a->high,
                a->theta + par->first, 1, eta);
    }
}

/* Contributions and their derivatives in eta, weighted. */
static void evaluate(const pass *a, size_t r0, size_t rows, scratch *s)
{
    const int deriv = a->want == WANT_LOGLIK ? 0 : (a->want == WANT_HESSIAN ? 2 : 1);
    di_surv_many(a->q, r0, rows, a->high, deriv, s->eta, s->work, s->value, s->g, s->h);
}

/* out (lower blocks of P x P) += X_j' diag(h_jm) X_m for every pair of parameters */
static void add_cross_products(const pass *a, size_t rows, const double *h, scratch *s,
                               double *out)
{
    const di_surv_problem *q = a->q;
    for (int m = 0; m < PARAMETERS; m++)
        for (int j = m; j < PARAMETERS; j++) {
            const di_surv_design *pj = &q->par[j], *pm = &q->par[m];
            const double *weight = h + (size_t)DI_SURV_PAIR[m][j] * a->high;
            if (pj->p == 0 || pm->p == 0) continue;
            for (size_t c = 0; c < pm->p; c++) {
                const double *x = s->X + (pm->first + c) * a->high;
                double *w = s->W + c * a->high;
#pragma omp simd
                for (size_t i = 0; i < rows; i++) w[i] = weight[i] * x[i];
            }
            di_gemm('T', 'N', pj->p, pm->p, rows, 1, s->X + pj->first * a->high,
                    a->high, s->W, a->high, 1, out + pj->first + pm->first * q->P,
                    q->P);
        }
}

/* w^2 g_j g_m in the place of h_jm: each row a cluster of its own */
static void square_scores(const pass *a, size_t r0, size_t rows, scratch *s)
{
    const double *square = a->q->square, *w = a->q->data->weight;
    for (size_t j = 0; j < PARAMETERS; j++)
        for (size_t m = j; m < PARAMETERS; m++) {
            double *h = s->h + (size_t)DI_SURV_PAIR[j][m] * a->high;
            for (size_t i = 0; i < rows; i++)
                h[i] = s->g[i + j * a->high] * s->g[i + m * a->high];
            for (size_t i = 0; square && i < rows; i++) {
                const size_t row = (r0 + i) * a->q->step;
                h[i] *= square[row] / (w[row] * w[row]);
            }
        }
}

/* out: loglik, then score (P), then Hessian or middle (P x P), as far as wanted */
int di_surv_pass_block(size_t block, int thread, void *data, double *out)
{
    const pass *a = data;
    const di_surv_problem *q = a->q;
    scratch *s = &a->of[thread];
    const size_t start = block * UNIT;
    const size_t end = a->rows - start < UNIT ? a->rows : start + UNIT;
    const size_t len = 1 + (a->want > WANT_LOGLIK ? q->P : 0) +
                       (a->want > WANT_SCORE ? q->P * q->P : 0);
    memset(out, 0, len * sizeof *out);
    for (size_t r0 = start; r0 < end; r0 += ROWS) {
        const size_t rows = end - r0 < ROWS ? end - r0 : ROWS;
        load(a, r0, rows, s);
        evaluate(a, r0, rows, s);
        out[0] += di_sum(rows, s->value);
        if (a->want == WANT_LOGLIK || !isfinite(out[0])) continue;
        for (int j = 0; j < PARAMETERS; j++)
            di_gemv('T', rows, q->par[j].p, 1, s->X + q->par[j].first * a->high,
                    a->high, s->g + (size_t)j * a->high, 1, out + 1 + q->par[j].first);
        if (a->want == WANT_MIDDLE) square_scores(a, r0, rows, s);
        if (a->want > WANT_SCORE) add_cross_products(a, rows, s->h, s, out + 1 + q->P);
    }
    return DISTEST_SUCCESS;
}

static int take_scratch(size_t P, size_t high, int threads, di_pool *pool, scratch **of,
                        distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, of, (size_t)threads, 1));
    for (int t = 0; t < threads; t++) {
        scratch *s = *of + t;
        DI_TRY(DI_NEW(ctx, pool, &s->X, high, P));
        DI_TRY(DI_NEW(ctx, pool, &s->W, high, P));
        DI_TRY(DI_NEW(ctx, pool, &s->eta, high, PARAMETERS));
        DI_TRY(DI_NEW(ctx, pool, &s->value, high, 1));
        DI_TRY(DI_NEW(ctx, pool, &s->g, high, PARAMETERS));
        DI_TRY(DI_NEW(ctx, pool, &s->h, high, PAIRS));
        DI_TRY(DI_NEW(ctx, pool, &s->work, high, DI_SURV_WORK));
    }
done:
    return status;
}

/* Scratch of the desk, larger when it was too small. */
static int sit_down(di_surv_desk *desk, size_t P, size_t high, int threads,
                    scratch **of, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    if (!desk->of || desk->P < P || desk->high < high || desk->threads < threads) {
        di_surv_desk wider = {.threads =
                                  threads > desk->threads ? threads : desk->threads,
                              .P = P > desk->P ? P : desk->P,
                              .high = high > desk->high ? high : desk->high};
        scratch *taken = NULL;
        di_pool_free(&desk->pool);
        *desk = (di_surv_desk){0};
        DI_TRY(
            take_scratch(wider.P, wider.high, wider.threads, &desk->pool, &taken, ctx));
        wider.pool = desk->pool;
        wider.of = taken;
        *desk = wider;
    }
    *of = desk->of;
done:
    return status;
}

/* rows of the pass, and scratch for as many as are looked at together */
static int open_pass(di_surv_problem *q, const double *theta, int want, int threads,
                     di_pool *pool, pass *a)
{
    *a = (pass){.q = q, .theta = theta, .want = want, .rows = di_surv_rows(q)};
    a->high = a->rows < ROWS ? (a->rows + 7) / 8 * 8 : ROWS;
    if (q->desk) return sit_down(q->desk, q->P, a->high, threads, &a->of, q->ctx);
    return take_scratch(q->P, a->high, threads, pool, &a->of, q->ctx);
}

static int sum_up(di_surv_problem *q, const double *theta, int want, double *total)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    pass a;
    const size_t blocks = (di_surv_rows(q) + UNIT - 1) / UNIT;
    const size_t len = 1 + q->P + q->P * q->P;
    const int offered = di_threads(q->ctx);
    const int threads = (size_t)offered > blocks ? (int)(blocks ? blocks : 1) : offered;
    if (q->passes) ++*q->passes;
    DI_TRY(open_pass(q, theta, want, threads, &pool, &a));
    DI_TRY(di_sum_blocks(q->ctx, q->stage, 0, 1, blocks, len, di_surv_pass_block, &a,
                         total));
done:
    di_pool_free(&pool);
    return status;
}

int di_surv_pass_open(di_surv_problem *q, const double *theta, int deriv, di_pool *pool,
                      void **opened)
{
    int status = DISTEST_SUCCESS;
    pass *a = NULL;
    DI_TRY(DI_NEW(q->ctx, pool, &a, 1, 1));
    DI_TRY(open_pass(q, theta, deriv, di_threads(q->ctx), pool, a));
    *opened = a;
done:
    return status;
}

int di_surv_pass(di_surv_problem *q, const double *theta, int deriv, double *loglik,
                 double *score, double *hess)
{
    if (q->remote) return di_surv_remote_pass(q, theta, deriv, loglik, score, hess);
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *total = NULL;
    const size_t P = q->P;
    DI_TRY(DI_NEW(q->ctx, &pool, &total, 1 + P + P * P, 1));
    DI_TRY(sum_up(q, theta, deriv, total));
    *loglik = total[0];
    if (deriv > 0) memcpy(score, total + 1, P * sizeof *score);
    if (deriv > 1) {
        memcpy(hess, total + 1 + P, P * P * sizeof *hess);
        di_symmetrize('L', P, hess, P);
    }
done:
    di_pool_free(&pool);
    return status;
}

int di_surv_objective(const double *theta, int deriv, double *f, double *g, double *H,
                      void *data)
{
    di_surv_problem *q = data;
    const int status = di_surv_pass(q, theta, deriv, f, g, H);
    if (status != DISTEST_SUCCESS) return status;
    *f = -*f;
    for (size_t i = 0; deriv > 0 && i < q->P; i++) g[i] = -g[i];
    for (size_t i = 0; deriv > 1 && i < q->P * q->P; i++) H[i] = -H[i];
    return DISTEST_SUCCESS;
}

/* The scores of rows r0 ... into the sums of their clusters, S: clusters x P. */
static void add_to_clusters(const pass *a, size_t r0, size_t rows, const scratch *s,
                            size_t clusters, double *S)
{
    const di_surv_problem *q = a->q;
    for (size_t j = 0; j < PARAMETERS; j++)
        for (size_t c = q->par[j].first; c < q->par[j].first + q->par[j].p; c++)
            for (size_t i = 0; i < rows; i++)
                S[(size_t)q->data->cluster[r0 + i] + c * clusters] +=
                    s->g[i + j * a->high] * s->X[i + c * a->high];
}

static int middle_by_cluster(di_surv_problem *q, const double *theta, size_t clusters,
                             double *middle)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *S = NULL;
    pass a;
    DI_TRY(open_pass(q, theta, WANT_SCORE, 1, &pool, &a));
    DI_TRY(DI_NEW(q->ctx, &pool, &S, clusters, q->P));
    memset(S, 0, clusters * q->P * sizeof *S);
    for (size_t r0 = 0; r0 < a.rows; r0 += ROWS) {
        const size_t rows = a.rows - r0 < ROWS ? a.rows - r0 : ROWS;
        DI_TRY(di_progress(q->ctx, (double)r0 / (double)a.rows, "robust errors"));
        load(&a, r0, rows, a.of);
        evaluate(&a, r0, rows, a.of);
        add_to_clusters(&a, r0, rows, a.of, clusters, S);
    }
    di_syrk('L', 'T', q->P, clusters, 1, S, clusters, 0, middle, q->P);
    di_symmetrize('L', q->P, middle, q->P);
done:
    di_pool_free(&pool);
    return status;
}

int di_surv_middle(di_surv_problem *q, const double *theta, size_t clusters,
                   double *middle)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *total = NULL;
    const size_t P = q->P;
    if (q->remote) return di_surv_remote_middle(q, theta, middle);
    if (q->data->cluster) return middle_by_cluster(q, theta, clusters, middle);
    DI_TRY(DI_NEW(q->ctx, &pool, &total, 1 + P + P * P, 1));
    DI_TRY(sum_up(q, theta, WANT_MIDDLE, total));
    memcpy(middle, total + 1 + P, P * P * sizeof *middle);
    di_symmetrize('L', P, middle, P);
done:
    di_pool_free(&pool);
    return status;
}
