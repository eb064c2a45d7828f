# Pictures of hazard ratios, residuals and the shape of the hazard: for each the table
# that is drawn, and the drawing.

# --- the hazard ratio over time

surv_table_hr <- function(object, newdata, reference, times, level) {
  if (is.null(newdata) != is.null(reference)) {
    bad_argument(if (is.null(newdata)) "newdata" else "reference",
      "must be given, too: a ratio has two sides.")
  }
  names <- NULL
  if (is.null(newdata)) {
    groups <- surv_groups(object)
    if (is.null(groups) || length(groups$rows) < 2) {
      bad_argument("newdata",
        "and `reference` must be given: the rows fall into %s groups of covariates.",
        if (is.null(groups)) "more than six" else "no")
    }
    designs <- surv_designs(object, NULL)
    top <- surv_some_rows(designs, groups$rows[-1])
    bottom <- surv_some_rows(designs, groups$rows[[1]])
    names <- paste(groups$names[-1], "against", groups$names[[1]])
  } else {
    top <- surv_designs(object, newdata)
    bottom <- surv_designs(object, reference)
    names <- if (attr(top, "rows") == 1) "newdata against reference" else
      paste("row", seq_len(attr(top, "rows")), "against reference")
  }
  if (is.null(times)) {
    last <- max(surv_time(object))
    times <- exp(seq(log(last / 200), log(last), length.out = 200))
  }
  out <- surv_hr_table(object, top, bottom, surv_positive_times(times), level)
  data.frame(group = names[out$row], time = out$time, estimate = out$hr,
    lower = out$lower, upper = out$upper)
}

surv_draw_hr <- function(data, add, col, legend, ...) {
  groups <- unique(data$group)
  if (is.null(col)) col <- plot_colours(length(groups))
  if (!add) {
    seen <- c(data$estimate, stats::quantile(data$lower, 0.1, na.rm = TRUE),
      stats::quantile(data$upper, 0.9, na.rm = TRUE), 1)
    open_plot(list(xlim = range(data$time), ylim = range(seen[is.finite(seen) &
      seen > 0]), log = "y", xlab = "time", ylab = "hazard ratio",
    main = surv_heading("hr")), ...)
  }
  graphics::abline(h = 1, lty = 3)
  for (i in seq_along(groups)) {
    one <- data[data$group == groups[[i]], ]
    draw_band(one$time, one$lower, one$upper, col[[i]])
    graphics::lines(one$time, one$estimate, col = col[[i]], lwd = 2)
  }
  surv_legend(groups, col, if (is.null(legend)) "topright" else legend, FALSE)
}

# --- normal quantiles of quantile residuals

surv_table_quantile <- function(object, level) {
  r <- sort(residuals(object, "quantile"))
  n <- length(r)
  i <- seq_len(n)
  a <- (1 - level) / 2
  data.frame(time = stats::qnorm(stats::ppoints(n)), estimate = r,
    lower = stats::qnorm(stats::qbeta(a, i, n + 1 - i)),
    upper = stats::qnorm(stats::qbeta(1 - a, i, n + 1 - i)))
}

surv_draw_quantile <- function(data, add, col, ...) {
  if (is.null(col)) col <- plot_colours(1)
  if (!add) {
    open_plot(list(xlim = range(data$time), ylim = range(data$estimate),
      xlab = "normal quantile", ylab = "quantile residual",
      main = surv_heading("quantile")), ...)
  }
  draw_band(data$time, data$lower, data$upper, "grey40")
  graphics::abline(0, 1, lty = 3)
  graphics::points(data$time, data$estimate, pch = 20, cex = 0.7, col = col[[1]])
}

# --- the shape of the hazard in the plane of gamma and kappa

# Estimates by pattern of covariates, and points of their 95 % regions (link scale).
surv_table_shape <- function(object, newdata, level) {
  designs <- surv_designs(object, newdata)
  m <- attr(designs, "rows")
  eta <- surv_eta(object, designs, m)
  row <- which(!duplicated(eta[, 3:4]))
  if (length(row) > 6) row <- row[seq_len(6)]
  designs <- surv_some_rows(designs, row)
  natural <- surv_natural(object, designs)
  V <- surv_known_vcov(object)
  angle <- seq(0, 2 * pi, length.out = 101)
  radius <- sqrt(stats::qchisq(level, 2))
  parts <- lapply(seq_along(row), \(i) {
    G <- surv_gradient_pair(object, designs, i)
    C <- G %*% V %*% t(G)
    e <- eigen(C, symmetric = TRUE)
    half <- e$vectors %*% diag(sqrt(pmax(e$values, 0)), 2)
    ring <- half %*% rbind(cos(angle), sin(angle)) * radius
    k <- if (object$kernel > 0) natural$kappa[[i]] else
      expm1(eta[row[[i]], 4] + ring[2, ])
    data.frame(group = paste("row", row[[i]]), gamma = natural$gamma[[i]],
      kappa = natural$kappa[[i]],
      shape = surv_shape_of(natural$gamma[[i]], natural$kappa[[i]])$shape,
      ring_gamma = exp(eta[row[[i]], 3] + ring[1, ]), ring_kappa = k)
  })
  out <- do.call(rbind, parts)
  if (is.null(newdata) && !is.null(groups <- surv_groups(object))) {
    known <- groups$names[match(groups$group[row], seq_along(groups$rows))]
    out$group <- known[match(out$group, paste("row", row))]
  }
  if (is.null(newdata) && length(row) == 1) out$group <- "all rows"
  out
}

