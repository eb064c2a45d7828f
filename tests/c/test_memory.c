/* test_memory.c - sizes that overflow, alignment, pools. */
#include "check.h"
#include "core.h"

static void blocks_are_aligned_and_writable(void)
{
    for (size_t n = 0; n < 200; n++) {
        void *p = NULL;
        CHECK(di_alloc(NULL, &p, n, 1) == DISTEST_SUCCESS);
        CHECK(p != NULL && (uintptr_t)p % 64 == 0);
        if (p) memset(p, 1, n ? n : 1);
        di_free(p);
    }
}

static void sizes_that_overflow_are_no_memory(void)
{
    distest_context ctx = distest_context_default();
    di_pool pool = {0};
    double *x = NULL;
    void *p = NULL;
    CHECK_FAILS(di_alloc(&ctx, &p, SIZE_MAX, 8), DISTEST_ENOMEM, &ctx, "");
    CHECK_FAILS(di_alloc(&ctx, &p, (size_t)1 << 61, 8), DISTEST_ENOMEM, &ctx, "");
    CHECK(strstr(ctx.message, "18.4 EB were asked for") != NULL);
    CHECK_FAILS(di_alloc(&ctx, &p, SIZE_MAX / 8 + 2, 8), DISTEST_ENOMEM, &ctx, "");
    CHECK(DI_NEW(&ctx, &pool, &x, SIZE_MAX, SIZE_MAX) == DISTEST_ENOMEM);
    CHECK(DI_NEW(&ctx, &pool, &x, (size_t)1 << 32, (size_t)1 << 32) == DISTEST_ENOMEM);
    CHECK(DI_NEW(&ctx, &pool, &x, SIZE_MAX / 16, 1) == DISTEST_ENOMEM);
    CHECK(pool.last == NULL && p == NULL && x == NULL);
}

static void a_pool_gives_everything_back(void)
{
    const long before = check_live;
    di_pool pool = {0};
    double *x[50] = {NULL};
    for (size_t i = 0; i < 50; i++) {
        CHECK(DI_NEW(NULL, &pool, &x[i], i, 3) == DISTEST_SUCCESS);
        CHECK((uintptr_t)x[i] % 64 == 0);
        for (size_t k = 0; k < 3 * i; k++) x[i][k] = (double)i;
    }
    for (size_t i = 1; i < 50; i++)
        CHECK(x[i][3 * i - 1] == (double)i && x[i][0] == (double)i);
    CHECK(check_live == before + 50);
    di_pool_free(&pool);
    CHECK(check_live == before && pool.last == NULL);
    di_pool_free(&pool);
    di_free(NULL);
}

static int take_twice(distest_context *ctx)
{
    di_pool pool = {0};
    double *x, *y;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &x, 10, 1));
    DI_TRY(DI_NEW(ctx, &pool, &y, 10, 1));
done:
    di_pool_free(&pool);
    return status;
}

static void an_allocation_that_fails_is_reported(void)
{
    CHECK(check_out_of_memory(take_twice) == 2);
}

int main(void)
{
    RUN(blocks_are_aligned_and_writable);
    RUN(sizes_that_overflow_are_no_memory);
    RUN(a_pool_gives_everything_back);
    RUN(an_allocation_that_fails_is_reported);
    return check_report("memory");
}
