/* root.c - roots and minima of functions of one variable, inside a bracket.
 *
 * Brent, R. (1973), Algorithms for Minimization without Derivatives: zeroin and
 * localmin. A value that is NaN ends the search with ECONV. */
#include "optim.h"

#include <float.h>
#include <math.h>

enum { MOST_STEPS = 500 };

static int same_side(double a, double b)
{
    return (a > 0 && b > 0) || (a < 0 && b < 0);
}

/* The secant or inverse quadratic step p / q from b; 0 / 1 says bisect. */
static void interpolate(double a, double b, double c, double fa, double fb, double fc,
                        double *p, double *q)
{
    const double s = fb / fa, half = 0.5 * (c - b);
    if (a == c) {
        *p = 2 * half * s;
        *q = 1 - s;
    } else {
        const double r = fb / fc, t = fa / fc;
        *p = s * (2 * half * t * (t - r) - (b - a) * (r - 1));
        *q = (t - 1) * (r - 1) * (s - 1);
    }
    if (*p > 0)
        *q = -*q;
    else
        *p = -*p;
}

int di_root(double low, double high, double tol, di_scalar_fn f, void *data, double *x)
{
    double a = low, b = high, fa = f(a, data), fb = f(b, data);
    double c = a, fc = fa, d = b - a, e = d; /* [b, c] brackets, b is the best */
    if (isnan(fa) || isnan(fb)) return DISTEST_ECONV;
    if (same_side(fa, fb)) return DISTEST_EINVAL;
    for (int step = 0; step < MOST_STEPS; step++) {
        if (same_side(fb, fc)) {
            c = a;
            fc = fa;
            d = e = b - a;
        }
        if (fabs(fc) < fabs(fb)) {
            a = b, b = c, c = a;
            fa = fb, fb = fc, fc = fa;
        }
        const double near = 2 * DBL_EPSILON * fabs(b) + 0.5 * tol, half = 0.5 * (c - b);
        if (fabs(half) <= near || fb == 0) {
            *x = b;
            return DISTEST_SUCCESS;
        }
        double p = 0, q = 1;
        if (fabs(e) >= near && fabs(fa) > fabs(fb) && isfinite(fa))
            interpolate(a, b, c, fa, fb, fc, &p, &q);
        if (p > 0 && 2 * p < 3 * half * q - fabs(near * q) && p < fabs(0.5 * e * q)) {
            e = d;
            d = p / q;
        } else {
            d = e = half;
        }
        a = b;
        fa = fb;
        b += fabs(d) > near ? d : (half > 0 ? near : -near);
        fb = f(b, data);
        if (isnan(fb)) return DISTEST_ECONV;
    }
    return DISTEST_ECONV;
}

int di_root_newton(double low, double high, double tol, di_scalar_deriv_fn f,
                   void *data, double *x)
{
    double slope, a = low, b = high;
    const double fa = f(a, &slope, data), fb = f(b, &slope, data);
    if (isnan(fa) || isnan(fb)) return DISTEST_ECONV;
    if (fa == 0 || fb == 0) {
        *x = fa == 0 ? a : b;
        return DISTEST_SUCCESS;
    }
    if (same_side(fa, fb)) return DISTEST_EINVAL;
    double t = 0.5 * (a + b), width = fabs(b - a), before = width;
    for (int step = 0; step < MOST_STEPS; step++) {
        const double ft = f(t, &slope, data);
        if (isnan(ft)) return DISTEST_ECONV;
        if (ft == 0) break;
        if (same_side(ft, fa))
            a = t;
        else
            b = t;
        const double newton = t - ft / slope;
        const int inside = (newton - a) * (newton - b) < 0;
        const double next =
            inside && fabs(newton - t) < 0.5 * before ? newton : 0.5 * (a + b);
        before = width;
        width = fabs(next - t);
        t = next;
        if (width <= tol + 4 * DBL_EPSILON * fabs(t)) break;
        if (step + 1 == MOST_STEPS) return DISTEST_ECONV;
    }
    *x = t;
    return DISTEST_SUCCESS;
}

int di_minimize(double low, double high, double tol, di_scalar_fn f, void *data,
                double *x)
{
    static const double GOLD = 0.38196601125010515180; /* (3 - sqrt 5) / 2 */
    double a = low, b = high, v = a + GOLD * (b - a), w = v, t = v, d = 0, e = 0;
    double ft = f(t, data), fv = ft, fw = ft;
    if (isnan(ft) || !(a <= b)) return isnan(ft) ? DISTEST_ECONV : DISTEST_EINVAL;
    for (int step = 0; step < MOST_STEPS; step++) {
        const double mid = 0.5 * (a + b), near = 1.5e-8 * fabs(t) + tol / 3;
        if (fabs(t - mid) <= 2 * near - 0.5 * (b - a)) {
            *x = t;
            return DISTEST_SUCCESS;
        }
        double p = 0, q = 0, r = 0;
        if (fabs(e) > near) { /* a parabola through v, w, t */
            r = (t - w) * (ft - fv);
            q = (t - v) * (ft - fw);
            p = (t - v) * q - (t - w) * r;
            q = 2 * (q - r);
            if (q > 0)
                p = -p;
            else
                q = -q;
            r = e;
            e = d;
        }
        if (fabs(p) < fabs(0.5 * q * r) && p > q * (a - t) && p < q * (b - t)) {
            d = p / q;
            const double u = t + d;
            if (u - a < 2 * near || b - u < 2 * near) d = t < mid ? near : -near;
        } else {
            e = t < mid ? b - t : a - t;
            d = GOLD * e;
        }
        const double u = fabs(d) >= near ? t + d : (d > 0 ? t + near : t - near);
        const double fu = f(u, data);
        if (isnan(fu)) return DISTEST_ECONV;
        if (fu <= ft) {
            *(u < t ? &b : &a) = t;
            v = w, fv = fw;
            w = t, fw = ft;
            t = u, ft = fu;
        } else {
            *(u < t ? &a : &b) = u;
            if (fu <= fw || w == t) {
                v = w, fv = fw;
                w = u, fw = fu;
            } else if (fu <= fv || v == t || v == w) {
                v = u, fv = fu;
            }
        }
    }
    return DISTEST_ECONV;
}
