/* surv_predict.c - what a fitted model says, with standard errors by the delta method.
 *
 * For a quantity with gradient q in the four linear predictors of a row,
 *
 *     se^2 = sum_jm q_j q_m C_jm,   C_jm = x_j' V_jm x_m,
 *
 * so V is met once a row, and a value costs one evaluation of the baseline. Limits are
 * set on log(-log) for probabilities, log for the positive, log(r / (tau - r)) for
 * restricted means. */
#include "surv_quantity.h"

#include <math.h>
#include <string.h>

typedef struct {
    const distest_surv_model *model;
    int type, each_row;
    size_t m, k, P;
    const double *const *x;
    const double *const *offset;
    const double *at, *entry;
    const double *V; /* P x P, 0 for what counts as known; NULL without errors */
    double z;        /* normal quantile of the limits */
    double *est, *se, *lower, *upper;
    distest_context *ctx;
} prediction;

/* A row: its predictors and their covariance. */
typedef struct {
    di_surv_subject is;
    double C[PARAMETERS][PARAMETERS];
} subject;

static int in_use(const distest_surv_model *model, int j)
{
    return j != KAPPA || model->kernel == DISTEST_SURV_KERNEL_FINITE;
}

static void read_subject(const prediction *a, size_t row, subject *s)
{
    size_t first = 0, from[PARAMETERS];
    for (int j = 0; j < PARAMETERS; j++) {
        const double *offset = a->offset ? a->offset[j] : NULL;
        const size_t p = a->model->p[j];
        from[j] = first;
        s->is.eta[j] = (p ? 0 : a->model->value[j]) + (offset ? offset[row] : 0);
        for (size_t c = 0; in_use(a->model, j) && c < p; c++) {
            const double x = a->x[j][row + c * a->m];
            if (x != 0)
                s->is.eta[j] += x * a->model->coef[first + c]; /* -Inf times 0 is 0 */
        }
        first += p;
    }
    for (int j = 0; a->V && j < PARAMETERS; j++)
        for (int m = 0; m < PARAMETERS; m++)
            for (size_t c = 0; in_use(a->model, j) && c < a->model->p[j]; c++)
                for (size_t d = 0; in_use(a->model, m) && d < a->model->p[m]; d++)
                    s->C[j][m] += a->x[j][row + c * a->m] * a->x[m][row + d * a->m] *
                                  a->V[from[j] + c + (from[m] + d) * a->P];
}

static double error_of(const subject *s, const double *g)
{
    double sum = 0;
    for (int j = 0; j < PARAMETERS; j++)
        for (int m = 0; m < PARAMETERS; m++)
            if (s->C[j][m] != 0) sum += g[j] * g[m] * s->C[j][m];
    for (int j = 0; j < PARAMETERS; j++)
        if (isnan(g[j])) return NAN;
    return sqrt(fmax(sum, 0));
}

/* The limits of est on the scale that suits its type. */
static void limits(const prediction *a, double est, double se, double at, double *lower,
                   double *upper)
{
    *lower = *upper = est;
    if (isnan(se)) {
        *lower = *upper = NAN;
        return;
    }
    if (se == 0) return;
    if (a->type == DISTEST_SURV_PREDICT_SURVIVAL ||
        a->type == DISTEST_SURV_PREDICT_CURE) {
        if (!(est > 0 && est < 1)) return;
        const double by = exp(a->z * se / (est * fabs(log(est))));
        *lower = pow(est, by);
        *upper = pow(est, 1 / by);
    } else if (a->type == DISTEST_SURV_PREDICT_RMST) {
        const double odds = est / (at - est);
        const double by = exp(a->z * se * at / (est * (at - est)));
        *lower = at * (odds / by) / (1 + odds / by);
        *upper = at * (odds * by) / (1 + odds * by);
    } else if (est > 0 && isfinite(est)) {
        const double by = exp(a->z * se / est);
        *lower = est / by;
        *upper = est * by;
    }
}

static int predict_row(const prediction *a, size_t row)
{
    subject s = {.is = {.model = a->model}};
    read_subject(a, row, &s);
    for (size_t i = 0; i < a->k; i++) {
        const size_t to = row + i * a->m;
        const double at = !a->at ? 0 : (a->each_row ? a->at[to] : a->at[i]);
        double g[PARAMETERS] = {0}, est = NAN, lower, upper;
        int status = DISTEST_SUCCESS;
        if (s.is.eta[PHI] == -INFINITY || s.is.eta[LAMBDA] == -INFINITY)
            est = di_surv_quantity_never(a->type, at);
        else
            status = di_surv_quantity(a->type, &s.is, at, a->entry ? a->entry[row] : 0,
                                      &est, g, a->ctx);
        if (status != DISTEST_SUCCESS) return status;
        a->est[to] = est;
        const double se = error_of(&s, g);
        limits(a, est, se, at, &lower, &upper);
        if (a->se) a->se[to] = se;
        if (a->lower) a->lower[to] = lower;
        if (a->upper) a->upper[to] = upper;
    }
    return DISTEST_SUCCESS;
}

