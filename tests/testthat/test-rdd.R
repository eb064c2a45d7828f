# Input forms, settings, methods.

small <- function(n = 120, n_i = 25, delta = 1, seed = 1, design = "normal") {
  rdd_simulate(design, n, n_i, delta, seed)
}

small_fit <- function(..., d = small()) {
  rdd_fit(d$y, d$x, d$unit, h = 0.6, boot = 200, seed = 1, ...)
}

same_numbers <- function(a, b, ...) {
  expect_equal(unname(as.matrix(a$estimate)), unname(as.matrix(b$estimate)), ...)
}

test_that("all forms of input give the same fit", {
  d <- small()
  probs <- seq_len(9) / 10
  long <- small_fit(probs = probs)
  x <- d$x[!duplicated(d$unit)]
  again <- \(y, ...) rdd_fit(y, x, ..., h = 0.6, boot = 200, seed = 1)
  lists <- split(d$y, d$unit)
  same_numbers(long, again(lists, probs = probs), tolerance = 0)
  expect_identical(again(lists, probs = probs)$functional$m_plus,
    long$functional$m_plus)
  table <- rdd_quantiles(d$y, d$unit, probs = probs)
  same_numbers(long, again(table), tolerance = 0)
  same_numbers(long, again(as.matrix(table), probs = probs), tolerance = 0)
  frame <- as.data.frame(as.matrix(table))
  names(frame) <- probs
  same_numbers(long, again(frame), tolerance = 0)
  rows <- data.frame(y = d$y, x = d$x, unit = d$unit, w = 1)
  same_numbers(long, rdd_fit(y ~ x, rows, unit = unit, h = 0.6, boot = 200, seed = 1,
    probs = probs), tolerance = 0)
  for (unit in list("unit", ~unit)) {
    same_numbers(long, rdd_fit(y ~ x, rows, unit = unit, h = 0.6, boot = 200, seed = 1,
      probs = probs), tolerance = 0)
  }
  mixed <- rows[sample(nrow(rows)), ]
  same_numbers(long, rdd_fit(y ~ x, mixed, unit = unit, h = 0.6, boot = 200, seed = 1,
    probs = probs), tolerance = 0)
  # one value per unit, named
  named <- setNames(x, unique(d$unit))
  same_numbers(long, rdd_fit(d$y, rev(named), d$unit, h = 0.6, boot = 200, seed = 1,
    probs = probs), tolerance = 0)
  by_unit <- tapply(d$x, d$unit, mean)
  same_numbers(long, rdd_fit(d$y, by_unit, d$unit, h = 0.6, boot = 200, seed = 1,
    probs = probs), tolerance = 1e-12)
  # arguments looked up in data
  rows$half <- 0.5
  moved <- rdd_fit(y ~ x + 0.5, rows, unit = unit, h = 0.6, boot = 0,
    cutoff = 0.5) |> expect_error(class = "distest_error_invalid")
  moved <- rdd_fit(y ~ I(x + 0.5), rows, unit = unit, cutoff = half, h = 0.6, boot = 0,
    probs = probs)
  expect_equal(moved$estimate$tau, long$estimate$tau, tolerance = 1e-10)
  part <- rdd_fit(y ~ x, rows, unit = unit, subset = x > -0.8, h = 0.6, boot = 0)
  expect_equal(part$n[["units"]], sum(x > -0.8))
})

