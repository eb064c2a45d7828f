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
#' **Monotone groups.** A 0/1 covariate (or level of a factor) of phi or lambda without
#' any event has its maximum at -Inf. Its rows are set aside, the coefficient is -Inf
#' with a missing standard error, and a warning names it. A reference level without
#' events would send the others to Inf: with treatment contrasts the first level that has
#' events takes its place, and a message says so. A numeric covariate of 0 and 1 whose
#' zeros have no event is treated alike: it is taken as a factor with 1 as its reference.
#'
#' **Flat likelihoods.** A fit is called flat, with a warning of class
#' `distest_surv_flat`, when the smallest eigenvalue of the information, scaled to a unit
#' diagonal, is below 1e-10, or when a coefficient times the spread of its column exceeds
#' 15: the data then say next to nothing of some combination of coefficients, or one of
#' them runs off.
#'
#' **Shared frailty.** `frailty = ~g` lets the rows of a group share a factor of their
#' hazard, gamma distributed with mean 1 and a variance that is estimated (0 is
#' independence and may be the estimate; then twice the gain of log-likelihood over
#' independence is a mixture of chi-squared with 0 and 1 degrees of freedom). Coefficients
#' and predictions hold for a factor of 1; over the groups survival is
#' \eqn{(1 + vH)^{-1/v}}. Events must be exact or right-censored, with or without delayed
#' entry. Weights count members of a group and must be whole; `robust = TRUE` gives
#' standard errors by group.
#'
#' **Optimum.** Starting values come from null models in several regions of kappa and do
#' not fail. Newton's method in a trust region uses exact second derivatives; the best of
#' several climbs is returned, see `n_start` in [surv_control()]. From 40 000 rows on null
#' models take some 10 000 of them; above 200 000 rows the starts are sorted out on some
#' 100 000.
#'
#' @param formula `Surv(...) ~ terms`, with right, left, interval or interval2 censoring
#'   or
#'   delayed entry (counting). `offset()`, `cluster()` and `strata()` terms are
#'   understood;
#'   `strata(g)` adds `g` to gamma, as [survival::survreg()] has a scale for each stratum.
#'   Or a list of formulas, `list(Surv(t, d) ~ x, gamma ~ x)`.
#' @param data A data frame, or nothing when the variables stand in the environment of
#'   `formula`. Or the rows in pieces that need not fit into memory together: a
#'   `function(i)` that gives piece `i`, a data frame, and `NULL` after the last; or the
#'   names of files, with `reader` in [surv_control()]. Pieces are read once a pass.
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
#' @param weights Non-negative case weights (frequencies), none of them missing.
#' @param cluster Groups of rows that are not independent, for robust standard errors.
#' @param robust Sandwich standard errors? `NULL`: with clusters, and when a weight is
#'   not a whole number.
#' @param bhazard Background hazards at the event times, per unit of time: a model for the
#'   excess hazard (relative survival).
#' @param subset Rows to use.
#' @param na.action What to do with missing values, [stats::na.omit()] and its like.
#'   Missing bounds of an interval2 response are data.
#' @param frailty One-sided formula or variable that groups rows: the members of a group
#'   share a gamma-distributed factor of their hazard with mean 1 and an estimated
#'   variance. See the section on shared frailty.
#' @param collapse Rows that are equal but for their weight may be taken as one: `TRUE`,
#'   `FALSE`, or `"auto"`, when there are more than 10000 and less than half of a sample
#'   are distinct. The estimates are the same.
#' @param start Coefficients to start from as well as from the automatic ones.
#' @param control A [surv_control()].
#' @param model Keep the model frame and designs? Without them `predict()` and
#'   `residuals()`
#'   need `newdata`.
#' @param threads Threads to use, see [distest_threads()]; the result does not depend on
#'   it.
#' @param progress `TRUE`, `FALSE` or a function of fraction and stage.
#' @param workers A cluster of package parallel, or a number of processes for this call,
#'   that share out the passes over the rows (or pieces). The bits of the fit do not
#'   depend on how many there are.
#'
#' @return An object of class `distest_surv`, a list with
#' \item{coefficients}{on the link scale, named `"phi:(Intercept)"`, `"gamma:trt2"`, ...}
#' \item{vcov, vcov_model, vcov_robust}{covariance in use; inverse information; sandwich}
#' \item{loglik, df, nobs, nrow, nevent, n_cluster}{`nobs` and `nevent` sum weights}
#' \item{converged, boundary, flat}{`boundary` is `""`, `"kappa=Inf"`, `"kappa=-1"`,
#'   `"phi=0"` or `"gamma=Inf"`}
#' \item{iterations, passes, decrement, starts}{how the optimum was found}
#' \item{fixed, kernel, effect, dist, phi_form, time_scale}{the model}
#' \item{frailty}{with shared frailty: a list with `variance`, `std_error`, `independent`
#'   (the log-likelihood without), `effects` (a data frame: each group's factor, its mean
#'   given the data) and `group` (of each row)}
#' \item{call, formulas, terms, variables, xlevels, contrasts, na.action, model,
#' version}{}
#'
#' Errors have class `distest_error_invalid`, `_domain`, `_singular` or `_existence`
#' (`distest_surv_noevents`); warnings `distest_surv_noconv`, `distest_surv_unbounded`,
#' `distest_surv_monotone`, `distest_surv_flat`, `distest_surv_overfit`.
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
                     frailty = NULL, subset = NULL, na.action = stats::na.omit,
                     collapse = "auto", start = NULL, control = surv_control(),
                     model = TRUE, threads = getOption("distest.threads"),
                     progress = getOption("distest.progress", interactive()),
                     workers = NULL) {
  call <- match.call()
  check_flag(model, "model")
  if (!inherits(control, "distest_surv_control")) {
    bad_argument("control", "must be made by surv_control().")
  }
  control$collapse <- surv_check_collapse(collapse)
  given <- list(phi = phi, lambda = lambda)
  if (!missing(gamma)) given$gamma <- gamma
  if (!missing(kappa)) given$kappa <- kappa
  plan <- surv_plan(call, formula, effect, dist, given, phi_form, na.action,
    if (!missing(data) && is.data.frame(data)) data)
  if (missing(data)) data <- plan$env
  if (is.function(data) || is.character(data) || !is.null(workers)) {
    surv_no_frailty(call, "`data` in pieces or `workers`")
    return(surv_fit_pieces(plan, data, time_scale, robust, start, control, threads,
      progress, workers))
  }
  read <- surv_read(plan, data)
  rows <- read$rows
  groups <- read$frame[["(frailty)"]]
  if (!is.null(groups) && length(rows$drop)) groups <- groups[-rows$drop]
  fit <- surv_estimate(rows, plan$spec, read$designs, plan$phi_form, time_scale, robust,
    start, control, threads, progress, groups)
  fit <- surv_fill(fit, plan, read, data)
  if (model) {
    frame <- read$frame
    fit$model <- frame
    attr(fit$model, "terms") <- lean(attr(frame, "terms"), all.vars(attr(frame, "terms")))
    fit$rows <- rows[c("type", "lower", "upper", "entry", "weight", "bhazard", "cluster")]
    fit$designs <- lapply(read$designs, `[`, c("x", "offset"))
  }
  class(fit) <- "distest_surv"
  fit
}

