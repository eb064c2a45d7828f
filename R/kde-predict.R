# Values at points.

#' Densities and their derivatives at points
#'
#' @param object A [kde_fit()].
#' @param newdata Points; missing: the data themselves, in-sample (`type = "loo"` leaves
#'   each out).
#' @param type `"log_density"`, `"density"`, `"loo"`, `"gradient"` and `"hessian"` of the
#'   log density, `"neff"` (how many points carry the value), `"cdf"` (one dimension),
#'   `"outlier"` (p-values, see [kde_outliers()]).
#' @param interval `"confidence"`: limits for the expected log density that hold in every
#'   regime; then `type` is `"log_density"`. Missing where the distances to the nearest
#'   points are all equal or fewer than four of them differ, as with rounded data.
#' @param level Their coverage.
#' @param ... Not used.
#' @param k For `"responsibility"`: how many points to name.
#' @param na.action [stats::na.fail()], or [stats::na.pass()]: rows with missing values
#'   give missing values.
#' @param workers A cluster of package parallel or a number of processes that share the
#'   rows of log densities; the bits do not depend on it.
#' @param threads,progress See [kde_fit()].
#' @return A vector of one number a row; a matrix for the gradient; an array d x d x m for
#'   the Hessian; a data frame for `"neff"` (`neff`, `neff2`, `entropy`, `max_weight`,
#'   `nearest`) and with `interval` (`fit`, `lower`, `upper`, `mu`, `regime`); for
#'   `"responsibility"` a list of matrices `index` and `weight`, a row per point, the
#'   largest share first.
#' @examples
#' fit <- kde_fit(faithful)
#' predict(fit, faithful[1:3, ], interval = "confidence")
#' predict(fit, faithful[1:3, ], type = "gradient")
#' @export
predict.distest_kde <- function(object, newdata = NULL, type = "log_density",
                                interval = c("none", "confidence"), level = 0.95, ...,
                                k = 5, na.action = stats::na.fail,
                                threads = object$control$threads,
                                progress = object$control$progress, workers = NULL) {
  check_dots_empty(...)
  check_version(object)
  type <- check_choice(type, c("log_density", "density", "loo", "gradient", "hessian",
    "neff", "responsibility", "cdf", "outlier"), "type")
  interval <- check_choice(interval, c("none", "confidence"), "interval")
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  pass <- identical(na.action, stats::na.pass) && !is.null(newdata)
  at <- if (is.null(newdata)) object$x else kde_newdata(object, newdata, na = pass)
  if (pass && anyNA(at)) {
    return(kde_pass_na(object, newdata, at, type, interval, level, k, run))
  }
  spec <- kde_spec(object)
  if (interval == "confidence") {
    return(kde_interval(object, spec, at, level, run))
  }
  value <- \(logf) structure(logf, names = rownames(at))
  switch(type,
    log_density = value(kde_eval(object, spec, at, run, workers)),
    density = value(exp(kde_eval(object, spec, at, run, workers))),
    loo = if (is.null(object$loo)) kde_loo(object, run) else object$loo,
    gradient = , hessian = kde_derivative(object, spec, at, type, run),
    neff = as.data.frame(result_of(.Call(C_kde_stats, object$x, object$weights, spec, at,
      run$threads, run$progress), kde_map)),
    responsibility = lapply(result_of(.Call(C_kde_responsibility, object$x,
      object$weights, spec, at, check_count(k, "k"), run$threads, run$progress),
    kde_map), t),
    cdf = result_of(.Call(C_kde_distribution, object$x, object$weights, spec, at, FALSE,
      run$threads), kde_map),
    outlier = kde_outliers(object, newdata)$p_value
  )
}

# Rows with missing values give missing values.
kde_pass_na <- function(object, newdata, at, type, interval, level, k, run) {
  ok <- !rowSums(is.na(at))
  if (is.null(dim(newdata))) newdata <- matrix(newdata, ncol = 1)
  some <- predict(object, newdata[ok, , drop = FALSE], type, interval, level, k = k,
    threads = run$threads, progress = FALSE)
  fill <- match(seq_along(ok), which(ok))
  if (is.data.frame(some)) {
    out <- some[fill, ]
    row.names(out) <- NULL
    return(out)
  }
  if (length(dim(some)) == 3) return(some[, , fill])
  if (is.list(some)) return(lapply(some, \(v) v[fill, , drop = FALSE]))
  if (is.matrix(some)) some[fill, , drop = FALSE] else some[fill]
}

kde_eval <- function(fit, spec, at, run, workers = NULL) {
  out <- if (is.null(workers) || nrow(at) == 0) {
    result_of(.Call(C_kde_eval, fit$x, fit$weights, spec, at, run$threads, run$progress),
      kde_map)
  } else {
    kde_by_rows(fit, at, run, workers)
  }
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
  keep <- if (is.null(fit$mixed)) seq_along(fit$x[1, ]) else which(fit$mixed$type[
    fit$mixed$column] == 0)
  if (type == "gradient") {
    dimnames(out$gradient) <- list(rownames(at), vars)
    return(out$gradient[, keep, drop = FALSE])
  }
  d <- ncol(fit$x)
  array(out$hessian, c(d, d, nrow(at)), list(vars, vars, rownames(at)))[keep, keep, ,
    drop = FALSE]
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
