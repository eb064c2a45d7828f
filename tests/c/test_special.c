/* test_special.c - against values computed with 60 digits by mpmath. */
#include "check.h"
#include "core.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void normal_quantiles(void)
{
    static const double q[][2] = {
        {0.1, -1.2815515655446004353},    {0.925, 1.4395314709384562291},
        {0.999, 3.0902323061678132778},   {1e-10, -6.3613409024040561991},
        {1e-100, -21.273453560965324294}, {1e-300, -37.047096299361199237},
    };
    for (size_t i = 0; i < COUNT(q); i++)
        CHECK_REL(di_norm_quantile(q[i][0]), q[i][1], 5e-16);
    CHECK(di_norm_quantile(0) == -INFINITY && di_norm_quantile(1) == INFINITY);
    CHECK(di_norm_quantile(0.5) == 0);
    CHECK(isnan(di_norm_quantile(-0.1)) && isnan(di_norm_quantile(1.1)));
    CHECK(isnan(di_norm_quantile(NAN)));
}

static void normal_tails(void)
{
    static const double l[][2] = {
        {-0.5, -1.1759117615936186089},
        {3, -0.0013508099647481937988},
        {-10, -53.231285150512470578},
        {-36.899999999999999, -685.33288316535061216},
        {-37.100000000000001, -692.73828071562329266},
        {-100, -5005.5242086942050886},
        {-1e5, -5000000012.4318639983},
        {8, -6.2209605742717860585e-16},
    };
    for (size_t i = 0; i < COUNT(l); i++)
        CHECK_REL(di_norm_logcdf(l[i][0]), l[i][1], 1e-15);
    CHECK(di_norm_logcdf(-1e300) == -INFINITY);
    static const double c[][2] = {{-36, 4.1826240657972833317e-284},
                                  {-20.3, 6.4292444676983463386e-92},
                                  {-5.5, 1.8989562465887719384e-8},
                                  {-1, 0.15865525393145705142}};
    for (size_t i = 0; i < COUNT(c); i++) {
        CHECK_REL(di_norm_cdf(c[i][0]), c[i][1], 1e-15);
        CHECK_REL(di_norm_cdf(-c[i][0]), 1 - c[i][1], 2e-16);
    }
    CHECK(di_norm_cdf(-INFINITY) == 0 && di_norm_cdf(INFINITY) == 1);
    CHECK(isnan(di_norm_cdf(NAN)) && isnan(di_norm_logcdf(NAN)));
    CHECK(di_norm_logcdf(-INFINITY) == -INFINITY && di_norm_logcdf(INFINITY) == 0);
}

static void gamma_function_and_its_derivatives(void)
{
    static const double g[][4] = {
        {1e-5, 11.512919692895825626, -100000.57719921567289, 10000000001.64490839},
        {0.5, 0.57236494292470008707, -1.9635100260214234794, 4.9348022005446793094},
        {1, 0, -0.57721566490153286061, 1.6449340668482264365},
        {1.4616321449683622, -0.1214862905358496081, -9.2412655217294275168e-17,
         0.967672245447621255},
        {2.5, 0.28468287047291915963, 0.70315664064524318723, 0.49035775610023486497},
        {9.5, 11.689333420797268483, 2.1977378764029495332, 0.11099728846909903237},
        {100, 359.13420536957539878, 4.6001618527380874002, 0.010050166663333571395},
        {1e10, 220258509288.81058147, 23.02585092989045684, 1.00000000005e-10},
    };
    for (size_t i = 0; i < COUNT(g); i++) {
        CHECK_NEAR(di_lgamma(g[i][0]), g[i][1], 2e-15);
        CHECK_NEAR(di_digamma(g[i][0]), g[i][2], 2e-15);
        CHECK_REL(di_trigamma(g[i][0]), g[i][3], 2e-15);
    }
    CHECK(di_lgamma(0) == INFINITY && isnan(di_lgamma(-1)) && isnan(di_lgamma(NAN)));
    CHECK(di_digamma(0) == -INFINITY && isnan(di_digamma(-1)));
    CHECK(di_trigamma(0) == INFINITY && isnan(di_trigamma(-1)));
    CHECK(di_lgamma(INFINITY) == INFINITY);
    CHECK_REL(di_lgamma(5e-324), 744.44007192138126231, 2e-16);
    CHECK_REL(di_lgamma(1e-305), 702.28845336318393363, 2e-16);
    CHECK_REL(di_lgamma(1e300), 6.8977552789821374147e+302, 2e-16);
}

static void logarithms_of_sums(void)
{
    static const double m[][3] = {
        {1e-10, -23.025850929990456804, 0.69314718060994530942},
        {0.1, -2.3521684610440907561, 0.74439666007357089774},
        {0.7, -0.6863410028083851535, 1.1031860488854578635},
        {5, -0.0067607494494885578259, 5.0067153484891180686},
        {40, -4.2483542552915890044e-18, 40.000000000000000004},
    };
    for (size_t i = 0; i < COUNT(m); i++) {
        CHECK_REL(di_log1mexp(m[i][0]), m[i][1], 4e-16);
        CHECK_REL(di_log1pexp(m[i][0]), m[i][2], 4e-16);
    }
    CHECK_REL(di_log1pexp(-700), exp(-700), 1e-14);
    CHECK(di_log1pexp(1e4) == 1e4);
    CHECK(di_logaddexp(-INFINITY, -INFINITY) == -INFINITY);
    CHECK(di_logaddexp(-INFINITY, 3) == 3 && di_logaddexp(3, -INFINITY) == 3);
    CHECK_REL(di_logaddexp(-1000, -1000), -1000 + log(2), 1e-16);
    CHECK_REL(di_logaddexp(1, 3), log(exp(1) + exp(3)), 4e-16);
}

static void chi_squared_with_one_degree(void)
{
    static const double c[][2] = {{1e-10, 1.5707963267948967337e-20},
                                  {0.001, 1.5707971492624899447e-6},
                                  {0.84, 1.9742260895909451031},
                                  {0.86, 2.1779591588541337646},
                                  {0.01, 0.00015708785790970198404},
                                  {0.5, 0.45493642311957275194},
                                  {0.94999999999999996, 3.8414588206941244691},
                                  {0.99999899999999997, 23.928126976879469057}};
    for (size_t i = 0; i < COUNT(c); i++)
        CHECK_REL(di_chisq_quantile1(c[i][0]), c[i][1], i < 5 ? 2e-15 : 1e-13);
    CHECK(di_chisq_quantile1(0) == 0 && di_chisq_quantile1(1) == INFINITY);
    CHECK(isnan(di_chisq_quantile1(-0.1)) && isnan(di_chisq_quantile1(1.1)));
}

int main(void)
{
    RUN(normal_quantiles);
    RUN(normal_tails);
    RUN(gamma_function_and_its_derivatives);
    RUN(logarithms_of_sums);
    RUN(chi_squared_with_one_degree);
    return check_report("special");
}
