#' Compare models
#'
#' One row per fit, with the estimated risk, the approximation term
#' \eqn{-E_q \log g(X; \theta^*)} and the standard error of differences of the mean log
#' likelihood to the best by TIC2, with the Monte Carlo error of the log partition.
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
  measures <- vapply(fits, \(f) dominating_measure(f$family), "")
  if (any(vapply(fits, \(f) identical(f$method, "pseudo") || is.null(f$x), NA))) {
    bad_argument("...", "must be fits with a likelihood and data.")
  }
  same_x <- all(vapply(fits, \(f) f$family$cname == "nodes" || fits[[1]]$family$cname ==
    "nodes" ||
    identical(unname(f$x), unname(fits[[1]]$x)), NA))
  if (any(n != n[[1]]) || any(rows != rows[[1]]) || !same_x) {
    bad_argument("...", "must be fits to the same data.")
  }
  if (any(measures != measures[[1]])) {
    bad_argument("...", paste0(
      "must have densities with respect to the same measure: ",
      "that of fit 1 is %s, that of fit %d is %s."
    ), measures[[1]], which(measures != measures[[1]])[[1]],
    measures[measures != measures[[1]]][[1]])
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
    2 * sqrt(sum(w * (gap - m)^2))
  }, 0)
  # Psi by Monte Carlo errs in every row alike
  psi_se <- vapply(fits, \(f) f$mc$psi_se %||% 0, 0)
  others <- seq_along(fits) != best
  se[others] <- sqrt(se^2 + (2 * n[[1]])^2 * (psi_se^2 + psi_se[[best]]^2))[others]
  labels <- names(fits) %||% rep("", length(fits))
  labels[labels == ""] <- vapply(fits, \(f) f$family$family, "")[labels == ""]
  data.frame(model = labels, n = n, p = parts$p, logLik = ic[, "logLik"],
    trace = parts$trace, AIC = ic[, "AIC"], AIC2 = ic[, "AIC2"], TIC = ic[, "TIC"],
    TIC2 = ic[, "TIC2"], BIC = ic[, "BIC"], risk = parts$risk, approx = parts$approx,
    diff = ic[, "TIC2"] - ic[best, "TIC2"], se_diff = se, pass = parts$pass,
    row.names = NULL)
}

dominating_measure <- function(f) {
  f <- f$whole %||% f
  if (is_count(f) || f$family %in% c("categorical", "ising", "loglinear")) {
    return("counting measure")
  }
  if (f$cname == "pairwise") return("the base of a pairwise model")
  if (f$cname != "nodes") return("Lebesgue measure")
  switch(f$reference$type, interval = "Lebesgue measure", grid = "its grid",
    if (is.null(f$log_base)) "its reference measure" else "Lebesgue measure")
}

#' Nested models, smallest first
#'
#' Fits a sequence of families, each larger than the one before, and says how many
#' parameters the data can carry.
#'
#' @param x Data.
#' @param family A function of a number that gives a family; the name of one whose size is
#'   a number, `"polynomial"` or `"trigonometric"`; or a custom, loglinear or pairwise
#'   family, of whose statistics the first 1, 2, ... are taken.
#' @param sequence Sizes, increasing.
#' @param alpha As in [expfam_pn()].
#' @param ... Settings of a named family.
#' @param control From [expfam_control()].
#' @return An object of class `distest_expfam_path`: a data frame `size`, `p`, `logLik`,
#'   `trace`, `risk`, `se`, `TIC2`, `pass`, with attributes `alpha`, `threshold` and
#'   `admissible`, the largest p up to which all pass.
#' @examples
#' path <- expfam_path(faithful$waiting, "polynomial", 1:6, lower = 40, upper = 100)
#' path
#' plot(path)
#' @export
expfam_path <- function(x, family, sequence, alpha = 0.05, ...,
                        control = expfam_control(progress = FALSE)) {
  threshold <- expfam_threshold(alpha)
  sequence <- check_numbers(sequence, "sequence")
  if (!length(sequence) || is.unsorted(sequence, strictly = TRUE)) {
    bad_argument("sequence", "must be sizes in increasing order.")
  }
  by_terms <- inherits(family, "distest_expfam_family")
  make <- if (by_terms) {
    \(k) family
  } else if (is.function(family)) {
    family
  } else {
    size <- switch(check_choice(family, c("polynomial", "trigonometric"), "family"),
      polynomial = "degree", "order")
    \(k) do.call(expfam_family, c(list(family, ...), stats::setNames(list(k), size)))
  }
  start <- NULL
  rows <- lapply(sequence, \(k) {
    f <- make(k)
    if (!is.null(start)) start <- c(start, rep(0, max(0, (if (by_terms) k else f$p) -
      length(start))))
    fit <- expfam_fit(x, f, terms = if (by_terms) seq_len(k), start = start,
      control = control)
    start <<- unname(fit$theta) # the next one begins here
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
  late <- x$p[x$pass & x$p > attr(x, "admissible")]
  if (length(late)) {
    cat(sprintf("After a failure p = %s passes again.\n", paste(late, collapse = ", ")))
  }
  invisible(x)
}

#' @export
as.data.frame.distest_expfam_path <- function(x, ...) {
  class(x) <- "data.frame"
  attr(x, "alpha") <- attr(x, "threshold") <- attr(x, "admissible") <- NULL
  x
}
