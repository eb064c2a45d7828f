/* test_part.c - partial results: the same bits for any split, order and nesting; what
 * overlaps or is damaged is refused. */
#include "check.h"
#include "part.h"
#include "stream.h"

enum { B = 16, BLOCKS = 23, LEN = 3, ROWS = BLOCKS * B - 5 };

static const di_part_form FORM = {
    .family = "test", .version = 1, .block_rows = B, .key = 42, .len = LEN};

/* numbers over forty orders of magnitude, so that every order of adding has its bits */
static int badly_scaled(size_t block, int thread, void *data, double *out)
{
    const size_t first = *(const size_t *)data;
    di_stream s = di_stream_open(3, first + block);
    (void)thread;
    for (size_t j = 0; j < LEN; j++)
        out[j] = di_stream_normal(&s) * pow(10, 40 * di_stream_uniform(&s) - 20);
    return DISTEST_SUCCESS;
}

/* blocks a ... b - 1 of a segment */
static int add(distest_context *ctx, di_part *part, const char *segment, size_t a,
               size_t b)
{
    const size_t last = b * B < ROWS ? b * B : ROWS;
    return di_part_add(ctx, "adding", 0, 1, part, segment, a * B, last - a * B,
                       badly_scaled, &a, NULL, NULL);
}

static di_part *made(const char *segment, size_t a, size_t b)
{
    di_part *part = NULL;
    CHECK(di_part_new(NULL, &FORM, &part) == DISTEST_SUCCESS);
    CHECK(add(NULL, part, segment, a, b) == DISTEST_SUCCESS);
    return part;
}

static int merge(di_part *into, const di_part *from)
{
    return di_part_merge(NULL, into, from, NULL, NULL);
}

static unsigned char *packed(const di_part *part, size_t *size)
{
    *size = di_part_packed_size(part);
    unsigned char *bytes = malloc(*size);
    if (bytes) di_part_pack(part, bytes);
    return bytes;
}

static int same(const di_part *a, const di_part *b)
{
    size_t n, m;
    unsigned char *p = packed(a, &n), *q = packed(b, &m);
    const int equal = p && q && n == m && memcmp(p, q, n) == 0;
    free(p);
    free(q);
    return equal;
}

static void the_total_is_that_of_one_sum(void)
{
    size_t zero = 0;
    double sum[LEN], total[LEN];
    CHECK(di_sum_blocks(NULL, "x", 0, 1, BLOCKS, LEN, badly_scaled, &zero, sum) ==
          DISTEST_SUCCESS);
    for (int threads = 1; threads <= 4; threads++) {
        distest_context ctx = distest_context_default();
        ctx.threads = threads;
        di_part *part = NULL;
        CHECK(di_part_new(&ctx, &FORM, &part) == DISTEST_SUCCESS);
        CHECK(add(&ctx, part, "s", 0, BLOCKS) == DISTEST_SUCCESS);
        CHECK(di_part_total(&ctx, part, NULL, NULL, total) == DISTEST_SUCCESS);
        CHECK(memcmp(total, sum, sizeof sum) == 0);
        CHECK(di_part_rows(part) == ROWS);
        CHECK(di_part_nodes(part) == 4); /* 23 = 16 + 4 + 2 + 1 */
        di_part_free(part);
    }
}

/* Pieces of random lengths of two segments, merged pairwise at random until one is
 * left.
 */
static void any_split_order_and_nesting_gives_the_same_bits(void)
{
    di_part *whole = made("a", 0, BLOCKS);
    CHECK(add(NULL, whole, "b", 3, 20) == DISTEST_SUCCESS);
    for (uint64_t trial = 0; trial < 300; trial++) {
        di_stream s = di_stream_open(17, trial);
        di_part *piece[2 * BLOCKS];
        size_t pieces = 0;
        for (int b = 0; b < 2; b++)
            for (size_t i = b ? 3 : 0, n; i < (b ? 20 : BLOCKS); i += n) {
                const size_t left = (b ? 20 : BLOCKS) - i;
                n = 1 + di_stream_below(&s, 6);
                n = n < left ? n : left;
                piece[pieces++] = made(b ? "b" : "a", i, i + n);
            }
        while (pieces > 1) {
            const size_t i = di_stream_below(&s, pieces);
            di_part *last = piece[--pieces];
            if (i == pieces) { /* or add to the piece before */
                CHECK(merge(piece[i - 1], last) == DISTEST_SUCCESS);
            } else {
                CHECK(merge(last, piece[i]) == DISTEST_SUCCESS);
                di_part_free(piece[i]);
                piece[i] = last;
                continue;
            }
            di_part_free(last);
        }
        CHECK(same(piece[0], whole));
        di_part_free(piece[0]);
    }
    di_part_free(whole);
}

