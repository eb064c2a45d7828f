/* test_surv_sums.c - sums of parts against the fit of all rows, as bytes and refused;
 * rows that are equal; groups without events; draws. */
#include "surv_rows.h"

enum { P = 5 };

/* rows from ... to - 1: phi ~ age, gamma ~ trt, kappa ~ 1 */
static distest_surv_data rows(int from, int to)
{
    distest_surv_data d = distest_surv_data_default();
    d.n = (size_t)(to - from);
    d.type = type + from;
    d.lower = lower + from;
    d.upper = upper + from;
    d.entry = entry + from;
    d.weight = weight + from;
    d.par[0] = (distest_surv_par){.p = 2, .x = age + from, .ldx = MOST};
    d.par[2] = (distest_surv_par){.p = 2, .x = design + from, .ldx = MOST};
    d.par[3] = (distest_surv_par){.p = 1, .x = design + from, .ldx = MOST};
    return d;
}

typedef struct {
    double coef[P], vcov[P * P], robust[P * P];
    distest_surv_info info;
} result;

static int fit_rows(const distest_surv_data *d, int collapse, result *r,
                    distest_context *ctx)
{
    distest_surv_opts opts = distest_surv_opts_default();
    opts.collapse = collapse;
    return distest_surv_fit(d, &opts, r->coef, r->vcov, r->robust, &r->info, ctx);
}

/* three parts, the last first */
static distest_context *asked;
static int clustered;
static int sum_parts(const double *coef, int kernel, int deriv, distest_surv_sums *sums,
                     void *data)
{
    static const int cut[] = {0, 31, 150, 240};
    int *calls = data;
    if (calls) ++*calls;
    for (int k = 2; k >= 0; k--) {
        distest_surv_data d = rows(cut[k], k == 2 ? n : cut[k + 1]);
        if (clustered) d.cluster = site + cut[k];
        const int status =
            distest_surv_eval(&d, coef, kernel, deriv, NULL, 0, sums, asked);
        if (status != DISTEST_SUCCESS) return status;
    }
    return DISTEST_SUCCESS;
}

static distest_surv_layout layout(void)
{
    distest_surv_layout l = distest_surv_layout_default();
    l.p[0] = l.p[2] = 2;
    l.p[1] = 0;
    l.intercept[1] = 0;
    return l;
}

static int fit_sums(result *r, int *calls, distest_context *ctx)
{
    const distest_surv_layout l = layout();
    const distest_surv_opts opts = distest_surv_opts_default();
    asked = ctx;
    return distest_surv_fit_sums(&l, sum_parts, calls, &opts, r->coef, r->vcov,
                                 r->robust, &r->info, ctx);
}

static void parts_give_the_fit_of_all_rows(void)
{
    const distest_surv_data d = rows(0, n);
    result all, parts;
    int calls = 0;
    CHECK(fit_rows(&d, 0, &all, NULL) == DISTEST_SUCCESS);
    CHECK(fit_sums(&parts, &calls, NULL) == DISTEST_SUCCESS);
    for (int a = 0; a < P; a++) {
        CHECK(fabs(parts.coef[a] - all.coef[a]) < 1e-9 * sqrt(all.vcov[a + P * a]));
        for (int b = 0; b < P; b++) {
            CHECK_REL(parts.vcov[a + P * b], all.vcov[a + P * b], 1e-7);
            CHECK_REL(parts.robust[a + P * b], all.robust[a + P * b], 1e-7);
        }
    }
    CHECK_REL(parts.info.loglik, all.info.loglik, 1e-13);
    CHECK(parts.info.converged && parts.info.df == P);
    CHECK(parts.info.weight == all.info.weight && parts.info.events == all.info.events);
    CHECK(parts.info.clusters == (size_t)n);
    CHECK(calls > 10 && (size_t)calls == parts.info.passes + 1);
}

