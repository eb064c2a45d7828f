# Pictures.

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
