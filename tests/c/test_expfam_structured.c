/* test_expfam_structured.c - Dirichlet and von Mises-Fisher laws of many columns: the
 * terms of the risk by explicit sums over all indices, closed forms, and fits. */
#include "check.h"

#include <distest/expfam.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = 10, N = 40, P2 = P * P, P3 = P2 * P, P4 = P3 * P };

static distest_expfam_family *of(const char *name, size_t d)
{
    distest_expfam_family *f = NULL;
    CHECK(distest_expfam_family_alloc(&f, name, NULL, 0, &d, 1, NULL) == 0);
    return f;
}

/* inverse of a positive definite matrix by Gauss and Jordan */
static void invert(const double *A, double *B)
{
    double M[P][2 * P];
    for (int i = 0; i < P; i++)
        for (int j = 0; j < P; j++) {
            M[i][j] = A[i + j * P];
            M[i][P + j] = i == j;
        }
    for (int k = 0; k < P; k++) {
        const double pivot = M[k][k];
        for (int j = 0; j < 2 * P; j++) M[k][j] /= pivot;
        for (int i = 0; i < P; i++) {
            const double by = M[i][k];
            for (int j = 0; i != k && j < 2 * P; j++) M[i][j] -= by * M[k][j];
        }
    }
    for (int i = 0; i < P; i++)
        for (int j = 0; j < P; j++) B[i + j * P] = M[i][P + j];
}

/* index 0 of T (P x rest) by A, and the indices turned by one */
static void turn(size_t rest, double *T, const double *A)
{
    static double out[P4];
    for (size_t r = 0; r < rest; r++)
        for (size_t a = 0; a < P; a++) {
            double sum = 0;
            for (size_t b = 0; b < P; b++) sum += A[a + b * P] * T[b + r * P];
            out[r + a * rest] = sum;
        }
    memcpy(T, out, rest * P * sizeof *out);
}

/* (8) to (11) with A = G^-1 V G^-1, by sums over the indices */
static distest_expfam_terms by_hand(const distest_expfam_family *f, const double *theta,
                                    const double *V, const double *K)
{
    static double S[P3], R[P3], Q[P4];
    double G[P2], I[P2], A[P2], T[P2], psi;
    distest_expfam_terms t = {0};
    CHECK(distest_expfam_psi(f, theta, &psi, NULL, G, NULL) == 0);
    CHECK(distest_expfam_cumulants(f, theta, S, Q, NULL) == 0);
    invert(G, I);
    for (int i = 0; i < P2; i++) T[i] = A[i] = 0;
    for (int i = 0; i < P; i++)
        for (int j = 0; j < P; j++)
            for (int k = 0; k < P; k++) T[i + j * P] += I[i + k * P] * V[k + j * P];
    for (int i = 0; i < P; i++) {
        t.trace += T[i * (P + 1)];
        for (int j = 0; j < P; j++)
            for (int k = 0; k < P; k++) A[i + j * P] += T[i + k * P] * I[k + j * P];
    }
    memcpy(R, S, sizeof R); /* all three indices raised by G^-1 */
    for (int k = 0; k < 3; k++) turn(P2, R, I);
    for (int i = 0; i < P3; i++) {
        t.t1 += R[i] * K[i];
        t.rho23 += R[i] * S[i];
    }
    double tilt[P] = {0}, one[P] = {0};
    static double SA[P3];
    memcpy(SA, S, sizeof SA); /* S_abc A_ad A_be, c left */
    turn(P2, SA, A);
    turn(P2, SA, A); /* indices are now c, a', b' */
    for (int c = 0; c < P; c++)
        for (int a = 0; a < P; a++)
            for (int b = 0; b < P; b++) {
                tilt[c] += A[a + b * P] * S[a + P * (b + P * c)];
                one[c] += I[a + b * P] * S[a + P * (b + P * c)];
                for (int e = 0; e < P; e++)
                    t.t2 += 2 * SA[c + P * (a + P * b)] * I[c + e * P] *
                            S[a + P * (b + P * e)];
                for (int d = 0; d < P; d++) {
                    const double q = Q[a + P * (b + P * (c + P * d))];
                    t.t3 += 3 * q * A[a + b * P] * A[c + d * P];
                    t.rho4 += q * I[a + b * P] * I[c + d * P];
                }
            }
    for (int c = 0; c < P; c++)
        for (int e = 0; e < P; e++) {
            t.t2 += tilt[c] * I[c + e * P] * tilt[e];
            t.rho13 += one[c] * I[c + e * P] * one[e];
        }
    return t;
}

