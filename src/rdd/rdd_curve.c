/* rdd_curve.c - effects at many bandwidths at once.
 *
 * With the units of a side sorted by t = |u| / r, r the range, the kernels are
 * polynomials in t r / h, so that moments and right-hand sides at any h are
 * combinations of the sums over all units with |u| < h,
 *
 *     S_k = sum o t^k (1, Q),   sum K z^a (.) = c (g^a S_a - g^{a + power}
 * S_{a+power}),
 *
 * g = r / h. The sums are taken between neighbouring bandwidths and added up outwards:
 * nothing is subtracted but 1 - |z|^power, so nothing cancels. On the left z = -t g,
 * and coefficients of odd powers change their sign. */
#include "rdd_fit.h"

#include <math.h>
#include <string.h>

enum { TILE = 16, POWERS = RDD_TERMS + 3 };

typedef struct {
    const di_rdd_prep *prep;
    int side;
    size_t n;      /* units of the side */
    size_t *order; /* by |u| */
    double *t, *o; /* sorted */
    double r;
    size_t cuts; /* distinct numbers of units within a bandwidth */
    size_t *cut; /* increasing; S is taken over the first cut[i] units */
    size_t powers, moments;
    double *S;     /* by cut: powers x probs */
    double *M;     /* by cut: moments */
    double *X, *W; /* scratch by thread: RDD_CHUNK x TILE, x powers */
} side_sums;

typedef struct {
    const di_rdd_prep *prep;
    size_t m;
    const double *h;
    double ratio[2]; /* b / h */
    side_sums side[2];
} curve_job;

/* How many of the sorted units have weight within h. */
static size_t units_within(const side_sums *a, double h)
{
    size_t low = 0, high = a->n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (di_rdd_kernel_reaches(a->prep->kernel,
                                  a->prep->u[a->side][a->order[mid]] / h))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* columns first ... of the tile; running sums outwards, kept at the cuts */
static int sum_tile(size_t block, int thread, void *data)
{
    const side_sums *a = data;
    const di_rdd_prep *p = a->prep;
    const size_t probs = p->units->probs, first = block * TILE;
    const size_t count = probs - first < TILE ? probs - first : TILE;
    double *X = a->X + (size_t)thread * RDD_CHUNK * TILE;
    double *W = a->W + (size_t)thread * RDD_CHUNK * a->powers;
    size_t done = 0;
    for (size_t k = 0; k < a->cuts; k++) {
        double *S = a->S + (k * probs + first) * a->powers;
        if (k == 0)
            memset(S, 0, count * a->powers * sizeof *S);
        else
            memcpy(S, S - probs * a->powers, count * a->powers * sizeof *S);
        while (done < a->cut[k]) {
            const size_t left = a->cut[k] - done;
            const size_t m = left < RDD_CHUNK ? left : RDD_CHUNK;
            for (size_t i = 0; i < m; i++) W[i] = a->o[done + i];
            for (size_t b = 1; b < a->powers; b++)
                for (size_t i = 0; i < m; i++)
                    W[i + b * RDD_CHUNK] = W[i + (b - 1) * RDD_CHUNK] * a->t[done + i];
            for (size_t j = 0; j < count; j++) {
                const double *from = p->column[first + j];
                const double scale = ldexp(1, -p->exponent[first + j]);
                for (size_t i = 0; i < m; i++)
                    X[i + j * RDD_CHUNK] =
                        from[p->row[a->side][a->order[done + i]]] * scale;
            }
            di_gemm('T', 'N', a->powers, count, m, 1, W, RDD_CHUNK, X, RDD_CHUNK, 1, S,
                    a->powers);
            done += m;
        }
    }
    return DISTEST_SUCCESS;
}

static void sum_moments(const side_sums *a)
{
    size_t done = 0;
    for (size_t k = 0; k < a->cuts; k++) {
        double *M = a->M + k * a->moments;
        for (size_t b = 0; b < a->moments; b++) M[b] = 0;
        for (; done < a->cut[k]; done++) {
            double power = a->o[done];
            for (size_t b = 0; b < a->moments; b++) {
                M[b] += power;
                power *= a->t[done];
            }
        }
        const double *inner = k > 0 ? M - a->moments : NULL;
        for (size_t b = 0; inner && b < a->moments; b++) M[b] += inner[b];
    }
}

/* increasing, equal ones once; how many. scratch: n */
static size_t sort_cuts(size_t n, size_t *cut, double *scratch)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) scratch[i] = (double)cut[i];
    di_sort(n, scratch);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || scratch[i] > scratch[i - 1]) cut[kept++] = (size_t)scratch[i];
    return kept;
}

