/* rdd_bias.c - honest inference: the worst case of the bias, critical values that allow
 * for it, and sets for ratios.
 *
 * When |m''| <= M on a side, an estimate sum w_i m(x_i) with sum w = 1 and
 * sum w u = 0 misses m(c) by at most
 *
 *     M int_0^inf | S(t) | dt,   S(t) = sum_{a_i > t} w_i (a_i - t),   a_i = |x_i - c|,
 *
 * and some m attains it (Armstrong and Kolesar, Econometrica 2018). S is piecewise
 * linear. An interval of level 1 - a is tau -+ se cv(bias / se), cv(t) the 1 - a
 * quantile of |N(t, 1)|.
 *
 * For a ratio J / D of jumps the test of tau = t is that of a jump 0 in Q - t T:
 *
 *     { t: |J - t D| <= se_t cv(bias_t / se_t) },   bias_t = bias_J + |t| bias_D.
 *
 * s cv(b / s) is convex and increasing in (b, s), and both are convex in t: the right
 * hand side less the left one is convex on either side of J / D. So the set is an
 * interval when it is bounded, which it is when |D| > se_D cv(bias_D / se_D). */
#include "optim.h"
#include "rdd.h"

#include <math.h>
#include <string.h>

/* int |S| over a piece of that length, S linear from l to r */
static double piece(double l, double r, double length)
{
    const double a = fabs(l), b = fabs(r);
    if ((l >= 0) == (r >= 0) || a + b == 0) return length * (a + b) / 2;
    return length * (a * (a / (a + b)) + b * (b / (a + b))) / 2;
}

/* From the farthest unit to the cutoff; index: increasing a of all units, sign: the
 * side. *slack: sum w u over sum |w u|. */
static double side_bias(size_t n, const double *x, const double *w, double cutoff,
                        const size_t *index, int right, double *sum, double *slack)
{
    double S = 0, W = 0, far = 0, total = 0, first = 0, size = 0;
    for (size_t k = n; k-- > 0;) {
        const size_t i = index[k];
        const double u = x[i] - cutoff, a = fabs(u);
        if ((u >= 0) != right || w[i] == 0) continue;
        const double next = S + W * (far - a);
        if (W != 0 || S != 0) total += piece(S, next, far - a);
        S = next, far = a, W += w[i];
        first += w[i] * a, size += fabs(w[i]) * a;
    }
    total += piece(S, S + W * far, far);
    *sum = W;
    *slack = size > 0 ? fabs(first) / size : 0;
    return total;
}

int distest_rdd_bias(size_t n, const double *x, const double *w, double cutoff,
                     double smoothness_left, double smoothness_right, double *bias,
                     distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *a = NULL, total = 0;
    const double smoothness[2] = {smoothness_left, smoothness_right};
    size_t *index = NULL;
    di_begin(ctx);
    DI_TRY(di_check_finite(ctx, "x", n, x));
    DI_TRY(di_check_finite(ctx, "w", n, w));
    DI_TRY(di_check_finite(ctx, "cutoff", 1, &cutoff));
    DI_TRY(di_check_nonnegative(ctx, "smoothness", 2, smoothness));
    DI_TRY(di_check_pointer(ctx, "bias", bias));
    DI_TRY(DI_NEW(ctx, &pool, &a, n, 1));
    DI_TRY(DI_NEW(ctx, &pool, &index, n, 1));
    for (size_t i = 0; i < n; i++) a[i] = fabs(x[i] - cutoff);
    DI_TRY(di_order(ctx, n, a, index));
    for (int right = 0; right < 2; right++) {
        double sum = 0, slack = 0;
        const double B = side_bias(n, x, w, cutoff, index, right, &sum, &slack);
        if (!(fabs(sum - 1) <= 1e-6 && slack <= 1e-6))
            DI_TRY(
                di_fail(ctx, DISTEST_EINVAL, "w",
                        "the bias is bounded for weights with sum w = 1 and "
                        "sum w (x - cutoff) = 0 only; on the %s the first is %g, the "
                        "second %g of sum |w (x - cutoff)|.",
                        right ? "right" : "left", sum, slack));
        total += smoothness[right] * B;
    }
    *bias = total;
done:
    di_pool_free(&pool);
    return status;
}

typedef struct {
    double t, level;
} folded;

static double folded_excess(double c, void *data)
{
    const folded *f = data;
    return di_norm_cdf(c - f->t) - di_norm_cdf(-c - f->t) - f->level;
}

/* The level quantile of |N(t, 1)|. With z1, z2 those of N and |N|, it lies between
 * max(z2, t + z1) and t + z2. Beyond t = 10 the far tail is below 1e-23. */
