skip_if_not_installed("survival")
veteran <- transform(survival::veteran, trt = factor(trt))
small <- surv_fit(survival::Surv(time, status) ~ karno, veteran)
large <- surv_fit(survival::Surv(time, status) ~ karno, veteran, gamma = ~karno)

test_that("draws follow the fitted distribution", {
  one <- data.frame(karno = 60)
  sim <- simulate(small, nsim = 4000, seed = 1, newdata = one)
  u <- predict(small, one, times = unlist(sim), type = "survival")$estimate
  expect_gt(ks.test(u, "punif")$p.value, 0.001)
  expect_identical(dim(sim), c(1L, 4000L))
  expect_identical(simulate(small, 2, seed = 5), simulate(small, 2, seed = 5))
  set.seed(9)
  a <- simulate(small)
  set.seed(9)
  expect_identical(simulate(small), a)
  set.seed(9)
  expect_identical(attr(a, "seed"), .Random.seed)
})

test_that("draws of the family and of fits keep their distance, and the cured are Inf", {
  n <- 5000
  for (kappa in c(-1, -0.5, 0, 1, 3, Inf)) {
    set.seed(4)
    t <- rapgw(n, 0.3, 1.2, 1.4, kappa)
    cure <- papgw(Inf, 0.3, 1.2, 1.4, kappa, lower.tail = FALSE)
    known <- if (kappa == -1) exp(-1.2) else if (kappa < 0) exp(-1.2 * 0.5 / 0.5) else 0
    expect_equal(cure, known)
    expect_lt(abs(mean(t == Inf) - cure), 3.3 * sqrt(cure * (1 - cure) / n) + 1e-12)
    x <- sort(t[is.finite(t)])
    below <- papgw(x, 0.3, 1.2, 1.4, kappa)
    k <- seq_along(x)
    expect_lt(max(abs(below - k / n), abs(below - (k - 1) / n)), 1.63 / sqrt(n))
  }
  d <- transform(subset(survival::colon, etype == 1), years = time / 365.25)
  fit <- surv_fit(survival::Surv(years, status) ~ rx, d, effect = "ph")
  one <- data.frame(rx = "Lev+5FU")
  t <- unlist(simulate(fit, n, seed = 8, newdata = one))
  cure <- predict(fit, one, type = "cure")$estimate
  expect_lt(abs(mean(t == Inf) - cure), 3.3 * sqrt(cure * (1 - cure) / n))
  expect_identical(unlist(simulate(fit, n, seed = 8, newdata = one)), t)
  at <- c(0.5, 1, 2, 4, 8)
  below <- 1 - predict(fit, one, times = at)$estimate
  expect_lt(max(abs(vapply(at, \(s) mean(t <= s), 0) - below)), 1.63 / sqrt(n))
})

test_that("predictions are the same each time, and draw nothing", {
  set.seed(1)
  before <- .Random.seed
  new <- data.frame(karno = c(20, 60))
  for (type in c("survival", "cumhaz", "hazard", "density", "quantile", "rmst", "mean",
    "cure", "parameters", "link")) {
    one <- \() predict(large, new, type, times = c(10, 90), p = 0.4, tau = 100,
      se.fit = TRUE, interval = "confidence")
    expect_identical(one(), one())
  }
  expect_identical(surv_hr(large, new[1, , drop = FALSE], new[2, , drop = FALSE], 30),
    surv_hr(large, new[1, , drop = FALSE], new[2, , drop = FALSE], 30))
  expect_identical(.Random.seed, before)
})

test_that("draws are conditional on entry, censored on request", {
  d <- transform(veteran, entry = 0.5 * time)
  fit <- surv_fit(survival::Surv(entry, time, status) ~ 1, d)
  sim <- simulate(fit, 20, seed = 1)
  expect_true(all(as.matrix(sim) >= d$entry))
  both <- simulate(small, seed = 1, censor = 100)
  free <- simulate(small, seed = 1)
  expect_s3_class(both$sim_1, "Surv")
  expect_identical(unclass(both$sim_1)[, "time"], pmin(free$sim_1, 100), ignore_attr = TRUE)
  expect_error(simulate(small, censor = c(1, 2)), class = "distest_error_invalid")
  expect_error(simulate(small, censor = -1), class = "distest_error_domain")
  expect_error(simulate(small, nsm = 2), class = "distest_error_invalid")
})

test_that("quantile residuals are standard normal under the model", {
  set.seed(3)
  n <- 2000
  x <- rnorm(n)
  t <- rweibull(n, 1.5, exp(-0.5 * x))
  censor <- rexp(n, 0.5)
  d <- data.frame(x, time = pmin(t, censor), status = as.numeric(t <= censor))
  d$left <- ifelse(runif(n) < 0.3, floor(2 * d$time) / 2, d$time)
  d$right <- ifelse(d$left < d$time, d$left + 0.5, d$time)
  d$right[d$status == 0] <- NA
  d$left[d$status == 0] <- d$time[d$status == 0]
  fit <- surv_fit(survival::Surv(left, right, type = "interval2") ~ x, d, dist = "weibull")
  expect_true(all(c(0L, 1L, 3L) %in% fit$rows$type))
  expect_gt(ks.test(residuals(fit, "quantile"), "pnorm")$p.value, 0.001)
})

test_that("scores sum to 0 and dfbeta agrees with leaving a row out", {
  s <- residuals(large, "score")
  expect_identical(colnames(s), names(coef(large)))
  expect_lt(max(abs(colSums(s)) * sqrt(diag(vcov(large)))), 1e-4)
  change <- coef(large) - coef(update(large, subset = -10))
  expect_equal(residuals(large, "dfbeta")[10, ], change, tolerance = 0.1)
})

test_that("anova tests nested fits, lists others, warns at the boundary", {
  out <- anova(large, small)
  expect_s3_class(out, "anova")
  expect_equal(out$Chisq[2], 2 * (large$loglik - small$loglik))
  expect_identical(out[["Chi Df"]][2], 1)
  expect_equal(out[["Pr(>Chisq)"]][2], pchisq(out$Chisq[2], 1, lower.tail = FALSE))
  other <- surv_fit(survival::Surv(time, status) ~ karno, veteran, effect = "ph",
    gamma = ~karno)
  expect_true(all(is.na(anova(small, other)$Chisq)))
  weibull <- update(small, dist = "weibull")
  expect_false(is.na(anova(weibull, small)$Chisq[2]))
  gompertz <- surv_fit(survival::Surv(time, status) ~ karno, veteran, kappa = Inf)
  expect_warning(anova(gompertz, small), class = "distest_warning_boundary")
  expect_error(anova(small), class = "distest_error_unsupported")
  expect_error(anova(small, lm(time ~ karno, veteran)), class = "distest_error_invalid")
  expect_error(anova(small, update(small, subset = -1)), class = "distest_error_invalid")
})
