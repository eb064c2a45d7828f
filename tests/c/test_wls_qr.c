/* test_wls_qr.c - factorisations in pieces: Q'Q = I, QR = A, both ends of a spectrum
 * that is known, bits for any number of threads. */
#include "wls_test.h"

#include "../../src/wls/wls.h"

/* numbers without a pattern */
static void scatter(size_t n, double *x, uint64_t key)
{
    di_stream s = di_stream_open(key, 0);
    di_stream_normals(&s, n, x);
}

static void check_factors(size_t n, size_t m, size_t blocks)
{
    di_pool pool = {0};
    di_wls_qr f;
    double *A = malloc(n * m * sizeof *A), *Q = malloc(n * m * sizeof *Q);
    double *R = malloc(m * m * sizeof *R), *y = malloc(n * sizeof *y);
    double *work = malloc(n * sizeof *work), *b = malloc(m * sizeof *b);
    scatter(n * m, A, n), scatter(n, y, m);
    CHECK(di_wls_qr_alloc(NULL, &pool, n, m, &f) == DISTEST_SUCCESS);
    CHECK(f.blocks == blocks);
    CHECK(di_wls_qr_load(NULL, "fit", 0, &f, A, NULL) == DISTEST_SUCCESS);
    CHECK(di_wls_qr_factor(NULL, "fit", 0, 1, &f) == DISTEST_SUCCESS);
    di_wls_qr_r(&f, R);
    memcpy(work, y, n * sizeof *y);
    double *room = malloc(f.high * sizeof *room);
    CHECK(di_wls_qr_qt(&f, 1, work, room) == DISTEST_SUCCESS);
    memcpy(b, work, m * sizeof *b);
    CHECK(di_wls_qr_q(NULL, "fit", 0, 1, &f, Q) == DISTEST_SUCCESS);
    double worst = 0, off = 0, qty = 0;
    for (size_t i = 0; i < n; i += 7)
        for (size_t j = 0; j < m; j++) {
            double s = 0;
            for (size_t l = 0; l <= j; l++) s += Q[i + l * n] * R[l + j * m];
            worst = fmax(worst, fabs(s - A[i + j * n]));
        }
    for (size_t j = 0; j < m; j++) {
        double s = 0;
        for (size_t i = 0; i < n; i++) s += Q[i + j * n] * y[i];
        qty = fmax(qty, fabs(s - b[j]));
        for (size_t l = 0; l <= j; l++)
            off = fmax(off, fabs(di_dot(n, Q + j * n, Q + l * n) - (j == l)));
    }
    CHECK(worst < 1e-12 * sqrt((double)n) && off < 1e-13 && qty < 1e-12);
    free(A), free(Q), free(R), free(y), free(work), free(b), free(room);
    di_pool_free(&pool);
}

static void factors_multiply_to_the_matrix(void)
{
    check_factors(5, 5, 1);
    check_factors(70, 33, 1);
    check_factors(200, 150, 1); /* several panels, two tiles */
    check_factors(511, 3, 1);
    check_factors(777, 12, 3); /* row blocks of unequal height */
    check_factors(3000, 70, 10);
}

/* H1 D H2 with two reflections has the singular values of D */
static void big_spectra_have_their_ends_and_their_trace(void)
{
    enum { m = 420 };
    double *A = calloc(m * m, sizeof *A), *u = malloc(2 * m * sizeof *u), *v = u + m;
    double low = INFINITY, high = 0, trace = 0;
    distest_wls_diag d = {0};
    for (int j = 0; j < m; j++) {
        const double s = 0.2 + 1.7 * pow((double)j / (m - 1), 0.7);
        A[j + j * m] = s * sqrt(m);
        low = fmin(low, s * s), high = fmax(high, s * s), trace += 1 / (s * s);
    }
    scatter(2 * m, u, 5);
    for (int side = 0; side < 2; side++) {
        double *h = side ? v : u;
        const double length = sqrt(di_dot(m, h, h));
        for (int i = 0; i < m; i++) h[i] /= length;
        for (int c = 0; c < m; c++) { /* a column, or a row */
            double s = 0;
            for (int i = 0; i < m; i++) s += h[i] * A[side ? c + i * m : i + c * m];
            for (int i = 0; i < m; i++) A[side ? c + i * m : i + c * m] -= 2 * s * h[i];
        }
    }
    CHECK(distest_wls_diagnose(m, m, A, &d, NULL) == DISTEST_SUCCESS);
    CHECK_REL(d.lambda_min, low, 1e-10);
    CHECK_REL(d.lambda_max, high, 1e-10);
    CHECK_REL(d.trace, trace, 1e-10);
    CHECK_REL(d.cond, high / low, 1e-9);
    CHECK_NEAR(d.delta, fmax(1 - low, high - 1), 1e-10);
    for (int i = 0; i < m; i++) A[i + 3 * m] = A[i + 5 * m]; /* singular */
    CHECK(distest_wls_diagnose(m, m, A, &d, NULL) == DISTEST_SUCCESS);
    CHECK(d.lambda_min < 1e-20);
    free(A), free(u);
}

