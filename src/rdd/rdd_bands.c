/* rdd_bands.c - uniform bands by the multiplier bootstrap.
 *
 * With the maxima M_b of the draws of the process (rdd_draws.c), the band is
 * tau(q_j) -+ c s_j with c number min(B, ceil(level (B + 1))) of the sorted M_b,
 * s_j = se(q_j) or 1.
 *
 * Given the data, normal multipliers make Z_b exactly N(0, V). So with V = P'P, of rank
 * r <= Q, the r rows of P do what the n scores do: B r normals instead of B n. */
#include "rdd_draws.h"

#include <math.h>
#include <string.h>

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

/* c and the band of `draws` maxima, which are put in another order; `spread` (probs)
 * are standard errors, the same as `scale` when studentized. */
static void find_limits(size_t probs, const double *tau, const double *spread,
                        const double *scale, double level, size_t draws, double *most,
                        double *crit, double *lower, double *upper)
{
    int any = 0;
    double c = NAN;
    for (size_t j = 0; j < probs; j++) any |= spread[j] > 0;
    if (any) c = di_select(draws, most, di_rdd_rank(level, draws));
    if (crit) *crit = c;
    for (size_t j = 0; j < probs; j++) {
        const double half = any ? c * scale[j] : 0;
        if (lower) lower[j] = tau[j] - half;
        if (upper) upper[j] = tau[j] + half;
    }
}

