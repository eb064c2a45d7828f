surv_types <- c("survival", "cumhaz", "hazard", "density", "quantile", "rmst", "mean",
  "cure", "parameters", "link")

#' Predictions from a survival fit
#'
#' Standard errors by the delta method from exact derivatives; limits on the scale that
#' suits the quantity: log(-log) for probabilities, log for hazards and times,
#' log(r / (tau - r)) for restricted means. Nothing is simulated: the same call gives the
#' same numbers.
#'
#' @param object A [surv_fit()].
#' @param newdata A data frame with the covariates of all parameters; the rows of the fit
#'   when missing.
#' @param type What to predict at `times`: `"survival"`, `"cumhaz"`, `"hazard"`,
#'   `"density"`; at probabilities `p`: `"quantile"` (the time by which a share `p` has
#'   had
#'   the event, `Inf` when more are cured); to the horizon `tau`: `"rmst"`, the mean of
#'   min(T, tau); `"mean"` (infinite unless kappa > 0, or kappa = 0 and lambda gamma > 1);
#'   `"cure"`, the fraction that never has the event; `"parameters"` on the natural scale,
#'   `"link"` on the link scale.
#' @param times Times, in the unit of the data. `NULL`: each row's own (the upper bound of
#'   left- and interval-censored rows).
#' @param p Probabilities.
#' @param tau Horizons.
#' @param entry Time to which subjects have survived already: survival is then conditional
#'   on it, and cumulative hazards start there. One number or one for each row.
#' @param se.fit Add `std_error`?
#' @param interval `"confidence"` adds `lower` and `upper`.
#' @param level Confidence level.
#' @param threads,progress See [surv_fit()].
#' @param ... Not used.
#' @return A data frame with columns `row`, `time` (or `p`, `tau`, `parameter`),
#'   `estimate`, and on request `std_error`, `lower`, `upper`; rows vary slowest. For
#'   `"parameters"` standard errors are on the natural scale.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' fit <- surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
#' new <- data.frame(karno = c(40, 80))
#' predict(fit, new, times = c(30, 180), interval = "confidence")
#' predict(fit, new, type = "quantile", p = 0.5, se.fit = TRUE)
#' predict(fit, new, type = "rmst", tau = 365)
#' @importFrom stats predict
#' @export
predict.distest_surv <- function(object, newdata = NULL, type = "survival", times = NULL,
                                 p = 0.5, tau = NULL, entry = 0, se.fit = FALSE,
                                 interval = c("none", "confidence"), level = 0.95,
                                 threads = getOption("distest.threads"),
                                 progress = getOption("distest.progress", interactive()),
                                 ...) {
  check_dots_empty(...)
  check_version(object)
  type <- check_choice(type, surv_types, "type")
  interval <- check_choice(interval, c("none", "confidence"), "interval")
  level <- check_level(level)
  check_flag(se.fit, "se.fit")
  designs <- surv_designs(object, newdata)
  m <- attr(designs, "rows")
  if (type %in% c("parameters", "link")) {
    return(surv_predict_parameters(object, designs, m, type, se.fit, interval, level))
  }
  at <- surv_at(object, type, newdata, times, p, tau, m)
  if (length(entry) == 1) entry <- rep(entry, m)
  entry <- check_numbers(entry, "entry", length = m)
  conditional <- type %in% c("survival", "cumhaz")
  if (!conditional && any(entry != 0)) {
    bad_argument("entry", "is for type \"survival\" and \"cumhaz\".")
  }
  errors <- se.fit || interval == "confidence"
  out <- surv_call_predict(object, match(type, surv_types) - 1L, designs, m, at$values,
    if (conditional && any(entry > 0)) entry, level, errors, threads, progress)
  k <- ncol(out$estimate)
  table <- data.frame(row = rep(seq_len(m), each = k))
  if (!is.null(at$name)) {
    values <- if (is.matrix(at$values)) t(at$values) else rep(at$values, m)
    table[[at$name]] <- as.vector(values)
  }
  table$estimate <- as.vector(t(out$estimate))
  if (se.fit) table$std_error <- surv_missing(t(out$std_error))
  if (interval == "confidence") {
    table$lower <- surv_missing(t(out$lower))
    table$upper <- surv_missing(t(out$upper))
  }
  table
}

surv_missing <- function(x) {
  x[is.nan(x)] <- NA
  as.vector(x)
}

# The values to predict at: a vector for all rows, or a matrix with a row for each.
surv_at <- function(object, type, newdata, times, p, tau, m) {
  if (type %in% c("mean", "cure")) {
    return(list(values = NULL, name = NULL))
  }
  if (type == "quantile") {
    return(list(values = check_numbers(p, "p"), name = "p"))
  }
  if (type == "rmst") {
    if (is.null(tau)) bad_argument("tau", "must be given for type \"rmst\".")
    return(list(values = check_numbers(tau, "tau"), name = "tau"))
  }
  if (is.null(times)) {
    if (!is.null(newdata)) {
      bad_argument("times", "must be given with `newdata`.")
    }
    own <- surv_time(object)
    return(list(values = matrix(own, ncol = 1), name = "time"))
  }
  times <- check_numbers(times, "times")
  if (any(times < 0)) {
    bad_argument("times", "must not be negative, but has %s.",
      format(times[times < 0][[1]]))
  }
  list(values = times, name = "time")
}

