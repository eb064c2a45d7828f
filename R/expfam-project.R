#' Information projection of a known distribution
#'
#' The member of a family nearest to a distribution q in Kullback-Leibler divergence, and
#' what estimating it from n observations of q would cost: the study before the data.
#'
#' @param family From [expfam_family()] or [expfam_custom()], or the name of one.
#' @param density A function: the density of q (for counts its probabilities), vectorised,
#'   on the support of a family on the line.
#' @param sampler A function of n that draws n points of q, as [expfam_fit()] takes data.
#' @param moments `list(mean = , cov = , third = )` of the statistics under q; `third`, an
#'   array of third cumulants, may be left out, and the second order with it.
#' @param n Draws of `sampler`.
#' @return An object of class `distest_expfam_projection`: a list with `theta`, `param`
#'   (usual parameters or `NULL`), `divergence` (D(q || g), `NA` unless `density` was
#'   given), `r1` and `r2` (the risk is r1/n + r2/n^2), `trace`, `T1`, `T2`, `T3`, `eta`,
#'   `G`, `V`, `family`. [expfam_sample_size()], [expfam_divergence()] and `simulate()`
#'   take it.
#' @examples
#' # a gamma model for what is really lognormal
#' p <- expfam_project("gamma", density = \(x) dlnorm(x, 0, 0.5))
#' p
#' expfam_sample_size(p)
#' @export
expfam_project <- function(family, density = NULL, sampler = NULL, moments = NULL,
                           n = 1e5) {
  f <- as_family(family)
  given <- c(density = !is.null(density), sampler = !is.null(sampler),
    moments = !is.null(moments))
  if (sum(given) != 1) {
    bad_argument("density", paste(
      "or `sampler` or `moments` must be",
      "given, and one of them only."
    ))
  }
  if (!is.null(f$pairs) || identical(f$reference$type, "sampler")) {
    distest_error("unsupported",
      "The log partition of this family cannot be computed; expfam_fit() draws of q.",
      argument = "family")
  }
  truth <- if (given[["density"]]) {
    truth_by_density(f, density)
  } else if (given[["sampler"]]) {
    truth_by_sampler(f, sampler, check_count(n, "n", 3))
  } else {
    moments$n <- moments$n %||% 1
    c(given_moments(moments, f), list(family = f))
  }
  if (is.null(truth$cov)) bad_argument("moments", "must have `cov`.")
  f <- truth$family
  fit <- result_of(.Call(C_expfam_fit_moments, f, 1, matrix(truth$mean),
    control_set(expfam_control(progress = FALSE)), NULL, NULL, NULL),
  map = c(mean = names(which(given))))
  theta <- stats::setNames(drop(fit$theta), f$stat_names)
  out <- result_of(.Call(C_expfam_terms_moments, f, unname(theta), truth$cov,
    truth$third))
  t <- out$terms
  model <- expfam_model(f, theta = theta)
  model$divergence <- if (is.null(truth$q)) {
    NA_real_
  } else {
    sum(truth$q * (truth$log_q - (drop(truth$xi %*% theta) - model$psi + truth$base)))
  }
  model$param <- usual_of(model)
  model$V <- truth$cov
  model[c("trace", "T1", "T2", "T3")] <- t[c("trace", "T1", "T2", "T3")]
  model$r1 <- t$trace / 2
  model$r2 <- -t$T1 / 3 + 3 * t$T2 / 8 - t$T3 / 8
  class(model) <- c("distest_expfam_projection", class(model))
  model
}

truth_by_sampler <- function(f, sampler, n) {
  x <- of_user("sampler", sampler(n))
  m <- expfam_moments(x, f)
  out <- result_of(.Call(C_expfam_acc_get, m$bytes, m$family$p, m$order))
  c(out[c("mean", "cov", "third")], list(family = m$family))
}

