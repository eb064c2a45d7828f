#' How much do choices matter?
#'
#' The fit again with other bandwidths, donuts, cutoffs (placebos), kernels or orders.
#'
#' @param fit A [rdd_fit()] with its units (`keep_data = TRUE`).
#' @param over What varies. `"bandwidth"`: `values` are bandwidths h of the left side; the
#'   right one and b keep their ratios to it. `"donut"`: half widths. `"cutoff"`: placebo
#'   cutoffs, where only units of one side of the true cutoff are used. `"kernel"`: names.
#'   `"order"`: orders p, with q = p + 1.
#' @param values The values; usual ones when missing.
#' @param errors Standard errors, too? Without them a curve over bandwidths costs no more
#'   than a few fits.
#' @param threads,progress See [distest_threads()] and [distest].
#' @return A data frame of class `distest_rdd_refits`: `value`, `prob`, `tau`,
#'   `tau_cl`, `tau_bc`, `se`, `ci_lower`, `ci_upper`. Values at which no fit exists give
#'   `NA` and a warning.
#' @examples
#' d <- rdd_simulate("normal", n = 300, n_i = 30, delta = 1, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5, boot = 0)
#' s <- rdd_sensitivity(fit, "bandwidth")
#' plot(s)
#' @export
rdd_sensitivity <- function(fit, over = c("bandwidth", "donut", "cutoff", "kernel",
                              "order"), values = NULL, errors = TRUE,
                            threads = getOption("distest.threads"),
                            progress = getOption("distest.progress", interactive())) {
  check_rdd(fit)
  over <- check_choice(over, c("bandwidth", "donut", "cutoff", "kernel", "order"), "over")
  check_flag(errors, "errors")
  units <- rdd_units_of(fit, "rdd_sensitivity()")
  set <- fit$settings
  set$threads <- threads
  report <- progress_of(progress)
  if (is.null(values)) values <- rdd_usual_values(fit, over, units)
  values <- rdd_check_values(values, over)
  if (over == "bandwidth" && !errors) {
    return(rdd_sensitive(rdd_curve(fit, units, set, values), fit, over))
  }
  failed <- character()
  rows <- lapply(seq_along(values), \(i) {
    if (!is.null(report)) report((i - 1) / length(values), "refits")
    tryCatch(rdd_refit(fit, units, set, over, values[[i]]),
      distest_error = function(e) {
        failed <<- c(failed, format(values[[i]]))
        nothing <- rep(NA_real_, length(units$probs))
        data.frame(prob = units$probs, tau = nothing, tau_cl = nothing, tau_bc = nothing,
          se = nothing)
      })
  })
  if (length(failed)) {
    distest_warning("conditioning", sprintf("No fit at %s %s.", over,
      paste(failed, collapse = ", ")), "values", value = failed)
  }
  out <- do.call(rbind, rows)
  out <- cbind(value = rep(values, each = length(units$probs)), out,
    stringsAsFactors = FALSE)
  rdd_sensitive(out, fit, over)
}

rdd_sensitive <- function(out, fit, over) {
  reach <- stats::qnorm((1 + fit$settings$level) / 2) * out$se
  out$ci_lower <- out$tau - reach
  out$ci_upper <- out$tau + reach
  at <- switch(over, bandwidth = fit$bandwidths[[1, 1]], donut = fit$settings$donut[[2]],
    cutoff = fit$settings$cutoff, kernel = fit$settings$kernel, order = fit$settings$p)
  structure(out, over = over, at = at, level = fit$settings$level,
    class = c("distest_rdd_refits", "data.frame"))
}

rdd_usual_values <- function(fit, over, units) {
  h <- fit$bandwidths[[1, 1]]
  u <- units$x - units$cutoff
  switch(over,
    bandwidth = h * 2^seq(-1, 1, length.out = 17),
    donut = h * seq(0, 0.2, length.out = 5),
    cutoff = units$cutoff + c(stats::quantile(u[u < 0], c(0.25, 0.5, 0.75)), 0,
      stats::quantile(u[u >= 0], c(0.25, 0.5, 0.75))),
    kernel = rdd_kernels,
    order = seq(max(fit$settings$deriv, if (fit$settings$deriv) 1 else 0), 3)
  ) |> unname()
}

