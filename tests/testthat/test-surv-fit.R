test_that("all reference fits are reached with default settings", {
  env <- surv_data_sets()
  fits <- read.delim(reference("surv", "fits.tsv"), quote = "")
  want <- read.delim(reference("surv", "coefficients.tsv"))
  expect_equal(nrow(fits), 35)
  for (i in seq_len(nrow(fits))) {
    id <- fits$id[[i]]
    fit <- surv_case(id, env)
    ref <- want[want$id == id, ]
    expect_true(fit$converged, label = id)
    expect_identical(names(coef(fit)), ref$name)
    expect_lt(abs(fit$loglik - fits$loglik[[i]]), if (fits$n[[i]] > 1000) 1e-7 else 1e-8,
      label = paste("log-likelihood of", id))
    expect_lt(max(abs(coef(fit) - ref$coef) / ref$se), 1e-6, label = paste("coefficients of", id))
    se <- sqrt(diag(vcov(fit, "model")))
    expect_lt(max(abs(se / ref$se - 1)), 1e-6, label = paste("standard errors of", id))
    expect_equal(c(fit$df, fit$nrow, fit$nobs, fit$nevent),
      as.double(fits[i, c("df", "n", "sum_w", "events")]), tolerance = 1e-12)
  }
})

test_that("robust standard errors are those of the reference, by row and by cluster", {
  env <- surv_data_sets()
  want <- read.delim(reference("surv", "coefficients.tsv"))
  fits <- read.delim(reference("surv", "fits.tsv"), quote = "")
  for (id in c("vet_apgw_aft_g", "gbsg_apgw_aft", "ret_cluster", "heart_tv", "mix_ic_lt_w_off")) {
    call <- str2lang(fits$call[fits$id == id])
    call$robust <- TRUE
    fit <- eval(call, list(surv_fit = surv_fit), env)
    se <- sqrt(diag(vcov(fit, "robust")))
    expect_lt(max(abs(se / want$robust_se[want$id == id] - 1)), 1e-6, label = id)
    expect_equal(fit$n_cluster, fits$n_cluster[fits$id == id])
    expect_identical(vcov(fit), vcov(fit, "robust"))
  }
})

test_that("exponential, Weibull and log-logistic agree with survreg", {
  skip_if_not_installed("survival")
  Surv <- survival::Surv
  for (data in list(
    list(Surv(time, status) ~ trt + karno, survival::veteran),
    list(Surv(rfstime, status) ~ hormon + age + nodes, survival::gbsg),
    list(Surv(time, status) ~ age + sex, survival::lung),
    list(Surv(time, status) ~ rx + nodes, subset(survival::colon, etype == 1)),
    list(Surv(futime, fustat) ~ age + rx, survival::ovarian)
  )) {
    for (dist in c("exponential", "weibull", "loglogistic")) {
      peer <- survival::survreg(data[[1]], data[[2]], dist = dist, rel.tolerance = 1e-13)
      ours <- surv_fit(data[[1]], data[[2]], dist = dist)
      expect_lt(abs(ours$loglik - peer$loglik[[2]]), 1e-9)
      expect_equal(unname(coef(ours, "phi")), -unname(coef(peer)), tolerance = 1e-5)
    }
  }
})

test_that("interval- and left-censored Weibull fits agree with survreg", {
  skip_if_not_installed("survival")
  set.seed(4)
  t <- rweibull(300, 1.4, 5)
  l <- floor(t)
  y <- data.frame(l = ifelse(l == 0, NA, l), u = ifelse(t > 8, NA, l + 1), x = rnorm(300))
  y$l[t > 8] <- 8
  formula <- survival::Surv(l, u, type = "interval2") ~ x
  ours <- surv_fit(formula, y, dist = "weibull")
  peer <- survival::survreg(formula, y, rel.tolerance = 1e-13)
  expect_lt(abs(ours$loglik - peer$loglik[[2]]), 1e-9)
  y$late <- t > 2
  y$time <- pmax(t, 2)
  left <- survival::Surv(time, late, type = "left") ~ x
  ours <- surv_fit(left, y, dist = "weibull")
  peer <- survival::survreg(left, y, rel.tolerance = 1e-13)
  expect_lt(abs(ours$loglik - peer$loglik[[2]]), 1e-9)
})

