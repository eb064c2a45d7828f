#' Pictures of a survival fit
#'
#' `"survival"`: does the model describe the data? Fitted curves with bands over the
#' Kaplan-Meier estimate (Turnbull's for interval-censored data). `"cumhaz"`: the same on
#' the scale of cumulative hazards, over Nelson-Aalen. `"hazard"`: how does the risk move
#' with time? Fitted hazards with bands over events per exposure in intervals of time.
#' `"residuals"`: the cumulative hazard of the Cox-Snell residuals, which follows the
#' diagonal when the model is right. `"quantile"`: do the residuals follow a normal
#' distribution? Quantile residuals (censored ones drawn at random) against normal
#' quantiles. `"hr"`: how does the ratio of two hazards move with time? `"shape"`: which
#' shape has the hazard, and how sure is that? The plane of gamma and kappa with the
#' regions of [surv_shape()], estimates and their joint confidence regions.
#'
#' Without `newdata` there is a curve for each group of rows that share their covariates,
#' when there are at most six; otherwise one curve, the mean over the rows, without a
#' band.
#'
#' @param x A [surv_fit()].
#' @param type The picture.
#' @param newdata Rows to draw curves for; for `"hr"` in the numerator.
#' @param reference For `"hr"`: the row in the denominator. Without both, each group
#'   against the first.
#' @param times Times to draw at; a grid to the last time of the data when missing.
#' @param level Level of the bands.
#' @param observed Draw what the data say, too?
#' @param add Add to the picture that is there?
#' @param col Colours of the curves.
#' @param legend Where the legend stands, as in [graphics::legend()], or `FALSE`; a free
#'   corner when missing.
#' @param ... Graphical parameters.
#' @return What is drawn, invisibly: a data frame with `group`, `time`, `estimate`,
#'   `lower`, `upper`; for `"shape"` `group`, `gamma`, `kappa`, `shape` and the points
#'   `ring_gamma`, `ring_kappa` of the region.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' veteran <- transform(survival::veteran, trt = factor(trt))
#' fit <- surv_fit(survival::Surv(time, status) ~ trt, veteran, gamma = ~trt)
#' plot(fit)
#' plot(fit, type = "hazard")
#' @export
plot.distest_surv <- function(x, type = c("survival", "cumhaz", "hazard", "hr",
                                "residuals", "quantile", "shape"),
                              newdata = NULL, reference = NULL, times = NULL,
                              level = 0.95, observed = TRUE, add = FALSE, col = NULL,
                              legend = NULL, ...) {
  type <- check_choice(type, names(surv_question), "type")
  level <- check_level(level)
  check_flag(observed, "observed")
  check_flag(add, "add")
  if (type == "residuals") {
    return(invisible(surv_draw_residuals(x, add, col, ...)))
  }
  if (type %in% c("hr", "quantile", "shape")) {
    data <- surv_table(x, type, newdata, reference, times, level)
    switch(type, hr = surv_draw_hr(data, add, col, legend, ...),
      quantile = surv_draw_quantile(data, add, col, ...),
      shape = surv_draw_shape(data, add, col, legend, ...))
    return(invisible(data))
  }
  curves <- surv_curves(x, type, newdata, times, level)
  groups <- unique(curves$group)
  from <- attr(curves, "from")
  if (is.null(col)) col <- plot_colours(length(groups))
  data <- if (observed && !is.null(x$rows)) surv_observed(x, type, attr(curves, "of"),
    from)
  if (!add) {
    open_plot(list(
      xlim = range(from, curves$time), ylim = c(0, surv_top(type, curves, data)),
      xlab = "time", ylab = paste0(surv_axis[[type]], if (from > 0 && type != "hazard")
        sprintf(", given survival to %s", format_number(from))),
      main = surv_heading(type)
    ), ...)
  }
  for (i in seq_along(groups)) {
    one <- curves[curves$group == groups[[i]], ]
    draw_band(one$time, one$lower, one$upper, col[[i]])
  }
  for (i in seq_along(groups)) {
    one <- curves[curves$group == groups[[i]], ]
    graphics::lines(one$time, one$estimate, col = col[[i]], lwd = 2, lty = 1)
  }
  for (g in unique(data$group)) {
    seen <- data[data$group == g, ]
    own <- match(g, groups)
    graphics::lines(seen$time, seen$estimate, type = "s", lty = 3, lwd = 1.5,
      col = if (is.na(own)) "grey30" else col[[own]])
  }
  if (is.null(legend)) {
    rising <- type == "cumhaz" || (type == "hazard" &&
      with(curves, estimate[[length(estimate)]] > stats::median(estimate)))
    legend <- if (rising) "topleft" else "topright"
  }
  surv_legend(groups, col, legend, !is.null(data))
  invisible(curves)
}

