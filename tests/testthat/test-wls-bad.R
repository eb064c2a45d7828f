# Every row of the specification's table of bad input: class, argument, and that nothing
# was changed.
refused <- function(code, argument, kind = "invalid") {
  e <- expect_error(code, class = paste0("distest_error_", kind))
  expect_identical(e$argument, argument)
  expect_match(conditionMessage(e), "[.?)]$")
  invisible(e)
}

line <- function(degree) wls_space(wls_basis("legendre", degree))

test_that("unknown choices list the choices", {
  e <- refused(wls_basis("legendr", 2), "type")
  expect_match(conditionMessage(e), "hermite")
  expect_match(conditionMessage(e), "Did you mean")
  e <- refused(wls_index_set(2, "totl", 3), "index")
  expect_match(conditionMessage(e), "hyperbolic_cross")
  e <- refused(wls_sample(line(2), method = "dp"), "method")
  expect_match(conditionMessage(e), "dpp_repeated")
  refused(wls_sample(line(2), reference = "nu"), "reference")
  refused(wls_prune(wls_sample(line(2)), criterion = "trace"), "criterion")
  refused(wls_plan(4, bound = "trace"), "bound")
  refused(wls_plan(4, "mc"), "method")
  refused(wls_constant(4, 4, "mc"), "method")
  refused(wls_select(line(2), wls_sample(line(2)), 1:6, "lasso"), "method")
  refused(wls_compare(line(2), 6, "lhs"), "methods")
})

test_that("parameters of bases are checked by name", {
  for (v in list(-1, 1.5, NA_real_, Inf)) refused(wls_basis("hermite", v), "degree")
  refused(wls_basis("hermite", 2, sd = -1), "sd")
  refused(wls_basis("laguerre", 2, rate = 0), "rate")
  refused(wls_basis("laguerre", 2, shape = -0.5), "shape")
  refused(wls_basis("jacobi", 2, shape1 = 0), "shape1")
  refused(wls_basis("jacobi", 2, shape2 = NA), "shape2")
  for (type in c("legendre", "chebyshev", "jacobi", "fourier", "haar")) {
    refused(wls_basis(type, 2, min = 1, max = 1), "max")
  }
  refused(wls_basis("legendre", 2, min = -Inf), "min")
  for (type in c("piecewise", "bspline")) {
    refused(wls_basis(type, 2, breaks = c(1, 0)), "breaks")
    refused(wls_basis(type, 2, breaks = 1), "breaks")
    refused(wls_basis(type, 2, breaks = c(0, NA, 1)), "breaks")
  }
  refused(wls_basis("empirical", 3, nodes = c(1, 2, 3)), "degree")
  refused(wls_basis("empirical", 2, nodes = c(1, 2, 3), prob = c(1, 0, 1)), "degree")
  refused(wls_basis("empirical", 1, nodes = c(1, 2, 3), prob = c(1, -1, 1)), "prob")
  refused(wls_basis("empirical", 1, nodes = c(1, NA, 3)), "nodes")
})

test_that("indices and their weights are checked", {
  b <- wls_basis("legendre", 3)
  for (bad in list(matrix(c(0, -1)), matrix(c(1, 1)), matrix(c(0, 4)), matrix(0, 1, 2),
    matrix(0.5), matrix(0, 0, 1))) {
    refused(wls_space(b, indices = bad), "indices")
  }
  refused(wls_index_set(2, degree = 2, weights = c(1, -1)), "weights")
  refused(wls_index_set(2, degree = 2, weights = 1), "weights")
  refused(wls_index_set(2, degree = -1), "degree")
  refused(wls_index_set(2, "qnorm", degree = 2, q = 0), "q")
  e <- refused(wls_index_set(40, "tensor", degree = 9), NULL, "memory")
  expect_match(conditionMessage(e), "functions")
  refused(wls_space(list(b, wls_basis("bspline", 2)), "total_degree", 2), "index")
})

test_that("features and probabilities of finite spaces are checked", {
  refused(wls_space_finite(matrix(c(1, Inf, 2))), "features")
  refused(wls_space_finite(matrix(1, 2, 3)), "features")
  e <- refused(wls_space_finite(cbind(1:5, 5:1, 6)), "features")
  expect_match(conditionMessage(e), "column 3")
  for (p in list(c(1, -1, 1), c(0, 0, 0), c(1, NA, 1), 1:2)) {
    refused(wls_space_finite(matrix(1:3), p), "prob")
  }
  refused(wls_space_function(\(x) 1:3, matrix(1:4)), "f")
  refused(wls_space_finite(\(rows) matrix(1, length(rows), 1)), "N")
  refused(wls_space_finite(\(rows) matrix(1, 2, 1), N = 5), "features")
  refused(wls_space_finite(\(rows) matrix(c(1, 1), length(rows), 2), N = 5), "features")
})

