/* expfam_pairwise.c - pairwise models of continuous and discrete variables, whose log
 * partition nobody can sum, and draws from them.
 *
 * Variable i has the value z_i: a continuous one lies in [0, 1] with base Beta(a_i,
 * b_i), a discrete one takes the score of its level with the level's base probability.
 * The statistics are products z_i z_j, or z_i alone for a pair (i, i); under the base
 * measure the variables are independent. Given the others, with c = sum_j theta_ij z_j,
 * a continuous variable has a density proportional to x^(a-1) (1-x)^(b-1) exp(c x), a
 * discrete one probabilities proportional to pi_s exp(c score_s): Gibbs sampling needs
 * nothing else.
 *
 * Continuous variables move on the logit scale by slice sampling with stepping out and
 * shrinkage (Neal 2003), first width 2.5 sqrt(1/a + 1/b). */
#include "expfam_chains.h"

#include <string.h>

enum { MOST_LEVELS = 1000, SEGMENT = 1000, MOST_STEPS = 200 };

static int pairwise_stats(const distest_expfam_family *f, const double *x, size_t ld,
                          double *xi, double *base)
{
    const di_expfam_pairs *w = f->pairs;
    *base = 0;
    for (size_t i = 0; i < w->nc; i++)
        if (!(x[i * ld] >= 0 && x[i * ld] <= 1)) return 0;
    for (size_t k = 0; k < w->nd; k++) {
        const double v = x[(w->nc + k) * ld];
        if (!(v >= 1 && v <= (double)w->levels[k] && v == floor(v))) return 0;
    }
    for (size_t t = 0; t < f->p; t++) {
        const size_t ends = w->terms[2 * t] == w->terms[2 * t + 1] ? 1 : 2;
        xi[t] = 1;
        for (size_t e = 0; e < ends; e++) {
            const size_t i = w->terms[2 * t + e];
            const double v = x[i * ld];
            xi[t] *= i < w->nc ? v : w->score[w->first[i - w->nc] + (size_t)v - 1];
        }
    }
    return 1;
}

const di_expfam_row di_expfam_pairwise = {
    .name = "pairwise", .way = EXPFAM_CHAINS, .stats = pairwise_stats};

static int check_pairs(size_t v, size_t p, const size_t *terms, distest_context *ctx)
{
    if (p < 1)
        return di_fail(ctx, DISTEST_EINVAL, "terms", "There must be statistics.");
    for (size_t t = 0; t < p; t++) {
        if (terms[2 * t] > terms[2 * t + 1] || terms[2 * t + 1] >= v)
            return di_fail(ctx, DISTEST_EINVAL, "terms",
                           "Term %zu is not a pair i <= j of the %zu variables.", t + 1,
                           v);
        for (size_t s = 0; s < t; s++)
            if (terms[2 * s] == terms[2 * t] && terms[2 * s + 1] == terms[2 * t + 1])
                return di_fail(ctx, DISTEST_EINVAL, "terms",
                               "Terms %zu and %zu are the same.", s + 1, t + 1);
    }
    return DISTEST_SUCCESS;
}

/* for each variable its terms and the variables at their other ends; v: the constant */
static int list_neighbours(di_expfam_pairs *w, size_t v, size_t p, di_pool *pool,
                           distest_context *ctx)
{
    size_t at = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, pool, &w->start, v + 1, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->other, 2 * p, 1));
    DI_TRY(DI_NEW(ctx, pool, &w->term, 2 * p, 1));
    for (size_t i = 0; i < v; i++) {
        w->start[i] = at;
        for (size_t t = 0; t < p; t++) {
            const size_t a = w->terms[2 * t], b = w->terms[2 * t + 1];
            if (a != i && b != i) continue;
            w->term[at] = t;
            w->other[at++] = a == b ? v : a == i ? b : a;
        }
    }
    w->start[v] = at;
done:
    return status;
}

