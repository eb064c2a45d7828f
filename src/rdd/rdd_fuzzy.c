/* rdd_fuzzy.c - who the compliers are, and sets that bear a weak first stage.
 *
 * Q T and Q (1 - T) are outcomes like any other: their jumps over that of T are the
 * mean quantile functions of the compliers with and (with the sign changed) without
 * treatment. */
#include "rdd_fit.h"

#include <math.h>
#include <string.h>

distest_rdd_complier_curves distest_rdd_compliers_default(void)
{
    return (distest_rdd_complier_curves){.size = sizeof(distest_rdd_complier_curves)};
}

static int check_shares(distest_context *ctx, const distest_rdd_units *units)
{
    if (!units->treatment)
        return di_fail(ctx, DISTEST_EINVAL, "treatment",
                       "Compliers need a `treatment`, but it is NULL.");
    for (size_t i = 0; i < units->n; i++)
        if (!(units->treatment[i] >= 0 && units->treatment[i] <= 1))
            return di_fail(
                ctx, DISTEST_EINVAL, "treatment",
                "`treatment` must be a share between 0 and 1, not %g at entry "
                "%zu.",
                units->treatment[i], i + 1);
    return DISTEST_SUCCESS;
}

/* Outcomes Q T, then Q (1 - T), with the bandwidths of Q. */
static int split_outcomes(distest_context *ctx, di_pool *pool,
                          const distest_rdd_units *units, const distest_rdd_opts *opts,
                          distest_rdd_units *split, distest_rdd_opts *o)
{
    const size_t n = units->n, probs = units->probs, k = opts->bandwidths;
    int status = DISTEST_SUCCESS;
    double *table, *h;
    const double *const from[2] = {opts->h, opts->b};
    DI_TRY(DI_NEW(ctx, pool, &table, n, 2 * probs));
    for (size_t j = 0; j < probs; j++)
        for (size_t i = 0; i < n; i++) {
            const double q = units->quantiles[i + j * n], t = units->treatment[i];
            table[i + j * n] = q * t;
            table[i + (probs + j) * n] = q * (1 - t);
        }
    *split = *units;
    split->probs = 2 * probs;
    split->q = NULL;
    split->quantiles = table;
    *o = *opts;
    o->method = "pointwise";
    o->linear_fuzzy = 0;
    if (k <= 1) goto done;
    o->bandwidths = 2 * k;
    for (int which = 0; which < 2; which++) {
        if (!from[which]) continue;
        DI_TRY(DI_NEW(ctx, pool, &h, 2 * k, 2));
        for (size_t s = 0; s < 2; s++)
            for (size_t d = 0; d < 2 * k; d++)
                h[d + s * 2 * k] = from[which][d % k + s * k];
        if (which == 0)
            o->h = h;
        else
            o->b = h;
    }
done:
    return status;
}

/* Rows and columns a0 ..., b0 ... of a 2 probs x 2 probs matrix. */
static void write_block(size_t probs, const double *V, size_t a0, size_t b0,
                        double sign, double *to)
{
    for (size_t k = 0; to && k < probs; k++)
        for (size_t j = 0; j < probs; j++)
            to[j + k * probs] = sign * V[a0 + j + (b0 + k) * 2 * probs];
}

static int write_projected(distest_context *ctx, const distest_rdd_units *units,
                           const double *om, const double *raw, double *to)
{
    if (!to) return DISTEST_SUCCESS;
    return distest_rdd_project(units->probs, raw, units->q ? om : NULL, to, ctx);
}

