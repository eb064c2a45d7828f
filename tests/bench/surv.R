# surv: ours against survival, mpr and flexsurv where they are installed; one CSV line a
# case: family,case,ours,peer or limit,ratio,target,pass. The ratio is peer / ours, and
# the target is the least it should be, but for cases named "time": there it is
# ours / peer and the most. Both are timed in turn; the best of the rounds counts.
library(distest)
library(survival)

best <- function(ours, peer, rounds = 3) {
  a <- b <- Inf
  for (i in seq_len(rounds)) {
    a <- min(a, system.time(ours())[["elapsed"]])
    b <- min(b, system.time(peer())[["elapsed"]])
  }
  c(a, b)
}

report <- function(case, t, target, faster = TRUE) {
  ratio <- if (faster) t[[2]] / t[[1]] else t[[1]] / t[[2]]
  pass <- if (faster) ratio >= target else ratio <= target
  cat(sprintf("surv,%s,%.4g,%.4g,%.3g,%g,%s\n", case, t[[1]], t[[2]], ratio, target,
    if (pass) "yes" else "no"))
}

simulate_rows <- function(n, p, seed = 1) {
  set.seed(seed)
  x <- matrix(rnorm(n * p), n, dimnames = list(NULL, paste0("x", seq_len(p))))
  t <- rapgw(n, phi = exp(-0.3 * x[, 1] + 0.2 * x[, 2]), gamma = 1.3, kappa = 1)
  c <- rexp(n, 0.3)
  data.frame(time = pmin(t, c), status = as.integer(t <= c), x)
}

d <- simulate_rows(1e6, 6)
f <- Surv(time, status) ~ x1 + x2 + x3 + x4 + x5
report("S1 Weibull AFT n=1e6 formula / survreg", best(
  \() surv_fit(f, d, dist = "weibull", model = FALSE), \() survreg(f, d), 2), 5)

y <- Surv(d$time, d$status)
X <- cbind(`(Intercept)` = 1, as.matrix(d[paste0("x", 1:5)]))
xy <- \(y, X, ...) surv_fit_xy(y, X, gamma = X[, 1:3], kappa = ~1, progress = FALSE, ...)
report("S2 APGW phi 6 gamma 3 kappa 1 n=1e6 xy / survreg Weibull", best(
  \() xy(y, X), \() survreg(f, d), 2), 5)

one <- best(\() xy(y, X, threads = 1), \() xy(y, X, threads = 2), 3)
report("S10 threads 1 / 2, n=1e6 xy", rev(one), 1.8)
rm(d, y, X)

# a million rows with two binary covariates and whole days, against one look at them all
if (nzchar(Sys.getenv("DISTEST_BENCH_LARGE"))) {
  n <- 1e7
  set.seed(9)
  a <- rbinom(n, 1, 0.4)
  b <- rbinom(n, 1, 0.5)
  t <- pmin(ceiling(rweibull(n, 1.2, 2000 * exp(-0.4 * a))), 3650)
  y <- cbind(t, as.numeric(t < 3650))
  X <- cbind(1, a, b)
  rm(a, b, t)
  hash <- \() unique(y[, 1] * 8 + y[, 2] * 4 + X[, 2] * 2 + X[, 3])
  report("S9 time of n=1e7 days collapsed / unique() of one number a row", best(
    \() surv_fit_xy(y, X, gamma = ~1, kappa = ~1, progress = FALSE), hash, 1), 1.5,
  faster = FALSE)
  rm(y, X)
}

small <- transform(veteran, trt = factor(trt))
many <- function(fit) \() for (i in 1:50) fit()
report("S7 time of veteran ~ trt + karno / survreg Weibull", best(
  many(\() surv_fit(Surv(time, status) ~ trt + karno, small, dist = "weibull", progress = FALSE)),
  many(\() survreg(Surv(time, status) ~ trt + karno, small))), 3, faster = FALSE)

d <- simulate_rows(1e5, 5)
if (requireNamespace("mpr", quietly = TRUE)) {
  mf <- Surv(time, status) ~ list(~ x1 + x2 + x3, ~x1)
  peer <- \() mpr::mpr(mf, d, family = "Weibull")
  report("S5 Weibull MPR n=1e5 formula / mpr", best(
    \() surv_fit(Surv(time, status) ~ x1 + x2 + x3, d, "ph", "weibull", gamma = ~x1),
    peer, 1), 15)
  X <- cbind(1, as.matrix(d[paste0("x", 1:3)]))
  y <- Surv(d$time, d$status)
  report("S5 Weibull MPR n=1e5 xy / mpr", best(
    \() surv_fit_xy(y, lambda = X, gamma = X[, 1:2], progress = FALSE), peer, 1), 40)
}
if (requireNamespace("flexsurv", quietly = TRUE)) {
  d1 <- d[1:1e4, ]
  custom <- list(name = "pgw4", pars = c("phi", "gamma", "kappa1"), location = "phi",
    transforms = c(log, log, log), inv.transforms = c(exp, exp, exp),
    inits = \(t) c(1 / median(t), 1, 2))
  environment(custom$inits) <- globalenv()
  hpgw4 <- \(x, phi, gamma, kappa1) hapgw(x, phi, 1, gamma, kappa1 - 1)
  Hpgw4 <- \(x, phi, gamma, kappa1) Hapgw(x, phi, 1, gamma, kappa1 - 1)
  report("S6 APGW n=1e4 formula / flexsurvreg with the same h and H", best(
    \() surv_fit(Surv(time, status) ~ x1 + x2, d1),
    \() flexsurv::flexsurvreg(Surv(time, status) ~ x1 + x2, data = d1, dist = custom,
      dfns = list(h = hpgw4, H = Hpgw4)), 1), 100)
  w <- flexsurv::flexsurvreg(Surv(time, status) ~ x1 + x2, data = d1, dist = "weibull")
  ours <- surv_fit(Surv(time, status) ~ x1 + x2, d1, dist = "weibull")
  new <- d1[1:100, ]
  times <- seq(0.05, 3, length.out = 100)
  report("S8 survival curves with limits 100 x 100 / flexsurv summary B=1000", best(
    \() predict(ours, new, times = times, interval = "confidence"),
    \() summary(w, newdata = new, t = times, type = "survival", B = 1000), 1), 200)
}

# S11: eleven models against one
g <- simulate_rows(1e5, 3)
grid <- \() surv_grid(Surv(time, status) ~ x1 + x2 + x3, g, progress = FALSE)
slowest <- \() surv_fit(Surv(time, status) ~ x1 + x2 + x3, g, progress = FALSE)
report("S11 time of surv_grid n=1e5 / one APGW fit", best(grid, slowest, 2), 3,
  faster = FALSE)
