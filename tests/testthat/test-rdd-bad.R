# Every row of the table of bad input.

raises <- function(code, kind = "invalid", argument = NULL) {
  e <- tryCatch({
    suppressMessages(suppressWarnings(code))
    NULL
  }, error = identity)
  expect_s3_class(e, paste0("distest_error_", kind))
  if (!is.null(argument)) expect_identical(e$argument, argument)
  invisible(e)
}

warns <- function(code, kind, pattern) {
  seen <- list()
  value <- withCallingHandlers(suppressMessages(code), warning = function(w) {
    seen[[length(seen) + 1]] <<- w
    invokeRestart("muffleWarning")
  })
  hit <- vapply(seen, \(w) inherits(w, paste0("distest_warning_", kind)) &&
    grepl(pattern, conditionMessage(w)), NA)
  expect_equal(sum(hit), 1, label = paste("warnings about", pattern))
  invisible(value)
}

d <- rdd_simulate("normal", 80, 12, 1, seed = 3)
x <- d$x[!duplicated(d$unit)]
q <- as.matrix(rdd_quantiles(d$y, d$unit))
probs <- seq_len(9) / 10
fit_of <- function(..., h = 0.7, boot = 0) {
  rdd_fit(q, x, probs = probs, h = h, boot = boot, ...)
}

test_that("what varies within a unit is an error that names it", {
  bad <- d$x
  bad[[14]] <- 0.123
  e <- raises(rdd_fit(d$y, bad, d$unit), argument = "x")
  expect_match(conditionMessage(e), "unit 2")
  expect_match(conditionMessage(e), "0.123")
  v <- rep(1, length(d$y))
  v[[5]] <- 2
  raises(rdd_fit(d$y, d$x, d$unit, treatment = v), argument = "treatment")
  raises(rdd_fit(d$y, d$x, d$unit, cluster = v), argument = "cluster")
  raises(rdd_fit(d$y, d$x, d$unit, covariates = v), argument = "covariates")
  raises(rdd_fit(d$y, d$x, d$unit, unit_weights = v), argument = "unit_weights")
})

test_that("missing rows go with one warning that counts", {
  y <- d$y
  y[d$unit == 4] <- NA
  y[[1]] <- NaN
  w <- rep(1, length(y))
  w[[30]] <- NA
  fit <- warns(rdd_fit(y, d$x, d$unit, weights = w, h = 0.7, boot = 0,
    quantile_type = 7), "dropped", "14 rows.*13 in `y`, 1 in `weights`")
  expect_equal(fit$n[["dropped"]], 1)
  expect_equal(fit$n[["units"]], 79)
  raises(rdd_fit(rep(NA_real_, 10), runif(10)))
})

test_that("each variable's missing values are counted", {
  t <- as.numeric(d$x >= 0 | d$unit %% 7 == 0)
  hole <- function(v, at) {
    v[at] <- NA
    v
  }
  fit <- warns(rdd_fit(hole(d$y, 1:2), hole(d$x, 13:14), hole(d$unit, 25:27),
    treatment = hole(t, 37), cluster = hole(d$unit %% 20, 49:50),
    covariates = hole(cos(d$unit), 61), unit_weights = hole(1 + d$unit %% 3, 73:74),
    h = 0.7, boot = 0), "dropped", paste0("13 rows.*2 in `y`, 3 in `unit`, 2 in `x`, ",
    "1 in `treatment`, 1 in `covariates`, 2 in `cluster`, 2 in `unit_weights`"))
  expect_equal(fit$n[["units"]], 80)
  expect_equal(sum(fit$units$n_i), length(d$y) - 13)
  # a unit of a table goes as a whole
  gone <- q
  gone[3, 2] <- NA
  fit <- warns(rdd_fit(gone, x, probs = probs, h = 0.7, boot = 0), "dropped", "1 unit ")
  expect_equal(fit$n[c("units", "dropped")], c(units = 79, dropped = 1))
  fit <- warns(fit_of(treatment = hole(t[!duplicated(d$unit)], 6)), "dropped",
    "1 in `treatment`")
  expect_equal(fit$n[["dropped"]], 1)
})

