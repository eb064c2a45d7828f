#' Fit an exponential family
#'
#' Maximum likelihood for any exponential family, without taking the model for true: the
#' fit carries what [expfam_risk()], [expfam_pn()] and sandwich standard errors need.
#'
#' Whether the maximum exists is decided, not guessed: by the exact rule of the family,
#' or on a finite support by linear programming (see [expfam_exists()]). Where it does
#' not exist the fit is an error of class `distest_error_existence`, or with
#' `boundary = "limit"` the limiting member on the smallest face that holds the data,
#' with a warning.
#'
#' @param x Data: a vector, or a matrix or data frame with one row per observation. For
#'   `"loglinear"` a data frame of factors or a table of counts.
#' @param family From [expfam_family()] or [expfam_custom()], or the name of a family
#'   without settings.
#' @param weights Non-negative numbers, one per observation, or `NULL`.
#' @param weight_type `"frequency"`: as if rows were repeated; `"sampling"`: design
#'   weights, with the number of rows as sample size.
#' @param terms Statistics to keep, by name or number; for custom, loglinear and pairwise
#'   families.
#' @param method `"auto"` takes what fits the family: `"newton"` where the log partition
#'   can be computed; `"mcmle"`, Monte Carlo maximum likelihood by Markov chains, for
#'   pairwise models, large dense Ising models and samplers of your own; `"is"`, one fixed
#'   sample from the reference measure, for [expfam_ref_sample()]. `"nce"` is
#'   noise-contrastive estimation with the reference measure as noise, `"pseudo"` the
#'   pseudo-likelihood of pairwise models (coefficients only: no risk).
#' @param start Starting values for the natural parameters, or `NULL`.
#' @param boundary What to do when the maximum does not exist.
#' @param ridge `NULL`, or a penalty \eqn{\lambda}: minimises
#'   \eqn{\Psi(\theta) - \theta'\bar\xi + \lambda|\theta|^2/2}.
#' @param na.action [stats::na.fail()] or [stats::na.omit()].
#' @param control From [expfam_control()].
#' @return An object of class `distest_expfam`: a list with `theta`, `psi`, `loglik`, `n`,
#'   `p`, `eta` (means of the statistics), `G` and `V` (their covariance under the model
#'   and in the data), `family`, `method`, `iterations`, `decrement`, `existence`,
#'   `recession`, `call`; after Monte Carlo also `mc` with `M` draws, `M_eff` effective
#'   ones, `kl_mc`, `mcse` of theta, `rhat`, and the terms of the risk with `terms_sd`.
#'   It is plain data and can be saved.
#' @references Sheena, Y. (2023). MLE convergence speed to information projection of
#'   exponential family: criterion for model dimension and sample size. *Statistical
#'   Papers*. arXiv:2105.08947.
#' @examples
#' fit <- expfam_fit(precip, "gamma")
#' fit
#' expfam_pn(fit)
#' expfam_fit(HairEyeColor, expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3)))
#' @export
expfam_fit <- function(x, family, weights = NULL,
                       weight_type = c("frequency", "sampling"), terms = NULL,
                       method = c("auto", "newton", "mcmle", "is", "nce", "pseudo"),
                       start = NULL, boundary = c("error", "limit"), ridge = NULL,
                       na.action = stats::na.fail, control = expfam_control()) {
  weight_type <- check_choice(weight_type, c("frequency", "sampling"), "weight_type")
  boundary <- check_choice(boundary, c("error", "limit"), "boundary")
  method <- check_choice(method, c("auto", "newton", "mcmle", "is", "nce", "pseudo"),
    "method")
  ridge <- if (is.null(ridge)) 0 else check_number(ridge, "ridge", at_least = 0)
  check_control(control)
  data <- expfam_data(x, as_family(family), weights, na.action)
  if (!is.null(terms)) data <- keep_terms(data, terms)
  start <- check_numbers(start, "start", length = data$family$p, null = TRUE)
  method <- choose_method(method, data$family)
  if (method != "newton" && ridge > 0) {
    bad_argument("ridge", "is for method = \"newton\" only.")
  }
  fit <- if (method == "newton") {
    fit_newton(data, weight_type, start, boundary, ridge, control)
  } else {
    fit_monte_carlo(data, method, weight_type, start, control)
  }
  if (!is.null(data$base)) {
    w <- data$weights %||% rep(1, length(data$base))
    fit$base <- data$base
    fit$loglik <- fit$loglik + fit$n * sum(w * data$base) / sum(w)
  }
  fit$call <- match.call()
  fit
}