test_that("labels of any kind are sorted without a locale", {
  d <- small(30, 8)
  x <- d$x[!duplicated(d$unit)]
  letters2 <- paste0(c("b", "B", "a")[d$unit %% 3 + 1], d$unit)
  text <- rdd_quantiles(d$y, letters2)
  expect_identical(rownames(text$quantiles), sort(unique(letters2), method = "radix"))
  expect_identical(rdd_quantiles(d$y, factor(letters2))$quantiles, text$quantiles)
  tied <- rdd_quantiles(d$y, d$unit)
  expect_identical(rownames(tied$quantiles), as.character(1:30))
  big <- structure(unclass(d$unit * 0), class = "integer64")
  # integer64 holds whole numbers in the bits of doubles
  con <- rawConnection(raw(0), "wb")
  for (u in d$unit) {
    writeBin(c(u, 0L), con)
  }
  bits <- readBin(rawConnectionValue(con), "double", length(d$unit))
  close(con)
  class(bits) <- "integer64"
  expect_identical(rdd_quantiles(d$y, bits)$quantiles, tied$quantiles)
  day <- as.Date("2024-01-01") + d$unit
  expect_identical(unname(rdd_quantiles(d$y, day)$quantiles), unname(tied$quantiles))
})

test_that("tables grow by chunks to the same bits", {
  d <- small(40, 21)
  whole <- rdd_quantiles(d$y, d$unit)
  cut <- sample(length(d$y))
  part <- NULL
  for (i in split(cut, rep(1:4, length.out = length(cut)))) {
    part <- rdd_quantiles(d$y[i], d$unit[i], add = part)
  }
  expect_identical(part$quantiles, whole$quantiles)
  expect_identical(part$n_i, whole$n_i)
  expect_identical(unserialize(serialize(part, NULL)), part)
  expect_equal(unname(whole$quantiles["7", "q0.5"]), median(d$y[d$unit == 7]))
  halves <- rbind(as.matrix(rdd_quantiles(d$y[d$unit <= 20], d$unit[d$unit <= 20])),
    as.matrix(rdd_quantiles(d$y[d$unit > 20], d$unit[d$unit > 20])))
  expect_identical(halves, as.matrix(whole))
  expect_error(rdd_quantiles(d$y, d$unit, weights = d$y^0, add = whole),
    class = "distest_error_invalid")
})

test_that("default grids follow the number of individuals", {
  expect_equal(rdd_default_probs(rep(100, 50)), seq_len(99) / 100)
  expect_equal(rdd_default_probs(rep(20, 50)), seq_len(19) / 20)
  expect_equal(rdd_default_probs(rep(19, 50)), seq_len(9) / 10)
  expect_equal(rdd_default_probs(c(rep(19, 4), rep(200, 96))), seq_len(99) / 100)
  expect_equal(rdd_cells(c(0.1, 0.2, 0.5)), c(0.1, 0.2, 0.3))
  expect_equal(rdd_cells(0.3), 1)
})

test_that("a fit is plain and has its methods", {
  fit <- small_fit()
  expect_identical(unserialize(serialize(fit, NULL)), fit)
  names <- names(coef(fit))
  expect_identical(names, paste0("q", format(seq_len(19) / 20, trim = TRUE, digits = 2) |>
    sub(pattern = "0+$", replacement = "")))
  expect_identical(dimnames(vcov(fit)), list(names, names))
  expect_identical(rownames(confint(fit)), names)
  expect_identical(colnames(confint(fit)), c("2.5 %", "97.5 %"))
  expect_identical(tidy(fit)$term, names)
  expect_identical(names(tidy(fit, conf.int = TRUE)), c("term", "prob", "estimate",
    "std.error", "statistic", "p.value", "conf.low", "conf.high", "band.low",
    "band.high"))
  e <- fit$estimate
  expect_identical(names(e)[1:19], c("prob", "tau", "se", "ci_lower", "ci_upper",
    "band_lower", "band_upper", "m_minus", "m_plus", "se_minus", "se_plus", "tau_cl",
    "se_cl", "tau_bc", "se_bc", "m_minus_cl", "m_plus_cl", "m_minus_bc", "m_plus_bc"))
  expect_equal(e$tau, e$m_plus - e$m_minus)
  expect_equal(e$ci_upper - e$tau, qnorm(0.975) * e$se)
  expect_equal(e$band_upper - e$tau, fit$crit * e$se, tolerance = 1e-10)
  expect_equal(unname(confint(fit, type = "uniform")[, 1]), e$band_lower)
  wide <- confint(fit, level = 0.99)
  expect_true(all(wide[, 1] < e$band_lower))
  expect_equal(unname(confint(fit, 1:2, 0.9, "pointwise")[, 2]),
    (e$tau + qnorm(0.95) * e$se)[1:2])
  expect_equal(nobs(fit), sum(fit$n[c("h_left", "h_right")]))
  expect_equal(nrow(glance(fit)), 1)
  a <- augment(fit)
  expect_equal(nrow(a), 120)
  expect_equal(a$.resid, unname(fit$quantiles[, "q0.5"]) - a$.fitted)
  expect_identical(as.data.frame(fit), e)
  d <- small()
  expect_equal(update(fit, h = 0.8)$bandwidths[[1]], 0.8)
  expect_equal(sum(weights(fit)[fit$units$side == "right"]), 1)
  expect_true(nchar(format(fit)) > 20)
})

