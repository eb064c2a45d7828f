/* test_wls_space.c - features of tensor and finite spaces against closed forms: values,
 * derivatives, logarithms in far tails, orthonormal features of many candidates; the
 * criterion of simulated designs by enumeration; failures. */
#include "wls_test.h"

/* The orthonormal Legendre polynomials up to degree 3, and their derivatives. */
static double legendre(int k, double x, int slope)
{
    const double p[] = {1, x, (3 * x * x - 1) / 2, (5 * x * x * x - 3 * x) / 2};
    const double q[] = {0, 1, 3 * x, (15 * x * x - 3) / 2};
    return sqrt(2 * k + 1.0) * (slope ? q[k] : p[k]);
}

static const int IDX[10][2] = {{0, 0}, {1, 0}, {0, 1}, {2, 0}, {1, 1},
                               {0, 2}, {3, 0}, {2, 1}, {1, 2}, {0, 3}};

enum { M = 10, ROWS = 600 }; /* more than a block of 256 */
static double x[2 * ROWS], phi[M * ROWS], unit[M * ROWS], logk[ROWS];
static double grad[2 * M * ROWS], again[2 * M * ROWS];

static void features_are_products(void)
{
    distest_wls_space *s = total_degree("legendre", 2, 3);
    for (int i = 0; i < 2 * ROWS; i++) x[i] = 1.2 * sin(i * 0.7 + 0.1);
    CHECK(distest_wls_features(s, ROWS, x, 0, phi, logk, grad, NULL) ==
          DISTEST_SUCCESS);
    for (int i = 0; i < ROWS; i++) {
        const double a = x[i], b = x[i + ROWS];
        double k = 0;
        for (int j = 0; j < M; j++) {
            const int p = IDX[j][0], q = IDX[j][1];
            const double want = legendre(p, a, 0) * legendre(q, b, 0);
            k += want * want;
            CHECK_NEAR(phi[i + j * ROWS], want, 1e-13);
            CHECK_NEAR(grad[i + j * ROWS], legendre(p, a, 1) * legendre(q, b, 0),
                       1e-12);
            CHECK_NEAR(grad[i + (j + M) * ROWS], legendre(p, a, 0) * legendre(q, b, 1),
                       1e-12);
        }
        CHECK_NEAR(logk[i], log(k), 1e-13);
    }
    CHECK(distest_wls_features(s, ROWS, x, 1, unit, NULL, again, NULL) ==
          DISTEST_SUCCESS);
    CHECK(memcmp(grad, again, sizeof grad) == 0); /* of phi itself */
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < M; j++)
            CHECK_NEAR(unit[i + j * ROWS], phi[i + j * ROWS] / exp(logk[i] / 2), 1e-13);
    /* each output alone, with and without normalising */
    static double alone[M * ROWS], log2[ROWS];
    for (int normalize = 0; normalize < 2; normalize++) {
        CHECK(distest_wls_features(s, ROWS, x, normalize, NULL, log2, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (int i = 0; i < ROWS; i++) CHECK_NEAR(log2[i], logk[i], 1e-13);
        CHECK(distest_wls_features(s, ROWS, x, normalize, NULL, NULL, again, NULL) ==
              DISTEST_SUCCESS);
        CHECK(memcmp(grad, again, sizeof grad) == 0);
        CHECK(distest_wls_features(s, ROWS, x, normalize, alone, NULL, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(memcmp(alone, normalize ? unit : phi, sizeof alone) == 0);
        CHECK(distest_wls_features(s, ROWS, x, normalize, alone, log2, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(memcmp(alone, normalize ? unit : phi, sizeof alone) == 0);
        for (int i = 0; i < ROWS; i++) CHECK_NEAR(log2[i], logk[i], 1e-13);
    }
    distest_wls_space_free(s);
}

/* Far out He_a(x) He_b(y) / sqrt(a! b!) is its leading term: all is known in logs. */
static void check_tail(double p, double u, double v)
{
    distest_wls_space *s = total_degree("hermite", 2, p);
    const double at[] = {u, v};
    double top = -INFINITY, sum = 0, got[200], k = 0, want[200];
    size_t m, d, N, j = 0;
    distest_wls_space_size(s, &m, &d, &N);
    CHECK(m == (size_t)((p + 1) * (p + 2) / 2) && d == 2 && N == 0);
    for (int t = 0; t <= p; t++)
        for (int a = t; a >= 0; a--, j++) { /* in the canonical order */
            const int b = t - a;
            want[j] = a * log(fabs(u)) + b * log(fabs(v)) -
                      (lgamma(a + 1.0) + lgamma(b + 1.0)) / 2;
            top = fmax(top, want[j]);
        }
    for (j = 0; j < m; j++) sum += exp(2 * (want[j] - top));
    CHECK(distest_wls_features(s, 1, at, 1, got, &k, NULL, NULL) == DISTEST_SUCCESS);
    CHECK_REL(k, 2 * top + log(sum), 1e-13);
    j = 0;
    for (int t = 0; t <= p; t++)
        for (int a = t; a >= 0; a--, j++) {
            const int minus = (u < 0 ? a : 0) + (v < 0 ? t - a : 0);
            const double sign = minus % 2 ? -1 : 1;
            CHECK_NEAR(got[j], sign * exp(want[j] - top) / sqrt(sum), 1e-11);
        }
    distest_wls_space_free(s);
}

static void far_tails_go_through_logarithms(void)
{
    check_tail(12, 1e40, -2e40);  /* products of 1e480 */
    check_tail(1, 1e150, -1e150); /* each table on its own scale leaves 1e-150 */
    check_tail(1, -1e160, 1e158);
    check_tail(3, 1e120, 1e120);
}

/* A space that holds the constant has sum_j e_j phi_j = 1 everywhere, the integrals e_j
 * being inner products with 1. */
static void integrals_sum_to_the_constant(void)
{
    const char *const types[] = {"bspline", "piecewise", "haar", "fourier", "jacobi"};
    for (int k = 0; k < 5; k++) {
        distest_wls_basis *b =
            basis_of(types[k], k < 2 ? "\"breaks\": [0,0.2,0.7,1]" : "", 2);
        const distest_wls_basis *both[] = {b, b};
        const size_t size = distest_wls_basis_size(b), m = size * size;
        int *idx = malloc(2 * m * sizeof *idx);
        double *f = malloc(m * sizeof *f), *e = malloc(m * sizeof *e);
        distest_wls_space *s = NULL;
        for (size_t j = 0; j < m; j++)
            idx[j] = (int)(j % size), idx[j + m] = (int)(j / size);
        CHECK(distest_wls_space_tensor(2, both, m, idx, &s, NULL) == DISTEST_SUCCESS);
        CHECK(distest_wls_integrals(s, e, NULL) == DISTEST_SUCCESS);
        for (int i = 0; i < 7; i++) {
            const double at[] = {0.05 + 0.13 * i, 0.97 - 0.15 * i};
            double sum = 0;
            CHECK(distest_wls_features(s, 1, at, 0, f, NULL, NULL, NULL) ==
                  DISTEST_SUCCESS);
            for (size_t j = 0; j < m; j++) sum += e[j] * f[j];
            CHECK_NEAR(sum, 1, 1e-12);
        }
        distest_wls_space_free(s);
        distest_wls_basis_free(b);
        free(idx), free(f), free(e);
    }
}

static void points_outside_are_told(void)
{
    const char *const types[] = {"legendre", "laguerre", "hermite"};
    distest_wls_basis *own[3];
    const distest_wls_basis *b[3];
    const int idx[] = {0, 0, 0};
    /* inside; below in 1; negative in 2; both: the first counts; ends are inside */
    const double at[] = {0, -1.1, 0.5, 2, 1, 3, 3, -1, -2, 0, 9, -9, 1e9, 0, 0};
    int out[5] = {9, 9, 9, 9, 9};
    distest_wls_space *s = NULL;
    for (int k = 0; k < 3; k++) b[k] = own[k] = basis_of(types[k], "", 1);
    CHECK(distest_wls_space_tensor(3, b, 1, idx, &s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_outside(s, 5, at, out, NULL) == DISTEST_SUCCESS);
    CHECK(out[0] == 0 && out[1] == 1 && out[2] == 2 && out[3] == 1 && out[4] == 0);
    distest_wls_space_free(s);
    for (int k = 0; k < 3; k++) distest_wls_basis_free(own[k]);
}

/* ---- finite spaces ----------------------------------------------------------------
 */

enum { N = 9000, m = 3 }; /* more than two blocks of 4096 */
static double F[N * m], prob[N], phi_t[N * m];

static void fill(void)
{
    for (int i = 0; i < N; i++) {
        const double u = sin(0.01 * i), v = cos(0.37 * i);
        F[i] = 1, F[i + N] = u, F[i + 2 * N] = u * v + 0.2;
        prob[i] = i % 7 == 3 ? 0 : 1 + v;
    }
}

/* R and phi are what they are by definition: phi R = F, sum p phi phi' = 1, R upper
 * with a positive diagonal; nothing else has these. */
static void features_of_many_candidates_are_orthonormal(void)
{
    distest_wls_space *s = NULL;
    double R[m * m], e[m], total = 0;
    fill();
    CHECK(distest_wls_space_finite(N, m, F, prob, 1e-10, &s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_space_finite_parts(s, R, phi_t, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_integrals(s, e, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < N; i++) total += prob[i];
    for (int a = 0; a < m; a++) {
        double first = 0;
        CHECK(R[a + a * m] > 0);
        for (int i = 0; i < N; i++) first += prob[i] / total * phi_t[a + i * m];
        CHECK_NEAR(e[a], first, 1e-12);
        for (int b = 0; b < m; b++) {
            double one = 0;
            if (b < a) CHECK(R[a + b * m] == 0);
            for (int i = 0; i < N; i++)
                one += prob[i] / total * phi_t[a + i * m] * phi_t[b + i * m];
            CHECK_NEAR(one, a == b, 1e-12);
        }
    }
    static double rows[N], all[N * m], scaled[N * m], k[N];
    for (int i = 0; i < N; i++) rows[i] = N - 1 - i;
    CHECK(distest_wls_features(s, N, rows, 0, all, k, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_features(s, N, rows, 1, scaled, NULL, NULL, NULL) ==
          DISTEST_SUCCESS);
    for (int i = 0; i < N; i++) {
        double length = 0;
        for (int b = 0; b < m; b++) {
            double f = 0;
            for (int a = 0; a < m; a++) f += phi_t[a + (N - 1 - i) * m] * R[a + b * m];
            CHECK_NEAR(f, F[N - 1 - i + b * N], 1e-12);
            CHECK(all[i + b * N] == phi_t[b + (N - 1 - i) * m]);
            length += all[i + b * N] * all[i + b * N];
        }
        CHECK_NEAR(k[i], log(length), 1e-13);
        CHECK_NEAR(scaled[i + N], all[i + N] / sqrt(length), 1e-13);
    }
    distest_wls_space_free(s);
}

static void same_bits_for_any_threads(void)
{
    static double R[3][m * m], T[3][N * m];
    fill();
    for (int t = 0; t < 3; t++) {
        distest_context ctx = distest_context_default();
        distest_wls_space *s = NULL;
        ctx.threads = t + 1;
        CHECK(distest_wls_space_finite(N, m, F, prob, 1e-10, &s, &ctx) ==
              DISTEST_SUCCESS);
        CHECK(distest_wls_space_finite_parts(s, R[t], T[t], NULL) == DISTEST_SUCCESS);
        CHECK(memcmp(R[0], R[t], sizeof R[0]) == 0);
        CHECK(memcmp(T[0], T[t], sizeof T[0]) == 0);
        distest_wls_space_free(s);
        s = total_degree("legendre", 2, 3);
        CHECK(distest_wls_features(s, ROWS, x, 1, t ? again : phi,
                                   t ? again + M * ROWS : logk, NULL,
                                   &ctx) == DISTEST_SUCCESS);
        if (t) CHECK(memcmp(phi, again, sizeof phi) == 0);
        if (t) CHECK(memcmp(logk, again + M * ROWS, sizeof logk) == 0);
        distest_wls_space_free(s);
    }
}

/* Three candidates, two functions, the DPP: three designs with known probabilities and,
 * G being 2 x 2, known criteria. */
static void simulated_criteria_are_those_of_the_designs(void)
{
    enum { C = 3, TRIES = 6000 };
    const double G0[C * 2] = {1, 1, 1, -1, 0.2, 2};
    static double value[TRIES];
    for (int lambda = 0; lambda < 2; lambda++) {
        distest_wls_space *s = NULL;
        distest_wls_opts o = distest_wls_opts_default();
        distest_rng rng = distest_rng_seed(17);
        double f[C * 2], p[C], want[C], count[C] = {0}, total = 0, chi = 0;
        o.method = "dpp";
        o.criterion = lambda ? "lambda_min" : "gram";
        CHECK(distest_wls_space_finite(C, 2, G0, NULL, 1e-10, &s, NULL) ==
              DISTEST_SUCCESS);
        CHECK(distest_wls_space_finite_parts(s, NULL, f, NULL) == DISTEST_SUCCESS);
        for (int out = 0; out < C; out++) {
            const double *a = f + 2 * (out == 0), *b = f + 2 * (out == 2 ? 1 : 2);
            const double ka = a[0] * a[0] + a[1] * a[1], kb = b[0] * b[0] + b[1] * b[1],
                         det = a[0] * b[1] - a[1] * b[0];
            /* G = aa'/ka + bb'/kb: eigenvalues 1 +- |cos| */
            const double cosine = (a[0] * b[0] + a[1] * b[1]) / sqrt(ka * kb);
            want[out] = fabs(cosine);
            total += p[out] = det * det;
        }
        CHECK(distest_wls_simulate(s, &o, 2, TRIES, &rng, value, NULL) ==
              DISTEST_SUCCESS);
        for (int i = 0; i < TRIES; i++) {
            int which = 0;
            for (int c = 1; c < C; c++)
                if (fabs(value[i] - want[c]) < fabs(value[i] - want[which])) which = c;
            CHECK_NEAR(value[i], want[which], 1e-12);
            count[which]++;
        }
        for (int c = 0; c < C; c++)
            chi += pow(count[c] - TRIES * p[c] / total, 2) / (TRIES * p[c] / total);
        CHECK(chi < 40); /* 2 degrees of freedom: p = 2e-9 */
        distest_wls_space_free(s);
    }
}

/* ---- failures ---------------------------------------------------------------------
 */

static distest_wls_space *flat;
static int everything(distest_context *ctx)
{
    static double f[M * ROWS], l[ROWS], d[2 * M * ROWS], out[4];
    distest_wls_basis *b = NULL;
    distest_wls_space *s = NULL, *t = NULL;
    distest_wls_opts o = distest_wls_opts_default();
    distest_rng rng = distest_rng_seed(2);
    const int idx[] = {0, 1, 0, 0, 0, 1};
    int status = distest_wls_features(flat, ROWS, x, 1, f, l, d, ctx);
    o.method = "iid_optimal";
    if (status == DISTEST_SUCCESS)
        status = distest_wls_simulate(flat, &o, 12, 4, &rng, out, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_space_finite(N, m, F, prob, 1e-10, &t, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_basis_alloc("legendre", 1, 0, NULL, &b, ctx);
    const distest_wls_basis *both[] = {b, b};
    if (status == DISTEST_SUCCESS)
        status = distest_wls_space_tensor(2, both, 3, idx, &s, ctx);
    distest_wls_space_free(s);
    distest_wls_space_free(t);
    distest_wls_basis_free(b);
    return status;
}

static void memory_and_cancelling(void)
{
    flat = total_degree("legendre", 2, 3);
    CHECK(check_out_of_memory(everything) > 25);
    CHECK(check_cancel(everything) > 5);
    distest_wls_space_free(flat);
}

static void bad_tensor_spaces_are_named(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_basis *b = basis_of("legendre", "", 2);
    const distest_wls_basis *both[] = {b, b};
    distest_wls_space *s = NULL;
    int idx[] = {0, 1, 0, 0};
#define BAD(d, rows, at, arg)                                                          \
    CHECK_FAILS(distest_wls_space_tensor(d, both, rows, at, &s, &ctx), DISTEST_EINVAL, \
                &ctx, arg)
    BAD(0, 2, idx, "d");
    BAD(2, 0, idx, "indices");
    BAD(2, 2, NULL, "indices");
    BAD(2, SIZE_MAX / 2, idx, "indices");
    idx[2] = -1;
    BAD(2, 2, idx, "indices");
    idx[2] = 3;
    BAD(2, 2, idx, "indices");
    CHECK(strstr(ctx.message, "indices[1, 2]") && strstr(ctx.message, "and 2"));
    idx[0] = idx[2] = 0, idx[1] = idx[3] = 0;
    BAD(2, 2, idx, "indices");
    CHECK(strstr(ctx.message, "rows 1 and 2") != NULL);
    CHECK(s == NULL);
#undef BAD
    distest_wls_basis_free(b);
}

static void bad_points_are_named(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_basis *b = basis_of("haar", "", 2);
    const distest_wls_basis *one[] = {b};
    const int idx[] = {0, 1};
    const double bad[] = {-1, N, 0.5, NAN}, fine = 0.5;
    double f[m], k, g[2];
    int out;
    distest_wls_space *s = NULL, *haar = NULL, *chunks = NULL;
#define FEATURES(space, at, grad)                                                      \
    distest_wls_features(space, 1, at, 0, f, &k, grad, &ctx)
    CHECK(distest_wls_space_tensor(1, one, 2, idx, &haar, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_space_finite(N, m, F, prob, 1e-10, &s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_space_chunks(N, m, prob, &chunks, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < 4; i++)
        CHECK_FAILS(FEATURES(s, bad + i, NULL), DISTEST_EINVAL, &ctx, "x");
    const double third = 3;
    CHECK_FAILS(FEATURES(s, &third, g), DISTEST_EINVAL, &ctx, "grad");
    CHECK_FAILS(FEATURES(haar, &fine, g), DISTEST_EINVAL, &ctx, "grad");
    CHECK_FAILS(FEATURES(haar, bad + 3, NULL), DISTEST_EINVAL, &ctx, "x");
    CHECK_FAILS(FEATURES(chunks, &third, NULL), DISTEST_EINVAL, &ctx, "space");
    CHECK_FAILS(FEATURES(NULL, &third, NULL), DISTEST_EINVAL, &ctx, "space");
#undef FEATURES
    CHECK_FAILS(distest_wls_outside(NULL, 1, &fine, &out, &ctx), DISTEST_EINVAL, &ctx,
                "space");
    CHECK_FAILS(distest_wls_outside(haar, 1, bad + 3, &out, &ctx), DISTEST_EINVAL, &ctx,
                "x");
    CHECK_FAILS(distest_wls_integrals(NULL, f, &ctx), DISTEST_EINVAL, &ctx, "space");
    CHECK_FAILS(distest_wls_space_finite_parts(haar, f, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "space");
    CHECK_FAILS(distest_wls_space_finite_parts(chunks, NULL, f, &ctx), DISTEST_EINVAL,
                &ctx, "space");
    CHECK_FAILS(distest_wls_space_finite(N, m, NULL, prob, 1e-10, &s, &ctx),
                DISTEST_EINVAL, &ctx, "features");
    CHECK_FAILS(distest_wls_space_finite(N, 0, F, prob, 1e-10, &s, &ctx),
                DISTEST_EINVAL, &ctx, "features");
    CHECK_FAILS(distest_wls_space_finite(N, m, F, prob, 2, &s, &ctx), DISTEST_EINVAL,
                &ctx, "tol");
    distest_wls_space_free(haar);
    distest_wls_space_free(s);
    distest_wls_space_free(chunks);
    distest_wls_basis_free(b);
}

static void bad_designs_are_named(void)
{
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(3);
    distest_wls_space *s = NULL, *equal = NULL, *chunks = NULL;
    double w[8];
    size_t index[8];
    distest_wls_opts o = distest_wls_opts_default();
    const double five[] = {1, 1, 1, 1, 1, 0.1, 0.5, 2, -1, 0.3}, p[] = {1, 2, 1, 1, 1};
    CHECK(distest_wls_space_finite(5, 2, five, p, 1e-10, &s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_space_finite(5, 2, five, NULL, 1e-10, &equal, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_space_chunks(5, 2, NULL, &chunks, NULL) == DISTEST_SUCCESS);
#define SAMPLE(space, n)                                                               \
    distest_wls_sample(space, n, 3, &rng, NULL, index, w, NULL, &ctx)
    o.method = "volume", o.replace = 0, o.reference = "mu";
    CHECK_FAILS(SAMPLE(s, &o), DISTEST_EINVAL, &ctx, "replace");
    CHECK_FAILS(distest_wls_sample(equal, &o, 6, &rng, NULL, index, w, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "n");
    o = distest_wls_opts_default();
    o.max_tries = 0;
    CHECK_FAILS(SAMPLE(s, &o), DISTEST_EINVAL, &ctx, "max_tries");
    o = distest_wls_opts_default();
    CHECK_FAILS(SAMPLE(chunks, &o), DISTEST_EINVAL, &ctx, "space");
    CHECK_FAILS(SAMPLE(NULL, &o), DISTEST_EINVAL, &ctx, "space");
    CHECK_FAILS(distest_wls_sample(s, &o, 3, NULL, NULL, index, w, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "rng");
    CHECK_FAILS(distest_wls_simulate(s, &o, 1, 1, &rng, w, &ctx), DISTEST_EINVAL, &ctx,
                "n");
#undef SAMPLE
    distest_wls_space_free(s);
    distest_wls_space_free(equal);
    distest_wls_space_free(chunks);
}

int main(void)
{
    RUN(features_are_products);
    RUN(far_tails_go_through_logarithms);
    RUN(integrals_sum_to_the_constant);
    RUN(points_outside_are_told);
    RUN(features_of_many_candidates_are_orthonormal);
    RUN(same_bits_for_any_threads);
    RUN(simulated_criteria_are_those_of_the_designs);
    RUN(memory_and_cancelling);
    RUN(bad_tensor_spaces_are_named);
    RUN(bad_points_are_named);
    RUN(bad_designs_are_named);
    return check_report("wls_space");
}
