# Fits by Monte Carlo: chains of our own, samplers and reference samples of the user's.

chain_count <- 8L

# which method fits this family, or an error
choose_method <- function(method, f) {
  chains <- !is.null(f$pairs)
  ref <- f$reference$type %||% "none"
  can <- if (chains) c("mcmle", "is", "nce", "pseudo")
  else if (ref == "sampler") c("mcmle", "is", "nce")
  else if (ref == "sample") c("is", "nce", "newton")
  else "newton"
  if (method == "auto") {
    return(can[[1]])
  }
  if (!method %in% can) {
    distest_error("unsupported", sprintf(
      "method = \"%s\" does not fit this family; %s %s.", method, enumerate(can),
      if (length(can) == 1) "does" else "do"), argument = "method")
  }
  method
}

fit_monte_carlo <- function(data, method, weight_type, start, control) {
  f <- data$family
  if (method == "mcmle") {
    return(if (is.null(f$pairs)) fit_sampler(data, weight_type, start, control)
    else fit_chains(data, weight_type, start, control))
  }
  if (method == "pseudo") {
    return(fit_pseudo(data, weight_type, control))
  }
  reference <- reference_draws(f)
  data <- as_statistics(data)
  if (method == "nce") fit_nce(data, reference, weight_type, control)
  else fit_importance(data, reference, weight_type, start, control)
}

# data as their statistics
as_statistics <- function(data) {
  f <- data$family
  if (is.null(f$pairs)) {
    return(data)
  }
  data$codes <- data$x
  data$x <- result_of(.Call(C_expfam_stats, f, f$p, data$x), map = map_argument)$xi
  data
}

# statistics and log weights of draws from the reference measure
reference_draws <- function(f, m = 50000) {
  if (!is.null(f$pairs)) {
    x <- result_of(.Call(C_expfam_sample, f, rep(0, f$p), as.double(m), f$d, NULL))
    return(list(xi = result_of(.Call(C_expfam_stats, f, f$p, x))$xi, logw = rep(0, m)))
  }
  if (f$reference$type == "sampler") {
    return(list(xi = ask_sampler(f, rep(0, f$p), m, NULL)$xi, logw = rep(0, m)))
  }
  list(xi = f$xi, logw = rep_len(f$logw %||% 0, nrow(f$xi)))
}

fit_chains <- function(data, weight_type, start, control) {
  f <- data$family
  out <- result_of(.Call(C_expfam_fit_mc, f, f$p, data$x, data$weights,
    list(mc_tol = control$mc_tol, max_sweeps = control$max_sweeps,
      sampling = weight_type == "sampling" && !is.null(data$weights)),
    start, threads_of(control$threads), progress_of(control$progress)),
  map = map_argument)
  out$info$psi <- out$info$psi + (f$psi_shift %||% 0)
  out$info$loglik <- out$info$loglik - out$info$n * (f$psi_shift %||% 0)
  new_mc_fit(data, out, "mcmle", weight_type)
}

fit_pseudo <- function(data, weight_type, control) {
  f <- data$family
  theta <- result_of(.Call(C_expfam_fit_pseudo, f, f$p, data$x, data$weights,
    threads_of(control$threads), progress_of(control$progress)), map = map_argument)
  xi <- as_statistics(data)$x
  w <- data$weights %||% rep(1, nrow(xi))
  moments <- weighted_moments(xi, w)
  p <- f$p
  out <- list(theta = theta, mean = moments$mean, cov = moments$cov,
    G = matrix(NA_real_, p, p), mixing = matrix(NA_real_, p, 3),
    spectrum = rep(NA_real_, p),
    info = list(n = sum(w), psi = NA_real_, loglik = NA_real_, rounds = 0, converged = 1))
  new_mc_fit(data, out, "pseudo", weight_type)
}

weighted_moments <- function(xi, w) {
  n <- sum(w)
  mean <- colSums(xi * w) / n
  centred <- sweep(xi, 2, mean)
  list(n = n, mean = mean, M2 = crossprod(centred * sqrt(w)),
    cov = crossprod(centred * sqrt(w)) / (n - 1))
}

