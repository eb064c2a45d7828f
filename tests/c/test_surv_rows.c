/* test_surv_rows.c - rows in vectors against the same rows one by one, which
 * test_surv_terms.c holds against 60 digits; in every instruction set. */
#include "../../src/surv/surv.h"
#include "check.h"
#include "stream.h"

#include <sys/wait.h>
#include <unistd.h>

enum { N = 1000, STRIDE = 1024 };

static int type[N];
static double lower[N], upper[N], entry[N], weight[N], bhazard[N], varies[N];
static double eta[4 * STRIDE], value[STRIDE], grad[4 * STRIDE], hess[10 * STRIDE];
static double work[DI_SURV_WORK * STRIDE];

/* wide: predictors far out, so that x and the cumulative hazard span many orders */
static void draw_rows(uint64_t seed, double wide)
{
    di_stream s = di_stream_open(99, seed);
    for (size_t i = 0; i < N; i++) {
        const double kind = di_stream_uniform(&s);
        type[i] = kind < 0.45   ? DISTEST_SURV_EVENT
                  : kind < 0.9  ? DISTEST_SURV_RIGHT
                  : kind < 0.95 ? DISTEST_SURV_INTERVAL
                                : DISTEST_SURV_LEFT;
        lower[i] = di_stream_exponential(&s) + 1e-3;
        upper[i] = lower[i] + di_stream_exponential(&s);
        entry[i] = di_stream_uniform(&s) < 0.3 ? 0.9 * lower[i] : 0;
        if (type[i] == DISTEST_SURV_RIGHT && di_stream_uniform(&s) < 0.05)
            lower[i] = entry[i] = 0;
        weight[i] = di_stream_uniform(&s) < 0.1 ? 0 : 3 * di_stream_uniform(&s);
        bhazard[i] = di_stream_uniform(&s) < 0.05 ? 0.1 : 0;
        varies[i] = 1;
        eta[i] = wide * di_stream_normal(&s);
        eta[i + STRIDE] = di_stream_normal(&s);
        eta[i + 2 * STRIDE] = 0.5 * di_stream_normal(&s);
        eta[i + 3 * STRIDE] = wide * (2 * di_stream_uniform(&s) - 1);
        if (i % 50 == 0) eta[i + 3 * STRIDE] = 0; /* kappa = 0 */
        if (i % 50 == 1) eta[i + 3 * STRIDE] = log(2) + 1e-9;
        if (i % 97 == 0) eta[i + 3 * STRIDE] = 40; /* beyond the general kernel */
        if (i % 101 == 0) eta[i] = -INFINITY;
    }
}

static di_surv_problem problem(distest_surv_data *d, int phi_form, int kernel)
{
    *d = distest_surv_data_default();
    d->n = N;
    d->type = type;
    d->lower = lower;
    d->upper = upper;
    d->entry = entry;
    d->weight = weight;
    d->bhazard = bhazard;
    d->phi_form = phi_form;
    di_surv_problem q = {.data = d, .step = 1, .unit = 1.7, .kernel = kernel};
    for (int j = 0; j < PARAMETERS; j++)
        q.par[j] = (di_surv_design){.p = 1, .x = varies, .ldx = N};
    return q;
}

static int near_enough(double got, double want, double size)
{
    return got == want || fabs(got - want) <= 1e-12 * fmax(1, size) ||
           (!isfinite(want) && !isfinite(got));
}

/* rows r0 ... of the problem against di_surv_term() */
static void compare(const di_surv_problem *q, size_t r0, size_t rows, int deriv)
{
    for (size_t i = 0; i < STRIDE; i++) value[i] = NAN; /* nothing is read */
    for (size_t i = 0; i < 4 * STRIDE; i++) grad[i] = NAN;
    for (size_t i = 0; i < 10 * STRIDE; i++) hess[i] = NAN;
    di_surv_many(q, r0, rows, STRIDE, deriv, eta, work, value, grad, hess);
    for (size_t i = 0; i < rows; i++) {
        const size_t at = (r0 + i) * q->step;
        const di_surv_row row = di_surv_row_of(q, at);
        double e[4], v, g[4] = {0}, h[10] = {0}, size = 0;
        for (size_t j = 0; j < 4; j++) e[j] = eta[i + j * STRIDE];
        di_surv_term(&row, e, deriv, &v, g, h);
        const double w = weight[at];
        if (w == 0) { /* nothing, whatever v */
            v = 0;
            memset(g, 0, sizeof g);
            memset(h, 0, sizeof h);
        }
        CHECK(near_enough(value[i], w * v, fabs(v)));
        if (!isfinite(v)) continue;
        for (int j = 0; j < 4; j++) size = fmax(size, fabs(g[j]));
        for (size_t j = 0; deriv > 0 && j < 4; j++)
            CHECK(near_enough(grad[i + j * STRIDE], w * g[j], size));
        for (int j = 0; j < 10; j++) size = fmax(size, fabs(h[j]));
        for (size_t j = 0; deriv > 1 && j < 10; j++)
            CHECK(near_enough(hess[i + j * STRIDE], w * h[j], size));
    }
}

