/* rdd_result.c - from the sums of the two passes to effects, standard errors and
 * covariances, in the unit of the data.
 *
 * Fuzzy designs: with J the jump of the outcome and dT that of the treatment, the
 * effect on compliers is tau_F = J / dT with scores (psi_J - tau_F psi_T) / dT, or,
 * linearised around the conventional estimates as in rdrobust,
 *
 *     tau_cl - ((J_cl - J_bc) / dT_cl - (J_cl / dT_cl^2) (dT_cl - dT_bc)). */
#include "rdd_fit.h"

#include <math.h>
#include <string.h>

static const double NO_FIRST_STAGE = 1e-12, NO_ERROR = 1e-12;

static int new_estimate(distest_context *ctx, di_pool *pool, const di_rdd_job *job,
                        di_rdd_estimate *a)
{
    const size_t probs = job->prep->units->probs;
    int status = DISTEST_SUCCESS;
    memset(a, 0, sizeof *a);
    for (int e = 0; e < 2; e++) {
        for (int s = 0; s < 2; s++)
            DI_TRY(DI_NEW(ctx, pool, &a->m[e][s], job->cols, 1));
        DI_TRY(DI_NEW(ctx, pool, &a->jump[e], job->cols, 1));
        DI_TRY(DI_NEW(ctx, pool, &a->effect[e], probs, 1));
        DI_TRY(DI_NEW(ctx, pool, &a->shown[e], probs, 1));
    }
    DI_TRY(DI_NEW(ctx, pool, &a->shown_effect, probs, 1));
    DI_TRY(DI_NEW(ctx, pool, &a->om, probs, 1));
done:
    return status;
}

/* NaN and Inf never leave: beyond the numbers is no convergence. */
static int fill_curves(distest_context *ctx, const di_rdd_job *job, di_rdd_estimate *a)
{
    for (size_t n = 0; n < job->designs; n++)
        for (size_t j = 0; j < job->design[n].count; j++) {
            const di_rdd_design *d = &job->design[n];
            const size_t k = d->first + j;
            for (int e = 0; e < 2; e++) {
                for (int s = 0; s < 2; s++)
                    a->m[e][s][k] = di_rdd_job_curve(job, d, s, e, j);
                a->jump[e][k] = a->m[e][RDD_PLUS][k] - a->m[e][RDD_MINUS][k];
                if (!isfinite(ldexp(a->jump[e][k], job->prep->exponent[k])))
                    return di_fail(ctx, DISTEST_ECONV, "h",
                                   "The estimate of column %zu is beyond the numbers "
                                   "at h = %g and %g.",
                                   k + 1, d->h[0].h, d->h[1].h);
            }
        }
    return DISTEST_SUCCESS;
}

static int fill_effects(distest_context *ctx, const di_rdd_job *job, di_rdd_estimate *a)
{
    const di_rdd_prep *p = job->prep;
    const size_t probs = p->units->probs, last = job->cols - 1;
    a->over[0] = a->over[1] = 1;
    for (int e = 0; e < 2; e++)
        memcpy(a->effect[e], a->jump[e], probs * sizeof(double));
    if (!p->units->treatment) return DISTEST_SUCCESS;
    for (int e = 0; e < 2; e++) {
        const double dT = a->jump[e][last];
        if (!(fabs(ldexp(dT, p->exponent[last])) > NO_FIRST_STAGE))
            return di_fail(ctx, DISTEST_ESING, "treatment",
                           "There is no first stage: the jump of `treatment` at the "
                           "cutoff is %g.",
                           ldexp(dT, p->exponent[last]));
        a->over[e] = dT;
        a->slope_of[e] = e;
        for (size_t j = 0; j < probs; j++) a->effect[e][j] = a->jump[e][j] / dT;
    }
    if (!p->opts->linear_fuzzy) return DISTEST_SUCCESS;
    const double dT = a->over[0], change = (dT - a->jump[1][last]) / dT;
    a->over[1] = dT;
    a->slope_of[1] = 0;
    for (size_t j = 0; j < probs; j++)
        a->effect[1][j] = a->jump[1][j] / dT + a->effect[0][j] * change;
    return DISTEST_SUCCESS;
}

int di_rdd_apply_method(distest_context *ctx, int method, size_t n, const double *om,
                        double *curve, double *scratch, size_t *moved, double *squares)
{
    int status = DISTEST_SUCCESS;
    if (method == RDD_POINTWISE) return status;
    memcpy(scratch, curve, n * sizeof *curve);
    status = method == RDD_FRECHET ? distest_rdd_project(n, scratch, om, curve, ctx)
                                   : distest_rdd_rearrange(n, scratch, om, curve, ctx);
    for (size_t j = 0; status == DISTEST_SUCCESS && j < n; j++) {
        const double by = curve[j] - scratch[j];
        *moved += by != 0;
        *squares += om[j] * by * by;
    }
    return status;
}

