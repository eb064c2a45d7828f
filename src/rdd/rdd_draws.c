/* rdd_draws.c - draws of the multiplier process.
 *
 * Draw b of the process and its maximum,
 *
 *     Z_b(q) = sum_i xi_i^b psi_i(q),   M_b = max_j |Z_b(q_j)| / s_j,
 *
 * xi of mean 0 and variance 1, s_j = se(q_j) or 1: blocks of draws by blocks of rows
 * through dgemm, never B x n at once. The multipliers of draw b are stream b of one
 * key, whoever computes it. */
#include "rdd_draws.h"

#include <math.h>
#include <string.h>

enum { ROW_BLOCK = 1024, WORD = 32 };

/* Number i0 + i of draw b, i < n; i0 is a multiple of ROW_BLOCK. */
static void fill_gaussian(uint64_t key, size_t b, size_t i0, size_t n, double *xi)
{
    di_stream s = di_stream_skip(key, b, i0);
    di_stream_normals(&s, n, xi);
}

/* a bit each */
static void fill_rademacher(uint64_t key, size_t b, size_t i0, size_t n, double *xi)
{
    di_stream s = di_stream_open(key, b);
    s.counter = i0 / (4 * WORD);
    for (size_t i = 0; i < n; i += WORD) {
        uint32_t bits = di_stream_bits(&s);
        for (size_t k = i; k < n && k < i + WORD; k++, bits >>= 1)
            xi[k] = bits & 1 ? 1 : -1;
    }
}

/* (1 - sqrt 5) / 2 with probability (sqrt 5 + 1) / (2 sqrt 5), else (1 + sqrt 5) / 2 */
static void fill_mammen(uint64_t key, size_t b, size_t i0, size_t n, double *xi)
{
    const double root = sqrt(5), p = (root + 1) / (2 * root);
    di_stream s = di_stream_skip(key, b, i0);
    di_stream_uniforms(&s, n, xi);
    for (size_t i = 0; i < n; i++) xi[i] = (xi[i] < p ? 1 - root : 1 + root) / 2;
}

static const char *const MULTIPLIERS[] = {"gaussian", "rademacher", "mammen"};
static const di_rdd_fill FILLS[] = {fill_gaussian, fill_rademacher, fill_mammen};
enum { LAWS = sizeof FILLS / sizeof FILLS[0] };

int di_rdd_law(distest_context *ctx, const char *multiplier, di_rdd_fill *fill)
{
    int status = DISTEST_SUCCESS;
    size_t law = 0;
    DI_TRY(di_check_choice(ctx, "multiplier", multiplier, LAWS, MULTIPLIERS, &law));
    *fill = FILLS[law];
done:
    return status;
}

/* Z = Xi' scores for draws b0 ... b0 + m - 1, by blocks of rows in their order */
static void draw_block(const di_rdd_drawing *d, size_t b0, size_t m, double *xi,
                       double *Z, size_t ldz)
{
    for (size_t i0 = 0; i0 < d->rows; i0 += ROW_BLOCK) {
        const size_t n = d->rows - i0 < ROW_BLOCK ? d->rows - i0 : ROW_BLOCK;
        const double *at = d->xi ? d->xi + i0 + b0 * d->rows : xi;
        for (size_t b = 0; !d->xi && b < m; b++)
            d->fill(d->key, d->first + b0 + b, i0, n, xi + b * n);
        di_gemm('T', 'N', m, d->probs, n, 1, at, d->xi ? d->rows : n, d->scores + i0,
                d->rows, i0 == 0 ? 0 : 1, Z, ldz);
    }
    if (d->rows == 0)
        for (size_t j = 0; j < d->probs; j++) memset(Z + j * ldz, 0, m * sizeof *Z);
}

static int one_block(size_t block, int thread, void *data)
{
    const di_rdd_drawing *d = data;
    const size_t b0 = block * d->block;
    const size_t m = d->draws - b0 < d->block ? d->draws - b0 : d->block;
    double *xi = d->scratch + (size_t)thread * d->each;
    double *Z = d->process ? d->process + b0 : xi + d->multipliers;
    const size_t ldz = d->process ? d->draws : m;
    draw_block(d, b0, m, xi, Z, ldz);
    for (size_t b = 0; b < m; b++) d->most[b0 + b] = 0;
    for (size_t j = 0; j < d->probs; j++) {
        if (!(d->s[j] > 0)) continue;
        for (size_t b = 0; b < m; b++) {
            const double z = fabs(Z[b + j * ldz]) / d->s[j];
            if (z > d->most[b0 + b]) d->most[b0 + b] = z;
        }
    }
    return DISTEST_SUCCESS;
}

/* Blocks take some 50 ms at most and SCRATCH doubles over all threads. How many draws
 * make a block depends on the sizes alone, not on the threads; a power of two, so that
 * parts that begin at a multiple of RDD_MOST_DRAWS have the blocks of the whole. */
enum { SCRATCH = 1 << 23, WORK = 1 << 27 };

static size_t between(size_t low, size_t x, size_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* the largest that is not above x */
static size_t power_of_two(size_t x)
{
    size_t power = 1;
    while (2 * power <= x) power *= 2;
    return power;
}

int di_rdd_draw(distest_context *ctx, di_rdd_drawing *d)
{
    int status = DISTEST_SUCCESS, threads = di_threads(ctx);
    di_pool pool = {0};
    distest_context few = ctx ? *ctx : distest_context_default();
    const size_t rows = d->rows < ROW_BLOCK ? d->rows : ROW_BLOCK;
    const size_t cells = d->probs * (d->rows ? d->rows : 1);
    d->block = between(8, WORK / cells, RDD_MOST_DRAWS);
    d->block = power_of_two(between(1, SCRATCH / 8 / d->probs, d->block));
    d->multipliers = d->xi ? 0 : d->block * rows;
    d->each = d->multipliers + (d->process ? 0 : d->block * d->probs);
    while (threads > 1 && (size_t)threads * d->each > SCRATCH) threads--;
    few.threads = threads;
    DI_TRY(DI_NEW(ctx, &pool, &d->scratch, (size_t)threads, d->each));
    DI_TRY(di_for_blocks(&few, "bootstrap", 0, 1, (d->draws + d->block - 1) / d->block,
                         one_block, d));
done:
    di_pool_free(&pool);
    return status;
}
