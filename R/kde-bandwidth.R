# Which bandwidth: what the user said, or a method.

kde_choose <- function(x, bandwidth, kernel, weights, scaling, shape, nu, adaptive, ties,
                       control, run, bounds = NULL) {
  d <- ncol(x)
  if (inherits(bandwidth, "distest_kde_bandwidth")) {
    if (nrow(bandwidth$H) != d) {
      bad_argument("bandwidth", "is for %d columns, but `x` has %d.", nrow(bandwidth$H),
        d)
    }
    return(kde_chosen(x, bandwidth$h, bandwidth$H, bandwidth$scaling, bandwidth$shape,
      weights, bandwidth$ties, bandwidth, bounds = bounds))
  }
  if (!identical(adaptive, 0)) {
    if (!is.null(bounds)) bad_argument("adaptive", "is not for estimates with bounds.")
    return(kde_choose_adaptive(x, bandwidth, kernel, weights, scaling, shape, nu,
      adaptive, ties, control, run))
  }
  if (is.character(bandwidth)) {
    selected <- kde_select(x, bandwidth, scaling, shape, kernel, weights, nu, ties,
      control, run, bounds = bounds)
    return(kde_chosen(x, selected$h, selected$H, selected$scaling, selected$shape,
      weights, selected$ties, selected, bounds = bounds))
  }
  kde_given(x, bandwidth, scaling, shape, weights, bounds)
}

kde_given <- function(x, bandwidth, scaling, shape, weights, bounds = NULL) {
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
  scaling <- if (identical(scaling, "auto")) {
    "none"
  } else {
    check_choice(scaling, names(kde_scalings), "scaling")
  }
  ties <- sum(duplicated(x) | duplicated(x, fromLast = TRUE))
  if (is.matrix(bandwidth) && d > 1) {
    kde_check_matrix(bandwidth)
    return(kde_chosen(x, NA_real_, bandwidth, "none", "full", weights, ties))
  }
  if (is.matrix(bandwidth)) bandwidth <- sqrt(as.vector(bandwidth))
  if (length(bandwidth) == d && d > 1) {
    return(kde_chosen(x, NA_real_, diag(bandwidth^2, d), "none", "diag", weights, ties))
  }
  A <- kde_reference(kde_inner(x, bounds), weights, scaling)
  kde_chosen(x, as.double(bandwidth), bandwidth^2 * A, scaling, "scalar", weights, ties,
    reference = A)
}

kde_check_matrix <- function(bandwidth) {
  values <- eigen(bandwidth, TRUE, TRUE)$values
  if (max(abs(bandwidth - t(bandwidth))) > 1e-10 * max(abs(bandwidth))) {
    bad_argument("bandwidth", "must be a symmetric matrix.")
  }
  if (min(values) <= 0) {
    distest_error("singular",
      sprintf(paste("`bandwidth` must be positive definite, but",
      "its smallest eigenvalue is %s."), format_number(min(values))), "bandwidth")
  }
}

kde_reference <- function(x, weights, scaling) {
  A <- result_of(.Call(C_kde_reference, x, weights, kde_scalings[[scaling]]))
  dimnames(A) <- list(colnames(x), colnames(x))
  A
}

kde_chosen <- function(x, h, H, scaling, shape, weights, ties, selected = NULL,
                       reference = NULL, bounds = NULL) {
  if (is.null(reference)) {
    reference <- if (shape == "scalar") {
      kde_reference(kde_inner(x, bounds), weights, scaling)
    } else {
      H
    }
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
        "scaling is \"iso\", one for all columns."), paste(constant, collapse = ", ")),
      "x")
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

# Scaling for a method when the user leaves it open; reflection wants a diagonal one.
kde_scaling_for <- function(x, scaling, weights, method, bounds) {
  scaling <- check_choice(scaling, c("auto", names(kde_scalings)), "scaling")
  if (scaling != "auto") {
    return(scaling)
  }
  scaling <- kde_auto_scaling(kde_inner(x, bounds), weights, method)
  reflect <- !is.null(bounds) && bounds$boundary == "reflect"
  if (scaling == "cov" && reflect) "sd" else scaling
}

kde_select <- function(x, method, scaling, shape, kernel, weights, nu, ties, control, run,
                       radius = NULL, metric = NULL, bounds = NULL) {
  method <- check_choice(method, c("auto", kde_methods), "bandwidth")
  if (method == "auto") {
    method <- if (ncol(x) == 1 && is.null(weights) && kernel == "gaussian" &&
      is.null(bounds)) "sj" else "lcv"
  }
  scaling <- kde_scaling_for(x, scaling, weights, method, bounds)
  if (shape == "auto") {
    return(kde_select_shape(x, method, scaling, kernel, weights, nu, ties, control, run,
      bounds))
  }
  out <- result_of(.Call(C_kde_bandwidth, x, weights, list(
    method = method, scaling = kde_scalings[[scaling]], shape = kde_shapes[[shape]],
    ties = as.integer(ties == "include"), kernel = kernel,
    nu = if (is.null(nu)) 0 else as.double(nu), radius = radius$radius,
    radius_next = radius$`next`, reach = radius$radius, metric = metric,
    points = control$lcv_points, maxit = control$maxit, ratio = control$grid_ratio,
    reltol = control$reltol, floor = control$floor, trim = control$trim,
    lower = bounds$lower, upper = bounds$upper,
    boundary = if (identical(bounds$boundary, "transform")) 1 else 0),
  run$threads, run$progress), c(method = "bandwidth"))
  out$converged <- out$converged == 1
  out$floored <- out$floored == 1
  dimnames(out$H) <- list(colnames(x), colnames(x))
  kde_select_warnings(out, method, control)
  structure(class = "distest_kde_bandwidth", c(list(method = method, scaling = scaling,
    shape = shape), out))
}

