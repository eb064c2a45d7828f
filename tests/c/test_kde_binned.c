/* Sums over pairs from a grid against double sums, within the bound of the linear
 * interpolation that sharing a point between two cells is. */
#include "../../src/kde/kde.h"
#include "check.h"

#include <distest/kde.h>

enum { FEW = 300, CELLS_BETWEEN = (1 << 18) - 2 };
static double X[FEW], W[FEW];

static double random_at(uint64_t *s)
{
    *s = *s * 6364136223846793005u + 1442695040888963407u;
    return (double)(*s >> 11) * 0x1p-53;
}

static void fill(void)
{
    uint64_t s = 11;
    double sum = 0;
    for (int i = 0; i < FEW; i++) {
        X[i] = 40 + 3 * random_at(&s) * random_at(&s);
        W[i] = 0.1 + random_at(&s);
        sum += W[i];
    }
    for (int i = 0; i < FEW; i++) W[i] /= sum;
}

static int plan_of(distest_context *ctx, size_t n, const double *x, const double *w,
                   di_kde_plan *plan)
{
    static const double one = 1;
    const distest_sample s = {n, 1, x, w};
    distest_kde_opts o = distest_kde_opts_default();
    o.bandwidth = &one;
    return di_kde_plan_make(ctx, &s, &o, plan);
}

static long double term(long double t, const double c[4])
{
    const long double r = t * t;
    return (c[0] + r * (c[1] + r * (c[2] + r * c[3]))) * expl(-r / 2);
}

/* the largest second derivative of the term in t, by differences */
static double bend(const double c[4])
{
    double most = 0;
    for (int k = 0; k < 4000; k++) {
        const long double t = k * 0.003L, e = 1e-4L;
        const long double b =
            (term(t + e, c) - 2 * term(t, c) + term(t - e, c)) / (e * e);
        most = fmax(most, fabs((double)b));
    }
    return 1.01 * most;
}

static const double POLY[4][4] = {
    {1, 0, 0, 0}, {3, -6, 1, 0}, {-15, 45, -15, 1}, {0.3, -1.2, 0.5, 0.02}};

static void agrees_with_double_sums(void)
{
    static const double gs[] = {1e-3, 0.02, 0.3, 7};
    fill();
    for (int weighted = 0; weighted < 2; weighted++) {
        di_kde_plan plan;
        di_pool pool = {0};
        di_kde_bins bins;
        double low = X[0], high = X[0];
        CHECK(plan_of(NULL, FEW, X, weighted ? W : NULL, &plan) == 0);
        CHECK(di_kde_bin(NULL, &pool, &plan, &bins) == 0);
        for (int i = 1; i < FEW; i++) {
            low = fmin(low, X[i]);
            high = fmax(high, X[i]);
        }
        CHECK_REL(bins.width, (high - low) / CELLS_BETWEEN, 1e-10);
        for (int a = 0; a < 4; a++)
            for (int k = 0; k < 4; k++)
                for (int self = 0; self < 2; self++) {
                    const double g = gs[a], *c = POLY[k];
                    long double sum = 0;
                    for (int i = 0; i < FEW; i++)
                        for (int j = 0; j < FEW; j++) {
                            const long double wi = weighted ? W[i] : 1.0L / FEW,
                                              wj = weighted ? W[j] : 1.0L / FEW;
                            if (i == j && !self) continue;
                            sum += wi * wj / (self ? 1 : 1 - wi) *
                                   term(((long double)X[i] - X[j]) / g, c);
                        }
                    /* step^2 / 8 times the second derivative, for each of the two */
                    const double step = bins.width / g;
                    CHECK(fabs(di_kde_bin_pairs(&bins, g, c, self) - (double)sum) <=
                          1.01 * step * step / 4 * bend(c) + 1e-12);
                }
        di_pool_free(&pool);
        di_kde_plan_free(&plan);
    }
}

