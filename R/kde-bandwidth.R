# Which bandwidth: what the user said, or a method.

kde_choose <- function(x, bandwidth, kernel, weights, scaling, shape, nu, adaptive, ties,
                       control, run) {
  n <- nrow(x)
  d <- ncol(x)
  if (inherits(bandwidth, "distest_kde_bandwidth")) {
    if (nrow(bandwidth$H) != d) {
      bad_argument("bandwidth", "is for %d columns, but `x` has %d.", nrow(bandwidth$H),
        d)
    }
    return(kde_chosen(x, bandwidth$h, bandwidth$H, bandwidth$scaling, bandwidth$shape,
      weights, bandwidth$ties, bandwidth))
  }
  if (adaptive > 0) {
    return(kde_choose_adaptive(x, bandwidth, kernel, weights, scaling, nu, adaptive, ties,
      control, run))
  }
  if (is.character(bandwidth)) {
    selected <- kde_select(x, bandwidth, scaling, shape, kernel, weights, nu, ties,
      control, run)
    return(kde_chosen(x, selected$h, selected$H, selected$scaling, selected$shape,
      weights,
      selected$ties, selected))
  }
  kde_given(x, bandwidth, scaling, shape, weights)
}

kde_given <- function(x, bandwidth, scaling, shape, weights) {
  d <- ncol(x)
  if (!is.numeric(bandwidth) || !all(is.finite(bandwidth))) {
    bad_argument("bandwidth", "must be positive and finite numbers or one of %s, not %s.",
      enumerate(c("auto", kde_methods)), describe(bandwidth))
  }
  if (shape != "scalar") {
    bad_argument("shape",
      "is chosen with bandwidth = \"lcv\"; a given `bandwidth` has its own.")
  }
  if (is.matrix(bandwidth) && !identical(dim(bandwidth), c(d, d)) ||
    !is.matrix(bandwidth) && !length(bandwidth) %in% c(1, d)) {
    bad_argument("bandwidth",
      "must be one number, %d numbers or a %d x %d matrix, not %s.",
      d, d, d, describe(bandwidth))
  }
  if (!is.matrix(bandwidth)) {
    bad <- which(bandwidth <= 0)
    if (length(bad)) {
      bad_argument("bandwidth", "must be positive, not %s.",
        format(bandwidth[[bad[[1]]]]),
        value = bandwidth[bad])
    }
  }
  scaling <- if (identical(scaling, "auto")) "none" else {
    check_choice(scaling, names(kde_scalings), "scaling")
  }
  ties <- sum(duplicated(x) | duplicated(x, fromLast = TRUE))
  if (is.matrix(bandwidth) && d > 1) {
    values <- eigen(bandwidth, TRUE, TRUE)$values
    if (max(abs(bandwidth - t(bandwidth))) > 1e-10 * max(abs(bandwidth))) {
      bad_argument("bandwidth", "must be a symmetric matrix.")
    }
    if (min(values) <= 0) {
      distest_error("singular",
        sprintf(paste("`bandwidth` must be positive definite, but",
        "its smallest eigenvalue is %s."), format_number(min(values))), "bandwidth")
    }
    return(kde_chosen(x, NA_real_, bandwidth, "none", "full", weights, ties))
  }
  if (is.matrix(bandwidth)) bandwidth <- sqrt(as.vector(bandwidth))
  if (length(bandwidth) == d && d > 1) {
    return(kde_chosen(x, NA_real_, diag(bandwidth^2, d), "none", "diag", weights, ties))
  }
  A <- kde_reference(x, weights, scaling)
  kde_chosen(x, as.double(bandwidth), bandwidth^2 * A, scaling, "scalar", weights, ties,
    reference = A)
}

kde_reference <- function(x, weights, scaling) {
  A <- result_of(.Call(C_kde_reference, x, weights, kde_scalings[[scaling]]))
  dimnames(A) <- list(colnames(x), colnames(x))
  A
}

kde_chosen <- function(x, h, H, scaling, shape, weights, ties, selected = NULL,
                       reference = NULL) {
  if (is.null(reference)) {
    reference <- if (shape == "scalar") kde_reference(x, weights, scaling) else H
  }
  if (is.null(selected)) {
    selected <- structure(class = "distest_kde_bandwidth", list(method = "given", h = h,
      H = H, objective = NA_real_, scaling = scaling, shape = shape, ties = ties,
      converged = TRUE))
  }
  dimnames(H) <- dimnames(reference) <- list(colnames(x), colnames(x))
  list(H = H, h = h, reference = reference, scaling = scaling, shape = shape,
    adaptive = NULL, ties = ties, bandwidth = selected)
}

