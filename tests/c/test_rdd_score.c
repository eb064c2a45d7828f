/* Scores and covariances: their identities, designs with a bandwidth per column, many
 * units, mass points, clusters, leverage. */
#include "rdd_output.h"

enum { Q2 = QUANTILES * QUANTILES };
static output one, two;

static void fit(const distest_rdd_units *u, const distest_rdd_opts *o, output *out)
{
    want(out);
    CHECK(distest_rdd_fit(u, o, &out->r, NULL) == DISTEST_SUCCESS);
}

/* V against sum over rows of a score times another */
static void check_products(const double *V, size_t rows, const double *a,
                           const double *b, double sign)
{
    for (size_t k = 0; k < QUANTILES; k++)
        for (size_t j = 0; j < QUANTILES; j++) {
            double sum = 0;
            for (size_t i = 0; i < rows; i++) sum += a[i + j * rows] * b[i + k * rows];
            CHECK_NEAR(V[j + k * QUANTILES], sign * sum, 1e-13);
        }
}

static void covariances_are_sums_of_scores(void)
{
    static const char *const rules[] = {"nn", "hc3", "cr1", "cr3", "hc3"};
    for (size_t k = 0; k < 5; k++)
        for (int how = 0; how < 4; how++) {
            design d = SHARP;
            d.vce = rules[k], d.clusters = k >= 2, d.separate = how % 2;
            d.treatment = k == 0 || k == 3;
            const distest_rdd_units u = units_of(&d);
            distest_rdd_opts o = opts_of(&d);
            o.conventional = how / 2;
            fit(&u, &o, &one);
            const size_t rows = distest_rdd_score_rows(&u, &o);
            CHECK(rows == (k < 2 ? UNITS : 30u * (d.separate ? 2 : 1)));
            CHECK(one.r.score_rows == rows);
            check_products(one.vcov[o.conventional ? 0 : 1], rows, one.scores[0],
                           one.scores[0], 1);
            check_products(one.vcov[2], rows, one.scores[1], one.scores[1], 1);
            check_products(one.vcov[3], rows, one.scores[2], one.scores[2], 1);
            check_products(one.vcov[4], rows, one.scores[1], one.scores[2], 1);
            for (size_t j = 0; j < QUANTILES; j++) {
                const double *se = one.se[o.conventional ? 0 : 1];
                CHECK_REL(se[j] * se[j],
                          one.vcov[o.conventional ? 0 : 1][j * (QUANTILES + 1)], 1e-12);
                CHECK_REL(one.side_se[0][j] * one.side_se[0][j],
                          one.vcov[2][j * (QUANTILES + 1)], 1e-12);
                CHECK_REL(one.side_se[1][j] * one.side_se[1][j],
                          one.vcov[3][j * (QUANTILES + 1)], 1e-12);
            }
            CHECK(one.r.n_clusters == (k < 2 ? 0u : 30u));
        }
}

static void covariance_is_the_reference(void)
{
    design d = SHARP;
    d.vce = "hc3", d.b[0] = d.b[1] = .5;
    const distest_rdd_units u = units_of(&d);
    const distest_rdd_opts o = opts_of(&d);
    fit(&u, &o, &one);
    for (size_t j = 0; j < 3; j++)
        for (size_t k = 0; k < 3; k++)
            CHECK_REL(one.vcov[1][j + k * QUANTILES],
                      fixture("vcov/vcov_first3")[j + 3 * k], 1e-12);
}

