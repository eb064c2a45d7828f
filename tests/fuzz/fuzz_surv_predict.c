/* distest_surv_predict: any model, rows and arguments. */
#include "fuzz.h"

enum { ROWS = 3, POINTS = 3, COLUMNS = 2, MOST = 4 * COLUMNS };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {bytes, size, 1};
    const size_t m = (size_t)fuzz_int(&in, 0, ROWS),
                 k = (size_t)fuzz_int(&in, 0, POINTS);
    const int type = fuzz_int(&in, -1, 8), each_row = fuzz_int(&in, 0, 1);
    const int use = fuzz_byte(&in);
    double designs[4][ROWS * COLUMNS], offsets[4][ROWS];
    const double *x[4], *offset[4];
    double coef[MOST], half[MOST], vcov[MOST * MOST], at[ROWS * POINTS], entry[ROWS];
    double est[ROWS * POINTS], se[ROWS * POINTS], lower[ROWS * POINTS],
        upper[ROWS * POINTS];
    distest_surv_model model;
    distest_context ctx = distest_context_default();
    size_t P = 0;

    ctx.threads = 1;
    memset(&model, 0, sizeof model);
    model.size = sizeof model;
    model.phi_form = fuzz_int(&in, 0, 1);
    model.kernel = fuzz_int(&in, 0, 2);
    model.time_scale = use & 1 ? fuzz_double(&in) : 1;
    for (int j = 0; j < 4; j++) {
        model.p[j] = (size_t)fuzz_int(&in, 0, COLUMNS);
        model.value[j] = fuzz_double(&in);
        fuzz_doubles(&in, m * model.p[j], designs[j]);
        fuzz_doubles(&in, m, offsets[j]);
        x[j] = designs[j];
        offset[j] = use & 2 << j ? offsets[j] : NULL;
        P += model.p[j];
    }
    fuzz_doubles(&in, P, coef);
    fuzz_doubles(&in, P, half);
    for (size_t i = 0; i < P * P; i++) vcov[i] = half[i % P] * half[i / P];
    model.coef = coef;
    model.vcov = use & 32 ? vcov : NULL;
    fuzz_doubles(&in, ROWS * POINTS, at);
    fuzz_doubles(&in, m, entry);
    fuzz_mark(ROWS * POINTS, est);
    const double level = use & 64 ? fuzz_double(&in) : 0.95;
    const int status = distest_surv_predict(
        &model, type, m, x, use & 128 ? offset : NULL, k, at, each_row,
        use & 4 ? entry : NULL, level, est, use & 32 ? se : NULL,
        use & 32 ? lower : NULL, use & 32 ? upper : NULL, &ctx);
    in.moderate = 0; /* a product of moderate numbers in an exponent is not moderate */
    fuzz_claims(status, &in, ROWS * POINTS * (status != DISTEST_SUCCESS), est, &ctx);
    return 0;
}
