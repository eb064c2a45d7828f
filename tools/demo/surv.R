# Survival: two data sets that come with R's survival package.

demo_section(
  "Survival regression that chooses its own baseline",
  paste("One likelihood contains the exponential, Weibull, log-logistic, Burr XII and",
    "Gompertz distributions and cure models; covariates may act on each of its four",
    "parameters.")
)

demo_text("Veterans with lung cancer were given a standard or a test chemotherapy ",
  "(`survival::veteran`). Does the test treatment change the level of the hazard, or its ",
  "shape? Treatment acts here on the time scale phi and on the power gamma.")

demo_code({
  library(survival)
  veteran <- transform(survival::veteran, trt = factor(trt, labels = c("standard", "test")))
  fit <- surv_fit(Surv(time, status) ~ trt, data = veteran, gamma = ~trt)
  fit
})

demo_plot(
  {
    par(mfrow = c(1, 2), mar = c(4, 4, 2.5, 0.5), cex.main = 1)
    plot(fit, xlim = c(0, 600))
    plot(fit, type = "hazard", xlim = c(0, 600))
  },
  alt = paste("Left: fitted survival with 95 % bands follows the Kaplan-Meier curves of both",
    "arms. Right: the hazard of the standard arm rises first, that of the test arm falls",
    "from the start; they cross after some 55 days."),
  width = 9, height = 4.2
)

demo_text("Primary breast cancer (`survival::rotterdam`, 2982 patients): time to recurrence or ",
  "death, in years. The data choose kappa between Burr XII (0) and Weibull (1), with limits that ",
  "exclude both; and the effect of the lymph nodes fades with time, which is what their ",
  "coefficient in gamma says.")

demo_code({
  rotterdam <- transform(survival::rotterdam,
    years = pmin(rtime, dtime) / 365.25,
    event = pmax(recur, death),
    lnodes = log1p(nodes))
  fit <- surv_fit(Surv(years, event) ~ size + hormon + chemo + lnodes,
    data = rotterdam, effect = "ph", gamma = ~lnodes)
  summary(fit)
})

demo_text("Predictions carry limits from exact derivatives; nothing is simulated.")

demo_code({
  patients <- data.frame(size = c("<=20", ">50"), hormon = c(0, 1), chemo = 0,
    lnodes = log1p(c(0, 8)))
  predict(fit, patients, times = c(2, 5, 10), interval = "confidence")
})

demo_plot(
  {
    par(mfrow = c(1, 2), mar = c(4, 4, 2.5, 0.5), cex.main = 1)
    plot(fit)
    plot(fit, type = "residuals")
  },
  alt = paste("Left: the mean of the fitted survival curves over all patients lies on the",
    "Kaplan-Meier curve. Right: the cumulative hazard of the Cox-Snell residuals follows the",
    "diagonal, as it does when the model is right."),
  width = 9, height = 4.2
)

demo_text("Which distribution? Proportional hazards with each baseline in turn; the family that ",
  "contains them all has the best AIC.")

demo_code({
  presets <- c("exponential", "weibull", "burr12", "gompertz", "apgw")
  fits <- lapply(presets, \(dist) {
    surv_fit(Surv(years, event) ~ size + hormon + chemo + lnodes, rotterdam,
      effect = "ph", dist = dist)
  })
})
demo_table(data.frame(dist = presets, df = vapply(fits, \(f) f$df, 0),
  logLik = vapply(fits, \(f) f$loglik, 0), AIC = vapply(fits, AIC, 0)))
