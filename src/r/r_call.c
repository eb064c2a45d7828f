/* r_call.c - what every .Call shares: context, interrupts, progress, R's jumps, views.
 *
 * R leaves C by jumping, on an error, an interrupt, a time limit or a restart, which
 * would leak whatever the library holds. So R code that runs during a call stands under
 * R_UnwindProtect(). A jump is stopped there and becomes a cancelled call; once the
 * library has cleaned up, r_end() lets it go on to where it was going. The user's
 * handlers, restarts and condition classes all work as if there were no C between. */
#include "r.h"

#include <R_ext/Utils.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>

static const double SECONDS_BETWEEN = 0.1;

static double seconds(void)
{
    struct timespec now;
    (void)timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

typedef struct {
    jmp_buf stop;
    SEXP (*body)(void *data);
    void *data;
} guarded;

static SEXP run_body(void *data)
{
    guarded *g = data;
    return g->body(g->data);
}

static void stop_jump(void *data, Rboolean jumping)
{
    guarded *g = data;
    if (jumping)
        longjmp(g->stop, 1); /* to the frame below R's, none of the library's */
}

/* The value of body(data), or NULL when R wants to jump: then the call must end. */
static SEXP guard(r_run *run, SEXP (*body)(void *), void *data)
{
    guarded g = {.body = body, .data = data};
    if (setjmp(g.stop)) {
        run->jumping = 1;
        return NULL;
    }
    return R_UnwindProtect(run_body, &g, stop_jump, &g, run->jump);
}

typedef struct {
    SEXP progress;
    double fraction;
    const char *stage;
} report;

static SEXP look_and_report(void *data)
{
    const report *r = data;
    R_CheckUserInterrupt();
    if (Rf_isNull(r->progress)) return R_NilValue;
    SEXP fraction = PROTECT(Rf_ScalarReal(r->fraction));
    SEXP stage = PROTECT(Rf_mkString(r->stage ? r->stage : ""));
    SEXP call = PROTECT(Rf_lang3(r->progress, fraction, stage));
    Rf_eval(call, R_GlobalEnv);
    UNPROTECT(3);
    return R_NilValue;
}

static int poll(double fraction, const char *stage, void *data)
{
    r_run *run = data;
    if (run->jumping) return 1;
    const double now = seconds();
    if (now - run->asked < SECONDS_BETWEEN && now >= run->asked) return 0;
    run->asked = now;
    run->fraction = fraction;
    report r = {run->progress, fraction, stage};
    return guard(run, look_and_report, &r) == NULL;
}

static SEXP eval_call(void *call)
{
    return Rf_eval(call, R_GlobalEnv);
}

SEXP r_eval(r_run *run, SEXP call)
{
    if (run->jumping) return NULL;
    PROTECT(call);
    SEXP value = guard(run, eval_call, call);
    UNPROTECT(1);
    return value;
}

void r_begin(r_run *run, SEXP threads, SEXP progress)
{
    run->ctx = distest_context_default();
    if (!Rf_isNull(threads)) run->ctx.threads = Rf_asInteger(threads);
    run->ctx.progress = poll;
    run->ctx.data = run;
    run->progress = progress;
    run->asked = 0; /* the first poll always asks */
    run->fraction = 1;
    run->jumping = 0;
    run->jump = R_MakeUnwindCont();
    R_PreserveObject(run->jump);
}

static SEXP failure(const r_run *run, int status)
{
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

SEXP r_end(r_run *run, int status, SEXP value)
{
    PROTECT(value);
    /* a report of the whole closes a bar that has been begun */
    if (status == DISTEST_SUCCESS && !run->jumping && run->fraction < 1) {
        report r = {run->progress, 1, "done"};
        (void)guard(run, look_and_report, &r);
    }
    R_ReleaseObject(run->jump);
    UNPROTECT(1);
    if (run->jumping) R_ContinueUnwind(run->jump);
    return status == DISTEST_SUCCESS ? value : failure(run, status);
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

size_t r_size(SEXP x)
{
    const double size = Rf_asReal(x);
    return size > 0 ? (size_t)size : 0;
}

const char *r_string(SEXP x)
{
    return Rf_isNull(x) ? NULL : CHAR(STRING_ELT(x, 0));
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

SEXP r_vector(size_t n)
{
    return Rf_allocVector(REALSXP, (R_xlen_t)n);
}
