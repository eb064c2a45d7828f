/* distest_surv_terms on any rows and predictors. */
#include "fuzz.h"

enum { ROWS = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {bytes, size, 1};
    const size_t n = (size_t)fuzz_int(&in, 0, ROWS);
    const int deriv = fuzz_int(&in, -1, 3);
    int type[ROWS];
    double lower[ROWS], upper[ROWS], entry[ROWS], bhazard[ROWS], eta[4 * ROWS];
    double value[ROWS], grad[4 * ROWS], hess[10 * ROWS];
    distest_surv_data data = distest_surv_data_default();
    distest_context ctx = distest_context_default();

    ctx.threads = 1;
    data.n = n;
    data.type = type;
    data.lower = lower;
    data.phi_form = fuzz_int(&in, 0, 2);
    data.kernel = fuzz_int(&in, 0, 3);
    if (fuzz_byte(&in) % 2) data.upper = upper;
    if (fuzz_byte(&in) % 2) data.entry = entry;
    if (fuzz_byte(&in) % 2) data.bhazard = bhazard;
    for (size_t i = 0; i < n; i++) type[i] = fuzz_int(&in, 0, 4);
    fuzz_doubles(&in, n, lower);
    fuzz_doubles(&in, n, upper);
    fuzz_doubles(&in, n, entry);
    fuzz_doubles(&in, n, bhazard);
    fuzz_doubles(&in, 4 * n, eta);
    /* so that no cumulative hazard reaches 1e308, where entry and exit are Inf - Inf */
    for (size_t i = 0; i < 4 * n; i++)
        if (!(fabs(eta[i]) <= 0.5)) in.moderate = 0;
    for (size_t i = 0; i < n; i++)
        if (!(fmax(lower[i], fmax(upper[i], entry[i])) <= 20)) in.moderate = 0;
    fuzz_mark(ROWS, value);
    fuzz_mark(4 * ROWS, grad);
    fuzz_mark(10 * ROWS, hess);
    const int status = distest_surv_terms(&data, eta, deriv, value, grad, hess, &ctx);
    fuzz_claims(status, &in, n, value, &ctx);
    fuzz_claims(status, &in, deriv >= 1 ? 4 * n : 0, grad, &ctx);
    fuzz_claims(status, &in, deriv >= 2 ? 10 * n : 0, hess, &ctx);
    return 0;
}