/* errors without the matrices are those with them */
static void errors_need_no_matrix(void)
{
    for (int clusters = 0; clusters < 2; clusters++) {
        design d = SHARP;
        d.treatment = 1, d.clusters = clusters, d.vce = clusters ? "cr3" : "hc2";
        const distest_rdd_units u = units_of(&d);
        const distest_rdd_opts o = opts_of(&d);
        fit(&u, &o, &one);
        want(&two);
        two.r.vcov_cl = two.r.vcov_bc = two.r.vcov_minus = two.r.vcov_plus = NULL;
        two.r.vcov_cross = two.r.scores = two.r.scores_minus = two.r.scores_plus = NULL;
        CHECK(distest_rdd_fit(&u, &o, &two.r, NULL) == DISTEST_SUCCESS);
        for (int e = 0; e < 2; e++)
            for (size_t j = 0; j < QUANTILES; j++) {
                CHECK_REL(two.se[e][j], one.se[e][j], 1e-12);
                CHECK_REL(two.jump_se[e][j], one.jump_se[e][j], 1e-12);
                CHECK_REL(two.side_se[e][j], one.side_se[e][j], 1e-12);
            }
        for (size_t j = 0; j < QUANTILES; j++) CHECK_REL(two.cov[j], one.cov[j], 1e-12);
    }
}

