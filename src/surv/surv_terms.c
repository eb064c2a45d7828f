/* surv_terms.c - what one row adds to the log-likelihood, with derivatives in the four
 * linear predictors.
 *
 *     event        log h(t) - H(t) + H(e)            (log(h(t) + b) with a background
 * b) right        -H(t) + H(e) left         log(1 - exp(-H(u)))                as
 * interval (e, u] when e > 0 interval     -H(l) + log(1 - exp(-D)) + H(e),   D = H(u) -
 * H(l), l = max(l, e)
 *
 * and e the time of entry. */
#include "surv.h"

#include <math.h>
#include <string.h>

/* Intervals narrower than this share of their left end are events at their middle: the
 * difference of H at the ends has no digits left. */
static const double NARROW = 1e-5;

/* z = log x and its derivatives in eta_1 and eta_3 */
typedef struct {
    double z, z1, z3, z13, z33;
} coordinate;

static coordinate coordinate_of(int phi_form, double logt, const double *eta)
{
    const double g = exp(eta[GAMMA]);
    if (phi_form == 0) {
        const double z = g * (eta[PHI] + logt);
        return (coordinate){.z = z, .z1 = g, .z3 = z, .z13 = g, .z33 = z};
    }
    return (coordinate){
        .z = eta[PHI] + g * logt, .z1 = 1, .z3 = g * logt, .z33 = g * logt};
}

/* A function Q(z, k) by the chain rule: gradient and Hessian in eta_1, eta_3, eta_4;
 * the entries of eta_2 are set to 0. */
static void chain(const coordinate *c, int deriv, double qz, double qk, double qzz,
                  double qzk, double qkk, double *grad, double *hess)
{
    grad[PHI] = qz * c->z1;
    grad[LAMBDA] = 0;
    grad[GAMMA] = qz * c->z3;
    grad[KAPPA] = qk;
    if (deriv < 2) return;
    hess[0] = qzz * c->z1 * c->z1;
    hess[2] = qzz * c->z1 * c->z3 + qz * c->z13;
    hess[3] = qzk * c->z1;
    hess[7] = qzz * c->z3 * c->z3 + qz * c->z33;
    hess[8] = qzk * c->z3;
    hess[9] = qkk;
    hess[1] = hess[4] = hess[5] = hess[6] = 0;
}

void di_surv_cumhaz(int phi_form, int kernel, double t, const double *eta, int deriv,
                    double *value, double *grad, double *hess)
{
    if (deriv > 0) memset(grad, 0, PARAMETERS * sizeof *grad);
    if (deriv > 1) memset(hess, 0, PAIRS * sizeof *hess);
    *value = 0;
    if (t <= 0 || eta[PHI] == -INFINITY || eta[LAMBDA] == -INFINITY) return;
    di_surv_point p;
    const coordinate c = coordinate_of(phi_form, log(t), eta);
    const double lambda = exp(eta[LAMBDA]);
    di_surv_baseline(kernel, c.z, eta[KAPPA], deriv, &p);
    *value = lambda * p.A;
    if (deriv == 0) return;
    chain(&c, deriv, lambda * p.Az, lambda * p.Ak, lambda * p.Azz, lambda * p.Azk,
          lambda * p.Akk, grad, hess);
    grad[LAMBDA] = *value;
    if (deriv < 2) return;
    for (int j = 0; j < PARAMETERS; j++) hess[DI_SURV_PAIR[LAMBDA][j]] = grad[j];
}

void di_surv_loghaz(int phi_form, int kernel, double t, const double *eta, int deriv,
                    double *value, double *grad, double *hess)
{
    di_surv_point p;
    const double logt = log(t);
    const coordinate c = coordinate_of(phi_form, logt, eta);
    di_surv_baseline(kernel, c.z, eta[KAPPA], deriv, &p);
    *value = eta[LAMBDA] + eta[GAMMA] - logt + p.B;
    if (deriv == 0) return;
    chain(&c, deriv, p.Bz, p.Bk, p.Bzz, p.Bzk, p.Bkk, grad, hess);
    grad[LAMBDA] = 1;
    grad[GAMMA] += 1;
}

static void add(int deriv, double factor, double v, const double *g, const double *h,
                double *value, double *grad, double *hess)
{
    *value += factor * v;
    for (int j = 0; deriv > 0 && j < PARAMETERS; j++) grad[j] += factor * g[j];
    for (int j = 0; deriv > 1 && j < PAIRS; j++) hess[j] += factor * h[j];
}

/* f(v) of a scalar v with derivatives g, h: adds f1 g and f1 h + f2 g g' */
static void compose(int deriv, double f1, double f2, const double *g, const double *h,
                    double *grad, double *hess)
{
    if (f1 == 0 && f2 == 0) return; /* g, h need not be finite then */
    for (int i = 0; deriv > 0 && i < PARAMETERS; i++) grad[i] += f1 * g[i];
    for (int i = 0; deriv > 1 && i < PARAMETERS; i++)
        for (int j = i; j < PARAMETERS; j++) {
            const int ij = DI_SURV_PAIR[i][j];
            hess[ij] += f1 * h[ij] + f2 * g[i] * g[j];
        }
}