test_that("print is short and says what was chosen", {
  fit <- small_fit(method = "pointwise")
  expect_match(capture.output(print(fit)), "pointwise", all = FALSE)
  fit <- small_fit()
  out <- capture.output(print(fit))
  expect_lte(length(out), 13)
  expect_lte(max(nchar(out)), 80)
  tests <- rdd_test(fit, c("nullity", "homogeneity"))
  expect_match(out, sprintf("nullity p = %s; homogeneity p = %s", format_p(
    tests$p_value[[1]]), format_p(tests$p_value[[2]])), fixed = TRUE, all = FALSE)
  more <- small_fit(d = small(300, design = "skewed"))
  sd <- rdd_functionals(more, "sd")
  out2 <- capture.output(print(more))
  expect_match(out2, sprintf("sd %s -> %s", format_number(sd$minus, 3),
    format_number(sd$plus, 3)), all = FALSE)
  expect_match(out2, paste("density test p =", format_p(more$diagnostics$density_p)),
    all = FALSE)
  # not where the draws would be many, or bias is allowed for otherwise
  many <- capture.output(print(rdd_bootstrap(fit, 2e5, seed = 1)))
  expect_false(any(grepl("nullity", many)))
  plain <- capture.output(print(small_fit(inference = "honest", smoothness = 1)))
  expect_false(any(grepl("nullity|sd ", plain)))
  expect_silent(capture.output(print(rdd_fit(small()$y, small()$x, small()$unit, h = 0.6,
    boot = 0))))
  expect_match(out[[1]], "Frechet")
  expect_true(any(grepl("h 0.6", out)))
  long <- capture.output(print(summary(fit)))
  expect_lte(max(nchar(long)), 80)
  expect_true(any(grepl("homogeneity p", long)))
  expect_true(any(grepl("gini|mean", long)))
  auto <- rdd_fit(small()$y, small()$x, small()$unit, boot = 0)
  expect_true(any(grepl("imserd", capture.output(auto))))
  expect_identical(capture.output(out2 <- print(fit)), out)
  expect_identical(out2, fit)
  old <- options(OutDec = ",", digits = 3)
  on.exit(options(old))
  expect_lte(max(nchar(capture.output(print(fit)))), 80)
})

test_that("predictions are the local fits", {
  fit <- small_fit(method = "pointwise")
  e <- fit$estimate
  at <- predict(fit, c(0, -1e-12))
  expect_equal(unname(at[1, ]), e$m_plus_cl, tolerance = 1e-9)
  expect_equal(unname(at[2, ]), e$m_minus_cl, tolerance = 1e-6)
  # residuals are orthogonal to the local polynomial
  r <- residuals(fit)
  u <- fit$units$x
  k <- pmax(1 - abs(u) / 0.6, 0)
  side <- u >= 0 & k > 0
  expect_lt(max(abs(colSums(k[side] * cbind(1, u[side])[, 2] * r[side, ]))), 1e-9)
  expect_lt(max(abs(colSums(k[side] * r[side, ]))), 1e-9)
  expect_equal(is.na(r[, 1]), unname(k == 0), ignore_attr = TRUE)
  mid <- predict(fit, what = "effect", probs = c(0.07, 0.5))
  expect_equal(mid$tau, approx(e$prob, e$tau, c(0.07, 0.5))$y)
  expect_error(predict(fit, 0.7), class = "distest_error_invalid")
  expect_error(predict(fit, what = "effect", probs = 0.999),
    class = "distest_error_invalid")
})

