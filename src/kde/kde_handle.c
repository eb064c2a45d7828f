/* kde_handle.c - an estimate kept ready for many calls. */
#include "kde.h"

struct distest_kde_prepared {
    di_kde_plan plan;
};

int distest_kde_alloc(const distest_sample *sample, const distest_kde_opts *opts,
                      distest_kde_prepared **prepared, distest_context *ctx)
{
    distest_kde_prepared *k = NULL;
    int status;
    di_begin(ctx);
    DI_TRY(di_check_pointer(ctx, "prepared", prepared));
    DI_TRY(di_alloc(ctx, (void **)&k, 1, sizeof *k));
    DI_TRY(di_kde_plan_of(ctx, sample, opts, &k->plan));
    *prepared = k;
    return DISTEST_SUCCESS;
done:
    di_free(k);
    return status;
}

void distest_kde_free(distest_kde_prepared *prepared)
{
    if (!prepared) return;
    di_kde_plan_free(&prepared->plan);
    di_free(prepared);
}

int distest_kde_prepared_eval(const distest_kde_prepared *prepared, size_t m,
                              const double *at, double *logf, distest_context *ctx)
{
    di_begin(ctx);
    return di_kde_eval_with(ctx, &prepared->plan, m, at, logf, NULL);
}

int distest_kde_prepared_score(const distest_kde_prepared *prepared, size_t m,
                               const double *at, double *logf, double *grad,
                               distest_context *ctx)
{
    di_begin(ctx);
    if (m == 0) return DISTEST_SUCCESS;
    const int status = di_check_pointer(ctx, "grad", grad);
    if (status != DISTEST_SUCCESS) return status;
    return di_kde_score_with(ctx, &prepared->plan, m, at, logf, grad, NULL);
}

int distest_kde_prepared_stats(const distest_kde_prepared *prepared, size_t m,
                               const double *at, double *neff, double *neff2,
                               double *entropy, double *maxp, size_t *nearest,
                               distest_context *ctx)
{
    di_begin(ctx);
    return di_kde_stats_with(ctx, &prepared->plan, m, at, neff, neff2, entropy, maxp,
                             nearest);
}

int distest_kde_prepared_interval(const distest_kde_prepared *prepared, size_t m,
                                  const double *at, size_t k, size_t boot, double level,
                                  distest_rng *rng, double *lower, double *upper,
                                  distest_context *ctx)
{
    di_begin(ctx);
    return di_kde_interval_with(ctx, &prepared->plan, m, at, k, boot, level, rng, lower,
                                upper);
}
