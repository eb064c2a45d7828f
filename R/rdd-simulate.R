#' Designs to try a discontinuity on
#'
#' The two simulation designs of Van Dijcke (2025), with running variable uniform on (-1,
#' 1) and cutoff 0. `"normal"`: unit i is the law N(mu, sigma^2), mu ~ N(5 + 5 x +
#' delta 1(x >= 0), 1), sigma = |N(1 + x, 1)|; the effect is `delta` at every quantile.
#' `"skewed"`: unit i is the law of N(mu, 1) + 2 E with mu = U(-5, 5) + 2 x + delta
#' 1(x >= 0) and E exponential of rate U(0.5, 1.5) + 0.5 1(x >= 0); the upper quantiles
#' fall at the cutoff.
#'
#' @param design `"normal"` or `"skewed"`.
#' @param n Number of units.
#' @param n_i Individuals per unit: one number or `n`.
#' @param delta Shift at the cutoff.
#' @param seed A whole number, or `NULL` to follow [set.seed()].
#' @param probs Levels at which the true effect is given.
#' @return A list: `y`, `x` and `unit` by individual, and `tau`, the true effect at
#'   `probs`.
#' @references Van Dijcke, D. (2025). arXiv:2504.03992.
#' @examples
#' d <- rdd_simulate("skewed", n = 100, n_i = 20, delta = 0, seed = 1)
#' str(d)
#' @export
rdd_simulate <- function(design = c("normal", "skewed"), n = 500, n_i = 100, delta = 0,
                         seed = NULL, probs = seq_len(9) / 10) {
  design <- check_choice(design, c("normal", "skewed"), "design")
  n <- check_count(n, "n", 2)
  n_i <- check_numbers(n_i, "n_i")
  if (!length(n_i) %in% c(1, n) || any(n_i < 1 | n_i != floor(n_i))) {
    bad_argument("n_i", "must be a whole number of at least 1, or one for each unit.",
      value = n_i)
  }
  n_i <- rep_len(n_i, n)
  delta <- check_number(delta, "delta")
  probs <- check_probs(probs)
  with_seed(seed, {
    x <- stats::runif(n, -1, 1)
    unit <- rep(seq_len(n), n_i)
    after <- x >= 0
    if (design == "normal") {
      mu <- stats::rnorm(n, 5 + 5 * x + delta * after)
      sigma <- abs(stats::rnorm(n, 1 + x))
      y <- stats::rnorm(sum(n_i), mu[unit], sigma[unit])
    } else {
      mu <- stats::runif(n, -5, 5) + 2 * x + delta * after
      rate <- stats::runif(n, 0.5, 1.5) + 0.5 * after
      y <- stats::rnorm(sum(n_i), mu[unit]) + 2 * stats::rexp(sum(n_i), rate[unit])
    }
    tau <- delta + if (design == "normal") 0 * probs else rdd_skewed_effect(probs)
    names(tau) <- rdd_prob_names(probs)
    list(y = y, x = x[unit], unit = unit, tau = tau)
  })
}

# Mean over the rate of the change of the quantiles of N(0, 1) + 2 Exp(rate) when the rate
# rises by 0.5.
rdd_skewed_effect <- function(probs) {
  vapply(probs, \(q) stats::integrate(
    \(rate) vapply(rate, \(r) rdd_skewed_quantile(q, r + 0.5) - rdd_skewed_quantile(q, r),
      0), 0.5, 1.5, rel.tol = 1e-9)$value, 0)
}

rdd_skewed_quantile <- function(q, rate) {
  r <- rate / 2
  cdf <- \(z) stats::pnorm(z) -
    exp(r^2 / 2 - r * z + stats::pnorm(z - r, log.p = TRUE)) - q
  stats::uniroot(cdf, c(-10, 10 + 60 / r), tol = 1e-12)$root
}
