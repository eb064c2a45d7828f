/* expfam_risk.c - the risk to order n^-2 and the p-n criterion: formulas (17) to (19),
 * (25) and (26) of the family's specification in the notation of its header. */
#include "expfam.h"

int distest_expfam_risk(const distest_expfam_terms *terms, size_t p, double n,
                        int truth, double *first, double *second, double *risk,
                        distest_context *ctx)
{
    di_begin(ctx);
    const int given = di_check_pointer(ctx, "terms", terms);
    if (given != DISTEST_SUCCESS) return given;
    if (!(n > 0 && isfinite(n)))
        return di_fail(ctx, DISTEST_EINVAL, "n", "`n` must be positive, not %g.", n);
    const double r1 =
        truth == DISTEST_EXPFAM_MODEL ? 0.5 * (double)p : 0.5 * terms->trace;
    double c2;
    switch (truth) {
    case DISTEST_EXPFAM_DATA:
        c2 = terms->t1 / 6 + terms->t2 / 8 - terms->t3 / 24;
        break;
    case DISTEST_EXPFAM_PLUGIN:
        c2 = -terms->t1 / 3 + 3 * terms->t2 / 8 - terms->t3 / 8;
        break;
    case DISTEST_EXPFAM_MODEL:
        c2 = (9 * terms->rho13 + 10 * terms->rho23 - 9 * terms->rho4) / 24;
        break;
    default:
        return di_fail(ctx, DISTEST_EINVAL, "truth",
                       "`truth` must be 0, 1 or 2, not %d.", truth);
    }
    if (first) *first = r1 / n;
    if (second) *second = c2 / (n * n);
    if (risk) *risk = r1 / n + c2 / (n * n);
    return DISTEST_SUCCESS;
}

int distest_expfam_pn(double r1, double c2, double n, double alpha, int *pass,
                      double *alpha_hat, double *n_required, int *usable,
                      distest_context *ctx)
{
    di_begin(ctx);
    if (!(n > 0 && isfinite(n)))
        return di_fail(ctx, DISTEST_EINVAL, "n", "`n` must be positive, not %g.", n);
    if (!(alpha > 0 && alpha < 0.5))
        return di_fail(ctx, DISTEST_EINVAL, "alpha",
                       "`alpha` must be between 0 and 0.5, not %g.", alpha);
    if (!isfinite(r1) || !isfinite(c2))
        return di_fail(ctx, DISTEST_EINVAL, "r1", "The coefficients must be finite.");
    const double C = 8 * alpha * alpha, risk = r1 / n + c2 / (n * n);
    const double root = r1 * r1 + 4 * C * c2;
    /* r1/m + c2/m^2 <= C for all m from the larger root of C m^2 - r1 m - c2 on */
    if (pass) *pass = risk <= C;
    if (alpha_hat) *alpha_hat = sqrt(fmax(risk, 0) / 8);
    if (n_required)
        *n_required = root >= 0 ? ceil((r1 + sqrt(root)) / (2 * C)) : ceil(r1 / C);
    if (usable) *usable = root >= 0;
    return DISTEST_SUCCESS;
}
