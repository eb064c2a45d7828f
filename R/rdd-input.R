# What the forms of input have in common: rows of individuals or tables of quantiles
# become one list of units.

# Which rows of a long data set are whole: raw, 1 for each that is, or NULL when all are.
# `given`: a named list of vectors and matrices with one entry or row for each row, or
# NULL.
rdd_whole <- function(given) {
  holes <- given[vapply(given, anyNA, NA)]
  if (!length(holes)) {
    return(NULL)
  }
  found <- .Call(C_rdd_whole, unname(holes), as.double(NROW(holes[[1]])))
  names(found) <- c("keep", "lost", "kept")
  if (found$kept == 0) {
    bad_argument(names(holes)[[1]], "leaves no row without missing values.")
  }
  lost <- structure(found$lost, names = names(holes))
  distest_warning("dropped", sprintf(
    "%s with missing values left out: %s.",
    count_text(length(found$keep) - found$kept, "row"),
    paste0(format_count(lost), " in `", names(lost), "`", collapse = ", ")
  ), value = lost)
  found$keep
}

# Rows of weight 0 go, too, and units that have no others.
rdd_heavy <- function(keep, weights, unit) {
  light <- which(weights == 0)
  if (!is.null(keep)) light <- light[keep[light] == 1]
  if (!length(light)) {
    return(keep)
  }
  if (is.null(keep)) keep <- rep(as.raw(1), length(weights))
  keep[light] <- as.raw(0)
  if (!any(keep == 1)) bad_argument("weights", "are all 0.")
  rdd_warn_weightless(setdiff(unique(unit[light]), unique(rdd_kept(unit, keep))))
  keep
}

rdd_warn_weightless <- function(gone) {
  if (length(gone)) {
    distest_warning("dropped", sprintf("%s without a positive weight left out: %s.",
      count_text(length(gone), "unit"), rdd_few(gone)), "weights", value = gone)
  }
}

# The entries or rows of `v` that `keep` keeps, without v[keep], whose index is as large
# as v.
rdd_kept <- function(v, keep) {
  if (is.null(keep) || is.null(v)) {
    return(v)
  }
  if (!typeof(v) %in% c("double", "integer", "logical", "character")) {
    return(v[keep == 1])
  }
  .Call(C_rdd_kept, v, keep)
}

# How many units have lost all their rows.
rdd_units_lost <- function(unit, keep, labels) {
  gone <- if (!is.null(keep)) unit[keep == 0]
  gone <- gone[!is.na(gone)]
  if (!length(gone)) 0L else length(setdiff(rdd_codes(gone, "unit")$labels, labels))
}

# Labels of units or clusters, sorted: numbers by value, text by its bytes, so that the
# order depends on no locale; and the number of each entry, from 1.
rdd_codes <- function(v, argument) {
  if (inherits(v, "integer64")) v <- .Call(C_rdd_integer64, v)
  if (is.factor(v)) {
    labels <- levels(v)
    code <- as.integer(v)
  } else if (rdd_dense(ends <- rdd_ends(v), length(v))) {
    # whole numbers that lie close together need no hash table
    least <- ends[[1]] - 1L
    code <- if (least == 0L) as.vector(v) else as.vector(v) - least
    labels <- least + seq_len(ends[[2]] - least)
  } else if (is.atomic(v) && is.null(dim(v))) {
    labels <- unique(v)
    if (is.numeric(v) && any(is.infinite(labels))) {
      bad_argument(argument, "must be finite, not %s.",
        format(labels[is.infinite(labels)][[1]]))
    }
    code <- match(v, labels)
  } else {
    bad_argument(argument, "must be a vector or a factor, not %s.", describe(v))
  }
  plain <- is.numeric(labels) && is.null(oldClass(labels))
  labels <- unname(if (plain) labels else as.character(labels))
  used <- tabulate(code, length(labels)) > 0
  order <- order(labels, method = "radix")
  order <- order[used[order]]
  if (!identical(order, seq_along(labels))) {
    place <- integer(length(labels))
    place[order] <- seq_along(order)
    code <- place[code]
  }
  list(labels = labels[order], code = code)
}

# Smallest and largest of plain whole numbers, or NULL.
rdd_ends <- function(v) {
  if (is.integer(v) && is.null(oldClass(v)) && length(v) > 0) c(min(v), max(v))
}

rdd_dense <- function(ends, n) {
  !is.null(ends) && ends[[1]] > 0 && as.double(ends[[2]]) - ends[[1]] < 4 * n
}

