/* test_vec.c - every instruction set this machine has, against long double: dense and
 * logarithmic grids, the edges, lengths and alignments. */
#include "check.h"
#include "core.h"

#define DI_KERNEL "vexp_kernel.h"
#include "isa.h"

typedef void (*loop_fn)(size_t n, const double *x, double *y);
typedef long double (*exact_fn)(long double x);

static const char *const SETS[] = {"base", "avx2", "avx512"};
enum { F_EXP, F_EXPM1, F_LOG, F_LOG1P, F_SINPI, F_COSPI, F_SQRT, FUNCTIONS };

#define ROW(set)                                                                       \
    {                                                                                  \
        loop_exp_##set, loop_expm1_##set, loop_log_##set, loop_log1p_##set,            \
            loop_sinpi_##set, loop_cospi_##set, loop_sqrt_##set                        \
    }
static const loop_fn LOOPS[][FUNCTIONS] = {
    ROW(base),
#if defined(DI_ISA_X86)
    ROW(avx2),
    ROW(avx512),
#endif
};

static const long double PI = 3.14159265358979323846264338327950288L;

/* reduced exactly to |r| <= 1/2, and the cosine to a sine that is small where it is */
static long double sinpi_exact(long double t)
{
    const long double n = rintl(t), s = sinl(PI * (t - n));
    return fmodl(n, 2) != 0 ? -s : s;
}

static long double cospi_exact(long double t)
{
    const long double n = rintl(t), c = sinl(PI * (0.5L - fabsl(t - n)));
    return fmodl(n, 2) != 0 ? -c : c;
}

enum { N = 20011 };
static double x[N], y[N];

/* the largest error in units of the last place of the exact value */
static double worst_error(loop_fn loop, exact_fn exact, double *where)
{
    double worst = 0;
    loop(N, x, y);
    for (size_t i = 0; i < N; i++) {
        const long double want = exact((long double)x[i]);
        const double size = fabs((double)want), ulp = nextafter(size, INFINITY) - size;
        const double error =
            (double)(fabsl((long double)y[i] - want) / (long double)ulp);
        if (!(error <= worst)) {
            worst = error;
            *where = x[i];
        }
    }
    return worst;
}

static void grid(double low, double high, int logarithmic)
{
    for (size_t i = 0; i < N; i++) {
        const double t = low + (high - low) * ((double)i + 0.37) / N;
        x[i] = logarithmic ? (i % 2 ? -1 : 1) * exp2(t) : t;
    }
}

typedef struct {
    int function;
    exact_fn exact;
    double low, high;
    int logarithmic; /* 1: +- 2^low ... 2^high; 2: positive ones only */
    double limit;
} accuracy;

static const accuracy ACCURACY[] = {
    {F_EXP, expl, -708, 709.78, 0, 1.2},
    {F_EXP, expl, -1, 1, 0, 1.2},
    {F_EXP, expl, -1074, 0, 1, 1.2},
    {F_EXPM1, expm1l, -45, 709.78, 0, 2.4},
    {F_EXPM1, expm1l, -2, 2, 0, 2.4},
    {F_EXPM1, expm1l, -1060, 2, 1, 2.4},
    {F_LOG, logl, 0, 100, 0, 0.9},
    {F_LOG, logl, 0.5, 1.5, 0, 0.9},
    {F_LOG, logl, -1074, 1023.9, 2, 0.9},
    {F_LOG1P, log1pl, -1, 3, 0, 0.9},
    {F_LOG1P, log1pl, -0.01, 0.01, 0, 0.9},
    {F_LOG1P, log1pl, -1060, -0.01, 1, 0.9},
    {F_LOG1P, log1pl, 0, 1023.9, 2, 0.9},
    {F_SINPI, sinpi_exact, -0.5, 0.5, 0, 1.8},
    {F_SINPI, sinpi_exact, -9.9, 9.9, 0, 1.8},
    {F_SINPI, sinpi_exact, -1000, -1, 1, 1.8},
    {F_COSPI, cospi_exact, -9.9, 9.9, 0, 1.8},
    {F_SQRT, sqrtl, -1022, 1023.9, 2, 0.9},
    {F_SQRT, sqrtl, 0.5, 4, 0, 0.9},
};

