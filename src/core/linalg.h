/* linalg.h - dense column-major linear algebra on BLAS and LAPACK(E), sizes as size_t.
 *
 * The only way to BLAS and LAPACK. BLAS keeps to one thread between
 * di_blas_serial_enter() and _leave(), which every public function that multiplies or
 * factors calls once, outside its parallel regions; the results then do not depend on
 * threads or alignment. Sizes and leading dimensions must fit int: di_check_shape().
 * Products (di_gemm ... di_trsm) never fail and may be called in parallel regions.
 * Factorisations take `work`, so that they may be called there too: di_<name>_work(...)
 * doubles; -1 never comes back from them but a status does. */
#ifndef DI_LINALG_H
#define DI_LINALG_H

#include "core.h"

void di_blas_serial_enter(void);
void di_blas_serial_leave(void);

/* blas.c: t, ta, tb are 'N' or 'T'; uplo 'U' or 'L'; side 'L' or 'R'; diag 'N' or 'U'.
 */
void di_gemm(char ta, char tb, size_t m, size_t n, size_t k, double alpha,
             const double *A, size_t lda, const double *B, size_t ldb, double beta,
             double *C, size_t ldc);
void di_sgemm(char ta, char tb, size_t m, size_t n, size_t k, float alpha,
              const float *A, size_t lda, const float *B, size_t ldb, float beta,
              float *C, size_t ldc);
void di_gemv(char t, size_t m, size_t n, double alpha, const double *A, size_t lda,
             const double *x, double beta, double *y);
void di_syrk(char uplo, char t, size_t n, size_t k, double alpha, const double *A,
             size_t lda, double beta, double *C, size_t ldc);
void di_syr2k(char uplo, char t, size_t n, size_t k, double alpha, const double *A,
              size_t lda, const double *B, size_t ldb, double beta, double *C,
              size_t ldc);
void di_symv(char uplo, size_t n, double alpha, const double *A, size_t lda,
             const double *x, double beta, double *y);
void di_trsm(char side, char uplo, char t, char diag, size_t m, size_t n, double alpha,
             const double *A, size_t lda, double *B, size_t ldb);
void di_trmm(char side, char uplo, char t, char diag, size_t m, size_t n, double alpha,
             const double *A, size_t lda, double *B, size_t ldb);
void di_trsv(char uplo, char t, char diag, size_t n, const double *A, size_t lda,
             double *x);
double di_dot(size_t n, const double *x, const double *y); /* eight fixed lanes */
double di_sum(size_t n, const double *x);                  /* likewise */
double di_quadform(size_t n, const double *A, size_t lda, const double *x); /* x'Ax */
void di_symmetrize(char from, size_t n, double *A, size_t lda); /* copies the `from`
                                                                   triangle over */

/* lapack.c. Each allocates its workspace unless said otherwise; ENOMEM, EINVAL for
 * sizes beyond int, ESING or ECONV as noted. No argument name is set: the caller knows
 * it. */

/* Cholesky factor of the `uplo` triangle in place; ESING with *pivot (from 0; may be
 * NULL) the first column that is not positive. No allocation, no message. */
DISTEST_STATUS di_cholesky(char uplo, size_t n, double *A, size_t lda, size_t *pivot);
/* Cholesky with pivoting of the upper triangle in place: U'U = P'A P, column j of U is
 * column pivot[j] (from 0) of A. Ends after *rank rows, when no diagonal is left above
 * tol; what is below them is not set. */
DISTEST_STATUS di_cholesky_pivoted(distest_context *ctx, size_t n, double *A,
                                   size_t lda, size_t *pivot, double tol, size_t *rank);
void di_cholesky_solve(char uplo, size_t n, size_t m, const double *L, size_t ldl,
                       double *B, size_t ldb); /* A X = B in place; no allocation */
/* from the factor to the whole inverse, both triangles; no allocation */
DISTEST_STATUS di_cholesky_inverse(char uplo, size_t n, double *L, size_t ldl);
double di_cholesky_logdet(size_t n, const double *L, size_t ldl);

/* Eigenvalues (increasing) and, unless V is NULL, vectors of a symmetric matrix (lower
 * triangle); A is destroyed; V n x n. ECONV when the iteration fails. */
DISTEST_STATUS di_eigen_sym(distest_context *ctx, size_t n, double *A, size_t lda,
                            double *values, double *V, size_t ldv);
/* the same without allocation: work of di_eigen_sym_work(n) doubles, iwork of
 * DI_EIGEN_IWORK * n ints */
enum { DI_EIGEN_IWORK = 12 };
size_t di_eigen_sym_work(size_t n);
DISTEST_STATUS di_eigen_sym_in(size_t n, double *A, size_t lda, double *values,
                               double *V, size_t ldv, double *work, int *iwork);

/* QR of A (m x n) in place, tau min(m, n). pivot (n, from 0) non-NULL: with column
 * pivoting, A P = Q R. */
DISTEST_STATUS di_qr(distest_context *ctx, size_t m, size_t n, double *A, size_t lda,
                     double *tau, size_t *pivot);
/* reflect.c. C := Q C or Q' C, C m x cols, from k reflectors, which are only read:
 * threads may share a factor. */
DISTEST_STATUS di_qr_apply(distest_context *ctx, char t, size_t m, size_t cols,
                           size_t k, const double *QR, size_t ldq, const double *tau,
                           double *C, size_t ldc);
/* the first n columns of Q (m x n) over the factor */
DISTEST_STATUS di_qr_q(distest_context *ctx, size_t m, size_t n, size_t k, double *QR,
                       size_t ldq, const double *tau);

/* Singular values (decreasing) and, unless NULL, U (m x r) and VT (r x n),
 * r = min(m, n); A is destroyed. */
DISTEST_STATUS di_svd(distest_context *ctx, size_t m, size_t n, double *A, size_t lda,
                      double *s, double *U, size_t ldu, double *VT, size_t ldvt);

/* LU: solves A X = B in place (A destroyed); ESING when exactly singular. */
DISTEST_STATUS di_solve(distest_context *ctx, size_t n, size_t m, double *A, size_t lda,
                        double *B, size_t ldb);

/* Eigenvalues (increasing, into diag) and, unless NULL, vectors' first components of
 * the symmetric tridiagonal matrix diag, off (n - 1). off is destroyed. */
DISTEST_STATUS di_eigen_tridiag(distest_context *ctx, size_t n, double *diag,
                                double *off, double *first);

/* 1 / condition number (1-norm) of a triangular matrix; 0 when singular. */
DISTEST_STATUS di_triangular_rcond(distest_context *ctx, char uplo, size_t n,
                                   const double *A, size_t lda, double *rcond);

/* matrix.c: moments of columns (weights may be NULL), centring. */
void di_column_means(size_t n, size_t d, const double *X, size_t ldx, const double *w,
                     double *mean);
void di_centre(size_t n, size_t d, const double *X, size_t ldx, const double *centre,
               double *out, size_t ldo);
/* D (m x n), D_ij = |x_i - y_j|^2, rows x_i of X (m x d), y_j of Y (n x d), given the
 * squared norms of the rows, by one product; clipped at 0. The error is at most
 * (d + 6) 2^-53 (|x_i| + |y_j|)^2: callers centre their points first. */
void di_sqdist(size_t m, size_t n, size_t d, const double *X, size_t ldx,
               const double *xx, const double *Y, size_t ldy, const double *yy,
               double *D, size_t ldd);
void di_row_sqnorms(size_t n, size_t d, const double *X, size_t ldx, double *s);

#endif
