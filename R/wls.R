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
#'   point (a vector where there is one input) and returns a vector or matrix.
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
  sigma <- if (noise == "known") check_number(sigma, "sigma", above = 0)
  if (is.null(sample)) {
    at <- if (is_finite_space(space) &&
      is.null(space$f)) list(index = points) else list(points = points)
    if (is.null(points)) bad_argument("sample", "must be given, or `points`.")
    sample <- do.call(wls_as_sample, c(list(space), at, list(weights = weights)))
  } else if (!inherits(sample, "distest_wls_sample")) {
    bad_argument("sample", "must come from wls_sample(), not %s.", describe(sample))
  }
  if (!is.null(f)) y <- call_target(f, sample_points(sample))
  y <- check_outputs(y, sample$n)
  keep <- usable_rows(y, na.action, space$m)
  w <- sample$weights[keep]
  y <- y[keep, , drop = FALSE]
  x <- sample_x(sample)
  x <- if (is.matrix(x)) x[keep, , drop = FALSE] else x[keep]
  if (length(w) < space$m) {
    bad_argument("y", "has %s; a space of dimension %d needs at least as many.",
      count_text(length(w), "usable value"), as.integer(space$m))
  }
  phi <- wls_features(space, x)
  out <- result_of(.Call(C_wls_fit, phi, w, y, check_number(tol, "tol"),
    threads_of(threads),
    progress_of(progress)))
  new_fit(space, sample, x, w, y, phi, out, keep, noise, sigma, call)
}

sample_points <- function(sample) {
  if (is.null(sample$points)) sample$index else sample$points
}

formula_points <- function(formula, data, space) {
  if (!is.data.frame(data)) bad_argument("data", "must be a data frame, not %s.",
    describe(data))
  y <- eval(formula[[2]], data, environment(formula))
  inputs <- all.vars(formula[[3]])
  if (identical(inputs, ".")) inputs <- setdiff(names(data), all.vars(formula[[2]]))
  lost <- setdiff(space$names, inputs)
  if (length(lost)) {
    bad_argument("formula", "lacks the space's %s %s.",
      if (length(lost) == 1) "input" else "inputs", enumerate(lost, quote = "`"))
  }
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

check_outputs <- function(y, n) {
  if (is.data.frame(y)) y <- as.matrix(y)
  if (!is.numeric(y)) bad_argument("y", "must be numeric, not %s.", describe(y))
  if (is.null(dim(y))) y <- matrix(y, ncol = 1)
  if (nrow(y) != n) bad_argument("y", "must have %d values, one per point, not %d.",
    as.integer(n), nrow(y))
  storage.mode(y) <- "double"
  y
}

usable_rows <- function(y, na.action, m) {
  bad <- which(rowSums(!is.finite(y)) > 0)
  if (!length(bad)) {
    return(seq_len(nrow(y)))
  }
  omit <- identical(na.action, stats::na.omit) || identical(na.action,
    stats::na.exclude) ||
    identical(na.action, "na.omit") || identical(na.action, "na.exclude")
  if (!omit) {
    bad_argument("y",
      "must be finite, but is not in %s. na.action = na.omit leaves such runs out.",
      name_rows(bad), value = bad)
  }
  if (nrow(y) - length(bad) >= m) {
    distest_warning("dropped", sprintf("%s without a finite output %s left out: %s.",
      count_text(length(bad), "run"), if (length(bad) ==
        1) "was" else "were", name_rows(bad)),
      argument = "y", value = bad)
  }
  setdiff(seq_len(nrow(y)), bad)
}

new_fit <- function(space, sample, x, w, y, phi, out, keep, noise, sigma, call) {
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
      "Leave-one-out errors are NA: the fit passes through the %s in %s whatever the output.",
      if (length(high) ==
        1) "point" else "points", name_rows(keep[high])), value = keep[high])
  }
  if (diag[[3]] > 1e8) {
    distest_warning("conditioning", sprintf(
      "The design is badly conditioned (condition number %.2g): few digits are left.", diag[[3]]))
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
      sample = sample[setdiff(names(sample), c("space", "points", "index", "weights"))],
      call = call, version = version_string()),
    class = "distest_wls"
  )
}

residual_sigma <- function(r, n,
  m) if (n > m) sqrt(colSums(r^2) / (n - m)) else rep(NA_real_, ncol(r))

fit_x <- function(fit) if (is.null(fit$points)) fit$index else fit$points
fit_features <- function(fit) wls_features(fit$space, fit_x(fit))
one_output <- function(fit, x) if (ncol(fit$y) == 1) stats::setNames(x[, 1],
  rownames(x)) else x
output_names <- function(fit) {
  if (is.null(colnames(fit$y))) paste0("y", seq_len(ncol(fit$y))) else colnames(fit$y)
}

