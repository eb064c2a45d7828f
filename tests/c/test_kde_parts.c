/* Conditional densities, modes, meshes, pieces, responsibilities, prepared estimates,
 * mixed data: each against its definition. */
#include "kde_test.h"

static void conditional_is_joint_over_marginal(void)
{
    static const size_t given[2] = {2, 0}, rest[1] = {1};
    const double H[9] = {0.5, 0.2, -0.05, 0.2, 0.9, 0.1, -0.05, 0.1, 0.3};
    double x[2 * N], Hx[4], joint[M], marginal[M], cond[M], mean[M], p[2 * M];
    double xg[2 * M], xr[M];
    fill(3, 0, 3);
    const distest_sample s = {N, 3, X, W_};
    distest_kde_opts o = gaussian(H), og = gaussian(Hx);
    o.shape = og.shape = DISTEST_KDE_FULL;
    for (size_t j = 0; j < M; j++) {
        xg[j] = Q[j + 2 * M];
        xg[j + M] = Q[j];
        xr[j] = Q[j + M];
    }
    CHECK(distest_kde_marginal(&s, &o, 2, given, x, Hx, NULL) == 0);
    CHECK_NEAR(Hx[0], H[8], 1e-15);
    CHECK_NEAR(Hx[1], H[2], 1e-15);
    CHECK_NEAR(Hx[3], H[0], 1e-15);
    CHECK(x[0] == X[2 * N] && x[N] == X[0]);
    const distest_sample sg = {N, 2, x, W_};
    CHECK(distest_kde_eval(&s, &o, M, Q, joint, NULL) == 0);
    CHECK(distest_kde_eval(&sg, &og, M, xg, marginal, NULL) == 0);
    CHECK(distest_kde_conditional(&s, &o, 2, given, M, xg, xr, cond, mean, NULL) == 0);
    for (size_t j = 0; j < M; j++) CHECK_NEAR(cond[j], joint[j] - marginal[j], 1e-12);
    /* dF/dy = f, and the mean is int y f */
    double up[M];
    for (size_t j = 0; j < M; j++) up[j] = xr[j] + 1e-5;
    CHECK(distest_kde_conditional_cdf(&s, &o, 2, given, M, xg, xr, p, NULL) == 0);
    CHECK(distest_kde_conditional_cdf(&s, &o, 2, given, M, xg, up, p + M, NULL) == 0);
    for (size_t j = 0; j < M; j++)
        CHECK_NEAR((p[M + j] - p[j]) / 1e-5, exp(cond[j]), 2e-5);
    double sum = 0, first = 0, at[2] = {xg[3], xg[3 + M]};
    for (int k = -600; k <= 600; k++) {
        const double y = 0.02 * k;
        double f;
        CHECK(distest_kde_conditional(&s, &o, 2, given, 1, at, &y, &f, NULL, NULL) ==
              0);
        sum += 0.02 * exp(f);
        first += 0.02 * y * exp(f);
    }
    CHECK_NEAR(sum, 1, 1e-12);
    CHECK_NEAR(first, mean[3], 1e-12);
    (void)rest;
    /* draws have that mean */
    enum { DRAWS = 4000 };
    static double many[2 * DRAWS], out[DRAWS];
    for (size_t j = 0; j < DRAWS; j++) {
        many[j] = at[0];
        many[j + DRAWS] = at[1];
    }
    distest_rng rng = distest_rng_seed(5);
    CHECK(distest_kde_conditional_sample(&s, &o, 2, given, DRAWS, many, &rng, out,
                                         NULL) == 0);
    double m = 0, v = 0;
    for (size_t j = 0; j < DRAWS; j++) m += out[j] / DRAWS;
    for (size_t j = 0; j < DRAWS; j++) v += (out[j] - m) * (out[j] - m) / DRAWS;
    CHECK(fabs(m - mean[3]) < 4 * sqrt(v / DRAWS));
}

