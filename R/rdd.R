#' Regression discontinuity with distributions as outcomes
#'
#' A treatment is given to units (states, schools, firms, cohorts) when a running variable
#' passes a cutoff; the outcome is measured on individuals inside them. What happens at
#' the cutoff to the whole distribution inside the average unit? `rdd_fit()` estimates the
#' local average quantile treatment effect
#' \deqn{\tau(q) = E[Q_{Y^1}(q) - Q_{Y^0}(q) \mid X = c],}{
#'   tau(q) = E[Q_Y1(q) - Q_Y0(q) | X = c],}
#' the jump of the average quantile function, with bands that hold for all quantiles at
#' once.
#'
#' **Estimator.** On each side a local polynomial of order `p` is fitted to the quantile
#' functions of the units, bias-corrected by a fit of order `q`. `method = "frechet"`
#' projects both curves on increasing functions, which is local Frechet regression in the
#' Wasserstein space; `"rearranged"` sorts them; `"pointwise"` leaves them as they are and
#' equals `rdrobust` quantile by quantile.
#'
#' **Weights.** All units count equally unless `unit_weights` are given; weights
#' proportional to size estimate the effect on the size-weighted average distribution,
#' which is another estimand. `weights` are those of individuals inside a unit; their
#' scale does not matter.
#'
#' **Intervals.** `inference = "rbc"` reports the bias-corrected estimate with standard
#' errors that allow for the correction; `"conventional"` the uncorrected one; `"honest"`
#' widens intervals and bands of the uncorrected one by the worst bias that curves with
#' second derivatives up to `smoothness` can have. That bound is an assumption, valid for
#' few units and discrete `x`, too. Bands come from a multiplier bootstrap of the whole
#' curve.
#'
#' **Random numbers** follow [set.seed()]; `seed` leaves R's generator alone. The result
#' has the same bits for any number of `threads`.
#'
#' @param y The outcome. A numeric vector, one value per individual; a formula `y ~ x`
#'   with `data`; a list with a vector of values for each unit; a matrix or data frame
#'   with the quantiles of a unit in each row; or a table of [rdd_quantiles()].
#' @param data A data frame in which the formula and `unit`, `treatment`, `covariates`,
#'   `cluster`, `weights`, `unit_weights`, `cutoff`, `subset` are looked up.
#' @param subset Rows of `data` to use.
#' @param x Running variable: one value per individual, the same within a unit; or one per
#'   unit, named by unit. For a list or table one per unit, in its order or named.
#' @param unit The unit of each individual: any vector or factor; with `data` a column,
#'   bare, quoted or `~unit`. Without it every row is a unit when all `x` differ. For a
#'   list or table labels of its units, by default its names.
#' @param cutoff A number, or one per unit (then the design is pooled: `x - cutoff`).
#'   Units with `x >= cutoff` are on the treated side.
#' @param treatment Treatment of units or share of treated in a fuzzy design, 0 to 1.
#' @param covariates Covariates of units: a one-sided formula, matrix or data frame. They
#'   enter linearly with one slope on both sides.
#' @param cluster Clusters of units that are not independent.
#' @param weights Weights of individuals, not negative; for a list a list.
#' @param unit_weights Weights of units.
#' @param probs Levels of the quantiles. By default 0.01, ..., 0.99 where nine of ten
#'   units have at least 100 individuals, 0.05, ..., 0.95 where they have 20, else 0.1,
#'   ..., 0.9; 0.5 when units are individuals.
#' @param method,p,q,deriv See Details; `deriv` is the derivative whose jump is estimated
#'   (1: a kink), for `method = "pointwise"`.
#' @param kernel The kernel.
#' @param h,b Bandwidths of fit and bias fit: a number, `c(left, right)`, or a matrix with
#'   a row per quantile. Both are selected when `h` is missing; `b = h` when only `b` is.
#' @param rho `b = h / rho` instead of `b`.
#' @param h_treatment,b_treatment Bandwidths of the first stage, when they should differ.
#' @param bwselect Rule for the bandwidths: `"imserd"` (integrated mean squared error, one
#'   for both sides), `"imsetwo"`, `"imsesum"`; `"mserd"`, `"msetwo"`, `"msesum"` for each
#'   quantile alone; `"icerrd"`, `"cerrd"` and their like for coverage; `"plugin"`,
#'   `"plugin_pointwise"` without regularisation.
#' @param scaleregul Factor of the regularisation, 0 for none.
#' @param imse_weights Weights of quantiles in the integrated rules: `"uniform"`,
#'   `"variance"` (inverse to it), or numbers.
#' @param vce Residuals of standard errors: `"hc0"` to `"hc3"` or `"nn"` (nearest
#'   neighbours); with clusters `"cr1"`, `"cr3"` or `"nn"`. By default `"hc3"`, `"cr3"`;
#'   `"nn"` for honest inference.
#' @param nnmatch Neighbours of `"nn"`.
#' @param cluster_sides `"joint"`: clusters that straddle the cutoff keep their
#'   covariance. `"separate"`: the sides are taken for independent.
#' @param quantile_type As in [stats::quantile()], 3 excepted; with weights 1, 5 or 7.
#' @param within `"halfsample"` removes the bias of quantiles of small units (4 to 500
#'   individuals, type 7, no weights).
#' @param donut Units nearer to the cutoff than this are left out; one number or
#'   `c(left, right)`.
#' @param masspoints What to do when values of `x` repeat: `"adjust"` the pilot bandwidths
#'   (and warn), only `"check"`, or `"off"`.
#' @param bwcheck Distinct values of `x` that pilot bandwidths must hold on each side.
#' @param fuzzy_bc Bias correction of the ratio of jumps: `"ratio"` of the corrected
#'   jumps, or `"linear"`, as `rdrobust`.
#' @param inference See Details.
#' @param smoothness Bound of the second derivative for honest inference: a number, one
#'   per quantile, or `"rot"`, a rule of thumb from quartics on both sides.
#' @param smoothness_treatment The same for the first stage.
#' @param level Level of intervals and bands.
#' @param boot Draws for the bands; 0 for none.
#' @param multiplier Law of the multipliers.
#' @param xi The multipliers themselves: a matrix with a row for each unit, or each
#'   cluster, in the order of their sorted labels (numbers by value, text by its bytes).
#'   With `cluster_sides = "separate"` the rows of the left side come before those of the
#'   right.
#' @param band `"studentized"`: the width follows the standard error; `"constant"`.
#' @param seed A whole number, or `NULL` to follow [set.seed()].
#' @param functional_grid Number of midpoints on which [rdd_functionals()] computes; 0 for
#'   none.
#' @param keep_data Keep units and quantiles? Refits, other multipliers, `predict()` and
#'   most pictures need them.
#' @param keep_scores Keep the scores, a matrix units x quantiles?
#' @param threads,progress See [distest_threads()] and [distest].
#' @param ... For the formula method, the arguments of the default method.
#'
#' @return An object of class `distest_rdd`, a list with
#' \item{estimate}{a data frame with a row per quantile: `prob tau se ci_lower ci_upper
#'   band_lower band_upper m_minus m_plus se_minus se_plus` (reported, after `method`),
#'   then `tau_cl se_cl tau_bc se_bc m_minus_cl m_plus_cl m_minus_bc m_plus_bc`
#'   (conventional and bias-corrected, before it); in fuzzy designs `tau` and its like are
#'   the effect on compliers, and `jump_cl jump_bc jump_se_cl jump_se_bc` those of the
#'   outcome; `max_bias` in honest ones}
#' \item{first_stage}{`cl se_cl bc se_bc F` of a fuzzy design}
#' \item{bandwidths, bwselect}{a matrix `h_left h_right b_left b_right` with one row or
#'   one per quantile, and the rule}
#' \item{vcov, vcov_minus, vcov_plus, vcov_cross}{covariances of the reported effect and
#'   curves over quantiles, of outcomes times `2^-scale` (`scale` is 0 but for extreme
#'   units of the outcome; [vcov()] gives it back in the outcome's)}
#' \item{crit, boot}{critical value of the band; what is needed to draw it again}
#' \item{n}{counts: units, left, right, h_left, h_right, b_left, b_right (positive
#'   weight), dropped, clusters}
#' \item{diagnostics}{`projection`, `moved` (what `method` changed), `n_i`, `noise` (share
#'   of sampling noise within units in the residual variance, by quantile),
#'   `mass_points` (share of repeated x by side), `leverage_one`, `density_p`}
#' \item{functional}{curves and covariances on the grid of [rdd_functionals()]}
#' \item{gamma, smoothness, settings, units, quantiles, data, scores, call, version}{}
#'
#' Errors have class `distest_error_invalid` or `distest_error_singular`.
#'
#' @references Van Dijcke, D. (2025). Regression Discontinuity Design with
#'   Distribution-Valued Outcomes. arXiv:2504.03992.
#'
#'   Calonico, S., Cattaneo, M. D. and Titiunik, R. (2014). Robust Nonparametric
#'   Confidence Intervals for Regression-Discontinuity Designs. Econometrica 82(6),
#'   2295-2326.
#'
#'   Armstrong, T. B. and Kolesar, M. (2018). Optimal Inference in a Class of Regression
#'   Models. Econometrica 86(2), 655-683.
#' @seealso [rdd_test()], [rdd_functionals()], [rdd_sensitivity()], [rdd_balance()],
#'   [rdd_density_test()], [rdd_randtest()], [plot.distest_rdd()]. Packages rdrobust and
#'   RDHonest do the same for one outcome per unit, R3D for distributions without
#'   clusters, covariates or a bias bandwidth of its own.
#' @examples
#' d <- rdd_simulate("skewed", n = 300, n_i = 40, delta = 2, seed = 1)
#' fit <- rdd_fit(d$y, d$x, d$unit)
#' fit
#' rdd_test(fit)
#' rdd_functionals(fit, c("mean", "sd"))
#'
#' # the same from a data frame
#' individuals <- data.frame(wage = d$y, share = d$x, firm = d$unit)
#' rdd_fit(wage ~ share, individuals, unit = firm, h = 0.5)
#' @export
rdd_fit <- function(y, ...) UseMethod("rdd_fit")

