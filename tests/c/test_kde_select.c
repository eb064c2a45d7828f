/* Bandwidths: the criteria by double sums, and the likelihood searched over many rows.
 */
#include "kde_test.h"

static const double PI = 3.14159265358979323846;

/* sum_ij w_i w_j poly(rho) exp(-rho / 2), rho = |x_i - x_j|^2 / g^2; loo: i != j with
 * w_i w_j / (1 - w_i). x: n x d in units of the metric, w sums to 1 */
static double pairs(size_t n, size_t d, const double *x, const double *w, double g,
                    double c0, double c1, double c2, double c3, int loo)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double r = 0;
            if (loo && i == j) continue;
            for (size_t k = 0; k < d; k++) {
                const double t = (x[i + k * n] - x[j + k * n]) / g;
                r += t * t;
            }
            const double ww = w[i] * w[j] / (loo ? 1 - w[i] : 1);
            sum += ww * (c0 + r * (c1 + r * (c2 + r * c3))) * exp(-r / 2);
        }
    return sum;
}

static double criterion(size_t n, size_t d, const double *x, const double *w, double h)
{
    const double phi = pow(2 * PI * h * h, -0.5 * (double)d);
    return pairs(n, d, x, w, sqrt(2) * h, 1, 0, 0, 0, 0) * phi *
               pow(2, -0.5 * (double)d) -
           2 * pairs(n, d, x, w, h, 1, 0, 0, 0, 1) * phi;
}

static double two_stages(size_t n, size_t dim, const double *x, const double *w)
{
    const double d = (double)dim;
    double ne = 0;
    for (size_t i = 0; i < n; i++) ne += w[i] * w[i];
    ne = 1 / ne;
    const double psi8 = pow(4 * PI, -d / 2) * d * (d + 2) * (d + 4) * (d + 6) / 16;
    const double L3 = pow(2 * PI, -d / 2) * d * (d + 2) * (d + 4);
    const double L2 = pow(2 * PI, -d / 2) * d * (d + 2);
    const double g6 = pow(2 * L3 / (ne * psi8), 1 / (d + 8));
    const double psi6 = pairs(n, dim, x, w, g6, -d * (d + 2) * (d + 4),
                              3 * (d + 2) * (d + 4), -3 * (d + 4), 1, 0) *
                        pow(2 * PI * g6 * g6, -d / 2) / pow(g6, 6);
    const double g4 = pow(-2 * L2 / (ne * psi6), 1 / (d + 6));
    const double psi4 = pairs(n, dim, x, w, g4, d * (d + 2), -2 * (d + 2), 1, 0, 0) *
                        pow(2 * PI * g4 * g4, -d / 2) / pow(g4, 4);
    return pow(d * pow(4 * PI, -d / 2) / (ne * psi4), 1 / (d + 4));
}

static void unit_weights(size_t n, const double *given, double *w)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += given ? given[i] : 1;
    for (size_t i = 0; i < n; i++) w[i] = (given ? given[i] : 1) / sum;
}

/* to units of the standard deviation (divisor 1 - sum w^2) */
static double standardise(size_t n, const double *w, const double *x, double *out)
{
    double m = 0, v = 0, w2 = 0;
    for (size_t i = 0; i < n; i++) m += w[i] * x[i];
    for (size_t i = 0; i < n; i++) {
        v += w[i] * (x[i] - m) * (x[i] - m);
        w2 += w[i] * w[i];
    }
    const double sd = sqrt(v / (1 - w2));
    for (size_t i = 0; i < n; i++) out[i] = x[i] / sd;
    return sd;
}

static distest_kde_selected select_by(const char *method, int scaling,
                                      const distest_sample *s, int status)
{
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r = {0};
    c.method = method;
    c.scaling = scaling;
    CHECK(distest_kde_bandwidth(s, &c, &r, NULL, NULL) == status);
    return r;
}

static void least_squares_is_at_its_minimum(void)
{
    for (size_t d = 1; d <= 3; d += 2)
        for (int weighted = 0; weighted < 2; weighted++) {
            double w[N];
            fill(d, 3, 2);
            const distest_sample s = {N, d, X, weighted ? W_ : NULL};
            unit_weights(N, s.weights, w);
            const distest_kde_selected r = select_by("lscv", DISTEST_KDE_NONE, &s, 0);
            const double least = criterion(N, d, X, w, r.h);
            CHECK_REL(r.objective, least, 1e-11);
            CHECK(least < criterion(N, d, X, w, r.h * 1.003));
            CHECK(least < criterion(N, d, X, w, r.h / 1.003));
        }
}

