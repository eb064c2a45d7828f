/* rdd_bandwidth.c - plug-in bandwidths with regularisation, for many quantiles at once.
 *
 * A stage asks for the best bandwidth of the v-th coefficient of a fit of order o. Per
 * side and quantile, with pilot c_0 for the variance and a fit of order o_B at h_B for
 * the bias,
 *
 *     V = (2v + 1) c_0^(2v+1) sum psi^2,    kappa = c_0^v e_v'G^-1 sum K R
 * (u/c_0)^(o+1), B = sqrt(2(o+1-v)) kappa beta,        beta the coefficient of u^(o+1),
 *     Rg = 6 (o+1-v) kappa^2 Var(beta),     rate = 1 / (2o + 3),
 *
 *     rd    [ <V_- + V_+> / ( <(B_+ - B_-)^2> + s <Rg_- + Rg_+> ) ]^rate
 *     sum   the same with (B_+ + B_-)^2          two   side by side
 *
 * where <.> weighs quantiles (imse...) or takes each alone (mse...). Three stages, each
 * with the bandwidth before as its h_B:
 *
 *     d: o = v = q + 1, o_B = q + 2, h_B the range of the side, s = 0
 *     b: o = q, v = p + 1, o_B = q + 1, h_B = d
 *     h: o = p, v = deriv, o_B = q, h_B = b
 *
 * For one outcome this is rdbwselect() of rdrobust (Calonico, Cattaneo, Farrell 2020).
 * Coverage-optimal rules multiply h by N^(-p / ((3 + p)(3 + 2p))), N the units or the
 * clusters. */
#include "rdd_bandwidth.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    di_rdd_rule rule;
} RULES[] = {
    {"imserd", {RDD_RD, 0, 0, 0}},   {"imsetwo", {RDD_TWO, 0, 0, 0}},
    {"imsesum", {RDD_SUM, 0, 0, 0}}, {"mserd", {RDD_RD, 1, 0, 0}},
    {"msetwo", {RDD_TWO, 1, 0, 0}},  {"msesum", {RDD_SUM, 1, 0, 0}},
    {"icerrd", {RDD_RD, 0, 1, 0}},   {"icertwo", {RDD_TWO, 0, 1, 0}},
    {"icersum", {RDD_SUM, 0, 1, 0}}, {"cerrd", {RDD_RD, 1, 1, 0}},
    {"certwo", {RDD_TWO, 1, 1, 0}},  {"cersum", {RDD_SUM, 1, 1, 0}},
    {"plugin", {RDD_RD, 0, 0, 1}},   {"plugin_pointwise", {RDD_RD, 1, 0, 1}},
};
enum { RULE_COUNT = sizeof RULES / sizeof RULES[0], LEAST_UNITS = 20 };

distest_rdd_bandwidth_opts distest_rdd_bandwidth_default(void)
{
    return (distest_rdd_bandwidth_opts){.size = sizeof(distest_rdd_bandwidth_opts),
                                        .rule = "imserd",
                                        .scaleregul = 1,
                                        .masspoints = 1};
}

distest_rdd_stages distest_rdd_stages_default(void)
{
    return (distest_rdd_stages){.size = sizeof(distest_rdd_stages)};
}

/* the quantiles that decide bandwidth i: j0 ... j1 - 1 */
static void group_of(const di_rdd_search *s, size_t i, size_t *j0, size_t *j1)
{
    *j0 = s->k == 1 ? 0 : i;
    *j1 = s->k == 1 ? s->Q : i + 1;
}

typedef struct {
    int o, v, oB;
    const double *hB; /* bandwidths x 2, column by side */
    size_t bandwidths;
    double regul;
} stage;

