# Methods of rdd_fit().

#' @export
format.distest_rdd <- function(x, ...) {
  s <- x$settings
  method <- c(frechet = "Frechet", rearranged = "rearranged", pointwise = "pointwise")
  sprintf("Distribution-valued RD (%s): %s, order %d (bias %d), %s, %s",
    paste0(if (s$fuzzy) "fuzzy" else "sharp", if (s$deriv > 0) sprintf(", derivative %d",
      as.integer(s$deriv))),
    method[[s$method]], as.integer(s$p), as.integer(s$q), s$kernel, s$vce)
}

#' @rdname rdd_fit
#' @param digits Significant digits.
#' @export
print.distest_rdd <- function(x, digits = 3, ...) {
  write_lines(format(x))
  rdd_print_units(x)
  rdd_print_settings(x)
  if (x$settings$fuzzy) {
    f <- x$first_stage
    write_lines(sprintf("first stage %s (se %s, F = %s); effects are those on compliers",
      format_number(f$bc, 3), format_number(f$se_bc, 2), format_number(f$F, 3)),
    indent = 1)
  }
  at <- rdd_nearest(x$estimate$prob, c(0.1, 0.25, 0.5, 0.75, 0.9))
  rdd_print_table(x, at, digits)
  notes <- rdd_notes(x)
  if (length(notes)) write_lines("note: ", paste(notes, collapse = "; "), indent = 1)
  invisible(x)
}

rdd_print_units <- function(x) {
  n <- x$n
  s <- x$settings
  size <- x$diagnostics$n_i
  parts <- c(
    sprintf("units %s (left %s, right %s), in bandwidth %s + %s", format_count(n[[1]]),
      format_count(n[["left"]]), format_count(n[["right"]]),
      format_count(n[["h_left"]]), format_count(n[["h_right"]])),
    if (n[["dropped"]] > 0) paste(format_count(n[["dropped"]]), "dropped"),
    if (n[["clusters"]] > 0) paste(format_count(n[["clusters"]]), "clusters"),
    if (!is.null(size) && size[["max"]] > 1) rdd_size_text(size),
    if (s$weighted) "units weighted"
  )
  write_lines(paste(parts, collapse = "; "), indent = 1)
}

rdd_size_text <- function(size) {
  if (size[["min"]] == size[["max"]]) {
    return(paste(format_count(size[["min"]]), "individuals in each"))
  }
  sprintf("individuals %s (min/median/max)", paste(format_count(round(size)),
    collapse = " / "))
}

rdd_print_settings <- function(x) {
  s <- x$settings
  q <- x$estimate$prob
  write_lines("cutoff ", format_number(s$cutoff, 6), "; h ",
    rdd_side_text(x$bandwidths[, 1:2, drop = FALSE]), "; b ",
    rdd_side_text(x$bandwidths[, 3:4, drop = FALSE]), " (", x$bwselect, "); grid ",
    if (length(q) > 1) sprintf("%s ... %s (%d)", format(q[[1]]),
      format(q[[length(q)]]), length(q)) else format(q), indent = 1)
  band <- if (is.null(x$boot) || all(is.na(x$estimate$band_lower))) {
    sprintf("%s %% intervals, no band", format(100 * s$level))
  } else {
    sprintf("%s %% uniform band, %s draws, c = %s", format(100 * x$boot$level),
      format_count(x$boot$draws), format_number(x$crit, 3))
  }
  honest <- if (s$inference == "honest") {
    m <- range(x$smoothness)
    sprintf("; honest: |second derivative| <= %s assumed%s",
      if (m[[1]] == m[[2]]) format_number(m[[1]], 3) else paste(format_number(m, 3),
        collapse = " ... "), if (identical(s$smoothness,
        "rot")) " (rule of thumb)" else "")
  } else if (s$inference == "conventional") {
    "; conventional, not bias-corrected"
  }
  write_lines(band, honest, indent = 1)
}