as_family <- function(family) {
  if (is.character(family) && length(family) == 1) family <- expfam_family(family)
  if (!inherits(family, "distest_expfam_family")) {
    bad_argument("family", "must be made by expfam_family() or expfam_custom(), not %s.",
      describe(family))
  }
  family
}

#' @rdname expfam_fit
#' @param max_iter Newton steps at most.
#' @param tol Ends when n times the divergence left is below it.
#' @param mc_tol For Monte Carlo: draws are added until the divergence they cause is
#'   below this part of what the sample itself costs, r1/n.
#' @param max_sweeps Draws in a round at most, over all chains.
#' @param threads,progress See [distest-package].
#' @export
expfam_control <- function(max_iter = 100, tol = 1e-12, mc_tol = 0.01,
                           max_sweeps = 1e7,
                           threads = getOption("distest.threads"),
                           progress = getOption("distest.progress", interactive())) {
  list(max_iter = check_count(max_iter, "max_iter"),
    tol = check_number(tol, "tol", above = 0),
    mc_tol = check_number(mc_tol, "mc_tol", above = 0),
    max_sweeps = check_count(max_sweeps, "max_sweeps", at_least = 8000),
      threads = threads, progress = progress)
}

check_control <- function(control) {
  wanted <- names(formals(expfam_control))[1:4]
  if (!is.list(control) || !all(wanted %in% names(control))) {
    bad_argument("control", "must be made by expfam_control().")
  }
}

control_set <- function(control, ridge = 0, sampling = FALSE) {
  list(max_iter = control$max_iter, tol = control$tol, ridge = ridge, sampling = sampling)
}

map_argument <- c(mean = "x", sample = "x", xi = "x")

fit_newton <- function(data, weight_type, start, boundary, ridge, control) {
  f <- data$family
  sampling <- weight_type == "sampling" && !is.null(data$weights)
  progress <- progress_of(control$progress)
  check_collinear(data)
  out <- .Call(C_expfam_fit, f, f$p, data$x, data$weights,
    control_set(control, ridge, sampling), start, threads_of(control$threads), progress)
  limit <- inherits(out, "distest_failure") && out$status == 7L && boundary == "limit"
  if (limit) {
    return(fit_on_face(data, weight_type, control))
  }
  if (inherits(out, "distest_failure") && out$status == 7L) out$message <- explain(out,
    data)
  out <- result_of(out, map = map_argument)
  fit <- new_expfam(data, out, weight_type, ridge)
  if (fit$existence == "boundary") {
    distest_warning("boundary",
      "The maximum lies on the boundary of the parameter space.")
  }
  refine_nodes(fit, data, weight_type, start, boundary, ridge, control)
}

explain <- function(out, data) {
  sub("all observations", sprintf("all %d observations", nrow(data$x)), out$message,
    fixed = TRUE)
}

