/* isa.h - compiles a kernel once per instruction set. No guard: read once per kernel.
 *
 *     #define DI_KERNEL "../kde/kde_tile_kernel.h"    // as seen from src/core
 *     #include "isa.h"
 *     ...
 *     DI_PICK(tile)(n, x, y);                         // tile_avx512, _avx2 or _base
 *
 * where the kernel is functions of the form
 *
 *     static DI_TARGET void DI_NAME(tile)(size_t n, const double *x, double *y)
 *     {
 *     #pragma omp simd
 *         for (size_t i = 0; i < n; i++) y[i] = vec_exp(DI_FMA(x[i], x[i], -1.0));
 *     }
 *
 * DI_FMA(a, b, c) is a b + c, fused where the set has it. DI_IF(condition, yes, no) is
 * a choice without a branch, both sides always computed: by masks where the compiler
 * would make a branch of a ternary and no vector of the loop. Sums are written with a
 * fixed number of lanes (s[8], added in a fixed order), so that every set adds in one
 * order; FMA still makes the last bits differ between sets. */
#ifndef DI_ISA_H
#define DI_ISA_H

#include "core.h"

#include <math.h>

#if defined(DI_ISA_X86)
#define DI_PICK(name)                                                                  \
    (di_isa() == DI_ISA_AVX512 ? name##_avx512                                         \
     : di_isa() == DI_ISA_AVX2 ? name##_avx2                                           \
                               : name##_base)
#else
#define DI_PICK(name) name##_base
#endif

#endif

#define DI_TARGET
#define DI_NAME(x)        x##_base
#define DI_FMA(a, b, c)   ((a) * (b) + (c))
#define DI_IF(c, yes, no) ((c) ? (yes) : (no))
#include "vec.h"
#include DI_KERNEL
#undef DI_TARGET
#undef DI_NAME
#undef DI_FMA
#undef DI_IF

#if defined(DI_ISA_X86)
#define DI_FMA(a, b, c)   __builtin_fma((a), (b), (c))
#define DI_IF(c, yes, no) di_blend((c) ? ~(uint64_t)0 : 0, (yes), (no))

#define DI_TARGET  __attribute__((target("avx2,fma")))
#define DI_NAME(x) x##_avx2
#include "vec.h"
#include DI_KERNEL
#undef DI_TARGET
#undef DI_NAME

#define DI_TARGET  __attribute__((target("avx2,fma,avx512f,avx512dq")))
#define DI_NAME(x) x##_avx512
#include "vec.h"
#include DI_KERNEL
#undef DI_TARGET
#undef DI_NAME
#undef DI_FMA
#undef DI_IF
#endif

#undef DI_KERNEL