new_mc_fit <- function(data, out, method, weight_type) {
  f <- data$family
  info <- out$info
  names <- f$stat_names
  dimnames(out$cov) <- dimnames(out$G) <- list(names, names)
  mc <- info[setdiff(names(info), c("n", "psi", "loglik", "reach"))]
  mc$terms <- if (!is.null(info$trace)) info[c("trace", "T1", "T2", "T3", "rho13",
    "rho23", "rho4", "se_r1")]
  mc$terms_sd <- unlist(info[c("sd_trace", "sd_T1", "sd_T2", "sd_T3")])
  mc[c("trace", "T1", "T2", "T3", "rho13", "rho23", "rho4", "se_r1", "sd_trace", "sd_T1",
    "sd_T2", "sd_T3")] <- NULL
  mc$mcse <- stats::setNames(out$mixing[, 1], names)
  mc$rhat <- out$mixing[, 2]
  mc$ess <- out$mixing[, 3]
  mc$spectrum <- out$spectrum
  if (isTRUE(info$rhat_max > 1.05)) {
    distest_warning("convergence", sprintf(
      "The chains disagree (split-Rhat %.3f): they mix too slowly.", info$rhat_max))
  } else if (isFALSE(info$converged == 1)) {
    distest_warning("convergence", sprintf(paste(
      "Monte Carlo error is still %.2g of the sampling error; more draws (max_sweeps in",
      "expfam_control()) would lower it."),
    info$kl_mc * info$n / (0.5 * max(info$trace, 1e-300))))
  }
  structure(list(
    theta = stats::setNames(out$theta, names), psi = info$psi, loglik = info$loglik,
    n = info$n, p = f$p, eta = stats::setNames(out$mean, names), G = out$G, V = out$cov,
    family = f, method = method, iterations = info$rounds, decrement = 0,
    existence = "interior", recession = NULL, ridge = 0, weight_type = weight_type,
    x = data$codes %||% data$x, weights = data$weights, dropped = data$dropped,
    raw = NULL, mc = mc, call = NULL, version = version_string()
  ), class = "distest_expfam")
}

# ---- samplers of the user's
# sampler(theta, n, state): data, or list(x = data, state = what the next call gets)
ask_sampler <- function(f, theta, n, state) {
  out <- of_user("sampler", f$reference$sampler(theta, n, state))
  if (is.list(out) && !is.data.frame(out)) {
    state <- out$state
    out <- out$x
  }
  if (NROW(out) != n) {
    bad_argument("sampler", "must return %d draws, not %d.", as.integer(n), NROW(out))
  }
  x <- out
  xi <- if (is.null(f$statistic)) as_numbers(out) else user_statistics(f$statistic, out)
  if (!is.null(f$kept) && ncol(xi) > f$p) xi <- xi[, f$kept, drop = FALSE]
  list(xi = xi, x = x, state = state)
}

fit_sampler <- function(data, weight_type, start, control) {
  f <- data$family
  sampling <- weight_type == "sampling" && !is.null(data$weights)
  theta <- start %||% rep(0, f$p)
  states <- vector("list", chain_count)
  each <- 500
  report <- progress_of(control$progress)
  for (round in 1:60) {
    draws <- matrix(0, chain_count * each, f$p)
    for (k in seq_len(chain_count)) {
      got <- ask_sampler(f, theta, each, states[[k]])
      draws[(k - 1) * each + seq_len(each), ] <- got$xi
      states[k] <- list(got$state)
      check_moving(f, got$xi, k)
    }
    if (!is.null(report)) report(min(0.9, round / 20), "sampler")
    out <- result_of(.Call(C_expfam_fit_draws, draws, chain_count, theta, data$x,
      data$weights, sampling, threads_of(control$threads), NULL), map = map_argument)
    theta <- out$theta
    if (out$info$reach < 1) next
    aim <- control$mc_tol * out$info$trace / 2 / out$info$n
    out$info$converged <- as.double(out$info$converged == 1 && out$info$kl_mc <= aim)
    most <- floor(min(control$max_sweeps / chain_count, 2^27 / f$p / chain_count))
    if (out$info$converged == 1 || each >= most) break
    each <- floor(min(most, each * min(20, max(1.3, 1.2 * out$info$kl_mc / aim))))
  }
  psi <- bridge_psi(f, theta, states, min(each, 5000))
  out$info$psi <- psi$psi
  out$info$psi_se <- psi$se
  out$info$loglik <- out$info$n * (sum(theta * out$mean) - psi$psi)
  out$info$rounds <- round
  new_mc_fit(data, out, "mcmle", weight_type)
}

# a chain on which a statistic never changes says nothing about it
check_moving <- function(f, xi, chain) {
  stuck <- which(apply(xi, 2, \(s) all(s == s[[1]])))
  if (length(stuck)) {
    distest_error("convergence", sprintf(
      paste("The statistic %s has one value on all %d draws of chain %d: `sampler`",
        "does not move."),
      dQuote(f$stat_names[[stuck[[1]]]], FALSE), nrow(xi), chain),
    argument = "sampler")
  }
}

