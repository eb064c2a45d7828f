# Shared frailty and groups without events.

Surv <- function(...) survival::Surv(...)

# The likelihood written down once more: Weibull, effect "ph".
frailty_loglik <- function(par, d, entry = 0) {
  v <- par[[5]]
  eta <- par[[1]] + par[[2]] * d$age + par[[3]] * d$sex
  H <- tapply(exp(eta) * d$time^exp(par[[4]]), d$id, sum)
  H0 <- tapply(exp(eta) * (0 * d$time + entry)^exp(par[[4]]), d$id, sum)
  n <- tapply(d$status, d$id, sum)
  logh <- eta + par[[4]] + (exp(par[[4]]) - 1) * log(d$time)
  sum(d$status * logh) - sum((1 / v + n) * log1p(v * H)) + sum(log1p(v * H0)) / v +
    sum(vapply(n, \(k) sum(log1p(v * seq_len(max(k - 1, 0)))) * (k > 1), 0))
}
slopes <- function(f, at) {
  vapply(seq_along(at), \(i) {
    h <- replace(numeric(length(at)), i, 1e-5 * max(abs(at[[i]]), 0.01))
    (f(at + h) - f(at - h)) / (2 * h[[i]])
  }, 0)
}

test_that("the kidney fit maximises the likelihood written out", {
  skip_if_not_installed("survival")
  d <- survival::kidney
  fit <- surv_fit(Surv(time, status) ~ age + sex, d, "ph", "weibull", frailty = ~id)
  expect_lt(abs(fit$loglik - -332.187818), 5e-7)
  expect_equal(fit$frailty$variance, 0.510148, tolerance = 1e-3)
  at <- c(coef(fit), fit$frailty$variance)
  f <- \(par) frailty_loglik(par, d)
  expect_equal(fit$loglik, f(at), tolerance = 1e-12)
  expect_lt(max(abs(slopes(f, at) * c(sqrt(diag(vcov(fit))), fit$frailty$std_error))), 1e-6)
  I <- -vapply(seq_along(at), \(i) {
    h <- replace(numeric(5), i, 1e-4 * max(abs(at[[i]]), 0.01))
    (slopes(f, at + h) - slopes(f, at - h)) / (2 * h[[i]])
  }, numeric(5))
  V <- solve((I + t(I)) / 2)
  expect_equal(unname(vcov(fit)), V[1:4, 1:4], tolerance = 1e-3)
  expect_equal(fit$frailty$std_error, sqrt(V[5, 5]), tolerance = 1e-3)
  expect_equal(fit$df, 5)
  expect_output(print(fit), "Shared gamma frailty \\(38 groups\\): variance 0.510")
  H <- tapply(predict(fit, type = "cumhaz")$estimate, d$id, sum)
  n <- tapply(d$status, d$id, sum)
  v <- fit$frailty$variance
  expect_equal(fit$frailty$effects$estimate, unname(c((1 + v * n) / (1 + v * H))),
    tolerance = 1e-10)
  one <- surv_fit(Surv(time, status) ~ age + sex, d, "ph", "weibull", frailty = id,
    threads = 1)
  expect_identical(coef(one), coef(fit))
})

test_that("delayed entry conditions on the group's survival", {
  skip_if_not_installed("survival")
  d <- subset(survival::kidney, time > 3)
  d$e <- 2
  fit <- surv_fit(Surv(e, time, status) ~ age + sex, d, "ph", "weibull", frailty = id)
  at <- c(coef(fit), fit$frailty$variance)
  f <- \(par) frailty_loglik(par, d, 2)
  expect_equal(fit$loglik, f(at), tolerance = 1e-12)
  expect_lt(max(abs(slopes(f, at) * c(sqrt(diag(vcov(fit))), fit$frailty$std_error))), 1e-6)
})

