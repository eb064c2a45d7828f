# What a careful statistician would want to know before using the numbers.

rdd_diagnose <- function(units, set, out, chosen) {
  inside <- if (is.null(out$w_cl)) {
    rdd_inside(units, set, apply(chosen$h, 2, max))
  } else {
    out$w_cl != 0
  }
  list(
    projection = out$projection, moved = out$moved,
    n_i = if (!is.null(units$n_i)) c(min = min(units$n_i),
      median = stats::median(units$n_i), max = max(units$n_i)),
    noise = rdd_noise(units, inside, out, set),
    extreme = rdd_extreme(units, inside, set),
    mass_points = rdd_masses(units$x, units$cutoff),
    distinct = c(left = length(unique(units$x[units$x < units$cutoff])),
      right = length(unique(units$x[units$x >= units$cutoff]))),
    leverage_one = out$leverage_one, density_p = rdd_density_p(units)
  )
}

rdd_inside <- function(units, set, h) {
  u <- units$x - units$cutoff
  u > -h[[1]] & u < h[[2]] & (u <= -set$donut[[1]] | u >= set$donut[[2]])
}

rdd_density_p <- function(units) {
  if (max(rdd_masses(units$x, units$cutoff)) >= 0.2) {
    return(NA_real_)
  }
  out <- .Call(C_rdd_density_test, units$x, units$cutoff, 2L, "triangular", 0)
  if (inherits(out, "distest_failure")) NA_real_ else out$p_value
}

# Sampling noise within units as a share of the residual variance.
rdd_noise <- function(units, inside, out, set) {
  if (is.null(units$rows) || all(units$n_i == 1) || set$deriv > 0) {
    return(NULL)
  }
  noise <- result_of(.Call(C_rdd_noise, units$rows, as.double(length(units$id)),
    inside, units$probs, threads_of(set$threads), set$report), rdd_row_names)
  ifelse(out$residual_ms > 0, noise / out$residual_ms, NA_real_)
}

# Share of the units in the bandwidth for which a quantile lies outside the range that
# their number of individuals can speak of.
rdd_extreme <- function(units, inside, set) {
  if (is.null(units$n_i) || all(units$n_i == 1)) {
    return(NULL)
  }
  n <- units$n_i[inside]
  q <- units$probs
  vapply(q, \(p) mean(p < 1 / (n + 1) - 1e-12 | p > n / (n + 1) + 1e-12), 0)
}

# Warnings about a fit, each at most once.
rdd_advise <- function(fit, units, set, out) {
  d <- fit$diagnostics
  q <- units$probs
  extreme <- which(d$extreme > 0.1)
  if (length(extreme)) {
    distest_warning("approximation", sprintf(paste("`probs` %s are too extreme for up to",
      "%.0f percent of the units in the bandwidth, which have too few individuals."),
    rdd_few(format(q[extreme])), 100 * max(d$extreme[extreme])), "probs",
    value = q[extreme])
  }
  rdd_advise_x(d, set)
  flat <- fit$estimate$se == 0
  if (any(flat)) {
    distest_warning("approximation", sprintf(paste("The outcome does not vary near the",
      "cutoff at %s of the grid (standard error 0); left out of the band's critical",
      "value and of tests."), count_text(sum(flat), "point")), "y", value = q[flat])
  }
  if (out$leverage_one > 0) {
    what <- if (is.null(units$cluster)) "unit" else "cluster"
    distest_warning("conditioning", sprintf("%s with leverage 1 %s.",
      count_text(out$leverage_one, what), if (what == "unit") {
        "left out of the standard errors"
      } else {
        "taken into the standard errors without adjustment"
      }), "vce", value = out$leverage_one)
  }
  weak <- fit$first_stage$F
  if (!is.null(weak) && !is.na(weak) && weak < 10) {
    text <- "The first stage is weak (F = %s): see confint(type = \"anderson-rubin\")."
    distest_warning("approximation", sprintf(text, format(weak, digits = 3)), "treatment",
      value = weak)
  }
}

rdd_advise_x <- function(d, set) {
  if (set$masspoints == "off" || set$inference == "honest" ||
    max(d$mass_points) < 0.2) {
    return(invisible())
  }
  few <- min(d$distinct) < 10
  distest_warning("approximation", sprintf(
    "The running variable has mass points: %s left and %s right distinct values.%s",
    format_count(d$distinct[[1]]), format_count(d$distinct[[2]]),
    if (few) " With so few, inference = \"honest\" is what holds." else ""
  ), "x", value = d$mass_points)
}
