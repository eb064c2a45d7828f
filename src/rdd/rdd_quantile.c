/* rdd_quantile.c - one quantile function per unit, on a grid.
 *
 * Types of Hyndman and Fan with h = a + q (n + 1 - a - b) = j + g,
 *
 *     Q(q) = (1 - g) z_(j) + g z_(j+1),
 *
 * (a, b) by type; 1 and 2 are the inverse of the empirical distribution function,
 * without and with averaging at its jumps. The places j and g depend on n alone and are
 * kept from one unit to the next: units come in the order of their size. */
#include "rdd_rows.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct {
    int type, weighted; /* weighted: also with weights */
    double a, b;
} quantile_type;

static const quantile_type TYPES[] = {
    {1, 1, 0, 0}, {2, 0, 0, 0}, {4, 0, 0, 1},           {5, 1, 0.5, 0.5},
    {6, 0, 0, 0}, {7, 1, 1, 1}, {8, 0, 1. / 3, 1. / 3}, {9, 0, 3. / 8, 3. / 8},
};
enum { TYPE_COUNT = sizeof TYPES / sizeof TYPES[0] };

static const double FUZZ = 4 * DBL_EPSILON;

/* Q = (1 - g) z[low] + g z[high] */
typedef struct {
    size_t low, high;
    double g;
} place;

typedef struct {
    size_t n; /* the rows that `at` and `half` are for; 0: none */
    size_t half_n;
    place *at;    /* probs */
    double *half; /* RDD_HALF_TO x probs */
    di_rdd_sorter sorter;
} scratch;

typedef struct {
    const di_rdd_groups *g;
    const quantile_type *type;
    int halfsample;
    size_t probs;
    const double *q;
    double *quantiles;
    const double *logfact;
    scratch *scratch; /* by thread */
} quantile_job;

static size_t clamp(double k, size_t n) /* 1 ... n, from 0 */
{
    return k < 1 ? 0 : (k > (double)n ? n - 1 : (size_t)k - 1);
}

static place place_of(const quantile_type *t, size_t n, double q)
{
    const double nq = (double)n * q;
    if (t->type == 1) {
        const size_t k = clamp(ceil(nq * (1 - FUZZ)), n);
        return (place){k, k, 0};
    }
    if (t->type == 2) {
        const double whole = round(nq);
        if (fabs(nq - whole) > FUZZ * (double)n) {
            const size_t k = clamp(ceil(nq), n);
            return (place){k, k, 0};
        }
        return (place){clamp(whole, n), clamp(whole + 1, n), 0.5};
    }
    const double m = t->a + q * (1 - t->a - t->b), j = floor(nq + m + FUZZ);
    const double g = nq + m - j;
    return (place){clamp(j, n), clamp(j + 1, n), fabs(g) < FUZZ ? 0 : g};
}

/* Equal values come back as they are, so that ties leave the grid increasing. */
static double between(double a, double b, double g)
{
    return a == b ? a : (1 - g) * a + g * b;
}

static void plain_quantiles(const quantile_job *a, scratch *s, const di_rdd_unit *u,
                            double *to)
{
    if (s->n != u->n) {
        for (size_t k = 0; k < a->probs; k++)
            s->at[k] = place_of(a->type, u->n, a->q[k]);
        s->n = u->n;
    }
    for (size_t k = 0; k < a->probs; k++)
        to[k * a->g->units] =
            between(u->z[s->at[k].low], u->z[s->at[k].high], s->at[k].g);
}

static void half_quantiles(const quantile_job *a, scratch *s, const di_rdd_unit *u,
                           double *to)
{
    if (s->half_n != u->n) {
        di_rdd_halfsample(u->n, a->probs, a->q, a->logfact, s->half);
        s->half_n = u->n;
    }
    for (size_t k = 0; k < a->probs; k++)
        to[k * a->g->units] = di_dot(u->n, s->half + k * u->n, u->z);
}

/* W = S_n, and whether all of it is one row (then every quantile is that row) */
static double total_weight(const di_rdd_unit *u)
{
    double W = 0;
    for (size_t k = 0; k < u->n; k++) W += u->w[k];
    return W;
}

/* min{k: S_k >= q W}, q increasing */
static void weighted_inverse(const quantile_job *a, const di_rdd_unit *u, double *to)
{
    const double W = total_weight(u);
    double S = u->w[0];
    size_t i = 0;
    for (size_t k = 0; k < a->probs; k++) {
        while (i + 1 < u->n && !(S >= a->q[k] * W * (1 - FUZZ))) S += u->w[++i];
        to[k * a->g->units] = u->z[i];
    }
}

/* pi_i given S_i, types 5 and 7 */
static double plotting_position(int type, double S, double w, double W)
{
    if (type == 5) return (S - w / 2) / W;
    return W > w ? (S - w) / (W - w) : 0;
}

