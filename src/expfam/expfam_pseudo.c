/* expfam_pseudo.c - starts for models without a log partition.
 *
 * Pseudo-likelihood (Besag 1975): the sum over variables of log densities given the
 * others, each a one-dimensional exponential family in c = sum_j theta_ij z_j on a few
 * points: the levels of a discrete variable, the Gauss-Jacobi rule of Beta(a, b), which
 * is exact to all digits for exp(c x) of moderate c. The sum is concave in theta.
 *
 * Noise-contrastive estimation (Gutmann and Hyvarinen 2012): logistic regression of
 * data against draws from the reference measure, with log odds theta'xi + constant. */
#include "expfam.h"

#include <string.h>

enum { POINTS = 24, ROWS = 512, MOST_LEVELS = 1000 };
static const double RIDGE = 1e-8; /* so that a maximum always exists */

typedef struct {
    const distest_expfam_family *f;
    const distest_sample *s; /* levels and values */
    double total, *z;        /* n x (d + 1), the last column 1 */
    double *at, *logw;       /* points of continuous variables, POINTS each */
    double *R, *A;           /* ROWS x deg; deg x deg */
} pseudo;

/* log sum_s w_s exp(c v_s), its first two derivatives */
static double tilt(size_t m, const double *v, const double *logw, double c, double *d1,
                   double *d2)
{
    double e[MOST_LEVELS], top = -INFINITY, s0 = 0, s1 = 0, s2 = 0;
    for (size_t i = 0; i < m; i++) {
        e[i] = logw[i] + c * v[i];
        top = fmax(top, e[i]);
    }
    for (size_t i = 0; i < m; i++) s0 += e[i] = exp(e[i] - top);
    for (size_t i = 0; i < m; i++) s1 += e[i] * v[i] / s0;
    for (size_t i = 0; i < m; i++) s2 += e[i] * (v[i] - s1) * (v[i] - s1) / s0;
    *d1 = s1;
    *d2 = s2;
    return top + log(s0);
}

/* of variable v in rows i0 ...: adds to value, grad and H */
static void one_variable(const pseudo *q, size_t v, size_t i0, size_t rows,
                         const double *theta, int deriv, double *value, double *grad,
                         double *H)
{
    const di_expfam_pairs *w = q->f->pairs;
    const size_t n = q->s->n, p = q->f->p, from = w->start[v],
                 deg = w->start[v + 1] - from;
    const int cont = v < w->nc;
    const size_t first = cont ? v * POINTS : w->first[v - w->nc];
    const size_t m = cont ? POINTS : w->levels[v - w->nc];
    const double *points = (cont ? q->at : w->score) + first,
                 *logw = (cont ? q->logw : w->logprob) + first;
    for (size_t i = 0; i < rows; i++) {
        const double u = (q->s->weights ? q->s->weights[i0 + i] : 1) / q->total;
        double c = 0, d1, d2;
        for (size_t e = 0; e < deg; e++)
            c += theta[w->term[from + e]] * q->z[i0 + i + w->other[from + e] * n];
        const double z = q->z[i0 + i + v * n], k = tilt(m, points, logw, c, &d1, &d2);
        *value += u * (k - c * z);
        for (size_t e = 0; deriv && e < deg; e++) {
            const double x = q->z[i0 + i + w->other[from + e] * n];
            grad[w->term[from + e]] += u * (d1 - z) * x;
            q->R[i + e * ROWS] = sqrt(u * d2) * x;
        }
    }
    if (deriv < 2 || deg == 0) return;
    di_syrk('L', 'T', deg, rows, 1, q->R, ROWS, 0, q->A, deg);
    di_symmetrize('L', deg, q->A, deg);
    for (size_t a = 0; a < deg; a++)
        for (size_t b = 0; b < deg; b++)
            H[w->term[from + a] + w->term[from + b] * p] += q->A[a + b * deg];
}

