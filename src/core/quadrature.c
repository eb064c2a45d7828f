/* quadrature.c - Gauss rules, and an adaptive rule for several integrands at once. */
#include "linalg.h"
#include "optim.h"

#include <float.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

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
        status = di_fail(ctx, DISTEST_ENOMEM, NULL,
                         "Memory ran out for a rule of %zu nodes.", n);
    }
    di_gsl_leave();
    return status;
}

/* The orthonormal polynomials of a distribution with mean 1 for the constant,
 *
 *     b_(k+1) p_(k+1)(x) = (x - a_k) p_k(x) - b_k p_(k-1)(x),     p_0 = 1,
 *
 * have as zeros of p_n the eigenvalues of the tridiagonal matrix of a and b (Golub &
 * Welsch 1969). One step of Newton sharpens them: by Christoffel and Darboux
 * b_n p_n' p_(n-1) = sum_(k<n) p_k^2 there, and 1 / that sum is the weight of the node,
 * with all its digits however small it is. */
static int rule_of(distest_context *ctx, size_t n, const double *a, const double *b,
                   double *x, double *w)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *diag = NULL, *off = NULL;
    DI_TRY(DI_NEW(ctx, &pool, &diag, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &off, n, 1));
    memcpy(diag, a, n * sizeof *a);
    memcpy(off, b + 1, (n - 1) * sizeof *b); /* b[0] is not used */
    DI_TRY(di_eigen_tridiag(ctx, n, diag, off, NULL));
    for (size_t i = 0; i < n; i++) {
        x[i] = diag[i];
        for (int sharpened = 0; sharpened < 2; sharpened++) {
            double before = 0, p = 1, sum = 1, above = 0;
            for (size_t k = 0; k < n; k++) {
                above = (x[i] - a[k]) * p - (k ? b[k] * before : 0);
                before = p;
                if (k + 1 == n) break;
                p = above / b[k + 1];
                sum += p * p;
            }
            w[i] = 1 / sum;
            const double step = above * before / sum;
            if (!sharpened && isfinite(step)) x[i] -= step;
        }
    }
done:
    di_pool_free(&pool);
    return status;
}

int di_gauss_hermite(distest_context *ctx, size_t n, double *x, double *w)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *a = NULL, *b = NULL;
    if (n == 0) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &a, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &b, n, 1));
    for (size_t k = 0; k < n; k++) {
        a[k] = 0;
        b[k] = sqrt((double)k);
    }
    DI_TRY(rule_of(ctx, n, a, b, x, w));
done:
    di_pool_free(&pool);
    return status;
}

int di_gauss_laguerre(distest_context *ctx, size_t n, double alpha, double *x,
                      double *w)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *a = NULL, *b = NULL;
    if (n == 0) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &a, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &b, n, 1));
    for (size_t k = 0; k < n; k++) {
        a[k] = 2 * (double)k + alpha + 1;
        b[k] = sqrt((double)k * ((double)k + alpha));
    }
    DI_TRY(rule_of(ctx, n, a, b, x, w));
done:
    di_pool_free(&pool);
    return status;
}

int di_gauss_jacobi(distest_context *ctx, size_t n, double alpha, double beta,
                    double *x, double *w)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *a = NULL, *b = NULL;
    const double both = alpha + beta;
    if (n == 0) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &a, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &b, n, 1));
    for (size_t i = 0; i < n; i++) {
        const double k = (double)i, t = 2 * k + both;
        /* with both = 0 or -1 the general forms are 0 / 0 at k = 0 and 1 */
        a[i] = i == 0 ? (beta - alpha) / (both + 2)
                      : (beta - alpha) * both / (t * (t + 2));
        const double ratio = i == 1 ? 1 : (k + both) / (t - 1);
        b[i] =
            i == 0 ? 0 : 2 / t * sqrt(k * (k + alpha) * (k + beta) * ratio / (t + 1));
    }
    DI_TRY(rule_of(ctx, n, a, b, x, w));
done:
    di_pool_free(&pool);
    return status;
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
        const int narrow = mid == q.left[worst] || mid == q.right[worst];
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
