/* test_stream.c - Philox against its known answers; laws of the draws against moments.
 */
#include "check.h"
#include "stream.h"

/* Random123's kat_vectors, 4x32 with 10 rounds: all zeros, all ones, digits of pi. */
static void philox_gives_the_known_answers(void)
{
    uint32_t w[4];
    di_philox(0, 0, 0, w);
    CHECK(w[0] == 0x6627e8d5 && w[1] == 0xe169c58d && w[2] == 0xbc57ac4c &&
          w[3] == 0x9b00dbd8);
    di_philox(UINT64_MAX, UINT64_MAX, UINT64_MAX, w);
    CHECK(w[0] == 0x408f276d && w[1] == 0x41c83b0e && w[2] == 0xa20bc7c6 &&
          w[3] == 0x6d5451fd);
    di_philox(0x299f31d0a4093822, 0x85a308d3243f6a88, 0x0370734413198a2e, w);
    CHECK(w[0] == 0xd16cfe09 && w[1] == 0x94fdcceb && w[2] == 0x5001e420 &&
          w[3] == 0x24126ea1);
}

static void streams_can_be_entered_anywhere(void)
{
    di_stream s = di_stream_open(7, 3);
    double u[9];
    for (size_t i = 0; i < 9; i++) u[i] = di_stream_uniform(&s);
    for (size_t i = 0; i < 9; i++) {
        di_stream t = di_stream_skip(7, 3, i);
        CHECK(di_stream_uniform(&t) == u[i]);
    }
    di_stream other = di_stream_open(7, 4);
    CHECK(di_stream_uniform(&other) != u[0]);
}

/* The first number of key 0 from the words of the known answer. */
static void uniforms_are_the_middles_of_their_cells(void)
{
    const double u = 0.39904647084896460729,
                 v = ldexp((0xbc57ac4c9b00dbd8 >> 12) + 0.5, -52);
    distest_rng rng = distest_rng_seed(0);
    CHECK(distest_rng_uniform(&rng) == u);
    CHECK(rng.counter == 1);
    di_stream s = {0}; /* stream 0 is the caller's generator */
    CHECK(di_stream_uniform(&s) == u && di_stream_uniform(&s) == v);
}

static double half(void *state)
{
    ++*(int *)state;
    return 0.5;
}

static void a_key_takes_two_numbers(void)
{
    int calls = 0;
    distest_rng rng = distest_rng_from(half, &calls);
    CHECK(di_rng_key(&rng) == 0x8000000080000000u);
    CHECK(calls == 2);
    distest_rng a = distest_rng_seed(5), b = distest_rng_seed(5),
                c = distest_rng_seed(6);
    const uint64_t key = di_rng_key(&a);
    CHECK(key == di_rng_key(&b) && key != di_rng_key(&c) && key != di_rng_key(&a));
}

/* mean and variance of n draws within 5 standard errors */
typedef double (*draw_fn)(di_stream *s);
static void has_moments(draw_fn draw, double mean, double variance, double kurtosis)
{
    enum { DRAWS = 200000 };
    di_stream s = di_stream_open(11, 0);
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        const double x = draw(&s) - mean;
        sum += x;
        squares += x * x;
    }
    CHECK(fabs(sum / DRAWS) < 5 * sqrt(variance / DRAWS));
    CHECK(fabs(squares / DRAWS - variance) <
          5 * variance * sqrt((kurtosis - 1) / DRAWS));
}

static double gamma_half(di_stream *s)
{
    return di_stream_gamma(s, 0.5);
}
static double gamma_seven(di_stream *s)
{
    return di_stream_gamma(s, 7);
}
static double beta_23(di_stream *s)
{
    return di_stream_beta(s, 2, 3);
}
static double chisq_4(di_stream *s)
{
    return di_stream_chisq(s, 4);
}
static double below_10(di_stream *s)
{
    return (double)di_stream_below(s, 10);
}

