/* test_expfam_fit.c - every case of the reference fits: coefficients, log partition,
 * log likelihood and the terms of the risk; bad input; memory and cancelling. */
#include "check.h"
#include <distest/expfam.h>

#define DIR "tests/reference/expfam/"
enum { MOST = 4000 };

typedef struct {
    char name[32], quantity[24];
    int index;
    double value;
} entry;
static entry fits[1200];
static size_t count;

static void read_fits(void)
{
    FILE *in = fopen(DIR "fits.csv", "r");
    char line[200];
    CHECK(in != NULL);
    if (!in) return;
    while (fgets(line, sizeof line, in) && count < 1200) {
        entry *e = fits + count;
        if (sscanf(line, "%31[^,],%23[^,],%d,%lf", e->name, e->quantity, &e->index,
                   &e->value) == 4)
            count++;
    }
    fclose(in);
    CHECK(count > 700);
}

static double want(const char *name, const char *quantity, int index)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fits[i].name, name) == 0 && fits[i].index == index &&
            strcmp(fits[i].quantity, quantity) == 0)
            return fits[i].value;
    return NAN;
}

/* numbers of a file with a header, rows x cols, column-major; rows of one family when
 * the first column is a name */
static size_t read_table(const char *file, size_t cols, const char *family, double *x)
{
    static double rows[MOST];
    char line[400];
    size_t n = 0;
    FILE *in = fopen(file, "r");
    CHECK(in != NULL);
    if (!in || !fgets(line, sizeof line, in)) return 0;
    while (fgets(line, sizeof line, in)) {
        char *at = line;
        if (family) {
            const size_t len = strlen(family);
            if (strncmp(line, family, len) != 0 || line[len] != ',') continue;
            at += len + 1;
        }
        for (size_t k = 0; k < cols; k++) {
            rows[n * cols + k] = strtod(at, &at);
            if (*at == ',') at++;
        }
        n++;
    }
    fclose(in);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < cols; k++) x[i + k * n] = rows[i * cols + k];
    return n;
}

static double trace_tolerance(const char *name)
{
    return strcmp(name, "mvnormal3") == 0 || strcmp(name, "ggm_cycle4") == 0 ? 1e-8
                                                                             : 1e-9;
}

static void check_case(const char *name, const distest_expfam_family *f,
                       const distest_sample *s)
{
    distest_expfam_info info;
    distest_expfam_terms t, model;
    double theta[32], risk, first;
    size_t p;
    distest_context ctx = distest_context_default();
    const int before = check_failures;
    distest_expfam_sizes(f, &p, NULL, NULL);
    CHECK((double)p == want(name, "p", 1));
    const int status =
        distest_expfam_fit_data(f, NULL, s, NULL, theta, NULL, NULL, &info, &ctx);
    CHECK(status == DISTEST_SUCCESS);
    if (status != DISTEST_SUCCESS) {
        printf("%s: %s\n", name, ctx.message);
        return;
    }
    for (size_t a = 0; a < p; a++)
        CHECK_NEAR(theta[a], want(name, "theta", (int)a + 1), 1e-10);
    CHECK_NEAR(info.psi, want(name, "psi", 1), 1e-10);
    CHECK_NEAR(info.loglik, want(name, "loglik", 1), 1e-10);
    CHECK(distest_expfam_terms_data(f, theta, s, 0, &t, NULL, NULL, &ctx) ==
          DISTEST_SUCCESS);
    CHECK_NEAR(t.trace, want(name, "trace", 1), trace_tolerance(name));
    CHECK_NEAR(t.t1, want(name, "T1", 1), 1e-8);
    CHECK_NEAR(t.t2, want(name, "T2", 1), 1e-8);
    CHECK_NEAR(t.t3, want(name, "T3", 1), 1e-8);
    CHECK(distest_expfam_terms_data(f, theta, NULL, 0, &model, NULL, NULL, &ctx) ==
          DISTEST_SUCCESS);
    CHECK_NEAR(model.t1, want(name, "model_T1", 1), 1e-8);
    CHECK_NEAR(model.t2, want(name, "model_T2", 1), 1e-8);
    CHECK_NEAR(model.t3, want(name, "model_T3", 1), 1e-8);
    CHECK_NEAR(t.rho13 + 2 * t.rho23, model.t2, 1e-9);
    const char *names[] = {"risk2", "risk2_plugin", "risk2_model"};
    for (int truth = 0; truth < 3; truth++) {
        CHECK(distest_expfam_risk(&t, p, info.n, truth, &first, NULL, &risk, &ctx) ==
              DISTEST_SUCCESS);
        CHECK_REL(risk, want(name, names[truth], 1), 1e-8);
        if (truth == 0) CHECK_REL(first, want(name, "risk1", 1), 1e-9);
    }
    if (check_failures > before) printf("case %s\n", name);
}

