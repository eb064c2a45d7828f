# kde_fit() and what all functions of the family share.

kde_scalings <- c(none = 0L, iso = 1L, sd = 2L, cov = 3L)
kde_shapes <- c(scalar = 0L, diag = 1L, full = 2L)
kde_methods <- c("lcv", "nn", "scott", "silverman", "kl_normal", "lscv", "pi", "sj")
kde_kernel_names <- c("gaussian", "uniform", "epanechnikov", "biweight", "triweight",
  "exponential", "linear", "cosine", "student")

#' Kernel density estimates that know when they can be trusted
#'
#' A kernel density estimate in any dimension, correct on the log scale,
#' \deqn{\log \hat f(x) = c + \mathrm{LSE}_i [\log w_i + g(D_i / \sigma^2)], \quad
#'   D_i = (x - x_i)' H^{-1} (x - x_i),}
#' where LSE is log-sum-exp. `H = h^2 A` with a reference matrix `A` (`scaling`), or a
#' free diagonal or full matrix. `h` is the standard deviation of the kernel.
#'
#' In more than some five dimensions a value usually rests on a few points. The tail
#' index mu of its terms says how few ([kde_phases()]): below 1, one or two neighbours
#' decide the value, and another sample would give quite another one; above 2, so many
#' points share in it that the ordinary error bar holds.
#'
#' Kernels with bounds give density 0 at most new points of high dimension unless `h`
#' exceeds the typical distance to the nearest neighbour.
#'
#' In words: mu tells how unequal the shares of the neighbours in a value are. Below 1 one
#' or two of them make up nearly all of it, above 2 many share in it.
#'
#' @param x A numeric vector, matrix or data frame, one row to a point; or a formula with
#'   `data`: `~ a + b`, or `y ~ a + b` for the density of y given a and b
#'   ([kde_conditional()]). Factors are categorical variables: unordered ones get the
#'   kernel `1 - lambda` for the same level and `lambda / (c - 1)` for another, ordered
#'   ones `lambda^|a - b|`; densities are then densities times probabilities.
#' @param bandwidth A number h, a vector of standard deviations, a variance matrix, the
#'   name of a method (see [kde_bandwidth()]), a [kde_bandwidth()], or `"auto"`: `"sj"`
#'   in one dimension without weights, otherwise `"lcv"`. With `adaptive`, a number is the
#'   factor on the distances to neighbours.
#' @param kernel `"gaussian"` or another of [kde_kernels()].
#' @param weights Non-negative numbers, one per point; scaled to sum to 1.
#' @param ... Further arguments: `data` with a formula, otherwise none.
#' @param scaling Reference matrix: `"none"`, `"iso"`, `"sd"`, `"cov"`, or `"auto"`: none
#'   for a numeric bandwidth and for the rules of one dimension, else the covariance
#'   where there are enough points, else standard deviations.
#' @param shape `"scalar"`, `"diag"` or `"full"`, the latter two with `"lcv"`; `"auto"`:
#'   the one of largest leave-one-out likelihood.
#' @param nu Degrees of freedom of the student kernel.
#' @param adaptive 0, or k: bandwidth in proportion to the distance to the k-th nearest
#'   neighbour; `"auto"`: the best of 1, 2, 3, 5, 8, 13, 21. With `shape = "full"`
#'   distances are those of the full bandwidth matrix.
#' @param lower,upper Bounds of the density, one or one per column; Gaussian kernel.
#' @param boundary `"reflect"`: mass that would cross a bound is folded back, diagonal
#'   bandwidths. `"transform"`: estimated in log(x - lower), -log(upper - x) or the logit,
#'   where the bandwidth then lives.
#' @param lambda Smoothing of categorical variables, one per factor, or `NULL`: chosen
#'   with the bandwidth.
#' @param ties Does leave-one-out drop (`"exclude"`) all points equal to the one left out?
#' @param control A [kde_control()].
#' @param threads Number of threads; see [distest_threads()].
#' @param progress `TRUE`, `FALSE` or a function of the fraction done and the stage.
#' @return An object of class `distest_kde`: a plain list with `x`, `weights`, `n`, `d`,
#'   `kernel`, `nu`, `H`, `h` (missing unless `shape` is scalar), `reference` (A),
#'   `scaling`, `shape`, `adaptive`, `loo` (leave-one-out log densities), `loo_mean`,
#'   `ties` (points that have a duplicate), `bandwidth`, `bounds`, `mixed` (codes, levels
#'   and lambda of categorical variables), `control` and `call`.
#' @references Biroli, G. and Mezard, M. (2024). Kernel density estimators in large
#'   dimensions. arXiv:2408.05807.
#' @seealso [kde_phases()], [kde_bandwidth()], [predict.distest_kde()]; [stats::density()]
#'   for one dimension on a grid.
#' @examples
#' fit <- kde_fit(faithful)
#' fit
#' predict(fit, data.frame(eruptions = 2, waiting = 55))
#' @export
kde_fit <- function(x, bandwidth = "auto", kernel = "gaussian", weights = NULL, ...,
                    scaling = "auto", shape = "scalar", nu = NULL, adaptive = 0,
                    lower = -Inf, upper = Inf, boundary = c("reflect", "transform"),
                    lambda = NULL, ties = c("exclude", "include"),
                    control = kde_control(), threads = control$threads,
                    progress = control$progress) {
  call <- match.call()
  given <- NULL
  if (inherits(x, "formula")) {
    x <- kde_formula(x, ...)
    given <- attr(x, "given")
    dropped <- attr(x, "dropped")
  } else {
    check_dots_empty(...)
    dropped <- 0
  }
  kernel <- check_choice(kernel, kde_kernel_names, "kernel")
  shape <- check_choice(shape, c(names(kde_shapes), "auto"), "shape")
  ties <- check_choice(ties, c("exclude", "include"), "ties")
  adaptive <- if (identical(adaptive, "auto")) {
    adaptive
  } else {
    check_count(adaptive, "adaptive", at_least = 0)
  }
  mixed <- kde_mixed_columns(x)
  if (is.null(mixed)) x <- kde_points(x)
  weights <- check_numbers(weights, "weights", length = nrow(x), null = TRUE)
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  bounds <- kde_bounds(lower, upper, boundary, ncol(x), mixed)
  if (is.null(mixed)) {
    if (!is.null(lambda)) {
      bad_argument("lambda", "is for categorical columns, and `x` has none.")
    }
    chosen <- kde_choose(x, bandwidth, kernel, weights, scaling, shape, nu, adaptive,
      ties, control, run, bounds)
  } else {
    chosen <- kde_choose_mixed(mixed, bandwidth, kernel, weights, scaling, shape,
      adaptive, lambda, ties, control, run)
    x <- chosen$x
  }
  fit <- structure(class = "distest_kde", c(list(
    x = x, weights = weights, n = nrow(x),
    d = ncol(if (is.null(mixed)) x else mixed$x), kernel = kernel, nu = nu),
  chosen[names(chosen) != "x"], list(bounds = bounds,
    tie_rule = ties, dropped = dropped, control = control, call = call,
    version = version_string())))
  fit <- kde_fill_loo(fit, run)
  kde_remarks(fit)
  if (is.null(given)) fit else kde_conditional(fit, given)
}

