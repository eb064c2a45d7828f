/* kde_tree.c - log densities from a tree of boxes.
 *
 * All points of a box lie between its nearest and its farthest corner, so their sum
 * lies between W exp(g(D_max)) and W exp(g(D_min)). A box whose two bounds are close
 * enough is taken as a whole, at their mean. Close enough: half the difference is at
 * most tol times what the sum is known to be at least, times the box's share of the
 * weight plus the shares that boxes summed exactly or better than needed have left
 * over. Then
 *
 *     |sum - taken| <= sum over boxes of (U - L) / 2 <= tol sum,
 *
 * and what was really lost is added up and returned. With tol = 0 only boxes are left
 * out that cannot change the sum's last bit. */
#include "kde.h"

#include <math.h>
#include <string.h>

enum { LEAF = 128, DEEPEST = 64 };
#define DI_KERNEL "../kde/kde_tree_kernel.h"
#include "isa.h"

typedef struct {
    size_t first, count; /* points in order */
    size_t left, right;  /* children, or 0 in a leaf */
    size_t leaf;         /* its number */
    double w, log_sum;   /* weight incl. factors, and its logarithm */
    double logw;         /* largest log w */
    double share;        /* of all weight */
} node;

typedef struct {
    const di_kde_plan *p;
    size_t nodes, leaves;
    node *node;
    double *low, *high; /* boxes: d a node, whitened */
    double *y;          /* leaves x LEAF x d */
    double *logw;       /* leaves x LEAF, -Inf in the padding */
    size_t *index;
} tree;

int di_kde_tree_wanted(const di_kde_plan *p)
{
    if (p->method == DISTEST_KDE_TREE) return 1; /* or is refused */
    if (p->a2 || p->low || p->method == DISTEST_KDE_EXACT) return 0;
    return p->d <= 6 && p->n >= 1000 &&
           (p->tol > 0 || di_kde_compact(p->kernel) || p->inv * p->ymax > 200);
}

static const double *point(const di_kde_plan *p, size_t i)
{
    return p->y + i / PANEL * PANEL * p->d + i % PANEL;
}

/* the middle `half` points first, by coordinate k */
static void split(const di_kde_plan *p, size_t *index, size_t n, size_t half, size_t k)
{
    size_t lo = 0, hi = n - 1;
    while (lo < hi) {
        const double pivot = point(p, index[lo + (hi - lo) / 2])[k * PANEL];
        size_t i = lo, j = hi;
        while (i <= j) {
            while (point(p, index[i])[k * PANEL] < pivot) i++;
            while (point(p, index[j])[k * PANEL] > pivot) j--;
            if (i > j) break;
            const size_t keep = index[i];
            index[i++] = index[j];
            index[j] = keep;
            if (j == 0) break;
            j--;
        }
        if (half <= j)
            hi = j;
        else if (half >= i)
            lo = i;
        else
            return;
    }
}

static void box_of(tree *t, size_t at)
{
    const di_kde_plan *p = t->p;
    node *v = &t->node[at];
    double *low = t->low + at * p->d, *high = t->high + at * p->d;
    for (size_t k = 0; k < p->d; k++) {
        low[k] = INFINITY;
        high[k] = -INFINITY;
    }
    v->w = 0;
    v->logw = -INFINITY;
    for (size_t c = v->first; c < v->first + v->count; c++) {
        const double *y = point(p, t->index[c]);
        for (size_t k = 0; k < p->d; k++) {
            low[k] = fmin(low[k], y[k * PANEL]);
            high[k] = fmax(high[k], y[k * PANEL]);
        }
        v->w += exp(p->logw[t->index[c]]);
        v->logw = fmax(v->logw, p->logw[t->index[c]]);
    }
    v->log_sum = log(v->w);
    v->share = v->w / t->node[0].w;
}

static void fill_leaf(tree *t, node *v)
{
    const size_t d = t->p->d;
    v->leaf = t->leaves++;
    double *y = t->y + v->leaf * LEAF * d, *logw = t->logw + v->leaf * LEAF;
    memset(y, 0, LEAF * d * sizeof *y);
    for (size_t i = 0; i < LEAF; i++) logw[i] = -INFINITY;
    for (size_t i = 0; i < v->count; i++) {
        const size_t from = t->index[v->first + i];
        for (size_t k = 0; k < d; k++) y[i + k * LEAF] = point(t->p, from)[k * PANEL];
        logw[i] = t->p->logw[from];
    }
}

