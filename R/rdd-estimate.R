# From units and settings to a fit.

rdd_estimate <- function(units, set, call) {
  set <- rdd_complete_settings(set, units)
  rdd_check_units(units, set)
  chosen <- rdd_choose(units, set)
  out <- rdd_run(units, set, chosen$h, chosen$b, rdd_wanted(set, chosen))
  fit <- structure(class = "distest_rdd", list(
    estimate = NULL, first_stage = NULL, bandwidths = rdd_bandwidth_table(chosen),
    bwselect = chosen$rule, scale = out$scale
  ))
  fit <- rdd_reported(fit, out, units, set)
  fit$n <- rdd_counts(units, out)
  fit$settings <- rdd_kept_settings(set, units, chosen)
  fit$gamma <- rdd_gamma(out, units)
  fit <- rdd_limits(fit, units, set, out)
  fit$functional <- rdd_fine(units, set, chosen)
  fit$diagnostics <- rdd_diagnose(units, set, out, chosen)
  if (set$keep_data) {
    fit$units <- rdd_unit_frame(units, out)
    fit$quantiles <- units$quantiles
    dimnames(fit$quantiles) <- list(as.character(units$id), rdd_prob_names(units$probs))
    fit$data <- units[intersect(names(units), c("treatment", "weights", "cluster",
      "clusters", "z"))]
  }
  if (set$keep_scores) fit$scores <- out$scores
  fit <- rdd_draw(fit, set, out$scores)
  fit$call <- call
  fit$version <- version_string()
  rdd_advise(fit, units, set, out)
  fit
}

rdd_prob_names <- function(probs) {
  # names are the same whatever options(OutDec, scipen) say
  paste0("q", formatC(probs, digits = 10, format = "fg", width = 1,
    decimal.mark = "."))
}

# What is wrong with the units as a design, before anything is computed.
rdd_check_units <- function(units, set) {
  u <- units$x - units$cutoff
  if (all(u < 0) || all(u >= 0)) {
    bad_argument("cutoff", paste("= %s leaves no unit on the %s: `x` runs from %s to",
      "%s."), format(units$cutoff), if (all(u < 0)) "right" else "left",
    format(min(units$x)), format(max(units$x)), value = units$cutoff)
  }
  kept <- u <= -set$donut[[1]] | u >= set$donut[[2]]
  right <- u >= 0
  if (!any(kept & right) || !any(kept & !right)) {
    bad_argument("donut", "= %s leaves no unit on the %s.",
      paste(format_number(set$donut), collapse = ", "),
      if (any(kept & right)) "left" else "right", value = set$donut)
  }
  if (!is.null(units$cluster)) rdd_check_clusters(units, right & kept, !right & kept)
  if (!is.null(units$treatment)) {
    t <- units$treatment
    if (all(t == t[[1]])) {
      bad_argument("treatment", "is %s for every unit: there is no first stage.",
        format(t[[1]]), kind = "singular")
    }
    if (any(t < 0 | t > 1)) {
      distest_warning("approximation", sprintf(paste("`treatment` is outside 0 to 1 for",
        "%s; effects are then per unit of treatment."),
      count_text(sum(t < 0 | t > 1), "unit")), "treatment")
    }
  }
}

rdd_check_clusters <- function(units, right, left) {
  for (side in c("left", "right")) {
    here <- units$cluster[if (side == "left") left else right]
    if (length(unique(here)) < 2) {
      bad_argument("cluster", "has a single cluster on the %s.", side)
    }
  }
  count <- length(unique(units$cluster))
  if (count < 10) {
    distest_warning("approximation", sprintf(paste("Few clusters (%d): standard errors",
      "and bands may be too small."), count), "cluster", value = count)
  }
}

# The arrays that C gives beyond curves with standard errors.
rdd_curves <- c(
  "m_minus", "m_plus", "tau", "m_minus_cl", "m_plus_cl", "m_minus_bc", "m_plus_bc",
  "tau_cl", "se_cl", "tau_bc", "se_bc", "se_minus", "se_plus", "jump_cl", "jump_bc",
  "jump_se_cl", "jump_se_bc", "residual_ms", "gamma"
)

