bad <- function(code, argument, kind = "invalid") {
  e <- expect_error(code, class = paste0("distest_error_", kind))
  expect_identical(e$argument, argument)
  expect_match(conditionMessage(e), "[.?]$")
}

legendre <- function(degree, d = 1) wls_space(wls_basis("legendre", degree), d = d)

test_that("the fit is lm(weights = ) in the orthonormal basis", {
  set.seed(1)
  space <- legendre(5, 2)
  design <- wls_sample(space, 40)
  fit <- wls_fit(space, design, f = \(x) exp(x[, 1]) * cos(2 * x[, 2]))
  phi <- wls_features(space, design$points)
  peer <- lm(fit$y ~ phi - 1, weights = design$weights)
  expect_equal(unname(coef(fit)), unname(coef(peer)), tolerance = 1e-10)
  expect_equal(as.numeric(logLik(fit)), as.numeric(logLik(peer)), tolerance = 1e-10)
  expect_equal(unname(vcov(fit, type = "lm")), unname(vcov(peer)), tolerance = 1e-10)
  expect_equal(c(AIC(fit), BIC(fit)), c(AIC(peer), BIC(peer)), tolerance = 1e-10)
  expect_equal(unname(hatvalues(fit)), unname(hatvalues(peer)), tolerance = 1e-10)
  expect_identical(rownames(confint(fit)), names(coef(fit)))
  expect_identical(dimnames(vcov(fit)), rep(list(names(coef(fit))), 2))
  expect_identical(tidy(fit)$term, names(coef(fit)))
  expect_identical(unserialize(serialize(fit, NULL)), fit)
})

# Certified values of the NIST Statistical Reference Datasets, linear regression.
test_that("certified coefficients are reached", {
  ols <- function(F, y) {
    space <- wls_space_finite(F)
    fit <- wls_fit(space, wls_as_sample(space, index = seq_len(nrow(F)), weights = rep(1, nrow(F))), y)
    as.vector(backsolve(space$R, coef(fit)))
  }
  longley <- ols(cbind(1, as.matrix(datasets::longley[c("GNP.deflator", "GNP", "Unemployed", "Armed.Forces", "Population", "Year")]) *
    rep(c(1, 1, 1, 1, 1, 1), each = 16)), datasets::longley$Employed)
  certified <- c(-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683,
    -1.03322686717359, -0.0511041056535807, 1829.15146461355)
  # R's copy has GNP, the employed, the unemployed and the forces in other units
  expect_equal(longley * 1000 / c(1, 1, 1000, 10, 10, 1000, 1), certified, tolerance = 1e-8)
  expect_equal(ols(matrix(60:70 + 0), 130:140 + 0), 2.07438016528926, tolerance = 1e-13)
  expect_equal(ols(matrix(c(4, 5, 6)), c(3, 4, 4)), 0.727272727272727, tolerance = 1e-13)
  x <- 0:20
  powers <- outer(x, 0:5, `^`)
  # Wampler 1 to 5: polynomials of degree 5, and deviations orthogonal to them
  delta <- c(759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048)
  delta <- c(delta, 2048, rev(delta))
  expect_equal(as.vector(crossprod(powers, delta)), rep(0, 6))
  expect_equal(sqrt(sum(delta^2) / 15), 2360.14502379268, tolerance = 1e-14) # certified
  one <- rowSums(powers)
  expect_equal(ols(powers, one), rep(1, 6), tolerance = 1e-8)
  expect_equal(ols(powers, as.vector(powers %*% 10^-(0:5))), 10^-(0:5), tolerance = 1e-8)
  expect_equal(ols(powers, one + delta), rep(1, 6), tolerance = 1e-7)
  expect_equal(ols(powers, one + 100 * delta), rep(1, 6), tolerance = 1e-6)
  expect_equal(ols(powers, one + 1e4 * delta), rep(1, 6), tolerance = 1e-4)
})