static int objective(const double *theta, int deriv, double *f, double *g, double *H,
                     void *data)
{
    const pseudo *q = data;
    const size_t p = q->f->p, n = q->s->n;
    *f = 0;
    if (deriv) memset(g, 0, p * sizeof *g);
    if (deriv > 1) memset(H, 0, p * p * sizeof *H);
    for (size_t i0 = 0; i0 < n; i0 += ROWS)
        for (size_t v = 0; v < q->f->d; v++)
            one_variable(q, v, i0, n - i0 < ROWS ? n - i0 : ROWS, theta, deriv, f, g,
                         H);
    for (size_t a = 0; a < p; a++) {
        *f += 0.5 * RIDGE * theta[a] * theta[a];
        if (deriv) g[a] += RIDGE * theta[a];
        if (deriv > 1) H[a * (p + 1)] += RIDGE;
    }
    return DISTEST_SUCCESS;
}

static int pseudo_points(pseudo *q, di_pool *pool, distest_context *ctx)
{
    const di_expfam_pairs *w = q->f->pairs;
    double x[POINTS], u[POINTS];
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &q->at, w->nc, POINTS));
    DI_TRY(DI_NEW(ctx, pool, &q->logw, w->nc, POINTS));
    for (size_t v = 0; v < w->nc; v++) {
        DI_TRY(di_gauss_jacobi(ctx, POINTS, w->b[v] - 1, w->a[v] - 1, x, u));
        for (size_t i = 0; i < POINTS; i++) {
            q->at[i + v * POINTS] = 0.5 * (1 + x[i]);
            q->logw[i + v * POINTS] = u[i] > 0 ? log(u[i]) : -745;
        }
    }
done:
    return status;
}

int distest_expfam_fit_pseudo(const distest_expfam_family *family,
                              const distest_sample *sample, double *theta,
                              distest_context *ctx)
{
    pseudo q = {.f = family, .s = sample};
    di_pool pool = {NULL};
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result result;
    double *t = NULL, *xi = NULL;
    int status = DISTEST_SUCCESS, blas = 0;

    di_begin(ctx);
    if (!family->pairs)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "family",
                       "Pseudo-likelihood is for pairwise models."));
    DI_TRY(di_check_sample(ctx, sample));
    const size_t n = sample->n, d = family->d, p = family->p;
    const di_expfam_pairs *w = family->pairs;
    DI_TRY(DI_NEW(ctx, &pool, &xi, n, p));
    DI_TRY(distest_expfam_stats(family, sample, xi, NULL, ctx)); /* checks the data */
    DI_TRY(DI_NEW(ctx, &pool, &q.z, n, d + 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.R, ROWS, p + 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.A, p, p));
    DI_TRY(DI_NEW(ctx, &pool, &t, p, 1));
    DI_TRY(pseudo_points(&q, &pool, ctx));
    for (size_t i = 0; i < n; i++) {
        for (size_t v = 0; v < d; v++) {
            const double x = sample->x[i + v * n];
            q.z[i + v * n] =
                v < w->nc ? x : w->score[w->first[v - w->nc] + (size_t)x - 1];
        }
        q.z[i + d * n] = 1;
        q.total += sample->weights ? sample->weights[i] : 1;
    }
    for (size_t a = 0; a < p; a++) t[a] = 0;
    opts.max_radius = 1e4;
    opts.radius = 10;
    di_blas_serial_enter();
    blas = 1;
    DI_TRY(di_newton(ctx, p, t, NULL, NULL, objective, &q, &opts, &result));
    memcpy(theta, t, p * sizeof *theta);
done:
    if (blas) di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}

/* ---- noise-contrastive estimation */
typedef struct {
    size_t p, rows[2];
    const double *xi[2], *w[2]; /* data, noise */
    const double *centre, *scale;
    double total[2], ratio; /* noise per datum */
    double *R;
} contrast;