/* V, B and Rg of both sides into s */
static int find_terms(di_rdd_search *s, const stage *t, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const double rest = 2 * (t->o + 1 - t->v), v = t->v;
    for (size_t j = 0; j < s->Q; j++) s->tiny[j] = 1;
    for (int side = 0; side < 2; side++) {
        double kappa = 0;
        const double whole = pow(s->prep.range[side], t->o + 1);
        di_rdd_stage f = {.side = side,
                          .order = t->o,
                          .coef = t->v,
                          .bandwidths = 1,
                          .h = &s->c0,
                          .argument = "h",
                          .value = s->beta,
                          .variance = s->V[side],
                          .kappa = &kappa,
                          .gamma = s->gamma};
        DI_TRY(di_rdd_stage_fit(ctx, &s->prep, &f));
        f.order = t->oB, f.coef = t->o + 1, f.kappa = NULL;
        f.bandwidths = t->bandwidths, f.h = t->hB + (size_t)side * t->bandwidths;
        f.variance = s->R[side], f.gamma = NULL, f.given = s->gamma;
        DI_TRY(di_rdd_stage_fit(ctx, &s->prep, &f));
        for (size_t j = 0; j < s->Q; j++) {
            const double size = fabs(s->beta[j]) + sqrt(s->R[side][j]);
            if (!(size * whole <= 1e-11 * ldexp(s->prep.largest[j], -s->prep.common)))
                s->tiny[j] = 0;
            s->V[side][j] *= (2 * v + 1) * pow(s->c0, 2 * v + 1);
            s->B[side][j] = sqrt(rest) * kappa * s->beta[j];
            s->R[side][j] *= 3 * rest * kappa * kappa;
        }
    }
done:
    return status;
}

/* One bandwidth from the terms of the quantiles of group i; side: of "two". */
static double best(const di_rdd_search *s, const stage *t, size_t i, int side)
{
    double V = 0, D = 0;
    size_t j0, j1, tiny = 1;
    group_of(s, i, &j0, &j1);
    for (size_t j = j0; j < j1; j++) {
        tiny &= s->tiny[j];
        const double om = s->k == 1 ? s->om[j] : 1;
        const double left = s->B[0][j], right = s->B[1][j];
        const double B = s->rule.kind == RDD_TWO   ? s->B[side][j]
                         : s->rule.kind == RDD_SUM ? right + left
                                                   : right - left;
        const double v =
            s->rule.kind == RDD_TWO ? s->V[side][j] : s->V[0][j] + s->V[1][j];
        const double R =
            s->rule.kind == RDD_TWO ? s->R[side][j] : s->R[0][j] + s->R[1][j];
        V += om * v;
        D += om * (B * B + t->regul * R);
    }
    return tiny ? INFINITY : pow(V / D, 1.0 / (2 * t->o + 3));
}

/* The bandwidths of a stage, k x 2, at most the range; d also at least what holds
 * enough distinct x. */
static int find_stage(di_rdd_search *s, const stage *t, int raise, double *out,
                      distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const int two = s->rule.kind == RDD_TWO;
    const double both = fmax(s->prep.range[0], s->prep.range[1]);
    const double least = fmax(s->least[0], s->least[1]);
    DI_TRY(find_terms(s, t, ctx));
    for (size_t i = 0; i < s->k; i++)
        for (int side = 0; side < 2; side++) {
            double h = best(s, t, i, side);
            if (!(h > 0 && h < INFINITY)) s->exact = 1, h = INFINITY;
            h = fmin(h, two ? s->prep.range[side] : both);
            if (raise) h = fmax(h, two ? s->least[side] : least);
            out[i + (size_t)side * s->k] = h;
        }
done:
    return status;
}

/* Weights of the quantiles: numbers, cells, or cells over the variance of the h stage.
 */
static int set_weights(di_rdd_search *s, const distest_rdd_bandwidth_opts *bw,
                       distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const distest_rdd_units *units = s->prep.units;
    for (size_t j = 0; j < s->Q; j++) s->om[j] = 1;
    if (units->q) di_rdd_cells(s->Q, units->q, s->om);
    if (bw->imse_weights) memcpy(s->om, bw->imse_weights, s->Q * sizeof *s->om);
    if (!bw->variance_weights) goto done;
    for (int side = 0; side < 2; side++) {
        di_rdd_stage f = {.side = side,
                          .order = s->prep.opts->p,
                          .coef = s->prep.opts->deriv,
                          .bandwidths = 1,
                          .h = &s->c0,
                          .argument = "h",
                          .value = s->beta,
                          .variance = s->V[side]};
        DI_TRY(di_rdd_stage_fit(ctx, &s->prep, &f));
    }
    for (size_t j = 0; j < s->Q; j++) {
        const double V = s->V[0][j] + s->V[1][j];
        s->om[j] = V > 0 ? s->om[j] / V : 0; /* no noise: nothing to weigh */
    }
done:
    return status;
}

