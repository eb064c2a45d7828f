# The tests once more with R's garbage collector run at every allocation inside the
# routines of the glue: what a routine does not protect is gone at once. The first calls
# of each routine are treated so; a routine that no test calls is a failure.
#   Rscript tests/gctorture.R
# Wants the package installed with --no-byte-compile: compiled code calls .Call directly.
library(distest)
most_calls <- 3L
routines <- names(getDLLRegisteredRoutines("distest")$.Call)
calls <- structure(integer(length(routines)), names = routines)

plain_call <- base::.Call
tortured_call <- function(.NAME, ...) {
  arguments <- list(...)
  name <- if (is.list(.NAME)) .NAME[["name"]] else ""
  if (name %in% routines) {
    calls[[name]] <<- calls[[name]] + 1L
    if (calls[[name]] <= most_calls) {
      gctorture2(1)
      on.exit(gctorture2(0))
    }
  }
  do.call(plain_call, c(list(.NAME), arguments), quote = TRUE)
}
compiler::enableJIT(0)
unlockBinding(".Call", baseenv())
assign(".Call", tortured_call, envir = baseenv())

# not the tests whose routines call back: all of R would run under it
results <- as.data.frame(testthat::test_dir("tests/testthat", package = "distest",
  filter = "^(?!interrupt|progress|workers)", perl = TRUE,
  load_package = "installed", reporter = "summary", stop_on_failure = FALSE))
failed <- sum(results$failed) + sum(results$error)
missed <- routines[calls == 0]
if (length(missed)) cat("no test calls", missed, "\n")
cat(sprintf("gctorture: %d routines, %d calls; %d passed, %d failed\n", length(routines),
  sum(pmin(calls, most_calls)), sum(results$passed), failed + length(missed)))
quit(status = failed + length(missed) > 0)
