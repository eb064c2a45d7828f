# Draws of the multiplier process: uniform bands, and tests on whole curves.

# Bands of a fit. `scores` are those of the effect, where they are at hand.
rdd_draw <- function(fit, set, scores = NULL, process = FALSE, workers = NULL) {
  fit$crit <- NA_real_
  fit$boot <- NULL
  if (set$boot == 0) {
    return(fit)
  }
  xi <- rdd_check_xi(set$xi, fit, set$boot)
  fit$boot <- list(draws = if (is.null(xi)) set$boot else ncol(xi),
    multiplier = set$multiplier, band = set$band, level = set$level,
    key = if (is.null(xi)) with_seed(set$seed, stats::runif(2)), xi = xi)
  rdd_check_boot(fit$boot$draws, set$level)
  out <- rdd_bands(fit, fit$estimate$tau, fit$vcov, scores, process,
    threads = set$threads, report = set$report, workers = workers)
  if (process) fit$process <- out$process * 2^fit$scale
  e <- fit$estimate
  extra <- if (is.null(e$max_bias)) 0 else e$max_bias
  fit$crit <- out$crit
  fit$estimate$band_lower <- out$lower - extra
  fit$estimate$band_upper <- out$upper + extra
  if (fit$settings$inference == "honest" && fit$settings$fuzzy) {
    fit$estimate$band_lower <- fit$estimate$band_upper <- rep(NA_real_, nrow(e))
  }
  fit
}

# list(crit, lower, upper, process). Covariances and scores are those of 2^-scale times
# the outcome.
rdd_bands <- function(fit, tau, vcov, scores, process = FALSE, level = fit$boot$level,
                      threads = NULL, report = NULL, workers = NULL) {
  boot <- fit$boot
  unit <- 2^fit$scale
  draws <- list(level = level, draws = boot$draws,
    studentized = boot$band == "studentized", multiplier = boot$multiplier, xi = boot$xi,
    scores = scores, process = process, key = boot$key)
  if (is.null(boot$xi) && boot$multiplier == "gaussian") draws["scores"] <- list(NULL)
  out <- if (is.null(workers)) {
    result_of(.Call(C_rdd_bands, tau / unit, vcov, draws, threads_of(threads), report),
      rdd_names)
  } else {
    rdd_bands_shared(tau / unit, vcov, draws, workers, report)
  }
  out$lower <- out$lower * unit
  out$upper <- out$upper * unit
  if (boot$band == "constant") out$crit <- out$crit * unit
  out
}

# Draws in parts, shared out over processes: the same bits as in one.
rdd_part <- 1024

rdd_bands_shared <- function(tau, vcov, draws, workers, report) {
  parts <- over_workers(seq(0, draws$draws - 1, by = rdd_part), rdd_bands_job, workers,
    list(vcov = vcov, draws = draws), report)
  maxima <- unlist(lapply(parts, `[[`, "maxima"))
  out <- result_of(.Call(C_rdd_bands_join, tau, parts[[1]]$se, maxima, draws$level,
    draws$studentized), rdd_names)
  if (draws$process) out$process <- do.call(rbind, lapply(parts, `[[`, "process"))
  out
}

rdd_bands_job <- function(first, shared) {
  draws <- shared$draws
  draws$first <- first
  draws$draws <- min(rdd_part, draws$draws - first)
  if (!is.null(draws$xi)) {
    draws$xi <- draws$xi[, first + seq_len(draws$draws), drop = FALSE]
  }
  result_of(.Call(C_rdd_bands_part, shared$vcov, draws, threads_of(NULL), NULL),
    rdd_names)
}

# Multipliers in the order of the scores: rows are units or clusters by sorted label.
rdd_check_xi <- function(xi, fit, boot) {
  if (is.null(xi)) {
    return(NULL)
  }
  if (is.data.frame(xi)) xi <- as.matrix(xi)
  clusters <- fit$n[["clusters"]]
  rows <- if (clusters == 0) {
    fit$n[["units"]]
  } else if (fit$settings$cluster_sides == "joint") {
    clusters
  } else {
    2 * clusters
  }
  if (!is.numeric(xi) || !is.matrix(xi) || nrow(xi) != rows) {
    bad_argument("xi", "must be a numeric matrix with a row for each of %s, not %s.",
      count_text(rows, if (clusters) "cluster" else "unit"),
      if (is.matrix(xi)) paste(nrow(xi), "rows") else describe(xi))
  }
  if (!all(is.finite(xi))) {
    bad_argument("xi", "must be finite, but is not at entry %d.",
      which(!is.finite(xi))[[1]])
  }
  storage.mode(xi) <- "double"
  xi <- unname(xi)
  if (clusters == 0 && !is.null(fit$units)) {
    xi <- xi[rdd_codes(fit$units$id, "unit")$code, , drop = FALSE]
  }
  xi
}

