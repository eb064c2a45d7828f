# Pictures of designs and fits; each function returns the data it drew.

#' Plots of designs
#'
#' `which = 1`: where are the points? (over the optimal density in one dimension; larger
#' symbols for larger weights beyond). `which = 2`: how well conditioned is the design,
#' against plain random points of the same number?
#'
#' @param x A sample, plan or comparison.
#' @param which Number of the picture.
#' @param nsim Plain random designs to compare with.
#' @param ... Graphical parameters.
#' @return The data drawn, invisibly.
#' @examples
#' set.seed(1)
#' design <- wls_sample(wls_space(wls_basis("legendre", 10)))
#' plot(design)
#' plot(design, 2, nsim = 20)
#' @export
plot.distest_wls_sample <- function(x, which = 1, nsim = 20, ...) {
  if (!is.numeric(which) || length(which) != 1 || !which %in% 1:2) {
    bad_argument("which", "must be 1 or 2, not %s.", describe(which))
  }
  if (which == 2) {
    return(plot_spectrum(x, check_count(nsim, "nsim"), ...))
  }
  if (is.null(x$points)) {
    data <- data.frame(index = x$index, weight = x$weights)
    open_plot(list(xlim = c(1, ncol(x$space$phi)), ylim = range(0, data$weight),
      xlab = "candidate",
      ylab = "weight", main = "Which candidates are chosen?"), ...)
    graphics::segments(data$index, 0, data$index, data$weight, col = plot_colours(1))
    return(invisible(data))
  }
  data <- as.data.frame(x)
  d <- ncol(x$points)
  if (d == 1) {
    if (length(x$space$basis)) {
      curve <- optimal_density(x)
      open_plot(list(xlim = range(curve$x),
        ylim = c(0, min(max(curve$density), 6 * stats::median(curve$density))),
        xlab = x$space$names, ylab = "optimal density", main = "Where are the points?"),
      ...)
      graphics::lines(curve$x, curve$density, col = plot_colours(2)[[2]])
    } else {
      open_plot(list(xlim = range(x$points), ylim = c(0, 1), xlab = x$space$names,
        ylab = "", main = "Where are the points?"), ...)
    }
    graphics::rug(x$points[, 1], col = plot_colours(1), lwd = 1.5)
    return(invisible(data))
  }
  size <- 0.5 + 1.2 * sqrt(x$weights / max(x$weights))
  if (d == 2) {
    lim <- lapply(1:2, \(k) plot_range(x, k))
    open_plot(list(xlim = lim[[1]], ylim = lim[[2]], xlab = x$space$names[[1]],
      ylab = x$space$names[[2]],
      main = "Where are the points? (area: weight; grey: leverage)"), ...)
    if (length(x$space$basis)) draw_leverage(x$space, lim)
    graphics::points(x$points, cex = size, pch = 21, bg = faded(plot_colours(1), 0.5),
      col = plot_colours(1))
  } else {
    graphics::pairs(x$points[, seq_len(min(d, 6))], cex = 0.7 * size, pch = 21,
      bg = faded(plot_colours(1), 0.5),
      col = plot_colours(1), main = "Where are the points? (area: weight)", ...)
  }
  invisible(data)
}

# the density of the optimal measure of one input, from its distribution function
optimal_density <- function(x) {
  range <- plot_range(x, 1)
  grid <- seq(range[[1]], range[[2]], length.out = 402)
  cdf <- rowMeans(vapply(x$space$indices[, 1],
    \(j) wls_induced_cdf(x$space$basis[[1]], j, grid), grid))
  data.frame(x = (grid[-1] + grid[-402]) / 2, density = diff(cdf) / diff(grid))
}

# the support where it is bounded, else that of the points
plot_range <- function(x, k) {
  b <- if (length(x$space$basis)) x$space$basis[[k]]
  bounded <- !is.null(b) && is.finite(b$low) && is.finite(b$high)
  if (bounded) c(b$low, b$high) else range(x$points[, k])
}

# log k(x) over a grid of 60 x 60 cells: their edges, and a row per cell
leverage_grid <- function(space, lim) {
  at <- lapply(lim, \(l) seq(l[[1]], l[[2]], length.out = 61))
  cells <- as.matrix(expand.grid(x = (at[[1]][-1] + at[[1]][-61]) / 2,
    y = (at[[2]][-1] + at[[2]][-61]) / 2))
  list(at = at, cells = data.frame(cells,
    leverage = wls_christoffel(space, unname(cells), log = TRUE)))
}

draw_leverage <- function(space, lim) {
  g <- leverage_grid(space, lim)
  graphics::image(g$at[[1]], g$at[[2]], matrix(g$cells$leverage, 60), add = TRUE,
    col = grDevices::grey(seq(0.98, 0.72, length.out = 24)))
}