surv_question <- c(
  survival = "Fitted survival and the data's",
  cumhaz = "Fitted cumulative hazard and the data's",
  hazard = "How the hazard moves with time",
  hr = "How the hazard ratio moves with time",
  residuals = "Do the residuals follow a unit exponential?",
  quantile = "Do the residuals follow a normal distribution?",
  shape = "Which shape has the hazard?"
)

# In as many lines as the figure is wide: a letter of the title is some 3/4 of R's
# character width.
surv_heading <- function(type) {
  letter <- graphics::par("cin")[[1]] * graphics::par("cex") * graphics::par("cex.main")
  room <- max(10, floor(graphics::par("fin")[[1]] / (0.75 * letter)))
  paste(strwrap(surv_question[[type]], room), collapse = "\n")
}

surv_table <- function(x, type, newdata, reference, times, level) {
  switch(type, hr = surv_table_hr(x, newdata, reference, times, level),
    quantile = surv_table_quantile(x, level),
    shape = surv_table_shape(x, newdata, level))
}

surv_axis <- c(survival = "survival", cumhaz = "cumulative hazard",
  hazard = "hazard per unit of time")

# How high the picture reaches: all curves, and most of the bands and data.
surv_top <- function(type, curves, data) {
  if (type == "survival") {
    return(1)
  }
  most <- function(v, share) {
    v <- v[is.finite(v)]
    if (length(v)) stats::quantile(v, share, names = FALSE) else 0
  }
  max(most(curves$estimate, 0.99), most(curves$upper, 0.9), most(data$estimate, 0.95))
}

# With delayed entry curves begin where enough are under observation.
surv_from <- function(object) {
  entry <- object$rows$entry
  if (is.null(entry) || all(entry == 0)) {
    return(0)
  }
  time <- surv_time(object)
  at <- sort(unique(entry))
  at <- at[unique(round(seq(1, length(at), length.out = min(200, length(at)))))]
  risk <- vapply(at, \(t) sum(entry <= t & time > t), 0)
  at[[which(risk >= min(max(risk), max(10, 0.05 * object$nrow)))[[1]]]]
}

surv_legend <- function(groups, col, where, observed) {
  if (isFALSE(where)) {
    return(invisible())
  }
  if (observed) {
    graphics::legend(where, c(groups, "data"), col = c(col, "grey30"), bty = "n",
      lty = c(rep(1, length(groups)), 3), lwd = c(rep(2, length(groups)), 1.5))
  } else {
    graphics::legend(where, groups, col = col, lwd = 2, bty = "n")
  }
}

# Groups of rows with the same covariates: their designs, number and names.
surv_groups <- function(object) {
  designs <- surv_kept(object)$designs
  all <- do.call(cbind, lapply(designs, `[[`, "x"))
  offsets <- lapply(designs, `[[`, "offset")
  if (is.null(all)) all <- matrix(1, object$nrow, 1)
  varying <- any(vapply(offsets, \(o) !is.null(o) && any(o != o[[1]]), NA))
  columns <- split(all, col(all))
  group <- if (varying) seq_len(object$nrow) else as.integer(interaction(columns,
    drop = TRUE))
  first <- which(!duplicated(group))
  if (length(first) > 6) {
    return(NULL)
  }
  list(group = match(group, group[first]), rows = first,
    names = surv_group_names(object, first))
}

surv_group_names <- function(object, rows) {
  variables <- unique(unlist(lapply(object$terms,
    \(tt) if (!is.null(tt)) attr(tt, "term.labels"))))
  variables <- intersect(variables, names(object$model))
  if (length(variables) == 0) {
    return("all rows")
  }
  frame <- object$model[rows, variables, drop = FALSE]
  text <- lapply(variables,
    \(v) paste(v,
    if (is.numeric(frame[[v]])) format_number(frame[[v]]) else as.character(frame[[v]])))
  do.call(paste, c(text, sep = ", "))
}

