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
    if (!(opts->tol >= 0 && opts->tol < 1))
        return di_fail(ctx, DISTEST_EINVAL, "tol",
                       "`tol` must be at least 0 and below 1, not %g.", opts->tol);
    return DISTEST_SUCCESS;
}

double di_kde_effective_n(const distest_sample *sample)
{
    if (!sample->weights) return (double)sample->n;
    double s = 0, s2 = 0, most = 0;
    for (size_t i = 0; i < sample->n; i++) most = fmax(most, sample->weights[i]);
    for (size_t i = 0; i < sample->n; i++) {
        const double w = sample->weights[i] / most;
        s += w;
        s2 += w * w;
    }
    return s * s / s2;
}

/* weights that sum to 1, scaled by the largest first: neither overflows nor vanishes */
static void scale_weights(const distest_sample *sample, double *w)
{
    double most = 0, sum = 0;
    for (size_t i = 0; i < sample->n; i++) {
        w[i] = sample->weights ? sample->weights[i] : 1;
        most = fmax(most, w[i]);
    }
    for (size_t i = 0; i < sample->n; i++) sum += w[i] /= most;
    for (size_t i = 0; i < sample->n; i++) w[i] /= sum;
}

static int reference(distest_context *ctx, const distest_sample *sample, int scaling,
                     const double *w, double *A)
{
    const size_t n = sample->n, d = sample->d;
    di_pool pool = {0};
    double *mean = NULL, *z = NULL;
    int status;
    memset(A, 0, d * d * sizeof *A);
    for (size_t k = 0; k < d; k++) A[k + k * d] = 1;
    if (scaling == DISTEST_KDE_NONE) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &mean, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &z, n, d));
    double w2 = 0;
    for (size_t i = 0; i < n; i++) w2 += w[i] * w[i];
    for (size_t k = 0; k < d; k++) {
        double m = 0, more = 0;
        for (size_t i = 0; i < n; i++) m += w[i] * sample->x[i + k * n];
        for (size_t i = 0; i < n; i++) more += w[i] * (sample->x[i + k * n] - m);
        mean[k] = m + more;
        for (size_t i = 0; i < n; i++)
            z[i + k * n] = (sample->x[i + k * n] - mean[k]) * sqrt(w[i] / (1 - w2));
    }
    if (!(w2 < 1 - 1e-15))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                       "`x` needs at least two distinct points for a scaling."));
    if (scaling == DISTEST_KDE_COV) {
        di_syrk('L', 'T', d, n, 1, z, n, 0, A, d);
        di_symmetrize('L', d, A, d);
    } else {
        double trace = 0;
        for (size_t k = 0; k < d; k++) {
            A[k + k * d] = di_dot(n, z + k * n, z + k * n);
            trace += A[k + k * d];
        }
        if (scaling == DISTEST_KDE_ISO)
            for (size_t k = 0; k < d; k++) A[k + k * d] = trace / (double)d;
    }
    for (size_t k = 0; k < d; k++) {
        double far = 0; /* a constant column may have a variance of rounding */
        for (size_t i = 0; i < n; i++)
            if (w[i] > 0) far = fmax(far, fabs(sample->x[i + k * n] - mean[k]));
        if (far <= 4e-16 * fabs(mean[k]) && scaling != DISTEST_KDE_ISO)
            DI_TRY(
                di_fail(ctx, DISTEST_ESING, "scaling",
                        "`scaling` needs columns that vary, but column %zu of `x` is "
                        "constant; leave it out or use another scaling.",
                        k + 1));
    }
    if (!(A[0] > 0))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "x",
                       "`x` needs at least two distinct points."));
done:
    di_pool_free(&pool);
    return status;
}

