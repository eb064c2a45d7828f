/* expfam_nodes.c - families whose log partition is a sum over nodes: finite supports,
 * integers, Gauss-Legendre panels on an interval, a trapezoid rule in log x.
 *
 * Everything is computed about a centre (the mean of the data): Psi(theta) - theta'c
 * has no large terms to cancel, so shifts and scales of the statistics cost no digits.
 */
#include "expfam.h"

enum {
    MOST_NODES = 10000000,
    MOST_CELLS = 1 << 26,
    FIRST_PANELS = 8,
    LAST_PANELS = 512
};
static const double DROP = 60; /* log weights this far below the largest are left out */

DISTEST_STATUS di_expfam_nodes_at(const distest_expfam_family *f, const double *theta,
                                  di_pool *pool, di_expfam_nodes *out,
                                  distest_context *ctx)
{
    if (f->row->nodes) return f->row->nodes(f, theta, pool, out, ctx);
    *out = f->fixed;
    return DISTEST_SUCCESS;
}

double di_expfam_node_prob(const di_expfam_nodes *nodes, const double *theta,
                           const double *centre, double *prob)
{
    const size_t m = nodes->m;
    double top = -INFINITY, sum = 0;
    for (size_t i = 0; i < m; i++) prob[i] = nodes->logw ? nodes->logw[i] : 0;
    for (size_t a = 0; a < nodes->p; a++) {
        const double t = theta[a], c = centre ? centre[a] : 0, *col = nodes->xi + a * m;
        if (t != 0)
            for (size_t i = 0; i < m; i++) prob[i] += t * (col[i] - c);
    }
    for (size_t i = 0; i < m; i++) top = fmax(top, prob[i]);
    if (!isfinite(top)) return NAN;
    for (size_t i = 0; i < m; i++) prob[i] -= top;
    di_vexp(m, prob, prob);
    for (size_t i = 0; i < m; i++) sum += prob[i];
    for (size_t i = 0; i < m; i++) prob[i] /= sum;
    return top + log(sum);
}

void di_expfam_node_moments(const di_expfam_nodes *nodes, const double *centre,
                            const double *prob, double *grad, double *hess,
                            double *scratch)
{
    const size_t m = nodes->m, p = nodes->p;
    for (size_t a = 0; a < p; a++) {
        const double c = centre ? centre[a] : 0, *col = nodes->xi + a * m;
        double s[8] = {0};
        size_t i = 0;
        for (; i + 8 <= m; i += 8)
            for (size_t k = 0; k < 8; k++) s[k] += prob[i + k] * (col[i + k] - c);
        for (; i < m; i++) s[0] += prob[i] * (col[i] - c);
        grad[a] = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
        if (hess)
            for (size_t r = 0; r < m; r++)
                scratch[r + a * m] = sqrt(prob[r]) * (col[r] - c - grad[a]);
    }
    if (!hess) return;
    di_blas_serial_enter();
    di_syrk('L', 'T', p, m, 1, scratch, m, 0, hess, p);
    di_blas_serial_leave();
    di_symmetrize('L', p, hess, p);
}

/* ---- statistics given as data */
static int given_stats(const distest_expfam_family *f, const double *x, size_t ld,
                       double *xi, double *base)
{
    *base = 0;
    for (size_t a = 0; a < f->p; a++) {
        xi[a] = x[a * ld];
        if (!isfinite(xi[a])) return 0;
    }
    return 1;
}

/* ---- categorical */
static int categorical_setup(distest_expfam_family *f, distest_context *ctx)
{
    const size_t k = f->ipar[0];
    int status = DISTEST_SUCCESS;
    if (k < 2 || k > 5000)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "The number of levels must be from 2 to 5000, not %zu.", k);
    f->d = 1;
    f->p = k - 1;
    f->usual = k;
    f->finite = 1;
    f->fixed.m = k;
    f->fixed.p = f->p;
    DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.xi, k, k - 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.x, k, 1));
    for (size_t j = 0; j < k - 1; j++)
        for (size_t i = 0; i < k; i++) f->fixed.xi[i + j * k] = i == j + 1;
    for (size_t i = 0; i < k; i++) f->fixed.x[i] = (double)(i + 1);
