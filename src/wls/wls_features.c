/* wls_features.c - the basis of a space at points.
 *
 * A multi-index without its last factor is its parent: with the parent's column at
 * hand a feature is one product. Normalised features divide each univariate table by
 * its norm first, so that nothing over- or underflows where polynomials leave the range
 * of doubles; what still vanishes goes through logarithms. */
#include "wls.h"

#include <math.h>
#include <string.h>

size_t di_wls_features_work(const distest_wls_space *s)
{
    return s->N ? 1 : (2 * s->width + s->d + 2) * WLS_BLOCK + 2 * s->width + s->m;
}

static void products(const distest_wls_space *s, size_t n, const double *table,
                     double *phi, size_t ldp, int normalize)
{
    const size_t d = s->d;
    for (size_t j = 0; j < s->m; j++) {
        const int *a = s->idx + j * d;
        double *to = phi + j * ldp;
        size_t from = 0;
        const double *start = NULL;
        if (s->parent[j] >= 0 && !normalize) { /* all but the last factor are there */
            start = phi + (size_t)s->parent[j] * ldp;
            for (size_t k = 0; k < d; k++)
                if (a[k]) from = k;
            const double *t = table + (s->offset[from] + (size_t)a[from]) * WLS_BLOCK;
#pragma omp simd
            for (size_t i = 0; i < n; i++) to[i] = start[i] * t[i];
            continue;
        }
        for (size_t k = 0; k < d; k++) {
            if (!normalize && a[k] == 0 && di_wls_constant_first(s->basis[k])) continue;
            const double *t = table + (s->offset[k] + (size_t)a[k]) * WLS_BLOCK;
            if (!start)
                memcpy(to, t, n * sizeof(double));
            else
                for (size_t i = 0; i < n; i++) to[i] *= t[i];
            start = to;
        }
        if (!start)
            for (size_t i = 0; i < n; i++) to[i] = 1;
    }
}

/* log |.| and signs of coordinate k's functions at x, over the norm of its table: a
 * polynomial's entries there may have vanished, so its recurrence runs again */
static void log_table(const distest_wls_space *s, size_t k, double x,
                      const double *table, double *log_of, double *sign)
{
    const distest_wls_basis *b = s->basis[k];
    const size_t at = s->offset[k], cols = s->cols[k];
    if (b->kind == WLS_POLYNOMIAL || b->kind == WLS_EMPIRICAL) {
        di_wls_log_values(b, x, cols, log_of + at, sign + at);
        return;
    }
    for (size_t j = at; j < at + cols; j++) {
        log_of[j] = log(fabs(table[j * WLS_BLOCK]));
        sign[j] = table[j * WLS_BLOCK] < 0 ? -1 : 1;
    }
}

/* A point whose products all vanished: through logarithms. work: 2 width + m */
static double by_logs(const distest_wls_space *s, const double *x, size_t ldx,
                      const double *table, double *phi, size_t ldp, double *work)
{
    double top = -INFINITY, sum = 0;
    double *log_of = work, *sign = log_of + s->width, *l = sign + s->width;
    for (size_t k = 0; k < s->d; k++) log_table(s, k, x[k * ldx], table, log_of, sign);
    for (size_t j = 0; j < s->m; j++) {
        l[j] = 0;
        phi[j * ldp] = 1;
        for (size_t k = 0; k < s->d; k++) {
            const size_t at = s->offset[k] + (size_t)s->idx[k + j * s->d];
            l[j] += log_of[at];
            phi[j * ldp] *= sign[at];
        }
        if (l[j] > top) top = l[j];
    }
    for (size_t j = 0; j < s->m; j++) {
        phi[j * ldp] *= exp(l[j] - top);
        sum += phi[j * ldp] * phi[j * ldp];
    }
    for (size_t j = 0; j < s->m; j++) phi[j * ldp] /= sqrt(sum);
    return log(sum) + 2 * top;
}

/* divides table k by its norm per point; adds log |.|^2 to logk. Products of tables
 * that stay below 2^200 in all need no such care (returns 0, nothing done). */
