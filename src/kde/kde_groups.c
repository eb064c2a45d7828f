/* kde_groups.c - which points are equal. */
#include "kde.h"

#include <string.h>

static uint64_t hash_row(const di_kde_plan *p, size_t i)
{
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (size_t k = 0; k < p->d; k++) {
        double v = p->x[p->row[i] + k * p->ldx] + 0.0; /* -0 is 0 */
        uint64_t b;
        memcpy(&b, &v, sizeof b);
        h = (h ^ b) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h;
}

static int same_row(const di_kde_plan *p, size_t i, size_t j)
{
    for (size_t k = 0; k < p->d; k++)
        if (p->x[p->row[i] + k * p->ldx] != p->x[p->row[j] + k * p->ldx]) return 0;
    return 1;
}

/* Equal points by open addressing; then groups as lists in order of their points. */
int di_kde_groups(distest_context *ctx, di_kde_plan *p)
{
    size_t size = 16, groups = 0;
    size_t *slot = NULL;
    di_pool pool = {0};
    int status;
    while (size < 2 * p->n) size *= 2;
    DI_TRY(DI_NEW(ctx, &pool, &slot, size, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->group_of, p->n, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->group_start, p->n + 1, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->group_list, p->n, 1));
    memset(slot, 0, size * sizeof *slot);
    for (size_t i = 0; i < p->n; i++) {
        size_t s = (size_t)(hash_row(p, i) & (size - 1));
        while (slot[s] && !same_row(p, slot[s] - 1, i)) s = (s + 1) & (size - 1);
        if (slot[s]) {
            p->group_of[i] = p->group_of[slot[s] - 1];
        } else {
            slot[s] = i + 1;
            p->group_of[i] = groups++;
        }
    }
    memset(p->group_start, 0, (p->n + 1) * sizeof *p->group_start);
    for (size_t i = 0; i < p->n; i++) p->group_start[p->group_of[i] + 1]++;
    for (size_t g = 0; g < groups; g++) {
        if (p->group_start[g + 1] > 1) p->tied += p->group_start[g + 1];
        p->group_start[g + 1] += p->group_start[g];
    }
    for (size_t i = p->n; i-- > 0;) {
        const size_t g = p->group_of[i];
        p->group_list[--p->group_start[g + 1]] = i;
    }
    /* every start has moved down by its own size: shift back */
    for (size_t g = 0; g + 1 <= groups; g++) p->group_start[g] = p->group_start[g + 1];
    p->group_start[groups] = p->n;
done:
    di_pool_free(&pool);
    return status;
}
