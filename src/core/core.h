/* core.h - the ground floor, as the families see it. Knows no family and no R.
 *
 * Grouped by file. Headers beside this one: logsum.h (log-sum-exp), stream.h (random
 * numbers in parallel parts), part.h (partial results that merge), linalg.h (BLAS and
 * LAPACK), optim.h (Newton, roots, quadrature), isa.h and vec.h (kernels built once per
 * instruction set). */
#ifndef DI_CORE_H
#define DI_CORE_H

#include <distest/core.h>

#if defined(__GNUC__)
#define DI_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define DI_PRINTF(f, a)
#endif

/* Leave for `done` when `call` fails; wants `int status` and a label `done`. */
#define DI_TRY(call)                                                                   \
    do {                                                                               \
        if ((status = (call)) != DISTEST_SUCCESS) goto done;                           \
    } while (0)

/* status.c: writes argument ("" or NULL for none) and message into ctx, which may be
 * NULL, and returns status. Messages are sentences that give the offending value and
 * its index (from 1); the argument stands in backquotes where it is named. */
int di_fail(distest_context *ctx, int status, const char *argument, const char *format,
            ...) DI_PRINTF(4, 5);

/* context.c */
void di_begin(distest_context *ctx);        /* first in every public function: clears
                                               argument and message */
int di_threads(const distest_context *ctx); /* at least 1; 1 in a parallel region and
                                               in a forked child */
int di_thread(void);                        /* this one, from 0 */
DISTEST_STATUS di_progress(distest_context *ctx, double fraction,
                           const char *stage); /* SUCCESS or ECANCEL; calling thread
                                                  only, at least every 50 ms of work */

/* memory.c: the one place that asks for memory. Blocks are aligned to 64 bytes and hold
 * at least one element; ENOMEM also when the size overflows. di_free(NULL) is nothing.
 */
DISTEST_STATUS di_alloc(distest_context *ctx, void **p, size_t count, size_t size);
void di_free(void *p);

/* wishes for large pages under an array not touched yet; blocks from here have them */
void di_large_pages(void *p, size_t size);

/* A pool gives back all it took in one call: DI_NEW(ctx, &pool, &x, rows, cols) makes
 * room for rows * cols elements of the type of *x; `done: di_pool_free(&pool);`. */
typedef struct di_pool {
    struct di_pool_block *last;
} di_pool;
DISTEST_STATUS di_pool_alloc(distest_context *ctx, di_pool *pool, void **p, size_t rows,
                             size_t cols, size_t size);
void di_pool_free(di_pool *pool);
#define DI_NEW(ctx, pool, p, rows, cols)                                               \
    di_pool_alloc((ctx), (pool), (void **)(p), (rows), (cols), sizeof **(p))

/* check.c: EINVAL (with `argument` and the first bad entry, from 1) or SUCCESS. An x
 * that is NULL fails unless n is 0. */
DISTEST_STATUS di_check_pointer(distest_context *ctx, const char *argument,
                                const void *p);
DISTEST_STATUS di_check_finite(distest_context *ctx, const char *argument, size_t n,
                               const double *x);
DISTEST_STATUS di_check_positive(distest_context *ctx, const char *argument, size_t n,
                                 const double *x); /* finite and > 0 */
DISTEST_STATUS di_check_nonnegative(distest_context *ctx, const char *argument,
                                    size_t n, const double *x); /* finite and >= 0 */
DISTEST_STATUS di_check_increasing(distest_context *ctx, const char *argument, size_t n,
                                   const double *x); /* finite, strictly increasing */
DISTEST_STATUS di_check_between(distest_context *ctx, const char *argument, double x,
                                double low, double high); /* low < x < high */
DISTEST_STATUS di_check_weights(distest_context *ctx, const char *argument, size_t n,
                                const double *w); /* NULL is fine; finite, >= 0, not
                                                     all 0 */
DISTEST_STATUS di_check_shape(distest_context *ctx, const char *argument, size_t rows,
                              size_t cols); /* at most 2^31 - 1 of each: what BLAS can
                                               count */
DISTEST_STATUS di_check_sample(distest_context *ctx, const distest_sample *sample);
DISTEST_STATUS di_check_choice(distest_context *ctx, const char *argument,
                               const char *value, size_t n, const char *const *choices,
                               size_t *which); /* the message lists the choices */

