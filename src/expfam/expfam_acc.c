/* expfam_acc.c - sums of statistics that merge: n, sum of log base densities, mean and
 * the second and third central sums of blocks of BLOCK rows, joined in pairs along a
 * tree that depends on row numbers alone (core's part.h), so that the bits do not
 * depend on who added which rows in what order. With d = mean_b - mean_a,
 *
 *     M2 = M2a + M2b + n_a n_b / n d d',
 *     M3 = M3a + M3b + sym3[d x (n_a M2b - n_b M2a)] / n
 *          + n_a n_b (n_a - n_b) / n^2 d x d x d.
 *
 * M2 holds a <= b, M3 a <= b <= c, the last index slowest. */
#include "expfam.h"
#include "part.h"

#include <string.h>

enum { BLOCK = 4096, ROWS = 512, VERSION = 1, MOST_THIRD = 200 };

struct distest_expfam_acc {
    size_t p;
    int order;
    di_part *part;
};

static size_t second(size_t p)
{
    return p * (p + 1) / 2;
}

static size_t length(size_t p, int order)
{
    return 2 + p + (order > 1 ? second(p) : 0) +
           (order > 2 ? p * (p + 1) * (p + 2) / 6 : 0);
}

static di_part_form form_of(size_t p, int order)
{
    return (di_part_form){.family = "expfam",
                          .version = VERSION,
                          .block_rows = BLOCK,
                          .key = (uint64_t)p * 8 + (uint64_t)order,
                          .len = length(p, order)};
}

typedef struct {
    size_t p;
    int order;
} shape;

static int join(size_t len, double *a, const double *b, void *data)
{
    const shape *s = data;
    const size_t p = s->p;
    const double na = a[0], nb = b[0], n = na + nb;
    const double *ma = a + 2, *mb = b + 2;
    double *M2 = a + 2 + p, *M3 = M2 + second(p);
    const double *N2 = b + 2 + p, *N3 = N2 + second(p);
    (void)len;
    if (!(nb > 0)) {
        a[1] += b[1];
        return DISTEST_SUCCESS;
    }
    if (!(na > 0)) {
        const double base = a[1];
        memcpy(a, b, length(p, s->order) * sizeof *a);
        a[1] += base;
        return DISTEST_SUCCESS;
    }
    const double cube = na * nb * (na - nb) / (n * n);
    for (size_t c = 0, i = 0; s->order > 2 && c < p; c++)
        for (size_t k = 0; k <= c; k++)
            for (size_t j = 0; j <= k; j++, i++) {
                const double dj = mb[j] - ma[j], dk = mb[k] - ma[k], dc = mb[c] - ma[c];
                const size_t jk = j + second(k), jc = j + second(c), kc = k + second(c);
                M3[i] += N3[i] + cube * dj * dk * dc +
                         (dj * (na * N2[kc] - nb * M2[kc]) +
                          dk * (na * N2[jc] - nb * M2[jc]) +
                          dc * (na * N2[jk] - nb * M2[jk])) /
                             n;
            }
    for (size_t k = 0, i = 0; s->order > 1 && k < p; k++)
        for (size_t j = 0; j <= k; j++, i++)
            M2[i] += N2[i] + na * nb / n * (mb[j] - ma[j]) * (mb[k] - ma[k]);
    for (size_t k = 0; k < p; k++) a[2 + k] += nb / n * (mb[k] - ma[k]);
    a[0] = n;
    a[1] += b[1];
    return DISTEST_SUCCESS;
}

typedef struct {
    shape s;
    size_t n, ld;
    const double *xi, *w, *base;
    double *scratch; /* threads x (2 ROWS p + p^2) */
} rows;

