# What the specification claims, each claim by a computation of its own.

test_that("log densities agree with the definition in any dimension, scale and place", {
  set.seed(1)
  for (i in seq_len(200)) {
    d <- c(1, 2, 3, 10, 50, 300)[[1 + i %% 6]]
    offset <- c(0, 0, 1e3, 1e9)[[1 + i %% 4]]
    h <- 10^runif(1, -4, 4)
    # numbers that survive the offset exactly, so that differences are those of the data
    grid <- \(n) matrix(round(rnorm(n * d) * 2^16) / 2^16, n) + offset
    x <- grid(30)
    at <- grid(3)
    fit <- quiet_fit(x, h)
    expect_within(predict(fit, at), kde_direct(x - offset, at - offset, h), 1e-11, 1e-11,
      sprintf("d %d, offset %g, h %g", d, offset, h))
  }
})

test_that("densities integrate to 1", {
  for (kernel in setdiff(kde_kernels()$kernel, "student")) {
    fit <- quiet_fit(c(0, 0.3, 1.7), 0.5, kernel)
    f <- \(x) exp(suppressWarnings(predict(fit, x)))
    breaks <- sort(unique(c(-12, 14, outer(c(0, 0.3, 1.7), c(-1, 0, 1) * 0.5 /
      sqrt(kde_kernels()$variance[kde_kernels()$kernel == kernel]), "+"))))
    parts <- vapply(seq_len(length(breaks) - 1), \(k) stats::integrate(f, breaks[[k]],
      breaks[[k + 1]], rel.tol = 1e-9)$value, 0)
    expect_equal(sum(parts), 1, tolerance = 1e-6)
  }
  fit <- quiet_fit(faithful, c(0.3, 5))
  mesh <- kde_grid(fit, 201, axes = list(seq(-1, 8, length.out = 301),
    seq(10, 130, length.out = 301)))
  expect_equal(sum(exp(mesh$log_density)) * (9 / 300) * (120 / 300), 1, tolerance = 1e-6)
  inside <- quiet_fit(stats::qexp(stats::ppoints(50)), 0.3, lower = 0)
  expect_equal(stats::integrate(\(x) predict(inside, x, "density"), 0, 10)$value, 1,
    tolerance = 1e-6)
  d <- data.frame(x = c(0, 1, 2.5), g = factor(c("a", "b", "c")), o = factor(
    c(1, 3, 2), ordered = TRUE))
  mixed <- quiet_fit(d, 0.7, lambda = c(0.3, 0.4))
  levels <- expand.grid(g = levels(d$g), o = levels(d$o))
  total <- \(x) vapply(x, \(v) sum(predict(mixed, data.frame(x = v, levels), "density")), 0)
  expect_equal(stats::integrate(total, -8, 10)$value, 1, tolerance = 1e-6)
})

test_that("scale, shift, rotation and weights do what they must", {
  x <- as.matrix(faithful)
  base <- predict(quiet_fit(x, 2), x)
  expect_equal(predict(quiet_fit(x + 100, 2), x + 100), base, tolerance = 1e-12)
  expect_equal(unname(predict(quiet_fit(8 * x, 16), 8 * x)), unname(base - 2 * log(8)),
    tolerance = 1e-12)
  Q <- matrix(c(0.6, 0.8, -0.8, 0.6), 2)
  expect_equal(unname(predict(quiet_fit(unname(x) %*% Q, 2), unname(x) %*% Q)),
    unname(base), tolerance = 1e-11)
  shuffled <- predict(quiet_fit(x, 2), x[272:1, ])
  expect_identical(unname(rev(shuffled)), unname(base))
})

