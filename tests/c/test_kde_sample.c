/* Draws against the law they should have: radii, moments with their exact standard
 * errors, distribution functions with bounds, the affine map of `shrink`. */
#include "kde_test.h"

static const char *const KERNELS[9] = {"gaussian", "uniform",   "epanechnikov",
                                       "biweight", "triweight", "exponential",
                                       "linear",   "cosine",    "student"};
static const double NU = 9;

/* K(r) of the table, up to its constant; the range of r that counts */
static double kernel_at(int k, double d, double r)
{
    if (k == 0) return exp(-r * r / 2);
    if (k == 5) return exp(-r);
    if (k == 6) return 1 - r;
    if (k == 7) return cos(acos(-1) * r / 2);
    if (k == 8) return pow(1 + r * r / NU, -(NU + d) / 2);
    return pow(1 - r * r, k - 1);
}

static double range_of(int k, double d)
{
    return k == 0 ? 12 + sqrt(d) : k == 5 ? 60 + d : k == 8 ? 4000 : 1;
}

enum { STEPS = 8000 };
static double radial[STEPS + 1]; /* distribution function of r = range (j/STEPS)^4 */

/* int K(r) r^(d - 1 + p) dr, midpoints in v = r^(1/4); fills `radial` */
static double moment(int k, double d, int p)
{
    const double R = range_of(k, d);
    double sum = 0;
    for (int j = 0; j < STEPS; j++) {
        const double v = (j + 0.5) / STEPS, r = R * pow(v, 4);
        radial[j] = sum;
        sum += kernel_at(k, d, r) * pow(r, d - 1 + p) * 4 * R * pow(v, 3) / STEPS;
    }
    radial[STEPS] = sum;
    for (int j = 0; j <= STEPS; j++) radial[j] /= sum;
    return sum;
}

/* variance of a coordinate and E v^4 / (E v^2)^2 for a radial law */
static double variance_of(int k, double d)
{
    return moment(k, d, 2) / moment(k, d, 0) / d;
}

static double kurtosis_of(int k, double d)
{
    const double v = variance_of(k, d);
    return 3 * moment(k, d, 4) / moment(k, d, 0) / (d * (d + 2)) / (v * v);
}

enum { DRAWS = 20000 };
static double out[DRAWS * 4], u[DRAWS];