test_that("several outputs are several fits", {
  set.seed(2)
  space <- legendre(6)
  design <- wls_sample(space, 20)
  Y <- cbind(a = exp(design$points[, 1]), b = sin(3 * design$points[, 1]), c = 1)
  all <- wls_fit(space, design, Y)
  for (k in 1:3) {
    one <- wls_fit(space, design, Y[, k])
    expect_equal(unname(all$coefficients[, k]), unname(coef(one)), tolerance = 1e-13)
    expect_equal(predict(all, c(0.1, 0.2))[, k], predict(one, c(0.1, 0.2)), tolerance = 1e-13)
  }
  expect_true(is.na(all$q2[[3]]))
  expect_true(all(is.na(wls_sobol(all)$indices[3, ])))
  expect_equal(wls_moments(all)$mean[["c"]], 1, tolerance = 1e-13)
})

test_that("seeds rule, threads do not", {
  space <- legendre(6, 2)
  for (method in c("iid_optimal", "stratified", "volume", "dpp_repeated", "boosted")) {
    set.seed(3)
    one <- wls_sample(space, 60, method, threads = 1)
    after <- runif(1)
    set.seed(3)
    four <- wls_sample(space, 60, method, threads = 4)
    expect_identical(one$points, four$points)
    expect_identical(after, runif(1))
  }
})

test_that("parts merge to the same bits in any order", {
  space <- legendre(4)
  x <- seq(-1, 1, length.out = 90)
  part <- \(i) wls_partial(space, x[i], cbind(exp(x[i]), x[i]^2), segment = paste(i[[1]]))
  a <- part(1:30)
  b <- part(31:60)
  c <- part(61:90)
  one <- wls_finish(wls_merge(a, b, c))
  expect_identical(wls_finish(wls_merge(c, wls_merge(b, a))), one)
  fit <- wls_fit(space, points = x, y = cbind(exp(x), x^2))
  expect_equal(unname(one$coefficients), unname(fit$coefficients), tolerance = 1e-12)
  expect_equal(one$lambda_min, fit$lambda_min, tolerance = 1e-12)
  expect_equal(one$rss, unname(deviance(fit)), tolerance = 1e-9)
  bad(wls_merge(a, a), "segment")
})

test_that("crashed runs are left out with a warning", {
  set.seed(4)
  space <- legendre(4)
  design <- wls_sample(space, 15)
  y <- exp(design$points[, 1])
  y[c(2, 7)] <- c(NA, Inf)
  bad(wls_fit(space, design, y), "y")
  expect_warning(fit <- wls_fit(space, design, y, na.action = na.omit), class = "distest_warning_dropped")
  expect_identical(fit$dropped, c(2L, 7L))
  expect_equal(nobs(fit), 13)
  y[1:12] <- NA
  bad(wls_fit(space, design, y, na.action = na.omit), "y")
})

test_that("interpolation says that it has no error estimate", {
  set.seed(5)
  space <- legendre(3)
  expect_silent(fit <- wls_fit(space, wls_sample(space, method = "dpp"), f = exp))
  expect_true(all(is.na(c(fit$loo, fit$loo_corrected, fit$q2, fit$sigma, vcov(fit), vcov(fit, "noise")))))
  expect_equal(as.vector(residuals(fit)), rep(0, 4))
  expect_output(print(fit), "interpolation")
})

test_that("m = 1 works with every method", {
  space <- legendre(0)
  for (method in wls_methods) {
    s <- wls_sample(space, if (method == "dpp") 1 else 4, method)
    expect_equal(s$weights, rep(1, s$n))
  }
})

test_that("predictions outside the support warn or are missing", {
  set.seed(6)
  fit <- wls_fit(legendre(3), wls_sample(legendre(3)), f = exp)
  w <- expect_warning(predict(fit, c(0, 2)), class = "distest_warning_extrapolation")
  expect_match(conditionMessage(w), "1 point")
  cells <- wls_space(wls_basis("piecewise", 1, breaks = c(0, 0.5, 1)))
  fit <- wls_fit(cells, wls_sample(cells), f = exp)
  expect_warning(p <- predict(fit, c(0.2, 1.2)), class = "distest_warning_extrapolation")
  expect_identical(is.na(p), c(FALSE, TRUE))
  waves <- wls_space(wls_basis("fourier", 2))
  fit <- wls_fit(waves, wls_sample(waves), f = \(u) cos(2 * pi * u))
  expect_silent(expect_equal(predict(fit, 1.3), predict(fit, 0.3), tolerance = 1e-10))
})