kde_auto_scaling <- function(x, weights, method) {
  if (method == "sj" || (method %in% c("lscv", "pi") && ncol(x) == 1)) {
    return("none")
  }
  spread <- apply(x, 2, \(v) diff(range(v)))
  if (any(spread == 0)) {
    constant <- colnames(x)[spread == 0]
    if (is.null(constant)) constant <- which(spread == 0)
    if (any(spread > 0)) {
      distest_warning("conditioning",
        sprintf(paste("Columns of `x` are constant (%s), so",
        "scaling is \"iso\", one for all columns."), paste(constant, collapse = ", ")), "x")
      return("iso")
    }
    return("none")
  }
  if (nrow(x) >= 3 * ncol(x)) {
    r <- stats::cor(x)
    if (rcond(r) > 1e-8) {
      return("cov")
    }
  }
  "sd"
}

kde_select <- function(x, method, scaling, shape, kernel, weights, nu, ties, control, run,
                       radius = NULL) {
  method <- check_choice(method, c("auto", kde_methods), "bandwidth")
  if (method == "auto") {
    method <- if (ncol(x) == 1 && is.null(weights) && kernel ==
      "gaussian") "sj" else "lcv"
  }
  scaling <- check_choice(scaling, c("auto", names(kde_scalings)), "scaling")
  if (scaling == "auto") scaling <- kde_auto_scaling(x, weights, method)
  out <- result_of(.Call(C_kde_bandwidth, x, weights, list(
    method = method, scaling = kde_scalings[[scaling]], shape = kde_shapes[[shape]],
    ties = as.integer(ties == "include"), kernel = kernel,
    nu = if (is.null(nu)) 0 else as.double(nu), radius = radius,
    points = control$lcv_points, maxit = control$maxit, ratio = control$grid_ratio,
    reltol = control$reltol, floor = control$floor, trim = control$trim),
    run$threads, run$progress), c(method = "bandwidth"))
  out$converged <- out$converged == 1
  if (!out$converged) {
    distest_warning("convergence",
      sprintf(paste("The likelihood search did not converge in",
      "%s; the best bandwidth found is returned."), count_text(control$maxit, "step")),
      "bandwidth")
  }
  if (out$floored == 1 && method == "lcv") {
    at <- eigen(out$H, TRUE)
    distest_warning("boundary", sprintf(paste("The bandwidth reached its floor in the",
      "direction of column %s."), paste(unique(colnames(x)[which.max(abs(at$vectors[,
        ncol(x)]))]),
        collapse = ", ")), "bandwidth", class = "distest_warning_floor")
  }
  if (out$floored == 1 && method == "pi") {
    distest_warning("approximation",
      paste("A stage of the plug-in rule had the wrong sign",
      "and was replaced by its normal value."), "bandwidth")
  }
  dimnames(out$H) <- list(colnames(x), colnames(x))
  out$floored <- out$floored == 1
  structure(class = "distest_kde_bandwidth", c(list(method = method, scaling = scaling,
    shape = shape), out))
}

# c of (29) by leave-one-out likelihood.
kde_choose_adaptive <- function(x, bandwidth, kernel, weights, scaling, nu, k, ties,
                                control, run) {
  if (!is.character(bandwidth) && (!is.numeric(bandwidth) || length(bandwidth) != 1 ||
    !is.finite(bandwidth) || bandwidth <= 0)) {
    bad_argument("bandwidth",
      "must be a positive factor or a method with `adaptive`, not %s.",
      describe(bandwidth))
  }
  if (identical(scaling, "auto")) {
    scaling <- if (is.numeric(bandwidth)) "none" else kde_auto_scaling(x, weights, "lcv")
  }
  scaling <- check_choice(scaling, names(kde_scalings), "scaling")
  A <- kde_reference(x, weights, scaling)
  base <- list(kernel = kernel, nu = nu, shape = "scalar", h = 1, scaling = scaling,
    control = control, tie_rule = ties)
  near <- result_of(.Call(C_kde_radius, x, weights, kde_spec(base), k, run$threads,
    run$progress), c(k = "adaptive"))
  with_factor <- function(c) list(k = k, c = c, radius = c * near$radius,
    radius_next = c * near$`next`, reach = near$radius)
  objective <- function(t) {
    loo <- .Call(C_kde_eval, x, weights,
      kde_spec(c(base, list(adaptive = with_factor(exp(t))))),
      NULL, run$threads, run$progress)
    kde_mean(result_of(loo), weights)
  }
  c <- if (is.numeric(bandwidth)) bandwidth else {
    t <- log(1 / sqrt(ncol(x))) + seq(-2.5, 2, 0.25)
    values <- vapply(t, objective, 0)
    best <- t[[which.max(values)]]
    exp(stats::optimize(objective, best + c(-0.25, 0.25), maximum = TRUE,
      tol = 1e-8)$maximum)
  }
  adaptive <- with_factor(c)
  ties <- sum(duplicated(x) | duplicated(x, fromLast = TRUE))
  out <- kde_chosen(x, 1, A, scaling, "scalar", weights, ties, reference = A)
  out$adaptive <- adaptive
  out$bandwidth$method <- if (is.numeric(bandwidth)) "given" else "lcv"
  out
}

