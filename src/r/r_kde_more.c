/* r_kde_more.c - the kde family for R: bandwidths, mixed data, meshes, modes,
 * conditional densities, densities in pieces. */
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

static distest_kde_select select_of(SEXP set)
{
    distest_kde_select s = distest_kde_select_default();
    s.method = text(set, "method");
    s.scaling = (int)r_size(r_element(set, "scaling"));
    s.shape = (int)r_size(r_element(set, "shape"));
    s.ties = (int)r_size(r_element(set, "ties"));
    s.kernel = text(set, "kernel");
    s.nu = number(set, "nu", 0);
    s.radius = r_doubles(r_element(set, "radius"));
    s.radius_next = r_doubles(r_element(set, "radius_next"));
    s.reach = r_doubles(r_element(set, "reach"));
    s.metric = r_doubles(r_element(set, "metric"));
    s.points = r_size(r_element(set, "points"));
    s.maxit = r_size(r_element(set, "maxit"));
    s.ratio = number(set, "ratio", s.ratio);
    s.reltol = number(set, "reltol", s.reltol);
    s.floor = number(set, "floor", s.floor);
    s.trim = number(set, "trim", 0);
    s.lower = r_doubles(r_element(set, "lower"));
    s.upper = r_doubles(r_element(set, "upper"));
    s.boundary = (int)r_size(r_element(set, "boundary"));
    return s;
}

enum { NUMBERS = 10 };

static void put_selected(SEXP out, const distest_kde_selected *r)
{
    const double v[NUMBERS] = {r->h,
                               r->objective,
                               r->lower,
                               r->upper,
                               (double)r->iterations,
                               (double)r->queries,
                               (double)r->ties,
                               r->converged,
                               r->floored,
                               (double)r->isolated};
    for (int k = 0; k < NUMBERS; k++) REAL(VECTOR_ELT(out, k))[0] = v[k];
}

static const char *selected_names[] = {"h",          "objective", "lower", "upper",
                                       "iterations", "queries",   "ties",  "converged",
                                       "floored",    "isolated",  "H",     ""};

SEXP r_kde_bandwidth(SEXP x, SEXP weights, SEXP set, SEXP threads, SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_select s = select_of(set);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, selected_names));
    SET_VECTOR_ELT(out, NUMBERS, r_matrix(sample.d, sample.d));
    for (int k = 0; k < NUMBERS; k++) SET_VECTOR_ELT(out, k, r_vector(1));
    distest_kde_selected r;
    r_run run;
    r_begin(&run, threads, progress);
    const int status = distest_kde_bandwidth(&sample, &s, &r,
                                             REAL(VECTOR_ELT(out, NUMBERS)), &run.ctx);
    if (status == DISTEST_SUCCESS) put_selected(out, &r);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_mixed_bandwidth(SEXP x, SEXP weights, SEXP type, SEXP levels, SEXP lambda,
                           SEXP set, SEXP threads, SEXP progress)
{
    const size_t n = (size_t)Rf_nrows(x), columns = (size_t)Rf_ncols(x);
    const distest_kde_select s = select_of(set);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, selected_names));
    SEXP found = PROTECT(Rf_duplicate(lambda));
    for (int k = 0; k < NUMBERS; k++) SET_VECTOR_ELT(out, k, r_vector(1));
    SET_VECTOR_ELT(out, NUMBERS, r_matrix(columns, 2)); /* h, lambda */
    double *h = REAL(VECTOR_ELT(out, NUMBERS));
    distest_kde_selected r;
    r_run run;
    r_begin(&run, threads, progress);
    const int status = distest_kde_mixed_bandwidth(
        n, columns, r_doubles(x), r_doubles(weights), r_ints(type), r_ints(levels), &s,
        REAL(found), h, &r, &run.ctx);
    if (status == DISTEST_SUCCESS) {
        put_selected(out, &r);
        memcpy(h + columns, REAL(found), columns * sizeof *h);
    }
    SEXP value = r_end(&run, status, out);
    UNPROTECT(2);
    return value;
}

