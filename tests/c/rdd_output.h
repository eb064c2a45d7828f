/* rdd_output.h - designs on the reference units, and room for all that a fit gives. */
#ifndef RDD_OUTPUT_H
#define RDD_OUTPUT_H

#include "rdd_fixture.h"

typedef struct {
    const char *name, *kernel, *vce;
    double h[2], b[2];
    int p, q, deriv, weighted, covariates, treatment, clusters, separate;
    double donut[2];
} design;

static const design SHARP CHECK_UNUSED = {
    "", "triangular", "nn", {.5, .5}, {.7, .7}, 1, 2, 0, 0, 0, 0, 0, 0, {0, 0}};

typedef struct {
    double m[2][2][QUANTILES], tau[2][QUANTILES], se[2][QUANTILES];
    double jump[2][QUANTILES], jump_se[2][QUANTILES], gamma[2 * (QUANTILES + 1)];
    double shown[3][QUANTILES], w[2][UNITS];
    double vcov[5][QUANTILES * QUANTILES], scores[3][2 * UNITS * QUANTILES];
    double side_se[2][QUANTILES], cov[QUANTILES], ms[QUANTILES];
    int dropped[4];
    distest_rdd_result r;
} output;

/* everything wanted */
static CHECK_UNUSED void want(output *o)
{
    memset(o, 0, sizeof *o);
    distest_rdd_result *r = &o->r;
    *r = distest_rdd_result_default();
    r->m_minus_cl = o->m[0][0], r->m_plus_cl = o->m[0][1];
    r->m_minus_bc = o->m[1][0], r->m_plus_bc = o->m[1][1];
    r->tau_cl = o->tau[0], r->tau_bc = o->tau[1];
    r->se_cl = o->se[0], r->se_bc = o->se[1];
    r->jump_cl = o->jump[0], r->jump_bc = o->jump[1];
    r->jump_se_cl = o->jump_se[0], r->jump_se_bc = o->jump_se[1];
    r->m_minus = o->shown[0], r->m_plus = o->shown[1], r->tau = o->shown[2];
    r->vcov_cl = o->vcov[0], r->vcov_bc = o->vcov[1];
    r->vcov_minus = o->vcov[2], r->vcov_plus = o->vcov[3], r->vcov_cross = o->vcov[4];
    r->scores = o->scores[0];
    r->scores_minus = o->scores[1], r->scores_plus = o->scores[2];
    r->se_minus = o->side_se[0], r->se_plus = o->side_se[1];
    r->jump_treatment = o->cov, r->residual_ms = o->ms;
    r->gamma = o->gamma, r->dropped = o->dropped;
    r->w_cl = o->w[0], r->w_bc = o->w[1];
}

static CHECK_UNUSED distest_rdd_units units_of(const design *d)
{
    distest_rdd_units u = fixture_units();
    if (d->weighted) u.weights = UNIT_WEIGHTS;
    if (d->treatment) u.treatment = UNIT_TREATMENT;
    if (d->covariates) u.covariates = 2, u.z = UNIT_Z;
    if (d->clusters) u.cluster = unit_cluster, u.clusters = 30;
    return u;
}

static CHECK_UNUSED distest_rdd_opts opts_of(const design *d)
{
    distest_rdd_opts o = distest_rdd_opts_default();
    o.kernel = d->kernel, o.vce = d->vce;
    o.p = d->p, o.q = d->q, o.deriv = d->deriv;
    o.h = d->h, o.b = d->b;
    o.joint_clusters = !d->separate;
    o.donut[0] = d->donut[0], o.donut[1] = d->donut[1];
    if (d->deriv) o.method = "pointwise";
    return o;
}

/* `got` is fit/<fit>/<what> of the reference */
static CHECK_UNUSED void near_all(const char *what, const char *fit, size_t n,
                                  const double *got, double tol)
{
    char name[160];
    snprintf(name, sizeof name, "fit/%s/%s", fit, what);
    const double *expected = fixture(name);
    for (size_t j = 0; j < n; j++) CHECK_REL(got[j], expected[j], tol);
}

#endif
