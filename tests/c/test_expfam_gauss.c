/* test_expfam_gauss.c - normal models of three variables, full, diagonal, spherical and
 * on graphs, with the mean free or known: moments and terms by Gauss-Hermite sums,
 * which are exact for the powers that occur; maxima by hand; draws. */
#include "expfam_test.h"

enum { D = 3, NODES = 125 };

/* O = C^-1 by cofactors; returns the determinant of C */
static double inverse(const double C[9], double O[9])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const int a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3,
                      d = (j + 2) % 3;
            O[j + 3 * i] = C[a + 3 * c] * C[b + 3 * d] - C[a + 3 * d] * C[b + 3 * c];
        }
    const double det = C[0] * O[0] + C[1] * O[3] + C[2] * O[6];
    for (int i = 0; i < 9; i++) O[i] /= det;
    return det;
}

/* the law with that mean and covariance: its points, and log density there */
static law_points law_of(const double mean[3], const double C[9], double *logf)
{
    static double x[3 * NODES], prob[NODES];
    const double r = sqrt(10.0),
                 z[5] = {0, sqrt(5 - r), -sqrt(5 - r), sqrt(5 + r), -sqrt(5 + r)};
    const double inner = (7 + 2 * r) / 60, outer = (7 - 2 * r) / 60,
                 w[5] = {8.0 / 15, inner, inner, outer, outer};
    double L[9] = {0}, O[9];
    const double logdet = log(inverse(C, O));
    for (int b = 0; b < 3; b++)
        for (int a = b; a < 3; a++) {
            double s = C[a + 3 * b];
            for (int k = 0; k < b; k++) s -= L[a + 3 * k] * L[b + 3 * k];
            L[a + 3 * b] = a == b ? sqrt(s) : s / L[b + 3 * b];
        }
    for (int n = 0; n < NODES; n++) {
        const int at[3] = {n % 5, n / 5 % 5, n / 25};
        double dev[3], square = 0;
        prob[n] = w[at[0]] * w[at[1]] * w[at[2]];
        for (int a = 0; a < 3; a++) {
            dev[a] = 0;
            for (int k = 0; k <= a; k++) dev[a] += L[a + 3 * k] * z[at[k]];
            x[n + a * NODES] = mean[a] + dev[a];
        }
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) square += dev[a] * O[a + 3 * b] * dev[b];
        logf[n] = -0.5 * (square + logdet + 3 * log(2 * acos(-1)));
    }
    return (law_points){NODES, 3, 0, x, prob};
}

typedef struct {
    const char *name;
    int known;
    size_t nipar, ipar[8];
    double C[9]; /* or, for graphs, the inverse */
} model;

static const model models[] = {
    {"mvnormal", 0, 2, {3, 0}, {2, 0.5, -0.3, 0.5, 1, 0.2, -0.3, 0.2, 0.7}},
    {"mvnormal", 1, 2, {3, 0}, {2, 0.5, -0.3, 0.5, 1, 0.2, -0.3, 0.2, 0.7}},
    {"mvnormal", 0, 2, {3, 1}, {2, 0, 0, 0, 1, 0, 0, 0, 0.7}},
    {"mvnormal", 1, 2, {3, 1}, {2, 0, 0, 0, 1, 0, 0, 0, 0.7}},
    {"mvnormal", 0, 2, {3, 2}, {1.3, 0, 0, 0, 1.3, 0, 0, 0, 1.3}},
    {"mvnormal", 1, 2, {3, 2}, {1.3, 0, 0, 0, 1.3, 0, 0, 0, 1.3}},
    {"ggm", 0, 5, {3, 0, 1, 1, 2}, {1, 0.4, 0, 0.4, 2, -0.6, 0, -0.6, 1.5}},
    {"ggm", 1, 3, {3, 0, 2}, {1, 0, 0.3, 0, 2, 0, 0.3, 0, 1.5}},
    {"ggm", 0, 1, {3}, {1, 0, 0, 0, 2, 0, 0, 0, 1.5}},
    {"ggm", 0, 7, {3, 0, 1, 0, 2, 1, 2}, {1, 0.4, 0.1, 0.4, 2, -0.6, 0.1, -0.6, 1.5}}};
enum { MODELS = sizeof models / sizeof *models };
static const double MEAN[3] = {0.7, -1.1, 0.4};

