# Shared gamma frailty: groups of rows share a factor of their hazard.

# Replaces the independent fit `out` by the one with frailty. `groups`: of all rows.
surv_frailty_fit <- function(out, used, model, groups, robust, control, threads,
                             progress) {
  if (!is.null(used$rows$cluster)) {
    distest_error("unsupported", paste(
      "The groups of `frailty` are the clusters of its robust standard errors",
      "(`robust = TRUE`). Leave `cluster` out."
    ), argument = "frailty")
  }
  if (anyNA(groups)) {
    bad_argument("frailty", "is missing: %s.", name_rows(which(is.na(groups))))
  }
  if (!is.null(used$gone)) groups <- groups[!used$gone]
  groups <- factor(groups)
  if (nlevels(groups) < 2) {
    bad_argument("frailty", "must have at least 2 groups, not %d.", nlevels(groups))
  }
  rows <- used$rows
  rows$cluster <- as.integer(groups) - 1L
  fit <- result_of(.Call(C_surv_frailty, rows, used$par, model$set, control, robust,
    threads, progress), c(weight = "weights", type = "frailty", cluster = "frailty"))
  fit$info[c("start_kappa", "start_loglik")] <- out$info[c("start_kappa",
    "start_loglik")]
  v <- fit$variance
  fit$frailty <- list(
    variance = v[[1]], std_error = if (is.nan(v[[2]])) NA_real_ else v[[2]],
    independent = out$info$loglik,
    effects = data.frame(group = levels(groups), estimate = fit$effect),
    group = as.integer(groups)
  )
  fit
}

surv_frailty_line <- function(x) {
  if (is.null(x$frailty)) {
    return(NULL)
  }
  v <- x$frailty
  if (v$variance == 0) {
    return(sprintf("Shared frailty (%d groups): variance 0, the groups are independent.",
      nrow(v$effects)))
  }
  sprintf(paste("Shared gamma frailty (%d groups): variance %s (%s);",
    "log-likelihood without %s."),
  nrow(v$effects), format_number(v$variance), format_number(v$std_error),
    formatC(v$independent, format = "f", digits = 4))
}
