/* r_wls_space.c - weighted least squares, as R calls it: bases, index sets, spaces.
 * Handles are rebuilt per call from R's plain lists. */
#include "r_wls.h"

#include <string.h>

static int make_basis(SEXP b, distest_wls_basis **out, distest_context *ctx)
{
    SEXP par = r_element(b, "par");
    return distest_wls_basis_alloc(r_string(r_element(b, "type")),
                                   Rf_asReal(r_element(b, "degree")),
                                   (size_t)Rf_xlength(par), REAL_RO(par), out, ctx);
}

static void free_bases(distest_wls_basis **b, size_t d)
{
    for (size_t k = 0; k < d; k++) distest_wls_basis_free(b[k]);
}

/* `bases`: room for d pointers, all NULL */
static int make_bases(SEXP list, distest_wls_basis **bases, distest_context *ctx)
{
    const size_t d = (size_t)Rf_xlength(list);
    int status = DISTEST_SUCCESS;
    for (size_t k = 0; k < d && status == DISTEST_SUCCESS; k++)
        status = make_basis(VECTOR_ELT(list, (R_xlen_t)k), &bases[k], ctx);
    return status;
}

distest_wls_basis **r_wls_room(SEXP list)
{
    const size_t d = (size_t)Rf_xlength(list) + 1;
    distest_wls_basis **b = (distest_wls_basis **)(void *)R_alloc(d, sizeof *b);
    memset(b, 0, d * sizeof *b);
    return b;
}

static size_t dimension(SEXP space)
{
    return r_size(r_element(space, "m"));
}

static int make_space(SEXP space, distest_wls_basis **room, distest_wls_space **s,
                      distest_context *ctx)
{
    SEXP prob = r_element(space, "prob");
    if (!Rf_isNull(prob)) /* finite */
        return di_wls_space_view((size_t)Rf_xlength(prob), dimension(space),
                                 REAL_RO(r_element(space, "R")),
                                 r_doubles(r_element(space, "phi")), REAL_RO(prob),
                                 REAL_RO(r_element(space, "leverage")),
                                 r_doubles(r_element(space, "integrals")), s, ctx);
    SEXP basis = r_element(space, "basis"), idx = r_element(space, "indices");
    const size_t d = (size_t)Rf_xlength(basis);
    int status = make_bases(basis, room, ctx);
    if (status == DISTEST_SUCCESS)
        status =
            distest_wls_space_tensor(d, (const distest_wls_basis *const *)room,
                                     (size_t)Rf_nrows(idx), INTEGER_RO(idx), s, ctx);
    free_bases(room, d);
    return status;
}

void r_wls_open(r_wls_call *call, SEXP space, SEXP threads, SEXP progress)
{
    distest_wls_basis **room = r_wls_room(r_element(space, "basis"));
    call->s = NULL;
    r_begin(&call->run, threads, progress);
    call->status = make_space(space, room, &call->s, &call->run.ctx);
}

SEXP r_wls_close(r_wls_call *call, SEXP value)
{
    distest_wls_space_free(call->s);
    return r_end(&call->run, call->status, value);
}

