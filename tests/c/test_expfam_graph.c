/* test_expfam_graph.c - Ising models on sparse graphs by elimination: against all
 * states written out, against transfer matrices of larger lattices, against closed
 * forms of chains and trees, and what cannot be done. */
#include "expfam_test.h"

enum { MOST_D = 64, MOST_P = 140, MOST_I = 1000, N = 200 };

/* settings of a lattice of rows x columns, `ring`: each row closed to a circle */
static size_t lattice(size_t rows, size_t columns, int ring, size_t coding,
                      size_t *ipar)
{
    size_t n = 2;
    ipar[0] = rows * columns;
    ipar[1] = coding;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) {
            const size_t v = r * columns + c;
            if (c + 1 < columns) {
                ipar[n++] = v;
                ipar[n++] = v + 1;
            } else if (ring && columns > 2) {
                ipar[n++] = r * columns;
                ipar[n++] = v;
            }
            if (r + 1 < rows) {
                ipar[n++] = v;
                ipar[n++] = v + columns;
            }
        }
    return n;
}

static distest_expfam_family *ising(const size_t *ipar, size_t n)
{
    distest_expfam_family *f = NULL;
    CHECK(distest_expfam_family_alloc(&f, "ising", NULL, 0, ipar, n, NULL) == 0);
    return f;
}

static void statistics(size_t n, const double *x, const size_t *ipar, size_t nipar,
                       double *xi)
{
    const size_t d = ipar[0];
    memcpy(xi, x, n * d * sizeof *xi);
    for (size_t e = 0; e < (nipar - 2) / 2; e++)
        for (size_t r = 0; r < n; r++)
            xi[r + (d + e) * n] =
                x[r + ipar[2 + 2 * e] * n] * x[r + ipar[3 + 2 * e] * n];
}

/* all 2^d states as rows of nodes */
static distest_expfam_family *enumerated(const size_t *ipar, size_t nipar)
{
    const size_t d = ipar[0], m = (size_t)1 << d, p = d + (nipar - 2) / 2;
    double *x = made(m * d), *xi = made(m * p);
    distest_expfam_family *g = NULL;
    for (size_t k = 0; k < d; k++)
        for (size_t i = 0; i < m; i++) x[i + k * m] = i >> k & 1 ? 1 : ipar[1] ? -1 : 0;
    statistics(m, x, ipar, nipar, xi);
    CHECK(distest_expfam_family_nodes(&g, m, p, xi, NULL, 1, NULL) == 0);
    free(x), free(xi);
    return g;
}

/* rows that are dependent, but not of the model */
static void data(size_t n, size_t d, size_t coding, double *x)
{
    uint64_t s = 11;
    for (size_t i = 0; i < n; i++) {
        const double common = uniform(&s);
        for (size_t k = 0; k < d; k++) {
            const int up = uniform(&s) < 0.3 + 0.4 * common;
            x[i + k * n] = coding ? 2 * up - 1 : up;
        }
    }
}

static void same_terms(const distest_expfam_terms *a, const distest_expfam_terms *b)
{
    CHECK_REL(a->trace, b->trace, 1e-10);
    CHECK_NEAR(a->t1, b->t1, 1e-8);
    CHECK_REL(a->t2, b->t2, 1e-9);
    CHECK_NEAR(a->t3, b->t3, 1e-7);
    CHECK_REL(a->rho13, b->rho13, 1e-9);
    CHECK_REL(a->rho23, b->rho23, 1e-9);
    CHECK_NEAR(a->rho4, b->rho4, 1e-8);
}

static void same_tensors(const distest_expfam_family *f, const distest_expfam_family *g,
                         size_t p, const double *theta)
{
    const size_t p3 = p * p * p;
    double *s1 = made(p3), *s2 = made(p3), *q1 = made(p3 * p), *q2 = made(p3 * p);
    CHECK(distest_expfam_cumulants(f, theta, s1, q1, NULL) == 0);
    CHECK(distest_expfam_cumulants(g, theta, s2, q2, NULL) == 0);
    near_all(p3, s1, s2, 1e-12);
    near_all(p3 * p, q1, q2, 1e-12);
    free(s1), free(s2), free(q1), free(q2);
}

