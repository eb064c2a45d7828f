# Every row of the specification's table of bad and degenerate input.

fails <- function(code, argument, class = "distest_error_invalid") {
  e <- expect_error(code, class = class)
  expect_identical(e$argument, argument)
  expect_match(conditionMessage(e), paste0("`", argument, "`"), fixed = TRUE)
}
singular <- "distest_error_singular"

test_that("points must be numbers or factors, finite, and some", {
  fails(quiet_fit(as.list(1:3)), "x")
  fails(quiet_fit(letters), "x")
  fails(quiet_fit(matrix(0, 0, 2)), "x")
  fails(quiet_fit(matrix(0, 2, 0)), "x")
  fails(quiet_fit(data.frame(a = I(list(1, 2)))), "x")
  fails(quiet_fit(c(1, NA, 2)), "x")
  fails(quiet_fit(c(1, Inf, 2)), "x")
  e <- expect_error(quiet_fit(cbind(1:4, c(1, NaN, 2, NaN))),
    class = "distest_error_invalid")
  expect_match(conditionMessage(e), "2.*row")
  expect_equal(quiet_fit(c(TRUE, FALSE, TRUE), 1)$n, 3)
  expect_equal(quiet_fit(1:3, 1)$x[, 1], c(1, 2, 3))
})

test_that("new data must have the columns; missing ones pass if told to", {
  fit <- quiet_fit(faithful, 1)
  fails(predict(fit, faithful[, 1, drop = FALSE]), "newdata")
  e <- expect_error(predict(fit, faithful[, 1, drop = FALSE]))
  expect_match(conditionMessage(e), "waiting")
  fails(predict(fit, matrix(0, 2, 3)), "newdata")
  rows <- rbind(faithful[1:2, ], c(NA, 1))
  fails(predict(fit, rows), "newdata")
  got <- predict(fit, rows, na.action = stats::na.pass)
  expect_identical(is.na(unname(got)), c(FALSE, FALSE, TRUE))
  expect_equal(unname(got[1:2]), unname(predict(fit, faithful[1:2, ])))
  g <- predict(fit, rows, type = "gradient", na.action = stats::na.pass)
  expect_true(all(is.na(g[3, ])) && !anyNA(g[1:2, ]))
  expect_length(predict(fit, faithful[0, ]), 0)
})

test_that("weights are checked, and zero means not there", {
  fails(quiet_fit(faithful, 1, weights = c(-1, rep(1, 271))), "weights")
  fails(quiet_fit(faithful, 1, weights = rep(0, 272)), "weights")
  fails(quiet_fit(faithful, 1, weights = 1:3), "weights")
  fails(quiet_fit(faithful, 1, weights = c(NA, rep(1, 271))), "weights")
  fails(quiet_fit(faithful, 1, weights = c(Inf, rep(1, 271))), "weights")
  w <- rep(1:0, 136)
  some <- quiet_fit(faithful, "lcv", weights = w, scaling = "sd")
  half <- quiet_fit(faithful[w == 1, ], "lcv", scaling = "sd")
  expect_equal(some$h, half$h, tolerance = 1e-10)
  expect_equal(some$loo_mean, half$loo_mean, tolerance = 1e-12)
  expect_equal(kde_bandwidth(faithful, "scott", "sd", weights = w)$h, 136^(-1 / 6))
})

test_that("bandwidths are positive, finite, of a right length, symmetric and definite", {
  fails(quiet_fit(faithful, -1), "bandwidth")
  fails(quiet_fit(faithful, 0), "bandwidth")
  fails(quiet_fit(faithful, Inf), "bandwidth")
  fails(quiet_fit(faithful, c(1, -1)), "bandwidth")
  fails(quiet_fit(faithful, 1:3), "bandwidth")
  fails(quiet_fit(faithful, "silvermann"), "bandwidth")
  fails(quiet_fit(faithful, matrix(c(1, 0.5, 0.4, 1), 2)), "bandwidth")
  fails(quiet_fit(faithful, diag(3)), "bandwidth")
  fails(quiet_fit(faithful, matrix(c(1, 2, 2, 1), 2)), "bandwidth", singular)
  e <- expect_error(quiet_fit(faithful, matrix(c(1, 2, 2, 1), 2)))
  expect_match(conditionMessage(e), "-1")
})

test_that("kernels and nu belong together", {
  fails(quiet_fit(faithful, 1, "box"), "kernel")
  fails(quiet_fit(faithful, 1, "student"), "nu")
  fails(quiet_fit(faithful, 1, "student", nu = -2), "nu")
  fails(quiet_fit(faithful, 1, nu = 3), "nu")
})