test_that("the bounds hold every stationary bandwidth, and the optimum is one", {
  set.seed(3)
  for (i in seq_len(50)) {
    d <- 1 + i %% 5
    x <- matrix(rt(40 * d, 4), 40)
    b <- kde_bandwidth(x, "lcv", "none", progress = FALSE)
    at <- kde_lcv(x, c(b$lower, b$h, b$upper), "none", progress = FALSE)
    expect_gte(at$d1[[1]], -1e-9)
    expect_lte(at$d1[[3]], 1e-9)
    expect_lt(abs(at$d1[[2]]), 1e-8)
    expect_lte(at$d2[[2]], 1e-8)
  }
  e <- 1e-4
  curve <- kde_lcv(faithful, 0.3 * exp(c(-e, 0, e)), "sd", progress = FALSE)
  expect_equal(curve$d1[[2]], (curve$loo[[3]] - curve$loo[[1]]) / (2 * e), tolerance = 1e-6)
  expect_equal(curve$d2[[2]], (curve$d1[[3]] - curve$d1[[1]]) / (2 * e), tolerance = 1e-6)
  steps <- vapply(1:6, \(k) suppressWarnings(kde_bandwidth(faithful, "lcv", shape = "full",
    control = kde_control(maxit = k), progress = FALSE))$objective, 0)
  expect_true(all(diff(steps) > -1e-12))
})

test_that("one-dimensional selectors agree with other packages", {
  x <- faithful$eruptions
  expect_equal(kde_bandwidth(x, "sj")$h, stats::bw.SJ(x, nb = 1e6L, tol = 1e-10),
    tolerance = 1e-4)
  # Unbiased is int f^2 - 2 mean f_-i, with n - 1 in f_-i; bw.ucv() minimises the same sum
  # with n there. Both criteria from all pairs, and the first one by quadrature as well.
  n <- length(x)
  D <- as.vector(stats::dist(x))
  squared <- \(h) (1 + 2 * sum(exp(-(D / h)^2 / 4)) / n) / (2 * n * h * sqrt(pi))
  product <- \(h) 2 * sum(stats::dnorm(D, 0, h))
  unbiased <- \(h) squared(h) - 2 * product(h) / (n * (n - 1))
  biased <- \(h) squared(h) - 2 * product(h) / n^2
  least <- \(f) stats::optimize(f, c(0.05, 0.2), tol = 1e-10)$minimum
  ours <- kde_bandwidth(x, "lscv")
  expect_equal(ours$h, least(unbiased), tolerance = 1e-7)
  expect_equal(ours$objective, unbiased(ours$h), tolerance = 1e-12)
  f2 <- \(t) vapply(t, \(s) mean(stats::dnorm(s, x, ours$h)), 0)^2
  cells <- seq(0, 7, length.out = 100)
  mass <- sum(vapply(1:99, \(k) stats::integrate(f2, cells[[k]], cells[[k + 1]],
    rel.tol = 1e-9)$value, 0))
  left_out <- vapply(seq_len(n), \(i) mean(stats::dnorm(x[[i]], x[-i], ours$h)), 0)
  expect_equal(unbiased(ours$h), mass - 2 * mean(left_out), tolerance = 1e-10)
  expect_equal(suppressWarnings(stats::bw.ucv(x, nb = 1e6L, tol = 1e-10)), least(biased),
    tolerance = 1e-4)
  skip_if_not_installed("KernSmooth")
  expect_equal(kde_bandwidth(x, "pi")$h, KernSmooth::dpik(x), tolerance = 1e-2)
})

test_that("binning many points changes nothing that counts", {
  skip_on_cran()
  set.seed(4)
  x <- c(rnorm(12000), rnorm(8500, 3, 0.4))
  few <- sort(x)[seq_len(20000)] # all pairs, and once more with a doubled grid point
  all <- kde_bandwidth(few, "sj", progress = FALSE)$h
  more <- kde_bandwidth(c(few, few[[10000]]), "sj", progress = FALSE)$h
  expect_equal(more, all, tolerance = 2e-4)
  expect_equal(kde_bandwidth(x, "sj", progress = FALSE)$h, stats::bw.SJ(x, nb = 1e5L,
    tol = 1e-8), tolerance = 1e-3)
})