static void accurate_in_every_instruction_set(void)
{
    for (int set = 0; set <= di_isa(); set++)
        for (size_t k = 0; k < sizeof ACCURACY / sizeof *ACCURACY; k++) {
            const accuracy a = ACCURACY[k];
            double where = 0;
            grid(a.low, a.high, a.logarithmic);
            if (a.logarithmic == 2)
                for (size_t i = 0; i < N; i++) x[i] = fabs(x[i]);
            const double worst = worst_error(LOOPS[set][a.function], a.exact, &where);
            CHECK(worst <= a.limit);
            if (worst > a.limit)
                printf("%s, case %zu: %g ulp at %.17g\n", SETS[set], k, worst, where);
        }
}

static int same(double a, double b) /* 0 and -0 differ, NaN is NaN */
{
    return isnan(b) ? isnan(a) : a == b && signbit(a) == signbit(b);
}

static void exact_at_the_edges(void)
{
    static const struct {
        int function;
        double x, y;
    } EDGES[] = {
        {F_EXP, 0, 1},
        {F_EXP, -0.0, 1},
        {F_EXP, INFINITY, INFINITY},
        {F_EXP, -INFINITY, 0},
        {F_EXP, NAN, NAN},
        {F_EXP, -NAN, NAN},
        {F_EXP, 0x1.62e42fefa39f0p+9,
         INFINITY}, /* the first number above log(2^1024) */
        {F_EXP, 1e308, INFINITY},
        {F_EXP, -708.00001, 0},
        {F_EXP, -1e308, 0},
        {F_EXPM1, 0, 0},
        {F_EXPM1, -0.0, -0.0},
        {F_EXPM1, 5e-324, 5e-324},
        {F_EXPM1, -5e-324, -5e-324},
        {F_EXPM1, INFINITY, INFINITY},
        {F_EXPM1, -INFINITY, -1},
        {F_EXPM1, -1e9, -1},
        {F_EXPM1, 1e9, INFINITY},
        {F_EXPM1, NAN, NAN},
        {F_LOG, 0, -INFINITY},
        {F_LOG, -0.0, -INFINITY},
        {F_LOG, 1, 0},
        {F_LOG, INFINITY, INFINITY},
        {F_LOG, -INFINITY, NAN},
        {F_LOG, -5e-324, NAN},
        {F_LOG, -1, NAN},
        {F_LOG, NAN, NAN},
        {F_LOG1P, 0, 0},
        {F_LOG1P, -0.0, -0.0},
        {F_LOG1P, 5e-324, 5e-324},
        {F_LOG1P, -5e-324, -5e-324},
        {F_LOG1P, -1, -INFINITY},
        {F_LOG1P, -1.0000000000000002, NAN},
        {F_LOG1P, INFINITY, INFINITY},
        {F_LOG1P, -INFINITY, NAN},
        {F_LOG1P, NAN, NAN},
        {F_SINPI, 0, 0},
        {F_SINPI, -0.0, -0.0},
        {F_SINPI, 0.5, 1},
        {F_SINPI, -0.5, -1},
        {F_SINPI, 1.5, -1},
        {F_SINPI, 0x1p51 + 0.5, 1},
        {F_SINPI, 0x1p51 + 1.5, -1},
        {F_SINPI, INFINITY, NAN},
        {F_SINPI, -INFINITY, NAN},
        {F_SINPI, NAN, NAN},
        {F_COSPI, 0, 1},
        {F_COSPI, 1, -1},
        {F_COSPI, -1, -1},
        {F_COSPI, 0x1p52 + 1, -1},
        {F_COSPI, 0x1p52 + 2, 1},
        {F_COSPI, 0x1p53 + 2, 1},
        {F_COSPI, 1e308, 1},
        {F_COSPI, INFINITY, NAN},
        {F_COSPI, NAN, NAN},
        {F_SQRT, 0, 0},
        {F_SQRT, -0.0, -0.0},
        {F_SQRT, 4, 2},
        {F_SQRT, INFINITY, INFINITY},
        {F_SQRT, 0x1p-1074, 0x1p-537},
        {F_SQRT, -1, NAN},
        {F_SQRT, -INFINITY, NAN},
        {F_SQRT, NAN, NAN},
    };
    for (int set = 0; set <= di_isa(); set++)
        for (size_t k = 0; k < sizeof EDGES / sizeof *EDGES; k++) {
            /* once in the vector part of the loop, once in its remainder */
            for (size_t i = 0; i < 17; i++) x[i] = 0.25;
            x[3] = x[16] = EDGES[k].x;
            LOOPS[set][EDGES[k].function](17, x, y);
            CHECK(same(y[3], EDGES[k].y) && same(y[16], EDGES[k].y));
            if (!same(y[3], EDGES[k].y))
                printf("%s, case %zu: f(%g) is %g, want %g\n", SETS[set], k, EDGES[k].x,
                       y[3], EDGES[k].y);
        }
    /* the last that do not overflow or vanish */
    for (int set = 0; set <= di_isa(); set++) {
        x[0] = 0x1.62e42fefa39efp+9, x[1] = -708;
        LOOPS[set][F_EXP](2, x, y);
        CHECK_ULP(y[0], 1.7976931348622732e308, 1.2);
        CHECK_ULP(y[1], 3.307553003638408e-308, 1.2);
        LOOPS[set][F_EXPM1](1, x, y);
        CHECK_ULP(y[0], 1.7976931348622732e308, 1.2);
    }
    /* zeros of the sine and the cosine, of either sign */
    for (int set = 0; set <= di_isa(); set++) {
        x[0] = 1, x[1] = -7, x[2] = 0x1p60, x[3] = 1e308;
        LOOPS[set][F_SINPI](4, x, y);
        CHECK(y[0] == 0 && y[1] == 0 && y[2] == 0 && y[3] == 0);
        x[0] = 0.5, x[1] = -1.5, x[2] = 0x1p51 + 0.5;
        LOOPS[set][F_COSPI](3, x, y);
        CHECK(y[0] == 0 && y[1] == 0 && y[2] == 0);
    }
}

