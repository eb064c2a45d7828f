/* r_wls_fit.c - the fit, as R calls it, and what it says; parts that merge. */
#include "r_wls.h"

#include <string.h>

SEXP r_wls_fit(SEXP Phi, SEXP w, SEXP Y, SEXP tol, SEXP threads, SEXP progress)
{
    const char *names[] = {"coef", "diag", "leverage", "fitted", ""};
    r_run run;
    distest_wls_diag diag = {0};
    const size_t n = (size_t)Rf_nrows(Phi), m = (size_t)Rf_ncols(Phi);
    const size_t q = (size_t)Rf_ncols(Y);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(m, q));
    SET_VECTOR_ELT(out, 2, r_vector(n));
    SET_VECTOR_ELT(out, 3, r_matrix(n, q));
    r_begin(&run, threads, progress);
    const int status =
        distest_wls_fit(n, m, q, REAL_RO(Phi), REAL_RO(w), REAL_RO(Y), Rf_asReal(tol),
                        REAL(VECTOR_ELT(out, 0)), &diag, REAL(VECTOR_ELT(out, 2)),
                        REAL(VECTOR_ELT(out, 3)), &run.ctx);
    r_wls_diag(out, 1, &diag);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_loo(SEXP m, SEXP w, SEXP residual, SEXP leverage, SEXP Y, SEXP trace)
{
    const char *names[] = {"loo", "corrected", "q2", ""};
    r_run run;
    const size_t n = (size_t)Rf_nrows(Y), q = (size_t)Rf_ncols(Y);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 3; i++) SET_VECTOR_ELT(out, i, r_vector(q));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_wls_loo(
        n, r_size(m), q, REAL_RO(w), REAL_RO(residual), REAL_RO(leverage), REAL_RO(Y),
        Rf_asReal(trace), REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)),
        REAL(VECTOR_ELT(out, 2)), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_vcov(SEXP Phi, SEXP w, SEXP residual, SEXP type, SEXP sigma)
{
    r_run run;
    const size_t n = (size_t)Rf_nrows(Phi), m = (size_t)Rf_ncols(Phi);
    const size_t q = (size_t)Rf_ncols(residual);
    SEXP out = PROTECT(r_vector(m * m * q));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_vcov(n, m, q, REAL_RO(Phi), REAL_RO(w), REAL_RO(residual),
                         r_string(type), Rf_asReal(sigma), REAL(out), NULL, &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_predict(SEXP space, SEXP coef, SEXP V, SEXP x, SEXP deriv, SEXP threads,
                   SEXP progress)
{
    const char *names[] = {"fit", "se", "grad", ""};
    r_wls_call call;
    const size_t n = (size_t)Rf_nrows(x), d = (size_t)Rf_ncols(x);
    const size_t q = (size_t)Rf_ncols(coef);
    const int errors = !Rf_isNull(V), slope = Rf_asLogical(deriv);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(n, q));
    if (errors) SET_VECTOR_ELT(out, 1, r_matrix(n, q));
    if (slope) SET_VECTOR_ELT(out, 2, r_vector(n * d * q));
    r_wls_open(&call, space, threads, progress);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_predict(
            call.s, q, REAL_RO(coef), r_doubles(V), n, REAL_RO(x),
            REAL(VECTOR_ELT(out, 0)), errors ? REAL(VECTOR_ELT(out, 1)) : NULL,
            slope ? REAL(VECTOR_ELT(out, 2)) : NULL, &call.run.ctx);
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_hessian(SEXP space, SEXP coef, SEXP x, SEXP threads, SEXP progress)
{
    r_wls_call call;
    const size_t n = (size_t)Rf_nrows(x), d = (size_t)Rf_ncols(x);
    const size_t q = (size_t)Rf_ncols(coef);
    SEXP out = PROTECT(r_vector(n * d * d * q));
    r_wls_open(&call, space, threads, progress);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_hessian(call.s, q, REAL_RO(coef), n, REAL_RO(x),
                                          REAL(out), &call.run.ctx);
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_integrals(SEXP space)
{
    r_wls_call call;
    SEXP out = PROTECT(r_vector(r_size(r_element(space, "m"))));
    r_wls_open(&call, space, R_NilValue, R_NilValue);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_integrals(call.s, REAL(out), &call.run.ctx);
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_quadrature(SEXP Phi, SEXP w, SEXP e)
{
    r_run run;
    const size_t n = (size_t)Rf_nrows(Phi), m = (size_t)Rf_ncols(Phi);
    SEXP out = PROTECT(r_vector(n));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_wls_quadrature(n, m, REAL_RO(Phi), REAL_RO(w),
                                              REAL_RO(e), REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* order 2: mean, variance, their errors; 4: and the third and fourth */
SEXP r_wls_moments(SEXP space, SEXP coef, SEXP V, SEXP order, SEXP threads,
                   SEXP progress)
{
    r_wls_call call;
    const int four = Rf_asInteger(order) > 2;
    SEXP out = PROTECT(r_vector(8));
    memset(REAL(out), 0, 8 * sizeof(double));
    distest_rng rng = r_rng_enter();
    double more[6];
    r_wls_open(&call, space, threads, progress);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_moments(call.s, REAL_RO(coef), r_doubles(V),
                                          REAL(out), &call.run.ctx);
    if (call.status == DISTEST_SUCCESS && four) {
        call.status =
            distest_wls_moments4(call.s, REAL_RO(coef), &rng, more, &call.run.ctx);
        memcpy(REAL(out) + 4, more + 2, 4 * sizeof(double));
    }
    r_rng_leave();
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_sobol(SEXP space, SEXP coef, SEXP V, SEXP subset)
{
    const char *names[] = {"index", "se", "total", "se_total", ""};
    r_wls_call call;
    const size_t nsub = (size_t)Rf_nrows(subset), d = (size_t)Rf_ncols(subset);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 4; i++) SET_VECTOR_ELT(out, i, r_vector(i < 2 ? nsub : d));
    r_wls_open(&call, space, R_NilValue, R_NilValue);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_sobol(
            call.s, REAL_RO(coef), r_doubles(V), nsub, INTEGER_RO(subset),
            REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)),
            REAL(VECTOR_ELT(out, 2)), REAL(VECTOR_ELT(out, 3)), &call.run.ctx);
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_dgsm(SEXP space, SEXP coef, SEXP V)
{
    r_wls_call call;
    SEXP basis = r_element(space, "basis");
    const size_t d = (size_t)Rf_xlength(basis) + 1;
    SEXP out = PROTECT(r_matrix(d - 1, 2));
    r_wls_open(&call, space, R_NilValue, R_NilValue);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_dgsm(call.s, REAL_RO(coef), r_doubles(V), REAL(out),
                                       REAL(out) + (d - 1), &call.run.ctx);
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

/* ---- parts that merge ------------------------------------------------------------ */

static int from_bytes(SEXP bytes, SEXP dims, distest_wls_part **part,
                      distest_context *ctx)
{
    return distest_wls_part_unpack((size_t)INTEGER_RO(dims)[0],
                                   (size_t)INTEGER_RO(dims)[1],
                                   (size_t)Rf_xlength(bytes), RAW_RO(bytes), part, ctx);
}

/* the part as a raw vector; frees it */
static SEXP to_bytes(r_run *run, int status, distest_wls_part *part)
{
    const size_t size = status == DISTEST_SUCCESS ? distest_wls_part_size(part) : 0;
    SEXP out = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)size));
    if (status == DISTEST_SUCCESS) distest_wls_part_pack(part, RAW(out));
    distest_wls_part_free(part);
    out = r_end(run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_part(SEXP Phi, SEXP w, SEXP Y, SEXP segment, SEXP first, SEXP threads)
{
    r_run run;
    distest_wls_part *part = NULL;
    const size_t n = (size_t)Rf_nrows(Phi), m = (size_t)Rf_ncols(Phi);
    r_begin(&run, threads, R_NilValue);
    int status = distest_wls_part_alloc(m, (size_t)Rf_ncols(Y), &part, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_part_add(part, r_string(segment), r_size(first), n,
                                      REAL_RO(Phi), r_doubles(w), REAL_RO(Y), &run.ctx);
    return to_bytes(&run, status, part);
}

/* parts: a list of raw vectors */
SEXP r_wls_merge(SEXP parts, SEXP dims)
{
    r_run run;
    distest_wls_part *all = NULL, *one = NULL;
    r_begin(&run, R_NilValue, R_NilValue);
    int status = from_bytes(VECTOR_ELT(parts, 0), dims, &all, &run.ctx);
    for (R_xlen_t i = 1; i < Rf_xlength(parts) && status == DISTEST_SUCCESS; i++) {
        status = from_bytes(VECTOR_ELT(parts, i), dims, &one, &run.ctx);
        if (status == DISTEST_SUCCESS)
            status = distest_wls_part_merge(all, one, &run.ctx);
        distest_wls_part_free(one);
        one = NULL;
    }
    return to_bytes(&run, status, all);
}

SEXP r_wls_finish(SEXP bytes, SEXP dims, SEXP tol)
{
    const char *names[] = {"coef", "diag", "rss", "n", ""};
    r_run run;
    distest_wls_part *part = NULL;
    distest_wls_diag diag = {0};
    const size_t m = (size_t)INTEGER_RO(dims)[0], q = (size_t)INTEGER_RO(dims)[1];
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(m, q));
    SET_VECTOR_ELT(out, 2, r_vector(q));
    SET_VECTOR_ELT(out, 3, r_vector(1));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = from_bytes(bytes, dims, &part, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_part_solve(part, Rf_asReal(tol), REAL(VECTOR_ELT(out, 0)),
                                        &diag, REAL(VECTOR_ELT(out, 2)),
                                        REAL(VECTOR_ELT(out, 3)), &run.ctx);
    distest_wls_part_free(part);
    r_wls_diag(out, 1, &diag);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
