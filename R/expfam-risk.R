#' Estimation risk
#'
#' What having estimated costs: the mean of the divergence of the fit from the best member
#' of the family, in nats per future observation, to order \eqn{n^{-2}} and without taking
#' the model for true,
#' \deqn{R(n) = r_1/n + r_2/n^2 + O(n^{-3}),\quad r_1 = \mathrm{tr}(G^{-1}V)/2.}
#'
#' With `truth = "data"` and `bias_correct = TRUE` the estimator is unbiased to order
#' \eqn{n^{-2}}; `bias_correct = FALSE` gives the published plug-in. `truth = "model"`
#' takes
#' the fitted member for the truth and needs no data.
#'
#' The standard error comes from the influence of each observation on the trace. It is
#' right for large n and too small for heavy tails at moderate n, where it would need
#' eighth moments; `method = "bootstrap"` is the alternative.
#'
#' @param object A fit, or a model with `truth = "model"`.
#' @param order 1 or 2.
#' @param truth `"data"` or `"model"`.
#' @param bias_correct See Details.
#' @param n Number of observations to plan for; that of the fit when `NULL`. For another n
#'   the coefficients are rescaled after removing the bias of the first.
#' @param method `"expansion"`, or `"bootstrap"`: the mean divergence of refits to
#'   resampled data from the fit.
#' @param B Bootstrap replicates.
#' @param level Level of the interval, on the log scale.
#' @return An object of class `distest_expfam_risk` with `risk`, `se`, `conf`, `first`,
#'   `second`, `r1`, `r2`, `trace`, `T1`, `T2`, `T3`, `n`, `p`, `truth`, `ratio`,
#'   `alpha_hat`.
#' @examples
#' fit <- expfam_fit(precip, "gamma")
#' expfam_risk(fit)
#' plot(expfam_risk(fit))
#' @export
expfam_risk <- function(object, order = 2L, truth = c("data", "model"),
                        bias_correct = TRUE, n = NULL,
                        method = c("expansion", "bootstrap"), B = 500L, level = 0.95) {
  truth <- check_choice(truth, c("data", "model"), "truth")
  method <- check_choice(method, c("expansion", "bootstrap"), "method")
  check_flag(bias_correct, "bias_correct")
  check_level(level)
  if (!(is.numeric(order) && length(order) == 1 && order %in% 1:2)) {
    bad_argument("order", "must be 1 or 2, not %s.", describe(order))
  }
  check_expandable(object, order, truth)
  terms <- expfam_terms(object, truth)
  made <- object$n
  n <- if (is.null(n)) made else check_number(n, "n", above = 0)
  if (is.null(n)) bad_argument("n", "must be given for a model without data.")
  co <- risk_coefficients(terms, object, truth, bias_correct, n)
  second <- if (order == 2) co$c2 / n^2 else 0
  risk <- co$r1 / n + second
  se <- if (truth == "data") terms$se_r1 / n else NA_real_
  if (method == "bootstrap") {
    if (truth == "model") {
      bad_argument("method", "\"bootstrap\" is for truth = \"data\".")
    }
    boot <- expfam_bootstrap(object, B)
    risk <- mean(boot$kl, na.rm = TRUE) * made / n
    se <- stats::sd(boot$kl, na.rm = TRUE) / sqrt(sum(!is.na(boot$kl)))
  }
  ratio <- if (order == 2) abs(co$c2) / (n * co$r1) else NA_real_
  if (order == 2 && method == "expansion") warn_expansion(ratio, risk, object, truth)
  structure(list(
    risk = risk, se = se, conf = log_interval(risk, se, level), level = level,
    first = co$r1 / n, second = second, r1 = co$r1, c2 = co$c2, r2 = co$r2,
    trace = terms$trace, T1 = terms$T1, T2 = terms$T2, T3 = terms$T3,
    n = n, n_data = made, p = object$p, truth = truth, order = order,
    bias_corrected = bias_correct && truth == "data", method = method, ratio = ratio,
    alpha_hat = sqrt(max(risk, 0) / 8)
  ), class = "distest_expfam_risk")
}

