# Can the design be trusted? Density, balance, randomisation, other choices.

#' Is the density of the running variable continuous at the cutoff?
#'
#' Units that can choose their side of the cutoff spoil the design. The density on each
#' side is the slope of a local polynomial of order `p + 1` through the empirical
#' distribution function; the statistic is their difference in standard errors. Beside it
#' stand exact binomial tests that the 10, 20, ..., 50 units nearest to the cutoff are on
#' either side with probability 1/2. When a fifth or more of the units of a side share
#' their `x` with others, only these are given.
#'
#' @param x Running variable, one value per unit; or a [rdd_fit()].
#' @param cutoff The cutoff.
#' @param h Bandwidth; 2.5 standard deviations times n^(-1/5) when missing.
#' @param p Order.
#' @param kernel The kernel.
#' @return A list of class `distest_rdd_density` and `htest`: `statistic`, `p.value`,
#'   `estimate` (density left and right), `binomial` (data frame `nearest p_value`),
#'   `parameter` (h).
#' @examples
#' set.seed(1)
#' rdd_density_test(rnorm(1000), cutoff = 0.2)
#' @export
rdd_density_test <- function(x, cutoff = 0, h = NULL, p = 2,
                             kernel = c("triangular", "epanechnikov", "uniform")) {
  name <- rdd_name(substitute(x), "x")
  if (inherits(x, "distest_rdd")) {
    if (missing(cutoff)) cutoff <- x$settings$cutoff
    x <- rdd_units_of(check_rdd(x, "x"), "rdd_density_test()")$x
  }
  x <- check_numbers(rdd_numeric(x, "x"), "x")
  if (any(is.infinite(x))) bad_argument("x", "must be finite.")
  cutoff <- check_number(cutoff, "cutoff")
  kernel <- check_choice(kernel, rdd_kernels, "kernel")
  p <- check_count(p, "p", 0)
  if (!is.null(h)) h <- check_number(h, "h", above = 0)
  rdd_check_sides(x, cutoff)
  masses <- rdd_masses(x, cutoff)
  out <- result_of(.Call(C_rdd_density_test, x, cutoff, as.integer(p), kernel,
    if (is.null(h)) 0 else h))
  if (max(masses) >= 0.2) {
    out$statistic <- out$p_value <- NA_real_
    out$density <- c(NA_real_, NA_real_)
    distest_message("The running variable repeats values; only the binomial tests hold.")
  } else if (anyNA(out$statistic)) {
    distest_message("A density estimate at the cutoff is not positive; no statistic.")
  }
  structure(class = c("distest_rdd_density", "htest"), list(
    statistic = c(T = out$statistic), p.value = out$p_value,
    parameter = c(h = if (is.null(h)) rdd_density_h(x) else h),
    estimate = c(left = out$density[[1]], right = out$density[[2]]),
    null.value = c("difference of densities" = 0), alternative = "two.sided",
    method = "Test that the density is continuous at the cutoff",
    data.name = sprintf("%s, cutoff %s, n = %d", name, format(cutoff), length(x)),
    binomial = data.frame(nearest = seq_len(5) * 10L, p_value = out$binomial),
    x = x, cutoff = cutoff
  ))
}

rdd_density_h <- function(x) 2.5 * stats::sd(x) * length(x)^(-0.2)

rdd_check_sides <- function(x, cutoff) {
  if (all(x < cutoff) || all(x >= cutoff)) {
    bad_argument("cutoff", "= %s leaves no unit on the %s: `x` runs from %s to %s.",
      format(cutoff), if (all(x < cutoff)) "right" else "left", format(min(x)),
      format(max(x)), value = cutoff)
  }
}

# Share of units that repeat a value of x, left and right.
rdd_masses <- function(x, cutoff) {
  vapply(list(left = x[x < cutoff], right = x[x >= cutoff]),
    \(s) if (length(s)) 1 - length(unique(s)) / length(s) else 0, 0)
}

