/* surv_sums.c - the likelihood's sums over some of the rows, to be merged.
 *
 * A node of part.h holds, for a block of rows: facts (surv.h), score, Hessian and
 * middle matrix, the matrices as lower triangles. Sums at different coefficients do not
 * merge: the key of the form is a hash of them. */
#include "linalg.h"
#include "part.h"
#include "surv.h"

#include <math.h>
#include <string.h>

struct distest_surv_sums {
    di_part *part; /* NULL: no sums yet */
};

enum { VERSION = 1, DERIVS = 4 };

static size_t triangle(size_t P)
{
    return P * (P + 1) / 2;
}

size_t di_surv_sums_length(size_t P)
{
    return DI_SURV_FACTS + P + 2 * triangle(P);
}

/* P of the length of a node; the largest with length(P) <= len */
static size_t coefficients(size_t len)
{
    size_t P = 0;
    while (di_surv_sums_length(P + 1) <= len) P++;
    return P;
}

/* FNV-1a over coefficients and kernel; deriv in the last two bits */
static uint64_t key_of(size_t P, const double *coef, int kernel, int deriv)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i <= P; i++) {
        uint64_t bits = (uint64_t)kernel;
        const double c = i < P ? coef[i] + 0.0 : 0; /* -0 is 0 */
        if (i < P) memcpy(&bits, &c, sizeof bits);
        for (int b = 0; b < 8; b++, bits >>= 8) h = (h ^ (bits & 255)) * 1099511628211u;
    }
    return h - h % DERIVS + (uint64_t)deriv;
}

int distest_surv_sums_alloc(distest_surv_sums **sums, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    void *p = NULL;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "sums", sums));
    DI_TRY(di_alloc(ctx, &p, 1, sizeof **sums));
    *sums = p;
    (*sums)->part = NULL;
done:
    return status;
}

void distest_surv_sums_free(distest_surv_sums *sums)
{
    if (!sums) return;
    di_part_free(sums->part);
    di_free(sums);
}

void distest_surv_sums_reset(distest_surv_sums *sums)
{
    if (!sums) return;
    di_part_free(sums->part);
    sums->part = NULL;
}

static int join(size_t len, double *left, const double *right, void *data)
{
    (void)data;
    const double min = fmin(left[DI_SURV_MIN], right[DI_SURV_MIN]);
    const double max = fmax(left[DI_SURV_MAX], right[DI_SURV_MAX]);
    const double gamma = fmax(left[DI_SURV_GAMMA], right[DI_SURV_GAMMA]);
    for (size_t i = 0; i < len; i++) left[i] += right[i];
    left[DI_SURV_MIN] = min;
    left[DI_SURV_MAX] = max;
    left[DI_SURV_GAMMA] = gamma;
    return DISTEST_SUCCESS;
}

typedef struct {
    di_surv_problem *q;
    const double *theta;
    int deriv;
    void *pass, *squares;     /* of surv_pass.c */
    double *scratch;          /* 1 + P + P^2 a thread */
    const double *by_cluster; /* the middle matrix, for the first block; or NULL */
    double clusters;
} evaluation;

static void facts_of(const evaluation *a, size_t row, double *out)
{
    const distest_surv_data *d = a->q->data;
    const double w = d->weight ? d->weight[row] : 1, t = di_surv_time_of(d, row);
    out[DI_SURV_N] += 1;
    out[DI_SURV_WEIGHT] += w;
    for (int j = 0; j < PARAMETERS; j++)
        if (d->par[j].offset) out[DI_SURV_OFFSET + j] += w * d->par[j].offset[row];
    if (w == 0) return;
    out[DI_SURV_RISK] += w * (t - (d->entry ? d->entry[row] : 0));
    const double last = d->type[row] >= DISTEST_SURV_LEFT ? d->upper[row] : t;
    out[DI_SURV_MIN] = fmin(out[DI_SURV_MIN], t);
    out[DI_SURV_MAX] = fmax(out[DI_SURV_MAX], last);
    if (d->type[row] == DISTEST_SURV_RIGHT) return;
    out[DI_SURV_EVENTS] += w;
    out[DI_SURV_LOG_TIME] += w * log(t);
    if (d->type[row] == DISTEST_SURV_EVENT) out[DI_SURV_EXACT] += w;
    if (a->deriv < 2) return;
    double eta[PARAMETERS];
    di_surv_eta(a->q, a->theta, row, eta);
    out[DI_SURV_GAMMA] = fmax(out[DI_SURV_GAMMA], eta[GAMMA]);
}