/* gradient 0, Hessian negative, ends of all starts accounted for */
static void modes_are_maxima(void)
{
    static double modes[2 * N], logf[N], g[2 * N], H[4 * N], f[N];
    static size_t cluster[N];
    size_t count = 0;
    const double h = 0.22;
    fill(2, 0, 2);
    const distest_sample s = {N, 2, X, W_};
    const distest_kde_opts o = gaussian(&h);
    CHECK(distest_kde_modes(&s, &o, 0, NULL, modes, logf, cluster, &count, NULL) == 0);
    CHECK(count > 2 && count < N / 2);
    double at[2 * N];
    for (size_t j = 0; j < count; j++) {
        at[j] = modes[j];
        at[j + count] = modes[j + N];
    }
    CHECK(distest_kde_curvature(&s, &o, count, at, f, g, H, NULL) == 0);
    for (size_t j = 0; j < count; j++) {
        CHECK(fabs(g[j]) < 1e-9 && fabs(g[j + count]) < 1e-9);
        CHECK(H[4 * j] < 0 && H[4 * j] * H[4 * j + 3] > H[4 * j + 1] * H[4 * j + 2]);
        CHECK_NEAR(f[j], logf[j], 1e-12);
        CHECK(j == 0 || logf[j] <= logf[j - 1]);
    }
    /* a start climbs: its mode is no lower */
    double f0[N];
    CHECK(distest_kde_eval(&s, &o, N, X, f0, NULL) == 0);
    for (size_t i = 0; i < N; i++)
        CHECK(cluster[i] < count && f0[i] <= logf[cluster[i]]);
    CHECK(distest_kde_modes(&s, &o, 1, X, modes, logf, cluster, &count, NULL) == 0);
    CHECK(count == 1);
}

static void meshes_agree_point_by_point(void)
{
    const size_t count[3] = {7, 5, 3};
    double axes[15], f[105], at[3 * 105], want[105];
    const double sd[3] = {0.02, 0.5, 1}, H[9] = {1, 0.5, 0, 0.5, 1, 0, 0, 0, 1};
    for (int k = 0; k < 15; k++) axes[k] = -1.5 + 0.3 * k;
    for (size_t d = 1; d <= 3; d++) {
        fill(d, 0, 2);
        const distest_sample s = {N, d, X, W_};
        for (int full = 0; full < 2; full++) {
            size_t m = 1;
            distest_kde_opts o = gaussian(full ? H : sd);
            double Hd[9];
            for (size_t k = 0; k < d * d; k++) Hd[k] = H[k % d + 3 * (k / d)];
            if (full) o.bandwidth = Hd;
            o.shape = full ? DISTEST_KDE_FULL : DISTEST_KDE_DIAG;
            for (size_t k = 0; k < d; k++) m *= count[k];
            for (size_t j = 0; j < m; j++) {
                at[j] = axes[j % 7];
                if (d > 1) at[j + m] = axes[7 + j / 7 % 5];
                if (d > 2) at[j + 2 * m] = axes[12 + j / 35];
            }
            CHECK(distest_kde_mesh(&s, &o, count, axes, f, NULL) == 0);
            CHECK(distest_kde_eval(&s, &o, m, at, want, NULL) == 0);
            for (size_t j = 0; j < m; j++) CHECK_NEAR(f[j], want[j], 1e-12);
        }
    }
    distest_context ctx = distest_context_default();
    fill(4, 0, 2);
    const distest_sample s = {N, 4, X, NULL};
    const distest_kde_opts o = gaussian(sd);
    CHECK_FAILS(distest_kde_mesh(&s, &o, count, axes, f, &ctx), DISTEST_EINVAL, &ctx,
                "x");
}

