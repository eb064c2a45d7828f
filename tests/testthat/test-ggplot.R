# autoplot() draws, on no device of the user's, what plot() returns.
drawn <- function(plot) {
  expect_s3_class(plot, "ggplot")
  before <- grDevices::dev.list()
  built <- ggplot2::ggplot_build(plot)
  expect_identical(grDevices::dev.list(), before)
  built$data
}

test_that("density estimates", {
  skip_if_not_installed("ggplot2")
  one <- kde_fit(faithful$eruptions, progress = FALSE) |> suppressMessages()
  devices <- grDevices::dev.list()
  plot <- ggplot2::autoplot(one)
  expect_identical(grDevices::dev.list(), devices)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_equal(drawn(plot)[[2]]$y, plot(one)$density)
  two <- suppressMessages(kde_fit(faithful, progress = FALSE))
  expect_gte(length(unique(drawn(ggplot2::autoplot(two))[[2]]$level)), 4)
  expect_gt(nrow(drawn(ggplot2::autoplot(two, "phases"))[[2]]), 200)
  expect_error(ggplot2::autoplot(two, wich = 1), class = "distest_error_invalid")
  expect_match(format(two), "272 points in 2 dimensions")
  expect_identical(nrow(as.data.frame(two)), 272L)
})

test_that("weighted least squares", {
  skip_if_not_installed("ggplot2")
  set.seed(1)
  space <- wls_space(wls_basis("legendre", 4), d = 2)
  fit <- wls_fit(space, wls_sample(space, n = 40), f = \(x) exp(x[, 1]) * (1 + x[, 2]))
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  for (which in 1:5) {
    plot <- ggplot2::autoplot(fit, which)
    data <- drawn(plot)
    expect_equal(plot$data, {
      shown <- plot(fit, which)
      if (which == 2) shown[shown$size > 0, ] else shown
    })
  }
  expect_error(ggplot2::autoplot(fit, 6), class = "distest_error_invalid")
  expect_match(format(fit), "40 points")
})
