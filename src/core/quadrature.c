/* quadrature.c - Gauss rules, by GSL, and an adaptive rule for several integrands at
 * once. */
#include "optim.h"

#include <float.h>
#include <gsl/gsl_integration.h>
#include <math.h>

int di_gauss_legendre(distest_context *ctx, size_t n, double a, double b, double *x,
                      double *w)
{
    int status = DISTEST_SUCCESS;
    if (n == 0) return DISTEST_SUCCESS;
    di_gsl_enter();
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(n);
    if (table) {
        for (size_t i = 0; i < n; i++)
            (void)gsl_integration_glfixed_point(a, b, i, &x[i], &w[i], table);
        gsl_integration_glfixed_table_free(table);
    } else {
        status =
            di_fail(ctx, DISTEST_ENOMEM, NULL, "no memory for a rule of %zu nodes", n);
    }
    di_gsl_leave();
    return status;
}

/* One of GSL's rules, with its weights scaled to sum to 1. */
static int fixed_rule(distest_context *ctx, const gsl_integration_fixed_type *type,
                      size_t n, double a, double b, double alpha, double beta,
                      double *x, double *w)
{
    int status = DISTEST_SUCCESS;
    double total = 0;
    if (n == 0) return DISTEST_SUCCESS;
    di_gsl_enter();
    gsl_integration_fixed_workspace *rule =
        gsl_integration_fixed_alloc(type, n, a, b, alpha, beta);
    if (rule) {
        const double *nodes = gsl_integration_fixed_nodes(rule);
        const double *weights = gsl_integration_fixed_weights(rule);
        for (size_t i = 0; i < n; i++) total += weights[i];
        for (size_t i = 0; i < n; i++) {
            x[i] = nodes[i];
            w[i] = weights[i] / total;
        }
        gsl_integration_fixed_free(rule);
    } else {
        status =
            di_fail(ctx, DISTEST_ENOMEM, NULL, "no memory for a rule of %zu nodes", n);
    }
    di_gsl_leave();
    return status;
}

int di_gauss_hermite(distest_context *ctx, size_t n, double *x, double *w)
{
    return fixed_rule(ctx, gsl_integration_fixed_hermite, n, 0, 0.5, 0, 0, x, w);
}

int di_gauss_laguerre(distest_context *ctx, size_t n, double alpha, double *x,
                      double *w)
{
    return fixed_rule(ctx, gsl_integration_fixed_laguerre, n, 0, 1, alpha, 0, x, w);
}

int di_gauss_jacobi(distest_context *ctx, size_t n, double alpha, double beta,
                    double *x, double *w)
{
    return fixed_rule(ctx, gsl_integration_fixed_jacobi, n, -1, 1, alpha, beta, x, w);
}

/* Gauss-Kronrod 7-15 on (-1, 1): Kronrod's nodes and weights, and Gauss's weights of
 * nodes 1, 3, 5, 7. */
enum { HALF = 8, POINTS = 15, MOST = 512 };
static const double NODE[HALF] = {
    0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
    0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
    0.586087235467691130294144691693013, 0.405845151377397166906606412076961,
    0.207784955007898467600689403773245, 0};
static const double KRONROD[HALF] = {
    0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
    0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
    0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
    0.204432940075298892414161999234649, 0.209482141084727828012999174891714};
static const double GAUSS[4] = {
    0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
    0.381830050505118944950369775488975, 0.417959183673469387755102040816327};

typedef struct {
    size_t len, count;
    double *left, *right;  /* of the intervals */
    double *value, *error; /* count x len, interval by interval */
    double *f;             /* POINTS x len */
    di_integrand_fn fn;
    void *data;
} integral;

/* QUADPACK's error: |K - G| scaled by the variation of f over the interval. */
static double error_of(double difference, double variation, double size)
{
    double err = fabs(difference);
    if (variation != 0 && err != 0)
        err = variation * fmin(1, pow(200 * err / variation, 1.5));
    if (size > DBL_MIN / (50 * DBL_EPSILON)) err = fmax(err, 50 * DBL_EPSILON * size);
    return err;
}