#' @rdname rdd_fit
#' @export
rdd_fit.default <- function(y, x, unit = NULL, cutoff = 0, treatment = NULL,
                            covariates = NULL, cluster = NULL, weights = NULL,
                            unit_weights = NULL, probs = NULL,
                            method = c("frechet", "rearranged", "pointwise"), p = 1,
                            q = p + 1, deriv = 0,
                            kernel = c("triangular", "epanechnikov", "uniform"),
                            h = NULL, b = NULL, rho = NULL, h_treatment = NULL,
                            b_treatment = NULL, bwselect = "imserd", scaleregul = 1,
                            imse_weights = "uniform", vce = NULL, nnmatch = 3,
                            cluster_sides = c("joint", "separate"), quantile_type = 7,
                            within = c("none", "halfsample"), donut = 0,
                            masspoints = c("adjust", "check", "off"), bwcheck = NULL,
                            fuzzy_bc = c("ratio", "linear"),
                            inference = c("rbc", "conventional", "honest"),
                            smoothness = "rot", smoothness_treatment = "rot",
                            level = 0.95, boot = 5000,
                            multiplier = c("gaussian", "rademacher", "mammen"),
                            xi = NULL, band = c("studentized", "constant"), seed = NULL,
                            functional_grid = 200, keep_data = TRUE, keep_scores = FALSE,
                            threads = getOption("distest.threads"),
                            progress = getOption("distest.progress", interactive()),
                            ...) {
  check_dots_empty(...)
  call <- match.call()
  call[[1]] <- quote(rdd_fit)
  given <- list(y = y, x = if (!missing(x)) x, unit = unit, cutoff = cutoff,
    treatment = treatment, covariates = covariates, cluster = cluster, weights = weights,
    unit_weights = unit_weights, probs = probs)
  set <- do.call(rdd_settings, mget(names(formals(rdd_settings))))
  set$report <- progress_of(progress)
  units <- rdd_read(given, set)
  units$names <- list(x = rdd_name(call$x, "x"), y = rdd_name(call$y, "y"))
  rdd_estimate(units, set, call)
}

