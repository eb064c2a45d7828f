/* wls_parallel.c - long tasks on threads. The calling thread, and only it, asks the
 * progress function: between its own pieces of work, and while it waits for the
 * others. What a task computes depends on its number alone. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 199309L /* nanosleep() */
#endif
#include "wls.h"

#include <math.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    (void)timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int di_wls_stop(di_wls_team *team, int thread)
{
    if (thread == 0) {
        const double now = seconds();
        if (now - team->last > 0.02 || now < team->last) {
            const double share = (double)atomic_load(&team->done) /
                                 (double)(team->tasks ? team->tasks : 1);
            team->last = now;
            if (di_progress(team->ctx, share, team->stage) != DISTEST_SUCCESS)
                atomic_store(&team->stopped, DISTEST_ECANCEL);
        }
    }
    return atomic_load_explicit(&team->stopped, memory_order_relaxed);
}

/* The calling thread has no piece of its own left: the core is for those who have, but
 * for short draws, which end before a sleep would. */
static void wait_for_others(di_wls_team *team)
{
    const struct timespec nap = {0, 500000};
    const double since = seconds();
    while (atomic_load(&team->done) < team->tasks && !di_wls_stop(team, 0))
        if (fabs(seconds() - since) > 2e-4) (void)nanosleep(&nap, NULL);
}

enum { STATUSES = 16 }; /* more than there are */

int di_wls_run(distest_context *ctx, const char *stage, size_t tasks, di_wls_task_fn fn,
               void *data)
{
    di_wls_team team = {.ctx = ctx, .stage = stage, .tasks = tasks};
    const size_t most = (size_t)di_threads(ctx);
    const int threads = (int)(tasks == 0 ? 1 : tasks < most ? tasks : most);
    atomic_size_t failure; /* lowest failing task * STATUSES + its status */
    atomic_init(&failure, SIZE_MAX);
    atomic_init(&team.next, 0);
    atomic_init(&team.done, 0);
    atomic_init(&team.stopped, 0);
    int status = di_progress(ctx, 0, stage);
    if (status != DISTEST_SUCCESS) return status;
#pragma omp parallel num_threads(threads)
    {
        const int me = di_thread();
        while (!di_wls_stop(&team, me)) {
            const size_t task = atomic_fetch_add(&team.next, 1);
            if (task >= tasks) break;
            const int s = fn(task, me, &team, data);
            if (s != DISTEST_SUCCESS && s != DISTEST_ECANCEL) {
                const size_t mine = task * STATUSES + (size_t)s;
                size_t lowest = atomic_load(&failure);
                while (mine < lowest &&
                       !atomic_compare_exchange_weak(&failure, &lowest, mine)) {
                }
                atomic_store(&team.stopped, s);
            }
            atomic_fetch_add(&team.done, 1);
        }
        if (me == 0) wait_for_others(&team);
    }
    const size_t first = atomic_load(&failure);
    return first == SIZE_MAX ? atomic_load(&team.stopped) : (int)(first % STATUSES);
}
