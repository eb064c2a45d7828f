# Methods for generics of packages that build on fits; registered when those are loaded.

# Derivatives of each row's weighted log-likelihood in the coefficients that are inside
# their space: rows x coefficients.
surv_scores <- function(object) {
  rows <- surv_kept(object)$rows
  designs <- surv_designs(object, NULL)
  set <- list(phi_form = match(object$phi_form, c("time", "power")) - 1L,
    kernel = object$kernel, time_scale = object$time_scale)
  terms <- result_of(.Call(C_surv_terms, rows, set,
    surv_eta(object, designs, object$nrow), threads_of(NULL)))
  weight <- weights(object)
  scores <- lapply(seq_along(surv_parameters), \(j) {
    x <- designs[[j]]$x
    if (is.null(x)) {
      return(NULL)
    }
    colnames(x) <- paste0(surv_parameters[[j]], ":", colnames(x))
    x * (weight * terms$gradient[, j])
  })
  scores <- do.call(cbind, scores)
  scores[, surv_inside(object), drop = FALSE]
}

# Coefficients that are neither aliased nor on their boundary.
surv_inside <- function(object) {
  b <- coef(object)
  names(b)[!is.na(b) & is.finite(b) & !is.na(diag(object$vcov_model))]
}

#' @exportS3Method sandwich::estfun
estfun.distest_surv <- function(x, ...) surv_scores(x)

#' @exportS3Method sandwich::bread
bread.distest_surv <- function(x, ...) {
  inside <- surv_inside(x)
  x$vcov_model[inside, inside, drop = FALSE] * x$nrow
}

surv_main <- function(object) if (object$effect == "aft") "phi" else "lambda"

#' @exportS3Method emmeans::recover_data
recover_data.distest_surv <- function(object, ...) {
  emmeans::recover_data(object$call, stats::terms(object), object$na.action,
    frame = surv_kept(object)$model, ...)
}

#' @exportS3Method emmeans::emm_basis
emm_basis.distest_surv <- function(object, trms, xlev, grid, ...) {
  main <- surv_main(object)
  b <- coef(object, main)
  if (anyNA(b)) {
    distest_error("unsupported", sprintf(paste(
      "Marginal means need estimated coefficients, but %s of %s depend on others; fit",
      "without them."
    ), enumerate(names(b)[is.na(b)]), main), argument = "object")
  }
  frame <- stats::model.frame(trms, grid, na.action = stats::na.pass, xlev = xlev)
  at <- surv_parameter_of(names(coef(object))) == main
  list(
    X = stats::model.matrix(trms, frame, contrasts.arg = object$contrasts[[main]]),
    bhat = unname(b), nbasis = matrix(NA), V = unname(object$vcov[at, at, drop = FALSE]),
    dffun = \(k, dfargs) Inf, dfargs = list(),
    misc = list(tran = "log", inv.lbl = main, estName = "emmean")
  )
}

#' @exportS3Method parameters::model_parameters
model_parameters.distest_surv <- function(model, ci = 0.95, exponentiate = FALSE, ...) {
  table <- tidy.distest_surv(model, conf.int = TRUE, conf.level = ci,
    exponentiate = exponentiate)
  out <- data.frame(Parameter = table$term, Component = table$component,
    Coefficient = table$estimate, SE = table$std.error, CI = ci, CI_low = table$conf.low,
    CI_high = table$conf.high, z = table$statistic, df_error = Inf, p = table$p.value)
  structure(out, class = c("parameters_model", "see_parameters_model", "data.frame"),
    ci = ci, exponentiate = exponentiate, digits = 2, ci_digits = 2, p_digits = 3,
    footer_digits = 3, coefficient_name = "Coefficient", zi_coefficient_name = "Log-Odds")
}

#' @exportS3Method marginaleffects::get_coef
get_coef.distest_surv <- function(model, ...) {
  b <- coef(model)
  b[!is.na(b) & is.finite(b)]
}

#' @exportS3Method marginaleffects::set_coef
set_coef.distest_surv <- function(model, coefs, ...) {
  model$coefficients[names(coefs)] <- coefs
  model
}

#' @exportS3Method marginaleffects::get_vcov
get_vcov.distest_surv <- function(model, vcov = NULL, ...) {
  names <- names(get_coef.distest_surv(model))
  V <- if (is.matrix(vcov)) vcov else if (is.character(vcov) && length(vcov) == 1 &&
    vcov %in% c("model", "robust")) stats::vcov(model, type = vcov) else model$vcov
  V[names, names, drop = FALSE]
}

#' @exportS3Method marginaleffects::get_predict
get_predict.distest_surv <- function(model, newdata = NULL, type = NULL, ...) {
  if (is.null(type) || identical(type, "response")) type <- "quantile"
  p <- predict(model, if (!is.null(newdata)) as.data.frame(newdata), type = type, ...)
  out <- data.frame(rowid = p$row, estimate = p$estimate)
  more <- intersect(c("parameter", "time", "p", "tau"), names(p))
  if (anyDuplicated(p$row) && length(more)) out$group <- as.character(p[[more[[1]]]])
  out
}
