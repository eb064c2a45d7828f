# Bands, tests, functionals, honest intervals, checks of a design, pictures.

d <- rdd_simulate("skewed", 200, 30, 2, seed = 4)
fit <- rdd_fit(d$y, d$x, d$unit, h = 0.6, boot = 400, seed = 1)
x <- d$x[!duplicated(d$unit)]

test_that("multipliers of every law have the same band in the limit", {
  limits <- vapply(rdd_multipliers, \(m) rdd_bootstrap(fit, 4000, m, seed = 2)$crit, 0)
  expect_lt(diff(range(limits)), 0.15)
  # Gaussian multipliers by the unit agree with draws from the covariance
  set.seed(3)
  xi <- matrix(rnorm(200 * 4000), 200)
  given <- rdd_bootstrap(fit, xi = xi)
  expect_lt(abs(given$crit - limits[["gaussian"]]), 0.12)
  expect_equal(given$boot$draws, 4000)
  constant <- rdd_bootstrap(fit, 1000, band = "constant", seed = 1)
  width <- with(constant$estimate, band_upper - band_lower)
  expect_equal(width, rep(2 * constant$crit, length(width)), tolerance = 1e-10)
  kept <- rdd_bootstrap(fit, 300, seed = 1, keep = TRUE)
  expect_equal(dim(kept$process), c(300, 19))
  m <- apply(abs(kept$process) %*% diag(1 / fit$estimate$se), 1, max)
  expect_equal(kept$crit, sort(m)[ceiling(0.95 * 301)], tolerance = 1e-10)
  out <- rdd_test(kept, "nullity")
  t <- max(abs(fit$estimate$tau) / fit$estimate$se)
  expect_equal(out$p_value, (1 + sum(m >= t)) / 301)
  half <- rdd_bootstrap(fit, 400, level = 0.5, seed = 1)
  expect_lt(half$crit, fit$crit)
  expect_equal(half$estimate$ci_upper - half$estimate$tau,
    qnorm(0.75) * fit$estimate$se)
})

test_that("workers draw the same bits as one process", {
  skip_on_cran()
  cluster <- parallel::makePSOCKcluster(most_workers())
  on.exit(parallel::stopCluster(cluster))
  # distest on the workers is the one tested here
  parallel::clusterCall(cluster, .libPaths, .libPaths())
  xi <- matrix(sin(seq_len(200 * 2100)), 200)
  for (given in list(list(boot = 2500), list(boot = 2500, band = "constant"),
    list(boot = 3000, multiplier = "mammen"), list(xi = xi))) {
    draw <- \(workers) do.call(rdd_bootstrap, c(list(fit, seed = 2, keep = TRUE,
      workers = workers), given))
    here <- draw(NULL)
    expect_identical(draw(1), here)
    expect_identical(draw(cluster), here)
  }
  expect_error(rdd_bootstrap(fit, workers = 0), class = "distest_error_invalid")
  # permutations: many, and all assignments of few units
  for (given in list(list(window = c(0.1, 0.3), cutoff = 0.4, reps = 2500),
    list(window = sort(abs(x))[[8]], reps = 4000))) {
    permute <- \(workers, ...) do.call(rdd_randtest, c(list(fit, seed = 2,
      workers = workers), given))
    here <- permute(NULL)
    expect_identical(permute(1), here)
    expect_identical(permute(cluster), here)
    expect_gt(min(here$p_value), 0)
  }
  expect_lt(choose(8, sum(x[abs(x) <= given$window] >= 0)), 4000)
  expect_error(rdd_randtest(fit, window = 0.1, workers = 0),
    class = "distest_error_invalid")
})

