# Spaces whose features are not held: candidates by a function of row numbers, points by
# a sampler.
test_that("candidates in chunks are the same space", {
  set.seed(1)
  X <- cbind(1, matrix(rnorm(2 * 9000), 9000))
  asked <- integer()
  lazy <- wls_space_finite(\(rows) {
    asked <<- c(asked, length(rows))
    X[rows, , drop = FALSE]
  }, N = 9000)
  held <- wls_space_finite(X)
  expect_lte(max(asked), 4096)
  expect_equal(wls_inclusion(lazy), wls_inclusion(held), tolerance = 1e-12)
  expect_equal(wls_features(lazy, c(5, 8000)), wls_features(held, c(5, 8000)),
    tolerance = 1e-11)
  expect_lt(as.numeric(object.size(lazy[c("R", "leverage", "prob", "integrals")])), 2e5)
  s <- wls_sample(lazy, 12, "volume", replace = FALSE)
  expect_false(anyDuplicated(s$index) > 0)
  expect_identical(s$weights, rep(1, 12))
  y <- X[, 2] - 0.5 * X[, 3]
  fit <- wls_fit(lazy, s, y[s$index])
  expect_equal(predict(fit, 1:9), y[1:9], tolerance = 1e-10)
  expect_equal(wls_moments(fit)$mean, mean(y), tolerance = 1e-10)
})

test_that("every method has its weights and follows the seed", {
  X <- cbind(1, (1:40) / 40, ((1:40) / 40)^3)
  lazy <- wls_space_finite(\(rows) X[rows, , drop = FALSE], N = 40)
  k <- wls_christoffel(lazy, 1:40)
  for (method in distest:::wls_methods) {
    n <- if (method == "dpp") 3 else 10
    set.seed(5)
    a <- wls_sample(lazy, n, method)
    after <- runif(1)
    set.seed(5)
    b <- wls_sample(lazy, n, method)
    expect_identical(a$index, b$index)
    expect_identical(after, runif(1))
    if (method %in% c("dpp", "dpp_repeated", "boosted", "volume", "iid_optimal")) {
      expect_equal(a$weights, 3 / k[a$index], tolerance = 1e-10)
    }
    A <- sqrt(a$weights / n) * wls_features(lazy, a$index)
    expect_equal(a$lambda_min, min(svd(A)$d)^2, tolerance = 1e-8)
  }
})

test_that("draws have the exact law of the DPP", {
  set.seed(6)
  F <- cbind(1, c(-1, 0.5, 2, 0.3, -0.7))
  lazy <- wls_space_finite(\(rows) F[rows, , drop = FALSE], N = 5)
  pairs <- utils::combn(5, 2)
  p <- apply(pairs, 2, \(s) det(F[s, ])^2)
  p <- p / sum(p)
  draws <- replicate(1500, paste(sort(wls_sample(lazy, method = "dpp")$index),
    collapse = " "))
  count <- as.vector(table(factor(draws, apply(pairs, 2, paste, collapse = " "))))
  chi <- sum((count - 1500 * p)^2 / (1500 * p))
  expect_gt(stats::pchisq(chi, 9, lower.tail = FALSE), 1e-9)
})

test_that("strata and points beyond a reference cloud have their laws", {
  set.seed(7)
  cloud <- matrix(seq(-1, 1, length.out = 1001))
  space <- wls_space_function(\(x) cbind(1, x, x^2), cloud,
    sampler = \(n) stats::runif(n, -1, 1))
  exact <- wls_space(wls_basis("legendre", 2))
  s <- wls_sample(space, 2000, "iid_optimal")
  F <- rowMeans(vapply(0:2, \(j) wls_induced_cdf(wls_basis("legendre", 2), j,
    s$points[, 1]), numeric(2000)))
  expect_gt(suppressWarnings(stats::ks.test(F, "punif")$p.value), 1e-9)
  expect_equal(s$weights, 3 / wls_christoffel(exact, s$points[, 1]), tolerance = 1e-2)
  expect_false(any(s$points %in% cloud))
  strata <- wls_sample(space, 9, "stratified")
  tau <- 3
  expect_equal(strata$weights, 9 / (tau * rowSums(wls_features(space,
    strata$points)^2)), tolerance = 1e-10)
  fit <- wls_fit(space, wls_sample(space), f = \(x) 1 + 2 * x - x^2)
  expect_equal(predict(fit, c(-0.3, 0.9)), 1 + 2 * c(-0.3, 0.9) - c(-0.3, 0.9)^2,
    tolerance = 1e-10)
  e <- expect_error(wls_space_function(\(x) cbind(1, x), cloud, sampler = \(n) 1),
    class = "distest_error_invalid")
  expect_identical(e$argument, "sampler")
  small <- wls_space_function(\(x) cbind(1, x^9), matrix(c(-0.1, 0, 0.05, 0.1)),
    sampler = \(n) stats::runif(n, -1, 1))
  e <- expect_error(wls_sample(small), class = "distest_error_convergence")
  expect_identical(e$argument, "reference")
})
