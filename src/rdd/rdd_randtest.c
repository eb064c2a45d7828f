/* rdd_randtest.c - a test by permutation for few units near the cutoff.
 *
 * If the treatment had no effect on any unit with |u| <= window, and chance alone
 * decided on which side of the cutoff each of them lies, every assignment of the sides
 * would have been as likely. So the difference of the means of the quantile functions,
 * d(q) = mean_+ - mean_-, is compared with those of permuted labels by
 *
 *     sup   max_j |d_j|      w2   sqrt(sum om d^2 / sum om)      mean   |sum om d / sum
 * om|
 *
 * and p = (1 + #{T_b >= T}) / (reps + 1), or the exact share of all assignments when
 * there are no more than reps. Clusters move as a whole. Permutation b is stream b of
 * one key; differences of a block of permutations are one product of a matrix of +-
 * weights with the columns. A part of the permutations computes the blocks it touches
 * as a whole, so that each permutation has the same bits in every part. */
#include "rdd.h"

#include <math.h>
#include <string.h>

typedef struct {
    size_t m, groups, plus; /* units in the window, their groups, groups above */
    size_t Q, reps, block;
    size_t first, draws; /* the permutations wanted */
    size_t from, blocks; /* the blocks they are in */
    int exact, statistic;
    const double *Y;     /* m x Q, columns centred */
    const double *o;     /* m weights of units */
    const size_t *group; /* m */
    const double *om;    /* Q, of sum 1 */
    uint64_t key;
    double *T;       /* out: block x blocks */
    double *scratch; /* per thread: block x (m + Q) */
    size_t *picks;   /* per thread: 2 groups */
} problem;

static const char *const STATISTICS[] = {"sup", "w2", "mean"};
enum { SUP, W2, MEAN, KINDS };

/* Number of ways to choose k of n; far beyond 2^53 it is only large. */
static double choose(size_t n, size_t k)
{
    double c = 1;
    if (k > n) return 0;
    for (size_t i = 1; i <= k; i++) c = rint(c * (double)(n - k + i) / (double)i);
    return c;
}

/* combination number `rank`, in lexicographic order, of k of n */
static void unrank(size_t rank, size_t n, size_t k, size_t *pick)
{
    size_t next = 0;
    for (size_t i = 0; i < k; i++, next++) {
        for (;; next++) {
            const size_t with = (size_t)choose(n - next - 1, k - i - 1);
            if (rank < with) break;
            rank -= with;
        }
        pick[i] = next;
    }
}

/* The groups above in permutation b: flags. order: scratch. */
static void assign(const problem *p, size_t b, size_t *above, size_t *order)
{
    memset(above, 0, p->groups * sizeof *above);
    if (p->exact) {
        unrank(b, p->groups, p->plus, order);
    } else {
        di_stream s = di_stream_open(p->key, b);
        for (size_t g = 0; g < p->groups; g++) order[g] = g;
        di_stream_shuffle(&s, p->groups, order);
    }
    for (size_t i = 0; i < p->plus; i++) above[order[i]] = 1;
}

/* one column of the matrix of weights: o / sum of o on its side, - below */
static void set_weights(const problem *p, const size_t *above, double *l)
{
    double sum[2] = {0, 0};
    for (size_t i = 0; i < p->m; i++) sum[above[p->group[i]]] += p->o[i];
    for (size_t i = 0; i < p->m; i++) {
        const size_t side = above[p->group[i]];
        l[i] = (side ? p->o[i] : -p->o[i]) / sum[side];
    }
}

/* d_j is d[j ldd] */
static double statistic(const problem *p, const double *d, size_t ldd)
{
    double sup = 0, sum = 0, mean = 0;
    for (size_t j = 0; j < p->Q; j++) sup = fmax(sup, fabs(d[j * ldd]));
    for (size_t j = 0; j < p->Q; j++) mean += p->om[j] * d[j * ldd];
    if (p->statistic == SUP || sup == 0) return sup;
    if (p->statistic == MEAN) return fabs(mean);
    for (size_t j = 0; j < p->Q; j++)
        sum += p->om[j] * (d[j * ldd] / sup) * (d[j * ldd] / sup);
    return sup * sqrt(sum);
}

