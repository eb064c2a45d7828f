/* rdd_residual.c - the scores of a chunk of units: weights of residuals, residuals. */
#include "rdd_score.h"

#include <math.h>
#include <string.h>

#define DI_KERNEL "../rdd/rdd_residual_kernel.h"
#include "isa.h"

static const double LEAST = 1e-8; /* of 1 - leverage */

double di_rdd_chunk_weight(const di_rdd_job *job, const di_rdd_design *d,
                           const di_rdd_chunk *c, int e, size_t i)
{
    const size_t t = (size_t)job->p + 1;
    double h = 0, b = 0;
    for (size_t k = 0; k < t; k++) h += c->r[i + k * RDD_CHUNK] * d->pick_h[c->side][k];
    if (e == 0) return c->kh[i] * h;
    for (size_t k = 0; k <= (size_t)job->q; k++)
        b += c->r[i + (t + k) * RDD_CHUNK] * d->pick_b[c->side][k];
    return c->kh[i] * h + c->kb[i] * b;
}

/* k and the rows r of estimate e; how many terms */
static size_t fit_of(const di_rdd_job *job, const di_rdd_chunk *c, int e,
                     const double **k, const double **r)
{
    const size_t t = (size_t)job->p + 1;
    *k = e == 0 ? c->kh : c->kb;
    *r = e == 0 ? c->r : c->r + t * RDD_CHUNK;
    return e == 0 ? t : (size_t)job->q + 1;
}

/* The factor of a side: hc1 and cr1. */
static double side_factor(const di_rdd_pass *a, const di_rdd_design *d, int side,
                          size_t terms)
{
    const double n = (double)d->effective[side], k = (double)terms;
    const double g = (double)d->groups[side];
    if (!(n > k)) return 1; /* the fit is exact */
    if (a->job->prep->vce == RDD_HC1) return sqrt(n / (n - k));
    if (a->job->prep->vce == RDD_CR1 && g > 1)
        return sqrt((n - 1) / (n - k) * (g / (g - 1)));
    return 1;
}

/* f of e = f (D - r'beta), one number a unit */
static double unit_factor(const di_rdd_pass *a, const di_rdd_chunk *c, int e, size_t i,
                          double of_side, int *full)
{
    const int vce = a->job->prep->vce;
    const double *k, *r;
    double l = 0;
    if (vce != RDD_HC2 && vce != RDD_HC3) return of_side;
    const size_t terms = fit_of(a->job, c, e, &k, &r);
    for (size_t j = 0; j < terms; j++) l += r[i + j * RDD_CHUNK] * r[i + j * RDD_CHUNK];
    const double rest = 1 - k[i] * l;
    if (k[i] > 0 && rest < LEAST) {
        *full = 1;
        return 0;
    }
    return k[i] > 0 ? (vce == RDD_HC2 ? 1 / sqrt(rest) : 1 / rest) : 1;
}

/* is it the design whose oddities are counted? */
static int counts(const di_rdd_pass *a, const di_rdd_design *d, int e)
{
    return d->first == 0 && e == a->out->reported;
}

void di_rdd_omega_units(const di_rdd_pass *a, const di_rdd_design *d, di_rdd_scratch *w,
                        double *out)
{
    const di_rdd_chunk *c = &w->chunk;
    di_rdd_chunk_rows(a->job, d, &w->chunk);
    for (int e = 0; e < a->job->fits; e++) {
        const size_t terms = (size_t)(e == 0 ? a->job->p : a->job->q) + 1;
        const double of_side = side_factor(a, d, c->side, terms);
        for (size_t i = 0; i < c->m; i++) {
            int full = 0;
            const double f = unit_factor(a, c, e, i, of_side, &full);
            if (e == 0) w->factor[i] = f;
            w->omega[e][i] = f * di_rdd_chunk_weight(a->job, d, c, e, i);
            if (full && counts(a, d, e)) out[RDD_COUNT_LEVERAGE] += 1;
        }
    }
}

/* y = (I - sum k r r')^-1 sum w r of a cluster in place of v; 0 when singular */
static int solve_cluster(size_t t, double *M, double *v)
{
    for (size_t j = 0; j < t; j++) M[j + j * t] += 1;
    int singular = di_cholesky('L', t, M, t, NULL) != DISTEST_SUCCESS;
    for (size_t j = 0; !singular && j < t; j++)
        singular = M[j + j * t] * M[j + j * t] < LEAST;
    if (singular)
        memset(v, 0, t * sizeof *v);
    else
        di_cholesky_solve('L', t, 1, M, t, v, t);
    return singular;
}

