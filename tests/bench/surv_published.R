# surv_published.R - numbers of the published models and peers beside ours, and the
# coverage of Wald intervals in the simulation design of the family. CSV lines:
# case,published,ours,difference,tolerance,pass. Peers are run where they are installed.
# Usage: Rscript surv_published.R [samples = 300]
library(distest)
library(survival)

line <- function(case, published, ours, tolerance) {
  cat(sprintf("%s,%.8f,%.8f,%.2e,%.0e,%s\n", case, published, ours, ours - published,
    tolerance, if (abs(ours - published) <= tolerance) "yes" else "no"))
}
cat("case,published,ours,difference,tolerance,pass\n")
vet <- transform(veteran, trt = factor(trt))
fit <- \(...) surv_fit(..., progress = FALSE)$loglik

# package mpr 1.0.6, multi-parameter regression
line("mpr Weibull ph ~ trt + celltype gamma ~ trt", -733.32920003,
  fit(Surv(time, status) ~ trt + celltype, vet, "ph", "weibull", gamma = ~trt), 1e-6)
line("mpr log-logistic ~ trt gamma ~ trt", -749.62168009,
  fit(Surv(time, status) ~ trt, vet, dist = "loglogistic", phi_form = "power",
    gamma = ~trt), 1e-6)
line("mpr Burr ~ trt gamma ~ trt", -746.08370051,
  fit(Surv(time, status) ~ trt, vet, dist = "burr12", phi_form = "power", gamma = ~trt),
  1e-6)
f <- Surv(rfstime, status) ~ hormon + age + nodes + pgr
line("gbsg Weibull ph gamma ~ hormon (mpr stops at -129014)", -2588.563116,
  fit(f, gbsg, "ph", "weibull", gamma = ~hormon), 1e-6)
line("gbsg Weibull aft gamma ~ hormon (mpr stops at -117733)", -2587.334,
  fit(f, gbsg, dist = "weibull", gamma = ~hormon), 5e-4)
if (requireNamespace("mpr", quietly = TRUE)) {
  peer <- mpr::mpr(Surv(time, status) ~ list(~ trt + celltype, ~trt), vet,
    family = "Weibull")
  line("mpr run here: Weibull ph ~ trt + celltype gamma ~ trt",
    peer$model$loglike, fit(Surv(time, status) ~ trt + celltype, vet, "ph", "weibull",
      gamma = ~trt), 1e-6)
}

# survreg: exponential, Weibull, log-logistic; right, left, interval
lung1 <- transform(lung, ev = status - 1)
set.seed(4)
t <- rweibull(300, 1.4, 5)
seen <- data.frame(l = ifelse(floor(t) == 0, NA, pmin(floor(t), 8)),
  u = ifelse(t > 8, NA, floor(t) + 1), x = rnorm(300), late = t > 2, time = pmax(t, 2))
cases <- list(
  list("veteran", Surv(time, status) ~ trt + karno, vet),
  list("lung", Surv(time, ev) ~ age + sex, lung1),
  list("colon", Surv(time, status) ~ rx + age, subset(colon, etype == 1)),
  list("ovarian", Surv(futime, fustat) ~ age + rx, ovarian),
  list("interval", Surv(l, u, type = "interval2") ~ x, seen),
  list("left", Surv(time, late, type = "left") ~ x, seen)
)
for (case in cases) {
  for (dist in c("exponential", "weibull", "loglogistic")) {
    peer <- survreg(case[[2]], case[[3]], dist = dist,
      control = survreg.control(maxiter = 100, rel.tolerance = 1e-13))
    line(paste("survreg", case[[1]], dist), peer$loglik[[2]],
      fit(case[[2]], case[[3]], dist = dist), 1e-9)
  }
}

# flexsurv: Gompertz with delayed entry
mg <- transform(subset(mgus2, futime > 0), a1 = age + futime / 12)
line("mgus2 Gompertz, delayed entry", -3121.14512765106,
  fit(Surv(age, a1, death) ~ sex, mg, "ph", "gompertz"), 1e-7)

# colon recurrence: the interval of log(kappa + 1) is below 0, so cure is supported
cure <- surv_fit(Surv(time / 365.25, status) ~ rx, subset(colon, etype == 1), "ph")
ci <- confint(cure, "kappa:(Intercept)", method = "profile")
line("colon profile limit of log(kappa + 1) lower", -0.5634, ci[[1]], 5e-5)
line("colon profile limit of log(kappa + 1) upper", -0.3732, ci[[2]], 5e-5)

# shared gamma frailty
shared <- surv_fit(Surv(time, status) ~ age + sex, kidney, "ph", "weibull", frailty = id)
line("kidney gamma frailty", -332.187818, shared$loglik, 5e-7)

# coverage of 95 % Wald intervals and bias
samples <- as.integer(c(commandArgs(TRUE), 300)[[1]])
for (kappa in c(-0.4, 0.5, 1)) {
  truth <- c(0, -0.5, 0.3, 0.2, log1p(kappa))
  set.seed(100)
  runs <- lapply(seq_len(samples), \(i) {
    x <- rbinom(500, 1, 0.5)
    t <- rapgw(500, exp(-0.5 * x), 1, exp(0.3 + 0.2 * x), kappa)
    c <- rexp(500, 0.25)
    d <- data.frame(time = pmin(t, c), status = as.integer(t <= c), x)
    one <- surv_fit(Surv(time, status) ~ x, d, gamma = ~x, progress = FALSE)
    cbind(coef(one), sqrt(diag(vcov(one))))
  })
  b <- vapply(runs, \(r) r[, 1], numeric(5))
  se <- vapply(runs, \(r) r[, 2], numeric(5))
  good <- colSums(!is.finite(b) | !is.finite(se)) == 0
  covered <- rowMeans(abs(b[, good] - truth) <= 1.959964 * se[, good])
  bias <- rowMeans(b[, good]) - truth
  cat(sprintf("coverage kappa = %g: %s (0.92 to 0.98); bias %s; %d of %d at a boundary\n",
    kappa, paste(sprintf("%.3f", covered), collapse = " "),
    paste(sprintf("%.4f", bias), collapse = " "), sum(!good), samples))
}
