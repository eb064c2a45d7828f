/* expfam_terms.c - from a model and data to the terms of the risk: whiten by the
 * model's covariance, rotate until the data's covariance is diagonal, contract.
 *
 * The terms do not change under linear maps of the statistics. Normal models are
 * therefore moved to mean 0 and variances 1 first, so that data far from the origin
 * keep their digits. */
#include "expfam.h"

#include <string.h>

enum {
    MOST_TENSOR = 8,  /* statistics with full tensors, where there is another way */
    MOST_JOINED = 400 /* two tensors of third cumulants: 1 GB */
};

static int enough(const distest_sample *sample, int sampling, distest_context *ctx)
{
    double total = 0;
    for (size_t i = 0; i < sample->n; i++)
        total += !sample->weights ? 1
                 : sampling       ? sample->weights[i] > 0
                                  : sample->weights[i];
    if (total < 3)
        return di_fail(
            ctx, DISTEST_EINVAL, "sample",
            "The data's third cumulant needs at least 3 observations, not %g.", total);
    return DISTEST_SUCCESS;
}

/* tensors: whitened and rotated one index after the other */
static int contract_tensor(const distest_expfam_family *f, const double *theta,
                           const di_expfam_frame *r, di_expfam_sums *s, double *tilt,
                           di_pool *pool, distest_context *ctx)
{
    const size_t p = f->p, p2 = p * p;
    double *S = NULL, *Q = NULL, *T = NULL;
    int status = DISTEST_SUCCESS;
    memset(s, 0, sizeof *s);
    DI_TRY(DI_NEW(ctx, pool, &S, p2, p));
    DI_TRY(DI_NEW(ctx, pool, &Q, p2, p2));
    DI_TRY(DI_NEW(ctx, pool, &T, p2, p2));
    DI_TRY(di_expfam_closed_cumulants(f, theta, S, Q, ctx));
    di_expfam_rotate(p, 3, S, r->B, T);
    di_expfam_rotate(p, 4, Q, r->B, T);
    for (size_t c = 0; c < p; c++) {
        double one = 0;
        tilt[c] = 0;
        for (size_t a = 0; a < p; a++) {
            tilt[c] += r->l[a] * S[a + p * (a + p * c)];
            one += S[a + p * (a + p * c)];
            const double q = Q[a + p * (a + p * (c + p * c))];
            s->t3 += 3 * r->l[a] * r->l[c] * q;
            s->rho4 += q;
        }
        s->t2a += tilt[c] * tilt[c];
        s->rho13 += one * one;
        for (size_t b = 0; b <= c; b++)
            for (size_t a = 0; a <= b; a++) {
                double K = r->K ? r->K[a + p * (b + p * c)] / r->k3 : 0;
                for (size_t i = 0; i < r->n; i++)
                    K += (r->f ? r->f[i] : 1) * r->V[i + a * r->n] *
                         r->V[i + b * r->n] * r->V[i + c * r->n];
                di_expfam_triple(s, r->l, a, b, c, S[a + p * (b + p * c)], r->k3 * K);
            }
    }
done:
    return status;
}