static int open_side(distest_context *ctx, di_pool *pool, curve_job *c, int s)
{
    const di_rdd_prep *p = c->prep;
    side_sums *a = &c->side[s];
    const size_t threads = (size_t)di_threads(ctx), probs = p->units->probs;
    int status = DISTEST_SUCCESS;
    double *scratch;
    a->prep = p;
    a->side = s;
    a->n = p->used[s];
    a->r = p->range[s] > 0 ? p->range[s] : 1;
    a->powers = (size_t)p->opts->q + 3;
    a->moments = 2 * (size_t)p->opts->q + 4;
    DI_TRY(DI_NEW(ctx, pool, &a->order, a->n, 1));
    DI_TRY(DI_NEW(ctx, pool, &a->t, a->n, 1));
    DI_TRY(DI_NEW(ctx, pool, &a->o, a->n, 1));
    DI_TRY(DI_NEW(ctx, pool, &a->cut, 2 * c->m, 1));
    for (size_t i = 0; i < a->n; i++) a->o[i] = fabs(p->u[s][i]);
    DI_TRY(di_order(ctx, a->n, a->o, a->order));
    for (size_t i = 0; i < a->n; i++) {
        a->t[i] = fabs(p->u[s][a->order[i]]) / a->r;
        a->o[i] = p->o[s][a->order[i]];
    }
    for (size_t k = 0; k < c->m; k++) {
        a->cut[k] = units_within(a, c->h[k]);
        a->cut[c->m + k] = units_within(a, c->h[k] * c->ratio[s]);
    }
    DI_TRY(DI_NEW(ctx, pool, &scratch, 2 * c->m, 1));
    a->cuts = sort_cuts(2 * c->m, a->cut, scratch);
    DI_TRY(DI_NEW(ctx, pool, &a->S, a->cuts * a->powers, probs));
    DI_TRY(DI_NEW(ctx, pool, &a->M, a->cuts, a->moments));
    DI_TRY(DI_NEW(ctx, pool, &a->X, threads * RDD_CHUNK, TILE));
    DI_TRY(DI_NEW(ctx, pool, &a->W, threads * RDD_CHUNK, a->powers));
    sum_moments(a);
    DI_TRY(di_for_blocks(ctx, "sums", 0.1 + 0.4 * s, 0.5 + 0.4 * s,
                         (probs + TILE - 1) / TILE, sum_tile, a));
done:
    return status;
}

