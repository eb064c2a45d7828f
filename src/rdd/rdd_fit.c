/* rdd_fit.c - a design at given bandwidths, put together: prepare the units, make the
 * designs, first pass (curves), second pass (covariances), results. */
#include "rdd_fit.h"

#include <math.h>
#include <string.h>

distest_rdd_result distest_rdd_result_default(void)
{
    return (distest_rdd_result){.size = sizeof(distest_rdd_result)};
}

size_t distest_rdd_score_rows(const distest_rdd_units *units,
                              const distest_rdd_opts *opts)
{
    if (!units || !opts) return 0;
    if (!units->cluster) return units->n;
    return (opts->joint_clusters ? 1 : 2) * units->clusters;
}

static int check_bandwidths(distest_context *ctx, const di_rdd_prep *p)
{
    const distest_rdd_opts *o = p->opts;
    int status = DISTEST_SUCCESS;
    if (o->bandwidths != 1 && o->bandwidths != p->units->probs)
        return di_fail(ctx, DISTEST_EINVAL, "h",
                       "`h` must have 1 row or one for each of %zu columns, not %zu.",
                       p->units->probs, o->bandwidths);
    DI_TRY(di_check_positive(ctx, "h", 2 * o->bandwidths, o->h));
    if (o->b) DI_TRY(di_check_positive(ctx, "b", 2 * o->bandwidths, o->b));
    if (o->h_treatment)
        DI_TRY(di_check_positive(ctx, "h_treatment", 2, o->h_treatment));
    if (o->b_treatment)
        DI_TRY(di_check_positive(ctx, "b_treatment", 2, o->b_treatment));
    if (p->units->treatment && o->bandwidths > 1 && !o->h_treatment)
        return di_fail(ctx, DISTEST_EINVAL, "h_treatment",
                       "`h_treatment` must be given when `h` differs by column.");
done:
    return status;
}

/* Designs: one for all outcomes, or one each; the treatment joins the first or has its
 * own. H and B: designs x 2. */
static int make_designs(distest_context *ctx, di_pool *pool, di_rdd_job *job,
                        double **H, double **B)
{
    const di_rdd_prep *p = job->prep;
    const distest_rdd_opts *o = p->opts;
    const size_t k = o->bandwidths, probs = p->units->probs;
    const double *b = o->b ? o->b : o->h;
    const int own = p->units->treatment && (k > 1 || o->h_treatment || o->b_treatment);
    int status = DISTEST_SUCCESS;
    job->designs = k + (own ? 1 : 0);
    DI_TRY(DI_NEW(ctx, pool, &job->design, job->designs, 1));
    DI_TRY(DI_NEW(ctx, pool, H, job->designs, 2));
    DI_TRY(DI_NEW(ctx, pool, B, job->designs, 2));
    memset(job->design, 0, job->designs * sizeof *job->design);
    for (size_t d = 0; d < k; d++) {
        job->design[d].first = d;
        job->design[d].count = k == probs ? 1 : (own ? probs : job->cols);
        for (size_t s = 0; s < 2; s++) {
            (*H)[d + s * job->designs] = o->h[d + s * k];
            (*B)[d + s * job->designs] = b[d + s * k];
        }
    }
    if (k == 1) job->design[0].count = own ? probs : job->cols;
    if (!own) goto done;
    job->design[k].first = probs;
    job->design[k].count = 1;
    for (size_t s = 0; s < 2; s++) {
        const double h = o->h_treatment ? o->h_treatment[s] : o->h[s];
        const double same = o->h_treatment && !o->b ? h : b[s * k];
        (*H)[k + s * job->designs] = h;
        (*B)[k + s * job->designs] = o->b_treatment ? o->b_treatment[s] : same;
    }
done:
    return status;
}

static int check_clusters(distest_context *ctx, const di_rdd_job *job)
{
    for (int s = job->side_from; job->groups && s < job->side_to; s++)
        for (size_t d = 0; d < job->designs; d++)
            if (job->design[d].groups[s] < 2)
                return di_fail(ctx, DISTEST_EINVAL, "cluster",
                               "All units in the bandwidth on the %s of the cutoff are "
                               "in one cluster.",
                               s == RDD_MINUS ? "left" : "right");
    return DISTEST_SUCCESS;
}

int di_rdd_job_open(distest_context *ctx, di_pool *pool, di_rdd_prep *p, int fits,
                    di_rdd_job *job, int *dropped)
{
    double *H, *B;
    int status = DISTEST_SUCCESS;
    memset(job, 0, sizeof *job);
    job->prep = p;
    job->settle = p->guessed ? p : NULL;
    job->side_to = 2;
    job->fits = fits;
    job->p = p->opts->p;
    job->q = p->opts->q;
    job->cols = p->cols;
    DI_TRY(check_bandwidths(ctx, p));
    DI_TRY(make_designs(ctx, pool, job, &H, &B));
    DI_TRY(di_rdd_design_build(ctx, job, H, B, p->opts->deriv, 1, "h", "b"));
    DI_TRY(di_rdd_job_curves(ctx, pool, job, dropped));
    DI_TRY(check_clusters(ctx, job));
done:
    return status;
}

int di_rdd_job_curves(distest_context *ctx, di_pool *pool, di_rdd_job *job,
                      int *dropped)
{
    const di_rdd_prep *p = job->prep;
    int status = DISTEST_SUCCESS;
    job->covariates = p->units->covariates;
    DI_TRY(DI_NEW(ctx, pool, &job->covariate, job->covariates, 1));
    for (size_t k = 0; k < job->covariates; k++) job->covariate[k] = p->cols + k;
    for (int s = job->side_from; p->vce == RDD_NN && s < job->side_to; s++)
        DI_TRY(di_rdd_neighbours_build(ctx, pool, job, s));
    DI_TRY(di_rdd_design_list(ctx, pool, job));
    DI_TRY(di_rdd_pass_beta(ctx, pool, job));
    if (job->covariates) DI_TRY(di_rdd_pass_gamma(ctx, pool, job, dropped));
    for (int s = job->side_from; p->vce == RDD_NN && s < job->side_to; s++)
        DI_TRY(di_rdd_neighbours_sums(ctx, pool, job, s));
done:
    return status;
}

