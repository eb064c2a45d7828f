/* wls_moments.c - what a fitted function says under mu: moments, Sobol indices,
 * derivative-based sensitivities.
 *
 * With e_k the integrals of the functions of coordinate k, the conditional mean given
 * x_u has squared norm
 *
 *     W_u = sum over alpha_u of (sum over alpha with that alpha_u of
 *           c_alpha prod_{k not in u} e_k[alpha_k])^2,
 *
 * also where the constant is not itself a basis function. Closed indices W_u give those
 * of u alone by inclusion and exclusion. All are quadratic forms c'Mc, with gradient
 * 2 M c for the delta method. */
#include "wls.h"

#include <math.h>
#include <string.h>

static int check_product(const distest_wls_space *s, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(ctx, "space", s));
    if (s->N)
        return di_fail(ctx, DISTEST_EINVAL, "fit",
                       "the measure of a finite space is not a product: these moments "
                       "need a tensor space.");
    double one = 0;
    for (size_t j = 0; j < s->m; j++) {
        double e = 1;
        for (size_t k = 0; k < s->d; k++) e *= s->basis[k]->e[s->idx[k + j * s->d]];
        one += e * e;
    }
    if (!(fabs(one - 1) < 1e-9))
        return di_fail(ctx, DISTEST_EINVAL, "fit",
                       "the constant is not in the space of `fit`; its indices are not "
                       "defined.");
done:
    return status;
}

typedef struct {
    size_t *order; /* indices grouped by their key */
    double *e, *sum;
    int *key; /* d x m scratch */
} scratch;

static int same(const int *a, const int *b, size_t d)
{
    for (size_t k = 0; k < d; k++)
        if (a[k] != b[k]) return 0;
    return 1;
}

static int before(const int *a, const int *b, size_t d)
{
    for (size_t k = 0; k < d; k++)
        if (a[k] != b[k]) return a[k] < b[k];
    return 0;
}

/* order[0 ... n-1] sorted by key: bottom-up merges */
static void sort_keys(size_t n, size_t d, const int *key, size_t *order, size_t *other)
{
    for (size_t step = 1; step < n; step *= 2) {
        for (size_t i = 0; i < n; i += 2 * step) {
            size_t a = i, b = i + step < n ? i + step : n, at = i;
            const size_t a1 = b, b1 = i + 2 * step < n ? i + 2 * step : n;
            while (at < b1)
                other[at++] = b >= b1 || (a < a1 && !before(key + order[b] * d,
                                                            key + order[a] * d, d))
                                  ? order[a++]
                                  : order[b++];
        }
        memcpy(order, other, n * sizeof *order);
    }
}

/* W_u for u = the coordinates flagged, and its gradient in c unless NULL */
static double closed(const distest_wls_space *s, const int *flag, const double *c,
                     double *grad, scratch *t)
{
    const size_t d = s->d, m = s->m;
    double W = 0;
    size_t n = 0;
    if (grad) memset(grad, 0, m * sizeof(double));
    for (size_t j = 0; j < m; j++) {
        const int *a = s->idx + j * d;
        double e = 1;
        for (size_t k = 0; k < d; k++) {
            if (!flag[k]) e *= s->basis[k]->e[a[k]];
            t->key[k + j * d] = flag[k] ? a[k] : 0;
        }
        t->e[j] = e;
        if (e != 0) t->order[n++] = j;
    }
    sort_keys(n, d, t->key, t->order, t->order + m);
    for (size_t i0 = 0, i1; i0 < n; i0 = i1) {
        double sum = 0;
        const int *key = t->key + t->order[i0] * d;
        for (i1 = i0; i1 < n && same(key, t->key + t->order[i1] * d, d); i1++)
            sum += c[t->order[i1]] * t->e[t->order[i1]];
        W += sum * sum;
        for (size_t i = i0; grad && i < i1; i++)
            grad[t->order[i]] = 2 * sum * t->e[t->order[i]];
    }
    return W;
}

static int take(distest_context *ctx, di_pool *pool, const distest_wls_space *s,
                scratch *t)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &t->order, 2, s->m));
    DI_TRY(DI_NEW(ctx, pool, &t->e, s->m, 1));
    DI_TRY(DI_NEW(ctx, pool, &t->key, s->m, s->d));