#' Methods for weighted least-squares fits
#'
#' Standard errors are of type `"HC3"` where outputs have no noise (the points are the
#' only
#' randomness), `"noise"` otherwise; `"lm"` is what `lm(weights = )` reports.
#'
#' @param object,x A fit.
#' @param type `vcov()`, `confint()`: the type of covariance. `residuals()`: `"response"`
#'   or
#'   `"loo"`. `predict()`: `"response"` or `"gradient"`.
#' @param output Number or name of the output, where there are several.
#' @param parm Names or numbers of coefficients.
#' @param level Confidence level.
#' @param newdata Points; row numbers for a finite space. Missing: the fitted values.
#' @param se.fit Also standard errors?
#' @param interval `"none"` or `"confidence"`.
#' @param threads,progress See [distest_threads()] and [distest].
#' @param conf.int,conf.level For `tidy()`.
#' @param data,... Unused.
#' @param nsim,seed As in [stats::simulate()]; needs noise.
#' @param digits Significant digits.
#' @return `predict()`: a vector (a matrix with several outputs; gradients: an array
#'   points x
#'   inputs x outputs, without the last dimension for one), a matrix `fit, lwr, upr` for
#'   intervals, or a list `fit, se.fit`. `vcov()`: a matrix. `tidy()`, `glance()`,
#'   `augment()`:
#'   data frames.
#' @examples
#' set.seed(1)
#' space <- wls_space(wls_basis("legendre", 5))
#' fit <- wls_fit(space, wls_sample(space), f = exp)
#' summary(fit)
#' predict(fit, 0.3, se.fit = TRUE)
#' glance(fit)
#' @name wls_methods
NULL

#' @rdname wls_methods
#' @export
print.distest_wls <- function(x, digits = number_digits(), ...) {
  write_lines(sprintf("Weighted least-squares fit, m = %s, n = %s (%s)%s",
    space_text(x$space),
    count_text(x$n, "point"), x$sample$method,
    if (ncol(x$y) > 1) sprintf(", %d outputs", ncol(x$y)) else ""))
  write_lines(sprintf("Conditioning: lambda_min %s  lambda_max %s  cond %s",
    format_number(x$lambda_min, 3), format_number(x$lambda_max, 3), format_number(x$cond,
      3)))
  if (length(x$dropped)) write_lines(count_text(length(x$dropped), "run"),
    " without a finite output left out")
  if (x$n == x$m) {
    write_lines("Error: none can be estimated, this is interpolation (as many points as functions)")
  } else if (ncol(x$y) == 1) {
    size <- sqrt(mean(x$weights * x$y^2))
    write_lines(sprintf("Error: LOO %s (relative %s), corrected %s, Q2 %s",
      format_number(sqrt(x$loo), 3), format_number(sqrt(x$loo) / size, 2),
      format_number(sqrt(x$loo_corrected), 3), format(x$q2, digits = 8)))
  } else {
    write_lines(sprintf("Error: Q2 from %s to %s", format(min(x$q2), digits = 4),
      format(max(x$q2), digits = 4)))
  }
  s <- certificate_numbers(x, 0.05)
  write_lines(sprintf("Guarantee: surely within %s x the best sup-norm error in this space; with probability 95%% within %s x the best L2 error",
    format_number(s$linf, 3), format_number(s$probability, 3)))
  if (length(s$notes)) write_lines("Note: ", s$notes)
  invisible(x)
}

#' @rdname wls_methods
#' @export
summary.distest_wls <- function(object, ...) {
  check_dots_empty(...)
  structure(list(fit = object, certificate = wls_certificate(object),
    coefficients = tidy.distest_wls(object)), class = "summary.distest_wls")
}

#' @export
print.summary.distest_wls <- function(x, digits = number_digits(), ...) {
  print(x$fit, digits = digits)
  cat("\nLargest coefficients:\n")
  top <- utils::head(x$coefficients[order(-abs(x$coefficients$estimate)), ], 10)
  top[c("estimate", "std.error")] <- lapply(top[c("estimate", "std.error")], signif,
    digits)
  print(top, row.names = FALSE)
  cat("\n")
  print(x$certificate)
  invisible(x)
}

#' @rdname wls_methods
#' @export
coef.distest_wls <- function(object, ...) one_output(object, object$coefficients)

output_number <- function(fit, output) {
  if (is.character(output)) output <- match(output, output_names(fit))
  if (length(output) != 1 || is.na(output) || !output %in% seq_len(ncol(fit$y))) {
    bad_argument("output", "must be one of the fit's %d outputs.", ncol(fit$y))
  }
  output
}

default_vcov <- function(fit) if (fit$noise == "none") "HC3" else "noise"

