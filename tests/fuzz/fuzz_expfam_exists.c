/* distest_expfam_exists on any points and any mean. */
#include "fuzz.h"

enum { M = 8, P = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {bytes, size, 1};
    const size_t m = (size_t)fuzz_int(&in, 0, M), p = (size_t)fuzz_int(&in, 0, P);
    double xi[M * P], mean[P], direction[P];
    int where = -7, face[M];
    distest_context ctx = distest_context_default();

    ctx.threads = 1;
    fuzz_doubles(&in, m * p, xi);
    fuzz_doubles(&in, p, mean);
    fuzz_mark(P, direction);
    const int status =
        distest_expfam_exists(m, p, xi, mean, &where, direction, face, &ctx);
    fuzz_claims(status, &in, p, direction, &ctx);
    if (status == DISTEST_SUCCESS && (where < 0 || where > 2)) __builtin_trap();
    return 0;
}