static int up(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's distance of u from uniform, times sqrt(m); 2.2 has probability 1e-4 */
static double distance_from_uniform(size_t m)
{
    double most = 0;
    qsort(u, m, sizeof *u, up);
    for (size_t j = 0; j < m; j++) {
        most = fmax(most, fabs(u[j] - (double)j / (double)m));
        most = fmax(most, fabs(u[j] - (double)(j + 1) / (double)m));
    }
    return most * sqrt((double)m);
}

/* one point: the noise itself. Its length has the radial law, its direction none */
static void lengths_and_directions(void)
{
    static const size_t dims[] = {1, 2, 4};
    const double zero[4] = {3, -1, 0, 2}, h = 0.7;
    for (int k = 0; k < 9; k++)
        for (int l = 0; l < 3; l++) {
            const size_t d = dims[l], m = 5000;
            const distest_sample s = {1, d, zero, NULL};
            distest_kde_opts o = gaussian(&h);
            distest_rng rng = distest_rng_seed(100 + (uint64_t)k);
            o.kernel = KERNELS[k];
            o.nu = k == 8 ? NU : 0;
            const double dd = (double)d, R = range_of(k, dd);
            const double unit = k == 8 ? h : h / sqrt(variance_of(k, dd));
            moment(k, dd, 0);
            CHECK(distest_kde_sample(&s, &o, m, 0, &rng, out, NULL) == 0);
            double first[4] = {0};
            for (size_t j = 0; j < m; j++) {
                double r2 = 0;
                for (size_t c = 0; c < d; c++) {
                    const double v = (out[j + c * m] - zero[c]) / unit;
                    r2 += v * v;
                }
                const double r = sqrt(r2), at = pow(fmin(r / R, 1), 0.25) * STEPS;
                const int i = at < STEPS ? (int)at : STEPS - 1;
                CHECK(k == 8 || r <= R * (1 + 1e-12));
                u[j] = radial[i] + (at - i) * (radial[i + 1] - radial[i]);
                for (size_t c = 0; c < d; c++)
                    first[c] += (out[j + c * m] - zero[c]) / unit / r / (double)m;
            }
            CHECK(distance_from_uniform(m) < 2.2);
            /* the mean of a direction: variance 1 / d */
            for (size_t c = 0; c < d; c++)
                CHECK(fabs(first[c]) < 4.5 / sqrt(dd * (double)m));
        }
}

/* mean and covariance (34), with the standard errors that their laws have */
static void moments_are_those_of_the_estimate(void)
{
    static const double H[9] = {0.5, 0.2, -0.05, 0.2, 0.9, 0.1, -0.05, 0.1, 0.3};
    static const double sd[3] = {0.3, 1.1, 0.6}, h = 0.8;
    static double a[N];
    fill(3, 5, 3);
    W_[4] = 0;
    for (size_t i = 0; i < N; i++) a[i] = 0.5 + (double)(i % 3);
    for (int k = 0; k < 9; k++)
        for (int shape = 0; shape < 5; shape++) {
            const distest_sample s = {N, 3, X, shape == 4 ? NULL : W_};
            distest_kde_opts o = gaussian(shape == 1 ? sd : shape == 2 ? H : &h);
            distest_rng rng = distest_rng_seed(1000 + (uint64_t)(10 * k + shape));
            double V[9], var = 1, W = 0, m[3] = {0};
            o.kernel = KERNELS[k];
            o.nu = k == 8 ? NU : 0;
            o.shape = shape < 3 ? shape : DISTEST_KDE_SCALAR;
            o.scaling = shape == 3 ? DISTEST_KDE_COV : DISTEST_KDE_NONE;
            o.radius = shape == 3 ? a : NULL;
            if (k == 8) var = variance_of(8, 3); /* h is the scale there */
            if (shape == 3) CHECK(distest_kde_reference(&s, o.scaling, V, NULL) == 0);
            for (int c = 0; c < 9; c++) {
                const int diag = c % 4 == 0;
                V[c] = shape == 2   ? H[c]
                       : shape == 1 ? (diag ? sd[c / 4] * sd[c / 4] : 0)
                       : shape == 3 ? h * h * V[c]
                                    : (diag ? h * h : 0);
                V[c] *= var;
            }
            CHECK(distest_kde_sample(&s, &o, DRAWS, 0, &rng, out, NULL) == 0);
            for (size_t i = 0; i < N; i++) W += s.weights ? W_[i] : 1;
            for (size_t c = 0; c < 3; c++)
                for (size_t i = 0; i < N; i++)
                    m[c] += (s.weights ? W_[i] : 1) / W * X[i + c * N];
            const double kurt = kurtosis_of(k, 3);
            for (size_t c = 0; c < 3; c++)
                for (size_t e = 0; e <= c; e++) {
                    /* moments of (x - m)_c, and of the product with (x - m)_e: given
                     * the point, delta and noise are independent, and the noise is
                     * elliptic, E n_c^2 n_e^2 = kurt / 3 (V_cc V_ee + 2 V_ce^2) */
                    double second = 0, product2 = 0, mean = 0, got = 0;
                    for (size_t i = 0; i < N; i++) {
                        const double w = (s.weights ? W_[i] : 1) / W;
                        const double x = X[i + c * N] - m[c], y = X[i + e * N] - m[e];
                        const double a2 = o.radius ? a[i] * a[i] : 1;
                        const double xx = a2 * V[4 * c], yy = a2 * V[4 * e],
                                     xy = a2 * V[c + 3 * e];
                        second += w * (x * y + xy);
                        product2 +=
                            w * (x * x * y * y + x * x * yy + y * y * xx +
                                 4 * x * y * xy + kurt / 3 * (xx * yy + 2 * xy * xy));
                    }
                    for (size_t j = 0; j < DRAWS; j++) {
                        const double x = out[j + c * DRAWS] - m[c],
                                     y = out[j + e * DRAWS] - m[e];
                        mean += x / DRAWS;
                        got += x * y / DRAWS;
                    }
                    CHECK(fabs(got - second) <
                          4.5 * sqrt((product2 - second * second) / DRAWS));
                    if (c == e) CHECK(fabs(mean) < 4.5 * sqrt(second / DRAWS));
                }
        }
}

/* where the kernels do not overlap, the points themselves can be counted */
static void points_come_by_their_weights(void)
{
    static const double x[5] = {0, 1, 2, 3, 4}, w[5] = {1, 0, 5, 0.5, 3.5};
    const double h = 1e-6;
    double count[5] = {0};
    const distest_sample s = {5, 1, x, w};
    const distest_kde_opts o = gaussian(&h);
    distest_rng rng = distest_rng_seed(3);
    CHECK(distest_kde_sample(&s, &o, DRAWS, 0, &rng, out, NULL) == 0);
    for (size_t j = 0; j < DRAWS; j++) {
        CHECK(fabs(out[j] - round(out[j])) < 1e-5);
        count[(int)round(out[j])] += 1;
    }
    for (int i = 0; i < 5; i++) {
        const double p = w[i] / 10;
        CHECK(fabs(count[i] - p * DRAWS) <= 4.5 * sqrt(p * (1 - p) * DRAWS));
    }
}

static double Phi(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

/* one bound, two bounds, folded and transformed: their distribution functions */
static void bounds_are_kept(void)
{
    static const double a = -1, b = 1.5;
    const size_t m = 5000;
    fill(1, 0, 1.8);
    for (int kind = 0; kind < 6; kind++) {
        const double h = kind == 2 ? 4 : 0.5; /* wider than the bounds are apart */
        const int side = kind % 3, log_scale = kind > 2;
        const distest_sample s = {N, 1, X, W_};
        distest_kde_opts o = gaussian(&h);
        distest_rng rng = distest_rng_seed(20 + (uint64_t)kind);
        double W = 0;
        o.lower = side != 1 ? &a : NULL;
        o.upper = side != 0 ? &b : NULL;
        o.boundary = log_scale ? DISTEST_KDE_TRANSFORM : DISTEST_KDE_REFLECT;
        CHECK(distest_kde_sample(&s, &o, m, 0, &rng, out, NULL) == 0);
        for (size_t i = 0; i < N; i++) W += W_[i];
        for (size_t j = 0; j < m; j++) {
            const double x = out[j], l = b - a;
            CHECK((side == 1 || x >= a) && (side == 0 || x <= b));
            u[j] = 0;
            for (size_t i = 0; i < N; i++) {
                const double y = X[i];
                double p = 0;
                if (log_scale) {
                    const double top = side == 1 ? 1 : (x - a) / (y - a),
                                 bottom = side == 0 ? 1 : (b - x) / (b - y);
                    p = Phi((log(top) - log(bottom)) / h);
                } else if (side == 0) {
                    p = Phi((x - y) / h) - Phi((2 * a - x - y) / h);
                } else if (side == 1) {
                    p = Phi((x - y) / h) + Phi((x - 2 * b + y) / h);
                } else {
                    for (int k = -12; k <= 12; k++) {
                        const double t = 2 * k * l;
                        p += Phi((x - y - t) / h) - Phi((a - y - t) / h) +
                             Phi((x + y - 2 * a - t) / h) - Phi((y - a - t) / h);
                    }
                }
                u[j] += W_[i] / W * p;
            }
        }
        CHECK(distance_from_uniform(m) < 2.2);
    }
}

/* root of a 2 x 2 matrix, (M + sqrt(det) I) / sqrt(tr + 2 sqrt(det)) */
static void root2(const double A[4], double R[4])
{
    const double e = sqrt(A[0] * A[3] - A[1] * A[2]), t = sqrt(A[0] + A[3] + 2 * e);
    for (int k = 0; k < 4; k++) R[k] = (A[k] + (k % 3 ? 0 : e)) / t;
}

/* the same draws, moved: x* := mean + S^1/2 (S + H)^-1/2 (x* - mean) */
static void shrinking_moves_draws_as_it_says(void)
{
    enum { K = 50 };
    static const double H[4] = {0.5, 0.2, 0.2, 0.9}, sd[2] = {0.4, 0.8};
    static double plain[2 * K], moved[2 * K], a[N];
    fill(2, -2, 3);
    for (size_t i = 0; i < N; i++) a[i] = 0.5 + (double)(i % 3);
    for (int shape = 0; shape < 4; shape++) {
        const double h = 0.8, nu = 5;
        const distest_sample s = {N, 2, X, shape == 2 ? NULL : W_};
        distest_kde_opts o = gaussian(shape == 1 ? sd : shape == 2 ? H : &h);
        double W = 0, m[2] = {0}, S[4] = {0}, T[4], RS[4], RT[4], a2 = 0, var = 1;
        o.shape = shape < 3 ? shape : DISTEST_KDE_SCALAR;
        if (shape == 3) {
            o.kernel = "student";
            o.nu = nu;
            o.radius = a;
            var = nu / (nu - 2);
        }
        for (int shrink = 0; shrink < 2; shrink++) {
            distest_rng rng = distest_rng_seed(8);
            CHECK(distest_kde_sample(&s, &o, K, shrink, &rng, shrink ? moved : plain,
                                     NULL) == 0);
        }
        for (size_t i = 0; i < N; i++) W += s.weights ? W_[i] : 1;
        for (size_t i = 0; i < N; i++) {
            const double w = (s.weights ? W_[i] : 1) / W;
            for (int c = 0; c < 2; c++) m[c] += w * X[i + (size_t)c * N];
            a2 += w * (o.radius ? a[i] * a[i] : 1);
        }
        for (size_t i = 0; i < N; i++)
            for (size_t c = 0; c < 4; c++)
                S[c] += (s.weights ? W_[i] : 1) / W * (X[i + c % 2 * N] - m[c % 2]) *
                        (X[i + c / 2 * N] - m[c / 2]);
        for (int c = 0; c < 4; c++)
            T[c] = S[c] + var * a2 *
                              (shape == 2   ? H[c]
                               : c % 3      ? 0
                               : shape == 1 ? sd[c / 3] * sd[c / 3]
                                            : h * h);
        root2(S, RS);
        root2(T, RT);
        const double det = RT[0] * RT[3] - RT[1] * RT[2];
        for (size_t j = 0; j < K; j++) {
            const double x = plain[j] - m[0], y = plain[j + K] - m[1];
            const double p = (RT[3] * x - RT[1] * y) / det,
                         q = (RT[0] * y - RT[1] * x) / det;
            CHECK_NEAR(moved[j], m[0] + RS[0] * p + RS[1] * q, 1e-11);
            CHECK_NEAR(moved[j + K], m[1] + RS[1] * p + RS[3] * q, 1e-11);
        }
    }
}

static void bits_do_not_depend_on_threads(void)
{
    static double f[3][2000];
    const double h = 0.5;
    fill(2, 0, 2);
    const distest_sample s = {N, 2, X, W_};
    const distest_kde_opts o = gaussian(&h);
    for (int k = 0; k < 3; k++) {
        distest_context ctx = distest_context_default();
        distest_rng rng = distest_rng_seed(77);
        ctx.threads = 1 << k;
        CHECK(distest_kde_sample(&s, &o, 1000, 1, &rng, f[k], &ctx) == 0);
        CHECK(memcmp(f[0], f[k], sizeof f[0]) == 0);
    }
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_rng rng = distest_rng_seed(1);
    const double h = 0.5, minus = -0.5, a[2] = {-9, -9};
    double f[4] = {42};
    fill(2, 0, 2);
    distest_sample s = {N, 2, X, NULL};
    distest_kde_opts o = gaussian(&h);
    CHECK(distest_kde_sample(NULL, NULL, 0, 0, NULL, NULL, &ctx) == 0);
    CHECK_FAILS(distest_kde_sample(&s, &o, 2, 0, &rng, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "out");
    CHECK_FAILS(distest_kde_sample(&s, &o, 2, 0, NULL, f, &ctx), DISTEST_EINVAL, &ctx,
                "rng");
    CHECK_FAILS(distest_kde_sample(&s, NULL, 2, 0, &rng, f, &ctx), DISTEST_EINVAL, &ctx,
                "opts");
    o.lower = a;
    CHECK_FAILS(distest_kde_sample(&s, &o, 2, 1, &rng, f, &ctx), DISTEST_EINVAL, &ctx,
                "shrink");
    o.lower = NULL;
    o.kernel = "student";
    o.nu = 2;
    CHECK_FAILS(distest_kde_sample(&s, &o, 2, 1, &rng, f, &ctx), DISTEST_EINVAL, &ctx,
                "shrink");
    o = gaussian(&minus);
    CHECK_FAILS(distest_kde_sample(&s, &o, 2, 0, &rng, f, &ctx), DISTEST_EINVAL, &ctx,
                "bandwidth");
    o = gaussian(&h);
    for (size_t i = 0; i < N; i++) X[i + N] = 3;
    o.scaling = DISTEST_KDE_SD;
    CHECK_FAILS(distest_kde_sample(&s, &o, 2, 0, &rng, f, &ctx), DISTEST_ESING, &ctx,
                "scaling");
    CHECK(f[0] == 42);
}

static int everything(distest_context *ctx)
{
    const double h = 0.5;
    double f[600 * 2];
    const distest_sample s = {N, 2, X, W_};
    distest_kde_opts o = gaussian(&h);
    distest_rng rng = distest_rng_seed(1);
    o.scaling = DISTEST_KDE_COV;
    return distest_kde_sample(&s, &o, 600, 1, &rng, f, ctx);
}

static void gives_memory_back(void)
{
    fill(2, 0, 2);
    CHECK(check_out_of_memory(everything) > 20);
    CHECK(check_cancel(everything) > 0);
}

int main(void)
{
    RUN(lengths_and_directions);
    RUN(moments_are_those_of_the_estimate);
    RUN(points_come_by_their_weights);
    RUN(bounds_are_kept);
    RUN(shrinking_moves_draws_as_it_says);
    RUN(bits_do_not_depend_on_threads);
    RUN(bad_input_is_named);
    RUN(gives_memory_back);
    return check_report("kde_sample");
}