done:
    return status;
}

static double se_of(size_t m, const double *V, const double *g)
{
    if (!V) return NAN;
    const double v = di_quadform(m, V, m, g);
    return sqrt(v > 0 || isnan(v) ? v : 0);
}

int distest_wls_moments(const distest_wls_space *space, const double *coef,
                        const double *V, double out[4], distest_context *ctx)
{
    double *e = NULL, *g = NULL, mean = 0, square = 0;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "space", space));
    if (!space->N) DI_TRY(check_product(space, ctx));
    const size_t m = space->m;
    DI_TRY(DI_NEW(ctx, &pool, &e, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &g, m, 1));
    DI_TRY(distest_wls_integrals(space, e, ctx));
    for (size_t j = 0; j < m; j++) mean += coef[j] * e[j];
    for (size_t j = 0; j < m; j++) { /* |c - mean e|^2: no cancellation */
        const double r = coef[j] - mean * e[j];
        square += r * r, g[j] = 2 * r;
    }
    out[0] = mean, out[1] = square;
    out[2] = se_of(m, V, e), out[3] = se_of(m, V, g);
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

/* shares (n of them, in W with gradients in g) of the variance, with standard errors */
static double share(size_t m, double W, const double *g, double var, const double *gv,
                    const double *V, double *scratch_g, double *se)
{
    const double S = var > 0 ? W / var : NAN;
    for (size_t j = 0; j < m; j++) scratch_g[j] = (g[j] - S * gv[j]) / var;
    *se = var > 0 ? se_of(m, V, scratch_g) : NAN;
    return S;
}

int distest_wls_sobol(const distest_wls_space *space, const double *coef,
                      const double *V, size_t nsub, const int *subset, double *index,
                      double *se, double *total, double *se_total, distest_context *ctx)
{
    double *W = NULL, *g = NULL, *gv = NULL, *own = NULL;
    int *flag = NULL;
    scratch t;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_product(space, ctx));
    const size_t m = space->m, d = space->d;
    DI_TRY(take(ctx, &pool, space, &t));
    DI_TRY(DI_NEW(ctx, &pool, &W, nsub + d + 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &g, m, nsub + d + 1));
    DI_TRY(DI_NEW(ctx, &pool, &gv, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &own, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &flag, d, 1));
    double top = 0, square = 0;
    for (size_t j = 0; j < m; j++) square += coef[j] * coef[j];
    for (size_t k = 0; k < d; k++) flag[k] = 0;
    const double mean2 = closed(space, flag, coef, own, &t); /* W of the empty set */
    for (size_t j = 0; j < m; j++) gv[j] = 2 * coef[j] - own[j];
    for (size_t j = 0; j < m; j++) { /* sum of squares of c - mean e */
        const double r = coef[j] - own[j] / 2;
        top += r * r;
    }
    const double var = top > 1e-26 * square ? top : 0;
    for (size_t u = 0; u < nsub + d; u++) {
        for (size_t k = 0; k < d; k++)
            flag[k] = u < nsub ? subset[u + k * nsub] : k != u - nsub;
        W[u] = closed(space, flag, coef, g + u * m, &t) - mean2;
        for (size_t j = 0; j < m; j++) g[j + u * m] -= own[j];
        DI_TRY(di_progress(ctx, (double)u / (double)(nsub + d), "sobol"));
        if (u >= nsub) { /* all but the closed share of the others */
            W[u] = var - W[u];
            for (size_t j = 0; j < m; j++) g[j + u * m] = gv[j] - g[j + u * m];
            continue;
        }
        for (size_t v = 0; v < u;
             v++) { /* minus the proper subsets, which come first */
            int inside = 1, fewer = 0;
            for (size_t k = 0; k < d; k++) {
                if (subset[v + k * nsub] && !subset[u + k * nsub]) inside = 0;
                if (!subset[v + k * nsub] && subset[u + k * nsub]) fewer = 1;
            }
            if (!inside || !fewer) continue;
            W[u] -= W[v];
            for (size_t j = 0; j < m; j++) g[j + u * m] -= g[j + v * m];
        }
    }
    for (size_t u = 0; u < nsub + d; u++) {
        double s, S = share(m, W[u], g + u * m, var, gv, V, own, &s);
        if (u < nsub)
            index[u] = S, se[u] = s;
        else
            total[u - nsub] = S, se_total[u - nsub] = s;
    }
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

