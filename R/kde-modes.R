# Where the density is highest, and on meshes.

#' Modes, and clusters of what climbs to them
#'
#' Mean shift from every start, ended by Newton steps; maxima closer than a thousandth of
#' the bandwidth are one. A cluster is what climbs to one mode.
#'
#' @param object A [kde_fit()] with the Gaussian kernel.
#' @param start Points to climb from; `NULL`: the data.
#' @inheritParams kde_fit
#' @return An object of class `distest_kde_modes`: a list with `modes` (a matrix, the
#'   highest first), `log_density`, `cluster` (for each start), `size` (starts per mode),
#'   `gradient` and `curvature` (the Hessian of the log density, d x d x modes) there.
#' @examples
#' modes <- kde_modes(kde_fit(faithful, c(0.3, 5)))
#' modes
#' plot(modes)
#' @export
kde_modes <- function(object, start = NULL, threads = object$control$threads,
                      progress = object$control$progress) {
  check_kde(object)
  if (!is.null(object$mixed)) {
    bad_argument("object", "must not have categorical columns.")
  }
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  at <- if (!is.null(start)) kde_newdata(object, start, "start")
  out <- result_of(.Call(C_kde_modes, object$x, object$weights, kde_spec(object), at,
    run$threads, run$progress), c(kernel = "object", boundary = "object"))
  colnames(out$modes) <- colnames(object$x)
  out$size <- tabulate(out$cluster, nrow(out$modes))
  out$gradient <- predict(object, out$modes, "gradient", progress = FALSE)
  out$curvature <- predict(object, out$modes, "hessian", progress = FALSE)
  structure(c(out, list(start = if (is.null(at)) object$x else at)),
    class = "distest_kde_modes")
}

#' @export
print.distest_kde_modes <- function(x, ...) {
  n <- nrow(x$modes)
  cat(sprintf("%s of %s\n", count_text(n, "mode"), count_text(length(x$cluster),
    "starting point")))
  shown <- seq_len(min(n, 6))
  names <- colnames(x$modes)
  d <- min(ncol(x$modes), 6)
  table <- cbind(x$modes[shown, seq_len(d), drop = FALSE], x$log_density[shown],
    x$size[shown])
  dimnames(table) <- list(shown, c(if (is.null(names)) paste0("x", seq_len(d)) else names[
    seq_len(d)], "log_density", "size"))
  print_coefficients(table)
  if (n > 6) cat(sprintf("  and %s\n", count_text(n - 6, "more mode", "more modes")))
  if (ncol(x$modes) > d) {
    cat(sprintf("  %d more columns are not shown\n", ncol(x$modes) - d))
  }
  invisible(x)
}

#' @export
as.data.frame.distest_kde_modes <- function(x, row.names = NULL, optional = FALSE, ...) {
  data.frame(x$modes, log_density = x$log_density, size = x$size)
}

#' @rdname kde_modes
#' @param x From `kde_modes()`.
#' @param y Not used.
#' @param ... Graphical parameters.
#' @exportS3Method graphics::plot distest_kde_modes
plot.distest_kde_modes <- function(x, y, ...) {
  d <- min(ncol(x$modes), 2)
  many <- nrow(x$modes) > 8
  colour <- plot_colours(8)[(x$cluster - 1) %% 8 + 1]
  names <- colnames(x$modes)
  if (is.null(names)) names <- paste0("x", seq_len(ncol(x$modes)))
  title <- sprintf("%s, and what climbs to %s", count_text(nrow(x$modes), "mode"),
    if (nrow(x$modes) == 1) "it" else "them")
  if (d == 1) {
    open_plot(list(xlim = range(x$start[, 1]),
      ylim = c(0, max(exp(x$log_density)) * 1.05), xlab = names[[1]],
      ylab = "Density at the mode", main = title), ...)
    graphics::segments(x$modes[, 1], 0, x$modes[, 1], exp(x$log_density), lwd = 3,
      col = plot_colours(8)[(seq_along(x$size) - 1) %% 8 + 1])
    graphics::rug(x$start[, 1], col = faded("black", 0.4))
  } else {
    open_plot(list(xlim = range(x$start[, 1]), ylim = range(x$start[, 2]),
      xlab = names[[1]], ylab = names[[2]], main = title), ...)
    graphics::points(x$start[, 1:2], pch = 16, cex = 0.6, col = faded(colour, 0.5))
    graphics::points(x$modes[, 1:2, drop = FALSE], pch = 21, cex = if (many) 1 else 1.8,
      lwd = 2, bg = plot_colours(8)[(seq_along(x$size) - 1) %% 8 + 1])
  }
  invisible(as.data.frame(x))
}

#' The density on a mesh
#'
#' In two and three dimensions with the Gaussian kernel and a diagonal bandwidth by
#' products of matrices, exactly, as fast as they are.
#'
#' @param object A [kde_fit()] of one to three columns.
#' @param n Points per axis, one number or one per column.
#' @param axes A list with the points of each axis; `NULL`: `n` equally spaced ones,
#'   three bandwidths beyond the data.
#' @inheritParams kde_fit
#' @return A data frame: the coordinates, the first fastest, and `log_density`; attribute
#'   `axes`.
#' @examples
#' mesh <- kde_grid(kde_fit(faithful, c(0.3, 5)), 51)
#' axes <- attr(mesh, "axes")
#' image(axes[[1]], axes[[2]], matrix(exp(mesh$log_density), 51))
#' @export
kde_grid <- function(object, n = 101, axes = NULL, threads = object$control$threads,
                     progress = object$control$progress) {
  check_kde(object)
  if (!is.null(object$mixed) || object$d > 3) {
    bad_argument("object", "must have one to three columns, all numeric, not %d.",
      object$d)
  }
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  if (is.null(axes)) {
    n <- check_numbers(n, "n")
    if (!length(n) %in% c(1, object$d) || any(n < 2)) {
      bad_argument("n", "must be 1 or %d numbers of at least 2, not %s.", object$d,
        describe(n))
    }
    axes <- Map(\(k, n) kde_axis(object, k, n), seq_len(object$d), rep_len(n, object$d))
  }
  if (!is.list(axes) || length(axes) != object$d) {
    bad_argument("axes", "must be a list of %d vectors, not %s.", object$d,
      describe(axes))
  }
  axes <- lapply(axes, check_numbers, "axes")
  out <- result_of(.Call(C_kde_mesh, object$x, object$weights, kde_spec(object),
    as.double(lengths(axes)), unlist(axes), run$threads, run$progress))
  names(axes) <- kde_names(object)
  mesh <- expand.grid(axes, KEEP.OUT.ATTRS = FALSE)
  mesh$log_density <- out
  structure(mesh, axes = axes)
}

# n points from three bandwidths below the data to three above, within the bounds.
kde_axis <- function(x, k, n) {
  v <- x$x[, k]
  inside <- is.null(x$bounds) || x$bounds$boundary == "reflect"
  pad <- if (inside) 3 * sqrt(x$H[k, k]) else 0.2 * diff(range(v))
  limits <- c(min(v) - pad, max(v) + pad)
  if (!is.null(x$bounds)) {
    edge <- if (inside) 0 else 1e-6 * diff(limits)
    limits <- c(max(limits[[1]], x$bounds$lower[[k]] + edge),
      min(limits[[2]], x$bounds$upper[[k]] - edge))
  }
  seq(limits[[1]], limits[[2]], length.out = n)
}