/* pick'beta of a side: the curve at column j of a design, e = 0 cl, 1 bc */
double di_rdd_job_curve(const di_rdd_job *job, const di_rdd_design *d, int side, int e,
                        size_t j)
{
    const size_t t = (size_t)job->p + 1;
    const size_t terms = t + (job->fits == 2 ? (size_t)job->q + 1 : 0);
    const double *beta = d->beta[side] + j * terms;
    double m = 0;
    for (size_t k = 0; k < t; k++) m += d->pick_h[side][k] * beta[k];
    for (size_t k = 0; e == 1 && k < terms - t; k++)
        m += d->pick_b[side][k] * beta[t + k];
    return m;
}

/* Takes the parts of the covariances that the result wants. */
static int want_scores(distest_context *ctx, di_pool *pool, const di_rdd_job *job,
                       const distest_rdd_result *r, di_rdd_scores *s)
{
    const distest_rdd_opts *o = job->prep->opts;
    const size_t cols = job->cols;
    int status = DISTEST_SUCCESS;
    memset(s, 0, sizeof *s);
    s->reported = o->conventional ? 0 : 1;
    s->full[0] = r->vcov_cl != NULL;
    s->full[1] = r->vcov_bc != NULL;
    if (r->vcov_minus || r->vcov_plus || r->vcov_cross) s->full[s->reported] = 1;
    s->joint = job->groups > 0 && o->joint_clusters;
    s->cross = s->joint && r->vcov_cross;
    s->score_rows = distest_rdd_score_rows(job->prep->units, o);
    s->psi = r->scores;
    s->psi_minus = r->scores_minus;
    s->psi_plus = r->scores_plus;
    for (int e = 0; e < 2; e++)
        for (int part = 0; part < RDD_PARTS; part++) {
            if (part == RDD_PART_CROSS && (!s->cross || e != s->reported)) continue;
            DI_TRY(DI_NEW(ctx, pool, &s->part[e][part], cols, s->full[e] ? cols : 2));
        }
    DI_TRY(DI_NEW(ctx, pool, &s->square, cols, 1));
    if (job->prep->units->treatment && s->psi)
        DI_TRY(DI_NEW(ctx, pool, &s->psi_treatment, s->score_rows, 1));
    if (job->prep->common > DI_RDD_PLAIN || job->prep->common < -DI_RDD_PLAIN)
        s->scale = job->prep->common;
done:
    return status;
}

/* Is anything of the second pass wanted? */
static int wants_errors(const distest_rdd_result *r)
{
    return r->se_cl || r->se_bc || r->se_minus || r->se_plus || r->jump_se_cl ||
           r->jump_se_bc || r->jump_treatment || r->vcov_cl || r->vcov_bc ||
           r->vcov_minus || r->vcov_plus || r->vcov_cross || r->scores ||
           r->scores_minus || r->scores_plus || r->residual_ms;
}

/* Scores are written by the units and clusters that have some: the others are 0. */
static void clear_scores(const di_rdd_scores *s, size_t probs)
{
    double *const all[] = {s->psi, s->psi_minus, s->psi_plus};
    for (size_t k = 0; k < 3; k++)
        if (all[k]) memset(all[k], 0, s->score_rows * probs * sizeof(double));
    if (s->psi_treatment) memset(s->psi_treatment, 0, s->score_rows * sizeof(double));
}

static int check_result(distest_context *ctx, const di_rdd_prep *p,
                        const distest_rdd_result *r)
{
    int status = di_check_pointer(ctx, "result", r);
    if (status != DISTEST_SUCCESS) return status;
    if ((r->w_cl || r->w_bc) && p->opts->bandwidths > 1)
        return di_fail(ctx, DISTEST_EINVAL, "w_cl",
                       "`w_cl` and `w_bc` exist for one common bandwidth only.");
    return status;
}

int distest_rdd_fit(const distest_rdd_units *units, const distest_rdd_opts *opts,
                    distest_rdd_result *result, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_prep prep;
    di_rdd_job job;
    di_rdd_scores scores;
    di_rdd_estimate estimate;
    int *dropped;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_rdd_prepare_unseen(ctx, &pool, units, opts, &prep));
    DI_TRY(check_result(ctx, &prep, result));
    DI_TRY(DI_NEW(ctx, &pool, &dropped, units->covariates, 1));
    memset(dropped, 0, units->covariates * sizeof *dropped);
    DI_TRY(di_rdd_job_open(ctx, &pool, &prep, 2, &job, dropped));
    DI_TRY(di_rdd_estimate_curves(ctx, &pool, &job, &estimate));
    DI_TRY(want_scores(ctx, &pool, &job, result, &scores));
    if (units->treatment || wants_errors(result)) {
        clear_scores(&scores, units->probs);
        DI_TRY(di_rdd_pass_scores(ctx, &job, &scores));
    }
    DI_TRY(di_progress(ctx, 1, "done"));
    di_rdd_estimate_write(&job, &estimate, &scores, result);
    for (size_t k = 0; result->dropped && k < units->covariates; k++)
        result->dropped[k] = dropped[k];
done:
    di_pool_free(&pool);
    di_blas_serial_leave();
    return status;
}
