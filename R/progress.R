# `progress` of a user's call becomes what C calls: NULL or a function(fraction, stage).
# Errors and conditions of the user's function need nothing here: src/r/r_call.c lets
# them pass once the library has cleaned up.

progress_of <- function(progress, frame = parent.frame()) {
  if (is.function(progress)) {
    return(progress)
  }
  check_flag(progress, "progress")
  quiet <- !progress || isTRUE(getOption("knitr.in.progress")) ||
    nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
  if (quiet) {
    return(NULL)
  }
  bar <- progress_bar()
  do.call(on.exit, list(bquote(.(bar$close)()), add = TRUE), envir = frame)
  bar$report
}

# A text bar that appears when a call has lasted two seconds and goes when it ends.
progress_bar <- function(after = 2, out = stderr()) {
  begun <- proc.time()[["elapsed"]]
  shown <- 0L
  report <- function(fraction, stage) {
    if (shown == 0 && proc.time()[["elapsed"]] - begun < after) {
      return(invisible())
    }
    done <- round(40 * min(max(fraction, 0), 1))
    line <- sprintf("%-20s |%s%s| %3.0f%%", substr(stage, 1, 20), strrep("=", done),
      strrep(" ", 40 - done), 100 * fraction)
    shown <<- nchar(line)
    cat("\r", line, sep = "", file = out)
  }
  close <- function() {
    if (shown > 0) cat("\r", strrep(" ", shown), "\r", sep = "", file = out)
    shown <<- 0L
  }
  list(report = report, close = close)
}
