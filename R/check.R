# Checks of arguments: what kind of R object one is, and how long. Whether its numbers
# make sense is for the library to say, to callers from R and from C alike.

describe <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  if (length(x) == 1 && is.atomic(x)) {
    return(if (is.character(x)) dQuote(x, FALSE) else format(x))
  }
  sprintf("%s of length %d", class(x)[[1]], length(x))
}

# Points, one to a row: a double matrix from a vector (one column), matrix or data frame.
# With `names`, columns that have names are taken by name, others by position.
check_points <- function(x, argument = "x", columns = NULL, names = NULL, na = FALSE) {
  x <- numeric_matrix(x, argument)
  if (!is.null(names)) {
    x <- columns_named(x, argument, names)
  } else if (!is.null(columns) && ncol(x) != columns) {
    bad_argument(argument, "must have %s, not %d.", count_text(columns, "column"),
      ncol(x))
  }
  if (!na && anyNA(x)) {
    rows <- which(rowSums(is.na(x)) > 0)
    bad_argument(argument, paste(
      "must not have missing values, but has %s: %s. Leave such rows out with",
      "na.omit() or stats::complete.cases()."
    ), format(sum(is.na(x))), name_rows(rows), value = rows)
  }
  x
}

numeric_matrix <- function(x, argument) {
  if (is.data.frame(x)) {
    bad <- which(!vapply(x, \(v) (is.numeric(v) || is.logical(v)) && is.null(dim(v)), NA))
    if (length(bad)) {
      bad_argument(argument, "must have numeric columns, but %s is %s.",
        enumerate(names(x)[bad[[1]]], quote = "`"), class(x[[bad[[1]]]])[[1]],
        value = names(x)[bad])
    }
    rows <- if (.row_names_info(x) > 0) row.names(x)
    x <- matrix(as.double(unlist(x, use.names = FALSE)), nrow(x), length(x),
      dimnames = list(rows, names(x)))
  }
  if (!is.numeric(x) || length(dim(x)) > 2 || is.factor(x)) {
    bad_argument(argument, "must be a numeric vector, matrix or data frame, not %s.",
      describe(x))
  }
  if (length(dim(x)) < 2) {
    rows <- names(x)
    x <- matrix(x, ncol = 1)
    rownames(x) <- rows
  }
  storage.mode(x) <- "double"
  x
}

columns_named <- function(x, argument, names) {
  if (is.null(colnames(x))) {
    if (ncol(x) != length(names)) {
      bad_argument(argument, "must have %s (%s), not %d.",
        count_text(length(names), "column"), enumerate(names, quote = "`"), ncol(x))
    }
    colnames(x) <- names
    return(x)
  }
  lost <- setdiff(names, colnames(x))
  if (length(lost)) {
    bad_argument(argument, "lacks %s %s.", if (length(lost) == 1) "column" else "columns",
      enumerate(lost, quote = "`"), value = lost)
  }
  x[, names, drop = FALSE]
}

check_data_frame <- function(x, argument = "newdata") {
  if (!is.data.frame(x)) bad_argument(argument, "must be a data frame, not %s.",
    describe(x))
  x
}

is_one_number <- function(x) is.numeric(x) && length(x) == 1 && !is.na(x)

# One number, with a limit that may be met (at_least) or not (above).
check_number <- function(x, argument, above = NULL, at_least = NULL, finite = TRUE) {
  good <- is_one_number(x) && (is.finite(x) || !finite) &&
    (is.null(above) || x > above) && (is.null(at_least) || x >= at_least)
  if (!good) {
    wanted <- paste0(
      if (finite) "a finite number" else "a number",
      if (!is.null(above)) paste(" above", format(above)),
      if (!is.null(at_least)) paste(" of at least", format(at_least))
    )
    bad_argument(argument, "must be %s, not %s.", wanted, describe(x), value = x)
  }
  as.double(x)
}

