# Fits against values of an independent implementation.

test_that("29 fits agree with the reference", {
  d <- rdd_units_csv()
  cases <- rdd_expected()$fits
  expect_length(cases, 29)
  for (case in cases) {
    fit <- quietly(rdd_case(case$args, d))
    e <- fit$estimate
    want <- case$expected
    fuzzy <- !is.null(case$args$treatment)
    curves <- c(m_minus_cl = "m_minus_cl", m_plus_cl = "m_plus_cl",
      m_minus_bc = "m_minus_bc", m_plus_bc = "m_plus_bc")
    sharp <- c(tau_cl = "tau_cl", se_cl = "se_cl", tau_bc = "tau_bc", se_bc = "se_bc")
    late <- c(jump_cl = "tau_cl", jump_se_cl = "se_cl", jump_bc = "tau_bc",
      jump_se_bc = "se_bc", tau_cl = "late_cl", se_cl = "late_se_cl",
      tau_bc = "late_ratio", se_bc = "late_se_ratio")
    pairs <- c(curves, if (fuzzy) late else sharp)
    for (name in names(pairs)) {
      expect_equal(e[[name]], want[[pairs[[name]]]], tolerance = 1e-9,
        label = paste(case$name, name))
    }
    expect_equal(unname(fit$n[c("h_left", "h_right")]), want$n_h, label = case$name)
    expect_equal(unname(fit$n[c("b_left", "b_right")]), want$n_b, label = case$name)
    expect_equal(e$tau, e$tau_bc, tolerance = 1e-12)
    expect_equal(unname(sqrt(diag(vcov(fit)))), e$se, tolerance = 1e-12)
    if (!is.null(want$gamma)) {
      expect_equal(unname(fit$gamma[, 1:20]), unname(want$gamma)[, 1:20],
        tolerance = 1e-9)
    }
    if (fuzzy) {
      expect_equal(unlist(fit$first_stage[1:4], use.names = FALSE),
        c(want$first_stage_cl, want$first_stage_se_cl, want$first_stage_bc,
          want$first_stage_se_bc), tolerance = 1e-9)
      linear <- quietly(rdd_case(case$args, d, fuzzy_bc = "linear"))
      expect_equal(linear$estimate$tau_bc, want$late_linear, tolerance = 1e-9)
      expect_equal(linear$estimate$se_bc, want$late_se_linear, tolerance = 1e-9)
    }
  }
})

test_that("15 bandwidths agree with the reference", {
  d <- rdd_units_csv()
  x <- rdd_expected()
  expect_length(x$bandwidths, 15)
  for (case in x$bandwidths) {
    args <- case$args
    if (!is.null(args$unit_weights)) args$unit_weights <- d[[args$unit_weights]]
    args$method <- "pointwise"
    out <- quietly(do.call(rdd_bandwidth, c(list(rdd_table(d), d$x, probs = x$probs),
      args)))
    h <- out$bandwidths[, 1:2]
    b <- out$bandwidths[, 3:4]
    want <- case$expected
    wide <- \(v) switch(as.character(length(v)), `1` = rep(v, 2), `20` = cbind(v, v), v)
    expect_equal(as.vector(h), as.vector(wide(want$h)), tolerance = 1e-8,
      label = paste(case$name, "h"))
    if (!is.null(want$b)) {
      expect_equal(as.vector(b), as.vector(wide(want$b)), tolerance = 1e-8,
        label = paste(case$name, "b"))
    }
    if (!is.null(want$f_hat)) {
      expect_equal(out$stages$density, want$f_hat, tolerance = 1e-8)
      expect_equal(as.vector(out$stages$d), rep(want$h0, 2), tolerance = 1e-8)
    }
  }
})