plot_spectrum <- function(x, nsim, ...) {
  spectrum <- \(s) {
    A <- sqrt(s$weights / s$n) * wls_features(s$space, sample_x(s))
    sort(svd(A, 0, 0)$d^2, decreasing = TRUE)
  }
  ours <- spectrum(x)
  others <- vapply(seq_len(nsim), \(i) spectrum(wls_sample(x$space, x$n, "mc",
    progress = FALSE)), ours)
  others <- matrix(others, length(ours))
  low <- max(min(ours, others), 1e-12)
  open_plot(list(xlim = c(1, length(ours)), ylim = c(low, max(ours, others)), log = "y",
    xlab = "number",
    ylab = "eigenvalue of G",
    main = "How well conditioned? (grey: plain random points)"), ...)
  for (i in seq_len(nsim)) graphics::lines(pmax(others[, i], low), col = "grey75")
  graphics::lines(ours, col = plot_colours(1), lwd = 2)
  graphics::abline(h = 1, lty = 3)
  data <- data.frame(number = seq_along(ours), eigenvalue = ours)
  attr(data, "others") <- data.frame(number = rep(data$number, nsim),
    eigenvalue = as.vector(pmax(others, low)),
    design = rep(seq_len(nsim), each = length(ours)))
  invisible(data)
}

#' Plots of fits
#'
#' `which = 1`: do leave-one-out predictions agree with the outputs? 2: how fast do the
#' coefficients fall with the degree? 3: which inputs matter (Sobol indices with
#' intervals)?
#' 4: do influential points fit badly? 5: how does the output depend on each input alone
#' (main effects with intervals)?
#'
#' @param x A fit.
#' @param which Number of the picture.
#' @param output Number or name of the output.
#' @param level Confidence level.
#' @param ... Graphical parameters.
#' @return The data drawn, invisibly.
#' @examples
#' set.seed(1)
#' s <- wls_space(wls_basis("legendre", 6), d = 2)
#' fit <- wls_fit(s, wls_sample(s), f = function(x) exp(x[, 1]) * (1 + x[, 2]))
#' plot(fit)
#' plot(fit, 3)
#' @export
plot.distest_wls <- function(x, which = 1, output = 1L, level = 0.95, ...) {
  k <- output_number(x, output)
  which <- check_count(which, "which")
  picture <- list(plot_loo, plot_coefficients, plot_sobol, plot_leverage, plot_effects)
  if (which > 5) bad_argument("which", "must be 1 to 5, not %s.", format(which))
  picture[[which]](x, k, check_level(level), ...)
}

plot_loo <- function(x, k, level, ...) {
  y <- x$y[, k]
  r <- residuals(x, "loo")
  r <- if (is.matrix(r)) r[, k] else r
  if (anyNA(r)) unsupported("plot", x,
    "leave-one-out predictions need more points than functions")
  data <- data.frame(observed = y, predicted = y - r)
  lim <- range(data)
  open_plot(list(xlim = lim, ylim = lim, xlab = "output",
    ylab = "leave-one-out prediction",
    main = "Are outputs predicted by the other runs?"), ...)
  graphics::abline(0, 1, lty = 3)
  graphics::points(data$observed, data$predicted, pch = 21,
    bg = faded(plot_colours(1), 0.5), col = plot_colours(1))
  invisible(data)
}

plot_coefficients <- function(x, k, level, ...) {
  degree <- if (is_finite_space(x$space)) seq_len(x$m) else rowSums(x$space$indices)
  data <- data.frame(term = rownames(x$coefficients), degree = degree,
    size = abs(x$coefficients[, k]),
    row.names = NULL)
  shown <- data$size > 0
  open_plot(list(xlim = range(degree), ylim = range(data$size[shown]), log = "y",
    xlab = if (is_finite_space(x$space)) "function" else "total degree",
    ylab = "|coefficient|",
    main = "How fast do the coefficients fall?"), ...)
  se <- standard_errors(x, k)
  if (!anyNA(se)) graphics::lines(stats::lowess(degree, pmax(se, min(data$size[shown])),
    f = 0.5), col = plot_colours(2)[[2]], lty = 2)
  graphics::points(data$degree[shown], data$size[shown], pch = 21,
    bg = faded(plot_colours(1), 0.5), col = plot_colours(1))
  if (!anyNA(se)) graphics::legend("topright", "standard error",
    col = plot_colours(2)[[2]], lty = 2, bty = "n")
  invisible(data)
}

plot_sobol <- function(x, k, level, ...) {
  s <- wls_sobol(x, order = 1, conf = level)
  data <- data.frame(input = x$space$names, first = s$indices[k, ], total = s$total[k, ],
    lower = s$total_lower[k, ], upper = s$total_upper[k, ], row.names = NULL)
  data$first[is.na(data$first)] <- 0
  at <- graphics::barplot(t(as.matrix(data[c("first", "total")])), beside = TRUE,
    names.arg = data$input,
    ylim = c(0, max(1, data$upper, na.rm = TRUE)), col = plot_colours(2), border = NA,
    ylab = "share of the variance", main = "Which inputs matter?", ...)
  ok <- is.finite(data$lower)
  graphics::segments(at[2, ok], data$lower[ok], at[2, ok], data$upper[ok])
  graphics::legend("topright", c("alone", "in all"), fill = plot_colours(2), border = NA,
    bty = "n")
  invisible(data)
}