static int large(const distest_wls_space *s, size_t n, const double *table,
                 const int *exp2)
{
    for (size_t i = 0; i < n; i++) {
        double all = 1;
        for (size_t k = 0; k < s->d; k++) {
            const double *t = table + s->offset[k] * WLS_BLOCK + i;
            double top = 1;
            if (exp2[i + k * WLS_BLOCK]) return 1;
            for (size_t j = 0; j < s->cols[k]; j++)
                if (fabs(t[j * WLS_BLOCK]) > top) top = fabs(t[j * WLS_BLOCK]);
            all *= top;
        }
        if (!(all < 0x1p200)) return 1;
    }
    return 0;
}

static void normalize_table(const distest_wls_space *s, size_t k, size_t n,
                            double *table, const int *exp2, double *norm, double *logk)
{
    double *t = table + s->offset[k] * WLS_BLOCK;
    for (size_t i = 0; i < n; i++) norm[i] = 0;
    for (size_t j = 0; j < s->cols[k]; j++)
        for (size_t i = 0; i < n; i++)
            norm[i] += t[j * WLS_BLOCK + i] * t[j * WLS_BLOCK + i];
    for (size_t i = 0; i < n; i++) {
        logk[i] += log(norm[i]) + 2 * 0.69314718055994530942 * exp2[i];
        norm[i] = 1 / sqrt(norm[i]);
    }
    for (size_t j = 0; j < s->cols[k]; j++)
        for (size_t i = 0; i < n; i++) t[j * WLS_BLOCK + i] *= norm[i];
}

static void gradients(const distest_wls_space *s, size_t n, const double *table,
                      const double *slope, double *grad, size_t ldg)
{
    const size_t d = s->d, m = s->m;
    for (size_t l = 0; l < d; l++)
        for (size_t j = 0; j < m; j++) {
            double *to = grad + (j + l * m) * ldg;
            for (size_t i = 0; i < n; i++) to[i] = 1;
            for (size_t k = 0; k < d; k++) {
                const size_t at =
                    (s->offset[k] + (size_t)s->idx[k + j * d]) * WLS_BLOCK;
                const double *t = (k == l ? slope : table) + at;
                for (size_t i = 0; i < n; i++) to[i] *= t[i];
            }
        }
}

static void finite_block(const distest_wls_space *s, size_t n, const double *x,
                         int normalize, double *phi, size_t ldp, double *logk)
{
    for (size_t i = 0; i < n; i++) {
        const double *f = s->phi + (size_t)x[i] * s->m;
        const double k = di_dot(s->m, f, f), scale = normalize ? 1 / sqrt(k) : 1;
        if (logk) logk[i] = log(k);
        if (phi)
            for (size_t j = 0; j < s->m; j++) phi[i + j * ldp] = scale * f[j];
    }
}

void di_wls_features_block(const distest_wls_space *s, size_t n, const double *x,
                           size_t ldx, int normalize, double *phi, size_t ldp,
                           double *logk, double *grad, size_t ldg, double *work)
{
    double *table = work, *slope = table + s->width * WLS_BLOCK;
    double *norm = slope + s->width * WLS_BLOCK, *lk = norm + WLS_BLOCK;
    double *scratch = lk + WLS_BLOCK;
    int *exp2 = (int *)(void *)(scratch + 2 * s->width + s->m), far = 0;
    if (s->N) {
        finite_block(s, n, x, normalize, phi, ldp, logk);
        return;
    }
    for (size_t i = 0; i < n; i++) lk[i] = 0;
    for (size_t k = 0; k < s->d; k++) {
        const size_t at = s->offset[k] * WLS_BLOCK;
        di_wls_table(s->basis[k], n, x + k * ldx, s->cols[k], WLS_BLOCK, table + at,
                     grad ? slope + at : NULL, normalize ? exp2 + k * WLS_BLOCK : NULL);
    }
    if (normalize) far = large(s, n, table, exp2);
    for (size_t k = 0; far && k < s->d; k++)
        normalize_table(s, k, n, table, exp2 + k * WLS_BLOCK, norm, lk);
    if (phi) products(s, n, table, phi, ldp, far);
    if (normalize && phi) {
        for (size_t i = 0; i < n; i++) norm[i] = 0;
        for (size_t j = 0; j < s->m; j++)
            for (size_t i = 0; i < n; i++)
                norm[i] += phi[i + j * ldp] * phi[i + j * ldp];
        for (size_t i = 0; i < n; i++) {
            if (norm[i] < 1e-280) {
                lk[i] += by_logs(s, x + i, ldx, table + i, phi + i, ldp, scratch);
                norm[i] = 1;
            } else {
                lk[i] += log(norm[i]);
                norm[i] = 1 / sqrt(norm[i]);
            }
        }
        for (size_t j = 0; j < s->m; j++)
            for (size_t i = 0; i < n; i++) phi[i + j * ldp] *= norm[i];
        if (logk) memcpy(logk, lk, n * sizeof(double));
    }
    if (grad) gradients(s, n, table, slope, grad, ldg);
}

