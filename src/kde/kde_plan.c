/* kde_plan.c - an estimate made ready: input checked, points centred, whitened, cut
 * into panels, equal points found. */
#include "kde.h"

#include <math.h>
#include <string.h>

distest_kde_opts distest_kde_opts_default(void)
{
    return (distest_kde_opts){.size = sizeof(distest_kde_opts), .kernel = "gaussian"};
}

static int check_bandwidth(distest_context *ctx, size_t d, const distest_kde_opts *o)
{
    if (o->shape < DISTEST_KDE_SCALAR || o->shape > DISTEST_KDE_FULL)
        return di_fail(ctx, DISTEST_EINVAL, "shape",
                       "`shape` must be 0, 1 or 2, not %d.", o->shape);
    if (o->scaling < DISTEST_KDE_NONE || o->scaling > DISTEST_KDE_COV)
        return di_fail(ctx, DISTEST_EINVAL, "scaling",
                       "`scaling` must be 0 to 3, not %d.", o->scaling);
    const double *h = o->bandwidth;
    if (o->shape != DISTEST_KDE_FULL)
        return di_check_positive(ctx, "bandwidth", o->shape ? d : 1, h);
    int status = di_check_finite(ctx, "bandwidth", d * d, h);
    if (status != DISTEST_SUCCESS) return status;
    for (size_t j = 0; j < d; j++)
        for (size_t i = 0; i < j; i++) {
            const double a = h[i + j * d], b = h[j + i * d];
            if (fabs(a - b) > 1e-10 * fmax(fabs(a), fabs(b)))
                return di_fail(
                    ctx, DISTEST_EINVAL, "bandwidth",
                    "`bandwidth` must be symmetric, but [%zu, %zu] is %g and "
                    "[%zu, %zu] is %g.",
                    i + 1, j + 1, a, j + 1, i + 1, b);
        }
    return DISTEST_SUCCESS;
}

int di_kde_check(distest_context *ctx, const distest_sample *sample,
                 const distest_kde_opts *opts)
{
    int status, kernel;
    if ((status = di_check_sample(ctx, sample)) != DISTEST_SUCCESS) return status;
    if ((status = di_check_pointer(ctx, "opts", opts)) != DISTEST_SUCCESS)
        return status;
    status = di_kde_kernel_check(ctx, opts->kernel, opts->nu, &kernel);
    if (status != DISTEST_SUCCESS) return status;
    status = check_bandwidth(ctx, sample->d, opts);
    if (status != DISTEST_SUCCESS) return status;
    if (opts->radius) {
        status = di_check_positive(ctx, "radius", sample->n, opts->radius);
        if (status != DISTEST_SUCCESS) return status;
    }
    if (opts->radius_next) {
        status = di_check_positive(ctx, "radius_next", sample->n, opts->radius_next);
        if (status == DISTEST_SUCCESS)
            status = di_check_nonnegative(ctx, "reach", sample->n, opts->reach);
        if (status != DISTEST_SUCCESS) return status;
    }
    if (opts->log_factor) {
        status = di_check_finite(ctx, "log_factor", sample->n, opts->log_factor);
        if (status != DISTEST_SUCCESS) return status;
    }
    if (!isfinite(opts->log_constant))
        return di_fail(ctx, DISTEST_EINVAL, "log_constant",
                       "`log_constant` must be finite, not %g.", opts->log_constant);
    if (opts->method < DISTEST_KDE_AUTO || opts->method > DISTEST_KDE_TREE)
        return di_fail(ctx, DISTEST_EINVAL, "method",
                       "`method` must be 0, 1 or 2, not %d.", opts->method);
    status = di_kde_bounds_check(ctx, sample, opts, kernel);
    if (status != DISTEST_SUCCESS) return status;
    if (!(opts->tol >= 0 && opts->tol < 1))
        return di_fail(ctx, DISTEST_EINVAL, "tol",
                       "`tol` must be at least 0 and below 1, not %g.", opts->tol);
    return DISTEST_SUCCESS;
}

