/* surv_alias.c - columns that depend on the ones before them.
 *
 * From the cross products of the working columns, which have unit size, by sequential
 * Cholesky: a column is aliased when what the columns before leave of it is shorter
 * than TOLERANCE. Cross products know that length squared to some 1e-15 only; where it
 * comes below DOUBTFUL, the regression on the columns before is carried out on the
 * rows. */
#include "linalg.h"
#include "surv.h"

#include <math.h>
#include <string.h>

static const double TOLERANCE = 1e-7; /* as lm() */
static const double DOUBTFUL = 1e-8;  /* length squared */
enum { ROWS = 2048 };

static const char *const NAMES[PARAMETERS] = {"phi", "lambda", "gamma", "kappa"};

typedef struct {
    const distest_surv_data *data;
    const di_surv_working *work;
    size_t P, from[PARAMETERS]; /* columns of the parameters looked at */
    int use[PARAMETERS];
    double *scratch; /* ROWS x P a thread */
    size_t column;   /* the one that is regressed on those before it */
    double *beta;    /* P coefficients of that regression */
} gram;

/* Working columns of a block of rows into X; returns how many rows. */
static size_t load(const gram *a, size_t block, double *X)
{
    const size_t n = a->data->n, r0 = block * ROWS;
    const size_t rows = n - r0 < ROWS ? n - r0 : ROWS;
    size_t at = 0;
    for (int j = 0; j < PARAMETERS; j++)
        for (size_t c = 0; a->use[j] && c < a->data->par[j].p; c++, at++) {
            const double *x = a->data->par[j].x + c * a->data->par[j].ldx + r0;
            const double centre = a->work->centre[a->from[j] + c];
            const double scale = a->work->scale[a->from[j] + c];
            for (size_t i = 0; i < rows; i++)
                X[i + at * ROWS] = (x[i] - centre) / scale;
        }
    return rows;
}

static int cross_products(size_t block, int thread, void *data, double *out)
{
    const gram *a = data;
    double *X = a->scratch + (size_t)thread * ROWS * a->P;
    const size_t rows = load(a, block, X);
    di_syrk('L', 'T', a->P, rows, 1 / (double)a->data->n, X, ROWS, 0, out, a->P);
    return DISTEST_SUCCESS;
}

/* mean square of column - sum_k beta_k column_k */
static int remainder_squared(size_t block, int thread, void *data, double *out)
{
    const gram *a = data;
    double *X = a->scratch + (size_t)thread * ROWS * a->P;
    const size_t rows = load(a, block, X);
    double *x = X + a->column * ROWS;
    di_gemv('N', rows, a->column, -1, X, ROWS, a->beta, 1, x);
    *out = di_dot(rows, x, x) / (double)a->data->n;
    return DISTEST_SUCCESS;
}

/* What the rows say of column j: L' beta = (row j of L), over the columns not aliased.
 */
static int look_closer(gram *a, size_t j, const double *L, const int *aliased,
                       size_t blocks, double *rest, distest_context *ctx)
{
    a->column = j;
    for (size_t k = j; k-- > 0;) {
        double sum = L[j + k * a->P];
        for (size_t i = k + 1; i < j; i++) sum -= L[i + k * a->P] * a->beta[i];
        a->beta[k] = aliased[k] ? 0 : sum / L[k + k * a->P];
    }
    return di_sum_blocks(ctx, "design", 0, 1, blocks, 1, remainder_squared, a, rest);
}

/* Marks dependent columns of the parameters in use; aliased: one int a column of them.
 */
