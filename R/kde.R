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
#' @param x A numeric vector, matrix or data frame, one row to a point, or a formula
#'   `~ a + b` with `data`.
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
#' @param shape `"scalar"`, `"diag"` or `"full"`; the latter two with `"lcv"`.
#' @param nu Degrees of freedom of the student kernel.
#' @param adaptive 0, or k: bandwidth in proportion to the distance to the k-th nearest
#'   neighbour.
#' @param ties Does leave-one-out drop (`"exclude"`) all points equal to the one left out?
#' @param control A [kde_control()].
#' @param threads Number of threads; see [distest_threads()].
#' @param progress `TRUE`, `FALSE` or a function of the fraction done and the stage.
#' @return An object of class `distest_kde`: a plain list with `x`, `weights`, `n`, `d`,
#'   `kernel`, `nu`, `H`, `h` (missing unless `shape` is scalar), `reference` (A),
#'   `scaling`, `shape`, `adaptive`, `loo` (leave-one-out log densities), `loo_mean`,
#'   `ties` (points that have a duplicate), `bandwidth` and `call`.
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
                    ties = c("exclude", "include"), control = kde_control(),
                    threads = control$threads, progress = control$progress) {
  call <- match.call()
  if (inherits(x, "formula")) {
    x <- kde_formula(x, ...)
  } else {
    check_dots_empty(...)
  }
  x <- kde_points(x)
  weights <- check_numbers(weights, "weights", length = nrow(x), null = TRUE)
  kernel <- check_choice(kernel, kde_kernel_names, "kernel")
  shape <- check_choice(shape, names(kde_shapes), "shape")
  ties <- check_choice(ties, c("exclude", "include"), "ties")
  adaptive <- check_count(adaptive, "adaptive", at_least = 0)
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  chosen <- kde_choose(x, bandwidth, kernel, weights, scaling, shape, nu, adaptive, ties,
    control, run)
  fit <- structure(class = "distest_kde", c(list(
    x = x, weights = weights, n = nrow(x), d = ncol(x), kernel = kernel, nu = nu), chosen,
    list(tie_rule = ties, control = control, call = call, version = version_string())))
  if (isTRUE(control$loo) || (identical(control$loo, "auto") && fit$n <= 20000)) {
    fit$loo <- kde_loo(fit, run)
    fit$loo_mean <- kde_mean(fit$loo, weights)
  } else {
    fit["loo"] <- list(NULL)
    fit$loo_mean <- chosen$bandwidth$objective
  }
  if (fit$n == 1) {
    distest_warning("approximation", paste("One point has no leave-one-out density;",
      "`loo` is -Inf."), "x")
  }
  if (fit$ties > 0.01 * fit$n) {
    distest_message(sprintf("%s of %s have a duplicate; leave-one-out %s.",
      count_text(fit$ties, "point"), format(fit$n),
      if (ties == "exclude") "leaves the copies out" else "keeps the copies"))
  }
  fit
}

kde_mean <- function(loo, weights) {
  if (is.null(weights)) mean(loo) else sum((weights * loo)[weights > 0]) / sum(weights)
}

kde_formula <- function(formula, data = environment(formula), ...) {
  check_dots_empty(...)
  if (length(formula) != 2) {
    bad_argument("x", "must be a formula without a left side, such as ~ a + b, not %s.",
      deparse1(formula))
  }
  frame <- tryCatch(stats::model.frame(formula, data, na.action = stats::na.omit),
    error = function(e) bad_argument("data",
      "must have the variables of the formula (%s).",
      conditionMessage(e)))
  as.data.frame(lapply(frame, as.vector), optional = TRUE)
}

kde_points <- function(x, argument = "x", ...) {
  x <- check_points(x, argument, ...)
  if (argument == "x" && (nrow(x) == 0 || ncol(x) == 0)) {
    bad_argument(argument, "must have rows and columns, not %d x %d.", nrow(x), ncol(x))
  }
  bad <- which(!is.finite(x) & !is.na(x), arr.ind = TRUE)
  if (nrow(bad)) {
    bad_argument(argument, "must be finite, but has %s, the first at %s[%d, %d].",
      count_text(nrow(bad), "infinite value"), argument, bad[1, 1], bad[1, 2])
  }
  x
}

#' Settings of kernel density estimates
#'
#' @param tol Relative error of densities allowed; 0 is exact.
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
kde_control <- function(tol = 0, threads = getOption("distest.threads"),
                        lcv_points = 5000, grid_ratio = 2^0.25, maxit = 200,
                        reltol = 1e-9, floor = 1e-8, knn = 20, boot = 500, trim = 0,
                        loo = "auto",
                        progress = getOption("distest.progress", interactive())) {
  if (!identical(loo, "auto")) loo <- check_flag(loo, "loo")
  list(
    tol = check_number(tol, "tol", at_least = 0), threads = threads,
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
    tol = fit$control$tol, ties = as.integer(identical(fit$tie_rule, "include"))
  )
  utils::modifyList(spec, list(...))
}

kde_map <- c(at = "newdata")

