/* test_wls_dpp.c - determinantal designs: points of a random tridiagonal matrix against
 * the moments of their ensembles (Gauss, Laguerre, Jacobi), the chain rule against the
 * exact variance of a sum, on one and on two coordinates. Seeds are fixed; tolerances
 * come from exact variances. */
#include "wls_test.h"

enum { R = 3000, M = 6 };

typedef struct {
    const char *type;
    size_t npar;
    double par[4];
    double mean, var; /* of the sum of the points */
    double square;    /* mean of the sum of squares, or NaN */
    double pairs;     /* mean of the sum of products of pairs, or NaN */
} ensemble;

/* weight x^(p - 1) (1 - x)^(q - 1): E x_1 and E x_1 x_2 by Aomoto's integrals; the
 * variance of the sum is b_m^2, the coefficient of the recurrence at which the space
 * ends */
static void beta_moments(double p, double q, double low, double width, ensemble *e)
{
    const double s = p + q - 2, n = M, c = 2 * n + s;
    const double x1 = (p + n - 1) / (p + q + 2 * n - 2);
    const double x12 = x1 * (p + n - 2) / (p + q + 2 * n - 3);
    const double b2 =
        n * (n + p - 1) * (n + q - 1) * (n + s) / (c * c * (c + 1) * (c - 1));
    e->mean = n * (low + width * x1);
    e->var = width * width * b2;
    e->square = NAN;
    e->pairs =
        n * (n - 1) / 2 * (low * low + 2 * low * width * x1 + width * width * x12);
}

static void near_mean(double sum, double square, double want)
{
    const double mean = sum / R, var = square / R - mean * mean;
    CHECK(fabs(mean - want) < 7 * sqrt(var / R));
}

static void check_ensemble(const ensemble *e)
{
    distest_wls_basis *b = NULL;
    distest_rng rng = distest_rng_seed(31);
    double x[M], s1 = 0, s2 = 0, q1 = 0, q2 = 0, p1 = 0, p2 = 0, low, high;
    int first = 0;
    CHECK(distest_wls_basis_alloc(e->type, M - 1, e->npar, e->par, &b, NULL) ==
          DISTEST_SUCCESS);
    distest_wls_basis_support(b, &low, &high);
    for (int r = 0; r < R; r++) {
        double t = 0, q = 0, least = INFINITY;
        CHECK(distest_wls_tridiagonal(b, M, &rng, x, NULL) == DISTEST_SUCCESS);
        for (int i = 0; i < M; i++) {
            CHECK(x[i] >= low && x[i] <= high);
            t += x[i], q += x[i] * x[i];
            least = fmin(least, x[i]);
        }
        first += x[0] == least;
        s1 += t, s2 += t * t, q1 += q, q2 += q * q;
        p1 += (t * t - q) / 2, p2 += (t * t - q) * (t * t - q) / 4;
    }
    const double var = (s2 - s1 * s1 / R) / (R - 1);
    CHECK(fabs(s1 / R - e->mean) < 7 * sqrt(e->var / R));
    CHECK(fabs(var / e->var - 1) < 8 * sqrt(2.5 / R));
    if (!isnan(e->square)) near_mean(q1, q2, e->square);
    if (!isnan(e->pairs)) near_mean(p1, p2, e->pairs);
    /* in random order: any of the M comes first */
    CHECK(fabs(first - (double)R / M) < 7 * sqrt(R * (1.0 / M) * (1 - 1.0 / M)));
    distest_wls_basis_free(b);
}