static int tree_make(distest_context *ctx, di_pool *pool, const di_kde_plan *p, tree *t)
{
    const size_t d = p->d, most = 4 * (p->n / LEAF + 1) + 4;
    int status;
    *t = (tree){.p = p};
    DI_TRY(DI_NEW(ctx, pool, &t->node, most, 1));
    DI_TRY(DI_NEW(ctx, pool, &t->low, most, d));
    DI_TRY(DI_NEW(ctx, pool, &t->high, most, d));
    DI_TRY(DI_NEW(ctx, pool, &t->index, p->n, 1));
    DI_TRY(DI_NEW(ctx, pool, &t->y, most / 2 * LEAF, d));
    DI_TRY(DI_NEW(ctx, pool, &t->logw, most / 2 * LEAF, 1));
    for (size_t i = 0; i < p->n; i++) t->index[i] = i;
    t->node[0] = (node){.count = p->n};
    t->nodes = 1;
    for (size_t at = 0; at < t->nodes; at++) {
        node *v = &t->node[at];
        box_of(t, at);
        if (at % 256 == 0) DI_TRY(di_progress(ctx, 0, "tree"));
        if (v->count <= LEAF) {
            fill_leaf(t, v);
            continue;
        }
        size_t widest = 0;
        const double *low = t->low + at * d, *high = t->high + at * d;
        for (size_t k = 1; k < d; k++)
            if (high[k] - low[k] > high[widest] - low[widest]) widest = k;
        const size_t half = v->count / 2;
        split(p, t->index + v->first, v->count, half, widest);
        v->left = t->nodes;
        v->right = t->nodes + 1;
        t->node[t->nodes++] = (node){.first = v->first, .count = half};
        t->node[t->nodes++] =
            (node){.first = v->first + half, .count = v->count - half};
    }
done:
    return status;
}

/* a node on the way, with squared distances, times inv^2, from z to its box */
typedef struct {
    size_t at;
    double near, far;
} visit;

static visit look(const tree *t, size_t at, const double *z)
{
    const size_t d = t->p->d;
    const double *low = t->low + at * d, *high = t->high + at * d;
    visit v = {.at = at};
    for (size_t k = 0; k < d; k++) {
        const double a = (low[k] - z[k]) * t->p->inv, b = (z[k] - high[k]) * t->p->inv;
        const double more = a > b ? a : b, less = a > b ? b : a;
        v.near += more > 0 ? more * more : 0;
        v.far += less * less;
    }
    return v;
}

/* both children, the nearer one on top */
static size_t push(const tree *t, const node *v, const double *z, visit *stack,
                   size_t top)
{
    const visit a = look(t, v->left, z), b = look(t, v->right, z);
    const int swap = a.near < b.near;
    stack[top++] = swap ? b : a;
    stack[top++] = swap ? a : b;
    return top;
}

static double profile(const di_kde_plan *p, double u)
{
    if (p->kernel == KERNEL_GAUSSIAN) return -0.5 * u;
    return di_kde_profile(p->kernel, p->nu, p->d, u);
}

/* terms of a leaf; returns the largest */
static double leaf(const tree *t, const node *v, const double *z, double *a)
{
    const di_kde_plan *p = t->p;
    const double *y = t->y + v->leaf * LEAF * p->d, *logw = t->logw + v->leaf * LEAF;
    if (p->kernel == KERNEL_GAUSSIAN)
        return DI_PICK(leaf_terms)(p->d, y, z, logw, p->inv, a);
    double most = -INFINITY;
    for (size_t i = 0; i < LEAF; i++) {
        double s = 0;
        for (size_t k = 0; k < p->d; k++) {
            const double u = (y[i + k * LEAF] - z[k]) * p->inv;
            s += u * u;
        }
        a[i] = i < v->count ? logw[i] + profile(p, s) : -INFINITY;
        most = fmax(most, a[i]);
    }
    return most;
}

/* the largest term: the nearer child first, boxes that cannot hold it left out */
static double largest_term(const tree *t, const double *z)
{
    visit stack[2 * DEEPEST];
    size_t top = 0;
    double M = -INFINITY, a[LEAF];
    stack[top++] = look(t, 0, z);
    while (top) {
        const visit here = stack[--top];
        const node *v = &t->node[here.at];
        if (v->logw + profile(t->p, here.near) <= M) continue;
        if (v->left)
            top = push(t, v, z, stack, top);
        else
            M = fmax(M, leaf(t, v, z, a));
    }
    return M;
}

