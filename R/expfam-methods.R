#' Methods for fits of exponential families
#'
#' @param object,x A fit from [expfam_fit()].
#' @param type For `coef()` `"natural"`, `"usual"` or `"mean"`; for `vcov()`, `confint()`
#'   and the tidiers `"sandwich"` (holds whatever the truth), `"model"` or `"bootstrap"`;
#'   for `predict()` `"density"`, `"log_density"`, `"cdf"`, `"quantile"` or
#'   `"conditional"`, the law of one variable given the others for pairwise, Ising and
#'   normal models: probabilities of the levels, or mean and standard deviation.
#' @param target For `"conditional"`: the variable, by name or number.
#' @param base Densities of pairwise models are with respect to the base measure; `TRUE`
#'   multiplies by its density.
#' @param par `"natural"` or `"usual"` parameters (by the delta method).
#' @param parm Names or numbers of coefficients; `NULL` for all.
#' @param level,conf.int,conf.level,exponentiate As usual.
#' @param method `"wald"`, `"profile"` (likelihood ratio, natural parameters) or
#'   `"bootstrap"`.
#' @param B Bootstrap replicates.
#' @param newdata Points, as the data of the fit; probabilities for `"quantile"`.
#' @param nsim,seed Number of draws; a seed that leaves R's state alone, or `NULL`.
#'   Draws are data as the fit takes them (of statistics given as [expfam_ref_grid()],
#'   rows of these); those on an interval or a box invert distribution functions
#'   tabulated on a fine rule.
#' @param data Data to add columns to.
#' @param digits Digits to print.
#' @param k Penalty per parameter.
#' @param ... Nothing more.
#' @name expfam-methods
#' @examples
#' fit <- expfam_fit(precip, "gamma")
#' summary(fit)
#' confint(fit, par = "usual")
#' predict(fit, c(20, 40), type = "cdf")
NULL

#' @rdname expfam-methods
#' @export
print.distest_expfam <- function(x, digits = number_digits(), ...) {
  check_dots_empty(...)
  cat(format(x), "\n", sep = "")
  par <- usual_of(x)
  if (!is.null(par) && length(par) <= 12) {
    write_block("  usual:   ", sprintf("%s = %s", names(par), format_number(par, digits)))
  }
  if (x$p <= 12) {
    write_block("  natural: ", sprintf("%s = %s", names(x$theta),
      format_number(x$theta, digits)))
  }
  cat(sprintf("  logLik %s on %d parameters\n", format_number(x$loglik, max(digits, 6)),
    as.integer(x$p)))
  if (x$existence == "face") {
    write_lines(paste(
      "The maximum does not exist; this is its limit on",
      "the smallest face that holds the data."
    ),
      indent = 2, exdent = 2)
  }
  if (x$existence == "boundary") {
    cat("  The maximum lies on the boundary of the parameter space.\n")
  }
  invisible(x)
}

#' @export
format.distest_expfam <- function(x, ...) {
  sprintf("%s; n = %s%s", format(x$family), format(x$n),
    if (x$dropped > 0) sprintf(" (%s dropped)", count_text(x$dropped, "row")) else "")
}

#' @rdname expfam-methods
#' @export
coef.distest_expfam <- function(object, type = c("natural", "usual", "mean"), ...) {
  check_dots_empty(...)
  type <- check_choice(type, c("natural", "usual", "mean"), "type")
  switch(type, natural = object$theta, mean = object$eta, usual = {
    par <- usual_of(object)
    if (is.null(par)) no_usual()
    par
  })
}

no_usual <- function() {
  distest_error("unsupported",
    "The family has no usual parameters; type or par = \"natural\" gives its own.")
}

#' @rdname expfam-methods
#' @export
vcov.distest_expfam <- function(object, type = c("sandwich", "model", "bootstrap"),
                                par = c("natural", "usual"), B = 500L, ...) {
  check_dots_empty(...)
  type <- check_choice(type, c("sandwich", "model", "bootstrap"), "type")
  par <- check_choice(par, c("natural", "usual"), "par")
  names <- names(object$theta)
  if (object$existence == "boundary") {
    v <- matrix(NA_real_, object$p, object$p, dimnames = list(names, names))
    return(v)
  }
  H <- object$G + object$ridge * diag(object$p)
  s <- sqrt(diag(H)) # scaled, so that solve() does not mistake units for singularity
  inverse <- tryCatch(solve(H / outer(s, s), tol = 1e-17), error = \(e) {
    distest_error("singular",
      paste(
        "The covariance of the statistics is singular to the digits of",
        "the machine; move and scale the data, to (-1, 1) say."
      ),
      argument = "object")
  }) / outer(s, s)
  v <- switch(type,
    model = inverse / object$n,
    sandwich = inverse %*% object$V %*% inverse / object$n,
    bootstrap = stats::cov(expfam_bootstrap(object, B)$theta, use = "complete.obs")
  )
  if (par == "usual") {
    names <- names(coef(object, "usual"))
    J <- usual_of(object, jacobian = TRUE)
    v <- J %*% v %*% t(J)
  }
  v <- (v + t(v)) / 2
  dimnames(v) <- list(names, names)
  v
}

