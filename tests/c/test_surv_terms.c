/* test_surv_terms.c - contributions against 60-digit values and derivatives
 * (contrib.csv); narrow intervals; bad rows. */
#include "check.h"
#include "csv.h"

#include <distest/surv.h>

static csv_table contrib;

static int type_of(const char *word)
{
    const char *const words[] = {"right", "exact", "left", "interval"};
    for (int k = 0; k < 4; k++)
        if (strcmp(word, words[k]) == 0) return k;
    return -1;
}

typedef struct {
    int type;
    double lower, upper, entry, bhazard, eta[4];
} row;

static distest_surv_data one_row(const row *r, int phi_form, int kernel)
{
    distest_surv_data d = distest_surv_data_default();
    d.n = 1;
    d.type = &r->type;
    d.lower = &r->lower;
    d.upper = &r->upper;
    d.entry = &r->entry;
    d.bhazard = &r->bhazard;
    d.phi_form = phi_form;
    d.kernel = kernel;
    return d;
}

static void agree_with_sixty_digits(void)
{
    const char *const grads[] = {"g1", "g2", "g3", "g4"};
    const char *const hesses[] = {"h11", "h12", "h13", "h14", "h22",
                                  "h23", "h24", "h33", "h34", "h44"};
    const char *const etas[] = {"eta_phi", "eta_lambda", "eta_gamma", "eta_kappa"};
    csv_read(&contrib, "tests/reference/surv/contrib.csv");
    CHECK(contrib.rows == 66);
    for (int i = 0; i < contrib.rows; i++) {
        row r = {.type = type_of(csv_text(&contrib, i, "type")),
                 .lower = csv_number(&contrib, i, "lower"),
                 .upper = csv_number(&contrib, i, "upper"),
                 .entry = csv_number(&contrib, i, "entry"),
                 .bhazard = csv_number(&contrib, i, "bhazard")};
        double value, grad[4], hess[10], most = 0;
        for (int j = 0; j < 4; j++) r.eta[j] = csv_number(&contrib, i, etas[j]);
        const int power = strcmp(csv_text(&contrib, i, "phi_form"), "power") == 0;
        const distest_surv_data d = one_row(&r, power, 0);
        CHECK(distest_surv_terms(&d, r.eta, 2, &value, grad, hess, NULL) ==
              DISTEST_SUCCESS);
        CHECK_NEAR(value, csv_number(&contrib, i, "value"), 1e-9);
        for (int j = 0; j < 4; j++)
            most = fmax(most, fabs(csv_number(&contrib, i, grads[j])));
        for (int j = 0; j < 4; j++)
            CHECK(fabs(grad[j] - csv_number(&contrib, i, grads[j])) <=
                  1e-8 * (1 + most));
        most = 0;
        for (int j = 0; j < 10; j++)
            most = fmax(most, fabs(csv_number(&contrib, i, hesses[j])));
        for (int j = 0; j < 10; j++)
            CHECK(fabs(hess[j] - csv_number(&contrib, i, hesses[j])) <=
                  1e-7 * (1 + most));
    }
}

static double value_at(const row *r, int phi_form, int kernel, const double *eta)
{
    double value = NAN;
    const distest_surv_data d = one_row(r, phi_form, kernel);
    CHECK(distest_surv_terms(&d, eta, 0, &value, NULL, NULL, NULL) == DISTEST_SUCCESS);
    return value;
}

/* Central differences, for the kernels that contrib.csv leaves out. */
static void derivatives_of_the_limits_are_differences(void)
{
    const double h = 1e-5;
    for (int kernel = 1; kernel <= 2; kernel++)
        for (int type = 0; type < 4; type++)
            for (int form = 0; form < 2; form++) {
                const row r = {type,
                               0.8,
                               1.5,
                               type == 3 ? 0.2 : 0,
                               type == 1 ? 0.1 : 0,
                               {0.1, -0.4, 0.2, 0}};
                double value, grad[4], hess[10], up[4], down[4], g[4], H[10];
                const distest_surv_data d = one_row(&r, form, kernel);
                CHECK(distest_surv_terms(&d, r.eta, 2, &value, grad, hess, NULL) ==
                      DISTEST_SUCCESS);
                const int at[3][3] = {{0, 1, 2}, {1, 4, 5}, {2, 5, 7}};
                for (int j = 0; j < 3; j++) {
                    memcpy(up, r.eta, sizeof up);
                    memcpy(down, r.eta, sizeof down);
                    up[j] += h;
                    down[j] -= h;
                    const double slope = (value_at(&r, form, kernel, up) -
                                          value_at(&r, form, kernel, down)) /
                                         (2 * h);
                    CHECK_NEAR(grad[j], slope, 1e-8);
                    CHECK(distest_surv_terms(&d, up, 2, &value, g, H, NULL) ==
                          DISTEST_SUCCESS);
                    for (int m = 0; m < 3; m++) up[m] = g[m];
                    CHECK(distest_surv_terms(&d, down, 2, &value, g, H, NULL) ==
                          DISTEST_SUCCESS);
                    for (int m = 0; m < 3; m++)
                        CHECK_NEAR(hess[at[j][m]], (up[m] - g[m]) / (2 * h), 1e-8);
                }
                CHECK(grad[3] == 0);
            }
}

