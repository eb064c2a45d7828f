/* test_block.c - block loops: every block once, same bits for any threads, failures,
 * cancelling; threads in a forked child. */
#include "check.h"
#include "core.h"

#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCKS = 1000, LEN = 3 };

static int mark(size_t block, int thread, void *data)
{
    int *seen = data;
    CHECK(thread >= 0);
#pragma omp atomic
    seen[block]++;
    return DISTEST_SUCCESS;
}

static void every_block_is_done_once(void)
{
    for (int threads = 1; threads <= 4; threads++) {
        int seen[BLOCKS] = {0};
        distest_context ctx = distest_context_default();
        ctx.threads = threads;
        CHECK(di_for_blocks(&ctx, "x", 0, 1, BLOCKS, mark, seen) == DISTEST_SUCCESS);
        for (size_t b = 0; b < BLOCKS; b++) CHECK(seen[b] == 1);
    }
    CHECK(di_for_blocks(NULL, "x", 0, 1, 0, mark, NULL) == DISTEST_SUCCESS);
}

/* numbers of all magnitudes, so that the order of addition shows */
static int ragged(size_t block, int thread, void *data, double *out)
{
    (void)thread, (void)data;
    for (size_t j = 0; j < LEN; j++)
        out[j] = sin((double)(block * LEN + j)) * pow(10, (double)(block % 17) - 8);
    return DISTEST_SUCCESS;
}

static double tree_sum(size_t level, size_t index, size_t blocks, size_t j)
{
    double out[LEN];
    const size_t width = (size_t)1 << level;
    if (level == 0) {
        (void)ragged(index, 0, NULL, out);
        return out[j];
    }
    (void)width, (void)blocks;
    return tree_sum(level - 1, 2 * index, blocks, j) +
           tree_sum(level - 1, 2 * index + 1, blocks, j);
}

/* 1000 = 512 + 256 + 128 + 64 + 32 + 8: six full nodes, added from left to right */
static double by_definition(size_t blocks, size_t j)
{
    double total = 0;
    size_t done = 0;
    for (size_t level = 20; level + 1 > 0; level--)
        if (blocks >> level & 1) {
            total += tree_sum(level, done >> level, blocks, j);
            done += (size_t)1 << level;
        }
    return total;
}

static void sums_follow_the_tree_for_any_threads(void)
{
    const size_t sizes[] = {1, 2, 3, 63, 64, 65, 127, BLOCKS};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (int threads = 1; threads <= 4; threads++) {
            distest_context ctx = distest_context_default();
            double total[LEN] = {9, 9, 9};
            ctx.threads = threads;
            CHECK(di_sum_blocks(&ctx, "x", 0, 1, sizes[k], LEN, ragged, NULL, total) ==
                  DISTEST_SUCCESS);
            for (size_t j = 0; j < LEN; j++)
                CHECK(total[j] == by_definition(sizes[k], j));
        }
}

static void the_sum_of_nothing_is_zero(void)
{
    double total[LEN] = {1, 2, 3};
    CHECK(di_sum_blocks(NULL, "x", 0, 1, 0, LEN, ragged, NULL, total) ==
          DISTEST_SUCCESS);
    CHECK(total[0] == 0 && total[1] == 0 && total[2] == 0);
}

static int fails_from_400(size_t block, int thread, void *data)
{
    (void)thread, (void)data;
    if (block < 400) return DISTEST_SUCCESS;
    return block % 2 ? DISTEST_EDOM : DISTEST_ESING;
}

static void the_lowest_failure_is_reported(void)
{
    for (int threads = 1; threads <= 4; threads++) {
        distest_context ctx = distest_context_default();
        ctx.threads = threads;
        CHECK(di_for_blocks(&ctx, "x", 0, 1, BLOCKS, fails_from_400, NULL) ==
              DISTEST_ESING);
    }
}

static int sum_up(distest_context *ctx)
{
    double total[LEN];
    return di_sum_blocks(ctx, "x", 0, 1, 150, LEN, ragged, NULL, total);
}

static void memory_may_fail_and_polls_may_cancel(void)
{
    CHECK(check_out_of_memory(sum_up) == 2);
    CHECK(check_cancel(sum_up) == 150 + 3); /* each block, and the start of each wave */
}

/* Only the calling thread may speak to the progress function, and only it may stop. */
static int stop_early(double fraction, const char *stage, void *data)
{
    (void)stage;
    ++*(int *)data;
    return di_thread() != 0 || fraction > 0.02;
}

