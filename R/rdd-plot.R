#' Pictures of a design
#'
#' `"effect"`: who gains at the cutoff? The effect over quantiles with its uniform band
#' (light) and pointwise intervals (dark). `"curves"`: what are the distributions on both
#' sides? The two average quantile functions with their bands. `"fan"`: is there a jump to
#' be seen? Binned average quantiles against the running variable with the local fits
#' inside the bandwidth (shaded). `"lorenz"`: how is the total shared out on both sides?
#' Lorenz curves with pointwise intervals. `"weights"`: which units speak, and how much?
#' Conventional and bias-corrected weights. `"density"`: do units crowd on one side? A
#' histogram with the local densities at the cutoff.
#'
#' @param x A [rdd_fit()], or a result of [rdd_sensitivity()].
#' @param which The picture.
#' @param probs For `"fan"` and sensitivity: levels to draw; the nearest of the grid are
#'   taken.
#' @param nbins For `"fan"`: bins on each side, see [rdd_plotdata()].
#' @param col Colours of the control and the treated side (the effect: the first).
#' @param ... Graphical parameters.
#' @return What is drawn, invisibly: a data frame.
#' @examples
#' d <- rdd_simulate("skewed", n = 300, n_i = 40, delta = 2, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5)
#' plot(fit)
#' plot(fit, "fan")
#' @export
plot.distest_rdd <- function(x, which = rdd_pictures,
                             probs = c(0.1, 0.25, 0.5, 0.75, 0.9), nbins = NULL,
                             col = NULL, ...) {
  check_rdd(x, "x")
  which <- check_choice(which, rdd_pictures, "which")
  if (is.null(col)) col <- plot_colours(2)
  data <- rdd_picture(x, which, probs, nbins)
  draw <- switch(which, effect = rdd_draw_effect, curves = rdd_draw_curves,
    fan = rdd_draw_fan, lorenz = rdd_draw_lorenz, weights = rdd_draw_weights,
    density = rdd_draw_density)
  draw(x, data, rep_len(col, 2), ...)
  invisible(data)
}

rdd_pictures <- c("effect", "curves", "fan", "lorenz", "weights", "density")

rdd_questions <- c(
  effect = "Who gains at the cutoff?", curves = "Distributions on both sides",
  fan = "Quantiles against the running variable",
  lorenz = "How the total is shared out", weights = "Which units speak?",
  density = "Do units crowd on one side?"
)

# The data frame of a picture, for base graphics and ggplot alike.
rdd_picture <- function(x, which, probs, nbins) {
  switch(which,
    effect = x$estimate[c("prob", "tau", "ci_lower", "ci_upper", "band_lower",
      "band_upper")],
    curves = rdd_curve_bands(x),
    fan = rdd_fan(x, probs, nbins),
    lorenz = rdd_lorenz(x),
    weights = rdd_weight_data(x),
    density = rdd_density_data(x)
  )
}

# Points of bins and lines of fits: side, type, x, prob, value, units.
rdd_fan <- function(x, probs, nbins) {
  points <- rdd_plotdata(x, nbins, probs)
  points$type <- "bin"
  cutoff <- x$settings$cutoff
  h <- apply(rdd_h(x), 2, min)
  donut <- x$settings$donut
  at <- rdd_nearest(x$estimate$prob, probs)
  # a hair inside the left side, where the curve of the left side is meant
  left <- cutoff - pmax(seq(h[[1]], donut[[1]], length.out = 60),
    h[[1]] * 1e-9)
  right <- cutoff + seq(donut[[2]], h[[2]], length.out = 60)
  seen <- range(x$units$x)
  left <- left[left >= seen[[1]]]
  right <- right[right <= seen[[2]]]
  local <- rdd_local(x, c(left, right), x$settings$method)[, at, drop = FALSE]
  m <- length(left) + length(right)
  lines <- data.frame(side = rep(c("left", "right"), c(length(left), length(right))),
    bin = NA_integer_, x = rep(c(left, right), length(at)), units = NA_integer_,
    prob = rep(x$estimate$prob[at], each = m), value = as.vector(local), type = "fit",
    stringsAsFactors = FALSE)
  rbind(points, lines)
}