static void evaluate(integral *q, size_t which)
{
    const double mid = 0.5 * (q->left[which] + q->right[which]);
    const double half = 0.5 * (q->right[which] - q->left[which]);
    const size_t len = q->len;
    for (size_t p = 0; p < POINTS; p++) {
        const double node = p < HALF ? -NODE[p] : NODE[POINTS - 1 - p];
        q->fn(mid + half * node, q->f + p * len, q->data);
    }
    for (size_t j = 0; j < len; j++) {
        double k = 0, g = 0, size = 0, variation = 0;
        for (size_t p = 0; p < POINTS; p++) {
            const size_t m = p < HALF ? p : POINTS - 1 - p;
            const double f = q->f[p * len + j];
            k += KRONROD[m] * f;
            size += KRONROD[m] * fabs(f);
            if (m % 2) g += GAUSS[m / 2] * f;
        }
        for (size_t p = 0; p < POINTS; p++) {
            const size_t m = p < HALF ? p : POINTS - 1 - p;
            variation += KRONROD[m] * fabs(q->f[p * len + j] - 0.5 * k);
        }
        q->value[which * len + j] = k * half;
        q->error[which * len + j] =
            error_of((k - g) * half, variation * fabs(half), size * fabs(half));
    }
}

/* Sums over the intervals; returns the interval that is furthest from its share, or
 * count when every component is good enough. */
static size_t add_up(const integral *q, double abs_tol, double rel_tol, double *value,
                     double *error)
{
    size_t worst = q->count;
    double most = 0;
    int good = 1;
    for (size_t j = 0; j < q->len; j++) {
        value[j] = error[j] = 0;
        for (size_t i = 0; i < q->count; i++) {
            value[j] += q->value[i * q->len + j];
            error[j] += q->error[i * q->len + j];
        }
    }
    for (size_t j = 0; j < q->len; j++) {
        const double tol = fmax(abs_tol, rel_tol * fabs(value[j]));
        if (error[j] <= tol) continue;
        good = 0;
        for (size_t i = 0; i < q->count; i++) {
            const double share = q->error[i * q->len + j] / (tol > 0 ? tol : DBL_MIN);
            if (share > most || isnan(share)) {
                most = share;
                worst = i;
            }
        }
    }
    return good ? q->count : worst;
}

int di_integrate(distest_context *ctx, double a, double b, size_t k,
                 const double *points, double abs_tol, double rel_tol, size_t len,
                 di_integrand_fn fn, void *data, double *value, double *error)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    integral q = {.len = len, .fn = fn, .data = data};
    const size_t most = MOST + k;
    DI_TRY(DI_NEW(ctx, &pool, &q.left, most, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.right, most, 1));
    DI_TRY(DI_NEW(ctx, &pool, &q.value, most, len));
    DI_TRY(DI_NEW(ctx, &pool, &q.error, most, len));
    DI_TRY(DI_NEW(ctx, &pool, &q.f, POINTS, len));
    for (size_t i = 0; i <= k; i++) {
        q.left[i] = i == 0 ? a : points[i - 1];
        q.right[i] = i == k ? b : points[i];
        evaluate(&q, q.count++);
    }
    for (;;) {
        const size_t worst = add_up(&q, abs_tol, rel_tol, value, error);
        if (worst == q.count) break;
        const double mid = 0.5 * (q.left[worst] + q.right[worst]);
        const int narrow = !(q.left[worst] < mid && mid < q.right[worst]);
        if (q.count == most || narrow) {
            status = di_fail(ctx, DISTEST_ECONV, NULL,
                             "The integral over (%g, %g) did not converge.", a, b);
            break;
        }
        q.left[q.count] = mid;
        q.right[q.count] = q.right[worst];
        q.right[worst] = mid;
        evaluate(&q, worst);
        evaluate(&q, q.count++);
    }
done:
    di_pool_free(&pool);
    return status;
}
