/* rdd_draws.h - draws of the multiplier process. */
#ifndef DI_RDD_DRAWS_H
#define DI_RDD_DRAWS_H

#include "rdd.h"

enum { RDD_MOST_DRAWS = 256 }; /* in a block */

/* Number i0 + i of draw b, i < n; i0 is a multiple of the rows of a block. */
typedef void (*di_rdd_fill)(uint64_t key, size_t b, size_t i0, size_t n, double *xi);

/* EINVAL names `multiplier` */
DISTEST_STATUS di_rdd_law(distest_context *ctx, const char *multiplier,
                          di_rdd_fill *fill);

typedef struct di_rdd_drawing {
    size_t rows, probs;
    size_t first, draws;  /* draws first ... first + draws - 1 of the key */
    const double *scores; /* rows x probs */
    const double *xi;     /* rows x draws, or NULL: `fill` under `key` */
    di_rdd_fill fill;
    uint64_t key;
    const double *s; /* probs; 0 leaves a point out */
    double *most;    /* out: draws, M_b */
    double *process; /* out: draws x probs, or NULL */

    size_t block;    /* from here on: what di_rdd_draw() sets */
    double *scratch; /* per thread: multipliers, then the process of a block */
    size_t multipliers, each;
} di_rdd_drawing;

DISTEST_STATUS di_rdd_draw(distest_context *ctx, di_rdd_drawing *drawing);

#endif
