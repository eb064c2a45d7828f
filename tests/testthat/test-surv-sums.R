# Fits from sums, from pieces, with workers, from matrices, of collapsed rows: each against
# the fit of all rows at once.

vet <- function() {
  skip_if_not_installed("survival")
  transform(survival::veteran, trt = factor(trt), w = rep(1:3, length.out = 137))
}
Surv <- function(...) survival::Surv(...)
uneven <- function(d) split(d, rep(1:7, times = c(5, 10, 15, 20, 30, 27, 30)))
summed <- function(design, sites) {
  function(coef, deriv) {
    surv_merge(lapply(sites, \(rows) surv_partial(design, rows, coef, deriv)))
  }
}

test_that("seven sites give the pooled fit", {
  d <- vet()
  design <- surv_design(Surv(time, status) ~ trt + karno, d, gamma = ~trt, weights = w)
  fit <- surv_fit(Surv(time, status) ~ trt + karno, d, gamma = ~trt, weights = w,
    robust = TRUE)
  pooled <- surv_fit_sums(design, summed(design, uneven(d)), robust = TRUE)
  expect_lt(max(abs(coef(pooled) - coef(fit)) / sqrt(diag(vcov(fit, "model")))), 1e-9)
  expect_equal(coef(pooled), coef(fit), tolerance = 1e-9)
  expect_equal(vcov(pooled, "model"), vcov(fit, "model"), tolerance = 1e-8)
  expect_equal(vcov(pooled, "robust"), vcov(fit, "robust"), tolerance = 1e-8)
  expect_equal(pooled$loglik, fit$loglik, tolerance = 1e-13)
  same <- c("df", "nobs", "nrow", "nevent", "boundary", "converged", "n_cluster", "kernel")
  expect_equal(pooled[same], fit[same])
  new <- data.frame(trt = "2", karno = 50)
  expect_equal(predict(pooled, new, times = 10), predict(fit, new, times = 10),
    tolerance = 1e-10)
  expect_error(residuals(pooled), class = "distest_error_unsupported")
  expect_output(print(pooled), "n = 273")
})

test_that("a fit from sums finds the boundary, too", {
  env <- surv_data_sets()
  inf <- surv_design(Surv(age, a1, death) ~ sex, env$mg)
  fit <- surv_fit_sums(inf, \(coef, deriv) surv_partial(inf, env$mg, coef, deriv))
  expect_identical(fit$boundary, "kappa=Inf")
  expect_lt(abs(fit$loglik - -3118.6383960286160), 1e-7)
  low <- surv_design(Surv(yrs, ev) ~ ulcer, env$mel, effect = "ph", phi = ~1)
  fit <- surv_fit_sums(low, \(coef, deriv) surv_partial(low, env$mel, coef, deriv))
  expect_identical(fit$boundary, "kappa=-1")
  expect_lt(abs(fit$loglik - -211.89961739344466), 1e-7)
  flat <- surv_design(Surv(time, status) ~ trt + karno, env$vet, dist = "gompertz")
  fit <- surv_fit_sums(flat, \(coef, deriv) surv_partial(flat, env$vet, coef, deriv))
  expect_identical(fit$boundary, "phi=0")
  expect_lt(abs(fit$loglik - -725.84227426650348), 1e-7)
  mixed <- surv_design(Surv(lower, upper, type = "interval2") ~ age + trt + offset(off),
    transform(env$mixed, lower = ifelse(status == "left", NA, lower),
      upper = ifelse(status == "right", NA, upper)), entry = entry, weights = w)
  rows <- transform(env$mixed, lower = ifelse(status == "left", NA, lower),
    upper = ifelse(status == "right", NA, upper))
  whole <- surv_fit(Surv(lower, upper, type = "interval2") ~ age + trt + offset(off), rows,
    entry = entry, weights = w)
  parts <- split(rows, rows$site)
  fit <- surv_fit_sums(mixed, summed(mixed, parts))
  expect_equal(coef(fit), coef(whole), tolerance = 1e-9)
})

