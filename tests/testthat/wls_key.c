/* wls_key.c - a design of distest from C under a given key; test-wls-key.R compiles it
 * against the installed headers. */
#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>
#include <distest.h>
#include <distest_stubs.c>
#include <stdlib.h>

SEXP client_design(SEXP key, SEXP method, SEXP degree, SEXP size, SEXP delta);

/* n points, with their weights, in two Legendre coordinates up to a total degree */
SEXP client_design(SEXP key, SEXP method, SEXP degree, SEXP size, SEXP delta)
{
    distest_stubs_load();
    const size_t n = (size_t)Rf_asInteger(size);
    const double p = Rf_asReal(degree);
    distest_wls_key given = {strtoull(CHAR(STRING_ELT(key, 0)), NULL, 16), 0};
    distest_rng rng = distest_wls_rng(&given);
    distest_wls_basis *b = NULL;
    distest_wls_space *s = NULL;
    distest_wls_set set = distest_wls_set_default();
    distest_wls_opts opts = distest_wls_opts_default();
    distest_context ctx = distest_context_default();
    size_t m = 0;
    SEXP out = PROTECT(Rf_allocMatrix(REALSXP, (int)n, 3));
    opts.method = CHAR(STRING_ELT(method, 0)), opts.delta = Rf_asReal(delta);
    set.degree = &p;
    int status = distest_wls_basis_alloc("legendre", p, 0, NULL, &b, &ctx);
    const distest_wls_basis *bases[] = {b, b};
    if (status == DISTEST_SUCCESS)
        status = distest_wls_index_count(&set, 2, bases, &m, &ctx);
    int *idx = (int *)(void *)R_alloc(2 * m + 1, sizeof *idx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_index_fill(&set, 2, bases, m, idx, &ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_space_tensor(2, bases, m, idx, &s, &ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_sample(s, &opts, n, &rng, REAL(out), NULL,
                                    REAL(out) + 2 * n, NULL, &ctx);
    distest_wls_space_free(s);
    distest_wls_basis_free(b);
    if (status != DISTEST_SUCCESS) Rf_error("%s", ctx.message);
    UNPROTECT(1);
    return out;
}