static int permute(size_t number, int thread, void *data)
{
    const problem *p = data;
    const size_t b0 = (p->from + number) * p->block;
    const size_t n = p->reps - b0 < p->block ? p->reps - b0 : p->block;
    double *L = p->scratch + (size_t)thread * p->block * (p->m + p->Q);
    double *D = L + p->block * p->m;
    size_t *above = p->picks + (size_t)thread * 2 * p->groups;
    for (size_t b = 0; b < n; b++) {
        assign(p, b0 + b, above, above + p->groups);
        set_weights(p, above, L + b * p->m);
    }
    di_gemm('T', 'N', n, p->Q, p->m, 1, L, p->m, p->Y, p->m, 0, D, n);
    for (size_t b = 0; b < n; b++) p->T[b + number * p->block] = statistic(p, D + b, n);
    return DISTEST_SUCCESS;
}

static int check_units(const distest_rdd_units *units, double cutoff, double window,
                       size_t reps, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "units", units));
    DI_TRY(di_check_shape(ctx, "quantiles", units->n, units->probs));
    DI_TRY(di_check_finite(ctx, "x", units->n, units->x));
    DI_TRY(
        di_check_finite(ctx, "quantiles", units->n * units->probs, units->quantiles));
    DI_TRY(di_check_weights(ctx, "weights", units->n, units->weights));
    if (units->q) DI_TRY(di_check_increasing(ctx, "q", units->probs, units->q));
    DI_TRY(di_check_finite(ctx, "cutoff", 1, &cutoff));
    DI_TRY(di_check_positive(ctx, "window", 1, &window));
    if (reps == 0 || units->probs == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, reps ? "quantiles" : "reps",
                       "there must be at least one %s.",
                       reps ? "column" : "permutation"));
    for (size_t i = 0; units->cluster && i < units->n; i++)
        if (units->cluster[i] < 0 || (size_t)units->cluster[i] >= units->clusters)
            DI_TRY(
                di_fail(ctx, DISTEST_EINVAL, "cluster",
                        "`cluster` must hold codes from 0 to %zu, not %d at entry %zu.",
                        units->clusters - 1, units->cluster[i], i + 1));
done:
    return status;
}

/* The rows in the window: numbers of units, groups, the side of each group (0, 1). */
static int find_window(const distest_rdd_units *units, double cutoff, double window,
                       problem *p, size_t *row, size_t *group, size_t *side,
                       size_t n_side[2], distest_context *ctx)
{
    const size_t codes = units->cluster ? units->clusters : 0;
    size_t *seen = side + units->n; /* code of a cluster -> its group + 1 */
    memset(seen, 0, codes * sizeof *seen);
    n_side[0] = n_side[1] = 0;
    for (size_t i = 0; i < units->n; i++) {
        const double u = units->x[i] - cutoff;
        const size_t above = u >= 0;
        if (!(fabs(u) <= window) || (units->weights && units->weights[i] == 0))
            continue;
        size_t *code = codes ? seen + units->cluster[i] : NULL;
        const size_t g = code && *code ? *code - 1 : p->groups++;
        if (code && *code && side[g] != above)
            return di_fail(
                ctx, DISTEST_EINVAL, "cluster",
                "cluster %d has units on both sides of the cutoff; labels of "
                "clusters can be permuted only when each is on one side.",
                units->cluster[i]);
        if (code) *code = g + 1;
        side[g] = above;
        row[p->m] = i, group[p->m++] = g;
        n_side[above]++;
    }
    for (size_t g = 0; g < p->groups; g++) p->plus += side[g];
    if (n_side[0] == 0 || n_side[1] == 0)
        return di_fail(
            ctx, DISTEST_EINVAL, "window",
            "a `window` of %g holds %zu units below and %zu above the cutoff; "
            "there must be some on both sides.",
            window, n_side[0], n_side[1]);
    return DISTEST_SUCCESS;
}

/* Columns of the window less their means, which no difference of means sees; returns
 * the largest absolute value left. */
static double centre_columns(const distest_rdd_units *units, size_t m,
                             const size_t *row, const double *o, double *Y)
{
    double most = 0;
    for (size_t j = 0; j < units->probs; j++) {
        double *y = Y + j * m, mean;
        for (size_t i = 0; i < m; i++) y[i] = units->quantiles[row[i] + j * units->n];
        di_column_means(m, 1, y, m, o, &mean);
        for (size_t i = 0; i < m; i++) y[i] -= mean;
        for (size_t i = 0; i < m; i++) most = fmax(most, fabs(y[i]));
    }
    return most;
}

static void set_cells(const distest_rdd_units *units, double *om)
{
    double total = 0;
    for (size_t j = 0; j < units->probs; j++) om[j] = 1;
    if (units->q) di_rdd_cells(units->probs, units->q, om);
    for (size_t j = 0; j < units->probs; j++) total += om[j];
    for (size_t j = 0; j < units->probs; j++) om[j] /= total;
}

/* How many of the wanted permutations reach T; those that agree with it but for
 * rounding do. */
