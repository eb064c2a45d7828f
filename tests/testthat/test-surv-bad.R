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
  e <- bad(surv_fit(Surv(time / 2, time, state) ~ trt, d), "unsupported", "formula")
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
  for (value in c(-1, Inf)) {
    d$time[[5]] <- value
    e <- bad(surv_fit(Surv(time, status) ~ trt, d), "domain", "formula")
    expect_match(conditionMessage(e), "row 5")
  }
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
  interval <- data.frame(l = 1, u = rep(2:3, 10), e = c(2, rep(0, 19)))
  e <- bad(surv_fit(Surv(l, u, type = "interval2") ~ 1, interval, entry = e), "domain",
    "entry")
  expect_match(conditionMessage(e), "row 1")
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
  e <- bad(surv_fit(Surv(time, status) ~ karno, d, kappa = 1, lambda = ~karno),
    "singular", "lambda")
  expect_match(conditionMessage(e), "`phi` and `lambda`.*lambda:\\(Intercept\\)")
})

test_that("presets that contradict are errors naming both", {
  d <- vet()
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, dist = "loglogistic", effect = "ph"),
    "invalid", "dist")
  expect_match(conditionMessage(e), "burr12")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, dist = "weibull", kappa = ~1), "invalid", "kappa")
  expect_match(conditionMessage(e), "dist")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, dist = "gompertz", gamma = 2), "invalid",
    "gamma")
  expect_match(conditionMessage(e), "`dist = \"gompertz\"`")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, dist = "loglogistic", lambda = ~1),
    "invalid", "lambda")
  expect_match(conditionMessage(e), "`dist = \"loglogistic\"`")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, phi = ~karno), "invalid", "phi")
  expect_match(conditionMessage(e), "formula")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, dist = "weibul"), "invalid", "dist")
  expect_match(conditionMessage(e), "Did you mean \"weibull\"")
})