check_expandable <- function(object, order, truth) {
  if (!inherits(object, c("distest_expfam", "distest_expfam_model"))) {
    bad_argument("object", "must be a fit or a model of an exponential family, not %s.",
      describe(object))
  }
  if (identical(object$existence, "boundary")) {
    distest_error("existence",
      "The expansion is not valid at the boundary of the parameter space.",
      argument = "object")
  }
  if (identical(object$method, "pseudo")) {
    distest_error("unsupported",
      "The pseudo-likelihood gives coefficients only; method = \"mcmle\" gives the risk.",
      argument = "object")
  }
  if (truth == "data") {
    if (is.null(object$x) && !all(is.finite(object$V))) {
      bad_argument("object", "has no data; use truth = \"model\".")
    }
    if (order == 2 && is.null(object$x) && is.null(object$third)) {
      bad_argument("order", "must be 1: third moments were not kept.")
    }
    if (object$n < 3) {
      bad_argument("object", "needs n >= 3 for truth = \"data\", not %s.",
        format(object$n))
    }
    if (order == 2 && object$weight_type == "sampling" && !is.null(object$weights)) {
      bad_argument("order", "must be 1 with sampling weights.")
    }
    if (order == 2 && isTRUE(object$ridge > 0)) bad_argument("order",
      "must be 1 with a ridge.")
  }
}

expfam_terms <- function(object, truth, full = FALSE) {
  data <- truth == "data"
  if (!is.null(object$mc$terms)) {
    return(if (full) monte_carlo_terms(object) else object$mc$terms)
  }
  if (data && is.null(object$x)) {
    out <- result_of(.Call(C_expfam_terms_moments, object$family, unname(object$theta),
      unname(object$V), object$third))
    return(if (full) out else out$terms)
  }
  out <- result_of(.Call(C_expfam_terms, object$family, unname(object$theta),
    if (data) object$x, if (data) object$weights,
    data && identical(object$weight_type, "sampling"),
    threads_of(getOption("distest.threads")), NULL), map = c(sample = "object"))
  if (full) out else out$terms
}

# What Monte Carlo kept, with the leverages.
monte_carlo_terms <- function(object) {
  v <- sweep(statistics_of(object$family, object$x), 2, object$eta)
  list(terms = object$mc$terms, leverage = rowSums((v %*% solve(object$G)) * v),
    spectrum = object$mc$spectrum)
}

# r1 and the coefficient of n^-2 that go with n, from terms at the data's n
risk_coefficients <- function(terms, object, truth, bias_correct, n) {
  kind <- if (truth == "model") 2L else if (bias_correct) 0L else 1L
  made <- object$n %||% 1
  raw <- function(kind) {
    result_of(.Call(C_expfam_risk, terms, as.double(object$p), as.double(made), kind)) *
      c(made, made^2, 1)
  }
  own <- raw(kind)
  if (truth == "data" && !is.null(object$ridge) && object$ridge > 0) {
    H <- object$G + object$ridge * diag(object$p)
    own[1] <- sum(diag(solve(H, object$G) %*% solve(H, object$V))) / 2
  }
  r2 <- if (truth == "model") own[2] else raw(1L)[2]
  if (kind == 0L && !identical(as.double(n), as.double(made)) && is.finite(own[2])) {
    r1 <- own[1] + own[2] / made - r2 / made # its bias removed
    return(list(r1 = r1, c2 = r2, r2 = r2))
  }
  list(r1 = own[1], c2 = own[2], r2 = r2)
}

