/* context.c - threads, progress and cancelling of a call.
 *
 * GNU OpenMP hangs in a forked child once the parent has used threads. A handler that
 * runs in the child sets a flag, and from then on the child computes on one thread. */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "core.h"

#include <stdatomic.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#ifndef _WIN32
#include <pthread.h>
#endif

distest_context distest_context_default(void)
{
    return (distest_context){.size = sizeof(distest_context)};
}

void di_begin(distest_context *ctx)
{
    if (!ctx) return;
    ctx->argument[0] = '\0';
    ctx->message[0] = '\0';
}

#if defined(_OPENMP) && !defined(_WIN32)
static atomic_int forked;

static void in_child(void)
{
    atomic_store(&forked, 1);
}

static void watch_forks(void)
{
    (void)pthread_atfork(NULL, NULL, in_child);
}

/* Armed once, before the first parallel region. */
static int in_fork(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    return atomic_load(&forked);
}
#elif defined(_OPENMP)
static int in_fork(void)
{
    return 0;
}
#endif

int di_threads(const distest_context *ctx)
{
#ifdef _OPENMP
    if (in_fork() || omp_in_parallel()) return 1;
    const int wanted = ctx && ctx->threads > 0 ? ctx->threads : omp_get_max_threads();
    const int most = omp_get_thread_limit();
    return wanted < most ? wanted : most;
#else
    (void)ctx;
    return 1;
#endif
}

int di_thread(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

int di_progress(distest_context *ctx, double fraction, const char *stage)
{
    if (!ctx || !ctx->progress || ctx->progress(fraction, stage, ctx->data) == 0)
        return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_ECANCEL, NULL, "Cancelled at %.0f%% (%s).",
                   100 * fraction, stage);
}
