/* rdd_fixture.h - reference values: lines "name count numbers", and plain tables of
 * numbers. All in static memory. */
#ifndef RDD_FIXTURE_H
#define RDD_FIXTURE_H

#include "check.h"

#include <distest/rdd.h>

enum { FIXTURE_NUMBERS = 20000, FIXTURE_NAMES = 900 };

static double fixture_number[FIXTURE_NUMBERS];
static struct {
    char name[80];
    size_t at, n;
} fixture_row[FIXTURE_NAMES];
static size_t fixture_rows, fixture_used;

/* adds the lines of a file; a missing file is a broken check */
static CHECK_UNUSED void fixture_read(const char *path)
{
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    while (f && fixture_rows < FIXTURE_NAMES &&
           fscanf(f, "%79s %zu", fixture_row[fixture_rows].name,
                  &fixture_row[fixture_rows].n) == 2) {
        const size_t n = fixture_row[fixture_rows].n;
        if (fixture_used + n > FIXTURE_NUMBERS) break;
        fixture_row[fixture_rows].at = fixture_used;
        for (size_t i = 0; i < n; i++)
            CHECK(fscanf(f, "%lf", &fixture_number[fixture_used++]) == 1);
        fixture_rows++;
    }
    CHECK(f == NULL || feof(f));
    if (f) fclose(f);
}

/* the numbers under that name; NaN, and a broken check, when there are none */
static CHECK_UNUSED const double *fixture(const char *name)
{
    static const double none[64] = {0};
    for (size_t r = 0; r < fixture_rows; r++)
        if (strcmp(fixture_row[r].name, name) == 0)
            return fixture_number + fixture_row[r].at;
    printf("no fixture %s\n", name);
    CHECK(!"the fixture is there");
    return none;
}

static CHECK_UNUSED size_t fixture_length(const char *name)
{
    for (size_t r = 0; r < fixture_rows; r++)
        if (strcmp(fixture_row[r].name, name) == 0) return fixture_row[r].n;
    return 0;
}

/* rows x cols numbers of a comma separated table into column-major x, after `skip`
 * lines
 */
static CHECK_UNUSED void fixture_table(const char *path, int skip, size_t rows,
                                       size_t cols, double *x)
{
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    if (!f) return;
    for (int c = 0; skip > 0 && (c = getc(f)) != EOF;) skip -= c == '\n';
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            CHECK(fscanf(f, "%lf,", &x[i + j * rows]) == 1);
    fclose(f);
}

/* units.csv: 240 units, 20 quantiles at (k - 1/2) / 20 */
enum { UNITS = 240, QUANTILES = 20, UNIT_COLS = 27 };
static double unit_table[UNITS * UNIT_COLS], unit_q[QUANTILES];
static int unit_cluster[UNITS];

static CHECK_UNUSED distest_rdd_units fixture_units(void)
{
    distest_rdd_units u = distest_rdd_units_default();
    if (unit_table[0] == 0) {
        fixture_table("tests/reference/rdd/units.csv", 1, UNITS, UNIT_COLS, unit_table);
        for (size_t i = 0; i < UNITS; i++)
            unit_cluster[i] = (int)unit_table[i + 3 * UNITS] - 1;
        for (size_t j = 0; j < QUANTILES; j++)
            unit_q[j] = ((double)j + 0.5) / QUANTILES;
    }
    u.n = UNITS, u.probs = QUANTILES, u.q = unit_q;
    u.x = unit_table + UNITS;
    u.quantiles = unit_table + 7 * UNITS;
    return u;
}
/* columns of the table that a design may use */
#define UNIT_WEIGHTS   (unit_table + 2 * UNITS)
#define UNIT_TREATMENT (unit_table + 4 * UNITS)
#define UNIT_Z         (unit_table + 5 * UNITS)

#endif