/* D (size x size): integrals of p_i' p_j' of one coordinate, by a Gauss rule */
static int slopes(distest_context *ctx, const distest_wls_basis *b, size_t cols,
                  double *D)
{
    const size_t n = di_wls_gauss_size(b, 2);
    double *x = NULL, *w = NULL, *v = NULL, *dv = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &x, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &w, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &v, WLS_BLOCK, cols));
    DI_TRY(DI_NEW(ctx, &pool, &dv, WLS_BLOCK, cols));
    DI_TRY(di_wls_gauss(ctx, b, 2, x, w));
    memset(D, 0, cols * cols * sizeof(double));
    for (size_t i0 = 0; i0 < n; i0 += WLS_BLOCK) {
        const size_t rows = n - i0 < WLS_BLOCK ? n - i0 : WLS_BLOCK;
        di_wls_table(b, rows, x + i0, cols, WLS_BLOCK, v, dv, NULL);
        for (size_t j = 0; j < cols; j++)
            for (size_t i = 0; i < rows; i++) dv[i + j * WLS_BLOCK] *= sqrt(w[i0 + i]);
        di_syrk('L', 'T', cols, rows, 1, dv, WLS_BLOCK, 1, D, cols);
    }
    di_symmetrize('L', cols, D, cols);
done:
    di_pool_free(&pool);
    return status;
}

int distest_wls_dgsm(const distest_wls_space *space, const double *coef,
                     const double *V, double *out, double *se, distest_context *ctx)
{
    double *D = NULL, *g = NULL, *own = NULL;
    size_t widest = 1;
    scratch t;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(check_product(space, ctx));
    const size_t m = space->m, d = space->d;
    for (size_t k = 0; k < d; k++) {
        if (space->cols[k] > widest) widest = space->cols[k];
        if (space->basis[k]->kind == WLS_HAAR)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "fit",
                           "Haar functions have no derivative."));
    }
    DI_TRY(take(ctx, &pool, space, &t));
    DI_TRY(DI_NEW(ctx, &pool, &D, widest, widest));
    DI_TRY(DI_NEW(ctx, &pool, &g, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &own, 2, d));
    for (size_t k = 0; k < d; k++) {
        const size_t cols = space->cols[k];
        double value = 0;
        DI_TRY(slopes(ctx, space->basis[k], cols, D));
        for (size_t j = 0; j < m; j++) {
            t.order[j] = j;
            for (size_t l = 0; l < d; l++)
                t.key[l + j * d] = l == k ? 0 : space->idx[l + j * d];
        }
        sort_keys(m, d, t.key, t.order, t.order + m);
        for (size_t i0 = 0, i1; i0 < m; i0 = i1) { /* equal but for coordinate k */
            const int *key = t.key + t.order[i0] * d;
            for (i1 = i0; i1 < m && same(key, t.key + t.order[i1] * d, d); i1++) {
            }
            for (size_t a = i0; a < i1; a++) {
                double sum = 0;
                const size_t ja = t.order[a];
                for (size_t b = i0; b < i1; b++)
                    sum += D[(size_t)space->idx[k + ja * d] +
                             (size_t)space->idx[k + t.order[b] * d] * cols] *
                           coef[t.order[b]];
                g[ja] = 2 * sum;
                value += coef[ja] * sum;
            }
        }
        own[k] = value, own[d + k] = se_of(m, V, g);
    }
    memcpy(out, own, d * sizeof(double));
    memcpy(se, own + d, d * sizeof(double));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

/* ---- third and fourth moments
 * ------------------------------------------------------------ */

typedef struct {
    const distest_wls_space *s;
    const double *coef;
    double mean;
    size_t nodes, per;
    size_t *size; /* d rule sizes; NULL: random points */
    double **x, **w;
    uint64_t key;
    double *work;
} power_job;