rdd_wanted <- function(set, chosen) {
  c(rdd_curves, rdd_covariances(set), "jump_treatment",
    if (nrow(chosen$h) == 1) c("w_cl", "w_bc"), if (rdd_needs_scores(set)) "scores")
}

rdd_covariances <- function(set) {
  c(if (set$inference == "rbc") "vcov_bc" else "vcov_cl", "vcov_minus", "vcov_plus",
    "vcov_cross")
}

rdd_run <- function(units, set, h, b, want, view = rdd_view(units), ...) {
  if (is.null(view$treatment)) {
    set["h_treatment"] <- set["b_treatment"] <- list(NULL)
    want <- setdiff(want, "jump_treatment")
  }
  if (is.null(view$z)) want <- setdiff(want, "gamma")
  result_of(.Call(C_rdd_fit, view, rdd_opts(set, units$cutoff, h, b, ...), want,
    threads_of(set$threads), set$report), rdd_names)
}

rdd_needs_scores <- function(set) {
  set$keep_scores || set$boot > 0 && (set$multiplier != "gaussian" || !is.null(set$xi))
}

# Bandwidths given or selected: list(h, b, rule, stages).
rdd_choose <- function(units, set) {
  h <- set[["h"]]
  if (is.null(h)) {
    out <- rdd_select(units, set)
    b <- if (is.null(set$rho)) out$b else out$h / set$rho
    return(list(h = out$h, b = b, rule = set$bwselect, stages = out))
  }
  b <- if (!is.null(set[["b"]])) set[["b"]] else if (is.null(set$rho)) h else h / set$rho
  rows <- max(nrow(h), nrow(b))
  wide <- \(m) m[rep_len(seq_len(nrow(m)), rows), , drop = FALSE]
  list(h = wide(h), b = wide(b), rule = "given")
}

rdd_bandwidth_table <- function(chosen) {
  out <- cbind(chosen$h, chosen$b)
  colnames(out) <- c("h_left", "h_right", "b_left", "b_right")
  out
}

rdd_select <- function(units, set) {
  weights <- set$imse_weights
  rule <- list(
    rule = set$bwselect, scaleregul = set$scaleregul,
    weights = if (is.numeric(weights)) weights,
    variance = identical(weights, "variance"), masspoints = set$masspoints == "adjust",
    bwcheck = if (is.null(set$bwcheck)) 0 else set$bwcheck # 0: 10 with mass points
  )
  out <- result_of(.Call(C_rdd_bandwidth, rdd_view(units),
    rdd_opts(set, units$cutoff, NULL, NULL), rule, rdd_by_quantile(set$bwselect),
    threads_of(set$threads), set$report), rdd_names)
  if (out$exact) {
    distest_warning("approximation", paste("The bandwidth rule found no curvature (a",
      "denominator is 0); the whole range of `x` is used."), "bwselect")
  }
  out
}

# Does the rule choose for each quantile alone?
rdd_by_quantile <- function(rule) {
  grepl("^(mse|cer)", rule) || rule == "plugin_pointwise"
}

# The part of the estimates that is reported: bias-corrected, or conventional.
rdd_reported <- function(fit, out, units, set) {
  cl <- set$inference != "rbc"
  se <- if (cl) out$se_cl else out$se_bc
  e <- data.frame(prob = units$probs, tau = out$tau, se = se, ci_lower = NA_real_,
    ci_upper = NA_real_, band_lower = NA_real_, band_upper = NA_real_)
  for (name in c("m_minus", "m_plus", "se_minus", "se_plus", "tau_cl", "se_cl", "tau_bc",
    "se_bc", "m_minus_cl", "m_plus_cl", "m_minus_bc", "m_plus_bc")) {
    e[[name]] <- out[[name]]
  }
  if (!is.null(units$treatment)) {
    for (name in c("jump_cl", "jump_bc", "jump_se_cl", "jump_se_bc")) {
      e[[name]] <- out[[name]]
    }
    stage <- as.list(out$first_stage)
    names(stage) <- c("cl", "se_cl", "bc", "se_bc")
    stage$F <- (stage$bc / stage$se_bc)^2
    fit$first_stage <- stage
    fit$jump_treatment <- out$jump_treatment
  }
  fit$estimate <- e
  names <- rdd_prob_names(units$probs)
  fit$vcov <- if (cl) out$vcov_cl else out$vcov_bc
  fit[c("vcov_minus", "vcov_plus", "vcov_cross")] <- out[c("vcov_minus", "vcov_plus",
    "vcov_cross")]
  for (v in c("vcov", "vcov_minus", "vcov_plus", "vcov_cross")) {
    dimnames(fit[[v]]) <- list(names, names)
  }
  fit
}

