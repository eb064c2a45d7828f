# Which regime a value comes from.

#' The statistical regime of every value
#'
#' From the distances to the k nearest points, without assuming a distribution: the local
#' dimension, the bandwidth `h_G` below which a few points carry the value, the bandwidth
#' `h_CLT` above which the central limit theorem holds, and the tail index
#' \eqn{\mu = (h / h_G)^2} (Gaussian kernel).
#'
#' What mu means: the value at a place is a sum over neighbours, and mu says how unequal
#' their shares are. Below 1 one or two neighbours make up nearly all of it, so another
#' sample would give quite another value; above 2 many share in it and it is as stable as
#' an average.
#'
#' With local bandwidths distances are in units of the bandwidth of each point. With
#' unequal weights mu comes from the k largest terms (Hill's estimate).
#'
#' @param object A [kde_fit()].
#' @param newdata Points; `NULL`: the data, each left out.
#' @param k Number of neighbours, 4 to 64.
#' @inheritParams kde_fit
#' @return A data frame of class `distest_kde_phases` with `lid` (local dimension), `edge`
#'   (squared distance where one point is expected), `s_G`, `h_G`, `h_CLT`, `mu`, `mu_se`,
#'   `regime`, `clear` (no threshold within two standard errors), `neff`, `neff2`.
#'   Bandwidths multiply the root of `object$reference`; for diagonal and full
#'   bandwidths the metric is H and h is 1.
#' @examples
#' phases <- kde_phases(kde_fit(faithful))
#' phases
#' @export
kde_phases <- function(object, newdata = NULL, k = 20, ...,
                       threads = object$control$threads,
                       progress = object$control$progress) {
  check_dots_empty(...)
  check_kde(object)
  run <- list(threads = threads_of(threads), progress = progress_of(progress))
  at <- if (!is.null(newdata)) {
    kde_newdata(object, newdata)
  }
  k <- kde_knn(object, k)
  tail <- kde_tail(object, at, k, run)
  stats <- result_of(.Call(C_kde_stats, object$x, object$weights, kde_spec(object), at,
    run$threads, run$progress), kde_map)
  near <- pmin(abs(tail$mu - 1), abs(tail$mu - 2))
  structure(
    data.frame(lid = tail$lid, edge = tail$edge, s_G = tail$s_G, h_G = 1 / sqrt(tail$s_G),
      h_CLT = sqrt(2 / tail$s_G), mu = tail$mu, mu_se = tail$mu_se, regime = tail$regime,
      clear = near > 2 * tail$mu_se, neff = stats$neff, neff2 = stats$neff2),
    class = c("distest_kde_phases",
      "data.frame"), h = if (is.na(object$h)) 1 else object$h,
    k = k, d = object$d, n = object$n, log_density = unname(if (is.null(at)) {
      predict(object, type = "loo", progress = FALSE)
    } else {
      result_of(.Call(C_kde_eval, object$x, object$weights, kde_spec(object), at,
        run$threads, NULL))
    }))
}

#' @export
print.distest_kde_phases <- function(x, ...) {
  cat(sprintf("Regimes of %s, from %d neighbours each\n", count_text(nrow(x), "value"),
    attr(x, "k")))
  q <- \(v) paste(format_number(stats::quantile(v, c(0.25, 0.5, 0.75), na.rm = TRUE)),
    collapse = "  ")
  share <- vapply(kde_regimes, \(r) mean(x$regime == r, na.rm = TRUE), 0)
  cat("  regime      ", paste(sprintf("%s %.0f %%", kde_regimes, 100 * share),
    collapse = ", "), "\n", sep = "")
  cat("                quartiles\n")
  for (name in c("mu", "lid", "h_G", "h_CLT", "neff")) {
    cat(sprintf("  %-12s  %s\n", name, q(x[[name]])))
  }
  if (attr(x,
    "d") <= 2) write_lines("The theory is asymptotic in the dimension; below three ",
    "dimensions take the thresholds as a guide.")
  invisible(x)
}