static void pack_lower(size_t P, const double *A, double *out)
{
    for (size_t j = 0; j < P; j++)
        for (size_t i = j; i < P; i++) *out++ = A[i + j * P];
}

static int sums_of_block(size_t block, int thread, void *data, double *out)
{
    const evaluation *a = data;
    const size_t P = a->q->P, n = a->q->data->n, start = block * DI_SURV_UNIT;
    const size_t end = n - start < DI_SURV_UNIT ? n : start + DI_SURV_UNIT;
    double *s = a->scratch + (size_t)thread * (1 + P + P * P);
    double *score = out + DI_SURV_FACTS, *hess = score + P,
           *middle = hess + triangle(P);
    memset(out, 0, di_surv_sums_length(P) * sizeof *out);
    out[DI_SURV_MIN] = INFINITY;
    out[DI_SURV_GAMMA] = -INFINITY;
    for (size_t i = start; i < end; i++) facts_of(a, i, out);
    if (a->q->kernel != DISTEST_SURV_KERNEL_FINITE && a->deriv >= 2)
        for (size_t i = start; i < end; i++)
            out[DI_SURV_LEAVING] += di_surv_leaving_row(a->q, a->theta, i);
    if (a->deriv > 2 && a->squares) {
        const int status = di_surv_pass_block(block, thread, a->squares, s);
        if (status != DISTEST_SUCCESS) return status;
        pack_lower(P, s + 1 + P, middle);
    }
    if (block == 0 && a->by_cluster) pack_lower(P, a->by_cluster, middle);
    if (!a->q->data->cluster)
        out[DI_SURV_CLUSTERS] = (double)(end - start);
    else if (block == 0)
        out[DI_SURV_CLUSTERS] = a->clusters;
    const int status = di_surv_pass_block(block, thread, a->pass, s);
    if (status != DISTEST_SUCCESS) return status;
    out[DI_SURV_LOGLIK] = s[0] - out[DI_SURV_EXACT] * log(a->q->unit);
    if (a->deriv > 0) memcpy(score, s + 1, P * sizeof *score);
    if (a->deriv > 1) pack_lower(P, s + 1 + P, hess);
    return DISTEST_SUCCESS;
}

/* The model as given, without working coordinates. */
static di_surv_problem plain_problem(const distest_surv_data *d, int kernel,
                                     distest_context *ctx)
{
    di_surv_problem q = {.data = d,
                         .step = 1,
                         .unit = d->time_scale,
                         .kernel = kernel,
                         .ctx = ctx,
                         .stage = "sums"};
    for (int j = 0; j < PARAMETERS; j++) {
        const distest_surv_par *par = &d->par[j];
        q.par[j] = (di_surv_design){.p = par->p,
                                    .first = q.P,
                                    .x = par->x,
                                    .ldx = par->ldx,
                                    .offset = par->offset,
                                    .value = par->p ? 0 : par->value};
        q.P += par->p;
    }
    return q;
}

static size_t count_clusters(const distest_surv_data *d)
{
    int most = -1;
    if (!d->cluster) return d->n;
    for (size_t i = 0; i < d->n; i++)
        if (d->cluster[i] > most) most = d->cluster[i];
    return (size_t)most + 1;
}

