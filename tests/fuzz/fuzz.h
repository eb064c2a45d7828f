/* fuzz.h - what the fuzz targets share: numbers read from bytes, and the claims every
 * computing function makes whatever it is given.
 *
 * A double is one byte that says how, then its bytes: a small fraction, a value from
 * the table of awkward ones, or any 64 bits. Input that ends reads as zeros. */
#ifndef FUZZ_H
#define FUZZ_H

#include <distest.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes left, and whether all numbers so far were finite and of moderate size. */
typedef struct fuzz_input {
    const uint8_t *at;
    size_t left;
    int moderate;
} fuzz_input;

static inline uint8_t fuzz_byte(fuzz_input *in)
{
    if (!in->left) return 0;
    in->left--;
    return *in->at++;
}

/* from, ..., to */
static inline int fuzz_int(fuzz_input *in, int from, int to)
{
    return from + fuzz_byte(in) % (to - from + 1);
}

static inline double fuzz_double(fuzz_input *in)
{
    static const double awkward[] = {0,        -0.0,      1,    -1,
                                     0.5,      2,         1e-8, 1e8,
                                     1e-300,   1e300,     -1e6, 5e-324,
                                     INFINITY, -INFINITY, NAN,  1e16,
                                     1e-16,    700,       -700, 0.9999999999999999};
    const int how = fuzz_byte(in) % 8;
    double x;
    if (how < 5) {
        x = (fuzz_byte(in) - 64) / 16.0;
    } else if (how < 7) {
        x = awkward[fuzz_byte(in) % (sizeof awkward / sizeof awkward[0])];
    } else {
        uint64_t bits = 0;
        for (int i = 0; i < 8; i++) bits = bits << 8 | fuzz_byte(in);
        memcpy(&x, &bits, sizeof x);
    }
    if (!(fabs(x) <= 1e3) || (x != 0 && fabs(x) < 1e-3)) in->moderate = 0;
    return x;
}

static inline void fuzz_doubles(fuzz_input *in, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) x[i] = fuzz_double(in);
}

static inline void fuzz_broken(const char *claim, const distest_context *ctx)
{
    fprintf(stderr, "broken: %s (argument \"%s\", message \"%s\")\n", claim,
            ctx->argument, ctx->message);
    abort();
}

enum { FUZZ_UNTOUCHED = 0x5a };

static inline void fuzz_mark(size_t n, double *out)
{
    memset(out, FUZZ_UNTOUCHED, n * sizeof *out);
}

/* A status that the header knows; a message with every failure and the output
 * untouched; numbers with every success on moderate input. */
static inline void fuzz_claims(int status, const fuzz_input *in, size_t n,
                               const double *out, const distest_context *ctx)
{
    if (status < DISTEST_SUCCESS || status >= DISTEST_EINTERNAL)
        fuzz_broken("a status of the header, and no bug", ctx);
    if (status != DISTEST_SUCCESS && ctx->message[0] == '\0')
        fuzz_broken("a failure says why", ctx);
    for (size_t i = 0; i < n; i++) {
        double marked;
        fuzz_mark(1, &marked);
        if (status != DISTEST_SUCCESS && memcmp(&out[i], &marked, sizeof marked) != 0)
            fuzz_broken("a failure leaves the output untouched", ctx);
        if (status == DISTEST_SUCCESS && in->moderate && isnan(out[i]))
            fuzz_broken("moderate input gives numbers", ctx);
    }
}

#endif