test_that("kappa = Inf is recognised", {
  env <- surv_data_sets()
  fit <- eval(quote(surv_fit(Surv(age, a1, death) ~ sex, data = mg)), list(surv_fit = surv_fit), env)
  expect_identical(fit$boundary, "kappa=Inf")
  expect_true(fit$converged)
  expect_lt(abs(fit$loglik - -3118.6383960286160), 1e-7)
  expect_identical(coef(fit)[["kappa:(Intercept)"]], Inf)
  expect_identical(is.na(diag(vcov(fit))), c(
    "phi:(Intercept)" = FALSE, "phi:sexM" = FALSE, "gamma:(Intercept)" = FALSE,
    "kappa:(Intercept)" = TRUE
  ))
  held <- surv_case("mgus2_kinf_lt", env)
  expect_equal(coef(fit)[1:3], coef(held), tolerance = 1e-8)
  expect_equal(fit$df, held$df + 1)
})

test_that("kappa = -1 is recognised", {
  env <- surv_data_sets()
  fit <- eval(quote(surv_fit(Surv(yrs, ev) ~ ulcer, data = mel, effect = "ph", phi = ~1)),
    list(surv_fit = surv_fit), env)
  expect_identical(fit$boundary, "kappa=-1")
  expect_lt(abs(fit$loglik - -211.89961739344466), 1e-7)
  held <- surv_case("mel_pt", env)
  expect_equal(coef(fit)[names(coef(held))], coef(held), tolerance = 1e-6)
})

test_that("a Gompertz hazard that does not rise is the exponential", {
  env <- surv_data_sets()
  fit <- eval(quote(surv_fit(Surv(time, status) ~ trt + karno, data = vet, dist = "gompertz")),
    list(surv_fit = surv_fit), env)
  expect_identical(fit$boundary, "phi=0")
  expect_lt(abs(fit$loglik - -725.84227426650348), 1e-7)
  flat <- surv_case("vet_exp_aft", env)
  expect_equal(coef(fit, "phi"), coef(flat, "phi"), tolerance = 1e-6)
  new <- data.frame(trt = "1", karno = 60)
  expect_equal(predict(fit, new, times = 50), predict(flat, new, times = 50), tolerance = 1e-6)
})

test_that("an unbounded likelihood is said", {
  skip_if_not_installed("survival")
  u <- data.frame(time = c(5, 5, 5, 1, 2, 3, 4, 6, 7, 8), status = 1,
    g = factor(rep(c("a", "b"), c(3, 7))))
  w <- expect_warning(
    fit <- surv_fit(survival::Surv(time, status) ~ g, data = u, gamma = ~g),
    class = "distest_surv_unbounded"
  )
  expect_match(conditionMessage(w), "gamma")
  expect_s3_class(w, "distest_warning_convergence")
  expect_false(fit$converged)
  expect_identical(fit$boundary, "gamma=Inf")
})

test_that("the unit of time changes the intercept of phi alone", {
  env <- surv_data_sets()
  base <- surv_case("vet_apgw_aft", env)
  events <- base$nevent
  for (c in c(1e-6, 1e-3, 1e3, 1e6)) {
    scaled <- transform(env$vet, time = time * c)
    fit <- surv_fit(survival::Surv(time, status) ~ trt, scaled)
    expect_lt(abs(fit$loglik - (base$loglik - events * log(c))), 1e-7)
    expect_equal(coef(fit)[-1], coef(base)[-1], tolerance = 1e-7)
    expect_equal(coef(fit)[[1]], coef(base)[[1]] - log(c), tolerance = 1e-9)
  }
})

test_that("a badly scaled covariate changes nothing that is fitted", {
  env <- surv_data_sets()
  far <- transform(env$vet, z = 1e4 + 1e-3 * karno)
  a <- surv_fit(survival::Surv(time, status) ~ karno, env$vet)
  b <- surv_fit(survival::Surv(time, status) ~ z, far)
  expect_equal(predict(a, times = 100)$estimate, predict(b, times = 100)$estimate,
    tolerance = 1e-8)
})

test_that("rows may come in any order, and threads do not show", {
  env <- surv_data_sets()
  fit <- function(data, threads) {
    out <- surv_fit(survival::Surv(rfstime, status) ~ hormon + age + nodes, data, threads = threads)
    out[c("coefficients", "vcov", "loglik")]
  }
  one <- fit(env$gb, 1)
  expect_identical(fit(env$gb, 2), one)
  expect_identical(fit(env$gb, 4), one)
  other <- fit(env$gb[sample(nrow(env$gb)), ], 2)
  expect_equal(other$coefficients, one$coefficients, tolerance = 1e-10)
})

