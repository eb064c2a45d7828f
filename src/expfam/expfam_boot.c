/* expfam_boot.c - the bootstrap: only the mean of the statistics changes, so replicates
 * are means, then Newton from the fit.
 *
 * On nodes all replicates use those of the fit, with weights g_m = g(xi_m; theta). With
 * u = L^-1 (xi - eta), LL' = G, a replicate minimises log sum g e^{d'u} - d'target over
 * d, and its divergence from the fit is log1p(sum g (expm1(d'u) - d'u)). A replicate
 * that runs away, or in whose member some direction has lost its variance, is decided
 * again by the exact rules of distest_expfam_fit_moments(). */
#include "expfam.h"

#include <string.h>

enum { BATCH = 8, STEPS = 40, MOST_ROWS = 1 << 24 };

typedef struct {
    size_t n, p, B, draws;
    uint64_t first, key;
    const double *xi, *prob; /* n x p; alias table or NULL */
    const size_t *alias;
    double *counts, *means; /* threads x n BATCH; p x B */
} resampling;

static int one_batch(size_t block, int thread, void *data)
{
    const resampling *q = data;
    const size_t n = q->n, b0 = block * BATCH,
                 many = q->B - b0 < BATCH ? q->B - b0 : BATCH;
    double *counts = q->counts + (size_t)thread * n * BATCH;
    memset(counts, 0, n * many * sizeof *counts);
    for (size_t b = 0; b < many; b++) {
        di_stream s = di_stream_open(q->key, q->first + b0 + b);
        double *c = counts + b * n;
        for (size_t i = 0; i < q->draws; i++)
            c[q->alias ? di_alias_draw(n, q->prob, q->alias, di_stream_uniform(&s))
                       : di_stream_below(&s, n)] += 1;
    }
    di_gemm('T', 'N', q->p, many, n, 1 / (double)q->draws, q->xi, n, counts, n, 0,
            q->means + b0 * q->p, q->p);
    return DISTEST_SUCCESS;
}

static int resample(const distest_sample *s, size_t p, const double *xi, size_t draws,
                    uint64_t key, uint64_t first, size_t B, double *means,
                    distest_context *ctx)
{
    const size_t n = s->n;
    di_pool pool = {NULL};
    double *prob = NULL;
    size_t *alias = NULL, *scratch = NULL;
    resampling q = {n, p, B, draws, first, key, xi, NULL, NULL, NULL, means};
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &q.counts, (size_t)di_threads(ctx) * BATCH, n));
    if (s->weights) {
        DI_TRY(DI_NEW(ctx, &pool, &prob, n, 1));
        DI_TRY(DI_NEW(ctx, &pool, &alias, n, 1));
        DI_TRY(DI_NEW(ctx, &pool, &scratch, n, 1));
        di_alias_build(n, s->weights, prob, alias, scratch);
        q.prob = prob;
        q.alias = alias;
    }
    DI_TRY(di_for_blocks(ctx, "bootstrap", 0, 0.4, (B + BATCH - 1) / BATCH, one_batch,
                         &q));
done:
    di_pool_free(&pool);
    return status;
}

/* means of samples drawn from the fit */
static int simulate(const distest_expfam_family *f, const double *theta, size_t draws,
                    uint64_t key, uint64_t first, size_t B, double *means,
                    distest_context *ctx)
{
    const size_t p = f->p, d = f->d;
    di_pool pool = {NULL};
    double *x = NULL, *xi = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &x, draws, d));
    DI_TRY(DI_NEW(ctx, &pool, &xi, draws, p));
    for (size_t b = 0; b < B; b++) {
        distest_rng rng =
            distest_rng_seed(key ^ (0x9e3779b97f4a7c15u * (first + b + 1)));
        DI_TRY(di_progress(ctx, di_fraction(0, 0.4, b, B), "bootstrap"));
        DI_TRY(distest_expfam_sample(f, theta, draws, &rng, x, ctx));
        const distest_sample s = {draws, d, x, NULL};
        DI_TRY(distest_expfam_stats(f, &s, xi, NULL, ctx));
        di_column_means(draws, p, xi, draws, NULL, means + b * p);
    }
done:
    di_pool_free(&pool);
    return status;
}

/* ---- refits on nodes */
typedef struct {
    size_t m, p;
    double n;
    const double *U, *g; /* m x p; m */
    const double *means; /* p x B, whitened and centred: the targets */
    double *d, *kl;      /* p x B, B */
    int *doubt;          /* B: not decided here */
    double *scratch;     /* threads x (m (p + 1) + p^2 + 3 p) */
} refits;