kde_select_warnings <- function(out, method, control) {
  if (!out$converged) {
    distest_warning("convergence",
      sprintf(paste("The likelihood search did not converge in",
        "%s; the best bandwidth found is returned."), count_text(control$maxit, "step")),
      "bandwidth")
  }
  if (out$floored && method == "lcv") {
    thin <- eigen(out$H, TRUE)$vectors[, ncol(out$H)]
    names <- if (is.null(colnames(out$H))) seq_along(thin) else colnames(out$H)
    distest_warning("boundary", sprintf(paste("The bandwidth reached its floor in the",
      "direction of column %s."), names[[which.max(abs(thin))]]), "bandwidth",
    class = "distest_warning_floor")
  }
  if (out$floored && method == "pi") {
    distest_warning("approximation",
      paste("A stage of the plug-in rule had the wrong sign",
        "and was replaced by its normal value."), "bandwidth")
  }
}

# Scalar, diagonal or full: the most likely one.
kde_select_shape <- function(x, method, scaling, kernel, weights, nu, ties, control, run,
                             bounds) {
  if (method != "lcv") {
    bad_argument("shape", "\"auto\" needs bandwidth \"lcv\", not %s.",
      dQuote(method, FALSE))
  }
  reflect <- !is.null(bounds) && bounds$boundary == "reflect"
  shapes <- c("scalar", "diag", if (nrow(x) >= 5 * ncol(x) && !reflect) "full")
  all <- lapply(shapes, \(shape) kde_select(x, method, scaling, shape, kernel, weights,
    nu, ties, control, run, bounds = bounds))
  values <- vapply(all, \(b) b$objective, 0)
  out <- all[[which.max(values)]]
  out$shapes <- stats::setNames(values, shapes)
  out
}

# k of (29), and c by leave-one-out likelihood, in the metric A or that of a full lcv.
kde_choose_adaptive <- function(x, bandwidth, kernel, weights, scaling, shape, nu, k,
                                ties, control, run) {
  given <- is.numeric(bandwidth)
  kde_check_adaptive(bandwidth, k, given)
  scaling <- if (given && identical(scaling, "auto")) {
    "none"
  } else {
    kde_scaling_for(x, scaling, weights, "lcv", NULL)
  }
  metric <- if (shape != "scalar") {
    kde_select(x, "lcv", scaling, shape, kernel, weights, nu, ties, control, run)$H
  }
  A <- if (is.null(metric)) kde_reference(x, weights, scaling) else metric
  base <- list(kernel = kernel, nu = nu, h = 1, H = A, scaling = scaling,
    shape = if (is.null(metric)) "scalar" else "full", control = control,
    tie_rule = ties)
  tried <- lapply(if (identical(k, "auto")) kde_adaptive_k(nrow(x)) else k, \(k) {
    near <- result_of(.Call(C_kde_radius, x, weights, kde_spec(base), k, run$threads,
      run$progress), c(k = "adaptive"))
    selected <- if (!given) kde_select(x, "lcv", scaling, "scalar", kernel, weights, nu,
      ties, control, run, near, metric)
    list(k = k, near = near, selected = selected,
      c = if (given) bandwidth else selected$h)
  })
  best <- if (given) {
    tried[[1]]
  } else {
    tried[[which.max(vapply(tried, \(t) t$selected$objective, 0))]]
  }
  ties <- sum(duplicated(x) | duplicated(x, fromLast = TRUE))
  out <- kde_chosen(x, if (is.null(metric)) 1 else NA_real_, A, scaling,
    base$shape, weights, ties, reference = A)
  out$adaptive <- list(k = best$k, c = best$c, radius = best$c * best$near$radius,
    radius_next = best$c * best$near$`next`, reach = best$near$radius)
  if (!given) {
    out$bandwidth <- best$selected
    out$bandwidth$h <- NA_real_
  }
  out
}

