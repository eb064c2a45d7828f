# Each row of bad input: the condition's class, and the argument it names.

bad <- function(code, kind, argument) {
  e <- tryCatch(code, error = identity)
  expect_s3_class(e, paste0("distest_error_", kind))
  expect_identical(e$argument, argument)
  expect_match(conditionMessage(e), argument, fixed = TRUE)
  invisible(e)
}

vet <- function() {
  skip_if_not_installed("survival")
  transform(survival::veteran, trt = factor(trt))
}
Surv <- function(...) survival::Surv(...)

test_that("responses that cannot be fitted are named", {
  d <- vet()
  bad(surv_fit(time ~ trt, d), "invalid", "formula")
  d$state <- factor(ifelse(d$status == 0, "none", ifelse(d$karno > 50, "a", "b")),
    c("none", "a", "b"))
  e <- bad(surv_fit(Surv(time, state) ~ trt, d), "unsupported", "formula")
  expect_match(conditionMessage(e), "causes separately")
  bad(surv_fit(Surv(time, status) ~ trt + frailty(celltype), d), "unsupported", "formula")
  bad(surv_fit("x", d), "invalid", "formula")
})

test_that("impossible times are errors with row numbers", {
  d <- vet()
  zero <- d
  zero$time[c(3, 7)] <- 0
  zero$status[c(3, 7)] <- 1
  e <- bad(surv_fit(Surv(time, status) ~ trt, zero), "domain", "formula")
  expect_match(conditionMessage(e), "rows 3, 7")
  many <- d
  many$time[1:12] <- 0
  many$status[1:12] <- 1
  e <- bad(surv_fit(Surv(time, status) ~ trt, many), "domain", "formula")
  expect_match(conditionMessage(e), "12 in all")
  d$time[[5]] <- -1
  bad(surv_fit(Surv(time, status) ~ trt, d), "domain", "formula")
  d$time[[5]] <- Inf
  bad(surv_fit(Surv(time, status) ~ trt, d), "domain", "formula")
})

test_that("rows that contribute nothing are dropped with a message", {
  d <- vet()
  d$time[[2]] <- 0
  d$status[[2]] <- 0
  expect_message(fit <- surv_fit(Surv(time, status) ~ trt, d), "1 row was dropped")
  expect_equal(coef(fit), coef(surv_fit(Surv(time, status) ~ trt, d[-2, ])))
  d <- vet()
  d$w <- c(0, 0, rep(1, 135))
  expect_message(fit <- surv_fit(Surv(time, status) ~ trt, d, weights = w), "2 rows were")
  expect_equal(fit$nrow, 135)
})

test_that("late entry is an error with row numbers", {
  d <- vet()
  d$e <- 0
  d$e[[9]] <- d$time[[9]]
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, entry = e), "domain", "entry")
  expect_match(conditionMessage(e), "row 9")
  d$e[[9]] <- -1
  bad(surv_fit(Surv(time, status) ~ trt, d, entry = e), "domain", "entry")
  bad(surv_fit(Surv(e, time, status) ~ trt, d[-9, ], entry = e), "invalid", "entry")
})

test_that("weights, background hazards and clusters are checked", {
  d <- vet()
  d$w <- 1
  d$w[[4]] <- -2
  bad(surv_fit(Surv(time, status) ~ trt, d, weights = w), "domain", "weights")
  bad(surv_fit(Surv(time, status) ~ trt, d, weights = rep(0, 137)), "invalid", "weights")
  bad(surv_fit(Surv(time, status) ~ trt, d, bhazard = -w), "domain", "bhazard")
  bad(surv_fit(Surv(time, status) ~ trt, d, cluster = rep(1, 137)), "invalid", "cluster")
})

test_that("no events: the maximum does not exist", {
  d <- vet()
  d$status <- 0
  e <- tryCatch(surv_fit(Surv(time, status) ~ trt, d), error = identity)
  expect_s3_class(e, "distest_surv_noevents")
  expect_s3_class(e, "distest_error_existence")
})