static int contract_nodes(const distest_expfam_family *f, const double *theta,
                          const double *mean, const di_expfam_frame *r,
                          di_expfam_sums *s, double *tilt, di_pool *pool,
                          distest_context *ctx)
{
    const size_t p = f->p;
    di_expfam_nodes nodes;
    double *prob = NULL, *U = NULL, *X = NULL, psi;
    int status = DISTEST_SUCCESS;
    DI_TRY(di_expfam_nodes_at(f, theta, pool, &nodes, ctx));
    const size_t m = nodes.m;
    DI_TRY(DI_NEW(ctx, pool, &prob, m, 1));
    /* 2 m p^3 / 3 multiplications by slices, 3 p^4 by rotating all third cumulants */
    if (nodes.states && 2 * m > 9 * p && p <= MOST_JOINED) {
        DI_TRY(di_expfam_node_prob(&nodes, theta, NULL, prob, &psi, -1, ctx));
        DI_TRY(di_expfam_contract_states(ctx, &nodes, prob, r, s, tilt));
        goto done;
    }
    DI_TRY(DI_NEW(ctx, pool, &U, m, p));
    DI_TRY(DI_NEW(ctx, pool, &X, m, p));
    DI_TRY(di_expfam_node_prob(&nodes, theta, mean, prob, &psi, -1, ctx));
    di_expfam_node_rows(&nodes, 0, m, mean, X, m);
    di_gemm('N', 'N', m, p, p, 1, X, m, r->B, p, 0, U, m);
    DI_TRY(di_expfam_contract_nodes(ctx, m, p, U, prob, r, s, tilt));
done:
    return status;
}

/* z: the rows of data of a model with mean 0, or NULL */
static int contract_gauss(const distest_expfam_family *f, const double *theta,
                          const double *z, const di_expfam_frame *r, di_expfam_sums *s,
                          double *tilt, di_pool *pool, distest_context *ctx)
{
    const size_t p = f->p, d = f->d, len = d + d * d;
    double *mean = NULL, *C = NULL, *g = NULL, *A = NULL, *raw = NULL, *forms = NULL;
    double *y = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &mean, d, 1));
    DI_TRY(DI_NEW(ctx, pool, &C, d, d));
    DI_TRY(DI_NEW(ctx, pool, &g, d, p));
    DI_TRY(DI_NEW(ctx, pool, &A, d * d, p));
    DI_TRY(DI_NEW(ctx, pool, &raw, len, p));
    DI_TRY(DI_NEW(ctx, pool, &forms, len, p));
    di_expfam_gauss_moments(f, theta, mean, C);
    di_expfam_gauss_forms(f, mean, g, A);
    DI_TRY(di_cholesky('L', d, C, d, NULL));
    for (size_t a = 0; a < p; a++) {
        double *to = raw + a * len;
        di_trmm('L', 'L', 'T', 'N', d, 1, 1, C, d, g + a * d, d);
        di_trmm('L', 'L', 'T', 'N', d, d, 1, C, d, A + a * d * d, d);
        di_trmm('R', 'L', 'N', 'N', d, d, 1, C, d, A + a * d * d, d);
        memcpy(to, g + a * d, d * sizeof *to);
        memcpy(to + d, A + a * d * d, d * d * sizeof *to);
    }
    di_gemm('N', 'N', len, p, p, 1, raw, len, r->B, p, 0, forms, len);
    const int spans = p == d + d * (d + 1) / 2 || (f->npar && p == d * (d + 1) / 2);
    if (z && spans) {
        DI_TRY(DI_NEW(ctx, pool, &y, r->n, d));
        memcpy(y, z, r->n * d * sizeof *y);
        di_trsm('R', 'L', 'T', 'N', r->n, d, 1, C, d, y, r->n);
    }
    DI_TRY(di_expfam_contract_gauss(ctx, d, p, forms, spans, y, r, s, tilt));
done:
    return status;
}

