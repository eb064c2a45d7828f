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
fit <- eval(calls$fit)
for (name in names(calls)) {
  plain <- eval(calls[[name]])
  gctorture2(1)
  under <- eval(calls[[name]])
  gctorture2(0)
  same <- identical(plain[names(plain) != "call"], under[names(under) != "call"]) || name == "failure"
  cat(name, if (same) "ok" else "DIFFERS", "\n")
  if (!same) quit(status = 1)
}
cat(length(calls), "passed, 0 failed\n")
