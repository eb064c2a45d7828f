/**
 * @file core.h
 * What every family shares: status codes, the context of a call, samples, random
 * numbers.
 *
 * Every function that computes has the form: data, settings, sizes and further input,
 * random numbers, outputs, context. It returns a status; outputs are untouched on
 * failure and incomplete after DISTEST_ECANCEL. No function prints, ends the process,
 * keeps a pointer to what it was given, or changes global state that it does not
 * restore. Functions may be called from several threads at once, each with a context
 * and a generator of its own.
 */
#ifndef DISTEST_CORE_H
#define DISTEST_CORE_H

#include <distest/version.h>
#include <stddef.h>
#include <stdint.h>

/* DISTEST_API: seen outside the library. DISTEST_STATUS: an int nobody may ignore.
 * DISTEST_HIDDEN is set inside the R package and in packages that compile the stubs. */
#if defined(_WIN32) && defined(DISTEST_SHARED)
#ifdef DISTEST_BUILD
#define DISTEST_API __declspec(dllexport)
#else
#define DISTEST_API __declspec(dllimport)
#endif
#elif defined(DISTEST_HIDDEN) && defined(__GNUC__) && !defined(_WIN32)
#define DISTEST_API __attribute__((visibility("hidden")))
#elif defined(__GNUC__) && !defined(_WIN32)
#define DISTEST_API __attribute__((visibility("default")))
#else
#define DISTEST_API
#endif
#if defined(__GNUC__)
#define DISTEST_STATUS __attribute__((warn_unused_result)) int
#else
#define DISTEST_STATUS int
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** What a call returns. Zero is success, everything else a failure. */
enum {
    DISTEST_SUCCESS = 0,
    DISTEST_EINVAL = 1,   /**< an argument has a value or shape that is never allowed */
    DISTEST_ENOMEM = 2,   /**< memory could not be had */
    DISTEST_ECONV = 3,    /**< no usable result was reached */
    DISTEST_ESING = 4,    /**< rank deficient; the message says where */
    DISTEST_ECANCEL = 5,  /**< the progress function said stop */
    DISTEST_EDOM = 6,     /**< data outside the model's support, or a parameter outside
                               its space */
    DISTEST_ENOMLE = 7,   /**< the maximum does not exist; the message says why */
    DISTEST_EINTERNAL = 8 /**< a bug: please report it */
};

/** A status in words: "invalid argument" and the like. Never NULL. */
DISTEST_API const char *distest_strerror(int status);

/** The version of the library, 10000 major + 100 minor + patch; to be compared with
 *  DISTEST_VERSION_NUMBER of the headers. */
DISTEST_API int distest_version(void);

/** Called now and then, on the calling thread only. `fraction` runs from 0 to 1 within
 *  a call, `stage` says in a word or two what is being done. A return value other than
 *  0 stops the computation, which then returns DISTEST_ECANCEL. */
typedef int (*distest_progress_fn)(double fraction, const char *stage, void *data);

/**
 * How a call runs, as opposed to what it computes, and what went wrong. May be NULL
 * everywhere. Made by distest_context_default(). One context serves one call at a time.
 */
typedef struct distest_context {
    size_t size; /**< sizeof(distest_context), set by distest_context_default() */
    int threads; /**< threads to use; 0 takes what OpenMP offers. The result has the
                      same bits for any number */
    distest_progress_fn progress; /**< NULL: no reports, no way to cancel */
    void *data;                   /**< handed to `progress` */
    char argument[64]; /**< the argument a failure is about, as the header spells it;
                            "" if none */
    char message[512]; /**< what happened, with the offending value and its index; ""
                            after a success */
} distest_context;

/** All threads, no progress function. */
DISTEST_API distest_context distest_context_default(void);

/** A view of n points in d dimensions. It owns nothing. */
typedef struct distest_sample {
    size_t n, d;
    const double *x;       /**< n x d, column-major */
    const double *weights; /**< n non-negative numbers, or NULL for equal weights */
} distest_sample;

/** A source of uniform random numbers in (0, 1). */
typedef double (*distest_uniform_fn)(void *state);

/**
 * The caller's random numbers. Routines with parallel or replicated parts draw one
 * 64-bit key from it (two uniform numbers of 32 bits each) and go on with counter-based
 * Philox 4x32-10 streams, so that replicate b is the same on any thread or machine.
 * Made by distest_rng_seed(), distest_rng_from(), or distest_rng_gsl() of
 * distest/gsl.h.
 */
typedef struct distest_rng {
    size_t size;                /**< sizeof(distest_rng) */
    distest_uniform_fn uniform; /**< NULL: Philox with the key and counter below */
    void *state;                /**< handed to `uniform` */
    uint64_t key, counter;
} distest_rng;

/** A Philox generator: uniform number i is a function of `seed` and i. */
DISTEST_API distest_rng distest_rng_seed(uint64_t seed);

/** Wraps a generator of the caller's; `uniform(state)` gives numbers in (0, 1) of which
 *  the leading 32 bits are used. */
DISTEST_API distest_rng distest_rng_from(distest_uniform_fn uniform, void *state);

/** The next uniform number, in the open interval (0, 1). */
DISTEST_API double distest_rng_uniform(distest_rng *rng);

#ifdef __cplusplus
}
#endif
#endif