# moments of the statistics under q by a rule for the support
truth_by_density <- function(f, density) {
  if (!is.function(density)) {
    bad_argument("density", "must be a function, not %s.", describe(density))
  }
  rule <- support_rule(f)
  values <- density(rule$x)
  if (!is.numeric(values) || length(values) != length(rule$x) ||
    any(is.nan(values) | values < 0)) {
    bad_argument("density", "must return non-negative numbers, one for each point.")
  }
  q <- rule$w * values
  q[!is.finite(q)] <- 0
  if (abs(sum(q) - 1) > 1e-4) {
    bad_argument("density", "must integrate to 1 over the support of the family, not %s.",
      format(signif(sum(q), 6)))
  }
  keep <- q > 1e-300
  q <- q[keep] / sum(q)
  stats <- if (f$cname == "nodes") {
    list(xi = rule$xi[keep, , drop = FALSE], logbase = rep(0, sum(keep)))
  } else {
    result_of(.Call(C_expfam_stats, f, f$p, matrix(rule$x[keep])), map = map_argument)
  }
  xi <- stats$xi
  mean <- colSums(xi * q)
  centred <- sweep(xi, 2, mean)
  list(mean = mean, cov = crossprod(centred * sqrt(q)),
    third = third_moments(centred, q), family = f, q = q, log_q = log(values[keep]),
    xi = xi, base = stats$logbase)
}

# entries a <= b <= c, c slowest
third_moments <- function(x, q) {
  unlist(lapply(seq_len(ncol(x)), \(c) lapply(seq_len(c), \(b) {
    colSums(x[, seq_len(b), drop = FALSE] * (q * x[, b] * x[, c]))
  })))
}

# points and weights that integrate over the support of a family on the line
support_rule <- function(f) {
  line <- seq(-40, 40, by = 0.01)
  step <- 0.01
  counts <- \(top) list(x = as.double(0:top), w = rep(1, top + 1))
  switch(f$cname,
    normal = , normal_known_mean = , normal_known_variance = , laplace =
      list(x = sinh(line), w = step * cosh(line)),
    lognormal = , exponential = , rayleigh = , gamma = , gamma_known_shape = ,
    weibull = , inverse_gaussian = , gig = list(x = exp(line), w = step * exp(line)),
    pareto = {
      t <- exp(line / 4)
      list(x = f$par * exp(t), w = step / 4 * t * f$par * exp(t))
    },
    beta = {
      x <- stats::plogis(line)
      inside <- x > 0 & x < 1
      list(x = x[inside], w = (step * stats::dlogis(line))[inside])
    },
    von_mises = {
      k <- 4000
      list(x = 2 * pi * seq_len(k) / k - pi, w = rep(2 * pi / k, k))
    },
    polynomial = , trigonometric = , spline = interval_rule(f$par[[1]], f$par[[2]], 256),
    poisson = , geometric = , negative_binomial = , com_poisson = counts(20000),
    bernoulli = counts(1), binomial = counts(f$par),
    categorical = list(x = as.double(seq_len(f$p + 1)), w = rep(1, f$p + 1)),
    nodes = if (identical(f$reference$type, "interval")) {
      fine <- reference_nodes(f$reference, f$statistic, f$log_base, 8)
      if (!is.null(f$kept)) fine$xi <- fine$xi[, f$kept, drop = FALSE]
      list(x = fine$x, w = exp(fine$measure), xi = fine$xi)
    }
  ) %||% distest_error("unsupported",
    "`density` is for families on the line; give `sampler` or `moments`.",
    argument = "density")
}

# composite Gauss-Legendre, 16 points a panel
interval_rule <- function(lower, upper, panels) {
  rule <- gauss16()
  h <- (upper - lower) / panels
  left <- lower + h * (seq_len(panels) - 1)
  list(x = as.vector(outer(rule$x * h, left, "+")), w = rep(h * rule$w, panels))
}

#' @export
print.distest_expfam_projection <- function(x, ...) {
  check_dots_empty(...)
  cat("Information projection on ", sub("^Exponential family: ", "", format(x$family)),
    "\n", sep = "")
  if (x$p <= 12) {
    write_block("  natural: ", sprintf("%s = %s", names(x$theta), format_number(x$theta)))
  }
  if (!is.null(x$param) && length(x$param) <= 12) {
    write_block("  usual:   ", sprintf("%s = %s", names(x$param), format_number(x$param)))
  }
  if (!is.na(x$divergence)) {
    cat(sprintf("  divergence of q from it %s nats\n", format_number(x$divergence)))
  }
  cat(sprintf("  estimation risk %s / n%s;   trace(G^-1 V) = %s\n", format_number(x$r1),
    if (is.na(x$r2)) "" else sprintf(" %s %s / n^2", if (x$r2 < 0) "-" else "+",
      format_number(abs(x$r2))), format_number(x$trace)))
  invisible(x)
}
