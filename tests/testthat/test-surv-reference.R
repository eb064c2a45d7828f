# The reference tables that no other file has: the distribution, predictions, residuals,
# the grid, the path of the selection; and the peers of the published models.

Surv <- function(...) survival::Surv(...)

test_that("the distribution agrees with 60-digit values", {
  skip_without_reference("surv")
  d <- read.csv(reference("surv", "kernel.csv"))
  expect_equal(nrow(d), 177)
  near <- function(got, want, tol) {
    both <- is.finite(want)
    expect_identical(got[!both], want[!both])
    expect_lt(max(abs(got[both] - want[both]) / pmax(abs(want[both]), 1e-300)), tol)
  }
  near_log <- function(got, want) {
    both <- is.finite(want)
    expect_identical(got[!both], want[!both])
    expect_lt(max(abs(got[both] - want[both]) / (1 + abs(want[both]))), 1e-12)
  }
  near(with(d, Hapgw(t, phi, lambda, gamma, kappa)), d$cumhaz, 1e-12)
  near(with(d, papgw(t, phi, lambda, gamma, kappa)), d$cdf, 1e-12)
  near(with(d, qapgw(p, phi, lambda, gamma, kappa)), d$quantile, 1e-12)
  near_log(with(d, hapgw(t, phi, lambda, gamma, kappa, log = TRUE)), d$log_hazard)
  near_log(with(d, dapgw(t, phi, lambda, gamma, kappa, log = TRUE)), d$log_density)
})

prediction_rows <- list(
  vet_apgw_aft_g = data.frame(trt = c("1", "2")),
  vet_apgw_full = data.frame(trt = c("1", "2"), celltype = c("smallcell", "large"),
    karno = c(60, 90)),
  col_cure_ph = data.frame(rx = c("Obs", "Lev", "Lev+5FU")),
  mel_pt = data.frame(ulcer = 0:1),
  mgus2_kinf_lt = data.frame(sex = c("F", "M")),
  rot_apgw_ph_g = data.frame(hormon = 0:1, chemo = 0:1, size = c("<=20", ">50"),
    lnodes = c(0, log(6))),
  gbsg_apgw_aft = data.frame(hormon = 0:1, age = c(50, 60), nodes = c(3, 10),
    pgr = c(100, 0))
)

test_that("predictions and their limits are those of the reference", {
  env <- surv_data_sets()
  want <- read.csv(reference("surv", "predictions.csv"))
  expect_equal(nrow(want), 238)
  close <- function(got, ref, label) {
    if (is.na(ref)) return(expect_true(is.na(got), label = label))
    if (!is.finite(ref) || ref == 0) return(expect_equal(got, ref, label = label))
    expect_lt(abs(got / ref - 1), 1e-7, label = label)
  }
  for (id in unique(want$fit)) {
    fit <- surv_case(id, env)
    for (i in which(want$fit == id)) {
      w <- want[i, ]
      new <- prediction_rows[[id]][w$row, , drop = FALSE]
      got <- predict(fit, new, type = w$type, times = w$arg, p = if (w$type == "quantile")
        w$arg else 0.5, tau = w$arg, se.fit = TRUE, interval = "confidence")
      label <- paste(id, w$type, w$arg, "row", w$row)
      close(got$estimate, w$estimate, label)
      close(got$std_error, w$std_error, paste(label, "error"))
      if (w$type != "cure" || w$estimate > 0) {
        close(got$lower, w$lower, paste(label, "lower"))
        close(got$upper, w$upper, paste(label, "upper"))
      }
    }
  }
})

test_that("residuals are those of the reference", {
  env <- surv_data_sets()
  fit <- surv_case("vet_apgw_aft_g", env)
  want <- read.csv(reference("surv", "residuals.csv"))
  expect_equal(residuals(fit, "coxsnell")[1:10], want$coxsnell, tolerance = 1e-8)
  expect_equal(residuals(fit, "martingale")[1:10], want$martingale, tolerance = 1e-8)
  expect_equal(residuals(fit, "deviance")[1:10], want$deviance, tolerance = 1e-8)
  event <- !is.na(want$quantile_event)
  expect_equal(residuals(fit, "quantile")[1:10][event], want$quantile_event[event],
    tolerance = 1e-8)
})

test_that("the grid is that of the reference", {
  env <- surv_data_sets()
  want <- read.csv(reference("surv", "grid.csv"))
  got <- surv_grid(Surv(time, status) ~ trt + karno, env$vet, gamma = list(~1, ~trt))
  # what the reference leaves out are repetitions
  key <- \(d) paste(d$effect, d$dist, sub("~", "", d$gamma))
  at <- match(key(want), key(got))
  known <- !is.na(at)
  expect_gte(sum(known), 15)
  expect_lt(max(abs(got$loglik[at[known]] - want$loglik[known])), 1e-8)
  expect_lt(max(abs(got$aic[at[known]] - want$aic[known])), 1e-7)
  expect_lt(max(abs(got$bic[at[known]] - want$bic[known])), 1e-7)
  expect_equal(got$df[at[known]], want$df[known])
  boundary <- ifelse(is.na(want$boundary), "", want$boundary)
  expect_identical(got$boundary[at[known]], boundary[known])
})

