# What is provable about a design or a fit, and how many points are enough.

#' How far a fit can be from the best one
#'
#' For every function f, with \eqn{\lambda_{min}}{lambda_min} the smallest eigenvalue of
#' \eqn{G}, the fit is surely within
#' \eqn{1 + \sqrt{\bar w / \lambda_{min}}}{1 + sqrt(mean w / lambda_min)} of the best
#' approximation in the sup norm; over the random points, with probability
#' \eqn{1 - \eta}{1 - eta}, its L2 error is within a factor of the best L2 error.
#'
#' @param object A sample or a fit.
#' @param eta Probability that the second bound may fail.
#' @param kernel Optional: a function of two matrices of points that gives the matrix of a
#'   reproducing kernel; then a sure bound for its space is added.
#' @param kernel_trace The integral of `kernel(x, x)` under the law of the inputs.
#' @param nsim Designs to simulate for the probability of acceptance, where the design was
#'   drawn with `delta`.
#' @param conf Confidence of the lower bound from these.
#' @return An object of class `distest_wls_certificate`: a list with `lambda_min`,
#'   `lambda_max`, `cond`, `delta`, `linf`, `rkhs`, `probability`, `eta`, `expectation`
#'   (the
#'   factor of the best squared L2 error that bounds the expected one), `formula`,
#'   `p_accept`,
#'   `conf`, `assumptions`.
#' @examples
#' set.seed(1)
#' s <- wls_space(wls_basis("legendre", 10))
#' wls_certificate(wls_sample(s, 22, "volume"))
#' @export
wls_certificate <- function(object, eta = 0.05, kernel = NULL, kernel_trace = NULL,
  nsim = 0L,
                            conf = 0.99) {
  if (!inherits(object, c("distest_wls", "distest_wls_sample"))) {
    bad_argument("object", "must be a sample or a fit, not %s.", describe(object))
  }
  eta <- check_level(eta, "eta")
  conf <- check_level(conf, "conf")
  out <- certificate_numbers(object, eta, check_count(nsim, "nsim", 0), conf)
  rkhs <- NULL
  if (!is.null(kernel)) {
    if (is.null(kernel_trace)) bad_argument("kernel_trace",
      "must be given with `kernel`.")
    K <- kernel_matrix(kernel, object)
    top <- max(eigen(K, symmetric = TRUE, only.values = TRUE)$values)
    rkhs <- sqrt(check_number(kernel_trace, "kernel_trace",
      above = 0)) + sqrt(top / object$lambda_min)
  }
  structure(
    list(lambda_min = object$lambda_min, lambda_max = object$lambda_max,
      cond = object$cond,
      delta = object$delta, linf = out$linf, rkhs = rkhs, probability = out$probability,
      eta = eta, expectation = out$expectation, formula = out$formula,
      p_accept = out$p_accept, conf = conf, assumptions = out$notes),
    class = "distest_wls_certificate"
  )
}

kernel_matrix <- function(kernel, object) {
  x <- object$points
  if (!is.function(kernel)) {
    bad_argument("kernel", "must be a function of two matrices of points, not %s.",
      describe(kernel))
  }
  if (is.null(x)) bad_argument("kernel", "needs points, which this design has not.")
  K <- kernel(x, x)
  if (!is.numeric(K) || !identical(dim(K), c(nrow(x), nrow(x))) ||
    any(!is.finite(K))) {
    bad_argument("kernel", "must return a finite matrix of %d x %d.", nrow(x), nrow(x))
  }
  w <- sqrt(object$weights / object$n)
  K * outer(w, w)
}

certificate_numbers <- function(object, eta, nsim = 0, conf = 0.99) {
  design <- if (inherits(object, "distest_wls")) object$sample else object
  opts <- if (design$method != "user") sample_options(design$method, design$reference,
    design$alpha, design$resample, design$delta_target, design$criterion,
    replace = !identical(design$replace, FALSE))
  facts <- certificate_facts(object, design, nsim)
  out <- result_of(.Call(C_wls_certify, object$lambda_min, object$n, object$m, opts,
    as.double(facts), eta, conf))
  plain <- identical(design$reference, "optimal") && !identical(design$replace, FALSE)
  formula <- c("none without conditioning", "1 + m", if (plain) "C(n, m)" else "1 + m",
    "1 + kappa min(K/n (1-delta)^-2, (1-delta)^-1)",
    "1 + kappa n0/n (1-delta)^-1")[[out[[6]] + 1]]
  list(linf = out[[1]], probability = out[[2]],
    expectation = if (is.nan(out[[3]])) NA_real_ else out[[3]], formula = formula,
    p_accept = out[[4]], notes = certificate_notes(object, design, out[[4]]))
}