rdd_lorenz <- function(x) {
  if (is.null(x$functional)) {
    bad_argument("which", "= \"lorenz\" needs a fit of levels with a functional_grid.")
  }
  at <- seq_len(19) / 20
  out <- withCallingHandlers(rdd_average_functionals(x, lapply(
    paste0("lorenz_", at), rdd_parse_functional), "delta"),
  distest_warning = \(w) invokeRestart("muffleWarning"))
  z <- stats::qnorm((1 + x$settings$level) / 2)
  one <- \(side, value, se) data.frame(side = side, u = c(0, at, 1),
    share = c(0, value, 1), lower = c(0, value - z * se, 1),
    upper = c(0, value + z * se, 1), stringsAsFactors = FALSE)
  rbind(one("control", out$minus, out$se_minus), one("treated", out$plus, out$se_plus))
}

rdd_weight_data <- function(x) {
  rdd_units_of(x, "The picture of weights")
  u <- x$units
  if (all(is.na(u$w_cl))) {
    bad_argument("which", paste("= \"weights\" needs one bandwidth for all quantiles:",
      "the weights differ by quantile."))
  }
  u <- u[order(u$x), ]
  keep <- u$w_cl != 0 | u$w_bc != 0
  data.frame(x = rep(u$x[keep], 2), side = rep(u$side[keep], 2),
    type = rep(c("conventional", "bias-corrected"), each = sum(keep)),
    weight = c(u$w_cl[keep], u$w_bc[keep]), stringsAsFactors = FALSE)
}

rdd_density_data <- function(x) {
  rdd_units_of(x, "The picture of the density")
  v <- x$units$x
  cutoff <- x$settings$cutoff
  n <- c(sum(v < cutoff), sum(v >= cutoff))
  bins <- pmax(5, pmin(30, floor(sqrt(n))))
  width <- min((cutoff - min(v)) / bins[[1]], (max(v) - cutoff) / bins[[2]])
  if (!(width > 0)) width <- max(abs(v - cutoff)) / max(bins)
  breaks <- cutoff + width * seq(-ceiling((cutoff - min(v)) / width - 1e-9),
    floor((max(v) - cutoff) / width) + 1)
  count <- as.vector(table(cut(v, breaks, right = FALSE)))
  data.frame(from = breaks[-length(breaks)], to = breaks[-1], units = count,
    density = count / (length(v) * width),
    side = ifelse(breaks[-1] <= cutoff + width / 2, "left", "right"),
    stringsAsFactors = FALSE)
}

# Room above for a legend of so many lines, on the device as it is.
rdd_headroom <- function(limits, lines) {
  height <- graphics::par("pin")[[2]]
  wanted <- (lines + 0.7) * graphics::par("cin")[[2]] * graphics::par("cex")
  share <- if (height > 0) min(0.5, wanted / height) else 0
  limits + c(0, diff(limits) * share / (1 - share))
}

rdd_draw_effect <- function(x, data, col, ...) {
  limits <- rdd_headroom(range(0, data[c("tau", "ci_lower", "ci_upper", "band_lower",
    "band_upper")], finite = TRUE), 2)
  open_plot(list(xlim = range(data$prob), ylim = limits, xlab = "quantile",
    ylab = paste("effect on", x$settings$names$y), main = rdd_questions[["effect"]]), ...)
  draw_band(data$prob, data$band_lower, data$band_upper, col[[1]])
  draw_band(data$prob, data$ci_lower, data$ci_upper, col[[1]])
  graphics::abline(h = 0, lty = 3)
  if (nrow(data) < 12) {
    graphics::segments(data$prob, data$ci_lower, data$prob, data$ci_upper, col = col[[1]])
    graphics::points(data$prob, data$tau, pch = 16, col = col[[1]])
  }
  graphics::lines(data$prob, data$tau, lwd = 2, col = col[[1]])
  level <- format(100 * x$settings$level)
  band <- !all(is.na(data$band_lower))
  graphics::legend("topleft", c(paste(level, "% interval"), if (band) paste(
    format(100 * x$boot$level), "% uniform band")), bty = "n",
  fill = c(faded(col[[1]], 0.36), if (band) faded(col[[1]], 0.2)), border = NA)
}