test_that("invariances hold", {
  d <- small()
  x <- d$x[!duplicated(d$unit)]
  q <- as.matrix(rdd_quantiles(d$y, d$unit))
  probs <- seq_len(19) / 20
  fit <- \(q, x, ...) rdd_fit(q, x, probs = probs, boot = 0, ...)
  base <- fit(q, x)
  far <- fit(q, 1000 * x + 1e6, cutoff = 1e6)
  expect_equal(far$estimate$tau, base$estimate$tau, tolerance = 1e-8)
  expect_equal(far$bandwidths, 1000 * base$bandwidths, tolerance = 1e-8)
  tiny <- fit(1e-200 * q, x)
  expect_equal(tiny$bandwidths, base$bandwidths, tolerance = 1e-12)
  expect_equal(tiny$estimate$tau * 1e200, base$estimate$tau, tolerance = 1e-12)
  expect_equal(tiny$estimate$se * 1e200, base$estimate$se, tolerance = 1e-12)
  moved <- fit(3 * q - 7, x)
  expect_equal(moved$estimate$tau, 3 * base$estimate$tau, tolerance = 1e-10)
  order <- sample(nrow(q))
  expect_equal(fit(q[order, ], x[order])$estimate, base$estimate, tolerance = 1e-10)
  # by a power of two, so that the draws have the same bits
  huge <- rdd_fit(2^996 * q, x, probs = probs, h = 0.6, boot = 200, seed = 1)
  usual <- rdd_fit(q, x, probs = probs, h = 0.6, boot = 200, seed = 1)
  expect_equal(huge$crit, usual$crit, tolerance = 1e-8)
  expect_equal(huge$estimate$band_upper / 2^996, usual$estimate$band_upper,
    tolerance = 1e-10)
  a <- quietly(rdd_functionals(huge, c("mean", "gini", "sd")))
  b <- quietly(rdd_functionals(usual, c("mean", "gini", "sd")))
  expect_equal(a$se / c(2^996, 1, 2^996), b$se, tolerance = 1e-8)
  expect_equal(rdd_test(huge)$p_value, rdd_test(usual)$p_value)
  # by a factor that is none: the draws of the band are still the same
  for (scale in c(1e-300, 1e300, 3)) {
    other <- rdd_fit(scale * q, x, probs = probs, h = 0.6, boot = 200, seed = 1)
    expect_equal(other$crit, usual$crit, tolerance = 1e-8)
    for (name in c("tau", "se", "band_lower", "se_cl", "m_plus_cl", "ci_upper")) {
      expect_equal(other$estimate[[name]] / scale, usual$estimate[[name]],
        tolerance = 1e-8)
    }
    expect_false(anyNA(other$estimate))
    expect_equal(fit(scale * q, x)$bandwidths, base$bandwidths, tolerance = 1e-10)
  }
  # far from 0, with x that both places can hold
  grid <- base::round(x * 2^20) / 2^20
  far <- fit(q, 1e9 + 16 * grid, cutoff = 1e9)
  near <- fit(q, grid)
  expect_equal(far$bandwidths, 16 * near$bandwidths, tolerance = 1e-10)
  expect_equal(far$estimate, near$estimate, tolerance = 1e-9)
  pooled <- fit(q, x + 5 * (1:120 > 60), cutoff = ifelse(1:120 > 60, 5, 0))
  expect_equal(pooled$estimate, base$estimate, tolerance = 1e-9)
})