# Each row's own time.
surv_time <- function(object) {
  rows <- surv_kept(object)$rows
  if (is.null(rows$upper)) rows$lower else ifelse(rows$type >= 2L, rows$upper, rows$lower)
}

surv_call_predict <- function(object, type, designs, m, at, entry, level, errors,
                              threads = NULL, progress = FALSE) {
  progress <- progress_of(progress)
  alive <- !is.na(object$coefficients)
  model <- list(
    p = as.double(vapply(designs, \(d) if (is.null(d$x)) 0L else ncol(d$x), 0L)),
    value = surv_values(object), phi_form = match(object$phi_form,
      c("time", "power")) - 1L,
    kernel = object$kernel, time_scale = object$time_scale,
    coef = as.double(object$coefficients[alive]),
    vcov = unname(object$vcov[alive, alive, drop = FALSE])
  )
  map <- c(at = switch(type + 1L, "times", "times", "times", "times", "p", "tau"))
  result_of(.Call(C_surv_predict, model, type, as.double(m), lapply(designs, `[[`, "x"),
    lapply(designs, `[[`, "offset"), at, entry, level, errors, threads_of(threads),
    progress), map)
}

# Link values of the parameters that are held. The exponential that stands for phi -> 0
# has gamma = kappa = 1.
surv_values <- function(object) {
  values <- vapply(surv_parameters, \(name) {
    held <- object$fixed[[name]]
    if (is.na(held) || !is.finite(held) || held == -1) 0 else surv_link(name, held)
  }, 0)
  if (object$boundary == "phi=0") values[["kappa"]] <- log(2)
  values
}

# Designs of the four parameters for new data, or those of the fit, without aliased
# columns; attribute rows.
surv_designs <- function(object, newdata) {
  if (is.null(newdata)) {
    designs <- surv_kept(object)$designs
    rows <- object$nrow
  } else if (!is.null(object$columns)) {
    if (!is.list(newdata) || is.null(names(newdata))) {
      bad_argument("newdata", "must be a named list of matrices, not %s.",
        describe(newdata))
    }
    new <- surv_xy_new(object, newdata)
    designs <- new$designs
    rows <- new$rows
  } else {
    if (!is.data.frame(newdata)) {
      if (!is.list(newdata)) bad_argument("newdata", "must be a data frame, not %s.",
        describe(newdata))
      newdata <- as.data.frame(newdata)
    }
    designs <- lapply(surv_parameters, \(name) {
      surv_new_design(object$terms[[name]], newdata, object$xlevels[[name]],
        object$contrasts[[name]], object$variables)
    })
    rows <- nrow(newdata)
  }
  names(designs) <- surv_parameters
  first <- 0L
  for (name in surv_parameters) {
    x <- designs[[name]]$x
    if (is.null(x)) next
    keep <- !is.na(object$coefficients[first + seq_len(ncol(x))])
    first <- first + ncol(x)
    designs[[name]]$x <- x[, keep, drop = FALSE]
  }
  attr(designs, "rows") <- rows
  designs
}

surv_new_design <- function(tt, newdata, xlevels, contrasts, variables) {
  if (is.null(tt)) {
    return(NULL)
  }
  kept <- list(terms = tt, xlevels = xlevels, contrasts = contrasts,
    variables = variables)
  for (name in intersect(names(xlevels), names(newdata))) { # see surv_move_reference()
    v <- newdata[[name]]
    if (is.numeric(v) || is.logical(v)) newdata[[name]] <- as.character(v)
  }
  design <- design_new(kept, newdata)
  if (anyNA(design$x)) {
    bad_argument("newdata", "has missing values in %s.",
      name_rows(which(rowSums(is.na(design$x)) > 0)))
  }
  design[c("x", "offset")]
}

# Linear predictors, rows x 4; an infinite coefficient of a limit kernel counts as 0.
surv_eta <- function(object, designs, n) {
  values <- surv_values(object)
  b <- object$coefficients[!is.na(object$coefficients)]
  eta <- vapply(surv_parameters, \(name) {
    x <- designs[[name]]$x
    if (is.null(x)) {
      return(rep(values[[name]], n))
    }
    own <- b[surv_parameter_of(names(b)) == name]
    if (name == "kappa" && object$kernel > 0) own[] <- 0
    gone <- own == -Inf & name %in% c("phi", "lambda")
    out <- drop(x[, !gone, drop = FALSE] %*% own[!gone])
    if (any(gone)) out[rowSums(x[, gone, drop = FALSE] != 0) > 0] <- -Inf
    if (is.null(designs[[name]]$offset)) out else out + designs[[name]]$offset
  }, numeric(n))
  matrix(eta, n, 4, dimnames = list(NULL, surv_parameters))
}

