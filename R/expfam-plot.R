#' Pictures of exponential families
#'
#' For a fit on the line: is its density close to the data? Histogram and density with a
#' pointwise band (`type = "density"`). Otherwise: where is the model wrong? The
#' eigenvalues of \eqn{G^{-1}V}, which are all 1 when it is true (`"spectrum"`).
#' `"influence"`: which observations carry the fit? `"moments"`: which moments of the data
#' that are not among the statistics does it miss? `"mc"`: did the chains mix? For a risk:
#' how does it fall with n? For a path: how many parameters can the data carry?
#'
#' @param x A fit, risk or path.
#' @param type See above.
#' @param level Level of the band.
#' @param alpha Of the p-n criterion.
#' @param ... Graphical parameters.
#' @return The data drawn, invisibly.
#' @name expfam-plot
#' @examples
#' plot(expfam_fit(precip, "gamma"), xlab = "precipitation (inches)")
NULL

#' @rdname expfam-plot
#' @export
plot.distest_expfam <- function(x, type = NULL, level = 0.95, ...) {
  type <- check_choice(type %||% default_picture(x), expfam_pictures, "type")
  if (type == "density" && is.null(x$x)) {
    distest_error("unsupported", "The fit has no data.", argument = "type")
  }
  if (type == "density" && is.null(line_values(x))) {
    bad_argument("type", "\"density\" is for data on the line.")
  }
  invisible(switch(type, density = plot_density(x, level, ...),
    spectrum = plot_misfit(x, ...), influence = plot_influence(x, ...),
    moments = plot_moments(x, ...), mc = plot_chains(x, ...)))
}

plot_density <- function(x, level, ...) {
  f <- x$family
  counts <- is_count(f)
  values <- line_values(x)
  range <- range(values)
  at <- if (counts) {
    seq(range[[1]], range[[2]])
  } else {
    wide <- range + c(-0.1, 0.1) * diff(range)
    if (all(values > 0)) wide[[1]] <- max(wide[[1]], range[[1]] / 4)
    if (f$cname == "beta") wide <- pmin(pmax(wide, 1e-3), 1 - 1e-3)
    if (f$cname %in% c("polynomial", "trigonometric", "spline")) wide <- f$par[1:2]
    if (has_line_nodes(f)) {
      wide <- pmin(pmax(wide, f$reference$lower), f$reference$upper)
    }
    seq(wide[[1]], wide[[2]], length.out = 400)
  }
  d <- density_band(x, at, level)
  ours <- plot_colours(2)
  if (counts) {
    seen <- as.vector(table(factor(round(values), at))) / length(values)
    open_plot(list(xlim = range(at), ylim = c(0, max(d$upper, seen)), xlab = "x",
      ylab = "probability", main = "Is the fit close to the data?"), ...)
    graphics::segments(at, 0, at, seen, lwd = 6, col = "grey80", lend = 1)
    graphics::segments(at, d$lower, at, d$upper, col = ours[[1]])
    graphics::points(at, d$density, pch = 19, col = ours[[1]])
  } else {
    h <- graphics::hist(values, plot = FALSE, breaks = "FD")
    open_plot(list(xlim = range(at), ylim = c(0, 1.05 * max(h$density,
      pmin(d$upper, 1.5 * max(d$density)))), xlab = "x",
      ylab = "density", main = "Is the fit close to the data?"), ...)
    graphics::rect(utils::head(h$breaks, -1), 0, utils::tail(h$breaks, -1), h$density,
      col = "grey90", border = "grey75")
    draw_band(d$x, d$lower, pmin(d$upper, 2 * max(d$density, h$density)), ours[[1]])
    graphics::lines(d$x, d$density, col = ours[[1]], lwd = 2)
  }
  d
}

