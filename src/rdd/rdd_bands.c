/* rdd_bands.c - uniform bands by the multiplier bootstrap.
 *
 * Draw b of the process and its maximum,
 *
 *     Z_b(q) = sum_i xi_i^b psi_i(q),   M_b = max_j |Z_b(q_j)| / s_j,
 *
 * xi of mean 0 and variance 1, s_j = se(q_j) or 1; the band is tau(q_j) -+ c s_j with c
 * number min(B, ceil(level (B + 1))) of the sorted M_b.
 *
 * Given the data, normal multipliers make Z_b exactly N(0, V). So with V = P'P, of rank
 * r <= Q, the r rows of P do what the n scores do: B r normals instead of B n. Both are
 * one loop: blocks of draws by blocks of rows through dgemm, never B x n at once. The
 * multipliers of draw b are stream b of one key, whoever computes it. */
#include "rdd.h"

#include <math.h>
#include <string.h>

enum { MOST_DRAWS = 256, ROW_BLOCK = 1024, WORD = 32 };

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

typedef void (*fill_fn)(uint64_t key, size_t b, size_t i0, size_t n, double *xi);

static const char *const MULTIPLIERS[] = {"gaussian", "rademacher", "mammen"};
static const fill_fn FILLS[] = {fill_gaussian, fill_rademacher, fill_mammen};
enum { LAWS = sizeof FILLS / sizeof FILLS[0] };

typedef struct {
    size_t rows, probs, draws, block; /* draws in a block */
    const double *scores;             /* rows x probs */
    const double *xi;                 /* rows x draws, or NULL: `fill` under `key` */
    fill_fn fill;
    uint64_t key;
    const double *s; /* probs; 0 leaves a point out */
    double *most;    /* out: draws, M_b */
    double *process; /* out: draws x probs, or NULL */
    double *scratch; /* per thread: multipliers, then the process of a block */
    size_t multipliers, each;
} drawing;

/* Z = Xi' scores for draws b0 ... b0 + m - 1, by blocks of rows in their order */
static void draw_block(const drawing *d, size_t b0, size_t m, double *xi, double *Z,
                       size_t ldz)
{
    for (size_t i0 = 0; i0 < d->rows; i0 += ROW_BLOCK) {
        const size_t n = d->rows - i0 < ROW_BLOCK ? d->rows - i0 : ROW_BLOCK;
        const double *at = d->xi ? d->xi + i0 + b0 * d->rows : xi;
        for (size_t b = 0; !d->xi && b < m; b++)
            d->fill(d->key, b0 + b, i0, n, xi + b * n);
        di_gemm('T', 'N', m, d->probs, n, 1, at, d->xi ? d->rows : n, d->scores + i0,
                d->rows, i0 == 0 ? 0 : 1, Z, ldz);
    }
    if (d->rows == 0)
        for (size_t j = 0; j < d->probs; j++) memset(Z + j * ldz, 0, m * sizeof *Z);
}

