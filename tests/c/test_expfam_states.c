/* test_expfam_states.c - Ising and log-linear models by transforms over their states,
 * against the same models with every state written out, against the transfer matrix of
 * a chain, and on tables without a maximum. */
#include "expfam_test.h"

enum { D = 9, P = D + D * (D - 1) / 2, M = 1 << D, N = 300, MOST_SIZES = 600 };

/* all pairs of d variables, after d and the coding */
static size_t complete(size_t d, size_t coding, size_t *ipar)
{
    size_t n = 2;
    ipar[0] = d;
    ipar[1] = coding;
    for (size_t i = 0; i < d; i++)
        for (size_t j = i + 1; j < d; j++) {
            ipar[n++] = i;
            ipar[n++] = j;
        }
    return n;
}

/* the same statistics for rows of values, in the order of the family */
static void products(size_t n, const double *x, double *xi)
{
    size_t a = D;
    memcpy(xi, x, n * D * sizeof *xi);
    for (size_t i = 0; i < D; i++)
        for (size_t j = i + 1; j < D; j++, a++)
            for (size_t r = 0; r < n; r++) xi[r + a * n] = x[r + i * n] * x[r + j * n];
}

static void same_terms(const distest_expfam_terms *a, const distest_expfam_terms *b)
{
    CHECK_REL(a->trace, b->trace, 1e-10);
    CHECK_NEAR(a->t1, b->t1, 1e-9);
    CHECK_REL(a->t2, b->t2, 1e-9);
    CHECK_NEAR(a->t3, b->t3, 1e-8);
    CHECK_REL(a->rho13, b->rho13, 1e-9);
    CHECK_REL(a->rho23, b->rho23, 1e-9);
    CHECK_NEAR(a->rho4, b->rho4, 1e-8);
    CHECK_REL(a->se_r1, b->se_r1, 1e-8);
}

/* everything a family does, on data x (columns of the family) with statistics xi,
 * against nodes with the statistics `all` of the m states */
static void compare(const distest_expfam_family *f, size_t m, size_t p, size_t d,
                    const double *all, size_t n, const double *x, const double *xi,
                    const double *weights)
{
    distest_expfam_family *g = NULL;
    double *t = made(p), *u = made(p), *mean = made(p), *G1 = made(p * p),
           *G2 = made(p * p), *g1 = made(p), *g2 = made(p), psi1, psi2, kl1, kl2;
    uint64_t s = 5;
    const distest_sample own = {n, d, x, weights}, given = {n, p, xi, weights};
    distest_expfam_terms a, b;
    distest_expfam_info info = {.size = sizeof info}, other = info;
    CHECK(distest_expfam_family_nodes(&g, m, p, all, NULL, 1, NULL) == 0);
    for (size_t k = 0; k < p; k++) t[k] = uniform(&s) - 0.5;
    CHECK(distest_expfam_psi(f, t, &psi1, g1, G1, NULL) == 0);
    CHECK(distest_expfam_psi(g, t, &psi2, g2, G2, NULL) == 0);
    CHECK_REL(psi1, psi2, 1e-13);
    near_all(p, g1, g2, 1e-13);
    near_all(p * p, G1, G2, 1e-13);
    CHECK(distest_expfam_fit_data(f, NULL, &own, NULL, t, mean, G1, &info, NULL) == 0);
    CHECK(distest_expfam_fit_data(g, NULL, &given, NULL, u, NULL, G2, &other, NULL) ==
          0);
    near_all(p, t, u, 1e-9);
    near_all(p * p, G1, G2, 1e-13);
    CHECK_REL(info.loglik, other.loglik, 1e-12);
    CHECK(distest_expfam_psi(f, t, &psi1, g1, NULL, NULL) == 0);
    near_all(p, g1, mean, 1e-12);
    double *lev1 = made(n), *lev2 = made(n);
    CHECK(distest_expfam_terms_data(f, t, &own, 0, &a, lev1, g1, NULL) == 0);
    CHECK(distest_expfam_terms_data(g, t, &given, 0, &b, lev2, g2, NULL) == 0);
    same_terms(&a, &b);
    near_all(n, lev1, lev2, 1e-9);
    near_all(p, g1, g2, 1e-9);
    for (size_t k = 0; k < p; k++) u[k] = 0.5 * t[k];
    CHECK(distest_expfam_divergence(f, t, u, &kl1, NULL) == 0);
    CHECK(distest_expfam_divergence(g, t, u, &kl2, NULL) == 0);
    CHECK_REL(kl1, kl2, 1e-10);
    free(t), free(u), free(mean), free(G1), free(G2), free(g1), free(g2);
    free(lev1), free(lev2);
    distest_expfam_family_free(g);
}

