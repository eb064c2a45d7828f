#' Fit from sufficient statistics alone
#'
#' `expfam_moments()` keeps what a fit needs of a chunk of data, `expfam_merge()` puts
#' chunks together, `expfam_fit_moments()` fits. `expfam_partial()` and `expfam_finish()`
#' are the same under the names that all families share.
#'
#' Chunks may come in any order and nesting: the bits of the result do not depend on it
#' (sums are kept by blocks of 4096 rows and joined along a tree over row numbers). Chunks
#' of one `segment` (a file, a site) begin at rows 1, 4097, 8193, ... of it and must not
#' overlap; a chunk without `segment` is one of its own.
#'
#' @param x,family,weights As in [expfam_fit()]. Weights are frequencies.
#' @param order 1: means, which a fit needs; 2: covariances too, for sandwich standard
#'   errors and the first order of the risk; 3: third cumulants, for its second order (at
#'   most 200 statistics).
#' @param segment Name of the file or site, or `NULL`.
#' @param first Number of the chunk's first row in its segment.
#' @param moments From `expfam_moments()` or `expfam_merge()`, or
#'   `list(mean = , n = , cov = , third = )` with the last two optional; `third` is an
#'   array of third cumulants.
#' @param ... Moments to merge; for `expfam_fit_moments()` nothing more.
#' @param start Starting values, or `NULL`.
#' @param control From [expfam_control()].
#' @return An object of class `distest_expfam_moments`, plain data of some kB; or a
#'   `distest_expfam` fit without data: risk and criterion are there, their standard
#'   errors are not.
#' @examples
#' a <- expfam_moments(precip[1:40], "gamma")
#' b <- expfam_moments(precip[41:70], "gamma")
#' fit <- expfam_fit_moments(expfam_merge(a, b), "gamma")
#' expfam_risk(fit)
#' @export
expfam_moments <- function(x, family, order = 3L, weights = NULL, segment = NULL,
                           first = 1) {
  if (!(is.numeric(order) && length(order) == 1 && order %in% 1:3)) {
    bad_argument("order", "must be 1, 2 or 3, not %s.", describe(order))
  }
  if (!is.null(segment) && !(is.character(segment) && length(segment) == 1 &&
    !is.na(segment))) {
    bad_argument("segment", "must be a name or NULL, not %s.", describe(segment))
  }
  first <- check_count(first, "first")
  data <- expfam_data(x, as_family(family), weights)
  f <- data$family
  base <- data$base
  xi <- if (f$cname == "nodes") {
    data$x
  } else {
    out <- result_of(.Call(C_expfam_stats, f, f$p, data$x), map = map_argument)
    base <- out$logbase
    out$xi
  }
  if (order == 3 && f$p > 200) order <- 2
  bytes <- result_of(.Call(C_expfam_acc_add, as.integer(order), segment, first - 1,
    matrix(xi, ncol = f$p), data$weights, base, threads_of(NULL), NULL),
  map = c(xi = "x"))
  structure(list(bytes = bytes, order = as.integer(order),
    n = sum(data$weights %||% rep(1, nrow(data$x))), family = f,
    version = version_string()), class = "distest_expfam_moments")
}

#' @rdname expfam_moments
#' @export
expfam_partial <- expfam_moments

#' @rdname expfam_moments
#' @export
expfam_merge <- function(...) {
  parts <- list(...)
  if (length(parts) == 1 && is.list(parts[[1]]) && !inherits(parts[[1]],
    "distest_expfam_moments")) parts <- parts[[1]]
  if (!length(parts) || !all(vapply(parts, inherits, NA, "distest_expfam_moments"))) {
    bad_argument("...", "must be made by expfam_moments().")
  }
  same <- \(b) identical(b$order, parts[[1]]$order) && same_family(b$family,
    parts[[1]]$family)
  if (!all(vapply(parts, same, NA))) {
    bad_argument("...", "must be of one family and order.")
  }
  total <- parts[[1]]
  total$bytes <- result_of(.Call(C_expfam_acc_merge, lapply(parts, `[[`, "bytes"),
    total$family$p, total$order), map = c(from = "...", bytes = "..."))
  total$n <- sum(vapply(parts, \(b) b$n, 0))
  total
}