static int begin_evaluation(evaluation *a, di_pool *pool)
{
    int status = DISTEST_SUCCESS;
    di_surv_problem *q = a->q;
    const size_t P = q->P;
    double *M = NULL;
    const size_t clusters = count_clusters(q->data);
    a->clusters = (double)clusters;
    DI_TRY(
        DI_NEW(q->ctx, pool, &a->scratch, 1 + P + P * P, (size_t)di_threads(q->ctx)));
    DI_TRY(di_surv_pass_open(q, a->theta, a->deriv > 2 ? 2 : a->deriv, pool, &a->pass));
    if (a->deriv > 2 && !q->data->cluster)
        DI_TRY(di_surv_pass_open(q, a->theta, 3, pool, &a->squares));
    if (a->deriv > 2 && q->data->cluster) {
        DI_TRY(DI_NEW(q->ctx, pool, &M, P, P));
        DI_TRY(di_surv_middle(q, a->theta, clusters, M));
        a->by_cluster = M;
    }
done:
    return status;
}

static int check_eval(const distest_surv_data *data, const double *coef, int kernel,
                      int deriv, const distest_surv_sums *sums, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(distest_surv_data_check(data, NULL, ctx));
    DI_TRY(di_check_pointer(ctx, "coef", coef));
    DI_TRY(di_check_pointer(ctx, "sums", sums));
    if (kernel < DISTEST_SURV_KERNEL_FINITE || kernel > DISTEST_SURV_KERNEL_M1)
        return di_fail(ctx, DISTEST_EINVAL, "kernel", "`kernel` is %d.", kernel);
    if (deriv < 0 || deriv >= DERIVS)
        return di_fail(ctx, DISTEST_EINVAL, "deriv", "`deriv` is %d.", deriv);
done:
    return status;
}

int distest_surv_eval(const distest_surv_data *data, const double *coef, int kernel,
                      int deriv, const char *segment, size_t first,
                      distest_surv_sums *sums, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_part *fresh = NULL;
    DI_TRY(check_eval(data, coef, kernel, deriv, sums, ctx));
    distest_surv_data model = *data;
    if (data->kernel != DISTEST_SURV_KERNEL_FINITE)
        model.par[KAPPA] = (distest_surv_par){.value = log(2)};
    di_surv_problem q = plain_problem(&model, kernel, ctx);
    evaluation a = {.q = &q, .theta = coef, .deriv = deriv};
    di_part_form form = {
        .family = "surv", .version = VERSION, .block_rows = DI_SURV_UNIT};
    form.key = key_of(q.P, coef, kernel, deriv);
    form.len = di_surv_sums_length(q.P);
    if (sums->part && !di_part_same_form(&form, &sums->part->form))
        return di_fail(ctx, DISTEST_EINVAL, "sums",
                       "The sums are of other coefficients, kernel or `deriv`.");
    /* without a name each call is a whole of its own */
    if (!sums->part || !segment) DI_TRY(di_part_new(ctx, &form, &fresh));
    di_blas_serial_enter();
    status = begin_evaluation(&a, &pool);
    if (status == DISTEST_SUCCESS)
        status = di_part_add(ctx, "sums", 0, 1, fresh ? fresh : sums->part, segment,
                             first, model.n, sums_of_block, &a, join, NULL);
    di_blas_serial_leave();
    DI_TRY(status);
    if (fresh && sums->part) {
        DI_TRY(di_part_merge(ctx, sums->part, fresh, join, NULL));
    } else if (fresh) {
        sums->part = fresh;
        fresh = NULL;
    }
done:
    di_part_free(fresh);
    di_pool_free(&pool);
    return status;
}

static int copy_part(const di_part *from, di_part **to, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_part *fresh = NULL;
    DI_TRY(di_part_new(ctx, &from->form, &fresh));
    DI_TRY(di_part_merge(ctx, fresh, from, join, NULL));
    *to = fresh;
    fresh = NULL;
done:
    di_part_free(fresh);
    return status;
}

int distest_surv_sums_add(distest_surv_sums *into, const distest_surv_sums *from,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "into", into));
    DI_TRY(di_check_pointer(ctx, "from", from));
    if (!from->part) return DISTEST_SUCCESS;
    if (!into->part) return copy_part(from->part, &into->part, ctx);
    if (!di_part_same_form(&into->part->form, &from->part->form))
        return di_fail(ctx, DISTEST_EINVAL, "from",
                       "`from` has sums at other coefficients, of another kernel, or "
                       "other derivatives.");
    DI_TRY(di_part_merge(ctx, into->part, from->part, join, NULL));
