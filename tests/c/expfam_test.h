/* expfam_test.h - laws that the tests write down themselves: points with probabilities,
 * whose moments and densities the library's families are held against.
 *
 * On the line the points are those of double-exponential rules, so sums over them are
 * integrals to nearly all digits; on the whole numbers they are the numbers. */
#ifndef EXPFAM_TEST_H
#define EXPFAM_TEST_H

#include "check.h"
#include <distest/expfam.h>

enum { LAW_POINTS = 4096, LAW_P = 12, LAW_DRAWS = 20000 };

/* m points with d coordinates (column-major with leading dimension m), increasing when
 * d is 1; prob sums to 1. whole: no density, but probabilities */
typedef struct {
    size_t m, d;
    int whole;
    double *x, *prob;
} law_points;

/* the next of a sequence of numbers in (0, 1) */
static CHECK_UNUSED double uniform(uint64_t *s)
{
    *s = *s * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*s >> 11) + 0.5) / 9007199254740992.0;
}

static CHECK_UNUSED void *made(size_t n)
{
    void *p = malloc(n * sizeof(double));
    CHECK(p != NULL);
    return p;
}

static CHECK_UNUSED void near_all(size_t n, const double *got, const double *want,
                                  double tol)
{
    for (size_t i = 0; i < n; i++) CHECK_NEAR(got[i], want[i], tol);
}

static CHECK_UNUSED distest_expfam_family *named(const char *name, const double *par,
                                                 size_t npar, const size_t *ipar,
                                                 size_t nipar)
{
    distest_expfam_family *f = NULL;
    distest_context ctx = distest_context_default();
    if (distest_expfam_family_alloc(&f, name, par, npar, ipar, nipar, &ctx) !=
        DISTEST_SUCCESS) {
        printf("%s: %s\n", name, ctx.message);
        CHECK(0);
    }
    return f;
}

/* adds a rule for (lo, hi), hi may be INFINITY; returns the new count */
static CHECK_UNUSED size_t law_rule(double lo, double hi, size_t m, double *x,
                                    double *w)
{
    const double h = 1.0 / 48, quarter = acos(-1) / 2;
    for (int k = -192; k <= 192 && m < LAW_POINTS; k++) {
        const double t = h * k, s = quarter * sinh(t), c = h * quarter * cosh(t);
        if (hi == INFINITY) {
            x[m] = lo + exp(s);
            w[m] = c * exp(s);
        } else { /* (lo + hi exp(2 s)) / (1 + exp(2 s)) */
            const double near = 1 / (1 + exp(2 * fabs(s)));
            x[m] = s < 0 ? lo + (hi - lo) * near : hi - (hi - lo) * near;
            w[m] = c * 2 * (hi - lo) * near * (1 - near);
        }
        if (w[m] > 0) m++;
    }
    return m;
}

/* the density of a law at its points: probabilities from weights and log densities;
 * what has none is left out. Returns the sum before it is scaled to 1. */
static CHECK_UNUSED double law_weigh(law_points *q, const double *w, double *logf)
{
    double sum = 0;
    size_t m = 0;
    for (size_t i = 0; i < q->m; i++) {
        const double v = w[i] * exp(logf[i]);
        if (!(v > 1e-40)) continue;
        q->x[m] = q->x[i];
        logf[m] = logf[i];
        q->prob[m++] = v;
        sum += v;
    }
    q->m = m;
    for (size_t i = 0; i < m; i++) q->prob[i] /= sum;
    return sum;
}

/* exp(theta'xi - Psi) h is the law's own density */
static CHECK_UNUSED void law_density(const distest_expfam_family *f,
                                     const double *theta, const law_points *q,
                                     const double *logf, double tol)
{
    static double xi[LAW_POINTS * LAW_P], base[LAW_POINTS];
    const distest_sample s = {q->m, q->d, q->x, NULL};
    size_t p;
    double psi;
    distest_expfam_sizes(f, &p, NULL, NULL);
    CHECK(p <= LAW_P);
    CHECK(distest_expfam_stats(f, &s, xi, base, NULL) == DISTEST_SUCCESS);
    CHECK(distest_expfam_psi(f, theta, &psi, NULL, NULL, NULL) == DISTEST_SUCCESS);
    for (size_t i = 0; i < q->m; i++) {
        double v = base[i] - psi;
        for (size_t a = 0; a < p; a++) v += theta[a] * xi[i + a * q->m];
        CHECK_NEAR(v, logf[i], tol);
    }
}

