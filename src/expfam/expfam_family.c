/* expfam_family.c - families are made here; what each can do is looked up in its row.
 */
#include "expfam.h"

#include <string.h>

static const di_expfam_row *find_row(const char *name)
{
    const di_expfam_row *tables[] = {
        di_expfam_scale,  di_expfam_counts, di_expfam_positive, di_expfam_vector,
        di_expfam_sphere, di_expfam_gauss,  di_expfam_noded,    di_expfam_interval,
        di_expfam_series, di_expfam_cells};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const di_expfam_row *r = tables[t]; r->name; r++)
            if (strcmp(r->name, name) == 0) return r;
    return NULL;
}

DISTEST_STATUS di_expfam_new_family(distest_expfam_family **out,
                                    const di_expfam_row *row, distest_context *ctx)
{
    void *p = NULL;
    const int status = di_alloc(ctx, &p, 1, sizeof **out);
    if (status != DISTEST_SUCCESS) return status;
    *out = p;
    memset(*out, 0, sizeof **out);
    (*out)->row = row;
    return DISTEST_SUCCESS;
}

int distest_expfam_family_alloc(distest_expfam_family **out, const char *name,
                                const double *par, size_t npar, const size_t *ipar,
                                size_t nipar, distest_context *ctx)
{
    distest_expfam_family *f = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(di_check_pointer(ctx, "name", name));
    if (npar) DI_TRY(di_check_pointer(ctx, "par", par));
    if (nipar) DI_TRY(di_check_pointer(ctx, "ipar", ipar));
    const di_expfam_row *row = find_row(name);
    if (!row || strcmp(name, "nodes") == 0) {
        status =
            di_fail(ctx, DISTEST_EINVAL, "name", "There is no family \"%.40s\".", name);
        goto done;
    }
    if (row->npar != SIZE_MAX && row->npar != npar)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "par", "%s takes %zu numbers, not %zu.",
                       name, row->npar, npar));
    if (row->nipar != SIZE_MAX && row->nipar != nipar)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "ipar", "%s takes %zu sizes, not %zu.",
                       name, row->nipar, nipar));
    DI_TRY(di_expfam_new_family(&f, row, ctx));
    f->p = row->p;
    f->usual = row->usual;
    f->d = 1;
    f->npar = npar;
    f->nipar = nipar;
    DI_TRY(DI_NEW(ctx, &f->pool, &f->par, npar, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &f->ipar, nipar, 1));
    for (size_t i = 0; i < npar; i++) f->par[i] = par[i];
    for (size_t i = 0; i < nipar; i++) f->ipar[i] = ipar[i];
    if (row->setup) DI_TRY(row->setup(f, ctx));
    *out = f;
    f = NULL;
done:
    distest_expfam_family_free(f);
    return status;
}

int distest_expfam_family_nodes(distest_expfam_family **out, size_t m, size_t p,
                                const double *xi, const double *logw, int finite,
                                distest_context *ctx)
{
    distest_expfam_family *f = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(di_check_shape(ctx, "xi", m, p));
    if (m < 2 || p < 1)
        DI_TRY(di_fail(
            ctx, DISTEST_EINVAL, "xi",
            "There must be at least 2 nodes and 1 statistic, not %zu and %zu.", m, p));
    DI_TRY(di_check_finite(ctx, "xi", m * p, xi));
    if (logw) DI_TRY(di_check_finite(ctx, "logw", m, logw));
    DI_TRY(di_expfam_new_family(&f, find_row("nodes"), ctx));
    f->p = f->d = p;
    f->finite = finite != 0;
    f->fixed.m = m;
    f->fixed.p = p;
    DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.xi, m, p));
    memcpy(f->fixed.xi, xi, m * p * sizeof *xi);
    if (logw) {
        DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.logw, m, 1));
        memcpy(f->fixed.logw, logw, m * sizeof *logw);
    }
    *out = f;
    f = NULL;
done:
    distest_expfam_family_free(f);
    return status;
}

void distest_expfam_family_free(distest_expfam_family *family)
{
    if (!family) return;
    di_pool_free(&family->pool);
    di_free(family);
}

void distest_expfam_sizes(const distest_expfam_family *family, size_t *p, size_t *d,
                          size_t *usual)
{
    if (p) *p = family->p;
    if (d) *d = family->d;
    if (usual) *usual = family->usual;
}

