/* wls_sobol.c - shares of the variance under mu: Sobol indices, and derivative-based
 * sensitivities.
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

typedef struct {
    size_t *order; /* indices grouped by their key */
    double *e, *sum;
    int *key; /* d x m scratch */
} scratch;

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
    di_wls_sort_rows(t->key, d, n, t->order, t->order + m);
    for (size_t i0 = 0, i1; i0 < n; i0 = i1) {
        double sum = 0;
        const int *key = t->key + t->order[i0] * d;
        for (i1 = i0;
             i1 < n && di_wls_compare_rows(key, t->key + t->order[i1] * d, d) == 0;
             i1++)
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

/* the share W / var with its standard error; g, gv: gradients */
static double share(size_t m, double W, const double *g, double var, const double *gv,
                    const double *V, double *scratch_g, double *se)
{
    const double S = var > 0 ? W / var : NAN;
    for (size_t j = 0; j < m; j++) scratch_g[j] = (g[j] - S * gv[j]) / var;
    *se = var > 0 ? di_wls_se(m, V, scratch_g) : NAN;
    return S;
}

/* What both ways to Sobol indices share. */
typedef struct {
    const distest_wls_space *s;
    const double *coef, *V;
    size_t nsub;
    const int *subset;
    double var;
    double *index, *se, *total, *se_total; /* nsub, nsub, d, d */
} shares;

static void put_share(const shares *w, size_t u, double S, double se)
{
    if (u < w->nsub)
        w->index[u] = S, w->se[u] = se;
    else
        w->total[u - w->nsub] = S, w->se_total[u - w->nsub] = se;
}

/* Where the constant is the first function of every basis each coefficient but one
 * belongs to one subset: W_u = sum of c_j^2 over its members. With gv the gradient of
 * the variance, the gradient of S = W/var is (2 c 1_u - S gv) / var; Vg = V gv. */
static double member_share(const shares *w, const double *Vg, double gVg, size_t n,
                           const size_t *at, double *se)
{
    const double *c = w->coef;
    double W = 0, a = 0, b = 0;
    for (size_t i = 0; i < n; i++) W += c[at[i]] * c[at[i]];
    const double S = w->var > 0 ? W / w->var : NAN;
    *se = NAN;
    if (!w->V || !(w->var > 0)) return S;
    for (size_t i = 0; i < n; i++) {
        const double *column = w->V + at[i] * w->s->m;
        double t = 0;
        for (size_t k = 0; k < n; k++) t += column[at[k]] * c[at[k]];
        a += 4 * c[at[i]] * t, b += 2 * c[at[i]] * Vg[at[i]];
    }
    const double v = a - 2 * S * b + S * S * gVg;
    *se = sqrt(v > 0 || isnan(v) ? v : 0) / w->var;
    return S;
}

static int direct(const shares *w, distest_context *ctx)
{
    const size_t m = w->s->m, d = w->s->d;
    double *gv = NULL, *Vg = NULL;
    size_t *at = NULL, *of = NULL;
    int *key = NULL, *want = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &gv, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &Vg, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &at, 2, m));
    DI_TRY(DI_NEW(ctx, &pool, &of, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &key, m, d));
    DI_TRY(DI_NEW(ctx, &pool, &want, d, 1));
    for (size_t j = 0; j < m; j++) {
        int any = 0;
        for (size_t k = 0; k < d; k++) {
            key[k + j * d] = w->s->idx[k + j * d] > 0;
            any = any || key[k + j * d];
        }
        gv[j] = any ? 2 * w->coef[j] : 0;
        of[j] = j;
    }
    if (w->V) di_gemv('N', m, m, 1, w->V, m, gv, 0, Vg);
    const double gVg = w->V ? di_dot(m, gv, Vg) : 0;
    di_wls_sort_rows(key, d, m, of, at);
    for (size_t u = 0; u < w->nsub + d; u++) {
        size_t n = 0;
        double se;
        if (u % 64 == 0)
            DI_TRY(di_progress(ctx, (double)u / (double)(w->nsub + d), "sobol"));
        if (u < w->nsub) { /* the run of equal keys */
            size_t lo = 0, hi = m;
            for (size_t k = 0; k < d; k++) want[k] = w->subset[u + k * w->nsub] != 0;
            while (lo < hi) {
                const size_t mid = (lo + hi) / 2;
                if (di_wls_compare_rows(key + of[mid] * d, want, d) < 0)
                    lo = mid + 1;
                else
                    hi = mid;
            }
            while (lo < m && di_wls_compare_rows(key + of[lo] * d, want, d) == 0)
                at[n++] = of[lo++];
        } else {
            for (size_t j = 0; j < m; j++)
                if (key[u - w->nsub + j * d]) at[n++] = j;
        }
        const double S = member_share(w, Vg, gVg, n, at, &se);
        put_share(w, u, S, se);
    }
