/* r_rdd.c - designs with distributions as outcomes: fits and curves, as R calls them.
 */
#include "r_rdd.h"

#include <stddef.h>
#include <string.h>

distest_rdd_units r_rdd_units(SEXP view)
{
    distest_rdd_units u = distest_rdd_units_default();
    SEXP table = r_element(view, "quantiles"), z = r_element(view, "z");
    u.n = (size_t)Rf_nrows(table);
    u.probs = (size_t)Rf_ncols(table);
    u.q = r_doubles(r_element(view, "probs"));
    u.quantiles = REAL_RO(table);
    u.x = r_doubles(r_element(view, "x"));
    u.treatment = r_doubles(r_element(view, "treatment"));
    u.weights = r_doubles(r_element(view, "weights"));
    u.cluster = r_ints(r_element(view, "cluster"));
    if (u.cluster) u.clusters = r_size(r_element(view, "clusters"));
    u.z = r_doubles(z);
    if (u.z) u.covariates = (size_t)Rf_ncols(z);
    return u;
}

distest_rdd_opts r_rdd_opts(SEXP set)
{
    distest_rdd_opts o = distest_rdd_opts_default();
    SEXP h = r_element(set, "h");
    o.cutoff = Rf_asReal(r_element(set, "cutoff"));
    o.p = Rf_asInteger(r_element(set, "p"));
    o.q = Rf_asInteger(r_element(set, "q"));
    o.deriv = Rf_asInteger(r_element(set, "deriv"));
    o.kernel = r_string(r_element(set, "kernel"));
    o.method = r_string(r_element(set, "method"));
    o.vce = r_string(r_element(set, "vce"));
    o.nnmatch = r_size(r_element(set, "nnmatch"));
    o.joint_clusters = Rf_asLogical(r_element(set, "joint"));
    o.linear_fuzzy = Rf_asLogical(r_element(set, "linear"));
    o.conventional = Rf_asLogical(r_element(set, "conventional"));
    for (int s = 0; s < 2; s++) o.donut[s] = REAL_RO(r_element(set, "donut"))[s];
    o.h = r_doubles(h);
    o.b = r_doubles(r_element(set, "b"));
    if (o.h) o.bandwidths = (size_t)Rf_nrows(h);
    o.h_treatment = r_doubles(r_element(set, "h_treatment"));
    o.b_treatment = r_doubles(r_element(set, "b_treatment"));
    return o;
}

/* The arrays of a result: where they stand, and how large they are. */
enum { CURVE, SQUARE, UNITS, SCORES, GAMMA };
static const struct array {
    const char *name;
    size_t at;
    int shape;
} arrays[] = {
#define ARRAY(name, shape)                                                             \
    {                                                                                  \
#name, offsetof(distest_rdd_result, name), shape                               \
    }
    ARRAY(m_minus, CURVE),      ARRAY(m_plus, CURVE),
    ARRAY(tau, CURVE),          ARRAY(m_minus_cl, CURVE),
    ARRAY(m_plus_cl, CURVE),    ARRAY(m_minus_bc, CURVE),
    ARRAY(m_plus_bc, CURVE),    ARRAY(tau_cl, CURVE),
    ARRAY(se_cl, CURVE),        ARRAY(tau_bc, CURVE),
    ARRAY(se_bc, CURVE),        ARRAY(se_minus, CURVE),
    ARRAY(se_plus, CURVE),      ARRAY(jump_cl, CURVE),
    ARRAY(jump_bc, CURVE),      ARRAY(jump_se_cl, CURVE),
    ARRAY(jump_se_bc, CURVE),   ARRAY(jump_treatment, CURVE),
    ARRAY(residual_ms, CURVE),  ARRAY(vcov_cl, SQUARE),
    ARRAY(vcov_bc, SQUARE),     ARRAY(vcov_minus, SQUARE),
    ARRAY(vcov_plus, SQUARE),   ARRAY(vcov_cross, SQUARE),
    ARRAY(w_cl, UNITS),         ARRAY(w_bc, UNITS),
    ARRAY(scores, SCORES),      ARRAY(scores_minus, SCORES),
    ARRAY(scores_plus, SCORES), ARRAY(gamma, GAMMA),
};
enum { ARRAYS = sizeof arrays / sizeof *arrays };

