/* vexp.c - elementary functions of whole arrays: vec.h in a loop. */
#define DI_KERNEL "vexp_kernel.h"
#include "isa.h"

#define VEXP(f)                                                                        \
    void di_v##f(size_t n, const double *x, double *y)                                 \
    {                                                                                  \
        DI_PICK(loop_##f)(n, x, y);                                                    \
    }

VEXP(exp)
VEXP(expm1)
VEXP(log)
VEXP(log1p)
VEXP(sinpi)
VEXP(cospi)
VEXP(sqrt)