/* mean (p), covariance (p^2), third (p^3) and fourth (p^4) cumulants over the points;
 * u: m x p statistics, which become centred */
static CHECK_UNUSED void law_cumulants(const law_points *q, size_t p, double *u,
                                       double *eta, double *G, double *S, double *Q)
{
    const size_t m = q->m;
    for (size_t a = 0; a < p; a++) {
        eta[a] = 0;
        for (size_t i = 0; i < m; i++) eta[a] += q->prob[i] * u[i + a * m];
        for (size_t i = 0; i < m; i++) u[i + a * m] -= eta[a];
    }
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++) {
            G[a + b * p] = 0;
            for (size_t i = 0; i < m; i++)
                G[a + b * p] += q->prob[i] * u[i + a * m] * u[i + b * m];
        }
    for (size_t s = 0; s < p * p * p; s++) {
        const size_t a = s % p, b = s / p % p, c = s / (p * p);
        S[s] = 0;
        for (size_t i = 0; i < m; i++)
            S[s] += q->prob[i] * u[i + a * m] * u[i + b * m] * u[i + c * m];
    }
    for (size_t s = 0; s < p * p * p * p; s++) {
        const size_t a = s % p, b = s / p % p, c = s / (p * p) % p, e = s / (p * p * p);
        Q[s] = -(G[a + b * p] * G[c + e * p] + G[a + c * p] * G[b + e * p] +
                 G[a + e * p] * G[b + c * p]);
        for (size_t i = 0; i < m; i++)
            Q[s] +=
                q->prob[i] * u[i + a * m] * u[i + b * m] * u[i + c * m] * u[i + e * m];
    }
}

/* gradient, Hessian, third and fourth cumulants are those of the points, relative to
 * the spread of the statistics; the mean comes back in eta */
static CHECK_UNUSED void law_moments(const distest_expfam_family *f,
                                     const double *theta, const law_points *q,
                                     double *eta, double tol)
{
    static double u[LAW_POINTS * LAW_P];
    double want[LAW_P], G[LAW_P * LAW_P], H[LAW_P * LAW_P], grad[LAW_P], sd[LAW_P], psi;
    static double S[LAW_P * LAW_P * LAW_P], Q[LAW_P * LAW_P * LAW_P * LAW_P],
        S3[LAW_P * LAW_P * LAW_P], Q4[LAW_P * LAW_P * LAW_P * LAW_P];
    const distest_sample s = {q->m, q->d, q->x, NULL};
    size_t p;
    distest_expfam_sizes(f, &p, NULL, NULL);
    CHECK(distest_expfam_stats(f, &s, u, NULL, NULL) == DISTEST_SUCCESS);
    law_cumulants(q, p, u, want, G, S, Q);
    CHECK(distest_expfam_psi(f, theta, &psi, grad, H, NULL) == DISTEST_SUCCESS);
    CHECK(distest_expfam_cumulants(f, theta, S3, Q4, NULL) == DISTEST_SUCCESS);
    for (size_t a = 0; a < p; a++) sd[a] = sqrt(G[a * (p + 1)]);
    for (size_t a = 0; a < p; a++) {
        CHECK_NEAR(grad[a] / sd[a], want[a] / sd[a], tol);
        eta[a] = want[a];
    }
    for (size_t i = 0; i < p * p; i++) {
        const double scale = sd[i % p] * sd[i / p];
        CHECK_NEAR(H[i] / scale, G[i] / scale, tol);
    }
    for (size_t i = 0; i < p * p * p; i++) {
        const double scale = sd[i % p] * sd[i / p % p] * sd[i / (p * p)];
        CHECK_NEAR(S3[i] / scale, S[i] / scale, 10 * tol);
    }
    for (size_t i = 0; i < p * p * p * p; i++) {
        const double scale =
            sd[i % p] * sd[i / p % p] * sd[i / (p * p) % p] * sd[i / (p * p * p)];
        CHECK_NEAR(Q4[i] / scale, Q[i] / scale, 100 * tol);
    }
}

/* Psi by itself: its central differences are the gradient, those of the gradient the
 * Hessian */