static void compare(const size_t *ipar, size_t nipar, int tensors)
{
    distest_expfam_family *f = ising(ipar, nipar), *g = enumerated(ipar, nipar);
    const size_t d = ipar[0], p = d + (nipar - 2) / 2;
    static double x[N * MOST_D], xi[N * MOST_P], w[N], t[MOST_P], u[MOST_P], e1[MOST_P],
        e2[MOST_P], G1[MOST_P * MOST_P], G2[MOST_P * MOST_P], lev1[N], lev2[N];
    double psi1, psi2, kl1, kl2;
    uint64_t s = 5;
    distest_expfam_terms a, b;
    for (size_t i = 0; i < N; i++) w[i] = (double)(1 + i % 3);
    data(N, d, ipar[1], x);
    statistics(N, x, ipar, nipar, xi);
    const distest_sample own = {N, d, x, w}, given = {N, p, xi, w};
    for (size_t k = 0; k < p; k++) t[k] = 2 * uniform(&s) - 1;
    CHECK(distest_expfam_psi(f, t, &psi1, e1, G1, NULL) == 0);
    CHECK(distest_expfam_psi(g, t, &psi2, e2, G2, NULL) == 0);
    CHECK_REL(psi1, psi2, 1e-13);
    near_all(p, e1, e2, 1e-13);
    near_all(p * p, G1, G2, 1e-13);
    if (tensors) same_tensors(f, g, p, t);
    CHECK(distest_expfam_terms_data(f, t, NULL, 0, &a, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_terms_data(g, t, NULL, 0, &b, NULL, NULL, NULL) == 0);
    same_terms(&a, &b);
    CHECK(distest_expfam_fit_data(f, NULL, &own, NULL, t, NULL, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_fit_data(g, NULL, &given, NULL, u, NULL, NULL, NULL, NULL) ==
          0);
    near_all(p, t, u, 1e-9);
    CHECK(distest_expfam_terms_data(f, t, &own, 0, &a, lev1, e1, NULL) == 0);
    CHECK(distest_expfam_terms_data(g, t, &given, 0, &b, lev2, e2, NULL) == 0);
    same_terms(&a, &b);
    CHECK_REL(a.se_r1, b.se_r1, 1e-8);
    near_all(N, lev1, lev2, 1e-9);
    near_all(p, e1, e2, 1e-9);
    for (size_t k = 0; k < p; k++) u[k] = 0.5 * t[k];
    CHECK(distest_expfam_divergence(f, t, u, &kl1, NULL) == 0);
    CHECK(distest_expfam_divergence(g, t, u, &kl2, NULL) == 0);
    CHECK_REL(kl1, kl2, 1e-10);
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static void sparse_graphs_are_their_enumerations(void)
{
    /* a circle of 4 with a tail, a pair, one alone; edges the other way round too */
    static const size_t parts[2] = {0, 1},
                        edges[14] = {0, 9, 1, 9, 1, 2, 0, 2, 5, 9, 3, 7, 5, 11};
    size_t ipar[MOST_I];
    for (size_t c = 0; c < 2; c++) {
        compare(ipar, lattice(1, 9, 0, c, ipar), c == 0);
        compare(ipar, lattice(3, 4, 0, c, ipar), 0);
        compare(ipar, lattice(1, 10, 1, c, ipar), c == 1);
        ipar[0] = 12;
        ipar[1] = parts[c];
        memcpy(ipar + 2, edges, sizeof edges);
        compare(ipar, 16, 0);
    }
}

/* log of the sum over states of a lattice, one row of the transfer matrix at a time */
static double transfer(size_t rows, size_t columns, const size_t *ipar, size_t nipar,
                       const double *theta)
{
    enum { STATES = 256 };
    const size_t d = ipar[0], m = (size_t)1 << columns;
    double v[STATES], next[STATES], psi = 0;
    for (size_t i = 0; i < m; i++) v[i] = 1;
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;
        for (size_t i = 0; i < m; i++) next[i] = 0;
        for (size_t j = 0; j < (r ? m : 1); j++)
            for (size_t i = 0; i < m; i++) {
                double e = 0;
#define X(state, k) ((double)((state) >> (k)&1 ? 1 : ipar[1] ? -1 : 0))
                for (size_t k = 0; k < columns; k++)
                    e += theta[r * columns + k] * X(i, k);
                for (size_t q = 0; q < (nipar - 2) / 2; q++) {
                    const size_t a = ipar[2 + 2 * q], b = ipar[3 + 2 * q];
                    if (b / columns != r) continue;
                    e += theta[d + q] * X(i, b % columns) *
                         (a / columns == r ? X(i, a % columns) : X(j, a % columns));
                }
#undef X
                next[i] += v[j] * exp(e);
            }
        for (size_t i = 0; i < m; i++) sum += next[i];
        for (size_t i = 0; i < m; i++) v[i] = next[i] / sum;
        psi += log(sum);
    }
    return psi;
}

static void large_lattices_are_their_transfer_matrices(void)
{
    static const struct {
        size_t rows, columns;
        int ring;
    } shape[3] = {{60, 1, 0}, {6, 5, 0}, {7, 4, 1}};
    static double theta[MOST_P], grad[MOST_P], G[MOST_P * MOST_P], g2[2][MOST_P];
    for (size_t c = 0; c < 6; c++) {
        size_t ipar[MOST_I], n;
        const size_t rows = shape[c / 2].rows, columns = shape[c / 2].columns;
        const int ring = shape[c / 2].ring;
        n = lattice(rows, columns, ring, c % 2, ipar);
        const size_t p = ipar[0] + (n - 2) / 2;
        distest_expfam_family *f = ising(ipar, n);
        double psi;
        uint64_t s = 17;
        for (size_t k = 0; k < p; k++) theta[k] = 2 * uniform(&s) - 1;
        CHECK(distest_expfam_psi(f, theta, &psi, grad, G, NULL) == 0);
        CHECK_REL(psi, transfer(rows, columns, ipar, n, theta), 1e-13);
        for (size_t k = 0; k < p; k++) {
            const double was = theta[k];
            double d[2], other;
            for (int h = 0; h < 2; h++) {
                theta[k] = was + (h ? -1e-5 : 1e-5);
                d[h] = transfer(rows, columns, ipar, n, theta);
                CHECK(distest_expfam_psi(f, theta, &other, g2[h], NULL, NULL) == 0);
            }
            theta[k] = was;
            CHECK_NEAR(grad[k], (d[0] - d[1]) / 2e-5, 1e-8);
            for (size_t a = 0; a < p; a++)
                CHECK_NEAR(G[a + k * p], (g2[0][a] - g2[1][a]) / 2e-5, 1e-8);
        }
        distest_expfam_family_free(f);
    }
}

/* without fields: Psi = d log 2 + sum log cosh J, products of neighbours independent */
static void chains_without_fields_have_closed_forms(void)
{
    enum { L = 50, Q = 2 * L - 1 };
    static double theta[Q], grad[Q], G[Q * Q];
    size_t ipar[MOST_I];
    const size_t n = lattice(1, L, 0, 1, ipar);
    distest_expfam_family *f = ising(ipar, n);
    double psi, want = L * log(2);
    uint64_t s = 3;
    for (size_t k = 0; k < L; k++) theta[k] = 0;
    for (size_t k = L; k < Q; k++) {
        theta[k] = 4 * uniform(&s) - 2;
        want += log(cosh(theta[k]));
    }
    CHECK(distest_expfam_psi(f, theta, &psi, grad, G, NULL) == 0);
    CHECK_REL(psi, want, 1e-14);
    for (size_t a = 0; a < Q; a++) {
        double product = 1;
        CHECK_NEAR(grad[a], a < L ? 0 : tanh(theta[a]), 1e-14);
        for (size_t b = a; b < Q; b++) {
            double cov = 0;
            if (b < L) { /* spins */
                cov = product;
                product *= b + 1 < L ? tanh(theta[L + b]) : 0;
            } else if (a == b) {
                cov = 1 - grad[a] * grad[a];
            }
            CHECK_NEAR(G[a + b * Q], cov, 1e-13);
            CHECK_NEAR(G[b + a * Q], cov, 1e-13);
        }
    }
    distest_expfam_family_free(f);
}

static double entropy(const double *count, size_t n)
{
    double sum = 0, h = 0;
    for (size_t i = 0; i < n; i++) sum += count[i];
    for (size_t i = 0; i < n; i++) h += count[i] * log(count[i] / sum);
    return h;
}

/* log-likelihood of a chain: of its pairs less that of its inner variables */
static void the_maximum_on_a_chain_is_its_tables(void)
{
    enum { L = 40, Q = 2 * L - 1 };
    static double x[N * L], theta[Q], mean[Q], grad[Q];
    size_t ipar[MOST_I];
    const size_t n = lattice(1, L, 0, 0, ipar);
    distest_expfam_family *f = ising(ipar, n);
    distest_expfam_info info = {.size = sizeof info};
    double want = 0, psi;
    data(N, L, 0, x);
    const distest_sample s = {N, L, x, NULL};
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, mean, NULL, &info, NULL) ==
          0);
    for (size_t k = 0; k + 1 < L; k++) {
        double pair[4] = {0}, one[2] = {0};
        for (size_t i = 0; i < N; i++) {
            pair[(size_t)(x[i + k * N] + 2 * x[i + (k + 1) * N])]++;
            one[(size_t)x[i + k * N]]++;
        }
        want += entropy(pair, 4) - (k ? entropy(one, 2) : 0);
    }
    CHECK_REL(info.loglik, want, 1e-12);
    CHECK(distest_expfam_psi(f, theta, &psi, grad, NULL, NULL) == 0);
    near_all(Q, grad, mean, 1e-12);
    distest_expfam_family_free(f);
}

