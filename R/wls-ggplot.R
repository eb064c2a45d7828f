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
