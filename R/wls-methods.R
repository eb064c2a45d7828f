# Methods of fits.

#' Methods for weighted least-squares fits
#'
#' Standard errors are of type `"HC3"` where outputs have no noise (the points are the
#' only
#' randomness), `"noise"` otherwise; `"lm"` is what `lm(weights = )` reports.
#'
#' @param object,x A fit.
#' @param type `vcov()`, `confint()`: the type of covariance. `residuals()`: `"response"`
#'   or
#'   `"loo"`. `predict()`: `"response"`, `"gradient"` or `"hessian"`.
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
#'   points x inputs x outputs, Hessians: points x inputs x inputs x outputs, without the
#'   last dimension for one), a matrix `fit, lwr, upr` for intervals, or a list
#'   `fit, se.fit`. `vcov()`: a matrix. `tidy()`, `glance()`, `augment()`: data frames.
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
    write_lines("Error: none can be estimated, this is interpolation ",
      "(as many points as functions)")
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
  write_lines(sprintf(
    "Guarantee: surely within %s x the best sup-norm error in this space%s",
    format_number(s$linf, 3), if (is.finite(s$probability)) sprintf(
      "; with probability 95%% within %s x the best L2 error",
      format_number(s$probability, 3)) else ""))
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
  k <- output_number(object, output)
  matrix(vcov_array(object, k, type), object$m,
    dimnames = rep(list(rownames(object$coefficients)), 2))
}

# m x m x outputs `k`, from one factorisation
vcov_array <- function(fit, k, type = NULL) {
  type <- if (is.null(type)) default_vcov(fit) else check_choice(type,
    c("noise", "HC3", "lm"), "type")
  sigma <- if (type == "noise" && fit$noise == "known") fit$sigma[[1]] else NA_real_
  rows <- fit_rows(fit$space, fit_x(fit), fit$weights, fit$scale)
  r <- fit$residuals[, k, drop = FALSE]
  if (type == "noise" && length(rows$down) > 1) {
    # as HC3 with the residuals that have the variance of the noise
    s <- if (is.na(sigma)) rep(fit$sigma[k], each = fit$n) else sigma
    r[] <- s * (1 - fit$leverage)
    type <- "HC3"
  }
  V <- result_of(.Call(C_wls_vcov, rows$phi, rows$w, r * rows$down, type, sigma))
  V[is.nan(V)] <- NA_real_
  array(V, c(fit$m, fit$m, length(k)))
}

# fun(k, V) for every output, V its covariance or NULL where there is none; covariances
# are made for some outputs at a time
each_output <- function(fit, fun) {
  q <- ncol(fit$y)
  some <- max(1, floor(2e7 / fit$m^2))
  out <- vector("list", q)
  for (first in seq(1, q, by = some)) {
    k <- first:min(q, first + some - 1)
    V <- vcov_array(fit, k)
    for (i in seq_along(k)) {
      v <- V[, , i]
      out[[k[[i]]]] <- fun(k[[i]], if (!anyNA(v)) matrix(v, fit$m))
    }
  }
  out
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
  if (missing(parm)) out else out[check_parm(parm, rownames(out)), , drop = FALSE]
}

# not stats::update(), where `f = ` would be taken for `formula.`
#' @export
update.distest_wls <- function(object, ..., evaluate = TRUE) {
  call <- call_with(object$call, match.call(expand.dots = FALSE)$...)
  if (evaluate) eval(call, parent.frame()) else call
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
    cond = x$cond, delta = x$delta, loo = x$loo, loo_corrected = x$loo_corrected,
    q2 = x$q2,
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
