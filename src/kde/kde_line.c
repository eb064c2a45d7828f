/* kde_line.c - one dimension, with a tolerance: sums over cells instead of points.
 *
 * Coordinates in units of the bandwidth. A cell of half-width RADIUS about c keeps
 * m_j = sum w exp(-u^2 / 2) u^j / j!, u = y - c, and adds to the density at t = x - c
 *
 *     sum w exp(-(t - u)^2 / 2) = exp(-t^2 / 2) sum_j m_j t^j,
 *
 * each point with a relative error of at most (|t| r)^P / P! exp(2 |t| r) when P terms
 * are taken. Where that is too much, far from all data, the points of the cell are
 * summed themselves. Cells are taken from the query outwards, until what is left is
 * certainly within the tolerance; so the bound holds for the density at every query,
 * however small it is. */
#include "kde.h"

#include <math.h>
#include <string.h>

enum { ORDER_MOST = 24 };
static const double RADIUS = 0.125;

typedef struct {
    size_t first, count;      /* points, by cell */
    double centre, w, before; /* weight of it; of the cells to the left of it */
    double m[ORDER_MOST];
} cell;

typedef struct {
    const di_kde_plan *p;
    cell *cell; /* not empty, left to right */
    size_t cells;
    double *y, *w; /* by cell */
    double low, total;
    int order;
    double far, cut; /* largest |t|; relative error of P terms within it */
    size_t m;
    const double *z, *logj; /* m queries */
    double *logf, *relerr;
} line;

int di_kde_line_wanted(const di_kde_plan *p)
{
    return p->d == 1 && p->tol > 0 && p->n >= 1000 && !p->a2 && !p->low &&
           p->method == DISTEST_KDE_AUTO && p->kernel == KERNEL_GAUSSIAN &&
           p->ymax * p->inv < (double)p->n;
}

/* Terms so that a query within `far` of a cell errs by less than a quarter of tol; more
 * than ORDER_MOST never pay. */
static void choose_order(line *l)
{
    const double tol = l->p->tol, n = (double)l->p->n;
    l->far = fmin(sqrt(2 * log(8 * n / tol)), 12);
    const double v = l->far * RADIUS;
    double part = exp(2 * v);
    for (l->order = 0; l->order < ORDER_MOST && part > tol / 4; l->order++)
        part *= v / (l->order + 1);
    l->cut = part + 0x1p-53 * (l->order + 16) * exp(2 * v);
}

static void moments(const line *l, cell *c)
{
    enum { BLOCK = 256 };
    double u[BLOCK], e[BLOCK], q[BLOCK];
    memset(c->m, 0, sizeof c->m);
    for (size_t i0 = 0; i0 < c->count; i0 += BLOCK) {
        const size_t k = c->count - i0 < BLOCK ? c->count - i0 : BLOCK;
        const double *y = l->y + c->first + i0, *w = l->w + c->first + i0;
        for (size_t i = 0; i < k; i++) {
            u[i] = y[i] - c->centre;
            q[i] = -0.5 * u[i] * u[i];
            c->w += w[i];
        }
        di_vexp(k, q, e);
        for (size_t i = 0; i < k; i++) e[i] *= w[i];
        for (int j = 0; j < l->order; j++) {
            c->m[j] += di_sum(k, e);
            for (size_t i = 0; i < k; i++) e[i] *= u[i] / (j + 1);
        }
    }
}

/* points into cells, empty ones left out */
static int make_cells(distest_context *ctx, di_pool *pool, line *l)
{
    const di_kde_plan *p = l->p;
    double high = -INFINITY;
    size_t *start, at = 0;
    int status;
    l->low = INFINITY;
    for (size_t i = 0; i < p->n; i++) { /* d = 1: panels follow each other */
        l->low = fmin(l->low, p->y[i] * p->inv);
        high = fmax(high, p->y[i] * p->inv);
    }
    const size_t all = (size_t)((high - l->low) / (2 * RADIUS)) + 1;
    DI_TRY(DI_NEW(ctx, pool, &start, all + 1, 1));
    DI_TRY(DI_NEW(ctx, pool, &l->y, p->n, 1));
    DI_TRY(DI_NEW(ctx, pool, &l->w, p->n, 1));
    memset(start, 0, (all + 1) * sizeof *start);
    for (size_t i = 0; i < p->n; i++)
        start[(size_t)((p->y[i] * p->inv - l->low) / (2 * RADIUS)) + 1]++;
    for (size_t b = 0; b < all; b++) l->cells += start[b + 1] > 0;
    DI_TRY(DI_NEW(ctx, pool, &l->cell, l->cells, 1));
    for (size_t b = 0; b < all; b++) {
        const size_t count = start[b + 1];
        start[b + 1] += start[b];
        if (count == 0) continue;
        l->cell[at++] = (cell){.first = start[b],
                               .count = count,
                               .centre = l->low + 2 * RADIUS * ((double)b + 0.5)};
    }
    for (size_t i = 0; i < p->n; i++) {
        const double y = p->y[i] * p->inv;
        const size_t to = start[(size_t)((y - l->low) / (2 * RADIUS))]++;
        l->y[to] = y;
        l->w[to] = exp(p->logw[i]);
    }
    for (size_t b = 0; b < l->cells; b++) {
        moments(l, &l->cell[b]);
        l->cell[b].before = l->total;
        l->total += l->cell[b].w;
        if (b % 1024 == 0) DI_TRY(di_progress(ctx, 0, "cells"));
    }
done:
    return status;
}

