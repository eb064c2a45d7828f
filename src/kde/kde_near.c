/* kde_near.c - the nearest points of a query, kept while the panels pass: by distance,
 * by distance in units of their own bandwidth, or by the size of their terms. */
#include "kde.h"

#define DI_KERNEL "../kde/kde_near_kernel.h"
#include "isa.h"

/* the k smallest in a heap with the largest on top */
static void heap_push(di_kde_near *heap, size_t k, size_t *count, double D, size_t i)
{
    size_t at;
    if (*count < k) {
        for (at = (*count)++; at > 0 && heap[(at - 1) / 2].D < D; at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
    } else {
        if (!(D < heap[0].D)) return;
        at = 0;
        for (size_t c = 1; c < k; c = 2 * at + 1) {
            if (c + 1 < k && heap[c + 1].D > heap[c].D) c++;
            if (heap[c].D <= D) break;
            heap[at] = heap[c];
            at = c;
        }
    }
    heap[at] = (di_kde_near){D, i};
}

void di_kde_near_panel(const di_kde_pass *s, size_t panel, size_t query,
                       const double *key, di_kde_near *heap, size_t *count)
{
    const di_kde_plan *p = s->plan;
    const size_t i0 = panel * PANEL, end = p->n - i0 < PANEL ? p->n - i0 : PANEL;
    for (size_t i = 0; i < end; i += 8) {
        const double limit = *count < s->k ? INFINITY : heap[0].D;
        if (!DI_PICK(any_below)(key + i, limit)) continue;
        for (size_t l = i; l < i + 8 && l < end; l++) {
            if (query != SIZE_MAX &&
                (i0 + l == query ||
                 (s->ties && p->group_of[i0 + l] == p->group_of[query])))
                continue;
            heap_push(heap, s->k, count, key[l], i0 + l);
        }
    }
}

static int near_order(const di_kde_near *a, const di_kde_near *b)
{
    return a->D < b->D || (a->D == b->D && a->i < b->i);
}

/* the key once more, from distances by differences */
static double exact_key(const di_kde_pass *s, size_t i, const double *q, size_t ld,
                        double *v)
{
    const di_kde_plan *p = s->plan;
    const double D = di_kde_distance(p, i, q, ld, v);
    const int loo = !s->at;
    if (s->by == KDE_BY_TERM) return -di_kde_term(p, i, D, loo);
    if (s->by == KDE_BY_DISTANCE || !p->a2) return D;
    return D * (loo && p->reach2 && D <= p->reach2[i] ? p->a2next[i] : p->a2[i]);
}

void di_kde_near_finish(const di_kde_pass *s, const double *q, size_t ld, size_t count,
                        const di_kde_near *heap, double *v, di_kde_near *out)
{
    for (size_t c = 0; c < count; c++) {
        const int images = s->by == KDE_BY_TERM && s->plan->low; /* stay in the key */
        const di_kde_near e = {images ? heap[c].D : exact_key(s, heap[c].i, q, ld, v),
                               heap[c].i};
        size_t at = c;
        for (; at > 0 && near_order(&e, &out[at - 1]); at--) out[at] = out[at - 1];
        out[at] = e;
    }
    for (size_t c = count; c < s->k; c++) out[c] = (di_kde_near){INFINITY, SIZE_MAX};
}