/* Is this array asked for? `want`: names of arrays beyond the curves. */
static int wanted(const struct array *a, SEXP want)
{
    for (R_xlen_t i = 0; i < Rf_xlength(want); i++)
        if (strcmp(CHAR(STRING_ELT(want, i)), a->name) == 0) return 1;
    return 0;
}

static SEXP allocate(const struct array *a, const distest_rdd_units *u,
                     const distest_rdd_opts *o)
{
    switch (a->shape) {
    case CURVE:
        return r_vector(u->probs);
    case SQUARE:
        return r_matrix(u->probs, u->probs);
    case UNITS:
        return r_vector(u->n);
    case SCORES:
        return r_matrix(distest_rdd_score_rows(u, o), u->probs);
    default:
        return r_matrix(u->covariates, u->probs + (u->treatment != NULL));
    }
}

static void put(SEXP out, int at, size_t n, const double *values)
{
    SEXP v = r_vector(n);
    SET_VECTOR_ELT(out, at, v);
    for (size_t i = 0; i < n; i++) REAL(v)[i] = values[i];
}

/* What is not an array, after those in the list. */
static void put_numbers(SEXP out, const distest_rdd_result *r)
{
    int at = ARRAYS;
    for (int pair = 0; pair < 3; pair++) {
        const size_t *n = pair == 0 ? r->n_side : (pair == 1 ? r->n_h : r->n_b);
        put(out, at++, 2, (double[]){(double)n[0], (double)n[1]});
    }
    put(out, at++, 4, r->first_stage);
    const double single[] = {(double)r->n_clusters, (double)r->moved, r->projection,
                             (double)r->leverage_one, r->scale};
    for (int i = 0; i < 5; i++) SET_VECTOR_ELT(out, at++, Rf_ScalarReal(single[i]));
}

