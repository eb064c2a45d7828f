/* r_surv_sums.c - sums of the survival likelihood as R holds them: raw vectors. */
#include "r.h"

#include <string.h>

/* raw(0), to be made before the library holds memory; pack() asks for as much as it
 * takes. */
static SEXP raw_call(void)
{
    SEXP size = PROTECT(Rf_ScalarReal(0));
    SEXP call = Rf_lang2(Rf_install("raw"), size);
    UNPROTECT(1);
    return call;
}

static SEXP pack(const distest_surv_sums *sums, SEXP call, int *status, r_run *run)
{
    REAL(CADR(call))[0] = (double)distest_surv_sums_size(sums);
    SEXP bytes = r_eval(run, call);
    if (!bytes) {
        *status = DISTEST_ECANCEL;
        return R_NilValue;
    }
    PROTECT(bytes);
    *status = distest_surv_sums_pack(sums, RAW(bytes), &run->ctx);
    UNPROTECT(1);
    return bytes;
}

static int unpack(SEXP bytes, distest_surv_sums **sums, distest_context *ctx)
{
    return distest_surv_sums_unpack((size_t)Rf_xlength(bytes), RAW_RO(bytes), sums,
                                    ctx);
}

/* what: c(kernel, deriv) */
SEXP r_surv_partial(SEXP rows, SEXP par, SEXP set, SEXP coef, SEXP what, SEXP segment,
                    SEXP first, SEXP threads, SEXP progress)
{
    const distest_surv_data data = r_surv_data(rows, par, set);
    distest_surv_sums *sums = NULL;
    r_run run;
    SEXP out = R_NilValue, call = PROTECT(raw_call());
    r_begin(&run, threads, progress);
    int status = distest_surv_sums_alloc(&sums, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_surv_eval(&data, REAL_RO(coef), INTEGER_RO(what)[0],
                                   INTEGER_RO(what)[1], r_string(segment),
                                   r_size(first), sums, &run.ctx);
    if (status == DISTEST_SUCCESS) out = pack(sums, call, &status, &run);
    distest_surv_sums_free(sums);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_surv_merge(SEXP parts)
{
    distest_surv_sums *sums = NULL, *one = NULL;
    r_run run;
    SEXP out = R_NilValue, call = PROTECT(raw_call());
    r_begin(&run, R_NilValue, R_NilValue);
    int status = distest_surv_sums_alloc(&sums, &run.ctx);
    for (R_xlen_t i = 0; status == DISTEST_SUCCESS && i < Rf_xlength(parts); i++) {
        status = unpack(VECTOR_ELT(parts, i), &one, &run.ctx);
        if (status != DISTEST_SUCCESS) break;
        status = distest_surv_sums_add(sums, one, &run.ctx);
        distest_surv_sums_free(one);
        one = NULL;
    }
    if (status == DISTEST_SUCCESS) out = pack(sums, call, &status, &run);
    distest_surv_sums_free(sums);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* What sums say: list(P, deriv, n, weight, exact, events, loglik, min, max, score,
 * hessian, middle). */
SEXP r_surv_sums(SEXP bytes)
{
    const char *names[] = {"P",       "deriv",  "n",        "weight",   "exact",
                           "events",  "loglik", "min_time", "max_time", "score",
                           "hessian", "middle", ""};
    distest_surv_sums *sums = NULL;
    distest_surv_sums_info info;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = unpack(bytes, &sums, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_surv_sums_get(sums, &info, NULL, NULL, NULL, &run.ctx);
    distest_surv_sums_free(sums); /* R allocates between the two */
    sums = NULL;
    if (status == DISTEST_SUCCESS) {
        const double values[] = {(double)info.P, info.deriv,    info.n,
                                 info.weight,    info.exact,    info.events,
                                 info.loglik,    info.min_time, info.max_time};
        for (int i = 0; i < 9; i++) SET_VECTOR_ELT(out, i, Rf_ScalarReal(values[i]));
        SET_VECTOR_ELT(out, 9, r_vector(info.P));
        SET_VECTOR_ELT(out, 10, r_matrix(info.P, info.P));
        SET_VECTOR_ELT(out, 11, r_matrix(info.P, info.P));
        status = unpack(bytes, &sums, &run.ctx);
        if (status == DISTEST_SUCCESS)
            status = distest_surv_sums_get(sums, &info, REAL(VECTOR_ELT(out, 9)),
                                           REAL(VECTOR_ELT(out, 10)),
                                           REAL(VECTOR_ELT(out, 11)), &run.ctx);
        for (int d = info.deriv; d < 3; d++) SET_VECTOR_ELT(out, 9 + d, R_NilValue);
    }
    distest_surv_sums_free(sums);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

typedef struct {
    r_run *run;
    SEXP evaluate; /* function(coef, kernel, deriv) -> raw vector */
    size_t P;
} caller;

static int evaluate(const double *coef, int kernel, int deriv, distest_surv_sums *sums,
                    void *data)
{
    const caller *c = data;
    distest_surv_sums *got = NULL;
    SEXP theta = PROTECT(r_vector(c->P));
    memcpy(REAL(theta), coef, c->P * sizeof(double));
    SEXP k = PROTECT(Rf_ScalarInteger(kernel)), d = PROTECT(Rf_ScalarInteger(deriv));
    SEXP call = PROTECT(Rf_lang4(c->evaluate, theta, k, d));
    SEXP bytes = r_eval(c->run, call);
    UNPROTECT(4);
    if (!bytes) return DISTEST_ECANCEL;
    PROTECT(bytes);
    int status = unpack(bytes, &got, &c->run->ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_surv_sums_add(sums, got, &c->run->ctx);
    distest_surv_sums_free(got);
    UNPROTECT(1);
    return status;
}

/* layout: list(p, value, intercept, phi_form, kernel, time_scale) */
SEXP r_surv_fit_sums(SEXP layout, SEXP function, SEXP control, SEXP start, SEXP robust,
                     SEXP progress)
{
    const char *names[] = {"coef", "vcov", "robust", "info", ""};
    distest_surv_layout l = distest_surv_layout_default();
    const distest_surv_opts opts = r_surv_opts(control, start);
    distest_surv_info info;
    size_t P = 0;
    r_run run;
    for (int j = 0; j < 4; j++) {
        l.p[j] = (size_t)REAL_RO(r_element(layout, "p"))[j];
        l.value[j] = REAL_RO(r_element(layout, "value"))[j];
        l.intercept[j] = (size_t)REAL_RO(r_element(layout, "intercept"))[j];
        P += l.p[j];
    }
    l.phi_form = Rf_asInteger(r_element(layout, "phi_form"));
    l.kernel = Rf_asInteger(r_element(layout, "kernel"));
    l.time_scale = Rf_asReal(r_element(layout, "time_scale"));
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(P));
    SET_VECTOR_ELT(out, 1, r_matrix(P, P));
    if (Rf_asLogical(robust)) SET_VECTOR_ELT(out, 2, r_matrix(P, P));
    r_begin(&run, R_NilValue, progress);
    caller c = {&run, function, P};
    const int status = distest_surv_fit_sums(
        &l, evaluate, &c, &opts, REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)),
        Rf_asLogical(robust) ? REAL(VECTOR_ELT(out, 2)) : NULL, &info, &run.ctx);
    if (status == DISTEST_SUCCESS) SET_VECTOR_ELT(out, 3, r_surv_info(&info));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