SEXP r_kde_mixed(SEXP x, SEXP type, SEXP levels, SEXP lambda)
{
    static const char *names[] = {"x", "factor", "constant", ""};
    const size_t n = (size_t)Rf_nrows(x), columns = (size_t)Rf_ncols(x);
    const size_t width = distest_kde_mixed_width(columns, r_ints(type), r_ints(levels));
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(n, width));
    SET_VECTOR_ELT(out, 1, r_vector(n));
    SET_VECTOR_ELT(out, 2, r_vector(1));
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_kde_mixed(n, columns, r_doubles(x), r_ints(type), r_ints(levels),
                          r_doubles(lambda), REAL(VECTOR_ELT(out, 0)),
                          REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_mixed_sample(SEXP x, SEXP weights, SEXP type, SEXP levels, SEXP lambda,
                        SEXP h, SEXP n, SEXP threads)
{
    const size_t rows = (size_t)Rf_nrows(x), columns = (size_t)Rf_ncols(x),
                 m = r_size(n);
    SEXP out = PROTECT(r_matrix(m, columns));
    r_run run;
    distest_rng rng = r_rng_enter();
    r_begin(&run, threads, R_NilValue);
    const int status = distest_kde_mixed_sample(
        rows, columns, r_doubles(x), r_doubles(weights), r_ints(type), r_ints(levels),
        r_doubles(lambda), r_doubles(h), m, &rng, REAL(out), &run.ctx);
    r_rng_leave();
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_transform(SEXP lower, SEXP upper, SEXP at)
{
    static const char *names[] = {"u", "log_jacobian", ""};
    const size_t m = (size_t)Rf_nrows(at), d = (size_t)Rf_ncols(at);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(m, d));
    SET_VECTOR_ELT(out, 1, r_vector(m));
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_kde_transform(d, r_doubles(lower), r_doubles(upper), m,
                                             r_doubles(at), REAL(VECTOR_ELT(out, 0)),
                                             REAL(VECTOR_ELT(out, 1)), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_kernel(SEXP kernel, SEXP nu, SEXP d)
{
    SEXP out = PROTECT(r_vector(2));
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status = distest_kde_kernel(r_string(kernel), r_doubles(nu)[0], r_size(d),
                                          &REAL(out)[0], &REAL(out)[1], &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_mesh(SEXP x, SEXP weights, SEXP spec, SEXP count, SEXP axes, SEXP threads,
                SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    size_t m = 1, counts[3] = {0};
    for (R_xlen_t k = 0; k < XLENGTH(count) && k < 3; k++)
        m *= counts[k] = (size_t)r_doubles(count)[k];
    SEXP out = PROTECT(r_vector(m));
    r_run run;
    r_begin(&run, threads, progress);
    const int status =
        distest_kde_mesh(&sample, &opts, counts, r_doubles(axes), REAL(out), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_responsibility(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP k,
                          SEXP threads, SEXP progress)
{
    static const char *names[] = {"index", "weight", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = r_kde_rows(at, x), keep = r_size(k);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(keep, m));
    SET_VECTOR_ELT(out, 1, r_matrix(keep, m));
    double *to = REAL(VECTOR_ELT(out, 0));
    size_t *index = (size_t *)(void *)R_alloc(m * keep + 1, sizeof(size_t));
    r_run run;
    r_begin(&run, threads, progress);
    const int status =
        distest_kde_responsibility(&sample, &opts, m, r_doubles(at), keep, index,
                                   REAL(VECTOR_ELT(out, 1)), &run.ctx);
    for (size_t j = 0; j < m * keep && status == DISTEST_SUCCESS; j++)
        to[j] = index[j] < sample.n ? (double)index[j] + 1 : NA_REAL;
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

/* column numbers from 1 as indices from 0 */
static size_t *indices(SEXP which)
{
    const size_t q = (size_t)XLENGTH(which);
    size_t *out = (size_t *)(void *)R_alloc(q + 1, sizeof(size_t));
    for (size_t k = 0; k < q; k++) out[k] = (size_t)r_doubles(which)[k] - 1;
    return out;
}

SEXP r_kde_marginal(SEXP x, SEXP weights, SEXP spec, SEXP which)
{
    static const char *names[] = {"x", "H", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t q = (size_t)XLENGTH(which);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_matrix(sample.n, q));
    SET_VECTOR_ELT(out, 1, r_matrix(q, q));
    const size_t *columns = indices(which);
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    const int status =
        distest_kde_marginal(&sample, &opts, q, columns, REAL(VECTOR_ELT(out, 0)),
                             REAL(VECTOR_ELT(out, 1)), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_conditional(SEXP x, SEXP weights, SEXP spec, SEXP given, SEXP at_given,
                       SEXP at_rest, SEXP type, SEXP threads, SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t q = (size_t)XLENGTH(given), m = (size_t)Rf_nrows(at_given);
    const char *what = r_string(type);
    const int many = strcmp(what, "mean") == 0 || strcmp(what, "sample") == 0;
    const size_t *columns = indices(given);
    SEXP out = PROTECT(many ? r_matrix(m, sample.d - q) : r_vector(m));
    const double *x1 = r_doubles(at_given), *x2 = r_doubles(at_rest);
    double *to = REAL(out);
    r_run run;
    int status;
    distest_rng rng = r_rng_enter();
    r_begin(&run, threads, progress);
    if (strcmp(what, "mean") == 0)
        status = distest_kde_conditional(&sample, &opts, q, columns, m, x1, NULL, NULL,
                                         to, &run.ctx);
    else if (strcmp(what, "sample") == 0)
        status = distest_kde_conditional_sample(&sample, &opts, q, columns, m, x1, &rng,
                                                to, &run.ctx);
    else if (strcmp(what, "cdf") == 0)
        status = distest_kde_conditional_cdf(&sample, &opts, q, columns, m, x1, x2, to,
                                             &run.ctx);
    else
        status = distest_kde_conditional(&sample, &opts, q, columns, m, x1, x2, to,
                                         NULL, &run.ctx);
    r_rng_leave();
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_modes(SEXP x, SEXP weights, SEXP spec, SEXP start, SEXP threads,
                 SEXP progress)
{
    static const char *names[] = {"modes", "log_density", "cluster", ""};
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = r_kde_rows(start, x), d = sample.d;
    double *modes = (double *)R_alloc(m * d + 1, sizeof *modes);
    double *logf = (double *)R_alloc(m + 1, sizeof *logf);
    size_t *cluster = (size_t *)(void *)R_alloc(m + 1, sizeof *cluster), count = 0;
    r_run run;
    r_begin(&run, threads, progress);
    const int status = distest_kde_modes(&sample, &opts, m, r_doubles(start), modes,
                                         logf, cluster, &count, &run.ctx);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names)); /* the library holds nothing now */
    SET_VECTOR_ELT(out, 0, r_matrix(count, d));
    SET_VECTOR_ELT(out, 1, r_vector(count));
    SET_VECTOR_ELT(out, 2, Rf_allocVector(INTSXP, (R_xlen_t)m));
    if (status == DISTEST_SUCCESS) {
        for (size_t k = 0; k < d; k++)
            for (size_t j = 0; j < count; j++)
                REAL(VECTOR_ELT(out, 0))[j + k * count] = modes[j + k * m];
        if (count) memcpy(REAL(VECTOR_ELT(out, 1)), logf, count * sizeof *logf);
        for (size_t j = 0; j < m; j++)
            INTEGER(VECTOR_ELT(out, 2))[j] = (int)cluster[j] + 1;
    }
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

SEXP r_kde_part(SEXP x, SEXP weights, SEXP spec, SEXP at, SEXP k, SEXP threads,
                SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t m = (size_t)Rf_nrows(at), keep = r_size(k);
    SEXP out = PROTECT(r_matrix(m, DISTEST_KDE_PART(keep)));
    r_run run;
    r_begin(&run, threads, progress);
    int status = distest_kde_part_empty(m, keep, REAL(out));
    if (status == DISTEST_SUCCESS)
        status = distest_kde_part_add(&sample, &opts, m, r_doubles(at), keep, REAL(out),
                                      &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(1);
    return value;
}

/* parts: a list of matrices, merged from left to right; dims: d, k */
SEXP r_kde_part_finish(SEXP parts, SEXP spec, SEXP dims)
{
    static const char *names[] = {"log_density", "neff", "distance", "state", ""};
    const distest_kde_opts opts = r_kde_opts(spec);
    const size_t d = (size_t)r_doubles(dims)[0], k = (size_t)r_doubles(dims)[1];
    SEXP state = PROTECT(Rf_duplicate(VECTOR_ELT(parts, 0)));
    const size_t m = (size_t)Rf_nrows(state);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(m));
    SET_VECTOR_ELT(out, 1, r_vector(m));
    SET_VECTOR_ELT(out, 2, r_matrix(k, m));
    SET_VECTOR_ELT(out, 3, state);
    r_run run;
    r_begin(&run, R_NilValue, R_NilValue);
    int status = DISTEST_SUCCESS;
    for (R_xlen_t i = 1; i < XLENGTH(parts) && status == DISTEST_SUCCESS; i++)
        status =
            distest_kde_part_merge(m, k, r_doubles(VECTOR_ELT(parts, i)), REAL(state));
    if (status == DISTEST_SUCCESS)
        status = distest_kde_part_finish(
            &opts, d, m, k, REAL(state), REAL(VECTOR_ELT(out, 0)),
            REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)), &run.ctx);
    SEXP value = r_end(&run, status, out);
    UNPROTECT(2);
    return value;
}
