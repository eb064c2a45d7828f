/* part.c - sets of nodes of binary trees over blocks of rows: see part.h.
 *
 * Nodes of a segment are kept in the order of their rows, joined wherever two are
 * siblings. Every change builds the new set beside the old one and swaps them at the
 * end, so that a failure leaves the part as it was. */
#include "part.h"

#include <string.h>

int di_part_make(distest_context *ctx, const di_part_form *form, size_t segments,
                 di_part **part)
{
    void *p = NULL;
    int status = di_alloc(ctx, &p, 1, sizeof **part);
    if (status != DISTEST_SUCCESS) return status;
    di_part *made = p;
    *made = (di_part){.form = *form};
    status = DI_NEW(ctx, &made->pool, &made->segments, segments, 1);
    if (status != DISTEST_SUCCESS) {
        di_free(made);
        return status;
    }
    *part = made;
    return status;
}

int di_part_new(distest_context *ctx, const di_part_form *form, di_part **part)
{
    return di_part_make(ctx, form, 0, part);
}

void di_part_free(di_part *part)
{
    if (!part) return;
    di_pool_free(&part->pool);
    di_free(part);
}

uint64_t di_part_rows(const di_part *part)
{
    uint64_t rows = 0;
    for (size_t s = 0; s < part->count; s++)
        for (size_t k = 0; k < part->segments[s].count; k++)
            rows += part->segments[s].nodes[k].rows;
    return rows;
}

size_t di_part_nodes(const di_part *part)
{
    size_t nodes = 0;
    for (size_t s = 0; s < part->count; s++) nodes += part->segments[s].count;
    return nodes;
}

int di_part_segment_make(distest_context *ctx, di_part *part, const char *name,
                         size_t name_length, size_t nodes, di_part_segment **made)
{
    int status = DISTEST_SUCCESS;
    di_part_segment s = {0};
    if (name) {
        DI_TRY(DI_NEW(ctx, &part->pool, &s.name, name_length + 1, 1));
        memcpy(s.name, name, name_length);
        s.name[name_length] = '\0';
    }
    DI_TRY(DI_NEW(ctx, &part->pool, &s.nodes, nodes, 1));
    DI_TRY(DI_NEW(ctx, &part->pool, &s.values, nodes, part->form.len));
    part->segments[part->count] = s;
    *made = &part->segments[part->count++];
done:
    return status;
}

/* with that name, or without one */
static int new_segment(distest_context *ctx, di_part *part, const char *name,
                       size_t nodes, di_part_segment **made)
{
    return di_part_segment_make(ctx, part, name, name ? strlen(name) : 0, nodes, made);
}

static uint64_t first_block(const di_part_node *n)
{
    return n->index << n->level;
}

static uint64_t end_block(const di_part_node *n)
{
    return (n->index + 1) << n->level;
}

int di_part_follows(const di_part_form *form, const di_part_node *a,
                    const di_part_node *b)
{
    return end_block(a) <= first_block(b) &&
           a->rows == ((uint64_t)form->block_rows << a->level);
}

int di_part_siblings(const di_part_node *a, const di_part_node *b)
{
    return a->level == b->level && a->index % 2 == 0 && b->index == a->index + 1;
}

/* Puts a node at the end of a segment and joins siblings as long as there are any. */
static int push(const di_part_form *form, di_part_segment *s, const di_part_node *n,
                const double *value, di_join_fn join, void *data)
{
    const size_t len = form->len;
    if (s->count && !di_part_follows(form, &s->nodes[s->count - 1], n))
        return DISTEST_EINVAL;
    s->nodes[s->count] = *n;
    memcpy(s->values + s->count * len, value, len * sizeof *value);
    s->count++;
    while (s->count >= 2) {
        di_part_node *left = &s->nodes[s->count - 2];
        const di_part_node *right = left + 1;
        if (!di_part_siblings(left, right)) break;
        double *a = s->values + (s->count - 2) * len;
        const double *b = a + len;
        if (join) {
            const int status = join(len, a, b, data);
            if (status != DISTEST_SUCCESS) return status;
        } else {
            for (size_t j = 0; j < len; j++) a[j] += b[j];
        }
        *left =
            (di_part_node){left->level + 1, left->index / 2, left->rows + right->rows};
        s->count--;
    }
    return DISTEST_SUCCESS;
}