test_that("weights are repetitions", {
  env <- surv_data_sets()
  weighted <- surv_fit(survival::Surv(time, status) ~ trt, env$vet, weights = w)
  repeated <- surv_fit(survival::Surv(time, status) ~ trt, env$vet[rep(1:137, env$vet$w), ])
  expect_equal(coef(weighted), coef(repeated), tolerance = 1e-9)
  expect_equal(weighted$loglik, repeated$loglik, tolerance = 1e-12)
  expect_equal(vcov(weighted), vcov(repeated), tolerance = 1e-8)
  expect_equal(nobs(weighted), nobs(repeated))
})

test_that("a user's start is one more start", {
  env <- surv_data_sets()
  fit <- surv_fit(survival::Surv(time, status) ~ trt, env$vet)
  again <- surv_fit(survival::Surv(time, status) ~ trt, env$vet, start = coef(fit),
    control = surv_control(n_start = 0))
  expect_equal(coef(again), coef(fit), tolerance = 1e-9)
  expect_lt(again$iterations, 3)
  bad <- surv_fit(survival::Surv(time, status) ~ trt, env$vet, start = c(50, 50, 5, 5))
  expect_equal(coef(bad), coef(fit), tolerance = 1e-7)
})

test_that("offsets are coefficients of 1, in each parameter", {
  env <- surv_data_sets()
  vet <- transform(env$vet, o = 0.1 * karno - 5, z = 0)
  a <- surv_fit(survival::Surv(time, status) ~ trt + offset(-o), vet, gamma = ~ offset(o / 50))
  vet2 <- vet
  b <- surv_fit(survival::Surv(time, status) ~ trt, vet2)
  expect_false(isTRUE(all.equal(a$loglik, b$loglik)))
  full <- surv_fit(survival::Surv(time, status) ~ trt + karno, vet)
  shifted <- surv_fit(survival::Surv(time, status) ~ trt + karno + offset(3 * karno / 100), vet)
  expect_equal(coef(shifted)[["phi:karno"]], coef(full)[["phi:karno"]] - 0.03, tolerance = 1e-7)
  expect_equal(shifted$loglik, full$loglik, tolerance = 1e-10)
})

test_that("strata() adds a group to gamma, cluster() makes errors robust", {
  env <- surv_data_sets()
  a <- surv_fit(survival::Surv(time, status) ~ karno + strata(trt), env$vet)
  b <- surv_fit(survival::Surv(time, status) ~ karno, env$vet, gamma = ~ factor(trt))
  expect_equal(a$loglik, b$loglik, tolerance = 1e-12)
  strata <- survival::strata
  peer <- survival::survreg(survival::Surv(time, status) ~ karno + strata(trt), env$vet)
  ours <- surv_fit(survival::Surv(time, status) ~ karno + strata(trt), env$vet,
    dist = "weibull")
  expect_lt(abs(ours$loglik - peer$loglik[[2]]), 1e-8)
  c1 <- surv_fit(survival::Surv(time, status) ~ karno + cluster(celltype), env$vet)
  c2 <- surv_fit(survival::Surv(time, status) ~ karno, env$vet, cluster = celltype)
  expect_identical(vcov(c1), vcov(c2))
  expect_equal(c1$n_cluster, 4)
})

test_that("a list of formulas says the same as arguments", {
  env <- surv_data_sets()
  a <- surv_fit(list(survival::Surv(time, status) ~ trt, gamma ~ trt), env$vet)
  b <- surv_fit(survival::Surv(time, status) ~ trt, env$vet, gamma = ~trt)
  expect_identical(coef(a), coef(b))
})

test_that("columns may have the parameters' names, and anything model.frame() can read", {
  env <- surv_data_sets()
  vet <- transform(env$vet, kappa = karno, lambda = age)
  a <- surv_fit(survival::Surv(time, status) ~ kappa + lambda, vet, gamma = ~kappa)
  b <- surv_fit(survival::Surv(time, status) ~ karno + age, vet, gamma = ~karno)
  expect_equal(unname(coef(a)), unname(coef(b)))
  poly <- surv_fit(survival::Surv(time, status) ~ poly(karno, 2) + celltype:trt, vet,
    gamma = ~ log(karno))
  new <- predict(poly, vet[c(5, 80), ], times = 100)$estimate
  expect_equal(new, predict(poly, times = 100)$estimate[c(5, 80)], tolerance = 1e-12)
})

