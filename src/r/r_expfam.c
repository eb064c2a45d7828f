/* r_expfam.c - exponential families, as R calls them. A family comes as list(cname,
 * par, ipar, xi, logw, finite) and is made anew for each call. */
#include "r.h"

#include <string.h>

/* p, columns of x, number of usual parameters */
SEXP r_expfam_sizes(SEXP family)
{
    distest_expfam_family *f = NULL;
    size_t p = 0, d = 0, usual = 0;
    r_run run;
    SEXP out = PROTECT(r_vector(3));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS) distest_expfam_sizes(f, &p, &d, &usual);
    distest_expfam_family_free(f);
    REAL(out)[0] = (double)p;
    REAL(out)[1] = (double)d;
    REAL(out)[2] = (double)usual;
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_stats(SEXP family, SEXP size, SEXP x)
{
    const char *names[] = {"xi", "logbase", ""};
    const distest_sample sample = r_sample(x, R_NilValue);
    distest_expfam_family *f = NULL;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(sample.n, r_size(size)));
    SET_VECTOR_ELT(out, 1, r_vector(sample.n));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_stats(f, &sample, REAL(VECTOR_ELT(out, 0)),
                                      REAL(VECTOR_ELT(out, 1)), &run.ctx);
    distest_expfam_family_free(f);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_psi(SEXP family, SEXP theta)
{
    const char *names[] = {"psi", "grad", "hess", ""};
    const size_t p = (size_t)Rf_xlength(theta);
    distest_expfam_family *f = NULL;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(1));
    SET_VECTOR_ELT(out, 1, r_vector(p));
    SET_VECTOR_ELT(out, 2, r_matrix(p, p));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_psi(f, REAL_RO(theta), REAL(VECTOR_ELT(out, 0)),
                                    REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)),
                                    &run.ctx);
    distest_expfam_family_free(f);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_usual(SEXP family, SEXP theta, SEXP size)
{
    const char *names[] = {"par", "jacobian", ""};
    const size_t p = (size_t)Rf_xlength(theta), q = r_size(size);
    distest_expfam_family *f = NULL;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(q));
    SET_VECTOR_ELT(out, 1, r_matrix(q, p));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_to_usual(f, REAL_RO(theta), REAL(VECTOR_ELT(out, 0)),
                                         REAL(VECTOR_ELT(out, 1)), &run.ctx);
    distest_expfam_family_free(f);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_natural(SEXP family, SEXP par, SEXP size)
{
    distest_expfam_family *f = NULL;
    r_run run;
    SEXP out = PROTECT(r_vector(r_size(size)));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_from_usual(f, REAL_RO(par), REAL(out), &run.ctx);
    distest_expfam_family_free(f);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

static distest_expfam_opts read_opts(SEXP set)
{
    distest_expfam_opts opts = distest_expfam_opts_default();
    opts.max_iter = (size_t)Rf_asReal(r_element(set, "max_iter"));
    opts.tol = Rf_asReal(r_element(set, "tol"));
    opts.ridge = Rf_asReal(r_element(set, "ridge"));
    opts.sampling = Rf_asLogical(r_element(set, "sampling"));
    return opts;
}

static SEXP write_info(const distest_expfam_info *info)
{
    const char *names[] = {"iterations", "n",        "psi", "loglik",
                           "decrement",  "boundary", ""};
    const double values[] = {
        (double)info->iterations, info->n,       info->psi, info->loglik,
        info->decrement,          info->boundary};
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 6; i++) SET_VECTOR_ELT(out, i, Rf_ScalarReal(values[i]));
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_fit(SEXP family, SEXP size, SEXP x, SEXP weights, SEXP set, SEXP start,
                  SEXP threads, SEXP progress)
{
    const char *names[] = {"theta", "mean", "cov", "hess", "info", ""};
    const size_t p = r_size(size);
    const distest_sample sample = r_sample(x, weights);
    const distest_expfam_opts opts = read_opts(set);
    distest_expfam_family *f = NULL;
    distest_expfam_info info = {.size = sizeof info};
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(p));
    SET_VECTOR_ELT(out, 1, r_vector(p));
    SET_VECTOR_ELT(out, 2, r_matrix(p, p));
    SET_VECTOR_ELT(out, 3, r_matrix(p, p));
    r_begin(&run, threads, progress);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_fit_data(
            f, &opts, &sample, r_doubles(start), REAL(VECTOR_ELT(out, 0)),
            REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)), &info, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_psi(f, REAL(VECTOR_ELT(out, 0)), &info.psi, NULL,
                                    REAL(VECTOR_ELT(out, 3)), &run.ctx);
    distest_expfam_family_free(f);
    if (status == DISTEST_SUCCESS) SET_VECTOR_ELT(out, 4, write_info(&info));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* columns of `mean`: as many fits, each from the last one's coefficients where there is
 * no closed form; status: 0 or what went wrong; hess: of Psi, for one fit only */
