# What a fit says about the output: moments, sensitivity indices, integrals, its error.

fit_only <- function(fit, argument = "fit") {
  if (!inherits(fit, "distest_wls")) bad_argument(argument,
    "must come from wls_fit(), not %s.", describe(fit))
  check_version(fit)
  fit
}

no_nan <- function(x) {
  x[is.nan(x)] <- NA_real_
  x
}

#' Moments, Sobol indices and derivative-based sensitivities
#'
#' Computed exactly from the coefficients, under the law of the inputs; standard errors by
#' the delta method from [vcov()]. `wls_moments(order = 4)` adds skewness and kurtosis, by
#' a
#' Gauss rule where it has at most 2^20 nodes, else by 2^20 random points with their
#' standard error.
#'
#' @param fit From [wls_fit()] on a tensor space (`wls_moments(order = 2)`: any).
#' @param order `wls_moments()`: 2 or 4. `wls_sobol()`: the largest number of inputs in a
#'   group.
#' @param conf Confidence level of intervals (on the logit scale), or `NULL`.
#' @param threads,progress See [distest_threads()] and [distest].
#' @return `wls_moments()`: a list `mean`, `variance`, `sd` and their standard errors
#'   `se.*`
#'   (with order 4 also `skewness`, `kurtosis`, `se.skewness`, `se.kurtosis`), one entry
#'   per
#'   output. `wls_sobol()`: a list `indices` (outputs x groups), `total` (outputs x
#'   inputs),
#'   `se`, `se_total`, with `conf` also `lower`, `upper`, `total_lower`, `total_upper`.
#'   `wls_dgsm()`: a data frame `response`, `input`, `estimate`, `std_error`: the mean
#'   squared
#'   slope.
#' @examples
#' set.seed(1)
#' ishigami <- function(x) sin(x[, 1]) + 7 * sin(x[, 2])^2 + 0.1 * x[, 3]^4 * sin(x[, 1])
#' s <- wls_space(wls_basis("legendre", 8, min = -pi, max = pi), d = 3)
#' fit <- wls_fit(s, wls_sample(s, 300), f = ishigami)
#' wls_moments(fit)
#' wls_sobol(fit)
#' @export
wls_moments <- function(fit, order = 2, threads = getOption("distest.threads"),
                        progress = getOption("distest.progress", interactive())) {
  fit_only(fit)
  order <- check_count(order, "order", 2)
  q <- ncol(fit$y)
  bar <- progress_of(progress)
  if (!is.null(fit$space$f) && order > 2) unsupported("wls_moments", fit, "use order = 2")
  m <- do.call(cbind, each_output(fit, \(k, V) result_of(.Call(C_wls_moments, fit$space,
    fit$coefficients[, k], V, as.integer(order), threads_of(threads), bar))))
  m <- no_nan(m)
  label <- \(v) if (q > 1) stats::setNames(v, output_names(fit)) else v
  sd <- sqrt(m[2, ])
  out <- list(mean = label(m[1, ]), variance = label(m[2, ]), sd = label(sd),
    se.mean = label(m[3, ]), se.variance = label(m[4, ]),
    se.sd = label(ifelse(sd > 0, m[4, ] / (2 * sd), NA_real_)))
  if (order > 2) {
    out <- c(out, list(skewness = label(m[5, ] / sd^3), kurtosis = label(m[6, ] / sd^4),
      se.skewness = label(m[7, ] / sd^3), se.kurtosis = label(m[8, ] / sd^4)))
  }
  out
}