static int outside(distest_context *ctx)
{
    return di_fail(ctx, DISTEST_EDOM, "theta",
                   "`theta` is outside the parameter space of the family.");
}

static int no_memory(distest_context *ctx)
{
    return di_fail(ctx, DISTEST_ENOMEM, NULL, "Memory ran out in a normal model.");
}

int di_expfam_closed_psi(const distest_expfam_family *f, const double *theta,
                         double *value, double *grad, double *hess,
                         distest_context *ctx)
{
    if (f->graph) return di_expfam_graph_psi(f, theta, value, grad, hess, ctx);
    *value = f->row->psi(f, theta, grad, hess);
    return f->row->way == EXPFAM_GAUSS && isnan(*value) ? no_memory(ctx)
                                                        : DISTEST_SUCCESS;
}

int di_expfam_natural(const distest_expfam_family *f, const double *par, double *theta,
                      distest_context *ctx)
{
    const int ok = f->row->from_usual(f, par, theta);
    if (ok < 0) return no_memory(ctx);
    return ok ? DISTEST_SUCCESS
              : di_fail(ctx, DISTEST_EDOM, "par",
                        "`par` is outside the parameter space of the family.");
}

DISTEST_STATUS di_expfam_closed_cumulants(const distest_expfam_family *f,
                                          const double *theta, double *S, double *Q,
                                          distest_context *ctx)
{
    if (f->user.size) return di_expfam_user_cumulants(f, theta, S, Q, ctx);
    f->row->cumulants(f, theta, S, Q);
    return DISTEST_SUCCESS;
}

int distest_expfam_psi(const distest_expfam_family *family, const double *theta,
                       double *psi, double *grad, double *hess, distest_context *ctx)
{
    const size_t p = family->p;
    di_pool pool = {NULL};
    di_expfam_nodes nodes;
    double *prob = NULL, *mean = NULL, value;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_finite(ctx, "theta", p, theta));
    if (family->row->way == EXPFAM_CHAINS)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "family",
                       "The log partition of a family that can only be sampled must be "
                       "estimated: distest_expfam_fit_mc() does."));
    if (family->row->way != EXPFAM_NODES) {
        DI_TRY(di_expfam_closed_psi(family, theta, &value, NULL, NULL, ctx));
        if (!isfinite(value)) DI_TRY(outside(ctx));
        DI_TRY(di_expfam_closed_psi(family, theta, &value, grad, hess, ctx));
        *psi = value;
        goto done;
    }
    DI_TRY(di_expfam_nodes_at(family, theta, &pool, &nodes, ctx));
    if (nodes.m == 0) DI_TRY(outside(ctx));
    DI_TRY(DI_NEW(ctx, &pool, &prob, nodes.m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &mean, p, 1));
    DI_TRY(di_expfam_node_prob(&nodes, theta, NULL, prob, &value, -1, ctx));
    if (!isfinite(value)) DI_TRY(outside(ctx));
    *psi = value;
    if (grad || hess) {
        DI_TRY(di_expfam_node_moments(&nodes, NULL, prob, mean, hess, -1, ctx));
        for (size_t a = 0; grad && a < p; a++) grad[a] = mean[a];
    }
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_expfam_cumulants(const distest_expfam_family *family, const double *theta,
                             double *s3, double *q4, distest_context *ctx)
{
    const size_t p = family->p, d = family->d;
    di_pool pool = {NULL};
    di_expfam_nodes nodes;
    double *prob = NULL, *u = NULL, *G = NULL, *mean = NULL, *g = NULL, *A = NULL,
           *C = NULL, psi;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    if (p > 32)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "family",
                       "Full tensors are for at most 32 statistics, not %zu.", p));
    DI_TRY(DI_NEW(ctx, &pool, &mean, p + d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &G, p, p));
    DI_TRY(distest_expfam_psi(family, theta, &psi, mean, G, ctx));
    if (family->row->way == EXPFAM_TENSOR) {
        DI_TRY(di_expfam_closed_cumulants(family, theta, s3, q4, ctx));
        goto done;
    }
    if (family->row->way == EXPFAM_GRAPH) {
        DI_TRY(di_expfam_graph_cumulants(family, theta, mean, s3, q4, ctx));
        goto done;
    }
    if (family->row->way == EXPFAM_NODES) {
        DI_TRY(di_expfam_nodes_at(family, theta, &pool, &nodes, ctx));
        DI_TRY(DI_NEW(ctx, &pool, &prob, nodes.m, 1));
        DI_TRY(DI_NEW(ctx, &pool, &u, p, 1));
        DI_TRY(di_expfam_node_prob(&nodes, theta, mean, prob, &psi, -1, ctx));
        if (s3) memset(s3, 0, p * p * p * sizeof *s3);
        if (q4) memset(q4, 0, p * p * p * p * sizeof *q4);
        for (size_t i = 0; i < nodes.m; i++) {
            di_expfam_node_rows(&nodes, i, 1, mean, u, 1);
            for (size_t a = 0; a < p; a++)
                for (size_t b = 0; b < p; b++)
                    for (size_t c = 0; c < p; c++) {
                        const double t = prob[i] * u[a] * u[b] * u[c];
                        if (s3) s3[a + p * (b + p * c)] += t;
                        for (size_t e = 0; q4 && e < p; e++)
                            q4[a + p * (b + p * (c + p * e))] += t * u[e];
                    }
        }
        for (size_t a = 0; q4 && a < p; a++)
            for (size_t b = 0; b < p; b++)
                for (size_t c = 0; c < p; c++)
                    for (size_t e = 0; e < p; e++)
                        q4[a + p * (b + p * (c + p * e))] -=
                            G[a + b * p] * G[c + e * p] + G[a + c * p] * G[b + e * p] +
                            G[a + e * p] * G[b + c * p];
        goto done;
    }
    /* Gauss: forms in y, z = L y with L L' = C */
    DI_TRY(DI_NEW(ctx, &pool, &C, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &g, d, p));
    DI_TRY(DI_NEW(ctx, &pool, &A, d * d, p));
    di_expfam_gauss_moments(family, theta, mean, C);
    di_expfam_gauss_forms(family, mean, g, A);
    DI_TRY(di_cholesky('L', d, C, d, NULL));
    for (size_t a = 0; a < p; a++) {
        di_trmm('L', 'L', 'T', 'N', d, 1, 1, C, d, g + a * d, d);
        di_trmm('L', 'L', 'T', 'N', d, d, 1, C, d, A + a * d * d, d);
        di_trmm('R', 'L', 'N', 'N', d, d, 1, C, d, A + a * d * d, d);
    }
