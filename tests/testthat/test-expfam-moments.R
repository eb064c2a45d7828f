test_that("moments of chunks give the fit of the whole, in any order to the bit", {
  set.seed(1)
  x <- rgamma(10000, 3, 2)
  a <- expfam_moments(x[1:4096], "gamma", segment = "s")
  b <- expfam_partial(x[4097:8192], "gamma", segment = "s", first = 4097)
  c <- expfam_moments(x[8193:10000], "gamma", segment = "s", first = 8193)
  one <- expfam_merge(a, b, c)
  expect_identical(expfam_merge(c, expfam_merge(b, a))$bytes, one$bytes)
  fit <- expfam_finish(one)
  whole <- expfam_fit(x, "gamma")
  expect_equal(coef(fit), coef(whole), tolerance = 1e-11)
  expect_equal(vcov(fit), vcov(whole), tolerance = 1e-9)
  expect_equal(fit$loglik, whole$loglik, tolerance = 1e-11)
  got <- expfam_risk(fit)
  expect_equal(unlist(got[c("risk", "T1", "T2", "T3")]),
    unlist(expfam_risk(whole)[c("risk", "T1", "T2", "T3")]), tolerance = 1e-8)
  expect_true(is.na(got$se))
  expect_equal(unserialize(serialize(one, NULL)), one)
  fails(expfam_merge(a, a), "invalid", "...")
  fails(expfam_merge(a, expfam_moments(x, "gamma", order = 2)), "invalid", "...")
  fails(expfam_moments(x, "gamma", order = 4), "invalid", "order")
  fails(expfam_moments(x, "gamma", first = 5), "invalid", "first")
  second <- expfam_fit_moments(expfam_moments(x, "gamma", order = 2), "gamma")
  fails(expfam_risk(second), "invalid", "order")
  expect_equal(expfam_risk(second, order = 1)$risk, expfam_risk(whole, order = 1)$risk,
    tolerance = 1e-9)
  first <- expfam_fit_moments(expfam_moments(x, "gamma", order = 1), "gamma")
  fails(expfam_risk(first), "invalid", "object")
  expect_s3_class(expfam_risk(first, truth = "model"), "distest_expfam_risk")
})

test_that("moments may be given as numbers", {
  x <- precip
  xi <- cbind(log(x), x)
  third <- array(0, c(2, 2, 2))
  u <- sweep(xi, 2, colMeans(xi))
  n <- length(x)
  for (i in 1:2) for (j in 1:2) for (k in 1:2) {
    third[i, j, k] <- n / ((n - 1) * (n - 2)) * sum(u[, i] * u[, j] * u[, k])
  }
  fit <- expfam_fit_moments(list(mean = colMeans(xi), n = n, cov = cov(xi), third = third),
    "gamma")
  expect_equal(expfam_risk(fit)$risk, expfam_risk(expfam_fit(x, "gamma"))$risk,
    tolerance = 1e-9)
  fails(expfam_fit_moments(list(mean = 1, n = 3), "gamma"), "invalid", "moments")
  fails(expfam_fit_moments(list(n = 3), "gamma"), "invalid", "moments")
  fails(expfam_fit_moments(list(mean = c(log(2), 2), n = 3), "gamma"), "existence")
})

