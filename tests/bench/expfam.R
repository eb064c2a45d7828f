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

# peers for two laws without a fit of their own: MASS::fitdistr with their densities
if (requireNamespace("MASS", quietly = TRUE)) {
  density_ig <- \(x, mean, shape) sqrt(shape / (2 * pi * x^3)) *
    exp(-shape * (x - mean)^2 / (2 * mean^2 * x))
  ig <- 1 / rgamma(1e5, 5, 4)
  report("inverse Gaussian n=1e5 / MASS::fitdistr with its density", best(
    \() expfam_fit(ig, "inverse_gaussian", control = quiet),
    \() suppressWarnings(MASS::fitdistr(ig, density_ig, list(mean = 1, shape = 2))), 1), 50)
  density_vm <- \(x, mu, kappa) exp(kappa * (cos(x - mu) - 1)) /
    (2 * pi * besselI(kappa, 0, TRUE))
  vm <- rnorm(1e5, 1, 0.5)
  vm <- (vm + pi) %% (2 * pi) - pi
  report("von Mises n=1e5 / MASS::fitdistr with its density", best(
    \() expfam_fit(vm, "von_mises", control = quiet),
    \() suppressWarnings(MASS::fitdistr(vm, density_vm, list(mu = 0.5, kappa = 2))), 1), 50)
}

columns <- matrix(rgamma(50 * 1e4, 3, 2), 50)
if (requireNamespace("univariateML", quietly = TRUE)) {
  report("10000 gamma fits of n=50 / univariateML::mlgamma", best(
    \() expfam_fit_columns(columns, "gamma", control = quiet),
    \() apply(columns, 2, univariateML::mlgamma), 1), 100)
} else {
  message("expfam: univariateML is not installed; MASS::fitdistr stands in")
  if (requireNamespace("MASS", quietly = TRUE)) {
    t <- best(\() expfam_fit_columns(columns, "gamma", control = quiet),
      \() suppressWarnings(apply(columns[, 1:500], 2, MASS::fitdistr, "gamma")), 1)
    report("10000 gamma fits of n=50 / 20 x 500 fits of MASS::fitdistr",
      t * c(1, 20), 100)
  }
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

m <- 1e5
p <- 100
node_x <- matrix(rnorm(m * p), m)
node_mean <- colMeans(node_x[1:2000, ] + 0.05)
large <- expfam_custom(NULL, expfam_ref_grid(node_x, finite = FALSE))
steps <- expfam_fit_moments(list(mean = node_mean, n = 2000), large,
  control = quiet)$iterations + 2
report("time Newton m=1e5 p=100 / its steps x crossprod", best(
  \() expfam_fit_moments(list(mean = node_mean, n = 2000), large, control = quiet),
  \() for (k in seq_len(steps)) crossprod(node_x), 2), 1.5, FALSE)

states <- matrix(rbinom(1e4 * 20, 1, 0.5), 1e4)
states[, 2:20] <- ifelse(runif(1e4 * 19) < 0.3, states[, 1:19], states[, 2:20])
report("Ising d=20 p=210 n=1e4 / 60 s", c(best(
  \() expfam_fit(states, "ising", control = quiet), \() 1, 1)[[1]], 60), 1)

line <- rbeta(1e5, 2, 4)
ten <- seq(0, 1, length.out = 12)[2:11]
spline <- expfam_family("spline", knots = ten, lower = 0, upper = 1)
if (requireNamespace("logspline", quietly = TRUE)) {
  report("spline 10 knots n=1e5 / logspline::oldlogspline", best(
    \() expfam_fit(line, spline, control = quiet),
    \() logspline::oldlogspline(line, lbound = 0, ubound = 1, nknots = 10), 1), 2)
}
if (requireNamespace("gss", quietly = TRUE)) {
  frame <- data.frame(line)
  report("spline 10 knots n=1e5 / gss::ssden", best(
    \() expfam_fit(line, spline, control = quiet),
    \() gss::ssden(~line, data = frame, domain = data.frame(line = c(0, 1)), nbasis = 13),
    1), 50)
}

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
