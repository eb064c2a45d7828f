# Processes a test may start: R CMD check on CRAN's machines allows two.
most_workers <- function() {
  limit <- tolower(Sys.getenv("_R_CHECK_LIMIT_CORES_", "false"))
  if (limit %in% c("", "false")) 3L else 2L
}
