/* r_rdd_infer.c - bandwidths, bands, tests and functionals of designs, as R calls
 * them. */
#include "r_rdd.h"

#include <string.h>

static double replay(void *state)
{
    r_rdd_key *key = state;
    return key->draw[key->next++ % 2];
}

distest_rng r_rdd_rng(r_rdd_key *key, SEXP draws)
{
    *key = (r_rdd_key){{0, 0}, 0};
    if (!Rf_isNull(draws))
        for (int i = 0; i < 2; i++) key->draw[i] = REAL_RO(draws)[i];
    return distest_rng_from(replay, key);
}

/* rule: list(rule, scaleregul, weights, variance, masspoints, bwcheck). */
SEXP r_rdd_bandwidth(SEXP view, SEXP set, SEXP rule, SEXP pointwise, SEXP threads,
                     SEXP progress)
{
    static const char *names[] = {"h",        "b",        "c0",    "d",
                                  "bias",     "variance", "regul", "density",
                                  "distinct", "exact",    ""};
    const distest_rdd_units u = r_rdd_units(view);
    const distest_rdd_opts o = r_rdd_opts(set);
    const size_t k = Rf_asLogical(pointwise) ? u.probs : 1;
    distest_rdd_bandwidth_opts bw = distest_rdd_bandwidth_default();
    distest_rdd_stages s = distest_rdd_stages_default();
    bw.rule = r_string(r_element(rule, "rule"));
    bw.scaleregul = Rf_asReal(r_element(rule, "scaleregul"));
    bw.imse_weights = r_doubles(r_element(rule, "weights"));
    bw.variance_weights = Rf_asLogical(r_element(rule, "variance"));
    bw.masspoints = Rf_asLogical(r_element(rule, "masspoints"));
    bw.bwcheck = r_size(r_element(rule, "bwcheck"));
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    const size_t rows[] = {k, k, 0, k, u.probs, u.probs, u.probs};
    double *to[7] = {NULL};
    for (int i = 0; i < 7; i++) {
        if (!rows[i]) continue;
        SET_VECTOR_ELT(out, i, r_matrix(rows[i], 2));
        to[i] = REAL(VECTOR_ELT(out, i));
        for (size_t j = 0; j < 2 * rows[i]; j++) to[i][j] = NA_REAL;
    }
    s.d = to[3];
    s.bias = to[4];
    s.variance = to[5];
    s.regul = to[6];
    r_begin(&run, threads, progress);

    const int status = distest_rdd_bandwidth(&u, &o, &bw, to[0], to[1], &s, &run.ctx);

    SET_VECTOR_ELT(out, 2, Rf_ScalarReal(s.c0));
    SET_VECTOR_ELT(out, 7, Rf_ScalarReal(s.density));
    SET_VECTOR_ELT(out, 8, r_vector(2));
    for (int i = 0; i < 2; i++) REAL(VECTOR_ELT(out, 8))[i] = (double)s.distinct[i];
    SET_VECTOR_ELT(out, 9, Rf_ScalarLogical(s.exact));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* draws: list(level, draws, studentized, multiplier, xi, scores, process, key);
 * process is TRUE to have the draws back. Gaussian draws come from vcov when there are
 * no scores. */
SEXP r_rdd_bands(SEXP tau, SEXP vcov, SEXP draws, SEXP threads, SEXP progress)
{
    static const char *names[] = {"crit", "lower", "upper", "process", ""};
    const size_t q = (size_t)Rf_xlength(tau), B = r_size(r_element(draws, "draws"));
    SEXP scores = r_element(draws, "scores");
    const double level = Rf_asReal(r_element(draws, "level"));
    const int studentized = Rf_asLogical(r_element(draws, "studentized"));
    r_run run;
    r_rdd_key key;
    distest_rng rng = r_rdd_rng(&key, r_element(draws, "key"));
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(1));
    SET_VECTOR_ELT(out, 1, r_vector(q));
    SET_VECTOR_ELT(out, 2, r_vector(q));
    double *process = NULL;
    if (Rf_asLogical(r_element(draws, "process"))) {
        SET_VECTOR_ELT(out, 3, r_matrix(B, q));
        process = REAL(VECTOR_ELT(out, 3));
    }
    double *crit = REAL(VECTOR_ELT(out, 0)), *lower = REAL(VECTOR_ELT(out, 1)),
           *upper = REAL(VECTOR_ELT(out, 2));
    r_begin(&run, threads, progress);
    const int status =
        Rf_isNull(scores)
            ? distest_rdd_bands(q, REAL_RO(tau), REAL_RO(vcov), level, B, studentized,
                                &rng, crit, lower, upper, process, &run.ctx)
            : distest_rdd_bands_scores(
                  (size_t)Rf_nrows(scores), q, REAL_RO(scores), REAL_RO(tau),
                  r_string(r_element(draws, "multiplier")),
                  r_doubles(r_element(draws, "xi")), level, B, studentized, &rng, crit,
                  lower, upper, process, &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* A part of the draws; draws as above, with `first` instead of `level`. */
SEXP r_rdd_bands_part(SEXP vcov, SEXP draws, SEXP threads, SEXP progress)
{
    static const char *names[] = {"maxima", "se", "process", ""};
    const size_t q = (size_t)Rf_nrows(vcov), B = r_size(r_element(draws, "draws"));
    SEXP scores = r_element(draws, "scores");
    const int given = !Rf_isNull(scores);
    r_run run;
    r_rdd_key key;
    distest_rng rng = r_rdd_rng(&key, r_element(draws, "key"));
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(B));
    SET_VECTOR_ELT(out, 1, r_vector(q));
    double *maxima = REAL(VECTOR_ELT(out, 0)), *se = REAL(VECTOR_ELT(out, 1)),
           *process = NULL;
    if (Rf_asLogical(r_element(draws, "process"))) {
        SET_VECTOR_ELT(out, 2, r_matrix(B, q));
        process = REAL(VECTOR_ELT(out, 2));
    }
    r_begin(&run, threads, progress);
    const int status = distest_rdd_bands_part(
        given ? (size_t)Rf_nrows(scores) : 0, q, given ? REAL_RO(scores) : NULL,
        REAL_RO(vcov), r_string(r_element(draws, "multiplier")),
        r_doubles(r_element(draws, "xi")), r_size(r_element(draws, "first")), B,
        Rf_asLogical(r_element(draws, "studentized")), &rng, maxima, se, process,
        &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* The band from the maxima of all parts. */
SEXP r_rdd_bands_join(SEXP tau, SEXP se, SEXP maxima, SEXP level, SEXP studentized)
{
    static const char *names[] = {"crit", "lower", "upper", ""};
    const size_t q = (size_t)Rf_xlength(tau);
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(1));
    SET_VECTOR_ELT(out, 1, r_vector(q));
    SET_VECTOR_ELT(out, 2, r_vector(q));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_bands_join(
        q, REAL_RO(tau), REAL_RO(se), Rf_asReal(level), (size_t)Rf_xlength(maxima),
        REAL_RO(maxima), Rf_asLogical(studentized), REAL(VECTOR_ELT(out, 0)),
        REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* test: list(test, statistic, studentized, range, level). */
SEXP r_rdd_test(SEXP probs, SEXP tau, SEXP vcov, SEXP process, SEXP test)
{
    const size_t q = (size_t)Rf_xlength(tau);
    double value[3] = {NA_REAL, NA_REAL, NA_REAL};
    r_run run;
    SEXP out = PROTECT(r_vector(3));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_test(
        q, REAL_RO(probs), REAL_RO(tau), REAL_RO(vcov), REAL_RO(process),
        (size_t)Rf_nrows(process), Rf_asReal(r_element(test, "level")),
        r_string(r_element(test, "test")), r_string(r_element(test, "statistic")),
        Rf_asLogical(r_element(test, "studentized")), REAL_RO(r_element(test, "range")),
        value, value + 1, value + 2, &run.ctx);
    for (int i = 0; i < 3; i++) REAL(out)[i] = value[i];
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* Increasing curves from columns of y: projected, or sorted. */
SEXP r_rdd_monotone(SEXP y, SEXP weights, SEXP method)
{
    const size_t n = (size_t)Rf_xlength(y);
    const int project = strcmp(r_string(method), "rearranged") != 0;
    r_run run;
    SEXP out = PROTECT(r_vector(n));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = (project ? distest_rdd_project : distest_rdd_rearrange)(
        n, REAL_RO(y), r_doubles(weights), REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_functional(SEXP name, SEXP levels, SEXP probs, SEXP m)
{
    static const char *names[] = {"value", "gradient", ""};
    const size_t n = (size_t)Rf_xlength(m);
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(1));
    SET_VECTOR_ELT(out, 1, r_vector(n));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_functional(
        r_string(name), REAL_RO(levels)[0], REAL_RO(levels)[1], n, REAL_RO(probs),
        REAL_RO(m), REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_bias(SEXP x, SEXP w, SEXP cutoff, SEXP smoothness)
{
    r_run run;
    SEXP out = PROTECT(r_vector(1));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_bias((size_t)Rf_xlength(x), REAL_RO(x), REAL_RO(w),
                                        Rf_asReal(cutoff), REAL_RO(smoothness)[0],
                                        REAL_RO(smoothness)[1], REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_smoothness(SEXP view, SEXP cutoff, SEXP threads)
{
    const distest_rdd_units u = r_rdd_units(view);
    r_run run;
    SEXP out = PROTECT(r_matrix(u.probs, 2));
    r_begin(&run, threads, R_NilValue);
    const int status = distest_rdd_smoothness(&u, Rf_asReal(cutoff), REAL(out),
                                              REAL(out) + u.probs, &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* bins: 2, or NULL for the usual numbers. list(bins, x, units, value). */
SEXP r_rdd_plotdata(SEXP view, SEXP cutoff, SEXP bins)
{
    static const char *names[] = {"bins", "x", "units", "value", ""};
    const distest_rdd_units u = r_rdd_units(view);
    const double c = Rf_asReal(cutoff);
    size_t side[2] = {0, 0}, k[2];
    for (size_t i = 0; i < u.n; i++) side[u.x[i] >= c]++;
    for (int s = 0; s < 2; s++)
        k[s] = Rf_isNull(bins) ? distest_rdd_bins(side[s]) : (size_t)REAL_RO(bins)[s];
    const size_t rows = k[0] + k[1];
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(2));
    SET_VECTOR_ELT(out, 1, r_vector(rows));
    SET_VECTOR_ELT(out, 2, r_vector(rows));
    SET_VECTOR_ELT(out, 3, r_matrix(rows, u.probs));
    size_t *count = (size_t *)(void *)R_alloc(rows, sizeof *count);
    for (int s = 0; s < 2; s++) REAL(VECTOR_ELT(out, 0))[s] = (double)k[s];
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_plotdata(&u, c, k, REAL(VECTOR_ELT(out, 1)), count,
                                            REAL(VECTOR_ELT(out, 3)), &run.ctx);
    for (size_t b = 0; status == DISTEST_SUCCESS && b < rows; b++)
        REAL(VECTOR_ELT(out, 2))[b] = (double)count[b];
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_honest_critical(SEXP t, SEXP level)
{
    const size_t n = (size_t)Rf_xlength(t);
    r_run run;
    SEXP out = PROTECT(r_vector(n));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_honest_critical(n, REAL_RO(t), Rf_asReal(level),
                                                   REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_density_test(SEXP x, SEXP cutoff, SEXP p, SEXP kernel, SEXP h)
{
    static const char *names[] = {"density", "statistic", "p_value", "binomial", ""};
    const int sizes[] = {2, 1, 1, 5};
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 4; i++) SET_VECTOR_ELT(out, i, r_vector((size_t)sizes[i]));
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_density_test(
        (size_t)Rf_xlength(x), REAL_RO(x), Rf_asReal(cutoff), Rf_asInteger(p),
        r_string(kernel), Rf_asReal(h), REAL(VECTOR_ELT(out, 0)),
        REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)), REAL(VECTOR_ELT(out, 3)),
        &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* A part of the permutations; test: list(cutoff, window, statistic, reps, first, draws,
 * key). Units left and right, statistic, permutations that reach it, permutations of
 * all parts, whether these are all assignments. */
SEXP r_rdd_randtest(SEXP view, SEXP test, SEXP threads, SEXP progress)
{
    const distest_rdd_units u = r_rdd_units(view);
    size_t n_side[2] = {0, 0}, above = 0, permutations = 0;
    double value = NA_REAL;
    int exact = 0;
    r_run run;
    r_rdd_key key;
    distest_rng rng = r_rdd_rng(&key, r_element(test, "key"));
    SEXP out = PROTECT(r_vector(6));
    r_begin(&run, threads, progress);
    const int status = distest_rdd_randtest_part(
        &u, Rf_asReal(r_element(test, "cutoff")), Rf_asReal(r_element(test, "window")),
        r_string(r_element(test, "statistic")), r_size(r_element(test, "reps")),
        r_size(r_element(test, "first")), r_size(r_element(test, "draws")), &rng,
        n_side, &value, &above, &permutations, &exact, &run.ctx);
    const double all[] = {(double)n_side[0], (double)n_side[1],    value,
                          (double)above,     (double)permutations, (double)exact};
    for (int i = 0; i < 6; i++) REAL(out)[i] = all[i];
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

/* The p-value from the counts of all parts. */
SEXP r_rdd_randtest_join(SEXP above, SEXP permutations, SEXP exact)
{
    size_t sum = 0;
    r_run run;
    SEXP out = PROTECT(r_vector(1));
    for (R_xlen_t i = 0; i < Rf_xlength(above); i++) sum += (size_t)REAL_RO(above)[i];
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_rdd_randtest_join(
        1, &sum, r_size(permutations), Rf_asInteger(exact), REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