same_family <- function(a, b) {
  identical(a$cname, b$cname) && identical(a$par, b$par) && identical(a$ipar, b$ipar) &&
    identical(a$p, b$p) && identical(a$pairs, b$pairs) && identical(a$xi, b$xi) &&
    identical(a$logw, b$logw)
}

#' @export
print.distest_expfam_moments <- function(x, ...) {
  check_dots_empty(...)
  cat(sprintf("Sufficient statistics of %s observations for %s, to order %d\n",
    format_count(x$n), x$family$family, x$order))
  invisible(x)
}

#' @rdname expfam_moments
#' @export
expfam_fit_moments <- function(moments, family, start = NULL, control = expfam_control(),
                               ...) {
  check_dots_empty(...)
  check_control(control)
  packed <- inherits(moments, "distest_expfam_moments")
  f <- if (packed) moments$family else as_family(family)
  if (packed && !missing(family) && !identical(as_family(family)$family, f$family)) {
    bad_argument("family", "must be that of the moments, %s.", f$family)
  }
  m <- if (packed) {
    result_of(.Call(C_expfam_acc_get, moments$bytes, f$p, moments$order),
      map = c(acc = "moments"))
  } else {
    given_moments(moments, f)
  }
  repeat {
    out <- result_of(.Call(C_expfam_fit_moments, f, m$n, matrix(m$mean),
      control_set(control), start, threads_of(control$threads),
      progress_of(control$progress)), map = c(mean = "moments", n = "moments"))
    out$theta <- drop(out$theta)
    finer <- finer_family(f, out$theta)
    if (is.null(finer)) break
    f <- finer
    start <- out$theta
  }
  out$mean <- m$mean
  out$cov <- m$cov %||% matrix(NA_real_, f$p, f$p)
  fit <- new_expfam(list(family = f, x = NULL, weights = NULL, dropped = 0L, raw = NULL),
    out, "frequency", 0)
  fit$loglik <- fit$loglik + (m$base %||% 0)
  fit$third <- m$third
  fit$call <- match.call()
  fit
}

#' @rdname expfam_moments
#' @export
expfam_finish <- expfam_fit_moments

given_moments <- function(moments, f) {
  if (!is.list(moments) || is.null(moments$mean) || is.null(moments$n)) {
    bad_argument("moments",
      "must be made by expfam_moments(), or be list(mean = , n = , cov = , third = ).")
  }
  if (is.null(f$p)) {
    bad_argument("family", "needs its dimension `d` here.")
  }
  p <- f$p
  cov <- moments$cov
  if (!is.null(cov)) {
    cov <- as.matrix(cov)
    if (!is.numeric(cov) || any(dim(cov) != p) || any(!is.finite(cov))) {
      bad_argument("moments", "must have a `cov` of %d rows and columns.", as.integer(p))
    }
    storage.mode(cov) <- "double"
  }
  list(mean = check_numbers(moments$mean, "moments", length = p),
    n = check_number(moments$n, "moments", above = 0), cov = cov,
    third = pack_third(moments$third, p))
}

# entries a <= b <= c of a p x p x p array, c slowest
pack_third <- function(third, p) {
  if (is.null(third)) {
    return(NULL)
  }
  if (!is.numeric(third) || !length(third) %in% c(p^3, p * (p + 1) * (p + 2) / 6) ||
    any(!is.finite(third))) {
    bad_argument("moments", "must have in `third` an array of %d x %d x %d numbers.",
      as.integer(p), as.integer(p), as.integer(p))
  }
  if (length(third) != p^3) {
    return(as.double(third))
  }
  at <- which(array(TRUE, rep(p, 3)), arr.ind = TRUE)
  as.double(third[at[, 1] <= at[, 2] & at[, 2] <= at[, 3]])
}
