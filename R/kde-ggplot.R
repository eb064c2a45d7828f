# What a density estimate is as text, as a table and as a ggplot.

#' @export
format.distest_kde <- function(x, ...) {
  sprintf("Kernel density estimate, %s kernel; %s in %s; bandwidth %s", x$kernel,
    count_text(x$n, "point"), count_text(x$d, "dimension"), x$bandwidth$method)
}

#' @export
as.data.frame.distest_kde <- function(x, row.names = NULL, optional = FALSE, ...) {
  augment(x, ...)
}

#' @rdname plot.distest_kde
#' @param object A [kde_fit()].
#' @exportS3Method ggplot2::autoplot
autoplot.distest_kde <- function(object, which = c("auto", "density", "phases"), n = 101,
                                 ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  which <- check_choice(which, c("auto", "density", "phases"), "which")
  if (which == "auto") which <- if (object$d <= 2) "density" else "phases"
  data <- picture_data(plot.distest_kde(object, which = which, n = n))
  names <- colnames(object$x)
  if (which == "phases") {
    data <- data[is.finite(data$mu) & data$mu > 0 & is.finite(data$loo), ]
    return(gg_start(data, "autoplot()", x = "mu", y = "loo") +
      ggplot2::geom_vline(xintercept = 1:2, linetype = 2) +
      ggplot2::geom_point(alpha = 0.4, size = 1) + ggplot2::scale_x_log10() +
      ggplot2::labs(x = "Tail index mu", y = "Leave-one-out log density (nats)",
        title = "Are low values less reliable?"))
  }
  points <- as.data.frame(unname(object$x))
  if (object$d == 1) {
    plot <- gg_start(data, "autoplot()", x = "x", y = "density")
    if (!is.null(data$lower)) {
      plot <- plot + ggplot2::geom_ribbon(gg_aes(ymin = "lower", ymax = "upper"),
        alpha = 0.2, fill = plot_colours(1))
    }
    return(plot + ggplot2::geom_line(colour = plot_colours(1)) +
      ggplot2::geom_rug(gg_aes(x = "V1"), points, inherit.aes = FALSE, alpha = 0.4) +
      ggplot2::labs(x = if (is.null(names)) "x" else names, y = "Density",
        title = "Where are the data?"))
  }
  if (is.null(names)) names <- c("x1", "x2")
  levels <- stats::quantile(predict(object, progress = FALSE), c(0.05, 0.25, 0.5, 0.75),
    names = FALSE)
  gg_start(data, "autoplot()", x = "x", y = "y") +
    ggplot2::geom_point(gg_aes(x = "V1", y = "V2"), points, alpha = 0.35, size = 1) +
    ggplot2::geom_contour(gg_aes(z = "log_density"), breaks = levels,
      colour = plot_colours(1)) +
    ggplot2::labs(x = names[[1]], y = names[[2]],
      title = "Regions of 25 to 95 %")
}
