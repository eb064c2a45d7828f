# Refits with a coefficient held: profile likelihood and its limits.

# Log-likelihood of the best fit with coefficient `at` held at v, from start; attributes
# the other coefficients.
surv_profile_fit <- function(object, designs, at, v, start) {
  names <- names(start)
  parameter <- surv_parameter_of(names[[at]])
  held <- designs
  column <- sum(surv_parameter_of(names[seq_len(at)]) == parameter)
  x <- held[[parameter]]$x
  offset <- held[[parameter]]$offset
  held[[parameter]] <- list(
    x = if (ncol(x) > 1) x[, -column, drop = FALSE],
    offset = v * x[, column] + if (is.null(offset)) 0 else offset
  )
  values <- surv_values(object)
  par <- lapply(surv_parameters, \(name) {
    list(x = held[[name]]$x, offset = held[[name]]$offset,
      value = if (is.null(designs[[name]]$x)) values[[name]] else 0)
  })
  set <- list(phi_form = match(object$phi_form, c("time", "power")) - 1L,
    kernel = object$kernel, time_scale = object$time_scale)
  control <- surv_control(n_start = 0)
  progress <- progress_of(FALSE)
  out <- result_of(.Call(C_surv_fit, object$rows, par, set, control,
    as.double(start[-at]),
    FALSE, NULL, progress))
  list(loglik = out$info$loglik, coef = out$coef)
}

# Limits of one coefficient: where twice the fall of the profile log-likelihood is the
# chi-squared quantile.
surv_profile_limits <- function(object, at, level) {
  object <- surv_kept(object)
  name <- names(coef(object))[!is.na(coef(object))][[at]]
  if (name == "kappa:(Intercept)" && object$boundary %in% c("kappa=Inf", "kappa=-1")) {
    return(surv_profile_boundary(object, level))
  }
  designs <- surv_designs(object, NULL)
  b <- coef(object)[!is.na(coef(object))]
  se <- sqrt(diag(object$vcov_model))[names(b)]
  target <- object$loglik - stats::qchisq(level, 1) / 2
  if (!is.finite(b[[at]]) || is.na(se[[at]])) {
    return(c(NA_real_, NA_real_))
  }
  vapply(c(-1, 1), \(side) {
    start <- b
    height <- function(v) {
      f <- surv_profile_fit(object, designs, at, v, start)
      start[-at] <<- f$coef
      f$loglik - target
    }
    inner <- b[[at]]
    high <- object$loglik - target
    outer <- inner + side * stats::qnorm((1 + level) / 2) * se[[at]]
    for (step in seq_len(60)) {
      low <- height(outer)
      if (low < 0) {
        root <- stats::uniroot(height, sort(c(inner, outer)), tol = 1e-10,
          f.lower = if (side > 0) high else low, f.upper = if (side > 0) low else high)
        return(root$root)
      }
      inner <- outer
      high <- low
      outer <- outer + side * 0.5 * se[[at]]
    }
    side * Inf
  }, 0)
}

# kappa is at its boundary: one limit is infinite, the other where the likelihood with
# kappa held has fallen far enough, going inward.
surv_profile_boundary <- function(object, level) {
  upper <- object$boundary == "kappa=Inf"
  designs <- surv_designs(object, NULL)
  target <- object$loglik - stats::qchisq(level, 1) / 2
  height <- function(v) {
    surv_profile_kappa(object, designs, v) - target
  }
  inner <- if (upper) 6 else -6
  step <- if (upper) -0.5 else 0.5
  for (i in seq_len(60)) {
    outer <- inner + step
    if (height(outer) < 0) {
      root <- stats::uniroot(height, sort(c(inner, outer)), tol = 1e-9)$root
      return(if (upper) c(root, Inf) else c(-Inf, root))
    }
    inner <- outer
  }
  c(-Inf, Inf)
}

# Log-likelihood with log(kappa + 1) held at v, from the automatic starts.
surv_profile_kappa <- function(object, designs, v) {
  values <- surv_values(object)
  values[["kappa"]] <- v
  par <- lapply(surv_parameters, \(name) {
    x <- if (name != "kappa") designs[[name]]$x
    list(x = x, offset = designs[[name]]$offset,
      value = if (is.null(x)) values[[name]] else 0)
  })
  set <- list(phi_form = match(object$phi_form, c("time", "power")) - 1L, kernel = 0L,
    time_scale = object$time_scale)
  out <- result_of(.Call(C_surv_fit, object$rows, par, set, surv_control(), NULL, FALSE,
    NULL, progress_of(FALSE)))
  out$info$loglik
}
