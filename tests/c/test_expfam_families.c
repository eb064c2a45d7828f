/* test_expfam_families.c - families with closed forms on the line and on the whole
 * numbers against densities written here in the usual parameters: statistics and base,
 * moments up to the fourth by quadrature, fits, draws; the ends of their spaces. */
#include "expfam_test.h"

static double log_normal(double x, double mean, double var)
{
    return -0.5 * log(2 * acos(-1) * var) - (x - mean) * (x - mean) / (2 * var);
}

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* log densities: s is the setting, u the usual parameters */
#define LAW(name) static double name(double x, double s, const double *u)
LAW(exponential)
{
    (void)s;
    return log(u[0]) - u[0] * x;
}
LAW(rayleigh)
{
    (void)s;
    return log(x / (u[0] * u[0])) - x * x / (2 * u[0] * u[0]);
}
LAW(gamma_shape)
{
    return s * log(u[0]) + (s - 1) * log(x) - u[0] * x - lgamma(s);
}
LAW(weibull)
{
    return log(s / u[0]) + (s - 1) * log(x / u[0]) - pow(x / u[0], s);
}
LAW(laplace)
{
    return -log(2 * u[0]) - fabs(x - s) / u[0];
}
LAW(pareto)
{
    return log(u[0]) + u[0] * log(s) - (u[0] + 1) * log(x);
}
LAW(known_mean)
{
    return log_normal(x, s, u[0]);
}
LAW(known_variance)
{
    return log_normal(x, u[0], s);
}
LAW(normal)
{
    (void)s;
    return log_normal(x, u[0], u[1]);
}
LAW(lognormal)
{
    (void)s;
    return log_normal(log(x), u[0], u[1] * u[1]) - log(x);
}
LAW(gamma_law)
{
    (void)s;
    return u[0] * log(u[1]) + (u[0] - 1) * log(x) - u[1] * x - lgamma(u[0]);
}
LAW(inverse_gaussian)
{
    (void)s;
    const double d = x - u[0];
    return 0.5 * log(u[1] / (2 * acos(-1) * x * x * x)) -
           u[1] * d * d / (2 * u[0] * u[0] * x);
}
LAW(beta)
{
    (void)s;
    return (u[0] - 1) * log(x) + (u[1] - 1) * log1p(-x) + lgamma(u[0] + u[1]) -
           lgamma(u[0]) - lgamma(u[1]);
}
LAW(poisson)
{
    (void)s;
    return x * log(u[0]) - u[0] - lgamma(x + 1);
}
LAW(binomial)
{
    const double n = s > 0 ? s : 1;
    return log_choose(n, x) + x * log(u[0]) + (n - x) * log1p(-u[0]);
}
LAW(negative_binomial)
{
    const double r = s > 0 ? s : 1;
    return log_choose(x + r - 1, x) + r * log(u[0]) + x * log1p(-u[0]);
}

typedef struct {
    const char *name;
    double (*logf)(double x, double s, const double *u);
    double set, usual[2];
    size_t nset;
    double lo, hi;  /* the support */
    int whole, two; /* whole numbers; both sides of lo */
    double bad[2];  /* usual parameters outside their space */
    double outside; /* a point outside the support; NaN: none */
} line;

