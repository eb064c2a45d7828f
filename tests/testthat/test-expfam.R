univariate <- function(name) {
  d <- read.csv(reference("expfam", "univariate_data.csv"))
  d$x[d$family == name]
}

expect_case <- function(fit, case) {
  all <- read.csv(reference("expfam", "fits.csv"))
  all <- all[all$case == case, ]
  want <- \(q) all$value[all$quantity == q]
  expect_equal(unname(coef(fit)), want("theta"), tolerance = 1e-9)
  expect_equal(as.numeric(logLik(fit)), want("loglik"), tolerance = 1e-10)
  risk <- suppressWarnings(expfam_risk(fit))
  expect_equal(risk$trace, want("trace"), tolerance = 1e-8)
  expect_equal(c(risk$T1, risk$T2, risk$T3), c(want("T1"), want("T2"), want("T3")),
    tolerance = 1e-8)
  expect_equal(risk$risk, want("risk2"), tolerance = 1e-8)
  expect_equal(suppressWarnings(expfam_risk(fit, bias_correct = FALSE))$risk,
    want("risk2_plugin"),
    tolerance = 1e-8)
  expect_equal(suppressWarnings(expfam_risk(fit, truth = "model"))$risk,
    want("risk2_model"), tolerance = 1e-8)
  ic <- expfam_ic(fit)
  expect_equal(unname(ic[c("TIC", "TIC2")]), c(want("tic"), want("tic2")),
    tolerance = 1e-10)
  expect_equal(unname(sqrt(diag(vcov(fit, "model")))), want("se_model"), tolerance = 1e-8)
  expect_equal(unname(sqrt(diag(vcov(fit)))), want("se_sandwich"), tolerance = 1e-8)
  par <- all$value[startsWith(all$quantity, "param.")]
  if (length(par) && fit$family$d == 1) {
    expect_equal(unname(coef(fit, "usual")), par, tolerance = 1e-9)
  }
}

test_that("univariate fits agree with the reference", {
  skip_without_reference("expfam")
  plain <- c("normal", "exponential", "gamma", "inverse_gaussian", "beta", "lognormal",
    "rayleigh", "poisson", "bernoulli", "geometric", "von_mises", "com_poisson", "gig")
  for (name in plain) expect_case(expfam_fit(univariate(name), name), name)
  expect_case(expfam_fit(univariate("binomial"), expfam_family("binomial", size = 8)),
    "binomial")
  expect_case(expfam_fit(univariate("negative_binomial"),
    expfam_family("negative_binomial", size = 3)), "negative_binomial")
  x <- univariate("log_polynomial")
  expect_case(expfam_fit(x, expfam_family("polynomial", degree = 4, lower = 0,
    upper = 1)),
    "log_polynomial4")
  expect_case(expfam_fit(x, expfam_family("trigonometric", order = 2, lower = 0,
    upper = 1)),
    "trigonometric2")
})

test_that("multivariate fits agree with the reference", {
  skip_without_reference("expfam")
  data <- \(name) read.csv(reference("expfam", paste0(name, "_data.csv")))
  expect_case(expfam_fit(data("dirichlet"), "dirichlet"), "dirichlet")
  expect_case(expfam_fit(data("vmf"), "von_mises_fisher"), "von_mises_fisher3")
  expect_case(expfam_fit(data("mvnormal"), "mvnormal"), "mvnormal3")
  cycle <- rbind(c(1, 2), c(2, 3), c(3, 4), c(1, 4))
  expect_case(expfam_fit(data("ggm"), expfam_family("ggm", graph = cycle)), "ggm_cycle4")
  expect_case(expfam_fit(data("ising"), "ising"), "ising4")
  expect_case(expfam_fit(2 * data("ising") - 1, expfam_family("ising", coding = "pm1")),
    "ising4_pm1")
  base <- read.csv(reference("expfam", "nodes_base.csv"))
  f <- expfam_custom(NULL, expfam_ref_grid(base[-1], base$logw, finite = FALSE))
  expect_case(expfam_fit(data("nodes"), f), "nodes5")
  counts <- aperm(array(c(12, 7, 9, 15, 21, 6, 8, 11), c(2, 2, 2)), 3:1)
  dimnames(counts) <- list(A = 1:2, B = 1:2, C = 1:2)
  f <- expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3))
  fit <- expfam_fit(as.table(counts), f)
  expect_case(fit, "loglinear222")
  glm <- glm(Freq ~ A * B + A * C + B * C, poisson, as.data.frame(as.table(counts)))
  expect_equal(unname(coef(fit)), unname(coef(glm))[-1], tolerance = 1e-6)
})

