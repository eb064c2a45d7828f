/* r_surv.c - survival regression, as R calls it. */
#include "r.h"

#include <string.h>

/* rows: list(type, lower, upper, entry, weight, bhazard, cluster); par: four lists
 * (x, offset, value); set: list(phi_form, kernel, time_scale). */
distest_surv_data r_surv_data(SEXP rows, SEXP par, SEXP set)
{
    distest_surv_data d = distest_surv_data_default();
    d.n = (size_t)Rf_xlength(r_element(rows, "type"));
    d.type = r_ints(r_element(rows, "type"));
    d.lower = r_doubles(r_element(rows, "lower"));
    d.upper = r_doubles(r_element(rows, "upper"));
    d.entry = r_doubles(r_element(rows, "entry"));
    d.weight = r_doubles(r_element(rows, "weight"));
    d.bhazard = r_doubles(r_element(rows, "bhazard"));
    d.cluster = r_ints(r_element(rows, "cluster"));
    for (int j = 0; j < 4; j++) {
        SEXP one = VECTOR_ELT(par, j), x = r_element(one, "x");
        d.par[j].offset = r_doubles(r_element(one, "offset"));
        if (Rf_isNull(x)) {
            d.par[j].value = Rf_asReal(r_element(one, "value"));
            continue;
        }
        d.par[j].p = (size_t)Rf_ncols(x);
        d.par[j].x = REAL_RO(x);
        d.par[j].ldx = (size_t)Rf_nrows(x);
    }
    d.phi_form = Rf_asInteger(r_element(set, "phi_form"));
    d.kernel = Rf_asInteger(r_element(set, "kernel"));
    d.time_scale = Rf_asReal(r_element(set, "time_scale"));
    return d;
}

static size_t coefficients(const distest_surv_data *d)
{
    size_t P = 0;
    for (int j = 0; j < 4; j++) P += d->par[j].p;
    return P;
}

SEXP r_surv_info(const distest_surv_info *info)
{
    const char *names[] = {
        "loglik",      "df",           "weight",    "events",   "clusters",
        "converged",   "boundary",     "kernel",    "flat",     "iterations",
        "passes",      "decrement",    "min_eigen", "distinct", "flat_coef",
        "start_kappa", "start_loglik", ""};
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    const double values[] = {info->loglik,
                             (double)info->df,
                             info->weight,
                             info->events,
                             (double)info->clusters,
                             info->converged,
                             info->boundary,
                             info->kernel,
                             info->flat,
                             (double)info->iterations,
                             (double)info->passes,
                             info->decrement,
                             info->min_eigen,
                             (double)info->distinct,
                             (double)info->flat_coef};
    for (int i = 0; i < 15; i++) SET_VECTOR_ELT(out, i, Rf_ScalarReal(values[i]));
    for (int i = 0; i < 2; i++) {
        SEXP v = Rf_allocVector(REALSXP, (R_xlen_t)info->starts);
        SET_VECTOR_ELT(out, 15 + i, v);
        memcpy(REAL(v), i ? info->start_loglik : info->start_kappa,
               info->starts * sizeof(double));
    }
    UNPROTECT(1);
    return out;
}

distest_surv_opts r_surv_opts(SEXP control, SEXP start)
{
    distest_surv_opts opts = distest_surv_opts_default();
    opts.max_iter = (size_t)Rf_asReal(r_element(control, "max_iter"));
    if (!Rf_isNull(r_element(control, "n_start")))
        opts.n_start = r_size(r_element(control, "n_start"));
    opts.tol = Rf_asReal(r_element(control, "tol"));
    opts.start = r_doubles(start);
    return opts;
}

/* Are all rows fit for use, and does each say something? */
SEXP r_surv_plain(SEXP rows)
{
    distest_surv_data d = distest_surv_data_default();
    d.n = (size_t)Rf_xlength(r_element(rows, "type"));
    d.type = r_ints(r_element(rows, "type"));
    d.lower = r_doubles(r_element(rows, "lower"));
    d.upper = r_doubles(r_element(rows, "upper"));
    d.entry = r_doubles(r_element(rows, "entry"));
    d.weight = r_doubles(r_element(rows, "weight"));
    d.bhazard = r_doubles(r_element(rows, "bhazard"));
    for (size_t i = 0; i < d.n; i++)
        if ((d.type[i] == DISTEST_SURV_RIGHT && d.lower[i] == 0) ||
            (d.weight && d.weight[i] == 0))
            return Rf_ScalarLogical(0);
    return Rf_ScalarLogical(distest_surv_data_check(&d, NULL, NULL) == DISTEST_SUCCESS);
}

