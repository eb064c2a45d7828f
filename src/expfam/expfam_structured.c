/* expfam_structured.c - contractions of cumulants that are sums of few simple tensors,
 * without forming them: O(p^3) + O(n p^2), memory O(p^2).
 *
 * Ranked (Dirichlet): S = sum_r w3_r c_r c_r c_r and Q = sum_r w4_r c_r c_r c_r c_r
 * over the unit vectors and the vector of ones. Radial (von Mises-Fisher), with t =
 * theta:
 *
 *     S_abc = g2 (d_ab t_c + d_ac t_b + d_bc t_a) + g3 t_a t_b t_c
 *     Q_abcd = g2 (d_ab d_cd + 2 more) + g3 (d_ab t_c t_d + 5 more) + g4 t_a t_b t_c
 * t_d.
 *
 * The frame turns c_r into B'c_r, t into B't and the unit matrix into N = B'B; the
 * covariance of the data is diag(l) there. */
#include "expfam.h"

#include <string.h>

enum { ROWS = 512 };

typedef struct {
    size_t p, vectors; /* ranked: p + 1 vectors; radial: 0 */
    const double *w3, *w4, *g;
    double *C;     /* ranked: vectors x p */
    double *N, *t; /* radial: p x p, p */
} shape;

static double power3(double x)
{
    return x * x * x;
}

/* sum_a l_a x_a y_a with x and y of stride ld; l NULL: 1 */
static double form(size_t p, const double *l, const double *x, const double *y,
                   size_t ld)
{
    double sum = 0;
    for (size_t a = 0; a < p; a++) sum += (l ? l[a] : 1) * x[a * ld] * y[a * ld];
    return sum;
}

/* ---- ranked. With N_rs = c_r'c_s and M_rs = c_r' diag(l) c_s the sum of S_abc^2 l_a
 * l_b is that of w3_r w3_s M_rs^2 N_rs. */
static void ranked_sums(const shape *q, const double *l, di_expfam_sums *s,
                        double *tilt, double *one)
{
    const size_t p = q->p, R = q->vectors;
    double *const C = q->C;
    memset(tilt, 0, p * sizeof *tilt);
    memset(one, 0, p * sizeof *one);
    for (size_t r = 0; r < R; r++) {
        const double m = form(p, l, C + r, C + r, R),
                     n = form(p, NULL, C + r, C + r, R);
        s->t3 += 3 * q->w4[r] * m * m;
        s->rho4 += q->w4[r] * n * n;
        for (size_t c = 0; c < p; c++) {
            tilt[c] += q->w3[r] * m * C[r + c * R];
            one[c] += q->w3[r] * n * C[r + c * R];
        }
        for (size_t k = 0; k <= r; k++) {
            const double w = (k < r ? 2 : 1) * q->w3[r] * q->w3[k];
            const double mk = form(p, l, C + r, C + k, R),
                         nk = form(p, NULL, C + r, C + k, R);
            s->t2b += w * mk * mk * nk;
            s->rho23 += w * power3(nk);
        }
    }
}

/* ---- radial */
static double radial_third(const shape *q, size_t a, size_t b, size_t c)
{
    const double *N = q->N, *t = q->t;
    const size_t p = q->p;
    return q->g[2] * (N[a + b * p] * t[c] + N[a + c * p] * t[b] + N[b + c * p] * t[a]) +
           q->g[3] * t[a] * t[b] * t[c];
}

/* Q_aacc */
static double radial_fourth(const shape *q, size_t a, size_t c)
{
    const double *N = q->N, *t = q->t, ta = t[a] * t[a], tc = t[c] * t[c];
    const size_t p = q->p;
    const double aa = N[a * (p + 1)], cc = N[c * (p + 1)], ac = N[a + c * p];
    return q->g[2] * (aa * cc + 2 * ac * ac) +
           q->g[3] * (aa * tc + cc * ta + 4 * ac * t[a] * t[c]) + q->g[4] * ta * tc;
}

static void radial_sums(const shape *q, const double *l, di_expfam_sums *s,
                        double *tilt, double *one)
{
    const size_t p = q->p;
    for (size_t c = 0; c < p; c++) {
        tilt[c] = one[c] = 0;
        for (size_t a = 0; a < p; a++) {
            const double third = radial_third(q, a, a, c),
                         fourth = radial_fourth(q, a, c);
            tilt[c] += l[a] * third;
            one[c] += third;
            s->t3 += 3 * l[a] * l[c] * fourth;
            s->rho4 += fourth;
        }
        for (size_t b = 0; b <= c; b++)
            for (size_t a = 0; a <= b; a++)
                di_expfam_triple(s, l, a, b, c, radial_third(q, a, b, c), 0);
    }
}

