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
  v <- replicate(400, one(wls_sample(space, 40, "volume", reference = "mu", replace = FALSE, progress = FALSE)$index))
  u <- replicate(400, one(sample(nrow(X), 40)))
  line("diamonds largest |z| of the mean of 400", max(abs(rowMeans(v) - all) / (apply(v, 1, sd) / 20)), "< 7")
  line("diamonds total variance uniform / volume", sum(apply(u, 1, var)) / sum(apply(v, 1, var)), "> 1")
}