static void pieces_make_the_whole(void)
{
    enum { K = 5 };
    static double part[3][M * (6 + K)], x[3][N * 3];
    static const size_t from[4] = {0, 1, 60, N};
    double whole[M], f[M], neff[M], all[M], near[K * M];
    const double h = 0.4;
    fill(3, 0, 2);
    const distest_sample s = {N, 3, X, W_};
    const distest_kde_opts o = gaussian(&h);
    CHECK(distest_kde_eval(&s, &o, M, Q, whole, NULL) == 0);
    CHECK(distest_kde_stats(&s, &o, M, Q, all, NULL, NULL, NULL, NULL, NULL) == 0);
    for (int p = 0; p < 3; p++) {
        const size_t n = from[p + 1] - from[p];
        for (size_t k = 0; k < 3; k++)
            for (size_t i = 0; i < n; i++) x[p][i + k * n] = X[from[p] + i + k * N];
        const distest_sample piece = {n, 3, x[p], W_ + from[p]};
        CHECK(distest_kde_part_empty(M, K, part[p]) == 0);
        CHECK(distest_kde_part_add(&piece, &o, M, Q, K, part[p], NULL) == 0);
    }
    CHECK(distest_kde_part_merge(M, K, part[2], part[0]) == 0);
    CHECK(distest_kde_part_merge(M, K, part[1], part[0]) == 0);
    CHECK(distest_kde_part_finish(&o, 3, M, K, part[0], f, neff, near, NULL) == 0);
    for (size_t j = 0; j < M; j++) {
        CHECK_NEAR(f[j], whole[j], 1e-13);
        CHECK_REL(neff[j], all[j], 1e-12);
        double least = INFINITY;
        for (size_t i = 0; i < N; i++) {
            double D = 0;
            for (size_t k = 0; k < 3; k++)
                D += (X[i + k * N] - Q[j + k * M]) * (X[i + k * N] - Q[j + k * M]);
            least = fmin(least, D);
        }
        CHECK_REL(near[K * j], least, 1e-13);
        for (size_t c = 1; c < K; c++) CHECK(near[K * j + c] >= near[K * j + c - 1]);
    }
    distest_context ctx = distest_context_default();
    CHECK(distest_kde_part_empty(M, K, part[0]) == 0);
    CHECK_FAILS(distest_kde_part_finish(&o, 3, M, K, part[0], f, neff, near, &ctx),
                DISTEST_EINVAL, &ctx, "part");
    distest_kde_opts scaled = o;
    scaled.scaling = DISTEST_KDE_SD;
    CHECK_FAILS(distest_kde_part_add(&s, &scaled, M, Q, K, part[0], &ctx),
                DISTEST_EINVAL, &ctx, "scaling");
}

static void shares_sum_to_one(void)
{
    static size_t index[N * M];
    static double share[N * M];
    double logf[M];
    const double h = 0.3;
    fill(2, 0, 2);
    const distest_sample s = {N, 2, X, W_};
    const distest_kde_opts o = gaussian(&h);
    CHECK(distest_kde_responsibility(&s, &o, M, Q, N, index, share, NULL) == 0);
    CHECK(distest_kde_eval(&s, &o, M, Q, logf, NULL) == 0);
    double W = 0;
    for (size_t i = 0; i < N; i++) W += W_[i];
    for (size_t j = 0; j < M; j++) {
        double sum = 0;
        for (size_t c = 0; c < N; c++) {
            sum += share[c + j * N];
            CHECK(c == 0 || share[c + j * N] <= share[c - 1 + j * N]);
        }
        CHECK_NEAR(sum, 1, 1e-13);
        const size_t i = index[j * N];
        const double u = X[i] - Q[j], v = X[i + N] - Q[j + M];
        const double term = log(W_[i] / W) - log(2 * acos(-1) * h * h) -
                            0.5 * (u * u + v * v) / (h * h);
        CHECK_NEAR(log(share[j * N]), term - logf[j], 1e-12);
    }
    distest_context ctx = distest_context_default();
    CHECK_FAILS(distest_kde_responsibility(&s, &o, M, Q, N + 1, index, share, &ctx),
                DISTEST_EINVAL, &ctx, "k");
}

