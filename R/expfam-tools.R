#' Does the maximum likelihood estimate exist?
#'
#' @param x,family As in [expfam_fit()].
#' @return A list with `exists`, `status` (`"interior"`, `"boundary"`, `"outside"`),
#'   `direction` (in which the likelihood rises for ever, or `NULL`), `face` (which points
#'   of a finite support are on the smallest face with the data) and `reason`.
#' @examples
#' counts <- array(c(0, 6, 7, 8, 5, 3, 4, 0), c(2, 2, 2))
#' f <- expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3))
#' expfam_exists(as.table(counts), f)$status
#' @export
expfam_exists <- function(x, family) {
  data <- expfam_data(x, as_family(family))
  f <- data$family
  support <- family_support(f)
  if (!is.null(support)) {
    w <- data$weights %||% rep(1, nrow(data$x))
    xi <- if (f$cname == "nodes") data$x else
      result_of(.Call(C_expfam_stats, f, f$p, data$x), map = map_argument)$xi
    out <- result_of(.Call(C_expfam_exists, support$xi, colSums(xi * w) / sum(w), NULL))
    status <- c("interior", "boundary", "outside")[out$status + 1]
    return(list(exists = status == "interior", status = status,
      direction = if (status != "interior") stats::setNames(out$direction, f$stat_names),
      face = out$face, reason = switch(status,
        interior = "the means are inside the convex hull of the support",
        boundary = sprintf("the means lie on a face with %d of %d points", sum(out$face),
          length(out$face)),
        "the means lie outside the convex hull of the support")))
  }
  fit <- tryCatch(
    suppressWarnings(fit_prepared(data, "frequency", NULL, "error", 0,
      expfam_control(progress = FALSE))),
    distest_error_existence = \(e) e
  )
  if (inherits(fit, "error")) {
    return(list(exists = FALSE, status = "boundary", direction = NULL, face = NULL,
      reason = conditionMessage(fit)))
  }
  list(exists = TRUE, status = "interior", direction = NULL, face = NULL,
    reason = "the maximum was found")
}

#' Divergence between two members
#'
#' Kullback-Leibler divergence D(a || b) in nats per observation.
#'
#' @param a,b Fits or models of the same family.
#' @return A number.
#' @examples
#' a <- expfam_model("gamma", param = c(shape = 3, rate = 2))
#' expfam_divergence(a, expfam_fit(simulate(a, 40, seed = 1), "gamma"))
#' @export
expfam_divergence <- function(a, b) {
  same <- identical(a$family$cname, b$family$cname) && identical(a$family$par,
    b$family$par) &&
    identical(a$family$ipar, b$family$ipar) && a$p == b$p
  if (!same) bad_argument("b", "must be of the same family as `a`.")
  result_of(.Call(C_expfam_divergence, a$family, unname(a$theta), unname(b$theta)))
}

#' Fit from sufficient statistics alone
#'
#' `expfam_moments()` keeps what a fit needs of a chunk of data, `expfam_merge()` puts
#' chunks together, `expfam_fit_moments()` fits.
#'
#' @param x,family,weights As in [expfam_fit()].
#' @param moments From `expfam_moments()` or `expfam_merge()`, or
#'   `list(mean = , n = , cov = )`.
#' @param ... Moments to merge; for `expfam_fit_moments()` nothing more.
#' @param start Starting values, or `NULL`.
#' @param control From [expfam_control()].
#' @return An object of class `distest_expfam_moments`; a `distest_expfam` fit without
#'   data: its risk is available to first order in `trace` and with `truth = "model"`.
#' @examples
#' a <- expfam_moments(precip[1:40], "gamma")
#' b <- expfam_moments(precip[41:70], "gamma")
#' expfam_fit_moments(expfam_merge(a, b), "gamma")
#' @export
expfam_moments <- function(x, family, weights = NULL) {
  data <- expfam_data(x, as_family(family), weights)
  f <- data$family
  out <- result_of(.Call(C_expfam_stats, f, f$p, data$x), map = map_argument)
  w <- data$weights %||% rep(1, nrow(data$x))
  n <- sum(w)
  mean <- colSums(out$xi * w) / n
  centred <- sweep(out$xi, 2, mean)
  structure(list(n = n, mean = stats::setNames(mean, f$stat_names),
    M2 = crossprod(centred * sqrt(w)), base = sum(w * out$logbase), family = f),
  class = "distest_expfam_moments")
}

