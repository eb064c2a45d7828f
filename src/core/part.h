/* part.h - partial results that merge to the same bits, whoever computed which.
 *
 * Rows belong to a segment (a file, a site, or simply all rows) and are cut there into
 * blocks of `block_rows`, a constant of the family: block i has rows i B ... (i+1) B -
 * 1, and only the last block of a segment may be short. A partial result is, per
 * segment, a set of nodes (level, index), each with `len` numbers: a block is (0, i),
 * and whenever (l, 2i) and (l, 2i+1) are both there they are joined to (l+1, i).
 * Merging is the union of the nodes, then that rule. What remains depends only on which
 * blocks are there; so any split of the blocks over workers, merged in any order and
 * nesting, gives the same bits as one process.
 *
 * A part made without a segment name is a segment of its own: merged with others it
 * counts in full, even when it equals one of them. Blocks of a named segment that
 * overlap are EINVAL. */
#ifndef DI_PART_H
#define DI_PART_H

#include "core.h"

/* What a family's parts have in common; parts of different forms do not merge. */
typedef struct {
    char family[8];      /* "surv" and the like, ended by 0 */
    uint32_t version;    /* of what the numbers mean */
    uint32_t block_rows; /* B */
    uint64_t key;        /* anything else that must agree: a hash of settings, or 0 */
    size_t len;          /* numbers per node */
} di_part_form;

/* Nodes of a segment in the order of their rows; segments without a name first, in the
 * order of their contents, then the others in the order of their names. */
typedef struct {
    uint64_t level, index, rows;
} di_part_node;

typedef struct {
    char *name; /* NULL: none */
    size_t count;
    di_part_node *nodes;
    double *values; /* count x len, node by node */
} di_part_segment;

typedef struct {
    di_part_form form;
    size_t count;
    di_part_segment *segments;
    di_pool pool; /* all of the above */
} di_part;

/* left := left joined with right, its right neighbour; NULL stands for addition.
 * Returns a status. */
typedef int (*di_join_fn)(size_t len, double *left, const double *right, void *data);

DISTEST_STATUS di_part_new(distest_context *ctx, const di_part_form *form,
                           di_part **part);
void di_part_free(di_part *part);           /* NULL is nothing */
uint64_t di_part_rows(const di_part *part); /* over all segments */
size_t di_part_nodes(const di_part *part);

/* Adds rows `first` ... first + rows - 1 of `segment` (NULL or "": the part's own,
 * without a name): computes their blocks in parallel by `fn`, which fills `out` (len)
 * from block number `block` counted from the first of these, and joins them. EINVAL,
 * naming `first`, unless `first` is the start of a block, and when rows are there
 * already. `part` is untouched on failure. */
DISTEST_STATUS di_part_add(distest_context *ctx, const char *stage, double from,
                           double to, di_part *part, const char *segment,
                           uint64_t first, uint64_t rows, di_sum_fn fn, void *data,
                           di_join_fn join, void *join_data);

/* into := into and from. EINVAL, naming `from`, when they are of different forms or
 * overlap; `into` is untouched then. */
DISTEST_STATUS di_part_merge(distest_context *ctx, di_part *into, const di_part *from,
                             di_join_fn join, void *join_data);

/* Joins what is left from left to right: segments without a name, in an order that
 * depends on their contents only, then the others in the order of their names. EINVAL,
 * naming `part`, when there is nothing. */
DISTEST_STATUS di_part_total(distest_context *ctx, const di_part *part, di_join_fn join,
                             void *join_data, double *total);

/* What part.c and part_pack.c share: an empty part with room for so many segments; a
 * segment at its end with room for so many nodes; may node b follow a, only the last
 * block of all being short? (-1, 0, 1) the order of two segments. */
DISTEST_STATUS di_part_make(distest_context *ctx, const di_part_form *form,
                            size_t segments, di_part **part);
DISTEST_STATUS di_part_segment_make(distest_context *ctx, di_part *part,
                                    const char *name, size_t name_length, size_t nodes,
                                    di_part_segment **made);
int di_part_follows(const di_part_form *form, const di_part_node *a,
                    const di_part_node *b);
int di_part_siblings(const di_part_node *a, const di_part_node *b);
int di_part_compare(size_t len, const di_part_segment *a, const di_part_segment *b);
int di_part_same_form(const di_part_form *a, const di_part_form *b);

/* part_pack.c: as bytes, little-endian, with all that is needed to check them; a
 * multiple of 8. Parts that hold the same have the same bytes. di_part_unpack trusts
 * nothing: EINVAL, naming `argument`, for anything but what di_part_pack made of a part
 * of that form (NULL: of any form). */
size_t di_part_packed_size(const di_part *part);
void di_part_pack(const di_part *part, unsigned char *bytes);
DISTEST_STATUS di_part_unpack(distest_context *ctx, const char *argument, size_t size,
                              const unsigned char *bytes, const di_part_form *form,
                              di_part **part);

#endif