static void prepared_gives_the_same_bits(void)
{
    double f[2][M], g[2][3 * M], n[2][M], low[2][M], high[2][M];
    const double h = 0.4;
    distest_kde_prepared *k = NULL;
    fill(3, 0, 2);
    const distest_sample s = {N, 3, X, NULL};
    const distest_kde_opts o = gaussian(&h);
    distest_rng r1 = distest_rng_seed(1), r2 = distest_rng_seed(1);
    CHECK(distest_kde_alloc(&s, &o, &k, NULL) == 0);
    CHECK(distest_kde_score(&s, &o, M, Q, f[0], g[0], NULL) == 0);
    CHECK(distest_kde_prepared_score(k, M, Q, f[1], g[1], NULL) == 0);
    CHECK(memcmp(f[0], f[1], sizeof f[0]) == 0 && memcmp(g[0], g[1], sizeof g[0]) == 0);
    CHECK(distest_kde_prepared_eval(k, M, Q, f[1], NULL) == 0);
    CHECK(memcmp(f[0], f[1], sizeof f[0]) == 0);
    CHECK(distest_kde_stats(&s, &o, M, Q, n[0], NULL, NULL, NULL, NULL, NULL) == 0);
    CHECK(distest_kde_prepared_stats(k, M, Q, n[1], NULL, NULL, NULL, NULL, NULL) == 0);
    CHECK(memcmp(n[0], n[1], sizeof n[0]) == 0);
    CHECK(distest_kde_interval(&s, &o, M, Q, 10, 100, 0.9, &r1, low[0], high[0],
                               NULL) == 0);
    CHECK(distest_kde_prepared_interval(k, M, Q, 10, 100, 0.9, &r2, low[1], high[1],
                                        NULL) == 0);
    CHECK(memcmp(low[0], low[1], sizeof low[0]) == 0);
    CHECK(memcmp(high[0], high[1], sizeof high[0]) == 0);
    distest_kde_free(k);
    distest_kde_free(NULL);
}

/* one numeric, one unordered (3 levels), one ordered (4), against products of kernels
 */
static double mixed_term(const double *x, size_t i, const double *q, double h,
                         const double *l)
{
    double ko = 0;
    for (int a = 0; a < 4; a++) ko += pow(l[2], fabs(a - x[i + 2 * N]));
    const double u = (q[0] - x[i]) / h;
    return exp(-0.5 * u * u) / (h * sqrt(2 * acos(-1))) *
           (q[1] == x[i + N] ? 1 - l[1] : l[1] / 2) *
           pow(l[2], fabs(q[2] - x[i + 2 * N])) / ko;
}

static void mixed_is_a_product_of_kernels(void)
{
    static const int type[3] = {DISTEST_KDE_NUMERIC, DISTEST_KDE_UNORDERED,
                                DISTEST_KDE_ORDERED},
                     levels[3] = {0, 3, 4};
    static double x[3 * N], z[7 * N], factor[N];
    double l[3] = {0, 0.2, 0.3}, q[7], c, sd[7] = {0.5, 1, 1, 1, 1, 1, 1}, f;
    fill(1, 0, 2);
    for (size_t i = 0; i < N; i++) {
        x[i] = X[i];
        x[i + N] = floor(fmin(fmax(1.5 * (X[i] + 1) + 4 * (W_[i] - 0.6), 0), 2.5));
        x[i + 2 * N] =
            floor(fmin(fmax(2 * (1 - X[i]) + 7 * (W_[(i + 40) % N] - 0.6), 0), 3.5));
    }
    CHECK(distest_kde_mixed_width(3, type, levels) == 7);
    CHECK(distest_kde_mixed(N, 3, x, type, levels, l, z, factor, &c, NULL) == 0);
    const distest_sample s = {N, 7, z, NULL};
    distest_kde_opts o = gaussian(sd);
    o.shape = DISTEST_KDE_DIAG;
    o.log_factor = factor;
    o.log_constant = c;
    double total = 0;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 4; b++) {
            const double at[3] = {0.3, a, b};
            double sum = 0;
            CHECK(distest_kde_mixed(1, 3, at, type, levels, l, q, NULL, NULL, NULL) ==
                  0);
            CHECK(distest_kde_eval(&s, &o, 1, q, &f, NULL) == 0);
            for (size_t i = 0; i < N; i++) sum += mixed_term(x, i, at, 0.5, l) / N;
            CHECK_NEAR(f, log(sum), 1e-12);
            total += exp(f);
        }
    const double h = 0.5;
    const distest_sample s1 = {N, 1, X, NULL};
    const distest_kde_opts o1 = gaussian(&h);
    const double at = 0.3;
    CHECK(distest_kde_eval(&s1, &o1, 1, &at, &f, NULL) == 0);
    CHECK_NEAR(total, exp(f), 1e-12); /* summed over the levels: the numeric part */
    /* the likelihood search: nothing near is better */
    distest_kde_select sel = distest_kde_select_default();
    distest_kde_selected r;
    double found[3] = {NAN, NAN, NAN}, hs[3];
    sel.scaling = DISTEST_KDE_NONE;
    sel.reltol = 1e-13;
    sel.maxit = 2000;
    CHECK(distest_kde_mixed_bandwidth(N, 3, x, NULL, type, levels, &sel, found, hs, &r,
                                      NULL) == 0);
    CHECK(r.converged);
    for (int k = -1; k < 6; k++) {
        double t[3] = {0, found[1], found[2]}, loo[N], L = 0, h2 = hs[0];
        const double by = k % 2 ? 1.02 : 0.98;
        if (k >= 0 && k < 2) h2 *= by;
        if (k >= 2 && k < 4) t[1] = fmin(t[1] * by, 0.66666);
        if (k >= 4) t[2] = fmin(t[2] * by, 0.99999);
        for (size_t i = 0; i < N; i++) {
            const double qi[3] = {x[i], x[i + N], x[i + 2 * N]};
            loo[i] = 0;
            for (size_t j = 0; j < N; j++)
                if (j != i) loo[i] += mixed_term(x, j, qi, h2, t) / (N - 1);
            L += log(loo[i]) / N;
        }
        if (k < 0)
            CHECK_NEAR(L, r.objective, 1e-10);
        else
            CHECK(L <= r.objective + 1e-9);
    }
    distest_context ctx = distest_context_default();
    l[1] = 0.9;
    CHECK_FAILS(distest_kde_mixed(N, 3, x, type, levels, l, z, factor, &c, &ctx),
                DISTEST_EINVAL, &ctx, "lambda");
    x[N] = 3;
    CHECK_FAILS(distest_kde_mixed(N, 3, x, type, levels, l, z, factor, &c, &ctx),
                DISTEST_EINVAL, &ctx, "x");
}