done:
    di_pool_free(&pool);
    return status;
}

/* W[u] minus the shares of the proper subsets of u, which come first */
static void take_subsets(const shares *w, size_t u, double *W, double *g)
{
    const size_t m = w->s->m, d = w->s->d, nsub = w->nsub;
    const int *subset = w->subset;
    for (size_t v = 0; v < u; v++) {
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

/* By closed indices, inclusion and exclusion; mean2: W of the empty set, gm its
 * gradient */
static int by_closed(const shares *w, double mean2, const double *gm, const double *gv,
                     scratch *t, distest_context *ctx)
{
    const size_t m = w->s->m, d = w->s->d, nsub = w->nsub;
    double *W = NULL, *g = NULL, *own = NULL;
    int *flag = NULL;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &W, nsub + d + 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &g, m, nsub + d + 1));
    DI_TRY(DI_NEW(ctx, &pool, &own, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &flag, d, 1));
    for (size_t u = 0; u < nsub + d; u++) {
        for (size_t k = 0; k < d; k++)
            flag[k] = u < nsub ? w->subset[u + k * nsub] : k != u - nsub;
        W[u] = closed(w->s, flag, w->coef, g + u * m, t) - mean2;
        for (size_t j = 0; j < m; j++) g[j + u * m] -= gm[j];
        DI_TRY(di_progress(ctx, (double)u / (double)(nsub + d), "sobol"));
        if (u < nsub) {
            take_subsets(w, u, W, g);
            continue;
        }
        W[u] = w->var - W[u]; /* all but the closed share of the others */
        for (size_t j = 0; j < m; j++) g[j + u * m] = gv[j] - g[j + u * m];
    }
    for (size_t u = 0; u < nsub + d; u++) {
        double se;
        const double S = share(m, W[u], g + u * m, w->var, gv, w->V, own, &se);
        put_share(w, u, S, se);
    }
done:
    di_pool_free(&pool);
    return status;
}

int distest_wls_sobol(const distest_wls_space *space, const double *coef,
                      const double *V, size_t nsub, const int *subset, double *index,
                      double *se, double *total, double *se_total, distest_context *ctx)
{
    double *gm = NULL, *gv = NULL, *out = NULL;
    int *flag = NULL, plain = 1;
    scratch t;
    di_pool pool = {0};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_wls_check_product(space, ctx));
    const size_t m = space->m, d = space->d;
    DI_TRY(di_check_finite(ctx, "coef", m, coef));
    DI_TRY(take(ctx, &pool, space, &t));
    DI_TRY(DI_NEW(ctx, &pool, &gm, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &gv, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &out, 2, nsub + d));
    DI_TRY(DI_NEW(ctx, &pool, &flag, d, 1));
    double top = 0, square = 0;
    for (size_t j = 0; j < m; j++) square += coef[j] * coef[j];
    for (size_t k = 0; k < d; k++) {
        flag[k] = 0;
        plain = plain && di_wls_constant_first(space->basis[k]);
    }
    const double mean2 = closed(space, flag, coef, gm, &t); /* of the empty set */
    for (size_t j = 0; j < m; j++) { /* sum of squares of c - mean e */
        const double r = coef[j] - gm[j] / 2;
        top += r * r, gv[j] = 2 * r;
    }
    shares w = {space,
                coef,
                V,
                nsub,
                subset,
                top > 1e-26 * square ? top : 0,
                out,
                out + nsub,
                out + 2 * nsub,
                out + 2 * nsub + d};
    DI_TRY(plain ? direct(&w, ctx) : by_closed(&w, mean2, gm, gv, &t, ctx));
    memcpy(index, w.index, nsub * sizeof(double));
    memcpy(se, w.se, nsub * sizeof(double));
    memcpy(total, w.total, d * sizeof(double));
    memcpy(se_total, w.se_total, d * sizeof(double));
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
    DI_TRY(di_wls_check_product(space, ctx));
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
        di_wls_sort_rows(t.key, d, m, t.order, t.order + m);
        for (size_t i0 = 0, i1; i0 < m; i0 = i1) { /* equal but for coordinate k */
            const int *key = t.key + t.order[i0] * d;
            for (i1 = i0;
                 i1 < m && di_wls_compare_rows(key, t.key + t.order[i1] * d, d) == 0;
                 i1++) {
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
        own[k] = value, own[d + k] = di_wls_se(m, V, g);
    }
    memcpy(out, own, d * sizeof(double));
    memcpy(se, own + d, d * sizeof(double));
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