test_that("sizes and limits of designs are checked", {
  s <- line(3)
  for (m in setdiff(distest:::wls_methods, "dpp")) refused(wls_sample(s, 3, m), "n")
  refused(wls_sample(s, 5, "dpp"), "n")
  f <- wls_space_finite(matrix(1:3))
  refused(wls_sample(f, 4, "volume", replace = FALSE), "n")
  refused(wls_sample(f, 2, "mc", replace = FALSE), "replace")
  refused(wls_sample(s, 8, "volume", replace = FALSE), "replace")
  refused(wls_sample(wls_space_finite(matrix(1:3), 1:3), 2, "volume", replace = FALSE),
    "replace")
  refused(wls_sample(s, delta = -1), "delta")
  refused(wls_sample(s, delta = 1.5, criterion = "lambda_min"), "delta")
  refused(wls_sample(s, alpha = -0.1), "alpha")
  refused(wls_sample(s, resample = 0), "resample")
  refused(wls_sample(s, max_tries = 0), "max_tries")
  e <- refused(wls_sample(s, delta = 1e-8, max_tries = 2), "delta", "convergence")
  expect_match(conditionMessage(e), "best .*acceptance rate")
  refused(wls_prune(wls_sample(s), n_min = 2), "n_min")
  refused(wls_sample(s, n_min = 5), "n_min")
  refused(wls_prune(wls_sample(s), delta = 0), "delta")
})

test_that("points and outputs are checked", {
  s <- line(3)
  square <- wls_space(wls_basis("legendre", 1), d = 2)
  refused(wls_features(square, cbind(1, 2, 3)), "x")
  refused(wls_features(s, c(1, NA)), "x")
  refused(wls_fit(square, points = cbind(1:4), y = 1:4), "points")
  refused(wls_fit(s, points = c(0, NA, 1:3 / 4), y = 1:5), "points")
  refused(wls_as_sample(s, c(0, NA, 1:3 / 4)), "points")
  refused(wls_as_sample(square, cbind(1:5)), "points")
  e <- refused(wls_fit(s, points = c(0, 50, 0.2, 3), y = 1:4), "points", "domain")
  expect_match(conditionMessage(e), "column 1 .*outside \\[-1, 1\\]")
  design <- wls_sample(s)
  refused(wls_fit(square, design, 1:8), "sample")
  refused(wls_fit(s, design, 1:8, sigma = 2), "sigma")
  refused(wls_fit(s, design, 1:3), "y")
  refused(wls_fit(s, design, c(1:7, NA)), "y")
  refused(wls_fit(s, design, c(1:7, Inf)), "y")
  y <- c(1:3, rep(NA, 5))
  refused(wls_fit(s, design, y, na.action = na.omit), "y")
  for (w in list(c(1, 1, 0, 1), c(1, 1, -1, 1), c(1, 1, NA, 1), c(1, 1, Inf, 1))) {
    refused(wls_fit(s, points = 1:4 / 5, y = 1:4, weights = w), "weights")
  }
  e <- refused(wls_fit(s, points = rep(0.3, 5), y = 1:5), "points", "singular")
  expect_match(conditionMessage(e), "rank 1 of 4.*lambda_min")
  fit <- wls_fit(s, design, f = exp)
  refused(predict(fit, cbind(1, 2)), "newdata")
  refused(predict(fit, NA_real_), "newdata")
  refused(confint(fit, "x9"), "parm")
  refused(plot(fit, 6), "which")
  refused(plot(design, 3), "which")
  refused(wls_error(fit, \(x) cbind(x, x)), "f")
})

test_that("bad conditioning warns, high leverage says which rows", {
  s <- line(3)
  x <- c(-0.5, 0, 0.5, 0.5 + 1e-9, 0.5 + 2e-9)
  warnings <- list()
  withCallingHandlers(wls_fit(s, points = x, y = x, weights = rep(1, 5)),
    warning = \(w) {
      warnings[[length(warnings) + 1]] <<- w
      invokeRestart("muffleWarning")
    })
  expect_true(any(vapply(warnings, inherits, NA, "distest_warning_conditioning")))
  cells <- wls_space(wls_basis("piecewise", 0, breaks = c(0, 0.5, 1)))
  w <- expect_warning(fit <- wls_fit(cells, points = c(0.1, 0.6, 0.7), y = 1:3, weights = c(1, 1, 1)),
    class = "distest_warning_approximation")
  expect_match(conditionMessage(w), "row 1 ")
  expect_true(is.na(fit$loo))
})

