/* lapack.c - factorisations, through LAPACKE's _work functions or, without LAPACKE,
 * through LAPACK's Fortran names.
 *
 * The _work functions hide string lengths and the integer type; LAPACKE's others print
 * when memory is short, and allocate behind our back. Sizes are checked before the
 * call: told of an illegal value some LAPACKs end the process. */
#include "linalg.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#ifdef HAVE_LAPACKE
#include <lapacke.h>
typedef lapack_int lint;
#define COL        LAPACK_COL_MAJOR
#define potrf(...) LAPACKE_dpotrf_work(COL, __VA_ARGS__)
#define potri(...) LAPACKE_dpotri_work(COL, __VA_ARGS__)
#define pstrf(...) LAPACKE_dpstrf_work(COL, __VA_ARGS__)
#define syevr(...) LAPACKE_dsyevr_work(COL, __VA_ARGS__)
#define geqrf(...) LAPACKE_dgeqrf_work(COL, __VA_ARGS__)
#define geqp3(...) LAPACKE_dgeqp3_work(COL, __VA_ARGS__)
#define orgqr(...) LAPACKE_dorgqr_work(COL, __VA_ARGS__)
#define gesdd(...) LAPACKE_dgesdd_work(COL, __VA_ARGS__)
#define gesv(...)  LAPACKE_dgesv_work(COL, __VA_ARGS__)
#define steqr(...) LAPACKE_dsteqr_work(COL, __VA_ARGS__)
#define sterf(...) LAPACKE_dsterf_work(__VA_ARGS__)
#define trcon(...) LAPACKE_dtrcon_work(COL, __VA_ARGS__)
#else
typedef int lint;
void dpotrf_(const char *uplo, const lint *n, double *A, const lint *lda, lint *info,
             size_t l1);
void dpotri_(const char *uplo, const lint *n, double *A, const lint *lda, lint *info,
             size_t l1);
void dpstrf_(const char *uplo, const lint *n, double *A, const lint *lda, lint *piv,
             lint *rank, const double *tol, double *work, lint *info, size_t l1);
void dsyevr_(const char *jobz, const char *range, const char *uplo, const lint *n,
             double *A, const lint *lda, const double *vl, const double *vu,
             const lint *il, const lint *iu, const double *abstol, lint *m, double *w,
             double *Z, const lint *ldz, lint *isuppz, double *work, const lint *lwork,
             lint *iwork, const lint *liwork, lint *info, size_t l1, size_t l2,
             size_t l3);
void dgeqrf_(const lint *m, const lint *n, double *A, const lint *lda, double *tau,
             double *work, const lint *lwork, lint *info);
void dgeqp3_(const lint *m, const lint *n, double *A, const lint *lda, lint *jpvt,
             double *tau, double *work, const lint *lwork, lint *info);
void dorgqr_(const lint *m, const lint *n, const lint *k, double *A, const lint *lda,
             const double *tau, double *work, const lint *lwork, lint *info);
void dgesdd_(const char *jobz, const lint *m, const lint *n, double *A, const lint *lda,
             double *s, double *U, const lint *ldu, double *VT, const lint *ldvt,
             double *work, const lint *lwork, lint *iwork, lint *info, size_t l1);
void dgesv_(const lint *n, const lint *m, double *A, const lint *lda, lint *ipiv,
            double *B, const lint *ldb, lint *info);
void dsteqr_(const char *compz, const lint *n, double *d, double *e, double *Z,
             const lint *ldz, double *work, lint *info, size_t l1);
void dsterf_(const lint *n, double *d, double *e, lint *info);
void dtrcon_(const char *norm, const char *uplo, const char *diag, const lint *n,
             const double *A, const lint *lda, double *rcond, double *work, lint *iwork,
             lint *info, size_t l1, size_t l2, size_t l3);

static lint potrf(char uplo, lint n, double *A, lint lda)
{
    lint info;
    dpotrf_(&uplo, &n, A, &lda, &info, 1);
    return info;
}

static lint potri(char uplo, lint n, double *A, lint lda)
{
    lint info;
    dpotri_(&uplo, &n, A, &lda, &info, 1);
    return info;
}

static lint pstrf(char uplo, lint n, double *A, lint lda, lint *piv, lint *rank,
                  double tol, double *work)
{
    lint info;
    dpstrf_(&uplo, &n, A, &lda, piv, rank, &tol, work, &info, 1);
    return info;
}

