/* rdd_stage.c - one coefficient of a local polynomial on one side, with its variance:
 * what the bandwidth rules are made of. */
#include "rdd_fit.h"

#include <math.h>
#include <string.h>

static int open_stage(distest_context *ctx, di_pool *pool, const di_rdd_prep *p,
                      const di_rdd_stage *t, di_rdd_job *job)
{
    const size_t probs = p->units->probs;
    int status = DISTEST_SUCCESS;
    double *H;
    memset(job, 0, sizeof *job);
    job->prep = p;
    job->side_from = t->side;
    job->side_to = t->side + 1;
    job->fits = 1;
    job->p = t->order;
    job->cols = probs;
    job->designs = t->bandwidths;
    job->given = t->given;
    DI_TRY(DI_NEW(ctx, pool, &job->design, job->designs, 1));
    DI_TRY(DI_NEW(ctx, pool, &H, job->designs, 2));
    memset(job->design, 0, job->designs * sizeof *job->design);
    for (size_t d = 0; d < job->designs; d++) {
        job->design[d].first = d;
        job->design[d].count = job->designs == 1 ? probs : 1;
        H[d] = H[d + job->designs] = t->h[d];
    }
    DI_TRY(di_rdd_design_build(ctx, job, H, H, t->coef, 0, t->argument, t->argument));
done:
    return status;
}

/* slopes of all covariates, in scaled columns; those left out are 0 */
static void write_slopes(const di_rdd_job *job, double *gamma)
{
    const size_t z = job->prep->units->covariates;
    memset(gamma, 0, z * job->cols * sizeof *gamma);
    for (size_t n = 0; n < job->designs && job->covariates; n++)
        for (size_t j = 0; j < job->design[n].count; j++)
            for (size_t k = 0; k < job->covariates; k++)
                gamma[job->covariate[k] - job->prep->cols +
                      (job->design[n].first + j) * z] =
                    job->design[n].gamma[k + j * job->covariates];
}

int di_rdd_stage_fit(distest_context *ctx, const di_rdd_prep *p, const di_rdd_stage *t)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_job job;
    di_rdd_scores s = {0};
    const int part = t->side == RDD_MINUS ? RDD_PART_MINUS : RDD_PART_PLUS;
    int *dropped;
    DI_TRY(DI_NEW(ctx, &pool, &dropped, p->units->covariates, 1));
    DI_TRY(open_stage(ctx, &pool, p, t, &job));
    DI_TRY(di_rdd_job_curves(ctx, &pool, &job, dropped));
    if (t->variance) {
        DI_TRY(DI_NEW(ctx, &pool, &s.part[0][part], job.cols, 2));
        DI_TRY(di_rdd_pass_scores(ctx, &job, &s));
    }
    for (size_t n = 0; n < job.designs; n++) {
        const di_rdd_design *d = &job.design[n];
        if (t->kappa) t->kappa[n] = d->kappa[t->side];
        for (size_t j = 0; j < d->count; j++) {
            const int unit = p->exponent[d->first + j] - p->common;
            t->value[d->first + j] =
                ldexp(di_rdd_job_curve(&job, d, t->side, 0, j), unit);
            if (t->variance)
                t->variance[d->first + j] =
                    ldexp(s.part[0][part][d->first + j], 2 * unit);
        }
    }
    if (t->gamma) write_slopes(&job, t->gamma);
done:
    di_pool_free(&pool);
    return status;
}