/* sums of w r^2, r^3, r^4 and, for random points, of r^6, r^8 */
static int power_block(size_t block, int thread, void *data, double *out)
{
    const power_job *j = data;
    const distest_wls_space *s = j->s;
    const size_t i0 = block * WLS_BLOCK, d = s->d;
    const size_t rows = j->nodes - i0 < WLS_BLOCK ? j->nodes - i0 : WLS_BLOCK;
    double *work = j->work + (size_t)thread * j->per;
    double *phi = work + di_wls_features_work(s), *x = phi + s->m * WLS_BLOCK;
    double *f = x + d * WLS_BLOCK, *w = f + WLS_BLOCK;
    di_stream stream = di_stream_open(j->key, block);
    for (size_t i = 0; i < rows; i++) {
        size_t at = i0 + i;
        w[i] = j->size ? 1 : 1 / (double)j->nodes;
        for (size_t k = 0; k < d; k++) {
            if (!j->size) {
                x[i + k * WLS_BLOCK] = di_wls_draw_mu(s->basis[k], &stream);
                continue;
            }
            x[i + k * WLS_BLOCK] = j->x[k][at % j->size[k]];
            w[i] *= j->w[k][at % j->size[k]];
            at /= j->size[k];
        }
    }
    di_wls_features_block(s, rows, x, WLS_BLOCK, 0, phi, WLS_BLOCK, NULL, NULL, 0,
                          work);
    di_gemv('N', rows, s->m, 1, phi, WLS_BLOCK, j->coef, 0, f);
    for (size_t p = 0; p < 5; p++) out[p] = 0;
    for (size_t i = 0; i < rows; i++) {
        const double r = f[i] - j->mean, r2 = r * r;
        out[0] += w[i] * r2, out[1] += w[i] * r2 * r, out[2] += w[i] * r2 * r2;
        out[3] += w[i] * r2 * r2 * r2, out[4] += w[i] * r2 * r2 * r2 * r2;
    }
    return DISTEST_SUCCESS;
}

int distest_wls_moments4(const distest_wls_space *space, const double *coef,
                         distest_rng *rng, double out[6], distest_context *ctx)
{
    double first[4], sum[5], nodes = 1;
    size_t *size = NULL;
    power_job job = {.s = space, .coef = coef};
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    di_gsl_enter();
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(check_product(space, ctx));
    job.key = di_rng_key(rng);
    DI_TRY(distest_wls_moments(space, coef, NULL, first, ctx));
    const size_t d = space->d;
    DI_TRY(DI_NEW(ctx, &pool, &size, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &job.x, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &job.w, d, 1));
    for (size_t k = 0; k < d; k++) {
        size[k] = di_wls_gauss_size(space->basis[k], 4);
        nodes *= (double)size[k];
    }
    job.mean = first[0];
    job.nodes = (size_t)1 << 20;
    if (nodes <= 0x1p20) {
        job.nodes = (size_t)nodes, job.size = size;
        for (size_t k = 0; k < d; k++) {
            DI_TRY(DI_NEW(ctx, &pool, &job.x[k], size[k], 1));
            DI_TRY(DI_NEW(ctx, &pool, &job.w[k], size[k], 1));
            DI_TRY(di_wls_gauss(ctx, space->basis[k], 4, job.x[k], job.w[k]));
        }
    }
    job.per = di_wls_features_work(space) + (space->m + d + 2) * WLS_BLOCK;
    DI_TRY(DI_NEW(ctx, &pool, &job.work, (size_t)di_threads(ctx), job.per));
    DI_TRY(di_sum_blocks(ctx, "moments", 0, 1, (job.nodes + WLS_BLOCK - 1) / WLS_BLOCK,
                         5, power_block, &job, sum));
    const double N = (double)job.nodes;
    out[0] = first[0], out[1] = first[1], out[2] = sum[1], out[3] = sum[2];
    out[4] = job.size ? 0 : sqrt(fmax(sum[3] - sum[1] * sum[1], 0) / N);
    out[5] = job.size ? 0 : sqrt(fmax(sum[4] - sum[2] * sum[2], 0) / N);
done:
    di_gsl_leave();
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
