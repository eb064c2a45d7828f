test_that("hazard ratios and their crossing are those of the reference", {
  fit <- surv_case("vet_apgw_aft_g")
  want <- read.csv(reference("surv", "hazard_ratio.csv"))
  hr <- surv_hr(fit, data.frame(trt = "2"), data.frame(trt = "1"), want$time)
  for (name in c("hr", "se_log", "lower", "upper")) {
    expect_equal(hr[[name]], want[[name]], tolerance = 1e-8)
  }
  cross <- attr(hr, "crossings")
  expect_identical(nrow(cross), 1L)
  h <- predict(fit, data.frame(trt = c("1", "2")), type = "hazard", times = cross$time)$estimate
  expect_equal(h[[1]], h[[2]], tolerance = 1e-9)
})

test_that("standardised survival is that of the reference", {
  fit <- surv_case("gbsg_apgw_aft")
  want <- read.csv(reference("surv", "standardized.csv"))
  got <- surv_standardize(fit, list(hormon = 0:1), times = c(500, 1000, 2000),
    contrast = "difference")
  expect_identical(got$at, want$at)
  for (name in c("estimate", "std_error", "lower", "upper")) {
    expect_equal(got[[name]], want[[name]], tolerance = 1e-8)
  }
})

test_that("standardised restricted means and hazards are integrals and slopes of survival", {
  fit <- surv_case("gbsg_apgw_aft")
  at <- list(hormon = 1)
  S <- \(t) surv_standardize(fit, at, times = t)$estimate
  rmst <- surv_standardize(fit, at, times = 1500, type = "rmst")
  expect_equal(rmst$estimate, integrate(S, 1e-9, 1500, rel.tol = 1e-8)$value, tolerance = 1e-7)
  h <- surv_standardize(fit, at, times = 800, type = "hazard")$estimate
  expect_equal(h, -(log(S(800.01)) - log(S(799.99))) / 0.02, tolerance = 1e-6)
  ratio <- surv_standardize(fit, list(hormon = 0:1), times = 1000, contrast = "ratio")
  expect_equal(ratio$estimate[[3]], ratio$estimate[[2]] / ratio$estimate[[1]])
})

test_that("standard errors of means are differences of the estimate in the coefficients", {
  fit <- surv_case("vet_apgw_aft_g")
  value <- function(type, b) {
    other <- fit
    other$coefficients[] <- b
    surv_standardize(other, list(trt = "1"), times = 80, type = type)$estimate
  }
  for (type in c("survival", "rmst", "hazard")) {
    b <- coef(fit)
    G <- vapply(seq_along(b), \(i) {
      e <- replace(0 * b, i, 1e-5)
      (value(type, b + e) - value(type, b - e)) / 2e-5
    }, 0)
    se <- sqrt(drop(G %*% vcov(fit) %*% G))
    got <- surv_standardize(fit, list(trt = "1"), times = 80, type = type)$std_error
    expect_equal(got, se, tolerance = 1e-6)
  }
})

test_that("the hazard turns where its slope is zero, and the error is a difference", {
  fit <- surv_case("vet_apgw_aft_g")
  shape <- surv_shape(fit, data.frame(trt = c("1", "2")))
  expect_identical(shape$shape, c("up-then-down", "decreasing"))
  t <- shape$turning_time[[1]]
  h <- predict(fit, data.frame(trt = "1"), type = "hazard", times = t + c(-1, 0, 1))$estimate
  expect_true(h[[2]] > h[[1]] && h[[2]] > h[[3]])
  slope <- vapply(seq_along(coef(fit)), \(i) {
    up <- down <- fit
    up$coefficients[[i]] <- up$coefficients[[i]] + 1e-6
    down$coefficients[[i]] <- down$coefficients[[i]] - 1e-6
    one <- \(f) log(surv_shape(f, data.frame(trt = "1"))$turning_time)
    (one(up) - one(down)) / 2e-6
  }, 0)
  se <- sqrt(drop(slope %*% vcov(fit) %*% slope))
  expect_equal(shape$std_error[[1]], t * se, tolerance = 1e-6)
  expect_true(is.na(shape$turning_time[[2]]))
})

test_that("rows' contributions are those of the reference", {
  skip_without_reference("surv")
  d <- read.csv(reference("surv", "contrib.csv"))
  for (form in c("time", "power")) {
    one <- d[d$phi_form == form, ]
    eta <- as.matrix(one[c("eta_phi", "eta_lambda", "eta_gamma", "eta_kappa")])
    got <- surv_terms(one$type, one$lower, one$upper, one$entry, one$bhazard, eta, form)
    expect_lt(max(abs(got$value - one$value) / (1 + abs(one$value))), 1e-9)
    want <- as.matrix(one[paste0("g", 1:4)])
    expect_lt(max(abs(got$gradient - want) / (1 + apply(abs(want), 1, max))), 1e-8)
    expect_equal(got$hessian[, 2, 4], one$h24, tolerance = 1e-7)
    expect_identical(got$hessian[, 3, 1], got$hessian[, 1, 3])
  }
})

test_that("profile limits are those of the reference", {
  env <- surv_data_sets()
  want <- read.csv(reference("surv", "profile_ci.csv"))
  for (id in unique(want$fit)) {
    fit <- surv_case(id, env)
    ref <- want[want$fit == id, ]
    got <- confint(fit, ref$term, method = "profile")
    se <- sqrt(diag(vcov(fit)))[ref$term]
    expect_lt(max(abs(got[, 1] - ref$lower) / se), 1e-6)
    expect_lt(max(abs(got[, 2] - ref$upper) / se), 1e-6)
  }
})

test_that("comparisons name what is wrong", {
  fit <- surv_case("vet_apgw_aft_g")
  a <- data.frame(trt = "1")
  expect_error(surv_hr(fit, a, a[0, , drop = FALSE], 1), class = "distest_error_invalid")
  expect_error(surv_hr(fit, a, a, 0), class = "distest_error_invalid")
  expect_error(surv_hr(lm(1 ~ 1), a, a, 1), class = "distest_error_invalid")
  expect_error(surv_standardize(fit, list(age = 1), times = 1), class = "distest_error_invalid")
  expect_error(surv_standardize(fit, 1, times = 1), class = "distest_error_invalid")
  expect_error(surv_terms("x", 1, eta = 1:4), class = "distest_error_invalid")
  expect_error(surv_terms("exact", 0, eta = 1:4), class = "distest_error_domain")
  expect_error(surv_terms("exact", 1, eta = 1:3), class = "distest_error_invalid")
})
