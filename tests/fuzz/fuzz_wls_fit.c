/* Fits, covariances, quadrature, pruning and parts of any rows: a message with every
 * failure, the outputs untouched; numbers with every success on moderate input. */
#include "fuzz.h"

enum { N = 9, M = 4, Q = 2 };

static void check(int status, const fuzz_input *in, size_t n, const double *out,
                  distest_context *ctx)
{
    fuzz_claims(status, in, n, out, ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_input in = {bytes, size, 1};
    distest_context ctx = distest_context_default();
    const size_t n = (size_t)fuzz_int(&in, 0, N), m = (size_t)fuzz_int(&in, 0, M);
    const size_t q = (size_t)fuzz_int(&in, 0, Q);
    double P[N * M], w[N], Y[N * Q], out[N * M + 64], tol = 1e-12;
    static const char *const VCOV[] = {"noise", "HC3", "lm", "x"};
    fuzz_doubles(&in, n * m, P), fuzz_doubles(&in, n, w), fuzz_doubles(&in, n * q, Y);
    if (fuzz_int(&in, 0, 9) == 0) tol = fuzz_double(&in);

    fuzz_mark(M * Q, out);
    check(distest_wls_fit(n, m, q, P, w, Y, tol, out, NULL, NULL, NULL, &ctx), &in,
          m * q, out, &ctx);
    fuzz_mark(N, out);
    check(distest_wls_quadrature(n, m, P, w, Y, out, &ctx), &in, 0, out, &ctx);
    fuzz_mark(M * M * Q, out);
    check(distest_wls_vcov(n, m, q, P, w, Y, VCOV[fuzz_int(&in, 0, 3)], 1, out, NULL,
                           &ctx),
          &in, 0, out, &ctx);
    size_t kept = 0, order[N];
    fuzz_mark(N, out);
    check(distest_wls_prune(n, m, P, fuzz_int(&in, 0, 1) ? "gram" : "lambda_min",
                            fuzz_double(&in), (size_t)fuzz_int(&in, 0, N), &kept, order,
                            out, &ctx),
          &in, 0, out, &ctx);

    distest_wls_part *part = NULL, *back = NULL;
    if (distest_wls_part_alloc(m, q, &part, &ctx) == DISTEST_SUCCESS) {
        fuzz_mark(M * Q + Q + 1, out);
        distest_wls_diag d;
        int status =
            distest_wls_part_add(part, fuzz_int(&in, 0, 1) ? "a" : NULL,
                                 (size_t)fuzz_int(&in, 0, 2) * 256, n, P, w, Y, &ctx);
        if (status == DISTEST_SUCCESS)
            status = distest_wls_part_solve(part, tol, out, &d, out + m * q,
                                            out + m * q + q, &ctx);
        check(status, &in, 0, out, &ctx);
        /* any bytes: taken apart without harm, or refused */
        if (distest_wls_part_unpack(m, q, size, bytes, &back, &ctx) == DISTEST_SUCCESS)
            (void)!distest_wls_part_merge(part, back, &ctx);
        distest_wls_part_free(back);
        distest_wls_part_free(part);
    }
    return 0;
}
