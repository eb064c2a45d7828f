/* expfam_quadratic.c - cumulants of quadratic functions of a standard normal vector,
 * contracted. With u_k = a_k'y + y'A_k y,
 *
 *     S_klc = <M_kl, A_c> + <m_kl, a_c>,  M_kl = 4 (A_k A_l + A_l A_k) + a_k a_l' + a_l
 * a_k', m_kl = 2 (A_k a_l + A_l a_k), Q_kkll = 32 |A_k A_l|^2 + 16 tr(A_k A_l A_k A_l)
 * + 8 |A_l a_k|^2 + 8 |A_k a_l|^2
 *              + 16 (a_k'A_k A_l a_l + a_k'A_l A_k a_l).
 *
 * Since the u are orthonormal, sum_c S_klc^2 is |m|^2 + |M|^2 / 2 when they span all
 * such functions. */
#include "expfam.h"

#include <string.h>

enum { ROWS = 512 };

typedef struct {
    size_t d, p, n;
    const double *forms, *V, *f, *l, *third;
    int spans;
    double k3, *scratch;
    di_expfam_sums *rows;
    double *diag; /* p x p, column k: S_kk. */
} problem;

static size_t scratch_size(size_t d, size_t p)
{
    return 2 * d * d + 4 * d + p;
}

/* vec (d + d^2) of m_kl, M_kl; fourth = Q_kkll */
static void pair_form(size_t d, const double *fk, const double *fl, double *P,
                      double *v, double *vec, double *fourth)
{
    const double *ak = fk, *al = fl, *Ak = fk + d, *Al = fl + d;
    double square = 0, twist = 0, kl = 0, lk = 0, cross = 0;
    di_gemm('N', 'N', d, d, d, 1, Ak, d, Al, d, 0, P, d);
    di_gemv('N', d, d, 1, Ak, d, al, 0, v);         /* Ak al */
    di_gemv('N', d, d, 1, Al, d, ak, 0, v + d);     /* Al ak */
    di_gemv('N', d, d, 1, Ak, d, ak, 0, v + 2 * d); /* Ak ak */
    di_gemv('N', d, d, 1, Al, d, al, 0, v + 3 * d); /* Al al */
    for (size_t i = 0; i < d; i++) {
        vec[i] = 2 * (v[i] + v[i + d]);
        kl += v[i + d] * v[i + d];
        lk += v[i] * v[i];
        cross += v[i + 2 * d] * v[i + 3 * d] + v[i + d] * v[i];
        for (size_t j = 0; j < d; j++) {
            square += P[i + j * d] * P[i + j * d];
            twist += P[i + j * d] * P[j + i * d];
            vec[d + i + j * d] =
                4 * (P[i + j * d] + P[j + i * d]) + ak[i] * al[j] + al[i] * ak[j];
        }
    }
    *fourth = 32 * square + 16 * twist + 8 * (kl + lk) + 16 * cross;
}

static int one_row(size_t k, int thread, void *data)
{
    const problem *q = data;
    const size_t d = q->d, p = q->p, len = d + d * d;
    double *P = q->scratch + (size_t)thread * (scratch_size(d, p) + len);
    double *v = P + d * d, *S = v + 4 * d, *vec = P + scratch_size(d, p);
    di_expfam_sums s = {0};
    for (size_t j = 0; j <= k; j++) {
        const double twice = j == k ? 1 : 2;
        double fourth, norm = 0;
        pair_form(d, q->forms + k * len, q->forms + j * len, P, v, vec, &fourth);
        if (!q->spans || q->third || j == k)
            di_gemv('T', len, p, 1, q->forms, len, vec, 0, S);
        if (q->spans) {
            for (size_t i = 0; i < len; i++)
                norm += (i < d ? 1 : 0.5) * vec[i] * vec[i];
        } else {
            for (size_t c = 0; c < p; c++) norm += S[c] * S[c];
        }
        for (size_t c = 0; q->third && c < p; c++)
            s.t1 += twice * S[c] * q->third[c + p * (j + p * k)];
        s.t2b += twice * q->l[k] * q->l[j] * norm;
        s.rho23 += twice * norm;
        s.t3 += twice * 3 * q->l[k] * q->l[j] * fourth;
        s.rho4 += twice * fourth;
        if (j == k) memcpy(q->diag + k * p, S, p * sizeof *S);
    }
    q->rows[k] = s;
    return DISTEST_SUCCESS;
}

/* S[v, v, v] = 8 tr(A_v^3) + 6 a_v'A_v a_v over rows of data, a block of them */
typedef struct {
    const problem *q;
    double *scratch; /* threads x (len ROWS + d^2) */
} data_rows;