int distest_kde_reference(const distest_sample *sample, int scaling, double *A,
                          distest_context *ctx)
{
    int status;
    di_pool pool = {0};
    double *w = NULL, *work = NULL, *scale = NULL;
    di_begin(ctx);
    DI_TRY(di_check_sample(ctx, sample));
    DI_TRY(di_check_pointer(ctx, "A", A));
    if (scaling < DISTEST_KDE_NONE || scaling > DISTEST_KDE_COV)
        return di_fail(ctx, DISTEST_EINVAL, "scaling",
                       "`scaling` must be 0 to 3, not %d.", scaling);
    const size_t d = sample->d;
    DI_TRY(DI_NEW(ctx, &pool, &w, sample->n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &work, d, d));
    scale_weights(sample, w);
    di_blas_serial_enter();
    status = reference(ctx, sample, scaling, w, work);
    di_blas_serial_leave();
    DI_TRY(status);
    memcpy(A, work, d * d * sizeof *A);
done:
    (void)scale;
    di_pool_free(&pool);
    return status;
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
            DI_TRY(reference(ctx, sample, o->scaling, w, A));
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

static uint64_t hash_row(const di_kde_plan *p, size_t i)
{
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (size_t k = 0; k < p->d; k++) {
        double v = p->x[p->row[i] + k * p->ldx] + 0.0; /* -0 is 0 */
        uint64_t b;
        memcpy(&b, &v, sizeof b);
        h = (h ^ b) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h;
}

static int same_row(const di_kde_plan *p, size_t i, size_t j)
{
    for (size_t k = 0; k < p->d; k++)
        if (p->x[p->row[i] + k * p->ldx] != p->x[p->row[j] + k * p->ldx]) return 0;
    return 1;
}

/* Equal points by open addressing; then groups as lists in order of their points. */
static int find_groups(distest_context *ctx, di_kde_plan *p)
{
    size_t size = 16, groups = 0;
    size_t *slot = NULL;
    di_pool pool = {0};
    int status;
    while (size < 2 * p->n) size *= 2;
    DI_TRY(DI_NEW(ctx, &pool, &slot, size, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->group_of, p->n, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->group_start, p->n + 1, 1));
    DI_TRY(DI_NEW(ctx, &p->pool, &p->group_list, p->n, 1));
    memset(slot, 0, size * sizeof *slot);
    for (size_t i = 0; i < p->n; i++) {
        size_t s = (size_t)(hash_row(p, i) & (size - 1));
        while (slot[s] && !same_row(p, slot[s] - 1, i)) s = (s + 1) & (size - 1);
        if (slot[s]) {
            p->group_of[i] = p->group_of[slot[s] - 1];
        } else {
            slot[s] = i + 1;
            p->group_of[i] = groups++;
        }
    }
    memset(p->group_start, 0, (p->n + 1) * sizeof *p->group_start);
    for (size_t i = 0; i < p->n; i++) p->group_start[p->group_of[i] + 1]++;
    for (size_t g = 0; g < groups; g++) {
        if (p->group_start[g + 1] > 1) p->tied += p->group_start[g + 1];
        p->group_start[g + 1] += p->group_start[g];
    }
    for (size_t i = p->n; i-- > 0;) {
        const size_t g = p->group_of[i];
        p->group_list[--p->group_start[g + 1]] = i;
    }
    /* every start has moved down by its own size: shift back */
    for (size_t g = 0; g + 1 <= groups; g++) p->group_start[g] = p->group_start[g + 1];
    p->group_start[groups] = p->n;
done:
    di_pool_free(&pool);
    return status;
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
        p->logw[i] = i < p->n ? log(p->w[i]) - (double)d * log(a) : -INFINITY;
        if (p->a2) p->a2[i] = 1 / (a * a);
        if (p->a2 && i < p->n) p->a2max = fmax(p->a2max, p->a2[i]);
        if (!p->a2next) continue;
        const double next = i < p->n ? o->radius_next[p->row[i]] : 1;
        const double reach = i < p->n ? o->reach[p->row[i]] : 0;
        p->a2next[i] = 1 / (next * next);
        p->logwnext[i] = i < p->n ? log(p->w[i]) - (double)d * log(next) : -INFINITY;
        p->reach2[i] = reach * reach * (1 + 1e-10);
    }
done:
    return status;
}

int di_kde_plan_make(distest_context *ctx, const distest_sample *sample,
                     const distest_kde_opts *o, di_kde_plan *p)
{
    const size_t n = sample->n, d = sample->d;
    double *w = NULL;
    int status;
    *p = (di_kde_plan){.d = d, .x = sample->x, .ldx = n, .tol = o->tol, .h = 1};
    DI_TRY(di_kde_kernel_check(ctx, o->kernel, o->nu, &p->kernel));
    p->nu = o->nu;
    DI_TRY(DI_NEW(ctx, &p->pool, &w, n, 1));
    scale_weights(sample, w);
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
    p->c = di_kde_log_norm(p->kernel, p->nu, d);
    DI_TRY(factor(ctx, sample, o, p, w));
    const double sigma = 1 / sqrt(di_kde_variance(p->kernel, p->nu, d));
    if (o->shape == DISTEST_KDE_SCALAR) p->h = o->bandwidth[0];
    p->c -= (double)d * (log(sigma) + log(p->h));
    p->inv = 1 / sigma / p->h;
    p->direct = d <= 16 || p->kernel != KERNEL_GAUSSIAN;
    DI_TRY(fill_panels(ctx, o, p));
    DI_TRY(find_groups(ctx, p));
done:
    if (status != DISTEST_SUCCESS) di_kde_plan_free(p);
    return status;
}

void di_kde_plan_free(di_kde_plan *p)
{
    di_pool_free(&p->pool);
}