int distest_expfam_family_pairwise(distest_expfam_family **out, size_t ncont,
                                   const double *beta_a, const double *beta_b,
                                   size_t ndisc, const size_t *levels,
                                   const double *scores, const double *prob, size_t p,
                                   const size_t *terms, distest_context *ctx)
{
    distest_expfam_family *f = NULL;
    di_expfam_pairs *w = NULL;
    size_t all = 0;
    int status = DISTEST_SUCCESS;

    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "out", out));
    DI_TRY(di_check_positive(ctx, "beta_a", ncont, beta_a));
    DI_TRY(di_check_positive(ctx, "beta_b", ncont, beta_b));
    if (ndisc) DI_TRY(di_check_pointer(ctx, "levels", levels));
    for (size_t k = 0; k < ndisc; k++) {
        if (levels[k] < 2 || levels[k] > MOST_LEVELS)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "levels",
                           "Discrete variable %zu must have 2 to %d levels, not %zu.",
                           k + 1, MOST_LEVELS, levels[k]));
        all += levels[k];
    }
    DI_TRY(di_check_positive(ctx, "prob", all, prob));
    DI_TRY(di_check_finite(ctx, "scores", all, scores));
    DI_TRY(di_check_pointer(ctx, "terms", terms));
    DI_TRY(check_pairs(ncont + ndisc, p, terms, ctx));
    DI_TRY(di_expfam_new_family(&f, &di_expfam_pairwise, ctx));
    f->p = p;
    f->d = ncont + ndisc;
    DI_TRY(DI_NEW(ctx, &f->pool, &w, 1, 1));
    *w = (di_expfam_pairs){.nc = ncont, .nd = ndisc};
    f->pairs = w;
    DI_TRY(DI_NEW(ctx, &f->pool, &w->a, ncont, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &w->b, ncont, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &w->levels, ndisc, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &w->first, ndisc, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &w->score, all, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &w->logprob, all, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &w->terms, 2 * p, 1));
    for (size_t i = 0; i < ncont; i++) {
        w->a[i] = beta_a[i];
        w->b[i] = beta_b[i];
    }
    for (size_t k = 0, at = 0; k < ndisc; at += levels[k], k++) {
        double sum = 0;
        w->levels[k] = levels[k];
        w->first[k] = at;
        for (size_t s = 0; s < levels[k]; s++) sum += prob[at + s];
        for (size_t s = 0; s < levels[k]; s++) {
            w->score[at + s] = scores[at + s];
            w->logprob[at + s] = log(prob[at + s] / sum);
        }
    }
    memcpy(w->terms, terms, 2 * p * sizeof *terms);
    DI_TRY(list_neighbours(w, f->d, p, &f->pool, ctx));
    *out = f;
    f = NULL;
done:
    distest_expfam_family_free(f);
    return status;
}

/* ---- Gibbs sampling */
typedef struct {
    double a, b, c;
} tilted_beta;

/* log density of y = logit x but for a constant; x comes back */
static double log_density(const tilted_beta *t, double y, double *x)
{
    const double e = exp(-fabs(y));
    const double big = 1 / (1 + e);
    *x = y >= 0 ? big : e * big;
    return t->a * y - (t->a + t->b) * (fmax(y, 0) + log1p(e)) + t->c * *x;
}

static double draw_slice(di_stream *s, const tilted_beta *t, double y, double *x)
{
    const double width = 2.5 * sqrt(1 / t->a + 1 / t->b);
    const double level = log_density(t, y, x) - di_stream_exponential(s);
    double low = y - width * di_stream_uniform(s), high = low + width, value;
    for (int i = 0; i < MOST_STEPS && log_density(t, low, &value) > level; i++)
        low -= width;
    for (int i = 0; i < MOST_STEPS && log_density(t, high, &value) > level; i++)
        high += width;
    for (int i = 0; i < MOST_STEPS; i++) {
        const double u = low + (high - low) * di_stream_uniform(s);
        if (log_density(t, u, &value) >= level) {
            *x = value;
            return u;
        }
        if (u < y)
            low = u;
        else
            high = u;
    }
    return y; /* the interval has shrunk to y */
}

static size_t draw_level(di_stream *s, size_t levels, const double *score,
                         const double *logprob, double c, double *scratch)
{
    double top = -INFINITY, sum = 0;
    for (size_t k = 0; k < levels; k++) {
        scratch[k] = logprob[k] + c * score[k];
        top = fmax(top, scratch[k]);
    }
    for (size_t k = 0; k < levels; k++) scratch[k] = sum += exp(scratch[k] - top);
    const double u = di_stream_uniform(s) * sum;
    size_t k = 0;
    while (k + 1 < levels && scratch[k] <= u) k++;
    return k;
}

static void sweep(const distest_expfam_family *f, const double *theta,
                  di_expfam_chain *c)
{
    const di_expfam_pairs *w = f->pairs;
    double scratch[MOST_LEVELS];
    for (size_t i = 0; i < f->d; i++) {
        double field = 0;
        for (size_t e = w->start[i]; e < w->start[i + 1]; e++)
            field += theta[w->term[e]] * c->z[w->other[e]];
        if (i < w->nc) {
            const tilted_beta t = {w->a[i], w->b[i], field};
            c->y[i] = draw_slice(&c->stream, &t, c->y[i], &c->z[i]);
        } else {
            const size_t k = i - w->nc, at = w->first[k];
            const size_t level = draw_level(&c->stream, w->levels[k], w->score + at,
                                            w->logprob + at, field, scratch);
            c->y[i] = (double)(level + 1);
            c->z[i] = w->score[at + level];
        }
    }
}

