# What a fit says of itself.

#' @export
print.distest_kde <- function(x, ...) {
  digits <- number_digits()
  f <- \(v) format_number(v, digits)
  cat("Kernel density estimate, ", x$kernel, " kernel",
    if (!is.null(x$nu)) paste0(" (nu ", f(x$nu), ")"), "\n", sep = "")
  cat(sprintf("  data        %s in %s (alpha = log n / d = %s)\n",
    count_text(x$n, "point"),
    count_text(x$d, "dimension"), f(log(x$n) / x$d)))
  b <- x$bandwidth
  what <- if (!is.null(x$adaptive)) {
    sprintf("%s x distance to neighbour %d", f(x$adaptive$c), x$adaptive$k)
  } else if (x$shape == "scalar") {
    sprintf("h = %s", f(x$h))
  } else {
    sprintf("%s, standard deviations %s to %s", x$shape, f(sqrt(min(diag(x$H)))),
      f(sqrt(max(diag(x$H)))))
  }
  low <- if (b$method == "lcv" && x$shape == "scalar" && !is.null(b$lower)) {
    sprintf(" (nearest-neighbour bound %s)", f(b$lower))
  }
  write_lines("bandwidth   ", b$method, ", scaling ", x$scaling, ", ", what, low,
    indent = 2,
    exdent = 14)
  if (!is.null(b$queries) && b$method == "lcv" && b$queries < x$n) {
    cat(sprintf("              from %s of the points\n", format(b$queries)))
  }
  if (isTRUE(x$control$trim > 0)) cat("              trim", f(x$control$trim), "\n")
  cat(sprintf("  likelihood  %s nats per point, leave-one-out\n", f(x$loo_mean)))
  if (x$n >= 6 && x$n <= 20000) print_regime(x)
  invisible(x)
}

print_regime <- function(x) {
  phases <- tryCatch(kde_phases(x, k = min(x$control$knn, x$n - 1), progress = FALSE),
    distest_error = \(e) NULL)
  if (is.null(phases)) return(invisible())
  q <- format_number(stats::quantile(phases$mu, c(0.5, 0.25, 0.75), na.rm = TRUE), 2)
  regime <- names(which.max(table(factor(phases$regime, kde_regimes))))
  write_lines(sprintf(paste("regime      %s: tail index %s (quartiles %s, %s); half of the",
    "values rest on %s points or fewer"), regime, q[[1]], q[[2]], q[[3]],
    format_number(stats::median(phases$neff, na.rm = TRUE), 3)), indent = 2, exdent = 14)
  if (regime != "clt" && is.finite(x$h)) {
    write_lines(sprintf(paste("the central limit theorem would need h > %s",
      "(median h_CLT); see kde_phases()"),
      format_number(stats::median(phases$h_CLT, na.rm = TRUE),
        3)), indent = 14, exdent = 14)
  }
}

#' Summaries and tables of a kernel density estimate
#'
#' @param object,x A [kde_fit()].
#' @param data Points to augment; `NULL`: those of the fit, leave-one-out.
#' @param ... Not used.
#' @return `summary()`: a list with the fit and its [kde_phases()]. `tidy()`: one row per
#'   bandwidth parameter. `glance()`: one row. `augment()`: the points with
#'   `.log_density`, `.loo`, `.neff`, `.mu`, `.regime`, `.outlier_p`.
#' @examples
#' fit <- kde_fit(faithful)
#' summary(fit)
#' glance(fit)
#' @name kde-tidy
NULL

#' @rdname kde-tidy
#' @export
summary.distest_kde <- function(object, ...) {
  check_dots_empty(...)
  structure(class = "summary.distest_kde", list(fit = object,
    phases = kde_phases(object, k = min(object$control$knn, object$n - 1),
      progress = FALSE)))
}

#' @export
print.summary.distest_kde <- function(x, ...) {
  print(x$fit)
  cat("\n")
  print(x$phases)
  invisible(x)
}

#' @export
coef.distest_kde <- function(object, ...) {
  check_dots_empty(...)
  names <- colnames(object$x)
  if (is.null(names)) names <- paste0("x", seq_len(object$d))
  switch(object$shape, scalar = if (is.null(object$adaptive)) c(h = object$h) else {
    c(c = object$adaptive$c)
  }, diag = stats::setNames(sqrt(diag(object$H)), names),
    full = {
      at <- which(lower.tri(object$H, TRUE), arr.ind = TRUE)
      stats::setNames(object$H[at], paste(names[at[, 1]], names[at[, 2]], sep = ":"))
    })
}

#' @importFrom stats logLik
#' @export
logLik.distest_kde <- function(object, ...) {
  check_dots_empty(...)
  df <- if (object$bandwidth$method == "given") 0 else length(coef(object))
  structure(object$n * object$loo_mean, df = df, nobs = object$n, loo = TRUE,
    class = "logLik")
}