/* x of both sides, sorted; distinct values and, by `count` of them, least bandwidths */
static void count_distinct(di_rdd_search *s, size_t count)
{
    for (int side = 0; side < 2; side++) {
        const size_t n = s->prep.used[side];
        double *a = s->scratch, last = -1;
        size_t distinct = 0;
        for (size_t i = 0; i < n; i++) a[i] = fabs(s->prep.u[side][i]);
        di_sort(n, a);
        for (size_t i = 0; i < n; i++) {
            if (a[i] == last) continue;
            last = a[i];
            if (++distinct <= count) s->least[side] = last + 1e-8;
        }
        s->distinct[side] = distinct;
    }
}

/* quartile k / 4 of n sorted numbers by type 2: means where n k / 4 is whole */
static double quartile(size_t n, const double *x, size_t k)
{
    const size_t j = n * k / 4;
    return n * k % 4 == 0 ? (x[j - 1] + x[j]) / 2 : x[j];
}

double di_rdd_deviation(const di_rdd_prep *prep)
{
    double mean = 0, ss = 0;
    const double n = (double)(prep->used[0] + prep->used[1]);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < prep->used[side]; i++) mean += prep->u[side][i] / n;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < prep->used[side]; i++)
            ss += (prep->u[side][i] - mean) * (prep->u[side][i] - mean);
    return sqrt(ss / (n - 1));
}

/* c_0 = C_K min(sd, iqr / 1.349) M^(-1/5), M the distinct x or the units */
static void find_pilot(di_rdd_search *s, int masspoints, size_t bwcheck)
{
    static const double C[] = {1.843, 2.576, 2.34}; /* by power of the kernel */
    const size_t n0 = s->prep.used[0], n = n0 + s->prep.used[1];
    int mass = 0;
    count_distinct(s, bwcheck ? bwcheck : 10);
    for (int side = 0; side < 2; side++)
        mass |= (double)s->distinct[side] <= 0.8 * (double)s->prep.used[side];
    if (!bwcheck && !(masspoints && mass)) s->least[0] = s->least[1] = 0;
    memcpy(s->scratch, s->prep.u[0], n0 * sizeof(double));
    memcpy(s->scratch + n0, s->prep.u[1], (n - n0) * sizeof(double));
    di_sort(n, s->scratch);
    const double iqr = quartile(n, s->scratch, 3) - quartile(n, s->scratch, 1);
    const double M = (double)(masspoints ? s->distinct[0] + s->distinct[1] : n);
    const double sd = di_rdd_deviation(&s->prep);
    s->c0 = C[s->prep.kernel->power] * fmin(sd, iqr / 1.349) * pow(M, -0.2);
    s->c0 = fmin(s->c0, fmax(s->prep.range[0], s->prep.range[1]));
    s->c0 = fmax(s->c0, fmax(s->least[0], s->least[1]));
}

/* Clusters of the units in use: one on both sides counts twice when the sides are
 * independent. seen: flags of clusters. */
static size_t count_clusters(const di_rdd_prep *prep, size_t *seen)
{
    const size_t codes = prep->units->clusters;
    size_t found = 0;
    for (int side = 0; side < 2; side++) {
        if (side == 0 || !prep->opts->joint_clusters)
            memset(seen, 0, codes * sizeof *seen);
        for (size_t i = 0; i < prep->used[side]; i++) {
            size_t *at = seen + prep->units->cluster[prep->row[side][i]];
            found += *at == 0;
            *at = 1;
        }
    }
    return found;
}

static int run_stages(di_rdd_search *s, const distest_rdd_bandwidth_opts *bw, double *h,
                      double *b, double *d, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const int p = s->prep.opts->p, q = s->prep.opts->q;
    const stage first = {q + 1, q + 1, q + 2, s->prep.range, 1, 0};
    const stage bias = {q, p + 1, q + 1, d, s->k, bw->scaleregul};
    const stage last = {p, s->prep.opts->deriv, q, b, s->k, bw->scaleregul};
    find_pilot(s, bw->masspoints, bw->bwcheck);
    if (!(s->c0 > 0))
        DI_TRY(
            di_fail(ctx, DISTEST_ESING, "h",
                    "half of the units share one `x`, which leaves no pilot bandwidth; "
                    "give `h`."));
    DI_TRY(set_weights(s, bw, ctx));
    DI_TRY(find_stage(s, &first, 1, d, ctx));
    DI_TRY(find_stage(s, &bias, 0, b, ctx));
    DI_TRY(find_stage(s, &last, 0, h, ctx));
    if (s->rule.coverage) {
        const size_t N = s->prep.units->cluster ? count_clusters(&s->prep, s->seen)
                                                : s->prep.used[0] + s->prep.used[1];
        const double shrink = pow((double)N, -(double)p / ((3.0 + p) * (3.0 + 2 * p)));
        for (size_t i = 0; i < 2 * s->k; i++) h[i] *= shrink;
    }
done:
    return status;
}

