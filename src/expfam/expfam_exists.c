/* expfam_exists.c - is the mean inside the convex hull of the support? The linear
 * programme
 *
 *     max sum s_m   subject to   z_m'd + s_m <= 0,  0 <= s_m <= 1,   z_m = xi_m - mean,
 *
 * has optimum 0 exactly when it is (in the relative interior). Primal-dual interior
 * points after Mehrotra; they end in the relative interior of the optimal face, so that
 * the points with s = 0 are the smallest face that holds the mean. */
#include "expfam.h"

enum { STEPS = 100 };
static const double TOL = 1e-9, STRICT = 1e-6;

/* Variables: d free, s. Slacks a = -(Z d + s) >= 0, s >= 0, b = 1 - s >= 0 with
 * multipliers y, t, v >= 0. Stationarity: Z'y = 0; y - t + v = 1. */
typedef struct {
    size_t m, p;
    double ridge; /* on the diagonal of H, where statistics depend on each other */
    double *Z, *d, *s, *a, *b, *y, *t, *v;
    double *dd, *ds, *da, *db, *dy, *dt, *dv, *H, *W, *rhs, *zd, *q, *rc[3];
} programme;

/* Newton direction for targets rc = (a y, s t, b v) to be changed by rc */
static int direction(programme *g, int factor)
{
    const size_t m = g->m, p = g->p;
    /* eliminate: dy = (r1 - y da) / a, dt = (r2 - t ds) / s, dv = (r3 + v ds) / b,
     * da = ra - Z dd - ds, and dy - dt + dv = r4 gives ds = (q - (y / a) Z dd) / e */
    for (size_t i = 0; i < m; i++) {
        const double ya = g->y[i] / g->a[i],
                     e = ya + g->t[i] / g->s[i] + g->v[i] / g->b[i];
        const double ra = -(g->zd[i] + g->s[i]) - g->a[i], rb = 1 - g->s[i] - g->b[i];
        const double r4 = 1 - (g->y[i] - g->t[i] + g->v[i]);
        /* dy = r1/a - ya (ra - z - ds); dv = (r3 - v (rb - ds)) / b */
        g->q[i] = r4 - g->rc[0][i] / g->a[i] + ya * ra + g->rc[1][i] / g->s[i] -
                  (g->rc[2][i] - g->v[i] * rb) / g->b[i];
        g->W[i] = sqrt(fmax(ya - ya * ya / e, 0)); /* coefficient of Z dd in dy */
        g->dy[i] =
            g->rc[0][i] / g->a[i] - ya * ra + ya * g->q[i] / e; /* less Z dd part */
    }
    /* Z'(y + dy) = 0 with dy = base + (ya - ya^2/e) Z dd */
    if (factor) {
        for (size_t k = 0; k < p; k++)
            for (size_t i = 0; i < m; i++)
                g->rhs[i + k * m] = g->W[i] * g->Z[i + k * m];
        di_syrk('L', 'T', p, m, 1, g->rhs, m, 0, g->H, p);
        double big = 0;
        for (size_t k = 0; k < p; k++) big = fmax(big, g->H[k * (p + 1)]);
        for (size_t k = 0; k < p; k++) {
            g->H[k * (p + 1)] *= 1 + 1e-13;
            g->H[k * (p + 1)] += g->ridge * (big > 0 ? big : 1);
        }
        if (di_cholesky('L', p, g->H, p, NULL) != DISTEST_SUCCESS) return DISTEST_ESING;
    }
    for (size_t k = 0; k < p; k++) {
        double r = 0;
        for (size_t i = 0; i < m; i++) r -= g->Z[i + k * m] * (g->y[i] + g->dy[i]);
        g->dd[k] = r;
    }
    di_cholesky_solve('L', p, 1, g->H, p, g->dd, p);
    for (size_t i = 0; i < m; i++) {
        double z = 0;
        for (size_t k = 0; k < p; k++) z += g->Z[i + k * m] * g->dd[k];
        const double ya = g->y[i] / g->a[i],
                     e = ya + g->t[i] / g->s[i] + g->v[i] / g->b[i];
        g->ds[i] = (g->q[i] - ya * z) / e;
        g->da[i] = -(g->zd[i] + g->s[i]) - g->a[i] - z - g->ds[i];
        g->db[i] = 1 - g->s[i] - g->b[i] - g->ds[i];
        g->dy[i] = (g->rc[0][i] - g->y[i] * g->da[i]) / g->a[i];
        g->dt[i] = (g->rc[1][i] - g->t[i] * g->ds[i]) / g->s[i];
        g->dv[i] = (g->rc[2][i] - g->v[i] * g->db[i]) / g->b[i];
    }
    return DISTEST_SUCCESS;
}

static double longest(size_t m, const double *x, const double *dx, double t)
{
    for (size_t i = 0; i < m; i++)
        if (dx[i] < 0) t = fmin(t, -x[i] / dx[i]);
    return t;
}