plot_leverage <- function(x, k, level, ...) {
  r <- residuals(x, "loo")
  r <- if (is.matrix(r)) r[, k] else r
  if (anyNA(r)) unsupported("plot", x,
    "leave-one-out residuals need more points than functions")
  data <- data.frame(leverage = x$leverage, residual = sqrt(x$weights) * r)
  open_plot(list(xlim = c(0, 1), ylim = range(data$residual), xlab = "leverage",
    ylab = "weighted leave-one-out residual",
    main = "Do influential runs fit badly?"), ...)
  graphics::abline(h = 0, lty = 3)
  graphics::points(data$leverage, data$residual, pch = 21,
    bg = faded(plot_colours(1), 0.5), col = plot_colours(1))
  invisible(data)
}

# E(f | x_k) and its interval: the other inputs at their law.
plot_effects <- function(x, k, level, ...) {
  space <- x$space
  if (is_finite_space(space)) unsupported("plot", x, "main effects need a tensor space")
  V <- vcov(x, output = k)
  z <- stats::qnorm((1 + level) / 2)
  d <- space$d
  old <- if (d > 1 &&
    all(graphics::par("mfrow") == 1)) graphics::par(mfrow = grDevices::n2mfrow(d))
  if (!is.null(old)) on.exit(graphics::par(old))
  e <- lapply(space$basis, \(b) basis_integrals(b))
  out <- lapply(seq_len(d), \(j) {
    b <- space$basis[[j]]
    from <- if (is.finite(b$low)) b$low else wls_induced_quantile(b, 0, 0.01)
    to <- if (is.finite(b$high)) b$high else wls_induced_quantile(b, 0, 0.99)
    grid <- seq(from, to, length.out = 101)
    P <- wls_basis_eval(b, grid)[, space$indices[, j] + 1, drop = FALSE]
    rest <- rep(1, space$m)
    for (l in setdiff(seq_len(d), j)) rest <- rest * e[[l]][space$indices[, l] + 1]
    A <- sweep(P, 2, rest, `*`)
    value <- as.vector(A %*% x$coefficients[, k])
    se <- sqrt(pmax(rowSums((A %*% V) * A), 0))
    data.frame(input = space$names[[j]], x = grid, effect = value,
      lower = value - z * se, upper = value + z * se)
  })
  lim <- range(unlist(lapply(out, \(o) c(o$effect, o$lower, o$upper))), na.rm = TRUE)
  for (o in out) {
    open_plot(list(xlim = range(o$x), ylim = lim, xlab = o$input[[1]],
      ylab = "mean of the output",
      main = "Effect of each input alone"), ...)
    draw_band(o$x, o$lower, o$upper, plot_colours(1))
    graphics::lines(o$x, o$effect, col = plot_colours(1), lwd = 2)
  }
  invisible(do.call(rbind, out))
}

basis_integrals <- function(b) {
  s <- wls_space(list(b), indices = matrix(seq_len(b$size) - 1))
  result_of(.Call(C_wls_integrals, s))
}

#' @rdname plot.distest_wls_sample
#' @export
plot.distest_wls_plan <- function(x, ...) {
  open_plot(list(xlim = range(x$curve$n), ylim = c(0, 1), xlab = "points",
    ylab = "probability of a good design",
    main = "How many points are enough?"), ...)
  lower <- stats::qbeta(0.025, x$curve$p * x$nsim, x$nsim - x$curve$p * x$nsim + 1)
  upper <- stats::qbeta(0.975, x$curve$p * x$nsim + 1, x$nsim - x$curve$p * x$nsim)
  draw_band(x$curve$n, lower, upper, plot_colours(1))
  graphics::lines(x$curve$n, x$curve$p, type = "b", pch = 19, col = plot_colours(1))
  graphics::abline(h = 1 - x$eta, v = x$n, lty = 3)
  invisible(cbind(x$curve, lower = lower, upper = upper))
}

#' @rdname plot.distest_wls_sample
#' @export
plot.distest_wls_compare <- function(x, ...) {
  data <- as.data.frame(unclass(x))
  data$cond <- pmin(data$cond, 1e16)
  old <- graphics::par(mar = c(11, 6, 3, 1))
  on.exit(graphics::par(old))
  colours <- plot_colours(length(unique(data$method)))
  sets <- levels(interaction(data$method, data$n, drop = TRUE, sep = ", n = "))
  graphics::boxplot(cond ~ interaction(method, n, drop = TRUE, sep = ", n = "), data,
    log = "y", las = 2,
    col = faded(colours[match(sub(", n.*", "", sets), sort(unique(data$method)))],
      0.5), xlab = "",
    ylab = "", main = "Which design is best conditioned?", ...)
  graphics::title(ylab = "condition number of G", line = 4.5)
  invisible(data)
}
