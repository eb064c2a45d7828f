# Times and errors of the wls family against peers and limits of the same run. Peers that
# need another language's packages (OpenTURNS) are used when they are there; the
# algorithms of DPPy are written out below, vectorised, as it does them with numpy.
suppressMessages(library(distest))
row <- function(case, ours, limit, target, at_most = TRUE) {
  ratio <- if (at_most) ours / limit else limit / ours
  cat(sprintf("wls,%s,%.4g,%.4g,%.3g,%g,%s\n", case, ours, limit, ratio, target,
    if (if (at_most) ratio <= target else ratio >= target) "yes" else "no"))
}
seconds <- function(code) system.time(code)[[3]]
# ours and the peer alternately, the least time of each
pair <- function(ours, peer, times = 5) {
  t <- replicate(times, c(seconds(ours()), seconds(peer())))
  apply(t, 1, min)
}
set.seed(1)

# ---- determinantal points --------------------------------------------------------------
# DPPy, FiniteDPP.sample_exact(mode = "GS") for a projection: O(N m) per point
peer_finite <- function(V) {
  N <- nrow(V)
  m <- ncol(V)
  norms <- rowSums(V^2)
  C <- matrix(0, N, m)
  items <- integer(m)
  free <- rep(TRUE, N)
  for (i in seq_len(m)) {
    j <- sample.int(N, 1, prob = pmax(norms, 0) * free)
    items[[i]] <- j
    free[[j]] <- FALSE
    if (i == m) break
    s <- seq_len(i - 1)
    C[, i] <- (V %*% V[j, ] - C[, s, drop = FALSE] %*% C[j, s]) / sqrt(norms[[j]])
    norms <- norms - C[, i]^2
  }
  items
}
for (size in list(c(1e5, 50, 300), c(2e4, 200, 50))) {
  F <- matrix(rnorm(size[[1]] * size[[2]]), size[[1]])
  space <- wls_space_finite(F)
  V <- t(space$phi) * sqrt(space$prob)
  t <- pair(\() for (i in 1:5) wls_sample(space, method = "dpp", threads = 1),
    \() peer_finite(V), 2)
  row(sprintf("finite DPP N=%g m=%g per draw against the chain rule over N rows", size[[1]],
    size[[2]]), t[[1]] / 5, t[[2]], size[[3]], FALSE)
}

# DPPy, MultivariateJacobiOPE.sample(): one proposal after the other from the arcsine
# law, accepted by the conditional density
peer_ope <- function(space) {
  d <- space$d
  m <- space$m
  Q <- matrix(0, m, 0)
  x <- matrix(0, 0, d)
  bound <- (pi / 2)^d * 2^d
  while (nrow(x) < m) {
    repeat {
      u <- matrix(cos(pi * runif(d)), 1)
      phi <- wls_features(space, u)
      density <- prod(pi * sqrt(1 - u^2) / 2) # of mu over that of the arcsine law
      r <- sum(phi^2) - sum((phi %*% Q)^2)
      if (runif(1) * bound * m < r * density) break
    }
    v <- t(phi) - Q %*% crossprod(Q, t(phi))
    Q <- cbind(Q, v / sqrt(sum(v^2)))
    x <- rbind(x, u)
  }
  x
}
for (case in list(c(2, 12), c(3, 7), c(4, 4))) {
  space <- wls_space(wls_basis("legendre", case[[2]]), d = case[[1]])
  t <- pair(\() for (i in 1:3) wls_sample(space, method = "dpp", threads = 1),
    \() peer_ope(space), 1)
  row(sprintf("continuous DPP d=%g m=%d against one proposal at a time", case[[1]],
    space$m), t[[1]] / 3, t[[2]], 30, FALSE)
}

# ---- pruning ----------------------------------------------------------------------------
naive_prune <- function(A, n) {
  while (nrow(A) > n) {
    low <- vapply(seq_len(nrow(A)), \(i) min(eigen(crossprod(A[-i, ]) / (nrow(A) - 1), TRUE,
      TRUE)$values), 0)
    A <- A[-which.max(low), ]
  }
  A
}
space <- wls_space(wls_basis("legendre", 19))
design <- wls_sample(space, 150, "iid_optimal")
A <- sqrt(design$weights) * wls_features(space, design$points)
t <- pair(\() wls_prune(design, Inf, "lambda_min", 24), \() naive_prune(A, 24), 1)
row("greedy n=150 to 24 m=20 against eigenvalues of every candidate", t[[1]], t[[2]], 100,
  FALSE)
cube <- function(degree) wls_space(wls_basis("legendre", degree, min = -pi, max = pi), d = 3)
design <- wls_sample(cube(8), 495)
row("greedy n=495 to 206 m=165 (seconds)", seconds(wls_prune(design, Inf, "lambda_min",
  206)), 20, 1)

# ---- index sets, fits of many outputs ----------------------------------------------------
row("index set d=20 degree 5 (seconds)", min(replicate(3,
  seconds(wls_index_set(20, "total_degree", 5)))), 0.05, 1)
space <- wls_space(wls_basis("legendre", 4), d = 6)
design <- wls_sample(space, 420)
Y <- matrix(rnorm(420 * 1000), 420)
phi <- wls_features(space, design$points)
t <- pair(\() wls_fit(space, design, Y, threads = 1),
  \() lm.wfit(phi, Y, design$weights), 3)
row("fit m=210 n=420 1000 outputs against lm.wfit", t[[1]], t[[2]], 1)

# ---- OpenTURNS -------------------------------------------------------------------------
file <- if (file.exists("tests/bench/wls_openturns.py")) "tests/bench/wls_openturns.py"
python <- Sys.getenv("PYTHON", "python3") # the one that has openturns
lines <- if (!is.null(file) && nzchar(Sys.which(python))) {
  suppressWarnings(system2(python, file, stdout = TRUE, stderr = FALSE))
}
ishigami <- \(x) sin(x[, 1]) + 7 * sin(x[, 2])^2 + 0.1 * x[, 3]^4 * sin(x[, 1])
error <- function(space, n, method) {
  median(replicate(3, {
    fit <- wls_fit(space, wls_sample(space, n, method, progress = FALSE), f = ishigami)
    wls_error(fit, ishigami, 4000)$relative
  }))
}
ours <- list("10 572" = error(cube(10), 572, "dpp_repeated"),
  "10 358" = error(cube(10), 358, "dpp_repeated"),
  "8 206" = error(cube(8), 206, "boosted"))
row("Ishigami degree 10 n=572 dpp_repeated error", ours[[1]], 1.6e-3, 1)
row("Ishigami degree 10 n=358 dpp_repeated error", ours[[2]], 2.6e-3, 1)
row("Ishigami degree 8 n=206 boosted error", ours[[3]], 2.3e-2, 1)
if (length(lines)) {
  peer <- read.csv(text = lines, header = FALSE)
  value <- stats::setNames(peer$V2, peer$V1)
  for (case in names(ours)) {
    best <- min(value[grep(paste0("^error ", case), names(value))])
    row(sprintf("Ishigami degree and n %s error against OpenTURNS (better of Sobol' and LHS)",
      case), ours[[case]], best, if (case == "10 572") 0.5 else 0.2)
  }
  row("fit m=210 n=420 1000 outputs against OpenTURNS", t[[1]],
    value[["fit 1000 outputs"]], 100, FALSE)
}