#' @rdname expfam_moments
#' @export
expfam_merge <- function(...) {
  parts <- list(...)
  if (!length(parts) || !all(vapply(parts, inherits, NA, "distest_expfam_moments"))) {
    bad_argument("...", "must be made by expfam_moments().")
  }
  total <- parts[[1]]
  for (b in parts[-1]) {
    if (!identical(b$family$cname, total$family$cname) ||
      length(b$mean) != length(total$mean)) {
      bad_argument("...", "must be of one family.")
    }
    n <- total$n + b$n
    d <- b$mean - total$mean
    total$M2 <- total$M2 + b$M2 + total$n * b$n / n * tcrossprod(d)
    total$mean <- total$mean + b$n / n * d
    total$base <- total$base + b$base
    total$n <- n
  }
  total
}

#' @export
print.distest_expfam_moments <- function(x, ...) {
  check_dots_empty(...)
  cat(sprintf("Sufficient statistics of %s observations for %s\n", format(x$n),
    x$family$family))
  invisible(x)
}

#' @rdname expfam_moments
#' @export
expfam_fit_moments <- function(moments, family, start = NULL, control = expfam_control(),
  ...) {
  check_dots_empty(...)
  f <- as_family(family)
  if (!is.list(moments) || is.null(moments$mean) || is.null(moments$n)) {
    bad_argument("moments",
      "must be made by expfam_moments(), or be list(mean = , n = ).")
  }
  if (inherits(moments, "distest_expfam_moments")) f <- moments$family
  if (is.null(f$p)) {
    bad_argument("family", "needs its dimension `d` here.")
  }
  mean <- check_numbers(moments$mean, "moments", length = f$p)
  n <- check_number(moments$n, "moments", above = 0)
  out <- result_of(.Call(C_expfam_fit_moments, f, n, matrix(mean), control_set(control),
    start, threads_of(control$threads), progress_of(control$progress)),
  map = c(mean = "moments", n = "moments"))
  cov <- if (!is.null(moments$M2) && n > 1) moments$M2 / (n - 1) else
    moments$cov %||% matrix(NA_real_, f$p, f$p)
  out$theta <- drop(out$theta)
  out$mean <- mean
  out$cov <- cov
  fit <- new_expfam(list(family = f, x = NULL, weights = NULL, dropped = 0L, raw = NULL),
    out,
    "frequency", 0)
  fit$loglik <- fit$loglik + (moments$base %||% 0)
  fit$trace <- sum(diag(solve(fit$G, fit$V)))
  fit$call <- match.call()
  fit
}