#' @rdname rdd_fit
#' @export
rdd_fit.formula <- function(y, data = NULL, unit = NULL, cutoff = 0, treatment = NULL,
                            covariates = NULL, cluster = NULL, weights = NULL,
                            unit_weights = NULL, subset = NULL, probs = NULL, ...) {
  call <- match.call()
  call[[1]] <- quote(rdd_fit)
  taken <- rdd_settings_of(list(...))
  given <- rdd_formula(call, y, data, parent.frame())
  given$probs <- probs
  set <- taken$set
  set$report <- progress_of(taken$progress)
  units <- rdd_read(given, set)
  units$names <- given$names
  rdd_estimate(units, set, call)
}

# What an axis is called: an expression, if it is short.
rdd_name <- function(expression, otherwise) {
  if (!is.name(expression) && !is.call(expression)) {
    return(otherwise)
  }
  if (is.call(expression) && identical(expression[[1]], quote(`$`))) {
    expression <- expression[[3]]
  }
  text <- paste(deparse(expression, width.cutoff = 60), collapse = "")
  if (nchar(text) > 40) otherwise else sub("^`(.*)`$", "\\1", text)
}

# Settings that came as `...`, with the progress wish beside them.
rdd_settings_of <- function(given) {
  progress <- given$progress
  if (is.null(progress)) progress <- getOption("distest.progress", interactive())
  given <- given[setdiff(names(given), "progress")]
  known <- names(formals(rdd_settings))
  unknown <- setdiff(names(given), known)
  if (length(given) && (is.null(names(given)) || any(names(given) == ""))) {
    distest_error("invalid", "There are more unnamed arguments than there should be.")
  }
  if (length(unknown)) {
    near <- closest(unknown[[1]], known)
    distest_error("invalid", sprintf("Unused argument `%s`%s", unknown[[1]],
      if (is.null(near)) "." else sprintf("; did you mean `%s`?", near)),
    argument = unknown[[1]])
  }
  if (!"threads" %in% names(given)) given$threads <- getOption("distest.threads")
  list(set = do.call(rdd_settings, given), progress = progress)
}