test_that("sums say the likelihood of surv_fit() at its optimum", {
  d <- vet()
  fit <- surv_fit(Surv(time, status) ~ trt, d)
  design <- surv_design(Surv(time, status) ~ trt, d)
  s <- as.list(surv_partial(design, d, coef(fit), 3))
  expect_equal(s$loglik, fit$loglik, tolerance = 1e-13)
  expect_lt(max(abs(s$score)), 1e-6)
  expect_equal(c(s$n, s$weight, s$exact, s$events), c(137, 137, 128, 128))
  expect_equal(c(s$min_time, s$max_time), range(d$time))
  expect_equal(sort(diag(s$hessian)) < 0, rep(TRUE, 4))
  expect_null(as.list(surv_partial(design, d, coef(fit), 0))$score)
  expect_output(print(surv_partial(design, d, coef(fit))), "137 rows, 128 events")
  expect_output(print(design), "holds no rows")
  expect_false(any(vapply(design, \(x) NROW(x) >= 137, NA)))
})

test_that("the order of parts does not show, nor how a segment was cut", {
  skip_if_not_installed("survival")
  set.seed(2)
  n <- 140000
  d <- data.frame(x = rnorm(n), time = rweibull(n, 1.3, 2), status = rbinom(n, 1, 0.7))
  design <- surv_design(Surv(time, status) ~ x, d, dist = "weibull")
  b <- c(0.1, 0.2, 0.3)
  whole <- surv_partial(design, d, b, segment = "a")
  cuts <- list(1:65536, 65537:131072, 131073:n)
  parts <- lapply(cuts, \(i) surv_partial(design, d[i, ], b, segment = "a", first = i[[1]]))
  expect_identical(surv_merge(parts), surv_merge(whole))
  expect_identical(surv_merge(parts[3:1]), surv_merge(whole))
  expect_identical(surv_merge(parts[[2]], surv_merge(parts[c(3, 1)])), surv_merge(whole))
  expect_error(surv_merge(parts[[1]], parts[[1]]), class = "distest_error_invalid")
  expect_error(surv_partial(design, d, b, segment = "a", first = 5),
    class = "distest_error_invalid")
})

test_that("rows in pieces and files are read pass by pass", {
  d <- vet()
  fit <- surv_fit(Surv(time, status) ~ trt + celltype, d, gamma = ~trt)
  pieces <- uneven(transform(d, celltype = as.character(celltype)))
  pieces <- lapply(pieces, \(p) transform(p, trt = factor(as.character(trt), c("1", "2"))))
  levels <- list(celltype = levels(survival::veteran$celltype))
  from <- surv_fit(Surv(time, status) ~ trt + celltype, \(i) if (i <= 7) pieces[[i]],
    gamma = ~trt, control = surv_control(xlevels = levels))
  expect_equal(coef(from), coef(fit), tolerance = 1e-9)
  expect_equal(vcov(from), vcov(fit), tolerance = 1e-8)
  # without xlevels, strings are sorted: another coding of the same model
  sorted <- surv_fit(Surv(time, status) ~ trt + celltype, \(i) if (i <= 7) pieces[[i]],
    gamma = ~trt)
  expect_equal(sorted$loglik, fit$loglik, tolerance = 1e-12)
  files <- vapply(1:7, \(i) {
    path <- tempfile(fileext = ".csv")
    utils::write.csv(pieces[[i]], path, row.names = FALSE)
    path
  }, "")
  on.exit(unlink(files))
  numeric <- surv_fit(Surv(time, status) ~ karno, d)
  expect_equal(coef(surv_fit(Surv(time, status) ~ karno, files)), coef(numeric),
    tolerance = 1e-9)
  expect_error(surv_fit(Surv(time, status) ~ karno, "nowhere.csv"), "nowhere.csv",
    class = "distest_error_invalid")
  expect_error(surv_fit(Surv(time, status) ~ karno, \(i) NULL), "no pieces",
    class = "distest_error_invalid")
})

test_that("workers do not change a bit", {
  skip_on_cran()
  d <- vet()
  some <- \(workers) {
    f <- surv_fit(Surv(time, status) ~ trt + karno, d, gamma = ~trt, workers = workers)
    f[c("coefficients", "vcov", "loglik", "passes")]
  }
  one <- some(1)
  expect_identical(some(2), one)
  plain <- surv_fit(Surv(time, status) ~ trt + karno, d, gamma = ~trt)
  expect_equal(one$coefficients, coef(plain), tolerance = 1e-9)
})

test_that("many pieces start from a sample", {
  skip_on_cran()
  skip_if_not_installed("survival")
  set.seed(3)
  piece <- function(i) {
    if (i > 5) {
      return(NULL)
    }
    set.seed(i)
    x <- rnorm(50000)
    data.frame(x, time = rapgw(50000, exp(0.3 * x), 1, 1.4, 0.5), status = 1)
  }
  fit <- surv_fit(Surv(time, status) ~ x, piece)
  expect_lt(fit$passes, 12)
  all <- surv_fit(Surv(time, status) ~ x, do.call(rbind, lapply(1:5, piece)))
  expect_equal(coef(fit), coef(all), tolerance = 1e-8)
})

