test_that("the reference cases hold", {
  for (case in kde_json("eval.json")) {
    far <- case$name == "offset_1e8"
    x <- kde_ref(sub(" .*", "", case$data)) + if (far) 1e8 else 0
    q <- kde_ref(sub(" .*", "", case$query)) + if (far) 1e8 else 0
    w <- if (!is.null(case$weights)) as.vector(kde_ref(case$weights))
    H <- kde_table(case$H)
    diagonal <- all(H[row(H) != col(H)] == 0)
    h <- if (!diagonal) H else sqrt(diag(H))
    if (diagonal && all(h == h[[1]])) h <- h[[1]]
    fit <- quiet_fit(x, h, case$kernel, w, nu = case$nu)
    expect_within(suppressWarnings(predict(fit, q)), kde_num(case$logdensity), 1e-12,
      if (far) 1e-9 else 1e-11, case$name)
    stats <- predict(fit, q, "neff")
    reach <- is.finite(kde_num(case$logdensity))
    expect_within(stats$neff[reach], kde_num(case$neff)[reach], if (far) 1e-8 else 1e-10, 0,
      case$name)
    expect_within(stats$neff2[reach], kde_num(case$neff2)[reach], if (far) 1e-8 else 1e-10,
      0, case$name)
    if (!is.null(case$loo)) {
      expect_within(fit$loo, kde_num(case$loo), 1e-12, 1e-11, case$name)
    }
    if (!is.null(case$gradient)) {
      want <- kde_table(case$gradient)
      expect_lt(max(abs(predict(fit, q, "gradient") - want)), 1e-10 * max(abs(want)))
    }
    if (!is.null(case$hessian_first)) {
      want <- kde_table(case$hessian_first)
      got <- predict(fit, q[1, , drop = FALSE], "hessian")[, , 1]
      expect_lt(max(abs(got - want)), 1e-10 * max(abs(want)))
    }
    if (!is.null(case$entropy)) {
      expect_within(predict(fit, q, "neff")$entropy[reach], kde_num(case$entropy)[reach],
        1e-12, if (far) 1e-9 else 1e-11, case$name)
    }
  }
})

# U(h) by its definition, in the units of the data
kde_lscv <- function(x, A, h) {
  d <- ncol(x)
  n <- nrow(x)
  z <- unname(x) %*% solve(chol(A))
  D <- as.matrix(stats::dist(z))^2
  phi <- \(D, s2) exp(-D / (2 * s2)) * (2 * pi * s2)^(-d / 2)
  k <- phi(D, h^2)
  diag(k) <- 0
  (sum(phi(D, 2 * h^2)) / n^2 - 2 * sum(k) / (n * (n - 1))) / sqrt(det(A))
}

test_that("bandwidths agree with the reference", {
  sets <- list(data_faithful = as.matrix(faithful), data_iris = as.matrix(iris[, 1:4]))
  for (row in kde_json("bandwidth.json")) {
    if (is.null(row$scaling)) next
    x <- sets[[row$data]]
    if (is.null(x)) x <- kde_ref(row$data)
    w <- if (!is.null(row$weights)) as.vector(kde_ref(row$weights))
    lcv <- kde_bandwidth(x, "lcv", row$scaling, weights = w, progress = FALSE)
    expect_equal(lcv$h, row$lcv_h, tolerance = 1e-8)
    expect_equal(lcv$objective, row$lcv_mean, tolerance = 1e-11)
    expect_gte(lcv$h, lcv$lower)
    expect_lte(lcv$h, lcv$upper)
    expect_equal(kde_bandwidth(x, "nn", row$scaling, weights = w)$h, row$nn_h,
      tolerance = 1e-12)
    at <- kde_table(row$lcv_at)
    curve <- kde_lcv(x, at[, 1], row$scaling, w, progress = FALSE)
    expect_equal(curve$loo, at[, 2], tolerance = 1e-11)
    for (rule in c("scott", "silverman")) if (row$scaling != "none") {
      expect_equal(kde_bandwidth(x, rule, row$scaling, weights = w)$h,
        row[[paste0(rule, "_h")]], tolerance = 1e-14)
    }
    if (!is.null(row$pi_h)) {
      expect_equal(kde_bandwidth(x, "pi", row$scaling)$h, row$pi_h, tolerance = 1e-7)
    }
    if (is.null(row$lscv_at) || ncol(x) > 10) next
    for (pair in row$lscv_at) { # the definition here is that of the reference
      expect_equal(kde_lscv(x, lcv$H / lcv$h^2, pair[[1]]) , pair[[2]], tolerance = 1e-10)
    }
    best <- suppressWarnings(kde_bandwidth(x, "lscv", row$scaling))
    metric <- best$H / best$h^2
    expect_equal(best$objective, kde_lscv(x, metric, best$h) * sqrt(det(metric)),
      tolerance = 1e-9)
    if (anyDuplicated(x)) next # the criterion falls without bound as h goes to 0
    near <- vapply(best$h * c(0.98, 1.02), \(h) kde_lscv(x, metric, h), 0)
    expect_true(all(near >= best$objective / sqrt(det(metric)) - 1e-14))
  }
})