static distest_expfam_family *named(const char *name, const double *par, size_t npar,
                                    const size_t *ipar, size_t nipar)
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

static void univariate_fits_agree_with_the_reference(void)
{
    static double x[MOST];
    const char *plain[] = {"normal",    "exponential", "gamma",     "inverse_gaussian",
                           "beta",      "lognormal",   "rayleigh",  "poisson",
                           "bernoulli", "geometric",   "von_mises", "com_poisson",
                           "gig"};
    const double eight = 8, three = 3, unit[2] = {0, 1};
    const size_t four = 4, two = 2;
    for (size_t k = 0; k < sizeof plain / sizeof *plain; k++) {
        distest_expfam_family *f = named(plain[k], NULL, 0, NULL, 0);
        const distest_sample s = {read_table(DIR "univariate_data.csv", 1, plain[k], x),
                                  1, x, NULL};
        check_case(plain[k], f, &s);
        distest_expfam_family_free(f);
    }
    const struct {
        const char *label, *name, *data;
        const double *par;
        size_t npar;
        const size_t *ipar;
    } set[] = {{"binomial", "binomial", "binomial", &eight, 1, NULL},
               {"negative_binomial", "negative_binomial", "negative_binomial", &three,
                1, NULL},
               {"log_polynomial4", "polynomial", "log_polynomial", unit, 2, &four},
               {"trigonometric2", "trigonometric", "log_polynomial", unit, 2, &two}};
    for (size_t k = 0; k < 4; k++) {
        distest_expfam_family *f = named(set[k].name, set[k].par, set[k].npar,
                                         set[k].ipar, set[k].ipar != NULL);
        const distest_sample s = {
            read_table(DIR "univariate_data.csv", 1, set[k].data, x), 1, x, NULL};
        check_case(set[k].label, f, &s);
        distest_expfam_family_free(f);
    }
}

static void multivariate_fits_agree_with_the_reference(void)
{
    static double x[MOST];
    const size_t ising[] = {4, 0, 0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3};
    size_t coded[14];
    const size_t three[] = {3, 0}, cycle[] = {4, 0, 1, 0, 3, 1, 2, 2, 3};
    const struct {
        const char *label, *name, *file;
        size_t d;
        const size_t *ipar;
        size_t nipar;
    } set[] = {
        {"dirichlet", "dirichlet", DIR "dirichlet_data.csv", 3, three, 1},
        {"von_mises_fisher3", "von_mises_fisher", DIR "vmf_data.csv", 3, three, 1},
        {"mvnormal3", "mvnormal", DIR "mvnormal_data.csv", 3, three, 2},
        {"ggm_cycle4", "ggm", DIR "ggm_data.csv", 4, cycle, 9},
        {"ising4", "ising", DIR "ising_data.csv", 4, ising, 14},
        {"ising4_pm1", "ising", DIR "ising_data.csv", 4, coded, 14}};
    memcpy(coded, ising, sizeof coded);
    coded[1] = 1;
    for (size_t k = 0; k < 6; k++) {
        distest_expfam_family *f =
            named(set[k].name, NULL, 0, set[k].ipar, set[k].nipar);
        const distest_sample s = {read_table(set[k].file, set[k].d, NULL, x), set[k].d,
                                  x, NULL};
        if (k == 5)
            for (size_t i = 0; i < s.n * s.d; i++) x[i] = 2 * x[i] - 1;
        check_case(set[k].label, f, &s);
        distest_expfam_family_free(f);
    }
}

