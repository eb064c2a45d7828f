#' Fit from sufficient statistics alone
#'
#' `expfam_moments()` keeps what a fit needs of a chunk of data, `expfam_merge()` puts
#' chunks together, `expfam_fit_moments()` fits.
#'
#' @param x,family,weights As in [expfam_fit()].
#' @param moments From `expfam_moments()` or `expfam_merge()`, or
#'   `list(mean = , n = , cov = )`.
#' @param ... Moments to merge; for `expfam_fit_moments()` nothing more.
#' @param start Starting values, or `NULL`.
#' @param control From [expfam_control()].
#' @return An object of class `distest_expfam_moments`; a `distest_expfam` fit without
#'   data: its risk is available to first order in `trace` and with `truth = "model"`.
#' @examples
#' a <- expfam_moments(precip[1:40], "gamma")
#' b <- expfam_moments(precip[41:70], "gamma")
#' expfam_fit_moments(expfam_merge(a, b), "gamma")
#' @export
expfam_moments <- function(x, family, weights = NULL) {
  data <- expfam_data(x, as_family(family), weights)
  f <- data$family
  out <- result_of(.Call(C_expfam_stats, f, f$p, data$x), map = map_argument)
  w <- data$weights %||% rep(1, nrow(data$x))
  n <- sum(w)
  mean <- colSums(out$xi * w) / n
  centred <- sweep(out$xi, 2, mean)
  structure(list(n = n, mean = stats::setNames(mean, f$stat_names),
    M2 = crossprod(centred * sqrt(w)), base = sum(w * out$logbase), family = f),
  class = "distest_expfam_moments")
}

#' @rdname expfam_moments
#' @export
expfam_merge <- function(...) {
  parts <- list(...)
  if (!length(parts) || !all(vapply(parts, inherits, NA, "distest_expfam_moments"))) {
    bad_argument("...", "must be made by expfam_moments().")
  }
  total <- parts[[1]]
  for (b in parts[-1]) {
    if (!identical(b$family$cname, total$family$cname) ||
      length(b$mean) != length(total$mean)) {
      bad_argument("...", "must be of one family.")
    }
    n <- total$n + b$n
    d <- b$mean - total$mean
    total$M2 <- total$M2 + b$M2 + total$n * b$n / n * tcrossprod(d)
    total$mean <- total$mean + b$n / n * d
    total$base <- total$base + b$base
    total$n <- n
  }
  total
}

#' @export
print.distest_expfam_moments <- function(x, ...) {
  check_dots_empty(...)
  cat(sprintf("Sufficient statistics of %s observations for %s\n", format(x$n),
    x$family$family))
  invisible(x)
}

#' @rdname expfam_moments
#' @export
expfam_fit_moments <- function(moments, family, start = NULL, control = expfam_control(),
  ...) {
  check_dots_empty(...)
  f <- as_family(family)
  if (!is.list(moments) || is.null(moments$mean) || is.null(moments$n)) {
    bad_argument("moments",
      "must be made by expfam_moments(), or be list(mean = , n = ).")
  }
  if (inherits(moments, "distest_expfam_moments")) f <- moments$family
  if (is.null(f$p)) {
    bad_argument("family", "needs its dimension `d` here.")
  }
  mean <- check_numbers(moments$mean, "moments", length = f$p)
  n <- check_number(moments$n, "moments", above = 0)
  out <- result_of(.Call(C_expfam_fit_moments, f, n, matrix(mean), control_set(control),
    start, threads_of(control$threads), progress_of(control$progress)),
  map = c(mean = "moments", n = "moments"))
  cov <- if (!is.null(moments$M2) && n > 1) moments$M2 / (n - 1) else
    moments$cov %||% matrix(NA_real_, f$p, f$p)
  out$theta <- drop(out$theta)
  out$mean <- mean
  out$cov <- cov
  fit <- new_expfam(list(family = f, x = NULL, weights = NULL, dropped = 0L, raw = NULL),
    out,
    "frequency", 0)
  fit$loglik <- fit$loglik + (moments$base %||% 0)
  fit$trace <- sum(diag(solve(fit$G, fit$V)))
  fit$call <- match.call()
  fit
}
