/* test_expfam_risk.c - the expansion against exact risks and closed forms, the p-n
 * criterion, existence on finite supports. */
#include "check.h"
#include <distest/expfam.h>

#define DIR "tests/reference/expfam/"

static distest_expfam_family *named(const char *name, const double *par, size_t npar,
                                    const size_t *ipar, size_t nipar)
{
    distest_expfam_family *f = NULL;
    CHECK(distest_expfam_family_alloc(&f, name, par, npar, ipar, nipar, NULL) == 0);
    return f;
}

static distest_expfam_terms model_terms(const distest_expfam_family *f,
                                        const double *theta)
{
    distest_expfam_terms t;
    CHECK(distest_expfam_terms_data(f, theta, NULL, 0, &t, NULL, NULL, NULL) == 0);
    return t;
}

static distest_expfam_family *normal_of(size_t d, double *theta)
{
    const size_t ipar[2] = {d, 0};
    distest_expfam_family *f = named("mvnormal", NULL, 0, ipar, 2);
    static double par[12 + 144];
    for (size_t i = 0; i < d; i++) {
        par[i] = 0.3 * (double)i;
        for (size_t j = 0; j < d; j++)
            par[d + i + j * d] = (i == j ? 2 : 0.5) * (1 + 0.1 * (double)(i + j));
    }
    CHECK(distest_expfam_from_usual(f, par, theta, NULL) == 0);
    return f;
}

static void closed_forms_of_the_invariants(void)
{
    double theta[100];
    for (size_t d = 1; d <= 6; d++) {
        const double D = (double)d;
        distest_expfam_family *f = normal_of(d, theta);
        const distest_expfam_terms t = model_terms(f, theta);
        CHECK_REL(t.rho13, 2 * D * (D + 2) * (D + 2), 1e-10);
        CHECK_REL(t.rho23, D * D * D + 6 * D * D + 7 * D, 1e-10);
        CHECK_REL(t.rho4, 2 * D * D * D + 9 * D * D + 9 * D, 1e-10);
        distest_expfam_family_free(f);
    }
    const size_t five = 5;
    const double pi[5] = {0.1, 0.15, 0.2, 0.25, 0.3};
    double s = 0;
    distest_expfam_family *f = named("categorical", NULL, 0, &five, 1);
    for (int i = 0; i < 5; i++) s += 1 / pi[i];
    CHECK(distest_expfam_from_usual(f, pi, theta, NULL) == 0);
    const distest_expfam_terms t = model_terms(f, theta);
    CHECK_REL(t.rho13, s - 25, 1e-10);
    CHECK_REL(t.rho23, s - 13, 1e-10);
    CHECK_REL(t.rho4, s - 33, 1e-10);
    distest_expfam_family_free(f);
    const double rate = 2.5;
    f = named("poisson", NULL, 0, NULL, 0);
    CHECK(distest_expfam_from_usual(f, &rate, theta, NULL) == 0);
    const distest_expfam_terms u = model_terms(f, theta);
    double risk, second;
    CHECK(distest_expfam_risk(&u, 1, 10, DISTEST_EXPFAM_MODEL, NULL, &second, &risk,
                              NULL) == 0);
    CHECK_REL(100 * second, 5 / (12 * rate), 1e-12);
    distest_expfam_family_free(f);
}

/* the exponential model under gamma laws with mean 1: variance 1 / shape, third
 * cumulant 2 / shape^2 */
static int truth_is_a_gamma(double shape, double n, double r1, double r2)
{
    const double cov = 1 / shape, third = 2 / (shape * shape), theta = -1;
    double first, second, risk;
    distest_expfam_terms t;
    distest_expfam_family *f = named("exponential", NULL, 0, NULL, 0);
    CHECK(distest_expfam_terms_moments(f, &theta, &cov, &third, &t, NULL, NULL) == 0);
    CHECK(distest_expfam_risk(&t, 1, n, DISTEST_EXPFAM_PLUGIN, &first, &second, &risk,
                              NULL) == 0);
    CHECK_REL(first * n, r1, 1e-10);
    CHECK_REL(second * n * n, r2, 1e-10);
    distest_expfam_family_free(f);
    return 1;
}