static const line laws[] = {
    {"exponential", exponential, 0, {1.7}, 0, 0, INFINITY, 0, 0, {0}, -0.1},
    {"rayleigh", rayleigh, 0, {2.2}, 0, 0, INFINITY, 0, 0, {-1}, -2},
    {"gamma_known_shape", gamma_shape, 2.5, {1.3}, 1, 0, INFINITY, 0, 0, {-2}, 0},
    {"gamma_known_shape", gamma_shape, 0.7, {0.4}, 1, 0, INFINITY, 0, 0, {0}, -1},
    {"weibull", weibull, 1.6, {2.2}, 1, 0, INFINITY, 0, 0, {INFINITY}, -1},
    {"laplace", laplace, -1.5, {0.8}, 1, -1.5, INFINITY, 0, 1, {0}, NAN},
    {"pareto", pareto, 2, {3.5}, 1, 2, INFINITY, 0, 0, {-1}, 1.9},
    {"normal_known_mean", known_mean, 3, {0.6}, 1, 3, INFINITY, 0, 1, {0}, NAN},
    {"normal_known_variance",
     known_variance,
     2.5,
     {-1.2},
     1,
     -1.2,
     INFINITY,
     0,
     1,
     {INFINITY},
     NAN},
    {"normal", normal, 0, {1.2, 2.5}, 0, 1.2, INFINITY, 0, 1, {0, 0}, NAN},
    {"lognormal", lognormal, 0, {0.3, 0.6}, 0, 0, INFINITY, 0, 0, {0, -1}, 0},
    {"gamma", gamma_law, 0, {2.3, 1.4}, 0, 0, INFINITY, 0, 0, {1, 0}, 0},
    {"inverse_gaussian",
     inverse_gaussian,
     0,
     {1.5, 2.5},
     0,
     0,
     INFINITY,
     0,
     0,
     {0, 1},
     0},
    {"beta", beta, 0, {2.2, 1.3}, 0, 0, 1, 0, 0, {1, -1}, 1},
    {"poisson", poisson, 0, {3.3}, 0, 0, 120, 1, 0, {0}, -1},
    {"poisson", poisson, 0, {47.5}, 0, 0, 300, 1, 0, {INFINITY}, 2.5},
    {"bernoulli", binomial, 0, {0.3}, 0, 0, 1, 1, 0, {1}, 2},
    {"binomial", binomial, 8, {0.35}, 1, 0, 8, 1, 0, {0}, 9},
    {"geometric", negative_binomial, 0, {0.4}, 0, 0, 300, 1, 0, {1}, 0.5},
    {"negative_binomial", negative_binomial, 2.5, {0.3}, 1, 0, 500, 1, 0, {0}, -3}};
enum { LAWS = sizeof laws / sizeof *laws };

/* points of a law, and its log density there */
static law_points points_of(const line *l, double *logf)
{
    static double x[LAW_POINTS], w[LAW_POINTS], prob[LAW_POINTS], y[LAW_POINTS],
        v[LAW_POINTS];
    law_points q = {0, 1, l->whole, x, prob};
    if (l->whole) {
        for (double k = l->lo; k <= l->hi; k++) {
            x[q.m] = k;
            w[q.m++] = 1;
        }
    } else {
        const size_t m = law_rule(l->lo, l->hi, 0, y, v);
        for (size_t i = m; l->two && i-- > 0;) {
            x[q.m] = 2 * l->lo - y[i];
            w[q.m++] = v[i];
        }
        memcpy(x + q.m, y, m * sizeof *x);
        memcpy(w + q.m, v, m * sizeof *w);
        q.m += m;
    }
    for (size_t i = 0; i < q.m; i++)
        logf[i] = l->lo < x[i] || l->whole || l->two ? l->logf(x[i], l->set, l->usual)
                                                     : -INFINITY;
    const double sum = law_weigh(&q, w, logf);
    CHECK_NEAR(sum, 1, 1e-10);
    return q;
}

static distest_expfam_family *family_of(const line *l)
{
    return named(l->name, &l->set, l->nset, NULL, 0);
}

static void laws_agree_with_their_densities(void)
{
    static double logf[LAW_POINTS];
    for (int k = 0; k < LAWS; k++) {
        const line *l = laws + k;
        const int before = check_failures;
        distest_expfam_family *f = family_of(l);
        const law_points q = points_of(l, logf);
        double theta[2], eta[2];
        CHECK(distest_expfam_from_usual(f, l->usual, theta, NULL) == DISTEST_SUCCESS);
        law_density(f, theta, &q, logf, 1e-11);
        law_moments(f, theta, &q, eta, 1e-10);
        law_differences(f, theta, 1e-5, 1e-7);
        law_fit(f, theta, &q, eta, 1e-8);
        law_usual(f, l->usual, theta, 1e-7);
        law_draws(f, theta, &q, 11 + (uint64_t)k);
        if (check_failures > before) printf("law %s, %d\n", l->name, k);
        distest_expfam_family_free(f);
    }
}

/* the terms of the risk by quadrature: under the model, and with data of another law,
 * with and without frequencies */