rdd_draw_curves <- function(x, data, col, ...) {
  open_plot(list(xlim = range(data$prob), ylim = range(data[c("estimate", "lower",
    "upper")], finite = TRUE), xlab = "quantile", ylab = x$settings$names$y,
  main = rdd_questions[["curves"]]), ...)
  sides <- c("control", "treated")
  for (i in 1:2) {
    one <- data[data$side == sides[[i]], ]
    draw_band(one$prob, one$lower, one$upper, col[[i]])
  }
  for (i in 1:2) {
    one <- data[data$side == sides[[i]], ]
    graphics::lines(one$prob, one$estimate, col = col[[i]], lwd = 2, lty = i)
    if (nrow(one) < 12) {
      graphics::points(one$prob, one$estimate, col = col[[i]], pch = c(16, 17)[[i]])
    }
  }
  band <- if (is.null(x$boot)) "intervals" else "uniform bands"
  graphics::legend("topleft", c(sides, sprintf("%s %% %s", format(100 *
    x$settings$level), band)), col = c(col, NA), lty = c(1, 2, NA), lwd = 2, bty = "n",
  fill = c(NA, NA, faded("grey30")), border = NA)
}

rdd_draw_fan <- function(x, data, col, ...) {
  cutoff <- x$settings$cutoff
  h <- apply(rdd_h(x), 2, min)
  lines <- data[data$type == "fit", ]
  points <- data[data$type == "bin", ]
  open_plot(list(xlim = range(x$units$x), ylim = range(data$value, finite = TRUE),
    xlab = x$settings$names$x, ylab = paste("average quantiles of", x$settings$names$y),
    main = rdd_questions[["fan"]]), ...)
  usr <- graphics::par("usr")
  graphics::rect(max(usr[[1]], cutoff - h[[1]]), usr[[3]], min(usr[[2]], cutoff + h[[2]]),
    usr[[4]], col = faded("grey50", 0.12), border = NA)
  graphics::abline(v = cutoff, lty = 3)
  levels <- sort(unique(points$prob))
  shape <- rep_len(c(25, 6, 19, 2, 24), length(levels))
  tone <- col[ifelse(points$side == "left", 1, 2)]
  graphics::points(points$x, points$value, pch = shape[match(points$prob, levels)],
    col = faded(tone, 0.6), bg = faded(tone, 0.6), cex = 0.7)
  for (p in levels) {
    for (side in 1:2) {
      one <- lines[lines$prob == p & lines$side == c("left", "right")[[side]], ]
      graphics::lines(one$x, one$value, col = col[[side]], lwd = 2)
    }
  }
  last <- vapply(levels, \(p) {
    one <- points[points$prob == p, ]
    one$value[[which.max(one$x)]]
  }, 0)
  graphics::axis(4, at = last, labels = format(levels), las = 1, tick = FALSE,
    line = -0.8, cex.axis = 0.8)
}

rdd_draw_lorenz <- function(x, data, col, ...) {
  open_plot(list(xlim = c(0, 1), ylim = range(0, 1, data$lower, data$upper,
    finite = TRUE), xlab = "lowest share of individuals",
  ylab = paste("share of all", x$settings$names$y), main = rdd_questions[["lorenz"]]),
  ...)
  graphics::abline(0, 1, lty = 3)
  sides <- c("control", "treated")
  for (i in 1:2) {
    one <- data[data$side == sides[[i]], ]
    draw_band(one$u, one$lower, one$upper, col[[i]])
    graphics::lines(one$u, one$share, col = col[[i]], lwd = 2, lty = i)
  }
  names <- if (x$settings$fuzzy) paste("compliers,", c("untreated", "treated")) else sides
  graphics::legend("topleft", names, col = col, lty = 1:2, lwd = 2, bty = "n")
}

