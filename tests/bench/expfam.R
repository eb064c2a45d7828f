# expfam: ours against a limit or a peer; one CSV line a case: family,case,ours,peer or
# limit,ratio,target,pass. Both are timed in turn; the best of the rounds counts. Cases
# named "time" want ours / limit below the target, the others peer / ours above it.
library(distest)

best <- function(ours, peer, rounds = 3) {
  a <- b <- Inf
  for (i in seq_len(rounds)) {
    a <- min(a, system.time(ours())[["elapsed"]])
    b <- min(b, system.time(peer())[["elapsed"]])
  }
  c(max(a, 1e-4), max(b, 1e-4))
}

report <- function(case, t, target, faster = TRUE) {
  ratio <- if (faster) t[[2]] / t[[1]] else t[[1]] / t[[2]]
  pass <- if (faster) ratio >= target else ratio <= target
  cat(sprintf("expfam,%s,%.4g,%.4g,%.3g,%g,%s\n", case, t[[1]], t[[2]], ratio, target,
    if (pass) "yes" else "no"))
}

quiet <- expfam_control(progress = FALSE)
set.seed(1)
x <- rgamma(1e6, 3, 2)
report("time gamma n=1e6 / mean(x) + mean(log(x))", best(
  \() expfam_fit(x, "gamma", control = quiet), \() mean(x) + mean(log(x))), 1.3, FALSE)

b <- rbeta(1e5, 2, 5)
if (requireNamespace("fitdistrplus", quietly = TRUE)) {
  report("beta n=1e5 / fitdistrplus", best(\() expfam_fit(b, "beta", control = quiet),
    \() fitdistrplus::fitdist(b, "beta"), 1), 50)
}
if (requireNamespace("MASS", quietly = TRUE)) {
  g <- x[1:1e5]
  report("gamma n=1e5 / MASS::fitdistr", best(\() expfam_fit(g, "gamma", control = quiet),
    \() suppressWarnings(MASS::fitdistr(g, "gamma")), 1), 50)
}

n <- 1e4
z <- matrix(rnorm(n * 20), n)
fit <- expfam_fit(z, "mvnormal", control = quiet)
xi <- matrix(rnorm(n * 230), n)
report("time mvnormal d=20 risk n=1e4 / crossprod n x p", best(
  \() expfam_risk(fit), \() crossprod(xi), 2), 5, FALSE)

m <- 2e4
p <- 66
u <- matrix(rnorm(m * p), m) / 10
v <- matrix(rnorm(1599 * p), 1599) / 10
nodes <- expfam_custom(NULL, expfam_ref_grid(u, finite = FALSE))
node_fit <- expfam_fit(v, nodes, control = quiet)
a <- matrix(rnorm(m * p), m)
b2 <- matrix(rnorm(m * p), m) # slices: 2 (m + n) p^3 / 3 = 24 products of this size
one <- best(\() expfam_risk(node_fit), \() for (k in 1:24) crossprod(a, b2), 3)
report("time T1 T2 T3 m=20000 n=1599 p=66 / dgemm of the same flops", one, 2, FALSE)

cells <- as.data.frame(as.table(array(rpois(2^12, 20), rep(2, 12))))
pairs <- combn(12, 2, simplify = FALSE)
ll <- expfam_family("loglinear", margins = pairs)
tab <- xtabs(Freq ~ ., cells)
report("loglinear 2^12 p=78 / glm", best(\() expfam_fit(tab, ll, control = quiet),
  \() glm(Freq ~ .^2, poisson, cells), 1), 10)

w <- rbeta(1e4, 2, 3)
poly <- expfam_fit(w, expfam_family("polynomial", degree = 6, lower = 0, upper = 1),
  control = quiet)
report("bootstrap B=1000 polynomial 6 n=1e4 / refits", best(
  \() suppressWarnings(expfam_bootstrap(poly, 1000)),
  \() for (i in 1:1000) {
    expfam_fit(sample(w, replace = TRUE), poly$family, control = quiet)
  }, 1), 10)