test_that("tests agree with bands and with each other", {
  all <- rdd_test(fit, c("nullity", "homogeneity", "ge", "le", "equal"),
    c("sup", "cvm"), tau0 = fit$estimate$tau)
  expect_equal(nrow(all), 8)
  expect_equal(all$statistic[all$test == "equal"], c(0, 0))
  expect_equal(all$p_value[all$test == "equal"], c(1, 1))
  one <- all[all$test == "nullity" & all$statistic_type == "sup", ]
  expect_equal(one$critical, fit$crit, tolerance = 1e-12)
  e <- fit$estimate
  expect_identical(one$statistic > one$critical, any(e$band_lower > 0 | e$band_upper < 0))
  ge <- all[all$test == "ge", ]
  expect_equal(ge$statistic, max(0, max(-e$tau / e$se)))
  cvm <- all[all$test == "nullity" & all$statistic_type == "cvm", ]
  w <- rdd_cells(e$prob)
  expect_equal(cvm$statistic, sum(w * e$tau^2) / sum(w), tolerance = 1e-10)
})

test_that("functionals are those of the curves", {
  f <- rdd_functionals(fit, c("mean", "median", "iqr", "quantile_0.3", "p75_p25",
    "lorenz_0.5", "variance"))
  g <- fit$functional
  expect_equal(f$plus[[1]], mean(g$m_plus))
  expect_equal(f$difference[[1]], mean(g$m_plus) - mean(g$m_minus))
  w <- rep(1 / 200, 200)
  expect_equal(f$se[[1]], sqrt(sum(w * (g$vcov_plus %*% w)) +
    sum(w * (g$vcov_minus %*% w))))
  expect_equal(f$minus[[4]], approx(g$probs, g$m_minus, 0.3)$y)
  expect_equal(f$plus[[7]], mean(g$m_plus^2) - mean(g$m_plus)^2)
  unit <- rdd_functionals(fit, c("mean", "variance"), of = "unit")
  average <- rdd_functionals(fit, c("mean", "variance"))
  expect_equal(unit$difference[[1]], average$difference[[1]], tolerance = 1e-8)
  expect_equal(unit$se[[1]], average$se[[1]], tolerance = 1e-8)
  expect_false(isTRUE(all.equal(unit$difference[[2]], average$difference[[2]])))
  boot <- rdd_functionals(rdd_bootstrap(fit, 2000, seed = 3), "variance",
    inference = "bootstrap")
  expect_equal(boot$se, average$se[[2]], tolerance = 0.15)
  expect_equal(boot$difference, average$difference[[2]])
})

test_that("clusters on both sides keep their covariance", {
  cluster <- seq_along(x) %% 25
  joint <- rdd_fit(d$y, d$x, d$unit, cluster = cluster[d$unit], h = 0.6, boot = 0)
  apart <- update(joint, cluster_sides = "separate")
  expect_equal(apart$vcov, apart$vcov_minus + apart$vcov_plus, tolerance = 1e-10)
  expect_equal(joint$vcov, joint$vcov_minus + joint$vcov_plus - joint$vcov_cross -
    t(joint$vcov_cross), tolerance = 1e-10)
  expect_gt(max(abs(joint$vcov_cross)), 0)
  expect_equal(max(abs(apart$vcov_cross)), 0)
})

test_that("fuzzy designs come apart into compliers", {
  set.seed(6)
  took <- as.numeric(runif(200) < 0.05 + 0.9 * (x >= 0))
  fuzzy <- quietly(rdd_fit(d$y, d$x, d$unit, treatment = took[d$unit], h = 0.6,
    boot = 200, seed = 1))
  e <- fuzzy$estimate
  expect_equal(e$tau_bc, e$jump_bc / fuzzy$first_stage$bc, tolerance = 1e-12)
  expect_equal(e$tau, (e$m_plus - e$m_minus) / fuzzy$first_stage$bc, tolerance = 1e-12)
  out <- rdd_compliers(fuzzy)
  expect_equal(out$m1_raw - out$m0_raw, e$tau_bc, tolerance = 1e-10)
  expect_false(is.unsorted(out$m0))
  f <- rdd_functionals(fuzzy, "mean")
  expect_true(is.finite(f$se))
  sets <- confint(fuzzy, type = "anderson-rubin")
  inside <- e$jump_bc / fuzzy$first_stage$bc
  expect_true(all(sets[, 1] < inside & inside < sets[, 2]))
  expect_match(capture.output(print(fuzzy)), "first stage", all = FALSE)
  wide <- quietly(update(fuzzy, h_treatment = 0.9))
  expect_false(wide$first_stage$bc == fuzzy$first_stage$bc)
  expect_equal(wide$estimate$jump_bc, e$jump_bc)
  honest <- quietly(update(fuzzy, inference = "honest", smoothness = 1,
    smoothness_treatment = 0.5))
  expect_true(all(honest$estimate$ci_lower < honest$estimate$tau))
  expect_true(all(is.na(honest$estimate$band_lower)))
})

