/* test_wls_part.c - parts of fits: any split and order of merges gives the same bits.
 */
#include "wls_test.h"

enum { n = 3 * 512 + 100, m = 4, q = 2 };
static double P[n * m], w[n], Y[n * q];

static void fill(void)
{
    for (int i = 0; i < n; i++) {
        const double x = cos(0.37 * i);
        w[i] = 1 + 0.5 * sin(i);
        for (int j = 0; j < m; j++) P[i + j * n] = pow(x, j);
        Y[i] = exp(x), Y[i + n] = 1e6 * sin(3 * x) + 1e-3 * i;
    }
}

static distest_wls_part *rows_from(size_t first, size_t rows, const char *segment)
{
    distest_wls_part *part = NULL;
    double *p = malloc(rows * (m + q) * sizeof *p), *y = p + rows * m;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < m; j++) p[i + j * rows] = P[first + i + j * n];
        for (size_t j = 0; j < q; j++) y[i + j * rows] = Y[first + i + j * n];
    }
    CHECK(distest_wls_part_alloc(m, q, &part, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_part_add(part, segment, first, rows, p, w + first, y, NULL) ==
          DISTEST_SUCCESS);
    free(p);
    return part;
}

static void solve(const distest_wls_part *part, double *out)
{
    distest_wls_diag d;
    double rows;
    CHECK(distest_wls_part_solve(part, 1e-12, out, &d, out + m * q, &rows, NULL) ==
          DISTEST_SUCCESS);
    CHECK(rows == n);
    out[m * q + q] = d.lambda_min, out[m * q + q + 1] = d.cond;
}

static void any_split_has_the_same_bits(void)
{
    const size_t cuts[4][5] = {{0, n, n, n, n},
                               {0, 512, 1024, 1536, n},
                               {0, 1024, 1024, 1536, n},
                               {0, 512, 512, 512, n}};
    double want[m * q + q + 2], got[m * q + q + 2];
    for (int c = 0; c < 4; c++)
        for (int back = 0; back < 2; back++) {
            distest_wls_part *all = NULL;
            for (int k = 0; k < 4; k++) {
                const int at = back ? 3 - k : k;
                if (cuts[c][at + 1] == cuts[c][at]) continue;
                distest_wls_part *one =
                    rows_from(cuts[c][at], cuts[c][at + 1] - cuts[c][at], "site");
                if (all) {
                    CHECK(distest_wls_part_merge(all, one, NULL) == DISTEST_SUCCESS);
                    distest_wls_part_free(one);
                } else
                    all = one;
            }
            solve(all, c || back ? got : want);
            if (c || back) CHECK(memcmp(got, want, sizeof want) == 0);
            distest_wls_part_free(all);
        }
    double coef[m * q], fitted[n * q], rss = 0;
    distest_wls_diag d;
    CHECK(distest_wls_fit(n, m, q, P, w, Y, 1e-12, coef, &d, NULL, fitted, NULL) ==
          DISTEST_SUCCESS);
    for (int j = 0; j < m * q; j++) CHECK_REL(want[j], coef[j], 1e-11);
    for (int i = 0; i < n; i++) rss += w[i] * (Y[i] - fitted[i]) * (Y[i] - fitted[i]);
    CHECK_REL(want[m * q], rss, 1e-11);
    CHECK_REL(want[m * q + q], d.lambda_min, 1e-12);
}

