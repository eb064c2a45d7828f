demo_section("wls: few well-chosen runs, a certified fit",
  "A simulator is expensive: which runs tell most, and how good is the fit they give?")
demo_code({
  set.seed(1)
  ishigami <- function(x) sin(x[, 1]) + 7 * sin(x[, 2])^2 + 0.1 * x[, 3]^4 * sin(x[, 1])
  space <- wls_space(wls_basis("legendre", 8, min = -pi, max = pi), d = 3)
  design <- wls_sample(space)
  fit <- wls_fit(space, design, f = ishigami)
  fit
})
demo_plot(plot(design), "Pairs of the coordinates of the design points, spread evenly and denser towards the faces")
demo_code(wls_sobol(fit))
demo_text("The exact indices are 0.314, 0.442, 0 alone and 0.244 for inputs 1 and 3 together.")
demo_plot(plot(fit, 3), "Bars of the first and total Sobol indices of the three inputs")
