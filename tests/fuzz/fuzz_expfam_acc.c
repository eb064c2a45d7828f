/* distest_expfam_acc_unpack trusts nothing; distest_expfam_acc_add takes any rows. */
#include "fuzz.h"

enum { ROWS = 6, P = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    distest_expfam_acc *acc = NULL;
    distest_context ctx = distest_context_default();
    double xi[ROWS * P], mean[P];

    ctx.threads = 1;
    if (distest_expfam_acc_unpack(&acc, P, 2, size, bytes, &ctx) == DISTEST_SUCCESS)
        (void)!distest_expfam_acc_get(acc, NULL, mean, NULL, NULL, NULL, &ctx);
    distest_expfam_acc_free(acc);
    acc = NULL;
    fuzz_input in = {bytes, size, 1};
    const size_t n = (size_t)fuzz_int(&in, 0, ROWS);
    fuzz_doubles(&in, n * P, xi);
    if (distest_expfam_acc_alloc(&acc, P, fuzz_int(&in, 1, 3), &ctx) != DISTEST_SUCCESS)
        return 0;
    int status = distest_expfam_acc_add(acc, NULL, 0, n, xi, NULL, NULL, &ctx);
    fuzz_mark(P, mean);
    if (status == DISTEST_SUCCESS)
        status = distest_expfam_acc_get(acc, NULL, mean, NULL, NULL, NULL, &ctx);
    fuzz_claims(status, &in, P, mean, &ctx);
    distest_expfam_acc_free(acc);
    return 0;
}