test_that("honest limits are wider by the bias", {
  honest <- rdd_fit(d$y, d$x, d$unit, h = 0.6, inference = "honest", smoothness = 2,
    boot = 400, seed = 1)
  expect_identical(honest$settings$vce, "nn")
  e <- honest$estimate
  expect_equal(e$tau, e$m_plus - e$m_minus)
  expect_equal(e$band_upper - e$tau, e$max_bias + honest$crit * e$se, tolerance = 1e-10)
  # the least favourable curves, M u^2 / 2 with the signs of the weights' tails
  w <- honest$units$w_cl
  expect_gt(e$max_bias[[1]], abs(sum(w[x >= 0] * x[x >= 0]^2)))
  twice <- update(honest, smoothness = 4)
  expect_equal(twice$estimate$max_bias, 2 * e$max_bias)
  t <- e$max_bias / e$se
  half <- (e$ci_upper - e$ci_lower) / 2 / e$se
  expect_equal(half, sqrt(qchisq(0.95, 1, t^2)), tolerance = 1e-6)
  expect_match(capture.output(print(honest)), "second derivative", all = FALSE)
  warned <- NULL
  withCallingHandlers(rdd_test(honest), distest_warning = \(w) {
    warned <<- w
    invokeRestart("muffleWarning")
  })
  expect_s3_class(warned, "distest_warning_approximation")
})

test_that("other choices are refits", {
  s <- rdd_sensitivity(fit, "bandwidth", c(0.4, 0.6))
  at <- s[s$value == 0.6, ]
  expect_equal(at$tau, fit$estimate$tau, tolerance = 1e-12)
  expect_equal(at$se, fit$estimate$se, tolerance = 1e-12)
  expect_equal(s$tau[s$value == 0.4], update(fit, h = 0.4)$estimate$tau,
    tolerance = 1e-12)
  fast <- rdd_sensitivity(fit, "bandwidth", c(0.4, 0.6), errors = FALSE)
  expect_equal(fast$tau_bc, s$tau_bc, tolerance = 1e-11)
  expect_equal(fast$tau_cl, s$tau_cl, tolerance = 1e-11)
  k <- rdd_sensitivity(fit, "kernel")
  expect_equal(k$tau[k$value == "uniform"], update(fit, kernel = "uniform")$estimate$tau)
  o <- rdd_sensitivity(fit, "order", 1:2)
  expect_equal(o$se[o$value == 2], update(fit, p = 2)$estimate$se)
  n <- rdd_sensitivity(fit, "donut", c(0, 0.05))
  expect_equal(n$tau[n$value == 0.05], update(fit, donut = 0.05)$estimate$tau)
  p <- rdd_sensitivity(fit, "cutoff", c(0, 0.3))
  right <- d$x >= 0
  placebo <- quietly(rdd_fit(d$y[right], d$x[right], d$unit[right], cutoff = 0.3, h = 0.6,
    boot = 0))
  expect_equal(p$tau[p$value == 0.3], placebo$estimate$tau)
  expect_warning(bad <- rdd_sensitivity(fit, "bandwidth", c(1e-4, 0.6)),
    class = "distest_warning_conditioning")
  expect_true(all(is.na(bad$tau[bad$value == 1e-4])))
  expect_error(rdd_sensitivity(fit, "bandwidth", -1), class = "distest_error_invalid")
})