test_that("bands and tests with given multipliers are those of the reference", {
  d <- rdd_units_csv()
  x <- rdd_expected()
  xi <- as.matrix(read.csv(reference("rdd", "xi.csv"), header = FALSE))
  want <- x$bootstrap$expected
  fits <- list(
    studentized = rdd_case(x$bootstrap$args, d, xi = xi, boot = 39),
    constant = rdd_case(x$bootstrap$args, d, xi = xi, boot = 39, band = "constant")
  )
  for (band in names(fits)) {
    fit <- fits[[band]]
    e <- fit$estimate
    expect_equal(e$m_plus, want$m_plus, tolerance = 1e-9)
    expect_equal(e$m_minus, want$m_minus, tolerance = 1e-9)
    expect_equal(e$tau, want$tau, tolerance = 1e-9)
    expect_equal(e$se, want$se, tolerance = 1e-9)
    expect_equal(fit$crit, want[[paste0("crit_", band)]], tolerance = 1e-9)
    expect_equal(e$band_lower, want[[paste0("lower_", band)]], tolerance = 1e-9)
    expect_equal(e$band_upper, want[[paste0("upper_", band)]], tolerance = 1e-9)
    for (name in c("nullity", "homogeneity", "dominance_ge", "dominance_le")) {
      given <- want$tests[[paste0(name, if (!startsWith(name, "dom")) "_sup", "_", band)]]
      out <- rdd_test(fit, sub("dominance_", "", name))
      expect_equal(out$statistic, given$statistic, tolerance = 1e-9)
      expect_equal(out$p_value, given$p, tolerance = 1e-12)
      expect_equal(out$critical, given$crit, tolerance = 1e-9)
    }
  }
  for (name in c("nullity", "homogeneity")) {
    given <- want$tests[[paste0(name, "_cvm")]]
    out <- rdd_test(fits$studentized, name, "cvm")
    expect_equal(unlist(out[3:5], use.names = FALSE),
      c(given$statistic, given$p, given$crit), tolerance = 1e-9)
    given <- want[["range_0.25_0.75"]][[paste0(name, "_sup_studentized")]]
    out <- rdd_test(fits$studentized, name, range = c(0.25, 0.75))
    expect_equal(unlist(out[3:5], use.names = FALSE),
      c(given$statistic, given$p, given$crit), tolerance = 1e-9)
  }
  kept <- rdd_bootstrap(fits$studentized, xi = xi, keep = TRUE)
  expect_equal(kept$process[1:3, ], want$process_first3, tolerance = 1e-9)
  # rows of xi follow sorted labels, whatever the order of the units
  mixed <- d[sample(240), ]
  again <- rdd_case(x$bootstrap$args, mixed, xi = xi, boot = 39, unit = mixed$id)
  expect_equal(again$crit, fits$studentized$crit, tolerance = 1e-10)
  fuzzy <- x$bootstrap_fuzzy
  fit <- rdd_case(fuzzy$args, d, xi = xi, boot = 39)
  expect_equal(fit$crit, fuzzy$expected$crit_studentized, tolerance = 1e-9)
  expect_equal(fit$estimate$tau, fuzzy$expected$late, tolerance = 1e-9)
})

test_that("the critical value tends to its limit", {
  x <- rdd_expected()
  fit <- rdd_case(x$bootstrap$args, boot = 200000, seed = 1)
  expect_lt(abs(fit$crit - x$bootstrap$expected$limit_crit_studentized_95), 0.012)
  skip_on_cran()
  long <- rdd_bootstrap(fit, 1e6, seed = 2)
  expect_lt(abs(long$crit - 2.2428), 0.005)
})

test_that("functionals, compliers, sets and honest bands are those of the reference", {
  d <- rdd_units_csv()
  x <- rdd_expected()
  fit <- rdd_case(x$functionals$args, d, functional_grid = 200)
  out <- quietly(rdd_functionals(fit))
  for (want in x$functionals$expected) {
    row <- out[out$functional == want$functional, ]
    expect_equal(unlist(row[c("plus", "minus", "difference", "se")], use.names = FALSE),
      unlist(want[c("plus", "minus", "difference", "se")], use.names = FALSE),
      tolerance = 1e-9, label = want$functional)
  }
  expect_equal(unname(vcov(fit))[1:3, 1:3], x$vcov$expected$vcov_first3[, 1:3],
    tolerance = 1e-9)
  fuzzy <- rdd_case(x$compliers$args, d)
  out <- rdd_compliers(fuzzy)
  expect_equal(out$m1_raw, x$compliers$expected$m1, tolerance = 1e-9)
  expect_equal(out$m0_raw, x$compliers$expected$m0, tolerance = 1e-9)
  expect_equal(out$m1_raw - out$m0_raw, fuzzy$estimate$tau_bc, tolerance = 1e-12)
  sets <- confint(fuzzy, type = "anderson-rubin")
  expect_equal(unname(sets[, 1]), x$anderson_rubin$expected$lower, tolerance = 1e-9)
  expect_equal(unname(sets[, 2]), x$anderson_rubin$expected$upper, tolerance = 1e-9)
  expect_equal(unique(attr(sets, "shape")), "interval")
  honest <- rdd_case(x$honest$args, d)
  want <- x$honest$expected
  e <- honest$estimate
  expect_equal(e$max_bias, rep(want$max_bias, 20), tolerance = 1e-9)
  expect_equal(e$tau, want$tau, tolerance = 1e-9)
  expect_equal(e$se, want$se, tolerance = 1e-9)
  expect_equal((e$ci_upper - e$ci_lower) / 2, want$half_length, tolerance = 1e-9)
  rot <- quietly(rdd_case(utils::modifyList(x$honest$args, list(smoothness = "rot")), d))
  expect_equal(apply(rot$smoothness, 1, max), want$smoothness_rot, tolerance = 1e-8)
})