static void ising(size_t coding)
{
    static double states[M * D], all[M * P], x[N * D], xi[N * P];
    size_t ipar[MOST_SIZES];
    const size_t nipar = complete(D, coding, ipar);
    distest_expfam_family *f = NULL;
    uint64_t s = 11;
    for (size_t i = 0; i < M; i++)
        for (size_t k = 0; k < D; k++)
            states[i + k * M] = (i >> k & 1) ? 1 : coding ? -1 : 0;
    for (size_t i = 0; i < N; i++) { /* dependent, but not of the model */
        const double common = uniform(&s);
        for (size_t k = 0; k < D; k++) {
            const int up = uniform(&s) < 0.3 + 0.4 * common;
            x[i + k * N] = coding ? 2 * up - 1 : up;
        }
    }
    products(M, states, all);
    products(N, x, xi);
    CHECK(distest_expfam_family_alloc(&f, "ising", NULL, 0, ipar, nipar, NULL) == 0);
    compare(f, M, P, D, all, N, x, xi, NULL);
    distest_expfam_family_free(f);
}

static void ising_01_is_its_enumeration(void)
{
    ising(0);
}

static void ising_pm1_is_its_enumeration(void)
{
    ising(1);
}

/* 3 x 4 x 2 x 2: all levels of pairs (0,1), (1,2), (2,3) and what lies below them */
static void loglinear_is_its_enumeration(void)
{
    enum { CELLS = 48, MOST_P = 40 };
    static const size_t level[4] = {3, 4, 2, 2}, pair[3][2] = {{0, 1}, {1, 2}, {2, 3}};
    static double x[CELLS * 4], w[CELLS], xi[CELLS * MOST_P];
    size_t ipar[1 + 4 + MOST_P] = {4, 3, 4, 2, 2}, p = 0, stride[4] = {1, 3, 12, 24};
    distest_expfam_family *f = NULL;
    uint64_t s = 3;
    for (size_t i = 0; i < CELLS; i++) {
        for (size_t k = 0; k < 4; k++)
            x[i + k * CELLS] = (double)(i / stride[k] % level[k] + 1);
        w[i] = floor(20 * uniform(&s) + (double)(i % 5));
    }
    for (size_t k = 0; k < 4; k++)
        for (size_t l = 1; l < level[k]; l++, p++) {
            ipar[5 + p] = l * stride[k];
            for (size_t i = 0; i < CELLS; i++)
                xi[i + p * CELLS] = x[i + k * CELLS] == (double)(l + 1);
        }
    for (size_t e = 0; e < 3; e++) {
        const size_t a = pair[e][0], b = pair[e][1];
        for (size_t l = 1; l < level[a]; l++)
            for (size_t m = 1; m < level[b]; m++, p++) {
                ipar[5 + p] = l * stride[a] + m * stride[b];
                for (size_t i = 0; i < CELLS; i++)
                    xi[i + p * CELLS] = x[i + a * CELLS] == (double)(l + 1) &&
                                        x[i + b * CELLS] == (double)(m + 1);
            }
    }
    CHECK(distest_expfam_family_alloc(&f, "loglinear", NULL, 0, ipar, 5 + p, NULL) ==
          0);
    compare(f, CELLS, p, 4, xi, CELLS, x, xi, w);
    /* main effects alone: 7 statistics, fewer than 2/9 of the cells: by transforms */
    distest_expfam_family_free(f);
    f = NULL;
    CHECK(distest_expfam_family_alloc(&f, "loglinear", NULL, 0, ipar, 12, NULL) == 0);
    compare(f, CELLS, 7, 4, xi, CELLS, x, xi, w);
    distest_expfam_family_free(f);
}