enum { ROWS = 64 };

static int some_rows(size_t block, int thread, void *data)
{
    const prediction *a = data;
    const size_t start = block * ROWS;
    const size_t end = a->m - start < ROWS ? a->m : start + ROWS;
    (void)thread;
    for (size_t row = start; row < end; row++) {
        const int status = predict_row(a, row);
        if (status != DISTEST_SUCCESS) return status;
    }
    return DISTEST_SUCCESS;
}

static int check(const prediction *a, double level)
{
    int status = DISTEST_SUCCESS;
    const distest_surv_model *model = a->model;
    const int type = a->type;
    const int times = type <= DISTEST_SURV_PREDICT_DENSITY;
    const size_t values = a->each_row ? a->m * a->k : a->k;
    for (int j = 0; j < PARAMETERS; j++) {
        if (!model->p[j] || !in_use(model, j)) continue;
        DI_TRY(di_check_pointer(a->ctx, "x", a->x));
        DI_TRY(di_check_pointer(a->ctx, "x", a->x[j]));
        DI_TRY(di_check_pointer(a->ctx, "coef", model->coef));
    }
    DI_TRY(di_check_positive(a->ctx, "time_scale", 1, &model->time_scale));
    DI_TRY(di_check_between(a->ctx, "level", level, 0, 1));
    if (type < DISTEST_SURV_PREDICT_SURVIVAL || type > DISTEST_SURV_PREDICT_CURE)
        return di_fail(a->ctx, DISTEST_EINVAL, "type", "`type` is %d.", type);
    if (type >= DISTEST_SURV_PREDICT_MEAN) return DISTEST_SUCCESS;
    DI_TRY(di_check_pointer(a->ctx, "at", a->at));
    for (size_t i = 0; i < values; i++) {
        const double v = a->at[i];
        if (times && !(v >= 0))
            return di_fail(a->ctx, DISTEST_EINVAL, "at",
                           "`times` must not be negative or missing, not %g.", v);
        if (type == DISTEST_SURV_PREDICT_QUANTILE && !(v >= 0 && v <= 1))
            return di_fail(a->ctx, DISTEST_EINVAL, "at",
                           "`p` must lie between 0 and 1, not be %g.", v);
        if (type == DISTEST_SURV_PREDICT_RMST && !(v > 0 && isfinite(v)))
            return di_fail(a->ctx, DISTEST_EINVAL, "at",
                           "`tau` must be positive and finite, not %g.", v);
    }
    if (a->entry) DI_TRY(di_check_nonnegative(a->ctx, "entry", a->m, a->entry));
done:
    return status;
}

int distest_surv_predict(const distest_surv_model *model, int type, size_t m,
                         const double *const *x, const double *const *offset, size_t k,
                         const double *at, int each_row, const double *entry,
                         double level, double *est, double *se, double *lower,
                         double *upper, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *V = NULL;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "model", model));
    prediction a = {.model = model,
                    .type = type,
                    .each_row = each_row,
                    .m = m,
                    .k = k,
                    .x = x,
                    .offset = offset,
                    .at = at,
                    .entry = entry,
                    .est = est,
                    .se = se,
                    .lower = lower,
                    .upper = upper,
                    .ctx = ctx};
    DI_TRY(check(&a, level));
    if (m == 0 || k == 0) goto done;
    DI_TRY(di_check_pointer(ctx, "est", est));
    for (int j = 0; j < PARAMETERS; j++) a.P += model->p[j];
    if (model->vcov && (se || lower || upper)) {
        DI_TRY(DI_NEW(ctx, &pool, &V, a.P, a.P));
        for (size_t i = 0; i < a.P * a.P; i++)
            V[i] = isnan(model->vcov[i]) ? 0 : model->vcov[i];
        a.V = V;
    }
    a.z = di_norm_quantile(0.5 + 0.5 * level);
    if (type == DISTEST_SURV_PREDICT_RMST || type == DISTEST_SURV_PREDICT_MEAN) {
        /* integrals take memory, which only the calling thread may */
        for (size_t row = 0; row < m; row++) {
            DI_TRY(di_progress(ctx, (double)row / (double)m, "predicting"));
            DI_TRY(predict_row(&a, row));
        }
    } else {
        DI_TRY(di_for_blocks(ctx, "predicting", 0, 1, (m + ROWS - 1) / ROWS, some_rows,
                             &a));
    }
done:
    di_pool_free(&pool);
    return status;
}
