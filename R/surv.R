#' Flexible parametric survival regression
#'
#' Fits the adapted power generalised Weibull (APGW) family by maximum likelihood. Its
#' cumulative hazard is
#' \deqn{H(t) = \lambda \frac{a}{\kappa}\{(1 + x/a)^\kappa - 1\}, \quad
#'   x = (\phi t)^\gamma, \quad a = \kappa + 1,}
#' and each of \eqn{\log\phi}, \eqn{\log\lambda}, \eqn{\log\gamma}, \eqn{\log(\kappa + 1)}
#' may depend on covariates. One likelihood contains the exponential, Weibull,
#' log-logistic, Burr XII and Gompertz distributions and cure models, so that the data
#' choose the baseline.
#'
#' Covariates of `formula` act on \eqn{\phi} (`effect = "aft"`: acceleration of time) or
#' on
#' \eqn{\lambda} (`"ph"`: proportional hazards); the other of the two is 1 unless it is
#' given. Covariates in `gamma` as well let hazards converge or cross. `kappa` without
#' covariates chooses the baseline. Both \eqn{\phi} and \eqn{\lambda} free is identified,
#' but only just, unless kappa is held.
#'
#' **Signs and units.** A positive coefficient of phi means faster failure: time runs
#' `exp(coef)` times as fast. This is the opposite sign of [survival::survreg()]. A
#' coefficient of lambda is a log hazard ratio when gamma, kappa and phi do not depend on
#' the covariate. Times are in the unit of the data, hazards per that unit. A fit with
#' `effect = "ph"`, `phi = 1` and estimated kappa depends on the unit of time;
#' `time_scale`
#' sets it.
#'
#' **Boundary.** kappa = Inf and kappa = -1 are estimates like others: they are
#' recognised,
#' `boundary` says so, the coefficient is infinite with a missing standard error, and the
#' others have the standard errors of the limit model. With kappa = -1, phi and lambda
#' mean \eqn{H = \lambda y / (1 + y)}, \eqn{y = (\phi t)^\gamma}.
#'
#' **Optimum.** Starting values come from null models in several regions of kappa and do
#' not fail. Newton's method in a trust region uses exact second derivatives; the best of
#' `n_start` climbs is returned. Above 200 000 rows the starts are sorted out on some
#' 100 000 of them.
#'
#' @param formula `Surv(...) ~ terms`, with right, left, interval or interval2 censoring
#'   or
#'   delayed entry (counting). `offset()`, `cluster()` and `strata()` terms are
#'   understood;
#'   `strata(g)` adds `g` to gamma, as [survival::survreg()] has a scale for each stratum.
#'   Or a list of formulas, `list(Surv(t, d) ~ x, gamma ~ x)`.
#' @param data A data frame, or nothing when the variables stand in the environment of
#'   `formula`.
#' @param effect Which parameter the terms of `formula` belong to: `"aft"` phi, `"ph"`
#'   lambda.
#' @param dist What is held: `"apgw"` nothing; `"exponential"` gamma = kappa = 1;
#'   `"weibull"` kappa = 1; `"loglogistic"` kappa = 0, lambda = 1 (`"aft"` only);
#'   `"burr12"` kappa = 0 with phi and lambda estimated; `"gompertz"` kappa = Inf,
#'   gamma = 1, phi and lambda estimated; `"ptloglogistic"` (promotion time) kappa = -1,
#'   phi and lambda estimated.
#' @param phi,lambda,gamma,kappa A one-sided formula, to be estimated, or a number at
#'   which
#'   the parameter is held on its natural scale (`kappa` may be `Inf` or -1). `NULL`
#'   leaves
#'   the default: 1 for the one of phi and lambda that `formula` does not speak of.
#' @param phi_form `"time"`: \eqn{x = (\phi t)^\gamma}; `"power"`: \eqn{x = \phi
#'   t^\gamma}.
#' @param time_scale phi refers to times divided by it: a positive number, or `"auto"` for
#'   the geometric mean of the event times. The log-likelihood stays on the scale of the
#'   data.
#' @param entry Times of delayed entry, for responses that cannot hold them (interval
#'   censoring). Evaluated in `data`, as are `weights`, `cluster`, `bhazard`, `subset`.
#' @param weights Non-negative case weights (frequencies).
#' @param cluster Groups of rows that are not independent, for robust standard errors.
#' @param robust Sandwich standard errors? `NULL`: with clusters, and when a weight is
#'   not a whole number.
#' @param bhazard Background hazards at the event times, per unit of time: a model for the
#'   excess hazard (relative survival).
#' @param subset Rows to use.
#' @param na.action What to do with missing values, [stats::na.omit()] and its like.
#'   Missing bounds of an interval2 response are data.
#' @param start Coefficients to start from as well as from the automatic ones.
#' @param control A [surv_control()].
#' @param model Keep the model frame and designs? Without them `predict()` and
#'   `residuals()`
#'   need `newdata`.
#' @param threads Threads to use, see [distest_threads()]; the result does not depend on
#'   it.
#' @param progress `TRUE`, `FALSE` or a function of fraction and stage.
#'
#' @return An object of class `distest_surv`, a list with
#' \item{coefficients}{on the link scale, named `"phi:(Intercept)"`, `"gamma:trt2"`, ...}
#' \item{vcov, vcov_model, vcov_robust}{covariance in use; inverse information; sandwich}
#' \item{loglik, df, nobs, nrow, nevent, n_cluster}{`nobs` and `nevent` sum weights}
#' \item{converged, boundary, flat}{`boundary` is `""`, `"kappa=Inf"`, `"kappa=-1"`,
#'   `"phi=0"` or `"gamma=Inf"`}
#' \item{iterations, passes, decrement, starts}{how the optimum was found}
#' \item{fixed, kernel, effect, dist, phi_form, time_scale}{the model}
#' \item{call, formulas, terms, variables, xlevels, contrasts, na.action, model,
#' version}{}
#'
#' Errors have class `distest_error_invalid`, `_domain`, `_singular` or `_existence`
#' (`distest_surv_noevents`); warnings `distest_surv_noconv`, `distest_surv_unbounded`,
#' `distest_surv_flat`, `distest_surv_overfit`.
#'
#' @references Burke, K., Jones, M. C. and Noufaily, A. (2020). A flexible parametric
#'   modelling framework for survival analysis. Journal of the Royal Statistical Society
#'   C 69(2), 429-457. arXiv:1901.03212.
#' @seealso [predict.distest_surv()], [plot.distest_surv()], [dapgw()];
#'   [survival::survreg()], which fits the exponential, Weibull and log-logistic with
#'   covariates in one parameter.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' veteran <- transform(survival::veteran, trt = factor(trt))
#' fit <- surv_fit(survival::Surv(time, status) ~ trt, veteran, gamma = ~trt)
#' fit
#' summary(fit)
#' @export
surv_fit <- function(formula, data, effect = c("aft", "ph"), dist = "apgw", phi = NULL,
                     lambda = NULL, gamma = ~1, kappa = ~1,
                     phi_form = c("time", "power"), time_scale = 1, entry = NULL,
                     weights = NULL, cluster = NULL, robust = NULL, bhazard = NULL,
                     subset = NULL, na.action = stats::na.omit, start = NULL,
                     control = surv_control(), model = TRUE,
                     threads = getOption("distest.threads"),
                     progress = getOption("distest.progress", interactive())) {
  call <- match.call()
  effect <- check_choice(effect, c("aft", "ph"), "effect")
  dist <- check_choice(dist, names(surv_presets), "dist")
  phi_form <- check_choice(phi_form, c("time", "power"), "phi_form")
  check_flag(model, "model")
  if (!inherits(control, "distest_surv_control")) {
    bad_argument("control", "must be made by surv_control().")
  }
  split <- surv_split(formula)
  given <- list(phi = phi, lambda = lambda)
  if (!missing(gamma)) given$gamma <- gamma
  if (!missing(kappa)) given$kappa <- kappa
  given <- utils::modifyList(given[!vapply(given, is.null, NA)], split$given)
  spec <- surv_spec(effect, dist, given)
  if (missing(data)) data <- environment(split$main)

  special <- surv_special(split$main, if (is.data.frame(data)) data)
  main <- if (effect == "aft") "phi" else "lambda"
  spec[[main]] <- special$formula[c(1, 3)] |> stats::as.formula(environment(split$main))
  if (length(special$strata)) {
    if (!inherits(spec$gamma, "formula")) {
      bad_argument("formula", "has strata(), which need an estimated gamma.")
    }
    for (g in special$strata) spec$gamma[[2]] <- call("+", spec$gamma[[2]], g)
  }
  # formulas that are defaults would carry this call's frame along
  for (name in setdiff(surv_parameters, c(main, names(given)))) {
    if (inherits(spec[[name]],
      "formula")) environment(spec[[name]]) <- environment(split$main)
  }
  estimated <- Filter(\(f) inherits(f, "formula"), spec[surv_parameters])
  extra <- as.list(call)[intersect(c("weights", "entry", "bhazard"), names(call))]
  extra$cluster <- if (is.null(special$cluster)) call$cluster else special$cluster
  frame <- surv_frame(special$formula, estimated, data, extra, call$subset, na.action)
  if (nrow(frame) == 0) {
    bad_argument("data", "has no row without missing values.")
  }
  rows <- surv_rows(frame)
  designs <- lapply(surv_parameters, \(name) {
    if (!inherits(spec[[name]], "formula")) {
      return(NULL)
    }
    surv_design_of(surv_terms_of(spec[[name]], frame, data), frame)
  })
  names(designs) <- surv_parameters
  drop <- rows$drop
  if (length(drop)) {
    designs <- lapply(designs, surv_drop, drop)
    rows$frame_rows <- seq_len(nrow(frame))[-drop]
  }
  fit <- surv_estimate(rows, spec, designs, phi_form, time_scale, robust, start, control,
    threads, progress)
  fit$effect <- effect
  fit$dist <- dist
  fit$call <- call
  used <- unlist(lapply(estimated, all.vars))
  fit$variables <- if (is.data.frame(data)) intersect(used, names(data)) else used
  fit$formulas <- lapply(spec[surv_parameters], lean, fit$variables)
  fit$formulas$response <- special$formula[[2]]
  fit$terms <- lapply(designs, \(d) lean(d$terms, fit$variables))
  fit$xlevels <- lapply(designs, `[[`, "xlevels")
  fit$contrasts <- lapply(designs, `[[`, "contrasts")
  fit$na.action <- stats::na.action(frame)
  if (model) {
    fit$model <- frame
    attr(fit$model, "terms") <- lean(attr(frame, "terms"), all.vars(attr(frame, "terms")))
    fit$rows <- rows[c("type", "lower", "upper", "entry", "weight", "bhazard", "cluster")]
    fit$designs <- lapply(designs, `[`, c("x", "offset"))
  }
  class(fit) <- "distest_surv"
  fit
}