/* a chain of 20 spins: Psi = log 1'T ... T 1 by the transfer matrix, and its mean by
 * differences of that */
static double chain_psi(size_t d, const double *theta, int pm)
{
    const double value[2] = {pm ? -1 : 0, 1};
    double v[2] = {exp(theta[0] * value[0]), exp(theta[0] * value[1])};
    for (size_t k = 1; k < d; k++) {
        double next[2] = {0, 0};
        for (int b = 0; b < 2; b++)
            for (int a = 0; a < 2; a++)
                next[b] += v[a] * exp(theta[k] * value[b] +
                                      theta[d + k - 1] * value[a] * value[b]);
        v[0] = next[0];
        v[1] = next[1];
    }
    return log(v[0] + v[1]);
}

static void a_chain_of_20_is_its_transfer_matrix(void)
{
    enum { L = 20, Q = 2 * L - 1 };
    for (size_t coding = 0; coding < 2; coding++) {
        size_t ipar[2 + 2 * (L - 1)] = {L, coding};
        double theta[Q], grad[Q], moved[Q], psi;
        distest_expfam_family *f = NULL;
        uint64_t s = 17;
        for (size_t k = 0; k + 1 < L; k++) {
            ipar[2 + 2 * k] = k;
            ipar[3 + 2 * k] = k + 1;
        }
        for (size_t k = 0; k < Q; k++) theta[k] = 2 * uniform(&s) - 1;
        CHECK(distest_expfam_family_alloc(&f, "ising", NULL, 0, ipar, 2 * L, NULL) ==
              0);
        CHECK(distest_expfam_psi(f, theta, &psi, grad, NULL, NULL) == 0);
        CHECK_REL(psi, chain_psi(L, theta, (int)coding), 1e-13);
        for (size_t k = 0; k < Q; k++) {
            double d[2];
            for (int h = 0; h < 2; h++) {
                memcpy(moved, theta, sizeof moved);
                moved[k] += h ? -1e-5 : 1e-5;
                d[h] = chain_psi(L, moved, (int)coding);
            }
            CHECK_NEAR(grad[k], (d[0] - d[1]) / 2e-5, 1e-9);
        }
        distest_expfam_family_free(f);
    }
}

/* counts 0,5,7,4,6,3,8,0 (C fastest) have no maximum without the three-way term; with 9
 * in the last cell they have one. Variables here are C, B, A. */
static void tables_without_a_maximum_are_found(void)
{
    static const size_t ipar[10] = {3, 2, 2, 2, 1, 2, 4, 3, 5, 6};
    double x[24], w[8] = {0, 5, 7, 4, 6, 3, 8, 0}, theta[6];
    distest_expfam_family *f = NULL;
    distest_context ctx = distest_context_default();
    for (size_t i = 0; i < 8; i++)
        for (size_t k = 0; k < 3; k++) x[i + 8 * k] = (double)((i >> k & 1) + 1);
    const distest_sample s = {8, 3, x, w};
    CHECK(distest_expfam_family_alloc(&f, "loglinear", NULL, 0, ipar, 10, NULL) == 0);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    w[7] = 9;
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, &ctx) ==
          0);
    distest_expfam_family_free(f);
}

/* with so many states linear programming is out of reach: still no finite answer */
static void large_models_never_answer_without_a_maximum(void)
{
    enum { L = 20, ROWS = 40 };
    size_t ipar[2 + L * (L - 1)];
    const size_t nipar = complete(L, 0, ipar);
    static double x[ROWS * L], theta[L + L * (L - 1) / 2];
    distest_expfam_family *f = NULL;
    uint64_t s = 2;
    for (size_t i = 0; i < ROWS * L; i++) x[i] = uniform(&s) < 0.5;
    for (size_t i = 0; i < ROWS; i++) x[i] = 1; /* the first is always 1 */
    const distest_sample data = {ROWS, L, x, NULL};
    CHECK(distest_expfam_family_alloc(&f, "ising", NULL, 0, ipar, nipar, NULL) == 0);
    const int status =
        distest_expfam_fit_data(f, NULL, &data, NULL, theta, NULL, NULL, NULL, NULL);
    CHECK(status == DISTEST_ENOMLE || status == DISTEST_ECONV);
    distest_expfam_family_free(f);
}

