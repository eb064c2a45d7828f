/* Phases by their formulas, written out over all pairs; kernels by quadrature; outputs
 * that must not be NULL. */
#include "kde_test.h"

static const char *const kernels[] = {"gaussian", "uniform",   "epanechnikov",
                                      "biweight", "triweight", "exponential",
                                      "linear",   "cosine",    "student"};

/* what the test knows of a query: a key and a distance for every point, in order */
typedef struct {
    double key, D;
} seen;

static int by_key(const void *a, const void *b)
{
    const double x = ((const seen *)a)->key, y = ((const seen *)b)->key;
    return (x > y) - (x < y);
}

static double squared(size_t d, const double *q, size_t ldq, size_t i)
{
    double D = 0;
    for (size_t k = 0; k < d; k++)
        D += (q[k * ldq] - X[i + k * N]) * (q[k * ldq] - X[i + k * N]);
    return D;
}

/* digamma(j) for whole j */
static double psi(size_t j)
{
    double s = -0.57721566490153286061;
    for (size_t i = 1; i < j; i++) s += 1 / (double)i;
    return s;
}

/* (30) from k distances in order */
static void tail(const seen *s, size_t k, double *lid, double *edge)
{
    double sum = 0, e = 0;
    for (size_t j = 0; j + 1 < k; j++) sum += log(s[k - 1].D / s[j].D);
    *lid = 2 * (double)(k - 2) / sum;
    for (size_t j = 0; j < k; j++) e += log(s[j].D) - 2 / *lid * psi(j + 1);
    *edge = exp(e / (double)k);
}

static double a_[N], next_[N], reach_[N];

static void local_factors(void)
{
    uint64_t s = 11;
    for (size_t i = 0; i < N; i++) {
        a_[i] = exp(2 * random_at(&s));
        next_[i] = 1.3 * a_[i];
        reach_[i] = 1 + random_at(&s);
    }
}

/* with factors that differ the k nearest are those of the least D / a^2, and a datum
 * that is left out meets the factors that hold without it */