#' @rdname wls_moments
#' @export
wls_sobol <- function(fit, order = 2, conf = NULL) {
  fit_only(fit)
  space <- fit$space
  d <- max(space$d, 1)
  order <- min(check_count(order, "order"), d)
  if (is_finite_space(space)) {
    bad_argument("fit",
      "must be on a tensor space: the measure of a finite space is not a product.")
  }
  sets <- do.call(c, lapply(seq_len(order), \(o) utils::combn(d, o, simplify = FALSE)))
  flags <- matrix(0L, length(sets), d)
  for (i in seq_along(sets)) flags[i, sets[[i]]] <- 1L
  q <- ncol(fit$y)
  out <- each_output(fit, \(k, V) result_of(.Call(C_wls_sobol, space,
    fit$coefficients[, k], V, flags)))
  shape <- \(name, columns) {
    v <- no_nan(do.call(rbind, lapply(out, \(o) o[[name]])))
    dimnames(v) <- list(output_names(fit), columns)
    v
  }
  groups <- vapply(sets, paste, "", collapse = "*")
  value <- list(indices = shape("index", groups), total = shape("total", space$names),
    se = shape("se", groups), se_total = shape("se_total", space$names), conf = conf)
  if (!is.null(conf)) {
    z <- stats::qnorm((1 + check_level(conf, "conf")) / 2)
    logit <- \(p, se, sign) stats::plogis(stats::qlogis(pmin(pmax(p, 1e-12), 1 - 1e-12)) +
      sign * z * se / (pmin(pmax(p, 1e-12), 1) * (1 - pmin(p, 1 - 1e-12))))
    value$lower <- logit(value$indices, value$se, -1)
    value$upper <- logit(value$indices, value$se, 1)
    value$total_lower <- logit(value$total, value$se_total, -1)
    value$total_upper <- logit(value$total, value$se_total, 1)
  }
  structure(value, class = "distest_wls_sobol")
}

#' @export
print.distest_wls_sobol <- function(x, digits = 3, ...) {
  cat("Sobol indices (share of the variance):\n")
  print(round(x$indices[, colSums(abs(x$indices), na.rm = TRUE) > 5 * 10^-(digits + 1) |
    nchar(colnames(x$indices)) < 3, drop = FALSE], digits))
  cat("Total:\n")
  print(round(x$total, digits))
  invisible(x)
}

#' @export
as.data.frame.distest_wls_sobol <- function(x, ...) {
  one <- \(v, se, kind) data.frame(response = rep(rownames(v), ncol(v)), kind = kind,
    group = rep(colnames(v),
      each = nrow(v)), estimate = as.vector(v), std_error = as.vector(se))
  rbind(one(x$indices, x$se, "index"), one(x$total, x$se_total, "total"))
}

#' @rdname wls_moments
#' @export
wls_dgsm <- function(fit) {
  fit_only(fit)
  if (is_finite_space(fit$space)) {
    bad_argument("fit", "must be on a tensor space: finite spaces have no derivatives.")
  }
  out <- each_output(fit, \(k, V) {
    v <- no_nan(result_of(.Call(C_wls_dgsm, fit$space, fit$coefficients[, k], V)))
    data.frame(response = output_names(fit)[[k]], input = fit$space$names,
      estimate = v[, 1], std_error = v[, 2])
  })
  do.call(rbind, out)
}

#' Quadrature weights of a design
#'
#' Weights \eqn{q_i} with \eqn{\sum q_i f(x_i) = \int f d\mu}{sum q_i f(x_i) = integral of
#' f}
#' for every f of the space; unbiased for every f where the design comes from `"dpp"` or
#' `"volume"`.
#'
#' @param object A sample or a fit.
#' @return A vector with a weight per point.
#' @examples
#' set.seed(1)
#' s <- wls_space(wls_basis("hermite", 6))
#' design <- wls_sample(s, 14, "volume")
#' sum(wls_quadrature(design) * design$points^4)
#' @export
wls_quadrature <- function(object) {
  if (inherits(object, "distest_wls")) {
    space <- object$space
    x <- fit_x(object)
  } else if (inherits(object, "distest_wls_sample")) {
    space <- object$space
    x <- sample_x(object)
  } else {
    bad_argument("object", "must be a sample or a fit, not %s.", describe(object))
  }
  e <- result_of(.Call(C_wls_integrals, space))
  result_of(.Call(C_wls_quadrature, wls_features(space, x), object$weights, e))
}

