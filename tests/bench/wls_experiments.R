# The published experiments of optimal weighted least squares, our figure beside the
# published or computed one:  Rscript tests/bench/wls_experiments.R
suppressMessages(library(distest))
set.seed(1)
cat("experiment,ours,reference\n")
line <- function(name, ours, reference) cat(sprintf("%s,%.4g,%s\n", name, ours, reference))

# 1, 2: median of |f - fhat|^2 / sigma_m^2 for two functions, m = 11
ratios <- function(space, f, sigma, nodes, method, n, reps = 500) {
  rule <- wls_as_sample(nodes$space, nodes$x)
  exact <- colSums(wls_quadrature(rule) * f(rule$points[, 1]) * wls_features(space, rule$points))
  suppressWarnings(replicate(reps, {
    fit <- wls_fit(space, wls_sample(space, n, method, progress = FALSE), f = f, tol = 1e-20)
    1 + sum((coef(fit) - exact)^2) / sigma^2
  }))
}
uniform <- wls_space(wls_basis("legendre", 10))
grid_u <- list(space = wls_space(wls_basis("legendre", 60)), x = cos(pi * (1:400 - 0.5) / 400))
runge <- \(x) 1 / (1 + 5 * x^2)
normal <- wls_space(wls_basis("hermite", 10))
bump <- \(x) exp(-(x - 1)^2 / 4)
# a Gauss rule: the design of the eigenvalues of the Jacobi matrix
J <- diag(0, 60)
J[cbind(1:59, 2:60)] <- J[cbind(2:60, 1:59)] <- sqrt(1:59)
grid_n <- list(space = wls_space(wls_basis("hermite", 59)), x = eigen(J, symmetric = TRUE)$values)
cases <- list(list("1/(1+5x^2)", uniform, runge, 3.6834378e-3, grid_u),
  list("exp(-(x-1)^2/4)", normal, bump, 8.7504749e-4, grid_n))
for (case in cases) {
  r <- \(method, n) ratios(case[[2]], case[[3]], case[[4]], case[[5]], method, n)
  for (n in c(11, 22)) {
    for (method in c("dpp_repeated", "volume", "iid_optimal")) {
      line(sprintf("%s median ratio %s n=%d", case[[1]], method, n), median(r(method, n)),
        if (n == 22) c(dpp_repeated = "1.5-1.8", volume = "between", iid_optimal = "3-5")[[method]] else
          c(dpp_repeated = "4.9-6.6", volume = "4.9-6.6", iid_optimal = "> 100")[[method]])
    }
  }
  line(sprintf("%s median ratio boosted n=11", case[[1]]), median(r("boosted", 11)), "< 3.3")
}

# 3: Ishigami
ishigami <- \(x) sin(x[, 1]) + 7 * sin(x[, 2])^2 + 0.1 * x[, 3]^4 * sin(x[, 1])
cube <- \(degree) wls_space(wls_basis("legendre", degree, min = -pi, max = pi), d = 3)
for (case in list(list(10, 572, "dpp_repeated", "1.41e-3"), list(10, 358, "dpp_repeated", "2.23e-3"),
  list(8, 206, "boosted", "1.99e-2"))) {
  space <- cube(case[[1]])
  error <- replicate(3, wls_error(wls_fit(space, wls_sample(space, case[[2]], case[[3]], progress = FALSE),
    f = ishigami), ishigami, 4000)$relative)
  line(sprintf("Ishigami degree %d n=%d %s relative L2 error", case[[1]], case[[2]], case[[3]]), median(error), case[[4]])
}
fit <- wls_fit(cube(10), wls_sample(cube(10)), f = ishigami)
s <- wls_sobol(fit)
line("Ishigami mean", wls_moments(fit)$mean, "3.5")
line("Ishigami variance", wls_moments(fit)$variance, "13.844588")
line("Ishigami S1", s$indices[[1, "1"]], ".313905")
line("Ishigami S2", s$indices[[1, "2"]], ".442411")
line("Ishigami S13", s$indices[[1, "1*3"]], ".243684")

# 5: 40 of some 53 900 diamonds
if (requireNamespace("ggplot2", quietly = TRUE)) {
  d <- ggplot2::diamonds
  X <- stats::model.matrix(~ log(carat) + depth + table + as.numeric(clarity) + as.numeric(color), d)
  y <- log(d$price)
  space <- wls_space_finite(X)
  all <- lm.fit(X, y)$coefficients
  one <- \(rows) lm.fit(X[rows, ], y[rows])$coefficients
  v <- replicate(3000, one(wls_sample(space, 40, "volume", reference = "mu", replace = FALSE, progress = FALSE)$index))
  u <- replicate(3000, one(sample(nrow(X), 40)))
  line("diamonds largest |z| of the mean of 400", max(abs(rowMeans(v[, 1:400]) - all) / (apply(v[, 1:400], 1, sd) / 20)), "< 7")
  line("diamonds total variance uniform / volume", sum(apply(u, 1, var)) / sum(apply(v, 1, var)), "> 1")
}

# 6: borehole (8 inputs) and wing weight (10) by adaptive spaces to a relative error of 1e-3
set.seed(1)
adapted <- function(name, f, ranges) {
  basis <- lapply(ranges, \(v) wls_basis("legendre", 6, min = v[[1]], max = v[[2]]))
  fit <- wls_adapt(f, basis, tol = 1e-3, max_runs = 800)
  line(paste(name, "runs to 1e-3"), fit$runs, "-")
  line(paste(name, "error on 4000 fresh runs"), wls_error(fit, f, 4000)$relative, "<= 1e-3")
}
adapted("borehole", \(x) {
  lr <- log(x[, 2] / x[, 1])
  2 * pi * x[, 3] * (x[, 4] - x[, 6]) /
    (lr * (1 + 2 * x[, 7] * x[, 3] / (lr * x[, 1]^2 * x[, 8]) + x[, 3] / x[, 5]))
}, list(rw = c(0.05, 0.15), r = c(100, 50000), Tu = c(63070, 115600), Hu = c(990, 1110),
  Tl = c(63.1, 116), Hl = c(700, 820), L = c(1120, 1680), Kw = c(9855, 12045)))
adapted("wing weight", \(x) {
  0.036 * x[, 1]^0.758 * x[, 2]^0.0035 * (x[, 3] / cos(x[, 4])^2)^0.6 * x[, 5]^0.006 *
    x[, 6]^0.04 * (100 * x[, 7] / cos(x[, 4]))^-0.3 * (x[, 8] * x[, 9])^0.49 +
    x[, 1] * x[, 10]
}, list(Sw = c(150, 200), Wfw = c(220, 300), A = c(6, 10), L = c(-10, 10) * pi / 180,
  q = c(16, 45), l = c(0.5, 1), tc = c(0.08, 0.18), Nz = c(2.5, 6), Wdg = c(1700, 2500),
  Wp = c(0.025, 0.08)))
