/* expfam_special.c - polygammas of order 2 and 3, and the von Mises-Fisher law along
 * its axis.
 *
 * The axial cumulants are sums of positive terms over a Gauss-Legendre rule in the
 * angle, centred before they are powered: Bessel functions and their recurrences lose
 * the digits of 1 - A(kappa) and of the cumulants when kappa is large. */
#include "expfam.h"

enum { PANELS = 24, POINTS = 16 };

double di_expfam_tetragamma(double x)
{
    double s = 0;
    for (; x < 20; x++) s -= 2 / (x * x * x);
    const double y = 1 / (x * x);
    return s -
           y * (1 + 1 / x +
                y * (0.5 - y * (1.0 / 6 - y * (1.0 / 6 - y * (0.3 - y * 5.0 / 6)))));
}

double di_expfam_pentagamma(double x)
{
    double s = 0;
    for (; x < 20; x++) s += 6 / (x * x * x * x);
    const double y = 1 / (x * x);
    return s +
           y / x * (2 + 3 / x + y * (2 - y * (1 - y * (4.0 / 3 - y * (3 - y * 10)))));
}

/* 16-point Gauss-Legendre on (-1, 1), positive half */
static const double GX[8] = {
    0.0950125098376374401853193354, 0.2816035507792589132304605015,
    0.4580167776572273863424194430, 0.6178762444026437484466717640,
    0.7554044083550030338951011948, 0.8656312023878317438804678977,
    0.9445750230732325760779884155, 0.9894009349916499325961541735};
static const double GW[8] = {
    0.1894506104550684962853967232, 0.1826034150449235888667636680,
    0.1691565193950025381893120790, 0.1495959888165767320815017305,
    0.1246289712555338720524762822, 0.0951585116824927848099251076,
    0.0622535239386478928628438370, 0.0271524594117540948517805725};

double di_expfam_radial(size_t d, double kappa, double k[4])
{
    /* c = 1 - cos(angle) carries the digits; beyond 800 / kappa nothing is left */
    const double pi = acos(-1), e = (double)d - 2;
    const double top = kappa > 400 ? 2 * asin(sqrt(fmin(1, 400 / kappa))) : pi;
    double c[PANELS * POINTS], w[PANELS * POINTS], sum = 0, m1 = 0;
    for (size_t q = 0; q < PANELS; q++)
        for (size_t i = 0; i < POINTS; i++) {
            const double node = i < 8 ? -GX[7 - i] : GX[i - 8];
            const double gw = i < 8 ? GW[7 - i] : GW[i - 8];
            const double a = top * ((double)q + 0.5 + 0.5 * node) / PANELS;
            const double h = sin(0.5 * a);
            const size_t j = q * POINTS + i;
            c[j] = 2 * h * h;
            w[j] = gw * 0.5 * top / PANELS * exp(-kappa * c[j]) * pow(sin(a), e);
            sum += w[j];
            m1 += w[j] * c[j];
        }
    m1 /= sum;
    double m2 = 0, m3 = 0, m4 = 0;
    for (size_t j = 0; j < PANELS * POINTS; j++) {
        const double u = c[j] - m1, v = u * u * w[j] / sum;
        m2 += v;
        m3 += v * u;
        m4 += v * u * u;
    }
    k[0] = m1;
    k[1] = m2;
    k[2] = -m3; /* t = 1 - c */
    k[3] = m4 - 3 * m2 * m2;
    /* area of the sphere in d - 1 dimensions: 2 pi^((d-1)/2) / Gamma((d-1)/2) */
    const double area = log(2.0) + 0.5 * (e + 1) * log(pi) - di_lgamma(0.5 * (e + 1));
    return kappa + area + log(sum);
}

typedef struct {
    size_t d;
    double c;
} radial_target;

static double radial_gap(double logk, double *derivative, void *data)
{
    const radial_target *t = data;
    double k[4];
    (void)di_expfam_radial(t->d, exp(logk), k);
    *derivative = -k[1] * exp(logk) / k[0];
    return log(k[0] / t->c);
}

double di_expfam_radial_inverse(size_t d, double c)
{
    const double r = 1 - c;
    radial_target t = {d, c};
    double x = 0;
    if (r <= 1e-14) return 0;
    const double guess = log(r * ((double)d - r * r) / (c * (1 + r)));
    if (di_root_newton(guess - 3, guess + 3, 1e-15, radial_gap, &t, &x) !=
        DISTEST_SUCCESS)
        return NAN;
    return exp(x);
}
