/* rdd_design.c - designs: which units take part, with which weights.
 *
 * With alpha = L^-1 e_nu nu!/h^nu the conventional weights are w_i = k_i r_i'alpha. The
 * bias of that fit is kappa = e_nu'G^-1 sum k R z^(p+1) times the coefficient of
 * z^(p+1), which a fit of order q at b estimates:
 *
 *     w^bc = w^cl - kappa (h / b)^(p+1) e_{p+1}'G_q^-1 R(s) k_b,    s = u / b. */
#include "rdd_design.h"

#include <math.h>
#include <string.h>

typedef struct {
    distest_context *ctx;
    const di_rdd_job *job;
    const double *h, *b;
    int coef, factorial;
    const char *name_h, *name_b;
} build_data;

static int build_side(const build_data *a, distest_context *ctx, size_t number, int s)
{
    const di_rdd_job *job = a->job;
    const di_rdd_prep *p = job->prep;
    di_rdd_design *d = &job->design[number];
    const double h = a->h[number + (size_t)s * job->designs];
    const int p1 = job->p + 1;
    int status = di_rdd_local_build(ctx, p->kernel, s, p->used[s], p->u[s], p->o[s],
                                    job->p, h, a->name_h, &d->h[s]);
    if (status != DISTEST_SUCCESS) return status;
    double scale = pow(h, -a->coef);
    for (int k = 2; a->factorial && k <= a->coef; k++) scale *= k;
    di_rdd_local_pick(&d->h[s], a->coef, d->pick_h[s]);
    for (int k = 0; k < p1; k++) d->pick_h[s][k] *= scale;
    d->kappa[s] = di_rdd_local_solve(&d->h[s], a->coef, d->h[s].next);
    if (job->fits == 2) {
        const double b = a->b[number + (size_t)s * job->designs];
        status = di_rdd_local_build(ctx, p->kernel, s, p->used[s], p->u[s], p->o[s],
                                    job->q, b, a->name_b, &d->b[s]);
        if (status != DISTEST_SUCCESS) return status;
        const double bias = -d->kappa[s] * scale * pow(h / b, p1);
        di_rdd_local_pick(&d->b[s], p1, d->pick_b[s]);
        for (int k = 0; k <= job->q; k++) d->pick_b[s][k] *= bias;
    }
    /* one window lies in the other */
    d->effective[s] = d->h[s].n;
    if (job->fits == 2 && d->b[s].n > d->h[s].n) d->effective[s] = d->b[s].n;
    return DISTEST_SUCCESS;
}

static int build_one(size_t block, int thread, void *data)
{
    const build_data *a = data;
    int status = DISTEST_SUCCESS;
    (void)thread;
    for (int s = a->job->side_from; s < a->job->side_to && status == DISTEST_SUCCESS;
         s++)
        status = build_side(a, NULL, block, s);
    return status;
}

int di_rdd_design_build(distest_context *ctx, const di_rdd_job *job, const double *h,
                        const double *b, int coef, int factorial, const char *name_h,
                        const char *name_b)
{
    build_data a = {ctx, job, h, b, coef, factorial, name_h, name_b};
    int status = di_for_blocks(ctx, "weights", 0.1, 0.2, job->designs, build_one, &a);
    if (status != DISTEST_ESING) return status;
    for (size_t d = 0; d < job->designs; d++) /* again, for the message */
        for (int s = job->side_from; s < job->side_to; s++) {
            status = build_side(&a, ctx, d, s);
            if (status != DISTEST_SUCCESS) return status;
        }
    return status;
}

/* The widest window of the designs on a side: what it does not reach, none does. */
static double widest(const di_rdd_job *job, int s)
{
    double most = 0;
    for (size_t d = 0; d < job->designs; d++) {
        if (job->design[d].h[s].h > most) most = job->design[d].h[s].h;
        if (job->fits == 2 && job->design[d].b[s].h > most)
            most = job->design[d].b[s].h;
    }
    return most;
}

/* The list sorted by cluster, and where each cluster begins. */
static int list_by_cluster(distest_context *ctx, di_pool *pool, di_rdd_job *job)
{
    const di_rdd_prep *p = job->prep;
    const size_t clusters = p->units->clusters;
    int status = DISTEST_SUCCESS;
    di_pool local = {0};
    size_t *count[2] = {NULL, NULL}, *next = NULL, *sorted = NULL, most = 0;
    for (int s = 0; s < 2; s++) {
        DI_TRY(DI_NEW(ctx, &local, &count[s], clusters, 1));
        memset(count[s], 0, clusters * sizeof *count[s]);
        for (size_t i = 0; i < job->listed[s]; i++)
            count[s][p->units->cluster[p->row[s][job->list[s][i]]]]++;
        if (job->listed[s] > most) most = job->listed[s];
    }
    DI_TRY(DI_NEW(ctx, &local, &next, clusters, 1));
    DI_TRY(DI_NEW(ctx, &local, &sorted, most, 1));
    for (size_t g = 0; g < clusters; g++) job->groups += count[0][g] + count[1][g] > 0;
    DI_TRY(DI_NEW(ctx, pool, &job->group, job->groups, 1));
    for (size_t g = 0, k = 0; g < clusters; g++)
        if (count[0][g] + count[1][g] > 0) job->group[k++] = g;
    for (int s = 0; s < 2; s++) {
        size_t before = 0;
        DI_TRY(DI_NEW(ctx, pool, &job->start[s], job->groups + 1, 1));
        for (size_t k = 0; k < job->groups; k++) {
            job->start[s][k] = next[job->group[k]] = before;
            before += count[s][job->group[k]];
        }
        job->start[s][job->groups] = before;
        for (size_t i = 0; i < job->listed[s]; i++) {
            const size_t at = job->list[s][i];
            sorted[next[p->units->cluster[p->row[s][at]]]++] = at;
        }
        if (job->listed[s])
            memcpy(job->list[s], sorted, job->listed[s] * sizeof *sorted);
    }
done:
    di_pool_free(&local);
    return status;
}