test_that("independent groups have variance 0 and the independent fit", {
  skip_if_not_installed("survival")
  set.seed(4)
  d <- data.frame(id = rep(1:40, each = 5), x = rnorm(200))
  # each group a complete sample of the unit exponential: less varied than chance
  d$time <- as.vector(replicate(40, sample(-log((1:5 - 0.5) / 5)))) * exp(-0.4 * d$x)
  d$status <- 1
  fit <- surv_fit(Surv(time, status) ~ x, d, "ph", "weibull", frailty = id)
  plain <- surv_fit(Surv(time, status) ~ x, d, "ph", "weibull")
  expect_equal(fit$frailty$variance, 0)
  expect_true(is.na(fit$frailty$std_error))
  expect_equal(coef(fit), coef(plain), tolerance = 1e-7)
  expect_equal(vcov(fit), vcov(plain), tolerance = 1e-6)
  expect_output(print(fit), "variance 0")
})

test_that("kappa may be estimated or on its boundary", {
  skip_if_not_installed("survival")
  fit <- surv_fit(Surv(time, status) ~ age + sex, survival::kidney, frailty = id)
  expect_true(fit$converged)
  inside <- surv_fit(Surv(time, status) ~ age + sex, survival::kidney, frailty = id,
    kappa = expm1(coef(fit)[["kappa:(Intercept)"]]))
  expect_equal(inside$loglik, fit$loglik, tolerance = 1e-10)
  set.seed(8)
  d <- data.frame(id = rep(1:60, each = 4))
  z <- rgamma(60, 1, 1)[d$id]
  d$time <- rapgw(240, 1, z, 1, Inf)
  d$status <- 1
  high <- surv_fit(Surv(time, status) ~ 1, d, lambda = ~1, gamma = 1, frailty = id)
  held <- surv_fit(Surv(time, status) ~ 1, d, dist = "gompertz", frailty = id)
  expect_gte(high$loglik, held$loglik - 1e-6)
  expect_lt(abs(held$frailty$variance - 1), 0.6)
})

test_that("frailty says what it cannot be had with", {
  skip_if_not_installed("survival")
  d <- transform(survival::kidney, w = 1.5, g = 1, b = 0.1)
  bad <- function(code, kind, argument) {
    e <- tryCatch(code, error = identity)
    expect_s3_class(e, paste0("distest_error_", kind))
    expect_identical(e$argument, argument)
  }
  bad(surv_fit(Surv(time, status) ~ age, d, frailty = id, weights = w), "invalid", "weights")
  bad(surv_fit(Surv(time, status) ~ age, d, frailty = id, bhazard = status * b), "invalid",
    "bhazard")
  bad(surv_fit(Surv(time, status) ~ age, d, frailty = id, cluster = id), "unsupported",
    "frailty")
  bad(surv_fit(Surv(time, status) ~ age, d, frailty = g), "invalid", "frailty")
  bad(surv_fit(Surv(time, time + 1, type = "interval2") ~ age, d, frailty = id), "invalid",
    "frailty")
  bad(surv_fit(Surv(time, status) ~ age, \(i) if (i < 2) d, frailty = id), "unsupported",
    "frailty")
})

test_that("weights are members of a group, and robust errors go by group", {
  skip_if_not_installed("survival")
  d <- transform(survival::kidney, w = 1 + (seq_along(time) %% 3 == 0))
  one <- surv_fit(Surv(time, status) ~ age + sex, d, "ph", "weibull", frailty = id,
    robust = TRUE, weights = w)
  all <- surv_fit(Surv(time, status) ~ age + sex, d[rep(seq_len(nrow(d)), d$w), ], "ph",
    "weibull", frailty = id, robust = TRUE)
  expect_equal(one$loglik, all$loglik, tolerance = 1e-10)
  expect_equal(coef(one), coef(all), tolerance = 1e-7)
  expect_equal(vcov(one), vcov(all), tolerance = 1e-6)
  expect_equal(one$frailty$variance, all$frailty$variance, tolerance = 1e-6)
  expect_equal(one$nobs, sum(d$w))
  expect_false(isTRUE(all.equal(vcov(one), vcov(one, "model"))))
  expect_identical(vcov(one), vcov(one, "robust"))
})