#' An honest error from fresh points
#'
#' Evaluates f at `n` new points and estimates the squared L2 error of the fit without
#' bias,
#' with a standard error.
#'
#' @param fit From [wls_fit()].
#' @param f The function that was approximated.
#' @param n Number of new points.
#' @param method A method of [wls_sample()] with independent points.
#' @return A list `mse`, `se_mse`, `rmse`, `relative`, `n` (one entry per output).
#' @examples
#' set.seed(1)
#' s <- wls_space(wls_basis("legendre", 6))
#' fit <- wls_fit(s, wls_sample(s), f = exp)
#' wls_error(fit, exp, 200)
#' @export
wls_error <- function(fit, f, n = 1000L, method = c("iid_optimal", "mc")) {
  fit_only(fit)
  method <- check_choice(method, c("iid_optimal", "mc"), "method")
  n <- check_count(n, "n")
  design <- wls_sample(fit$space, max(n, fit$m), method, progress = FALSE)
  y <- evaluate_target(f, sample_points(design))
  if (ncol(y) != ncol(fit$y)) {
    bad_argument("f", "must have %s, as the fit has, not %d.",
      count_text(ncol(fit$y), "output"), ncol(y))
  }
  ok <- which(rowSums(!is.finite(y)) == 0)
  if (length(ok) < design$n) {
    if (length(ok) < 2) bad_argument("f", "has fewer than two finite outputs.")
    distest_warning("dropped", sprintf("%s of `f` without a finite output left out.",
      count_text(design$n - length(ok), "run")), argument = "f")
  }
  at <- sample_x(design)
  at <- if (is.matrix(at)) at[ok, , drop = FALSE] else at[ok]
  w <- design$weights[ok]
  y <- y[ok, , drop = FALSE]
  e <- w * (y - matrix(predict(fit, at), length(ok)))^2
  mse <- colMeans(e)
  list(mse = mse, se_mse = apply(e, 2, stats::sd) / sqrt(length(ok)), rmse = sqrt(mse),
    relative = sqrt(mse / colMeans(w * y^2)), n = length(ok))
}

#' Compare designs
#'
#' Simulates designs of several methods and sizes; no evaluation of f is needed.
#'
#' @param space From [wls_space()] or its like.
#' @param n Numbers of points.
#' @param methods Methods of [wls_sample()].
#' @param nsim Designs of each.
#' @return A data frame of class `distest_wls_compare`: `method`, `n`, `lambda_min`,
#'   `lambda_max`, `cond`, `delta`, a row per design.
#' @examples
#' set.seed(1)
#' s <- wls_space(wls_basis("legendre", 5))
#' cmp <- wls_compare(s, c(8, 16), c("mc", "dpp_repeated"), nsim = 20)
#' cmp
#' plot(cmp)
#' @export
wls_compare <- function(space, n, methods, nsim = 50L) {
  check_space(space)
  for (m in methods) check_choice(m, wls_methods, "methods")
  nsim <- check_count(nsim, "nsim")
  rows <- list()
  for (method in methods) {
    for (size in n) {
      if (method == "dpp" && size != space$m) next
      for (i in seq_len(nsim)) {
        s <- wls_sample(space, size, method, progress = FALSE)
        rows[[length(rows) + 1]] <- data.frame(method = method, n = size,
          lambda_min = s$lambda_min,
          lambda_max = s$lambda_max, cond = s$cond, delta = s$delta)
      }
    }
  }
  structure(do.call(rbind, rows), class = c("distest_wls_compare", "data.frame"))
}

#' @export
print.distest_wls_compare <- function(x, ...) {
  groups <- split(as.data.frame(unclass(x)), list(x$method, x$n), drop = TRUE)
  table <- do.call(rbind, lapply(groups, \(g) data.frame(method = g$method[[1]],
    n = g$n[[1]],
    designs = nrow(g), cond_median = signif(stats::median(g$cond), 3),
    cond_q90 = signif(unname(stats::quantile(g$cond, 0.9)), 3),
    lambda_min_median = signif(stats::median(g$lambda_min), 3))))
  print(table[order(table$n, table$method), ], row.names = FALSE)
  invisible(x)
}
