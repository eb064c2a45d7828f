/* blas.c - products, through the Fortran names of BLAS.
 *
 * Not through cblas_*: where R was built with its own BLAS those land in GSL's slow
 * reference version. BLAS keeps to one thread while a public function runs: with more,
 * OpenBLAS gives other bits. Which library is loaded is found by the names of its
 * setters; none of them means that it has one thread anyway. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "linalg.h"

#include <string.h>
#ifndef _WIN32
#include <dlfcn.h>
#include <pthread.h>
#endif

void dgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k,
            const double *alpha, const double *A, const int *lda, const double *B,
            const int *ldb, const double *beta, double *C, const int *ldc, size_t la,
            size_t lb);
void sgemm_(const char *ta, const char *tb, const int *m, const int *n, const int *k,
            const float *alpha, const float *A, const int *lda, const float *B,
            const int *ldb, const float *beta, float *C, const int *ldc, size_t la,
            size_t lb);
void dgemv_(const char *t, const int *m, const int *n, const double *alpha,
            const double *A, const int *lda, const double *x, const int *incx,
            const double *beta, double *y, const int *incy, size_t lt);
void dsyrk_(const char *uplo, const char *t, const int *n, const int *k,
            const double *alpha, const double *A, const int *lda, const double *beta,
            double *C, const int *ldc, size_t lu, size_t lt);
void dsyr2k_(const char *uplo, const char *t, const int *n, const int *k,
             const double *alpha, const double *A, const int *lda, const double *B,
             const int *ldb, const double *beta, double *C, const int *ldc, size_t lu,
             size_t lt);
void dsymv_(const char *uplo, const int *n, const double *alpha, const double *A,
            const int *lda, const double *x, const int *incx, const double *beta,
            double *y, const int *incy, size_t lu);
void dtrsm_(const char *side, const char *uplo, const char *t, const char *diag,
            const int *m, const int *n, const double *alpha, const double *A,
            const int *lda, double *B, const int *ldb, size_t ls, size_t lu, size_t lt,
            size_t ld);
void dtrmm_(const char *side, const char *uplo, const char *t, const char *diag,
            const int *m, const int *n, const double *alpha, const double *A,
            const int *lda, double *B, const int *ldb, size_t ls, size_t lu, size_t lt,
            size_t ld);
void dtrsv_(const char *uplo, const char *t, const char *diag, const int *n,
            const double *A, const int *lda, double *x, const int *incx, size_t lu,
            size_t lt, size_t ld);

/* Threads of BLAS, by whichever pair of functions the loaded library has. */
#ifdef _WIN32
void di_blas_serial_enter(void)
{
}

void di_blas_serial_leave(void)
{
}
#else
typedef int (*get_fn)(void);
typedef void (*set_fn)(int);
static get_fn get_threads;
static set_fn set_threads;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int inside, callers;

