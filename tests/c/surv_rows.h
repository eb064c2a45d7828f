/* surv_rows.h - what the tests of fits share: the synthetic rows of mixed.csv, times
 * in tenths, age in decades from 55. Columns are MOST apart. */
#ifndef SURV_ROWS_H
#define SURV_ROWS_H

#include "check.h"
#include "csv.h"

#include <distest.h>

enum { MOST = 300 };
static csv_table mixed;
static int n, type[MOST], site[MOST];
static double lower[MOST], upper[MOST], entry[MOST], weight[MOST], bh[MOST], off[MOST];
static double design[2 * MOST], age[3 * MOST]; /* 1, trt; 1, age, trt */

static void read_rows(void)
{
    const char *const words[] = {"right", "exact", "left", "interval"};
    csv_read(&mixed, "tests/reference/surv/mixed.csv");
    n = mixed.rows;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < 4; k++)
            if (strcmp(csv_text(&mixed, i, "status"), words[k]) == 0) type[i] = k;
        lower[i] = csv_number(&mixed, i, "lower");
        upper[i] = csv_number(&mixed, i, "upper");
        entry[i] = csv_number(&mixed, i, "entry");
        weight[i] = csv_number(&mixed, i, "w");
        off[i] = csv_number(&mixed, i, "off");
        bh[i] = type[i] == 1 ? csv_number(&mixed, i, "bh") : 0;
        site[i] = (int)csv_number(&mixed, i, "site") - 1;
        design[i] = age[i] = 1;
        design[i + MOST] = age[i + 2 * MOST] = csv_number(&mixed, i, "trt");
        age[i + MOST] = csv_number(&mixed, i, "age");
    }
}

#endif