#' Settings of surv_fit()
#'
#' @param max_iter Newton steps that a start may take.
#' @param tol Half the squared Newton decrement at convergence.
#' @param n_start How many starts in kappa are followed to the end; 0 uses `start` alone.
#' @return A list of class `distest_surv_control`.
#' @examples
#' surv_control(n_start = 5)
#' @export
surv_control <- function(max_iter = 100, tol = 1e-10, n_start = 3) {
  structure(class = "distest_surv_control", list(
    max_iter = check_count(max_iter, "max_iter"),
    tol = check_number(tol, "tol", above = 0),
    n_start = check_count(n_start, "n_start", at_least = 0)
  ))
}

# Response, weights and the like from the model frame, as C wants them. Rows that
# contribute nothing go, with a message.
surv_rows <- function(frame) {
  y <- stats::model.response(frame)
  if (!inherits(y, "Surv")) {
    bad_argument("formula", "must have a Surv() response, not %s.", describe(y))
  }
  n <- nrow(frame)
  type <- attr(y, "type")
  y <- unclass(y)
  if (type %in% c("mright", "mcounting")) {
    distest_error("unsupported", paste(
      "The response in `formula` has several kinds of event; fit the causes separately,",
      "each with the others as censored."
    ), argument = "formula")
  }
  entry <- frame[["(entry)"]]
  if (type == "counting") {
    if (!is.null(entry)) {
      bad_argument("entry", "and a counting response both give times of entry.")
    }
    entry <- y[, "start"]
  }
  rows <- list(upper = NULL, entry = entry, weight = frame[["(weights)"]],
    bhazard = frame[["(bhazard)"]], cluster = frame[["(cluster)"]])
  status <- as.integer(y[, "status"])
  rows$lower <- switch(type, right = , left = y[, "time"], counting = y[, "stop"],
    interval = y[, "time1"])
  rows$type <- status
  if (type == "left") {
    rows$type <- ifelse(status == 1L, 1L, 2L)
    rows$upper <- rows$lower
  } else if (type == "interval") {
    rows$upper <- ifelse(status == 3L, y[, "time2"], y[, "time1"])
    # (0, u] is left-censored at u
    rows$type[status == 3L & rows$lower == 0] <- 2L
  }
  for (name in c("upper", "lower", "entry", "weight", "bhazard")) {
    if (is.null(rows[[name]])) next
    argument <- c(weight = "weights", lower = "formula", upper = "formula")[name]
    rows[[name]] <- unname(check_numbers(rows[[name]],
      if (is.na(argument)) name else argument, length = n))
  }
  surv_check_rows(rows)
  drop <- which((rows$type == 0L & rows$lower == 0) |
    (if (is.null(rows$weight)) FALSE else rows$weight == 0))
  if (length(drop) == n) {
    bad_argument("data",
      "has no row that says anything: all are censored at 0 or have weight 0.")
  }
  if (length(drop)) {
    distest_message(sprintf(
      "%d %s dropped: right-censored at time 0, or of weight 0.", length(drop),
      if (length(drop) == 1) "row was" else "rows were"
    ))
    rows <- lapply(rows, \(v) if (is.null(v)) v else v[-drop])
  }
  if (!is.null(rows$cluster)) {
    rows$cluster <- as.integer(factor(rows$cluster)) - 1L
  }
  rows$drop <- drop
  rows
}

