/* r_rdd_rows.c - rows of individuals become units, as R calls it. */
#include "r_rdd.h"

#include <stdint.h>
#include <string.h>

/* 64-bit integers, which package bit64 keeps in doubles. */
SEXP r_rdd_integer64(SEXP x)
{
    const R_xlen_t n = Rf_xlength(x);
    SEXP out = PROTECT(r_vector((size_t)n));
    for (R_xlen_t i = 0; i < n; i++) {
        int64_t value;
        memcpy(&value, REAL_RO(x) + i, sizeof value);
        REAL(out)[i] = value == INT64_MIN ? NA_REAL : (double)value;
    }
    UNPROTECT(1);
    return out;
}

/* The first row of each unit, from 1. */
SEXP r_rdd_first(SEXP code, SEXP units)
{
    const R_xlen_t n = Rf_xlength(code), m = (R_xlen_t)Rf_asReal(units);
    SEXP out = PROTECT(Rf_allocVector(REALSXP, m));
    memset(REAL(out), 0, (size_t)m * sizeof(double));
    for (R_xlen_t i = n; i-- > 0;) REAL(out)[INTEGER_RO(code)[i] - 1] = (double)(i + 1);
    UNPROTECT(1);
    return out;
}

/* The first row, from 1, whose value is not that of the first row of its unit, or 0. */
SEXP r_rdd_varies(SEXP code, SEXP first, SEXP value)
{
    const R_xlen_t n = Rf_xlength(code);
    const double *v = REAL_RO(value), *f = REAL_RO(first);
    for (R_xlen_t i = 0; i < n; i++)
        if (v[i] != v[(R_xlen_t)f[INTEGER_RO(code)[i] - 1] - 1])
            return Rf_ScalarReal((double)(i + 1));
    return Rf_ScalarReal(0);
}

static int is_missing(SEXP v, R_xlen_t i)
{
    switch (TYPEOF(v)) {
    case REALSXP:
        return ISNAN(REAL_RO(v)[i]) != 0;
    case INTSXP:
        return INTEGER_RO(v)[i] == NA_INTEGER;
    case LGLSXP:
        return LOGICAL_RO(v)[i] == NA_LOGICAL;
    case STRSXP:
        return STRING_ELT(v, i) == NA_STRING;
    default:
        return 0;
    }
}

/* list(keep, lost, kept): raw, 1 for rows in which nothing is missing; the number of
 * rows with something missing by vector or matrix; the number of rows kept. */
SEXP r_rdd_whole(SEXP given, SEXP rows)
{
    const R_xlen_t n = (R_xlen_t)Rf_asReal(rows), m = Rf_xlength(given);
    SEXP out = PROTECT(Rf_allocVector(VECSXP, 3));
    SET_VECTOR_ELT(out, 0, Rf_allocVector(RAWSXP, n));
    SET_VECTOR_ELT(out, 1, r_vector((size_t)m));
    unsigned char *keep = RAW(VECTOR_ELT(out, 0));
    memset(keep, 1, (size_t)n);
    for (R_xlen_t k = 0; k < m; k++) {
        SEXP v = VECTOR_ELT(given, k);
        const R_xlen_t size = Rf_xlength(v);
        double lost = 0;
        for (R_xlen_t i = 0; i < n; i++) {
            int missing = 0;
            for (R_xlen_t at = i; at < size && !missing; at += n)
                missing = is_missing(v, at);
            lost += missing;
            if (missing) keep[i] = 0;
        }
        REAL(VECTOR_ELT(out, 1))[k] = lost;
    }
    double kept = 0;
    for (R_xlen_t i = 0; i < n; i++) kept += keep[i];
    SET_VECTOR_ELT(out, 2, Rf_ScalarReal(kept));
    UNPROTECT(1);
    return out;
}