static void plug_in_is_its_formula(void)
{
    static double z[3 * N];
    for (size_t d = 1; d <= 3; d++)
        for (int weighted = 0; weighted < 2; weighted++) {
            double w[N], sd = 1;
            fill(d, -1, 2);
            const distest_sample s = {N, d, X, weighted ? W_ : NULL};
            unit_weights(N, s.weights, w);
            for (size_t k = 0; k < d; k++) sd = standardise(N, w, X + k * N, z + k * N);
            const double want = two_stages(N, d, z, w);
            CHECK_REL(select_by("pi", DISTEST_KDE_SD, &s, 0).h, want, 1e-11);
            if (d == 1)
                CHECK_REL(select_by("pi", DISTEST_KDE_NONE, &s, 0).h, want * sd, 1e-11);
        }
}

/* SD(h) and TD(h) of n points that each stand for `copies` */
static double functional(size_t n, double copies, const double *x, double h, int third)
{
    double w[N];
    const double all = (double)n * copies;
    for (size_t i = 0; i < n; i++) w[i] = 1;
    const double sum = third ? -pairs(n, 1, x, w, h, -15, 45, -15, 1, 0) / pow(h, 7)
                             : pairs(n, 1, x, w, h, 3, -6, 1, 0, 0) / pow(h, 5);
    return copies * copies * sum / sqrt(2 * PI) / (all * (all - 1));
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* h solves (28); more than 20000 points are binned */
static void sheather_jones_solves_its_equation(void)
{
    enum { COPIES = 140 };
    static double many[N * COPIES];
    for (int copies = 1; copies <= COPIES; copies += COPIES - 1) {
        const size_t n = N * (size_t)copies;
        fill(1, 0, 4);
        for (size_t i = 0; i < N; i++) X[i] *= 1 + X[i] * X[i];
        qsort(X, N, sizeof *X, ascending);
        double m = 0, v = 0;
        for (size_t i = 0; i < n; i++) {
            many[i] = X[i / (size_t)copies];
            m += many[i] / (double)n;
        }
        for (size_t i = 0; i < n; i++)
            v += (many[i] - m) * (many[i] - m) / ((double)n - 1);
        double q[2];
        for (int side = 0; side < 2; side++) {
            const double at = (side ? 0.75 : 0.25) * (double)(n - 1);
            const size_t i = (size_t)at;
            q[side] = many[i] + (at - (double)i) * (many[i + 1] - many[i]);
        }
        const double scale = fmin(sqrt(v), (q[1] - q[0]) / 1.349), c = copies;
        const double a = 1.24 * scale * pow((double)n, -1.0 / 7);
        const double b = 1.23 * scale * pow((double)n, -1.0 / 9);
        const distest_sample s = {n, 1, many, NULL};
        const double h = select_by("sj", DISTEST_KDE_NONE, &s, 0).h;
        const double alpha =
            1.357 *
            pow(functional(N, c, X, a, 0) / functional(N, c, X, b, 1), 1.0 / 7) *
            pow(h, 5.0 / 7);
        const double back =
            pow(2 * sqrt(PI) * (double)n * functional(N, c, X, alpha, 0), -0.2);
        CHECK_REL(h, back, copies == 1 ? 1e-11 : 1e-6);
    }
}

/* points of next to no weight take the search over the limit of 20000, not elsewhere */
static void binning_changes_nothing_that_counts(void)
{
    enum { MANY = 20200 };
    static double x[MANY], w[MANY], unit[N], z[N];
    uint64_t seed = 3;
    fill(1, 0, 3);
    for (size_t i = 0; i < MANY; i++) {
        x[i] = i < N ? X[i] : 3 * random_at(&seed);
        w[i] = i < N ? W_[i] : 1e-13;
    }
    const distest_sample s = {MANY, 1, x, w};
    unit_weights(N, W_, unit);
    const distest_kde_selected r = select_by("lscv", DISTEST_KDE_NONE, &s, 0);
    CHECK_REL(r.objective, criterion(N, 1, X, unit, r.h), 1e-6);
    CHECK(r.objective < criterion(N, 1, X, unit, r.h * 1.01));
    CHECK(r.objective < criterion(N, 1, X, unit, r.h / 1.01));
    const double sd = standardise(N, unit, X, z);
    CHECK_REL(select_by("pi", DISTEST_KDE_NONE, &s, 0).h,
              sd * two_stages(N, 1, z, unit), 1e-6);
}

static void rules_are_their_formulas(void)
{
    fill(3, 0, 2);
    const distest_sample s = {N, 3, X, W_};
    double w[N], ne = 0;
    unit_weights(N, W_, w);
    for (size_t i = 0; i < N; i++) ne += w[i] * w[i];
    CHECK_REL(select_by("scott", DISTEST_KDE_COV, &s, 0).h, pow(ne, 1 / 7.0), 1e-13);
    CHECK_REL(select_by("silverman", DISTEST_KDE_SD, &s, 0).h, pow(0.8 * ne, 1 / 7.0),
              1e-13);
    double sum = 0;
    for (size_t i = 0; i < N; i++) {
        double least = INFINITY;
        for (size_t j = 0; j < N; j++) {
            double D = 0;
            for (size_t k = 0; k < 3; k++)
                D += (X[i + k * N] - X[j + k * N]) * (X[i + k * N] - X[j + k * N]);
            if (j != i) least = fmin(least, D);
        }
        sum += w[i] * least;
    }
    CHECK_REL(select_by("nn", DISTEST_KDE_NONE, &s, 0).h, sqrt(sum / 3), 1e-12);
}

enum { ROWS = 2400 };
static double big[ROWS * 20], heavy[ROWS], f[ROWS];

static void fill_rows(size_t d)
{
    uint64_t seed = 11;
    for (size_t i = 0; i < ROWS * d; i++) big[i] = random_at(&seed) + random_at(&seed);
    for (size_t i = 0; i < ROWS; i++) heavy[i] = 0.6 + random_at(&seed);
}

/* L(h), `drop` of the lowest left out */
static double likelihood(const distest_sample *s, double h, size_t drop)
{
    const distest_kde_opts o = gaussian(&h);
    double sum = 0, W = 0, lowest = -INFINITY;
    CHECK(distest_kde_loo(s, &o, f, NULL) == 0);
    if (drop) {
        static double sorted[ROWS];
        memcpy(sorted, f, sizeof sorted);
        qsort(sorted, s->n, sizeof *sorted, ascending);
        lowest = sorted[drop - 1];
    }
    for (size_t i = 0; i < s->n; i++) {
        if (f[i] <= lowest) continue;
        sum += (s->weights ? s->weights[i] : 1) * f[i];
        W += s->weights ? s->weights[i] : 1;
    }
    return sum / W;
}

/* so many rows that a part of them goes first */
static void many_rows_end_at_the_maximum(void)
{
    static const size_t dims[] = {1, 3, 20};
    for (int a = 0; a < 3; a++)
        for (int kind = 0; kind < 4; kind++) { /* plain, weights, outlier, trimmed */
            const size_t d = dims[a], drop = kind == 3 ? ROWS / 100 : 0;
            fill_rows(d);
            if (kind >= 2) big[7] = 40;
            const distest_sample s = {ROWS, d, big, kind == 1 ? heavy : NULL};
            distest_kde_select c = distest_kde_select_default();
            distest_kde_selected r;
            c.scaling = DISTEST_KDE_NONE;
            c.points = 0;
            c.trim = kind == 3 ? 0.01 : 0;
            CHECK(distest_kde_bandwidth(&s, &c, &r, NULL, NULL) == 0);
            CHECK(r.converged && r.queries == ROWS);
            const double at = likelihood(&s, r.h, drop), e = 1e-4;
            const double up = likelihood(&s, r.h * exp(e), drop);
            const double down = likelihood(&s, r.h * exp(-e), drop);
            CHECK_NEAR(r.objective, at, 1e-11);
            CHECK(up < at && down < at);
            CHECK(fabs((up - down) / (2 * e)) <
                  1e-6 * fabs((up - 2 * at + down) / (e * e)));
            CHECK(kind == 3 || (r.lower < r.h && r.h < r.upper));
        }
}

/* neighbouring h by expansion, others by a pass: both are the definition */
static void curves_are_likelihoods(void)
{
    static const double hs[] = {0.3, 0.3005, 0.302, 0.305, 0.29, 0.6, 0.601, 0.05};
    enum { HS = sizeof hs / sizeof *hs };
    for (size_t d = 3; d <= 20; d += 17) {
        double L[HS], d1[HS], d2[HS], plain[HS], neff[HS];
        fill_rows(d);
        const distest_sample s = {600, d, big, heavy};
        distest_kde_opts o = distest_kde_opts_default();
        CHECK(distest_kde_grid_loo(&s, &o, HS, hs, L, d1, d2, NULL, NULL) == 0);
        CHECK(distest_kde_grid_loo(&s, &o, HS, hs, plain, NULL, NULL, neff, NULL) == 0);
        for (int k = 0; k < HS; k++) {
            const double e = 1e-4, at = likelihood(&s, hs[k], 0);
            const double up = likelihood(&s, hs[k] * exp(e), 0);
            const double down = likelihood(&s, hs[k] * exp(-e), 0);
            CHECK_NEAR(L[k], at, 1e-11);
            CHECK_NEAR(plain[k], at, 1e-11);
            CHECK(neff[k] >= 1 && neff[k] <= 600);
            CHECK_NEAR(d1[k], (up - down) / (2 * e), 1e-5);
            CHECK_NEAR(d2[k], (up - 2 * at + down) / (e * e), 1e-3);
        }
    }
}

static void what_has_no_bandwidth_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r;
    fill_rows(1);
    for (size_t i = 0; i < ROWS; i++) big[i] = (double)(i / 2);
    const distest_sample twice = {ROWS, 1, big, NULL};
    c.scaling = DISTEST_KDE_NONE;
    c.points = 0;
    c.ties = DISTEST_KDE_INCLUDE;
    CHECK_FAILS(distest_kde_bandwidth(&twice, &c, &r, NULL, &ctx), DISTEST_ECONV, &ctx,
                "ties");
    c.ties = DISTEST_KDE_EXCLUDE;
    CHECK(distest_kde_bandwidth(&twice, &c, &r, NULL, &ctx) == 0 && r.ties == ROWS);
    for (size_t i = 0; i < ROWS; i++) big[i] = 1;
    CHECK_FAILS(distest_kde_bandwidth(&twice, &c, &r, NULL, &ctx), DISTEST_EINVAL, &ctx,
                "x");
    static const char *const all[] = {"lscv", "pi", "sj", "nn"};
    for (int k = 0; k < 4; k++) {
        c.method = all[k];
        CHECK_FAILS(distest_kde_bandwidth(&twice, &c, &r, NULL, &ctx), DISTEST_EINVAL,
                    &ctx, "x");
    }
}

