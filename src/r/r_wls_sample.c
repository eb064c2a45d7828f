/* r_wls_sample.c - designs, as R calls them: points, their spectrum, plans. */
#include "r_wls.h"

#include <stdio.h>
#include <string.h>

void r_wls_diag(SEXP out, int at, const distest_wls_diag *d)
{
    SEXP v = PROTECT(Rf_allocVector(REALSXP, 7));
    const double values[] = {d->lambda_min, d->lambda_max, d->cond, d->delta,
                             d->proposals,  d->tries,      d->trace};
    memcpy(REAL(v), values, sizeof values);
    SET_VECTOR_ELT(out, at, v);
    UNPROTECT(1);
}

distest_wls_opts r_wls_opts(SEXP list)
{
    distest_wls_opts o = distest_wls_opts_default();
    o.method = r_string(r_element(list, "method"));
    o.reference = r_string(r_element(list, "reference"));
    o.criterion = r_string(r_element(list, "criterion"));
    o.alpha = Rf_asReal(r_element(list, "alpha"));
    o.delta = Rf_asReal(r_element(list, "delta"));
    o.resample = r_size(r_element(list, "resample"));
    o.max_tries = r_size(r_element(list, "max_tries"));
    o.replace = Rf_asLogical(r_element(list, "replace"));
    return o;
}

