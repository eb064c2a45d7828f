/* surv_monotone.c - covariates whose likelihood rises for ever.
 *
 * Rows of a 0/1 column of phi or lambda that hold no event add -H to the
 * log-likelihood; it has its supremum, 0, where their coefficient is -Inf. */
#include "surv.h"

#include <string.h>

/* 0 and 1 only, some of both, and no event where it is 1 */
static int without_events(const distest_surv_data *d, const double *x)
{
    size_t ones = 0, zeros = 0;
    for (size_t i = 0; i < d->n; i++) {
        const int counts = !d->weight || d->weight[i] > 0;
        if (x[i] != 0 && x[i] != 1) return 0;
        if (!counts) continue;
        if (x[i] == 1 && d->type[i] != DISTEST_SURV_RIGHT) return 0;
        ones += x[i] == 1;
        zeros += x[i] == 0;
    }
    return ones > 0 && zeros > 0;
}

int di_surv_monotone(const distest_surv_data *data, int *flags)
{
    size_t first = 0, P = 0;
    int any = 0;
    const int last = data->kernel == DISTEST_SURV_KERNEL_FINITE ? KAPPA : GAMMA;
    for (int j = 0; j <= last; j++) P += data->par[j].p;
    memset(flags, 0, P * sizeof *flags);
    for (int j = PHI; j <= LAMBDA; j++) {
        const distest_surv_par *par = &data->par[j];
        for (size_t c = 0; c < par->p; c++) {
            flags[first + c] = without_events(data, par->x + c * par->ldx);
            any |= flags[first + c];
        }
        first += par->p;
    }
    return any;
}

int distest_surv_monotone(const distest_surv_data *data, int *flags,
                          distest_context *ctx)
{
    int status = DISTEST_SUCCESS;
    DI_TRY(distest_surv_data_check(data, NULL, ctx));
    DI_TRY(di_check_pointer(ctx, "flags", flags));
    (void)di_surv_monotone(data, flags);
done:
    return status;
}