static CHECK_UNUSED void law_differences(const distest_expfam_family *f,
                                         const double *theta, double step, double tol)
{
    double t[LAW_P], up, down, grad[LAW_P], H[LAW_P * LAW_P], g1[LAW_P], g0[LAW_P], psi;
    size_t p;
    distest_expfam_sizes(f, &p, NULL, NULL);
    CHECK(distest_expfam_psi(f, theta, &psi, grad, H, NULL) == DISTEST_SUCCESS);
    for (size_t a = 0; a < p; a++) {
        const double h = step * fmax(0.1, fabs(theta[a]));
        memcpy(t, theta, p * sizeof *t);
        t[a] = theta[a] + h;
        CHECK(distest_expfam_psi(f, t, &up, g1, NULL, NULL) == DISTEST_SUCCESS);
        t[a] = theta[a] - h;
        CHECK(distest_expfam_psi(f, t, &down, g0, NULL, NULL) == DISTEST_SUCCESS);
        CHECK_NEAR(grad[a], (up - down) / (2 * h), tol);
        for (size_t b = 0; b < p; b++)
            CHECK_NEAR(H[a + b * p], (g1[b] - g0[b]) / (2 * h), tol);
    }
}

/* the mean of the points, and the points as weighted data, lead back to theta */
static CHECK_UNUSED void law_fit(const distest_expfam_family *f, const double *theta,
                                 const law_points *q, const double *eta, double tol)
{
    static double w[LAW_POINTS];
    const distest_sample s = {q->m, q->d, q->x, w};
    double t[LAW_P], mean[LAW_P];
    distest_expfam_info info;
    distest_context ctx = distest_context_default();
    size_t p;
    distest_expfam_sizes(f, &p, NULL, NULL);
    for (size_t i = 0; i < q->m; i++) w[i] = 1000 * q->prob[i];
    CHECK(distest_expfam_fit_moments(f, NULL, 1000, eta, NULL, t, &info, &ctx) ==
          DISTEST_SUCCESS);
    for (size_t a = 0; a < p; a++) CHECK_NEAR(t[a], theta[a], tol);
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, t, mean, NULL, &info, &ctx) ==
          DISTEST_SUCCESS);
    for (size_t a = 0; a < p; a++) {
        CHECK_NEAR(t[a], theta[a], tol);
        CHECK_NEAR(mean[a], eta[a], 1e-11);
    }
    CHECK_NEAR(info.n, 1000, 1e-10);
}

/* Draws of a law on the line: the largest distance of distribution functions, which
 * passes 2.2 / sqrt(n) once in ten thousand seeds. */
static int law_order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static CHECK_UNUSED void law_draws(const distest_expfam_family *f, const double *theta,
                                   const law_points *q, uint64_t seed)
{
    static double x[LAW_DRAWS], again[LAW_DRAWS];
    distest_rng rng = distest_rng_seed(seed), same = rng;
    double cum = 0, most = 0;
    size_t k = 0;
    CHECK(distest_expfam_sample(f, theta, LAW_DRAWS, &rng, x, NULL) == DISTEST_SUCCESS);
    CHECK(distest_expfam_sample(f, theta, 100, &same, again, NULL) == DISTEST_SUCCESS);
    CHECK(memcmp(x, again, 100 * sizeof *x) == 0); /* row i does not know of n */
    CHECK(memcmp(&rng, &same, sizeof rng) == 0);   /* one key each */
    qsort(x, LAW_DRAWS, sizeof *x, law_order);
    for (size_t i = 0; i < q->m; i++) {
        cum += q->prob[i];
        while (k < LAW_DRAWS && x[k] <= q->x[i]) k++;
        const double want = q->whole ? cum : cum - 0.5 * q->prob[i];
        most = fmax(most, fabs((double)k / LAW_DRAWS - want));
    }
    CHECK(most < 2.2 / sqrt(LAW_DRAWS));
}

/* The terms of the risk by whitening with the covariance of the law and summing over
 * its points and the data (n rows of statistics are taken from the family; f:
 * frequencies or NULL). n = 0: the model is true. */