static void find_setters(void)
{
    static const char *const names[][2] = {
        {"openblas_get_num_threads", "openblas_set_num_threads"},
        {"openblas_get_num_threads64_", "openblas_set_num_threads64_"},
        {"MKL_Get_Max_Threads", "MKL_Set_Num_Threads"},
        {"bli_thread_get_num_threads", "bli_thread_set_num_threads"},
        {"flexiblas_get_num_threads", "flexiblas_set_num_threads"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *get = dlsym(RTLD_DEFAULT, names[i][0]);
        void *set = dlsym(RTLD_DEFAULT, names[i][1]);
        if (!get || !set) continue;
        memcpy(&get_threads, &get, sizeof get); /* ISO C has no cast between the two */
        memcpy(&set_threads, &set, sizeof set);
        return;
    }
}

void di_blas_serial_enter(void)
{
    pthread_once(&once, find_setters);
    if (!set_threads) return;
    (void)pthread_mutex_lock(&mutex);
    if (inside++ == 0 && (callers = get_threads()) != 1) set_threads(1);
    (void)pthread_mutex_unlock(&mutex);
}

void di_blas_serial_leave(void)
{
    if (!set_threads) return;
    (void)pthread_mutex_lock(&mutex);
    if (--inside == 0 && callers != 1) set_threads(callers);
    (void)pthread_mutex_unlock(&mutex);
}
#endif

/* Sizes and leading dimensions are below 2^31: di_check_shape() has seen to it. */
void di_gemm(char ta, char tb, size_t m, size_t n, size_t k, double alpha,
             const double *A, size_t lda, const double *B, size_t ldb, double beta,
             double *C, size_t ldc)
{
    const int im = (int)m, in = (int)n, ik = (int)k, ia = (int)lda, ib = (int)ldb,
              ic = (int)ldc;
    if (m && n)
        dgemm_(&ta, &tb, &im, &in, &ik, &alpha, A, &ia, B, &ib, &beta, C, &ic, 1, 1);
}

void di_sgemm(char ta, char tb, size_t m, size_t n, size_t k, float alpha,
              const float *A, size_t lda, const float *B, size_t ldb, float beta,
              float *C, size_t ldc)
{
    const int im = (int)m, in = (int)n, ik = (int)k, ia = (int)lda, ib = (int)ldb,
              ic = (int)ldc;
    if (m && n)
        sgemm_(&ta, &tb, &im, &in, &ik, &alpha, A, &ia, B, &ib, &beta, C, &ic, 1, 1);
}

void di_gemv(char t, size_t m, size_t n, double alpha, const double *A, size_t lda,
             const double *x, double beta, double *y)
{
    const int im = (int)m, in = (int)n, ia = (int)lda, one = 1;
    const size_t rows = t == 'N' ? m : n;
    if (m && n) {
        dgemv_(&t, &im, &in, &alpha, A, &ia, x, &one, &beta, y, &one, 1);
        return;
    }
    for (size_t i = 0; i < rows; i++) y[i] = beta == 0 ? 0 : beta * y[i];
}

void di_syrk(char uplo, char t, size_t n, size_t k, double alpha, const double *A,
             size_t lda, double beta, double *C, size_t ldc)
{
    const int in = (int)n, ik = (int)k, ia = (int)lda, ic = (int)ldc;
    if (n) dsyrk_(&uplo, &t, &in, &ik, &alpha, A, &ia, &beta, C, &ic, 1, 1);
}

void di_syr2k(char uplo, char t, size_t n, size_t k, double alpha, const double *A,
              size_t lda, const double *B, size_t ldb, double beta, double *C,
              size_t ldc)
{
    const int in = (int)n, ik = (int)k, ia = (int)lda, ib = (int)ldb, ic = (int)ldc;
    if (n) dsyr2k_(&uplo, &t, &in, &ik, &alpha, A, &ia, B, &ib, &beta, C, &ic, 1, 1);
}

void di_symv(char uplo, size_t n, double alpha, const double *A, size_t lda,
             const double *x, double beta, double *y)
{
    const int in = (int)n, ia = (int)lda, one = 1;
    if (n) dsymv_(&uplo, &in, &alpha, A, &ia, x, &one, &beta, y, &one, 1);
}

void di_trsm(char side, char uplo, char t, char diag, size_t m, size_t n, double alpha,
             const double *A, size_t lda, double *B, size_t ldb)
{
    const int im = (int)m, in = (int)n, ia = (int)lda, ib = (int)ldb;
    if (m && n)
        dtrsm_(&side, &uplo, &t, &diag, &im, &in, &alpha, A, &ia, B, &ib, 1, 1, 1, 1);
}

void di_trmm(char side, char uplo, char t, char diag, size_t m, size_t n, double alpha,
             const double *A, size_t lda, double *B, size_t ldb)
{
    const int im = (int)m, in = (int)n, ia = (int)lda, ib = (int)ldb;
    if (m && n)
        dtrmm_(&side, &uplo, &t, &diag, &im, &in, &alpha, A, &ia, B, &ib, 1, 1, 1, 1);
}

void di_trsv(char uplo, char t, char diag, size_t n, const double *A, size_t lda,
             double *x)
{
    const int in = (int)n, ia = (int)lda, one = 1;
    if (n) dtrsv_(&uplo, &t, &diag, &in, A, &ia, x, &one, 1, 1, 1);
}

/* Eight lanes, combined in a fixed order: no library's idea of a sum. */
double di_dot(size_t n, const double *x, const double *y)
{
    double s[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++) s[k] += x[i + k] * y[i + k];
    for (size_t k = 0; i < n; i++, k++) s[k] += x[i] * y[i];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

double di_sum(size_t n, const double *x)
{
    double s[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++) s[k] += x[i + k];
    for (size_t k = 0; i < n; i++, k++) s[k] += x[i];
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

double di_quadform(size_t n, const double *A, size_t lda, const double *x)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += x[j] * di_dot(n, A + j * lda, x);
    return sum;
}

void di_symmetrize(char from, size_t n, double *A, size_t lda)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j + 1; i < n; i++)
            if (from == 'L')
                A[j + i * lda] = A[i + j * lda];
            else
                A[i + j * lda] = A[j + i * lda];
}
