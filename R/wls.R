# The fit and its methods.

#' Weighted least squares from well-chosen points
#'
#' Fits \eqn{\hat f = \sum_j c_j \phi_j}{fhat = sum c_j phi_j} by minimising
#' \eqn{\sum_i w_i (y_i - \phi(x_i)'c)^2}{sum w_i (y_i - phi(x_i)'c)^2}, by QR and for all
#' outputs at once. Points from [wls_sample()] make the fit nearly as good as the best one
#' in the space with about as many points as functions; [wls_certificate()] says how near.
#'
#' @param space From [wls_space()] or its like; or a formula `y ~ x1 + x2`, whose inputs
#'   are
#'   matched to the space's by name, followed by `data` and `space`.
#' @param sample From [wls_sample()] or [wls_as_sample()].
#' @param y The outputs: a vector, or a matrix with a column per output.
#' @param points,weights Points and weights instead of `sample`; see [wls_as_sample()].
#' @param f A function of the points, instead of `y`: it gets a matrix with a row per
#'   point (a vector where there is one input) and returns a vector or matrix. Where a
#'   call for all rows fails it is called row by row; runs that fail are missing.
#' @param noise `"none"`: the only randomness is that of the points, standard errors are
#'   of
#'   type HC3. `"homoscedastic"`: outputs have errors of an unknown variance. `"known"`:
#'   of standard deviation `sigma`.
#' @param sigma Standard deviation of the errors, for `noise = "known"`.
#' @param tol Designs whose smallest singular value is below `tol` times the largest are
#'   an
#'   error.
#' @param na.action [na.fail()], or [na.omit()] to leave out runs whose output is missing
#'   or infinite, with a warning.
#' @param data A data frame, where a formula is used.
#' @param threads,progress See [distest_threads()] and [distest].
#' @return An object of class `distest_wls`: a list with `space`, `coefficients`
#'   (functions x
#'   outputs), `points`, `index`, `weights`, `y`, `fitted`, `residuals`, `leverage`, `n`,
#'   `m`,
#'   `lambda_min`, `lambda_max`, `cond`, `delta`, `loo` (leave-one-out estimate of
#'   \eqn{||f - \hat f||^2}{|f - fhat|^2}), `loo_corrected`, `q2`, `dropped`, `noise`,
#'   `sigma`, `sample`.
#' @references Nouy, A. and Michel, B. (2023). Weighted least-squares approximation with
#'   determinantal point processes and generalized volume sampling. arXiv:2312.14057.
#' @seealso `lm(weights = )`, to which coefficients, `logLik` and `vcov(type = "lm")` are
#'   equal.
#' @examples
#' set.seed(1)
#' space <- wls_space(wls_basis("legendre", 10))
#' design <- wls_sample(space)
#' fit <- wls_fit(space, design, f = function(x) 1 / (1 + 5 * x^2))
#' fit
#' predict(fit, c(-0.5, 0, 0.5))
#' @export
wls_fit <- function(space, sample = NULL, y = NULL, points = NULL, weights = NULL,
  f = NULL,
                    noise = c("none", "homoscedastic",
                      "known"), sigma = NULL, tol = 1e-12,
                    na.action = stats::na.fail, data = NULL,
                    threads = getOption("distest.threads"),
                    progress = getOption("distest.progress", interactive())) {
  call <- match.call()
  if (inherits(space, "formula") || inherits(sample, "formula")) {
    swap <- inherits(space, "formula")
    formula <- if (swap) space else sample
    given <- if (is.null(data)) (if (swap) sample else y) else data
    space <- check_space(if (swap) y else space)
    taken <- formula_points(formula, given, space)
    points <- taken$points
    y <- taken$y
    sample <- NULL
  }
  check_space(space)
  noise <- check_choice(noise, c("none", "homoscedastic", "known"), "noise")
  if (!is.null(sigma) && noise != "known") {
    bad_argument("sigma", "belongs to noise = \"known\".")
  }
  sigma <- if (noise == "known") check_number(sigma, "sigma", above = 0)
  if (is.null(sample)) {
    at <- if (is_finite_space(space) &&
      is.null(space$f)) list(index = points) else list(points = points)
    if (is.null(points)) bad_argument("sample", "must be given, or `points`.")
    if (NROW(points) < space$m) too_few_values(NROW(points), space$m)
    sample <- do.call(wls_as_sample, c(list(space), at, list(weights = weights)))
  } else if (!inherits(sample, "distest_wls_sample")) {
    bad_argument("sample", "must come from wls_sample(), not %s.", describe(sample))
  } else if (!identical(sample$space$d, space$d)) {
    bad_argument("sample", "must have points of the inputs of `space`.")
  }
  if (!is.null(f)) y <- evaluate_target(f, sample_points(sample))
  y <- check_outputs(y, sample$n)
  keep <- usable_rows(y, na.action, space$m, if (!is.null(f)) sample_points(sample))
  w <- sample$weights[keep]
  y <- y[keep, , drop = FALSE]
  x <- sample_x(sample)
  x <- if (is.matrix(x)) x[keep, , drop = FALSE] else x[keep]
  if (length(w) < space$m) too_few_values(length(w), space$m)
  rows <- fit_rows(space, x, w, if (same_space(space, sample$space)) sample$scale[keep])
  out <- result_of(.Call(C_wls_fit, rows$phi, rows$w, y * rows$down,
    check_number(tol, "tol", at_least = 0), threads_of(threads), progress_of(progress)))
  out$fitted <- out$fitted * rows$up
  out$scale <- rows$w
  new_fit(space, sample, x, w, y, out, keep, noise, sigma, call)
}