/* |R(n) - r1/n - r2/n^2| n^3 stays bounded, and r1, r2 are the reference's */
static void the_expansion_meets_exact_risks(void)
{
    FILE *in = fopen(DIR "exact_risk.csv", "r");
    char line[200], model[40];
    int rows = 0;
    CHECK(in != NULL);
    if (!in || !fgets(line, sizeof line, in)) return;
    while (fgets(line, sizeof line, in)) {
        char *at = strchr(line, ',');
        double par, n, exact, r1, r2, theta[100], first, second, risk;
        memcpy(model, line, (size_t)(at - line));
        model[at - line] = '\0';
        par = strtod(at + 1, &at);
        n = strtod(at + 1, &at);
        exact = strtod(at + 1, &at);
        r1 = strtod(at + 1, &at);
        r2 = strtod(at + 1, &at);
        CHECK(fabs(exact - r1 / n - r2 / (n * n)) * n * n * n < 100 * (1 + fabs(r2)));
        distest_expfam_family *f = NULL;
        size_t p;
        if (strcmp(model, "mvnormal") == 0) {
            f = normal_of((size_t)par, theta);
        } else if (strcmp(model, "exponential") == 0 ||
                   strcmp(model, "poisson_given_positive") == 0 ||
                   strcmp(model, "bernoulli_given_interior") == 0) {
            const double usual = model[0] == 'e' ? 2 : par;
            f = named(model[0] == 'e'   ? "exponential"
                      : model[0] == 'p' ? "poisson"
                                        : "bernoulli",
                      NULL, 0, NULL, 0);
            CHECK(distest_expfam_from_usual(f, &usual, theta, NULL) == 0);
        } else {
            CHECK(strcmp(model, "exponential_truth_gamma_shape") == 0);
            rows += truth_is_a_gamma(par, n, r1, r2);
            continue;
        }
        const distest_expfam_terms t = model_terms(f, theta);
        distest_expfam_sizes(f, &p, NULL, NULL);
        CHECK(distest_expfam_risk(&t, p, n, DISTEST_EXPFAM_MODEL, &first, &second,
                                  &risk, NULL) == 0);
        CHECK_REL(first * n, r1, 1e-10);
        CHECK_REL(second * n * n, r2, 1e-10);
        distest_expfam_family_free(f);
        rows++;
    }
    fclose(in);
    CHECK(rows == 35); /* all of them */
}

static void sample_sizes_of_the_normal(void)
{
    const size_t d[] = {1, 2, 3, 5, 10};
    const double want[] = {55, 132, 234, 512, 1645};
    for (int k = 0; k < 5; k++) {
        double theta[100], hat, n;
        size_t p;
        int pass;
        distest_expfam_family *f = normal_of(d[k], theta);
        const distest_expfam_terms t = model_terms(f, theta);
        distest_expfam_sizes(f, &p, NULL, NULL);
        const double c2 = (9 * t.rho13 + 10 * t.rho23 - 9 * t.rho4) / 24;
        CHECK(distest_expfam_pn(0.5 * (double)p, c2, 100, 0.05, &pass, &hat, &n, NULL,
                                NULL) == 0);
        CHECK(n == want[k]);
        CHECK(pass == (want[k] <= 100));
        distest_expfam_family_free(f);
    }
}

/* All samples of n points on the four-point support: exact risk and optimism given
 * existence, and the means of five estimators. `bias`: n^2 (mean - exact) of the risk
 * to first order, plug-in, corrected; of the optimism by the trace and by TIC2. */