static int slow_block(size_t block, int thread, void *data)
{
    const clock_t start = clock();
    (void)block, (void)thread, (void)data;
    while (clock() - start < CLOCKS_PER_SEC / 20000) {
    }
    return DISTEST_SUCCESS;
}

static void any_number_of_threads_can_be_cancelled(void)
{
    for (int threads = 1; threads <= 4; threads++) {
        distest_context ctx = distest_context_default();
        int calls = 0;
        ctx.threads = threads;
        ctx.progress = stop_early;
        ctx.data = &calls;
        CHECK(di_for_blocks(&ctx, "x", 0, 1, BLOCKS, slow_block, NULL) ==
              DISTEST_ECANCEL);
        CHECK(calls > 1);
    }
}

/* The calling thread is kept busy here until the others have done every block; where
 * there are no others, for a second. */
typedef struct {
    atomic_size_t done;
    double last;
    int waited;
} finish;

static int count_one(size_t block, int thread, void *data)
{
    finish *f = data;
    (void)block, (void)thread;
    atomic_fetch_add(&f->done, 1);
    return DISTEST_SUCCESS;
}

static int keep_last(double fraction, const char *stage, void *data)
{
    (void)stage;
    ((finish *)data)->last = fraction;
    return 0;
}

static int wait_for_all(double fraction, const char *stage, void *data)
{
    finish *f = data;
    (void)stage;
    f->last = fraction;
    for (int i = 0; fraction > 0 && !f->waited && i < 1000; i++) {
        if (atomic_load(&f->done) == BLOCKS) break;
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    f->waited = fraction > 0;
    return 0;
}

static void progress_ends_at_its_end(void)
{
    for (int threads = 1; threads <= 4; threads++) {
        finish f = {.last = -1};
        distest_context ctx = distest_context_default();
        ctx.threads = threads;
        ctx.progress = threads == 1 ? keep_last : wait_for_all;
        ctx.data = &f;
        CHECK(di_for_blocks(&ctx, "x", 0, 0.5, BLOCKS, count_one, &f) ==
              DISTEST_SUCCESS);
        CHECK(f.last == 0.5);
    }
}

static void nested_loops_take_one_thread(void)
{
    int outer = 0, inner = 0;
#pragma omp parallel num_threads(2)
    {
        const int k = di_threads(NULL);
#pragma omp critical
        {
            outer++;
            inner += k;
        }
    }
    if (outer == 2) CHECK(inner == 2);
    CHECK(di_threads(NULL) >= 1);
}

static int first_thread(size_t block, int thread, void *data)
{
    (void)block, (void)data;
    return thread == 0 ? DISTEST_SUCCESS : DISTEST_EINTERNAL;
}

/* scratch has room for di_threads() = 1 of them */
static void a_thread_of_the_caller_counts_from_zero(void)
{
    int failed = 0;
#pragma omp parallel num_threads(3) reduction(+ : failed)
    failed += di_for_blocks(NULL, "x", 0, 1, 5, first_thread, NULL) != DISTEST_SUCCESS;
    CHECK(failed == 0);
}

/* GNU OpenMP would hang here without the handler of context.c. */
static void a_forked_child_computes_on_one_thread(void)
{
    distest_context ctx = distest_context_default();
    double before[LEN], after[LEN];
    int told = -1;
    ctx.threads = 4;
    CHECK(di_sum_blocks(&ctx, "x", 0, 1, BLOCKS, LEN, ragged, NULL, before) ==
          DISTEST_SUCCESS);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        const int ok = di_sum_blocks(&ctx, "x", 0, 1, BLOCKS, LEN, ragged, NULL,
                                     after) == DISTEST_SUCCESS &&
                       memcmp(before, after, sizeof before) == 0 &&
                       di_threads(&ctx) == 1;
        _exit(ok ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &told, 0) == child);
    CHECK(WIFEXITED(told) && WEXITSTATUS(told) == 0);
}

int main(void)
{
    RUN(every_block_is_done_once);
    RUN(sums_follow_the_tree_for_any_threads);
    RUN(the_sum_of_nothing_is_zero);
    RUN(the_lowest_failure_is_reported);
    RUN(memory_may_fail_and_polls_may_cancel);
    RUN(any_number_of_threads_can_be_cancelled);
    RUN(progress_ends_at_its_end);
    RUN(nested_loops_take_one_thread);
    RUN(a_thread_of_the_caller_counts_from_zero);
    RUN(a_forked_child_computes_on_one_thread);
    return check_report("block");
}
