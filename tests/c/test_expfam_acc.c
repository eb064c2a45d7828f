/* test_expfam_acc.c - sums that merge, terms from moments, the bootstrap. */
#include "check.h"
#include <distest/expfam.h>

enum { N = 10000, P = 2, THIRD = 4 };
static double x[N], xi[N * P], base[N];

static distest_expfam_family *gamma_family(void)
{
    distest_expfam_family *f = NULL;
    CHECK(distest_expfam_family_alloc(&f, "gamma", NULL, 0, NULL, 0, NULL) == 0);
    return f;
}

static void make_data(void)
{
    distest_expfam_family *f = gamma_family();
    distest_rng rng = distest_rng_seed(5);
    const double theta[2] = {3, -2};
    CHECK(distest_expfam_sample(f, theta, N, &rng, x, NULL) == 0);
    const distest_sample s = {N, 1, x, NULL};
    CHECK(distest_expfam_stats(f, &s, xi, base, NULL) == 0);
    distest_expfam_family_free(f);
}

/* rows from ... to - 1, as statistics of their own */
static void add_rows(distest_expfam_acc *acc, const char *name, size_t from, size_t to)
{
    static double part[N * P];
    const size_t n = to - from;
    for (size_t k = 0; k < P; k++)
        memcpy(part + k * n, xi + from + k * N, n * sizeof *part);
    CHECK(distest_expfam_acc_add(acc, name, from, n, part, NULL, base + from, NULL) ==
          0);
}

static distest_expfam_acc *empty(int order)
{
    distest_expfam_acc *acc = NULL;
    CHECK(distest_expfam_acc_alloc(&acc, P, order, NULL) == 0);
    return acc;
}

/* mean, covariance and third cumulants by their definition in long double */
static void sums_agree_with_the_definition(void)
{
    distest_expfam_acc *acc = empty(3);
    double n, mean[P], cov[P * P], third[THIRD], lb;
    long double m[P] = {0}, c[P * P] = {0}, t[THIRD] = {0}, b = 0;
    add_rows(acc, "all", 0, N);
    CHECK(distest_expfam_acc_get(acc, &n, mean, cov, third, &lb, NULL) == 0);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < P; k++) m[k] += (long double)xi[i + k * N] / N;
        b += base[i];
    }
    for (int i = 0; i < N; i++) {
        const long double u = xi[i] - m[0], v = xi[i + N] - m[1];
        c[0] += u * u;
        c[1] += u * v;
        c[3] += v * v;
        t[0] += u * u * u;
        t[1] += u * u * v;
        t[2] += u * v * v;
        t[3] += v * v * v;
    }
    CHECK(n == N);
    CHECK_REL(lb, (double)b, 1e-12);
    for (int k = 0; k < P; k++) CHECK_REL(mean[k], (double)m[k], 1e-14);
    CHECK_REL(cov[0], (double)(c[0] / (N - 1)), 1e-13);
    CHECK_REL(cov[1], (double)(c[1] / (N - 1)), 1e-13);
    CHECK_REL(cov[3], (double)(c[3] / (N - 1)), 1e-13);
    for (int k = 0; k < THIRD; k++)
        CHECK_REL(third[k], (double)(t[k] * N / ((N - 1.0L) * (N - 2.0L))), 1e-12);
    distest_expfam_acc_free(acc);
}

static void any_order_of_merging_gives_the_same_bits(void)
{
    distest_expfam_acc *whole = empty(3), *a = empty(3), *b = empty(3), *c = empty(3);
    double one[16], two[16];
    add_rows(whole, "s", 0, N);
    add_rows(a, "s", 0, 4096);
    add_rows(b, "s", 4096, 8192);
    add_rows(c, "s", 8192, N);
    CHECK(distest_expfam_acc_merge(c, a, NULL) == 0);
    CHECK(distest_expfam_acc_merge(b, c, NULL) == 0);
    CHECK(distest_expfam_acc_get(whole, one, one + 1, one + 3, one + 7, one + 11,
                                 NULL) == 0);
    CHECK(distest_expfam_acc_get(b, two, two + 1, two + 3, two + 7, two + 11, NULL) ==
          0);
    CHECK(memcmp(one, two, 12 * sizeof *one) == 0);
    distest_context ctx = distest_context_default();
    CHECK_FAILS(distest_expfam_acc_merge(b, a, &ctx), DISTEST_EINVAL, &ctx, "from");
    distest_expfam_acc_free(whole);
    distest_expfam_acc_free(a);
    distest_expfam_acc_free(b);
    distest_expfam_acc_free(c);
}