# Scores of the effect or of a curve, from the fit or computed again; NULL where the
# covariance is all that the draws need.
rdd_scores <- function(fit, which = "scores", boot = fit$boot) {
  if (boot$multiplier == "gaussian" && is.null(boot$xi)) {
    return(NULL)
  }
  if (which == "scores" && !is.null(fit$scores)) {
    return(fit$scores)
  }
  units <- rdd_units_of(fit, "Drawing with these multipliers")
  rdd_run(units, fit$settings, rdd_h(fit), rdd_b(fit), which)[[which]]
}

# Bands of m_- and m_+, their end points projected: data frame prob, side, estimate,
# lower, upper.
rdd_curve_bands <- function(fit) {
  e <- fit$estimate
  rows <- lapply(c("minus", "plus"), \(side) {
    m <- e[[paste0("m_", side)]]
    out <- data.frame(prob = e$prob, side = if (side == "minus") "control" else "treated",
      estimate = m, lower = NA_real_, upper = NA_real_, stringsAsFactors = FALSE)
    if (is.null(fit$boot)) {
      reach <- stats::qnorm((1 + fit$settings$level) / 2) * e[[paste0("se_", side)]]
      out$lower <- m - reach
      out$upper <- m + reach
    } else {
      band <- rdd_bands(fit, m, fit[[paste0("vcov_", side)]],
        rdd_scores(fit, paste0("scores_", side)))
      out$lower <- band$lower
      out$upper <- band$upper
    }
    if (fit$settings$deriv == 0) {
      out$lower <- rdd_monotone(out$lower, e$prob)
      out$upper <- rdd_monotone(out$upper, e$prob)
    }
    out
  })
  do.call(rbind, rows)
}

# The nearest increasing function, weighted by the cells of the grid.
rdd_monotone <- function(y, probs, method = "frechet") {
  if (anyNA(y)) {
    return(y)
  }
  result_of(.Call(C_rdd_monotone, as.double(y), rdd_cells(probs), method))
}

rdd_cells <- function(q) {
  n <- length(q)
  if (n == 1) {
    return(1)
  }
  c(q[[2]] - q[[1]], if (n > 2) (q[3:n] - q[seq_len(n - 2)]) / 2, q[[n]] - q[[n - 1]])
}

#' New uniform bands for a fit
#'
#' Draws the multiplier process of [rdd_fit()] again, with another number of draws,
#' another law or multipliers of one's own, and replaces the bands.
#'
#' @param fit A [rdd_fit()].
#' @param boot Number of draws.
#' @param multiplier Law of the multipliers. With `"gaussian"` the draws come from the
#'   covariance itself; the others need the units (`keep_data = TRUE`) or the scores
#'   (`keep_scores = TRUE`).
#' @param xi Multipliers instead: a matrix with a row for each unit (each cluster), in
#'   the order of their sorted labels (numbers by size, text and factors by the bytes of
#'   their labels), and a column per draw.
#' @param band `"studentized"` or `"constant"` width.
#' @param level Level of the band.
#' @param seed A whole number, to leave R's generator alone.
#' @param keep Keep the draws as `process`, a matrix draws x quantiles?
#' @param workers `NULL` to draw in this process, a number of processes, or a cluster of
#'   package parallel. The draws are the same, however they are shared out.
#' @param threads,progress See [distest_threads()] and [distest].
#' @return The fit with other `crit`, `boot` and bands in `estimate`.
#' @examples
#' d <- rdd_simulate("normal", n = 200, n_i = 30, delta = 1, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5)
#' rdd_bootstrap(fit, boot = 2000, multiplier = "rademacher", seed = 2)$crit
#' @export
rdd_bootstrap <- function(fit, boot = 5000, multiplier = rdd_multipliers, xi = NULL,
                          band = c("studentized", "constant"), level = 0.95, seed = NULL,
                          keep = FALSE, workers = NULL,
                          threads = getOption("distest.threads"),
                          progress = getOption("distest.progress", interactive())) {
  check_rdd(fit)
  set <- fit$settings
  set$boot <- check_count(boot, "boot", 1)
  set$multiplier <- check_choice(multiplier, rdd_multipliers, "multiplier")
  set$band <- check_choice(band, c("studentized", "constant"), "band")
  set$level <- check_level(level)
  set["seed"] <- list(seed)
  set["xi"] <- list(xi)
  set$threads <- threads
  set$report <- progress_of(progress)
  check_flag(keep, "keep")
  if (is.null(xi)) rdd_check_boot(set$boot, set$level)
  trial <- list(multiplier = set$multiplier, xi = xi)
  scores <- rdd_scores(fit, "scores", trial)
  fit$process <- NULL
  fit <- rdd_draw(fit, set, scores, keep, workers)
  if (set$level != fit$settings$level) {
    fit$settings$level <- set$level
    fit <- rdd_new_limits(fit, set)
  }
  fit$settings[c("multiplier", "band", "boot")] <- set[c("multiplier", "band", "boot")]
  fit
}

# Pointwise intervals at another level.
rdd_new_limits <- function(fit, set) {
  e <- fit$estimate
  if (fit$settings$inference != "honest") {
    reach <- stats::qnorm((1 + set$level) / 2) * e$se
    fit$estimate$ci_lower <- e$tau - reach
    fit$estimate$ci_upper <- e$tau + reach
    return(fit)
  }
  units <- rdd_units_of(fit, "Another level")
  set[c("h_treatment", "b_treatment")] <- fit$settings[c("h_treatment", "b_treatment")]
  rdd_honest_limits(fit, units, set)
}

