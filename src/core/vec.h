/* vec.h - elementary functions for loops that are compiled once per instruction set.
 *
 * Read by isa.h only, once for each set. A kernel calls vec_exp(x) and its like, on
 * scalars, in a loop under `#pragma omp simd`, and the compiler makes vectors of it:
 * no branch, no table, no call, no errno. Choices are made by DI_IF, both sides
 * computed.
 *
 * The argument is reduced exactly, or with a constant in two parts; a nearly minimax
 * polynomial does the rest (error below 2^-55 of the result); the result is put
 * together from exact pieces, the largest last. Largest errors seen over some 10^7
 * arguments against __float128, in units of the last place, without and with FMA:
 *
 *     vec_exp   1.1  1.1      vec_log   0.9  0.8      vec_sinpi 1.7  1.1
 *     vec_expm1 2.3  2.3      vec_log1p 0.9  0.9      vec_cospi 1.7  1.1
 *     vec_sqrt  0.8  0.5 */

#ifndef DI_VEC_H
#define DI_VEC_H

#include <stdint.h>
#include <string.h>

#define vec_exp   DI_NAME(di_vec_exp)   /* 0 below -708, Inf above 709.78 */
#define vec_expm1 DI_NAME(di_vec_expm1) /* exp(x) - 1, all digits near 0 */
#define vec_log   DI_NAME(di_vec_log)   /* subnormal too; -Inf at 0, NaN below */
#define vec_log1p DI_NAME(di_vec_log1p) /* log(1 + x), all digits near 0 */
#define vec_sinpi DI_NAME(di_vec_sinpi) /* sin(pi x), exact reduction for every x */
#define vec_cospi DI_NAME(di_vec_cospi)
#define vec_sqrt  DI_NAME(di_vec_sqrt) /* NaN below 0 */

#define DI_VEC(type) static inline DI_TARGET DI_ALWAYS_INLINE type

#if defined(__GNUC__)
#define DI_ALWAYS_INLINE __attribute__((always_inline))
#else
#define DI_ALWAYS_INLINE
#endif