same_space <- function(a, b) {
  identical(a$basis, b$basis) && identical(a$indices, b$indices)
}

# Rows of the fit. Where features leave the range of doubles they are divided by their
# length: then phi is a unit vector, w its weight times |phi|^2, outputs go `down` and
# fitted values `up` by |phi|. `scale`: w |phi|^2 as the design knows it.
fit_rows <- function(space, x, w, scale = NULL) {
  if (!is_far(space)) {
    return(list(phi = wls_features(space, x), w = w, down = 1, up = 1))
  }
  rows <- result_of(.Call(C_wls_features, space, space_points(space, x), TRUE, 1L, FALSE,
    NULL))
  if (is.null(scale)) scale <- exp(log(w) + rows$logk)
  list(phi = rows$phi, w = scale, down = exp(-rows$logk / 2), up = exp(rows$logk / 2))
}

# may features of this space exceed 1e300 where its designs have points?
is_far <- function(space) {
  !is_finite_space(space) && any(vapply(space$basis,
    \(b) b$type %in% c("hermite", "laguerre") && b$size > 100, NA))
}

sample_points <- function(sample) {
  if (is.null(sample$points)) sample$index else sample$points
}

formula_points <- function(formula, data, space) {
  if (!is.data.frame(data)) {
    bad_argument("data", "must be a data frame, not %s.", describe(data))
  }
  inputs <- all.vars(formula[[3]])
  if (identical(inputs, ".")) inputs <- setdiff(names(data), all.vars(formula[[2]]))
  lost <- setdiff(space$names, inputs)
  if (length(lost)) {
    bad_argument("formula", "lacks the space's %s %s.",
      if (length(lost) == 1) "input" else "inputs", enumerate(lost, quote = "`"))
  }
  extra <- setdiff(inputs, space$names)
  if (length(extra)) {
    bad_argument("formula", "has %s, which the space has not.",
      enumerate(extra, quote = "`"))
  }
  calls <- setdiff(all.names(formula[[3]]), c(inputs, "+", "."))
  if (length(calls)) {
    bad_argument("formula",
      "must name inputs, joined by `+`, not use `%s`: put what it makes into `data`.",
      calls[[1]])
  }
  lost <- setdiff(setdiff(inputs, "."), names(data))
  if (length(lost)) bad_argument("data", "lacks %s.", enumerate(lost, quote = "`"))
  y <- tryCatch(eval(formula[[2]], data, environment(formula)), error = \(e) {
    bad_argument("formula", "has a left-hand side that cannot be evaluated: %s.",
      conditionMessage(e))
  })
  list(points = check_points(data[space$names], "data"), y = y)
}

# The user's function at points: all rows at once, a vector where there is one input.
call_target <- function(f, x, argument = "f") {
  if (!is.function(f)) bad_argument(argument, "must be a function, not %s.", describe(f))
  n <- NROW(x)
  y <- f(if (is.matrix(x) && ncol(x) == 1) x[, 1] else x)
  if (is.data.frame(y)) y <- as.matrix(y)
  if (!is.numeric(y) || NROW(y) != n) {
    bad_argument(argument, "must return %s (a vector or matrix rows), not %s.",
      count_text(n, "value"), if (is.numeric(y)) paste(NROW(y)) else describe(y))
  }
  y
}

# The outputs at points; row by row where a call for all rows fails or has the wrong
# shape, so that one bad run costs no other: its output is NA.
evaluate_target <- function(f, x, argument = "f") {
  rows_of <- \(i) if (is.matrix(x)) x[i, , drop = FALSE] else x[i]
  one <- \(i) tryCatch(check_outputs(call_target(f, rows_of(i), argument), length(i)),
    error = identity)
  n <- NROW(x)
  all <- one(seq_len(n))
  if (!inherits(all, "error")) {
    return(all)
  }
  rows <- if (n > 1) lapply(seq_len(n), one) else list(all)
  good <- which(!vapply(rows, inherits, NA, "error"))
  if (!length(good)) {
    if (inherits(all, "distest_error")) stop(all)
    distest_error("invalid", sprintf("`%s` failed at every point: %s.", argument,
      sub("[.[:space:]]*$", "", conditionMessage(all))), argument = argument,
    parent = all)
  }
  q <- vapply(rows[good], ncol, 0L)
  usual <- as.integer(names(which.max(table(q))))
  good <- good[q == usual]
  y <- matrix(NA_real_, n, usual, dimnames = list(NULL, colnames(rows[[good[[1]]]])))
  for (i in good) y[i, ] <- rows[[i]]
  y
}

