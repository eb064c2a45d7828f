/* test_stream_fill.c - numbers in bulk against the same numbers one by one. */
#include "check.h"
#include "stream.h"
#include "wichura.h"

#define DI_KERNEL "stream_kernel.h"
#include "isa.h"

enum { N = 5000 };
static double u[N + 2], want[N];

static void uniforms_are_those_drawn_one_by_one(void)
{
    /* after 0 to 7 words the next number may start anywhere in a block of four */
    for (int words = 0; words < 8; words++)
        for (size_t n = 0; n < 80; n += 1 + n / 20) {
            di_stream a = di_stream_open(0xdeadbeef12345678u, UINT64_MAX - 5);
            a.counter = 0xfffffff0u; /* the carry into the upper word is in reach */
            for (int i = 0; i < words; i++) (void)di_stream_bits(&a);
            di_stream b = a;
            for (size_t i = 0; i < n; i++) want[i] = di_stream_uniform(&b);
            for (size_t i = 0; i < n + 2; i++) u[i] = -1;
            di_stream_uniforms(&a, n, u + 1);
            CHECK(memcmp(u + 1, want, n * sizeof *want) == 0);
            CHECK(u[0] == -1 && u[n + 1] == -1);
            CHECK(di_stream_uniform(&a) == di_stream_uniform(&b));
            CHECK(di_stream_bits(&a) == di_stream_bits(&b));
        }
}

typedef void (*fill_fn)(uint64_t key, uint64_t counter, uint64_t stream, size_t pairs,
                        double *out);

static void every_instruction_set_gives_the_same_uniforms(void)
{
    static const fill_fn FILL[] = {
        fill_uniform_base,
#if defined(DI_ISA_X86)
        fill_uniform_avx2,
        fill_uniform_avx512,
#endif
    };
    di_stream s = di_stream_open(77, 3);
    for (size_t i = 0; i < N; i++) want[i] = di_stream_uniform(&s);
    for (int set = 0; set <= di_isa(); set++) {
        FILL[set](77, 0, 4, N / 2, u); /* stream 3 is Philox's 4: 0 is the caller's */
        CHECK(memcmp(u, want, sizeof want) == 0);
    }
}

static void normals_are_those_drawn_one_by_one(void)
{
    di_stream a = di_stream_open(5, 9), b = a;
    di_stream_normals(&a, N, u);
    double worst = 0;
    for (size_t i = 0; i < N; i++) {
        const double z = di_stream_normal(&b);
        worst = fmax(worst, fabs(u[i] - z) / fabs(z));
    }
    CHECK(worst < 2e-15);
    /* and in pieces they have the same bits */
    memcpy(want, u, sizeof want);
    a = di_stream_open(5, 9);
    for (size_t i = 0, n = 0; i < N; i += n) {
        n = 1 + i % 333 < N - i ? 1 + i % 333 : N - i;
        di_stream_normals(&a, n, u + i);
    }
    CHECK(memcmp(u, want, sizeof want) == 0);
}

typedef void (*centre_fn)(size_t n, const double *p, double *z);

/* by mpmath, 40 digits */
static void normal_quantiles(void)
{
    static const double q[][2] = {
        {0, -INFINITY},
        {1, INFINITY},
        {1e-300, -37.047096299361199237},
        {1e-10, -6.3613409024040561991},
        {0.074, -1.4466320671589785099},
        {0.1, -1.2815515655446004353},
        {0.3, -0.52440051270804081597},
        {0.5, 0},
        {0.5 + 0x1p-40, 2.2797651350911114627e-12},
        {0.8, 0.8416212335729143638},
        {0.925, 1.4395314709384562291},
        {0.999, 3.0902323061678132778},
    };
    enum { COUNT = sizeof q / sizeof *q };
    double p[COUNT], z[COUNT];
    for (size_t i = 0; i < COUNT; i++) z[i] = p[i] = q[i][0];
    di_vnorm_quantile(COUNT, z, z);
    for (size_t i = 0; i < COUNT; i++) CHECK_REL(z[i], q[i][1], 1e-15);
    const double bad[] = {-0.1, 1.1, NAN, -INFINITY, INFINITY};
    di_vnorm_quantile(5, bad, z);
    for (size_t i = 0; i < 5; i++) CHECK(isnan(z[i]));

    static const centre_fn CENTRE[] = {
        fill_centre_base,
#if defined(DI_ISA_X86)
        fill_centre_avx2,
        fill_centre_avx512,
#endif
    };
    for (int set = 0; set <= di_isa(); set++) {
        CENTRE[set](COUNT, p, z);
        for (size_t i = 0; i < COUNT; i++)
            if (fabs(p[i] - 0.5) <= 0.425) CHECK_REL(z[i], q[i][1], 1e-15);
    }
}

int main(void)
{
    RUN(uniforms_are_those_drawn_one_by_one);
    RUN(every_instruction_set_gives_the_same_uniforms);
    RUN(normals_are_those_drawn_one_by_one);
    RUN(normal_quantiles);
    return check_report("stream_fill");
}