# "0.21", "0.21 | 0.34" for sides, "0.2 ... 0.4" for bandwidths by quantile.
rdd_side_text <- function(m) {
  one <- \(v) {
    v <- unique(range(v))
    paste(format_number(v, 4), collapse = " ... ")
  }
  if (all(m[, 1] == m[, 2])) one(m[, 1]) else paste(one(m[, 1]), one(m[, 2]), sep = " | ")
}

rdd_print_table <- function(x, at, digits) {
  e <- x$estimate[at, ]
  band <- !all(is.na(e$band_lower))
  table <- cbind(control = e$m_minus, treated = e$m_plus, effect = e$tau, se = e$se,
    if (band) e$band_lower else e$ci_lower, if (band) e$band_upper else e$ci_upper)
  cells <- rdd_cells_text(table, e$se, digits)
  heads <- c("q", "control", "treated", "effect", "se",
    if (band) c("[uniform", "band]") else c("[inter", "val]"))
  cells <- rbind(heads, cbind(format(e$prob), cells))
  cat(apply(cells, 1, \(row) paste0(" ", formatC(row[[1]], width = 5), paste0(formatC(
    row[-1], width = max(nchar(cells[, -1])) + 2), collapse = ""))), sep = "\n")
}

# Numbers with as many decimals as their standard errors deserve, or in their own way
# where that would be long.
rdd_cells_text <- function(table, se, digits) {
  size <- stats::median(se[se > 0])
  decimals <- if (is.na(size)) digits else digits - 1 - floor(log10(size))
  if (decimals > 6 || max(abs(table), na.rm = TRUE) > 1e6) {
    return(array(format_number(table, digits), dim(table)))
  }
  array(formatC(table, format = "f", digits = max(0, decimals),
    decimal.mark = getOption("OutDec")), dim(table))
}

rdd_notes <- function(x) {
  d <- x$diagnostics
  c(
    if (isTRUE(d$moved > 0)) sprintf("%s moved %d of %d points (rms %s)",
      if (x$settings$method == "rearranged") "sorting" else "projection",
      as.integer(d$moved), 2L * nrow(x$estimate), format_number(d$projection, 2)),
    if (any(d$noise > 0.5, na.rm = TRUE)) sprintf(
      "sampling noise within units is up to %.0f %% of the variance between them",
      100 * min(1, max(d$noise, na.rm = TRUE))),
    if (x$settings$fuzzy) "control and treated are curves of the outcome at the cutoff"
  )
}

#' @rdname rdd_fit
#' @param object A fit.
#' @export
summary.distest_rdd <- function(object, ...) {
  check_dots_empty(...)
  check_rdd(object, "object")
  tests <- if (!is.null(object$boot)) {
    withCallingHandlers(rdd_test(object, c("nullity", "homogeneity")),
      distest_warning = \(w) invokeRestart("muffleWarning"))
  }
  wanted <- c("mean", "sd", "gini", "p90_p10")
  functionals <- if (!is.null(object$functional) && !object$settings$scalar &&
    (!object$settings$fuzzy || !is.null(object$quantiles))) {
    tryCatch(withCallingHandlers(rdd_functionals(object, wanted),
      distest_warning = \(w) invokeRestart("muffleWarning")), distest_error = \(e) NULL)
  }
  structure(class = "summary.distest_rdd", list(fit = object, tests = tests,
    functionals = functionals))
}

