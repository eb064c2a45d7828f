/* expfam_gauss_mle.c - parameters of Gaussian models from moments and from data. */
#include "expfam_gauss.h"

/* theta from mean and covariance C (destroyed) */
static int from_moments(const distest_expfam_family *f, const double *mean, double *C,
                        double *th)
{
    const size_t d = f->d, l = di_expfam_gauss_linear(f),
                 q = di_expfam_gauss_quadratic(f);
    if (di_cholesky('L', d, C, d, NULL) != DISTEST_SUCCESS) return 0;
    for (size_t i = 0; i < l; i++) th[i] = mean[i];
    if (l) di_cholesky_solve('L', d, 1, C, d, th, d);
    if (di_cholesky_inverse('L', d, C, d) != DISTEST_SUCCESS) return 0;
    for (size_t a = 0; a < q; a++) {
        size_t i = 0, j = 0;
        if (di_expfam_gauss_structure(f) != SPHERICAL)
            di_expfam_gauss_pair(f, a, &i, &j);
        th[l + a] = i == j ? -0.5 * C[i * (d + 1)] : -C[i + j * d];
    }
    return 1;
}

static int not_definite(distest_context *ctx)
{
    return di_fail(ctx, DISTEST_ENOMLE, "mean",
                   "No maximum exists: the covariance of the observations is singular "
                   "(all equal, too few, or on a plane).");
}

/* the covariance the structure allows, from a full one: S becomes what is inverted */
static void restrict_cov(const distest_expfam_family *f, double *S)
{
    const size_t d = f->d;
    double mean = 0;
    for (size_t i = 0; i < d; i++) mean += S[i * (d + 1)] / (double)d;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            if (i != j && di_expfam_gauss_structure(f) != FULL)
                S[i + j * d] = 0;
            else if (i == j && di_expfam_gauss_structure(f) == SPHERICAL)
                S[i * (d + 1)] = mean;
}

/* theta, or ENOMLE: relative to the diagonal, what is left after elimination must be
 * more than noise. S is destroyed. */
static int finish(const distest_expfam_family *f, const double *mu, double *S,
                  double *th, di_pool *pool, distest_context *ctx)
{
    const size_t d = f->d;
    double *L = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &L, d, d));
    for (size_t i = 0; i < d * d; i++) L[i] = S[i];
    int ok = di_cholesky('L', d, L, d, NULL) == DISTEST_SUCCESS;
    for (size_t i = 0; i < d && ok; i++)
        ok = L[i * (d + 1)] * L[i * (d + 1)] > 1e-13 * S[i * (d + 1)];
    if (!ok || !from_moments(f, mu, S, th)) DI_TRY(not_definite(ctx));
done:
    return status;
}

int di_expfam_gauss_mle(const distest_expfam_family *f, const double *mean, double *th,
                        distest_context *ctx)
{
    const size_t d = f->d, l = di_expfam_gauss_linear(f);
    di_pool pool = {NULL};
    double *S = NULL, *mu = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &S, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &mu, d, 1));
    for (size_t i = 0; i < d * d; i++) S[i] = 0;
    for (size_t i = 0; i < d; i++) mu[i] = l ? mean[i] : 0;
    for (size_t a = 0; a + l < f->p; a++) {
        size_t i, j;
        if (di_expfam_gauss_structure(f) == SPHERICAL) {
            double v = mean[l];
            for (size_t k = 0; k < d; k++) v -= mu[k] * mu[k];
            for (size_t k = 0; k < d; k++) S[k * (d + 1)] = v / (double)d;
            break;
        }
        di_expfam_gauss_pair(f, a, &i, &j);
        S[i + j * d] = S[j + i * d] = mean[l + a] - mu[i] * mu[j];
    }
    restrict_cov(f, S);
    DI_TRY(finish(f, mu, S, th, &pool, ctx));
done:
    di_pool_free(&pool);
    return status;
}

/* mean, then covariance about it: no digits are lost far from the origin */
int di_expfam_gauss_data(const distest_expfam_family *f, const distest_sample *s,
                         const double *mean_xi, double *th, distest_context *ctx)
{
    (void)mean_xi;
    const size_t d = f->d, l = di_expfam_gauss_linear(f);
    const int logarithm = f->nipar == 0 && f->row->variant == 1;
    di_pool pool = {NULL};
    double *S = NULL, *mu = NULL, *z = NULL, n = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &S, d, d));
    DI_TRY(DI_NEW(ctx, &pool, &mu, d, 1));
    DI_TRY(DI_NEW(ctx, &pool, &z, s->n, d));
    for (size_t i = 0; i < s->n * d; i++) z[i] = logarithm ? log(s->x[i]) : s->x[i];
    for (size_t k = 0; k < d; k++) {
        double *c = z + k * s->n, sum = 0, left = 0;
        n = 0;
        for (size_t i = 0; i < s->n; i++) {
            const double w = s->weights ? s->weights[i] : 1;
            sum += w * (c[i] - c[0]);
            n += w;
        }
        mu[k] = l ? c[0] + sum / n : f->par[k];
        for (size_t i = 0; i < s->n; i++) {
            c[i] -= mu[k];
            left += (s->weights ? s->weights[i] : 1) * c[i];
        }
        for (size_t i = 0; l && i < s->n; i++) c[i] -= left / n;
        if (l) mu[k] += left / n;
        for (size_t j = 0; j <= k; j++) {
            double v = 0;
            for (size_t i = 0; i < s->n; i++)
                v += (s->weights ? s->weights[i] : 1) * c[i] * z[i + j * s->n];
            S[k + j * d] = S[j + k * d] = v / n;
        }
    }
    restrict_cov(f, S);
    for (size_t k = 0; k < d; k++)
        if (!(S[k * (d + 1)] > 1e-30 * mu[k] * mu[k])) DI_TRY(not_definite(ctx));
    DI_TRY(finish(f, mu, S, th, &pool, ctx));
done:
    di_pool_free(&pool);
    return status;
}

/* independent variables with the right variances */
void di_expfam_graph_start(const distest_expfam_family *f, const double *mean,
                           double *th)
{
    const size_t d = f->d, l = di_expfam_gauss_linear(f);
    for (size_t a = 0; a < f->p; a++) th[a] = 0;
    for (size_t i = 0; i < d; i++) {
        const double mu = l ? mean[i] : 0, v = mean[l + i] - mu * mu;
        th[l + i] = v > 0 ? -0.5 / v : NAN;
        if (l) th[i] = mu / v;
    }
}

int di_expfam_gauss_natural(const distest_expfam_family *f, const double *par,
                            double *th)
{
    const size_t d = f->d;
    int ok = -1;
    di_pool pool = {NULL};
    double *C = NULL;
    if (f->nipar == 0) {
        const double v = f->row->variant == 1 ? par[1] * par[1] : par[1];
        th[0] = par[0] / v;
        th[1] = -0.5 / v;
        return par[1] > 0 && isfinite(par[0] + v);
    }
    if (DI_NEW(NULL, &pool, &C, d, d) == DISTEST_SUCCESS) {
        for (size_t i = 0; i < d * d; i++) C[i] = par[d + i];
        if (di_expfam_gauss_structure(f) != GRAPH) restrict_cov(f, C);
        ok = from_moments(f, par, C, th);
    }
    di_pool_free(&pool);
    return ok;
}
