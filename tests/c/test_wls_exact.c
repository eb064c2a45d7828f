/* test_wls_exact.c - every way of drawing a design against its law, by enumeration of a
 * small finite space; what the laws promise, by sums over all designs. Seeds are fixed;
 * chi square at p far below 1e-9. */
#include "wls_test.h"

enum { N = 5, m = 2, R = 4000 };
static const double F[N * m] = {1, 1, 1, 1, 1, -1, 0.4, 1.7, 0.2, -0.6};
static const double PROB[N] = {0.1, 0.3, 0.15, 0.25, 0.2};
static distest_wls_space *space;
static distest_context one; /* one thread: designs this small are not worth more */
static double phi[N * m], k[N], lev[N]; /* phi_ij at j + i m */

static void set_up(void)
{
    one = distest_context_default();
    one.threads = 1;
    CHECK(distest_wls_space_finite(N, m, F, PROB, 1e-10, &space, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_space_finite_parts(space, NULL, phi, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < N; i++) {
        k[i] = phi[i * m] * phi[i * m] + phi[i * m + 1] * phi[i * m + 1];
        lev[i] = PROB[i] * k[i];
    }
}

/* |a, b|: the squared determinant of two features, times the probabilities */
static double pair(int a, int b)
{
    const double d = phi[a * m] * phi[b * m + 1] - phi[a * m + 1] * phi[b * m];
    return PROB[a] * PROB[b] * d * d;
}

static double reference(int which, int i) /* nu / mu at i: optimal, mu, half of each */
{
    return which == 0 ? k[i] / m : which == 1 ? 1 : 0.5 + 0.5 * k[i] / m;
}

/* the law of an ordered design as a table over N^n, base N digits */
typedef double (*law_fn)(const int *at, size_t n, int ref);

static double law_iid(const int *at, size_t n, int ref)
{
    double p = 1;
    for (size_t i = 0; i < n; i++) p *= PROB[at[i]] * reference(ref, at[i]);
    return p;
}

static double law_dpp(const int *at, size_t n, int ref)
{
    (void)n, (void)ref;
    return pair(at[0], at[1]) / 2;
}

/* n = 3: the DPP and one point of nu, in random order: each of the three may be it */
static double law_volume(const int *at, size_t n, int ref)
{
    double p = 0;
    (void)n;
    for (int free = 0; free < 3; free++) {
        const int a = at[free == 0 ? 1 : 0], b = at[free == 2 ? 1 : 2];
        p += PROB[at[free]] * reference(ref, at[free]) * pair(a, b) / 2 / 3;
    }
    return p;
}

static double law_strata(const int *at, size_t n, int ref) /* n = 2: one of each */
{
    (void)n, (void)ref;
    const double a = phi[at[0] * m], b = phi[at[1] * m + 1];
    return PROB[at[0]] * a * a * PROB[at[1]] * b * b;
}

static double law_two_dpps(const int *at, size_t n, int ref)
{
    (void)n, (void)ref;
    return pair(at[0], at[1]) / 2 * pair(at[2], at[3]) / 2;
}

static size_t cells(size_t n)
{
    size_t c = 1;
    while (n--) c *= N;
    return c;
}

static void digits(size_t cell, size_t n, int *at)
{
    for (size_t i = 0; i < n; i++, cell /= N) at[i] = (int)(cell % N);
}

static void follows(const char *method, const char *ref, int which, size_t n,
                    law_fn law)
{
    distest_wls_opts o = distest_wls_opts_default();
    static double count[625], p[625];
    const size_t C = cells(n);
    size_t index[4], used = 0;
    double w[4], total = 0, chi = 0;
    int at[4];
    distest_rng rng = distest_rng_seed(40 + n);
    o.method = method, o.reference = ref;
    memset(count, 0, sizeof count);
    for (size_t c = 0; c < C; c++) {
        digits(c, n, at);
        total += p[c] = law(at, n, which);
    }
    CHECK_NEAR(total, 1, 1e-12);
    for (int r = 0; r < R; r++) {
        size_t c = 0;
        CHECK(distest_wls_sample(space, &o, n, &rng, NULL, index, w, NULL, &one) ==
              DISTEST_SUCCESS);
        for (size_t i = n; i-- > 0;) c = c * N + index[i];
        count[c]++;
    }
    for (size_t c = 0; c < C; c++) {
        if (p[c] < 1e-15) CHECK(count[c] == 0);
        if (p[c] * R < 2) continue;
        used++;
        chi += (count[c] - R * p[c]) * (count[c] - R * p[c]) / (R * p[c]);
    }
    /* beyond 8 standard deviations and then some */
    CHECK(used > 2 && chi < (double)used + 9 * sqrt(2.0 * (double)used) + 30);
}

static void every_method_has_its_law(void)
{
    follows("mc", "optimal", 1, 2, law_iid);
    follows("iid_optimal", "optimal", 0, 2, law_iid);
    follows("iid_optimal", "mu", 1, 2, law_iid);
    follows("iid_optimal", "mixture", 2, 2, law_iid);
    follows("dpp", "optimal", 0, 2, law_dpp);
    follows("volume", "optimal", 0, 3, law_volume);
    follows("volume", "mu", 1, 3, law_volume);
    follows("volume", "mixture", 2, 3, law_volume);
    follows("volume_repeated", "mixture", 2, 3, law_volume);
    follows("stratified", "optimal", 0, 2, law_strata);
    follows("dpp_repeated", "optimal", 0, 4, law_two_dpps);
}

/* density n^m (n - m)! / n! det G with respect to nu^n is what law_volume says */
static void the_two_definitions_of_volume_sampling_agree(void)
{
    for (int ref = 0; ref < 3; ref++)
        for (size_t c = 0; c < cells(3); c++) {
            int at[3];
            double a = 0, b = 0, d = 0, p = 9.0 / 6; /* n^m (n - m)! / n! */
            digits(c, 3, at);
            for (int i = 0; i < 3; i++) {
                const double w = 1 / reference(ref, at[i]) / 3, *f = phi + at[i] * m;
                a += w * f[0] * f[0], b += w * f[0] * f[1], d += w * f[1] * f[1];
                p *= PROB[at[i]] * reference(ref, at[i]);
            }
            CHECK_NEAR(p * (a * d - b * b), law_volume(at, 3, ref), 1e-14);
        }
}

/* Sums over all designs of c, of (c - c*)^2, by the public fit: E c = c* for every
 * reference; n = m: Var c_j = sigma_m^2 and E|f - fhat|^2 = (1 + m) sigma_m^2; n > m:
 * at most that. */
static void coefficients_are_unbiased_with_their_variance(void)
{
    const double f[N] = {0.3, -1, 2, 0.7, 5};
    double best[m] = {0}, sigma2 = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < m; j++) best[j] += PROB[i] * f[i] * phi[i * m + j];
    for (int i = 0; i < N; i++) {
        const double r = f[i] - best[0] * phi[i * m] - best[1] * phi[i * m + 1];
        sigma2 += PROB[i] * r * r;
    }
    for (size_t n = 2; n <= 3; n++)
        for (int ref = 0; ref < 3; ref++) {
            double mean[m] = {0}, var[m] = {0};
            for (size_t c = 0; c < cells(n); c++) {
                int at[3];
                double w[3], y[3], P[3 * m], coef[m];
                digits(c, n, at);
                const double p = n == 2 ? law_dpp(at, n, 0) : law_volume(at, n, ref);
                if (p < 1e-15) continue;
                for (size_t i = 0; i < n; i++) {
                    w[i] = 1 / reference(ref, at[i]), y[i] = f[at[i]];
                    for (size_t j = 0; j < m; j++)
                        P[i + j * n] = phi[at[i] * m + (int)j];
                }
                CHECK(distest_wls_fit(n, m, 1, P, w, y, 1e-14, coef, NULL, NULL, NULL,
                                      NULL) == DISTEST_SUCCESS);
                for (int j = 0; j < m; j++) {
                    mean[j] += p * coef[j];
                    var[j] += p * (coef[j] - best[j]) * (coef[j] - best[j]);
                }
            }
            for (int j = 0; j < m; j++) CHECK_NEAR(mean[j], best[j], 1e-10);
            if (n == 2) {
                CHECK_NEAR(var[0] / sigma2, 1, 1e-10);
                CHECK_NEAR(var[1] / sigma2, 1, 1e-10);
            } else {
                CHECK(var[0] + var[1] < m * sigma2);
            }
        }
}

/* Certificate: E|b_g|^2 <= first sigma^2 and E|g|_n^2 <= second sigma^2, enumerated for
 * volume samples of every reference; the mixture's second is above 1. */
static void certificates_bound_what_they_say(void)
{
    const double f[N] = {0.3, -1, 2, 0.7, 5};
    const char *refs[] = {"optimal", "mu", "mixture"};
    double g[N], best[m] = {0}, sigma2 = 0, sup = 0;
    for (int i = 0; i < N; i++) {
        sup = fmax(sup, k[i]);
        for (int j = 0; j < m; j++) best[j] += PROB[i] * f[i] * phi[i * m + j];
    }
    for (int i = 0; i < N; i++) {
        g[i] = f[i] - best[0] * phi[i * m] - best[1] * phi[i * m + 1];
        sigma2 += PROB[i] * g[i] * g[i];
    }
    for (int ref = 0; ref < 3; ref++) {
        double bg = 0, gn = 0;
        for (size_t c = 0; c < cells(3); c++) {
            int at[3];
            double b[m] = {0}, norm = 0;
            digits(c, 3, at);
            for (int i = 0; i < 3; i++) {
                const double w = 1 / reference(ref, at[i]) / 3, e = g[at[i]];
                for (int j = 0; j < m; j++) b[j] += w * e * phi[at[i] * m + j];
                norm += w * e * e;
            }
            bg += law_volume(at, 3, ref) * (b[0] * b[0] + b[1] * b[1]);
            gn += law_volume(at, 3, ref) * norm;
        }
        /* read off the certificate: lambda_min large makes the first bound smaller */
        distest_wls_opts o = distest_wls_opts_default();
        distest_wls_facts facts = distest_wls_facts_default();
        distest_wls_certificate out;
        distest_wls_diag d = {.lambda_min = 1e6};
        o.method = "volume", o.reference = refs[ref], facts.sup_k = sup;
        CHECK(distest_wls_certify(&d, 3, m, &o, &facts, 0.5, 0.9, &out, NULL) ==
              DISTEST_SUCCESS);
        const double first = (out.probability * out.probability - 1) * 0.5 * 1e12;
        d.lambda_min = 1e-6;
        CHECK(distest_wls_certify(&d, 3, m, &o, &facts, 0.5, 0.9, &out, NULL) ==
              DISTEST_SUCCESS);
        const double second = (out.probability * out.probability - 1) * 0.5 * 1e-6;
        CHECK(bg <= first * sigma2 * (1 + 1e-3) && gn <= second * sigma2 * (1 + 1e-9));
        CHECK(first < 20 && second < 3);
    }
}

/* The better of two DPPs by |G - I|: P(S) = P(S)^2 + 2 P(S) P(worse ones), ties to the
 * first; and of designs redrawn until the criterion holds: P(S | it holds). */
static void resampling_and_conditioning_have_their_laws(void)
{
    double value[N * N], p[N * N], want[2][N * N], hit[2][N * N] = {{0}}, good = 0;
    const double limit = 0.6;
    for (int a = 0; a < N; a++)
        for (int b = 0; b < N; b++) {
            const int at[2] = {a, b};
            double A[2 * m];
            distest_wls_diag d = {0};
            p[a + b * N] = law_dpp(at, 2, 0);
            for (int i = 0; i < 2; i++)
                for (int j = 0; j < m; j++)
                    A[i + 2 * j] = sqrt(m / k[at[i]]) * phi[at[i] * m + j];
            CHECK(distest_wls_diagnose(2, m, A, &d, NULL) == DISTEST_SUCCESS);
            value[a + b * N] = a == b ? 1 : d.delta;
            if (a != b && d.delta <= limit) good += p[a + b * N];
        }
    CHECK(good > 0.1 && good < 0.9);
    for (int s = 0; s < N * N; s++) {
        want[0][s] = 0;
        for (int t = 0; t < N * N; t++) {
            const int tie = fabs(value[s] - value[t]) < 1e-12;
            want[0][s] += p[s] * p[t] * (tie ? 1 : value[s] < value[t] ? 2 : 0);
        }
        want[1][s] = value[s] <= limit ? p[s] / good : 0;
    }
    for (int which = 0; which < 2; which++) {
        distest_wls_opts o = distest_wls_opts_default();
        distest_rng rng = distest_rng_seed(60);
        size_t index[2], used = 0;
        double w[2], chi = 0;
        o.method = "dpp";
        if (which == 0) o.resample = 2;
        if (which == 1) o.delta = limit;
        for (int r = 0; r < R; r++) {
            CHECK(distest_wls_sample(space, &o, 2, &rng, NULL, index, w, NULL, &one) ==
                  DISTEST_SUCCESS);
            hit[which][index[0] + index[1] * N]++;
        }
        for (int s = 0; s < N * N; s++) {
            /* designs that differ in order only are ties */
            const double e = R * want[which][s];
            if (e < 2) continue;
            chi += (hit[which][s] - e) * (hit[which][s] - e) / e, used++;
        }
        CHECK(used > 2 && chi < (double)used + 9 * sqrt(2.0 * (double)used) + 30);
    }
}

/* What is left of `n` candidates, those with bit i of `keep`: the smallest eigenvalue
 * of the sum of their normalised outer products. */
static double smallest(const int *at, unsigned keep)
{
    double a = 0, b = 0, d = 0;
    for (int i = 0; i < 6; i++) {
        const double *f = phi + at[i] * m, w = m / k[at[i]];
        if (!(keep >> i & 1)) continue;
        a += w * f[0] * f[0], b += w * f[0] * f[1], d += w * f[1] * f[1];
    }
    return (a + d) / 2 - hypot((a - d) / 2, b);
}

/* Boosted designs, n = 2: of all triples of DPPs, pruned from six points to two here,
 * one by one, by the closed form of two eigenvalues. Equal candidates are ties, but
 * leave the same. */
static void boosted_designs_have_their_law(void)
{
    double want[N * N] = {0}, hit[N * N] = {0}, chi = 0, total = 0;
    size_t used = 0;
    for (int c = 0; c < 15625; c++) { /* three pairs a < b */
        int at[6];
        digits((size_t)c, 6, at);
        if (!(at[0] < at[1] && at[2] < at[3] && at[4] < at[5])) continue;
        const double p = pair(at[0], at[1]) * pair(at[2], at[3]) * pair(at[4], at[5]);
        unsigned keep = 63;
        for (int left = 6; left > 2; left--) {
            double best = -1;
            unsigned next = 0;
            for (unsigned i = 0; i < 6; i++) {
                const unsigned rest = keep & ~(1u << i);
                const double value = keep >> i & 1 ? smallest(at, rest) : -1;
                if (value > best + 1e-12) best = value, next = rest;
            }
            keep = next;
        }
        int a = -1, b = -1;
        for (int i = 0; i < 6; i++)
            if (keep >> i & 1) b = a, a = at[i];
        want[(a < b ? a : b) * N + (a < b ? b : a)] += p;
        total += p;
    }
    CHECK_NEAR(total, 1, 1e-12);
    distest_wls_opts o = distest_wls_opts_default();
    distest_rng rng = distest_rng_seed(61);
    o.method = "boosted";
    for (int r = 0; r < R; r++) {
        size_t index[2];
        double w[2];
        CHECK(distest_wls_sample(space, &o, 2, &rng, NULL, index, w, NULL, &one) ==
              DISTEST_SUCCESS);
        for (int i = 0; i < 2; i++) CHECK_NEAR(w[i], m / k[index[i]], 1e-13);
        const size_t a = index[0] < index[1] ? index[0] : index[1];
        hit[a * N + index[0] + index[1] - a]++;
    }
    for (int s = 0; s < N * N; s++) {
        const double e = R * want[s];
        if (want[s] < 1e-15) CHECK(hit[s] == 0);
        if (e < 2) continue;
        chi += (hit[s] - e) * (hit[s] - e) / e, used++;
    }
    CHECK(used > 2 && chi < (double)used + 9 * sqrt(2.0 * (double)used) + 30);
}

static void weights_are_the_inverse_of_the_density(void)
{
    const char *refs[] = {"optimal", "mu", "mixture"};
    for (int ref = 0; ref < 3; ref++) {
        distest_wls_opts o = distest_wls_opts_default();
        distest_rng rng = distest_rng_seed(9);
        size_t index[9];
        double w[9];
        o.method = "volume", o.reference = refs[ref];
        CHECK(distest_wls_sample(space, &o, 9, &rng, NULL, index, w, NULL, &one) ==
              DISTEST_SUCCESS);
        for (int i = 0; i < 9; i++)
            CHECK_NEAR(w[i], 1 / reference(ref, (int)index[i]), 1e-13);
        o.method = "volume_repeated"; /* two DPPs, five free points */
        CHECK(distest_wls_sample(space, &o, 9, &rng, NULL, index, w, NULL, &one) ==
              DISTEST_SUCCESS);
        for (int i = 0; i < 9; i++) {
            const int at = (int)index[i];
            CHECK_NEAR(w[i], 9 / (2 * k[at] + 5 * reference(ref, at)), 1e-13);
        }
    }
}

/* ---- candidates whose features are not held ---------------------------------------
 */

static distest_wls_space *by_chunks(size_t rows)
{
    distest_wls_space *s = NULL;
    CHECK(distest_wls_space_chunks(N, m, PROB, &s, NULL) == DISTEST_SUCCESS);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t first = 0; first < N; first += rows) {
            const size_t n = N - first < rows ? N - first : rows;
            double part[N * m];
            for (size_t j = 0; j < m; j++)
                for (size_t i = 0; i < n; i++) part[i + j * n] = F[first + i + j * N];
            CHECK(distest_wls_space_chunk(s, n, first, part, NULL) == DISTEST_SUCCESS);
        }
        CHECK(distest_wls_space_ready(s, 1e-10, NULL) == DISTEST_SUCCESS);
    }
    return s;
}

