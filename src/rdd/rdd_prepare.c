/* rdd_prepare.c - the units of a call: checked, split by side, columns scaled.
 *
 * A column times 2^-exponent has its largest entry in [1/2, 1): squares neither
 * overflow nor underflow, whatever the unit of the outcome, and no digit is lost. */
#include "rdd.h"

#include <float.h>
#include <math.h>
#include <string.h>

distest_rdd_units distest_rdd_units_default(void)
{
    return (distest_rdd_units){.size = sizeof(distest_rdd_units)};
}

distest_rdd_opts distest_rdd_opts_default(void)
{
    return (distest_rdd_opts){.size = sizeof(distest_rdd_opts),
                              .p = 1,
                              .q = 2,
                              .kernel = "triangular",
                              .method = "frechet",
                              .vce = "hc3",
                              .nnmatch = 3,
                              .joint_clusters = 1,
                              .bandwidths = 1};
}

static const char *const RULES[] = {"nn", "hc0", "hc1", "hc2", "hc3", "cr1", "cr3"};
enum { RULE_COUNT = sizeof RULES / sizeof RULES[0] };

static const char *const METHODS[] = {"frechet", "rearranged", "pointwise"};
enum { METHOD_COUNT = sizeof METHODS / sizeof METHODS[0] };

/* Orders, donut, rules: all that needs no data. */
static int check_opts(distest_context *ctx, const distest_rdd_opts *o, di_rdd_prep *p)
{
    size_t which = 0;
    int status = di_rdd_kernel_find(ctx, o->kernel, &p->kernel);
    if (status != DISTEST_SUCCESS) return status;
    status = di_check_choice(ctx, "vce", o->vce, RULE_COUNT, RULES, &which);
    if (status != DISTEST_SUCCESS) return status;
    p->vce = (int)which;
    status = di_check_choice(ctx, "method", o->method, METHOD_COUNT, METHODS, &which);
    if (status != DISTEST_SUCCESS) return status;
    p->method = (int)which;
    if (o->p < 0 || o->p > RDD_MOST_P)
        return di_fail(ctx, DISTEST_EINVAL, "p", "`p` must be 0, ..., %d, not %d.",
                       RDD_MOST_P, o->p);
    if (o->q <= o->p || o->q > RDD_MOST_P + 1)
        return di_fail(ctx, DISTEST_EINVAL, "q",
                       "`q` must be above p = %d and at most %d, not %d.", o->p,
                       RDD_MOST_P + 1, o->q);
    if (o->deriv < 0 || o->deriv > o->p)
        return di_fail(ctx, DISTEST_EINVAL, "deriv",
                       "`deriv` must be 0, ..., p = %d, not %d.", o->p, o->deriv);
    if (o->deriv > 0 && p->method != RDD_POINTWISE)
        return di_fail(ctx, DISTEST_EINVAL, "method",
                       "`method` must be \"pointwise\" for derivatives (deriv = %d): "
                       "they need not increase in q.",
                       o->deriv);
    if (p->vce == RDD_NN && o->nnmatch < 1)
        return di_fail(ctx, DISTEST_EINVAL, "nnmatch", "`nnmatch` must be at least 1.");
    status = di_check_finite(ctx, "cutoff", 1, &o->cutoff);
    if (status != DISTEST_SUCCESS) return status;
    return di_check_nonnegative(ctx, "donut", 2, o->donut);
}

static int check_shapes(distest_context *ctx, const distest_rdd_units *d,
                        const di_rdd_prep *p)
{
    int status = DISTEST_SUCCESS;
    if (d->n == 0 || d->probs == 0)
        return di_fail(ctx, DISTEST_EINVAL, "quantiles",
                       "`quantiles` must have rows and columns, not be %zu x %zu.",
                       d->n, d->probs);
    DI_TRY(di_check_shape(ctx, "quantiles", d->n, d->probs + 1));
    DI_TRY(di_check_shape(ctx, "covariates", d->n, d->covariates));
    DI_TRY(di_check_pointer(ctx, "quantiles", d->quantiles));
    if (d->covariates) DI_TRY(di_check_pointer(ctx, "covariates", d->z));
    if (p->method != RDD_POINTWISE || d->q) {
        DI_TRY(di_check_increasing(ctx, "q", d->probs, d->q));
        DI_TRY(di_check_between(ctx, "q", d->q[0], 0, 1));
        DI_TRY(di_check_between(ctx, "q", d->q[d->probs - 1], 0, 1));
    }
    DI_TRY(di_check_finite(ctx, "x", d->n, d->x));
    DI_TRY(di_check_weights(ctx, "weights", d->n, d->weights));
    if (!d->cluster && (p->vce == RDD_CR1 || p->vce == RDD_CR3))
        return di_fail(ctx, DISTEST_EINVAL, "cluster",
                       "`vce` \"%s\" needs clusters, but `cluster` is NULL.",
                       RULES[p->vce]);
    for (size_t i = 0; d->cluster && i < d->n; i++)
        if (d->cluster[i] < 0 || (size_t)d->cluster[i] >= d->clusters)
            return di_fail(ctx, DISTEST_EINVAL, "cluster",
                           "`cluster` must be 0, ..., %zu, not %d at entry %zu.",
                           d->clusters - 1, d->cluster[i], i + 1);
done:
    return status;
}