int distest_rdd_compliers(const distest_rdd_units *units, const distest_rdd_opts *opts,
                          distest_rdd_complier_curves *curves, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_prep prep;
    distest_rdd_units split;
    distest_rdd_opts o;
    distest_rdd_result r = distest_rdd_result_default();
    double *tau, *se, *om, *V = NULL;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "curves", curves));
    DI_TRY(di_rdd_prepare(ctx, &pool, units, opts, &prep));
    DI_TRY(check_shares(ctx, units));
    const size_t probs = units->probs;
    DI_TRY(DI_NEW(ctx, &pool, &tau, probs, 2));
    DI_TRY(DI_NEW(ctx, &pool, &se, probs, 2));
    DI_TRY(DI_NEW(ctx, &pool, &om, probs, 1));
    if (units->q) di_rdd_cells(probs, units->q, om);
    DI_TRY(split_outcomes(ctx, &pool, units, opts, &split, &o));
    if (curves->vcov0 || curves->vcov1 || curves->vcov01)
        DI_TRY(DI_NEW(ctx, &pool, &V, 2 * probs, 2 * probs));
    r.tau = tau;
    *(o.conventional ? &r.se_cl : &r.se_bc) = se;
    *(o.conventional ? &r.vcov_cl : &r.vcov_bc) = V;
    DI_TRY(distest_rdd_fit(&split, &o, &r, ctx));
    for (size_t j = 0; j < probs; j++) tau[probs + j] = -tau[probs + j];
    DI_TRY(write_projected(ctx, units, om, tau, curves->m1));
    DI_TRY(write_projected(ctx, units, om, tau + probs, curves->m0));
    if (curves->m1_raw) memcpy(curves->m1_raw, tau, probs * sizeof *tau);
    if (curves->m0_raw) memcpy(curves->m0_raw, tau + probs, probs * sizeof *tau);
    if (curves->se1) memcpy(curves->se1, se, probs * sizeof *se);
    if (curves->se0) memcpy(curves->se0, se + probs, probs * sizeof *se);
    write_block(probs, V, 0, 0, 1, curves->vcov1);
    write_block(probs, V, probs, probs, 1, curves->vcov0);
    write_block(probs, V, probs, 0, -1, curves->vcov01);
    curves->scale = r.scale;
done:
    di_pool_free(&pool);
    return status;
}

/* {t: a t^2 + 2 b t + c <= 0} */
static int quadratic_set(double a, double b, double c, double *lower, double *upper)
{
    const double d = b * b - a * c;
    *lower = -INFINITY;
    *upper = INFINITY;
    if (a == 0) { /* a half line, or everything: c <= 0 where t = J / dT solves it */
        if (b > 0) *upper = -c / (2 * b);
        if (b < 0) *lower = -c / (2 * b);
        return b == 0 ? DISTEST_RDD_LINE : DISTEST_RDD_INTERVAL;
    }
    if (a < 0 && !(d > 0)) return DISTEST_RDD_LINE;
    const double root = d > 0 ? sqrt(d) : 0;
    const double far = b < 0 ? -b + root : -b - root; /* no cancellation */
    const double one = far / a, two = far != 0 ? c / far : one;
    *lower = one < two ? one : two;
    *upper = one < two ? two : one;
    return a > 0 ? DISTEST_RDD_INTERVAL : DISTEST_RDD_COMPLEMENT;
}

int distest_rdd_anderson_rubin(size_t probs, const double *jump, const double *se,
                               const double *cov, const double first[2], double level,
                               double *lower, double *upper, int *shape,
                               distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_finite(ctx, "jump", probs, jump));
    DI_TRY(di_check_nonnegative(ctx, "se", probs, se));
    DI_TRY(di_check_finite(ctx, "cov", probs, cov));
    DI_TRY(di_check_finite(ctx, "first", 2, first));
    DI_TRY(di_check_nonnegative(ctx, "first", 1, first + 1));
    DI_TRY(di_check_between(ctx, "level", level, 0, 1));
    DI_TRY(di_check_pointer(ctx, "lower", lower));
    DI_TRY(di_check_pointer(ctx, "upper", upper));
    DI_TRY(di_check_pointer(ctx, "shape", shape));
    const double z = di_norm_quantile((1 + level) / 2);
    const double dT = first[0], zT = z * first[1];
    for (size_t j = 0; j < probs; j++) {
        int unit = 0; /* J in units of 2^unit: squares are numbers */
        (void)frexp(fmax(fabs(jump[j]), se[j]), &unit);
        const double J = ldexp(jump[j], -unit), zJ = z * ldexp(se[j], -unit);
        const double b = -(J * dT - z * z * ldexp(cov[j], -unit));
        shape[j] = quadratic_set((dT - zT) * (dT + zT), b, (J - zJ) * (J + zJ),
                                 &lower[j], &upper[j]);
        lower[j] = ldexp(lower[j], unit);
        upper[j] = ldexp(upper[j], unit);
    }
done:
    return status;
}
