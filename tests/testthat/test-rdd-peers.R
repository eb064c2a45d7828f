# The same numbers as packages that compute the same.

# Peers are no dependency: they are called where they happen to be installed.
peer <- function(package, name) getExportedValue(package, name)

# Our fit of the reference units and rdrobust's of one column of them.
rdrobust_pair <- function(d = rdd_units_csv()) {
  q <- rdd_table(d)
  probs <- rdd_expected()$probs
  robust <- function(j, ...) {
    out <- quietly(peer("rdrobust", "rdrobust")(q[, j], d$x, h = 0.5, b = 0.7, ...))
    unname(c(out$coef[1:2], out$se[c(1, 3)]))
  }
  ours <- function(fit, j) {
    unlist(fit$estimate[j, c("tau_cl", "tau_bc", "se_cl", "se_bc")], use.names = FALSE)
  }
  fit <- \(...) quietly(rdd_fit(q, d$x, probs = probs, h = 0.5, b = 0.7, boot = 0,
    method = "pointwise", cluster_sides = "separate", fuzzy_bc = "linear", ...))
  list(d = d, q = q, probs = probs, robust = robust, ours = ours, fit = fit, j = c(2, 17))
}

test_that("quantile by quantile rdrobust", {
  skip_if_not_installed("rdrobust")
  list2env(rdrobust_pair(), environment())
  for (vce in c("nn", "hc0", "hc1", "hc2", "hc3")) {
    a <- fit(vce = vce)
    for (k in j) expect_equal(ours(a, k), robust(k, vce = vce), tolerance = 1e-9)
  }
  for (kernel in c("epanechnikov", "uniform")) {
    a <- fit(vce = "nn", kernel = kernel)
    for (k in j) expect_equal(ours(a, k), robust(k, vce = "nn", kernel = kernel),
      tolerance = 1e-9)
  }
  a <- fit(vce = "hc2", unit_weights = d$wt, covariates = as.matrix(d[c("z1", "z2")]))
  for (k in j) {
    expect_equal(ours(a, k), robust(k, vce = "hc2", weights = d$wt,
      covs = as.matrix(d[c("z1", "z2")])), tolerance = 1e-9)
  }
  a <- fit(vce = "nn", treatment = d$treat)
  for (k in j) expect_equal(ours(a, k), robust(k, vce = "nn", fuzzy = d$treat),
    tolerance = 1e-9)
  a <- fit(vce = "nn", p = 2, deriv = 1)
  for (k in j) expect_equal(ours(a, k), robust(k, vce = "nn", p = 2, deriv = 1),
    tolerance = 1e-9)
})

test_that("clusters and bandwidths of rdrobust 4", {
  skip_if_not_installed("rdrobust", "4.0.0")
  list2env(rdrobust_pair(), environment())
  for (vce in c("cr1", "cr3")) {
    a <- fit(vce = vce, cluster = d$cluster)
    for (k in j) expect_equal(ours(a, k), robust(k, vce = vce, cluster = d$cluster),
      tolerance = 1e-9)
  }
  for (rule in c("mserd", "msetwo", "msesum", "cerrd")) {
    a <- quietly(rdd_bandwidth(q[, j], d$x, probs = probs[j], vce = "nn",
      bwselect = rule))
    for (k in 1:2) {
      b <- quietly(peer("rdrobust", "rdbwselect")(q[, j[[k]]], d$x, vce = "nn",
        bwselect = rule))
      # the reference agrees to 1e-11; the peer's normal equations lose some digits
      expect_equal(unname(a$bandwidths[k, ]), unname(as.vector(b$bws)),
        tolerance = 1e-7, label = rule)
    }
  }
})

test_that("honest limits of RDHonest", {
  skip_if_not_installed("RDHonest")
  d <- rdd_units_csv()
  q <- rdd_table(d)
  fit <- quietly(rdd_fit(q, d$x, probs = rdd_expected()$probs, h = 0.5, boot = 0,
    inference = "honest", smoothness = 0.8, vce = "nn", method = "pointwise"))
  for (j in c(3, 15)) {
    frame <- data.frame(y = q[, j], x = d$x)
    other <- quietly(peer("RDHonest", "RDHonest")(y ~ x, frame, M = 0.8, h = 0.5,
      sclass = "H", se.method = "nn", J = 3, kern = "triangular"))$coefficients
    e <- fit$estimate[j, ]
    expect_equal(c(e$tau, e$se, e$max_bias), c(other$estimate, other$std.error,
      other$maximum.bias), tolerance = 1e-8)
    expect_equal(c(e$ci_lower, e$ci_upper), c(other$conf.low, other$conf.high),
      tolerance = 1e-6)
  }
})

test_that("R3D's estimate is order one at h = b", {
  skip_if_not_installed("R3D")
  d <- rdd_simulate("normal", 100, 40, 1, seed = 1)
  x <- d$x[!duplicated(d$unit)]
  lists <- split(d$y, d$unit)
  probs <- seq_len(9) / 10
  fit <- rdd_fit(lists, x, probs = probs, h = 0.6, boot = 0)
  other <- peer("R3D", "r3d")(x, lists, cutoff = 0, method = "frechet", p = 2,
    q_grid = probs, bandwidths = 0.6)
  expect_equal(fit$estimate$tau, as.vector(other$tau), tolerance = 1e-8)
})
