/* kde_mixed_sample.c - draws from the estimate of mixed data: a row by weight, normal
 * noise on its numbers, and for each of its levels one from the kernel around it. */
#include "kde.h"

#include "stream.h"

#include <math.h>

enum { DRAWS = 256 };

typedef struct {
    size_t n, columns, m;
    const double *x;
    const int *type, *levels;
    const double *lambda, *h;
    uint64_t key;
    const double *prob;
    const size_t *alias;
    double *out;
} draw_job;

/* the level itself with 1 - l, each other one with l / (c - 1) */
static double draw_unordered(double u, double level, int c, double l)
{
    if (u < 1 - l) return level;
    const double other = fmin(floor((u - (1 - l)) / l * (c - 1)), c - 2);
    return other < level ? other : other + 1;
}

/* level a with a share of l^|a - level| */
static double draw_ordered(double u, double level, int c, double l)
{
    double total = 0, sum = 0;
    for (int a = 0; a < c; a++) total += pow(l, fabs(a - level));
    for (int a = 0; a < c - 1; a++) {
        sum += pow(l, fabs(a - level));
        if (u * total < sum) return a;
    }
    return c - 1;
}

static int draw_block(size_t block, int thread, void *data)
{
    const draw_job *t = data;
    (void)thread;
    for (size_t j = block * DRAWS; j < t->m && j < (block + 1) * DRAWS; j++) {
        di_stream s = di_stream_open(t->key, j);
        const size_t i = di_alias_draw(t->n, t->prob, t->alias, di_stream_uniform(&s));
        for (size_t k = 0; k < t->columns; k++) {
            const double x = t->x[i + k * t->n];
            double *v = &t->out[j + k * t->m];
            if (t->type[k] == DISTEST_KDE_NUMERIC)
                *v = x + t->h[k] * di_stream_normal(&s);
            else if (t->type[k] == DISTEST_KDE_UNORDERED)
                *v = draw_unordered(di_stream_uniform(&s), x, t->levels[k],
                                    t->lambda[k]);
            else
                *v = draw_ordered(di_stream_uniform(&s), x, t->levels[k], t->lambda[k]);
        }
    }
    return DISTEST_SUCCESS;
}

int distest_kde_mixed_sample(size_t n, size_t columns, const double *x,
                             const double *weights, const int *type, const int *levels,
                             const double *lambda, const double *h, size_t m,
                             distest_rng *rng, double *out, distest_context *ctx)
{
    di_pool pool = {0};
    double *prob, *w;
    size_t *alias, *scratch;
    int status;
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_kde_mixed_check(ctx, n, columns, x, type, levels, lambda));
    const distest_sample sample = {n, columns, x, weights};
    DI_TRY(di_check_sample(ctx, &sample));
    DI_TRY(di_check_pointer(ctx, "h", h));
    for (size_t k = 0; k < columns; k++)
        if (type[k] == DISTEST_KDE_NUMERIC)
            DI_TRY(di_check_positive(ctx, "h", 1, &h[k]));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(DI_NEW(ctx, &pool, &w, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &prob, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &alias, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, n, 1));
    di_kde_scale_weights(&sample, w);
    di_alias_build(n, w, prob, alias, scratch);
    draw_job t = {n, columns,         m,    x,     type, levels, lambda,
                  h, di_rng_key(rng), prob, alias, out};
    DI_TRY(di_for_blocks(ctx, "draws", 0, 1, (m + DRAWS - 1) / DRAWS, draw_block, &t));
done:
    di_pool_free(&pool);
    return status;
}
