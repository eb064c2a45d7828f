/**
 * @file gsl.h
 * A gsl_rng as a distest_rng. The only header that needs GSL; distest.h does not
 * include it.
 */
#ifndef DISTEST_GSL_H
#define DISTEST_GSL_H

#include <distest/core.h>
#include <gsl/gsl_rng.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline double distest_gsl_uniform(void *state)
{
    return gsl_rng_uniform_pos((const gsl_rng *)state);
}

/** The generator `r` of GSL; it must outlive the result, and advances as it is used. */
static inline distest_rng distest_rng_gsl(gsl_rng *r)
{
    return distest_rng_from(distest_gsl_uniform, r);
}

#ifdef __cplusplus
}
#endif
#endif
