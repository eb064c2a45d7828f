/* distest_surv_dist: every function of the distribution at any parameters. NaN is its
 * answer to parameters outside their space, so numbers are asked for inside it only. */
#include "fuzz.h"

enum { MOST = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {bytes, size, 1};
    const int what = fuzz_int(&in, -1, 5), flags = fuzz_int(&in, -1, 4);
    const size_t n = (size_t)fuzz_int(&in, 0, MOST);
    double x[MOST], par[4][MOST], out[MOST];
    size_t inc[4];
    distest_context ctx = distest_context_default();

    fuzz_doubles(&in, n, x);
    for (int j = 0; j < 4; j++) {
        inc[j] = fuzz_byte(&in) % 2;
        fuzz_doubles(&in, MOST, par[j]);
        for (size_t i = 0; i < MOST; i++)
            if (!(par[j][i] > (j < 3 ? 0 : -1))) in.moderate = 0;
    }
    if (what == DISTEST_SURV_QUANTILE)
        for (size_t i = 0; i < n; i++)
            if (flags % 2 ? x[i] > 0 : x[i] < 0 || x[i] > 1) in.moderate = 0;
    fuzz_mark(MOST, out);
    const int status =
        distest_surv_dist(what, flags, n, x, par[0], inc[0], par[1], inc[1], par[2],
                          inc[2], par[3], inc[3], out, &ctx);
    fuzz_claims(status, &in, n, out, &ctx);
    return 0;
}