/* covariance and unbiased third cumulant of the statistics, with frequencies */
static void moments(const double *xi, const double *w, double *V, double *K)
{
    double n = 0, mean[P] = {0};
    for (int i = 0; i < N; i++) n += w[i];
    for (int a = 0; a < P; a++)
        for (int i = 0; i < N; i++) mean[a] += w[i] * xi[i + a * N] / n;
    memset(V, 0, P2 * sizeof *V);
    memset(K, 0, P3 * sizeof *K);
    for (int i = 0; i < N; i++)
        for (int a = 0; a < P; a++)
            for (int b = 0; b < P; b++) {
                const double ab =
                    (xi[i + a * N] - mean[a]) * (xi[i + b * N] - mean[b]) * w[i];
                V[a + b * P] += ab / (n - 1);
                for (int c = 0; c < P; c++)
                    K[a + P * (b + P * c)] +=
                        ab * (xi[i + c * N] - mean[c]) * n / ((n - 1) * (n - 2));
            }
}

static void same(const distest_expfam_terms *t, const distest_expfam_terms *h,
                 double tol)
{
    CHECK_NEAR(t->trace, h->trace, tol);
    CHECK_NEAR(t->t1, h->t1, tol);
    CHECK_NEAR(t->t2, h->t2, tol);
    CHECK_NEAR(t->t3, h->t3, tol);
    CHECK_NEAR(t->rho13, h->rho13, tol);
    CHECK_NEAR(t->rho23, h->rho23, tol);
    CHECK_NEAR(t->rho4, h->rho4, tol);
}

static void against_sums(const char *name, const double *x)
{
    static double xi[N * P], V[P2], K[P3], packed[P * (P + 1) * (P + 2) / 6];
    double w[N], theta[P];
    distest_expfam_family *f = of(name, P);
    distest_expfam_terms t;
    for (int i = 0; i < N; i++) w[i] = 1 + i % 3;
    const distest_sample s = {N, P, x, w};
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, NULL) ==
          0);
    CHECK(distest_expfam_stats(f, &s, xi, NULL, NULL) == 0);
    moments(xi, w, V, K);
    const distest_expfam_terms h = by_hand(f, theta, V, K);
    CHECK(distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, NULL) == 0);
    same(&t, &h, 1e-8);
    size_t at = 0;
    for (int c = 0; c < P; c++)
        for (int b = 0; b <= c; b++)
            for (int a = 0; a <= b; a++) packed[at++] = K[a + P * (b + P * c)];
    CHECK(distest_expfam_terms_moments(f, theta, V, packed, &t, NULL, NULL) == 0);
    same(&t, &h, 1e-8);
    distest_expfam_family_free(f);
}

/* rows on the simplex (power 1) or on the sphere (power 2) */
static const double *rows(int power)
{
    static double x[N * P];
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int a = 0; a < P; a++) {
            const double u =
                1.2 + sin((double)(3 + i * 11 + a * 7 + i * a * a)) + 0.1 * a;
            x[i + a * N] = u;
            sum += power == 1 ? u : u * u;
        }
        for (int a = 0; a < P; a++) x[i + a * N] /= power == 1 ? sum : sqrt(sum);
    }
    return x;
}

static void dirichlet_terms_are_the_sums(void)
{
    against_sums("dirichlet", rows(1));
}

static void von_mises_fisher_terms_are_the_sums(void)
{
    against_sums("von_mises_fisher", rows(2));
}

