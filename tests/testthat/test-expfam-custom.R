# Custom families whose laws R knows under another name.

gamma_custom <- function(lower = 0, upper = Inf, sign = 1) {
  expfam_custom(\(x) cbind(log(sign * x), x), expfam_ref_interval(lower, upper),
    log_base = \(x) -log(sign * x))
}

poisson_custom <- expfam_custom(\(x) cbind(count = x), expfam_ref_integers(0),
  log_base = \(x) -lgamma(x + 1))

set.seed(2)
x <- rgamma(300, 3, 2)
counts <- rpois(300, 3)

test_that("a custom gamma has the likelihood, laws and residuals of gamma", {
  own <- expfam_fit(x, gamma_custom())
  named <- expfam_fit(x, "gamma")
  expect_equal(as.numeric(logLik(own)), sum(dgamma(x, coef(named, "usual")[[1]],
    coef(named, "usual")[[2]], log = TRUE)), tolerance = 1e-10)
  expect_equal(names(coef(own)), c("t1", "x"))
  at <- c(0.05, 0.5, 1, 2, 6)
  expect_equal(predict(own, at), predict(named, at), tolerance = 1e-9)
  expect_equal(predict(own), predict(own, x), tolerance = 1e-14)
  expect_lt(max(abs(predict(own, at, "cdf") - predict(named, at, "cdf"))), 1e-6)
  p <- c(0.001, 0.3, 0.999)
  expect_equal(predict(own, p, "quantile"), predict(named, p, "quantile"),
    tolerance = 2e-6)
  expect_lt(max(abs(residuals(own) - residuals(named))), 1e-5)
  same <- expfam_compare(own = own, named = named)
  expect_equal(same$se_diff, c(0, 0), tolerance = 1e-6)
})

test_that("an interval to the left works like one to the right", {
  right <- expfam_fit(x, gamma_custom())
  left <- expfam_fit(-x, gamma_custom(-Inf, 0, -1))
  at <- c(0.3, 1, 3)
  expect_equal(predict(left, -at, "cdf"), 1 - predict(right, at, "cdf"),
    tolerance = 1e-6)
})

test_that("draws on an interval follow the law", {
  own <- expfam_fit(x, gamma_custom())
  named <- expfam_fit(x, "gamma")
  draws <- unlist(simulate(own, 20, seed = 1))
  expect_length(draws, 6000)
  distance <- max(abs(ecdf(draws)(sort(draws)) - predict(named, sort(draws), "cdf")))
  expect_lt(distance, 1.95 / sqrt(6000))
  expect_identical(simulate(own, 2, seed = 1), simulate(own, 2, seed = 1))
})

test_that("a custom Poisson law on the integers is the Poisson law", {
  own <- expfam_fit(counts, poisson_custom)
  named <- expfam_fit(counts, "poisson")
  expect_equal(as.numeric(logLik(own)), as.numeric(logLik(named)), tolerance = 1e-12)
  expect_equal(predict(own, 0:9, "cdf"), ppois(0:9, mean(counts)), tolerance = 1e-12)
  expect_identical(predict(own, c(0.1, 0.5, 0.99), "quantile"),
    as.double(qpois(c(0.1, 0.5, 0.99), mean(counts))))
  set.seed(3)
  ours <- residuals(own)
  set.seed(3)
  expect_equal(ours, residuals(named), tolerance = 1e-10)
  draws <- unlist(simulate(own, 20, seed = 2))
  expect_true(all(draws >= 0 & draws == round(draws)))
  expect_gt(chisq.test(table(factor(pmin(draws, 8), 0:8)),
    p = c(dpois(0:7, mean(counts)), ppois(7, mean(counts), FALSE)))$p.value, 1e-3)
})

