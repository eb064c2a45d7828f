/* expfam_sample.c - draws. Row i comes from its own stream, so that it is the same
 * whatever else is drawn.
 *
 * Families on nodes draw a node by its probability; on an interval, from the density
 * interpolated linearly between 20000 points, which is within 1e-7 of it. */
#include "expfam_chains.h"

enum { CELLS = 20000 };

/* cumulative probabilities of a table; the first entry above u */
static size_t find(size_t m, const double *cum, double u)
{
    size_t lo = 0, hi = m - 1;
    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        if (cum[mid] > u)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

static int sample_interval(const distest_expfam_family *f, const double *theta,
                           const di_expfam_nodes *nodes, size_t n, uint64_t key,
                           double *x, distest_context *ctx)
{
    const int by_log = f->npar == 0; /* GIG: cells equal in log x */
    double lo = by_log ? log(nodes->x[0]) : f->par[0];
    double hi = by_log ? log(nodes->x[nodes->m - 1]) : f->par[1], top = -INFINITY;
    const double h = (hi - lo) / CELLS;
    di_pool pool = {NULL};
    double *g = NULL, *cum = NULL, *xi = NULL, sum = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &g, CELLS + 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &cum, CELLS, 1));
    DI_TRY(DI_NEW(ctx, &pool, &xi, f->p, 1));
    for (size_t i = 0; i <= CELLS; i++) {
        const double u = i == CELLS ? hi : lo + h * (double)i, v = by_log ? exp(u) : u;
        double base;
        (void)f->row->stats(f, &v, 1, xi, &base);
        g[i] = base + (by_log ? u : 0) + di_dot(f->p, xi, theta);
        top = fmax(top, g[i]);
    }
    for (size_t i = 0; i <= CELLS; i++) g[i] = exp(g[i] - top);
    for (size_t i = 0; i < CELLS; i++) cum[i] = sum += 0.5 * (g[i] + g[i + 1]);
    for (size_t i = 0; i < n; i++) {
        di_stream s = di_stream_open(key, i);
        const size_t k = find(CELLS, cum, di_stream_uniform(&s) * sum);
        const double u = di_stream_uniform(&s), a = g[k], b = g[k + 1];
        /* inverse of the integral of a + (b - a) t */
        const double t = u * (a + b) / (a + sqrt(a * a + (b - a) * (a + b) * u));
        const double v = lo + h * ((double)k + t);
        x[i] = by_log ? exp(v) : fmin(v, hi);
    }
done:
    di_pool_free(&pool);
    return status;
}

int distest_expfam_sample(const distest_expfam_family *family, const double *theta,
                          size_t n, distest_rng *rng, double *x, distest_context *ctx)
{
    const di_expfam_row *row = family->row;
    di_pool pool = {NULL};
    di_expfam_nodes nodes;
    double *prob = NULL, psi;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    if (row->way == EXPFAM_CHAINS)
        DI_TRY(di_check_finite(ctx, "theta", family->p, theta));
    else
        DI_TRY(distest_expfam_psi(family, theta, &psi, NULL, NULL, ctx));
    if (family->user.size) {
        DI_TRY(di_expfam_user_sample(family, theta, n, rng, x, ctx));
        goto done;
    }
    const uint64_t key = di_rng_key(rng);
    if (row->way == EXPFAM_CHAINS) {
        DI_TRY(di_expfam_sample_chains(family, theta, n, key, x, ctx));
        goto done;
    }
    if (row->way == EXPFAM_GAUSS && family->nipar > 0) {
        DI_TRY(di_expfam_gauss_sample(family, theta, n, key, x, ctx));
        goto done;
    }
    if (row->way == EXPFAM_GRAPH) {
        DI_TRY(di_expfam_graph_sample(family, theta, n, key, x, ctx));
        goto done;
    }
    if (row->draw) {
        for (size_t i = 0; i < n; i++) {
            di_stream s = di_stream_open(key, i);
            if (i % 4096 == 0) DI_TRY(di_progress(ctx, (double)i / (double)n, "draws"));
            row->draw(family, theta, &s, x + i, n);
        }
        goto done;
    }
    DI_TRY(di_expfam_nodes_at(family, theta, &pool, &nodes, ctx));
    if (row->continuous) {
        DI_TRY(sample_interval(family, theta, &nodes, n, key, x, ctx));
        goto done;
    }
    DI_TRY(DI_NEW(ctx, &pool, &prob, nodes.m, 1));
    DI_TRY(di_expfam_node_prob(&nodes, theta, NULL, prob, &psi, -1, ctx));
    for (size_t i = 1; i < nodes.m; i++) prob[i] += prob[i - 1];
    for (size_t i = 0; i < n; i++) {
        di_stream s = di_stream_open(key, i);
        const size_t k = find(nodes.m, prob, di_stream_uniform(&s) * prob[nodes.m - 1]);
        if (i % 4096 == 0) DI_TRY(di_progress(ctx, (double)i / (double)n, "draws"));
        if (nodes.x)
            x[i] = nodes.x[k];
        else if (nodes.states)
            di_expfam_states_row(family, k, x + i, n);
        else
            for (size_t a = 0; a < family->d; a++)
                x[i + a * n] = nodes.xi[k + a * nodes.m];
    }
done:
    di_pool_free(&pool);
    return status;
}