static void points_have_the_moments_of_their_ensemble(void)
{
    const double m = M, mu = 2, sd = 0.5, shape = 2.5, rate = 3;
    const double n = m + shape - 1; /* a complex Wishart matrix with n columns */
    ensemble e[] = {
        {"hermite", 2, {mu, sd}, m * mu, m * sd * sd, m * m * sd * sd + m * mu * mu, 0},
        {"laguerre",
         2,
         {shape, rate},
         m * n / rate,
         m * n / (rate * rate),
         m * n * (m + n) / (rate * rate),
         0},
        {"jacobi", 4, {2.5, 0.75, -1, 3}, 0, 0, 0, 0},
        {"legendre", 2, {-1, 1}, 0, 0, 0, 0},
        {"chebyshev", 2, {-1, 1}, 0, 0, 0, 0}};
    e[0].pairs = e[1].pairs = NAN;
    beta_moments(2.5, 0.75, -1, 4, &e[2]);
    beta_moments(1, 1, -1, 2, &e[3]);
    beta_moments(0.5, 0.5, -1, 2, &e[4]);
    for (size_t k = 0; k < sizeof e / sizeof *e; k++) check_ensemble(&e[k]);
}

/* one point is a draw of mu itself: here P(x <= 1/2) of a beta variable, 1/4 */
static void one_point_is_a_draw_of_the_measure(void)
{
    const double par[] = {2, 1, 0, 1};
    distest_wls_basis *b = NULL;
    distest_rng rng = distest_rng_seed(4);
    int below = 0;
    CHECK(distest_wls_basis_alloc("jacobi", 0, 4, par, &b, NULL) == DISTEST_SUCCESS);
    for (int r = 0; r < R; r++) {
        double x;
        CHECK(distest_wls_tridiagonal(b, 1, &rng, &x, NULL) == DISTEST_SUCCESS);
        below += x <= 0.5;
    }
    CHECK(fabs(below - R / 4.0) < 7 * sqrt(R * 3 / 16.0));
    distest_wls_basis_free(b);
}

/* Designs of one coordinate are those points, as one sees from their spread: the sum of
 * the Hermite points has variance m, of independent ones m^2 or more. */
