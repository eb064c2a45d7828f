# What a fit says of itself.

# "  label       text", wrapped under the text.
kde_line <- function(label, ...) {
  width <- min(80, getOption("width"))
  text <- strwrap(paste0(...), width = width - 14)
  labels <- c(paste0("  ", label), rep("", length(text) - 1))
  cat(paste0(formatC(labels, width = -14), text), sep = "\n")
}

#' @export
print.distest_kde <- function(x, ...) {
  digits <- number_digits()
  f <- \(v) format_number(v, digits)
  cat("Kernel density estimate, ", x$kernel, " kernel",
    if (!is.null(x$nu)) paste0(" (nu ", f(x$nu), ")"), "\n", sep = "")
  dropped <- if (isTRUE(x$dropped > 0)) sprintf("; %s with missing values dropped",
    count_text(x$dropped, "row"))
  kde_line("data", count_text(x$n, "point"), " in ", count_text(x$d, "dimension"),
    " (alpha = log n / d = ", f(log(x$n) / x$d), ")", dropped)
  kde_line("bandwidth", kde_bandwidth_text(x, f))
  if (!is.null(x$bounds)) {
    kde_line("bounds", x$bounds$boundary, ", ", paste(sprintf("%s to %s",
      f(x$bounds$lower), f(x$bounds$upper)), collapse = "; "))
  }
  if (!is.null(x$loo_mean)) {
    kde_line("likelihood", f(x$loo_mean), " nats per point, leave-one-out", if (isTRUE(
      x$control$trim > 0)) sprintf("; the search left the lowest %s of the rows out",
      f(x$control$trim)))
  }
  if (isTRUE(x$bandwidth$isolated > 0.01 * x$bandwidth$queries) && x$control$trim == 0) {
    kde_line("", sprintf(paste("%s lie far from all others and widen the bandwidth; see",
      "`trim` of kde_control()"), count_text(x$bandwidth$isolated, "point")))
  }
  if (x$n >= 6 && x$n <= 20000) print_regime(x)
  invisible(x)
}

kde_bandwidth_text <- function(x, f) {
  b <- x$bandwidth
  scaling <- if (x$shape == "scalar" || !is.null(x$adaptive)) paste0(", scaling ",
    x$scaling)
  what <- if (!is.null(x$adaptive)) {
    sprintf("%s x distance to neighbour %d%s", f(x$adaptive$c), as.integer(x$adaptive$k),
      if (x$shape == "full") " in a full metric" else "")
  } else if (!is.null(x$mixed)) {
    numeric <- x$mixed$type == 0
    paste0(if (any(numeric)) paste("standard deviations", paste(f(x$mixed$h[numeric]),
      collapse = ", ")), "; lambda ", paste(sprintf("%s (%s)",
      f(x$mixed$lambda[!numeric]), colnames(x$mixed$x)[!numeric]), collapse = ", "))
  } else if (x$shape == "scalar") {
    sprintf("h = %s", f(x$h))
  } else {
    sprintf("%s, standard deviations %s to %s", x$shape, f(sqrt(min(diag(x$H)))),
      f(sqrt(max(diag(x$H)))))
  }
  low <- kde_bound_text(x, b, f)
  from <- if (b$method == "lcv" && isTRUE(b$queries < x$n)) {
    sprintf(", from %s of the points", format_count(b$queries))
  }
  shapes <- if (!is.null(b$shapes)) {
    paste0("; likelihoods ", paste(names(b$shapes), f(b$shapes), collapse = ", "))
  }
  paste0(b$method, scaling, ", ", what, low, from, shapes)
}

kde_bound_text <- function(x, b, f) {
  plain <- b$method == "lcv" && x$shape == "scalar" && is.null(x$adaptive) &&
    x$kernel == "gaussian" && is.finite(b$lower)
  if (!plain) {
    return(NULL)
  }
  if (x$h <= b$lower * (1 + 1e-6)) {
    return(" (at the nearest-neighbour bound)")
  }
  sprintf(" (nearest-neighbour bound %s)", f(b$lower))
}

print_regime <- function(x) {
  phases <- tryCatch(kde_phases(x, k = min(x$control$knn, x$n - 1), progress = FALSE),
    distest_error = \(e) NULL)
  if (is.null(phases) || all(is.na(phases$mu))) return(invisible())
  q <- format_number(stats::quantile(phases$mu, c(0.5, 0.25, 0.75), na.rm = TRUE), 2)
  regime <- names(which.max(table(factor(phases$regime, kde_regimes))))
  kde_line("regime", sprintf(paste("%s: tail index %s (quartiles %s, %s); half of the",
    "values rest on %s points or fewer"), regime, q[[1]], q[[2]], q[[3]],
    format_number(stats::median(phases$neff, na.rm = TRUE), 3)))
  if (regime != "clt" && is.finite(x$h) && is.null(x$adaptive)) {
    kde_line("", sprintf(paste("the central limit theorem would need h > %s",
      "(median h_CLT); see kde_phases()"),
      format_number(stats::median(phases$h_CLT, na.rm = TRUE), 2)))
  }
}