static int nce_objective(const double *x, int deriv, double *f, double *g, double *H,
                         void *data)
{
    const contrast *q = data;
    const size_t p = q->p, P = p + 1;
    *f = 0;
    if (deriv) memset(g, 0, P * sizeof *g);
    if (deriv > 1) memset(H, 0, P * P * sizeof *H);
    for (int side = 0; side < 2; side++) {
        const size_t n = q->rows[side];
        for (size_t i0 = 0; i0 < n; i0 += ROWS) {
            const size_t rows = n - i0 < ROWS ? n - i0 : ROWS;
            for (size_t i = 0; i < rows; i++) {
                double a = x[p] - log(q->ratio);
                for (size_t k = 0; k < p; k++) {
                    q->R[i + k * ROWS] =
                        (q->xi[side][i0 + i + k * n] - q->centre[k]) / q->scale[k];
                    a += x[k] * q->R[i + k * ROWS];
                }
                const double u = (q->w[side] ? q->w[side][i0 + i] : 1) /
                                 q->total[side] * (side ? q->ratio : 1);
                const double prob = 1 / (1 + exp(-a));
                *f += u * di_log1pexp(side ? a : -a);
                const double slope = u * (side ? prob : prob - 1),
                             root = sqrt(u * prob * (1 - prob));
                for (size_t k = 0; deriv && k < p; k++) {
                    g[k] += slope * q->R[i + k * ROWS];
                    q->R[i + k * ROWS] *= root;
                }
                if (deriv) g[p] += slope;
                q->R[i + p * ROWS] = root;
            }
            if (deriv > 1) di_syrk('L', 'T', P, rows, 1, q->R, ROWS, 1, H, P);
        }
    }
    if (deriv > 1) di_symmetrize('L', P, H, P);
    return DISTEST_SUCCESS;
}

int distest_expfam_fit_nce(size_t n, size_t p, const double *xi, const double *weights,
                           size_t m, const double *noise, const double *noise_weights,
                           double *theta, double *psi, distest_context *ctx)
{
    contrast q = {
        .p = p, .rows = {n, m}, .xi = {xi, noise}, .w = {weights, noise_weights}};
    di_pool pool = {NULL};
    di_newton_opts opts = di_newton_opts_default();
    di_newton_result result;
    double *t = NULL, *centre = NULL, *scale = NULL;
    int status = DISTEST_SUCCESS, blas = 0;

    di_begin(ctx);
    DI_TRY(di_check_shape(ctx, "xi", n, p));
    DI_TRY(di_check_shape(ctx, "noise", m, p));
    if (n < 1 || m < 1 || p < 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "xi",
                       "There must be data, noise and statistics."));
    DI_TRY(di_check_finite(ctx, "xi", n * p, xi));
    DI_TRY(di_check_finite(ctx, "noise", m * p, noise));
    DI_TRY(di_check_weights(ctx, "weights", n, weights));
    DI_TRY(di_check_weights(ctx, "noise_weights", m, noise_weights));
    DI_TRY(DI_NEW(ctx, &pool, &t, p + 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &centre, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &scale, p, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.R, ROWS, p + 1));
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < q.rows[side]; i++)
            q.total[side] += q.w[side] ? q.w[side][i] : 1;
    }
    q.ratio = fmax((double)m / (double)n, 1e-6);
    q.centre = centre;
    q.scale = scale;
    for (size_t k = 0; k < p; k++) {
        double s = 0, ss = 0;
        const double shift = noise[k * m];
        for (size_t i = 0; i < m; i++) {
            s += (noise[i + k * m] - shift) / (double)m;
            ss += (noise[i + k * m] - shift) * (noise[i + k * m] - shift) / (double)m;
        }
        centre[k] = shift + s;
        scale[k] = sqrt(ss - s * s);
        if (!(scale[k] > 0))
            DI_TRY(di_fail(ctx, DISTEST_ESING, "noise",
                           "Statistic %zu is constant in the noise.", k + 1));
        t[k] = 0;
    }
    t[p] = 0;
    opts.max_radius = 1e3;
    di_blas_serial_enter();
    blas = 1;
    DI_TRY(di_newton(ctx, p + 1, t, NULL, NULL, nce_objective, &q, &opts, &result));
    if (!result.converged || result.f < 1e-5) /* no doubt is left anywhere */
        DI_TRY(di_fail(ctx, DISTEST_ENOMLE, "xi",
                       "Data and noise can be told apart without error along some "
                       "direction: no maximum exists."));
    *psi = -t[p];
    for (size_t k = 0; k < p; k++) {
        theta[k] = t[k] / scale[k];
        *psi += theta[k] * centre[k];
    }
done:
    if (blas) di_blas_serial_leave();
    di_pool_free(&pool);
    return status;
}
