/* kde_phases.c - tail index and regime from the nearest distances, intervals that hold
 * in every regime, the same for rows of log terms, and radii to neighbours. */
#include "kde.h"

#include "stream.h"

#include <math.h>
#include <string.h>

enum { MOST = 64 };

typedef struct {
    double lid, edge, sg, mu, se;
} tail;

/* (30), (31) from the positive distances among near[0 .. k-1], in increasing order:
 * D_i / a_i^2 where there are local factors */
static tail tail_of(const di_kde_plan *p, size_t k, const di_kde_near *near)
{
    tail t = {NAN, NAN, NAN, NAN, NAN};
    double D[MOST], sum = 0, edge = 0;
    size_t m = 0, distinct = 0;
    for (size_t j = 0; j < k && isfinite(near[j].D); j++)
        if (near[j].D > 0) D[m++] = near[j].D;
    for (size_t j = 0; j < m; j++) distinct += j == 0 || D[j] > D[j - 1];
    if (m < 4 || (distinct < 4 && distinct > 1)) return t;
    for (size_t j = 0; j + 1 < m; j++) sum += log(D[m - 1] / D[j]);
    t.lid = sum > 0 ? 2 * (double)(m - 2) / sum : INFINITY;
    for (size_t j = 0; j < m; j++)
        edge += log(D[j]) - 2 / t.lid * di_digamma((double)j + 1);
    t.edge = exp(edge / (double)m);
    t.sg = t.lid / t.edge;
    const double h = p->h, s = 1 / (p->inv * h), root = sqrt(t.edge), d = (double)p->d;
    switch (p->kernel) {
    case KERNEL_GAUSSIAN:
        t.mu = t.sg * h * h;
        break;
    case KERNEL_EXPONENTIAL:
        t.mu = t.lid * h * s / root;
        break;
    case KERNEL_STUDENT:
        t.mu = t.lid * (p->nu * h * h + t.edge) / ((p->nu + d) * t.edge);
        break;
    default:
        t.mu = INFINITY;
    }
    t.se = m > 3 ? t.mu / sqrt((double)m - 3) : NAN;
    return t;
}

static int regime_of(double mu)
{
    return isnan(mu) ? DISTEST_KDE_UNKNOWN
           : mu < 1  ? DISTEST_KDE_EXTREME
           : mu < 2  ? DISTEST_KDE_STABLE
                     : DISTEST_KDE_CLT;
}

static int check_k(distest_context *ctx, size_t k, size_t low)
{
    if (k >= low && k <= MOST) return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_EINVAL, "k", "`k` must be %zu to %d, not %zu.", low,
                   MOST, k);
}

/* do terms differ by more than their distances, by weights? */
static int uneven(const di_kde_plan *p)
{
    for (size_t i = 1; i < p->n; i++)
        if (p->w[i] != p->w[0] || (!p->a2 && p->logw[i] != p->logw[0])) return 1;
    return 0;
}

/* Hill's estimate of mu from the largest log terms, those of a point at a distance */
static void hill_of(const di_kde_pass *pass, size_t q, double *v, tail *t)
{
    const di_kde_plan *p = pass->plan;
    const double *at = pass->at ? pass->at + q : p->x + p->row[q];
    double a[MOST], sum = 0;
    size_t m = 0;
    t->mu = t->se = NAN;
    for (size_t c = 0; c < pass->k; c++) {
        const di_kde_near *e = &pass->near[q * pass->k + c];
        if (e->i == SIZE_MAX || !isfinite(e->D)) break;
        if (di_kde_distance(p, e->i, at, pass->at ? pass->m : p->ldx, v) > 0)
            a[m++] = -e->D;
    }
    if (m < 4) return;
    for (size_t j = 0; j + 1 < m; j++) sum += a[j] - a[m - 1];
    t->mu = sum > 0 ? (double)(m - 2) / sum : INFINITY;
    t->se = t->mu / sqrt((double)m - 3);
}

/* compact kernels: by the number of points in reach, 30 and 3 */
static int regime_in_reach(const di_kde_plan *p, size_t k, const di_kde_near *near)
{
    size_t reach = 0;
    for (size_t c = 0; c < k && isfinite(near[c].D); c++)
        reach += di_kde_profile(p->kernel, p->nu, p->d, near[c].D * p->inv * p->inv) >
                 -INFINITY;
    return reach < 3     ? DISTEST_KDE_EXTREME
           : reach >= 30 ? DISTEST_KDE_CLT
                         : DISTEST_KDE_STABLE;
}