test_that("stepwise selection takes the path of the reference", {
  skip_on_cran()
  env <- surv_data_sets()
  start <- surv_fit(Surv(rfstime, status) ~ 1, env$gb)
  best <- surv_step(start, ~ hormon + age + meno + size + grade + nodes + pgr)
  want <- read.csv(reference("surv", "step.csv"))
  expect_identical(best$path$move, want$move)
  expect_lt(max(abs(best$path$aic - want$aic)), 1e-7)
  expect_lt(max(abs(best$path$loglik - want$loglik)[-1]), 1e-7)
  expect_lt(abs(best$path$loglik - want$loglik)[[1]], 5e-7) # given to 6 decimals
  again <- surv_fit(Surv(rfstime, status) ~ nodes + pgr + hormon + grade + size, env$gb,
    gamma = ~ pgr + age)
  expect_equal(coef(best), coef(again), tolerance = 1e-7)
  gb <- env$gb
  expect_equal(coef(eval(best$call)), coef(best), tolerance = 1e-7)
  expect_equal(predict(best, gb[3, ], times = 500), predict(again, gb[3, ], times = 500),
    tolerance = 1e-7)
})

test_that("selection goes backward, keeps marginality and the rows", {
  env <- surv_data_sets()
  lung <- env$lu
  full <- surv_fit(Surv(time, ev) ~ age + sex + ph.ecog, lung, gamma = ~sex)
  back <- surv_step(full, direction = "backward", joint = FALSE)
  expect_true(all(startsWith(back$path$move[-1], "-")))
  expect_true(all(diff(back$path$aic) < 0))
  expect_equal(back$path$aic[[1]], AIC(full))
  # ph.karno has missing values that the start does not have
  start <- surv_fit(Surv(time, ev) ~ 1, lung)
  more <- surv_step(start, list(phi = ~ sex * ph.karno), parameters = "phi", k = log(228))
  kept <- stats::complete.cases(lung[c("time", "ev", "sex", "ph.karno")])
  expect_equal(more$nrow, sum(kept))
  moves <- more$path$move
  inter <- grep("sex:ph.karno", moves)
  expect_true(length(inter) == 0 || inter > max(match(c("+ phi:sex", "+ phi:ph.karno"),
    moves)))
  expect_error(surv_step(start), "scope", class = "distest_error_invalid")
  expect_error(surv_step(start, ~sex, parameters = "lambda"), "lambda",
    class = "distest_error_invalid")
  expect_error(surv_step(start, list(kappa = ~sex)), "scope",
    class = "distest_error_invalid")
  expect_error(surv_step(3, ~sex), "object", class = "distest_error_invalid")
})

test_that("multi-parameter models agree with mpr where it converges", {
  env <- surv_data_sets()
  # optima of mpr 1.0.6
  weibull <- surv_fit(Surv(time, status) ~ trt + celltype, env$vet, "ph", "weibull",
    gamma = ~trt)
  expect_lt(abs(weibull$loglik - -733.32920003), 1e-6)
  loglogistic <- surv_fit(Surv(time, status) ~ trt, env$vet, dist = "loglogistic",
    phi_form = "power", gamma = ~trt)
  expect_lt(abs(loglogistic$loglik - -749.62168009), 1e-6)
  burr <- surv_fit(Surv(time, status) ~ trt, env$vet, dist = "burr12", phi_form = "power",
    gamma = ~trt)
  expect_lt(abs(burr$loglik - -746.08370051), 1e-6)
  # mpr stops far from these with the times in days
  ph <- surv_fit(Surv(rfstime, status) ~ hormon + age + nodes + pgr, env$gb, "ph",
    "weibull", gamma = ~hormon)
  expect_lt(abs(ph$loglik - -2588.563116), 1e-6)
  aft <- surv_fit(Surv(rfstime, status) ~ hormon + age + nodes + pgr, env$gb,
    dist = "weibull", gamma = ~hormon)
  expect_lt(abs(aft$loglik - -2587.334), 1e-3)
})