surv_check_collapse <- function(collapse) {
  if (identical(collapse, "auto")) {
    return(-1L)
  }
  if (!(is.logical(collapse) && length(collapse) == 1 && !is.na(collapse))) {
    bad_argument("collapse", "must be TRUE, FALSE or \"auto\", not %s.",
      describe(collapse))
  }
  as.integer(collapse)
}

# What a call asks for: which parameters are estimated, from what, with which extras.
# `given`: the parameters that the user named; `data`: a data frame, for `.`.
surv_plan <- function(call, formula, effect, dist, given, phi_form, na.action, data) {
  effect <- check_choice(effect, c("aft", "ph"), "effect")
  dist <- check_choice(dist, names(surv_presets), "dist")
  phi_form <- check_choice(phi_form, c("time", "power"), "phi_form")
  split <- surv_split(formula)
  given <- utils::modifyList(given[!vapply(given, is.null, NA)], split$given)
  spec <- surv_spec(effect, dist, given)
  env <- environment(split$main)
  special <- surv_special(split$main, data)
  main <- if (effect == "aft") "phi" else "lambda"
  spec[[main]] <- special$formula[c(1, 3)] |> stats::as.formula(env)
  if (length(special$strata)) {
    if (!inherits(spec$gamma, "formula")) {
      bad_argument("formula", "has strata(), which need an estimated gamma.")
    }
    for (g in special$strata) spec$gamma[[2]] <- call("+", spec$gamma[[2]], g)
  }
  # formulas that are defaults would carry this call's frame along
  for (name in setdiff(surv_parameters, c(main, names(given)))) {
    if (inherits(spec[[name]], "formula")) environment(spec[[name]]) <- env
  }
  extra <- as.list(call)[intersect(c("weights", "entry", "bhazard"), names(call))]
  extra$cluster <- if (is.null(special$cluster)) call$cluster else special$cluster
  frailty <- call$frailty
  if (is.call(frailty) && identical(frailty[[1]], quote(`~`))) frailty <- frailty[[2]]
  extra$frailty <- frailty
  list(call = call, effect = effect, dist = dist, phi_form = phi_form, spec = spec,
    formula = special$formula, env = env, extra = extra, subset = call$subset,
    na.action = na.action,
    estimated = Filter(\(f) inherits(f, "formula"), spec[surv_parameters]))
}