#' Bootstrap of a fit
#'
#' Resampling changes the means of the statistics only; they are refitted from the fit.
#'
#' @param object A fit with data.
#' @param B Replicates.
#' @param type `"nonparametric"` resamples rows, `"parametric"` draws from the fit.
#' @return A list with `theta` (B x p, rows NA where no maximum exists), `kl`, the
#'   divergence D(fit || refit), and `n_failed`.
#' @examples
#' set.seed(1)
#' mean(expfam_bootstrap(expfam_fit(precip, "gamma"), 50)$kl)
#' @export
expfam_bootstrap <- function(object, B = 500L, type = c("nonparametric", "parametric")) {
  type <- check_choice(type, c("nonparametric", "parametric"), "type")
  B <- check_count(B, "B")
  if (is.null(object$x)) bad_argument("object", "has no data.")
  f <- object$family
  xi <- result_of(.Call(C_expfam_stats, f, f$p, object$x))$xi
  n <- round(object$n)
  means <- if (type == "parametric") {
    vapply(seq_len(B), \(b) colMeans(result_of(.Call(C_expfam_stats, f, f$p,
      member_draw(object, n)))$xi), numeric(f$p))
  } else {
    w <- object$weights %||% rep(1, nrow(xi))
    counts <- stats::rmultinom(B, n, w)
    t(crossprod(counts, xi) / n)
  }
  means <- matrix(means, f$p)
  out <- result_of(.Call(C_expfam_fit_moments, f, as.double(n), means,
    control_set(expfam_control(progress = FALSE)), unname(object$theta),
    threads_of(getOption("distest.threads")), NULL))
  theta <- t(out$theta)
  colnames(theta) <- names(object$theta)
  kl <- vapply(seq_len(B), \(b) {
    if (out$status[[b]] != 0) return(NA_real_)
    result_of(.Call(C_expfam_divergence, f, unname(object$theta), out$theta[, b]))
  }, 0)
  failed <- sum(out$status != 0)
  if (failed) {
    distest_warning("dropped", sprintf("No maximum exists in %d of %d replicates.",
      failed,
      as.integer(B)))
  }
  list(theta = theta, kl = kl, n_failed = failed)
}

#' Columns that repeat others
#'
#' @param x A matrix of statistics.
#' @param threshold Correlation above which two columns say the same.
#' @param rule `"published"`: of every pair above the threshold the later one goes, even
#'   if the earlier goes too; `"sequential"`: only if it repeats a column that is kept.
#' @return Numbers of the columns to drop, increasing.
#' @examples
#' expfam_prune(cbind(1:10, (1:10)^2, rev(1:10)), 0.95)
#' @export
expfam_prune <- function(x, threshold = 0.95, rule = c("sequential", "published")) {
  rule <- check_choice(rule, c("sequential", "published"), "rule")
  check_level(threshold, "threshold")
  x <- as_numbers(x)
  high <- abs(stats::cor(x)) > threshold
  if (anyNA(high)) bad_argument("x", "has missing values or constant columns.")
  gone <- logical(ncol(x))
  for (j in seq_len(ncol(x))[-1]) {
    before <- seq_len(j - 1)
    gone[[j]] <- any(high[before, j] & (rule == "published" | !gone[before]))
  }
  which(gone)
}

#' Compare models
#'
#' One row per fit, with the estimated risk, the approximation term
#' \eqn{-E_q \log g(X; \theta^*)} and the standard error of differences of the mean log
#' likelihood to the best by TIC2.
#'
#' @param ... Fits to the same data with the same dominating measure; names are used.
#' @return A data frame.
#' @examples
#' expfam_compare(gamma = expfam_fit(precip, "gamma"), normal = expfam_fit(precip,
#' "normal"))
#' @export
expfam_compare <- function(...) {
  fits <- list(...)
  good <- length(fits) >= 2 && all(vapply(fits, inherits, NA, "distest_expfam"))
  if (!good) bad_argument("...", "must be at least two fits of exponential families.")
  n <- vapply(fits, \(f) f$n, 0)
  rows <- vapply(fits, \(f) NROW(f$x), 1L)
  discrete <- c("poisson", "bernoulli", "binomial", "geometric", "negative_binomial",
    "com_poisson", "categorical", "ising")
  counts <- vapply(fits, \(f) f$family$cname %in% discrete, NA)
  same_x <- all(vapply(fits, \(f) f$family$cname == "nodes" || fits[[1]]$family$cname ==
    "nodes" ||
    identical(unname(f$x), unname(fits[[1]]$x)), NA))
  if (any(n != n[[1]]) || any(rows != rows[[1]]) || !same_x) {
    bad_argument("...", "must be fits to the same data.")
  }
  if (any(counts) && !all(counts)) {
    bad_argument("...",
      "must have densities with respect to the same measure: counts do not compare with continuous families.")
  }
  dens <- lapply(fits, member_log_density)
  ic <- t(vapply(fits, expfam_ic, numeric(7)))
  parts <- lapply(fits, \(f) {
    t <- expfam_terms(f, "data")
    risk <- suppressWarnings(expfam_pn(f))
    rin <- t$trace / 2 / f$n + (t$T1 / 3 - t$T2 / 8 + t$T3 / 24) / f$n^2
    data.frame(p = f$p, trace = t$trace, risk = risk$risk, approx = -f$loglik / f$n + rin,
      pass = risk$pass)
  })
  parts <- do.call(rbind, parts)
  best <- which.min(ic[, "TIC2"])
  w <- fits[[1]]$weights %||% rep(1, rows[[1]])
  se <- vapply(dens, \(d) {
    gap <- d - dens[[best]]
    m <- sum(w * gap) / sum(w)
    2 * sqrt(sum(w) * sum(w * (gap - m)^2) / sum(w))
  }, 0)
  labels <- names(fits) %||% rep("", length(fits))
  labels[labels == ""] <- vapply(fits, \(f) f$family$family, "")[labels == ""]
  data.frame(model = labels, n = n, p = parts$p, logLik = ic[, "logLik"],
    trace = parts$trace, AIC = ic[, "AIC"], AIC2 = ic[, "AIC2"], TIC = ic[, "TIC"],
    TIC2 = ic[, "TIC2"], BIC = ic[, "BIC"], risk = parts$risk, approx = parts$approx,
    diff = ic[, "TIC2"] - ic[best, "TIC2"], se_diff = se, pass = parts$pass,
    row.names = NULL)
}

