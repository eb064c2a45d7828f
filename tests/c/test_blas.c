/* test_blas.c - products against loops, distances against differences. */
#include "check.h"
#include "linalg.h"
#include "stream.h"

#include <dlfcn.h>

enum { M = 7, N = 5, K = 4, LD = 11 };
static double A[LD * LD], B[LD * LD], C[LD * LD], D[LD * LD];

static void fill_all(void)
{
    di_stream s = di_stream_open(5, 5);
    for (size_t i = 0; i < LD * LD; i++) {
        A[i] = di_stream_normal(&s);
        B[i] = di_stream_normal(&s);
        D[i] = C[i] = di_stream_normal(&s);
    }
}

static double at(const double *X, char t, size_t i, size_t j)
{
    return t == 'N' ? X[i + j * LD] : X[j + i * LD];
}

static void products_are_the_sums_they_stand_for(void)
{
    const char t[] = {'N', 'T'};
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) {
            fill_all();
            di_gemm(t[a], t[b], M, N, K, 2, A, LD, B, LD, 0.5, C, LD);
            for (size_t i = 0; i < M; i++)
                for (size_t j = 0; j < N; j++) {
                    double sum = 0.5 * D[i + j * LD];
                    for (size_t k = 0; k < K; k++)
                        sum += 2 * at(A, t[a], i, k) * at(B, t[b], k, j);
                    CHECK_NEAR(C[i + j * LD], sum, 1e-14);
                }
            CHECK(C[M] == D[M] && C[N * LD] == D[N * LD]); /* no more than that */
        }
}

static void single_precision_products(void)
{
    float a[6] = {1, 2, 3, 4, 5, 6}, b[2] = {1, -1}, c[3] = {9, 9, 9};
    di_sgemm('N', 'N', 3, 1, 2, 1, a, 3, b, 2, 0, c, 3);
    CHECK(c[0] == -3 && c[1] == -3 && c[2] == -3);
}

static void vectors(void)
{
    double x[LD], y[LD], z[LD];
    fill_all();
    for (int t = 0; t < 2; t++) {
        const char op = t ? 'T' : 'N';
        const size_t rows = t ? N : M, cols = t ? M : N;
        for (size_t i = 0; i < LD; i++) {
            x[i] = B[i];
            z[i] = y[i] = D[i];
        }
        di_gemv(op, M, N, 3, A, LD, x, -1, y);
        for (size_t i = 0; i < rows; i++) {
            double sum = -z[i];
            for (size_t j = 0; j < cols; j++) sum += 3 * at(A, op, i, j) * x[j];
            CHECK_NEAR(y[i], sum, 1e-14);
        }
    }
    di_gemv('N', 3, 0, 1, A, LD, x, 0, y);
    CHECK(y[0] == 0 && y[2] == 0);
    double s[LD] = {0};
    di_symv('L', N, 1, A, LD, x, 0, s);
    di_symmetrize('L', N, A, LD);
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t j = 0; j < N; j++) sum += A[i + j * LD] * x[j];
        CHECK_NEAR(s[i], sum, 1e-14);
    }
    double q = 0;
    for (size_t i = 0; i < N; i++) q += x[i] * s[i];
    CHECK_NEAR(di_quadform(N, A, LD, x), q, 1e-13);
}

static void symmetric_products(void)
{
    fill_all();
    di_syrk('L', 'N', N, K, 1, A, LD, 0, C, LD);
    di_gemm('N', 'T', N, N, K, 1, A, LD, A, LD, 0, D, LD);
    for (size_t j = 0; j < N; j++)
        for (size_t i = j; i < N; i++) CHECK_NEAR(C[i + j * LD], D[i + j * LD], 1e-14);
    di_syr2k('U', 'N', N, K, 1, A, LD, B, LD, 0, C, LD);
    di_gemm('N', 'T', N, N, K, 1, A, LD, B, LD, 0, D, LD);
    di_gemm('N', 'T', N, N, K, 1, B, LD, A, LD, 1, D, LD);
    di_symmetrize('U', N, C, LD);
    for (size_t j = 0; j < N; j++)
        for (size_t i = 0; i < N; i++) CHECK_NEAR(C[i + j * LD], D[i + j * LD], 1e-13);
}

static void triangles_solve_what_they_multiply(void)
{
    const char side[] = {'L', 'R'}, uplo[] = {'U', 'L'}, t[] = {'N', 'T'};
    for (int i = 0; i < 8; i++) {
        fill_all();
        for (size_t k = 0; k < LD; k++) A[k + k * LD] = 3;
        di_trmm(side[i & 1], uplo[i >> 1 & 1], t[i >> 2], 'N', N, N, 2, A, LD, C, LD);
        di_trsm(side[i & 1], uplo[i >> 1 & 1], t[i >> 2], 'N', N, N, 0.5, A, LD, C, LD);
        for (size_t j = 0; j < N; j++)
            for (size_t k = 0; k < N; k++)
                CHECK_NEAR(C[k + j * LD], D[k + j * LD], 1e-13);
    }
    double x[N] = {1, 2, 3, 4, 5}, y[N] = {1, 2, 3, 4, 5};
    di_trmm('L', 'U', 'N', 'N', N, 1, 1, A, LD, x, N);
    di_trsv('U', 'N', 'N', N, A, LD, x);
    for (size_t k = 0; k < N; k++) CHECK_NEAR(x[k], y[k], 1e-13);
}

