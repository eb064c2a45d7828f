# surv_stress.R - random designs that are hard on purpose: few rows, heavy censoring, units
# of time from 1e-6 to 1e6, collinear and badly scaled covariates, groups without events,
# all kinds of censoring. Every fit must end in one of three ways: converged inside the
# parameter space; a named estimate on the boundary; a condition with a class. No start of
# the user's may lead to a log-likelihood higher by more than 1e-5 without such a
# condition. Usage: Rscript surv_stress.R [designs = 1000] [first seed = 1]
library(distest)
library(survival)

make_design <- function(seed) {
  set.seed(seed)
  n <- sample(c(15, 25, 40, 80, 150, 300), 1)
  unit <- 10^sample(-6:6, 1)
  kappa <- sample(c(-0.6, -0.3, 0, 0.5, 1, 2, 8, 30), 1)
  x <- rnorm(n)
  d <- data.frame(
    x = x, z = 0.999 * x + sqrt(1 - 0.999^2) * rnorm(n), far = 1e4 + 1e-3 * rnorm(n),
    big = 1e6 * rexp(n), g = factor(sample(c("a", "b", "c"), n, TRUE, c(0.6, 0.3, 0.1))),
    r = rbinom(n, 1, 0.15), dose = sample(0:3, n, TRUE)
  )
  t <- rapgw(n, exp(0.5 * x - 0.4 * (d$g == "b")), 1, exp(runif(1, -0.7, 0.9)), kappa)
  share <- sample(c(0.1, 0.5, 0.8, 0.95), 1) # of censoring
  c <- quantile(t[is.finite(t)], 1 - share, names = FALSE) * rexp(n) / log(2)
  d$time <- pmin(t, c) * unit
  d$status <- as.integer(t <= c)
  if (runif(1) < 0.2) d$status[d$r == 1] <- 0 # separation
  if (runif(1) < 0.3) { # rounded: ties, narrow intervals
    d$time <- signif(d$time, 1)
    d$time[d$time == 0] <- unit * 1e-3
  }
  d$lower <- d$time * runif(n, 0, 0.99)
  d$upper <- ifelse(d$status == 1, d$time, NA)
  d$entry <- d$time * runif(n, 0, 0.5) * rbinom(n, 1, 0.5)
  d$w <- sample(1:3, n, TRUE)
  main <- sample(c("x", "x + z", "far", "big", "g", "r", "x + g + dose", "1", "g * r"), 1)
  response <- sample(c("Surv(time, status)", "Surv(entry, time, status)",
    "Surv(lower, upper, type = 'interval2')"), 1, prob = c(0.6, 0.2, 0.2))
  dist <- sample(c("apgw", "weibull", "burr12", "gompertz", "ptloglogistic"), 1,
    prob = c(0.7, 0.1, 0.07, 0.07, 0.06))
  args <- list(
    formula = as.formula(paste(response, "~", main)), data = d,
    effect = sample(c("aft", "ph"), 1), dist = dist, progress = FALSE, threads = 1
  )
  if (dist %in% c("apgw", "weibull")) {
    args$gamma <- list(~1, ~x, ~r, ~g)[[sample(4, 1, prob = c(0.5, 0.2, 0.15, 0.15))]]
  }
  if (runif(1) < 0.2) args$weights <- quote(w)
  args
}

# list(fit or error, classes of its conditions)
observed <- function(args) {
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

# The best log-likelihood from six starts of a user's.
best_other <- function(args, fit) {
  b <- coef(fit)
  b <- b[!is.na(b) & b != -Inf | grepl("^kappa", names(b))]
  if (length(b) == 0 || anyNA(b)) return(-Inf)
  se <- sqrt(diag(vcov(fit)))[names(b)]
  se[!is.finite(se) | se > 3] <- 1
  kappa <- names(b) == "kappa:(Intercept)"
  b[!is.finite(b)] <- 0
  values <- vapply(1:6, \(i) {
    start <- b + rnorm(length(b)) * se * c(0.5, 2)[[1 + i %% 2]]
    if (any(kappa)) start[kappa] <- log(c(0.3, 1, 2, 6, 20, 1.5))[[i]]
    args$start <- unname(start)
    args$control <- surv_control(n_start = 0)
    one <- observed(args)$fit
    if (inherits(one, "distest_surv") && one$converged) one$loglik else -Inf
  }, 0)
  max(values)
}

arguments <- as.integer(commandArgs(TRUE))
designs <- if (length(arguments)) arguments[[1]] else 1000
first <- if (length(arguments) > 1) arguments[[2]] else 1
count <- c(inside = 0, boundary = 0, warned = 0, refused = 0)
conditions <- character()
silent <- integer()
broken <- integer()
for (seed in first + seq_len(designs) - 1) {
  args <- make_design(seed)
  o <- observed(args)
  if (inherits(o$fit, "error")) {
    ours <- inherits(o$fit, "distest_error") && !inherits(o$fit, "distest_error_internal")
    count[["refused"]] <- count[["refused"]] + 1
    conditions <- c(conditions, class(o$fit)[[1]])
    if (!ours) broken <- c(broken, seed)
    next
  }
  fit <- o$fit
  serious <- setdiff(o$seen, "distest_surv_overfit")
  end <- if (length(setdiff(serious, "distest_surv_monotone"))) "warned" else if (
    nzchar(fit$boundary)) "boundary" else if (length(serious)) "warned" else "inside"
  count[[end]] <- count[[end]] + 1
  conditions <- c(conditions, o$seen, if (nzchar(fit$boundary)) fit$boundary)
  bad <- is.nan(fit$loglik) || any(is.nan(coef(fit))) ||
    (end == "inside" && (!fit$converged || anyNA(diag(vcov(fit))[!is.na(coef(fit))])))
  if (bad) broken <- c(broken, seed)
  if (end %in% c("inside", "boundary") && best_other(args, fit) > fit$loglik + 1e-5) {
    silent <- c(silent, seed)
  }
}
cat(sprintf("%d designs: %d converged inside, %d on a named boundary, %d with a warning, ",
  designs, count[["inside"]], count[["boundary"]], count[["warned"]]),
sprintf("%d refused with a class\n", count[["refused"]]), sep = "")
print(table(conditions))
cat(sprintf("silently below another optimum: %d%s\n", length(silent),
  if (length(silent)) paste(": seeds", paste(silent, collapse = ", ")) else ""))
cat(sprintf("NaN, missing errors or errors without a class: %d%s\n", length(broken),
  if (length(broken)) paste(": seeds", paste(broken, collapse = ", ")) else ""))
if (length(silent) || length(broken)) quit(status = 1)