static inline DI_ALWAYS_INLINE uint64_t di_bits(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline DI_ALWAYS_INLINE double di_from_bits(uint64_t u)
{
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* `yes` where all bits of the mask are set, `no` where none is (see DI_IF in isa.h) */
static inline DI_ALWAYS_INLINE double di_blend(uint64_t mask, double yes, double no)
{
    return di_from_bits((di_bits(yes) & mask) | (di_bits(no) & ~mask));
}

/* x + ROUND - ROUND is x rounded to an integer, which is also in the low bits of
 * x + ROUND; for |x| < 2^51. */
#define DI_VEC_ROUND  0x1.8p52
#define DI_VEC_INF    ((double)INFINITY)
#define DI_VEC_NAN    ((double)NAN)
#define DI_VEC_LN2_HI 0x1.62e42feep-1 /* 32 bits: times an exponent it is exact */
#define DI_VEC_LN2_LO 0x1.a39ef35793c76p-33
#define DI_VEC_LOG2E  0x1.71547652b82fep+0

#endif

/* (exp(r) - 1 - r) / r^2 for |r| <= log(2) / 2 */
DI_VEC(double) DI_NAME(di_vec_expq)(double r)
{
    const double z = r * r;
    const double q4 = DI_FMA(0x1.af38d53857513p-26, r, 0x1.2891a8c1d838dp-22);
    const double q3 = DI_FMA(0x1.71de0d9c145d0p-19, r, 0x1.a019b8ef67c6cp-16);
    const double q2 = DI_FMA(0x1.a01a01a7c8d47p-13, r, 0x1.6c16c17893833p-10);
    const double q1 = DI_FMA(0x1.11111111109adp-7, r, 0x1.5555555553d4fp-5);
    const double q0 = DI_FMA(0x1.5555555555556p-3, r, 0.5);
    return DI_FMA(DI_FMA(DI_FMA(DI_FMA(q4, z, q3), z, q2), z, q1), z, q0);
}

/* x = k log 2 + r, exp(x) = 2^k (1 + r + r^2 q(r)); 2^k as 2 times 2^(k - 1), so that
 * k = 1024 is in range */
DI_VEC(double) DI_NAME(di_vec_exp)(double x)
{
    const double t = DI_FMA(x, DI_VEC_LOG2E, DI_VEC_ROUND), k = t - DI_VEC_ROUND;
    const double r = DI_FMA(-k, DI_VEC_LN2_LO, DI_FMA(-k, DI_VEC_LN2_HI, x));
    const double half_scale = di_from_bits((di_bits(t) + 1022) << 52);
    const double e = 1 + DI_FMA(r * r, DI_NAME(di_vec_expq)(r), r);
    double y = 2 * e * half_scale;
    y = DI_IF(x > 0x1.62e42fefa39efp+9, DI_VEC_INF, y);
    y = DI_IF(x < -708, 0, y);
    return y;
}

/* 2^k (r + r^2 q(r)) + (2^k - 1); what r lost in rounding is added to it */
DI_VEC(double) DI_NAME(di_vec_expm1)(double x)
{
    double y = DI_IF(x < -40, -40, x);
    const double t = DI_FMA(y, DI_VEC_LOG2E, DI_VEC_ROUND), k = t - DI_VEC_ROUND;
    const double hi = DI_FMA(-k, DI_VEC_LN2_HI, y), lo = k * DI_VEC_LN2_LO;
    const double r = hi - lo, lost = (hi - r) - lo;
    const double half_scale = di_from_bits((di_bits(t) + 1022) << 52);
    const double p = r + DI_FMA(r * r, DI_NAME(di_vec_expq)(r), lost);
    y = 2 * (DI_FMA(p, half_scale, half_scale - 0.5));
    y = DI_IF(k == 0, p, y); /* no digits lost among subnormal numbers */
    y = DI_IF(x == 0, x, y); /* -0 */
    y = DI_IF(x > 0x1.62e42fefa39efp+9, DI_VEC_INF, y);
    return y;
}

/* (log(1 + f) - f + f^2 / 2) for sqrt(1/2) <= 1 + f < sqrt(2), by way of
 * log(1 + f) = 2 atanh(s), s = f / (2 + f): s (f^2 / 2 + T(s^2)) */
DI_VEC(double) DI_NAME(di_vec_logq)(double f, double half_square)
{
    const double s = f / (2 + f), z = s * s;
    const double z2 = z * z;
    const double q3 = DI_FMA(0x1.2b5bd9a316a24p-3, z2,
                             DI_FMA(0x1.39fe16ad885a7p-3, z, 0x1.7462b6e311a89p-3));
    const double q2 = DI_FMA(0x1.c71c62ddb431bp-3, z, 0x1.2492492df7663p-2);
    const double q1 = DI_FMA(0x1.99999999952abp-2, z, 0x1.5555555555558p-1);
    const double q = DI_FMA(DI_FMA(q3, z2, q2), z2, q1);
    return s * DI_FMA(q, z, half_square);
}

/* exponent k (as a double) and mantissa m of x = 2^k m, sqrt(1/2) <= m < sqrt(2), for
 * normal x > 0: both come out of one addition on the bits */
#define DI_VEC_SPLIT(x, k, m)                                                          \
    const uint64_t bits_ = di_bits(x) + (0x3ff0000000000000u - 0x3fe6a09e00000000u);   \
    const double k =                                                                   \
        di_from_bits((bits_ >> 52) | 0x4330000000000000u) - (0x1p52 + 1023);           \
    const double m = di_from_bits((bits_ & 0x000fffffffffffffu) + 0x3fe6a09e00000000u)

DI_VEC(double) DI_NAME(di_vec_log)(double x)
{
    const double normal = DI_IF(x < 0x1p-1022, x * 0x1p54, x);
    DI_VEC_SPLIT(normal, k0, m);
    const double k = k0 - DI_IF(x < 0x1p-1022, 54, 0);
    const double f = m - 1, h = 0.5 * f * f;
    const double q = DI_FMA(k, DI_VEC_LN2_LO, DI_NAME(di_vec_logq)(f, h));
    double y = DI_FMA(k, DI_VEC_LN2_HI, f - (h - q));
    y = DI_IF(x == DI_VEC_INF, x, y);
    y = DI_IF(x == 0, -DI_VEC_INF, y);
    y = DI_IF(x >= 0, y, DI_VEC_NAN);
    return y;
}

/* log(u) + lost / u, where u = 1 + x rounded and `lost` what the rounding lost */
DI_VEC(double) DI_NAME(di_vec_log1p)(double x)
{
    const double u = 1 + x, v = u - 1, lost = (1 - (u - v)) + (x - v);
    DI_VEC_SPLIT(u, k, m);
    const double f = DI_IF(k == 0, x, m - 1), h = 0.5 * f * f;
    const double c = DI_IF(k == 0, 0, lost / u);
    const double q = DI_FMA(k, DI_VEC_LN2_LO, c) + DI_NAME(di_vec_logq)(f, h);
    double y = DI_FMA(k, DI_VEC_LN2_HI, f - (h - q));
    y = DI_IF(x == DI_VEC_INF, x, y);
    y = DI_IF(x == 0, x, y); /* -0 */
    y = DI_IF(x == -1, -DI_VEC_INF, y);
    y = DI_IF(x >= -1, y, DI_VEC_NAN);
    return y;
}

/* |x| = 2 i + q / 2 + r with integers i, q and |r| <= 1/4, all exact: the quarter q
 * (in the low bits of what comes back) and r */
DI_VEC(uint64_t) DI_NAME(di_vec_quarter)(double x, double *r)
{
    const double a = di_from_bits(di_bits(x) & 0x7fffffffffffffffu), half = 0.5 * a;
    const double rounded = (half + 0x1p52) - 0x1p52;
    const double rest = a - 2 * DI_IF(half < 0x1p52, rounded, half); /* in [-1, 1] */
    const double t = 2 * rest + DI_VEC_ROUND;
    *r = rest - 0.5 * (t - DI_VEC_ROUND);
    return di_bits(t);
}

/* pi in two parts, as the first digits of pi r decide */
DI_VEC(double) DI_NAME(di_vec_sinpi_near)(double r)
{
    const double z = r * r;
    double q = -0x1.6cc577dadd922p-16;
    q = DI_FMA(q, z, 0x1.e8f036bcd3237p-12);
    q = DI_FMA(q, z, -0x1.e3074d2614b2dp-8);
    q = DI_FMA(q, z, 0x1.50783486facaap-4);
    q = DI_FMA(q, z, -0x1.32d2cce62b872p-1);
    q = DI_FMA(q, z, 0x1.466bc6775aae1p+1);
    q = DI_FMA(q, z, -0x1.4abbce625be53p+2);
    return DI_FMA(r, 0x1.921fb54442d18p+1, r * DI_FMA(q, z, 0x1.1a62633145c07p-53));
}

DI_VEC(double) DI_NAME(di_vec_cospi_near)(double r)
{
    const double z = r * r;
    double q = -0x1.b2f3eb054afcdp-14;
    q = DI_FMA(q, z, 0x1.f9ce245cada0bp-10);
    q = DI_FMA(q, z, -0x1.a6d1eef479be1p-6);
    q = DI_FMA(q, z, 0x1.e1f5068688d5bp-3);
    q = DI_FMA(q, z, -0x1.55d3c7e3cb241p+0);
    q = DI_FMA(q, z, 0x1.03c1f081b5ac0p+2);
    q = DI_FMA(q, z, -0x1.3bd3cc9be45dep+2);
    return DI_FMA(q, z, 1.0);
}

DI_VEC(double) DI_NAME(di_vec_sinpi)(double x)
{
    double r;
    const uint64_t q = DI_NAME(di_vec_quarter)(x, &r);
    const double s = DI_NAME(di_vec_sinpi_near)(r), c = DI_NAME(di_vec_cospi_near)(r);
    const double y = DI_IF((q & 1) != 0, c, s);
    return di_from_bits(di_bits(y) ^ ((q & 2) << 62) ^
                        (di_bits(x) & 0x8000000000000000u));
}

DI_VEC(double) DI_NAME(di_vec_cospi)(double x)
{
    double r;
    const uint64_t q = DI_NAME(di_vec_quarter)(x, &r);
    const double s = DI_NAME(di_vec_sinpi_near)(r), c = DI_NAME(di_vec_cospi_near)(r);
    const double y = DI_IF((q & 1) != 0, s, c);
    return di_from_bits(di_bits(y) ^ (((q + 1) & 2) << 62));
}

/* 1/sqrt(x) from its bits and four Newton steps, each doubling the digits; then
 * sqrt(x) = x y + (x - (x y)^2) y / 2. A call to sqrt() would set errno and so stop the
 * loop from becoming a vector. */
DI_VEC(double) DI_NAME(di_vec_sqrt)(double x)
{
    const double a = DI_IF(x < 0x1p-1000, x * 0x1p108, x);
    double y = di_from_bits(0x5fe6eb50c7b537a9u - (di_bits(a) >> 1));
    const double h = 0.5 * a;
    y = y * (1.5 - h * y * y);
    y = y * (1.5 - h * y * y);
    y = y * (1.5 - h * y * y);
    y = y * (1.5 - h * y * y);
    double s = a * y;
    s = DI_FMA(DI_FMA(-s, s, a), 0.5 * y, s);
    s = DI_IF(x < 0x1p-1000, s * 0x1p-54, s);
    s = DI_IF((x == 0) | (x == DI_VEC_INF), x, s);
    s = DI_IF(x >= 0, s, DI_VEC_NAN);
    return s;
}