static void weights_are_repeated_rows(void)
{
    const double v[6] = {1, 2, 5, 0.1, 0.7, 0.3}, w[3] = {1, 0, 3},
                 r[8] = {1, 5, 5, 5, 0.1, 0.3, 0.3, 0.3};
    distest_expfam_acc *a = empty(3), *b = empty(3);
    double one[12], two[12];
    CHECK(distest_expfam_acc_add(a, NULL, 0, 3, v, w, NULL, NULL) == 0);
    CHECK(distest_expfam_acc_add(b, NULL, 0, 4, r, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_acc_get(a, one, one + 1, one + 3, one + 7, one + 11, NULL) ==
          0);
    CHECK(distest_expfam_acc_get(b, two, two + 1, two + 3, two + 7, two + 11, NULL) ==
          0);
    for (int i = 0; i < 12; i++) CHECK_NEAR(one[i], two[i], 1e-14);
    distest_expfam_acc_free(a);
    distest_expfam_acc_free(b);
}

/* Three blocks and a bit; the second counts for nothing. Gamma, so the statistics are
 * log x and x, whatever the weights; sums in long double. */
static void moments_of_many_blocks(void)
{
    enum { MANY = 3 * 4096 + 10 };
    static double y[MANY], w[MANY];
    distest_expfam_family *f = NULL;
    CHECK(distest_expfam_family_alloc(&f, "gamma", NULL, 0, NULL, 0, NULL) == 0);
    for (int k = 0; k < 4; k++) {
        const int weighted = k % 2;
        const double offset = k < 2 ? 10 : 1e6; /* far from 0, with small spread */
        long double W = 0, m[2] = {0}, V[3] = {0}, logf = 0;
        double theta[2], mean[2], cov[4];
        distest_expfam_info info;
        for (size_t i = 0; i < MANY; i++) {
            y[i] = offset + exp(3 * sin((double)i));
            w[i] = weighted ? (double)(i / 4096 == 1 ? 0 : i % 3) : 1;
        }
        const distest_sample s = {MANY, 1, y, weighted ? w : NULL};
        CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, mean, cov, &info,
                                      NULL) == 0);
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < MANY; i++) {
                const long double v = w[i], a = logl(y[i]), b = y[i];
                if (pass == 0) {
                    W += v, m[0] += v * a, m[1] += v * b;
                    continue;
                }
                const long double c = a - m[0] / W, d = b - m[1] / W;
                V[0] += v * c * c, V[1] += v * c * d, V[2] += v * d * d;
                logf += v * ((theta[0] - 1) * a + theta[1] * b);
            }
        logf += W * (theta[0] * logl(-theta[1]) - lgammal(theta[0]));
        CHECK_NEAR(info.n, (double)W, 0);
        CHECK_NEAR(mean[0], (double)(m[0] / W), 2e-15);
        CHECK_NEAR(mean[1], (double)(m[1] / W), 2e-15);
        /* log x has 1e-16 of its size, a relative 1e-16 * 14 / 5e-6 of its deviations
         */
        CHECK_NEAR(cov[0] / (double)(V[0] / (W - 1)), 1, 1e-9);
        CHECK_NEAR(cov[1] / (double)(V[1] / (W - 1)), 1, 1e-9);
        CHECK_NEAR(cov[3] / (double)(V[2] / (W - 1)), 1, 1e-12);
        CHECK(cov[1] == cov[2]);
        if (k < 2) CHECK_NEAR(info.loglik, (double)logf, 1e-13);
    }
    distest_expfam_family_free(f);
}