test_that("rows are kept as by an index, of any type", {
  n <- 50
  keep <- as.raw(seq_len(n) %% 3 != 0)
  table <- matrix(seq_len(2 * n) / 7, n, dimnames = list(NULL, c("a", "b")))
  for (v in list(seq_len(n) / 3, seq_len(n), seq_len(n) > 9, as.character(seq_len(n)),
    factor(letters[seq_len(n) %% 5 + 1]), as.Date("2024-01-01") + seq_len(n))) {
    expect_identical(rdd_kept(v, keep), v[keep == 1])
  }
  expect_identical(rdd_kept(table, keep), table[keep == 1, ])
  expect_identical(rdd_kept(unname(table), keep), unname(table)[keep == 1, ])
  table[2, 1] <- table[4, ] <- NA
  text <- replace(as.character(seq_len(n)), 5, NA)
  seen <- .Call(C_rdd_whole, list(table, text, replace(1:n, 4:6, NA), NA | text == 1), n)
  expect_identical(which(seen[[1]] == 0), 2:50)
  expect_equal(seen[[2]], c(2, 1, 3, n - 1))
})

test_that("labelled columns are what they hold", {
  marked <- function(v, class) {
    structure(v, class = c(class, "vctrs_vctr", typeof(v)), labels = c(one = v[[1]]))
  }
  fit <- rdd_fit(marked(d$y, "haven_labelled"), structure(d$x, label = "share",
    class = "labelled"), marked(d$unit, "haven_labelled"), h = 0.7, boot = 0)
  expect_equal(fit$estimate, rdd_fit(d$y, d$x, d$unit, h = 0.7, boot = 0)$estimate)
  table <- rdd_quantiles(marked(d$y, "haven_labelled"), marked(d$unit, "haven_labelled"))
  expect_equal(table$quantiles, rdd_quantiles(d$y, d$unit)$quantiles)
})

test_that("infinite values and bad weights are errors", {
  y <- d$y
  y[[7]] <- Inf
  raises(rdd_fit(y, d$x, d$unit, h = 0.7), argument = "y")
  bad <- d$x
  bad[d$unit == 3] <- -Inf
  raises(rdd_fit(d$y, bad, d$unit, h = 0.7), argument = "x")
  w <- rep(1, length(y))
  w[[3]] <- -1
  raises(rdd_fit(d$y, d$x, d$unit, weights = w, h = 0.7), argument = "weights")
  w[[3]] <- 1
  w[d$unit == 6] <- 0
  fit <- warns(rdd_fit(d$y, d$x, d$unit, weights = w, h = 0.7, boot = 0), "dropped",
    "without a positive weight.*6")
  expect_equal(fit$n[["dropped"]], 1)
  raises(fit_of(unit_weights = c(-1, rep(1, 79))), argument = "unit_weights")
  for (name in c("treatment", "covariates", "unit_weights")) {
    v <- 1 + cos(d$unit)
    v[d$unit == 5] <- Inf
    e <- raises(do.call(rdd_fit, c(list(d$y, d$x, d$unit, h = 0.7),
      structure(list(v), names = name))), argument = name)
    expect_match(conditionMessage(e), "unit 5")
  }
  # labels, too
  for (name in c("unit", "cluster")) {
    v <- as.numeric(d$unit)
    v[d$unit == 5] <- -Inf
    given <- list(y = d$y, x = d$x, unit = d$unit, h = 0.7)
    given[[name]] <- v
    e <- raises(do.call(rdd_fit, given), argument = name)
    expect_match(conditionMessage(e), "-Inf")
  }
  raises(rdd_quantiles(1:3, c(1, Inf, 2)), argument = "unit")
  qq <- q
  qq[2, 3] <- Inf
  raises(rdd_fit(qq, x, probs = probs, h = 0.7), argument = "y")
  raises(rdd_fit(d$y, d$x, d$unit, weights = w^0, quantile_type = 6, h = 0.7),
    argument = "quantile_type")
})

test_that("grids are checked", {
  raises(rdd_fit(d$y, d$x, d$unit, probs = c(0.5, 0.4), h = 0.7), argument = "probs")
  raises(rdd_fit(d$y, d$x, d$unit, probs = c(0, 0.4), h = 0.7), argument = "probs")
  raises(rdd_fit(q, x, probs = 1:3 / 4, h = 0.7), argument = "probs")
  raises(rdd_fit(unname(q), x, h = 0.7), argument = "probs")
  crossed <- q
  crossed[1:3, 2] <- 100
  warns(rdd_fit(crossed, x, probs = probs, h = 0.7, boot = 0), "approximation",
    "3 rows of `y` not increasing")
})