test_that("values outside the parameter space are errors", {
  d <- vet()
  bad(surv_fit(Surv(time, status) ~ trt, d, gamma = 0), "domain", "gamma")
  bad(surv_fit(Surv(time, status) ~ trt, d, kappa = -2), "domain", "kappa")
  bad(surv_fit(Surv(time, status) ~ trt, d, lambda = -1), "domain", "lambda")
  bad(surv_fit(Surv(time, status) ~ trt, d, "ph", phi = 0), "domain", "phi")
  bad(surv_fit(Surv(time, status) ~ tt(karno), d), "unsupported", "formula")
  bad(surv_fit(Surv(time, status) ~ trt, d, time_scale = 0), "domain", "time_scale")
  bad(surv_fit(Surv(time, status) ~ trt, d, kappa = "a"), "invalid", "kappa")
  expect_silent(surv_fit(Surv(time, status) ~ trt, d, kappa = Inf))
  expect_silent(fit <- surv_fit(Surv(time, status) ~ trt, d, kappa = -1, lambda = 2))
  expect_identical(fit$fixed[["lambda"]], 2)
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

test_that("bounds that are the wrong way round are errors with row numbers", {
  skip_if_not_installed("survival")
  d <- data.frame(l = c(2, 1, 0, rep(1, 27)), u = c(3, 1, 4, rep(2:4, 9)), x = 1:30)
  fit <- function(d) surv_fit(Surv(l, u, type = "interval2") ~ x, d, dist = "weibull")
  e <- bad(fit(replace(d, "l", c(2, 1, 5, d$l[-(1:3)]))), "domain", "formula")
  expect_match(conditionMessage(e), "row 3")
  e <- bad(fit(transform(d, u = replace(u, 7, 0), l = replace(l, 7, NA))), "domain",
    "formula")
  expect_match(conditionMessage(e), "upper bounds that are not positive: row 7")
  v <- vet()
  e <- bad(surv_fit(Surv(karno, time, status) ~ trt, v), "domain", "formula")
  expect_match(conditionMessage(e), "in all")
  left <- data.frame(t = c(0, 1:9), late = 1 - rep(0:1, 5))
  bad(surv_fit(Surv(t, late, type = "left") ~ 1, left), "domain", "formula")
  # 0 or NA below is left-censored, NA or Inf above right-censored, equal bounds exact
  a <- fit(transform(d, l = replace(l, 4, NA), u = replace(u, 5, NA)))
  b <- fit(transform(d, l = replace(l, 3:4, 0), u = replace(u, 5, Inf)))
  expect_equal(coef(a), coef(b))
  expect_identical(a$nevent, 1)
})

test_that("missing entries and clusters are missing rows, missing weights an error", {
  d <- transform(vet(), e = 0, w = 1, g = rep(1:17, length.out = 137))
  without <- coef(surv_fit(Surv(time, status) ~ trt, d[-3, ]))
  gap <- function(name) {
    d[[name]][[3]] <- NA
    d
  }
  expect_equal(coef(surv_fit(Surv(time, status) ~ trt, gap("e"), entry = e)), without)
  fit <- surv_fit(Surv(time, status) ~ trt, gap("g"), cluster = g)
  expect_equal(coef(fit), without)
  expect_output(print(fit), "1 with missing values dropped")
  bad(surv_fit(Surv(time, status) ~ trt, gap("e"), entry = e, na.action = na.fail),
    "invalid", "formula")
  lost <- gap("w")
  for (action in list(na.omit, na.exclude, na.fail, na.pass, NULL, "na.omit")) {
    e <- bad(surv_fit(Surv(time, status) ~ trt, lost, weights = w, na.action = action),
      "invalid", "weights")
    expect_match(conditionMessage(e), "row 3")
  }
  design <- surv_design(Surv(time, status) ~ trt, d, weights = w)
  bad(surv_partial(design, lost, numeric(4)), "invalid", "weights")
  bad(surv_fit(Surv(time, status) ~ trt, \(i) if (i < 2) lost, weights = w), "invalid",
    "weights")
  e <- bad(surv_fit(Surv(time, status) ~ trt, d, cluster = 1:5), "invalid", "formula")
  expect_match(conditionMessage(e), "cluster")
})

test_that("background hazards belong to exact events", {
  skip_if_not_installed("survival")
  d <- data.frame(l = 1, u = rep(2:3, 15), b = 0.1)
  e <- bad(surv_fit(Surv(l, u, type = "interval2") ~ 1, d, bhazard = b), "domain",
    "bhazard")
  expect_match(conditionMessage(e), "30 in all")
})

test_that("an estimate on the boundary is no warning: the summary says so", {
  skip_if_not_installed("survival")
  p <- (seq_len(100) - 0.5) / 100
  # H = exp(e^t - 1) - 1 rises faster than any kappa allows
  d <- data.frame(x = rep(0:1, each = 100), time = log1p(log1p(-log(1 - p))))
  expect_silent(fit <- surv_fit(Surv(time) ~ x, d))
  expect_identical(fit$boundary, "kappa=Inf")
  expect_true(fit$converged)
  expect_identical(coef(fit)[["kappa:(Intercept)"]], Inf)
  expect_identical(is.na(diag(vcov(fit))), names(coef(fit)) == "kappa:(Intercept)",
    ignore_attr = TRUE)
  expect_output(print(summary(fit)), "upper limit, Inf")
})

test_that("columns that depend on others are NA, with a message", {
  d <- transform(vet(), twice = 2 * karno)
  expect_message(fit <- surv_fit(Surv(time, status) ~ karno + twice, d), "phi:twice")
  expect_identical(coef(fit)[["phi:twice"]], NA_real_)
  expect_equal(fit$loglik, surv_fit(Surv(time, status) ~ karno, d)$loglik)
})

test_that("levels without events have coefficients of -Inf, the reference level too", {
  d <- transform(vet(), status = status * (celltype != "smallcell"))
  expect_warning(fit <- surv_fit(Surv(time, status) ~ celltype, d),
    class = "distest_surv_monotone")
  expect_identical(coef(fit)[["phi:celltypesmallcell"]], -Inf)
  expect_identical(vcov(fit)["phi:celltypesmallcell", "phi:celltypesmallcell"], NA_real_)
  d$celltype <- relevel(d$celltype, "smallcell")
  expect_message(
    w <- expect_warning(moved <- surv_fit(Surv(time, status) ~ celltype, d),
      class = "distest_surv_monotone"),
    "`celltype`: the reference level is \"squamous\""
  )
  expect_match(conditionMessage(w), "celltypesmallcell")
  expect_equal(coef(moved)[["phi:celltypesmallcell"]], -Inf)
  expect_equal(moved$loglik, fit$loglik)
  new <- data.frame(celltype = levels(vet()$celltype))
  s <- predict(moved, new, times = 100)$estimate
  expect_equal(s, predict(fit, new, times = 100)$estimate)
  expect_identical(s[[2]], 1)
})

test_that("an optimiser that stops early and a flat likelihood say so", {
  d <- vet()
  expect_warning(
    fit <- surv_fit(Surv(time, status) ~ trt, d,
      control = surv_control(max_iter = 1, n_start = 1)),
    class = "distest_surv_noconv"
  )
  expect_false(fit$converged)
  same <- data.frame(l = rep(1, 30), u = 2, x = rep(0:1, 15))
  expect_warning(surv_fit(Surv(l, u, type = "interval2") ~ x, same),
    class = "distest_surv_flat")
})

test_that("times 0 and Inf have their limits", {
  d <- vet()
  new <- data.frame(trt = "1")
  at <- function(type, ..., fit = surv_fit(Surv(time, status) ~ trt, d, ...)) {
    predict(fit, new, type = type, times = c(0, Inf))$estimate
  }
  expect_identical(at("survival"), c(1, 0))
  expect_identical(at("hazard"), c(0, 0))
  expect_identical(at("hazard", dist = "weibull")[[1]], Inf)
  expect_equal(diff(at("hazard", dist = "exponential")), 0)
  expect_identical(at("hazard", kappa = Inf, gamma = 1)[[2]], Inf)
  cured <- surv_fit(Surv(time, status) ~ trt, d, "ph", kappa = -1)
  both <- at("survival", fit = cured)
  expect_equal(both[[2]], predict(cured, new, type = "cure")$estimate)
  later <- predict(cured, new, times = Inf, entry = 50)$estimate
  expect_equal(later, both[[2]] / predict(cured, new, times = 50)$estimate)
  fit <- surv_fit(Surv(time, status) ~ trt, d)
  expect_identical(predict(fit, new, type = "quantile", p = 0:1)$estimate, c(0, Inf))
})

test_that("parameters outside their space are NaN with one warning", {
  w <- testthat::capture_warnings(v <- dapgw(1, phi = c(1, -1, -2), gamma = c(1, 1, 0)))
  expect_length(w, 1)
  expect_identical(is.nan(v), c(FALSE, TRUE, TRUE))
  expect_identical(dapgw(c(-1, NA)), c(0, NA))
  expect_identical(papgw(-1), 0)
  expect_equal(papgw(2, 0.5, 0.7, 1, c(Inf, -1)), -expm1(-0.7 * c(expm1(1), 1 / 2)))
})