static size_t refit_scratch(size_t m, size_t p)
{
    return m * (p + 1) + p * p + 3 * p;
}

/* weights at d, log of their sum */
static double tilt(const refits *q, const double *d, double *w)
{
    double top = -INFINITY, sum = 0;
    di_gemv('N', q->m, q->p, 1, q->U, q->m, d, 0, w);
    for (size_t i = 0; i < q->m; i++)
        if (q->g[i] > 0) top = fmax(top, w[i]);
    for (size_t i = 0; i < q->m; i++) w[i] = fmin(w[i] - top, 0);
    di_vexp(q->m, w, w);
    for (size_t i = 0; i < q->m; i++) sum += w[i] *= q->g[i];
    for (size_t i = 0; i < q->m; i++) w[i] /= sum;
    return top + log(sum);
}

static int one_refit(size_t b, int thread, void *data)
{
    const refits *q = data;
    const size_t m = q->m, p = q->p;
    double *w = q->scratch + (size_t)thread * refit_scratch(m, p), *X = w + m,
           *H = X + m * p, *gap = H + p * p, *step = gap + p, *trial = step + p;
    const double *target = q->means + b * p;
    double *d = q->d + b * p, value, decrement = INFINITY;
    for (size_t a = 0; a < p; a++) d[a] = 0;
    value = tilt(q, d, w);
    q->doubt[b] = 1;
    for (int it = 0; it < STEPS; it++) {
        for (size_t a = 0; a < p; a++) {
            const double mean = di_dot(m, w, q->U + a * m);
            gap[a] = mean - target[a];
            for (size_t i = 0; i < m; i++)
                X[i + a * m] = sqrt(w[i]) * (q->U[i + a * m] - mean);
            step[a] = -gap[a];
        }
        di_syrk('L', 'T', p, m, 1, X, m, 0, H, p);
        if (di_cholesky('L', p, H, p, NULL) != DISTEST_SUCCESS) return DISTEST_SUCCESS;
        if (decrement * q->n < 1e-12) break;
        di_cholesky_solve('L', p, 1, H, p, step, p);
        decrement = -0.5 * di_dot(p, gap, step);
        double t = 1, next = INFINITY;
        for (int half = 0; half < 40; half++, t *= 0.5) {
            for (size_t a = 0; a < p; a++) trial[a] = d[a] + t * step[a];
            next = tilt(q, trial, w) - di_dot(p, trial, target);
            if (next <= value - 2e-4 * t * decrement || decrement < 1e-9) break;
        }
        value = next;
        memcpy(d, trial, p * sizeof *d);
    }
    if (!(decrement * q->n < 1e-12)) return DISTEST_SUCCESS;
    for (size_t a = 0; a < p; a++) /* variances left, 1 in the fit */
        if (!(H[a * (p + 1)] > 1e-3)) return DISTEST_SUCCESS;
    double excess = 0;
    di_gemv('N', m, p, 1, q->U, m, d, 0, w);
    for (size_t i = 0; i < m; i++)
        if (q->g[i] > 0) excess += q->g[i] * (expm1(w[i]) - w[i]);
    q->kl[b] = log1p(excess);
    q->doubt[b] = 0;
    return DISTEST_SUCCESS;
}

/* theta_b = theta + L^-T d */
static int refit_on_nodes(const distest_expfam_family *f, const double *theta, double n,
                          size_t B, const double *means, double *out, double *kl,
                          int *doubt, distest_context *ctx)
{
    const size_t p = f->p;
    di_pool pool = {NULL};
    di_expfam_nodes nodes;
    double *prob = NULL, *U = NULL, *L = NULL, *eta = NULL, *t = NULL, psi;
    int status = DISTEST_SUCCESS;
    refits q = {.p = p, .n = n, .kl = kl, .doubt = doubt};
    DI_TRY(di_expfam_nodes_at(f, theta, &pool, &nodes, ctx));
    const size_t m = q.m = nodes.m;
    if (nodes.states && m * p > MOST_ROWS) { /* a transform each is less */
        for (size_t b = 0; b < B; b++) doubt[b] = 1;
        goto done;
    }
    DI_TRY(DI_NEW(ctx, &pool, &prob, m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &U, m, p));
    DI_TRY(DI_NEW(ctx, &pool, &L, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &eta, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &t, p, B));
    DI_TRY(DI_NEW(ctx, &pool, &q.d, p, B));
    DI_TRY(
        DI_NEW(ctx, &pool, &q.scratch, (size_t)di_threads(ctx), refit_scratch(m, p)));
    DI_TRY(distest_expfam_psi(f, theta, &psi, eta, L, ctx));
    DI_TRY(di_expfam_node_prob(&nodes, theta, eta, prob, &psi, -1, ctx));
    DI_TRY(di_cholesky('L', p, L, p, NULL));
    di_expfam_node_rows(&nodes, 0, m, eta, U, m);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < B; b++) t[a + b * p] = means[a + b * p] - eta[a];
    di_trsm('R', 'L', 'T', 'N', m, p, 1, L, p, U, m);
    di_trsm('L', 'L', 'N', 'N', p, B, 1, L, p, t, p);
    q.U = U;
    q.g = prob;
    q.means = t;
    DI_TRY(di_for_blocks(ctx, "refits", 0.4, 0.9, B, one_refit, &q));
    di_trsm('L', 'L', 'T', 'N', p, B, 1, L, p, q.d, p);
    for (size_t b = 0; b < B; b++)
        for (size_t a = 0; a < p; a++) out[a + b * p] = theta[a] + q.d[a + b * p];