static void overlaps_are_refused_and_change_nothing(void)
{
    distest_context ctx = distest_context_default();
    di_part *part = made("a", 4, 12), *before = made("a", 4, 12);
    for (size_t a = 0; a < BLOCKS; a++)
        for (size_t b = a + 1; b <= BLOCKS; b++) {
            if (b <= 4 || a >= 12) continue;
            di_part *other = made("a", a, b);
            CHECK_FAILS(di_part_merge(&ctx, part, other, NULL, NULL), DISTEST_EINVAL,
                        &ctx, "from");
            CHECK(strstr(ctx.message, "\"a\"") != NULL);
            CHECK_FAILS(add(&ctx, part, "a", a, b), DISTEST_EINVAL, &ctx, "first");
            di_part_free(other);
        }
    CHECK(same(part, before));
    CHECK(add(&ctx, part, "b", 4, 12) == DISTEST_SUCCESS); /* another segment */
    di_part_free(part);
    di_part_free(before);
}

static void nothing_follows_a_short_block(void)
{
    distest_context ctx = distest_context_default();
    size_t zero = 0;
    di_part *part = NULL;
    CHECK(di_part_new(NULL, &FORM, &part) == DISTEST_SUCCESS);
    CHECK(di_part_add(NULL, "x", 0, 1, part, "a", 0, 2 * B - 1, badly_scaled, &zero,
                      NULL, NULL) == DISTEST_SUCCESS);
    CHECK(di_part_nodes(part) == 1 && di_part_rows(part) == 2 * B - 1);
    CHECK_FAILS(add(&ctx, part, "a", 5, 6), DISTEST_EINVAL, &ctx, "first");
    CHECK_FAILS(
        di_part_add(&ctx, "x", 0, 1, part, "b", 7, B, badly_scaled, &zero, NULL, NULL),
        DISTEST_EINVAL, &ctx, "first");
    CHECK(strstr(ctx.message, "multiple of 16, not 7") != NULL);
    CHECK(di_part_rows(part) == 2 * B - 1);
    CHECK(di_part_add(&ctx, "x", 0, 1, part, "b", 7 * B, 0, badly_scaled, &zero, NULL,
                      NULL) == DISTEST_SUCCESS); /* no rows are nothing */
    CHECK(part->count == 1);
    di_part_free(part);
}

static void nameless_parts_count_in_full_in_any_order(void)
{
    di_part *a = made(NULL, 0, 5), *b = made(NULL, 3, 9), *c = made("", 0, 5);
    di_part *x = made("x", 0, 2), *y = made(NULL, 0, 3);
    CHECK(add(NULL, y, NULL, 3, 5) == DISTEST_SUCCESS); /* its own segment goes on */
    CHECK(same(y, a) && same(c, a));
    CHECK(merge(a, b) == DISTEST_SUCCESS && merge(a, c) == DISTEST_SUCCESS);
    CHECK(merge(a, x) == DISTEST_SUCCESS);
    CHECK(merge(x, c) == DISTEST_SUCCESS && merge(b, y) == DISTEST_SUCCESS);
    CHECK(merge(x, b) == DISTEST_SUCCESS);
    CHECK(same(a, x) && a->count == 4);
    CHECK(di_part_rows(a) == (5 + 6 + 5 + 2) * B);
    distest_context ctx = distest_context_default();
    CHECK_FAILS(add(&ctx, a, NULL, 9, 10), DISTEST_EINVAL, &ctx, "segment");
    di_part_free(a), di_part_free(b), di_part_free(c), di_part_free(x), di_part_free(y);
}