#' @rdname wls_methods
#' @export
vcov.distest_wls <- function(object, type = NULL, output = 1L, ...) {
  check_dots_empty(...)
  type <- if (is.null(type)) default_vcov(object) else check_choice(type,
    c("noise", "HC3", "lm"), "type")
  k <- output_number(object, output)
  sigma <- if (type == "noise" && object$noise == "known") object$sigma[[k]] else NA_real_
  V <- result_of(.Call(C_wls_vcov, fit_features(object), object$weights,
    object$residuals[, k], type, sigma))
  V[is.nan(V)] <- NA_real_
  dimnames(V) <- rep(list(rownames(object$coefficients)), 2)
  V
}

standard_errors <- function(fit, k, type = NULL) sqrt(pmax(diag(vcov(fit, type, k)), 0))

#' @rdname wls_methods
#' @export
confint.distest_wls <- function(object, parm, level = 0.95, type = NULL, output = 1L,
  ...) {
  check_dots_empty(...)
  level <- check_level(level)
  k <- output_number(object, output)
  estimate <- object$coefficients[, k]
  se <- standard_errors(object, k, type)
  df <- if (object$n > object$m) object$n - object$m else Inf
  t <- stats::qt((1 + level) / 2, df)
  out <- cbind(estimate - t * se, estimate + t * se)
  dimnames(out) <- list(rownames(object$coefficients),
    paste(format(100 * c(1 - level, 1 + level) / 2, trim = TRUE, digits = 3), "%"))
  if (missing(parm)) out else out[parm, , drop = FALSE]
}

# Warns once about points outside the support; periodic functions have none.
warn_extrapolation <- function(space, x) {
  outside <- rep(FALSE, nrow(x))
  for (k in seq_along(space$basis)) {
    b <- space$basis[[k]]
    if (b$type != "fourier") outside <- outside | x[, k] < b$low | x[, k] > b$high
  }
  if (any(outside)) {
    distest_warning("extrapolation",
      sprintf("%s of `newdata` %s outside the support: %s.",
      count_text(sum(outside), "point"), if (sum(outside) == 1) "lies" else "lie",
      name_rows(which(outside))), argument = "newdata", value = which(outside))
  }
}

#' @rdname wls_methods
#' @export
predict.distest_wls <- function(object, newdata, type = c("response", "gradient"),
                                se.fit = FALSE, interval = c("none", "confidence"),
                                level = 0.95, threads = getOption("distest.threads"),
                                progress = getOption("distest.progress",
                                  interactive()), ...) {
  check_dots_empty(...)
  check_version(object)
  type <- check_choice(type, c("response", "gradient"), "type")
  interval <- check_choice(interval, c("none", "confidence"), "interval")
  level <- check_level(level)
  check_flag(se.fit, "se.fit")
  space <- object$space
  x <- space_points(space, if (missing(newdata)) fit_x(object) else newdata, "newdata")
  warn_extrapolation(space, x)
  q <- ncol(object$y)
  gradient <- type == "gradient"
  errors <- !gradient && (se.fit || interval != "none")
  V <- if (errors) vapply(seq_len(q), \(k) vcov(object, output = k),
    matrix(0, object$m, object$m))
  if (!is.null(space$f)) {
    if (gradient) unsupported("predict", object, "gradients need wls_space()")
    phi <- wls_features(space, x)
    out <- list(fit = phi %*% object$coefficients, se = if (errors) {
      vapply(seq_len(q), \(k) sqrt(pmax(rowSums((phi %*% V[, , k]) * phi), 0)),
        numeric(nrow(x)))
    })
    if (errors) out$se <- matrix(out$se, nrow(x))
  } else {
    out <- result_of(.Call(C_wls_predict, space, object$coefficients, V, x, gradient,
      threads_of(threads), progress_of(progress)))
  }
  if (gradient) {
    g <- array(out$grad, c(nrow(x), space$d, q),
      list(NULL, space$names, if (q > 1) output_names(object)))
    return(if (q == 1) matrix(g, nrow(x), dimnames = list(NULL, space$names)) else g)
  }
  shape <- \(v) {
    v[is.nan(v)] <- NA_real_
    if (q == 1) as.vector(v) else structure(v,
      dimnames = list(NULL, output_names(object)))
  }
  value <- shape(out$fit)
  if (!errors) {
    return(value)
  }
  se <- shape(out$se)
  if (interval == "confidence") {
    t <- stats::qt((1 + level) / 2, if (object$n > object$m) object$n - object$m else Inf)
    if (q > 1) unsupported("predict", object,
      "intervals of several outputs come from se.fit = TRUE")
    value <- cbind(fit = value, lwr = value - t * se, upr = value + t * se)
  }
  if (se.fit) list(fit = value, se.fit = se) else value
}

