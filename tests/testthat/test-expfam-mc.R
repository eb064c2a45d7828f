wine_data <- function() {
  path <- file.path(Sys.getenv("DISTEST_REFERENCE"), "expfam", "winequality_red.csv")
  skip_if_not(file.exists(path), "the red wine data are not here")
  w <- read.csv(path)
  names(w)[[12]] <- "quality"
  w$quality <- factor(w$quality)
  w
}

quiet <- expfam_control(progress = FALSE)

mixed <- function(n = 300) {
  set.seed(3)
  x <- rbeta(n, 2, 3)
  y <- rbeta(n, 3, 2 + 2 * x)
  data.frame(x, y, g = factor(ifelse(runif(n) < 0.3 + 0.5 * x, "b", "a")))
}

test_that("the red wine model has the reference's risk", {
  skip_on_cran()
  w <- wine_data()
  want <- read.csv(reference("expfam", "wine_fit.csv"))
  of <- \(model, q) want[want$model == model & want$quantity == q, ]
  near <- function(got, model, q, percent = 0.01) {
    at <- of(model, q)
    expect_lt(abs(got - at$value), 3 * at$mc_sd + percent * abs(at$value))
  }
  f <- expfam_family("pairwise", data = w)
  expect_equal(f$pairs$a[1:3], of("base", "beta_a")$value[1:3], tolerance = 1e-6)
  expect_equal(f$pairs$b[1:3], of("base", "beta_b")$value[1:3], tolerance = 1e-6)
  set.seed(1)
  fit <- expfam_fit(w, f, control = quiet)
  risk <- expfam_risk(fit)
  near(risk$trace, "full", "trace", 0.005)
  for (term in c("T1", "T2", "T3")) near(risk[[term]], "full", term)
  near(risk$risk, "full", "risk2")
  near(expfam_risk(fit, bias_correct = FALSE)$risk, "full", "risk2_plugin")
  theta <- of("full", "theta")
  expect_lt(max(abs(coef(fit) - theta$value) / sqrt(theta$mc_sd^2 + fit$mc$mcse^2)), 4.5)
  expect_true(expfam_pn(fit)$pass)
  expect_equal(expfam_pn(fit)$n_required, 1152, tolerance = 0.015)
  expect_false(expfam_pn(fit, alpha = 0.041)$pass)
  expect_equal(expfam_pn(fit, alpha = 0.041)$n_required, 1718, tolerance = 0.015)
  expect_equal(risk$se, 0.00089, tolerance = 0.02)
  p <- predict(fit, type = "conditional", target = "quality")
  expect_equal(mean(colnames(p)[max.col(p)] == w$quality), 0.574, tolerance = 0.005)
  drop <- expfam_prune(distest:::statistics_of(f, fit$x), 0.95, "published")
  expect_equal(setdiff(1:66, drop), of("sub", "term_index")$value)
  set.seed(2)
  sub <- expfam_fit(w, f, terms = setdiff(1:66, drop), control = quiet)
  near(expfam_risk(sub)$trace, "sub", "trace", 0.005)
  for (term in c("T1", "T2", "T3")) near(expfam_risk(sub)[[term]], "sub", term)
  near(expfam_risk(sub)$risk, "sub", "risk2")
  expect_equal(expfam_pn(sub)$n_required, 1008, tolerance = 0.015)
  expect_equal(expfam_pn(sub, alpha = 0.041)$n_required, 1506, tolerance = 0.015)
  expect_true(expfam_pn(sub, alpha = 0.041)$pass)
  set.seed(1)
  expect_identical(coef(expfam_fit(w, f, control = quiet)), coef(fit))
})

test_that("half of the rows may give the base and the other half the fit", {
  skip_on_cran()
  w <- wine_data()
  set.seed(4)
  half <- sample(nrow(w), nrow(w) / 2)
  w <- w[c(1, 2, 8, 11, 12)]
  f <- expfam_family("pairwise", data = w[half, ])
  rest <- w[-half, ]
  inside <- rowSums(as.matrix(rest[1:4]) > rep(f$scale, each = nrow(rest))) == 0
  fit <- expfam_fit(rest[inside, ], f, control = quiet)
  expect_gt(expfam_risk(fit)$risk, 0)
  if (!all(inside)) expect_error(expfam_fit(rest, f), class = "distest_error_domain")
})