test_that("kappa on its boundary has a limit of its profile inside", {
  env <- surv_data_sets()
  fit <- eval(quote(surv_fit(Surv(age, a1, death) ~ sex, data = mg)),
    list(surv_fit = surv_fit), env)
  ci <- confint(fit, "kappa:(Intercept)", method = "profile")
  expect_identical(ci[[2]], Inf)
  held <- eval(substitute(surv_fit(Surv(age, a1, death) ~ sex, data = mg, kappa = k),
    list(k = expm1(ci[[1]]))), list(surv_fit = surv_fit), env)
  expect_equal(2 * (fit$loglik - held$loglik), qchisq(0.95, 1), tolerance = 1e-6)
})

test_that("pictures return what they draw", {
  env <- surv_data_sets()
  fit <- surv_case("vet_apgw_aft_g", env)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  hr <- plot(fit, type = "hr", times = c(1, 10, 100))
  want <- read.csv(reference("surv", "hazard_ratio.csv"))
  at <- match(c(1, 10, 100), want$time)
  expect_equal(hr$estimate, want$hr[at], tolerance = 1e-8)
  expect_equal(hr$upper, want$upper[at], tolerance = 1e-8)
  expect_identical(plot(fit, type = "hr", data.frame(trt = "2"), data.frame(trt = "1"),
    times = 10)$estimate, hr$estimate[[2]])
  q <- plot(fit, type = "quantile")
  expect_equal(nrow(q), 137)
  expect_false(is.unsorted(q$estimate))
  shape <- plot(fit, type = "shape")
  expect_identical(unique(shape$group), c("trt 1", "trt 2"))
  expect_identical(unique(shape$shape), c("up-then-down", "decreasing"))
  one <- shape[shape$group == "trt 1", ]
  V <- vcov(fit)[c(3, 5), c(3, 5)] # gamma:(Intercept), kappa:(Intercept)
  z <- cbind(log(one$ring_gamma) - coef(fit)[[3]], log1p(one$ring_kappa) - coef(fit)[[5]])
  expect_equal(rowSums((z %*% solve(V)) * z), rep(qchisq(0.95, 2), nrow(z)),
    tolerance = 1e-8)
  expect_silent(plot(surv_case("mgus2_kinf_lt", env), type = "shape"))
  expect_error(plot(surv_case("gbsg_apgw_aft", env), type = "hr"), "newdata",
    class = "distest_error_invalid")
  expect_error(plot(fit, type = "hr", data.frame(trt = "2")), "reference",
    class = "distest_error_invalid")
  expect_output(print(fit), "cross at t = 54.7")
})

test_that("every fixture fit prints, plots and has tables", {
  skip_on_cran()
  env <- surv_data_sets()
  ids <- read.delim(reference("surv", "fits.tsv"), quote = "")$id
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  for (id in ids) {
    fit <- surv_case(id, env)
    out <- utils::capture.output(print(fit))
    expect_lte(length(out), 9 + length(coef(fit)))
    expect_silent(utils::capture.output(print(summary(fit))))
    expect_silent({
      tidy(fit, conf.int = TRUE)
      glance(fit)
      augment(fit)
      for (type in c("survival", "cumhaz", "hazard", "residuals", "quantile", "shape")) {
        plot(fit, type = type)
      }
    })
  }
})

test_that("methods for marginaleffects take and give what it asks for", {
  env <- surv_data_sets()
  fit <- surv_case("vet_apgw_aft_g", env)
  b <- distest:::get_coef.distest_surv(fit)
  expect_identical(b, coef(fit))
  expect_identical(distest:::get_vcov.distest_surv(fit), vcov(fit))
  moved <- distest:::set_coef.distest_surv(fit, b + 0.1)
  expect_equal(coef(moved), b + 0.1)
  new <- data.frame(trt = c("1", "2"))
  p <- distest:::get_predict.distest_surv(fit, new, type = "survival", times = 10)
  expect_identical(p$rowid, 1:2)
  expect_identical(p$estimate, predict(fit, new, times = 10)$estimate)
  inf <- surv_case("mgus2_kinf_lt", env)
  expect_identical(names(distest:::get_coef.distest_surv(inf)),
    names(coef(inf))[is.finite(coef(inf))])
})

test_that("marginaleffects finds coefficients and predictions", {
  skip_if_not_installed("marginaleffects")
  skip_if(getRversion() < "4.4", "marginaleffects needs a newer R")
  env <- surv_data_sets()
  fit <- surv_case("vet_apgw_aft_g", env)
  old <- options(marginaleffects_model_classes = "distest_surv")
  on.exit(options(old))
  p <- marginaleffects::predictions(fit, newdata = data.frame(trt = c("1", "2")),
    type = "quantile", p = 0.5)
  ours <- predict(fit, data.frame(trt = c("1", "2")), type = "quantile", p = 0.5,
    se.fit = TRUE)
  expect_equal(p$estimate, ours$estimate, tolerance = 1e-8)
  expect_equal(p$std.error, ours$std_error, tolerance = 1e-3)
})