static int find(const distest_surv_data *data, const di_surv_working *work,
                const int *use, int *aliased, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    gram a = {.data = data, .work = work};
    double *G = NULL;
    size_t first = 0;
    for (int j = 0; j < PARAMETERS; j++) {
        a.from[j] = first;
        a.use[j] = use[j];
        if (use[j]) a.P += data->par[j].p;
        first += data->par[j].p;
    }
    const size_t P = a.P, blocks = (data->n + ROWS - 1) / ROWS;
    if (P == 0) return DISTEST_SUCCESS;
    DI_TRY(DI_NEW(ctx, &pool, &G, P, P));
    DI_TRY(DI_NEW(ctx, &pool, &a.scratch, ROWS * P, (size_t)di_threads(ctx)));
    DI_TRY(DI_NEW(ctx, &pool, &a.beta, P, 1));
    DI_TRY(di_sum_blocks(ctx, "design", 0, 1, blocks, P * P, cross_products, &a, G));
    for (size_t j = 0; j < P; j++) { /* L over G, the dependent columns 0 */
        double rest = G[j + j * P];
        for (size_t k = 0; k < j; k++) rest -= G[j + k * P] * G[j + k * P];
        if (rest < DOUBTFUL) DI_TRY(look_closer(&a, j, G, aliased, blocks, &rest, ctx));
        aliased[j] = !(rest > TOLERANCE * TOLERANCE);
        for (size_t i = j; i < P; i++) {
            double s = G[i + j * P];
            for (size_t k = 0; k < j; k++) s -= G[i + k * P] * G[j + k * P];
            G[i + j * P] = aliased[j] ? 0 : s / sqrt(rest);
        }
    }
done:
    di_pool_free(&pool);
    return status;
}

/* With kappa = 1 and one gamma, phi^gamma lambda is all that there is. */
static int confounded(const distest_surv_data *data, const di_surv_working *work)
{
    const distest_surv_par *kappa = &data->par[KAPPA], *gamma = &data->par[GAMMA];
    const int weibull = data->kernel == DISTEST_SURV_KERNEL_FINITE && kappa->p == 0 &&
                        !kappa->offset && kappa->value == log(2);
    const int constant =
        gamma->p == 0 || (gamma->p == 1 && work->intercept[GAMMA] == 0);
    return weibull && constant && !gamma->offset;
}

int di_surv_alias(const distest_surv_data *data, const di_surv_working *work,
                  int *aliased, distest_context *ctx)
{
    int status = DISTEST_SUCCESS, bad = -1;
    size_t first = 0, column = 0;
    di_pool pool = {0};
    int *both = NULL;
    for (int j = 0; j < PARAMETERS; j++) {
        int use[PARAMETERS] = {0};
        use[j] = 1;
        DI_TRY(find(data, work, use, aliased + first, ctx));
        for (size_t c = 0; bad < 0 && c < data->par[j].p; c++)
            if (aliased[first + c]) {
                bad = j;
                column = c + 1;
            }
        first += data->par[j].p;
    }
    if (bad >= 0) {
        status = di_fail(ctx, DISTEST_ESING, NAMES[bad],
                         "Column %zu of `%s` depends on the columns before it.", column,
                         NAMES[bad]);
        goto done;
    }
    if (!confounded(data, work)) goto done;
    const size_t p = data->par[PHI].p, both_p = p + data->par[LAMBDA].p;
    const int use[PARAMETERS] = {1, 1, 0, 0};
    DI_TRY(DI_NEW(ctx, &pool, &both, both_p, 1));
    DI_TRY(find(data, work, use, both, ctx));
    for (size_t c = p; c < both_p && status == DISTEST_SUCCESS; c++)
        if (both[c])
            status =
                di_fail(ctx, DISTEST_ESING, "lambda",
                        "With kappa = 1 and one gamma, `phi` and `lambda` cannot be "
                        "told apart: column %zu of `lambda` depends on those of "
                        "`phi`.",
                        c - p + 1);
done:
    di_pool_free(&pool);
    return status;
}

int distest_surv_aliased(const distest_surv_data *data, int *aliased,
                         distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_surv_working work;
    int *found = NULL;
    DI_TRY(distest_surv_data_check(data, NULL, ctx));
    DI_TRY(di_check_pointer(ctx, "aliased", aliased));
    DI_TRY(di_surv_working_make(data, &pool, &work, ctx));
    DI_TRY(DI_NEW(ctx, &pool, &found, work.P, 1));
    di_blas_serial_enter();
    status = di_surv_alias(data, &work, found, ctx);
    di_blas_serial_leave();
    if (status == DISTEST_SUCCESS || status == DISTEST_ESING)
        memcpy(aliased, found, work.P * sizeof *aliased);
done:
    di_pool_free(&pool);
    return status;
}