#define M(a, i, j) A[(a)*d * d + (i) + (j)*d]
#define Gv(a, i)   g[(a)*d + (i)]
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            for (size_t c = 0; c < p; c++) {
                double t = 0;
                for (size_t i = 0; i < d; i++)
                    for (size_t j = 0; j < d; j++) {
                        for (size_t k = 0; k < d; k++)
                            t += 8 * M(a, i, j) * M(b, j, k) * M(c, k, i);
                        t += 2 * (Gv(a, i) * M(b, i, j) * Gv(c, j) +
                                  Gv(b, i) * M(a, i, j) * Gv(c, j) +
                                  Gv(a, i) * M(c, i, j) * Gv(b, j));
                    }
                if (s3) s3[a + p * (b + p * c)] = t;
            }
    for (size_t s = 0; q4 && s < p * p * p * p; s++) {
        const size_t q[4] = {s % p, s / p % p, s / (p * p) % p, s / (p * p * p)};
        static const size_t order[6][4] = {{0, 1, 2, 3}, {0, 1, 3, 2}, {0, 2, 1, 3},
                                           {0, 2, 3, 1}, {0, 3, 1, 2}, {0, 3, 2, 1}};
        static const size_t split[12][4] = {{0, 1, 2, 3}, {0, 1, 3, 2}, {0, 2, 1, 3},
                                            {0, 2, 3, 1}, {0, 3, 1, 2}, {0, 3, 2, 1},
                                            {1, 2, 0, 3}, {1, 2, 3, 0}, {1, 3, 0, 2},
                                            {1, 3, 2, 0}, {2, 3, 0, 1}, {2, 3, 1, 0}};
        double t = 0;
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j < d; j++)
                for (size_t k = 0; k < d; k++) {
                    for (size_t l = 0; l < d; l++)
                        for (size_t o = 0; o < 6; o++)
                            t += 8 * M(q[order[o][0]], i, j) * M(q[order[o][1]], j, k) *
                                 M(q[order[o][2]], k, l) * M(q[order[o][3]], l, i);
                    for (size_t o = 0; o < 12; o++)
                        t += 4 * Gv(q[split[o][0]], i) * M(q[split[o][2]], i, j) *
                             M(q[split[o][3]], j, k) * Gv(q[split[o][1]], k);
                }
        q4[s] = t;
    }
