/* rdd_rows.h - individuals, grouped by unit and sorted. */
#ifndef DI_RDD_ROWS_H
#define DI_RDD_ROWS_H

#include "rdd.h"

/* The values of one unit in increasing order; w is NULL without weights. Rows of weight
 * 0 are gone. Ties stand in the order of the rows. */
typedef struct di_rdd_unit {
    size_t unit, n;
    const double *z, *w;
} di_rdd_unit;

/* Rows by unit. Blocks are runs of units in the order of their size, the longest first;
 * each is one piece of work. The rows stand in place (a list, or rows in the order of
 * units), or have been moved to their block: there they wait in the order of the rows,
 * with the place of their unit in the block. */
typedef struct di_rdd_groups {
    size_t units, rows;
    const double **y, **w; /* units; w NULL without weights */
    size_t *length; /* units, rows of weight 0 included where they are in place */
    size_t *count;  /* units, rows of positive weight */
    size_t longest; /* of length */
    size_t *order;  /* units */
    size_t blocks;
    size_t *first;   /* blocks + 1: runs of order */
    int moved;       /* 1: the rows are in their blocks */
    double *my, *mw; /* moved rows */
    uint16_t *place; /* of their unit in the block */
    size_t *start;   /* blocks + 1: where blocks begin among the moved rows */
    size_t largest, most_units; /* rows and units of a block, at most */
} di_rdd_groups;

/* rdd_rows.c: checks and groups the rows; progress from 0 to `to` */
DISTEST_STATUS di_rdd_groups_open(distest_context *ctx, di_pool *pool,
                                  const distest_rdd_rows *rows, const int *include,
                                  double to, di_rdd_groups *g);

/* rdd_sort.c: scratch of a thread */
typedef struct di_rdd_sorter {
    uint64_t *key[2];
    double *w[2];
    double *z;
    uint32_t *count;
    double *block_y, *block_w; /* the rows of a block by unit */
    size_t *next;
} di_rdd_sorter;
DISTEST_STATUS di_rdd_sorter_open(distest_context *ctx, di_pool *pool,
                                  const di_rdd_groups *g, di_rdd_sorter *s);
/* puts the rows of a block by unit: g->y, g->w, g->length of its units hold then, until
 * the sorter opens the next */
void di_rdd_sorter_block(di_rdd_sorter *s, const di_rdd_groups *g, size_t block);
/* a unit of the open block, sorted in the scratch */
di_rdd_unit di_rdd_sorter_unit(di_rdd_sorter *s, const di_rdd_groups *g, size_t unit);

/* rdd_halfsample.c: n x probs weights c_k(q) of the sorted values, 4 <= n <= 500 */
enum { RDD_HALF_FROM = 4, RDD_HALF_TO = 500 };
void di_rdd_halfsample(size_t n, size_t probs, const double *q, const double *logfact,
                       double *c);

#endif