/* D = H(u) - H(l) without cancellation, l > 0. */
static double difference(const di_surv_row *row, double l, double u, const double *eta)
{
    const double gamma = exp(eta[GAMMA]), lambda = exp(eta[LAMBDA]);
    const coordinate c = coordinate_of(row->phi_form, log(l), eta);
    const double dz = gamma * log1p((u - l) / l), x = exp(c.z), dx = x * expm1(dz);
    if (row->kernel == DISTEST_SURV_KERNEL_INF) return lambda * exp(x) * expm1(dx);
    if (row->kernel == DISTEST_SURV_KERNEL_M1)
        return lambda * expm1(dz) / (1 + exp(-c.z)) / (1 + exp(c.z + dz));
    const double a = exp(eta[KAPPA]), kappa = expm1(eta[KAPPA]);
    const double dw = log1p(dx / (a + x)), w = di_log1pexp(c.z - eta[KAPPA]);
    double e0, e1, e2;
    di_surv_e(kappa * dw, &e0, &e1, &e2);
    return lambda * a * exp(kappa * w) * dw * e0;
}

/* log(1 - exp(-D)) for D = H(u) - H(l), derivatives from those of H at the ends */
static void add_between(const di_surv_row *row, double l, double u, const double *eta,
                        int deriv, double *value, double *grad, double *hess)
{
    double D, low, g[PARAMETERS], h[PAIRS], gl[PARAMETERS], hl[PAIRS];
    di_surv_cumhaz(row->phi_form, row->kernel, u, eta, deriv, &D, g, h);
    if (l > 0) {
        di_surv_cumhaz(row->phi_form, row->kernel, l, eta, deriv, &low, gl, hl);
        double unused = 0;
        add(deriv, -1, low, gl, hl, &unused, g, h);
        D = difference(row, l, u, eta);
        if (!isfinite(D)) D -= low;
    }
    if (D > 700) return; /* log(1 - 0) */
    *value += D > 0 ? di_log1mexp(D) : -INFINITY;
    const double q = 1 / expm1(D);
    compose(deriv, q, -q * (1 + q), g, h, grad, hess);
}

static void add_event(const di_surv_row *row, double t, const double *eta, int deriv,
                      double *value, double *grad, double *hess)
{
    double v, g[PARAMETERS], h[PAIRS];
    di_surv_loghaz(row->phi_form, row->kernel, t, eta, deriv, &v, g, h);
    if (!(row->bhazard > 0)) {
        add(deriv, 1, v, g, h, value, grad, hess);
        return;
    }
    const double logb = log(row->bhazard), r = 1 / (1 + exp(logb - v));
    *value += di_logaddexp(v, logb);
    compose(deriv, r, r * (1 - r), g, h, grad, hess);
}

static void add_cumhaz(const di_surv_row *row, double sign, double t, const double *eta,
                       int deriv, double *value, double *grad, double *hess)
{
    double v, g[PARAMETERS], h[PAIRS];
    if (!(t > 0)) return;
    di_surv_cumhaz(row->phi_form, row->kernel, t, eta, deriv, &v, g, h);
    add(deriv, sign, v, g, h, value, grad, hess);
}

void di_surv_term(const di_surv_row *row, const double *eta, int deriv, double *value,
                  double *grad, double *hess)
{
    *value = 0;
    if (deriv > 0) memset(grad, 0, PARAMETERS * sizeof *grad);
    if (deriv > 1) memset(hess, 0, PAIRS * sizeof *hess);
    if (row->type == DISTEST_SURV_EVENT || row->type == DISTEST_SURV_RIGHT) {
        add_cumhaz(row, -1, row->lower, eta, deriv, value, grad, hess);
        add_cumhaz(row, 1, row->entry, eta, deriv, value, grad, hess);
        if (row->type == DISTEST_SURV_EVENT)
            add_event(row, row->lower, eta, deriv, value, grad, hess);
        return;
    }
    double l = row->type == DISTEST_SURV_LEFT ? 0 : row->lower;
    if (l < row->entry) l = row->entry;
    const double u = row->upper;
    if (l > 0 && (u - l) / l < NARROW) {
        const double mid = l + 0.5 * (u - l);
        add_cumhaz(row, -1, mid, eta, deriv, value, grad, hess);
        add_event(row, mid, eta, deriv, value, grad, hess);
        *value += log(u - l);
    } else {
        add_cumhaz(row, -1, l, eta, deriv, value, grad, hess);
        add_between(row, l, u, eta, deriv, value, grad, hess);
    }
    add_cumhaz(row, 1, row->entry, eta, deriv, value, grad, hess);
}
