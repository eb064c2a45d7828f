# The pictures of exponential families as ggplot objects, from the same tables.

#' @rdname expfam-plot
#' @param object A fit, risk or path.
#' @exportS3Method ggplot2::autoplot
autoplot.distest_expfam <- function(object, type = NULL, level = 0.95, ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  type <- check_choice(type %||% default_picture(object), expfam_pictures, "type")
  d <- picture_data(plot.distest_expfam(object, type = type, level = level))
  ours <- plot_colours(1)
  labels <- picture_labels(type)
  p <- switch(type,
    density = autoplot_density(object, d),
    spectrum = gg_start(d, "autoplot()", x = "rank", y = "eigenvalue") +
      ggplot2::geom_hline(yintercept = 1, linetype = 2) +
      ggplot2::geom_point(colour = ours),
    influence = {
      d$rank <- seq_len(nrow(d))
      gg_start(d, "autoplot()", x = "rank", y = "influence") +
        ggplot2::geom_hline(yintercept = object$p, linetype = 2) +
        ggplot2::geom_point(colour = ours, size = 1)
    },
    moments = {
      d$moment <- factor(d$moment, levels = rev(d$moment))
      gg_start(d, "autoplot()", x = "z", y = "moment") +
        ggplot2::geom_vline(xintercept = c(-2, 0, 2), linetype = c(2, 1, 2)) +
        ggplot2::geom_point(colour = ours)
    },
    mc = gg_start(d, "autoplot()", x = "ess", y = "rhat") +
      ggplot2::geom_hline(yintercept = 1.05, linetype = 2) +
      ggplot2::geom_point(colour = ours)
  )
  p + ggplot2::labs(x = labels[[2]], y = labels[[3]], title = labels[[1]])
}

autoplot_density <- function(object, d) {
  ours <- plot_colours(1)
  data <- data.frame(x = line_values(object))
  if (is_count(object$family)) {
    seen <- as.data.frame(table(data$x) / nrow(data), stringsAsFactors = FALSE)
    names(seen) <- c("x", "share")
    seen$x <- as.numeric(seen$x)
    return(gg_start(d, "autoplot()", x = "x", y = "density") +
      ggplot2::geom_col(gg_aes(x = "x", y = "share"), seen, fill = "grey80") +
      ggplot2::geom_pointrange(gg_aes(ymin = "lower", ymax = "upper"), colour = ours))
  }
  bars <- graphics::hist(data$x, plot = FALSE, breaks = "FD")
  bars <- data.frame(left = utils::head(bars$breaks, -1),
    right = utils::tail(bars$breaks, -1), height = bars$density)
  d$upper <- pmin(d$upper, 2 * max(d$density, bars$height))
  gg_start(d, "autoplot()", x = "x", y = "density") +
    ggplot2::geom_rect(do.call(ggplot2::aes, list(xmin = as.name("left"),
      xmax = as.name("right"), ymin = 0, ymax = as.name("height"))), bars,
    inherit.aes = FALSE, fill = "grey90", colour = "grey75") +
    ggplot2::geom_ribbon(gg_aes(ymin = "lower", ymax = "upper"), alpha = 0.2,
      fill = ours) + ggplot2::geom_line(colour = ours)
}

#' @rdname expfam-plot
#' @exportS3Method ggplot2::autoplot
autoplot.distest_expfam_risk <- function(object, alpha = 0.05, ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  d <- picture_data(plot.distest_expfam_risk(object, alpha = alpha))
  long <- data.frame(n = rep(d$n, 2), risk = c(d$second, d$first),
    order = factor(rep(c("second order", "first order"), each = nrow(d)),
      c("second order", "first order")))
  long <- long[long$risk > 0, ]
  here <- data.frame(n = object$n, risk = object$risk, lower = object$conf[[1]],
    upper = object$conf[[2]])
  p <- gg_start(long, "autoplot()", x = "n", y = "risk", linetype = "order") +
    ggplot2::geom_hline(yintercept = expfam_threshold(alpha), linetype = 2,
      colour = "grey50") +
    ggplot2::geom_line(colour = plot_colours(1)) +
    ggplot2::geom_point(gg_aes(x = "n", y = "risk"), here, inherit.aes = FALSE, size = 2)
  if (all(is.finite(object$conf))) {
    p <- p + ggplot2::geom_errorbar(gg_aes(x = "n", ymin = "lower", ymax = "upper"), here,
      inherit.aes = FALSE, width = 0.05)
  }
  p + ggplot2::scale_x_log10() + ggplot2::scale_y_log10() +
    ggplot2::labs(x = "n (observations)", y = "risk (nats per observation)",
      linetype = NULL, title = "Is n enough?")
}

#' @rdname expfam-plot
#' @exportS3Method ggplot2::autoplot
autoplot.distest_expfam_path <- function(object, ...) {
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  d <- as.data.frame(object)
  d$lower <- d$risk - 1.96 * d$se
  d$upper <- d$risk + 1.96 * d$se
  threshold <- attr(object, "threshold")
  box <- data.frame(left = min(d$p), right = attr(object, "admissible"), top = threshold)
  p <- gg_start(d, "autoplot()", x = "p", y = "risk")
  if (box$right > 0) {
    p <- p + ggplot2::geom_rect(do.call(ggplot2::aes, list(xmin = as.name("left"),
      xmax = as.name("right"), ymin = 0, ymax = as.name("top"))), box,
    inherit.aes = FALSE, fill = plot_colours(1), alpha = 0.15)
  }
  p + ggplot2::geom_hline(yintercept = threshold, linetype = 2, colour = "grey50") +
    ggplot2::geom_line(colour = plot_colours(1)) +
    ggplot2::geom_pointrange(gg_aes(ymin = "lower", ymax = "upper", shape = "pass"),
      colour = plot_colours(1)) +
    ggplot2::labs(x = "parameters", y = "risk (nats per observation)",
      title = "How many can n carry?")
}
