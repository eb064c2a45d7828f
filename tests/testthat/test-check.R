invalid <- function(expr, argument) {
  e <- tryCatch(expr, error = identity)
  expect_s3_class(e, "distest_error_invalid")
  expect_identical(e$argument, argument)
  conditionMessage(e)
}

test_that("numbers are checked for type, length, limits and missing values", {
  expect_identical(check_number(2L, "h", above = 0), 2)
  expect_match(invalid(check_number(0, "h", above = 0), "h"), "above 0, not 0", fixed = TRUE)
  expect_match(invalid(check_number("1", "h"), "h"), "`h` must be a finite number, not \"1\"",
    fixed = TRUE)
  expect_match(invalid(check_number(1:2, "h"), "h"), "integer of length 2", fixed = TRUE)
  invalid(check_number(NA_real_, "h"), "h")
  invalid(check_number(Inf, "h"), "h")
  expect_identical(check_number(Inf, "h", finite = FALSE), Inf)
  expect_identical(check_count(3L, "n"), 3)
  invalid(check_count(2.5, "n"), "n")
  invalid(check_count(0, "n"), "n")
  invalid(check_level(1), "level")
  invalid(check_flag(NA, "log"), "log")
  expect_null(check_numbers(NULL, "weights", null = TRUE))
  expect_match(invalid(check_numbers(1:2, "weights", length = 3), "weights"), "3 entries")
  expect_match(invalid(check_numbers(c(1, NA, NA), "weights"), "weights"), "entry 2 (2 in all)",
    fixed = TRUE)
  invalid(check_numbers(factor(1), "weights"), "weights")
})

test_that("choices are listed, with the likely one", {
  choices <- c("gaussian", "epanechnikov")
  expect_identical(check_choice(choices, choices, "kernel"), "gaussian")
  expect_identical(check_choice("epanechnikov", choices, "kernel"), "epanechnikov")
  text <- invalid(check_choice("gausian", choices, "kernel"), "kernel")
  expect_match(text, "must be \"gaussian\" or \"epanechnikov\", not \"gausian\"", fixed = TRUE)
  expect_match(text, "Did you mean \"gaussian\"?", fixed = TRUE)
  expect_no_match(invalid(check_choice("zzz", choices, "kernel"), "kernel"), "mean")
  invalid(check_choice(NA_character_, choices, "kernel"), "kernel")
  invalid(check_choice(1, choices, "kernel"), "kernel")
})

test_that("what is left in ... is an error with a guess", {
  f <- function(x, bandwidth = 1, ...) {
    check_dots_empty(...)
    TRUE
  }
  expect_true(f(1))
  expect_match(invalid(f(1, bandwith = 2), "bandwith"), "did you mean `bandwidth`?", fixed = TRUE)
  invalid(f(1, zzz = 2), "zzz")
  expect_s3_class(tryCatch(f(1, 2, 3), error = identity), "distest_error_invalid")
})

test_that("points come from vectors, matrices and data frames", {
  expect_identical(check_points(1:3), matrix(c(1, 2, 3)))
  expect_identical(check_points(data.frame(a = 1:2, `b c` = 3:4, check.names = FALSE)),
    matrix(c(1, 2, 3, 4), 2, dimnames = list(NULL, c("a", "b c"))))
  x <- data.frame(b = 3:4, a = 1:2, z = "q")
  expect_identical(check_points(x[1:2], names = c("a", "b"))[, "b"], c(3, 4))
  expect_match(invalid(check_points(x), "x"), "`z` is character", fixed = TRUE)
  expect_match(invalid(check_points(x[1], "newdata", names = c("a", "b")), "newdata"),
    "lacks column `a`", fixed = TRUE)
  expect_match(invalid(check_points(1:3, columns = 2), "x"), "2 columns, not 1")
  expect_match(invalid(check_points(c(1, NA, 3, NA)), "x"), "rows 2, 4")
  expect_match(invalid(check_points("a"), "x"), "must be a numeric vector")
  invalid(check_points(array(1, c(1, 1, 1))), "x")
  invalid(check_points(factor("a")), "x")
  skip_if_not_installed("tibble")
  expect_identical(check_points(tibble::tibble(a = 1:2)), check_points(data.frame(a = 1:2)))
})

test_that("a missing package is named with its install line", {
  e <- tryCatch(check_package("no.such.package", "autoplot()"), error = identity)
  expect_s3_class(e, "distest_error_package")
  expect_match(conditionMessage(e), "install.packages(\"no.such.package\")", fixed = TRUE)
})

test_that("objects of a later version are refused", {
  expect_error(check_version(list(version = "99.0.0")), class = "distest_error_unsupported",
    regexp = "made by distest 99.0.0")
  expect_error(check_version(list()), class = "distest_error_unsupported")
  expect_no_error(check_version(list(version = version_string())))
  expect_identical(version_string(), as.character(utils::packageVersion("distest")))
})