test_that("threads and seeds do not change the bits they should not", {
  one <- small_fit(threads = 1)
  two <- small_fit(threads = 2)
  two$call <- one$call
  expect_identical(one, two)
  d <- small()
  set.seed(5)
  a <- rdd_fit(d$y, d$x, d$unit, h = 0.6, boot = 200)
  after <- runif(1)
  set.seed(5)
  b <- rdd_fit(d$y, d$x, d$unit, h = 0.6, boot = 2000)
  expect_identical(runif(1), after)
  expect_identical(a$estimate$tau, b$estimate$tau)
  set.seed(9)
  state <- .Random.seed
  small_fit()
  expect_identical(.Random.seed, state)
  expect_identical(small_fit()$crit, small_fit()$crit)
})

test_that("the scalar design is rdrobust's", {
  skip_if_not_installed("rdrobust")
  d <- new.env()
  utils::data("rdrobust_RDsenate", package = "rdrobust", envir = d)
  s <- na.omit(d$rdrobust_RDsenate[c("vote", "margin")])
  skip_if_not(nrow(s) == 1297)
  for (vce in c("nn", "hc3")) {
    fit <- quietly(rdd_fit(s$vote, s$margin, seq_len(nrow(s)), vce = vce,
      method = "pointwise", bwselect = "mserd", boot = 0))
    want <- if (vce == "nn") {
      c(17.75439722117, 28.02808715116, 7.4141308019722, 7.5065024705857,
        1.4587160238255, 1.7412584146075)
    } else {
      c(17.765820325764, 28.209878887989, 7.4135107243774, 7.4973429674770,
        1.4679641965294, 1.7545670503702)
    }
    e <- fit$estimate
    expect_equal(c(fit$bandwidths[1, c(1, 3)], e$tau_cl, e$tau_bc, e$se_cl, e$se_bc),
      want, tolerance = 1e-9, ignore_attr = TRUE)
  }
})

test_that("the formula with a tibble needs nothing else", {
  skip_if_not_installed("tibble")
  d <- small(100, 20, design = "skewed")
  t <- tibble::tibble(income = d$y, share = (d$x + 1) / 2,
    state_year = factor(paste0("s", d$unit)), region = factor(d$unit %% 4),
    note = "text")
  t$income[c(3, 50, 777)] <- NA
  t$share[9] <- NA
  expect_warning(fit <- rdd_fit(income ~ share, data = t, unit = state_year,
    cutoff = 0.5), class = "distest_warning_dropped")
  expect_lte(length(capture.output(print(fit))), 12)
  pdf(NULL)
  on.exit(dev.off())
  expect_s3_class(plot(fit), "data.frame")
  expect_equal(nrow(tidy(fit)), 19)
  expect_equal(fit$settings$names$x, "share")
  clustered <- quietly(rdd_fit(income ~ share, data = t, unit = state_year, cutoff = 0.5,
    cluster = region, covariates = ~ I(share^2), h = 0.3, boot = 200))
  expect_equal(clustered$n[["clusters"]], 4)
  expect_equal(clustered$settings$vce, "cr3")
})

test_that("a bandwidth for the treatment leaves those of the outcome to their rule", {
  d <- rdd_simulate("normal", n = 200, n_i = 20, seed = 7)
  first <- !duplicated(d$unit)
  given <- as.numeric(d$x[first] >= 0 | seq_len(sum(first)) %% 7 == 0)
  names(given) <- d$unit[first]
  fit_of <- \(...) suppressWarnings(rdd_fit(d$y, d$x, d$unit, treatment = given,
    boot = 0, ...))
  plain <- fit_of()
  wide <- fit_of(h_treatment = 0.9, b_treatment = 0.9)
  expect_identical(wide$bandwidths, plain$bandwidths)
  expect_identical(wide$bwselect, plain$bwselect)
})