typedef struct {
    const distest_wls_space *s;
    size_t n, per;
    const double *x;
    int normalize;
    double *phi, *logk, *grad, *work;
} feature_job;

static int feature_block(size_t block, int thread, void *data)
{
    const feature_job *j = data;
    const size_t i0 = block * WLS_BLOCK;
    const size_t rows = j->n - i0 < WLS_BLOCK ? j->n - i0 : WLS_BLOCK;
    double *work = j->work + (size_t)thread * j->per;
    double *own = work + di_wls_features_work(j->s); /* m x rows, for logk alone */
    const int logs = j->logk != NULL;
    if (logs && !(j->normalize && j->phi))
        di_wls_features_block(j->s, rows, j->x + i0, j->n, 1, own, WLS_BLOCK,
                              j->logk + i0, NULL, 0, work);
    if (j->phi || j->grad)
        di_wls_features_block(j->s, rows, j->x + i0, j->n, j->normalize && j->phi,
                              j->phi ? j->phi + i0 : NULL, j->n,
                              logs && j->normalize ? j->logk + i0 : NULL,
                              j->grad && !j->normalize ? j->grad + i0 : NULL, j->n,
                              work);
    if (j->grad && j->normalize) /* derivatives are of phi itself */
        di_wls_features_block(j->s, rows, j->x + i0, j->n, 0, NULL, 0, NULL,
                              j->grad + i0, j->n, work);
    return DISTEST_SUCCESS;
}

static int check_candidates(const distest_wls_space *s, size_t n, const double *x,
                            distest_context *ctx)
{
    for (size_t i = 0; s->N && i < n; i++)
        if (x[i] < 0 || x[i] >= (double)s->N || x[i] != floor(x[i]))
            return di_fail(ctx, DISTEST_EINVAL, "x",
                           "`x[%zu]` must be a row number below %zu, not %g.", i + 1,
                           s->N, x[i]);
    return DISTEST_SUCCESS;
}

int distest_wls_features(const distest_wls_space *space, size_t n, const double *x,
                         int normalize, double *phi, double *logk, double *grad,
                         distest_context *ctx)
{
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "space", space));
    DI_TRY(di_check_finite(ctx, "x", n * (space->N ? 1 : space->d), x));
    DI_TRY(di_wls_check_held(space, ctx));
    DI_TRY(check_candidates(space, n, x, ctx));
    for (size_t k = 0; grad && k < space->d; k++)
        if (space->basis[k]->kind == WLS_HAAR)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "grad",
                           "Haar functions have no derivative."));
    if (grad && space->N)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "grad",
                       "features on finite sets have no derivative."));
    feature_job job = {space, n, 0, x, normalize, phi, logk, grad, NULL};
    job.per = di_wls_features_work(space) +
              (logk && !(normalize && phi) ? WLS_BLOCK * space->m : 0);
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx), job.per));
    DI_TRY(di_for_blocks(ctx, "features", 0, 1, (n + WLS_BLOCK - 1) / WLS_BLOCK,
                         feature_block, &job));
done:
    di_pool_free(&pool);
    return status;
}
