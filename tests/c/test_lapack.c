/* test_lapack.c - factorisations against what they factor. */
#include "check.h"
#include "linalg.h"
#include "stream.h"

#include <sys/mman.h>

enum { M = 9, N = 6 };

static void fill(size_t n, double *A)
{
    di_stream s = di_stream_open(21, n);
    for (size_t i = 0; i < n; i++) A[i] = di_stream_normal(&s);
}

/* C = A'A for A of M x N */
static void make_definite(double *C)
{
    double A[M * N];
    fill(M * N, A);
    di_syrk('L', 'T', N, M, 1, A, M, 0, C, N);
    di_symmetrize('L', N, C, N);
}

static void near(size_t n, const double *got, const double *want, double tol)
{
    for (size_t i = 0; i < n; i++) CHECK_NEAR(got[i], want[i], tol);
}

static void cholesky_solves_and_inverts(void)
{
    double C[N * N], L[N * N], x[N], b[N] = {0}, I[N * N], unit[N * N] = {0};
    for (int upper = 0; upper < 2; upper++) {
        const char uplo = upper ? 'U' : 'L';
        make_definite(C);
        memcpy(L, C, sizeof L);
        CHECK(di_cholesky(uplo, N, L, N, NULL) == DISTEST_SUCCESS);
        fill(N, x);
        di_gemv('N', N, N, 1, C, N, x, 0, b);
        di_cholesky_solve(uplo, N, 1, L, N, b, N);
        near(N, b, x, 1e-12);
        const double logdet = di_cholesky_logdet(N, L, N);
        CHECK(di_cholesky_inverse(uplo, N, L, N) == DISTEST_SUCCESS);
        di_gemm('N', 'N', N, N, N, 1, C, N, L, N, 0, I, N);
        for (size_t i = 0; i < N; i++) unit[i + i * N] = 1;
        near(N * N, I, unit, 1e-12);
        double w[N];
        CHECK(di_eigen_sym(NULL, N, C, N, w, NULL, N) == DISTEST_SUCCESS);
        for (size_t i = 0; i < N; i++) w[0] = i ? w[0] + log(w[i]) : log(w[0]);
        CHECK_NEAR(logdet, w[0], 1e-12);
    }
}

/* A = B B' of rank 2: two rows of U with U'U = P'A P, the largest diagonal first */
static void pivoting_finds_the_rank(void)
{
    enum { n = 5 };
    double A[n * n], U[n * n], B[n * 2];
    size_t pivot[n], rank = 9, seen = 0;
    for (size_t i = 0; i < n; i++)
        B[i] = 1.0 + (double)i, B[i + n] = cos(2.0 * (double)i);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) A[i + j * n] = B[i] * B[j] + B[i + n] * B[j + n];
    memcpy(U, A, sizeof A);
    CHECK(di_cholesky_pivoted(NULL, n, U, n, pivot, 1e-12, &rank) == DISTEST_SUCCESS);
    CHECK(rank == 2 && pivot[0] == 4);
    for (size_t i = 0; i < n; i++) seen |= (size_t)1 << pivot[i];
    CHECK(seen == 31);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            double sum = 0;
            for (size_t r = 0; r < rank && r <= i; r++)
                sum += U[r + i * n] * U[r + j * n];
            CHECK_NEAR(sum, A[pivot[i] + pivot[j] * n], 1e-13);
        }
    memset(U, 0, sizeof U);
    CHECK(di_cholesky_pivoted(NULL, n, U, n, pivot, 1e-12, &rank) == DISTEST_SUCCESS);
    CHECK(rank == 0 && pivot[3] == 3);
    CHECK(di_cholesky_pivoted(NULL, 0, U, 1, pivot, 1e-12, &rank) == DISTEST_SUCCESS);
    CHECK(rank == 0);
}

static void an_indefinite_matrix_has_no_factor(void)
{
    double A[4] = {1, 2, 2, 1}, Z[4] = {0};
    size_t pivot = 9;
    CHECK(di_cholesky('L', 2, A, 2, &pivot) == DISTEST_ESING && pivot == 1);
    CHECK(di_cholesky('L', 2, Z, 2, &pivot) == DISTEST_ESING && pivot == 0);
}