test_that("free bandwidths are those of the reference, or more likely", {
  sets <- list(data_faithful = as.matrix(faithful))
  for (row in kde_json("bandwidth.json")) {
    if (is.null(row$free)) next
    x <- sets[[row$data]]
    if (is.null(x)) x <- kde_ref(row$data)
    w <- if (!is.null(row$weights)) as.vector(kde_ref(row$weights))
    got <- kde_bandwidth(x, "lcv", row$start_scaling, shape = row$free, weights = w,
      control = kde_control(maxit = 3000, reltol = 1e-13), progress = FALSE)
    expect_gte(got$objective, row$lcv_mean - 1e-7)
    same <- abs(got$objective - row$lcv_mean) < 1e-7
    if (same) expect_equal(unname(got$H), kde_table(row$H), tolerance = 1e-4)
  }
})

test_that("rules of one dimension agree with the reference", {
  sets <- list(`data_faithful[,1]` = faithful$eruptions,
    `data_exp[,1]` = kde_ref("data_exp")[, 1])
  for (row in kde_json("bandwidth.json")) {
    if (is.null(row$sj_h)) next
    x <- sets[[row$data]]
    expect_equal(kde_bandwidth(x, "sj")$h, row$sj_h, tolerance = 1e-7)
    expect_equal(kde_bandwidth(x, "pi")$h, row$pi_h, tolerance = 1e-7)
    expect_equal(kde_bandwidth(x, "lscv")$h, row$lscv_h, tolerance = 1e-6)
    expect_equal(kde_bandwidth(x, "lscv")$objective, row$lscv_value, tolerance = 1e-10)
    lcv <- kde_bandwidth(x, "lcv", "none")
    expect_equal(c(lcv$h, lcv$objective), c(row$lcv_h, row$lcv_mean), tolerance = 1e-8)
  }
})

test_that("one-dimensional rules agree with stats", {
  x <- faithful$eruptions
  expect_equal(kde_bandwidth(x, "sj")$h, 0.1396831, tolerance = 1e-6)
  expect_equal(kde_bandwidth(x, "sj")$h, stats::bw.SJ(x, nb = 1e5L, method = "ste",
    tol = 1e-10), tolerance = 1e-4)
  expect_equal(kde_bandwidth(x, "lscv")$h, 0.10262666724094054, tolerance = 1e-6)
  expect_equal(kde_bandwidth(x, "pi")$h, 0.1655341, tolerance = 1e-6)
})