# Constant and collinear columns of custom statistics are named before anything is tried.
check_collinear <- function(data) {
  f <- data$family
  if (is.null(f$xi)) {
    return(invisible())
  }
  centred <- sweep(f$xi, 2, colMeans(f$xi))
  size <- sqrt(colMeans(centred^2))
  constant <- size <= 1e-12 * pmax(1, abs(colMeans(f$xi)))
  if (any(constant)) {
    distest_error("singular",
      sprintf("The statistic %s is constant; leave it out with `terms`.",
      enumerate(f$stat_names[constant])), argument = "x")
  }
  scaled <- sweep(centred, 2, size, "/")
  q <- qr(scaled, tol = 1e-10)
  if (q$rank < f$p) {
    bad <- q$pivot[seq(q$rank + 1, f$p)]
    distest_error("singular", sprintf(
      "The statistics are linearly dependent: %s; leave %s out with `terms`.",
      paste(vapply(bad, \(k) relation(f, q, scaled, size, k), ""), collapse = "; "),
      if (length(bad) == 1) "it" else "them"), argument = "x", value = bad)
  }
}

# "b" = 2 "a" + constant, from the factors of the columns before
relation <- function(f, q, scaled, size, k) {
  kept <- q$pivot[seq_len(q$rank)]
  by <- qr.coef(qr(scaled[, kept, drop = FALSE]), scaled[, k]) * size[[k]] / size[kept]
  counts <- which(abs(by) > 1e-8 * max(abs(by)))
  named <- \(i) dQuote(f$stat_names[i], FALSE)
  shown <- utils::head(counts, 4)
  sprintf("%s = %s%s + constant", named(k), paste(format_number(by[shown]),
    named(kept[shown]), collapse = " + "), if (length(counts) > 4) " + ..." else "")
}

new_expfam <- function(data, out, weight_type, ridge) {
  f <- data$family
  names(out$theta) <- names(out$mean) <- f$stat_names
  dimnames(out$hess) <- dimnames(out$cov) <- list(f$stat_names, f$stat_names)
  structure(list(
    theta = out$theta, psi = out$info$psi, loglik = out$info$loglik, n = out$info$n,
    p = f$p, eta = out$mean, G = out$hess, V = out$cov, family = f, method = "newton",
    iterations = out$info$iterations, decrement = out$info$decrement,
    existence = if (out$info$boundary == 1) "boundary" else "interior",
    recession = NULL, ridge = ridge, weight_type = weight_type, x = data$x,
    weights = data$weights, dropped = data$dropped,
    raw = if (is.data.frame(data$raw) || is.matrix(data$raw)) NULL else data$raw,
    call = NULL, version = version_string()
  ), class = "distest_expfam")
}

# Interval and integer references are made finer or longer until nothing changes.
refine_nodes <- function(fit, data, weight_type, start, boundary, ridge, control) {
  finer <- finer_family(fit$family, fit$theta)
  if (is.null(finer)) {
    return(fit)
  }
  data$family$xi <- finer$xi
  data$family$logw <- finer$logw
  data$family$node_size <- finer$node_size
  fit_newton(data, weight_type, fit$theta, boundary, ridge, control)
}

# the family on twice the nodes, or NULL where they would not change Psi at theta
finer_family <- function(f, theta, argument = "reference") {
  ref <- f$reference
  if (is.null(ref) || !ref$type %in% c("interval", "integers")) {
    return(NULL)
  }
  size <- f$node_size %||% 1
  if (size >= if (ref$type == "integers") 4096 else 64) {
    distest_error("domain", paste(
      "The log partition does not settle on the reference measure;",
      "it may be infinite at these coefficients."
    ), argument = argument)
  }
  psi <- log_partition(f$xi, f$logw, theta)
  finer <- reference_nodes(ref, f$statistic, f$log_base, 2 * size)
  f$xi <- if (is.null(f$kept)) finer$xi else finer$xi[, f$kept, drop = FALSE]
  f$logw <- finer$logw
  f$node_size <- 2 * size
  fine <- log_partition(f$xi, f$logw, theta)
  if (abs(fine - psi) <= 1e-12 * max(1, abs(fine))) NULL else f
}

log_partition <- function(xi, logw, theta) {
  a <- drop(xi %*% theta) + logw
  max(a) + log(sum(exp(a - max(a))))
}