/* A matrix of (entry,) time and status as rows, in one look; NULL where a status is
 * neither 0 nor 1. */
SEXP r_surv_split(SEXP y)
{
    const char *names[] = {"type", "lower", "entry", ""};
    const size_t n = (size_t)Rf_nrows(y), columns = (size_t)Rf_ncols(y);
    const double *time = REAL_RO(y) + (columns - 2) * n, *status = time + n;
    size_t good = 0;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, Rf_allocVector(INTSXP, (R_xlen_t)n));
    SET_VECTOR_ELT(out, 1, r_vector(n));
    int *type = INTEGER(VECTOR_ELT(out, 0));
    for (size_t i = 0; i < n; i++) {
        type[i] = status[i] == 1;
        good += (status[i] == 0) | (status[i] == 1);
    }
    memcpy(REAL(VECTOR_ELT(out, 1)), time, n * sizeof *time);
    if (columns == 3) {
        SET_VECTOR_ELT(out, 2, r_vector(n));
        memcpy(REAL(VECTOR_ELT(out, 2)), REAL_RO(y), n * sizeof *time);
    }
    UNPROTECT(1);
    return good == n ? out : R_NilValue;
}

SEXP r_surv_fit(SEXP rows, SEXP par, SEXP set, SEXP control, SEXP start, SEXP robust,
                SEXP threads, SEXP progress)
{
    const char *names[] = {"coef", "vcov", "robust", "info", ""};
    const distest_surv_data data = r_surv_data(rows, par, set);
    const size_t P = coefficients(&data);
    distest_surv_opts opts = r_surv_opts(control, start);
    distest_surv_info info;
    r_run run;
    opts.collapse = Rf_asInteger(r_element(control, "collapse"));
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, Rf_allocVector(REALSXP, (R_xlen_t)P));
    SET_VECTOR_ELT(out, 1, r_matrix(P, P));
    if (Rf_asLogical(robust)) SET_VECTOR_ELT(out, 2, r_matrix(P, P));
    r_begin(&run, threads, progress);

    const int status = distest_surv_fit(
        &data, &opts, REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)),
        Rf_asLogical(robust) ? REAL(VECTOR_ELT(out, 2)) : NULL, &info, &run.ctx);

    if (status == DISTEST_SUCCESS) SET_VECTOR_ELT(out, 3, r_surv_info(&info));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_surv_frailty(SEXP rows, SEXP par, SEXP set, SEXP control, SEXP robust,
                    SEXP threads, SEXP progress)
{
    const char *names[] = {"coef", "vcov", "variance", "effect", "info", "robust", ""};
    const distest_surv_data data = r_surv_data(rows, par, set);
    const distest_surv_opts opts = r_surv_opts(control, R_NilValue);
    const size_t P = coefficients(&data);
    int clusters = 0;
    distest_surv_info info;
    r_run run;
    for (size_t i = 0; data.cluster && i < data.n; i++)
        if (data.cluster[i] >= clusters) clusters = data.cluster[i] + 1;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(P));
    SET_VECTOR_ELT(out, 1, r_matrix(P, P));
    SET_VECTOR_ELT(out, 2, r_vector(2));
    SET_VECTOR_ELT(out, 3, r_vector((size_t)clusters));
    if (Rf_asLogical(robust)) SET_VECTOR_ELT(out, 5, r_matrix(P, P));
    r_begin(&run, threads, progress);
    const int status = distest_surv_frailty(
        &data, &opts, REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)),
        Rf_asLogical(robust) ? REAL(VECTOR_ELT(out, 5)) : NULL,
        REAL(VECTOR_ELT(out, 2)), REAL(VECTOR_ELT(out, 3)), &info, &run.ctx);
    if (status == DISTEST_SUCCESS) SET_VECTOR_ELT(out, 4, r_surv_info(&info));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* Flags of columns without events. */
SEXP r_surv_monotone(SEXP rows, SEXP par, SEXP set)
{
    const distest_surv_data data = r_surv_data(rows, par, set);
    r_run run;
    SEXP flags = PROTECT(Rf_allocVector(LGLSXP, (R_xlen_t)coefficients(&data)));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_surv_monotone(&data, LOGICAL(flags), &run.ctx);
    SEXP out = r_end(&run, status, flags);
    UNPROTECT(1);
    return out;
}