static void packed_sums_come_back(void)
{
    distest_expfam_acc *a = empty(2), *b = NULL;
    distest_context ctx = distest_context_default();
    double one[3], two[3];
    add_rows(a, "s", 0, N);
    const size_t size = distest_expfam_acc_packed_size(a);
    unsigned char *bytes = malloc(size);
    distest_expfam_acc_pack(a, bytes);
    CHECK(distest_expfam_acc_unpack(&b, P, 2, size, bytes, NULL) == 0);
    CHECK(distest_expfam_acc_get(a, one, one + 1, NULL, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_acc_get(b, two, two + 1, NULL, NULL, NULL, NULL) == 0);
    CHECK(memcmp(one, two, sizeof one) == 0);
    distest_expfam_acc_free(b);
    b = NULL;
    CHECK_FAILS(distest_expfam_acc_unpack(&b, P, 3, size, bytes, &ctx), DISTEST_EINVAL,
                &ctx, "bytes");
    bytes[3] ^= 1;
    CHECK_FAILS(distest_expfam_acc_unpack(&b, P, 2, size, bytes, &ctx), DISTEST_EINVAL,
                &ctx, "bytes");
    CHECK(b == NULL);
    CHECK_FAILS(distest_expfam_acc_unpack(&b, P, 2, size, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "bytes");
    CHECK_FAILS(distest_expfam_acc_unpack(NULL, P, 2, size, bytes, &ctx),
                DISTEST_EINVAL, &ctx, "out");
    CHECK(distest_expfam_acc_packed_size(NULL) == 0);
    distest_expfam_acc_pack(NULL, bytes);
    distest_expfam_acc_pack(a, NULL);
    double third[4] = {7};
    CHECK_FAILS(distest_expfam_acc_get(a, NULL, NULL, NULL, third, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "acc");
    CHECK(third[0] == 7);
    free(bytes);
    distest_expfam_acc_free(a);
}

static void check_terms(const distest_expfam_family *f, const distest_sample *s,
                        const double *stats, size_t p)
{
    static double mean[32], cov[1024], third[6000], theta[32];
    distest_expfam_terms a, b;
    distest_expfam_acc *acc = NULL;
    CHECK(distest_expfam_acc_alloc(&acc, p, 3, NULL) == 0);
    CHECK(distest_expfam_acc_add(acc, NULL, 0, s->n, stats, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_acc_get(acc, NULL, mean, cov, third, NULL, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, s, NULL, theta, NULL, NULL, NULL, NULL) ==
          0);
    CHECK(distest_expfam_terms_data(f, theta, s, 0, &a, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_terms_moments(f, theta, cov, third, &b, NULL, NULL) == 0);
    CHECK_REL(b.trace, a.trace, 1e-9);
    CHECK_REL(b.t1, a.t1, 1e-8);
    CHECK_REL(b.t2, a.t2, 1e-8);
    CHECK_NEAR(b.t3, a.t3, 1e-7);
    CHECK(isnan(b.se_r1));
    CHECK(distest_expfam_terms_moments(f, theta, cov, NULL, &b, NULL, NULL) == 0);
    CHECK(isnan(b.t1) && isfinite(b.t2));
    distest_expfam_acc_free(acc);
}

/* tensors, quadratic forms, nodes */
static void terms_from_moments_are_those_from_data(void)
{
    const size_t two[] = {2, 0}, three = 3;
    const double unit[] = {0, 1};
    static double z[200 * 2], stats[200 * 9];
    distest_expfam_family *f = gamma_family();
    const distest_sample s = {200, 1, x, NULL};
    CHECK(distest_expfam_stats(f, &s, stats, NULL, NULL) == 0);
    check_terms(f, &s, stats, 2);
    distest_expfam_family_free(f);
    for (int i = 0; i < 400; i++) z[i] = x[500 + i] + (i < 200 ? 0.3 * x[700 + i] : 0);
    CHECK(distest_expfam_family_alloc(&f, "mvnormal", NULL, 0, two, 2, NULL) == 0);
    const distest_sample v = {200, 2, z, NULL};
    CHECK(distest_expfam_stats(f, &v, stats, NULL, NULL) == 0);
    check_terms(f, &v, stats, 5);
    distest_expfam_family_free(f);
    for (int i = 0; i < 200; i++) z[i] = x[i] / (1 + x[i]);
    CHECK(distest_expfam_family_alloc(&f, "polynomial", unit, 2, &three, 1, NULL) == 0);
    const distest_sample u = {200, 1, z, NULL};
    CHECK(distest_expfam_stats(f, &u, stats, NULL, NULL) == 0);
    check_terms(f, &u, stats, 3);
    distest_expfam_family_free(f);
}

/* The mean divergence of refits is near the risk; any split of replicates and any
 * number of threads gives the same numbers; replicates are refits of their means. */
static void bootstrap_divergence_is_the_risk(void)
{
    enum { B = 400 };
    const size_t three = 3;
    const double unit[] = {0, 1};
    static double z[300], kl[B], again[B], th[3 * B], part[3 * B];
    distest_expfam_family *f = NULL;
    distest_expfam_terms t;
    double theta[3], risk, mean = 0;
    size_t failed = 9;
    for (int i = 0; i < 300; i++) z[i] = x[i] / (1 + x[i]);
    const distest_sample s = {300, 1, z, NULL};
    CHECK(distest_expfam_family_alloc(&f, "polynomial", unit, 2, &three, 1, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, NULL) ==
          0);
    CHECK(distest_expfam_terms_data(f, theta, &s, 0, &t, NULL, NULL, NULL) == 0);
    CHECK(distest_expfam_risk(&t, 3, 300, 0, NULL, NULL, &risk, NULL) == 0);
    distest_rng rng = distest_rng_seed(1);
    distest_context ctx = distest_context_default();
    ctx.threads = 1;
    CHECK(distest_expfam_bootstrap(f, theta, &s, 0, 0, B, &rng, th, kl, &failed,
                                   &ctx) == 0);
    CHECK(failed == 0);
    for (int b = 0; b < B; b++) mean += kl[b] / B;
    CHECK(fabs(mean / risk - 1) < 0.2);
    rng = distest_rng_seed(1);
    ctx.threads = 2;
    CHECK(distest_expfam_bootstrap(f, theta, &s, 0, 0, 150, &rng, part, again, NULL,
                                   &ctx) == 0);
    rng = distest_rng_seed(1);
    CHECK(distest_expfam_bootstrap(f, theta, &s, 0, 150, B - 150, &rng, part + 450,
                                   again + 150, NULL, &ctx) == 0);
    for (int i = 0; i < 3 * B; i++) CHECK_REL(part[i], th[i], 1e-12);
    for (int b = 0; b < B; b++) {
        double direct;
        CHECK(distest_expfam_divergence(f, theta, th + 3 * b, &direct, NULL) == 0);
        CHECK_NEAR(kl[b], direct, 1e-9);
    }
    rng = distest_rng_seed(2);
    CHECK(distest_expfam_bootstrap(f, theta, &s, 1, 0, B, &rng, th, kl, NULL, NULL) ==
          0);
    mean = 0;
    for (int b = 0; b < B; b++) mean += kl[b] / B;
    CHECK(distest_expfam_risk(&t, 3, 300, 2, NULL, NULL, &risk, NULL) == 0);
    CHECK(fabs(mean / risk - 1) < 0.2);
    distest_expfam_family_free(f);
}

/* 20 binary observations with one success: a third of the resamples has none. */
static void replicates_without_a_maximum_are_counted(void)
{
    const double points[] = {0, 1}, v[20] = {1};
    double theta, kl[400];
    size_t failed = 0, nan = 0;
    distest_expfam_family *f = NULL;
    const distest_sample s = {20, 1, v, NULL};
    distest_rng rng = distest_rng_seed(4);
    CHECK(distest_expfam_family_nodes(&f, 2, 1, points, NULL, 1, NULL) == 0);
    CHECK(distest_expfam_fit_data(f, NULL, &s, NULL, &theta, NULL, NULL, NULL, NULL) ==
          0);
    CHECK_REL(theta, -log(19), 1e-10);
    CHECK(distest_expfam_bootstrap(f, &theta, &s, 0, 0, 400, &rng, NULL, kl, &failed,
                                   NULL) == 0);
    for (int b = 0; b < 400; b++) nan += isnan(kl[b]) != 0;
    CHECK(nan == failed);
    CHECK(fabs((double)failed / 400 - pow(0.95, 20)) < 0.1);
    distest_expfam_family_free(f);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_expfam_acc *a = NULL;
    const double v[2] = {1, NAN}, w[1] = {-1};
    CHECK_FAILS(distest_expfam_acc_alloc(&a, 0, 2, &ctx), DISTEST_EINVAL, &ctx, "p");
    CHECK_FAILS(distest_expfam_acc_alloc(&a, 2, 4, &ctx), DISTEST_EINVAL, &ctx,
                "order");
    CHECK_FAILS(distest_expfam_acc_alloc(&a, 201, 3, &ctx), DISTEST_EINVAL, &ctx,
                "order");
    a = empty(2);
    CHECK_FAILS(distest_expfam_acc_add(a, NULL, 0, 1, v, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "xi");
    CHECK_FAILS(distest_expfam_acc_add(a, NULL, 0, 1, xi, w, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "weights");
    CHECK_FAILS(distest_expfam_acc_add(a, "s", 7, 1, xi, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "first");
    CHECK(distest_expfam_acc_get(a, NULL, NULL, NULL, NULL, NULL, &ctx) ==
          DISTEST_EINVAL);
    distest_expfam_acc_free(a);
    distest_expfam_acc_free(NULL);
}

static int whole_run(distest_context *ctx)
{
    distest_expfam_acc *a = NULL, *b = NULL;
    distest_expfam_family *f = NULL;
    distest_expfam_terms t;
    const double unit[2] = {0, 1};
    const size_t two = 2;
    double mean[2], cov[4], third[4], kl[4], theta[2];
    static double z[40];
    for (int i = 0; i < 40; i++) z[i] = x[i] / (1 + x[i]);
    const distest_sample s = {40, 1, z, NULL};
    distest_rng rng = distest_rng_seed(1);
    int status = distest_expfam_acc_alloc(&a, P, 3, ctx);
    if (status == 0) status = distest_expfam_acc_alloc(&b, P, 3, ctx);
    if (status == 0)
        status = distest_expfam_acc_add(a, "s", 0, 10, xi, NULL, NULL, ctx);
    if (status == 0)
        status = distest_expfam_acc_add(b, "r", 0, 10, xi + 10, NULL, NULL, ctx);
    if (status == 0) status = distest_expfam_acc_merge(a, b, ctx);
    if (status == 0)
        status = distest_expfam_acc_get(a, NULL, mean, cov, third, NULL, ctx);
    if (status == 0)
        status = distest_expfam_family_alloc(&f, "polynomial", unit, 2, &two, 1, ctx);
    if (status == 0)
        status =
            distest_expfam_fit_data(f, NULL, &s, NULL, theta, NULL, NULL, NULL, ctx);
    if (status == 0)
        status = distest_expfam_terms_moments(f, theta, cov, third, &t, NULL, ctx);
    if (status == 0)
        status =
            distest_expfam_bootstrap(f, theta, &s, 0, 0, 4, &rng, NULL, kl, NULL, ctx);
    distest_expfam_family_free(f);
    distest_expfam_acc_free(a);
    distest_expfam_acc_free(b);
    return status;
}

static void memory_and_cancelling(void)
{
    CHECK(check_out_of_memory(whole_run) > 40);
    CHECK(check_cancel(whole_run) > 5);
}

int main(void)
{
    make_data();
    RUN(sums_agree_with_the_definition);
    RUN(any_order_of_merging_gives_the_same_bits);
    RUN(weights_are_repeated_rows);
    RUN(moments_of_many_blocks);
    RUN(packed_sums_come_back);
    RUN(terms_from_moments_are_those_from_data);
    RUN(bootstrap_divergence_is_the_risk);
    RUN(replicates_without_a_maximum_are_counted);
    RUN(bad_input_is_named);
    RUN(memory_and_cancelling);
    return check_report("test_expfam_acc");
}
