# Second derivatives, pictures as ggplots, workers, and the subsampled regression of
# diamonds.

legendre <- function(degree, d = 1) wls_space(wls_basis("legendre", degree), d = d)

test_that("Hessians are second derivatives, for one output and for several", {
  set.seed(1)
  space <- legendre(4, 2)
  f <- \(x) cbind(a = x[, 1]^3 * x[, 2], b = x[, 1]^2 - x[, 2]^4)
  x <- cbind(c(0.3, -0.5, 1), c(0.2, 0.9, -0.1))
  design <- wls_sample(space)
  two <- wls_fit(space, design, f = f)
  h <- predict(two, x, type = "hessian")
  expect_identical(dim(h), c(3L, 2L, 2L, 2L))
  expect_identical(dimnames(h)[[4]], c("a", "b"))
  expect_equal(unname(h[, 1, 1, "a"]), 6 * x[, 1] * x[, 2], tolerance = 1e-8)
  expect_equal(unname(h[, 1, 2, "a"]), 3 * x[, 1]^2, tolerance = 1e-8)
  expect_identical(h[, 1, 2, ], h[, 2, 1, ])
  expect_equal(unname(h[, 2, 2, "b"]), -12 * x[, 2]^2, tolerance = 1e-8)
  one <- wls_fit(space, design, two$y[, 1])
  expect_equal(predict(one, x, type = "hessian"), h[, , , "a"], tolerance = 1e-9)
  expect_identical(dimnames(predict(one, x, type = "hessian"))[[2]], space$names)
  haar <- wls_space(wls_basis("haar", 2))
  step <- wls_fit(haar, wls_sample(haar), f = \(u) u)
  e <- expect_error(predict(step, 0.3, type = "hessian"), class = "distest_error_invalid")
  expect_identical(e$argument, "type")
  finite <- wls_space_finite(cbind(1, 1:5))
  rows <- wls_fit(finite, wls_sample(finite, method = "dpp"), 1:2)
  expect_error(predict(rows, 1, type = "hessian"), class = "distest_error_unsupported")
  spline <- wls_space(wls_basis("bspline", 2, breaks = c(0, 1)))
  parabola <- wls_fit(spline, wls_sample(spline), f = \(u) 3 * u^2)
  expect_warning(out <- predict(parabola, c(0.5, 2), type = "hessian"),
    class = "distest_warning_extrapolation")
  expect_equal(as.vector(out), c(6, NA), tolerance = 1e-9)
})

test_that("designs, plans and comparisons are ggplots of what plot() draws", {
  skip_if_not_installed("ggplot2")
  layers <- \(p) vapply(ggplot2::ggplot_build(p)$data, nrow, 1L)
  set.seed(2)
  flat <- wls_sample(legendre(3, 2), 30)
  expect_equal(layers(ggplot2::autoplot(flat)), c(3600, 30))
  line <- wls_sample(legendre(5), 14)
  expect_equal(layers(ggplot2::autoplot(line)), c(401, 14))
  spectrum <- ggplot2::ggplot_build(ggplot2::autoplot(line, 2, nsim = 5))$data
  expect_equal(nrow(spectrum[[2]]), 5 * line$m)
  phi <- wls_features(line$space, line$points)
  eigen <- svd(sqrt(line$weights / line$n) * phi)$d^2
  expect_equal(10^spectrum[[3]]$y, eigen, tolerance = 1e-8)
  cube <- wls_sample(legendre(1, 4), 9)
  expect_equal(layers(ggplot2::autoplot(cube)), 6 * 9)
  finite <- wls_space_finite(cbind(1, c(1, 4, 2, 7, 3, 9)))
  expect_equal(layers(ggplot2::autoplot(wls_sample(finite, 3))), 3)
  plan <- wls_plan(4, "dpp_repeated", space = legendre(3), eta = 0.2, nsim = 20)
  expect_equal(layers(ggplot2::autoplot(plan))[2:3], rep(nrow(plan$curve), 2))
  compare <- wls_compare(legendre(3), c(8, 16), c("mc", "dpp_repeated"), nsim = 10)
  expect_equal(layers(ggplot2::autoplot(compare)), 4)
  expect_error(ggplot2::autoplot(plan, wich = 1), class = "distest_error_invalid")
})

test_that("workers make the same runs as one process", {
  skip_on_cran()
  f <- \(x) exp(x[, 1] + 0.3 * x[, 2])
  fit <- \(workers) {
    set.seed(3)
    wls_adapt(f, wls_basis("legendre", 8), d = 2, tol = 1e-3, max_runs = 150,
      workers = workers)
  }
  alone <- fit(NULL)
  two <- fit(2)
  expect_identical(two$coefficients, alone$coefficients)
  expect_identical(two$history, alone$history)
  expect_identical(two$points, alone$points)
  # pieces that fail in a worker are failed runs, as in one process
  broken <- \(x) if (any(x[, 1] > 0.9)) stop("crash") else exp(x[, 1])
  set.seed(4)
  some <- suppressWarnings(wls_adapt(broken, wls_basis("legendre", 6), d = 2, tol = 1e-2,
    max_runs = 100, workers = 2))
  x <- cbind(runif(20, -0.5, 0.5), runif(20, -0.5, 0.5))
  expect_equal(predict(some, x), exp(x[, 1]), tolerance = 0.1)
})

# 40 of some 53900 rows, 400 times, by volume sampling without replacement: regression on
# them is unbiased for the regression on all rows, and the mean of (F_S'F_S)^-1, which is
# the covariance under equal variances, is (N - m + 1) / (n - m + 1) (F'F)^-1.
test_that("volume samples of the diamonds are unbiased for all of them", {
  skip_on_cran()
  skip_if_not_installed("ggplot2")
  d <- ggplot2::diamonds
  X <- stats::model.matrix(~ log(carat) + depth + table + as.numeric(clarity) +
    as.numeric(color), d)
  y <- log(d$price)
  all <- qr(X)
  space <- wls_space_finite(X)
  set.seed(5)
  draws <- replicate(400, {
    rows <- wls_sample(space, 40, "volume", reference = "mu", replace = FALSE,
      progress = FALSE)$index
    part <- qr(X[rows, ])
    c(qr.coef(part, y[rows]), sum((qr.R(all) %*% solve(qr.R(part)))^2))
  })
  want <- c(qr.coef(all, y), 6 * (nrow(X) - 5) / (40 - 5))
  z <- (rowMeans(draws) - want) / (apply(draws, 1, sd) / sqrt(400))
  expect_lt(max(abs(z)), 7)
  # uniform rows: the coefficients are biased but little, the covariance is larger
  uniform <- replicate(400, sum((qr.R(all) %*%
    solve(qr.R(qr(X[sample(nrow(X), 40), ]))))^2))
  expect_gt(mean(uniform), want[[7]])
})