# The arguments of a call with a formula, looked up in `data` and then where the formula
# was made: bare names, quoted columns or one-sided formulas.
rdd_formula <- function(call, formula, data, caller) {
  check_formula(formula, "y", sides = 2)
  if (!is.null(data) && !is.data.frame(data)) {
    bad_argument("data", "must be a data frame, not %s.", describe(data))
  }
  operator <- formula[[3]]
  if (is.call(operator) && identical(operator[[1]], quote(`+`))) {
    bad_argument("y", paste("has several terms; the running variable stands alone in",
      "y ~ x, and covariates = ~ z names covariates."))
  }
  env <- environment(formula)
  given <- list(
    y = rdd_look(formula[[2]], data, env, "data"),
    x = rdd_look(formula[[3]], data, env, "data")
  )
  for (name in c("unit", "cutoff", "treatment", "cluster", "weights", "unit_weights")) {
    given[name] <- list(rdd_look(call[[name]], data, caller, name))
  }
  if (is.null(given$cutoff)) given$cutoff <- 0
  if (!is.null(call$covariates)) {
    z <- rdd_look(call$covariates, data, caller, "covariates", FALSE)
    if (is.character(z) && !is.null(data) && all(z %in% names(data))) {
      z <- as.data.frame(data)[z]
    }
    given$covariates <- rdd_covariates(z, data)
  }
  subset <- rdd_look(call$subset, data, caller, "subset")
  if (!is.null(subset)) given <- rdd_subset(given, subset)
  given$names <- list(x = rdd_name(formula[[3]], "x"), y = rdd_name(formula[[2]], "y"))
  given
}