done:
    return status;
}

static int categorical_stats(const distest_expfam_family *f, const double *x, size_t ld,
                             double *xi, double *base)
{
    (void)ld;
    *base = 0;
    for (size_t j = 0; j < f->p; j++) xi[j] = x[0] == (double)(j + 2);
    return x[0] >= 1 && x[0] <= (double)(f->p + 1) && x[0] == floor(x[0]);
}

static int categorical_mle(const distest_expfam_family *f, const double *mean,
                           double *th, distest_context *ctx)
{
    double first = 1;
    for (size_t j = 0; j < f->p; j++) first -= mean[j];
    for (size_t j = 0; j < f->p; j++)
        if (!(mean[j] > 0))
            return di_fail(ctx, DISTEST_ENOMLE, "mean",
                           "No maximum exists: level %zu was not observed.", j + 2);
    if (!(first > 1e-15))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: level 1 was not observed.");
    for (size_t j = 0; j < f->p; j++) th[j] = log(mean[j] / first);
    return DISTEST_SUCCESS;
}

static void categorical_usual(const distest_expfam_family *f, const double *th,
                              double *par)
{
    double top = 0, sum = 0;
    for (size_t j = 0; j < f->p; j++) top = fmax(top, th[j]);
    par[0] = exp(-top);
    for (size_t j = 0; j < f->p; j++) par[j + 1] = exp(th[j] - top);
    for (size_t j = 0; j <= f->p; j++) sum += par[j];
    for (size_t j = 0; j <= f->p; j++) par[j] /= sum;
}

static int categorical_natural(const distest_expfam_family *f, const double *par,
                               double *th)
{
    for (size_t j = 0; j <= f->p; j++)
        if (!(par[j] > 0 && par[j] < INFINITY)) return 0;
    for (size_t j = 0; j < f->p; j++) th[j] = log(par[j + 1] / par[0]);
    return 1;
}

/* ---- Ising by enumeration */
static int ising_setup(distest_expfam_family *f, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    if (f->nipar < 2 || f->nipar % 2 || f->ipar[1] > 1)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "Settings are the dimension, the coding (0 or 1) and pairs.");
    const size_t d = f->d = f->ipar[0], edges = (f->nipar - 2) / 2, p = d + edges;
    for (size_t e = 0; e < edges; e++)
        if (f->ipar[2 + 2 * e] >= f->ipar[3 + 2 * e] || f->ipar[3 + 2 * e] >= d)
            return di_fail(ctx, DISTEST_EINVAL, "ipar",
                           "Edge %zu is not a pair i < j of the %zu variables.", e + 1,
                           d);
    if (d < 1 || d > 22 || ((size_t)1 << d) * p > MOST_CELLS)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "Enumerating %zu binary variables with %zu statistics needs too "
                       "much memory.",
                       d, p);
    const size_t m = (size_t)1 << d;
    f->p = p;
    f->finite = 1;
    f->fixed.m = m;
    f->fixed.p = p;
    DI_TRY(DI_NEW(ctx, &f->pool, &f->fixed.xi, m, p));
    for (size_t i = 0; i < m; i++) {
        double *xi = f->fixed.xi + i;
        for (size_t k = 0; k < d; k++) {
            const double bit = (double)(i >> k & 1);
            xi[k * m] = f->ipar[1] ? 2 * bit - 1 : bit;
        }
        for (size_t e = 0; e < edges; e++)
            xi[(d + e) * m] = xi[f->ipar[2 + 2 * e] * m] * xi[f->ipar[3 + 2 * e] * m];
    }
done:
    return status;
}