static int given(size_t block, int thread, void *data, double *out)
{
    (void)block, (void)thread;
    memcpy(out, data, LEN * sizeof *out);
    return DISTEST_SUCCESS;
}

/* Parts that differ in one number, or in rows only, have an order all the same. */
static void contents_give_nameless_parts_their_order(void)
{
    double values[4][LEN] = {{1, 2, 3}, {1, 2, 4}, {1, 5, 0}, {1, 2, 3}};
    const size_t rows[4] = {B, B, B, B - 3};
    di_part *part[4];
    for (int i = 0; i < 4; i++) {
        CHECK(di_part_new(NULL, &FORM, &part[i]) == DISTEST_SUCCESS);
        CHECK(di_part_add(NULL, "x", 0, 1, part[i], NULL, 0, rows[i], given, values[i],
                          NULL, NULL) == DISTEST_SUCCESS);
    }
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++) {
            di_part *a = NULL, *b = NULL;
            CHECK(di_part_new(NULL, &FORM, &a) == DISTEST_SUCCESS);
            CHECK(di_part_new(NULL, &FORM, &b) == DISTEST_SUCCESS);
            CHECK(merge(a, part[i]) == DISTEST_SUCCESS);
            CHECK(merge(a, part[k]) == DISTEST_SUCCESS);
            CHECK(merge(b, part[k]) == DISTEST_SUCCESS);
            CHECK(merge(b, part[i]) == DISTEST_SUCCESS);
            CHECK(same(a, b) && a->count == 2);
            di_part_free(a);
            di_part_free(b);
        }
    for (int i = 0; i < 4; i++) di_part_free(part[i]);
}

static double last_fraction;
static int watch(double fraction, const char *stage, void *data)
{
    (void)stage, (void)data;
    CHECK(fraction >= last_fraction && fraction <= 0.75);
    last_fraction = fraction;
    return 0;
}

