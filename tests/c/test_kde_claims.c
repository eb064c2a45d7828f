/* What the estimates claim: leave-one-out is refits, laws of scale and weights, mass
 * one for every kernel, bounds of the likelihood's optimum, monotone search, any split.
 */
#include "kde_test.h"

static const char *const kernels[] = {"gaussian", "uniform",   "epanechnikov",
                                      "biweight", "triweight", "exponential",
                                      "linear",   "cosine",    "student"};

static distest_kde_opts of_kernel(int k, const double *h)
{
    distest_kde_opts o = gaussian(h);
    o.kernel = kernels[k];
    o.nu = k == 8 ? 4 : 0;
    return o;
}

enum { FEW = 40, DIM = 3 };

/* rows of X but `without`, as an array of their own */
static void some_rows(size_t n, size_t without, double *x, double *w)
{
    size_t to = 0;
    const size_t m = n - (without < n);
    for (size_t i = 0; i < n; i++) {
        if (i == without) continue;
        for (size_t k = 0; k < DIM; k++) x[to + k * m] = X[i + k * N];
        w[to++] = W_[i];
    }
}

static void leave_one_out_is_refits(void)
{
    static double x[DIM * FEW], x1[DIM * FEW];
    double w[FEW], w1[FEW], R[FEW], next[FEW], reach[FEW], loo[FEW], f;
    const double h = 0.3, c = 0.8;
    fill(DIM, 0, 2);
    some_rows(FEW, SIZE_MAX, x, w);
    for (int adaptive = 0; adaptive < 2; adaptive++)
        for (int kernel = 0; kernel < 9; kernel += 4) {
            const distest_sample s = {FEW, DIM, x, w};
            distest_kde_opts o = of_kernel(kernel, &h), one = o;
            if (adaptive) {
                CHECK(distest_kde_radius(&s, &o, 4, R, next, NULL) == DISTEST_SUCCESS);
                for (size_t i = 0; i < FEW; i++) {
                    reach[i] = R[i];
                    R[i] *= c;
                    next[i] *= c;
                }
                o.radius = R;
                o.radius_next = next;
                o.reach = reach;
            }
            CHECK(distest_kde_loo(&s, &o, loo, NULL) == DISTEST_SUCCESS);
            for (size_t j = 0; j < FEW; j++) {
                double own[FEW], q[DIM];
                some_rows(FEW, j, x1, w1);
                const distest_sample rest = {FEW - 1, DIM, x1, w1};
                if (adaptive) {
                    CHECK(distest_kde_radius(&rest, &one, 4, own, NULL, NULL) ==
                          DISTEST_SUCCESS);
                    for (size_t i = 0; i < FEW - 1; i++) own[i] *= c;
                    one.radius = own;
                }
                for (size_t k = 0; k < DIM; k++) q[k] = X[j + k * N];
                CHECK(distest_kde_eval(&rest, &one, 1, q, &f, NULL) == DISTEST_SUCCESS);
                one.radius = NULL;
                if (isfinite(f))
                    CHECK_NEAR(loo[j], f, 1e-12);
                else
                    CHECK(loo[j] == f);
            }
        }
}

