/* surv_search.c - climbs from all starts, and what is reported of the best. */
#include "linalg.h"
#include "surv.h"

#include <math.h>
#include <string.h>

enum { FEW_ROWS = 5000 }; /* cheap enough to follow every start */
enum { NULL_ROWS = 10000, NULL_EVENTS = 200 };
enum { ROUNDS = 30 };                 /* of max_iter steps, for a climb that goes on */
static const double SAME = 1e-9;      /* of log-likelihoods: the first start has it */
static const double HIGHER = 1e-6;    /* what is higher is another optimum */
static const double GAMMA_HUGE = 9.2; /* log gamma at an event: beyond any hazard */
static const double SCALED_HUGE = 15; /* a coefficient times its column's spread */
static const double ERROR_HUGE = 1e4; /* its standard error, in the same units */

static int better(const di_surv_summit *a, const di_surv_summit *b)
{
    if (a->converged != b->converged) return a->converged;
    return a->loglik > b->loglik + SAME;
}

/* Climbs from f->trial and keeps the result when it is the best. */
int di_surv_search_from(di_surv_search *f, const di_surv_problem *q, double kappa,
                        int first)
{
    di_surv_summit top;
    const size_t P = f->q.P, k = f->info->starts;
    int status = di_surv_climb(q, &f->work, f->opts, f->trial, f->trial_H, &top);
    if (status == DISTEST_ECONV)
        top = (di_surv_summit){.loglik = -INFINITY, .q = *q};
    else if (status != DISTEST_SUCCESS)
        return status;
    if (k < DISTEST_SURV_MOST_STARTS && !f->around) {
        f->info->start_kappa[k] = kappa;
        f->info->start_loglik[k] = top.loglik;
        f->info->starts++;
    }
    if (!top.converged && top.loglik > f->open_loglik) {
        f->open_loglik = top.loglik;
        memcpy(f->open, f->trial, P * sizeof *f->open);
    }
    if (first || better(&top, &f->top)) {
        f->top = top;
        memcpy(f->theta, f->trial, P * sizeof *f->theta);
        memcpy(f->H, f->trial_H, P * P * sizeof *f->H);
    }
    return DISTEST_SUCCESS;
}

/* Null models say where to start, no more: every step-th row is enough of many, unless
 * these happen to hold few events. The step is odd, as rows may alternate. */
static di_surv_problem null_rows(const di_surv_problem *q)
{
    di_surv_problem some = *q;
    size_t events = 0, rows;
    if (q->remote || di_surv_rows(q) < 4 * NULL_ROWS) return some;
    some.step = q->step * ((di_surv_rows(q) / NULL_ROWS) | 1);
    some.passes = NULL;
    rows = di_surv_rows(&some);
    for (size_t i = 0; i < rows; i++)
        events += q->data->type[i * some.step] != DISTEST_SURV_RIGHT;
    return events >= NULL_EVENTS ? some : *q;
}

int di_surv_search_all(di_surv_search *f, di_surv_problem *q)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->q.P;
    double kappa[DISTEST_SURV_MOST_STARTS];
    size_t found = 0, most = f->opts->n_start;
    if (most == DISTEST_SURV_STARTS_AUTO)
        most = q->remote || f->data->n > FEW_ROWS ? 3 : DISTEST_SURV_MOST_STARTS;
    if (most >= DISTEST_SURV_MOST_STARTS) most = DISTEST_SURV_MOST_STARTS - 1;
    di_surv_problem null = null_rows(q);
    if (most > 0)
        DI_TRY(di_surv_starts(&null, &f->work, most, kappa, f->starts, &found));
    for (size_t i = 0; i < found; i++) {
        memcpy(f->trial, f->starts + i * P, P * sizeof *f->trial);
        DI_TRY(di_surv_search_from(f, q, kappa[i], i == 0));
    }
    if (f->opts->start) {
        memcpy(f->trial, f->opts->start, P * sizeof *f->trial);
        di_surv_to_working(f->data, &f->work, f->trial);
        DI_TRY(di_surv_search_from(f, q, NAN, found == 0));
    }
done:
    return status;
}