static distest_expfam_family *family_of(const model *m)
{
    return named(m->name, MEAN, m->known ? 3 : 0, m->ipar, m->nipar);
}

static void covariance_of(const model *m, double C[9])
{
    memcpy(C, m->C, 9 * sizeof *C);
    if (strcmp(m->name, "ggm") == 0) (void)inverse(m->C, C);
}

/* the statistics and parameters of the page: x_i; x_i^2; x_i x_j of the pairs */
static size_t by_hand(const model *m, const double C[9], double theta[9],
                      size_t pair[6][2], size_t *quadratic)
{
    double O[9];
    size_t p = 0, q = 0;
    (void)inverse(C, O);
    for (size_t i = 0; i < 3 && !m->known; i++) {
        theta[p] = 0;
        for (size_t j = 0; j < 3; j++) theta[p] += O[i + 3 * j] * MEAN[j];
        p++;
    }
    const int graph = strcmp(m->name, "ggm") == 0;
    if (!graph && m->ipar[1] == 2) {
        theta[p] = -0.5 * O[0];
        *quadratic = 0; /* sum of squares */
        return p + 1;
    }
    for (size_t i = 0; i < 3; i++) pair[q][0] = pair[q][1] = i, q++;
    if (graph)
        for (size_t e = 1; e < m->nipar; e += 2, q++) {
            pair[q][0] = m->ipar[e];
            pair[q][1] = m->ipar[e + 1];
        }
    else
        for (size_t i = 0; i < 3 && m->ipar[1] == 0; i++)
            for (size_t j = i + 1; j < 3; j++) pair[q][0] = i, pair[q][1] = j, q++;
    for (size_t k = 0; k < q; k++) {
        const size_t i = pair[k][0], j = pair[k][1];
        theta[p + k] = (i == j ? -0.5 : -1) * O[i + 3 * j];
    }
    *quadratic = q;
    return p + q;
}

static void models_agree_with_their_densities(void)
{
    for (int k = 0; k < MODELS; k++) {
        const model *m = models + k;
        const int before = check_failures;
        distest_expfam_family *f = family_of(m);
        double C[9], logf[NODES], theta[9], t[9], usual[12], eta[9], xi[9 * NODES];
        size_t pair[6][2], quadratic, p, d, nusual;
        covariance_of(m, C);
        const law_points q = law_of(MEAN, C, logf);
        const distest_sample s = {NODES, 3, q.x, NULL};
        const size_t want = by_hand(m, C, theta, pair, &quadratic);
        distest_expfam_sizes(f, &p, &d, &nusual);
        CHECK(p == want && d == 3 && nusual == 12);
        memcpy(usual, MEAN, sizeof MEAN);
        memcpy(usual + 3, C, sizeof C);
        CHECK(distest_expfam_from_usual(f, usual, t, NULL) == DISTEST_SUCCESS);
        for (size_t a = 0; a < p; a++) CHECK_NEAR(t[a], theta[a], 1e-13);
        CHECK(distest_expfam_to_usual(f, theta, usual, NULL, NULL) == DISTEST_SUCCESS);
        for (size_t i = 0; i < 3; i++) CHECK_NEAR(usual[i], MEAN[i], 1e-13);
        for (size_t i = 0; i < 9; i++) CHECK_NEAR(usual[3 + i], C[i], 1e-13);
        CHECK(distest_expfam_stats(f, &s, xi, NULL, NULL) == DISTEST_SUCCESS);
        const size_t l = m->known ? 0 : 3;
        for (size_t i = 0; i < NODES; i++) {
            double y[3];
            for (size_t a = 0; a < 3; a++) {
                y[a] = q.x[i + a * NODES] - (m->known ? MEAN[a] : 0);
                if (!m->known) CHECK(xi[i + a * NODES] == y[a]);
            }
            for (size_t a = 0; a < quadratic; a++)
                CHECK_NEAR(xi[i + (l + a) * NODES], y[pair[a][0]] * y[pair[a][1]],
                           1e-14);
            if (quadratic == 0)
                CHECK_NEAR(xi[i + l * NODES], y[0] * y[0] + y[1] * y[1] + y[2] * y[2],
                           1e-14);
        }
        law_density(f, theta, &q, logf, 1e-12);
        law_moments(f, theta, &q, eta, 1e-12);
        law_differences(f, theta, 1e-5, 1e-7);
        law_fit(f, theta, &q, eta, 1e-9);
        if (check_failures > before) printf("%s, %d\n", m->name, k);
        distest_expfam_family_free(f);
    }
}

