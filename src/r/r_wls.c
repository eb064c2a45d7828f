/* r_wls.c - weighted least squares, as R calls it: bases, spaces, designs. Handles are
 * rebuilt per call from R's plain lists. */
#include "r.h"

#include "../wls/wls.h"

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

static distest_wls_basis **room_for(SEXP list)
{
    const size_t d = (size_t)Rf_xlength(list) + 1;
    distest_wls_basis **b = (distest_wls_basis **)(void *)R_alloc(d, sizeof *b);
    memset(b, 0, d * sizeof *b);
    return b;
}

/* room: what room_for() gave, before r_begin() */
static int make_space(SEXP space, distest_wls_basis **room, distest_wls_space **s,
                      distest_context *ctx)
{
    SEXP phi = r_element(space, "phi");
    if (!Rf_isNull(phi))
        return di_wls_space_view((size_t)Rf_ncols(phi), (size_t)Rf_nrows(phi),
                                 REAL_RO(r_element(space, "R")), REAL_RO(phi),
                                 REAL_RO(r_element(space, "prob")), s, ctx);
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

static size_t dimension(SEXP space)
{
    return r_size(r_element(space, "m"));
}

static SEXP diag_list(SEXP out, int at, const distest_wls_diag *d)
{
    SEXP v = PROTECT(Rf_allocVector(REALSXP, 7));
    const double values[] = {d->lambda_min, d->lambda_max, d->cond, d->delta,
                             d->proposals,  d->tries,      d->trace};
    memcpy(REAL(v), values, sizeof values);
    SET_VECTOR_ELT(out, at, v);
    UNPROTECT(1);
    return out;
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
    distest_wls_basis **b = room_for(bases);
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
    r_run run;
    distest_wls_space *s = NULL;
    distest_wls_basis **room = room_for(r_element(space, "basis"));
    const size_t n = (size_t)Rf_nrows(x), m = dimension(space), d = (size_t)Rf_ncols(x);
    const int logs = Rf_asInteger(logk), slope = Rf_asLogical(deriv);
    const int only = logs == 2;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    if (!only) SET_VECTOR_ELT(out, 0, r_matrix(n, m));
    if (logs) SET_VECTOR_ELT(out, 1, r_vector(n));
    if (slope) SET_VECTOR_ELT(out, 2, r_vector(n * m * d));
    r_begin(&run, threads, R_NilValue);
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status =
            distest_wls_features(s, n, REAL_RO(x), Rf_asLogical(normalize),
                                 only ? NULL : REAL(VECTOR_ELT(out, 0)),
                                 logs ? REAL(VECTOR_ELT(out, 1)) : NULL,
                                 slope ? REAL(VECTOR_ELT(out, 2)) : NULL, &run.ctx);
    distest_wls_space_free(s);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_outside(SEXP space, SEXP x)
{
    r_run run;
    distest_wls_space *s = NULL;
    distest_wls_basis **room = room_for(r_element(space, "basis"));
    SEXP out = PROTECT(Rf_allocVector(INTSXP, Rf_nrows(x)));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_outside(s, (size_t)Rf_nrows(x), REAL_RO(x), INTEGER(out),
                                     &run.ctx);
    distest_wls_space_free(s);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

static distest_wls_opts read_opts(SEXP list)
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
    const char *names[] = {"points", "index", "weights", "diag", ""};
    r_run run;
    distest_wls_space *s = NULL;
    distest_wls_diag diag = {0};
    distest_wls_basis **room = room_for(r_element(space, "basis"));
    const distest_wls_opts o = read_opts(opts);
    const size_t n = r_size(size), d = (size_t)Rf_xlength(r_element(space, "basis"));
    const int finite = !Rf_isNull(r_element(space, "phi"));
    size_t *index = (size_t *)(void *)R_alloc(n + 1, sizeof *index);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    if (!finite) SET_VECTOR_ELT(out, 0, r_matrix(n, d));
    if (finite) SET_VECTOR_ELT(out, 1, Rf_allocVector(INTSXP, (R_xlen_t)n));
    SET_VECTOR_ELT(out, 2, r_vector(n));
    r_begin(&run, threads, progress);
    distest_rng rng = r_rng_enter();
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_sample(
            s, &o, n, &rng, finite ? NULL : REAL(VECTOR_ELT(out, 0)),
            finite ? index : NULL, REAL(VECTOR_ELT(out, 2)), &diag, &run.ctx);
    distest_wls_space_free(s);
    r_rng_leave();
    for (size_t i = 0; finite && status == DISTEST_SUCCESS && i < n; i++)
        INTEGER(VECTOR_ELT(out, 1))[i] = (int)index[i] + 1;
    diag_list(out, 3, &diag);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_simulate(SEXP space, SEXP opts, SEXP size, SEXP nsim, SEXP threads,
                    SEXP progress)
{
    r_run run;
    distest_wls_space *s = NULL;
    distest_wls_basis **room = room_for(r_element(space, "basis"));
    const distest_wls_opts o = read_opts(opts);
    SEXP out = PROTECT(r_vector(r_size(nsim)));
    r_begin(&run, threads, progress);
    distest_rng rng = r_rng_enter();
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_simulate(s, &o, r_size(size), r_size(nsim), &rng,
                                      REAL(out), &run.ctx);
    distest_wls_space_free(s);
    r_rng_leave();
    out = r_end(&run, status, out);
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
    diag_list(out, 0, &d);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* ---- the fit
 * ---------------------------------------------------------------------------- */

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
    diag_list(out, 1, &diag);
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
    SEXP out = PROTECT(r_matrix(m, m));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_wls_vcov(n, m, REAL_RO(Phi), REAL_RO(w), REAL_RO(residual),
                         r_string(type), Rf_asReal(sigma), REAL(out), NULL, &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_predict(SEXP space, SEXP coef, SEXP V, SEXP x, SEXP deriv, SEXP threads,
                   SEXP progress)
{
    const char *names[] = {"fit", "se", "grad", ""};
    r_run run;
    distest_wls_space *s = NULL;
    distest_wls_basis **room = room_for(r_element(space, "basis"));
    const size_t n = (size_t)Rf_nrows(x), d = (size_t)Rf_ncols(x);
    const size_t q = (size_t)Rf_ncols(coef);
    const int errors = !Rf_isNull(V), slope = Rf_asLogical(deriv);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(n, q));
    if (errors) SET_VECTOR_ELT(out, 1, r_matrix(n, q));
    if (slope) SET_VECTOR_ELT(out, 2, r_vector(n * d * q));
    r_begin(&run, threads, progress);
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_predict(s, q, REAL_RO(coef), r_doubles(V), n, REAL_RO(x),
                                     REAL(VECTOR_ELT(out, 0)),
                                     errors ? REAL(VECTOR_ELT(out, 1)) : NULL,
                                     slope ? REAL(VECTOR_ELT(out, 2)) : NULL, &run.ctx);
    distest_wls_space_free(s);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_integrals(SEXP space)
{
    r_run run;
    distest_wls_space *s = NULL;
    distest_wls_basis **room = room_for(r_element(space, "basis"));
    SEXP out = PROTECT(r_vector(dimension(space)));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_integrals(s, REAL(out), &run.ctx);
    distest_wls_space_free(s);
    out = r_end(&run, status, out);
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
    r_run run;
    distest_wls_space *s = NULL;
    distest_wls_basis **room = room_for(r_element(space, "basis"));
    const int four = Rf_asInteger(order) > 2;
    SEXP out = PROTECT(r_vector(8));
    memset(REAL(out), 0, 8 * sizeof(double));
    r_begin(&run, threads, progress);
    distest_rng rng = r_rng_enter();
    double more[6];
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status =
            distest_wls_moments(s, REAL_RO(coef), r_doubles(V), REAL(out), &run.ctx);
    if (status == DISTEST_SUCCESS && four) {
        status = distest_wls_moments4(s, REAL_RO(coef), &rng, more, &run.ctx);
        memcpy(REAL(out) + 4, more + 2, 4 * sizeof(double));
    }
    distest_wls_space_free(s);
    r_rng_leave();
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_sobol(SEXP space, SEXP coef, SEXP V, SEXP subset)
{
    const char *names[] = {"index", "se", "total", "se_total", ""};
    r_run run;
    distest_wls_space *s = NULL;
    distest_wls_basis **room = room_for(r_element(space, "basis"));
    const size_t nsub = (size_t)Rf_nrows(subset), d = (size_t)Rf_ncols(subset);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 4; i++) SET_VECTOR_ELT(out, i, r_vector(i < 2 ? nsub : d));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_sobol(s, REAL_RO(coef), r_doubles(V), nsub,
                                   INTEGER_RO(subset), REAL(VECTOR_ELT(out, 0)),
                                   REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)),
                                   REAL(VECTOR_ELT(out, 3)), &run.ctx);
    distest_wls_space_free(s);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_wls_dgsm(SEXP space, SEXP coef, SEXP V)
{
    r_run run;
    distest_wls_space *s = NULL;
    SEXP basis = r_element(space, "basis");
    distest_wls_basis **room = room_for(basis);
    const size_t d = (size_t)Rf_xlength(basis) + 1;
    SEXP out = PROTECT(r_matrix(d - 1, 2));
    r_begin(&run, R_NilValue, R_NilValue);
    int status = make_space(space, room, &s, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_dgsm(s, REAL_RO(coef), r_doubles(V), REAL(out),
                                  REAL(out) + (d - 1), &run.ctx);
    distest_wls_space_free(s);
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

/* ---- parts that merge
 * ---------------------------------------------------------------- */

SEXP r_wls_accum_add(SEXP Phi, SEXP w, SEXP Y)
{
    r_run run;
    const size_t n = (size_t)Rf_nrows(Phi), m = (size_t)Rf_ncols(Phi);
    const size_t q = (size_t)Rf_ncols(Y), size = distest_wls_accum_size(m, q);
    SEXP out = PROTECT(r_vector(size));
    memset(REAL(out), 0, size * sizeof(double));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_wls_accum_add(m, q, n, REAL_RO(Phi), r_doubles(w),
                                             REAL_RO(Y), REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* parts: a list of accumulators, merged in that order, and solved */
SEXP r_wls_accum_solve(SEXP parts, SEXP dims, SEXP tol)
{
    const char *names[] = {"coef", "diag", "rss", "n", ""};
    r_run run;
    distest_wls_diag diag = {0};
    const size_t m = (size_t)INTEGER(dims)[0], q = (size_t)INTEGER(dims)[1];
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(m, q));
    SET_VECTOR_ELT(out, 2, r_vector(q));
    SET_VECTOR_ELT(out, 3, r_vector(1));
    SEXP acc = PROTECT(Rf_duplicate(VECTOR_ELT(parts, 0)));
    int status = DISTEST_SUCCESS;
    r_begin(&run, R_NilValue, R_NilValue);
    for (R_xlen_t i = 1; i < Rf_xlength(parts) && status == DISTEST_SUCCESS; i++)
        status = distest_wls_accum_merge(m, q, REAL_RO(VECTOR_ELT(parts, i)), REAL(acc),
                                         &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_accum_solve(
            m, q, REAL_RO(acc), Rf_asReal(tol), REAL(VECTOR_ELT(out, 0)), &diag,
            REAL(VECTOR_ELT(out, 2)), REAL(VECTOR_ELT(out, 3)), &run.ctx);
    diag_list(out, 1, &diag);
    out = r_end(&run, status, out);
    UNPROTECT(2);
    return out;
}
