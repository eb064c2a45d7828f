/* Reads positive numbers, fits a gamma distribution, and says whether they are enough:
 * the risk of estimation to order n^-2, and the p-n criterion at alpha = 0.05. */
#include <distest.h>
#include <stdio.h>
#include <stdlib.h>

static double *read_numbers(size_t *n)
{
    size_t room = 64;
    double *x = malloc(room * sizeof *x);
    *n = 0;
    while (x && scanf("%lf", &x[*n]) == 1)
        if (++*n == room) {
            double *more = realloc(x, 2 * room * sizeof *x);
            if (!more) free(x);
            x = more;
            room *= 2;
        }
    return x;
}

int main(void)
{
    distest_context ctx = distest_context_default();
    distest_expfam_family *gamma = NULL;
    distest_expfam_terms terms; /* traces and contractions of cumulants */
    double theta[2], usual[2], first, risk, error, enough;
    int pass, failed;
    size_t n;
    double *x = read_numbers(&n);
    const distest_sample sample = {n, 1, x, NULL};

    if (!x) return 1;
    failed =
        distest_expfam_family_alloc(&gamma, "gamma", NULL, 0, NULL, 0, &ctx) ||
        distest_expfam_fit_data(gamma, NULL, &sample, NULL, theta, NULL, NULL, NULL,
                                &ctx) ||
        distest_expfam_to_usual(gamma, theta, usual, NULL, &ctx) ||
        distest_expfam_terms_data(gamma, theta, &sample, 0, &terms, NULL, NULL, &ctx) ||
        distest_expfam_risk(&terms, 2, (double)n, DISTEST_EXPFAM_DATA, &first, NULL,
                            &risk, &ctx) ||
        distest_expfam_pn(0.5 * terms.trace, (risk - first) * (double)(n * n),
                          (double)n, 0.05, &pass, &error, &enough, NULL, &ctx);
    if (failed) {
        fprintf(stderr, "%s\n", ctx.message);
    } else {
        printf("gamma: shape %g, rate %g\n", usual[0], usual[1]);
        printf("risk: %g nats per observation (%a)\n", risk, risk);
        printf("%s: n = %zu, needed %g\n", pass ? "enough" : "not enough", n, enough);
    }
    distest_expfam_family_free(gamma);
    free(x);
    return failed;
}
