# Kernel density estimates: a low and a high dimension.

demo_section(
  "Densities that know when they can be trusted",
  paste("A kernel density estimate in high dimension usually rests on one or two points.",
    "Here every value says so.")
)

demo_text("Old Faithful: two dimensions, many points share in each value.")

demo_code({
  fit <- kde_fit(faithful)
  fit
})

demo_plot(
  {
    par(mfrow = c(1, 2), mar = c(4, 4, 2.5, 0.5), cex.main = 1)
    plot(kde_fit(faithful$eruptions))
    plot(fit)
  },
  alt = paste("Left: density of eruption times with an error band that holds in every",
    "regime. Right: regions that hold 25 to 95 % of the eruptions."),
  width = 9, height = 4.2
)

demo_text("Normal data in 30 dimensions: 2000 points are few there. The bandwidth of ",
  "largest likelihood is close to the distance to the nearest point over root d, where ",
  "the central limit theorem does not hold.")

demo_code({
  set.seed(1)
  fit <- kde_fit(matrix(rnorm(2000 * 30), 2000))
  fit
})

demo_plot(plot(fit),
  alt = paste("Left: held-out likelihood against bandwidth; it is largest in the shaded",
    "region where few points carry a value. Middle: tail indices, nearly all below 1.",
    "Right: they are small for low and high densities alike."),
  width = 10, height = 3.8
)

demo_text("Categorical columns are part of the density, so a classifier is a conditional ",
  "density.")

demo_code({
  fit <- kde_fit(iris)
  class <- kde_conditional(fit, names(iris)[1:4])
  species <- levels(iris$Species)
  p <- sapply(species, \(s) exp(predict(class, transform(iris, Species = s))))
  round(p[c(1, 71, 107), ], 3)
})
