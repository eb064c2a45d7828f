#' Statistics of your own
#'
#' A family with any statistics and no formula for its normalising constant, which is
#' computed on a reference measure.
#'
#' @param statistic A function of data (as given to [expfam_fit()]) that returns a matrix
#'   with one row per observation, or `NULL` when data are given as statistics.
#' @param reference The measure: [expfam_ref_grid()], [expfam_ref_sample()],
#'   [expfam_ref_sampler()],
#'   [expfam_ref_interval()] or [expfam_ref_integers()].
#' @param log_base A function giving the log base density of data, or `NULL` for 0. It is
#'   part of densities and of the log-likelihood, and weights the nodes of intervals and
#'   integers.
#' @param names Names of the statistics.
#' @return An object of class `distest_expfam_family`.
#' @examples
#' # exp(theta1 x + theta2 x^2) on [0, 1], an integral nobody tabulates
#' f <- expfam_custom(\(x) cbind(x, x^2), expfam_ref_interval(0, 1))
#' expfam_fit(qbeta(ppoints(50), 2, 3), f)
#' @export
expfam_custom <- function(statistic, reference, log_base = NULL, names = NULL) {
  if (!is.null(statistic) && !is.function(statistic)) {
    bad_argument("statistic", "must be a function or NULL, not %s.", describe(statistic))
  }
  if (!inherits(reference, "distest_expfam_ref")) {
    bad_argument("reference", "must be made by one of the expfam_ref functions.")
  }
  f <- list(family = "custom", cname = "nodes", statistic = statistic,
    log_base = log_base, reference = reference, par = double(), ipar = double())
  if (reference$type == "sampler") {
    return(sampler_family(f, names))
  }
  nodes <- reference_nodes(reference, statistic, log_base, 1)
  f$xi <- nodes$xi
  f$logw <- nodes$logw
  f$finite <- nodes$finite
  f$p <- ncol(f$xi)
  f$d <- f$p
  f$usual <- 0
  f$stat_names <- names %||% statistic_names(f$xi)
  if (length(f$stat_names) != f$p) {
    bad_argument("names", "must have %d entries, not %d.", as.integer(f$p),
      length(f$stat_names))
  }
  class(f) <- "distest_expfam_family"
  f
}

statistic_names <- function(xi) {
  names <- colnames(xi) %||% rep("", ncol(xi))
  ifelse(names == "", paste0("t", seq_len(ncol(xi))), names)
}

# p is the sampler's to say, or the names'
sampler_family <- function(f, names) {
  f[["p"]] <- f$reference$p %||% if (length(names)) length(names)
  if (is.null(f[["p"]])) {
    bad_argument("names", paste(
      "or `p` of expfam_ref_sampler() must say",
      "how many statistics there are."
    ))
  }
  f$d <- f$p
  f$usual <- 0
  f$finite <- FALSE
  f$stat_names <- names %||% paste0("t", seq_len(f$p))
  if (length(f$stat_names) != f$p) {
    bad_argument("names", "must have %d entries, not %d.", as.integer(f$p),
      length(f$stat_names))
  }
  class(f) <- "distest_expfam_family"
  f
}

#' Reference measures for statistics of your own
#'
#' @param statistics A matrix with one row of statistics per node: a finite support, or a
#'   quadrature of your own.
#' @param log_weights Log weights of the nodes.
#' @param finite Whether the nodes are the whole support; existence of the maximum is then
#'   decided on them.
#' @param x A sample from the reference measure; the fit is then a Monte Carlo one.
#' @param lower,upper An interval, finite or not, or two numbers each for a box; data are
#'   then a matrix of two columns.
#' @param from,to Integers; `to` may be `Inf`, when terms are added until they no longer
#'   count at the fitted coefficients.
#' @return An object of class `distest_expfam_ref`.
#' @examples
#' expfam_ref_interval(0, 1)
#' expfam_ref_grid(as.matrix(expand.grid(0:1, 0:1)))
#' @export
expfam_ref_grid <- function(statistics, log_weights = 0, finite = TRUE) {
  statistics <- as.matrix(statistics)
  if (!is.numeric(statistics) || nrow(statistics) < 2) {
    bad_argument("statistics", "must be a numeric matrix with at least two rows.")
  }
  storage.mode(statistics) <- "double"
  new_ref("grid", statistics = statistics, finite = check_flag(finite, "finite"),
    log_weights = rep_len(check_numbers(log_weights, "log_weights"), nrow(statistics)))
}

new_ref <- function(type, ...) {
  structure(list(type = type, ...), class = "distest_expfam_ref")
}

#' @rdname expfam_ref_grid
#' @export
expfam_ref_sample <- function(x, log_weights = 0) {
  new_ref("sample", x = x, log_weights = check_numbers(log_weights, "log_weights"))
}

#' @rdname expfam_ref_grid
#' @param sampler A function `(theta, n, state)` that draws n points from the member
#'   theta:
#'   data as [expfam_fit()] takes them, or `list(x = , state = )` where the state comes
#'   back at the next call of the same chain (`NULL` at first). At `theta` 0 it draws from
#'   the reference measure, a probability. Draws may depend on each other.
#' @param p How many statistics there are; `names` of [expfam_custom()] says it, too.
#' @export
expfam_ref_sampler <- function(sampler, p = NULL) {
  if (!is.function(sampler)) {
    bad_argument("sampler", "must be a function, not %s.", describe(sampler))
  }
  new_ref("sampler", sampler = sampler, p = if (!is.null(p)) check_count(p, "p"))
}

