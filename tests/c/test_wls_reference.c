/* test_wls_reference.c - complete fits, constants, kernels, pruning and linear
 * statistics against files computed with 50 digits, through the C interface. */
#include "wls_test.h"

/* ---- just enough of JSON: where a value begins, numbers in nested lists -----------
 */

static char *text_of(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "tests/reference/wls/%s", name);
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    if (!f) return NULL;
    char *text = calloc(1, 40000);
    CHECK(fread(text, 1, 39999, f) > 0);
    fclose(f);
    return text;
}

/* past the value that begins at `at` */
static const char *skip(const char *at)
{
    int depth = 0, quoted = 0;
    for (; *at; at++) {
        if (*at == '"') quoted = !quoted;
        if (quoted) continue;
        if (*at == '[' || *at == '{') depth++;
        if (*at == ']' || *at == '}') {
            if (depth == 0) return at;
            if (--depth == 0) return at + 1;
        }
        if (*at == ',' && depth == 0) return at;
    }
    return at;
}

/* the value of a key of the object that begins at `at`, or NULL */
static const char *member(const char *at, const char *key)
{
    char quoted[60];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    if (*at != '{') return NULL;
    for (at++; *at && *at != '}';) {
        while (*at == ' ' || *at == ',' || *at == '\n') at++;
        if (*at == '}') return NULL;
        const char *colon = strchr(at, ':');
        if (!colon) return NULL;
        const char *value = colon + 1;
        while (*value == ' ' || *value == '\n') value++;
        if (strncmp(at, quoted, strlen(quoted)) == 0) return value;
        at = skip(value);
    }
    return NULL;
}

/* all numbers of a value, in the order they stand; at most `most` */
static size_t numbers(const char *at, double *out, size_t most)
{
    size_t n = 0;
    if (!at) return 0;
    const char *end = skip(at);
    while (at < end && n < most) {
        char *next;
        if ((*at >= '0' && *at <= '9') || *at == '-') {
            out[n++] = strtod(at, &next);
            at = next;
        } else if (*at == '"') {
            at = strchr(at + 1, '"') + 1;
        } else
            at++;
    }
    return n;
}

static double number(const char *object, const char *key)
{
    double x = NAN;
    numbers(member(object, key), &x, 1);
    return x;
}

/* element by element of a list: the first, the next, NULL at the end */
static const char *element(const char *at)
{
    while (*at == '[' || *at == ' ' || *at == ',' || *at == '\n') at++;
    return *at == ']' || !*at ? NULL : at;
}

static const char *next_element(const char *at)
{
    at = skip(at);
    while (*at == ',' || *at == ' ' || *at == '\n') at++;
    return *at == ']' || !*at ? NULL : at;
}

static distest_wls_basis *basis_at(const char *object)
{
    char type[32] = "", par[512] = "";
    const char *t = member(object, "type");
    sscanf(t + 1, "%31[a-z]", type);
    const size_t length = (size_t)(skip(object) - object);
    memcpy(par, object, length < 511 ? length : 511);
    return basis_of(type, par, 10);
}

/* rows x cols as JSON has them, to columns */
static void to_columns(size_t rows, size_t cols, const double *in, double *out)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) out[i + j * rows] = in[i * cols + j];
}

static distest_wls_space *space_at(const char *object, size_t *m, size_t *d)
{
    distest_wls_basis *b[8];
    distest_wls_space *s = NULL;
    static double flat[4000];
    static int idx[4000];
    *d = 0;
    for (const char *e = element(member(object, "basis")); e; e = next_element(e))
        b[(*d)++] = basis_at(e);
    *m = numbers(member(object, "indices"), flat, 4000) / *d;
    for (size_t i = 0; i < *m; i++)
        for (size_t k = 0; k < *d; k++) idx[i + k * *m] = (int)flat[i * *d + k];
    CHECK(distest_wls_space_tensor(*d, (const distest_wls_basis *const *)b, *m, idx, &s,
                                   NULL) == DISTEST_SUCCESS);
    for (size_t k = 0; k < *d; k++) distest_wls_basis_free(b[k]);
    return s;
}

/* ---- the claims --------------------------------------------------------------------
 */

enum { MOST = 12000 };
static double in[MOST], P[MOST], x[MOST], w[MOST], Y[MOST], coef[MOST], h[MOST],
    fitted[MOST], V[MOST], res[MOST];