/* The metric's factor: L, or d scales when it is diagonal; adds -(1/2) log det to c. */
static int factor(distest_context *ctx, const distest_sample *sample,
                  const distest_kde_opts *o, di_kde_plan *p, const double *w)
{
    const size_t d = p->d;
    const int full = o->shape == DISTEST_KDE_FULL ||
                     (o->shape == DISTEST_KDE_SCALAR && o->scaling == DISTEST_KDE_COV);
    int status;
    double *A = NULL;
    size_t pivot = 0;
    DI_TRY(DI_NEW(ctx, &p->pool, &p->scale, d, 1));
    if (!full && !(o->shape == DISTEST_KDE_SCALAR && o->scaling)) {
        for (size_t k = 0; k < d; k++)
            p->scale[k] = o->shape == DISTEST_KDE_DIAG ? o->bandwidth[k] : 1;
    } else {
        DI_TRY(DI_NEW(ctx, &p->pool, &A, d, d));
        if (o->shape == DISTEST_KDE_FULL)
            memcpy(A, o->bandwidth, d * d * sizeof *A);
        else
            DI_TRY(di_kde_metric(ctx, sample, o->scaling, w, A));
        for (size_t k = 0; k < d; k++) p->scale[k] = sqrt(A[k + k * d]);
    }
    if (full) {
        /* correlations are factored, so that units do not matter */
        for (size_t k = 0; k < d; k++)
            for (size_t j = 0; j < d; j++) A[j + k * d] /= p->scale[j] * p->scale[k];
        const char *what = o->shape == DISTEST_KDE_FULL ? "bandwidth" : "scaling";
        int bad = 0;
        for (size_t k = 0; k < d; k++) bad = bad || !(p->scale[k] > 0);
        status = bad ? DISTEST_ESING : di_cholesky('L', d, A, d, &pivot);
        for (size_t k = 0; k < d && status == DISTEST_SUCCESS; k++)
            if (A[k + k * d] < 1e-7 && o->shape != DISTEST_KDE_FULL) {
                status = DISTEST_ESING;
                pivot = k;
            }
        if (status != DISTEST_SUCCESS)
            DI_TRY(
                di_fail(ctx, DISTEST_ESING, what,
                        "`%s` gives a matrix of rank %zu, not %zu: column %zu depends "
                        "on those before it.",
                        what, pivot, d, pivot + 1));
        for (size_t k = 0; k < d; k++)
            for (size_t j = k; j < d; j++) A[j + k * d] *= p->scale[j];
        p->L = A;
        for (size_t k = 0; k < d; k++) p->c -= log(A[k + k * d]);
    } else {
        for (size_t k = 0; k < d; k++) p->c -= log(p->scale[k]);
    }
    status = DISTEST_SUCCESS;
done:
    return status;
}

void di_kde_whiten(const di_kde_plan *p, size_t rows, const double *x, size_t ldx,
                   const size_t *row, double *z, size_t ldz)
{
    for (size_t k = 0; k < p->d; k++) {
        const double by = p->L ? 1 : 1 / p->scale[k];
        for (size_t i = 0; i < rows; i++)
            z[i + k * ldz] = (x[(row ? row[i] : i) + k * ldx] - p->centre[k]) * by;
    }
    if (p->L) di_trsm('R', 'L', 'T', 'N', rows, p->d, 1, p->L, p->d, z, ldz);
}

void di_kde_unwhiten_gradient(const di_kde_plan *p, double *v)
{
    if (p->L)
        di_trsv('L', 'T', 'N', p->d, p->L, p->d, v);
    else
        for (size_t k = 0; k < p->d; k++) v[k] /= p->scale[k];
}

double di_kde_distance(const di_kde_plan *p, size_t i, const double *q, size_t ldq,
                       double *v)
{
    const double *x = p->x + p->row[i];
    double s = 0;
    if (!p->L) {
        double lost = 0; /* of the sum, by its rounding: all terms are positive */
        for (size_t k = 0; k < p->d; k++) {
            const double t = (x[k * p->ldx] - q[k * ldq]) / p->scale[k];
            const double term = t * t, next = s + term;
            lost += s > term ? (s - next) + term : (term - next) + s;
            s = next;
        }
        return isfinite(s) ? s + lost : s;
    }
    for (size_t k = 0; k < p->d; k++) v[k] = x[k * p->ldx] - q[k * ldq];
    for (size_t k = 0; k < p->d; k++) {
        const double t = v[k] / p->L[k + k * p->d];
        for (size_t j = k + 1; j < p->d; j++) v[j] -= t * p->L[j + k * p->d];
        s += t * t;
    }
    return s;
}

void di_kde_plan_rescale(di_kde_plan *p, double h)
{
    p->c += (double)p->d * (log(p->h) - log(h));
    p->inv *= p->h;
    p->inv /= h;
    p->h = h;
}

