demo_section("rdd: what happens to the whole distribution at a cutoff?",
  "Firms with a share above the cutoff are treated; wages are those of their workers.")
demo_code({
  d <- rdd_simulate("skewed", n = 500, n_i = 60, delta = 2, seed = 1)
  fit <- rdd_fit(wage ~ share, data.frame(wage = d$y, share = d$x, firm = d$unit),
    unit = firm, seed = 1)
  fit
})
demo_plot(plot(fit),
  "Effect over quantiles, falling towards the top, with both bands")
demo_plot(plot(fit, "fan"),
  "Binned average quantiles against the running variable, with the local fits")
demo_text("Is there an effect, and is it the same everywhere? What became of inequality?")
demo_code({
  rdd_test(fit, c("nullity", "homogeneity"))
  rdd_functionals(fit, c("mean", "sd", "iqr"))
})
demo_plot(plot(rdd_sensitivity(fit, "bandwidth")),
  "Effects at three quantiles over the bandwidth, with intervals")