#' @rdname wls_methods
#' @export
residuals.distest_wls <- function(object, type = c("response", "loo"), ...) {
  type <- check_choice(type, c("response", "loo"), "type")
  r <- object$residuals
  if (type == "loo") r <- if (object$n ==
    object$m) r * NA_real_ else r / (1 - object$leverage)
  if (ncol(r) == 1) r[, 1] else r
}

#' @rdname wls_methods
#' @export
fitted.distest_wls <- function(object, ...) {
  if (ncol(object$y) == 1) object$fitted[, 1] else object$fitted
}

#' @rdname wls_methods
#' @importFrom stats hatvalues
#' @export
hatvalues.distest_wls <- function(model, ...) model$leverage

#' @rdname wls_methods
#' @param model A fit.
#' @importFrom stats deviance
#' @export
deviance.distest_wls <- function(object, ...) colSums(object$weights * object$residuals^2)

#' @rdname wls_methods
#' @export
weights.distest_wls <- function(object, ...) object$weights

#' @rdname wls_methods
#' @export
nobs.distest_wls <- function(object, ...) object$n

#' @rdname wls_methods
#' @export
df.residual.distest_wls <- function(object, ...) object$n - object$m

#' @rdname wls_methods
#' @importFrom stats logLik
#' @export
logLik.distest_wls <- function(object, ...) {
  n <- object$n
  rss <- deviance(object)
  value <- 0.5 * (sum(log(object$weights)) - n * (log(2 * pi) - log(n) + 1 + log(rss)))
  structure(value, df = object$m + 1, nobs = n, class = "logLik")
}

#' @rdname wls_methods
#' @importFrom stats simulate
#' @export
simulate.distest_wls <- function(object, nsim = 1, seed = NULL, ...) {
  if (object$noise == "none") {
    unsupported("simulate", object,
      "there is no noise to simulate; fit with noise = \"homoscedastic\"")
  }
  if (ncol(object$y) > 1) unsupported("simulate", object, "simulate one output at a time")
  state <- simulate_seed(seed)
  draw <- \() object$fitted[, 1] + stats::rnorm(object$n, 0, object$sigma[[1]])
  out <- with_seed(seed, as.data.frame(replicate(check_count(nsim, "nsim"), draw())))
  names(out) <- paste0("sim_", seq_along(out))
  structure(out, seed = state)
}

#' @rdname wls_methods
#' @export
tidy.distest_wls <- function(x, conf.int = FALSE, conf.level = 0.95, ...) {
  check_dots_empty(...)
  one <- \(k) {
    se <- standard_errors(x, k)
    statistic <- x$coefficients[, k] / se
    df <- if (x$n > x$m) x$n - x$m else Inf
    out <- data.frame(term = rownames(x$coefficients),
      estimate = unname(x$coefficients[, k]),
      std.error = unname(se), statistic = unname(statistic),
      p.value = unname(2 * stats::pt(-abs(statistic), df)))
    if (ncol(x$y) > 1) out <- cbind(response = output_names(x)[[k]], out)
    if (conf.int) {
      ci <- confint(x, level = conf.level, output = k)
      out$conf.low <- unname(ci[, 1])
      out$conf.high <- unname(ci[, 2])
    }
    out
  }
  out <- do.call(rbind, lapply(seq_len(ncol(x$y)), one))
  row.names(out) <- NULL
  out
}

#' @rdname wls_methods
#' @export
glance.distest_wls <- function(x, ...) {
  check_dots_empty(...)
  ll <- as.numeric(logLik(x))
  data.frame(nobs = x$n, n = x$n, m = x$m, lambda_min = x$lambda_min,
    lambda_max = x$lambda_max,
    cond = x$cond, delta = x$delta, loo = x$loo, loo_corrected = x$loo_corrected, q2 = x$q2,
    sigma = x$sigma, logLik = ll, AIC = -2 * ll + 2 * (x$m + 1),
    BIC = -2 * ll + log(x$n) * (x$m + 1), row.names = NULL)
}

#' @rdname wls_methods
#' @export
augment.distest_wls <- function(x, data = NULL, newdata = NULL, ...) {
  check_dots_empty(...)
  if (!is.null(newdata)) {
    base <- as.data.frame(newdata)
    p <- predict(x, newdata, se.fit = TRUE)
    return(cbind(base, data.frame(.fitted = p$fit, .se.fit = p$se.fit)))
  }
  if (ncol(x$y) > 1) unsupported("augment", x,
    "use residuals() and fitted() for several outputs")
  base <- if (is.null(x$points)) data.frame(.row = x$index) else as.data.frame(x$points)
  names(base) <- if (is.null(x$points)) ".row" else x$space$names
  cbind(base, data.frame(.weight = x$weights, .y = x$y[, 1], .fitted = x$fitted[, 1],
    .resid = x$residuals[, 1], .hat = x$leverage, .loo.resid = residuals(x, "loo")))
}

#' @export
as.data.frame.distest_wls <- function(x, ...) tidy(x)