#' Thresholds between the regimes for normal data
#'
#' @param n Number of points.
#' @param d Dimension.
#' @param spectrum Eigenvalues of the covariance in the metric of the bandwidth.
#' @param x The point, as coordinates in the eigenbasis; `NULL`: a typical one.
#' @param finite Corrected for finite n and d, or the limit of large d?
#' @return A data frame of one row: `n`, `d`, `alpha` (log n / d), `s_G`, `h_G`, `h_CLT`,
#'   `r_min` (distance to the nearest point over root d), `h_opt` (best in
#'   Kullback-Leibler divergence), `kl_opt_per_dim`, `lid_per_dim`, `mu_opt`.
#' @seealso [kde_normal_reference()], which is exact at any n and d.
#' @examples
#' kde_thresholds(1e4, 20)
#' @export
kde_thresholds <- function(n, d = length(spectrum), spectrum = rep(1, d), x = NULL,
                           finite = TRUE) {
  n <- check_number(n, "n", above = 1)
  if (missing(d) && missing(spectrum)) {
    bad_argument("d", "must be given, or `spectrum`; it is %s.", "missing")
  }
  d <- check_count(d, "d")
  spectrum <- check_numbers(spectrum, "spectrum", length = d)
  x <- check_numbers(x, "x", length = d, null = TRUE)
  out <- result_of(.Call(C_kde_thresholds, spectrum, if (!is.null(x)) x^2, log(n),
    check_flag(finite, "finite")))
  names(out) <- c("alpha", "s_G", "h_G", "h_CLT", "r_min", "h_opt", "kl_opt_per_dim",
    "lid_per_dim", "mu_opt")
  data.frame(n = n, d = d, as.list(out))
}

#' The best bandwidth for normal data
#'
#' The exact expected Kullback-Leibler divergence of a Gaussian kernel estimate with `n`
#' points from the standard normal distribution in `d` dimensions, and the bandwidth that
#' makes it least: what Silverman's rule is for squared error in low dimension.
#'
#' @param n Number of points.
#' @param d Dimension.
#' @param h Bandwidths; `NULL`: the best one.
#' @inheritParams kde_fit
#' @return A data frame `n`, `d`, `h`, `kl` (nats per point).
#' @examples
#' kde_normal_reference(1000, 10)
#' @export
kde_normal_reference <- function(n, d, h = NULL, threads = getOption("distest.threads")) {
  n <- check_number(n, "n", above = 1)
  d <- check_count(d, "d")
  h <- check_numbers(h, "h", null = TRUE)
  one <- \(v) result_of(.Call(C_kde_normal, as.double(n), d, v, threads_of(threads),
    NULL))
  rows <- if (is.null(h)) list(one(NULL)) else lapply(h, one)
  out <- do.call(rbind, rows)
  data.frame(n = n, d = d, h = out[, 1], kl = out[, 2])
}

#' How few terms carry a sum of exponentials
#'
#' The diagnosis of [kde_phases()] for any sums of exponentials: importance weights,
#' attention logits, likelihoods of mixtures.
#'
#' @param log_terms A matrix, one row of log terms to a sum; or a vector.
#' @param k Number of largest terms that the tail index is taken from.
#' @return A data frame `mu`, `mu_se`, `neff`, `neff2`, `regime`.
#' @examples
#' kde_dominance(-rexp(1000) * 0.5)
#' @export
kde_dominance <- function(log_terms, k = 20) {
  if (is.null(dim(log_terms))) log_terms <- matrix(log_terms, 1)
  if (!is.numeric(log_terms) || length(dim(log_terms)) != 2) {
    bad_argument("log_terms", "must be a numeric matrix, not %s.", describe(log_terms))
  }
  storage.mode(log_terms) <- "double"
  out <- result_of(.Call(C_kde_dominance, log_terms, check_count(k, "k", at_least = 4)))
  out$regime <- ifelse(out$regime < 0, NA_character_, kde_regimes[out$regime + 1])
  as.data.frame(out)
}