#' @rdname expfam-methods
#' @export
confint.distest_expfam <- function(object, parm = NULL, level = 0.95,
                                   method = c("wald", "profile", "bootstrap"),
                                   type = c("sandwich", "model"),
                                   par = c("natural", "usual"), B = 1000L, ...) {
  check_dots_empty(...)
  method <- check_choice(method, c("wald", "profile", "bootstrap"), "method")
  type <- check_choice(type, c("sandwich", "model"), "type")
  par <- check_choice(par, c("natural", "usual"), "par")
  check_level(level)
  est <- coef(object, par)
  at <- if (is.null(parm)) seq_along(est) else check_parm(parm, names(est))
  if (method == "wald") {
    return(confint_table(est, sqrt(diag(vcov(object, type, par))), parm, level))
  }
  out <- if (method == "profile") {
    if (par == "usual") bad_argument("par", "must be \"natural\" for profile intervals.")
    t(vapply(at, \(k) profile_limits(object, k, level), c(0, 0)))
  } else {
    draws <- expfam_bootstrap(object, B)$theta
    if (par == "usual") {
      draws <- t(apply(draws, 1, \(th) {
        if (anyNA(th)) return(rep(NA_real_, length(est)))
        usual_of(list(family = object$family, theta = th))
      }))
      draws <- matrix(draws, ncol = length(est))
    }
    q <- apply(draws, 2, stats::quantile, (1 + c(-1, 1) * level) / 2, na.rm = TRUE)
    t(q)[at, , drop = FALSE]
  }
  dimnames(out) <- list(names(est)[at], level_names(level))
  out
}

#' @rdname expfam-methods
#' @export
logLik.distest_expfam <- function(object, ...) {
  check_dots_empty(...)
  structure(object$loglik, df = object$p, nobs = object$n, class = "logLik")
}

#' @rdname expfam-methods
#' @export
AIC.distest_expfam <- function(object, ..., k = 2) {
  check_dots_empty(...)
  -2 * object$loglik + k * object$p
}

#' @rdname expfam-methods
#' @importFrom stats AIC BIC
#' @export
BIC.distest_expfam <- function(object, ...) {
  check_dots_empty(...)
  -2 * object$loglik + log(object$n) * object$p
}

#' @rdname expfam-methods
#' @export
nobs.distest_expfam <- function(object, ...) object$n

#' @rdname expfam-methods
#' @export
summary.distest_expfam <- function(object, ...) {
  check_dots_empty(...)
  risky <- object$existence != "boundary" && object$n >= 3 && object$ridge == 0 &&
    !(object$weight_type == "sampling" && !is.null(object$weights))
  se <- sqrt(diag(vcov(object)))
  table <- cbind(estimate = object$theta, `se (sandwich)` = se,
    `se (model)` = sqrt(diag(vcov(object, "model"))))
  structure(list(fit = object, table = table,
    usual = if (!is.null(usual_of(object)) && object$existence == "interior") {
      cbind(estimate = coef(object, "usual"),
        `se (sandwich)` = sqrt(diag(vcov(object, par = "usual"))))
    },
    ic = expfam_ic(object), pn = if (risky) suppressWarnings(expfam_pn(object)),
    spectrum = if (risky) range(expfam_terms(object, "data", full = TRUE)$spectrum)
  ), class = "summary.distest_expfam")
}

