# Parts of estimates, modes, meshes, pieces, mixed data, methods: against the reference
# and each other.

test_that("marginal and conditional densities agree with the reference", {
  case <- kde_json("others.json", TRUE)$conditional_1_2_given_3
  fit <- quiet_fit(kde_ref("data_small"), case$H)
  at <- kde_ref("query_small")[1:5, ]
  expect_equal(predict(kde_marginal(fit, 3), at[, 3, drop = FALSE]), case$marginal_3,
    tolerance = 1e-12)
  expect_equal(predict(kde_marginal(fit, 1:2), at[, 1:2]), case$marginal_12,
    tolerance = 1e-12)
  given <- kde_conditional(fit, 3)
  expect_equal(predict(given, at), case$logconditional, tolerance = 1e-12)
  expect_equal(unname(predict(given, at[, 3, drop = FALSE], "mean")), case$mean,
    tolerance = 1e-12)
  one <- kde_conditional(kde_marginal(fit, c(1, 3)), 2)
  f <- \(y) exp(predict(one, unname(cbind(y, 0.3))))
  expect_equal(stats::integrate(f, -20, 20)$value, 1, tolerance = 1e-6)
  expect_equal(stats::integrate(f, -20, 0.4)$value, predict(one, cbind(0.4, 0.3), "cdf"),
    tolerance = 1e-6)
  set.seed(1)
  a <- predict(one, matrix(0.3, 2000), "sample")
  set.seed(1)
  expect_identical(predict(one, matrix(0.3, 2000), "sample"), a)
  expect_lt(abs(mean(a) - predict(one, matrix(0.3), "mean")[[1]]), 4 * stats::sd(a) /
    sqrt(2000))
})

test_that("a formula with a left side is a conditional density", {
  by <- suppressMessages(kde_fit(waiting ~ eruptions, data = faithful, progress = FALSE))
  expect_s3_class(by, "distest_kde_conditional")
  plain <- kde_conditional(quiet_fit(faithful[2:1]), "eruptions")
  expect_equal(predict(by, faithful[1:5, ]), predict(plain, faithful[1:5, ]),
    tolerance = 1e-12)
  expect_identical(nobs(by), 272L)
  expect_output(print(by), "waiting given eruptions")
  holes <- transform(faithful, waiting = replace(waiting, 3, NA))
  fit <- suppressMessages(kde_fit(~ eruptions + waiting, data = holes, progress = FALSE))
  expect_identical(fit$n, 271L)
  expect_output(print(fit), "1 row\\s+with missing values dropped")
})

test_that("mixed data agree with the reference; classes have probabilities", {
  case <- kde_json("others.json", TRUE)$mixed
  d <- data.frame(x = kde_ref("data_small")[, 1], g = factor(case$unordered, 0:2),
    o = factor(case$ordered, 0:3, ordered = TRUE))
  fit <- quiet_fit(d, case$h, lambda = c(case$lambda_unordered, case$lambda_ordered))
  at <- data.frame(x = case$query[, 1], g = case$query[, 2], o = case$query[, 3])
  expect_equal(unname(predict(fit, at)), case$logdensity, tolerance = 1e-12)
  expect_identical(names(coef(fit)), c("x", "lambda:g", "lambda:o"))
  expect_identical(dim(predict(fit, at, "gradient")), c(3L, 1L))
  fit <- quiet_fit(iris)
  expect_output(print(fit), "lambda\\s+.*Species")
  levels <- levels(iris$Species)
  class <- kde_conditional(fit, names(iris)[1:4])
  p <- exp(vapply(levels, \(s) predict(class, transform(iris, Species = s)),
    numeric(150)))
  expect_equal(unname(rowSums(p)), rep(1, 150), tolerance = 1e-10)
  expect_gt(mean(levels[max.col(p)] == iris$Species), 0.96)
  sepal <- kde_conditional(fit, c("Species", "Petal.Length", "Petal.Width"))
  expect_identical(colnames(predict(sepal, iris[1:2, ], "mean")), c("Sepal.Length",
    "Sepal.Width"))
  expect_true(all(c(".log_density", "Species") %in% names(augment(fit))))
})

