# Draws from a fit, and tests between fits.

#' Simulated times from a survival fit
#'
#' Times are drawn by inversion, given survival to the row's time of entry where it has
#' one. A cured subject has the time `Inf`.
#'
#' @param object A [surv_fit()].
#' @param nsim Number of replicates.
#' @param seed `NULL` to go on with R's stream of random numbers, or a whole number; then
#'   the stream is left as it was.
#' @param newdata Rows to simulate; those of the fit when missing.
#' @param censor `NULL` for times alone, or censoring times, one or one for each row: then
#'   the columns are right-censored [survival::Surv()] objects.
#' @param ... Not used.
#' @return A data frame with columns `sim_1`, `sim_2`, ... and attribute `seed`, as
#'   [stats::simulate()] has it.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' fit <- surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
#' sim <- simulate(fit, nsim = 2, seed = 1)
#' # a parametric bootstrap: fit the same model to simulated data
#' again <- simulate(fit, seed = 2, censor = 365)
#' coef(surv_fit(again$sim_1 ~ karno, survival::veteran))
#' @importFrom stats simulate
#' @export
simulate.distest_surv <- function(object, nsim = 1, seed = NULL, newdata = NULL,
                                  censor = NULL, ...) {
  check_dots_empty(...)
  nsim <- check_count(nsim, "nsim")
  designs <- surv_designs(object, newdata)
  m <- attr(designs, "rows")
  if (!is.null(censor)) {
    check_package("survival", "`censor`")
    censor <- check_numbers(censor, "censor")
    if (!length(censor) %in% c(1, m)) {
      bad_argument("censor", "must have 1 entry or %d, not %d.", m, length(censor))
    }
    if (any(censor <= 0)) {
      bad_argument("censor", "must be positive, but is not at %s.",
        name_rows(which(censor <= 0)), kind = "domain")
    }
  }
  alive <- rep(1, m)
  entry <- if (is.null(newdata)) surv_kept(object)$rows$entry
  if (!is.null(entry)) {
    alive <- exp(-surv_call_predict(object, 1L, designs, m, matrix(entry), NULL, 0.95,
      FALSE)$estimate[, 1])
  }
  state <- simulate_seed(seed)
  u <- with_seed(seed, stats::runif(m * nsim))
  p <- pmin(1 - u * alive, 1 - .Machine$double.neg.eps)
  times <- surv_call_predict(object, 4L, designs, m, matrix(p, m), NULL, 0.95,
    FALSE)$estimate
  out <- lapply(seq_len(nsim), \(b) surv_censored(times[, b], censor))
  names(out) <- paste0("sim_", seq_len(nsim))
  structure(out, class = "data.frame", row.names = seq_len(m), seed = state)
}

surv_censored <- function(time, censor) {
  if (is.null(censor)) {
    return(time)
  }
  survival::Surv(pmin(time, censor), as.numeric(time <= censor))
}

#' Compare survival fits
#'
#' Likelihood-ratio tests between nested fits to the same data, smallest first. Fits that
#' are not nested are listed without tests; compare their AIC.
#'
#' @param object,... Two or more fits of [surv_fit()].
#' @return A data frame of class `anova` with a row for each fit: degrees of freedom,
#'   log-likelihood, AIC, and for each fit that contains the one above it twice the
#'   difference of log-likelihoods, its degrees of freedom and p-value. Where the smaller
#'   fit, or the estimate of the larger, is on the boundary of kappa the chi-squared
#'   reference is wrong (mostly too large a p-value) and a warning says so.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' small <- surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
#' large <- update(small, gamma = ~karno)
#' anova(small, large)
#' @importFrom stats anova
#' @export
anova.distest_surv <- function(object, ...) {
  fits <- list(object, ...)
  other <- which(!vapply(fits, inherits, NA, "distest_surv"))
  if (length(other)) {
    bad_argument("...", "must be fits of surv_fit(), but number %d is %s.", other[[1]],
      describe(fits[[other[[1]]]]))
  }
  if (length(fits) < 2) {
    distest_error("unsupported", paste(
      "anova() compares fits: give two or more. summary() has the Wald tests of one."
    ), argument = "object")
  }
  same <- vapply(fits, \(f) identical(f[c("nobs", "nevent", "nrow")],
    object[c("nobs", "nevent", "nrow")]), NA)
  if (!all(same)) {
    bad_argument("...", "must be fits to the same data, but number %d has %s.",
      which(!same)[[1]], count_text(fits[[which(!same)[[1]]]]$nrow, "row"))
  }
  fits <- fits[order(vapply(fits, `[[`, 0, "df"))]
  k <- length(fits)
  df <- vapply(fits, `[[`, 0, "df")
  loglik <- vapply(fits, `[[`, 0, "loglik")
  nested <- c(FALSE, vapply(seq_len(k)[-1], \(i) surv_nested(fits[[i - 1]], fits[[i]]),
    NA))
  chisq <- ifelse(nested, c(NA, pmax(2 * diff(loglik), 0)), NA)
  steps <- ifelse(nested, c(NA, diff(df)), NA)
  surv_warn_boundary(fits, nested)
  table <- data.frame(Df = df, logLik = loglik, AIC = 2 * df - 2 * loglik, Chisq = chisq,
    `Chi Df` = steps, `Pr(>Chisq)` = stats::pchisq(chisq, steps, lower.tail = FALSE),
    check.names = FALSE)
  models <- vapply(fits, \(f) paste(deparse(f$call, 500), collapse = " "), "")
  heading <- c("Likelihood-ratio tests\n",
    paste0(strtrim(paste0(seq_len(k), ": ", models), 79), c(rep("", k - 1), "\n")))
  structure(table, heading = heading, class = c("anova", "data.frame"))
}

# Is the first model the second with some coefficients at 0, or parameters held?
surv_nested <- function(small, large) {
  a <- names(small$coefficients)[!is.na(small$coefficients)]
  b <- names(large$coefficients)[!is.na(large$coefficients)]
  held <- large$fixed[!is.na(large$fixed)]
  length(a) < length(b) && all(a %in% b) &&
    identical(small$phi_form, large$phi_form) &&
    identical(small$time_scale, large$time_scale) &&
    identical(small$fixed[names(held)], held)
}

surv_warn_boundary <- function(fits, nested) {
  edge <- vapply(fits, \(f) nzchar(f$boundary) || f$fixed[["kappa"]] %in% c(Inf, -1), NA)
  compared <- nested | c(nested[-1], FALSE)
  if (any(edge & compared)) {
    distest_warning("boundary", sprintf(paste(
      "In %s kappa is on its boundary, where twice the difference of log-likelihoods is",
      "not chi-squared: the p-value is mostly too large."
    ), count_text(sum(edge & compared), "fit")))
  }
}
