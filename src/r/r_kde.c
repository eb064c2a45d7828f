/* r_kde.c - the kde family for R: one routine a C function. */
#include "r.h"

#include <string.h>

static const char *text(SEXP list, const char *name)
{
    return r_string(r_element(list, name));
}

static double number(SEXP list, const char *name, double otherwise)
{
    const double *x = r_doubles(r_element(list, name));
    return x ? x[0] : otherwise;
}

/* what R/kde.R's kde_spec() holds */
distest_kde_opts r_kde_opts(SEXP spec)
{
    distest_kde_opts o = distest_kde_opts_default();
    o.kernel = text(spec, "kernel");
    o.nu = number(spec, "nu", 0);
    o.shape = (int)r_size(r_element(spec, "shape"));
    o.bandwidth = r_doubles(r_element(spec, "bandwidth"));
    o.scaling = (int)r_size(r_element(spec, "scaling"));
    o.radius = r_doubles(r_element(spec, "radius"));
    o.radius_next = r_doubles(r_element(spec, "radius_next"));
    o.reach = r_doubles(r_element(spec, "reach"));
    o.tol = number(spec, "tol", 0);
    o.ties = (int)r_size(r_element(spec, "ties"));
    o.method = (int)r_size(r_element(spec, "method"));
    o.lower = r_doubles(r_element(spec, "lower"));
    o.upper = r_doubles(r_element(spec, "upper"));
    o.boundary = (int)r_size(r_element(spec, "boundary"));
    o.log_factor = r_doubles(r_element(spec, "log_factor"));
    o.log_constant = number(spec, "log_constant", 0);
    return o;
}

size_t r_kde_rows(SEXP at, SEXP x)
{
    return (size_t)Rf_nrows(Rf_isNull(at) ? x : at);
}