/* every level, and the numbers at it, as often as the kernels say */
static void mixed_draws_follow_the_kernels(void)
{
    enum { DRAWS = 200000, ROWS = 6 };
    static double out[3 * DRAWS], again[3 * DRAWS];
    const double x[3 * ROWS] = {-2, -1, 0, 0, 1, 3, 0, 0, 1, 2, 2, 2, 0, 1, 1, 3, 2, 0},
                       w[ROWS] = {1, 2, 0, 1, 3, 1}, l[3] = {0, 0.3, 0.4},
                       h[3] = {0.5, 0, 0};
    const int type[3] = {DISTEST_KDE_NUMERIC, DISTEST_KDE_UNORDERED,
                         DISTEST_KDE_ORDERED},
              levels[3] = {0, 3, 4};
    distest_rng rng = distest_rng_seed(3), same = distest_rng_seed(3);
    distest_context one = distest_context_default(), two = distest_context_default();
    one.threads = 1;
    two.threads = 2;
    CHECK(distest_kde_mixed_sample(ROWS, 3, x, w, type, levels, l, h, DRAWS, &rng, out,
                                   &one) == DISTEST_SUCCESS);
    CHECK(distest_kde_mixed_sample(ROWS, 3, x, w, type, levels, l, h, DRAWS, &same,
                                   again, &two) == DISTEST_SUCCESS);
    CHECK(memcmp(out, again, sizeof out) == 0);
    for (int g = 0; g < 3; g++)
        for (int o = 0; o < 4; o++) {
            double p = 0, mean = 0, square = 0, count = 0, m1 = 0, m2 = 0;
            for (int i = 0; i < ROWS; i++) {
                double norm = 0;
                for (int a = 0; a < 4; a++) norm += pow(0.4, fabs(a - x[i + 2 * ROWS]));
                const double q = w[i] / 8 * (x[i + ROWS] == g ? 0.7 : 0.15) *
                                 pow(0.4, fabs(o - x[i + 2 * ROWS])) / norm;
                p += q;
                mean += q * x[i];
                square += q * (x[i] * x[i] + 0.25);
            }
            for (size_t j = 0; j < DRAWS; j++)
                if (out[j + DRAWS] == g && out[j + 2 * DRAWS] == o) {
                    count++;
                    m1 += out[j];
                    m2 += out[j] * out[j];
                }
            CHECK(fabs(count / DRAWS - p) < 4.5 * sqrt(p * (1 - p) / DRAWS));
            mean /= p;
            const double var = square / p - mean * mean;
            CHECK(fabs(m1 / count - mean) < 4.5 * sqrt(var / count));
            CHECK(fabs(m2 / count - square / p) < 0.1 * square / p);
        }
}

