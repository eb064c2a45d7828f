/* cpu.c - the instruction set that kernels are chosen for, found once. */
#include "core.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int detect(void)
{
    int isa = DI_ISA_BASE;
#if defined(DI_ISA_X86)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        isa = DI_ISA_AVX2;
    if (isa == DI_ISA_AVX2 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512dq"))
        isa = DI_ISA_AVX512;
#endif
    const char *cap = getenv("DISTEST_ISA");
    if (cap && strcmp(cap, "base") == 0) return DI_ISA_BASE;
    if (cap && strcmp(cap, "avx2") == 0 && isa > DI_ISA_AVX2) return DI_ISA_AVX2;
    return isa;
}

int di_isa(void)
{
    static atomic_int found = -1; /* two threads that both look find the same */
    int isa = atomic_load_explicit(&found, memory_order_relaxed);
    if (isa < 0) {
        isa = detect();
        atomic_store_explicit(&found, isa, memory_order_relaxed);
    }
    return isa;
}
