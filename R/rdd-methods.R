# Methods of rdd_fit().

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
  call <- call_with(object$call, match.call(expand.dots = FALSE)$...)
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