static void enumerate(int n, double bias[5])
{
    const double xi[8] = {0, 1, 0.2, 1.1, 0, 0.3, 1, 1.2};
    const double base[4] = {0.3, 0.2, 0.4, 0.1}, truth[4] = {0.25, 0.35, 0.15, 0.25};
    double logw[4], star[2], eta[2] = {0, 0}, total = 0, loss = 0, gain = 0;
    distest_expfam_family *f = NULL;
    for (int k = 0; k < 5; k++) bias[k] = 0;
    for (int i = 0; i < 4; i++) {
        logw[i] = log(base[i]);
        for (int k = 0; k < 2; k++) eta[k] += truth[i] * xi[i + 4 * k];
    }
    CHECK(distest_expfam_family_nodes(&f, 4, 2, xi, logw, 1, NULL) == 0);
    CHECK(distest_expfam_fit_moments(f, NULL, 1, eta, NULL, star, NULL, NULL) == 0);
    for (int a = 0; a <= n; a++)
        for (int b = 0; a + b <= n; b++)
            for (int c = 0; a + b + c <= n; c++) {
                const double w[4] = {a, b, c, n - a - b - c};
                double logp = lgamma(n + 1.0), th[2], mean[2], kl, first, risk;
                distest_expfam_terms t;
                for (int i = 0; i < 4; i++)
                    logp += w[i] * log(truth[i]) - lgamma(w[i] + 1);
                const double prob = exp(logp);
                if (prob < 1e-9) continue; /* as the reference */
                const distest_sample s = {4, 2, xi, w};
                const int status = distest_expfam_fit_data(f, NULL, &s, NULL, th, mean,
                                                           NULL, NULL, NULL);
                if (status == DISTEST_ENOMLE) continue;
                CHECK(status == DISTEST_SUCCESS);
                CHECK(distest_expfam_divergence(f, star, th, &kl, NULL) == 0);
                loss += prob * kl; /* and R + Rin = (th - star)'(mean - eta) */
                for (int k = 0; k < 2; k++)
                    gain += prob * (th[k] - star[k]) * (mean[k] - eta[k]);
                total += prob;
                CHECK(distest_expfam_terms_data(f, th, &s, 0, &t, NULL, NULL, NULL) ==
                      0);
                for (int k = 0; k < 2; k++) {
                    CHECK(distest_expfam_risk(&t, 2, n, 1 - k, &first, NULL, &risk,
                                              NULL) == 0);
                    bias[0] += k == 0 ? prob * first : 0;
                    bias[k + 1] += prob * risk;
                }
                bias[3] += prob * t.trace / n;
                bias[4] += prob * (t.trace / n + t.t1 / (2.0 * n * n));
            }
    for (int k = 0; k < 5; k++)
        bias[k] = n * n * (bias[k] - (k < 3 ? loss : gain)) / total;
    distest_expfam_family_free(f);
}

static void enumeration_of_all_samples(void)
{
    static const double want[3][5] = {
        {-0.81924750, 1.01946936, 0.03924054, -0.38752210, 0.05452626},
        {-0.75074680, 0.99205548, 0.02723562, -0.31902740, 0.03565960},
        {-0.72057375, 0.97780821, 0.02112855, -0.28864605, 0.02738891}};
    for (int r = 0; r < 3; r++) {
        double bias[5];
        enumerate(30 + 15 * r, bias);
        for (int k = 0; k < 5; k++) CHECK_NEAR(bias[k], want[r][k], 2e-5);
    }
}