static const double DATA[3 * 9] = {0.1,  1.2, -0.4, 2.2, 0.9,  -1.3, 0.5, 1.9,  -0.2,
                                   1.4,  0.3, -0.9, 0.8, 2.1,  -0.2, 0.6, -1.7, 0.2,
                                   -2.0, 0.4, 0.7,  1.1, -0.6, 0.3,  1.6, -0.1, 0.9};
static const double COUNT[9] = {1, 2, 1, 0, 3, 1, 1, 2, 1};

static void terms_are_sums_over_the_law(void)
{
    for (int k = 0; k < MODELS; k++) {
        const int before = check_failures;
        distest_expfam_family *f = family_of(models + k);
        double C[9], logf[NODES], theta[9];
        size_t pair[6][2], quadratic;
        covariance_of(models + k, C);
        const law_points q = law_of(MEAN, C, logf);
        const distest_sample plain = {9, 3, DATA, NULL}, weighted = {9, 3, DATA, COUNT};
        (void)by_hand(models + k, C, theta, pair, &quadratic);
        law_terms(f, theta, &q, NULL, 1e-9);
        law_terms(f, theta, &q, &plain, 1e-9);
        law_terms(f, theta, &q, &weighted, 1e-9);
        if (check_failures > before) printf("%s, %d\n", models[k].name, k);
        distest_expfam_family_free(f);
    }
}

/* mean and covariance of the data (divisor n), about MEAN when that is known */
static void moments_of_data(const double *w, int known, double mean[3], double C[9])
{
    double n = 0;
    for (int i = 0; i < 9; i++) n += w ? w[i] : 1;
    for (int a = 0; a < 3; a++) {
        mean[a] = known ? MEAN[a] : 0;
        for (int i = 0; i < 9 && !known; i++)
            mean[a] += (w ? w[i] : 1) * DATA[i + 9 * a] / n;
    }
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            C[a + 3 * b] = 0;
            for (int i = 0; i < 9; i++)
                C[a + 3 * b] += (w ? w[i] : 1) * (DATA[i + 9 * a] - mean[a]) *
                                (DATA[i + 9 * b] - mean[b]) / n;
        }
}

/* Full: mean and covariance; diagonal: variances; spherical: their mean; on a chain:
 * inverses of the cliques' covariances less that of what they share; no edges: as
 * diagonal; all edges: as full. */
static void maxima_have_their_closed_forms(void)
{
    for (int k = 0; k < MODELS; k++)
        for (int weighted = 0; weighted < 2; weighted++) {
            const model *m = models + k;
            const double *w = weighted ? COUNT : NULL;
            distest_expfam_family *f = family_of(m);
            double mean[3], C[9], V[9], usual[12], theta[9], again[9], xi[9];
            const distest_sample s = {9, 3, DATA, w};
            moments_of_data(w, m->known, mean, C);
            memcpy(V, C, sizeof C);
            const int graph = m->name[0] == 'g';
            if (graph && m->nipar == 5) { /* 0 - 1 - 2: cov(0, 2) follows */
                V[2] = V[6] = C[1] * C[5] / C[4];
            } else if (graph && m->nipar == 3) { /* 0 - 2 */
                V[1] = V[3] = V[5] = V[7] = 0;
            } else if (graph ? m->nipar == 1 : m->ipar[1] > 0) {
                for (int i = 0; i < 9; i++)
                    if (i % 4) V[i] = 0;
                if (!graph && m->ipar[1] == 2)
                    V[0] = V[4] = V[8] = (C[0] + C[4] + C[8]) / 3;
            }
            CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, xi, NULL, NULL,
                                          NULL) == DISTEST_SUCCESS);
            CHECK(distest_expfam_to_usual(f, theta, usual, NULL, NULL) == 0);
            for (int i = 0; i < 3; i++) CHECK_NEAR(usual[i], mean[i], 1e-9);
            for (int i = 0; i < 9; i++) CHECK_NEAR(usual[3 + i], V[i], 1e-9);
            CHECK(distest_expfam_fit_moments(f, NULL, 9, xi, NULL, again, NULL, NULL) ==
                  DISTEST_SUCCESS);
            size_t p;
            distest_expfam_sizes(f, &p, NULL, NULL);
            for (size_t a = 0; a < p; a++) CHECK_NEAR(again[a], theta[a], 1e-9);
            distest_expfam_family_free(f);
        }
}