static void eigenvectors_rebuild_the_matrix(void)
{
    double C[N * N], A[N * N], V[N * N], W[N * N], B[N * N], w[N];
    make_definite(C);
    memcpy(A, C, sizeof A);
    CHECK(di_eigen_sym(NULL, N, A, N, w, V, N) == DISTEST_SUCCESS);
    for (size_t j = 0; j < N; j++) {
        CHECK(j == 0 || w[j - 1] <= w[j]);
        for (size_t i = 0; i < N; i++) W[i + j * N] = w[j] * V[i + j * N];
    }
    di_gemm('N', 'T', N, N, N, 1, W, N, V, N, 0, B, N);
    near(N * N, B, C, 1e-13 * w[N - 1]);
    for (size_t j = 0; j < N; j++)
        for (size_t i = j; i < N; i++) {
            make_definite(C);
            C[i + j * N] = i % 2 ? NAN : INFINITY;
            CHECK(di_eigen_sym(NULL, N, C, N, w, V, N) == DISTEST_ECONV);
        }
}

static void one_by_one(void)
{
    double a = -3, w = 0, v = 0, tau = 0, b = 6;
    size_t pivot = 9;
    CHECK(di_eigen_sym(NULL, 1, &a, 1, &w, &v, 1) == DISTEST_SUCCESS);
    CHECK(w == -3 && v == 1);
    a = NAN;
    CHECK(di_eigen_sym(NULL, 1, &a, 1, &w, NULL, 1) == DISTEST_ECONV);
    a = 4;
    CHECK(di_cholesky('L', 1, &a, 1, NULL) == DISTEST_SUCCESS && a == 2);
    CHECK(di_cholesky_inverse('L', 1, &a, 1) == DISTEST_SUCCESS && a == 0.25);
    a = 2;
    CHECK(di_solve(NULL, 1, 1, &a, 1, &b, 1) == DISTEST_SUCCESS && b == 3);
    a = -2;
    CHECK(di_qr(NULL, 1, 1, &a, 1, &tau, &pivot) == DISTEST_SUCCESS);
    CHECK(fabs(a) == 2 && pivot == 0);
    a = -2;
    CHECK(di_svd(NULL, 1, 1, &a, 1, &w, NULL, 0, NULL, 0) == DISTEST_SUCCESS && w == 2);
    b = 5;
    CHECK(di_eigen_tridiag(NULL, 1, &b, NULL, &v) == DISTEST_SUCCESS);
    CHECK(b == 5 && v == 1);
    /* nothing at all */
    CHECK(di_eigen_sym(NULL, 0, NULL, 1, NULL, NULL, 1) == DISTEST_SUCCESS);
    CHECK(di_cholesky('U', 0, NULL, 1, NULL) == DISTEST_SUCCESS);
    CHECK(di_qr(NULL, 0, 3, NULL, 1, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(di_svd(NULL, 3, 0, NULL, 3, NULL, NULL, 0, NULL, 0) == DISTEST_SUCCESS);
    CHECK(di_solve(NULL, 0, 1, NULL, 1, NULL, 1) == DISTEST_SUCCESS);
    CHECK(di_eigen_tridiag(NULL, 0, NULL, NULL, NULL) == DISTEST_SUCCESS);
}

static void qr_rebuilds_the_matrix(void)
{
    for (int pivoted = 0; pivoted < 2; pivoted++) {
        double A[M * N], QR[M * N], tau[N], R[M * N] = {0}, B[M * N];
        size_t pivot[N] = {0, 1, 2, 3, 4, 5};
        fill(M * N, A);
        memcpy(QR, A, sizeof A);
        CHECK(di_qr(NULL, M, N, QR, M, tau, pivoted ? pivot : NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < N; j++)
            for (size_t i = 0; i <= j; i++) R[i + j * M] = QR[i + j * M];
        memcpy(B, R, sizeof B);
        CHECK(di_qr_apply(NULL, 'N', M, N, N, QR, M, tau, B, M) == DISTEST_SUCCESS);
        for (size_t j = 0; j < N; j++) near(M, B + j * M, A + pivot[j] * M, 1e-13);
        CHECK(di_qr_apply(NULL, 'T', M, N, N, QR, M, tau, B, M) == DISTEST_SUCCESS);
        near(M * N, B, R, 1e-13);
        CHECK(di_qr_q(NULL, M, N, N, QR, M, tau) == DISTEST_SUCCESS);
        di_gemm('N', 'N', M, N, N, 1, QR, M, R, M, 0, B, M);
        for (size_t j = 0; j < N; j++) near(M, B + j * M, A + pivot[j] * M, 1e-13);
    }
}

/* against the reflectors one at a time; the factor lies in memory that cannot be
 * written to, since threads share it */
static void products_with_q_only_read_the_factor(void)
{
    enum { HIGH = 75, MOST = 70 };
    const size_t size = 1 << 16, widths[3] = {1, 4, 37}, counts[3] = {70, 32, 7};
    double *QR =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    double tau[MOST], C[HIGH * 37], want[HIGH * 37];
    CHECK(QR != MAP_FAILED && size >= HIGH * MOST * sizeof *QR);
    fill(HIGH * MOST, QR);
    CHECK(di_qr(NULL, HIGH, MOST, QR, HIGH, tau, NULL) == DISTEST_SUCCESS);
    CHECK(mprotect(QR, size, PROT_READ) == 0);
    for (int trial = 0; trial < 18; trial++) {
        const size_t cols = widths[trial % 3], k = counts[trial / 3 % 3];
        const char t = trial < 9 ? 'T' : 'N';
        fill(HIGH * cols, C);
        memcpy(want, C, HIGH * cols * sizeof *C);
        for (size_t step = 0; step < k; step++) {
            const size_t j = t == 'T' ? step : k - 1 - step;
            for (size_t c = 0; c < cols; c++) {
                double *x = want + c * HIGH, s = x[j];
                for (size_t i = j + 1; i < HIGH; i++) s += QR[i + j * HIGH] * x[i];
                x[j] -= tau[j] * s;
                for (size_t i = j + 1; i < HIGH; i++)
                    x[i] -= tau[j] * s * QR[i + j * HIGH];
            }
        }
        CHECK(di_qr_apply(NULL, t, HIGH, cols, k, QR, HIGH, tau, C, HIGH) ==
              DISTEST_SUCCESS);
        near(HIGH * cols, C, want, 1e-13);
    }
    munmap(QR, size);
}

static void singular_values_rebuild_the_matrix(void)
{
    for (int wide = 0; wide < 2; wide++) {
        const size_t m = wide ? N : M, n = wide ? M : N;
        double A[M * N], B[M * N], C[M * N], U[M * N], VT[M * N], s[N], only[N];
        fill(M * N, A);
        memcpy(B, A, sizeof A);
        memcpy(C, A, sizeof A);
        CHECK(di_svd(NULL, m, n, B, m, s, U, m, VT, N) == DISTEST_SUCCESS);
        CHECK(di_svd(NULL, m, n, C, m, only, NULL, 0, NULL, 0) == DISTEST_SUCCESS);
        near(N, only, s, 1e-13);
        for (size_t j = 0; j < N; j++)
            for (size_t i = 0; i < m; i++) U[i + j * m] *= s[j];
        di_gemm('N', 'N', m, n, N, 1, U, m, VT, N, 0, B, m);
        near(M * N, B, A, 1e-13);
        memcpy(B, A, sizeof A);
        CHECK(di_svd(NULL, m, n, B, m, only, NULL, 0, VT, N) == DISTEST_SUCCESS);
        near(N, only, s, 1e-13);
    }
}

static void linear_systems(void)
{
    double A[N * N], LU[N * N], x[N], b[N];
    fill(N * N, A);
    fill(N, x);
    memcpy(LU, A, sizeof A);
    di_gemv('N', N, N, 1, A, N, x, 0, b);
    CHECK(di_solve(NULL, N, 1, LU, N, b, N) == DISTEST_SUCCESS);
    near(N, b, x, 1e-12);
    double Z[4] = {1, 2, 2, 4};
    CHECK(di_solve(NULL, 2, 1, Z, 2, b, 2) == DISTEST_ESING);
}

/* Golub and Welsch for Legendre: three nodes -sqrt(3/5), 0, sqrt(3/5), weights 5/18 ...
 */
static void tridiagonal_eigenvalues(void)
{
    double d[3] = {0}, e[2] = {1 / sqrt(3), 2 / sqrt(15)}, first[3];
    CHECK(di_eigen_tridiag(NULL, 3, d, e, first) == DISTEST_SUCCESS);
    CHECK_NEAR(d[0], -sqrt(0.6), 1e-15);
    CHECK_NEAR(d[2], sqrt(0.6), 1e-15);
    CHECK_NEAR(first[0] * first[0], 5.0 / 18, 1e-15);
    CHECK_NEAR(first[1] * first[1], 8.0 / 18, 1e-15);
}

static void condition_of_a_triangle(void)
{
    const double U[4] = {1, 0, 0, 1e-8}, Z[4] = {1, 0, 3, 0};
    double rcond;
    CHECK(di_triangular_rcond(NULL, 'U', 2, U, 2, &rcond) == DISTEST_SUCCESS);
    CHECK_REL(rcond, 1e-8, 1e-12);
    CHECK(di_triangular_rcond(NULL, 'U', 2, Z, 2, &rcond) == DISTEST_SUCCESS);
    CHECK(rcond == 0);
}

static int run_all(distest_context *ctx)
{
    double A[M * N], B[M * N], s[N], tau[N], U[M * N], VT[N * N], e[N];
    size_t pivot[N], rank;
    int status = DISTEST_SUCCESS;
    fill(M * N, A);
    memcpy(B, A, sizeof A);
    DI_TRY(di_qr(ctx, M, N, B, M, tau, pivot));
    DI_TRY(di_qr_apply(ctx, 'T', M, 1, N, B, M, tau, U, M));
    DI_TRY(di_qr_q(ctx, M, N, N, B, M, tau));
    memcpy(B, A, sizeof A);
    DI_TRY(di_svd(ctx, M, N, B, M, s, U, M, NULL, 0));
    make_definite(B);
    DI_TRY(di_triangular_rcond(ctx, 'L', N, B, N, s));
    DI_TRY(di_eigen_sym(ctx, N, B, N, s, VT, N));
    make_definite(B);
    DI_TRY(di_solve(ctx, N, 1, B, N, s, N));
    make_definite(B);
    DI_TRY(di_cholesky_pivoted(ctx, N, B, N, pivot, 0, &rank));
    fill(N, s);
    fill(N, e);
    DI_TRY(di_eigen_tridiag(ctx, N, s, e, tau));
done:
    return status;
}

static void memory_may_fail(void)
{
    CHECK(check_out_of_memory(run_all) >= 15);
}

static void sizes_beyond_lapack_are_refused(void)
{
    distest_context ctx = distest_context_default();
    double a[1] = {1}, t[1];
    const size_t huge = (size_t)1 << 40;
    CHECK_FAILS(di_qr(&ctx, huge, 1, a, huge, t, NULL), DISTEST_EINVAL, &ctx, "");
    CHECK_FAILS(di_eigen_sym(&ctx, huge, a, huge, t, NULL, 1), DISTEST_EINVAL, &ctx,
                "");
    CHECK_FAILS(di_svd(&ctx, huge, 1, a, huge, t, NULL, 0, NULL, 0), DISTEST_EINVAL,
                &ctx, "");
    CHECK_FAILS(di_solve(&ctx, huge, 1, a, huge, t, huge), DISTEST_EINVAL, &ctx, "");
    size_t pivot, rank;
    CHECK_FAILS(di_cholesky_pivoted(&ctx, huge, a, huge, &pivot, 0, &rank),
                DISTEST_EINVAL, &ctx, "");
    CHECK(di_cholesky('L', huge, a, huge, NULL) == DISTEST_EINVAL);
}

int main(void)
{
    di_blas_serial_enter();
    RUN(cholesky_solves_and_inverts);
    RUN(pivoting_finds_the_rank);
    RUN(an_indefinite_matrix_has_no_factor);
    RUN(eigenvectors_rebuild_the_matrix);
    RUN(one_by_one);
    RUN(qr_rebuilds_the_matrix);
    RUN(products_with_q_only_read_the_factor);
    RUN(singular_values_rebuild_the_matrix);
    RUN(linear_systems);
    RUN(tridiagonal_eigenvalues);
    RUN(condition_of_a_triangle);
    RUN(memory_may_fail);
    RUN(sizes_beyond_lapack_are_refused);
    di_blas_serial_leave();
    return check_report("lapack");
}