rdd_look <- function(expression, data, env, argument, one_sided = TRUE) {
  if (is.null(expression)) {
    return(NULL)
  }
  value <- tryCatch(eval(expression, as.list(data), env), error = function(e) {
    lost <- setdiff(all.vars(expression), names(data))
    lost <- lost[!vapply(lost, exists, NA, envir = env)]
    if (length(lost)) {
      bad_argument("data", "has no %s %s, nor is there one where the call was made.",
        if (length(lost) == 1) "variable" else "variables", enumerate(lost, "`"),
        value = lost)
    }
    bad_argument(argument, "cannot be had: %s", conditionMessage(e))
  })
  if (one_sided && inherits(value, "formula")) {
    check_formula(value, argument, sides = 1)
    return(rdd_look(value[[2]], data, environment(value), argument, FALSE))
  }
  column <- one_sided && is.character(value) && length(value) == 1 && !is.null(data) &&
    value %in% names(data)
  if (column) data[[value]] else value
}

rdd_subset <- function(given, subset) {
  rows <- NROW(given$y)
  if (is.logical(subset)) {
    rdd_length(subset, "subset", rows, "row of `data`")
    subset <- which(subset)
  }
  lapply(given, \(v) if (NROW(v) != rows) v else if (is.matrix(v)) {
    v[subset, , drop = FALSE]
  } else {
    v[subset]
  })
}

#' Bandwidths for a design
#'
#' The bandwidths that [rdd_fit()] would choose, and how they came about.
#'
#' @param y,x,unit,... As in [rdd_fit()]; a formula with `data` works, too.
#' @return A list: `bandwidths`, a matrix `h_left h_right b_left b_right` with one row or
#'   one per quantile; `rule`; `stages`, a list with the pilot bandwidth `c0`, the bias
#'   stage's `d`, the `density` at the cutoff for the plug-in rules, and `bias`,
#'   `variance`, `regul` (quantiles x sides) of the last stage.
#' @examples
#' d <- rdd_simulate("normal", n = 300, n_i = 30, delta = 1, seed = 1)
#' rdd_bandwidth(d$y, d$x, d$unit)$bandwidths
#' rdd_bandwidth(d$y, d$x, d$unit, bwselect = "plugin")$bandwidths
#' @export
rdd_bandwidth <- function(y, x, unit = NULL, ...) {
  call <- match.call(expand.dots = TRUE)
  beside <- c("unit", "cutoff", "treatment", "covariates", "cluster", "weights",
    "unit_weights", "probs")
  if (inherits(y, "formula")) {
    if (!missing(x) && is.null(call$data)) {
      names(call)[names(call) == "x"] <- "data"
    }
    data <- eval(call$data, parent.frame())
    given <- rdd_formula(call, y, data, parent.frame())
    given$probs <- eval(call$probs, parent.frame())
    rest <- setdiff(names(call), c("", "y", "x", "data", "subset", beside))
    dots <- lapply(as.list(call)[rest], eval, parent.frame())
  } else {
    dots <- list(...)
    given <- c(list(y = y, x = if (!missing(x)) x, unit = unit),
      dots[intersect(names(dots), beside)])
    if (is.null(given$cutoff)) given$cutoff <- 0
    dots <- dots[setdiff(names(dots), beside)]
  }
  taken <- rdd_settings_of(dots)
  set <- taken$set
  set$report <- progress_of(taken$progress)
  set["h"] <- list(NULL)
  units <- rdd_read(given, set)
  set <- rdd_complete_settings(set, units)
  rdd_check_units(units, set)
  out <- rdd_select(units, set)
  stages <- out[c("c0", "d", "density", "bias", "variance", "regul", "distinct")]
  list(bandwidths = rdd_bandwidth_table(out), rule = set$bwselect, stages = stages)
}