static void one_fit(const char *fit)
{
    size_t m, d, n;
    distest_wls_diag g;
    distest_wls_space *s = space_at(fit, &m, &d);
    n = numbers(member(fit, "weights"), w, MOST);
    const size_t q = numbers(member(fit, "y"), in, MOST) / n;
    to_columns(n, q, in, Y);
    CHECK(numbers(member(fit, "points"), in, MOST) == n * d);
    to_columns(n, d, in, x);
    CHECK(distest_wls_features(s, n, x, 0, P, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_fit(n, m, q, P, w, Y, 1e-12, coef, &g, h, fitted, NULL) ==
          DISTEST_SUCCESS);
    CHECK(numbers(member(fit, "coef"), in, MOST) == m * q);
    for (size_t j = 0; j < m; j++)
        for (size_t k = 0; k < q; k++)
            CHECK_NEAR(coef[j + k * m], in[j + k * m], 1e-10);
    CHECK_REL(g.lambda_min, number(fit, "lambda_min"), 1e-10);
    CHECK_REL(g.lambda_max, number(fit, "lambda_max"), 1e-10);
    CHECK_REL(g.cond, number(fit, "cond"), 1e-10);
    CHECK_NEAR(g.delta, number(fit, "delta"), 1e-10);
    CHECK(numbers(member(fit, "leverage"), in, MOST) == n);
    for (size_t i = 0; i < n; i++) CHECK_NEAR(h[i], in[i], 1e-10);
    for (size_t i = 0; i < n * q; i++) res[i] = Y[i] - fitted[i];
    double loo[4], corrected[4], q2[4], want[3][4];
    CHECK(distest_wls_loo(n, m, q, w, res, h, Y, g.trace, loo, corrected, q2, NULL) ==
          DISTEST_SUCCESS);
    numbers(member(fit, "loo"), want[0], 4);
    numbers(member(fit, "loo_corrected"), want[1], 4);
    numbers(member(fit, "q2"), want[2], 4);
    for (size_t k = 0; k < q; k++) {
        CHECK_REL(loo[k], want[0][k], 1e-10);
        CHECK_REL(corrected[k], want[1][k], 1e-10);
        CHECK_NEAR(q2[k], want[2][k], 1e-10);
    }
    const char *types[] = {"noise", "HC3", "lm"};
    const char *keys[] = {"vcov_noise_diag", "vcov_hc3_diag", "vcov_lm_diag"};
    for (int t = 0; t < 3; t++) {
        if (!numbers(member(fit, keys[t]), in, MOST)) continue;
        CHECK(distest_wls_vcov(n, m, 1, P, w, res, types[t], NAN, V, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (size_t j = 0; j < m; j++) CHECK_REL(V[j + j * m], in[j], 1e-7);
    }
    for (const char *p = element(member(fit, "predict")); p; p = next_element(p)) {
        double at[8], value[4], got[4], slope[16], grad[16], se[4];
        numbers(member(p, "x"), at, 8);
        numbers(member(p, "value"), value, 4);
        CHECK(distest_wls_vcov(n, m, q, P, w, res, "noise", NAN, V, NULL, NULL) ==
              DISTEST_SUCCESS);
        CHECK(distest_wls_predict(s, q, coef, V, 1, at, got, se, grad, NULL) ==
              DISTEST_SUCCESS);
        for (size_t k = 0; k < q; k++) CHECK_NEAR(got[k], value[k], 1e-10);
        if (numbers(member(p, "gradient"), slope, 16) == d && q == 1)
            for (size_t k = 0; k < d; k++) CHECK_NEAR(grad[k], slope[k], 1e-10);
        if (member(p, "se_noise")) CHECK_REL(se[0], number(p, "se_noise"), 1e-7);
    }
    if (numbers(member(fit, "quadrature_weights"), in, MOST)) {
        double e[400];
        CHECK(distest_wls_integrals(s, e, NULL) == DISTEST_SUCCESS);
        CHECK(distest_wls_quadrature(n, m, P, w, e, V, NULL) == DISTEST_SUCCESS);
        for (size_t i = 0; i < n; i++) CHECK_NEAR(V[i], in[i], 1e-10);
    }
    distest_wls_space_free(s);
}

static void complete_fits(void)
{
    char *text = text_of("fit_cases.json");
    size_t fits = 0;
    const char *first = text && *text == '{' ? text + 1 : text;
    if (text && *text == '{') { /* named cases */
        while ((first = strchr(first, '"')) != NULL) {
            first = strchr(first, ':') + 1;
            while (*first == ' ') first++;
            one_fit(first);
            fits++;
            first = skip(first);
        }
    } else {
        for (const char *c = element(first); c; c = next_element(c), fits++) one_fit(c);
    }
    CHECK(fits == 4);
    free(text);
}

static void constants_and_plans(void)
{
    char *text = text_of("certificates.json");
    size_t seen = 0;
    for (const char *r = element(member(text, "iid")); r; r = next_element(r), seen++) {
        double n = 0;
        const double delta = number(r, "delta"), eta = number(r, "eta");
        const size_t m = (size_t)number(r, "m");
        CHECK(distest_wls_plan((double)m, m, delta, eta, "lambda_min", &n, NULL) ==
              DISTEST_SUCCESS);
        CHECK(n == number(r, "n_lower"));
        CHECK(distest_wls_plan((double)m, m, delta, eta, "gram", &n, NULL) ==
              DISTEST_SUCCESS);
        CHECK(n == number(r, "n_two_sided"));
    }
    for (const char *r = element(member(text, "volume_expectation")); r;
         r = next_element(r), seen++) {
        double c = 0;
        CHECK(distest_wls_constant((size_t)number(r, "n"), (size_t)number(r, "m"),
                                   "volume", &c, NULL) == DISTEST_SUCCESS);
        CHECK_REL(c, number(r, "constant"), 1e-8);
    }
    CHECK(seen > 10);
    free(text);
}

static void kernel_of_the_finite_dpp(void)
{
    char *text = text_of("finite_dpp.json");
    enum { N = 8, m = 3 };
    double F[N * m], prob[N], phi[N * m], lev[N], total = 0, K[N * N];
    distest_wls_space *s = NULL;
    CHECK(numbers(member(text, "features"), in, MOST) == N * m);
    to_columns(N, m, in, F);
    CHECK(numbers(member(text, "prob"), prob, N) == N);
    for (int i = 0; i < N; i++) total += prob[i];
    CHECK(distest_wls_space_finite(N, m, F, prob, 1e-10, &s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_space_finite_parts(s, NULL, phi, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_inclusion(s, lev, NULL) == DISTEST_SUCCESS);
    CHECK(numbers(member(text, "kernel"), in, MOST) == N * N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            K[i + j * N] = 0;
            for (int l = 0; l < m; l++)
                K[i + j * N] +=
                    sqrt(prob[i] * prob[j]) / total * phi[l + i * m] * phi[l + j * m];
            CHECK_NEAR(K[i + j * N], in[i * N + j], 1e-12);
        }
    CHECK(numbers(member(text, "inclusion"), in, MOST) == N);
    for (int i = 0; i < N; i++) CHECK_NEAR(lev[i], in[i], 1e-12);
    size_t subsets = 0;
    for (const char *c = element(member(text, "dpp_subsets")); c;
         c = next_element(c), subsets++) {
        double a[3];
        CHECK(numbers(member(c, "subset"), a, 3) == 3);
        const int i = (int)a[0] - 1, j = (int)a[1] - 1, l = (int)a[2] - 1;
        const double det =
            K[i + i * N] * (K[j + j * N] * K[l + l * N] - K[j + l * N] * K[j + l * N]) -
            K[i + j * N] * (K[i + j * N] * K[l + l * N] - K[j + l * N] * K[i + l * N]) +
            K[i + l * N] * (K[i + j * N] * K[j + l * N] - K[j + j * N] * K[i + l * N]);
        CHECK_NEAR(det, number(c, "prob"), 1e-12);
    }
    CHECK(subsets == 56);
    distest_wls_space_free(s);
    free(text);
}

static void greedy_removals(void)
{
    char *text = text_of("greedy.json"), type[32] = "";
    const char *criteria[] = {"gram", "lambda_min"};
    enum { n = 20, m = 5 };
    double k[n], value[n];
    size_t kept = 0, order[n];
    sscanf(member(text, "basis") + 1, "%31[a-z]", type);
    distest_wls_space *s = total_degree(type, 1, m - 1);
    CHECK(numbers(member(text, "points"), x, n + 1) == n);
    CHECK(distest_wls_features(s, n, x, 1, P, k, NULL, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < n * m; i++) P[i] *= sqrt(m); /* sqrt(m / k) phi */
    for (int c = 0; c < 2; c++) {
        const char *want = member(text, criteria[c]);
        size_t step = 0;
        CHECK(distest_wls_prune(n, m, P, criteria[c], number(text, "delta"), m, &kept,
                                order, value, NULL) == DISTEST_SUCCESS);
        for (const char *e = element(member(want, "steps")); e;
             e = next_element(e), step++) {
            CHECK(order[kept + step] + 1 == (size_t)number(e, "removed"));
            CHECK_NEAR(value[step], number(e, "value"), 1e-9);
        }
        CHECK(step == n - kept);
    }
    distest_wls_space_free(s);
    free(text);
}

/* sigma_m of 1/(1 + 5 x^2), m = 11, from the fit on a fine design: the best error */
static void best_errors(void)
{
    FILE *f = open_table("best_errors.csv");
    char line[400];
    int seen = 0;
    while (f && fgets(line, sizeof line, f)) seen++;
    if (f) fclose(f);
    CHECK(seen > 10);
    distest_wls_space *s = total_degree("legendre", 1, 10);
    enum { n = 4000, m = 11 };
    double best = 0, c[m] = {0}, p[m];
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < n; i++) { /* midpoints in the angle */
            const double a = acos(-1) * (i + 0.5) / n, t = cos(a);
            const double weight = sin(a) * acos(-1) / n / 2, y = 1 / (1 + 5 * t * t);
            double r = y;
            CHECK(distest_wls_features(s, 1, &t, 0, p, NULL, NULL, NULL) ==
                  DISTEST_SUCCESS);
            for (int j = 0; j < m; j++)
                if (pass)
                    r -= c[j] * p[j];
                else
                    c[j] += weight * y * p[j];
            if (pass) best += weight * r * r;
        }
    CHECK_REL(sqrt(best), 3.6834378e-3, 1e-5);
    distest_wls_space_free(s);
}

int main(void)
{
    RUN(complete_fits);
    RUN(constants_and_plans);
    RUN(kernel_of_the_finite_dpp);
    RUN(greedy_removals);
    RUN(best_errors);
    return check_report("wls_reference");
}