static lint syevr(char jobz, char range, char uplo, lint n, double *A, lint lda,
                  double vl, double vu, lint il, lint iu, double abstol, lint *m,
                  double *w, double *Z, lint ldz, lint *isuppz, double *work,
                  lint lwork, lint *iwork, lint liwork)
{
    lint info;
    dsyevr_(&jobz, &range, &uplo, &n, A, &lda, &vl, &vu, &il, &iu, &abstol, m, w, Z,
            &ldz, isuppz, work, &lwork, iwork, &liwork, &info, 1, 1, 1);
    return info;
}

static lint geqrf(lint m, lint n, double *A, lint lda, double *tau, double *work,
                  lint lwork)
{
    lint info;
    dgeqrf_(&m, &n, A, &lda, tau, work, &lwork, &info);
    return info;
}

static lint geqp3(lint m, lint n, double *A, lint lda, lint *jpvt, double *tau,
                  double *work, lint lwork)
{
    lint info;
    dgeqp3_(&m, &n, A, &lda, jpvt, tau, work, &lwork, &info);
    return info;
}

static lint orgqr(lint m, lint n, lint k, double *A, lint lda, const double *tau,
                  double *work, lint lwork)
{
    lint info;
    dorgqr_(&m, &n, &k, A, &lda, tau, work, &lwork, &info);
    return info;
}

static lint gesdd(char jobz, lint m, lint n, double *A, lint lda, double *s, double *U,
                  lint ldu, double *VT, lint ldvt, double *work, lint lwork,
                  lint *iwork)
{
    lint info;
    dgesdd_(&jobz, &m, &n, A, &lda, s, U, &ldu, VT, &ldvt, work, &lwork, iwork, &info,
            1);
    return info;
}

static lint gesv(lint n, lint m, double *A, lint lda, lint *ipiv, double *B, lint ldb)
{
    lint info;
    dgesv_(&n, &m, A, &lda, ipiv, B, &ldb, &info);
    return info;
}

static lint steqr(char compz, lint n, double *d, double *e, double *Z, lint ldz,
                  double *work)
{
    lint info;
    dsteqr_(&compz, &n, d, e, Z, &ldz, work, &info, 1);
    return info;
}

static lint sterf(lint n, double *d, double *e)
{
    lint info;
    dsterf_(&n, d, e, &info);
    return info;
}

static lint trcon(char norm, char uplo, char diag, lint n, const double *A, lint lda,
                  double *rcond, double *work, lint *iwork)
{
    lint info;
    dtrcon_(&norm, &uplo, &diag, &n, A, &lda, rcond, work, iwork, &info, 1, 1, 1);
    return info;
}
#endif

_Static_assert(sizeof(lint) == sizeof(int), "di_eigen_sym_in hands on its ints");

/* Does every size fit LAPACK's integers? */
static int fits(distest_context *ctx, size_t a, size_t b, size_t c)
{
    if (a <= INT_MAX && b <= INT_MAX && c <= INT_MAX) return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_EINVAL, NULL,
                   "A matrix of %zu x %zu is beyond what LAPACK can count.", a, b);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

int di_cholesky(char uplo, size_t n, double *A, size_t lda, size_t *pivot)
{
    if (n == 0) return DISTEST_SUCCESS;
    if (n > INT_MAX || lda > INT_MAX) return DISTEST_EINVAL;
    const lint info = potrf(uplo, (lint)n, A, (lint)lda);
    if (info > 0 && pivot) *pivot = (size_t)info - 1;
    return info == 0 ? DISTEST_SUCCESS : DISTEST_ESING;
}

int di_cholesky_pivoted(distest_context *ctx, size_t n, double *A, size_t lda,
                        size_t *pivot, double tol, size_t *rank)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *work = NULL, most = 0;
    lint *piv = NULL, found = 0;
    DI_TRY(fits(ctx, n, 2 * n, lda));
    *rank = 0;
    for (size_t j = 0; j < n; j++) {
        pivot[j] = j;
        most = fmax(most, A[j + j * lda]);
    }
    if (!(most > tol)) goto done; /* dpstrf takes its first pivot unless it is <= 0 */
    DI_TRY(DI_NEW(ctx, &pool, &work, n, 2));
    DI_TRY(DI_NEW(ctx, &pool, &piv, n, 1));
    if (pstrf('U', (lint)n, A, (lint)lda, piv, &found, tol, work) < 0)
        DI_TRY(DISTEST_EINTERNAL);
    for (size_t j = 0; j < n; j++) pivot[j] = (size_t)piv[j] - 1;
    *rank = (size_t)found;
