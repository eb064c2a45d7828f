/* expfam_interval.c - log-densities on an interval by Gauss-Legendre panels. */
#include "expfam.h"

enum { FIRST_PANELS = 8, LAST_PANELS = 512 };

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
        double now;
        DI_TRY(di_expfam_node_prob(out, theta, NULL, prob, &now, -1, ctx));
        if (!isfinite(now)) break;
        DI_TRY(di_expfam_node_moments(out, NULL, prob, mean, NULL, -1, ctx));
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

const di_expfam_row di_expfam_interval[] = {
#define INTERVAL(label, kind)                                                          \
    {                                                                                  \
        .name = label, .way = EXPFAM_NODES, .npar = SIZE_MAX, .nipar = SIZE_MAX,       \
        .setup = interval_setup, .stats = interval_stats, .nodes = interval_nodes,     \
        .continuous = 1, .variant = kind                                               \
    }
    INTERVAL("polynomial", POLYNOMIAL),
    INTERVAL("trigonometric", TRIGONOMETRIC),
    INTERVAL("spline", SPLINE),
    {.name = NULL},
};