test_that("clusters may not be split over parts", {
  d <- vet()
  design <- surv_design(Surv(time, status) ~ trt, d, cluster = celltype)
  fit <- surv_fit(Surv(time, status) ~ trt, d, cluster = celltype)
  whole <- summed(design, split(d, d$celltype))
  pooled <- surv_fit_sums(design, whole)
  expect_equal(vcov(pooled), vcov(fit), tolerance = 1e-8)
  expect_equal(pooled$n_cluster, 4)
  expect_error(surv_fit_sums(design, summed(design, uneven(d))), "cluster",
    class = "distest_error_invalid")
})

test_that("sums name what is wrong", {
  d <- vet()
  design <- surv_design(Surv(time, status) ~ trt, d)
  b <- coef(surv_fit(Surv(time, status) ~ trt, d))
  one <- surv_partial(design, d, b)
  other <- surv_design(Surv(time, status) ~ karno, d)
  expect_error(surv_merge(one, surv_partial(design, d, 2 * b)), "coefficients",
    class = "distest_error_invalid")
  expect_error(surv_merge(one, surv_partial(other, d, b)), "another",
    class = "distest_error_invalid")
  expect_error(surv_merge(), class = "distest_error_invalid")
  expect_error(surv_merge(one, 3), class = "distest_error_invalid")
  expect_error(surv_partial(design, d, b[-1]), "coef", class = "distest_error_invalid")
  expect_error(surv_partial(design, d, b, deriv = 4), "deriv",
    class = "distest_error_invalid")
  expect_error(surv_partial(design, d["time"], b), "lacks", class = "distest_error_invalid")
  expect_error(surv_partial(design, transform(d, trt = "9"), b), "\"9\" in `trt`",
    class = "distest_error_invalid")
  expect_error(surv_partial(1, d, b), "design", class = "distest_error_invalid")
  expect_error(surv_fit_sums(design, 1), "evaluate", class = "distest_error_invalid")
  expect_error(surv_fit_sums(design, \(coef, deriv) 1), "evaluate",
    class = "distest_error_invalid")
  expect_error(surv_fit_sums(design, \(coef, deriv) stop(errorCondition("mine",
    class = "mine"))), class = "mine")
  none <- transform(d, status = 0)
  expect_error(surv_fit_sums(design, \(coef, deriv) surv_partial(design, none, coef,
    deriv)), "no events", class = "distest_error_existence")
  broken <- one
  broken$bytes[[20]] <- as.raw(255)
  expect_error(surv_merge(broken), class = "distest_error_invalid")
  expect_error(surv_design(Surv(time, status) ~ trt, 3), "data",
    class = "distest_error_invalid")
})

test_that("matrices give the fit of the formula", {
  d <- vet()
  fit <- surv_fit(Surv(time, status) ~ trt + karno, d, gamma = ~trt, weights = w)
  xy <- surv_fit_xy(Surv(d$time, d$status), model.matrix(~ trt + karno, d),
    gamma = model.matrix(~trt, d), kappa = ~1, weights = d$w)
  expect_identical(coef(xy), coef(fit))
  expect_identical(xy$loglik, fit$loglik)
  plain <- surv_fit_xy(cbind(d$time, d$status), lambda = model.matrix(~karno, d),
    gamma = ~1)
  weibull <- surv_fit(Surv(time, status) ~ karno, d, "ph", "weibull")
  expect_identical(coef(plain), coef(weibull))
  expect_equal(predict(plain, list(lambda = cbind(1, 50)), times = 10)$estimate,
    predict(weibull, data.frame(karno = 50), times = 10)$estimate)
  expect_output(print(plain), "PH effects")
  entered <- surv_fit_xy(cbind(0.1, d$time, d$status), ~1, offset = list(phi = d$karno / 50))
  expect_equal(coef(entered), coef(surv_fit(Surv(e, time, status) ~ offset(karno / 50),
    transform(d, e = 0.1), gamma = 1, kappa = 1)))
})