static void what_is_not_asked_for_may_be_null(void)
{
    double acc[1 + (m + q) * (m + q)] = {0}, want[m * q], got[m * q];
    double rss[q], only[q], rows = 0;
    distest_wls_diag d, alone;
    distest_wls_part *part = rows_from(0, n, NULL);
    CHECK(distest_wls_part_solve(part, 1e-12, want, &d, rss, &rows, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_part_solve(part, 1e-12, got, NULL, NULL, NULL, NULL) ==
          DISTEST_SUCCESS);
    CHECK(memcmp(got, want, sizeof want) == 0);
    distest_wls_part_free(part);
    CHECK(distest_wls_accum_add(m, q, n, P, w, Y, acc, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_accum_solve(m, q, acc, 1e-12, got, NULL, NULL, NULL, NULL) ==
          DISTEST_SUCCESS);
    for (int j = 0; j < m * q; j++) CHECK_REL(got[j], want[j], 1e-11);
    CHECK(distest_wls_accum_solve(m, q, acc, 1e-12, got, &alone, NULL, NULL, NULL) ==
          DISTEST_SUCCESS);
    CHECK_REL(alone.lambda_min, d.lambda_min, 1e-12);
    CHECK(distest_wls_accum_solve(m, q, acc, 1e-12, got, NULL, only, NULL, NULL) ==
          DISTEST_SUCCESS);
    for (int c = 0; c < q; c++) CHECK_REL(only[c], rss[c], 1e-11);
    rows = 0;
    CHECK(distest_wls_accum_solve(m, q, acc, 1e-12, got, NULL, NULL, &rows, NULL) ==
          DISTEST_SUCCESS);
    CHECK(rows == n);
}

static void bytes_hold_everything_and_are_checked(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_part *part = rows_from(0, n, NULL), *back = NULL;
    const size_t size = distest_wls_part_size(part);
    unsigned char *bytes = malloc(size), *again = malloc(size);
    double want[m * q + q + 2], got[m * q + q + 2];
    distest_wls_part_pack(part, bytes);
    CHECK(distest_wls_part_unpack(m, q, size, bytes, &back, NULL) == DISTEST_SUCCESS);
    distest_wls_part_pack(back, again);
    CHECK(distest_wls_part_size(back) == size && memcmp(bytes, again, size) == 0);
    solve(part, want), solve(back, got);
    CHECK(memcmp(got, want, sizeof want) == 0);
    distest_wls_part_free(back);
    back = NULL;
    CHECK_FAILS(distest_wls_part_unpack(m, q + 1, size, bytes, &back, &ctx),
                DISTEST_EINVAL, &ctx, "bytes");
    CHECK_FAILS(distest_wls_part_unpack(m, q, size - 8, bytes, &back, &ctx),
                DISTEST_EINVAL, &ctx, "bytes");
    CHECK(distest_wls_part_size(NULL) == 0);
    distest_wls_part_pack(NULL, bytes);
    distest_wls_part_pack(part, NULL);
    bytes[0] ^= 1;
    CHECK_FAILS(distest_wls_part_unpack(m, q, size, bytes, &back, &ctx), DISTEST_EINVAL,
                &ctx, "bytes");
    CHECK(back == NULL);
    free(bytes), free(again);
    distest_wls_part_free(part);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_part *part = rows_from(0, 512, "a"), *other = NULL, *same = NULL;
    double bad[m] = {1, 1, 1, NAN}, one = 1, y[q] = {0};
    CHECK_FAILS(distest_wls_part_alloc(0, 1, &other, &ctx), DISTEST_EINVAL, &ctx, "m");
    CHECK_FAILS(distest_wls_part_add(part, "a", 0, 512, P, w, Y, &ctx), DISTEST_EINVAL,
                &ctx, "first");
    CHECK_FAILS(distest_wls_part_add(part, "a", 100, 1, P, w, Y, &ctx), DISTEST_EINVAL,
                &ctx, "first");
    CHECK_FAILS(distest_wls_part_add(part, "b", 0, 1, bad, &one, y, &ctx),
                DISTEST_EINVAL, &ctx, "features");
    bad[3] = 1, one = 0;
    CHECK_FAILS(distest_wls_part_add(part, "b", 0, 1, bad, &one, y, &ctx),
                DISTEST_EINVAL, &ctx, "weights");
    one = 1, y[1] = INFINITY;
    CHECK_FAILS(distest_wls_part_add(part, "b", 0, 1, bad, &one, y, &ctx),
                DISTEST_EINVAL, &ctx, "y");
    same = rows_from(0, 512, "a");
    CHECK_FAILS(distest_wls_part_merge(part, same, &ctx), DISTEST_EINVAL, &ctx, "from");
    CHECK(distest_wls_part_alloc(m, 1, &other, NULL) == DISTEST_SUCCESS);
    CHECK_FAILS(distest_wls_part_merge(part, other, &ctx), DISTEST_EINVAL, &ctx,
                "from");
    distest_wls_diag d;
    double c[m], r[1], rows;
    CHECK_FAILS(distest_wls_part_solve(other, 1e-12, c, &d, r, &rows, &ctx),
                DISTEST_EINVAL, &ctx, "part");
    distest_wls_part_free(part), distest_wls_part_free(same);
    distest_wls_part_free(other);
}

static int part_once(distest_context *ctx)
{
    distest_wls_part *a = NULL, *b = NULL;
    distest_wls_diag d;
    double c[m * q], rss[q], rows;
    int status = distest_wls_part_alloc(m, q, &a, ctx);
    if (status == DISTEST_SUCCESS) status = distest_wls_part_alloc(m, q, &b, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_part_add(a, "one", 0, n, P, w, Y, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_part_add(b, "two", 0, 90, P, NULL, Y, ctx);
    if (status == DISTEST_SUCCESS) status = distest_wls_part_merge(a, b, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_part_solve(a, 1e-12, c, &d, rss, &rows, ctx);
    distest_wls_part_free(a), distest_wls_part_free(b);
    return status;
}

static void memory_and_cancelling(void)
{
    check_out_of_memory(part_once);
    check_cancel(part_once);
}

int main(void)
{
    fill();
    RUN(any_split_has_the_same_bits);
    RUN(what_is_not_asked_for_may_be_null);
    RUN(bytes_hold_everything_and_are_checked);
    RUN(bad_input_is_named);
    RUN(memory_and_cancelling);
    return check_report("wls_part");
}