# Leave-one-out densities, or their mean from the rows the search looked at.
kde_fill_loo <- function(fit, run) {
  if (isTRUE(fit$control$loo) || (identical(fit$control$loo, "auto") && fit$n <= 20000)) {
    fit$loo <- kde_loo(fit, run)
    fit$loo_mean <- kde_mean(fit$loo, fit$weights)
  } else {
    fit["loo"] <- list(NULL)
    fit$loo_mean <- fit$bandwidth$objective
  }
  fit
}

kde_remarks <- function(fit) {
  if (fit$n == 1) {
    distest_warning("approximation", paste("One point has no leave-one-out density;",
      "`loo` is -Inf."), "x")
  }
  if (fit$ties > 0.01 * fit$n) {
    distest_message(sprintf("%s of %s have a duplicate; leave-one-out %s.",
      count_text(fit$ties, "point"), format(fit$n),
      if (fit$tie_rule == "exclude") "leaves the copies out" else "keeps the copies"))
    if (identical(fit$bandwidth$method, "lscv")) {
      distest_warning("approximation", paste("Least-squares cross-validation counts",
        "duplicates as neighbours at distance 0; its bandwidth may be far too small."),
      "x")
    }
  }
}

# NULL, or list(lower, upper, boundary) with a bound a column.
kde_bounds <- function(lower, upper, boundary, d, mixed) {
  one <- \(v, argument) {
    v <- check_numbers(v, argument)
    if (!length(v) %in% c(1, d)) {
      bad_argument(argument, "must have 1 or %d entries, not %d.", d, length(v))
    }
    rep_len(v, d)
  }
  boundary <- check_choice(boundary, c("reflect", "transform"), "boundary")
  lower <- one(lower, "lower")
  upper <- one(upper, "upper")
  if (all(lower == -Inf & upper == Inf)) {
    return(NULL)
  }
  if (!is.null(mixed)) bad_argument("lower", "is not for data with categorical columns.")
  list(lower = lower, upper = upper, boundary = boundary)
}

