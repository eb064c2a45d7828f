# The forms of input: rows of individuals, lists, tables of quantiles.

# Units of any input, with their quantiles. `given`: y and the arguments beside it.
rdd_read <- function(given, set) {
  given <- lapply(given, rdd_flat)
  y <- given$y
  per <- given[c("x", "treatment", "covariates", "cluster", "unit_weights", "cutoff")]
  names(per) <- c("x", "treatment", "covariates", "cluster", "unit_weights", "cutoff")
  per$covariates <- rdd_covariates(per$covariates)
  if (inherits(y, "distest_rdd_quantiles")) {
    return(rdd_read_quantiles(given, per, set))
  }
  if (is.data.frame(y) || is.matrix(y)) {
    if (!is.null(given$weights)) {
      bad_argument("weights", "are for individuals; `unit_weights` weigh units.")
    }
    y <- if (is.matrix(y)) y else as.matrix(y)[, , drop = FALSE]
    return(rdd_read_table(numeric_matrix(y, "y"), per, given$unit, given$probs))
  }
  units <- if (is.list(y)) {
    rdd_read_list(y, per, given$unit, given$weights)
  } else {
    rdd_read_long(y, per, given$unit, given$weights)
  }
  if (all(units$n_i == 1)) {
    distest_message("One individual per unit: scalar design.")
  }
  rdd_fill(units, given$probs, set)
}

# Vectors without what others hang on them: arrays of one dimension, which tapply() and
# table() give, become vectors with names; labelled columns their values, whether or not
# the package that labelled them is there.
rdd_flat <- function(v) {
  if (inherits(v, c("haven_labelled", "labelled"))) attributes(v) <- NULL
  if (length(dim(v)) == 1) c(v) else v
}

# A table made before: its values are rows again, so that any grid can be had.
rdd_read_quantiles <- function(given, per, set) {
  table <- given$y
  if (!is.null(given$weights)) {
    bad_argument("weights", "belong into rdd_quantiles().")
  }
  units <- rdd_per_unit(table$unit, per)
  kept <- units$kept
  rows <- table$values
  if (!all(kept)) {
    here <- kept[rows$code]
    rows <- list(y = rows$y[here], code = cumsum(kept)[rows$code[here]],
      weights = rows$weights[here])
  }
  units$rows <- rows
  units$n_i <- table$n_i[kept]
  set[c("quantile_type", "within")] <- table[c("quantile_type", "within")]
  rdd_fill(units, if (is.null(given$probs)) table$probs else given$probs, set)
}

# Individuals in long form. The values of the list `per`: x, treatment, covariates,
# cluster, unit_weights, cutoff; by row, or by unit with names.
rdd_read_long <- function(y, per, unit, weights) {
  y <- rdd_numeric(y, "y")
  rows <- length(y)
  if (rows == 0) bad_argument("y", "has no entries.")
  if (is.null(per$x)) bad_argument("x", "must be given.")
  if (is.null(unit)) unit <- rdd_own_units(per$x, rows)
  rdd_length(unit, "unit", rows, "individual")
  rdd_length(weights, "weights", rows, "individual")
  if (!is.atomic(unit)) bad_argument("unit", "must be a vector, not %s.", describe(unit))
  if (inherits(unit, "integer64")) unit <- .Call(C_rdd_integer64, unit)
  if (inherits(per$cluster, "integer64")) {
    per$cluster <- .Call(C_rdd_integer64, per$cluster)
  }
  single <- vapply(per, \(v) is.null(v) || length(v) == 1 && rows > 1, NA)
  labels <- if (any(vapply(per, \(v) NROW(v) != rows, NA) & !single)) {
    rdd_codes(if (anyNA(unit)) unit[!is.na(unit)] else unit, "unit")$labels
  }
  named <- vapply(per, \(v) !is.null(labels) && rdd_named(v, labels, rows), NA) & !single
  by_row <- names(per)[!named & !single]
  for (name in by_row) {
    rdd_length(per[[name]], name, rows, "individual (or per unit, with names)")
  }
  weights <- rdd_weights(weights)
  keep <- rdd_heavy(rdd_whole(c(list(y = y, unit = unit, weights = weights),
    per[by_row])), weights, unit)
  codes <- rdd_codes(rdd_kept(unit, keep), "unit")
  known <- list(code = codes$code, labels = codes$labels,
    first = .Call(C_rdd_first, codes$code, as.double(length(codes$labels))))
  for (name in by_row) {
    per[[name]] <- rdd_by_unit(rdd_kept(per[[name]], keep), name, known)
  }
  for (name in names(per)[named]) per[[name]] <- rdd_reorder(per[[name]], known$labels)
  out <- rdd_per_unit(known$labels, per)
  out$rows <- list(y = rdd_kept(y, keep), code = codes$code,
    weights = rdd_kept(weights, keep))
  out$n_i <- tabulate(codes$code, length(codes$labels))
  out$dropped <- out$dropped + rdd_units_lost(unit, keep, codes$labels)
  out
}

