# Methods for generics of packages that build on fits; registered when those are loaded.

#' @exportS3Method sandwich::estfun
estfun.distest_expfam <- function(x, ...) {
  if (is.null(x$x)) distest_error("unsupported", "The fit has no data.", argument = "x")
  xi <- statistics_of(x$family, x$x)
  colnames(xi) <- names(x$theta)
  sweep(xi, 2, x$eta) * (x$weights %||% 1)
}

#' @exportS3Method sandwich::bread
bread.distest_expfam <- function(x, ...) vcov(x, "model") * x$n

#' @exportS3Method parameters::model_parameters
# nolint start: object_length_linter. The generic gives the name.
model_parameters.distest_expfam <- function(model, ci = 0.95, exponentiate = FALSE, ...) {
  table <- tidy.distest_expfam(model, conf.int = TRUE, conf.level = ci,
    exponentiate = exponentiate)
  out <- data.frame(Parameter = table$term, Component = table$component,
    Coefficient = table$estimate, SE = table$std.error, CI = ci, CI_low = table$conf.low,
    CI_high = table$conf.high, z = table$statistic, df_error = Inf, p = table$p.value)
  structure(out, class = c("parameters_model", "see_parameters_model", "data.frame"),
    ci = ci, exponentiate = exponentiate, digits = 2, ci_digits = 2, p_digits = 3,
    footer_digits = 3, coefficient_name = "Coefficient", zi_coefficient_name = "Log-Odds")
}
# nolint end

#' @rdname expfam-methods
#' @export
fitted.distest_expfam <- function(object, ...) {
  check_dots_empty(...)
  predict(object)
}