static CHECK_UNUSED void law_terms(const distest_expfam_family *f, const double *theta,
                                   const law_points *q, const distest_sample *data,
                                   double tol)
{
    static double u[LAW_POINTS * LAW_P], v[LAW_POINTS * LAW_P], lever[LAW_POINTS],
        influence[LAW_POINTS];
    double eta[LAW_P], G[LAW_P * LAW_P],
        L[LAW_P * LAW_P] = {0}, W[LAW_P * LAW_P], mean[LAW_P], tilt[LAW_P],
                  spectrum[LAW_P], third[LAW_P * LAW_P * LAW_P];
    static double S[LAW_P * LAW_P * LAW_P], K[LAW_P * LAW_P * LAW_P],
        Q[LAW_P * LAW_P * LAW_P * LAW_P];
    const distest_sample s = {q->m, q->d, q->x, NULL};
    const size_t n = data ? data->n : 0;
    distest_expfam_terms t, want = {0};
    size_t p;
    distest_expfam_sizes(f, &p, NULL, NULL);
    CHECK(n <= LAW_POINTS);
    CHECK(distest_expfam_stats(f, &s, u, NULL, NULL) == DISTEST_SUCCESS);
    if (n) CHECK(distest_expfam_stats(f, data, v, NULL, NULL) == DISTEST_SUCCESS);
    law_cumulants(q, p, u, eta, G, S, Q);
    for (size_t b = 0; b < p; b++) /* L L' = G */
        for (size_t a = b; a < p; a++) {
            double sum = G[a + b * p];
            for (size_t k = 0; k < b; k++) sum -= L[a + k * p] * L[b + k * p];
            L[a + b * p] = a == b ? sqrt(sum) : sum / L[b + b * p];
        }
    double N = 0;
    for (size_t i = 0; i < n; i++) N += data->weights ? data->weights[i] : 1;
    for (size_t a = 0; a < p; a++) {
        mean[a] = 0;
        for (size_t i = 0; i < n; i++)
            mean[a] += (data->weights ? data->weights[i] : 1) * v[i + a * n] / N;
        for (size_t i = 0; i < n; i++) v[i + a * n] -= mean[a];
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t k = 0; k < a; k++) {
            for (size_t i = 0; i < q->m; i++)
                u[i + a * q->m] -= L[a + k * p] * u[i + k * q->m];
            for (size_t i = 0; i < n; i++) v[i + a * n] -= L[a + k * p] * v[i + k * n];
        }
        for (size_t i = 0; i < q->m; i++) u[i + a * q->m] /= L[a * (p + 1)];
        for (size_t i = 0; i < n; i++) v[i + a * n] /= L[a * (p + 1)];
    }
    law_cumulants(q, p, u, eta, G, S, Q);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++) {
            W[a + b * p] = n ? 0 : a == b;
            for (size_t i = 0; i < n; i++)
                W[a + b * p] += (data->weights ? data->weights[i] : 1) * v[i + a * n] *
                                v[i + b * n] / (N - 1);
        }
    for (size_t i = 0; i < p * p * p; i++) {
        const size_t a = i % p, b = i / p % p, c = i / (p * p);
        K[i] = n ? 0 : S[i];
        for (size_t r = 0; r < n; r++)
            K[i] += (data->weights ? data->weights[r] : 1) * v[r + a * n] *
                    v[r + b * n] * v[r + c * n] * N / ((N - 1) * (N - 2));
        want.t1 += S[i] * K[i];
    }
    for (size_t c = 0; c < p; c++) {
        double one = 0;
        tilt[c] = 0;
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b < p; b++) {
                const double Sabc = S[a + p * (b + p * c)];
                tilt[c] += Sabc * W[a + b * p];
                one += a == b ? Sabc : 0;
                want.rho23 += Sabc * Sabc;
                for (size_t d = 0; d < p; d++)
                    for (size_t e = 0; e < p; e++)
                        want.t2 += 2 * Sabc * S[d + p * (e + p * c)] * W[a + d * p] *
                                   W[b + e * p];
            }
        want.t2 += tilt[c] * tilt[c];
        want.rho13 += one * one;
        want.trace += W[c * (p + 1)];
    }
    for (size_t i = 0; i < p * p * p * p; i++) {
        const size_t a = i % p, b = i / p % p, c = i / (p * p) % p, d = i / (p * p * p);
        want.t3 += 3 * Q[i] * W[a + b * p] * W[c + d * p];
        if (a == b && c == d) want.rho4 += Q[i];
    }
    CHECK(distest_expfam_terms_data(f, theta, data, 0, &t, n ? lever : NULL, spectrum,
                                    NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(t.trace, want.trace, tol);
    CHECK_NEAR(t.t1, want.t1, tol);
    CHECK_NEAR(t.t2, want.t2, tol);
    CHECK_NEAR(t.t3, want.t3, tol);
    CHECK_NEAR(t.rho13, want.rho13, tol);
    CHECK_NEAR(t.rho23, want.rho23, tol);
    CHECK_NEAR(t.rho4, want.rho4, tol);
    double one = 0, two = 0, ww = 0, ss = 0;
    for (size_t a = 0; a < p; a++) {
        one += spectrum[a];
        two += spectrum[a] * spectrum[a];
        CHECK(a == 0 || spectrum[a] >= spectrum[a - 1]);
    }
    for (size_t i = 0; i < p * p; i++) ww += W[i] * W[i];
    CHECK_NEAR(one, want.trace, tol);
    CHECK_NEAR(two, ww, tol);
    CHECK(n || isnan(t.se_r1));
    if (!n) return;
    for (size_t i = 0; i < n; i++) {
        double z = 0, lin = 0;
        for (size_t a = 0; a < p; a++) {
            z += v[i + a * n] * v[i + a * n];
            lin += v[i + a * n] * tilt[a];
        }
        CHECK_NEAR(lever[i], z, tol);
        influence[i] = 0.5 * (z - want.trace - lin);
        ss += (data->weights ? data->weights[i] : 1) * influence[i] * influence[i];
    }
    CHECK_NEAR(t.se_r1, sqrt(ss / (N - 1) / N), tol);
    /* the same from moments: of the statistics themselves, W = Li V Li' */
    double V[LAW_P * LAW_P] = {0};
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            for (size_t i = 0; i < p; i++)
                for (size_t j = 0; j < p; j++)
                    V[a + b * p] += L[a + i * p] * W[i + j * p] * L[b + j * p];
    size_t at = 0;
    for (size_t c = 0; c < p; c++)
        for (size_t b = 0; b <= c; b++)
            for (size_t a = 0; a <= b; a++, at++) {
                third[at] = 0;
                for (size_t i = 0; i < p; i++)
                    for (size_t j = 0; j < p; j++)
                        for (size_t k = 0; k < p; k++)
                            third[at] += L[a + i * p] * L[b + j * p] * L[c + k * p] *
                                         K[i + p * (j + p * k)];
            }
    for (int known = 1; known >= 0; known--) {
        CHECK(distest_expfam_terms_moments(f, theta, V, known ? third : NULL, &t,
                                           spectrum, NULL) == DISTEST_SUCCESS);
        CHECK_NEAR(t.trace, want.trace, 10 * tol);
        if (known) CHECK_NEAR(t.t1, want.t1, 10 * tol);
        CHECK(known || isnan(t.t1));
        CHECK_NEAR(t.t2, want.t2, 10 * tol);
        CHECK_NEAR(t.t3, want.t3, 10 * tol);
        CHECK(isnan(t.se_r1));
    }
}

/* there and back; the Jacobian is the inverse of the differences of the way back */
static CHECK_UNUSED void law_usual(const distest_expfam_family *f, const double *usual,
                                   const double *theta, double tol)
{
    double back[LAW_P], J[LAW_P * LAW_P], K[LAW_P * LAW_P], t[LAW_P], up[LAW_P],
        down[LAW_P];
    size_t p, q;
    distest_expfam_sizes(f, &p, NULL, &q);
    CHECK(p == q);
    CHECK(distest_expfam_to_usual(f, theta, back, J, NULL) == DISTEST_SUCCESS);
    for (size_t k = 0; k < p; k++) {
        const double h = 1e-5 * fmax(0.1, fabs(usual[k]));
        CHECK_NEAR(back[k], usual[k], 1e-12);
        memcpy(t, usual, p * sizeof *t);
        t[k] = usual[k] + h;
        CHECK(distest_expfam_from_usual(f, t, up, NULL) == DISTEST_SUCCESS);
        t[k] = usual[k] - h;
        CHECK(distest_expfam_from_usual(f, t, down, NULL) == DISTEST_SUCCESS);
        for (size_t a = 0; a < p; a++) K[a + k * p] = (up[a] - down[a]) / (2 * h);
    }
    for (size_t i = 0; i < p; i++)
        for (size_t k = 0; k < p; k++) {
            double v = 0;
            for (size_t a = 0; a < p; a++) v += J[i + a * p] * K[a + k * p];
            CHECK_NEAR(v, i == k, tol);
        }
}

#endif