check_outputs <- function(y, n) {
  if (is.data.frame(y)) y <- as.matrix(y)
  if (!is.numeric(y)) bad_argument("y", "must be numeric, not %s.", describe(y))
  if (is.null(dim(y))) y <- matrix(y, ncol = 1)
  if (nrow(y) != n) bad_argument("y", "must have %d values, one per point, not %d.",
    as.integer(n), nrow(y))
  storage.mode(y) <- "double"
  y
}

too_few_values <- function(n, m, ...) {
  distest_error("invalid", sprintf(
    "`y` has %s; a space of dimension %d needs at least as many.",
    count_text(n, "usable value"), as.integer(m)), argument = "y", ...)
}

# `points` of runs that have just been made go with the error: none of them is lost
usable_rows <- function(y, na.action, m, points = NULL) {
  bad <- which(rowSums(!is.finite(y)) > 0)
  if (!length(bad)) {
    return(seq_len(nrow(y)))
  }
  omits <- list(stats::na.omit, stats::na.exclude, "na.omit", "na.exclude")
  if (!any(vapply(omits, identical, NA, na.action))) {
    distest_error("invalid", paste0("`y` must be finite, but is not in ", name_rows(bad),
      ". na.action = na.omit leaves such runs out",
      if (is.null(points)) "." else "; the condition has all runs as `points` and `y`."),
    argument = "y", value = bad, points = points, y = y)
  }
  if (nrow(y) - length(bad) >= m) {
    distest_warning("dropped", sprintf("%s without a finite output %s left out: %s.",
      count_text(length(bad), "run"), if (length(bad) == 1) "was" else "were",
      name_rows(bad)), argument = "y", value = bad)
  } else {
    too_few_values(nrow(y) - length(bad), m, points = points, y = y)
  }
  setdiff(seq_len(nrow(y)), bad)
}

new_fit <- function(space, sample, x, w, y, out, keep, noise, sigma, call) {
  n <- length(w)
  m <- space$m
  diag <- out$diag
  r <- if (n == m) y * 0 else y - out$fitted
  fitted <- y - r
  errors <- result_of(.Call(C_wls_loo, m, w, r, out$leverage, y, diag[[7]]))
  coefficients <- out$coef
  dimnames(coefficients) <- list(space_terms(space), colnames(y))
  high <- which(out$leverage > 1 - 1e-12)
  if (length(high) && n > m) {
    distest_warning("approximation", sprintf(
      paste("Leave-one-out errors are NA: the fit passes through the %s in %s whatever",
        "the output."),
      if (length(high) ==
        1) "point" else "points", name_rows(keep[high])), value = keep[high])
  }
  if (diag[[3]] > 1e8) {
    distest_warning("conditioning", sprintf(
      "The design is badly conditioned (condition number %.2g): few digits are left.",
      diag[[3]]))
  }
  na <- \(v) ifelse(is.nan(v), NA_real_, v)
  structure(
    list(space = space, coefficients = coefficients,
      points = if (is.matrix(x)) x, index = if (!is.matrix(x)) x, weights = w, y = y,
      fitted = fitted, residuals = r, leverage = out$leverage, n = n, m = m,
      lambda_min = diag[[1]], lambda_max = diag[[2]], cond = diag[[3]], delta = diag[[4]],
      loo = na(errors$loo), loo_corrected = na(errors$corrected), q2 = na(errors$q2),
      dropped = setdiff(seq_len(sample$n), keep), noise = noise,
      sigma = if (is.null(sigma)) residual_sigma(r, n, m) else rep(sigma, ncol(y)),
      sample = sample[setdiff(names(sample), c("space", "points", "index", "weights",
        "scale"))],
      scale = if (is_far(space)) out$scale, call = call, version = version_string()),
    class = "distest_wls"
  )
}

residual_sigma <- function(r, n, m) {
  if (n > m) sqrt(colSums(r^2) / (n - m)) else rep(NA_real_, ncol(r))
}

fit_x <- function(fit) if (is.null(fit$points)) fit$index else fit$points
fit_features <- function(fit) wls_features(fit$space, fit_x(fit))
one_output <- function(fit, x) {
  if (ncol(fit$y) == 1) stats::setNames(x[, 1], rownames(x)) else x
}
output_names <- function(fit) {
  if (is.null(colnames(fit$y))) paste0("y", seq_len(ncol(fit$y))) else colnames(fit$y)
}
