# One call of each routine of the glue with R's garbage collector run at every allocation:
# what is not protected is gone at once.
library(distest)
d <- data.frame(t = c(5, 8, 12, 3, 20, 7, 9, 15, 2, 11), e = c(1, 1, 0, 1, 1, 0, 1, 1, 1, 0),
  x = c(0, 1, 0, 1, 0, 1, 1, 0, 1, 0))
calls <- list(
  threads = quote(distest_threads()),
  version = quote(distest:::version_string()),
  dist = quote(dapgw(1:3, kappa = c(-1, 0, Inf))),
  fit = quote(surv_fit(survival::Surv(t, e) ~ x, d, dist = "weibull", robust = TRUE)),
  predict = quote(predict(fit, d, times = c(1, 5), interval = "confidence")),
  failure = quote(try(surv_fit(survival::Surv(t, e) ~ x, d, kappa = 1, lambda = ~1), silent = TRUE))
)
line <- wls_space(wls_basis("legendre", 2))
some <- wls_space_finite(cbind(1, 1:6))
rows <- cbind(1, 1:6)
runs <- wls_as_sample(line, c(-0.9, -0.3, 0.1, 0.5, 0.8))
curve <- wls_fit(line, runs, y = c(1, 3, 2, 5, 4))
calls <- c(calls, list(
  wls_basis = quote(wls_basis_eval(wls_basis("hermite", 3), c(0, 1), deriv = TRUE)),
  wls_induced = quote(wls_induced_quantile(wls_basis("jacobi", 3), 2, 0.3)),
  wls_index = quote(wls_index_set(2, degree = 2)),
  wls_features = quote(wls_features(line, c(0, 0.5), deriv = TRUE)),
  wls_sample = quote({
    set.seed(1)
    wls_sample(some, 4, "boosted")
  }),
  wls_chunks = quote({
    set.seed(1)
    unclass(wls_sample(wls_space_finite(\(i) rows[i, , drop = FALSE], N = 6), 4))$index
  }),
  wls_fit = quote(wls_fit(line, runs, y = c(1, 3, 2, 5, 4))),
  wls_vcov = quote(vcov(curve)),
  wls_predict = quote(predict(curve, 0.2, se.fit = TRUE)),
  wls_moments = quote(wls_moments(curve, 4)),
  wls_sobol = quote(wls_sobol(curve)),
  wls_dgsm = quote(wls_dgsm(curve)),
  wls_certificate = quote(wls_certificate(curve)),
  wls_prune = quote(wls_prune(runs, Inf)),
  wls_quadrature = quote(wls_quadrature(curve)),
  wls_partial = quote(wls_finish(wls_merge(wls_partial(line, c(-0.5, 0, 0.5, 1), 1:4),
    wls_partial(line, c(-0.7, 0.3), 1:2)))),
  wls_failure = quote(try(wls_sample(line, 1), silent = TRUE))
))
fit <- eval(calls$fit)
for (name in names(calls)) {
  plain <- eval(calls[[name]])
  gctorture2(1)
  under <- eval(calls[[name]])
  gctorture2(0)
  same <- identical(plain[names(plain) != "call"], under[names(under) != "call"]) || grepl("failure", name)
  cat(name, if (same) "ok" else "DIFFERS", "\n")
  if (!same) quit(status = 1)
}
cat(length(calls), "passed, 0 failed\n")