rdd_draw_weights <- function(x, data, col, ...) {
  open_plot(list(xlim = range(data$x), ylim = range(0, data$weight),
    xlab = x$settings$names$x, ylab = "weight in the curve of its side",
    main = rdd_questions[["weights"]]), ...)
  graphics::abline(h = 0, lty = 3)
  graphics::abline(v = x$settings$cutoff, lty = 3)
  types <- c("conventional", "bias-corrected")
  for (i in 1:2) {
    one <- data[data$type == types[[i]], ]
    graphics::points(one$x, one$weight, col = col[[i]], pch = c(16, 2)[[i]], cex = 0.6)
  }
  graphics::legend("topright", types, col = col, pch = c(16, 2), bty = "n")
}

rdd_draw_density <- function(x, data, col, ...) {
  open_plot(list(xlim = range(data$from, data$to), ylim = c(0, 1.12 * max(data$density)),
    xlab = x$settings$names$x, ylab = "density of units",
    main = rdd_questions[["density"]]), ...)
  graphics::rect(data$from, 0, data$to, data$density,
    col = faded(col[ifelse(data$side == "left", 1, 2)], 0.4), border = "white")
  graphics::abline(v = x$settings$cutoff, lty = 3)
  p <- x$diagnostics$density_p
  graphics::legend("topright", if (is.na(p)) "repeated values: see rdd_density_test()"
    else sprintf("test of a jump: p = %s", format_p(p)), bty = "n")
}

#' @rdname plot.distest_rdd
#' @export
plot.distest_rdd_refits <- function(x, probs = c(0.1, 0.5, 0.9), col = NULL, ...) {
  grid <- unique(x$prob)
  at <- grid[rdd_nearest(grid, check_probs(probs))]
  data <- x[x$prob %in% at, ]
  if (is.null(col)) col <- plot_colours(length(at))
  text <- is.character(data$value)
  place <- if (text) match(data$value, unique(data$value)) else data$value
  many <- !text && attr(x, "over") == "bandwidth"
  limits <- rdd_headroom(range(0, data[c("tau", "ci_lower", "ci_upper")],
    finite = TRUE), length(at))
  open_plot(c(list(xlim = range(place) + if (text) c(-0.3, 0.3) else 0, ylim = limits,
    xlab = rdd_over_text[[attr(x, "over")]], ylab = "effect",
    main = "How much do choices matter?"), if (text) list(xaxt = "n")), ...)
  if (text) graphics::axis(1, unique(place), unique(data$value))
  graphics::abline(h = 0, lty = 3)
  here <- if (text) match(attr(x, "at"), unique(data$value)) else attr(x, "at")
  graphics::abline(v = here, lty = 2, col = "grey50")
  gap <- if (many) 0 else diff(graphics::par("usr")[1:2]) / 60
  for (i in seq_along(at)) {
    one <- data$prob == at[[i]]
    shifted <- place[one] + gap * (i - (length(at) + 1) / 2)
    if (many) {
      draw_band(shifted, data$ci_lower[one], data$ci_upper[one], col[[i]])
      graphics::lines(shifted, data$tau[one], col = col[[i]], lwd = 2, lty = i)
    } else {
      graphics::segments(shifted, data$ci_lower[one], shifted, data$ci_upper[one],
        col = col[[i]])
      graphics::points(shifted, data$tau[one], col = col[[i]], pch = 15 + i %% 10)
    }
  }
  lines <- list(lty = seq_along(at), lwd = 2)
  marks <- if (many) lines else list(pch = 15 + seq_along(at) %% 10)
  do.call(graphics::legend, c(list("topright", paste("quantile", format(at)), col = col,
    bty = "n"), marks))
  data <- as.data.frame(unclass(data), stringsAsFactors = FALSE)
  invisible(data)
}

rdd_over_text <- c(bandwidth = "bandwidth h", donut = "half width of the donut",
  cutoff = "cutoff (placebo but for the true one)", kernel = "kernel",
  order = "order of the polynomial")
