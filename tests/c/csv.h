/* csv.h - reads small tables of reference values: a header line, then numbers and words
 * without quotes. Lives in static memory. */
#ifndef CSV_H
#define CSV_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CSV_ROWS = 400, CSV_COLS = 40, CSV_LINE = 4000 };

typedef struct {
    int rows, cols;
    char cell[CSV_ROWS][CSV_COLS][40];
    char name[CSV_COLS][40];
} csv_table;

static int csv_split(char *line, char (*cells)[40])
{
    int n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *p = line; n < CSV_COLS;) {
        const size_t len = strcspn(p, ",");
        snprintf(cells[n++], 40, "%.*s", (int)len, p);
        if (p[len] == '\0') break;
        p += len + 1;
    }
    return n;
}

/* 0 rows when the file is not there */
static void csv_read(csv_table *t, const char *path)
{
    static char line[CSV_LINE];
    FILE *f = fopen(path, "r");
    t->rows = t->cols = 0;
    if (!f) return;
    if (fgets(line, sizeof line, f)) t->cols = csv_split(line, t->name);
    while (t->rows < CSV_ROWS && fgets(line, sizeof line, f))
        if (csv_split(line, t->cell[t->rows]) == t->cols) t->rows++;
    fclose(f);
}

static const char *csv_text(const csv_table *t, int row, const char *name)
{
    for (int c = 0; c < t->cols; c++)
        if (strcmp(t->name[c], name) == 0) return t->cell[row][c];
    return "";
}

/* NA, empty and unknown columns are NaN */
static double csv_number(const csv_table *t, int row, const char *name)
{
    const char *s = csv_text(t, row, name);
    char *end;
    const double v = strtod(s, &end);
    return end == s ? NAN : v;
}

#endif