static void vectors_agree_with_single_rows(void)
{
    distest_surv_data d;
    for (int form = 0; form < 2; form++)
        for (int deriv = 0; deriv < 3; deriv++)
            for (int wide = 1; wide < 8; wide += 3) {
                draw_rows((uint64_t)wide, wide);
                di_surv_problem q = problem(&d, form, 0);
                compare(&q, 0, N, deriv);
                compare(&q, 17, 33, deriv);
                d.entry = d.bhazard = NULL;
                compare(&q, 0, N, deriv);
                q.step = 3;
                compare(&q, 5, 300, deriv);
            }
}

static void limits_agree_with_single_rows(void)
{
    distest_surv_data d;
    for (int kernel = 1; kernel < 3; kernel++)
        for (int form = 0; form < 2; form++)
            for (int deriv = 0; deriv < 3; deriv++)
                for (int wide = 1; wide < 8; wide += 3) {
                    draw_rows((uint64_t)wide + 20, wide);
                    di_surv_problem q = problem(&d, form, kernel);
                    compare(&q, 0, N, deriv);
                    d.entry = d.bhazard = NULL;
                    compare(&q, 17, 33, deriv);
                }
}

/* predictors that are the same for all rows are exponentiated once */
static void constant_parameters(void)
{
    distest_surv_data d;
    draw_rows(6, 1);
    for (int j = 1; j < 4; j++) {
        di_surv_problem q = problem(&d, 0, 0);
        q.par[j].x = NULL;
        for (size_t i = 0; i < N; i++) eta[i + (size_t)j * STRIDE] = 0.3;
        compare(&q, 0, N, 2);
    }
}

/* a row has the same bits wherever it stands and whatever its neighbours are */
static void bits_for_kernel(int kernel)
{
    static double all[15 * STRIDE], kept[4 * STRIDE];
    distest_surv_data d;
    draw_rows(7, 2);
    const di_surv_problem q = problem(&d, 0, kernel);
    memcpy(kept, eta, sizeof eta);
    di_surv_many(&q, 0, N, STRIDE, 2, eta, work, all, all + STRIDE, all + 5 * STRIDE);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < 4; j++) eta[j * STRIDE] = kept[i + j * STRIDE];
        di_surv_many(&q, i, 1, STRIDE, 2, eta, work, value, grad, hess);
        CHECK(memcmp(value, all + i, sizeof *value) == 0);
        for (size_t j = 0; j < 4; j++)
            CHECK(grad[j * STRIDE] == all[i + (1 + j) * STRIDE] || !isfinite(value[0]));
        for (size_t j = 0; j < 10; j++)
            CHECK(hess[j * STRIDE] == all[i + (5 + j) * STRIDE] || !isfinite(value[0]));
    }
}

static void bits_do_not_depend_on_neighbours(void)
{
    for (int kernel = 0; kernel < 3; kernel++) bits_for_kernel(kernel);
}

/* before the instruction set is looked up here: once each in a child of its own */
static void narrower_instruction_sets_agree(void)
{
    const char *const caps[] = {"base", "avx2"};
    fflush(stdout);
    for (int k = 0; k < 2; k++) {
        const pid_t child = fork();
        int told = -1;
        if (child == 0) {
            (void)setenv("DISTEST_ISA", caps[k], 1);
            vectors_agree_with_single_rows();
            limits_agree_with_single_rows();
            constant_parameters();
            fflush(stdout);
            _exit(check_failures ? 1 : 0);
        }
        CHECK(child > 0 && waitpid(child, &told, 0) == child);
        CHECK(WIFEXITED(told) && WEXITSTATUS(told) == 0);
    }
}

int main(void)
{
    RUN(narrower_instruction_sets_agree);
    RUN(vectors_agree_with_single_rows);
    RUN(limits_agree_with_single_rows);
    RUN(constant_parameters);
    RUN(bits_do_not_depend_on_neighbours);
    return check_report("surv_rows");
}
