/* A Weibull regression on ten rows; prints the log-likelihood to the last bit. */
#include <distest.h>
#include <stdio.h>

int main(void)
{
    const double time[] = {5, 8, 12, 3, 20, 7, 9, 15, 2, 11};
    const int event[] = {1, 1, 0, 1, 1, 0, 1, 1, 1, 0};
    const double x[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  /* the intercept */
                        0, 1, 0, 1, 0, 1, 1, 0, 1, 0}; /* a group */
    double coef[3], vcov[9];
    distest_surv_data data = distest_surv_data_default();
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    distest_context ctx = distest_context_default();

    data.n = 10;
    data.type = event;
    data.lower = time;
    data.par[0].p = 2; /* log phi = b0 + b1 group */
    data.par[0].x = x;
    data.par[0].ldx = 10;
    data.par[2].p = 1; /* log gamma: an intercept */
    data.par[2].x = x;
    data.par[2].ldx = 10;
    data.par[3].value = 0.69314718055994530942; /* log(kappa + 1): kappa = 1, Weibull */

    if (distest_surv_fit(&data, &opts, coef, vcov, NULL, &info, &ctx) != DISTEST_SUCCESS) {
        printf("%s\n", ctx.message);
        return 1;
    }
    printf("%a %.6f %.6f %.6f\n", info.loglik, coef[0], coef[1], coef[2]);
    return 0;
}