static int check_rule(const distest_rdd_bandwidth_opts *bw, size_t Q, di_rdd_rule *rule,
                      distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const char *names[RULE_COUNT];
    size_t which = 0;
    DI_TRY(di_check_pointer(ctx, "bw", bw));
    for (size_t i = 0; i < RULE_COUNT; i++) names[i] = RULES[i].name;
    DI_TRY(di_check_choice(ctx, "rule", bw->rule, RULE_COUNT, names, &which));
    DI_TRY(di_check_nonnegative(ctx, "scaleregul", 1, &bw->scaleregul));
    if (bw->imse_weights)
        DI_TRY(di_check_weights(ctx, "imse_weights", Q, bw->imse_weights));
    *rule = RULES[which].rule;
done:
    return status;
}

static int take(di_rdd_search *s, di_pool *pool, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const size_t n = s->prep.used[0] + s->prep.used[1];
    for (int side = 0; side < 2; side++) {
        DI_TRY(DI_NEW(ctx, pool, &s->V[side], s->Q, 1));
        DI_TRY(DI_NEW(ctx, pool, &s->B[side], s->Q, 1));
        DI_TRY(DI_NEW(ctx, pool, &s->R[side], s->Q, 1));
    }
    DI_TRY(DI_NEW(ctx, pool, &s->beta, s->Q, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->om, s->Q, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->gamma, s->Q, s->prep.units->covariates));
    DI_TRY(DI_NEW(ctx, pool, &s->tiny, s->Q, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->scratch, n, 1));
    DI_TRY(DI_NEW(ctx, pool, &s->seen, s->prep.units->clusters, 1));
done:
    return status;
}

static void report(const di_rdd_search *s, const double *d, distest_rdd_stages *out)
{
    const int e = s->prep.common;
    out->c0 = s->c0, out->density = s->density, out->exact = s->exact;
    for (int side = 0; side < 2; side++) {
        const size_t at = (size_t)side * s->Q;
        out->distinct[side] = s->distinct[side];
        for (size_t j = 0; j < s->Q; j++) {
            if (out->bias) out->bias[at + j] = ldexp(s->B[side][j], e);
            if (out->variance) out->variance[at + j] = ldexp(s->V[side][j], 2 * e);
            if (out->regul) out->regul[at + j] = ldexp(s->R[side][j], 2 * e);
        }
    }
    if (out->d) memcpy(out->d, d, 2 * s->k * sizeof *d);
}

int distest_rdd_bandwidth(const distest_rdd_units *units, const distest_rdd_opts *opts,
                          const distest_rdd_bandwidth_opts *bw, double *h, double *b,
                          distest_rdd_stages *stages, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_search s = {0};
    double *found = NULL;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_check_pointer(ctx, "units", units));
    DI_TRY(check_rule(bw, units->probs, &s.rule, ctx));
    DI_TRY(di_rdd_prepare(ctx, &pool, units, opts, &s.prep));
    if (s.prep.used[0] + s.prep.used[1] < LEAST_UNITS)
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "h",
                    "with %zu units a rule for the bandwidth is of no use; give `h`.",
                    s.prep.used[0] + s.prep.used[1]));
    s.Q = units->probs, s.k = s.rule.pointwise ? s.Q : 1;
    DI_TRY(take(&s, &pool, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &found, s.k, 6)); /* h, b, d: k x 2 each */
    double *const at_b = found + 2 * s.k, *const at_d = at_b + 2 * s.k;
    if (s.rule.plugin)
        DI_TRY(di_rdd_plugin(&s, found, at_b, at_d, ctx));
    else
        DI_TRY(run_stages(&s, bw, found, at_b, at_d, ctx));
    if (h) memcpy(h, found, 2 * s.k * sizeof *h);
    if (b) memcpy(b, at_b, 2 * s.k * sizeof *b);
    if (stages) report(&s, at_d, stages);
done:
    di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