/* ---- T1 = S_abc K_abc: from rows of data, and from given third cumulants */
static double third_on(const shape *q, const double *v, const double *y, size_t ldy)
{
    double sum = 0;
    for (size_t r = 0; r < q->vectors; r++) sum += q->w3[r] * power3(y[r * ldy]);
    if (q->vectors) return sum;
    /* y = N v */
    double vt = 0, vNv = 0;
    for (size_t a = 0; a < q->p; a++) {
        vt += v[a * ldy] * q->t[a];
        vNv += v[a * ldy] * y[a * ldy];
    }
    return 3 * q->g[2] * vNv * vt + q->g[3] * power3(vt);
}

static double data_t1(const shape *q, const di_expfam_frame *r, double *v, double *y)
{
    const size_t p = q->p, n = r->n, R = q->vectors;
    double t1 = 0;
    for (size_t i0 = 0; i0 < n; i0 += ROWS) {
        const size_t rows = n - i0 < ROWS ? n - i0 : ROWS;
        for (size_t a = 0; a < p; a++)
            memcpy(v + a * ROWS, r->V + i0 + a * n, rows * sizeof *v);
        if (R)
            di_gemm('N', 'T', rows, R, p, 1, v, ROWS, q->C, R, 0, y, ROWS);
        else
            di_gemm('N', 'N', rows, p, p, 1, v, ROWS, q->N, p, 0, y, ROWS);
        for (size_t i = 0; i < rows; i++)
            t1 += r->k3 * (r->f ? r->f[i0 + i] : 1) * third_on(q, v + i, y + i, ROWS);
    }
    return t1;
}

static double given_t1(const shape *q, const double *K)
{
    const size_t p = q->p, R = q->vectors;
    double t1 = 0;
    for (size_t c = 0; c < p; c++)
        for (size_t b = 0; b < p; b++)
            for (size_t a = 0; a < p; a++) {
                double S = R ? 0 : radial_third(q, a, b, c);
                for (size_t r = 0; r < R; r++)
                    S += q->w3[r] * q->C[r + a * R] * q->C[r + b * R] * q->C[r + c * R];
                t1 += S * K[a + p * (b + p * c)];
            }
    return t1;
}

DISTEST_STATUS di_expfam_contract_structured(const distest_expfam_family *f,
                                             const double *theta,
                                             const di_expfam_frame *r,
                                             di_expfam_sums *s, double *tilt,
                                             distest_context *ctx)
{
    const size_t p = f->p;
    di_pool pool = {NULL};
    double *w3 = NULL, *w4 = NULL, *v = NULL, *y = NULL, *one = NULL, g[5] = {0};
    shape q = {.p = p};
    int status = DISTEST_SUCCESS;
    memset(s, 0, sizeof *s);
    DI_TRY(DI_NEW(ctx, &pool, &w3, p + 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &w4, p + 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &one, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &v, ROWS, p));
    DI_TRY(DI_NEW(ctx, &pool, &y, ROWS, p + 1));
    q.vectors = f->row->structure(f, theta, w3, w4, g);
    q.w3 = w3;
    q.w4 = w4;
    q.g = g;
    if (q.vectors) {
        DI_TRY(DI_NEW(ctx, &pool, &q.C, p + 1, p));
        for (size_t c = 0; c < p; c++) {
            memcpy(q.C + c * (p + 1), r->B + c * p, p * sizeof *q.C);
            q.C[p + c * (p + 1)] = di_sum(p, r->B + c * p);
        }
        ranked_sums(&q, r->l, s, tilt, one);
    } else {
        DI_TRY(DI_NEW(ctx, &pool, &q.N, p, p));
        DI_TRY(DI_NEW(ctx, &pool, &q.t, p, 1));
        di_gemm('T', 'N', p, p, p, 1, r->B, p, r->B, p, 0, q.N, p);
        di_gemv('T', p, p, 1, r->B, p, theta, 0, q.t);
        radial_sums(&q, r->l, s, tilt, one);
    }
    for (size_t c = 0; c < p; c++) {
        s->t2a += tilt[c] * tilt[c];
        s->rho13 += one[c] * one[c];
    }
    s->t1 = r->K ? given_t1(&q, r->K) : data_t1(&q, r, v, y);
done:
    di_pool_free(&pool);
    return status;
}