/* all nodes of a and b, either of which may be NULL, in the order of their rows */
static int push_union(const di_part_form *form, di_part_segment *s,
                      const di_part_segment *a, const di_part_segment *b,
                      di_join_fn join, void *data)
{
    size_t i = 0, k = 0;
    const size_t n = a ? a->count : 0, m = b ? b->count : 0;
    while (i < n || k < m) {
        const int from_a =
            k >= m || (i < n && first_block(&a->nodes[i]) <= first_block(&b->nodes[k]));
        const di_part_segment *t = from_a ? a : b;
        const size_t which = from_a ? i++ : k++;
        const int status =
            push(form, s, &t->nodes[which], t->values + which * form->len, join, data);
        if (status != DISTEST_SUCCESS) return status;
    }
    return DISTEST_SUCCESS;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static uint64_t bits_of(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

int di_part_compare(size_t len, const di_part_segment *a, const di_part_segment *b)
{
    if (a->name || b->name) {
        if (!a->name || !b->name) return a->name ? 1 : -1;
        return strcmp(a->name, b->name);
    }
    int c = compare_numbers(a->count, b->count);
    for (size_t k = 0; c == 0 && k < a->count; k++) {
        c = compare_numbers(a->nodes[k].level, b->nodes[k].level);
        if (c == 0) c = compare_numbers(a->nodes[k].index, b->nodes[k].index);
        if (c == 0) c = compare_numbers(a->nodes[k].rows, b->nodes[k].rows);
        for (size_t j = 0; c == 0 && j < len; j++)
            c = compare_numbers(bits_of(a->values[k * len + j]),
                                bits_of(b->values[k * len + j]));
    }
    return c;
}

static int copy_segment(distest_context *ctx, di_part *to, const di_part_segment *from)
{
    di_part_segment *s = NULL;
    const int status = new_segment(ctx, to, from->name, from->count, &s);
    if (status != DISTEST_SUCCESS) return status;
    s->count = from->count;
    memcpy(s->nodes, from->nodes, from->count * sizeof *s->nodes);
    memcpy(s->values, from->values, from->count * to->form.len * sizeof *s->values);
    return status;
}

int di_part_same_form(const di_part_form *a, const di_part_form *b)
{
    return strncmp(a->family, b->family, sizeof a->family) == 0 &&
           a->version == b->version && a->block_rows == b->block_rows &&
           a->key == b->key && a->len == b->len;
}

/* into takes the contents of made, which is gone then */
static void become(di_part *into, di_part *made)
{
    const di_part old = *into;
    *into = *made;
    *made = old;
    di_part_free(made);
}

int di_part_merge(distest_context *ctx, di_part *into, const di_part *from,
                  di_join_fn join, void *join_data)
{
    int status = DISTEST_SUCCESS;
    di_part *made = NULL;
    if (!di_part_same_form(&into->form, &from->form))
        return di_fail(ctx, DISTEST_EINVAL, "from",
                       "Parts of different kinds or settings do not merge.");
    DI_TRY(di_part_make(ctx, &into->form, into->count + from->count, &made));
    size_t i = 0, k = 0;
    while (i < into->count || k < from->count) {
        const di_part_segment *a = i < into->count ? &into->segments[i] : NULL;
        const di_part_segment *b = k < from->count ? &from->segments[k] : NULL;
        const int order = !a ? 1 : (!b ? -1 : di_part_compare(into->form.len, a, b));
        if (order == 0 && a->name) {
            di_part_segment *s = NULL;
            DI_TRY(new_segment(ctx, made, a->name, a->count + b->count, &s));
            status = push_union(&into->form, s, a, b, join, join_data);
            if (status == DISTEST_EINVAL)
                (void)di_fail(ctx, status, "from",
                              "Rows of segment \"%s\" are there twice, or follow a "
                              "block that is not full.",
                              a->name);
            if (status != DISTEST_SUCCESS) goto done;
            i++, k++;
        } else {
            DI_TRY(copy_segment(ctx, made, order <= 0 ? a : b));
            if (order <= 0)
                i++;
            else
                k++;
        }
    }
    become(into, made);
    made = NULL;
done:
    di_part_free(made);
    return status;
}

/* the end of a segment that rows are added to */
typedef struct {
    const di_part_form *form;
    di_part_segment *segment;
    uint64_t before, rows; /* blocks before the first; rows in all */
    di_join_fn join;
    void *data;
} growth;

static int take_block(size_t block, const double *values, void *taker)
{
    const growth *g = taker;
    const uint64_t B = g->form->block_rows, begun = block * B;
    const di_part_node n = {0, g->before + block,
                            g->rows - begun < B ? g->rows - begun : B};
    return push(g->form, g->segment, &n, values, g->join, g->data);
}

/* The blocks of these rows as a segment of their own, which is then merged. */
static int compute(distest_context *ctx, const char *stage, double from, double to,
                   di_part *own, const char *name, uint64_t first, di_sum_fn fn,
                   void *data, growth *g)
{
    int status = DISTEST_SUCCESS;
    const uint64_t B = own->form.block_rows;
    const size_t blocks = (size_t)((g->rows + B - 1) / B);
    /* ends at either side of at most 64 levels, and the one just pushed */
    const size_t room = blocks < 130 ? blocks : 130;
    g->form = &own->form, g->before = first / B;
    DI_TRY(new_segment(ctx, own, name, room, &g->segment));
    DI_TRY(di_take_blocks(ctx, stage, from, to, blocks, own->form.len, fn, data,
                          take_block, g));
done:
    return status;
}

static size_t count_nameless(const di_part *part)
{
    size_t n = 0;
    while (n < part->count && !part->segments[n].name) n++;
    return n;
}

int di_part_add(distest_context *ctx, const char *stage, double from, double to,
                di_part *part, const char *name, uint64_t first, uint64_t rows,
                di_sum_fn fn, void *data, di_join_fn join, void *join_data)
{
    int status = DISTEST_SUCCESS;
    di_part *own = NULL;
    growth g = {.rows = rows, .join = join, .data = join_data};
    const uint64_t B = part->form.block_rows;
    if (name && !*name) name = NULL;
    if (rows == 0) return DISTEST_SUCCESS;
    if (first % B != 0 || rows > UINT64_MAX / 4 || first > UINT64_MAX / 4)
        return di_fail(ctx, DISTEST_EINVAL, "first",
                       "`first` must be the start of a block, 0 or a multiple of %zu, "
                       "not %zu.",
                       (size_t)B, (size_t)first);
    DI_TRY(di_part_make(ctx, &part->form, 1, &own));
    DI_TRY(compute(ctx, stage, from, to, own, name, first, fn, data, &g));
    const size_t nameless = count_nameless(part);
    if (name || nameless == 0) {
        status = di_part_merge(ctx, part, own, join, join_data);
    } else if (nameless == 1) {
        /* the part's own segment goes on: by a name for as long as the merge takes */
        char brief[1] = "";
        part->segments[0].name = own->segments[0].name = brief;
        status = di_part_merge(ctx, part, own, join, join_data);
        part->segments[0].name = NULL;
    } else {
        status = di_fail(ctx, DISTEST_EINVAL, "segment",
                         "`segment` must be given: several parts without one have been "
                         "merged.");
    }
    if (status == DISTEST_EINVAL && ctx && strcmp(ctx->argument, "from") == 0)
        status = di_fail(ctx, status, "first",
                         "Rows from %zu on are there already, or follow a block that "
                         "is not full.",
                         (size_t)first);
done:
    di_part_free(own);
    return status;
}

int di_part_total(distest_context *ctx, const di_part *part, di_join_fn join,
                  void *join_data, double *total)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *sum = NULL;
    const size_t len = part->form.len;
    size_t seen = 0;
    if (di_part_nodes(part) == 0)
        return di_fail(ctx, DISTEST_EINVAL, "part", "`part` has no rows.");
    DI_TRY(DI_NEW(ctx, &pool, &sum, len, 1));
    for (size_t s = 0; s < part->count; s++)
        for (size_t k = 0; k < part->segments[s].count; k++) {
            const double *value = part->segments[s].values + k * len;
            if (seen++ == 0)
                memcpy(sum, value, len * sizeof *sum);
            else if (join)
                DI_TRY(join(len, sum, value, join_data));
            else
                for (size_t j = 0; j < len; j++) sum[j] += value[j];
        }
    memcpy(total, sum, len * sizeof *total);
done:
    di_pool_free(&pool);
    return status;
}