static int show_curves(distest_context *ctx, di_pool *pool, const di_rdd_job *job,
                       di_rdd_estimate *a)
{
    const di_rdd_prep *p = job->prep;
    const size_t probs = p->units->probs;
    const int e = p->opts->conventional ? 0 : 1;
    int status = DISTEST_SUCCESS;
    double *scratch, squares = 0, all = 0;
    DI_TRY(DI_NEW(ctx, pool, &scratch, probs, 1));
    if (p->units->q) di_rdd_cells(probs, p->units->q, a->om);
    for (int s = 0; s < 2; s++) {
        for (size_t j = 0; j < probs; j++)
            a->shown[s][j] = ldexp(a->m[e][s][j], p->exponent[j] - p->common);
        DI_TRY(di_rdd_apply_method(ctx, p->method, probs, a->om, a->shown[s], scratch,
                                   &a->moved, &squares));
    }
    for (size_t j = 0; j < probs; j++) {
        const double jump = ldexp(a->shown[RDD_PLUS][j] - a->shown[RDD_MINUS][j],
                                  p->common - p->exponent[j]);
        all += 2 * a->om[j];
        a->shown_effect[j] =
            a->moved == 0 ? a->effect[e][j]
                          : a->effect[e][j] + (jump - a->jump[e][j]) / a->over[e];
    }
    a->projection = squares > 0 ? sqrt(squares / all) : 0;
done:
    return status;
}

int di_rdd_estimate_curves(distest_context *ctx, di_pool *pool, const di_rdd_job *job,
                           di_rdd_estimate *a)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(new_estimate(ctx, pool, job, a));
    DI_TRY(fill_curves(ctx, job, a));
    DI_TRY(fill_effects(ctx, job, a));
    DI_TRY(show_curves(ctx, pool, job, a));
done:
    return status;
}

/* What a part holds: a matrix, or its diagonal and last column. */
typedef struct {
    const double *part;
    int full;
    size_t cols;
} products;

static double square_of(const products *v, size_t j)
{
    return v->full ? v->part[j + j * v->cols] : v->part[j];
}

static double with_last(const products *v, size_t j)
{
    return v->full ? v->part[j + (v->cols - 1) * v->cols] : v->part[v->cols + j];
}

/* A standard error that is rounding: below NO_ERROR of the largest outcome, which for a
 * derivative counts per h^deriv. */
static double smallest_error(const di_rdd_job *job, size_t j)
{
    const di_rdd_prep *p = job->prep;
    double h = 0;
    for (size_t n = 0; n < job->designs; n++)
        if (job->design[n].first <= j &&
            j < job->design[n].first + job->design[n].count)
            h = job->design[n].h[0].h < job->design[n].h[1].h ? job->design[n].h[0].h
                                                              : job->design[n].h[1].h;
    return NO_ERROR * ldexp(p->largest[j], -p->exponent[j]) * pow(h, -p->opts->deriv);
}

static double error_of(const di_rdd_job *job, const products *v, size_t j)
{
    const double square = square_of(v, j), se = square > 0 ? sqrt(square) : 0;
    return se < smallest_error(job, j) ? 0 : se;
}

/* Standard error of the effect of column j, estimate e, in its scaled unit. */
static double effect_error(const di_rdd_job *job, const di_rdd_estimate *a, int e,
                           const products *v, size_t j)
{
    if (!job->prep->units->treatment) return error_of(job, v, j);
    const double slope = a->effect[a->slope_of[e]][j];
    const double tt = square_of(v, job->cols - 1), jt = with_last(v, j);
    const double square = square_of(v, j) - 2 * slope * jt + slope * slope * tt;
    const double se = square > 0 ? sqrt(square) : 0;
    return se < smallest_error(job, j) ? 0 : se / fabs(a->over[e]);
}

/* exponent of the effect of column j */
static int effect_exponent(const di_rdd_job *job, size_t j)
{
    const di_rdd_prep *p = job->prep;
    return p->exponent[j] - (p->units->treatment ? p->exponent[job->cols - 1] : 0);
}