static void chunks_make_the_same_space(void)
{
    double R0[m * m], R1[m * m], l0[N], l1[N], e0[m], e1[m];
    CHECK(distest_wls_space_finite_parts(space, R0, NULL, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_inclusion(space, l0, NULL) == DISTEST_SUCCESS);
    CHECK(distest_wls_integrals(space, e0, NULL) == DISTEST_SUCCESS);
    for (size_t rows = 1; rows <= N; rows++) {
        distest_wls_space *s = by_chunks(rows);
        CHECK(distest_wls_space_finite_parts(s, R1, NULL, NULL) == DISTEST_SUCCESS);
        CHECK(distest_wls_inclusion(s, l1, NULL) == DISTEST_SUCCESS);
        CHECK(distest_wls_integrals(s, e1, NULL) == DISTEST_SUCCESS);
        for (int i = 0; i < m * m; i++) CHECK_NEAR(R1[i], R0[i], 1e-13);
        for (int i = 0; i < N; i++) CHECK_NEAR(l1[i], l0[i], 1e-13);
        for (int j = 0; j < m; j++) CHECK_NEAR(e1[j], e0[j], 1e-13);
        distest_wls_space_free(s);
    }
    distest_wls_space *s = NULL;
    double G[N * m];
    memcpy(G, F, sizeof G);
    CHECK(distest_wls_space_reference(N, m, F, PROB, 1e-10, &s, NULL) ==
          DISTEST_SUCCESS);
    CHECK(distest_wls_orthonormalise(s, N, G, NULL) == DISTEST_SUCCESS);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < m; j++) CHECK_NEAR(G[i + j * N], phi[i * m + j], 1e-13);
    distest_wls_space_free(s);
}

