/* surv_clusters.c - likelihood of shared gamma frailty: the members of a cluster c
 * share a factor of their hazard, gamma distributed with mean 1 and variance v.
 *
 *     l = sum_events log h - sum_c [H l1(v H) + d log(1 + v H) - H0 l1(v H0)
 *         - sum_{j < d} log(1 + v j)],            l1(x) = log(1 + x) / x
 *
 * with d the events of the cluster, H and H0 the sums of its members' cumulative
 * hazards at their times and at their entries (all were alive at entry); a row of
 * weight w is w members. v = 0 is independence; nothing is divided by v. */
#include "linalg.h"
#include "surv_frailty.h"

#include <math.h>
#include <string.h>

enum { CLUSTERS = 32 };

/* l1 = log(1 + x) / x, its first and second derivative */
static void l1_of(double x, double *l)
{
    if (x < 0.25) {
        double power = 1;
        l[0] = l[1] = l[2] = 0;
        for (int k = 0; k < 34; k++, power *= -x) {
            l[0] += power / (k + 1);
            l[1] -= (k + 1) * power / (k + 2);
            l[2] += (k + 1) * (k + 2) * power / (k + 3);
        }
        return;
    }
    const double log1 = log1p(x), y = 1 + x;
    l[0] = log1 / x;
    l[1] = (x / y - log1) / (x * x);
    l[2] = (2 * log1 - (2 * x + 3 * x * x) / (y * y)) / (x * x * x);
}

/* What a cluster adds, and its derivatives in H, H0 and v. */
typedef struct {
    double value, h, h0, v, hh, h0h0, vv, hv, h0v;
} cluster_terms;

static cluster_terms terms_of(double v, double d, double H, double H0)
{
    double a[3], b[3];
    l1_of(v * H, a);
    l1_of(v * H0, b);
    const double y = 1 + v * H, y0 = 1 + v * H0;
    cluster_terms t = {.value = -H * a[0] - d * log1p(v * H) + H0 * b[0],
                       .h = -(1 + v * d) / y,
                       .h0 = 1 / y0,
                       .v = -H * H * a[1] - d * H / y + H0 * H0 * b[1],
                       .hh = (1 + v * d) * v / (y * y),
                       .h0h0 = -v / (y0 * y0),
                       .vv = -H * H * H * a[2] + d * H * H / (y * y) +
                             H0 * H0 * H0 * b[2],
                       .hv = -(d - H) / (y * y),
                       .h0v = -H0 / (y0 * y0)};
    for (double j = 1; j < d; j++) {
        t.value += log1p(v * j);
        t.v += j / (1 + v * j);
        t.vv -= j * j / ((1 + v * j) * (1 + v * j));
    }
    return t;
}

static void row_columns(const di_surv_problem *q, size_t row, double *x)
{
    for (int j = 0; j < PARAMETERS; j++) {
        const di_surv_design *par = &q->par[j];
        for (size_t c = 0; c < par->p; c++)
            x[par->first + c] =
                (par->x[row + c * par->ldx] - par->centre[c]) / par->scale[c];
    }
}

/* grad += f X'g, hess (lower, leading dimension ld) += f X' h X; each may be NULL */
static void add_row(const di_surv_problem *q, const double *x, double f,
                    const double *g, const double *h, double *grad, double *hess,
                    size_t ld)
{
    if (f == 0) return;
    for (int j = 0; j < PARAMETERS; j++)
        for (size_t c = q->par[j].first; c < q->par[j].first + q->par[j].p; c++) {
            grad[c] += f * g[j] * x[c];
            if (!hess) continue;
            for (int m = 0; m <= j; m++) {
                const double w = f * h[DI_SURV_PAIR[m][j]] * x[c];
                const size_t from = q->par[m].first, to = from + q->par[m].p;
                for (size_t e = from; e < to; e++) hess[c + e * ld] += w * x[e];
            }
        }
}

static double weight_of(const di_surv_shared *a, size_t row)
{
    return a->q.data->weight ? a->q.data->weight[row] : 1;
}

di_surv_cluster di_surv_cluster_of(const di_surv_shared *a, size_t c)
{
    di_surv_cluster s = {0};
    for (size_t i = a->start[c]; i < a->start[c + 1]; i++) {
        const di_surv_row r = di_surv_row_of(&a->q, a->row[i]);
        const double w = weight_of(a, a->row[i]);
        double eta[PARAMETERS], H, g[PARAMETERS], h[PAIRS];
        di_surv_eta(&a->q, a->theta, a->row[i], eta);
        di_surv_cumhaz(r.phi_form, r.kernel, r.lower, eta, 0, &H, g, h);
        s.H += w * H;
        di_surv_cumhaz(r.phi_form, r.kernel, r.entry, eta, 0, &H, g, h);
        s.H0 += w * H;
        s.d += r.type == DISTEST_SURV_EVENT ? w : 0;
    }
    return s;
}