# All bad rows at once, where C names the first.
surv_check_rows <- function(rows) {
  blame <- function(bad, argument, what) {
    bad <- which(bad)
    if (length(bad) == 0) {
      return(invisible())
    }
    distest_error("domain", sprintf("`%s` %s: %s.", argument, what, name_rows(bad)),
      argument = argument, value = bad)
  }
  type <- rows$type
  late <- type >= 2L
  time <- if (is.null(rows$upper)) rows$lower else ifelse(late, rows$upper, rows$lower)
  blame(!is.finite(time) | time < 0, "formula", "has times that are negative or infinite")
  blame(type == 1L & time == 0, "formula", "has events at time 0")
  blame(late & time <= 0, "formula", "has upper bounds that are not positive")
  blame(type == 3L & rows$lower > time, "formula",
    "has lower bounds above the upper ones")
  if (!is.null(rows$entry)) {
    blame(rows$entry < 0, "entry", "is negative")
    blame(rows$entry >= time & !(type == 0L & time == 0), "entry",
      "is not before the event, censoring or upper time")
  }
  if (!is.null(rows$weight)) {
    blame(rows$weight < 0, "weights", "is negative")
    if (all(rows$weight == 0)) bad_argument("weights", "must not all be 0.")
  }
  if (!is.null(rows$bhazard)) {
    blame(rows$bhazard < 0, "bhazard", "is negative")
    blame(rows$bhazard > 0 & late, "bhazard",
      "belongs to exact events, but is positive for left- or interval-censored rows")
  }
}