static int fill_panels(distest_context *ctx, const distest_kde_opts *o, di_kde_plan *p)
{
    const size_t N = p->panels * PANEL, d = p->d;
    int status;
    DI_TRY(DI_NEW(ctx, &p->pool, &p->y, N, d));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->yy, N, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->logw, N, 1));
    if (o->radius) DI_TRY(DI_NEW(ctx, &p->pool, &p->a2, N, 1));
    if (o->radius_next) {
        DI_TRY(DI_NEW(ctx, &p->pool, &p->a2next, N, 1));
        DI_TRY(DI_NEW(ctx, &p->pool, &p->logwnext, N, 1));
        DI_TRY(DI_NEW(ctx, &p->pool, &p->reach2, N, 1));
    }
    memset(p->y, 0, N * d * sizeof *p->y);
    p->a2max = o->radius ? 0 : 1;
    for (size_t b = 0; b < p->panels; b++) {
        const size_t i0 = b * PANEL, rows = p->n - i0 < PANEL ? p->n - i0 : PANEL;
        di_kde_whiten(p, rows, p->x, p->ldx, p->row + i0, p->y + i0 * d, PANEL);
        di_row_sqnorms(PANEL, d, p->y + i0 * d, PANEL, p->yy + i0);
        for (size_t i = i0; i < i0 + rows; i++) p->ymax = fmax(p->ymax, sqrt(p->yy[i]));
    }
    for (size_t i = 0; i < N; i++) {
        const double a = i < p->n && o->radius ? o->radius[p->row[i]] : 1;
        const double more = i < p->n && o->log_factor ? o->log_factor[p->row[i]] : 0;
        p->logw[i] = i < p->n ? log(p->w[i]) - (double)d * log(a) + more : -INFINITY;
        if (p->a2) p->a2[i] = 1 / (a * a);
        if (p->a2 && i < p->n) p->a2max = fmax(p->a2max, p->a2[i]);
        if (!p->a2next) continue;
        const double next = i < p->n ? o->radius_next[p->row[i]] : 1;
        const double reach = i < p->n ? o->reach[p->row[i]] : 0;
        p->a2next[i] = 1 / (next * next);
        p->logwnext[i] =
            i < p->n ? log(p->w[i]) - (double)d * log(next) + more : -INFINITY;
        p->reach2[i] = reach * reach * (1 + 1e-10);
    }
done:
    return status;
}

static int make(distest_context *ctx, const distest_sample *given,
                const distest_kde_opts *o, di_kde_plan *p, int groups)
{
    const size_t n = given->n, d = given->d;
    distest_sample view = *given;
    const distest_sample *sample = &view;
    double *w = NULL;
    int status;
    *p = (di_kde_plan){.d = d,
                       .n_given = n,
                       .given = given->x,
                       .ldx = n,
                       .tol = o->tol,
                       .method = o->method,
                       .ties = o->ties == DISTEST_KDE_EXCLUDE,
                       .weighted = given->weights != NULL,
                       .h = 1};
    DI_TRY(di_kde_bounds_make(ctx, given, o, p, &view.x));
    p->x = view.x;
    DI_TRY(di_kde_kernel_check(ctx, o->kernel, o->nu, &p->kernel));
    p->nu = o->nu;
    DI_TRY(DI_NEW(ctx, &p->pool, &w, n, 1));
    di_kde_scale_weights(sample, w);
    DI_TRY(DI_NEW(ctx, &p->pool, &p->row, n, 1));
    for (size_t i = 0; i < n; i++)
        if (w[i] > 0) p->row[p->n++] = i;
    p->panels = (p->n + PANEL - 1) / PANEL;
    DI_TRY(DI_NEW(ctx, &p->pool, &p->w, p->panels * PANEL, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->centre, d, 1));
    memset(p->w, 0, p->panels * PANEL * sizeof *p->w);
    for (size_t i = 0; i < p->n; i++) p->w[i] = w[p->row[i]];
    for (size_t k = 0; k < d; k++) {
        const double first = sample->x[p->row[0] + k * n];
        double m = 0;
        for (size_t i = 0; i < p->n; i++)
            m += p->w[i] * (sample->x[p->row[i] + k * n] - first);
        p->centre[k] = first + m;
    }
    p->c = di_kde_log_norm(p->kernel, p->nu, d) + o->log_constant;
    DI_TRY(factor(ctx, sample, o, p, w));
    const double sigma = 1 / sqrt(di_kde_variance(p->kernel, p->nu, d));
    if (o->shape == DISTEST_KDE_SCALAR) p->h = o->bandwidth[0];
    p->c -= (double)d * (log(sigma) + log(p->h));
    p->inv = 1 / sigma / p->h;
    di_kde_bounds_whiten(p);
    p->direct = d <= 16 || p->kernel != KERNEL_GAUSSIAN;
    DI_TRY(fill_panels(ctx, o, p));
    if (groups) DI_TRY(di_kde_groups(ctx, p));
done:
    if (status != DISTEST_SUCCESS) di_kde_plan_free(p);
    return status;
}

int di_kde_plan_make(distest_context *ctx, const distest_sample *sample,
                     const distest_kde_opts *o, di_kde_plan *p)
{
    return make(ctx, sample, o, p, 1);
}

int di_kde_plan_for_queries(distest_context *ctx, const distest_sample *sample,
                            const distest_kde_opts *o, di_kde_plan *p)
{
    return make(ctx, sample, o, p, 0);
}

void di_kde_plan_free(di_kde_plan *p)
{
    di_pool_free(&p->pool);
}