#' Outliers
#'
#' @inheritParams kde_phases
#' @return A data frame: `score`, the negative log density (leave-one-out at the data),
#'   and
#'   `p_value`, the rank of the point among the leave-one-out densities of the data,
#'   \eqn{(1 + \#\{i: \log f_{-i}(x_i) \le \log f(x)\}) / (n + 1)}.
#' @examples
#' kde_outliers(kde_fit(faithful), data.frame(eruptions = c(2, 5), waiting = c(50, 50)))
#' @export
kde_outliers <- function(object, newdata = NULL) {
  check_kde(object)
  loo <- predict(object, type = "loo", progress = FALSE)
  value <- if (is.null(newdata)) loo else predict(object, newdata, progress = FALSE)
  below <- findInterval(value, sort(loo))
  extra <- if (is.null(newdata)) 0 else 1
  data.frame(score = -unname(value), p_value = (extra + below) / (length(loo) + extra))
}

#' Entropy of the estimate, and divergence between two samples
#'
#' Leave-one-out estimates: \eqn{-\frac1n \sum_i \log \hat f_{-i}(x_i)}, and the mean of
#' \eqn{\log \hat f_{-i}(x_i) - \log \hat g(x_i)}. In high dimension both are biased by
#' the
#' divergence of the estimates themselves, given as `bias` for normal data.
#'
#' @param object A [kde_fit()].
#' @param folds A number: cross-validation in that many random parts, with the bandwidth
#'   held, in place of leave-one-out; `NULL`: leave-one-out.
#' @return A list with `estimate`, `std_error` and `bias`, nats.
#' @examples
#' kde_entropy(kde_fit(faithful))
#' @export
kde_entropy <- function(object, folds = NULL) {
  check_kde(object)
  loo <- if (is.null(folds)) {
    predict(object, type = "loo", progress = FALSE)
  } else {
    kde_folds(object, folds)
  }
  list(estimate = -kde_mean(loo, object$weights),
    std_error = stats::sd(loo) / sqrt(object$n),
    bias = kde_normal_reference(object$n, object$d)$kl)
}

# log f at each point from the folds that it is not in.
kde_folds <- function(object, folds) {
  folds <- check_count(folds, "folds", at_least = 2)
  if (folds > object$n) {
    bad_argument("folds", "must be at most the number of points, %d, not %g.", object$n,
      folds)
  }
  fold <- sample(rep_len(seq_len(folds), object$n))
  out <- numeric(object$n)
  for (f in seq_len(folds)) {
    rest <- utils::modifyList(object, list(x = object$x[fold != f, , drop = FALSE],
      weights = object$weights[fold != f]))
    # the metric stays that of all points
    if (rest$shape == "scalar") rest[c("shape", "scaling")] <- list("full", "none")
    if (!is.null(rest$adaptive)) {
      rest$adaptive <- list(radius = object$adaptive$radius[fold != f])
    }
    if (!is.null(rest$mixed)) rest$mixed$log_factor <- rest$mixed$log_factor[fold != f]
    spec <- kde_spec(rest)
    out[fold == f] <- result_of(.Call(C_kde_eval, rest$x, rest$weights, spec,
      object$x[fold == f, , drop = FALSE], threads_of(object$control$threads), NULL))
  }
  out
}

#' @rdname kde_entropy
#' @param x,y Fits of two samples with the same columns, or the samples.
#' @param ... For samples: arguments of [kde_fit()].
#' @export
kde_divergence <- function(x, y, ...) {
  if (!inherits(x, "distest_kde")) x <- kde_fit(x, ...)
  if (!inherits(y, "distest_kde")) y <- kde_fit(y, ...)
  check_kde(x)
  check_kde(y)
  loo <- predict(x, type = "loo", progress = FALSE)
  other <- result_of(.Call(C_kde_eval, y$x, y$weights, kde_spec(y),
    kde_newdata(y, if (is.null(x$mixed)) x$x else kde_raw(x), "x"),
    threads_of(y$control$threads), NULL))
  list(estimate = kde_mean(loo - other, x$weights),
    std_error = stats::sd(loo - other) / sqrt(x$n),
    bias = kde_normal_reference(y$n, y$d)$kl - kde_normal_reference(x$n, x$d)$kl)
}

# Mixed data as a data frame again.
kde_raw <- function(object) {
  out <- as.data.frame(object$mixed$x)
  for (k in which(object$mixed$type > 0)) {
    out[[k]] <- object$mixed$labels[[k]][out[[k]] + 1]
  }
  out
}

