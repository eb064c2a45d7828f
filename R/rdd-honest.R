# Intervals: normal ones, and honest ones that allow for the worst bias.

rdd_limits <- function(fit, units, set, out) {
  e <- fit$estimate
  if (set$inference != "honest") {
    reach <- stats::qnorm((1 + set$level) / 2) * e$se
    fit$estimate$ci_lower <- e$tau - reach
    fit$estimate$ci_upper <- e$tau + reach
    return(fit)
  }
  rdd_honest_limits(fit, units, set)
}

rdd_honest_limits <- function(fit, units, set) {
  e <- fit$estimate
  fit$smoothness <- rdd_smoothness(set$smoothness, units, "smoothness")
  per <- rdd_unit_bias(units, set, fit)
  bias <- rowSums(per * fit$smoothness)
  if (is.null(units$treatment)) {
    e$max_bias <- bias
    reach <- rdd_honest_reach(bias, e$se, set$level)
    e$ci_lower <- e$tau - reach
    e$ci_upper <- e$tau + reach
    fit$estimate <- e
    return(fit)
  }
  treated <- units
  treated$quantiles <- matrix(units$treatment, ncol = 1)
  treated$probs <- 0.5
  fit$smoothness_treatment <- rdd_smoothness(set$smoothness_treatment, treated,
    "smoothness_treatment")
  if (is.null(set$h_treatment)) {
    own <- per[1, ]
  } else {
    own <- rdd_side_bias(units, set, set$h_treatment, set$b_treatment)
  }
  first_bias <- sum(own * fit$smoothness_treatment)
  fit$first_stage$max_bias <- first_bias
  first <- fit$first_stage
  jump <- e$m_plus - e$m_minus
  sets <- result_of(.Call(C_rdd_sets, list(jump = jump, se = e$jump_se_cl,
    cov = fit$jump_treatment, first = c(first$cl, first$se_cl), bias = bias,
    first_bias = first_bias), set$level))
  e$max_bias <- (bias + abs(e$tau) * first_bias) / abs(first$cl)
  e$ci_lower <- sets$lower
  e$ci_upper <- sets$upper
  fit$estimate <- e
  if (any(sets$shape != 0)) {
    distest_warning("boundary", sprintf(paste("Honest sets are unbounded at %s: the",
      "first stage may be 0."), count_text(sum(sets$shape != 0), "grid point")),
    "treatment")
  }
  fit
}

# Half lengths se cv(bias / se).
rdd_honest_reach <- function(bias, se, level) {
  reach <- bias
  some <- se > 0
  if (any(some)) {
    reach[some] <- se[some] * result_of(.Call(C_rdd_honest_critical,
      bias[some] / se[some], level))
  }
  reach
}

# Bounds of second derivatives: probs x 2, left and right.
rdd_smoothness <- function(smoothness, units, argument) {
  q <- length(units$probs)
  if (identical(smoothness, "rot")) {
    return(result_of(.Call(C_rdd_smoothness, rdd_view(units, treatment = NULL),
      units$cutoff, NULL), rdd_names))
  }
  if (is.character(smoothness)) {
    bad_argument(argument, "must be \"rot\" or numbers, not %s.", describe(smoothness))
  }
  m <- check_numbers(smoothness, argument)
  if (!length(m) %in% c(1, q) || any(m < 0 | !is.finite(m))) {
    bad_argument(argument, "must be one number of at least 0%s.",
      if (q > 1) sprintf(", or %d (one per quantile)", q) else "", value = smoothness)
  }
  matrix(rep_len(m, q), q, 2)
}

# Worst bias of the conventional weights for second derivatives of 1 on the left and on
# the right: one row per quantile.
rdd_unit_bias <- function(units, set, fit) {
  h <- rdd_h(fit)
  b <- rdd_b(fit)
  rows <- lapply(seq_len(nrow(h)),
    \(j) rdd_side_bias(units, set, h[j, , drop = FALSE], b[j, , drop = FALSE]))
  out <- do.call(rbind, rows)
  out[rep_len(seq_len(nrow(out)), length(units$probs)), , drop = FALSE]
}

rdd_side_bias <- function(units, set, h, b) {
  w <- result_of(.Call(C_rdd_weights, units$x, units$weights,
    rdd_opts(set, units$cutoff, h, b)), rdd_names)$w_cl
  vapply(1:2, \(side) result_of(.Call(C_rdd_bias, units$x, w, units$cutoff,
    as.double(1:2 == side))), 0)
}