test_that("extrapolation gives values and one warning", {
  s <- line(2)
  fit <- wls_fit(s, points = c(-1, 0, 0.5, 1), y = c(1, 0, 0.25, 1))
  w <- expect_warning(p <- predict(fit, c(0.1, 2, 3)),
    class = "distest_warning_extrapolation")
  expect_match(conditionMessage(w), "2 points")
  expect_equal(p, c(0.01, 4, 9), tolerance = 1e-10)
  for (type in c("haar", "bspline")) {
    s <- wls_space(wls_basis(type, 1))
    fit <- wls_fit(s, wls_sample(s), f = identity)
    expect_warning(p <- predict(fit, c(0.1, 1.1)),
      class = "distest_warning_extrapolation")
    expect_identical(is.na(p), c(FALSE, TRUE))
  }
})

test_that("derivatives at breaks are from the right, from the left at the end", {
  b <- wls_basis("piecewise", 1, breaks = c(0, 0.5, 1))
  d <- wls_basis_eval(b, c(0.5, 1), deriv = TRUE)$deriv
  expect_equal(d[, 2], c(0, 0))
  expect_true(all(d[, 4] > 0))
  refused(wls_basis_eval(wls_basis("haar", 2), 0.3, deriv = TRUE), "deriv")
  haar <- wls_space(wls_basis("haar", 1))
  fit <- wls_fit(haar, wls_sample(haar), f = identity)
  refused(predict(fit, 0.2, type = "gradient"), "type")
})

test_that("points at the ends of beta and arcsine laws are finite", {
  for (b in list(wls_basis("chebyshev", 6), wls_basis("jacobi", 6, shape1 = 0.5,
    shape2 = 3, min = -1))) {
    s <- wls_space(b)
    sample <- wls_as_sample(s, c(-1, seq(-0.9, 0.9, length.out = 8), 1))
    expect_true(all(is.finite(sample$weights) & sample$weights > 0))
    expect_true(is.finite(sample$cond))
  }
})

test_that("far tails have finite weights and fits", {
  set.seed(1)
  s <- wls_space(wls_basis("hermite", 250))
  design <- wls_sample(s, 520)
  expect_true(all(is.finite(design$weights) & design$weights > 0))
  expect_gt(max(abs(design$points)), 26)
  fit <- wls_fit(s, design, f = \(x) cos(x / 3))
  # E cos(x/3) = exp(-1/18), orthonormal coefficients known in closed form
  expect_equal(coef(fit)[[1]], exp(-1 / 18), tolerance = 1e-10)
  expect_equal(coef(fit)[[3]], -exp(-1 / 18) / 9 / sqrt(2), tolerance = 1e-9)
  expect_equal(predict(fit, c(0, 2)), cos(c(0, 2) / 3), tolerance = 1e-8)
  expect_true(all(is.finite(fitted(fit))))
  b <- wls_basis("hermite", 2000)
  far <- wls_as_sample(wls_space(b, indices = matrix(0:2000)), qnorm(ppoints(2001)) * 20)
  expect_true(all(is.finite(far$weights) & far$weights > 0))
})

test_that("constant outputs have their mean, and no shares of variance", {
  s <- line(3)
  expect_silent({
    fit <- wls_fit(s, wls_sample(s), rep(2.5, 8))
    shares <- wls_sobol(fit)
    mean <- wls_moments(fit)$mean
  })
  expect_true(is.na(fit$q2))
  expect_true(all(is.na(shares$indices)))
  expect_equal(mean[[1]], 2.5, tolerance = 1e-14)
})

test_that("a candidate of probability zero is in no design", {
  set.seed(5)
  s <- wls_space_finite(cbind(1, c(-1, 0.5, 2, 7)), prob = c(1, 2, 1, 0))
  for (method in setdiff(distest:::wls_methods, "dpp")) {
    for (reference in c("optimal", "mu", "mixture")) {
      design <- wls_sample(s, 300, method, reference)
      expect_false(4 %in% design$index)
    }
  }
})