/* gsl.c: between the two, GSL reports errors by status instead of ending the process.
 * di_gsl_status makes a distest status of one of GSL's. */
void di_gsl_enter(void);
void di_gsl_leave(void);
int di_gsl_status(distest_context *ctx, int gsl_status, const char *what);

/* block.c: loops cut into fixed blocks. `fn` computes block number `block` on thread
 * number `thread` (for scratch: di_threads(ctx) of them, asked before) and returns a
 * status; it must not allocate and must not use ctx. Progress runs from `from` to `to`.
 * A failing block ends the loop with the status of the lowest failing block. */
typedef int (*di_block_fn)(size_t block, int thread, void *data);
DISTEST_STATUS di_for_blocks(distest_context *ctx, const char *stage, double from,
                             double to, size_t blocks, di_block_fn fn, void *data);

/* from + (to - from) done / of, for progress within a stage */
double di_fraction(double from, double to, size_t done, size_t of);

/* The sum over blocks of a vector of `len` numbers, added along a fixed binary tree
 * over the block numbers (packaging of partial sums relies on it): same bits for any
 * number of threads. `fn` fills (not adds to) `out`. total is overwritten. */
typedef int (*di_sum_fn)(size_t block, int thread, void *data, double *out);
typedef int (*di_take_fn)(size_t block, const double *values, void *taker);
DISTEST_STATUS di_sum_blocks(distest_context *ctx, const char *stage, double from,
                             double to, size_t blocks, size_t len, di_sum_fn fn,
                             void *data, double *total);
/* The same vectors, each handed to `take` instead, in the order of the blocks. */
DISTEST_STATUS di_take_blocks(distest_context *ctx, const char *stage, double from,
                              double to, size_t blocks, size_t len, di_sum_fn fn,
                              void *data, di_take_fn take, void *taker);

/* order.c */
void di_sort(size_t n, double *x); /* increasing, in place */
DISTEST_STATUS di_order(distest_context *ctx, size_t n, const double *x,
                        size_t *index); /* stable; x[index[0]] is
                                           the smallest */
double di_select(size_t n, double *x,
                 size_t k);            /* k-th smallest (from 0), reorders x */
double di_median(size_t n, double *x); /* reorders x */
void di_isotonic(size_t n, const double *y, const double *w, double *fit,
                 size_t *scratch); /* pool adjacent violators, increasing; w may be
                                      NULL; scratch: n; fit may be y */

/* special.c: everything on the tails and without lgamma's hidden global. */
double di_norm_quantile(double p); /* Phi^-1, 16 digits; -Inf, Inf at 0, 1 */
double di_norm_cdf(double x);
double di_norm_logcdf(double x); /* log Phi(x) for x to -1e300 */
double di_lgamma(double x);      /* x > 0; safe in parallel */
double di_digamma(double x);     /* x > 0 */
double di_trigamma(double x);    /* x > 0 */
double di_log1mexp(double x);    /* log(1 - exp(-x)), x > 0 */
double di_log1pexp(double x);    /* log(1 + exp(x)) */
double di_logaddexp(double a, double b);
double di_chisq_quantile1(double p); /* chi squared with 1 degree of freedom */

/* cpu.c: the instruction set to use, chosen once; DISTEST_ISA=base|avx2|avx512 caps it.
 */
#if defined(__x86_64__) && defined(__GNUC__) &&                                        \
    (!defined(_WIN32) || defined(__clang__)) /* gcc there does not align the stack */
#define DI_ISA_X86
#endif
enum { DI_ISA_BASE = 0, DI_ISA_AVX2 = 1, DI_ISA_AVX512 = 2 };
int di_isa(void);

/* vexp.c: y = f(x) for n numbers, within 2.5 units of the last place, 1.4 to 9 times as
 * fast as a loop over libm where there is AVX; y may be x. Bits depend on the
 * instruction set, not on n or alignment. */
void di_vexp(size_t n, const double *x, double *y); /* 0 below -708 */
void di_vexpm1(size_t n, const double *x, double *y);
void di_vlog(size_t n, const double *x, double *y);
void di_vlog1p(size_t n, const double *x, double *y);
void di_vsinpi(size_t n, const double *x, double *y); /* sin(pi x) */
void di_vcospi(size_t n, const double *x, double *y);
void di_vsqrt(size_t n, const double *x, double *y);
void di_vnorm_quantile(size_t n, const double *p, double *z); /* stream_fill.c */

#endif
