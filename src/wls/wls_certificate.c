/* wls_certificate.c - what is provable about a design: numbers for the sure bound in
 * the sup norm, for the bound in probability (Markov), for the mean squared error.
 *
 * With b_g = (1/n) sum w phi g, g the error of the best approximation, sigma = |g|:
 *
 *     |f - fhat|^2 <= sigma^2 + |b_g|^2 / lambda_min^2,    E|b_g|^2 <= first sigma^2,
 *     |f - fhat|^2 <= sigma^2 + |g|_n^2 / lambda_min,      E|g|_n^2 <= second sigma^2.
 *
 * Balance weights have first = K/n and second = 1, K = sup w k. A single volume sample
 * has the weights of its reference measure nu instead: m points of the DPP and n - m of
 * nu give ((n - m) K + 2 K^2) / n^2 and (n - m + K) / n, which for nu = (k/m) mu are no
 * better than K/n and 1. Without replacement rows have weight 1 and
 * second = N ((N - n) K/N + n - m) / (n (N - m)). Pruning from n0 to n points
 * multiplies second by n0/n and leaves no first. Conditioning on an event of
 * probability p, with the best of M designs a try, multiplies expectations by M/p. */
#include "wls.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

distest_wls_facts distest_wls_facts_default(void)
{
    return (distest_wls_facts){
        .size = sizeof(distest_wls_facts), .mean_weight = 1, .sup_k = INFINITY};
}

typedef struct {
    double K, first, second; /* Inf: no bound */
} factors;

static factors of_design(const di_wls_plan *p, size_t n, size_t m,
                         const distest_wls_facts *f)
{
    const double M = (double)m, N = (double)n, C = (double)f->candidates;
    const double share = (double)(n / (2 * m) ? n / (2 * m) : 1) * M / N;
    const double a = p->ref == WLS_OPTIMAL ? 0 : p->ref == WLS_MU ? 1 : p->alpha;
    factors out = {M, 0, 1};
    switch (p->how) {
    case WLS_MC:
        out.K = f->sup_k;
        break;
    case WLS_STRATIFIED:
        out.K = N / (double)(n / m);
        break;
    case WLS_IID_OPTIMAL:
    case WLS_VOLUME:
        out.K = a < 1 ? fmin(M / (1 - a), f->sup_k / (a + (1 - a) * f->sup_k / M))
                      : f->sup_k;
        if (isinf(f->sup_k)) out.K = a < 1 ? M / (1 - a) : INFINITY;
        break;
    case WLS_VOLUME_REPEATED: /* balance weights of DPPs and independent points */
        out.K = fmin(M / (share + (1 - share) * (1 - a)), fmax(f->sup_k, M));
        break;
    default:
        break;
    }
    if (f->K > 0) out.K = f->K;
    out.first = out.K / N;
    if (p->how == WLS_VOLUME && !p->replace) {
        out.K = f->sup_k;
        out.first = INFINITY;
        out.second =
            n < f->candidates ? C * ((C - N) * out.K / C + N - M) / (N * (C - M)) : 1;
    } else if (p->how == WLS_VOLUME && a > 0) {
        out.first = ((N - M) * out.K + 2 * out.K * out.K) / (N * N);
        out.second = (N - M + out.K) / N;
    }
    return out;
}

/* A lower bound of the probability of acceptance: for independent points by the matrix
 * Chernoff bound, from simulated tries by Clopper and Pearson's. */
static double acceptance(const di_wls_plan *p, double K, size_t n, size_t m,
                         const distest_wls_facts *f, double conf)
{
    double least = 0;
    if (p->how == WLS_MC || p->how == WLS_IID_OPTIMAL || p->how == WLS_STRATIFIED) {
        const double rate =
            p->lambda ? di_wls_lower_rate(p->delta) : di_wls_upper_rate(p->delta);
        const double miss =
            (p->lambda ? 1 : 2) * (double)m * exp(-(double)n * rate / K);
        least = fmax(0, 1 - miss);
    }
    if (f->simulated && f->accepted) {
        const double s = (double)f->accepted, N = (double)f->simulated;
        least = fmax(least, gsl_cdf_beta_Pinv(1 - conf, s, N - s + 1));
    }
    return least;
}