test_that("a free full bandwidth is at least as likely as a scalar one, and stationary", {
  x <- kde_ref("data_mid")
  scalar <- kde_bandwidth(x, "lcv", "cov", progress = FALSE)
  full <- kde_bandwidth(x, "lcv", "cov", shape = "full", progress = FALSE)
  diagonal <- kde_bandwidth(x, "lcv", "sd", shape = "diag", progress = FALSE)
  expect_true(full$converged)
  expect_gte(full$objective, scalar$objective)
  fit <- quiet_fit(x, full$H)
  expect_equal(fit$loo_mean, full$objective, tolerance = 1e-9)
  known <- kde_bandwidth(faithful, "lcv", "cov", shape = "full", progress = FALSE)
  expect_gte(known$objective, -4.194638370759801 - 1e-7)
  expect_equal(as.vector(known$H), c(0.02259813550892975, 0.1786595136139475,
    0.1786595136139475, 9.774793751334585), tolerance = 1e-4)
  # H is the mean of (x_i - x_j)(x_i - x_j)' under the shares
  S <- matrix(0, ncol(x), ncol(x))
  for (i in seq_len(nrow(x))) {
    v <- sweep(x[-i, ], 2, x[i, ])
    a <- -0.5 * rowSums((v %*% solve(full$H)) * v)
    p <- exp(a - max(a))
    S <- S + crossprod(v, v * p / sum(p)) / nrow(x)
  }
  expect_equal(unname(full$H), unname(S), tolerance = 1e-3)
  expect_equal(quiet_fit(x, diagonal)$loo_mean, diagonal$objective, tolerance = 1e-9)
})

test_that("leave-one-out equals refits, adaptive included", {
  x <- kde_ref("data_small")
  for (k in c(0, 3)) {
    fit <- quiet_fit(x, 0.9, adaptive = k)
    refit <- vapply(seq_len(nrow(x)), \(i) {
      predict(quiet_fit(x[-i, ], 0.9, adaptive = k), x[i, , drop = FALSE])
    }, 0)
    expect_equal(fit$loo, refit, tolerance = 1e-12)
  }
  case <- kde_json("adaptive.json")
  expect_equal(unname(predict(fit, kde_ref("query_small"))), kde_num(case$logdensity),
    tolerance = 1e-12)
  expect_within(fit$loo, kde_num(case$loo), 1e-12, 1e-11, "adaptive, leave-one-out")
  want <- kde_table(case$gradient)
  got <- predict(fit, kde_ref("query_small"), "gradient")
  expect_lt(max(abs(got - want)), 1e-10 * max(abs(want)))
  expect_equal(fit$adaptive$radius / fit$adaptive$c, kde_num(case$radius),
    tolerance = 1e-12)
})

test_that("regimes agree with the reference", {
  case <- kde_json("phases.json")
  fit <- quiet_fit(kde_ref("data_mid"), 0.9)
  got <- kde_phases(fit, kde_ref("query_mid"), k = 10)
  for (name in c("lid", "edge", "s_G", "h_G", "h_CLT", "mu", "mu_se")) {
    expect_equal(got[[name]], vapply(case$rows, \(r) r[[name]], 0), tolerance = 1e-10)
  }
  expect_equal(got$regime, vapply(case$rows, \(r) r$regime, ""))
  left_out <- kde_phases(fit, k = 10)[1:5, ]
  for (name in c("lid", "edge", "s_G", "h_G", "h_CLT", "mu", "mu_se")) {
    expect_equal(left_out[[name]], vapply(case$loo_rows_first5, \(r) r[[name]], 0),
      tolerance = 1e-10)
  }
  expect_equal(left_out$regime, vapply(case$loo_rows_first5, \(r) r$regime, ""))
})

test_that("weights enter the tail index by the terms, local bandwidths by the distances", {
  set.seed(4)
  x <- matrix(stats::rnorm(400), 100)
  w <- stats::rexp(100)^2
  k <- 12
  got <- kde_phases(quiet_fit(x, 0.6, weights = w), k = k)$mu
  want <- vapply(1:100, \(i) {
    D <- colSums((t(x[-i, ]) - x[i, ])^2)
    l <- sort(log(w[-i]) - D / (2 * 0.36), decreasing = TRUE)[1:k]
    (k - 2) / sum(l[-k] - l[[k]])
  }, 0)
  expect_equal(got, want, tolerance = 1e-10)
  fit <- quiet_fit(x, 0.9, adaptive = 3)
  at <- matrix(0.2, 1, 4)
  D <- sort(colSums((t(x) - 0.2)^2) / fit$adaptive$radius^2)[1:k]
  expect_equal(kde_phases(fit, at, k)$lid, 2 * (k - 2) / sum(log(D[[k]] / D[-k])),
    tolerance = 1e-10)
})