kde_check_adaptive <- function(bandwidth, k, given) {
  if (!is.character(bandwidth) && (!given || length(bandwidth) != 1 ||
    !is.finite(bandwidth) || bandwidth <= 0)) {
    bad_argument("bandwidth",
      "must be a positive factor or a method with `adaptive`, not %s.",
      describe(bandwidth))
  }
  if (!given) {
    check_choice(bandwidth, c("auto", kde_methods), "bandwidth")
    if (!bandwidth %in% c("auto", "lcv")) {
      bad_argument("bandwidth", "must be \"lcv\" or a factor with `adaptive`, not %s.",
        describe(bandwidth))
    }
  } else if (identical(k, "auto")) {
    bad_argument("adaptive", "\"auto\" is chosen with bandwidth = \"lcv\".")
  }
}

kde_adaptive_k <- function(n) {
  k <- c(1, 2, 3, 5, 8, 13, 21)
  k[k < n - 1]
}

# Mixed data: bandwidths of the numeric columns and lambda of the others together.
kde_choose_mixed <- function(mixed, bandwidth, kernel, weights, scaling, shape, adaptive,
                             lambda, ties, control, run) {
  numeric <- mixed$type == 0
  if (kernel != "gaussian") {
    bad_argument("kernel", "must be \"gaussian\" with categorical columns, not %s.",
      dQuote(kernel, FALSE))
  }
  if (!identical(adaptive, 0)) {
    bad_argument("adaptive", "is not for data with categorical columns.")
  }
  all <- rep(NA_real_, length(numeric))
  all[numeric] <- 0
  if (!is.null(lambda)) {
    lambda <- check_numbers(lambda, "lambda")
    if (!length(lambda) %in% c(1, sum(!numeric))) {
      bad_argument("lambda", "must have %d entries, one a categorical column, not %d.",
        sum(!numeric), length(lambda))
    }
    all[!numeric] <- lambda
  }
  h <- rep(1, length(numeric))
  if (is.numeric(bandwidth)) {
    if (anyNA(all)) bad_argument("lambda", "must be given with a numeric `bandwidth`.")
    bandwidth <- check_numbers(bandwidth, "bandwidth")
    if (!length(bandwidth) %in% c(1, sum(numeric)) || any(!is.finite(bandwidth)) ||
      any(bandwidth <= 0)) {
      bad_argument("bandwidth", "must be 1 or %d positive numbers, not %s.", sum(numeric),
        describe(bandwidth))
    }
    h[numeric] <- bandwidth
    selected <- list(method = "given", objective = NA_real_, converged = TRUE)
  } else {
    bandwidth <- check_choice(bandwidth, c("auto", "lcv"), "bandwidth")
    if (!shape %in% c("scalar", "diag")) {
      bad_argument("shape", "must be \"scalar\" or \"diag\" with categorical columns.")
    }
    scaling <- if (identical(scaling, "auto")) {
      "sd"
    } else {
      check_choice(scaling, c("none", "iso", "sd"), "scaling")
    }
    selected <- result_of(.Call(C_kde_mixed_bandwidth, mixed$x, weights, mixed$type,
      mixed$levels, all, list(method = "lcv", scaling = kde_scalings[[scaling]],
        shape = kde_shapes[[shape]], ties = as.integer(ties == "include"),
        kernel = "gaussian", points = control$lcv_points, maxit = control$maxit,
        reltol = control$reltol), run$threads, run$progress))
    selected$converged <- selected$converged == 1
    selected$floored <- FALSE
    h <- selected$H[, 1]
    all <- selected$H[, 2]
    kde_select_warnings(selected, "mixed", control)
    selected$method <- "lcv"
  }
  made <- kde_embed(mixed, all)
  sd <- ifelse(numeric, h, 1)[made$column]
  H <- diag(sd^2, length(sd))
  ties <- sum(duplicated(mixed$x) | duplicated(mixed$x, fromLast = TRUE))
  selected[c("h", "H", "scaling", "shape", "ties")] <- list(NA_real_, H, "none", "diag",
    ties)
  out <- kde_chosen(made$x, NA_real_, H, "none", "diag", weights, ties,
    structure(selected, class = "distest_kde_bandwidth"))
  c(out, list(x = made$x, mixed = c(mixed, list(lambda = all, h = h,
    column = made$column, log_factor = made$factor, log_constant = made$constant))))
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
                          kernel = "gaussian", weights = NULL, nu = NULL, lower = -Inf,
                          upper = Inf, boundary = c("reflect", "transform"),
                          ties = c("exclude", "include"), control = kde_control(), ...,
                          threads = control$threads, progress = control$progress) {
  check_dots_empty(...)
  x <- kde_points(x)
  weights <- check_numbers(weights, "weights", length = nrow(x), null = TRUE)
  kernel <- check_choice(kernel, kde_kernel_names, "kernel")
  shape <- check_choice(shape, c(names(kde_shapes), "auto"), "shape")
  ties <- check_choice(ties, c("exclude", "include"), "ties")
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  method <- check_choice(method, c("auto", kde_methods), "method")
  kde_select(x, method, scaling, shape, kernel, weights, nu, ties, control, run,
    bounds = kde_bounds(lower, upper, boundary, ncol(x), NULL))
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
#'   density), its derivatives `d1`, `d2` in log h and `neff`, the median number of points
#'   that carry a value; attribute `best` from lcv when `h` is `NULL`.
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