static int draw(size_t block, int thread, void *data)
{
    const drawing *d = data;
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
 * make a block depends on the sizes alone, not on the threads. */
enum { SCRATCH = 1 << 23, WORK = 1 << 27 };

static size_t between(size_t low, size_t x, size_t high)
{
    return x < low ? low : x > high ? high : x;
}

static int run_draws(drawing *d, distest_context *ctx)
{
    int status = DISTEST_SUCCESS, threads = di_threads(ctx);
    di_pool pool = {0};
    distest_context few = ctx ? *ctx : distest_context_default();
    const size_t rows = d->rows < ROW_BLOCK ? d->rows : ROW_BLOCK;
    const size_t cells = d->probs * (d->rows ? d->rows : 1);
    d->block = between(8, WORK / cells, MOST_DRAWS);
    d->block = between(1, SCRATCH / 8 / d->probs, d->block);
    d->multipliers = d->xi ? 0 : d->block * rows;
    d->each = d->multipliers + (d->process ? 0 : d->block * d->probs);
    while (threads > 1 && (size_t)threads * d->each > SCRATCH) threads--;
    few.threads = threads;
    DI_TRY(DI_NEW(ctx, &pool, &d->scratch, (size_t)threads, d->each));
    DI_TRY(di_for_blocks(&few, "bootstrap", 0, 1, (d->draws + d->block - 1) / d->block,
                         draw, d));
done:
    di_pool_free(&pool);
    return status;
}

size_t di_rdd_rank(double level, size_t draws)
{
    const double k = ceil(level * ((double)draws + 1) - 1e-9);
    return k < 1 ? 0 : k > (double)draws ? draws - 1 : (size_t)k - 1;
}

int di_rdd_check_draws(distest_context *ctx, double level, size_t draws)
{
    int status = DISTEST_SUCCESS;
    double least;
    DI_TRY(di_check_between(ctx, "level", level, 0, 1));
    least = fmax(1, ceil(1 / (1 - level) - 1 - 1e-9));
    if ((double)draws < least)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "draws",
                       "a band of level %g needs at least %.0f draws, not %zu.", level,
                       least, draws));
done:
    return status;
}

/* What the two public functions share; `spread` (probs) are standard errors. */
typedef struct {
    size_t probs, draws;
    const double *tau, *spread;
    double level;
    int studentized;
    double *crit, *lower, *upper;
} band;

static int find_band(const band *a, drawing *d, distest_context *ctx)
{
    int status = DISTEST_SUCCESS, any = 0;
    di_pool pool = {0};
    double *s = NULL, c = NAN;
    DI_TRY(DI_NEW(ctx, &pool, &s, a->probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &d->most, a->draws, 1));
    for (size_t j = 0; j < a->probs; j++) {
        s[j] = a->studentized ? a->spread[j] : 1;
        any |= a->spread[j] > 0;
    }
    d->probs = a->probs, d->draws = a->draws, d->s = s;
    DI_TRY(run_draws(d, ctx));
    if (any) c = di_select(a->draws, d->most, di_rdd_rank(a->level, a->draws));
    if (a->crit) *a->crit = c;
    for (size_t j = 0; j < a->probs; j++) {
        const double half = any ? c * s[j] : 0;
        if (a->lower) a->lower[j] = a->tau[j] - half;
        if (a->upper) a->upper[j] = a->tau[j] + half;
    }
done:
    di_pool_free(&pool);
    return status;
}

static int check_band(size_t probs, const double *tau, double level, size_t draws,
                      distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    if (probs == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "probs", "the grid is empty."));
    DI_TRY(di_check_shape(ctx, "draws", draws, probs));
    DI_TRY(di_check_finite(ctx, "tau", probs, tau));
    DI_TRY(di_rdd_check_draws(ctx, level, draws));
done:
    return status;
}

/* roots of the diagonal; EINVAL unless |V_jk| <= s_j s_k up to rounding */
static int check_vcov(size_t Q, const double *V, double *s, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_finite(ctx, "vcov", Q * Q, V));
    for (size_t j = 0; j < Q; j++) {
        const double v = V[j + j * Q];
        s[j] = v > 0 ? sqrt(v) : 0;
        if (v < 0)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "vcov",
                           "`vcov` has the variance %g at entry %zu.", v, j + 1));
    }
    for (size_t j = 0; j < Q; j++)
        for (size_t k = 0; k < j; k++)
            if (fabs(V[k + j * Q]) > (1 + 1e-6) * s[j] * s[k])
                DI_TRY(
                    di_fail(ctx, DISTEST_EINVAL, "vcov",
                            "`vcov` is no covariance matrix: entry (%zu, %zu) is %g, "
                            "standard deviations %g and %g.",
                            k + 1, j + 1, V[k + j * Q], s[k], s[j]));
done:
    return status;
}