static void the_table_with_two_empty_cells_has_no_maximum(void)
{
    double cells[48], mean[6], direction[6];
    const double gone[8] = {0, 5, 7, 4, 6, 3, 8, 0},
                 there[8] = {0, 5, 7, 4, 6, 3, 8, 9};
    int status, face[8];
    for (int i = 0; i < 8; i++) {
        const double a = i >> 2, b = i >> 1 & 1, c = i & 1,
                     row[6] = {a, b, c, a * b, a * c, b * c};
        for (int k = 0; k < 6; k++) cells[i + 8 * k] = row[k];
    }
    for (int which = 0; which < 2; which++) {
        const double *count = which ? there : gone, n = which ? 42 : 33;
        for (int k = 0; k < 6; k++) {
            mean[k] = 0;
            for (int i = 0; i < 8; i++) mean[k] += count[i] * cells[i + 8 * k] / n;
        }
        CHECK(distest_expfam_exists(8, 6, cells, mean, &status, direction, face,
                                    NULL) == 0);
        CHECK(status == (which ? DISTEST_EXPFAM_INTERIOR : DISTEST_EXPFAM_FACE));
        for (int i = 0; i < 8; i++) {
            double z = 0;
            for (int k = 0; k < 6; k++)
                z += (cells[i + 8 * k] - mean[k]) * direction[k];
            CHECK(face[i] == (which || (i != 0 && i != 7)));
            CHECK(which || (face[i] ? fabs(z) < 1e-7 : z < -1e-7));
        }
    }
}

/* On a circle of points the hull is known: a mean is inside, on an edge, or outside. */
static void existence_on_random_polygons(void)
{
    distest_rng rng = distest_rng_seed(3);
    int seen[3] = {0, 0, 0};
    for (int rep = 0; rep < 1000; rep++) {
        double xi[20], mean[2] = {0, 0}, w[10], total = 0;
        const int kind = rep % 3;
        int status;
        for (int i = 0; i < 10; i++) {
            const double a = 0.6 * (i + 0.8 * distest_rng_uniform(&rng));
            xi[i] = 3 * cos(a) + 5;
            xi[i + 10] = sin(a) - 100;
            w[i] = distest_rng_uniform(&rng);
            if (kind != 0) w[i] *= i < 2; /* the edge between the first two */
            total += w[i];
        }
        for (int i = 0; i < 10; i++)
            for (int k = 0; k < 2; k++) mean[k] += w[i] / total * xi[i + 10 * k];
        if (kind == 2) /* away from the middle */
            for (int k = 0; k < 2; k++) mean[k] += 0.05 * (mean[k] - (k ? -100 : 5));
        CHECK(distest_expfam_exists(10, 2, xi, mean, &status, NULL, NULL, NULL) == 0);
        CHECK(status == kind);
        seen[kind]++;
        distest_expfam_family *f = NULL;
        double th[2];
        CHECK(distest_expfam_family_nodes(&f, 10, 2, xi, NULL, 1, NULL) == 0);
        CHECK((distest_expfam_fit_moments(f, NULL, 1, mean, NULL, th, NULL, NULL) ==
               DISTEST_SUCCESS) == (kind == 0));
        distest_expfam_family_free(f);
    }
    CHECK(seen[0] > 300 && seen[1] > 300 && seen[2] > 300);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_expfam_terms t = {.trace = 1};
    double a = 7, b = 8;
    int pass = 3;
    CHECK_FAILS(distest_expfam_pn(1, 0, 10, 0.5, &pass, &a, &b, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "alpha");
    CHECK_FAILS(distest_expfam_pn(1, 0, 0, 0.05, &pass, &a, &b, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "n");
    CHECK_FAILS(distest_expfam_risk(&t, 1, 10, 3, NULL, NULL, &a, &ctx), DISTEST_EINVAL,
                &ctx, "truth");
    CHECK(pass == 3 && a == 7 && b == 8);
}

int main(void)
{
    RUN(closed_forms_of_the_invariants);
    RUN(the_expansion_meets_exact_risks);
    RUN(sample_sizes_of_the_normal);
    RUN(enumeration_of_all_samples);
    RUN(the_table_with_two_empty_cells_has_no_maximum);
    RUN(existence_on_random_polygons);
    RUN(bad_input_is_named);
    return check_report("test_expfam_risk");
}