test_that("cutoffs, donuts and bandwidths are checked", {
  e <- raises(fit_of(cutoff = 2), argument = "cutoff")
  expect_match(conditionMessage(e), "right")
  expect_match(conditionMessage(e), paste("`cutoff` = 2.*runs from", format(min(x)), "to",
    format(max(x))))
  e <- raises(fit_of(cutoff = -2), argument = "cutoff")
  expect_match(conditionMessage(e), "no unit on the left")
  raises(fit_of(cutoff = NA), argument = "cutoff")
  raises(fit_of(donut = 1), argument = "donut")
  raises(fit_of(donut = -1), argument = "donut")
  raises(fit_of(donut = c(0, 1)), argument = "donut")
  for (h in list(0, -1, Inf, NA, 1:3 / 3, matrix(1, 4, 2), "wide")) {
    raises(fit_of(h = h), argument = "h")
  }
  raises(fit_of(b = 0), argument = "b")
  raises(fit_of(b = 1, rho = 1), argument = "rho")
  raises(fit_of(h = NULL, b = 1), argument = "b")
  raises(fit_of(q = 1), argument = "q")
  raises(fit_of(deriv = 2), argument = "deriv")
  raises(fit_of(p = 21), argument = "p")
  raises(fit_of(p = -1), argument = "p")
  raises(fit_of(deriv = 1, p = 2), argument = "method")
  raises(fit_of(deriv = 1, p = 2, method = "rearranged"), argument = "method")
  # distinct values enough, but no digits left
  e <- raises(fit_of(p = 18, q = 19), "singular", "h")
  expect_match(conditionMessage(e), "condition")
  expect_equal(fit_of(deriv = 1, p = 2, method = "pointwise")$settings$deriv, 1)
  e <- raises(fit_of(h = 0.01), "singular", "h")
  expect_match(conditionMessage(e),
    "left .* 0 distinct values .*`h` = 0.01, .* order 1 needs 2: increase `h` or")
  e <- raises(fit_of(b = 0.01), "singular", "b")
  expect_match(conditionMessage(e), "order 2 needs 3: increase `b` or lower `q`")
  raises(rdd_fit(q[1:19, ], x[1:19], probs = probs), argument = "h")
})

test_that("an outcome that does not vary has no statistic", {
  flat <- q
  flat[, 1:2] <- -50
  fit <- warns(rdd_fit(flat, x, probs = probs, h = 0.7, boot = 200, seed = 1),
    "approximation", "2 points")
  expect_equal(fit$estimate$se[1:2], c(0, 0))
  expect_equal(fit$estimate$tau[1:2], c(0, 0), tolerance = 1e-9)
  expect_true(all(is.na(tidy(fit)$statistic[1:2])))
  expect_true(is.finite(fit$crit))
  warns(rdd_test(fit, "nullity"), "approximation", "standard error of 0")
  none <- quietly(rdd_fit(q * 0 + 3, x, probs = probs, h = 0.7, boot = 200, seed = 1))
  expect_true(is.na(none$crit))
  expect_equal(none$estimate$band_lower, none$estimate$tau)
  expect_equal(none$estimate$band_upper, none$estimate$tau)
  expect_true(is.na(quietly(rdd_test(none, "nullity"))$p_value))
})

test_that("exact polynomials use the range", {
  exact <- outer(1 + x, probs)
  fit <- warns(rdd_fit(exact, x, probs = probs, boot = 0), "approximation",
    "whole range")
  expect_equal(unname(fit$bandwidths[[1]]), max(abs(x)))
})

test_that("leverage and clusters", {
  far <- x
  far[which.max(x)] <- 0.999
  few <- x < 0 | rank(-x) <= 3
  at <- order(x[x >= 0])
  keep <- c(which(x < 0), which(x >= 0)[at[1:2]])
  three <- c(which(x < 0), which(x >= 0)[at[1:3]])
  for (vce in c("hc2", "hc3")) {
    fit <- warns(rdd_fit(q[three, ], x[three], probs = probs, h = 2, boot = 0,
      vce = vce), "conditioning", "leverage 1 left out")
    expect_true(all(is.finite(fit$estimate$se)))
  }
  # all but the last unit of the right side are one cluster, whose G - L is singular
  block <- ifelse(x < 0, seq_along(x) %% 30, 100)
  block[which.max(x)] <- 101
  warns(fit <- fit_of(h = 1.2, cluster = block), "conditioning",
    "1 cluster with leverage 1 taken into.*without adjustment")
  expect_true(all(is.finite(fit$estimate$se) & fit$estimate$se > 0))
  raises(fit_of(cluster = as.integer(x >= 0)), argument = "cluster")
  warns(fit_of(cluster = seq_along(x) %% 4), "approximation", "Few clusters")
  raises(fit_of(vce = "cr1"), argument = "vce")
  raises(fit_of(vce = "hc1", cluster = seq_along(x) %% 20), argument = "vce")
})

