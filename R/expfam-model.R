#' A member of a family
#'
#' A distribution with given parameters and no data, for planning:
#' `expfam_risk(model, truth = "model", n = )`, [expfam_sample_size()],
#' [expfam_divergence()], `simulate()`.
#'
#' @param family From [expfam_family()] or [expfam_custom()], or the name of one.
#' @param theta Natural parameters, or `NULL`.
#' @param param Usual parameters: a vector with their names in any order or with none, or
#'   for `"mvnormal"` `list(mean = , cov = )`.
#' @return An object of class `distest_expfam_model`.
#' @examples
#' m <- expfam_model("gamma", param = c(shape = 3, rate = 2))
#' expfam_sample_size(m)
#' expfam_sample_size(expfam_model("mvnormal", param = list(mean = c(0, 0), cov =
#' diag(2))))
#' @export
expfam_model <- function(family, theta = NULL, param = NULL) {
  f <- as_family(family)
  if (is.null(theta) == is.null(param)) {
    bad_argument("theta", "or `param` must be given, and not both.")
  }
  if (is.list(param)) {
    f <- family_for(f, length(param$mean))
    param <- unname(c(param$mean, param$cov))
  } else if (isTRUE(f$needs_d)) {
    f <- family_for(f, length(param %||% theta) - (f$family == "von_mises_fisher" &&
      !is.null(param)))
  }
  if (!is.null(param)) {
    if (f$usual == 0) {
      bad_argument("param", "is not defined for this family; give `theta`.")
    }
    if (!is.null(names(param))) {
      if (!identical(sort(names(param)), sort(f$usual_names))) {
        bad_argument("param",
          "must be named %s, not %s; or have no names, in that order.",
          toString(dQuote(f$usual_names, FALSE)), toString(dQuote(names(param), FALSE)))
      }
      param <- param[f$usual_names]
    }
    param <- check_numbers(param, "param", length = f$usual)
    theta <- result_of(.Call(C_expfam_natural, f, param, f$p), map = c(par = "param"))
  }
  theta <- check_numbers(theta, "theta", length = f$p)
  while (!is.null(finer <- finer_family(f, theta, "theta"))) f <- finer
  psi <- result_of(.Call(C_expfam_psi, f, theta))
  names(theta) <- f$stat_names
  structure(list(theta = theta, psi = psi$psi,
    eta = stats::setNames(psi$grad, f$stat_names),
    G = psi$hess, p = f$p, family = f, version = version_string()),
  class = "distest_expfam_model")
}

#' @export
print.distest_expfam_model <- function(x, ...) {
  check_dots_empty(...)
  cat(format(x$family), "\n", sep = "")
  write_block("  natural: ", sprintf("%s = %s", names(x$theta), format_number(x$theta)))
  par <- usual_of(x)
  if (!is.null(par)) write_block("  usual:   ",
    sprintf("%s = %s", names(par), format_number(par)))
  invisible(x)
}

usual_of <- function(object, jacobian = FALSE) {
  f <- object$family
  if (f$usual == 0 || identical(object$existence, "face")) {
    return(NULL)
  }
  out <- result_of(.Call(C_expfam_usual, f, unname(object$theta), f$usual))
  if (jacobian) out$jacobian else stats::setNames(out$par, f$usual_names)
}