static int ising_stats(const distest_expfam_family *f, const double *x, size_t ld,
                       double *xi, double *base)
{
    const double low = f->ipar[1] ? -1 : 0;
    *base = 0;
    for (size_t k = 0; k < f->d; k++) {
        xi[k] = x[k * ld];
        if (xi[k] != low && xi[k] != 1) return 0;
    }
    for (size_t e = f->d; e < f->p; e++)
        xi[e] = xi[f->ipar[2 + 2 * (e - f->d)]] * xi[f->ipar[3 + 2 * (e - f->d)]];
    return 1;
}

/* ---- log-densities on an interval */
enum { POLYNOMIAL, TRIGONOMETRIC, SPLINE };

void di_expfam_bspline(const distest_expfam_family *f, double x, double *values)
{
    const double a = f->par[0], b = f->par[1], *in = f->par + 2;
    const size_t k = f->npar - 2, count = k + 4;
    size_t cell = 0; /* x lies in knot interval `cell` of k + 1 */
    while (cell < k && x >= in[cell]) cell++;
#define KNOT(i) ((i) < 4 ? a : (i) >= k + 4 ? b : in[(i)-4])
    double N[4] = {1, 0, 0, 0};
    const size_t t = cell + 3;
    for (size_t r = 1; r <= 3; r++) {
        double saved = 0;
        for (size_t j = 0; j < r; j++) {
            const double right = KNOT(t + j + 1) - x, left = x - KNOT(t + 1 + j - r);
            const double q = N[j] / (right + left);
            N[j] = saved + right * q;
            saved = left * q;
        }
        N[r] = saved;
    }
#undef KNOT
    for (size_t i = 0; i < count; i++) values[i] = 0;
    for (size_t r = 0; r < 4; r++) values[cell + r] = N[r];
}

static int interval_stats(const distest_expfam_family *f, const double *x, size_t ld,
                          double *xi, double *base)
{
    const double a = f->par[0], b = f->par[1], v = x[0];
    double values[260];
    (void)ld;
    *base = 0;
    if (!(v >= a && v <= b)) return 0;
    switch (f->row->variant) {
    case POLYNOMIAL:
        xi[0] = v;
        for (size_t k = 1; k < f->p; k++) xi[k] = xi[k - 1] * v;
        break;
    case TRIGONOMETRIC:
        for (size_t k = 0; k < f->p / 2; k++) {
            const double u = 2 * acos(-1) * (double)(k + 1) * (v - a) / (b - a);
            xi[2 * k] = cos(u);
            xi[2 * k + 1] = sin(u);
        }
        break;
    default:
        di_expfam_bspline(f, v, values);
        for (size_t k = 0; k < f->p; k++) xi[k] = values[k + 1];
    }
    return 1;
}

static int interval_setup(distest_expfam_family *f, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const int spline = f->row->variant == SPLINE;
    if (f->npar < 2 || (!spline && (f->npar != 2 || f->nipar != 1)) ||
        (spline && f->nipar != 0))
        return di_fail(ctx, DISTEST_EINVAL, "par", "Settings are lower and upper%s.",
                       spline ? " and the knots" : "; then the degree or order");
    DI_TRY(di_check_finite(ctx, "par", f->npar, f->par));
    if (!(f->par[0] < f->par[1]))
        return di_fail(ctx, DISTEST_EINVAL, "par",
                       "`lower` must be below `upper`; they are %g and %g.", f->par[0],
                       f->par[1]);
    if (spline) {
        if (f->npar > 250)
            return di_fail(ctx, DISTEST_EINVAL, "par",
                           "There are more than 248 knots.");
        DI_TRY(di_check_increasing(ctx, "par", f->npar - 2, f->par + 2));
        if (f->npar > 2 && !(f->par[2] > f->par[0] && f->par[f->npar - 1] < f->par[1]))
            return di_fail(ctx, DISTEST_EINVAL, "par",
                           "Knots must lie inside the interval.");
        f->p = f->npar + 1;
    } else {
        if (f->ipar[0] < 1 || f->ipar[0] > 100)
            return di_fail(ctx, DISTEST_EINVAL, "ipar",
                           "The degree or order must be from 1 to 100, not %zu.",
                           f->ipar[0]);
        f->p = f->row->variant == POLYNOMIAL ? f->ipar[0] : 2 * f->ipar[0];
    }
    f->d = 1;
done:
    return status;
}

