/* reflect.c - products with the Q of a QR factorisation, its reflectors k at a time in
 * compact WY form: H_1 ... H_k = I - V T V', V unit lower trapezoidal, T upper
 * triangular (Schreiber & Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989). Ours since
 * LAPACK's dormqr writes to the reflectors while it applies them and restores them
 * afterwards: threads that share a factor would meet its changes. */
#include "linalg.h"

#include <limits.h>
#include <string.h>

enum { K = 32, FEW = 4 };

typedef struct {
    size_t rows, k, ld;
    const double *V, *tau; /* V: R above the diagonal, reflectors below */
} panel;

/* L := the top k x k of V, ones and zeros written out; T of the k reflectors:
 * T_jj = tau_j, T_ij = -tau_j (T V'v_j)_i for i < j. */
static void compact(const panel *p, double *L, double *T)
{
    const size_t k = p->k, below = p->rows - k;
    for (size_t j = 0; j < k; j++)
        for (size_t i = 0; i < k; i++)
            L[i + j * k] = i < j ? 0 : i == j ? 1 : p->V[i + j * p->ld];
    di_syrk('U', 'T', k, k, 1, L, k, 0, T, k);
    if (below) di_syrk('U', 'T', k, below, 1, p->V + k, p->ld, 1, T, k);
    for (size_t j = 0; j < k; j++) {
        double *t = T + j * k; /* V'v_j so far; rows from 0 on only need later ones */
        for (size_t i = 0; i < j; i++) {
            double s = 0;
            for (size_t l = i; l < j; l++) s += T[i + l * k] * t[l];
            t[i] = -p->tau[j] * s;
        }
        t[j] = p->tau[j];
    }
}

/* C := (I - V T V') C, or with T'; W: k x cols */
static void apply_many(const panel *p, char t, size_t cols, double *C, size_t ldc,
                       double *L, double *T, double *W)
{
    const size_t k = p->k, below = p->rows - k;
    compact(p, L, T);
    for (size_t c = 0; c < cols; c++) memcpy(W + c * k, C + c * ldc, k * sizeof *W);
    di_trmm('L', 'L', 'T', 'U', k, cols, 1, L, k, W, k);
    if (below)
        di_gemm('T', 'N', k, cols, below, 1, p->V + k, p->ld, C + k, ldc, 1, W, k);
    di_trmm('L', 'U', t, 'N', k, cols, 1, T, k, W, k);
    if (below)
        di_gemm('N', 'N', below, cols, k, -1, p->V + k, p->ld, W, k, 1, C + k, ldc);
    di_trmm('L', 'L', 'N', 'U', k, cols, 1, L, k, W, k);
    for (size_t c = 0; c < cols; c++)
        for (size_t i = 0; i < k; i++) C[i + c * ldc] -= W[i + c * k];
}

/* c := (I - tau_j v_j v_j') c for each reflector and column */
static void apply_few(const panel *p, char t, size_t cols, double *C, size_t ldc)
{
    for (size_t step = 0; step < p->k; step++) {
        const size_t j = t == 'T' ? step : p->k - 1 - step, below = p->rows - j - 1;
        const double *v = p->V + j + 1 + j * p->ld;
        for (size_t c = 0; c < cols; c++) {
            double *x = C + j + c * ldc;
            const double s = p->tau[j] * (x[0] + di_dot(below, v, x + 1));
            x[0] -= s;
            for (size_t i = 0; i < below; i++) x[1 + i] -= s * v[i];
        }
    }
}

int di_qr_apply(distest_context *ctx, char t, size_t m, size_t cols, size_t k,
                const double *QR, size_t ldq, const double *tau, double *C, size_t ldc)
{
    const size_t panels = (k + K - 1) / K;
    double *L = NULL, *T = NULL, *W = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    if (m == 0 || cols == 0 || k == 0) return DISTEST_SUCCESS;
    if (m > INT_MAX || cols > INT_MAX || ldq > INT_MAX || ldc > INT_MAX)
        return di_fail(ctx, DISTEST_EINVAL, NULL,
                       "A matrix of %zu x %zu is beyond what BLAS can count.", m, cols);
    if (cols > FEW) {
        DI_TRY(DI_NEW(ctx, &pool, &L, K, K));
        DI_TRY(DI_NEW(ctx, &pool, &T, K, K));
        DI_TRY(DI_NEW(ctx, &pool, &W, K, cols));
    }
    for (size_t step = 0; step < panels;
         step++) { /* Q' from the first, Q from the last */
        const size_t j = (t == 'T' ? step : panels - 1 - step) * K;
        const panel p = {m - j, k - j < K ? k - j : K, ldq, QR + j + j * ldq, tau + j};
        if (cols > FEW)
            apply_many(&p, t, cols, C + j, ldc, L, T, W);
        else
            apply_few(&p, t, cols, C + j, ldc);
    }
done:
    di_pool_free(&pool);
    return status;
}