#' Draws from the estimate
#'
#' @param object A [kde_fit()].
#' @param n,nsim Number of draws; of data sets of the size of the data.
#' @param shrink Rescale to the sample's own mean and covariance (smoothed bootstrap)?
#' @param seed `NULL`, or a seed that leaves R's own state alone.
#' @param ... Not used.
#' @return `kde_sample()`: a matrix, or with categorical columns a data frame with factors
#'   that have the levels of the data. `simulate()`: a data frame with column `sim` where
#'   `nsim` is more than 1, and attribute `"seed"`.
#' @examples
#' set.seed(1)
#' kde_sample(kde_fit(faithful), 3)
#' @export
kde_sample <- function(object, n, shrink = FALSE) {
  check_kde(object)
  n <- check_count(n, "n", at_least = 0)
  if (!is.null(object$mixed)) {
    return(kde_sample_mixed(object, n, check_flag(shrink, "shrink")))
  }
  out <- result_of(.Call(C_kde_sample, object$x, object$weights, kde_spec(object), n,
    check_flag(shrink, "shrink"), threads_of(object$control$threads), NULL))
  colnames(out) <- colnames(object$x)
  out
}

kde_sample_mixed <- function(object, n, shrink) {
  if (shrink) bad_argument("shrink", "is not for data with categorical columns.")
  m <- object$mixed
  x <- result_of(.Call(C_kde_mixed_sample, m$x, object$weights, m$type, m$levels,
    as.double(m$lambda), as.double(m$h), n, threads_of(object$control$threads)))
  out <- lapply(seq_along(m$type), \(k) {
    if (m$type[[k]] == 0) return(x[, k])
    factor(m$labels[[k]][x[, k] + 1], m$labels[[k]], ordered = m$type[[k]] == 2)
  })
  names(out) <- colnames(m$x)
  structure(out, row.names = .set_row_names(n), class = "data.frame")
}

#' @rdname kde_sample
#' @importFrom stats simulate
#' @export
simulate.distest_kde <- function(object, nsim = 1, seed = NULL, ...) {
  check_dots_empty(...)
  nsim <- check_count(nsim, "nsim")
  state <- simulate_seed(seed)
  draws <- with_seed(seed, kde_sample(object, nsim * object$n))
  out <- as.data.frame(draws)
  if (nsim > 1) out <- cbind(sim = rep(seq_len(nsim), each = object$n), out)
  structure(out, seed = state)
}

#' Quantiles of a one-dimensional estimate
#'
#' @param object A [kde_fit()] of one column.
#' @param p Probabilities.
#' @return Quantiles of the smooth distribution.
#' @examples
#' kde_quantile(kde_fit(faithful$eruptions), c(0.25, 0.5, 0.75))
#' @export
kde_quantile <- function(object, p) {
  check_kde(object)
  p <- check_numbers(p, "p")
  result_of(.Call(C_kde_distribution, object$x, object$weights, kde_spec(object),
    as.double(p), TRUE, threads_of(object$control$threads)))
}

#' The kernels
#'
#' @param d Dimension.
#' @param nu Degrees of freedom of the student kernel.
#' @return A data frame: `kernel`, its log profile `g` as a function of the squared
#'   distance u in units of the scale, the log of its constant `log_norm`, the variance
#'   per coordinate at unit scale `variance` (by convention 1 for student), and whether it
#'   is `compact`.
#' @examples
#' kde_kernels()
#' @export
kde_kernels <- function(d = 1, nu = 3) {
  d <- check_count(d, "d")
  constants <- vapply(kde_kernel_names, \(k) result_of(.Call(C_kde_kernel, k,
    if (k == "student") check_number(nu, "nu", above = 0) else 0, d)), c(0, 0))
  data.frame(kernel = kde_kernel_names,
    g = c("-u/2", "0, u <= 1", "log(1 - u)", "2 log(1 - u)", "3 log(1 - u)", "-sqrt(u)",
      "log(1 - sqrt(u))", "log cos(pi sqrt(u) / 2)", "-((nu + d)/2) log(1 + u/nu)"),
    log_norm = constants[1, ], variance = constants[2, ], row.names = NULL,
    compact = c(FALSE, TRUE, TRUE, TRUE, TRUE, FALSE, TRUE, TRUE, FALSE))
}