static void node_and_table_fits_agree_with_the_reference(void)
{
    static double base[MOST], data[MOST];
    const size_t m = read_table(DIR "nodes_base.csv", 6, NULL, base);
    const size_t n = read_table(DIR "nodes_data.csv", 5, NULL, data);
    distest_expfam_family *f = NULL;
    const distest_sample s = {n, 5, data, NULL};
    CHECK(distest_expfam_family_nodes(&f, m, 5, base + m, base, 0, NULL) ==
          DISTEST_SUCCESS);
    check_case("nodes5", f, &s);
    distest_expfam_family_free(f);
    /* 2 x 2 x 2 with all two-way margins, C fastest */
    const double counts[8] = {12, 7, 9, 15, 21, 6, 8, 11};
    double cells[48];
    for (int i = 0; i < 8; i++) {
        const double a = i >> 2, b = i >> 1 & 1, c = i & 1,
                     row[6] = {a, b, c, a * b, a * c, b * c};
        for (int k = 0; k < 6; k++) cells[i + 8 * k] = row[k];
    }
    const distest_sample table = {8, 6, cells, counts};
    CHECK(distest_expfam_family_nodes(&f, 8, 6, cells, NULL, 1, NULL) ==
          DISTEST_SUCCESS);
    check_case("loglinear222", f, &table);
    distest_expfam_family_free(f);
}

