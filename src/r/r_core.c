/* r_core.c - threads and version, as R asks for them. */
#include "r.h"

#ifdef _OPENMP
#include <omp.h>
#endif

/* How many threads a call with `threads` (NULL: no wish) would use. */
SEXP r_core_threads(SEXP threads)
{
    int offered = 1, most = 1;
#ifdef _OPENMP
    offered = omp_get_max_threads();
    most = omp_get_thread_limit();
#endif
    if (!Rf_isNull(threads)) offered = Rf_asInteger(threads);
    return Rf_ScalarInteger(offered < most ? offered : most);
}

SEXP r_core_version(void)
{
    return Rf_ScalarInteger(distest_version());
}