#' @export
print.distest_rdd_density <- function(x, ...) {
  write_lines(x$method)
  write_lines(x$data.name, "; h = ", format_number(x$parameter, 4), indent = 1)
  if (is.na(x$statistic)) {
    write_lines("densities not compared", indent = 1)
  } else {
    write_lines(sprintf("density left %s, right %s; T = %s, p = %s",
      format_number(x$estimate[[1]], 4), format_number(x$estimate[[2]], 4),
      format_number(x$statistic, 4), format_p(x$p.value)), indent = 1)
  }
  b <- x$binomial[!is.na(x$binomial$p_value), ]
  if (nrow(b)) {
    write_block(" binomial p of the nearest: ", sprintf("%d: %s", b$nearest,
      format_p(b$p_value)), ", ")
  }
  invisible(x)
}

#' Randomisation test of no effect near the cutoff
#'
#' Inside a window so small that the side of a unit is a matter of chance, labels can be
#' permuted: under the hypothesis of no effect on any unit the statistic has the same law
#' under every permutation, whatever the number of units. All permutations are used when
#' there are no more than `reps`.
#'
#' @param y,x,unit,cutoff,probs As in [rdd_fit()]; or `y` a [rdd_fit()], whose units are
#'   taken.
#' @param window Half width of the window; a vector gives a test for each.
#' @param statistic `"sup"`: largest difference of the mean quantile functions; `"w2"`:
#'   their Wasserstein distance; `"mean"`: the difference of means.
#' @param reps Permutations.
#' @param cluster Clusters of units, permuted as wholes.
#' @param seed A whole number, or `NULL` to follow [set.seed()].
#' @param workers `NULL` to permute in this process, a number of processes, or a cluster
#'   of package parallel: the same bits for any number.
#' @param threads,progress See [distest_threads()] and [distest].
#' @return A data frame: `window`, `n_left`, `n_right`, `statistic`, `p_value`.
#' @examples
#' d <- rdd_simulate("normal", n = 300, n_i = 30, delta = 2, seed = 1)
#' rdd_randtest(d$y, d$x, c(0.05, 0.1), unit = d$unit, reps = 500, seed = 2)
#' @export
rdd_randtest <- function(y, x, window, cutoff = 0, unit = NULL, probs = NULL,
                         statistic = c("sup", "w2", "mean"), reps = 5000, cluster = NULL,
                         seed = NULL, workers = NULL,
                         threads = getOption("distest.threads"),
                         progress = getOption("distest.progress", interactive())) {
  statistic <- check_choice(statistic, c("sup", "w2", "mean"), "statistic")
  reps <- check_count(reps, "reps", 1)
  window <- check_numbers(window, "window")
  if (length(window) == 0 || any(window <= 0 | !is.finite(window))) {
    bad_argument("window", "must be positive and finite.", value = window)
  }
  set <- list(functional_grid = 0, quantile_type = 7L, within = "none", threads = threads,
    report = progress_of(progress))
  if (inherits(y, "distest_rdd")) {
    units <- rdd_units_of(check_rdd(y, "y"), "rdd_randtest()")
    if (y$settings$fuzzy) {
      bad_argument("y", "is a fuzzy design; the test is for sharp ones.")
    }
    if (!missing(cutoff)) units$cutoff <- check_number(cutoff, "cutoff")
  } else {
    units <- rdd_read(list(y = y, x = if (!missing(x)) x, unit = unit, cutoff = cutoff,
      cluster = cluster, probs = probs), set)
  }
  rdd_check_sides(units$x, units$cutoff)
  view <- rdd_view(units, treatment = NULL, z = NULL)
  shared <- list(view = view, test = list(cutoff = units$cutoff, statistic = statistic,
    reps = reps, key = with_seed(seed, stats::runif(2))))
  size <- if (is.null(workers)) reps else rdd_part
  jobs <- expand.grid(first = seq(0, reps - 1, by = size), window = window)
  jobs$draws <- pmin(size, reps - jobs$first)
  jobs <- split(jobs, seq_len(nrow(jobs)))
  parts <- if (is.null(workers)) {
    lapply(jobs, rdd_randtest_job, shared, threads, set$report)
  } else {
    over_workers(jobs, rdd_randtest_job, workers, shared, set$report)
  }
  by_window <- split(parts, rep(seq_along(window), each = length(jobs) / length(window)))
  out <- do.call(rbind, lapply(by_window, rdd_randtest_join))
  data.frame(window = window, n_left = out[, 1], n_right = out[, 2],
    statistic = out[, 3], p_value = out[, 4])
}