/* The entries of a vector, or rows of a matrix, whose flag is 1. */
SEXP r_rdd_kept(SEXP v, SEXP keep)
{
    const R_xlen_t n = Rf_xlength(keep), size = Rf_xlength(v);
    const unsigned char *flag = RAW_RO(keep);
    R_xlen_t kept = 0, to = 0;
    for (R_xlen_t i = 0; i < n; i++) kept += flag[i];
    const R_xlen_t columns = n ? size / n : 0;
    SEXP out = PROTECT(Rf_allocVector((SEXPTYPE)TYPEOF(v), kept * columns));
    for (R_xlen_t from = 0; from < columns * n; from += n)
        for (R_xlen_t i = 0; i < n; i++) {
            if (!flag[i]) continue;
            switch (TYPEOF(v)) {
            case REALSXP:
                REAL(out)[to++] = REAL_RO(v)[from + i];
                break;
            case STRSXP:
                SET_STRING_ELT(out, to++, STRING_ELT(v, from + i));
                break;
            case INTSXP:
                INTEGER(out)[to++] = INTEGER_RO(v)[from + i];
                break;
            default:
                LOGICAL(out)[to++] = LOGICAL_RO(v)[from + i];
                break;
            }
        }
    Rf_copyMostAttrib(v, out); /* levels, class; not names and dim */
    if (Rf_isMatrix(v)) {
        SEXP names = Rf_getAttrib(v, R_DimNamesSymbol);
        SEXP dim = PROTECT(Rf_allocVector(INTSXP, 2));
        INTEGER(dim)[0] = (int)kept, INTEGER(dim)[1] = (int)columns;
        Rf_setAttrib(out, R_DimSymbol, dim);
        if (!Rf_isNull(names)) {
            SEXP two = PROTECT(Rf_allocVector(VECSXP, 2));
            SET_VECTOR_ELT(two, 1, VECTOR_ELT(names, 1));
            Rf_setAttrib(out, R_DimNamesSymbol, two);
            UNPROTECT(1);
        }
        UNPROTECT(1);
    }
    UNPROTECT(1);
    return out;
}

/* Flags of the rows of a table that fall somewhere from one column to the next. */
SEXP r_rdd_falls(SEXP table)
{
    const R_xlen_t n = Rf_nrows(table), columns = Rf_ncols(table);
    const double *q = REAL_RO(table);
    SEXP out = PROTECT(Rf_allocVector(LGLSXP, n));
    int *falls = LOGICAL(out);
    memset(falls, 0, (size_t)n * sizeof *falls);
    for (R_xlen_t j = 1; j < columns; j++)
        for (R_xlen_t i = 0; i < n; i++) falls[i] |= q[i + j * n] < q[i + (j - 1) * n];
    UNPROTECT(1);
    return out;
}

/* rows: list(y, code, weights) with codes from 1, or list(list, weights) of vectors. */
static distest_rdd_rows rows_of(SEXP rows, size_t units)
{
    distest_rdd_rows r = distest_rdd_rows_default();
    SEXP list = r_element(rows, "list"), weights = r_element(rows, "weights");
    r.units = units;
    if (Rf_isNull(list)) {
        r.rows = (size_t)Rf_xlength(r_element(rows, "y"));
        r.y = r_doubles(r_element(rows, "y"));
        r.unit = r_ints(r_element(rows, "code"));
        r.weights = r_doubles(weights);
        r.first_unit = 1;
        return r;
    }
    const double **y = (const double **)R_alloc(units, sizeof *y);
    const double **w =
        Rf_isNull(weights) ? NULL : (const double **)R_alloc(units, sizeof *w);
    size_t *length = (size_t *)R_alloc(units, sizeof *length);
    for (size_t i = 0; i < units; i++) {
        SEXP one = VECTOR_ELT(list, (R_xlen_t)i);
        y[i] = REAL_RO(one);
        length[i] = (size_t)Rf_xlength(one);
        if (w) w[i] = REAL_RO(VECTOR_ELT(weights, (R_xlen_t)i));
    }
    r.list = y;
    r.list_weights = w;
    r.length = length;
    return r;
}

SEXP r_rdd_quantiles(SEXP rows, SEXP units, SEXP type, SEXP halfsample, SEXP probs,
                     SEXP threads, SEXP progress)
{
    const size_t n = r_size(units), m = (size_t)Rf_xlength(probs);
    r_run run;
    SEXP out = PROTECT(r_matrix(n, m));
    const distest_rdd_rows view = rows_of(rows, n);
    r_begin(&run, threads, progress);
    const int status =
        distest_rdd_quantiles(&view, Rf_asInteger(type), Rf_asLogical(halfsample), m,
                              REAL_RO(probs), REAL(out), NULL, &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}

SEXP r_rdd_noise(SEXP rows, SEXP units, SEXP include, SEXP probs, SEXP threads,
                 SEXP progress)
{
    const size_t n = r_size(units), m = (size_t)Rf_xlength(probs);
    r_run run;
    SEXP out = PROTECT(r_vector(m));
    const distest_rdd_rows view = rows_of(rows, n);
    r_begin(&run, threads, progress);
    const int status = distest_rdd_noise(&view, r_ints(include), m, REAL_RO(probs),
                                         REAL(out), &run.ctx);
    out = r_end(&run, status, out);
    UNPROTECT(1);
    return out;
}