test_that("matrices name what is wrong", {
  d <- vet()
  y <- cbind(d$time, d$status)
  expect_error(surv_fit_xy(d$time, ~1), "`y`", class = "distest_error_invalid")
  expect_error(surv_fit_xy(y, matrix(1, 3)), "137 rows", class = "distest_error_invalid")
  expect_error(surv_fit_xy(y), "nothing to estimate", class = "distest_error_invalid")
  expect_error(surv_fit_xy(y, ~karno), "`phi`", class = "distest_error_invalid")
  expect_error(surv_fit_xy(y, ~1, weights = 1), "weights", class = "distest_error_invalid")
  expect_error(surv_fit_xy(y, ~1, gama = 2), "gama", class = "distest_error_invalid")
  expect_error(surv_fit_xy(cbind(d$time, 2), ~1), "status", class = "distest_error_invalid")
  expect_error(surv_fit_xy(y, ~1, gamma = -1), "gamma", class = "distest_error_domain")
  y[3, 1] <- 0
  expect_error(surv_fit_xy(y, ~1), "row 3", class = "distest_error_domain")
})

test_that("collapsed rows give the same fit", {
  skip_if_not_installed("survival")
  set.seed(6)
  n <- 20000
  d <- data.frame(a = rbinom(n, 1, 0.4), b = rbinom(n, 1, 0.5), w = sample(1:2, n, TRUE))
  d$time <- pmin(ceiling(rweibull(n, 1.2, 20 * exp(-0.5 * d$a))), 30)
  d$status <- as.integer(d$time < 30)
  fit <- \(collapse, ...) surv_fit(Surv(time, status) ~ a + b, d, gamma = ~a, weights = w,
    robust = TRUE, collapse = collapse, ...)
  whole <- fit(FALSE)
  one <- fit(TRUE)
  auto <- fit("auto")
  expect_equal(whole$distinct, 0)
  expect_equal(one$distinct, nrow(unique(d[c("a", "b", "time", "status")])))
  expect_equal(auto$distinct, one$distinct)
  expect_equal(coef(one), coef(whole), tolerance = 1e-10)
  expect_equal(vcov(one, "model"), vcov(whole, "model"), tolerance = 1e-9)
  expect_equal(vcov(one, "robust"), vcov(whole, "robust"), tolerance = 1e-9)
  expect_equal(one$loglik, whole$loglik, tolerance = 1e-12)
  expect_equal(one[c("nobs", "nrow", "nevent", "n_cluster")],
    whole[c("nobs", "nrow", "nevent", "n_cluster")])
  expect_identical(fit(TRUE, threads = 1)[c("coefficients", "vcov")],
    fit(TRUE, threads = 2)[c("coefficients", "vcov")])
  d$g <- sample(50, n, TRUE)
  grouped <- \(collapse) surv_fit(Surv(time, status) ~ a, d, cluster = g,
    collapse = collapse)
  expect_equal(vcov(grouped(TRUE)), vcov(grouped(FALSE)), tolerance = 1e-9)
  distinct <- surv_fit(Surv(time, status) ~ x, transform(d, x = rnorm(n)))
  expect_equal(distinct$distinct, 0)
  expect_error(fit("yes"), "collapse", class = "distest_error_invalid")
})

test_that("columns that depend on others over all sites are NA, as in the fit at once", {
  d <- vet()
  d$twice <- 2 * d$karno + 1
  d$year <- ifelse(seq_len(nrow(d)) <= 15, 0, d$diagtime) # constant at two sites
  d$both <- d$karno - 3 * d$year
  d$arm <- as.numeric(d$trt == levels(d$trt)[[2]])
  fit <- function(...) surv_fit(..., progress = FALSE)
  f <- Surv(time, status) ~ karno + twice + trt + year + both
  lost <- "phi:twice, phi:both, gamma:arm"
  expect_message(whole <- fit(f, d, gamma = ~ trt + arm), lost)
  design <- surv_design(f, d, gamma = ~ trt + arm)
  evaluate <- summed(design, uneven(d))
  expect_message(pooled <- surv_fit_sums(design, evaluate), lost)
  expect_identical(is.na(coef(pooled)), is.na(coef(whole)))
  expect_equal(coef(pooled), coef(whole), tolerance = 1e-9)
  expect_equal(vcov(pooled), vcov(whole), tolerance = 1e-8)
  expect_identical(pooled$df, whole$df)
  expect_equal(predict(pooled, d[1:9, ], times = 50)$estimate,
    predict(whole, d[1:9, ], times = 50)$estimate, tolerance = 1e-9)
  # what one site cannot tell apart, another can
  one <- surv_design(f, d[1:15, ], xlevels = list(trt = levels(d$trt)))
  expect_message(local <- surv_fit_sums(one, summed(one, uneven(d)[1:2])), "phi:year")
  expect_identical(coef(local)[["phi:year"]], NA_real_)
  piece <- \(i) if (i <= 7) uneven(d)[[i]]
  expect_message(chunks <- fit(f, piece, gamma = ~ trt + arm), "phi:twice")
  expect_equal(coef(chunks), coef(whole), tolerance = 1e-9)
  # a start counts the coefficients there are, or has NA for the others
  expect_message(again <- surv_fit_sums(design, evaluate, coef(whole),
    control = surv_control(n_start = 0)))
  expect_equal(coef(again), coef(whole), tolerance = 1e-9)
})