static void draws_have_their_moments(void)
{
    has_moments(di_stream_uniform, 0.5, 1.0 / 12, 1.8);
    has_moments(di_stream_normal, 0, 1, 3);
    has_moments(di_stream_exponential, 1, 1, 9);
    has_moments(gamma_half, 0.5, 0.5, 3 + 6 / 0.5);
    has_moments(gamma_seven, 7, 7, 3 + 6.0 / 7);
    has_moments(beta_23, 0.4, 0.04, 3 - 0.6428571428571429);
    has_moments(chisq_4, 4, 8, 6);
    has_moments(below_10, 4.5, 8.25, 1.776);
}

static void tiny_shapes_stay_in_the_support(void)
{
    di_stream s = di_stream_open(1, 1);
    for (int i = 0; i < 1000; i++) {
        const double g = di_stream_gamma(&s, 1e-3), b = di_stream_beta(&s, 1e-4, 1e-4);
        CHECK(g >= 0 && isfinite(g) && b >= 0 && b <= 1);
    }
}

static void bounded_integers_are_even(void)
{
    enum { CELLS = 3, DRAWS = 90000 };
    di_stream s = di_stream_open(2, 9);
    int count[CELLS] = {0};
    for (int i = 0; i < DRAWS; i++) count[di_stream_below(&s, CELLS)]++;
    for (int c = 0; c < CELLS; c++) CHECK(abs(count[c] - 30000) < 5 * 142);
    CHECK(di_stream_below(&s, 1) == 0);
    const size_t large = (size_t)3 << 40;
    size_t top = 0;
    for (int i = 0; i < 100; i++) {
        const size_t x = di_stream_below(&s, large);
        CHECK(x < large);
        if (x > top) top = x;
    }
    CHECK(top > large / 2);
}

static void a_shuffle_is_a_permutation_and_every_order_occurs(void)
{
    int seen[6] = {0};
    for (uint64_t b = 0; b < 6000; b++) {
        size_t p[3] = {0, 1, 2};
        di_stream s = di_stream_open(3, b);
        di_stream_shuffle(&s, 3, p);
        CHECK(p[0] + p[1] + p[2] == 3 && p[0] != p[1] && p[1] != p[2] && p[0] != p[2]);
        seen[2 * p[0] + (p[1] > p[2])]++;
    }
    for (int k = 0; k < 6; k++) CHECK(abs(seen[k] - 1000) < 5 * 29);
}

static void alias_tables_give_the_weights(void)
{
    const double w[] = {0, 3, 1, 0, 6, 1e-9, 0};
    double prob[7], share[7] = {0};
    size_t alias[7], scratch[7];
    enum { CUTS = 700000 };
    di_alias_build(7, w, prob, alias, scratch);
    for (int i = 0; i < CUTS; i++) /* a fine grid instead of draws: exact to 1 / CUTS */
        share[di_alias_draw(7, prob, alias, (i + 0.5) / CUTS)] += 1.0 / CUTS;
    CHECK(share[0] == 0 && share[3] == 0 && share[6] == 0);
    CHECK_NEAR(share[1], 0.3, 1e-5);
    CHECK_NEAR(share[2], 0.1, 1e-5);
    CHECK_NEAR(share[4], 0.6, 1e-5);
    CHECK(di_alias_draw(7, prob, alias, 1) < 7);
}

int main(void)
{
    RUN(philox_gives_the_known_answers);
    RUN(uniforms_are_the_middles_of_their_cells);
    RUN(streams_can_be_entered_anywhere);
    RUN(a_key_takes_two_numbers);
    RUN(draws_have_their_moments);
    RUN(tiny_shapes_stay_in_the_support);
    RUN(bounded_integers_are_even);
    RUN(a_shuffle_is_a_permutation_and_every_order_occurs);
    RUN(alias_tables_give_the_weights);
    return check_report("stream");
}
