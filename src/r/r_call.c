/* r_call.c - what every .Call shares: context, interrupts, progress, views, failures.
 */
#include "r.h"

#include <R_ext/Utils.h>
#include <string.h>
#include <time.h>

static const double SECONDS_BETWEEN = 0.1;

static double seconds(void)
{
    struct timespec now;
    (void)timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* R_CheckUserInterrupt() jumps away from C and would leak whatever the library holds,
 * so the jump is caught here and becomes a cancelled call. */
static void look_for_interrupt(void *unused)
{
    (void)unused;
    R_CheckUserInterrupt();
}

static int poll(double fraction, const char *stage, void *data)
{
    r_run *run = data;
    const double now = seconds();
    int failed = 0;
    if (now - run->asked < SECONDS_BETWEEN && now >= run->asked) return 0;
    run->asked = now;
    if (!R_ToplevelExec(look_for_interrupt, NULL)) return 1;
    if (Rf_isNull(run->progress)) return 0;
    SEXP f = PROTECT(Rf_ScalarReal(fraction)), s = PROTECT(Rf_mkString(stage));
    SEXP call = PROTECT(Rf_lang3(run->progress, f, s));
    SEXP answer = R_tryEvalSilent(call, R_GlobalEnv, &failed);
    const int go_on = !failed && Rf_isLogical(answer) && Rf_asLogical(answer) == TRUE;
    UNPROTECT(3);
    return !go_on;
}

void r_begin(r_run *run, SEXP threads, SEXP progress)
{
    run->ctx = distest_context_default();
    if (!Rf_isNull(threads)) run->ctx.threads = Rf_asInteger(threads);
    run->ctx.progress = poll;
    run->ctx.data = run;
    run->progress = progress;
    run->asked = 0; /* the first poll always asks */
}

SEXP r_end(const r_run *run, int status, SEXP value)
{
    if (status == DISTEST_SUCCESS) return value;
    const char *names[] = {"status", "argument", "message", ""};
    const char *message =
        run->ctx.message[0] ? run->ctx.message : distest_strerror(status);
    SEXP out = PROTECT(Rf_mkNamed(VECSXP, names));
    SET_VECTOR_ELT(out, 0, Rf_ScalarInteger(status));
    SET_VECTOR_ELT(out, 1, Rf_mkString(run->ctx.argument));
    SET_VECTOR_ELT(out, 2, Rf_mkString(message));
    Rf_classgets(out, Rf_mkString("distest_failure"));
    UNPROTECT(1);
    return out;
}

const double *r_doubles(SEXP x)
{
    return Rf_isNull(x) ? NULL : REAL_RO(x);
}

const int *r_ints(SEXP x)
{
    if (Rf_isNull(x)) return NULL;
    return Rf_isLogical(x) ? LOGICAL_RO(x) : INTEGER_RO(x);
}

distest_sample r_sample(SEXP x, SEXP weights)
{
    return (distest_sample){
        .n = (size_t)Rf_nrows(x),
        .d = (size_t)Rf_ncols(x),
        .x = REAL_RO(x),
        .weights = r_doubles(weights),
    };
}

SEXP r_element(SEXP list, const char *name)
{
    SEXP names = Rf_getAttrib(list, R_NamesSymbol);
    for (R_xlen_t i = 0; i < Rf_xlength(names); i++)
        if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) return VECTOR_ELT(list, i);
    return R_NilValue;
}

SEXP r_matrix(size_t rows, size_t cols)
{
    return Rf_allocMatrix(REALSXP, (int)rows, (int)cols);
}