rdd_counts <- function(units, out) {
  right <- units$x >= units$cutoff
  c(units = length(units$x), left = sum(!right), right = sum(right),
    h_left = out$n_h[[1]], h_right = out$n_h[[2]], b_left = out$n_b[[1]],
    b_right = out$n_b[[2]], dropped = units$dropped,
    clusters = length(units$clusters))
}

rdd_kept_settings <- function(set, units, chosen) {
  kept <- set[setdiff(names(set), c("xi", "report", "threads", "h", "b", "rho"))]
  kept$cutoff <- units$cutoff
  kept$fuzzy <- !is.null(units$treatment)
  kept$weighted <- !is.null(units$weights)
  kept$covariates <- colnames(units$z)
  kept$names <- units$names
  kept$stages <- chosen$stages
  kept$scalar <- !is.null(units$n_i) && all(units$n_i == 1)
  kept
}

rdd_gamma <- function(out, units) {
  if (is.null(units$z)) {
    return(NULL)
  }
  gamma <- out$gamma
  dimnames(gamma) <- list(colnames(units$z), c(rdd_prob_names(units$probs),
    if (!is.null(units$treatment)) "treatment"))
  if (any(out$dropped)) {
    distest_warning("conditioning", sprintf("%s left out: constant or collinear.",
      enumerate(colnames(units$z)[out$dropped], "`")), "covariates",
    value = colnames(units$z)[out$dropped])
  }
  gamma
}

rdd_unit_frame <- function(units, out) {
  n <- length(units$x)
  data.frame(id = units$id, x = units$x,
    n_i = if (is.null(units$n_i)) rep(NA_integer_, n) else units$n_i,
    w_cl = if (is.null(out$w_cl)) rep(NA_real_, n) else out$w_cl,
    w_bc = if (is.null(out$w_bc)) rep(NA_real_, n) else out$w_bc,
    side = ifelse(units$x >= units$cutoff, "right", "left"), stringsAsFactors = FALSE)
}

# The units of a fit again, for functions that go back to them.
rdd_units_of <- function(fit, what) {
  if (is.null(fit$quantiles)) {
    distest_error("unsupported", sprintf("%s needs the units; fit with keep_data = TRUE.",
      what), argument = "fit")
  }
  c(list(id = fit$units$id, x = fit$units$x, n_i = fit$units$n_i,
    cutoff = fit$settings$cutoff, probs = fit$estimate$prob,
    quantiles = unname(fit$quantiles), dropped = fit$n[["dropped"]],
    names = fit$settings$names), fit$data)
}

rdd_h <- function(fit) unname(fit$bandwidths[, 1:2, drop = FALSE])

rdd_b <- function(fit) unname(fit$bandwidths[, 3:4, drop = FALSE])

# Curves and covariances on the grid of functionals. Bandwidths by quantile become their
# medians there.
rdd_fine <- function(units, set, chosen) {
  if (set$deriv > 0 || set$functional_grid == 0 && is.null(units$rows)) {
    return(NULL)
  }
  fine <- units$fine
  own <- is.null(fine)
  if (own) fine <- units[c("probs", "quantiles")]
  h <- chosen$h
  b <- chosen$b
  if (nrow(h) > 1) {
    h <- t(apply(h, 2, stats::median))
    b <- t(apply(b, 2, stats::median))
  }
  view <- rdd_view(units, fine$quantiles, fine$probs, treatment = NULL)
  if (set$method == "pointwise") set$method <- "frechet"
  out <- rdd_run(units, set, h, b, c("m_minus", "m_plus", "vcov_minus", "vcov_plus",
    "vcov_cross"), view)
  list(probs = fine$probs, own = own, scale = out$scale, m_minus = out$m_minus,
    m_plus = out$m_plus, vcov_minus = out$vcov_minus, vcov_plus = out$vcov_plus,
    vcov_cross = out$vcov_cross, h = h, b = b,
    quantiles = if (set$keep_data) fine$quantiles)
}