warn_expansion <- function(ratio, risk, object, truth) {
  if (truth == "data" && object$p >= object$n) {
    distest_warning("approximation", sprintf(
      paste(
        "There are %d statistics and %s observations: V is",
        "singular and the third cumulant noise."
      ),
      as.integer(object$p), format(object$n)))
  } else if (is.finite(ratio) && ratio > 0.3) {
    distest_warning("approximation", sprintf(
      paste(
        "The second order is %.0f %% of the first; method =",
        "\"bootstrap\" does not rest on the expansion."
      ),
      100 * ratio))
  } else if (is.finite(risk) && risk < 0) {
    distest_warning("approximation", "The corrected risk is negative.")
  }
}

log_interval <- function(risk, se, level) {
  if (!is.finite(se) || risk <= 0) {
    return(c(NA_real_, NA_real_))
  }
  risk * exp(c(-1, 1) * stats::qnorm((1 + level) / 2) * se / risk)
}

#' @export
print.distest_expfam_risk <- function(x, ...) {
  check_dots_empty(...)
  cat(sprintf("Estimation risk at n = %s, p = %d (truth: %s)\n", format(x$n),
    as.integer(x$p), x$truth))
  cat(sprintf("  risk %s nats per observation%s\n", format_number(x$risk),
    if (is.na(x$se)) "" else sprintf(" (se %s; %s %% interval %s to %s)",
      format_number(x$se, 2),
      format(100 * x$level), format_number(x$conf[[1]], 3), format_number(x$conf[[2]],
        3))))
  cat(sprintf("  first order %s, second %s\n", format_number(x$first),
    if (x$order == 2) sprintf("%+.2g", x$second) else "not asked for"))
  cat(sprintf("  trace(G^-1 V) = %s; p would be %d if the model were true\n",
    format_number(x$trace), as.integer(x$p)))
  if (x$method == "bootstrap") cat("  risk from the bootstrap\n")
  if (!is.na(x$se) && x$method == "expansion") {
    write_lines(paste(
      "The standard error is too small for heavy tails at moderate",
      "n; method = \"bootstrap\" is the alternative."
    ), indent = 2, exdent = 2)
  }
  invisible(x)
}

#' @export
as.data.frame.distest_expfam_risk <- function(x, ...) {
  data.frame(n = x$n, p = x$p, risk = x$risk, std_error = x$se, lower = x$conf[[1]],
    upper = x$conf[[2]], first = x$first, second = x$second, trace = x$trace,
    T1 = x$T1, T2 = x$T2, T3 = x$T3, ratio = x$ratio, alpha_hat = x$alpha_hat)
}