test_that("density, balance and randomisation tests", {
  out <- rdd_density_test(fit)
  expect_s3_class(out, "htest")
  expect_equal(out$p.value, fit$diagnostics$density_p)
  expect_equal(out$p.value, 2 * pnorm(-abs(unname(out$statistic))), tolerance = 1e-10)
  near <- x[order(abs(x))][1:20]
  expect_equal(out$binomial$p_value[[2]], binom.test(sum(near >= 0), 20)$p.value)
  expect_message(tied <- rdd_density_test(round(x, 1)), class = "distest_message")
  expect_true(is.na(tied$statistic))
  expect_lte(length(capture.output(print(out))), 6)
  if (file.exists(reference("rdd", "units.csv"))) {
    u <- read.csv(reference("rdd", "units.csv"))$x
    a <- rdd_density_test(u, h = 0.6)
    expect_equal(unname(c(a$estimate, a$statistic)),
      c(0.6777796142520962, 0.7106086300749227, 0.0892723835045308), tolerance = 1e-10)
    b <- rdd_density_test(u)
    expect_equal(unname(c(b$estimate, b$statistic)),
      c(1.063108112172034, 0.782184462944182, -0.514743528468311), tolerance = 1e-10)
  }
  z <- cbind(id = seq_along(x), bump = x >= 0)
  b <- rdd_balance(fit, z)
  expect_equal(b$jump[[2]], 1, tolerance = 1e-10)
  scalar <- quietly(rdd_fit(matrix(z[, 1], ncol = 1), x, h = 0.6, method = "pointwise",
    boot = 0))
  expect_equal(b$jump[[1]], scalar$estimate$tau)
  expect_equal(b$se[[1]], scalar$estimate$se)
  expect_error(rdd_balance(fit, z[-1, ]), class = "distest_error_invalid")
  r <- rdd_randtest(fit, window = c(0.05, 0.2), reps = 300, seed = 1)
  expect_identical(r, rdd_randtest(d$y, d$x, unit = d$unit, window = c(0.05, 0.2),
    probs = fit$estimate$prob, reps = 300, seed = 1))
  inside <- abs(x) <= 0.2
  means <- colMeans(fit$quantiles[inside & x >= 0, ]) -
    colMeans(fit$quantiles[inside & x < 0, ])
  expect_equal(r$statistic[[2]], max(abs(means)))
  expect_equal(r$n_left[[2]], sum(inside & x < 0))
  # all permutations of 3 + 3 units
  six <- c(-3:-1, 1:3) / 100
  y <- matrix(c(1, 2, 3, 10, 11, 12), ncol = 1)
  exact <- rdd_randtest(y, six, window = 1, statistic = "mean", reps = 1000)
  expect_equal(exact$p_value, 2 / 20, tolerance = 0.06)
  expect_error(rdd_randtest(fit, window = -1), class = "distest_error_invalid")
})

test_that("designs are what they say", {
  want <- c(-0.2336469874, -0.2969177213, -0.3644853257, -0.4456007384, -0.5498112944,
    -0.6906562665, -0.8904814880, -1.1951610521, -1.7445079885)
  s <- rdd_simulate("skewed", 10, 3, 0, seed = 1)
  expect_equal(unname(s$tau), want, tolerance = 1e-8)
  expect_identical(s, rdd_simulate("skewed", 10, 3, 0, seed = 1))
  n <- rdd_simulate("normal", 20, 1:20, 2, seed = 1)
  expect_equal(tabulate(n$unit), 1:20)
  expect_equal(unname(n$tau), rep(2, 9))
})