/* An interval that shrinks to a point is the density times its width. */
static void narrow_intervals_are_densities(void)
{
    const double eta[] = {0.1, -0.4, 0.2, 0.3};
    const row point = {1, 2, 2, 0.5, 0, {0}};
    const double logf = value_at(&point, 0, 0, eta);
    for (double width = 1e-2; width > 1e-12; width /= 10) {
        const row r = {3, 2 - width / 2, 2 + width / 2, 0.5, 0, {0}};
        CHECK_NEAR(value_at(&r, 0, 0, eta) - log(r.upper - r.lower), logf,
                   1e-3 * width + 1e-9);
    }
}

static void entry_divides_the_likelihood_by_survival(void)
{
    const double eta[] = {0.1, -0.4, 0.2, 0.3};
    const row late = {1, 2, 0, 0.7, 0, {0}}, early = {1, 2, 0, 0, 0, {0}};
    const row survived = {0, 0.7, 0, 0, 0, {0}};
    CHECK_NEAR(value_at(&late, 0, 0, eta),
               value_at(&early, 0, 0, eta) - value_at(&survived, 0, 0, eta), 1e-14);
    const row left = {2, 0, 2, 0.7, 0, {0}}, between = {3, 0.7, 2, 0.7, 0, {0}};
    CHECK(value_at(&left, 0, 0, eta) == value_at(&between, 0, 0, eta));
}

/* A hazard per day is 1/365.25 of one per year. */
static void time_scale_changes_phi_and_not_the_density(void)
{
    const row r = {1, 400, 0, 100, 1e-4, {0}};
    const double eta[] = {-6, 0.3, 0.2, 0.4},
                 scaled[] = {-6 + log(365.25), 0.3, 0.2, 0.4};
    double a, b;
    distest_surv_data d = one_row(&r, 0, 0);
    CHECK(distest_surv_terms(&d, eta, 0, &a, NULL, NULL, NULL) == DISTEST_SUCCESS);
    d.time_scale = 365.25;
    CHECK(distest_surv_terms(&d, scaled, 0, &b, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK_NEAR(a, b, 1e-13);
}

static void bad_rows_are_named(void)
{
    distest_context ctx = distest_context_default();
    const double eta[4] = {0};
    double value = 42, grad[4];
    const struct {
        row r;
        const char *argument;
    } bad[] = {
        {{1, 0, 0, 0, 0, {0}}, "lower"},    {{0, -1, 0, 0, 0, {0}}, "lower"},
        {{0, NAN, 0, 0, 0, {0}}, "lower"},  {{2, 0, 0, 0, 0, {0}}, "upper"},
        {{3, 2, 1, 0, 0, {0}}, "upper"},    {{3, 1, INFINITY, 0, 0, {0}}, "upper"},
        {{1, 1, 0, 1, 0, {0}}, "entry"},    {{1, 1, 0, -1, 0, {0}}, "entry"},
        {{1, 1, 0, 0, -1, {0}}, "bhazard"}, {{3, 1, 2, 0, 1, {0}}, "bhazard"},
        {{7, 1, 2, 0, 0, {0}}, "type"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const distest_surv_data d = one_row(&bad[i].r, 0, 0);
        CHECK_FAILS(distest_surv_terms(&d, eta, 0, &value, NULL, NULL, &ctx),
                    DISTEST_EDOM, &ctx, bad[i].argument);
    }
    const row good = {1, 1, 0, 0, 0, {0}};
    distest_surv_data d = one_row(&good, 0, 0);
    CHECK_FAILS(distest_surv_terms(&d, NULL, 0, &value, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "eta");
    CHECK_FAILS(distest_surv_terms(&d, eta, 2, &value, grad, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "hess");
    d.time_scale = 0;
    CHECK_FAILS(distest_surv_terms(&d, eta, 0, &value, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "time_scale");
    CHECK(value == 42);
}

int main(void)
{
    RUN(agree_with_sixty_digits);
    RUN(derivatives_of_the_limits_are_differences);
    RUN(narrow_intervals_are_densities);
    RUN(entry_divides_the_likelihood_by_survival);
    RUN(time_scale_changes_phi_and_not_the_density);
    RUN(bad_rows_are_named);
    return check_report("surv_terms");
}
