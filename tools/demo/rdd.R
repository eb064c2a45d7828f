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

# Real data: from a package when it is here, else from the folder of published tables
cells <- file.path(Sys.getenv("DISTEST_REFERENCE"), "rdd", "retirement.csv")
real <- c(nzchar(system.file(package = "RDHonest")), file.exists(cells))
if (any(real)) {
  demo_text("Italian households (RDHonest::rcp, after Battistin and others, 2009): does ",
    "retirement lower consumption, and for whom? Households may retire from a certain year ",
    "on, and not all do: a unit is a survey wave times years to eligibility.")
}
if (real[1]) {
  demo_code({
    rcp <- RDHonest::rcp
    cell <- interaction(rcp$survey_year, rcp$elig_year, drop = TRUE)
    share <- c(tapply(as.numeric(rcp$retired), cell, mean))
    retired <- rdd_fit(log(rcp$c), rcp$elig_year, cell,
      treatment = share[as.character(cell)], cluster = rcp$elig_year,
      unit_weights = as.numeric(table(cell)[as.character(cell)]), h = 10,
      probs = 1:9 / 10, seed = 1)
    retired
  })
} else if (real[2]) {
  cells <- read.csv(cells)
  demo_code({
    quantiles <- as.matrix(cells[grep("^q[0-9]", names(cells))])
    retired <- rdd_fit(quantiles, cells$elig_year, treatment = cells$retired,
      cluster = cells$elig_year, unit_weights = cells$n, h = 10, probs = 1:9 / 10,
      seed = 1)
    retired
  })
}
if (any(real)) {
  demo_code(confint(retired, type = "anderson-rubin")[c("q0.1", "q0.5", "q0.9"), ])
  demo_plot(plot(retired), "Effect of retirement on log consumption over quantiles, with bands")
}