surv_predict_parameters <- function(object, designs, m, type, se.fit, interval, level) {
  eta <- surv_eta(object, designs, m)
  V <- object$vcov
  V[is.na(V)] <- 0
  se <- vapply(surv_parameters, \(name) {
    x <- designs[[name]]$x
    at <- which(surv_parameter_of(names(coef(object))) == name & !is.na(coef(object)))
    if (is.null(x)) {
      return(rep(0, m))
    }
    sqrt(pmax(rowSums((x %*% V[at, at, drop = FALSE]) * x), 0))
  }, numeric(m))
  se <- matrix(se, m, 4)
  q <- stats::qnorm((1 + level) / 2)
  natural <- type == "parameters"
  scale <- function(v) {
    if (natural) {
      v <- exp(v)
      v[, 4] <- v[, 4] - 1
    }
    if (object$kernel > 0) v[, 4] <- c(Inf, if (natural) -1 else -Inf)[[object$kernel]]
    as.vector(t(v))
  }
  if (object$kernel > 0) se[, 4] <- NA
  out <- data.frame(row = rep(seq_len(m), each = 4), parameter = rep(surv_parameters, m),
    estimate = scale(eta))
  if (se.fit) out$std_error <- as.vector(t(if (natural) se * exp(eta) else se))
  if (interval == "confidence") {
    out$lower <- scale(eta - q * se)
    out$upper <- scale(eta + q * se)
  }
  out
}

#' @importFrom stats fitted
#' @export
fitted.distest_surv <- function(object, ...) {
  check_dots_empty(...)
  predict(object, type = "quantile", p = 0.5)$estimate
}

# Cox-Snell residuals H(t) - H(entry).
surv_coxsnell <- function(object) {
  rows <- surv_kept(object)$rows
  entry <- if (is.null(rows$entry)) 0 else rows$entry
  predict(object, type = "cumhaz", entry = entry)$estimate
}

#' Residuals of a survival fit
#'
#' @param object A [surv_fit()].
#' @param type `"martingale"`: events minus cumulative hazard; `"coxsnell"`: the
#'   cumulative
#'   hazard at each row's time, a censored sample of the unit exponential when the model
#'   is
#'   right; `"deviance"`: martingale residuals made symmetric; `"quantile"`: normal
#'   quantiles of the fitted distribution, drawn at random from the censored region, so
#'   standard normal when the model is right; `"score"`: derivatives of the row's weighted
#'   log-likelihood; `"dfbeta"`: what leaving the row out does to the coefficients, to
#'   first
#'   order.
#' @param ... Not used.
#' @return A vector, one for each row of the fit; for scores and dfbeta a matrix with a
#'   column for each coefficient that is inside its space. Martingale and deviance
#'   residuals
#'   are missing for left- and interval-censored rows, with a warning.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' fit <- surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
#' summary(residuals(fit, "deviance"))
#' @importFrom stats residuals
#' @export
residuals.distest_surv <- function(object, type = c("martingale", "coxsnell", "deviance",
                                     "quantile", "score", "dfbeta"), ...) {
  check_dots_empty(...)
  type <- check_choice(type, c("martingale", "coxsnell", "deviance", "quantile", "score",
    "dfbeta"), "type")
  if (type == "score") {
    return(surv_scores(object))
  }
  if (type == "dfbeta") {
    inside <- surv_inside(object)
    return(surv_scores(object) %*% object$vcov_model[inside, inside, drop = FALSE])
  }
  H <- surv_coxsnell(object)
  if (type == "quantile") {
    return(surv_quantile_residuals(object, H))
  }
  if (type == "coxsnell") {
    return(H)
  }
  event <- object$rows$type
  if (any(event >= 2L)) {
    distest_warning("approximation", sprintf(
      "%d left- or interval-censored rows have no %s residual.", sum(event >= 2L), type
    ))
  }
  m <- ifelse(event >= 2L, NA, (event == 1L) - H)
  if (type == "martingale") {
    return(m)
  }
  inner <- ifelse(event == 1L, log(H), 0)
  sign(m) * sqrt(pmax(-2 * (m + inner), 0))
}

# qnorm(F) of events; of the others a draw from the region they are known to lie in.
surv_quantile_residuals <- function(object, H) {
  rows <- object$rows
  type <- rows$type
  n <- length(type)
  upper <- ifelse(type == 0L, 1, -expm1(-H))
  lower <- ifelse(type == 0L, -expm1(-H), 0)
  both <- which(type == 3L)
  if (length(both)) {
    designs <- surv_designs(object, NULL)
    before <- surv_call_predict(object, 1L, designs, n, matrix(rows$lower), rows$entry,
      0.95,
      FALSE)$estimate[, 1]
    lower[both] <- -expm1(-before[both])
  }
  lower[type == 1L] <- upper[type == 1L]
  stats::qnorm(lower + stats::runif(n) * (upper - lower))
}