/* out: value, gradient (P + 1), Hessian ((P + 1)^2, lower) */
static void add_cluster(const di_surv_shared *a, size_t c, double *x, double *out)
{
    const size_t P = a->P, ld = P + 1;
    double *dH = x + P, *dH0 = dH + P, *grad = out + 1, *hess = grad + ld;
    const di_surv_cluster s = di_surv_cluster_of(a, c);
    const cluster_terms t = terms_of(a->v, s.d, s.H, s.H0);
    out[0] += t.value;
    memset(dH, 0, 2 * P * sizeof *dH);
    for (size_t i = a->start[c]; i < a->start[c + 1]; i++) {
        const di_surv_row r = di_surv_row_of(&a->q, a->row[i]);
        const double w = weight_of(a, a->row[i]);
        double eta[PARAMETERS], v, g[PARAMETERS], h[PAIRS];
        double *second = a->deriv > 1 ? hess : NULL;
        di_surv_eta(&a->q, a->theta, a->row[i], eta);
        if (a->deriv) row_columns(&a->q, a->row[i], x);
        if (r.type == DISTEST_SURV_EVENT) {
            di_surv_loghaz(r.phi_form, r.kernel, r.lower, eta, a->deriv, &v, g, h);
            out[0] += w * v;
            if (a->deriv) add_row(&a->q, x, w, g, h, grad, second, ld);
        }
        if (!a->deriv) continue;
        di_surv_cumhaz(r.phi_form, r.kernel, r.lower, eta, 2, &v, g, h);
        add_row(&a->q, x, w, g, h, dH, NULL, ld);
        add_row(&a->q, x, w * t.h, g, h, grad, second, ld);
        if (r.entry == 0) continue;
        di_surv_cumhaz(r.phi_form, r.kernel, r.entry, eta, 2, &v, g, h);
        add_row(&a->q, x, w, g, h, dH0, NULL, ld);
        add_row(&a->q, x, w * t.h0, g, h, grad, second, ld);
    }
    if (!a->deriv) return;
    grad[P] += t.v;
    if (a->deriv < 2) return;
    for (size_t j = 0; j < P; j++) {
        for (size_t i = j; i < P; i++)
            hess[i + j * ld] += t.hh * dH[i] * dH[j] + t.h0h0 * dH0[i] * dH0[j];
        hess[P + j * ld] += t.hv * dH[j] + t.h0v * dH0[j];
    }
    hess[P + P * ld] += t.vv;
}

size_t di_surv_shared_scratch(size_t P)
{
    return 3 * P + P + 2;
}

static double *scratch_of(const di_surv_shared *a, int thread)
{
    return a->scratch + (size_t)thread * di_surv_shared_scratch(a->P);
}

static size_t length(size_t P)
{
    return 1 + (P + 1) + (P + 1) * (P + 1);
}

static int some_clusters(size_t block, int thread, void *data, double *out)
{
    const di_surv_shared *a = data;
    const size_t from = block * CLUSTERS;
    const size_t to = a->clusters - from < CLUSTERS ? a->clusters : from + CLUSTERS;
    memset(out, 0, length(a->P) * sizeof *out);
    for (size_t c = from; c < to; c++) add_cluster(a, c, scratch_of(a, thread), out);
    return DISTEST_SUCCESS;
}

int di_surv_shared_objective(const double *x, int deriv, double *f, double *g,
                             double *H, void *data)
{
    di_surv_shared *a = data;
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *total = NULL;
    const size_t ld = a->P + 1;
    a->theta = x;
    a->v = x[a->P];
    a->deriv = deriv;
    if (a->q.passes) ++*a->q.passes;
    DI_TRY(DI_NEW(a->q.ctx, &pool, &total, length(a->P), 1));
    DI_TRY(di_sum_blocks(a->q.ctx, "frailty", 0, 1,
                         (a->clusters + CLUSTERS - 1) / CLUSTERS, length(a->P),
                         some_clusters, a, total));
    *f = -total[0];
    for (size_t i = 0; deriv > 0 && i < ld; i++) g[i] = -total[1 + i];
    for (size_t i = 0; deriv > 1 && i < ld * ld; i++) H[i] = -total[1 + ld + i];
    if (deriv > 1) di_symmetrize('L', ld, H, ld);
done:
    di_pool_free(&pool);
    return status;
}

/* sum of s s' over clusters, s the score of a cluster in (theta, v) */
static int some_squares(size_t block, int thread, void *data, double *out)
{
    const di_surv_shared *a = data;
    const size_t ld = a->P + 1, from = block * CLUSTERS;
    const size_t to = a->clusters - from < CLUSTERS ? a->clusters : from + CLUSTERS;
    double *x = scratch_of(a, thread), *one = x + 3 * a->P, *s = one + 1;
    memset(out, 0, ld * ld * sizeof *out);
    for (size_t c = from; c < to; c++) {
        memset(one, 0, (ld + 1) * sizeof *one);
        add_cluster(a, c, x, one);
        for (size_t j = 0; j < ld; j++)
            for (size_t i = 0; i < ld; i++) out[i + j * ld] += s[i] * s[j];
    }
    return DISTEST_SUCCESS;
}

int di_surv_shared_middle(const double *x, di_surv_shared *a, double *middle)
{
    const size_t ld = a->P + 1;
    a->theta = x;
    a->v = x[a->P];
    a->deriv = 1;
    return di_sum_blocks(a->q.ctx, "robust errors", 0, 1,
                         (a->clusters + CLUSTERS - 1) / CLUSTERS, ld * ld, some_squares,
                         a, middle);
}
