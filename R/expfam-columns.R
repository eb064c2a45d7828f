#' Many samples, each with its own fit
#'
#' Maximum likelihood for every column of a matrix in one call: simulations, genes,
#' stations. The same estimates as [expfam_fit()] of each column, without the cost of a
#' call each.
#'
#' @param x A matrix or data frame of numbers, one sample a column.
#' @param family From [expfam_family()], or the name of a family with observations of one
#'   number each.
#' @param na.action `na.omit` takes missing values for not there, so that samples may
#'   differ in size; `na.fail` (the default) refuses them.
#' @param control See [expfam_control()].
#' @return A data frame with one row per sample: `sample` (the column's name or number),
#'   `n`, the natural parameters, the usual ones where the family has them, `logLik` and
#'   `status`: `"interior"`, `"boundary"` (of the parameter space), or, with `NA` for the
#'   rest and one warning of class `distest_warning_dropped` for all, `"none"` (the
#'   maximum does not exist), `"outside"` (data outside the support) or `"failed"` (no
#'   convergence).
#' @seealso [expfam_fit()] for one sample and all that can be asked of a fit.
#' @examples
#' x <- matrix(rgamma(50 * 200, 3, 2), 50)
#' fits <- expfam_fit_columns(x, "gamma")
#' summary(fits$shape)
#' @export
expfam_fit_columns <- function(x, family, na.action = stats::na.fail,
                               control = expfam_control()) {
  f <- as_family(family)
  check_control(control)
  if (!is.null(f$xi) || isTRUE(f$needs_d) || !identical(as.double(f$d), 1)) {
    bad_argument("family", "must have observations of one number; %s has not.", f$family)
  }
  labels <- colnames(x) %||% seq_len(NCOL(x))
  x <- as_numbers(x)
  if (nrow(x) == 0) bad_argument("x", "has no rows.")
  if (anyNA(x) && !drops_missing(na.action)) {
    bad_argument("x", "has %s with missing values; na.action = na.omit takes them out.",
      count_text(sum(colSums(is.na(x)) > 0), "column"))
  }
  out <- result_of(.Call(C_expfam_fit_columns, f, f$p, f$usual, x, control_set(control),
    threads_of(control$threads), progress_of(control$progress)), map = map_argument)
  natural <- paste0("theta_", f$stat_names)
  wide <- \(m, names) stats::setNames(as.data.frame(t(m)), names)
  status <- ifelse(out$boundary, "boundary", "interior")
  status[out$code != 0] <- "failed"
  status[out$code == 7L] <- "none"
  status[out$code == 6L] <- "outside"
  warn_columns(status, labels)
  frame <- data.frame(sample = labels, n = out$n)
  frame[natural] <- wide(out$theta, natural)
  if (f$usual > 0) frame[f$usual_names] <- wide(out$usual, f$usual_names)
  frame$logLik <- out$loglik
  frame$status <- status
  for (k in setdiff(names(frame), c("sample", "status"))) {
    frame[[k]][is.nan(frame[[k]])] <- NA
  }
  frame
}

# one warning for all columns without a fit
warn_columns <- function(status, labels) {
  bad <- which(!status %in% c("interior", "boundary"))
  if (length(bad)) {
    distest_warning("dropped", sprintf(
      "%s of %d have no fit, the first of them %s (%s).",
      count_text(length(bad), "column"), length(status), labels[[bad[[1]]]],
      c(none = "no maximum exists", outside = "values outside the support",
        failed = "no convergence")[[status[[bad[[1]]]]]]))
  }
}