kde_loo <- function(fit, run) {
  result_of(.Call(C_kde_eval, fit$x, fit$weights, kde_spec(fit), NULL, run$threads,
    run$progress), kde_map)
}

#' Densities and their derivatives at points
#'
#' @param object A [kde_fit()].
#' @param newdata Points; missing: the data themselves, in-sample (`type = "loo"` leaves
#'   each out).
#' @param type `"log_density"`, `"density"`, `"loo"`, `"gradient"` and `"hessian"` of the
#'   log density, `"neff"` (how many points carry the value), `"cdf"` (one dimension),
#'   `"outlier"` (p-values, see [kde_outliers()]).
#' @param interval `"confidence"`: limits for the expected log density that hold in every
#'   regime; then `type` is `"log_density"`.
#' @param level Their coverage.
#' @param ... Not used.
#' @param threads,progress See [kde_fit()].
#' @return A vector of one number a row; a matrix for the gradient; an array d x d x m for
#'   the Hessian; a data frame for `"neff"` (`neff`, `neff2`, `entropy`, `max_weight`,
#'   `nearest`) and with `interval` (`fit`, `lower`, `upper`, `mu`, `regime`).
#' @examples
#' fit <- kde_fit(faithful)
#' predict(fit, faithful[1:3, ], interval = "confidence")
#' predict(fit, faithful[1:3, ], type = "gradient")
#' @export
predict.distest_kde <- function(object, newdata = NULL, type = "log_density",
                                interval = c("none", "confidence"), level = 0.95, ...,
                                threads = object$control$threads,
                                progress = object$control$progress) {
  check_dots_empty(...)
  type <- check_choice(type, c("log_density", "density", "loo", "gradient", "hessian",
    "neff", "cdf", "outlier"), "type")
  interval <- check_choice(interval, c("none", "confidence"), "interval")
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  at <- if (is.null(newdata)) object$x else {
    kde_points(newdata, "newdata", columns = object$d, names = colnames(object$x))
  }
  spec <- kde_spec(object)
  if (interval == "confidence") {
    return(kde_interval(object, spec, at, level, run))
  }
  value <- \(logf) structure(logf, names = rownames(at))
  switch(type,
    log_density = value(kde_eval(object, spec, at, run)),
    density = value(exp(kde_eval(object, spec, at, run))),
    loo = if (is.null(object$loo)) kde_loo(object, run) else object$loo,
    gradient = , hessian = kde_derivative(object, spec, at, type, run),
    neff = as.data.frame(result_of(.Call(C_kde_stats, object$x, object$weights, spec, at,
      run$threads, run$progress), kde_map)),
    cdf = result_of(.Call(C_kde_distribution, object$x, object$weights, spec, at, FALSE,
      run$threads), kde_map),
    outlier = kde_outliers(object, at)$p_value
  )
}

kde_eval <- function(fit, spec, at, run) {
  out <- result_of(.Call(C_kde_eval, fit$x, fit$weights, spec, at, run$threads,
    run$progress), kde_map)
  empty <- sum(out == -Inf)
  if (empty && !fit$kernel %in% c("gaussian", "exponential", "student")) {
    distest_warning("extrapolation",
      sprintf("%s no datum within reach of the kernel: %s.",
      paste(count_text(empty, "point"), if (empty == 1) "has" else "have"),
      "the log density is -Inf"), "newdata")
  }
  out
}

kde_derivative <- function(fit, spec, at, type, run) {
  out <- result_of(.Call(C_kde_score, fit$x, fit$weights, spec, at, type == "hessian",
    run$threads, run$progress), kde_map)
  vars <- colnames(fit$x)
  if (type == "gradient") {
    dimnames(out$gradient) <- list(rownames(at), vars)
    return(out$gradient)
  }
  array(out$hessian, c(fit$d, fit$d, nrow(at)), list(vars, vars, rownames(at)))
}

kde_interval <- function(fit, spec, at, level, run) {
  level <- check_level(level)
  k <- kde_knn(fit, fit$control$knn, nrow(fit$x))
  limits <- result_of(.Call(C_kde_interval, fit$x, fit$weights, spec, at, k,
    fit$control$boot, level, run$threads, run$progress), kde_map)
  tail <- kde_tail(fit, at, k, run)
  data.frame(fit = kde_eval(fit, spec, at, run), lower = limits$lower,
    upper = limits$upper, mu = tail$mu, regime = tail$regime)
}

kde_regimes <- c("extreme", "stable", "clt")

kde_knn <- function(fit, k, limit) {
  k <- check_count(k, "k", at_least = 4)
  if (k > 64) bad_argument("k", "must be at most 64, not %g.", k)
  if (k > fit$n - 1) {
    distest_message(sprintf("`k` is reduced to %d, one less than the number of points.",
      fit$n - 1L))
    k <- max(4, fit$n - 1)
  }
  k
}

kde_tail <- function(fit, at, k, run) {
  out <- result_of(.Call(C_kde_phases, fit$x, fit$weights, kde_spec(fit), at, k,
    run$threads, run$progress), kde_map)
  out$regime <- ifelse(out$regime < 0, NA_character_, kde_regimes[out$regime + 1])
  out
}