#' @export
print.summary.distest_rdd <- function(x, digits = 3, ...) {
  fit <- x$fit
  write_lines(format(fit))
  rdd_print_units(fit)
  rdd_print_settings(fit)
  rows <- unique(round(seq(1, nrow(fit$estimate),
    length.out = min(19, nrow(fit$estimate)))))
  rdd_print_table(fit, rows, digits)
  t <- x$tests
  if (!is.null(t)) {
    write_block(" tests: ", sprintf("%s p = %s", t$test, format_p(t$p_value)), "; ")
  }
  f <- x$functionals[!is.na(x$functionals$difference), ]
  if (NROW(f)) {
    write_block(" at the cutoff: ", sprintf("%s %s -> %s (%s, se %s)", f$functional,
      format_number(f$minus, 3), format_number(f$plus, 3), format_number(f$difference, 2),
      format_number(f$se, 2)), "; ")
  }
  d <- fit$diagnostics
  write_block(" diagnostics: ", c(
    sprintf("density test p = %s", format_p(d$density_p)),
    sprintf("repeated x %.0f %% left, %.0f %% right", 100 * d$mass_points[[1]],
      100 * d$mass_points[[2]]),
    if (!is.null(d$noise)) sprintf("noise share at most %s",
      format_number(max(d$noise, na.rm = TRUE), 2)),
    rdd_notes(fit)
  ), "; ")
  invisible(x)
}

#' @export
coef.distest_rdd <- function(object, ...) {
  structure(object$estimate$tau, names = rdd_prob_names(object$estimate$prob))
}

#' @export
vcov.distest_rdd <- function(object, ...) object$vcov * 2^object$scale * 2^object$scale

#' @export
nobs.distest_rdd <- function(object, ...) sum(object$n[c("h_left", "h_right")])

#' Intervals for the curve of effects
#'
#' @param object A [rdd_fit()].
#' @param parm Names or numbers of quantiles; all when missing.
#' @param level Level; that of the fit when missing. Another one draws the band again.
#' @param type `"uniform"`: limits that hold for all quantiles at once. `"pointwise"`: for
#'   each alone. `"anderson-rubin"`: sets of a fuzzy design that hold with a weak first
#'   stage; attribute `shape` says whether each is an `"interval"`, the `"complement"` of
#'   one (everything but what is between the limits) or the whole `"line"`.
#' @param ... Nothing.
#' @return A matrix with a row for each quantile.
#' @examples
#' d <- rdd_simulate("normal", n = 200, n_i = 30, delta = 1, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5)
#' confint(fit, "q0.5")
#' confint(fit, "q0.5", type = "pointwise")
#' @export
confint.distest_rdd <- function(object, parm = NULL, level = NULL,
                                type = c("uniform", "pointwise", "anderson-rubin"), ...) {
  check_dots_empty(...)
  check_rdd(object, "object")
  type <- check_choice(type, c("uniform", "pointwise", "anderson-rubin"), "type")
  if (is.null(level)) {
    drawn <- type == "uniform" && !is.null(object$boot)
    level <- if (drawn) object$boot$level else object$settings$level
  }
  check_level(level)
  names <- names(coef(object))
  keep <- if (is.null(parm)) seq_along(names) else check_parm(parm, names)
  if (type == "anderson-rubin") {
    return(rdd_anderson_rubin(object, keep, level))
  }
  e <- if (type == "uniform") {
    rdd_band_at(object, level)
  } else {
    rdd_limits_at(object, level)
  }
  out <- cbind(e[[1]], e[[2]])
  dimnames(out) <- list(names, level_names(level))
  out[keep, , drop = FALSE]
}

rdd_band_at <- function(object, level) {
  if (is.null(object$boot)) {
    bad_argument("type", paste("= \"uniform\" needs draws (boot = 0);",
      "rdd_bootstrap() adds them."))
  }
  if (level != object$boot$level) {
    rdd_check_boot(object$boot$draws, level)
    extra <- if (is.null(object$estimate$max_bias)) 0 else object$estimate$max_bias
    out <- rdd_bands(object, object$estimate$tau, object$vcov, rdd_scores(object),
      level = level)
    return(list(out$lower - extra, out$upper + extra))
  }
  object$estimate[c("band_lower", "band_upper")]
}

rdd_limits_at <- function(object, level) {
  if (level != object$settings$level) {
    object <- rdd_new_limits(object, utils::modifyList(object$settings,
      list(level = level)))
  }
  object$estimate[c("ci_lower", "ci_upper")]
}