static int solve(programme *g, double *objective, distest_context *ctx)
{
    const size_t m = g->m, p = g->p;
    int status = DISTEST_SUCCESS;
    for (size_t i = 0; i < m; i++) {
        g->s[i] = g->b[i] = 0.5;
        g->a[i] = 1;
        g->y[i] = g->t[i] = g->v[i] = 1;
        g->zd[i] = 0;
    }
    for (size_t k = 0; k < p; k++) g->d[k] = 0;
    for (int it = 0; it < STEPS; it++) {
        double gap = 0, sum = 0, infeasible = 0;
        DI_TRY(di_progress(ctx, (double)it / STEPS, "existence"));
        for (size_t i = 0; i < m; i++) {
            gap += g->a[i] * g->y[i] + g->s[i] * g->t[i] + g->b[i] * g->v[i];
            sum += g->s[i];
            infeasible = fmax(infeasible, fabs(g->zd[i] + g->s[i] + g->a[i]) /
                                              fmax(1, fabs(g->zd[i])));
        }
        const double mu = gap / (3 * (double)m);
        *objective = sum;
        if (mu < TOL * 1e-2 && infeasible < TOL) break;
        for (size_t i = 0; i < m; i++) {
            g->rc[0][i] = -g->a[i] * g->y[i];
            g->rc[1][i] = -g->s[i] * g->t[i];
            g->rc[2][i] = -g->b[i] * g->v[i];
        }
        if (direction(g, 1) != DISTEST_SUCCESS) {
            if (it > 0) break; /* as far as rounding goes */
            g->ridge = 1e-13;  /* dependent statistics: any d along them will do */
            if (direction(g, 1) != DISTEST_SUCCESS) break;
        }
        double tp = longest(m, g->a, g->da, 1), td = longest(m, g->y, g->dy, 1);
        tp = longest(m, g->b, g->db, longest(m, g->s, g->ds, tp));
        td = longest(m, g->v, g->dv, longest(m, g->t, g->dt, td));
        double after = 0;
        for (size_t i = 0; i < m; i++)
            after += (g->a[i] + tp * g->da[i]) * (g->y[i] + td * g->dy[i]) +
                     (g->s[i] + tp * g->ds[i]) * (g->t[i] + td * g->dt[i]) +
                     (g->b[i] + tp * g->db[i]) * (g->v[i] + td * g->dv[i]);
        const double sigma = pow(after / gap, 3), aim = fmax(sigma, 1e-3) * mu;
        for (size_t i = 0; i < m; i++) {
            g->rc[0][i] = aim - g->a[i] * g->y[i] - g->da[i] * g->dy[i];
            g->rc[1][i] = aim - g->s[i] * g->t[i] - g->ds[i] * g->dt[i];
            g->rc[2][i] = aim - g->b[i] * g->v[i] - g->db[i] * g->dv[i];
        }
        (void)direction(g, 0);
        tp = longest(m, g->a, g->da, 1 / 0.995);
        tp = 0.995 * longest(m, g->b, g->db, longest(m, g->s, g->ds, tp));
        td = longest(m, g->y, g->dy, 1 / 0.995);
        td = 0.995 * longest(m, g->v, g->dv, longest(m, g->t, g->dt, td));
        for (size_t k = 0; k < p; k++) g->d[k] += tp * g->dd[k];
        for (size_t i = 0; i < m; i++) {
            g->s[i] += tp * g->ds[i];
            g->a[i] += tp * g->da[i];
            g->b[i] += tp * g->db[i];
            g->y[i] += td * g->dy[i];
            g->t[i] += td * g->dt[i];
            g->v[i] += td * g->dv[i];
            double z = 0;
            for (size_t k = 0; k < p; k++) z += g->Z[i + k * m] * g->d[k];
            g->zd[i] = z;
        }
    }
done:
    return status;
}

int distest_expfam_exists(size_t m, size_t p, const double *xi, const double *mean,
                          int *status_out, double *direction_out, int *face,
                          distest_context *ctx)
{
    programme g = {.m = m, .p = p};
    di_pool pool = {NULL};
    double sum = 0;
    int status = DISTEST_SUCCESS, blas = 0;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "status", status_out));
    DI_TRY(di_check_shape(ctx, "xi", m, p));
    DI_TRY(di_check_finite(ctx, "xi", m * p, xi));
    DI_TRY(di_check_finite(ctx, "mean", p, mean));
    if (m < 1 || p < 1)
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "xi", "There must be points and statistics."));
    double **columns[] = {&g.s,  &g.a,  &g.b,  &g.y,     &g.t,     &g.v,
                          &g.ds, &g.da, &g.db, &g.dy,    &g.dt,    &g.dv,
                          &g.W,  &g.zd, &g.q,  &g.rc[0], &g.rc[1], &g.rc[2]};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        DI_TRY(DI_NEW(ctx, &pool, columns[k], m, 1));
    DI_TRY(DI_NEW(ctx, &pool, &g.Z, m, p));
    DI_TRY(DI_NEW(ctx, &pool, &g.rhs, m, p));
    DI_TRY(DI_NEW(ctx, &pool, &g.d, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &g.dd, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &g.H, p, p));
    for (size_t k = 0; k < p; k++) { /* columns in units of their largest entry */
        double big = 0;
        for (size_t i = 0; i < m; i++) big = fmax(big, fabs(xi[i + k * m] - mean[k]));
        for (size_t i = 0; i < m; i++)
            g.Z[i + k * m] = big > 0 ? (xi[i + k * m] - mean[k]) / big : 0;
    }
    di_blas_serial_enter();
    blas = 1;
    DI_TRY(solve(&g, &sum, ctx));
    size_t away = 0, strict = 0;
    for (size_t i = 0; i < m; i++) {
        strict += g.s[i] > STRICT;
        away += g.s[i] <= STRICT;
    }
    const int where = strict == 0 ? DISTEST_EXPFAM_INTERIOR
                      : away == 0 ? DISTEST_EXPFAM_OUTSIDE
                                  : DISTEST_EXPFAM_FACE;
    for (size_t k = 0; direction_out && k < p; k++) {
        double big = 0;
        for (size_t i = 0; i < m; i++) big = fmax(big, fabs(xi[i + k * m] - mean[k]));
        direction_out[k] =
            where == DISTEST_EXPFAM_INTERIOR || !(big > 0) ? 0 : g.d[k] / big;
    }
    for (size_t i = 0; face && i < m; i++) face[i] = g.s[i] <= STRICT;
    *status_out = where;
done:
    if (blas) di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
