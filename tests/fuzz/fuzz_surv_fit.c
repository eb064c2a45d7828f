/* distest_surv_fit, distest_surv_data_check and distest_surv_aliased on a few rows with
 * any designs, weights, offsets and clusters. */
#include "fuzz.h"

enum { ROWS = 8, COLUMNS = 3, MOST = 4 * COLUMNS };

typedef struct rows {
    int type[ROWS], cluster[ROWS];
    double lower[ROWS], upper[ROWS], entry[ROWS], weight[ROWS], bhazard[ROWS];
    double x[4][ROWS * COLUMNS], offset[4][ROWS];
} rows;

/* Fills the rows and a description of them; returns the number of coefficients. */
static size_t read_data(fuzz_input *in, rows *r, distest_surv_data *data)
{
    const size_t n = data->n = (size_t)fuzz_int(in, 0, ROWS);
    const int use = fuzz_byte(in);
    size_t P = 0;
    data->type = r->type;
    data->lower = r->lower;
    if (use & 1) data->upper = r->upper;
    if (use & 2) data->entry = r->entry;
    if (use & 4) data->weight = r->weight;
    if (use & 8) data->bhazard = r->bhazard;
    if (use & 16) data->cluster = r->cluster;
    data->phi_form = fuzz_int(in, 0, 1);
    data->kernel = fuzz_int(in, 0, 2);
    for (size_t i = 0; i < n; i++) r->type[i] = fuzz_int(in, 0, data->upper ? 3 : 1);
    for (size_t i = 0; i < n; i++) r->cluster[i] = fuzz_int(in, 0, ROWS - 1);
    fuzz_doubles(in, n, r->lower);
    fuzz_doubles(in, n, r->upper);
    fuzz_doubles(in, n, r->entry);
    fuzz_doubles(in, n, r->weight);
    fuzz_doubles(in, n, r->bhazard);
    for (int j = 0; j < 4; j++) {
        distest_surv_par *par = &data->par[j];
        par->p = (size_t)fuzz_int(in, 0, COLUMNS);
        par->x = r->x[j];
        par->ldx = n ? n : 1;
        if (use & 32) par->offset = r->offset[j];
        par->value = fuzz_double(in);
        fuzz_doubles(in, n * par->p, r->x[j]);
        fuzz_doubles(in, n, r->offset[j]);
        P += par->p;
    }
    return P;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static rows r;
    fuzz_input in = {bytes, size, 1};
    distest_surv_data data = distest_surv_data_default();
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    distest_context ctx = distest_context_default();
    double coef[MOST], vcov[MOST * MOST], robust[MOST * MOST], start[MOST];
    int aliased[MOST];
    size_t bad_row;

    ctx.threads = 1;
    const size_t P = read_data(&in, &r, &data);
    opts.max_iter = (size_t)fuzz_int(&in, 0, 40);
    opts.n_start = (size_t)fuzz_int(&in, 0, 3);
    fuzz_doubles(&in, MOST, start);
    if (opts.n_start == 0 || fuzz_byte(&in) % 2) opts.start = start;

    const int fit = distest_surv_data_check(&data, &bad_row, &ctx);
    fuzz_claims(fit, &in, 0, NULL, &ctx);
    fuzz_claims(distest_surv_aliased(&data, aliased, &ctx), &in, 0, NULL, &ctx);

    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    fuzz_mark(MOST, coef);
    const int status = distest_surv_fit(&data, &opts, coef, vcov, robust, &info, &ctx);
    if (fit != DISTEST_SUCCESS && status == DISTEST_SUCCESS)
        fuzz_broken("what the check refuses is not fitted", &ctx);
    fuzz_claims(status, &in, P, coef, &ctx);
    if (status == DISTEST_SUCCESS && info.converged && isnan(info.loglik))
        fuzz_broken("a fit that converged has a log-likelihood", &ctx);
    return 0;
}