# Where a bandwidth lives: the points, transformed if bounds say so.
kde_inner <- function(x, bounds) {
  if (is.null(bounds) || bounds$boundary == "reflect") {
    return(x)
  }
  out <- result_of(.Call(C_kde_transform, bounds$lower, bounds$upper, x), c(at = "x"))$u
  dimnames(out) <- dimnames(x)
  out
}

kde_mean <- function(loo, weights) {
  if (is.null(weights)) mean(loo) else sum((weights * loo)[weights > 0]) / sum(weights)
}

#' Settings of kernel density estimates
#'
#' @param tol Relative error of densities allowed; 0 is exact.
#' @param method `"exact"`: all points; `"tree"`: boxes of points, up to ten dimensions;
#'   `"auto"`: the tree where `tol` is positive and the dimension at most six.
#' @param threads,progress See [kde_fit()].
#' @param lcv_points Rows that the likelihood search looks at; all points remain centres.
#' @param grid_ratio Ratio of its grid of bandwidths.
#' @param maxit,reltol Limits of the iterations.
#' @param floor Least eigenvalue of a free bandwidth, in units of the covariance.
#' @param knn Neighbours for the tail index.
#' @param boot Replicates of intervals.
#' @param trim Share of rows with the lowest values that the likelihood leaves out.
#' @param loo Fill `loo` at once? `"auto"`: up to 20000 points.
#' @return A list.
#' @examples
#' kde_control(knn = 30)
#' @export
kde_control <- function(tol = 0, method = c("auto", "exact", "tree"),
                        threads = getOption("distest.threads"),
                        lcv_points = 5000, grid_ratio = 2^0.25, maxit = 200,
                        reltol = 1e-9, floor = 1e-8, knn = 20, boot = 500, trim = 0,
                        loo = "auto",
                        progress = getOption("distest.progress", interactive())) {
  if (!identical(loo, "auto")) loo <- check_flag(loo, "loo")
  list(
    tol = check_number(tol, "tol", at_least = 0),
    method = check_choice(method, c("auto", "exact", "tree"), "method"),
    threads = threads,
    lcv_points = check_count(lcv_points, "lcv_points"),
    grid_ratio = check_number(grid_ratio, "grid_ratio", above = 1),
    maxit = check_count(maxit, "maxit"), reltol = check_number(reltol, "reltol",
      above = 0),
    floor = check_number(floor, "floor", at_least = 0), knn = check_count(knn, "knn",
      at_least = 4),
    boot = check_count(boot, "boot", at_least = 20),
    trim = check_number(trim, "trim", at_least = 0), loo = loo, progress = progress
  )
}

# What C calls distest_kde_opts.
kde_spec <- function(fit, ...) {
  spec <- list(
    kernel = fit$kernel, nu = if (is.null(fit$nu)) 0 else as.double(fit$nu),
    shape = kde_shapes[[fit$shape]],
    bandwidth = as.double(switch(fit$shape, scalar = fit$h, diag = sqrt(diag(fit$H)),
      full = fit$H)),
    scaling = kde_scalings[[fit$scaling]], radius = fit$adaptive$radius,
    radius_next = fit$adaptive$radius_next, reach = fit$adaptive$reach,
    tol = fit$control$tol, ties = as.integer(identical(fit$tie_rule, "include")),
    method = match(fit$control$method, c("auto", "exact", "tree")) - 1,
    lower = fit$bounds$lower, upper = fit$bounds$upper,
    boundary = if (identical(fit$bounds$boundary, "transform")) 1 else 0,
    log_factor = fit$mixed$log_factor, log_constant = fit$mixed$log_constant
  )
  utils::modifyList(spec, list(...))
}

kde_map <- c(at = "newdata")

kde_loo <- function(fit, run) {
  result_of(.Call(C_kde_eval, fit$x, fit$weights, kde_spec(fit), NULL, run$threads,
    run$progress), kde_map)
}

# Log densities by blocks of rows, shared out over processes.
kde_rows <- 2048

kde_by_rows <- function(fit, at, run, workers) {
  unlist(over_workers(seq(1, nrow(at), by = kde_rows), kde_job, workers,
    list(fit = fit, at = at), run$progress))
}

kde_job <- function(job, shared) {
  rows <- job - 1 + seq_len(min(kde_rows, nrow(shared$at) - job + 1))
  result_of(.Call(C_kde_eval, shared$fit$x, shared$fit$weights, kde_spec(shared$fit),
    shared$at[rows, , drop = FALSE], threads_of(NULL), NULL), kde_map)
}