#' @export
nobs.distest_kde <- function(object, ...) object$n

#' @export
vcov.distest_kde <- function(object, ...) {
  unsupported("vcov", object, "use predict(interval = \"confidence\") for error bars")
}

#' @importFrom stats confint
#' @export
confint.distest_kde <- function(object, parm, level = 0.95, ...) {
  unsupported("confint", object, "use predict(interval = \"confidence\") for error bars")
}

#' @importFrom stats residuals
#' @export
residuals.distest_kde <- function(object, ...) {
  unsupported("residuals", object, "use augment() for leave-one-out densities")
}

#' @rdname kde-tidy
#' @export
tidy.distest_kde <- function(x, ...) {
  check_dots_empty(...)
  b <- coef(x)
  data.frame(term = names(b), estimate = unname(b))
}

#' @rdname kde-tidy
#' @export
glance.distest_kde <- function(x, ...) {
  check_dots_empty(...)
  phases <- kde_phases(x, k = min(x$control$knn, x$n - 1), progress = FALSE)
  share <- \(r) mean(phases$regime == r, na.rm = TRUE)
  ll <- logLik(x)
  data.frame(nobs = x$n, df = attr(ll, "df"), logLik = as.numeric(ll), n = x$n, d = x$d,
    kernel = x$kernel, method = x$bandwidth$method, h = x$h, loo_mean = x$loo_mean,
    alpha = log(x$n) / x$d, mu_median = stats::median(phases$mu, na.rm = TRUE),
    share_extreme = share("extreme"), share_stable = share("stable"),
    share_clt = share("clt"), neff_median = stats::median(phases$neff, na.rm = TRUE))
}

#' @rdname kde-tidy
#' @export
augment.distest_kde <- function(x, data = NULL, ...) {
  check_dots_empty(...)
  phases <- kde_phases(x, data, k = min(x$control$knn, x$n - 1), progress = FALSE)
  out <- if (is.null(data)) as.data.frame(x$x) else as.data.frame(data)
  loo <- if (is.null(data)) predict(x, type = "loo") else NA_real_
  data.frame(out, .log_density = unname(predict(x, data, progress = FALSE)), .loo = loo,
    .neff = phases$neff, .mu = phases$mu, .regime = phases$regime,
    .outlier_p = kde_outliers(x, data)$p_value, row.names = NULL, check.names = FALSE)
}

#' Pictures of a kernel density estimate
#'
#' One dimension: the density with a rug and an error band. Two: regions of highest
#' density. More: the phase plot, which answers where the bandwidth lies between the
#' statistical regimes.
#'
#' @param x A [kde_fit()].
#' @param y Not used.
#' @param which `"auto"`, `"density"` or `"phases"`.
#' @param n Points per axis.
#' @param ... Graphical parameters.
#' @return What is drawn, as a data frame, invisibly.
#' @examples
#' plot(kde_fit(faithful$eruptions))
#' plot(kde_fit(faithful))
#' @exportS3Method graphics::plot distest_kde
plot.distest_kde <- function(x, y, which = c("auto", "density", "phases"), n = 101, ...) {
  which <- check_choice(which, c("auto", "density", "phases"), "which")
  if (which == "auto") which <- if (x$d <= 2) "density" else "phases"
  if (which == "phases") return(plot_kde_phases(x, ...))
  if (x$d > 2) {
    bad_argument("which", "must be \"phases\" for %d dimensions, not \"density\".", x$d)
  }
  if (x$d == 1) plot_kde_curve(x, n, ...) else plot_kde_regions(x, n, ...)
}

kde_axis <- function(x, k, n) {
  v <- x$x[, k]
  pad <- 3 * sqrt(x$H[k, k])
  seq(min(v) - pad, max(v) + pad, length.out = n)
}

plot_kde_curve <- function(x, n, ...) {
  at <- kde_axis(x, 1, 4 * n)
  plain <- is.null(x$weights) && is.null(x$adaptive) &&
    x$kernel %in% c("gaussian", "exponential", "student") && x$n >= 6
  out <- data.frame(x = at, density = exp(predict(x, at, progress = FALSE)))
  if (plain) {
    band <- with_seed(1, predict(x, at, interval = "confidence", progress = FALSE))
    out$lower <- exp(band$lower)
    out$upper <- exp(band$upper)
  }
  name <- colnames(x$x)
  top <- max(out$density, out$upper[out$density > 0.02 * max(out$density)], na.rm = TRUE)
  open_plot(list(xlim = range(at), ylim = c(0, 1.05 * top),
    xlab = if (is.null(name)) "x" else name, ylab = "Density",
    main = "Where are the data?"), ...)
  if (plain) draw_band(at, out$lower, out$upper, plot_colours(1))
  graphics::lines(at, out$density, lwd = 2, col = plot_colours(1))
  graphics::rug(x$x[, 1], col = faded("black", 0.4))
  invisible(out)
}