test_that("custom statistics on an interval and on integers give the named families", {
  x <- univariate("log_polynomial")
  a <- expfam_fit(x, expfam_custom(\(x) cbind(x, x^2), expfam_ref_interval(0, 1)))
  b <- expfam_fit(x, expfam_family("polynomial", degree = 2, lower = 0, upper = 1))
  expect_equal(unname(coef(a)), unname(coef(b)), tolerance = 1e-8)
  expect_equal(expfam_risk(a)$T2, expfam_risk(b)$T2, tolerance = 1e-8)
  y <- univariate("poisson")
  f <- expfam_custom(\(x) cbind(x), expfam_ref_integers(0),
    log_base = \(x) -lfactorial(x))
  expect_equal(unname(coef(expfam_fit(y, f))), log(mean(y)), tolerance = 1e-10)
})

test_that("repeated rows are frequency weights, and chunks merge", {
  x <- univariate("gamma")
  w <- rep_len(1:3, length(x))
  a <- expfam_fit(x, "gamma", weights = w)
  b <- expfam_fit(rep(x, w), "gamma")
  expect_equal(coef(a), coef(b), tolerance = 1e-12)
  expect_equal(expfam_risk(a)$risk, expfam_risk(b)$risk, tolerance = 1e-10)
  m <- expfam_merge(expfam_moments(x[1:20], "gamma"), expfam_moments(x[-(1:20)], "gamma"))
  whole <- expfam_fit(x, "gamma")
  parts <- expfam_fit_moments(m, "gamma")
  expect_equal(coef(parts), coef(whole), tolerance = 1e-11)
  expect_equal(parts$V, whole$V, tolerance = 1e-11)
  expect_equal(parts$loglik, whole$loglik, tolerance = 1e-11)
})

test_that("a table with two empty cells has a limit on a face", {
  counts <- aperm(array(c(0, 5, 7, 4, 6, 3, 8, 0), c(2, 2, 2)), 3:1)
  dimnames(counts) <- list(A = 1:2, B = 1:2, C = 1:2)
  f <- expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3))
  expect_error(expfam_fit(as.table(counts), f), class = "distest_error_existence")
  expect_warning(fit <- expfam_fit(as.table(counts), f, boundary = "limit"),
    class = "distest_warning_boundary")
  expect_equal(fit$p, 5)
  expect_equal(sum(fit$face), 6)
  expect_equal(fit$loglik, -57.489085463608994, tolerance = 1e-11)
  cells <- as.data.frame(as.table(counts))
  glm <- glm(Freq ~ A * B + A * C + B * C, poisson, cells[fit$face, ],
    control = list(epsilon = 1e-15))
  expect_equal(fit$loglik, sum(glm$y * log(fitted(glm) / sum(glm$y))), tolerance = 1e-14)
  expect_false(expfam_exists(as.table(counts), f)$exists)
  counts[2, 2, 2] <- 9
  expect_true(expfam_exists(as.table(counts), f)$exists)
})

test_that("sample sizes, thresholds and AIC2 of the normal are exact", {
  want <- c(55, 132, 234, 512, 1645)
  got <- vapply(c(1, 2, 3, 5, 10), \(d) {
    as.numeric(expfam_sample_size(expfam_model("mvnormal",
      param = list(mean = rep(0, d), cov = diag(d)))))
  }, 0)
  expect_equal(got, want)
  expect_equal(expfam_threshold(0.05), 0.02)
  size <- expfam_sample_size(expfam_model("normal", param = c(variance = 1, mean = 0)))
  expect_equal(as.numeric(size), 55)
  expect_named(attributes(size), c("r1", "c2", "threshold", "class"))
  expect_identical(capture.output(print(size)), "[1] 55")
  for (d in 1:3) {
    fit <- expfam_fit(as.matrix(iris[1:60, seq_len(d)]), "mvnormal")
    p <- d * (d + 3) / 2
    expect_equal(expfam_ic(fit)[["AIC2"]] + 2 * fit$loglik, 2 * p + 2 * p * (d + 2) / 60,
      tolerance = 1e-8)
    ic <- expfam_ic(fit)
    expect_equal(ic[["TIC2"]] - ic[["TIC"]], expfam_risk(fit)$T1 / 60, tolerance = 1e-7)
  }
})

# list(mean of the estimates (17), mean of loss less estimate, its standard error)
against_loss <- function(draw, family, truth, runs = 6000) {
  set.seed(11)
  both <- vapply(seq_len(runs), \(i) {
    fit <- expfam_fit(draw(), family)
    c(expfam_divergence(truth, fit), suppressWarnings(expfam_risk(fit))$risk)
  }, c(0, 0))
  gap <- both[1, ] - both[2, ]
  list(estimate = mean(both[2, ]), bias = mean(gap), se = stats::sd(gap) / sqrt(runs))
}

test_that("the mean of the corrected risk is the mean loss", {
  skip_on_cran()
  gamma <- expfam_model("gamma", param = c(shape = 3, rate = 2))
  got <- against_loss(\() stats::rgamma(40, 3, 2), "gamma", gamma)
  expect_lt(abs(got$bias), 3 * got$se)
  expect_lt(abs(got$estimate - 0.02818), 4 * 0.00008)
  got <- against_loss(\() stats::rgamma(100, 3, 2), "gamma", gamma)
  expect_lt(abs(got$bias), 3 * got$se)
  # the first order alone is off by 4 standard errors here, 16 under a wrong model
})