test_that("abalone passes easily although its statistics are nearly dependent", {
  skip_on_cran()
  path <- file.path(Sys.getenv("DISTEST_REFERENCE"), "expfam", "abalone.csv")
  skip_if_not(file.exists(path), "the abalone data are not here")
  a <- read.csv(path)[-1]
  a$rings <- factor(a$rings)
  f <- expfam_family("pairwise", data = a,
    scores = list(rings = as.numeric(levels(a$rings)) / 29))
  expect_equal(f$p, 28)
  set.seed(1)
  control <- expfam_control(mc_tol = 0.05, progress = FALSE)
  risk <- expfam_risk(expfam_fit(a, f, control = control))
  expect_lt(abs(risk$trace - 7.5), 0.3)
  expect_equal(risk$first, 0.0009, tolerance = 0.03)
  expect_lt(abs(risk$second), 1.5e-6)
})

test_that("chains and one fixed sample agree on a small model", {
  d <- mixed()
  f <- expfam_family("pairwise", data = d)
  expect_equal(f$stat_names, c("x:y", "x:g", "y:g"))
  expect_equal(expfam_family("pairwise", data = d, main_effects = TRUE)$stat_names,
    c("x:y", "x:g", "y:g", "x", "y", "g"))
  set.seed(1)
  chains <- expfam_fit(d, f, control = quiet)
  fixed <- expfam_fit(d, f, method = "is")
  pseudo <- expfam_fit(d, f, method = "pseudo")
  expect_lt(max(abs(coef(fixed) - coef(chains)) /
    sqrt(fixed$mc$mcse^2 + chains$mc$mcse^2)), 4.5)
  expect_equal(expfam_risk(fixed)$risk, expfam_risk(chains)$risk, tolerance = 0.05)
  expect_equal(fixed$psi, chains$psi, tolerance = 0.05)
  expect_error(expfam_risk(pseudo), class = "distest_error_unsupported")
  expect_output(print(chains), "pairwise")
  expect_equal(names(coef(expfam_fit(d, f, terms = "x:g", control = quiet))), "x:g")
  set.seed(5)
  boot <- expfam_bootstrap(chains, 200)
  expect_equal(mean(boot$kl), expfam_risk(chains)$risk, tolerance = 0.3)
  expect_equal(expfam_divergence(chains, chains), 0)
  expect_equal(unserialize(serialize(chains, NULL)), chains)
})

test_that("where the model holds, other estimators differ by no more than chance", {
  skip_on_cran()
  d <- mixed()
  f <- expfam_family("pairwise", data = d)
  set.seed(7)
  d <- simulate(expfam_fit(d, f, control = quiet), 7)
  expect_equal(names(d), c("sim", "x", "y", "g")) # in the units of the data
  expect_equal(levels(d$g), c("a", "b"))
  ml <- expfam_fit(d, f, control = quiet)
  # the limits are the same; the standard error is that of the difference, by resampling
  # rows for both, maximum likelihood to first order
  xi <- distest:::statistics_of(f, ml$x)
  for (method in c("nce", "pseudo")) {
    gaps <- replicate(if (method == "nce") 12 else 60, {
      i <- sample(nrow(d), replace = TRUE)
      coef(expfam_fit(d[i, ], f, method = method)) - coef(ml) -
        solve(ml$G, colMeans(xi[i, ]) - ml$eta)
    })
    se <- apply(gaps, 1, sd)
    expect_true(all(se < 0.6 * sqrt(diag(vcov(ml))))) # sharper than either alone
    other <- expfam_fit(d, f, method = method)
    expect_lt(max(abs(coef(other) - coef(ml)) / sqrt(se^2 + ml$mc$mcse^2)), 3.5)
  }
})

test_that("comparisons carry the Monte Carlo error of the log partition", {
  d <- mixed()
  f <- expfam_family("pairwise", data = d)
  set.seed(1)
  all <- expfam_fit(d, f, method = "is")
  one <- expfam_fit(d, f, terms = "x:y", method = "is")
  table <- expfam_compare(all = all, one = one)
  gap <- predict(all, type = "log_density") - predict(one, type = "log_density")
  rows <- 4 * sum((gap - mean(gap))^2)
  draws <- (2 * 300)^2 * (all$mc$psi_se^2 + one$mc$psi_se^2)
  expect_gt(draws, 0)
  expect_equal(sort(table$se_diff), c(0, sqrt(rows + draws)), tolerance = 1e-8)
})

test_that("conditional laws of an Ising model come from its joint probabilities", {
  set.seed(2)
  x <- matrix(rbinom(200 * 4, 1, 0.4), 200)
  fit <- expfam_fit(x, "ising")
  p <- predict(fit, x, type = "conditional", target = "x2")
  flipped <- x
  flipped[, 2] <- 1 - x[, 2]
  here <- predict(fit, x)
  expect_equal(unname(p[cbind(1:200, x[, 2] + 1)]),
    here / (here + predict(fit, flipped)), tolerance = 1e-12)
  normal <- expfam_fit(as.matrix(iris[1:50, 1:3]), "mvnormal")
  c2 <- predict(normal, type = "conditional", target = 2)
  lm2 <- lm(Sepal.Width ~ Sepal.Length + Petal.Length, iris[1:50, ])
  expect_equal(c2$mean, unname(fitted(lm2)), tolerance = 1e-8)
  expect_error(predict(fit, type = "conditional", target = "z"),
    class = "distest_error_invalid")
})