/* the constant of the mean squared error without conditions, or Inf */
static double unconditional(const di_wls_plan *p, size_t n, size_t m,
                            distest_wls_certificate *out)
{
    double C = INFINITY;
    if (p->how == WLS_DPP ||
        (n == m && (p->how == WLS_VOLUME || p->how == WLS_DPP_REPEATED ||
                    p->how == WLS_VOLUME_REPEATED))) {
        out->formula = DISTEST_WLS_DPP_MEAN;
        return 1 + (double)m;
    }
    if (p->how != WLS_VOLUME) return C;
    out->formula = DISTEST_WLS_VOLUME_MEAN;
    C = 1 + (double)m; /* for every reference, also without replacement */
    if (p->ref == WLS_OPTIMAL && p->replace &&
        distest_wls_constant(n, m, "volume", &C, NULL) != DISTEST_SUCCESS)
        return INFINITY;
    return C;
}

static int check_facts(const distest_wls_facts *f, double eta, double conf,
                       distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_between(ctx, "eta", eta, 0, 1));
    DI_TRY(di_check_between(ctx, "conf", conf, 0, 1));
    DI_TRY(di_check_positive(ctx, "mean_weight", 1, &f->mean_weight));
    if (!(f->sup_k > 0))
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "sup_k",
                       "`sup_k` must be positive, Inf where it has no bound, not %g.",
                       f->sup_k));
    if (f->accepted > f->simulated)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "accepted",
                       "`accepted` must be at most %zu, the tries simulated, not %zu.",
                       f->simulated, f->accepted));
done:
    return status;
}

int distest_wls_certify(const distest_wls_diag *diag, size_t n, size_t m,
                        const distest_wls_opts *opts, const distest_wls_facts *facts,
                        double eta, double conf, distest_wls_certificate *out,
                        distest_context *ctx)
{
    di_wls_plan p = {0};
    distest_wls_certificate c = {0};
    factors b = {(double)m, (double)m / (double)n, 1};
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    di_gsl_enter();
    DI_TRY(di_check_pointer(ctx, "diag", diag));
    DI_TRY(di_check_pointer(ctx, "facts", facts));
    if (m == 0 || n < m)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "n", "`n` must be at least %zu, not %zu.",
                       m, n));
    DI_TRY(check_facts(facts, eta, conf, ctx));
    p.delta = INFINITY, p.designs = 1;
    if (opts) { /* else points of unknown law, taken as optimal ones */
        DI_TRY(di_wls_read_opts(opts, &p, ctx));
        const size_t from = facts->pruned_from ? facts->pruned_from : n;
        b = of_design(&p, p.how == WLS_BOOSTED ? n : from, m, facts);
    }
    const double low = diag->lambda_min;
    const size_t n0 = facts->pruned_from;
    c.p_accept = 1;
    if (isfinite(p.delta))
        c.p_accept = acceptance(&p, b.K, n0 ? n0 : n, m, facts, conf);
    const double kappa = (double)p.designs / c.p_accept;
    if (n0) b.first = INFINITY, b.second *= (double)n0 / (double)n;
    c.K = b.K;
    c.linf = 1 + sqrt(facts->mean_weight / low);
    c.probability =
        sqrt(1 + kappa * fmin(b.first / (eta * low * low), b.second / (eta * low)));
    c.expectation = INFINITY;
    if (opts && !n0) c.expectation = 1 + kappa * (unconditional(&p, n, m, &c) - 1);
    if (opts && p.delta < 1) {
        const double d = 1 - p.delta;
        const double other = 1 + kappa * fmin(b.first / (d * d), b.second / d);
        if (other < c.expectation) {
            c.expectation = other;
            c.formula = n0 ? DISTEST_WLS_PRUNED_MEAN : DISTEST_WLS_CONDITIONED_MEAN;
        }
    }
    if (!isfinite(c.expectation)) {
        c.expectation = NAN;
        c.formula = DISTEST_WLS_NO_MEAN;
    }
    *out = c;
done:
    di_gsl_leave();
    return status;
}