/* to = V of the effects; rows and columns with standard error 0 are 0 */
static void write_vcov(const di_rdd_job *job, const di_rdd_estimate *a, int e,
                       const products *v, int scale, double *to)
{
    const size_t probs = job->prep->units->probs, cols = v->cols;
    const int fuzzy = job->prep->units->treatment != NULL;
    for (size_t k = 0; to && k < probs; k++) {
        const double gk = fuzzy ? a->effect[a->slope_of[e]][k] : 0;
        const int zero = effect_error(job, a, e, v, k) == 0;
        const int ek = effect_exponent(job, k) - scale;
        for (size_t j = 0; j < probs; j++) {
            double x = v->part[j + k * cols];
            if (fuzzy) {
                const double gj = a->effect[a->slope_of[e]][j];
                x += gj * gk * square_of(v, cols - 1) - gk * with_last(v, j) -
                     gj * with_last(v, k);
                x /= a->over[e] * a->over[e];
            }
            to[j + k * probs] = zero || effect_error(job, a, e, v, j) == 0
                                    ? 0
                                    : ldexp(x, effect_exponent(job, j) - scale + ek);
        }
    }
}

/* to = V of a curve (or between curves: rows of v, columns of w) */
static void write_curve_vcov(const di_rdd_job *job, const double *part,
                             const products *v, const products *w, int scale,
                             double *to)
{
    const size_t probs = job->prep->units->probs;
    const int *exponent = job->prep->exponent;
    for (size_t k = 0; to && k < probs; k++)
        for (size_t j = 0; j < probs; j++)
            to[j + k * probs] =
                !part || error_of(job, v, j) == 0 || error_of(job, w, k) == 0
                    ? 0
                    : ldexp(part[j + k * job->cols],
                            exponent[j] + exponent[k] - 2 * scale);
}

static void write_vector(const di_rdd_prep *p, const double *from, double *to)
{
    for (size_t j = 0; to && j < p->units->probs; j++)
        to[j] = ldexp(from[j], p->exponent[j]);
}

static void write_curves(const di_rdd_job *job, const di_rdd_estimate *a,
                         distest_rdd_result *r)
{
    const di_rdd_prep *p = job->prep;
    double *const shown[2] = {r->m_minus, r->m_plus};
    double *const effect[2] = {r->tau_cl, r->tau_bc};
    double *const jump[2] = {r->jump_cl, r->jump_bc};
    double *const m[2][2] = {{r->m_minus_cl, r->m_plus_cl},
                             {r->m_minus_bc, r->m_plus_bc}};
    for (int s = 0; s < 2; s++)
        for (size_t j = 0; shown[s] && j < p->units->probs; j++)
            shown[s][j] = ldexp(a->shown[s][j], p->common);
    for (int k = 0; k < 2; k++) {
        for (int s = 0; s < 2; s++) write_vector(p, a->m[k][s], m[k][s]);
        write_vector(p, a->jump[k], jump[k]);
        for (size_t j = 0; effect[k] && j < p->units->probs; j++)
            effect[k][j] = ldexp(a->effect[k][j], effect_exponent(job, j));
    }
    for (size_t j = 0; r->tau && j < p->units->probs; j++)
        r->tau[j] = ldexp(a->shown_effect[j], effect_exponent(job, j));
    r->moved = a->moved;
    r->projection = ldexp(a->projection, p->common);
    for (int k = 0; k < 2 && p->units->treatment; k++)
        r->first_stage[2 * k] =
            ldexp(a->jump[k][job->cols - 1], p->exponent[job->cols - 1]);
}

static products part_of(const di_rdd_job *job, const di_rdd_scores *s, int e, int part)
{
    return (products){s->part[e][part], s->full[e], job->cols};
}