test_that("designs that are not finite or not identified are named", {
  d <- vet()
  d$z <- 1 / (seq_len(137) - 5)
  e <- bad(surv_fit(Surv(time, status) ~ z, d), "invalid", "phi")
  expect_match(conditionMessage(e), "z")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, kappa = 1, lambda = ~1), "singular", "lambda")
  expect_match(conditionMessage(e), "phi")
})

test_that("presets that contradict are errors naming both", {
  d <- vet()
  bad(surv_fit(Surv(time, status) ~ trt, d, dist = "loglogistic", effect = "ph"), "invalid", "dist")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, dist = "weibull", kappa = ~1), "invalid", "kappa")
  expect_match(conditionMessage(e), "dist")
  bad(surv_fit(Surv(time, status) ~ trt, d, dist = "gompertz", gamma = 2), "invalid", "gamma")
  bad(surv_fit(Surv(time, status) ~ trt, d, phi = ~karno), "invalid", "phi")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, dist = "weibul"), "invalid", "dist")
  expect_match(conditionMessage(e), "Did you mean \"weibull\"")
})

test_that("values outside the parameter space are errors", {
  d <- vet()
  bad(surv_fit(Surv(time, status) ~ trt, d, gamma = 0), "domain", "gamma")
  bad(surv_fit(Surv(time, status) ~ trt, d, kappa = -2), "domain", "kappa")
  bad(surv_fit(Surv(time, status) ~ trt, d, lambda = -1), "domain", "lambda")
  bad(surv_fit(Surv(time, status) ~ trt, d, time_scale = 0), "domain", "time_scale")
  bad(surv_fit(Surv(time, status) ~ trt, d, kappa = "a"), "invalid", "kappa")
  expect_silent(surv_fit(Surv(time, status) ~ trt, d, kappa = Inf))
})

test_that("too many coefficients are a warning", {
  d <- vet()[1:4, ]
  d$karno <- c(1, 5, 2, 9)
  expect_warning(
    suppressMessages(try(surv_fit(Surv(time, status) ~ karno, d), silent = TRUE)),
    class = "distest_surv_overfit"
  )
})

test_that("missing data and misspelt arguments are errors", {
  d <- vet()
  d$z <- NA_real_
  bad(surv_fit(Surv(time, status) ~ z, d), "invalid", "data")
  expect_error(surv_fit(Surv(time, status) ~ trt, d, wieghts = 1), "wieghts")
  bad(surv_fit(Surv(time, status) ~ trt, d, control = list()), "invalid", "control")
  bad(surv_control(max_iter = 0), "invalid", "max_iter")
  bad(surv_fit(Surv(time, status) ~ trt, d, start = 1:2), "invalid", "start")
  bad(surv_fit(Surv(time, status) ~ trt, d, threads = -1), "invalid", "threads")
})

test_that("predictions name what is wrong with their input", {
  d <- vet()
  fit <- surv_fit(Surv(time, status) ~ trt + karno, d)
  new <- data.frame(trt = "1", karno = 50)
  e <- bad(predict(fit, new["trt"], times = 1), "invalid", "newdata")
  expect_match(conditionMessage(e), "karno")
  e <- bad(predict(fit, transform(new, trt = "9"), times = 1), "invalid", "newdata")
  expect_match(conditionMessage(e), "\"9\" in `trt`")
  bad(predict(fit, new, times = -1), "invalid", "times")
  bad(predict(fit, new, times = NA_real_), "invalid", "times")
  bad(predict(fit, new), "invalid", "times")
  bad(predict(fit, new, type = "quantile", p = 1.5), "invalid", "p")
  bad(predict(fit, new, type = "rmst"), "invalid", "tau")
  bad(predict(fit, new, type = "rmst", tau = Inf), "invalid", "tau")
  bad(predict(fit, new, type = "surival", times = 1), "invalid", "type")
  bad(predict(fit, new, times = 1, level = 2), "invalid", "level")
  bad(predict(fit, new, times = 1, bandwith = 2), "invalid", "bandwith")
  bad(confint(fit, "nothing"), "invalid", "parm")
  bad(coef(fit, "beta"), "invalid", "parameter")
  bad(vcov(fit, "robust"), "invalid", "type")
})
