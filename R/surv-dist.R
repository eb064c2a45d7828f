#' The APGW distribution
#'
#' Density, distribution function, quantile function, random numbers, hazard and
#' cumulative hazard of the adapted power generalised Weibull distribution,
#' \deqn{H(t) = \lambda \frac{a}{\kappa}\{(1 + x/a)^\kappa - 1\}, \quad
#'   x = (\phi t)^\gamma, \quad a = \kappa + 1.}
#'
#' `kappa = 1` is Weibull, `0` Burr XII (log-logistic when also `lambda = 1`), `Inf` a
#' Gompertz type (Gompertz when also `gamma = 1`), each exactly. For `kappa` below 0 a
#' fraction \eqn{\exp(-\lambda a / |\kappa|)} is cured: quantiles beyond it and random
#' numbers of the cured are `Inf`. `kappa = -1` is a limit with its own parameters,
#' \eqn{H(t) = \lambda y / (1 + y)} with \eqn{y = (\phi t)^\gamma}.
#'
#' @param x,q Times.
#' @param p Probabilities.
#' @param n Number of draws, or a vector whose length is taken.
#' @param phi Time scale, positive, per unit of time.
#' @param lambda Hazard scale, positive.
#' @param gamma Power, positive.
#' @param kappa Family, at least -1; may be `Inf`.
#' @param log,log.p Give (take) logarithms?
#' @param lower.tail Probabilities of \eqn{T \le q}, or beyond?
#' @return A vector as long as the longest argument. `NaN`, with a warning, where a
#'   parameter is outside its space.
#' @references Burke, K., Jones, M. C. and Noufaily, A. (2020). A flexible parametric
#'   modelling framework for survival analysis. Journal of the Royal Statistical Society
#'   C 69(2), 429-457. arXiv:1901.03212.
#' @seealso [surv_fit()]
#' @examples
#' curve(hapgw(x, gamma = 2, kappa = 0.2), 0, 5, ylab = "hazard")
#' papgw(Inf, kappa = -0.5, lower.tail = FALSE) # the cured fraction
#' @name apgw
NULL

surv_dist <- function(what, flags, x, phi, lambda, gamma, kappa) {
  values <- list(x = x, phi = phi, lambda = lambda, gamma = gamma, kappa = kappa)
  for (name in names(values)) {
    if (!is.numeric(values[[name]]) && !all(is.na(values[[name]]))) {
      bad_argument(name, "must be numeric, not %s.", describe(values[[name]]))
    }
  }
  sizes <- lengths(values)
  if (any(sizes == 0)) {
    return(numeric())
  }
  n <- max(sizes)
  values <- lapply(values, \(v) as.double(if (length(v) == 1) v else rep_len(v, n)))
  values$x <- rep_len(values$x, n)
  out <- result_of(.Call(C_surv_dist, what, flags, values$x, values$phi, values$lambda,
    values$gamma, values$kappa))
  known <- !Reduce(`|`, lapply(values, is.na))
  if (any(is.nan(out) & known)) {
    warning(warningCondition("NaNs produced", class = c("distest_warning_domain",
      "distest_warning"), call = user_call()))
  }
  out[!known] <- NA
  attributes(out) <- if (length(x) == n) attributes(x)
  out
}

flags_of <- function(log, upper) 1L * isTRUE(log) + 2L * isTRUE(upper)

#' @rdname apgw
#' @export
dapgw <- function(x, phi = 1, lambda = 1, gamma = 1, kappa = 1, log = FALSE) {
  surv_dist(0L, flags_of(log, FALSE), x, phi, lambda, gamma, kappa)
}

#' @rdname apgw
#' @export
papgw <- function(q, phi = 1, lambda = 1, gamma = 1, kappa = 1, lower.tail = TRUE,
                  log.p = FALSE) {
  surv_dist(1L, flags_of(log.p, !lower.tail), q, phi, lambda, gamma, kappa)
}

#' @rdname apgw
#' @export
qapgw <- function(p, phi = 1, lambda = 1, gamma = 1, kappa = 1, lower.tail = TRUE,
                  log.p = FALSE) {
  surv_dist(2L, flags_of(log.p, !lower.tail), p, phi, lambda, gamma, kappa)
}

#' @rdname apgw
#' @export
rapgw <- function(n, phi = 1, lambda = 1, gamma = 1, kappa = 1) {
  if (length(n) == 1) n <- check_count(n, "n", at_least = 0) else n <- length(n)
  u <- stats::runif(n)
  surv_dist(2L, 2L, u, rep_len(phi, n), rep_len(lambda, n), rep_len(gamma, n),
    rep_len(kappa, n))
}

#' @rdname apgw
#' @export
hapgw <- function(x, phi = 1, lambda = 1, gamma = 1, kappa = 1, log = FALSE) {
  surv_dist(3L, flags_of(log, FALSE), x, phi, lambda, gamma, kappa)
}

#' @rdname apgw
#' @export
Hapgw <- function(x, phi = 1, lambda = 1, gamma = 1, kappa = 1, log = FALSE) {
  surv_dist(4L, flags_of(log, FALSE), x, phi, lambda, gamma, kappa)
}
