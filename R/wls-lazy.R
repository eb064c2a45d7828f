# Designs on spaces whose features only the user's function can give: candidates that
# are not held in memory, points beyond a reference cloud. The chain of the DPP is C's;
# the features of its proposals are evaluated here, between its calls.

# One value of R's generator stands for all the random numbers of a design.
lazy_seeds <- function() {
  state <- new.env(parent = emptyenv())
  state$base <- floor(stats::runif(1) * 2^52)
  state$used <- 0
  state
}

next_seed <- function(seeds) {
  seeds$used <- seeds$used + 1
  (seeds$base + seeds$used) %% 2^53
}

# n points of alpha mu + (1 - alpha) nu with their orthonormal features: list(x, phi),
# x row numbers or a matrix of points
lazy_points <- function(space, alpha, n, seeds) {
  if (!is.null(space$rows_of)) {
    x <- result_of(.Call(C_wls_draw, space, alpha, n, next_seed(seeds)))
    return(list(x = x, phi = user_features(space, x)))
  }
  x <- matrix(0, 0, space$d)
  phi <- matrix(0, 0, space$m)
  mu <- with_seed(next_seed(seeds) %% 2^31, stats::runif(n) < alpha)
  tries <- 0
  while (nrow(x) < n) { # optimal ones by rejection: k / bound
    ask <- max(32, ceiling((n - nrow(x)) * min(space$bound / space$m, 1e4)))
    more <- with_seed(next_seed(seeds) %% 2^31, list(x = call_sampler(space, ask),
      u = stats::runif(ask)))
    f <- user_features(space, more$x)
    k <- rowSums(f^2)
    if (any(k > space$bound)) {
      distest_error("convergence", sprintf(paste("`reference` is too small: a point of",
        "`sampler` has leverage density %.3g, its points at most %.3g. Use more",
        "reference points."), max(k), space$bound / 4), argument = "reference")
    }
    ok <- more$u * space$bound < k
    free <- which(mu[seq_len(n) > nrow(x)])
    if (length(free)) ok[seq_len(min(length(free), ask))] <- TRUE
    take <- utils::head(which(ok), n - nrow(x))
    x <- rbind(x, more$x[take, , drop = FALSE])
    phi <- rbind(phi, f[take, , drop = FALSE])
    mu <- rep(FALSE, n) # those of mu came first
    tries <- tries + 1
    if (tries > 1000) {
      distest_error("convergence",
        "`sampler` gives hardly any point of the optimal measure.", argument = "sampler")
    }
  }
  if (alpha > 0 && n > 1) { # mixed again, so that the order says nothing
    o <- with_seed(next_seed(seeds) %% 2^31, sample.int(n))
    x <- x[o, , drop = FALSE]
    phi <- phi[o, , drop = FALSE]
  }
  list(x = x, phi = phi)
}

call_sampler <- function(space, n) {
  x <- check_points(space$sampler(n), "sampler", columns = space$d)
  if (nrow(x) != n) {
    bad_argument("sampler", "must return %d points, not %d.", as.integer(n), nrow(x))
  }
  colnames(x) <- space$names
  x
}

bind_points <- function(a, b) {
  x <- if (is.matrix(a$x)) rbind(a$x, b$x) else c(a$x, b$x)
  list(x = x, phi = rbind(a$phi, b$phi))
}

pick_points <- function(p, rows) {
  list(x = if (is.matrix(p$x)) p$x[rows, , drop = FALSE] else p$x[rows],
    phi = p$phi[rows, , drop = FALSE])
}

# r projection DPPs, one after the other, with the number of proposals
lazy_dpps <- function(space, r, seeds) {
  handle <- result_of(.Call(C_wls_stepper, space$m, r, next_seed(seeds)))
  taken <- NULL
  copy <- integer()
  made <- 0
  repeat {
    want <- result_of(.Call(C_wls_stepper_want, handle))
    if (want == 0) break
    p <- lazy_points(space, 0, want, seeds)
    made <- made + want
    got <- result_of(.Call(C_wls_stepper_offer, handle, p$phi))
    if (nrow(got) == 0) next
    some <- pick_points(p, got[, 1])
    taken <- if (is.null(taken)) some else bind_points(taken, some)
    copy <- c(copy, got[, 2])
  }
  c(pick_points(taken, order(copy)), list(proposals = made))
}

# tau_j points of phi_j^2 dmu for each j: a point of the optimal measure belongs to j
# with probability phi_j^2 / k, and waits for nobody once j is full
lazy_strata <- function(space, tau, seeds) {
  left <- tau
  out <- NULL
  while (any(left > 0)) {
    p <- lazy_points(space, 0, max(64, 2 * sum(left)), seeds)
    share <- p$phi^2 / rowSums(p$phi^2)
    u <- with_seed(next_seed(seeds) %% 2^31, stats::runif(nrow(share)))
    j <- 1 + rowSums(u > t(apply(share, 1, cumsum)))
    j <- pmin(j, space$m)
    rank <- stats::ave(j, j, FUN = seq_along)
    keep <- which(rank <= left[j])
    left <- left - tabulate(j[keep], space$m)
    out <- if (is.null(out)) pick_points(p, keep) else bind_points(out,
      pick_points(p, keep))
  }
  out
}

# the copies and the free points of a method, as the library counts them
lazy_copies <- function(method, n, m) {
  switch(method, dpp = , volume = 1, volume_repeated = max(1, n %/% (2 * m)),
    dpp_repeated = n %/% m, boosted = max(3, ceiling(n / m) + 1), 0)
}

