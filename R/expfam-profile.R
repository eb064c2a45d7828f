# theta_k where twice the profile log likelihood has fallen by the chi-squared quantile.
# Along theta_k the other coordinates are found by Newton on the mean equations.
profile_limits <- function(object, k, level) {
  drop <- stats::qchisq(level, 1) / 2
  se <- sqrt(vcov(object, "model")[k, k])
  f <- object$family
  value <- function(theta) {
    out <- .Call(C_expfam_psi, f, theta)
    if (inherits(out, "distest_failure")) NULL else out
  }
  loss <- function(at) {
    theta <- unname(object$theta)
    theta[k] <- at
    rest <- setdiff(seq_along(theta), k)
    # start on the line of the quadratic approximation
    if (length(rest)) {
      theta[rest] <- theta[rest] - drop(solve(object$G[rest, rest, drop = FALSE],
        object$G[rest, k])) * (at - object$theta[[k]])
    }
    out <- value(theta)
    if (is.null(out)) return(Inf)
    for (i in seq_len(if (length(rest)) 50 else 0)) {
      step <- solve(out$hess[rest, rest, drop = FALSE], (object$eta - out$grad)[rest])
      f0 <- out$psi - sum(theta * object$eta)
      t <- 1
      repeat {
        trial <- theta
        trial[rest] <- theta[rest] + t * step
        new <- value(trial)
        if (!is.null(new) && new$psi - sum(trial * object$eta) <= f0 +
          1e-12 * abs(f0)) break
        t <- t / 2
        if (t < 1e-8) break
      }
      if (is.null(new)) break
      theta <- trial
      out <- new
      if (sum(abs(step) * sqrt(diag(out$hess)[rest])) < 1e-9) break
    }
    object$n * (out$psi - sum(theta * object$eta) -
      (object$psi - sum(object$theta * object$eta))) - drop
  }
  vapply(c(-1, 1), \(side) {
    reach <- side * se * stats::qnorm((1 + level) / 2)
    for (i in 1:40) {
      if (loss(object$theta[[k]] + reach) > 0) break
      reach <- 1.4 * reach
    }
    stats::uniroot(loss, sort(object$theta[[k]] + c(0, reach)), tol = 1e-8 * se,
      f.lower = if (side > 0) -drop else min(loss(object$theta[[k]] + reach), 1e6),
      f.upper = if (side > 0) min(loss(object$theta[[k]] + reach), 1e6) else -drop)$root
  }, 0)
}