test_that("fuzzy designs", {
  raises(fit_of(treatment = rep(1, 80)), "singular", "treatment")
  e <- raises(fit_of(treatment = 0.5 + 0.1 * x), "singular", "treatment")
  expect_match(conditionMessage(e), "no first stage")
  t <- as.numeric(x >= 0)
  expect_equal(fit_of(treatment = t)$estimate$tau, fit_of()$estimate$tau,
    tolerance = 1e-9)
  weak <- (seq_along(x) %% 2) * 1
  fit <- warns(fit_of(treatment = weak), "approximation", "anderson-rubin")
  expect_lt(fit$first_stage$F, 10)
  expect_true(any(attr(confint(fit, type = "anderson-rubin"), "shape") != "interval"))
  one_sided <- ifelse(x >= 0, seq_along(x) %% 3 > 0, FALSE)
  expect_s3_class(quietly(fit_of(treatment = one_sided)), "distest_rdd")
  out <- warns(fit_of(treatment = 3 * t), "approximation", "outside 0 to 1")
  raises(rdd_compliers(out), argument = "fit")
  raises(rdd_compliers(fit_of()), argument = "fit")
  raises(confint(fit_of(), type = "anderson-rubin"), argument = "type")
  raises(fit_of(h_treatment = 1), argument = "h_treatment")
})

test_that("multipliers and draws", {
  raises(fit_of(xi = matrix(1, 79, 50), boot = 50), argument = "xi")
  raises(fit_of(xi = rep(1, 80), boot = 50), argument = "xi")
  raises(fit_of(xi = matrix(NA_real_, 80, 50), boot = 50), argument = "xi")
  raises(fit_of(xi = matrix(1, 80, 5), boot = 50), argument = "boot")
  e <- raises(fit_of(boot = 18), argument = "boot")
  expect_match(conditionMessage(e), "19")
  expect_true(is.finite(fit_of(boot = 19)$crit))
  expect_true(is.na(fit_of(boot = 0)$crit))
  raises(rdd_test(fit_of(boot = 0)), argument = "fit")
})

test_that("mass points", {
  round <- base::round(x * 8) / 8
  warns(rdd_fit(q, round, probs = probs, boot = 0, h = 0.7), "approximation",
    "mass points.*honest")
  # with ten values and more a warning without that advice
  fine <- warns(rdd_fit(q, base::round(x * 30) / 30, probs = probs, boot = 0, h = 0.7),
    "approximation", "19 left and 22 right distinct values.$")
  expect_gt(min(fine$diagnostics$mass_points), 0.2)
  expect_silent(suppressMessages(rdd_fit(q, round, probs = probs, boot = 0, h = 0.7,
    masspoints = "off")))
})

test_that("individuals as units", {
  first <- !duplicated(d$unit)
  expect_message(fit <- rdd_fit(d$y[first], x, h = 0.7, boot = 0),
    "One individual per unit: scalar design", class = "distest_message")
  expect_equal(nrow(fit$estimate), 1)
  expect_silent(capture.output(print(fit)))
  raises(rdd_fit(d$y, d$x), argument = "unit")
})

test_that("grids too fine for small units", {
  fit <- warns(rdd_fit(d$y, d$x, d$unit, probs = c(0.02, 0.5, 0.98), h = 0.7, boot = 0),
    "approximation", "0.02, 0.98.*100 percent")
  expect_equal(fit$diagnostics$extreme, c(1, 0, 1))
})

test_that("functionals that do not exist are NA", {
  fit <- fit_of(functional_grid = 50)
  shifted <- rdd_fit(split(d$y - 5, d$unit), x, probs = probs, h = 0.7, boot = 0)
  out <- warns(rdd_functionals(shifted, c("mean", "theil", "mld")), "approximation",
    "\"theil\" and \"mld\"")
  expect_identical(is.na(out$difference), c(FALSE, TRUE, TRUE))
  expect_identical(is.na(out$se), c(FALSE, TRUE, TRUE))
  expect_false(any(vapply(out[-1], \(column) any(is.nan(column)), NA)))
  # means and denominators below 0
  below <- rdd_fit(split(d$y - 9, d$unit), x, probs = probs, h = 0.7, boot = 0)
  gone <- c("gini", "lorenz_0.4", "p90_p50", "theil", "mld")
  out <- warns(rdd_functionals(below, c("mean", "iqr", gone)), "approximation",
    "\"gini\", \"lorenz_0.4\", \"p90_p50\", \"theil\" and \"mld\"")
  expect_true(all(out$minus[[1]] < 0, out$plus[[1]] < 0))
  expect_identical(is.na(out$difference), out$functional %in% gone)
  warns(rdd_functionals(fit, "mean"), "approximation", "percent of the distribution")
})