/* V = H^-1, both small, through unit diagonal; 0 when H is not positive definite */
static int invert(size_t P, double *H, double *scale)
{
    for (size_t i = 0; i < P; i++) {
        if (!(H[i + i * P] > 0)) return 0;
        scale[i] = 1 / sqrt(H[i + i * P]);
    }
    for (size_t j = 0; j < P; j++)
        for (size_t i = 0; i < P; i++) H[i + j * P] *= scale[i] * scale[j];
    if (di_cholesky('L', P, H, P, NULL) != DISTEST_SUCCESS) return 0;
    if (di_cholesky_inverse('L', P, H, P) != DISTEST_SUCCESS) return 0;
    for (size_t j = 0; j < P; j++)
        for (size_t i = 0; i < P; i++) H[i + j * P] *= scale[i] * scale[j];
    return 1;
}

/* With few rows there may be other optima, mostly in a covariate's coefficients: climbs
 * again from 3 standard errors to either side of the best, one coefficient at a time.
 * A Weibull with one gamma has one optimum. */
static int has_one_optimum(const di_surv_problem *q)
{
    const di_surv_design *kappa = &q->par[KAPPA], *gamma = &q->par[GAMMA];
    return q->kernel == DISTEST_SURV_KERNEL_FINITE && kappa->p == 0 && !kappa->offset &&
           fabs(kappa->value - log(2)) < 1e-12 && gamma->p <= 1 && !gamma->offset;
}

/* Standard errors in working coordinates; 1 where there is none. */
static void spreads(const di_surv_search *f, double *se)
{
    const di_surv_problem *q = &f->top.q;
    const size_t s = q->P;
    double *A = f->small, *scale = A + s * s;
    memcpy(A, f->H, s * s * sizeof *A);
    const int ok = invert(s, A, scale);
    for (size_t k = 0; k < f->q.P; k++) se[k] = 1;
    for (int j = 0; ok && j < PARAMETERS; j++)
        for (size_t c = 0; c < q->par[j].p; c++) {
            const size_t k = q->par[j].first + c;
            se[f->q.par[j].first + c] = fmin(sqrt(A[k + k * s]), 1);
        }
}

int di_surv_search_around(di_surv_search *f, const di_surv_problem *q)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->q.P;
    double *base = f->starts, *se = f->starts + P;
    if (q->remote || f->data->n > FEW_ROWS || f->opts->n_start == 0 ||
        has_one_optimum(q))
        return DISTEST_SUCCESS;
    f->around = 1;
    for (int round = 0; round < 3; round++) {
        const double before = f->top.loglik;
        if (!isfinite(before)) break;
        memcpy(base, f->theta, P * sizeof *base);
        spreads(f, se);
        for (size_t k = 0; k < P; k++)
            if (!isfinite(base[k])) base[k] = base[k] > 0 ? 3 : -3;
        for (int j = 0; j < KAPPA; j++)
            for (size_t c = 0; c < f->q.par[j].p; c++)
                for (int side = -1; side <= 1; side += 2) {
                    const size_t k = f->q.par[j].first + c;
                    if (c == f->work.intercept[j] && j != GAMMA) continue;
                    memcpy(f->trial, base, P * sizeof *base);
                    f->trial[k] += 3 * side * se[k];
                    DI_TRY(di_surv_search_from(f, q, NAN, 0));
                }
        if (f->top.loglik < before + 1e-6) break;
    }
done:
    f->around = 0;
    return status;
}

static int gamma_runs_off(const di_surv_search *f, const double *theta)
{
    double eta[PARAMETERS];
    const distest_surv_data *d = f->q.data;
    if (f->q.remote) return f->q.remote->facts[DI_SURV_GAMMA] > GAMMA_HUGE;
    for (size_t i = 0; i < d->n; i++) {
        if (d->type[i] == DISTEST_SURV_RIGHT) continue;
        di_surv_eta(&f->q, theta, i, eta);
        if (eta[GAMMA] > GAMMA_HUGE) return 1;
    }
    return 0;
}

