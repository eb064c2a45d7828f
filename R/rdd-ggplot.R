# The pictures of a design as ggplots.

#' @rdname plot.distest_rdd
#' @param object A fit.
#' @exportS3Method ggplot2::autoplot
autoplot.distest_rdd <- function(object, which = rdd_pictures,
                                 probs = c(0.1, 0.25, 0.5, 0.75, 0.9), nbins = NULL,
                                 ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  check_rdd(object, "object")
  which <- check_choice(which, rdd_pictures, "which")
  data <- rdd_picture(object, which, probs, nbins)
  draw <- switch(which, effect = rdd_gg_effect, curves = rdd_gg_curves, fan = rdd_gg_fan,
    lorenz = rdd_gg_lorenz, weights = rdd_gg_weights, density = rdd_gg_density)
  draw(object, data) + ggplot2::ggtitle(rdd_questions[[which]])
}

rdd_gg_sides <- function(...) {
  ggplot2::scale_colour_manual(values = plot_colours(2), name = NULL,
    aesthetics = c("colour", "fill"), ...)
}

rdd_gg_effect <- function(x, data) {
  colour <- plot_colours(1)
  gg_start(data, "autoplot()", x = "prob", y = "tau") +
    ggplot2::geom_hline(yintercept = 0, linetype = 3) +
    ggplot2::geom_ribbon(gg_aes(ymin = "band_lower", ymax = "band_upper"), alpha = 0.2,
      fill = colour, na.rm = TRUE) +
    ggplot2::geom_ribbon(gg_aes(ymin = "ci_lower", ymax = "ci_upper"), alpha = 0.2,
      fill = colour, na.rm = TRUE) +
    ggplot2::geom_line(colour = colour) +
    ggplot2::labs(x = "quantile", y = paste("effect on", x$settings$names$y))
}

rdd_gg_curves <- function(x, data) {
  gg_start(data, "autoplot()", x = "prob", y = "estimate", colour = "side",
    fill = "side") +
    ggplot2::geom_ribbon(gg_aes(ymin = "lower", ymax = "upper"), alpha = 0.2,
      colour = NA, na.rm = TRUE) +
    ggplot2::geom_line(gg_aes(linetype = "side")) + rdd_gg_sides() +
    ggplot2::labs(x = "quantile", y = x$settings$names$y, linetype = NULL)
}

rdd_gg_fan <- function(x, data) {
  cutoff <- x$settings$cutoff
  h <- apply(rdd_h(x), 2, min)
  data$group <- paste(data$side, data$prob)
  gg_start(data, "autoplot()", x = "x", y = "value", colour = "side") +
    ggplot2::annotate("rect", xmin = cutoff - h[[1]], xmax = cutoff + h[[2]],
      ymin = -Inf, ymax = Inf, alpha = 0.12, fill = "grey50") +
    ggplot2::geom_vline(xintercept = cutoff, linetype = 3) +
    ggplot2::geom_point(data = data[data$type == "bin", ], size = 1, alpha = 0.6) +
    ggplot2::geom_line(gg_aes(group = "group"), data = data[data$type == "fit", ]) +
    rdd_gg_sides(guide = "none") +
    ggplot2::labs(x = x$settings$names$x,
      y = paste("average quantiles of", x$settings$names$y))
}

rdd_gg_lorenz <- function(x, data) {
  gg_start(data, "autoplot()", x = "u", y = "share", colour = "side", fill = "side") +
    ggplot2::geom_abline(linetype = 3) +
    ggplot2::geom_ribbon(gg_aes(ymin = "lower", ymax = "upper"), alpha = 0.2,
      colour = NA, na.rm = TRUE) +
    ggplot2::geom_line(gg_aes(linetype = "side")) + rdd_gg_sides() +
    ggplot2::labs(x = "lowest share of individuals",
      y = paste("share of all", x$settings$names$y), linetype = NULL)
}

rdd_gg_weights <- function(x, data) {
  gg_start(data, "autoplot()", x = "x", y = "weight", colour = "type", shape = "type") +
    ggplot2::geom_hline(yintercept = 0, linetype = 3) +
    ggplot2::geom_vline(xintercept = x$settings$cutoff, linetype = 3) +
    ggplot2::geom_point(size = 1) + rdd_gg_sides() +
    ggplot2::labs(x = x$settings$names$x, y = "weight in the curve of its side",
      shape = NULL)
}

rdd_gg_density <- function(x, data) {
  gg_start(data, "autoplot()", xmin = "from", xmax = "to", ymax = "density",
    fill = "side") +
    ggplot2::geom_rect(gg_aes(ymin = "floor"), data = cbind(data, floor = 0),
      alpha = 0.5, colour = "white") +
    ggplot2::geom_vline(xintercept = x$settings$cutoff, linetype = 3) +
    rdd_gg_sides(guide = "none") +
    ggplot2::labs(x = x$settings$names$x, y = "density of units")
}

#' @rdname plot.distest_rdd
#' @exportS3Method ggplot2::autoplot
autoplot.distest_rdd_refits <- function(object, probs = c(0.1, 0.5, 0.9), ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  over <- attr(object, "over")
  at <- attr(object, "at")
  grid <- unique(object$prob)
  data <- object[object$prob %in% grid[rdd_nearest(grid, check_probs(probs))], ]
  data <- as.data.frame(unclass(data), stringsAsFactors = FALSE)
  data$quantile <- factor(data$prob)
  picture <- gg_start(data, "autoplot()", x = "value", y = "tau", colour = "quantile",
    fill = "quantile") + ggplot2::geom_hline(yintercept = 0, linetype = 3)
  if (over == "bandwidth") {
    picture <- picture + ggplot2::geom_vline(xintercept = at, linetype = 2) +
      ggplot2::geom_ribbon(gg_aes(ymin = "ci_lower", ymax = "ci_upper"), alpha = 0.2,
        colour = NA, na.rm = TRUE) + ggplot2::geom_line(na.rm = TRUE)
  } else {
    width <- if (is.character(data$value)) 0.3 else diff(range(data$value)) / 20
    picture <- picture + ggplot2::geom_pointrange(gg_aes(ymin = "ci_lower",
      ymax = "ci_upper"), position = ggplot2::position_dodge(width), na.rm = TRUE)
  }
  picture + ggplot2::scale_colour_manual(values = plot_colours(length(unique(
    data$prob))), aesthetics = c("colour", "fill")) +
    ggplot2::labs(x = rdd_over_text[[over]], y = "effect",
      title = "How much do choices matter?")
}
