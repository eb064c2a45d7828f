/* r_wls.h - what the glue files of this family share: handles from R's plain lists. */
#ifndef R_WLS_H
#define R_WLS_H

#include "r.h"

#include "../wls/wls.h"

/* room: what r_wls_room() gave, before r_begin() */
distest_wls_basis **r_wls_room(SEXP bases);
DISTEST_STATUS r_wls_make_space(SEXP space, distest_wls_basis **room,
                                distest_wls_space **s, distest_context *ctx);
/* element `at` of out: lambda_min, lambda_max, cond, delta, proposals, tries, trace */
void r_wls_diag(SEXP out, int at, const distest_wls_diag *d);
distest_wls_opts r_wls_opts(SEXP list);

#endif