static void data_far_from_the_origin_keep_their_digits(void)
{
    double x[20], y[20], a[2], b[2];
    distest_expfam_info far, near;
    distest_expfam_terms tf, tn;
    distest_expfam_family *f = named("normal", NULL, 0, NULL, 0);
    for (int i = 0; i < 20; i++) {
        y[i] = (i * 7 % 20) * 0.25;
        x[i] = 1e9 + y[i];
    }
    const distest_sample sx = {20, 1, x, NULL}, sy = {20, 1, y, NULL};
    CHECK(distest_expfam_fit_data(f, NULL, &sx, NULL, a, NULL, NULL, &far, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &sy, NULL, b, NULL, NULL, &near, NULL) == 0);
    CHECK_REL(a[1], b[1], 1e-12);
    CHECK_REL(far.loglik, near.loglik, 1e-12);
    CHECK(distest_expfam_terms_data(f, a, &sx, 0, &tf, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_terms_data(f, b, &sy, 0, &tn, NULL, NULL, NULL) == 0);
    CHECK_REL(tf.t2, tn.t2, 1e-6);
    distest_expfam_family_free(f);
}

static void affine_statistics_give_the_same_terms(void)
{
    static double base[MOST], data[MOST];
    const size_t m = read_table(DIR "nodes_base.csv", 6, NULL, base);
    const size_t n = read_table(DIR "nodes_data.csv", 5, NULL, data);
    static double b2[MOST], d2[MOST];
    const double scale[5] = {1e6, 1, 1e-6, 3, 1}, shift[5] = {0, 1e6, 0, 1e6, -2};
    distest_expfam_family *f = NULL, *g = NULL;
    distest_expfam_terms t, u;
    distest_expfam_info i1, i2;
    double th[5], ph[5];
    for (size_t k = 0; k < 5; k++) {
        for (size_t i = 0; i < m; i++)
            b2[i + k * m] = scale[k] * base[i + (k + 1) * m] + shift[k];
        for (size_t i = 0; i < n; i++)
            d2[i + k * n] = scale[k] * data[i + k * n] + shift[k];
    }
    const distest_sample s = {n, 5, data, NULL}, z = {n, 5, d2, NULL};
    CHECK(distest_expfam_family_nodes(&f, m, 5, base + m, base, 0, NULL) == 0);
    CHECK(distest_expfam_family_nodes(&g, m, 5, b2, base, 0, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, th, NULL, NULL, &i1, NULL) == 0);
    CHECK(distest_expfam_fit_data(g, NULL, &z, NULL, ph, NULL, NULL, &i2, NULL) == 0);
    for (int k = 0; k < 5; k++) CHECK_NEAR(ph[k] * scale[k], th[k], 1e-8);
    CHECK_NEAR(i2.loglik, i1.loglik, 1e-9);
    CHECK(distest_expfam_terms_data(f, th, &s, 0, &t, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_terms_data(g, ph, &z, 0, &u, NULL, NULL, NULL) == 0);
    CHECK_NEAR(u.trace, t.trace, 1e-9);
    CHECK_NEAR(u.t1, t.t1, 1e-9);
    CHECK_NEAR(u.t2, t.t2, 1e-9);
    CHECK_NEAR(u.t3, t.t3, 1e-9);
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

/* A log-polynomial does not change when the interval is moved and stretched. */
static void polynomials_survive_their_interval(void)
{
    const double far[2] = {40, 100}, unit[2] = {0, 1};
    const size_t seven = 7;
    double x[60], y[60], a[7], b[7];
    distest_expfam_info ia, ib;
    distest_expfam_terms ta, tb;
    distest_expfam_family *f = named("polynomial", unit, 2, &seven, 1),
                          *g = named("polynomial", far, 2, &seven, 1);
    for (int i = 0; i < 60; i++) {
        x[i] = (0.5 + (i * 37 % 60)) / 60;
        x[i] *= x[i];
        y[i] = 40 + 60 * x[i];
    }
    const distest_sample sx = {60, 1, x, NULL}, sy = {60, 1, y, NULL};
    CHECK(distest_expfam_fit_data(f, NULL, &sx, NULL, a, NULL, NULL, &ia, NULL) == 0);
    CHECK(distest_expfam_fit_data(g, NULL, &sy, NULL, b, NULL, NULL, &ib, NULL) == 0);
    CHECK_NEAR(ib.loglik + 60 * log(60), ia.loglik, 1e-8);
    CHECK(distest_expfam_terms_data(f, a, &sx, 0, &ta, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_terms_data(g, b, &sy, 0, &tb, NULL, NULL, NULL) == 0);
    CHECK_NEAR(tb.trace, ta.trace, 1e-6);
    CHECK_NEAR(tb.t2, ta.t2, 1e-6);
    distest_expfam_family_free(f);
    distest_expfam_family_free(g);
}

static void rows_repeated_are_frequencies(void)
{
    const double x[] = {1, 2, 2, 5, 5, 5}, once[] = {1, 2, 5}, w[] = {1, 2, 3};
    const distest_sample a = {6, 1, x, NULL}, b = {3, 1, once, w};
    distest_expfam_family *f = named("gamma", NULL, 0, NULL, 0);
    distest_expfam_terms t, u;
    double th[2], ph[2];
    CHECK(distest_expfam_fit_data(f, NULL, &a, NULL, th, NULL, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &b, NULL, ph, NULL, NULL, NULL, NULL) == 0);
    CHECK_REL(ph[0], th[0], 1e-13);
    CHECK(distest_expfam_terms_data(f, th, &a, 0, &t, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_terms_data(f, ph, &b, 0, &u, NULL, NULL, NULL) == 0);
    CHECK_REL(u.t1, t.t1, 1e-11);
    CHECK_REL(u.se_r1, t.se_r1, 1e-11);
    distest_expfam_family_free(f);
}

static void draws_have_the_means_of_the_family(void)
{
    const struct {
        const char *name;
        double par[3];
        size_t ni, i[2];
    } set[] = {{"gamma", {3, 2}, 0, {0}},
               {"beta", {0.6, 2}, 0, {0}},
               {"inverse_gaussian", {2, 3}, 0, {0}},
               {"gig", {-0.7, 1, 2}, 0, {0}},
               {"von_mises", {1, 3}, 0, {0}},
               {"com_poisson", {4, 1.4}, 0, {0}},
               {"poisson", {45}, 0, {0}},
               {"normal", {1, 4}, 0, {0}},
               {"dirichlet", {1, 2, 3}, 1, {3}},
               {"rayleigh", {2}, 0, {0}}};
    static double x[3 * 20000], xi[3 * 20000];
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        distest_expfam_family *f = named(set[k].name, NULL, 0, set[k].i, set[k].ni);
        distest_rng rng = distest_rng_seed(7 + k);
        double th[4], psi, eta[4], G[16];
        size_t p, d;
        distest_expfam_sizes(f, &p, &d, NULL);
        CHECK(distest_expfam_from_usual(f, set[k].par, th, NULL) == 0);
        CHECK(distest_expfam_psi(f, th, &psi, eta, G, NULL) == 0);
        CHECK(distest_expfam_sample(f, th, 20000, &rng, x, NULL) == 0);
        const distest_sample s = {20000, d, x, NULL};
        CHECK(distest_expfam_stats(f, &s, xi, NULL, NULL) == 0);
        for (size_t a = 0; a < p; a++) {
            double mean = 0;
            for (size_t i = 0; i < 20000; i++) mean += xi[i + a * 20000] / 20000;
            CHECK(fabs(mean - eta[a]) < 4.5 * sqrt(G[a * (p + 1)] / 20000));
        }
        distest_expfam_family_free(f);
    }
}

static void derivatives_agree_with_differences(void)
{
    const struct {
        const char *name;
        double par[4];
        size_t ni, i[4];
    } set[] = {{"gamma", {3, 2}, 0, {0}},
               {"inverse_gaussian", {2, 3}, 0, {0}},
               {"von_mises", {1, 0.5}, 0, {0}},
               {"dirichlet", {0.3, 2, 30}, 1, {3}},
               {"von_mises_fisher", {0.6, 0, 0.8, 2}, 1, {3}},
               {"lognormal", {0.5, 0.7}, 0, {0}},
               {"negative_binomial", {0.3}, 0, {0}},
               {"com_poisson", {4, 1.4}, 0, {0}}};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        const double three = 3;
        distest_expfam_family *f =
            named(set[k].name, &three, k == 6, set[k].i, set[k].ni);
        double th[3], psi, G[9], H[9], S[27], Q[81], Sp[27], Sm[27];
        size_t p;
        distest_expfam_sizes(f, &p, NULL, NULL);
        CHECK(distest_expfam_from_usual(f, set[k].par, th, NULL) == 0);
        CHECK(distest_expfam_cumulants(f, th, S, Q, NULL) == 0);
        for (size_t a = 0; a < p; a++) {
            const double h = 1e-5 * fmax(0.1, fabs(th[a])), t0 = th[a];
            th[a] = t0 + h;
            CHECK(distest_expfam_psi(f, th, &psi, NULL, G, NULL) == 0);
            CHECK(distest_expfam_cumulants(f, th, Sp, NULL, NULL) == 0);
            th[a] = t0 - h;
            CHECK(distest_expfam_psi(f, th, &psi, NULL, H, NULL) == 0);
            CHECK(distest_expfam_cumulants(f, th, Sm, NULL, NULL) == 0);
            th[a] = t0;
            for (size_t i = 0; i < p * p; i++)
                CHECK_NEAR(S[i + a * p * p], (G[i] - H[i]) / (2 * h), 1e-5);
            for (size_t i = 0; i < p * p * p; i++)
                CHECK_NEAR(Q[i + a * p * p * p], (Sp[i] - Sm[i]) / (2 * h), 1e-5);
        }
        distest_expfam_family_free(f);
    }
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_expfam_family *f = NULL;
    const double x[] = {1, -2, 3}, bad[] = {1, NAN, 3}, zero[] = {0, 0},
                 eq[] = {2, 2, 2};
    double th[2] = {77, 78};
    const distest_sample neg = {3, 1, x, NULL}, nan = {3, 1, bad, NULL},
                         null = {2, 1, zero, NULL}, same = {3, 1, eq, NULL};
    CHECK_FAILS(distest_expfam_family_alloc(&f, "gama", NULL, 0, NULL, 0, &ctx),
                DISTEST_EINVAL, &ctx, "name");
    CHECK_FAILS(distest_expfam_family_alloc(&f, "binomial", NULL, 0, NULL, 0, &ctx),
                DISTEST_EINVAL, &ctx, "par");
    CHECK_FAILS(distest_expfam_family_alloc(&f, "mvnormal", zero, 1, NULL, 0, &ctx),
                DISTEST_EINVAL, &ctx, "par");
    const double reversed[] = {1, 0};
    const size_t four = 4;
    CHECK_FAILS(
        distest_expfam_family_alloc(&f, "polynomial", reversed, 2, &four, 1, &ctx),
        DISTEST_EINVAL, &ctx, "par");
    f = named("gamma", NULL, 0, NULL, 0);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &neg, NULL, th, NULL, NULL, NULL, &ctx),
        DISTEST_EDOM, &ctx, "x");
    CHECK(strstr(ctx.message, "row 2") != NULL);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &nan, NULL, th, NULL, NULL, NULL, &ctx),
        DISTEST_EINVAL, &ctx, "x");
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &same, NULL, th, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    const double out[] = {-1, -1};
    double psi = 5;
    CHECK_FAILS(distest_expfam_psi(f, out, &psi, NULL, NULL, &ctx), DISTEST_EDOM, &ctx,
                "theta");
    CHECK(th[0] == 77 && th[1] == 78 && psi == 5);
    distest_expfam_family_free(f);
    f = named("poisson", NULL, 0, NULL, 0);
    CHECK_FAILS(
        distest_expfam_fit_data(f, NULL, &null, NULL, th, NULL, NULL, NULL, &ctx),
        DISTEST_ENOMLE, &ctx, "mean");
    distest_expfam_family_free(f);
}

