/* r_rng.c - R's generator as a distest_rng. Used on R's thread only. */
#include "r.h"

#include <R_ext/Random.h>

static double draw(void *unused)
{
    (void)unused;
    return unif_rand();
}

distest_rng r_rng_enter(void)
{
    GetRNGstate();
    return distest_rng_from(draw, NULL);
}

void r_rng_leave(void)
{
    PutRNGstate();
}
