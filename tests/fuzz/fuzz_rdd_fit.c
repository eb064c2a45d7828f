/* distest_rdd_fit, _weights, _predict, _curve and _compliers on a few units with any
 * outcomes, weights, treatment, clusters, covariates and bandwidths. */
#include "fuzz.h"

enum { UNITS = 14, PROBS = 3, Z = 2, MOST = UNITS * PROBS };

typedef struct {
    double x[UNITS], y[MOST], w[UNITS], t[UNITS], z[UNITS * Z], q[PROBS];
    double h[2 * PROBS], b[2 * PROBS], ht[2], bt[2];
    int cluster[UNITS];
} input;

static void read_units(fuzz_input *in, input *d, distest_rdd_units *u)
{
    const int use = fuzz_byte(in);
    *u = distest_rdd_units_default();
    u->n = (size_t)fuzz_int(in, 0, UNITS);
    u->probs = (size_t)fuzz_int(in, 0, PROBS);
    fuzz_doubles(in, UNITS, d->x);
    fuzz_doubles(in, MOST, d->y);
    fuzz_doubles(in, UNITS, d->w);
    fuzz_doubles(in, UNITS, d->t);
    fuzz_doubles(in, UNITS * Z, d->z);
    for (int j = 0; j < PROBS; j++) d->q[j] = (j + 1) / (PROBS + 1.0);
    if (use & 1) d->q[0] = fuzz_double(in);
    for (int i = 0; i < UNITS; i++) d->cluster[i] = fuzz_int(in, use & 2 ? -1 : 0, 4);
    u->x = d->x, u->quantiles = d->y, u->q = d->q;
    if (use & 4) u->weights = d->w;
    if (use & 8) u->treatment = d->t;
    if (use & 16) u->cluster = d->cluster, u->clusters = 5;
    if (use & 32) u->z = d->z, u->covariates = (size_t)fuzz_int(in, 0, Z);
    if (use & 64) u->q = NULL;
}

static void read_opts(fuzz_input *in, input *d, distest_rdd_opts *o)
{
    static const char *const kernels[] = {"triangular", "epanechnikov", "uniform", ""};
    static const char *const rules[] = {"nn",  "hc0", "hc1", "hc2",
                                        "hc3", "cr1", "cr3", "hc9"};
    static const char *const methods[] = {"pointwise", "frechet", "rearranged"};
    const int use = fuzz_byte(in);
    *o = distest_rdd_opts_default();
    o->kernel = kernels[fuzz_byte(in) % 4];
    o->vce = rules[fuzz_byte(in) % 8];
    o->method = methods[fuzz_byte(in) % 3];
    o->p = fuzz_int(in, 0, 3);
    o->q = fuzz_int(in, 0, 5);
    o->deriv = fuzz_int(in, 0, 1) * fuzz_int(in, 0, 3);
    o->nnmatch = (size_t)fuzz_int(in, 0, 6);
    o->joint_clusters = use & 1;
    o->linear_fuzzy = use >> 1 & 1;
    o->conventional = use >> 2 & 1;
    o->bandwidths = use & 8 ? PROBS : 1;
    if (use & 16) o->cutoff = fuzz_double(in);
    if (use & 32) fuzz_doubles(in, 2, o->donut);
    for (int k = 0; k < 2 * PROBS; k++) {
        d->h[k] = use & 64 ? fuzz_double(in) : 0.5 + fuzz_byte(in) / 32.0;
        d->b[k] = use & 64 ? fuzz_double(in) : 0.5 + fuzz_byte(in) / 32.0;
    }
    fuzz_doubles(in, 2, d->ht);
    fuzz_doubles(in, 2, d->bt);
    if (!(use & 128)) o->b = d->b;
    o->h = d->h;
    if (fuzz_byte(in) % 2) o->h_treatment = d->ht, o->b_treatment = d->bt;
}

/* first: curves and errors, an array; then matrices and scores */
static void fuzz_fit(const fuzz_input *in, const distest_rdd_units *u,
                     const distest_rdd_opts *o, distest_context *ctx)
{
    static double out[8][PROBS], V[5][PROBS * PROBS], scores[MOST],
        gamma[Z * (PROBS + 1)];
    distest_rdd_result r = distest_rdd_result_default();
    fuzz_mark(sizeof out / sizeof(double), out[0]);
    r.tau = out[0], r.m_minus = out[1], r.m_plus = out[2], r.tau_cl = out[3];
    r.se_cl = out[4], r.tau_bc = out[5], r.se_bc = out[6], r.se_plus = out[7];
    r.vcov_cl = V[0], r.vcov_bc = V[1], r.vcov_minus = V[2], r.vcov_plus = V[3];
    r.vcov_cross = V[4];
    r.gamma = gamma;
    if (distest_rdd_score_rows(u, o) <= UNITS) r.scores = scores;
    const int status = distest_rdd_fit(u, o, &r, ctx);
    for (size_t k = 0; k < 8; k++)
        fuzz_claims(status, in, status == DISTEST_SUCCESS ? u->probs : PROBS, out[k],
                    ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static input d;
    fuzz_input in = {bytes, size, 1};
    distest_rdd_units u;
    distest_rdd_opts o;
    distest_context ctx = distest_context_default();
    double w[2][UNITS], curve[2 * PROBS], at[2], tau[2 * PROBS], m0[PROBS];
    distest_rdd_complier_curves c = distest_rdd_compliers_default();

    ctx.threads = 1;
    read_units(&in, &d, &u);
    read_opts(&in, &d, &o);
    fuzz_doubles(&in, 2, at);
    fuzz_fit(&in, &u, &o, &ctx);

    fuzz_mark(UNITS, w[0]);
    int status = distest_rdd_weights(u.n, u.x, u.weights, &o, w[0], w[1], &ctx);
    fuzz_claims(status, &in, status == DISTEST_SUCCESS ? u.n : UNITS, w[0], &ctx);
    fuzz_mark(2 * PROBS, curve);
    status = distest_rdd_predict(&u, &o, 2, at, curve, &ctx);
    fuzz_claims(status, &in, status == DISTEST_SUCCESS ? 2 * u.probs : 2 * PROBS, curve,
                &ctx);
    fuzz_mark(2 * PROBS, tau);
    status = distest_rdd_curve(&u, &o, 2, d.h, tau, NULL, &ctx);
    fuzz_claims(status, &in, status == DISTEST_SUCCESS ? 2 * u.probs : 2 * PROBS, tau,
                &ctx);
    fuzz_mark(PROBS, m0);
    c.m0 = m0;
    status = distest_rdd_compliers(&u, &o, &c, &ctx);
    fuzz_claims(status, &in, status == DISTEST_SUCCESS ? u.probs : PROBS, m0, &ctx);
    return 0;
}