static void mixed_draws_name_bad_input(void)
{
    const double x[4] = {0, 1, 0, 1}, zero[2] = {0, 0}, l[2] = {0, 0.3}, h[2] = {1, 0};
    const int type[2] = {DISTEST_KDE_NUMERIC, DISTEST_KDE_UNORDERED},
              levels[2] = {0, 2};
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(1);
    double out[6] = {42};
    CHECK_FAILS(distest_kde_mixed_sample(2, 2, x, NULL, type, levels, zero, h, 3, &rng,
                                         out, &ctx),
                DISTEST_EINVAL, &ctx, "lambda");
    CHECK_FAILS(distest_kde_mixed_sample(2, 2, x, NULL, type, levels, l, zero, 3, &rng,
                                         out, &ctx),
                DISTEST_EINVAL, &ctx, "h");
    CHECK_FAILS(
        distest_kde_mixed_sample(2, 2, x, zero, type, levels, l, h, 3, &rng, out, &ctx),
        DISTEST_EINVAL, &ctx, "weights");
    CHECK_FAILS(distest_kde_mixed_sample(2, 2, x, NULL, type, levels, l, h, 3, &rng,
                                         NULL, &ctx),
                DISTEST_EINVAL, &ctx, "out");
    CHECK_FAILS(
        distest_kde_mixed_sample(2, 2, x, NULL, type, levels, l, h, 3, NULL, out, &ctx),
        DISTEST_EINVAL, &ctx, "rng");
    CHECK(out[0] == 42);
}

static int everything(distest_context *ctx)
{
    static double modes[2 * N], f[N], out[2 * N], part[M * 8], share[3 * M];
    static size_t cluster[N], index[3 * M];
    const size_t given[1] = {0}, count[2] = {5, 4};
    const double h = 0.5;
    size_t n_modes;
    int status;
    distest_rng rng = distest_rng_seed(1);
    const distest_sample s = {N, 2, X, W_};
    const distest_kde_opts o = gaussian(&h);
    distest_kde_prepared *k = NULL;
    if ((status = distest_kde_conditional(&s, &o, 1, given, M, Q, Q + M, f, out, ctx)))
        return status;
    if ((status =
             distest_kde_conditional_sample(&s, &o, 1, given, M, Q, &rng, out, ctx)))
        return status;
    if ((status = distest_kde_modes(&s, &o, 3, Q, modes, f, cluster, &n_modes, ctx)))
        return status;
    if ((status = distest_kde_mesh(&s, &o, count, X, f, ctx))) return status;
    if (distest_kde_part_empty(M, 2, part)) return DISTEST_EINVAL;
    if ((status = distest_kde_part_add(&s, &o, M, Q, 2, part, ctx))) return status;
    if ((status = distest_kde_responsibility(&s, &o, M, Q, 3, index, share, ctx)))
        return status;
    if ((status = distest_kde_alloc(&s, &o, &k, ctx))) return status;
    status = distest_kde_prepared_eval(k, M, Q, f, ctx);
    distest_kde_free(k);
    if (status) return status;
    const int type[2] = {DISTEST_KDE_NUMERIC, DISTEST_KDE_NUMERIC}, levels[2] = {0};
    const double sd[2] = {1, 1};
    return distest_kde_mixed_sample(N, 2, X, W_, type, levels, sd, sd, M, &rng, out,
                                    ctx);
}

static void gives_memory_back(void)
{
    fill(2, 0, 2);
    CHECK(check_out_of_memory(everything) > 40);
    CHECK(check_cancel(everything) > 5);
}

int main(void)
{
    RUN(conditional_is_joint_over_marginal);
    RUN(modes_are_maxima);
    RUN(meshes_agree_point_by_point);
    RUN(pieces_make_the_whole);
    RUN(shares_sum_to_one);
    RUN(prepared_gives_the_same_bits);
    RUN(mixed_is_a_product_of_kernels);
    RUN(mixed_draws_follow_the_kernels);
    RUN(mixed_draws_name_bad_input);
    RUN(gives_memory_back);
    return check_report("kde_parts");
}