done:
    di_pool_free(&pool);
    return status;
}

void di_cholesky_solve(char uplo, size_t n, size_t m, const double *L, size_t ldl,
                       double *B, size_t ldb)
{
    di_trsm('L', uplo, uplo == 'L' ? 'N' : 'T', 'N', n, m, 1, L, ldl, B, ldb);
    di_trsm('L', uplo, uplo == 'L' ? 'T' : 'N', 'N', n, m, 1, L, ldl, B, ldb);
}

int di_cholesky_inverse(char uplo, size_t n, double *L, size_t ldl)
{
    if (n == 0) return DISTEST_SUCCESS;
    if (n > INT_MAX || ldl > INT_MAX) return DISTEST_EINVAL;
    if (potri(uplo, (lint)n, L, (lint)ldl) != 0) return DISTEST_ESING;
    di_symmetrize(uplo, n, L, ldl);
    return DISTEST_SUCCESS;
}

double di_cholesky_logdet(size_t n, const double *L, size_t ldl)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += log(L[i + i * ldl]);
    return 2 * sum;
}

/* dsyevr wants 26 n at least; its blocks of 64 columns bring nothing at our sizes */
size_t di_eigen_sym_work(size_t n)
{
    return 26 * n + 1;
}

static int eigen_ends(lint info)
{
    return info == 0 ? DISTEST_SUCCESS : (info > 0 ? DISTEST_ECONV : DISTEST_EINTERNAL);
}

int di_eigen_sym_in(size_t n, double *A, size_t lda, double *values, double *V,
                    size_t ldv, double *work, int *iwork)
{
    if (n == 0) return DISTEST_SUCCESS;
    if (n == 1) { /* also what LAPACK does, without the call */
        values[0] = A[0];
        if (V) V[0] = 1;
        return isfinite(A[0]) ? DISTEST_SUCCESS : DISTEST_ECONV;
    }
    if (26 * n > INT_MAX || lda > INT_MAX || ldv > INT_MAX) return DISTEST_EINVAL;
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++)
            if (!isfinite(A[i + j * lda])) return DISTEST_ECONV;
    /* of the 12 n integers dsyevr has 10 n to work with, the last 2 n are its supports
     */
    double dummy[1];
    lint found = 0, *ints = (lint *)(void *)iwork;
    return eigen_ends(syevr(V ? 'V' : 'N', 'A', 'L', (lint)n, A, (lint)lda, 0, 0, 0, 0,
                            0, &found, values, V ? V : dummy, V ? (lint)ldv : (lint)n,
                            ints + 10 * n, work, (lint)(26 * n), ints, (lint)(10 * n)));
}

int di_eigen_sym(distest_context *ctx, size_t n, double *A, size_t lda, double *values,
                 double *V, size_t ldv)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *work = NULL;
    int *iwork = NULL;
    DI_TRY(fits(ctx, 26 * n, lda, ldv));
    DI_TRY(DI_NEW(ctx, &pool, &work, di_eigen_sym_work(n), 1));
    DI_TRY(DI_NEW(ctx, &pool, &iwork, DI_EIGEN_IWORK, n));
    DI_TRY(di_eigen_sym_in(n, A, lda, values, V, ldv, work, iwork));
done:
    di_pool_free(&pool);
    if (status == DISTEST_ECONV)
        return di_fail(ctx, status, NULL, "The eigenvalue iteration did not converge.");
    return status;
}

int di_qr(distest_context *ctx, size_t m, size_t n, double *A, size_t lda, double *tau,
          size_t *pivot)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *work = NULL;
    lint *jpvt = NULL;
    const size_t lwork = (n + 1) * 32 + 2 * n + 1;
    if (m == 0 || n == 0) return DISTEST_SUCCESS;
    DI_TRY(fits(ctx, m, lwork, lda));
    DI_TRY(DI_NEW(ctx, &pool, &work, lwork, 1));
    if (!pivot) {
        (void)geqrf((lint)m, (lint)n, A, (lint)lda, tau, work, (lint)lwork);
        goto done;
    }
    DI_TRY(DI_NEW(ctx, &pool, &jpvt, n, 1));
    memset(jpvt, 0, n * sizeof *jpvt);
    (void)geqp3((lint)m, (lint)n, A, (lint)lda, jpvt, tau, work, (lint)lwork);
    for (size_t j = 0; j < n; j++) pivot[j] = (size_t)jpvt[j] - 1;
done:
    di_pool_free(&pool);
    return status;
}