/* Clusters with a unit of weight in a design. */
static void count_groups(const di_rdd_job *job, int s, di_rdd_design *d)
{
    const double most = job->fits == 2 && d->b[s].h > d->h[s].h ? d->b[s].h : d->h[s].h;
    d->groups[s] = 0;
    for (size_t g = 0; g < job->groups; g++) {
        size_t i = job->start[s][g];
        while (i < job->start[s][g + 1] &&
               !di_rdd_kernel_reaches(job->prep->kernel,
                                      job->prep->u[s][job->list[s][i]] / most))
            i++;
        d->groups[s] += i < job->start[s][g + 1];
    }
}

int di_rdd_design_list(distest_context *ctx, di_pool *pool, di_rdd_job *job)
{
    const di_rdd_prep *p = job->prep;
    int status = DISTEST_SUCCESS;
    /* one array, for large pages; each side has room for one that is not listed */
    DI_TRY(DI_NEW(ctx, pool, &job->list[RDD_MINUS],
                  p->used[RDD_MINUS] + p->used[RDD_PLUS] + 2, 1));
    job->list[RDD_PLUS] = job->list[RDD_MINUS] + p->used[RDD_MINUS] + 1;
    for (int s = job->side_from; s < job->side_to; s++) {
        const size_t *order = p->vce == RDD_NN ? job->near[s].order : NULL;
        const double most = widest(job, s);
        job->listed[s] = 0;
        for (size_t i = 0; i < p->used[s]; i++) {
            const size_t at = order ? order[i] : i;
            /* no branch: which units are inside no processor can guess */
            job->list[s][job->listed[s]] = at;
            job->listed[s] +=
                (size_t)di_rdd_kernel_reaches(p->kernel, p->u[s][at] / most);
        }
    }
    if (!p->units->cluster) goto done;
    DI_TRY(list_by_cluster(ctx, pool, job));
    for (int s = job->side_from; s < job->side_to; s++)
        for (size_t d = 0; d < job->designs; d++) count_groups(job, s, &job->design[d]);
done:
    return status;
}

void di_rdd_chunk_pad(di_rdd_chunk *c)
{
    c->padded = (c->m + 7) / 8 * 8;
    for (size_t i = c->m; i < c->padded; i++) c->u[i] = c->o[i] = 0;
}

void di_rdd_chunk_open(const di_rdd_job *job, int side, size_t i0, size_t m,
                       di_rdd_chunk *c)
{
    const di_rdd_prep *p = job->prep;
    c->side = side;
    c->m = m;
    for (size_t i = 0; i < m; i++) {
        const size_t at = job->list[side][i0 + i];
        c->at[i] = at;
        c->row[i] = p->row[side][at];
        c->u[i] = p->u[side][at];
        c->o[i] = p->o[side][at];
    }
    di_rdd_chunk_pad(c);
}

void di_rdd_chunk_rows(const di_rdd_job *job, const di_rdd_design *d, di_rdd_chunk *c)
{
    const di_rdd_kernel *kernel = job->prep->kernel;
    const size_t t = (size_t)job->p + 1;
    di_rdd_local_rows(&d->h[c->side], kernel, c->padded, c->u, c->o, 0, c->kh, c->r,
                      RDD_CHUNK);
    if (job->fits == 2)
        di_rdd_local_rows(&d->b[c->side], kernel, c->padded, c->u, c->o, 1, c->kb,
                          c->r + t * RDD_CHUNK, RDD_CHUNK);
}

size_t di_rdd_job_column(const di_rdd_job *job, size_t j)
{
    return j < job->cols ? j : job->covariate[j - job->cols];
}

void di_rdd_chunk_fetch(const di_rdd_chunk *c, const double *column)
{
#if defined(__GNUC__)
    for (size_t i = 0; i < c->m; i += 4) __builtin_prefetch(column + c->row[i]);
#else
    (void)column;
    (void)c;
#endif
}

void di_rdd_chunk_gather(const di_rdd_job *job, const di_rdd_chunk *c, size_t first,
                         size_t count, double *X)
{
    for (size_t j = 0; j < count; j++) {
        const size_t column = di_rdd_job_column(job, first + j);
        const double *from = job->prep->column[column];
        const double scale = ldexp(1, -job->prep->exponent[column]);
        double *to = X + j * RDD_CHUNK;
        if (j + 1 < count)
            di_rdd_chunk_fetch(
                c, job->prep->column[di_rdd_job_column(job, first + j + 1)]);
        for (size_t i = 0; i < c->m; i++) to[i] = from[c->row[i]] * scale;
    }
}
