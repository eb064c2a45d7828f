/* expfam_states.c - models on the states of discrete variables: Ising and log-linear.
 *
 * The m states are never written out as statistics. One transform along each variable
 * takes the p coefficients to the log weights of all states, another one takes their
 * probabilities to the means of all products; as a product of two statistics is one of
 * these (or 0), covariances and third cumulants are looked up. */
#include "expfam_graph.h"

enum { MOST_STATES = 1 << 24, MOST_SPINS = 22 };

void di_expfam_states_values(const di_expfam_states *s, size_t m, double *v)
{
    for (size_t k = 0, stride = 1; k < s->d; stride *= s->levels[k++]) {
        const size_t L = s->levels[k], step = stride * L;
        for (size_t i0 = 0; i0 < m; i0 += step)
            for (size_t l = 1; l < L; l++) {
                double *none = v + i0, *some = v + i0 + l * stride;
                for (size_t i = 0; i < stride; i++) {
                    const double c = none[i], x = some[i];
                    some[i] = c + x;
                    if (s->sign) none[i] = c - x;
                }
            }
    }
}

void di_expfam_states_moments(const di_expfam_states *s, size_t m, double *v)
{
    for (size_t k = 0, stride = 1; k < s->d; stride *= s->levels[k++]) {
        const size_t L = s->levels[k], step = stride * L;
        for (size_t i0 = 0; i0 < m; i0 += step)
            for (size_t l = 1; l < L; l++) {
                double *none = v + i0, *some = v + i0 + l * stride;
                for (size_t i = 0; i < stride; i++) {
                    const double low = none[i], high = some[i];
                    none[i] = low + high;
                    if (s->sign) some[i] = high - low;
                }
            }
    }
}

size_t di_expfam_states_join(const di_expfam_states *s, size_t i, size_t j)
{
    size_t both = 0;
    if (s->sign) return i ^ j;
    if (s->binary) return i | j;
    for (size_t k = 0, stride = 1; k < s->d; stride *= s->levels[k++]) {
        const size_t L = s->levels[k], a = i % L, b = j % L;
        if (a && b && a != b) return SIZE_MAX;
        both += stride * (a ? a : b);
        i /= L;
        j /= L;
    }
    return both;
}

double di_expfam_states_value(const di_expfam_states *s, size_t state, size_t code)
{
    double value = 1;
    for (size_t k = 0; k < s->d; k++) {
        const size_t L = s->levels[k], want = code % L, have = state % L;
        if (want && s->sign)
            value *= have ? 1 : -1;
        else if (want && want != have)
            return 0;
        code /= L;
        state /= L;
    }
    return value;
}

void di_expfam_states_row(const distest_expfam_family *f, size_t state, double *x,
                          size_t ld)
{
    const di_expfam_states *s = &f->states;
    for (size_t k = 0; k < s->d; k++) {
        const double level = (double)(state % s->levels[k]);
        x[k * ld] = f->row->variant ? level + 1 : s->sign ? 2 * level - 1 : level;
        state /= s->levels[k];
    }
}

size_t di_expfam_states_cell(const distest_expfam_family *f, const double *x, size_t ld)
{
    const di_expfam_states *s = &f->states;
    size_t cell = 0;
    for (size_t k = 0, stride = 1; k < s->d; stride *= s->levels[k++]) {
        const double v = x[k * ld], level = f->row->variant ? v - 1
                                            : s->sign       ? 0.5 * (v + 1)
                                                            : v;
        if (!(level >= 0 && level < (double)s->levels[k] && level == floor(level)))
            return SIZE_MAX;
        cell += stride * (size_t)level;
    }
    return cell;
}

/* room for the states of d variables and p statistics; levels and codes follow */
static int open_states(distest_expfam_family *f, size_t d, size_t p,
                       distest_context *ctx)
{
    di_expfam_states *s = &f->states;
    int status = DISTEST_SUCCESS;
    f->d = s->d = d;
    f->p = f->fixed.p = p;
    f->finite = 1;
    f->fixed.states = s;
    f->fixed.m = 1;
    s->binary = 1;
    DI_TRY(DI_NEW(ctx, &f->pool, &s->levels, d, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &s->code, p, 1));
done:
    return status;
}

/* ---- Ising: by elimination where that is less than the states, or where these are too
 * many to list */
static const di_expfam_row ISING_GRAPH;

static int ising_graph(distest_expfam_family *f, size_t edges, distest_context *ctx)
{
    const size_t d = f->d, p = d + edges;
    di_expfam_graph *g = NULL;
    const int status =
        di_expfam_graph_build(&g, d, edges, f->ipar + 2, f->states.sign, &f->pool, ctx);
    if (status != DISTEST_SUCCESS) return status;
    if (!g && d > MOST_SPINS)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "The states of at most %d binary variables are enumerated, not "
                       "of %zu, and their graph has too many cycles to sum them out "
                       "one by one (width above %d, or tables too large).",
                       MOST_SPINS, d, EXPFAM_MOST_WIDTH);
    /* a column of the covariance is 8 tables of cells, all of them one transform */
    if (g && (d > MOST_SPINS || 8 * p * g->cells < d * ((size_t)1 << d))) {
        f->graph = g;
        f->row = &ISING_GRAPH;
    }
    return DISTEST_SUCCESS;
}

