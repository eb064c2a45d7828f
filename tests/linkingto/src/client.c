/* The same calls as in a plain C program. */
#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>
#include <distest.h>

void distest_stubs_load(void);
void R_init_distestclient(DllInfo *dll);

static SEXP client_fit(SEXP time, SEXP event, SEXP x)
{
    const size_t n = (size_t)Rf_length(time), p = (size_t)Rf_ncols(x);
    distest_surv_data data = distest_surv_data_default();
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    distest_context ctx = distest_context_default();
    SEXP out = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)(p + 2)));
    double *vcov = (double *)R_alloc((p + 1) * (p + 1), sizeof(double));
    data.n = n;
    data.type = INTEGER(event);
    data.lower = REAL(time);
    data.par[0].p = p;
    data.par[0].x = data.par[2].x = REAL(x);
    data.par[0].ldx = data.par[2].ldx = n;
    data.par[2].p = 1;
    data.par[3].value = 0.69314718055994530942;
    const int status =
        distest_surv_fit(&data, &opts, REAL(out) + 1, vcov, NULL, &info, &ctx);
    if (status != DISTEST_SUCCESS) Rf_error("%s", ctx.message);
    REAL(out)[0] = info.loglik;
    UNPROTECT(1);
    return out;
}

static const R_CallMethodDef routines[] = {
    {"client_fit", (DL_FUNC)&client_fit, 3},
    {NULL, NULL, 0},
};

void R_init_distestclient(DllInfo *dll)
{
    distest_stubs_load();
    R_registerRoutines(dll, NULL, routines, NULL, NULL);
    R_useDynamicSymbols(dll, FALSE);
}