static void terms_are_sums_over_the_law(void)
{
    static double logf[LAW_POINTS];
    const double whole[7] = {1, 0, 1, 1, 0, 1, 0},
                 real[7] = {.3, .9, .5, .2, .8, .7, .45},
                 count[7] = {1, 3, 2, 0, 1, 4, 2};
    for (int k = 0; k < LAWS; k++) {
        const line *l = laws + k;
        const int before = check_failures;
        distest_expfam_family *f = family_of(l);
        const law_points q = points_of(l, logf);
        double theta[2], x[7];
        for (int i = 0; i < 7; i++)
            x[i] = l->whole           ? whole[i]
                   : l->hi < INFINITY ? real[i]
                                      : l->lo + 4 * real[i] * real[i];
        const distest_sample plain = {7, 1, x, NULL}, weighted = {7, 1, x, count};
        CHECK(distest_expfam_from_usual(f, l->usual, theta, NULL) == DISTEST_SUCCESS);
        law_terms(f, theta, &q, NULL, 1e-8);
        law_terms(f, theta, &q, &plain, 1e-8);
        law_terms(f, theta, &q, &weighted, 1e-8);
        if (check_failures > before) printf("law %s, %d\n", l->name, k);
        distest_expfam_family_free(f);
    }
}

/* D = int f log(f / g): by quadrature, for members far apart and near by */
static void divergences_are_integrals(void)
{
    static double logf[LAW_POINTS];
    for (int k = 0; k < LAWS; k++)
        for (int near = 0; near < 2; near++) {
            line other = laws[k];
            distest_expfam_family *f = family_of(laws + k);
            const law_points q = points_of(laws + k, logf);
            double a[2], b[2], kl, want = 0;
            const int before = check_failures;
            other.usual[0] *= near ? 1.001 : 1.4;
            CHECK(distest_expfam_from_usual(f, laws[k].usual, a, NULL) == 0);
            CHECK(distest_expfam_from_usual(f, other.usual, b, NULL) == 0);
            CHECK(distest_expfam_divergence(f, a, b, &kl, NULL) == DISTEST_SUCCESS);
            for (size_t i = 0; i < q.m; i++) { /* log z -> z - 1 - log z: no sign */
                const double r = other.logf(q.x[i], other.set, other.usual) - logf[i];
                want += q.prob[i] * (expm1(r) - r);
            }
            CHECK_REL(kl, want, near ? 1e-7 : 1e-9);
            if (check_failures > before) printf("law %s\n", laws[k].name);
            distest_expfam_family_free(f);
        }
}

/* Maxima by hand from five points. */
static void maxima_have_their_closed_forms(void)
{
    const double x[5] = {1, 4, 2, 2, 6}, w[5] = {1, 2, 1, 3, 1}; /* total 8 */
    const double sum = 1 + 8 + 2 + 6 + 6, logs = 2 * log(4.0) + 4 * log(2.0) + log(6.0);
    const distest_sample s = {5, 1, x, w};
    const struct {
        const char *name;
        double set;
        size_t nset;
        double want;
    } set[] = {{"exponential", 0, 0, 8 / sum},
               {"rayleigh", 0, 0, sqrt((1 + 32 + 4 + 12 + 36) / 16.0)},
               {"gamma_known_shape", 3, 1, 24 / sum},
               {"weibull", 2, 1, sqrt((1 + 32 + 4 + 12 + 36) / 8.0)},
               {"laplace", 2, 1, (1 + 2 * 2 + 4) / 8.0},
               {"pareto", 1, 1, 8 / logs},
               {"normal_known_mean", 2, 1, (1 + 2 * 4 + 16) / 8.0},
               {"normal_known_variance", 7, 1, sum / 8},
               {"poisson", 0, 0, sum / 8},
               {"binomial", 10, 1, sum / 80},
               {"geometric", 0, 0, 8 / (8 + sum)},
               {"negative_binomial", 3, 1, 24 / (24 + sum)}};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        distest_expfam_family *f =
            named(set[k].name, &set[k].set, set[k].nset, NULL, 0);
        double theta, usual, logl = 0, base[5], xi[5], psi;
        distest_expfam_info info;
        CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, &theta, NULL, NULL, &info,
                                      NULL) == DISTEST_SUCCESS);
        CHECK(distest_expfam_to_usual(f, &theta, &usual, NULL, NULL) == 0);
        CHECK_REL(usual, set[k].want, 1e-13);
        CHECK(distest_expfam_stats(f, &s, xi, base, NULL) == 0);
        CHECK(distest_expfam_psi(f, &theta, &psi, NULL, NULL, NULL) == 0);
        for (int i = 0; i < 5; i++) logl += w[i] * (theta * xi[i] - psi + base[i]);
        CHECK_REL(info.loglik, logl, 1e-12);
        distest_expfam_family_free(f);
    }
}