static void write_errors(const di_rdd_job *job, const di_rdd_estimate *a,
                         const di_rdd_scores *s, distest_rdd_result *r)
{
    const di_rdd_prep *p = job->prep;
    const size_t last = job->cols - 1;
    double *const se[2] = {r->se_cl, r->se_bc}, *const jump[2] = {r->jump_se_cl,
                                                                  r->jump_se_bc};
    double *const vcov[2] = {r->vcov_cl, r->vcov_bc};
    const products minus = part_of(job, s, s->reported, RDD_PART_MINUS);
    const products plus = part_of(job, s, s->reported, RDD_PART_PLUS);
    for (int e = 0; e < 2; e++) {
        const products v = part_of(job, s, e, RDD_PART_BOTH);
        for (size_t j = 0; j < p->units->probs; j++) {
            if (se[e])
                se[e][j] =
                    ldexp(effect_error(job, a, e, &v, j), effect_exponent(job, j));
            if (jump[e]) jump[e][j] = ldexp(error_of(job, &v, j), p->exponent[j]);
            if (r->jump_treatment && e == s->reported)
                r->jump_treatment[j] =
                    p->units->treatment
                        ? ldexp(with_last(&v, j), p->exponent[j] + p->exponent[last])
                        : 0;
        }
        write_vcov(job, a, e, &v, s->scale, vcov[e]);
        if (p->units->treatment)
            r->first_stage[2 * e + 1] =
                ldexp(error_of(job, &v, last), p->exponent[last]);
    }
    for (size_t j = 0; j < p->units->probs; j++) {
        if (r->se_minus)
            r->se_minus[j] = ldexp(error_of(job, &minus, j), p->exponent[j]);
        if (r->se_plus) r->se_plus[j] = ldexp(error_of(job, &plus, j), p->exponent[j]);
        if (r->residual_ms)
            r->residual_ms[j] = ldexp(s->square[j] / (double)s->counted,
                                      2 * (p->exponent[j] - s->scale));
    }
    write_curve_vcov(job, minus.part, &minus, &minus, s->scale, r->vcov_minus);
    write_curve_vcov(job, plus.part, &plus, &plus, s->scale, r->vcov_plus);
    write_curve_vcov(job, s->part[s->reported][RDD_PART_CROSS], &minus, &plus, s->scale,
                     r->vcov_cross);
}

/* Scores of the effect from those of outcome and treatment. */
static void finish_scores(const di_rdd_job *job, const di_rdd_estimate *a,
                          const di_rdd_scores *s)
{
    const di_rdd_prep *p = job->prep;
    if (!s->psi || !s->psi_treatment) return;
    const int e = s->reported;
    const double over = ldexp(a->over[e], p->exponent[job->cols - 1]);
    for (size_t j = 0; j < p->units->probs; j++) {
        const double slope =
            ldexp(a->effect[a->slope_of[e]][j], effect_exponent(job, j) - s->scale);
        double *psi = s->psi + j * s->score_rows;
        for (size_t i = 0; i < s->score_rows; i++)
            psi[i] = (psi[i] - slope * s->psi_treatment[i]) / over;
    }
}

void di_rdd_write_weights(const di_rdd_job *job, double *w_cl, double *w_bc)
{
    const di_rdd_prep *p = job->prep;
    const di_rdd_design *d = &job->design[0];
    double *const to[2] = {w_cl, w_bc};
    di_rdd_chunk c;
    for (int e = 0; e < 2; e++)
        if (to[e]) memset(to[e], 0, p->units->n * sizeof(double));
    for (int s = 0; s < 2 && (w_cl || w_bc); s++)
        for (size_t i0 = 0; i0 < job->listed[s]; i0 += RDD_CHUNK) {
            const size_t left = job->listed[s] - i0;
            di_rdd_chunk_open(job, s, i0, left < RDD_CHUNK ? left : RDD_CHUNK, &c);
            di_rdd_chunk_rows(job, d, &c);
            for (size_t i = 0; i < c.m; i++)
                for (int e = 0; e < 2; e++)
                    if (to[e]) to[e][c.row[i]] = di_rdd_chunk_weight(job, d, &c, e, i);
        }
}

static void write_gamma(const di_rdd_job *job, double *gamma)
{
    const di_rdd_prep *p = job->prep;
    const size_t z = p->units->covariates;
    if (!gamma) return;
    memset(gamma, 0, z * job->cols * sizeof *gamma);
    for (size_t n = 0; n < job->designs && job->covariates; n++) {
        const di_rdd_design *d = &job->design[n];
        for (size_t j = 0; j < d->count; j++)
            for (size_t k = 0; k < job->covariates; k++) {
                const size_t column = job->covariate[k];
                gamma[column - p->cols + (d->first + j) * z] =
                    ldexp(d->gamma[k + j * job->covariates],
                          p->exponent[d->first + j] - p->exponent[column]);
            }
    }
}

void di_rdd_estimate_write(const di_rdd_job *job, const di_rdd_estimate *a,
                           const di_rdd_scores *s, distest_rdd_result *r)
{
    const di_rdd_design *d = &job->design[0];
    write_curves(job, a, r);
    write_errors(job, a, s, r);
    finish_scores(job, a, s);
    di_rdd_write_weights(job, r->w_cl, r->w_bc);
    write_gamma(job, r->gamma);
    r->score_rows = s->score_rows;
    for (int side = 0; side < 2; side++) {
        r->n_side[side] = job->prep->used[side];
        r->n_h[side] = d->h[side].n;
        r->n_b[side] = d->b[side].n;
    }
    r->n_clusters = job->groups;
    r->leverage_one = s->leverage_one;
    r->scale = s->scale;
}
