/* test_wls_chain.c - the statistical tests of designs tell a correct sampler of the
 * determinantal process from broken ones. The sampler here is the chain rule written
 * out once more, on the features alone, in batches; it has switches for two mistakes
 * that are easily made. */
#include "wls_test.h"

enum { M = 9, DRAWS = 2000, BATCH = 32 };
typedef enum { CORRECT, STALE, PROPOSALS_OF_MU } mistake;

/* |u - QQ'u|^2, Q of j columns */
static double left(const double *u, double q[M][M], int j)
{
    double r[M], length = 0;
    memcpy(r, u, sizeof r);
    for (int k = 0; k < j; k++) {
        double dot = 0;
        for (int l = 0; l < M; l++) dot += r[l] * q[k][l];
        for (int l = 0; l < M; l++) r[l] -= dot * q[k][l];
    }
    for (int l = 0; l < M; l++) length += r[l] * r[l];
    return length;
}

/* appends the direction of u - QQ'u, twice projected; 0 where nothing is left */
static int append(const double *u, double q[M][M], int j)
{
    memcpy(q[j], u, sizeof q[j]);
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < j; k++) {
            double dot = 0;
            for (int l = 0; l < M; l++) dot += q[j][l] * q[k][l];
            for (int l = 0; l < M; l++) q[j][l] -= dot * q[k][l];
        }
    double length = 0;
    for (int l = 0; l < M; l++) length += q[j][l] * q[j][l];
    if (!(length > 1e-20)) return 0;
    for (int l = 0; l < M; l++) q[j][l] /= sqrt(length);
    return 1;
}

/* one draw of the process by the chain rule; STALE: acceptance is by the residuals at
 * the start of a batch; PROPOSALS_OF_MU: proposals are uniform */
static void chain(const distest_wls_space *s, distest_rng *rng, mistake wrong,
                  double x[M])
{
    double q[M][M], p[BATCH], u[M * BATCH], start[BATCH], coin[BATCH];
    int j = 0;
    while (j < M) {
        CHECK(distest_wls_draw(s, wrong == PROPOSALS_OF_MU, BATCH, rng, p, NULL,
                               NULL) == DISTEST_SUCCESS);
        CHECK(distest_wls_features(s, BATCH, p, 1, u, NULL, NULL, NULL) ==
              DISTEST_SUCCESS);
        double feature[BATCH][M];
        for (int i = 0; i < BATCH; i++) {
            for (int l = 0; l < M; l++) feature[i][l] = u[i + l * BATCH];
            start[i] = left(feature[i], q, j), coin[i] = distest_rng_uniform(rng);
        }
        for (int i = 0; i < BATCH && j < M; i++) {
            const double r = wrong == STALE ? start[i] : left(feature[i], q, j);
            if (coin[i] < r && append(feature[i], q, j)) x[j++] = p[i];
        }
    }
}

/* z of the mean and of the variance of sum x^h, against (exact) m0 and v0 */
static void z_scores(mistake wrong, int h, double m0, double v0, double *mean,
                     double *var)
{
    distest_wls_space *s = total_degree("legendre", 1, M - 1);
    distest_rng rng = distest_rng_seed(17);
    static double t[DRAWS];
    double sum = 0, square = 0, fourth = 0;
    for (int r = 0; r < DRAWS; r++) {
        double x[M];
        chain(s, &rng, wrong, x);
        t[r] = 0;
        for (int i = 0; i < M; i++) t[r] += h == 1 ? x[i] : x[i] * x[i];
        sum += t[r];
    }
    for (int r = 0; r < DRAWS; r++) {
        const double e = (t[r] - m0) * (t[r] - m0);
        square += e, fourth += e * e;
    }
    square /= DRAWS, fourth /= DRAWS;
    *mean = (sum / DRAWS - m0) / sqrt(v0 / DRAWS);
    *var = (square - v0) / sqrt((fourth - square * square) / DRAWS);
    distest_wls_space_free(s);
}

/* Multiplication by x is tridiagonal: H_{k,k+1} = b_{k+1}, b_k^2 = k^2 / (4k^2 - 1). So
 * the mean of sum x is 0 and its variance b_m^2; the mean of sum x^2 is the sum of
 * b_k^2 + b_{k+1}^2, its variance the entries of H(x^2) that lead out of the space,
 * (b_m b_{m+1})^2 + (b_{m-1} b_m)^2. */
static void broken_samplers_are_told_from_correct_ones(void)
{
    double b2[M + 2] = {0}, m2 = 0, mean, var;
    for (int k = 1; k < M + 2; k++) b2[k] = (double)(k * k) / (4.0 * k * k - 1);
    for (int k = 0; k < M; k++) m2 += b2[k] + b2[k + 1];
    const double v1 = b2[M], v2 = b2[M] * (b2[M + 1] + b2[M - 1]);
    for (mistake wrong = CORRECT; wrong <= PROPOSALS_OF_MU; wrong++)
        for (int h = 1; h <= 2; h++) {
            z_scores(wrong, h, h == 1 ? 0 : m2, h == 1 ? v1 : v2, &mean, &var);
            if (wrong == CORRECT) CHECK(fabs(mean) < 7 && fabs(var) < 8);
            if (wrong == STALE) CHECK(var > 15);
            if (wrong == PROPOSALS_OF_MU && h == 2) CHECK(mean < -15);
        }
}

int main(void)
{
    RUN(broken_samplers_are_told_from_correct_ones);
    return check_report("wls_chain");
}