SEXP r_expfam_fit_moments(SEXP family, SEXP n, SEXP mean, SEXP set, SEXP start,
                          SEXP threads, SEXP progress)
{
    const char *names[] = {"theta", "status", "hess", "info", ""};
    const size_t p = (size_t)Rf_nrows(mean), many = (size_t)Rf_ncols(mean);
    const distest_expfam_opts opts = read_opts(set);
    distest_expfam_family *f = NULL;
    distest_expfam_info info = {.size = sizeof info};
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(p, many));
    SET_VECTOR_ELT(out, 1, Rf_allocVector(INTSXP, (R_xlen_t)many));
    SET_VECTOR_ELT(out, 2, many == 1 ? r_matrix(p, p) : R_NilValue);
    double *theta = REAL(VECTOR_ELT(out, 0));
    for (size_t i = 0; i < p * many; i++) theta[i] = NA_REAL;
    r_begin(&run, threads, progress);
    int status = r_expfam_family(family, &f, &run.ctx);
    for (size_t k = 0; k < many && status == DISTEST_SUCCESS; k++) {
        const int one = distest_expfam_fit_moments(
            f, &opts, Rf_asReal(n), REAL_RO(mean) + k * p, r_doubles(start),
            theta + k * p, &info, &run.ctx);
        INTEGER(VECTOR_ELT(out, 1))[k] = one;
        if (one == DISTEST_ECANCEL || one == DISTEST_ENOMEM || many == 1) status = one;
    }
    if (status == DISTEST_SUCCESS && many == 1)
        status = distest_expfam_psi(f, theta, &info.psi, NULL, REAL(VECTOR_ELT(out, 2)),
                                    &run.ctx);
    distest_expfam_family_free(f);
    if (status == DISTEST_SUCCESS) SET_VECTOR_ELT(out, 3, write_info(&info));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_fit_columns(SEXP family, SEXP p, SEXP usual, SEXP x, SEXP set,
                          SEXP threads, SEXP progress)
{
    const char *names[] = {"theta", "usual", "loglik", "n", "code", "boundary", ""};
    const size_t rows = (size_t)Rf_nrows(x), columns = (size_t)Rf_ncols(x);
    const distest_expfam_opts opts = read_opts(set);
    distest_expfam_family *f = NULL;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(r_size(p), columns));
    SET_VECTOR_ELT(out, 1, r_matrix(r_size(usual), columns));
    SET_VECTOR_ELT(out, 2, r_vector(columns));
    SET_VECTOR_ELT(out, 3, r_vector(columns));
    SET_VECTOR_ELT(out, 4, Rf_allocVector(INTSXP, (R_xlen_t)columns));
    SET_VECTOR_ELT(out, 5, Rf_allocVector(LGLSXP, (R_xlen_t)columns));
    r_begin(&run, threads, progress);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_fit_columns(
            f, &opts, rows, columns, REAL_RO(x), REAL(VECTOR_ELT(out, 0)),
            REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)),
            REAL(VECTOR_ELT(out, 3)), INTEGER(VECTOR_ELT(out, 4)),
            LOGICAL(VECTOR_ELT(out, 5)), &run.ctx);
    distest_expfam_family_free(f);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_terms(SEXP family, SEXP theta, SEXP x, SEXP weights, SEXP sampling,
                    SEXP threads, SEXP progress)
{
    const char *names[] = {"terms", "leverage", "spectrum", ""};
    const char *inner[] = {"trace", "T1",   "T2",    "T3", "rho13",
                           "rho23", "rho4", "se_r1", ""};
    const int data = !Rf_isNull(x);
    const distest_sample sample =
        data ? r_sample(x, weights) : (distest_sample){0, 0, NULL, NULL};
    distest_expfam_family *f = NULL;
    distest_expfam_terms t;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, Rf_mkNamed(VECSXP, inner));
    SET_VECTOR_ELT(out, 1, r_vector(sample.n));
    SET_VECTOR_ELT(out, 2, r_vector((size_t)Rf_xlength(theta)));
    r_begin(&run, threads, progress);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_terms_data(
            f, REAL_RO(theta), data ? &sample : NULL, Rf_asLogical(sampling), &t,
            data ? REAL(VECTOR_ELT(out, 1)) : NULL, REAL(VECTOR_ELT(out, 2)), &run.ctx);
    distest_expfam_family_free(f);
    if (status == DISTEST_SUCCESS) {
        const double values[] = {t.trace, t.t1,    t.t2,   t.t3,
                                 t.rho13, t.rho23, t.rho4, t.se_r1};
        for (int i = 0; i < 8; i++)
            SET_VECTOR_ELT(VECTOR_ELT(out, 0), i, Rf_ScalarReal(values[i]));
    }
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_divergence(SEXP family, SEXP theta1, SEXP theta2)
{
    distest_expfam_family *f = NULL;
    r_run run;
    SEXP out = PROTECT(r_vector(1));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_divergence(f, REAL_RO(theta1), REAL_RO(theta2),
                                           REAL(out), &run.ctx);
    distest_expfam_family_free(f);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_sample(SEXP family, SEXP theta, SEXP n, SEXP columns, SEXP progress)
{
    distest_expfam_family *f = NULL;
    r_run run;
    SEXP out = PROTECT(r_matrix(r_size(n), r_size(columns)));
    distest_rng rng = r_rng_enter();
    r_begin(&run, R_NilValue, progress);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_sample(f, REAL_RO(theta), r_size(n), &rng, REAL(out),
                                       &run.ctx);
    distest_expfam_family_free(f);
    r_rng_leave();
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_exists(SEXP xi, SEXP mean, SEXP progress)
{
    const char *names[] = {"status", "direction", "face", ""};
    const size_t m = (size_t)Rf_nrows(xi), p = (size_t)Rf_ncols(xi);
    int where = 0;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 1, r_vector(p));
    SET_VECTOR_ELT(out, 2, Rf_allocVector(LGLSXP, (R_xlen_t)m));
    r_begin(&run, R_NilValue, progress);
    const int status = distest_expfam_exists(m, p, REAL_RO(xi), REAL_RO(mean), &where,
                                             REAL(VECTOR_ELT(out, 1)),
                                             LOGICAL(VECTOR_ELT(out, 2)), &run.ctx);
    SET_VECTOR_ELT(out, 0, Rf_ScalarInteger(where));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* first, second, risk of terms (a list as r_expfam_terms gives it) */
SEXP r_expfam_risk(SEXP terms, SEXP p, SEXP n, SEXP truth)
{
    const distest_expfam_terms t = {
        .trace = Rf_asReal(r_element(terms, "trace")),
        .t1 = Rf_asReal(r_element(terms, "T1")),
        .t2 = Rf_asReal(r_element(terms, "T2")),
        .t3 = Rf_asReal(r_element(terms, "T3")),
        .rho13 = Rf_asReal(r_element(terms, "rho13")),
        .rho23 = Rf_asReal(r_element(terms, "rho23")),
        .rho4 = Rf_asReal(r_element(terms, "rho4")),
    };
    r_run run;
    SEXP out = PROTECT(r_vector(3));
    double *v = REAL(out);
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_expfam_risk(
        &t, r_size(p), Rf_asReal(n), Rf_asInteger(truth), v, v + 1, v + 2, &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_pn(SEXP r1, SEXP c2, SEXP n, SEXP alpha)
{
    const char *names[] = {"pass", "alpha_hat", "n_required", "usable", ""};
    int pass = 0, usable = 0;
    double hat = 0, need = 0;
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_expfam_pn(Rf_asReal(r1), Rf_asReal(c2), Rf_asReal(n), Rf_asReal(alpha),
                          &pass, &hat, &need, &usable, &run.ctx);
    SET_VECTOR_ELT(out, 0, Rf_ScalarLogical(pass));
    SET_VECTOR_ELT(out, 1, Rf_ScalarReal(hat));
    SET_VECTOR_ELT(out, 2, Rf_ScalarReal(need));
    SET_VECTOR_ELT(out, 3, Rf_ScalarLogical(usable));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