test_that("draws on a box have the moments of the fit", {
  set.seed(5)
  xy <- cbind(rbeta(200, 2, 3), rbeta(200, 3, 2))
  statistics <- \(x) cbind(x[, 1], x[, 2], x[, 1]^2, x[, 2]^2, x[, 1] * x[, 2])
  fit <- expfam_fit(xy, expfam_custom(statistics,
    expfam_ref_interval(c(0, 0), c(1, 1))))
  draws <- as.matrix(simulate(fit, 50, seed = 5)[, -1])
  expect_identical(colnames(draws), c("x1", "x2"))
  xi <- statistics(draws)
  z <- (colMeans(xi) - fit$eta) / (apply(xi, 2, sd) / sqrt(nrow(xi)))
  expect_lt(max(abs(z)), 4)
})

test_that("a model on integers or an interval takes as many nodes as it needs", {
  count <- expfam_custom(\(x) cbind(x), expfam_ref_integers(0))
  m <- expfam_model(count, theta = -1e-3)
  expect_equal(m$psi, -log(-expm1(-1e-3)), tolerance = 1e-12)
  draws <- simulate(m, 4000, seed = 1)
  expect_lt(abs(mean(draws) / (1 / expm1(1e-3)) - 1), 4 / sqrt(4000))
  expect_error(expfam_model(count, theta = 0.1), "does not settle",
    class = "distest_error_domain")
  moments <- expfam_moments(rgeom(100, 2e-3), count)
  fit <- expfam_fit_moments(moments, count)
  expect_equal(unname(coef(fit)), log1p(-1 / (1 + fit$eta[[1]])), tolerance = 1e-9)
})

test_that("missing values and points outside the support are named", {
  with_gaps <- replace(x, c(3, 7), NA)
  expect_error(expfam_fit(with_gaps, gamma_custom()), "`x` has 2 rows with missing",
    class = "distest_error_invalid")
  expect_message(fit <- expfam_fit(with_gaps, gamma_custom(), na.action = na.omit),
    "2 rows")
  expect_equal(coef(fit), coef(expfam_fit(x[-c(3, 7)], gamma_custom())),
    tolerance = 1e-12)
  half <- expfam_custom(\(x) cbind(x), expfam_ref_interval(-1, 1),
    log_base = \(x) ifelse(x < 0, -Inf, 0))
  expect_error(expfam_fit(c(0.2, -0.1), half), "`x` lies outside the support.*row 2",
    class = "distest_error_domain")
  wrong <- expfam_custom(\(x) cbind(x), expfam_ref_interval(0, 1),
    log_base = \(x) if (length(x) == 5) 1:3 else 0)
  expect_error(expfam_fit(1:5 / 6, wrong), "`log_base` must return 5 numbers",
    class = "distest_error_invalid")
})

test_that("fits with respect to other measures are not compared", {
  expect_error(expfam_compare(expfam_fit(counts, poisson_custom),
    expfam_fit(counts + 0.5, "gamma")), "same", class = "distest_error_invalid")
  support <- expfam_custom(NULL, expfam_ref_grid(matrix(0:2)))
  grid <- expfam_fit(matrix(c(0, 1, 1)), support)
  line <- expfam_fit(c(0.1, 0.9, 0.8), expfam_custom(\(x) cbind(x),
    expfam_ref_interval(0, 1)))
  expect_error(expfam_compare(grid, line), "its grid.*Lebesgue",
    class = "distest_error_invalid")
})

test_that("pictures of custom families on the line show their density", {
  picture <- function(fit, ...) {
    grDevices::pdf(NULL)
    on.exit(grDevices::dev.off())
    plot(fit, ...)
  }
  own <- picture(expfam_fit(x, gamma_custom()))
  named <- picture(expfam_fit(x, "gamma"))
  expect_equal(own$density, named$density, tolerance = 1e-8)
  expect_equal(own$upper, named$upper, tolerance = 1e-6)
  bars <- picture(expfam_fit(counts, poisson_custom))
  expect_equal(bars$density, dpois(bars$x, mean(counts)), tolerance = 1e-10)
  box <- expfam_fit(cbind(runif(20), runif(20)), expfam_custom(\(x) x,
    expfam_ref_interval(c(0, 0), c(1, 1))))
  expect_identical(names(picture(box)), c("rank", "eigenvalue"))
  expect_error(picture(box, type = "density"), "`type`", class = "distest_error_invalid")
})