static void the_stepper_has_the_law_of_the_dpp(void)
{
    distest_wls_space *s = by_chunks(2);
    distest_wls_stepper *st = NULL;
    distest_rng rng = distest_rng_seed(3);
    enum { COPIES = 2000 };
    static size_t index[COPIES * 64], proposal[COPIES * m], copy[COPIES * m];
    static double U[COPIES * 64 * m];
    static int got[COPIES][m], have[COPIES];
    double count[N * N] = {0}, chi = 0;
    size_t want = 0, rounds = 0;
    CHECK(distest_wls_stepper_alloc(m, COPIES, &rng, &st, NULL) == DISTEST_SUCCESS);
    for (;; rounds++) {
        CHECK(distest_wls_stepper_want(st, &want, NULL) == DISTEST_SUCCESS);
        if (want == 0 || rounds > 100) break;
        CHECK(distest_wls_draw(s, 0, want, &rng, NULL, index, NULL) == DISTEST_SUCCESS);
        for (size_t i = 0; i < want; i++)
            for (size_t j = 0; j < m; j++) U[i + j * want] = 3 * phi[index[i] * m + j];
        CHECK(distest_wls_stepper_offer(st, want, U, NULL) == DISTEST_SUCCESS);
        const size_t taken = distest_wls_stepper_taken(st, proposal, copy);
        for (size_t i = 0; i < taken; i++)
            got[copy[i]][have[copy[i]]++] = (int)index[proposal[i]];
    }
    for (int c = 0; c < COPIES; c++) {
        CHECK(have[c] == m);
        count[got[c][0] + N * got[c][1]]++;
    }
    for (int a = 0; a < N; a++)
        for (int b = 0; b < N; b++) {
            const double e = COPIES * pair(a, b) / 2;
            if (a == b) CHECK(count[a + N * b] == 0);
            if (e > 0.5) chi += (count[a + N * b] - e) * (count[a + N * b] - e) / e;
        }
    CHECK(chi < 70);
    distest_wls_stepper_free(st);
    distest_wls_space_free(s);
}