/* exp(scale) times what a cell adds */
static double add_cell(const line *l, const cell *c, double t, double scale)
{
    const double r = t - c->centre;
    if (fabs(r) > l->far) {
        double sum = 0;
        for (size_t i = c->first; i < c->first + c->count; i++) {
            const double u = t - l->y[i];
            sum += l->w[i] * exp(scale - 0.5 * u * u);
        }
        return sum;
    }
    double sum = 0;
    for (int j = l->order; j-- > 0;) sum = sum * r + c->m[j];
    return sum * exp(scale - 0.5 * r * r);
}

/* the first cell whose centre is not left of t */
static size_t find(const line *l, double t)
{
    size_t a = 0, b = l->cells;
    while (a < b) {
        const size_t half = a + (b - a) / 2;
        if (l->cell[half].centre < t)
            a = half + 1;
        else
            b = half;
    }
    return a;
}

/* distance from t to the nearest point of a cell */
static double nearest_in(const line *l, const cell *c, double t)
{
    double near = INFINITY;
    for (size_t i = c->first; i < c->first + c->count; i++)
        near = fmin(near, fabs(t - l->y[i]));
    return near;
}

/* log of the sum at t; *error: certified, relative */
static double sum_line(const line *l, double t, double *error)
{
    const size_t right = find(l, t);
    double near = INFINITY, sum = 0, lost = 0;
    if (right < l->cells) near = l->cell[right].centre - t;
    if (right > 0) near = fmin(near, t - l->cell[right - 1].centre);
    if (near > l->far) { /* one cell spans many powers of e there */
        near = INFINITY;
        if (right < l->cells) near = nearest_in(l, &l->cell[right], t);
        if (right > 0) near = fmin(near, nearest_in(l, &l->cell[right - 1], t));
    }
    const double scale = 0.5 * near * near, enough = l->p->tol / 4;
    /* the nearer side first: it decides how far the other one counts */
    const int first =
        right == l->cells ||
        (right > 0 && t - l->cell[right - 1].centre <= l->cell[right].centre - t);
    for (int side = 0; side < 2; side++) {
        const int left = side == 0 ? first : !first;
        for (size_t b = left ? right : right + 1; left ? b > 0 : b <= l->cells;
             b += left ? (size_t)-1 : 1) {
            const cell *c = &l->cell[b - 1];
            const double edge = fmax(fabs(t - c->centre) - RADIUS, 0);
            const double rest = left ? c->before + c->w : l->total - c->before;
            const double most = rest * exp(fmin(scale - 0.5 * edge * edge, 700));
            if (sum > 0 && most <= enough * sum) {
                lost += most;
                break;
            }
            sum += add_cell(l, c, t, scale);
        }
    }
    *error = lost / sum + l->cut;
    return log(sum) - scale;
}

static int query(size_t block, int thread, void *data)
{
    const line *l = data;
    const di_kde_plan *p = l->p;
    (void)thread;
    for (size_t q = block * 64; q < l->m && q < (block + 1) * 64; q++) {
        const double t = l->z[q] * p->inv;
        double error;
        const double logf = sum_line(l, t, &error);
        l->logf[q] = p->c + logf + (l->logj ? l->logj[q] : 0);
        if (!l->relerr) continue;
        const double size = isfinite(logf) ? fabs(logf) : 0;
        const double R = fabs(t) + p->ymax * p->inv;
        l->relerr[q] = error + 0x1p-52 * (16 + 2 * log((double)p->n) + 4 * size) +
                       expm1(fmin(6 * 0x1p-53 * R * sqrt(2 * size + 80), 1));
    }
    return DISTEST_SUCCESS;
}

int di_kde_line_eval(distest_context *ctx, const di_kde_plan *p, size_t m,
                     const double *at, double *logf, double *relerr)
{
    di_pool pool = {0};
    line l = {.p = p, .m = m, .logf = logf, .relerr = relerr};
    double *z;
    int status;
    DI_TRY(di_kde_queries(ctx, p, &pool, m, &at, &l.logj));
    DI_TRY(DI_NEW(ctx, &pool, &z, m, 1));
    di_kde_whiten(p, m, at, m, NULL, z, m);
    l.z = z;
    choose_order(&l);
    DI_TRY(make_cells(ctx, &pool, &l));
    DI_TRY(di_for_blocks(ctx, "density", 0, 1, (m + 63) / 64, query, &l));
done:
    di_pool_free(&pool);
    return status;
}