rdd_anderson_rubin <- function(object, keep, level) {
  if (!object$settings$fuzzy) {
    bad_argument("type", "= \"anderson-rubin\" is for fuzzy designs.")
  }
  e <- object$estimate
  f <- object$first_stage
  cl <- object$settings$inference != "rbc"
  out <- result_of(.Call(C_rdd_sets, list(jump = e$m_plus - e$m_minus,
    se = if (cl) e$jump_se_cl else e$jump_se_bc, cov = object$jump_treatment,
    first = if (cl) c(f$cl, f$se_cl) else c(f$bc, f$se_bc)), level), rdd_names)
  limits <- cbind(out$lower, out$upper)
  dimnames(limits) <- list(names(coef(object)), level_names(level))
  structure(limits[keep, , drop = FALSE],
    shape = c("interval", "complement", "line")[out$shape[keep] + 1])
}

#' Curves and effects elsewhere
#'
#' @param object A [rdd_fit()].
#' @param x Values of the running variable, within the bandwidth of the cutoff.
#' @param what `"quantiles"`: the average quantile function at `x` from the fit of order
#'   p of its side, an increasing curve unless `method = "pointwise"`. `"effect"`: the
#'   effect at `probs`, interpolated on the grid.
#' @param probs Levels for `"effect"`.
#' @param ... Nothing.
#' @return For `"quantiles"` a matrix length(x) x grid; for `"effect"` a data frame
#'   `prob`, `tau`, `std_error` (of the nearest grid point).
#' @examples
#' d <- rdd_simulate("normal", n = 200, n_i = 30, delta = 1, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit, h = 0.5)
#' predict(fit, c(-0.2, 0.2))
#' predict(fit, what = "effect", probs = c(0.33, 0.66))
#' @export
predict.distest_rdd <- function(object, x = NULL, what = c("quantiles", "effect"),
                                probs = NULL, ...) {
  check_dots_empty(...)
  check_rdd(object, "object")
  what <- check_choice(what, c("quantiles", "effect"), "what")
  e <- object$estimate
  if (what == "effect") {
    probs <- if (is.null(probs)) e$prob else check_numbers(probs, "probs")
    if (any(probs < e$prob[[1]] | probs > e$prob[[nrow(e)]])) {
      bad_argument("probs", "must lie on the grid of the fit, %s to %s.",
        format(e$prob[[1]]), format(e$prob[[nrow(e)]]), value = probs)
    }
    tau <- if (nrow(e) == 1) e$tau else stats::approx(e$prob, e$tau, probs)$y
    near <- vapply(probs, \(p) which.min(abs(e$prob - p)), 0L)
    return(data.frame(prob = probs, tau = tau, std_error = e$se[near]))
  }
  if (is.null(x)) x <- object$settings$cutoff
  x <- check_numbers(x, "x")
  u <- x - object$settings$cutoff
  h <- apply(rdd_h(object), 2, min)
  if (any(u < -h[[1]] | u > h[[2]])) {
    bad_argument("x", "must be within the bandwidth, %s to %s.",
      format(object$settings$cutoff - h[[1]]), format(object$settings$cutoff + h[[2]]),
      value = x)
  }
  out <- rdd_local(object, x, object$settings$method)
  dimnames(out) <- list(NULL, names(coef(object)))
  out
}

# The local fit at x, with covariates at their means' part taken out as in the fit.
rdd_local <- function(object, x, method) {
  units <- rdd_units_of(object, "Prediction")
  set <- object$settings
  set$method <- method
  view <- rdd_view(units, treatment = NULL)
  set["h_treatment"] <- set["b_treatment"] <- list(NULL)
  result_of(.Call(C_rdd_predict, view, rdd_opts(set, units$cutoff, rdd_h(object),
    rdd_b(object)), as.double(x), NULL, NULL), rdd_names)
}

