# Times of the wls family, as ratios to a peer or a limit measured in the same run.
suppressMessages(library(distest))
row <- function(case, ours, limit, target, at_most = TRUE) {
  ratio <- ours / limit
  cat(sprintf("wls,%s,%.4g,%.4g,%.3g,%g,%s\n", case, ours, limit, ratio, target,
    if (if (at_most) ratio <= target else ratio >= target) "yes" else "no"))
}
# ours and the peer alternately, the best of five each
pair <- function(ours, peer, times = 5) {
  t <- replicate(times, c(system.time(ours())[[3]], system.time(peer())[[3]]))
  apply(t, 1, min)
}
set.seed(1)
cat("family,case,ours,peer or limit,ratio,target,pass\n")

F <- matrix(rnorm(5e6), 1e5)
t <- pair(\() wls_space_finite(F, threads = 1), \() qr(F, LAPACK = TRUE), 2)
row("finite set-up N=1e5 m=50 against qr(LAPACK)", t[[1]], t[[2]], 1.5)

space <- wls_space(wls_basis("legendre", 4), d = 6)
design <- wls_sample(space, 420)
Y <- matrix(rnorm(420 * 1000), 420)
phi <- wls_features(space, design$points)
t <- pair(\() wls_fit(space, design, Y, threads = 1), \() lm.wfit(phi, Y, design$weights))
row("fit m=210 n=420 1000 outputs against lm.wfit", t[[1]], t[[2]], 1)

t <- system.time(wls_index_set(20, "total_degree", 5))[[3]]
row("index set d=20 degree 5 (seconds)", t, 0.05, 1)

ishigami <- \(x) sin(x[, 1]) + 7 * sin(x[, 2])^2 + 0.1 * x[, 3]^4 * sin(x[, 1])
cube <- \(degree) wls_space(wls_basis("legendre", degree, min = -pi, max = pi), d = 3)
error <- function(space, n, method) {
  median(replicate(3, {
    fit <- wls_fit(space, wls_sample(space, n, method), f = ishigami)
    wls_error(fit, ishigami, 4000)$relative
  }))
}
row("Ishigami degree 10 n=572 dpp_repeated error", error(cube(10), 572, "dpp_repeated"), 1.6e-3, 1)
row("Ishigami degree 10 n=358 dpp_repeated error", error(cube(10), 358, "dpp_repeated"), 2.6e-3, 1)
row("Ishigami degree 8 n=206 boosted error", error(cube(8), 206, "boosted"), 2.3e-2, 1)

fit <- wls_fit(cube(10), wls_sample(cube(10)), f = ishigami)
x <- matrix(runif(3e5, -pi, pi), 1e5)
A <- matrix(0.5, 1e5, 286)
t <- pair(\() predict(fit, x, threads = 1), \() A %*% coef(fit), 3)
row("predict 1e5 points m=286 against A %*% c in memory", t[[1]], t[[2]], 2)