static void laws_of_place_scale_and_weight(void)
{
    static double x[N * 2], many[3 * N * 2], w2[N];
    double f0[M], f[M], q[M * 2];
    const double h = 0.4, h8 = 8 * h;
    fill(2, 0, 2);
    for (int kernel = 0; kernel < 9; kernel++) {
        const distest_kde_opts o = of_kernel(kernel, &h), o8 = of_kernel(kernel, &h8);
        const distest_sample s = {N, 2, X, W_}, t = {N, 2, x, W_};
        CHECK(distest_kde_eval(&s, &o, M, Q, f0, NULL) == DISTEST_SUCCESS);
        for (size_t i = 0; i < 2 * N; i++) x[i] = 8 * X[i];
        for (size_t i = 0; i < 2 * M; i++) q[i] = 8 * Q[i];
        CHECK(distest_kde_eval(&t, &o8, M, q, f, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < M; j++) CHECK_NEAR(f[j] + 2 * log(8), f0[j], 1e-12);
        for (size_t i = 0; i < N; i++) { /* turned and moved */
            x[i] = 0.6 * X[i] - 0.8 * X[i + N] + 3;
            x[i + N] = 0.8 * X[i] + 0.6 * X[i + N] - 5;
        }
        for (size_t j = 0; j < M; j++) {
            q[j] = 0.6 * Q[j] - 0.8 * Q[j + M] + 3;
            q[j + M] = 0.8 * Q[j] + 0.6 * Q[j + M] - 5;
        }
        CHECK(distest_kde_eval(&t, &o, M, q, f, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < M; j++) CHECK_NEAR(f[j], f0[j], 1e-11);
        for (size_t i = 0; i < N; i++) w2[i] = 1e6 * W_[i];
        const distest_sample heavy = {N, 2, X, w2};
        CHECK(distest_kde_eval(&heavy, &o, M, Q, f, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < M; j++) CHECK_NEAR(f[j], f0[j], 1e-13);
        for (size_t i = 0; i < N; i++) w2[i] = 1 + (double)(i % 3);
        CHECK(distest_kde_eval(&heavy, &o, M, Q, f0, NULL) == DISTEST_SUCCESS);
        size_t n = 0; /* 2 N rows in all: 1, 2, 3, 1, ... */
        for (size_t i = 0; i < N; i++)
            for (size_t c = 0; c <= i % 3; c++, n++)
                for (size_t k = 0; k < 2; k++) many[n + k * 2 * N] = X[i + k * N];
        const distest_sample repeated = {n, 2, many, NULL};
        CHECK(n == 2 * N);
        CHECK(distest_kde_eval(&repeated, &o, M, Q, f, NULL) == DISTEST_SUCCESS);
        for (size_t j = 0; j < M; j++) CHECK_NEAR(f[j], f0[j], 1e-13);
    }
}

/* of one kernel in d = 1 and 2, by the midpoint rule over the distance r; in t = r / (1
 * + r) where the kernel has no end */
static void every_kernel_has_mass_one(void)
{
    enum { STEPS = 20000 };
    static double at[2 * STEPS], r[STEPS], by[STEPS], f[STEPS];
    const double x[2] = {0, 0}, h = 0.7, pi = acos(-1);
    for (size_t d = 1; d <= 2; d++)
        for (int k = 0; k < 9; k++) {
            double norm, variance, sum = 0;
            const distest_kde_opts o = of_kernel(k, &h);
            const distest_sample s = {1, d, x, NULL};
            CHECK(distest_kde_kernel(o.kernel, o.nu, d, &norm, &variance, NULL) ==
                  DISTEST_SUCCESS);
            const int endless = k == 0 || k == 5 || k == 8;
            const double end = h / sqrt(variance);
            for (size_t i = 0; i < STEPS; i++) {
                const double t = ((double)i + 0.5) / STEPS;
                r[i] = endless ? t / (1 - t) : t * end;
                by[i] = (endless ? 1 / ((1 - t) * (1 - t)) : end) / STEPS *
                        (d == 1 ? 2 : 2 * pi * r[i]);
                at[i] = r[i];
                at[i + STEPS] = 0;
            }
            CHECK(distest_kde_eval(&s, &o, STEPS, at, f, NULL) == DISTEST_SUCCESS);
            for (size_t i = 0; i < STEPS; i++) sum += by[i] * exp(f[i]);
            CHECK_NEAR(sum, 1, 1e-6);
        }
}

static void gradients_agree_with_differences(void)
{
    const double h = 0.9, e = 1e-5;
    fill(3, 0, 2);
    const distest_sample s = {N, 3, X, W_};
    for (int k = 0; k < 9; k++) {
        const distest_kde_opts o = of_kernel(k, &h);
        double f, up, down, g[3];
        if (k == 1) continue; /* flat in pieces */
        CHECK(distest_kde_score(&s, &o, 1, (double[]){0.1, -0.2, 0.3}, &f, g, NULL) ==
              DISTEST_SUCCESS);
        for (size_t c = 0; c < 3; c++) {
            double a[3] = {0.1, -0.2, 0.3}, b[3] = {0.1, -0.2, 0.3};
            a[c] += e;
            b[c] -= e;
            CHECK(distest_kde_eval(&s, &o, 1, a, &up, NULL) == DISTEST_SUCCESS);
            CHECK(distest_kde_eval(&s, &o, 1, b, &down, NULL) == DISTEST_SUCCESS);
            CHECK_NEAR(g[c], (up - down) / (2 * e), 1e-5);
        }
    }
}

static void optima_lie_in_their_bounds(void)
{
    enum { ROWS = 30 };
    static double x[4 * ROWS];
    uint64_t s = 11;
    for (size_t run = 0; run < 50; run++) {
        const size_t d = 1 + run % 4;
        double least = 0, mean = 0, w[ROWS];
        for (size_t i = 0; i < d * ROWS; i++)
            x[i] = tan(2.5 * random_at(&s)); /* tails */
        for (size_t i = 0; i < ROWS; i++) w[i] = run % 2 ? 0.6 + random_at(&s) : 1;
        double W = 0;
        for (size_t i = 0; i < ROWS; i++) W += w[i];
        for (size_t i = 0; i < ROWS; i++) {
            double near = INFINITY, sum = 0;
            for (size_t j = 0; j < ROWS; j++) {
                double D = 0;
                for (size_t k = 0; k < d; k++)
                    D += pow(x[i + k * ROWS] - x[j + k * ROWS], 2);
                if (j != i && D < near) near = D;
                sum += w[j] * D;
            }
            least += w[i] / W * near / (double)d;
            mean += w[i] / W * sum / (W - w[i]) / (double)d;
        }
        const distest_sample sample = {ROWS, d, x, w};
        distest_kde_select c = distest_kde_select_default();
        distest_kde_selected got;
        c.scaling = DISTEST_KDE_NONE;
        CHECK(distest_kde_bandwidth(&sample, &c, &got, NULL, NULL) == DISTEST_SUCCESS);
        CHECK_REL(got.lower * got.lower, least, 1e-12);
        CHECK_REL(got.upper * got.upper, mean, 1e-12);
        CHECK(got.h * got.h >= least * (1 - 1e-12));
        CHECK(got.h * got.h <= mean * (1 + 1e-12));
    }
}

/* trimmed: with equal weights, where the rows dropped are those whose loss raises L
 * most
 */
static void free_searches_never_fall(void)
{
    fill(4, 0, 2);
    for (size_t i = 0; i < N; i++) X[i + N] += 2 * X[i]; /* correlated */
    for (int shape = DISTEST_KDE_DIAG; shape <= DISTEST_KDE_FULL; shape++)
        for (int trim = 0; trim < 2; trim++) {
            double before = -INFINITY;
            const distest_sample s = {N, 4, X, trim ? NULL : W_};
            for (size_t steps = 1; steps <= 8; steps++) {
                distest_kde_select c = distest_kde_select_default();
                distest_kde_selected got;
                c.shape = shape;
                c.trim = 0.05 * trim;
                c.maxit = steps;
                c.reltol = 1e-300;
                const int status = distest_kde_bandwidth(&s, &c, &got, NULL, NULL);
                CHECK(status == DISTEST_SUCCESS || status == DISTEST_ECONV);
                CHECK(got.objective >= before - 1e-13);
                before = got.objective;
            }
        }
}

/* rows thrown into 1 to 6 parts, merged one after the other from either end */
static void any_split_makes_the_whole(void)
{
    enum { K = 3, PARTS = 6 };
    static double part[PARTS][M * (6 + K)], x[N * 5], w[N];
    double whole[M], f[M];
    uint64_t seed = 3;
    const double h = 0.2;
    fill(5, 10, 2);
    const distest_sample s = {N, 5, X, W_};
    const distest_kde_opts o = gaussian(&h);
    CHECK(distest_kde_eval(&s, &o, M, Q, whole, NULL) == DISTEST_SUCCESS);
    for (int parts = 1; parts <= PARTS; parts++) {
        int of[N];
        for (size_t i = 0; i < N; i++)
            of[i] = (int)((random_at(&seed) + 0.5) * parts) % parts;
        for (int p = 0; p < parts; p++) {
            size_t n = 0, to = 0;
            for (size_t i = 0; i < N; i++) n += of[i] == p;
            for (size_t i = 0; i < N; i++) {
                if (of[i] != p) continue;
                for (size_t k = 0; k < 5; k++) x[to + k * n] = X[i + k * N];
                w[to++] = W_[i];
            }
            const distest_sample piece = {n, 5, x, w};
            CHECK(distest_kde_part_empty(M, K, part[p]) == DISTEST_SUCCESS);
            CHECK(distest_kde_part_add(&piece, &o, M, Q, K, part[p], NULL) ==
                  DISTEST_SUCCESS);
        }
        for (int p = 1; p < parts; p++) {
            const int from = parts % 2 ? p : parts - p;
            CHECK(distest_kde_part_merge(M, K, part[from], part[0]) == DISTEST_SUCCESS);
        }
        CHECK(distest_kde_part_finish(&o, 5, M, K, part[0], f, NULL, NULL, NULL) ==
              DISTEST_SUCCESS);
        for (size_t j = 0; j < M; j++) CHECK_NEAR(f[j], whole[j], 1e-13);
    }
}

int main(void)
{
    RUN(leave_one_out_is_refits);
    RUN(laws_of_place_scale_and_weight);
    RUN(every_kernel_has_mass_one);
    RUN(gradients_agree_with_differences);
    RUN(optima_lie_in_their_bounds);
    RUN(free_searches_never_fall);
    RUN(any_split_makes_the_whole);
    return check_report("kde_claims");
}
