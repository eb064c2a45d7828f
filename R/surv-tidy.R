# Survival fits as data frames.

#' @export
as.data.frame.distest_surv <- function(x, row.names = NULL, optional = FALSE, ...) {
  tidy.distest_surv(x, ...)
}

#' Tidy tables of a survival fit
#'
#' @param x A [surv_fit()].
#' @param conf.int Add Wald limits?
#' @param conf.level Their level.
#' @param exponentiate Give exp(estimate) and exp(limits)? Standard errors stay on the
#'   link
#'   scale.
#' @param data Rows to add to; those of the fit when missing.
#' @param newdata Rows to predict for.
#' @param ... Not used.
#' @return `tidy()`: a row for each coefficient; `glance()`: one row; `augment()`: the
#'   data
#'   with `.fitted` (median survival time), `.se.fit`, and, on the rows of the fit,
#'   `.resid`
#'   (martingale residual) and `.cumhaz` (Cox-Snell residual).
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' fit <- surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
#' tidy(fit, conf.int = TRUE)
#' glance(fit)
#' head(augment(fit))
#' @name surv-tidy
NULL

#' @rdname surv-tidy
#' @export
tidy.distest_surv <- function(x, conf.int = FALSE, conf.level = 0.95,
                              exponentiate = FALSE, ...) {
  check_dots_empty(...)
  b <- x$coefficients
  se <- surv_se(x)
  scale <- if (check_flag(exponentiate, "exponentiate")) exp else identity
  out <- data.frame(
    term = names(b), component = surv_parameter_of(names(b)), estimate = scale(b),
    std.error = se, statistic = b / se, p.value = 2 * stats::pnorm(-abs(b / se)),
    row.names = NULL
  )
  if (check_flag(conf.int, "conf.int")) {
    limits <- confint(x, level = check_level(conf.level, "conf.level"))
    out$conf.low <- unname(scale(limits[, 1]))
    out$conf.high <- unname(scale(limits[, 2]))
  }
  out
}

#' @importFrom stats confint
NULL

#' @rdname surv-tidy
#' @export
glance.distest_surv <- function(x, ...) {
  check_dots_empty(...)
  data.frame(
    nobs = x$nobs, df = x$df, logLik = x$loglik, AIC = stats::AIC(x),
    BIC = stats::BIC(x), converged = x$converged, events = x$nevent,
    boundary = x$boundary, dist = x$dist, effect = x$effect
  )
}

#' @rdname surv-tidy
#' @export
augment.distest_surv <- function(x, data = NULL, newdata = NULL, ...) {
  check_dots_empty(...)
  if (!is.null(newdata)) {
    out <- as.data.frame(newdata)
    median <- predict(x, newdata, type = "quantile", p = 0.5, se.fit = TRUE)
  } else {
    kept <- surv_kept(x)
    out <- if (is.null(data)) as.data.frame(kept$model) else as.data.frame(data)
    if (nrow(out) != x$nrow) {
      bad_argument("data", "has %d rows, but the fit used %d.", nrow(out),
        as.integer(x$nrow))
    }
    median <- predict(x, type = "quantile", p = 0.5, se.fit = TRUE)
    H <- surv_coxsnell(x)
    out$.cumhaz <- H
    out$.resid <- ifelse(x$rows$type >= 2L, NA, (x$rows$type == 1L) - H)
  }
  out$.fitted <- median$estimate
  out$.se.fit <- median$std_error
  rownames(out) <- NULL
  out
}