test_that("one point works with a bandwidth, not with a selector", {
  w <- capture_warnings(fit <- kde_fit(matrix(1:2, 1), 1))
  expect_length(w, 1)
  expect_warning(kde_fit(matrix(1:2, 1), 1), class = "distest_warning_approximation")
  expect_identical(c(fit$loo, fit$loo_mean), c(-Inf, -Inf))
  expect_equal(unname(predict(fit, matrix(c(1, 3), 1))), -log(2 * pi) - 0.5)
  for (method in c("lcv", "nn", "silverman")) {
    e <- expect_error(quiet_fit(matrix(1:2, 1), method, scaling = "iso"),
      class = "distest_error_invalid")
    expect_match(conditionMessage(e), "two distinct points")
  }
  fails(quiet_fit(rep(1, 5), "lcv", scaling = "none"), "x")
  fails(quiet_fit(rep(1, 5)), "x")
  fails(quiet_fit(cbind(rep(1, 5), 2), "nn", scaling = "none"), "x")
})

test_that("matrices without full rank are named, or avoided", {
  fails(quiet_fit(cbind(1:9, 2 * (1:9)), "lcv", scaling = "cov"), "scaling", singular)
  e <- expect_error(quiet_fit(cbind(1:9, 2 * (1:9)), "lcv", scaling = "cov"))
  expect_match(conditionMessage(e), "rank 1")
  set.seed(1)
  fails(quiet_fit(matrix(rnorm(20), 4), "lcv", scaling = "cov"), "scaling", singular)
  fails(quiet_fit(cbind(1:9, 3), "lcv", scaling = "sd"), "scaling", singular)
  expect_identical(quiet_fit(matrix(rnorm(20), 4), "lcv")$scaling, "sd")
  expect_warning(fit <- quiet_fit(cbind(a = 1:9, b = 3), "lcv"), "b",
    class = "distest_warning_conditioning")
  expect_identical(fit$scaling, "iso")
})

test_that("duplicates are told of once", {
  x <- c(1, 1, 2, 3, 4, 5)
  m <- capture_messages(fit <- kde_fit(x, 1, progress = FALSE))
  expect_length(m, 1)
  expect_match(m, "2 points of 6")
  expect_identical(fit$ties, 2L)
  expect_equal(fit$loo[[1]], kde_direct(matrix(x[-(1:2)]), matrix(1), 1))
  twice <- rep(c(1, 2, 4), 2)
  fails(quiet_fit(twice, "lcv", ties = "include", scaling = "none"), "ties",
    "distest_error_convergence")
  expect_warning(quiet_fit(x, "lscv"), class = "distest_warning_approximation")
})

test_that("the search says when it meets its limits", {
  set.seed(2)
  z <- rnorm(60)
  x <- cbind(a = z, b = z + 1e-4 * rnorm(60), c = rnorm(60))
  expect_warning(
    kde_bandwidth(x, "lcv", "sd", shape = "diag", control = kde_control(floor = 0.5)),
    class = "distest_warning_floor")
  expect_warning(
    got <- kde_bandwidth(faithful, "lcv", shape = "full", control = kde_control(maxit = 2)),
    class = "distest_warning_convergence")
  expect_false(got$converged)
  expect_true(all(is.finite(got$H)))
})

test_that("methods keep to their dimensions, scalings and shapes", {
  wide <- matrix(rnorm(240), 20)
  fails(quiet_fit(wide, "lscv", scaling = "sd"), "bandwidth")
  fails(quiet_fit(faithful, "sj"), "bandwidth")
  for (rule in c("scott", "silverman", "kl_normal", "pi")) {
    fails(quiet_fit(faithful, rule, scaling = "none"), "scaling")
  }
  fails(quiet_fit(faithful, "nn", shape = "full"), "shape")
  fails(quiet_fit(faithful, "nn", shape = "diag"), "shape")
  fails(quiet_fit(faithful, 1, shape = "full"), "shape")
})

test_that("densities may overflow or vanish, logs do not", {
  fit <- quiet_fit(rbind(rep(0, 400), rep(1, 400)), 1e-3)
  expect_silent(d <- predict(fit, matrix(c(0, 0.5), 2, 400), "density"))
  expect_identical(d, c(Inf, 0))
  l <- predict(fit, matrix(c(0, 0.5), 2, 400))
  expect_true(all(is.finite(l)))
  expect_equal(l[[2]], 400 * (log(1000) - log(2 * pi) / 2 - 0.125e6), tolerance = 1e-12)
  expect_true(all(is.finite(predict(fit, matrix(1e6, 1, 400), "gradient"))))
})