rdd_check_values <- function(values, over) {
  if (over == "kernel") {
    for (v in values) check_choice(v, rdd_kernels, "values")
    return(values)
  }
  values <- check_numbers(values, "values")
  bad <- !is.finite(values) | switch(over, bandwidth = values <= 0, donut = values < 0,
    order = values < 0 | values != floor(values) | values > 20, FALSE)
  if (length(values) == 0 || any(bad)) {
    bad_argument("values", "must be %s.", switch(over, bandwidth = "positive and finite",
      donut = "finite and not negative", order = "whole numbers from 0 to 20",
      "finite numbers"), value = values[bad])
  }
  values
}

rdd_refit <- function(fit, units, set, over, value) {
  h <- rdd_h(fit)
  b <- rdd_b(fit)
  if (over == "bandwidth") {
    b <- b * (value / h[[1, 1]])
    h <- h * (value / h[[1, 1]])
  }
  if (over == "donut") set$donut <- c(value, value)
  if (over == "kernel") set$kernel <- value
  if (over == "order") {
    set$p <- value
    set$q <- value + 1
  }
  if (over == "cutoff") {
    side <- units$x >= units$cutoff
    if (value != units$cutoff) {
      units <- rdd_some_units(units, side == (value > units$cutoff))
      units$cutoff <- value
    }
    rdd_check_sides(units$x, units$cutoff)
  }
  out <- rdd_run(units, set, h, b, rdd_curves)
  data.frame(prob = units$probs, tau = out$tau, tau_cl = out$tau_cl, tau_bc = out$tau_bc,
    se = if (set$inference == "rbc") out$se_bc else out$se_cl)
}

# Effects over bandwidths from prefix sums.
rdd_curve <- function(fit, units, set, values) {
  plain <- is.null(units$treatment) && is.null(units$z) && nrow(fit$bandwidths) == 1 &&
    fit$bandwidths[[1]] == fit$bandwidths[[2]]
  if (!plain) {
    bad_argument("errors", paste("= FALSE is for sharp designs without covariates and",
      "with one common bandwidth."))
  }
  out <- result_of(.Call(C_rdd_curve, rdd_view(units),
    rdd_opts(set, units$cutoff, rdd_h(fit), rdd_b(fit)), values, threads_of(set$threads),
    NULL), rdd_names)
  tau <- if (set$inference == "rbc") out$tau_bc else out$tau_cl
  data.frame(value = rep(values, each = length(units$probs)),
    prob = rep(units$probs, length(values)), tau = as.vector(t(tau)),
    tau_cl = as.vector(t(out$tau_cl)), tau_bc = as.vector(t(out$tau_bc)), se = NA_real_)
}

#' Binned average quantiles
#'
#' The data behind the `"fan"` picture: evenly spaced bins of the running variable on each
#' side, and the average quantiles of the units in each.
#'
#' @param fit A [rdd_fit()] with its units.
#' @param nbins Bins on each side: one number or `c(left, right)`; the square root of the
#'   number of units, between 5 and 40, when missing.
#' @param probs Levels; the nearest of the fit's grid are taken.
#' @return A data frame: `side`, `bin`, `x` (mean), `units`, `prob`, `value`.
#' @examples
#' d <- rdd_simulate("normal", n = 300, n_i = 30, delta = 1, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5, boot = 0)
#' head(rdd_plotdata(fit))
#' @export
rdd_plotdata <- function(fit, nbins = NULL, probs = c(0.1, 0.25, 0.5, 0.75, 0.9)) {
  check_rdd(fit)
  units <- rdd_units_of(fit, "rdd_plotdata()")
  if (!is.null(nbins)) {
    nbins <- as.double(rep_len(vapply(nbins, check_count, 0, argument = "nbins"), 2))
  }
  at <- rdd_nearest(units$probs, check_probs(probs))
  view <- rdd_view(units, units$quantiles[, at, drop = FALSE], units$probs[at],
    treatment = NULL, z = NULL)
  out <- result_of(.Call(C_rdd_plotdata, view, units$cutoff, nbins), rdd_names)
  table <- data.frame(side = rep(c("left", "right"), out$bins), bin = unlist(lapply(
    out$bins, seq_len)), x = out$x, units = as.integer(out$units),
  stringsAsFactors = FALSE)
  whole <- which(table$units > 0)
  rows <- lapply(seq_along(at), \(j) cbind(table[whole, ], prob = units$probs[at[[j]]],
    value = out$value[whole, j]))
  out <- do.call(rbind, rows)
  out <- out[order(out$side), ]
  row.names(out) <- NULL
  out
}

# Places in the grid nearest to probs, each once.
rdd_nearest <- function(grid, probs) {
  unique(vapply(probs, \(p) which.min(abs(grid - p)), 0L))
}