done:
    if (status == DISTEST_ESING) { /* then each is decided by itself */
        for (size_t b = 0; b < B; b++) doubt[b] = 1;
        status = DISTEST_SUCCESS;
    }
    di_pool_free(&pool);
    return status;
}

int distest_expfam_bootstrap(const distest_expfam_family *family, const double *theta,
                             const distest_sample *sample, int parametric,
                             uint64_t first, size_t B, distest_rng *rng, double *thetas,
                             double *kl, size_t *n_failed, distest_context *ctx)
{
    const size_t p = family->p;
    di_pool pool = {NULL};
    double *xi = NULL, *means = NULL, *t = NULL, *d = NULL, total = 0;
    int *doubt = NULL, status = DISTEST_SUCCESS, blas = 0;
    size_t failed = 0;

    di_begin(ctx);
    DI_TRY(di_check_sample(ctx, sample));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(di_check_finite(ctx, "theta", p, theta));
    if (family->row->way == EXPFAM_CHAINS)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "family",
                       "Pairwise models are refitted on draws from the fit: make a "
                       "family of nodes of them."));
    for (size_t i = 0; i < sample->n; i++)
        total += sample->weights ? sample->weights[i] : 1;
    const size_t draws = (size_t)fmax(1, nearbyint(total));
    DI_TRY(DI_NEW(ctx, &pool, &xi, sample->n, p));
    DI_TRY(DI_NEW(ctx, &pool, &means, p, B));
    DI_TRY(DI_NEW(ctx, &pool, &t, p, B));
    DI_TRY(DI_NEW(ctx, &pool, &d, B, 1));
    DI_TRY(DI_NEW(ctx, &pool, &doubt, B, 1));
    DI_TRY(distest_expfam_stats(family, sample, xi, NULL, ctx));
    const uint64_t key = di_rng_key(rng);
    di_blas_serial_enter();
    blas = 1;
    if (parametric)
        DI_TRY(simulate(family, theta, draws, key, first, B, means, ctx));
    else
        DI_TRY(resample(sample, p, xi, draws, key, first, B, means, ctx));
    for (size_t b = 0; b < B; b++) doubt[b] = 1;
    if (family->row->way == EXPFAM_NODES)
        DI_TRY(
            refit_on_nodes(family, theta, (double)draws, B, means, t, d, doubt, ctx));
    for (size_t b = 0; b < B; b++) {
        if (!doubt[b]) continue;
        DI_TRY(di_progress(ctx, di_fraction(0.9, 1, b, B), "refits"));
        status = distest_expfam_fit_moments(family, NULL, (double)draws, means + b * p,
                                            theta, t + b * p, NULL, ctx);
        if (status == DISTEST_SUCCESS)
            status = distest_expfam_divergence(family, theta, t + b * p, d + b, ctx);
        if (status == DISTEST_ECANCEL || status == DISTEST_ENOMEM) goto done;
        if (status == DISTEST_SUCCESS) continue;
        status = DISTEST_SUCCESS;
        failed++;
        d[b] = NAN;
        for (size_t a = 0; a < p; a++) t[a + b * p] = NAN;
    }
    di_begin(ctx); /* replicates that failed are no failure */
    if (thetas) memcpy(thetas, t, p * B * sizeof *t);
    if (kl) memcpy(kl, d, B * sizeof *d);
    if (n_failed) *n_failed = failed;
done:
    if (blas) di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