int di_expfam_is_polynomial(const distest_expfam_family *f)
{
    return f->row->setup == interval_setup && f->row->variant == POLYNOMIAL;
}

void di_expfam_move_polynomial(size_t p, const double *theta, double c, double h,
                               double *out)
{
    for (size_t j = 1; j <= p; j++) {
        double sum = 0, term = pow(h, (double)j); /* choose(k, j) c^(k - j) h^j */
        for (size_t k = j; k <= p; k++) {
            sum += theta[k - 1] * term;
            term *= c * (double)(k + 1) / (double)(k + 1 - j);
        }
        out[j - 1] = sum;
    }
}

int di_expfam_unit_interval(const distest_expfam_family *f,
                            const distest_sample *sample, distest_expfam_family *g,
                            distest_sample *z, di_pool *pool, distest_context *ctx)
{
    const double c = 0.5 * (f->par[0] + f->par[1]), h = 0.5 * (f->par[1] - f->par[0]);
    double *x = NULL;
    int status = DISTEST_SUCCESS;
    *g = *f;
    DI_TRY(DI_NEW(ctx, pool, &g->par, 2, 1));
    g->par[0] = -1;
    g->par[1] = 1;
    if (sample) {
        DI_TRY(DI_NEW(ctx, pool, &x, sample->n, 1));
        for (size_t i = 0; i < sample->n; i++)
            x[i] = fmin(1, fmax(-1, (sample->x[i] - c) / h));
        *z = (distest_sample){sample->n, 1, x, sample->weights};
    }
done:
    return status;
}

/* `panels` equal panels in each of the spline's cells, 16 points each */
static int interval_mesh(const distest_expfam_family *f, size_t panels, di_pool *pool,
                         di_expfam_nodes *out, distest_context *ctx)
{
    const size_t cells = f->row->variant == SPLINE ? f->npar - 1 : 1;
    const size_t m = cells * panels * 16;
    double gx[16], gw[16], *xi = NULL, base;
    int status = DISTEST_SUCCESS;
    out->m = m;
    out->p = f->p;
    DI_TRY(DI_NEW(ctx, pool, &out->xi, m, f->p));
    DI_TRY(DI_NEW(ctx, pool, &out->logw, m, 1));
    DI_TRY(DI_NEW(ctx, pool, &out->x, m, 1));
    DI_TRY(DI_NEW(ctx, pool, &xi, f->p, 1));
    DI_TRY(di_gauss_legendre(ctx, 16, 0, 1, gx, gw));
    for (size_t c = 0, r = 0; c < cells; c++) {
        const double lo = c == 0 ? f->par[0] : f->par[1 + c];
        const double hi = c + 1 == cells ? f->par[1] : f->par[2 + c];
        const double h = (hi - lo) / (double)panels;
        for (size_t q = 0; q < panels; q++)
            for (size_t i = 0; i < 16; i++, r++) {
                out->x[r] = lo + h * ((double)q + gx[i]);
                out->logw[r] = log(h * gw[i]);
                (void)interval_stats(f, out->x + r, 1, xi, &base);
                for (size_t a = 0; a < f->p; a++) out->xi[r + a * m] = xi[a];
            }
    }
done:
    return status;
}