/* where all points are points of the grid, nothing is lost */
static void points_of_the_grid_are_exact(void)
{
    const double x[3] = {-2, 0, 2}, w[3] = {0.2, 0.3, 0.5};
    di_kde_plan plan;
    di_pool pool = {0};
    di_kde_bins bins;
    CHECK(plan_of(NULL, 3, x, w, &plan) == 0);
    CHECK(di_kde_bin(NULL, &pool, &plan, &bins) == 0);
    for (int k = 0; k < 4; k++)
        for (double g = 0.5; g < 10; g *= 2) {
            const double *c = POLY[k];
            const long double near = term(2 / g, c), far = term(4 / g, c);
            CHECK_NEAR(di_kde_bin_pairs(&bins, g, c, 1),
                       (double)(0.38L * c[0] + 0.42L * near + 0.2L * far), 1e-10);
            CHECK_NEAR(di_kde_bin_pairs(&bins, g, c, 0),
                       (double)((0.06L + 0.15L) * (1 / 0.7L) * near +
                                (0.06L / 0.8L + 0.15L / 0.5L) * near +
                                0.1L * (1 / 0.8L + 1 / 0.5L) * far),
                       1e-10);
        }
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
}

/* Different integers, so many that the selectors take the grid. How often each
 * distance occurs is counted exactly, by bits. */
enum { ENDS = 65536, WORDS = ENDS / 64 };
static double many[ENDS], often[ENDS];
static size_t n_many;

static void fill_many(void)
{
    static uint64_t bit[2 * WORDS + 1];
    uint64_t s = 5;
    if (n_many) return;
    for (int i = 0; i < ENDS; i++) {
        const double t = (double)i / ENDS;
        const double p = exp(-50 * (t - 0.3) * (t - 0.3)) +
                         0.6 * exp(-120 * (t - 0.75) * (t - 0.75));
        if (random_at(&s) > p) continue;
        many[n_many++] = i;
        bit[i / 64] |= (uint64_t)1 << (i % 64);
    }
    for (int k = 0; k < ENDS; k++) {
        const int word = k / 64, by = k % 64;
        for (int i = 0; i + word < WORDS; i++) {
            uint64_t other = bit[i + word] >> by;
            if (by) other |= bit[i + word + 1] << (64 - by);
            often[k] += (double)__builtin_popcountll(bit[i] & other);
        }
    }
}

/* sum over all ordered pairs, those of a point with itself included */
static double pairs(double g, const double c[4])
{
    long double sum = (long double)often[0] * c[0];
    for (int k = 1; k < ENDS && k < 40 * g; k++)
        sum += 2 * (long double)often[k] * term(k / (long double)g, c);
    return (double)sum;
}

static double normal0(double h) /* the normal density at 0 */
{
    return 1 / (h * sqrt(2 * acos(-1)));
}

static double criterion(double h) /* (26) */
{
    const double n = (double)n_many, *c = POLY[0];
    return pairs(sqrt(2) * h, c) * normal0(sqrt(2) * h) / (n * n) -
           2 * (pairs(h, c) - n) * normal0(h) / (n * (n - 1));
}

static distest_kde_selected chosen(const char *method, distest_context *ctx)
{
    const distest_sample s = {n_many, 1, many, NULL};
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r = {.h = NAN};
    c.method = method;
    c.scaling = DISTEST_KDE_NONE;
    CHECK(distest_kde_bandwidth(&s, &c, &r, NULL, ctx) == 0);
    CHECK(r.converged && r.ties == 0);
    return r;
}

static void cross_validation_finds_the_minimum(void)
{
    fill_many();
    CHECK(n_many > 20000);
    const distest_kde_selected r = chosen("lscv", NULL);
    const double at = criterion(r.h);
    CHECK_REL(r.objective, at, 1e-6);
    for (int k = -20; k <= 12; k++)
        if (k) CHECK(criterion(r.h * exp(0.15 * k)) > at);
    CHECK(criterion(1.01 * r.h) > at && criterion(r.h / 1.01) > at);
}