check_rdd <- function(fit, argument = "fit") {
  if (!inherits(fit, "distest_rdd")) {
    bad_argument(argument, "must come from rdd_fit(), not %s.", describe(fit))
  }
  check_version(fit)
  fit
}

#' Tests on the whole curve of effects
#'
#' Is there any effect (`"nullity"`), is it the same at every quantile
#' (`"homogeneity"`), does nobody lose (`"ge"`: the effect is at least 0 everywhere) or
#' gain (`"le"`), is it a given curve (`"equal"`)? Each compares a statistic of the
#' estimated curve with the same statistic of the draws of the multiplier process:
#' \eqn{\max|\tau|/s} (`"sup"`) or \eqn{\int \tau^2} (`"cvm"`). The draws are those of
#' the fit's band, so that test and band agree.
#'
#' @param fit A [rdd_fit()] with `boot > 0`.
#' @param test One or several of the tests.
#' @param statistic One or both statistics; `"cvm"` is for nullity, homogeneity and
#'   equality.
#' @param range Two levels of quantiles: grid points between them are used.
#' @param tau0 The curve of `"equal"`: one number or one per quantile.
#' @return A data frame: `test`, `statistic_type`, `statistic`, `p_value`, `critical`
#'   (at the level of the fit), `range_low`, `range_high`.
#' @examples
#' d <- rdd_simulate("normal", n = 300, n_i = 30, delta = 1, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5)
#' rdd_test(fit, c("nullity", "homogeneity", "ge"))
#' rdd_test(fit, range = c(0, 0.5))
#' @export
rdd_test <- function(fit, test = c("nullity", "homogeneity", "ge", "le", "equal"),
                     statistic = c("sup", "cvm"), range = c(0, 1), tau0 = NULL) {
  check_rdd(fit)
  tests <- c("nullity", "homogeneity", "ge", "le", "equal")
  if (missing(test)) test <- if (is.null(tau0)) c("nullity", "homogeneity") else "equal"
  if (missing(statistic)) statistic <- "sup"
  for (one in test) check_choice(one, tests, "test")
  for (one in statistic) check_choice(one, c("sup", "cvm"), "statistic")
  range <- check_numbers(range, "range", 2)
  used <- fit$estimate$prob >= range[[1]] & fit$estimate$prob <= range[[2]]
  if (!any(used)) {
    bad_argument("range", "= (%s) holds no point of the grid.",
      paste(format(range), collapse = ", "), value = range)
  }
  if (is.null(fit$boot)) {
    bad_argument("fit", "has no draws (boot = 0); rdd_bootstrap() adds them.")
  }
  if (fit$settings$inference == "honest") {
    distest_warning("approximation", paste("Tests do not allow for the bias that honest",
      "intervals allow for; look whether the band holds the hypothesis."), "fit")
  }
  q <- nrow(fit$estimate)
  if ("equal" %in% test) {
    tau0 <- check_numbers(tau0, "tau0")
    if (!length(tau0) %in% c(1, q)) {
      bad_argument("tau0", "must have one entry or %d, not %d.", q, length(tau0))
    }
  }
  pairs <- expand.grid(statistic = statistic, test = test, stringsAsFactors = FALSE)
  allowed <- pairs$statistic == "sup" | pairs$test %in% c("nullity", "homogeneity",
    "equal")
  if (!any(allowed)) {
    bad_argument("statistic", "= \"cvm\" does not exist for the test %s; use \"sup\".",
      dQuote(test[[1]], FALSE))
  }
  pairs <- pairs[allowed, ]
  unit <- 2^fit$scale
  tau <- fit$estimate$tau / unit
  process <- rdd_bands(fit, fit$estimate$tau, fit$vcov, rdd_scores(fit), TRUE)$process
  rows <- lapply(seq_len(nrow(pairs)), \(i) {
    given <- list(test = pairs$test[[i]], statistic = pairs$statistic[[i]],
      studentized = fit$boot$band == "studentized", range = range,
      level = fit$boot$level)
    shift <- if (given$test == "equal") tau0 / unit else 0
    out <- result_of(.Call(C_rdd_test, fit$estimate$prob, tau - shift, fit$vcov, process,
      given), rdd_names)
    size <- if (given$statistic == "cvm") unit^2 else if (given$studentized) 1 else unit
    data.frame(test = given$test, statistic_type = given$statistic,
      statistic = out[[1]] * size, p_value = out[[2]], critical = out[[3]] * size,
      range_low = range[[1]], range_high = range[[2]], stringsAsFactors = FALSE)
  })
  out <- do.call(rbind, rows)
  flat <- sum(diag(fit$vcov)[used] == 0)
  if (flat > 0 && fit$boot$band == "studentized") {
    distest_warning("approximation", sprintf(
      "%s with a standard error of 0 left out of studentized statistics.",
      count_text(flat, "grid point")), "fit", value = flat)
  }
  out
}