/* M -= sum k r r', v += sum w r over the chunk; w is taken from omega */
static void add_cluster(const di_rdd_job *job, const di_rdd_chunk *c, int e,
                        const double *omega, double *M, double *v)
{
    const double *k, *r;
    const size_t t = fit_of(job, c, e, &k, &r);
    for (size_t j = 0; j < t; j++) {
        for (size_t l = j; l < t; l++)
            for (size_t i = 0; i < c->m; i++)
                M[l + j * t] -= k[i] * r[i + l * RDD_CHUNK] * r[i + j * RDD_CHUNK];
        for (size_t i = 0; i < c->m; i++) v[j] += omega[i] * r[i + j * RDD_CHUNK];
    }
}

static void adjust_cluster(const di_rdd_job *job, const di_rdd_chunk *c, int e,
                           const double *y, double *omega)
{
    const double *k, *r;
    const size_t t = fit_of(job, c, e, &k, &r);
    for (size_t j = 0; j < t; j++)
        for (size_t i = 0; i < c->m; i++)
            omega[i] += k[i] * r[i + j * RDD_CHUNK] * y[j];
}

static void omega_cr3(const di_rdd_pass *a, const di_rdd_design *d, int side, int e,
                      size_t from, size_t to, di_rdd_scratch *w, double *omega,
                      double *out)
{
    const di_rdd_job *job = a->job;
    const size_t t = (size_t)(e == 0 ? job->p : job->q) + 1;
    double M[RDD_TERMS * RDD_TERMS], v[RDD_TERMS];
    memset(M, 0, t * t * sizeof *M);
    memset(v, 0, t * sizeof *v);
    for (int second = 0; second < 2; second++) {
        for (size_t i0 = from; i0 < to; i0 += RDD_CHUNK) {
            di_rdd_chunk_open(job, side, i0, to - i0 < RDD_CHUNK ? to - i0 : RDD_CHUNK,
                              &w->chunk);
            di_rdd_chunk_rows(job, d, &w->chunk);
            if (second)
                adjust_cluster(job, &w->chunk, e, v, omega + (i0 - from));
            else
                add_cluster(job, &w->chunk, e, omega + (i0 - from), M, v);
        }
        if (!second && solve_cluster(t, M, v)) {
            if (counts(a, d, e)) out[RDD_COUNT_LEVERAGE] += 1;
            return;
        }
    }
}

void di_rdd_omega_clusters(const di_rdd_pass *a, const di_rdd_design *d, int side,
                           size_t g0, size_t g1, di_rdd_scratch *w, double *out)
{
    const di_rdd_job *job = a->job;
    const size_t *start = job->start[side];
    for (size_t i0 = start[g0]; i0 < start[g1]; i0 += RDD_CHUNK) {
        const size_t left = start[g1] - i0, at = i0 - start[g0];
        di_rdd_chunk_open(job, side, i0, left < RDD_CHUNK ? left : RDD_CHUNK,
                          &w->chunk);
        di_rdd_chunk_rows(job, d, &w->chunk);
        for (int e = 0; e < job->fits; e++) {
            const size_t terms = (size_t)(e == 0 ? job->p : job->q) + 1;
            const double of_side = side_factor(a, d, side, terms);
            for (size_t i = 0; i < w->chunk.m; i++) {
                int full = 0;
                w->omega[e][at + i] = unit_factor(a, &w->chunk, e, i, of_side, &full) *
                                      di_rdd_chunk_weight(job, d, &w->chunk, e, i);
                if (full && counts(a, d, e)) out[RDD_COUNT_LEVERAGE] += 1;
            }
        }
    }
    for (size_t g = g0; job->prep->vce == RDD_CR3 && g < g1; g++)
        for (int e = 0; e < job->fits && start[g + 1] > start[g]; e++)
            omega_cr3(a, d, side, e, start[g], start[g + 1], w,
                      w->omega[e] + (start[g] - start[g0]), out);
}

/* X = D - Z gamma, or its deviation from the neighbours: with covariates or neighbours
 * all columns of a design at once */