test_that("so it is where the model is wrong, and where it is saturated", {
  skip_on_cran()
  # the nearest normal law to t with 12 degrees of freedom has its variance, 12 / 10
  near <- expfam_model("mvnormal", param = list(mean = c(0, 0, 0), cov = diag(1.2, 3)))
  t12 <- \() matrix(stats::rnorm(300), 100) / sqrt(stats::rchisq(100, 12) / 12)
  got <- against_loss(t12, "mvnormal", near)
  expect_lt(abs(got$bias), 3 * got$se)
  prob <- c(a = 0.1, b = 0.15, c = 0.2, d = 0.25, e = 0.3)
  f <- expfam_family("categorical", levels = names(prob))
  five <- \() factor(sample(names(prob), 100, TRUE, prob), names(prob))
  got <- against_loss(five, f, expfam_model(f, param = prob))
  expect_lt(abs(got$bias), 3 * got$se)
})

test_that("densities integrate to one and quantiles undo the distribution function", {
  for (name in c("gamma", "beta", "inverse_gaussian", "gig", "von_mises", "lognormal")) {
    fit <- expfam_fit(univariate(name), name)
    p <- c(0.1, 0.5, 0.9)
    q <- predict(fit, p, type = "quantile")
    expect_equal(predict(fit, q, type = "cdf"), p, tolerance = 1e-4)
    mass <- integrate(\(x) predict(fit, x), q[[1]], q[[3]])$value
    expect_equal(mass, 0.8, tolerance = 1e-4)
  }
})

test_that("methods of a fit hang together", {
  fit <- expfam_fit(univariate("gamma"), "gamma")
  expect_equal(dimnames(vcov(fit)), list(names(coef(fit)), names(coef(fit))))
  expect_equal(rownames(confint(fit)), names(coef(fit)))
  expect_equal(AIC(fit), -2 * as.numeric(logLik(fit)) + 4)
  profile <- confint(fit, method = "profile")
  expect_true(all(profile[, 1] < coef(fit) & profile[, 2] > coef(fit)))
  drop <- \(at) 2 * (fit$loglik - sum(dgamma(fit$x, at, at / mean(fit$x), log = TRUE)))
  expect_equal(drop(profile[1, 2]), qchisq(0.95, 1), tolerance = 1e-5)
  expect_equal(nrow(tidy(fit, conf.int = TRUE)), 2)
  expect_true(glance(fit)$pass %in% c(TRUE, FALSE))
  expect_equal(augment(fit)$.fitted, predict(fit, fit$x[, 1]))
  set.seed(1)
  a <- simulate(fit, 2, seed = 4)
  expect_equal(simulate(fit, 2, seed = 4), a)
  expect_equal(dim(a), c(50L, 2L))
  set.seed(3)
  boot <- expfam_bootstrap(fit, 300)
  expect_equal(mean(boot$kl), expfam_risk(fit)$risk, tolerance = 0.25)
  expect_equal(unserialize(serialize(fit, NULL)), fit)
  expect_output(print(summary(fit)), "p-n criterion")
})

test_that("pruning follows its two rules", {
  set.seed(5)
  z <- rnorm(200)
  x <- cbind(z, z + 0.01 * rnorm(200), rnorm(200))
  x <- cbind(x, x[, 2] + 0.2 * rnorm(200))
  expect_equal(expfam_prune(x, 0.95), c(2L, 4L))
  red <- file.path(Sys.getenv("DISTEST_REFERENCE"), "expfam", "winequality_red.csv")
  skip_if_not(file.exists(red), "the red wine data are not here")
  wine <- as.matrix(read.csv(red))
  u <- sweep(wine[, 1:11], 2, apply(wine[, 1:11], 2, max), "/")
  pairs <- combn(11, 2)
  xi <- cbind(u[, pairs[1, ]] * u[, pairs[2, ]], u * (wine[, 12] - 2))
  expect_equal(expfam_prune(xi, 0.95, "published"),
    c(8, 17, 19, 24, 25, 27, 32, 34, 38, 40, 43, 45, 46, 47, 49, 53, 58, 61, 62, 64))
  expect_equal(expfam_prune(xi, 0.95, "sequential"),
    c(8, 17, 19, 24, 27, 32, 34, 38, 40, 43, 45, 46, 49, 53, 64))
})

test_that("divergences are those of the textbooks", {
  normal <- function(m, v) expfam_model("normal", param = c(mean = m, variance = v))
  expect_equal(expfam_divergence(normal(1, 4), normal(3, 9)),
    log(3 / 2) + (4 + 4) / 18 - 1 / 2, tolerance = 1e-12)
  gamma <- function(a, b) expfam_model("gamma", param = c(shape = a, rate = b))
  expect_equal(expfam_divergence(gamma(3, 2), gamma(1.5, 0.7)),
    1.5 * digamma(3) - lgamma(3) + lgamma(1.5) + 1.5 * log(2 / 0.7) + 3 * (0.7 - 2) / 2,
    tolerance = 1e-12)
})