test_that("update() takes other arguments of the fit, f among them", {
  s <- line(3)
  set.seed(6)
  design <- wls_sample(s)
  fit <- wls_fit(s, design, f = exp)
  expect_equal(coef(update(fit, f = sin)), coef(wls_fit(s, design, f = sin)))
  expect_identical(update(fit, noise = "homoscedastic")$noise, "homoscedastic")
})

test_that("formulas name inputs, all of the space's and no others", {
  d <- data.frame(x1 = c(-0.9, 0, 0.3, 0.8), y = 1:4)
  s <- wls_space(wls_basis("legendre", 1))
  expect_s3_class(wls_fit(y ~ x1, d, s), "distest_wls")
  expect_s3_class(wls_fit(y ~ ., d, s), "distest_wls")
  expect_equal(coef(wls_fit(log(y) ~ x1, d, s)), coef(wls_fit(s, points = d$x1,
    y = log(d$y))))
  refused(wls_fit(y ~ x2, d, s), "formula")
  refused(wls_fit(y ~ x1 + x2, d, s), "formula")
  refused(wls_fit(y ~ exp(x1), d, s), "formula")
  refused(wls_fit(nothing ~ x1, d, s), "formula")
  refused(wls_fit(y ~ x1, d[2], s), "data")
})

test_that("no run is lost to a function that fails, gives NA or the wrong shape", {
  s <- line(3)
  set.seed(2)
  design <- wls_sample(s, 12)
  seen <- 0
  one_row <- \(x) {
    seen <<- seen + length(x)
    if (length(x) > 1) stop("one at a time")
    if (x > 0.8) stop("diverged")
    exp(x)
  }
  fit <- suppressWarnings(wls_fit(s, design, f = one_row, na.action = na.omit))
  expect_equal(fit$n, sum(design$points <= 0.8))
  expect_equal(seen, 24) # the call for all rows, then each row once
  e <- refused(wls_fit(s, design, f = one_row), "y")
  expect_equal(e$y[design$points <= 0.8], exp(design$points[design$points <= 0.8]))
  expect_equal(e$points, design$points)
  total <- \(x) sum(exp(x)) # not vectorised: the wrong shape for all rows
  expect_equal(wls_fit(s, design, f = total)$y[, 1], exp(design$points[, 1]))
  e <- expect_error(wls_fit(s, design, f = \(x) stop("licence")),
    class = "distest_error_invalid")
  expect_match(conditionMessage(e), "licence")
  refused(wls_fit(s, design, f = \(x) letters), "f")
  w <- expect_warning(err <- wls_error(fit, \(x) ifelse(x > 0.9, NA, exp(x)), 300),
    class = "distest_warning_dropped")
  expect_lt(err$n, 300)
  expect_lt(err$relative, 0.1)
})

test_that("designs told wrongly stay as they were", {
  set.seed(3)
  design <- wls_design(line(2))
  runs <- wls_ask(design)
  contents <- \() mget(ls(design), design)
  before <- contents()
  refused(wls_tell(design, 99, 1), "id")
  refused(wls_tell(design, c(1, 1), c(1, 2)), "id")
  refused(wls_tell(design, 1:2, 1), "y")
  refused(wls_tell(design, 1, "a"), "y")
  expect_identical(contents(), before)
  wls_tell(design, 1:2, c(4, 5))
  refused(wls_tell(design, 2, 6), "id")
  expect_equal(design$y[1:2, 1], c(4, 5))
  refused(wls_tell(design, 3, cbind(1, 2)), "y")
  refused(wls_result(design), "design")
  refused(wls_grow(design, wls_space(wls_basis("hermite", 2))), "space")
  if (requireNamespace("jsonlite", quietly = TRUE)) {
    refused(wls_save(design, 1), "file")
  }
  refused(wls_load("no such file"), "file")
  file <- tempfile()
  writeLines("{}", file)
  refused(wls_load(file), "file")
  unlink(file)
})

test_that("an adaptive fit goes on from the design an error carries", {
  set.seed(4)
  f <- \(x) stop("down")
  e <- refused(wls_adapt(f, wls_basis("legendre", 6), d = 2), "f")
  expect_s3_class(e$design, "distest_wls_design")
  fit <- wls_adapt(\(x) exp(x[, 1]), design = e$design, tol = 1e-3)
  expect_lt(fit$error_estimate, 1e-3)
  more <- wls_adapt(\(x) exp(x[, 1]), design = fit$design, tol = 1e-5)
  expect_gte(more$runs, fit$runs)
  refused(wls_adapt(exp, wls_basis("bspline", 2)), "basis")
  refused(wls_adapt(exp, wls_basis("legendre", 2), index_max = -1), "index_max")
})