/* Flags of dependent columns; list of the flags and whether the model is identified. */
SEXP r_surv_aliased(SEXP rows, SEXP par, SEXP set, SEXP threads)
{
    const distest_surv_data data = r_surv_data(rows, par, set);
    r_run run;
    SEXP flags = PROTECT(Rf_allocVector(LGLSXP, (R_xlen_t)coefficients(&data)));
    memset(LOGICAL(flags), 0, coefficients(&data) * sizeof(int));
    r_begin(&run, threads, R_NilValue);
    int status = distest_surv_aliased(&data, LOGICAL(flags), &run.ctx), any = 0;
    for (R_xlen_t i = 0; i < Rf_xlength(flags); i++) any |= LOGICAL(flags)[i];
    if (status == DISTEST_ESING && any) status = DISTEST_SUCCESS;
    SEXP out = r_end(&run, status, flags);
    UNPROTECT(1);
    return out;
}

SEXP r_surv_terms(SEXP rows, SEXP set, SEXP eta, SEXP threads)
{
    const char *names[] = {"value", "gradient", "hessian", ""};
    const char *blank[] = {"value", ""};
    SEXP par = PROTECT(Rf_allocVector(VECSXP, 4));
    for (int j = 0; j < 4; j++) {
        SET_VECTOR_ELT(par, j, Rf_mkNamed(VECSXP, blank));
        SET_VECTOR_ELT(VECTOR_ELT(par, j), 0, Rf_ScalarReal(0));
    }
    const distest_surv_data data = r_surv_data(rows, par, set);
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, Rf_allocVector(REALSXP, (R_xlen_t)data.n));
    SET_VECTOR_ELT(out, 1, r_matrix(data.n, 4));
    SET_VECTOR_ELT(out, 2, r_matrix(data.n, 10));
    r_begin(&run, threads, R_NilValue);
    const int status = distest_surv_terms(
        &data, REAL_RO(eta), 2, REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)),
        REAL(VECTOR_ELT(out, 2)), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(2);
    return out;
}

/* All vectors of the length of x or 1. */
SEXP r_surv_dist(SEXP what, SEXP flags, SEXP x, SEXP phi, SEXP lambda, SEXP gamma,
                 SEXP kappa)
{
    const size_t n = (size_t)Rf_xlength(x);
    r_run run;
    SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)n));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_surv_dist(Rf_asInteger(what), Rf_asInteger(flags), n, REAL_RO(x),
                          REAL_RO(phi), Rf_xlength(phi) > 1, REAL_RO(lambda),
                          Rf_xlength(lambda) > 1, REAL_RO(gamma), Rf_xlength(gamma) > 1,
                          REAL_RO(kappa), Rf_xlength(kappa) > 1, REAL(out), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

/* model: list(p, value, phi_form, kernel, time_scale, coef, vcov); x, offset: lists of
 * four; at: a vector, or a matrix with a row for each row of newdata. */
SEXP r_surv_predict(SEXP model, SEXP type, SEXP rows, SEXP x, SEXP offset, SEXP at,
                    SEXP entry, SEXP level, SEXP errors, SEXP threads, SEXP progress)
{
    const char *names[] = {"estimate", "std_error", "lower", "upper", ""};
    const size_t m = (size_t)Rf_asReal(rows);
    const int each_row = Rf_isMatrix(at);
    const size_t k =
        Rf_isNull(at) ? 1 : (each_row ? (size_t)Rf_ncols(at) : (size_t)Rf_xlength(at));
    const double *designs[4], *offsets[4];
    double *to[4] = {NULL};
    distest_surv_model fit = {.size = sizeof fit,
                              .phi_form = Rf_asInteger(r_element(model, "phi_form")),
                              .kernel = Rf_asInteger(r_element(model, "kernel")),
                              .time_scale = Rf_asReal(r_element(model, "time_scale")),
                              .coef = r_doubles(r_element(model, "coef")),
                              .vcov = r_doubles(r_element(model, "vcov"))};
    r_run run;
    for (int j = 0; j < 4; j++) {
        fit.p[j] = (size_t)REAL_RO(r_element(model, "p"))[j];
        fit.value[j] = REAL_RO(r_element(model, "value"))[j];
        designs[j] = r_doubles(VECTOR_ELT(x, j));
        offsets[j] = r_doubles(VECTOR_ELT(offset, j));
    }
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < (Rf_asLogical(errors) ? 4 : 1); i++) {
        SET_VECTOR_ELT(out, i, r_matrix(m, k));
        to[i] = REAL(VECTOR_ELT(out, i));
    }
    r_begin(&run, threads, progress);
    const int status = distest_surv_predict(
        &fit, Rf_asInteger(type), m, designs, offsets, k, r_doubles(at), each_row,
        r_doubles(entry), Rf_asReal(level), to[0], to[1], to[2], to[3], &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