#undef M
#undef Gv
done:
    di_pool_free(&pool);
    return status;
}

int distest_expfam_to_usual(const distest_expfam_family *family, const double *theta,
                            double *par, double *jacobian, distest_context *ctx)
{
    const size_t p = family->p, q = family->usual;
    di_pool pool = {NULL};
    double *t = NULL, *v = NULL, psi;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    if (!family->row->to_usual)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "family",
                       "The family has no usual parameters."));
    DI_TRY(DI_NEW(ctx, &pool, &t, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &v, q, 5));
    DI_TRY(distest_expfam_psi(family, theta, &psi, NULL, NULL, ctx));
    family->row->to_usual(family, theta, v + 4 * q);
    /* differences with steps h and h / 2, extrapolated */
    for (size_t a = 0; jacobian && a < p; a++) {
        const double h = 1e-3 * (theta[a] != 0 ? fabs(theta[a]) : 1);
        for (size_t s = 0; s < 4; s++) {
            for (size_t b = 0; b < p; b++) t[b] = theta[b];
            t[a] += (s < 2 ? h : 0.5 * h) * (s % 2 ? -1 : 1);
            family->row->to_usual(family, t, v + s * q);
        }
        for (size_t k = 0; k < q; k++) {
            const double one = (v[k] - v[k + q]) / (2 * h),
                         two = (v[k + 2 * q] - v[k + 3 * q]) / h;
            jacobian[k + a * q] = (4 * two - one) / 3;
        }
    }
    for (size_t k = 0; k < q; k++) par[k] = v[k + 4 * q];
done:
    di_pool_free(&pool);
    return status;
}

int distest_expfam_from_usual(const distest_expfam_family *family, const double *par,
                              double *theta, distest_context *ctx)
{
    di_pool pool = {NULL};
    double *t = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    if (!family->row->from_usual)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "family",
                       "The family has no usual parameters."));
    DI_TRY(DI_NEW(ctx, &pool, &t, family->p, 1));
    DI_TRY(di_expfam_natural(family, par, t, ctx));
    for (size_t a = 0; a < family->p; a++) theta[a] = t[a];
done:
    di_pool_free(&pool);
    return status;
}

/* D = int_0^1 (1 - t) d'G(theta1 + t d)d dt, d = theta2 - theta1: no cancellation when
 * the two are close; the direct form otherwise */
int distest_expfam_divergence(const distest_expfam_family *family, const double *theta1,
                              const double *theta2, double *kl, distest_context *ctx)
{
    const size_t p = family->p;
    di_pool pool = {NULL};
    double *eta = NULL, *G = NULL, *t = NULL, *d = NULL, psi1, psi2, cross = 0, big = 0;
    double x[8], w[8];
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(DI_NEW(ctx, &pool, &eta, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &t, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &d, p, 1));
    DI_TRY(distest_expfam_psi(family, theta1, &psi1, eta, NULL, ctx));
    DI_TRY(distest_expfam_psi(family, theta2, &psi2, NULL, NULL, ctx));
    for (size_t a = 0; a < p; a++) {
        d[a] = theta2[a] - theta1[a];
        cross += eta[a] * d[a];
        big = fmax(big, fabs(eta[a] * d[a]));
    }
    double value = psi2 - psi1 - cross;
    big = fmax(big, fmax(fabs(psi1), fabs(psi2)));
    if (!(value > 1e-6 * big)) {
        DI_TRY(DI_NEW(ctx, &pool, &G, p, p));
        DI_TRY(di_gauss_legendre(ctx, 8, 0, 1, x, w));
        value = 0;
        for (size_t k = 0; k < 8; k++) {
            for (size_t a = 0; a < p; a++) t[a] = theta1[a] + x[k] * d[a];
            DI_TRY(distest_expfam_psi(family, t, &psi2, NULL, G, ctx));
            value += w[k] * (1 - x[k]) * di_quadform(p, G, p, d);
        }
    }
    *kl = fmax(value, 0);
done:
    di_pool_free(&pool);
    return status;
}