static void counts_are_whole_within_1e_8(void)
{
    const double x[3] = {1 + 5e-9, 2, 3 - 5e-9}, off[3] = {1, 2 + 2e-8, 3};
    const double eight = 8;
    const char *name[] = {"poisson", "binomial", "geometric", "com_poisson"};
    for (int k = 0; k < 4; k++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = named(name[k], &eight, k == 1, NULL, 0);
        const distest_sample s = {3, 1, x, NULL}, t = {3, 1, off, NULL};
        double xi[6];
        CHECK(distest_expfam_stats(f, &s, xi, NULL, &ctx) == DISTEST_SUCCESS);
        CHECK(xi[0] == 1 && xi[1] == 2 && xi[2] == 3);
        xi[0] = 77;
        CHECK_FAILS(distest_expfam_stats(f, &t, xi, NULL, &ctx), DISTEST_EDOM, &ctx,
                    "x");
        CHECK(strstr(ctx.message, "row 2") != NULL && xi[0] == 77);
        distest_expfam_family_free(f);
    }
}

static void spaces_end_where_they_should(void)
{
    for (int k = 0; k < LAWS; k++) {
        const line *l = laws + k;
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = family_of(l);
        double theta[2] = {5, 6};
        const double x[2] = {l->whole ? 1 : 0.5 * (l->lo + fmin(l->hi, l->lo + 2)),
                             l->outside};
        CHECK_FAILS(distest_expfam_from_usual(f, l->bad, theta, &ctx), DISTEST_EDOM,
                    &ctx, "par");
        CHECK(theta[0] == 5 && theta[1] == 6);
        if (!isnan(l->outside)) {
            const distest_sample s = {2, 1, x, NULL};
            double xi[4], base[2];
            CHECK_FAILS(distest_expfam_stats(f, &s, xi, base, &ctx), DISTEST_EDOM, &ctx,
                        "x");
            CHECK(strstr(ctx.message, "row 2") != NULL);
        }
        distest_expfam_family_free(f);
    }
    const struct {
        const char *name;
        double set, theta[2];
        size_t nset;
    } out[] = {{"exponential", 0, {0}, 0},
               {"rayleigh", 0, {1}, 0},
               {"pareto", 2, {0.5}, 1},
               {"geometric", 0, {0}, 0},
               {"negative_binomial", 2, {1e-9}, 1},
               {"gamma", 0, {1, 0}, 0},
               {"gamma", 0, {0, -1}, 0},
               {"inverse_gaussian", 0, {0, -1}, 0},
               {"beta", 0, {-1, 1}, 0},
               {"normal", 0, {0, 0}, 0},
               {"lognormal", 0, {0, 1}, 0}};
    for (size_t k = 0; k < sizeof out / sizeof *out; k++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f =
            named(out[k].name, &out[k].set, out[k].nset, NULL, 0);
        distest_rng rng = distest_rng_seed(1), same = rng;
        double psi = 3, x = 4, par[2] = {5, 6};
        CHECK_FAILS(distest_expfam_psi(f, out[k].theta, &psi, NULL, NULL, &ctx),
                    DISTEST_EDOM, &ctx, "theta");
        CHECK_FAILS(distest_expfam_sample(f, out[k].theta, 1, &rng, &x, &ctx),
                    DISTEST_EDOM, &ctx, "theta");
        CHECK_FAILS(distest_expfam_to_usual(f, out[k].theta, par, NULL, &ctx),
                    DISTEST_EDOM, &ctx, "theta");
        CHECK(psi == 3 && x == 4 && par[0] == 5);
        CHECK(memcmp(&rng, &same, sizeof rng) == 0);
        distest_expfam_family_free(f);
    }
}

static void no_maximum_is_said(void)
{
    const struct {
        const char *name, *word;
        double set;
        size_t nset;
        double x;
    } set[] = {{"exponential", "end of the support", 0, 0, 0},
               {"rayleigh", "end of the support", 0, 0, 0},
               {"laplace", "end of the support", 3, 1, 3},
               {"pareto", "end of the support", 2, 1, 2},
               {"normal_known_mean", "end of the support", 2, 1, 2},
               {"poisson", "equal 0", 0, 0, 0},
               {"bernoulli", "equal 0", 0, 0, 0},
               {"bernoulli", "equal 1", 0, 0, 1},
               {"binomial", "equal 8", 8, 1, 8},
               {"geometric", "equal 0", 0, 0, 0},
               {"normal", "singular", 0, 0, 3},
               {"lognormal", "singular", 0, 0, 3},
               {"gamma", "equal", 0, 0, 3},
               {"inverse_gaussian", "equal", 0, 0, 3},
               {"beta", "equal", 0, 0, 0.5},
               {"von_mises", "equal", 0, 0, 0.5},
               {"gig", "equal", 0, 0, 2}};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f =
            named(set[k].name, &set[k].set, set[k].nset, NULL, 0);
        const double x[4] = {set[k].x, set[k].x, set[k].x, set[k].x};
        const distest_sample s = {4, 1, x, NULL};
        double theta[3] = {7, 8, 9};
        CHECK_FAILS(
            distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, &ctx),
            DISTEST_ENOMLE, &ctx, "mean");
        CHECK(theta[0] == 7 && strstr(ctx.message, set[k].word) != NULL);
        distest_expfam_family_free(f);
    }
}