#' Nested models, smallest first
#'
#' Fits a sequence of families, each larger than the one before, and says how many
#' parameters the data can carry.
#'
#' @param x Data.
#' @param family A function of a number that gives a family, or the name of one whose
#'   size is a number: `"polynomial"`, `"trigonometric"`.
#' @param sequence Sizes, increasing.
#' @param alpha As in [expfam_pn()].
#' @param ... Settings of a named family.
#' @return An object of class `distest_expfam_path`: a data frame `size`, `p`, `logLik`,
#'   `trace`, `risk`, `se`, `TIC2`, `pass`, with attributes `alpha` and `admissible`, the
#'   largest p up to which all pass.
#' @examples
#' path <- expfam_path(faithful$waiting, "polynomial", 1:6, lower = 40, upper = 100)
#' path
#' plot(path)
#' @export
expfam_path <- function(x, family, sequence, alpha = 0.05, ...) {
  threshold <- expfam_threshold(alpha)
  make <- if (is.function(family)) family else {
    size <- switch(check_choice(family, c("polynomial", "trigonometric"), "family"),
      polynomial = "degree", "order")
    \(k) do.call(expfam_family, c(list(family, ...), stats::setNames(list(k), size)))
  }
  sequence <- check_numbers(sequence, "sequence")
  rows <- lapply(sequence, \(k) {
    fit <- expfam_fit(x, make(k))
    pn <- suppressWarnings(expfam_pn(fit, alpha))
    data.frame(size = k, p = fit$p, logLik = fit$loglik, trace = pn$trace, risk = pn$risk,
      se = pn$se, TIC2 = expfam_ic(fit)[["TIC2"]], pass = pn$pass)
  })
  out <- do.call(rbind, rows)
  ok <- cumprod(out$pass) == 1
  structure(out, class = c("distest_expfam_path", "data.frame"), alpha = alpha,
    threshold = threshold, admissible = if (any(ok)) max(out$p[ok]) else 0)
}

#' @export
print.distest_expfam_path <- function(x, ...) {
  print(as.data.frame(x), digits = 4, row.names = FALSE)
  cat(sprintf("Largest admissible p: %d (risk at most %s); least TIC2 at p = %d\n",
    as.integer(attr(x, "admissible")), format_number(attr(x, "threshold")),
    as.integer(x$p[which.min(x$TIC2)])))
  invisible(x)
}

#' @export
as.data.frame.distest_expfam_path <- function(x, ...) {
  class(x) <- "data.frame"
  attr(x, "alpha") <- attr(x, "threshold") <- attr(x, "admissible") <- NULL
  x
}
