/* check.h - the whole test framework: checks that say where and what and go on, a
 * count, and drivers that let every allocation fail and every poll cancel.
 *
 * Test programs are linked with --wrap for malloc, calloc, realloc and free, so every
 * allocation of the library passes here. A program runs its claims with RUN(claim) and
 * ends with `return check_report("name");`, whose last line the Makefile counts. */
#ifndef CHECK_H
#define CHECK_H

#include <distest/core.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#define CHECK_UNUSED __attribute__((unused))
#else
#define CHECK_UNUSED
#endif

static int check_failures, check_claims, check_broken, check_shown;
static long check_refused,
    check_cancelled; /* allocations and polls, over all drivers */

static CHECK_UNUSED int check_fails(const char *file, int line)
{
    check_failures++;
    if (check_shown++ >= 20) return 0;
    printf("%s:%d: ", file, line);
    return 1;
}

#define CHECK(what)                                                                    \
    do {                                                                               \
        if (!(what) && check_fails(__FILE__, __LINE__))                                \
            printf("not true: %s\n", #what);                                           \
    } while (0)

/* |got - want| <= tol max(1, |want|); equal infinities are near */
#define CHECK_NEAR(got, want, tol)                                                     \
    do {                                                                               \
        const double g_ = (got), w_ = (want);                                          \
        if (!(g_ == w_ || fabs(g_ - w_) <= (tol)*fmax(1, fabs(w_))) &&                 \
            check_fails(__FILE__, __LINE__))                                           \
            printf("%s is %.17g, want %.17g\n", #got, g_, w_);                         \
    } while (0)

/* |got - want| <= tol |want| */
#define CHECK_REL(got, want, tol)                                                      \
    do {                                                                               \
        const double g_ = (got), w_ = (want);                                          \
        if (!(g_ == w_ || fabs(g_ - w_) <= (tol)*fabs(w_)) &&                          \
            check_fails(__FILE__, __LINE__))                                           \
            printf("%s is %.17g, want %.17g\n", #got, g_, w_);                         \
    } while (0)

/* at most `most` representable numbers apart */
#define CHECK_ULP(got, want, most)                                                     \
    do {                                                                               \
        const double g_ = (got), w_ = (want);                                          \
        const double u_ = nextafter(fabs(w_), INFINITY) - fabs(w_);                    \
        if (!(g_ == w_ || fabs(g_ - w_) <= (most)*u_) &&                               \
            check_fails(__FILE__, __LINE__))                                           \
            printf("%s is %.17g, want %.17g\n", #got, g_, w_);                         \
    } while (0)

/* the call fails with `want` and blames `arg` */
#define CHECK_FAILS(call, want, ctx, arg)                                              \
    do {                                                                               \
        const int s_ = (call);                                                         \
        if ((s_ != (want) || strcmp((ctx)->argument, (arg)) != 0 ||                    \
             (ctx)->message[0] == '\0') &&                                             \
            check_fails(__FILE__, __LINE__))                                           \
            printf("status %d, argument \"%s\", message \"%s\"; want %d, \"%s\"\n",    \
                   s_, (ctx)->argument, (ctx)->message, (want), (arg));                \
    } while (0)

#define RUN(claim)                                                                     \
    do {                                                                               \
        const int before_ = check_failures;                                            \
        check_claims++;                                                                \
        claim();                                                                       \
        if (check_failures > before_) {                                                \
            check_broken++;                                                            \
            printf("FAIL %s\n", #claim);                                               \
        }                                                                              \
    } while (0)

static CHECK_UNUSED int check_report(const char *name)
{
    if (getenv("CHECK_POINTS"))
        printf("%-24s %ld allocations refused, %ld polls cancelled\n", name,
               check_refused, check_cancelled);
    printf("%-24s %d claims, %d broken\n", name, check_claims, check_broken);
    return check_broken != 0;
}

/* allocations: the one after `check_left` more fails (-1: none); blocks not yet freed
 */
static long check_left = -1, check_hit, check_live;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static int check_refuse(void)
{
    int refuse = 0;
#pragma omp critical(check_memory)
    if (check_left >= 0 && check_left-- == 0) {
        check_hit++;
        refuse = 1;
    }
    return refuse;
}

static void *check_count(void *p, long by)
{
    if (p) {
#pragma omp atomic
        check_live += by;
    }
    return p;
}

void *__wrap_malloc(size_t size)
{
    return check_refuse() ? NULL : check_count(__real_malloc(size), 1);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return check_refuse() ? NULL : check_count(__real_calloc(count, size), 1);
}

void *__wrap_realloc(void *p, size_t size)
{
    if (check_refuse()) return NULL;
    void *q = __real_realloc(p, size);
    return p ? q : check_count(q, 1);
}

void __wrap_free(void *p)
{
    check_count(p, -1);
    __real_free(p);
}

/* `run` is one or more public calls with that context, returning the first status that
 * is not SUCCESS, everything given back. Lets allocation 1, 2, ... fail until a run
 * needs fewer; returns how many there were. */
typedef int (*check_run_fn)(distest_context *ctx);

static CHECK_UNUSED long check_out_of_memory(check_run_fn run)
{
    distest_context ctx = distest_context_default();
    ctx.threads = 1;
    CHECK(run(&ctx) == DISTEST_SUCCESS); /* once unarmed: what is allocated only once */
    for (long k = 0;; k++) {
        const long live = check_live;
        check_hit = 0;
        check_left = k;
        const int status = run(&ctx);
        check_left = -1;
        CHECK(check_live == live);
        if (check_hit == 0) {
            CHECK(status == DISTEST_SUCCESS);
            return k;
        }
        check_refused++;
        CHECK(status == DISTEST_ENOMEM);
        if (status != DISTEST_ENOMEM || check_live != live) {
            printf("at allocation %ld\n", k + 1);
            return k;
        }
    }
}

/* The same for cancelling: poll 1, 2, ... says stop. Returns how many polls there were.
 */
static long check_polls_left;
static int check_stop(double fraction, const char *stage, void *data)
{
    (void)data;
    CHECK(fraction >= 0 && fraction <= 1 && stage != NULL);
    return check_polls_left-- == 0;
}

static CHECK_UNUSED long check_cancel(check_run_fn run)
{
    for (long k = 0;; k++) {
        distest_context ctx = distest_context_default();
        const long live = check_live;
        ctx.threads = 1;
        ctx.progress = check_stop;
        check_polls_left = k;
        const int status = run(&ctx);
        CHECK(check_live == live);
        if (check_polls_left >= 0) {
            CHECK(status == DISTEST_SUCCESS);
            return k;
        }
        check_cancelled++;
        CHECK(status == DISTEST_ECANCEL);
        if (status != DISTEST_ECANCEL || check_live != live) return k;
    }
}

#endif
