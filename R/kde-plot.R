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

# Where limits are missing (rounded data) the band has a gap: its pieces.
kde_runs <- function(ok) split(which(ok), cumsum(!ok)[ok])

plot_kde_curve <- function(x, n, ...) {
  at <- kde_axis(x, 1, 4 * n)
  plain <- is.null(x$weights) && is.null(x$adaptive) &&
    x$kernel %in% c("gaussian", "exponential", "student") && x$n >= 6 &&
    !identical(x$bounds$boundary, "reflect")
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
  for (run in if (plain) kde_runs(is.finite(out$lower) & is.finite(out$upper))) {
    draw_band(at[run], out$lower[run], out$upper[run], plot_colours(1))
  }
  graphics::lines(at, out$density, lwd = 2, col = plot_colours(1))
  graphics::rug(x$x[, 1], col = faded("black", 0.4))
  invisible(out)
}

# Levels of the regions that hold these shares of the points.
plot_kde_regions <- function(x, n, ...) {
  grid <- kde_grid(x, n, progress = FALSE)
  a <- attr(grid, "axes")[[1]]
  b <- attr(grid, "axes")[[2]]
  names(grid) <- c("x", "y", "log_density")
  shares <- c(0.95, 0.75, 0.5, 0.25)
  levels <- stats::quantile(predict(x, progress = FALSE), 1 - shares, names = FALSE)
  names <- colnames(x$x)
  if (is.null(names)) names <- c("x1", "x2")
  open_plot(list(xlim = range(a), ylim = range(b), xlab = names[[1]], ylab = names[[2]],
    main = "Regions of 25 to 95 %"), ...)
  graphics::points(x$x, pch = 16, cex = 0.5, col = faded("black", 0.35))
  z <- matrix(grid$log_density, n)
  graphics::contour(a, b, z, levels = levels, labels = paste(100 * shares, "%"),
    add = TRUE,
    col = plot_colours(1), lwd = 1.6, labcex = 0.7)
  invisible(grid)
}

# Curve of the likelihood with the regimes, then the two panels of plot(kde_phases).
plot_kde_phases <- function(x, ...) {
  phases <- kde_phases(x, k = min(x$control$knn, x$n - 1), progress = FALSE)
  scalar <- is.finite(x$h) && x$kernel == "gaussian" && is.null(x$adaptive) &&
    is.null(x$bounds)
  old <- graphics::par(mfrow = c(1, if (scalar) 3 else 2), mar = c(4.2, 4.2, 3, 1))
  on.exit(graphics::par(old))
  if (scalar) phase_curve(x, phases, ...)
  phase_histogram(phases)
  phase_values(phases)
  invisible(data.frame(phases, loo = unname(attr(phases, "log_density"))))
}

#' @rdname kde_phases
#' @param x,y From `kde_phases()`; not used.
#' @exportS3Method graphics::plot distest_kde_phases
plot.distest_kde_phases <- function(x, y, ...) {
  old <- graphics::par(mfrow = c(1, 2), mar = c(4.2, 4.2, 3, 1))
  on.exit(graphics::par(old))
  phase_histogram(x, ...)
  phase_values(x, ...)
  invisible(data.frame(x, log_density = unname(attr(x, "log_density"))))
}

phase_ticks <- c(outer(c(1, 2, 5), 10^(-3:6)))

phase_histogram <- function(phases, ...) {
  mu <- phases$mu[is.finite(phases$mu) & phases$mu > 0]
  counts <- graphics::hist(log10(mu), 30, plot = FALSE)
  frame <- list(xlim = range(counts$breaks, log10(2.2)),
    ylim = c(0, 1.12 * max(counts$counts)), xlab = "Tail index mu",
    ylab = "Number of values", main = "How many points carry a value?", xaxt = "n")
  open_plot(frame, ...)
  phase_shades(c(-Inf, 0, log10(2), Inf))
  graphics::rect(counts$breaks[-length(counts$breaks)], 0, counts$breaks[-1],
    counts$counts, border = "white", col = faded("grey20", 0.75))
  graphics::axis(1, log10(phase_ticks), phase_ticks)
}