/* P (r x Q in a Q x Q array, tightly packed afterwards) with P'P = V, from the pivoted
 * factor of the correlations: columns of any scale keep their digits. */
static int factor_vcov(distest_context *ctx, size_t Q, const double *V, const double *s,
                       double *P, size_t *rank)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *U = NULL;
    size_t *pivot = NULL;
    DI_TRY(DI_NEW(ctx, &pool, &U, Q, Q));
    DI_TRY(DI_NEW(ctx, &pool, &pivot, Q, 1));
    for (size_t j = 0; j < Q; j++)
        for (size_t k = 0; k < Q; k++)
            U[k + j * Q] = s[j] > 0 && s[k] > 0 ? V[k + j * Q] / s[j] / s[k] : 0;
    DI_TRY(di_cholesky_pivoted(ctx, Q, U, Q, pivot, 1e-14, rank));
    for (size_t j = 0; j < Q; j++)
        for (size_t r = 0; r < *rank; r++)
            P[r + pivot[j] * *rank] = r <= j ? U[r + j * Q] * s[pivot[j]] : 0;
done:
    di_pool_free(&pool);
    return status;
}

int distest_rdd_bands(size_t probs, const double *tau, const double *vcov, double level,
                      size_t draws, int studentized, distest_rng *rng, double *crit,
                      double *lower, double *upper, double *process,
                      distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *s = NULL, *P = NULL;
    drawing d = {.fill = fill_gaussian, .process = process};
    band a = {.probs = probs,
              .draws = draws,
              .tau = tau,
              .level = level,
              .studentized = studentized,
              .crit = crit,
              .lower = lower,
              .upper = upper};
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_band(probs, tau, level, draws, ctx));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(DI_NEW(ctx, &pool, &s, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &P, probs, probs));
    DI_TRY(check_vcov(probs, vcov, s, ctx));
    DI_TRY(factor_vcov(ctx, probs, vcov, s, P, &d.rows));
    a.spread = s, d.scores = P;
    d.key = di_rng_key(rng);
    DI_TRY(find_band(&a, &d, ctx));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

/* root of the sum of squares, of the column over a power of two */
static double norm(size_t n, const double *x)
{
    double most = 0, sum = 0;
    int e = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(x[i]));
    if (most > 0) (void)frexp(most, &e);
    for (size_t i = 0; i < n; i++) sum += ldexp(x[i], -e) * ldexp(x[i], -e);
    return ldexp(sqrt(sum), e);
}

int distest_rdd_bands_scores(size_t rows, size_t probs, const double *scores,
                             const double *tau, const char *multiplier,
                             const double *xi, double level, size_t draws,
                             int studentized, distest_rng *rng, double *crit,
                             double *lower, double *upper, double *process,
                             distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *s = NULL;
    size_t law = 0;
    drawing d = {.rows = rows, .scores = scores, .xi = xi, .process = process};
    band a = {.probs = probs,
              .draws = draws,
              .tau = tau,
              .level = level,
              .studentized = studentized,
              .crit = crit,
              .lower = lower,
              .upper = upper};
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_band(probs, tau, level, draws, ctx));
    DI_TRY(di_check_shape(ctx, "scores", rows, probs));
    DI_TRY(di_check_finite(ctx, "scores", rows * probs, scores));
    if (xi) {
        DI_TRY(di_check_finite(ctx, "xi", rows * draws, xi));
    } else {
        DI_TRY(di_check_choice(ctx, "multiplier", multiplier, LAWS, MULTIPLIERS, &law));
        DI_TRY(di_check_pointer(ctx, "rng", rng));
        d.fill = FILLS[law];
    }
    DI_TRY(DI_NEW(ctx, &pool, &s, probs, 1));
    for (size_t j = 0; j < probs; j++) s[j] = norm(rows, scores + j * rows);
    a.spread = s;
    if (!xi) d.key = di_rng_key(rng);
    DI_TRY(find_band(&a, &d, ctx));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
