test_that("progress is checked, and quiet where it must be", {
  expect_error(progress_of("yes"), class = "distest_error_invalid")
  expect_null(progress_of(FALSE))
  f <- function(fraction, stage) NULL
  expect_identical(progress_of(f), f)
  old <- options(knitr.in.progress = TRUE)
  on.exit(options(old))
  expect_null(progress_of(TRUE))
})

test_that("the bar comes after a while, is drawn over, and goes", {
  out <- textConnection("drawn", "w", local = TRUE)
  early <- progress_bar(after = 1000, out = out)
  early$report(0.5, "waiting")
  early$close()
  bar <- progress_bar(after = 0, out = out)
  bar$report(0.5, "fitting")
  bar$close()
  close(out)
  text <- paste(drawn, collapse = "")
  expect_no_match(text, "waiting")
  expect_match(text, "fitting +[|]={20} {20}[|]  50%")
  expect_match(text, "\r *\r$")
})

test_that("the bar is taken away when the function ends, however it ends", {
  skip_if(nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_")))
  begun <- NULL
  f <- function(fail) {
    report <- progress_of(TRUE)
    begun <<- environment(report)
    begun$shown <- 10L
    if (fail) stop("no")
  }
  capture.output(f(FALSE), type = "message")
  expect_identical(begun$shown, 0L)
  begun$shown <- 1L
  capture.output(try(f(TRUE), silent = TRUE), type = "message")
  expect_identical(begun$shown, 0L)
})