surv_drop <- function(design, drop) {
  if (is.null(design)) {
    return(NULL)
  }
  design$x <- design$x[-drop, , drop = FALSE]
  design$offset <- design$offset[-drop]
  design
}

surv_boundaries <- c("", "kappa=Inf", "kappa=-1", "phi=0", "gamma=Inf")

# The fit itself, once formulas have become numbers.
surv_estimate <- function(rows, spec, designs, phi_form, time_scale, robust, start,
                          control, threads, progress) {
  if (identical(time_scale, "auto")) {
    time_scale <- surv_auto_scale(rows)
  } else if (!(is.numeric(time_scale) && length(time_scale) == 1 &&
    is.finite(time_scale) &&
    time_scale > 0)) {
    bad_argument("time_scale", "must be a positive number or \"auto\", not %s.",
      describe(time_scale), kind = "domain", value = time_scale)
  }
  if (is.null(robust)) {
    robust <- !is.null(rows$cluster) ||
      (!is.null(rows$weight) && any(rows$weight != floor(rows$weight)))
  }
  check_flag(robust, "robust")
  if (robust && length(unique(rows$cluster)) == 1) {
    bad_argument("cluster", "must have at least 2 groups for robust standard errors.")
  }
  held <- vapply(surv_parameters, \(name) {
    if (is.numeric(spec[[name]])) spec[[name]] else NA_real_
  }, 0)
  kernel <- if (identical(held[["kappa"]], Inf)) 1L else if (identical(held[["kappa"]],
    -1)) 2L else 0L
  set <- list(phi_form = match(phi_form, c("time", "power")) - 1L, kernel = kernel,
    time_scale = time_scale)
  threads <- threads_of(threads)
  progress <- progress_of(progress)
  par <- lapply(surv_parameters, \(name) {
    value <- if (is.na(held[[name]]) ||
      (name == "kappa" && kernel > 0)) 0 else surv_link(name, held[[name]])
    list(x = designs[[name]]$x, offset = designs[[name]]$offset, value = value)
  })
  columns <- unlist(lapply(surv_parameters, \(name) {
    x <- designs[[name]]$x
    if (!is.null(x)) paste0(name, ":", colnames(x))
  }))
  surv_check_events(rows)
  surv_check_designs(designs)
  aliased <- result_of(.Call(C_surv_aliased, rows, par, set, threads), surv_argument_map)
  if (any(aliased)) {
    distest_message(sprintf(
      "%s set to NA: they depend on the columns before them.",
      paste(columns[aliased], collapse = ", ")
    ))
    par <- surv_without(par, aliased)
  }
  start <- surv_check_start(start, columns[!aliased])
  surv_warn_overfit(rows, sum(!aliased))
  out <- result_of(.Call(C_surv_fit, rows, par, set, control, start, robust, threads,
    progress), surv_argument_map)
  surv_assemble(out, columns, aliased, rows, held, set, robust, phi_form)
}

