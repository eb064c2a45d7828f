# Log-linear and Ising models over all their states, and draws in the units of the data.

quiet <- expfam_control(progress = FALSE)

test_that("names and coefficients of log-linear models are those of glm", {
  cells <- as.data.frame(HairEyeColor)
  fit <- expfam_fit(HairEyeColor, expfam_family("loglinear",
    margins = list(1:2, c("Eye", "Sex"))), control = quiet)
  peer <- glm(Freq ~ Hair * Eye + Eye * Sex, poisson, cells,
    control = list(epsilon = 1e-14))
  expect_identical(names(coef(fit)), names(coef(peer))[-1])
  expect_equal(coef(fit), coef(peer)[-1], tolerance = 1e-7)
  expect_equal(predict(fit, cells), unname(fitted(peer)) / sum(cells$Freq),
    tolerance = 1e-8)
  rows <- cells[rep(seq_len(nrow(cells)), cells$Freq), -4]
  by_rows <- expfam_fit(rows, fit$family, control = quiet)
  expect_equal(coef(by_rows), coef(fit), tolerance = 1e-9)
  drawn <- simulate(fit, seed = 1)
  expect_identical(levels(drawn$Hair), levels(cells$Hair))
  expect_error(predict(fit, data.frame(Hair = "Green", Eye = "Blue", Sex = "Male")),
    class = "distest_error_domain")
})

test_that("cells off the face of a limit have density 0", {
  counts <- aperm(array(c(0, 5, 7, 4, 6, 3, 8, 0), c(2, 2, 2)), 3:1)
  f <- expfam_family("loglinear", margins = list(1:2, c(1, 3), 2:3))
  expect_warning(fit <- expfam_fit(as.table(counts), f, boundary = "limit"),
    class = "distest_warning_boundary")
  p <- predict(fit, as.data.frame(as.table(counts)))
  expect_equal(sum(p), 1, tolerance = 1e-10)
  expect_identical(p == 0, as.vector(counts) == 0)
})

test_that("fits on draws simulate data, not statistics", {
  set.seed(3)
  d <- data.frame(a = rbeta(200, 2, 3), g = factor(sample(c("u", "v"), 200, TRUE)))
  f <- expfam_family("pairwise", data = d)
  for (method in c("is", "nce")) {
    fit <- expfam_fit(d, f, method = method, control = quiet)
    drawn <- simulate(fit, seed = 2)
    expect_identical(names(drawn), c("sim", "a", "g"))
    expect_identical(levels(drawn$g), c("u", "v"))
    expect_true(all(drawn$a >= 0 & drawn$a <= max(d$a)))
  }
  x <- rexp(4000)
  g <- expfam_custom(\(x) cbind(x), expfam_ref_sample(x))
  drawn <- simulate(expfam_fit(rexp(50, 1.5), g, method = "is", control = quiet), seed = 1)
  expect_true(all(drawn$sim_1 %in% x))
})