# Psi(theta) by bridge sampling along t theta from 1 to 0, where it is 0
bridge_psi <- function(f, theta, states, each) {
  draw <- function(t) {
    vapply(seq_len(chain_count), \(k) {
      got <- ask_sampler(f, t * theta, each, states[[k]])
      states[k] <<- list(got$state)
      drop(got$xi %*% theta)
    }, numeric(each))
  }
  ratio <- function(low, high, d) {
    gap <- \(r) sum(stats::plogis(d * low - r)) - sum(stats::plogis(r - d * high))
    reach <- range(d * low, d * high) + c(-1, 1)
    stats::uniroot(gap, reach, tol = 1e-10)$root
  }
  at <- 1
  high <- draw(1)
  step <- 1 / (stats::sd(high) + 1e-6)
  psi <- 0
  part <- rep(0, chain_count)
  for (i in 1:500) {
    following <- if (at - step < 0.3 * step) 0 else at - step
    low <- draw(following)
    d <- at - following
    r <- ratio(low, high, d)
    if (mean(stats::plogis(d * low - r)) < 0.25) {
      step <- d / 2
      next
    }
    psi <- psi + r
    part <- part + vapply(seq_len(chain_count), \(k) ratio(low[, k], high[, k], d), 0)
    at <- following
    step <- min(1 / (stats::sd(low) + 1e-6), 2 * step)
    high <- low
    if (at == 0) break
  }
  list(psi = psi, se = stats::sd(part) / sqrt(chain_count))
}

# ---- one fixed sample from the reference measure
# the family on draws as nodes; draws of its members are the whole family's
on_draws <- function(f, reference) {
  inner <- f
  top <- max(reference$logw)
  inner$whole <- f
  inner$pairs <- NULL
  inner$cname <- "nodes"
  inner$xi <- reference$xi
  inner$logw <- reference$logw - top - log(sum(exp(reference$logw - top)))
  inner$finite <- TRUE
  inner$d <- inner$p
  inner
}

# Newton on the log of a sample mean; the draws' share in the error of theta
fit_importance <- function(data, reference, weight_type, start, control) {
  f <- data$family
  inner <- on_draws(f, reference)
  small <- data
  small$family <- inner
  fit <- fit_newton(small, weight_type, start, "error", 0, control)
  shift <- f$psi_shift %||% 0
  fit$psi <- fit$psi + shift
  fit$loglik <- fit$loglik - fit$n * shift
  fit$mc <- importance_error(inner, fit$theta, fit$eta, fit$G)
  fit$method <- "is"
  fit
}

# kl_mc = tr(G^-1 sum w^2 (xi - eta)(xi - eta)') / 2 for independent draws; psi_se, of the
# log of their mean weight
importance_error <- function(f, theta, eta, G) {
  a <- drop(f$xi %*% theta) + f$logw
  w <- exp(a - max(a))
  w <- w / sum(w)
  u <- sweep(f$xi, 2, eta) * w
  inverse <- solve(G)
  spread <- crossprod(u)
  kl <- 0.5 * sum(inverse * spread)
  list(M = nrow(f$xi), M_eff = length(theta) / (2 * kl), kl_mc = kl,
    psi_se = sqrt(max(0, sum(w^2) - 1 / nrow(f$xi))),
    mcse = sqrt(diag(inverse %*% spread %*% inverse)), rhat = NULL)
}

fit_nce <- function(data, reference, weight_type, control) {
  f <- data$family
  w <- exp(reference$logw - max(reference$logw))
  out <- result_of(.Call(C_expfam_fit_nce, data$x, data$weights, reference$xi,
    w * length(w) / sum(w), threads_of(control$threads), NULL), map = map_argument)
  inner <- on_draws(f, reference)
  at <- result_of(.Call(C_expfam_psi, inner, out$theta))
  moments <- weighted_moments(data$x, data$weights %||% rep(1, nrow(data$x)))
  small <- data
  small$family <- inner
  info <- list(iterations = NA_real_, n = moments$n, psi = out$psi,
    loglik = moments$n * (sum(out$theta * moments$mean) - out$psi), decrement = NA_real_,
    boundary = 0)
  fit <- new_expfam(small, list(theta = out$theta, mean = moments$mean, cov = moments$cov,
    hess = at$hess, info = info), weight_type, 0)
  fit$mc <- importance_error(inner, out$theta, at$grad, at$hess)
  fit$method <- "nce"
  fit
}