SEXP r_wls_sample(SEXP space, SEXP opts, SEXP size, SEXP threads, SEXP progress)
{
    const char *names[] = {"points", "index", "weights", "diag", "scale", "key", ""};
    r_wls_call call;
    uint64_t key = 0;
    char text[20];
    distest_wls_diag diag = {0};
    const distest_wls_opts o = r_wls_opts(opts);
    const size_t n = r_size(size), d = (size_t)Rf_xlength(r_element(space, "basis"));
    const int finite = !Rf_isNull(r_element(space, "prob"));
    size_t *index = (size_t *)(void *)R_alloc(n + 1, sizeof *index);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    if (!finite) SET_VECTOR_ELT(out, 0, r_matrix(n, d));
    if (finite) SET_VECTOR_ELT(out, 1, Rf_allocVector(INTSXP, (R_xlen_t)n));
    SET_VECTOR_ELT(out, 2, r_vector(n));
    SET_VECTOR_ELT(out, 4, r_vector(n));
    distest_rng rng = r_rng_enter();
    r_wls_open(&call, space, threads, progress);
    if (call.status == DISTEST_SUCCESS)
        call.status = di_wls_sample_all(
            call.s, &o, n, &rng, finite ? NULL : REAL(VECTOR_ELT(out, 0)),
            finite ? index : NULL, REAL(VECTOR_ELT(out, 2)), REAL(VECTOR_ELT(out, 4)),
            &key, &diag, &call.run.ctx);
    r_rng_leave();
    distest_wls_space_free(call.s), call.s = NULL; /* R allocates below */
    for (size_t i = 0; finite && call.status == DISTEST_SUCCESS && i < n; i++)
        INTEGER(VECTOR_ELT(out, 1))[i] = (int)index[i] + 1;
    r_wls_diag(out, 3, &diag);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)key);
    SET_VECTOR_ELT(out, 5, Rf_mkString(text));
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_simulate(SEXP space, SEXP opts, SEXP size, SEXP nsim, SEXP threads,
                    SEXP progress)
{
    r_wls_call call;
    const distest_wls_opts o = r_wls_opts(opts);
    SEXP out = PROTECT(r_vector(r_size(nsim)));
    distest_rng rng = r_rng_enter();
    r_wls_open(&call, space, threads, progress);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_simulate(call.s, &o, r_size(size), r_size(nsim), &rng,
                                           REAL(out), &call.run.ctx);
    r_rng_leave();
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_prune(SEXP A, SEXP criterion, SEXP delta, SEXP n_min, SEXP threads,
                 SEXP progress)
{
    const char *names[] = {"kept", "removed", "value", ""};
    r_run run;
    const size_t n = (size_t)Rf_nrows(A), m = (size_t)Rf_ncols(A);
    size_t kept = n, *order = (size_t *)(void *)R_alloc(n + 1, sizeof *order);
    double *value = (double *)(void *)R_alloc(n + 1, sizeof *value);
    r_begin(&run, threads, progress);
    const int status =
        distest_wls_prune(n, m, REAL_RO(A), r_string(criterion), Rf_asReal(delta),
                          r_size(n_min), &kept, order, value, &run.ctx);
    if (status != DISTEST_SUCCESS) kept = n;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, Rf_allocVector(INTSXP, (R_xlen_t)kept));
    SET_VECTOR_ELT(out, 1, Rf_allocVector(INTSXP, (R_xlen_t)(n - kept)));
    SET_VECTOR_ELT(out, 2, r_vector(n - kept));
    for (size_t i = 0; status == DISTEST_SUCCESS && i < n; i++) {
        if (i < kept)
            INTEGER(VECTOR_ELT(out, 0))[i] = (int)order[i] + 1;
        else {
            INTEGER(VECTOR_ELT(out, 1))[i - kept] = (int)order[i] + 1;
            REAL(VECTOR_ELT(out, 2))[i - kept] = value[i - kept];
        }
    }
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_diagnose(SEXP A)
{
    const char *names[] = {"diag", ""};
    r_run run;
    distest_wls_diag d = {0};
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_wls_diagnose((size_t)Rf_nrows(A), (size_t)Rf_ncols(A),
                                            REAL_RO(A), &d, &run.ctx);
    r_wls_diag(out, 0, &d);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* seed: a whole number that stands for R's generator */
SEXP r_wls_draw(SEXP space, SEXP alpha, SEXP size, SEXP seed)
{
    r_wls_call call;
    const size_t n = r_size(size);
    size_t *index = (size_t *)(void *)R_alloc(n + 1, sizeof *index);
    distest_rng rng = distest_rng_seed((uint64_t)Rf_asReal(seed));
    SEXP out = PROTECT(Rf_allocVector(INTSXP, (R_xlen_t)n));
    r_wls_open(&call, space, R_NilValue, R_NilValue);
    if (call.status == DISTEST_SUCCESS)
        call.status = distest_wls_draw(call.s, Rf_asReal(alpha), n, &rng, NULL, index,
                                       &call.run.ctx);
    for (size_t i = 0; call.status == DISTEST_SUCCESS && i < n; i++)
        INTEGER(out)[i] = (int)index[i] + 1;
    out = r_wls_close(&call, out);
    UNPROTECT(1);
    return out;
}

static void free_stepper(SEXP handle)
{
    distest_wls_stepper_free(R_ExternalPtrAddr(handle));
    R_ClearExternalPtr(handle);
}

SEXP r_wls_stepper(SEXP m, SEXP r, SEXP seed)
{
    r_run run;
    distest_wls_stepper *s = NULL;
    distest_rng rng = distest_rng_seed((uint64_t)Rf_asReal(seed));
    SEXP out = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
    R_RegisterCFinalizer(out, free_stepper);
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_stepper_alloc(r_size(m), r_size(r), &rng, &s, &run.ctx);
    R_SetExternalPtrAddr(out, s);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_stepper_want(SEXP handle)
{
    r_run run;
    size_t count = 0;
    SEXP out = PROTECT(r_vector(1));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_stepper_want(R_ExternalPtrAddr(handle), &count, &run.ctx);
    REAL(out)[0] = (double)count;
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* the proposals taken, then their copies, counted from 1; two columns */
SEXP r_wls_stepper_offer(SEXP handle, SEXP U)
{
    r_run run;
    distest_wls_stepper *s = R_ExternalPtrAddr(handle);
    const size_t most = (size_t)Rf_nrows(U), m = (size_t)Rf_ncols(U);
    size_t *at = (size_t *)(void *)R_alloc(2 * (most + m) + 2, sizeof *at), n = 0;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_wls_stepper_offer(s, most, REAL_RO(U), &run.ctx);
    if (status == DISTEST_SUCCESS) n = distest_wls_stepper_taken(s, at, at + most + m);
    SEXP out = PROTECT(Rf_allocMatrix(INTSXP, (int)n, 2));
    for (size_t i = 0; i < n; i++) {
        INTEGER(out)[i] = (int)at[i] + 1;
        INTEGER(out)[n + i] = (int)at[most + m + i] + 1;
    }
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_plan(SEXP K, SEXP m, SEXP delta, SEXP eta, SEXP bound)
{
    r_run run;
    SEXP out = PROTECT(r_vector(1));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_plan(Rf_asReal(K), r_size(m), Rf_asReal(delta), Rf_asReal(eta),
                         r_string(bound), REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_constant(SEXP n, SEXP m, SEXP method)
{
    r_run run;
    SEXP out = PROTECT(r_vector(1));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_wls_constant(r_size(n), r_size(m), r_string(method),
                                            REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* opts: NULL for points of unknown law; facts: mean_weight, sup_k, candidates,
 * pruned_from, simulated, accepted, K */
SEXP r_wls_certify(SEXP lambda_min, SEXP n, SEXP m, SEXP opts, SEXP facts, SEXP eta,
                   SEXP conf)
{
    r_run run;
    const double *x = REAL_RO(facts);
    distest_wls_diag diag = {.lambda_min = Rf_asReal(lambda_min)};
    distest_wls_facts f = distest_wls_facts_default();
    distest_wls_certificate c;
    distest_wls_opts o = distest_wls_opts_default();
    const int known = !Rf_isNull(opts);
    if (known) o = r_wls_opts(opts);
    f.mean_weight = x[0], f.sup_k = x[1], f.candidates = (size_t)x[2];
    f.pruned_from = (size_t)x[3], f.simulated = (size_t)x[4];
    f.accepted = (size_t)x[5], f.K = x[6];
    SEXP out = PROTECT(r_vector(6));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_certify(&diag, r_size(n), r_size(m), known ? &o : NULL, &f,
                            Rf_asReal(eta), Rf_asReal(conf), &c, &run.ctx);
    if (status == DISTEST_SUCCESS) {
        const double values[] = {c.linf,     c.probability, c.expectation,
                                 c.p_accept, c.K,           (double)c.formula};
        memcpy(REAL(out), values, sizeof values);
    }
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_weights(SEXP density)
{
    r_run run;
    const size_t n = (size_t)Rf_nrows(density), blocks = (size_t)Rf_ncols(density);
    SEXP out = PROTECT(r_vector(n));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_weights(n, blocks, REAL_RO(density), REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_missing(SEXP idx, SEXP done, SEXP tau)
{
    r_run run;
    const size_t m = (size_t)Rf_nrows(idx), d = (size_t)Rf_ncols(idx);
    size_t *need = (size_t *)(void *)R_alloc(m + 1, sizeof *need);
    SEXP out = PROTECT(Rf_allocVector(INTSXP, (R_xlen_t)m));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_missing(d, m, INTEGER_RO(idx), (size_t)Rf_nrows(done),
                            INTEGER_RO(done), NULL, r_size(tau), need, &run.ctx);
    for (size_t i = 0; status == DISTEST_SUCCESS && i < m; i++)
        INTEGER(out)[i] = (int)need[i];
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