static void draws_have_the_model_s_means(void)
{
    enum { DRAWS = 20000 };
    static const size_t spins[6] = {3, 1, 0, 1, 1, 2}, table[6] = {2, 3, 2, 1, 2, 4};
    static const double theta[5] = {0.3, -0.2, 0.5, 0.7, -0.4};
    static double x[3 * DRAWS], xi[5 * DRAWS];
    const struct {
        const char *name;
        const size_t *ipar;
        size_t d, p;
    } cases[] = {{"ising", spins, 3, 5}, {"loglinear", table, 2, 3}};
    for (size_t c = 0; c < 2; c++) {
        distest_expfam_family *f = NULL;
        distest_rng rng = distest_rng_seed(4);
        double psi, grad[5], hess[25];
        const size_t p = cases[c].p;
        CHECK(distest_expfam_family_alloc(&f, cases[c].name, NULL, 0, cases[c].ipar, 6,
                                          NULL) == 0);
        CHECK(distest_expfam_sample(f, theta, DRAWS, &rng, x, NULL) == 0);
        const distest_sample s = {DRAWS, cases[c].d, x, NULL};
        CHECK(distest_expfam_stats(f, &s, xi, NULL, NULL) == 0); /* in the support */
        CHECK(distest_expfam_psi(f, theta, &psi, grad, hess, NULL) == 0);
        for (size_t a = 0; a < p; a++) {
            double mean = 0;
            for (size_t i = 0; i < DRAWS; i++) mean += xi[i + a * DRAWS] / DRAWS;
            CHECK(fabs(mean - grad[a]) < 4.5 * sqrt(hess[a * (p + 1)] / DRAWS));
        }
        distest_expfam_family_free(f);
    }
}

static void bad_settings_are_named(void)
{
    static const size_t few[3] = {2, 2, 2}, flat[4] = {2, 0, 2, 1},
                        twice[5] = {2, 2, 2, 1, 1}, zero[4] = {2, 2, 2, 0},
                        beyond[4] = {2, 2, 2, 4}, huge[5] = {3, 4096, 4096, 4096, 1},
                        good[4] = {2, 2, 2, 1}, spins[2] = {0, 0};
    static const double x[2] = {1, 3};
    double xi[1];
    distest_expfam_family *f = NULL;
    distest_context ctx = distest_context_default();
#define BAD(name, ipar, n)                                                             \
    CHECK_FAILS(distest_expfam_family_alloc(&f, name, NULL, 0, ipar, n, &ctx),         \
                DISTEST_EINVAL, &ctx, "ipar")
    BAD("loglinear", few, 3);
    BAD("loglinear", flat, 4);
    BAD("loglinear", twice, 5);
    BAD("loglinear", zero, 4);
    BAD("loglinear", beyond, 4);
    BAD("loglinear", huge, 5);
    BAD("ising", spins, 2);
    CHECK(distest_expfam_family_alloc(&f, "loglinear", NULL, 0, good, 4, &ctx) == 0);
    const distest_sample s = {1, 2, x, NULL};
    CHECK_FAILS(distest_expfam_stats(f, &s, xi, NULL, &ctx), DISTEST_EDOM, &ctx, "x");
    distest_expfam_family_free(f);
}

int main(void)
{
    RUN(ising_01_is_its_enumeration);
    RUN(ising_pm1_is_its_enumeration);
    RUN(loglinear_is_its_enumeration);
    RUN(a_chain_of_20_is_its_transfer_matrix);
    RUN(tables_without_a_maximum_are_found);
    RUN(large_models_never_answer_without_a_maximum);
    RUN(draws_have_the_model_s_means);
    RUN(bad_settings_are_named);
    return check_report("expfam_states");
}
