#' Number of threads
#'
#' Every function that computes for long takes `threads`. Its default is the option
#' `distest.threads`; where that is not set, the environment variable `OMP_NUM_THREADS`
#' decides, or else all cores the process may use. Two threads are used at most where R
#' asks packages to be modest (`_R_CHECK_LIMIT_CORES_`), and one in forked children and
#' inside the workers of `workers =`. Results have the same bits for any number of
#' threads.
#'
#' @param n The number for the rest of the session; `NULL` returns to the default; nothing
#'   only asks.
#' @return The number of threads a call would use now, after a change invisibly.
#' @examples
#' distest_threads()
#' old <- options(distest.threads = 1)
#' distest_threads()
#' options(old)
#' @export
distest_threads <- function(n) {
  if (!missing(n)) {
    if (!is.null(n)) n <- as.integer(check_count(n, "n"))
    options(distest.threads = n)
    return(invisible(.Call(C_core_threads, threads_of(n))))
  }
  .Call(C_core_threads, threads_of(getOption("distest.threads")))
}

# What goes to C: an integer, or NULL for what OpenMP offers.
threads_of <- function(threads) {
  if (!is.null(threads)) {
    return(as.integer(check_count(threads, "threads")))
  }
  if (isTRUE(worker$here)) {
    return(1L)
  }
  limit <- tolower(Sys.getenv("_R_CHECK_LIMIT_CORES_"))
  if (nzchar(limit) && limit != "false") {
    return(min(2L, .Call(C_core_threads, NULL)))
  }
  NULL
}