/* panels are halved until Psi and the means no longer change */
static int interval_nodes(const distest_expfam_family *f, const double *theta,
                          di_pool *pool, di_expfam_nodes *out, distest_context *ctx)
{
    const size_t p = f->p;
    double *prob = NULL, *mean = NULL, *last = NULL, psi = NAN;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &mean, p, 1));
    DI_TRY(DI_NEW(ctx, pool, &last, p, 1));
    for (size_t panels = FIRST_PANELS;; panels *= 2) {
        DI_TRY(interval_mesh(f, panels, pool, out, ctx));
        DI_TRY(DI_NEW(ctx, pool, &prob, out->m, 1));
        const double now = di_expfam_node_prob(out, theta, NULL, prob);
        if (!isfinite(now)) break;
        di_expfam_node_moments(out, NULL, prob, mean, NULL, NULL);
        int same =
            panels > FIRST_PANELS && fabs(now - psi) <= 1e-13 * fmax(1, fabs(now));
        for (size_t a = 0; a < p; a++) {
            same = same && fabs(mean[a] - last[a]) <=
                               1e-13 * fmax(1e-300, fabs(mean[a])) + 1e-15;
            last[a] = mean[a];
        }
        psi = now;
        if (same || panels >= LAST_PANELS) break;
    }
done:
    return status;
}

/* ---- generalised inverse Gaussian: log x, x, 1/x; trapezoid in log x */
static int gig_stats(const distest_expfam_family *f, const double *x, size_t ld,
                     double *xi, double *base)
{
    (void)f, (void)ld;
    if (!(x[0] > 0)) return 0;
    xi[0] = log(x[0]);
    xi[1] = x[0];
    xi[2] = 1 / x[0];
    *base = -xi[0];
    return 1;
}

static int gig_nodes(const distest_expfam_family *f, const double *th, di_pool *pool,
                     di_expfam_nodes *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const double a = -th[1], c = -th[2], l = th[0];
    (void)f;
    out->m = 0;
    /* chi = 0: the gamma law, psi = 0: the inverse gamma */
    if (!(a >= 0 && c >= 0 && (a > 0 || l < 0) && (c > 0 || l > 0) &&
          isfinite(a + c + l)))
        return DISTEST_SUCCESS;
    const double r = sqrt(l * l + 4 * a * c);
    const double y = l > 0 ? (l + r) / (2 * a) : 2 * c / (r - l); /* the mode of e^u */
    const double u0 = log(y), top = l * u0 - a * y - c / y,
                 sd = 1 / sqrt(a * y + c / y);
    const double h = fmin(sd / 1.6, 0.25);
    size_t left = 0, right = 0;
    while (left < MOST_NODES) {
        const double u = u0 - h * (double)++left;
        if (top - (l * u - a * exp(u) - c * exp(-u)) > DROP) break;
    }
    while (right < MOST_NODES) {
        const double u = u0 + h * (double)++right;
        if (top - (l * u - a * exp(u) - c * exp(-u)) > DROP) break;
    }
    const size_t m = left + right + 1;
    if (m > MOST_NODES)
        return di_fail(ctx, DISTEST_ECONV, "theta",
                       "The density has too heavy a tail.");
    DI_TRY(DI_NEW(ctx, pool, &out->xi, m, 3));
    DI_TRY(DI_NEW(ctx, pool, &out->logw, m, 1));
    DI_TRY(DI_NEW(ctx, pool, &out->x, m, 1));
    out->m = m;
    out->p = 3;
    for (size_t i = 0; i < m; i++) {
        const double u = u0 + h * ((double)i - (double)left);
        out->xi[i] = u;
        out->x[i] = out->xi[i + m] = exp(u);
        out->xi[i + 2 * m] = exp(-u);
        out->logw[i] = log(h);
    }
done:
    return status;
}

/* the inverse Gaussian is a member */
static void gig_start(const distest_expfam_family *f, const double *mean, double *th)
{
    const double gap = mean[2] - 1 / mean[1];
    (void)f;
    th[0] = -0.5;
    th[1] = -0.5 / (gap * mean[1] * mean[1]);
    th[2] = -0.5 / gap;
}