/* the same bits wherever a number stands, nothing beyond n touched, y may be x */
static void same_bits_for_any_length_and_alignment(void)
{
    double want[40], in[48], out[48];
    for (int set = 0; set <= di_isa(); set++)
        for (int f = 0; f < FUNCTIONS; f++) {
            for (size_t i = 0; i < 40; i++) {
                x[0] = 0.01 + 0.37 * (double)i;
                LOOPS[set][f](1, x, &want[i]);
            }
            for (size_t n = 0; n <= 40; n++) {
                const size_t at = n % 8;
                for (size_t i = 0; i < 48; i++) out[i] = -7;
                for (size_t i = 0; i < n; i++) in[at + i] = 0.01 + 0.37 * (double)i;
                LOOPS[set][f](n, in + at, out + 1);
                CHECK(memcmp(out + 1, want, n * sizeof *want) == 0);
                CHECK(out[0] == -7 && out[n + 1] == -7);
                LOOPS[set][f](n, in + at, in + at);
                CHECK(memcmp(in + at, want, n * sizeof *want) == 0);
            }
        }
}

static void library_uses_the_set_of_this_machine(void)
{
    static const loop_fn LIBRARY[FUNCTIONS] = {di_vexp,   di_vexpm1, di_vlog, di_vlog1p,
                                               di_vsinpi, di_vcospi, di_vsqrt};
    static double z[N];
    grid(0, 30, 0);
    for (int f = 0; f < FUNCTIONS; f++) {
        LIBRARY[f](N, x, y);
        LOOPS[di_isa()][f](N, x, z);
        CHECK(memcmp(y, z, sizeof z) == 0);
    }
}

int main(void)
{
    RUN(accurate_in_every_instruction_set);
    RUN(exact_at_the_edges);
    RUN(same_bits_for_any_length_and_alignment);
    RUN(library_uses_the_set_of_this_machine);
    return check_report("vec");
}
