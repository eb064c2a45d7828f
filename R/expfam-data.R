# Data as users have them become the double matrix C wants.

# list(x: double matrix for C, weights, family with its dimension, dropped, levels)
expfam_data <- function(x, family, weights = NULL, na.action = stats::na.fail) {
  if (family$family == "loglinear") {
    return(loglinear_data(x, family, weights))
  }
  if (inherits(x, "distest_expfam_moments")) {
    bad_argument("x", "is a summary of data; expfam_fit_moments() takes it.")
  }
  raw <- x
  base <- NULL
  own <- !is.null(family$statistic)
  if (own) {
    # missing values go before the user's functions see them
    gone <- missing_rows(x, na.action)
    weights <- expfam_weights(weights, length(gone))[!gone]
    if (any(gone)) raw <- if (is.null(dim(x))) x[!gone] else x[!gone, , drop = FALSE]
    check_inside(raw, family$reference)
    x <- user_statistics(family$statistic, raw)
    base <- own_base(family, raw)
  } else if (family$family == "categorical") {
    x <- matrix(category_codes(x, family))
  } else if (family$cname == "pairwise") {
    x <- pairwise_matrix(x, family)
  } else {
    x <- as_numbers(x)
  }
  open <- isTRUE(family$needs_d)
  family <- family_for(family, ncol(x))
  if (open && family$cname == "pairwise") x <- pairwise_matrix(x, family)
  if (nrow(x) == 0) {
    bad_argument("x", "has no rows.")
  }
  if (ncol(x) != family$d) {
    bad_argument("x", "must have %s for this family, not %d.",
      count_text(family$d, "column"), ncol(x))
  }
  if (!own) {
    gone <- missing_rows(x, na.action)
    weights <- expfam_weights(weights, nrow(x))[!gone]
    if (any(gone)) x <- x[!gone, , drop = FALSE]
  }
  if (!is.finite(sum(x)) && any(is.infinite(x))) {
    bad_argument("x", "must be finite, but %s not.",
      paste(name_rows(which(apply(is.infinite(x), 1, any))), "is"))
  }
  list(x = x, weights = weights, family = family, dropped = sum(gone), raw = raw,
    base = base)
}

drops_missing <- function(na.action) {
  identical(na.action, stats::na.omit) || identical(na.action, stats::na.exclude)
}

# which rows have missing values: an error unless na.action drops them
missing_rows <- function(x, na.action) {
  if (!is.atomic(x) && !is.data.frame(x)) {
    return(logical(NROW(x)))
  }
  gone <- if (!anyNA(x)) logical(NROW(x))
  else if (is.null(dim(x))) is.na(x) else rowSums(is.na(x)) > 0
  if (!any(gone)) {
    return(gone)
  }
  if (!drops_missing(na.action)) {
    bad_argument("x", "has %s with missing values; na.action = na.omit drops them.",
      count_text(sum(gone), "row"), value = which(gone)[[1]])
  }
  distest_message(count_text(sum(gone), "row"), " with missing values dropped.")
  gone
}

# numbers outside the interval, box or integers of the reference measure
check_inside <- function(x, ref) {
  if (!ref$type %in% c("interval", "integers") || !is.numeric(as.matrix(x))) {
    return(invisible())
  }
  x <- as.matrix(x)
  lower <- if (ref$type == "integers") ref$from else ref$lower
  upper <- if (ref$type == "integers") ref$to else ref$upper
  if (ncol(x) != length(lower)) {
    bad_argument("x", "must have %s for this reference measure, not %d.",
      count_text(length(lower), "column"), ncol(x))
  }
  out <- t(t(x) < lower | t(x) > upper)
  if (ref$type == "integers") out <- out | abs(x - round(x)) > 1e-8
  rows <- which(rowSums(out) > 0)
  if (length(rows)) {
    bad_argument("x", "must lie in the support of the family; row %d (%s) does not%s.",
      rows[[1]], toString(format(x[rows[[1]], ])), if (length(rows) == 1) ""
      else sprintf(", the first of %d", length(rows)), kind = "domain",
      value = rows[[1]])
  }
}

# user's log base densities of data, or NULL
own_base <- function(f, x) {
  if (is.null(f$log_base)) {
    return(NULL)
  }
  base <- of_user("log_base", f$log_base(x))
  if (!is.numeric(base) || !length(base) %in% c(1, NROW(x))) {
    bad_argument("log_base", "must return %d numbers, one a row of data, not %s.",
      NROW(x), describe(base))
  }
  base <- rep_len(as.double(base), NROW(x))
  bad <- which(!is.finite(base))
  if (length(bad)) {
    bad_argument("x", paste(
      "lies outside the support: `log_base` is %s at row %d",
      "(%d in all)."
    ), format(base[bad[[1]]]), bad[[1]], length(bad), kind = "domain",
    value = bad[[1]])
  }
  base
}

# Statistics of rows as C has them.
statistics_of <- function(f, x, map = map_argument) {
  if (f$cname == "nodes") {
    return(x)
  }
  result_of(.Call(C_expfam_stats, f, f$p, x), map = map)$xi
}

as_numbers <- function(x) {
  if (is.data.frame(x)) x <- as.matrix(x)
  if (!is.numeric(x) && !is.logical(x)) {
    bad_argument("x", "must be numeric, not %s.", describe(x))
  }
  if (is.null(dim(x))) x <- matrix(x)
  storage.mode(x) <- "double"
  x
}

category_codes <- function(x, family) {
  if (is.matrix(x) || is.data.frame(x)) x <- x[, 1]
  codes <- if (is.numeric(x)) as.double(x) else match(as.character(x), family$levels)
  unseen <- is.na(codes) & !is.na(x)
  if (any(unseen)) {
    bad_argument("x", "has the level %s at row %d, which the family does not have.",
      dQuote(as.character(x[unseen][[1]]), FALSE), which(unseen)[[1]], kind = "domain")
  }
  as.double(codes)
}

expfam_weights <- function(weights, n) {
  weights <- check_numbers(weights, "weights", length = n, null = TRUE)
  if (!is.null(weights)) {
    if (any(weights < 0 | !is.finite(weights))) {
      bad_argument("weights", "must be non-negative and finite, but entry %d is %s.",
        which(weights < 0 | !is.finite(weights))[[1]],
        format(weights[weights < 0 | !is.finite(weights)][[1]]))
    }
    if (all(weights == 0)) bad_argument("weights", "must not all be 0.")
  }
  weights
}

keep_terms <- function(data, terms) {
  f <- data$family
  loglinear <- f$cname == "loglinear"
  if (is.null(f$xi) && is.null(f$pairs) && is.null(f$reference) && !loglinear) {
    distest_error("unsupported",
      "`terms` selects statistics of custom, loglinear and pairwise families only.",
      argument = "terms")
  }
  at <- if (is.character(terms)) match(terms, f$stat_names) else terms
  if (anyNA(at) || anyDuplicated(at) || any(at < 1 | at > f$p)) {
    bad_argument("terms", "must be different statistics among %s.",
      enumerate(f$stat_names))
  }
  f$stat_names <- f$stat_names[at]
  f$p <- length(at)
  f$kept <- at
  if (!is.null(f$pairs)) {
    f$pairs$terms <- f$pairs$terms[, at, drop = FALSE]
  } else if (loglinear) {
    f$ipar <- c(f$ipar[seq_len(f$d + 1)], f$ipar[f$d + 1 + at])
  } else {
    if (!is.null(f$xi)) f$xi <- f$xi[, at, drop = FALSE]
    f$d <- f$p
    data$x <- data$x[, at, drop = FALSE]
  }
  data$family <- f
  data
}
