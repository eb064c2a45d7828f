# Rows of the table of bad input.

test_that("data that no family could have are named", {
  fails(expfam_fit("a", "gamma"), "invalid", "x")
  fails(expfam_fit(matrix(1, 3, 2), "gamma"), "invalid", "x")
  fails(expfam_fit(numeric(), "gamma"), "invalid", "x")
  e <- fails(expfam_fit(c(1, NA, 2), "gamma"), "invalid", "x")
  expect_match(conditionMessage(e), "na.action = na.omit")
  expect_message(fit <- expfam_fit(c(1, NA, 2), "gamma", na.action = na.omit),
    class = "distest_message")
  expect_equal(nobs(fit), 2)
  fails(expfam_fit(c(1, Inf), "gamma", na.action = na.omit), "invalid", "x")
})

test_that("data outside the support are a domain error with row and count", {
  e <- fails(expfam_fit(c(1, 0, 2, -1), "gamma"), "domain", "x")
  expect_match(conditionMessage(e), "row 2 (0) does not, the first of 2.", fixed = TRUE)
  fails(expfam_fit(c(0.5, 1), "beta"), "domain", "x")
  fails(expfam_fit(c(1, 2.5), "poisson"), "domain", "x")
  fails(expfam_fit(c(1, 9), expfam_family("binomial", size = 8)), "domain", "x")
  fails(expfam_fit(rbind(c(1, 0.1), c(0, 1)), "von_mises_fisher"), "domain", "x")
  fails(expfam_fit(rbind(c(0.5, 0.6), c(0.5, 0.5)), "dirichlet"), "domain", "x")
  fails(expfam_fit(c("a", "z"), expfam_family("categorical", levels = c("a", "b"))),
    "domain", "x")
  fails(expfam_fit(c(0.5, 2), expfam_family("polynomial", degree = 2, lower = 0,
    upper = 1)),
    "domain", "x")
  expect_s3_class(expfam_fit(c(1, 2 + 1e-10, 4), "poisson"), "distest_expfam")
})

test_that("a maximum that does not exist is said", {
  e <- fails(expfam_fit(rep(0, 25), "poisson"), "existence")
  expect_match(conditionMessage(e), "all 25 observations equal 0")
  fails(expfam_fit(rep(2, 5), "gamma"), "existence")
  fails(expfam_fit(rep(2, 5), "normal"), "existence")
  fails(expfam_fit(3, "normal"), "existence")
  fails(expfam_fit(rep(2, 5), "inverse_gaussian"), "existence")
  fails(expfam_fit(rep(2, 5), "gig"), "existence")
  fails(expfam_fit(rep(0.3, 5), "von_mises"), "existence")
  fails(expfam_fit(c(0, 0), "exponential"), "existence")
  fails(expfam_fit(c(1, 1), "bernoulli"), "existence")
  fails(expfam_fit(c(8, 8), expfam_family("binomial", size = 8)), "existence")
  fails(expfam_fit(c(2, 3, 3), "com_poisson"), "existence")
  fails(expfam_fit(rep(0.4, 9), "beta"), "existence")
  fails(expfam_fit(matrix(1 / 4, 5, 4), "dirichlet"), "existence")
  quartic <- expfam_family("polynomial", degree = 4, lower = 0, upper = 1)
  fails(expfam_fit(c(0.2, 0.7, 0.7), quartic), "existence")
  fails(expfam_fit(c(0, 0.7, 1), quartic), "existence")
  expect_s3_class(expfam_fit(c(0, 0.3, 0.7), quartic), "distest_expfam")
  fails(expfam_fit(c(0, 0.5, 1), expfam_family("trigonometric", order = 2, lower = 0,
    upper = 1)),
    "existence")
  fails(expfam_fit(c("a", "a"), expfam_family("categorical", levels = c("a", "b"))),
    "existence")
  fails(expfam_fit(as.matrix(iris[1:3, 1:3]), "mvnormal"), "existence")
  fails(expfam_fit(matrix(c(0, 0, 1, 1), 4, 2), "ising"), "existence")
  f <- expfam_custom(\(x) cbind(x), expfam_ref_grid(matrix(0:2)))
  e <- fails(expfam_fit(c(2, 4), f), "existence")
  expect_match(conditionMessage(e), "outside")
})

test_that("com_poisson falls back on the geometric, with a warning", {
  x <- c(rep(0, 40), rep(1, 3), 30, 60)
  expect_warning(fit <- expfam_fit(x, "com_poisson"), class = "distest_warning_boundary")
  expect_equal(coef(fit, "usual")[["lambda"]], mean(x) / (1 + mean(x)))
  expect_true(all(is.na(vcov(fit))))
  fails(expfam_risk(fit), "existence", "object")
})

