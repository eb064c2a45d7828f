/* part_pack.c - partial results as bytes: words of 64 bits, the lowest byte first.
 *
 *     "distestP", format, family, version and block_rows, key, len, segments;
 *     per segment: length of the name or NAMELESS, the name filled up to whole words,
 *     nodes; per node: level, index, rows, len numbers. */
#include "part.h"

#include <string.h>

static const uint64_t FORMAT = 1, NAMELESS = UINT64_MAX;
static const char MAGIC[8] = {'d', 'i', 's', 't', 'e', 's', 't', 'P'};
enum { HEADER = 7, NODE = 3 }; /* words */

static size_t name_words(size_t length)
{
    return (length + 7) / 8;
}

size_t di_part_packed_size(const di_part *part)
{
    size_t words = HEADER;
    for (size_t s = 0; s < part->count; s++) {
        const di_part_segment *t = &part->segments[s];
        words += 2 + (t->name ? name_words(strlen(t->name)) : 0);
        words += t->count * (NODE + part->form.len);
    }
    return 8 * words;
}

static unsigned char *put(unsigned char *at, uint64_t word)
{
    for (int i = 0; i < 8; i++) *at++ = (unsigned char)(word >> 8 * i);
    return at;
}

static uint64_t get(const unsigned char *at)
{
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--) word = word << 8 | at[i];
    return word;
}

static unsigned char *put_segment(unsigned char *at, size_t len,
                                  const di_part_segment *s)
{
    const size_t length = s->name ? strlen(s->name) : 0;
    at = put(at, s->name ? length : NAMELESS);
    memset(at, 0, 8 * name_words(length));
    if (length) memcpy(at, s->name, length);
    at = put(at + 8 * name_words(length), s->count);
    for (size_t k = 0; k < s->count; k++) {
        at = put(at, s->nodes[k].level);
        at = put(at, s->nodes[k].index);
        at = put(at, s->nodes[k].rows);
        for (size_t j = 0; j < len; j++) {
            uint64_t u;
            memcpy(&u, &s->values[k * len + j], sizeof u);
            at = put(at, u);
        }
    }
    return at;
}

void di_part_pack(const di_part *part, unsigned char *bytes)
{
    const di_part_form *form = &part->form;
    unsigned char *at = bytes;
    memcpy(at, MAGIC, 8);
    at = put(at + 8, FORMAT);
    memset(at, 0, 8);
    for (size_t i = 0; i < 8 && form->family[i]; i++)
        at[i] = (unsigned char)form->family[i];
    at = put(at + 8, form->version | (uint64_t)form->block_rows << 32);
    at = put(at, form->key);
    at = put(at, form->len);
    at = put(at, part->count);
    for (size_t s = 0; s < part->count; s++)
        at = put_segment(at, form->len, &part->segments[s]);
}

typedef struct {
    const unsigned char *at;
    size_t left; /* words */
} reader;

/* 0 at the end: a count of 0 is refused wherever that matters */
static uint64_t next(reader *r)
{
    if (r->left == 0) return 0;
    const uint64_t word = get(r->at);
    r->at += 8;
    r->left--;
    return word;
}

/* a level and an index in range, all blocks full but perhaps the last */
static int sound_node(const di_part_form *form, const di_part_node *n)
{
    if (n->level > 61 || n->index >= UINT64_C(1) << (62 - n->level)) return 0;
    if (form->block_rows > UINT64_MAX >> (n->level + 1)) return 0;
    const uint64_t full = (uint64_t)form->block_rows << n->level;
    return n->rows <= full && n->rows > full - form->block_rows;
}

/* ENOMEM, EINVAL or SUCCESS, without a message for EINVAL */
static int get_segment(distest_context *ctx, reader *r, di_part *part)
{
    di_part_segment *s = NULL;
    const size_t len = part->form.len;
    const uint64_t length = next(r);
    const char *name = NULL;
    if (length != NAMELESS) {
        if (length == 0 || length > 8 * (uint64_t)r->left) return DISTEST_EINVAL;
        name = (const char *)r->at;
        const size_t words = name_words((size_t)length);
        for (size_t i = 0; i < 8 * words; i++)
            if ((name[i] == '\0') != (i >= length)) return DISTEST_EINVAL;
        r->at += 8 * words;
        r->left -= words;
    }
    const uint64_t count = next(r);
    if (count == 0 || count > r->left / (NODE + len)) return DISTEST_EINVAL;
    const int status = di_part_segment_make(ctx, part, name, name ? (size_t)length : 0,
                                            (size_t)count, &s);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t k = 0; k < count; k++) {
        di_part_node *n = &s->nodes[k];
        n->level = next(r);
        n->index = next(r);
        n->rows = next(r);
        if (!sound_node(&part->form, n)) return DISTEST_EINVAL;
        if (k &&
            (!di_part_follows(&part->form, n - 1, n) || di_part_siblings(n - 1, n)))
            return DISTEST_EINVAL;
        for (size_t j = 0; j < len; j++) {
            const uint64_t u = next(r);
            memcpy(&s->values[k * len + j], &u, sizeof u);
        }
        s->count++;
    }
    const int order =
        part->count < 2 ? -1 : di_part_compare(len, s - 1, s); /* equal: nameless */
    return order < 0 || (order == 0 && !s->name) ? DISTEST_SUCCESS : DISTEST_EINVAL;
}

static int get_form(reader *r, di_part_form *form)
{
    if (r->left < HEADER || memcmp(r->at, MAGIC, 8) != 0) return 0;
    (void)next(r);
    if (next(r) != FORMAT) return 0;
    memcpy(form->family, r->at, 8);
    for (size_t i = 1; i < 8; i++) /* ended and filled up by 0 */
        if (form->family[i] && !form->family[i - 1]) return 0;
    if (form->family[7]) return 0;
    (void)next(r);
    const uint64_t both = next(r);
    form->version = (uint32_t)both;
    form->block_rows = (uint32_t)(both >> 32);
    form->key = next(r);
    const uint64_t len = next(r);
    form->len = (size_t)len;
    return form->block_rows > 0 && len <= SIZE_MAX / 16;
}

int di_part_unpack(distest_context *ctx, const char *argument, size_t size,
                   const unsigned char *bytes, const di_part_form *form, di_part **part)
{
    int status = DISTEST_EINVAL;
    reader r = {bytes, size / 8};
    di_part_form found = {.len = 0};
    di_part *made = NULL;
    if (!bytes || size % 8 != 0 || !get_form(&r, &found)) goto done;
    if (form && !di_part_same_form(form, &found))
        return di_fail(ctx, DISTEST_EINVAL, argument,
                       "`%s` is a partial result of another kind, or was made with "
                       "other settings or by another version.",
                       argument);
    const uint64_t segments = next(&r);
    if (segments > r.left) goto done;
    DI_TRY(di_part_make(ctx, &found, (size_t)segments, &made));
    for (size_t s = 0; s < segments; s++) DI_TRY(get_segment(ctx, &r, made));
    if (r.left == 0) {
        *part = made;
        return DISTEST_SUCCESS;
    }
    status = DISTEST_EINVAL;
done:
    di_part_free(made);
    if (status != DISTEST_EINVAL) return status;
    return di_fail(ctx, status, argument, "`%s` is not a partial result, or damaged.",
                   argument);
}