/* D[N(m, C) || N(u, V)] = {tr V^-1 C + (u - m)'V^-1 (u - m) - d - log det C / det V} /
 * 2
 */
static void divergence_of_two_normals(void)
{
    distest_expfam_family *f = family_of(models);
    const double u[3] = {1, 0, 0.5}, V[9] = {1, 0.2, 0, 0.2, 1.5, 0.1, 0, 0.1, 2};
    const double *C = models[0].C;
    double O[9], other[9], a[9], b[9], usual[12], kl;
    const double detV = inverse(V, O), detC = inverse(C, other);
    double want = -3 - log(detC / detV);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            want += O[i + 3 * j] * (C[i + 3 * j] + (u[i] - MEAN[i]) * (u[j] - MEAN[j]));
    memcpy(usual, MEAN, sizeof MEAN);
    memcpy(usual + 3, C, 9 * sizeof *C);
    CHECK(distest_expfam_from_usual(f, usual, a, NULL) == 0);
    memcpy(usual, u, sizeof u);
    memcpy(usual + 3, V, sizeof V);
    CHECK(distest_expfam_from_usual(f, usual, b, NULL) == 0);
    CHECK(distest_expfam_divergence(f, a, b, &kl, NULL) == DISTEST_SUCCESS);
    CHECK_REL(kl, 0.5 * want, 1e-12);
    distest_expfam_family_free(f);
}

/* 4.5 standard errors for every mean of statistics, the same rows for any n */
static void draws_have_the_mean_and_covariance(void)
{
    static double x[3 * LAW_DRAWS], few[3 * 10], xi[9 * LAW_DRAWS];
    for (int k = 0; k < MODELS; k++) {
        distest_expfam_family *f = family_of(models + k);
        double C[9], theta[9], eta[9], H[81], psi, logf[NODES];
        size_t pair[6][2], quadratic;
        distest_rng rng = distest_rng_seed(40 + (uint64_t)k), same = rng;
        covariance_of(models + k, C);
        const size_t p = by_hand(models + k, C, theta, pair, &quadratic);
        const law_points q = law_of(MEAN, C, logf);
        CHECK(distest_expfam_sample(f, theta, LAW_DRAWS, &rng, x, NULL) == 0);
        CHECK(distest_expfam_sample(f, theta, 10, &same, few, NULL) == 0);
        for (size_t a = 0; a < 3; a++)
            CHECK(memcmp(few + 10 * a, x + a * LAW_DRAWS, 10 * sizeof *x) == 0);
        const distest_sample s = {LAW_DRAWS, 3, x, NULL};
        CHECK(distest_expfam_stats(f, &s, xi, NULL, NULL) == 0);
        law_moments(f, theta, &q, eta, 1e-12);
        CHECK(distest_expfam_psi(f, theta, &psi, NULL, H, NULL) == 0);
        for (size_t a = 0; a < p; a++) {
            double mean = 0;
            for (size_t i = 0; i < LAW_DRAWS; i++)
                mean += xi[i + a * LAW_DRAWS] / LAW_DRAWS;
            CHECK(fabs(mean - eta[a]) < 4.5 * sqrt(H[a * (p + 1)] / LAW_DRAWS));
        }
        for (size_t a = 0; a < 3; a++) /* and all covariances, modelled or not */
            for (size_t b = 0; b <= a; b++) {
                double c = 0;
                for (size_t i = 0; i < LAW_DRAWS; i++)
                    c += (x[i + a * LAW_DRAWS] - MEAN[a]) *
                         (x[i + b * LAW_DRAWS] - MEAN[b]) / LAW_DRAWS;
                const double var = C[4 * a] * C[4 * b] + C[a + 3 * b] * C[a + 3 * b];
                CHECK(fabs(c - C[a + 3 * b]) < 4.5 * sqrt(var / LAW_DRAWS));
            }
        distest_expfam_family_free(f);
    }
}