/* At kappa = 0 all is known: Psi_ij = d_ij / d, S = 0, and rho4 = -2 d. */
static void uniform_directions_have_closed_forms(void)
{
    for (size_t d = 9; d <= 700; d *= 3) {
        distest_expfam_family *f = of("von_mises_fisher", d);
        double *theta = calloc(d, sizeof *theta);
        distest_expfam_terms t;
        CHECK(theta != NULL);
        CHECK(distest_expfam_terms_data(f, theta, NULL, 0, &t, NULL, NULL, NULL) == 0);
        CHECK_NEAR(t.rho13, 0, 1e-12);
        CHECK_NEAR(t.rho23, 0, 1e-12);
        CHECK_NEAR(t.rho4, -2 * (double)d, 1e-10);
        free(theta);
        distest_expfam_family_free(f);
    }
}

/* kappa with the derivatives of A(r) = I_{d/2}(r) / I_{d/2-1}(r), which solves
 * A' = 1 - A^2 - (d - 1) A / r: rho4 by sums over one direction along theta and d - 1
 * across it. Psi'' along: A', across: A / r. */
static void concentrated_directions_have_the_terms_of_two_kinds(void)
{
    const size_t d = 300;
    const double r = 200, e = (double)d - 1;
    double A = 0; /* continued fraction r / (d + r^2 / (d + 2 + ...)) */
    for (int k = 2000; k >= 1; k--) A = r / ((double)d + 2 * (k - 1) + r * A);
    const double A1 = 1 - A * A - e * A / r;
    const double A2 = -2 * A * A1 - e * (A1 / r - A / (r * r));
    const double A3 = -2 * A1 * A1 - 2 * A * A2 -
                      e * (A2 / r - 2 * A1 / (r * r) + 2 * A / (r * r * r));
    const double g1 = A / r, g2 = (A1 - g1) / (r * r),
                 g3 = (A2 - 3 * g2 * r) / (r * r * r);
    /* along: l, across: c; S_lll = A2, S_lcc = g2 r; Q_llll = A3, Q_llcc = g2 + g3 r^2,
     * Q_cccc = 3 g2, Q_ccdd = g2 */
    const double rho4 = A3 / (A1 * A1) + 2 * e * (g2 + g3 * r * r) / (A1 * g1) +
                        (3 * e + e * (e - 1)) * g2 / (g1 * g1);
    const double rho23 =
        A2 * A2 / (A1 * A1 * A1) + 3 * e * g2 * g2 * r * r / (A1 * g1 * g1);
    const double top = A2 / A1 + e * g2 * r / g1, rho13 = top * top / A1;
    distest_expfam_family *f = of("von_mises_fisher", d);
    double theta[300];
    distest_expfam_terms t;
    for (size_t a = 0; a < d; a++) theta[a] = a % 2 ? 0 : r / sqrt(150);
    CHECK(distest_expfam_terms_data(f, theta, NULL, 0, &t, NULL, NULL, NULL) == 0);
    CHECK_NEAR(t.rho13, rho13, 1e-7);
    CHECK_NEAR(t.rho23, rho23, 1e-7);
    CHECK_NEAR(t.rho4, rho4, 1e-7);
    distest_expfam_family_free(f);
}

static int whole_run(distest_context *ctx)
{
    double theta[P];
    distest_expfam_terms t;
    const distest_sample s = {N, P, rows(1), NULL};
    const size_t d = P;
    distest_expfam_family *f = NULL;
    int status = distest_expfam_family_alloc(&f, "dirichlet", NULL, 0, &d, 1, ctx);
    if (status == DISTEST_SUCCESS)
        status =
            distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, ctx);
    distest_expfam_family_free(f);
    return status;
}

static void memory(void)
{
    CHECK(check_out_of_memory(whole_run) > 20);
}

int main(void)
{
    RUN(dirichlet_terms_are_the_sums);
    RUN(von_mises_fisher_terms_are_the_sums);
    RUN(uniform_directions_have_closed_forms);
    RUN(concentrated_directions_have_the_terms_of_two_kinds);
    RUN(memory);
    return check_report("test_expfam_structured");
}
