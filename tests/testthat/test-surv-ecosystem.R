skip_if_not_installed("survival")
veteran <- transform(survival::veteran, trt = factor(trt))
fit <- surv_fit(survival::Surv(time, status) ~ trt + karno + celltype, veteran, gamma = ~trt)

test_that("sandwich gives our robust errors", {
  skip_if_not_installed("sandwich")
  robust <- update(fit, robust = TRUE)
  expect_equal(sandwich::sandwich(fit), vcov(robust), tolerance = 1e-6)
  cluster <- rep(1:30, length.out = nrow(veteran))
  ours <- vcov(surv_fit(survival::Surv(time, status) ~ trt + karno + celltype,
    cbind(veteran, cluster), gamma = ~trt, cluster = cluster))
  theirs <- sandwich::vcovCL(fit, cluster, cadjust = FALSE)
  expect_equal(theirs, ours, tolerance = 1e-6)
})

test_that("emmeans averages the linear predictor of the effect parameter", {
  skip_if_not_installed("emmeans")
  means <- summary(emmeans::emmeans(fit, "trt"))
  grid <- expand.grid(trt = levels(veteran$trt), celltype = levels(veteran$celltype),
    karno = mean(veteran$karno))
  link <- subset(predict(fit, grid, type = "link"), parameter == "phi")$estimate
  expect_equal(means$emmean, as.vector(tapply(link, grid$trt, mean)))
  ratio <- summary(emmeans::contrast(emmeans::emmeans(fit, "trt"), "revpairwise"))
  expect_equal(ratio$estimate, unname(coef(fit)["phi:trt2"]))
  expect_equal(ratio$SE, sqrt(vcov(fit)["phi:trt2", "phi:trt2"]))
  expect_equal(summary(emmeans::emmeans(fit, "trt", type = "response"))[[2]],
    exp(means$emmean))
})

test_that("parameters shows our table", {
  skip_if_not_installed("parameters")
  out <- parameters::model_parameters(fit, ci = 0.9)
  expect_equal(out$Coefficient, unname(coef(fit)))
  expect_equal(cbind(out$CI_low, out$CI_high), unname(confint(fit, level = 0.9)))
  expect_output(print(out), "phi:karno")
})