static void sums_are_values_slopes_and_squares(void)
{
    const double coef[P] = {-1, 0.1, 0.3, 0.2, 0.4};
    distest_surv_data d = rows(0, n);
    distest_surv_sums *s = NULL;
    distest_surv_sums_info info;
    double score[P], hess[P * P], middle[P * P], up[P], down[P];
    CHECK(distest_surv_sums_alloc(&s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_eval(&d, coef, 0, 3, NULL, 0, s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_get(s, &info, score, hess, middle, NULL) ==
          DISTEST_SUCCESS);
    CHECK(info.P == P && info.deriv == 3 && info.n == n && info.weight == 471);
    CHECK(info.exact == 174 && info.events > 174 && info.min_time > 0);
    for (int k = 0; k < P; k++) {
        double at[P], value[2];
        for (int side = 0; side < 2; side++) {
            memcpy(at, coef, sizeof at);
            at[k] += side ? -1e-5 : 1e-5;
            distest_surv_sums_reset(s);
            CHECK(distest_surv_eval(&d, at, 0, 1, NULL, 0, s, NULL) == DISTEST_SUCCESS);
            CHECK(distest_surv_sums_get(s, &info, side ? down : up, NULL, NULL, NULL) ==
                  DISTEST_SUCCESS);
            value[side] = info.loglik;
        }
        CHECK_NEAR(score[k], (value[0] - value[1]) / 2e-5, 1e-6);
        for (int j = 0; j < P; j++)
            CHECK_NEAR(hess[j + P * k], (up[j] - down[j]) / 2e-5, 1e-6);
    }
    double sum = 0; /* the squares of the rows' weighted slopes in eta_1 */
    static double eta[4 * MOST], v[MOST], g[4 * MOST];
    for (int i = 0; i < n; i++) {
        eta[i] = coef[0] + coef[1] * age[i + MOST];
        eta[i + 2 * n] = coef[2] + coef[3] * design[i + MOST];
        eta[i + 3 * n] = coef[4];
    }
    CHECK(distest_surv_terms(&d, eta, 1, v, g, NULL, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < n; i++) sum += pow(weight[i] * g[i], 2);
    CHECK_REL(middle[0], sum, 1e-12);
    distest_surv_sums_free(s);
    distest_surv_sums_free(NULL);
}

static void clusters_are_summed_before_they_are_squared(void)
{
    distest_surv_data d = rows(0, n);
    result all;
    d.cluster = site;
    CHECK(fit_rows(&d, 0, &all, NULL) == DISTEST_SUCCESS);
    distest_surv_sums *s = NULL;
    distest_surv_sums_info info;
    double middle[P * P], VM[P * P] = {0}, got = 0;
    CHECK(distest_surv_sums_alloc(&s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_eval(&d, all.coef, 0, 3, NULL, 0, s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_get(s, &info, NULL, NULL, middle, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < P; i++)
        for (int j = 0; j < P; j++)
            for (int k = 0; k < P; k++)
                VM[i + P * j] += all.vcov[i + P * k] * middle[k + P * j];
    for (int k = 0; k < P; k++) got += VM[1 + P * k] * all.vcov[k + P * 1];
    CHECK_REL(got, all.robust[1 + P * 1], 1e-6);
    distest_surv_sums_free(s);
}

static void bytes_come_back_as_they_were(void)
{
    const double coef[P] = {-1, 0.1, 0.3, 0.2, 0.4};
    distest_context ctx = distest_context_default();
    distest_surv_sums *s = NULL, *back = NULL;
    const distest_surv_data d = rows(0, n);
    CHECK(distest_surv_sums_alloc(&s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_size(s) == 0);
    CHECK(distest_surv_eval(&d, coef, 0, 2, "all", 0, s, NULL) == DISTEST_SUCCESS);
    const size_t size = distest_surv_sums_size(s);
    unsigned char *bytes = malloc(size), *again = malloc(size);
    CHECK(distest_surv_sums_pack(s, bytes, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_unpack(size, bytes, &back, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_size(back) == size);
    CHECK(distest_surv_sums_pack(back, again, NULL) == DISTEST_SUCCESS);
    CHECK(memcmp(bytes, again, size) == 0);
    distest_surv_sums_free(back);
    CHECK_FAILS(distest_surv_sums_unpack(size - 8, bytes, &back, &ctx), DISTEST_EINVAL,
                &ctx, "bytes");
    bytes[0] ^= 1; /* of another family */
    CHECK_FAILS(distest_surv_sums_unpack(size, bytes, &back, &ctx), DISTEST_EINVAL,
                &ctx, "bytes");
    free(bytes);
    free(again);
    distest_surv_sums_free(s);
}

static void what_does_not_belong_together_is_refused(void)
{
    const double coef[P] = {-1, 0.1, 0.3, 0.2, 0.4}, other[P] = {0};
    distest_context ctx = distest_context_default();
    distest_surv_sums *s = NULL, *t = NULL, *none = NULL;
    distest_surv_sums_info info;
    distest_surv_data d = rows(0, n);
    CHECK(distest_surv_sums_alloc(&s, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_alloc(&t, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_alloc(&none, NULL) == DISTEST_SUCCESS);
    CHECK(distest_surv_eval(&d, coef, 0, 2, "a", 0, s, NULL) == DISTEST_SUCCESS);
    CHECK_FAILS(distest_surv_eval(&d, other, 0, 2, "b", 0, s, &ctx), DISTEST_EINVAL,
                &ctx, "sums");
    CHECK_FAILS(distest_surv_eval(&d, coef, 0, 1, "b", 0, s, &ctx), DISTEST_EINVAL,
                &ctx, "sums");
    CHECK(distest_surv_eval(&d, coef, 0, 2, "a", 0, s, &ctx) == DISTEST_EINVAL);
    CHECK_FAILS(distest_surv_eval(&d, coef, 0, 2, "b", 5, s, &ctx), DISTEST_EINVAL,
                &ctx, "first");
    CHECK_FAILS(distest_surv_eval(&d, coef, 7, 2, "b", 0, s, &ctx), DISTEST_EINVAL,
                &ctx, "kernel");
    CHECK_FAILS(distest_surv_eval(&d, coef, 0, 4, "b", 0, s, &ctx), DISTEST_EINVAL,
                &ctx, "deriv");
    CHECK_FAILS(distest_surv_eval(&d, NULL, 0, 2, "b", 0, s, &ctx), DISTEST_EINVAL,
                &ctx, "coef");
    CHECK(distest_surv_sums_get(s, &info, NULL, NULL, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(info.n == n); /* the failures left it alone */
    CHECK(distest_surv_eval(&d, coef, 1, 2, "a", 0, t, NULL) == DISTEST_SUCCESS);
    CHECK_FAILS(distest_surv_sums_add(s, t, &ctx), DISTEST_EINVAL, &ctx, "from");
    CHECK_FAILS(distest_surv_sums_add(s, NULL, &ctx), DISTEST_EINVAL, &ctx, "from");
    CHECK(distest_surv_sums_add(s, none, &ctx) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_add(none, s, &ctx) == DISTEST_SUCCESS);
    CHECK(distest_surv_sums_size(none) == distest_surv_sums_size(s));
    CHECK_FAILS(distest_surv_sums_add(none, s, &ctx), DISTEST_EINVAL, &ctx, "from");
    distest_surv_sums_reset(none);
    CHECK_FAILS(distest_surv_sums_get(none, &info, NULL, NULL, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "sums");
    distest_surv_sums_free(s);
    distest_surv_sums_free(t);
    distest_surv_sums_free(none);
}

static int nothing(const double *coef, int kernel, int deriv, distest_surv_sums *sums,
                   void *data)
{
    (void)coef, (void)kernel, (void)deriv, (void)sums, (void)data;
    return DISTEST_SUCCESS;
}

static int censored(const double *coef, int kernel, int deriv, distest_surv_sums *sums,
                    void *data)
{
    static int none[MOST];
    distest_surv_data d = rows(0, 50);
    (void)data;
    d.type = none;
    d.lower = age + MOST;
    d.entry = NULL;
    return distest_surv_eval(&d, coef, kernel, deriv, NULL, 0, sums, NULL);
}

static void bad_layouts_and_functions_are_named(void)
{
    distest_context ctx = distest_context_default();
    distest_surv_opts opts = distest_surv_opts_default();
    result r;
    distest_surv_layout l = layout();
#define SUMS(fn) /* as in fit_sums() */                                                \
    distest_surv_fit_sums(&l, fn, NULL, &opts, r.coef, r.vcov, NULL, &r.info, &ctx)
    CHECK_FAILS(SUMS(NULL), DISTEST_EINVAL, &ctx, "eval");
    CHECK_FAILS(SUMS(nothing), DISTEST_EINVAL, &ctx, "sums");
    CHECK_FAILS(SUMS(censored), DISTEST_ENOMLE, &ctx, "data");
    opts.n_start = 0;
    CHECK_FAILS(SUMS(sum_parts), DISTEST_EINVAL, &ctx, "start");
    opts = distest_surv_opts_default();
    l.intercept[0] = 3;
    CHECK_FAILS(SUMS(sum_parts), DISTEST_EINVAL, &ctx, "intercept");
    l = layout();
    l.phi_form = 2;
    CHECK_FAILS(SUMS(sum_parts), DISTEST_EINVAL, &ctx, "phi_form");
    l = layout();
    l.kernel = 5;
    CHECK_FAILS(SUMS(sum_parts), DISTEST_EINVAL, &ctx, "kernel");
    l.kernel = DISTEST_SURV_KERNEL_INF;
    CHECK_FAILS(SUMS(sum_parts), DISTEST_EINVAL, &ctx, "layout");
    l = layout();
    l.time_scale = 0;
    CHECK_FAILS(SUMS(sum_parts), DISTEST_EINVAL, &ctx, "time_scale");
    l = layout();
    l.p[0] = 3; /* the sums have two columns there */
    CHECK_FAILS(SUMS(sum_parts), DISTEST_EINVAL, &ctx, "sums");
    memset(l.p, 0, sizeof l.p);
    memset(l.intercept, 0, sizeof l.intercept);
    CHECK_FAILS(SUMS(sum_parts), DISTEST_EINVAL, &ctx, "layout");
#undef SUMS
}

/* Rows 0 ... 59 three times over, with weights 1, 2, 3. */
static distest_surv_data tripled(void)
{
    static int type3[180], site3[180];
    static double low3[180], up3[180], entry3[180], w3[180], x3[360], off3[180];
    distest_surv_data d = rows(0, 60);
    for (int i = 0; i < 180; i++) {
        type3[i] = type[i % 60];
        site3[i] = site[i % 60];
        low3[i] = type3[i] == 2 ? i : lower[i % 60]; /* not read */
        up3[i] = type3[i] < 2 ? i : upper[i % 60];
        entry3[i] = entry[i % 60];
        w3[i] = 1 + i / 60;
        x3[i] = 1;
        x3[i + 180] = design[i % 60 + MOST];
        off3[i] = (i % 60) * 0.001;
    }
    d.n = 180;
    d.type = type3;
    d.cluster = site3;
    d.lower = low3;
    d.upper = up3;
    d.entry = entry3;
    d.weight = w3;
    for (int j = 0; j < 4; j += 2)
        d.par[j] = (distest_surv_par){.p = 2, .x = x3, .ldx = 180};
    d.par[0].offset = off3;
    d.par[3] = (distest_surv_par){.p = 1, .x = x3, .ldx = 180};
    return d;
}

static void equal_rows_are_one(void)
{
    for (int grouped = 0; grouped < 2; grouped++) {
        distest_surv_data d = tripled();
        result all, one;
        if (!grouped) d.cluster = NULL;
        CHECK(fit_rows(&d, 0, &all, NULL) == DISTEST_SUCCESS);
        CHECK(fit_rows(&d, 1, &one, NULL) == DISTEST_SUCCESS);
        CHECK(all.info.distinct == 0 && one.info.distinct == 60);
        CHECK(all.info.weight == one.info.weight && one.info.weight == 360);
        CHECK(all.info.clusters == one.info.clusters);
        CHECK_REL(one.info.loglik, all.info.loglik, 1e-13);
        for (int a = 0; a < P; a++) {
            CHECK(fabs(one.coef[a] - all.coef[a]) < 1e-8 * sqrt(all.vcov[a + P * a]));
            CHECK_REL(one.vcov[a + P * a], all.vcov[a + P * a], 1e-8);
            CHECK_REL(one.robust[a + P * a], all.robust[a + P * a], 1e-7);
        }
    }
    distest_surv_data d = tripled(); /* a row of weight 0 is no row */
    double w[180];
    result r;
    memcpy(w, d.weight, sizeof w);
    w[0] = w[60] = w[120] = 0;
    d.weight = w;
    CHECK(fit_rows(&d, 1, &r, NULL) == DISTEST_SUCCESS);
    CHECK(r.info.distinct == 59);
    distest_context ctx = distest_context_default(); /* the row is one of all rows */
    double *x = (double *)(uintptr_t)d.par[0].x, was = x[180 + 77];
    x[180 + 77] = NAN;
    CHECK_FAILS(fit_rows(&d, 1, &r, &ctx), DISTEST_EINVAL, &ctx, "phi");
    CHECK(strstr(ctx.message, "row 78.") != NULL);
    x[180 + 77] = was;
}

/* Of 12000 days a sample of 10000 rows sees most once at the most, and yet all rows
 * hold no more than those days. */
static void a_sample_says_whether_rows_are_worth_merging(void)
{
    enum { N = 160000 };
    static double time[N], x[N];
    static int events[N];
    distest_surv_opts opts = distest_surv_opts_default();
    distest_surv_info info;
    double coef[2], vcov[4];
    opts.n_start = 1;
    for (int cells = 12000; cells <= 120000; cells *= 10) {
        uint64_t state = 7;
        for (int i = 0; i < N; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            time[i] = 1 + (double)((state >> 33) % (uint64_t)cells);
            x[i] = 1;
            events[i] = DISTEST_SURV_EVENT;
        }
        int seen = 0;
        static unsigned char hit[120001];
        memset(hit, 0, sizeof hit);
        for (int i = 0; i < N; i++) seen += !hit[(int)time[i]]++;
        distest_surv_data d = distest_surv_data_default();
        d.n = N;
        d.type = events;
        d.lower = time;
        d.par[0] = (distest_surv_par){.p = 1, .x = x, .ldx = N};
        d.par[2] = (distest_surv_par){.p = 1, .x = x, .ldx = N};
        d.par[3].value = log(2);
        CHECK(distest_surv_fit(&d, &opts, coef, vcov, NULL, &info, NULL) ==
              DISTEST_SUCCESS);
        CHECK(info.distinct == (cells == 12000 ? (size_t)seen : 0));
        CHECK(info.weight == N && info.events == N && info.clusters == N);
    }
}

static void columns_without_events_are_found(void)
{
    distest_context ctx = distest_context_default();
    distest_surv_data d = rows(0, n);
    int flags[P];
    CHECK(distest_surv_monotone(&d, flags, &ctx) == DISTEST_SUCCESS);
    for (int a = 0; a < P; a++) CHECK(flags[a] == 0);
    static double group[2 * MOST], part[2 * MOST];
    for (int i = 0; i < n; i++) {
        group[i] = part[i] = 1;
        group[i + MOST] = type[i] == DISTEST_SURV_RIGHT && i % 3 == 0;
        part[i + MOST] = group[i + MOST] / 2;
    }
    d.par[0].x = group;
    CHECK(distest_surv_monotone(&d, flags, &ctx) == DISTEST_SUCCESS);
    CHECK(flags[0] == 0 && flags[1] == 1 && flags[2] == 0 && flags[4] == 0);
    result r; /* the fit refuses it, and takes it without its rows */
    CHECK_FAILS(fit_rows(&d, 0, &r, &ctx), DISTEST_ENOMLE, &ctx, "phi");
    CHECK(strstr(ctx.message, "column 2") != NULL);
    d.par[0].x = part; /* not of 0 and 1 */
    CHECK(distest_surv_monotone(&d, flags, &ctx) == DISTEST_SUCCESS);
    CHECK(flags[1] == 0);
    d.par[0].x = age;
    d.par[2].x = group; /* gamma: no such thing */
    CHECK(distest_surv_monotone(&d, flags, &ctx) == DISTEST_SUCCESS);
    CHECK(flags[3] == 0);
    CHECK_FAILS(distest_surv_monotone(&d, NULL, &ctx), DISTEST_EINVAL, &ctx, "flags");
}

static void draws_have_their_survival_probability(void)
{
    const double u[] = {0.9, 0.5, 1e-3}, phi = 2, lambda = 1, gamma = 1.5, kappa = -0.5;
    double t[3], S;
    distest_context ctx = distest_context_default();
    CHECK(distest_surv_rand(3, u, &phi, 0, &lambda, 0, &gamma, 0, &kappa, 0, t, &ctx) ==
          DISTEST_SUCCESS);
    for (int i = 0; i < 2; i++) {
        CHECK(distest_surv_dist(DISTEST_SURV_CDF, DISTEST_SURV_UPPER, 1, &t[i], &phi, 0,
                                &lambda, 0, &gamma, 0, &kappa, 0, &S,
                                &ctx) == DISTEST_SUCCESS);
        CHECK_REL(S, u[i], 1e-13);
    }
    CHECK(t[2] == INFINITY); /* cured with probability exp(-1) */
    const double bad = 0;
    CHECK_FAILS(
        distest_surv_rand(1, &bad, &phi, 0, &lambda, 0, &gamma, 0, &kappa, 0, t, &ctx),
        DISTEST_EINVAL, &ctx, "u");
}

/* From near the optimum and one part, or this would take long. */
static int sum_some(const double *coef, int kernel, int deriv, distest_surv_sums *sums,
                    void *data)
{
    const distest_surv_data d = rows(0, 60);
    (void)data;
    return distest_surv_eval(&d, coef, kernel, deriv, NULL, 0, sums, asked);
}

/* A Weibull without covariates. */
static int fit_times(size_t rows_of, const int *kind, const double *t, const double *w,
                     const double *one, int collapse, int threads, result *r)
{
    distest_surv_opts opts = distest_surv_opts_default();
    distest_context ctx = distest_context_default();
    distest_surv_data d = distest_surv_data_default();
    d.n = rows_of;
    d.type = kind;
    d.lower = t;
    d.weight = w;
    d.par[0] = d.par[2] = (distest_surv_par){.p = 1, .x = one, .ldx = rows_of};
    d.par[3].value = log(2);
    opts.collapse = collapse;
    ctx.threads = threads;
    return distest_surv_fit(&d, &opts, r->coef, r->vcov, NULL, &r->info, &ctx);
}

/* Enough rows for two tables of distinct ones. Kinds come round every 21 rows, two of
 * three alike; the last rows are of a kind that only the second table sees. */
static void many_equal_rows_are_their_counts(void)
{
    enum { MANY_ROWS = (1 << 20) + 5000, LATE = 100, KINDS = 15 };
    double *t = malloc(MANY_ROWS * sizeof *t), *one = malloc(MANY_ROWS * sizeof *one);
    int *kind = malloc(MANY_ROWS * sizeof *kind), kind_of[KINDS];
    double time_of[KINDS], count[KINDS] = {0};
    result few, many, again;
    for (int i = 0; i < MANY_ROWS; i++) {
        const int k = i % 21, event = k % 3 == 1;
        const int late = i >= MANY_ROWS - LATE, at = late ? 14 : k / 3 * 2 + event;
        kind[i] = kind_of[at] = late ? 0 : event;
        t[i] = time_of[at] = late ? 9 : 1 + k / 3;
        one[i] = 1;
        count[at]++;
    }
    CHECK(fit_times(KINDS, kind_of, time_of, count, one, 0, 1, &few) ==
          DISTEST_SUCCESS);
    CHECK(fit_times(MANY_ROWS, kind, t, NULL, one, 1, 1, &many) == DISTEST_SUCCESS);
    CHECK(fit_times(MANY_ROWS, kind, t, NULL, one, -1, 2, &again) == DISTEST_SUCCESS);
    CHECK(many.info.distinct == KINDS && again.info.distinct == KINDS);
    CHECK(many.info.events == few.info.events && many.info.weight == MANY_ROWS);
    CHECK(fabs(many.info.loglik - few.info.loglik) < 1e-9 * fabs(few.info.loglik));
    for (int k = 0; k < 2; k++) {
        CHECK(fabs(many.coef[k] - few.coef[k]) < 1e-9);
        CHECK(many.coef[k] == again.coef[k]);
    }
    free(t), free(one), free(kind);
}

static int small_sums(distest_context *ctx)
{
    static double near_by[P];
    static int known = 0;
    const distest_surv_layout l = layout();
    distest_surv_opts opts = distest_surv_opts_default();
    result r;
    asked = ctx;
    if (known) {
        opts.start = near_by;
        opts.n_start = 0;
    }
    const int status = distest_surv_fit_sums(&l, sum_some, NULL, &opts, r.coef, r.vcov,
                                             r.robust, &r.info, ctx);
    if (status == DISTEST_SUCCESS) memcpy(near_by, r.coef, sizeof near_by);
    known |= status == DISTEST_SUCCESS;
    return status;
}

static int small_collapse(distest_context *ctx)
{
    static double near_by[P];
    static int known = 0;
    const distest_surv_data d = tripled();
    distest_surv_opts opts = distest_surv_opts_default();
    result r;
    opts.collapse = 1;
    if (known) {
        opts.start = near_by;
        opts.n_start = 0;
    }
    const int status =
        distest_surv_fit(&d, &opts, r.coef, r.vcov, r.robust, &r.info, ctx);
    if (status == DISTEST_SUCCESS) memcpy(near_by, r.coef, sizeof near_by);
    known |= status == DISTEST_SUCCESS;
    return status;
}

static int clustered_sums(distest_context *ctx)
{
    const double coef[P] = {-1, 0.1, 0.3, 0.2, 0.4};
    distest_surv_sums *s = NULL, *t = NULL, *u = NULL;
    distest_surv_data d = rows(0, n);
    unsigned char bytes[4096];
    d.cluster = site;
    int status = distest_surv_sums_alloc(&s, ctx);
    if (status == DISTEST_SUCCESS) status = distest_surv_sums_alloc(&t, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_surv_eval(&d, coef, 2, 3, NULL, 0, s, ctx);
    if (status == DISTEST_SUCCESS) status = distest_surv_sums_add(t, s, ctx);
    if (status == DISTEST_SUCCESS) status = distest_surv_sums_add(t, s, ctx);
    CHECK(distest_surv_sums_size(s) <= sizeof bytes);
    if (status == DISTEST_SUCCESS) status = distest_surv_sums_pack(s, bytes, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_surv_sums_unpack(distest_surv_sums_size(s), bytes, &u, ctx);
    distest_surv_sums_free(s);
    distest_surv_sums_free(t);
    distest_surv_sums_free(u);
    return status;
}

static void memory_may_fail_and_polls_may_cancel(void)
{
    CHECK(check_out_of_memory(small_sums) > 40);
    CHECK(check_cancel(small_sums) > 5);
    CHECK(check_out_of_memory(small_collapse) > 40);
    CHECK(check_cancel(small_collapse) > 5);
    CHECK(check_out_of_memory(clustered_sums) > 10);
    CHECK(check_cancel(clustered_sums) > 1);
}

int main(void)
{
    read_rows();
    RUN(parts_give_the_fit_of_all_rows);
    RUN(sums_are_values_slopes_and_squares);
    RUN(clusters_are_summed_before_they_are_squared);
    RUN(bytes_come_back_as_they_were);
    RUN(what_does_not_belong_together_is_refused);
    RUN(bad_layouts_and_functions_are_named);
    RUN(equal_rows_are_one);
    RUN(many_equal_rows_are_their_counts);
    RUN(a_sample_says_whether_rows_are_worth_merging);
    RUN(columns_without_events_are_found);
    RUN(draws_have_their_survival_probability);
    RUN(memory_may_fail_and_polls_may_cancel);
    return check_report("surv_sums");
}