test_that("settings that cannot be are named", {
  fails(expfam_family("gama"), "invalid", "name")
  fails(expfam_family("binomial"), "invalid", "size")
  fails(expfam_family("negative_binomial"), "invalid", "size")
  fails(expfam_family("weibull"), "invalid", "shape")
  fails(expfam_family("gamma", shpe = 2), "invalid", "shpe")
  fails(expfam_family("polynomial", degree = 2, lower = 1, upper = 0), "invalid", "lower")
  fails(expfam_family("polynomial", degree = 2, lower = 0, upper = Inf), "invalid",
    "upper")
  fails(expfam_fit(1:5, "gamma", weights = c(1, 1, -1, 1, 1)), "invalid", "weights")
  fails(expfam_fit(1:5, "gamma", weights = 1:4), "invalid", "weights")
  fails(expfam_fit(1:5, "gamma", weights = rep(0, 5)), "invalid", "weights")
  fails(expfam_fit(1:5, "gamma", weights = c(1, NA, 1, 1, 1)), "invalid", "weights")
  fails(expfam_model("gamma", theta = c(-1, 1)), "domain", "theta")
  fails(expfam_model("gamma", param = c(shape = -1, rate = 1)), "domain", "param")
  fails(expfam_model("gamma", param = c(shape = 1, scale = 1)), "invalid", "param")
  fails(expfam_model("gamma", param = c(shape = 1, rate = 1, rate = 2)), "invalid",
    "param")
})

test_that("risk and criterion refuse what they cannot do", {
  fit <- expfam_fit(c(1, 2, 5, 3), "gamma")
  fails(expfam_risk(fit, order = 3), "invalid", "order")
  fails(expfam_pn(fit, alpha = 0.5), "invalid", "alpha")
  fails(expfam_threshold(0), "invalid", "alpha")
  two <- expfam_fit(c(1, 2), "gamma")
  e <- fails(expfam_risk(two), "invalid", "object")
  expect_match(conditionMessage(e), "n >= 3")
  expect_s3_class(suppressWarnings(expfam_risk(two, truth = "model")),
    "distest_expfam_risk")
  sampling <- expfam_fit(c(1, 2, 5, 3), "gamma", weights = 1:4, weight_type = "sampling")
  fails(expfam_risk(sampling), "invalid", "order")
  expect_gt(expfam_risk(sampling, order = 1)$risk, 0)
  ridge <- expfam_fit(c(0.2, 0.5, 0.9, 0.4),
    expfam_family("polynomial", degree = 2, lower = 0, upper = 1), ridge = 0.1)
  fails(expfam_risk(ridge), "invalid", "order")
  expect_warning(expfam_risk(expfam_fit(c(1, 2, 9), "gamma")),
    class = "distest_warning_approximation")
})

test_that("statistics of one's own are checked", {
  unit <- expfam_ref_interval(0, 1)
  fails(expfam_custom(\(x) stop("no"), unit), "invalid", "statistic")
  fails(expfam_custom(\(x) cbind(x, NA), unit), "invalid", "statistic")
  fails(expfam_custom(\(x) matrix(0, 2, 2), unit), "invalid", "statistic")
  x <- c(0.2, 0.4, 0.9)
  e <- fails(expfam_fit(x, expfam_custom(\(x) cbind(a = x, b = 2 * x), unit)), "singular")
  expect_match(conditionMessage(e), "\"b\"")
  e <- fails(expfam_fit(x, expfam_custom(\(x) cbind(a = x, one = 0 * x + 1), unit)),
    "singular")
  expect_match(conditionMessage(e), "\"one\"")
  both <- expfam_custom(\(x) cbind(a = x, b = x^2), unit)
  fails(expfam_fit(x, both, terms = c("a", "a")), "invalid", "terms")
  fails(expfam_fit(x, both, terms = "z"), "invalid", "terms")
  expect_equal(names(coef(expfam_fit(x, both, terms = "a"))), "a")
})

test_that("models of different data do not compare", {
  a <- expfam_fit(c(1, 2, 5, 3), "gamma")
  fails(expfam_compare(a, expfam_fit(c(1, 2, 5), "gamma")), "invalid", "...")
  fails(expfam_compare(a, expfam_fit(c(1, 2, 5, 3), "poisson")), "invalid", "...")
  fails(expfam_divergence(a, expfam_fit(c(1, 2, 5, 3), "poisson")), "invalid", "b")
})

test_that("gig falls back on the gamma and inverse gamma laws, with a warning", {
  set.seed(1)
  x <- c(rgamma(60, 3, 1), 0.01) # one small value more than a gamma law expects
  expect_warning(fit <- expfam_fit(x, "gig"), class = "distest_warning_boundary")
  gamma <- expfam_fit(x, "gamma")
  expect_equal(unname(coef(fit)), c(coef(gamma), 0), tolerance = 1e-9, ignore_attr = TRUE)
  expect_equal(fit$loglik, gamma$loglik, tolerance = 1e-10)
  expect_warning(other <- expfam_fit(1 / x, "gig"), class = "distest_warning_boundary")
  expect_equal(coef(other, "usual")[["psi"]], 0)
  expect_equal(other$loglik, gamma$loglik + 2 * sum(log(x)), tolerance = 1e-9)
  fails(expfam_risk(fit), "existence", "object")
})