/* Columns of the outcomes, the treatment, the covariates. */
typedef struct {
    di_rdd_prep *p;
    size_t n;
} scan_data;

/* max |x|, or NaN when some x is not finite: four lanes, as a product with 0 is 0 or
 * NaN */
static double largest_of(size_t n, const double *x)
{
    double most[4] = {0}, bad[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t l = 0; l < 4; l++) {
            const double t = fabs(x[i + l]);
            most[l] = t > most[l] ? t : most[l];
            bad[l] += t * 0;
        }
    for (; i < n; i++) {
        const double t = fabs(x[i]);
        most[0] = t > most[0] ? t : most[0];
        bad[0] += t * 0;
    }
    for (size_t l = 1; l < 4; l++) {
        most[0] = most[l] > most[0] ? most[l] : most[0];
        bad[0] += bad[l];
    }
    return most[0] + bad[0];
}

enum { LEAST_EXPONENT = -1000 }; /* 2^1000 is a number */

static int exponent_of(double most)
{
    int exponent = 0;
    if (most > 0) (void)frexp(most, &exponent);
    return exponent < LEAST_EXPONENT ? LEAST_EXPONENT : exponent;
}

static int scan_column(size_t block, int thread, void *data)
{
    const scan_data *s = data;
    (void)thread;
    s->p->largest[block] = largest_of(s->n, s->p->column[block]);
    return DISTEST_SUCCESS;
}

static int column_fails(distest_context *ctx, const di_rdd_prep *p)
{
    const size_t n = p->units->n, probs = p->units->probs;
    for (size_t j = 0; j < p->all; j++)
        for (size_t i = 0; i < n; i++) {
            const double v = p->column[j][i];
            if (isfinite(v)) continue;
            if (j < probs)
                return di_fail(ctx, DISTEST_EINVAL, "quantiles",
                               "`quantiles` must be finite, not %g in row %zu, column "
                               "%zu.",
                               v, i + 1, j + 1);
            if (j < p->cols) return di_check_finite(ctx, "treatment", n, p->column[j]);
            return di_fail(
                ctx, DISTEST_EINVAL, "covariates",
                "`covariates` must be finite, not %g in row %zu, column %zu.", v, i + 1,
                j - p->cols + 1);
        }
    return DISTEST_SUCCESS;
}

int di_rdd_prepare_scaled(distest_context *ctx, di_rdd_prep *p)
{
    double most = 0;
    for (size_t j = 0; j < p->all; j++) {
        if (!isfinite(p->largest[j])) return column_fails(ctx, p);
        p->exact[j] = exponent_of(p->largest[j]);
        if (j < p->units->probs && p->largest[j] > most) most = p->largest[j];
    }
    p->exponent = p->exact;
    p->common = exponent_of(most);
    p->guessed = 0;
    return DISTEST_SUCCESS;
}

static int open_columns(distest_context *ctx, di_pool *pool, di_rdd_prep *p)
{
    enum { LOOK = 64 };
    const distest_rdd_units *d = p->units;
    const size_t rows = d->n < LOOK ? d->n : LOOK;
    int status = DISTEST_SUCCESS;
    p->cols = d->probs + (d->treatment ? 1 : 0);
    p->all = p->cols + d->covariates;
    p->guessed = 1;
    DI_TRY(DI_NEW(ctx, pool, &p->column, p->all, 1));
    DI_TRY(DI_NEW(ctx, pool, &p->exponent, p->all, 1));
    DI_TRY(DI_NEW(ctx, pool, &p->exact, p->all, 1));
    DI_TRY(DI_NEW(ctx, pool, &p->largest, p->all, 1));
    for (size_t j = 0; j < d->probs; j++) p->column[j] = d->quantiles + j * d->n;
    if (d->treatment) p->column[d->probs] = d->treatment;
    for (size_t j = 0; j < d->covariates; j++) p->column[p->cols + j] = d->z + j * d->n;
    for (size_t j = 0; j < p->all; j++) {
        const double most = largest_of(rows, p->column[j]);
        p->exponent[j] = isfinite(most) ? exponent_of(most) : 0;
    }
done:
    return status;
}