test_that("the g-function is reproduced, with its Sobol indices", {
  a <- c(0, 1, 4.5)
  g <- \(x) apply(x, 1, \(r) prod((abs(4 * r - 2) + a) / (1 + a)))
  space <- wls_space(wls_basis("piecewise", 1, breaks = c(0, 0.5, 1)), d = 3)
  set.seed(7)
  fit <- wls_fit(space, wls_sample(space), f = g)
  x <- matrix(runif(60), 20)
  expect_equal(predict(fit, x), g(x), tolerance = 1e-8)
  v <- 1 / (3 * (1 + a)^2)
  s <- wls_sobol(fit, order = 3)
  expect_equal(unname(s$indices[1, 1:3]), v / (prod(1 + v) - 1), tolerance = 1e-8)
  expect_equal(s$indices[[1, "1*2*3"]], prod(v) / (prod(1 + v) - 1), tolerance = 1e-8)
})

test_that("slopes, higher moments and quadrature agree with integrals", {
  set.seed(8)
  space <- legendre(6, 2)
  f <- \(x) x[, 1]^3 + x[, 1] * x[, 2]^2
  fit <- wls_fit(space, wls_sample(space), f = f)
  expect_equal(wls_dgsm(fit)$estimate, c(9 / 5 + 2 * 3 * (1 / 3) * (1 / 3) + 1 / 5, 4 / 9), tolerance = 1e-8)
  gauss <- legendre(30)
  rule <- wls_as_sample(gauss, cos(pi * (1:80 - 0.5) / 80))
  q <- wls_quadrature(rule)
  grid <- expand.grid(rule$points[, 1], rule$points[, 1])
  w <- as.vector(outer(q, q))
  v <- f(as.matrix(grid))
  m <- wls_moments(fit, order = 4)
  expect_equal(m$variance, sum(w * v^2), tolerance = 1e-8)
  expect_equal(m$kurtosis, sum(w * v^4) / sum(w * v^2)^2, tolerance = 1e-8)
  expect_equal(m$skewness, 0, tolerance = 1e-8)
  p <- predict(fit, cbind(0.3, -0.2), type = "gradient")
  expect_equal(as.vector(p), c(3 * 0.09 + 0.04, 2 * 0.3 * -0.2), tolerance = 1e-8)
})

test_that("the error from fresh points is right", {
  set.seed(9)
  space <- legendre(2)
  fit <- wls_fit(space, wls_sample(space, 30), f = \(x) x^3)
  # best error^2 of x^3 in degree 2: 1/7 - 3 (1/5)^2 = 0.022857
  e <- wls_error(fit, \(x) x^3, 4000)
  c <- coef(fit)
  exact <- 1 / 7 - 3 / 25 + c[[1]]^2 + (c[[2]] - sqrt(3) / 5)^2 + c[[3]]^2
  expect_lt(abs(e$mse - exact) / e$se_mse, 6)
})