test_that("more statistics than observations are a warning, and values come", {
  f <- expfam_family("polynomial", degree = 6, lower = 0, upper = 1)
  fit <- expfam_fit(c(0.1, 0.3, 0.5, 0.8, 0.9), f)
  expect_warning(risk <- expfam_risk(fit), class = "distest_warning_approximation")
  expect_true(is.finite(risk$risk))
})

test_that("arguments of the wrong kind are named", {
  fails(expfam_fit(precip, 3), "invalid", "family")
  fails(expfam_fit(precip, "gamma", method = "mle"), "invalid", "method")
  fails(expfam_fit(precip, "gamma", boundary = "face"), "invalid", "boundary")
  fails(expfam_fit(precip, "gamma", ridge = -1), "invalid", "ridge")
  fit <- expfam_fit(precip, "gamma")
  fails(expfam_divergence(fit, 1), "invalid", "b")
  fails(expfam_bootstrap(fit, 0), "invalid", "B")
  fails(expfam_bootstrap(1), "invalid", "object")
  fails(expfam_pn(fit, bound = "none"), "invalid", "bound")
  fails(expfam_pn(fit, n = 100, bound = "exact"), "invalid", "n")
  fails(plot(fit, type = "none"), "invalid", "type")
  fails(plot(fit, type = "mc"), "unsupported", "type")
  fails(expfam_path(precip, "gamma", 1:2), "invalid", "family")
  fails(expfam_path(precip, "polynomial", 2:1, lower = 0, upper = 70), "invalid",
    "sequence")
  fails(expfam_ref_sampler(3), "invalid", "sampler")
  fails(predict(fit, 1, type = "conditional", target = 1), "unsupported", "type")
})

test_that("custom families refuse data and functions that cannot be", {
  unit <- expfam_custom(\(x) cbind(x), expfam_ref_interval(0, 1))
  e <- fails(expfam_fit(c(0.1, 2, 0.5, -1), unit), "domain", "x")
  expect_match(conditionMessage(e), "row 2 (2) does not, the first of 2", fixed = TRUE)
  fails(expfam_fit(c(1, 2.5), expfam_custom(\(x) cbind(x), expfam_ref_integers(0, 9))),
    "domain", "x")
  box <- expfam_custom(\(x) cbind(x[, 1]), expfam_ref_interval(c(0, 0), c(1, 1)))
  fails(expfam_fit(rbind(c(0.5, 0.5), c(0.5, 1.5)), box), "domain", "x")
  fails(expfam_fit(c(0.5, 0.2), box), "invalid", "x")
  e <- fails(expfam_custom(\(x) cbind(x), expfam_ref_interval(0, 1),
    log_base = \(x) stop("no")), "invalid", "log_base")
  expect_match(conditionMessage(e), "`log_base` failed: no", fixed = TRUE)
  set.seed(1)
  x <- runif(30)
  e <- fails(expfam_fit(x, expfam_custom(\(x) cbind(a = x, b = 2 * x + 1, c = x^2),
    expfam_ref_interval(0, 1))), "singular", "x")
  expect_match(conditionMessage(e), "\"b\" = 2 \"a\" + constant", fixed = TRUE)
  stuck <- expfam_custom(\(x) cbind(one = x),
    expfam_ref_sampler(\(theta, n, state) rep(1, n)), names = "one")
  e <- fails(expfam_fit(x, stuck), "convergence", "sampler")
  expect_match(conditionMessage(e), "\"one\" has one value")
})

test_that("conditions of predict() name newdata, those of fits the control", {
  fit <- expfam_fit(precip, "gamma")
  e <- fails(predict(fit, letters), "invalid", "newdata")
  expect_match(conditionMessage(e), "`newdata` must be numeric")
  fails(predict(fit, -1), "domain", "newdata")
  fails(expfam_fit(precip, "gamma", control = list()), "invalid", "control")
  fails(expfam_fit_columns(cbind(precip), "gamma", control = 1), "invalid", "control")
  fails(expfam_fit_moments(list(mean = 1, n = 3), "exponential", control = list()),
    "invalid", "control")
})

test_that("a ridge is possible where the parameter space is not everything", {
  # the gradient of the penalised objective is 0: eta(theta) + ridge theta = mean
  for (family in c("gamma", "normal", "exponential", "inverse_gaussian")) {
    fit <- expfam_fit(precip, family, ridge = 0.3)
    model <- expfam_model(family, theta = coef(fit))
    expect_equal(unname(model$eta + 0.3 * coef(fit)), unname(fit$eta), tolerance = 1e-8)
  }
  same <- expfam_fit(rep(2, 5), "gamma", ridge = 0.1) # no maximum without one
  expect_equal(unname(expfam_model("gamma", theta = coef(same))$eta + 0.1 * coef(same)),
    c(log(2), 2), tolerance = 1e-8)
})
