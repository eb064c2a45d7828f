# The code that vignettes show is the code that is tested.
source_tree <- function(...) {
  path <- testthat::test_path("..", "..", ...)
  if (!file.exists(path)) skip("not in the source tree")
  paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
}

test_that("the programs of the vignettes are those of the tests", {
  api <- source_tree("vignettes", "c-api.Rmd")
  expect_true(grepl(source_tree("tests", "install", "fit.c"), api, fixed = TRUE))
  linking <- source_tree("vignettes", "linking.Rmd")
  for (file in c("DESCRIPTION", "NAMESPACE", "src/client.c", "src/stubs.c", "src/Makevars")) {
    expect_true(grepl(source_tree("tests", "linkingto", file), linking, fixed = TRUE),
      info = file)
  }
})

test_that("the output in c-api is what R gives", {
  skip_if_not_installed("survival")
  api <- source_tree("vignettes", "c-api.Rmd")
  d <- data.frame(time = c(5, 8, 12, 3, 20, 7, 9, 15, 2, 11),
    event = c(1, 1, 0, 1, 1, 0, 1, 1, 1, 0), group = c(0, 1, 0, 1, 0, 1, 1, 0, 1, 0))
  fit <- surv_fit(survival::Surv(time, event) ~ group, d, dist = "weibull")
  numbers <- regmatches(api, regexpr("-0x[0-9a-fp.+-]+ [-0-9. ]+", api))
  shown <- as.numeric(strsplit(numbers, " ")[[1]])
  expect_equal(shown[[1]], as.numeric(logLik(fit)), tolerance = 1e-12)
  expect_equal(shown[2:4], unname(coef(fit)), tolerance = 1e-5)
})

test_that("the citation names the package and the five papers", {
  cite <- citation("distest")
  expect_length(cite, 6)
  expect_match(format(cite[[1]], style = "text"), version_string(), fixed = TRUE)
})