static int whole_run(distest_context *ctx)
{
    const double unit[2] = {0, 1}, x[] = {0.1, 0.7, 0.3, 0.9, 0.45, 0.5};
    const size_t two = 2;
    const distest_sample s = {6, 1, x, NULL};
    distest_expfam_family *f = NULL;
    distest_expfam_terms t;
    double th[2];
    int status = distest_expfam_family_alloc(&f, "polynomial", unit, 2, &two, 1, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_fit_data(f, NULL, &s, NULL, th, NULL, NULL, NULL, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_terms_data(f, th, &s, 0, &t, NULL, NULL, ctx);
    distest_expfam_family_free(f);
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(whole_run) > 20);
    CHECK(check_cancel(whole_run) > 3);
}

static void threads_do_not_change_bits(void)
{
    static double base[MOST], data[MOST];
    const size_t m = read_table(DIR "nodes_base.csv", 6, NULL, base);
    const size_t n = read_table(DIR "nodes_data.csv", 5, NULL, data);
    distest_expfam_family *f = NULL;
    distest_expfam_terms t[3];
    double th[5];
    const distest_sample s = {n, 5, data, NULL};
    CHECK(distest_expfam_family_nodes(&f, m, 5, base + m, base, 0, NULL) == 0);
    for (int k = 0; k < 3; k++) {
        distest_context ctx = distest_context_default();
        ctx.threads = 1 << k;
        CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, th, NULL, NULL, NULL, &ctx) ==
              0);
        CHECK(distest_expfam_terms_data(f, th, &s, 0, t + k, NULL, NULL, &ctx) == 0);
    }
    CHECK(memcmp(t, t + 1, sizeof *t) == 0 && memcmp(t, t + 2, sizeof *t) == 0);
    distest_expfam_family_free(f);
}

int main(void)
{
    read_fits();
    RUN(univariate_fits_agree_with_the_reference);
    RUN(multivariate_fits_agree_with_the_reference);
    RUN(node_and_table_fits_agree_with_the_reference);
    RUN(data_far_from_the_origin_keep_their_digits);
    RUN(affine_statistics_give_the_same_terms);
    RUN(polynomials_survive_their_interval);
    RUN(rows_repeated_are_frequencies);
    RUN(draws_have_the_means_of_the_family);
    RUN(derivatives_agree_with_differences);
    RUN(bad_input_is_named);
    RUN(memory_and_cancelling);
    RUN(threads_do_not_change_bits);
    return check_report("test_expfam_fit");
}