static int chunks_once(distest_context *ctx)
{
    distest_wls_space *s = NULL;
    distest_wls_stepper *st = NULL;
    distest_rng rng = distest_rng_seed(1);
    size_t want = 0, index[64];
    double U[64 * m];
    int status = distest_wls_space_reference(N, m, F, NULL, 1e-10, &s, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_stepper_alloc(m, 1, &rng, &st, ctx);
    if (status == DISTEST_SUCCESS) status = distest_wls_stepper_want(st, &want, ctx);
    if (status == DISTEST_SUCCESS)
        status = distest_wls_draw(s, 0.5, want, &rng, NULL, index, ctx);
    for (size_t i = 0; i < want * m; i++) U[i] = i % 3 ? 1 : -1;
    if (status == DISTEST_SUCCESS) status = distest_wls_stepper_offer(st, want, U, ctx);
    distest_wls_stepper_free(st);
    distest_wls_space_free(s);
    return status;
}

static void memory_and_cancelling(void)
{
    check_out_of_memory(chunks_once);
    check_cancel(chunks_once);
}

static void bad_input_is_named(void)
{
    distest_context ctx = distest_context_default();
    distest_wls_space *s = NULL, *half = NULL;
    distest_wls_stepper *st = NULL;
    distest_rng rng = distest_rng_seed(1);
    double bad[N * m], w[9], x[N * m];
    size_t want = 0, index[9];
    distest_wls_opts o = distest_wls_opts_default();
    memcpy(bad, F, sizeof bad);
    CHECK_FAILS(distest_wls_space_chunks(1, 2, NULL, &s, &ctx), DISTEST_EINVAL, &ctx,
                "features");
    CHECK(distest_wls_space_chunks(N, m, NULL, &half, &ctx) == DISTEST_SUCCESS);
    CHECK_FAILS(distest_wls_space_chunk(half, N, 1, F, &ctx), DISTEST_EINVAL, &ctx,
                "first");
    CHECK_FAILS(distest_wls_space_ready(half, 1e-10, &ctx), DISTEST_EINVAL, &ctx,
                "space");
    CHECK_FAILS(distest_wls_orthonormalise(half, N, bad, &ctx), DISTEST_EINVAL, &ctx,
                "space");
    CHECK_FAILS(distest_wls_draw(half, 0, 1, &rng, NULL, index, &ctx), DISTEST_EINVAL,
                &ctx, "space");
    bad[3] = NAN;
    CHECK_FAILS(distest_wls_space_chunk(half, N, 0, bad, &ctx), DISTEST_EINVAL, &ctx,
                "features");
    for (int i = 0; i < N; i++) bad[i] = bad[i + N] = F[i];
    CHECK(distest_wls_space_chunk(half, N, 0, bad, &ctx) == DISTEST_SUCCESS);
    CHECK_FAILS(distest_wls_space_ready(half, 1e-10, &ctx), DISTEST_EINVAL, &ctx,
                "features");
    distest_wls_space_free(half);
    s = by_chunks(3);
    CHECK_FAILS(distest_wls_space_chunk(s, N, 0, F, &ctx), DISTEST_EINVAL, &ctx,
                "space");
    CHECK_FAILS(distest_wls_sample(s, &o, 4, &rng, NULL, index, w, NULL, &ctx),
                DISTEST_EINVAL, &ctx, "space");
    w[0] = 1;
    CHECK_FAILS(distest_wls_features(s, 1, w, 0, x, NULL, NULL, &ctx), DISTEST_EINVAL,
                &ctx, "space");
    CHECK_FAILS(distest_wls_draw(s, 2, 1, &rng, NULL, index, &ctx), DISTEST_EINVAL,
                &ctx, "alpha");
    CHECK_FAILS(distest_wls_orthonormalise(s, 1, (double[]){1, NAN}, &ctx),
                DISTEST_EINVAL, &ctx, "features");
    distest_wls_space_free(s);
    CHECK_FAILS(distest_wls_stepper_alloc(0, 1, &rng, &st, &ctx), DISTEST_EINVAL, &ctx,
                "m");
    CHECK_FAILS(distest_wls_stepper_alloc(1, 0, &rng, &st, &ctx), DISTEST_EINVAL, &ctx,
                "r");
    CHECK(distest_wls_stepper_alloc(2, 1, &rng, &st, &ctx) == DISTEST_SUCCESS);
    CHECK(distest_wls_stepper_want(st, &want, &ctx) == DISTEST_SUCCESS);
    CHECK_FAILS(distest_wls_stepper_offer(st, want + 1, F, &ctx), DISTEST_EINVAL, &ctx,
                "count");
    /* features that span one dimension only: an error in the end, not a wrong sample */
    int status = DISTEST_SUCCESS;
    static double ones[1024];
    for (int i = 0; i < 1024; i++) ones[i] = 1;
    for (int rounds = 0; rounds < 1000 && status == DISTEST_SUCCESS; rounds++) {
        status = distest_wls_stepper_want(st, &want, &ctx);
        if (status == DISTEST_SUCCESS)
            CHECK(distest_wls_stepper_offer(st, want, ones, NULL) == DISTEST_SUCCESS);
    }
    CHECK(status == DISTEST_ECONV);
    distest_wls_stepper_free(st);
}

int main(void)
{
    set_up();
    RUN(every_method_has_its_law);
    RUN(the_two_definitions_of_volume_sampling_agree);
    RUN(coefficients_are_unbiased_with_their_variance);
    RUN(certificates_bound_what_they_say);
    RUN(resampling_and_conditioning_have_their_laws);
    RUN(boosted_designs_have_their_law);
    RUN(weights_are_the_inverse_of_the_density);
    RUN(chunks_make_the_same_space);
    RUN(the_stepper_has_the_law_of_the_dpp);
    RUN(memory_and_cancelling);
    RUN(bad_input_is_named);
    distest_wls_space_free(space);
    return check_report("wls_exact");
}
