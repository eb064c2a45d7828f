/* expfam_contract.c - third and fourth cumulants of node models, contracted.
 *
 * Fourth moments are never formed: with whitened statistics u and q = u'Wu,
 *
 *     w  = E q u,   T2a = |w|^2,   T3 = 3 (E q^2 - (tr W)^2 - 2 tr W^2),
 *
 * and of the third cumulants only one slice S_c = E u_c u u' at a time, rows and
 * columns up to c, in coordinates in which W is diagonal. */
#include "expfam.h"

#include <string.h>

enum { ROWS = 1024 };
static const double FEW = 1e6; /* operations */

/* Sum over the distinct orders of (a, b, c): a term l_a l_b S^2 per ordered triple. */
void di_expfam_triple(di_expfam_sums *s, const double *l, size_t a, size_t b, size_t c,
                      double S, double K)
{
    const double orders = a == b && b == c ? 1 : a == b || b == c ? 3 : 6;
    s->t1 += orders * S * K;
    s->rho23 += orders * S * S;
    s->t2b += orders / 3 * (l[a] * l[b] + l[a] * l[c] + l[b] * l[c]) * S * S;
}

void di_expfam_add_slices(size_t p, const di_expfam_sums *slices, di_expfam_sums *out)
{
    for (size_t c = 0; c < p; c++) {
        out->t1 += slices[c].t1;
        out->t2b += slices[c].t2b;
        out->rho23 += slices[c].rho23;
        out->t3 += slices[c].t3;
        out->rho4 += slices[c].rho4;
    }
}

void di_expfam_add_traces(size_t p, const double *diag, const double *l,
                          di_expfam_sums *out, double *tilt)
{
    for (size_t c = 0; c < p; c++) {
        double one = 0;
        tilt[c] = 0;
        for (size_t k = 0; k < p; k++) {
            tilt[c] += l[k] * diag[c + k * p];
            one += diag[c + k * p];
        }
        out->t2a += tilt[c] * tilt[c];
        out->rho13 += one * one;
    }
}

typedef struct {
    size_t m, p, n;
    const double *U, *w, *S, *V, *f, *l, *third; /* S: tensor in place of nodes */
    double k3, *scratch;                         /* threads x (ROWS p + 2 p^2) */
    di_expfam_sums *slices;
} problem;

/* out (c + 1 x c + 1) = sum_i w_i x_ic x_ia x_ib for a, b <= c */
static void slice(size_t n, size_t c, const double *x, const double *w, double factor,
                  double *buffer, double *out)
{
    const size_t k = c + 1;
    memset(out, 0, k * k * sizeof *out);
    for (size_t i0 = 0; i0 < n; i0 += ROWS) {
        const size_t rows = n - i0 < ROWS ? n - i0 : ROWS;
        for (size_t a = 0; a < k; a++)
            for (size_t i = 0; i < rows; i++)
                buffer[i + a * ROWS] =
                    (w ? w[i0 + i] : 1) * x[i0 + i + c * n] * x[i0 + i + a * n];
        di_gemm('T', 'N', k, k, rows, factor, buffer, ROWS, x + i0, n, 1, out, k);
    }
}

static int one_slice(size_t block, int thread, void *data)
{
    const problem *q = data;
    const size_t c = q->p - 1 - block, k = c + 1; /* the longest first */
    double *buffer = q->scratch + (size_t)thread * (ROWS * q->p + 2 * q->p * q->p);
    double *S = buffer + ROWS * q->p, *K = S + q->p * q->p;
    di_expfam_sums s = {0};
    if (!q->S) slice(q->m, c, q->U, q->w, 1, buffer, S);
    if (q->n) slice(q->n, c, q->V, q->f, q->k3, buffer, K);
    for (size_t b = 0; b <= c; b++)
        for (size_t a = 0; a <= b; a++)
            di_expfam_triple(&s, q->l, a, b, c,
                             q->S ? q->S[a + q->p * (b + q->p * c)] : S[a + b * k],
                             q->third ? q->third[a + q->p * (b + q->p * c)]
                             : q->n   ? K[a + b * k]
                                      : 0);
    q->slices[c] = s;
    return DISTEST_SUCCESS;
}

DISTEST_STATUS di_expfam_contract_slices(distest_context *ctx, size_t m, size_t p,
                                         const double *U, const double *w,
                                         const double *S, const di_expfam_frame *r,
                                         di_expfam_sums *out)
{
    const size_t threads = (size_t)di_threads(ctx);
    problem q = {m, p, r->n, U, w, S, r->V, r->f, r->l, r->K, r->k3, NULL, NULL};
    di_pool pool = {NULL};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, threads, ROWS * p + 2 * p * p));
    DI_TRY(DI_NEW(ctx, &pool, &q.slices, p, 1));
    if ((double)(m + r->n) * (double)(p * p * p) < FEW) { /* threads would cost more */
        for (size_t c = 0; c < p; c++) (void)one_slice(c, 0, &q);
    } else {
        DI_TRY(di_for_blocks(ctx, "third cumulants", 0, 1, p, one_slice, &q));
    }
    di_expfam_add_slices(p, q.slices, out);
done:
    di_pool_free(&pool);
    return status;
}

DISTEST_STATUS di_expfam_contract_nodes(distest_context *ctx, size_t m, size_t p,
                                        const double *U, const double *w,
                                        const di_expfam_frame *r, di_expfam_sums *out,
                                        double *tilt)
{
    const double *l = r->l;
    di_pool pool = {NULL};
    double *unit = NULL, *form = NULL, trace = 0, square = 0, e2 = 0, r2 = 0;
    int status = DISTEST_SUCCESS;
    memset(out, 0, sizeof *out);
    DI_TRY(DI_NEW(ctx, &pool, &unit, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &form, m, 1));
    memset(unit, 0, m * sizeof *unit);
    memset(form, 0, m * sizeof *form);
    for (size_t a = 0; a < p; a++) {
        trace += l[a];
        square += l[a] * l[a];
        for (size_t i = 0; i < m; i++) {
            const double u = U[i + a * m] * U[i + a * m];
            unit[i] += u;
            form[i] += l[a] * u;
        }
    }
    for (size_t i = 0; i < m; i++) {
        e2 += w[i] * form[i] * form[i];
        r2 += w[i] * unit[i] * unit[i];
    }
    for (size_t a = 0; a < p; a++) {
        double one = 0;
        tilt[a] = 0;
        for (size_t i = 0; i < m; i++) {
            tilt[a] += w[i] * form[i] * U[i + a * m];
            one += w[i] * unit[i] * U[i + a * m];
        }
        out->t2a += tilt[a] * tilt[a];
        out->rho13 += one * one;
    }
    out->t3 = 3 * (e2 - trace * trace - 2 * square);
    out->rho4 = r2 - (double)p * (double)p - 2 * (double)p;
    DI_TRY(di_expfam_contract_slices(ctx, m, p, U, w, NULL, r, out));
done:
    di_pool_free(&pool);
    return status;
}