#' @export
fitted.distest_rdd <- function(object, ...) {
  check_dots_empty(...)
  units <- rdd_units_of(check_rdd(object, "object"), "fitted()")
  h <- apply(rdd_h(object), 2, min)
  inside <- rdd_inside(units, object$settings, h)
  out <- matrix(NA_real_, length(units$x), length(units$probs),
    dimnames = dimnames(object$quantiles))
  out[inside, ] <- rdd_local(object, units$x[inside], "pointwise")
  if (!is.null(units$z)) {
    slopes <- object$gamma[, seq_along(units$probs), drop = FALSE]
    out <- out + units$z %*% slopes
  }
  out
}

#' @export
residuals.distest_rdd <- function(object, ...) {
  check_dots_empty(...)
  fit <- fitted(object)
  object$quantiles - fit
}

#' @export
weights.distest_rdd <- function(object, type = c("bc", "cl"), ...) {
  check_dots_empty(...)
  type <- check_choice(type, c("bc", "cl"), "type")
  rdd_units_of(object, "weights()")
  structure(object$units[[paste0("w_", type)]], names = as.character(object$units$id))
}

#' @export
as.data.frame.distest_rdd <- function(x, row.names = NULL, optional = FALSE, ...) {
  x$estimate
}

#' @export
tidy.distest_rdd <- function(x, conf.int = FALSE, conf.level = NULL, ...) {
  check_dots_empty(...)
  if (is.null(conf.level)) conf.level <- x$settings$level
  limits <- if (check_flag(conf.int, "conf.int")) {
    confint(x, level = conf.level, type = "pointwise")
  }
  e <- x$estimate
  out <- tidy_table(names(coef(x)), e$tau, e$se, conf.int, conf.level,
    before = list(prob = e$prob), limits = limits)
  flat <- e$se == 0
  out$statistic[flat] <- out$p.value[flat] <- NA_real_
  out$band.low <- e$band_lower
  out$band.high <- e$band_upper
  out
}

#' @export
glance.distest_rdd <- function(x, ...) {
  check_dots_empty(...)
  h <- colMeans(x$bandwidths)
  glance_table(nobs = nobs(x), units = x$n[["units"]], n_left = x$n[["h_left"]],
    n_right = x$n[["h_right"]], h_left = h[[1]], h_right = h[[2]], b_left = h[[3]],
    b_right = h[[4]], bwselect = x$bwselect, method = x$settings$method,
    vce = x$settings$vce, inference = x$settings$inference, crit = x$crit,
    F = x$first_stage$F)
}

#' @export
augment.distest_rdd <- function(x, data = NULL, ...) {
  check_dots_empty(...)
  units <- rdd_units_of(check_rdd(x, "x"), "augment()")
  fit <- fitted(x)
  middle <- rdd_nearest(units$probs, 0.5)
  own <- data.frame(unit = units$id, x = units$x, n_i = x$units$n_i,
    stringsAsFactors = FALSE)
  augment_table(if (is.null(data)) own else data, .side = x$units$side,
    .weight = x$units$w_bc, .prob = rep(units$probs[[middle]], length(units$x)),
    .fitted = fit[, middle], .resid = x$quantiles[, middle] - fit[, middle])
}

#' @export
update.distest_rdd <- function(object, ..., evaluate = TRUE) {
  call <- object$call
  extra <- match.call(expand.dots = FALSE)$...
  for (name in names(extra)) call[[name]] <- extra[[name]]
  if (evaluate) eval(call, parent.frame()) else call
}

#' @exportS3Method parameters::model_parameters
model_parameters.distest_rdd <- function(model, ...) {
  out <- tidy(model, conf.int = TRUE)
  data.frame(Parameter = out$term, Coefficient = out$estimate, SE = out$std.error,
    CI_low = out$conf.low, CI_high = out$conf.high, z = out$statistic, p = out$p.value)
}

#' @export
logLik.distest_rdd <- function(object, ...) {
  unsupported("logLik", object, "a design has no likelihood; see rdd_test()")
}
