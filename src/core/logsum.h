/* logsum.h - log(sum exp(a_i)), one term at a time or by parts.
 *
 * Invariant: the terms seen so far sum to exp(max) * sum, and max is the largest of
 * them (-Inf, with sum 0, before the first). So sum lies in [1, count] and can neither
 * overflow nor lose the leading term. */
#ifndef DI_LOGSUM_H
#define DI_LOGSUM_H

#include <math.h>

typedef struct {
    double max, sum;
} di_logsum;

static inline di_logsum di_logsum_empty(void)
{
    return (di_logsum){-INFINITY, 0};
}

static inline void di_logsum_add(di_logsum *s, double a)
{
    if (a == -INFINITY) return; /* adds nothing, and -Inf - -Inf is NaN */
    if (a <= s->max) {
        s->sum += exp(a - s->max);
    } else {
        s->sum = 1 + s->sum * exp(s->max - a);
        s->max = a;
    }
}

/* s += t */
static inline void di_logsum_merge(di_logsum *s, di_logsum t)
{
    if (t.max == -INFINITY) return;
    if (t.max <= s->max) {
        s->sum += t.sum * exp(t.max - s->max);
    } else {
        s->sum = t.sum + s->sum * exp(s->max - t.max);
        s->max = t.max;
    }
}

static inline double di_logsum_value(di_logsum s)
{
    return s.max + log(s.sum);
}

#endif
