/* r_wls.h - what the glue files of this family share: handles from R's plain lists. */
#ifndef R_WLS_H
#define R_WLS_H

#include "r.h"

#include "../wls/wls.h"

/* Room for the bases of a list and a NULL; nothing of it outlives the call. */
distest_wls_basis **r_wls_room(SEXP bases);
/* A call that works on a space: r_wls_open() begins it and makes the space, to be used
 * while `status` is DISTEST_SUCCESS; r_wls_close() gives the space back and ends it.
 * R's objects are made before. */
typedef struct {
    r_run run;
    distest_wls_space *s;
    int status;
} r_wls_call;
void r_wls_open(r_wls_call *call, SEXP space, SEXP threads, SEXP progress);
SEXP r_wls_close(r_wls_call *call, SEXP value);
/* element `at` of out: lambda_min, lambda_max, cond, delta, proposals, tries, trace */
void r_wls_diag(SEXP out, int at, const distest_wls_diag *d);
distest_wls_opts r_wls_opts(SEXP list);

#endif
