raised <- function(expr) tryCatch(expr, condition = identity)

test_that("an error has its kind, the finer class in front, and its fields", {
  e <- raised(distest_error("singular", "No.", argument = "x", value = 3, class = "finer"))
  expect_identical(class(e),
    c("finer", "distest_error_singular", "distest_error", "error", "condition"))
  expect_identical(e$argument, "x")
  expect_identical(e$value, 3)
})

test_that("a warning has its kind", {
  w <- raised(distest_warning("boundary", "At the edge.", class = "finer"))
  expect_identical(class(w),
    c("finer", "distest_warning_boundary", "distest_warning", "warning", "condition"))
})

test_that("the call of a condition is the user's", {
  e <- raised(distest_threads(-1))
  expect_identical(e$call, quote(distest_threads(-1)))
  expect_identical(e$argument, "n")
  expect_identical(raised(distest::distest_threads(-1))$call,
    quote(distest::distest_threads(-1)))
  e <- raised(do.call(distest_threads, list(-1)))
  expect_s3_class(e, "distest_error_invalid")
})

test_that("failures of C become conditions with R's names of arguments", {
  failure <- function(status) {
    structure(list(status = status, argument = "lower", message = "`lower` is 1."),
      class = "distest_failure")
  }
  kinds <- c("invalid", "memory", "convergence", "singular", NA, "domain", "existence",
    "internal")
  for (status in setdiff(1:8, 5)) {
    e <- raised(result_of(failure(status), map = c(lower = "formula")))
    expect_s3_class(e, paste0("distest_error_", kinds[[status]]))
    expect_identical(conditionMessage(e), "`formula` is 1.")
    expect_identical(e$argument, "formula")
  }
  expect_s3_class(raised(result_of(failure(5))), "interrupt")
  expect_identical(result_of(3), 3)
})

test_that("an interrupt is not an error to try()", {
  seen <- tryCatch({
    try(reinterrupt(), silent = TRUE)
    "swallowed"
  }, interrupt = \(i) "interrupt")
  expect_identical(seen, "interrupt")
})

test_that("words read well", {
  expect_identical(enumerate("a"), "\"a\"")
  expect_identical(enumerate(c("a", "b", "c"), last = " or "), "\"a\", \"b\" or \"c\"")
  expect_identical(name_rows(4), "row 4")
  expect_identical(name_rows(1:7), "rows 1, 2, 3, 4, 5, ... (7 in all)")
  expect_identical(count_text(1, "row"), "1 row")
  expect_identical(count_text(1200000, "row"), "1,200,000 rows")
  expect_identical(count_text(2, "process", "processes"), "2 processes")
})

test_that("a method that does not exist says what to use", {
  e <- raised(unsupported("residuals", structure(1, class = "distest_kde"), "use augment()."))
  expect_s3_class(e, "distest_error_unsupported")
  expect_identical(conditionMessage(e),
    "There is no residuals() for an object of class distest_kde; use augment().")
})