test_that("covariates", {
  z <- cbind(a = x^2, b = 2 * x^2, one = 1)
  fit <- warns(fit_of(covariates = z), "conditioning", "left out")
  expect_equal(sum(fit$gamma[, 1] == 0), 2)
  expect_equal(fit$estimate$tau, fit_of(covariates = z[, 1])$estimate$tau,
    tolerance = 1e-8)
  set.seed(1)
  raises(fit_of(covariates = matrix(rnorm(80 * 79), 80)), "singular", "covariates")
  raises(fit_of(covariates = letters[1:2]))
})

test_that("labels of lists and tables", {
  raises(rdd_fit(q, x, rep(1:40, 2), probs = probs, h = 0.7), argument = "unit")
  raises(rdd_fit(q, x[-1], probs = probs, h = 0.7), argument = "x")
  lists <- split(d$y, d$unit)
  lists[[5]] <- numeric()
  fit <- warns(rdd_fit(lists, x, h = 0.7, boot = 0), "dropped", "without values.*5")
  expect_equal(fit$n[["dropped"]], 1)
  raises(rdd_fit(lists, x, weights = 1, h = 0.7), argument = "weights")
  raises(rdd_fit(lists, x[-1], h = 0.7), argument = "x")
  names(lists)[[2]] <- names(lists)[[1]]
  raises(rdd_fit(lists, x, h = 0.7), argument = "unit")
  t <- x >= 0
  expect_s3_class(fit_of(treatment = t), "distest_rdd")
})

test_that("choices list what there is", {
  for (name in c("bwselect", "vce", "kernel", "method", "within", "inference", "band",
    "multiplier", "masspoints", "fuzzy_bc", "cluster_sides")) {
    e <- raises(do.call(fit_of, structure(list("nothing"), names = name)),
      argument = name)
    expect_match(conditionMessage(e), "must be \"")
  }
  raises(fit_of(threads = 0), argument = "threads")
  raises(fit_of(bandwith = 2), argument = "bandwith")
  raises(rdd_fit(y ~ x, data.frame(y = d$y, x = d$x), unit = d$unit, hh = 1),
    argument = "hh")
  raises(rdd_fit(y ~ x, data.frame(y = d$y), unit = d$unit) |> (\(f) f)(),
    kind = "invalid")
  fit <- fit_of(boot = 50)
  e <- raises(rdd_test(fit, "nul"), argument = "test")
  expect_match(conditionMessage(e), "must be \"nullity\", \"homogeneity\", \"ge\"")
  raises(rdd_test(fit, range = c(0.91, 0.95)), argument = "range")
  raises(rdd_test(fit, "equal", tau0 = 1:2), argument = "tau0")
  raises(rdd_test(fit, "ge", "cvm"), argument = "statistic")
  e <- raises(rdd_functionals(fit, "ginni"), argument = "functionals")
  expect_match(conditionMessage(e), "\"gini\", \"theil\".*\"lorenz_u\"")
  raises(rdd_fit(y ~ x + z, data.frame(y = 1, x = 1, z = 1)), argument = "y")
  raises(rdd_fit(nope ~ x, data.frame(y = 1, x = 1)), argument = "data")
  raises(rdd_bootstrap(fit, boot = 3), argument = "boot")
  raises(rdd_bootstrap(1), argument = "fit")
  raises(logLik(fit), "unsupported")
  raises(rdd_simulate(n_i = 0), argument = "n_i")
  raises(fit_of(smoothness = -1, inference = "honest"), argument = "smoothness")
  raises(fit_of(smoothness = 1:2, inference = "honest"), argument = "smoothness")
  raises(fit_of(imse_weights = 1:2), argument = "imse_weights")
})

test_that("fits without their data say what is missing", {
  fit <- fit_of(boot = 50, keep_data = FALSE)
  expect_null(fit$quantiles)
  expect_null(fit$units)
  raises(rdd_sensitivity(fit), "unsupported")
  raises(predict(fit), "unsupported")
  raises(plot(fit, "fan"), "unsupported")
  raises(rdd_bootstrap(fit, 50, "mammen"), "unsupported")
  expect_s3_class(rdd_test(fit), "data.frame")
  kept <- fit_of(boot = 50, keep_data = FALSE, keep_scores = TRUE)
  expect_s3_class(rdd_bootstrap(kept, 50, "mammen"), "distest_rdd")
  expect_equal(crossprod(kept$scores), unname(kept$vcov), tolerance = 1e-10)
})
