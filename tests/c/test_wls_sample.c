/* test_wls_sample.c - designs: exact laws on finite sets, exact means and variances of
 * linear statistics on continuous ones, bits for any number of threads. Seeds are
 * fixed; tolerances come from exact variances. */
#include "wls_test.h"

#include <time.h>

static distest_wls_opts method(const char *name)
{
    distest_wls_opts o = distest_wls_opts_default();
    o.method = name;
    return o;
}

/* mean and variance of sum h(x_i) over draws of the DPP of the Legendre polynomials */
enum { DRAWS = 2000, M = 9 };
static void statistics(const char *how, size_t h, double *mean, double *var)
{
    distest_wls_space *s = total_degree("legendre", 1, M - 1);
    const distest_wls_opts o = method(how);
    double x[M], w[M], sum = 0, square = 0;
    distest_rng rng = distest_rng_seed(11);
    for (int r = 0; r < DRAWS; r++) {
        double t = 0;
        CHECK(distest_wls_sample(s, &o, M, &rng, x, NULL, w, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (int i = 0; i < M; i++)
            t += h == 0 ? x[i] : h == 1 ? x[i] * x[i] : exp(-x[i]);
        sum += t, square += t * t;
    }
    *mean = sum / DRAWS;
    *var = (square - sum * sum / DRAWS) / (DRAWS - 1);
    distest_wls_space_free(s);
}

/* H_ij = integral of h p_i p_j: exact mean tr H, variance tr H2 - |H|^2, by a midpoint
 * rule with 4e5 nodes */
static void exact(size_t h, double *mean, double *var)
{
    static double H[M][M], H2, p[M];
    enum { N = 40000 };
    distest_wls_basis *b = basis_of("legendre", "", M - 1);
    memset(H, 0, sizeof H);
    H2 = 0;
    for (int i = 0; i < N; i++) { /* Chebyshev midpoints in the angle */
        const double a = acos(-1) * (i + 0.5) / N, x = cos(a);
        const double w = sin(a) * acos(-1) / N / 2;
        const double v = h == 0 ? x : h == 1 ? x * x : exp(-x);
        CHECK(distest_wls_basis_eval(b, 1, &x, p, NULL, NULL) == DISTEST_SUCCESS);
        for (int j = 0; j < M; j++) {
            for (int k = 0; k < M; k++) H[j][k] += w * v * p[j] * p[k];
            H2 += w * v * v * p[j] * p[j];
        }
    }
    *mean = 0, *var = H2;
    for (int j = 0; j < M; j++) {
        *mean += H[j][j];
        for (int k = 0; k < M; k++) *var -= H[j][k] * H[j][k];
    }
    distest_wls_basis_free(b);
}

/* Independent points of the optimal measure have the mean but not the variance: the
 * test tells them apart by far. Points of mu miss the mean as well. */
static void dpp_has_its_mean_and_variance_and_others_have_not(void)
{
    for (size_t h = 0; h < 3; h++) {
        double mean, var, m0, v0;
        exact(h, &m0, &v0);
        statistics("dpp", h, &mean, &var);
        CHECK(fabs(mean - m0) < 7 * sqrt(v0 / DRAWS));
        CHECK(fabs(var / v0 - 1) < 8 * sqrt(2.5 / DRAWS));
        statistics("iid_optimal", h, &mean, &var);
        CHECK((var / v0 - 1) / sqrt(2.0 / DRAWS) > 15);
        if (h != 1) continue;
        statistics("mc", h, &mean, &var);
        CHECK((m0 - mean) / sqrt(v0 / DRAWS) > 15);
    }
}

/* The chain itself (the 1-D polynomials go another way): Fourier functions, for which
 * the variance of sum cos(2 pi x) with frequencies up to 2 is m/2 - (m - 1)/2 = 1/2;
 * and h = cos(4 pi x): 5/2 - 3/2 = 1. */
static void the_chain_has_its_variance(void)
{
    distest_wls_space *s = total_degree("fourier", 1, 2);
    const distest_wls_opts o = method("dpp");
    double x[5], w[5];
    distest_rng rng = distest_rng_seed(3);
    for (int f = 1; f <= 2; f++) {
        double sum = 0, square = 0;
        for (int r = 0; r < DRAWS; r++) {
            double t = 0;
            CHECK(distest_wls_sample(s, &o, 5, &rng, x, NULL, w, NULL, NULL) ==
                  DISTEST_SUCCESS);
            for (int i = 0; i < 5; i++) t += cos(2 * f * acos(-1) * x[i]);
            sum += t, square += t * t;
        }
        CHECK(fabs(sum / DRAWS) < 7 * sqrt(f / 2.0 / DRAWS));
        CHECK(fabs(square / DRAWS / (f / 2.0) - 1) < 8 * sqrt(2.5 / DRAWS));
    }
    distest_wls_space_free(s);
}

/* ---- finite sets
 * ------------------------------------------------------------------------- */

enum { N = 6 };
static const double FEATURES[2 * N] = {1, 1, 1, 1, 1, 1, -1, 0.5, 2, 0.3, -0.7, 1.4};

static double chi_square(const double *count, const double *p, size_t k, double n)
{
    double x = 0;
    for (size_t i = 0; i < k; i++)
        if (p[i] > 0) x += (count[i] - n * p[i]) * (count[i] - n * p[i]) / (n * p[i]);
    return x;
}

/* P(pair) = det of the kernel's 2 x 2 block, 15 pairs; 50 is p < 1e-5 of chi square 14
 */
static void finite_dpp_by_enumeration(void)
{
    distest_wls_space *s = NULL;
    const distest_wls_opts o = method("dpp");
    const double prob[N] = {1, 2, 0.5, 1, 0, 1.5};
    enum { R = 20000 };
    double phi[2 * N], w[2], count[N * N] = {0}, p[N * N] = {0}, total = 0;
    size_t index[2];
    distest_rng rng = distest_rng_seed(5);
    CHECK(distest_wls_space_finite(N, 2, FEATURES, prob, 1e-10, &s, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_space_finite_parts(s, NULL, phi, NULL) == DISTEST_SUCCESS);
    for (size_t i = 0; i < N; i++)
        for (size_t j = i + 1; j < N; j++) { /* from the definition: p_i p_j det(F)^2 */
            const double det =
                FEATURES[i] * FEATURES[N + j] - FEATURES[j] * FEATURES[N + i];
            total += p[i * N + j] = prob[i] * prob[j] * det * det;
        }
    for (size_t k = 0; k < N * N; k++) p[k] /= total;
    for (int r = 0; r < R; r++) {
        CHECK(distest_wls_sample(s, &o, 2, &rng, NULL, index, w, NULL, NULL) ==
              DISTEST_SUCCESS);
        const size_t a = index[0] < index[1] ? index[0] : index[1];
        CHECK(index[0] != index[1]);
        count[a * N + index[0] + index[1] - a]++;
    }
    for (size_t k = 0; k < N; k++)
        CHECK(count[k * N + 4] == 0 && count[4 * N + k] == 0);
    CHECK(chi_square(count, p, N * N, R) < 60);
    distest_wls_space_free(s);
}

/* subsets of size 3 with probability det(F_S'F_S) / (C(4, 1) det(F'F)) */
static void volume_without_replacement_by_enumeration(void)
{
    distest_wls_space *s = NULL;
    distest_wls_opts o = method("volume");
    enum { R = 20000 };
    double w[3], count[64] = {0}, p[64] = {0}, total = 0;
    size_t index[3];
    distest_rng rng = distest_rng_seed(6);
    o.reference = "mu", o.replace = 0;
    CHECK(distest_wls_space_finite(N, 2, FEATURES, NULL, 1e-10, &s, NULL) ==
          DISTEST_SUCCESS);
    for (unsigned set = 0; set < 64; set++) {
        double a = 0, b = 0, c = 0;
        for (size_t i = 0; i < N; i++)
            if (set >> i & 1) {
                a += FEATURES[i] * FEATURES[i], b += FEATURES[i] * FEATURES[N + i];
                c += FEATURES[N + i] * FEATURES[N + i];
            }
        int size = 0;
        for (unsigned t = set; t; t >>= 1) size += (int)(t & 1);
        if (size == 3) total += p[set] = a * c - b * b;
    }
    for (int k = 0; k < 64; k++) p[k] /= total;
    for (int r = 0; r < R; r++) {
        CHECK(distest_wls_sample(s, &o, 3, &rng, NULL, index, w, NULL, NULL) ==
              DISTEST_SUCCESS);
        count[1u << index[0] | 1u << index[1] | 1u << index[2]]++;
        CHECK(w[0] == 1);
    }
    CHECK(chi_square(count, p, 64, R) < 65);
    distest_wls_space_free(s);
}

/* E c = c* for a function outside the space, whatever the reference (enumeration of all
 * ordered pairs and one free point would do; here by means of R designs, |z| < 7) */
static void volume_sampling_is_unbiased(void)
{
    const char *references[] = {"optimal", "mu", "mixture"};
    distest_wls_space *s = total_degree("legendre", 1, 2);
    distest_context ctx = distest_context_default();
    enum { R = 3000, n = 6 };
    ctx.threads = 1;
    for (int k = 0; k < 3; k++) {
        distest_wls_opts o = method("volume");
        distest_rng rng = distest_rng_seed(20 + (unsigned)k);
        double sum = 0, square = 0;
        o.reference = references[k];
        for (int r = 0; r < R; r++) {
            double x[n], w[n], phi[3 * n], y[n], c[3];
            CHECK(distest_wls_sample(s, &o, n, &rng, x, NULL, w, NULL, &ctx) ==
                  DISTEST_SUCCESS);
            CHECK(distest_wls_features(s, n, x, 0, phi, NULL, NULL, NULL) ==
                  DISTEST_SUCCESS);
            for (int i = 0; i < n; i++) y[i] = fabs(x[i] - 0.3);
            CHECK(distest_wls_fit(n, 3, 1, phi, w, y, 1e-12, c, NULL, NULL, NULL,
                                  NULL) == DISTEST_SUCCESS);
            sum += c[0], square += c[0] * c[0];
        }
        const double mean = sum / R, se = sqrt((square / R - mean * mean) / R);
        CHECK(fabs(mean - 0.545) < 7 * se); /* (1.3^2 + 0.7^2) / 4 */
    }
    distest_wls_space_free(s);
}

static void same_bits_for_any_threads(void)
{
    const char *methods[] = {"mc",     "iid_optimal",     "stratified",
                             "volume", "volume_repeated", "dpp_repeated",
                             "boosted"};
    distest_wls_space *s = total_degree("legendre", 2, 5);
    enum { n = 53 };
    for (size_t k = 0; k < 7; k++) {
        double x[3][2 * n], w[3][n];
        for (int t = 0; t < 3; t++) {
            distest_wls_opts o = method(methods[k]);
            distest_context ctx = distest_context_default();
            distest_rng rng = distest_rng_seed(77);
            ctx.threads = 1 << t;
            o.resample = 2;
            CHECK(distest_wls_sample(s, &o, n, &rng, x[t], NULL, w[t], NULL, &ctx) ==
                  DISTEST_SUCCESS);
            CHECK(rng.counter == distest_rng_seed(77).counter + 2);
        }
        CHECK(memcmp(x[0], x[1], sizeof x[0]) == 0 &&
              memcmp(x[0], x[2], sizeof x[0]) == 0);
        CHECK(memcmp(w[0], w[1], sizeof w[0]) == 0 &&
              memcmp(w[0], w[2], sizeof w[0]) == 0);
    }
    distest_wls_space_free(s);
}

/* a generator of a key gives it to each routine that draws one, and so the design of
 * any other generator that gives the same two halves */
static void known_keys_give_known_designs(void)
{
    distest_wls_key key = {0xfedcba9876543210u, 0};
    distest_rng given = distest_wls_rng(&key);
    CHECK(distest_rng_uniform(&given) == (0xfedcba98u + 0.5) / 4294967296.0);
    CHECK(distest_rng_uniform(&given) == (0x76543210u + 0.5) / 4294967296.0);
    distest_wls_space *s = total_degree("legendre", 2, 3);
    const distest_wls_opts o = method("dpp_repeated");
    enum { n = 25 };
    double x[2][2 * n], w[2][n];
    distest_rng drawn = distest_rng_seed(4), same = distest_rng_seed(4);
    for (int half = 0; half < 2; half++) /* the key that the other generator gives */
        key.key = key.key << 32 | (uint64_t)(distest_rng_uniform(&same) * 4294967296.0);
    CHECK(distest_wls_sample(s, &o, n, &drawn, x[0], NULL, w[0], NULL, NULL) ==
          DISTEST_SUCCESS);
    for (int again = 0; again < 2; again++) {
        memset(x[1], 0, sizeof x[1]);
        CHECK(distest_wls_sample(s, &o, n, &given, x[1], NULL, w[1], NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(memcmp(x[0], x[1], sizeof x[0]) == 0 &&
              memcmp(w[0], w[1], sizeof w[0]) == 0);
    }
    distest_wls_space_free(s);
}

/* every removal against the eigenvalues of what is left, candidate by candidate */
static void pruning_takes_the_best_candidate(void)
{
    distest_wls_space *s = total_degree("legendre", 1, 4);
    const distest_wls_opts o = method("iid_optimal");
    enum { n = 16, m = 5 };
    double x[n], w[n], phi[n * m], A[n * m], value[n];
    size_t kept = 0, order[n];
    distest_rng rng = distest_rng_seed(8);
    CHECK(distest_wls_sample(s, &o, n, &rng, x, NULL, w, NULL, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_features(s, n, x, 0, phi, NULL, NULL, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) A[i + j * n] = sqrt(w[i]) * phi[i + j * n];
    for (int lambda = 0; lambda < 2; lambda++) {
        int gone[n] = {0};
        CHECK(distest_wls_prune(n, m, A, lambda ? "lambda_min" : "gram", INFINITY, m,
                                &kept, order, value, NULL) == DISTEST_SUCCESS);
        CHECK(kept == m);
        for (size_t step = 0; step < n - m; step++) {
            double best = INFINITY;
            size_t which = n;
            for (size_t c = 0; c < n; c++) {
                double B[n * m];
                size_t left = n - step - 1, r = 0;
                distest_wls_diag d;
                if (gone[c]) continue;
                for (size_t i = 0; i < n; i++) {
                    if (gone[i] || i == c) continue;
                    for (size_t j = 0; j < m; j++) B[r + j * left] = A[i + j * n];
                    r++;
                }
                CHECK(distest_wls_diagnose(left, m, B, &d, NULL) == DISTEST_SUCCESS);
                const double v = lambda ? 1 - d.lambda_min : d.delta;
                if (v < best - 1e-12) best = v, which = c;
            }
            CHECK_NEAR(value[step], best, 1e-10);
            CHECK(order[kept + step] == which);
            gone[order[kept + step]] = 1;
        }
    }
    distest_wls_space_free(s);
}

static void conditioning_holds_or_says_so(void)
{
    distest_wls_space *s = total_degree("legendre", 1, 4);
    distest_context ctx = distest_context_default();
    distest_wls_opts o = method("dpp_repeated");
    distest_wls_diag d;
    double x[20], w[20];
    distest_rng rng = distest_rng_seed(1);
    o.delta = 0.7;
    CHECK(distest_wls_sample(s, &o, 20, &rng, x, NULL, w, &d, &ctx) == DISTEST_SUCCESS);
    CHECK(d.delta <= 0.7);
    o.delta = 1e-9, o.max_tries = 3;
    CHECK_FAILS(distest_wls_sample(s, &o, 20, &rng, x, NULL, w, &d, &ctx),
                DISTEST_ECONV, &ctx, "delta");
    distest_wls_space_free(s);
}

static distest_wls_space *shared_space;
static int sample_once(distest_context *ctx)
{
    double x[40], w[20];
    distest_rng rng = distest_rng_seed(1);
    distest_wls_opts o = method("boosted");
    return distest_wls_sample(shared_space, &o, 20, &rng, x, NULL, w, NULL, ctx);
}

static void memory_and_cancelling(void)
{
    shared_space = total_degree("legendre", 2, 4);
    check_out_of_memory(sample_once);
    check_cancel(sample_once);
    distest_wls_space_free(shared_space);
}

static void bad_input_is_named(void)
{
    distest_wls_space *s = total_degree("legendre", 1, 2), *f = NULL;
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(1);
    double x[9], w[9], prob[N] = {1, -1, 1, 1, 1, 1}, F[2 * N];
    size_t index[9];
    distest_wls_opts o;
#define BAD(field, value, arg)                                                         \
    o = distest_wls_opts_default();                                                    \
    o.field = value;                                                                   \
    CHECK_FAILS(distest_wls_sample(s, &o, 6, &rng, x, index, w, NULL, &ctx),           \
                DISTEST_EINVAL, &ctx, arg)
    BAD(method, "none", "method");
    BAD(reference, "none", "reference");
    BAD(criterion, "none", "criterion");
    BAD(alpha, 1.5, "alpha");
    BAD(resample, 0, "resample");
    BAD(delta, 0, "delta");
    BAD(method, "dpp", "n");
    BAD(replace, 0, "replace");
    o = method("mc");
    CHECK_FAILS(distest_wls_sample(s, &o, 2, &rng, x, index, w, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "n");
    CHECK_FAILS(distest_wls_space_finite(N, 2, FEATURES, prob, 1e-10, &f, &ctx),
                DISTEST_EINVAL, &ctx, "prob");
    for (int i = 0; i < N; i++) F[i] = FEATURES[N + i], F[i + N] = 2 * F[i];
    CHECK_FAILS(distest_wls_space_finite(N, 2, F, NULL, 1e-10, &f, &ctx),
                DISTEST_EINVAL, &ctx, "features");
    F[3] = NAN;
    CHECK_FAILS(distest_wls_space_finite(N, 2, F, NULL, 1e-10, &f, &ctx),
                DISTEST_EINVAL, &ctx, "features");
    CHECK_FAILS(distest_wls_space_finite(1, 2, F, NULL, 1e-10, &f, &ctx),
                DISTEST_EINVAL, &ctx, "features");
    distest_wls_space_free(s);
}

int main(void)
{
    RUN(dpp_has_its_mean_and_variance_and_others_have_not);
    RUN(the_chain_has_its_variance);
    RUN(finite_dpp_by_enumeration);
    RUN(volume_without_replacement_by_enumeration);
    RUN(volume_sampling_is_unbiased);
    RUN(same_bits_for_any_threads);
    RUN(known_keys_give_known_designs);
    RUN(pruning_takes_the_best_candidate);
    RUN(conditioning_holds_or_says_so);
    RUN(memory_and_cancelling);
    RUN(bad_input_is_named);
    return check_report("wls_sample");
}