int distest_kde_phases(const distest_sample *sample, const distest_kde_opts *opts,
                       size_t m, const double *at, size_t k, double *lid, double *edge,
                       double *s_g, double *mu, double *mu_se, int *regime,
                       distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    di_kde_pass pass, terms = {0};
    const double *logj;
    double *v;
    int status;
    di_begin(ctx);
    if (at && m == 0) return DISTEST_SUCCESS;
    DI_TRY(check_k(ctx, k, 4));
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    const int compact = di_kde_compact(plan.kernel);
    const int hill = !compact && (mu || mu_se || regime) && uneven(&plan);
    const size_t keep = compact && k < 30 ? 30 : k;
    DI_TRY(DI_NEW(ctx, &pool, &v, plan.d, 1));
    DI_TRY(di_kde_nearest(ctx, &plan, m, at, keep, KDE_BY_LOCAL, &pool, &pass, &logj));
    if (hill)
        DI_TRY(di_kde_nearest(ctx, &plan, m, at, k, KDE_BY_TERM, &pool, &terms, &logj));
    const double nan = NAN;
    for (size_t i = 0; i < (at ? m : sample->n); i++) {
        if (lid) lid[i] = nan;
        if (edge) edge[i] = nan;
        if (s_g) s_g[i] = nan;
        if (mu) mu[i] = nan;
        if (mu_se) mu_se[i] = nan;
        if (regime) regime[i] = DISTEST_KDE_UNKNOWN;
    }
    for (size_t q = 0; q < pass.m; q++) {
        const di_kde_near *near = pass.near + q * keep;
        const size_t i = at ? q : plan.row[q];
        if (logj && logj[q] == -INFINITY) continue;
        tail t = tail_of(&plan, k, near);
        if (hill) hill_of(&terms, q, v, &t);
        if (lid) lid[i] = t.lid;
        if (edge) edge[i] = t.edge;
        if (s_g) s_g[i] = t.sg;
        if (mu) mu[i] = t.mu;
        if (mu_se) mu_se[i] = t.se;
        if (regime)
            regime[i] = compact ? regime_in_reach(&plan, keep, near) : regime_of(t.mu);
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

typedef struct {
    const di_kde_pass *pass;
    size_t k, boot;
    double level;
    const double *arrivals; /* logs of unit-rate arrival times, one after another */
    const size_t *start;    /* boot + 1: where those of a replicate begin */
    const double *logj;     /* of the queries, or NULL */
    const double *normal;   /* boot */
    double *value;          /* boot and one for each arrival, a thread */
    size_t room;
    double *lower, *upper;
} interval_job;

/* Terms of all simulated neighbours: D = edge time^(2 / LID); out: of each replicate
 * the first, which is the largest, and the exponentials relative to it. */
static void simulate(const interval_job *t, const tail *e, double *u, double *first)
{
    const di_kde_plan *p = t->pass->plan;
    const size_t all = t->start[t->boot];
    const double shift = log(e->edge) + 2 * log(p->inv), power = 2 / e->lid;
    for (size_t i = 0; i < all; i++) u[i] = shift + power * t->arrivals[i];
    di_vexp(all, u, u);
    for (size_t i = 0; i < all; i++)
        u[i] = p->kernel == KERNEL_GAUSSIAN
                   ? -0.5 * u[i]
                   : di_kde_profile(p->kernel, p->nu, p->d, u[i]);
    for (size_t b = 0; b < t->boot; b++) {
        first[b] = t->start[b] < t->start[b + 1] ? u[t->start[b]] : -INFINITY;
        for (size_t i = t->start[b]; i < t->start[b + 1]; i++) u[i] -= first[b];
    }
    di_vexp(all, u, u);
}

/* Quantiles of l_b - mean l for one query (32) */
static int interval_one(size_t q, int thread, void *data)
{
    const interval_job *t = data;
    const di_kde_pass *s = t->pass;
    const di_kde_plan *p = s->plan;
    const di_kde_near *near = s->near + q * t->k;
    double *l = t->value + (size_t)thread * t->room, *u = l + t->boot, mean = 0;
    const size_t row = s->at ? q : p->row[q];
    const double logf = di_kde_value(p, &s->state[q]) -
                        (s->at ? 0 : di_kde_loo_norm(p, q, s->ties)) +
                        (s->at     ? t->logj ? t->logj[q] : 0
                         : p->logj ? p->logj[row]
                                   : 0);
    const tail e = tail_of(p, t->k, near);
    t->lower[row] = t->upper[row] = NAN;
    if (!isfinite(e.lid) || !isfinite(logf)) return DISTEST_SUCCESS;
    const di_kde_state *st = &s->state[q];
    /* the bulk: what the k nearest leave of the sums */
    const double logw = p->logw[0];
    double head = 0, head2 = 0;
    for (size_t j = 0; j < t->k && isfinite(near[j].D); j++) {
        const double a =
            logw +
            di_kde_profile(p->kernel, p->nu, p->d, (near[j].D * p->inv) * p->inv) -
            st->M;
        head += exp(a);
        head2 += exp(2 * a);
    }
    const double bulk = fmax(0, st->S0 - head), bulk2 = fmax(0, st->S2 - head2);
    const double l_bulk = bulk > 1e-14 * st->S0 ? st->M + log(bulk) : -INFINITY;
    const double spread = bulk > 0 ? sqrt(bulk2) / bulk : 0;
    simulate(t, &e, u, l);
    for (size_t b = 0; b < t->boot; b++) {
        const size_t from = t->start[b], count = t->start[b + 1] - from;
        const double T = count ? logw + l[b] + log(di_sum(count, u + from)) : -INFINITY;
        const double rest = l_bulk + log(fmax(1 + spread * t->normal[b], 1e-3));
        l[b] = T == -INFINITY && rest == -INFINITY ? -1e300 : di_logaddexp(T, rest);
        mean += l[b] / (double)t->boot;
    }
    di_sort(t->boot, l);
    const double tail_p = 0.5 * (1 - t->level), n1 = (double)(t->boot - 1);
    double quant[2];
    for (int side = 0; side < 2; side++) {
        const double pos = n1 * (side ? 1 - tail_p : tail_p);
        const size_t i = (size_t)pos;
        const double next = i + 1 < t->boot ? l[i + 1] : l[i];
        quant[side] = l[i] + (pos - (double)i) * (next - l[i]) - mean;
    }
    t->lower[row] = logf - quant[1];
    t->upper[row] = logf - quant[0];
    return DISTEST_SUCCESS;
}

static int even(distest_context *ctx, const di_kde_plan *p)
{
    int same = !p->a2 && !di_kde_compact(p->kernel) && !p->low;
    for (size_t i = 1; i < p->n && p->weighted; i++) same = same && p->w[i] == p->w[0];
    for (size_t i = 1; i < p->n; i++) same = same && p->logw[i] == p->logw[0];
    if (same) return DISTEST_SUCCESS;
    return di_fail(ctx, DISTEST_EINVAL, "interval",
                   "`interval` needs equal weights, one bandwidth for all points, no "
                   "reflection and a kernel without bounds; type = \"neff\" says how "
                   "many points carry the value.");
}

int di_kde_interval_with(distest_context *ctx, const di_kde_plan *plan, size_t m,
                         const double *at, size_t k, size_t boot, double level,
                         distest_rng *rng, double *lower, double *upper)
{
    di_pool pool = {0};
    di_kde_pass pass;
    int status;
    double *arrivals, *normal, *value;
    const double *logj;
    size_t *start, all = 0;
    if (at && m == 0) return DISTEST_SUCCESS;
    DI_TRY(check_k(ctx, k, 4));
    DI_TRY(di_check_between(ctx, "level", level, 0, 1));
    if (boot < 20)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "boot",
                       "`boot` must be at least 20, not %zu.", boot));
    DI_TRY(di_check_pointer(ctx, "rng", rng));
    DI_TRY(di_check_pointer(ctx, "lower", lower));
    DI_TRY(di_check_pointer(ctx, "upper", upper));
    DI_TRY(even(ctx, plan));
    DI_TRY(di_kde_states(ctx, plan, "neighbours", m, at, KDE_STATS, k, &pool, &pass,
                         &logj));
    const uint64_t key = di_rng_key(rng);
    const size_t most = 4 * k + 40, threads = (size_t)di_threads(ctx);
    DI_TRY(DI_NEW(ctx, &pool, &arrivals, most, boot));
    DI_TRY(DI_NEW(ctx, &pool, &start, boot + 1, 1));
    DI_TRY(DI_NEW(ctx, &pool, &normal, boot, 1));
    start[0] = 0;
    for (size_t b = 0; b < boot; b++) {
        di_stream s = di_stream_open(key, b);
        double time = 0;
        normal[b] = di_stream_normal(&s);
        for (size_t c = 0; c < most; c++) {
            time += di_stream_exponential(&s);
            if (time > (double)k) break;
            arrivals[all++] = log(time);
        }
        start[b + 1] = all;
    }
    DI_TRY(DI_NEW(ctx, &pool, &value, boot + all, threads));
    interval_job t = {&pass, k,      boot,  level,      arrivals, start,
                      logj,  normal, value, boot + all, lower,    upper};
    for (size_t i = 0; i < (at ? m : plan->n_given); i++) lower[i] = upper[i] = NAN;
    DI_TRY(di_for_blocks(ctx, "intervals", 0, 1, pass.m, interval_one, &t));
done:
    di_pool_free(&pool);
    return status;
}