# Numbers of a plan from data: list(frame, rows, designs).
surv_read <- function(plan, data) {
  frame <- surv_frame(plan$formula, plan$estimated, data, plan$extra, plan$subset,
    plan$na.action)
  if (nrow(frame) == 0) {
    bad_argument("data", "has no row without missing values.")
  }
  rows <- surv_rows(frame)
  frame <- surv_move_reference(plan, frame, rows)
  designs <- lapply(surv_parameters, \(name) {
    if (!inherits(plan$spec[[name]], "formula")) {
      return(NULL)
    }
    surv_design_of(surv_terms_of(plan$spec[[name]], frame, data), frame)
  })
  names(designs) <- surv_parameters
  if (length(rows$drop)) designs <- lapply(designs, surv_drop, rows$drop)
  list(frame = frame, rows = rows, designs = designs)
}

# The fit's memory of formulas and coding.
surv_fill <- function(fit, plan, read, data) {
  fit$effect <- plan$effect
  fit$dist <- plan$dist
  fit$call <- plan$call
  used <- unlist(lapply(plan$estimated, all.vars))
  fit$variables <- if (is.data.frame(data)) intersect(used, names(data)) else used
  fit$formulas <- lapply(plan$spec[surv_parameters], lean, fit$variables)
  fit$formulas$response <- plan$formula[[2]]
  fit$terms <- lapply(read$designs, \(d) lean(d$terms, fit$variables))
  fit$xlevels <- lapply(read$designs, `[[`, "xlevels")
  fit$contrasts <- lapply(read$designs, `[[`, "contrasts")
  fit$na.action <- stats::na.action(read$frame)
  fit
}

surv_no_frailty <- function(call, with) {
  if (!is.null(call$frailty)) {
    distest_error("unsupported", sprintf(
      "`frailty` cannot be had together with %s.", with
    ), argument = "frailty")
  }
}

#' Settings of surv_fit()
#'
#' @param max_iter Newton steps that a start may take.
#' @param tol Half the squared Newton decrement at convergence.
#' @param n_start How many starts in kappa are followed to the end; 0 uses `start` alone.
#'   `NULL`: all of them up to 5000 rows, 3 beyond and for data in pieces; up to 5000
#'   rows the highest of those that `max_iter` steps did not bring to an optimum goes on,
#'   when it is above all that arrived.
#' @param xlevels For `data` in pieces: a named list of the levels of factors, which saves
#'   a pass over the pieces.
#' @param reader For `data` in files: a function that reads a file into a data frame.
#' @return A list of class `distest_surv_control`.
#' @examples
#' surv_control(n_start = 5)
#' @export
surv_control <- function(max_iter = 100, tol = 1e-10, n_start = NULL, xlevels = NULL,
                         reader = utils::read.csv) {
  if (!is.null(xlevels) && (!is.list(xlevels) || is.null(names(xlevels)))) {
    bad_argument("xlevels", "must be a named list, not %s.", describe(xlevels))
  }
  if (!is.function(reader)) {
    bad_argument("reader", "must be a function, not %s.", describe(reader))
  }
  structure(class = "distest_surv_control", list(
    max_iter = check_count(max_iter, "max_iter"),
    tol = check_number(tol, "tol", above = 0),
    n_start = if (!is.null(n_start)) check_count(n_start, "n_start", at_least = 0),
    collapse = -1L, xlevels = xlevels, reader = reader
  ))
}
