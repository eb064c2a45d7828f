# What a fit is as text and as a ggplot.

#' @export
format.distest_wls <- function(x, ...) {
  sprintf("Weighted least-squares fit, m = %s; %s (%s)", space_text(x$space),
    count_text(x$n, "point"), x$sample$method)
}

#' @rdname plot.distest_wls
#' @param object A fit.
#' @exportS3Method ggplot2::autoplot
autoplot.distest_wls <- function(object, which = 1, output = 1L, level = 0.95, ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  which <- check_count(which, "which")
  data <- picture_data(plot.distest_wls(object, which, output, level))
  colour <- plot_colours(2)
  switch(which,
    gg_start(data, "autoplot()", x = "observed", y = "predicted") +
      ggplot2::geom_abline(linetype = 3) + ggplot2::geom_point(colour = colour[[1]]) +
      ggplot2::labs(x = "output", y = "leave-one-out prediction",
        title = "Are outputs predicted by the other runs?"),
    gg_start(data[data$size > 0, ], "autoplot()", x = "degree", y = "size") +
      ggplot2::geom_point(colour = colour[[1]]) + ggplot2::scale_y_log10() +
      ggplot2::labs(x = "total degree", y = "|coefficient|",
        title = "How fast do the coefficients fall?"),
    gg_start(data, "autoplot()", x = "input", y = "total") +
      ggplot2::geom_col(fill = colour[[2]], alpha = 0.6) +
      ggplot2::geom_col(gg_aes(y = "first"), fill = colour[[1]], width = 0.5) +
      ggplot2::geom_linerange(gg_aes(ymin = "lower", ymax = "upper"), na.rm = TRUE) +
      ggplot2::labs(x = NULL, y = "share of the variance: alone (narrow), in all (wide)",
        title = "Which inputs matter?"),
    gg_start(data, "autoplot()", x = "leverage", y = "residual") +
      ggplot2::geom_hline(yintercept = 0, linetype = 3) +
      ggplot2::geom_point(colour = colour[[1]]) +
      ggplot2::labs(y = "weighted leave-one-out residual",
        title = "Do influential runs fit badly?"),
    gg_start(data, "autoplot()", x = "x", y = "effect") +
      ggplot2::geom_ribbon(gg_aes(ymin = "lower", ymax = "upper"), alpha = 0.2,
        fill = colour[[1]], na.rm = TRUE) +
      ggplot2::geom_line(colour = colour[[1]]) +
      ggplot2::facet_wrap("input", scales = "free_x") +
      ggplot2::labs(x = NULL, y = "mean of the output",
        title = "Effect of each input alone")
  )
}

