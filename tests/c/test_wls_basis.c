/* test_wls_basis.c - orthonormal families and their induced measures against tables
 * computed with 50 digits; index sets. */
#include "wls_test.h"

static void values_and_derivatives(void)
{
    FILE *f = open_table("univariate_values.csv");
    row r;
    size_t rows = 0;
    double worst = 0;
    while (f && read_row(f, &r)) {
        distest_wls_basis *b = basis_of(r.type, r.par, r.v[0] > 20 ? r.v[0] : 20);
        if (!b) return;
        const size_t size = distest_wls_basis_size(b), j = (size_t)r.v[0];
        double *v = malloc(2 * size * sizeof *v);
        const int slope = !isnan(r.v[3]);
        const double tol = j <= 20 ? 1e-12 : 1e-10;
        CHECK(distest_wls_basis_eval(b, 1, &r.v[1], v, slope ? v + size : NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(fabs(v[j] - r.v[2]) <= tol * (1 + fabs(r.v[2])));
        if (slope) CHECK(fabs(v[size + j] - r.v[3]) <= tol * (1 + fabs(r.v[3])));
        if (fabs(v[j] - r.v[2]) > tol * (1 + fabs(r.v[2])) ||
            (slope && fabs(v[size + j] - r.v[3]) > tol * (1 + fabs(r.v[3]))))
            printf("%s %s %zu at %g: %.17g (want %.17g), %.17g (%.17g)\n", r.type,
                   r.par, j, r.v[1], v[j], r.v[2], slope ? v[size + j] : 0, r.v[3]);
        worst = fmax(worst, fabs(v[j] - r.v[2]) / (1 + fabs(r.v[2])));
        free(v);
        distest_wls_basis_free(b);
        rows++;
    }
    if (f) fclose(f);
    CHECK(rows == 343);
}

static void induced_distribution_functions(void)
{
    FILE *f = open_table("induced_cdf.csv");
    row r;
    size_t rows = 0;
    while (f && read_row(f, &r)) {
        distest_wls_basis *b = basis_of(r.type, r.par, r.v[0]);
        double F = -1;
        if (!b) return;
        CHECK(distest_wls_induced_cdf(b, (size_t)r.v[0], 1, &r.v[1], &F, NULL) ==
              DISTEST_SUCCESS);
        CHECK(fabs(F - r.v[2]) <= 5e-14 * (10 + r.v[0]));
        if (fabs(F - r.v[2]) > 5e-14 * (10 + r.v[0]))
            printf("%s %s %g at %g: %.17g want %.17g\n", r.type, r.par, r.v[0], r.v[1],
                   F, r.v[2]);
        distest_wls_basis_free(b);
        rows++;
    }
    if (f) fclose(f);
    CHECK(rows > 200);
}

static void induced_quantiles(void)
{
    FILE *f = open_table("induced_quantile.csv");
    row r;
    size_t rows = 0;
    while (f && read_row(f, &r)) {
        distest_wls_basis *b = basis_of(r.type, r.par, r.v[0]);
        double x = -1, F = -1;
        if (!b) return;
        const size_t j = (size_t)r.v[0];
        CHECK(distest_wls_induced_quantile(b, j, 1, &r.v[1], &x, NULL) ==
              DISTEST_SUCCESS);
        if (r.v[3] > 1e-2) CHECK_NEAR(x, r.v[2], 1e-9);
        CHECK(distest_wls_induced_cdf(b, j, 1, &x, &F, NULL) == DISTEST_SUCCESS);
        /* or x as near as four representable numbers */
        const int near = fabs(x - r.v[2]) <= 4 * 2.3e-16 * fabs(r.v[2]);
        CHECK(fabs(F - r.v[1]) <= 5e-12 || near);
        if (fabs(F - r.v[1]) > 5e-12 && !near)
            printf("%s %s %g at %g: %.17g want %.17g, F %g\n", r.type, r.par, r.v[0],
                   r.v[1], x, r.v[2], F);
        distest_wls_basis_free(b);
        rows++;
    }
    if (f) fclose(f);
    CHECK(rows > 250);
}

static void log_christoffel_in_far_tails(void)
{
    FILE *f = open_table("christoffel_log.csv");
    row r;
    size_t rows = 0;
    while (f && read_row(f, &r)) {
        const size_t m = (size_t)r.v[0];
        distest_wls_basis *b = basis_of(r.type, r.par, r.v[0] - 1);
        const distest_wls_basis *bases[1] = {b};
        int *idx = malloc(m * sizeof *idx);
        double logk = 0, *phi = malloc(m * sizeof *phi), norm = 0;
        distest_wls_space *s = NULL;
        for (size_t j = 0; j < m; j++) idx[j] = (int)j;
        CHECK(distest_wls_space_tensor(1, bases, m, idx, &s, NULL) == DISTEST_SUCCESS);
        CHECK(distest_wls_features(s, 1, &r.v[1], 1, phi, &logk, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK_REL(logk, r.v[2], 1e-11);
        for (size_t j = 0; j < m; j++) norm += phi[j] * phi[j];
        CHECK_NEAR(norm, 1, 1e-12);
        distest_wls_space_free(s);
        distest_wls_basis_free(b);
        free(idx), free(phi);
        rows++;
    }
    if (f) fclose(f);
    CHECK(rows == 12);
}

/* piecewise and spline measures against the definition: sums over a fine midpoint rule
 */
static void induced_cdf_of_splines(void)
{
    const char *types[] = {"bspline", "piecewise"};
    for (int t = 0; t < 2; t++) {
        distest_wls_basis *b =
            basis_of(types[t], "{\"breaks\": [0, 0.25, 0.7, 1], ", 3);
        const size_t size = distest_wls_basis_size(b);
        double *v = malloc(size * sizeof *v), x, F, sum, back;
        for (size_t j = 0; j < size; j += 2) {
            enum { N = 20000 };
            sum = 0;
            for (int i = 0; i < N / 2; i++) {
                x = (i + 0.5) / N;
                CHECK(distest_wls_basis_eval(b, 1, &x, v, NULL, NULL) ==
                      DISTEST_SUCCESS);
                sum += v[j] * v[j] / N;
            }
            x = 0.5;
            CHECK(distest_wls_induced_cdf(b, j, 1, &x, &F, NULL) == DISTEST_SUCCESS);
            CHECK_NEAR(F, sum, 1e-6);
            if (F > 1e-3 && F < 0.999) {
                CHECK(distest_wls_induced_quantile(b, j, 1, &F, &back, NULL) ==
                      DISTEST_SUCCESS);
                CHECK_NEAR(back, 0.5, 1e-9);
            }
        }
        free(v);
        distest_wls_basis_free(b);
    }
}

/* Kolmogorov's distance of induced draws from their distribution function */
static void induced_draws_follow_their_law(void)
{
    const char *types[] = {"legendre", "chebyshev", "jacobi",    "hermite", "laguerre",
                           "fourier",  "haar",      "piecewise", "bspline"};
    enum { N = 4000 };
    static double x[N], F[N];
    for (size_t t = 0; t < 9; t++) {
        distest_wls_basis *b = basis_of(types[t], "", 5);
        distest_rng rng = distest_rng_seed(7 + t);
        double worst = 0;
        CHECK(distest_wls_induced_sample(b, 4, N, &rng, x, NULL) == DISTEST_SUCCESS);
        CHECK(distest_wls_induced_cdf(b, 4, N, x, F, NULL) == DISTEST_SUCCESS);
        for (size_t i = 1; i < N; i++) /* insertion is enough: once per type */
            for (size_t j = i; j > 0 && F[j] < F[j - 1]; j--) {
                const double h = F[j];
                F[j] = F[j - 1], F[j - 1] = h;
            }
        for (size_t i = 0; i < N; i++)
            worst = fmax(worst, fmax(F[i] - (double)i / N, (double)(i + 1) / N - F[i]));
        CHECK(worst * sqrt(N) < 3.3); /* p > 1e-9 */
        distest_wls_basis_free(b);
    }
}

static void index_sets_in_order(void)
{
    const double p = 3;
    distest_wls_set set = distest_wls_set_default();
    int idx[20];
    const int want[20] = {0, 1, 0, 2, 1, 0, 3, 2, 1, 0, 0, 0, 1, 0, 1, 2, 0, 1, 2, 3};
    size_t m = 0;
    set.degree = &p;
    CHECK(distest_wls_index_count(&set, 2, NULL, &m, NULL) == DISTEST_SUCCESS);
    CHECK(m == 10);
    CHECK(distest_wls_index_fill(&set, 2, NULL, 10, idx, NULL) == DISTEST_SUCCESS);
    CHECK(memcmp(idx, want, sizeof want) == 0);
    const double five = 5;
    set.degree = &five;
    CHECK(distest_wls_index_count(&set, 20, NULL, &m, NULL) == DISTEST_SUCCESS);
    CHECK(m == 53130);
    set.kind = "hyperbolic_cross";
    CHECK(distest_wls_index_count(&set, 2, NULL, &m, NULL) == DISTEST_SUCCESS);
    CHECK(m == 14); /* (a+1)(b+1) <= 6: 6 + 3 + 2 + 1 + 1 + 1 */
    set.max_order = 1;
    CHECK(distest_wls_index_count(&set, 2, NULL, &m, NULL) == DISTEST_SUCCESS);
    CHECK(m == 11);
}

static void margin_of_a_corner(void)
{
    const int idx[6] = {0, 1, 0, 0, 0, 1}; /* (0,0), (1,0), (0,1) */
    int cand[6], limit[2] = {1, 5};
    size_t n = 0;
    CHECK(distest_wls_margin(2, 3, idx, NULL, &n, cand, NULL) == DISTEST_SUCCESS);
    CHECK(n == 3 && cand[0] == 2 && cand[1] == 1 && cand[2] == 0 && cand[3] == 0 &&
          cand[4] == 1 && cand[5] == 2);
    CHECK(distest_wls_margin(2, 3, idx, limit, &n, cand, NULL) == DISTEST_SUCCESS);
    CHECK(n == 2);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_basis *b = NULL;
    const double bad[4] = {-1, 1, 1, 0}, nodes[4] = {1, 1, 0.5, 0.5};
    CHECK_FAILS(distest_wls_basis_alloc("x", 1, 0, NULL, &b, &ctx), DISTEST_EINVAL,
                &ctx, "type");
    CHECK_FAILS(distest_wls_basis_alloc("legendre", -1, 0, NULL, &b, &ctx),
                DISTEST_EINVAL, &ctx, "degree");
    CHECK_FAILS(distest_wls_basis_alloc("legendre", 1.5, 0, NULL, &b, &ctx),
                DISTEST_EINVAL, &ctx, "degree");
    CHECK_FAILS(distest_wls_basis_alloc("legendre", NAN, 0, NULL, &b, &ctx),
                DISTEST_EINVAL, &ctx, "degree");
    CHECK_FAILS(distest_wls_basis_alloc("legendre", 1, 2, bad + 2, &b, &ctx),
                DISTEST_EINVAL, &ctx, "max");
    CHECK_FAILS(distest_wls_basis_alloc("jacobi", 1, 4, bad, &b, &ctx), DISTEST_EINVAL,
                &ctx, "shape1");
    CHECK_FAILS(distest_wls_basis_alloc("hermite", 1, 2, bad + 2, &b, &ctx),
                DISTEST_EINVAL, &ctx, "sd");
    CHECK_FAILS(distest_wls_basis_alloc("piecewise", 1, 3, bad, &b, &ctx),
                DISTEST_EINVAL, &ctx, "breaks");
    CHECK_FAILS(distest_wls_basis_alloc("empirical", 1, 4, nodes, &b, &ctx),
                DISTEST_EINVAL, &ctx, "degree");
    CHECK(b == NULL);
    CHECK(distest_wls_basis_alloc("haar", 2, 0, NULL, &b, &ctx) == DISTEST_SUCCESS);
    double x = 0.5, v[4], dv[4];
    CHECK_FAILS(distest_wls_basis_eval(b, 1, &x, v, dv, &ctx), DISTEST_EINVAL, &ctx,
                "deriv");
    CHECK_FAILS(distest_wls_induced_cdf(b, 4, 1, &x, v, &ctx), DISTEST_EINVAL, &ctx,
                "index");
    x = 2;
    CHECK_FAILS(distest_wls_induced_quantile(b, 0, 1, &x, v, &ctx), DISTEST_EINVAL,
                &ctx, "u");
    distest_wls_basis_free(b);
    distest_wls_set set = distest_wls_set_default();
    const double p = 2, w = -1, many[3] = {1e3, 1e3, 1e3};
    size_t m = 0;
    set.degree = &p, set.kind = "y";
    CHECK_FAILS(distest_wls_index_count(&set, 1, NULL, &m, &ctx), DISTEST_EINVAL, &ctx,
                "index");
    set.kind = "total_degree", set.weights = &w;
    CHECK_FAILS(distest_wls_index_count(&set, 1, NULL, &m, &ctx), DISTEST_EINVAL, &ctx,
                "weights");
    set.kind = "tensor", set.weights = NULL, set.degree = many;
    CHECK(distest_wls_index_count(&set, 3, NULL, &m, &ctx) == DISTEST_ENOMEM);
}

/* low + length / (1 / length) is an ulp beyond the end for this interval */
static void quantiles_end_at_the_support(void)
{
    distest_wls_basis *b = NULL;
    distest_context ctx = distest_context_default();
    const double ends[2] = {-4, 2.125}, u[2] = {0, 1};
    double x[2];
    CHECK(distest_wls_basis_alloc("haar", 0, 2, ends, &b, &ctx) == DISTEST_SUCCESS);
    CHECK(distest_wls_induced_quantile(b, 0, 2, u, x, &ctx) == DISTEST_SUCCESS);
    CHECK(x[0] == -4 && x[1] == 2.125);
    distest_wls_basis_free(b);
}

/* x < 1 is 1 in the scale of the interval, where Chebyshev's weight is infinite */
static void distributions_end_at_the_support(void)
{
    distest_wls_basis *b = NULL;
    distest_context ctx = distest_context_default();
    const double ends[2] = {-700, 1}, x = nextafter(1, 0);
    double F = -1;
    CHECK(distest_wls_basis_alloc("chebyshev", 8, 2, ends, &b, &ctx) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_induced_cdf(b, 4, 1, &x, &F, &ctx) == DISTEST_SUCCESS);
    CHECK(F == 1);
    distest_wls_basis_free(b);
}

/* Distribution functions far out: of hermite and laguerre against closed forms, which
 * for the lower tail of hermite are sums of positive terms; at distances where squares
 * leave the range of doubles all or nothing of the measure lies below. */
static void induced_distributions_in_far_tails(void)
{
    distest_wls_basis *h = basis_of("hermite", "", 2000);
    distest_wls_basis *l = basis_of("laguerre", "{\"shape\": 1, \"rate\": 1}", 500);
    const size_t index[] = {0, 1, 2, 3, 50, 2000};
    for (double t = 3; t < 37; t += 0.7) {
        const double x = -t, density = exp(-t * t / 2) / sqrt(2 * acos(-1)), t2 = t * t;
        const double upper = 0.5 * erfc(t / sqrt(2.0));
        /* by parts: F_n(-t) = upper + density sum over k <= n of He_k He_{k-1} / k! */
        const double want[] = {upper, upper + density * t,
                               upper + density * (t + t * (t2 - 1) / 2)};
        for (size_t n = 0; n < 3; n++) {
            double F, G;
            CHECK(distest_wls_induced_cdf(h, n, 1, &x, &F, NULL) == DISTEST_SUCCESS);
            CHECK(distest_wls_induced_cdf(h, n, 1, &t, &G, NULL) == DISTEST_SUCCESS);
            CHECK_REL(F, want[n], 1e-12);
            CHECK_NEAR(F + G, 1, 1e-14);
        }
        /* laguerre, shape 1: F_1 = 1 - exp(-t) (1 + t^2), from (1 - t)^2 exp(-t) */
        double F;
        CHECK(distest_wls_induced_cdf(l, 1, 1, &t, &F, NULL) == DISTEST_SUCCESS);
        CHECK_NEAR(1 - F, exp(-t) * (1 + t2), 1e-14);
    }
    for (double far = 300; far<1e308; far *= far> 1e6 ? 1e7 : 3) {
        for (int n = 0; n < 6; n++) {
            const double at[] = {-far, far, 10 * far};
            double F[3];
            CHECK(distest_wls_induced_cdf(h, index[n], 2, at, F, NULL) ==
                  DISTEST_SUCCESS);
            CHECK(F[0] <= 1e-300 && F[1] == 1);
            if (n == 5 || at[2] < 4 * 500 + 1000) continue; /* turning point 4 n + 2 */
            CHECK(distest_wls_induced_cdf(l, index[n], 1, at + 2, F, NULL) ==
                  DISTEST_SUCCESS);
            CHECK_NEAR(F[0], 1, 1e-13 * (10 + (double)index[n]));
        }
    }
    distest_wls_basis_free(h), distest_wls_basis_free(l);
}

int main(void)
{
    RUN(values_and_derivatives);
    RUN(induced_distribution_functions);
    RUN(induced_quantiles);
    RUN(log_christoffel_in_far_tails);
    RUN(induced_distributions_in_far_tails);
    RUN(induced_cdf_of_splines);
    RUN(induced_draws_follow_their_law);
    RUN(index_sets_in_order);
    RUN(margin_of_a_corner);
    RUN(quantiles_end_at_the_support);
    RUN(distributions_end_at_the_support);
    RUN(bad_input_is_named);
    return check_report("wls_basis");
}