typedef struct {
    const tree *t;
    size_t m;
    const double *at, *logj;
    double *z; /* m x d, whitened */
    double *logf, *relerr;
} job;

/* log f at query z and the certified relative error: boxes whose bounds [L, U] differ
 * by no more than their share of the tolerance, and what others left of theirs, count
 * as (U + L) / 2. All on the scale of the largest term, so that the sum is at least 1;
 * what is known of it only grows, hence lost <= tol max(sure, 1) at the end. */
static double sum_tree(const tree *t, const double *z, double *error)
{
    const di_kde_plan *p = t->p;
    /* the rest is for rounding */
    const double tol = p->tol > 1e-9 ? 0.99 * p->tol : p->tol > 0 ? p->tol : 0x1p-60;
    const double M = largest_term(t, z), nothing = log(tol) - 7 + M;
    visit stack[2 * DEEPEST];
    size_t top = 0;
    double a[LEAF], sum = 0, lost = 0, sure = 0, spare = 0;
    *error = 0;
    if (M == -INFINITY) return M;
    stack[top++] = look(t, 0, z);
    while (top) {
        const visit here = stack[--top];
        const node *v = &t->node[here.at];
        const double most = profile(p, here.near);
        if (most < nothing) { /* below w exp(-7) tol: no need to know more */
            lost += exp(-7) * tol * v->w;
            spare += 0.99 * v->share;
            continue;
        }
        const double near = v->log_sum + most - M;
        const double known = fmax(sure, 1), may = tol * known * (v->share + spare);
        if (near < 600) { /* otherwise the box is much nearer than its points */
            const double U = exp(near);
            const double L = exp(v->log_sum + profile(p, here.far) - M);
            const double half = 0.5 * (U - L);
            if (half <= may) {
                sum += 0.5 * (U + L);
                sure += L;
                lost += half;
                spare = fmax(0, spare + v->share - half / (tol * known));
                continue;
            }
        }
        if (v->left) {
            top = push(t, v, z, stack, top);
            continue;
        }
        (void)leaf(t, v, z, a);
        const double part = DI_PICK(leaf_sum)(a, M);
        sum += part;
        sure += part;
        spare += v->share;
    }
    *error = lost / fmax(sure, 1);
    return M + log(sum);
}

static int query(size_t block, int thread, void *data)
{
    const job *j = data;
    const di_kde_plan *p = j->t->p;
    double z[10];
    (void)thread;
    for (size_t q = block * 64; q < j->m && q < (block + 1) * 64; q++) {
        double error, norm2 = 0;
        for (size_t k = 0; k < p->d; k++) {
            z[k] = j->z[q + k * j->m];
            norm2 += z[k] * z[k];
        }
        const double logf = sum_tree(j->t, z, &error);
        j->logf[q] = p->c + logf + (j->logj ? j->logj[q] : 0);
        if (!j->relerr) continue;
        const double size = isfinite(logf) ? fabs(logf) : 0;
        const double R = (sqrt(norm2) + p->ymax) * p->inv;
        j->relerr[q] = error + 0x1p-52 * (16 + 2 * log((double)p->n) + 4 * size) +
                       expm1(fmin(6 * 0x1p-53 * R * sqrt(2 * size + 80), 1));
    }
    return DISTEST_SUCCESS;
}

int di_kde_tree_eval(distest_context *ctx, const di_kde_plan *p, size_t m,
                     const double *at, double *logf, double *relerr)
{
    di_pool pool = {0};
    tree t;
    job j = {.t = &t, .m = m, .logf = logf, .relerr = relerr};
    int status;
    if (p->d > 10 || p->a2 || p->low)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "method",
                       "`method` \"tree\" is for at most 10 dimensions, one bandwidth "
                       "for all points and no reflection."));
    DI_TRY(di_kde_queries(ctx, p, &pool, m, &at, &j.logj));
    DI_TRY(DI_NEW(ctx, &pool, &j.z, m, p->d));
    di_blas_serial_enter();
    di_kde_whiten(p, m, at, m, NULL, j.z, m);
    di_blas_serial_leave();
    DI_TRY(tree_make(ctx, &pool, p, &t));
    DI_TRY(di_for_blocks(ctx, "density", 0, 1, (m + 63) / 64, query, &j));
done:
    di_pool_free(&pool);
    return status;
}
