# Where a C status becomes an R condition: every .Call() that computes stands inside
# result_of().

status_kinds <- c(
  "invalid", "memory", "convergence", "singular", "cancelled", "domain", "existence",
  "internal"
)

# `map`: names of C's arguments where R's differ, c(lower = "formula").
result_of <- function(out, map = NULL) {
  if (!inherits(out, "distest_failure")) {
    return(out)
  }
  kind <- status_kinds[[out$status]]
  if (kind == "cancelled") {
    reinterrupt()
  }
  argument <- out$argument
  message <- out$message
  if (argument %in% names(map)) {
    renamed <- map[[argument]]
    message <- gsub(paste0("`", argument, "`"), paste0("`", renamed, "`"), message,
      fixed = TRUE)
    argument <- renamed
  }
  distest_error(kind, message, argument = if (nzchar(argument)) argument)
}

# Ctrl-C again, not an error: try() in a loop does not swallow it.
reinterrupt <- function() {
  signalCondition(structure(
    class = c("interrupt", "condition"), list(message = "", call = NULL)
  ))
  invokeRestart("abort")
}