static void adjusted_columns(const di_rdd_pass *a, const di_rdd_design *d,
                             di_rdd_scratch *w)
{
    const di_rdd_job *job = a->job;
    const size_t z = job->covariates, m = w->chunk.m;
    double *Z = w->X + d->count * RDD_CHUNK;
    if (job->prep->vce == RDD_NN) {
        di_rdd_neighbours_residual(job, d, &w->chunk, d->first, d->count, w->X);
        if (z) di_rdd_neighbours_residual(job, d, &w->chunk, job->cols, z, Z);
    } else {
        di_rdd_chunk_gather(job, &w->chunk, d->first, d->count, w->X);
        di_rdd_chunk_gather(job, &w->chunk, job->cols, z, Z);
    }
    if (z)
        di_gemm('N', 'N', m, d->count, z, -1, Z, RDD_CHUNK, d->gamma, z, 1, w->X,
                RDD_CHUNK);
    for (size_t j = 0; j < d->count; j++)
        memset(w->X + m + j * RDD_CHUNK, 0, (w->chunk.padded - m) * sizeof *w->X);
}

/* column j of a design, scaled; the entries past m are those of the first unit */
static const double *one_column(const di_rdd_pass *a, const di_rdd_design *d, size_t j,
                                di_rdd_scratch *w)
{
    const di_rdd_prep *p = a->job->prep;
    const size_t column = d->first + j;
    if (p->vce == RDD_NN || a->job->covariates) return w->X + j * RDD_CHUNK;
    if (j + 1 < d->count) di_rdd_chunk_fetch(&w->chunk, p->column[column + 1]);
    DI_PICK(pick)
    (w->chunk.padded, p->column[column], w->chunk.row, ldexp(1, -p->exponent[column]),
     w->x);
    return w->x;
}

/* weights of sums of squares, and how many units they are about */
static void open_sums(const di_rdd_pass *a, const di_rdd_design *d, int units,
                      size_t at, di_rdd_scratch *w, double *out)
{
    di_rdd_chunk *c = &w->chunk;
    for (size_t i = 0; i < c->padded; i++)
        w->inside[i] = c->kh[i] > 0 ? (units ? w->factor[i] : 1) : 0;
    for (size_t i = c->m; i < c->padded; i++) {
        c->row[i] = c->row[0];
        for (int e = 0; units && e < a->job->fits; e++) w->omega[e][at + i] = 0;
    }
    for (size_t i = 0; a->out->square && d->first == 0 && i < c->m; i++)
        out[RDD_COUNT_UNITS] += c->kh[i] > 0;
}

void di_rdd_scores_chunk(const di_rdd_pass *a, const di_rdd_design *d,
                         di_rdd_scratch *w, size_t at, const size_t *local, double *out)
{
    const di_rdd_job *job = a->job;
    const int nn = job->prep->vce == RDD_NN, side = w->chunk.side;
    const size_t t = (size_t)job->p + 1, m = w->chunk.m, padded = w->chunk.padded;
    const size_t terms = t + (job->fits == 2 ? (size_t)job->q + 1 : 0);
    const int part = side == RDD_MINUS ? RDD_PART_MINUS : RDD_PART_PLUS;
    if (local) di_rdd_chunk_rows(job, d, &w->chunk);
    open_sums(a, d, !local, at, w, out);
    if (nn || job->covariates) adjusted_columns(a, d, w);
    for (size_t j = 0; j < d->count; j++) {
        const double *x = one_column(a, d, j, w), *k, *r;
        for (int e = 0; e < job->fits; e++) {
            const size_t fit = fit_of(job, &w->chunk, e, &k, &r);
            const double *beta = d->beta[side] + j * terms + (e == 0 ? 0 : t);
            const double *omega = w->omega[e] + at;
            double *psi = w->psi[e][side] + (d->first + j) * RDD_CHUNK;
            double *to = a->keep[e] && !local ? psi : w->scored;
            DI_PICK(residual)
            (padded, x, nn ? 0 : fit, r, RDD_CHUNK, beta, omega, w->e, to);
            if (!a->keep[e])
                out[a->offset[e][part] + d->first + j] +=
                    DI_PICK(squares)(padded, omega, w->e);
            for (size_t i = 0; local && i < m; i++) psi[local[i]] += to[i];
            if (e == 0 && a->out->square)
                out[a->squares + d->first + j] +=
                    DI_PICK(squares)(padded, w->inside, w->e);
        }
    }
}