static void designs_take_the_tridiagonal_way(void)
{
    const char *const types[] = {"hermite", "laguerre"};
    for (int k = 0; k < 2; k++) {
        distest_wls_space *s = total_degree(types[k], 1, M - 1);
        distest_wls_opts o = distest_wls_opts_default();
        distest_rng rng = distest_rng_seed(8);
        const double mean = k ? M * M : 0, var = k ? M * M : M; /* shape 1: n = m */
        double s1 = 0, s2 = 0, x[M], w[M], phi[M * M];
        o.method = "dpp";
        for (int r = 0; r < R; r++) {
            double t = 0;
            CHECK(distest_wls_sample(s, &o, M, &rng, x, NULL, w, NULL, NULL) ==
                  DISTEST_SUCCESS);
            for (int i = 0; i < M; i++) t += x[i];
            s1 += t, s2 += t * t;
        }
        CHECK(fabs(s1 / R - mean) < 7 * sqrt(var / R));
        CHECK(fabs((s2 - s1 * s1 / R) / (R - 1) / var - 1) < 8 * sqrt(2.5 / R));
        CHECK(distest_wls_features(s, M, x, 0, phi, NULL, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (int i = 0; i < M; i++) { /* weights m / k(x) */
            double all = 0;
            for (int j = 0; j < M; j++) all += phi[i + j * M] * phi[i + j * M];
            CHECK_REL(w[i], M / all, 1e-11);
        }
        distest_wls_space_free(s);
    }
}

/* x_1 p_a(x_1) = b_{a+1} p_{a+1} + b_a p_{a-1}, b_k^2 = k^2 / (4 k^2 - 1): the variance
 * of the sum of the first coordinates is the sum of b^2 where the space ends. */
static void the_chain_has_its_variance_on_two_coordinates(void)
{
    distest_wls_space *s = total_degree("legendre", 2, 2);
    distest_wls_opts o = distest_wls_opts_default();
    distest_rng rng = distest_rng_seed(9);
    const double var = 9.0 / 35 + 4.0 / 15 + 1.0 / 3;
    double x[2 * M], w[M], s1[2] = {0}, s2[2] = {0};
    o.method = "dpp";
    for (int r = 0; r < R; r++) {
        CHECK(distest_wls_sample(s, &o, M, &rng, x, NULL, w, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (int k = 0; k < 2; k++) {
            double t = 0;
            for (int i = 0; i < M; i++) t += x[i + k * M];
            s1[k] += t, s2[k] += t * t;
        }
    }
    for (int k = 0; k < 2; k++) {
        CHECK(fabs(s1[k] / R) < 7 * sqrt(var / R));
        CHECK(fabs((s2[k] - s1[k] * s1[k] / R) / (R - 1) / var - 1) <
              8 * sqrt(2.5 / R));
    }
    distest_wls_space_free(s);
}

static void same_bits_for_any_threads(void)
{
    const char *const types[] = {"laguerre", "legendre"};
    enum { n = 64 };
    for (size_t d = 1; d <= 2; d++) {
        distest_wls_space *s = total_degree(types[d - 1], d, 3);
        double x[3][2 * n], w[3][n];
        size_t m, dim, N;
        distest_wls_space_size(s, &m, &dim, &N);
        memset(x, 0, sizeof x);
        for (int t = 0; t < 3; t++) {
            distest_wls_opts o = distest_wls_opts_default();
            distest_context ctx = distest_context_default();
            distest_rng rng = distest_rng_seed(12);
            ctx.threads = 1 + t;
            o.method = "dpp_repeated";
            CHECK(distest_wls_sample(s, &o, 5 * m, &rng, x[t], NULL, w[t], NULL,
                                     &ctx) == DISTEST_SUCCESS);
        }
        CHECK(memcmp(x[0], x[1], 5 * m * d * sizeof(double)) == 0);
        CHECK(memcmp(x[0], x[2], 5 * m * d * sizeof(double)) == 0);
        CHECK(memcmp(w[0], w[1], 5 * m * sizeof(double)) == 0);
        CHECK(memcmp(w[0], w[2], 5 * m * sizeof(double)) == 0);
        distest_wls_space_free(s);
    }
}

static distest_wls_space *shared_space;
static distest_wls_basis *shared_basis;
static int sample_chain(distest_context *ctx)
{
    double x[40], w[20];
    distest_rng rng = distest_rng_seed(1);
    distest_wls_opts o = distest_wls_opts_default();
    o.method = "dpp";
    int status = distest_wls_sample(shared_space, &o, 15, &rng, x, NULL, w, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_tridiagonal(shared_basis, 15, &rng, x, ctx);
    return status;
}

static void memory_and_cancelling(void)
{
    shared_space = total_degree("legendre", 2, 4);
    shared_basis = basis_of("hermite", "", 3);
    CHECK(check_out_of_memory(sample_chain) > 4);
    CHECK(check_cancel(sample_chain) > 2);
    distest_wls_space_free(shared_space);
    distest_wls_basis_free(shared_basis);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(1);
    distest_wls_basis *b = basis_of("hermite", "", 3), *f = basis_of("fourier", "", 3);
    double x[2] = {42, 42};
    CHECK_FAILS(distest_wls_tridiagonal(NULL, 2, &rng, x, &ctx), DISTEST_EINVAL, &ctx,
                "basis");
    CHECK_FAILS(distest_wls_tridiagonal(b, 2, NULL, x, &ctx), DISTEST_EINVAL, &ctx,
                "rng");
    CHECK_FAILS(distest_wls_tridiagonal(b, 0, &rng, x, &ctx), DISTEST_EINVAL, &ctx,
                "m");
    CHECK_FAILS(distest_wls_tridiagonal(f, 2, &rng, x, &ctx), DISTEST_EINVAL, &ctx,
                "basis");
    CHECK(x[0] == 42 && rng.counter == distest_rng_seed(1).counter);
    distest_wls_basis_free(b);
    distest_wls_basis_free(f);
}

int main(void)
{
    RUN(points_have_the_moments_of_their_ensemble);
    RUN(one_point_is_a_draw_of_the_measure);
    RUN(designs_take_the_tridiagonal_way);
    RUN(the_chain_has_its_variance_on_two_coordinates);
    RUN(same_bits_for_any_threads);
    RUN(memory_and_cancelling);
    RUN(bad_input_is_named);
    return check_report("wls_dpp");
}
