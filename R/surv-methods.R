# What a fit says of itself: numbers, printed output, tables.

surv_meaning <- c(
  phi = "log acceleration", lambda = "log hazard scale", gamma = "log power",
  kappa = "log(kappa + 1)"
)

surv_parameter_of <- function(names) sub(":.*$", "", names)
surv_term_of <- function(names) sub("^[a-z]+:", "", names)

#' Coefficients and their uncertainty
#'
#' Coefficients stand on the link scale: log phi, log lambda, log gamma, log(kappa + 1).
#'
#' @param object A [surv_fit()].
#' @param parameter `NULL` for all, or some of `"phi"`, `"lambda"`, `"gamma"`, `"kappa"`,
#'   whose coefficients are then named by term alone.
#' @param type `"default"`: as the fit reports; `"model"`: inverse observed information;
#'   `"robust"`: sandwich, summed by cluster when there are clusters.
#' @param parm Names or numbers of coefficients; `NULL` or nothing for all.
#' @param level Confidence level.
#' @param method `"wald"`: estimate +- z se; `"profile"`: where the log-likelihood,
#'   maximised
#'   over the others, falls by half the chi-squared quantile; a limit that is never
#'   reached
#'   is infinite.
#' @param ... Not used.
#' @return `coef()`: a named vector. `vcov()`: a matrix with the same names, missing where
#'   a coefficient is on its boundary. `confint()`: a matrix of limits. `logLik()`: on the
#'   scale of the data's time, with the number of
#'   estimated parameters (those on the boundary included) and of observations (sum of
#'   weights); AIC() and BIC() follow. `deviance()`: -2 log-likelihood.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' fit <- surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
#' coef(fit)
#' coef(fit, "phi")
#' confint(fit, "phi:karno")
#' AIC(fit)
#' @name surv-coef
NULL

#' @rdname surv-coef
#' @export
coef.distest_surv <- function(object, parameter = NULL, ...) {
  check_dots_empty(...)
  if (is.null(parameter)) {
    return(object$coefficients)
  }
  if (!is.character(parameter) || !all(parameter %in% surv_parameters)) {
    bad_argument("parameter", "must be some of %s.", enumerate(surv_parameters))
  }
  out <- object$coefficients
  out <- out[surv_parameter_of(names(out)) %in% parameter]
  if (length(parameter) == 1) names(out) <- surv_term_of(names(out))
  out
}

#' @rdname surv-coef
#' @export
vcov.distest_surv <- function(object, type = c("default", "model", "robust"), ...) {
  check_dots_empty(...)
  type <- check_choice(type, c("default", "model", "robust"), "type")
  if (type == "robust" && is.null(object$vcov_robust)) {
    bad_argument("type",
      "is \"robust\", but the fit was made without; use robust = TRUE.")
  }
  switch(type, default = object$vcov, model = object$vcov_model,
    robust = object$vcov_robust)
}

surv_se <- function(object) sqrt(diag(object$vcov))

#' @rdname surv-coef
#' @export
confint.distest_surv <- function(object, parm = NULL, level = 0.95,
                                 method = c("wald", "profile"), ...) {
  check_dots_empty(...)
  method <- check_choice(method, c("wald", "profile"), "method")
  b <- object$coefficients
  out <- confint_table(b, surv_se(object), parm, level)
  if (method == "wald") {
    return(out)
  }
  alive <- which(!is.na(b))
  for (name in rownames(out)) {
    at <- match(match(name, names(b)), alive)
    if (!is.na(at)) out[name, ] <- surv_profile_limits(object, at, level)
  }
  out
}

#' @rdname surv-coef
#' @export
logLik.distest_surv <- function(object, ...) {
  check_dots_empty(...)
  structure(object$loglik, df = object$df, nobs = object$nobs, class = "logLik")
}

#' @rdname surv-coef
#' @export
nobs.distest_surv <- function(object, ...) object$nobs

#' @rdname surv-coef
#' @importFrom stats df.residual
#' @export
df.residual.distest_surv <- function(object, ...) object$nobs - object$df

#' @rdname surv-coef
#' @importFrom stats deviance
#' @export
deviance.distest_surv <- function(object, ...) -2 * object$loglik

#' @importFrom stats formula
#' @export
formula.distest_surv <- function(x, ...) {
  main <- if (x$effect == "aft") "phi" else "lambda"
  out <- x$formulas[[main]]
  out[[3]] <- out[[2]]
  out[[2]] <- x$formulas$response
  out
}

#' @importFrom stats terms
#' @export
terms.distest_surv <- function(x, ...) {
  x$terms[[if (x$effect == "aft") "phi" else "lambda"]]
}

#' @importFrom stats model.frame
#' @export
model.frame.distest_surv <- function(formula, ...) surv_kept(formula)$model

#' Designs and weights of a survival fit
#'
#' @param object A [surv_fit()].
#' @param parameter Whose design: the effect parameter when missing.
#' @param ... Not used.
#' @return A matrix, or the case weights.
#' @examplesIf requireNamespace("survival", quietly = TRUE)
#' fit <- surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
#' head(model.matrix(fit))
#' @importFrom stats model.matrix
#' @export
model.matrix.distest_surv <- function(object, parameter = NULL, ...) {
  check_dots_empty(...)
  if (is.null(parameter)) parameter <- if (object$effect == "aft") "phi" else "lambda"
  parameter <- check_choice(parameter, surv_parameters, "parameter")
  x <- surv_kept(object)$designs[[parameter]]$x
  if (is.null(x)) {
    bad_argument("parameter", "is \"%s\", which is held and has no design.", parameter)
  }
  x
}

#' @rdname model.matrix.distest_surv
#' @importFrom stats weights
#' @export
weights.distest_surv <- function(object, ...) {
  w <- surv_kept(object)$rows$weight
  if (is.null(w)) rep(1, object$nrow) else w
}

# The fit with its rows, or an error.
surv_kept <- function(object) {
  check_version(object)
  if (is.null(object$rows)) {
    distest_error("unsupported", paste(
      "The rows were not kept: fit again with `model = TRUE`, or give `newdata`."
    ), argument = "object")
  }
  object
}