test_that("rows become quantiles as in the reference", {
  x <- rdd_expected("expected_long.json")
  long <- read.csv(reference("rdd", "long.csv"))
  table <- \(...) as.matrix(rdd_quantiles(long$y, long$unit, probs = x$probs, ...))
  for (type in c(1, 2, 4:9)) {
    out <- table(quantile_type = type)
    for (case in x$unit_quantiles) {
      expect_equal(unname(out[case$unit, ]), case[[paste0("type", type)]],
        tolerance = 1e-12)
    }
  }
  for (type in c(1, 5, 7)) {
    out <- table(quantile_type = type, weights = long$w)
    for (case in x$unit_quantiles) {
      expect_equal(unname(out[case$unit, ]), case[[paste0("wtype", type)]],
        tolerance = 1e-12)
    }
  }
  out <- table(within = "halfsample")
  for (case in x$unit_quantiles) {
    expect_equal(unname(out[case$unit, ]), case$halfsample, tolerance = 1e-11)
  }
  args <- x$args[setdiff(names(x$args), "cutoff")]
  fits <- list(fit_type7 = list(), fit_type1 = list(quantile_type = 1),
    fit_weighted_type7 = list(weights = long$w), fit_halfsample = list(
      within = "halfsample"))
  for (name in names(fits)) {
    fit <- quietly(do.call(rdd_fit, c(list(long$y, long$x, long$unit, probs = x$probs,
      boot = 0), args, fits[[name]])))
    want <- x[[name]]
    for (column in c("tau_cl", "tau_bc", "se_bc")) {
      expect_equal(fit$estimate[[column]], want[[column]], tolerance = 1e-9,
        label = paste(name, column))
    }
    expect_equal(fit$estimate$m_plus, want$m_plus_frechet, tolerance = 1e-9)
    expect_equal(fit$estimate$m_minus, want$m_minus_frechet, tolerance = 1e-9)
  }
})

test_that("real tables give the numbers of the reference", {
  x <- rdd_expected("expected_real.json")
  r <- rdd_real("retirement.csv")
  args <- x$retirement$args
  want <- x$retirement$expected
  fits <- lapply(c("ratio", "linear"), \(form) quietly(rdd_fit(rdd_table(r), r$elig_year,
    treatment = r$retired, unit_weights = r$n, cluster = r$elig_year, h = 10, b = 10,
    vce = "cr3", method = "pointwise", probs = args$probs, fuzzy_bc = form)))
  expect_equal(fits[[1]]$first_stage$bc, want$first_stage_bc, tolerance = 1e-9)
  expect_equal(fits[[1]]$first_stage$se_bc, want$first_stage_se_bc, tolerance = 1e-9)
  expect_equal(fits[[1]]$estimate$jump_bc, want$jump_bc, tolerance = 1e-9)
  expect_equal(fits[[1]]$estimate$tau, want$late_ratio, tolerance = 1e-9)
  expect_equal(fits[[1]]$estimate$se, want$late_se_ratio, tolerance = 1e-9)
  expect_equal(fits[[2]]$estimate$tau, want$late_linear, tolerance = 1e-9)
  expect_equal(fits[[2]]$estimate$se, want$late_se_linear, tolerance = 1e-9)
  g <- rdd_real("governors.csv")
  want <- x$governors$expected
  probs <- x$governors$args$probs
  fit <- quietly(rdd_fit(rdd_table(g), g$share, cutoff = 0.5, cluster = g$state, h = 0.22,
    probs = probs))
  expect_equal(fit$estimate$tau, want$tau_frechet, tolerance = 1e-9)
  expect_equal(fit$estimate$se, want$se_cr3, tolerance = 1e-9)
  expect_equal(unname(fit$n[c("h_left", "h_right")]), want$n_h)
  fit <- quietly(rdd_fit(rdd_table(g), g$share, cutoff = 0.5, h = 0.22, probs = probs))
  expect_equal(fit$estimate$se, want$se_hc3, tolerance = 1e-9)
  out <- quietly(rdd_bandwidth(rdd_table(g), g$share, cutoff = 0.5, probs = probs))
  expect_equal(unname(out$bandwidths[1, c(1, 3)]), want$imserd_hc3, tolerance = 1e-8)
  k <- rdd_real("cohorts.csv")
  want <- x$cohorts$expected
  fit <- quietly(rdd_fit(rdd_table(k), k$yearat14, cutoff = 1947, h = 6,
    kernel = "uniform", vce = "nn", inference = "honest", smoothness = 0.04,
    probs = x$cohorts$args$probs, method = "pointwise"))
  expect_equal(fit$estimate$tau, want$tau_cl, tolerance = 1e-9)
  expect_equal(fit$estimate$se, want$se_cl, tolerance = 1e-9)
  expect_equal(fit$estimate$max_bias, rep(want$max_bias, 19), tolerance = 1e-9)
})