/* sum over rows of w x x' and, slice by slice, w x x x of centred rows X */
static void add_powers(const rows *q, size_t m, const double *w, double *X, double *Y,
                       double *S, double *M2, double *M3)
{
    const size_t p = q->s.p;
    for (size_t c = 0, i3 = 0; c < p; c++) {
        const size_t k = c + 1;
        for (size_t r = 0; r < m; r++) Y[r] = (w ? w[r] : 1) * X[r + c * ROWS];
        di_gemv('T', m, k, 1, X, ROWS, Y, 0, S);
        for (size_t j = 0; j < k; j++) M2[j + second(c)] += S[j];
        if (q->s.order < 3) continue;
        for (size_t j = k; j-- > 0;) /* column 0 last, as it holds w x_c */
            for (size_t r = 0; r < m; r++) Y[r + j * ROWS] = Y[r] * X[r + j * ROWS];
        di_gemm('T', 'N', k, k, m, 1, Y, ROWS, X, ROWS, 0, S, k);
        for (size_t b = 0; b < k; b++)
            for (size_t a = 0; a <= b; a++, i3++) M3[i3] += S[a + b * k];
    }
}

static int one_block(size_t block, int thread, void *data, double *out)
{
    const rows *q = data;
    const size_t p = q->s.p, from = block * BLOCK;
    const size_t left = q->n - from < BLOCK ? q->n - from : BLOCK;
    double *X = q->scratch + (size_t)thread * (2 * ROWS * p + p * p), *Y = X + ROWS * p,
           *S = Y + ROWS * p;
    const double *w = q->w ? q->w + from : NULL;
    double n = 0;
    memset(out, 0, length(p, q->s.order) * sizeof *out);
    for (size_t i = 0; i < left; i++) {
        const double u = w ? w[i] : 1;
        n += u;
        if (q->base && u > 0) out[1] += u * q->base[from + i];
    }
    out[0] = n;
    if (!(n > 0)) return DISTEST_SUCCESS;
    for (size_t k = 0; k < p; k++) { /* about the first row, then about the mean */
        const double *x = q->xi + from + k * q->ld, shift = x[0];
        double s = 0, r = 0;
        for (size_t i = 0; i < left; i++) s += (w ? w[i] : 1) * (x[i] - shift);
        const double mean = shift + s / n;
        for (size_t i = 0; i < left; i++) r += (w ? w[i] : 1) * (x[i] - mean);
        out[2 + k] = mean + r / n;
    }
    for (size_t i = 0; q->s.order > 1 && i < left; i += ROWS) {
        const size_t m = left - i < ROWS ? left - i : ROWS;
        for (size_t k = 0; k < p; k++)
            for (size_t r = 0; r < m; r++)
                X[r + k * ROWS] = q->xi[from + i + r + k * q->ld] - out[2 + k];
        add_powers(q, m, w ? w + i : NULL, X, Y, S, out + 2 + p,
                   out + 2 + p + second(p));
    }
    return DISTEST_SUCCESS;
}

static int check_shape(size_t p, int order, distest_context *ctx)
{
    if (p < 1 || p > 100000)
        return di_fail(ctx, DISTEST_EINVAL, "p",
                       "The number of statistics must be from 1 to 100000, not %zu.",
                       p);
    if (order < 1 || order > 3)
        return di_fail(ctx, DISTEST_EINVAL, "order", "`order` must be 1, 2 or 3.");
    if (order == 3 && p > MOST_THIRD)
        return di_fail(ctx, DISTEST_EINVAL, "order",
                       "Third moments are kept of at most %d statistics, not %zu.",
                       MOST_THIRD, p);
    return DISTEST_SUCCESS;
}

int distest_expfam_acc_alloc(distest_expfam_acc **out, size_t p, int order,
                             distest_context *ctx)
{
    distest_expfam_acc *acc = NULL;
    void *block = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(check_shape(p, order, ctx));
    DI_TRY(di_alloc(ctx, &block, 1, sizeof *acc));
    acc = block;
    *acc = (distest_expfam_acc){p, order, NULL};
    const di_part_form form = form_of(p, order);
    DI_TRY(di_part_new(ctx, &form, &acc->part));
    *out = acc;
    acc = NULL;
done:
    distest_expfam_acc_free(acc);
    return status;
}