static int side_fails(distest_context *ctx, const di_rdd_prep *p, int side)
{
    const distest_rdd_units *d = p->units;
    const char *const name = side == RDD_MINUS ? "left" : "right";
    double low = d->x[0], high = d->x[0];
    size_t there = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (d->x[i] < low) low = d->x[i];
        if (d->x[i] > high) high = d->x[i];
        there += (d->x[i] >= p->opts->cutoff) == (side == RDD_PLUS);
    }
    if (there == 0)
        return di_fail(ctx, DISTEST_EINVAL, "cutoff",
                       "No unit lies on the %s of the cutoff %g: `x` runs from %g to "
                       "%g.",
                       name, p->opts->cutoff, low, high);
    if (p->opts->donut[side] > 0)
        return di_fail(ctx, DISTEST_EINVAL, "donut",
                       "`donut` leaves no unit on the %s of the cutoff.", name);
    return di_fail(ctx, DISTEST_EINVAL, "weights",
                   "All units on the %s of the cutoff have weight 0.", name);
}

static int split_sides(distest_context *ctx, di_pool *pool, di_rdd_prep *p)
{
    const distest_rdd_units *d = p->units;
    const double c = p->opts->cutoff;
    int status = DISTEST_SUCCESS;
    double most = fabs(c);
    size_t right = 0;
    for (size_t i = 0; i < d->n; i++) {
        right += d->x[i] >= c;
        if (fabs(d->x[i]) > most) most = fabs(d->x[i]);
    }
    p->tie = 32 * DBL_EPSILON * most;
    /* one array of each kind, the left side first: large ones lie in large pages */
    DI_TRY(DI_NEW(ctx, pool, &p->row[RDD_MINUS], d->n, 1));
    DI_TRY(DI_NEW(ctx, pool, &p->u[RDD_MINUS], d->n, 1));
    DI_TRY(DI_NEW(ctx, pool, &p->o[RDD_MINUS], d->n, 1));
    p->row[RDD_PLUS] = p->row[RDD_MINUS] + (d->n - right);
    p->u[RDD_PLUS] = p->u[RDD_MINUS] + (d->n - right);
    p->o[RDD_PLUS] = p->o[RDD_MINUS] + (d->n - right);
    for (int s = 0; s < 2; s++) {
        p->used[s] = 0;
        p->range[s] = 0;
    }
    for (size_t i = 0; i < d->n; i++) {
        const double u = d->x[i] - c, o = d->weights ? d->weights[i] : 1;
        const int s = d->x[i] >= c ? RDD_PLUS : RDD_MINUS;
        if (o == 0 || fabs(u) < p->opts->donut[s]) continue;
        const size_t k = p->used[s]++;
        p->row[s][k] = i;
        p->u[s][k] = u;
        p->o[s][k] = o;
        if (fabs(u) > p->range[s]) p->range[s] = fabs(u);
    }
    for (int s = 0; s < 2; s++) {
        if (p->used[s] == 0) return side_fails(ctx, p, s);
        if (!isfinite(p->range[s]))
            return di_fail(ctx, DISTEST_EINVAL, "x",
                           "The distance of `x` to the cutoff is not a finite number.");
    }
done:
    return status;
}

/* Weights as a share of the largest: sums of them then stay numbers. */
static void scale_weights(di_rdd_prep *p)
{
    double most = 0;
    int exponent = 0;
    if (!p->units->weights) return;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < p->used[s]; i++)
            if (p->o[s][i] > most) most = p->o[s][i];
    (void)frexp(most, &exponent);
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < p->used[s]; i++)
            p->o[s][i] = ldexp(p->o[s][i], -exponent);
}

int di_rdd_prepare_unseen(distest_context *ctx, di_pool *pool,
                          const distest_rdd_units *units, const distest_rdd_opts *opts,
                          di_rdd_prep *prep)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "units", units));
    DI_TRY(di_check_pointer(ctx, "opts", opts));
    memset(prep, 0, sizeof *prep);
    prep->units = units;
    prep->opts = opts;
    DI_TRY(check_opts(ctx, opts, prep));
    DI_TRY(check_shapes(ctx, units, prep));
    DI_TRY(open_columns(ctx, pool, prep));
    DI_TRY(split_sides(ctx, pool, prep));
    scale_weights(prep);
done:
    return status;
}

int di_rdd_prepare(distest_context *ctx, di_pool *pool, const distest_rdd_units *units,
                   const distest_rdd_opts *opts, di_rdd_prep *prep)
{
    int status = di_rdd_prepare_unseen(ctx, pool, units, opts, prep);
    if (status != DISTEST_SUCCESS) return status;
    scan_data s = {prep, units->n};
    status = di_for_blocks(ctx, "checking", 0, 0.1, prep->all, scan_column, &s);
    return status == DISTEST_SUCCESS ? di_rdd_prepare_scaled(ctx, prep) : status;
}