phase_values <- function(phases, ...) {
  value <- attr(phases, "log_density")
  ok <- is.finite(phases$mu) & phases$mu > 0 & is.finite(value)
  frame <- list(xlim = range(phases$mu[ok], if (max(phases$mu[ok]) > 0.5) 2.2),
    ylim = range(value[ok]), log = "x", xlab = "Tail index mu",
    ylab = "Leave-one-out log density (nats)", main = "Are low values less reliable?",
    xaxt = "n")
  open_plot(frame, ...)
  phase_shades(c(0, 1, 2, Inf))
  graphics::points(phases$mu[ok], value[ok], pch = 16, cex = 0.6,
    col = faded("grey20", 0.45))
  graphics::axis(1, phase_ticks, phase_ticks)
}

# The plot region shaded by regime between `edges`, named at the top.
phase_shades <- function(edges) {
  usr <- graphics::par("usr")
  log <- graphics::par("xlog")
  span <- if (log) 10^usr[1:2] else usr[1:2]
  edges <- pmin(pmax(edges, span[[1]]), span[[2]])
  wide <- diff(if (log) log10(edges) else edges) / (usr[[2]] - usr[[1]])
  for (k in 1:3) {
    if (edges[[k + 1]] <= edges[[k]]) next
    graphics::rect(edges[[k]], usr[[3]], edges[[k + 1]], usr[[4]], border = NA,
      col = faded(plot_colours(3)[[c(2, 3, 1)[[k]]]], 0.16))
    if (k > 1) graphics::segments(edges[[k]], usr[[3]], edges[[k]], usr[[4]], lty = 2,
      col = "grey40")
    if (wide[[k]] < 0.07) next
    middle <- if (log) sqrt(edges[[k]] * edges[[k + 1]]) else mean(edges[k + 0:1])
    graphics::text(middle, usr[[4]], c("extreme", "stable", "CLT")[[k]], pos = 1,
      cex = 0.9, offset = 0.3)
  }
}

# Rules of reference: with scaling "none" they are in units of the mean variance.
phase_marks <- function(x) {
  run <- list(threads = NULL, progress = NULL)
  rule <- \(m) tryCatch({
    plain <- x$scaling == "none" && m != "nn"
    h <- kde_select(x$x, m, if (plain) "iso" else x$scaling, "scalar", "gaussian",
      x$weights, NULL, x$tie_rule, x$control, run)$h
    if (plain) h * sqrt(kde_reference(x$x, x$weights, "iso")[1, 1]) else h
  }, distest_error = \(e) NA_real_)
  marks <- c(nn = rule("nn"), kl_normal = rule("kl_normal"),
    silverman = rule("silverman"))
  chosen <- x$bandwidth$method
  marks[[if (chosen == "given") "h" else chosen]] <- x$h
  sort(marks[is.finite(marks)])
}

phase_curve <- function(x, phases, ...) {
  marks <- phase_marks(x)
  gates <- c(stats::median(phases$h_G, na.rm = TRUE),
    stats::median(phases$h_CLT, na.rm = TRUE))
  h <- exp(seq(log(0.75 * min(marks)), log(1.4 * max(marks, gates)), length.out = 60))
  curve <- kde_lcv(x$x, h, x$scaling, x$weights, x$tie_rule, x$control, progress = FALSE)
  top <- max(curve$loo)
  # as much of the curve as holds all marks
  low <- min(stats::approx(log(h), curve$loo, log(marks))$y, curve$loo[h >= gates[[1]]])
  low <- max(low, top - 5 * (top - stats::quantile(curve$loo, 0.5)))
  open_plot(list(xlim = range(h), ylim = c(low - 0.05 * (top - low), top +
    0.12 * (top - low)), log = "x", xlab = "Bandwidth h",
  ylab = "Leave-one-out log density (nats per point)",
  main = "Which regime is the bandwidth in?"), ...)
  phase_shades(c(0, gates, Inf))
  graphics::lines(curve$h, curve$loo, lwd = 2)
  # a line close to the one before begins above its label, and has its own on the right
  usr <- graphics::par("usr")
  near <- c(FALSE, diff(log10(marks)) < 0.07 * (usr[[2]] - usr[[1]]))
  step <- Reduce(\(level, close) if (close) level + 1 else 0, near, accumulate = TRUE)
  foot <- usr[[3]] + 0.24 * step * (usr[[4]] - usr[[3]])
  graphics::segments(marks, foot, marks, usr[[4]], lty = 3)
  for (k in seq_along(marks)) {
    graphics::text(marks[[k]], foot[[k]], paste0(" ", names(marks)[[k]]), srt = 90,
      adj = c(0, if (near[[k]]) 1.2 else -0.35), cex = 0.85)
  }
}
