/* surv_baseline.c - the APGW cumulative hazard and log hazard for lambda = 1, with
 * first and second derivatives in z = log x and k = log(kappa + 1).
 *
 *     w = log(1 + x/a),   y = kappa w,   A = H / lambda = a w E0(y),
 *     B = z + (kappa - 1) w,   log h = eta_2 + eta_3 - log t + B,   A_z = exp(B)
 *
 * One form without branches for kappa near 0 and 1, t near 0 and large kappa: nothing
 * is divided by kappa. Kernels for the limits kappa = Inf (A = expm1(x)) and kappa = -1
 * (A = y / (1 + y)). */
#include "surv.h"

#include <math.h>

/* Beyond, 1 + x/a = 1 in double precision for every x that does not overflow exp(x). */
static const double K_INFINITE = 36.7;

/* E2 = sum_m y^m / (m! (m + 3)) for small y, the others by E1 = (e^y - y E2) / 2 and
 * E0 = e^y - y E1; elsewhere the definitions. One exponential either way. */
void di_surv_e(double y, double *e0, double *e1, double *e2)
{
    const double e = exp(y);
    if (fabs(y) < 1) {
        double term = 1, sum = 0;
        for (int m = 0; m < 19; m++) {
            sum += term / (m + 3);
            term *= y / (m + 1);
        }
        *e2 = sum;
        *e1 = 0.5 * (e - y * sum);
        *e0 = e - y * *e1;
    } else {
        *e0 = (e - 1) / y;
        *e1 = (e - *e0) / y;
        *e2 = (e - 2 * *e1) / y;
    }
}

/* kappa = Inf: A = expm1(x), B = z + x */
static void baseline_inf(double z, di_surv_point *p)
{
    const double x = exp(z);
    *p = (di_surv_point){.A = expm1(x), .B = z + x, .Bz = 1 + x, .Bzz = x};
    p->Az = exp(p->B);
    p->Azz = p->Az * p->Bz;
}

/* kappa = -1: A = s(z), B = z - 2 log(1 + e^z), s the logistic function */
static void baseline_m1(double z, di_surv_point *p)
{
    const double s = 1 / (1 + exp(-z)), om = 1 / (1 + exp(z));
    *p = (di_surv_point){.A = s, .Az = s * om, .Azz = s * om * (om - s)};
    p->B = z - 2 * di_log1pexp(z);
    p->Bz = om - s;
    p->Bzz = -2 * s * om;
}

void di_surv_baseline(int kernel, double z, double k, int deriv, di_surv_point *p)
{
    if (kernel == DISTEST_SURV_KERNEL_INF || (kernel == 0 && k > K_INFINITE)) {
        baseline_inf(z, p);
        return;
    }
    if (kernel == DISTEST_SURV_KERNEL_M1) {
        baseline_m1(z, p);
        return;
    }
    const double a = exp(k), kappa = expm1(k), u = z - k;
    const double w = di_log1pexp(u), s = 1 / (1 + exp(-u)), om = 1 / (1 + exp(u));
    double e0, e1, e2;
    di_surv_e(kappa * w, &e0, &e1, &e2);
    *p = (di_surv_point){.A = a * w * e0, .B = z + (kappa - 1) * w};
    if (deriv == 0) return;

    const double c = kappa - 1, aw = a * w;
    p->Az = exp(p->B);
    p->Bz = 1 + c * s;
    p->Bk = aw - c * s;
    p->Ak = p->A - p->Az + aw * aw * e1;
    if (deriv == 1) return;

    p->Bzz = c * s * om;
    p->Bzk = a * s - c * s * om;
    p->Bkk = aw - 2 * a * s + c * s * om;
    p->Azz = p->Az * p->Bz;
    p->Azk = p->Az * p->Bk;
    p->Akk = p->Ak - p->Az * p->Bk + 2 * aw * aw * e1 +
             a * a * (-2 * w * s * e1 + w * w * e2 * (aw - kappa * s));
}

/* Solves A(x) = y; the inverse has the form of A itself, with 1/kappa for kappa. */
double di_surv_inverse(int kernel, double k, double y)
{
    if (kernel == DISTEST_SURV_KERNEL_INF || (kernel == 0 && k > K_INFINITE))
        return log1p(y);
    if (kernel == DISTEST_SURV_KERNEL_M1) return y < 1 ? y / (1 - y) : INFINITY;
    const double a = exp(k), kappa = expm1(k);
    if (kappa == 0) return expm1(y);
    const double t = kappa * y / a;
    return t > -1 ? a * expm1(log1p(t) / kappa) : INFINITY;
}

/* A(Inf): what is left to live through; Inf without a cured fraction */
double di_surv_total(int kernel, double k)
{
    if (kernel == DISTEST_SURV_KERNEL_M1) return 1;
    const double kappa = expm1(k);
    if (kernel == DISTEST_SURV_KERNEL_INF || kappa >= 0) return INFINITY;
    return exp(k) / -kappa;
}

double di_surv_tail(int kernel, const double *eta)
{
    if (kernel == DISTEST_SURV_KERNEL_INF) return INFINITY;
    const double kappa = kernel == DISTEST_SURV_KERNEL_M1 ? -1 : expm1(eta[KAPPA]);
    const double power = exp(eta[GAMMA]) * kappa - 1;
    return fabs(power) < 1e-14 ? 0 : power; /* rounding of the links apart */
}