# what C asks for beyond the options: see distest_wls_facts
certificate_facts <- function(object, design, nsim) {
  space <- object$space
  free <- design$method %in% c("iid_optimal", "volume", "volume_repeated")
  uniform <- design$method == "mc" || identical(design$replace, FALSE) ||
    (free && !identical(design$reference, "optimal"))
  from <- if (is.null(design$pruned_from)) 0 else design$pruned_from
  if (from == 0 && design$method == "boosted") {
    from <- object$m * max(3, ceiling(object$n / object$m) + 1)
  }
  accepted <- 0
  if (design$method != "user" && nsim > 0 && !is.null(design$delta_target)) {
    accepted <- count_accepted(design, space, if (from > 0) from else object$n, nsim)
  }
  c(mean(object$weights), if (uniform) sup_christoffel(space) else Inf,
    length(space$prob), from, if (accepted > 0) nsim else 0, accepted,
    if (is.null(design$K)) 0 else design$K)
}

certificate_notes <- function(object, design, p_accept) {
  c(if (design$method == "user") {
    "valid only if the points were drawn from the optimal measure"
  }, if (isTRUE(design$adaptive)) {
    "space chosen from the data"
  }, if (length(object$dropped) || isTRUE(design$failed > 0)) {
    "failures assumed unrelated to the output"
  }, if (p_accept == 0) {
    "the probability of acceptance is unknown; simulate it with nsim"
  })
}

# The largest leverage density: at the corners for polynomials, over the candidates for
# finite sets; Inf where it has no bound.
sup_christoffel <- function(space) {
  if (is_finite_space(space)) {
    return(max((space$leverage / space$prob)[space$prob > 0]))
  }
  ok <- vapply(space$basis, \(b) is.finite(b$low) && is.finite(b$high) &&
    b$type %in% c("legendre", "chebyshev", "fourier", "haar"), NA)
  if (!all(ok)) {
    return(Inf)
  }
  max(wls_christoffel(space, matrix(vapply(space$basis, \(b) b$high, 0), 1)))
}

# how many of nsim designs, drawn as this one was, meet the criterion
count_accepted <- function(design, space, n, nsim) {
  opts <- sample_options(design$method, design$reference, design$alpha, 1, NULL,
    design$criterion, replace = !identical(design$replace, FALSE))
  value <- if (is_lazy_space(space)) {
    vapply(seq_len(nsim), \(i) {
      s <- lazy_sample(space, opts, n)
      if (opts$criterion == "gram") s$delta else 1 - s$lambda_min
    }, 0)
  } else {
    result_of(.Call(C_wls_simulate, space, opts, n, nsim, NULL, NULL))
  }
  sum(value <= design$delta_target)
}

#' @export
print.distest_wls_certificate <- function(x, ...) {
  write_lines(sprintf("Certificate (lambda_min %s, condition number %s):",
    format_number(x$lambda_min, 3), format_number(x$cond, 3)))
  write_lines(sprintf(paste("- For every function, the error in L2 is surely at most %s",
    "times the best error in the sup norm."), format_number(x$linf, 3)))
  if (!is.null(x$rkhs)) {
    write_lines(sprintf(paste("- In the kernel's space, it is surely at most %s times",
      "the best error in its norm."), format_number(x$rkhs, 3)))
  }
  if (is.finite(x$probability)) {
    write_lines(sprintf(paste("- With probability %s %% over the points, the L2 error is",
      "at most %s times the best L2 error."), format(100 * (1 - x$eta)),
    format_number(x$probability, 3)))
  } else {
    write_lines("- No bound in probability can be given for such a design.")
  }
  if (!is.na(x$expectation)) {
    write_lines(sprintf(paste("- On average over the points, the squared L2 error is at",
      "most %s times the best (%s)."), format_number(x$expectation, 3), x$formula))
  }
  if (length(x$assumptions)) write_lines("Assumptions: ",
    paste(x$assumptions, collapse = "; "), ".")
  invisible(x)
}

