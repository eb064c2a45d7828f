skip_if_not_installed("survival")
veteran <- survival::veteran
response <- survival::Surv(time, status) ~ karno

test_that("each model of its own is fitted once and ranked by AIC", {
  out <- surv_grid(response, veteran)
  expect_identical(nrow(out), 11L)
  expect_false(is.unsorted(out$aic))
  expect_equal(sum(out$weight), 1)
  expect_identical(out$delta[[1]], 0)
  for (i in c(1, 5, 11)) {
    gamma <- if (out$dist[[i]] %in% c("exponential", "gompertz")) list() else list(gamma = ~1)
    alone <- do.call(surv_fit, c(list(response, veteran, out$effect[[i]], out$dist[[i]]), gamma))
    expect_identical(coef(attr(out, "fits")[[i]]), coef(alone))
    expect_identical(out$loglik[[i]], alone$loglik)
  }
  again <- update(attr(out, "fits")[[1]])
  expect_identical(coef(again), coef(attr(out, "fits")[[1]]))
})

test_that("covariates in gamma leave out presets that hold it", {
  out <- surv_grid(response, veteran, gamma = list(~1, ~karno), dist = c("weibull", "gompertz"))
  expect_identical(sum(out$gamma == "karno"), 2L)
  expect_false(any(out$dist == "gompertz" & out$gamma == "karno"))
})

test_that("workers and threads do not change a bit", {
  skip_on_cran()
  few <- function(workers) {
    twice <- 2
    formula <- survival::Surv(time, status) ~ karno
    surv_grid(formula, veteran, "aft", c("weibull", "apgw"), weights = rep(twice, 137),
      subset = celltype != "large", workers = workers)
  }
  here <- few(NULL)
  expect_identical(attr(here, "fits")[[1]]$nobs, 220)
  for (workers in seq_len(most_workers())) {
    there <- few(workers)
    expect_identical(lapply(attr(there, "fits"), coef), lapply(attr(here, "fits"), coef))
    expect_identical(unclass(there)[1:11], unclass(here)[1:11])
  }
})

test_that("what cannot be is said, what fails has a row", {
  expect_error(surv_grid(response, veteran, dist = "weibul"), class = "distest_error_invalid",
    regexp = "Did you mean \"weibull\"")
  expect_error(surv_grid(response, veteran, wieghts = time), class = "distest_error_invalid",
    regexp = "did you mean `weights`")
  expect_error(surv_grid(response, veteran, "ph", "loglogistic"),
    class = "distest_error_invalid")
  expect_error(surv_grid(response, veteran, gamma = 1), class = "distest_error_invalid")
  none <- transform(veteran, status = 0)
  expect_warning(out <- surv_grid(response, none, dist = "weibull"),
    class = "distest_warning_convergence")
  expect_true(is.na(out$loglik))
  expect_s3_class(attr(out, "fits")[[1]], "distest_error_existence")
})

test_that("progress is told of each fit, and its errors end the call", {
  told <- character()
  surv_grid(response, veteran, dist = c("weibull", "exponential"),
    progress = \(fraction, stage) told <<- c(told, stage))
  expect_identical(told, c("job 1 of 2", "job 2 of 2"))
  expect_error(surv_grid(response, veteran, progress = \(fraction, stage) stop("enough")),
    "enough")
})