test_that("draws from mixed data are data of the same kind", {
  d <- data.frame(x = c(1.5, 2, 3, 7), g = factor(c("a", "b", "b", "c")),
    o = factor(c("lo", "hi", "hi", "mid"), c("lo", "mid", "hi"), ordered = TRUE))
  fit <- quiet_fit(d, 0.5, lambda = c(0.2, 0.3))
  set.seed(5)
  draws <- kde_sample(fit, 20000)
  set.seed(5)
  expect_identical(kde_sample(fit, 20000), draws)
  expect_identical(lapply(draws[-1], levels), lapply(d[-1], levels))
  expect_identical(vapply(draws, \(v) class(v)[[1]], ""),
    c(x = "numeric", g = "factor", o = "ordered"))
  # the share of each combination is what the marginal estimate says
  cells <- expand.grid(g = levels(d$g), o = levels(d$o))
  p <- exp(predict(kde_marginal(fit, c("g", "o")), cells))
  expect_equal(sum(p), 1, tolerance = 1e-12)
  share <- as.vector(table(draws$g, draws$o)) / 20000
  expect_true(all(abs(share - p) < 4.5 * sqrt(p * (1 - p) / 20000)))
  expect_lt(abs(mean(draws$x) - mean(d$x)), 4 * stats::sd(draws$x) / sqrt(20000))
  expect_identical(dim(kde_sample(fit, 0)), c(0L, 3L))
  expect_identical(names(simulate(fit, 2, seed = 1)), c("sim", "x", "g", "o"))
  expect_identical(nrow(simulate(fit, 2, seed = 1)), 8L)
  expect_error(kde_sample(fit, 3, shrink = TRUE), "shrink",
    class = "distest_error_invalid")
})

test_that("bounds agree with the reference", {
  all <- kde_json("others.json", TRUE)
  x <- kde_ref("data_exp")
  case <- all$reflect_lower0
  fit <- quiet_fit(x, case$h, lower = 0)
  expect_equal(predict(fit, case$query), case$logdensity, tolerance = 1e-12)
  expect_identical(predict(fit, case$query_outside), -Inf)
  case <- all$reflect_unit
  expect_equal(predict(quiet_fit(case$data_values, case$h, lower = 0, upper = 1),
    case$query), case$logdensity, tolerance = 1e-12)
  case <- all$transform_log
  log_fit <- quiet_fit(x, case$h_log, lower = 0, boundary = "transform")
  expect_equal(predict(log_fit, case$query), case$logdensity, tolerance = 1e-12)
  set.seed(1)
  expect_true(all(kde_sample(fit, 1000) >= 0) && all(kde_sample(log_fit, 1000) > 0))
  expect_output(print(fit), "reflect, 0 to Inf")
  expect_equal(log_fit$loo_mean, mean(log_fit$loo))
  chosen <- quiet_fit(x, lower = 0, boundary = "transform")
  expect_equal(chosen$bandwidth$objective, chosen$loo_mean, tolerance = 1e-12)
})

test_that("bounds that reflect go with free bandwidths and second derivatives", {
  set.seed(4)
  x <- cbind(a = stats::rexp(150), b = 5 * stats::rbeta(150, 1, 6))
  free <- suppressMessages(kde_fit(x, "lcv", shape = "diag", lower = 0,
    upper = c(Inf, 5), progress = FALSE))
  expect_identical(free$shape, "diag")
  expect_equal(free$loo_mean, free$bandwidth$objective, tolerance = 1e-12)
  loo <- \(sd) quiet_fit(x, sd, lower = 0, upper = c(Inf, 5))$loo_mean
  sd <- sqrt(diag(free$H))
  for (by in list(c(0.97, 1), c(1.03, 1), c(1, 0.97), c(1, 1.03))) {
    expect_lt(loo(sd * by), free$loo_mean)
  }
  auto <- suppressMessages(kde_fit(x, "lcv", shape = "auto", lower = 0,
    progress = FALSE))
  expect_identical(names(auto$bandwidth$shapes), c("scalar", "diag"))
  at <- matrix(c(0.1, 4.9), 1)
  e <- 1e-5
  gradient <- \(k, by) predict(free, at + by * (1:2 == k), "gradient")
  slopes <- vapply(1:2, \(k) (gradient(k, e) - gradient(k, -e))[1, ] / (2 * e),
    numeric(2))
  expect_equal(unname(predict(free, at, "hessian")[, , 1]), unname(slopes),
    tolerance = 1e-7)
})