static void same_bits_for_any_threads(void)
{
    const size_t shapes[2][2] = {{330, 160}, {4000, 40}};
    for (int s = 0; s < 2; s++) {
        const size_t n = shapes[s][0], m = shapes[s][1], q = 3;
        double *P = malloc(n * m * sizeof *P), *w = malloc(n * sizeof *w);
        double *Y = malloc(n * q * sizeof *Y), *out[3];
        scatter(n * m, P, 1), scatter(n * q, Y, 2);
        for (size_t i = 0; i < n; i++) w[i] = 1 + 0.1 * (double)(i % 7);
        for (int t = 0; t < 3; t++) {
            distest_context ctx = distest_context_default();
            distest_wls_diag d;
            ctx.threads = 1 << t;
            out[t] = calloc(m * q + n + n * q + 3, sizeof **out);
            CHECK(distest_wls_fit(n, m, q, P, w, Y, 1e-12, out[t], &d, out[t] + m * q,
                                  out[t] + m * q + n, &ctx) == DISTEST_SUCCESS);
            out[t][m * q + n + n * q] = d.lambda_min;
            out[t][m * q + n + n * q + 1] = d.lambda_max;
            out[t][m * q + n + n * q + 2] = d.trace;
        }
        const size_t bytes = (m * q + n + n * q + 3) * sizeof **out;
        CHECK(memcmp(out[0], out[1], bytes) == 0 && memcmp(out[0], out[2], bytes) == 0);
        double h = 0;
        for (size_t i = 0; i < n; i++) h += out[0][m * q + i];
        CHECK_NEAR(h, (double)m, 1e-11);
        for (int t = 0; t < 3; t++) free(out[t]);
        free(P), free(w), free(Y);
    }
}

static double *wide_phi, *wide_w, *wide_y;
enum { TALL = 700, NARROW = 9 };
static int tall_fit(distest_context *ctx)
{
    double c[NARROW], h[TALL], V[NARROW * NARROW], q[TALL], e[NARROW] = {1};
    int status = distest_wls_fit(TALL, NARROW, 1, wide_phi, wide_w, wide_y, 1e-12, c,
                                 NULL, h, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_vcov(TALL, NARROW, 1, wide_phi, wide_w, wide_y, "HC3", NAN,
                                  V, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_quadrature(TALL, NARROW, wide_phi, wide_w, e, q, ctx);
    return status;
}

static void memory_and_cancelling(void)
{
    wide_phi = malloc((TALL * NARROW + 2 * TALL) * sizeof(double));
    wide_w = wide_phi + TALL * NARROW, wide_y = wide_w + TALL;
    scatter(TALL * NARROW, wide_phi, 7), scatter(TALL, wide_y, 8);
    for (int i = 0; i < TALL; i++) wide_w[i] = 1 + 0.01 * i;
    check_out_of_memory(tall_fit);
    check_cancel(tall_fit);
    free(wide_phi);
}

int main(void)
{
    RUN(factors_multiply_to_the_matrix);
    RUN(big_spectra_have_their_ends_and_their_trace);
    RUN(same_bits_for_any_threads);
    RUN(memory_and_cancelling);
    return check_report("wls_qr");
}
