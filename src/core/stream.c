/* stream.c - random numbers: the caller's generator, and Philox streams for parallel
 * parts. Gamma numbers follow Marsaglia & Tsang (2000), bounded integers Lemire (2019),
 * alias tables Vose (1991). */
#include "stream.h"

#include <math.h>

/* Philox 4x32-10. Known answer: key 0, counter 0, stream 0 gives 6627e8d5 e169c58d
 * bc57ac4c 9b00dbd8. */
void di_philox(uint64_t key, uint64_t counter, uint64_t stream, uint32_t out[4])
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32);
    uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++) {
        const uint64_t p = (uint64_t)0xD2511F53u * c0, q = (uint64_t)0xCD9E8D57u * c2;
        const uint32_t n0 = (uint32_t)(q >> 32) ^ c1 ^ k0;
        const uint32_t n2 = (uint32_t)(p >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)q;
        c3 = (uint32_t)p;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* 53 bits of two words, at the middle of their cell: never 0 or 1 */
static double to_uniform(uint32_t high, uint32_t low)
{
    const uint64_t bits = ((uint64_t)high << 32 | low) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
}

distest_rng distest_rng_seed(uint64_t seed)
{
    return (distest_rng){.size = sizeof(distest_rng), .key = seed};
}

distest_rng distest_rng_from(distest_uniform_fn uniform, void *state)
{
    return (distest_rng){
        .size = sizeof(distest_rng), .uniform = uniform, .state = state};
}

double distest_rng_uniform(distest_rng *rng)
{
    if (rng->uniform) return rng->uniform(rng->state);
    uint32_t word[4];
    di_philox(rng->key, rng->counter++, 0, word);
    return to_uniform(word[0], word[1]);
}

uint64_t di_rng_key(distest_rng *rng)
{
    const uint64_t high = (uint64_t)(distest_rng_uniform(rng) * 0x1p32);
    const uint64_t low = (uint64_t)(distest_rng_uniform(rng) * 0x1p32);
    return (high & 0xFFFFFFFFu) << 32 | (low & 0xFFFFFFFFu);
}

/* Streams of a key never meet distest_rng_seed(key): their stream number is not 0. */
di_stream di_stream_open(uint64_t key, uint64_t stream)
{
    return (di_stream){.key = key, .stream = stream + 1};
}

di_stream di_stream_skip(uint64_t key, uint64_t stream, uint64_t skip)
{
    di_stream s = di_stream_open(key, stream);
    s.counter = skip / 2;
    if (skip % 2) (void)di_stream_uniform(&s);
    return s;
}

uint32_t di_stream_bits(di_stream *s)
{
    if (s->left == 0) {
        di_philox(s->key, s->counter++, s->stream, s->word);
        s->left = 4;
    }
    return s->word[4 - s->left--];
}

double di_stream_uniform(di_stream *s)
{
    const uint32_t high = di_stream_bits(s);
    return to_uniform(high, di_stream_bits(s));
}

double di_stream_normal(di_stream *s)
{
    return di_norm_quantile(di_stream_uniform(s));
}

double di_stream_exponential(di_stream *s)
{
    return -log(di_stream_uniform(s));
}

double di_stream_gamma(di_stream *s, double shape)
{
    if (shape <
        1) { /* G(a) = G(a + 1) U^(1/a); on the log scale, as U^(1/a) underflows */
        const double g = di_stream_gamma(s, shape + 1);
        return exp(log(g) + log(di_stream_uniform(s)) / shape);
    }
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = di_stream_normal(s), v = 1 + c * x;
        const double u = di_stream_uniform(s);
        if (v <= 0) continue;
        const double v3 = v * v * v;
        if (log(u) < 0.5 * x * x + d - d * v3 + d * log(v3)) return d * v3;
    }
}

double di_stream_beta(di_stream *s, double a, double b)
{
    const double x = di_stream_gamma(s, a), y = di_stream_gamma(s, b);
    if (x + y > 0) return x / (x + y);
    return di_stream_uniform(s) < a / (a + b); /* both underflowed: a, b tiny */
}

double di_stream_chisq(di_stream *s, double df)
{
    return 2 * di_stream_gamma(s, 0.5 * df);
}

/* Without bias: the 64-bit products that fall into the short last cell are drawn again.
 */
size_t di_stream_below(di_stream *s, size_t n)
{
    if (n <= 1) return 0;
    if (n > UINT32_MAX) {
        const uint64_t cut = UINT64_MAX - (UINT64_MAX % n + 1) % n;
        for (;;) {
            const uint64_t high = di_stream_bits(s);
            const uint64_t x = high << 32 | di_stream_bits(s);
            if (x <= cut) return (size_t)(x % n);
        }
    }
    const uint32_t m = (uint32_t)n, reject = (uint32_t)(-m) % m;
    for (;;) {
        const uint64_t x = (uint64_t)di_stream_bits(s) * m;
        if ((uint32_t)x >= reject) return (size_t)(x >> 32);
    }
}

void di_stream_shuffle(di_stream *s, size_t n, size_t *index)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = di_stream_below(s, i), t = index[i - 1];
        index[i - 1] = index[j];
        index[j] = t;
    }
}

/* Cells of height 1 (prob scaled by n): each small one is filled up by a large one.
 * Small cells stack up from the front of scratch, large ones from its end. */
void di_alias_build(size_t n, const double *w, double *prob, size_t *alias,
                    size_t *scratch)
{
    double total = 0;
    size_t small = 0, large = n, heaviest = 0;
    for (size_t i = 0; i < n; i++) {
        total += w[i];
        if (w[i] > w[heaviest]) heaviest = i;
    }
    for (size_t i = 0; i < n; i++) {
        prob[i] = w[i] / total * (double)n;
        alias[i] = heaviest;
        if (prob[i] < 1)
            scratch[small++] = i;
        else
            scratch[--large] = i;
    }
    while (small > 0 && large < n) {
        const size_t l = scratch[--small], g = scratch[large];
        alias[l] = g;
        prob[g] -= 1 - prob[l];
        if (prob[g] < 1) {
            large++;
            scratch[small++] = g;
        }
    }
    /* what is left differs from 1 by rounding; but weight 0 is never drawn, its alias
     * being the heaviest */
    while (large < n) prob[scratch[large++]] = 1;
    while (small > 0) {
        const size_t l = scratch[--small];
        if (w[l] > 0) prob[l] = 1;
    }
}

size_t di_alias_draw(size_t n, const double *prob, const size_t *alias, double u)
{
    const double x = u * (double)n;
    const size_t i = x < (double)n ? (size_t)x : n - 1;
    return x - (double)i < prob[i] ? i : alias[i];
}
