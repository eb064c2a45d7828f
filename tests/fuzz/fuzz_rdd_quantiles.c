/* distest_rdd_quantiles, _noise and the collection of chunks on a few rows: any values,
 * weights and codes. Rows, a list and chunks give the same bits. */
#include "fuzz.h"

enum { ROWS = 40, UNITS = 5, PROBS = 4 };

static void same_bits(const double *a, const double *b, size_t n,
                      const distest_context *ctx)
{
    if (memcmp(a, b, n * sizeof *a) != 0) fuzz_broken("chunks leave no trace", ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static double y[ROWS], w[ROWS], q[PROBS], got[UNITS * PROBS], again[UNITS * PROBS];
    static int unit[ROWS], include[UNITS];
    double noise[PROBS];
    size_t count[UNITS];
    fuzz_input in = {bytes, size, 1};
    distest_context ctx = distest_context_default();
    distest_rdd_rows r = distest_rdd_rows_default(), part;
    distest_rdd_acc *acc = NULL;
    const int use = fuzz_byte(&in), type = fuzz_int(&in, 0, 10);

    ctx.threads = 1;
    r.rows = (size_t)fuzz_int(&in, 0, ROWS);
    r.units = (size_t)fuzz_int(&in, 0, UNITS);
    r.first_unit = fuzz_int(&in, 0, 1);
    fuzz_doubles(&in, ROWS, y);
    fuzz_doubles(&in, ROWS, w);
    for (int i = 0; i < ROWS; i++)
        unit[i] = fuzz_int(&in, 0, UNITS - 1) + (use >> 3 & 1);
    for (int i = 0; i < UNITS; i++) include[i] = fuzz_int(&in, 0, 1);
    for (int j = 0; j < PROBS; j++) q[j] = (j + 1) / (PROBS + 1.0);
    if (use & 1) q[1] = fuzz_double(&in);
    r.y = y, r.unit = unit;
    if (use & 2) r.weights = w;

    fuzz_mark(UNITS * PROBS, got);
    const int status =
        distest_rdd_quantiles(&r, type, use >> 2 & 1, PROBS, q, got, count, &ctx);
    fuzz_claims(status, &in, status == DISTEST_SUCCESS ? 0 : UNITS * PROBS, got, &ctx);
    for (size_t u = 0; status == DISTEST_SUCCESS && u < r.units; u++)
        for (size_t j = 0; j < PROBS; j++)
            if (isnan(got[u + j * r.units]) != (count[u] == 0))
                fuzz_broken("units with rows have quantiles", &ctx);
    fuzz_mark(PROBS, noise);
    const int noisy =
        distest_rdd_noise(&r, use & 16 ? include : NULL, PROBS, q, noise, &ctx);
    fuzz_claims(noisy, &in, PROBS, noise, &ctx);

    if (status != DISTEST_SUCCESS ||
        distest_rdd_acc_alloc(r.units, r.weights != NULL, &acc, &ctx) !=
            DISTEST_SUCCESS)
        return 0;
    const size_t cut = r.rows / 3;
    part = r;
    part.rows = cut;
    int added = distest_rdd_acc_add(acc, &part, &ctx);
    part.rows = r.rows - cut, part.y = y + cut, part.unit = unit + cut;
    if (r.weights) part.weights = w + cut;
    if (added == DISTEST_SUCCESS) added = distest_rdd_acc_add(acc, &part, &ctx);
    if (added == DISTEST_SUCCESS)
        added = distest_rdd_acc_finish(acc, type, use >> 2 & 1, PROBS, q, again, count,
                                       &ctx);
    if (added != DISTEST_SUCCESS) fuzz_broken("chunks of good rows are good", &ctx);
    same_bits(got, again, r.units * PROBS, &ctx);
    distest_rdd_acc_free(acc);
    return 0;
}