test_that("large Ising models run chains and agree with the enumeration", {
  skip_on_cran()
  set.seed(2)
  x <- matrix(rbinom(300 * 5, 1, 0.4), 300)
  exact <- expfam_fit(x, "ising")
  f <- distest:::ising_pairs(exact$family)
  class(f) <- "distest_expfam_family"
  chains <- expfam_fit(x, f, control = quiet)
  expect_lt(max(abs(coef(chains) - coef(exact)) / chains$mc$mcse), 4.5)
  expect_equal(expfam_risk(chains)$risk, expfam_risk(exact)$risk, tolerance = 0.02)
  expect_lt(abs(chains$loglik - exact$loglik), 5 * 300 * chains$mc$psi_se + 0.1)
  wide <- matrix(rbinom(200 * 25, 1, 0.5), 200)
  expect_false(is.null(expfam_family("ising", d = 25)$pairs)) # all pairs: too dense
  f <- distest:::ising_pairs(expfam_family("ising", graph = cbind(1:24, 2:25), d = 25))
  expect_equal(expfam_fit(wide, f, control = quiet)$p, 49)
  fails(expfam_fit(wide + 1, f, control = quiet), "domain", "x")
})

test_that("a sampler of one's own gives the gamma distribution", {
  sampler <- \(theta, n, state) rgamma(n, 1 + theta[[1]], 1 - theta[[2]])
  f <- expfam_custom(\(x) cbind(log = log(x), x = x), expfam_ref_sampler(sampler, p = 2),
    names = c("log", "x"))
  x <- precip / 10
  set.seed(3)
  fit <- expfam_fit(x, f)
  exact <- expfam_fit(x, "gamma")
  expect_lt(max(abs(coef(fit) - (coef(exact) - c(1, -1))) / fit$mc$mcse), 4.5)
  expect_equal(expfam_risk(fit)$risk, expfam_risk(exact)$risk, tolerance = 0.05)
  expect_equal(fit$loglik - sum(x), exact$loglik, tolerance = 0.01)
  stuck <- expfam_custom(\(x) cbind(log = log(x), x = x),
    expfam_ref_sampler(\(theta, n, state) rep(2, n), p = 2))
  expect_error(expfam_fit(x, stuck), class = "distest_error")
  fails(expfam_fit(x, expfam_custom(\(x) cbind(a = x, b = log(x)),
    expfam_ref_sampler(\(theta, n, state) 1:3, p = 2))), "invalid", "sampler")
  fails(expfam_custom(\(x) x, expfam_ref_sampler(sampler)), "invalid", "names")
})

test_that("a reference sample that does not reach the data is said", {
  f <- expfam_custom(\(x) cbind(x = x), expfam_ref_sample(seq(0, 1, 0.01)))
  e <- fails(expfam_fit(c(2, 3), f), "existence")
  expect_match(conditionMessage(e), "Enlarge or move")
  fit <- expfam_fit(c(0.2, 0.4), f)
  expect_gt(fit$mc$M_eff, 10)
})

test_that("bad settings of pairwise models are named", {
  d <- mixed()
  fails(expfam_family("pairwise"), "invalid", "data")
  fails(expfam_family("pairwise", data = d["x"]), "invalid", "data")
  fails(expfam_family("pairwise", data = transform(d, x = -x)), "invalid", "data")
  fails(expfam_family("pairwise", data = d, base = "gamma"), "invalid", "base")
  fails(expfam_family("pairwise", data = d, scores = list(z = 1)), "invalid", "scores")
  f <- expfam_family("pairwise", data = d)
  fails(expfam_fit(d[1:2], f), "invalid", "x")
  fails(expfam_fit(transform(d, x = 2 * x), f), "domain", "x")
  fails(expfam_fit(transform(d, g = "c"), f), "domain", "x")
  fails(expfam_fit(transform(d, x = NA_real_), f), "invalid", "x")
  fails(expfam_fit(d, f, method = "newton"), "unsupported", "method")
  fails(expfam_fit(precip, "gamma", method = "mcmle"), "unsupported", "method")
  fails(expfam_fit(d, f, terms = "x:z"), "invalid", "terms")
  fails(expfam_fit(transform(d, y = x), f, control = quiet), "singular", "x")
  fails(expfam_control(mc_tol = 0), "invalid", "mc_tol")
})