#' The p-n criterion: is n enough for p parameters?
#'
#' An observer who is to tell the fit from the best member of the family by one
#' observation, with equal priors, errs with probability at least \eqn{1/2 - \alpha} when
#' \eqn{R(n) \le 8\alpha^2}. That is the criterion.
#'
#' `bound = "local"` uses that for close distributions the total variation is about
#' \eqn{\sqrt{R/\pi}}, with threshold \eqn{4\pi\alpha^2}. `bound = "exact"` uses no
#' inequality: the mean total variation between the fit and `B` refits to resampled data,
#' over draws from the fit, must be at most \eqn{2\alpha}; `n` is that of the data then.
#'
#' @param object A fit, or a model with `n` and `truth = "model"`.
#' @param alpha In (0, 1/2).
#' @param order,truth,n As in [expfam_risk()].
#' @param bound `"pinsker"`, `"local"` or `"exact"`.
#' @param B Bootstrap replicates for `"exact"`.
#' @return An object of class `distest_expfam_pn` with `pass`, `risk`, `threshold`,
#'   `alpha`, `alpha_hat`, `n`, `n_required`, `p`, `p_admissible` (a rule of thumb,
#'   \eqn{pC/R}) and `text`.
#' @examples
#' expfam_pn(expfam_fit(precip, "gamma"))
#' expfam_threshold(0.05)
#' @export
expfam_pn <- function(object, alpha = 0.05, order = 2L, truth = c("data", "model"),
                      n = NULL, bound = c("pinsker", "local", "exact"), B = 200L) {
  bound <- check_choice(bound, c("pinsker", "local", "exact"), "bound")
  scale <- if (bound == "local") sqrt(pi / 2) else 1
  threshold <- expfam_threshold(alpha) * scale^2
  risk <- expfam_risk(object, order, truth, n = n)
  plan <- planning(object, order, risk$truth)
  need <- result_of(.Call(C_expfam_pn, plan$r1, plan$c2, risk$n, alpha * scale))
  pass <- risk$risk <= threshold
  alpha_hat <- risk$alpha_hat / scale
  if (bound == "exact") {
    if (!is.null(n)) bad_argument("n", "cannot be given with bound = \"exact\".")
    alpha_hat <- mean_variation(object, check_count(B, "B")) / 2
    pass <- alpha_hat <= alpha
  }
  structure(list(
    pass = pass, risk = risk$risk, se = risk$se, first = risk$first, second = risk$second,
    threshold = threshold, alpha = alpha, alpha_hat = alpha_hat, n = risk$n,
    n_required = need$n_required, usable = need$usable, p = object$p,
    trace = risk$trace, p_admissible = floor(object$p * threshold / risk$risk),
    truth = risk$truth, bound = bound,
    text = sprintf(
      "%s: an observer with equal priors errs with probability >= %.3f (target >= %.3f)",
      if (pass) "PASS" else "FAIL", 0.5 - alpha_hat, 0.5 - alpha)
  ), class = "distest_expfam_pn")
}

# mean total variation between a fit and refits: E max(0, 1 - exp(d'xi - change of Psi))
# over draws from the fit, the change of Psi taken from the same draws
mean_variation <- function(object, B) {
  boot <- suppressWarnings(expfam_bootstrap(object, B, progress = FALSE))
  f <- object$family
  xi <- statistics_of(f, member_draw(object, 10000))
  delta <- sweep(boot$theta[!is.na(boot$kl), , drop = FALSE], 2, object$theta)
  z <- xi %*% t(delta)
  z <- sweep(z, 2, log(colMeans(exp(sweep(z, 2, apply(z, 2, max))))) + apply(z, 2, max))
  mean(pmax(0, 1 - exp(z)))
}

# r1 with its bias removed, and c2, for other n: formula (27)
planning <- function(object, order, truth) {
  co <- risk_coefficients(expfam_terms(object, truth), object, truth, TRUE, n = -1)
  if (order == 1) co$c2 <- 0
  co
}

#' @rdname expfam_pn
#' @export
expfam_threshold <- function(alpha = 0.05) {
  if (!(is.numeric(alpha) && length(alpha) == 1 && !is.na(alpha) && alpha > 0 &&
    alpha < 0.5)) {
    bad_argument("alpha", "must be between 0 and 0.5, not %s.", describe(alpha))
  }
  8 * alpha^2
}

#' @export
print.distest_expfam_pn <- function(x, ...) {
  check_dots_empty(...)
  cat(sprintf("p-n criterion, alpha = %s (threshold %s nats)\n", format(x$alpha),
    format_number(x$threshold)))
  cat(sprintf("  n = %s, p = %d, trace(G^-1 V) = %s\n", format(x$n), as.integer(x$p),
    format_number(x$trace, 3)))
  write_lines(sprintf(
    "estimation risk %s%s: first order %s, second-order correction %+.1g",
    format_number(x$risk, 3), if (is.na(x$se)) "" else sprintf(" (se %s)",
      format_number(x$se, 2)),
    format_number(x$first, 3), x$second), indent = 2, exdent = 4)
  write_lines(x$text, indent = 2, exdent = 4)
  cat(sprintf("  n required: %s;   well-specified rule p/(2n) would give %s\n",
    format(x$n_required), format_number(x$p / (2 * x$n), 3)))
  if (!x$usable) cat(paste(
    "  n required rests on the first order: the",
    "second is not usable there\n"
  ))
  invisible(x)
}