static double deviation(void)
{
    long double m = 0, v = 0;
    for (size_t i = 0; i < n_many; i++) m += many[i] / (long double)n_many;
    for (size_t i = 0; i < n_many; i++)
        v += (many[i] - m) * (many[i] - m) / (long double)(n_many - 1);
    return (double)sqrtl(v);
}

/* (27) with d = 1: psi_6 and psi_4 of the data over their standard deviation */
static void plug_in_is_that_of_all_pairs(void)
{
    fill_many();
    const double n = (double)n_many, sd = deviation(), pi = acos(-1);
    const double psi8 = 105 / (32 * sqrt(pi)), six[4] = {-15, 45, -15, 1},
                 four[4] = {3, -6, 1, 0};
    const double g6 = pow(2 * 15 / sqrt(2 * pi) / (n * psi8), 1.0 / 9);
    const double psi6 = pairs(g6 * sd, six) * normal0(g6) / (n * n * pow(g6, 6));
    const double g4 = pow(-2 * 3 / sqrt(2 * pi) / (n * psi6), 1.0 / 7);
    const double psi4 = pairs(g4 * sd, four) * normal0(g4) / (n * n * pow(g4, 4));
    const double h = sd * pow(1 / (2 * sqrt(pi) * n * psi4), 0.2);
    CHECK(psi6 < 0 && psi4 > 0);
    CHECK_REL(chosen("pi", NULL).h, h, 1e-6);
}

static double curvature(double h, int sixth) /* SD and TD of (28) */
{
    const double n = (double)n_many;
    return (sixth ? -pairs(h, POLY[2]) : pairs(h, POLY[1])) /
           (sqrt(2 * acos(-1)) * n * (n - 1) * pow(h, sixth ? 7 : 5));
}

static double quartile(double p)
{
    const double at = p * (double)(n_many - 1);
    const size_t i = (size_t)at;
    return many[i] + (at - (double)i) * (many[i + 1] - many[i]);
}

static void sheather_jones_solves_its_equation(void)
{
    fill_many();
    const double n = (double)n_many;
    const double scale = fmin(deviation(), (quartile(0.75) - quartile(0.25)) / 1.349);
    const double ratio = curvature(1.24 * scale * pow(n, -1.0 / 7), 0) /
                         curvature(1.23 * scale * pow(n, -1.0 / 9), 1);
    double low = 0.02 * scale, high = 2 * scale;
    for (int k = 0; k < 50; k++) {
        const double h = 0.5 * (low + high);
        const double alpha = 1.357 * pow(ratio, 1.0 / 7) * pow(h, 5.0 / 7);
        const double right = pow(2 * sqrt(acos(-1)) * n * curvature(alpha, 0), -0.2);
        if (h < right)
            low = h;
        else
            high = h;
    }
    CHECK_REL(chosen("sj", NULL).h, low, 1e-6);
}

static void bits_do_not_depend_on_threads(void)
{
    fill_many();
    const double want = chosen("pi", NULL).h;
    for (int k = 2; k <= 3; k++) {
        distest_context ctx = distest_context_default();
        ctx.threads = k;
        CHECK(chosen("pi", &ctx).h == want);
    }
}

static di_kde_plan ready;
static int bin(distest_context *ctx)
{
    di_pool pool = {0};
    di_kde_bins bins;
    const int status = di_kde_bin(ctx, &pool, &ready, &bins);
    di_pool_free(&pool);
    return status;
}

static void gives_memory_back(void)
{
    fill();
    CHECK(plan_of(NULL, FEW, X, W, &ready) == 0);
    CHECK(check_out_of_memory(bin) >= 4);
    di_kde_plan_free(&ready);
}

int main(void)
{
    RUN(agrees_with_double_sums);
    RUN(points_of_the_grid_are_exact);
    RUN(cross_validation_finds_the_minimum);
    RUN(plug_in_is_that_of_all_pairs);
    RUN(sheather_jones_solves_its_equation);
    RUN(bits_do_not_depend_on_threads);
    RUN(gives_memory_back);
    return check_report("kde_binned");
}
