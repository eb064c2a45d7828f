# expfam: precipitation, waiting times, hair and eye colour; data come with R.
demo_section("expfam: is my sample large enough?", paste(
  "Exponential families when none of them is true: the fit, whether it exists, how far it",
  "is from the best the family can do, and how many observations would be enough."))
demo_text("A gamma distribution for the yearly precipitation of 70 cities.")
demo_code({
  fit <- expfam_fit(precip, "gamma")
  expfam_pn(fit)
})
demo_plot(plot(fit, xlab = "precipitation (inches)"),
  "Histogram of precipitation with the fitted gamma density and a band")
demo_plot(plot(expfam_risk(fit)),
  "Risk against the number of observations, falling below the threshold near n = 63")
demo_text("How many terms of a log-polynomial can 272 waiting times carry?")
demo_plot(plot(expfam_path(faithful$waiting, "polynomial", 1:6, lower = 40, upper = 100)),
  "Risk and TIC2 against the number of parameters; all are admissible")
demo_text("A table whose likelihood has no maximum, and its limit on a face.")
demo_code({
  counts <- as.table(aperm(array(c(0, 5, 7, 4, 6, 3, 8, 0), c(2, 2, 2)), 3:1))
  f <- expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3))
  expfam_exists(counts, f)$reason
  suppressWarnings(expfam_fit(counts, f, boundary = "limit"))
})
demo_text("Sizes and species of irises: a model whose normalising constant nobody knows.")
demo_code({
  set.seed(1)
  mixed <- expfam_fit(iris, expfam_family("pairwise", data = iris))
  expfam_pn(mixed)
})
demo_plot(plot(mixed), "Eigenvalues of G^-1 V, all 1 when the model is true")
