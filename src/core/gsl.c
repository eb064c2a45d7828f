/* gsl.c - GSL's error handler is one per process and ends it by default, on a harmless
 * underflow too. While any call of the library is inside GSL it is off; the caller's
 * own comes back afterwards. Calls may overlap in time, on several threads: the first
 * takes the handler, the last returns it. */
#include "core.h"

#include <gsl/gsl_errno.h>
#ifdef _WIN32
#define LOCK()
#define UNLOCK()
#else
#include <pthread.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
#define LOCK()   (void)pthread_mutex_lock(&mutex)
#define UNLOCK() (void)pthread_mutex_unlock(&mutex)
#endif

static int inside; /* calls that are in GSL now */
static gsl_error_handler_t *callers;

void di_gsl_enter(void)
{
    LOCK();
    if (inside++ == 0) callers = gsl_set_error_handler_off();
    UNLOCK();
}

void di_gsl_leave(void)
{
    LOCK();
    if (--inside == 0) (void)gsl_set_error_handler(callers);
    UNLOCK();
}

int di_gsl_status(distest_context *ctx, int gsl_status, const char *what)
{
    switch (gsl_status) {
    case GSL_SUCCESS:
    case GSL_EUNDRFLW:
        return DISTEST_SUCCESS;
    case GSL_ENOMEM:
        return di_fail(ctx, DISTEST_ENOMEM, NULL, "Memory ran out for %s.", what);
    case GSL_EDOM:
    case GSL_EINVAL:
        return di_fail(ctx, DISTEST_EINVAL, NULL, "%s: %s.", what,
                       gsl_strerror(gsl_status));
    default:
        return di_fail(ctx, DISTEST_ECONV, NULL, "%s: %s.", what,
                       gsl_strerror(gsl_status));
    }
}
