/* rdd_functional.c - numbers that summarise a distribution given by its quantile
 * function on a grid, with their gradients.
 *
 * On a grid with normalised cell weights w_j, mid_j = sum_{i<j} w_i + w_j / 2 and curve
 * m_j, mu = sum w m, the value theta and the gradient g_j = d theta / d m_j:
 *
 *     mean      mu                                w
 *     variance  s2 = sum w (m - mu)^2             2 w (m - mu)
 *     sd        s                                 w (m - mu) / s
 *     gini      G = sum w (2 mid - 1) m / mu      w ((2 mid - 1) - G) / mu
 *     theil     sum w m log m / mu - log mu       w (log(m / mu) - theil) / mu
 *     mld       log mu - sum w log m              w / mu - w / m
 *     quantile  interpolated on the grid, ends constant; median, iqr linear in it
 *     ratio     Q(a) / Q(b)                       a / B - A b / B^2
 *     lorenz    L(u) = sum w f m / mu             w (f - L) / mu,  f_j the share of
 * cell j that lies below u
 *
 * Sums run over m divided by a power of two, so that curves near the ends of the range
 * of doubles lose nothing: theta(s m) = s^degree theta(m), the gradient has degree - 1.
 */
#include "rdd.h"

#include <math.h>
#include <string.h>

typedef struct {
    size_t n;
    const double *q, *w, *m; /* the m of the caller is m 2^scale */
    double mu;
    int scale;    /* the exponent of 2 */
    double u, v;  /* levels: of lorenz and quantile; of the two of a ratio */
    double *g;    /* n, zero when called */
    double value; /* of the scaled curve; NaN where theta is not defined */
} problem;

/* adds `by` times the interpolation weights of Q(u) to g; returns Q(u) */
static double interpolate(const problem *p, double u, double by, double *g)
{
    const size_t n = p->n;
    size_t j = 0;
    while (j < n && p->q[j] <= u) j++;
    if (j == 0 || j == n) {
        const size_t end = j == 0 ? 0 : n - 1;
        g[end] += by;
        return p->m[end];
    }
    const double t = (u - p->q[j - 1]) / (p->q[j] - p->q[j - 1]);
    g[j - 1] += by * (1 - t);
    g[j] += by * t;
    return (1 - t) * p->m[j - 1] + t * p->m[j];
}

static void find_mean(problem *p)
{
    p->value = p->mu;
    memcpy(p->g, p->w, p->n * sizeof(double));
}

static double spread(const problem *p)
{
    double s2 = 0;
    for (size_t j = 0; j < p->n; j++)
        s2 += p->w[j] * (p->m[j] - p->mu) * (p->m[j] - p->mu);
    return s2;
}

static void find_variance(problem *p)
{
    p->value = spread(p);
    for (size_t j = 0; j < p->n; j++) p->g[j] = 2 * p->w[j] * (p->m[j] - p->mu);
}

static void find_sd(problem *p)
{
    p->value = sqrt(spread(p));
    for (size_t j = 0; j < p->n; j++)
        p->g[j] = p->value > 0 ? p->w[j] * (p->m[j] - p->mu) / p->value : 0;
}

static void find_gini(problem *p)
{
    double before = 0, sum = 0;
    for (size_t j = 0; j < p->n; j++) {
        p->g[j] = 2 * before + p->w[j] - 1; /* 2 mid - 1 */
        sum += p->w[j] * p->g[j] * p->m[j];
        before += p->w[j];
    }
    p->value = sum / p->mu;
    for (size_t j = 0; j < p->n; j++) p->g[j] = p->w[j] * (p->g[j] - p->value) / p->mu;
}

static void find_theil(problem *p)
{
    p->value = 0;
    for (size_t j = 0; j < p->n; j++) {
        const double r = p->m[j] / p->mu;
        p->value += p->w[j] * r * log(r);
    }
    for (size_t j = 0; j < p->n; j++)
        p->g[j] = p->w[j] * (log(p->m[j] / p->mu) - p->value) / p->mu;
}

static void find_mld(problem *p)
{
    p->value = 0;
    for (size_t j = 0; j < p->n; j++) {
        p->value -= p->w[j] * log(p->m[j] / p->mu);
        p->g[j] = p->w[j] / p->mu - p->w[j] / p->m[j];
    }
}

static void find_lorenz(problem *p)
{
    double before = 0, sum = 0;
    for (size_t j = 0; j < p->n; j++) {
        const double f = (p->u - before) / p->w[j];
        p->g[j] = f < 0 ? 0 : f > 1 ? 1 : f;
        sum += p->w[j] * p->g[j] * p->m[j];
        before += p->w[j];
    }
    p->value = sum / p->mu;
    for (size_t j = 0; j < p->n; j++) p->g[j] = p->w[j] * (p->g[j] - p->value) / p->mu;
}

