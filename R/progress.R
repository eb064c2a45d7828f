# `progress` of a user's call becomes what C calls: NULL, or a function(fraction, stage)
# that returns TRUE to go on and keeps an error of the user's own as `failure`.

progress_of <- function(progress) {
  if (is.function(progress)) {
    failure <- NULL
    return(function(fraction, stage) {
      tryCatch({
        progress(fraction, stage)
        TRUE
      }, error = function(e) {
        failure <<- e
        FALSE
      })
    })
  }
  check_flag(progress, "progress")
  quiet <- !progress || isTRUE(getOption("knitr.in.progress")) ||
    nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
  if (!quiet) progress_bar()
}

# A text bar on stderr that appears when a call has lasted two seconds.
progress_bar <- function(after = 2, out = stderr()) {
  begun <- proc.time()[["elapsed"]]
  shown <- FALSE
  function(fraction, stage) {
    if (proc.time()[["elapsed"]] - begun < after && !shown) {
      return(TRUE)
    }
    shown <<- TRUE
    done <- round(40 * fraction)
    cat(sprintf("\r%-20s |%s%s| %3.0f%%", stage, strrep("=", done),
      strrep(" ", 40 - done), 100 * fraction), file = out)
    if (fraction >= 1) cat("\n", file = out)
    TRUE
  }
}
