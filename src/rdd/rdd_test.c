/* rdd_test.c - tests about the whole effect curve from the draws of the bootstrap.
 *
 * On the grid points in a range, with the cell weights om renormalised there and
 * f~ = f - sum om f, the statistic T of the estimate tau and T_b of each draw Z_b:
 *
 *     nullity, equal     max |tau_j| / s_j          cvm: sum om tau^2
 *     homogeneity        max |tau~_j| / s~_j        cvm: sum om tau~^2
 *     ge (tau >= 0)      max(max -tau_j / s_j, 0)
 *     le (tau <= 0)      max(max tau_j / s_j, 0)
 *
 * p = (1 + #{b: T_b >= T}) / (B + 1). s~ comes from A V A', A the centring; s = s~ = 1
 * when not studentized. Points with s = 0 are left out of studentized maxima. */
#include "rdd.h"

#include <math.h>
#include <string.h>

typedef struct {
    int centred;
    int sign; /* 0: both */
    int cvm;  /* is there a sum of squares? */
} rule;

static const char *const TESTS[] = {"nullity", "homogeneity", "ge", "le", "equal"};
static const rule RULES[] = {{0, 0, 1}, {1, 0, 1}, {0, -1, 0}, {0, 1, 0}, {0, 0, 1}};
enum { KINDS = sizeof RULES / sizeof RULES[0] };
static const char *const STATISTICS[] = {"sup", "cvm"};

typedef struct {
    size_t n;       /* grid points in the range */
    size_t *at;     /* their places */
    double *om, *s; /* n each; s = 0 leaves a point out */
    rule kind;
    int cvm;
} problem;

/* Statistics of m curves at once: curve b at grid point j is x[b + j ldx]. mean: m
 * scratch. T: m. */
static void statistics(const problem *p, size_t m, const double *x, size_t ldx,
                       double *mean, double *T)
{
    for (size_t b = 0; b < m; b++) mean[b] = T[b] = 0;
    for (size_t k = 0; p->kind.centred && k < p->n; k++) {
        const double *column = x + p->at[k] * ldx, om = p->om[k];
        for (size_t b = 0; b < m; b++) mean[b] += om * column[b];
    }
    for (size_t k = 0; k < p->n; k++) {
        const double *column = x + p->at[k] * ldx, om = p->om[k], s = p->s[k];
        if (p->cvm)
            for (size_t b = 0; b < m; b++)
                T[b] += om * (column[b] - mean[b]) * (column[b] - mean[b]);
        else if (s > 0)
            for (size_t b = 0; b < m; b++) {
                const double d = (column[b] - mean[b]) / s;
                const double t = p->kind.sign == 0 ? fabs(d) : p->kind.sign * d;
                T[b] = t > T[b] ? t : T[b];
            }
    }
}

/* s_j, or s~_j from the diagonal of A V A' = V_jj - 2 (V om)_j + om'V om; what rounding
 * leaves of a zero is a zero. Returns whether any is positive. */
static int find_scales(problem *p, size_t Q, const double *V, int studentized)
{
    double oVo = 0;
    int any = 0;
    for (size_t k = 0; k < p->n; k++) {
        double Vo = 0;
        for (size_t l = 0; l < p->n; l++) Vo += V[p->at[l] + p->at[k] * Q] * p->om[l];
        p->s[k] = Vo;
        oVo += p->om[k] * Vo;
    }
    for (size_t k = 0; k < p->n; k++) {
        const double v = V[p->at[k] + p->at[k] * Q];
        const double centred = v - 2 * p->s[k] + oVo;
        const double s2 = !p->kind.centred              ? v
                          : centred > 1e-13 * (v + oVo) ? centred
                                                        : 0;
        p->s[k] = s2 > 0 ? sqrt(s2) : 0;
        any |= p->s[k] > 0;
    }
    for (size_t k = 0; !studentized && k < p->n; k++) p->s[k] = 1;
    return any;
}