# What C calls the arrays, and what the user gave.
surv_argument_map <- c(type = "formula", lower = "formula", upper = "formula",
  weight = "weights", data = "data")

surv_auto_scale <- function(rows) {
  time <- if (is.null(rows$upper)) rows$lower else ifelse(rows$type >= 2L, rows$upper,
    rows$lower)
  mid <- ifelse(rows$type == 3L, (rows$lower + time) / 2,
    ifelse(rows$type == 2L, time / 2, time))
  event <- rows$type != 0L
  w <- if (is.null(rows$weight)) rep(1, length(mid)) else rows$weight
  exp(sum(w[event] * log(mid[event])) / sum(w[event]))
}

surv_check_designs <- function(designs) {
  for (name in names(designs)) {
    x <- designs[[name]]$x
    if (is.null(x) || ncol(x) == 0) next
    bad <- which(!is.finite(colSums(x)))
    if (length(bad)) {
      bad_argument(name, "has values in column %s that are not finite: %s.",
        dQuote(colnames(x)[[bad[[1]]]], FALSE),
        name_rows(which(!is.finite(x[, bad[[1]]]))))
    }
  }
}

surv_without <- function(par, aliased) {
  first <- 0L
  for (j in seq_along(par)) {
    p <- if (is.null(par[[j]]$x)) 0L else ncol(par[[j]]$x)
    keep <- !aliased[first + seq_len(p)]
    if (p) par[[j]]$x <- par[[j]]$x[, keep, drop = FALSE]
    first <- first + p
  }
  par
}