test_that("n_eff2 at h is n_eff at h / sqrt 2", {
  at <- as.matrix(faithful[1:20, ]) + 0.3
  a <- predict(quiet_fit(faithful, 2), at, "neff")
  b <- predict(quiet_fit(faithful, 2 / sqrt(2)), at, "neff")
  expect_equal(a$neff2, b$neff, tolerance = 1e-12)
})

test_that("thresholds solve their equation, in order, for any spectrum", {
  for (row in kde_json("thresholds_spectrum.json", TRUE) |> (\(t) split(t, seq_len(nrow(t))))()) {
    lambda <- if (row$spectrum == "identity") rep(1, row$d) else row$lambda_[[1]]
    x <- row$x[[1]]
    got <- kde_thresholds(row$n, spectrum = lambda, x = if (is.numeric(x)) x,
      finite = row$finite_size)
    expect_equal(got$s_G, row$s_G, tolerance = 1e-12)
    expect_equal(got$r_min^2, row$r_min2, tolerance = 1e-12)
    expect_equal(got$kl_opt_per_dim, row$kl_opt_per_dim, tolerance = 1e-11)
    if (identical(x, "typical") && !row$finite_size) {
      expect_true(got$h_opt <= got$h_G && got$h_G < got$h_CLT)
    }
  }
  iso <- utils::read.csv(reference("kde", "thresholds_isotropic.csv"))
  for (i in seq_len(nrow(iso))) {
    r <- iso[i, ]
    got <- kde_thresholds(exp(20 * r$alpha), 20, x = rep(sqrt(r$q), 20), finite = FALSE)
    s <- got$s_G
    left <- log1p(s) / 2 - s / (2 * (1 + s)) + r$q * s^2 / (2 * (1 + s)^2)
    if (r$alpha >= 0.01) expect_equal(left, r$alpha, tolerance = 1e-12)
    expect_equal(got$h_opt, r$h_opt, tolerance = 1e-12)
    expect_equal(got$lid_per_dim, r$lid_per_dim, tolerance = 1e-12)
  }
})

test_that("the limit of the divergence has three phases", {
  skip_without_reference("kde")
  curve <- utils::read.csv(reference("kde", "kl_curve_isotropic.csv"))
  for (a in unique(curve$alpha)) {
    th <- kde_thresholds(exp(50 * a), 50, finite = FALSE)
    for (i in which(curve$alpha == a)) {
      h <- curve$h[[i]]
      mu <- (h / th$h_G)^2
      expect_equal(mu, curve$mu[[i]], tolerance = 1e-12)
      expect_identical(c("extreme", "stable", "clt")[[1 + (mu >= 1) + (mu >= 2)]],
        curve$phase[[i]])
    }
    expect_equal(curve$h[which.min(ifelse(curve$alpha == a, curve$kl_per_dim, Inf))],
      th$h_opt, tolerance = 0.2)
  }
})

test_that("the exact normal reference is that of the tables", {
  skip_on_cran()
  skip_without_reference("kde")
  table <- utils::read.csv(reference("kde", "normal_reference.csv"))
  some <- table[table$d %in% c(1, 2, 5, 15, 50, 200, 1000) & table$n %in% c(1e3, 1e5), ]
  for (i in seq_len(nrow(some))) {
    best <- kde_normal_reference(some$n[[i]], some$d[[i]])
    expect_equal(best$h, some$h[[i]], tolerance = 1e-6)
    expect_lt(abs(best$kl - some$kl[[i]]), 1e-8 * max(1, some$kl[[i]]))
    rule <- kde_normal_reference(some$n[[i]], some$d[[i]], some$h_silverman[[i]])$kl
    expect_lt(abs(rule - some$kl_silverman[[i]]), 1e-8 * max(1, some$kl_silverman[[i]]))
    expect_gt(rule, best$kl)
  }
})

