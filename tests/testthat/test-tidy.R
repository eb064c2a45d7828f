fit <- lm(dist ~ speed, cars)
b <- coef(fit)
se <- sqrt(diag(vcov(fit)))

test_that("tidy_table has broom's columns and numbers", {
  out <- tidy_table(names(b), b, se, conf.int = TRUE, conf.level = 0.9, df = 48)
  expect_identical(names(out), c("term", "estimate", "std.error", "statistic", "p.value",
    "conf.low", "conf.high"))
  expect_equal(out$p.value, unname(coef(summary(fit))[, 4]))
  expect_equal(cbind(out$conf.low, out$conf.high), unname(confint(fit, level = 0.9)))
  expect_identical(attr(out, "row.names"), 1:2)
  up <- tidy_table(names(b), b, se, conf.int = TRUE, exponentiate = TRUE,
    before = list(component = "mu"))
  expect_identical(names(up)[2], "component")
  expect_equal(up$estimate, unname(exp(b)))
  expect_equal(up$statistic, unname(b / se))
  expect_equal(log(up$conf.low), unname(b - qnorm(0.975) * se))
})

test_that("limits are named as confint() names them", {
  expect_equal(confint_table(b, se, df = 48), confint(fit))
  expect_equal(confint_table(b, se, "speed", 0.9, df = 48), confint(fit, "speed", 0.9))
  expect_error(confint_table(b, se, "sped"), class = "distest_error_invalid",
    regexp = "not \"sped\"")
  expect_error(confint_table(b, se, 3), class = "distest_error_invalid")
})

test_that("glance and augment tables are plain data frames", {
  expect_identical(glance_table(nobs = 3, logLik = NULL, kernel = "a"),
    data.frame(nobs = 3, kernel = "a"))
  out <- augment_table(mtcars, .fitted = mtcars$mpg, .resid = NULL)
  expect_identical(attr(out, "row.names"), 1:32)
  expect_identical(out$.fitted, mtcars$mpg)
  expect_error(augment_table(mtcars, .fitted = 1), class = "distest_error_invalid")
})