lazy_rest <- function(space, taken, count, seeds) {
  N <- length(space$prob)
  rest <- with_seed(next_seed(seeds) %% 2^31,
    sample.int(N, min(N, count + length(taken))))
  rest <- utils::head(setdiff(rest, taken), count)
  list(x = rest, phi = user_features(space, rest))
}

# One design: list(x, phi, w, tau, proposals)
lazy_design <- function(space, opts, n, seeds) {
  m <- space$m
  method <- opts$method
  if (method == "stratified") {
    tau <- rep(n %/% m, m)
    extra <- with_seed(next_seed(seeds) %% 2^31, sample.int(m, n %% m))
    tau[extra] <- tau[extra] + 1
    p <- lazy_strata(space, tau, seeds)
    return(c(p, list(w = n / as.vector(p$phi^2 %*% tau), proposals = 0)))
  }
  copies <- lazy_copies(method, n, m)
  total <- if (method == "boosted") copies * m else n
  p <- if (copies > 0) lazy_dpps(space, copies, seeds)
  made <- if (is.null(p)) 0 else p$proposals
  free <- total - copies * m
  reference <- switch(method, dpp_repeated = , boosted = "optimal", mc = "mu",
    opts$reference)
  alpha <- switch(reference, optimal = 0, mu = 1, mixture = opts$alpha)
  if (free > 0) {
    more <- if (opts$replace) {
      lazy_points(space, alpha, free, seeds)
    } else {
      lazy_rest(space, p$x, free, seeds)
    }
    p <- if (is.null(p)) more else bind_points(p, more)
  }
  if (method %in% c("volume", "volume_repeated")) {
    p <- pick_points(p, with_seed(next_seed(seeds) %% 2^31, sample.int(total)))
  }
  k <- rowSums(p$phi^2)
  share <- if (method == "volume_repeated") copies * m / n else 0
  w <- 1 / ((1 - share) * alpha + (share + (1 - share) * (1 - alpha)) * k / m)
  if (method %in% c("dpp", "dpp_repeated", "boosted")) w <- m / k
  if (method == "volume" && !opts$replace) w <- rep(1, total)
  list(x = p$x, phi = p$phi, w = w, proposals = made)
}

check_lazy_size <- function(space, opts, n) {
  m <- space$m
  if (n < m || (opts$method == "dpp" && n != m)) {
    bad_argument("n", "must be %s %d, the dimension of the space, not %s.",
      if (opts$method == "dpp") "(for \"dpp\")" else "at least", as.integer(m), format(n))
  }
  if (opts$replace) {
    return(invisible())
  }
  if (is.null(space$rows_of) || !opts$method %in% c("volume", "dpp")) {
    bad_argument("replace", paste("can be FALSE for finite spaces and method",
      "\"volume\" or \"dpp\"."))
  }
  if (diff(range(space$prob)) > 1e-12 * max(space$prob)) {
    bad_argument("replace", "can be FALSE only with equal `prob`.")
  }
  if (n > length(space$prob)) {
    bad_argument("n", "must be at most %d without replacement, not %s.",
      length(space$prob), format(n))
  }
}

lazy_sample <- function(space, opts, n, report = NULL) {
  check_lazy_options(opts)
  check_lazy_size(space, opts, n)
  best <- lazy_search(space, opts, n)
  if (length(best$w) > n) {
    A <- sqrt(best$w) * best$phi
    out <- result_of(.Call(C_wls_prune, A, "lambda_min", Inf, n, NULL, report))
    diag <- result_of(.Call(C_wls_diagnose, A[out$kept, , drop = FALSE]))$diag
    diag[5:6] <- best$diag[5:6]
    best <- c(pick_points(best, out$kept), list(w = best$w[out$kept], diag = diag,
      base = best$base))
  }
  rows <- !is.matrix(best$x)
  new_sample(space, if (!rows) best$x, if (rows) as.integer(best$x), best$w, opts,
    best$diag, best$w * rowSums(best$phi^2), sprintf("%.0f", best$base))
}

check_lazy_options <- function(opts) {
  if (!(opts$alpha >= 0 && opts$alpha <= 1)) {
    bad_argument("alpha", "must lie between 0 and 1, not %s.", format(opts$alpha))
  }
  at_most <- if (opts$criterion == "gram" || is.infinite(opts$delta)) Inf else 1
  if (!(opts$delta > 0 && opts$delta <= at_most)) {
    bad_argument("delta", "must be positive%s, not %s.",
      if (opts$criterion == "gram") "" else " and at most 1", format(opts$delta))
  }
}

# tries until the criterion is met; each takes the best of `resample` designs
lazy_search <- function(space, opts, n) {
  seeds <- lazy_seeds()
  best_ever <- Inf
  proposals <- 0
  for (try in seq_len(opts$max_tries)) {
    best <- NULL
    for (g in seq_len(opts$resample)) {
      d <- lazy_design(space, opts, n, seeds)
      proposals <- proposals + d$proposals
      d$diag <- result_of(.Call(C_wls_diagnose, sqrt(d$w) * d$phi))$diag
      d$value <- if (opts$criterion == "gram") d$diag[[4]] else 1 - d$diag[[1]]
      if (is.null(best) || d$value < best$value) best <- d
    }
    best_ever <- min(best_ever, best$value)
    if (is.infinite(opts$delta) || best$value <= opts$delta) {
      best$diag[5:6] <- c(proposals, try)
      best$base <- seeds$base
      return(best)
    }
  }
  distest_error("convergence", sprintf(
    "None of %d designs reached `delta` = %g (best %.4g); use more points.",
    as.integer(try * opts$resample), opts$delta, best_ever), argument = "delta")
}