test_that("a group without events has the coefficient -Inf", {
  skip_if_not_installed("survival")
  v2 <- survival::veteran
  v2$grp <- factor(ifelse(seq_len(nrow(v2)) <= 10, "none", as.character(v2$trt)),
    levels = c("1", "2", "none"))
  v2$status[1:10] <- 0
  expect_warning(fit <- surv_fit(Surv(time, status) ~ grp, v2), "phi has grpnone",
    class = "distest_surv_monotone")
  expect_lt(abs(fit$loglik - -689.899604047947), 1e-7)
  want <- c(-4.4322942528084, 0.0144266751258, -Inf, 0.0290333003066, 0.2879389297853)
  expect_equal(unname(coef(fit)), want, tolerance = 1e-9)
  expect_true(is.na(vcov(fit)["phi:grpnone", "phi:grpnone"]))
  expect_equal(c(fit$nrow, fit$nobs), c(137, 137))
  new <- data.frame(grp = c("1", "none"))
  never <- \(type, ...) predict(fit, new, type = type, ...)$estimate[[2]]
  expect_equal(never("survival", times = 100), 1)
  expect_equal(never("cumhaz", times = 100), 0)
  expect_equal(never("hazard", times = 100), 0)
  expect_equal(never("density", times = 100), 0)
  expect_equal(never("quantile", p = 0.5), Inf)
  expect_equal(never("rmst", tau = 50), 50)
  expect_equal(never("mean"), Inf)
  expect_equal(never("cure"), 1)
  expect_equal(residuals(fit, "coxsnell")[1:10], rep(0, 10))
  expect_output(print(fit), "grpnone -Inf \\(NA\\)")
  expect_warning(both <- surv_fit(Surv(time, status) ~ grp, v2, "ph", gamma = ~grp),
    class = "distest_surv_monotone") |> suppressMessages()
  expect_true(is.na(coef(both)[["gamma:grpnone"]]))
  expect_true(both$converged)
})

test_that("a covariate of 0 and 1 without events at either is like a level of a factor", {
  skip_if_not_installed("survival")
  v <- survival::veteran
  v$one <- as.numeric(seq_len(nrow(v)) <= 10)
  v$zero <- 1 - v$one
  v$truth <- v$zero == 1
  v$g <- factor(v$one, labels = c("other", "none"))
  v$status[1:10] <- 0
  new <- data.frame(one = 0:1, zero = 1:0, truth = c(TRUE, FALSE), g = c("other", "none"),
    karno = 60)
  fit <- \(f) suppressMessages(surv_fit(f, v))
  expect_warning(want <- fit(Surv(time, status) ~ g + karno), class = "distest_surv_monotone")
  p <- predict(want, new, times = 100)$estimate
  expect_equal(p[[2]], 1)
  for (name in c("one", "zero", "truth")) {
    f <- stats::reformulate(c(name, "karno"), quote(Surv(time, status)))
    expect_warning(got <- fit(f), name, class = "distest_surv_monotone")
    expect_equal(got$loglik, want$loglik, tolerance = 1e-12)
    expect_equal(unname(coef(got)), unname(coef(want)), tolerance = 1e-7)
    expect_equal(predict(got, new, times = 100)$estimate, p, tolerance = 1e-8)
    expect_equal(residuals(got, "coxsnell"), residuals(want, "coxsnell"), tolerance = 1e-7)
  }
  expect_warning(expect_message(surv_fit(Surv(time, status) ~ zero, v), "`zero`: the ref"),
    "zero0", class = "distest_surv_monotone")
})

test_that("what runs off is called flat, with the coefficient", {
  skip_if_not_installed("survival")
  set.seed(1)
  d <- data.frame(x = rnorm(60), time = rexp(60), status = 1)
  d$status[d$x > 0.3] <- 0 # no event above: the coefficient of a step would be -Inf
  d$step <- pmax(d$x - 0.3, 0)
  w <- NULL
  withCallingHandlers(fit <- surv_fit(Surv(time, status) ~ step, d),
    distest_warning = \(c) {
      w <<- c
      invokeRestart("muffleWarning")
    })
  expect_true(inherits(w, "distest_surv_flat") || inherits(w, "distest_surv_noconv"))
})
