# Many samples in one call.

quiet <- expfam_control(progress = FALSE)

test_that("columns are fitted as expfam_fit() fits them", {
  set.seed(1)
  x <- matrix(rbeta(30 * 12, 2, 3), 30, dimnames = list(NULL, letters[1:12]))
  for (family in c("beta", "normal", "gamma", "von_mises")) {
    fits <- expfam_fit_columns(x, family, control = quiet)
    one <- lapply(1:12, \(k) expfam_fit(x[, k], family, control = quiet))
    usual <- t(vapply(one, coef, numeric(2), type = "usual"))
    expect_identical(as.matrix(fits[colnames(usual)]), usual, ignore_attr = TRUE)
    expect_identical(fits$logLik, vapply(one, `[[`, 0, "loglik"))
    expect_identical(fits$sample, letters[1:12])
    expect_identical(fits$status, rep("interior", 12))
  }
})

test_that("missing values make samples of different sizes", {
  x <- cbind(a = c(1, 2, 4, NA), b = c(3, 1, 2, 5))
  expect_error(expfam_fit_columns(x, "gamma"), "`x` has 1 column with missing",
    class = "distest_error_invalid")
  fits <- expfam_fit_columns(x, "gamma", na.action = na.omit)
  expect_identical(fits$n, c(3, 4))
  expect_identical(fits$shape[[1]], coef(expfam_fit(c(1, 2, 4), "gamma"), "usual")[[1]])
})

test_that("columns without a fit are NA and named in one warning", {
  x <- cbind(a = c(1, 2, 4), b = c(2, 2, 2), c = c(1, -1, 2))
  expect_warning(fits <- expfam_fit_columns(x, "gamma"),
    "2 columns of 3 have no fit, the first of them b \\(no maximum exists\\)",
    class = "distest_warning_dropped")
  expect_identical(fits$status, c("interior", "none", "outside"))
  expect_true(all(is.na(fits[2:3, c("shape", "rate", "theta_x", "logLik")])))
})

test_that("bad input is named", {
  expect_error(expfam_fit_columns(matrix(1:4, 2), "dirichlet"),
    "`family` must have observations of one number", class = "distest_error_invalid")
  expect_error(expfam_fit_columns(matrix(c(1, Inf, 2, 3), 2), "normal"),
    "`x` must be finite.*row 2 of column 1", class = "distest_error_invalid")
  expect_error(expfam_fit_columns(letters, "normal"), "`x` must be numeric",
    class = "distest_error_invalid")
  expect_error(expfam_fit_columns(matrix(0, 0, 3), "normal"), "`x` has no rows",
    class = "distest_error_invalid")
})