#' How many points are enough?
#'
#' `wls_plan()` gives the smallest number of points for which a design is well conditioned
#' with probability `1 - eta`: by a matrix Chernoff bound, or with `space` by simulation,
#' which is much sharper and needs no evaluation. `wls_constant()` is the constant C(n, m)
#' of \eqn{E||f - \hat f||^2 \le C \sigma_m^2}{E|f - fhat|^2 <= C sigma_m^2} for volume
#' sampling (`1 + m` for `"dpp"`).
#'
#' @param m Dimension of the space.
#' @param method A method of [wls_sample()].
#' @param delta Limit of the criterion.
#' @param eta Probability of missing it.
#' @param bound `"gram"`: \eqn{|G - I|}; `"lambda_min"`: \eqn{1 - \lambda_{min}}.
#' @param space Simulate on this space.
#' @param nsim Designs per number of points.
#' @param conf Confidence of the lower bound of the probability.
#' @param n Number of points.
#' @param threads,progress See [distest_threads()] and [distest].
#' @return A number; with `space` a list of class `distest_wls_plan` with `n`, `p_accept`,
#'   `lower` (Clopper-Pearson), `curve`.
#' @examples
#' wls_plan(11, delta = 0.5)
#' set.seed(1)
#' wls_plan(11, "dpp_repeated", space = wls_space(wls_basis("legendre", 10)), eta = 0.1,
#' nsim = 50)
#' wls_constant(50, 11)
#' @export
wls_plan <- function(m, method = "iid_optimal", delta = 0.9, eta = 0.01,
                     bound = c("gram",
                       "lambda_min"), space = NULL, nsim = 200L, conf = 0.99,
                     threads = getOption("distest.threads"),
                     progress = getOption("distest.progress", interactive())) {
  bound <- check_choice(bound, c("gram", "lambda_min"), "bound")
  method <- check_choice(method, wls_methods, "method")
  delta <- check_numbers(delta, "delta", length = 1)
  eta <- check_level(eta, "eta")
  if (missing(m) && !is.null(space)) m <- space$m
  m <- check_count(m, "m")
  if (is.null(space)) {
    if (!method %in% c("iid_optimal", "stratified")) {
      bad_argument("method",
        paste("must be \"iid_optimal\" or \"stratified\" for the bound; others are",
          "simulated on a `space`."))
    }
    return(result_of(.Call(C_wls_plan, m, m, delta, eta, bound)))
  }
  check_space(space)
  if (space$m != m) bad_argument("m", "must be %d, the dimension of `space`, not %s.",
    as.integer(space$m), format(m))
  opts <- sample_options(method, criterion = bound)
  nsim <- check_count(nsim, "nsim")
  curve <- NULL
  try_n <- \(n) {
    v <- result_of(.Call(C_wls_simulate, space, opts, n, nsim, threads_of(threads),
      progress_of(progress)))
    curve <<- rbind(curve, data.frame(n = n, q10 = stats::quantile(v, 0.1),
      median = stats::median(v),
      q90 = stats::quantile(v, 0.9), p = mean(v <= delta), row.names = NULL))
    mean(v <= delta)
  }
  low <- m
  high <- NULL
  n <- m
  while (is.null(high)) {
    if (try_n(n) >= 1 - eta) {
      high <- n
    } else {
      low <- n
      n <- if (method == "dpp") {
        distest_error("convergence",
          "A single DPP has n = m points; it does not reach `delta`.", "delta")
      } else if (n > 1000 * m) {
        distest_error("convergence", "No number of points below 1000 m reaches `delta`.",
          "delta")
      } else {
        2 * n
      }
    }
  }
  while (high - low > 1 && high > m) {
    mid <- (low + high) %/% 2
    if (try_n(mid) >= 1 - eta) high <- mid else low <- mid
  }
  curve <- curve[order(curve$n), ]
  p <- curve$p[match(high, curve$n)]
  s <- round(p * nsim)
  structure(
    list(n = high, p_accept = p, lower = if (s) stats::qbeta(1 - conf, s, nsim - s +
      1) else 0,
      curve = curve, method = method, delta = delta, eta = eta, bound = bound,
      nsim = nsim,
      conf = conf, m = m),
    class = "distest_wls_plan"
  )
}

#' @export
print.distest_wls_plan <- function(x, ...) {
  write_lines(sprintf(paste("%s (%s, m = %s) reach %s <= %s in %s %% of %d",
    "simulated designs (with confidence %s, at least %s %%)."),
    count_text(x$n, "point"), x$method, format(x$m), if (x$bound ==
      "gram") "|G - I|" else "1 - lambda_min",
    format(x$delta), format(100 * x$p_accept), as.integer(x$nsim), format(x$conf),
    format(round(100 * x$lower, 1))))
  invisible(x)
}

#' @rdname wls_plan
#' @export
wls_constant <- function(n, m, method = "volume") {
  n <- check_count(n, "n")
  m <- check_count(m, "m")
  result_of(.Call(C_wls_constant, n, m, check_choice(method, c("volume", "dpp"),
    "method")))
}
