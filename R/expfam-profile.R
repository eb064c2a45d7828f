# theta_k where twice the profile log likelihood has fallen by the chi-squared quantile.
profile_limits <- function(object, k, level) {
  drop <- stats::qchisq(level, 1) / 2
  se <- sqrt(vcov(object, "model")[k, k])
  top <- object$psi - sum(object$theta * object$eta)
  loss <- \(at) object$n * (profile_value(object, k, at) - top) - drop
  vapply(c(-1, 1), \(side) {
    reach <- side * se * stats::qnorm((1 + level) / 2)
    for (i in 1:40) {
      if (loss(object$theta[[k]] + reach) > 0) break
      reach <- 1.4 * reach
    }
    end <- min(loss(object$theta[[k]] + reach), 1e6)
    stats::uniroot(loss, sort(object$theta[[k]] + c(0, reach)), tol = 1e-8 * se,
      f.lower = if (side > 0) -drop else end,
      f.upper = if (side > 0) end else -drop)$root
  }, 0)
}

# The least Psi - theta'eta with theta_k = at; Inf where Psi is not finite. Along theta_k
# the other coordinates are found by Newton on the mean equations.
profile_value <- function(object, k, at) {
  theta <- unname(object$theta)
  theta[k] <- at
  rest <- setdiff(seq_along(theta), k)
  objective <- \(theta, out) out$psi - sum(theta * object$eta)
  # start on the line of the quadratic approximation
  if (length(rest)) {
    theta[rest] <- theta[rest] - drop(solve(object$G[rest, rest, drop = FALSE],
      object$G[rest, k])) * (at - object$theta[[k]])
  }
  out <- psi_or_null(object$family, theta)
  if (is.null(out)) {
    return(Inf)
  }
  for (i in seq_len(if (length(rest)) 50 else 0)) {
    step <- solve(out$hess[rest, rest, drop = FALSE], (object$eta - out$grad)[rest])
    f0 <- objective(theta, out)
    t <- 1
    repeat {
      trial <- theta
      trial[rest] <- theta[rest] + t * step
      new <- psi_or_null(object$family, trial)
      if (!is.null(new) && objective(trial, new) <= f0 + 1e-12 * abs(f0)) break
      t <- t / 2
      if (t < 1e-8) break
    }
    if (is.null(new)) break
    theta <- trial
    out <- new
    if (sum(abs(step) * sqrt(diag(out$hess)[rest])) < 1e-9) break
  }
  objective(theta, out)
}

psi_or_null <- function(family, theta) {
  out <- .Call(C_expfam_psi, family, theta)
  if (inherits(out, "distest_failure")) NULL else out
}
