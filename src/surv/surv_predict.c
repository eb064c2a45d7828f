/* surv_predict.c - what a fitted model says, with standard errors by the delta method.
 *
 * For a quantity with gradient q in the four linear predictors of a row,
 *
 *     se^2 = sum_jm q_j q_m C_jm,   C_jm = x_j' V_jm x_m,
 *
 * so V is met once a row, and a value costs one evaluation of the baseline. Limits are
 * set on log(-log) for probabilities, log for the positive, log(r / (tau - r)) for
 * restricted means. */
#include "optim.h"
#include "surv.h"

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
    const distest_surv_model *model;
    double eta[PARAMETERS], C[PARAMETERS][PARAMETERS];
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
        s->eta[j] = (p ? 0 : a->model->value[j]) + (offset ? offset[row] : 0);
        for (size_t c = 0; in_use(a->model, j) && c < p; c++) {
            const double x = a->x[j][row + c * a->m];
            if (x != 0)
                s->eta[j] += x * a->model->coef[first + c]; /* -Inf times 0 is 0 */
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

static double cumhaz(const subject *s, double t, double *g)
{
    double H, h[PAIRS];
    di_surv_cumhaz(s->model->phi_form, s->model->kernel, t / s->model->time_scale,
                   s->eta, 1, &H, g, h);
    return H;
}

/* per unit of the data's time; t = 0 and t = Inf by their limits */
static double loghaz(const subject *s, double t, double *g)
{
    double v, h[PAIRS];
    const double gamma = exp(s->eta[GAMMA]);
    memset(g, 0, PARAMETERS * sizeof *g);
    if (t == 0 && gamma != 1) return gamma > 1 ? -INFINITY : INFINITY;
    if (t == INFINITY) {
        const double power = di_surv_tail(s->model->kernel, s->eta);
        if (power != 0) return power > 0 ? INFINITY : -INFINITY;
        t = 1e300 * fmin(1, s->model->time_scale);
    }
    /* for gamma = 1 the hazard is continuous at 0 */
    const double at = t == 0 ? 1e-300 : t / s->model->time_scale;
    di_surv_loghaz(s->model->phi_form, s->model->kernel, at, s->eta, 1, &v, g, h);
    return v - log(s->model->time_scale);
}

static double time_at(const subject *s, double h0)
{
    const double x =
        di_surv_inverse(s->model->kernel, s->eta[KAPPA], h0 * exp(-s->eta[LAMBDA]));
    const double per = exp(-s->eta[GAMMA]);
    const double logt = s->model->phi_form == 0 ? log(x) * per - s->eta[PHI]
                                                : (log(x) - s->eta[PHI]) * per;
    return exp(logt) * s->model->time_scale;
}

/* -log S(Inf), Inf without a cured fraction; gradient of the log of it */
static double log_cure(const subject *s, double *g)
{
    const int kernel = s->model->kernel;
    const double total = di_surv_total(kernel, s->eta[KAPPA]);
    memset(g, 0, PARAMETERS * sizeof *g);
    g[LAMBDA] = 1;
    if (kernel == DISTEST_SURV_KERNEL_FINITE && isfinite(total)) g[KAPPA] = 1 + total;
    return exp(s->eta[LAMBDA]) * total;
}

/* H(t), t = Inf included */
static double cumhaz_to(const subject *s, double t, double *g)
{
    if (t < INFINITY) return cumhaz(s, t, g);
    const double H = log_cure(s, g);
    for (int j = 0; j < PARAMETERS; j++) g[j] = isfinite(H) ? g[j] * H : 0;
    return H;
}

static double cure(const subject *s, double *g)
{
    const double theta = log_cure(s, g), value = exp(-theta);
    for (int j = 0; j < PARAMETERS; j++) g[j] *= isfinite(theta) ? -value * theta : 0;
    return value;
}

static double survival(const subject *s, double t, double entry, double *g)
{
    double before[PARAMETERS];
    if (t == INFINITY && entry == 0) return cure(s, g);
    const double H0 = cumhaz(s, entry, before), H = cumhaz_to(s, t, g);
    const double value = exp(-(H - H0));
    for (int j = 0; j < PARAMETERS; j++)
        g[j] = value > 0 ? -value * (g[j] - before[j]) : 0;
    return value;
}

static double hazard(const subject *s, double t, double *g)
{
    const double value = exp(loghaz(s, t, g));
    for (int j = 0; j < PARAMETERS; j++) g[j] *= isfinite(value) ? value : 0;
    return value;
}

static double density(const subject *s, double t, double *g)
{
    double dH[PARAMETERS];
    const double H = cumhaz(s, t, dH);
    const double value = exp(loghaz(s, t, g) - H);
    for (int j = 0; j < PARAMETERS; j++)
        g[j] = value > 0 && isfinite(value) ? value * (g[j] - dH[j]) : 0;
    return value > 0 ? value : 0;
}

/* dt = -dH(t) / h(t) */
static double quantile(const subject *s, double p, double *g)
{
    double dB[PARAMETERS];
    memset(g, 0, PARAMETERS * sizeof *g);
    if (p == 0) return 0;
    const double t = time_at(s, -log1p(-p));
    if (!isfinite(t)) {
        for (int j = 0; j < PARAMETERS; j++) g[j] = NAN;
        return INFINITY;
    }
    (void)cumhaz(s, t, g);
    const double h = exp(loghaz(s, t, dB));
    for (int j = 0; j < PARAMETERS; j++) g[j] = -g[j] / h;
    return t;
}

/* S(t) and its gradient, times dt/ds for the integral over s = log t of a mean */
static void integrand(double t, double *value, void *data)
{
    value[0] = survival(data, t, 0, value + 1);
}

static void integrand_on_log(double s, double *value, void *data)
{
    const double t = exp(s);
    integrand(t, value, data);
    for (int j = 0; j <= PARAMETERS; j++) value[j] *= t;
}

static int rmst(const prediction *a, const subject *s, double tau, double *est,
                double *g)
{
    double value[1 + PARAMETERS], error[1 + PARAMETERS];
    const double points[] = {1e-3 * tau, 1e-2 * tau, 0.05 * tau, 0.2 * tau, 0.5 * tau};
    subject copy = *s;
    memset(value, 0, sizeof value);
    if (tau > 0) {
        const int status = di_integrate(a->ctx, 0, tau, 5, points, 1e-14 * tau, 1e-10,
                                        1 + PARAMETERS, integrand, &copy, value, error);
        if (status != DISTEST_SUCCESS && status != DISTEST_ECONV) return status;
        if (status == DISTEST_ECONV && error[0] > 1e-8 * value[0]) return status;
    }
    *est = value[0];
    memcpy(g, value + 1, PARAMETERS * sizeof *g);
    return DISTEST_SUCCESS;
}

/* Finite for kappa > 0, and for kappa = 0 with lambda gamma > 1. Over s = log t, from
 * where t S(t) has no more to give to where it has nothing left. */
static int mean(const prediction *a, const subject *s, double *est, double *g)
{
    double value[1 + PARAMETERS], error[1 + PARAMETERS], ignored[PARAMETERS];
    const double kappa = s->model->kernel == DISTEST_SURV_KERNEL_INF ? INFINITY
                         : s->model->kernel == DISTEST_SURV_KERNEL_M1
                             ? -1
                             : expm1(s->eta[KAPPA]);
    const double tail = exp(s->eta[LAMBDA] + s->eta[GAMMA]);
    for (int j = 0; j < PARAMETERS; j++) g[j] = NAN;
    *est = INFINITY;
    if (kappa < 0 || (kappa == 0 && tail <= 1)) return DISTEST_SUCCESS;
    const double centre = log(time_at(s, log(2)));
    double low = centre - 40, high = centre + 1, step = 1;
    for (; step < 1e4; high += step, step *= 1.5)
        if (high + log(survival(s, exp(high), 0, ignored)) < centre - 40) break;
    subject copy = *s;
    const double points[] = {centre - 5, centre - 1, centre};
    const int status =
        di_integrate(a->ctx, low, high, 3, points, 0, 1e-10, 1 + PARAMETERS,
                     integrand_on_log, &copy, value, error);
    if (status != DISTEST_SUCCESS && status != DISTEST_ECONV) return status;
    if (status == DISTEST_ECONV && error[0] > 1e-8 * value[0]) return status;
    *est = value[0];
    memcpy(g, value + 1, PARAMETERS * sizeof *g);
    return DISTEST_SUCCESS;
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

/* With a coefficient of -Inf there is no hazard at all. */
static void predict_never(const prediction *a, double at, double *est)
{
    switch (a->type) {
    case DISTEST_SURV_PREDICT_SURVIVAL:
    case DISTEST_SURV_PREDICT_CURE:
        *est = 1;
        break;
    case DISTEST_SURV_PREDICT_QUANTILE:
        *est = at > 0 ? INFINITY : 0;
        break;
    case DISTEST_SURV_PREDICT_RMST:
        *est = at;
        break;
    case DISTEST_SURV_PREDICT_MEAN:
        *est = INFINITY;
        break;
    default:
        *est = 0;
        break;
    }
}

static int predict_one(const prediction *a, const subject *s, double at, double entry,
                       double *est, double *g)
{
    double before[PARAMETERS];
    switch (a->type) {
    case DISTEST_SURV_PREDICT_SURVIVAL:
        *est = survival(s, at, entry, g);
        break;
    case DISTEST_SURV_PREDICT_CUMHAZ:
        *est = cumhaz_to(s, at, g) - cumhaz(s, entry, before);
        for (int j = 0; j < PARAMETERS; j++) g[j] -= before[j];
        break;
    case DISTEST_SURV_PREDICT_HAZARD:
        *est = hazard(s, at, g);
        break;
    case DISTEST_SURV_PREDICT_DENSITY:
        *est = density(s, at, g);
        break;
    case DISTEST_SURV_PREDICT_QUANTILE:
        *est = quantile(s, at, g);
        break;
    case DISTEST_SURV_PREDICT_RMST:
        return rmst(a, s, at, est, g);
    case DISTEST_SURV_PREDICT_MEAN:
        return mean(a, s, est, g);
    default:
        *est = cure(s, g);
        break;
    }
    return DISTEST_SUCCESS;
}

static int predict_row(const prediction *a, size_t row)
{
    subject s = {.model = a->model};
    read_subject(a, row, &s);
    for (size_t i = 0; i < a->k; i++) {
        const size_t to = row + i * a->m;
        const double at = !a->at ? 0 : (a->each_row ? a->at[to] : a->at[i]);
        double g[PARAMETERS] = {0}, est = NAN, lower, upper;
        int status = DISTEST_SUCCESS;
        if (s.eta[PHI] == -INFINITY || s.eta[LAMBDA] == -INFINITY)
            predict_never(a, at, &est);
        else
            status = predict_one(a, &s, at, a->entry ? a->entry[row] : 0, &est, g);
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