# log density +- z times its standard error, by the sandwich
density_band <- function(fit, at, level) {
  f <- fit$family
  xi <- if (has_line_nodes(f)) {
    user_statistics(f$statistic, at)[, f$kept %||% seq_len(f$p), drop = FALSE]
  } else {
    result_of(.Call(C_expfam_stats, f, f$p, matrix(as.double(at))), map = c(x = "at"))$xi
  }
  centred <- sweep(xi, 2, fit$eta)
  se <- sqrt(pmax(rowSums((centred %*% vcov(fit)) * centred), 0))
  z <- stats::qnorm((1 + check_level(level)) / 2)
  logd <- member_log_density(fit, at)
  data.frame(x = at, density = exp(logd), lower = exp(logd - z * se),
    upper = exp(logd + z * se))
}

#' @rdname expfam-plot
#' @export
plot.distest_expfam_risk <- function(x, alpha = 0.05, ...) {
  threshold <- expfam_threshold(alpha)
  need <- x$r1 / threshold
  n <- exp(seq(log(min(x$n, need) / 3), log(3 * max(x$n, need)), length.out = 200))
  c2 <- if (x$order == 2) x$r2 else 0
  r1 <- if (x$bias_corrected &&
    identical(x$n, x$n_data)) x$r1 + (x$c2 - x$r2) / x$n else x$r1
  d <- data.frame(n = n, first = r1 / n, second = r1 / n + c2 / n^2)
  ours <- plot_colours(2)
  open_plot(list(xlim = range(n), ylim = range(d$first, d$second[d$second > 0],
    threshold),
    log = "xy", xlab = "n (observations)", ylab = "risk (nats per observation)",
    main = "Is n enough?"), ...)
  graphics::abline(h = threshold, lty = 2, col = "grey50")
  graphics::lines(n, d$first, col = ours[[2]], lwd = 2, lty = 3)
  keep <- d$second > 0
  graphics::lines(n[keep], d$second[keep], col = ours[[1]], lwd = 2)
  if (all(is.finite(x$conf))) graphics::segments(x$n, x$conf[[1]], x$n, x$conf[[2]],
    col = ours[[1]])
  graphics::points(x$n, x$risk, pch = 19, col = ours[[1]])
  graphics::legend("topright", bty = "n", lty = c(1, 3, 2), lwd = c(2, 2, 1),
    col = c(ours[[1]], ours[[2]], "grey50"),
    legend = c("second order", "first order",
      sprintf("threshold, alpha = %s", format(alpha))))
  invisible(d)
}

#' @rdname expfam-plot
#' @export
plot.distest_expfam_path <- function(x, ...) {
  old <- graphics::par(mfrow = c(1, 2))
  on.exit(graphics::par(old))
  ours <- plot_colours(2)
  threshold <- attr(x, "threshold")
  open_plot(list(xlim = range(x$p),
    ylim = range(0, threshold * 1.1, x$risk, x$risk + 1.96 * x$se, na.rm = TRUE),
    xlab = "parameters",
    ylab = "risk (nats per observation)", main = "How many can n carry?"), ...)
  admissible <- attr(x, "admissible")
  if (admissible > 0) {
    graphics::rect(min(x$p), 0, admissible, threshold, col = faded(ours[[1]], 0.15),
      border = NA)
  }
  graphics::abline(h = threshold, lty = 2, col = "grey50")
  graphics::segments(x$p, x$risk - 1.96 * x$se, x$p, x$risk + 1.96 * x$se,
    col = ours[[1]])
  graphics::lines(x$p, x$risk, type = "o", pch = ifelse(x$pass, 19, 1), col = ours[[1]])
  open_plot(list(xlim = range(x$p), ylim = range(x$TIC2 - min(x$TIC2)),
    xlab = "parameters",
    ylab = "TIC2 above the least", main = "Which predicts best?"), ...)
  graphics::lines(x$p, x$TIC2 - min(x$TIC2), type = "o", pch = 19, col = ours[[2]])
  invisible(as.data.frame(x))
}