static int everything(distest_context *ctx)
{
    const distest_sample s = {ROWS, 20, big, NULL}, one = {N, 1, X, NULL};
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r;
    int status;
    c.scaling = DISTEST_KDE_NONE;
    c.points = 0;
    if ((status = distest_kde_bandwidth(&s, &c, &r, NULL, ctx))) return status;
    c.method = "sj";
    if ((status = distest_kde_bandwidth(&one, &c, &r, NULL, ctx))) return status;
    c.method = "pi";
    return distest_kde_bandwidth(&one, &c, &r, NULL, ctx);
}

static int binned(distest_context *ctx)
{
    enum { MANY = 20001 };
    static double x[MANY];
    for (size_t i = 0; i < MANY; i++) x[i] = (double)i;
    const distest_sample s = {MANY, 1, x, NULL};
    distest_kde_select c = distest_kde_select_default();
    distest_kde_selected r;
    c.scaling = DISTEST_KDE_NONE;
    c.method = "pi";
    return distest_kde_bandwidth(&s, &c, &r, NULL, ctx);
}

static void gives_memory_back(void)
{
    fill(1, 0, 2);
    fill_rows(20);
    CHECK(check_out_of_memory(everything) > 20);
    CHECK(check_cancel(everything) > 1);
    CHECK(check_out_of_memory(binned) > 4);
}

int main(void)
{
    RUN(least_squares_is_at_its_minimum);
    RUN(plug_in_is_its_formula);
    RUN(sheather_jones_solves_its_equation);
    RUN(binning_changes_nothing_that_counts);
    RUN(rules_are_their_formulas);
    RUN(many_rows_end_at_the_maximum);
    RUN(curves_are_likelihoods);
    RUN(what_has_no_bandwidth_is_named);
    RUN(gives_memory_back);
    return check_report("kde_select");
}
