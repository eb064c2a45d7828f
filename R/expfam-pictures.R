# Pictures of a fit that are not its density: where the model is wrong, which rows carry
# it, what it misses, and how the chains went.

expfam_pictures <- c("density", "spectrum", "influence", "moments", "mc")

is_count <- function(f) {
  f$cname %in% c("poisson", "bernoulli", "binomial", "geometric", "negative_binomial",
    "com_poisson") || has_line_nodes(f) && f$reference$type == "integers"
}

# data on the line, or NULL: those of a named family, or of a custom one as they were
# given
line_values <- function(x) {
  f <- x$family
  if (has_line_nodes(f)) {
    return(if (!is.null(x$raw)) as.double(x$raw))
  }
  if (on_line(f)) x$x[, 1]
}

on_line <- function(f) f$d == 1 && !f$cname %in% c("nodes", "categorical")

default_picture <- function(x) {
  if (on_line(x$family) || !is.null(line_values(x))) "density" else "spectrum"
}

# title, axes
picture_labels <- function(type) {
  switch(type,
    density = c("Is the fit close to the data?", "x", "density"),
    spectrum = c("Where is the model wrong?", "rank", "eigenvalue of G^-1 V"),
    influence = c("Which observations carry the fit?", "rank of observation",
      "squared length of v_i in the metric of G"),
    moments = c("Which moments does the fit miss?",
      "observed less fitted, in standard errors", ""),
    mc = c("Did the chains mix?", "effective draws of a whitened statistic",
      "split-Rhat")
  )
}

plot_misfit <- function(x, ...) {
  spectrum <- expfam_terms(x, "data", full = TRUE)$spectrum
  d <- data.frame(rank = seq_along(spectrum), eigenvalue = rev(spectrum))
  labels <- picture_labels("spectrum")
  open_plot(list(xlim = c(1, max(d$rank, 2)), ylim = range(0, 1.05, d$eigenvalue),
    xlab = labels[[2]], ylab = labels[[3]], main = labels[[1]],
    lab = c(min(max(d$rank, 2) - 1, 5), 5, 7)), ...)
  graphics::abline(h = 1, lty = 2, col = "grey50")
  graphics::text(max(d$rank, 2), 1, "1: the model is true", adj = c(1, -0.4), cex = 0.8,
    col = "grey40")
  graphics::points(d$rank, d$eigenvalue, pch = 19, col = plot_colours(1))
  d
}

plot_influence <- function(x, ...) {
  leverage <- expfam_terms(x, "data", full = TRUE)$leverage
  if (!length(leverage)) {
    distest_error("unsupported", "The fit has no data.", argument = "type")
  }
  d <- data.frame(row = order(leverage, decreasing = TRUE))
  d$influence <- leverage[d$row]
  labels <- picture_labels("influence")
  open_plot(list(xlim = c(1, nrow(d)), ylim = c(0, max(d$influence)),
    xlab = labels[[2]], ylab = labels[[3]], main = labels[[1]]), ...)
  graphics::abline(h = x$p, lty = 2, col = "grey50")
  graphics::points(seq_len(nrow(d)), d$influence, pch = 19, cex = 0.6,
    col = plot_colours(1))
  top <- seq_len(min(3, nrow(d)))
  graphics::text(top, d$influence[top], d$row[top], pos = 4, cex = 0.8)
  d
}

# Moments that are not among the statistics, of the data and of draws from the fit: on the
# line powers of the quantile residuals, in several dimensions third and fourth ones of
# the columns.
higher_moments <- function(x) {
  f <- x$family
  if (is.null(x$x) || f$cname == "nodes") {
    distest_error("unsupported", "Moments are for named families with data.",
      argument = "type")
  }
  columns <- colnames(x$x) %||% if (!is.null(f$variables)) f$variables else
    paste0("x", seq_len(ncol(x$x)))
  if (ncol(x$x) == 1) columns <- "x"
  draws <- with_seed(1, member_draw(x, max(20000, 4 * nrow(x$x))))
  w <- x$weights %||% rep(1, nrow(x$x))
  rows <- list()
  for (j in seq_len(ncol(x$x))) {
    centre <- mean(draws[, j])
    spread <- stats::sd(draws[, j])
    for (k in 1:4) {
      seen <- ((x$x[, j] - centre) / spread)^k
      model <- ((draws[, j] - centre) / spread)^k
      gap <- stats::weighted.mean(seen, w) - mean(model)
      se <- stats::sd(seen) / sqrt(x$n)
      rows[[length(rows) + 1]] <- data.frame(moment = sprintf("%s^%d", columns[[j]], k),
        observed = stats::weighted.mean(seen, w), fitted = mean(model), z = gap / se)
    }
  }
  do.call(rbind, rows)
}

plot_moments <- function(x, ...) {
  d <- higher_moments(x)
  shown <- d[order(-abs(d$z)), ][seq_len(min(nrow(d), 24)), ]
  shown <- shown[order(as.integer(rownames(shown))), ]
  labels <- picture_labels("moments")
  old <- graphics::par(mar = c(4, 8, 3, 1))
  on.exit(graphics::par(old))
  k <- nrow(shown)
  open_plot(list(xlim = range(-3, 3, shown$z), ylim = c(k + 0.5, 0.5), yaxt = "n",
    xlab = labels[[2]], ylab = "", main = labels[[1]]), ...)
  graphics::axis(2, seq_len(k), shown$moment, las = 1, cex.axis = 0.8)
  graphics::abline(v = c(-2, 0, 2), lty = c(2, 1, 2), col = "grey50")
  graphics::points(shown$z, seq_len(k), pch = 19, col = plot_colours(1))
  shown
}

plot_chains <- function(x, ...) {
  if (is.null(x$mc$rhat)) {
    distest_error("unsupported", "The fit did not run chains.", argument = "type")
  }
  d <- data.frame(statistic = seq_along(x$mc$rhat), ess = x$mc$ess, rhat = x$mc$rhat)
  labels <- picture_labels("mc")
  open_plot(list(xlim = range(d$ess), ylim = range(1.06, d$rhat), log = "x",
    xlab = labels[[2]], ylab = labels[[3]], main = labels[[1]]), ...)
  graphics::abline(h = 1.05, lty = 2, col = "grey50")
  graphics::points(d$ess, d$rhat, pch = 19, col = plot_colours(1))
  d
}