test_that("every picture returns what it draws", {
  pdf(NULL)
  on.exit(dev.off())
  before <- par(c("mfrow", "mar", "las"))
  for (which in rdd_pictures) {
    data <- plot(fit, which)
    expect_s3_class(data, "data.frame")
    expect_gt(nrow(data), 5)
  }
  expect_identical(par(c("mfrow", "mar", "las")), before)
  expect_identical(plot(fit)$tau, fit$estimate$tau)
  curves <- plot(fit, "curves")
  expect_equal(curves$estimate[curves$side == "treated"], fit$estimate$m_plus)
  expect_true(all(curves$lower < curves$estimate & curves$estimate < curves$upper))
  fan <- rdd_plotdata(fit, nbins = 5, probs = 0.5)
  expect_equal(nrow(fan), 10)
  inside <- x >= 0 & x < max(x) / 5
  expect_equal(fan$value[fan$side == "right" & fan$bin == 1],
    mean(fit$quantiles[inside, "q0.5"]))
  expect_equal(sum(fan$units), 200)
  density <- plot(fit, "density")
  expect_equal(sum(density$units), 200)
  s <- rdd_sensitivity(fit, "kernel")
  expect_s3_class(plot(s), "data.frame")
  expect_s3_class(plot(rdd_sensitivity(fit, "bandwidth", c(0.4, 0.6))), "data.frame")
  skip_if_not_installed("ggplot2")
  for (which in rdd_pictures) {
    picture <- ggplot2::autoplot(fit, which)
    expect_s3_class(picture, "ggplot")
    rows <- vapply(seq_along(picture$layers),
      \(i) nrow(ggplot2::layer_data(picture, i)), 0L)
    expect_gt(max(rows), 5)
  }
  expect_s3_class(ggplot2::autoplot(s), "ggplot")
  expect_error(plot(fit, "effekt"), class = "distest_error_invalid")
})

test_that("noise within units is a share of the variance between them", {
  tight <- rdd_simulate("normal", 100, 400, 0, seed = 8)
  loose <- rdd_simulate("normal", 100, 5, 0, seed = 8)
  noise <- \(s) quietly(rdd_fit(s$y, s$x, s$unit, probs = c(0.25, 0.5, 0.75), h = 1,
    boot = 0))$diagnostics$noise
  expect_true(all(noise(tight) < 0.1))
  expect_true(all(noise(loose) > noise(tight)))
})

test_that("a distribution that changes is found, one that does not is not", {
  skip_on_cran()
  one <- function(seed, change) {
    set.seed(seed)
    n <- 200
    x <- runif(n, -1, 1)
    unit <- rep(seq_len(n), each = 40)
    sd <- ifelse(x >= 0 & change, 0.9, 0.3)
    y <- exp(rnorm(n, 0, 0.2)[unit] + rnorm(40 * n) * sd[unit])
    fit <- rdd_fit(y, x[unit], unit, h = 0.6, boot = 0)
    quietly(rdd_functionals(fit, c("gini", "theil", "mld", "p90_p10", "sd")))$p_value
  }
  expect_true(all(vapply(1:10, one, numeric(5), TRUE) < 0.05))
  calm <- vapply(1:40, one, numeric(5), FALSE)
  expect_lt(mean(calm < 0.05), 0.15)
})

test_that("rows of xi are clusters by sorted label, whatever their type and order", {
  set.seed(5)
  n <- 240
  x <- runif(n, -1, 1)
  table <- outer(rnorm(n) + x, c(-1, 0, 1), "+") + rnorm(3 * n, sd = 0.1)
  code <- ifelse(x < 0, 0, 12) + sample(12, n, TRUE) # clusters keep to one side
  labels <- list(code, as.character(code), factor(code, levels = 24:1))
  probs <- c(0.25, 0.5, 0.75)
  fit_of <- function(...) {
    rdd_fit(table, x, probs = probs, h = 0.8, method = "pointwise", functional_grid = 0,
      ...)
  }
  raw <- fit_of(vce = "hc0", boot = 0, keep_scores = TRUE)$scores
  for (cluster in labels) {
    # with unit vectors for multipliers the process is the scores of the clusters
    fit <- fit_of(vce = "cr1", cluster = cluster, xi = diag(24))
    process <- rdd_bootstrap(fit, xi = diag(24), keep = TRUE)$process
    text <- as.character(1:24)
    sorted <- if (is.numeric(cluster)) 1:24 else sort(text, method = "radix")
    sums <- rowsum(raw, code)[as.character(sorted), ]
    right <- as.numeric(sorted) > 12
    for (side in c(FALSE, TRUE)) {
      ratio <- process[right == side, ] / sums[right == side, ]
      expect_equal(unname(ratio), matrix(ratio[[1]], 12, 3), tolerance = 1e-8)
    }
  }
})