surv_check_start <- function(start, names) {
  if (is.null(start)) {
    return(NULL)
  }
  start <- check_numbers(start, "start", length = length(names))
  if (!all(is.finite(start))) bad_argument("start", "must be finite.")
  start
}

surv_check_events <- function(rows) {
  if (all(rows$type == 0L)) {
    distest_error("existence", paste(
      "There are no events in `formula`: the likelihood rises as the hazard falls to 0."
    ), argument = "formula", class = "distest_surv_noevents")
  }
}

surv_warn_overfit <- function(rows, coefficients) {
  events <- sum(rows$type != 0L)
  if (events > 0 && coefficients >= events) {
    distest_warning("approximation", sprintf(
      "There are %d coefficients for %d events: standard errors mean little.",
      coefficients, events
    ), class = "distest_surv_overfit")
  }
}

surv_assemble <- function(out, columns, aliased, rows, held, set, robust, phi_form) {
  info <- out$info
  full <- function(m) {
    if (is.null(m)) {
      return(NULL)
    }
    whole <- matrix(NA_real_, length(columns), length(columns),
      dimnames = list(columns, columns))
    m[is.nan(m)] <- NA
    whole[!aliased, !aliased] <- m
    whole
  }
  coefficients <- rep(NA_real_, length(columns))
  coefficients[!aliased] <- out$coef
  names(coefficients) <- columns
  boundary <- surv_boundaries[[info$boundary + 1]]
  surv_warn_result(info, boundary, columns, out)
  vcov_model <- full(out$vcov)
  vcov_robust <- full(out$robust)
  list(
    coefficients = coefficients, vcov = if (robust) vcov_robust else vcov_model,
    vcov_model = vcov_model, vcov_robust = vcov_robust, loglik = info$loglik,
    df = info$df, nobs = info$weight, nrow = length(rows$type), nevent = info$events,
    n_cluster = info$clusters, converged = info$converged == 1, boundary = boundary,
    flat = info$flat == 1, iterations = info$iterations, passes = info$passes,
    decrement = info$decrement,
    starts = data.frame(kappa = info$start_kappa, loglik = info$start_loglik),
    fixed = held, kernel = as.integer(info$kernel), phi_form = phi_form,
    time_scale = set$time_scale, version = version_string()
  )
}

surv_warn_result <- function(info, boundary, columns, out) {
  if (boundary == "gamma=Inf") {
    distest_warning("convergence", paste(
      "The likelihood is unbounded: gamma runs off where a group has too few distinct",
      "event times. Hold gamma or leave its covariates out."
    ), argument = "gamma", class = "distest_surv_unbounded")
  } else if (info$converged != 1) {
    distest_warning("convergence", sprintf(
      "No optimum was reached in %g iterations; the best point found is returned.",
      info$iterations
    ), class = "distest_surv_noconv")
  } else if (info$flat == 1) {
    distest_warning("conditioning", paste(
      "The information is nearly singular: the data say little about some combination",
      "of the coefficients."
    ), class = "distest_surv_flat")
  }
}