#' How many observations are enough?
#'
#' The least n from which on the risk stays at most \eqn{8\alpha^2}.
#'
#' @param object A fit, a model with `truth = "model"` (its default), or a projection
#'   from [expfam_project()].
#' @param alpha,order,truth As in [expfam_pn()].
#' @return A whole number, with attributes `r1`, `c2`, `threshold` that are not printed.
#' @examples
#' expfam_sample_size(expfam_model("mvnormal", param = list(mean = 0, cov = 1)))
#' @export
expfam_sample_size <- function(object, alpha = 0.05, order = 2L, truth = NULL) {
  threshold <- expfam_threshold(alpha)
  if (inherits(object, "distest_expfam_projection")) {
    return(size_of_projection(object, alpha, order))
  }
  truth <- truth %||% if (inherits(object, "distest_expfam_model")) "model" else "data"
  truth <- check_choice(truth, c("data", "model"), "truth")
  if (!(is.numeric(order) && length(order) == 1 && order %in% 1:2)) {
    bad_argument("order", "must be 1 or 2, not %s.", describe(order))
  }
  check_expandable(object, order, truth)
  co <- planning(object, order, truth)
  out <- result_of(.Call(C_expfam_pn, co$r1, co$c2, 1, alpha))
  if (!out$usable) {
    distest_warning("approximation",
      "The second order is not usable; the answer rests on the first.")
  }
  size_with(out$n_required, co$r1, co$c2, threshold)
}

# r1 and r2 of a known truth need no correction
size_of_projection <- function(object, alpha, order) {
  c2 <- if (order == 2 && !is.na(object$r2)) object$r2 else 0
  out <- result_of(.Call(C_expfam_pn, object$r1, c2, 1, alpha))
  size_with(out$n_required, object$r1, c2, expfam_threshold(alpha))
}

size_with <- function(n, r1, c2, threshold) {
  structure(n, r1 = r1, c2 = c2, threshold = threshold, class = "distest_sample_size")
}

# what is computed with it prints as the number it is
#' @export
print.distest_sample_size <- function(x, ...) {
  print(as.numeric(x), ...)
  invisible(x)
}

#' Information criteria to first and second order
#'
#' TIC does not take the model for true; TIC2 and AIC2 are correct to the next order in
#' 1/n. RIC is for ridge fits.
#'
#' @param object A fit.
#' @return A named vector `logLik`, `AIC`, `AIC2`, `TIC`, `TIC2`, `BIC`, `RIC`.
#' @examples
#' expfam_ic(expfam_fit(precip, "gamma"))
#' @export
expfam_ic <- function(object) {
  if (!inherits(object, "distest_expfam")) {
    bad_argument("object", "must be a fit of an exponential family, not %s.",
      describe(object))
  }
  l <- object$loglik
  p <- object$p
  n <- object$n
  fit <- -2 * l
  plain <- c(logLik = l, AIC = fit + 2 * p, AIC2 = NA, TIC = NA, TIC2 = NA,
    BIC = fit + p * log(n), RIC = NA)
  if (object$existence == "boundary" || object$n < 3) {
    return(plain)
  }
  if (object$ridge > 0) {
    H <- object$G + object$ridge * diag(p)
    plain[["RIC"]] <- fit + 2 * sum(diag(solve(H, object$V)))
    return(plain)
  }
  t <- expfam_terms(object, "data")
  plain[["AIC2"]] <- fit + 2 * p + (t$rho13 + t$rho23 - t$rho4) / n
  plain[["TIC"]] <- fit + 2 * t$trace
  plain[["TIC2"]] <- fit + 2 * t$trace + t$T1 / n
  plain[["RIC"]] <- plain[["TIC"]]
  plain
}