#' @rdname plot.distest_wls_sample
#' @param object A sample, plan or comparison.
#' @exportS3Method ggplot2::autoplot
autoplot.distest_wls_sample <- function(object, which = 1, nsim = 20, ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  colour <- plot_colours(2)
  which <- check_count(which, "which")
  data <- picture_data(plot.distest_wls_sample(object, which, nsim))
  if (which == 2) {
    return(gg_start(data, "autoplot()", x = "number", y = "eigenvalue") +
      ggplot2::geom_hline(yintercept = 1, linetype = 3) +
      ggplot2::geom_line(gg_aes(group = "design"), attr(data, "others"),
        colour = "grey75") +
      ggplot2::geom_line(colour = colour[[1]], linewidth = 1) +
      ggplot2::scale_y_log10() + ggplot2::labs(y = "eigenvalue of G",
        title = "How well conditioned? (grey: plain random points)"))
  }
  if (is.null(object$points)) {
    return(gg_start(data, "autoplot()", x = "index", y = "weight") +
      ggplot2::geom_segment(gg_aes(xend = "index"), yend = 0, colour = colour[[1]]) +
      ggplot2::labs(x = "candidate", title = "Which candidates are chosen?"))
  }
  title <- ggplot2::labs(title = "Where are the points?")
  points <- data.frame(x = object$points[, 1], weight = object$weights)
  names <- object$space$names
  if (ncol(object$points) == 1) {
    p <- gg_start(points, "autoplot()", x = "x")
    if (length(object$space$basis)) {
      p <- p + ggplot2::geom_line(gg_aes(x = "x", y = "density"), optimal_density(object),
        colour = colour[[2]])
    }
    return(p + ggplot2::geom_rug(colour = colour[[1]], sides = "b") + title +
      ggplot2::labs(x = names, y = "optimal density"))
  }
  if (ncol(object$points) > 2) {
    points <- all_pairs(object)
    return(gg_start(points, "autoplot()", x = "x", y = "y", size = "weight") +
      ggplot2::geom_point(colour = colour[[1]], alpha = 0.5) +
      ggplot2::scale_size_area(max_size = 3) +
      ggplot2::facet_grid(row ~ column, scales = "free") + title +
      ggplot2::labs(x = NULL, y = NULL))
  }
  points$y <- object$points[, 2]
  p <- gg_start(points, "autoplot()", x = "x", y = "y")
  if (length(object$space$basis)) {
    p <- p + ggplot2::geom_raster(gg_aes(x = "x", y = "y", fill = "leverage"),
      leverage_grid(object$space, lapply(1:2, \(k) plot_range(object, k)))$cells) +
      ggplot2::scale_fill_gradient(low = "grey98", high = "grey70", name = "log k")
  }
  p + ggplot2::geom_point(gg_aes(size = "weight"), colour = colour[[1]], alpha = 0.6) +
    ggplot2::scale_size_area(max_size = 4) + title +
    ggplot2::labs(x = names[[1]], y = names[[2]])
}

# every pair of the first inputs, at most six: a row per point and pair
all_pairs <- function(object) {
  k <- seq_len(min(ncol(object$points), 6))
  pairs <- expand.grid(i = k, j = k)
  pairs <- pairs[pairs$i < pairs$j, ]
  names <- factor(object$space$names[k], object$space$names[k])
  do.call(rbind, Map(\(i, j) data.frame(x = object$points[, i], y = object$points[, j],
    weight = object$weights, column = names[[i]], row = names[[j]]), pairs$i, pairs$j))
}

#' @rdname plot.distest_wls_sample
#' @exportS3Method ggplot2::autoplot
autoplot.distest_wls_plan <- function(object, ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  data <- picture_data(plot.distest_wls_plan(object))
  colour <- plot_colours(1)
  gg_start(data, "autoplot()", x = "n", y = "p") +
    ggplot2::geom_ribbon(gg_aes(ymin = "lower", ymax = "upper"), alpha = 0.2,
      fill = colour, na.rm = TRUE) +
    ggplot2::geom_line(colour = colour) + ggplot2::geom_point(colour = colour) +
    ggplot2::geom_hline(yintercept = 1 - object$eta, linetype = 3) +
    ggplot2::geom_vline(xintercept = object$n, linetype = 3) +
    ggplot2::coord_cartesian(ylim = c(0, 1)) +
    ggplot2::labs(x = "points", y = "probability of a good design",
      title = "How many points are enough?")
}

#' @rdname plot.distest_wls_sample
#' @exportS3Method ggplot2::autoplot
autoplot.distest_wls_compare <- function(object, ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  data <- picture_data(plot.distest_wls_compare(object))
  data$points <- factor(data$n)
  methods <- unique(data$method)
  gg_start(data, "autoplot()", x = "points", y = "cond", fill = "method") +
    ggplot2::geom_boxplot(alpha = 0.6) + ggplot2::scale_y_log10() +
    ggplot2::scale_fill_manual(values = stats::setNames(plot_colours(length(methods)),
      sort(methods))) +
    ggplot2::labs(y = "condition number of G", fill = NULL,
      title = "Which design is best conditioned?")
}
