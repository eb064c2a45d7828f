# What may be given as points: vectors, matrices, data frames with factors, formulas.

# A data frame with factors (unordered or ordered) as numbers: list(x, type, levels,
# labels), levels from 0. NULL where all columns are numeric.
kde_mixed_columns <- function(x, argument = "x", known = NULL) {
  if (!is.data.frame(x)) {
    return(NULL)
  }
  categorical <- if (is.null(known)) {
    vapply(x, \(v) is.factor(v) || is.character(v), NA)
  } else {
    known$type > 0
  }
  if (!any(categorical) && is.null(known)) {
    return(NULL)
  }
  labels <- if (is.null(known)) lapply(x, \(v) if (is.factor(v)) levels(v) else if (
    is.character(v)) sort(unique(v))) else known$labels
  codes <- lapply(seq_along(x), \(k) {
    if (!categorical[[k]]) {
      return(kde_points(x[[k]], argument)[, 1])
    }
    v <- match(as.character(x[[k]]), labels[[k]]) - 1
    bad <- which(is.na(v))
    if (length(bad)) {
      bad_argument(argument, "must have known levels in column `%s`, but has %s in row %d.",
        names(x)[[k]], describe(as.character(x[[k]][[bad[[1]]]])), bad[[1]], value = bad)
    }
    v
  })
  type <- ifelse(!categorical, 0L, ifelse(vapply(x, is.ordered, NA), 2L, 1L))
  count <- vapply(labels, length, 0L)
  if (is.null(known) && any(categorical & count < 2)) {
    bad_argument(argument, "must have at least two levels in column `%s`.",
      names(x)[[which(categorical & count < 2)[[1]]]])
  }
  list(x = matrix(unlist(codes), nrow(x), dimnames = list(NULL, names(x))),
    type = if (is.null(known)) unname(as.integer(type)) else known$type,
    levels = if (is.null(known)) unname(as.integer(count)) else known$levels,
    labels = labels)
}

# The points of mixed data as those of a gaussian estimate.
kde_embed <- function(mixed, lambda) {
  out <- result_of(.Call(C_kde_mixed, mixed$x, mixed$type, mixed$levels, lambda))
  width <- ifelse(mixed$type == 0, 1, mixed$levels - (mixed$type == 2))
  names <- rep(colnames(mixed$x), width)
  codes <- unlist(lapply(seq_along(width), \(k) {
    labels <- mixed$labels[[k]]
    switch(mixed$type[[k]] + 1, "", paste0("=", labels), paste0(">", labels[-length(labels)]))
  }))
  colnames(out$x) <- paste0(names, codes)
  c(out, list(column = rep(seq_along(width), width)))
}

# Formula ~ a + b: a data frame; y ~ a + b: with attribute "given", the right side.
kde_formula <- function(formula, data = environment(formula), ...) {
  check_dots_empty(...)
  frame <- frame_of(formula, data, call("kde_fit"))
  response <- attr(attr(frame, "terms"), "response")
  given <- if (response) names(frame)[-response]
  if (response && length(given) == 0) {
    bad_argument("x", "must have variables on the right of the ~, as in y ~ a + b.")
  }
  out <- as.data.frame(lapply(frame, \(v) if (is.numeric(v)) as.vector(v) else v),
    optional = TRUE)
  names(out) <- names(frame)
  structure(out, given = given, dropped = length(stats::na.action(frame)))
}

kde_points <- function(x, argument = "x", ...) {
  if (is.logical(x)) storage.mode(x) <- "double"
  x <- check_points(x, argument, ...)
  if (argument == "x" && (nrow(x) == 0 || ncol(x) == 0)) {
    bad_argument(argument, "must have rows and columns, not %d x %d.", nrow(x), ncol(x))
  }
  bad <- which(!is.finite(x) & !is.na(x), arr.ind = TRUE)
  if (nrow(bad)) {
    bad_argument(argument, "must be finite, but has %s, the first at %s[%d, %d].",
      count_text(nrow(bad), "infinite value"), argument, bad[1, 1], bad[1, 2])
  }
  x
}

# Rows of `newdata` as the points of the fit are.
kde_newdata <- function(object, newdata, argument = "newdata", na = FALSE) {
  mixed <- object$mixed
  if (is.null(mixed)) {
    return(kde_points(newdata, argument, columns = ncol(object$x),
      names = colnames(object$x), na = na))
  }
  if (!is.data.frame(newdata)) {
    bad_argument(argument, "must be a data frame, as the fit has categorical columns.")
  }
  lost <- setdiff(colnames(mixed$x), names(newdata))
  if (length(lost)) {
    bad_argument(argument, "lacks %s %s.", if (length(lost) == 1) "column" else "columns",
      enumerate(lost, "`"), value = lost)
  }
  rows <- kde_mixed_columns(newdata[colnames(mixed$x)], argument, mixed)
  kde_embed(rows, mixed$lambda)$x
}

check_kde <- function(object) {
  if (!inherits(object, "distest_kde")) {
    bad_argument("object", "must come from kde_fit(), not be %s.", describe(object))
  }
  check_version(object)
}

# Names of the columns as the user has them.
kde_names <- function(object) {
  x <- if (is.null(object$mixed)) object$x else object$mixed$x
  if (is.null(colnames(x))) paste0("x", seq_len(ncol(x))) else colnames(x)
}

# Columns by name or number, as numbers.
kde_columns <- function(object, which, argument, most) {
  names <- kde_names(object)
  at <- if (is.character(which)) match(which, names) else which
  good <- is.numeric(at) && length(at) >= 1 && length(at) <= most && !anyNA(at) &&
    all(at >= 1 & at <= length(names) & at == floor(at)) && !anyDuplicated(at)
  if (!good) {
    bad_argument(argument, "must name 1 to %d of the columns %s, each once, not %s.",
      as.integer(most), enumerate(names, "`"), describe(which), value = which)
  }
  as.double(at)
}
