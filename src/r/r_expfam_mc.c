/* r_expfam_mc.c - families as R describes them, and fits by Monte Carlo. */
#include "r.h"

/* sizes of a numeric vector, in R's transient memory */
static size_t *whole_numbers(SEXP x)
{
    const size_t n = (size_t)Rf_xlength(x);
    size_t *out = (size_t *)R_alloc(n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++) out[i] = (size_t)REAL_RO(x)[i];
    return out;
}

static int pairwise(SEXP list, distest_expfam_family **f, distest_context *ctx)
{
    SEXP a = r_element(list, "a"), levels = r_element(list, "levels"),
         terms = r_element(list, "terms");
    return distest_expfam_family_pairwise(
        f, (size_t)Rf_xlength(a), REAL_RO(a), REAL_RO(r_element(list, "b")),
        (size_t)Rf_xlength(levels), whole_numbers(levels),
        REAL_RO(r_element(list, "scores")), REAL_RO(r_element(list, "prob")),
        (size_t)Rf_xlength(terms) / 2, whole_numbers(terms), ctx);
}

int r_expfam_family(SEXP list, distest_expfam_family **f, distest_context *ctx)
{
    SEXP xi = r_element(list, "xi"), par = r_element(list, "par"),
         ipar = r_element(list, "ipar");
    SEXP pairs = r_element(list, "pairs");
    const size_t nipar = (size_t)Rf_xlength(ipar);
    if (!Rf_isNull(pairs)) return pairwise(pairs, f, ctx);
    if (!Rf_isNull(xi))
        return distest_expfam_family_nodes(
            f, (size_t)Rf_nrows(xi), (size_t)Rf_ncols(xi), REAL_RO(xi),
            r_doubles(r_element(list, "logw")), Rf_asLogical(r_element(list, "finite")),
            ctx);
    size_t *sizes = whole_numbers(ipar);
    return distest_expfam_family_alloc(f, r_string(r_element(list, "cname")),
                                       r_doubles(par), (size_t)Rf_xlength(par), sizes,
                                       nipar, ctx);
}

/* list of everything a Monte Carlo fit gives; numbers still to be filled */
static SEXP room(size_t p)
{
    const char *names[] = {"theta",  "mean",     "cov",  "G",
                           "mixing", "spectrum", "info", ""};
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector(p));
    SET_VECTOR_ELT(out, 1, r_vector(p));
    SET_VECTOR_ELT(out, 2, r_matrix(p, p));
    SET_VECTOR_ELT(out, 3, r_matrix(p, p));
    SET_VECTOR_ELT(out, 4, r_matrix(p, 3));
    SET_VECTOR_ELT(out, 5, r_vector(p));
    for (size_t i = 0; i < 3 * p; i++) REAL(VECTOR_ELT(out, 4))[i] = NA_REAL;
    for (size_t i = 0; i < p; i++) REAL(VECTOR_ELT(out, 5))[i] = NA_REAL;
    UNPROTECT(1);
    return out;
}