/* The family is not steep at the gamma (chi = 0) and inverse gamma laws (psi = 0): the
 * maximum lies there when the data's mean of 1/x, or of x, is at least that law's. */
static int gig_mle(const distest_expfam_family *f, const double *mean, double *th,
                   distest_context *ctx)
{
    double g[2];
    (void)f;
    if (!(mean[2] * mean[1] - 1 > 1e-13))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations are equal.");
    /* with a = shape, b = rate the mean of 1/x is b / (a - 1) */
    int status = di_expfam_gamma_solve(log(mean[1]) - mean[0], mean[1], g, ctx);
    if (status != DISTEST_SUCCESS) return status;
    if (g[0] > 1 && mean[2] * (g[0] - 1) >= -g[1]) {
        th[0] = g[0];
        th[1] = g[1];
        th[2] = 0;
        return DISTEST_SUCCESS;
    }
    status = di_expfam_gamma_solve(log(mean[2]) + mean[0], mean[2], g, ctx);
    if (status != DISTEST_SUCCESS) return status;
    if (g[0] > 1 && mean[1] * (g[0] - 1) >= -g[1]) {
        th[0] = -g[0];
        th[1] = 0;
        th[2] = g[1];
        return DISTEST_SUCCESS;
    }
    return -1;
}

static void gig_usual(const distest_expfam_family *f, const double *th, double *par)
{
    (void)f;
    par[0] = th[0];
    par[1] = -2 * th[2];
    par[2] = -2 * th[1];
}

static int gig_natural(const distest_expfam_family *f, const double *par, double *th)
{
    (void)f;
    th[0] = par[0];
    th[1] = -0.5 * par[2];
    th[2] = -0.5 * par[1];
    return par[1] > 0 && par[2] > 0 && isfinite(par[0] + par[1] + par[2]);
}

/* ---- Conway-Maxwell-Poisson: x, log x!; sums outward from the mode */
static int com_stats(const distest_expfam_family *f, const double *x, size_t ld,
                     double *xi, double *base)
{
    (void)f, (void)ld;
    *base = 0;
    if (!(x[0] >= 0) || fabs(x[0] - nearbyint(x[0])) > 1e-8) return 0;
    xi[0] = nearbyint(x[0]);
    xi[1] = di_lgamma(xi[0] + 1);
    return 1;
}

static int com_nodes(const distest_expfam_family *f, const double *th, di_pool *pool,
                     di_expfam_nodes *out, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    const double nu = -th[1], l = th[0];
    (void)f;
    out->m = 0;
    if (!(nu > 0 || (nu == 0 && l < 0)) || !isfinite(nu + l)) return DISTEST_SUCCESS;
    const double mode = nu > 0 ? floor(exp(fmin(l / nu, 40))) : 0;
    if (mode > MOST_NODES)
        return di_fail(ctx, DISTEST_ECONV, "theta", "The mean is beyond 1e7.");
    const double top = l * mode - nu * di_lgamma(mode + 1);
    double lo = mode, hi = mode;
    while (lo > 0 && top - (l * lo - nu * di_lgamma(lo + 1)) < DROP) lo--;
    while (hi - lo < MOST_NODES && top - (l * hi - nu * di_lgamma(hi + 1)) < DROP) hi++;
    const size_t m = (size_t)(hi - lo) + 1;
    if (m >= MOST_NODES)
        return di_fail(ctx, DISTEST_ECONV, "theta",
                       "The normalising sum needs more than 1e7 terms.");
    DI_TRY(DI_NEW(ctx, pool, &out->xi, m, 2));
    DI_TRY(DI_NEW(ctx, pool, &out->logw, m, 1));
    DI_TRY(DI_NEW(ctx, pool, &out->x, m, 1));
    out->m = m;
    out->p = 2;
    for (size_t i = 0; i < m; i++) {
        out->x[i] = out->xi[i] = lo + (double)i;
        out->xi[i + m] = di_lgamma(lo + (double)i + 1);
        out->logw[i] = 0;
    }
done:
    return status;
}