/* two lattices side by side: invariants and log partitions add up */
static void parts_that_are_not_joined_add_up(void)
{
    static double theta[2 * MOST_P], x[N * 24];
    size_t half[MOST_I], both[MOST_I];
    const size_t n = lattice(3, 4, 0, 1, half), edges = (n - 2) / 2, p = 12 + edges;
    distest_expfam_terms a, b, one, two;
    uint64_t s = 6;
    both[0] = 24;
    both[1] = 1;
    memcpy(both + 2, half + 2, 2 * edges * sizeof *both);
    for (size_t k = 0; k < 2 * edges; k++) both[2 + 2 * edges + k] = half[2 + k] + 12;
    distest_expfam_family *f = ising(both, 2 + 4 * edges), *g = enumerated(half, n);
    for (size_t k = 0; k < p; k++) { /* in the order of the halves */
        const double v = uniform(&s) - 0.5;
        theta[k < 12 ? k : k + 12] = theta[k < 12 ? k + 12 : k + 12 + edges] = v;
    }
    CHECK(distest_expfam_terms_data(f, theta, NULL, 0, &a, NULL, NULL, NULL) == 0);
    for (size_t k = 12; k < p; k++) theta[k] = theta[k + 12];
    CHECK(distest_expfam_terms_data(g, theta, NULL, 0, &b, NULL, NULL, NULL) == 0);
    CHECK_REL(a.rho13, 2 * b.rho13, 1e-10);
    CHECK_REL(a.rho23, 2 * b.rho23, 1e-10);
    CHECK_REL(a.rho4, 2 * b.rho4, 1e-10);
    /* the same bits from 1 thread and from 2 */
    distest_context ctx = distest_context_default();
    data(N, 24, 1, x);
    const distest_sample sample = {N, 24, x, NULL};
    ctx.threads = 1;
    CHECK(distest_expfam_terms_data(f, theta, &sample, 0, &one, NULL, NULL, &ctx) == 0);
    ctx.threads = 2;
    CHECK(distest_expfam_terms_data(f, theta, &sample, 0, &two, NULL, NULL, &ctx) == 0);
    CHECK(memcmp(&one, &two, sizeof one) == 0);
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static void draws_have_the_model_s_means(void)
{
    enum { DRAWS = 20000 };
    static double theta[MOST_P], grad[MOST_P], G[MOST_P * MOST_P];
    size_t ipar[MOST_I];
    for (size_t c = 0; c < 2; c++) {
        const size_t n = lattice(6, 4, 0, c, ipar), d = 24, p = d + (n - 2) / 2;
        distest_expfam_family *f = ising(ipar, n);
        distest_rng rng = distest_rng_seed(8);
        double *x = made(DRAWS * d), *xi = made(DRAWS * p), psi;
        uint64_t s = 4;
        for (size_t k = 0; k < p; k++) theta[k] = 2 * uniform(&s) - 1;
        CHECK(distest_expfam_sample(f, theta, DRAWS, &rng, x, NULL) == 0);
        const distest_sample drawn = {DRAWS, d, x, NULL};
        CHECK(distest_expfam_stats(f, &drawn, xi, NULL, NULL) == 0);
        CHECK(distest_expfam_psi(f, theta, &psi, grad, G, NULL) == 0);
        for (size_t a = 0; a < p; a++) {
            double mean = 0;
            for (size_t i = 0; i < DRAWS; i++) mean += xi[i + a * DRAWS] / DRAWS;
            CHECK(fabs(mean - grad[a]) < 4.5 * sqrt(G[a * (p + 1)] / DRAWS));
        }
        free(x), free(xi);
        distest_expfam_family_free(f);
    }
}

static int stop(double fraction, const char *stage, void *data)
{
    (void)fraction, (void)stage, (void)data;
    return 1;
}

static void what_cannot_be_done_is_said(void)
{
    static double x[N * 30], theta[MOST_P];
    static size_t ipar[4000];
    distest_expfam_family *f = NULL;
    distest_context ctx = distest_context_default();
    size_t n = 2;
    ipar[0] = 26; /* complete: width 25 */
    ipar[1] = 0;
    for (size_t i = 0; i < 26; i++)
        for (size_t j = i + 1; j < 26; j++) {
            ipar[n++] = i;
            ipar[n++] = j;
        }
    CHECK_FAILS(distest_expfam_family_alloc(&f, "ising", NULL, 0, ipar, n, &ctx),
                DISTEST_EINVAL, &ctx, "ipar");
    ipar[0] = 60; /* width 18, but 42 tables of 2^19 */
    n = 2;
    for (size_t i = 0; i < 60; i++)
        for (size_t j = i + 1; j < 60 && j <= i + 18; j++) {
            ipar[n++] = i;
            ipar[n++] = j;
        }
    CHECK_FAILS(distest_expfam_family_alloc(&f, "ising", NULL, 0, ipar, n, &ctx),
                DISTEST_EINVAL, &ctx, "ipar");
    n = lattice(6, 5, 0, 1, ipar);
    f = ising(ipar, n);
    data(N, 30, 1, x);
    const distest_sample s = {N, 30, x, NULL};
    ctx.progress = stop;
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, &ctx) ==
          DISTEST_ECANCEL);
    ctx.progress = NULL;
    for (size_t i = 0; i < N; i++) /* 7 and 8 are never both up */
        if (x[i + 6 * N] > 0) x[i + 7 * N] = -1;
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    CHECK(strstr(ctx.message, "variables 7 and 8") != NULL);
    for (size_t i = 0; i < N; i++) x[i + 29 * N] = x[i + 6 * N] = 1;
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    CHECK(strstr(ctx.message, "variable 7 takes") != NULL);
    distest_expfam_family_free(f);
}