static size_t count_above(const problem *p, double T, double most)
{
    const double least = T - 1e-12 * (T + most);
    const double *here = p->T + (p->first - p->from * p->block);
    size_t above = 0;
    for (size_t b = 0; b < p->draws; b++) above += here[b] >= least;
    return above;
}

/* all memory the permutations want, and how many make a block: 2^20 numbers of L */
static int take(problem *p, di_pool *pool, size_t reps, size_t first, size_t draws,
                distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const size_t fit = ((size_t)1 << 20) / p->m, threads = (size_t)di_threads(ctx);
    const double all = choose(p->groups, p->plus);
    p->exact = all <= (double)reps;
    p->reps = p->exact ? (size_t)all : reps;
    p->block = fit < 1 ? 1 : fit > 256 ? 256 : fit;
    p->first = first < p->reps ? first : p->reps;
    p->draws = draws < p->reps - p->first ? draws : p->reps - p->first;
    p->from = p->first / p->block;
    if (p->draws) p->blocks = (p->first + p->draws + p->block - 1) / p->block - p->from;
    DI_TRY(DI_NEW(ctx, pool, &p->T, p->block, p->blocks));
    DI_TRY(DI_NEW(ctx, pool, &p->scratch, threads * p->block, p->m + p->Q));
    DI_TRY(DI_NEW(ctx, pool, &p->picks, threads * 2, p->groups));
done:
    return status;
}

int distest_rdd_randtest_part(const distest_rdd_units *units, double cutoff,
                              double window, const char *statistic_name, size_t reps,
                              size_t first, size_t draws, distest_rng *rng,
                              size_t n_side[2], double *value, size_t *above,
                              size_t *permutations, int *exact, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    problem p = {0};
    size_t *row = NULL, *group = NULL, *side = NULL, kind = 0, sides[2];
    double *o = NULL, *om = NULL, *Y = NULL, T, most;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_units(units, cutoff, window, reps, ctx));
    DI_TRY(di_check_choice(ctx, "statistic", statistic_name, KINDS, STATISTICS, &kind));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(DI_NEW(ctx, &pool, &row, units->n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &group, units->n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &side, units->n + units->clusters, 1));
    DI_TRY(find_window(units, cutoff, window, &p, row, group, side, sides, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &o, p.m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &om, units->probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &Y, p.m, units->probs));
    for (size_t i = 0; i < p.m; i++) o[i] = units->weights ? units->weights[row[i]] : 1;
    most = centre_columns(units, p.m, row, o, Y);
    set_cells(units, om);
    p.Q = units->probs, p.statistic = (int)kind;
    p.Y = Y, p.o = o, p.group = group, p.om = om;
    DI_TRY(take(&p, &pool, reps, first, draws, ctx));
    set_weights(&p, side, p.scratch);
    di_gemm('T', 'N', 1, p.Q, p.m, 1, p.scratch, p.m, Y, p.m, 0, p.scratch + p.m, 1);
    T = statistic(&p, p.scratch + p.m, 1);
    p.key = di_rng_key(rng);
    DI_TRY(di_for_blocks(ctx, "permutations", 0, 1, p.blocks, permute, &p));
    if (n_side) n_side[0] = sides[0], n_side[1] = sides[1];
    if (value) *value = T;
    if (above) *above = count_above(&p, T, most);
    if (permutations) *permutations = p.reps;
    if (exact) *exact = p.exact;
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_rdd_randtest_join(size_t parts, const size_t *above, size_t permutations,
                              int exact, double *p_value, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    size_t sum = 0;
    di_begin(ctx);
    if (parts) DI_TRY(di_check_pointer(ctx, "above", above));
    for (size_t k = 0; k < parts; k++) sum += above[k];
    if (permutations == 0 || sum > permutations)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "above",
                       "`above` counts %zu of %zu permutations.", sum, permutations));
    if (p_value)
        *p_value = exact ? (double)sum / (double)permutations
                         : (1 + (double)sum) / ((double)permutations + 1);
done:
    return status;
}

int distest_rdd_randtest(const distest_rdd_units *units, double cutoff, double window,
                         const char *statistic_name, size_t reps, distest_rng *rng,
                         size_t n_side[2], double *value, double *p_value,
                         distest_context *ctx)
{
    size_t above, permutations;
    int exact;
    const int status = distest_rdd_randtest_part(units, cutoff, window, statistic_name,
                                                 reps, 0, reps, rng, n_side, value,
                                                 &above, &permutations, &exact, ctx);
    if (status != DISTEST_SUCCESS) return status;
    return distest_rdd_randtest_join(1, &above, permutations, exact, p_value, ctx);
}