SEXP r_kde_eval(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP threads, SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = r_kde_rows(at, x);
    SEXP out = PROTECT(r_vector(m));
    r_run run;
    r_begin(&run, threads, progress);
    const int status =
        Rf_isNull(at)
            ? distest_kde_loo(&sample, &opts, REAL(out), &run.ctx)
            : distest_kde_eval(&sample, &opts, m, r_doubles(at), REAL(out), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_score(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP hessian, SEXP threads,
                 SEXP progress)
{
    static const char *names[] = {"log_density", "gradient", "hessian", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = r_kde_rows(at, x), d = sample.d;
    const int second = r_ints(hessian)[0];
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(m));
    SET_VECTOR_ELT(out, 1, r_matrix(m, d));
    SET_VECTOR_ELT(out, 2, r_vector(second ? d * d * m : 0));
    double *logf = REAL(VECTOR_ELT(out, 0)), *grad = REAL(VECTOR_ELT(out, 1));
    double *hess = REAL(VECTOR_ELT(out, 2));
    r_run run;
    r_begin(&run, threads, progress);
    const int status = second ? distest_kde_curvature(&sample, &opts, m, r_doubles(at),
                                                      logf, grad, hess, &run.ctx)
                              : distest_kde_score(&sample, &opts, m, r_doubles(at),
                                                  logf, grad, &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_stats(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP threads, SEXP progress)
{
    static const char *names[] = {"neff",       "neff2",   "entropy",
                                  "max_weight", "nearest", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = r_kde_rows(at, x);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    double *col[5];
    for (int k = 0; k < 5; k++) {
        SET_VECTOR_ELT(out, k, r_vector(m));
        col[k] = REAL(VECTOR_ELT(out, k));
    }
    size_t *nearest = (size_t *)(void *)R_alloc(m ? m : 1, sizeof(size_t));
    r_run run;
    r_begin(&run, threads, progress);
    const int status = distest_kde_stats(&sample, &opts, m, r_doubles(at), col[0],
                                         col[1], col[2], col[3], nearest, &run.ctx);
    for (size_t j = 0; j < m && status == DISTEST_SUCCESS; j++)
        col[4][j] = nearest[j] < sample.n ? (double)nearest[j] + 1 : NA_REAL;
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_phases(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP k, SEXP threads,
                  SEXP progress)
{
    static const char *names[] = {"lid", "edge", "s_G", "mu", "mu_se", "regime", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = r_kde_rows(at, x);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    double *col[5];
    for (int c = 0; c < 5; c++) {
        SET_VECTOR_ELT(out, c, r_vector(m));
        col[c] = REAL(VECTOR_ELT(out, c));
    }
    SET_VECTOR_ELT(out, 5, Rf_allocVector(INTSXP, (R_xlen_t)m));
    r_run run;
    r_begin(&run, threads, progress);
    const int status = distest_kde_phases(&sample, &opts, m, r_doubles(at), r_size(k),
                                          col[0], col[1], col[2], col[3], col[4],
                                          INTEGER(VECTOR_ELT(out, 5)), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_interval(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP k, SEXP boot,
                    SEXP level, SEXP threads, SEXP progress)
{
    static const char *names[] = {"lower", "upper", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = r_kde_rows(at, x);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(m));
    SET_VECTOR_ELT(out, 1, r_vector(m));
    r_run run;
    distest_rng rng = r_rng_enter();
    r_begin(&run, threads, progress);
    const int status = distest_kde_interval(
        &sample, &opts, m, r_doubles(at), r_size(k), r_size(boot), r_doubles(level)[0],
        &rng, REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)), &run.ctx);
    r_rng_leave();
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_grid(SEXP x, SEXP weights, SEXP spec, SEXP h, SEXP threads, SEXP progress)
{
    static const char *names[] = {"loo", "d1", "d2", "neff", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t nh = (size_t)XLENGTH(h);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int k = 0; k < 4; k++) SET_VECTOR_ELT(out, k, r_vector(nh));
    r_run run;
    r_begin(&run, threads, progress);
    const int status =
        distest_kde_grid_loo(&sample, &opts, nh, r_doubles(h), REAL(VECTOR_ELT(out, 0)),
                             REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)),
                             REAL(VECTOR_ELT(out, 3)), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_reference(SEXP x, SEXP weights, SEXP scaling)
{
    const distest_sample sample = r_sample(x, weights);
    SEXP out = PROTECT(r_matrix(sample.d, sample.d));
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_kde_reference(&sample, (int)r_size(scaling), REAL(out), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_radius(SEXP x, SEXP weights, SEXP spec, SEXP k, SEXP threads, SEXP progress)
{
    static const char *names[] = {"radius", "next", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(sample.n));
    SET_VECTOR_ELT(out, 1, r_vector(sample.n));
    r_run run;
    r_begin(&run, threads, progress);
    const int status =
        distest_kde_radius(&sample, &opts, r_size(k), REAL(VECTOR_ELT(out, 0)),
                           REAL(VECTOR_ELT(out, 1)), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_sample(SEXP x, SEXP weights, SEXP spec, SEXP n, SEXP shrink, SEXP threads,
                  SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = r_size(n);
    SEXP out = PROTECT(r_matrix(m, sample.d));
    r_run run;
    distest_rng rng = r_rng_enter();
    r_begin(&run, threads, progress);
    const int status = distest_kde_sample(&sample, &opts, m, r_ints(shrink)[0], &rng,
                                          REAL(out), &run.ctx);
    r_rng_leave();
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_distribution(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP inverse,
                        SEXP threads)
{
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = (size_t)XLENGTH(at);
    SEXP out = PROTECT(r_vector(m));
    r_run run;
    r_begin(&run, threads, R_NilValue);
    const int status = (r_ints(inverse)[0] ? distest_kde_quantile : distest_kde_cdf)(
        &sample, &opts, m, r_doubles(at), REAL(out), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_thresholds(SEXP spectrum, SEXP xi2, SEXP log_n, SEXP finite)
{
    SEXP out = PROTECT(r_vector(9));
    distest_kde_theory t;
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_kde_thresholds(
        (size_t)XLENGTH(spectrum), r_doubles(spectrum), r_doubles(xi2),
        r_doubles(log_n)[0], r_ints(finite)[0], &t, &run.ctx);
    if (status == DISTEST_SUCCESS) {
        const double v[] = {t.alpha, t.s_g,        t.h_g,         t.h_clt, t.r_min,
                            t.h_opt, t.kl_per_dim, t.lid_per_dim, t.mu_opt};
        memcpy(REAL(out), v, sizeof v);
    }
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_normal(SEXP n, SEXP d, SEXP h, SEXP threads, SEXP progress)
{
    SEXP out = PROTECT(r_vector(2));
    double *v = REAL(out);
    v[0] = Rf_isNull(h) ? 0 : r_doubles(h)[0];
    r_run run;
    r_begin(&run, threads, progress);
    const int status =
        Rf_isNull(h)
            ? distest_kde_h_normal(r_doubles(n)[0], r_size(d), &v[0], &v[1], &run.ctx)
            : distest_kde_kl_normal(r_doubles(n)[0], r_size(d), v[0], &v[1], &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_dominance(SEXP terms, SEXP k)
{
    static const char *names[] = {"mu", "mu_se", "neff", "neff2", "regime", ""};
    const size_t m = (size_t)Rf_nrows(terms), n = (size_t)Rf_ncols(terms);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    double *col[4];
    for (int c = 0; c < 4; c++) {
        SET_VECTOR_ELT(out, c, r_vector(m));
        col[c] = REAL(VECTOR_ELT(out, c));
    }
    SET_VECTOR_ELT(out, 4, Rf_allocVector(INTSXP, (R_xlen_t)m));
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_kde_dominance(m, n, r_doubles(terms), r_size(k), col[0], col[1], col[2],
                              col[3], INTEGER(VECTOR_ELT(out, 4)), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}