check_count <- function(x, argument, at_least = 1) {
  good <- is.numeric(x) && length(x) == 1 && is.finite(x) && x == floor(x) &&
    x >= at_least
  if (!good) {
    bad_argument(argument, "must be a whole number of at least %d, not %s.",
      as.integer(at_least), describe(x), value = x)
  }
  as.double(x)
}

check_level <- function(x, argument = "level") {
  if (!(is_one_number(x) && x > 0 && x < 1)) {
    bad_argument(argument, "must be a number between 0 and 1, not %s.", describe(x),
      value = x)
  }
  as.double(x)
}

check_flag <- function(x, argument) {
  if (!(is.logical(x) && length(x) == 1 && !is.na(x))) {
    bad_argument(argument, "must be TRUE or FALSE, not %s.", describe(x), value = x)
  }
  x
}

# Doubles of a given length, or NULL where that is allowed.
check_numbers <- function(x, argument, length = NULL, null = FALSE, na = FALSE) {
  if (is.null(x) && null) {
    return(NULL)
  }
  if (!is.numeric(x)) {
    bad_argument(argument, "must be numeric, not %s.", describe(x))
  }
  if (!is.null(length) && length(x) != length) {
    bad_argument(argument, "must have %d entries, not %d.", as.integer(length),
      length(x))
  }
  if (!na && anyNA(x)) {
    bad_argument(argument, "must not be missing, but is at entry %d (%d in all).",
      which(is.na(x))[[1]], sum(is.na(x)))
  }
  as.double(x)
}

# One of `choices`; the vector of all of them, an argument's default, means the first.
check_choice <- function(x, choices, argument) {
  if (identical(x, choices)) {
    return(choices[[1]])
  }
  if (is.character(x) && length(x) == 1 && x %in% choices) {
    return(x)
  }
  near <- if (is.character(x) && length(x) == 1) closest(x, choices)
  bad_argument(argument, "must be %s, not %s.%s", enumerate(choices, last = " or "),
    describe(x), if (is.null(near)) "" else sprintf(" Did you mean \"%s\"?", near),
    value = x)
}

# The choice that is near enough to be meant, or NULL.
closest <- function(x, choices) {
  distance <- utils::adist(x, choices, ignore.case = TRUE)
  best <- which.min(distance)
  near <- length(best) && (distance[[best]] <= 1 + nchar(x) %/% 4 ||
    startsWith(choices[[best]], x))
  if (near) choices[[best]]
}

# Methods with `...` end here: nothing may be left over.
check_dots_empty <- function(..., known = names(formals(sys.function(-1)))) {
  if (...length() == 0) {
    return(invisible())
  }
  given <- names(list(...))
  given <- given[nzchar(given)]
  if (length(given) == 0) {
    distest_error("invalid", "There are more unnamed arguments than there should be.")
  }
  near <- closest(given[[1]], setdiff(known, c("...", "x", "object")))
  hint <- if (is.null(near)) "." else sprintf("; did you mean `%s`?", near)
  distest_error("invalid", sprintf("Unused argument `%s`%s", given[[1]], hint),
    argument = given[[1]])
}

check_package <- function(package, purpose) {
  if (!requireNamespace(package, quietly = TRUE)) {
    distest_error("package", sprintf(
      "%s needs the package %s; install.packages(\"%s\") gets it.", purpose, package,
      package
    ), value = package)
  }
}

# Objects are plain lists and outlive the version that made them.
check_version <- function(object) {
  made <- object$version
  ok <- is.character(made) && length(made) == 1 &&
    utils::compareVersion(made, version_string()) <= 0
  if (!ok) {
    distest_error("unsupported", sprintf(
      "The object was made by distest %s; this is %s. Update distest or fit again.",
      if (is.character(made)) made else "of unknown version", version_string()
    ), argument = "object")
  }
}

version_string <- function() {
  v <- .Call(C_core_version)
  sprintf("%d.%d.%d", v %/% 10000L, v %/% 100L %% 100L, v %% 100L)
}
