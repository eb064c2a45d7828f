# Random data sets that are ordinary but not kind: 40 to 500 rows, units of time from 1e-3
# to 1e4, covariates as they come (ages, doses, counts in the hundreds), kappa from -0.6
# to 30. DISTEST_SURV_DESIGNS says how many are fitted (500 for a release).

random_design <- function(seed) {
  set.seed(seed)
  n <- round(exp(runif(1, log(40), log(500))))
  kappa <- exp(runif(1, log(0.4), log(31))) - 1
  d <- data.frame(
    age = round(rnorm(n, 60, 12)), dose = sample(c(0, 25, 50, 200), n, TRUE),
    count = rpois(n, 300) * rbinom(n, 1, 0.9), ratio = rexp(n) * 1e-3,
    arm = factor(sample(c("a", "b", "c"), n, TRUE)), new = rbinom(n, 1, 0.4)
  )
  scale <- exp(0.02 * (d$age - 60) - 0.003 * d$dose + 0.4 * d$new + runif(1, -1, 1))
  t <- rapgw(n, scale, 1, exp(runif(1, -0.6, 0.8) + 0.2 * d$new), kappa)
  share <- runif(1, 0.4, 0.99)
  censored <- quantile(t[is.finite(t)], share, names = FALSE) * runif(n, 0.2, 2)
  unit <- 10^runif(1, -3, 4)
  d$time <- pmin(t, censored) * unit
  d$status <- as.integer(t <= censored)
  main <- sample(c("1", "age", "new", "arm + age", "dose + count", "age + new + ratio",
    "age + dose + count + ratio + arm + new"), 1)
  gamma <- list(~1, ~new, ~arm, ~age)[[sample(4, 1, prob = 4:1)]]
  list(formula = stats::reformulate(main, quote(survival::Surv(time, status))), data = d,
    effect = sample(c("aft", "ph"), 1), gamma = gamma, threads = 1)
}

# list(fit or error, classes of the warnings)
watched_fit <- function(args) {
  seen <- character()
  fit <- withCallingHandlers(
    tryCatch(do.call(surv_fit, args), error = identity),
    warning = \(w) {
      seen <<- c(seen, class(w)[[1]])
      invokeRestart("muffleWarning")
    },
    message = \(m) invokeRestart("muffleMessage")
  )
  list(fit = fit, seen = seen)
}

# The highest log-likelihood from starts of a user's: near the estimate, in other regions
# of kappa, and far from anything.
highest_other <- function(args, fit) {
  b <- coef(fit)
  b <- b[is.finite(b) | grepl("^kappa", names(b))]
  se <- sqrt(diag(vcov(fit)))[names(b)]
  spread <- ifelse(is.finite(se), se, 1)
  b[!is.finite(b)] <- 0
  kappa <- names(b) == "kappa:(Intercept)"
  args$control <- surv_control(n_start = 0)
  args$model <- FALSE
  max(vapply(seq_len(8), \(i) {
    start <- b + rnorm(length(b)) * spread * c(0.5, 2, 5, 0)[[1 + i %% 4]]
    if (any(kappa)) start[kappa] <- log(c(0.3, 1, 2, 6, 20, 1.5, 0.6, 40))[[i]]
    args$start <- unname(start)
    o <- watched_fit(args)
    if (!inherits(o$fit, "distest_surv") || "distest_surv_unbounded" %in% o$seen) {
      return(-Inf)
    }
    o$fit$loglik
  }, 0))
}

# What is wrong with the fit to a random design; character(0): nothing.
faults_of <- function(seed) {
  args <- random_design(seed)
  o <- watched_fit(args)
  fit <- o$fit
  if (inherits(fit, "error")) {
    return(paste("error:", conditionMessage(fit)))
  }
  excused <- "distest_surv_unbounded" %in% o$seen
  monotone <- is.infinite(coef(fit)) & !grepl("^kappa", names(coef(fit)))
  missing <- is.na(diag(vcov(fit))) & is.finite(coef(fit))
  gain <- highest_other(args, fit) - fit$loglik
  c(
    if (anyNA(coef(fit)) || is.na(fit$loglik)) "NaN",
    if (any(monotone) && !"distest_surv_monotone" %in% o$seen) "silently monotone",
    if (any(missing) && fit$boundary != "phi=0" &&
      !any(c("distest_surv_flat", "distest_surv_noconv") %in% o$seen) && !excused) {
      "no standard error"
    },
    if (!fit$converged && !any(c("distest_surv_noconv", "distest_surv_unbounded") %in%
      o$seen)) "silently not converged",
    if (!excused && gain > 1e-5) sprintf("a start of the user's is %g higher", gain)
  )
}

test_that("no random data set stops a fit, or has a better optimum", {
  skip_on_cran()
  skip_if_not_installed("survival")
  designs <- as.integer(Sys.getenv("DISTEST_SURV_DESIGNS", "25"))
  # the last four have their optimum where kappa + 1 is tiny, or on a ridge of gamma kappa
  for (seed in union(seq_len(designs), c(66, 167, 233, 445))) {
    expect_identical(faults_of(seed), NULL, label = sprintf("design %d", seed))
  }
})