static void settings_are_checked(void)
{
    const struct {
        const char *name;
        double set;
        size_t nset, nipar;
        const char *blame;
    } set[] = {{"gamma_known_shape", 0, 1, 0, "par"},
               {"gamma_known_shape", 2, 0, 0, "par"},
               {"weibull", -1, 1, 0, "par"},
               {"laplace", NAN, 1, 0, "par"},
               {"pareto", 0, 1, 0, "par"},
               {"normal_known_mean", INFINITY, 1, 0, "par"},
               {"normal_known_variance", 0, 1, 0, "par"},
               {"negative_binomial", 0, 1, 0, "par"},
               {"binomial", 0, 1, 0, "par"},
               {"binomial", 2.5, 1, 0, "par"},
               {"binomial", NAN, 1, 0, "par"},
               {"exponential", 1, 1, 0, "par"},
               {"poisson", 1, 0, 1, "ipar"},
               {"nodes", 1, 0, 0, "name"},
               {"pairwise", 1, 0, 0, "name"}};
    const size_t three = 3;
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        distest_context ctx = distest_context_default();
        distest_expfam_family *f = NULL;
        CHECK_FAILS(distest_expfam_family_alloc(&f, set[k].name, &set[k].set,
                                                set[k].nset, &three, set[k].nipar,
                                                &ctx),
                    DISTEST_EINVAL, &ctx, set[k].blame);
        CHECK(f == NULL);
    }
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = NULL;
    CHECK_FAILS(distest_expfam_family_alloc(NULL, "gamma", NULL, 0, NULL, 0, &ctx),
                DISTEST_EINVAL, &ctx, "out");
    CHECK_FAILS(distest_expfam_family_alloc(&f, NULL, NULL, 0, NULL, 0, &ctx),
                DISTEST_EINVAL, &ctx, "name");
    CHECK_FAILS(distest_expfam_family_alloc(&f, "weibull", NULL, 1, NULL, 0, &ctx),
                DISTEST_EINVAL, &ctx, "par");
    CHECK_FAILS(distest_expfam_family_alloc(&f, "dirichlet", NULL, 0, NULL, 1, &ctx),
                DISTEST_EINVAL, &ctx, "ipar");
}

static int every_law(distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    for (int k = 0; k < LAWS && status == DISTEST_SUCCESS; k++) {
        const line *l = laws + k;
        distest_expfam_family *f = NULL;
        distest_rng rng = distest_rng_seed(3);
        distest_expfam_terms t;
        double theta[2], x[40], kl, J[4], usual[2], S[8], Q[16];
        const distest_sample s = {40, 1, x, NULL};
        status =
            distest_expfam_family_alloc(&f, l->name, &l->set, l->nset, NULL, 0, ctx);
        if (status == 0) status = distest_expfam_from_usual(f, l->usual, theta, ctx);
        if (status == 0) status = distest_expfam_sample(f, theta, 40, &rng, x, ctx);
        if (status == 0)
            status = distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL,
                                             ctx);
        if (status == 0) status = distest_expfam_divergence(f, theta, theta, &kl, ctx);
        if (status == 0) status = distest_expfam_to_usual(f, theta, usual, J, ctx);
        if (status == 0) status = distest_expfam_cumulants(f, theta, S, Q, ctx);
        if (status == 0)
            status = distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, ctx);
        distest_expfam_family_free(f);
    }
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(every_law) > 100);
    CHECK(check_cancel(every_law) > 20);
}

int main(void)
{
    RUN(laws_agree_with_their_densities);
    RUN(terms_are_sums_over_the_law);
    RUN(divergences_are_integrals);
    RUN(maxima_have_their_closed_forms);
    RUN(counts_are_whole_within_1e_8);
    RUN(spaces_end_where_they_should);
    RUN(no_maximum_is_said);
    RUN(settings_are_checked);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_families");
}