# Without `unit` every row is one, if x tells them apart.
rdd_own_units <- function(x, rows) {
  rdd_length(x, "x", rows, "individual")
  if (anyDuplicated(x[!is.na(x)])) {
    bad_argument("unit", paste("must say which individuals belong together, since",
      "several share a value of `x`; unit = seq_along(y) makes each a unit."))
  }
  seq_len(rows)
}

rdd_weights <- function(weights) {
  if (is.null(weights)) {
    return(NULL)
  }
  weights <- rdd_numeric(weights, "weights")
  bad <- which(weights < 0 | is.infinite(weights))
  if (length(bad)) {
    bad_argument("weights", "must be finite and not negative, but entry %d is %s.",
      bad[[1]], format(weights[[bad[[1]]]]), value = bad)
  }
  weights
}

# A list with the values of one unit in each element.
rdd_read_list <- function(y, per, unit, weights) {
  n <- length(y)
  if (n == 0) bad_argument("y", "has no elements.")
  if (is.null(unit)) unit <- if (is.null(names(y))) seq_len(n) else names(y)
  rdd_length(unit, "unit", n, "element of `y`")
  if (!is.null(weights)) {
    if (!is.list(weights) || length(weights) != n ||
      any(lengths(weights) != lengths(y))) {
      bad_argument("weights", "must be a list like `y`, with vectors as long as its.")
    }
    weights <- lapply(weights, rdd_weights)
  }
  y <- lapply(unname(y), rdd_numeric, argument = "y")
  holes <- vapply(y, anyNA, NA) | vapply(weights, anyNA, NA)
  if (any(holes)) {
    keep <- Map(\(v, w) !is.na(v) & !is.na(if (is.null(w)) 1 else w), y,
      if (is.null(weights)) list(NULL) else weights)
    distest_warning("dropped", sprintf("%s with missing values left out.",
      count_text(sum(!unlist(keep)), "row")), "y")
    y <- Map(`[`, y, keep)
    if (!is.null(weights)) weights <- Map(`[`, weights, keep)
  }
  empty <- lengths(y) == 0
  if (any(empty)) {
    distest_warning("dropped", sprintf("%s without values left out: %s.",
      count_text(sum(empty), "unit"), rdd_few(unit[empty])), "y", value = unit[empty])
  }
  if (!is.null(weights)) {
    light <- !empty & vapply(weights, \(w) all(w == 0), NA)
    rdd_warn_weightless(unit[light])
    empty <- empty | light
    y <- Map(\(v, w) v[w > 0], y, weights)
    weights <- lapply(weights, \(w) w[w > 0])
  }
  if (all(empty)) bad_argument("y", "has no unit with values.")
  out <- rdd_per_unit(unit, per, !empty)
  y <- y[out$kept]
  out$rows <- list(list = y, weights = if (!is.null(weights)) unname(weights[out$kept]))
  out$n_i <- lengths(y)
  out
}

# A matrix with the quantiles of one unit in each row.
rdd_read_table <- function(y, per, unit, probs) {
  names <- colnames(y)
  if (is.null(unit)) {
    unit <- if (is.null(rownames(y))) seq_len(nrow(y)) else rownames(y)
  }
  if (is.null(probs)) probs <- rdd_named_probs(names, ncol(y))
  probs <- check_probs(probs)
  if (length(probs) != ncol(y)) {
    bad_argument("probs", "must have one entry per column of `y`, that is %d, not %d.",
      ncol(y), length(probs))
  }
  rdd_length(unit, "unit", nrow(y), "row of `y`")
  holes <- if (anyNA(y)) rowSums(is.na(y)) > 0 else logical(nrow(y))
  if (any(holes)) {
    distest_warning("dropped", sprintf("%s with missing quantiles left out.",
      count_text(sum(holes), "unit")), "y", value = unit[holes])
  }
  if (is.infinite(max(y, na.rm = TRUE)) || is.infinite(min(y, na.rm = TRUE))) {
    at <- which(is.infinite(y), arr.ind = TRUE)[1, ]
    bad_argument("y", "must be finite, but is %s for unit %s.", y[at[[1]], at[[2]]],
      unit[[at[[1]]]], value = at)
  }
  out <- rdd_per_unit(unit, per, !holes)
  out$quantiles <- unname(if (all(out$kept)) y else y[out$kept, , drop = FALSE])
  out$probs <- probs
  down <- .Call(C_rdd_falls, out$quantiles)
  if (any(down)) {
    distest_warning("approximation", sprintf(
      "%s of `y` not increasing: quantiles cross; used as given.",
      count_text(sum(down), "row")), "y", value = out$id[down])
  }
  out
}

rdd_named_probs <- function(names, columns) {
  if (columns == 1) {
    return(0.5)
  }
  percent <- grepl("%$", names)
  probs <- suppressWarnings(as.numeric(sub("%$", "", sub("^q", "", names))))
  if (length(probs) == 0 || anyNA(probs)) {
    bad_argument("probs", "must say of which quantiles the %d columns of `y` are.",
      columns)
  }
  if (all(percent)) probs / 100 else probs
}