test_that("an aliased column is NA, as in lm()", {
  env <- surv_data_sets()
  vet <- transform(env$vet, twice = 2 * karno + 1)
  expect_message(
    fit <- surv_fit(survival::Surv(time, status) ~ karno + twice, vet), "phi:twice"
  )
  expect_identical(coef(fit)[["phi:twice"]], NA_real_)
  plain <- surv_fit(survival::Surv(time, status) ~ karno, vet)
  expect_equal(fit$loglik, plain$loglik)
  expect_equal(predict(fit, vet[1:3, ], times = 50), predict(plain, vet[1:3, ], times = 50))
  expect_output(print(fit), "twice NA")
})

test_that("missing values are dropped and counted", {
  skip_if_not_installed("survival")
  fit <- surv_fit(survival::Surv(time, status) ~ ph.karno + meal.cal, survival::lung)
  complete <- sum(stats::complete.cases(survival::lung[c("ph.karno", "meal.cal")]))
  expect_equal(fit$nrow, complete)
  expect_output(print(fit), "missing values dropped")
  expect_error(
    surv_fit(survival::Surv(time, status) ~ ph.karno, survival::lung, na.action = na.fail)
  )
})

test_that("a fit is plain data", {
  env <- surv_data_sets()
  fit <- surv_case("vet_apgw_aft_g", env)
  file <- tempfile(fileext = ".rds")
  on.exit(unlink(file))
  saveRDS(fit, file)
  back <- readRDS(file)
  expect_equal(back$coefficients, fit$coefficients)
  expect_equal(predict(back, times = 10), predict(fit, times = 10))
  slim <- surv_fit(survival::Surv(time, status) ~ trt, env$vet, model = FALSE)
  expect_null(slim$model)
  expect_error(predict(slim, times = 10), class = "distest_error_unsupported")
  expect_silent(predict(slim, data.frame(trt = "1"), times = 10))
  old <- fit
  old$version <- "99.0.0"
  expect_error(predict(old, times = 1), class = "distest_error_unsupported")
})

test_that("calls can be cancelled, and a user's error stays the user's", {
  skip_if_not_installed("survival")
  mine <- function(fraction, stage) stop(errorCondition("enough", class = "mine"))
  expect_error(
    surv_fit(survival::Surv(time, status) ~ karno, survival::veteran, progress = mine),
    class = "mine"
  )
  seen <- 0
  watch <- function(fraction, stage) seen <<- seen + 1
  surv_fit(survival::Surv(time, status) ~ karno, survival::veteran, progress = watch)
  expect_gt(seen, 0)
})

test_that("fitting leaves the session as it was", {
  skip_if_not_installed("survival")
  set.seed(1)
  before <- list(.Random.seed, options(), getwd())
  fit <- surv_fit(survival::Surv(time, status) ~ karno, survival::veteran)
  predict(fit, times = 5, interval = "confidence")
  expect_identical(list(.Random.seed, options(), getwd()), before)
})

test_that("kappa near -1 with phi held is an optimum inside", {
  # with phi = 1, x / a has no limit as a -> 0: times near a need a kappa of their own
  a <- exp(-9)
  theta <- 40
  p <- (seq_len(300) - 0.5) / 300
  y <- -log(1 - p) / theta # (1 + t / a)^kappa = 1 - y
  t <- a * ((1 - y)^(1 / (a - 1)) - 1)
  d <- data.frame(t = t, s = 1)
  by_hand <- function(k, theta, gamma) {
    a <- exp(k)
    u <- d$t^gamma / a
    sum(log(theta * (1 - a) * gamma * u / d$t * (1 + u)^(a - 2)) -
      theta * (1 - (1 + u)^(a - 1)))
  }
  skip_if_not_installed("survival")
  fit <- surv_fit(survival::Surv(t, s) ~ 1, d, effect = "ph")
  expect_identical(fit$boundary, "")
  b <- coef(fit)
  k <- b[["kappa:(Intercept)"]]
  expect_equal(fit$loglik, by_hand(k, exp(b[["lambda:(Intercept)"]] + k) / -expm1(k),
    exp(b[["gamma:(Intercept)"]])), tolerance = 1e-9)
  best <- optim(c(-9, log(theta), 0), \(v) -by_hand(v[[1]], exp(v[[2]]), exp(v[[3]])),
    control = list(reltol = 1e-14, maxit = 5000))
  expect_lt(abs(fit$loglik + best$value), 1e-5)
})