static int ising_setup(distest_expfam_family *f, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    if (f->nipar < 2 || f->nipar % 2 || f->ipar[1] > 1)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "Settings are the dimension, the coding (0 or 1) and pairs.");
    const size_t d = f->ipar[0], edges = (f->nipar - 2) / 2, *pair = f->ipar + 2;
    for (size_t e = 0; e < edges; e++)
        if (pair[2 * e] >= pair[2 * e + 1] || pair[2 * e + 1] >= d)
            return di_fail(ctx, DISTEST_EINVAL, "ipar",
                           "Edge %zu is not a pair i < j of the %zu variables.", e + 1,
                           d);
    if (d < 1) return di_fail(ctx, DISTEST_EINVAL, "ipar", "There must be a variable.");
    f->states.sign = f->ipar[1] == 1;
    f->d = d;
    f->p = d + edges;
    f->finite = 1;
    DI_TRY(ising_graph(f, edges, ctx));
    if (d > MOST_SPINS) goto done; /* not to be listed */
    DI_TRY(open_states(f, d, d + edges, ctx));
    f->fixed.m = (size_t)1 << d;
    for (size_t k = 0; k < d; k++) {
        f->states.levels[k] = 2;
        f->states.code[k] = (size_t)1 << k;
    }
    for (size_t e = 0; e < edges; e++)
        f->states.code[d + e] = (size_t)1 << pair[2 * e] | (size_t)1 << pair[2 * e + 1];
done:
    return status;
}

static int ising_stats(const distest_expfam_family *f, const double *x, size_t ld,
                       double *xi, double *base)
{
    const double low = f->states.sign ? -1 : 0;
    *base = 0;
    for (size_t k = 0; k < f->d; k++) {
        xi[k] = x[k * ld];
        if (xi[k] != low && xi[k] != 1) return 0;
    }
    for (size_t e = f->d; e < f->p; e++)
        xi[e] = xi[f->ipar[2 + 2 * (e - f->d)]] * xi[f->ipar[3 + 2 * (e - f->d)]];
    return 1;
}

/* which variables at which levels each statistic asks for */
static int list_factors(distest_expfam_family *f, distest_context *ctx)
{
    di_expfam_states *s = &f->states;
    size_t total = 0;
    int status = DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &f->pool, &s->first, f->p + 1, 1));
    DI_TRY(DI_NEW(ctx, &f->pool, &s->where, f->p, s->d));
    DI_TRY(DI_NEW(ctx, &f->pool, &s->level, f->p, s->d));
    for (size_t a = 0; a < f->p; a++) {
        s->first[a] = total;
        for (size_t k = 0, code = s->code[a]; code; code /= s->levels[k++]) {
            if (code % s->levels[k] == 0) continue;
            s->where[total] = k;
            s->level[total++] = code % s->levels[k];
        }
    }
    s->first[f->p] = total;
done:
    return status;
}

/* ---- log-linear: d, levels, then the cell of each statistic */
static int loglinear_setup(distest_expfam_family *f, distest_context *ctx)
{
    const size_t d = f->nipar ? f->ipar[0] : 0, *level = f->ipar + 1;
    int status = DISTEST_SUCCESS;
    if (d < 1 || f->nipar < d + 2)
        return di_fail(ctx, DISTEST_EINVAL, "ipar",
                       "Settings are the dimension, the levels of each variable and "
                       "the cell of each statistic.");
    const size_t p = f->nipar - 1 - d, *cell = level + d;
    DI_TRY(open_states(f, d, p, ctx));
    for (size_t k = 0; k < d; k++) {
        f->states.levels[k] = level[k];
        if (level[k] < 1 || level[k] > MOST_STATES / f->fixed.m)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "ipar",
                           "Variable %zu must have at least 1 level, and the table at "
                           "most %d cells.",
                           k + 1, MOST_STATES));
        f->fixed.m *= level[k];
        f->states.binary = f->states.binary && level[k] == 2;
    }
    for (size_t a = 0; a < p; a++) {
        f->states.code[a] = cell[a];
        int bad = cell[a] == 0 || cell[a] >= f->fixed.m;
        for (size_t b = 0; b < a; b++) bad = bad || cell[b] == cell[a];
        if (bad)
            DI_TRY(di_fail(ctx, DISTEST_EINVAL, "ipar",
                           "Statistic %zu must have a cell of its own below %zu, but "
                           "not cell 0.",
                           a + 1, f->fixed.m));
    }
    DI_TRY(list_factors(f, ctx));
done:
    return status;
}

static int loglinear_stats(const distest_expfam_family *f, const double *x, size_t ld,
                           double *xi, double *base)
{
    const di_expfam_states *s = &f->states;
    *base = 0;
    for (size_t k = 0; k < f->d; k++) {
        const double v = x[k * ld];
        if (!(v >= 1 && v <= (double)s->levels[k] && v == floor(v))) return 0;
    }
    for (size_t a = 0; a < f->p; a++) {
        xi[a] = 1;
        for (size_t e = s->first[a]; e < s->first[a + 1]; e++)
            if (x[s->where[e] * ld] != (double)(s->level[e] + 1)) xi[a] = 0;
    }
    return 1;
}

static const di_expfam_row ISING_GRAPH = {.name = "ising",
                                          .way = EXPFAM_GRAPH,
                                          .stats = ising_stats,
                                          .mle = di_expfam_graph_mle};

const di_expfam_row di_expfam_cells[] = {
    {.name = "ising",
     .way = EXPFAM_NODES,
     .nipar = SIZE_MAX,
     .setup = ising_setup,
     .stats = ising_stats},
    {.name = "loglinear",
     .way = EXPFAM_NODES,
     .nipar = SIZE_MAX,
     .setup = loglinear_setup,
     .stats = loglinear_stats,
     .variant = 1},
    {.name = NULL},
};
