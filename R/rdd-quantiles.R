#' Units and their quantiles
#'
#' The table of quantiles of each unit, from individuals in long form or a list. Tables
#' grow by chunks: `add` joins more rows to an earlier table, which may split a unit. The
#' result is the same, to the bit, whatever the chunks and their order.
#'
#' `as.matrix()` gives the units x quantiles matrix alone, which [rdd_fit()] takes and
#' which holds no individual value when units are large: matrices of different units from
#' many places are put together by [rbind()].
#'
#' @param y A numeric vector with one value per individual, or a list with a vector for
#'   each unit.
#' @param unit The unit of each individual; labels of the elements of a list.
#' @param weights Weights of individuals (a list for a list).
#' @param probs Levels of the quantiles; see [rdd_fit()] for the default.
#' @param quantile_type,within As in [rdd_fit()].
#' @param add A table of an earlier call, whose rows are joined; its settings are taken
#'   where nothing else is given.
#' @param threads,progress See [distest_threads()] and [distest].
#' @return An object of class `distest_rdd_quantiles`: a list with `quantiles` (units x
#'   probs, rows named and sorted by unit), `n_i`, `unit`, `probs`, `quantile_type`,
#'   `within`, `values` (the rows).
#' @examples
#' d <- rdd_simulate("normal", n = 100, n_i = 20, delta = 1, seed = 1)
#' first <- rdd_quantiles(d$y[1:500], d$unit[1:500])
#' both <- rdd_quantiles(d$y[501:2000], d$unit[501:2000], add = first)
#' both
#' x <- d$x[!duplicated(d$unit)]
#' rdd_fit(both, x, h = 0.6)
#' @export
rdd_quantiles <- function(y, unit = NULL, weights = NULL, probs = NULL,
                          quantile_type = 7, within = c("none", "halfsample"),
                          add = NULL, threads = getOption("distest.threads"),
                          progress = getOption("distest.progress", interactive())) {
  if (!is.null(add)) {
    if (!inherits(add, "distest_rdd_quantiles")) {
      bad_argument("add", "must come from rdd_quantiles(), not %s.", describe(add))
    }
    check_version(add)
    if (missing(quantile_type)) quantile_type <- add$quantile_type
    if (missing(within)) within <- add$within
    if (is.null(probs)) probs <- add$given_probs
  }
  set <- list(quantile_type = rdd_check_type(quantile_type),
    within = check_choice(within, c("none", "halfsample"), "within"),
    functional_grid = 0, threads = threads, report = progress_of(progress))
  rows <- rdd_rows_of(y, unit, weights)
  if (!is.null(add)) rows <- rdd_join(add, rows)
  codes <- rdd_codes(rows$unit, "unit")
  units <- list(id = codes$labels, rows = list(y = rows$y, code = codes$code,
    weights = rows$weights), n_i = tabulate(codes$code, length(codes$labels)))
  units <- rdd_fill(units, probs, set)
  quantiles <- units$quantiles
  dimnames(quantiles) <- list(as.character(codes$labels), rdd_prob_names(units$probs))
  structure(class = "distest_rdd_quantiles", list(
    quantiles = quantiles, n_i = units$n_i, unit = codes$labels, probs = units$probs,
    quantile_type = set$quantile_type, within = set$within, given_probs = probs,
    values = units$rows, version = version_string()
  ))
}

# Rows of individuals from a vector or a list: list(y, unit, weights).
rdd_rows_of <- function(y, unit, weights) {
  y <- rdd_flat(y)
  unit <- rdd_flat(unit)
  if (is.list(y) && !is.data.frame(y)) {
    if (is.null(unit)) unit <- if (is.null(names(y))) seq_along(y) else names(y)
    rdd_length(unit, "unit", length(y), "element of `y`")
    if (!is.null(weights)) {
      if (!is.list(weights) || !identical(unname(lengths(weights)), unname(lengths(y)))) {
        bad_argument("weights", "must be a list like `y`, with vectors as long as its.")
      }
      weights <- unlist(weights, use.names = FALSE)
    }
    unit <- rep(unit, lengths(y))
    y <- unlist(lapply(y, rdd_numeric, argument = "y"), use.names = FALSE)
  }
  y <- rdd_numeric(y, "y")
  if (is.null(unit)) {
    bad_argument("unit", "must say which individuals belong together.")
  }
  rdd_length(unit, "unit", length(y), "individual")
  rdd_length(weights, "weights", length(y), "individual")
  if (inherits(unit, "integer64")) unit <- .Call(C_rdd_integer64, unit)
  given <- list(y = y, unit = unit, weights = rdd_weights(weights))
  keep <- rdd_heavy(rdd_whole(given), given$weights, unit)
  lapply(given[!vapply(given, is.null, NA)], rdd_kept, keep = keep)
}

rdd_join <- function(add, rows) {
  old <- add$values
  if (is.null(old$weights) != is.null(rows$weights)) {
    bad_argument("weights", "must be given for all chunks or for none.")
  }
  before <- add$unit[old$code]
  now <- rows$unit
  if (is.factor(now)) now <- as.character(now)
  if (is.numeric(before) != is.numeric(now)) {
    bad_argument("unit", "must be of the same type in all chunks.")
  }
  list(y = c(old$y, rows$y), unit = c(before, now), weights = c(old$weights,
    rows$weights))
}

#' @export
as.matrix.distest_rdd_quantiles <- function(x, ...) {
  check_dots_empty(...)
  x$quantiles
}

#' @export
as.data.frame.distest_rdd_quantiles <- function(x, row.names = NULL, optional = FALSE,
                                                ...) {
  out <- data.frame(unit = x$unit, n_i = x$n_i, unname(x$quantiles))
  names(out)[-(1:2)] <- colnames(x$quantiles)
  out
}

#' @export
dim.distest_rdd_quantiles <- function(x) dim(x$quantiles)

#' @export
format.distest_rdd_quantiles <- function(x, ...) {
  sprintf("Quantiles of %s, %s on a grid of %d (%s ... %s)",
    count_text(length(x$unit), "unit"), count_text(sum(x$n_i), "individual"),
    length(x$probs), format(x$probs[[1]]), format(x$probs[[length(x$probs)]]))
}

#' @export
print.distest_rdd_quantiles <- function(x, ...) {
  write_lines(format(x))
  write_lines(sprintf("type %d%s%s; individuals per unit %s (min/median/max)",
    x$quantile_type, if (x$within == "halfsample") ", halfsample" else "",
    if (is.null(x$values$weights)) "" else ", weighted", rdd_sizes(x$n_i)), indent = 1)
  shown <- utils::head(x$quantiles, 5)
  columns <- unique(round(seq(1, ncol(shown), length.out = min(5, ncol(shown)))))
  print_coefficients(shown[, columns, drop = FALSE], 4)
  invisible(x)
}

rdd_sizes <- function(n_i) {
  paste(format_count(c(min(n_i), round(stats::median(n_i)), max(n_i))), collapse = " / ")
}