static void local_factors_scale_distances(void)
{
    const double h = 0.7;
    const size_t d = 4, k = 12;
    seen s[N];
    fill(d, 0, 2);
    local_factors();
    const distest_sample sample = {N, d, X, NULL};
    distest_kde_opts o = gaussian(&h);
    o.radius = a_;
    o.radius_next = next_;
    o.reach = reach_;
    for (int loo = 0; loo < 2; loo++) {
        double lid[N], edge[N], sg[N], mu[N], se[N];
        int regime[N];
        CHECK(distest_kde_phases(&sample, &o, M, loo ? NULL : Q, k, lid, edge, sg, mu,
                                 se, regime, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < M; j++) {
            size_t m = 0;
            double want_lid, want_edge;
            for (size_t i = 0; i < N; i++) {
                if (loo && i == j) continue;
                const double D =
                    loo ? squared(d, X + j, N, i) : squared(d, Q + j, M, i);
                const double a = loo && D <= reach_[i] * reach_[i] ? next_[i] : a_[i];
                s[m++] = (seen){D / (a * a), D / (a * a)};
            }
            qsort(s, m, sizeof *s, by_key);
            tail(s, k, &want_lid, &want_edge);
            CHECK_REL(lid[j], want_lid, 1e-10);
            CHECK_REL(edge[j], want_edge, 1e-10);
            CHECK_REL(mu[j], h * h * want_lid / want_edge, 1e-10);
            CHECK_REL(se[j], mu[j] / 3, 1e-14);
            CHECK(regime[j] == (mu[j] < 1   ? DISTEST_KDE_EXTREME
                                : mu[j] < 2 ? DISTEST_KDE_STABLE
                                            : DISTEST_KDE_CLT));
        }
    }
}

/* with weights: Hill's estimate from the largest log terms */
static void weights_enter_by_the_terms(void)
{
    const double h = 0.5;
    const size_t d = 5, k = 15;
    seen s[N];
    double w[N];
    fill(d, 0, 2);
    for (size_t i = 0; i < N; i++) w[i] = pow(W_[i], 4); /* from 1e-4 to 1.5 */
    const distest_sample sample = {N, d, X, w};
    distest_kde_opts o = gaussian(&h);
    for (int kernel = 0; kernel < 9; kernel += 8) {
        double lid[N], mu[N], se[N];
        o.kernel = kernels[kernel];
        o.nu = kernel ? 3 : 0;
        for (int loo = 0; loo < 2; loo++) {
            CHECK(distest_kde_phases(&sample, &o, M, loo ? NULL : Q, k, lid, NULL, NULL,
                                     mu, se, NULL, NULL) == DISTEST_SUCCESS);
            for (size_t j = 0; j < M; j++) {
                size_t m = 0;
                double sum = 0, want_lid, want_edge;
                for (size_t i = 0; i < N; i++) {
                    if (loo && i == j) continue;
                    const double D = loo ? squared(d, X + j, N, i)
                                         : squared(d, Q + j, M, i),
                                 u = D / (h * h);
                    const double term =
                        log(w[i]) - (kernel ? 4 * log(1 + u / 3) : 0.5 * u);
                    s[m++] = (seen){-term, D};
                }
                qsort(s, m, sizeof *s, by_key);
                for (size_t i = 0; i + 1 < k; i++) sum += s[k - 1].key - s[i].key;
                CHECK_REL(mu[j], (double)(k - 2) / sum, 1e-10);
                CHECK_REL(se[j], mu[j] / sqrt((double)k - 3), 1e-14);
                for (size_t i = 0; i < m; i++) s[i].key = s[i].D;
                qsort(s, m, sizeof *s, by_key);
                tail(s, k, &want_lid, &want_edge);
                CHECK_REL(lid[j], want_lid, 1e-10);
            }
        }
    }
    /* equal weights are no weights */
    double one[M], other[M];
    for (size_t i = 0; i < N; i++) w[i] = 3;
    const distest_sample none = {N, d, X, NULL};
    o.kernel = "gaussian";
    o.nu = 0;
    CHECK(distest_kde_phases(&sample, &o, M, Q, k, NULL, NULL, NULL, one, NULL, NULL,
                             NULL) == DISTEST_SUCCESS);
    CHECK(distest_kde_phases(&none, &o, M, Q, k, NULL, NULL, NULL, other, NULL, NULL,
                             NULL) == DISTEST_SUCCESS);
    for (size_t j = 0; j < M; j++) CHECK_REL(one[j], other[j], 1e-13);
}

/* compact kernels: as many points in reach as have a positive term */
static void reach_is_counted_in_local_units(void)
{
    const size_t d = 2;
    int seen_all[3] = {0}, moved = 0;
    fill(d, 0, 2);
    local_factors();
    const distest_sample sample = {N, d, X, NULL};
    for (int kernel = 1; kernel < 8; kernel++) {
        if (kernel == 5) continue;
        for (int step = 0; step < 3; step++) {
            const double h = 0.03 * pow(3, step);
            double variance, norm, mu[M];
            int regime[M];
            distest_kde_opts o = gaussian(&h);
            o.kernel = kernels[kernel];
            o.radius = a_;
            CHECK(distest_kde_kernel(o.kernel, 0, d, &norm, &variance, NULL) ==
                  DISTEST_SUCCESS);
            CHECK(distest_kde_phases(&sample, &o, M, Q, 6, NULL, NULL, NULL, mu, NULL,
                                     regime, NULL) == DISTEST_SUCCESS);
            for (size_t j = 0; j < M; j++) {
                size_t local = 0, plain = 0;
                for (size_t i = 0; i < N; i++) {
                    const double u = squared(d, Q + j, M, i) * variance / (h * h);
                    local += u / (a_[i] * a_[i]) < 1;
                    plain += u < 1;
                }
                const int want = local < 3 ? 0 : local >= 30 ? 2 : 1;
                moved += want != (plain < 3 ? 0 : plain >= 30 ? 2 : 1);
                seen_all[want]++;
                CHECK(regime[j] == want);
                CHECK(isinf(mu[j]));
            }
        }
    }
    CHECK(seen_all[0] > 0 && seen_all[1] > 0 && seen_all[2] > 0 && moved > 20);
}

/* sum over shells: the area of the sphere times r^(d-1+power) K(r) */
static double radial(int kernel, double nu, size_t d, int power, double norm)
{
    enum { STEPS = 200000 };
    const double nd = (double)d, pi = acos(-1),
                 area = log(2) + 0.5 * nd * log(pi) - lgamma(0.5 * nd);
    double sum = 0;
    for (int k = 0; k < STEPS; k++) { /* r = t / (1 - t), or t on a ball */
        const double t = (k + 0.5) / STEPS;
        const int ball = kernel != 0 && kernel != 5 && kernel != 8;
        const double r = ball ? t : t / (1 - t),
                     dr = ball ? 1 : 1 / ((1 - t) * (1 - t));
        double g;
        if (kernel == 0)
            g = -0.5 * r * r;
        else if (kernel == 5)
            g = -r;
        else if (kernel == 6)
            g = log(1 - r);
        else if (kernel == 7)
            g = log(cos(0.5 * pi * r));
        else if (kernel == 8)
            g = -0.5 * (nu + nd) * log(1 + r * r / nu);
        else
            g = (kernel - 1) * log(1 - r * r);
        sum += exp(area + norm + (nd - 1 + power) * log(r) + g) * dr / STEPS;
    }
    return sum;
}

static void kernels_have_mass_one_and_their_variance(void)
{
    for (size_t d = 1; d <= 6; d += d < 3 ? 1 : 3)
        for (int k = 0; k < 9; k++) {
            const double nu = k == 8 ? 9 : 0;
            double norm, variance;
            CHECK(distest_kde_kernel(kernels[k], nu, d, &norm, &variance, NULL) ==
                  DISTEST_SUCCESS);
            CHECK_NEAR(radial(k, nu, d, 0, norm), 1, 1e-7);
            if (k == 8)
                CHECK(variance == 1); /* h is its scale */
            else
                CHECK_REL(radial(k, nu, d, 2, norm) / (double)d, variance, 1e-7);
        }
}

static void outputs_must_not_be_null(void)
{
    const double h = 0.5, p[2] = {0.2, 0.8};
    const size_t zero = 0, count[1] = {2};
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(1);
    double x[2 * N], lo[M] = {42}, f[N];
    size_t cluster[N], modes;
    fill(2, 0, 2);
    const distest_sample two = {N, 2, X, NULL}, one = {N, 1, X, NULL};
    const distest_kde_opts o = gaussian(&h);
    CHECK_FAILS(distest_kde_interval(&two, &o, M, Q, 8, 20, 0.9, &rng, NULL, lo, &ctx),
                DISTEST_EINVAL, &ctx, "lower");
    CHECK_FAILS(distest_kde_interval(&two, &o, M, Q, 8, 20, 0.9, &rng, lo, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "upper");
    CHECK(lo[0] == 42);
    CHECK_FAILS(distest_kde_radius(&two, &o, 3, NULL, x, &ctx), DISTEST_EINVAL, &ctx,
                "radius");
    CHECK_FAILS(distest_kde_kernel("linear", 0, 2, NULL, x, &ctx), DISTEST_EINVAL, &ctx,
                "log_norm");
    CHECK_FAILS(distest_kde_kernel("linear", 0, 2, x, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "variance");
    CHECK_FAILS(distest_kde_cdf(&one, &o, 2, Q, NULL, &ctx), DISTEST_EINVAL, &ctx, "p");
    CHECK_FAILS(distest_kde_quantile(&one, &o, 2, p, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "at");
    CHECK_FAILS(distest_kde_modes(&two, &o, M, Q, NULL, f, cluster, &modes, &ctx),
                DISTEST_EINVAL, &ctx, "modes");
    CHECK_FAILS(distest_kde_modes(&two, &o, M, Q, x, NULL, cluster, &modes, &ctx),
                DISTEST_EINVAL, &ctx, "logf");
    CHECK_FAILS(distest_kde_modes(&two, &o, M, Q, x, f, NULL, &modes, &ctx),
                DISTEST_EINVAL, &ctx, "cluster");
    CHECK_FAILS(distest_kde_modes(&two, &o, M, Q, x, f, cluster, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "n_modes");
    CHECK_FAILS(distest_kde_marginal(&two, &o, 1, &zero, NULL, x, &ctx), DISTEST_EINVAL,
                &ctx, "out_x");
    CHECK_FAILS(distest_kde_marginal(&two, &o, 1, &zero, x, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "out_H");
    CHECK_FAILS(distest_kde_mesh(&one, &o, count, p, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "logf");
}

static void settings_that_would_be_ignored_are_refused(void)
{
    distest_context ctx = distest_context_default();
    distest_kde_selected r = {.h = 42};
    const double metric[4] = {1, 0, 0, 1};
    double H[4] = {42};
    fill(2, 0, 2);
    local_factors();
    const distest_sample s = {N, 2, X, NULL};
    distest_kde_select c = distest_kde_select_default();
    c.metric = metric;
    CHECK_FAILS(distest_kde_bandwidth(&s, &c, &r, H, &ctx), DISTEST_EINVAL, &ctx,
                "metric");
    c.radius = a_;
    c.method = "nn";
    CHECK_FAILS(distest_kde_bandwidth(&s, &c, &r, H, &ctx), DISTEST_EINVAL, &ctx,
                "radius");
    c.method = "lcv";
    c.reach = reach_;
    CHECK_FAILS(distest_kde_bandwidth(&s, &c, &r, H, &ctx), DISTEST_EINVAL, &ctx,
                "radius_next");
    CHECK(r.h == 42 && H[0] == 42);
    c.reach = NULL;
    CHECK(distest_kde_bandwidth(&s, &c, &r, H, &ctx) == DISTEST_SUCCESS);
    CHECK_REL(H[0], r.h * r.h, 1e-14);
}

int main(void)
{
    RUN(local_factors_scale_distances);
    RUN(weights_enter_by_the_terms);
    RUN(reach_is_counted_in_local_units);
    RUN(kernels_have_mass_one_and_their_variance);
    RUN(outputs_must_not_be_null);
    RUN(settings_that_would_be_ignored_are_refused);
    return check_report("kde_phases");
}