SEXP r_rdd_fit(SEXP view, SEXP set, SEXP want, SEXP threads, SEXP progress)
{
    static const char *numbers[] = {
        "n_side", "n_h",        "n_b",          "first_stage", "n_clusters",
        "moved",  "projection", "leverage_one", "scale",       "dropped",
        ""};
    const char *names[ARRAYS + sizeof numbers / sizeof *numbers];
    for (int i = 0; i < ARRAYS; i++) names[i] = arrays[i].name;
    for (int i = 0; i < 11; i++) names[ARRAYS + i] = numbers[i];
    const distest_rdd_units u = r_rdd_units(view);
    const distest_rdd_opts o = r_rdd_opts(set);
    distest_rdd_result result = distest_rdd_result_default();
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < ARRAYS; i++) {
        if (!wanted(&arrays[i], want)) continue;
        SEXP v = allocate(&arrays[i], &u, &o);
        SET_VECTOR_ELT(out, i, v);
        double *data = REAL(v);
        memcpy((char *)&result + arrays[i].at, &data, sizeof data);
    }
    if (u.covariates) {
        SEXP v = Rf_allocVector(LGLSXP, (R_xlen_t)u.covariates);
        SET_VECTOR_ELT(out, ARRAYS + 9, v);
        result.dropped = LOGICAL(v);
    }
    r_begin(&run, threads, progress);

    const int status = distest_rdd_fit(&u, &o, &result, &run.ctx);

    if (status == DISTEST_SUCCESS) put_numbers(out, &result);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_weights(SEXP x, SEXP weights, SEXP set)
{
    static const char *names[] = {"w_cl", "w_bc", ""};
    const size_t n = (size_t)Rf_xlength(x);
    const distest_rdd_opts o = r_rdd_opts(set);
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 2; i++) SET_VECTOR_ELT(out, i, r_vector(n));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_weights(n, REAL_RO(x), r_doubles(weights), &o,
                                           REAL(VECTOR_ELT(out, 0)),
                                           REAL(VECTOR_ELT(out, 1)), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_curve(SEXP view, SEXP set, SEXP h, SEXP threads, SEXP progress)
{
    static const char *names[] = {"tau_cl", "tau_bc", ""};
    const distest_rdd_units u = r_rdd_units(view);
    const distest_rdd_opts o = r_rdd_opts(set);
    const size_t m = (size_t)Rf_xlength(h);
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 2; i++) SET_VECTOR_ELT(out, i, r_matrix(m, u.probs));
    r_begin(&run, threads, progress);
    const int status =
        distest_rdd_curve(&u, &o, m, REAL_RO(h), REAL(VECTOR_ELT(out, 0)),
                          REAL(VECTOR_ELT(out, 1)), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_predict(SEXP view, SEXP set, SEXP at, SEXP threads, SEXP progress)
{
    const distest_rdd_units u = r_rdd_units(view);
    const distest_rdd_opts o = r_rdd_opts(set);
    const size_t m = (size_t)Rf_xlength(at);
    r_run run;
    SEXP out = PROTECT(r_matrix(m, u.probs));
    r_begin(&run, threads, progress);
    const int status = distest_rdd_predict(&u, &o, m, REAL_RO(at), REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_compliers(SEXP view, SEXP set, SEXP threads, SEXP progress)
{
    static const char *names[] = {"m0_raw", "m1_raw", "m0",     "m1",    "se0", "se1",
                                  "vcov0",  "vcov1",  "vcov01", "scale", ""};
    const distest_rdd_units u = r_rdd_units(view);
    const distest_rdd_opts o = r_rdd_opts(set);
    distest_rdd_complier_curves c = distest_rdd_compliers_default();
    double **to[] = {&c.m0_raw, &c.m1_raw, &c.m0,    &c.m1,    &c.se0,
                     &c.se1,    &c.vcov0,  &c.vcov1, &c.vcov01};
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 9; i++) {
        SEXP v = i < 6 ? r_vector(u.probs) : r_matrix(u.probs, u.probs);
        SET_VECTOR_ELT(out, i, v);
        *to[i] = REAL(v);
    }
    r_begin(&run, threads, progress);
    const int status = distest_rdd_compliers(&u, &o, &c, &run.ctx);
    SET_VECTOR_ELT(out, 9, Rf_ScalarReal(c.scale));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* Sets for ratios. jump: list(jump, se, cov, first), and for the honest ones bias and
 * first_bias. */
SEXP r_rdd_sets(SEXP jump, SEXP level)
{
    static const char *names[] = {"lower", "upper", "shape", ""};
    const size_t n = (size_t)Rf_xlength(r_element(jump, "jump"));
    const double *j = r_doubles(r_element(jump, "jump")),
                 *se = r_doubles(r_element(jump, "se")),
                 *cov = r_doubles(r_element(jump, "cov")),
                 *first = r_doubles(r_element(jump, "first")),
                 *bias = r_doubles(r_element(jump, "bias"));
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(n));
    SET_VECTOR_ELT(out, 1, r_vector(n));
    SET_VECTOR_ELT(out, 2, Rf_allocVector(INTSXP, (R_xlen_t)n));
    double *lower = REAL(VECTOR_ELT(out, 0)), *upper = REAL(VECTOR_ELT(out, 1));
    int *shape = INTEGER(VECTOR_ELT(out, 2));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        bias ? distest_rdd_honest_ratio(n, j, se, cov, bias, first,
                                        Rf_asReal(r_element(jump, "first_bias")),
                                        Rf_asReal(level), lower, upper, shape, &run.ctx)
             : distest_rdd_anderson_rubin(n, j, se, cov, first, Rf_asReal(level), lower,
                                          upper, shape, &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