# The curves of a picture as a data frame; attribute `of`: the group of each row.
surv_curves <- function(object, type, newdata, times, level) {
  from <- if (is.null(object$rows)) 0 else surv_from(object)
  if (is.null(times)) {
    top <- max(surv_time(object))
    times <- seq(from, top, length.out = 200)
    if (type == "hazard" && from == 0) times[[1]] <- top / 2000
  }
  what <- c(survival = "survival", cumhaz = "cumhaz", hazard = "hazard")[[type]]
  index <- match(what, surv_types) - 1L
  of <- NULL
  if (!is.null(newdata)) {
    designs <- surv_designs(object, newdata)
    m <- attr(designs, "rows")
    names <- if (m == 1) "fitted" else paste("row", seq_len(m))
  } else {
    designs <- surv_designs(object, NULL)
    groups <- surv_groups(object)
    if (is.null(groups)) {
      return(surv_mean_curve(object, index, designs, times, from))
    }
    designs <- lapply(designs, \(d) if (is.null(d$x)) d else list(
      x = d$x[groups$rows, , drop = FALSE], offset = d$offset[groups$rows]))
    m <- length(groups$rows)
    names <- groups$names
    of <- names[groups$group]
  }
  entry <- if (type != "hazard" && from > 0) rep(from, m)
  out <- surv_call_predict(object, index, designs, m, times, entry, level, TRUE)
  curves <- data.frame(
    group = rep(names, each = length(times)), time = rep(times, m),
    estimate = as.vector(t(out$estimate)), lower = surv_missing(t(out$lower)),
    upper = surv_missing(t(out$upper))
  )
  structure(curves, of = of, from = from)
}

# Many covariate patterns: the mean over the rows (of survival; hazards are those of the
# mean survival).
surv_mean_curve <- function(object, index, designs, times, from) {
  m <- object$nrow
  w <- weights(object)
  w <- w / sum(w)
  entry <- if (from > 0) rep(from, m)
  S <- surv_call_predict(object, 0L, designs, m, times, entry, 0.95, FALSE)$estimate
  mean_S <- drop(w %*% S)
  estimate <- switch(index + 1L, mean_S, -log(mean_S), {
    h <- surv_call_predict(object, 2L, designs, m, times, NULL, 0.95, FALSE)$estimate
    h[!is.finite(h)] <- NA
    drop(w %*% (h * S)) / mean_S
  })
  out <- data.frame(group = "mean over the rows", time = times, estimate = estimate,
    lower = NA_real_, upper = NA_real_)
  structure(out, of = rep("mean over the rows", m), from = from)
}

# What the data say without a model, group by group.
surv_observed <- function(object, type, of, from = 0) {
  if (is.null(of)) of <- rep("data", object$nrow)
  if (type == "hazard") {
    return(surv_rates(object, of))
  }
  check_package("survival", "The Kaplan-Meier curve of the picture")
  rows <- object$rows
  if (any(rows$type >= 2L) && !is.null(rows$entry)) {
    return(NULL) # no estimate without a model for both at once
  }
  w <- weights(object)
  parts <- lapply(unique(of), \(g) {
    at <- of == g
    y <- surv_response(rows, at, from)
    km <- survival::survfit(y ~ 1, weights = w[at][attr(y, "kept")], se.fit = FALSE)
    H <- if (is.null(km$cumhaz)) -log(pmax(km$surv, 1e-10)) else km$cumhaz
    data.frame(group = g, time = c(from, km$time),
      estimate = if (type == "survival") c(1, km$surv) else c(0, H))
  })
  do.call(rbind, parts)
}

# The rows `at` as a Surv object again, from a time on.
surv_response <- function(rows, at, from) {
  lower <- rows$lower[at]
  type <- rows$type[at]
  if (any(rows$type >= 2L)) {
    upper <- ifelse(type >= 2L, rows$upper[at], lower)
    y <- survival::Surv(ifelse(type == 2L, NA, lower), ifelse(type == 0L, NA, upper),
      type = "interval2")
    return(structure(y, kept = rep(TRUE, sum(at))))
  }
  if (is.null(rows$entry)) {
    return(structure(survival::Surv(lower, type), kept = rep(TRUE, sum(at))))
  }
  kept <- lower > from
  entry <- pmax(rows$entry[at], from)
  structure(survival::Surv(entry[kept], lower[kept], type[kept]), kept = kept)
}