static void find_quantile(problem *p)
{
    p->value = interpolate(p, p->u, 1, p->g);
}

static void find_median(problem *p)
{
    p->value = interpolate(p, 0.5, 1, p->g);
}

static void find_iqr(problem *p)
{
    p->value = interpolate(p, 0.75, 1, p->g);
    p->value -= interpolate(p, 0.25, -1, p->g);
}

/* Q(u) / Q(v); the denominator first, to know what to divide by; NaN unless positive */
static void find_ratio(problem *p)
{
    const double B = interpolate(p, p->v, 0, p->g);
    const double A = interpolate(p, p->u, 1 / B, p->g);
    (void)interpolate(p, p->v, -(A / B) / B, p->g);
    p->value = B > 0 ? A / B : NAN;
}

enum { ANY = 0, POSITIVE_MEAN = 1, POSITIVE_CURVE = 2 };

static const struct {
    void (*find)(problem *);
    int needs, degree;
    int levels; /* how many of u and v it reads */
} ROWS[] = {
    {find_mean, ANY, 1, 0},
    {find_variance, ANY, 2, 0},
    {find_sd, ANY, 1, 0},
    {find_quantile, ANY, 1, 1},
    {find_gini, POSITIVE_MEAN, 0, 0},
    {find_theil, POSITIVE_CURVE, 0, 0},
    {find_mld, POSITIVE_CURVE, 0, 0},
    {find_ratio, ANY, 0, 2},
    {find_iqr, ANY, 1, 0},
    {find_median, ANY, 1, 0},
    {find_lorenz, POSITIVE_MEAN, 0, 1},
};
enum { FUNCTIONALS = sizeof ROWS / sizeof ROWS[0] };
static const char *const NAMES[FUNCTIONALS] = {"mean", "variance", "sd",    "quantile",
                                               "gini", "theil",    "mld",   "ratio",
                                               "iqr",  "median",   "lorenz"};

static int is_defined(const problem *p, int needs)
{
    if (needs >= POSITIVE_MEAN && !(p->mu > 0)) return 0;
    for (size_t j = 0; needs == POSITIVE_CURVE && j < p->n; j++)
        if (!(p->m[j] > 0)) return 0;
    return 1;
}

/* m over the power of two above its largest absolute value; w normalised */
static void set_problem(problem *p, const double *m, double *w, double *scaled)
{
    double total = 0, most = 0;
    int exponent = 0;
    di_rdd_cells(p->n, p->q, w);
    for (size_t j = 0; j < p->n; j++) {
        total += w[j];
        most = fmax(most, fabs(m[j]));
    }
    if (most > 0) (void)frexp(most, &exponent);
    p->mu = 0;
    for (size_t j = 0; j < p->n; j++) {
        w[j] /= total;
        scaled[j] = ldexp(m[j], -exponent);
        p->mu += w[j] * scaled[j];
    }
    p->scale = exponent;
    p->w = w, p->m = scaled;
}

static int check_call(size_t row, double u, double v, size_t n, const double *q,
                      const double *m, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_increasing(ctx, "q", n, q));
    if (n == 0 || q[0] <= 0 || q[n - 1] >= 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "q", "`q` must hold numbers in (0, 1)."));
    DI_TRY(di_check_finite(ctx, "m", n, m));
    if (ROWS[row].levels > 0) DI_TRY(di_check_between(ctx, "u", u, 0, 1));
    if (ROWS[row].levels > 1) DI_TRY(di_check_between(ctx, "v", v, 0, 1));
done:
    return status;
}

int distest_rdd_functional(const char *name, double u, double v, size_t n,
                           const double *q, const double *m, double *value,
                           double *gradient, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    size_t row = 0;
    di_pool pool = {0};
    double *w = NULL, *scaled = NULL;
    problem p = {.n = n, .q = q, .u = u, .v = v, .value = NAN};
    di_begin(ctx);
    DI_TRY(di_check_choice(ctx, "name", name, FUNCTIONALS, NAMES, &row));
    DI_TRY(check_call(row, u, v, n, q, m, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &w, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scaled, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &p.g, n, 1));
    memset(p.g, 0, n * sizeof *p.g);
    set_problem(&p, m, w, scaled);
    if (is_defined(&p, ROWS[row].needs)) ROWS[row].find(&p);
    const int degree = ROWS[row].degree;
    if (value) *value = ldexp(p.value, degree * p.scale);
    for (size_t j = 0; gradient && j < n; j++)
        gradient[j] = isnan(p.value) ? NAN : ldexp(p.g[j], (degree - 1) * p.scale);
done:
    di_pool_free(&pool);
    return status;
}