test_that("one thread and two give the same bits in every case of the reference", {
  d <- rdd_units_csv()
  x <- rdd_expected()
  xi <- as.matrix(read.csv(reference("rdd", "xi.csv"), header = FALSE))
  same_bits <- function(compute, label) {
    # the functions that take no `threads` go by the option
    by <- lapply(1:2, \(threads) {
      old <- options(distest.threads = threads)
      on.exit(options(old))
      out <- quietly(compute(threads))
      out[setdiff(names(out), "call")]
    })
    expect_identical(by[[1]], by[[2]], label = label)
  }
  for (case in x$fits) {
    linear <- if (!is.null(case$args$treatment)) list(fuzzy_bc = "linear")
    for (more in unique(list(list(), c(linear, keep_scores = TRUE)))) {
      same_bits(\(threads) do.call(rdd_case, c(list(case$args, d, threads = threads,
        boot = 50, seed = 1), more)), case$name)
    }
  }
  for (case in x$bandwidths) {
    args <- case$args
    if (!is.null(args$unit_weights)) args$unit_weights <- d[[args$unit_weights]]
    same_bits(\(threads) do.call(rdd_bandwidth, c(list(rdd_table(d), d$x,
      probs = x$probs, method = "pointwise", threads = threads), args)), case$name)
  }
  for (name in c("bootstrap", "bootstrap_fuzzy")) {
    same_bits(\(threads) {
      fit <- rdd_case(x[[name]]$args, d, xi = xi, boot = 39, threads = threads)
      kept <- rdd_bootstrap(fit, xi = xi, keep = TRUE, threads = threads)
      list(fit$estimate, kept$process, kept$crit,
        rdd_test(kept, c("nullity", "homogeneity", "ge", "le"), c("sup", "cvm")))
    }, name)
  }
  for (name in c("functionals", "compliers", "honest")) {
    same_bits(\(threads) {
      fit <- rdd_case(x[[name]]$args, d, functional_grid = 200, threads = threads)
      list(fit$estimate, rdd_functionals(fit), if (name == "compliers") {
        list(rdd_compliers(fit), confint(fit, type = "anderson-rubin"))
      })
    }, name)
  }
  rot <- utils::modifyList(x$honest$args, list(smoothness = "rot"))
  same_bits(\(threads) rdd_case(rot, d, threads = threads), "rule of thumb")
  long <- read.csv(reference("rdd", "long.csv"))
  given <- rdd_expected("expected_long.json")
  args <- given$args[setdiff(names(given$args), "cutoff")]
  kinds <- c(lapply(c(1, 2, 4:9), \(type) list(quantile_type = type)),
    lapply(c(1, 5, 7), \(type) list(quantile_type = type, weights = long$w)),
    list(list(within = "halfsample")))
  for (kind in kinds) {
    same_bits(\(threads) do.call(rdd_fit, c(list(long$y, long$x, long$unit,
      probs = given$probs, boot = 0, threads = threads), args, kind)), "long")
  }
})