test_that("extreme bandwidths give no NaN", {
  tiny <- quiet_fit(faithful, 1e-300)
  expect_identical(unname(predict(tiny, matrix(c(1.234, 50.5), 1))), -Inf)
  expect_true(is.na(predict(tiny, matrix(c(1.234, 50.5), 1), "neff")$neff))
  expect_true(is.finite(predict(tiny, as.matrix(faithful[1, ]))))
  huge <- quiet_fit(faithful, 1e300)
  expect_equal(unname(predict(huge, matrix(c(1, 5), 1))), -log(2 * pi) - 2 * log(1e300))
})

test_that("out of reach of a compact kernel is said once", {
  fit <- quiet_fit(faithful, 0.5, "biweight")
  at <- matrix(c(100, 200, 100, 200), 2)
  w <- expect_warning(l <- predict(fit, at), class = "distest_warning_extrapolation")
  expect_match(conditionMessage(w), "2 points")
  expect_identical(unname(l), c(-Inf, -Inf))
  expect_true(all(is.nan(predict(fit, at, "gradient"))))
  expect_identical(predict(fit, at, "neff")$neff, c(0, 0))
})

test_that("bounds are checked", {
  fails(quiet_fit(c(1, 2, -1), 1, lower = 0), "x")
  fails(quiet_fit(c(1, 2, 0), 1, lower = 0, boundary = "transform"), "x")
  fails(quiet_fit(1:3, 1, lower = 2, upper = 2), "lower")
  fails(quiet_fit(1:3, 1, lower = 1:2), "lower")
  fails(quiet_fit(faithful, diag(2), lower = 0), "boundary")
  fails(quiet_fit(faithful, "lcv", scaling = "cov", lower = 0), "boundary")
  fails(quiet_fit(1:3, 1, "biweight", lower = 0), "boundary")
  fails(quiet_fit(faithful, lower = 0, adaptive = 3), "adaptive")
  fails(quiet_fit(faithful, 1, boundary = "wrap"), "boundary")
  expect_identical(unname(predict(quiet_fit(1:3, 1, lower = 0), -1)), -Inf)
})

test_that("intervals say where they do not apply", {
  fails(predict(quiet_fit(faithful, 1, weights = 1:272), interval = "confidence"),
    "interval")
  fails(predict(quiet_fit(faithful, 1, "biweight"), interval = "confidence"), "interval")
  fit <- quiet_fit(faithful, adaptive = 5)
  e <- expect_error(predict(fit, interval = "confidence"),
    class = "distest_error_invalid")
  expect_match(conditionMessage(e), "neff")
})

test_that("phases cope with few points", {
  fit <- quiet_fit(faithful[1:10, ], 1)
  expect_message(p <- kde_phases(fit), "9")
  expect_identical(attr(p, "k"), 9)
  few <- quiet_fit(c(1, 2, 3), 1)
  expect_true(all(is.na(suppressMessages(kde_phases(few))$mu)))
  fails(kde_phases(fit, k = 65), "k")
  fails(kde_phases(fit, k = 2), "k")
  expect_output(print(kde_phases(quiet_fit(faithful, 1))), "asymptotic")
})

test_that("misspelt and misplaced arguments are errors", {
  expect_error(kde_fit(faithful, 1, bandwith = 2), class = "distest_error_invalid")
  for (f in list(vcov, confint, residuals)) {
    expect_error(f(quiet_fit(faithful, 1)), class = "distest_error_unsupported")
  }
  fails(quiet_fit(faithful, 1, lambda = 0.1), "lambda")
  mixed <- data.frame(a = c(1, 2, 4, 7), b = factor(c("u", "v", "u", "v")))
  fails(quiet_fit(mixed, 1), "lambda")
  fails(quiet_fit(mixed, 1, lambda = 0.6), "lambda")
  fails(quiet_fit(mixed, c(1, 2), lambda = 0.3), "bandwidth")
  fit <- quiet_fit(mixed, 1, lambda = 0.3)
  fails(predict(fit, data.frame(a = 1, b = "w")), "newdata")
  fails(predict(fit, data.frame(a = 1)), "newdata")
  fails(kde_modes(fit), "object")
  fails(kde_marginal(quiet_fit(faithful, 1), "nothing"), "which")
  fails(kde_conditional(quiet_fit(faithful, 1), 1:2), "given")
  fails(kde_conditional(quiet_fit(faithful, 1, "biweight"), 1), "object")
  fails(kde_grid(quiet_fit(iris[, 1:4], 1)), "object")
  fails(kde_partial(faithful, faithful, "lcv"), "bandwidth")
  fails(kde_finish(3), "partial")
  fails(kde_quantile(quiet_fit(faithful$waiting, 1), 1.5), "p")
  fails(kde_control(tol = -1), "tol")
  fails(kde_control(knn = 2), "knn")
})