/* A climb that ended on the way, higher than any that arrived: a ridge that bends
 * (gamma kappa alone is known) takes thousands of steps. It goes on as long as it
 * gains. What has still not arrived is reported as it is, but not where gamma runs off:
 * there is no top, and the one that was found stays. */
int di_surv_search_further(di_surv_search *f, const di_surv_problem *q)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->q.P;
    if (q->remote || f->data->n > FEW_ROWS ||
        f->opts->n_start != DISTEST_SURV_STARTS_AUTO)
        return DISTEST_SUCCESS;
    f->around = 1;
    for (int round = 0; round < ROUNDS; round++) {
        const double before = f->open_loglik;
        if (!(before > f->top.loglik + HIGHER) && f->top.converged) break;
        if (!isfinite(before) || gamma_runs_off(f, f->open)) break;
        memcpy(f->trial, f->open, P * sizeof *f->trial);
        DI_TRY(di_surv_search_from(f, q, NAN, 0));
        if (!(f->open_loglik > before + SAME)) break;
    }
    if (f->top.converged && f->open_loglik > f->top.loglik + HIGHER &&
        !gamma_runs_off(f, f->open)) {
        memcpy(f->trial, f->open, P * sizeof *f->trial);
        DI_TRY(di_surv_search_from(f, q, NAN, 1));
    }
done:
    f->around = 0;
    return status;
}

int di_surv_search_memory(di_surv_search *f, di_pool *pool)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->work.P;
    DI_TRY(DI_NEW(f->ctx, pool, &f->theta, P, 1));
    DI_TRY(DI_NEW(f->ctx, pool, &f->trial, P, 1));
    DI_TRY(DI_NEW(f->ctx, pool, &f->open, P, 1));
    f->open_loglik = -INFINITY;
    DI_TRY(DI_NEW(f->ctx, pool, &f->H, P, P));
    DI_TRY(DI_NEW(f->ctx, pool, &f->trial_H, P, P));
    DI_TRY(DI_NEW(f->ctx, pool, &f->starts, DISTEST_SURV_MOST_STARTS, P));
    DI_TRY(DI_NEW(f->ctx, pool, &f->V, P, P));
    DI_TRY(DI_NEW(f->ctx, pool, &f->robust, P, P));
    DI_TRY(DI_NEW(f->ctx, pool, &f->small, 3 * P, P));
done:
    return status;
}

/* A small matrix (of top.q) into a P x P one of the user's coordinates; NaN where a
 * coefficient is on its boundary. */
static void spread(const di_surv_search *f, const double *small, double *out)
{
    const size_t P = f->q.P, s = f->top.q.P;
    const di_surv_problem *q = &f->top.q;
    memset(out, 0, P * P * sizeof *out);
    for (int j = 0; j < PARAMETERS; j++)
        for (int m = 0; m < PARAMETERS; m++)
            for (size_t c = 0; c < q->par[j].p; c++)
                for (size_t d = 0; d < q->par[m].p; d++)
                    out[f->q.par[j].first + c + (f->q.par[m].first + d) * P] =
                        small[q->par[j].first + c + (q->par[m].first + d) * s];
    di_surv_cov_to_user(f->data, &f->work, out);
    for (int j = 0; j < PARAMETERS; j++)
        for (size_t c = q->par[j].p; c < f->q.par[j].p; c++)
            for (size_t i = 0; i < P; i++) {
                const size_t k = f->q.par[j].first + c;
                out[k + i * P] = out[i + k * P] = NAN;
            }
}

/* V and V M V from f->H, into scratch of three P x P. */
static int covariances(di_surv_search *f, double *vcov, double *robust, double *scratch)
{
    int status = DISTEST_SUCCESS;
    const size_t P = f->q.P, s = f->top.q.P;
    double *small = scratch, *M = scratch + P * P, *VM = scratch + 2 * P * P;
    if (!invert(s, f->H, scratch)) {
        f->info->flat = 1;
        for (size_t i = 0; i < P * P; i++) vcov[i] = NAN;
        for (size_t i = 0; robust && i < P * P; i++) robust[i] = NAN;
        return DISTEST_SUCCESS;
    }
    for (size_t i = 0; i < s; i++)
        if (f->H[i + i * s] > ERROR_HUGE * ERROR_HUGE) f->info->flat = 1;
    spread(f, f->H, vcov);
    if (!robust) return DISTEST_SUCCESS;
    di_surv_gather(&f->top.q, &f->q, f->theta, f->trial);
    DI_TRY(di_surv_middle(&f->top.q, f->trial, f->info->clusters, M));
    di_gemm('N', 'N', s, s, s, 1, f->H, s, M, s, 0, VM, s);
    di_gemm('N', 'N', s, s, s, 1, VM, s, f->H, s, 0, small, s);
    di_symmetrize('L', s, small, s);
    spread(f, small, robust);
done:
    return status;
}