test_that("few points dominate below h_G: the published simulation", {
  skip_on_cran()
  # n = 3000, d = 16, |x|^2 = 16; mu by the exact definition n F(t1) = 1
  n <- 3000
  d <- 16
  t1 <- stats::qchisq(1 / n, d, 16)
  s_G <- 2 * n * stats::dchisq(t1, d, 16)
  want <- data.frame(mu = c(0.3, 0.6, 0.9, 1.2, 1.5, 2, 3, 8),
    Y2 = c(0.724, 0.470, 0.272, 0.143, 0.072, 0.025, 0.006, 0.0006),
    sd = c(3.48, 1.53, 0.838, 0.494, 0.308, 0.163, 0.073, 0.019))
  set.seed(5)
  runs <- 500
  D <- matrix(stats::rchisq(n * runs, d, 16), runs)
  for (i in seq_len(nrow(want))) {
    a <- -D * s_G / want$mu[[i]] / 2
    carried <- kde_dominance(a)
    y2 <- 1 / carried$neff
    expect_lt(abs(mean(y2) - want$Y2[[i]]), 3 * stats::sd(y2) / sqrt(runs) + 5e-4)
    top <- apply(a, 1, max)
    z <- top + log(rowSums(exp(a - top)))
    expect_lt(abs(stats::sd(z) - want$sd[[i]]), 0.15 * want$sd[[i]])
  }
})

test_that("tail indices of normal data are near the exact ones", {
  skip_on_cran()
  set.seed(6)
  n <- 4000
  for (d in c(5, 20)) {
    x <- matrix(rnorm(n * d), n)
    at <- matrix(rnorm(100 * d), 100)
    fit <- quiet_fit(x, 0.5, control = kde_control(loo = FALSE))
    got <- kde_phases(fit, at)$mu
    q <- rowSums(at^2)
    t1 <- stats::qchisq(1 / n, d, q)
    exact <- 0.25 * 2 * n * stats::dchisq(t1, d, q)
    expect_equal(stats::median(got / exact), 1, tolerance = 0.2)
  }
})

test_that("intervals cover in every regime", {
  skip_on_cran()
  n <- 1000
  d <- 16
  set.seed(7)
  x0 <- rep(1, d)
  t1 <- stats::qchisq(1 / n, d, d)
  s_G <- 2 * n * stats::dchisq(t1, d, d)
  at <- matrix(x0, 1)
  for (mu in c(0.3, 1, 3)) {
    h <- sqrt(mu / s_G)
    runs <- 400
    f <- lower <- upper <- numeric(runs)
    for (r in seq_len(runs)) {
      fit <- kde_fit(matrix(rnorm(n * d), n), h, control = kde_control(loo = FALSE,
        boot = 200), progress = FALSE)
      i <- predict(fit, at, interval = "confidence", level = 0.9)
      f[[r]] <- i$fit
      lower[[r]] <- i$lower
      upper[[r]] <- i$upper
    }
    cover <- mean(lower <= mean(f) & mean(f) <= upper)
    expect_gt(cover, 0.82)
  }
})

test_that("draws have the moments of the estimate, and follow the seed", {
  case <- kde_json("others.json", TRUE)$smoothed_bootstrap
  fit <- quiet_fit(kde_ref("data_small"), case$H)
  n <- 1e5
  set.seed(8)
  draws <- kde_sample(fit, n)
  se <- sqrt(diag(case$cov) / n)
  expect_true(all(abs(colMeans(draws) - case$mean) < 4 * se))
  spread <- sqrt((case$cov^2 + outer(diag(case$cov), diag(case$cov))) / n)
  expect_true(all(abs(stats::cov(draws) - case$cov) < 4 * spread))
  set.seed(8)
  expect_identical(kde_sample(fit, n), draws)
  set.seed(9)
  narrow <- kde_sample(fit, n, shrink = TRUE)
  own <- stats::cov(fit$x) * 11 / 12
  expect_true(all(abs(stats::cov(narrow) - own) < 4 * sqrt((own^2 + outer(diag(own),
    diag(own))) / n) * 1.5))
})