test_that("bad input is refused by name", {
  space <- legendre(3)
  design <- wls_sample(space)
  bad(wls_basis("legendr", 2), "type")
  for (v in list(-1, 1.5, NA_real_)) bad(wls_basis("legendre", v), "degree")
  bad(wls_basis("hermite", 2, sd = 0), "sd")
  bad(wls_basis("laguerre", 2, rate = -1), "rate")
  bad(wls_basis("laguerre", 2, shape = 0), "shape")
  bad(wls_basis("jacobi", 2, shape2 = 0), "shape2")
  bad(wls_basis("legendre", 2, min = 1, max = 0), "max")
  bad(wls_basis("hermite", 2, mean = Inf), "mean")
  bad(wls_basis("piecewise", 2, breaks = c(0, 0, 1)), "breaks")
  bad(wls_basis("empirical", 3, nodes = c(1, 2, 3)), "degree")
  bad(wls_basis("legendre", 3, mean = 1), "mean")
  bad(wls_index_set(2, "none", 3), "index")
  bad(wls_index_set(2, degree = 3, weights = c(1, 0)), "weights")
  bad(wls_index_set(30, "tensor", degree = 9), NULL, "memory")
  bad(wls_space(wls_basis("legendre", 3), indices = matrix(c(0, 4))), "indices")
  bad(wls_space(wls_basis("legendre", 3), indices = matrix(c(0, -1))), "indices")
  bad(wls_space(wls_basis("legendre", 3), indices = matrix(c(1, 1))), "indices")
  bad(wls_space(wls_basis("legendre", 3), indices = matrix(0, 1, 2)), "indices")
  bad(wls_space_finite(matrix(c(1, NA, 2))), "features")
  bad(wls_space_finite(matrix(1, 1, 2)), "features")
  bad(wls_space_finite(cbind(1:5, 2 * 1:5)), "features")
  for (p in list(c(1, -1, 1), c(0, 0, 0), c(1, NA, 1), 1:2)) bad(wls_space_finite(matrix(1:3), p), "prob")
  bad(wls_sample(space, 3), "n")
  bad(wls_sample(space, 5, "dpp"), "n")
  bad(wls_sample(wls_space_finite(matrix(1:3)), 4, "volume", replace = FALSE), "n")
  bad(wls_sample(space, method = "dp"), "method")
  bad(wls_sample(space, reference = "x"), "reference")
  bad(wls_sample(space, criterion = "x"), "criterion")
  bad(wls_sample(space, delta = 0), "delta")
  bad(wls_sample(space, delta = 1.2, criterion = "lambda_min"), "delta")
  bad(wls_sample(space, alpha = 2), "alpha")
  bad(wls_sample(space, resample = 0), "resample")
  bad(wls_sample(space, delta = 1e-6, max_tries = 3), "delta", "convergence")
  bad(wls_fit(space, design, 1:3), "y")
  bad(wls_fit(space, design, letters[1:8]), "y")
  bad(wls_fit(space, points = c(0, 0.1, 0.2, 3), y = 1:4), "points", "domain")
  bad(wls_fit(space, points = rep(0.3, 5), y = 1:5), "points", "singular")
  bad(wls_fit(space, points = 1:4 / 5, y = 1:4, weights = c(1, 1, 0, 1)), "weights")
  bad(wls_fit(space, points = 1:3 / 5, y = 1:3), "y")
  fit <- wls_fit(space, design, f = exp)
  bad(predict(fit, cbind(1, 2)), "newdata")
  bad(predict(fit, c(1, NA)), "newdata")
  bad(predict(fit, 0, levl = 0.9), "levl")
  bad(vcov(fit, type = "x"), "type")
  bad(wls_sobol(wls_fit(wls_space_finite(matrix(1:3)), wls_sample(wls_space_finite(matrix(1:3))), 1:2)), "fit")
  odd <- wls_space(wls_basis("legendre", 3), indices = matrix(1:3))
  bad(wls_moments(wls_fit(odd, wls_sample(odd), f = identity)), "fit")
  haar <- wls_space(wls_basis("haar", 2))
  bad(wls_features(haar, 0.3, deriv = TRUE), "deriv")
})

test_that("candidates without probability and duplicates are handled exactly", {
  space <- wls_space_finite(cbind(1, c(1, 1, 2, 3, 4)), prob = c(1, 1, 1, 0, 1))
  set.seed(10)
  for (i in 1:200) {
    index <- wls_sample(space, method = "dpp")$index
    expect_false(4 %in% index || all(1:2 %in% index))
  }
})

test_that("certificates are their formulas", {
  set.seed(11)
  space <- legendre(9)
  s <- wls_sample(space, 40, "volume")
  k <- wls_certificate(s, eta = 0.1)
  expect_equal(k$linf, 1 + sqrt(mean(s$weights) / s$lambda_min), tolerance = 1e-12)
  expect_equal(k$probability, sqrt(1 + min((10 / 40) / (0.1 * s$lambda_min^2), 1 / (0.1 * s$lambda_min))), tolerance = 1e-12)
  expect_equal(k$expectation, wls_constant(40, 10))
  mix <- wls_sample(space, 40, "iid_optimal", reference = "mixture", delta = 0.9)
  p <- wls_certificate(mix)
  K <- 20
  accept <- max(0, 1 - 20 * exp(-40 * (1.9 * log(1.9) - 0.9) / K))
  expect_equal(p$p_accept, accept)
  user <- wls_as_sample(space, seq(-1, 1, length.out = 30))
  expect_match(wls_certificate(user)$assumptions, "optimal measure")
  expect_true(is.na(wls_certificate(user)$expectation))
  expect_output(print(k), "surely")
})
