# more functions than points: a sample as wls_select() needs it
wls_as_sample_small <- function(space, points) {
  one <- wls_as_sample(wls_space(space$basis, indices = matrix(0L, 1, space$d)), points, weights = rep(1, nrow(points)))
  one
}

square <- function(runs) exp(runs$x1) * (1 + runs$x2^2)

test_that("a grown design never asks twice and has the weights of its components", {
  set.seed(1)
  small <- wls_space(wls_basis("legendre", 2), d = 2)
  large <- wls_space(wls_basis("legendre", 4), d = 2)
  design <- wls_design(small)
  first <- wls_ask(design)
  expect_equal(nrow(first), 2 * small$m)
  expect_identical(wls_ask(design), first)
  wls_tell(design, first$id, square(first))
  wls_grow(design, large)
  second <- wls_ask(design)
  expect_equal(nrow(second), 2 * (large$m - small$m))
  expect_length(intersect(first$id, second$id), 0)
  wls_tell(design, second$id, square(second))
  result <- wls_result(design)
  n <- 2 * large$m
  expect_equal(result$sample$weights, n / (2 * wls_christoffel(large, result$sample$points)), tolerance = 1e-12)
  expect_match(wls_certificate(result$sample)$assumptions, "chosen from the data")
})

test_that("failed runs are replaced once and leave the weights", {
  set.seed(2)
  design <- wls_design(wls_space(wls_basis("legendre", 3)), retry = 1)
  runs <- wls_ask(design)
  y <- exp(runs$x1)
  y[c(1, 2)] <- NA # both runs of the first function
  wls_tell(design, runs$id, y)
  again <- wls_ask(design)
  expect_equal(nrow(again), 1)
  wls_tell(design, again$id, NA_real_)
  expect_equal(nrow(wls_ask(design)), 0)
  result <- wls_result(design)
  expect_equal(result$sample$n, 6)
  phi <- wls_features(design$space, result$sample$points)
  expect_equal(result$sample$weights, 6 / (2 * rowSums(phi[, -1]^2)), tolerance = 1e-12)
})

test_that("telling is checked", {
  design <- wls_design(wls_space(wls_basis("legendre", 1)))
  runs <- wls_ask(design)
  expect_error(wls_tell(design, 99, 1), class = "distest_error_invalid")
  expect_error(wls_tell(design, c(1, 1), 1:2), class = "distest_error_invalid")
  wls_tell(design, 1, 5)
  expect_silent(wls_tell(design, 1, 5))
  e <- expect_error(wls_tell(design, 1, 6), class = "distest_error_invalid")
  expect_identical(e$argument, "id")
  wls_tell(design, 1, 6, overwrite = TRUE)
  expect_equal(design$y[[1, 1]], 6)
})

test_that("a saved design is the same design", {
  skip_if_not_installed("jsonlite")
  set.seed(3)
  design <- wls_design(wls_space(list(wls_basis("legendre", 3), wls_basis("hermite", 3, mean = 1 / 3, sd = 0.1))))
  runs <- wls_ask(design)
  file <- tempfile(fileext = ".json")
  wls_save(design, file)
  other <- wls_load(file)
  unlink(file)
  expect_identical(wls_ask(other), runs)
  wls_tell(design, runs$id, square(runs))
  wls_tell(other, runs$id, square(runs))
  fit <- \(d) {
    r <- wls_result(d)
    coef(wls_fit(d$space, r$sample, r$y))
  }
  expect_identical(fit(other), fit(design))
})

test_that("adaptive spaces reach their tolerance and survive crashes", {
  set.seed(4)
  calls <- 0
  f <- \(x) {
    calls <<- calls + 1
    if (calls == 2) stop("licence server down")
    y <- exp(x[, 1] + 0.3 * x[, 2])
    y[x[, 1] > 0.95] <- NA
    y
  }
  fit <- wls_adapt(f, wls_basis("legendre", 10), d = 2, tol = 1e-4, max_runs = 300)
  expect_lt(fit$error_estimate, 1e-4)
  x <- matrix(runif(40, -0.9, 0.9), 20)
  expect_equal(predict(fit, x), exp(x[, 1] + 0.3 * x[, 2]), tolerance = 1e-2)
  expect_lte(fit$runs, 300)
  expect_error(wls_adapt(\(x) stop("no"), wls_basis("legendre", 3)), class = "distest_error_invalid")
})

test_that("selection finds the degree and the sparse set", {
  set.seed(5)
  space <- wls_space(wls_basis("legendre", 12))
  design <- wls_sample(space, 40)
  x <- design$points[, 1]
  expect_equal(wls_select(space, design, x^3 + 0.01 * rnorm(40))$m, 4, tolerance = 0.5)
  many <- wls_space(wls_basis("legendre", 8), d = 4)
  u <- matrix(runif(4 * 80, -1, 1), 80)
  few <- wls_as_sample_small(many, u)
  y <- u[, 1] * u[, 2] + u[, 3]
  fit <- wls_select(many, few, y, "omp")
  expect_setequal(rownames(fit$coefficients)[abs(fit$coefficients) > 1e-6], c("x1[1]*x2[1]", "x3[1]"))
})

test_that("a design that was saved is told in another process", {
  skip_on_cran()
  skip_if_not_installed("jsonlite")
  set.seed(6)
  design <- wls_design(wls_space(wls_basis("laguerre", 3, shape = 2.5, rate = 1 / 3)))
  runs <- wls_ask(design)
  file <- tempfile(fileext = ".json")
  wls_save(design, file)
  code <- sprintf(paste("library(distest); d <- wls_load('%s'); r <- wls_ask(d);",
    "invisible(wls_tell(d, r$id, sqrt(r$x1))); wls_save(d, '%s')"), file, file)
  status <- system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", "-e",
    shQuote(code)), stdout = FALSE, stderr = FALSE,
  env = paste0("R_LIBS=", paste(.libPaths(), collapse = .Platform$path.sep)))
  skip_if(status != 0, "distest is not installed where Rscript looks")
  back <- wls_load(file)
  unlink(file)
  wls_tell(design, runs$id, sqrt(runs$x1))
  fit <- \(d) coef(wls_fit(d$space, wls_result(d)$sample, wls_result(d)$y))
  expect_identical(fit(back), fit(design))
})
