# Predictions.

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
predict.distest_wls <- function(object, newdata,
                                type = c("response", "gradient", "hessian"),
                                se.fit = FALSE, interval = c("none", "confidence"),
                                level = 0.95, threads = getOption("distest.threads"),
                                progress = getOption("distest.progress",
                                  interactive()), ...) {
  check_dots_empty(...)
  check_version(object)
  type <- check_choice(type, c("response", "gradient", "hessian"), "type")
  interval <- check_choice(interval, c("none", "confidence"), "interval")
  level <- check_level(level)
  check_flag(se.fit, "se.fit")
  space <- object$space
  x <- space_points(space, if (missing(newdata)) fit_x(object) else newdata, "newdata")
  warn_extrapolation(space, x)
  q <- ncol(object$y)
  if (type == "hessian") {
    return(second_derivatives(object, x, threads, progress))
  }
  gradient <- type == "gradient"
  errors <- !gradient && (se.fit || interval != "none")
  out <- predict_rows(object, x, gradient, errors, threads, progress)
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

# n x d x d, and a slice per output where there are several
second_derivatives <- function(object, x, threads, progress) {
  space <- object$space
  if (is_finite_space(space) || !is.null(space$f)) {
    unsupported("predict", object, "second derivatives need wls_space()")
  }
  q <- ncol(object$y)
  h <- result_of(.Call(C_wls_hessian, space, object$coefficients, x, threads_of(threads),
    progress_of(progress)))
  h[is.nan(h)] <- NA_real_
  names <- list(NULL, space$names, space$names, if (q > 1) output_names(object))
  keep <- seq_len(if (q > 1) 4 else 3)
  array(h, c(nrow(x), space$d, space$d, q)[keep], names[keep])
}

# list(fit, se, grad) at points as C wants them; covariances of some outputs at a time
predict_rows <- function(object, x, gradient, errors, threads, progress) {
  space <- object$space
  outside <- !is.null(space$f) || !is.null(space$rows_of) || is_far(space)
  if (gradient && (is_finite_space(space) || !is.null(space$f))) {
    unsupported("predict", object, "gradients need wls_space()")
  }
  if (outside && !gradient) {
    rows <- fit_rows(space, if (is.null(space$rows_of)) x else x[, 1] + 1,
      rep(1, nrow(x)))
    out <- list(fit = (rows$phi %*% object$coefficients) * rows$up)
    if (errors) {
      out$se <- do.call(cbind, each_output(object, \(k, V) {
        if (is.null(V)) return(rep(NA_real_, nrow(x)))
        sqrt(pmax(rowSums((rows$phi %*% V) * rows$phi), 0)) * rows$up
      }))
    }
    return(out)
  }
  call <- \(k, V) result_of(.Call(C_wls_predict, space,
    object$coefficients[, k, drop = FALSE], V, x, gradient, threads_of(threads),
    progress_of(progress)))
  q <- ncol(object$y)
  if (!errors) {
    return(call(seq_len(q), NULL))
  }
  some <- max(1, floor(2e7 / object$m^2))
  parts <- lapply(split(seq_len(q), (seq_len(q) - 1) %/% some),
    \(k) call(k, vcov_array(object, k)))
  list(fit = do.call(cbind, lapply(parts, \(p) p$fit)),
    se = do.call(cbind, lapply(parts, \(p) p$se)))
}