static int find_range(problem *p, size_t Q, const double *q, const double *range,
                      double *cells, distest_context *ctx)
{
    double total = 0;
    if (range && !(range[0] <= range[1]))
        return di_fail(ctx, DISTEST_EINVAL, "range",
                       "`range` must be two increasing numbers, not %g and %g.",
                       range[0], range[1]);
    di_rdd_cells(Q, q, cells);
    for (size_t j = 0; j < Q; j++) {
        /* the ends of the grid are computed numbers: 0.1 + 2 0.1 is in [0.3, ...] */
        if (range && (q[j] < range[0] - 1e-12 || q[j] > range[1] + 1e-12)) continue;
        p->at[p->n] = j;
        p->om[p->n++] = cells[j];
        total += cells[j];
    }
    if (p->n == 0)
        return di_fail(ctx, DISTEST_EINVAL, "range",
                       "no grid point lies between %g and %g.", range ? range[0] : 0,
                       range ? range[1] : 1);
    for (size_t k = 0; k < p->n; k++) p->om[k] /= total;
    return DISTEST_SUCCESS;
}

static int check_test(size_t Q, const double *q, const double *tau, const double *vcov,
                      const double *process, size_t draws, double level,
                      distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(di_check_increasing(ctx, "q", Q, q));
    if (Q == 0 || q[0] <= 0 || q[Q - 1] >= 1)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "q", "`q` must hold numbers in (0, 1)."));
    DI_TRY(di_check_finite(ctx, "tau", Q, tau));
    DI_TRY(di_check_finite(ctx, "vcov", Q * Q, vcov));
    DI_TRY(di_rdd_check_draws(ctx, level, draws));
    DI_TRY(di_check_finite(ctx, "process", Q * draws, process));
done:
    return status;
}

static int choose(problem *p, const char *test, const char *statistic,
                  distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    size_t kind = 0, cvm = 0;
    DI_TRY(di_check_choice(ctx, "test", test, KINDS, TESTS, &kind));
    DI_TRY(di_check_choice(ctx, "statistic", statistic, 2, STATISTICS, &cvm));
    p->kind = RULES[kind], p->cvm = (int)cvm;
    if (p->cvm && !p->kind.cvm)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "statistic",
                       "test \"%s\" has the statistic \"sup\" only.", test));
done:
    return status;
}

/* number of draws handled between two looks for a cancel */
enum { DRAWS = 4096 };

int distest_rdd_test(size_t probs, const double *q, const double *tau,
                     const double *vcov, const double *process, size_t draws,
                     double level, const char *test, const char *statistic,
                     int studentized, const double range[2], double *value,
                     double *p_value, double *critical, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    problem p = {0};
    double *cells = NULL, *mean = NULL, *T = NULL, observed = NAN, pv = NAN, c = NAN;
    di_begin(ctx);
    DI_TRY(check_test(probs, q, tau, vcov, process, draws, level, ctx));
    DI_TRY(choose(&p, test, statistic, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &cells, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &p.at, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &p.om, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &p.s, probs, 1));
    DI_TRY(DI_NEW(ctx, &pool, &mean, draws, 1));
    DI_TRY(DI_NEW(ctx, &pool, &T, draws, 1));
    DI_TRY(find_range(&p, probs, q, range, cells, ctx));
    const int any = find_scales(&p, probs, vcov, studentized);
    for (size_t b = 0; b < draws; b += DRAWS) {
        DI_TRY(di_progress(ctx, di_fraction(0, 1, b, draws), "test"));
        statistics(&p, draws - b < DRAWS ? draws - b : DRAWS, process + b, draws,
                   mean + b, T + b);
    }
    if (any) {
        double mean1 = 0;
        size_t above = 0;
        statistics(&p, 1, tau, 1, &mean1, &observed);
        for (size_t b = 0; b < draws; b++) above += T[b] >= observed;
        pv = (1 + (double)above) / ((double)draws + 1);
        c = di_select(draws, T, di_rdd_rank(level, draws));
    }
    if (value) *value = observed;
    if (p_value) *p_value = pv;
    if (critical) *critical = c;
done:
    di_pool_free(&pool);
    return status;
}