# d(eta_3, eta_4) in the coefficients, for row i.
surv_gradient_pair <- function(object, designs, i) {
  widths <- vapply(designs, \(d) if (is.null(d$x)) 0L else ncol(d$x), 0L)
  G <- matrix(0, 2, sum(widths))
  if (widths[[3]]) G[1, sum(widths[1:2]) + seq_len(widths[[3]])] <- designs$gamma$x[i, ]
  if (widths[[4]] && object$kernel == 0) {
    G[2, sum(widths[1:3]) + seq_len(widths[[4]])] <- designs$kappa$x[i, ]
  }
  G
}

# Where kappa is drawn: log(kappa + 1), its limits at the edges of the picture.
surv_kappa_axis <- function(kappa) pmin(pmax(log1p(kappa), -3), 3.5)

surv_draw_shape <- function(data, add, col, legend, ...) {
  groups <- unique(data$group)
  if (is.null(col)) col <- plot_colours(length(groups))
  gamma <- range(data$ring_gamma, data$gamma, 0.5, 2)
  gamma <- pmin(pmax(gamma, exp(-4)), exp(4))
  if (!add) {
    ks <- surv_kappa_axis(c(data$ring_kappa, data$kappa, -0.6, 3))
    open_plot(list(xlim = gamma, ylim = range(ks), log = "x", yaxt = "n", xlab = "gamma",
      ylab = "kappa", main = surv_heading("shape")), ...)
    surv_draw_regions()
  }
  for (i in seq_along(groups)) {
    one <- data[data$group == groups[[i]], ]
    graphics::polygon(one$ring_gamma, surv_kappa_axis(one$ring_kappa), border = col[[i]],
      col = faded(col[[i]]))
    graphics::points(one$gamma[[1]], surv_kappa_axis(one$kappa[[1]]), pch = 19,
      col = col[[i]])
  }
  surv_legend(groups, col, if (is.null(legend)) "bottomleft" else legend, FALSE)
}

# gamma = 1 and gamma kappa = 1 divide the plane; the marks of kappa are its own.
surv_draw_regions <- function() {
  at <- c(-1, -0.9, -0.5, 0, 1, 3, 10, Inf)
  graphics::axis(2, surv_kappa_axis(at), format(at, trim = TRUE, drop0trailing = TRUE))
  usr <- graphics::par("usr")
  g <- exp(seq(usr[[1]], usr[[2]], length.out = 200) * log(10))
  graphics::abline(v = 1, lty = 3)
  graphics::lines(g, log1p(1 / g), lty = 3)
  mid <- log1p(1)
  left <- 10^(usr[[1]] / 2)
  right <- 10^(usr[[2]] / 2)
  where <- list(
    c(left, (usr[[3]] + mid) / 2), c(right, usr[[3]] + 0.15 * (mid - usr[[3]])),
    c(left, usr[[4]] - 0.1 * (usr[[4]] - mid)), c(right, (usr[[4]] + mid) / 2)
  )
  words <- c("decreasing", "up-then-down", "down-then-up", "increasing")
  for (i in seq_along(words)) {
    graphics::text(where[[i]][[1]], where[[i]][[2]], words[[i]], col = "grey40",
      cex = 0.9)
  }
  graphics::points(1, mid, pch = 3, col = "grey40")
}

# --- as ggplot objects

surv_gg_hr <- function(data) {
  gg_start(data, "autoplot()", x = "time", y = "estimate", colour = "group") +
    ggplot2::geom_hline(yintercept = 1, linetype = 3) +
    ggplot2::geom_ribbon(gg_aes(ymin = "lower", ymax = "upper", fill = "group"),
      alpha = 0.2, colour = NA) +
    ggplot2::geom_line() + ggplot2::scale_y_log10() +
    ggplot2::labs(y = "hazard ratio", title = surv_question[["hr"]], colour = NULL,
      fill = NULL)
}

surv_gg_diagonal <- function(data, type) {
  gg_start(data, "autoplot()", x = "time", y = "estimate") +
    ggplot2::geom_ribbon(gg_aes(ymin = "lower", ymax = "upper"), alpha = 0.2) +
    ggplot2::geom_abline(linetype = 3) +
    (if (type == "quantile") ggplot2::geom_point(size = 0.8) else ggplot2::geom_step()) +
    ggplot2::labs(title = surv_question[[type]],
      x = if (type == "quantile") "normal quantile" else "Cox-Snell residual",
      y = if (type == "quantile") "quantile residual" else "its cumulative hazard")
}

surv_gg_shape <- function(data) {
  data$kappa <- surv_kappa_axis(data$kappa)
  data$ring_kappa <- surv_kappa_axis(data$ring_kappa)
  g <- exp(seq(log(min(data$ring_gamma, 0.5)), log(max(data$ring_gamma, 2)),
    length.out = 100))
  line <- data.frame(gamma = g, kappa = log1p(1 / g))
  at <- c(-0.9, -0.5, 0, 1, 3, 10)
  gg_start(data, "autoplot()", x = "gamma", y = "kappa", colour = "group") +
    ggplot2::geom_vline(xintercept = 1, linetype = 3) +
    ggplot2::geom_line(data = line, colour = "grey40", linetype = 3) +
    ggplot2::geom_polygon(gg_aes(x = "ring_gamma", y = "ring_kappa", fill = "group"),
      alpha = 0.2) +
    ggplot2::geom_point() + ggplot2::scale_x_log10() +
    ggplot2::scale_y_continuous(breaks = log1p(at), labels = at) +
    ggplot2::labs(title = surv_question[["shape"]], colour = NULL, fill = NULL)
}