SEXP r_wls_basis(SEXP basis)
{
    r_run run;
    distest_wls_basis *b = NULL;
    double info[3] = {0, 0, 0};
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = make_basis(basis, &b, &run.ctx);
    if (status == DISTEST_SUCCESS) {
        info[0] = (double)distest_wls_basis_size(b);
        distest_wls_basis_support(b, info + 1, info + 2);
    }
    distest_wls_basis_free(b);
    SEXP out = PROTECT(r_vector(3));
    memcpy(REAL(out), info, sizeof info);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_basis_eval(SEXP basis, SEXP x, SEXP deriv)
{
    r_run run;
    distest_wls_basis *b = NULL;
    const size_t n = (size_t)Rf_xlength(x), size = r_size(r_element(basis, "size"));
    const int slope = Rf_asLogical(deriv);
    const char *names[] = {"value", "deriv", ""};
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(n, size));
    if (slope) SET_VECTOR_ELT(out, 1, r_matrix(n, size));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = make_basis(basis, &b, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status =
            distest_wls_basis_eval(b, n, REAL_RO(x), REAL(VECTOR_ELT(out, 0)),
                                   slope ? REAL(VECTOR_ELT(out, 1)) : NULL, &run.ctx);
    distest_wls_basis_free(b);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* which: 0 distribution function, 1 quantile, 2 random points (x: anything of length n)
 */
SEXP r_wls_induced(SEXP basis, SEXP which, SEXP index, SEXP x)
{
    r_run run;
    distest_wls_basis *b = NULL;
    const size_t n = (size_t)Rf_xlength(x), j = r_size(index);
    const int what = Rf_asInteger(which);
    SEXP out = PROTECT(r_vector(n));
    r_begin(&run, R_NilValue, R_NilValue);
    distest_rng rng = r_rng_enter();
    int status = make_basis(basis, &b, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status =
            what == 0
                ? distest_wls_induced_cdf(b, j, n, REAL_RO(x), REAL(out), &run.ctx)
            : what == 1
                ? distest_wls_induced_quantile(b, j, n, REAL_RO(x), REAL(out), &run.ctx)
                : distest_wls_induced_sample(b, j, n, &rng, REAL(out), &run.ctx);
    distest_wls_basis_free(b);
    r_rng_leave();
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_index(SEXP kind, SEXP d, SEXP degree, SEXP weights, SEXP q, SEXP max_order,
                 SEXP bases)
{
    r_run run;
    const size_t dims = r_size(d);
    distest_wls_basis **b = r_wls_room(bases);
    distest_wls_set set = distest_wls_set_default();
    size_t m = 0;
    set.kind = r_string(kind), set.degree = r_doubles(degree);
    set.weights = r_doubles(weights), set.q = Rf_asReal(q);
    set.max_order = r_size(max_order);
    const distest_wls_basis *const *use =
        Rf_isNull(bases) ? NULL : (const distest_wls_basis *const *)b;
    r_begin(&run, R_NilValue, R_NilValue);
    int status = make_bases(bases, b, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_index_count(&set, dims, use, &m, &run.ctx);
    free_bases(b, (size_t)Rf_xlength(bases));
    SEXP out = PROTECT(Rf_allocMatrix(INTSXP, (int)(status ? 0 : m), (int)dims));
    memset(b, 0, ((size_t)Rf_xlength(bases) + 1) * sizeof *b);
    if (status == DISTEST_SUCCESS) status = make_bases(bases, b, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_index_fill(&set, dims, use, m, INTEGER(out), &run.ctx);
    free_bases(b, (size_t)Rf_xlength(bases));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_margin(SEXP idx, SEXP limit)
{
    r_run run;
    const size_t m = (size_t)Rf_nrows(idx), d = (size_t)Rf_ncols(idx);
    size_t n = 0;
    r_begin(&run, R_NilValue, R_NilValue);
    int status =
        distest_wls_margin(d, m, INTEGER_RO(idx), r_ints(limit), &n, NULL, &run.ctx);
    SEXP out = PROTECT(Rf_allocMatrix(INTSXP, (int)n, (int)d));
    if (status == DISTEST_SUCCESS)
        status = distest_wls_margin(d, m, INTEGER_RO(idx), r_ints(limit), &n,
                                    INTEGER(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_finite(SEXP F, SEXP prob, SEXP tol, SEXP threads, SEXP progress)
{
    const char *names[] = {"R", "phi", "leverage", ""};
    r_run run;
    distest_wls_space *s = NULL;
    const size_t N = (size_t)Rf_nrows(F), m = (size_t)Rf_ncols(F);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(m, m));
    SET_VECTOR_ELT(out, 1, r_matrix(m, N));
    SET_VECTOR_ELT(out, 2, r_vector(N));
    r_begin(&run, threads, progress);
    int status = distest_wls_space_finite(N, m, REAL_RO(F), r_doubles(prob),
                                          Rf_asReal(tol), &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_space_finite_parts(s, REAL(VECTOR_ELT(out, 0)),
                                                REAL(VECTOR_ELT(out, 1)), &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_inclusion(s, REAL(VECTOR_ELT(out, 2)), &run.ctx);
    distest_wls_space_free(s);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_features(SEXP space, SEXP x, SEXP normalize, SEXP logk, SEXP deriv,
                    SEXP threads)
{
    const char *names[] = {"phi", "logk", "grad", ""};
    r_wls_call call;
    const size_t n = (size_t)Rf_nrows(x), m = dimension(space), d = (size_t)Rf_ncols(x);
    const int logs = Rf_asInteger(logk), slope = Rf_asLogical(deriv);
    const int only = logs == 2;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    if (!only) SET_VECTOR_ELT(out, 0, r_matrix(n, m));
    if (logs) SET_VECTOR_ELT(out, 1, r_vector(n));
    if (slope) SET_VECTOR_ELT(out, 2, r_vector(n * m * d));
    r_wls_open(&call, space, threads, R_NilValue);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_features(
            call.s, n, REAL_RO(x), Rf_asLogical(normalize),
            only ? NULL : REAL(VECTOR_ELT(out, 0)),
            logs ? REAL(VECTOR_ELT(out, 1)) : NULL,
            slope ? REAL(VECTOR_ELT(out, 2)) : NULL, &call.run.ctx);
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_outside(SEXP space, SEXP x)
{
    r_wls_call call;
    SEXP out = PROTECT(Rf_allocVector(INTSXP, Rf_nrows(x)));
    r_wls_open(&call, space, R_NilValue, R_NilValue);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_outside(call.s, (size_t)Rf_nrows(x), REAL_RO(x),
                                          INTEGER(out), &call.run.ctx);
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

/* a finite space whose features come in chunks: phases of one external pointer */
static void free_chunks(SEXP handle)
{
    distest_wls_space_free(R_ExternalPtrAddr(handle));
    R_ClearExternalPtr(handle);
}

SEXP r_wls_chunks(SEXP N, SEXP m, SEXP prob)
{
    r_run run;
    distest_wls_space *s = NULL;
    SEXP out = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
    R_RegisterCFinalizer(out, free_chunks);
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_space_chunks(r_size(N), r_size(m), r_doubles(prob), &s, &run.ctx);
    R_SetExternalPtrAddr(out, s);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_chunk(SEXP handle, SEXP first, SEXP F)
{
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_space_chunk(R_ExternalPtrAddr(handle), (size_t)Rf_nrows(F),
                                r_size(first), REAL_RO(F), &run.ctx);
    return r_end(&run, status, R_NilValue);
}

/* ends a pass; after the second: list(R, leverage, integrals) */
SEXP r_wls_ready(SEXP handle, SEXP tol)
{
    const char *names[] = {"R", "leverage", "integrals", ""};
    r_run run;
    distest_wls_space *s = R_ExternalPtrAddr(handle);
    size_t m = 0, d = 0, N = 0;
    if (s) distest_wls_space_size(s, &m, &d, &N);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(m, m));
    SET_VECTOR_ELT(out, 1, r_vector(N));
    SET_VECTOR_ELT(out, 2, r_vector(m));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = distest_wls_space_ready(s, Rf_asReal(tol), &run.ctx);
    if (status == DISTEST_SUCCESS && !s->pass) {
        status =
            distest_wls_space_finite_parts(s, REAL(VECTOR_ELT(out, 0)), NULL, &run.ctx);
        if (status == DISTEST_SUCCESS)
            status = distest_wls_inclusion(s, REAL(VECTOR_ELT(out, 1)), &run.ctx);
        if (status == DISTEST_SUCCESS)
            status = distest_wls_integrals(s, REAL(VECTOR_ELT(out, 2)), &run.ctx);
    }
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_orthonormalise(SEXP space, SEXP F)
{
    r_wls_call call;
    SEXP out = PROTECT(Rf_duplicate(F));
    r_wls_open(&call, space, R_NilValue, R_NilValue);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_orthonormalise(call.s, (size_t)Rf_nrows(F), REAL(out),
                                                 &call.run.ctx);
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}