#' @export
print.summary.distest_expfam <- function(x, digits = number_digits(), ...) {
  check_dots_empty(...)
  cat(format(x$fit), "\n\nNatural parameters:\n", sep = "")
  print_coefficients(x$table, digits)
  if (!is.null(x$usual)) {
    cat("\nUsual parameters:\n")
    print_coefficients(x$usual, digits)
  }
  cat("\n")
  ic <- x$ic[!is.na(x$ic)]
  write_block("", sprintf("%s %s", names(ic), format_number(ic, max(digits, 6))))
  if (!is.null(x$spectrum)) {
    write_lines(sprintf(
      "Eigenvalues of G^-1 V from %s to %s; all are 1 when the model is true.",
      format_number(x$spectrum[[1]], 3), format_number(x$spectrum[[2]], 3)))
  }
  if (!is.null(x$pn)) {
    cat("\n")
    print(x$pn)
  }
  invisible(x)
}

#' @rdname expfam-methods
#' @export
predict.distest_expfam <- function(object, newdata = NULL,
                                   type = c("density", "log_density", "cdf", "quantile",
                                     "conditional"),
                                   target = NULL, base = FALSE, ...) {
  check_dots_empty(...)
  check_version(object)
  type <- check_choice(type, c("density", "log_density", "cdf", "quantile",
    "conditional"), "type")
  check_flag(base, "base")
  if (type == "conditional") {
    if (is.null(target)) bad_argument("target", "must name a variable.")
    return(conditional(object, newdata, target))
  }
  if (type == "quantile") {
    p <- check_numbers(newdata, "newdata")
    if (any(p < 0 | p > 1)) bad_argument("newdata", "must be probabilities.")
    return(member_quantile(object, p))
  }
  if (type == "cdf") {
    data <- newdata %||% if (has_line_nodes(object$family)) object$raw else object$x[, 1]
    return(member_cdf(object, check_numbers(data, "newdata")))
  }
  if (is.null(newdata) && is.null(object$x)) {
    bad_argument("newdata", "must be given: the fit has no data.")
  }
  d <- member_log_density(object, newdata, base)
  if (type == "density") exp(d) else d
}

#' @rdname expfam-methods
#' @export
residuals.distest_expfam <- function(object, ...) {
  check_dots_empty(...)
  f <- object$family
  x <- line_values(object)
  if (is.null(x) && !on_line(f)) {
    unsupported("residuals", object, "quantile residuals are for data on the line")
  }
  high <- member_cdf(object, x)
  low <- if (is_count(f)) member_cdf(object, x - 1) else high
  u <- if (identical(low, high)) high else low + stats::runif(length(x)) * (high - low)
  stats::qnorm(pmin(pmax(u, 1e-16), 1 - 1e-16))
}

#' @rdname expfam-methods
#' @export
tidy.distest_expfam <- function(x, conf.int = FALSE, conf.level = 0.95,
                                exponentiate = FALSE, type = c("sandwich", "model"),
                                par = c("natural", "usual"), ...) {
  check_dots_empty(...)
  type <- check_choice(type, c("sandwich", "model"), "type")
  par <- check_choice(par, c("natural", "usual"), "par")
  est <- coef(x, par)
  out <- tidy_table(names(est), est, sqrt(diag(vcov(x, type, par))), conf.int, conf.level,
    exponentiate)
  out$component <- par
  out
}

#' @rdname expfam-methods
#' @export
glance.distest_expfam <- function(x, ...) {
  check_dots_empty(...)
  ic <- as.list(expfam_ic(x))
  pn <- tryCatch(suppressWarnings(expfam_pn(x)), distest_error = \(e) NULL)
  glance_table(nobs = x$n, df = x$p, logLik = x$loglik, AIC = ic$AIC, BIC = ic$BIC,
    converged = TRUE, trace = pn$trace %||% NA_real_, AIC2 = ic$AIC2, TIC = ic$TIC,
    TIC2 = ic$TIC2, risk = pn$risk %||% NA_real_, risk.se = pn$se %||% NA_real_,
    alpha.hat = pn$alpha_hat %||% NA_real_, n.required = pn$n_required %||% NA_real_,
    pass = pn$pass %||% NA)
}

#' @rdname expfam-methods
#' @export
augment.distest_expfam <- function(x, data = NULL, ...) {
  check_dots_empty(...)
  out <- as.data.frame(data %||% x$x)
  if (nrow(out) != nrow(x$x)) {
    bad_argument("data", "must have the %d rows of the fit, not %d.", nrow(x$x),
      nrow(out))
  }
  out$.fitted <- exp(member_log_density(x))
  out$.leverage <- if (x$n >= 3) expfam_terms(x, "data",
    full = TRUE)$leverage else NA_real_
  out
}

#' @export
as.data.frame.distest_expfam <- function(x, ...) tidy(x)
