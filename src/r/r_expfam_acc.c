/* r_expfam_acc.c - sums of statistics as raw vectors, and the bootstrap. */
#include "r.h"

#include <string.h>

/* room for the packed form: what is there already and what so many rows may add */
static size_t bound(size_t had, size_t p, size_t rows)
{
    const size_t len = 2 + p + p * (p + 1) / 2 + p * (p + 1) * (p + 2) / 6;
    size_t nodes = 3, blocks = rows / 4096 + 1;
    for (; blocks > 1; blocks /= 2) nodes += 2;
    return had + 8192 + nodes * (64 + 8 * len);
}

/* the end of a call: acc, which is given back, packed into `raw`, whose protection
 * ends here; or the failure */
static SEXP packed(r_run *run, int status, distest_expfam_acc *acc, SEXP raw)
{
    const size_t room = (size_t)Rf_xlength(raw);
    size_t size = room;
    if (status == DISTEST_SUCCESS) {
        size = distest_expfam_acc_packed_size(acc);
        if (size <= room)
            distest_expfam_acc_pack(acc, RAW(raw));
        else
            status = DISTEST_EINTERNAL;
    }
    distest_expfam_acc_free(acc);
    if (size < room) raw = Rf_xlengthgets(raw, (R_xlen_t)size);
    PROTECT(raw);
    SEXP out = r_end(run, status, raw);
    UNPROTECT(2);
    return out;
}

/* n rows of statistics added to `bytes` (or NULL); x: n x p */
SEXP r_expfam_acc_add(SEXP order, SEXP segment, SEXP first, SEXP x, SEXP weights,
                      SEXP logbase, SEXP threads, SEXP progress)
{
    const size_t n = (size_t)Rf_nrows(x), p = (size_t)Rf_ncols(x);
    const char *name = r_string(segment);
    const size_t room = bound(name ? strlen(name) : 0, p, n);
    distest_expfam_acc *acc = NULL;
    r_run run;
    SEXP out = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)room));
    r_begin(&run, threads, progress);
    int status = distest_expfam_acc_alloc(&acc, p, Rf_asInteger(order), &run.ctx);
    if (status == DISTEST_SUCCESS)
        status =
            distest_expfam_acc_add(acc, name, (uint64_t)Rf_asReal(first), n, REAL_RO(x),
                                   r_doubles(weights), r_doubles(logbase), &run.ctx);
    return packed(&run, status, acc, out);
}

SEXP r_expfam_acc_merge(SEXP parts, SEXP p, SEXP order)
{
    distest_expfam_acc *acc = NULL, *next = NULL;
    size_t room = 0;
    r_run run;
    for (R_xlen_t i = 0; i < Rf_xlength(parts); i++)
        room += (size_t)Rf_xlength(VECTOR_ELT(parts, i));
    SEXP out = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)room));
    r_begin(&run, R_NilValue, R_NilValue);
    int status =
        distest_expfam_acc_alloc(&acc, r_size(p), Rf_asInteger(order), &run.ctx);
    for (R_xlen_t i = 0; i < Rf_xlength(parts) && status == DISTEST_SUCCESS; i++) {
        SEXP part = VECTOR_ELT(parts, i);
        status =
            distest_expfam_acc_unpack(&next, r_size(p), Rf_asInteger(order),
                                      (size_t)Rf_xlength(part), RAW(part), &run.ctx);
        if (status == DISTEST_SUCCESS)
            status = distest_expfam_acc_merge(acc, next, &run.ctx);
        distest_expfam_acc_free(next);
        next = NULL;
    }
    return packed(&run, status, acc, out);
}

SEXP r_expfam_acc_get(SEXP bytes, SEXP size, SEXP order)
{
    const char *names[] = {"n", "mean", "cov", "third", "base", ""};
    const size_t p = r_size(size);
    const int k = Rf_asInteger(order);
    distest_expfam_acc *acc = NULL;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(1));
    SET_VECTOR_ELT(out, 1, r_vector(p));
    if (k > 1) SET_VECTOR_ELT(out, 2, r_matrix(p, p));
    if (k > 2) SET_VECTOR_ELT(out, 3, r_vector(p * (p + 1) * (p + 2) / 6));
    SET_VECTOR_ELT(out, 4, r_vector(1));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = distest_expfam_acc_unpack(&acc, p, k, (size_t)Rf_xlength(bytes),
                                           RAW(bytes), &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_acc_get(acc, REAL(VECTOR_ELT(out, 0)),
                                        REAL(VECTOR_ELT(out, 1)),
                                        k > 1 ? REAL(VECTOR_ELT(out, 2)) : NULL,
                                        k > 2 ? REAL(VECTOR_ELT(out, 3)) : NULL,
                                        REAL(VECTOR_ELT(out, 4)), &run.ctx);
    distest_expfam_acc_free(acc);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_terms_moments(SEXP family, SEXP theta, SEXP cov, SEXP third)
{
    const char *names[] = {"terms", "spectrum", ""};
    const char *inner[] = {"trace", "T1",   "T2",    "T3", "rho13",
                           "rho23", "rho4", "se_r1", ""};
    distest_expfam_family *f = NULL;
    distest_expfam_terms t;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, Rf_mkNamed(VECSXP, inner));
    SET_VECTOR_ELT(out, 1, r_vector((size_t)Rf_xlength(theta)));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_terms_moments(f, REAL_RO(theta), REAL_RO(cov),
                                              r_doubles(third), &t,
                                              REAL(VECTOR_ELT(out, 1)), &run.ctx);
    distest_expfam_family_free(f);
    if (status == DISTEST_SUCCESS) {
        const double values[] = {t.trace, t.t1,    t.t2,   t.t3,
                                 t.rho13, t.rho23, t.rho4, NA_REAL};
        for (int i = 0; i < 8; i++)
            SET_VECTOR_ELT(VECTOR_ELT(out, 0), i, Rf_ScalarReal(values[i]));
    }
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* set: parametric, first, B, seed */
SEXP r_expfam_bootstrap(SEXP family, SEXP theta, SEXP x, SEXP weights, SEXP set,
                        SEXP threads, SEXP progress)
{
    const char *names[] = {"theta", "kl", "n_failed", ""};
    const distest_sample sample = r_sample(x, weights);
    const size_t B = r_size(r_element(set, "B")), p = (size_t)Rf_xlength(theta);
    distest_rng rng = distest_rng_seed((uint64_t)Rf_asReal(r_element(set, "seed")));
    distest_expfam_family *f = NULL;
    size_t failed = 0;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(p, B));
    SET_VECTOR_ELT(out, 1, r_vector(B));
    SET_VECTOR_ELT(out, 2, r_vector(1));
    r_begin(&run, threads, progress);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_bootstrap(
            f, REAL_RO(theta), &sample, Rf_asLogical(r_element(set, "parametric")),
            (uint64_t)Rf_asReal(r_element(set, "first")), B, &rng,
            REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)), &failed, &run.ctx);
    distest_expfam_family_free(f);
    REAL(VECTOR_ELT(out, 2))[0] = (double)failed;
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
