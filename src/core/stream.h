/* stream.h - counter-based random numbers: number i of stream b under a key is a
 * function of (key, b, i), so that replicate b is the same on any thread, chunk,
 * process or machine. Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011). */
#ifndef DI_STREAM_H
#define DI_STREAM_H

#include "core.h"

/* 64 bits from the caller's generator: two uniform numbers, 32 bits each. */
uint64_t di_rng_key(distest_rng *rng);

typedef struct {
    uint64_t key, stream, counter;
    uint32_t word[4];
    int left; /* words not yet used */
} di_stream;

di_stream di_stream_open(uint64_t key, uint64_t stream);
/* from number `skip` of uniforms on; two uniforms a counter step */
di_stream di_stream_skip(uint64_t key, uint64_t stream, uint64_t skip);

uint32_t di_stream_bits(di_stream *s);
double di_stream_uniform(di_stream *s);             /* 53 bits, open interval */
double di_stream_normal(di_stream *s);              /* one uniform each, by Phi^-1 */
double di_stream_exponential(di_stream *s);         /* one uniform each */
double di_stream_gamma(di_stream *s, double shape); /* rate 1, shape > 0 */
double di_stream_beta(di_stream *s, double a, double b);
double di_stream_chisq(di_stream *s, double df);
size_t di_stream_below(di_stream *s, size_t n); /* uniform on 0 ... n - 1, unbiased */
void di_stream_shuffle(di_stream *s, size_t n, size_t *index); /* a random order */

/* The next n numbers at once, several times as fast: bit for bit those that as many
 * calls of di_stream_uniform give; those of di_stream_normal but for the last bits. */
void di_stream_uniforms(di_stream *s, size_t n, double *u);
void di_stream_normals(di_stream *s, size_t n, double *z);

/* Philox itself: 128 random bits of (key, counter, stream). */
void di_philox(uint64_t key, uint64_t counter, uint64_t stream, uint32_t out[4]);

/* Alias table of n weights >= 0 (Vose): draws an index with probability w_i / sum w
 * from one uniform. prob and alias: n each, the caller's; scratch: n. */
void di_alias_build(size_t n, const double *w, double *prob, size_t *alias,
                    size_t *scratch);
size_t di_alias_draw(size_t n, const double *prob, const size_t *alias, double u);

#endif