test_that("distribution function, quantiles and entropy agree with the reference", {
  all <- kde_json("others.json", TRUE)
  fit <- quiet_fit(faithful$eruptions, all$cdf_1d$h)
  expect_equal(predict(fit, all$cdf_1d$cdf[, 1], "cdf"), all$cdf_1d$cdf[, 2],
    tolerance = 1e-13)
  expect_equal(kde_quantile(fit, all$cdf_1d$quantile[, 1]), all$cdf_1d$quantile[, 2],
    tolerance = 1e-10)
  case <- all$entropy
  got <- kde_entropy(quiet_fit(kde_ref("data_mid"), case$h))
  expect_equal(c(got$estimate, got$std_error), c(case$entropy, case$se),
    tolerance = 1e-12)
  set.seed(1)
  fit <- quiet_fit(faithful)
  folds <- kde_entropy(fit, 272) # every point a fold: leave-one-out but for ties
  one <- quiet_fit(faithful, fit$h, scaling = "cov", ties = "include")
  expect_equal(folds$estimate, -one$loo_mean, tolerance = 1e-10)
  apart <- kde_divergence(faithful[1:136, ], faithful[137:272, ] + 1, bandwidth = 1) |>
    suppressMessages()
  expect_gt(apart$estimate, 0)
})

test_that("modes agree with the reference", {
  case <- kde_json("others.json", TRUE)$modes
  fit <- quiet_fit(faithful, c(0.3, 5))
  got <- kde_modes(fit)
  want <- do.call(rbind, case$modes$mode)
  by <- order(-case$modes$logdensity)
  expect_equal(unname(got$modes), want[by, ], tolerance = 1e-9)
  expect_equal(got$log_density, case$modes$logdensity[by], tolerance = 1e-11)
  expect_lt(max(abs(got$gradient)), 1e-9)
  expect_true(all(apply(got$curvature, 3, \(h) max(eigen(h)$values)) < 0))
  expect_identical(sum(got$size), 272L)
  expect_identical(length(kde_modes(fit, faithful[1:3, ])$cluster), 3L)
  expect_output(print(got), "2 modes of 272")
  expect_identical(nrow(as.data.frame(got)), 2L)
})

test_that("a mesh is the density at its points", {
  skip_if_not_installed("MASS")
  fit <- quiet_fit(faithful, c(0.3, 5))
  mesh <- kde_grid(fit, c(31, 21))
  expect_equal(mesh$log_density, unname(predict(fit, mesh[1:2])), tolerance = 1e-12)
  lims <- c(1, 6, 40, 100)
  k2 <- MASS::kde2d(faithful[[1]], faithful[[2]], 4 * c(0.3, 5), 25, lims)
  ours <- kde_grid(fit, axes = list(k2$x, k2$y))
  expect_equal(exp(ours$log_density), as.vector(k2$z), tolerance = 1e-12)
  line <- kde_grid(quiet_fit(faithful$eruptions, 0.3), 11)
  expect_identical(nrow(line), 11L)
  fails <- expect_error(kde_grid(fit, axes = list(1)), class = "distest_error_invalid")
  expect_identical(fails$argument, "axes")
})

test_that("pieces make the whole, to the same bits in any order", {
  at <- as.matrix(faithful[1:9, ]) + 0.1
  w <- rep(1:4, 68)
  whole <- quiet_fit(faithful, c(0.3, 5), weights = w)
  rows <- split(seq_len(272), rep(1:5, c(1, 100, 71, 60, 40)))
  parts <- lapply(seq_along(rows), \(i) kde_partial(faithful[rows[[i]], ], at, c(0.3, 5),
    w[rows[[i]]], segment = if (i > 2) letters[[i]]))
  one <- kde_finish(do.call(kde_merge, parts))
  two <- kde_finish(kde_merge(kde_merge(parts[[5]], parts[[2]]), parts[[1]],
    kde_merge(parts[[4]], parts[[3]])))
  expect_identical(one, two)
  expect_equal(one$log_density, unname(predict(whole, at)), tolerance = 1e-13)
  expect_equal(one$neff, predict(whole, at, "neff")$neff, tolerance = 1e-12)
  path <- tempfile()
  saveRDS(parts, path)
  expect_identical(kde_finish(do.call(kde_merge, readRDS(path))), one)
  twice <- expect_error(kde_merge(parts[[3]], parts[[3]]), class = "distest_error_invalid")
  expect_identical(twice$argument, "segment")
  other <- kde_partial(faithful, at, c(0.3, 6))
  expect_error(kde_merge(parts[[1]], other), class = "distest_error_invalid")
  expect_output(print(kde_merge(parts[[1]], parts[[2]])), "101 points in 2 pieces")
})

test_that("responsibilities are the shares of the points", {
  fit <- quiet_fit(faithful, c(0.3, 5))
  r <- predict(fit, faithful[1:4, ], "responsibility", k = 272)
  expect_equal(rowSums(r$weight), rep(1, 4), tolerance = 1e-12)
  expect_identical(dim(r$index), c(4L, 272L))
  best <- predict(fit, faithful[1:4, ], "neff")
  expect_equal(r$weight[, 1], best$max_weight, tolerance = 1e-12)
  expect_identical(r$index[, 1], best$nearest)
})