# Numbers, logicals and labelled columns as doubles; factors and text are an error.
rdd_numeric <- function(v, argument) {
  if (inherits(v, "integer64")) {
    return(as.double(.Call(C_rdd_integer64, v)))
  }
  if (is.matrix(v) && ncol(v) == 1) v <- v[, 1]
  good <- (is.numeric(v) || is.logical(v)) && !is.factor(v) && is.null(dim(v))
  if (!good) bad_argument(argument, "must be a numeric vector, not %s.", describe(v))
  as.double(v)
}

rdd_finite <- function(v, argument, labels) {
  # a sum is quick, and finite where all entries are, unless they are huge
  bad <- if (!is.finite(sum(v))) which(is.infinite(v))
  if (length(bad)) {
    bad_argument(argument, "must be finite, but is %s for unit %s.", format(v[bad[[1]]]),
      labels[[1 + (bad[[1]] - 1) %% length(labels)]], value = bad)
  }
  v
}

# One-sided formula, matrix, data frame or vector: a numeric matrix with named columns.
rdd_covariates <- function(z, data = NULL, env = parent.frame()) {
  if (is.null(z)) {
    return(NULL)
  }
  if (is.data.frame(z)) {
    data <- z
    z <- stats::reformulate(paste0("`", names(z), "`"), env = env)
  }
  if (inherits(z, "formula")) {
    check_formula(z, "covariates", sides = 1)
    frame <- make_frame(as.call(list(quote(stats::model.frame), formula = z,
      data = if (is.null(data)) environment(z) else data, na.action = stats::na.pass)),
    environment(z), list(z), data)
    z <- stats::model.matrix(attr(frame, "terms"), frame)
    z <- z[, colnames(z) != "(Intercept)", drop = FALSE]
    rownames(z) <- NULL
  }
  if (is.null(dim(z)) && length(names(z))) {
    z <- matrix(rdd_numeric(z, "covariates"), ncol = 1, dimnames = list(names(z), NULL))
  }
  z <- numeric_matrix(z, "covariates")
  if (is.null(colnames(z))) colnames(z) <- paste0("z", seq_len(ncol(z)))
  z
}

# Values by row become values by unit, which must not vary within one. `rows`: list(code,
# first, labels).
rdd_by_unit <- function(v, argument, rows) {
  if (is.matrix(v)) {
    one <- vapply(seq_len(ncol(v)), \(j) rdd_by_unit(v[, j], argument, rows),
      numeric(length(rows$labels)))
    return(matrix(one, length(rows$labels), dimnames = list(NULL, colnames(v))))
  }
  code <- if (is.numeric(v) && is.null(oldClass(v))) v else match(v, unique(v))
  at <- .Call(C_rdd_varies, rows$code, rows$first, as.double(code))
  if (at > 0) {
    unit <- rows$code[[at]]
    both <- v[c(rows$first[[unit]], at)]
    bad_argument(argument, "must not vary within a unit, but in unit %s it is %s and %s.",
      rows$labels[[unit]], format(both[[1]], digits = 8), format(both[[2]], digits = 8),
      value = rows$labels[[unit]])
  }
  v[rows$first]
}

# Is `v` given by unit, not by row? Then its names are the units'.
rdd_named <- function(v, labels, rows) {
  names <- if (is.matrix(v)) rownames(v) else names(v)
  NROW(v) != rows && !is.null(names) && all(as.character(labels) %in% names)
}

rdd_reorder <- function(v, labels) {
  names <- if (is.matrix(v)) rownames(v) else names(v)
  at <- match(as.character(labels), names)
  if (is.matrix(v)) v[at, , drop = FALSE] else unname(v[at])
}

rdd_length <- function(v, argument, n, what) {
  if (!is.null(v) && NROW(v) != n) {
    bad_argument(argument, "must have one entry per %s, that is %s, not %s.", what,
      format_count(n), format_count(NROW(v)))
  }
}

rdd_default_probs <- function(n_i) {
  if (all(n_i == 1)) {
    return(0.5)
  }
  few <- stats::quantile(n_i, 0.1, names = FALSE)
  if (few >= 100) {
    seq_len(99) / 100
  } else if (few >= 20) {
    seq_len(19) / 20
  } else {
    seq_len(9) / 10
  }
}

check_probs <- function(probs, argument = "probs") {
  probs <- check_numbers(probs, argument)
  good <- length(probs) && all(probs > 0 & probs < 1) && !is.unsorted(probs,
    strictly = TRUE)
  if (!good) {
    bad_argument(argument, "must increase strictly and lie between 0 and 1.",
      value = probs)
  }
  probs
}