test_that("a constant is no second intercept, whatever it rounds to", {
  d <- vet()
  d$tenth <- 0.1
  f <- Surv(time, status) ~ karno + tenth
  design <- surv_design(f, d)
  expect_message(whole <- surv_fit(f, d), "phi:tenth")
  expect_message(pooled <- surv_fit_sums(design, summed(design, uneven(d))), "phi:tenth")
  expect_equal(coef(pooled), coef(whole), tolerance = 1e-9)
})

test_that("phi and lambda that cannot be told apart are an error over sites, too", {
  d <- vet()
  design <- surv_design(Surv(time, status) ~ trt, d, lambda = ~trt, dist = "weibull")
  e <- expect_error(surv_fit_sums(design, summed(design, uneven(d))),
    class = "distest_error_singular")
  expect_match(conditionMessage(e), "`phi` and `lambda`.*lambda:")
})

test_that("covariates of 0 and 1 without events have -Inf over sites and pieces", {
  d <- vet()
  d$mute <- as.numeric(seq_len(137) %in% c(3, 17, 40, 90, 91, 137))
  d$status[d$mute == 1] <- 0
  d$only <- d$mute * d$karno # 0 once those rows are aside
  f <- Surv(time, status) ~ karno + mute + only
  for (effect in c("aft", "ph")) {
    expect_message(
      w <- expect_warning(whole <- surv_fit(f, d, effect, gamma = ~trt, weights = w),
        class = "distest_surv_monotone"), "only set to NA")
    design <- surv_design(f, d, effect, gamma = ~trt, weights = w)
    evaluate <- summed(design, uneven(d))
    expect_message(
      v <- expect_warning(pooled <- surv_fit_sums(design, evaluate),
        class = "distest_surv_monotone"), "only set to NA")
    expect_identical(conditionMessage(v), conditionMessage(w))
    at <- match("mute", sub(".*:", "", names(coef(whole))))
    expect_identical(coef(whole)[[at]], -Inf)
    expect_equal(coef(pooled), coef(whole), tolerance = 1e-9)
    expect_equal(vcov(pooled), vcov(whole), tolerance = 1e-8)
    same <- c("df", "nobs", "nrow", "nevent", "converged", "flat", "boundary")
    expect_equal(pooled[same], whole[same])
    expect_equal(pooled$loglik, whole$loglik, tolerance = 1e-13)
    expect_equal(predict(pooled, d[c(3, 4), ], times = 50)$estimate,
      predict(whole, d[c(3, 4), ], times = 50)$estimate, tolerance = 1e-9)
    # the likelihood of the fit, from its coefficients as they are
    b <- replace(coef(whole), "only" == sub(".*:", "", names(coef(whole))), 0)
    expect_equal(as.list(surv_partial(design, d, b))$loglik, whole$loglik,
      tolerance = 1e-13)
  }
  expect_error(surv_partial(design, transform(d, mute = 1), b), "events where it is 1",
    class = "distest_error_invalid")
  # a site with no other rows
  expect_message(expect_warning(
    alone <- surv_fit_sums(design, summed(design, split(d, d$mute))),
    class = "distest_surv_monotone"))
  expect_equal(coef(alone), coef(whole), tolerance = 1e-9)
  for (other in list(\(i) if (i <= 7) uneven(d)[[i]], d)) {
    expect_message(expect_warning(
      fit <- surv_fit(f, other, effect, gamma = ~trt, weights = w,
        workers = if (is.data.frame(other)) 1), class = "distest_surv_monotone"))
    expect_equal(coef(fit), coef(whole), tolerance = 1e-9)
    expect_identical(fit$nobs, whole$nobs)
  }
})