/* Linear interpolation of (pi_i, z_i), constant outside, q increasing. */
static void weighted_interpolation(const quantile_job *a, const di_rdd_unit *u,
                                   double *to)
{
    const double W = total_weight(u);
    double S = u->w[0], before = 0;
    double pi = plotting_position(a->type->type, S, u->w[0], W);
    size_t i = 0; /* pi is that of i, before that of i - 1 */
    for (size_t k = 0; k < a->probs; k++) {
        const double q = a->q[k];
        while (i + 1 < u->n && pi < q) {
            before = pi;
            S += u->w[++i];
            pi = plotting_position(a->type->type, S, u->w[i], W);
        }
        if (i == 0 || pi < q) { /* outside */
            to[k * a->g->units] = u->z[i];
            continue;
        }
        const double g = pi > before ? (q - before) / (pi - before) : 1;
        to[k * a->g->units] = between(u->z[i - 1], u->z[i], g < 0 ? 0 : g);
    }
}

static int fill_block(size_t block, int thread, void *data)
{
    const quantile_job *a = data;
    scratch *s = a->scratch + thread;
    di_rdd_sorter_block(&s->sorter, a->g, block);
    for (size_t k = a->g->first[block]; k < a->g->first[block + 1]; k++) {
        const size_t unit = a->g->order[k];
        double *to = a->quantiles + unit;
        if (a->g->count[unit] == 0) {
            for (size_t j = 0; j < a->probs; j++) to[j * a->g->units] = NAN;
            continue;
        }
        const di_rdd_unit u = di_rdd_sorter_unit(&s->sorter, a->g, unit);
        if (u.w)
            (a->type->type == 1 ? weighted_inverse : weighted_interpolation)(a, &u, to);
        else if (a->halfsample && u.n >= RDD_HALF_FROM && u.n <= RDD_HALF_TO)
            half_quantiles(a, s, &u, to);
        else
            plain_quantiles(a, s, &u, to);
    }
    return DISTEST_SUCCESS;
}

static int check_type(distest_context *ctx, int type, int halfsample, int weighted,
                      const quantile_type **t)
{
    for (size_t k = 0; k < TYPE_COUNT; k++)
        if (TYPES[k].type == type) {
            *t = &TYPES[k];
            if (weighted && !TYPES[k].weighted)
                return di_fail(ctx, DISTEST_EINVAL, "type",
                               "`type` must be 1, 5 or 7 with weights, not %d.", type);
            if (!halfsample) return DISTEST_SUCCESS;
            if (weighted || type != 7)
                return di_fail(ctx, DISTEST_EINVAL, "halfsample",
                               "`halfsample` is for type 7 without weights.");
            return DISTEST_SUCCESS;
        }
    return di_fail(ctx, DISTEST_EINVAL, "type",
                   "`type` must be 1, 2, 4, 5, 6, 7, 8 or 9, not %d.", type);
}

static int check_grid(distest_context *ctx, size_t probs, const double *q)
{
    int status = DISTEST_SUCCESS;
    if (probs == 0) return status;
    DI_TRY(di_check_increasing(ctx, "q", probs, q));
    DI_TRY(di_check_between(ctx, "q", q[0], 0, 1));
    DI_TRY(di_check_between(ctx, "q", q[probs - 1], 0, 1));
done:
    return status;
}

static int open_scratch(distest_context *ctx, di_pool *pool, quantile_job *a)
{
    const size_t threads = (size_t)di_threads(ctx);
    int status = DISTEST_SUCCESS;
    double *logfact = NULL;
    DI_TRY(DI_NEW(ctx, pool, &a->scratch, threads, 1));
    for (size_t k = 0; k < threads; k++) {
        scratch *s = &a->scratch[k];
        s->n = s->half_n = 0;
        s->half = NULL;
        DI_TRY(DI_NEW(ctx, pool, &s->at, a->probs, 1));
        DI_TRY(di_rdd_sorter_open(ctx, pool, a->g, &s->sorter));
        if (a->halfsample) DI_TRY(DI_NEW(ctx, pool, &s->half, RDD_HALF_TO, a->probs));
    }
    if (!a->halfsample) goto done;
    DI_TRY(DI_NEW(ctx, pool, &logfact, RDD_HALF_TO + 1, 1));
    for (size_t k = 0; k <= RDD_HALF_TO; k++) logfact[k] = di_lgamma((double)k + 1);
    a->logfact = logfact;
done:
    return status;
}

int distest_rdd_quantiles(const distest_rdd_rows *rows, int type, int halfsample,
                          size_t probs, const double *q, double *quantiles,
                          size_t *count, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_groups g;
    quantile_job a = {.g = &g, .halfsample = halfsample, .probs = probs, .q = q};
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "rows", rows));
    const int weighted =
        rows->list ? rows->list_weights != NULL : rows->weights != NULL;
    DI_TRY(check_type(ctx, type, halfsample, weighted, &a.type));
    DI_TRY(check_grid(ctx, probs, q));
    DI_TRY(di_rdd_groups_open(ctx, &pool, rows, NULL, 0.4, &g));
    if (quantiles && probs) {
        a.quantiles = quantiles;
        DI_TRY(open_scratch(ctx, &pool, &a));
        DI_TRY(di_for_blocks(ctx, "quantiles", 0.4, 1, g.blocks, fill_block, &a));
    }
    if (count) memcpy(count, g.count, g.units * sizeof *count);
done:
    di_pool_free(&pool);
    return status;
}