static SEXP write_mc_info(const distest_expfam_mc_info *o, double reach)
{
    const char *names[] = {
        "n",         "psi",   "psi_se",   "loglik", "rounds", "M",         "M_eff",
        "M_eff_min", "kl_mc", "rhat_max", "gap",    "reach",  "converged", "trace",
        "T1",        "T2",    "T3",       "rho13",  "rho23",  "rho4",      "se_r1",
        "sd_trace",  "sd_T1", "sd_T2",    "sd_T3",  ""};
    const double values[] = {o->n,
                             o->psi,
                             o->psi_se,
                             o->loglik,
                             (double)o->rounds,
                             o->sweeps,
                             o->m_eff,
                             o->m_eff_least,
                             o->kl_mc,
                             o->rhat,
                             o->gap,
                             reach,
                             o->converged,
                             o->terms.trace,
                             o->terms.t1,
                             o->terms.t2,
                             o->terms.t3,
                             o->terms.rho13,
                             o->terms.rho23,
                             o->terms.rho4,
                             o->terms.se_r1,
                             o->terms_sd[0],
                             o->terms_sd[1],
                             o->terms_sd[2],
                             o->terms_sd[3]};
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    for (int i = 0; i < 25; i++) SET_VECTOR_ELT(out, i, Rf_ScalarReal(values[i]));
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_fit_mc(SEXP family, SEXP size, SEXP x, SEXP weights, SEXP set, SEXP start,
                     SEXP threads, SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    distest_expfam_mc_opts opts = distest_expfam_mc_opts_default();
    distest_expfam_family *f = NULL;
    distest_expfam_mc_info info;
    r_run run;
    SEXP out = PROTECT(room(r_size(size)));
    opts.tol = Rf_asReal(r_element(set, "mc_tol"));
    opts.max_sweeps = (size_t)Rf_asReal(r_element(set, "max_sweeps"));
    opts.sampling = Rf_asLogical(r_element(set, "sampling"));
    distest_rng rng = r_rng_enter();
    r_begin(&run, threads, progress);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_fit_mc(
            f, &opts, &sample, r_doubles(start), &rng, REAL(VECTOR_ELT(out, 0)),
            REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)),
            REAL(VECTOR_ELT(out, 3)), REAL(VECTOR_ELT(out, 4)),
            REAL(VECTOR_ELT(out, 5)), &info, &run.ctx);
    distest_expfam_family_free(f);
    r_rng_leave();
    if (status == DISTEST_SUCCESS) SET_VECTOR_ELT(out, 6, write_mc_info(&info, 1));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_fit_draws(SEXP draws, SEXP chains, SEXP at, SEXP x, SEXP weights,
                        SEXP sampling, SEXP threads, SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    distest_expfam_mc_info info;
    double reach = 0;
    r_run run;
    SEXP out = PROTECT(room((size_t)Rf_xlength(at)));
    r_begin(&run, threads, progress);
    const int status = distest_expfam_fit_draws(
        (size_t)Rf_nrows(draws), (size_t)Rf_ncols(draws), r_size(chains),
        REAL_RO(draws), REAL_RO(at), &sample, Rf_asLogical(sampling),
        REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)), REAL(VECTOR_ELT(out, 2)),
        REAL(VECTOR_ELT(out, 3)), REAL(VECTOR_ELT(out, 4)), REAL(VECTOR_ELT(out, 5)),
        &reach, &info, &run.ctx);
    if (status == DISTEST_SUCCESS) SET_VECTOR_ELT(out, 6, write_mc_info(&info, reach));
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_fit_pseudo(SEXP family, SEXP size, SEXP x, SEXP weights, SEXP threads,
                         SEXP progress)
{
    const distest_sample sample = r_sample(x, weights);
    distest_expfam_family *f = NULL;
    r_run run;
    SEXP out = PROTECT(r_vector(r_size(size)));
    r_begin(&run, threads, progress);
    int status = r_expfam_family(family, &f, &run.ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_fit_pseudo(f, &sample, REAL(out), &run.ctx);
    distest_expfam_family_free(f);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_expfam_fit_nce(SEXP xi, SEXP weights, SEXP noise, SEXP noise_weights,
                      SEXP threads, SEXP progress)
{
    const char *names[] = {"theta", "psi", ""};
    r_run run;
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, r_vector((size_t)Rf_ncols(xi)));
    SET_VECTOR_ELT(out, 1, r_vector(1));
    r_begin(&run, threads, progress);
    const int status = distest_expfam_fit_nce(
        (size_t)Rf_nrows(xi), (size_t)Rf_ncols(xi), REAL_RO(xi), r_doubles(weights),
        (size_t)Rf_nrows(noise), REAL_RO(noise), r_doubles(noise_weights),
        REAL(VECTOR_ELT(out, 0)), REAL(VECTOR_ELT(out, 1)), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