void distest_expfam_acc_free(distest_expfam_acc *acc)
{
    if (!acc) return;
    di_part_free(acc->part);
    di_free(acc);
}

int distest_expfam_acc_add(distest_expfam_acc *acc, const char *segment, uint64_t first,
                           size_t n, const double *xi, const double *weights,
                           const double *logbase, distest_context *ctx)
{
    const size_t p = acc->p;
    rows q = {{p, acc->order}, n, n, xi, weights, logbase, NULL};
    di_pool pool = {NULL};
    int status = DISTEST_SUCCESS, blas = 0;

    di_begin(ctx);
    DI_TRY(di_check_shape(ctx, "xi", n, p));
    DI_TRY(di_check_finite(ctx, "xi", n * p, xi));
    if (weights) DI_TRY(di_check_nonnegative(ctx, "weights", n, weights));
    if (logbase) DI_TRY(di_check_finite(ctx, "logbase", n, logbase));
    DI_TRY(
        DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx), 2 * ROWS * p + p * p));
    di_blas_serial_enter();
    blas = 1;
    DI_TRY(di_part_add(ctx, "moments", 0, 1, acc->part, segment, first, n, one_block,
                       &q, join, &q.s));
done:
    if (blas) di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_expfam_acc_merge(distest_expfam_acc *into, const distest_expfam_acc *from,
                             distest_context *ctx)
{
    shape s = {into->p, into->order};
    di_begin(ctx);
    return di_part_merge(ctx, into->part, from->part, join, &s);
}

int distest_expfam_acc_get(const distest_expfam_acc *acc, double *n, double *mean,
                           double *cov, double *third, double *logbase,
                           distest_context *ctx)
{
    const size_t p = acc->p;
    shape s = {p, acc->order};
    di_pool pool = {NULL};
    double *t = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    if ((cov && acc->order < 2) || (third && acc->order < 3))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "acc",
                       "Moments of this order were not kept: order is %d.",
                       acc->order));
    DI_TRY(DI_NEW(ctx, &pool, &t, length(p, acc->order), 1));
    DI_TRY(di_part_total(ctx, acc->part, join, &s, t));
    const double N = t[0], *M2 = t + 2 + p, *M3 = M2 + second(p);
    if (n) *n = N;
    if (logbase) *logbase = t[1];
    for (size_t k = 0; mean && k < p; k++) mean[k] = t[2 + k];
    for (size_t k = 0; cov && k < p; k++)
        for (size_t j = 0; j <= k; j++)
            cov[j + k * p] = cov[k + j * p] = N > 1 ? M2[j + second(k)] / (N - 1) : NAN;
    for (size_t i = 0; third && i < p * (p + 1) * (p + 2) / 6; i++)
        third[i] = N > 2 ? N / ((N - 1) * (N - 2)) * M3[i] : NAN;
done:
    di_pool_free(&pool);
    return status;
}

size_t distest_expfam_acc_packed_size(const distest_expfam_acc *acc)
{
    return acc ? di_part_packed_size(acc->part) : 0;
}

void distest_expfam_acc_pack(const distest_expfam_acc *acc, unsigned char *bytes)
{
    if (acc && bytes) di_part_pack(acc->part, bytes);
}

int distest_expfam_acc_unpack(distest_expfam_acc **out, size_t p, int order,
                              size_t size, const unsigned char *bytes,
                              distest_context *ctx)
{
    distest_expfam_acc *acc = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(di_check_pointer(ctx, "bytes", bytes));
    DI_TRY(distest_expfam_acc_alloc(&acc, p, order, ctx));
    const di_part_form form = form_of(p, order);
    di_part_free(acc->part);
    acc->part = NULL;
    DI_TRY(di_part_unpack(ctx, "bytes", size, bytes, &form, &acc->part));
    *out = acc;
    acc = NULL;
done:
    distest_expfam_acc_free(acc);
    return status;
}
