# What a fit says about the output: moments, sensitivity indices, integrals, its error.

fit_only <- function(fit, argument = "fit") {
  if (!inherits(fit, "distest_wls")) bad_argument(argument,
    "must come from wls_fit(), not %s.", describe(fit))
  check_version(fit)
  fit
}

usable_vcov <- function(fit, k) {
  V <- vcov(fit, output = k)
  if (anyNA(V)) NULL else V
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
  m <- vapply(seq_len(q), \(k) result_of(.Call(C_wls_moments, fit$space,
    fit$coefficients[, k],
    usable_vcov(fit, k), as.integer(order), threads_of(threads), bar)), numeric(8))
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
  out <- lapply(seq_len(q), \(k) result_of(.Call(C_wls_sobol, space,
    fit$coefficients[, k], usable_vcov(fit, k), flags)))
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
  out <- lapply(seq_len(ncol(fit$y)), \(k) {
    v <- no_nan(result_of(.Call(C_wls_dgsm, fit$space, fit$coefficients[, k],
      usable_vcov(fit, k))))
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
  design <- wls_sample(fit$space, max(n, fit$m), method)
  y <- check_outputs(call_target(f, sample_points(design)), design$n)
  at <- if (is.null(design$index) ||
    !is.null(fit$space$f)) design$points else design$index
  e <- design$weights * (y - matrix(predict(fit, at), design$n))^2
  mse <- colMeans(e)
  list(mse = mse, se_mse = apply(e, 2, stats::sd) / sqrt(design$n), rmse = sqrt(mse),
    relative = sqrt(mse / colMeans(design$weights * y^2)), n = design$n)
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

#' Fits from data in pieces
#'
#' `wls_partial()` makes a small summary of some rows (a triangle of (m + q)^2 numbers),
#' `wls_merge()` joins them, `wls_finish()` solves. The bits do not depend on the order or
#' nesting of the merges.
#'
#' @param space From [wls_space()] or its like.
#' @param points Points (rows of a finite space).
#' @param y Outputs.
#' @param weights Weights; `NULL`: `m/k`.
#' @param segment A name for these rows; merging two parts of one name is an error.
#' @param ... Parts.
#' @param part The merged parts.
#' @param tol See [wls_fit()].
#' @return `wls_finish()`: a list `coefficients`, `n`, `rss` (weighted), `lambda_min`,
#'   `lambda_max`, `cond`, `delta`.
#' @examples
#' s <- wls_space(wls_basis("legendre", 3))
#' x <- seq(-1, 1, length.out = 40)
#' a <- wls_partial(s, x[1:20], exp(x[1:20]))
#' b <- wls_partial(s, x[21:40], exp(x[21:40]))
#' wls_finish(wls_merge(a, b))$coefficients
#' @export
wls_partial <- function(space, points, y, weights = NULL, segment = NULL) {
  check_space(space)
  x <- space_points(space, points, "points")
  finite <- is_finite_space(space) && is.null(space$f)
  at <- if (finite) x + 1 else x
  if (!finite) check_support(space, x, "points")
  y <- check_outputs(y, nrow(x))
  usable_rows(y, stats::na.fail, 1)
  w <- if (is.null(weights)) space$m / wls_christoffel(space,
    at) else check_numbers(weights, "weights", length = nrow(x))
  acc <- result_of(.Call(C_wls_accum_add, wls_features(space, at), w, y))
  structure(list(parts = list(acc), segments = list(segment), m = space$m, q = ncol(y),
    terms = space_terms(space), version = version_string()), class = "distest_wls_partial")
}

#' @rdname wls_partial
#' @export
wls_merge <- function(...) {
  all <- list(...)
  for (p in all) {
    if (!inherits(p, "distest_wls_partial")) bad_argument("...",
      "must be parts of wls_partial(), not %s.", describe(p))
    if (p$m != all[[1]]$m || p$q != all[[1]]$q || !identical(p$terms, all[[1]]$terms)) {
      bad_argument("...", "must be parts of the same space and outputs.")
    }
  }
  out <- all[[1]]
  out$parts <- do.call(c, lapply(all, \(p) p$parts))
  out$segments <- do.call(c, lapply(all, \(p) p$segments))
  named <- unlist(out$segments)
  if (anyDuplicated(named)) bad_argument("segment", "\"%s\" is there twice.",
    named[duplicated(named)][[1]])
  out
}

#' @rdname wls_partial
#' @export
wls_finish <- function(part, tol = 1e-12) {
  if (!inherits(part, "distest_wls_partial")) bad_argument("part",
    "must come from wls_partial(), not %s.", describe(part))
  key <- vapply(part$parts, \(p) paste(sprintf("%a", p), collapse = " "), "")
  out <- result_of(.Call(C_wls_accum_solve, part$parts[order(key, method = "radix")],
    as.integer(c(part$m, part$q)), tol))
  rownames(out$coef) <- part$terms
  list(coefficients = if (part$q == 1) out$coef[, 1] else out$coef, n = out$n,
    rss = out$rss,
    lambda_min = out$diag[[1]], lambda_max = out$diag[[2]], cond = out$diag[[3]], delta = out$diag[[4]])
}