test_that("workers share out rows to the same bits", {
  skip_on_cran()
  fit <- quiet_fit(faithful, 1)
  at <- as.matrix(faithful)[rep(1:272, 16), ]
  expect_identical(unname(predict(fit, at, workers = 2)), unname(predict(fit, at)))
})

test_that("shapes are compared by likelihood", {
  fit <- quiet_fit(faithful, shape = "auto")
  expect_identical(names(fit$bandwidth$shapes), c("scalar", "diag", "full"))
  expect_equal(fit$bandwidth$objective, max(fit$bandwidth$shapes))
  expect_output(print(fit), "likelihoods\\s+scalar")
})

test_that("tables and tests of information have their numbers", {
  fit <- quiet_fit(faithful)
  expect_equal(as.numeric(logLik(fit)), 272 * fit$loo_mean)
  expect_equal(AIC(fit), 2 - 2 * as.numeric(logLik(fit)))
  expect_equal(BIC(fit), log(272) - 2 * as.numeric(logLik(fit)))
  free <- kde_fit(faithful, shape = "full", progress = FALSE) |> suppressMessages()
  expect_identical(attr(logLik(free), "df"), 3L)
  expect_identical(tidy(free)$term, names(coef(free)))
  again <- suppressMessages(update(free, shape = "diag"))
  expect_identical(again$shape, "diag")
  g <- glance(fit)
  expect_equal(g$share_extreme + g$share_stable + g$share_clt, 1)
  s <- summary(fit)
  expect_output(print(s), "Regimes of 272 values")
  expect_s3_class(simulate(fit, 2, seed = 1), "data.frame")
  expect_identical(simulate(fit, seed = 1), simulate(fit, seed = 1))
  out <- kde_outliers(fit, data.frame(eruptions = 3, waiting = 200))
  expect_equal(out$p_value, 1 / 273)
  k <- kde_kernels(3)
  expect_equal(k$variance[k$kernel == "biweight"], 1 / 9)
  expect_identical(names(kde_lcv(faithful, c(0.1, 0.2), progress = FALSE)), c("h", "loo",
    "d1", "d2", "neff"))
})

test_that("pictures return what they show", {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  fit <- quiet_fit(faithful)
  expect_identical(nrow(plot(kde_phases(fit))), 272L)
  expect_identical(nrow(plot(fit, which = "phases")), 272L)
  expect_identical(nrow(plot(kde_modes(fit))), nrow(kde_modes(fit)$modes))
  expect_identical(nrow(plot(kde_modes(quiet_fit(faithful$waiting)))), 2L)
  expect_s3_class(plot(kde_lcv(faithful, progress = FALSE)), "data.frame")
  expect_s3_class(plot(quiet_fit(faithful$waiting, 4, lower = 0)), "data.frame")
  before <- graphics::par("mfrow")
  plot(quiet_fit(iris[, 1:4]))
  expect_identical(graphics::par("mfrow"), before)
})

test_that("the band of a curve has gaps where limits are missing", {
  runs <- distest:::kde_runs(c(FALSE, TRUE, TRUE, FALSE, FALSE, TRUE, FALSE))
  expect_identical(unname(runs), list(2:3, 6L))
  expect_length(distest:::kde_runs(c(FALSE, FALSE)), 0)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  out <- plot(quiet_fit(faithful$waiting)) # whole minutes: none near 80
  near <- which.min(abs(out$x - 80))
  far <- which.min(abs(out$x - 66))
  expect_true(is.na(out$lower[[near]]) && is.finite(out$lower[[far]]))
})

test_that("sums of exponentials say how few terms carry them", {
  a <- rbind(c(0, -1, -2, -3, -50, -4, -5, -6), rep(-700, 8))
  p <- exp(a[1, ]) / sum(exp(a[1, ]))
  got <- kde_dominance(a, k = 4)
  # (k - 2) / sum_{j < k} (l_(j) - l_(k)) = 2 / (3 + 2 + 1)
  expect_equal(got$mu, c(1 / 3, Inf))
  expect_equal(got$neff, c(1 / sum(p^2), 8))
  expect_equal(got$neff2, c(sum(p^2)^2 / sum(p^4), 8))
  expect_identical(got$regime, c("extreme", "clt"))
  expect_error(kde_dominance(a, k = 9), "`k` must be 4 to 8, not 9",
    class = "distest_error_invalid")
  expect_error(kde_dominance("a"), "log_terms", class = "distest_error_invalid")
  expect_error(kde_dominance(replace(a, 3, NaN), k = 4), "log_terms",
    class = "distest_error_invalid")
})