/* by what maxima are divided: probs */
static void fill_scale(size_t probs, const double *spread, int studentized, double *s)
{
    for (size_t j = 0; j < probs; j++) s[j] = studentized ? spread[j] : 1;
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
    for (size_t j = 0; j < Q; j++) U[j + j * Q] = s[j] > 0; /* no pivots by rounding */
    DI_TRY(di_cholesky_pivoted(ctx, Q, U, Q, pivot, 1e-14, rank));
    for (size_t j = 0; j < Q; j++)
        for (size_t r = 0; r < *rank; r++)
            P[r + pivot[j] * *rank] = r <= j ? U[r + j * Q] * s[pivot[j]] : 0;
done:
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

/* What is drawn from: the covariance alone, or scores with given or drawn multipliers.
 */
typedef struct {
    int factor; /* 1: rows of the factor of vcov, normal multipliers; 0: scores */
    size_t rows;
    const double *vcov, *scores, *xi;
    const char *multiplier;
    distest_rng *rng;
} source;

/* d->rows, scores, xi, fill, key, and the standard errors; memory is the pool's */
static int open_source(distest_context *ctx, di_pool *pool, const source *from,
                       di_rdd_drawing *d, double *spread)
{
    int status = DISTEST_SUCCESS;
    const size_t Q = d->probs;
    double *P = NULL;
    d->rows = from->rows, d->scores = from->scores, d->xi = from->xi;
    if (from->xi) {
        DI_TRY(di_check_finite(ctx, "xi", d->rows * d->draws, d->xi));
    } else {
        DI_TRY(di_rdd_law(ctx, from->factor ? "gaussian" : from->multiplier, &d->fill));
        DI_TRY(di_check_pointer(ctx, "rng", from->rng));
    }
    if (from->factor) {
        DI_TRY(check_vcov(Q, from->vcov, spread, ctx));
        DI_TRY(DI_NEW(ctx, pool, &P, Q, Q));
        DI_TRY(factor_vcov(ctx, Q, from->vcov, spread, P, &d->rows));
        d->scores = P;
    } else {
        DI_TRY(di_check_shape(ctx, "scores", d->rows, Q));
        DI_TRY(di_check_finite(ctx, "scores", d->rows * Q, d->scores));
        for (size_t j = 0; j < Q; j++)
            spread[j] = norm(d->rows, d->scores + j * d->rows);
    }
    if (!from->xi) d->key = di_rng_key(from->rng);
done:
    return status;
}

/* Draws and, of all draws, the band. */
static int find_band(const source *from, size_t probs, const double *tau, double level,
                     size_t draws, int studentized, double *crit, double *lower,
                     double *upper, double *process, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_drawing d = {.probs = probs, .draws = draws, .process = process};
    double *spread = NULL, *s = NULL;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_band(probs, tau, level, draws, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &spread, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &s, probs, 1));
    DI_TRY(open_source(ctx, &pool, from, &d, spread));
    DI_TRY(DI_NEW(ctx, &pool, &d.most, draws, 1));
    fill_scale(probs, spread, studentized, s);
    d.s = s;
    DI_TRY(di_rdd_draw(ctx, &d));
    find_limits(probs, tau, spread, s, level, draws, d.most, crit, lower, upper);
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_rdd_bands(size_t probs, const double *tau, const double *vcov, double level,
                      size_t draws, int studentized, distest_rng *rng, double *crit,
                      double *lower, double *upper, double *process,
                      distest_context *ctx)
{
    const source from = {.factor = 1, .vcov = vcov, .rng = rng};
    return find_band(&from, probs, tau, level, draws, studentized, crit, lower, upper,
                     process, ctx);
}

int distest_rdd_bands_scores(size_t rows, size_t probs, const double *scores,
                             const double *tau, const char *multiplier,
                             const double *xi, double level, size_t draws,
                             int studentized, distest_rng *rng, double *crit,
                             double *lower, double *upper, double *process,
                             distest_context *ctx)
{
    const source from = {
        .rows = rows, .scores = scores, .xi = xi, .multiplier = multiplier, .rng = rng};
    return find_band(&from, probs, tau, level, draws, studentized, crit, lower, upper,
                     process, ctx);
}

int distest_rdd_bands_part(size_t rows, size_t probs, const double *scores,
                           const double *vcov, const char *multiplier, const double *xi,
                           size_t first, size_t draws, int studentized,
                           distest_rng *rng, double *maxima, double *se,
                           double *process, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    const source from = {.factor = !scores,
                         .rows = rows,
                         .scores = scores,
                         .vcov = vcov,
                         .xi = scores ? xi : NULL,
                         .multiplier = multiplier,
                         .rng = rng};
    di_rdd_drawing d = {.probs = probs, .first = first, .draws = draws};
    double *spread = NULL, *s = NULL;
    di_begin(ctx);
    di_blas_serial_enter();
    if (probs == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "probs", "the grid is empty."));
    if (draws == 0) DI_TRY(di_fail(ctx, DISTEST_EINVAL, "draws", "no draws."));
    DI_TRY(di_check_shape(ctx, "draws", draws, probs));
    if (first % RDD_MOST_DRAWS)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "first",
                       "`first` must be a multiple of %d, not %zu.", RDD_MOST_DRAWS,
                       first));
    DI_TRY(DI_NEW(ctx, &pool, &spread, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &s, probs, 1));
    DI_TRY(open_source(ctx, &pool, &from, &d, spread));
    DI_TRY(DI_NEW(ctx, &pool, &d.most, draws, 1));
    fill_scale(probs, spread, studentized, s);
    d.s = s, d.process = process;
    DI_TRY(di_rdd_draw(ctx, &d));
    if (maxima) memcpy(maxima, d.most, draws * sizeof *maxima);
    if (se) memcpy(se, spread, probs * sizeof *se);
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_rdd_bands_join(size_t probs, const double *tau, const double *se,
                           double level, size_t draws, const double *maxima,
                           int studentized, double *crit, double *lower, double *upper,
                           distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *most = NULL, *s = NULL;
    di_begin(ctx);
    DI_TRY(check_band(probs, tau, level, draws, ctx));
    DI_TRY(di_check_finite(ctx, "se", probs, se));
    DI_TRY(di_check_finite(ctx, "maxima", draws, maxima));
    DI_TRY(DI_NEW(ctx, &pool, &most, draws, 1));
    DI_TRY(DI_NEW(ctx, &pool, &s, probs, 1));
    memcpy(most, maxima, draws * sizeof *most);
    fill_scale(probs, se, studentized, s);
    find_limits(probs, tau, se, s, level, draws, most, crit, lower, upper);
done:
    di_pool_free(&pool);
    return status;
}
