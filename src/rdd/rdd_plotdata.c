/* rdd_plotdata.c - average quantile functions in bins of the running variable. */
#include "rdd.h"

#include <math.h>
#include <string.h>

size_t distest_rdd_bins(size_t units)
{
    const double root = floor(sqrt((double)units));
    return root < 5 ? 5 : root > 40 ? 40 : (size_t)root;
}

typedef struct {
    const di_rdd_prep *prep;
    const size_t *bins;
    size_t rows;    /* bins of both sides */
    size_t *bin[2]; /* by unit of a side: its bin, counted over both sides */
    double *weight; /* rows */
    double *value;  /* rows x probs */
} plot_job;

/* Bins of equal width between the farthest unit and the cutoff, from left to right. */
static void fill_bins(const plot_job *a, int side, size_t *bin)
{
    const di_rdd_prep *p = a->prep;
    const size_t bins = a->bins[side],
                 first = side == RDD_MINUS ? 0 : a->bins[RDD_MINUS];
    const double from = side == RDD_MINUS ? -p->range[side] : 0;
    const double width = p->range[side] / (double)bins;
    for (size_t i = 0; i < p->used[side]; i++) {
        const double at = width > 0 ? floor((p->u[side][i] - from) / width) : 0;
        bin[i] = first + (at < (double)bins ? (size_t)at : bins - 1);
    }
}

static int average_column(size_t j, int thread, void *data)
{
    const plot_job *a = data;
    const di_rdd_prep *p = a->prep;
    const double scale = ldexp(1, -p->exponent[j]);
    double *to = a->value + j * a->rows;
    (void)thread;
    memset(to, 0, a->rows * sizeof *to);
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < p->used[s]; i++)
            to[a->bin[s][i]] += p->o[s][i] * (p->column[j][p->row[s][i]] * scale);
    for (size_t b = 0; b < a->rows; b++)
        to[b] = a->weight[b] > 0 ? ldexp(to[b] / a->weight[b], p->exponent[j]) : NAN;
    return DISTEST_SUCCESS;
}

static void average_x(const plot_job *a, double cutoff, double *x, size_t *count)
{
    const di_rdd_prep *p = a->prep;
    for (size_t b = 0; x && b < a->rows; b++) x[b] = 0;
    for (size_t b = 0; count && b < a->rows; b++) count[b] = 0;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < p->used[s]; i++) {
            const size_t b = a->bin[s][i];
            if (x) x[b] += p->o[s][i] * p->u[s][i];
            if (count) count[b]++;
        }
    for (size_t b = 0; x && b < a->rows; b++)
        x[b] = a->weight[b] > 0 ? cutoff + x[b] / a->weight[b] : NAN;
}

int distest_rdd_plotdata(const distest_rdd_units *units, double cutoff,
                         const size_t bins[2], double *x, size_t *count, double *value,
                         distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    di_pool pool = {0};
    di_rdd_prep prep = {0};
    distest_rdd_opts opts = distest_rdd_opts_default();
    plot_job a = {.prep = &prep, .bins = bins, .value = value};
    opts.cutoff = cutoff, opts.method = "pointwise", opts.vce = "hc0";
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "bins", bins));
    if (bins[0] == 0 || bins[1] == 0)
        DI_TRY(di_fail(ctx, DISTEST_EINVAL, "bins", "`bins` must be positive."));
    DI_TRY(di_check_shape(ctx, "bins", bins[0], bins[1]));
    DI_TRY(di_rdd_prepare(ctx, &pool, units, &opts, &prep));
    a.rows = bins[0] + bins[1];
    DI_TRY(DI_NEW(ctx, &pool, &a.weight, a.rows, 1));
    memset(a.weight, 0, a.rows * sizeof *a.weight);
    for (int s = 0; s < 2; s++) {
        DI_TRY(DI_NEW(ctx, &pool, &a.bin[s], prep.used[s], 1));
        fill_bins(&a, s, a.bin[s]);
        for (size_t i = 0; i < prep.used[s]; i++) a.weight[a.bin[s][i]] += prep.o[s][i];
    }
    if (value)
        DI_TRY(di_for_blocks(ctx, "bins", 0, 1, units->probs, average_column, &a));
    average_x(&a, cutoff, x, count);
done:
    di_pool_free(&pool);
    return status;
}