static void dots_of_every_length(void)
{
    double x[40], y[40];
    for (size_t n = 0; n <= 40; n++) {
        long double sum = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = 1 + (double)i;
            y[i] = 1 / (2 + (double)i);
            sum += (long double)x[i] * y[i];
        }
        CHECK_NEAR(di_dot(n, x, y), (double)sum, 1e-15);
        CHECK(di_sum(n, x) == (double)(n * (n + 1) / 2));
    }
}

static void distances_far_from_the_origin(void)
{
    double X[M * 3], Y[N * 3], xx[M], yy[N], G[M * N], mean[3];
    fill_all();
    for (size_t i = 0; i < M * 3; i++) X[i] = A[i] + 1e7;
    for (size_t i = 0; i < N * 3; i++) Y[i] = B[i] + 1e7;
    di_column_means(M, 3, X, M, NULL, mean);
    for (size_t k = 0; k < 3; k++) {
        double m = 0;
        for (size_t i = 0; i < M; i++) m += (X[i + k * M] - 1e7) / M;
        CHECK_NEAR(mean[k] - 1e7, m, 1e-8);
    }
    double U[M * 3], V[N * 3];
    di_centre(M, 3, X, M, mean, U, M);
    di_centre(N, 3, Y, N, mean, V, N);
    di_row_sqnorms(M, 3, U, M, xx);
    di_row_sqnorms(N, 3, V, N, yy);
    di_sqdist(M, N, 3, U, M, xx, V, N, yy, G, M);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) {
            double s = 0;
            for (size_t k = 0; k < 3; k++) s += pow(X[i + k * M] - Y[j + k * N], 2);
            CHECK_NEAR(G[i + j * M], s, 1e-13);
        }
}

/* One pass loses digits to the sum of many large numbers; the second gives them back.
 */
static void means_far_from_the_origin(void)
{
    enum { MANY = 20000 };
    static double x[MANY];
    di_stream s = di_stream_open(9, 9);
    long double sum = 0;
    for (size_t i = 0; i < MANY; i++) {
        x[i] = 1e9 + di_stream_normal(&s);
        sum += (long double)x[i] - 1e9L;
    }
    double mean;
    di_column_means(MANY, 1, x, MANY, NULL, &mean);
    CHECK_ULP(mean, (double)(1e9L + sum / MANY), 1);
}

static void weighted_means(void)
{
    const double X[] = {1, 2, 4, 10, 20, 40}, w[] = {1, 0, 3};
    double mean[2];
    di_column_means(3, 2, X, 3, w, mean);
    CHECK_NEAR(mean[0], 13.0 / 4, 1e-15);
    CHECK_NEAR(mean[1], 130.0 / 4, 1e-15);
}

typedef int (*get_fn)(void);
typedef void (*set_fn)(int);

/* Whatever number of threads the caller gave OpenBLAS: inside the section it has one,
 * so products and factors have the same bits; afterwards the caller's number is back.
 * With another BLAS the first half holds trivially. */
static void bits_do_not_depend_on_threads_of_blas(void)
{
    enum { SIZE = 513 };
    static double X[SIZE * SIZE], Y[3][2 * SIZE * SIZE];
    get_fn get = NULL;
    set_fn set = NULL;
    void *found = dlsym(RTLD_DEFAULT, "openblas_get_num_threads");
    memcpy(&get, &found, sizeof found);
    found = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    memcpy(&set, &found, sizeof found);
    di_stream s = di_stream_open(6, 6);
    for (size_t i = 0; i < SIZE * SIZE; i++) X[i] = di_stream_normal(&s);
    const int before = get ? get() : 1;
    for (int threads = 1; threads <= 3; threads++) {
        double *G = Y[threads - 1], *L = G + SIZE * SIZE;
        if (set) set(threads);
        di_blas_serial_enter();
        di_blas_serial_enter();
        CHECK(!get || get() == 1);
        di_gemm('T', 'N', SIZE, SIZE, SIZE, 1, X, SIZE, X, SIZE, 0, G, SIZE);
        memcpy(L, G, SIZE * SIZE * sizeof *G);
        CHECK(di_cholesky('L', SIZE, L, SIZE, NULL) == DISTEST_SUCCESS);
        di_blas_serial_leave();
        CHECK(!get || get() == 1);
        di_blas_serial_leave();
        CHECK(!get || get() == threads);
        CHECK(memcmp(Y[0], G, sizeof Y[0]) == 0);
    }
    if (set) set(before);
}

int main(void)
{
    RUN(products_are_the_sums_they_stand_for);
    RUN(single_precision_products);
    RUN(vectors);
    RUN(symmetric_products);
    RUN(triangles_solve_what_they_multiply);
    RUN(dots_of_every_length);
    RUN(distances_far_from_the_origin);
    RUN(means_far_from_the_origin);
    RUN(weighted_means);
    RUN(bits_do_not_depend_on_threads_of_blas);
    return check_report("blas");
}