rdd_randtest_job <- function(job, shared, threads = NULL, report = NULL) {
  result_of(.Call(C_rdd_randtest, shared$view, c(shared$test, as.list(job)),
    threads_of(threads), report), rdd_names)
}

# c(units left, right, statistic, p) from the parts of a window.
rdd_randtest_join <- function(parts) {
  all <- parts[[1]]
  above <- vapply(parts, `[[`, 0, 4)
  c(all[1:3], result_of(.Call(C_rdd_randtest_join, above, all[[5]], all[[6]])))
}

#' Do covariates jump at the cutoff?
#'
#' What treatment cannot have changed should not jump. Each covariate of the units is the
#' outcome of a scalar design with bandwidths, kernel, order and standard errors of the
#' fit.
#'
#' @param fit A [rdd_fit()].
#' @param covariates A matrix, data frame or one-sided formula with one row per unit, in
#'   the order of the fit's `units`, or with rows named by unit.
#' @return A data frame: `covariate`, `jump`, `se`, `p_value`.
#' @examples
#' d <- rdd_simulate("normal", n = 300, n_i = 30, delta = 1, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5)
#' set.seed(2)
#' rdd_balance(fit, data.frame(size = rpois(300, 50), age = rnorm(300)))
#' @export
rdd_balance <- function(fit, covariates) {
  check_rdd(fit)
  units <- rdd_units_of(fit, "rdd_balance()")
  z <- rdd_covariates(covariates, env = parent.frame())
  labels <- as.character(units$id)
  if (!is.null(rownames(z)) && all(labels %in% rownames(z))) z <- rdd_reorder(z, labels)
  rdd_length(z, "covariates", length(labels), "unit")
  set <- fit$settings
  set$method <- "pointwise"
  set["h_treatment"] <- set["b_treatment"] <- list(NULL)
  h <- t(apply(rdd_h(fit), 2, stats::median))
  b <- t(apply(rdd_b(fit), 2, stats::median))
  lost <- colSums(is.na(z))
  if (any(lost > 0)) {
    distest_warning("dropped", sprintf("Units with missing values left out: %s.",
      paste0(format_count(lost[lost > 0]), " in `", colnames(z)[lost > 0], "`",
        collapse = ", ")), "covariates")
  }
  rows <- lapply(seq_len(ncol(z)), \(j) {
    here <- rdd_some_units(units, !is.na(z[, j]))
    v <- rdd_finite(z[!is.na(z[, j]), j], "covariates", here$id)
    view <- rdd_view(here, matrix(v, ncol = 1), 0.5, NULL, NULL)
    out <- rdd_run(here, set, h, b, rdd_curves, view)
    se <- if (set$inference == "rbc") out$se_bc else out$se_cl
    data.frame(covariate = colnames(z)[[j]], jump = out$tau, se = se,
      p_value = if (se > 0) 2 * stats::pnorm(-abs(out$tau) / se) else NA_real_,
      stringsAsFactors = FALSE)
  })
  do.call(rbind, rows)
}

rdd_some_units <- function(units, keep) {
  for (name in intersect(c("id", "x", "n_i", "treatment", "weights", "cluster"),
    names(units))) {
    units[[name]] <- units[[name]][keep]
  }
  units$quantiles <- units$quantiles[keep, , drop = FALSE]
  if (!is.null(units$z)) units$z <- units$z[keep, , drop = FALSE]
  units
}