# Midpoints (k - 1/2) / m, the grid of functionals.
rdd_midpoints <- function(m) (seq_len(m) - 0.5) / m

rdd_few <- function(labels) {
  shown <- paste(utils::head(labels, 5), collapse = ", ")
  if (length(labels) > 5) paste0(shown, ", ...") else shown
}

# Values by unit, checked; units with missing ones go. `keep`: units that are still there.
rdd_per_unit <- function(labels, per, keep = rep(TRUE, length(labels))) {
  if (is.null(per$x)) bad_argument("x", "must be given.")
  n <- length(labels)
  if (anyDuplicated(labels)) {
    twice <- labels[duplicated(labels)][[1]]
    bad_argument("unit", "must be different for each entry, but has %s twice.",
      dQuote(twice, FALSE), value = twice)
  }
  for (name in setdiff(names(per), "cutoff")) {
    v <- per[[name]]
    if (is.null(v)) next
    names <- if (is.matrix(v)) rownames(v) else names(v)
    if (!is.null(names) && all(as.character(labels) %in% names)) {
      per[[name]] <- rdd_reorder(v, labels)
    }
    rdd_length(per[[name]], name, n, "unit")
    if (anyNA(per[[name]])) keep <- keep & rowSums(is.na(as.matrix(per[[name]]))) == 0
  }
  lost <- vapply(per, \(v) if (NROW(v) == n && anyNA(v)) {
    sum(rowSums(is.na(as.matrix(v))) > 0)
  } else {
    0
  }, 0)
  if (any(lost > 0)) {
    lost <- lost[lost > 0]
    distest_warning("dropped", sprintf("Units with missing values left out: %s.",
      paste0(format_count(lost), " in `", names(lost), "`", collapse = ", ")),
    value = lost)
  }
  if (!any(keep)) bad_argument("x", "leaves no unit without missing values.")
  out <- list(id = labels[keep], kept = keep, dropped = sum(!keep))
  rdd_checked(out, lapply(per, \(v) {
    if (is.null(v) || NROW(v) != n) {
      v
    } else if (is.matrix(v)) {
      v[keep, , drop = FALSE]
    } else {
      unname(v[keep])
    }
  }))
}

rdd_checked <- function(out, per) {
  labels <- out$id
  number <- \(name) if (!is.null(per[[name]])) {
    rdd_finite(rdd_numeric(per[[name]], name), name, labels)
  }
  out$x <- number("x")
  cutoff <- per$cutoff
  if (!is.numeric(cutoff) || !length(cutoff) %in% c(1, length(labels)) ||
    !all(is.finite(cutoff))) {
    bad_argument("cutoff", "must be a finite number, or one per unit, not %s.",
      describe(cutoff), value = cutoff)
  }
  out$cutoff <- as.double(cutoff)
  if (length(cutoff) > 1) {
    out$x <- out$x - out$cutoff
    out$cutoff <- 0
  }
  out$treatment <- number("treatment")
  out$weights <- number("unit_weights")
  if (any(out$weights < 0)) {
    at <- which(out$weights < 0)[[1]]
    bad_argument("unit_weights", "must not be negative, but is %s for unit %s.",
      format(out$weights[[at]]), labels[[at]], value = labels[[at]])
  }
  if (!is.null(per$covariates)) {
    out$z <- rdd_finite(per$covariates, "covariates", labels)
  }
  if (!is.null(per$cluster)) {
    codes <- rdd_codes(per$cluster, "cluster")
    out$cluster <- codes$code
    out$clusters <- codes$labels
  }
  out
}

# The quantiles of rows by unit: a matrix for the grid, and one for functionals.
rdd_fill <- function(units, probs, set) {
  if (is.null(probs)) probs <- rdd_default_probs(units$n_i)
  probs <- check_probs(probs)
  fine <- if (set$functional_grid > 0) rdd_midpoints(set$functional_grid)
  grid <- sort(unique(c(probs, fine)))
  table <- rdd_unit_table(units$rows, length(units$id), grid, set)
  units$probs <- probs
  units$quantiles <- table[, match(probs, grid), drop = FALSE]
  if (!is.null(fine)) {
    units$fine <- list(probs = fine, quantiles = table[, match(fine, grid),
      drop = FALSE])
  }
  units
}

rdd_unit_table <- function(rows, n, grid, set) {
  result_of(.Call(C_rdd_quantiles, rows, as.double(n), as.integer(set$quantile_type),
    set$within == "halfsample", grid, threads_of(set$threads), set$report),
  rdd_row_names)
}
