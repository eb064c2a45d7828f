/* stream_fill.c - many random numbers at once, several times as fast as one by one. */
#include "stream.h"
#include "wichura.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "stream_kernel.h"
#include "isa.h"

void di_stream_uniforms(di_stream *s, size_t n, double *u)
{
    size_t i = 0;
    for (; i < n && s->left > 0; i++) u[i] = di_stream_uniform(s);
    const size_t pairs = (n - i) / 2;
    DI_PICK(fill_uniform)(s->key, s->counter, s->stream, pairs, u + i);
    s->counter += pairs;
    for (i += 2 * pairs; i < n; i++) u[i] = di_stream_uniform(s);
}

void di_stream_normals(di_stream *s, size_t n, double *z)
{
    di_stream_uniforms(s, n, z);
    di_vnorm_quantile(n, z, z);
}

/* 85 of 100 uniform numbers need no logarithm and are done in vectors, in chunks that
 * stay in cache; then the others */
void di_vnorm_quantile(size_t n, const double *p, double *z)
{
    enum { CHUNK = 256 };
    double here[CHUNK];
    for (size_t i = 0; i < n; i += CHUNK) {
        const size_t m = n - i < CHUNK ? n - i : CHUNK;
        memcpy(here, p + i, m * sizeof *p); /* z may be p */
        DI_PICK(fill_centre)(m, here, z + i);
        for (size_t k = 0; k < m; k++)
            if (!(fabs(here[k] - 0.5) <= 0.425)) z[i + k] = di_norm_quantile(here[k]);
    }
}