int di_qr_q(distest_context *ctx, size_t m, size_t n, size_t k, double *QR, size_t ldq,
            const double *tau)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *work = NULL;
    const size_t lwork = larger(n, 1) * 32;
    if (m == 0 || n == 0) return DISTEST_SUCCESS;
    DI_TRY(fits(ctx, m, lwork, ldq));
    DI_TRY(DI_NEW(ctx, &pool, &work, lwork, 1));
    (void)orgqr((lint)m, (lint)n, (lint)k, QR, (lint)ldq, tau, work, (lint)lwork);
done:
    di_pool_free(&pool);
    return status;
}

int di_svd(distest_context *ctx, size_t m, size_t n, double *A, size_t lda, double *s,
           double *U, size_t ldu, double *VT, size_t ldvt)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *work = NULL, *u = U, *vt = VT, ask = 0;
    lint *iwork = NULL;
    const size_t r = m < n ? m : n;
    const char job = U || VT ? 'S' : 'N';
    if (r == 0) return DISTEST_SUCCESS;
    DI_TRY(fits(ctx, m, n, larger(lda, larger(ldu, ldvt))));
    DI_TRY(DI_NEW(ctx, &pool, &iwork, 8, r));
    if (job == 'S' && !U) DI_TRY(DI_NEW(ctx, &pool, &u, m, r));
    if (job == 'S' && !VT) DI_TRY(DI_NEW(ctx, &pool, &vt, r, n));
    const lint lu = U ? (lint)ldu : (lint)m, lv = VT ? (lint)ldvt : (lint)r;
    (void)gesdd(job, (lint)m, (lint)n, A, (lint)lda, s, u, lu, vt, lv, &ask, -1, iwork);
    DI_TRY(fits(ctx, (size_t)ask, 0, 0));
    DI_TRY(DI_NEW(ctx, &pool, &work, (size_t)ask, 1));
    const lint info = gesdd(job, (lint)m, (lint)n, A, (lint)lda, s, u, lu, vt, lv, work,
                            (lint)ask, iwork);
    if (info != 0)
        status = di_fail(ctx, DISTEST_ECONV, NULL,
                         "The singular values could not be found.");
done:
    di_pool_free(&pool);
    return status;
}

int di_solve(distest_context *ctx, size_t n, size_t m, double *A, size_t lda, double *B,
             size_t ldb)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    lint *pivot = NULL;
    if (n == 0 || m == 0) return DISTEST_SUCCESS;
    DI_TRY(fits(ctx, n, m, larger(lda, ldb)));
    DI_TRY(DI_NEW(ctx, &pool, &pivot, n, 1));
    if (gesv((lint)n, (lint)m, A, (lint)lda, pivot, B, (lint)ldb) != 0)
        status = di_fail(ctx, DISTEST_ESING, NULL, "The matrix is singular.");
done:
    di_pool_free(&pool);
    return status;
}

int di_eigen_tridiag(distest_context *ctx, size_t n, double *diag, double *off,
                     double *first)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *Z = NULL, *work = NULL;
    lint info = 0;
    if (n == 0) return DISTEST_SUCCESS;
    DI_TRY(fits(ctx, n, n, 0));
    if (first) {
        DI_TRY(DI_NEW(ctx, &pool, &Z, n, n));
        DI_TRY(DI_NEW(ctx, &pool, &work, 2, n));
        info = steqr('I', (lint)n, diag, off, Z, (lint)n, work);
    } else { /* without square roots: half the time */
        info = sterf((lint)n, diag, off);
    }
    if (info != 0) {
        status = di_fail(ctx, DISTEST_ECONV, NULL,
                         "The eigenvalue iteration did not converge.");
        goto done;
    }
    for (size_t j = 0; first && j < n; j++) first[j] = Z[j * n];
done:
    di_pool_free(&pool);
    return status;
}

int di_triangular_rcond(distest_context *ctx, char uplo, size_t n, const double *A,
                        size_t lda, double *rcond)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *work = NULL;
    lint *iwork = NULL;
    *rcond = 1;
    if (n == 0) return DISTEST_SUCCESS;
    DI_TRY(fits(ctx, n, lda, 0));
    DI_TRY(DI_NEW(ctx, &pool, &work, 3, n));
    DI_TRY(DI_NEW(ctx, &pool, &iwork, n, 1));
    (void)trcon('1', uplo, 'N', (lint)n, A, (lint)lda, rcond, work, iwork);
done:
    di_pool_free(&pool);
    return status;
}