done:
    return status;
}

size_t distest_surv_sums_size(const distest_surv_sums *sums)
{
    return sums && sums->part ? di_part_packed_size(sums->part) : 0;
}

int distest_surv_sums_pack(const distest_surv_sums *sums, unsigned char *bytes,
                           distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "sums", sums));
    DI_TRY(di_check_pointer(ctx, "bytes", bytes));
    if (sums->part) di_part_pack(sums->part, bytes);
done:
    return status;
}

int distest_surv_sums_unpack(size_t size, const unsigned char *bytes,
                             distest_surv_sums **sums, distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_part *part = NULL;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "bytes", bytes));
    DI_TRY(di_check_pointer(ctx, "sums", sums));
    DI_TRY(di_part_unpack(ctx, "bytes", size, bytes, NULL, &part));
    const di_part_form *form = &part->form;
    const size_t P = coefficients(form->len);
    if (strcmp(form->family, "surv") != 0 || form->version != VERSION ||
        form->block_rows != DI_SURV_UNIT || di_surv_sums_length(P) != form->len)
        status = di_fail(ctx, DISTEST_EINVAL, "bytes",
                         "`bytes` are no sums of this version of surv.");
    if (status == DISTEST_SUCCESS) status = distest_surv_sums_alloc(sums, ctx);
    if (status == DISTEST_SUCCESS) {
        (*sums)->part = part;
        part = NULL;
    }
done:
    di_part_free(part);
    return status;
}

int di_surv_sums_total(const distest_surv_sums *sums, size_t P, double *total,
                       distest_context *ctx)
{
    if (!sums->part) return di_fail(ctx, DISTEST_EINVAL, "sums", "There are no sums.");
    if (sums->part->form.len != di_surv_sums_length(P))
        return di_fail(ctx, DISTEST_EINVAL, "sums",
                       "The sums are of %zu coefficients, the model has %zu.",
                       coefficients(sums->part->form.len), P);
    return di_part_total(ctx, sums->part, join, NULL, total);
}

static void unpack_lower(size_t P, const double *in, double *A)
{
    for (size_t j = 0; j < P; j++)
        for (size_t i = j; i < P; i++) A[i + j * P] = A[j + i * P] = *in++;
}

int distest_surv_sums_get(const distest_surv_sums *sums, distest_surv_sums_info *info,
                          double *score, double *hess, double *middle,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    double *total = NULL;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "sums", sums));
    DI_TRY(di_check_pointer(ctx, "info", info));
    if (!sums->part) return di_fail(ctx, DISTEST_EINVAL, "sums", "There are no sums.");
    const size_t len = sums->part->form.len, P = coefficients(len);
    const int deriv = (int)(sums->part->form.key % DERIVS);
    DI_TRY(DI_NEW(ctx, &pool, &total, len, 1));
    DI_TRY(di_surv_sums_total(sums, P, total, ctx));
    *info = (distest_surv_sums_info){.size = sizeof *info,
                                     .P = P,
                                     .deriv = deriv,
                                     .n = total[DI_SURV_N],
                                     .weight = total[DI_SURV_WEIGHT],
                                     .exact = total[DI_SURV_EXACT],
                                     .events = total[DI_SURV_EVENTS],
                                     .loglik = total[DI_SURV_LOGLIK],
                                     .min_time = total[DI_SURV_MIN],
                                     .max_time = total[DI_SURV_MAX]};
    const double *at = total + DI_SURV_FACTS;
    if (score && deriv > 0) memcpy(score, at, P * sizeof *score);
    if (hess && deriv > 1) unpack_lower(P, at + P, hess);
    if (middle && deriv > 2) unpack_lower(P, at + P + triangle(P), middle);
done:
    di_pool_free(&pool);
    return status;
}