/* The coefficient, in working units, that is beyond anything; P: none. */
static size_t runs_away(const di_surv_search *f)
{
    size_t most = f->q.P;
    double beyond = SCALED_HUGE;
    for (int j = 0; j < GAMMA + 1; j++)
        for (size_t c = 0; c < f->q.par[j].p; c++) {
            const size_t k = f->q.par[j].first + c;
            if (c == f->work.intercept[j] || !(fabs(f->theta[k]) > beyond)) continue;
            beyond = fabs(f->theta[k]);
            most = k;
        }
    return isfinite(beyond) ? most : f->q.P;
}

/* The largest loading of the flattest direction: of the scaled Hessian (in f->H) the
 * vector of the smallest eigenvalue. */
static int flattest(di_surv_search *f, size_t *which)
{
    int status = DISTEST_SUCCESS;
    const size_t s = f->top.q.P;
    double *A = f->small, *Q = A + s * s, *values = Q + s * s;
    size_t most = 0;
    for (size_t j = 0; j < s; j++)
        for (size_t i = 0; i < s; i++)
            A[i + j * s] =
                f->H[i + j * s] / sqrt(fabs(f->H[i + i * s] * f->H[j + j * s]));
    for (size_t i = 0; i < s * s; i++)
        if (!isfinite(A[i])) return DISTEST_SUCCESS;
    DI_TRY(di_eigen_sym(f->ctx, s, A, s, values, Q, s));
    for (size_t i = 1; i < s; i++)
        if (fabs(Q[i]) > fabs(Q[most])) most = i;
    for (int j = 0; j < PARAMETERS; j++) {
        const di_surv_design *own = &f->top.q.par[j];
        if (most >= own->first && most < own->first + own->p)
            *which = f->q.par[j].first + most - own->first;
    }
done:
    return status == DISTEST_ECONV ? DISTEST_SUCCESS : status;
}

static void describe(di_surv_search *f)
{
    distest_surv_info *info = f->info;
    /* the density of an event is per unit of the data's time */
    const double change = info->events * log(f->work.unit);
    info->loglik = f->top.loglik - change;
    for (size_t k = 0; k < info->starts; k++) info->start_loglik[k] -= change;
    info->df = f->q.P;
    info->converged = f->top.converged;
    info->boundary = f->top.boundary;
    info->kernel = f->top.q.kernel;
    info->iterations = f->top.iterations;
    info->decrement = f->top.decrement;
    info->min_eigen = f->top.min_eigen;
    info->flat_coef = runs_away(f);
    info->flat = f->top.min_eigen < 1e-10 || info->flat_coef < f->q.P;
    if (!info->converged && gamma_runs_off(f, f->theta))
        info->boundary = DISTEST_SURV_GAMMA_INF;
}

int di_surv_search_end(di_surv_search *f, int robust)
{
    int status = DISTEST_SUCCESS;
    distest_surv_info *info = f->info;
    if (!isfinite(f->top.loglik))
        return di_fail(f->ctx, DISTEST_ECONV, NULL,
                       "The likelihood cannot be computed at any starting value.");
    describe(f);
    if (info->flat && info->flat_coef == f->q.P &&
        info->boundary != DISTEST_SURV_PHI_ZERO)
        DI_TRY(flattest(f, &info->flat_coef));
    DI_TRY(covariances(f, f->V, robust ? f->robust : NULL, f->small));
    f->info->passes = f->passes;
    di_surv_to_user(f->data, &f->work, f->theta);
done:
    return status;
}