/* The same normal model and data in standard units. */
static int standardise(const distest_expfam_family *f, const double *theta,
                       const distest_sample *sample, distest_expfam_family *g,
                       double **t, distest_sample *z, di_pool *pool,
                       distest_context *ctx)
{
    const size_t d = f->d, n = sample ? sample->n : 0;
    const int logarithm = f->nipar == 0 && f->row->variant == 1;
    double *mean = NULL, *C = NULL, *x = NULL, *zero = NULL;
    int status = DISTEST_SUCCESS;
    *g = *f;
    if (logarithm) g->row = di_expfam_gauss; /* the normal */
    DI_TRY(DI_NEW(ctx, pool, &mean, d + d * d, 1));
    DI_TRY(DI_NEW(ctx, pool, t, f->p, 1));
    DI_TRY(DI_NEW(ctx, pool, &zero, d, 1));
    C = mean + d;
    di_expfam_gauss_moments(f, theta, mean, C);
    if (n) {
        DI_TRY(DI_NEW(ctx, pool, &x, n, d));
        for (size_t k = 0; k < d; k++)
            for (size_t i = 0; i < n; i++) {
                const double v = sample->x[i + k * n];
                x[i + k * n] =
                    ((logarithm ? log(v) : v) - mean[k]) / sqrt(C[k * (d + 1)]);
            }
        *z = (distest_sample){n, d, x, sample->weights};
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            if (i != j) C[i + j * d] /= sqrt(C[i * (d + 1)] * C[j * (d + 1)]);
    for (size_t i = 0; i < d; i++) {
        C[i * (d + 1)] = 1;
        mean[i] = zero[i] = 0;
    }
    if (f->npar) g->par = zero;
    if (f->nipar == 0) mean[1] = 1;
    DI_TRY(di_expfam_natural(g, mean, *t, ctx));
done:
    if (status == DISTEST_EDOM)
        return di_fail(ctx, DISTEST_ESING, "theta", "The covariance is singular.");
    return status;
}

typedef struct {
    const distest_sample *sample; /* or, when NULL, the moments, or neither */
    const double *cov, *third;
    double n;
    int sampling;
} evidence;

/* The family moved to where its digits are, with theta and data; f and th are left as
 * they are where nothing is to be moved. */
static int move(const distest_expfam_family **f, const double **th, const evidence *e,
                distest_expfam_family *g, distest_sample *z, int *moved, di_pool *pool,
                distest_context *ctx)
{
    const distest_expfam_family *from = *f;
    const size_t p = from->p;
    double *t = NULL;
    int status = DISTEST_SUCCESS;
    *moved = 0;
    if (e->cov) return DISTEST_SUCCESS; /* moments cannot be moved without loss */
    if (from->row->way == EXPFAM_GAUSS) {
        DI_TRY(standardise(from, *th, e->sample, g, &t, z, pool, ctx));
    } else if (di_expfam_is_polynomial(from)) {
        DI_TRY(DI_NEW(ctx, pool, &t, p, 1));
        DI_TRY(di_expfam_unit_interval(from, e->sample, g, z, pool, ctx));
        di_expfam_move_polynomial(p, *th, 0.5 * (from->par[0] + from->par[1]),
                                  0.5 * (from->par[1] - from->par[0]), t);
    } else {
        return DISTEST_SUCCESS;
    }
    *moved = 1;
    *f = g;
    *th = t;
done:
    return status;
}

static int all_terms(const distest_expfam_family *family, const double *theta,
                     const evidence *e, distest_expfam_terms *out, double *leverage,
                     double *spectrum, distest_context *ctx)
{
    const size_t p = family->p;
    const distest_sample *sample = e->sample;
    const distest_expfam_family *f = family;
    const double *th = theta;
    distest_expfam_family standard;
    distest_sample z;
    di_pool pool = {NULL};
    di_expfam_sums sums;
    di_expfam_frame r = {.p = p, .n = sample ? sample->n : 0, .k3 = 1};
    double *G = NULL, *mean = NULL, *tilt = NULL, psi;
    int status = DISTEST_SUCCESS, blas = 0, moved = 0;
    DI_TRY(di_expfam_user_few(family, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &G, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &mean, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &tilt, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &r.B, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &r.l, p, 1));
    if (sample) {
        DI_TRY(DI_NEW(ctx, &pool, &r.V, r.n, p));
        DI_TRY(distest_expfam_stats(family, sample, r.V, NULL, ctx));
    }
    DI_TRY(distest_expfam_psi(family, theta, &psi, mean, G, ctx));
    DI_TRY(move(&f, &th, e, &standard, &z, &moved, &pool, ctx));
    if (moved) {
        DI_TRY(distest_expfam_psi(f, th, &psi, mean, G, ctx));
        if (sample) DI_TRY(distest_expfam_stats(f, &z, r.V, NULL, ctx));
    }
    di_blas_serial_enter();
    blas = 1;
    if (e->cov)
        DI_TRY(di_expfam_frame_moments(&r, G, e->cov, e->third, &pool, ctx));
    else
        DI_TRY(di_expfam_frame_make(&r, G, sample ? sample->weights : NULL, e->sampling,
                                    &pool, ctx));
    switch (f->row->way) {
    case EXPFAM_TENSOR:
        if (f->row->structure && p > MOST_TENSOR)
            DI_TRY(di_expfam_contract_structured(f, th, &r, &sums, tilt, ctx));
        else
            DI_TRY(contract_tensor(f, th, &r, &sums, tilt, &pool, ctx));
        break;
    case EXPFAM_NODES:
        DI_TRY(contract_nodes(f, th, mean, &r, &sums, tilt, &pool, ctx));
        break;
    case EXPFAM_GRAPH:
        DI_TRY(di_expfam_contract_graph(ctx, f, th, mean, &r, &sums, tilt));
        break;
    default:
        DI_TRY(contract_gauss(f, th, moved && sample && !e->sampling ? z.x : NULL, &r,
                              &sums, tilt, &pool, ctx));
    }
    di_expfam_frame_finish(&r, &sums, tilt, e->sampling && sample && sample->weights,
                           out, leverage, spectrum);
done:
    if (blas) di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

int distest_expfam_terms_data(const distest_expfam_family *family, const double *theta,
                              const distest_sample *sample, int sampling,
                              distest_expfam_terms *out, double *leverage,
                              double *spectrum, distest_context *ctx)
{
    const evidence e = {.sample = sample, .sampling = sampling};
    di_begin(ctx);
    if (sample) {
        int status = di_check_sample(ctx, sample);
        if (status == DISTEST_SUCCESS) status = enough(sample, sampling, ctx);
        if (status != DISTEST_SUCCESS) return status;
    }
    return all_terms(family, theta, &e, out, leverage, spectrum, ctx);
}

int distest_expfam_terms_moments(const distest_expfam_family *family,
                                 const double *theta, const double *cov,
                                 const double *third, distest_expfam_terms *out,
                                 double *spectrum, distest_context *ctx)
{
    const size_t p = family->p;
    const evidence e = {.cov = cov, .third = third};
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_finite(ctx, "cov", p * p, cov));
    if (third) DI_TRY(di_check_finite(ctx, "third", p * (p + 1) * (p + 2) / 6, third));
    DI_TRY(all_terms(family, theta, &e, out, NULL, spectrum, ctx));
done:
    return status;
}

int distest_expfam_contract(size_t m, size_t p, const double *xi, const double *w,
                            size_t n, const double *data, const double *weights,
                            distest_expfam_terms *out, distest_context *ctx)
{
    distest_expfam_family *f = NULL;
    di_pool pool = {NULL};
    double *logw = NULL, *zero = NULL;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "w", w));
    DI_TRY(di_check_weights(ctx, "w", m, w));
    DI_TRY(DI_NEW(ctx, &pool, &logw, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &zero, p, 1));
    for (size_t i = 0; i < m; i++) logw[i] = log(fmax(w[i], 1e-300));
    for (size_t a = 0; a < p; a++) zero[a] = 0;
    DI_TRY(distest_expfam_family_nodes(&f, m, p, xi, logw, 0, ctx));
    const distest_sample sample = {n, p, data, weights};
    DI_TRY(distest_expfam_terms_data(f, zero, n ? &sample : NULL, 0, out, NULL, NULL,
                                     ctx));
done:
    distest_expfam_family_free(f);
    di_pool_free(&pool);
    return status;
}
