# An error of that kind, about that argument; the condition comes back.
fails <- function(code, kind, argument = NULL) {
  e <- tryCatch(code, error = identity)
  expect_s3_class(e, paste0("distest_error_", kind))
  if (!is.null(argument)) expect_identical(e$argument, argument)
  invisible(e)
}