#' @rdname expfam_ref_grid
#' @export
expfam_ref_interval <- function(lower, upper) {
  lower <- check_numbers(lower, "lower")
  upper <- check_numbers(upper, "upper", length = length(lower))
  if (!length(lower) %in% 1:2) {
    bad_argument("lower", "must have one entry, or two for a box.")
  }
  if (any(lower >= upper)) {
    at <- which(lower >= upper)[[1]]
    bad_argument("lower", "must be below `upper`; they are %s and %s.",
      format(lower[[at]]), format(upper[[at]]))
  }
  new_ref("interval", lower = lower, upper = upper)
}

#' @rdname expfam_ref_grid
#' @export
expfam_ref_integers <- function(from, to = Inf) {
  from <- check_number(from, "from")
  to <- check_number(to, "to", above = from, finite = FALSE)
  new_ref("integers", from = from, to = to)
}

#' @export
print.distest_expfam_ref <- function(x, ...) {
  check_dots_empty(...)
  cat(switch(x$type,
    grid = sprintf("Reference measure: %d nodes", nrow(x$statistics)),
    sample = sprintf("Reference measure: a sample of %d", NROW(x$x)),
    sampler = "Reference measure: a sampler",
    interval = paste0("Reference measure: Lebesgue on ",
      paste(sprintf("[%g, %g]", x$lower, x$upper), collapse = " x ")),
    sprintf("Reference measure: integers from %g to %g", x$from, x$to)
  ), "\n", sep = "")
  invisible(x)
}

# `size`: 1, 2, 4, ...: how fine or far
reference_nodes <- function(ref, statistic, log_base, size) {
  if (ref$type == "grid") {
    return(list(xi = ref$statistics, logw = ref$log_weights, finite = ref$finite))
  }
  if (is.null(statistic)) {
    bad_argument("statistic", "must be a function with this reference measure.")
  }
  logw <- 0
  x <- switch(ref$type,
    sample = ref$x,
    integers = as.double(seq(ref$from, min(ref$to, ref$from + 500 * size))),
    interval = {
      rule <- box_rule(ref$lower, ref$upper, size)
      logw <- log(rule$w)
      rule$x
    }
  )
  xi <- user_statistics(statistic, x)
  measure <- logw
  if (!is.null(log_base)) logw <- logw + of_user("log_base", log_base(x))
  if (any(is.nan(logw) | logw == Inf)) {
    bad_argument("log_base", "must be finite or -Inf on the reference measure.")
  }
  if (ref$type == "sample") logw <- ref$log_weights
  logw <- rep_len(as.double(logw), nrow(xi))
  keep <- logw > -Inf
  list(x = if (is.matrix(x)) x[keep, , drop = FALSE] else if (is.null(dim(x))) x[keep],
    measure = rep_len(measure, nrow(xi))[keep], xi = xi[keep, , drop = FALSE],
    logw = logw[keep], finite = ref$type == "sample" || ref$type == "integers" &&
      is.finite(ref$to) && ref$to - ref$from <= 500 * size)
}

# A product rule on a box; columns x1, x2 for two dimensions. Infinite ends by x = sinh t
# or x = end + exp(t - exp(-t)) and the trapezoid rule.
box_rule <- function(lower, upper, size) {
  sides <- lapply(seq_along(lower), \(k) {
    side_rule(lower[[k]], upper[[k]], size, if (length(lower) > 1) 4 else 32)
  })
  if (length(sides) == 1) {
    return(sides[[1]])
  }
  x <- as.matrix(expand.grid(x1 = sides[[1]]$x, x2 = sides[[2]]$x))
  list(x = x, w = as.vector(outer(sides[[1]]$w, sides[[2]]$w)))
}

side_rule <- function(lower, upper, size, panels) {
  if (is.finite(lower) && is.finite(upper)) {
    return(interval_rule(lower, upper, panels * size))
  }
  h <- 0.1 / size
  if (is.finite(lower) || is.finite(upper)) {
    t <- seq(-4, 16, by = h)
    x <- exp(t - exp(-t))
    w <- h * x * (1 + exp(-t))
    return(list(x = if (is.finite(lower)) lower + x else upper - x, w = w))
  }
  t <- seq(-10, 10, by = h)
  list(x = sinh(t), w = h * cosh(t))
}

# nodes and weights on (0, 1), by the eigenvalues of Legendre's Jacobi matrix
gauss16 <- function() {
  k <- seq_len(15)
  b <- k / sqrt(4 * k^2 - 1)
  J <- matrix(0, 16, 16)
  J[cbind(k, k + 1)] <- J[cbind(k + 1, k)] <- b
  e <- eigen(J, symmetric = TRUE)
  list(x = rev(e$values + 1) / 2, w = rev(e$vectors[1, ]^2))
}

# what a function of the user's gives; its error names the argument
of_user <- function(argument, code) {
  tryCatch(code, error = \(e) {
    distest_error("invalid", sprintf("`%s` failed: %s", argument, conditionMessage(e)),
      argument = argument, parent = e)
  })
}

user_statistics <- function(statistic, x) {
  xi <- of_user("statistic", statistic(x))
  xi <- if (is.null(dim(xi))) matrix(xi, NROW(x)) else as.matrix(xi)
  if (!is.numeric(xi) || nrow(xi) != NROW(x)) {
    bad_argument("statistic",
      "must return a numeric matrix of %d rows, not %s of %d rows.",
      NROW(x), class(xi)[[1]], nrow(xi))
  }
  bad <- which(!is.finite(rowSums(xi)))
  if (length(bad)) {
    bad_argument("statistic", "must be finite, but is not at row %d (%d in all).",
      bad[[1]], length(bad), value = bad[[1]])
  }
  storage.mode(xi) <- "double"
  xi
}