/* The likelihood is largest at nu = 0, the geometric law, when mean(log x!) is at least
 * its mean there: the family is not steep. */
static int com_mle(const distest_expfam_family *f, const double *mean, double *th,
                   distest_context *ctx)
{
    const double m = mean[0], k = floor(m), q = m / (1 + m);
    const double least =
        di_lgamma(k + 1) + (m - k) * (k >= 0 ? log(k + 1) : 0); /* all in {k, k + 1} */
    (void)f;
    if (!(m > 0))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations equal 0.");
    if (!(mean[1] - least > 1e-12 * fmax(1, mean[1])))
        return di_fail(ctx, DISTEST_ENOMLE, "mean",
                       "No maximum exists: all observations equal %g or %g.", k, k + 1);
    double geometric = 0, term = 1 - q, x = 0, logf = 0;
    while (term * (logf + 1) > 1e-18 && x < MOST_NODES) {
        x++;
        term *= q;
        logf += log(x);
        geometric += term * logf;
    }
    if (mean[1] < geometric) return -1;
    th[0] = log(q);
    th[1] = 0;
    return DISTEST_SUCCESS;
}

static void com_start(const distest_expfam_family *f, const double *mean, double *th)
{
    (void)f;
    th[0] = log(mean[0]);
    th[1] = -1;
}

static void com_usual(const distest_expfam_family *f, const double *th, double *par)
{
    (void)f;
    par[0] = exp(th[0]);
    par[1] = -th[1];
}

static int com_natural(const distest_expfam_family *f, const double *par, double *th)
{
    (void)f;
    th[0] = log(par[0]);
    th[1] = -par[1];
    return par[0] > 0 && isfinite(par[0]) &&
           ((par[1] > 0 && isfinite(par[1])) || (par[1] == 0 && par[0] < 1));
}

const di_expfam_row di_expfam_noded[] = {
    {.name = "nodes",
     .way = EXPFAM_NODES,
     .npar = SIZE_MAX,
     .nipar = SIZE_MAX,
     .stats = given_stats},
    {.name = "categorical",
     .way = EXPFAM_NODES,
     .nipar = 1,
     .setup = categorical_setup,
     .stats = categorical_stats,
     .mle = categorical_mle,
     .to_usual = categorical_usual,
     .from_usual = categorical_natural},
    {.name = "ising",
     .way = EXPFAM_NODES,
     .nipar = SIZE_MAX,
     .setup = ising_setup,
     .stats = ising_stats},
#define INTERVAL(label, kind)                                                          \
    {                                                                                  \
        .name = label, .way = EXPFAM_NODES, .npar = SIZE_MAX, .nipar = SIZE_MAX,       \
        .setup = interval_setup, .stats = interval_stats, .nodes = interval_nodes,     \
        .continuous = 1, .variant = kind                                               \
    }
    INTERVAL("polynomial", POLYNOMIAL),
    INTERVAL("trigonometric", TRIGONOMETRIC),
    INTERVAL("spline", SPLINE),
    {.name = "gig",
     .way = EXPFAM_NODES,
     .p = 3,
     .usual = 3,
     .stats = gig_stats,
     .nodes = gig_nodes,
     .start = gig_start,
     .mle = gig_mle,
     .to_usual = gig_usual,
     .from_usual = gig_natural,
     .continuous = 1},
    {.name = "com_poisson",
     .way = EXPFAM_NODES,
     .p = 2,
     .usual = 2,
     .stats = com_stats,
     .nodes = com_nodes,
     .mle = com_mle,
     .start = com_start,
     .to_usual = com_usual,
     .from_usual = com_natural},
    {.name = NULL},
};
