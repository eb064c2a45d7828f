/* r_core.c - threads, version and a fingerprint of data, as R asks for them. */
#include "r.h"

#include "../core/core.h"

#include <stdio.h>
#include <string.h>

/* How many threads a call with `threads` (NULL: no wish) would use. */
SEXP r_core_threads(SEXP threads)
{
    distest_context ctx = distest_context_default();
    if (!Rf_isNull(threads)) ctx.threads = Rf_asInteger(threads);
    return Rf_ScalarInteger(di_threads(&ctx));
}

SEXP r_core_version(void)
{
    return Rf_ScalarInteger(distest_version());
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 32;
    return h * UINT64_C(0xbf58476d1ce4e5b9) ^ h >> 29;
}

/* 128 bits of a raw vector, to know data again that a worker has kept. */
SEXP r_core_hash(SEXP bytes)
{
    const size_t n = (size_t)Rf_xlength(bytes);
    const Rbyte *b = RAW_RO(bytes);
    uint64_t h[2] = {n, ~(uint64_t)n};
    char text[33];
    for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, b + i, n - i < sizeof word ? n - i : sizeof word);
        h[0] = mix(h[0], word);
        h[1] = mix(h[1] + h[0], word ^ UINT64_C(0x94d049bb133111eb));
    }
    snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)h[0],
             (unsigned long long)h[1]);
    return Rf_mkString(text);
}