/* a triangle without the states (0, 0, 0) and (1, 1, 1), all pairs of values there: no
 * maximum, though only Newton can see it */
static void cycles_without_a_maximum_give_no_answer(void)
{
    static double big[700 * 30], theta[MOST_P];
    size_t ipar[MOST_I], n = lattice(1, 27, 0, 0, ipar);
    uint64_t s = 9;
    ipar[0] = 30; /* a chain of 27 and, apart, a triangle */
    for (size_t i = 27; i < 30; i++)
        for (size_t j = i + 1; j < 30; j++) {
            ipar[n++] = i;
            ipar[n++] = j;
        }
    distest_expfam_family *f = ising(ipar, n);
    for (size_t i = 0; i < 700; i++) {
        for (size_t k = 0; k < 27; k++) big[i + 700 * k] = uniform(&s) < 0.5;
        const size_t state = 1 + i % 6;
        for (size_t k = 0; k < 3; k++)
            big[i + 700 * (27 + k)] = (double)(state >> k & 1);
    }

    const distest_sample rows = {700, 30, big, NULL};
    const int status =
        distest_expfam_fit_data(f, NULL, &rows, NULL, theta, NULL, NULL, NULL, NULL);
    CHECK(status == DISTEST_ECONV || status == DISTEST_ENOMLE);
    distest_expfam_family_free(f);
}

int main(void)
{
    RUN(sparse_graphs_are_their_enumerations);
    RUN(large_lattices_are_their_transfer_matrices);
    RUN(chains_without_fields_have_closed_forms);
    RUN(the_maximum_on_a_chain_is_its_tables);
    RUN(parts_that_are_not_joined_add_up);
    RUN(draws_have_the_model_s_means);
    RUN(what_cannot_be_done_is_said);
    RUN(cycles_without_a_maximum_give_no_answer);
    return check_report("expfam_graph");
}