static size_t find_cut(const side_sums *a, size_t units)
{
    size_t low = 0, high = a->cuts;
    while (high - low > 1) {
        const size_t mid = low + (high - low) / 2;
        if (a->cut[mid] <= units)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* Distinct x among the first units, counted up to `most`. */
static size_t distinct_within(const side_sums *a, size_t units, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < units && count < most; i++)
        count += i == 0 || a->t[i] != a->t[i - 1];
    return count;
}

/* g^a S_a - g^{a+power} S_{a+power}, times c */
static double at_bandwidth(const di_rdd_kernel *kernel, const double *S, size_t a,
                           double g)
{
    const double first = pow(g, (double)a) * S[a];
    const size_t up = a + (size_t)kernel->power;
    if (kernel->power == 0) return kernel->c * first;
    return kernel->c * (first - pow(g, (double)up) * S[up]);
}

/* The polynomial in |z| of one side at h; *cut: where its sums stand. */
static int fit_side(distest_context *ctx, const side_sums *a, int order, double h,
                    const char *argument, di_rdd_local *f, size_t *cut)
{
    double moments[2 * RDD_TERMS];
    const size_t t = (size_t)order + 1, units = units_within(a, h);
    *cut = find_cut(a, units);
    for (size_t b = 0; b < 2 * t; b++)
        moments[b] =
            at_bandwidth(a->prep->kernel, a->M + *cut * a->moments, b, a->r / h);
    return di_rdd_local_factor(ctx, a->side, order, h, argument, moments,
                               distinct_within(a, units, t), f);
}

/* coefficient of |z|^coef of every column, by G x = right-hand side */
static void coefficients(const side_sums *a, const di_rdd_local *f, size_t cut,
                         int coef, double *out)
{
    const size_t probs = a->prep->units->probs, t = (size_t)f->order + 1;
    double pick[RDD_TERMS], weight[POWERS];
    const di_rdd_kernel *kernel = a->prep->kernel;
    di_rdd_local_pick(f, coef, pick);
    di_trsv('L', 'T', 'N', t, f->L, t, pick); /* e_coef' G^-1 */
    memset(weight, 0, sizeof weight);
    for (size_t b = 0; b < t; b++) {
        const double g = a->r / f->h;
        weight[b] += kernel->c * pick[b] * pow(g, (double)b);
        if (kernel->power)
            weight[b + (size_t)kernel->power] -=
                kernel->c * pick[b] * pow(g, (double)b + kernel->power);
    }
    for (size_t j = 0; j < probs; j++)
        out[j] = di_dot(a->powers, weight, a->S + (cut * probs + j) * a->powers);
}

/* Adds the curve of a side at h, with its sign: conventional and bias-corrected. */
static int add_side(distest_context *ctx, const curve_job *c, int s, double h,
                    double *scratch, double *cl, double *bc)
{
    const distest_rdd_opts *o = c->prep->opts;
    const side_sums *a = &c->side[s];
    const size_t probs = c->prep->units->probs;
    const double b = h * c->ratio[s];
    const int nu = o->deriv;
    di_rdd_local f, g;
    size_t cut_h, cut_b;
    int status = fit_side(ctx, a, o->p, h, "h", &f, &cut_h);
    if (status != DISTEST_SUCCESS) return status;
    status = fit_side(ctx, a, o->q, b, "b", &g, &cut_b);
    if (status != DISTEST_SUCCESS) return status;
    double scale = (s == RDD_PLUS ? 1 : -1) * pow(h, -nu); /* of m_plus - m_minus */
    for (int k = 2; k <= nu; k++) scale *= k;
    if (s == RDD_MINUS && nu % 2) scale = -scale; /* |z| for z */
    const double bias =
        scale * di_rdd_local_solve(&f, nu, f.next) * pow(1 / c->ratio[s], o->p + 1);
    coefficients(a, &f, cut_h, nu, scratch);
    for (size_t j = 0; j < probs; j++) {
        cl[j] += scale * scratch[j];
        bc[j] += scale * scratch[j];
    }
    coefficients(a, &g, cut_b, o->p + 1, scratch);
    for (size_t j = 0; j < probs; j++) bc[j] -= bias * scratch[j];
    return DISTEST_SUCCESS;
}

static int check_curve(distest_context *ctx, const di_rdd_prep *p, size_t m,
                       const double *h)
{
    int status = DISTEST_SUCCESS;
    const distest_rdd_opts *o = p->opts;
    DI_TRY(di_check_positive(ctx, "h", m, h));
    if (o->h) DI_TRY(di_check_positive(ctx, "h", 2, o->h));
    if (o->h && o->b) DI_TRY(di_check_positive(ctx, "b", 2, o->b));
    if (p->units->treatment)
        return di_fail(ctx, DISTEST_EINVAL, "treatment",
                       "The curve over bandwidths knows no `treatment`.");
    if (p->units->covariates)
        return di_fail(ctx, DISTEST_EINVAL, "covariates",
                       "The curve over bandwidths knows no covariates.");
    if (o->bandwidths != 1)
        return di_fail(ctx, DISTEST_EINVAL, "h",
                       "The curve over bandwidths is for one common bandwidth.");
done:
    return status;
}

int distest_rdd_curve(const distest_rdd_units *units, const distest_rdd_opts *opts,
                      size_t m, const double *h, double *tau_cl, double *tau_bc,
                      distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_prep prep;
    curve_job c = {.prep = &prep, .m = m, .h = h};
    double *cl, *bc, *scratch;
    di_begin(ctx);
    di_blas_serial_enter();
    DI_TRY(di_rdd_prepare(ctx, &pool, units, opts, &prep));
    DI_TRY(check_curve(ctx, &prep, m, h));
    const size_t probs = units->probs;
    DI_TRY(DI_NEW(ctx, &pool, &cl, m, probs));
    DI_TRY(DI_NEW(ctx, &pool, &bc, m, probs));
    DI_TRY(DI_NEW(ctx, &pool, &scratch, probs, 1));
    memset(cl, 0, m * probs * sizeof *cl);
    memset(bc, 0, m * probs * sizeof *bc);
    for (int s = 0; s < 2 && m; s++) {
        c.ratio[s] = opts->h && opts->b ? opts->b[s] / opts->h[s] : 1;
        DI_TRY(open_side(ctx, &pool, &c, s));
    }
    for (size_t k = 0; k < m; k++) {
        DI_TRY(di_progress(ctx, di_fraction(0.9, 1, k, m), "bandwidths"));
        for (int s = 0; s < 2; s++)
            DI_TRY(add_side(ctx, &c, s, h[k], scratch, cl + k * probs, bc + k * probs));
    }
    for (size_t k = 0; k < m; k++)
        for (size_t j = 0; j < probs; j++) {
            if (tau_cl) tau_cl[k + j * m] = ldexp(cl[j + k * probs], prep.exponent[j]);
            if (tau_bc) tau_bc[k + j * m] = ldexp(bc[j + k * probs], prep.exponent[j]);
        }
done:
    di_pool_free(&pool);
    di_blas_serial_leave();
    return status;
}