#' Summaries and tables of a kernel density estimate
#'
#' @param object,x A [kde_fit()].
#' @param data Points to augment; `NULL`: those of the fit, leave-one-out.
#' @param ... Not used.
#' @return `summary()`: a list with the fit and its [kde_phases()]. `tidy()`: one row per
#'   bandwidth parameter. `glance()`: one row. `augment()`: the points with
#'   `.log_density`, `.loo`, `.neff`, `.mu`, `.regime`, `.outlier_p`.
#' @examples
#' fit <- kde_fit(faithful)
#' summary(fit)
#' glance(fit)
#' @name kde-tidy
NULL

#' @rdname kde-tidy
#' @export
summary.distest_kde <- function(object, ...) {
  check_dots_empty(...)
  structure(class = "summary.distest_kde", list(fit = object,
    phases = kde_phases(object, k = min(object$control$knn, object$n - 1),
      progress = FALSE)))
}

#' @export
print.summary.distest_kde <- function(x, ...) {
  print(x$fit)
  cat("\n")
  print(x$phases)
  invisible(x)
}

#' @export
coef.distest_kde <- function(object, ...) {
  check_dots_empty(...)
  if (!is.null(object$mixed)) {
    m <- object$mixed
    value <- ifelse(m$type == 0, m$h, m$lambda)
    return(stats::setNames(value, paste0(ifelse(m$type == 0, "", "lambda:"),
      colnames(m$x))))
  }
  names <- kde_names(object)
  if (!is.null(object$adaptive)) {
    return(c(c = object$adaptive$c))
  }
  switch(object$shape, scalar = c(h = object$h),
    diag = stats::setNames(sqrt(diag(object$H)), names),
    full = {
      at <- which(lower.tri(object$H, TRUE), arr.ind = TRUE)
      stats::setNames(object$H[at], paste(names[at[, 1]], names[at[, 2]], sep = ":"))
    })
}

#' @importFrom stats logLik
#' @export
logLik.distest_kde <- function(object, ...) {
  check_dots_empty(...)
  df <- if (object$bandwidth$method == "given") 0 else length(coef(object))
  structure(object$n * object$loo_mean, df = df, nobs = object$n, loo = TRUE,
    class = "logLik")
}

#' @export
nobs.distest_kde <- function(object, ...) object$n

#' @export
vcov.distest_kde <- function(object, ...) {
  unsupported("vcov", object, "use predict(interval = \"confidence\") for error bars")
}

#' @importFrom stats confint
#' @export
confint.distest_kde <- function(object, parm, level = 0.95, ...) {
  unsupported("confint", object, "use predict(interval = \"confidence\") for error bars")
}

#' @importFrom stats residuals
#' @export
residuals.distest_kde <- function(object, ...) {
  unsupported("residuals", object, "use augment() for leave-one-out densities")
}

#' @rdname kde-tidy
#' @export
tidy.distest_kde <- function(x, ...) {
  check_dots_empty(...)
  b <- coef(x)
  data.frame(term = names(b), estimate = unname(b))
}

#' @rdname kde-tidy
#' @export
glance.distest_kde <- function(x, ...) {
  check_dots_empty(...)
  phases <- kde_phases(x, k = min(x$control$knn, x$n - 1), progress = FALSE)
  share <- \(r) mean(phases$regime == r, na.rm = TRUE)
  ll <- logLik(x)
  data.frame(nobs = x$n, df = attr(ll, "df"), logLik = as.numeric(ll), n = x$n, d = x$d,
    kernel = x$kernel, method = x$bandwidth$method, h = x$h, loo_mean = x$loo_mean,
    alpha = log(x$n) / x$d, mu_median = stats::median(phases$mu, na.rm = TRUE),
    share_extreme = share("extreme"), share_stable = share("stable"),
    share_clt = share("clt"), neff_median = stats::median(phases$neff, na.rm = TRUE))
}

#' @rdname kde-tidy
#' @export
augment.distest_kde <- function(x, data = NULL, ...) {
  check_dots_empty(...)
  phases <- kde_phases(x, data, k = min(x$control$knn, x$n - 1), progress = FALSE)
  out <- if (!is.null(data)) as.data.frame(data) else if (is.null(x$mixed)) {
    as.data.frame(x$x)
  } else {
    kde_raw(x)
  }
  loo <- if (is.null(data)) predict(x, type = "loo") else NA_real_
  data.frame(out, .log_density = unname(predict(x, data, progress = FALSE)), .loo = loo,
    .neff = phases$neff, .mu = phases$mu, .regime = phases$regime,
    .outlier_p = kde_outliers(x, data)$p_value, row.names = NULL, check.names = FALSE)
}