static void bad_input_is_named(void)
{
    const struct {
        const char *name;
        size_t npar, nipar, ipar[7];
        const char *blame, *word;
    } set[] = {{"normal", 1, 0, {0}, "par", ""},
               {"mvnormal", 1, 0, {0}, "par", "dimension"},
               {"mvnormal", 0, 2, {0, 0}, "ipar", "dimension"},
               {"mvnormal", 0, 2, {201, 0}, "ipar", "dimension"},
               {"mvnormal", 0, 2, {3, 3}, "ipar", "structure"},
               {"mvnormal", 0, 1, {3}, "ipar", "structure"},
               {"mvnormal", 2, 2, {3, 0}, "par", "known mean"},
               {"ggm", 0, 2, {3, 0}, "ipar", "pairs"},
               {"ggm", 0, 3, {3, 1, 0}, "ipar", "Edge 1"},
               {"ggm", 0, 5, {3, 0, 1, 1, 3}, "ipar", "Edge 2"},
               {"ggm", 0, 7, {3, 0, 1, 1, 2, 0, 1}, "ipar", "Edge 3"},
               {"ggm", 4, 3, {3, 0, 1}, "par", "known mean"}};
    const double four[4] = {0, 1, 2, 3};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = NULL;
        CHECK_FAILS(distest_expfam_family_alloc(&f, set[k].name, four, set[k].npar,
                                                set[k].ipar, set[k].nipar, &ctx),
                    DISTEST_EINVAL, &ctx, set[k].blame);
        CHECK(f == NULL && strstr(ctx.message, set[k].word) != NULL);
    }
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = NULL;
    const double nan[3] = {0, NAN, 0};
    const size_t full[2] = {3, 0};
    CHECK_FAILS(distest_expfam_family_alloc(&f, "mvnormal", nan, 3, full, 2, &ctx),
                DISTEST_EINVAL, &ctx, "par");
    /* not definite: parameters, data on a plane, equal rows, a start */
    f = named("mvnormal", NULL, 0, full, 2);
    double par[12] = {0, 0, 0, 1, 2, 0, 2, 1, 0, 0, 0, 1}, theta[9] = {7}, x[27], psi;
    CHECK_FAILS(distest_expfam_from_usual(f, par, theta, &ctx), DISTEST_EDOM, &ctx,
                "par");
    double out[9] = {0, 0, 0, -0.5, -0.5, -0.5, 2, 0, 0};
    CHECK_FAILS(distest_expfam_psi(f, out, &psi, NULL, NULL, &ctx), DISTEST_EDOM, &ctx,
                "theta");
    memcpy(x, DATA, sizeof x);
    for (int i = 0; i < 9; i++) x[i + 18] = x[i] - 2 * x[i + 9] + 1;
    const distest_sample plane = {9, 3, x, NULL}, few = {3, 3, DATA, NULL};
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &plane, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &few, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    const double flat[9] = {0, 0, 0, 1, 1, 0, 0, 0, 0};
    CHECK_FAILS(distest_expfam_fit_moments(f, NULL, 9, flat, NULL, theta, NULL, &ctx),
                DISTEST_ENOMLE, &ctx, "mean");
    const distest_sample two = {9, 2, DATA, NULL};
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &two, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_EINVAL, &ctx, "x");
    CHECK(theta[0] == 7);
    distest_expfam_family_free(f);
    /* a graph starts from the variances: one that is 0 has no maximum */
    const size_t chain[3] = {2, 0, 1};
    const double one[10] = {1, 1, 1, 1, 1, 2, 4, 1, 3, 0};
    const distest_sample still = {5, 2, one, NULL};
    f = named("ggm", NULL, 0, chain, 3);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &still, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    const double bad[5] = {0, 0, -1, -1, 5};
    CHECK_FAILS(distest_expfam_fit_moments(f, NULL, 5, (double[]){0, 0, 1, 1, 0.5}, bad,
                                           theta, NULL, &ctx),
                DISTEST_EDOM, &ctx, "start");
    distest_expfam_family_free(f);
}