test_that("thresholds and the normal reference agree", {
  skip_without_reference("kde")
  table <- utils::read.csv(reference("kde", "thresholds_isotropic.csv"))
  table <- table[table$q == 1, ]
  for (i in seq_len(nrow(table))) {
    got <- kde_thresholds(exp(10 * table$alpha[[i]]), 10, finite = FALSE)
    expect_equal(got$s_G, table$s_G[[i]], tolerance = 1e-12)
    expect_equal(got$mu_opt, table$mu_opt[[i]], tolerance = 1e-12)
    expect_lte(got$h_opt, got$h_G)
    expect_lt(got$h_G, got$h_CLT)
  }
  expect_equal(kde_thresholds(20000, 20)$s_G, 1.8013, tolerance = 1e-4)
  at <- utils::read.csv(reference("kde", "kl_normal_at.csv"))
  for (i in seq_len(nrow(at))) {
    expect_equal(kde_normal_reference(at$n[[i]], at$d[[i]], at$h[[i]])$kl, at$kl[[i]],
      tolerance = 1e-10)
  }
  best <- kde_normal_reference(1000, 20)
  expect_equal(best$h, 0.864419, tolerance = 1e-6)
  expect_equal(best$kl, 1.8280, tolerance = 1e-4)
})

test_that("densities integrate to 1, and draws follow them", {
  grid <- seq(-15, 20, length.out = 20001)
  for (kernel in c("gaussian", "uniform", "epanechnikov", "biweight", "triweight",
    "exponential", "linear", "cosine")) {
    fit <- quiet_fit(faithful$eruptions, 0.7, kernel)
    f <- exp(suppressWarnings(predict(fit, grid)))
    expect_equal(sum(f) * diff(grid[1:2]), 1, tolerance = 1e-3)
    set.seed(2)
    draws <- kde_sample(fit, 20000)
    want <- stats::var(faithful$eruptions) * 271 / 272 + 0.49
    expect_lt(abs(stats::var(draws[, 1]) - want), 4 * want * sqrt(2 / 20000))
  }
  set.seed(3)
  a <- kde_sample(quiet_fit(faithful, 0.5), 10)
  set.seed(3)
  expect_identical(kde_sample(quiet_fit(faithful, 0.5), 10), a)
  fit <- quiet_fit(faithful$eruptions)
  p <- c(0.001, 0.3, 0.9)
  expect_equal(predict(fit, kde_quantile(fit, p), "cdf"), p, tolerance = 1e-12)
})

test_that("a fit survives saving, and weights count", {
  fit <- quiet_fit(faithful)
  path <- tempfile()
  saveRDS(fit, path)
  expect_identical(predict(readRDS(path), faithful), predict(fit, faithful))
  w <- rep(1:2, 136)
  one <- quiet_fit(faithful, 2, weights = w)
  expect_equal(predict(quiet_fit(faithful, 2, weights = 10 * w)), predict(one),
    tolerance = 1e-14)
  rows <- faithful[rep(seq_len(272), w), ]
  expect_equal(unname(predict(quiet_fit(rows, 2), faithful)), unname(predict(one, faithful)),
    tolerance = 1e-13)
  formula <- quiet_fit(~ eruptions + waiting, data = faithful)
  expect_equal(formula$h, fit$h)
  expect_identical(predict(quiet_fit(faithful, 2, threads = 1)),
    predict(quiet_fit(faithful, 2, threads = 2)))
})

test_that("tables and pictures hold what they say", {
  fit <- quiet_fit(faithful)
  expect_identical(nrow(tidy(fit)), 1L)
  expect_identical(glance(fit)$n, 272L)
  expect_true(all(c(".log_density", ".loo", ".neff", ".mu", ".regime", ".outlier_p") %in%
    names(augment(fit))))
  expect_output(print(fit), "leave-one-out")
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_s3_class(plot(fit, n = 21), "data.frame")
  expect_s3_class(plot(fit, which = "phases"), "data.frame")
  expect_s3_class(plot(quiet_fit(faithful$waiting), n = 21), "data.frame")
})
