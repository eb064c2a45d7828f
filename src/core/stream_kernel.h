/* stream_kernel.h - the loops of stream_fill.c, once per instruction set (see isa.h).
 *
 * Philox in vectors: what di_philox() and to_uniform() of stream.c do, bit for bit. The
 * words are kept in 64 bits each, of which the upper half is 0. */

#ifndef DI_STREAM_KERNEL_H
#define DI_STREAM_KERNEL_H

#define LOW 0xFFFFFFFFu
#define ROUND(i)                                                                       \
    do {                                                                               \
        const uint64_t p = 0xD2511F53u * c0, q = 0xCD9E8D57u * c2;                     \
        c0 = (q >> 32) ^ c1 ^ ((k0 + i * UINT64_C(0x9E3779B9)) & LOW);                 \
        c2 = (p >> 32) ^ c3 ^ ((k1 + i * UINT64_C(0xBB67AE85)) & LOW);                 \
        c1 = q & LOW;                                                                  \
        c3 = p & LOW;                                                                  \
    } while (0)

#endif

/* 2^-52 (i + 1/2), i the upper 52 of the 64 bits */
DI_VEC(double) DI_NAME(word_uniform)(uint64_t high, uint64_t low)
{
    const uint64_t bits = (high << 32 | low) >> 12;
    return (di_from_bits(bits | 0x3ff0000000000000u) - 1) + 0x1p-53;
}

/* two numbers from each of the counters from `counter` on */
static DI_TARGET void DI_NAME(fill_uniform)(uint64_t key, uint64_t counter,
                                            uint64_t stream, size_t pairs, double *u)
{
    const uint64_t k0 = key & LOW, k1 = key >> 32;
#pragma omp simd
    for (size_t i = 0; i < pairs; i++) {
        uint64_t c0 = (counter + i) & LOW, c1 = (counter + i) >> 32;
        uint64_t c2 = stream & LOW, c3 = stream >> 32;
        ROUND(0);
        ROUND(1);
        ROUND(2);
        ROUND(3);
        ROUND(4);
        ROUND(5);
        ROUND(6);
        ROUND(7);
        ROUND(8);
        ROUND(9);
        u[2 * i] = DI_NAME(word_uniform)(c0, c1);
        u[2 * i + 1] = DI_NAME(word_uniform)(c2, c3);
    }
}

DI_VEC(double)
DI_NAME(poly7)
(double x, double c0, double c1, double c2, double c3, double c4, double c5, double c6,
 double c7)
{
    const double high = DI_FMA(DI_FMA(DI_FMA(c7, x, c6), x, c5), x, c4);
    return DI_FMA(DI_FMA(DI_FMA(DI_FMA(high, x, c3), x, c2), x, c1), x, c0);
}

/* the normal quantile where |p - 1/2| <= 0.425 */
static DI_TARGET void DI_NAME(fill_centre)(size_t n, const double *p, double *z)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const double q = p[i] - 0.5, s = DI_FMA(-q, q, 0.180625);
        z[i] = q * DI_NAME(poly7)(s, WICHURA_CENTRE_TOP) /
               DI_NAME(poly7)(s, WICHURA_CENTRE_BOTTOM);
    }
}