/* z and y of a draw from the base measure */
static void start_chain(const distest_expfam_family *f, di_expfam_chain *c)
{
    const di_expfam_pairs *w = f->pairs;
    for (size_t i = 0; i < w->nc; i++) {
        const double x =
            fmin(fmax(di_stream_beta(&c->stream, w->a[i], w->b[i]), 1e-12), 1 - 1e-12);
        c->z[i] = x;
        c->y[i] = log(x) - log1p(-x);
    }
    for (size_t i = w->nc; i < f->d; i++) {
        c->y[i] = 1;
        c->z[i] = w->score[w->first[i - w->nc]];
    }
    c->z[f->d] = 1;
}

DISTEST_STATUS di_expfam_chains_open(const distest_expfam_family *f, uint64_t key,
                                     di_expfam_chain *chains, di_pool *pool,
                                     distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    for (size_t k = 0; k < EXPFAM_CHAIN_COUNT; k++) {
        chains[k].stream = di_stream_open(key, k);
        chains[k].rng = distest_rng_seed(key + k);
        if (!f->pairs) continue;
        DI_TRY(DI_NEW(ctx, pool, &chains[k].z, f->d + 1, 1));
        DI_TRY(DI_NEW(ctx, pool, &chains[k].y, f->d, 1));
        start_chain(f, chains + k);
    }
done:
    return status;
}

typedef struct {
    const distest_expfam_family *f;
    const double *theta;
    di_expfam_chain *chains;
    double *z; /* NULL: nothing is kept */
    int levels;
    size_t m, each, thin, from, to;
} run;

static int run_chain(size_t block, int thread, void *data)
{
    const run *r = data;
    const size_t d = r->f->d, nc = r->f->pairs->nc;
    di_expfam_chain *c = r->chains + block;
    (void)thread;
    for (size_t i = r->from; i < r->to; i++) {
        sweep(r->f, r->theta, c);
        if (!r->z || i % r->thin) continue;
        double *to = r->z + block * r->each + i / r->thin;
        for (size_t k = 0; k < d; k++)
            to[k * r->m] = r->levels && k >= nc ? c->y[k] : c->z[k];
    }
    return DISTEST_SUCCESS;
}

/* `each` states of each chain into z (8 each x d, chain by chain), after `burn` sweeps,
 * `thin` sweeps apart; levels: of discrete variables the level, not the score */
DISTEST_STATUS di_expfam_chains_run(const distest_expfam_family *f, const double *theta,
                                    di_expfam_chain *chains, size_t burn, size_t each,
                                    size_t thin, int levels, double from, double to,
                                    double *z, distest_context *ctx)
{
    run r = {.f = f, .theta = theta, .chains = chains, .levels = levels, .thin = 1};
    int status = DISTEST_SUCCESS;
    if (!f->pairs)
        return di_expfam_user_chains(f, theta, chains, each, from, to, z, ctx);
    for (size_t i = 0; i < burn; i += SEGMENT) {
        r.from = i;
        r.to = burn - i < SEGMENT ? burn : i + SEGMENT;
        DI_TRY(di_for_blocks(ctx, "burn-in", from, from, EXPFAM_CHAIN_COUNT, run_chain,
                             &r));
    }
    r.z = z;
    r.m = EXPFAM_CHAIN_COUNT * each;
    r.each = each;
    r.thin = thin;
    for (size_t i = 0; i < each * thin; i += SEGMENT) {
        const size_t all = each * thin, next = all - i < SEGMENT ? all : i + SEGMENT;
        r.from = i;
        r.to = next;
        DI_TRY(di_for_blocks(ctx, "chains", di_fraction(from, to, i, all),
                             di_fraction(from, to, next, all), EXPFAM_CHAIN_COUNT,
                             run_chain, &r));
    }
done:
    return status;
}

int di_expfam_sample_chains(const distest_expfam_family *f, const double *theta,
                            size_t n, uint64_t key, double *x, distest_context *ctx)
{
    enum { THIN = 10, BURN = 300 };
    di_expfam_chain chains[EXPFAM_CHAIN_COUNT];
    const size_t each = (n + EXPFAM_CHAIN_COUNT - 1) / EXPFAM_CHAIN_COUNT,
                 m = EXPFAM_CHAIN_COUNT * each;
    di_pool pool = {NULL};
    double *z = NULL;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &z, m, f->d));
    DI_TRY(di_expfam_chains_open(f, key, chains, &pool, ctx));
    DI_TRY(di_expfam_chains_run(f, theta, chains, BURN, each, THIN, 1, 0, 1, z, ctx));
    for (size_t i = 0; i < n; i++) /* chains take turns */
        for (size_t k = 0; k < f->d; k++)
            x[i + k * n] =
                z[i % EXPFAM_CHAIN_COUNT * each + i / EXPFAM_CHAIN_COUNT + k * m];
done:
    di_pool_free(&pool);
    return status;
}