static void far_from_the_origin(void)
{
    static double x[27];
    distest_expfam_family *f = family_of(models);
    double a[9], b[9], near[12], far[12];
    distest_expfam_terms t, u;
    for (int i = 0; i < 27; i++) x[i] = DATA[i] + 0x1p26;
    const distest_sample s = {9, 3, DATA, NULL}, z = {9, 3, x, NULL};
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, a, NULL, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &z, NULL, b, NULL, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_to_usual(f, a, near, NULL, NULL) == 0);
    CHECK(distest_expfam_to_usual(f, b, far, NULL, NULL) == 0);
    for (int i = 0; i < 9; i++) CHECK_NEAR(far[3 + i], near[3 + i], 1e-6);
    CHECK(distest_expfam_terms_data(f, a, &s, 0, &t, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_terms_data(f, b, &z, 0, &u, NULL, NULL, NULL) == 0);
    CHECK_NEAR(u.trace, t.trace, 1e-5);
    CHECK_NEAR(u.t2, t.t2, 1e-5);
    distest_expfam_family_free(f);
}

static void threads_do_not_change_bits(void)
{
    enum { N = 9000 };
    static double x[3 * N];
    distest_expfam_family *f = family_of(models), *g = family_of(models + 6);
    double theta[3][18], cov[3][81];
    distest_expfam_terms t[3];
    for (size_t i = 0; i < 3 * N; i++)
        x[i] = sin(0.1 * (double)(i * i % 7919)) + (double)(i % 17);
    const distest_sample s = {N, 3, x, NULL};
    for (int k = 0; k < 3; k++) {
        distest_context ctx = distest_context_default();
        ctx.threads = 1 << k;
        CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta[k], NULL, cov[k], NULL,
                                      &ctx) == DISTEST_SUCCESS);
        CHECK(distest_expfam_fit_data(g, NULL, &s, NULL, theta[k] + 9, NULL, NULL, NULL,
                                      &ctx) == DISTEST_SUCCESS);
        theta[k][17] = 0;
        CHECK(distest_expfam_terms_data(f, theta[k], &s, 0, t + k, NULL, NULL, &ctx) ==
              DISTEST_SUCCESS);
        CHECK(memcmp(theta[k], theta[0], sizeof *theta) == 0);
        CHECK(memcmp(cov[k], cov[0], sizeof *cov) == 0);
        CHECK(memcmp(t + k, t, sizeof *t) == 0);
    }
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static int every_model(distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    for (int k = 0; k < 7 && status == DISTEST_SUCCESS; k++) {
        if (k != 0 && k < 5) continue; /* as their neighbours */
        distest_expfam_family *f = NULL;
        distest_rng rng = distest_rng_seed(3);
        distest_expfam_terms t;
        double theta[9], xi[9], x[30], kl, S, Q, usual[12], J[108];
        const distest_sample s = {9, 3, DATA, NULL}, z = {10, 3, x, NULL};
        status = distest_expfam_family_alloc(&f, models[k].name, MEAN,
                                             models[k].known ? 3 : 0, models[k].ipar,
                                             models[k].nipar, ctx);
        if (status == 0)
            status =
                distest_expfam_fit_data(f, NULL, &s, NULL, theta, xi, NULL, NULL, ctx);
        if (status == 0)
            status = distest_expfam_fit_moments(f, NULL, 9, xi, NULL, theta, NULL, ctx);
        if (status == 0) status = distest_expfam_to_usual(f, theta, usual, J, ctx);
        if (status == 0) status = distest_expfam_from_usual(f, usual, theta, ctx);
        if (status == 0) status = distest_expfam_divergence(f, theta, theta, &kl, ctx);
        if (status == 0) status = distest_expfam_sample(f, theta, 10, &rng, x, ctx);
        if (status == 0 && k == 5)
            status = distest_expfam_cumulants(f, theta, &S, &Q, ctx);
        if (status == 0)
            status = distest_expfam_terms_data(f, theta, &z, 0, &t, NULL, NULL, ctx);
        distest_expfam_family_free(f);
    }
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(every_model) > 150);
    CHECK(check_cancel(every_model) > 10);
}

int main(void)
{
    RUN(models_agree_with_their_densities);
    RUN(terms_are_sums_over_the_law);
    RUN(maxima_have_their_closed_forms);
    RUN(divergence_of_two_normals);
    RUN(draws_have_the_mean_and_covariance);
    RUN(bad_input_is_named);
    RUN(far_from_the_origin);
    RUN(threads_do_not_change_bits);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_gauss");
}