/* More blocks than are computed at once, from an odd place on. */
static void many_blocks(void)
{
    enum { FROM = 77, MANY = 1000 };
    distest_context ctx = distest_context_default();
    size_t from = FROM;
    di_part *whole = NULL, *halves = NULL;
    ctx.progress = watch;
    last_fraction = 0.25;
    CHECK(di_part_new(NULL, &FORM, &whole) == DISTEST_SUCCESS);
    CHECK(di_part_new(NULL, &FORM, &halves) == DISTEST_SUCCESS);
    CHECK(di_part_add(&ctx, "x", 0.25, 0.75, whole, "a", FROM * B, MANY * B,
                      badly_scaled, &from, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(last_fraction > 0.74);
    for (size_t i = MANY; i-- > 0;) { /* one by one, backwards */
        size_t block = FROM + i;
        CHECK(di_part_add(NULL, "x", 0, 1, halves, "a", block * B, B, badly_scaled,
                          &block, NULL, NULL) == DISTEST_SUCCESS);
    }
    CHECK(same(whole, halves));
    CHECK(di_part_rows(whole) == MANY * B);
    di_part_free(whole);
    di_part_free(halves);
}

static void only_parts_of_one_form_merge(void)
{
    distest_context ctx = distest_context_default();
    di_part *part = made("a", 0, 4), *other = NULL;
    for (int k = 0; k < 5; k++) {
        di_part_form form = FORM;
        if (k == 0) form.family[0] = 'T';
        if (k == 1) form.version++;
        if (k == 2) form.block_rows++;
        if (k == 3) form.key++;
        if (k == 4) form.len--;
        CHECK(di_part_new(NULL, &form, &other) == DISTEST_SUCCESS);
        CHECK_FAILS(di_part_merge(&ctx, part, other, NULL, NULL), DISTEST_EINVAL, &ctx,
                    "from");
        di_part_free(other);
    }
    double total[LEN] = {7};
    CHECK(di_part_new(NULL, &FORM, &other) == DISTEST_SUCCESS);
    CHECK_FAILS(di_part_total(&ctx, other, NULL, NULL, total), DISTEST_EINVAL, &ctx,
                "part");
    CHECK(total[0] == 7);
    di_part_free(other);
    di_part_free(part);
}

static int join_maxima(size_t len, double *left, const double *right, void *data)
{
    ++*(int *)data;
    for (size_t j = 0; j < len; j++) left[j] = fmax(left[j], right[j]);
    return DISTEST_SUCCESS;
}

static int refuse_join(size_t len, double *left, const double *right, void *data)
{
    (void)len, (void)left, (void)right, (void)data;
    return DISTEST_ESING;
}

static void families_bring_their_own_join(void)
{
    size_t zero = 0;
    int joins = 0;
    double total[LEN], out[LEN], want[LEN] = {-INFINITY, -INFINITY, -INFINITY};
    di_part *part = NULL;
    CHECK(di_part_new(NULL, &FORM, &part) == DISTEST_SUCCESS);
    CHECK(di_part_add(NULL, "x", 0, 1, part, "a", 0, ROWS, badly_scaled, &zero,
                      join_maxima, &joins) == DISTEST_SUCCESS);
    CHECK(joins == BLOCKS - 4);
    CHECK(di_part_total(NULL, part, join_maxima, &joins, total) == DISTEST_SUCCESS);
    CHECK(joins == BLOCKS - 1);
    for (size_t b = 0; b < BLOCKS; b++) {
        (void)badly_scaled(b, 0, &zero, out);
        for (size_t j = 0; j < LEN; j++) want[j] = fmax(want[j], out[j]);
    }
    CHECK(memcmp(total, want, sizeof want) == 0);
    const double kept = total[0];
    CHECK(di_part_total(NULL, part, refuse_join, NULL, total) == DISTEST_ESING);
    CHECK(di_part_add(NULL, "x", 0, 1, part, "b", 0, ROWS, badly_scaled, &zero,
                      refuse_join, NULL) == DISTEST_ESING);
    CHECK(total[0] == kept && part->count == 1);
    di_part_free(part);
}

static int fails_at_three(size_t block, int thread, void *data, double *out)
{
    (void)thread, (void)data;
    for (size_t j = 0; j < LEN; j++) out[j] = 0;
    return block == 3 ? DISTEST_EDOM : DISTEST_SUCCESS;
}

static void a_failing_block_changes_nothing(void)
{
    di_part *part = made("a", 0, 4), *before = made("a", 0, 4);
    CHECK(di_part_add(NULL, "x", 0, 1, part, "a", 4 * B, 9 * B, fails_at_three, NULL,
                      NULL, NULL) == DISTEST_EDOM);
    CHECK(same(part, before));
    di_part_free(part);
    di_part_free(before);
}

/* a part of several segments, names of several lengths, short ends, gaps */
static di_part *rich(void)
{
    di_part *part = made("2024.csv", 0, BLOCKS), *nameless = made(NULL, 1, 6),
            *again = made(NULL, 1, 6);
    CHECK(add(NULL, part, "seven77", 2, 3) == DISTEST_SUCCESS);
    CHECK(add(NULL, part, "nine 9999", 5, 9) == DISTEST_SUCCESS);
    CHECK(add(NULL, part, "nine 9999", 15, 22) == DISTEST_SUCCESS);
    CHECK(merge(part, nameless) == DISTEST_SUCCESS);
    CHECK(merge(part, again) == DISTEST_SUCCESS);
    di_part_free(nameless);
    di_part_free(again);
    return part;
}

static void bytes_bring_back_the_same(void)
{
    di_part *part = rich(), *back = NULL;
    size_t size;
    unsigned char *bytes = packed(part, &size);
    CHECK(size % 8 == 0 &&
          memcmp(bytes, "distestP\1\0\0\0\0\0\0\0test\0\0\0\0", 24) == 0);
    CHECK(di_part_unpack(NULL, "x", size, bytes, &FORM, &back) == DISTEST_SUCCESS);
    CHECK(same(part, back));
    CHECK(add(NULL, back, "2023.csv", 0, 2) == DISTEST_SUCCESS); /* it goes on */
    di_part_free(back);
    CHECK(di_part_unpack(NULL, "x", size, bytes, NULL, &back) == DISTEST_SUCCESS);
    CHECK(same(part, back));
    di_part_free(back);
    distest_context ctx = distest_context_default();
    di_part_form other = FORM;
    other.key++;
    CHECK_FAILS(di_part_unpack(&ctx, "part", size, bytes, &other, &back),
                DISTEST_EINVAL, &ctx, "part");
    free(bytes);
    di_part_free(part);
}

/* Cut at any length it is refused; with any byte changed it is refused, or is another
 * part that has just these bytes (a number was changed). */
static void damaged_bytes_are_refused(void)
{
    di_part *part = rich(), *back = NULL;
    distest_context ctx = distest_context_default();
    size_t size, accepted = 0;
    unsigned char *bytes = packed(part, &size), *own = malloc(size);
    for (size_t cut = 0; cut < size; cut++) {
        unsigned char *exact = malloc(cut + !cut); /* so that sanitizers see the end */
        memcpy(exact, bytes, cut);
        CHECK_FAILS(di_part_unpack(&ctx, "part", cut, exact, &FORM, &back),
                    DISTEST_EINVAL, &ctx, "part");
        free(exact);
    }
    CHECK_FAILS(di_part_unpack(&ctx, "part", 0, NULL, &FORM, &back), DISTEST_EINVAL,
                &ctx, "part");
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            const int status = di_part_unpack(&ctx, "part", size, bytes, NULL, &back);
            if (status == DISTEST_SUCCESS) {
                CHECK(di_part_packed_size(back) == size);
                if (di_part_packed_size(back) == size) {
                    di_part_pack(back, own);
                    CHECK(memcmp(own, bytes, size) == 0);
                }
                di_part_free(back);
                accepted++;
            } else {
                CHECK(status == DISTEST_EINVAL);
            }
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    /* most bytes are numbers, and the nodes and names are what is left */
    const size_t numbers = 64 * di_part_nodes(part) * LEN;
    CHECK(accepted > numbers / 2 && accepted < numbers + 400);
    /* blocks of no rows, a family without an end */
    memset(bytes + 28, 0, 4);
    CHECK(di_part_unpack(NULL, "part", size, bytes, NULL, &back) == DISTEST_EINVAL);
    bytes[28] = B;
    memcpy(bytes + 16, "endless!", 8);
    CHECK(di_part_unpack(NULL, "part", size, bytes, NULL, &back) == DISTEST_EINVAL);
    bytes[23] = 0;
    CHECK(di_part_unpack(NULL, "part", size, bytes, NULL, &back) == DISTEST_SUCCESS);
    di_part_free(back);
    free(bytes);
    free(own);
    di_part_free(part);
}

static int run(distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    static unsigned char bytes[4096];
    di_part *a = NULL, *b = NULL, *c = NULL;
    double total[LEN];
    DI_TRY(di_part_new(ctx, &FORM, &a));
    DI_TRY(di_part_new(ctx, &FORM, &b));
    DI_TRY(add(ctx, a, "a", 0, 9));
    DI_TRY(add(ctx, b, "a", 9, BLOCKS));
    DI_TRY(add(ctx, b, NULL, 9, BLOCKS));
    DI_TRY(di_part_merge(ctx, a, b, NULL, NULL));
    DI_TRY(di_part_total(ctx, a, NULL, NULL, total));
    di_part_pack(a, bytes);
    DI_TRY(di_part_unpack(ctx, "part", di_part_packed_size(a), bytes, &FORM, &c));
done:
    di_part_free(a);
    di_part_free(b);
    di_part_free(c);
    return status;
}

static void memory_may_fail_and_polls_may_cancel(void)
{
    CHECK(check_out_of_memory(run) > 20);
    CHECK(check_cancel(run) > 30);
}

int main(void)
{
    RUN(the_total_is_that_of_one_sum);
    RUN(any_split_order_and_nesting_gives_the_same_bits);
    RUN(overlaps_are_refused_and_change_nothing);
    RUN(nothing_follows_a_short_block);
    RUN(nameless_parts_count_in_full_in_any_order);
    RUN(contents_give_nameless_parts_their_order);
    RUN(many_blocks);
    RUN(only_parts_of_one_form_merge);
    RUN(families_bring_their_own_join);
    RUN(a_failing_block_changes_nothing);
    RUN(bytes_bring_back_the_same);
    RUN(damaged_bytes_are_refused);
    RUN(memory_may_fail_and_polls_may_cancel);
    return check_report("part");
}
