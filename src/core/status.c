/* status.c - status codes in words, the version, and the message of a failed call. */
#include "core.h"

#include <stdarg.h>
#include <stdio.h>

const char *distest_strerror(int status)
{
    static const char *const words[] = {
        [DISTEST_SUCCESS] = "success",
        [DISTEST_EINVAL] = "invalid argument",
        [DISTEST_ENOMEM] = "out of memory",
        [DISTEST_ECONV] = "no convergence",
        [DISTEST_ESING] = "singular matrix",
        [DISTEST_ECANCEL] = "cancelled",
        [DISTEST_EDOM] = "outside the domain of the model",
        [DISTEST_ENOMLE] = "the maximum does not exist",
        [DISTEST_EINTERNAL] = "internal error",
    };
    const int count = sizeof words / sizeof *words;
    return status >= 0 && status < count ? words[status] : "unknown status";
}

int distest_version(void)
{
    return DISTEST_VERSION_NUMBER;
}

int di_fail(distest_context *ctx, int status, const char *argument, const char *format,
            ...)
{
    if (ctx) {
        va_list args;
        va_start(args, format);
        vsnprintf(ctx->message, sizeof ctx->message, format, args);
        va_end(args);
        snprintf(ctx->argument, sizeof ctx->argument, "%s", argument ? argument : "");
    }
    return status;
}