test_that("adaptive factors and neighbours are the most likely ones", {
  fit <- quiet_fit(faithful, adaptive = 5)
  c0 <- fit$adaptive$c
  at <- vapply(c(0.97, 1, 1.03) * c0, \(c) quiet_fit(faithful, c, adaptive = 5,
    scaling = "cov")$loo_mean, 0)
  expect_true(at[[2]] > at[[1]] && at[[2]] > at[[3]])
  expect_equal(at[[2]], fit$bandwidth$objective, tolerance = 1e-12)
  auto <- quiet_fit(faithful, adaptive = "auto")
  expect_gte(auto$loo_mean, fit$loo_mean - 1e-12)
  expect_true(auto$adaptive$k %in% c(1, 2, 3, 5, 8, 13, 21))
})

test_that("the headline numbers of the digits hold", {
  skip_on_cran()
  path <- file.path(Sys.getenv("DISTEST_REFERENCE"), "kde", "data_digits.csv.gz")
  skip_if_not(file.exists(path), "the digits are not here (DISTEST_REFERENCE)")
  want <- kde_json("digits.json", TRUE)
  all <- as.matrix(utils::read.csv(path, header = FALSE))
  x <- unname(all[, 1:64])
  x <- x[, apply(x, 2, stats::var) > 0]
  digit <- all[, 65]
  for (scaling in c("none", "sd", "cov")) {
    w <- want[[scaling]]
    fit <- quiet_fit(x, "lcv", scaling = scaling)
    expect_equal(fit$h, w$h, tolerance = 1e-8)
    expect_equal(fit$loo_mean, w$loo_mean, tolerance = 1e-11)
    expect_equal(fit$bandwidth$lower, w$nn_h, tolerance = 1e-9)
    p <- kde_phases(fit)
    q <- \(v) unname(stats::quantile(v, c(0.25, 0.5, 0.75)))
    expect_equal(q(p$mu), w$mu_quartiles, tolerance = 1e-8)
    expect_equal(q(p$lid), w$lid_quartiles, tolerance = 1e-8)
    expect_equal(q(p$neff), w$neff_quartiles, tolerance = 1e-8)
    expect_equal(stats::median(p$h_CLT), w$h_CLT_median, tolerance = 1e-8)
    expect_true(all(p$regime == "extreme"))
    expect_identical(order(fit$loo)[1:5], as.integer(w$lowest_loo_rows))
    if (scaling != "none") {
      rule <- quiet_fit(x, "silverman", scaling = scaling)
      expect_equal(rule$loo_mean, w$silverman_loo, tolerance = 1e-10)
    }
  }
})

test_that("Ctrl-C ends every long call as an interrupt, and the next call works", {
  skip_on_cran()
  skip_on_os("windows")
  set.seed(6)
  x <- matrix(stats::rnorm(8 * 3000), 3000)
  fit <- quiet_fit(x, 0.5, control = kde_control(loo = FALSE))
  stop_now <- \(fraction, stage) tools::pskill(Sys.getpid(), tools::SIGINT)
  ends <- \(call) tryCatch({
    try(call, silent = TRUE)
    "went on"
  }, interrupt = \(i) "interrupted")
  expect_identical(ends(kde_fit(x, progress = stop_now)), "interrupted")
  expect_identical(ends(kde_bandwidth(x, "lcv", shape = "full", progress = stop_now)),
    "interrupted")
  expect_identical(ends(predict(fit, x, progress = stop_now)), "interrupted")
  expect_identical(ends(kde_phases(fit, x, progress = stop_now)), "interrupted")
  expect_identical(ends(kde_modes(fit, progress = stop_now)), "interrupted")
  expect_length(predict(fit, x[1:3, ], progress = FALSE), 3)
})