/* one bandwidth per column: column by column a fit of its own */
static void columns_with_their_own_bandwidths(void)
{
    static const char *const rules[] = {"nn", "hc1", "hc3", "cr1", "cr3"};
    static double h[2 * QUANTILES], b[2 * QUANTILES];
    for (size_t j = 0; j < QUANTILES; j++) {
        h[j] = .4 + .01 * (double)j, h[j + QUANTILES] = .6 - .01 * (double)j;
        b[j] = .8 - .02 * (double)j, b[j + QUANTILES] = .7;
    }
    for (size_t k = 0; k < 5; k++) {
        design d = SHARP;
        d.vce = rules[k], d.clusters = k >= 3, d.covariates = k == 2;
        d.treatment = k == 0;
        distest_rdd_units u = units_of(&d), column;
        distest_rdd_opts o = opts_of(&d), each;
        const double ht[2] = {.5, .55}, bt[2] = {.7, .6};
        o.bandwidths = QUANTILES, o.h = h, o.b = b, o.method = "pointwise";
        if (d.treatment) o.h_treatment = ht, o.b_treatment = bt;
        want(&one);
        one.r.w_cl = one.r.w_bc = NULL;
        CHECK(distest_rdd_fit(&u, &o, &one.r, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < QUANTILES; j++) {
            const double h1[2] = {h[j], h[j + QUANTILES]},
                         b1[2] = {b[j], b[j + QUANTILES]};
            column = u, each = o;
            column.probs = 1, column.q = u.q + j, column.quantiles += j * UNITS;
            each.bandwidths = 1, each.h = h1, each.b = b1;
            want(&two);
            CHECK(distest_rdd_fit(&column, &each, &two.r, NULL) == DISTEST_SUCCESS);
            for (int e = 0; e < 2; e++) {
                CHECK_REL(one.tau[e][j], two.tau[e][0], 1e-12);
                CHECK_REL(one.se[e][j], two.se[e][0], 1e-12);
                CHECK_REL(one.jump_se[e][j], two.jump_se[e][0], 1e-12);
            }
            if (d.covariates)
                for (size_t z = 0; z < 2; z++)
                    CHECK_REL(one.gamma[z + 2 * j], two.gamma[z], 1e-11);
        }
    }
}

enum { COPIES = 60, MANY = UNITS * COPIES };
static double many_x[MANY], many_q[MANY * QUANTILES], many_z[2 * MANY];
static int many_cluster[MANY];

/* units.csv many times over: blocks, tasks and waves are all crossed */
static distest_rdd_units many_units(void)
{
    distest_rdd_units u = fixture_units();
    for (size_t i = 0; i < MANY; i++) {
        const size_t from = i % UNITS;
        many_x[i] = u.x[from];
        many_cluster[i] = (int)from;
        for (size_t j = 0; j < QUANTILES; j++)
            many_q[i + j * MANY] = u.quantiles[from + j * UNITS];
        for (size_t z = 0; z < 2; z++) many_z[i + z * MANY] = UNIT_Z[from + z * UNITS];
    }
    u.n = MANY, u.x = many_x, u.quantiles = many_q;
    return u;
}

static void copies_divide_the_variance(void)
{
    design d = SHARP;
    d.vce = "hc0";
    const distest_rdd_units few = units_of(&d);
    distest_rdd_units u = many_units();
    distest_rdd_opts o = opts_of(&d);
    for (int z = 0; z < 2; z++) {
        distest_rdd_units base = few;
        if (z) base.covariates = 2, base.z = UNIT_Z, u.covariates = 2, u.z = many_z;
        fit(&base, &o, &one);
        want(&two);
        two.r.scores = two.r.scores_minus = two.r.scores_plus = NULL;
        two.r.w_cl = two.r.w_bc = NULL;
        CHECK(distest_rdd_fit(&u, &o, &two.r, NULL) == DISTEST_SUCCESS);
        for (int e = 0; e < 2; e++)
            for (size_t j = 0; j < QUANTILES; j++) {
                CHECK_REL(two.tau[e][j], one.tau[e][j], 1e-11);
                CHECK_REL(two.se[e][j] * sqrt(COPIES), one.se[e][j], 1e-11);
            }
        for (size_t i = 0; i < Q2; i++)
            CHECK_REL(two.vcov[1][i] * COPIES, one.vcov[1][i], 1e-10);
    }
}

/* clusters of copies with scores added up: the copies count once */
static void clusters_of_copies_are_units(void)
{
    design d = SHARP;
    d.vce = "hc0";
    const distest_rdd_units few = units_of(&d);
    distest_rdd_units u = many_units();
    const distest_rdd_opts o = opts_of(&d);
    u.cluster = many_cluster, u.clusters = UNITS;
    fit(&few, &o, &one);
    want(&two);
    two.r.w_cl = two.r.w_bc = NULL;
    CHECK(distest_rdd_fit(&u, &o, &two.r, NULL) == DISTEST_SUCCESS);
    for (size_t i = 0; i < Q2; i++) CHECK_REL(two.vcov[1][i], one.vcov[1][i], 1e-10);
    for (size_t i = 0; i < UNITS * QUANTILES; i++)
        CHECK_NEAR(two.scores[0][i], one.scores[0][i], 1e-13);
    CHECK(two.r.n_clusters == one.r.n_b[0] + one.r.n_b[1]);
}

/* cluster c without its units: e = D - r'beta(-c); one cluster larger than a chunk */
static void cr3_leaves_the_cluster_out(void)
{
    enum { N = 900, G = 5 };
    static double x[N], y[N], w[N], less_x[N], less_y[N];
    static int cluster[N];
    double psi[G] = {0}, V = 0, se;
    const double h[2] = {1, 1}, b[2] = {1.5, 1.5};
    distest_rdd_units u = distest_rdd_units_default();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    for (size_t i = 0; i < N; i++) {
        x[i] = -0.99 + 1.98 * (double)i / (N - 1);
        y[i] = sin(9. * (double)i) + x[i];
        cluster[i] = i % 3 ? 0 : (int)(i / 3 % 4) + 1; /* 600 in cluster 0 */
    }
    u.n = N, u.probs = 1, u.x = x, u.quantiles = y, u.cluster = cluster, u.clusters = G;
    o.h = h, o.b = b, o.vce = "cr3", o.method = "pointwise";
    r.se_cl = &se, r.w_cl = w;
    CHECK(distest_rdd_fit(&u, &o, &r, NULL) == DISTEST_SUCCESS);
    for (int g = 0; g < G; g++) {
        double curve;
        size_t m = 0;
        distest_rdd_units rest = distest_rdd_units_default();
        for (size_t i = 0; i < N; i++)
            if (cluster[i] != g) less_x[m] = x[i], less_y[m++] = y[i];
        rest.n = m, rest.probs = 1, rest.x = less_x, rest.quantiles = less_y;
        o.vce = "hc0";
        for (size_t i = 0; i < N; i++) {
            if (cluster[i] != g) continue;
            CHECK(distest_rdd_predict(&rest, &o, 1, &x[i], &curve, NULL) ==
                  DISTEST_SUCCESS);
            psi[g] += (x[i] < 0 ? -1 : 1) * w[i] * (y[i] - curve);
        }
        V += psi[g] * psi[g];
    }
    CHECK_REL(se, sqrt(V), 1e-10);
}

/* (16) by the letter: the residual of unit i of `n` sorted by x */
static double neighbour_residual(size_t n, const double *x, const double *y, size_t i,
                                 size_t wanted)
{
    size_t l = i, r = i + 1;
    double mean = 0;
    while (l > 0 && x[l - 1] == x[i]) l--;
    while (r < n && x[r] == x[i]) r++;
    if (wanted > n - 1) wanted = n - 1;
    while (r - l - 1 < wanted) {
        const double dl = l > 0 ? x[i] - x[l - 1] : INFINITY;
        const double dr = r < n ? x[r] - x[i] : INFINITY;
        const int both = fabs(dl - dr) < 1e-12;
        size_t l2 = l, r2 = r;
        if (both || dl < dr)
            for (l2 = l - 1; l2 > 0 && x[l2 - 1] == x[l - 1];) l2--;
        if (both || dr < dl)
            for (r2 = r + 1; r2 < n && x[r2] == x[r];) r2++;
        l = l2, r = r2;
    }
    const double J = (double)(r - l - 1);
    for (size_t k = l; k < r; k++) mean += k == i ? 0 : y[k] / J;
    return sqrt(J / (J + 1)) * (y[i] - mean);
}

/* mass points of 1 to 150 units, few and many neighbours */
static void neighbours_with_mass_points(void)
{
    enum { N = 1200 };
    static double x[N], y[N], w[N], scores[N];
    const double h[2] = {2, 2}, CUT = -1 + 0.0078125 * 22;
    for (size_t J = 1; J < 400; J = J * 3 + 1) {
        size_t i = 0, left = 0;
        distest_rdd_units u = distest_rdd_units_default();
        distest_rdd_opts o = distest_rdd_opts_default();
        distest_rdd_result r = distest_rdd_result_default();
        for (int point = 0; i < N; point++) { /* sorted by x */
            const size_t size = point % 7 == 3 ? 150 : (point % 3 ? 1 : 9);
            const double at = -1 + 0.0078125 * point;
            for (size_t k = 0; k < size && i < N; k++, i++) {
                x[i] = at;
                y[i] = sin(37. * (double)i);
                left += at < CUT;
            }
        }
        u.n = N, u.probs = 1, u.x = x, u.quantiles = y;
        o.cutoff = CUT, o.h = h, o.vce = "nn", o.nnmatch = J, o.method = "pointwise";
        r.scores = scores, r.w_bc = w;
        CHECK(distest_rdd_fit(&u, &o, &r, NULL) == DISTEST_SUCCESS);
        for (size_t k = 0; k < N; k += 7) {
            const size_t from = k < left ? 0 : left, n = k < left ? left : N - left;
            CHECK_NEAR(scores[k],
                       (k < left ? -1 : 1) * w[k] *
                           neighbour_residual(n, x + from, y + from, k - from, J),
                       1e-14);
        }
    }
}

/* h2, h3 where one unit alone decides the fit: no contribution, counted */
static void leverage_one_is_left_out(void)
{
    double x[9] = {-3, -2, -1, -.5, 1, 1, 1, 1, 2}, y[9] = {1, 2, 4, 3, 5, 6, 7, 5, 9};
    const double h[2] = {4, 4}, b[2] = {4, 4};
    int cluster[9] = {0, 1, 2, 3, 0, 1, 2, 3, 4};
    double se, scores[9];
    distest_rdd_units u = distest_rdd_units_default();
    distest_rdd_opts o = distest_rdd_opts_default();
    distest_rdd_result r = distest_rdd_result_default();
    u.n = 9, u.probs = 1, u.x = x, u.quantiles = y;
    o.h = h, o.b = b, o.p = 1, o.q = 2, o.method = "pointwise", o.conventional = 1;
    r.se_cl = &se, r.scores = scores;
    distest_context ctx = distest_context_default();
    CHECK_FAILS(distest_rdd_fit(&u, &o, &r, &ctx), DISTEST_ESING, &ctx, "b");
    x[4] = 1.5, x[5] = 1.5; /* now three distinct x: q = 2 has leverage 1 at x = 2 */
    o.conventional = 0;
    CHECK(distest_rdd_fit(&u, &o, &r, NULL) == DISTEST_SUCCESS);
    CHECK(r.leverage_one == 1);
    CHECK(scores[8] == 0 && scores[7] != 0);
    o.vce = "cr3", u.cluster = cluster, u.clusters = 5;
    CHECK(distest_rdd_fit(&u, &o, &r, NULL) == DISTEST_SUCCESS);
    CHECK(r.leverage_one == 1);
    CHECK(isfinite(se) && se > 0);
}

static void constant_outcomes_have_no_error(void)
{
    static double y[UNITS * 2];
    static const char *const rules[] = {"nn", "hc0", "hc3", "cr3"};
    const double q[2] = {.2, .8};
    design d = SHARP;
    for (size_t k = 0; k < 4; k++) {
        double tau[2], se[2], V[4];
        d.vce = rules[k], d.clusters = k == 3;
        distest_rdd_units u = units_of(&d);
        const distest_rdd_opts o = opts_of(&d);
        distest_rdd_result r = distest_rdd_result_default();
        for (size_t i = 0; i < UNITS; i++) {
            y[i] = 1.1;
            y[i + UNITS] = UNIT_Z[i] + 7;
        }
        u.quantiles = y, u.probs = 2, u.q = q;
        r.tau = tau, r.se_bc = se, r.vcov_bc = V;
        CHECK(distest_rdd_fit(&u, &o, &r, NULL) == DISTEST_SUCCESS);
        CHECK_NEAR(tau[0], 0, 1e-13);
        CHECK(se[0] == 0 && V[0] == 0 && V[1] == 0 && V[2] == 0);
        CHECK(se[1] > 0 && V[3] > 0);
    }
}

static void residuals_are_averaged(void)
{
    design d = SHARP;
    d.vce = "hc0";
    const distest_rdd_units u = units_of(&d);
    const distest_rdd_opts o = opts_of(&d);
    fit(&u, &o, &one);
    for (size_t j = 0; j < QUANTILES; j += 7) {
        double sum = 0, curve[QUANTILES];
        size_t n = 0;
        distest_rdd_opts plain = o;
        plain.method = "pointwise";
        for (size_t i = 0; i < UNITS; i++) {
            if (!(fabs(u.x[i]) < .5)) continue;
            CHECK(distest_rdd_predict(&u, &plain, 1, &u.x[i], curve, NULL) ==
                  DISTEST_SUCCESS);
            const double e = u.quantiles[i + j * UNITS] - curve[j];
            sum += e * e;
            n++;
        }
        CHECK_REL(one.ms[j], sum / (double)n, 1e-11);
    }
}

int main(void)
{
    fixture_read("tests/reference/rdd/expected.txt");
    RUN(covariances_are_sums_of_scores);
    RUN(covariance_is_the_reference);
    RUN(errors_need_no_matrix);
    RUN(columns_with_their_own_bandwidths);
    RUN(copies_divide_the_variance);
    RUN(clusters_of_copies_are_units);
    RUN(cr3_leaves_the_cluster_out);
    RUN(neighbours_with_mass_points);
    RUN(leverage_one_is_left_out);
    RUN(constant_outcomes_have_no_error);
    RUN(residuals_are_averaged);
    return check_report("test_rdd_score");
}