int distest_kde_interval(const distest_sample *sample, const distest_kde_opts *opts,
                         size_t m, const double *at, size_t k, size_t boot,
                         double level, distest_rng *rng, double *lower, double *upper,
                         distest_context *ctx)
{
    di_kde_plan plan = {0};
    int status;
    di_begin(ctx);
    if (at && m == 0) return DISTEST_SUCCESS;
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &plan));
    DI_TRY(di_kde_interval_with(ctx, &plan, m, at, k, boot, level, rng, lower, upper));
done:
    di_kde_plan_free(&plan);
    return status;
}

int distest_kde_radius(const distest_sample *sample, const distest_kde_opts *opts,
                       size_t k, double *radius, double *next, distest_context *ctx)
{
    di_kde_plan plan = {0};
    di_pool pool = {0};
    di_kde_pass pass;
    const double one = 1, *none;
    int status;
    di_begin(ctx);
    DI_TRY(check_k(ctx, k, 1));
    DI_TRY(di_check_pointer(ctx, "opts", opts));
    DI_TRY(di_check_pointer(ctx, "radius", radius));
    distest_kde_opts o = *opts;
    o.radius = o.radius_next = NULL;
    o.ties = DISTEST_KDE_EXCLUDE;
    if (o.shape == DISTEST_KDE_SCALAR) o.bandwidth = &one;
    DI_TRY(di_kde_plan_of(ctx, sample, &o, &plan));
    DI_TRY(di_kde_states(ctx, &plan, "neighbours", 0, NULL, 0, k + 1, &pool, &pass,
                         &none));
    for (size_t q = 0; q < plan.n; q++)
        if (!isfinite(pass.near[q * (k + 1) + k].D))
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "k",
                           "`k` is %zu, but point %zu has fewer than %zu others that "
                           "differ from it.",
                           k, plan.row[q] + 1, k + 1));
    for (size_t i = 0; i < sample->n; i++) {
        radius[i] = 1;
        if (next) next[i] = 1;
    }
    for (size_t q = 0; q < plan.n; q++) {
        radius[plan.row[q]] = sqrt(pass.near[q * (k + 1) + k - 1].D);
        if (next) next[plan.row[q]] = sqrt(pass.near[q * (k + 1) + k].D);
    }