# Events per exposure in intervals with about as many events each.
surv_rates <- function(object, of, events_each = 10) {
  rows <- object$rows
  if (any(rows$type >= 2L)) {
    return(NULL)
  }
  w <- weights(object)
  entry <- if (is.null(rows$entry)) rep(0, object$nrow) else rows$entry
  parts <- lapply(unique(of), \(g) {
    at <- of == g
    t <- rows$lower[at]
    event <- rows$type[at] == 1L
    pieces <- max(1, min(10, sum(event) %/% events_each))
    cuts <- unique(c(0, stats::quantile(t[event], seq_len(pieces - 1) / pieces,
      names = FALSE), max(t)))
    rate <- vapply(seq_len(length(cuts) - 1), \(i) {
      inside <- event & t > cuts[[i]] & t <= cuts[[i + 1]]
      exposure <- pmax(0, pmin(t, cuts[[i + 1]]) - pmax(entry[at], cuts[[i]]))
      sum(w[at][inside]) / sum(w[at] * exposure)
    }, 0)
    data.frame(group = g, time = cuts, estimate = c(rate, rate[[length(rate)]]))
  })
  do.call(rbind, parts)
}

surv_table_residuals <- function(object) {
  check_package("survival", "The picture of residuals")
  H <- surv_coxsnell(object)
  exact <- object$rows$type < 2L
  km <- survival::survfit(survival::Surv(H[exact], object$rows$type[exact]) ~ 1,
    weights = weights(object)[exact])
  data.frame(time = km$time, estimate = km$cumhaz,
    lower = pmax(0, km$cumhaz - 2 * km$std.chaz),
    upper = km$cumhaz + 2 * km$std.chaz)
}

surv_draw_residuals <- function(object, add, col, ...) {
  out <- surv_table_residuals(object)
  if (is.null(col)) col <- plot_colours(1)
  if (!add) {
    open_plot(list(
      xlim = range(0, out$time), ylim = range(0,
        out$estimate), xlab = "Cox-Snell residual",
      ylab = "its cumulative hazard", main = surv_heading("residuals")
    ), ...)
  }
  draw_band(out$time, out$lower, out$upper, col)
  graphics::abline(0, 1, lty = 3)
  graphics::lines(out$time, out$estimate, type = "s", col = col, lwd = 2)
  out
}

# The same pictures as ggplot objects.
#' @exportS3Method ggplot2::autoplot
autoplot.distest_surv <- function(object, type = c("survival", "cumhaz", "hazard", "hr",
                                    "residuals", "quantile", "shape"),
                                  newdata = NULL, reference = NULL, times = NULL,
                                  level = 0.95, ...) {
  type <- check_choice(type, names(surv_question), "type")
  check_dots_empty(...)
  check_package("ggplot2", "autoplot()")
  level <- check_level(level)
  if (type == "residuals") {
    return(surv_gg_diagonal(surv_table_residuals(object), type))
  }
  if (type %in% c("hr", "quantile", "shape")) {
    data <- surv_table(object, type, newdata, reference, times, level)
    return(switch(type, hr = surv_gg_hr(data), quantile = surv_gg_diagonal(data, type),
      shape = surv_gg_shape(data)))
  }
  curves <- surv_curves(object, type, newdata, times, level)
  data <- if (!is.null(object$rows)) surv_observed(object, type, attr(curves, "of"),
    attr(curves, "from"))
  time <- estimate <- lower <- upper <- group <- NULL # columns, named below
  plot <- ggplot2::ggplot(curves, ggplot2::aes(x = time, y = estimate, colour = group)) +
    ggplot2::geom_ribbon(ggplot2::aes(ymin = lower, ymax = upper, fill = group),
      alpha = 0.2, colour = NA) +
    ggplot2::geom_line() +
    ggplot2::labs(y = type, title = surv_question[[type]], colour = NULL, fill = NULL)
  if (is.null(data)) plot else plot + ggplot2::geom_step(data = data, linetype = 3)
}