test_that("projections of known densities have the closed forms", {
  # of a lognormal on normal: the same mean and variance
  m <- exp(0.125)
  v <- (exp(0.25) - 1) * exp(0.25)
  p <- expfam_project("normal", density = \(x) dlnorm(x, 0, 0.5))
  expect_equal(unname(p$param), c(m, v), tolerance = 1e-8)
  # negative binomial on Poisson: r1 = variance / (2 mean), in one dimension r2 too
  q <- expfam_project("poisson", density = \(k) dnbinom(k, 5, 0.4))
  mean <- 5 * 0.6 / 0.4
  var <- mean / 0.4
  k3 <- var * (2 - 0.4) / 0.4
  expect_equal(q$r1, var / (2 * mean), tolerance = 1e-10)
  expect_equal(q$r2, -k3 / mean^2 / 3 + 9 / 8 * var^2 / mean^3 - 3 / 8 * var^2 / mean^3,
    tolerance = 1e-8)
  at <- 0:400
  expect_equal(q$divergence, sum(dnbinom(at, 5, 0.4) * (dnbinom(at, 5, 0.4, log = TRUE) -
    dpois(at, mean, log = TRUE))), tolerance = 1e-10)
  # of a member: nothing is lost
  self <- expfam_project("gamma", density = \(x) dgamma(x, 3, 2))
  expect_equal(unname(self$param), c(3, 2), tolerance = 1e-8)
  expect_equal(c(self$divergence, self$r1), c(0, 1), tolerance = 1e-8)
  model <- expfam_model("gamma", param = c(shape = 3, rate = 2))
  expect_equal(as.numeric(expfam_sample_size(self)), as.numeric(expfam_sample_size(model)))
  set.seed(1)
  drawn <- expfam_project("gamma", sampler = \(n) rgamma(n, 3, 2))
  expect_equal(drawn$r1, 1, tolerance = 0.05)
  given <- expfam_project("gamma", moments = list(mean = model$eta, cov = model$G))
  expect_equal(c(given$r1, is.na(given$r2)), c(1, TRUE))
  for (f in list("beta", "von_mises", "exponential")) {
    expect_s3_class(expfam_project(f, density = switch(f, beta = \(x) dbeta(x, 2, 5),
      von_mises = \(x) rep(1 / (2 * pi), length(x)), exponential = \(x) dexp(x, 3))),
    "distest_expfam_projection")
  }
  fails(expfam_project("gamma", density = \(x) 2 * dgamma(x, 3)), "invalid", "density")
  fails(expfam_project("gamma"), "invalid", "density")
  fails(expfam_project(expfam_family("mvnormal", d = 2), density = dnorm), "unsupported",
    "density")
  fails(expfam_project("gamma", sampler = \(n) stop("no")), "invalid", "sampler")
  expect_output(print(q), "Information projection")
})

test_that("the bootstrap is the same for any number of workers and threads", {
  fit <- expfam_fit(precip, "gamma")
  set.seed(1)
  one <- expfam_bootstrap(fit, 150, threads = 1)
  set.seed(1)
  expect_identical(expfam_bootstrap(fit, 150, threads = 2), one)
  skip_on_cran()
  set.seed(1)
  expect_identical(expfam_bootstrap(fit, 150, workers = 2), one)
})

test_that("infinite intervals and boxes are references", {
  x <- precip / 10
  line <- expfam_custom(\(x) cbind(x, x^2), expfam_ref_interval(-Inf, Inf))
  expect_equal(unname(coef(expfam_fit(x, line))), unname(coef(expfam_fit(x, "normal"))),
    tolerance = 1e-8)
  half <- expfam_custom(\(x) cbind(log(x), x), expfam_ref_interval(0, Inf),
    log_base = \(x) -log(x))
  expect_equal(unname(coef(expfam_fit(x, half))), unname(coef(expfam_fit(x, "gamma"))),
    tolerance = 1e-8)
  box <- expfam_custom(\(x) cbind(x[, 1], x[, 2]), expfam_ref_interval(c(0, 0), c(1, 1)))
  set.seed(1)
  u <- cbind(rbeta(50, 2, 1), rbeta(50, 1, 2))
  each <- expfam_family("polynomial", degree = 1, lower = 0, upper = 1)
  expect_equal(unname(coef(expfam_fit(u, box))), c(coef(expfam_fit(u[, 1], each)),
    coef(expfam_fit(u[, 2], each))), tolerance = 1e-8, ignore_attr = TRUE)
  fails(expfam_ref_interval(1, 0), "invalid", "lower")
})