done:
    di_pool_free(&pool);
    di_kde_plan_free(&plan);
    return status;
}

int distest_kde_dominance(size_t m, size_t n, const double *logt, size_t k, double *mu,
                          double *mu_se, double *neff, double *neff2, int *regime,
                          distest_context *ctx)
{
    di_pool pool = {0};
    double *row = NULL;
    int status;
    di_begin(ctx);
    if (k < 4 || k > n)
        DI_TRY(
            di_fail(ctx, DISTEST_EINVAL, "k", "`k` must be 4 to %zu, not %zu.", n, k));
    DI_TRY(di_check_pointer(ctx, "log_terms", logt));
    for (size_t i = 0; i < m * n; i++)
        if (isnan(logt[i]) || logt[i] == INFINITY)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "log_terms",
                           "`log_terms` must be numbers or -Inf, not %g at [%zu, %zu].",
                           logt[i], i % m + 1, i / m + 1));
    DI_TRY(DI_NEW(ctx, &pool, &row, n, 1));
    for (size_t j = 0; j < m; j++) {
        double S = 0, S2 = 0, S4 = 0, sum = 0;
        for (size_t i = 0; i < n; i++) row[i] = logt[j + i * m];
        di_sort(n, row);
        const double M = row[n - 1];
        for (size_t i = 0; i < n && M > -INFINITY; i++) {
            const double e = exp(row[i] - M);
            S += e;
            S2 += e * e;
            S4 += e * e * e * e;
        }
        for (size_t i = 1; i < k; i++) sum += row[n - i] - row[n - k];
        double hill = NAN;
        if (row[n - k] > -INFINITY) hill = sum > 0 ? (double)(k - 2) / sum : INFINITY;
        if (mu) mu[j] = hill;
        if (mu_se) mu_se[j] = hill / sqrt((double)k - 3);
        if (neff) neff[j] = S > 0 ? S * S / S2 : NAN;
        if (neff2) neff2[j] = S > 0 ? S2 * S2 / S4 : NAN;
        if (regime) regime[j] = regime_of(hill);
    }
done:
    di_pool_free(&pool);
    return status;
}