static int third_of_rows(size_t block, int thread, void *data, double *out)
{
    const data_rows *b = data;
    const problem *q = b->q;
    const size_t d = q->d, p = q->p, len = d + d * d, i0 = block * ROWS;
    const size_t rows = q->n - i0 < ROWS ? q->n - i0 : ROWS;
    double *F = b->scratch + (size_t)thread * (len * ROWS + d * d), *P = F + len * ROWS;
    *out = 0;
    di_gemm('N', 'T', len, rows, p, 1, q->forms, len, q->V + i0, q->n, 0, F, len);
    for (size_t i = 0; i < rows; i++) {
        const double *a = F + i * len, *A = a + d;
        double cube = 0;
        di_gemm('N', 'N', d, d, d, 1, A, d, A, d, 0, P, d);
        for (size_t k = 0; k < d * d; k++) cube += P[k] * A[k];
        *out += (q->f ? q->f[i0 + i] : 1) * (8 * cube + 6 * di_quadform(d, A, d, a));
    }
    return DISTEST_SUCCESS;
}

static int third_of_data(const problem *q, double *t1, distest_context *ctx)
{
    const size_t d = q->d, len = d + d * d;
    di_pool pool = {NULL};
    data_rows b = {q, NULL};
    double sum = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &b.scratch, (size_t)di_threads(ctx), len * ROWS + d * d));
    DI_TRY(di_sum_blocks(ctx, "third cumulants", 0.5, 1, (q->n + ROWS - 1) / ROWS, 1,
                         third_of_rows, &b, &sum));
    *t1 = q->k3 * sum;
done:
    di_pool_free(&pool);
    return status;
}

/* The same where the statistics span all quadratic functions: by their reproducing
 * kernel the form of row y less the mean of the data's forms is a = y - ybar (0 without
 * linear functions), A = (y y' - M) / 2 with M the mean of y y'. Then
 *
 *     8 tr(A^3) = s^3 - 3 s y'My + 3 |My|^2 - tr(M^3),   s = y'y. */
static int third_by_kernel(const problem *q, const double *y, int linear, double *t1,
                           distest_context *ctx)
{
    const size_t d = q->d, n = q->n;
    di_pool pool = {NULL};
    double *M = NULL, *M2 = NULL, *bar = NULL, *Y = NULL, total = 0, cube = 0, sum = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &M, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &M2, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &bar, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &Y, n, d));
    for (size_t i = 0; i < n; i++) total += q->f ? q->f[i] : 1;
    for (size_t a = 0; a < d; a++)
        for (size_t i = 0; i < n; i++)
            Y[i + a * n] = y[i + a * n] * (q->f ? q->f[i] : 1);
    for (size_t a = 0; a < d; a++) bar[a] = di_sum(n, Y + a * n) / total;
    di_gemm('T', 'N', d, d, n, 1 / total, Y, n, y, n, 0, M, d);
    di_gemm('N', 'N', d, d, d, 1, M, d, M, d, 0, M2, d);
    for (size_t k = 0; k < d * d; k++) cube += M2[k] * M[k];
    di_gemm('N', 'N', n, d, d, 1, y, n, M, d, 0, Y, n); /* M y of each row */
    const double bMb = di_quadform(d, M, d, bar);
    for (size_t i = 0; i < n; i++) {
        double s = 0, m1 = 0, m2 = 0, by = 0, bMy = 0;
        for (size_t a = 0; a < d; a++) {
            const double v = y[i + a * n], My = Y[i + a * n];
            s += v * v;
            m1 += v * My;
            m2 += My * My;
            by += bar[a] * v;
            bMy += bar[a] * My;
        }
        const double ay = s - by, aMa = m1 - 2 * bMy + bMb;
        sum += (q->f ? q->f[i] : 1) * (s * s * s - 3 * s * m1 + 3 * m2 - cube +
                                       (linear ? 3 * (ay * ay - aMa) : 0));
    }
    *t1 = q->k3 * sum;
done:
    di_pool_free(&pool);
    return status;
}

DISTEST_STATUS di_expfam_contract_gauss(distest_context *ctx, size_t d, size_t p,
                                        const double *forms, int spans, const double *y,
                                        const di_expfam_frame *r, di_expfam_sums *out,
                                        double *tilt)
{
    const size_t threads = (size_t)di_threads(ctx), len = d + d * d;
    problem q = {d,    p,     r->n,  forms, r->V, r->f, r->l,
                 r->K, spans, r->k3, NULL,  NULL, NULL};
    di_pool pool = {NULL};
    int status = DISTEST_SUCCESS;
    memset(out, 0, sizeof *out);
    DI_TRY(DI_NEW(ctx, &pool, &q.scratch, threads, scratch_size(d, p) + len));
    DI_TRY(DI_NEW(ctx, &pool, &q.rows, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.diag, p, p));
    DI_TRY(di_for_blocks(ctx, "cumulants", 0, 0.5, p, one_row, &q));
    di_expfam_add_slices(p, q.rows, out);
    di_expfam_add_traces(p, q.diag, q.l, out, tilt);
    if (r->n && y && spans)
        DI_TRY(third_by_kernel(&q, y, p > d * (d + 1) / 2, &out->t1, ctx));
    else if (r->n)
        DI_TRY(third_of_data(&q, &out->t1, ctx));
done:
    di_pool_free(&pool);
    return status;
}