static double folded_quantile(double level, double t)
{
    const double z1 = di_norm_quantile(level), z2 = di_norm_quantile((1 + level) / 2);
    double low = fmax(z2, t + z1), high = t + z2, c = high;
    folded f = {t, level};
    if (t > 10) return low;
    if (!(high - low > 1e-15 * high) || folded_excess(low, &f) >= 0) return low;
    if (folded_excess(high, &f) <= 0) return high;
    if (di_root(low, high, 0, folded_excess, &f, &c) != DISTEST_SUCCESS) return high;
    return c;
}

int distest_rdd_honest_critical(size_t n, const double *t, double level, double *cv,
                                distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_nonnegative(ctx, "t", n, t));
    DI_TRY(di_check_between(ctx, "level", level, 0, 1));
    if (n) DI_TRY(di_check_pointer(ctx, "cv", cv));
    for (size_t i = 0; i < n; i++) cv[i] = folded_quantile(level, t[i]);
done:
    return status;
}

typedef struct {
    double J, D, VJJ, VJD, VDD, bJ, bD, level;
} ratio;

/* se_t cv(bias_t / se_t) - |J - t D| */
static double margin(double t, void *data)
{
    const ratio *r = data;
    const double bias = r->bJ + fabs(t) * r->bD;
    const double v = r->VJJ - 2 * t * r->VJD + t * t * r->VDD, se = v > 0 ? sqrt(v) : 0;
    const double half = se > 0 && isfinite(bias / se)
                            ? se * folded_quantile(r->level, bias / se)
                            : bias;
    return half - fabs(r->J - t * r->D);
}

/* the end of the set on one side of tau; step > 0 or < 0 */
static double find_end(const ratio *r, double tau, double step)
{
    double in = tau, out = tau, t = tau;
    ratio copy = *r;
    for (int k = 0; k < 1100; k++, step *= 2) {
        out = in + step;
        if (!isfinite(out) || margin(out, &copy) < 0) break;
        in = out;
    }
    if (!isfinite(out)) return out;
    if (!(margin(in, &copy) > 0)) return in; /* no noise, no bias: a point */
    const double low = fmin(in, out), high = fmax(in, out);
    return di_root(low, high, 0, margin, &copy, &t) == DISTEST_SUCCESS ? t : out;
}

static int check_ratio(size_t probs, const double *jump, const double *se,
                       const double *cov, const double first[2], double level,
                       distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_finite(ctx, "jump", probs, jump));
    DI_TRY(di_check_nonnegative(ctx, "se", probs, se));
    DI_TRY(di_check_finite(ctx, "cov", probs, cov));
    DI_TRY(di_check_finite(ctx, "first", 2, first));
    DI_TRY(di_check_nonnegative(ctx, "first", 1, first + 1));
    DI_TRY(di_check_between(ctx, "level", level, 0, 1));
done:
    return status;
}

int distest_rdd_honest_ratio(size_t probs, const double *jump, const double *se,
                             const double *cov, const double *bias,
                             const double first[2], double first_bias, double level,
                             double *lower, double *upper, int *shape,
                             distest_context *ctx)
{
    int status = DISTEST_SUCCESS, bounded;
    di_begin(ctx);
    DI_TRY(check_ratio(probs, jump, se, cov, first, level, ctx));
    DI_TRY(di_check_nonnegative(ctx, "bias", probs, bias));
    DI_TRY(di_check_nonnegative(ctx, "first_bias", 1, &first_bias));
    const double D = first[0], VDD = first[1] * first[1];
    ratio stage = {D, 0, VDD, 0, 0, first_bias, 0, level};
    bounded = margin(0, &stage) < 0; /* is the first stage not 0? */
    for (size_t j = 0; j < probs; j++) {
        int unit = 0; /* J in units of 2^unit: squares are numbers */
        (void)frexp(fmax(fabs(jump[j]), fmax(se[j], bias[j])), &unit);
        const double J = ldexp(jump[j], -unit), sd = ldexp(se[j], -unit);
        const double b = ldexp(bias[j], -unit), tau = J / D, step = (sd + b) / fabs(D);
        const double by = step > 0 ? step : fmax(fabs(tau) * 1e-8, 1e-300);
        const ratio r = {J,   D, sd * sd,    ldexp(cov[j], -unit),
                         VDD, b, first_bias, level};
        const double low = bounded ? find_end(&r, tau, -by) : -INFINITY;
        const double high = bounded ? find_end(&r, tau, by) : INFINITY;
        if (lower) lower[j] = ldexp(low, unit);
        if (upper) upper[j] = ldexp(high, unit);
        if (shape) shape[j] = bounded ? DISTEST_RDD_INTERVAL : DISTEST_RDD_LINE;
    }
done:
    return status;
}
