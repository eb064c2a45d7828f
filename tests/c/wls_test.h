/* wls_test.h - what the tests of this family share: bases by name, rows of the
 * reference tables. */
#ifndef WLS_TEST_H
#define WLS_TEST_H

#include "check.h"

#include <distest/wls.h>

/* the number after "name": in a row's parameters, or `otherwise` */
static CHECK_UNUSED double number_of(const char *text, const char *name,
                                     double otherwise)
{
    char key[40];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(text, key);
    return at ? strtod(at + strlen(key), NULL) : otherwise;
}

static CHECK_UNUSED size_t list_of(const char *text, const char *name, double *out)
{
    char key[40], *end;
    size_t n = 0;
    snprintf(key, sizeof key, "\"%s\": [", name);
    const char *at = strstr(text, key);
    if (!at) return 0;
    for (at += strlen(key);; at = end + 1) {
        out[n++] = strtod(at, &end);
        if (*end != ',') return n;
    }
}

static CHECK_UNUSED distest_wls_basis *basis_of(const char *type, const char *text,
                                                double degree)
{
    double par[64];
    size_t npar = 0;
    distest_wls_basis *b = NULL;
    distest_context ctx = distest_context_default();
    if (strcmp(type, "jacobi") == 0) {
        par[0] = number_of(text, "shape1", 1), par[1] = number_of(text, "shape2", 1);
        par[2] = number_of(text, "min", 0), par[3] = number_of(text, "max", 1);
        npar = 4;
    } else if (strcmp(type, "hermite") == 0) {
        par[0] = number_of(text, "mean", 0), par[1] = number_of(text, "sd", 1),
        npar = 2;
    } else if (strcmp(type, "laguerre") == 0) {
        par[0] = number_of(text, "shape", 1), par[1] = number_of(text, "rate", 1);
        npar = 2;
    } else if (strcmp(type, "legendre") == 0 && strstr(text, "min")) {
        par[0] = number_of(text, "min", -1), par[1] = number_of(text, "max", 1);
        npar = 2;
    } else if (strcmp(type, "empirical") == 0) {
        npar = list_of(text, "nodes", par);
        npar += list_of(text, "prob", par + npar);
    } else {
        npar = list_of(text, "breaks", par);
    }
    if (strcmp(type, "haar") == 0) degree = 6;
    if (strcmp(type, "empirical") == 0 && degree > 9) degree = 9;
    degree = number_of(text, "degree", degree);
    CHECK(distest_wls_basis_alloc(type, degree, npar, npar ? par : NULL, &b, &ctx) ==
          DISTEST_SUCCESS);
    if (!b) printf("%s %s: %s\n", type, text, ctx.message);
    return b;
}

/* One row: type, parameters as text, numbers after them (NaN where empty). */
typedef struct {
    char type[32], par[512];
    double v[8];
    size_t n;
} row;

static CHECK_UNUSED int read_row(FILE *f, row *r)
{
    static char line[2048];
    if (!fgets(line, sizeof line, f)) return 0;
    char *at = strchr(line, ','), *end;
    memcpy(r->type, line, (size_t)(at - line));
    r->type[at - line] = '\0';
    at++;
    if (*at == '"') {
        end = strstr(++at, "}\"") + 2;
    } else
        end = strchr(at, ',');
    /* doubled quotes become single ones */
    size_t k = 0;
    for (const char *c = at; c < end && k < sizeof r->par - 1; c++)
        if (!(*c == '"' && c[1] == '"')) r->par[k++] = *c;
    r->par[k] = '\0';
    for (r->n = 0; *end == ',' && r->n < 8; r->n++) {
        at = end + 1;
        r->v[r->n] = strtod(at, &end);
        if (end == at) r->v[r->n] = NAN;
    }
    return 1;
}

static CHECK_UNUSED FILE *open_table(const char *name)
{
    char path[200], line[500];
    snprintf(path, sizeof path, "tests/reference/wls/%s", name);
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    if (f && !fgets(line, sizeof line, f)) CHECK(0);
    return f;
}

/* a tensor space of total degree p over d copies of a basis */
static CHECK_UNUSED distest_wls_space *total_degree(const char *type, size_t d,
                                                    double p)
{
    distest_wls_basis *b = basis_of(type, "", p);
    const distest_wls_basis *bases[16];
    distest_wls_set set = distest_wls_set_default();
    distest_wls_space *s = NULL;
    size_t m = 0;
    set.degree = &p;
    for (size_t k = 0; k < d; k++) bases[k] = b;
    CHECK(distest_wls_index_count(&set, d, bases, &m, NULL) == DISTEST_SUCCESS);
    int *idx = malloc(m * d * sizeof *idx);
    CHECK(distest_wls_index_fill(&set, d, bases, m, idx, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_space_tensor(d, bases, m, idx, &s, NULL) == DISTEST_SUCCESS);
    free(idx);
    distest_wls_basis_free(b);
    return s;
}

#endif