# Levels of the regions that hold these shares of the points.
plot_kde_regions <- function(x, n, ...) {
  a <- kde_axis(x, 1, n)
  b <- kde_axis(x, 2, n)
  grid <- expand.grid(x = a, y = b)
  grid$log_density <- predict(x, as.matrix(unname(grid)), progress = FALSE)
  shares <- c(0.95, 0.75, 0.5, 0.25)
  levels <- stats::quantile(predict(x, progress = FALSE), 1 - shares, names = FALSE)
  names <- colnames(x$x)
  if (is.null(names)) names <- c("x1", "x2")
  open_plot(list(xlim = range(a), ylim = range(b), xlab = names[[1]], ylab = names[[2]],
    main = "Smallest regions with 25, 50, 75, 95 % of the points"), ...)
  graphics::points(x$x, pch = 16, cex = 0.5, col = faded("black", 0.35))
  z <- matrix(grid$log_density, n)
  graphics::contour(a, b, z, levels = levels, labels = paste(100 * shares, "%"),
    add = TRUE,
    col = plot_colours(1), lwd = 1.6, labcex = 0.7)
  invisible(grid)
}

plot_kde_phases <- function(x, ...) {
  phases <- kde_phases(x, k = min(x$control$knn, x$n - 1), progress = FALSE)
  scalar <- is.finite(x$h) && x$kernel == "gaussian" && is.null(x$adaptive)
  old <- graphics::par(mfrow = c(1, if (scalar) 3 else 2), mar = c(4.2, 4.2, 4, 1))
  on.exit(graphics::par(old))
  if (scalar) phase_curve(x, phases, ...)
  mu <- phases$mu[is.finite(phases$mu) & phases$mu > 0]
  graphics::hist(log10(mu), 30, main = "How many points carry a value?", border = "white",
    col = faded(plot_colours(1), 0.6), xlab = "Tail index mu", axes = FALSE,
    xlim = range(log10(mu), 0.35))
  ticks <- c(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
  graphics::axis(1, log10(ticks), ticks)
  graphics::axis(2)
  graphics::abline(v = log10(1:2), lty = 2)
  loo <- predict(x, type = "loo", progress = FALSE)
  open_plot(list(xlim = range(mu), ylim = range(loo[is.finite(loo)]), log = "x",
    xlab = "Tail index mu", ylab = "Leave-one-out log density (nats)",
    main = "Are low values less reliable?"))
  graphics::points(phases$mu, loo, pch = 16, cex = 0.5, col = faded(plot_colours(1), 0.4))
  graphics::abline(v = 1:2, lty = 2)
  invisible(data.frame(phases, loo = unname(loo)))
}

phase_curve <- function(x, phases, ...) {
  ties <- x$tie_rule
  rule <- \(m) tryCatch(kde_select(x$x, m, x$scaling, "scalar", "gaussian", x$weights,
    NULL,
    ties, x$control, list(threads = NULL,
      progress = NULL))$h, distest_error = \(e) NA_real_)
  marks <- c(nn = rule("nn"), kl_normal = rule("kl_normal"),
    silverman = rule("silverman"))
  if (x$bandwidth$method == "lcv") marks <- c(marks, lcv = x$h) else marks <- c(marks,
    h = x$h)
  marks <- marks[is.finite(marks)]
  gates <- c(stats::median(phases$h_G, na.rm = TRUE),
    stats::median(phases$h_CLT, na.rm = TRUE))
  h <- exp(seq(log(0.75 * min(marks)), log(1.4 * max(marks, gates)), length.out = 50))
  curve <- kde_lcv(x$x, h, x$scaling, x$weights, ties, x$control, progress = FALSE)
  top <- max(curve$loo)
  low <- max(min(curve$loo), top - 3 * (top - stats::quantile(curve$loo, 0.35)))
  open_plot(list(xlim = range(h), ylim = c(low, top + 0.12 * (top - low)), log = "x",
    xlab = "Bandwidth h", ylab = "Leave-one-out log density (nats per point)",
    main = "Which regime is the bandwidth in?"), ...)
  edges <- c(min(h), pmin(pmax(gates, min(h)), max(h)), max(h))
  usr <- graphics::par("usr")
  for (k in 1:3) {
    if (edges[[k + 1]] <= edges[[k]]) next
    graphics::rect(edges[[k]], usr[[3]], edges[[k + 1]], usr[[4]], border = NA,
      col = faded(plot_colours(3)[[k]], 0.13))
    graphics::text(sqrt(edges[[k]] * edges[[k + 1]]), usr[[4]], kde_regimes[[k]],
      pos = 1, cex = 0.9)
  }
  graphics::lines(curve$h, curve$loo, lwd = 2)
  graphics::abline(v = marks, lty = 3)
  graphics::text(marks, low, names(marks), srt = 90, adj = c(0, -0.3), cex = 0.8)
}