#' Choose a bandwidth
#'
#' @inheritParams kde_fit
#' @param method `"lcv"`: the largest mean leave-one-out log density; `"nn"`: root mean
#'   square distance to the nearest neighbour over \eqn{\sqrt d}, the lower bound of lcv;
#'   `"scott"`, `"silverman"`; `"kl_normal"`: best for normal data
#'   ([kde_normal_reference()]); `"lscv"`: least squares, up to ten dimensions; `"pi"`:
#'   plug-in; `"sj"`: Sheather-Jones, one dimension; `"auto"`.
#' @return An object of class `distest_kde_bandwidth`: a list with `method`, `h`, `H`,
#'   `objective`, `scaling`, `shape`, bounds `lower` and `upper` of every stationary h of
#'   lcv, `iterations`, `queries`, `ties`, `converged`. `kde_fit()` takes it as
#'   `bandwidth`.
#' @examples
#' kde_bandwidth(faithful, "lcv")
#' kde_bandwidth(faithful$eruptions, "sj")
#' @export
kde_bandwidth <- function(x, method = "auto", scaling = "auto", shape = "scalar",
                          kernel = "gaussian", weights = NULL, nu = NULL,
                          ties = c("exclude", "include"), control = kde_control(), ...,
                          threads = control$threads, progress = control$progress) {
  check_dots_empty(...)
  x <- kde_points(x)
  weights <- check_numbers(weights, "weights", length = nrow(x), null = TRUE)
  kernel <- check_choice(kernel, kde_kernel_names, "kernel")
  shape <- check_choice(shape, names(kde_shapes), "shape")
  ties <- check_choice(ties, c("exclude", "include"), "ties")
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  kde_select(x, method, scaling, shape, kernel, weights, nu, ties, control, run)
}

#' @export
print.distest_kde_bandwidth <- function(x, ...) {
  cat("Bandwidth by ", x$method, ", scaling ", x$scaling, "\n", sep = "")
  if (x$shape == "scalar") {
    cat("  h ", format_number(x$h), "\n", sep = "")
  } else {
    cat("  standard deviations ", paste(format_number(sqrt(diag(x$H))), collapse = ", "),
      "\n", sep = "")
  }
  invisible(x)
}

#' The likelihood curve of the bandwidth
#'
#' @inheritParams kde_bandwidth
#' @param h Bandwidths; `NULL`: a grid over the range that holds every stationary point.
#' @return A data frame of class `distest_kde_lcv`: `h`, `loo` (mean leave-one-out log
#'   density) and its derivatives `d1`, `d2` in log h; attribute `best` from lcv when `h`
#'   is `NULL`.
#' @examples
#' curve <- kde_lcv(faithful)
#' plot(curve)
#' @export
kde_lcv <- function(x, h = NULL, scaling = "auto", weights = NULL,
                    ties = c("exclude", "include"), control = kde_control(), ...,
                    threads = control$threads, progress = control$progress) {
  check_dots_empty(...)
  x <- kde_points(x)
  weights <- check_numbers(weights, "weights", length = nrow(x), null = TRUE)
  ties <- check_choice(ties, c("exclude", "include"), "ties")
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  best <- NULL
  scaling <- check_choice(scaling, c("auto", names(kde_scalings)), "scaling")
  if (scaling == "auto") scaling <- kde_auto_scaling(x, weights, "lcv")
  if (is.null(h)) {
    best <- kde_select(x, "lcv", scaling, "scalar", "gaussian", weights, NULL, ties,
      control, run)
    h <- exp(seq(log(best$lower * 0.7), log(best$upper), length.out = 60))
  } else {
    h <- check_numbers(h, "h")
  }
  spec <- kde_spec(list(kernel = "gaussian", shape = "scalar", h = 1, scaling = scaling,
    control = control, tie_rule = ties))
  out <- result_of(.Call(C_kde_grid, x, weights, spec, as.double(h), run$threads,
    run$progress))
  structure(data.frame(h = h, out), class = c("distest_kde_lcv", "data.frame"),
    best = best)
}

#' @rdname kde_lcv
#' @param y Not used.
#' @exportS3Method graphics::plot distest_kde_lcv
plot.distest_kde_lcv <- function(x, y, ...) {
  best <- attr(x, "best")
  open_plot(list(xlim = range(x$h), ylim = range(x$loo[is.finite(x$loo)]), log = "x",
    xlab = "Bandwidth h", ylab = "Leave-one-out log density (nats per point)",
    main = "Which bandwidth predicts best?"), ...)
  graphics::lines(x$h, x$loo, lwd = 2, col = plot_colours(1))
  if (!is.null(best)) {
    graphics::abline(v = best$h, lty = 2)
    graphics::mtext(sprintf("lcv %s", format_number(best$h)), at = best$h, line = 0,
      cex = 0.8)
  }
  invisible(as.data.frame(x))
}
